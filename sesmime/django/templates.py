"""A message with a template_id, as requests of the API v2: SES makes it of a template that it keeps.

One recipient without data of their own is a SendEmail; else each `to` is an entry of SendBulkEmail, a message of its
own that cc and bcc receive too. What the template says itself (subject, texts, attachments) must be empty in the
message, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sesmime.django.attributes import Attributes, as_json, fields_of
from sesmime.django.messages import bare_address
from sesmime.errors import UnsupportedSetting
from sesmime.mime.addresses import format_addresses, parse_addresses
from sesmime.mime.idna import address_by_idna_2003
from sesmime.ses.interfaces import Interface
from sesmime.ses.quotas import MAX_RECIPIENTS
from sesmime.ses.requests import Submission
from sesmime.ses.sending import handed_over
from sesmime.ses.settings import ApiParameters, Destination

# What a message of Django may hold, and a request with a template has no place for.
_OWN: Final = ("subject", "body", "attachments", "alternatives")
# Fields that say what the request says by parameters, or who receives.
_NO_FIELDS: Final = ("to", "cc", "bcc", "subject", "date", "message-id")


class TemplateCall(NamedTuple):
    """One request: the submission, the addresses of its entries in order, and how many recipients it has in all."""

    submission: Submission[Any]
    addresses: tuple[str, ...]
    size: int


def template_calls(
    message: Any, attributes: Attributes, *, sender: str | None, given: ApiParameters, defaults: ApiParameters
) -> Iterator[TemplateCall]:
    """Return the requests of a message, no more than 50 recipients in each.

    Raises UnsupportedSetting for what has no place in them; InvalidSetting for data that have no JSON.
    """
    to, cc, bcc = (tuple(map(str, filter(None, one))) for one in (message.to, message.cc, message.bcc))
    is_bulk = len(to) != 1 or attributes.is_batch
    interface = Interface.V2_SEND_BULK_EMAIL if is_bulk else Interface.V2_SEND_EMAIL_TEMPLATE
    for name in _OWN:
        if getattr(message, name, None):
            raise UnsupportedSetting(
                name, interface, "the template has it: leave it empty where there is a template_id"
            )
    if not to:
        raise UnsupportedSetting("cc and bcc alone", interface, "each message of a template goes to one in to")
    fields = {name: str(value) for name, value in message.extra_headers.items()}
    from_field, reply_to = _taken(fields, "from"), _taken(fields, "reply-to")
    for name in fields:
        if name.lower() in _NO_FIELDS or name.lower().startswith("x-ses-"):
            raise UnsupportedSetting(f"the field {name}", interface, "use the attributes of the message")
    if from_field and sender is None:
        sender = bare_address(str(message.from_email))
    parameters = handed_over(
        b"\r\n", interface=interface, destination=Destination(), sender=sender, given=given, defaults=defaults
    )
    parameters = replace(
        parameters,
        source=given.source or _shown(from_field or str(message.from_email)),
        reply_to=tuple(_shown(str(one)) for one in message.reply_to or ([reply_to] if reply_to else []))
        or given.reply_to,
    )
    shared = [_shown(one) for one in cc], [bare_address(one) for one in bcc]
    identifier = attributes.template_id or ""
    content: dict[str, Any] = {
        "TemplateArn" if identifier.startswith("arn:") else "TemplateName": identifier,
        "TemplateData": as_json("merge_global_data", attributes.merge_global_data),
    }
    if not is_bulk:
        if headers := _headers(fields, attributes, ""):
            content["Headers"] = headers
        destination = Destination([_shown(to[0])], *shared)
        yield _call(parameters, interface, {"Content": {"Template": content}}, (bare_address(to[0]),), destination)
        return
    size = max(1, MAX_RECIPIENTS // (1 + len(cc) + len(bcc)))
    for at in range(0, len(to), size):
        some = to[at : at + size]
        entries = [_entry(one, shared, fields, attributes) for one in some]
        extra = {"DefaultContent": {"Template": content}, "BulkEmailEntries": entries}
        yield _call(parameters, interface, extra, tuple(map(bare_address, some)), None, count=1 + len(cc) + len(bcc))


def _call(
    parameters: ApiParameters,
    interface: Interface,
    content: Mapping[str, Any],
    addresses: tuple[str, ...],
    destination: Destination | None,
    *,
    count: int = 0,
) -> TemplateCall:
    extra = tuple({**dict(parameters.extra or ()), **content}.items())
    submission = Submission(None, replace(parameters, destination=destination, extra=extra), interface)
    return TemplateCall(submission, addresses, len(destination.all) if destination else count * len(addresses))


def _entry(
    recipient: str, shared: tuple[list[str], list[str]], fields: Mapping[str, str], attributes: Attributes
) -> dict[str, Any]:
    address = _address(recipient)
    lists = dict(zip(("CcAddresses", "BccAddresses"), shared, strict=True))
    # Data of one recipient stand with those for all: whether SES puts the two together is not documented.
    data = {**attributes.merge_global_data, **attributes.merge_data.get(address, {})}
    entry: dict[str, Any] = {
        "Destination": {"ToAddresses": [_shown(recipient)], **{name: some for name, some in lists.items() if some}},
        "ReplacementEmailContent": {
            "ReplacementTemplate": {"ReplacementTemplateData": as_json("merge_data", data)},
        },
    }
    if headers := _headers(fields, attributes, address):
        entry["ReplacementHeaders"] = headers
    return entry


def _headers(fields: Mapping[str, str], attributes: Attributes, address: str) -> list[dict[str, str]]:
    """Return the further fields of a message to one recipient, each name once but for tags."""
    own = {name: str(value) for name, value in attributes.merge_headers.get(address, {}).items()}
    replaced = {name.lower() for name in own}
    kept = {name: value for name, value in fields.items() if name.lower() not in replaced}
    metadata = {**attributes.metadata, **attributes.merge_metadata.get(address, {})}
    pairs = (*kept.items(), *own.items(), *fields_of(attributes.tags, metadata))
    return [{"Name": name, "Value": value} for name, value in pairs]


def _taken(fields: dict[str, str], wanted: str) -> str | None:
    """Take a field out, whatever the case of its name."""
    found = next((name for name in fields if name.lower() == wanted), None)
    return None if found is None else fields.pop(found)


def _address(text: str) -> str:
    """Return the address as it was written, by which anymail's data are named."""
    found = parse_addresses(text)
    return found[0].address if len(found) == 1 else text


def _shown(text: str) -> str:
    """Return an address with its display name, its domain in ASCII; the check finds what cannot be read."""
    found = parse_addresses(text)
    if len(found) != 1 or found.groups:
        return text
    try:
        return format_addresses([replace(found[0], address=address_by_idna_2003(found[0].address))])
    except ValueError:
        return text
