"""RFC306."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from sesmime.linter.kit import (
    Defect,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Source,
    Stage,
    first_eight_bit,
    first_glued_delimiter,
    is_leaf,
    rule,
)
from sesmime.mime.decoding import Notes, TooManyDefects, iter_decoded

# Octets of a body that is decoded to see whether it can be: more would cost more than all other rules together.
_WHOLE: Final = 1 << 15
# Octets at both ends of a longer body that are looked at.
_ENDS: Final = 1_000
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BLANKS: Final = b" \t\r\n"
_FILLING: Final = b"=" + _BLANKS
_KNOWN: Final = _ALPHABET + _FILLING


@rule(
    "RFC306",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-6.8",
    stage=Stage.MIME,
    order=220,
    triggers=(":base64",),
)
def malformed_base64(outgoing: Outgoing) -> Iterator[Fault]:
    """A base64 body contains invalid characters, padding before its end, or too few characters.

    Some mail readers stop at such a place, some continue, some show nothing: they see different contents. A body of
    more than 32 KiB is checked completely only if there is a sign of a fault: padding before the end, a non-ASCII
    octet, an odd last line, or an invalid character among its first or last 1,000 octets.
    """
    for part in outgoing.parts:
        if part.encoding != "base64" or not is_leaf(part):
            continue
        start, stop = part.entity.body_span
        if stop - start <= _WHOLE:
            if _is_clean(bytes(outgoing.source[start:stop])):
                continue
        elif not _is_odd(outgoing.source, start, stop, is_ascii=outgoing.is_ascii):
            continue
        # RFC414 tells of a delimiter that stands in the middle of a line of it.
        end = first_glued_delimiter(outgoing, part.entity.body_span) or stop
        found = _defects(outgoing.source, part.entity.body[: end - start], start)
        if not found:
            continue
        first, more = found[0], len(found) - 1
        yield Fault(
            f"{first.message}; there are {more} more such places" if more else first.message,
            first.span,
            part,
            fix=Fix("encode the content again"),
        )


def _is_clean(body: bytes) -> bool:
    """Whether a body is made of whole quanta, with padding at its end only; blanks are harmless."""
    data = body.translate(None, _BLANKS)
    known = data.rstrip(b"=")
    return not len(data) % 4 and len(data) - len(known) <= 2 and not known.translate(None, _ALPHABET)


def _is_odd(source: Source, start: int, stop: int, *, is_ascii: bool) -> bool:
    """Whether a long body shows a sign of being malformed; whole bodies are searched only for single octets."""
    padding = source.find(b"=", start, stop)
    if padding >= 0 and (stop - padding > _ENDS or bytes(source[padding:stop]).strip(_FILLING)):
        return True
    first, last = bytes(source[start : start + _ENDS]), bytes(source[stop - _ENDS : stop])
    if (first + last).translate(None, _KNOWN):
        return True
    width = len(first.partition(b"\n")[0].rstrip())
    if width % 4 == 0 and len(last.rstrip().rpartition(b"\n")[2]) % 4:
        return True
    return not is_ascii and first_eight_bit(source, start, stop) >= 0


def _defects(source: Source, body: memoryview, start: int) -> list[Defect]:
    notes = Notes(start)
    with suppress(TooManyDefects):
        for _ in iter_decoded(body, "base64", notes):
            pass
    # Blanks are harmless: every reader leaves them out.
    return [
        defect
        for defect in notes.defects
        if defect.name != "too-many-defects"
        and (defect.name != "invalid-base64" or bytes(source[defect.span.start : defect.span.stop]).strip())
    ]
