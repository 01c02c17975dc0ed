"""The cases from the field; they stand beside the checkout."""

from __future__ import annotations

import json
from typing import Any

from sesmime import ApiParameters, Destination, Interface, Submission
from tests.conftest import shared


def cases() -> list[dict[str, Any]]:
    """Return the cases as they are told."""
    told: list[dict[str, Any]] = json.loads(shared("cases", "ses", "index.json").read_text("utf-8"))
    return told


def case(name: str) -> Submission[Any]:
    """Return a case as it was sent."""
    (told,) = (one for one in cases() if one["id"] == name)
    given: dict[str, Any] = dict(told.get("parameters") or {})
    if "destination" in given:
        given["destination"] = Destination(**given["destination"])
    message = shared("cases", "ses", told["file"]).read_bytes()
    interface = Interface(told["interface"])
    return Submission(message, ApiParameters(**given), interface)
