"""Dates of mail (RFC 5322 sections 3.3 and 4.3), which are told from what Python reads as a date of some kind."""

from __future__ import annotations

import re

from sesmime.mime.address_tokens import tokens_of
from sesmime.mime.held import held
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

# RFC 5322 sections 3.3 and 4.3: date-time, its obsolete years and zones too.
_DATE: Final = lazy_pattern(
    r"""
      [ \t]*+ (?: (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [ \t]*+ , [ \t]*+ )?
      (?P<day> 0?[1-9] | [12][0-9] | 3[01] ) [ \t]++
      (?P<month> Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec ) [ \t]++
      (?P<year> [0-9]{4} | [0-9]{2,3} ) [ \t]++
      (?: [01][0-9] | 2[0-3] ) [ \t]*+ : [ \t]*+ [0-5][0-9] (?: [ \t]*+ : [ \t]*+ (?: [0-5][0-9] | 60 ) )?
      [ \t]++ (?: [+-][0-9]{2}[0-5][0-9] | UT | GMT | [ECMP][SD]T | [A-IK-Z] )
      [ \t]*+ (?: \( [A-Za-z0-9 +-]*+ \) [ \t]*+ )?
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


_DAYS: Final = dict(
    zip(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
        strict=True,
    )
)


_SHORTEST_MONTH: Final = min(_DAYS.values())


def is_date(body: str) -> bool:
    """Tell whether an unfolded field body is a date of mail; comments may stand anywhere.

    >>> is_date("Mon, 1 Jan 2024 00:00:00 +0000"), is_date("Mon, 1 Jan 2024 00:00:00 +02:00"), is_date("31 Feb 2024")
    (True, False, False)
    """
    return _is_date(body) or ("(" in body and held("date with comments", body, _is_date_with_comments))


def _is_date_with_comments(body: str) -> bool:
    return _is_date(_without_comments(body))


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    day, month, digits = found.groups()
    if int(day) <= _SHORTEST_MONTH:
        return True
    year = int(digits)
    if len(digits) < 4:  # RFC 5322 section 4.3
        year += 1900 if year > 49 else 2000
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return int(day) <= _DAYS[month.lower()] + (leap and month.lower() == "feb")


def _without_comments(body: str) -> str:
    return "".join([body[start:stop] for kind, start, stop in tokens_of(body) if "comment" not in kind])
