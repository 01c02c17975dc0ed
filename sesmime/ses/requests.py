"""Submissions, and the requests of each API read and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sesmime.errors import InvalidSetting, UnsupportedSetting, require
from sesmime.mime.edits import as_bytes
from sesmime.mime.fields import Message, as_source
from sesmime.mime.hints import TYPE_CHECKING, Any, Final, Generic, Literal, cast, overload
from sesmime.mime.plain import plain_octets, plain_text
from sesmime.mime.values import dataclass
from sesmime.ses.fields import ListManagement, as_list_management
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination, refuse_unsupported, strings
from sesmime.ses.tags import MessageTag, as_message_tags

# Requests. A converter from AWS's form and one to it, for the settings that are no plain strings. What has not the form
# of the service's model is a TypeError, a KeyError or a ValueError; nothing in it is passed over.
_Converter = Callable[[Any], Any]


def _listed(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"must be a list, not {type(value).__name__}")
    return tuple(value)


def _members(value: Any, *names: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"must be a structure, not {type(value).__name__}")
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
        "reply_to": (lambda value: strings("reply_to", _listed(value)), list),
    }
)
_FLAT_DESTINATION: Final[tuple[_Converter, _Converter]] = (
    lambda value: Destination(_listed(value)),
    lambda destination: list(destination.all),
)


# What `to_request` returns. With no more said, as in `def send(submission: Submission)`, it is not checked.
if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from sesmime.ses.request_types import SendEmailRequest, SendRawEmailRequest

    Request = TypeVar("Request", covariant=True, default=Any)
    _V2SendEmail = Literal[
        Interface.V2_SEND_EMAIL_RAW, Interface.V2_SEND_EMAIL_SIMPLE, Interface.V2_SEND_EMAIL_TEMPLATE
    ]
else:
    from sesmime.mime.hints import TypeVar

    Request = TypeVar("Request", covariant=True)


# Where the simple content of a request stands, of which SES makes a message.
SIMPLE: Final[Mapping[Interface, tuple[str, ...]]] = MappingProxyType(
    {Interface.SEND_EMAIL: ("Message",), Interface.V2_SEND_EMAIL_SIMPLE: ("Content", "Simple")}
)


@dataclass(frozen=True, slots=True)
class Submission(Generic[Request]):
    """A message with the API parameters and the interface it goes out by; the message is None where there is none.

    A type checker knows by the interface which request `to_request` returns.
    """

    message: Message | None
    parameters: ApiParameters = ApiParameters()
    interface: Interface = Interface.SEND_RAW_EMAIL

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Submission[SendRawEmailRequest],
            message: Message | None,
            parameters: ApiParameters = ...,
            interface: Literal[Interface.SEND_RAW_EMAIL] = ...,
        ) -> None: ...

        @overload
        def __init__(
            self: Submission[SendEmailRequest],
            message: Message | None,
            parameters: ApiParameters = ...,
            *,
            interface: _V2SendEmail,
        ) -> None: ...

        @overload
        def __init__(
            self: Submission[SendEmailRequest],
            message: Message | None,
            parameters: ApiParameters,
            interface: _V2SendEmail,
        ) -> None: ...

        @overload
        def __init__(
            self: Submission[Any], message: Message | None, parameters: ApiParameters = ..., interface: Interface = ...
        ) -> None: ...

        def __init__(
            self, message: Message | None, parameters: ApiParameters = ..., interface: Interface = ...
        ) -> None: ...

    def __post_init__(self) -> None:
        require(ApiParameters, self.parameters, "parameters")
        object.__setattr__(self, "interface", Interface.given(self.interface))
        if isinstance(self.message, bytes):
            object.__setattr__(self, "message", plain_octets(self.message))

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
        InvalidSetting where the raw message is missing or a part does not match the service model,
        UnsupportedSetting for SMTP, which has no requests.

        >>> request = {"RawMessage": {"Data": b"Subject: Hi"}, "Tags": [{"Name": "a", "Value": "1"}]}
        >>> Submission.from_request(request, Interface.SEND_RAW_EMAIL).parameters.message_tags
        (MessageTag(name='a', value='1'),)
        """
        interface = Interface.given(interface)
        if interface is Interface.SMTP:
            raise UnsupportedSetting("request", interface, "SMTP has no requests")
        if not isinstance(request, Mapping):
            raise TypeError(f"a request must be a mapping, not {type(request).__name__}")
        rest = {name: value for name, value in request.items() if value is not None}
        message: Message | None = None
        if interface.row.data:
            data, rest = _taken(rest, interface.row.data)
            message = _as_message(data, ".".join(interface.row.data))
        settings: dict[str, Any] = {}
        for setting, name in interface.row.parameters.items():
            if name not in rest:
                continue
            value = rest.pop(name)
            read, _ = _converters(setting, name)
            try:
                settings[setting] = read(value)
            except (TypeError, KeyError, ValueError) as error:
                raise InvalidSetting(setting, value, f"{name} does not match AWS's service model") from error
        return cls(message, ApiParameters(**settings, extra=tuple(rest.items()) or None), interface)

    def to_request(self) -> Request:
        """Return the keyword arguments of the boto3 call: `client.send_raw_email(**submission.to_request())`.

        `send_email` of the client `sesv2` for the interfaces `sesv2.SendEmail…`. Settings that were given and are
        empty are kept. Raises UnsupportedSetting for a setting that the interface has no parameter for and for
        SMTP; InvalidSetting where a raw interface has no message.
        """
        interface = self.interface
        if interface is Interface.SMTP:
            raise UnsupportedSetting("request", interface, "SMTP has no requests; use the message and the envelope")
        refuse_unsupported(self.parameters, interface)
        request = request_of(self.parameters, interface)
        if interface.row.data:
            if self.message is None:
                raise InvalidSetting("message", None, f"{interface.value} needs a raw message")
            request = with_message(request, interface, as_bytes(as_source(self.message)))
        return cast("Request", request)


