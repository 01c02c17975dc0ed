"""An example of a rule as pages show it: the message, what is found in it, what SES answers, what the fix changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby, islice
from typing import Final, NamedTuple

from sesmime.cli.diff import unified_diff
from sesmime.errors import printable
from sesmime.linter.config import LintConfig
from sesmime.linter.examples import Example, kept_examples
from sesmime.linter.findings import Finding
from sesmime.linter.output import expected, remedy, where
from sesmime.linter.rule import Rule
from sesmime.linter.run import lint
from sesmime.mime.edits import line_ending
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters

# More than a reader wants to see of one message.
_MOST_LINES: Final = 30
_MOST_REPEATS: Final = 3
_SETTINGS: Final = tuple(ApiParameters.__dataclass_fields__)


class Shown(NamedTuple):
    """An example in texts: how it is sent, by label, the lines of the message, what is found by label, and the diff."""

    given: list[tuple[str, str]]
    message: list[str]
    told: list[tuple[str, str]]
    diff: list[str]


def shown_example(rule: Rule, kind: str, *, width: int, paint: Callable[[str, str], str]) -> Shown | None:
    """Return the example of a kind, "bad" or "good", its lines at most `width` characters long; None without one.

    `paint` is given each line of the diff and the role of what it says.
    """
    example = kept_examples().get(rule.code, {}).get(kind)
    if example is None:
        return None
    found = next(iter(findings_of(example, rule.code)), None)
    diff: list[str] = []
    if example.message is not None and example.fixed is not None:

        def cut(text: str, role: str) -> str:
            return paint(_cut(text, width), role)

        lines = islice(unified_diff(example.message, example.fixed, "message", cut), 2, _MOST_LINES)  # no file names
        diff = [_cut(line, width) if line.startswith(" ") else line for line in lines]
    return Shown(
        given=list(_given(example)),
        message=[] if example.message is None else _lines(example.message, width),
        told=[] if found is None else list(_told(found)),
        diff=diff,
    )


def findings_of(example: Example, code: str) -> list[Finding]:
    """Return what a rule finds in an example, a forward where the example is one."""
    config = LintConfig(select=(code,), verified_identities=example.verified_identities)
    if example.forward is None:
        report = lint(example.message, interface=example.interface, parameters=example.parameters, config=config)
        return [finding for finding in report if finding.code == code]
    from sesmime.handover.forward import prepare_forward  # two rules need it

    assert example.message is not None
    return [finding for finding in prepare_forward(example.message, **example.forward).report if finding.code == code]


def _given(example: Example) -> Iterator[tuple[str, str]]:
    if example.interface is not Interface.SEND_RAW_EMAIL:
        yield "interface", example.interface.value
    parameters = example.parameters
    if parameters != ApiParameters():
        given = (f"{name}={value!r}" for name in _SETTINGS if (value := getattr(parameters, name)) is not None)
        yield "parameters", f"ApiParameters({', '.join(given)})"
    if example.verified_identities:
        yield "verified", ", ".join(example.verified_identities)
    if example.forward is not None:
        given = (f"{name}={value!r}" for name, value in example.forward.items())
        yield "forwarded", f"prepare_forward(message, {', '.join(given)})"


def _told(finding: Finding) -> Iterator[tuple[str, str]]:
    place = f"line {finding.line}, column {finding.column}: " if finding.line else ""
    yield "finding", place + printable(finding.message) + where(finding)
    if (answer := expected(finding)) is not None:
        label, _, words = answer.partition(": ")
        yield label, words
    if finding.fix is not None:
        yield "fix", remedy(finding.fix)


def _lines(message: bytes, width: int) -> list[str]:
    """Return a message line by line; a line end that is not that of most lines is shown as an escape."""
    if not message:
        return ["[nothing: the message is empty]"]
    is_crlf = line_ending(message) == b"\r\n"
    *lines, last = message.split(b"\n")
    shown = [_visible(line, is_crlf, width) for line in lines]
    if last:
        shown.append(_visible(last + b"\r" * is_crlf, is_crlf, width))
    shown = [line for text, same in groupby(shown) for line in _told_once(text, len([*same]))]
    more = len(shown) - _MOST_LINES
    return [*shown[:_MOST_LINES], f"[{more:,} more lines]"] if more > 0 else shown


def _told_once(line: str, count: int) -> list[str]:
    return [line, f"[the same line {count - 1:,} times more]"] if count > _MOST_REPEATS else [line] * count


def _visible(line: bytes, is_crlf: bool, width: int) -> str:
    if is_crlf:
        line = line[:-1] if line.endswith(b"\r") else line + b"\n"
    decoded = line.decode("ascii", "backslashreplace")
    text = "".join(char if char == "\t" or char.isprintable() else repr(char)[1:-1] for char in decoded)
    return _cut(text, width)


def _cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    more = f"... [{len(text):,} characters]"
    return text[: width - len(more)] + more
