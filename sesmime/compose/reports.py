r"""Parts for programs: the fields of reports (DSN, MDN, ARF), and the method of a calendar invitation.

A report is multipart/report (RFC 6522 section 3): a text for people, a part of fields for programs, and, where wanted,
the message that it is about, or its header section only. Its fields are checked as far as readers depend on them: they
are ASCII, in groups divided by an empty line, and those that the standard demands are there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from sesmime.errors import InvalidField, quoted
from sesmime.mime.fields import fold_case, parse_header_section
from sesmime.mime.grammar import CRLF, MAX_LINE


class ReportType(NamedTuple):
    """What a type of report demands: fields of its first group, and of each further one (None: there is none)."""

    report_type: str
    first: tuple[str, ...]
    further: tuple[str, ...] | None


# By the type of the part for programs.
REPORT_TYPES: Final[Mapping[str, ReportType]] = MappingProxyType(
    {
        # RFC 3464 sections 2.2 and 2.3: fields about the message, then a group of fields for each recipient.
        "message/delivery-status": ReportType(
            "delivery-status", ("Reporting-MTA",), ("Final-Recipient", "Action", "Status")
        ),
        # RFC 8098 section 3.2
        "message/disposition-notification": ReportType(
            "disposition-notification", ("Final-Recipient", "Disposition"), None
        ),
        # RFC 5965 section 3.1
        "message/feedback-report": ReportType("feedback-report", ("Feedback-Type", "User-Agent", "Version"), None),
    }
)

# RFC 6522 section 4: the header section of the message that a report is about.
HEADERS_ONLY: Final = "text/rfc822-headers"
# What may stand third in a report.
ORIGINALS: Final = ("message/rfc822", HEADERS_ONLY)

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


def report_fields(kind: str, octets: bytes) -> bytes:
    r"""Return the fields of a report or a header section, its lines ended at CRLF, the last one too.

    Raises InvalidField for octets beyond ASCII and controls, lines that are no field or of more than 998 octets, and a
    group that lacks a field which the standard of its type demands.

    >>> report_fields("message/feedback-report", b"Feedback-Type: abuse\nUser-Agent: sesmime\nVersion: 1")
    b'Feedback-Type: abuse\r\nUser-Agent: sesmime\r\nVersion: 1\r\n'
    """
    lines = _LINE_END.split(octets.strip(b"\r\n"))
    groups: list[list[bytes]] = [[]]
    for line in lines:
        if not line:
            if groups[-1]:
                groups.append([])
            continue
        if len(line) > MAX_LINE:
            raise InvalidField(kind, f"it contains a line of more than {MAX_LINE} octets")
        if not line.isascii() or any((octet < 0x20 and octet != 0x09) or octet == 0x7F for octet in line):
            raise InvalidField(kind, f"it contains {quoted(line.decode('latin-1'), 60)}, which is not an ASCII field")
        groups[-1].append(line)
    for number, group in enumerate(groups, 1):
        _check_group(kind, number, b"".join(line + CRLF for line in group), is_only=len(groups) == 1)
    if kind == HEADERS_ONLY and len(groups) > 1:
        raise InvalidField(kind, "it is one header section, without an empty line in it")
    return CRLF.join(b"".join(line + CRLF for line in group) for group in groups)


def _check_group(kind: str, number: int, group: bytes, *, is_only: bool) -> None:
    section = parse_header_section(group)
    names = {fold_case(field.name) for field in section}
    if section.defects or not names:
        raise InvalidField(kind, f"its group {number} is not made of fields, each with a name and a colon")
    if kind == HEADERS_ONLY:
        return
    row = REPORT_TYPES[kind]
    wanted = row.first if number == 1 else row.further
    if wanted is None:
        raise InvalidField(kind, "it is one group of fields, without an empty line in it")
    if number == 1 and is_only and row.further is not None:
        raise InvalidField(kind, f"it has no group of fields for a recipient, with {', '.join(row.further)}")
    lacking = [name for name in wanted if fold_case(name) not in names]
    if lacking:
        raise InvalidField(kind, f"its group {number} lacks {', '.join(lacking)}")


# RFC 5545 section 3.1: a long line is folded; section 3.7.2: METHOD stands once in the object, beside its components.
_FOLD: Final = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_METHOD: Final = re.compile(r"METHOD[ \t]*(?:;[^:\r\n]*)?:[ \t]*([A-Za-z0-9-]+)[ \t]*", re.IGNORECASE)
_TEXT_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def calendar_method(calendar: str) -> str:
    r"""Return the method of an iCalendar object, which its Content-Type repeats (RFC 6047 section 2.4).

    Raises InvalidField for a text that is no iCalendar object, TypeError for what is no str.

    >>> calendar_method("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n")
    'REQUEST'
    """
    if not isinstance(calendar, str):
        raise TypeError(f"a calendar is a str, not {type(calendar).__name__}")
    lines = _TEXT_LINE_END.split(_FOLD.sub("", str.__str__(calendar)).strip())
    if lines[0].strip().upper() != "BEGIN:VCALENDAR" or lines[-1].strip().upper() != "END:VCALENDAR":
        raise InvalidField("calendar", "it is no iCalendar object, from BEGIN:VCALENDAR to END:VCALENDAR")
    depth = 0
    methods: list[str] = []
    for line in lines:
        start = line.lstrip()[:6].upper()
        if start == "BEGIN:":
            depth += 1
        elif start.startswith("END:"):
            depth -= 1
        elif depth == 1 and (match := _METHOD.fullmatch(line)):
            methods.append(match[1].upper())
    if len(methods) != 1:
        problem = "it has no METHOD, such as REQUEST" if not methods else "it has more than one METHOD"
        raise InvalidField("calendar", problem)
    return methods[0]
