"""Values as JSON has them: plain dictionaries, lists, numbers and texts of whole characters, whatever was given."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sesmime.errors import InvalidSetting

# A surrogate that stands for an octet (surrogateescape) is no such one; those are read as octets of UTF-8.
_HALF_CHARACTERS: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def plain_text(text: str) -> str:
    r"""Return a str of whole characters: octets beyond ASCII read as UTF-8, and U+FFFD for what is no character.

    Not known of SES, which is expected (ASSUMED) to publish JSON that can be read. A subclass of str becomes a str.

    >>> plain_text("caf\udcc3\udca9 \udcff")
    'café \ufffd'
    """
    text = str.__str__(text)
    if text.isascii():
        return text
    return _HALF_CHARACTERS.sub("\ufffd", text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def plain_value(value: Any) -> Any:
    """Return a value as JSON reads it back: dict, list, str, int, float, bool or None, all the way down.

    Raises TypeError for what JSON does not have: other types, names that are no str, infinity and not-a-number.
    """
    if isinstance(value, str):
        return plain_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise TypeError(f"JSON has no {float(value)}")
        return float(value)
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise TypeError("the names of a JSON object must be str")
        return {plain_text(name): plain_value(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    raise TypeError(f"JSON has no {type(value).__name__}")


def json_text(value: Any) -> str:
    """Return a plain value as one line of JSON, as SES writes it: no blanks, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def utc_text(when: datetime, setting: str = "timestamp") -> str:
    """Return a time as records have it, `2016-10-14T05:02:16.645Z`: in UTC, milliseconds, what is below is cut off.

    Raises TypeError for what is no datetime, InvalidSetting, bearing `setting`, for one without a time zone.

    >>> utc_text(datetime(2016, 10, 14, 5, 2, 16, 645999, tzinfo=UTC))
    '2016-10-14T05:02:16.645Z'
    """
    return in_utc(when, setting).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def in_utc(when: datetime, setting: str = "timestamp") -> datetime:
    """Return an aware time in UTC; raises as `utc_text` does."""
    if not isinstance(when, datetime):
        raise TypeError(f"{setting} must be a datetime, not {type(when).__name__}")
    if when.utcoffset() is None:
        raise InvalidSetting(setting, when.isoformat(), "it must have a time zone")
    try:
        return when.astimezone(UTC)
    except OverflowError:
        raise InvalidSetting(setting, when.isoformat(), "it is out of range in UTC") from None


def later(when: datetime, seconds: float) -> datetime:
    """Return a time after another; the same one at the end of all time."""
    try:
        return when + timedelta(seconds=seconds)
    except OverflowError:
        return when
