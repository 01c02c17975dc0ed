"""The scanner of boundaries: against Python's email on every short body, and where its ways of searching change."""

from __future__ import annotations

import email
import email.policy
import itertools
from typing import ClassVar

import pytest

from sesmime import Entity, Limits, Span, message_from_bytes, parse
from sesmime.mime import boundaries
from tests import laws
from tests.policy.trees import difference

HEAD = b"Content-Type: multipart/mixed; boundary=Q\r\n\r\n"
LINES = (
    *(b"--P\r\n\r\nx\r\n", b"--P--\r\n", b"--Q\r\n\r\n", b"--Q--\r\n", b"--Q", b"--Q--", b"\r\n", b"--QP\r\n"),
    *(b"--Q \t\r\n", b"-\n", b"--Q\nContent-Type: multipart/mixed; boundary=P\n\n",
    b"--Q\r\nContent-Type: message/rfc822\r\n\r\n"),
    b"--Q\r\nContent-Type: multipart/digest; boundary=Q\r\n\r\n",
)  # fmt: skip


def shape(entity: Entity) -> list[tuple[object, ...]]:
    return [(part.path, bytes(part.raw), [defect.name for defect in part.defects]) for part in entity.walk()]


def defects(entity: Entity) -> list[tuple[str, str, str, Span]]:
    return [(part.path, one.name, one.message, one.span) for part in entity.walk() for one in part.defects]


@pytest.mark.parametrize("first", LINES)
def test_every_short_body_is_divided_as_the_library_divides_it(first: bytes) -> None:
    for lines in itertools.product(LINES, repeat=2):
        message = HEAD + first + b"".join(lines)
        laws.tiles(message)
        ours = message_from_bytes(message, policy=email.policy.SMTP)
        assert difference(ours, email.message_from_bytes(message, policy=email.policy.SMTP)) is None, message


class TestSearching:
    """A delimiter is found wherever it is, however many lines look like one before it."""

    # What stands before it: nothing, few hyphens, so many that the search goes by line ends, and these far apart.
    BEFORE: ClassVar = {
        "nothing": b"",
        "a hyphen": b"-",
        "words": b"word " * 60,
        "hyphens": b"-x" * 400,
        "rows of hyphens": b"\r\n--x" * 300,
        "hyphens, words, hyphens": b"-x" * 200 + b"w" * 3_000 + b"-x" * 200,
        "hyphens far apart": (b"-" + b"x" * 700) * 120,
    }

    @pytest.mark.parametrize("before", BEFORE.values(), ids=[*BEFORE])
    @pytest.mark.parametrize("boundary", [b"Q", b"Q--", b"a longer boundary"])
    def test_a_delimiter_is_found_at_any_place(self, before: bytes, boundary: bytes) -> None:
        head = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
        for pad in [*range(12), 63, 64, 65, 127, 128, 129, 1_023, 1_024, 1_025, 4_000]:
            preamble = before + b"y" * pad
            message = head + preamble + b"\r\n--" + boundary + b"\r\n\r\nz" + b"\r\n--" + boundary + b"--"
            root = parse(message)
            (part,) = root.parts
            assert bytes(part.body) == b"z"
            assert root.preamble_span == Span(len(head), len(head) + len(preamble))
            assert root.epilogue_span == Span(len(message), len(message))
            assert root.defects == ()

    @pytest.mark.parametrize("boundary", [b"Q", b"a longer boundary"])
    @pytest.mark.parametrize("decoy", [b"", b"w\r\n--%sx\r\n"], ids=["nothing before", "one that is nearly it before"])
    def test_a_delimiter_at_the_edge_of_a_stretch_is_found(self, boundary: bytes, decoy: bytes) -> None:
        head = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
        # After so many hyphens the next stretch is searched for needles: behind the last of them it begins.
        start = b"-x" * (boundaries._MISSES - 1) + b"-"
        for before_end in range(-len(boundary) - 6, 2 * len(boundary) + 9):
            filler = boundaries._FIRST_STRETCH - before_end
            text = (decoy % boundary if decoy else b"").ljust(filler, b"w")
            message = head + start + text + b"\n--" + boundary + b"\r\n\r\nz\r\n--" + boundary + b"--"
            (part,) = parse(message).parts
            assert bytes(part.body) == b"z", before_end

    def test_delimiters_of_many_boundaries_end_what_is_inside(self) -> None:
        depth = 24
        message = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%02d\r\n\r\n--b%02d\r\n" % (n, n) for n in range(depth)
        )
        message += b"\r\n" + b"\r\n--x" * 100 + b"-x" * 100 + b"\r\n--b03\r\n\r\nlast\r\n--b03--\r\nafter"
        root = parse(message)
        third = next(part for part in root.walk() if part.path == "1.1.1" and part.is_multipart)
        assert [bytes(part.body) for part in third.parts][1:] == [b"last"]
        assert [len(list(part.walk())) for part in third.parts] == [depth - 3, 1]
        assert third.epilogue_span is not None
        assert bytes(message[slice(*third.epilogue_span)]) == b"after"
        laws.tiles(message)

    def test_a_line_that_is_too_long_for_any_delimiter_is_none(self) -> None:
        for line in (b"--Qx", b"--Q-", b"--Q---", b"--Q--x", b"--" + b"Q" * 90, b"--Q" + b" " * 900 + b"x"):
            assert parse(HEAD + line + b"\r\n--Q\r\n\r\nz\r\n--Q--\r\n").parts[0].body.tobytes() == b"z"
        for line in (b"--Q" + b" " * 900, b"--Q\t \t"):
            assert len(parse(HEAD + line + b"\r\n\r\nz\r\n--Q\r\n\r\nz\r\n--Q--\r\n").parts) == 2

    def test_the_ways_of_searching_are_all_taken(self) -> None:
        # The sizes above go past each of these.
        assert boundaries._MISSES < 200
        assert boundaries._FIRST_STRETCH <= 4_096
        assert boundaries._MANY_BOUNDARIES < 24


