"""Messages that others wrote, where they are present: the laws over all of them, as they are, in LF and in CRLF."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from fuzz.__main__ import check, check_readers
from fuzz.mutate import mutants
from sesmime import Entity, parse
from tests import laws
from tests.conftest import SHARED, shared
from tests.corpus import corpus, library_defects, variants

pytestmark = pytest.mark.shared
_LONE_CR = re.compile(rb"\r(?!\n)")


@pytest.mark.slow
@pytest.mark.parametrize(
    "origin", [folder.name for folder in sorted(SHARED.glob("corpus/*")) if folder.is_dir()] or [""]
)
def test_every_law_holds_on_every_message(origin: str) -> None:
    files = [file for file in corpus() if origin in file.parts]
    for file in files:
        message = file.read_bytes()
        if len(message) < 300_000:
            check(message)
        for variant in variants(message):
            if len(message) < 300_000:
                check_readers(variant)
            root = parse(variant)
            laws.read_everything(root)
            assert laws.rebuilt(root) == variant, file


@pytest.mark.slow
def test_removing_any_one_field_keeps_every_other_byte() -> None:
    for file in corpus():
        message = file.read_bytes()
        for name in {field.name.lower() for field in parse(message).header_section}:
            laws.removing_keeps_every_other_byte(message, name)


def test_every_law_holds_on_every_attack() -> None:
    files = sorted(shared("attacks").glob("*.eml"))
    assert files
    for file in files:
        check(file.read_bytes())


@pytest.mark.slow
def test_every_law_holds_on_mutants() -> None:
    # `python -m fuzz` runs 100,000; these are to notice at once.
    seeds = [file.read_bytes() for file in corpus() if file.stat().st_size < 8_000]
    for message in mutants(seeds, 1_500, seed=7):
        check(message)


def differences(theirs: Any, ours: Entity) -> Iterator[tuple[str, object, object]]:
    """Compare a message of the library with an entity."""
    fields = [(name, value) for name, value in theirs.raw_items()]
    yield "names", [name for name, _ in fields], [field.name for field in ours.header_section]
    # The library's value decodes; its raw source is compared where it is kept as it came.
    yield "type", theirs.get_content_type(), ours.content_type
    yield "file name", theirs.get_filename(), ours.filename
    if theirs.get_content_maintype() == "message" and ours.content_type not in ("message/rfc822", "message/global"):
        return
    if theirs.get_content_maintype() == "multipart":
        for name, span in (("preamble", ours.preamble_span), ("epilogue", ours.epilogue_span)):
            assert span is not None
            text = (getattr(theirs, name) or "").encode("ascii", "surrogateescape")
            yield name, text, bytes(ours.source[slice(*span)])
    if theirs.is_multipart():
        yield "parts", len(theirs.get_payload()), len(ours.parts)
        for one, other in zip(theirs.get_payload(), ours.parts, strict=True):
            yield from differences(one, other)
    else:
        yield "body", theirs._payload.encode("ascii", "surrogateescape"), bytes(ours.body)


def source_bodies(message: bytes) -> list[str]:
    """Return the unfolded bodies of the top-level fields as compat32 has them."""
    values = [str(value) for _, value in email.message_from_bytes(message).raw_items()]
    return [re.sub(r"\r?\n", "", value).lstrip(" \t") for value in values]


@pytest.mark.slow
def test_law_8_the_library_finds_the_same_tree(capsys: pytest.CaptureFixture[str]) -> None:
    compared = 0
    for file in corpus():
        for message in variants(file.read_bytes()):
            if message.startswith(b"From ") or _LONE_CR.search(message):
                continue
            try:
                theirs = email.message_from_bytes(message, policy=email.policy.SMTP)
                if library_defects(theirs):
                    continue
            except Exception:  # noqa: BLE001, the library raises on what it cannot read
                continue
            compared += 1
            ours = parse(message)
            for what, one, other in differences(theirs, ours):
                assert one == other, (file, what)
            if message.isascii():
                assert source_bodies(message) == [field.body for field in ours.header_section], file
    with capsys.disabled():
        print(f" [{compared} messages compared with the library, 0 differences]", end="")
    assert compared >= 1_500
