"""Three readers of mail, each asked what a message holds: sesmime, Python's `email`, and fast-mail-parser where it is.

A reading is a list of leaves in the order of the reader's own tree: type, file name and contents. Line ends of texts
are none of their contents. A reader that refuses a message reads the kind of its refusal.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from email.message import Message
from typing import Any, NamedTuple

from sesmime import parse

try:
    import fast_mail_parser
except ImportError:  # the extra `dev` has it
    HAS_FAST_MAIL_PARSER = False
else:
    HAS_FAST_MAIL_PARSER = True


class Leaf(NamedTuple):
    """What a reader makes of one leaf: its type, its file name, its contents (of a text decoded, if it can be)."""

    content_type: str
    filename: str | None
    content: bytes | str | None


def _lines(text: bytes | str | None, content_type: str) -> bytes | str | None:
    if text is None or not content_type.startswith("text/"):
        return text
    return text.replace("\r\n", "\n") if isinstance(text, str) else text.replace(b"\r\n", b"\n")


def by_sesmime(message: bytes) -> list[Leaf]:
    """Return what sesmime reads."""
    found = []
    for entity in parse(message).walk():
        if entity.is_multipart or entity.parts:
            continue
        kind = entity.content_type
        content = entity.text() if kind.startswith("text/") else entity.content()
        found.append(Leaf(kind, entity.filename, _lines(content, kind)))
    return found


def by_python(message: bytes) -> list[Leaf]:
    """Return what Python's `email` reads."""
    found = []
    for part in email.message_from_bytes(message, policy=email.policy.compat32).walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        found.append(Leaf(kind, _unfolded(_quietly(part.get_filename)), _python_content(part, kind)))
    return found


def _python_content(part: Message, kind: str) -> bytes | str | None:
    content = _quietly(lambda: part.get_payload(decode=True))
    if not isinstance(content, bytes):
        return content if content is None else str(content)
    if not kind.startswith("text/"):
        return content
    charset = _quietly(part.get_content_charset) or "ascii"
    try:
        return _lines(content.decode(charset, "surrogateescape"), kind)
    except (LookupError, UnicodeError, ValueError):
        return _lines(content, kind)


def _unfolded(name: str | None) -> str | None:
    # Under compat32 a name is as it stands, its folds in it.
    return name if name is None else name.replace("\r\n", "").replace("\n", "")


def _quietly(read: Callable[[], Any]) -> Any:
    # Some versions raise on some values of parameters; the reading is then that they do.
    try:
        return read()
    except Exception as error:  # noqa: BLE001, whatever escapes is the reading
        return type(error).__name__


def by_fast_mail_parser(message: bytes) -> list[Leaf] | str:
    """Return what fast-mail-parser reads, in its tree and in its flat view; nothing where it is not installed."""
    if not HAS_FAST_MAIL_PARSER:
        return []
    try:
        parts = list(fast_mail_parser.walk(fast_mail_parser.parse_email_tree(message)))
        mail = fast_mail_parser.parse_email(message)
    except (fast_mail_parser.ParseError, ValueError) as error:
        return type(error).__name__
    found = [
        Leaf(part.content_type, part.filename, _lines(part.content, part.content_type))
        for part in parts
        if not part.children
    ]
    found += [Leaf("text/plain", None, _lines(text, "text/")) for text in mail.text_plain]
    found += [Leaf("text/html", None, _lines(text, "text/")) for text in mail.text_html]
    found += [
        Leaf(one.mimetype, one.filename, _lines(one.content, one.mimetype))
        for one in mail.attachments
        # What is attached here as it stands has its leaves in the tree.
        if one.mimetype not in ("message/rfc822", "message/global")
    ]
    return found


READERS: dict[str, Callable[[bytes], object]] = {
    "sesmime": by_sesmime,
    "email": by_python,
    "fast-mail-parser": by_fast_mail_parser,
}