class TestTold:
    """What is wrong is told where it is, in words."""

    def test_a_multipart_without_a_delimiter_line(self) -> None:
        assert defects(parse(HEAD + b"text")) == [
            ("", "no-start-boundary", "this multipart has no delimiter line", Span(45, 45)),
        ]

    def test_a_multipart_that_ends_before_it_begins(self) -> None:
        assert defects(parse(HEAD + b"--Q--\r\n")) == [
            ("", "no-start-boundary", "the closing delimiter comes before any part", Span(45, 52)),
        ]

    def test_a_multipart_that_is_not_closed(self) -> None:
        assert defects(parse(HEAD + b"--Q\r\n\r\nx")) == [
            ("", "no-closing-boundary", "this multipart has no closing delimiter line", Span(53, 53)),
        ]

    def test_a_boundary_of_two(self) -> None:
        told = defects(parse(HEAD + b"--Q\r\n" + HEAD + b"--Q--\r\n"))
        assert ("1", "boundary-reused", "an enclosing multipart has the same boundary", Span(50, 93)) in told

    def test_all_that_are_open_are_told(self) -> None:
        inner = HEAD.replace(b"=Q", b"=P")
        told = defects(parse(HEAD + b"--Q\r\n" + inner + b"no delimiter\r\n--Q\r\n\r\nx"))
        assert [(path, name) for path, name, *_ in told] == [("", "no-closing-boundary"), ("1", "no-start-boundary")]


class TestLimits:
    """At a limit an entity is not divided, every byte is kept, and the defect says which limit."""

    def test_so_many_parts_are_divided_and_one_more_is_not(self) -> None:
        message = HEAD + b"--Q\r\n\r\na\r\n" * 3 + b"--Q--\r\n"
        assert defects(parse(message, limits=Limits(parts=4))) == []
        root = parse(message, limits=Limits(parts=3))
        assert [len(root.parts), bytes(root.parts[-1].body)] == [2, b"a"]
        assert defects(root) == [("", "too-many-parts", "more than 3 parts: the rest is not divided", Span(65, 65))]
        assert laws.rebuilt(root) == message

    def test_so_many_levels_are_divided_and_one_more_is_not(self) -> None:
        message = (HEAD + b"--Q\r\n") + HEAD.replace(b"=Q", b"=P") + b"--P\r\n\r\na\r\n--P--\r\n--Q--\r\n"
        assert defects(parse(message, limits=Limits(levels=2))) == []
        root = parse(message, limits=Limits(levels=1))
        assert defects(root) == [
            ("1", "too-many-levels", "more than 1 levels: this entity is not divided", Span(95, 95))
        ]
        assert [part.path for part in root.walk()] == ["", "1"]
        assert laws.rebuilt(root) == message

    def test_an_entity_beyond_the_last_part_is_not_divided(self) -> None:
        message = HEAD + b"--Q\r\n" + HEAD.replace(b"=Q", b"=P") + b"--P\r\n\r\na\r\n--P--\r\n--Q--\r\n"
        root = parse(message, limits=Limits(parts=2))
        assert [name for _, name, *_ in defects(root)] == ["too-many-parts"]
        assert defects(root)[0][2] == "more than 2 parts: this entity is not divided"
        root = parse(message, limits=Limits(parts=2, levels=2))
        assert [name for _, name, *_ in defects(root)] == ["too-many-parts"]
        assert laws.rebuilt(root) == message


class TestAttachedMessages:
    """An attached message ends where its multipart goes on."""

    def test_an_empty_one_ends_at_the_delimiter(self) -> None:
        kind = b"Content-Type: message/rfc822\r\n"
        for rest in (b"\r\n", b"", b"\r\n\r\n"):
            message = HEAD + b"--Q\r\n" + kind + rest + b"--Q\r\n\r\nb\r\n--Q--\r\n"
            laws.tiles(message)
            root = parse(message)
            assert [part.path for part in root.parts] == ["1", "2"]
            (inner,) = root.parts[0].parts
            assert bytes(inner.raw).strip() == b""
            assert inner.span.stop <= root.parts[0].span.stop
            assert bytes(root.parts[1].body) == b"b"

    def test_one_inside_another_holds_its_parts(self) -> None:
        kind = b"Content-Type: message/rfc822\r\n\r\n"
        message = kind + kind + HEAD + b"--Q\r\n\r\na\r\n--Q--\r\n"
        root = parse(message)
        assert [part.content_type for part in root.walk()] == ["message/rfc822"] * 2 + ["multipart/mixed", "text/plain"]
        laws.tiles(message)

    def test_its_fields_begin_after_the_empty_line_in_lf_too(self) -> None:
        kind = b"Content-Type: message/rfc822\n\n"
        message = b"Content-Type: multipart/mixed; boundary=Q\n\n--Q\n" + kind + b"Subject: s\n\na\n--Q--\n"
        (inner,) = parse(message).parts[0].parts
        assert [field.name for field in inner.header_section] == ["Subject"]
        assert bytes(inner.body) == b"a"

    def test_a_message_without_a_type_is_none_but_in_a_digest(self) -> None:
        text = b"Subject: s\r\n\r\nTo: a@b.example\r\n\r\n"
        assert parse(text).parts == ()
        digest = HEAD.replace(b"mixed", b"digest") + b"--Q\r\n\r\n" + text + b"--Q--\r\n"
        assert [part.content_type for part in parse(digest).walk()] == [
            "multipart/digest",
            "message/rfc822",
            "text/plain",
        ]
