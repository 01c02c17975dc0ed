"""Bad input to the command line: one clear sentence, the right exit code, nothing written (DESIGN, section 5)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sesmime.cli.__main__ import COMMANDS
from tests.cli.running import ARN, MESSAGES, PLAIN, READERS, WELCOME, Ran, run

HEADLESS = MESSAGES / "no-header-section.eml"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a place to write to, where nothing is to appear."""
    return tmp_path / "out.eml"


def refused(ran: Ran, sentence: str) -> None:
    """Assert that a run ended as wrong usage or unreadable input does."""
    assert ran == Ran(2, b"", sentence + "\n")


class TestMessages:
    @pytest.mark.parametrize("name", READERS)
    def test_what_is_no_message_is_told_in_one_sentence(self, name: str, tmp_path: Path) -> None:
        command = f"sesmime {name}:"
        missing = tmp_path / "missing.eml"
        refused(run(name, *READERS[name], missing), f"{command} {missing} cannot be read: No such file or directory")
        refused(run(name, *READERS[name], tmp_path), f"{command} {tmp_path} is a folder; give a file with one message")
        empty = tmp_path / "empty.eml"
        empty.touch()
        refused(run(name, *READERS[name], empty), f"{command} {empty} is empty")
        refused(run(name, *READERS[name]), f"{command} standard input is empty")
        refused(run(name, *READERS[name], ""), f"{command} '' cannot be read: No such file or directory")

    @pytest.mark.parametrize("name", READERS)
    def test_files_of_another_kind_are_told_from_messages(self, name: str) -> None:
        picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06"
        ran = run(name, *READERS[name], stdin=picture)
        refused(ran, f"sesmime {name}: standard input is a binary file, not a message")
        utf16 = PLAIN.read_bytes().decode("ascii").encode("utf-16")
        ran = run(name, *READERS[name], stdin=utf16)
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith(f"sesmime {name}: standard input is UTF-16 text; ")
        assert ran.err.count("\n") == 1

    def test_a_message_with_nul_bytes_is_a_message(self) -> None:
        message = PLAIN.read_bytes() + b"\0\0"
        assert run("strip", "-q", stdin=message) == Ran(0, message, "")

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
    def test_a_file_without_permission_is_unreadable(self, tmp_path: Path) -> None:
        file = tmp_path / "secret.eml"
        file.write_bytes(PLAIN.read_bytes())
        file.chmod(0)
        refused(run("show", file), f"sesmime show: {file} cannot be read: Permission denied")

    def test_a_header_section_beyond_the_limit_is_not_stripped(self) -> None:
        ran = run("strip", stdin=b"A: b\n" * 300_000)
        refused(ran, "sesmime strip: the message exceeds the limit header_section = 1048576")


class TestNoHeaderSection:
    def test_the_cause_is_told_once_with_the_answer_expected_from_ses(self, out: Path) -> None:
        ran = run("prepare", HEADLESS, "-o", out)
        assert (ran.code, ran.out) == (1, b"")
        assert ran.err == (
            f"{HEADLESS}:1:1: error SES004 no-header-section\n"
            "    there is no header section: line 1 is not a field\n"
            "    expected from SES: Missing required header 'From'. [OBSERVED]\n"
            "    fix: write fields such as From and To, then an empty line, then the body (by\n"
            "    hand)\n"
            "refused: 1 error; nothing is written\n"
        )
        assert not out.exists()

    def test_an_empty_line_before_the_fields_is_named(self) -> None:
        ran = run("prepare", stdin=b"\r\n" + PLAIN.read_bytes())
        assert ran.code == 1
        assert ran.err == (
            "<stdin>:1:1: error SES004 no-header-section\n"
            "    there is no header section: line 1 is empty, so everything after it is the\n"
            "    body\n"
            "    expected from SES: Missing required header 'From'. [OBSERVED]\n"
            "    fix: remove the empty line before the fields (unsafe)\n"
            "refused: 1 error; nothing is written\n"
        )

    def test_it_is_a_warning_if_sender_and_recipient_are_given(self, out: Path) -> None:
        # SES was seen to take even an empty message with both (facts: C.1).
        given = ["--source", "a@b.example", "--to", "c@d.example"]
        ran = run("prepare", HEADLESS, *given, "-o", out)
        assert (ran.code, ran.out) == (0, b"")
        assert ran.err.startswith(f"{HEADLESS}:1:1: warning SES004 no-header-section\n")
        assert "expected from SES" not in ran.err
        assert out.read_bytes() == HEADLESS.read_bytes()

    def test_with_a_sender_alone_the_recipients_are_missing(self, out: Path) -> None:
        ran = run("prepare", HEADLESS, "--source", "a@b.example", "-o", out)
        assert ran.code == 1
        assert "    expected from SES: Missing required header 'To'. [OBSERVED]\n" in ran.err
        assert not out.exists()

    def test_a_fail_level_refuses_it_whatever_is_given(self, out: Path) -> None:
        given = ["--source", "a@b.example", "--to", "c@d.example"]
        ran = run("prepare", HEADLESS, *given, "--fail-level", "warning", "-o", out)
        assert ran.code == 1
        assert ran.err.endswith("refused: 1 finding at or above warning; nothing is written\n")
        assert not out.exists()

    def test_other_findings_are_still_told(self) -> None:
        ran = run("prepare", stdin=HEADLESS.read_bytes() + b"x" * 1200 + b"\r\n")
        assert ran.err.count("error") == 3
        assert " error SES301 long-line\n" in ran.err
        assert ran.err.endswith("refused: 2 errors; nothing is written\n")

    def test_the_report_is_written(self) -> None:
        ran = run("prepare", HEADLESS, "--emit", "report")
        assert ran.code == 1
        assert ran.json["bytes_in"] == len(HEADLESS.read_bytes())
        assert ran.err.endswith("refused: 1 error; only the report is written\n")

    def test_show_says_so_and_tells_no_line_of_it(self) -> None:
        ran = run("show", HEADLESS)
        assert ran.code == 0
        assert ran.out.decode() == (
            f"{HEADLESS}: 74 bytes\ntext/plain  7bit  58 bytes\n\nHeader section: none, line 1 is not a field\n"
        )

    def test_the_other_commands_take_it_as_it_is(self) -> None:
        assert run("strip", HEADLESS, "-q") == Ran(0, HEADLESS.read_bytes(), "")
        assert run("resolve", HEADLESS).code == 0
        assert run("tags", HEADLESS).code == 0


