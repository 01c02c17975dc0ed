"""Findings: what a rule says about a submission, with its place, its certainty and the text expected from SES."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from importlib import import_module
from operator import attrgetter

from sesmime.errors import InvalidSetting
from sesmime.mime.edits import Edit
from sesmime.mime.fields import Span
from sesmime.mime.hints import Any, Final, Self
from sesmime.mime.values import dataclass, field, value_names
from sesmime.ses.evidence import Evidence


class Severity(IntEnum):
    """How bad a finding is."""

    INFO = 1
    """SES will rewrite it."""
    WARNING = 2
    """A standard is violated, or a reader is misled."""
    ERROR = 3
    """SES refuses it, or mail, recipients or settings are lost or leaked."""

    @classmethod
    def of(cls, text: Severity | str) -> Severity:
        """Return the severity that a text names, in any case: error, warning or info.

        Raises InvalidSetting for any other text, TypeError for what is no text.

        >>> Severity.of("warning")
        <Severity.WARNING: 2>
        """
        if isinstance(text, Severity):
            return text
        if not isinstance(text, str):
            raise TypeError(f"a severity is named by str, not {type(text).__name__}")
        found = cls.__members__.get(str.__str__(text).upper())
        if found is None:
            raise InvalidSetting("severity", text, f"it must be one of {', '.join(LEVELS)}")
        return found


# What a finding has as its rejection where SES refuses in words that are not known.
UNKNOWN_TEXT: Final = ""

# The names of the severities as they are typed, the worst first.
LEVELS: Final = tuple(severity.name.lower() for severity in sorted(Severity, reverse=True))


class Fix:
    """The remedy: `title` in words, and the edits that do it, worked out when they are asked for.

    `value` is what the finding's parameter should be, None where the remedy is not that. Without edits and value it is
    to be done by hand. `is_safe`: no reader and no signature can tell that it was done. Spans of the edits are offsets
    in the message that the finding is about. Two fixes compare by their words, their value and their safety.
    `is_certain=False`: whether there are edits at all is known when they are worked out, so `applicability` asks.
    """

    __slots__ = ("_edits", "_is_certain", "is_safe", "title", "value")

    def __init__(
        self,
        title: str,
        edits: Iterable[Edit] | Callable[[], Iterable[Edit]] = (),
        *,
        is_safe: bool = False,
        value: str | None = None,
        is_certain: bool = True,
    ) -> None:
        self.title = title
        self.value = value
        self.is_safe = is_safe
        self._is_certain = is_certain
        self._edits = edits if callable(edits) else tuple(edits)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What to change, () where it is to be done by hand."""
        if callable(self._edits):
            self._edits = tuple(self._edits())
        return self._edits

    def worked_out(self) -> tuple[Edit, ...]:
        """Return `edits` without keeping them: the fix stays as it is."""
        return tuple(self._edits()) if callable(self._edits) else self._edits

    @property
    def applicability(self) -> str:
        """Return "safe", "unsafe" (a reader or a signature could tell) or "manual" (there are no edits, no value)."""
        if self.value is None and (self._edits if self._is_certain else self.edits) == ():
            return "manual"
        return "safe" if self.is_safe else "unsafe"

    def unsafe(self) -> Fix:
        """Return the same fix as one that a reader could tell."""
        if not self.is_safe:
            return self
        return Fix(self.title, self._edits, value=self.value, is_certain=self._is_certain)

    def moved(self, shift: int) -> Fix:
        """Return the same fix for a message in which everything stands so many bytes further on."""
        if not shift or self._edits == ():
            return self
        moved = lambda: (Edit(Span(a + shift, b + shift), new) for (a, b), new in self.edits)  # noqa: E731
        return Fix(self.title, moved, is_safe=self.is_safe, value=self.value, is_certain=self._is_certain)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fix):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, str, str | None]:
        return self.title, self.applicability, self.value

    def __repr__(self) -> str:
        return f"Fix({self.title!r}, {self.applicability})"

    def __reduce__(self) -> tuple[object, ...]:
        return _restored_fix, (self.title, self.edits, self.is_safe, self.value)


def _restored_fix(title: str, edits: tuple[Edit, ...], is_safe: bool, value: str | None) -> Fix:
    return Fix(title, edits, is_safe=is_safe, value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule says: its `code` and `name`, how bad, how sure, and one sentence.

    `span` is a byte range of the message that would be sent (None: the finding is about the parameters), `line` and
    `column` its start, counted from 1, columns in bytes; `part` the part path, "" for the root. `parameter` is the
    dotted path in the request of what it is about (`Destination.ToAddresses[2]`), None for a place in the message.
    `rejection` is the text expected from SES; "" where SES, or the SDK before it, refuses the call in words that are
    not known; None where it is expected to take the message, or where what it does is not known.
    `fix` is the remedy. `url` names the source of the claim. `untold`, the same number in each finding of a rule, is
    how many places it counted in the message and does not tell of; it counts no further than 1,000.
    """

    code: str
    name: str
    severity: Severity
    evidence: Evidence
    message: str
    span: Span | None = None
    line: int | None = None
    column: int | None = None
    part: str = ""
    parameter: str | None = None
    rejection: str | None = None
    fix: Fix | None = None
    url: str = ""
    untold: int = field(default=0, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON has it: the same names, enumerations by name."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.name,
            "evidence": self.evidence.name,
            "message": self.message,
            "span": None if self.span is None else list(self.span),
            "line": self.line,
            "column": self.column,
            "part": self.part,
            "parameter": self.parameter,
            "rejection": self.rejection,
            "fix": None if self.fix is None else {"title": self.fix.title, "applicability": self.fix.applicability},
            "url": self.url,
        }


class UnsealedFinding:
    """A finding that is being made: when it has all attributes, `made.__class__ = Finding` seals it.

    To set them in a frozen object takes four times as long, and a message may have many findings.
    """

    __slots__ = value_names(Finding)


_severity_of: Final = attrgetter("severity")


class Report(tuple[Finding, ...]):
    """All findings about one submission, the most severe first; else in the order in which SES is expected to check.

    `str(report)` is what `sesmime lint` prints, without colours and without the lines of the message.
    """

    __slots__ = ()

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Self:
        """Return a report of findings that stand in the order of the checks."""
        return cls(sorted(findings, key=_severity_of, reverse=True))

    def at_least(self, level: Severity) -> tuple[Finding, ...]:
        """Return the findings of this severity or worse."""
        return tuple(finding for finding in self if finding.severity >= level)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON has it: `findings`, each as `Finding.to_dict` has it; `capped_rules`, the codes of
        rules that have told of ten places, which is all they tell of, and not of others; and `untold`, how many those
        are, by code, 1,000 standing for more too.
        """
        untold = import_module("sesmime.linter.output.capped").untold(self)  # by name, as in __str__
        return {"findings": [finding.to_dict() for finding in self], "capped_rules": list(untold), "untold": untold}

    def __str__(self) -> str:
        if not self:
            return "no findings"
        # By name, when it is asked for: the formats stand on this module.
        output = import_module("sesmime.linter.output")
        examined = output.Examined("message", None, None, None, None, self)
        return "".join(output.renderer("full")([examined], output.Style())).rstrip("\n")
