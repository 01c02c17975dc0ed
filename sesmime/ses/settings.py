"""Interfaces, API parameters, submissions: how a message is handed to SES, and the requests of each API.

The names of AWS's parameters stand in one table, `_PARAMETERS`: a row an interface, an entry a setting. Source:
the service models `ses/2010-12-01` and `sesv2/2019-09-27`. What the table does not have is kept in `extra`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Final

from sesmime.errors import InvalidSetting, UnsupportedSetting
from sesmime.mime.edits import as_bytes
from sesmime.mime.fields import Message, as_source
from sesmime.ses.fields import ListManagement, as_list_management
from sesmime.ses.tags import MessageTag, as_message_tags


class Evidence(Enum):
    """How sure a statement about SES is."""

    DOCUMENTED = "AWS says so"
    OBSERVED = "users, maintainers or recorded answers of the service say so"
    ASSUMED = "nobody has said so; the safest reading"


class Interface(StrEnum):
    """The way a message, or the parameters it is made of, is handed to SES."""

    SMTP = "smtp"
    SEND_RAW_EMAIL = "ses.SendRawEmail"
    V2_SEND_EMAIL_RAW = "sesv2.SendEmail.Raw"
    SEND_EMAIL = "ses.SendEmail"
    SEND_TEMPLATED_EMAIL = "ses.SendTemplatedEmail"
    SEND_BULK_TEMPLATED_EMAIL = "ses.SendBulkTemplatedEmail"
    SEND_CUSTOM_VERIFICATION_EMAIL = "ses.SendCustomVerificationEmail"
    V2_SEND_EMAIL_SIMPLE = "sesv2.SendEmail.Simple"
    V2_SEND_EMAIL_TEMPLATE = "sesv2.SendEmail.Template"
    V2_SEND_BULK_EMAIL = "sesv2.SendBulkEmail"
    V2_SEND_CUSTOM_VERIFICATION_EMAIL = "sesv2.SendCustomVerificationEmail"

    @property
    def is_raw(self) -> bool:
        """Whether a raw message is handed over; the other interfaces take parameters alone."""
        return self in RAW_INTERFACES

    @property
    def is_v2(self) -> bool:
        """Whether it belongs to the API v2."""
        return self.value.startswith("sesv2.")

    @property
    def page(self) -> str:
        """AWS's page about it.

        >>> Interface.V2_SEND_EMAIL_RAW.page
        'https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html'
        """
        if self is Interface.SMTP:
            return "https://docs.aws.amazon.com/ses/latest/dg/send-email-smtp.html"
        reference = "APIReference-V2" if self.is_v2 else "APIReference"
        return f"https://docs.aws.amazon.com/ses/latest/{reference}/API_{self.value.split('.')[1]}.html"


RAW_INTERFACES: Final = frozenset((Interface.SMTP, Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW))


@dataclass(frozen=True, slots=True)
class Destination:
    """The recipients that a request names, each an address (with or without display name)."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("to", "cc", "bcc"):
            object.__setattr__(self, name, _strings(f"destination.{name}", getattr(self, name)))

    def __bool__(self) -> bool:
        return bool(self.to or self.cc or self.bcc)

    @property
    def all(self) -> tuple[str, ...]:
        """To, Cc and Bcc in this order, as SendRawEmail takes them."""
        return self.to + self.cc + self.bcc


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParameters:
    """What is given beside the message. None: not given; `()` and `""`: given and empty.

    `source` is Source, FromEmailAddress or MAIL FROM; `destination` Destinations, Destination or RCPT TO. `extra` holds
    the parameters that sesmime has no name for, as pairs; they may hold a body, so that no repr shows them. The values
    are held, not checked; lists become tuples. Raises TypeError for a value of another type.
    """

    source: str | None = None
    destination: Destination | None = None
    reply_to: tuple[str, ...] | None = None
    return_path: str | None = None
    source_arn: str | None = None
    from_arn: str | None = None
    return_path_arn: str | None = None
    message_tags: tuple[MessageTag, ...] | None = None
    configuration_set: str | None = None
    list_management: ListManagement | None = None
    tenant: str | None = None
    endpoint_id: str | None = None
    extra: tuple[tuple[str, Any], ...] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in _TEXTS:
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise TypeError(f"{name} is str, not {type(value).__name__}")
        if self.destination is not None and not isinstance(self.destination, Destination):
            raise TypeError(f"destination is a Destination, not {type(self.destination).__name__}")
        if self.reply_to is not None:
            object.__setattr__(self, "reply_to", _strings("reply_to", self.reply_to))
        if self.message_tags is not None:
            object.__setattr__(self, "message_tags", as_message_tags(self.message_tags))
        if self.list_management is not None:
            object.__setattr__(self, "list_management", as_list_management(self.list_management))
        if self.extra is not None:
            pairs = self.extra.items() if isinstance(self.extra, Mapping) else self.extra
            object.__setattr__(self, "extra", tuple((name, value) for name, value in pairs))

    def empty(self) -> tuple[str, ...]:
        """The settings that are given and empty: they count as absent (OBSERVED for Destinations, else ASSUMED)."""
        return tuple(name for name in SETTINGS if getattr(self, name) is not None and not getattr(self, name))


