"""What calls for a rule besides the fields of a message: facts that most messages have not.

Each has a name that begins with a colon, so that the catalogue may have it where it has names of fields. Most are
worked out for some rule anyway; with them a short message costs no rule, not even its import, that has nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sesmime.linter.view.header_in_body import BODY_START, body_start, parts_with_fields_in_body
from sesmime.linter.view.lines import has_long_line
from sesmime.linter.view.mime_fields import MIME_FIELDS
from sesmime.linter.view.oddities import (
    has_empty_to,
    has_odd_date,
    has_odd_identifier,
    has_odd_multipart,
    has_odd_version,
    has_several_authors,
    has_stray_delimiter,
    look_at_addresses,
    look_at_multiparts,
    look_at_parts,
)
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.fields import fields_named
from sesmime.mime.hints import Final, TypeAlias
from sesmime.ses.envelope import RECIPIENT_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.once_only import ONCE_ONLY
from sesmime.ses.quotas import MAX_PARTS, MAX_RECIPIENTS, MAX_RECORDED_HEADER, MAX_SIZE_V2
from sesmime.ses.settings import ApiParameters, parameter_setting

# What parameters are where none are given: told by identity where it is this object, which costs nothing.
NO_PARAMETERS: Final = ApiParameters()
_RECIPIENT_NAMES: Final = frozenset(map(str.lower, RECIPIENT_FIELDS))
# The fields that SES takes once, and those of recipients.
_TOLD_IF_REPEATED: Final = _RECIPIENT_NAMES.union(ONCE_ONLY)
# A message that has these lacks no field of which it is asked whether it is there.
_USUAL: Final = frozenset(("from", "to", "mime-version"))
# The types of what has parts, or should have some.
_COMPOUND: Final = ("multipart/", "message/")
_IN_PLACE_OF_MESSAGES: Final = ("message/partial", "message/external-body")
# So many octets are not too many for any interface, in base64 too.
_TAKEN_BY_ALL: Final = min(interface.row.max_size or MAX_SIZE_V2 for interface in Interface) // 4 * 3
_BULK: Final = (Interface.SEND_BULK_TEMPLATED_EMAIL, Interface.V2_SEND_BULK_EMAIL)


def _is_given(parameters: ApiParameters) -> bool:
    return parameters is not NO_PARAMETERS and parameters != NO_PARAMETERS


def _is_anything_given(outgoing: Outgoing) -> bool:
    return _is_given(outgoing.parameters) or _is_given(outgoing.given)


def _has_constraints(outgoing: Outgoing) -> bool:
    """Whether AWS's service model may have something to say of the parameters.

    Of what SendRawEmail takes beside the message it demands no more than that each is of its type, as parameters are.
    """
    if not outgoing.interface.is_raw:
        return True
    return (outgoing.is_request or outgoing.interface.is_v2) and _is_given(outgoing.parameters)


def _has_address_beyond_ascii(outgoing: Outgoing) -> bool:
    """Whether a parameter with an address is not ASCII; of bulk calls, whether entries are given."""
    return outgoing.interface in _BULK or any(not one.text.isascii() for one in outgoing.unusual_parameters)


def _has_stray_line_end(outgoing: Outgoing) -> bool:
    """Whether a CR or an LF stands alone, in the fields or in the body."""
    lines, head = outgoing.lines, outgoing.head_line_ends
    return bool(lines.lone_crs or lines.lone_lfs or head.lone_lfs or head.lone_crs)


def _has_mixed_line_ends(outgoing: Outgoing) -> bool:
    """Whether some lines end with CRLF and some with LF, or a CR stands alone in the body."""
    return bool(outgoing.lines.lone_crs) or outgoing.is_mixed


def _has_long_line(outgoing: Outgoing) -> bool:
    return bool(outgoing.lines.long) or has_long_line(outgoing.header_octets)


def _has_named_part(outgoing: Outgoing) -> bool:
    """Whether a part may bear a file name: whether `name`, as in `filename`, stands in some header section."""
    if b"name" in outgoing.folded_head:
        return True
    return any(b"name" in outgoing.header_bytes(part).lower() for part in outgoing.every_part[1:])


def _has_message_part(outgoing: Outgoing) -> bool:
    return "message" in outgoing.main_types


def _has_odd_message_part(outgoing: Outgoing) -> bool:
    """Whether a part is a piece of a message or stands for one, or an attached message is encoded."""
    for part in outgoing.parts:
        kind = part.content_type
        if kind.startswith("message/") and (kind in _IN_PLACE_OF_MESSAGES or part.is_encoded):
            return True
    return False


def _has_directive(outgoing: Outgoing) -> bool:
    if outgoing.interface.is_raw and not outgoing.texts.with_directives:
        return False
    from sesmime.linter.view.directives import texts_with_directives  # few messages need it

    return bool(outgoing.once(texts_with_directives))


def _has_many_links(outgoing: Outgoing) -> bool:
    if outgoing.interface.is_raw and not outgoing.texts.with_many_links:
        return False
    from sesmime.linter.view.directives import texts_with_many_links  # few messages need it

    return bool(outgoing.once(texts_with_many_links))


def _may_sign_field_of_ses(outgoing: Outgoing) -> bool:
    """Whether a DKIM signature may cover a field that SES adds or removes."""
    if "dkim-signature" not in outgoing.names:
        return False
    head = outgoing.folded_head
    return head.rfind(b"x-ses-") >= 0 or head.rfind(b"feedback-id") >= 0


def _is_large(outgoing: Outgoing) -> bool:
    """Whether the message, in the base64 that the API adds around it, is more than the interface accepts."""
    size = outgoing.size
    if size <= _TAKEN_BY_ALL:
        return False
    most = outgoing.interface.row.max_size
    return most is not None and 4 * -(-size // 3) > most


def _has_odd_line(outgoing: Outgoing) -> bool:
    """Whether a line of the header section may be neither a field nor a continuation line."""
    head = outgoing.header_octets
    return bool(outgoing.section.defects) or head.rfind(b"\n--") >= 0 or head.startswith((b" ", b"\t"))


def _may_have_many_recipients(outgoing: Outgoing) -> bool:
    destination = outgoing.parameters.destination
    given = 0 if destination is None else len(destination.all)
    return given > MAX_RECIPIENTS or outgoing.header_octets.count(b"@") > MAX_RECIPIENTS


def _may_hold_boundary(outgoing: Outgoing) -> bool:
    """Whether two hyphens begin a line near the start of the body of a message of one part."""
    root = outgoing.root
    if not root.is_leaf:
        return False
    start = root.body_span.start
    if outgoing.source.rfind(b"--", start, start + BODY_START) < 0:
        return False
    body = body_start(outgoing)
    return body.rfind(b"\n--") >= 0 or body.startswith(b"--") or body.rfind(b"\r--") >= 0


def _has_source_arn(outgoing: Outgoing) -> bool:
    holder = parameter_setting("source_arn", outgoing.interface)
    return holder is not None and bool(getattr(outgoing.parameters, holder))


def _has_v2_addresses(outgoing: Outgoing) -> bool:
    parameters = outgoing.parameters
    return outgoing.interface is Interface.V2_SEND_EMAIL_RAW and bool(parameters.source or parameters.reply_to)


def _encodings(encoding: str) -> Callable[[Outgoing], bool]:
    return lambda outgoing: encoding in outgoing.encodings


def _may_be_encoded(outgoing: Outgoing) -> bool:
    """Whether a part may be in another encoding than 7bit or 8bit."""
    root = outgoing.root
    return not root.is_leaf or root.encoding not in ("7bit", "8bit")


def _has_settings(outgoing: Outgoing) -> bool:
    """Whether anything is given beside a raw message. It costs nothing to ask."""
    return not (
        outgoing.parameters is NO_PARAMETERS
        and outgoing.given is NO_PARAMETERS
        and not outgoing.verified_identities
        and outgoing.interface.is_raw
    )


def _lacks_usual_field(outgoing: Outgoing) -> bool:
    return not outgoing.names >= _USUAL


def _has_recipient_without_to(outgoing: Outgoing) -> bool:
    """Whether it goes to somebody, no destination is given, and there is no To field."""
    return "to" not in outgoing.names and not outgoing.parameters.destination and outgoing.has_recipient


def _has_unusual_address(outgoing: Outgoing) -> bool:
    if outgoing.unusual_fields:
        return True
    return outgoing.parameters is not NO_PARAMETERS and bool(outgoing.unusual_parameters)


def _is_once_only_repeated(outgoing: Outgoing) -> bool:
    """Whether a field is repeated that SES takes once, or one of recipients."""
    names, section = outgoing.names, outgoing.section
    more = len(section.fields) - len(names)
    if more and "received" in names:
        more -= len(fields_named(section, "received")) - 1
    # What most messages repeat is Received alone.
    return more > 0 and any(len(fields_named(section, name)) > 1 for name in names & _TOLD_IF_REPEATED)


def _has_return_path_twice(outgoing: Outgoing) -> bool:
    """Whether there is a Return-Path field, and a parameter that says where bounces go."""
    parameters = outgoing.parameters
    return "return-path" in outgoing.names and bool(parameters.source or parameters.return_path)


def _has_odd_octets(outgoing: Outgoing) -> bool:
    return any(outgoing.screening)


def _has_odd_lines(outgoing: Outgoing) -> bool:
    lines = outgoing.lines
    if lines.lone_crs or lines.has_nul or not lines.is_ascii:
        return True
    return bool(outgoing.head_line_ends.lone_crs) or outgoing.is_mixed


def _is_compound(outgoing: Outgoing) -> bool:
    """Whether it has parts, or should have some."""
    return outgoing.root.content_type.startswith(_COMPOUND)


def _may_have_odd_multipart(outgoing: Outgoing) -> bool:
    """Whether a multipart, in an attached message too, is not of the plain kind."""
    if not _is_compound(outgoing):
        return False
    return any(outgoing.once(look_at_multiparts)) or outgoing.once(has_stray_delimiter)


def _has_odd_header_section(outgoing: Outgoing) -> bool:
    """Whether something is odd in the header section of a part."""
    return any(outgoing.once(look_at_parts))


def _has_telling_text(outgoing: Outgoing) -> bool:
    """Whether there is something to say of a text, or no raw message to look at."""
    return not outgoing.interface.is_raw or any(outgoing.texts)


_Look: TypeAlias = Callable[[Outgoing], object]

# By kinds: of those of one kind none holds where the look before them does not. Most messages have few kinds.
KINDS: Final[tuple[tuple[_Look, Mapping[str, _Look]], ...]] = (
    (
        _has_settings,
        {
            ":parameters": _is_anything_given,
            ":constraints": _has_constraints,
            ":assembled": lambda outgoing: not outgoing.interface.is_raw,
            ":content": lambda outgoing: not outgoing.interface.is_raw or outgoing.parameters.extra,
            ":tags": lambda outgoing: outgoing.parameters.message_tags,
            ":tenant": lambda outgoing: outgoing.parameters.tenant,
            ":list-management": lambda outgoing: outgoing.parameters.list_management,
            ":verified-identities": lambda outgoing: outgoing.verified_identities,
            ":unusual-parameter": lambda outgoing: outgoing.unusual_parameters,
            ":address-beyond-ascii": _has_address_beyond_ascii,
            ":given-destination": lambda outgoing: (
                outgoing.given.destination and not outgoing.names.isdisjoint(_RECIPIENT_NAMES)
            ),
            ":v2-addresses": _has_v2_addresses,
            ":two-return-paths": _has_return_path_twice,
            ":source-arn": _has_source_arn,
        },
    ),
    (
        _lacks_usual_field,
        {
            ":no-from": lambda outgoing: "from" not in outgoing.names,
            ":no-to": lambda outgoing: "to" not in outgoing.names,
            ":recipient-without-to": _has_recipient_without_to,
            ":no-recipient-field": lambda outgoing: outgoing.names.isdisjoint(_RECIPIENT_NAMES),
            ":no-field": lambda outgoing: not outgoing.has_header_section,
            ":no-mime-version": lambda outgoing: (
                "mime-version" not in outgoing.names and not outgoing.names.isdisjoint(MIME_FIELDS)
            ),
        },
    ),
    (
        _has_unusual_address,
        {
            ":unusual-address": _has_unusual_address,
            ":unusual-from": lambda outgoing: outgoing.once(look_at_addresses).from_field,
            ":unusual-recipient": lambda outgoing: outgoing.once(look_at_addresses).recipients,
            ":unusual-mailbox": lambda outgoing: outgoing.once(look_at_addresses).mailbox,
            ":source-route": lambda outgoing: outgoing.once(look_at_addresses).route,
            ":long-address": lambda outgoing: outgoing.once(look_at_addresses).long,
            ":empty-to": has_empty_to,
        },
    ),
    (
        _has_odd_octets,
        {
            ":odd-octet": lambda outgoing: outgoing.screening.odd_octets,
            ":blank-before-colon": lambda outgoing: outgoing.screening.blanks_before_colons,
            ":blank-line": lambda outgoing: outgoing.screening.blank_lines,
            ":encoded-word": lambda outgoing: outgoing.screening.encoded_words,
            ":literal-line-end": lambda outgoing: outgoing.screening.literal_line_ends,
        },
    ),
    (
        _has_odd_lines,
        {
            ":mixed-line-ends": _has_mixed_line_ends,
            ":cr-in-body": lambda outgoing: outgoing.lines.lone_crs,
            ":cr-in-header-section": lambda outgoing: outgoing.head_line_ends.lone_crs,
            ":nul": lambda outgoing: outgoing.has_nul,
            ":8bit": lambda outgoing: not outgoing.is_ascii,
        },
    ),
    (
        _is_compound,
        {
            ":multipart": lambda outgoing: outgoing.is_multipart,
            ":many-parts": lambda outgoing: not outgoing.root.is_leaf and len(outgoing.every_part) > MAX_PARTS,
            ":part": lambda outgoing: not outgoing.root.is_leaf,
            ":message-part": _has_message_part,
            ":odd-message-part": _has_odd_message_part,
        },
    ),
    (
        _may_have_odd_multipart,
        {
            ":odd-multipart": has_odd_multipart,
            ":odd-division": lambda outgoing: outgoing.once(look_at_multiparts).is_division_odd,
            ":odd-boundary": lambda outgoing: outgoing.once(look_at_multiparts).is_boundary_odd,
            ":encoded-multipart": lambda outgoing: outgoing.once(look_at_multiparts).is_encoded,
            ":text-around-parts": lambda outgoing: outgoing.once(look_at_multiparts).is_surrounded,
            ":stray-delimiter": lambda outgoing: outgoing.once(has_stray_delimiter),
        },
    ),
    (
        _has_odd_header_section,
        {
            ":odd-field-name": lambda outgoing: outgoing.once(look_at_parts).is_field_name_odd,
            ":odd-part": lambda outgoing: outgoing.once(look_at_parts).is_field_odd,
            ":odd-file-name": lambda outgoing: outgoing.once(look_at_parts).is_name_odd,
            ":odd-mime-field": lambda outgoing: outgoing.once(look_at_parts).is_form_odd,
            ":odd-label": lambda outgoing: outgoing.once(look_at_parts).is_label_odd,
        },
    ),
    (
        _has_telling_text,
        {
            ":text-defect": lambda outgoing: outgoing.texts.defects,
            ":content-id-url": lambda outgoing: outgoing.texts.with_content_ids,
            ":directive": _has_directive,
            ":many-links": _has_many_links,
        },
    ),
    (
        _may_be_encoded,
        {
            ":base64": _encodings("base64"),
            ":quoted-printable": _encodings("quoted-printable"),
            ":binary": _encodings("binary"),
        },
    ),
    (
        lambda outgoing: True,
        {
            ":many-recipients": _may_have_many_recipients,
            ":odd-line": _has_odd_line,
            ":ses-mark": lambda outgoing: outgoing.folded_head.rfind(b"x-ses") >= 0,
            ":signed-field-of-ses": _may_sign_field_of_ses,
            ":long-header-section": lambda outgoing: len(outgoing.header_octets) > MAX_RECORDED_HEADER,
            ":boundary-in-leaf": _may_hold_boundary,
            ":large": _is_large,
            ":repeat": lambda outgoing: len(outgoing.names) < len(outgoing.section),
            ":once-only-repeat": _is_once_only_repeated,
            ":odd-identifier": has_odd_identifier,
            ":odd-date": has_odd_date,
            ":odd-mime-version": has_odd_version,
            ":several-authors": has_several_authors,
            ":fields-in-body": lambda outgoing: outgoing.once(parts_with_fields_in_body),
            ":long-line": _has_long_line,
            ":named-part": _has_named_part,
            ":stray-line-end": _has_stray_line_end,
        },
    ),
)

OCCASIONS: Final[Mapping[str, _Look]] = MappingProxyType(
    {name: look for _, looks in KINDS for name, look in looks.items()}
)

# Those that our rules need no longer: rules of others may name them.
FOR_OTHERS: Final = frozenset(
    (":message-part", ":multipart", ":named-part", ":no-to", ":odd-multipart", ":part", ":repeat", ":stray-line-end")
)


def occasions(outgoing: Outgoing, names: frozenset[str]) -> frozenset[str]:
    """Return those of the names that hold."""
    return frozenset(name for name in names if OCCASIONS[name](outgoing))
