"""The plain kind of mailboxes, which nearly all are: patterns by which lists of them are read in one go."""

from __future__ import annotations

import re

from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

# A list of plain mailboxes, which is nearly every one that is sent: atoms without "=" or "?", a quoted string without
# escapes or encoded words. `sesmime.mime.addresses` reads it in a tenth of the time; a property test holds both
# readings together.
_PLAIN_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]++"
_PLAIN_DOTTED: Final = rf"{_PLAIN_ATOM}(?:\.{_PLAIN_ATOM})*+"
_PLAIN_SPEC: Final = rf"{_PLAIN_DOTTED}@{_PLAIN_DOTTED}"
_PLAIN: Final = rf"""
      ({_PLAIN_SPEC}) (?=[,;]|\Z)
    | (?: ({_PLAIN_ATOM} (?:[ ]{_PLAIN_ATOM})*+) | "([!#-<>-\[\]-~]++ (?:[ ][!#-<>-\[\]-~]++)*+)" )
      [ ] <({_PLAIN_SPEC})> (?=[,;]|\Z)
    """
PLAIN_MAILBOX: Final = re.compile(_PLAIN.replace("[,;]", ","), re.VERBOSE)
PLAIN_MEMBER: Final = lazy_pattern(_PLAIN, re.VERBOSE)
PLAIN_GAP: Final = lazy_pattern(r"[ \t]*+")
PLAIN_LENGTH: Final = 1_000  # far below the limit of tokens
