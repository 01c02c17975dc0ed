"""The operations that the local SES has, one module a family; each is a function of the desk and the call.

It returns the result by the model's names, or raises `Refusal`. An operation that is absent here is answered with an
AWS error that says so. Operations that manage hold the state's lock; those that send take it where they need it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, Final

from sesmime.local.calls import Call
from sesmime.local.desk import Desk, Operation
from sesmime.local.operations import account, configuration_sets, contacts, identities, sending, templated, templates
from sesmime.ses.interfaces import Interface

_READING: Final = ("Get", "List", "Describe", "BatchGet", "Test")


def _locked(operation: Operation) -> Operation:
    @wraps(operation)
    def locked(desk: Desk, call: Call) -> Mapping[str, Any]:
        with desk.state.lock:
            result = operation(desk, call)
            if not call.operation.startswith(_READING):
                desk.state.changed.set()
            return result

    return locked


def _send_email(desk: Desk, call: Call) -> Mapping[str, Any]:
    """v2 SendEmail: by template, or with a raw message or simple content."""
    if sending.interface_of(call) is Interface.V2_SEND_EMAIL_TEMPLATE:
        return templated.send_templated(desk, call)
    return sending.send(desk, call)


_MANAGING: Final[tuple[Mapping[tuple[str, str], Operation], ...]] = (
    account.OPERATIONS,
    configuration_sets.OPERATIONS,
    contacts.OPERATIONS,
    identities.OPERATIONS,
    templates.OPERATIONS,
)

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = MappingProxyType(
    {name: _locked(operation) for family in _MANAGING for name, operation in family.items()}
    | sending.OPERATIONS
    | templated.OPERATIONS
    | {("sesv2", "SendEmail"): _send_email}
)
