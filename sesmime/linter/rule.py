"""What a rule is: one function that looks at a submission, with what there is to say about it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sesmime.linter.findings import Fix, Severity
from sesmime.mime.fields import Span
from sesmime.ses.evidence import Evidence

if TYPE_CHECKING:
    from sesmime.linter.view.part import Part


class Fault(NamedTuple):
    """What a rule found: one sentence about what is there, its place, the text expected from SES, the remedy.

    `span` is the smallest place that shows it, `part` the entity it is in (None: the message, or the parameters where
    there is no span). `severity`, `evidence` and `source` are given where they differ from the rule's.
    """

    message: str
    span: Span | None = None
    part: Part | None = None
    rejection: str | None = None
    fix: Fix | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None
    source: str | None = None


Check: TypeAlias = Callable[..., Iterator[Fault]]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule: its code, its name (the fault, read after "allow"), how bad it is and how sure, and where that stands.

    `check` takes an `Outgoing`, and for a rule about parts a `Part` besides, and gives a `Fault` for each place.
    """

    code: str
    name: str
    severity: Severity
    evidence: Evidence
    source: str
    check: Check

    @property
    def summary(self) -> str:
        """The fault in one sentence: the first line of the docstring."""
        return self.explanation.partition("\n")[0]

    @property
    def explanation(self) -> str:
        """The whole docstring: what goes wrong, and for whom."""
        return inspect.getdoc(self.check) or ""

    def __repr__(self) -> str:
        return f"<Rule {self.code} {self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        # By the name it has in its module, where it stands in the place of its function.
        return _named, (self.check.__module__, self.check.__qualname__)


def _named(module: str, name: str) -> Rule:
    found: Rule = getattr(import_module(module), name)
    return found


def rule(code: str, *, severity: Severity, evidence: Evidence, source: str) -> Callable[[Check], Rule]:
    """Make a rule of a function; the rule's name is the function's, with hyphens.

    The command line finds rules of other packages by the entry point group `sesmime.rules`, each entry one `Rule`.
    """

    def made(check: Check) -> Rule:
        return Rule(code, check.__name__.replace("_", "-"), severity, evidence, source, check)

    return made
