"""Templates: Handlebars as SES has it."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime.local.rendering import RenderingFailure, faulty, render

pytestmark = pytest.mark.edges


def rendered(template: str, data: dict[str, Any]) -> str | None:
    return render({"text": template}, data).text


@pytest.mark.parametrize(
    ("template", "data", "text"),
    [
        ("Hi {{name}}", {"name": "Jo"}, "Hi Jo"),
        ("Hi {{ name.first }}", {"name": {"first": "Jo"}}, "Hi Jo"),
        ("{{n}} {{yes}}", {"n": 3, "yes": True}, "3 true"),
        ("{{#if a}}y{{else}}n{{/if}}", {"a": False}, "n"),
        ("{{#unless a}}u{{/unless}}", {"a": 0}, "u"),
        ("{{#each xs}}{{@index}}{{this}},{{/each}}", {"xs": ["a", "b"]}, "0a,1b,"),
        ("{{#each xs}}{{#if n}}{{n}};{{else}}-{{/if}}{{/each}}", {"xs": [{"n": 1}, {"n": 0}]}, "1;-"),
        ("{{#with a}}{{b}}{{/with}}", {"a": {"b": "c"}}, "c"),
        ("a { b } }} {{! note }}c", {}, "a { b } }} c"),
        # dg/send-personalized-email-advanced: "Amazon SES doesn't escape HTML content when rendering".
        ("{{html}} {{{html}}}", {"html": "<b>&</b>"}, "<b>&</b> <b>&</b>"),
        ('{{#* inline "p"}}P{{n}}{{/inline}}{{> p}}', {"n": 3}, "P3"),
        # What SES puts in later stays.
        ("{{amazonSESUnsubscribeUrl}} {{ses:openTracker}}", {}, "{{amazonSESUnsubscribeUrl}} {{ses:openTracker}}"),
    ],
)
def test_it_is_handlebars_without_escaping(template: str, data: dict[str, Any], text: str) -> None:
    assert rendered(template, data) == text


@pytest.mark.parametrize("template", ["{{name}}", "{{#each xs}}{{name}}{{/each}}", "{{user.name}}"])
def test_a_missing_attribute_is_told_in_the_words_of_ses(template: str) -> None:
    with pytest.raises(RenderingFailure, match=r"^Attribute '(user\.)?name' is not present in the rendering data\.$"):
        rendered(template, {"xs": [1], "user": {}})


@pytest.mark.parametrize("template", ["{{name", "{{#if a}}", "{{/if}}", "{{#each xs}}{{/if}}"])
def test_malformed_templates_fail_and_raise_nothing_else(template: str) -> None:
    with pytest.raises(RenderingFailure):
        rendered(template, {"a": 1})


def test_blocks_that_would_multiply_the_work_are_refused() -> None:
    with pytest.raises(RenderingFailure, match="more than 3 deep"):
        rendered("{{#each xs}}" * 4 + "a" + "{{/each}}" * 4, {"xs": [1, 2]})
    with pytest.raises(RenderingFailure):
        rendered("{{#if a}}" * 3000 + "{{/if}}" * 3000, {"a": 1})


def test_the_syntax_of_a_template_is_told() -> None:
    assert faulty("Hi {{name}}") is None
    assert faulty("Hi {{name") is not None
