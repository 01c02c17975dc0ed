"""Which rules are asked for, and what they are told beside the message."""

from __future__ import annotations

from sesmime.mime.hints import TYPE_CHECKING, Final
from sesmime.mime.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sesmime.linter.rule import Rule

# What is asked for where nothing is said: BULK is for those who send in bulk.
DEFAULT_SELECT: Final = ("SES", "RFC", "SEC")
# Of these it would be said of nearly every message; they are there for those who select them.
OFF_BY_DEFAULT: Final = frozenset(("SES105",))


@dataclass(frozen=True, slots=True, kw_only=True)
class LintConfig:
    """The rules to run, by code or beginning of a code, and what only the user knows.

    `select` is what is asked for, `extend_select` what is asked for besides, `ignore` what is left out; of two
    beginnings that fit a code the longer decides. `verified_identities` are the domains and addresses that SES has
    verified for the account; () where they are not known: nothing is said of identities then. `rules` are further
    rules, run after those of sesmime unless they are ignored or others are selected. Lists become tuples. Raises
    TypeError for what is no list of str.

    >>> LintConfig(ignore=("SES3",)).wants("SES301")
    False
    """

    select: tuple[str, ...] = DEFAULT_SELECT
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    verified_identities: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    if TYPE_CHECKING:  # what the constructor takes, where that is more than what an attribute holds

        def __init__(
            self,
            *,
            select: Iterable[str] = DEFAULT_SELECT,
            extend_select: Iterable[str] = (),
            ignore: Iterable[str] = (),
            verified_identities: Iterable[str] = (),
            rules: Iterable[Rule] = (),
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in ("select", "extend_select", "ignore", "verified_identities"):
            value = getattr(self, name)
            texts = () if isinstance(value, str | bytes) else tuple(value)
            if isinstance(value, str | bytes) or not all(isinstance(text, str) for text in texts):
                raise TypeError(f"{name} must be a list of str")
            object.__setattr__(self, name, tuple(map(str.__str__, texts)))
        rules = tuple(self.rules)
        if not all(hasattr(one, "code") and hasattr(one, "check") for one in rules):
            raise TypeError("rules must be a list of Rule")
        object.__setattr__(self, "rules", rules)

    def wants(self, code: str) -> bool:
        """Whether a rule is asked for."""
        if self.select == DEFAULT_SELECT and code in OFF_BY_DEFAULT and not code.startswith(self.extend_select):
            return False
        asked = (*self.select, *self.extend_select)
        selected = max((len(start) for start in asked if code.startswith(start)), default=-1)
        ignored = max((len(start) for start in self.ignore if code.startswith(start)), default=-1)
        return selected > ignored

    def further_rules(self) -> tuple[Rule, ...]:
        """Return those of `rules` that are asked for."""
        if self.select == DEFAULT_SELECT:
            return tuple(rule for rule in self.rules if not rule.code.startswith(self.ignore))
        return tuple(rule for rule in self.rules if self.wants(rule.code))
