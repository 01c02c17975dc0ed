"""Raw messages from the requests of SES's simple interfaces: v1 `SendEmail`, and v2 `SendEmail` with simple content.

SES makes a message of such a request itself. What is made here says the same to its readers, so that a team can move on
to raw messages. The limits are those of AWS's service models `ses/2010-12-01` and `sesv2/2019-09-27`, and of the page
dg/header-fields; the parts are encoded by `build`, not as the request asks or SES chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sesmime.compose.build import build
from sesmime.compose.parts import Attachment, disposition_of
from sesmime.errors import InvalidAddress, InvalidField, InvalidSetting, UnsupportedSetting, quoted
from sesmime.mime.edits import Edit, appending_edit, apply_edits, format_field
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import fold_case
from sesmime.mime.grammar import FIELD_NAME
from sesmime.mime.plain import plain_value
from sesmime.mime.words import decode_words
from sesmime.ses.envelope import envelope
from sesmime.ses.interfaces import Interface
from sesmime.ses.java_charsets import java_knows
from sesmime.ses.javamail import verdict
from sesmime.ses.quotas import MAX_RECIPIENTS, NOT_IN_FILE_NAMES
from sesmime.ses.request_guide import MAX_FIELD, REFUSED_FIELDS, unsupported_charset
from sesmime.ses.request_model import (
    ATTACHMENTS,
    FURTHER_FIELDS,
    REQUESTS,
    SIMPLE_CONTENT,
    SIMPLE_MESSAGE,
    TEXT_BODY,
    TEXT_CONTENT,
    Shape,
    item_of,
    most_of,
)
from sesmime.ses.requests import SIMPLE, Submission
from sesmime.ses.settings import ApiParameters, Destination


def raw_from_simple(request: Mapping[str, Any], interface: Interface | str) -> bytes:
    r"""Make the raw message that says what a request to `ses.SendEmail` or `sesv2.SendEmail.Simple` says.

    It is for `Submission(message, parameters, …)` with the other parameters of the request: the destination above all,
    for Bcc is in no field. Reply-To is written; the return path, tags and all further settings are not. `Date` and
    `Message-ID` are new ones, which SES replaces.

    Subject and texts are written as UTF-8 where they are not ASCII, whatever their Charset, and without one too: AWS
    asks for a Charset then (API_Content) and does not say what comes of a text without. A subject in encoded words is
    read as such. Attachments are in base64 whatever their ContentTransferEncoding, whose default (SEVEN_BIT) spoils
    binary contents (https://github.com/aws/aws-sdk-net/issues/3796).

    What the service is known to refuse is refused: InvalidAddress, InvalidField, InvalidSetting, with the text expected
    from SES where it is known. UnsupportedSetting for other interfaces and for templates; otherwise raises as `build`.

    >>> message = {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "Hello"}}}
    >>> request = {"Source": "a@b.example", "Destination": {"ToAddresses": ["c@d.example"]}, "Message": message}
    >>> raw_from_simple(request, "ses.SendEmail").partition(b"Date")[0]
    b'From: a@b.example\r\nTo: c@d.example\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?=\r\n'
    """
    interface = Interface.given(interface)
    if interface not in SIMPLE:
        raise UnsupportedSetting("message", interface, "it does not accept a subject and texts")
    parameters = Submission.from_request(request, interface).parameters
    message, where = _message_of(plain_value(request), interface)
    subject = _text(message["Subject"], f"{where}.Subject")
    texts = _members(message["Body"], f"{where}.Body", TEXT_BODY)
    if not texts:
        raise InvalidSetting(f"{where}.Body", None, "it has neither Text nor Html")
    fields = list(_fields(message.get("Headers", ()), f"{where}.Headers"))
    attachments = list(_attachments(message.get("Attachments", ()), f"{where}.Attachments"))
    # Those that stand beside the HTML text first, so that they stand in the message in this order.
    attachments.sort(key=lambda pair: disposition_of(pair[0]) != "inline" or pair[0].content_id is None)
    destination = _checked_destination(parameters, interface)
    raw = build(
        sender=_checked_sender(parameters, interface),
        to=destination.to,
        cc=destination.cc,
        reply_to=_checked(parameters.reply_to or ()),
        # Readers decode what looks like an encoded word in a subject that is ASCII, and so goes out as it is.
        subject=decode_words(subject) if subject.isascii() else subject,
        text=_text(texts["Text"], f"{where}.Body.Text") if "Text" in texts else None,
        html=_text(texts["Html"], f"{where}.Body.Html") if "Html" in texts else None,
        attachments=[attachment for attachment, _ in attachments],
    )
    return _with_fields(raw, fields, [description for _, description in attachments])


def _with_fields(raw: bytes, fields: Iterable[bytes], descriptions: list[str | None]) -> bytes:
    """Add fields to a message, and to its attachments, in their order, what describes them."""
    root = parse(raw)
    edits: list[Edit] = [appending_edit(raw, root.header_section, field) for field in fields]
    for part, description in zip(_attached(root), descriptions, strict=True):
        if description:
            edits.append(appending_edit(raw, part.header_section, format_field("Content-Description", description)))
    return apply_edits(raw, edits)


def _attached(entity: Entity) -> Iterator[Entity]:
    """Return the attachments of a message that `build` made, not those of messages attached to it."""
    for part in entity.parts:  # three levels are the most that it has
        if part.is_multipart:
            yield from _attached(part)
        elif part.disposition is not None:
            yield part


# The form of a request


def _message_of(request: Mapping[str, Any], interface: Interface) -> tuple[dict[str, Any], str]:
    """Return the members of the message, and where it stands."""
    names = SIMPLE[interface]
    where = ".".join(names)
    value = request.get(names[0])
    if not interface.is_v2:
        return _members(value, where, SIMPLE_MESSAGE), where
    content = _members(value, "Content", REQUESTS[interface].members["Content"])
    for other in content:
        if other != "Simple":
            raise UnsupportedSetting(f"Content.{other}", interface, "it accepts only simple content")
    return _members(content.get("Simple"), where, SIMPLE_CONTENT), where


def _members(value: Any, where: str, shape: Shape) -> dict[str, Any]:
    """Return the members of a structure that are there; raises InvalidSetting where it is not one of AWS's model."""
    if not isinstance(value, Mapping):
        raise InvalidSetting(where, type(value).__name__, "it must be a structure")
    members = {name: member for name, member in value.items() if member is not None}
    for name in members:
        if name not in shape.members:
            raise InvalidSetting(where, name, f"unknown member; the members are {', '.join(shape.members)}")
    for name in shape.members:
        if name in shape.required and name not in members:
            raise InvalidSetting(where, None, f"it has no {name}")
    return members


