"""What rules would find for which no occasion called: nothing, of any message."""

from __future__ import annotations

from sesmime import LintConfig
from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.occasions import OCCASIONS, occasions
from sesmime.linter.rule import Subject
from sesmime.linter.run import calls_of
from sesmime.linter.view.outgoing import Outgoing

EVERY_RULE = LintConfig(extend_select=tuple(entry.code for entry in CATALOGUE))


def kept_silent(subject: Outgoing) -> list[tuple[str, str]]:
    """Return what rules would find for which no occasion called."""
    asked = [entry for entry in CATALOGUE if subject.interface.is_raw or entry.subject is Subject.PARAMETERS]
    called = {rule.code for rule in calls_of(EVERY_RULE, is_raw=subject.interface.is_raw).called(subject)}
    # To look at kinds of occasions first leaves out none that holds.
    called_by = subject.names | occasions(subject, frozenset(OCCASIONS))
    assert called == {entry.code for entry in asked if entry.is_called(called_by)}
    silent = [entry for entry in asked if entry.code not in called]
    return [(entry.file, fault.message) for entry in silent for fault in entry.rule().check(subject)]
