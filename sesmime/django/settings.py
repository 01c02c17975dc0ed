"""The settings of the Django edge: the dict SESMIME, and over it the options of a backend.

Each key has one check, which the backend and the system check (`sesmime.django.checks`) share. A wrong value is told
in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

from sesmime.boto import raw_interface
from sesmime.errors import quoted
from sesmime.linter.checks import LINT, Checks
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.ses.interfaces import RAW_INTERFACES, Interface
from sesmime.ses.settings import ApiParameters, unsupported_settings
from sesmime.ses.tags import MessageTag, as_message_tags

# A rate limit by this name is the account's own.
ACCOUNT: Final = "account"


def tags_of(given: Any) -> tuple[MessageTag, ...] | None:
    """Return the tags of a dict, or of pairs; None for None. Numbers and texts that are translated late become str.

    Raises TypeError for anything else.
    """
    if given is None:
        return None
    if isinstance(given, Mapping):
        given = [(name, str(value) if isinstance(value, int | Promise) else value) for name, value in given.items()]
    return as_message_tags(given)


# One check a key: it raises TypeError or ValueError, with the sentence that tells.


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")


def _check_configuration_set(name: str, value: Any) -> None:
    if not callable(value):
        _check_text(name, value)


def _check_tags(name: str, value: Any) -> None:
    if isinstance(value, Iterator):
        raise TypeError(f"{name} must be a list, which can be read for every message")
    if not callable(value):
        tags_of(value)


def _check_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {type(value).__name__}")


def _check_interface(name: str, value: Any) -> None:
    if value not in tuple(RAW_INTERFACES):
        raise ValueError(f"{name} must be {' or '.join(RAW_INTERFACES)}, not {quoted(str(value), 60)}")


def _check_client(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        try:
            raw_interface(value)
        except TypeError as error:
            raise TypeError(f"{name} must be a dict or a client: {error}") from error


def _check_session(name: str, value: Any) -> None:
    if not isinstance(value, Mapping) and not callable(getattr(value, "client", None)):
        raise TypeError(f"{name} must be a dict or a boto3 session, not {type(value).__name__}")


def _check_role(name: str, value: Any) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be an ARN or a dict of AssumeRole's parameters, not {type(value).__name__}")
    if not isinstance(value.get("RoleArn"), str):
        raise ValueError(f"{name} must have a RoleArn")


def _check_rate_limit(name: str, value: Any) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value != ACCOUNT and not (is_number and 0 < value < float("inf")):
        raise ValueError(f'{name} must be "{ACCOUNT}" or a number of recipients a second, not {quoted(str(value), 60)}')


def _check_lint(name: str, value: Any) -> None:
    if value not in LINT:
        raise ValueError(f"{name} must be one of {', '.join(LINT)}, not {quoted(str(value), 60)}")


def _check_level(name: str, value: Any) -> None:
    try:
        Severity.of(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be error, warning or info, not {quoted(str(value), 60)}") from error


def _check_texts(name: str, value: Any) -> None:
    try:
        if isinstance(value, Iterator):
            raise TypeError("it could be read once")
        LintConfig(ignore=value)
    except TypeError as error:
        raise TypeError("ignore and verified_identities must be lists of str") from error


def _check_events(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, not {type(value).__name__}")


_Check = Callable[[str, Any], None]
# How messages are sent; these keys, and those below, may be options of a backend.
_SEND_KEYS: Final[Mapping[str, _Check]] = MappingProxyType(
    {
        "interface": _check_interface,
        "client": _check_client,
        "session": _check_session,
        "profile": _check_text,
        "role": _check_role,
        "region": _check_text,
        "endpoint_url": _check_text,
        "configuration_set": _check_configuration_set,
        "tags": _check_tags,
        "message_tag_name": _check_text,
        "source_arn": _check_text,
        "from_arn": _check_text,
        "return_path_arn": _check_text,
        "feedback_address": _check_text,
        "tenant": _check_text,
        "endpoint_id": _check_text,
        "rate_limit": _check_rate_limit,
        "note_in_headers": _check_flag,
    }
)
# How they are checked.
_CHECK_KEYS: Final[Mapping[str, _Check]] = MappingProxyType(
    {"lint": _check_lint, "fail_level": _check_level, "ignore": _check_texts, "verified_identities": _check_texts}
)
OPTIONS: Final[Mapping[str, _Check]] = MappingProxyType({**_SEND_KEYS, **_CHECK_KEYS})
# `events` is read by `sesmime.django.events`: it is no option of a backend.
_KEYS: Final[Mapping[str, _Check]] = MappingProxyType({**OPTIONS, "events": _check_events})
# Which settings become parameters of every request.
_DEFAULTS: Final = ("source_arn", "from_arn", "return_path_arn", "tenant", "endpoint_id")
# What makes a client, beside `client` itself.
_CLIENT_KEYS: Final = ("session", "profile", "role", "region", "endpoint_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the settings say, checked; `defaults` are what holds for messages that say nothing themselves."""

    service: str
    client: Any
    session: Any
    profile: str | None
    role: Any
    region: str | None
    endpoint_url: str | None
    configuration_set: Any
    tags: Any
    message_tag_name: str | None
    feedback_address: str | None
    defaults: ApiParameters
    rate_limit: float | str | None
    note_in_headers: bool
    checks: Checks

    @property
    def interface(self) -> Interface:
        """The interface by which raw messages are sent."""
        return RAW_INTERFACES[self.service]

    def defaults_for(self, message: Any) -> ApiParameters:
        """Return the parameters of a message that says nothing; raises TypeError for what a callable gives wrongly."""
        name, tags = self.configuration_set, self.tags
        return replace(
            self.defaults,
            configuration_set=name(message) if callable(name) else name,
            message_tags=tags_of(tags(message) if callable(tags) else tags),
        )


