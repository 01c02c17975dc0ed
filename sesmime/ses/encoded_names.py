"""Display names beyond ASCII in the parameters of a request: they arrive mangled, and encoded words do not.

SES takes such a name as it is, in fields and in parameters; in a parameter it comes out as other characters
(aws/aws-sdk-js-v3#2350, mautic/mautic#9345). The API asks for encoded words (v1:Source).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sesmime.mime.address_names import encode_names
from sesmime.ses.interfaces import Interface
from sesmime.ses.request_guide import DESTINATION_LISTS, ENTRIES
from sesmime.ses.settings import ApiParameters, Destination


def with_encoded_names(parameters: ApiParameters, interface: Interface) -> ApiParameters:
    """Return the parameters with the display names in all addresses as encoded words; over SMTP as they are.

    Addresses stay as they were written. Of bulk calls the destination of each entry is meant too; what has not the form
    of the service model is left. The given parameters themselves, where nothing changes; twice is once.

    >>> with_encoded_names(ApiParameters(source="Zoë <a@b.example>"), Interface.SEND_EMAIL).source
    '=?utf-8?q?Zo=C3=AB?= <a@b.example>'
    """
    if interface is Interface.SMTP:
        return parameters
    changed: dict[str, Any] = {}
    for setting in ("source", "return_path"):
        text = getattr(parameters, setting)
        if text is not None and not text.isascii():
            changed[setting] = encode_names(text)
    if parameters.reply_to is not None:
        changed["reply_to"] = tuple(map(encode_names, parameters.reply_to))
    if (given := parameters.destination) is not None:
        lists = (given.to, given.cc, given.bcc)
        changed["destination"] = Destination(*(tuple(map(encode_names, texts)) for texts in lists))
    if parameters.extra is not None and (holder := ENTRIES.get(interface)) is not None:
        changed["extra"] = tuple(
            (name, _entries(value) if name == holder else value) for name, value in parameters.extra
        )
    changed = {setting: value for setting, value in changed.items() if value != getattr(parameters, setting)}
    return replace(parameters, **changed) if changed else parameters


def _entries(value: Any) -> Any:
    return [_entry(one) for one in value] if isinstance(value, list | tuple) else value


def _entry(value: Any) -> Any:
    destination = value.get("Destination") if isinstance(value, Mapping) else None
    if not isinstance(destination, Mapping):
        return value
    lists = {name: destination[name] for name in DESTINATION_LISTS if name in destination}
    written = {name: _texts(texts) for name, texts in lists.items()}
    return value if written == lists else {**value, "Destination": {**destination, **written}}


def _texts(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    return [encode_names(text) if isinstance(text, str) else text for text in value]
