"""The templates, and what the one of a message is given."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sesmime.local.inbox import Kept
from sesmime.local.page import views
from sesmime.local.page.objects import verdict_of
from sesmime.local.page.shown import finalize, shown_octets, shown_text


@lru_cache(maxsize=1)
def make_environment() -> Environment:
    """Return the environment: whatever it writes of a value is escaped, for HTML and of controls.

    It is kept, with its templates compiled.
    """
    environment = Environment(
        loader=PackageLoader("sesmime.local.page"),
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["octets"] = shown_octets
    environment.filters["short"] = shown_text
    environment.filters["verdict"] = verdict_of
    environment.filters["record"] = views.record_text
    environment.filters["row"] = views.finding_row
    return environment


def message_values(kept: Kept) -> dict[str, Any]:
    """Return what the template of a message is given; a static page changes the last three."""
    return {
        "kept": kept,
        "view": views.view_of(kept),
        "recipients": views.recipients_of(kept),
        "settings": views.settings_of(kept.resolution),
        "findings": [views.finding_row(finding) for finding in kept.report[: views.MAX_FINDINGS]],
        "more_findings": len(kept.report) - views.MAX_FINDINGS,
        "request": views.request_text(kept.request),
        "reason": None if kept.rejection is None else views.finding_row(kept.rejection.finding),
        "events": kept.events[-views.MAX_EVENTS :],
        "anchor": "",
        "static_file": False,
        "framed": None,
    }
