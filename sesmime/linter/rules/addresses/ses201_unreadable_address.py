"""SES201."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sesmime.linter.kit import (
    QUOTE_THE_NAME,
    RECIPIENT_FIELDS,
    STRICT_FIELDS,
    UNPREDICTABLE,
    UNREADABLE,
    Addresses,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Interface,
    Mailbox,
    Outgoing,
    Severity,
    Span,
    Stage,
    body_span,
    described,
    is_one_lost,
    mailbox_place,
    parse_addresses,
    refused_span,
    remedy,
    remedy_of_defect,
    rule,
    shown,
    span_in_body,
    strict,
    strict_list,
    strict_value,
)
from sesmime.ses.pages import ERROR_MESSAGES

if TYPE_CHECKING:
    from sesmime.ses.javamail import Verdict

# SES checks it before its parser does, as users report of SMTP.
_BARE_WORD: Final = re.compile(r"[ \t]*+[0-9A-Za-z._+-]++[ \t]*+")
_NULL_PATH: Final = re.compile(r"[\x00-\x20]*+<[\x00-\x20]*+>[\x00-\x20]*+")
# A display name of plain words with a comma among them, in no quotes, before the only address.
_NAME_WITH_COMMA: Final = re.compile(r"([ !#-'*+./0-9?A-Z^-~-]*+(?:,[ !#-'*+./0-9?A-Z^-~-]*+)++)<")
# That a badly formed recipient has the whole message refused is documented. Of From and Return-Path refusals are
# reported; that SES reads Reply-To and Sender so is inferred.
# A field that stands on a continuation line: none of these can be the name of a group by chance.
_SWALLOWED: Final = re.compile(
    rb"(?i)\n(?P<blanks>[ \t]+)(?P<name>From|Sender|Reply-To|To|Cc|Bcc|Subject|Date|Message-ID|In-Reply-To|References"
    rb"|Return-Path|MIME-Version|Content-[A-Z-]+|X-[A-Z0-9-]+|List-[A-Z-]+|DKIM-Signature|Received)[ \t]*:"
)
_SEMICOLON: Final = "Illegal semicolon, not in group"
_FORWARDER: Final = "https://github.com/arithmetric/aws-lambda-ses-forwarder/issues/48"
_CERTAINTY: Final = {
    "From": (Evidence.OBSERVED, _FORWARDER),
    "Return-Path": (Evidence.OBSERVED, "https://github.com/mageplaza/magento-2-smtp/issues/191"),
    "Reply-To": (Evidence.ASSUMED, _FORWARDER),
    "Sender": (Evidence.ASSUMED, _FORWARDER),
}


@rule(
    "SES201",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=Interface.SEND_RAW_EMAIL.page,
    stage=Stage.ADDRESSES,
    order=20,
    triggers=(":unusual-address",),
)
def unreadable_address(outgoing: Outgoing) -> Iterator[Fault]:
    """An address field does not follow the strict grammar of SES, or has an address that is not ASCII.

    SES refuses the whole message because of one malformed address: none of its recipients receives it. The most
    common causes are an unquoted display name with a comma, a semicolon between addresses, a non-ASCII address, and a
    space before the name of the next field.
    """
    read = [addresses for addresses in outgoing.unusual_fields if addresses.label in STRICT_FIELDS]
    for addresses in read:
        fault = _fault_of(outgoing, addresses)
        if fault is not None:
            yield fault
    if len(outgoing.names) < len(outgoing.section):
        for label in dict.fromkeys([addresses.label for addresses in read]):
            fields = outgoing.section.all(label)
            if len(fields) > 1:
                yield from _joined(fields, [addresses for addresses in read if addresses.label == label])


def _fault_of(outgoing: Outgoing, addresses: Addresses) -> Fault | None:
    found = strict(addresses)
    field = addresses.field
    assert field is not None
    if found.error is not None:
        return _refused(outgoing, addresses, found, found.error)
    if found.unpredictable:
        return Fault(
            f"{addresses.label} contains comments in a way that {UNPREDICTABLE}",
            body_span(field),
            fix=Fix("write the addresses without comments"),
            severity=Severity.WARNING,
            evidence=Evidence.ASSUMED,
        )
    beyond = _beyond_ascii(addresses)
    if beyond is not None:
        return Fault(
            f"the address {shown(beyond)} in {addresses.label} is not ASCII, and SES accepts only ASCII addresses",
            mailbox_place(addresses, beyond, beyond.address),
            parameter=addresses.path,
            rejection="There are non-ASCII characters in the email address",
            fix=Fix("use an ASCII address, with the domain in Punycode"),
            source=ERROR_MESSAGES,
        )
    if addresses.label in RECIPIENT_FIELDS and outgoing.is_destination_lifted and is_one_lost(addresses):
        return _lost(addresses)
    return None


def _refused(outgoing: Outgoing, addresses: Addresses, found: Verdict, error: str) -> Fault:
    field = addresses.field
    assert field is not None
    evidence, source = _CERTAINTY.get(addresses.label, (None, None))
    if addresses.label == "Return-Path" and _NULL_PATH.fullmatch(addresses.text):
        # It is how delivered mail says that there is nobody to send a bounce to.
        return Fault(
            described(addresses, found),
            refused_span(addresses, found),
            fix=Fix("remove the field: SES writes it"),
            severity=Severity.WARNING,
            evidence=Evidence.ASSUMED,
            source=source,
        )
    swallowed = _SWALLOWED.search(field.raw)
    if swallowed is None:
        text, place, fix = described(addresses, found), refused_span(addresses, found), _fix(addresses, found)
    else:
        name, start = swallowed["name"].decode("ascii"), field.span.start + swallowed.start("blanks")
        place = Span(start, field.span.start + swallowed.end())
        text = f"the line {name}: begins with a blank, which makes it a part of {addresses.label}"
        fix = Fix(f"remove the blank before {name}", [Edit(Span(start, start + len(swallowed["blanks"])), b"")])
    rejection = _text(outgoing, addresses, error)
    return Fault(text, place, rejection=rejection, fix=fix, evidence=evidence, source=source)


# What the API v2 says of a From field that no FromEmailAddress replaces, where the strict grammar says these.
_INVALID_FROM: Final = "Invalid From address provided."
_SAID_OTHERWISE: Final = ("Missing domain", "Missing local name")
_BEYOND_ASCII: Final = ("Local address contains control or whitespace", "Domain contains control or whitespace")


def _text(outgoing: Outgoing, addresses: Addresses, error: str) -> str:
    """Return the text expected from SES for what the strict grammar refuses."""
    if outgoing.interface is Interface.V2_SEND_EMAIL_RAW and addresses.label == "From":
        if error in _SAID_OTHERWISE or (error in _BEYOND_ASCII and not addresses.text.isascii()):
            return _INVALID_FROM
    elif outgoing.interface is Interface.SMTP and addresses.label == "From" and _BARE_WORD.fullmatch(addresses.text):
        return f"User name is missing: '{addresses.text.strip()}'."
    return error


def _beyond_ascii(addresses: Addresses) -> Mailbox | None:
    """Return a mailbox whose address is not ASCII, as a quoted local part may be to the strict grammar."""
    if addresses.text.isascii():
        return None
    return next((mailbox for mailbox in addresses.reading if not mailbox.address.isascii()), None)


def _lost(addresses: Addresses) -> Fault:
    field = addresses.field
    assert field is not None
    # What is lost is unreadable to us: `read_recipients` asks the strict grammar about such fields alone.
    defect = next(defect for defect in addresses.reading.defects if defect.name in UNREADABLE)
    return Fault(
        f"an address in {addresses.label} is malformed and is not among the destinations: {defect.message}",
        span_in_body(field, defect.span.start, defect.span.stop),
        fix=Fix(remedy_of_defect(defect.name)),
    )


def _fix(addresses: Addresses, found: Verdict) -> Fix:
    """Return the remedy; with edits where there is one reading and what is written is beyond doubt."""
    field = addresses.field
    assert field is not None
    value = addresses.value
    name = _NAME_WITH_COMMA.match(value) if "," in value else None
    if name is None and found.error != _SEMICOLON:
        return Fix(remedy(addresses, found))
    base = body_span(field).start
    if name is not None:
        edits = [_replaced(base, 0, b'"'), _replaced(base + len(name[1].rstrip()), 0, b'"')]
    else:
        # The last of all separates nothing.
        after = len(value.rstrip(" \t\r\n").rstrip(";"))
        places = [place.start() for place in re.finditer(";", value)]
        edits = [_replaced(base + place, 1, b"," if place < after else b"") for place in places]
    if not edits or not _is_clean(value, base, edits):
        return Fix(remedy(addresses, found))
    return Fix(QUOTE_THE_NAME if name is not None else remedy(addresses, found), edits)


def _replaced(start: int, size: int, replacement: bytes) -> Edit:
    return Edit(Span(start, start + size), replacement)


def _is_clean(value: str, base: int, edits: list[Edit]) -> bool:
    """Whether everybody reads without complaint what the edits make of a value."""
    pieces: list[str] = []
    position = 0
    for (start, stop), replacement in edits:
        pieces += (value[position : start - base], replacement.decode("ascii"))
        position = stop - base
    made = "".join((*pieces, value[position:]))
    unfolded = made.replace("\r\n", "").replace("\n", "")
    return strict_list(made).error is None and not parse_addresses(unfolded).defects


def _joined(fields: tuple[Field, ...], unusual: list[Addresses]) -> Iterator[Fault]:
    """Look at repeated fields, some of them unusual, as SES's grammar does: joined by commas."""
    if any(strict(one).error is not None or strict(one).unpredictable for one in unusual):
        return
    found = strict_list(",".join(map(strict_value, fields)))
    if found.error is not None or found.unpredictable:
        yield Fault(
            f"the {len(fields)} {unusual[0].label} fields, which SES is expected to join, do not form a valid list",
            body_span(fields[1]),
            rejection=found.error,
            fix=Fix("combine them into one field"),
            severity=None if found.error else Severity.WARNING,
            evidence=Evidence.ASSUMED,
        )