def _items(value: Any, where: str) -> Iterator[tuple[Any, str]]:
    """Return the items of a list, each with where it stands."""
    if not isinstance(value, list | tuple):
        raise InvalidSetting(where, type(value).__name__, "it must be a list")
    for number, item in enumerate(value):
        yield item, f"{where}[{number}]"


def _string(value: Any, where: str, most: int | None = None) -> str:
    """Return a str as a plain one; raises InvalidSetting for all else, and for one that is too long."""
    if not isinstance(value, str):
        raise InvalidSetting(where, type(value).__name__, "it must be a str")
    if most is not None and len(value) > most:
        raise InvalidSetting(where, f"{len(value)} characters", f"at most {most} are allowed")
    return str.__str__(value)


def _text(value: Any, where: str) -> str:
    """Return a text of a request, its charset checked."""
    members = _members(value, where, TEXT_CONTENT)
    charset = _string(members.get("Charset", ""), f"{where}.Charset")
    if charset and not java_knows(charset):
        raise InvalidSetting(
            f"{where}.Charset", charset, f"expected from SES: {quoted(unsupported_charset(charset), 100)}"
        )
    return _string(members["Data"], f"{where}.Data")


# Addresses


def _checked_sender(parameters: ApiParameters, interface: Interface) -> str:
    if not parameters.source:
        # Reported for v2 by https://github.com/floci-io/floci/issues/1561; v1's service model requires it.
        reason = 'expected from SES: {"message":null}' if interface.is_v2 else "SES requires it"
        raise InvalidSetting("source", parameters.source, reason)
    return _checked((parameters.source,))[0]


def _checked_destination(parameters: ApiParameters, interface: Interface) -> Destination:
    destination = parameters.destination or Destination()
    count = envelope(None, parameters=parameters, interface=interface).recipient_count
    if not count:
        # dg/troubleshoot-error-messages
        raise InvalidSetting("destination", None, "expected from SES: 'There are no recipients specified'")
    if count > MAX_RECIPIENTS:
        # https://github.com/codidact/qpixel/issues/1728
        raise InvalidSetting("destination", f"{count} addresses", "expected from SES: 'Recipient count exceeds 50.'")
    _checked(destination.all)
    return destination


