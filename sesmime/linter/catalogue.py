"""The rules of sesmime, in the order in which SES is expected to check; each is imported when it is first asked for.

The table of them, `catalogue_table.py`, is made from the rule files by `python -m sesmime.rules catalogue`. To add a
rule: `python -m sesmime.rules new CODE some-name` writes the file `rules/FAMILY/CODE_name.py` with one `@rule`, the
examples `tests/data/rules/CODE/{bad,good}/` and a line in the changelog, and makes the table; the rule, its examples
and that line are then to be written. Where a rule fixes, `bad/NAME.fixed.eml` stands beside its example.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module

from sesmime.linter.catalogue_table import TABLE
from sesmime.linter.rule import Rule, Subject
from sesmime.mime.hints import Final
from sesmime.mime.values import NamedTuple


class Entry(NamedTuple):
    """One line of the catalogue: the file, what the rule is about, and what calls for it: fields and occasions."""

    code: str
    file: str
    subject: Subject
    triggers: frozenset[str] | None

    def is_called(self, called_by: frozenset[str]) -> bool:
        """Whether a submission may call for it, by its names of top-level fields and of occasions."""
        return self.triggers is None or not self.triggers.isdisjoint(called_by)

    def rule(self) -> Rule:
        """Import the rule."""
        return _rule(self.file)


@cache
def _rule(file: str) -> Rule:
    module = import_module(f"sesmime.linter.rules.{file}")
    found: Rule = getattr(module, file.partition("_")[2])
    return found


def _entry(file: str, subject_name: str, triggers: Iterable[str] | None) -> Entry:
    code = file.rpartition(".")[2].partition("_")[0].upper()
    return Entry(code, file, Subject[subject_name], None if triggers is None else frozenset(triggers))


CATALOGUE: Final = tuple(_entry(*row) for row in TABLE)
