"""The app for INSTALLED_APPS, which has the settings checked."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register


class SesMimeConfig(AppConfig):
    """sesmime, which has no models."""

    name = "sesmime.django"
    label = "sesmime"
    verbose_name = "sesmime"

    def ready(self) -> None:
        """Have the settings checked."""
        from sesmime.django.checks import check_settings

        register(check_settings)