def _checked(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return addresses of a request; raises InvalidAddress for what the service is expected to refuse."""
    for address in addresses:
        found = verdict("single+validate", address)
        if found.error is not None:
            raise InvalidAddress(address, f"expected from SES: {quoted(found.error, 100)}")
    return addresses


# Further fields (v2)

_FIELD: Final = item_of(FURTHER_FIELDS)
_MAX_FIELDS: Final = most_of(FURTHER_FIELDS)
_MAX_NAME: Final = most_of(_FIELD.members["Name"])
_MAX_BODY: Final = most_of(_FIELD.members["Value"])
_BODY: Final = re.compile(r"[ -~]+")


def _fields(value: Any, where: str) -> Iterator[bytes]:
    """Write the further fields of a request, whose bodies go out as they are."""
    items = list(_items(value, where))
    if len(items) > _MAX_FIELDS:
        raise InvalidSetting(where, f"{len(items)} fields", f"at most {_MAX_FIELDS} are allowed")
    for item, place in items:
        members = _members(item, place, _FIELD)
        name = _string(members["Name"], f"{place}.Name")
        body = _string(members["Value"], f"{place}.Value")
        if (reason := _fault(name, body)) is not None:
            raise InvalidField(name, reason)
        yield format_field(name, body)


def _fault(name: str, body: str) -> str | None:
    """Say why a field cannot be one of the further fields of a request, or None."""
    lowered = fold_case(name)
    if not FIELD_NAME.fullmatch(name) or len(name) > _MAX_NAME:
        return f"a name must be 1 to {_MAX_NAME} printable ASCII characters without a colon"
    if not _BODY.fullmatch(body) or len(body) > _MAX_BODY:
        return f"a body must be 1 to {_MAX_BODY} printable ASCII characters"
    if len(name) + len(body) > MAX_FIELD:
        return f"name and body together must have at most {MAX_FIELD} characters"
    if lowered in REFUSED_FIELDS:
        return "SES refuses it with simple content"
    if lowered == "content-transfer-encoding":
        return "it is generated from the content"
    if lowered.startswith("x-ses-"):
        return "pass it as a parameter; in a raw message SES may act on it"
    return None


# Attachments (v2)

_ATTACHMENT: Final = item_of(ATTACHMENTS)
_SIZED: Final = {name: shape.most for name, shape in _ATTACHMENT.members.items() if shape.most is not None}


def _attachments(value: Any, where: str) -> Iterator[tuple[Attachment, str | None]]:
    """Return the attachments of a request, each with its description."""
    for item, place in _items(value, where):
        members = _members(item, place, _ATTACHMENT)
        strings = {
            name: _string(members[name], f"{place}.{name}", most) for name, most in _SIZED.items() if name in members
        }
        if NOT_IN_FILE_NAMES.search(strings["FileName"]):
            reason = 'the service refuses a file name with any of / \\ : * ? " < > |'
            raise InvalidSetting(f"{place}.FileName", strings["FileName"], reason)
        content = _octets(members["RawContent"], f"{place}.RawContent")
        _choice(members, place, "ContentTransferEncoding")
        disposition = _choice(members, place, "ContentDisposition") or "ATTACHMENT"
        attachment = Attachment(
            content,
            strings["FileName"],
            content_type=strings.get("ContentType"),
            content_id=strings.get("ContentId"),
            disposition=disposition.lower(),
        )
        yield attachment, strings.get("ContentDescription")


def _octets(value: Any, where: str) -> Any:
    """Return a content as boto3 takes it: bytes, a str (UTF-8), or a stream, which is not read yet."""
    if isinstance(value, bytes | bytearray) or hasattr(value, "read"):
        return value
    try:
        return _string(value, where).encode()
    except UnicodeEncodeError:
        raise InvalidSetting(where, "a str", "it contains a lone surrogate, which is not a character") from None


def _choice(members: Mapping[str, Any], place: str, name: str) -> str | None:
    """Return a member of an attachment that is one of a few words, None where it is not there."""
    if name not in members:
        return None
    text, choices = _string(members[name], f"{place}.{name}"), _ATTACHMENT.members[name].choices
    if text not in choices:
        raise InvalidSetting(f"{place}.{name}", text, f"it must be one of {', '.join(choices)}")
    return text
