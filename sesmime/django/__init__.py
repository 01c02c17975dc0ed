"""Django: a backend that sends through Amazon SES by boto3, and a mixin that checks messages in front of another one.

    MAILERS = {"default": {"BACKEND": "sesmime.django.SesEmailBackend"}}  # from Django 6.1 on
    EMAIL_BACKEND = "sesmime.django.SesEmailBackend"  # before
    SESMIME = {"interface": "sesv2", "region": "eu-west-1", "configuration_set": "shop"}

In MAILERS the keys of SESMIME may stand as OPTIONS of SesEmailBackend; there they win. "sesmime.django" in
INSTALLED_APPS has `manage.py check` tell what is wrong in the settings. Signals before and after a message are in
`sesmime.django.signals`; what SES sends back is received by `sesmime.django.events`. Nothing here is asynchronous.
"""

from __future__ import annotations

try:
    import django.core.mail as _mail
except ModuleNotFoundError as error:
    raise ImportError("sesmime.django needs Django: pip install 'sesmime[django]'") from error

from sesmime.django.backend import SesEmailBackend
from sesmime.django.mixin import CheckedMixin

__all__ = ["CheckedMixin", "SesEmailBackend"]

del _mail
