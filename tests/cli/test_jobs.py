"""`sesmime lint --jobs`: whatever the number of processes, the output is that of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sesmime import lint
from sesmime.cli.inputs import Input
from sesmime.cli.sharing import look_at_all, without_edits
from sesmime.linter.output import FORMATS, Unreadable
from tests.archive.scans import box
from tests.cli.linting import CLEAN, OTHER, SAME
from tests.cli.running import process, run

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


def write(count: int) -> None:
    Path("mail").mkdir()
    for number in range(count):
        Path("mail", f"{number:03}.eml").write_bytes((CLEAN, SAME, OTHER)[number % 3])
    Path("mail", "empty.eml").touch()
    box(Path("all.mbox"), 100)


@pytest.mark.slow
@pytest.mark.parametrize(
    "argv", [*(["--output-format", name] for name in FORMATS), ["--statistics"], ["--interface", "all"]]
)
def test_the_output_is_that_of_one_process(argv: list[str]) -> None:
    write(100)
    one = run("lint", "mail", "all.mbox", *argv)
    assert run("lint", "mail", "all.mbox", *argv, "--jobs", 2) == one
    assert one.code == 2
    assert len(one.out) > 100


@pytest.mark.slow
@pytest.mark.parametrize("argv", [["--fix"], ["--fix", "--unsafe-fixes"], ["--diff", "--unsafe-fixes"]])
def test_fixes_are_those_of_one_process(argv: list[str]) -> None:
    write(100)
    two = run("lint", "mail", "all.mbox", *argv, "--jobs", 2)
    files = {path.name: path.read_bytes() for path in Path("mail").iterdir()}
    write_again = [path for path in Path("mail").iterdir() if path.name != "empty.eml"]
    for path in write_again:
        path.write_bytes((CLEAN, SAME, OTHER)[int(path.stem) % 3])
    assert run("lint", "mail", "all.mbox", *argv) == two
    assert {path.name: path.read_bytes() for path in Path("mail").iterdir()} == files
    if "--fix" in argv:
        assert files["001.eml"] == CLEAN
    else:
        assert b"-Subject" in two.out


@pytest.mark.slow
def test_it_is_so_for_a_process_of_its_own() -> None:
    write(100)
    folder, file = Path("mail").absolute(), Path("all.mbox").absolute()
    one = process("lint", folder, file, "--output-format", "sarif")
    two = process("lint", folder, file, "--output-format", "sarif", "--jobs", 2)
    assert (two.returncode, two.stdout, two.stderr) == (one.returncode, one.stdout, one.stderr)


def test_few_messages_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sesmime.archive.pool.Pool", None)
    Path("a.eml").write_bytes(OTHER)
    assert run("lint", "a.eml", "--jobs", 2) == run("lint", "a.eml")


def test_what_cannot_be_read_stays_in_its_place() -> None:
    inputs: list[Input | Unreadable] = [
        Unreadable("a", "a is empty"),
        Input(path="b", file="b", message=OTHER, place=None),
    ]
    assert list(look_at_all(iter(inputs), len_of, jobs=2)) == [(inputs[0], None), (inputs[1], len(OTHER))]


def len_of(one: Input) -> int:
    return len(one.message or b"")


def test_a_fix_on_its_way_says_what_it_is_and_not_how() -> None:
    import pickle

    message = SAME.replace(b"\r\n\r\n", b"\r\nX-SES-MESSAGE-TAGS: a=b\r\nBcc: x@y.example\r\n\r\n")
    for finding in (*lint(message), *lint(OTHER), *lint(CLEAN.replace(b"\r\n", b"\n"))):
        sent = pickle.loads(pickle.dumps(without_edits(finding)))
        assert sent == finding
        assert sent.to_dict() == finding.to_dict()
        if finding.fix is not None and finding.fix.applicability != "manual":
            assert sent.fix is not None
            with pytest.raises(AssertionError, match="left in the process"):
                sent.fix.edits  # noqa: B018


@pytest.mark.parametrize("count", ["0", "-1", "x", "1.5"])
def test_a_number_of_processes_is_at_least_1(count: str) -> None:
    ran = run("lint", "--jobs", count, "a.eml")
    assert ran.code == 2
    assert "--jobs" in ran.err
