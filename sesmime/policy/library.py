r"""The library's own parser, told what it asks for again and again: the type and the boundary of what it reads.

Under `email.policy.SMTP` and its like that parser reads the Content-Type of a part with the whole grammar of headers,
about five times for each part and once more for each part in it: that is most of its time. Here a message is of a class
of ours while it is read, which answers from what it has read once, and, where the field is as plain as nearly all are,
without that grammar. `end_reading` makes it a message of the library's class again, with nothing of ours left in it.
"""

from __future__ import annotations

import re
from email.feedparser import FeedParser
from email.message import EmailMessage, Message
from email.policy import Compat32, EmailPolicy, Policy
from typing import TYPE_CHECKING, Any, Final

from sesmime.policy import SesPolicy

_ATOM: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# A type, and parameters that leave no room for two readings.
PLAIN_TYPE: Final = re.compile(
    rf"({_ATOM}/{_ATOM})"
    rf"(?:[ \t]*;[ \t]*[!#$&+.^_`|~0-9A-Za-z-]+=(?:\"[^\"\\]*\"|{_ATOM}))*[ \t]*;?"
)
# The boundary, where it needs no decoding and ends in no blank.
_BOUNDARY: Final = re.compile(
    r";[ \t]*boundary=(?:\"([0-9A-Za-z'+_,./:=-]+)\"|([0-9A-Za-z'+_.-]+))[ \t]*(?:;|\Z)", re.I
)

_FETCHES: Final = (
    Compat32.header_fetch_parse,
    EmailPolicy.header_fetch_parse,
    SesPolicy.header_fetch_parse,
)

if TYPE_CHECKING:
    _Message = Message[Any, Any]
else:
    _Message = object


class _Reading(_Message):
    """What the parser asks of a message, once its fields are there: they do not change while it goes on."""

    def get_content_type(self) -> str:
        state = vars(self)
        known: str | None = state.get("sesmime_type")
        if known is None:
            plain = self._plain_type()
            known = state["sesmime_type"] = super().get_content_type() if plain is None else plain[1].lower()
        return known

    def get_boundary(self, failobj: Any = None) -> Any:
        plain = self._plain_type()
        if plain is not None and plain[0].lower().count("boundary") == 1:
            boundary = _BOUNDARY.search(plain[0], plain.end(1))
            if boundary is not None:
                return boundary[1] or boundary[2]
        return super().get_boundary(failobj)

    def _plain_type(self) -> re.Match[str] | None:
        if getattr(self.policy.header_fetch_parse, "__func__", None) not in _FETCHES:
            return None  # what others make of a field is theirs
        for name, value in self.raw_items():
            if name.lower() == "content-type":
                if type(value) is not str:
                    return None
                body = value.replace("\r\n", "").replace("\n", "")
                is_text = body.isascii() and body.replace("\t", " ").isprintable()
                return PLAIN_TYPE.fullmatch(body) if is_text else None
        return None


class _ReadingMessage(_Reading, Message):
    pass


class _ReadingEmailMessage(_Reading, EmailMessage):
    pass


_CLASSES: Final[dict[Any, tuple[type, Any]]] = {
    Message: (_ReadingMessage, Message),
    EmailMessage: (_ReadingEmailMessage, EmailMessage),
}
_ENDED: Final = dict(_CLASSES.values())


def parsed_by_library(text: str, policy: Policy[Any]) -> Message[Any, Any]:
    """Return what `email.message_from_bytes` returns for the octets of a text, octets beyond ASCII as surrogates.

    `end_reading` is to be called for each message of its tree.
    """
    classes = _CLASSES.get(policy.message_factory or Message)
    parser = FeedParser(None if classes is None else classes[0], policy=policy)
    parser.feed(text)  # as a whole: `email.message_from_bytes` feeds 8 KB at a time
    parsed: Message[Any, Any] = parser.close()
    return parsed


def end_reading(message: Message[Any, Any]) -> None:
    """Make a message that was parsed one of the library's class."""
    ended = _ENDED.get(type(message))
    if ended is not None:
        vars(message).pop("sesmime_type", None)
        message.__class__ = ended
