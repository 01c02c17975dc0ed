"""The span tree: entities, their places, and how they agree with Python's email."""

from __future__ import annotations

import email
import gc
import pickle
import weakref
from pathlib import Path

import pytest

from sesmime import Entity, Limits, Span, parse
from tests import laws
from tests.mime.trees import NESTED, crlf

MESSAGES = Path(__file__).parents[1] / "data" / "messages"


def outline(entity: Entity) -> list[tuple[str, str, bytes]]:
    """Return path, type and (leaves) body of every entity."""
    return [(part.path, part.content_type, b"" if part.parts else bytes(part.body)) for part in entity.walk()]


def test_a_tree_is_found_with_all_its_places() -> None:
    message = crlf(NESTED)
    root = parse(message)
    assert outline(root) == [
        ("", "multipart/mixed", b""),
        ("1", "multipart/alternative", b""),
        ("1.1", "text/plain", b"one"),
        ("1.2", "text/html", b"<p>two</p>"),
        ("2", "message/rfc822", b""),
        ("2.1", "text/plain", b"three"),
    ]
    assert root.preamble_span is not None
    assert message[slice(*root.preamble_span)] == b"preamble"
    assert root.epilogue_span is not None
    assert message[slice(*root.epilogue_span)] == b"epilogue\r\n"
    inner = root.parts[0]
    assert inner.epilogue_span is not None
    assert message[slice(*inner.epilogue_span)] == b"inner epilogue"
    assert root.parts[1].preamble_span is None
    assert root.parts[1].epilogue_span is None
    assert root.parts[1].parts[0].header_section.fields[0].body == "attached"
    assert all(part.defects == () for part in root.walk())
    assert laws.rebuilt(root) == message


@pytest.mark.parametrize("message", [NESTED.encode(), crlf(NESTED)], ids=["LF", "CRLF"])
def test_walk_gives_the_entity_itself_first_and_depth_first(message: bytes) -> None:
    root = parse(message)
    assert next(root.walk()) is root
    assert [part.path for part in root.parts[0].walk()] == ["1", "1.1", "1.2"]


@pytest.mark.parametrize(
    ("body", "bodies"),
    [
        (b"--b\r\n\r\nx\r\n--b--\r\n", [b"x"]),
        (b"--b\r\n\r\nx\r\n--b--", [b"x"]),
        (b"--b  \t\r\n\r\nx\r\n--b-- \r\n", [b"x"]),
        (b"--b\r\n\r\nx\r\n--bc\r\n--b--\r\n", [b"x\r\n--bc"]),
        (b"--b\r\n\r\nx\r\n --b\r\n--b--\r\n", [b"x\r\n --b"]),
        (b"--b\r\n\r\nx--b\r\n--b--\r\n", [b"x--b"]),
        (b"--b\r\n\r\nx\n--b\n\ny\n--b--", [b"x", b"y"]),
        (b"--b\r\n\r\nx\r\n\r\n--b--", [b"x\r\n"]),
        (b"--b\r\n\r\n--b\r\n\r\n--b--", [b"", b""]),
        (b"--b\r\nA: b\r\n--b--", [b""]),
        (b"--b\r\n--b\r\n\r\nx\r\n--b--", [b"x"]),  # no part between delimiter lines that follow each other
        (b"--b\r\n\r\nx", [b"x"]),
        (b"--b\r\n\r\nx\r\n", [b"x\r\n"]),
        (b"--b", [b""]),
    ],
)
def test_delimiter_lines(body: bytes, bodies: list[bytes]) -> None:
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body
    root = parse(message)
    assert [bytes(part.body) for part in root.parts] == bodies
    assert laws.rebuilt(root) == message


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        (b"multipart/mixed; boundary=b", b"b"),
        (b'Multipart/Mixed;\r\n\tBOUNDARY="b c"', b"b c"),
        (b"multipart/mixed; charset=x; boundary=----=_Part_1", b"----=_Part_1"),
        (b'multipart/mixed; boundary="b  "', b"b"),
        (b"multipart/mixed; boundary*0=a; boundary*1=b", b"ab"),
        (b'multipart/mixed; boundary=""', b""),
        (b"multipart/mixed; boundary=b--", b"b--"),
        (b"multipart/x-unknown; boundary=" + b"b" * 200, b"b" * 200),
    ],
)
def test_the_boundary_is_read_as_python_reads_it(content_type: bytes, boundary: bytes) -> None:
    message = b"Content-Type: " + content_type + b"\r\n\r\n--" + boundary + b"\r\n\r\nx\r\n--" + boundary + b"--\r\n"
    assert [bytes(part.body) for part in parse(message).parts] == [b"x"]
    theirs = email.message_from_bytes(message)
    assert [part.get_payload() for part in theirs.walk() if part is not theirs] == ["x"]


