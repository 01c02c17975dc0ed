"""`sesmime lint`: findings, exit codes, fixes, differences, configuration."""

from __future__ import annotations

import doctest
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sesmime.cli.diff
from sesmime import Evidence, Severity
from sesmime.cli.diff import changes, unified_diff
from sesmime.linter.output import FORMATS, plain
from sesmime.linter.rule import Fault, rule
from tests.cli.test_commands import MESSAGES, Ran, process, run
from tests.conftest import shared

CLEAN = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\n\r\nHi\r\n"
# A field that says the same twice: the fix is safe. One that says two things: it is not.
SAME = CLEAN.replace(b"Subject: one\r\n", b"Subject: one\r\nSubject: one\r\n")
OTHER = CLEAN.replace(b"Subject: one\r\n", b"Subject: one\r\nSubject: two\r\n")
# The one rule whose findings are known beforehand.
ONLY = ["--select", "SES101"]
SAID = b"SES101 repeated-field [error] Subject stands here again, with"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, content: bytes = SAME) -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def lint(*argv: object, **options: Any) -> Ran:
    """Run that one rule."""
    return run("lint", *ONLY, *argv, **options)


@rule("TST001", severity=Severity.INFO, evidence=Evidence.ASSUMED, source="https://example.com/")
def noticed(outgoing: object) -> Iterator[Fault]:
    """A rule of another package.

    It is met by every message.
    """
    yield Fault("noticed")


