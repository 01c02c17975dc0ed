"""The reference in Markdown: every public name, setting, key and option, from docstrings, tables and parsers.

Nothing is written here that stands elsewhere: a name's text is its docstring, an option's its help.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import sesmime
from sesmime.cli.__main__ import COMMANDS, command_parser
from sesmime.cli.arguments import ses_option
from sesmime.cli.settings_file import KEYS
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, parameter_name

# The public modules, each with the extra without which it cannot be imported.
MODULES: Final = {
    "sesmime": None,
    "sesmime.archive": None,
    "sesmime.errors": None,
    "sesmime.events": None,
    "sesmime.policy": None,
    "sesmime.rules": None,
    "sesmime.ses.javamail": None,
    "sesmime.testing": None,
    "sesmime.boto": "boto3",
    "sesmime.django": "django",
    "sesmime.django.events": "django",
    "sesmime.django.signals": "django",
    "sesmime.relay": "relay",
    "sesmime.local": "local",
}
# The interfaces that take raw messages, in the order of the columns.
_RAW: Final = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW)


def reference() -> str:
    """Return the whole page."""
    sections = (_names, _settings, _lint_keys, _ini_keys, _commands)
    lines = [f"# sesmime {sesmime.__version__}: reference", "", "Made by `sesmime reference`.", ""]
    for section in sections:
        lines += section()
    return "\n".join(lines).rstrip() + "\n"


def public_names(module: ModuleType) -> list[str]:
    """Return the public names of a module: its `__all__`, else what it defines itself or hands on of sesmime."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return sorted((name for name in listed if not name.startswith("__")), key=str.lower)
    return sorted(
        (
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
        ),
        key=str.lower,
    )


def _names() -> Iterator[str]:
    yield from ("## Names", "")
    for name, extra in MODULES.items():
        yield from (f"### `{name}`", "")
        try:
            module = import_module(name)
        except ImportError:
            yield from (f"Needs the extra `{extra}`: `pip install 'sesmime[{extra}]'`.", "")
            continue
        if module.__doc__ and name != "sesmime":
            yield from (_first_paragraph(module.__doc__), "")
        for public in public_names(module):
            value = getattr(module, public)
            if name != "sesmime" and getattr(sesmime, public, None) is value:
                yield from (f"#### `{public}`", "", f"[`sesmime.{public}`](#{public.lower()}).", "")
            else:
                yield from _entry(public, value)


def _entry(name: str, value: Any) -> Iterator[str]:
    yield from (f"#### `{name}`", "")
    if inspect.isclass(value) or callable(value):
        signature = _signature(name, value)
        if signature is not None:
            yield from ("```python", signature, "```", "")
    # A value has the docstring of its class, which says nothing of it.
    is_described = inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value)
    text = _first_paragraph(value.__doc__ or "") if is_described else f"`{_shortened(repr(value))}`"
    # What NamedTuple and dataclass write themselves repeats the signature.
    if text and not text.startswith(f"{name}("):
        yield from (text, "")
    if inspect.isclass(value):
        if issubclass(value, Enum):
            yield from (*(f"- `{member.name}` = `{member.value!r}`" for member in value), "")
        members = list(_members(value))
        if members:
            yield from (*members, "")


def _signature(name: str, value: Callable[..., Any]) -> str | None:
    if inspect.isclass(value) and issubclass(value, Enum):
        return None
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    if inspect.isclass(value):
        if re.search(r"\b_\w", str(signature)):
            return None  # only sesmime makes it
        signature = signature.replace(return_annotation=inspect.Signature.empty)
    text = _readable(f"{name}{signature}")
    if len(text) <= 100:
        return text
    marks = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.KEYWORD_ONLY}
    pieces: list[str] = []
    has_star = False
    parameters = list(signature.parameters.values())
    for place, parameter in enumerate(parameters):
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not has_star:
            pieces.append("*")
        has_star = has_star or parameter.kind in marks
        pieces.append(_readable(str(parameter)))
        is_last_positional = parameter.kind is inspect.Parameter.POSITIONAL_ONLY and (
            place + 1 == len(parameters) or parameters[place + 1].kind is not inspect.Parameter.POSITIONAL_ONLY
        )
        if is_last_positional:
            pieces.append("/")
    returned = signature.return_annotation
    arrow = "" if returned is inspect.Signature.empty else _readable(f" -> {inspect.formatannotation(returned)}")
    return "\n".join((f"{name}(", *(f"    {piece}," for piece in pieces), f"){arrow}"))


def _readable(text: str) -> str:
    """Return a signature without what the reader need not see: where a type stands, quotes around it, addresses."""
    text = re.sub(r"<(\w+)\.(\w+): [^<>]*>", r"\1.\2", text)
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    text = re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)
    return re.sub(r"\b(?:sesmime|collections|typing|datetime)\.(?:[a-z_0-9]+\.)*(?=\w)", "", text)


