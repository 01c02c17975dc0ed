"""Python values for what writes: plain ones, and hostile ones that lie about themselves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from sesmime import (
    ApiParameters,
    Attachment,
    Destination,
    Interface,
    ListManagement,
    Mailbox,
    MessageTag,
    SesFields,
)
from tests.property.strategies import ODD_TEXTS

RAW: Final = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP)


class LyingText(str):
    """A str whose every method tells something else than its text."""

    __slots__ = ()
    _lie: Final = "a@b.example\r\nBcc: lie@c.example"

    def __str__(self) -> str:
        return self._lie

    def __repr__(self) -> str:
        return f"LyingText({str.__str__(self)!r})"

    def __format__(self, spec: str) -> str:
        return self._lie

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return iter(self._lie)

    def __getitem__(self, key: Any) -> str:
        return self._lie

    def __contains__(self, part: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1

    def __add__(self, other: str) -> str:
        return self._lie

    def encode(self, *_: Any, **__: Any) -> bytes:
        return self._lie.encode()

    def isascii(self) -> bool:
        return True

    def isprintable(self) -> bool:
        return True

    def find(self, *_: Any) -> int:
        return 10**6

    def fold(self, *_: Any, **__: Any) -> str:
        return "X: a\r\nBcc: lie@c.example\r\n"

    def _same(self, *_: Any, **__: Any) -> Any:
        return self._lie

    strip = lstrip = rstrip = lower = upper = casefold = replace = translate = title = removeprefix = _same

    def startswith(self, *_: Any) -> bool:
        return False

    endswith = startswith

    def split(self, *_: Any, **__: Any) -> list[str]:
        return [self._lie] * 3

    splitlines = split

    def partition(self, *_: Any) -> tuple[str, str, str]:
        return "", "", ""

    rpartition = partition


class LyingOctets(bytes):
    """A bytes whose methods tell something else than its octets."""

    __slots__ = ()

    def __len__(self) -> int:
        return 3

    def __iter__(self) -> Iterator[int]:
        return iter((10, 13))

    def __getitem__(self, key: Any) -> Any:
        return b"lie" if isinstance(key, slice) else 10

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return f"LyingOctets({bytes.__repr__(self)})"

    def __bytes__(self) -> bytes:
        return b"lie"

    def find(self, *_: Any) -> int:
        return 1

    rfind = find

    def count(self, *_: Any) -> int:
        return 7

    def lower(self) -> bytes:
        return b"X-SES-TENANT: lie\r\n\r\n"

    def startswith(self, *_: Any) -> bool:
        return True

    endswith = startswith

    def replace(self, *_: Any) -> bytes:
        return b"lie"

    def decode(self, *_: Any, **__: Any) -> str:
        return "lie\r\n"

    def splitlines(self, keepends: bool = False) -> list[bytes]:
        return [b"lie"]


_HOSTILE: Final = (
    *ODD_TEXTS, "\r", "\n", "\rBcc: v@example.net", "\x0b", "\x1b[2J", "\x7f", "\x85Bcc: v", "\u2028Bcc: v", "\udc0a",
    "\ufeff", "\u202e", "\u200b", "\t", " ", "=?utf-8?q?a=0D=0ABcc=3A_v=40x.y?=", '"', "\\", '\\"', "(", ")", "<",
    ">",
    "@", "a@b.example, c@d.example", ":", ";", ",", "'", "--", "=_", "?=", "../x", "x" * 2_000, "é" * 400, "\u0661",
    "team: a@b.example, c@d.example;", "NUL", "xn--", "From a@b 00:00", "\u212a", "a=1, b=2", "caf\udcc3\udca9",
)  # fmt: skip
_PLAIN: Final = (
    "one two", "Ada", "Lovelace, Ada", "Grüße", "東京都", "a", "campaign", "spring-2026", "x_y", "report.pdf", "😀",
    "No. 1",
    "a  b", "w" * 75, "word " * 40, "O'Brien", "100%", "a=b", "é a é",
)  # fmt: skip
ADDRESSES: Final = (
    "a@b.example", "Joe <j@e.example>", "c@D.example", "c@d.example", '"q r"@s.example', "Zoë <z@y.example>",
    '"Lovelace, Ada" <ada@b.example>', "x+y@z.example", "a@[192.0.2.1]",
)  # fmt: skip
_PIECES: Final = (
    "a", "b", " ", "  ", "\t", "é", "日", "=?", "?=", "=", "_",
    '"', "\\", ",", "@", "<", ">", "(", ")", ".", ":", ";", "1",
    "-", "'", "%", "*", "\u2028", "😀",
)  # fmt: skip


def text(chance: random.Random) -> str:
    """Return a text that may be written, or must not be."""
    kind = chance.random()
    if kind < 0.3:
        return chance.choice(_PLAIN)
    if kind < 0.6:
        return "".join(chance.choice(_PIECES) for _ in range(chance.randint(0, 14)))
    if kind < 0.65:
        return "".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randint(0, 8)))
    hostile = chance.choice(_HOSTILE)
    if kind < 0.8:
        return hostile
    return chance.choice(_PLAIN) + hostile


def disguised(chance: random.Random, value: Any) -> Any:
    """Return a value in which texts and octets are of other classes, which lie where they can; the value is the same.

    What is disguised must be taken as what it is.
    """
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return LyingText(value) if chance.random() < 0.7 else value
    if isinstance(value, bytes):
        return octets(chance, value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(disguised(chance, one) for one in value))
    if isinstance(value, tuple | list):
        return type(value)([disguised(chance, one) for one in value])
    if isinstance(value, dict):
        # What a request or `build` calls its members is no value; a request holds bytes, not any buffer.
        return {
            name: LyingOctets(one) if isinstance(one, bytes) else disguised(chance, one) for name, one in value.items()
        }
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value) if one.init and one.compare]
        return type(value)(**{name: disguised(chance, getattr(value, name)) for name in names})
    return value


def octets(chance: random.Random, message: bytes) -> Any:
    """Return octets as something that holds them: a buffer, or a bytes that lies."""
    kind = chance.randrange(5)
    if kind == 0:
        return bytearray(message)
    if kind == 1:
        return memoryview(message)
    if kind == 2:
        return memoryview(bytearray(message))
    if kind == 3:
        return memoryview(b"".join(bytes((octet, 0)) for octet in message))[::2]
    if kind == 4:
        return LyingOctets(message)
    return message


# What stands where another type should.
ODD_VALUES: Final[tuple[Any, ...]] = (
    None, 0, -1, 1, 2**70, 10**400, True, 0.5, float("nan"), b"octets", "text", (), [], {}, ("a",), [("a", "b")],
    ("a", "b"),
    object, Interface, b"", "", [None], [1], {"a": 1}, range(3), bytearray(b"x"), memoryview(b"x"), iter(()),
    LyingText("x"),
)  # fmt: skip


def address(chance: random.Random) -> str:
    """Return an address, most often a good one."""
    return chance.choice(ADDRESSES) if chance.random() < 0.75 else text(chance)


def _many(chance: random.Random, most: int) -> tuple[str, ...]:
    return tuple(address(chance) for _ in range(chance.randint(0, most)))


_ARNS: Final = (
    "arn:aws:ses:us-east-1:123456789012:identity/a.example",
    "arn:aws:ses:eu-west-1:123456789012:identity/joe@a.example",
    "arn:aws:ses:*:123456789012:identity/x-y.example.com",
)  # fmt: skip
_TAG: Final = ("a", "campaign", "spring", "b_1", "X-9", "v" * 255)
_SETTINGS: Final = ("shop", "acme", "List", "Topic_1", "n" * 64)


def _good(chance: random.Random, pool: tuple[str, ...], *, hostile: bool) -> str:
    return text(chance) if hostile and chance.random() < 0.25 else chance.choice(pool)


def tags(chance: random.Random, *, hostile: bool = True, least: int = 0) -> tuple[MessageTag, ...]:
    """Return message tags; without `hostile` those that are valid, each name once."""
    made = [
        MessageTag(_good(chance, _TAG, hostile=hostile), _good(chance, _TAG, hostile=hostile))
        for _ in range(chance.randint(least, 4))
    ]
    return tuple(made) if hostile else tuple({tag.name: tag for tag in made}.values())


def lists(chance: random.Random, *, hostile: bool = True) -> ListManagement:
    """Return list management."""
    topic = _good(chance, _SETTINGS, hostile=hostile) if chance.random() < 0.5 else None
    return ListManagement(_good(chance, _SETTINGS, hostile=hostile), topic)


def settings(chance: random.Random, *, hostile: bool, share: float = 0.3) -> dict[str, Any]:
    """Return values of the settings that SES reads in fields, some of them; without `hostile` valid ones."""
    made: dict[str, Any] = {}
    for name in ("source_arn", "from_arn", "return_path_arn"):
        if chance.random() < share:
            made[name] = _good(chance, _ARNS, hostile=hostile)
    for name in ("configuration_set", "tenant"):
        if chance.random() < share:
            made[name] = _good(chance, _SETTINGS, hostile=hostile)
    if chance.random() < share:
        made["message_tags"] = tags(chance, hostile=hostile, least=1)
    if chance.random() < share:
        made["list_management"] = lists(chance, hostile=hostile)
    return made


def ses_fields(chance: random.Random, *, hostile: bool = False) -> SesFields:
    """Return SES's fields to write."""
    return SesFields(**settings(chance, hostile=hostile))


