"""SES712."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from sesmime.linter.kit import (
    CUSTOM_PATH,
    LINK_TAGS,
    OPEN_TRACKER,
    DirectiveText,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    rule,
    texts_with_directives,
)
from sesmime.ses.pages import OVERRIDES

_OPEN: Final = "OpenTrackingEnabled"
_CLICK: Final = "ClickTrackingEnabled"


@rule(
    "SES712",
    severity=Severity.INFO,
    evidence=Evidence.DOCUMENTED,
    source=OVERRIDES,
    stage=Stage.LISTS,
    order=110,
    subject=Subject.PARAMETERS,
    triggers=(":directive",),
)
def overridden_tracking_directive(outgoing: Outgoing) -> Iterator[Fault]:
    """The request turns tracking off that a directive in the HTML asks for.

    ConfigurationOverrides overrules the configuration set for one request: SES removes the open tracker, and leaves
    links as they are, so that no open, click or link tag is published.
    """
    tracking = _members(_members(outgoing.request.get("ConfigurationOverrides")).get("Tracking"))
    texts = [text for text in outgoing.once(texts_with_directives) if text.is_html]
    for name, directives in ((_OPEN, _open_trackers(texts)), (_CLICK, _of_links(texts))):
        if tracking.get(name) == "DISABLED":
            for directive in islice(directives, 1):
                yield Fault(
                    f"{directive} has no effect: {name} is DISABLED for this request",
                    parameter=f"ConfigurationOverrides.Tracking.{name}",
                    fix=Fix("leave out the override, or the directive"),
                )


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _open_trackers(texts: list[DirectiveText]) -> Iterator[str]:
    return (OPEN_TRACKER.decode() for text in texts for _ in text.directives.open_trackers)


def _of_links(texts: list[DirectiveText]) -> Iterator[str]:
    links = (link for text in texts for link in text.directives.links)
    return (one.name for link in links for one in link.directives if one.name in (LINK_TAGS, CUSTOM_PATH))
