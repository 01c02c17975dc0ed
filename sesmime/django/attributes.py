"""The attributes of anymail on a message: each is honoured, or refused with an error that names it; none is ignored.

As by anymail's backend for SES, `tags` and `metadata` become the fields X-Tag and X-Metadata, which events show among
the fields of the message; see https://anymail.dev/en/stable/esps/amazon_ses/. None, and anymail's UNSET, is not given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.functional import Promise

from sesmime.django.messages import bare_address
from sesmime.django.settings import tags_of
from sesmime.errors import InvalidSetting, UnsupportedSetting, quoted
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters
from sesmime.ses.tags import MessageTag

_BY_V2: Final = 'set "interface" to "sesv2"'
# What esp_extra may not say: it is made of the message.
_MADE: Final = ("Content", "RawMessage", "Destination", "Destinations", "DefaultContent", "BulkEmailEntries")
# Those that only a template has, and what they must be.
_TEMPLATE_ONLY: Final = ("merge_data", "merge_global_data", "merge_metadata", "merge_headers")
_TRACKED: Final = {"track_opens": "OpenTrackingEnabled", "track_clicks": "ClickTrackingEnabled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What the attributes of a message say; a mapping is empty where nothing is said, `batch` tells of merge_data."""

    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    esp_extra: Mapping[str, Any] = field(default_factory=dict)
    envelope_sender: str | None = None
    template_id: str | None = None
    merge_data: Mapping[str, Any] = field(default_factory=dict)
    merge_global_data: Mapping[str, Any] = field(default_factory=dict)
    merge_metadata: Mapping[str, Any] = field(default_factory=dict)
    merge_headers: Mapping[str, Any] = field(default_factory=dict)
    tracking: Mapping[str, str] = field(default_factory=dict)
    is_batch: bool = False

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """The fields of the message that say tags and metadata."""
        return fields_of(self.tags, self.metadata)


