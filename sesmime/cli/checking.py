"""What every command that checks takes: which rules, what is known of the account, and the settings file."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

from sesmime.cli.files import CommandError
from sesmime.cli.settings_file import SettingsFile, codes, find_settings
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import LEVELS, Severity
from sesmime.linter.rule import Rule
from sesmime.linter.run import custom_rules
from sesmime.ses.interfaces import Interface

CHECKING_EPILOG = "The command line takes precedence over [tool.sesmime.lint] in the nearest pyproject.toml."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """What is checked: the settings of the file, and the rules of both, of which the command line's come first."""

    settings: SettingsFile
    config: LintConfig

    def config_for(self, file: str | None) -> LintConfig:
        """Return the rules for a file: those that the settings ignore in it are left out whatever else is asked for."""
        ignored = () if file is None else self.settings.ignored_in(file)
        if not ignored:
            return self.config
        from sesmime.linter.catalogue import CATALOGUE

        every = (*(entry.code for entry in CATALOGUE), *(rule.code for rule in self.config.rules))
        left_out = tuple(code for code in every if code.startswith(ignored))
        return replace(self.config, ignore=self.config.ignore + left_out)

    def level(self, arguments: argparse.Namespace) -> Severity:
        """Return the severity from which on a finding fails: the option, else the file, else ERROR."""
        given = arguments.fail_level
        return Severity.of(given) if given else self.settings.fail_level or Severity.ERROR

    def min_level(self, arguments: argparse.Namespace) -> Severity:
        """Return the severity below which findings are left out: the option, else the file, else INFO."""
        given = arguments.min_level
        return Severity.of(given) if given else self.settings.min_level or Severity.INFO

    def interface(self, among: tuple[Interface, ...] = ()) -> Interface:
        """Return the interface of the settings where it is one of `among` (any, if empty), else SendRawEmail."""
        said = self.settings.interface
        return said if said is not None and (not among or said in among) else Interface.SEND_RAW_EMAIL


def add_checking(parser: argparse.ArgumentParser) -> None:
    """Add the rules, the identities, and the settings file."""
    chosen = parser.add_argument_group(
        "rules", "Each option takes rule codes or prefixes of codes, such as SES101,SES3 (*)."
    )
    for option, text in (
        ("--select", "run only these rules (default: SES,RFC,SEC)"),
        ("--extend-select", "run these rules as well"),
        ("--ignore", "do not run these rules; the longer prefix wins"),
    ):
        chosen.add_argument(option, action="extend", type=_codes, metavar="CODES", help=text)
    group = parser.add_argument_group("configuration")
    group.add_argument(
        "--verified-identity",
        dest="verified_identities",
        action="append",
        metavar="IDENTITY",
        help="a domain or address that is verified in SES (*)",
    )
    where = group.add_mutually_exclusive_group()
    where.add_argument("--config", metavar="FILE", help="read [tool.sesmime.lint] from this file")
    where.add_argument("--isolated", action="store_true", help="read no pyproject.toml")


def add_fail_level(parser: argparse._ActionsContainer, text: str) -> None:
    """Add the severity from which on a finding fails; `text` says what happens then."""
    parser.add_argument(
        "--fail-level", choices=LEVELS, help=f"{text} if there is a finding of at least this level (default: error)"
    )


def _codes(text: str) -> tuple[str, ...]:
    try:
        return codes(tuple(code.strip() for code in text.split(",")))
    except CommandError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def read_checking(arguments: argparse.Namespace, *, has_every_rule: bool = False) -> Checking:
    """Return what the arguments of `add_checking` say, and the file: what the command line says wins.

    The rules of other packages are looked for with `has_every_rule`, and where they are selected by their codes: to
    look takes longer than all else in the start of a process. Raises CommandError for a file that cannot be read or
    understood.
    """
    settings = SettingsFile() if arguments.isolated else find_settings(arguments.config)
    asked, ignore = tuple(arguments.extend_select or ()), tuple(arguments.ignore or ())
    select = arguments.select
    if select is None:
        select = LintConfig().select if settings.select is None else settings.select
        ignore += tuple(code for code in settings.ignore or () if not code.startswith(asked))
        asked += settings.extend_select or ()
    identities = arguments.verified_identities or settings.verified_identities or ()
    is_wanted = has_every_rule or not all(map(_is_own, (*select, *asked)))
    config = LintConfig(
        select=select,
        extend_select=asked,
        ignore=ignore,
        verified_identities=identities,
        rules=_rules_of_others() if is_wanted else (),
    )
    return Checking(settings=settings, config=config)


def _is_own(start: str) -> bool:
    from sesmime.linter.catalogue import CATALOGUE

    return any(entry.code.startswith(start) for entry in CATALOGUE)


def _rules_of_others() -> tuple[Rule, ...]:
    try:
        return custom_rules()
    except (ImportError, AttributeError, TypeError) as error:
        raise CommandError(f"cannot load the rules of another package: {error}") from None
