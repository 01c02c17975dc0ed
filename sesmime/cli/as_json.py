"""The values of JSON output: enumerations by name, bytes that are no text as escapes, all in ASCII."""

from __future__ import annotations

import json
from typing import Any

from sesmime.fields import Field
from sesmime.ses.envelope import Envelope, EnvelopeAddress
from sesmime.ses.fields import ListManagement
from sesmime.ses.precedence import Conflict, Decision
from sesmime.ses.settings import Destination
from sesmime.ses.tags import MessageTag


def dumps(value: Any) -> bytes:
    r"""Write JSON in ASCII, so that it is safe on every terminal; the byte 0xE9 of a message reads `\\xe9` in it.

    >>> print(dumps({"a": ("caf\udce9",)}).decode())
    {
      "a": [
        "caf\\xe9"
      ]
    }
    <BLANKLINE>
    """
    return json.dumps(_plain(value), indent=2).encode("ascii") + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def json_value(value: Any) -> Any:
    """Give a setting's value."""
    if isinstance(value, MessageTag):
        return {"name": value.name, "value": value.value}
    if isinstance(value, ListManagement):
        return {"contact_list": value.contact_list, "topic": value.topic}
    if isinstance(value, Destination):
        return {"to": value.to, "cc": value.cc, "bcc": value.bcc}
    if isinstance(value, tuple):
        return [json_value(item) for item in value]
    return value


def json_field(field: Field) -> dict[str, str]:
    """Give a field: its name and its unfolded body."""
    return {"name": field.name, "body": field.body}


def json_decision(decision: Decision) -> dict[str, Any]:
    """Give what counts for one setting."""
    return {
        "setting": decision.setting,
        "value": json_value(decision.value),
        "origin": decision.origin.name,
        "overruled": [json_field(field) for field in decision.overruled],
        "reason": decision.reason,
        "evidence": decision.evidence.name,
        "source": decision.source,
    }


def json_conflict(conflict: Conflict) -> dict[str, Any]:
    """Give a field whose value does not count."""
    return {
        "setting": conflict.setting,
        "value": json_value(conflict.value),
        "field": json_field(conflict.field),
        "reason": conflict.reason,
    }


def json_envelope(envelope: Envelope) -> dict[str, Any]:
    """Give an envelope, each address with where it comes from."""
    return {
        "sender": _json_address(envelope.sender),
        "feedback": _json_address(envelope.feedback),
        "recipients": [_json_address(address) for address in envelope.recipients],
        "bcc": [_json_address(address) for address in envelope.bcc],
    }


def _json_address(address: EnvelopeAddress | None) -> dict[str, str] | None:
    if address is None:
        return None
    return {"address": str(address), "origin": address.origin.name, "field": address.field}