@pytest.mark.parametrize("boundary", [b"b\xfc", b"b\xc3\xbc"])
def test_a_boundary_beyond_ascii_divides_though_the_library_does_not_see_it(boundary: bytes) -> None:
    message = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n\r\nx\r\n--%b--\r\n' % ((boundary,) * 3)
    assert [bytes(part.body) for part in parse(message).parts] == [b"x"]
    assert not email.message_from_bytes(message).is_multipart()


def test_of_two_open_entities_with_one_boundary_the_outer_has_it() -> None:
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 2 + b"\r\nx\r\n--b--\r\n"
    root = parse(message)
    assert [part.path for part in root.walk()] == ["", "1", "2"]
    assert [defect.name for defect in root.parts[0].defects] == ["boundary-reused", "no-start-boundary"]


@pytest.mark.parametrize(
    ("header", "body", "defect"),
    [
        (b"Content-Type: multipart/mixed", b"--b\r\n", "no-boundary"),
        (b"Content-Type: multipart/mixed; boundary=b", b"text\r\n", "no-start-boundary"),
        (b"Content-Type: multipart/mixed; boundary=b", b"--b--\r\n", "no-start-boundary"),
        (b"Content-Type: multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n", "no-closing-boundary"),
        (b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64", b"VG86IGE=\r\n", "encoded-message"),
    ],
)
def test_what_is_wrong_with_the_division_is_a_defect(header: bytes, body: bytes, defect: str) -> None:
    message = header + b"\r\n\r\n" + body
    root = parse(message)
    assert [found.name for found in root.defects] == [defect]
    assert laws.rebuilt(root) == message


def test_an_encoded_attached_message_is_a_leaf_and_an_identity_encoded_one_is_not() -> None:
    for encoding, parts in ((b"base64", 0), (b"quoted-printable", 0), (b"7BIT", 1), (b"8bit", 1), (b" binary ", 1)):
        message = b"Content-Type: message/global\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\nTo: a\r\n\r\n"
        assert len(parse(message).parts) == parts, encoding


def test_other_messages_are_leaves() -> None:
    for subtype in (b"delivery-status", b"partial", b"external-body", b"feedback-report"):
        assert parse(b"Content-Type: message/" + subtype + b"\r\n\r\nTo: a\r\n\r\n").parts == ()


def test_the_default_type_in_a_digest_is_an_attached_message() -> None:
    message = crlf(
        "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nx\n"
        "--b\nContent-Type: text/plain\n\ny\n--b--\n"
    )
    root = parse(message)
    assert [(part.path, part.content_type) for part in root.walk()] == [
        ("", "multipart/digest"),
        ("1", "message/rfc822"),
        ("1.1", "text/plain"),
        ("2", "text/plain"),
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"Text/HTML; charset=utf-8", "text/html"),
        (b" text/html ", "text/html"),
        (b"text", "text/plain"),
        (b"a/b/c", "text/plain"),
        (b"", "text/plain"),
        (b"text/plain (a comment)", "text/plain"),
    ],
)
def test_the_content_type_is_lower_case_and_falls_back_to_text_plain(body: bytes, expected: str) -> None:
    assert parse(b"Content-Type: " + body + b"\r\n\r\n").content_type == expected


def test_names_encodings_and_dispositions_are_read() -> None:
    entity = parse(
        b"Content-Type: application/pdf; name=other.pdf; charset=UTF-8\r\n"
        b"Content-Disposition: ATTACHMENT; filename*=utf-8''gr%C3%BC%C3%9Fe.pdf\r\n"
        b"Content-Transfer-Encoding: Base64\r\n\r\n"
    )
    assert entity.filename == "grüße.pdf"
    assert entity.disposition == "attachment"
    assert entity.content_transfer_encoding == "base64"
    assert dict(entity.parameters) == {"name": "other.pdf", "charset": "UTF-8"}
    bare = parse(b"\r\n")
    assert (bare.filename, bare.disposition, bare.content_transfer_encoding, bare.content_type) == (
        None,
        None,
        "7bit",
        "text/plain",
    )
    assert parse(b"Content-Type: text/plain; name=a.txt\r\n\r\n").filename == "a.txt"


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        # The first of each counts, in whatever order; what follows on the next line is another field.
        (
            (
                b"Content-Disposition: inline; filename=a\nContent-Transfer-Encoding: base64\nContent-Type: a/b\n"
                b"content-type: c/d\ncontent-transfer-encoding: 8bit\ncontent-disposition: attachment\n"
            ),
            ("a/b", "base64", "inline", "a"),
        ),
        # Blanks and folds before the colon, and a body that begins on the next line.
        (
            b"CONTENT-TYPE\t:\r\n A/B;\r\n\tname=a\r\nContent-Transfer-Encoding\r\n :\r\n base64\r\n",
            ("a/b", "base64", None, "a"),
        ),
        # Names that only begin so, lines without a colon, and folds: these are none of the three.
        (
            (
                b"Content-Type-X: a/b\r\nContent-Disposition\r\nSubject: x\r\n Content-Type: c/d\r\n"
                b"X-Content-Transfer-Encoding: base64\r\n"
            ),
            ("text/plain", "7bit", None, None),
        ),
        # Long sections are gone over one by one.
        (b"Content-Type: a/b\r\n" + b"Content-Type: c/d\r\n" * 4_000, ("a/b", "7bit", None, None)),
        # The last line need not end.
        (b"Content-Disposition: inline\r\nContent-Type: a/b", ("a/b", "7bit", "inline", None)),
    ],
)
@pytest.mark.parametrize("outer", [b"", b"Content-Type: message/rfc822\r\n\r\n"])
def test_the_fields_that_tell_of_the_content_are_found_wherever_they_are(
    section: bytes, expected: tuple[str, str, str | None, str | None], outer: bytes
) -> None:
    *_, entity = parse(outer + section).walk()
    laws.reads_its_fields(entity)
    assert (entity.content_type, entity.content_transfer_encoding, entity.disposition, entity.filename) == expected


