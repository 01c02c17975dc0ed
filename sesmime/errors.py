"""The errors that sesmime raises: one class a fault, the facts as attributes, one sentence as text.

Reading never raises on content; these come from writing, from strict reading, and from limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache

TYPE_CHECKING = False  # that of `typing`, without its import

if TYPE_CHECKING:
    from typing import Any, Final, TypeVar

    _Member = TypeVar("_Member", bound=Enum)

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
    if len(text) <= room and is_printable(text) and "\\" not in text:
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
    return text if is_printable(text) else "".join([c if is_printable(c) else _escaped(c) for c in text])


def is_printable(text: str) -> bool:
    r"""Whether all of a text is printed as itself by the Unicode that Python 3.11 knows (14.0), on every Python.

    >>> is_printable("Zürich 東京都"), is_printable("a\u202eb"), is_printable("\U0001e4f0")
    (True, False, False)
    """
    return text.isprintable() and is_assigned(text)


def is_assigned(text: str) -> bool:
    r"""Whether no character of a text was assigned after Unicode 14.0, so that each is the same to every Python.

    >>> is_assigned("Zürich 東京都"), is_assigned("\U0001e4d0")
    (True, False)
    """
    return text.isascii() or _later().search(text) is None


def by_unicode_14(change: Callable[[str], str], text: str) -> str:
    r"""Return what `str.lower` and its like make of a text, on every Python as where Unicode is 14.0.

    A character that has been assigned since stays as it is, and nothing is composed across it.

    >>> by_unicode_14(str.lower, "Z\xdcRICH \ua7cb\U00010d50") == "z\xfcrich \ua7cb\U00010d50"
    True
    """
    if is_assigned(text):
        return change(text)
    pieces: list[str] = []
    place = 0
    for later in _later().finditer(text):
        pieces += (change(text[place : later.start()]), later[0])
        place = later.end()
    return "".join([*pieces, change(text[place:])])


def masked_by_unicode_14(text: str) -> str:
    """Return a text, as long as it is, with a noncharacter for each that Unicode has assigned since 14.0.

    For patterns with `\\w` and `\\d`, and for what asks whether a character is a letter.
    """
    return text if text.isascii() else _later().sub("\uffff", text)


# What Unicode 15 to 18 have assigned since.
_LATER: Final = (
    "[\u0558\u058b\u058c\u05c8\u05c9\u088f\u0897\u0b53\u0b54\u0c5c\u0cdc\u0cf3\u0ece\u1acf-\u1af0\u1b4e\u1b4f\u1b7f"
    "\u1c89\u1c8a\u208f\u209d-\u209f\u20c1-\u20c4\u2427-\u2429\u2b96\u2e60-\u2e63\u2ffc-\u2fff\u31e4-\u31ef"
    "\ua7cb-\ua7cf\ua7d2\ua7d4\ua7da-\ua7f1\uab6c\uab6d\ufbc3-\ufbd2\ufd90\ufd91\ufdc8-\ufdce\U000105c0-\U000105f3"
    "\U000107bb-\U000107bf\U00010940-\U00010959\U00010d40-\U00010d8f\U00010ec2-\U00010eff\U0001123f-\U00011241"
    "\U00011380-\U000113e2\U000116d0-\U000116e3\U00011b00-\U00011bf9\U00011db0-\U00011df1\U00011f00-\U00011f5a"
    "\U0001246f\U00012475-\U0001247f\U00012550-\U00012686\U0001342f\U00013439-\U000143fa\U00016100-\U00016139"
    "\U00016d40-\U00016d79\U00016ea0-\U00016ed3\U00016ff2-\U00016ff6\U000187f8-\U000187ff\U00018cd6-\U00018cff"
    "\U00018d09-\U000191d2\U0001b123-\U0001b132\U0001b155\U0001b168\U0001cc00-\U0001cefd\U0001d127\U0001d128"
    "\U0001d1eb-\U0001d1ff\U0001d250-\U0001d2d3\U0001d6a6\U0001db00-\U0001db1c\U0001df1f-\U0001dfff"
    "\U0001e030-\U0001e08f\U0001e4d0-\U0001e6ff\U0001f1ae\U0001f6d8-\U0001f6dc\U0001f774-\U0001f77f"
    "\U0001f7d9-\U0001f7db\U0001f7f1-\U0001f7ff\U0001f8b2-\U0001f8d8\U0001fa54-\U0001fa57\U0001fa75-\U0001fa77"
    "\U0001fa87-\U0001fa8f\U0001faad-\U0001faaf\U0001fabb-\U0001fabf\U0001fac6-\U0001facf\U0001fada-\U0001fadf"
    "\U0001fae8-\U0001faef\U0001faf7-\U0001fafa\U0001fbcb-\U0001fbef\U0001fbfa\U0002b739-\U0002b73f\U0002b81e"
    "\U0002cea2-\U0002cead\U0002ebf0-\U0002ee5d\U00031350-\U0003fc3f]"
)


@cache
def _later() -> re.Pattern[str]:
    return re.compile(_LATER)


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

    def __init__(self, setting: str, value: object, reason: str) -> None:
        super().__init__(setting, value, reason)
        self.setting = setting
        self.value: Any = value
        self.reason = reason

    def __str__(self) -> str:
        shown = quoted(self.value if isinstance(self.value, str) else repr(self.value), 100)
        return f"{self.setting} {shown} is invalid: {self.reason}"


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

    def __init__(self, report: Sequence[object]) -> None:
        super().__init__(report)
        self.report: Sequence[Any] = report

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
