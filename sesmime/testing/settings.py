"""The table `[tool.sesmime.lint]` of a project, as far as it says how the messages of tests are checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

# The keys that the checks of tests have, by their names in `Checks.changed`.
KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "interface": "interface",
        "fail-level": "level",
        "select": "select",
        "extend-select": "extend_select",
        "ignore": "ignore",
        "verified-identities": "verified_identities",
    }
)


def find_lint_table(folder: Path) -> tuple[Path | None, dict[str, Any]]:
    """Return the nearest pyproject.toml upward that has a table `[tool.sesmime]`, and its settings by option.

    (None, {}) where there is none. Keys that say nothing about tests (`per-file-ignores`, `output-format`) are left
    out; `sesmime lint` refuses those that there are not. Raises ValueError for what is no TOML or no table.
    """
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        try:
            octets = file.read_bytes()
        except OSError:
            continue
        if b"sesmime" not in octets:  # most often it is there or nowhere; reading it as TOML takes longer
            continue
        try:
            tool = tomllib.loads(octets.decode("utf-8")).get("tool")
        except ValueError as error:
            raise ValueError(f"{file} is not valid TOML: {error}") from None
        ours = tool.get("sesmime") if isinstance(tool, dict) else None
        if ours is None:
            continue
        table = ours.get("lint", {}) if isinstance(ours, dict) else None
        if not isinstance(table, dict):
            raise ValueError(f"{file}: [tool.sesmime.lint] is not a table")
        return file, {option: table[key] for key, option in KEYS.items() if key in table}
    return None, {}
