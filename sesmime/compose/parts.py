r"""Body parts for messages that are built: contents encoded so that every relay passes them as they are.

Texts of up to 64 KiB are encoded by the SES policy's content manager, in 7bit, quoted-printable or base64; larger ones
by the same choice and writers that work in C. Other contents become base64 block by block in one buffer, at ten times
the speed of `email.base64mime`; small ones too, for the bytes would be the same. Attached messages are never encoded
(RFC 2046 section 5.2.1), but what is not 7-bit in them is.

Nothing is written before all fields of all parts have been checked. Boundaries come last, when all that could hold one
is known: base64 and fields cannot, so that only texts and attached messages are searched.
"""

from __future__ import annotations

import hashlib
import os
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message, MIMEPart
from io import BytesIO
from itertools import count
from mmap import mmap
from types import MappingProxyType
from typing import Any, BinaryIO, Final, TypeAlias

from sesmime.compose.reports import HEADERS_ONLY, REPORT_TYPES, report_fields
from sesmime.errors import InvalidField, LimitExceeded, quoted
from sesmime.mime.charsets import charset_codec
from sesmime.mime.encoding import BASE64_BLOCK, base64_blocks, encode_quoted_printable, encoding_for
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import parse_header_section
from sesmime.mime.grammar import CRLF, PREFERRED_LINE
from sesmime.mime.parameters import format_parameters, parse_parameters
from sesmime.mime.plain import plain_text
from sesmime.mime.seven_bit import fault, to_7bit
from sesmime.policy import SES
from sesmime.policy.fields import field_lines
from sesmime.policy.registry import class_of
from sesmime.policy.writer import message_to_bytes
from sesmime.ses.quotas import MAX_PARTS

Octets: TypeAlias = bytes | bytearray | memoryview | mmap
# What an attachment may come in. Streams and iterators are used up by the message that is built.
Content: TypeAlias = "Octets | os.PathLike[str] | BinaryIO | Iterable[Octets] | Message[Any, Any] | Entity"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A content to attach: its octets, its file name, its type, and the id by which HTML names it (`cid:logo`).

    `content` is bytes (bytearray, memoryview, mmap), a path, an open binary file, an iterable of bytes, or a message
    (`Entity`, `email.message.Message`). A str is a text, not a file name: give a `pathlib.Path`, whose name is the
    file name where none is given. Without `content_type` it follows from the file name's suffix, whatever the machine,
    and is application/octet-stream for others; a message is message/rfc822. `disposition` is "attachment" or "inline",
    which a content with a `content_id` is unless told: it stands beside the HTML text then. A file name beyond ASCII is
    written in the form of RFC 2231; with `encoded_name` it is written into Content-Type as encoded words too, against
    RFC 2047 section 5, for Outlook and other readers that know no other form. Nothing is checked before the message is
    built.

    >>> Attachment(b"a,b", "numbers.csv")
    Attachment(3 bytes, filename='numbers.csv')
    """

    content: Content
    filename: str | None = None
    content_type: str | None = None
    content_id: str | None = None
    disposition: str | None = None
    encoded_name: bool = False

    def __repr__(self) -> str:
        content = self.content
        shown = [f"{memoryview(content).nbytes} bytes" if isinstance(content, Octets) else type(content).__name__]
        for name in ("filename", "content_type", "content_id", "disposition"):
            value = getattr(self, name)
            if value is not None:
                shown.append(f"{name}={quoted(value, 80) if isinstance(value, str) else type(value).__name__}")
        if self.encoded_name:
            shown.append("encoded_name=True")
        return f"Attachment({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf: its fields with their empty line, its body, and those octets that could hold a boundary."""

    head: bytes
    body: Iterable[bytes] = ()
    searched: bytes = b""
    entities: int = 1  # with those of an attached message

    def leaves(self) -> Iterator[Leaf]:
        yield self

    def write(self, target: BytesIO, boundaries: Iterator[str]) -> None:
        target.write(self.head)
        for chunk in self.body:
            target.write(chunk)


@dataclass(frozen=True, slots=True)
class Multipart:
    """Parts in a multipart of some kind; three levels are the most that a message built here has."""

    content_type: str
    parts: tuple[Leaf | Multipart, ...]
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def entities(self) -> int:
        return 1 + sum(part.entities for part in self.parts)

    def leaves(self) -> Iterator[Leaf]:
        for part in self.parts:
            yield from part.leaves()

    def write(self, target: BytesIO, boundaries: Iterator[str]) -> None:
        boundary = next(boundaries)
        body = format_parameters(self.content_type, (*self.parameters, ("boundary", boundary)))
        delimiter = b"--" + boundary.encode("ascii")
        target.write(field("Content-Type", body))
        for part in self.parts:
            target.write(CRLF + delimiter + CRLF)
            part.write(target, boundaries)
        target.write(CRLF + delimiter + b"--" + CRLF)


