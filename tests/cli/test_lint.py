"""`sesmime lint`: findings, exit codes, fixes, differences, configuration."""

from __future__ import annotations

import doctest
import json
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

import sesmime.cli.diff
import sesmime.cli.progress
from sesmime.cli.inputs import total_size
from sesmime.linter.output import FORMATS
from tests.cli.linting import CLEAN, ONLY, OTHER, SAME, lint, offer, write
from tests.cli.running import MESSAGES, Ran, process, run
from tests.conftest import shared

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")

SAID = b"SES101 repeated-field [error] Subject is repeated with"


def test_doctests() -> None:
    results = doctest.testmod(sesmime.cli.diff)
    assert results.attempted > 0
    assert results.failed == 0


# `html` needs the extra `local`.
EVERY_FORMAT = (*FORMATS, pytest.param("html", marks=pytest.mark.edges))


class TestFindings:
    def test_findings_go_to_standard_output_and_the_sum_of_them_to_standard_error(self) -> None:
        write("a.eml")
        write("b.eml", OTHER)
        write("c.eml", CLEAN)
        ran = lint("a.eml", "b.eml", "c.eml", "--output-format", "concise")
        assert ran == Ran(
            1,
            b"a.eml:4:1: " + SAID + b" the same value; SES accepts it once\n"
            b"b.eml:4:1: " + SAID + b" a different value; SES accepts it once\n",
            "Found 2 findings (2 errors) in 2 of 3 messages; 1 fixable with --fix; 1 more with --unsafe-fixes\n",
        )

    def test_full_is_the_default(self) -> None:
        write("a.eml")
        ran = lint("a.eml")
        assert ran == lint("a.eml", "--output-format", "full")
        assert ran.out.decode().splitlines()[:5] == [
            "a.eml:4:1: SES101 repeated-field [error]",
            "  Subject is repeated with the same value; SES accepts it once",
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
        assert "sesmime lint: no input; give files or folders, or - for standard input" in ran.err

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
        refusal = "is not checked: ses.SendEmail does not accept a raw message; use --interface ses, sesv2 or smtp"
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

    def test_findings_below_the_minimum_are_neither_written_nor_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.eml")
        offer(monkeypatch, "of_another_package:noticed")
        argv = ["lint", "a.eml", "--select", "TST,SES101", "--output-format", "concise"]
        assert run(*argv).err == "Found 2 findings (1 error, 1 info) in 1 of 1 message; 1 fixable with --fix\n"
        for level in ("warning", "error"):
            ran = run(*argv, "--min-level", level)
            assert [line.split()[1] for line in ran.out.splitlines()] == [b"SES101"]
            assert ran.err.startswith("Found 1 finding (1 error) in 1 of 1 message")
        assert run(*argv, "--min-level", "warning", "--ignore", "SES101", "--fail-level", "info") == Ran(
            0, b"", "All clear: no findings in 1 message\n"
        )
        write("pyproject.toml", b'[tool.sesmime.lint]\nmin-level = "warning"\n')
        assert b"TST001" not in run(*argv).out
        assert b"TST001" in run(*argv, "--min-level", "info").out

    def test_exit_zero_gives_0_whatever_is_found_but_not_for_what_cannot_be_read(self) -> None:
        write("a.eml")
        assert lint("a.eml", "--exit-zero").code == 0
        assert lint("a.eml", "missing.eml", "--exit-zero").code == 2


class TestEveryInterface:
    def test_each_finding_is_told_once_with_its_interfaces(self) -> None:
        write("a.eml", SAME.replace(b"Subject: one\r\n", b"Subject: one\r\nX-SES-LIST-MANAGEMENT-OPTIONS: a\r\n", 1))
        alone = {
            name: run("lint", "a.eml", "--output-format", "json", "--interface", name).json[0]["findings"]
            for name in ("ses", "sesv2", "smtp")
        }
        assert {one["code"] for one in alone["ses"]} != {one["code"] for one in alone["smtp"]}
        (told,) = run("lint", "a.eml", "--output-format", "json", "--interface", "all").json
        assert told["interface"] == "all"
        names = {"ses.SendRawEmail": "ses", "sesv2.SendEmail.Raw": "sesv2", "smtp": "smtp"}
        places = [(one["code"], str(one["span"])) for one in told["findings"]]
        assert len(set(places)) == len(places)
        for full, short in names.items():
            met = [(one["code"], str(one["span"])) for one in told["findings"] if full in one["interfaces"]]
            assert sorted(met) == sorted((one["code"], str(one["span"])) for one in alone[short])
        for one in told["findings"]:
            only = f" (only with {', '.join(one['interfaces'])})"
            assert one["message"].endswith(only) == (len(one["interfaces"]) < 3)

    def test_the_most_severe_is_the_first_and_counts(self) -> None:
        write("a.eml")
        ran = lint("a.eml", "--interface", "all", "--output-format", "concise")
        assert ran.code == 1
        assert ran.err == "Found 1 finding (1 error) in 1 of 1 message; 1 fixable with --fix\n"

    def test_a_request_keeps_its_interface(self) -> None:
        write("a.json", json.dumps({"RawMessage": {"Data": SAME.decode()}}).encode())
        (told,) = lint("a.json", "--interface", "all", "--output-format", "json").json
        assert told["interface"] == "ses.SendRawEmail"

    @pytest.mark.parametrize("option", ["--fix", "--diff"])
    def test_fixes_are_for_one_interface(self, option: str) -> None:
        write("a.eml")
        ran = lint("a.eml", "--interface", "all", option)
        assert (ran.code, Path("a.eml").read_bytes()) == (2, SAME)

    def test_it_is_for_lint_alone(self) -> None:
        assert run("prepare", "--interface", "all", stdin=CLEAN).code == 2


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
            ("SES1O1", "'SES1O1' is not a rule code or a prefix of one; did you mean SES101?"),
            ("SES1,ses101", "'ses101' is not a rule code or a prefix of one; did you mean SES101?"),
            ("repeated-field", "'repeated-field' is not a rule code or a prefix of one; did you mean repeated-field?"),
            ("", "'' is not a rule code or a prefix of one; `sesmime rules` lists them"),
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
            assert ran.err.startswith("sesmime lint: cannot load the rules of another package: ")
            assert ran.err.count("\n") == 1


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
        (told,) = lint("a.eml", "--output-format", "gitlab").json
        assert told["location"] == {"path": "a.eml", "lines": {"begin": 4}}

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
        assert ran == Ran(2, b"", "sesmime lint: --statistics can be used only with the formats full, concise, json\n")

    def test_colours_are_written_to_a_terminal_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.eml")
        painted = lint("a.eml", terminal=True).out.decode()
        assert painted.startswith("\x1b[1ma.eml:4:1\x1b[0m: SES101 repeated-field [\x1b[31merror\x1b[0m]\n")
        assert "\x1b" not in lint("a.eml", terminal=True).err
        lint("a.eml", "-o", "found", terminal=True)
        assert "\x1b" not in Path("found").read_text(encoding="utf-8")
        monkeypatch.setenv("NO_COLOR", "1")
        assert lint("a.eml", terminal=True).out == lint("a.eml").out

    @pytest.mark.parametrize("name", EVERY_FORMAT)
    def test_what_an_encoding_lacks_is_escaped(self, name: str) -> None:
        write("ü.eml")
        out = lint("ü.eml", "--output-format", name, encoding="ascii").out
        assert out.isascii()

    @pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
    @pytest.mark.parametrize("name", EVERY_FORMAT)
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

    @pytest.mark.slow
    @pytest.mark.shared
    @pytest.mark.parametrize("name", EVERY_FORMAT)
    def test_no_message_of_others_makes_a_format_fail_or_print_a_control(self, name: str) -> None:
        for folder in ("attacks", "corpus"):
            ran = run("lint", shared(folder), "--output-format", name, "-q")
            assert ran.code == 1
            assert ran.err == ""
            assert all(line.isprintable() for line in ran.out.decode().split("\n"))


class TestProgress:
    @pytest.fixture(autouse=True)
    def _impatient(self, in_a_folder_of_its_own: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sesmime.cli.progress._PATIENCE", 0.0)
        monkeypatch.setattr("sesmime.cli.progress._PAUSE", 0.0)
        for name in ("a.eml", "b.eml"):
            write(name)

    def test_a_terminal_is_told_how_far_it_is_and_it_is_wiped_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "rich.status", None)
        told = lint(".", "-q", terminal=True).err
        wiped = "\r" + " " * len("1 message checked") + "\r"
        assert told.startswith(f"\r1 message checked{wiped}")
        assert "\r2 messages checked\r" in told
        assert told.rpartition("checked")[2].strip(" \r") == ""

    def test_rich_tells_it_where_it_is_there(self) -> None:
        pytest.importorskip("rich")
        ran = lint(".", "-q", terminal=True)
        assert ran.code == 1
        assert ran.out == lint(".", "-q", "--output-format", "full", terminal=True).out

    def test_a_long_run_is_told_with_its_total_its_rate_and_what_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "rich.status", None)
        ticks = iter(range(0, 1_000, 30))
        monkeypatch.setattr("sesmime.cli.progress.time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
        write("a.eml", CLEAN + b"x" * (1_000_000 - len(CLEAN)))
        write("b.eml", CLEAN + b"x" * (3_000_000 - len(CLEAN)))
        told = [line.strip() for line in lint("a.eml", "b.eml", "-q", terminal=True).err.split("\r")]
        first, second = (line for line in told if line)
        assert re.fullmatch(r"1 message checked, 25% of 4\.0 MB, 0 a second, about \d+:\d\d left", first)
        assert second == "2 messages checked, 100% of 4.0 MB, 0 a second, about 0:00 left"

    def test_the_total_is_that_of_all_files_that_are_read(self) -> None:
        write("folder/c.eml", b"x" * 100)
        write("folder/old/d.eml", b"x" * 50)
        write("folder/e.txt", b"x" * 25)
        every = 2 * len(SAME) + 150
        assert total_size([".", "."], is_excluded=lambda path: False) == every
        assert total_size(["."], is_excluded=lambda path: path.endswith("old")) == every - 50
        assert total_size(["folder/e.txt", "missing"], is_excluded=lambda path: False) == 25
        assert total_size(["a.eml", "-"], is_excluded=lambda path: False) is None
        results = doctest.testmod(sesmime.cli.progress)
        assert (results.attempted > 0, results.failed) == (True, 0)

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
