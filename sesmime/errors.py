"""The errors that sesmime raises: one class a fault, the facts as attributes, one sentence as text.

Reading never raises on content; these come from writing, from strict reading, and from limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final, TypeVar

# At most this many characters of a message are quoted in any text of ours.
MAX_QUOTED = 200


def quoted(text: str | bytes, limit: int = MAX_QUOTED) -> str:
    r"""Return `text` in single quotes, safe to print: escaped, and cut to `limit` characters in all.

    Control characters, bidirectional controls, line separators and surrogates are written as escapes.

    >>> print(quoted("a\r\nBcc: b"))
    'a\r\nBcc: b'
    """
    if isinstance(text, bytes):
        text = bytes(memoryview(text)[: limit + 1]).decode("ascii", "surrogateescape")
    elif type(text) is not str:
        text = str.__str__(text)  # a subclass may lie about itself
    room = limit - 2
    if len(text) <= room and text.isprintable() and "\\" not in text:
        return f"'{text}'"
    shown: list[str] = []
    for character in text[: limit + 1]:
        piece = "\\\\" if character == "\\" else printable(character)
        shown.append(piece)
        room -= len(piece)
        if room < 0:
            while room < 3 and shown:
                room += len(shown.pop())
            shown.append("...")
            break
    return "'" + "".join(shown) + "'"


def printable(text: str) -> str:
    r"""Return one line of text with everything that is not printed as itself escaped: controls, bidi controls, bytes.

    Backslashes stay, so that this is for display alone; `quoted` tells the one from the other.

    >>> printable("a\x1b[31m\u202eb\udce9\\")
    'a\\x1b[31m\\u202eb\\xe9\\'
    """
    return text if text.isprintable() else "".join([c if c.isprintable() else _escaped(c) for c in text])


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte that is no character (surrogateescape)
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


class SesMimeError(ValueError):
    """The root of all errors of sesmime; a ValueError, so that careless callers catch it too."""


class InvalidField(SesMimeError):
    """A header field that must not be written: a bad name, a line break, a control, a body that cannot be carried.

    Attributes: `name` of the field as given, `reason` in words.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"field {quoted(self.name, 80)} cannot be written: {self.reason}"


class InvalidAddress(SesMimeError):
    """An address that cannot be written, or that Amazon SES takes in no form.

    Attributes: `address` as given, `reason` in words.
    """

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        return f"address {quoted(self.address, 120)} is invalid: {self.reason}"


class InvalidMessageTag(SesMimeError):
    """A message tag that must not be written.

    Attributes: `name` and `value` of the tag as given, `reason` in words.
    """

    def __init__(self, name: str, value: str, reason: str) -> None:
        super().__init__(name, value, reason)
        self.name = name
        self.value = value
        self.reason = reason

    def __str__(self) -> str:
        return f"message tag {quoted(f'{self.name}={self.value}', 100)} cannot be written: {self.reason}"


class InvalidSetting(SesMimeError):
    """A setting (configuration set, ARN, list, tenant, part of a request) whose value is malformed.

    Attributes: `setting` by its name in `ApiParameters`, `value` as given, `reason` in words.
    """

    def __init__(self, setting: str, value: Any, reason: str) -> None:
        super().__init__(setting, value, reason)
        self.setting = setting
        self.value = value
        self.reason = reason

    def __str__(self) -> str:
        shown = quoted(self.value if isinstance(self.value, str) else repr(self.value), 100)
        return f"{self.setting} {shown} is invalid: {self.reason}"


_Member = TypeVar("_Member", bound=Enum)


def member_of(kind: type[_Member], value: object, setting: str) -> _Member:
    """Return the member of an enumeration of texts that is given, or whose value is.

    Raises InvalidSetting, naming `setting`, for another text, TypeError for what is neither.
    """
    if isinstance(value, kind):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{setting} must be {kind.__name__} or the value of one, not {type(value).__name__}")
    text = str.__str__(value)
    for member in kind:
        if member.value == text:
            return member
    raise InvalidSetting(setting, text, f"it must be one of {', '.join(str(member.value) for member in kind)}")


def require(kind: type, value: object, what: str) -> None:
    """Raise TypeError, naming `what`, for a value that is not of a type."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise TypeError(f"{what} must be {article} {kind.__name__}, not {type(value).__name__}")


class UnsupportedSetting(SesMimeError):
    """A setting given for an interface that has no place for it; SES would not see it.

    Attributes: `setting` by its name in `ApiParameters`, `interface` by its value ("ses.SendRawEmail").
    """

    def __init__(self, setting: str, interface: str, hint: str = "") -> None:
        super().__init__(setting, str(interface), hint)
        self.setting = setting
        self.interface = str(interface)
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.interface} has no parameter for {self.setting}"
        return f"{text}; {self.hint}" if self.hint else text


class LimitExceeded(SesMimeError):
    """A limit of `Limits` is passed where no partial answer can be given.

    Attributes: `limit` by its name in `Limits`, `maximum` in the unit of that limit.
    """

    def __init__(self, limit: str, maximum: int) -> None:
        super().__init__(limit, maximum)
        self.limit = limit
        self.maximum = maximum

    def __str__(self) -> str:
        return f"the message exceeds the limit {self.limit} = {self.maximum}"


class DecodingError(SesMimeError):
    """A content that strict reading cannot decode.

    Attributes: `path` of the part ("" for the root), `reason` in words.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        where = f"part {self.path}" if self.path else "the message"
        return f"{where} cannot be decoded: {self.reason}"


class OverlappingEdits(SesMimeError):
    """Two edits name the same bytes.

    Attributes: `first` and `second`, the two spans (start, stop) in bytes.
    """

    def __init__(self, first: tuple[int, int], second: tuple[int, int]) -> None:
        super().__init__(first, second)
        self.first = first
        self.second = second

    def __str__(self) -> str:
        return "the edits of bytes {}..{} and {}..{} overlap".format(*self.first, *self.second)


# What is said in the place of a text of SES that is not known.
UNKNOWN_WORDS: Final = "a refusal, in words that are not known"


class InvalidSignature(SesMimeError):
    """A message of Amazon SNS that is not accepted: it, its signature, its topic or its certificate is not as expected.

    Attributes: `field`, the name of the message's field at fault ("Signature", "TopicArn", "SigningCertURL"; "" for the
    message as a whole), `reason` in words.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason

    def __str__(self) -> str:
        where = f"its {self.field}" if self.field else "it"
        return f"the SNS message is not accepted: {where} {self.reason}"


class Refused(SesMimeError):
    """`prepare` found what SES is expected to refuse, or worse than the given level.

    Attributes: `report`, all findings, the most severe first.
    """

    def __init__(self, report: Sequence[Any]) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        """Return one line for a log: code, place, what is there, and the words expected from SES, of the first."""
        if not self.report:
            return "refused without a finding"
        first = self.report[0]
        line = f"{first.code} {first.name}"
        if first.line is not None:
            line += f" at line {first.line}, column {first.column}"
        if first.part:
            line += f" of part {first.part}"
        line += f": {printable(first.message)}"
        if first.rejection is not None:
            line += f"; expected from SES: {quoted(first.rejection) if first.rejection else UNKNOWN_WORDS}"
        more = len(self.report) - 1
        return f"{line} (and {more} more)" if more else line
