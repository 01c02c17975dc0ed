"""What fails: which findings refuse a message, and whether that raises, warns or passes; one for all edges."""

from __future__ import annotations

import sys
import warnings

from sesmime.errors import InvalidSetting, Refused, require
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Report, Severity
from sesmime.mime.hints import Final, Literal, TypeAlias
from sesmime.mime.values import dataclass

Lint: TypeAlias = Literal["error", "warn", "off"]
LINT: Final[tuple[Lint, ...]] = ("error", "warn", "off")

# The packages between a caller and a check, by which the caller is found.
_BETWEEN: Final = frozenset(("sesmime", "botocore", "boto3", "aiobotocore", "aioboto3", "django"))
_TOLD_FINDINGS: Final = 5


class SesMimeWarning(UserWarning):
    """What a check that warns found in a message, or a message that the hook of `sesmime.boto` could not look at.

    Attributes: `report`, the findings at or above the fail level; empty where the message could not be looked at.
    """

    def __init__(self, text: str, report: Report = Report()) -> None:
        super().__init__(text, report)
        self.report = report

    def __str__(self) -> str:
        return str(self.args[0])


# The rule whose fix is not an edit of the message, but another value of a parameter.
MANGLED_NAME: Final = "SES219"


def refusal_is_fixable(finding: Finding) -> bool:
    """Whether `prepare` fixes it: SES would refuse it or drop something, and nobody can tell that it was done."""
    return finding.severity is Severity.ERROR and finding.fix is not None and finding.fix.applicability == "safe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What a message is checked for: findings at or above `level` fail, of the rules that `config` asks for.

    With lint "error" what fails is refused, with "warn" it is told by a SesMimeWarning, with "off" it passes. Raises
    InvalidSetting for another `lint`.
    """

    level: Severity = Severity.ERROR
    config: LintConfig = LintConfig()
    lint: Lint = "error"

    def __post_init__(self) -> None:
        require(LintConfig, self.config, "config")
        object.__setattr__(self, "level", Severity.of(self.level))
        if self.lint not in LINT:
            raise InvalidSetting("lint", self.lint, "it must be error, warn or off")

    def failing(self, report: Report) -> Report:
        """Return the findings that fail."""
        return Report(report.at_least(self.level))

    def judge(self, report: Report, *, about: str = "") -> None:
        """Raise Refused or warn, as was asked for, where a finding fails; `about` begins the warning."""
        failing = self.failing(report)
        if not failing or self.lint == "off":
            return
        if self.lint == "error":
            raise Refused(report)
        told = [f"{finding.code} {finding.message}" for finding in failing[:_TOLD_FINDINGS]]
        if len(failing) > len(told):
            told.append(f"and {len(failing) - len(told)} more")
        warn(SesMimeWarning(f"{about}{'; '.join(told)}", failing))


def warn(warning: SesMimeWarning) -> None:
    """Warn at the line that called into these packages."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _BETWEEN:
        frame, level = frame.f_back, level + 1
    warnings.warn(warning, stacklevel=level)
