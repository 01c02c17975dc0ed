"""What the rules about Content-Type and Content-Disposition share: the strict grammar, and fields written anew."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

from sesmime.errors import SesMimeError
from sesmime.linter.findings import Fix
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.linter.view.places import body_span, span_in_body, strict_span, strict_text, strict_value
from sesmime.mime.edits import Edit, format_field
from sesmime.mime.fields import Field, Span, fold_case
from sesmime.mime.hints import Final
from sesmime.mime.parameters import Parameters, format_parameters, parse_parameters
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple
from sesmime.mime.words import decode_words

# Bodies that the strict grammar takes, comments, escapes and oddities left out: no verdict is needed of them. What is
# between two tokens is all that it takes for a blank; a quoted string is all up to the next quote. Each part of the
# pattern takes what it can and gives nothing back.
_BLANKS: Final = rb"[ \t\r\n]*+"
_ATOM: Final = rb'[^\x00-\x20\x7f-\xff()<>@,;:\\"/\[\]?=]++'
_PARAMETERS: Final = rb"(?:%(b)s;%(b)s%(a)s%(b)s=%(b)s(?:%(a)s|\"[^\"\\]*+\"))*+%(b)s;?+%(b)s" % {
    b"b": _BLANKS,
    b"a": _ATOM,
}
_PLAIN: Final = {
    "content-type": lazy_pattern(rb"[^:]*+:" + _BLANKS + _ATOM + _BLANKS + b"/" + _BLANKS + _ATOM + _PARAMETERS),
    "content-disposition": lazy_pattern(rb"[^:]*+:" + _BLANKS + _ATOM + _PARAMETERS),
}

# The fields that say nothing to a reader that does not take the message for a MIME one.
MIME_FIELDS: Final = frozenset(("content-type", "content-transfer-encoding", "content-disposition"))

# Most fields are `Content-Type: text/plain; charset=utf-8` or another of a few; what is short is kept.
_SHORT: Final = 200
# The places of a refusal are looked for in bodies that are no longer.
_MAX_BODY: Final = 8_000


def refusal(call: str, field: Field) -> str | None:
    """Return the text with which the strict grammar refuses a field, by the call of `verdict`; None if it takes it."""
    return _short_refusal(call, field.raw) if len(field.raw) <= _SHORT else _refusal(call, field.raw)


def _refusal(call: str, raw: bytes) -> str | None:
    return None if _PLAIN[call].fullmatch(raw) is not None else _strict(call, strict_text(raw))


_short_refusal: Final = lru_cache(maxsize=256)(_refusal)


def _strict(call: str, value: str) -> str | None:
    from sesmime.ses.javamail import verdict  # here, because few messages need it

    return verdict(call, value).error


def is_accepted(field: Field) -> bool:
    """Whether the strict grammar takes a Content-Type or Content-Disposition field."""
    return refusal(fold_case(field.name), field) is None


def place_of_refusal(call: str, field: Field, error: str) -> Span:
    """Return the place of the token at which the strict grammar stops, or the field's body where it is no token.

    Up to the end of that token, and not before it, the beginning of the body is refused with the same text.
    """
    value = strict_value(field)
    text = error.partition(", got ")[2].strip('"')
    if error.startswith("Unbalanced") or len(value) > _MAX_BODY:
        return body_span(field)
    if text == "null":
        start = value.rfind(";") + 1
        start += len(value[start:]) - len(value[start:].lstrip())
        return body_span(field) if start >= len(value) else strict_span(field, start, len(value.rstrip()))
    stop = _end_of_refused(call, value, error, text)
    token = value[:stop]
    if token.endswith(text):
        return strict_span(field, stop - len(text), stop)
    return strict_span(field, max(token.rfind('"', 0, stop - 1), 0), stop)


def _end_of_refused(call: str, value: str, error: str, text: str) -> int:
    """Return where the token ends at which the strict grammar stops, which shows it as `text`.

    Not for a refusal of what is missing: `(c` is refused for its comment, and `` and `(c)` for having no type.
    """

    def is_refused(stop: int) -> bool:
        return _strict(call, value[:stop]) == error

    # Most tokens are shown as they stand; where one is not, each place may be its end.
    ends = [found.end() for found in re.finditer(re.escape(text), value)] if text else []
    place = bisect_left(ends, True, key=is_refused)
    if place < len(ends) and not is_refused(ends[place] - 1):
        return ends[place]
    return bisect_left(range(len(value)), True, key=is_refused)


# Fields written anew


def rewriting(field: Field, ending: bytes, changes: Mapping[str, str] | None = None) -> tuple[Edit, ...]:
    """Return the edit that writes a field anew, as it was read, with the changes, or () where nothing good comes of it.

    What comes of it is a field that the strict grammar takes and that is read as it was meant, encoded words as what
    they stand for. `ending` is the line end of the message.
    """
    value, parameters = parse_parameters(field.body)
    wanted = {name: decode_words(text) if "=?" in text else text for name, text in parameters.items()}
    wanted.update(changes or {})
    try:
        text = format_parameters(value, wanted)
        raw = format_field(field.name, text, ending)
    except SesMimeError:
        return ()
    new = Field(field.name, raw, Span(0, len(raw)))
    if not is_accepted(new) or dict(parse_parameters(new.body)[1]) != wanted:
        return ()
    return (Edit(field.span, raw),)


def written_anew(outgoing: Outgoing, field: Field, title: str) -> Fix:
    """Return the remedy that a field is written anew; by hand where nothing good comes of `rewriting`.

    Most of those who lint ask for no edit: it is worked out for those who do.
    """
    return Fix(title, partial(rewriting, field, outgoing.ending), is_certain=False)


# Parameters


class MimeField(NamedTuple):
    """A Content-Type or Content-Disposition field that counts, with its parameters.

    `error` is the text with which the strict grammar refuses it, None if it takes it.
    """

    part: Part
    field: Field
    parameters: Parameters
    error: str | None


def odd_fields(outgoing: Outgoing) -> tuple[MimeField, ...]:
    """Return the fields that may not be of the plain kind, in all parts; attached messages are not searched."""
    return tuple([found for part in outgoing.parts for found in _odd_fields(part)])


def _odd_fields(part: Part) -> Iterator[MimeField]:
    names, section = part.names, part.section
    if "content-type" in names and part.plain_type is None:
        field = section.all("Content-Type")[0]
        yield MimeField(part, field, part.type_parameters, refusal("content-type", field))
    if "content-disposition" in names:
        field = section.all("Content-Disposition")[0]
        yield MimeField(part, field, part.disposition_parameters, refusal("content-disposition", field))


def is_odd_field(call: str, field: Field) -> bool:
    """Whether a Content-Type or Content-Disposition field is not of the plain kind.

    Plain is what the strict grammar takes, without comments and pieces (RFC 2231).
    """
    raw = field.raw
    return b"(" in raw or b"*" in raw or refusal(call, field) is not None


def parameter_place(field: Field, parameters: Parameters, name: str) -> Span:
    """Return the place of the first parameter of a name, in whatever form, or of the field's body."""
    for given in parameters.raw:
        if given.name.partition("*")[0].strip().lower() == name:
            return span_in_body(field, *given.span)
    return body_span(field)


def is_extended_alone(field: Field, parameters: Parameters, name: str) -> bool:
    """Whether a parameter stands in the form of RFC 2231 and in no other, as `name*` or in pieces."""
    if b"*" not in field.raw or name not in parameters:
        return False
    return not any(given.name.strip().lower() == name for given in parameters.raw)


def fields_with_defects(outgoing: Outgoing) -> tuple[MimeField, ...]:
    """Return the fields whose parameters have defects; attached messages are not searched."""
    return tuple([found for found in outgoing.once(odd_fields) if found.parameters.defects])
