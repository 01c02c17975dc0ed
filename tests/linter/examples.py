"""The examples of the rules.

An example is `tests/data/rules/CODE/{bad,good}/NAME.eml`. Beside it `NAME.json` may hold the `interface`, the
`parameters` by their names in ApiParameters, the `verified_identities` (a rule about parameters needs no message) and
how often to `repeat_last_line`, for large messages; `NAME.fixed.eml` holds what becomes of it when this rule alone
fixes, unsafe fixes included.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sesmime import ApiParameters, Destination, Interface, LintConfig, ListManagement, MessageTag, lint
from sesmime.linter.catalogue import CATALOGUE
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
    message, told = place.with_suffix(".eml"), place.with_suffix(".json")
    facts = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
    given = facts.pop("parameters", {})
    if "destination" in given:
        given["destination"] = Destination(**given["destination"])
    if "message_tags" in given:
        given["message_tags"] = tuple(MessageTag(*tag) for tag in given["message_tags"])
    if "list_management" in given:
        given["list_management"] = ListManagement(*given["list_management"])
    identities = tuple(facts.pop("verified_identities", ()))
    arguments = {
        "interface": Interface(facts.pop("interface", "ses.SendRawEmail")),
        "parameters": ApiParameters(**given),
    }
    source = message.read_bytes() if message.exists() else None
    if source is not None and "repeat_last_line" in facts:
        source += source.splitlines(keepends=True)[-1] * (facts.pop("repeat_last_line") - 1)
    assert not facts, f"{told}: {sorted(facts)}"
    return source, arguments, identities


def findings(place: Path, code: str) -> list[Finding]:
    """Run one rule over an example."""
    message, arguments, identities = example(place)
    config = LintConfig(select=(code,), verified_identities=identities)
    return [finding for finding in lint(message, config=config, **arguments) if finding.code == code]


BAD = [(entry, place) for entry in CATALOGUE for place in example_names(entry.code, "bad")]
GOOD = [(entry, place) for entry in CATALOGUE for place in example_names(entry.code, "good")]