# Every setting, in the order in which it is told about.
SETTINGS: Final = tuple(one.name for one in fields(ApiParameters) if one.name != "extra")
_TEXTS: Final = (
    "source",
    "return_path",
    "source_arn",
    "from_arn",
    "return_path_arn",
    "configuration_set",
    "tenant",
    "endpoint_id",
)


def _strings(what: str, values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str | bytes):
        raise TypeError(f"{what} is a list of str, not one {type(values).__name__}")
    result = tuple(values)
    for value in result:
        if not isinstance(value, str):
            raise TypeError(f"{what} is a list of str; it holds {type(value).__name__}")
    return result


# The names of the parameters. Absent: the interface has no such parameter.
_V1_SIMPLE = {
    "source": "Source",
    "destination": "Destination",
    "reply_to": "ReplyToAddresses",
    "return_path": "ReturnPath",
    "source_arn": "SourceArn",
    "return_path_arn": "ReturnPathArn",
    "message_tags": "Tags",
    "configuration_set": "ConfigurationSetName",
}
_V2_SEND_EMAIL = {
    "source": "FromEmailAddress",
    "destination": "Destination",
    "reply_to": "ReplyToAddresses",
    "return_path": "FeedbackForwardingEmailAddress",
    "source_arn": "FromEmailAddressIdentityArn",
    "return_path_arn": "FeedbackForwardingEmailAddressIdentityArn",
    "message_tags": "EmailTags",
    "configuration_set": "ConfigurationSetName",
    "list_management": "ListManagementOptions",
    "tenant": "TenantName",
    "endpoint_id": "EndpointId",
}


def _without(names: dict[str, str], *settings: str, **renamed: str) -> Mapping[str, str]:
    return MappingProxyType({k: v for k, v in (names | renamed).items() if k not in settings})


