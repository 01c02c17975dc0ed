"""`sesmime lint --fix` and `--diff`: what is written, and what only shown."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime.cli.diff import MOST_LINES, changes, unified_diff
from sesmime.linter.output import plain
from tests.cli.linting import CLEAN, OTHER, SAME, lint, write
from tests.cli.running import Ran, run

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


class TestFix:
    def test_a_safe_fix_is_written_and_nothing_else_changes(self) -> None:
        file = write("a.eml")
        os.chmod(file, 0o640)
        ran = lint("a.eml", "--fix")
        assert ran == Ran(0, b"", "Fixed 1 finding; none left in 1 message\n")
        assert file.read_bytes() == CLEAN
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert [one.name for one in Path().iterdir()] == ["a.eml"]

    def test_what_is_left_is_told_in_the_same_sentence(self) -> None:
        write("a.eml")
        write("b.eml", OTHER)
        ran = lint("a.eml", "b.eml", "--fix", "--output-format", "concise")
        assert ran.err == (
            "Fixed 1 finding; found 1 finding (1 error) in 1 of 2 messages; 1 fixable with --fix --unsafe-fixes\n"
        )

    def test_a_read_only_file_is_not_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        file = write("a.eml")
        file.chmod(0o444)
        # Root may write it all the same, so that the answer of another user is given here.
        monkeypatch.setattr("sesmime.cli.replacing.os.access", lambda path, mode: mode != os.W_OK)
        ran = lint("a.eml", "--fix")
        assert ran.code == 2
        assert ran.err.startswith("sesmime lint: a.eml cannot be written: it is read-only\n")
        assert file.read_bytes() == SAME
        assert ran.out.startswith(b"a.eml:4:1: SES101 ")

    def test_fixing_again_changes_nothing(self) -> None:
        file = write("a.eml")
        lint("a.eml", "--fix")
        before = file.stat()
        assert lint("a.eml", "--fix") == Ran(0, b"", "All clear: no findings in 1 message\n")
        assert file.stat().st_mtime_ns == before.st_mtime_ns
        assert file.stat().st_ino == before.st_ino

    def test_unsafe_fixes_are_written_where_they_are_asked_for(self) -> None:
        file = write("a.eml", OTHER)
        ran = lint("a.eml", "--fix")
        assert ran.code == 1
        assert ran.err == "Found 1 finding (1 error) in 1 of 1 message; 1 fixable with --fix --unsafe-fixes\n"
        assert file.read_bytes() == OTHER
        assert lint("a.eml", "--unsafe-fixes").code == 1
        assert file.read_bytes() == OTHER
        assert lint("a.eml", "--fix", "--unsafe-fixes").code == 0
        assert file.read_bytes() == CLEAN

    def test_what_is_not_selected_is_not_fixed(self) -> None:
        file = write("a.eml")
        run("lint", "a.eml", "--fix", "--ignore", "SES101")
        assert file.read_bytes() == SAME

    def test_the_message_of_standard_input_goes_to_standard_output_fixed(self) -> None:
        ran = lint("--fix", stdin=SAME)
        assert ran == Ran(0, CLEAN, "Fixed 1 finding; none left in 1 message\n")

    def test_the_findings_about_standard_input_go_to_standard_error_then(self) -> None:
        ran = lint("--fix", "-", stdin=OTHER)
        assert (ran.code, ran.out) == (1, OTHER)
        assert ran.err.startswith("<stdin>:4:1: SES101 repeated-field [error]\n")
        ran = lint("--fix", "-", "-o", "found", "-q", stdin=OTHER)
        assert ran == Ran(1, OTHER, "")
        assert Path("found").read_bytes().startswith(b"<stdin>:4:1: ")

    def test_standard_input_is_fixed_alone(self) -> None:
        file = write("a.eml")
        ran = lint("--fix", "-", "a.eml", stdin=SAME)
        assert (ran.code, ran.out) == (2, b"")
        assert file.read_bytes() == SAME

    def test_messages_of_a_folder_and_of_a_maildir_are_fixed(self) -> None:
        files = [write("a/b.eml"), write("box/cur/1:2,S"), write("box/new/2")]
        assert lint("a", "box", "--fix").err == "Fixed 3 findings; none left in 3 messages\n"
        assert [file.read_bytes() for file in files] == [CLEAN] * 3

    def test_mbox_files_and_requests_are_examined_and_not_fixed(self) -> None:
        box = b"From a\n" + SAME + b"\nFrom b\n" + SAME
        content = json.dumps({"RawMessage": {"Data": SAME.decode()}}).encode()
        write("box", box)
        write("r.json", content)
        ran = lint("box", "r.json", "--fix", "--output-format", "concise")
        assert ran.code == 2
        assert ran.out.count(b"\n") == 3
        assert ran.err.splitlines()[:2] == [
            "sesmime lint: box is not fixed: fixes are written only to files that contain exactly one message",
            "sesmime lint: r.json is not fixed: fixes are written only to files that contain exactly one message",
        ]
        assert (Path("box").read_bytes(), Path("r.json").read_bytes()) == (box, content)

    def test_a_file_that_cannot_be_written_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        file = write("a.eml")

        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("sesmime.cli.replacing._swapped", lambda one, other: False)
        monkeypatch.setattr(os, "replace", refuse)
        ran = lint("a.eml", "--fix")
        assert ran.code == 2
        assert ran.out.startswith(b"a.eml:4:1: SES101 ")
        assert ran.err.startswith("sesmime lint: a.eml cannot be written: Permission denied\n")
        assert [one.name for one in Path().iterdir()] == ["a.eml"]
        assert file.read_bytes() == SAME


class TestDiff:
    def test_what_would_change_is_shown_and_nothing_is_written(self) -> None:
        file = write("a.eml")
        for argv in (["--diff"], ["--diff", "--fix"]):
            ran = lint("a.eml", *argv)
            assert ran == Ran(
                1,
                b"--- a.eml\n+++ a.eml\n@@ -1,6 +1,5 @@\n From: a@b.example\n To: c@d.example\n Subject: one\n"
                b"-Subject: one\n \n Hi\n",
                "Would fix 1 finding in 1 of 1 message\n",
            )
        assert file.read_bytes() == SAME

    def test_where_nothing_would_change_the_code_is_0(self) -> None:
        write("a.eml", OTHER)
        assert lint("a.eml", "--diff") == Ran(0, b"", "Nothing to fix in 1 message\n")
        assert lint("a.eml", "--diff", "--unsafe-fixes").code == 1
        assert lint("a.eml", "--diff", "--unsafe-fixes", "--exit-zero").code == 0

    def test_messages_that_cannot_be_written_have_a_difference_too(self) -> None:
        write("box", b"From a\n" + SAME)
        assert lint("box", "--diff").out.startswith(b"--- box#1\n")
        assert lint("-", "--diff", stdin=SAME).out.startswith(b"--- <stdin>\n")
        assert lint("missing.eml", "box", "--diff").code == 2


def patched(old: list[bytes], found: Iterable[Any], new: list[bytes]) -> list[bytes]:
    """Make the new lines of the old ones and of the changes."""
    made: list[bytes] = []
    at = 0
    for start, stop, new_start, new_stop in found:
        assert start >= at
        made += old[at:start] + new[new_start:new_stop]
        at = stop
    return made + old[at:]


few_lines = st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b"e", b""]), max_size=12)


class TestChanges:
    @given(old=few_lines, new=few_lines)
    def test_the_changes_make_the_new_lines_of_the_old_ones(self, old: list[bytes], new: list[bytes]) -> None:
        found = list(changes(old, new))
        assert patched(old, found, new) == new
        assert all(change.start < change.stop or change.new_start < change.new_stop for change in found)
        assert bool(found) == (old != new)

    def test_changes_far_apart_are_told_apart(self) -> None:
        old = [b"%d" % number for number in range(100)]
        new = [*old[:10], b"x", *old[11:80], *old[81:]]
        assert list(changes(old, new)) == [(10, 11, 10, 11), (80, 81, 80, 80)]
        told = list(unified_diff(b"\n".join(old), b"\n".join(new), "a", plain))
        assert told[2] == "@@ -8,7 +8,7 @@"
        assert told[11] == "@@ -78,7 +78,6 @@"

    def test_many_equal_lines_are_no_trouble(self) -> None:
        old, new = [b"same"] * 200_000 + [b"a"], [b"b"] + [b"same"] * 200_000
        assert patched(old, changes(old, new), new) == new

    def test_line_ends_that_are_not_those_of_the_message_are_shown(self) -> None:
        told = list(unified_diff(b"A: b\nC: d\r\n", b"A: b\r\nC: d\r\n", "a", plain))
        assert told[3:] == ["-A: b\\n", "+A: b", " C: d"]
        told = list(unified_diff(b"A: b\r\nC: d\n", b"A: b\r\nC: d\r\n", "a", plain))
        assert told[3:] == [" A: b", "-C: d\\n", "+C: d"]
        told = list(unified_diff(b"A: b\r\nC: d", b"A: b\r\n", "a", plain))
        assert told[3:] == [" A: b", "-C: d\n\\ No newline at end of file"]

    def test_bytes_that_are_no_printable_ascii_are_escaped_and_long_lines_cut(self) -> None:
        told = list(unified_diff(b"", b"A: \x1b\xc3\xbc\t" + b"x" * 1_000 + b"\n", "a\x1b", plain))
        assert told[0] == "--- a\\x1b"
        assert told[2] == "@@ -0,0 +1 @@"
        assert told[3] == "+A: \\x1b\\xc3\\xbc\\t" + "x" * 193 + "... (1,007 octets)"

    def test_of_a_long_diff_the_first_lines_are_shown_and_the_others_counted(self) -> None:
        old = b"".join(b"%d\n" % number for number in range(5_000))
        told = list(unified_diff(old, old.replace(b"\n", b"x\n"), "a", plain))
        assert len(told) == MOST_LINES + 1
        assert told[-1] == f"... {10_003 - MOST_LINES:,} more lines"
        told = list(unified_diff(b"", b"a\n" * (MOST_LINES - 3), "a", plain))
        assert len(told) == MOST_LINES
        assert told[-1] == "+a"
