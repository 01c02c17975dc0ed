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


@pytest.mark.parametrize(
    ("template", "data"),
    [
        ("{{#each xs}}" * 4 + "a" + "{{/each}}" * 4, {"xs": list(range(100))}),
        ("{{#if a}}" * 100_000 + "{{/if}}" * 100_000, {"a": 1}),
        ("{{#each xs}}" + "x" * 100_000 + "{{/each}}", {"xs": list(range(10_000))}),
        ('{{#* inline "p"}}{{> p}}{{/inline}}{{> p}}', {}),
        ('{{#*inline "p"}}{{#> p}}{{/p}}{{/inline}}{{> p}}', {}),
        ("{{> (lookup . 'a')}}", {"a": "b"}),
        ("{{#> @partial-block}}{{/@partial-block}}", {}),
    ],
    ids=["repeats", "depth", "size", "recursion", "block recursion", "dynamic", "partial block"],
)
def test_what_would_keep_the_server_busy_is_refused(template: str, data: dict[str, Any]) -> None:
    with pytest.raises(RenderingFailure):
        rendered(template, data)


def test_the_syntax_of_a_template_is_told() -> None:
    assert faulty("Hi {{name}}") is None
    assert faulty("Hi {{name") is not None