_PARAMETERS: Final[Mapping[Interface, Mapping[str, str]]] = MappingProxyType(
    {
        Interface.SMTP: MappingProxyType({"source": "MAIL FROM", "destination": "RCPT TO"}),
        Interface.SEND_RAW_EMAIL: MappingProxyType(
            {
                "source": "Source",
                "destination": "Destinations",
                "source_arn": "SourceArn",
                "from_arn": "FromArn",
                "return_path_arn": "ReturnPathArn",
                "message_tags": "Tags",
                "configuration_set": "ConfigurationSetName",
            }
        ),
        Interface.V2_SEND_EMAIL_RAW: _without(_V2_SEND_EMAIL),
        Interface.SEND_EMAIL: _without(_V1_SIMPLE),
        Interface.SEND_TEMPLATED_EMAIL: _without(_V1_SIMPLE),
        Interface.SEND_BULK_TEMPLATED_EMAIL: _without(_V1_SIMPLE, "destination", message_tags="DefaultTags"),
        Interface.SEND_CUSTOM_VERIFICATION_EMAIL: MappingProxyType({"configuration_set": "ConfigurationSetName"}),
        Interface.V2_SEND_EMAIL_SIMPLE: _without(_V2_SEND_EMAIL),
        Interface.V2_SEND_EMAIL_TEMPLATE: _without(_V2_SEND_EMAIL),
        Interface.V2_SEND_BULK_EMAIL: _without(
            _V2_SEND_EMAIL, "destination", "list_management", message_tags="DefaultEmailTags"
        ),
        Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL: MappingProxyType({"configuration_set": "ConfigurationSetName"}),
    }
)

# The interfaces all of whose parameters are settings: a key of another name has no place in a request.
_WITHOUT_EXTRA: Final = frozenset((Interface.SMTP, Interface.SEND_RAW_EMAIL))

# What to do instead, where a setting has no place.
_HINTS: Final[Mapping[tuple[Interface, str], str]] = MappingProxyType(
    {
        (Interface.SEND_RAW_EMAIL, "reply_to"): "write a Reply-To field",
        (Interface.SEND_RAW_EMAIL, "return_path"): "give it as source, or write a Return-Path field",
        (Interface.SEND_RAW_EMAIL, "list_management"): "the API v2 takes it",
        (Interface.SEND_RAW_EMAIL, "tenant"): "the API v2 takes it",
        (Interface.SEND_RAW_EMAIL, "endpoint_id"): "the API v2 takes it",
        (Interface.SEND_RAW_EMAIL, "extra"): "all its parameters have a name among the settings",
        (Interface.V2_SEND_EMAIL_RAW, "from_arn"): "give it as source_arn (FromEmailAddressIdentityArn), or as field",
        (Interface.SMTP, "reply_to"): "write a Reply-To field",
        (Interface.SMTP, "return_path"): "give it as source (MAIL FROM)",
        (Interface.SMTP, "endpoint_id"): "the API v2 takes it",
        (Interface.SMTP, "extra"): "it has no parameters",
    }
)


def parameter_name(setting: str, interface: Interface) -> str | None:
    """Give AWS's name of the parameter for a setting, or None if the interface has none."""
    return _PARAMETERS[interface].get(setting)


def parameter_setting(setting: str, interface: Interface) -> str | None:
    """Give the setting whose parameter says this one, or None if the interface has none.

    It is the setting itself, but that the API v2 says both ARNs of a sender in one, FromEmailAddressIdentityArn.

    >>> parameter_setting("from_arn", Interface.V2_SEND_EMAIL_RAW)
    'source_arn'
    """
    if setting == "from_arn" and interface.is_v2:
        setting = "source_arn"
    return setting if setting in _PARAMETERS[interface] else None


def unsupported_settings(parameters: ApiParameters, interface: Interface) -> tuple[UnsupportedSetting, ...]:
    """Give an error for each setting that the interface has no parameter for; empty ones count as absent.

    Raises TypeError for what are no ApiParameters.
    """
    if not isinstance(parameters, ApiParameters):
        raise TypeError(f"parameters are ApiParameters, not {type(parameters).__name__}")
    taken = _PARAMETERS[interface]
    return tuple(
        _unsupported(setting, interface)
        for setting in (*SETTINGS, "extra")
        if getattr(parameters, setting) and setting not in taken and (setting != "extra" or interface in _WITHOUT_EXTRA)
    )


def _unsupported(setting: str, interface: Interface) -> UnsupportedSetting:
    hint = _HINTS.get((interface, setting), "")
    if not hint and interface is Interface.SMTP:
        hint = "it goes into the message as an X-SES field"
    return UnsupportedSetting(setting, interface, hint)


