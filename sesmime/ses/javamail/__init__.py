"""The verdict of the strict parser behind SES's texts: JavaMail 1.4.7, followed rule by rule.

Why this parser: nearly every refusal of an address or a MIME field that users of SES report is, word for
word, a text of JavaMail 1.4.2 to 1.5.1. That SES runs such a parser is inferred from that, so a verdict is what
is expected from SES, never what SES will say; where reports show SES to be stricter, other rules must say so.

The pieces, each named by its section of facts/javamail-grammar.md: the scan of an address list (3), the check
of one address (4), single addresses and validation (5) are in `addresses`. MIME field bodies, header sections and
multipart bodies (2 and 6 to 8) are in `mime`. Each must give that parser's answer, its oddities too, in one pass and
without recursion, for every str there is. Nothing here corrects, decodes or repairs.

Java's strings are UTF-16. A value with characters beyond U+FFFF is read as its code units, so positions are
Java's; what is given back has whole characters again, save where the parser itself cut one in two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sesmime.errors import SesMimeError, quoted
from sesmime.mime.plain import plain_text
from sesmime.ses.javamail.addresses import (
    CrashError,
    describe,
    read_address_list,
    read_from,
    read_recipients,
    read_single,
    validate,
)
from sesmime.ses.javamail.mime import (
    RefusalError,
    count_parts,
    read_content_disposition,
    read_content_type,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the strict parser answers.

    Attributes: `error`, the exact text of the refusal, or None. `position`, the place in `reference` that it
    points at, in UTF-16 units, or None. `parsed`, plain dicts and lists; None when refused, and when a header
    section has no such field. `unpredictable`: on this value the parser dies of an array index, and what a
    service would answer then is unknown. `reference`, the text that the refusal is about, the whole list or
    one address; None for MIME. `scanned`: of a list that only its validation refuses, what "parse" gives.

    `parsed` is, by call, a list of `{address, personal, group}`, where a group has its whole text as address
    and also `members` (None, with `members_error`, if the parser refuses them); `{type, subtype, params}`;
    `{disposition, params}`; or `{parts, complete}`. `params` is a list of `[name, value]`.
    """

    error: str | None = None
    position: int | None = None
    parsed: Any = field(default=None, repr=False)
    unpredictable: bool = False
    reference: str | None = field(default=None, repr=False)
    scanned: Any = field(default=None, compare=False, repr=False)


def verdict(call: str, value: str, *, content_type: str | None = None) -> Verdict:
    """Return the strict parser's verdict on `value`; it raises on no content.

    The calls: "parse" (an address list), "parse+validate" (the body of an address field), "single" and
    "single+validate" (a slot for one address), "content-type" and "content-disposition" (the field bodies),
    "getFrom" and "getAllRecipients" (a header section), "count-parts" (a multipart body, with the body of its
    Content-Type field as `content_type`). In the last three one character stands for one byte.

    Raises SesMimeError for another call, and for a `content_type` that is missing or not asked for.

    >>> verdict("parse+validate", "Joe <joe>").error
    "Missing final '@domain'"
    >>> verdict("content-type", "text; charset=utf-8").error
    "Expected '/', got ;"
    """
    call = plain_text(call, "call")
    if call != _COUNT_PARTS and call not in _CALLS:
        calls = ", ".join((*_CALLS, _COUNT_PARTS))
        raise SesMimeError(f"there is no call {quoted(call, 60)}; the calls are {calls}")
    if (content_type is not None) != (call == _COUNT_PARTS):
        raise SesMimeError(f"content_type goes with the call {_COUNT_PARTS}, always, and with no other")
    scanned: list[Any] = []
    try:
        if content_type is not None:
            parsed = count_parts(_code_units(content_type), value)
        elif call in _VALIDATING:
            parsed = _validated(_CALLS[call](_code_units(value)), scanned)
        else:
            parsed = _CALLS[call](_code_units(value))
    except RefusalError as refused:
        told = Verdict(_rejoin(refused.text), refused.position, reference=_rejoin(refused.reference))
    except CrashError:
        told = Verdict(unpredictable=True)
    else:
        # Text in ASCII has no surrogates, and its description may be long.
        is_ascii = str.isascii(value) and str.isascii(content_type or "")
        return Verdict(parsed=parsed if is_ascii else _rejoin(parsed))
    return replace(told, scanned=_rejoin(scanned[0])) if scanned else told


def _validated(addresses: list[Any], scanned: list[Any]) -> Any:
    """Describe addresses and refuse those that are not valid; the description is put into `scanned` before."""
    scanned.append(describe(addresses))
    validate(addresses, scanned[0])
    return scanned[0]


# Section 2: UTF-16.

_BEYOND_BMP: Final = re.compile("[\U00010000-\U0010ffff]")


def _code_units(text: str) -> str:
    """Write each character beyond U+FFFF as its two surrogates."""
    text = plain_text(text, "the value")
    return text if text.isascii() else _BEYOND_BMP.sub(_surrogates, text)


def _surrogates(character: re.Match[str]) -> str:
    offset = ord(character[0]) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))


def _rejoin(data: Any) -> Any:
    """Make one character of each pair of surrogates; `data` has the few fixed levels of `Verdict.parsed`."""
    if isinstance(data, list):
        return [_rejoin(item) for item in data]
    if isinstance(data, dict):
        return {name: _rejoin(item) for name, item in data.items()}
    if not isinstance(data, str) or data.isascii():
        return data
    return data.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


_COUNT_PARTS: Final = "count-parts"

# These give the addresses, which are described and validated then.
_VALIDATING: Final = frozenset(("parse+validate", "single+validate"))
_CALLS: Final[dict[str, Callable[[str], Any]]] = {
    "parse": lambda text: describe(read_address_list(text)),
    "parse+validate": lambda text: read_address_list(text),
    "single": lambda text: describe(read_single(text)),
    "single+validate": lambda text: read_single(text),
    "content-type": read_content_type,
    "content-disposition": read_content_disposition,
    "getFrom": read_from,
    "getAllRecipients": read_recipients,
}
