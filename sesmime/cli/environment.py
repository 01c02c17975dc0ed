"""Options that the environment can give: `SESMIME_RELAY_MAX_CONNECTIONS` for `--max-connections` of `relay`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sesmime.cli.files import CommandError
from sesmime.errors import quoted

_YES: Final = frozenset(("1", "true", "yes", "on"))
_NO: Final = frozenset(("0", "false", "no", "off"))
_SEPARATORS: Final = re.compile(r"[\s,]+")


def add_environment(parser: argparse.ArgumentParser) -> None:
    """Have `read_environment` know the parser; to be called where the arguments are added."""
    parser.set_defaults(parser=parser)


def environment_options(
    parser: argparse.ArgumentParser, *, prefix: str, but: Iterable[str]
) -> dict[str, argparse.Action]:
    """Return the options by the names of their variables; those of `but`, by their destinations, have none."""
    left_out = {*but, "help", "color"}
    return {
        prefix + option.removeprefix("--").upper().replace("-", "_"): action
        for action in parser._actions
        for option in action.option_strings[-1:]
        if action.dest not in left_out
    }


def read_environment(
    arguments: argparse.Namespace, environment: Mapping[str, str], *, prefix: str, but: Iterable[str] = ()
) -> None:
    """Set the options that were not given from their variables; an empty variable is none.

    Lists are separated by commas or blanks, `1`, `true`, `yes` and `on` give an option without a value, `0`, `false`,
    `no` and `off` do not. What an option excludes is not read beside it. Raises CommandError that names the variable.
    """
    parser: argparse.ArgumentParser = arguments.parser
    options = environment_options(parser, prefix=prefix, but=but)
    given = {action.dest for action in options.values() if getattr(arguments, action.dest) != action.default}
    excluded = set(_excluded(parser, given))
    for variable, action in options.items():
        text = environment.get(variable, "").strip()
        if text and action.dest not in given | excluded:
            try:
                setattr(arguments, action.dest, _read(action, text))
            except argparse.ArgumentTypeError as error:
                raise CommandError(f"{variable}: {error}") from None


def _excluded(parser: argparse.ArgumentParser, given: set[str]) -> Iterator[str]:
    for group in parser._mutually_exclusive_groups:
        destinations = {action.dest for action in group._group_actions}
        if destinations & given:
            yield from destinations


def _read(action: argparse.Action, text: str) -> Any:
    """Return what an option makes of a text."""
    if action.nargs == 0:
        if text.lower() not in _YES | _NO:
            raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is neither true nor false")
        return action.const if text.lower() in _YES else action.default
    if isinstance(action, argparse._AppendAction):  # those of `extend` too
        values = [_value(action, one) for one in _SEPARATORS.split(text) if one]
        is_flat = isinstance(action, argparse._ExtendAction)
        return [one for value in values for one in value] if is_flat else values
    return _value(action, text)


def _value(action: argparse.Action, text: str) -> Any:
    value: Any = text
    if callable(action.type):
        try:
            value = action.type(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{quoted(text, 80)} is not {action.metavar or 'a value'}") from None
    if action.choices is not None and value not in action.choices:
        raise argparse.ArgumentTypeError(f"{quoted(text, 40)} is none of {', '.join(map(str, action.choices))}")
    return value