WRONG = {
    "foo": "'foo' is not a message tag; write NAME=VALUE",
    "": "'' is not a message tag; write NAME=VALUE",
    "a b=1": "'a b=1': a tag name consists of only A-Z a-z 0-9 _ and -",
    " a=1": "' a=1': a tag name consists of only A-Z a-z 0-9 _ and -",
    "=1": "'=1': a tag needs a name",
    "a=": "'a=': a tag needs a value",
    "a=1,b=2": "'a=1,b=2': a tag value consists of only A-Z a-z 0-9 _ and -",
    "a=1\r\nBcc: x": r"'a=1\r\nBcc: x': a tag value consists of only A-Z a-z 0-9 _ and -",
    "ses:caller=1": "'ses:caller=1': names with ses: are reserved, except ses:feedback-id-a and ses:feedback-id-b",
}


class TestOptions:
    @pytest.mark.parametrize(("tag", "sentence"), WRONG.items())
    def test_a_wrong_tag_is_wrong_usage(self, tag: str, sentence: str, out: Path) -> None:
        refused(run("prepare", WELCOME, "--tag", tag, "-o", out), f"sesmime prepare: --tag: {sentence}")
        refused(run("tags", "--format", tag), f"sesmime tags: --format: {sentence}")
        assert not out.exists()

    @pytest.mark.parametrize("name", ["prepare", "resolve"])
    def test_wrong_settings_are_wrong_usage(self, name: str) -> None:
        def told(*argv: str) -> str:
            ran = run(name, WELCOME, *argv)
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith(f"sesmime {name}: ")
            assert ran.err.count("\n") == 1
            return ran.err.removeprefix(f"sesmime {name}: ").removesuffix("\n")

        assert told("--tag", "a=1", "--tag", "a=2") == "--tag: a is given more than once"
        assert told("--topic", "Offers") == "--topic needs --list"
        assert (
            told("--configuration-set", "a b")
            == "--configuration-set: 'a b' is not 1 to 64 characters from A-Z a-z 0-9 _ and -"
        )
        assert told("--configuration-set", "").startswith("--configuration-set: '' is not 1 to 64 ")
        assert told("--list", "a\nb", "--interface", "sesv2").startswith("--list: 'a\\nb' is not List or List; topic=")
        assert told("--source-arn", "arn:aws:s3:::x").startswith("--source-arn: 'arn:aws:s3:::x' is not the ARN of")
        assert told("--interface", "sess") == (
            "--interface: 'sess' is not an interface; choose from ses, sesv2, smtp, or a full name such as"
            " sesv2.SendEmail.Raw"
        )

    @pytest.mark.parametrize("option", ["--source", "--to", "--cc", "--bcc"])
    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("foo", "an element has no @, so it is not an address"),
            ("", "it is not exactly one mailbox"),
            ("jörg@x.example", "SES accepts only ASCII local parts"),
            ("a@b.example, foo", ""),
            ("a@b.example\r\nX: y", r"it contains the control character '\r'"),
        ],
    )
    def test_an_address_that_is_none_is_wrong_usage(self, option: str, address: str, reason: str) -> None:
        ran = run("prepare", WELCOME, option, address)
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith(f"sesmime prepare: {option}: address '")
        assert ran.err.endswith(f" is invalid: {reason}\n" if reason else "\n")
        assert ran.err.count("\n") == 1

    def test_an_argument_may_hold_several_recipients_but_one_source(self) -> None:
        two = "A <a@b.example>, c@d.example"
        destination = run("prepare", PLAIN, "--to", two, "--emit", "request", "-q").json["Destinations"]
        assert destination == ["a@b.example", "c@d.example"]
        assert run("prepare", PLAIN, "--source", two).code == 2

    @pytest.mark.parametrize(
        ("interface", "argv"),
        [
            ("ses", ["--tenant", "a"]),
            ("ses", ["--list", "a"]),
            ("sesv2", ["--from-arn", ARN]),
        ],
    )
    @pytest.mark.parametrize("name", ["prepare", "resolve"])
    def test_a_setting_that_the_interface_has_no_place_for_is_wrong_usage(
        self, name: str, interface: str, argv: list[str]
    ) -> None:
        ran = run(name, WELCOME, "--interface", interface, *argv)
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith(f"sesmime {name}: {argv[0]}: ses")
        assert " has no parameter for " in ran.err

    @pytest.mark.parametrize("argv", [["resolve"], ["prepare", "--no-lift"]])
    def test_over_smtp_a_setting_has_a_place_only_if_it_is_lifted(self, argv: list[str]) -> None:
        for setting in (["--tag", "a=1"], ["--configuration-set", "a"], ["--source-arn", ARN], ["--tenant", "a"]):
            ran = run(*argv, WELCOME, "--interface", "smtp", *setting)
            assert (ran.code, ran.out) == (2, b"")
            assert f": {setting[0]}: smtp has no parameter for " in ran.err
            assert run("prepare", WELCOME, "--interface", "smtp", *setting).code == 0

    def test_a_request_over_smtp_is_wrong_usage(self, out: Path) -> None:
        # Even of a message that would be refused: what is wrong is the question.
        for message in (WELCOME, HEADLESS):
            ran = run("prepare", message, "--interface", "smtp", "--emit", "request", "-o", out)
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith("sesmime prepare: SMTP has no requests; ")
        assert not out.exists()

    def test_an_interface_that_takes_no_raw_message_is_wrong_usage(self) -> None:
        told = "sesmime prepare: ses.SendEmail does not accept a raw message; use --interface ses, sesv2 or smtp"
        refused(run("prepare", WELCOME, "--interface", "ses.SendEmail"), told)

    def test_unknown_commands_and_options_are_wrong_usage(self) -> None:
        told = f"'prepar' is not a command; choose from {', '.join(COMMANDS)}; see sesmime --help"
        refused(run("prepar", WELCOME), f"sesmime: {told}")
        refused(run("--foo"), "sesmime: unrecognized arguments: --foo; see sesmime --help")
        for argv in (["--conf", "x"], ["--\x1b"], ["extra"]):
            ran = run("prepare", WELCOME, *argv)
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith("sesmime prepare: unrecognized arguments: ")
            assert ran.err.endswith("; see sesmime prepare --help\n")
            assert "\x1b" not in ran.err
        for written, meant in (("--configuration-sett", "--configuration-set"), ("--emti=request", "--emit")):
            told = f"unrecognized arguments: {written} (did you mean {meant}?); see sesmime prepare --help"
            refused(run("prepare", WELCOME, written), f"sesmime prepare: {told}")
        for option in ("--emit", "--fail-level"):
            ran = run("prepare", WELCOME, option, "nothing")
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith(f"sesmime prepare: {option}: invalid choice: 'nothing'")
        refused(run("prepare", WELCOME, "--tag"), "sesmime prepare: --tag: expected one argument")

    def test_tags_are_read_or_written_but_not_both(self) -> None:
        ran = run("tags", "--body", "a=1", "--format", "a=1")
        assert (ran.code, ran.out) == (2, b"")
        refused(
            run("tags", "--format", "a=1", "a=2"),
            "sesmime tags: message tag 'a=2' cannot be written: its name is used more than once",
        )


class TestOutput:
    @pytest.mark.parametrize("name", ["prepare", "strip"])
    def test_an_output_that_cannot_be_written_is_told_before_anything_is_read(self, name: str, tmp_path: Path) -> None:
        command = f"sesmime {name}:"
        refused(run(name, "-o", tmp_path), f"{command} {tmp_path} is a folder, not a file")
        nowhere = tmp_path / "no" / "out.eml"
        told = f"{command} {nowhere} cannot be written: there is no folder {nowhere.parent}"
        refused(run(name, "-o", nowhere), told)
        folder = f"{tmp_path}{os.sep}new{os.sep}"
        refused(run(name, "-o", folder), f"{command} {folder} cannot be written: there is no folder {folder[:-1]}")
        refused(run(name, "-o", ""), f"{command} '' is not a file name; give the file to write")
        assert list(tmp_path.iterdir()) == []

    def test_wrong_usage_comes_before_a_refusal(self, tmp_path: Path) -> None:
        assert run("prepare", HEADLESS, "-o", tmp_path).code == 2
