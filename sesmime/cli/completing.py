"""Completion scripts for bash, zsh and fish, made of the argument parsers of the commands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from sesmime.cli.topics import topics
from sesmime.linter.catalogue import CATALOGUE
from sesmime.ses.events.kinds import KINDS
from sesmime.ses.interfaces import Interface


class Option(NamedTuple):
    """An option: how it is written, its help, whether it has a value, and which values; () where it is any."""

    flags: tuple[str, ...]
    help: str
    has_value: bool
    values: tuple[str, ...]
    is_file: bool


class Command(NamedTuple):
    """A command: its name, its summary, its options, and what stands beside them; () where that is files."""

    name: str
    summary: str
    options: tuple[Option, ...]
    values: tuple[str, ...]


_FILES: Final = frozenset(("FILE", "FOLDER", "FILE[;type=TYPE]", "FILE;type=TYPE"))


def commands_of(parsers: Mapping[str, tuple[str, argparse.ArgumentParser]]) -> tuple[Command, ...]:
    """Return what is completed; `parsers` are the summary and the parser of each command."""
    return tuple(_command(name, summary, parser) for name, (summary, parser) in parsers.items())


def _command(name: str, summary: str, parser: argparse.ArgumentParser) -> Command:
    options = [_option(action) for action in parser._actions if action.option_strings]
    beside = [_values(action) for action in parser._actions if not action.option_strings]
    return Command(name, summary, tuple(options), beside[0] if beside else ())


def _option(action: argparse.Action) -> Option:
    text = " ".join((action.help or "").split())
    is_file = action.metavar in _FILES
    return Option(tuple(action.option_strings), text, action.nargs != 0, _values(action), is_file)


def _values(action: argparse.Action) -> tuple[str, ...]:
    if action.choices is not None:
        return tuple(map(str, action.choices))
    if action.metavar in ("CODES", "RULE"):
        return tuple(entry.code for entry in CATALOGUE)
    if action.metavar == "KIND":
        return tuple(row.v2.lower().replace("_", "-") for row in KINDS.values())
    if action.metavar == "TOPIC":
        return tuple(topics())
    if action.dest in ("interface", "given") or (action.metavar == "INTERFACE" and action.option_strings):
        return ("ses", "sesv2", "smtp", *(one.value for one in Interface if one.value != "smtp"))
    return ()


# bash


def bash(commands: tuple[Command, ...]) -> Iterator[str]:
    """Return the script for bash."""
    yield '# Completion for bash: eval "$(sesmime completion bash)"'
    yield "_sesmime() {"
    yield '    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} values="" options=""'
    yield "    # bash makes a word of the = in --option=value."
    yield "    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi"
    yield "    COMPREPLY=()"
    yield "    if (( COMP_CWORD == 1 )); then"
    words = " ".join([*(one.name for one in commands), "--help", "--version"])
    yield f'        COMPREPLY=($(compgen -W "{words}" -- "$cur"))'
    yield "        return"
    yield "    fi"
    yield "    case ${COMP_WORDS[1]} in"
    for one in commands:
        yield f"    {one.name})"
        yield f'        options="{" ".join(flag for option in one.options for flag in option.flags)}"'
        if one.values:
            yield f'        values="{" ".join(one.values)}"'
        yield "        case $prev in"
        for option in one.options:
            if option.has_value:
                words = f'values="{" ".join(option.values)}"'
                yield f"        {'|'.join(option.flags)}) {words} options= ;;"
        yield "        esac"
        yield "        ;;"
    yield "    esac"
    yield "    if [[ $cur == -* && -n $options ]]; then"
    yield '        COMPREPLY=($(compgen -W "$options" -- "$cur"))'
    yield "    elif [[ -n $values ]]; then"
    yield '        COMPREPLY=($(compgen -W "$values" -- "$cur"))'
    yield "    fi"
    yield "}"
    yield "complete -o bashdefault -o default -F _sesmime sesmime"


# zsh


def zsh(commands: tuple[Command, ...]) -> Iterator[str]:
    """Return the script for zsh."""
    yield "#compdef sesmime"
    yield '# Completion for zsh: eval "$(sesmime completion zsh)", or this as a file _sesmime in a folder of $fpath.'
    yield "_sesmime() {"
    yield "    local -a commands"
    yield "    commands=("
    for one in commands:
        yield f"        {_quoted(f'{one.name}:{one.summary}')}"
    yield "    )"
    yield "    if (( CURRENT == 2 )); then"
    yield "        _describe -t commands command commands"
    yield "        return"
    yield "    fi"
    yield "    local command=$words[2]"
    yield "    shift words"
    yield "    (( CURRENT-- ))"
    yield "    case $command in"
    for one in commands:
        yield f"    {one.name})"
        yield "        _arguments -s \\"
        for option in one.options:
            for flag in option.flags:
                yield f"            {_quoted(_zsh_option(flag, option))} \\"
        yield f"            {_quoted('*:argument:' + _zsh_values(one.values, is_file=True))}"
        yield "        ;;"
    yield "    esac"
    yield "}"
    yield 'if [[ $funcstack[1] == _sesmime ]]; then _sesmime "$@"; else compdef _sesmime sesmime; fi'


def _zsh_option(flag: str, option: Option) -> str:
    text = re.sub(r"([\\\[\]:])", r"\\\1", option.help)
    if not option.has_value:
        return f"*{flag}[{text}]"
    sign = "=" if flag.startswith("--") else "+"
    return f"*{flag}{sign}[{text}]:value:{_zsh_values(option.values, is_file=option.is_file)}"


def _zsh_values(values: tuple[str, ...], *, is_file: bool) -> str:
    if values:
        return f"({' '.join(values)})"
    return "_files" if is_file else " "


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# fish


def fish(commands: tuple[Command, ...]) -> Iterator[str]:
    """Return the script for fish."""
    yield "# Completion for fish: sesmime completion fish | source"
    yield "complete -c sesmime -f -n __fish_use_subcommand -l help -d 'show the help'"
    yield "complete -c sesmime -f -n __fish_use_subcommand -l version -d 'show the version'"
    for one in commands:
        yield f"complete -c sesmime -f -n __fish_use_subcommand -a {one.name} -d {_fish_quoted(one.summary)}"
    for one in commands:
        seen = f"complete -c sesmime -n '__fish_seen_subcommand_from {one.name}'"
        if one.values:
            yield f"{seen} -f -a {_fish_quoted(' '.join(one.values))}"
        for option in one.options:
            flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
            value = " -r" if option.has_value else ""
            if option.values:
                value = f" -x -a {_fish_quoted(' '.join(option.values))}"
            elif option.has_value and not option.is_file:
                value = " -x"
            yield f"{seen} {flags}{value} -d {_fish_quoted(option.help)}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SHELLS: Final[Mapping[str, Callable[[tuple[Command, ...]], Iterator[str]]]] = {"bash": bash, "zsh": zsh, "fish": fish}
