"""The examples of the rules.

An example is `tests/data/rules/CODE/{bad,good}/NAME.eml`. Beside it `NAME.json` may hold the `interface`, the
`parameters` by their names in ApiParameters, the `verified_identities` (a rule about parameters needs no message),
how often to `repeat_last_line`, for large messages, and the arguments of a `forward`; `NAME.fixed.eml` holds what
becomes of it when this rule alone fixes, unsafe fixes included.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sesmime import LintConfig, lint
from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.examples import read_example
from sesmime.linter.findings import Finding

ROOT = Path(__file__).parents[2]
EXAMPLES = Path(__file__).parents[1] / "data" / "rules"


def example_names(code: str, kind: str) -> list[Path]:
    """Return the examples of a rule, without suffix."""
    folder = EXAMPLES / code / kind
    return sorted(
        {file.with_suffix("") for file in folder.iterdir() if not file.name.endswith(".fixed.eml")}
        if folder.is_dir()
        else ()
    )


def example(place: Path) -> tuple[bytes | None, dict[str, Any], tuple[str, ...]]:
    """Return a message (None without one), the arguments beside it, and the verified identities."""
    read = read_example(place)
    return read.message, {"interface": read.interface, "parameters": read.parameters}, read.verified_identities


def findings(place: Path, code: str) -> list[Finding]:
    """Run one rule over an example."""
    message, arguments, identities = example(place)
    config = LintConfig(select=(code,), verified_identities=identities)
    return [finding for finding in lint(message, config=config, **arguments) if finding.code == code]


BAD = [(entry, place) for entry in CATALOGUE for place in example_names(entry.code, "bad")]
GOOD = [(entry, place) for entry in CATALOGUE for place in example_names(entry.code, "good")]
