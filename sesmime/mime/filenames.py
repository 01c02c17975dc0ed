"""File names made harmless: one path component that no system takes for anything else."""

from __future__ import annotations

import re
from typing import Final

from sesmime.mime.patterns import lazy_pattern

# Not from `unicodedata`, which differs between Pythons. Controls, format characters (category Cf: bidirectional
# controls are among them), line and paragraph separators, surrogates, and other characters that show nothing.
_INVISIBLE: Final = lazy_pattern(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_BLANKS: Final = lazy_pattern("[ \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")

# What Windows does not take in a name, and what some code pages of Windows turn into a separator.
_UNSAFE: Final = lazy_pattern('[<>:"|?*\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c\uff1a]')
_DOTS: Final = ". \u2024\uff0e\ufe52"
_DRIVE: Final = lazy_pattern("[A-Za-z]:")

# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_DEVICE: Final = lazy_pattern(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])[ .]*(?:\.|\Z)", re.IGNORECASE
)
_MAX_NAME: Final = 255
_MAX_SUFFIX: Final = 32


def safe_name(name: str) -> str | None:
    r"""Make one harmless path component of a file name as sent, the last of its path; None if nothing is left.

    Joined to a directory it stays inside it, under the rules of POSIX and of Windows. At most 255 octets of
    UTF-8, the suffix kept. Two names can become one: whoever writes a file must not write over another.

    >>> safe_name("..\\..\\C:\\Windows\\CON.txt"), safe_name("invoice\u202efdp.exe"), safe_name("../..")
    ('_CON.txt', 'invoicefdp.exe', None)
    """
    name = _BLANKS.sub(" ", _INVISIBLE.sub("", name)).replace("\\", "/")
    components = [text for part in name.split("/") if (text := part.strip(_DOTS))]
    if not components:
        return None
    name = components[-1]
    if _DRIVE.match(name):
        name = name[2:]
    name = _UNSAFE.sub("_", name).strip(_DOTS)
    if _DEVICE.match(name):
        name = "_" + name
    return _cut(name) or None


def _cut(name: str) -> str:
    if len(name.encode()) <= _MAX_NAME:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len((dot + suffix).encode()) > _MAX_SUFFIX:
        stem, dot, suffix = name, "", ""
    room = _MAX_NAME - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(_DOTS) + dot + suffix
