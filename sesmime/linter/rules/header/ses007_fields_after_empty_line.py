"""SES007."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    ONCE_ONLY,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    HiddenSection,
    Outgoing,
    Part,
    Severity,
    Stage,
    fold_case,
    name_span,
    quoted,
    rule,
    section_in_body,
)
from sesmime.linter.kit import parts_with_fields_in_body as parts_with_fields
from sesmime.mime.dates import is_date
from sesmime.mime.grammar import STRUCTURED_FIELDS

# What a body of text hardly begins with, and what it may begin with if the message has no sender.
_NEVER_TEXT: Final = frozenset(("mime-version", "content-type", "content-transfer-encoding"))
_FIRST_FIELDS: Final = _NEVER_TEXT | {"from", "to", "cc", "reply-to", "subject", "date", "message-id", "return-path"}
_TEXTS: Final = ("text/plain", "text/html")

# What people write as text too: of addresses only with one, and all of it only where the message lacks it.
_OF_PEOPLE: Final = frozenset(("from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date"))
_ADDRESS: Final = re.compile(r"[^\s@]@[^\s@]")
# What stations on the way write: those who quote it ask about a message that they received.
_TRACE: Final = frozenset(("received", "return-path", "delivered-to", "x-received", "authentication-results"))
# What tells of a header section that belongs to a message, where it stands in a part.
_OF_MESSAGES: Final = _OF_PEOPLE | _TRACE | {"message-id"}
_KNOWN: Final = _OF_PEOPLE | ONCE_ONLY
_OF_PROGRAMS: Final = frozenset(name for name in ONCE_ONLY | STRUCTURED_FIELDS if "-" in name) | _TRACE


@rule(
    "SES007",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://docs.aws.amazon.com/ses/latest/APIReference/API_RawMessage.html",
    stage=Stage.SYNTAX,
    order=90,
    triggers=(":fields-in-body",),
)
def fields_after_empty_line(outgoing: Outgoing) -> Iterator[Fault]:
    """A body begins with fields that its header section lacks: there is an empty line among or before the fields.

    The first empty line ends the header section, so the fields after it are text: the sender or a setting is missing,
    an HTML message is shown as source, a file is damaged. AWS's own example of the X-SES-SOURCE-ARN fields has such a
    line before From. A text that quotes the header section of another message is not meant.
    """
    for part in outgoing.once(parts_with_fields):
        hidden = _hidden(outgoing, part)
        if hidden is not None:
            yield _fault(part, hidden, _edits(part, hidden))


def _hidden(outgoing: Outgoing, part: Part) -> HiddenSection | None:
    if part.is_root and not outgoing.has_header_section:
        return None  # SES004 tells of it
    hidden = section_in_body(outgoing, part)
    if hidden is None or (part.is_root and _is_lacking(outgoing, hidden)):
        return hidden
    return hidden if hidden.is_clean and _is_hidden(hidden.section.fields, part) else None


def _edits(part: Part, hidden: HiddenSection) -> list[Edit]:
    once = [key for field in hidden.section.fields if (key := fold_case(field.name)) in ONCE_ONLY]
    is_clean = hidden.is_clean and len(set(once)) == len(once) and part.names.isdisjoint(once)
    return [Edit(hidden.empty_lines, b"")] if is_clean else []


def _fault(part: Part, hidden: HiddenSection, edits: list[Edit]) -> Fault:
    fields = hidden.section.fields
    name, more = quoted(fields[0].name, 60).strip("'"), len(fields) - 1
    who = f"{name} and {more} more {'fields' if more > 1 else 'field'} come" if more else f"{name} comes"
    what = "they are text, not fields" if more else "it is text, not a field"
    return Fault(
        f"{who} after an empty line, which ends the header section, so {what}",
        name_span(fields[0]),
        part,
        fix=Fix("remove the empty line before it", edits),
    )


def _is_lacking(outgoing: Outgoing, hidden: HiddenSection) -> bool:
    """Whether a message without From or Content-Type has it, or what goes with it, at the beginning of its body."""
    names = outgoing.names
    if ("content-type" in names and "from" in names) or outgoing.root.content_type not in _TEXTS:
        return False
    key = fold_case(hidden.section.fields[0].name)
    return key not in names and key in (_NEVER_TEXT if "from" in names else _FIRST_FIELDS)


def _is_hidden(fields: tuple[Field, ...], part: Part) -> bool:
    """Whether the fields that a body begins with are those of its own header section, and no quotation of another."""
    keys = frozenset(fold_case(field.name) for field in fields)
    # What quotes a message repeats what each message has.
    if any(key in part.names for key in keys if key in ONCE_ONLY or key in _OF_PEOPLE):
        return False
    if not part.is_root:
        is_of_part = any(key.startswith("content-") for key in keys) or (
            # No body in base64 begins so, and nobody reads what stands before the parts of a multipart.
            part.encoding == "base64" or part.entity.is_multipart
        )
        return is_of_part and keys.isdisjoint(_OF_MESSAGES) and all(map(_is_of_programs, fields))
    if any(key in _NEVER_TEXT or key.startswith("x-ses-") for key in keys):
        return True
    is_known = all(fold_case(field.name) in _KNOWN or _is_of_programs(field) for field in fields)
    is_several = len(fields) > 1 or part.content_type == "text/html"
    if not is_known:
        # Of any other names only where they go with the author that the message lacks.
        fields = tuple(field for field in fields if fold_case(field.name) == "from")
    return any(_is_telling(field, is_several=is_several) for field in fields)


def _is_of_programs(field: Field) -> bool:
    """Whether it has a name that no text begins with."""
    key = fold_case(field.name)
    return key.startswith("x-") or key in _OF_PROGRAMS


def _is_telling(field: Field, *, is_several: bool) -> bool:
    """Whether a field of a known name tells of a header section: by its name or, of some names, by its body."""
    key, body = fold_case(field.name), field.body.strip(" \t")
    if key == "date":
        return is_date(body)
    if key == "subject":
        return bool(body)
    if key in _OF_PEOPLE:
        return _ADDRESS.search(body) is not None
    if key.startswith("x-"):
        return is_several or key == "x-mailer" or len(body.split(None, 1)) == 1
    return key in _OF_PROGRAMS and key not in _TRACE