# Requests. A converter from AWS's form and one to it, for the settings that are no plain strings. What has not the form
# of the service's model is a TypeError, a KeyError or a ValueError; nothing in it is passed over.
_Converter = Callable[[Any], Any]


def _listed(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"a list is wanted, not {type(value).__name__}")
    return tuple(value)


def _members(value: Any, *names: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"a structure is wanted, not {type(value).__name__}")
    if not value.keys() <= set(names):
        raise ValueError(f"the members are {', '.join(names)}")
    return value


def _tags_from(value: Any) -> tuple[MessageTag, ...]:
    members = (_members(tag, "Name", "Value") for tag in _listed(value))
    return as_message_tags((tag["Name"], tag["Value"]) for tag in members)


def _tags_to(tags: tuple[MessageTag, ...]) -> list[dict[str, str]]:
    return [{"Name": tag.name, "Value": tag.value} for tag in tags]


_LISTS: Final = ("ToAddresses", "CcAddresses", "BccAddresses")


def _destination_from(value: Any) -> Destination:
    members = _members(value, *_LISTS)
    return Destination(*(_listed(members.get(name) or ()) for name in _LISTS))


def _destination_to(destination: Destination) -> dict[str, list[str]]:
    lists = zip(_LISTS, (destination.to, destination.cc, destination.bcc), strict=True)
    return {name: list(addresses) for name, addresses in lists if addresses}


def _list_from(value: Any) -> ListManagement:
    members = _members(value, "ContactListName", "TopicName")
    return as_list_management((members["ContactListName"], members.get("TopicName")))


def _list_to(value: ListManagement) -> dict[str, str]:
    options = {"ContactListName": value.contact_list}
    return options if value.topic is None else options | {"TopicName": value.topic}


_CONVERTERS: Final[Mapping[str, tuple[_Converter, _Converter]]] = MappingProxyType(
    {
        "message_tags": (_tags_from, _tags_to),
        "destination": (_destination_from, _destination_to),
        "list_management": (_list_from, _list_to),
        "reply_to": (lambda value: _strings("reply_to", _listed(value)), list),
    }
)
_FLAT_DESTINATION: Final[tuple[_Converter, _Converter]] = (
    lambda value: Destination(_listed(value)),
    lambda destination: list(destination.all),
)