_OF_INTERFACE: Final = {
    Interface.SMTP: {"source", "destination"},
    Interface.SEND_RAW_EMAIL: {
        *("source", "destination", "message_tags", "configuration_set", "source_arn", "return_path_arn", "from_arn"),
    },
    Interface.V2_SEND_EMAIL_RAW: {
        *("source", "destination", "message_tags", "configuration_set", "source_arn", "return_path_arn", "reply_to"),
        *("return_path", "list_management", "tenant", "endpoint_id", "extra"),
    },
}


def parameters(
    chance: random.Random, interface: Interface, *, hostile: bool = False, beyond: bool = False
) -> ApiParameters:
    """Return parameters that an interface has; those it has not, too, if `beyond` is true."""
    made = settings(chance, hostile=hostile)
    if chance.random() < 0.4:
        made["source"] = chance.choice(("", address(chance) if hostile else chance.choice(ADDRESSES)))
    if chance.random() < 0.4:
        pick = _many if hostile else _good_many
        made["destination"] = Destination(pick(chance, 3), pick(chance, 2), pick(chance, 2))
    if chance.random() < 0.2:
        made["reply_to"] = _many(chance, 2) if hostile else _good_many(chance, 2)
    if chance.random() < 0.2:
        made["return_path"] = address(chance) if hostile else chance.choice(ADDRESSES)
    if chance.random() < 0.1:
        made["endpoint_id"] = _good(chance, _SETTINGS, hostile=hostile)
    if chance.random() < 0.1:
        made["extra"] = {"Unknown": [1, {"a": "b"}, b"octets"]}
    for name in ("message_tags", "configuration_set"):
        if chance.random() < 0.05:
            made[name] = () if name == "message_tags" else ""
    has = _OF_INTERFACE.get(interface, set())
    return ApiParameters(**{name: value for name, value in made.items() if beyond or name in has})