def fields_of(tags: tuple[str, ...], metadata: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the fields that say tags and metadata."""
    said = [("X-Metadata", as_json("metadata", metadata))] if metadata else []
    return (*said, *(("X-Tag", tag) for tag in tags))


def read_attributes(message: Any, interface: Interface) -> Attributes:
    """Return what the attributes of a message say.

    Raises InvalidSetting for a value of another type than anymail's, UnsupportedSetting for what the interface cannot
    do.
    """
    given = {name: value for name in _READERS if (value := _value(message, name)) is not None}
    if not given:
        return _NOTHING
    if "send_at" in given:
        raise UnsupportedSetting("send_at", interface, "SES sends at once: send the message later")
    found = {name: _READERS[name](name, value) for name, value in given.items()}
    tracking = {_TRACKED[name]: "ENABLED" if found.pop(name) else "DISABLED" for name in _TRACKED if name in found}
    if not interface.is_v2:
        for name in ("template_id", *_TRACKED):
            if name in given:
                raise UnsupportedSetting(name, interface, _BY_V2)
    if "template_id" not in given:
        for name in _TEMPLATE_ONLY:
            if name in given:
                raise UnsupportedSetting(name, interface, "only a message with a template_id is merged")
    is_batch = not given.keys().isdisjoint(("merge_data", "merge_metadata", "merge_headers"))
    return Attributes(**found, tracking=tracking, is_batch=is_batch)


def _value(message: Any, name: str) -> Any:
    value = getattr(message, name, None)
    # anymail's own class for what is not given; it need not be installed.
    is_unset = isinstance(value, type) and value.__name__ == "UNSET"
    return None if is_unset else str(value) if isinstance(value, Promise) else value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidSetting(name, value, "it must be a str that is not empty")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        raise InvalidSetting(name, value, "it must be a list of str")
    found = tuple(str(one) if isinstance(one, Promise | int) else one for one in value)
    if not all(isinstance(one, str) for one in found):
        raise InvalidSetting(name, value, "it must be a list of str")
    return found


def _dict(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidSetting(name, value, "it must be a dict with keys of str")
    return value


def _dict_of_dicts(name: str, value: Any) -> Mapping[str, Any]:
    found = _dict(name, value)
    if not all(isinstance(one, Mapping) for one in found.values()):
        raise InvalidSetting(name, value, "it must be a dict of dicts, one for each address")
    return found


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidSetting(name, value, "it must be True or False")
    return value


def _address(name: str, value: Any) -> str:
    return bare_address(_text(name, value))


# `send_at` is refused before it is read.
_READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "tags": _texts,
    "metadata": _dict,
    "esp_extra": _dict,
    "envelope_sender": _address,
    "template_id": _text,
    "merge_data": _dict_of_dicts,
    "merge_global_data": _dict,
    "merge_metadata": _dict_of_dicts,
    "merge_headers": _dict_of_dicts,
    "track_opens": _flag,
    "track_clicks": _flag,
    "send_at": _text,
}
_NOTHING: Final = Attributes()


def as_json(name: str, value: Mapping[str, Any]) -> str:
    """Return JSON in ASCII; texts that are translated late and Decimals become str, as anymail writes them.

    Raises InvalidSetting for what has no JSON.
    """
    try:
        return json.dumps(dict(value), default=_json_value)
    except (TypeError, ValueError) as error:
        raise InvalidSetting(name, value, f"it has no JSON: {error}") from error


def _json_value(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, Promise | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{quoted(type(value).__name__, 60)} is neither text nor number, list nor dict")


def given_parameters(
    message: Any, attributes: Attributes, *, interface: Interface, message_tag_name: str | None
) -> ApiParameters:
    """Return what a message says by attributes, those of anymail and `ses_tags` and `ses_configuration_set`.

    Tags of several attributes are put together. Raises as `read_attributes` does; TypeError for the attributes `ses_…`
    where they have another type.
    """
    said = _extra_parameters(attributes.esp_extra, interface)
    name = getattr(message, "ses_configuration_set", None)
    if name:
        if said.configuration_set not in (None, name):
            raise InvalidSetting("esp_extra", said.configuration_set, "ses_configuration_set names another one")
        said = replace(said, configuration_set=name)
    own = tags_of(getattr(message, "ses_tags", None)) or ()
    tags = (*own, *(said.message_tags or ()), *_named_tag(attributes.tags, message_tag_name))
    extra = dict(said.extra or ())
    if attributes.tracking:
        overrides = dict(extra.get("ConfigurationOverrides") or {})
        overrides["Tracking"] = {**(overrides.get("Tracking") or {}), **attributes.tracking}
        extra["ConfigurationOverrides"] = overrides
    return replace(said, message_tags=tags or None, extra=tuple(extra.items()) or None)


def _named_tag(tags: tuple[str, ...], name: str | None) -> Iterator[MessageTag]:
    if not tags or not name:
        return
    if len(tags) > 1:
        raise InvalidSetting("tags", ", ".join(tags), "with message_tag_name a message has at most one")
    yield MessageTag(name, tags[0])


def _extra_parameters(extra: Mapping[str, Any], interface: Interface) -> ApiParameters:
    """Return what esp_extra says, in AWS's names of the parameters of the interface."""
    if not extra:
        return ApiParameters()
    for name in _MADE:
        if name in extra:
            raise InvalidSetting("esp_extra", name, "it is made of the message")
    if not interface.row.takes_others:
        known = interface.row.parameters.values()
        for name in extra:
            if name not in known:
                hint = f"it has {', '.join(sorted(known))}; for the parameters of the API v2 {_BY_V2}"
                raise UnsupportedSetting(f"esp_extra {quoted(name, 60)}", interface, hint)
    holder: Any = {}
    for part in reversed(interface.row.data):
        holder = {part: holder or b""}
    return Submission.from_request({**extra, **holder}, interface).parameters
