"""The command line: what each command writes, tells and answers (DESIGN, section 5)."""

from __future__ import annotations

import argparse
import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import sesmime.cli.as_json
import sesmime.cli.terminal
import sesmime.mime.kinds
from sesmime import __version__
from sesmime.cli.__main__ import COMMANDS, command_parser
from tests.cli.running import PLAIN, READERS, REPEATED, ROOT, WELCOME, Ran, Stream, process, run, without_lines
from tests.conftest import shared


class TestAllCommands:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_each_command_has_help_in_ascii_and_80_columns(self, name: str) -> None:
        ran = run(name, "--help")
        assert ran.code == 0
        assert ran.err == ""
        text = ran.out.decode("ascii")
        assert text.startswith(f"usage: sesmime {name} ")
        told = " ".join(text.split())
        assert COMMANDS[name][1:] in told
        assert re.search(r"Exit codes(, of sysexits\.h)?: 0 ", told)
        assert max(map(len, text.splitlines())) <= 80

    def test_the_top_help_lists_all_commands(self) -> None:
        ran = run("--help")
        assert ran.code == 0
        for name in COMMANDS:
            assert f"\n    {name} " in ran.out.decode("ascii")

    def test_without_a_command_the_help_goes_to_standard_error(self) -> None:
        ran = run()
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith("usage: sesmime COMMAND")

    def test_version(self) -> None:
        assert run("--version") == Ran(0, f"sesmime {__version__}\n".encode(), "")

    def test_doctests(self) -> None:
        for module in (sesmime.cli.as_json, sesmime.cli.terminal, sesmime.mime.kinds):
            results = doctest.testmod(module)
            assert results.attempted > 0
            assert results.failed == 0

    @pytest.mark.slow
    @pytest.mark.shared
    @pytest.mark.parametrize("folder", ["corpus", "attacks"])
    def test_no_message_of_others_makes_a_command_fail_or_print_a_control(self, folder: str) -> None:
        files = [file for file in shared(folder).rglob("*") if file.suffix in (".eml", ".txt", ".msg", "")]
        files = [file for file in files if file.is_file()]
        assert files
        for file in files:
            for name, options in READERS.items():
                ran = run(name, *options, file)
                assert ran.code in (0, 1, 2), (name, file)
                told = [ran.err] + ([ran.out.decode()] if name in ("show", "resolve", "tags") else [])
                assert all(line.isprintable() for text in told for line in text.split("\n")), (name, file)


HOSTILE = (
    b"From: a@b.example\r\nTo: c@d.example\r\n"
    b"Subject: \x1b[31mred \xe2\x80\xae \x9b \x07 =?utf-8?B?G1szMW0=?=\r\n"
    b"X-SES-\x1bFOO: 1\r\nX-SES-MESSAGE-TAGS: a\x1b=1\rX-SES-TENANT: b\r\n"
    b'Content-Type: text/plain; name="a\x1b[2J\xe2\x80\xae.txt"\r\n\r\nbody\x1b[2J\x07 \rlone \xff\ttab\xe2\x80\xae\r\n'
)


