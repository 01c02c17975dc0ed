"""The settings of the linter in `pyproject.toml`, table `[tool.sesmime.lint]`, in ruff's words."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Final

from sesmime.cli.arguments import interface
from sesmime.cli.files import CommandError
from sesmime.cli.formats import FORMATS
from sesmime.errors import quoted
from sesmime.linter.findings import LEVELS, Severity
from sesmime.linter.listing import is_known_start, nearest, nearest_rule
from sesmime.ses.interfaces import Interface

_TABLE: Final = "[tool.sesmime.lint]"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """What a file says, each None where it says nothing. The patterns of `per_file_ignores` begin at `folder`."""

    folder: str = ""
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    interface: Interface | None = None
    fail_level: Severity | None = None
    min_level: Severity | None = None
    verified_identities: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    output_format: str | None = None

    def ignored_in(self, file: str) -> tuple[str, ...]:
        """Return the codes that are ignored in a file, by patterns on its name or on its path below `folder`.

        As for ruff, `*` matches any text, slashes too, and `**/` no folder or many.
        """
        if not self.per_file_ignores:
            return ()
        names = _names_below(file, self.folder)
        return tuple(code for pattern, codes in self.per_file_ignores if _fits(pattern, names) for code in codes)


def is_excluded(file: str, patterns: Iterable[str], folder: str) -> bool:
    """Tell whether one of the patterns fits a file or folder, by its name or by its path below `folder`."""
    names = _names_below(file, folder) if patterns else ()
    return any(_fits(pattern, names) for pattern in patterns)


def _names_below(file: str, folder: str) -> tuple[str, ...]:
    path = os.path.relpath(os.path.realpath(file), os.path.realpath(folder)).replace(os.sep, "/")
    return path, path.rpartition("/")[2]


def _fits(pattern: str, names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, one) for name in names for one in (pattern, pattern.replace("**/", "")))


# The keys of the table, as they are written.
KEYS: Final = tuple(field.name.replace("_", "-") for field in fields(SettingsFile) if field.name != "folder")


def find_settings(given: str | None) -> SettingsFile:
    """Read the file that is given, else the nearest pyproject.toml upward that has a table `[tool.sesmime]`.

    Raises CommandError, with file and key, for what cannot be read or is not understood.
    """
    if given is not None:
        settings = read_settings(given)
        if settings is None:
            raise CommandError(f"{given} has no table {_TABLE}")
        return settings
    folder = os.getcwd()
    while True:
        file = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(file):
            settings = read_settings(file)
            if settings is not None:
                return settings
        folder, last = os.path.dirname(folder), folder
        if folder == last:
            return SettingsFile()


def read_settings(file: str) -> SettingsFile | None:
    """Read a file; None where it has nothing to say about sesmime. Raises CommandError."""
    import tomllib

    try:
        with open(file, "rb") as stream:
            data = tomllib.load(stream)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is not valid TOML: {error}") from None
    tool = data.get("tool")
    ours = tool.get("sesmime") if isinstance(tool, dict) else None
    if ours is None:
        return None
    table = ours.get("lint", {}) if isinstance(ours, dict) else None
    if not isinstance(table, dict):
        raise CommandError(f"{file}: {_TABLE} is not a table")
    for key in ours:
        if key in KEYS:
            raise CommandError(f"{file}: {key} is in [tool.sesmime]; move it to {_TABLE}")
    values = {}
    for key, value in table.items():
        if key not in KEYS:
            hint = nearest(key, KEYS)
            told = f"; did you mean {hint}?" if hint else f"; there are {', '.join(KEYS)}"
            raise CommandError(f"{file}: {_TABLE} has no key {quoted(key, 60)}{told}")
        try:
            values[key.replace("-", "_")] = _read(key, value)
        except CommandError as error:
            raise CommandError(f"{file}: {key} in {_TABLE}: {error}") from None
    return SettingsFile(folder=os.path.dirname(os.path.abspath(file)), **values)


def _read(key: str, value: Any) -> Any:
    if key in ("select", "extend-select", "ignore"):
        return codes(_texts(value))
    if key in ("verified-identities", "exclude"):
        return _texts(value)
    if key == "per-file-ignores":
        if not isinstance(value, dict):
            raise CommandError("must be a table of patterns and lists of rule codes")
        return tuple((pattern, codes(_texts(listed))) for pattern, listed in value.items())
    if not isinstance(value, str):
        raise CommandError("must be a string")
    if key == "interface":
        from argparse import ArgumentTypeError

        try:
            return interface(value)
        except ArgumentTypeError as error:
            raise CommandError(str(error)) from None
    known = FORMATS if key == "output-format" else LEVELS
    if value not in known:
        raise CommandError(f"{quoted(value, 60)} is unknown; choose from {', '.join(known)}")
    return value if key == "output-format" else Severity.of(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise CommandError("must be a list of strings")
    return tuple(value)


def codes(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return codes and beginnings of codes as they are, if each is one. Raises CommandError naming the nearest."""
    for text in texts:
        if not is_known_start(text):
            hint = nearest_rule(text)
            told = f"; did you mean {hint}?" if hint else "; `sesmime rules` lists them"
            raise CommandError(f"{quoted(text, 60)} is not a rule code or a prefix of one{told}")
    return texts
