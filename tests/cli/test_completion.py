"""`sesmime completion`: each shell reads its script, and completes what the parsers take."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from sesmime.cli.__main__ import COMMANDS, command_parser
from tests.cli.running import Ran, run

SHELLS = ("bash", "zsh", "fish")


def actions(name: str) -> list[argparse.Action]:
    return command_parser(name, import_module(f"sesmime.cli.commands.{name}"))._actions


def flags(name: str) -> set[str]:
    return {flag for action in actions(name) for flag in action.option_strings}


def choices() -> Iterator[tuple[str, str, set[str]]]:
    """Return every option that takes one of some words, with its command."""
    for name in COMMANDS:
        for action in actions(name):
            if action.choices is not None and action.option_strings:
                yield name, action.option_strings[-1], set(map(str, action.choices))


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def script(tmp_path: Path, shell: str) -> Path:
    ran = run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    file = tmp_path / f"script.{shell}"
    file.write_bytes(ran.out)
    return file


def answered(shell: str, code: str) -> list[str]:
    """Run a shell that is installed; return the lines that it writes."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    clean = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run([program, *clean, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_every_command_and_option_is_in_every_script(shell: str, script: Path) -> None:
    text = script.read_text()
    for name in COMMANDS:
        assert name in text
        for flag in flags(name):
            assert (f"-l {flag[2:]}" if shell == "fish" and flag.startswith("--") else flag.lstrip("-")) in text


def test_the_shell_can_read_it(shell: str, script: Path) -> None:
    assert answered(shell, f"source {script}" if shell == "fish" else f"{shell} -n {script}") == []


def test_an_unknown_shell_is_wrong_usage() -> None:
    ran = run("completion", "tcsh")
    assert (ran.code, ran.out) == (2, b"")
    assert ran == Ran(2, b"", "sesmime completion: SHELL: invalid choice: 'tcsh' (choose from 'bash', 'zsh', 'fish')\n")


class TestBash:
    @pytest.fixture
    def shell(self) -> str:
        return "bash"

    def completed(self, script: Path, *lines: str) -> list[set[str]]:
        """Return what is offered for the last word of each line; a line is words between blanks."""
        asked = [
            f'COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _sesmime; echo "${{COMPREPLY[*]}}"'
            for line in lines
        ]
        return [set(line.split()) for line in answered("bash", "\n".join([f"source {script}", *asked]))]

    def test_it_is_registered(self, script: Path) -> None:
        assert answered("bash", f"source {script}; complete -p sesmime") == [
            "complete -o bashdefault -o default -F _sesmime sesmime"
        ]

    def test_commands(self, script: Path) -> None:
        assert self.completed(script, 'sesmime ""', "sesmime re") == [
            {*COMMANDS, "--help", "--version"},
            {name for name in COMMANDS if name.startswith("re")},
        ]

    def test_the_options_of_each_command(self, script: Path) -> None:
        offered = self.completed(script, *(f"sesmime {name} -" for name in COMMANDS))
        assert offered == [flags(name) for name in COMMANDS]

    def test_the_values_of_each_option_that_has_some(self, script: Path) -> None:
        known = list(choices())
        assert len(known) > 20
        asked = [f'sesmime {name} {flag} ""' for name, flag, _ in known]
        asked += [f'sesmime {name} {flag} "=" ""' for name, flag, _ in known]
        assert self.completed(script, *asked) == [values for *_, values in known] * 2

    def test_rules_interfaces_and_topics(self, script: Path) -> None:
        codes, ignored, interfaces, topics, kinds, files = self.completed(
            script,
            "sesmime rule SES10",
            "sesmime send --ignore RFC10",
            "sesmime prepare --interface s",
            "sesmime help ev",
            "sesmime event --kind de",
            'sesmime lint ""',
        )
        assert kinds == {"delivery", "delivery-delay"}
        assert {"SES101", "SES102"} <= codes
        assert {"RFC101", "RFC102"} <= ignored
        assert {"ses", "sesv2", "smtp", "ses.SendRawEmail"} <= interfaces
        assert topics == {"events"}
        assert files == set()  # bash's own


class TestZsh:
    @pytest.fixture
    def shell(self) -> str:
        return "zsh"

    def test_it_is_registered(self, script: Path, tmp_path: Path) -> None:
        code = f"autoload -U compinit; compinit -u -d {tmp_path}/dump; source {script}; print $_comps[sesmime]"
        assert answered("zsh", code) == ["_sesmime"]

    def test_every_option_is_one_that_arguments_can_read(self, script: Path, tmp_path: Path) -> None:
        """_arguments is made to note what it is given, in the form that its manual has."""
        body = "\n".join(f"words=(sesmime {name} ''); CURRENT=3; _sesmime" for name in COMMANDS)
        code = f"compdef() {{ }}; _arguments() {{ print -rl -- $@ }}; source {script}\n{body}"
        lines = answered("zsh", code)
        assert lines.count("-s") == len(COMMANDS)
        given = [line for line in lines if line.startswith("*-")]
        assert len(given) == sum(len(flags(name)) for name in COMMANDS)


class TestFish:
    @pytest.fixture
    def shell(self) -> str:
        return "fish"

    def test_commands_options_and_values(self, script: Path) -> None:
        known = list(choices())
        lines = [
            "sesmime ",
            *(f"sesmime {name} -" for name in COMMANDS),
            *(f"sesmime {name} {flag} " for name, flag, _ in known),
        ]
        code = "\n".join([f"source {script}", *(f"complete -C '{line}'; echo @" for line in lines)])
        answers: list[set[str]] = [set()]
        for line in answered("fish", code):
            if line == "@":
                answers.append(set())
            else:
                answers[-1].add(line.split("\t")[0])
        assert answers[0] == set(COMMANDS)
        for name, offered in zip(COMMANDS, answers[1:], strict=False):
            long = {flag for flag in flags(name) if flag.startswith("--")}
            assert long <= offered, name
        for (name, flag, values), offered in zip(known, answers[1 + len(COMMANDS) :], strict=False):
            assert offered == values, (name, flag)
