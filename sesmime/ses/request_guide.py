"""What AWS's guide and its users' reports demand of a request beside the service model (`sesmime.ses.request_model`).

Each function looks at one part of a request and gives a `Breach` for each place, in the order of the request; a value
of another form is left to the model. Of what an entry of a bulk call has wrong SES tells in its answer to that entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sesmime.errors import quoted
from sesmime.mime.fields import fold_case
from sesmime.mime.patterns import lazy_pattern
from sesmime.ses.address_length import overlong_addresses
from sesmime.ses.evidence import Evidence
from sesmime.ses.interfaces import Interface
from sesmime.ses.java_charsets import java_knows
from sesmime.ses.pages import ATTACHMENTS, ERROR_MESSAGES, HEADER_FIELDS, QUOTAS
from sesmime.ses.quotas import BLOCKED_SUFFIXES, MAX_MAILBOX, MAX_RECIPIENTS, NOT_IN_FILE_NAMES
from sesmime.ses.refused_addresses import explained
from sesmime.ses.requests import SIMPLE
from sesmime.ses.tags import MessageTag, tag_fault


class Breach(NamedTuple):
    """What is wrong in a request: where (a dotted path), in a sentence, what to do, and the text expected from SES.

    `is_doubtful`: SES is not known to refuse it.
    """

    path: str
    message: str
    remedy: str
    expected: str | None = None
    evidence: Evidence = Evidence.DOCUMENTED
    source: str | None = None
    is_doubtful: bool = False


# Where the template and the entries of a request stand.
_TEMPLATE: Final = {
    Interface.V2_SEND_EMAIL_TEMPLATE: ("Content", "Template"),
    Interface.V2_SEND_BULK_EMAIL: ("DefaultContent", "Template"),
}
ENTRIES: Final = {
    Interface.SEND_BULK_TEMPLATED_EMAIL: "Destinations",
    Interface.V2_SEND_BULK_EMAIL: "BulkEmailEntries",
}
# v1:SendBulkTemplatedEmail; dg/quotas.
_MAX_ENTRIES: Final = 50


def breaches(request: Mapping[str, Any], interface: Interface) -> Iterator[Breach]:
    """Return what of a request breaks the guide, entries and template data left out."""
    if interface.is_v2 and "Content" in request:
        yield from _of_kinds(_structure(request, "Content"), interface)
    path = SIMPLE.get(interface)
    if path is not None:
        content = _structure(request, *path)
        yield from _of_texts(content, ".".join(path), interface)
        yield from _of_further(content, ".".join(path))
    path = _TEMPLATE.get(interface)
    if path is not None:
        yield from _of_template_names(request, path)
        yield from _of_further(_structure(request, *path), ".".join(path))
    if interface in ENTRIES:
        entries = _items(request.get(ENTRIES[interface]))
        if len(entries) > _MAX_ENTRIES or (not entries and ENTRIES[interface] in request):
            yield Breach(
                ENTRIES[interface],
                f"{ENTRIES[interface]} has {len(entries)} entries; SES takes 1 to {_MAX_ENTRIES} a call",
                "send them in several calls" if entries else "give an entry for each recipient",
                source=Interface.SEND_BULK_TEMPLATED_EMAIL.page,
            )
        for number, entry in enumerate(entries):
            where = f"{ENTRIES[interface]}[{number}].ReplacementHeaders"
            yield from _of_headers(_items(_members(entry).get("ReplacementHeaders")), where)


# Contents


_KINDS: Final = ("Simple", "Raw", "Template")


def _of_kinds(content: Mapping[str, Any], interface: Interface) -> Iterator[Breach]:
    kind = interface.value.rpartition(".")[2]
    if kind not in _KINDS:
        return
    for name in _KINDS:
        if name == kind and content.get(name) is None:
            yield Breach(f"Content.{name}", f"Content has no {name}", f"give Content.{name}", source=interface.page)
        elif name != kind and content.get(name) is not None:
            told = f"Content has {name} beside {kind}; SES takes one of them"
            yield Breach(f"Content.{name}", told, "leave one of them out", source=interface.page)


_CONTENT_PAGE: Final = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Content.html"


def _of_texts(content: Mapping[str, Any], where: str, interface: Interface) -> Iterator[Breach]:
    body = content.get("Body")
    if isinstance(body, Mapping) and body.get("Text") is None and body.get("Html") is None:
        told = f"{where}.Body has neither Text nor Html"
        yield Breach(f"{where}.Body", told, "give a text, an HTML text, or both", source=interface.page)
    texts = ((f"{where}.Subject", content.get("Subject")), *_texts_of(body, f"{where}.Body"))
    for path, text in texts:
        charset, data = _members(text).get("Charset"), _members(text).get("Data")
        if isinstance(charset, str) and charset and not java_knows(charset):
            yield Breach(
                f"{path}.Charset",
                f"the charset {quoted(charset, 60)} is not known to SES",
                "give UTF-8",
                unsupported_charset(charset),
                Evidence.ASSUMED if interface.is_v2 else Evidence.OBSERVED,
                "https://github.com/Netflix/lemur/issues/841",
            )
        elif not charset and isinstance(data, str) and not data.isascii():
            yield Breach(
                f"{path}.Charset",
                f"{path}.Data has characters beyond ASCII, and no Charset is given",
                "give the charset UTF-8",
                source=_CONTENT_PAGE,
                is_doubtful=True,
            )


def unsupported_charset(charset: str) -> str:
    """Return the text expected for a Charset beside the content that SES does not know.

    Of a raw message it is another one (https://github.com/Netflix/lemur/issues/841).
    """
    return f"Unsupported charset '{charset}'."


def _texts_of(body: Any, where: str) -> tuple[tuple[str, Any], ...]:
    return tuple((f"{where}.{name}", _members(body).get(name)) for name in ("Text", "Html"))


def _of_further(content: Mapping[str, Any], where: str) -> Iterator[Breach]:
    yield from _of_headers(_items(content.get("Headers")), f"{where}.Headers")
    for number, attachment in enumerate(_items(content.get("Attachments"))):
        yield from _of_attachment(_members(attachment), f"{where}.Attachments[{number}]")


# v2:MessageHeader; dg/header-fields: these are refused beside the content of the API v2, in any case.
MAX_FIELD: Final = 996
REFUSED_FIELDS: Final = frozenset(
    (
        "bcc",
        "cc",
        "content-disposition",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "reply-to",
        "return-path",
        "subject",
        "to",
    )
)


def _of_headers(headers: list[Any], where: str) -> Iterator[Breach]:
    for number, header in enumerate(headers):
        name, value = _members(header).get("Name"), _members(header).get("Value")
        if not isinstance(name, str):
            continue
        path = f"{where}[{number}]"
        lowered = fold_case(name)
        if lowered in REFUSED_FIELDS:
            told = f"the field {quoted(name, 60)} is refused beside the content: SES writes it"
            yield Breach(f"{path}.Name", told, "leave it out", source=HEADER_FIELDS)
        elif lowered.startswith("x-ses-"):
            told = f"{quoted(name, 60)} is a field that SES acts on; beside the content a parameter is meant for it"
            yield Breach(
                f"{path}.Name",
                told,
                "give it as a parameter",
                evidence=Evidence.ASSUMED,
                source=HEADER_FIELDS,
                is_doubtful=True,
            )
        elif lowered == "content-transfer-encoding":
            told = f"{quoted(name, 60)} follows from the parts that SES makes"
            yield Breach(
                f"{path}.Name",
                told,
                "leave it out",
                evidence=Evidence.ASSUMED,
                source=HEADER_FIELDS,
                is_doubtful=True,
            )
        if isinstance(value, str) and len(name) + len(value) > MAX_FIELD:
            yield Breach(
                path,
                f"the name and value have {len(name) + len(value)} characters together, more than {MAX_FIELD}",
                "shorten the value",
                source="https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html",
            )


def _of_attachment(attachment: Mapping[str, Any], where: str) -> Iterator[Breach]:
    name, content = attachment.get("FileName"), attachment.get("RawContent")
    if isinstance(name, str):
        if NOT_IN_FILE_NAMES.search(name):
            yield Breach(
                f"{where}.FileName",
                f'the file name {quoted(name, 80)} has one of / \\ : * ? " < > |, which SES refuses',
                "use another name",
                source="https://github.com/govuk-forms/forms-runner/issues/1594",
            )
        suffix = name.rstrip(". ").rpartition(".")[2].lower() if "." in name.rstrip(". ") else ""
        if suffix in BLOCKED_SUFFIXES:
            yield Breach(
                f"{where}.FileName",
                f"the file name {quoted(name, 80)} ends in .{suffix}, which SES does not take",
                "send the file in an archive, or a link to it",
                source=ATTACHMENTS,
            )
    encoding = attachment.get("ContentTransferEncoding") or "SEVEN_BIT"
    if encoding == "SEVEN_BIT" and isinstance(content, bytes | bytearray) and not content.isascii():
        yield Breach(
            f"{where}.ContentTransferEncoding",
            "the content is not 7-bit, and SEVEN_BIT, the default, spoils it",
            "give BASE64",
            evidence=Evidence.OBSERVED,
            source="https://github.com/aws/aws-sdk-net/issues/3796",
            is_doubtful=True,
        )


# Templates

_NAMES: Final = ("TemplateName", "TemplateArn", "TemplateContent")


def _of_template_names(request: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Breach]:
    where = ".".join(path)
    # Of content that is missing as a whole others tell.
    if path[0] not in request or (path[0] == "Content" and _structure(request, path[0]).get(path[1]) is None):
        return
    template = _structure(request, *path)
    given = [name for name in _NAMES if template.get(name) is not None]
    if len(given) != 1:
        names = ", ".join(_NAMES)
        told = f"{where} has {' and '.join(given) or f'none of {names}'}; SES takes exactly one"
        page = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Template.html"
        yield Breach(where, told, f"give one of {names}", source=page)
    content = template.get("TemplateContent")
    if isinstance(content, Mapping) and not any(content.get(name) for name in ("Text", "Html")):
        told = f"{where}.TemplateContent has neither Text nor Html"
        yield Breach(f"{where}.TemplateContent", told, "give a text, an HTML text, or both")


# What Handlebars has beyond a plain name: blocks, partials, comments, unescaped values, paths (aws/aws-sdk-js-v3#6657).
_PLACEHOLDER: Final = lazy_pattern(r"\{\{(.*?)\}\}", re.DOTALL)
_PLAIN_NAME: Final = lazy_pattern(r"[ \t]*+[A-Za-z0-9]++[ \t]*+")
_PLACEHOLDERS_OF_SES: Final = lazy_pattern(r"[ \t]*+(?:ses:[A-Za-z]++|amazonSESUnsubscribeUrl)[ \t]*+")
_OPERATIONS: Final = "https://github.com/aws/aws-sdk-js-v3/issues/6657"
_DATA_REPORT: Final = "https://github.com/boto/boto3/issues/1795"


def template_breaches(request: Mapping[str, Any], interface: Interface) -> Iterator[Breach]:
    """Return what of templates and their data SES is expected to refuse."""
    path = _TEMPLATE.get(interface)
    if path is not None:
        where = ".".join((*path, "TemplateContent"))
        for name, text in _structure(request, *path, "TemplateContent").items():
            if isinstance(text, str) and (found := _operation(text)) is not None:
                yield Breach(
                    f"{where}.{name}",
                    f"{quoted(found, 60)} is no plain placeholder; SES takes only {{{{name}}}} here",
                    "store the template in SES, or write plain names",
                    "Template contains unsupported operations.",
                    Evidence.OBSERVED,
                    _OPERATIONS,
                )
    for place, data in _template_data(request, interface):
        if isinstance(data, str) and not _is_json_object(data):
            yield Breach(
                place,
                f"{place} is no JSON object",
                'give a JSON object, such as {"name": "value"}',
                "The template data is invalid",
                Evidence.ASSUMED,
                _DATA_REPORT,
            )


def _operation(text: str) -> str | None:
    for match in _PLACEHOLDER.finditer(text):
        if not _PLAIN_NAME.fullmatch(match[1]) and not _PLACEHOLDERS_OF_SES.fullmatch(match[1]):
            return match[0]
    return None


def _template_data(request: Mapping[str, Any], interface: Interface) -> Iterator[tuple[str, Any]]:
    if interface is Interface.SEND_TEMPLATED_EMAIL:
        yield "TemplateData", request.get("TemplateData")
    elif interface is Interface.SEND_BULK_TEMPLATED_EMAIL:
        yield "DefaultTemplateData", request.get("DefaultTemplateData")
    elif (path := _TEMPLATE.get(interface)) is not None:
        yield ".".join((*path, "TemplateData")), _structure(request, *path).get("TemplateData")


def _is_json_object(text: str) -> bool:
    import json  # few requests have templates

    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


# Entries of bulk calls

DESTINATION_LISTS: Final = ("ToAddresses", "CcAddresses", "BccAddresses")
_PROBE: Final = "https://github.com/floci-io/floci"


def entry_breaches(request: Mapping[str, Any], interface: Interface) -> Iterator[Breach]:
    """Return what SES is expected to say of single entries of a bulk call, whose other entries it sends."""
    name = ENTRIES.get(interface)
    for number, item in enumerate(_items(request.get(name)) if name else ()):
        entry, where = _members(item), f"{name}[{number}]"
        addresses = _entry_addresses(entry, where)
        yield from _of_entry_tags(_items(entry.get("ReplacementTags")), f"{where}.ReplacementTags")
        yield from _of_addresses(addresses)
        if not addresses and "Destination" in entry:
            told = f"{where}.Destination names nobody"
            page = ERROR_MESSAGES
            yield Breach(
                f"{where}.Destination", told, "name a recipient", "There are no recipients specified", source=page
            )
        elif len(addresses) > MAX_RECIPIENTS:
            told = f"{where}.Destination has {len(addresses)} recipients; SES takes {MAX_RECIPIENTS} a message"
            expected = f"Recipient count exceeds {MAX_RECIPIENTS}."
            yield Breach(f"{where}.Destination", told, "divide the entry", expected, source=QUOTAS)
        yield from _of_entry_data(entry, where, interface)


def entry_addresses(request: Mapping[str, Any], interface: Interface) -> Iterator[tuple[str, str]]:
    """Return the addresses of all entries of a bulk call, each with its path in the request."""
    name = ENTRIES.get(interface)
    for number, item in enumerate(_items(request.get(name)) if name else ()):
        yield from _entry_addresses(_members(item), f"{name}[{number}]")


def _entry_addresses(entry: Mapping[str, Any], where: str) -> list[tuple[str, str]]:
    return [
        (f"{where}.Destination.{part}[{at}]", text)
        for part in DESTINATION_LISTS
        for at, text in enumerate(_items(_structure(entry, "Destination").get(part)))
        if isinstance(text, str)
    ]


def _of_entry_tags(tags: list[Any], where: str) -> Iterator[Breach]:
    for number, tag in enumerate(tags):
        members = _members(tag)
        name, value = members.get("Name"), members.get("Value")
        if isinstance(name, str) and isinstance(value, str):
            fault = tag_fault(MessageTag(name, value))
            if fault is not None and fault.expected is not None:
                yield Breach(
                    f"{where}[{number}]",
                    f"message tag {quoted(f'{name}={value}', 100)}: {fault.reason}",
                    "use A-Z a-z 0-9 _ and -, 1 to 255 characters",
                    fault.expected,
                    Evidence.ASSUMED,
                )


def _of_addresses(addresses: list[tuple[str, str]]) -> Iterator[Breach]:
    from sesmime.ses.javamail import verdict  # few requests need it

    for path, text in addresses:
        if not text:
            told = f"{path} is an empty string instead of an address"
            yield Breach(path, told, "remove the empty string", "Invalid email address .", Evidence.OBSERVED, _PROBE)
            continue
        found = verdict("single+validate", text)
        if found.error is not None:
            reason, remedy = explained(found.error, found.reference or "", text)
            told = f"{path} {quoted(text, 100)} is invalid: {reason}"
            yield Breach(path, told, remedy, found.error, Evidence.OBSERVED, _PROBE)
            continue
        for printed in overlong_addresses(text):
            told = f"{path} has more than {MAX_MAILBOX} characters{' with its display name' * printed.endswith('>')}"
            expected = f"Address length is more than {MAX_MAILBOX} characters long: '{printed}'."
            remedy = "shorten the display name" if printed.endswith(">") else "use a shorter address"
            yield Breach(path, told, remedy, expected, Evidence.OBSERVED, _PROBE)


def _of_entry_data(entry: Mapping[str, Any], where: str, interface: Interface) -> Iterator[Breach]:
    path: tuple[str, ...] = ("ReplacementTemplateData",)
    if interface.is_v2:
        path = ("ReplacementEmailContent", "ReplacementTemplate", *path)
    data = _structure(entry, *path[:-1]).get(path[-1])
    if isinstance(data, str) and not _is_json_object(data):
        told = f"{where}.{'.'.join(path)} is no JSON object"
        remedy = 'give a JSON object, such as {"name": "value"}'
        yield Breach(
            f"{where}.{'.'.join(path)}", told, remedy, "The template data is invalid", Evidence.ASSUMED, _DATA_REPORT
        )


# Values of any form


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _structure(request: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = request
    for name in path:
        found = _members(found.get(name))
    return found