class TestTerminal:
    @pytest.mark.parametrize("name", READERS)
    @pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
    def test_no_control_character_of_a_message_reaches_a_terminal(
        self, name: str, encoding: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        ran = run(name, *READERS[name], stdin=HOSTILE, terminal=True, encoding=encoding)
        for text in (ran.out.decode(encoding), ran.err):
            for line in text.split("\n"):
                assert line.replace("\t", " ").isprintable(), line

    def test_a_terminal_sees_the_message_with_controls_escaped(self) -> None:
        message = b"From: a@b.example\r\nTo: c@d.example\r\n\r\n\x1b[2J \xe2\x82\xac \xff a\rb\r\n"
        ran = run("prepare", "-q", stdin=message, terminal=True)
        assert ran.out.decode() == "From: a@b.example\nTo: c@d.example\n\n\\x1b[2J € \\xff a\\rb\n"

    def test_a_pipe_gets_the_bytes(self) -> None:
        message = b"From: a@b.example\r\nTo: c@d.example\r\n\r\n\x1b[2J \xff a\rb\r\n"
        assert run("prepare", "-q", stdin=message).out == message

    def test_file_names_are_escaped_too(self) -> None:
        assert run("show", "\x1b[31m\u202ex").err == (
            "sesmime show: \\x1b[31m\\u202ex cannot be read: No such file or directory\n"
        )

    def test_severities_are_coloured_on_a_terminal_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert f"{REPEATED}:9:1: \x1b[31merror\x1b[0m SES101" in run("prepare", REPEATED, terminal=True).err
        assert "\x1b" not in run("prepare", REPEATED).err
        for name, value in (("TERM", "dumb"), ("NO_COLOR", "1")):
            monkeypatch.setenv(name, value)
            assert "\x1b" not in run("prepare", REPEATED, terminal=True).err

    def test_colours_can_be_forced_and_forbidden(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def is_coloured(*argv: object, terminal: bool = False) -> bool:
            return "\x1b" in run("prepare", REPEATED, *argv, terminal=terminal).err

        assert is_coloured("--color", "always")
        assert not is_coloured("--color", "never", terminal=True)
        assert is_coloured("--color", "auto", terminal=True)
        assert not is_coloured()  # what was said before is forgotten
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert is_coloured()
        assert not is_coloured("--color", "never")
        monkeypatch.setenv("NO_COLOR", "1")
        assert not is_coloured(terminal=True)
        assert is_coloured("--color", "always")
        assert run("prepare", REPEATED, "--color", "blue").code == 2

    @pytest.mark.edges
    def test_forced_colours_reach_a_pipe_from_rich_too(self) -> None:
        assert b"\x1b[" in run("show", WELCOME, "--color", "always").out
        assert b"\x1b[" not in run("show", WELCOME).out

    def test_without_rich_or_colours_the_tree_is_plain_on_a_terminal_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = run("show", WELCOME).out
        monkeypatch.setitem(sys.modules, "rich.console", None)
        assert run("show", WELCOME, terminal=True).out == plain
        monkeypatch.delitem(sys.modules, "rich.console")
        monkeypatch.setenv("NO_COLOR", "1")
        assert run("show", WELCOME, terminal=True).out == plain

    @pytest.mark.edges
    def test_rich_draws_the_same_tree_in_colours(self) -> None:
        pytest.importorskip("rich")
        from rich.text import Text

        coloured = run("show", WELCOME, terminal=True).out.decode()
        assert "\x1b[" in coloured
        words = Text.from_ansi(coloured).plain.split()
        assert words == run("show", WELCOME).out.decode().split()

    @pytest.mark.edges
    def test_on_a_narrow_terminal_the_tree_loses_neither_sizes_nor_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("rich")
        monkeypatch.setenv("COLUMNS", "40")
        assert run("show", WELCOME, terminal=True).out == run("show", WELCOME).out
        assert b"attachment 'card.svg'" in run("show", WELCOME, terminal=True).out

    def test_a_long_read_is_told_of_on_a_terminal_and_wiped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seconds = iter(range(100))
        monkeypatch.setattr("sesmime.cli.files.time.monotonic", lambda: float(next(seconds)))
        monkeypatch.setenv("NO_COLOR", "1")
        message = PLAIN.read_bytes() + b"a line\r\n" * 400_000
        ran = run("strip", "-o", os.devnull, "-q", stdin=message, terminal=True)
        assert ran.code == 0
        assert ran.err.startswith("\r1 MB read\r2 MB read\r3 MB read")
        assert ran.err.endswith("\r" + " " * len("3 MB read") + "\r")

    def test_whoever_types_a_message_is_told_how_to_end_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Stream, "isatty", lambda self: True)
        monkeypatch.setenv("NO_COLOR", "1")
        assert "end it with Ctrl-D\n" in run("prepare", stdin=PLAIN.read_bytes()).err


class TestProcesses:
    def test_python_m_sesmime_prepares_a_message(self) -> None:
        done = process("prepare", WELCOME)
        assert done.returncode == 0
        assert done.stdout == without_lines(WELCOME.read_bytes(), b"X-SES-", b"Bcc:")
        assert done.stderr.startswith(b"prepared for ses.SendRawEmail\n")

    def test_a_message_goes_through_pipes_byte_for_byte(self) -> None:
        message = b"From: a@b.example\nTo: c@d.example\r\n\r\n\0\r\n\n\r" + bytes(range(256)) * 10
        done = process("strip", "-q", stdin=message)
        assert (done.returncode, done.stdout, done.stderr) == (0, message, b"")

    @pytest.mark.parametrize("name", READERS)
    def test_the_c_locale_and_ascii_streams_do_no_harm(self, name: str) -> None:
        environment = os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"}
        done = process(name, *READERS[name], stdin=HOSTILE, env=environment)
        assert done.returncode in (0, 1)
        assert b"Traceback" not in done.stderr
        assert done.stderr.isascii()
        if name not in ("prepare", "strip", "forward"):
            assert done.stdout.isascii()

    @pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
    @pytest.mark.parametrize("argv", [["show", WELCOME], ["prepare", WELCOME, "-q"], ["--version"], ["show", "--help"]])
    def test_a_broken_pipe_is_silent(self, argv: list[object]) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = process(*argv, stdout=writing)
        finally:
            os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
    def test_a_full_disk_is_told_in_one_sentence(self) -> None:
        with Path("/dev/full").open("wb") as full:
            done = process("show", WELCOME, stdout=full)
        assert done.returncode == 2
        assert done.stderr == b"sesmime: cannot write to standard output: No space left on device\n"
        done = process("prepare", WELCOME, "-o", "/dev/full")
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr == b"sesmime prepare: /dev/full cannot be written: No space left on device\n"

    @pytest.mark.slow
    @pytest.mark.skipif(os.name != "posix", reason="the shell of POSIX")
    @pytest.mark.parametrize("name", READERS)
    def test_closed_streams_are_told_and_raise_nothing(self, name: str) -> None:
        for closed, told in ((">&-", b"no standard output"), ("<&-", b"no standard input"), ("2>&-", b"")):
            options = " ".join(READERS[name])
            command = f'"{sys.executable}" -m sesmime {name} {options} {closed}'
            done = subprocess.run(command, shell=True, check=False, capture_output=True, input=b"", cwd=ROOT)
            assert done.returncode == 2
            assert told in done.stderr
            assert b"Traceback" not in done.stderr

    def test_an_interrupt_is_quiet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_: object) -> Iterator[bytes]:
            raise KeyboardInterrupt

        monkeypatch.setattr("sesmime.cli.files.read_pieces", interrupted)
        assert run("prepare") == Ran(130, b"", "")

    def test_the_start_imports_nothing_that_the_run_does_not_need(self) -> None:
        heavy = ("rich", "boto3", "botocore", "email", "json", "tempfile", "base64", "pathlib", "shutil")
        code = f"""if True:
            import sys
            import sesmime.cli.__main__ as cli
            print([name for name in {heavy} if name in sys.modules])
            cli.main(["prepare", {str(WELCOME)!r}, "-q", "-o", {os.devnull!r}])
            print([name for name in {heavy} if name in sys.modules])
        """
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
        assert done.stdout == "[]\n[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_two_hyphens_as_the_value_of_an_option_are_wrong_usage(name: str) -> None:
    parser = command_parser(name, import_module(f"sesmime.cli.commands.{name}"))
    options = [one.option_strings[-1] for one in parser._actions if one.option_strings and one.nargs is None]
    for option in options:
        ran = run(name, f"{option}=--")
        assert ran.code == parser.usage_code
        assert ran.out == b""
        assert ran.err == f"sesmime {name}: {'/'.join(_spellings(parser, option))}: -- is no value\n"


def _spellings(parser: argparse.ArgumentParser, option: str) -> list[str]:
    return list(parser._option_string_actions[option].option_strings)