@dataclass(frozen=True, slots=True)
class Submission:
    """A message with the API parameters and the interface it goes out by; the message is None where there is none."""

    message: Message | None
    parameters: ApiParameters = ApiParameters()
    interface: Interface = Interface.SEND_RAW_EMAIL

    def __post_init__(self) -> None:
        object.__setattr__(self, "interface", Interface(self.interface))

    def __repr__(self) -> str:
        size = "no message" if self.message is None else f"{len(self.message)} bytes"
        return f"Submission({size}, {self.parameters!r}, {self.interface.value!r})"

    def __reduce__(self) -> tuple[object, ...]:
        message = None if self.message is None else as_bytes(as_source(self.message))
        return Submission, (message, self.parameters, self.interface)

    @classmethod
    def from_request(cls, request: Mapping[str, Any], interface: Interface | str) -> Submission:
        """Read the keyword arguments of a boto3 call, such as `send_raw_email(**request)`.

        The message may be bytes, str (as boto3 takes it: UTF-8) or a readable binary stream, which is read. Keys
        without a setting are kept in `extra`; `to_request` refuses those that the interface has not. Raises
        InvalidSetting where the raw message is missing or a part has not the form of the service's model,
        UnsupportedSetting for SMTP, which has no requests.

        >>> request = {"RawMessage": {"Data": b"Subject: Hi"}, "Tags": [{"Name": "a", "Value": "1"}]}
        >>> Submission.from_request(request, Interface.SEND_RAW_EMAIL).parameters.message_tags
        (MessageTag(name='a', value='1'),)
        """
        interface = Interface(interface)
        if interface is Interface.SMTP:
            raise UnsupportedSetting("request", interface, "SMTP has no requests")
        if not isinstance(request, Mapping):
            raise TypeError(f"a request is a mapping, not {type(request).__name__}")
        rest = {name: value for name, value in request.items() if value is not None}
        message: Message | None = None
        if interface in _DATA:
            data, rest = _taken(rest, _DATA[interface])
            message = _as_message(data, ".".join(_DATA[interface]))
        settings: dict[str, Any] = {}
        for setting, name in _PARAMETERS[interface].items():
            if name not in rest:
                continue
            value = rest.pop(name)
            read, _ = _converters(setting, name)
            try:
                settings[setting] = read(value)
            except (TypeError, KeyError, ValueError) as error:
                raise InvalidSetting(setting, value, f"{name} has not the form of AWS's service model") from error
        return cls(message, ApiParameters(**settings, extra=tuple(rest.items()) or None), interface)

    def to_request(self) -> dict[str, Any]:
        """Give the keyword arguments of the boto3 call: `client.send_raw_email(**submission.to_request())`.

        `send_email` of the client `sesv2` for the interfaces `sesv2.SendEmail…`. Settings that were given and are
        empty are kept. Raises UnsupportedSetting for a setting that the interface has no parameter for and for
        SMTP; InvalidSetting where a raw interface has no message.
        """
        interface = self.interface
        if interface is Interface.SMTP:
            raise UnsupportedSetting("request", interface, "SMTP has no requests; use the message and the envelope")
        for unsupported in unsupported_settings(self.parameters, interface):
            raise unsupported
        request: dict[str, Any] = dict(self.parameters.extra or ())
        for setting, name in _PARAMETERS[interface].items():
            value = getattr(self.parameters, setting)
            if value is not None:
                _, write = _converters(setting, name)
                request[name] = write(value)
        if interface in _DATA:
            if self.message is None:
                raise InvalidSetting("message", None, f"{interface.value} takes a raw message")
            request = _put(request, _DATA[interface], as_bytes(as_source(self.message)))
        return request


def _converters(setting: str, name: str) -> tuple[_Converter, _Converter]:
    if name == "Destinations":
        return _FLAT_DESTINATION
    return _CONVERTERS.get(setting, (_plain_string, _plain_string))


def _plain_string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"str is wanted, not {type(value).__name__}")
    return value


# Where the raw message stands in a request.
_DATA: Final[Mapping[Interface, tuple[str, ...]]] = MappingProxyType(
    {Interface.SEND_RAW_EMAIL: ("RawMessage", "Data"), Interface.V2_SEND_EMAIL_RAW: ("Content", "Raw", "Data")}
)


def _taken(tree: Mapping[str, Any], path: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    """Give what stands at a path of nested mappings (None: nothing), and the mapping with all that stands beside it."""
    name, *inner = path
    rest = dict(tree)
    value = rest.pop(name, None)
    if inner:
        value, beside = _taken(value, tuple(inner)) if isinstance(value, Mapping) else (None, {})
        if beside:
            rest[name] = beside
    return value, rest


def _put(tree: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Give nested mappings with a value at a path; what stands beside it stays."""
    name, *inner = path
    beside = dict(tree) if isinstance(tree, Mapping) else {}
    return beside | {name: _put(beside.get(name), tuple(inner), value) if inner else value}


def _as_message(data: Any, where: str) -> Message:
    if data is None:
        raise InvalidSetting("message", None, f"the request has no {where}")
    if hasattr(data, "read") and not isinstance(data, Message):
        data = data.read()
    try:
        message: Message = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        as_source(message)
    except (TypeError, UnicodeEncodeError) as error:
        raise InvalidSetting("message", type(data).__name__, f"{where} is bytes") from error
    return message