def _good_many(chance: random.Random, most: int) -> tuple[str, ...]:
    return tuple(chance.choice(ADDRESSES) for _ in range(chance.randint(0, most)))


# What `build` is asked for.

_DOMAINS: Final = ("example.com", "a.example", "xn--bcher-kva.example", "b.c.example.org")
_LOCALS: Final = ("a", "bob", "x+y", "o'neil", "a.b.c", '"q r"', "{x}", "_")


def mailbox(chance: random.Random, *, hostile: bool) -> Mailbox:
    """Return a mailbox with a name of any writable kind; hostile ones of any kind."""
    if hostile and chance.random() < 0.3:
        return Mailbox(text(chance), address(chance))
    name = _writable(chance)
    return Mailbox(name, f"{chance.choice(_LOCALS)}@{chance.choice(_DOMAINS)}")


def _writable(chance: random.Random) -> str:
    made = chance.choice(_PLAIN) if chance.random() < 0.4 else "".join(
        chance.choice(_PIECES) for _ in range(chance.randint(0, 14))
    )  # fmt: skip
    return made.replace("\t", " ")


_BODIES: Final = (
    "",
    "Hi",
    "Hi\r\n",
    "a\nb\rc\r\n",
    "\n--\n",
    "\n.\n",
    "\nFrom x\n",
    "\0",
    "é" * 90,
    "x" * 1_000,
    "= \n",
    "--=_1\n",
)
_CONTENT_TYPES: Final = (None, None, "application/pdf", "image/png", "text/csv; charset=utf-8", 'text/plain; x="a;b"')


def build_request(chance: random.Random, *, hostile: bool) -> dict[str, Any]:
    """Return arguments of `build`; without `hostile` those that it takes."""
    made: dict[str, Any] = {"sender": mailbox(chance, hostile=hostile)}
    for name in ("to", "cc", "reply_to"):
        if name == "to" or chance.random() < 0.4:
            made[name] = [mailbox(chance, hostile=hostile) for _ in range(chance.randint(0 if hostile else 1, 3))]
    if chance.random() < 0.6:
        made["subject"] = text(chance) if hostile else _writable(chance)
    for name in ("text", "html"):
        if chance.random() < 0.5:
            pieces = "".join(chance.choice(_BODIES) for _ in range(chance.randint(0, 5)))
            made[name] = text(chance) if hostile and chance.random() < 0.3 else pieces
    if chance.random() < 0.4:
        made["attachments"] = [_attachment(chance, number, hostile=hostile) for number in range(chance.randint(0, 3))]
    if chance.random() < 0.4:
        made["fields"] = [
            (
                text(chance) if hostile and chance.random() < 0.4 else "X-" + chance.choice(("A", "b-1", "Note", "!x")),
                text(chance) if hostile else _writable(chance),
            )
            for _ in range(chance.randint(0, 3))
        ]
    if chance.random() < 0.4:
        made["ses"] = ses_fields(chance, hostile=hostile)
    return made


def _attachment(chance: random.Random, number: int, *, hostile: bool) -> Attachment:
    content = chance.randbytes(chance.choice((0, 1, 9, 57, 130)))
    name = text(chance) if hostile else (_writable(chance).strip() or "a") + ".txt"
    return Attachment(
        content,
        chance.choice((None, name)),
        text(chance) if hostile and chance.random() < 0.2 else chance.choice(_CONTENT_TYPES),
        text(chance)
        if hostile and chance.random() < 0.2
        else chance.choice((None, f"{number}@a.example", f"logo-{number}")),
        chance.choice(("attachment", "inline")),
    )
