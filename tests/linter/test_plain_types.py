"""Fields of types that need no second look: what is taken for plain is read alike by all readers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sesmime import parse
from sesmime.linter.view.part import Part
from tests.labels import labels_are_fields

KINDS = (
    " text/plain",
    "TEXT/Html",
    " multipart/mixed",
    "\r\n Multipart/Mixed",
    " image/svg+xml",
    " text",
    " a/b/c",
    "",
)
BEFORE = (";", "; ", " ;", "; \r\n\t", ";\n ", ",", " ", ";;", "; (c) ", "")
NAMES = (
    "charset",
    "CHARSET",
    "boundary",
    "Boundary",
    "name",
    "format",
    "DelSp",
    "x-unix-mode",
    "name*",
    "b c",
    "=?q",
    "",
)
VALUES = (
    "utf-8", '"utf-8"', "US-ASCII", "flowed", '"flowed"', "0644", '"----=_Part_1.2"', "a+b", '"a b.txt"', "a.exe",
    '"Mon, 20 Oct 2014 07:15:27 GMT"', '"a\\"b"', '"=?utf-8?q?a?="', '""', "a b", "a/b", "a(b)", "a*b", "\xe9", "",
    '"a!b.zip"', "a!b.zip",
    '"', '"a;b"', "a;b", '"a*b"', '"(a)"', "[a]", '" a"', '"a "', "'a'", "%41", "a,b", "a:b", '"a/b:c"', '"a\tb"',
)  # fmt: skip
END = ("", "\r\n", "\n", ";\r\n", " \r\n", "\r", " (c)\r\n", "\r\n \r\n")
PARAMETERS = st.lists(
    st.tuples(
        st.one_of(st.just("; "), st.sampled_from(BEFORE)),
        st.one_of(st.sampled_from(NAMES[:8]), st.sampled_from(NAMES)),
        st.one_of(st.sampled_from(VALUES[:10]), st.sampled_from(VALUES)),
    ),
    max_size=4,
)


def part_of(label: str) -> Part:
    """Return a message as a part, its type as given; where the label ends with a line end, X is no field of it."""
    return Part(parse(b"Content-Type:" + label.encode("latin-1") + b"\r\nX: y\r\n\r\nHello\r\n"))


def written(kind: str, parameters: Iterable[tuple[str, str, str]], end: str) -> str:
    """Return what follows the colon."""
    return kind + "".join(f"{before}{name}={value}" for before, name, value in parameters) + end


@pytest.mark.property
@settings(max_examples=2_000)
@given(st.sampled_from(KINDS), PARAMETERS, st.sampled_from(END))
@example(" text/plain", [("; ", "charset", "utf-8"), ("; ", "CHARSET", "utf-8")], "\r\n")
@example(" text/plain", [("; ", "charset", '"utf-8"'), (" ;", "format", '"flowed"')], "\r\n")
@example(" multipart/mixed", [("; ", "boundary", '"a "')], "\r\n")
def test_what_is_plain_is_read_alike(kind: str, parameters: list[tuple[str, str, str]], end: str) -> None:
    for root in (
        part_of(written(kind, parameters, end)),
        part_of(written(kind, parameters, end).replace("\r\n", "\n")),
    ):
        labels_are_fields(root.entity)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (" text/plain", ("text/plain", None, None, None)),
        (" text/plain; " + "a" * 32 + "=b", ("text/plain", None, None, None)),
        (" text/plain" + "".join(f"; {'a' * number}=b" for number in range(1, 17)), ("text/plain", None, None, None)),
        (" TEXT/Plain; CHARSET=US-ASCII", ("text/plain", "US-ASCII", None, None)),
        (' text/plain; charset="utf-8" ; format="flowed"', ("text/plain", "utf-8", None, None)),
        (" text/plain; charset=utf-8; format=flowed; DelSp=Yes", ("text/plain", "utf-8", None, None)),
        (' a/b; \n\tname="b.example!c.example!1!2.xml.gz"', ("a/b", None, None, "b.example!c.example!1!2.xml.gz")),
        (' image/png;\r\n\tx-unix-mode=0644;\r\n\tname="a b.png"', ("image/png", None, None, "a b.png")),
        (
            ' multipart/report; \r\n\tboundary="----=_P_1"; \r\n\treport-type=x',
            ("multipart/report", None, "----=_P_1", None),
        ),
    ],
)
def test_what_most_fields_look_like_is_plain(label: str, told: tuple[str | None, ...]) -> None:
    assert part_of(label).plain_type == told


@pytest.mark.parametrize(
    "label",
    [
        " text/plain; charset=utf-8; charset=utf-8",
        " text/plain; format=flowed; FORMAT=flowed",
        " text/plain; charset=utf-8 (c)",
        " text/plain; charset*=utf-8",
        ' text/plain; name="=?utf-8?q?a?="',
        " text/plain; name=a b",
        " text/plain;",
        " text/plain; " + "a" * 33 + "=b",
        " text/plain" + "".join(f"; {'a' * number}=b" for number in range(1, 18)),
        " text",
        " text/plain charset=utf-8",
        ' text/plain; x=""',
        ' text/plain; x="\\a"',
        " multipart/mixed; boundary=a\xe9",
        ' multipart/mixed; boundary="a b"',
    ],
)
def test_what_some_reader_may_take_for_something_else_is_not_plain(label: str) -> None:
    assert part_of(label).plain_type is None
