"""The forms in which findings are written: one module a format, each with one function, `render`.

`render(results, style)` takes what was found in each message as it comes and gives text piece by piece, so that a run
over many messages is written as it goes. No text holds a control character of a message or of a file name. What
depends on a terminal, the width and the colours, is told by the `Style`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Final, NamedTuple, TypeAlias

from sesmime.errors import UNKNOWN_WORDS, printable
from sesmime.linter.answers.certainty import expectation_certainty
from sesmime.linter.findings import Finding, Fix, Severity
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters

# Each format stands in a module of its name, with "_" for "-" (and `as_json`, whose name would be the library's).
FORMATS: Final = ("full", "concise", "json", "json-lines", "github", "gitlab", "sarif", "junit")


class Place(NamedTuple):
    """Where a message begins in its file: the offset in bytes, and the line, counted from 1."""

    offset: int = 0
    line: int = 1


class Examined(NamedTuple):
    """A message and what was found in it.

    `path` is its name for people (`box.mbox#3`), `file` the file it stands in, None for standard input. `place` is None
    where it does not stand there as it is, as in the base64 of a request; `message` is None where there is none. With
    `is_for_all` it was examined for every interface, and `met_with` has the interfaces of each finding.
    """

    path: str
    file: str | None
    place: Place | None
    message: bytes | None
    interface: Interface
    findings: tuple[Finding, ...]
    parameters: ApiParameters = ApiParameters()
    met_with: tuple[tuple[Interface, ...], ...] = ()
    is_for_all: bool = False

    def file_line(self, finding: Finding) -> int | None:
        """Return the line of a finding, counted in the file."""
        if self.place is None or finding.line is None:
            return None
        return self.place.line + finding.line - 1


class Unreadable(NamedTuple):
    """What could not be examined, and why, in one sentence that names it."""

    path: str
    reason: str


Result: TypeAlias = Examined | Unreadable


def plain(text: str, role: str) -> str:
    """Paint nothing."""
    return text


class Style(NamedTuple):
    """What a format cannot know: the columns there are, how text is painted by its role, the version of sesmime, the
    severity from which on a finding fails the run, and whether no address may be shown.

    The roles: "error", "warning", "info", "strong" and "frame".
    """

    width: int = 80
    paint: Callable[[str, str], str] = plain
    version: str = ""
    fail_level: Severity = Severity.ERROR
    is_redacted: bool = False


Render: TypeAlias = Callable[[Iterable[Result], Style], Iterator[str]]


def renderer(name: str) -> Render:
    """Return the function that writes a format of `FORMATS`."""
    module = "as_json" if name == "json" else name.replace("-", "_")
    render: Render = import_module(f"sesmime.linter.output.{module}").render
    return render


def remedy(fix: Fix) -> str:
    """Return a remedy as people read it: what to do, and whether a reader can tell, or nobody does it for them."""
    how = fix.applicability
    return f"{printable(fix.title)} ({'by hand' if how == 'manual' else how})"


def expected(finding: Finding) -> str | None:
    """Return what SES is expected to answer, and how sure that is; None where nothing is said of it."""
    if finding.rejection is None:
        return None
    words = f'"{printable(finding.rejection)}"' if finding.rejection else UNKNOWN_WORDS
    return f"expected from SES: {words} [{expectation_certainty(finding).name}]"


def where(finding: Finding) -> str:
    """Return the part and the parameter that a finding is about, to stand behind its message."""
    part = f" (part {finding.part})" if finding.part else ""
    return part if finding.parameter is None else f"{part} ({finding.parameter})"


def shown_place(path: str, finding: Finding) -> str:
    """Return a place as people read it: name, line and column."""
    place = printable(path)
    return place if finding.line is None else f"{place}:{finding.line}:{finding.column}"