def test_part_limits_end_the_division_and_keep_the_bytes() -> None:
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 30 + b"--b--\r\n"
    root = parse(message, limits=Limits(parts=11))
    assert len(root.parts) == 10
    assert [defect.name for defect in root.defects] == ["too-many-parts"]
    assert laws.rebuilt(root) == message
    assert bytes(root) == message


def test_level_limits_leave_deeper_entities_undivided() -> None:
    message = b"Content-Type: message/rfc822\r\n\r\n" * 30
    root = parse(message, limits=Limits(levels=10))
    assert len(list(root.walk())) == 11
    *_, deepest = root.walk()
    assert deepest.parts == ()
    assert [defect.name for defect in deepest.defects] == ["too-many-levels"]
    assert laws.rebuilt(root) == message


@pytest.mark.parametrize("depth", [1_500, 9_000])
def test_depth_costs_no_stack(depth: int) -> None:
    message = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    root = parse(message + b"\r\nx\r\n")
    *_, deepest = root.walk()
    assert deepest.path == ".".join("1" * depth)
    assert bytes(deepest.body) == b"x\r\n"
    assert laws.rebuilt(root) == message + b"\r\nx\r\n"
    assert pickle.loads(pickle.dumps(root)).content_type == "multipart/mixed"


def test_entities_pickle_by_their_source() -> None:
    root = parse(crlf(NESTED))
    part = pickle.loads(pickle.dumps(root.parts[0].parts[1]))
    assert (part.path, bytes(part.body), bytes(part.source)) == ("1.2", b"<p>two</p>", crlf(NESTED))


def test_entities_are_equal_by_place_and_show_no_body() -> None:
    root = parse(crlf(NESTED))
    assert root.parts[0] != parse(root.source).parts[0]
    assert root.parts[0] == next(part for part in root.walk() if part.path == "1")
    assert root != root.parts[0]
    assert root != "text"
    assert len({root, root.parts[0], root.parts[0]}) == 2
    assert "three" not in repr(root.parts[1].parts[0])


def test_the_source_is_freed_with_its_last_entity() -> None:
    class Source(bytearray):
        pass

    gc.disable()
    try:
        source = Source(crlf(NESTED))
        gone = weakref.ref(source)
        entity = parse(source)
        assert [part.path for part in entity.walk()]
        del entity, source
        assert gone() is None, "a tree and its entities form a circle"
    finally:
        gc.enable()


def test_spans_and_views_agree() -> None:
    message = crlf(NESTED)
    for part in parse(message).walk():
        assert bytes(part.raw) == bytes(part) == message[slice(*part.span)]
        assert bytes(part.body) == message[slice(*part.body_span)]
        assert isinstance(part.span, Span)
        assert part.raw.obj is message


def test_hyphens_everywhere_do_not_hide_a_delimiter() -> None:
    rule = b"-" * 70 + b"\r\n"
    for count in (0, 1, 5, 40, 700, 3_000):
        noise = rule * count + b"a-b-c -- d\r\n--bb\r\n--b-\r\n" * count
        message = (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + noise + b"x\r\n--b\r\n\r\ny\r\n--b--\r\n"
        )
        assert [len(part.body) for part in parse(message).parts] == [len(noise) + 1, 1], count


def test_many_open_boundaries_and_hyphens() -> None:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(20))
    noise = b"-a-b-c\r\n--zz\r\n" * 500
    tail = b"".join(b"\r\n--b%d--" % n for n in reversed(range(20)))
    root = parse(head + b"\r\n" + noise + tail)
    *_, leaf = root.walk()
    assert leaf.path.count(".") == 19
    assert bytes(leaf.body) == noise
    assert all(not part.defects for part in root.walk())
