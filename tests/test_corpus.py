"""Messages that others wrote, where they are present: the laws over all of them, as they are, in LF and in CRLF."""

from __future__ import annotations

import pytest

from fuzz.harnesses import check, check_readers
from fuzz.mutate import mutants
from sesmime import parse
from tests import laws
from tests.conftest import SHARED, shared
from tests.corpus import corpus, variants
from tests.library_trees import reads_as_the_library

pytestmark = pytest.mark.shared


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


@pytest.mark.slow
def test_law_8_the_library_finds_the_same_tree(capsys: pytest.CaptureFixture[str]) -> None:
    compared = 0
    for file in corpus():
        for message in variants(file.read_bytes()):
            compared += reads_as_the_library(message)
    with capsys.disabled():
        print(f" [{compared} messages compared with the library, 0 differences]", end="")
    assert compared >= 1_500