def offer(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Let another package offer a rule."""
    module = ModuleType("of_another_package")
    module.__dict__["noticed"] = noticed
    monkeypatch.setitem(sys.modules, "of_another_package", module)
    entries = EntryPoints([EntryPoint("noticed", value, "sesmime.rules")])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: entries.select(group=group))


def test_doctests() -> None:
    results = doctest.testmod(sesmime.cli.diff)
    assert results.attempted > 0
    assert results.failed == 0


class TestFindings:
    def test_findings_go_to_standard_output_and_the_sum_of_them_to_standard_error(self) -> None:
        write("a.eml")
        write("b.eml", OTHER)
        write("c.eml", CLEAN)
        ran = lint("a.eml", "b.eml", "c.eml", "--output-format", "concise")
        assert ran == Ran(
            1,
            b"a.eml:4:1: " + SAID + b" the same text; SES takes it once\n"
            b"b.eml:4:1: " + SAID + b" another text; SES takes it once\n",
            "Found 2 findings (2 errors) in 2 of 3 messages; 1 fixable with --fix; 1 more with --unsafe-fixes\n",
        )

    def test_full_is_the_default(self) -> None:
        write("a.eml")
        ran = lint("a.eml")
        assert ran == lint("a.eml", "--output-format", "full")
        assert ran.out.decode().splitlines()[:5] == [
            "a.eml:4:1: SES101 repeated-field [error]",
            "  Subject stands here again, with the same text; SES takes it once",
            "   |",
            " 4 | Subject: one",
            "   | ^^^^^^^",
        ]
        assert ran.err == "Found 1 finding (1 error) in 1 of 1 message; 1 fixable with --fix\n"

    def test_a_clean_message_is_clear(self) -> None:
        write("a.eml", CLEAN)
        assert lint("a.eml") == Ran(0, b"", "All clear: no findings in 1 message\n")

    def test_quiet_leaves_out_the_sum(self) -> None:
        write("a.eml")
        ran = lint("a.eml", "-q")
        assert (ran.code, ran.err) == (1, "")
        assert ran.out == lint("a.eml").out

    def test_an_unsafe_fix_is_told_with_both_options(self) -> None:
        write("a.eml", OTHER)
        assert lint("a.eml").err.endswith("; 1 fixable with --fix --unsafe-fixes\n")

    def test_standard_input_is_read_without_a_path_and_for_a_hyphen(self) -> None:
        told = lint(stdin=SAME)
        assert told == lint("-", stdin=SAME)
        assert told.out.startswith(b"<stdin>:4:1: SES101 ")
        assert lint("--stdin-filename", "mail/a.eml", stdin=SAME).out.startswith(b"mail/a.eml:4:1: SES101 ")

    def test_from_a_terminal_without_a_path_the_usage_is_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tests.cli.test_commands.Stream.isatty", lambda self: True)
        ran = lint()
        assert (ran.code, ran.out) == (2, b"")
        assert "sesmime lint: give files or folders to examine, or - for standard input" in ran.err

    def test_folders_mbox_files_and_requests_are_examined(self) -> None:
        write("folder/sub/a.eml")
        write("box", b"From a\n" + CLEAN + b"\r\nFrom b\n" + SAME)
        data = {"RawMessage": {"Data": SAME.decode()}}
        write("request.json", json.dumps(data).encode())
        ran = lint("folder", "box", "request.json", "--output-format", "concise")
        assert [line.partition(" ")[0] for line in ran.out.decode().splitlines()] == [
            f"{Path('folder', 'sub', 'a.eml')}:4:1:",
            "box#2:4:1:",
            "request.json:4:1:",
        ]
        # Of the three the first alone stands in a file that is written to.
        assert ran.err == "Found 3 findings (3 errors) in 3 of 4 messages; 1 fixable with --fix\n"

    def test_a_raw_message_is_not_clean_for_an_interface_that_takes_none(self) -> None:
        write("a.eml")
        write("r.json", json.dumps({"RawMessage": {"Data": SAME.decode()}}).encode())
        refusal = "is not examined: ses.SendEmail takes no raw message; --interface is ses, sesv2 or smtp"
        for option in ((), ("--diff",), ("--fix",)):
            ran = lint("a.eml", "r.json", "--interface", "ses.SendEmail", *option)
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.splitlines() == [f"sesmime lint: {name} {refusal}" for name in ("a.eml", "r.json")]

    def test_an_unreadable_file_gives_2_and_the_others_are_examined(self) -> None:
        write("a.eml")
        ran = lint("missing.eml", "a.eml")
        assert ran.code == 2
        assert ran.out == lint("a.eml").out
        assert ran.err.splitlines() == [
            "sesmime lint: missing.eml cannot be read: No such file or directory",
            "Found 1 finding (1 error) in 1 of 1 message; 1 fixable with --fix",
        ]
        assert lint("missing.eml") == Ran(
            2, b"", "sesmime lint: missing.eml cannot be read: No such file or directory\n"
        )

    def test_file_names_that_are_no_text_are_escaped(self) -> None:
        os.close(os.open(b"caf\xe9\x1b.eml", os.O_CREAT | os.O_WRONLY))
        Path(os.fsdecode(b"caf\xe9\x1b.eml")).write_bytes(SAME)
        for name in FORMATS:
            ran = lint(".", "--output-format", name)
            assert ran.code == 1
            text = ran.out.decode()
            assert all(line.isprintable() for line in text.split("\n"))
            assert ("caf%E9%1B.eml" if name == "sarif" else "caf\\") in text


class TestLevels:
    def test_at_the_fail_level_and_above_the_code_is_1(self) -> None:
        write("a.eml")
        for level in ("error", "warning", "info"):
            assert lint("a.eml", "--fail-level", level).code == 1

    def test_below_it_is_0(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.eml")
        offer(monkeypatch, "of_another_package:noticed")
        argv = ["lint", "a.eml", "--select", "TST", "--output-format", "concise"]
        ran = run(*argv)
        assert (ran.code, ran.out) == (0, b"a.eml: TST001 noticed [info] noticed\n")
        assert ran.err == "Found 1 finding (1 info) in 1 of 1 message\n"
        assert run(*argv, "--fail-level", "warning").code == 0
        assert run(*argv, "--fail-level", "info").code == 1

    def test_exit_zero_gives_0_whatever_is_found_but_not_for_what_cannot_be_read(self) -> None:
        write("a.eml")
        assert lint("a.eml", "--exit-zero").code == 0
        assert lint("a.eml", "missing.eml", "--exit-zero").code == 2


class TestRules:
    def test_select_extend_select_and_ignore_take_lists_and_may_be_repeated(self) -> None:
        write("a.eml")
        chosen = [
            (["--select", "SES1"], True),
            (["--select", "RFC,SES101"], True),
            (["--select", "RFC", "--select", " SES101 "], True),
            (["--select", "RFC"], False),
            (["--select", "RFC", "--extend-select", "SES101"], True),
            (["--select", "SES1", "--ignore", "SES101"], False),
            (["--select", "SES101", "--ignore", "SES1"], True),
        ]
        for argv, is_found in chosen:
            told = run("lint", "a.eml", *argv, "--output-format", "concise").out
            assert (b" SES101 " in told) == is_found, argv

    @pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("SES1O1", "'SES1O1' is no rule and no beginning of one; did you mean SES101?"),
            ("SES1,ses101", "'ses101' is no rule and no beginning of one; did you mean SES101?"),
            ("repeated-field", "'repeated-field' is no rule and no beginning of one; did you mean repeated-field?"),
            ("", "'' is no rule and no beginning of one; `sesmime rules` lists them"),
        ],
    )
    def test_an_unknown_code_is_wrong_usage(self, option: str, text: str, told: str) -> None:
        write("a.eml")
        assert run("lint", "a.eml", option, text) == Ran(2, b"", f"sesmime lint: {option}: {told}\n")

    def test_rules_of_other_packages_are_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        offer(monkeypatch, "of_another_package:noticed")
        write("a.eml", CLEAN)
        assert b" TST001 " in run("lint", "a.eml", "--output-format", "concise").out
        assert run("lint", "a.eml", "--ignore", "TST001", "--extend-select", "TST").code == 0
        assert run("rule", "TST001").out.startswith(b"TST001 noticed\n")
        told = run("lint", "a.eml", "--select", "TST", "--output-format", "sarif").json
        assert [one["id"] for one in told["runs"][0]["tool"]["driver"]["rules"]] == ["TST001"]

    def test_rules_that_cannot_be_loaded_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.eml", CLEAN)
        for value in ("no_such_package:gone", "of_another_package:gone", "of_another_package:__name__"):
            offer(monkeypatch, value)
            ran = run("lint", "a.eml")
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith("sesmime lint: the rules of another package cannot be loaded: ")
            assert ran.err.count("\n") == 1


class TestSettings:
    def test_wrong_settings_are_findings(self) -> None:
        write("a.eml", CLEAN)
        ran = run("lint", "a.eml", "--tag", "a b=c", "--select", "SES511", "--output-format", "concise")
        assert ran.code == 1
        assert ran.out.startswith(b"a.eml: SES511 ")

    def test_what_has_not_the_form_of_an_argument_is_wrong_usage(self) -> None:
        write("a.eml", CLEAN)
        for argv, told in (
            (["--tag", "novalue"], "--tag: 'novalue' is no message tag; write NAME=VALUE"),
            (["--interface", "x"], "--interface: 'x' is no interface; there are ses, sesv2, smtp, "),
            (["--topic", "x"], "--topic needs --list"),
        ):
            ran = run("lint", "a.eml", *argv)
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith(f"sesmime lint: {told}")

    def test_an_unsupported_setting_is_a_finding(self) -> None:
        write("a.eml", CLEAN)
        argv = ["--tenant", "x", "--select", "SES512", "--output-format", "json"]
        (told,) = run("lint", "a.eml", *argv).json
        assert [one["code"] for one in told["findings"]] == ["SES512"]
        (told,) = run("lint", "a.eml", *argv, "--interface", "sesv2").json
        assert (told["interface"], told["findings"]) == ("sesv2.SendEmail.Raw", [])

    def test_the_command_line_overrules_a_request_setting_by_setting(self) -> None:
        tags = [{"Name": "a b", "Value": "c"}]
        write("r.json", json.dumps({"RawMessage": {"Data": CLEAN.decode()}, "Tags": tags}).encode())
        argv = ["r.json", "--select", "SES511,SES512", "--output-format", "json"]
        (told,) = run("lint", *argv).json
        assert (told["interface"], [one["code"] for one in told["findings"]]) == ("ses.SendRawEmail", ["SES511"])
        (told,) = run("lint", *argv, "--tag", "a=c").json
        assert told["findings"] == []
        (told,) = run("lint", *argv, "--interface", "smtp").json
        assert told["interface"] == "smtp"
        assert "SES512" in [one["code"] for one in told["findings"]]

    def test_verified_identities_may_be_given(self) -> None:
        write("a.eml", CLEAN)
        argv = ["lint", "a.eml", "--select", "SES214", "--output-format", "json"]
        for identity, is_found in (("b.example", False), ("other.example", True)):
            (told,) = run(*argv, "--verified-identity", identity).json
            assert bool(told["findings"]) == is_found, identity


class TestOutput:
    def test_machine_formats_say_nothing_on_standard_error(self) -> None:
        write("a.eml")
        for name in FORMATS[2:]:
            assert lint("a.eml", "--output-format", name).err == ""

    def test_each_format_can_be_read(self) -> None:
        write("a.eml")
        (told,) = lint("a.eml", "--output-format", "json").json
        assert (told["path"], told["findings"][0]["line"]) == ("a.eml", 4)
        assert lint("a.eml", "--output-format", "json-lines").json == told
        told = lint("a.eml", "--output-format", "github")
        assert told.out.startswith(b"::error file=a.eml,line=4,col=1,title=SES101 ")
        log = lint("a.eml", "--output-format", "sarif").json
        assert log["runs"][0]["results"][0]["ruleId"] == "SES101"
        assert log["runs"][0]["tool"]["driver"]["version"] == sesmime.__version__
        suites = ElementTree.fromstring(lint("a.eml", "--output-format", "junit").out)
        assert suites.attrib["failures"] == "1"

    def test_an_unknown_format_is_wrong_usage(self) -> None:
        assert lint("a.eml", "--output-format", "xml").code == 2

    def test_the_findings_may_go_to_a_file(self) -> None:
        write("a.eml")
        for name in FORMATS:
            ran = lint("a.eml", "--output-format", name, "-o", "found")
            assert (ran.code, ran.out) == (1, b"")
            assert Path("found").read_bytes() == lint("a.eml", "--output-format", name).out

    def test_an_output_that_cannot_be_written_is_told_before_any_work(self) -> None:
        write("a.eml")
        ran = lint("a.eml", "--fix", "-o", "nowhere/found")
        assert ran == Ran(2, b"", "sesmime lint: nowhere/found cannot be written: there is no folder nowhere\n")
        assert Path("a.eml").read_bytes() == SAME

    def test_statistics_count_the_findings(self) -> None:
        write("a.eml")
        write("b.eml", OTHER)
        ran = lint("a.eml", "b.eml", "--statistics")
        assert (ran.code, ran.out) == (1, b"2  SES101  error    repeated-field  (1 fixable)\n")
        (told,) = lint("a.eml", "b.eml", "--statistics", "--output-format", "json").json
        assert (told["code"], told["findings"], told["messages"]) == ("SES101", 2, 2)
        ran = lint("a.eml", "--statistics", "--output-format", "sarif")
        assert ran == Ran(2, b"", "sesmime lint: --statistics goes with the formats full, concise, json\n")

    def test_colours_are_written_to_a_terminal_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.eml")
        painted = lint("a.eml", terminal=True).out.decode()
        assert painted.startswith("\x1b[1ma.eml:4:1\x1b[0m: SES101 repeated-field [\x1b[31merror\x1b[0m]\n")
        assert "\x1b" not in lint("a.eml", terminal=True).err
        lint("a.eml", "-o", "found", terminal=True)
        assert "\x1b" not in Path("found").read_text(encoding="utf-8")
        monkeypatch.setenv("NO_COLOR", "1")
        assert lint("a.eml", terminal=True).out == lint("a.eml").out

    @pytest.mark.parametrize("name", FORMATS)
    def test_what_an_encoding_lacks_is_escaped(self, name: str) -> None:
        write("ü.eml")
        out = lint("ü.eml", "--output-format", name, encoding="ascii").out
        assert out.isascii()

    @pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
    @pytest.mark.parametrize("name", FORMATS)
    def test_a_closed_pipe_is_silent(self, name: str, tmp_path: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = process(
                "lint", write("a.eml").resolve(), "--isolated", "--output-format", name, "-q", stdout=writing
            )
        finally:
            os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")

    def test_a_process_writes_the_same(self) -> None:
        file = write("a.eml").resolve()
        done = process("lint", file, *ONLY, "--isolated")
        here = lint(file)
        assert (done.returncode, done.stdout, done.stderr.decode()) == here

    @pytest.mark.shared
    @pytest.mark.parametrize("name", FORMATS)
    def test_no_message_of_others_makes_a_format_fail_or_print_a_control(self, name: str) -> None:
        for folder in ("attacks", "corpus"):
            ran = run("lint", shared(folder), "--output-format", name, "-q")
            assert ran.code == 1
            assert ran.err == ""
            assert all(line.isprintable() for line in ran.out.decode().split("\n"))


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
        monkeypatch.setattr("sesmime.cli.files.os.access", lambda path, mode: mode != os.W_OK)
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
            "sesmime lint: box is not fixed: fixes are written to files that hold one message and nothing else",
            "sesmime lint: r.json is not fixed: fixes are written to files that hold one message and nothing else",
        ]
        assert (Path("box").read_bytes(), Path("r.json").read_bytes()) == (box, content)

    def test_a_file_that_cannot_be_written_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        file = write("a.eml")

        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

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
        assert told[3:] == ["-A: b", "+A: b\\r", " C: d\\r"]
        told = list(unified_diff(b"A: b\r\nC: d\n", b"A: b\r\nC: d\r\n", "a", plain))
        assert told[3:] == [" A: b", "-C: d\\n", "+C: d"]
        told = list(unified_diff(b"A: b\r\nC: d", b"A: b\r\n", "a", plain))
        assert told[3:] == [" A: b", "-C: d\n\\ No newline at end of file"]

    def test_bytes_that_are_no_printable_ascii_are_escaped_and_long_lines_cut(self) -> None:
        told = list(unified_diff(b"", b"A: \x1b\xc3\xbc\t" + b"x" * 1_000 + b"\n", "a\x1b", plain))
        assert told[0] == "--- a\\x1b"
        assert told[2] == "@@ -0,0 +1 @@"
        assert told[3] == "+A: \\x1b\\xc3\\xbc\\t" + "x" * 193 + "... (1,007 octets)"


def configure(text: str, folder: str = ".") -> Path:
    return write(f"{folder}/pyproject.toml", text.encode())


NO_INTERFACE = "'v3' is no interface; there are ses, sesv2, smtp, and full names such as sesv2.SendEmail.Raw"


class TestConfiguration:
    def found(self, *argv: object) -> bool:
        ran = run("lint", *argv, "--output-format", "concise")
        assert ran.code in (0, 1), ran.err
        return b" SES101 " in ran.out

    def test_select_and_ignore_are_read(self) -> None:
        write("a.eml")
        assert self.found("a.eml")
        configure('[tool.sesmime.lint]\nignore = ["SES1"]\n')
        assert not self.found("a.eml")
        configure('[tool.sesmime.lint]\nselect = ["RFC"]\n')
        assert not self.found("a.eml")
        configure('[tool.sesmime.lint]\nselect = ["RFC"]\nextend-select = ["SES101"]\n')
        assert self.found("a.eml")

    def test_the_command_line_wins(self) -> None:
        write("a.eml")
        configure('[tool.sesmime.lint]\nselect = ["RFC"]\nignore = ["SES101"]\n')
        assert self.found("a.eml", "--select", "SES101")
        assert self.found("a.eml", "--extend-select", "SES1")
        assert not self.found("a.eml", "--extend-select", "SES1", "--ignore", "SES101")
        assert not self.found("a.eml")
        configure('[tool.sesmime.lint]\nselect = ["SES101"]\n')
        assert not self.found("a.eml", "--ignore", "SES101")

    def test_files_may_ignore_rules_whatever_is_selected(self) -> None:
        configure('[tool.sesmime.lint.per-file-ignores]\n"old/**/*.eml" = ["SES1"]\n"draft-*" = ["SES101"]\n')
        for name, is_found in (
            ("a.eml", True),
            ("old/a.eml", False),
            ("old/b/c.eml", False),
            ("new/old/a.eml", True),
            ("new/draft-1.eml", False),
        ):
            file = write(name)
            assert self.found(file, "--select", "SES101") == is_found, name
            assert self.found(file.resolve(), "--select", "SES101") == is_found, name
        run("lint", "--fix", "old")
        assert Path("old/a.eml").read_bytes() == SAME
        assert lint("--stdin-filename", "old/x.eml", stdin=SAME).code == 0

    def test_interface_fail_level_identities_and_format_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.eml", CLEAN)
        offer(monkeypatch, "of_another_package:noticed")
        configure(
            '[tool.sesmime.lint]\nselect = ["TST", "SES214"]\ninterface = "sesv2"\nfail-level = "info"\n'
            'verified-identities = ["other.example"]\noutput-format = "json"\n'
        )
        ran = run("lint", "a.eml")
        assert ran.code == 1
        (told,) = ran.json
        assert told["interface"] == "sesv2.SendEmail.Raw"
        assert {"TST001", "SES214"} == {one["code"] for one in told["findings"]}
        ran = run("lint", "a.eml", "--interface", "smtp", "--fail-level", "error", "--verified-identity", "b.example")
        (told,) = ran.json
        assert (ran.code, told["interface"]) == (0, "smtp")
        assert {one["code"] for one in told["findings"]} == {"TST001"}

    def test_a_request_keeps_its_own_interface(self) -> None:
        configure('[tool.sesmime.lint]\ninterface = "smtp"\n')
        write("r.json", json.dumps({"Content": {"Raw": {"Data": CLEAN.decode()}}}).encode())
        (told,) = run("lint", "r.json", "--output-format", "json").json
        assert told["interface"] == "sesv2.SendEmail.Raw"

    def test_the_nearest_file_that_speaks_of_sesmime_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        configure('[tool.sesmime.lint]\nignore = ["SES101"]\n')
        configure("[tool.ruff]\nline-length = 1\n", "sub/folder")
        file = write("sub/folder/a.eml").resolve()
        monkeypatch.chdir("sub/folder")
        assert not self.found(file)
        configure("[tool.sesmime]\n")
        assert self.found(file)

    def test_a_file_may_be_given_or_none_be_read(self) -> None:
        write("a.eml")
        configure('[tool.sesmime.lint]\nignore = ["SES101"]\n')
        other = write("other.toml", b'[tool.sesmime.lint]\nselect = ["SES101"]\n')
        assert self.found("a.eml", "--isolated")
        assert self.found("a.eml", "--config", other)
        assert not self.found("a.eml")
        ran = run("lint", "a.eml", "--isolated", "--config", other)
        assert (ran.code, ran.out) == (2, b"")
        write("none.toml", b"")
        ran = run("lint", "a.eml", "--config", "none.toml")
        assert ran == Ran(2, b"", "sesmime lint: none.toml has no table [tool.sesmime.lint]\n")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[tool.sesmime.lint]\nslect = []", "[tool.sesmime.lint] has no key 'slect'; did you mean select?"),
            ("[tool.sesmime.lint]\nselect = 'SES1'", "select in [tool.sesmime.lint]: a list of texts is wanted"),
            ("[tool.sesmime.lint]\nignore = [1]", "ignore in [tool.sesmime.lint]: a list of texts is wanted"),
            (
                "[tool.sesmime.lint]\nignore = ['SES1O1']",
                "ignore in [tool.sesmime.lint]: 'SES1O1' is no rule and no beginning of one; did you mean SES101?",
            ),
            (
                "[tool.sesmime.lint]\nper-file-ignores = ['SES1']",
                "per-file-ignores in [tool.sesmime.lint]: a table of patterns and lists of codes is wanted",
            ),
            (
                "[tool.sesmime.lint.per-file-ignores]\n'a' = 'SES1'",
                "per-file-ignores in [tool.sesmime.lint]: a list of texts is wanted",
            ),
            ("[tool.sesmime.lint]\ninterface = 1", "interface in [tool.sesmime.lint]: a text is wanted"),
            (
                "[tool.sesmime.lint]\ninterface = 'v3'",
                f"interface in [tool.sesmime.lint]: {NO_INTERFACE}",
            ),
            (
                "[tool.sesmime.lint]\nfail-level = 'fatal'",
                "fail-level in [tool.sesmime.lint]: 'fatal' is not known; there are error, warning, info",
            ),
            (
                "[tool.sesmime.lint]\noutput-format = 'xml'",
                f"output-format in [tool.sesmime.lint]: 'xml' is not known; there are {', '.join(FORMATS)}",
            ),
            ("[tool.sesmime]\nlint = 1", "[tool.sesmime.lint] is no table"),
            ("[tool]\nsesmime = 1", "[tool.sesmime.lint] is no table"),
            ("[tool.sesmime]\nselect = []", "select stands in [tool.sesmime]; its place is [tool.sesmime.lint]"),
        ],
    )
    def test_what_is_not_understood_is_told_with_file_and_key(self, text: str, told: str) -> None:
        write("a.eml")
        file = configure(text).resolve()
        assert run("lint", "a.eml") == Ran(2, b"", f"sesmime lint: {file}: {told}\n")

    def test_what_is_no_toml_is_told(self) -> None:
        write("a.eml")
        for content in (b"[tool", b"\xff", b"a = " + b"[" * 100_000):
            file = write("pyproject.toml", content).resolve()
            ran = run("lint", "a.eml")
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith(f"sesmime lint: {file} is no TOML: ")
            assert ran.err.count("\n") == 1
        assert run("lint", "a.eml", "--config", "gone").err == (
            "sesmime lint: gone cannot be read: No such file or directory\n"
        )


class TestProgress:
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sesmime.cli.progress._PATIENCE", 0.0)
        monkeypatch.setattr("sesmime.cli.progress._PAUSE", 0.0)
        for name in ("a.eml", "b.eml"):
            write(name)

    def test_a_terminal_is_told_how_far_it_is_and_it_is_wiped_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "rich.status", None)
        told = lint(".", "-q", terminal=True).err
        wiped = "\r" + " " * len("1 message examined") + "\r"
        assert told.startswith(f"\r1 message examined{wiped}")
        assert "\r2 messages examined\r" in told
        assert told.rpartition("examined")[2].strip(" \r") == ""

    def test_rich_tells_it_where_it_is_there(self) -> None:
        pytest.importorskip("rich")
        ran = lint(".", "-q", terminal=True)
        assert ran.code == 1
        assert ran.out == lint(".", "-q", "--output-format", "full", terminal=True).out

    def test_a_file_is_told_nothing(self) -> None:
        assert lint(".", "-q").err == ""

    def test_a_short_run_is_told_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sesmime.cli.progress._PATIENCE", 60.0)
        assert lint(".", "-q", terminal=True).err == ""


def test_the_hook_for_pre_commit_runs_the_command_on_messages() -> None:
    text = (MESSAGES.parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert text.startswith("- id: sesmime-lint\n")
    for line in ("  entry: sesmime lint", "  language: python", r"  files: \.eml$"):
        assert line in text.splitlines()
