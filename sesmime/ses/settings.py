"""API parameters: what is given beside a message, by sesmime's names of the settings."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from operator import attrgetter

from sesmime.errors import UnsupportedSetting
from sesmime.mime.hints import TYPE_CHECKING, Any, Final
from sesmime.mime.plain import plain_text, plain_value
from sesmime.mime.values import dataclass, field, value_names
from sesmime.ses.fields import ListManagement, as_list_management
from sesmime.ses.interfaces import Interface
from sesmime.ses.tags import MessageTag, as_message_tags


@dataclass(frozen=True, slots=True)
class Destination:
    """The recipients that a request names, each an address (with or without display name)."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    if TYPE_CHECKING:  # what the constructor takes, where that is more than what an attribute holds

        def __init__(self, to: Iterable[str] = (), cc: Iterable[str] = (), bcc: Iterable[str] = ()) -> None: ...

    def __post_init__(self) -> None:
        for name in ("to", "cc", "bcc"):
            object.__setattr__(self, name, strings(f"destination.{name}", getattr(self, name)))

    def __bool__(self) -> bool:
        return bool(self.to or self.cc or self.bcc)

    @property
    def all(self) -> tuple[str, ...]:
        """To, Cc and Bcc in this order, as SendRawEmail takes them."""
        return self.to + self.cc + self.bcc


# The methods are made for the two that inherit from it; making them here as well costs at every start.
@dataclass(frozen=True, slots=True, kw_only=True, init=False, repr=False, eq=False)
class Settings:
    """One attribute a setting, in the order in which they are told about; None where there is no value.

    `extra` holds the parameters that sesmime has no name for, as pairs; they may hold a body, so that no repr shows
    them.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParameters(Settings):
    """What is given beside the message. None: not given; `()` and `""`: given and empty.

    `source` is Source, FromEmailAddress or MAIL FROM; `destination` Destinations, Destination or RCPT TO. `extra` holds
    the parameters that sesmime has no name for, as pairs. The values are held, not checked; lists become tuples. Raises
    TypeError for a value of another type.
    """

    if TYPE_CHECKING:  # what the constructor takes, where that is more than what an attribute holds

        def __init__(
            self,
            *,
            source: str | None = None,
            destination: Destination | None = None,
            reply_to: Iterable[str] | None = None,
            return_path: str | None = None,
            source_arn: str | None = None,
            from_arn: str | None = None,
            return_path_arn: str | None = None,
            message_tags: Iterable[MessageTag | tuple[str, str]] | None = None,
            configuration_set: str | None = None,
            list_management: ListManagement | tuple[str, str | None] | None = None,
            tenant: str | None = None,
            endpoint_id: str | None = None,
            extra: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in _TEXTS:
            value = getattr(self, name)
            if value is not None and type(value) is not str:
                object.__setattr__(self, name, plain_text(value, name))
        if self.destination is not None and not isinstance(self.destination, Destination):
            raise TypeError(f"destination must be a Destination, not {type(self.destination).__name__}")
        if self.reply_to is not None:
            object.__setattr__(self, "reply_to", strings("reply_to", self.reply_to))
        if self.message_tags is not None:
            object.__setattr__(self, "message_tags", as_message_tags(self.message_tags))
        if self.list_management is not None:
            object.__setattr__(self, "list_management", as_list_management(self.list_management))
        if self.extra is not None:
            pairs = self.extra.items() if isinstance(self.extra, Mapping) else self.extra
            object.__setattr__(self, "extra", tuple(map(_pair, pairs)))

    def empty(self) -> tuple[str, ...]:
        """The settings that are given and empty: they count as absent (OBSERVED for Destinations, else ASSUMED)."""
        return tuple(name for name in SETTINGS if getattr(self, name) is not None and not getattr(self, name))


_NAMES: Final = value_names(ApiParameters)
_VALUES: Final = attrgetter(*_NAMES)


def with_destination(parameters: ApiParameters, destination: Destination | None) -> ApiParameters:
    """Return the same parameters to another destination, as `dataclasses.replace` does in ten times the time."""
    made = object.__new__(ApiParameters)
    # They are checked already.
    for name, value in zip(_NAMES, _VALUES(parameters), strict=True):
        object.__setattr__(made, name, destination if name == "destination" else value)
    return made


# Every setting but `extra`.
SETTINGS: Final = tuple(name for name in _NAMES if name != "extra")
_TEXTS: Final = tuple(name for name, stated in Settings.__annotations__.items() if stated == "str | None")


def strings(what: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return a tuple of str; raises TypeError, naming `what`, for one str and for what holds anything else."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"{what} must be a list of str, not one {type(values).__name__}")
    result = tuple(values)
    for value in result:
        if not isinstance(value, str):
            raise TypeError(f"{what} must be a list of str; it contains {type(value).__name__}")
    return tuple(map(str.__str__, result))


def _pair(given: tuple[str, Any]) -> tuple[str, Any]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise TypeError("extra must be a mapping, or pairs of a name and a value")
    return plain_text(given[0], "a name in extra"), plain_value(given[1])


def parameter_name(setting: str, interface: Interface) -> str | None:
    """Return AWS's name of the parameter for a setting, or None if the interface has none."""
    return interface.row.parameters.get(setting)


def parameter_setting(setting: str, interface: Interface) -> str | None:
    """Return the setting whose parameter says this one, or None if the interface has none.

    It is the setting itself, but that the API v2 says both ARNs of a sender in one, FromEmailAddressIdentityArn.

    >>> parameter_setting("from_arn", Interface.V2_SEND_EMAIL_RAW)
    'source_arn'
    """
    if setting == "from_arn" and interface.is_v2:
        setting = "source_arn"
    return setting if setting in interface.row.parameters else None


def unsupported_settings(parameters: ApiParameters, interface: Interface) -> tuple[UnsupportedSetting, ...]:
    """Return an error for each setting that the interface has no parameter for; empty ones count as absent.

    Raises TypeError for what are no ApiParameters.
    """
    if not isinstance(parameters, ApiParameters):
        raise TypeError(f"parameters must be ApiParameters, not {type(parameters).__name__}")
    taken = interface.row.parameters
    return tuple(
        _unsupported(setting, interface)
        for setting in (*SETTINGS, "extra")
        if getattr(parameters, setting)
        and setting not in taken
        and not (setting == "extra" and interface.row.takes_others)
    )


def refuse_unsupported(parameters: ApiParameters, interface: Interface, *, written: Container[str] = ()) -> None:
    """Raise UnsupportedSetting for a setting that the interface has no parameter for, save those `written` as fields.

    Raises TypeError for what are no ApiParameters.
    """
    for unsupported in unsupported_settings(parameters, interface):
        if unsupported.setting not in written:
            raise unsupported


def _unsupported(setting: str, interface: Interface) -> UnsupportedSetting:
    hint = interface.row.hints.get(setting, "")
    if not hint and interface is Interface.SMTP:
        hint = "it can only be an X-SES- field of the message"
    return UnsupportedSetting(setting, interface, hint)