def given_settings(options: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """Return the settings: those of SESMIME, and over them the options that were handed to the backend.

    Raises ImproperlyConfigured for what is no dict, and for a key that is no setting.
    """
    found = getattr(settings, "SESMIME", {})
    if not isinstance(found, Mapping):
        raise ImproperlyConfigured(f"SESMIME must be a dict, not {type(found).__name__}")
    for text in _unknown_keys(found, _KEYS):
        raise ImproperlyConfigured(f"SESMIME: {text}")
    return {**found, **{name: value for name, value in options.items() if value is not None}}


def _unknown_keys(found: Mapping[str, Any], known: Mapping[str, _Check]) -> Iterator[str]:
    for key in found:
        if key not in known:
            yield f"{quoted(str(key), 60)} is not a setting; choose from {', '.join(known)}"


def problems(found: Mapping[str, Any]) -> Iterator[str]:
    """Tell everything that is wrong with settings, a sentence for each."""
    yield from _unknown_keys(found, _KEYS)
    wrong = set()
    for name, value in found.items():
        if name not in _KEYS or value is None:
            continue
        try:
            _KEYS[name](name, value)
        except (TypeError, ValueError) as error:
            wrong.add(name)
            yield str(error)
    if not wrong:
        yield from _conflicts(found)


def _conflicts(found: Mapping[str, Any]) -> Iterator[str]:
    """Tell which settings, right by themselves, do not go together."""
    interface, client = found.get("interface"), found.get("client")
    if client is not None and not isinstance(client, Mapping):
        service = _service_of(client)
        if interface not in (None, service):
            yield f"interface is {interface}, but the client is one for {service}"
        for name in _CLIENT_KEYS:
            if found.get(name):
                yield f"{name} and a client do not go together: the client has its own"
    elif client:
        for name, key in (("region", "region_name"), ("endpoint_url", "endpoint_url")):
            if found.get(name) and client.get(key):
                yield f"{name} is given twice: as {name} and in client"
    session = found.get("session")
    if session is not None and not isinstance(session, Mapping) and found.get("profile"):
        yield "profile and a session do not go together: the session has its own"
    for unsupported in unsupported_settings(_default_parameters(found), RAW_INTERFACES[_service(found)]):
        yield f"{unsupported.setting} is no parameter of {unsupported.interface}: {unsupported.hint}"


def _service_of(client: Any) -> str:
    found = raw_interface(client)
    return next(name for name, one in RAW_INTERFACES.items() if one is found)


def _service(given: Mapping[str, Any]) -> str:
    client = given.get("client")
    if client is not None and not isinstance(client, Mapping):
        return _service_of(client)
    return given.get("interface") or next(iter(RAW_INTERFACES))


def _default_parameters(given: Mapping[str, Any]) -> ApiParameters:
    return ApiParameters(**{name: given.get(name) or None for name in _DEFAULTS})


def checks_of(given: Mapping[str, Any]) -> Checks:
    """Return what the settings say of checking: whether, how strictly, by which rules; raises ImproperlyConfigured."""
    for name, check in _CHECK_KEYS.items():
        if given.get(name) is not None:
            _told(check, name, given[name])
    config = LintConfig(ignore=given.get("ignore") or (), verified_identities=given.get("verified_identities") or ())
    level = Severity.of(given.get("fail_level") or Severity.ERROR)
    return Checks(level=level, config=config, lint=given.get("lint") or "error")


def _told(check: _Check, name: str, value: Any) -> None:
    try:
        check(name, value)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"SESMIME: {error}") from error


def read_options(options: Mapping[str, Any]) -> Options:
    """Return what the settings and the options of a backend say; raises ImproperlyConfigured for the first fault."""
    given = given_settings(options)
    for text in problems(given):
        raise ImproperlyConfigured(f"SESMIME: {text}")
    client = given.get("client")
    return Options(
        service=_service(given),
        client={} if client is None else client,
        **{name: given.get(name) for name in _CLIENT_KEYS},
        configuration_set=given.get("configuration_set"),
        tags=given.get("tags"),
        message_tag_name=given.get("message_tag_name"),
        feedback_address=given.get("feedback_address"),
        defaults=_default_parameters(given),
        rate_limit=given.get("rate_limit"),
        note_in_headers=bool(given.get("note_in_headers")),
        checks=checks_of(given),
    )
