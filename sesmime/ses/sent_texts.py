"""The texts of a submission in which SES looks for directives: of a raw message, of simple content, of a template.

A template that is stored at AWS is not known here; what stands in the request is (`TemplateContent`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sesmime.mime.charsets import charset_codec
from sesmime.mime.decoding import ENCODINGS, decoded
from sesmime.mime.entity import Entity, parse
from sesmime.mime.limits import MAX_TEXT
from sesmime.mime.values import NamedTuple
from sesmime.ses.directives import Directives, read_directives
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission, request_of

# Where a request has its texts, in AWS's names: the path, and the members below each text.
_BODIES: Final[Mapping[Interface, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    Interface.SEND_EMAIL: (("Message", "Body"), ("Data",)),
    Interface.V2_SEND_EMAIL_SIMPLE: (("Content", "Simple", "Body"), ("Data",)),
    Interface.V2_SEND_EMAIL_TEMPLATE: (("Content", "Template", "TemplateContent"), ()),
    Interface.V2_SEND_BULK_EMAIL: (("DefaultContent", "Template", "TemplateContent"), ()),
}
# Charsets of which ASCII octets may be no text.
_NOT_ASCII: Final = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")


class SentText(NamedTuple):
    """A text that SES sends, and where it comes from: the path of a part, or of a parameter in the request.

    `content` is in UTF-8 or in another charset that ASCII is a part of.
    """

    is_html: bool
    content: bytes
    part: str = ""
    parameter: str | None = None

    @property
    def directives(self) -> Directives:
        """What it holds for SES, read anew at each call."""
        return read_directives(self.content, is_html=self.is_html)


def sent_texts(submission: Submission[Any]) -> Iterator[SentText]:
    r"""Return the texts of a submission, in document order; attached files and messages have none.

    Never raises on content. Texts of more than 1 MiB are left out.

    >>> submission = Submission(b"Content-Type: text/html\r\n\r\n<p>Hi")
    >>> [(text.is_html, text.content) for text in sent_texts(submission)]
    [(True, b'<p>Hi')]
    """
    interface = submission.interface
    if not interface.is_raw:
        yield from request_texts(request_of(submission.parameters, interface), interface)
    elif submission.message is not None:
        yield from _texts_of(parse(submission.message))


def request_texts(request: Mapping[str, Any], interface: Interface) -> Iterator[SentText]:
    """Return the texts that stand in a request; none for raw content, and for what is not as the model has it."""
    path, below = _BODIES.get(interface, ((), ()))
    body: Any = request if path else None
    for name in path:
        body = body.get(name) if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping):
        return
    for name in ("Text", "Html"):
        text = body.get(name)
        for member in below:
            text = text.get(member) if isinstance(text, Mapping) else None
        if isinstance(text, str) and len(text) <= MAX_TEXT:
            content = text.encode("utf-8", "surrogatepass")
            yield SentText(name == "Html", content, parameter=".".join((*path, name)))


def _texts_of(root: Entity) -> Iterator[SentText]:
    waiting = [root]
    while waiting:
        entity = waiting.pop()
        if entity.is_multipart:
            waiting.extend(reversed(entity.parts))
        elif is_sent_text(entity):
            yield SentText(entity.content_type == "text/html", _content(entity), entity.path)


def is_sent_text(entity: Entity) -> bool:
    """Whether an entity is a text that people read, not too long to be looked at."""
    if entity.parts or not entity.content_type.startswith("text/") or entity.disposition == "attachment":
        return False
    start, stop = entity.body_span
    return stop - start <= MAX_TEXT


def is_ascii_text(entity: Entity) -> bool:
    """Whether ASCII octets of a text are what they seem: not so in UTF-16 and in charsets that shift."""
    return not _codec(entity).startswith(_NOT_ASCII)


def _codec(entity: Entity) -> str:
    return charset_codec(entity.parameters.get("charset") or "ascii") or "ascii"


def _content(entity: Entity) -> bytes:
    encoding = entity.content_transfer_encoding
    content = decoded(entity.body, encoding) if encoding in ENCODINGS else bytes(entity.body)
    if is_ascii_text(entity):
        return content
    return content.decode(_codec(entity), "replace").encode("utf-8", "surrogatepass")
