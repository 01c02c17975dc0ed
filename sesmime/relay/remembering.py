"""What a spool keeps of a request beside its message, as JSON: settings, destinations, texts with any character."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, Final

from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination

_NAMES: Final = tuple(one.name for one in fields(ApiParameters) if one.name != "destination")


def settings_as_json(parameters: ApiParameters) -> str:
    """Return the settings that are given, less the destination; TypeError for what JSON has no form for, in `extra`.

    >>> settings_as_json(ApiParameters(configuration_set="shop", message_tags=[("campaign", "spring")]))
    '{"message_tags": [["campaign", "spring"]], "configuration_set": "shop"}'
    """
    values = {name: getattr(parameters, name) for name in _NAMES}
    return json.dumps({name: value for name, value in values.items() if value is not None})


def destination_as_json(destination: Destination) -> str:
    """Return To, Cc and Bcc, three lists."""
    return json.dumps([destination.to, destination.cc, destination.bcc])


def destination_from_json(told: str) -> Destination:
    """Return the destination again."""
    return Destination(*json.loads(told))


def text_as_json(text: str) -> str:
    """Return a text as ASCII: an octet that is no character (a surrogate) could not be stored otherwise."""
    return json.dumps(text)


def text_from_json(told: str) -> str:
    """Return the text again."""
    text = json.loads(told)
    assert isinstance(text, str)
    return text


def call_of(
    number: int,
    message: int,
    attempts: int,
    received: float,
    until: float,
    octets: bytes,
    settings: str,
    destination: str,
    interface: str,
    sender: str,
    message_id: str,
) -> tuple[Any, ...]:
    """Return the values of a `Call` from those of a row."""
    parameters = ApiParameters(**json.loads(settings), destination=destination_from_json(destination))
    texts = text_from_json(sender), text_from_json(message_id)
    return number, message, attempts, received, until, octets, parameters, Interface(interface), *texts