def write_parts(root: Leaf | Multipart, target: BytesIO, seed: bytes) -> None:
    """Write a tree of parts, its fields first; the same parts and seed give the same boundaries.

    Raises LimitExceeded for more parts than SES takes.
    """
    if root.entities - 1 > MAX_PARTS:
        raise LimitExceeded("parts", MAX_PARTS)
    root.write(target, _boundaries(root, seed))


def field(name: str, body: str) -> bytes:
    """Write a field whose body is in its form already: checked again, and folded."""
    return b"".join([line.encode("ascii") + CRLF for line in field_lines(name, body)])


# Boundaries. Neither quoted-printable nor base64 can hold "=_" (RFC 2045 section 6.7).
_STEM: Final = re.compile(rb"=_([0-9a-f]{24})")


def _boundaries(root: Leaf | Multipart, seed: bytes) -> Iterator[str]:
    """Return boundaries that stand nowhere in the leaves, and none of which another one begins with."""
    taken = {stem for leaf in root.leaves() for stem in _STEM.findall(leaf.searched)}
    for attempt in count():
        stem = hashlib.sha256(b"%d\n" % attempt + seed).hexdigest()[:24]
        if stem.encode("ascii") not in taken:
            break
    for number in count(1):
        yield f"=_{stem}_{number}"


# Texts


def text_part(text: str, subtype: str, **parameters: str) -> Leaf:
    """Make the part of a text, which is UTF-8; its lines end at CRLF, the last one too.

    `parameters` are further ones of its Content-Type.

    Raises InvalidField where it holds a lone surrogate, TypeError for what is no str.
    """
    name = "text" if subtype == "plain" else subtype
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    text = str.__str__(text)
    try:
        if len(text) > _LARGE:
            return _large_text(text, subtype, parameters)
        part = MIMEPart(policy=SES)
        part.set_content(text, subtype=subtype, params=parameters)
    except UnicodeEncodeError:
        raise InvalidField(name, "it contains a lone surrogate, which is not a character") from None
    octets = part.as_bytes()
    return Leaf(octets, searched=octets)


# The content manager holds several copies of a text, and divides it into lines in Python.
_LARGE: Final = 1 << 16


