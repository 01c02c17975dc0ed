"""Message tags: what X-SES-MESSAGE-TAGS holds, every pair read, and only right ones written.

Sources: https://docs.aws.amazon.com/ses/latest/APIReference/API_MessageTag.html for the characters; recorded answers
of the service (localstack/localstack#11284) for the length, the texts of refusal and the order of the checks.
Encoded words (RFC 2047) are never written, and never decoded: SES knows none there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from sesmime.errors import InvalidMessageTag
from sesmime.mime.fields import Defect, Span
from sesmime.mime.held import held
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.plain import plain_text
from sesmime.mime.values import NamedTuple, dataclass

# The documents say 256 characters; recorded answers refuse more than 255 ("Tag name cannot exceed 255 characters.").
MAX_TAG_LENGTH = 255

# dg/monitor-using-event-publishing: the only names with a colon that a sender may use.
FEEDBACK_ID_TAGS = frozenset(("ses:feedback-id-a", "ses:feedback-id-b"))

_TAG_TEXT = re.compile(r"[A-Za-z0-9_-]+")
# Recorded answers took `.` and `@` in the value of a parameter; the documents allow them nowhere.
_PARAMETER_VALUE = lazy_pattern(r"[A-Za-z0-9_.@-]+")


class MessageTag(NamedTuple):
    """One message tag; holds what was read or given and checks nothing."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class MessageTags:
    """What one X-SES-MESSAGE-TAGS body holds: every pair in order, and all that `format_message_tags` would not write.

    The spans of the defects are character offsets in the body.
    """

    tags: tuple[MessageTag, ...]
    defects: tuple[Defect, ...]

    def __iter__(self) -> Iterator[MessageTag]:
        return iter(self.tags)

    def __len__(self) -> int:
        return len(self.tags)


def as_message_tag(given: MessageTag | tuple[str, str]) -> MessageTag:
    """Return a pair of str as a MessageTag of plain str, whatever they hold; raises TypeError for all else."""
    if not isinstance(given, tuple | list) or len(given) != 2 or not all(isinstance(text, str) for text in given):
        raise TypeError("a message tag must be a MessageTag or another pair of str")
    return MessageTag(*map(str.__str__, given))


def as_message_tags(given: Iterable[MessageTag | tuple[str, str]]) -> tuple[MessageTag, ...]:
    """Return pairs of str as a tuple of MessageTag, whatever they hold; raises TypeError for all else."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise TypeError(f"message tags must be a list of MessageTag, not {type(given).__name__}")
    return tuple(as_message_tag(tag) for tag in given)


class TagFault(NamedTuple):
    """What is wrong with one tag: a defect name, a reason in words, and the text expected from SES (or None)."""

    name: str
    reason: str
    expected: str | None


def tag_fault(tag: MessageTag) -> TagFault | None:
    """Return the first fault of a tag in the order in which SES checks, name before value (OBSERVED), or None.

    >>> tag_fault(MessageTag("campaign", "a b")).expected
    "Invalid tag value <a b>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."
    """
    name, value = tag
    if not name:
        return TagFault("empty-tag-name", "a tag needs a name", "The tag name must be specified.")
    if len(name) > MAX_TAG_LENGTH:
        text = f"a tag name of {len(name)} characters, more than {MAX_TAG_LENGTH}"
        return TagFault("long-tag-name", text, f"Tag name cannot exceed {MAX_TAG_LENGTH} characters.")
    if name not in FEEDBACK_ID_TAGS and not _TAG_TEXT.fullmatch(name):
        expected = f"Invalid tag name <{name}>: only alphanumeric ASCII characters, '_',  '-' are allowed."
        if name.startswith("ses:"):
            reason = "names with ses: are reserved, except ses:feedback-id-a and ses:feedback-id-b"
        else:
            reason = "a tag name consists of only A-Z a-z 0-9 _ and -"
        return TagFault("bad-tag-name", reason, expected)
    if not value:
        return TagFault("empty-tag-value", "a tag needs a value", "The tag value must be specified.")
    if len(value) > MAX_TAG_LENGTH:
        text = f"a tag value of {len(value)} characters, more than {MAX_TAG_LENGTH}"
        return TagFault("long-tag-value", text, f"Tag value cannot exceed {MAX_TAG_LENGTH} characters.")
    if not _TAG_TEXT.fullmatch(value):
        if _PARAMETER_VALUE.fullmatch(value):
            reason = "a tag value consists of only A-Z a-z 0-9 _ and -; . and @ have been accepted only in parameters"
            return TagFault("dotted-tag-value", reason, None)
        text = f"Invalid tag value <{value}>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."
        return TagFault("bad-tag-value", "a tag value consists of only A-Z a-z 0-9 _ and -", text)
    return None


def read_message_tags(body: str) -> MessageTags:
    """Read an unfolded X-SES-MESSAGE-TAGS body; never raises, takes linear time.

    Blanks round `,` and `=` are dropped. Without defects, `format_message_tags` takes the tags; an item that is no
    pair is a defect and no tag.

    >>> read_message_tags("campaign=spring , genre = sci-fi").tags
    (MessageTag(name='campaign', value='spring'), MessageTag(name='genre', value='sci-fi'))
    """
    body = plain_text(body, "a field body")
    return _read_short(body) if len(body) <= _MAX_KEPT else held("message tags", body, _read)


# One field is read by several, and messages of one kind bear the same tags; what is short is kept, so many of them.
_MAX_KEPT: Final = 200


@lru_cache(maxsize=64)
def _read_short(body: str) -> MessageTags:
    return _read(body)


def _read(body: str) -> MessageTags:
    tags: list[MessageTag] = []
    defects: list[Defect] = []
    seen: set[str] = set()
    start = 0
    for item in body.split(","):
        span = Span(start, start + len(item))
        start += len(item) + 1
        name, equals, value = item.partition("=")
        if not equals:
            if item.strip(" \t\r\n"):
                defects.append(Defect("no-equals-sign", span, "an item without = is not a tag"))
            else:
                defects.append(Defect("empty-item", span, "an empty item"))
            continue
        tag = MessageTag(name.strip(" \t\r\n"), value.strip(" \t\r\n"))
        tags.append(tag)
        fault = tag_fault(tag)
        if fault is not None:
            defects.append(Defect(fault.name, span, fault.reason))
        elif tag.name in seen:
            defects.append(Defect("repeated-tag-name", span, "a tag name can be used only once"))
        seen.add(tag.name)
    return MessageTags(tuple(tags), tuple(defects))


def format_message_tags(tags: Iterable[MessageTag | tuple[str, str]]) -> str:
    """Write message tags as an X-SES-MESSAGE-TAGS body: `a=1, b=2`, one line, ASCII.

    Raises InvalidMessageTag for a name or value that is empty, longer than 255 characters or holds anything but
    `A-Z a-z 0-9 _ -`, for a repeated name, and for names with a colon but the two of feedback ids; TypeError for what
    is no pair of str.

    >>> format_message_tags([MessageTag("campaign", "spring"), ("genre", "sci-fi")])
    'campaign=spring, genre=sci-fi'
    """
    written: list[str] = []
    seen: set[str] = set()
    for tag in as_message_tags(tags):
        fault = tag_fault(tag)
        if fault is not None:
            raise InvalidMessageTag(tag.name, tag.value, fault.reason)
        if tag.name in seen:
            raise InvalidMessageTag(tag.name, tag.value, "its name is used more than once")
        seen.add(tag.name)
        written.append(f"{tag.name}={tag.value}")
    return ", ".join(written)
