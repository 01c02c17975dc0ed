"""Making `catalogue_table.py`, `examples.json` and the README's table from the rule files and their examples.

All rule files are imported for it.
"""

from __future__ import annotations

import re
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Final

from sesmime.linter.examples import FOLDER as EXAMPLES
from sesmime.linter.examples import KEPT, examples_text
from sesmime.linter.listing import OF_FORWARDS, SUBJECTS
from sesmime.linter.rule import Rule, Stage

FOLDER: Final = Path(__file__).parent
ROOT: Final = FOLDER.parents[1]
RULES: Final = FOLDER / "rules"
TABLE: Final = FOLDER / "catalogue_table.py"
README: Final = ROOT / "README.md"
_README_ROW: Final = re.compile(r"^\| `([A-Z]+[0-9]?)` \| .* \|$", re.MULTILINE)
_LINE: Final = 121  # with its line end

_HEAD: Final = '''\
"""The table of rules: file, subject, triggers. Made by `python -m sesmime.rules catalogue`; edit the rules instead."""

from __future__ import annotations

from sesmime.mime.hints import Final

TABLE: Final[tuple[tuple[str, str, tuple[str, ...] | None], ...]] = (
'''


def named_rules() -> list[tuple[str, Rule]]:
    """Return every rule file, as in `mime.ses401_missing_start_boundary`, and its rule, in the order of the checks.

    Raises ValueError where a file contains no rule of its own name, or two rules have one code.
    """
    invalidate_caches()
    found: list[tuple[str, Rule]] = []
    for path in RULES.glob("*/[a-z]*.py"):
        file = f"{path.parent.name}.{path.stem}"
        code, _, name = path.stem.partition("_")
        rule = getattr(import_module(f"sesmime.linter.rules.{file}"), name, None)
        if not isinstance(rule, Rule) or (rule.code.lower(), rule.name) != (code, name.replace("_", "-")):
            raise ValueError(f"rules/{path.parent.name}/{path.name} contains no rule {code.upper()} {name}")
        found.append((file, rule))
    stages = list(Stage)
    found.sort(key=lambda one: (stages.index(one[1].stage), one[1].order, one[1].code))
    codes = [rule.code for _, rule in found]
    repeated = sorted({code for code in codes if codes.count(code) > 1})
    if repeated:
        raise ValueError(f"two rules have one code: {', '.join(repeated)}")
    return found


def table() -> str:
    """Return the text of the table."""
    lines = []
    stage = None
    for file, rule in named_rules():
        if rule.stage is not stage:
            stage = rule.stage
            lines.append(f"    # {stage.name.capitalize()}\n")
        lines.append(_row(file, rule))
    return f"{_HEAD}{''.join(lines)})\n"


def _row(file: str, rule: Rule) -> str:
    """Return a row as the formatter of the project has it."""
    names = [f'"{name}"' for name in sorted(rule.triggers or ())]
    called_by = "None" if rule.triggers is None else f"({', '.join(names)}{',' * (len(names) == 1)})"
    row = f'    ("{file}", "{rule.subject.name}", {called_by}),\n'
    if len(row) <= _LINE:
        return row
    if len(called_by) + 9 >= _LINE:
        called_by = "".join(["(\n", *(f"            {name},\n" for name in names), "        )"])
    return f'    (\n        "{file}",\n        "{rule.subject.name}",\n        {called_by},\n    ),\n'


def readme(text: str) -> str:
    """Return the text of the README with the names of all rules in its table."""
    names = {rule.code: rule.name for _, rule in named_rules()} | OF_FORWARDS

    def row(found: re.Match[str]) -> str:
        start = found[1]
        if start not in SUBJECTS:
            return found[0]
        return (
            f"| `{start}` | {SUBJECTS[start]} | {', '.join(names[c] for c in sorted(names) if c.startswith(start))} |"
        )

    return _README_ROW.sub(row, text)


def write_made() -> list[Path]:
    """Write anew what is made from the rules, and return the files; what a checkout has beside only where it is."""
    TABLE.write_text(table(), encoding="utf-8")
    written = [TABLE]
    if EXAMPLES.is_dir():
        KEPT.write_text(examples_text(), encoding="ascii")
        written.append(KEPT)
    if README.is_file():
        README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")
        written.append(README)
    return written
