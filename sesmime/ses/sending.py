"""An envelope and defaults as API parameters: what the edges have in common that are handed messages to send on.

A mail program hands over a message with a sender and recipients of its own, as SMTP does, and whoever runs the edge has
settings for messages that say nothing themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sesmime.mime.fields import Message, parse_header_section
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import SETTINGS, ApiParameters, Destination, parameter_setting


def handed_over(
    message: Message,
    *,
    interface: Interface,
    destination: Destination,
    sender: str | None = None,
    given: ApiParameters = ApiParameters(),
    defaults: ApiParameters = ApiParameters(),
) -> ApiParameters:
    r"""Return the parameters by which an API sends a message as its envelope says.

    The sender becomes what SMTP's MAIL FROM is, the address that hears of bounces: Source on the API v1,
    FeedbackForwardingEmailAddress on v2, whose FromEmailAddress would take the place of the From field. A setting of
    `defaults` holds where neither `given` nor an SES field of the message, right or wrong, says anything. Tags are not
    joined. Never raises on content.

    >>> defaults = ApiParameters(configuration_set="shop", tenant="acme")
    >>> message = b"X-SES-CONFIGURATION-SET: news\r\n\r\n"
    >>> interface = Interface.V2_SEND_EMAIL_RAW
    >>> made = handed_over(
    ...     message, interface=interface, destination=Destination(), sender="b@a.example", defaults=defaults
    ... )
    >>> made.configuration_set, made.tenant, made.source, made.return_path
    (None, 'acme', None, 'b@a.example')
    """
    section = parse_header_section(message)
    said = {parameter_setting(setting, interface) for setting, row in SES_FIELDS.items() if row.name in section}
    open_settings = [setting for setting in SETTINGS if setting not in said and not getattr(given, setting)]
    settings: dict[str, Any] = {
        setting: getattr(defaults, setting) for setting in open_settings if getattr(defaults, setting)
    }
    settings["destination"] = destination
    if sender is not None:
        settings["return_path" if interface.is_v2 else "source"] = sender
    return replace(given, **settings)
