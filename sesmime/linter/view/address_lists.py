"""What the rules about addresses share: the verdict of the strict grammar, places in a list, and words for refusals."""

from __future__ import annotations

from functools import lru_cache

from sesmime.errors import quoted
from sesmime.linter.view.addresses import STRICT_FIELDS, Addresses, may_hold_mailbox
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import body_span, span_in_body, strict_span
from sesmime.mime.addresses import LONGEST_KEPT, UNREADABLE, AddressList, Mailbox, parse_addresses
from sesmime.mime.fields import Field, Span
from sesmime.mime.hints import TYPE_CHECKING, Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.ses.recipients import strict_verdict
from sesmime.ses.refused_addresses import Explained, explained

if TYPE_CHECKING:
    from sesmime.ses.javamail import Verdict

UNPREDICTABLE: Final = "the parser that SES appears to use crashes, so SES's answer is not known"

# How often an address is looked for that is part of others, as `joe` is of `joe@a.example`.
_MOST_TRIES: Final = 100
# So much is shown of an address, and so many octets hold more than that: a character has at most four.
_MOST_SHOWN: Final = 100
_MOST_OCTETS: Final = 4 * (_MOST_SHOWN + 2)
_EMPTY_BRACKETS: Final = lazy_pattern(r"<[\x00-\x20]*+>")


def strict(addresses: Addresses) -> Verdict:
    """Return the verdict of the strict grammar on a field (a list), or a parameter (one address)."""
    found = addresses.strict
    if found is None:
        if addresses.field is not None:
            found = strict_list(addresses.value)
        else:
            from sesmime.ses.javamail import verdict  # few messages need it

            found = verdict("single+validate", addresses.text)
        addresses.strict = found
    return found


def strict_list(value: str) -> Verdict:
    """Return the verdict of the strict grammar on a list of addresses, one character a byte."""
    return _short_list(value) if len(value) <= _SHORT else strict_verdict(value)


# `<>`, `undisclosed-recipients:;` and the address of one sender stand in many messages.
_SHORT: Final = 200
_short_list: Final = lru_cache(maxsize=256)(strict_verdict)


def reading_of(outgoing: Outgoing, field: Field) -> AddressList:
    """Return what `parse_addresses` finds in a field; a long one is read once for all who ask."""
    if len(field.raw) > LONGEST_KEPT:
        for one in outgoing.unusual_fields:
            if one.field is not None and one.field.span == field.span:
                return one.reading
    return parse_addresses(field.body)


def is_refused(addresses: Addresses) -> bool:
    """Whether SES is expected to refuse it for its grammar; of fields that SES does not read never."""
    if addresses.field is not None and addresses.label not in STRICT_FIELDS:
        return False
    found = strict(addresses)
    return found.error is not None or found.unpredictable


def is_unreadable(addresses: Addresses) -> bool:
    """Whether an element of it is no mailbox to readers of RFC 5322."""
    return any(defect.name in UNREADABLE for defect in addresses.reading.defects)


def is_one_lost(addresses: Addresses) -> bool:
    """Whether an element of it is nobody to SES either: what `envelope` can make no recipient of."""
    return addresses.recipients.is_one_lost


def refused_span(addresses: Addresses, found: Verdict) -> Span | None:
    """Return the smallest place in a field that shows why the strict grammar refuses it; None for a parameter."""
    field = addresses.field
    if field is None:
        return None
    value = addresses.value
    if found.position is not None:
        if found.position < len(value):
            return strict_span(field, found.position, found.position + 1)
        # Something is not closed: where our reader sees that it begins.
        for defect in addresses.reading.defects:
            if defect.name in UNREADABLE:
                return span_in_body(field, defect.span.start, defect.span.stop)
        return body_span(field)
    if found.reference:
        start = _find_whole(value, found.reference)
        return strict_span(field, start, start + len(found.reference)) if start >= 0 else body_span(field)
    match = _EMPTY_BRACKETS.search(value)
    return strict_span(field, *match.span()) if match else body_span(field)


def _find_whole(value: str, address: str) -> int:
    """Find an address where it is no part of a longer one; else where it first stands, -1 if nowhere."""
    first = start = value.find(address)
    for _ in range(_MOST_TRIES):
        if start < 0:
            break
        before, after = value[max(start - 1, 0) : start], value[start + len(address) : start + len(address) + 1]
        if (before <= " " or before in ",<:;") and (after <= " " or after in ",>;("):
            return start
        start = value.find(address, start + 1)
    return first


def remedy(addresses: Addresses, found: Verdict) -> str:
    """Say what to do about a refusal of the strict grammar."""
    return _explained(addresses, found).remedy


def _explained(addresses: Addresses, found: Verdict) -> Explained:
    """Return its refusal by the strict grammar in plain words, and what to do."""
    if addresses.explained is None:
        reference, text = found.reference or "", addresses.text
        if addresses.field is not None:
            # The strict grammar reads one character a byte.
            text = _of_octets(addresses.value)
            reference = text if reference == addresses.value else _of_octets(reference)
        addresses.explained = explained(found.error or "", reference, text)
    return addresses.explained


def _of_octets(text: str) -> str:
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def described(addresses: Addresses, found: Verdict) -> str:
    """Say which address cannot be used, and why."""
    reason = _explained(addresses, found).reason
    if addresses.field is None:
        return f"{addresses.label} {quoted(addresses.text, _MOST_SHOWN)} is invalid: {reason}"
    if found.position is None and found.reference:
        address = quoted(_of_octets(found.reference[:_MOST_OCTETS]), _MOST_SHOWN)
        return f"the address {address} in {addresses.label} is invalid: {reason}"
    return f"{addresses.label} is invalid: {reason}"


def as_read(text: str) -> str:
    """Return a text of a field body as people read it: its octets beyond ASCII as UTF-8, where they are that."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a parameter with half a character
        return text


def shown(mailbox: Mailbox) -> str:
    """Return a mailbox's address in quotes, safe to print."""
    return quoted(as_read(mailbox.address), _MOST_SHOWN)


def mailboxes(outgoing: Outgoing) -> tuple[tuple[Addresses, Mailbox], ...]:
    """Return the mailboxes of all unusual fields that SES reads, and of all unusual parameters."""
    return outgoing.once(_mailboxes)


def _mailboxes(outgoing: Outgoing) -> tuple[tuple[Addresses, Mailbox], ...]:
    return tuple(
        [
            (addresses, mailbox)
            for addresses in (*outgoing.unusual_parameters, *outgoing.unusual_fields)
            if addresses.field is None or (addresses.label in STRICT_FIELDS and may_hold_mailbox(addresses.text))
            for mailbox in addresses.reading.mailboxes
        ]
    )


def mailbox_place(addresses: Addresses, mailbox: Mailbox, text: str = "") -> Span | None:
    """Return the place of `text`, some of a mailbox, or of the whole mailbox; None in a parameter."""
    field, span = addresses.field, mailbox.span
    if field is None or span is None:
        return None
    start = addresses.text.rfind(text, span.start, span.stop) if text else -1
    if start < 0:
        return span_in_body(field, span.start, span.stop)
    return span_in_body(field, start, start + len(text))
