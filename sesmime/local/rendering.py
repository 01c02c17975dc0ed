"""Templates rendered: Handlebars, by a binding of its Rust implementation, without escaping, as SES does.

An attribute that the data do not have is a rendering failure: SES takes the call and publishes the event Rendering
Failure. Sources: dg/send-personalized-email-advanced (Handlebars, nothing is escaped); aws/aws-sdk-js#2239.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pyhandlebars import PyHandlebars, PyHandlebarsError, Template, TemplateParseError

from sesmime.local.answers import Refusal

# What SES puts in later, so that it is no attribute of the data.
_LATER: Final = re.compile(r"\{\{(amazonSESUnsubscribeUrl|ses:openTracker)\}\}")
# An expression that is no block, partial, comment, nor raw already.
_ESCAPED: Final = re.compile(r"(?<![\{\\])\{\{(~?)(?![\{#/!>&^~*]|\s*else\b)([^{}]+?)(~?)\}\}(?!\})")
_MISSING: Final = re.compile(r"the variable '([^']*)' is expected")
# The beginnings and ends of blocks, and calls of partials, which have no end where no # stands before them.
_BLOCK: Final = re.compile(r"\{\{\{?\{?~?\s*(#\*|#>|#|\^(?=\s*[a-z])|/|>)\s*\*?\s*([\w(\"@.-]*)")
# What a template may be: so large (500 KB, dg/quotas), blocks so deep, repeated so often, and so much written.
MAX_TEMPLATE: Final = 512 * 1024  # characters
MAX_DEPTH: Final = 50
MAX_REPEATS: Final = 1_000_000
MAX_WRITTEN: Final = 400_000_000  # characters, if all of the template stood in its innermost block


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
        json.dumps(data, ensure_ascii=False).encode()  # halves of surrogate pairs cannot be written
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refusal(invalid_code, "The template data is invalid")
    return data


def render(parts: Mapping[str, str | None], data: Mapping[str, Any]) -> Rendered:
    """Render subject, text and html; raises `RenderingFailure` for an attribute that the data lack.

    A template that would keep the server busy (`excess`) is a failure too.

    >>> render({"text": "{{name.first}}: {{#each items}}<{{this}}>{{/each}}"}, {"name": {"first": "Jo"}, "items": [1]})
    Rendered(subject=None, text='Jo: <1>', html=None)
    """
    return Rendered(*(_rendered(parts.get(name), dict(data)) for name in ("subject", "text", "html")))


def faulty(template: str | None) -> str | None:
    """Return what is wrong with a template's syntax, None for nothing."""
    if template is None:
        return None
    if len(template) > MAX_TEMPLATE:
        return "the template is too long"
    try:
        _compiled(template)
    except (TemplateParseError, ValueError) as error:
        return str(error).splitlines()[0][:200]
    return None


def simple_content(rendered: Rendered) -> dict[str, Any]:
    """Return the simple content, as both APIs have it, that says what a rendered template says."""
    texts = {"Text": rendered.text, "Html": rendered.html}
    body = {name: {"Data": text, "Charset": "UTF-8"} for name, text in texts.items() if text is not None}
    return {
        "Subject": {"Data": rendered.subject or "", "Charset": "UTF-8"},
        "Body": body or {"Text": {"Data": "", "Charset": "UTF-8"}},
    }


def _rendered(template: str | None, data: dict[str, Any]) -> str | None:
    if template is None:
        return None
    too_much = excess(template, data)
    if too_much is not None:
        raise RenderingFailure(too_much)
    try:
        return str(_compiled(template).format(data))
    except TemplateParseError as error:
        raise RenderingFailure(f"The template is malformed: {str(error).splitlines()[0][:200]}") from None
    except (PyHandlebarsError, ValueError, OverflowError) as error:
        missing = _MISSING.search(str(error))
        if missing is None:
            raise RenderingFailure(f"The template cannot be rendered: {str(error).splitlines()[0][:200]}") from None
        raise RenderingFailure(f"Attribute '{missing[1]}' is not present in the rendering data.") from None


def _compiled(template: str) -> Any:
    """Return a template that escapes nothing, and leaves what SES puts in later."""
    raw = _LATER.sub(r"\\{{\1}}", template)
    raw = _ESCAPED.sub(r"{{\1{\2}\3}}", raw)
    return Template(raw, client=PyHandlebars(strict_mode=True))


def excess(template: str, data: Any) -> str | None:
    """Return why a template would keep the server busy, or overturn it; None for one that does not."""
    if len(template) > MAX_TEMPLATE:
        return f"The template has more than {MAX_TEMPLATE:,} characters."
    depth = repeated = most = inline = 0
    for block in _BLOCK.finditer(template):
        mark, name = block[1], block[2]
        if mark in (">", "#>") and (inline or name.startswith(("(", "@"))):
            return "The template has a partial inside a partial, or one whose name is not fixed."
        if mark == "/":
            depth -= 1
            repeated -= name == "each"
            inline -= name == "inline"
        elif mark != ">":
            depth += 1
            repeated += name == "each"
            inline += mark == "#*"
        most = max(most, repeated)
        if depth > MAX_DEPTH:
            return f"The template has blocks more than {MAX_DEPTH} deep."
    longest, text = _longest(data)
    times = max(1, longest) ** most
    put_in = times * template.count("{{") * text  # if each expression were the longest text, each time
    if times > MAX_REPEATS or put_in > MAX_WRITTEN or (times * len(template) > MAX_WRITTEN and most):
        return "The template is too large when it is rendered with these data."
    return None


def _longest(data: Any) -> tuple[int, int]:
    """Return the length of the longest list or object in the data, and of the longest text, however deep."""
    longest, text, waiting = 0, 0, [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list | dict):
            longest = max(longest, len(one))
            waiting.extend(one.values() if isinstance(one, dict) else one)
        elif isinstance(one, str):
            text = max(text, len(one))
    return longest, text
