"""Why two messages that a test compares by `==` are not equal: the fields and the texts that differ, not the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from email.message import Message as EmailMessage
from typing import Any, Final

from sesmime.errors import SesMimeError
from sesmime.handover.prepared import Prepared
from sesmime.mime.entity import parse
from sesmime.mime.fields import Message, fold_case, parse_header_section
from sesmime.policy.writer import message_to_bytes
from sesmime.ses.requests import Submission
from sesmime.testing.canonical import canonical_text
from sesmime.testing.comparison import first_difference
from sesmime.testing.outbox import Sent

# Bytes that begin with fields of which one is of these are taken for a message.
_TELLING: Final = frozenset(("from", "to", "subject", "date", "message-id", "mime-version", "content-type"))
_CONTEXT: Final = 2


def unequal_lines(left: Any, right: Any) -> list[str] | None:
    """Return the lines that pytest shows for `left == right`; None where one of them is no message.

    Lines that only the left one has begin with `+`, those of the right one with `-`, as in the diffs of pytest.
    """
    octets = _octets(left), _octets(right)
    mine, yours = octets
    if mine is None or yours is None:
        return None
    if isinstance(left, Message) and isinstance(right, Message) and not (_is_mail(mine) and _is_mail(yours)):
        return None
    return [f"{_named(left)} == {_named(right)}", "", *_told(left, right, mine, yours)]


def _octets(value: Any) -> bytes | None:
    if isinstance(value, Sent | Prepared | Submission):
        value = value.message
    if isinstance(value, EmailMessage):
        try:
            return message_to_bytes(value)
        except (SesMimeError, ValueError, TypeError, LookupError, AttributeError):
            return None
    return bytes(value[:]) if isinstance(value, Message) else None


def _is_mail(octets: bytes) -> bool:
    section = parse_header_section(octets)
    return not section.defects and any(fold_case(field.name) in _TELLING for field in section.fields)


def _named(value: Any) -> str:
    if isinstance(value, Sent):
        return repr(value)
    size = f" of {len(value)}" if isinstance(value, Message) else ""
    return f"<{type(value).__name__}{size}>"


def _told(left: Any, right: Any, mine: bytes, yours: bytes) -> Iterator[str]:
    plus, minus = (canonical_text(parse(octets), ignore=()).split("\n") for octets in (mine, yours))
    diff = list(unified_diff(minus, plus, n=_CONTEXT, lineterm=""))[2:]
    if diff:
        yield "the messages differ (+ left, - right):"
        yield from diff
    elif mine != yours:
        place = first_difference(mine, yours)
        yield f"the messages say the same and are written in other ways, from octet {place}:"
        for sign, octets in (("+", mine), ("-", yours)):
            yield f"{sign} {octets[max(0, place - 20) : place + 40]!r}"
    elif type(left) is not type(right):
        yield f"the messages are the same; {type(left).__name__} and {type(right).__name__} are not equal"
    if isinstance(left, Sent) and isinstance(right, Sent):
        yield from _of_sending(left, right)
    for name, value in (("left", left), ("right", right)):
        if isinstance(value, Sent) and value.origin is not None:
            yield f"{name} was sent at {value.origin}"


def _of_sending(left: Sent, right: Sent) -> Iterator[str]:
    mine, yours = left.envelope, right.envelope
    for what, one, other in (
        ("interface", left.interface.value, right.interface.value),
        ("via", left.via, right.via),
        ("sender", str(mine.sender), str(yours.sender)),
        ("recipients", ", ".join(mine.recipients), ", ".join(yours.recipients)),
        ("parameters", repr(left.parameters), repr(right.parameters)),
    ):
        if one != other:
            yield from (f"{what}:", f"+ {one}", f"- {other}")
