"""Backends of others with sesmime's checks in front, as a project writes them. The packages must be installed."""

from __future__ import annotations

from typing import ClassVar

from anymail.backends import amazon_ses
from django.core.mail.backends import smtp
from django_ses import SESBackend

from sesmime import Interface
from sesmime.django import CheckedMixin


class Anymail(CheckedMixin, amazon_ses.EmailBackend):
    """anymail's backend for Amazon SES."""


class DjangoSes(CheckedMixin, SESBackend):
    """django-ses's backend by the API v1."""

    checked_interface: ClassVar[Interface] = Interface.SEND_RAW_EMAIL


class Smtp(CheckedMixin, smtp.EmailBackend):
    """Django's own backend, to SES's SMTP interface."""
