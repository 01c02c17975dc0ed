"""Each limit: a defect names it, the octets stay, and neither a field nor an edit is missed."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from sesmime import (
    DEFAULT_LIMITS,
    LimitExceeded,
    Limits,
    copy_stripped,
    message_from_bytes,
    parse,
    parse_addresses,
    parse_parameters,
    remove_fields,
)
from sesmime.mime.limits import limit_rows, limits_table

HEAD: Final = b"To: a@b.example\r\nX-A: 1\r\nMIME-Version: 1.0\r\n"
MIXED: Final = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def _nested(levels: int) -> bytes:
    return HEAD + b"".join(b"Content-Type: multipart/x; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))


def _of_message(message: bytes) -> Callable[[Limits], set[str]]:
    def defects(limits: Limits) -> set[str]:
        root = parse(message, limits=limits)
        # Whatever is passed, all octets are there, and all fields.
        assert b"".join([bytes(root.header_section.span.stop), bytes(root)])[-len(message) :] == message
        assert bytes(root) == message
        assert [field.name for field in root.header_section][:3] == ["To", "X-A", "MIME-Version"]
        assert remove_fields(message, "X-A") == message.replace(b"X-A: 1\r\n", b"")
        return {defect.name for entity in root.walk() for defect in entity.defects}

    return defects


def _of_parameters(body: str) -> Callable[[Limits], set[str]]:
    return lambda limits: {defect.name for defect in parse_parameters(body, limits=limits)[1].defects}


def _of_addresses(body: str) -> Callable[[Limits], set[str]]:
    def defects(limits: Limits) -> set[str]:
        read = parse_addresses(body, limits=limits)
        assert "last@b.example" in {mailbox.address for mailbox in read}
        return {defect.name for defect in read.defects}

    return defects


# For each limit: a number, and what passes it by one.
PASSED: Final[dict[str, tuple[int, Callable[[Limits], set[str]]]]] = {
    "fields": (5, _of_message(HEAD + b"X-B: 1\r\n" * 3 + b"\r\n")),
    "header_section": (99, _of_message(HEAD + b"X-B: " + b"b" * (100 - len(HEAD) - 7) + b"\r\n\r\nHi")),
    "parts": (4, _of_message(MIXED + b"--b\r\n\r\na\r\n" * 4 + b"--b--\r\n")),
    "levels": (3, _of_message(_nested(4))),
    "parameters": (3, _of_parameters("a/b; a=1; b=2; c=3; d=4")),
    "parameter_name": (5, _of_parameters("a/b; abcdef=1")),
    "continuation": (2, _of_parameters("a/b; a*0=1; a*1=2; a*2=3; a*3=4")),
    "comment_depth": (2, _of_addresses("(((a))) x@b.example, last@b.example")),
    "tokens": (5, _of_addresses("a <x@b.example>, last@b.example")),
}


def test_the_table_has_every_limit() -> None:
    assert [row.name for row in limit_rows()] == list(PASSED) == list(Limits.__dataclass_fields__)
    assert limits_table() in (Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", limit_rows(), ids=lambda row: row.name)
def test_past_a_limit_its_defect_is_noted_and_below_it_none(row: Any) -> None:
    most, defects = PASSED[row.name]
    assert row.defect in defects(Limits(**{row.name: most}))
    assert row.defect not in defects(Limits(**{row.name: most + 1}))
    assert row.defect not in defects(DEFAULT_LIMITS)


@pytest.mark.parametrize("value", ["9", 9.0, None, True])
def test_a_limit_is_an_int(value: object) -> None:
    with pytest.raises(TypeError, match=rf"parts must be an int, not {type(value).__name__}"):
        Limits(parts=value)  # type: ignore[arg-type]


def test_what_cannot_be_done_in_part_raises_and_names_the_limit() -> None:
    target = io.BytesIO()
    with pytest.raises(LimitExceeded) as long:
        copy_stripped(io.BytesIO(HEAD + b"\r\nHi"), target, limits=Limits(header_section=20))
    assert (long.value.limit, long.value.maximum, target.getvalue()) == ("header_section", 20, b"")
    with pytest.raises(LimitExceeded) as deep:
        message_from_bytes(_nested(101))
    assert (deep.value.limit, deep.value.maximum) == ("levels", 100)
    with pytest.raises(LimitExceeded) as many:
        message_from_bytes(MIXED + b"--b\r\n\r\n" * 10_001)
    assert (many.value.limit, many.value.maximum) == ("parts", 10_000)