def _large_text(text: str, subtype: str, parameters: Mapping[str, str]) -> Leaf:
    """Do what the content manager does, by the same choice of encodings, in a fraction of time and memory."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    octets = (text if text.endswith("\n") else text + "\n").replace("\n", "\r\n").encode()
    encoding = encoding_for(octets, PREFERRED_LINE)
    content_type = format_parameters(f"text/{subtype}", {**parameters, "charset": "utf-8"})
    head = field("Content-Type", content_type) + field("Content-Transfer-Encoding", encoding) + CRLF
    if encoding == "base64":
        return Leaf(head, base64_blocks(_blocks((octets,))))
    body = octets if encoding == "7bit" else encode_quoted_printable(octets)
    return Leaf(head, (body,), searched=body)


# Attachments

_OCTETS: Final = "application/octet-stream"
_MESSAGE: Final = "message/rfc822"
_OPENXML: Final = "application/vnd.openxmlformats-officedocument"
_OPENDOCUMENT: Final = "application/vnd.oasis.opendocument"
# By suffix. `mimetypes` says other things on other machines and on other Pythons.
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "avif": "image/avif",
        "bmp": "image/bmp",
        "css": "text/css",
        "csv": "text/csv",
        "doc": "application/msword",
        "docx": f"{_OPENXML}.wordprocessingml.document",
        "gif": "image/gif",
        "gz": "application/gzip",
        "heic": "image/heic",
        "htm": "text/html",
        "html": "text/html",
        "ico": "image/vnd.microsoft.icon",
        "ics": "text/calendar",
        "jpeg": "image/jpeg",
        "jpg": "image/jpeg",
        "json": "application/json",
        "m4a": "audio/mp4",
        "md": "text/markdown",
        "mov": "video/quicktime",
        "mp3": "audio/mpeg",
        "mp4": "video/mp4",
        "odp": f"{_OPENDOCUMENT}.presentation",
        "ods": f"{_OPENDOCUMENT}.spreadsheet",
        "odt": f"{_OPENDOCUMENT}.text",
        "ogg": "audio/ogg",
        "pdf": "application/pdf",
        "png": "image/png",
        "ppt": "application/vnd.ms-powerpoint",
        "pptx": f"{_OPENXML}.presentationml.presentation",
        "rtf": "application/rtf",
        "svg": "image/svg+xml",
        "tar": "application/x-tar",
        "tif": "image/tiff",
        "tiff": "image/tiff",
        "txt": "text/plain",
        "vcf": "text/vcard",
        "wav": "audio/wav",
        "webm": "video/webm",
        "webp": "image/webp",
        "xls": "application/vnd.ms-excel",
        "xlsx": f"{_OPENXML}.spreadsheetml.sheet",
        "xml": "application/xml",
        "zip": "application/zip",
    }
)

# RFC 2392 section 2: a URL `cid:logo` names `<logo>`. An addr-spec by RFC 2045 section 7, but names without @ are
# what most mail has. Not "=?": some readers look for encoded words in any field.
_CONTENT_ID: Final = re.compile(r"(?!.*=\?)<?([0-9A-Za-z!#$%&'*+/=?^_`{|}~.-]+(?:@[0-9A-Za-z.-]+)?)>?")
_MAX_CONTENT_ID: Final = 250

# RFC 2047 section 2: at most 75 characters; twelve of them are not the text, and base64 makes four of three octets.
_MAX_WORD_OCTETS: Final = 45
# A name that older readers find in Content-Type, and that is written there as it stands.
_PLAIN_NAME: Final = re.compile(r"(?! )[\w !#$&+,.@^`{}~()\[\]-]{1,60}(?<! )", re.ASCII)


def attachment_part(attachment: Attachment) -> Leaf:
    """Make the part of an attachment; its content, unless it is a message, is read when the part is written.

    Raises InvalidField for a file name, type, content id or disposition that must not be written, and for an attached
    message that is not 7-bit and cannot be made so; TypeError for what is no content.
    """
    if not isinstance(attachment, Attachment):
        raise TypeError(f"an attachment must be an Attachment, not {type(attachment).__name__}")
    content, filename = attachment.content, attachment.filename
    is_readable = isinstance(content, Octets | os.PathLike | Message | Entity | Iterable) or hasattr(content, "read")
    if isinstance(content, str) or not is_readable:
        raise TypeError(f"the content of an attachment must be bytes, a path or a stream, not {type(content).__name__}")
    if filename is not None:
        filename = plain_text(filename, "filename")
    elif isinstance(content, os.PathLike):
        filename = os.path.basename(os.fsdecode(content))
    given = attachment.content_type
    if given is None:
        given = _MESSAGE if isinstance(content, Message | Entity) else _type_by_name(filename or "")
    content_type = _content_type(given, filename, encoded_name=attachment.encoded_name)
    head = field("Content-Type", content_type)
    kind = content_type.partition(";")[0].lower()
    is_message = kind == _MESSAGE
    is_identity = is_message or kind in REPORT_TYPES or kind == HEADERS_ONLY
    head += field("Content-Transfer-Encoding", "7bit" if is_identity else "base64")
    if kind not in REPORT_TYPES or filename is not None:  # the part of a report for programs is no file
        head += field("Content-Disposition", _content_disposition(disposition_of(attachment), filename))
    if attachment.content_id is not None:
        head += field("Content-ID", f"<{content_id(attachment)}>")
    head += CRLF
    if kind in REPORT_TYPES or kind == HEADERS_ONLY:
        fields = report_fields(kind, b"".join(_chunks(content)))
        return Leaf(head, (fields,), searched=fields)
    if not is_message:
        return Leaf(head, base64_blocks(_blocks(_chunks(content))))
    message = _attached(b"".join(_chunks(content)))
    return Leaf(head, (message,), searched=message, entities=1 + sum(1 for _ in parse(message).walk()))


def content_type_of(part: Leaf) -> str:
    """Return the type of a part, in lower case."""
    standing = parse_header_section(part.head).first("Content-Type")
    return "" if standing is None else parse_parameters(standing.body)[0].lower()


def disposition_of(attachment: Attachment) -> str:
    """Return how a part is to be shown: as told, else inline if the HTML may name it."""
    if attachment.disposition is not None:
        return plain_text(attachment.disposition, "disposition")
    return "attachment" if attachment.content_id is None else "inline"


def content_id(attachment: Attachment) -> str | None:
    """Return the content id without the angle brackets it may stand in; raises InvalidField where it is none."""
    given = attachment.content_id
    if given is None:
        return None
    if not isinstance(given, str):
        raise TypeError(f"content_id must be a str, not {type(given).__name__}")
    given = str.__str__(given)
    match = _CONTENT_ID.fullmatch(given)
    if match is None or len(given) > _MAX_CONTENT_ID or given.startswith("<") != given.endswith(">"):
        raise InvalidField(
            "Content-ID", f"{quoted(given, 60)} is not a content ID; write it as in logo or logo@example.com"
        )
    return match[1]


def _type_by_name(filename: str) -> str:
    return _TYPES.get(filename.rpartition(".")[2].lower(), _OCTETS) if "." in filename else _OCTETS


def _content_type(given: str, filename: str | None, *, encoded_name: bool = False) -> str:
    """Return the body of Content-Type for an attachment; raises InvalidField for a type that none can have."""
    value, parameters = parse_parameters(class_of("Content-Type").written("Content-Type", given))
    kind = value.lower()
    if kind.startswith(("multipart/", "message/")) and kind != _MESSAGE and kind not in REPORT_TYPES:
        raise InvalidField("Content-Type", f"{quoted(value, 60)} can be attached only as application/octet-stream")
    if "boundary" in parameters:
        raise InvalidField("Content-Type", "only a multipart has a boundary")
    if charset_codec(parameters.get("charset", "utf-8")) is None:
        raise InvalidField("Content-Type", f"{quoted(parameters['charset'], 60)} is an unknown charset")
    written = dict(parameters)
    if filename is not None and written.setdefault("name", filename) != filename:
        raise InvalidField("Content-Type", "its name parameter differs from the file name")
    if filename is not None and not _PLAIN_NAME.fullmatch(filename):
        del written["name"]  # the one in Content-Disposition is enough
    body = format_parameters(value, written)
    if encoded_name and filename is not None and "name" not in written:
        body += f'; name="{_as_encoded_words(filename)}"'
    return body


def _as_encoded_words(text: str) -> str:
    """Return a text as encoded words (RFC 2047 section 4.1), whatever it is made of: base64 holds no quote."""
    words: list[bytes] = []
    for character in text:
        octets = character.encode()
        if not words or len(words[-1]) + len(octets) > _MAX_WORD_OCTETS:
            words.append(b"")
        words[-1] += octets
    return " ".join(f"=?utf-8?B?{b64encode(octets).decode('ascii')}?=" for octets in words)


def _content_disposition(disposition: str, filename: str | None) -> str:
    if disposition not in ("attachment", "inline"):
        shown = quoted(disposition, 60)
        raise InvalidField("Content-Disposition", f"it must be attachment or inline, not {shown}")
    if filename is None:
        return disposition
    body = format_parameters(disposition, {"filename": filename})
    if not filename or "\t" in filename:
        raise InvalidField("filename", "a file name must not be empty or contain control characters")
    return body


# Contents

# Octets of a stream that are read at a time.
_PIECE: Final = 1 << 18


def _chunks(content: Content) -> Iterator[Octets]:
    if isinstance(content, Octets):
        yield content
    elif isinstance(content, Entity):
        yield content.raw
    elif isinstance(content, Message):
        yield message_to_bytes(content)
    elif isinstance(content, os.PathLike):
        with open(content, "rb") as stream:
            yield from _pieces(stream)
    else:
        for chunk in _pieces(content) if hasattr(content, "read") else content:
            if not isinstance(chunk, Octets):
                raise TypeError(f"the content of an attachment must be bytes, not {type(chunk).__name__}")
            yield chunk


def _pieces(stream: Any) -> Iterator[Octets]:
    while piece := stream.read(_PIECE):
        yield piece


def _blocks(chunks: Iterable[Octets]) -> Iterator[bytes | memoryview]:
    """Divide a content into blocks of one size, the last one shorter; what is long enough already is not copied."""
    pending = bytearray()
    for chunk in chunks:
        view = memoryview(chunk)
        view = view.cast("B") if view.c_contiguous else memoryview(bytes(view))
        start = 0
        if pending:
            start = min(BASE64_BLOCK - len(pending), len(view))
            pending += view[:start]
            if len(pending) < BASE64_BLOCK:
                continue
            yield bytes(pending)
            pending.clear()
        stop = start + (len(view) - start) // BASE64_BLOCK * BASE64_BLOCK
        for at in range(start, stop, BASE64_BLOCK):
            yield view[at : at + BASE64_BLOCK]
        pending += view[stop:]
    if pending:
        yield bytes(pending)


# Attached messages


def _attached(message: bytes) -> bytes:
    """Return a message that is attached, its lines ended at CRLF and its parts 7-bit; InvalidField if they cannot.

    RFC 2046 section 5.2.1: no encoding but 7bit, 8bit and binary is allowed for the message as a whole.
    """
    if message.count(b"\n") != message.count(CRLF):
        message = message.replace(CRLF, b"\n").replace(b"\n", CRLF)
    message = to_7bit(message)
    reason = fault(message, 0, len(message))
    if reason is None and message.count(b"\r") != message.count(CRLF):
        reason = "a CR without LF"
    if reason is not None:
        raise InvalidField(_MESSAGE, f"it contains {reason}, and an attached message cannot be encoded")
    return message
