"""What every command that checks takes: the rules, the identities, the settings file (DESIGN, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from sesmime.cli.__main__ import COMMANDS, command_parser
from tests.cli.linting import CLEAN, OTHER, offer
from tests.cli.running import Ran, run

# Each command that checks, run without sending: what it takes beside the message, which SES405 refuses.
CHECKING: dict[str, tuple[str, ...]] = {
    "prepare": ("prepare", "a.eml"),
    "send": ("send", "--dry-run", "a.eml"),
    "forward": ("forward", "--sender", "a@b.example", "--to", "e@f.example", "a.eml"),
    "lint": ("lint", "a.eml"),
}
# What else takes the options: what they do there is tested below, or with the command.
OTHERS = {"explain", "relay", "build", "scan", "sendmail"}
OPTIONS = {"--select", "--extend-select", "--ignore", "--verified-identity", "--config", "--isolated"}
# What no fix and no forwarding mends: a file that SES blocks.
MESSAGE = CLEAN.replace(
    b"\r\n\r\n",
    b"\r\nMIME-Version: 1.0\r\nContent-Type: application/x-msdownload\r\n"
    b"Content-Disposition: attachment; filename=a.exe\r\n\r\n",
    1,
)


@pytest.fixture(autouse=True)
def _message(in_a_folder_of_its_own: None) -> None:
    Path("a.eml").write_bytes(MESSAGE)


def settings(text: str, file: str = "pyproject.toml") -> None:
    Path(file).write_text(f"[tool.sesmime.lint]\n{text}\n")


def options(name: str) -> set[str]:
    parser = command_parser(name, import_module(f"sesmime.cli.commands.{name}"))
    return {option for action in parser._actions for option in action.option_strings}


def checkers() -> Iterator[str]:
    for name in COMMANDS:
        if "--ignore" in options(name) or "--fail-level" in options(name):
            yield name


def is_found(ran: Ran, code: str = "SES405") -> bool:
    assert ran.code in (0, 1), ran.err
    return code.encode() in ran.out + ran.err.encode()


def test_the_commands_that_check_are_known() -> None:
    assert set(checkers()) == {*CHECKING, *OTHERS}


@pytest.mark.parametrize("name", [*CHECKING, *sorted(OTHERS)])
def test_each_has_all_the_options(name: str) -> None:
    assert options(name) >= OPTIONS


@pytest.mark.parametrize("name", [*CHECKING, *sorted(OTHERS)])
def test_no_option_has_a_meaning_of_its_own(name: str) -> None:
    def told(command: str) -> dict[str, str | None]:
        parser = command_parser(command, import_module(f"sesmime.cli.commands.{command}"))
        return {
            action.option_strings[0]: action.help for action in parser._actions if OPTIONS & {*action.option_strings}
        }

    assert told(name) == told("lint")


@pytest.mark.parametrize("command", CHECKING.values(), ids=CHECKING)
class TestEachCommand:
    def test_a_refusal_is_overruled_by_ignoring_its_rule(self, command: tuple[str, ...]) -> None:
        ran = run(*command)
        assert (ran.code, is_found(ran)) == (1, True)
        ran = run(*command, "--ignore", "SES405")
        assert (ran.code, is_found(ran)) == (0, False)

    def test_only_the_rules_selected_are_run(self, command: tuple[str, ...]) -> None:
        assert not is_found(run(*command, "--select", "SEC,SES1"))
        assert is_found(run(*command, "--select", "SEC,SES1", "--extend-select", "SES40"))

    def test_the_settings_file_is_read(self, command: tuple[str, ...]) -> None:
        settings('ignore = ["SES4"]')
        ran = run(*command)
        assert (ran.code, is_found(ran)) == (0, False)
        assert is_found(run(*command, "--isolated"))
        assert is_found(run(*command, "--extend-select", "SES405"))
        settings('select = ["SEC"]', "other.toml")
        assert not is_found(run(*command, "--config", "other.toml"))
        settings("", "other.toml")
        assert is_found(run(*command, "--config", "other.toml"))

    def test_a_file_may_ignore_a_rule(self, command: tuple[str, ...]) -> None:
        settings('per-file-ignores = {"a.*" = ["SES405"]}')
        assert not is_found(run(*command))
        settings('per-file-ignores = {"b.*" = ["SES405"]}')
        assert is_found(run(*command))

    def test_the_fail_level_of_the_file_counts_and_the_option_before_it(
        self, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        offer(monkeypatch, "of_another_package:noticed")
        Path("a.eml").write_bytes(CLEAN)
        assert run(*command, "--select", "TST").code == 0
        settings('fail-level = "info"')
        ran = run(*command, "--select", "TST")
        assert (ran.code, is_found(ran, "TST001")) == (1, True)
        assert run(*command, "--select", "TST", "--fail-level", "error").code == 0

    def test_identities_are_those_of_the_option_else_of_the_file(self, command: tuple[str, ...]) -> None:
        Path("a.eml").write_bytes(CLEAN)
        assert not is_found(run(*command), "SES214")
        settings('verified-identities = ["other.example"]')
        assert is_found(run(*command), "SES214")
        assert not is_found(run(*command, "--verified-identity", "b.example"), "SES214")

    @pytest.mark.parametrize("name", ["sesv2", "ses"])
    def test_the_interface_of_the_file_is_used(self, command: tuple[str, ...], name: str) -> None:
        Path("a.eml").write_bytes(CLEAN)
        settings(f'interface = "{name}"')
        written = ("--output-format", "json") if command[0] == "lint" else ()
        full = {"sesv2": "sesv2.SendEmail.Raw", "ses": "ses.SendRawEmail"}[name]
        ran = run(*command, *written)
        assert full in ran.err + ran.out.decode()
        assert full not in (ran := run(*command, *written, "--isolated", "--interface", "smtp")).out.decode()
        assert command[0] != "send" or ran.code == 2

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--ignore", "SES999"), "--ignore: 'SES999' is not a rule code or a prefix of one"),
            (("--config", "none.toml"), "none.toml cannot be read: No such file or directory"),
        ],
    )
    def test_what_is_unknown_is_refused(
        self, command: tuple[str, ...], arguments: tuple[str, ...], sentence: str
    ) -> None:
        ran = run(*command, *arguments)
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith(f"sesmime {command[0]}: {sentence}")


class TestOthers:
    def test_explain_finds_no_place_for_an_ignored_rule(self) -> None:
        text = "Duplicate header 'Subject'."
        Path("a.eml").write_bytes(OTHER)

        def places(*arguments: str) -> list[object]:
            return [
                one for cause in run("explain", "--json", text, "a.eml", *arguments).json for one in cause["findings"]
            ]

        assert places()
        assert not places("--ignore", "SES101")
        settings('ignore = ["SES101"]')
        assert not places()

    def test_what_is_built_is_checked(self) -> None:
        build = ("build", "--from", "a@b.example", "--to", "c@d.example", "--subject", "x" * 998)
        Path("t").write_bytes(b"Hi\n")
        ran = run(*build, "--attach", "virus.exe", "--text", "t")
        assert ran.code == 2  # there is none
        Path("virus.exe").write_bytes(b"MZ")
        ran = run(*build, "--attach", "virus.exe", "--text", "t", "-o", "out.eml")
        assert (ran.code, is_found(ran, "SES405"), Path("out.eml").exists()) == (1, True, False)
        assert ran.err.endswith("refused: 1 error; nothing is written\n")
        ran = run(*build, "--attach", "virus.exe", "--text", "t", "-o", "out.eml", "--ignore", "SES405")
        assert (ran.code, Path("out.eml").exists()) == (0, True)

    def test_a_message_built_without_recipients_is_no_fault_yet(self) -> None:
        Path("t").write_bytes(b"Hi\n")
        ran = run("build", "--from", "a@b.example", "--text", "t")
        assert ran.code == 0
        assert ran.err.startswith("built ")

    def test_send_and_relay_leave_an_interface_of_the_file_that_they_cannot_use(self) -> None:
        settings('interface = "smtp"')
        Path("a.eml").write_bytes(CLEAN)
        ran = run("send", "--dry-run", "a.eml")
        assert ran.code == 0
        assert ran.err.startswith("prepared for ses.SendRawEmail\n")
