"""Findings as rows: flat, the same columns for every message, and a row with an error for what cannot be checked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, NamedTuple

from sesmime.archive.stored import Stored
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Severity
from sesmime.linter.output.people import People
from sesmime.linter.output.redacting import redacted_text
from sesmime.linter.run import check, outgoing
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters

# RFC 1035 section 2.3.4 ends a domain at 255 octets; what is longer is none.
_LONGEST_DOMAIN: Final = 255


class Row(NamedTuple):
    """A finding of a message, or what kept a message from being checked.

    `id`, `source` and `offset` are the message's (see `Stored`). The rest are the finding's, enumerations by name,
    `interface` by value; `line` and `column` count from 1 in the message, columns in bytes. Where there is an `error`
    the finding's are None, and where there is a finding `error` is.
    """

    id: str
    source: str | None
    offset: int | None
    code: str | None
    name: str | None
    severity: str | None
    evidence: str | None
    message: str | None
    rejection: str | None
    part: str | None
    line: int | None
    column: int | None
    interface: str | None
    error: str | None


class Looked(NamedTuple):
    """What became of one message: its rows, and the domain of its sender, "" where it has none."""

    rows: tuple[Row, ...]
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How messages are checked: with which parameters, for which interface, by which rules, from which severity on.

    `config_of` gives the rules for a source where they differ by it. With `is_redacted` no row tells an address of the
    message. It can be pickled where `config_of` can.
    """

    parameters: ApiParameters = ApiParameters()
    interface: Interface = Interface.SEND_RAW_EMAIL
    config: LintConfig = LintConfig()
    min_level: Severity = Severity.INFO
    config_of: Callable[[str], LintConfig] | None = None
    is_redacted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "interface", Interface(self.interface))
        object.__setattr__(self, "min_level", Severity.of(self.min_level))
        for name, kind in (("parameters", ApiParameters), ("config", LintConfig)):
            given = getattr(self, name)
            if not isinstance(given, kind):
                raise TypeError(f"{name} must be {kind.__name__}, not {type(given).__name__}")
        if not self.interface.is_raw:
            raise ValueError(f"{self.interface.value} does not accept a raw message")

    def look(self, stored: Stored) -> Looked:
        """Check one message; whatever goes wrong with it is a row."""
        if stored.error is not None:
            return Looked((error_row(stored, stored.error),), "")
        config = self.config if self.config_of is None else self.config_of(stored.source)
        try:
            subject = outgoing(stored.message, parameters=self.parameters, interface=self.interface, config=config)
            report = check(subject, config)
            sender = subject.envelope.sender
        except Exception as error:  # noqa: BLE001  # the other messages of an archive are checked whatever one does
            return Looked((error_row(stored, f"the message could not be checked: {_told(error)}"),), "")
        people = People(stored.message) if self.is_redacted else None
        rows = tuple(self._row(stored, finding, people) for finding in report if finding.severity >= self.min_level)
        return Looked(rows, "" if sender is None else _domain(sender))

    def _row(self, stored: Stored, finding: Finding, people: People | None) -> Row:
        def told(text: str) -> str:
            return writable(text if people is None else redacted_text(text, people=people))

        return Row(
            writable(stored.id),
            writable(stored.source) or None,
            stored.offset,
            finding.code,
            finding.name,
            finding.severity.name,
            finding.evidence.name,
            told(finding.message),
            None if finding.rejection is None else told(finding.rejection),
            finding.part,
            finding.line,
            finding.column,
            self.interface.value,
            None,
        )


def rows(
    stored: Iterable[Stored],
    *,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = LintConfig(),
    min_level: Severity = Severity.INFO,
) -> Iterator[Row]:
    r"""Return the findings of messages as rows, as they come; a message without findings has none.

    A member that is no message, and a message that cannot be checked, is a row with an `error`. Nothing of a body is in
    a row. Needs no package. Raises TypeError for parameters and a config of other types, ValueError for an interface
    that takes no raw message.

    >>> message = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\n\r\nHi\r\n"
    >>> row = next(rows([Stored("box#1", "box", 0, message)]))
    >>> row.id, row.code, row.line
    ('box#1', 'SES101', 4)
    """
    checking = Check(parameters=parameters, interface=interface, config=config, min_level=min_level)
    for one in stored:
        yield from checking.look(one).rows


def error_row(stored: Stored, error: str) -> Row:
    """Return the row of what cannot be checked."""
    nothing = (None,) * 10
    return Row(writable(stored.id), writable(stored.source) or None, stored.offset, *nothing, writable(error))


def writable(text: str) -> str:
    r"""Return text that every form can hold: the octet 0xE9 of a file name, which is no UTF-8, reads `\xe9` in it.

    >>> writable("caf\udce9")
    'caf\\xe9'
    """
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape" if _is_escaped(text) else "backslashreplace").decode(
        "utf-8", "backslashreplace"
    )


def _is_escaped(text: str) -> bool:
    """Tell whether each surrogate of a text is an octet of a file name."""
    return all(not "\ud800" <= letter <= "\udfff" or "\udc80" <= letter <= "\udcff" for letter in text)


def _told(error: BaseException) -> str:
    """Return an exception by its kind and place; its text might hold some of the message."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = PurePath(trace.tb_frame.f_code.co_filename)
        if "sesmime" in file.parts:
            inside = file.parts[-1 - file.parts[::-1].index("sesmime") :]
            place = f" in {'/'.join(inside)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2].lower()
    return sys.intern(writable(domain)) if len(domain) <= _LONGEST_DOMAIN else ""