def request_of(parameters: ApiParameters, interface: Interface) -> dict[str, Any]:
    """Return what a request says beside the raw message; settings without a parameter are left out. Never raises."""
    request: dict[str, Any] = dict(parameters.extra or ()) if interface.row.takes_others else {}
    for setting, name in interface.row.parameters.items():
        value = getattr(parameters, setting)
        if value is not None:
            _, write = _converters(setting, name)
            request[name] = write(value)
    return request


def with_message(request: Mapping[str, Any], interface: Interface, message: bytes) -> dict[str, Any]:
    """Return a request with the raw message where the interface has it; as it is where there is none."""
    return _put(request, interface.row.data, message) if interface.row.data else dict(request)


def _converters(setting: str, name: str) -> tuple[_Converter, _Converter]:
    if name == "Destinations":
        return _FLAT_DESTINATION
    return _CONVERTERS.get(setting, (_plain_string, _plain_string))


def _plain_string(value: Any) -> str:
    return plain_text(value, "it")


def _taken(tree: Mapping[str, Any], path: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    """Return what stands at a path of nested mappings (None: nothing), and a mapping of all beside it."""
    name, *inner = path
    rest = dict(tree)
    value = rest.pop(name, None)
    if inner and value is not None:
        if not isinstance(value, Mapping):
            kind = type(value).__name__
            raise InvalidSetting("message", None, f"{name} is {kind}, where a structure with {inner[0]} is wanted")
        value, beside = _taken(value, tuple(inner))
        if beside:
            rest[name] = beside
    return value, rest


def _put(tree: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return nested mappings with a value at a path; what stands beside it stays."""
    name, *inner = path
    beside = dict(tree) if isinstance(tree, Mapping) else {}
    return beside | {name: _put(beside.get(name), tuple(inner), value) if inner else value}


def _as_message(data: Any, where: str) -> Message:
    if data is None:
        raise InvalidSetting("message", None, f"the request has no {where}")
    if hasattr(data, "read") and not isinstance(data, Message):
        data = data.read()
    try:
        message: Message = str.__str__(data).encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        message = as_source(message)
    except (TypeError, UnicodeEncodeError) as error:
        raise InvalidSetting("message", type(data).__name__, f"{where} must be bytes") from error
    return message
