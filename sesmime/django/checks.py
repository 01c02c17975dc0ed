"""The system check of the settings, for "sesmime.django" in INSTALLED_APPS: `manage.py check` tells what is wrong.

- sesmime.E001: SESMIME holds an unknown key, a value of a wrong type, or settings that do not go together.
- sesmime.E002: so do the OPTIONS of a backend in MAILERS, together with SESMIME.
- sesmime.W001: a setting of django-ses or of anymail is there, and the backend does not read it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

from sesmime.django.backend import SesEmailBackend
from sesmime.django.settings import OPTIONS, problems

# The settings that people had before, and where theirs stands now; "" where there is none.
_BEFORE: Final[Mapping[str, str]] = {
    "AWS_SES_REGION_NAME": "region",
    "AWS_SES_REGION_ENDPOINT": "endpoint_url",
    "AWS_SES_REGION_ENDPOINT_URL": "endpoint_url",
    "AWS_SES_ACCESS_KEY_ID": "session",
    "AWS_SES_SECRET_ACCESS_KEY": "session",
    "AWS_SES_SESSION_TOKEN": "session",
    "AWS_SESSION_PROFILE": "profile",
    "AWS_SES_CONFIG": "client",
    "AWS_SES_CONFIGURATION_SET": "configuration_set",
    "AWS_SES_SOURCE_ARN": "source_arn",
    "AWS_SES_FROM_ARN": "from_arn",
    "AWS_SES_RETURN_PATH_ARN": "return_path_arn",
    "AWS_SES_RETURN_PATH": "feedback_address",
    "AWS_SES_AUTO_THROTTLE": "rate_limit",
    "AWS_SES_GLOBAL_ENDPOINT_ID": "endpoint_id",
    "AWS_SES_FROM_EMAIL": "",
    "AWS_SES_USE_BLACKLIST": "",
    "USE_SES_V2": "interface",
    "DKIM_PRIVATE_KEY": "",
}
_BEFORE_OF_ANYMAIL: Final = (
    "AMAZON_SES_CLIENT_PARAMS",
    "AMAZON_SES_SESSION_PARAMS",
    "AMAZON_SES_CONFIGURATION_SET_NAME",
    "AMAZON_SES_MESSAGE_TAG_NAME",
    "AMAZON_SES_SEND_DEFAULTS",
    "AMAZON_SES_IGNORE_UNSUPPORTED_FEATURES",
    "SEND_DEFAULTS",
    "IGNORE_UNSUPPORTED_FEATURES",
    "IGNORE_RECIPIENT_STATUS",
)
_TOPIC: Final = "see `sesmime help django-ses`"


def check_settings(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Return everything that is wrong in the settings of the Django edge."""
    found = getattr(settings, "SESMIME", {})
    if not isinstance(found, Mapping):
        return [Error(f"SESMIME must be a dict, not {type(found).__name__}", id="sesmime.E001")]
    told = [Error(f"SESMIME: {text}", id="sesmime.E001") for text in problems(found)]
    if not told:
        told += _of_mailers(found)
    return [*told, *_left_behind()]


def _of_mailers(found: Mapping[str, Any]) -> Iterator[Error]:
    for alias, mailer in getattr(settings, "MAILERS", {}).items():
        if not _is_ours(mailer.get("BACKEND")):
            continue
        options = {name: value for name, value in mailer.get("OPTIONS", {}).items() if name != "fail_silently"}
        unknown = [name for name in options if name not in OPTIONS]
        for name in unknown:
            yield Error(
                f"MAILERS[{alias!r}]: {name!r} is not an option; choose from {', '.join(OPTIONS)}", id="sesmime.E002"
            )
        known = {name: value for name, value in options.items() if name in OPTIONS and value is not None}
        for text in problems({**found, **known}):
            yield Error(f"MAILERS[{alias!r}]: {text}", id="sesmime.E002")


def _left_behind() -> Iterator[CheckMessage]:
    names = [mailer.get("BACKEND") for mailer in getattr(settings, "MAILERS", {}).values()]
    if not names and settings.is_overridden("EMAIL_BACKEND"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # from 6.1 on Django tells by itself that the setting is deprecated
            names = [settings.EMAIL_BACKEND]
    if not any(map(_is_ours, names)):
        return
    for name, key in _BEFORE.items():
        if getattr(settings, name, None):
            hint = f'set SESMIME["{key}"]; {_TOPIC}' if key else _TOPIC
            yield Warning(f"{name} is not read by sesmime", hint=hint, id="sesmime.W001")
    for key in _of_anymail():
        yield Warning(f"ANYMAIL[{key!r}] is not read by sesmime", hint="see `sesmime help anymail`", id="sesmime.W001")


def _of_anymail() -> Iterator[str]:
    given = getattr(settings, "ANYMAIL", {})
    for key in given if isinstance(given, Mapping) else ():
        if key in _BEFORE_OF_ANYMAIL:
            yield key


def _is_ours(name: Any) -> bool:
    try:
        backend = import_string(name)
    except (ImportError, TypeError, AttributeError):
        return False  # Django tells that itself
    return isinstance(backend, type) and issubclass(backend, SesEmailBackend)
