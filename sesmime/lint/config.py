"""Which rules are asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LintConfig:
    """The rules to run, by code or beginning of a code: `select` is what is asked for, `ignore` what is left out.

    >>> LintConfig(ignore=("SES3",)).wants("SES301")
    False
    """

    select: tuple[str, ...] = ("SES", "RFC", "SEC")
    ignore: tuple[str, ...] = ()

    def wants(self, code: str) -> bool:
        """Whether a rule is asked for; the longer of two beginnings that fit decides."""
        selected = max((len(start) for start in self.select if code.startswith(start)), default=0)
        ignored = max((len(start) for start in self.ignore if code.startswith(start)), default=0)
        return selected > ignored