def _members(owner: type) -> Iterator[str]:
    if _signature(owner.__name__, owner) is None and is_dataclass(owner):
        for one in fields(owner):
            if not one.name.startswith("_"):
                yield f"- `{_readable(f'{one.name}: {one.type}')}`"
    inherited = [base for base in reversed(owner.__mro__[1:]) if base.__module__.startswith("sesmime")]
    for name, member in {name: member for base in (*inherited, owner) for name, member in vars(base).items()}.items():
        if name.startswith("_") or isinstance(member, Enum):
            continue
        is_property = isinstance(member, (property, cached_property))
        function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if not is_property and not inspect.isfunction(function):
            continue
        text = _first_paragraph(inspect.getdoc(member) or "").replace("\n", " ")
        shown = name
        if inspect.isfunction(function):
            signature = _readable(str(inspect.signature(function)))
            shown += re.sub(r"^\((self|cls)(, )?", "(", signature)
        yield f"- `{shown}`{': ' if text else ''}{text}"


def _settings() -> Iterator[str]:
    yield from ("## Settings", "", "As an argument of `ApiParameters`, and what it is called elsewhere.", "")
    columns = ("setting", "field", *(interface.value for interface in _RAW), "option")
    yield from _table(columns)
    for setting in ApiParameters.__dataclass_fields__:
        row = SES_FIELDS.get(setting)
        names = (parameter_name(setting, interface) for interface in _RAW)
        option = _OPTIONS.get(setting) or (ses_option(setting) if row is not None else None)
        yield _row(setting, row.name if row is not None else None, *names, option)
    yield ""


# The options that are not of a setting's name.
_OPTIONS: Final = {"source": "--source", "destination": "--to, --cc, --bcc"}


def _lint_keys() -> Iterator[str]:
    yield from ("## `[tool.sesmime.lint]` of pyproject.toml", "")
    described = {
        option.removeprefix("--"): action.help or ""
        for action in _actions("lint")
        for option in action.option_strings
        if option.startswith("--")
    }
    for key in KEYS:
        text = described.get(key) or _OF_FILES_ONLY.get(key, "")
        yield f"- `{key}`{': ' if text else ''}{text}"
    yield ""


_OF_FILES_ONLY: Final = {
    "verified-identities": "a list of the domains and addresses that SES has verified for the account",
    "per-file-ignores": "a table: for a pattern of files, the codes that are ignored in them",
}


_AUTOLINT: Final = (
    "With `ses_autolint` each test is checked from before its setup until after its teardown, and fails for what it"
    " sent, without a fixture; `@pytest.mark.ses(autolint=False)` leaves one out, `autolint=True` takes one in."
)
_FIXTURES: Final = (
    "Fixtures: `ses_outbox` (what the test sends, each a `sesmime.testing.Sent`), `ses_events` (their events),"
    " `assert_ses_ok` (the check). `pytest --fixtures` says more."
)


def _ini_keys() -> Iterator[str]:
    yield from ("## Options of the pytest plugin (`[tool.pytest.ini_options]`)", "")
    try:
        from sesmime.pytest_plugin import COMMAND_LINE_OPTIONS, INI_OPTIONS, MARKER
        from sesmime.testing.settings import KEYS
    except ImportError:
        yield from ("They are shown where pytest is installed.", "")
        return
    for name, kind, text in INI_OPTIONS:
        yield f"- `{name}` ({kind}): {text}"
    name, _, text = MARKER.partition(": ")
    yield from (
        "",
        "What is not said there is read from `[tool.sesmime.lint]` of the nearest pyproject.toml: "
        + ", ".join(f"`{key}`" for key in KEYS)
        + ".",
        _AUTOLINT,
        "",
        "Options of its command line:",
        "",
        *(f"- `{option} {value}`: {text}" for option, value, text in COMMAND_LINE_OPTIONS),
        "",
        f"Marker `{name}`: {text}. A nearer marker wins; `ignore` adds up.",
        "",
        _FIXTURES,
        "",
    )


def _actions(command: str) -> list[argparse.Action]:
    module = import_module(f"sesmime.cli.commands.{command}")
    return command_parser(command, module)._actions


def _commands() -> Iterator[str]:
    yield from ("## Commands", "")
    for command, summary in COMMANDS.items():
        module = import_module(f"sesmime.cli.commands.{command}")
        yield from (f"### `sesmime {command}`", "", f"{summary[0].upper()}{summary[1:]}.", "")
        yield from ("```", f"sesmime {command} {module.USAGE}", "```", "")
        for action in _actions(command):
            if action.help == argparse.SUPPRESS:
                continue
            words = ", ".join(action.option_strings) or str(action.metavar or action.dest)
            value = action.metavar if action.option_strings and action.nargs != 0 else None
            if value is None and action.option_strings and action.choices is not None:
                value = f"{{{','.join(map(str, action.choices))}}}"
            text = " ".join((action.help or "").split()).replace("%%", "%")
            yield f"- `{words}{f' {value}' if isinstance(value, str) else ''}`{': ' if text else ''}{text}"
        yield from ("", str(command_parser(command, module).epilog), "")


def _table(columns: tuple[str, ...]) -> tuple[str, str]:
    return _row(*columns, plain=True), f"|{'---|' * len(columns)}"


def _row(*cells: str | None, plain: bool = False) -> str:
    return f"| {' | '.join('–' if cell is None else cell if plain else f'`{cell}`' for cell in cells)} |"


def _first_paragraph(text: str) -> str:
    return inspect.cleandoc(text).partition("\n\n")[0]


def _shortened(text: str, most: int = 100) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
