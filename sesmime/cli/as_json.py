"""The values of JSON output: enumerations by name."""

from __future__ import annotations

from typing import Any

from sesmime.cli.terminal import redacted
from sesmime.linter.output.as_json import dumps as product_dumps
from sesmime.mime.fields import Field
from sesmime.ses.envelope import Envelope, EnvelopeAddress
from sesmime.ses.fields import ListManagement
from sesmime.ses.precedence import Conflict, Decision
from sesmime.ses.settings import Destination
from sesmime.ses.tags import MessageTag

__all__ = [
    "dumps",
    "json_conflict",
    "json_decision",
    "json_envelope",
    "json_field",
    "json_value",
    "product_dumps",
]


def dumps(value: Any) -> bytes:
    """Write JSON that tells of something, without addresses where `--redact` was given; `product_dumps` writes all."""
    return product_dumps(redacted(value))


def json_value(value: Any) -> Any:
    """Return a setting's value.

    >>> json_value((MessageTag("campaign", "spring"),))
    [{'name': 'campaign', 'value': 'spring'}]
    """
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
    """Return a field: its name and its unfolded body."""
    return {"name": field.name, "body": field.body}


def json_decision(decision: Decision) -> dict[str, Any]:
    """Return what counts for one setting."""
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
    """Return a field whose value does not count."""
    return {
        "setting": conflict.setting,
        "value": json_value(conflict.value),
        "field": json_field(conflict.field),
        "reason": conflict.reason,
    }


def json_envelope(envelope: Envelope) -> dict[str, Any]:
    """Return an envelope, each address with where it comes from."""
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
