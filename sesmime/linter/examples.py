"""Examples of the rules: messages that a rule has something to say of, and messages that it lets pass.

They stand in `tests/data/rules/CODE/{bad,good}/` of a checkout. The shortest of either kind is kept in `examples.json`,
which `python -m sesmime.rules catalogue` makes, so that an installed package has them for its pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from sesmime.ses.fields import ListManagement
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination
from sesmime.ses.tags import MessageTag

KEPT: Final = Path(__file__).with_name("examples.json")
# Where all examples stand in a checkout.
FOLDER: Final = Path(__file__).parents[2] / "tests" / "data" / "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A message (None where a rule is about parameters only), how it is sent, and what becomes of it by the rule's fix.

    `forward` holds the arguments of `prepare_forward` where the rule is about a forward.
    """

    message: bytes | None
    interface: Interface = Interface.SEND_RAW_EMAIL
    parameters: ApiParameters = ApiParameters()
    verified_identities: tuple[str, ...] = ()
    forward: dict[str, Any] | None = None
    fixed: bytes | None = None


def read_example(place: Path) -> Example:
    """Return the example of a place, which has no suffix.

    `NAME.json` beside `NAME.eml` may hold the `interface`, the `parameters` by their names in ApiParameters, the
    `verified_identities`, how often to `repeat_last_line`, for large messages, and the arguments of a `forward`;
    `NAME.fixed.eml` is what the rule's fix makes of it. Raises ValueError for other keys, OSError for a missing file.
    """
    return _example(str(place), _facts(place))


@cache
def kept_examples() -> dict[str, dict[str, Example]]:
    """Return the examples that a package has: for each code a "bad" and a "good" one."""
    kept = json.loads(KEPT.read_text(encoding="ascii"))
    return {
        code: {kind: _example(f"{code} {kind}", facts) for kind, facts in kinds.items()} for code, kinds in kept.items()
    }


def examples_text(folder: Path = FOLDER) -> str:
    """Return the text of `examples.json`: of each rule the shortest example of either kind."""
    kept = {
        code.name: {kind: _facts(place) for kind in ("bad", "good") if (place := shortest(code / kind)) is not None}
        for code in sorted(folder.iterdir())
    }
    return json.dumps(kept, indent=1) + "\n"


def shortest(folder: Path) -> Path | None:
    """Return the example with the shortest text, without suffix; None where there is none."""
    names = sorted({file.with_suffix("") for file in folder.glob("*") if not file.name.endswith(".fixed.eml")})
    return min(names, key=_length, default=None)


def _length(place: Path) -> int:
    return sum(file.stat().st_size for file in (place.with_suffix(".eml"), place.with_suffix(".json")) if file.exists())


def _facts(place: Path) -> dict[str, Any]:
    """Return what the files of an example say, as JSON has it: messages as lists of lines, a character per byte."""
    message, told, fixed = (place.with_name(f"{place.name}{suffix}") for suffix in (".eml", ".json", ".fixed.eml"))
    facts: dict[str, Any] = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
    if message.exists():
        facts["message"] = _lines(message)
    if fixed.exists():
        facts["fixed"] = _lines(fixed)
    return facts


def _lines(file: Path) -> list[str | list[Any]]:
    """Return the lines of a file, each a text; one that is repeated with its number before it."""
    *lines, last = file.read_bytes().decode("latin-1").split("\n")
    groups = [(line, len([*same])) for line, same in groupby([*(f"{line}\n" for line in lines), *filter(None, [last])])]
    return [line if count == 1 else [count, line] for line, count in groups]


def _octets(lines: list[str | list[Any]], repeated: int = 1) -> bytes:
    text = [one for line in lines for one in ([line] if isinstance(line, str) else [line[1]] * line[0])]
    return "".join([*text[:-1], *text[-1:] * repeated]).encode("latin-1")


def _example(name: str, facts: dict[str, Any]) -> Example:
    facts = dict(facts)
    lines, repeated = facts.pop("message", None), facts.pop("repeat_last_line", 1)
    fixed = facts.pop("fixed", None)
    example = Example(
        message=None if lines is None else _octets(lines, repeated),
        interface=Interface(facts.pop("interface", Interface.SEND_RAW_EMAIL)),
        parameters=_parameters(facts.pop("parameters", {})),
        verified_identities=tuple(facts.pop("verified_identities", ())),
        forward=facts.pop("forward", None),
        fixed=None if fixed is None else _octets(fixed),
    )
    if facts:
        raise ValueError(f"{name}: unknown keys {', '.join(sorted(facts))}")
    return example


def _parameters(given: dict[str, Any]) -> ApiParameters:
    given = dict(given)
    if "destination" in given:
        given["destination"] = Destination(**given["destination"])
    if "message_tags" in given:
        given["message_tags"] = tuple(MessageTag(*tag) for tag in given["message_tags"])
    if "list_management" in given:
        given["list_management"] = ListManagement(*given["list_management"])
    return ApiParameters(**given)
