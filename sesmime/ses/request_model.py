"""What a request may hold: AWS's service models `ses/2010-12-01` and `sesv2/2019-09-27` of the sending operations.

One shape a structure, as the models have it: members, which of them are required, sizes, patterns, choices. What the
guide adds (one of two members, names that are refused) is in `sesmime.ses.request_guide`. A test compares every shape
with botocore's models, so that a new constraint of AWS fails it. Sizes count characters, as botocore does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sesmime.errors import quoted
from sesmime.mime.patterns import lazy_pattern
from sesmime.ses.interfaces import Interface


class Kind(Enum):
    """What a value of the request is."""

    TEXT = "a text"
    OCTETS = "bytes"
    LIST = "a list"
    STRUCTURE = "a structure"


class Shape(NamedTuple):
    """One value: its kind, and what holds for it. `least` and `most` count characters, or the items of a list."""

    kind: Kind
    least: int = 0
    most: int | None = None
    pattern: re.Pattern[str] | None = None
    choices: tuple[str, ...] = ()
    item: Shape | None = None
    members: Mapping[str, Shape] = MappingProxyType({})
    required: frozenset[str] = frozenset()


class ModelFault(Enum):
    """How a value is at odds with its shape."""

    MISSING = "a required member is missing"
    SIZE = "it is too short or too long"
    FORM = "it is of another kind, or has not the form"
    UNKNOWN = "there is no such member"


class Violation(NamedTuple):
    """What is wrong in a request: where (a dotted path), in what way, in a sentence, and what to do."""

    path: str
    fault: ModelFault
    message: str
    remedy: str


def _text(least: int = 0, most: int | None = None, pattern: str | None = None, choices: tuple[str, ...] = ()) -> Shape:
    return Shape(Kind.TEXT, least, most, None if pattern is None else lazy_pattern(pattern), choices)


def _list(item: Shape, most: int | None = None) -> Shape:
    return Shape(Kind.LIST, most=most, item=item)


def _structure(*required: str, **members: Shape) -> Shape:
    return Shape(Kind.STRUCTURE, members=MappingProxyType(members), required=frozenset(required))


def item_of(shape: Shape) -> Shape:
    """Return the shape of the items of a list. Raises ValueError for another shape."""
    if shape.item is None:
        raise ValueError("the shape is no list")
    return shape.item


def most_of(shape: Shape) -> int:
    """Return how many characters or items there may be. Raises ValueError where there is no limit."""
    if shape.most is None:
        raise ValueError("the shape has no limit")
    return shape.most


_TEXT: Final = _text()
_NAMED: Final = _text(1)
_OCTETS: Final = Shape(Kind.OCTETS)
_TEXTS: Final = _list(_TEXT)
_TEMPLATE_DATA: Final = _text(most=262144)
_TAGS: Final = _list(_structure("Name", "Value", Name=_TEXT, Value=_TEXT))
_DESTINATION: Final = _structure(ToAddresses=_TEXTS, CcAddresses=_TEXTS, BccAddresses=_TEXTS)
TEXT_CONTENT: Final = _structure("Data", Data=_TEXT, Charset=_TEXT)
TEXT_BODY: Final = _structure(Text=TEXT_CONTENT, Html=TEXT_CONTENT)
FURTHER_FIELDS: Final = _list(
    _structure("Name", "Value", Name=_text(1, 126, r"[!-9;-@A-~]+"), Value=_text(1, 995, r"[ -~]*")), most=15
)
ATTACHMENTS: Final = _list(
    _structure(
        "RawContent",
        "FileName",
        RawContent=_OCTETS,
        ContentDisposition=_text(choices=("ATTACHMENT", "INLINE")),
        FileName=_text(most=255),
        ContentDescription=_text(most=1000),
        ContentId=_text(1, 78),
        ContentTransferEncoding=_text(choices=("BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT")),
        ContentType=_text(1, 78),
    )
)
# What a simple interface of the API v1 and of v2 makes a message of.
SIMPLE_MESSAGE: Final = _structure("Subject", "Body", Subject=TEXT_CONTENT, Body=TEXT_BODY)
SIMPLE_CONTENT: Final = _structure(
    *("Subject", "Body"), Subject=TEXT_CONTENT, Body=TEXT_BODY, Headers=FURTHER_FIELDS, Attachments=ATTACHMENTS
)
_TEMPLATE: Final = _structure(
    TemplateName=_NAMED,
    TemplateArn=_NAMED,
    TemplateContent=_structure(Subject=_TEXT, Text=_TEXT, Html=_TEXT),
    TemplateData=_TEMPLATE_DATA,
    Headers=FURTHER_FIELDS,
    Attachments=ATTACHMENTS,
)
_SWITCH: Final = _text(choices=("ENABLED", "DISABLED"))
_OVERRIDES: Final = _structure(Tracking=_structure(OpenTrackingEnabled=_SWITCH, ClickTrackingEnabled=_SWITCH))

_V1_COMMON: Final = {
    "Source": _TEXT,
    "ReplyToAddresses": _TEXTS,
    "ReturnPath": _TEXT,
    "SourceArn": _TEXT,
    "ReturnPathArn": _TEXT,
    "ConfigurationSetName": _TEXT,
}
_V2_COMMON: Final = {
    "FromEmailAddress": _TEXT,
    "FromEmailAddressIdentityArn": _NAMED,
    "ReplyToAddresses": _TEXTS,
    "FeedbackForwardingEmailAddress": _TEXT,
    "FeedbackForwardingEmailAddressIdentityArn": _NAMED,
    "ConfigurationSetName": _TEXT,
    "EndpointId": _TEXT,
    "TenantName": _NAMED,
    "ConfigurationOverrides": _OVERRIDES,
}
_V2_SEND_EMAIL: Final = _structure(
    "Content",
    **_V2_COMMON,
    Destination=_DESTINATION,
    Content=_structure(
        Simple=SIMPLE_CONTENT,
        Raw=_structure("Data", Data=_OCTETS),
        Template=_TEMPLATE,
    ),
    EmailTags=_TAGS,
    ListManagementOptions=_structure("ContactListName", ContactListName=_TEXT, TopicName=_TEXT),
)

# The request of each interface.
REQUESTS: Final[Mapping[Interface, Shape]] = MappingProxyType(
    {
        Interface.SEND_EMAIL: _structure(
            *("Source", "Destination", "Message"),
            **_V1_COMMON,
            Destination=_DESTINATION,
            Message=SIMPLE_MESSAGE,
            Tags=_TAGS,
        ),
        Interface.SEND_RAW_EMAIL: _structure(
            "RawMessage",
            Source=_TEXT,
            Destinations=_TEXTS,
            RawMessage=_structure("Data", Data=_OCTETS),
            FromArn=_TEXT,
            SourceArn=_TEXT,
            ReturnPathArn=_TEXT,
            Tags=_TAGS,
            ConfigurationSetName=_TEXT,
        ),
        Interface.SEND_TEMPLATED_EMAIL: _structure(
            *("Source", "Destination", "Template", "TemplateData"),
            **_V1_COMMON,
            Destination=_DESTINATION,
            Tags=_TAGS,
            Template=_TEXT,
            TemplateArn=_TEXT,
            TemplateData=_TEMPLATE_DATA,
        ),
        Interface.SEND_BULK_TEMPLATED_EMAIL: _structure(
            *("Source", "Template", "DefaultTemplateData", "Destinations"),
            **_V1_COMMON,
            DefaultTags=_TAGS,
            Template=_TEXT,
            TemplateArn=_TEXT,
            DefaultTemplateData=_TEMPLATE_DATA,
            Destinations=_list(
                _structure(
                    "Destination",
                    Destination=_DESTINATION,
                    ReplacementTags=_TAGS,
                    ReplacementTemplateData=_TEMPLATE_DATA,
                )
            ),
        ),
        Interface.SEND_CUSTOM_VERIFICATION_EMAIL: _structure(
            "EmailAddress", "TemplateName", EmailAddress=_TEXT, TemplateName=_TEXT, ConfigurationSetName=_TEXT
        ),
        Interface.V2_SEND_EMAIL_SIMPLE: _V2_SEND_EMAIL,
        Interface.V2_SEND_EMAIL_RAW: _V2_SEND_EMAIL,
        Interface.V2_SEND_EMAIL_TEMPLATE: _V2_SEND_EMAIL,
        Interface.V2_SEND_BULK_EMAIL: _structure(
            *("DefaultContent", "BulkEmailEntries"),
            **_V2_COMMON,
            DefaultEmailTags=_TAGS,
            DefaultContent=_structure(Template=_TEMPLATE),
            BulkEmailEntries=_list(
                _structure(
                    "Destination",
                    Destination=_DESTINATION,
                    ReplacementTags=_TAGS,
                    ReplacementEmailContent=_structure(
                        ReplacementTemplate=_structure(ReplacementTemplateData=_TEMPLATE_DATA)
                    ),
                    ReplacementHeaders=FURTHER_FIELDS,
                )
            ),
        ),
        Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL: _structure(
            "EmailAddress", "TemplateName", EmailAddress=_TEXT, TemplateName=_NAMED, ConfigurationSetName=_TEXT
        ),
    }
)


def violations(request: Mapping[str, Any], interface: Interface) -> Iterator[Violation]:
    """Return what of a request is at odds with AWS's service model, in the order of the request; nothing of SMTP.

    None counts as absent. Never raises on content.
    """
    shape = REQUESTS.get(interface)
    if shape is not None and not _fits(request, shape):
        yield from _of_value(request, shape, "")


def _fits(value: Any, shape: Shape) -> bool:
    """Whether there is nothing to say of a value: most requests are right, and this takes a tenth of the time."""
    kind = shape.kind
    if kind is Kind.TEXT:
        return (
            isinstance(value, str)
            and shape.least <= len(value)
            and (shape.most is None or len(value) <= shape.most)
            and (shape.pattern is None or not value or shape.pattern.fullmatch(value) is not None)
            and (not shape.choices or value in shape.choices)
        )
    if not _is_of(value, kind):
        return False
    if kind is Kind.STRUCTURE:
        if not shape.required <= value.keys():
            return False
        members = shape.members
        for name, member in value.items():
            if member is None:  # absent
                if name in shape.required:
                    return False
                continue
            known = members.get(name)
            if known is None or not _fits(member, known):
                return False
        return True
    if kind is Kind.LIST:
        item = shape.item
        assert item is not None
        return (
            shape.least <= len(value)
            and (shape.most is None or len(value) <= shape.most)
            and all(_fits(one, item) for one in value)
        )
    return True


def _of_value(value: Any, shape: Shape, path: str) -> Iterator[Violation]:
    # The shapes are a tree of six levels at most, which bounds the depth; a value deeper than its shape is not entered.
    if not _is_of(value, shape.kind):
        yield Violation(
            path or "request",
            ModelFault.FORM,
            f"{path or 'the request'} is {type(value).__name__}, where {shape.kind.value} is wanted",
            f"give {shape.kind.value}",
        )
    elif shape.kind is Kind.STRUCTURE:
        yield from _of_members(value, shape, path)
    elif shape.kind is Kind.LIST:
        yield from _of_size(value, shape, path, "items")
        assert shape.item is not None
        for number, item in enumerate(value):
            yield from _of_value(item, shape.item, f"{path}[{number}]")
    elif shape.kind is Kind.TEXT:
        yield from _of_text(value, shape, path)


def _of_members(value: Mapping[Any, Any], shape: Shape, path: str) -> Iterator[Violation]:
    base = f"{path}." if path else ""
    for name in shape.members:
        if value.get(name) is None:
            if name in shape.required:
                told = f"{base}{name}"
                yield Violation(told, ModelFault.MISSING, f"{told} is missing, and is required", f"give {name}")
        else:
            yield from _of_value(value[name], shape.members[name], f"{base}{name}")
    for name in value:
        if name not in shape.members and value[name] is not None:
            shown = quoted(str(name), 60)
            place = f"{base}{name}" if isinstance(name, str) and len(name) <= _MAX_NAME else path or "request"
            told = f"{path or 'the request'} has the members {', '.join(shape.members)}, and not {shown}"
            yield Violation(place, ModelFault.UNKNOWN, told, "leave it out")


# Longer names of members are not shown in a path.
_MAX_NAME: Final = 60


def _of_text(value: str, shape: Shape, path: str) -> Iterator[Violation]:
    yield from _of_size(value, shape, path, "characters")
    if shape.pattern is not None and value and shape.pattern.fullmatch(value) is None:
        told = f"{path} {quoted(value, 60)} holds a character that is not allowed: {shape.pattern.pattern}"
        yield Violation(path, ModelFault.FORM, told, "use printable ASCII characters")
    if shape.choices and value not in shape.choices:
        choices = " or ".join(shape.choices)
        yield Violation(
            path, ModelFault.FORM, f"{path} is {quoted(value, 60)}, which is not {choices}", f"give {choices}"
        )


def _of_size(value: Any, shape: Shape, path: str, unit: str) -> Iterator[Violation]:
    size = len(value)
    if size < shape.least:
        yield Violation(
            path, ModelFault.SIZE, f"{path} is empty", f"leave it out, or give {shape.least} or more {unit}"
        )
    elif shape.most is not None and size > shape.most:
        told = f"{path} has {size} {unit}, more than {shape.most}"
        yield Violation(path, ModelFault.SIZE, told, f"give {shape.most} {unit} or fewer")


def _is_of(value: Any, kind: Kind) -> bool:
    if kind is Kind.STRUCTURE:
        return type(value) is dict or isinstance(value, Mapping)
    if kind is Kind.LIST:
        return isinstance(value, list | tuple)
    if kind is Kind.TEXT:
        return isinstance(value, str)
    return isinstance(value, bytes | bytearray | str) or hasattr(value, "read")
