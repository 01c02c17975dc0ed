"""Identities: addresses and domains, verified at once unless the option `pending` is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sesmime.local.calls import Call
from sesmime.local.desk import Desk
from sesmime.local.state import Identity


def _identity(desk: Desk, call: Call, name: str) -> Identity:
    """Return the identity of that name in the call's region, made if need be."""
    region = desk.state.region(call.region)
    with desk.state.lock:
        return region.identities.setdefault(name, Identity(name, verified=not desk.options.pending))


def verify_email_identity(desk: Desk, call: Call) -> Mapping[str, Any]:
    """v1 VerifyEmailIdentity."""
    _identity(desk, call, call.parameters["EmailAddress"])
    return {}


OPERATIONS: Final = {("ses", "VerifyEmailIdentity"): verify_email_identity}
