"""What is counted of a message, under Hypothesis: directives in HTML, dimensions, configurations."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sesmime import ApiParameters, Interface, MessageTag, Submission
from sesmime.events import configuration_problems, dimension_values, read_destinations
from sesmime.ses.directives import OPEN_TRACKER, read_directives
from sesmime.ses.links import UNSUBSCRIBE

_HTML = st.lists(
    st.sampled_from(
        [
            *("<a ", "<A\n", "<td ", "</a>", ">", "/>", "<!--", "-->", "<![if x]>", "<script>", "</script>", "<", "&"),
            *("'", '"', "=", " ", "href=", "https://a.example", "ses:tags=", "ses:no-track", "ses:custom-path="),
            *("a:b;", "\u00e9", "{{ses:openTracker}}", "{{amazonSESUnsubscribeUrl}}", "\x00", "\udcff"),
            "<a href='https://a.example'>",
        ]
    ),
    max_size=30,
).map("".join)
_WORD = st.text("abcXYZ019_-", min_size=1, max_size=8)
_NAMES = st.sampled_from(
    ["", "a", "x-a", "To", "ses:from-domain", "ses:feedback-id-a", "gr\u00f6\u00dfe", "\udcff", "b" * 300]
)
_SOURCES: st.SearchStrategy[Any] = st.sampled_from(
    ["messageTag", "emailHeader", "linkTag", "MESSAGE_TAG", "EMAIL_HEADER", "LINK_TAG", "x", "", None, 1, []]
)
_DIMENSION = st.fixed_dictionaries(
    {}, optional={"DimensionName": _NAMES, "DimensionValueSource": _SOURCES, "DefaultDimensionValue": _NAMES}
)
_CLOUDWATCH = st.one_of(
    st.fixed_dictionaries({"DimensionConfigurations": st.lists(st.one_of(_DIMENSION, st.none()), max_size=3)}),
    st.just({"DimensionConfigurations": 1}),
    st.none(),
)
_DESTINATIONS = st.fixed_dictionaries(
    {"CloudWatchDestination": _CLOUDWATCH, "MatchingEventTypes": st.one_of(st.none(), st.lists(_NAMES, max_size=3))},
    optional={"Name": _NAMES, "Enabled": st.one_of(st.booleans(), st.none()), "SnsDestination": st.one_of(_NAMES)},
)


class TestDirectives:
    """Places are those of what is found; what is planted is found."""

    @given(_HTML)
    def test_every_place_holds_what_it_is_said_to_hold(self, html: str) -> None:
        text = html.encode("utf-8", "surrogateescape")
        found = read_directives(text)
        for link in found.links:
            assert text[slice(*link.span)][:2].lower() == b"<a"
            for one in link.directives:
                assert link.span.start <= one.span.start <= one.span.stop <= link.span.stop
                assert one.name.encode() in text[slice(*link.span)].lower()
        assert [text[slice(*place)] for place in found.open_trackers] == [OPEN_TRACKER] * text.count(OPEN_TRACKER)
        assert len(found.unsubscribe_places) == text.count(UNSUBSCRIBE)

    @given(st.text(st.characters(exclude_characters="<", codec="utf-8")), st.dictionaries(_WORD, _WORD, min_size=1))
    def test_a_planted_link_is_found_with_its_tags(self, before: str, tags: dict[str, str]) -> None:
        pairs = "".join(f"{name}:{value};" for name, value in tags.items())
        html = f'{before}<a href="https://a.example" ses:tags="{pairs}">x</a>'.encode()
        (link,) = read_directives(html).links
        assert link.tags == tuple(MessageTag(name, value) for name, value in tags.items())
        assert link.malformed_tags == ()
        assert link.span.start == len(before.encode())
        assert html[slice(*link.directives[0].span)] == pairs.encode()


class TestDimensions:
    """Law 1: nothing raises on content. A dimension has a value, or a reason for none."""

    @given(
        st.binary(max_size=60),
        _HTML,
        st.lists(st.tuples(_NAMES, _NAMES), max_size=2),
        _DESTINATIONS,
        st.sampled_from(list(Interface)),
    )
    def test_every_dimension_is_told_of(
        self, head: bytes, html: str, tags: list[tuple[str, str]], destination: dict[str, Any], interface: Interface
    ) -> None:
        message = head + b"\r\nX-A: b\r\nContent-Type: text/html\r\n\r\n" + html.encode("utf-8", "surrogateescape")
        extra = {"Content": {"Simple": {"Body": {"Html": {"Data": html}}}, "Template": head}, "Destinations": [{}, 1]}
        submission = Submission(message, ApiParameters(message_tags=tags, extra=extra), interface)
        (one,) = read_destinations(destination)
        configuration_problems(destination)
        if "CloudWatchDestination" not in one.kinds:
            return
        found = dimension_values(submission, destination)
        assert {value.name for value in found} == {dimension.name for dimension in one.dimensions}
        for value in found:
            assert value.reason
            assert value.value is None or value.lost is None
            assert value.value is None or value.value.isascii() or value.value in (d.default for d in one.dimensions)
