"""Templates rendered: Handlebars' variables, `#if`, `#each` and `else`, by moto's renderer.

An attribute that the data do not have is a rendering failure: SES takes the call and publishes the event Rendering
Failure. Sources: dg/send-personalized-email-advanced; aws/aws-sdk-js#2239.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.ses.exceptions import MissingRenderingAttributeException
from moto.ses.template import parse_template

from sesmime.local.answers import Refusal


class RenderingFailure(Exception):
    """The data lack an attribute of the template; the text is SES's."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The parts of a template, rendered; None where the template has none."""

    subject: str | None
    text: str | None
    html: str | None


def template_data(text: str | None, *, invalid_code: str) -> dict[str, Any]:
    """Read template data; raises `Refusal` for what is no JSON object."""
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refusal(invalid_code, "The template data is invalid")
    return data


def render(parts: Mapping[str, str | None], data: Mapping[str, Any]) -> Rendered:
    """Render subject, text and html; raises `RenderingFailure` for an attribute that the data lack."""
    return Rendered(*(_rendered(parts.get(name), data) for name in ("subject", "text", "html")))


def _rendered(template: str | None, data: Mapping[str, Any]) -> str | None:
    if template is None:
        return None
    try:
        return str(parse_template(template, dict(data)))
    except MissingRenderingAttributeException as error:
        raise RenderingFailure(str(getattr(error, "message", error))) from None


def simple_content(rendered: Rendered) -> dict[str, Any]:
    """Return the simple content, as both APIs have it, that says what a rendered template says."""
    texts = {"Text": rendered.text, "Html": rendered.html}
    body = {name: {"Data": text, "Charset": "UTF-8"} for name, text in texts.items() if text is not None}
    return {
        "Subject": {"Data": rendered.subject or "", "Charset": "UTF-8"},
        "Body": body or {"Text": {"Data": "", "Charset": "UTF-8"}},
    }
