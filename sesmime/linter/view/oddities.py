"""Cheap looks for what is unusual of a kind: where there is nothing of it, no rule about that kind is asked.

Each proves of most messages that the rules it calls for have nothing to say, and takes less than asking one of them.
What it cannot prove it leaves to the rules; a test holds that those that are not asked would have found nothing.
"""

from __future__ import annotations

from functools import lru_cache

from sesmime.linter.view.addresses import may_hold_mailbox, may_hold_route
from sesmime.linter.view.file_names import is_plain_name
from sesmime.linter.view.mime_fields import is_odd_field
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.mime.dates import is_date
from sesmime.mime.decoding import ENCODINGS, IDENTITY
from sesmime.mime.fields import Source, Span, fields_named
from sesmime.mime.grammar import BCHARS_NO_SPACE, FIELD_NAME, MAX_BOUNDARY
from sesmime.mime.hints import Final, TypeAlias
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple
from sesmime.ses.envelope import RECIPIENT_FIELDS
from sesmime.ses.fields import SETTING_FIELDS
from sesmime.ses.quotas import BLOCKED_SUFFIXES, LEAST_OVERLONG

# Fields as they stand, from the colon to the line end.
_BEFORE: Final = rb"[ \t]*+(?:\r?\n[ \t]++)?+"
_AFTER: Final = rb"[ \t]*+(?:\r?\n)?+"

# Fields of one form

_ID: Final = rb"<[!#-;=?A-~]++@[!#-;=?A-~]++>"
_MESSAGE_ID: Final = lazy_pattern(_BEFORE + _ID + _AFTER)
_ANY_ID: Final = lazy_pattern(rb"<[!-;=?-~]++>")
# As most dates are written: a day that the month has in each year, one blank between the words.
_PLAIN_DATE: Final = lazy_pattern(
    rb" (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?+"
    rb"(?:0?[1-9]|1[0-9]|2[0-8]|(?:29|30)(?! Feb)) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
    rb"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9] [+-][0-9]{2}[0-5][0-9](?: \([A-Z]++\))?+(?:\r?\n)?+"
)
_VERSIONS: Final = (b"1.0\r\n", b"1.0\n", b"1.0")
_COMMENTED_VERSION: Final = lazy_pattern(rb"1\.0[ \t]*+(?:\((?:[ -'*-\[\]-~]|\\[!-~])*+\)[ \t]*+)?+(?:\r?\n)?+")


def has_odd_identifier(outgoing: Outgoing) -> bool:
    """Whether Message-ID, Content-ID, In-Reply-To or References may hold no identifier; not in attached messages."""
    names = outgoing.names
    if "message-id" in names:
        raw = fields_named(outgoing.section, "message-id")[0].raw
        if _MESSAGE_ID.fullmatch(raw, raw.find(b":") + 1) is None:
            return True
    for name in ("in-reply-to", "references"):
        if name in names:
            raw = fields_named(outgoing.section, name)[0].raw
            if _ANY_ID.search(raw, raw.find(b":") + 1) is None:
                return True
    return outgoing.once(look_at_parts).is_identifier_odd


def has_odd_date(outgoing: Outgoing) -> bool:
    """Whether the Date field is no date."""
    if "date" not in outgoing.names:
        return False
    field = fields_named(outgoing.section, "date")[0]
    return _PLAIN_DATE.fullmatch(field.raw, field.raw.find(b":") + 1) is None and not is_date(field.body)


def has_odd_version(outgoing: Outgoing) -> bool:
    """Whether the MIME-Version field may be something other than 1.0."""
    if "mime-version" not in outgoing.names:
        return False
    raw = fields_named(outgoing.section, "mime-version")[0].raw
    version = raw[raw.find(b":") + 1 :].strip(b" \t")
    return version not in _VERSIONS and _COMMENTED_VERSION.fullmatch(version) is None


def has_empty_to(outgoing: Outgoing) -> bool:
    """Whether the To field is empty."""
    return "to" in outgoing.names and not outgoing.root.label("to").strip()


def has_several_authors(outgoing: Outgoing) -> bool:
    """Whether From may have several mailboxes, and there is no Sender."""
    names = outgoing.names
    if "sender" in names or "from" not in names:
        return False
    return fields_named(outgoing.section, "from")[0].raw.find(b",") >= 0


class UnusualAddresses(NamedTuple):
    """What may be in the fields and parameters with addresses that are not ordinary."""

    from_field: bool
    """From is one of them."""
    recipients: bool
    """A field of recipients is one of them."""
    mailbox: bool
    """A mailbox: they are not all `<>`, or the name of a group without members."""
    route: bool
    """A source route."""
    long: bool
    """An address that is too long for SES."""


def look_at_addresses(outgoing: Outgoing) -> UnusualAddresses:
    """Look once at what is unusual of the addresses."""
    from_field = recipients = route = long = False
    mailbox = bool(outgoing.unusual_parameters)
    for one in (*outgoing.unusual_parameters, *outgoing.unusual_fields):
        text = one.text
        if one.field is not None:
            from_field = from_field or one.label == "From"
            recipients = recipients or one.label in RECIPIENT_FIELDS
        route = route or may_hold_route(text)
        mailbox = mailbox or may_hold_mailbox(text)
        long = long or len(text) >= LEAST_OVERLONG
    return UnusualAddresses(from_field, recipients, mailbox, route, long)


# The header sections of parts

_USUAL_CHARSETS: Final = frozenset(
    ("utf-8", "us-ascii", "iso-8859-1", "windows-1252", "ascii", "iso-8859-15", "iso-8859-2", "UTF-8", "US-ASCII")
)
# Others that SES knows, and that some languages are written in.
_KNOWN_CHARSETS: Final = _USUAL_CHARSETS.union(
    ("windows-1250", "windows-1251", "koi8-r", "iso-2022-jp", "shift_jis", "euc-jp", "gb2312", "gbk", "gb18030"),
    ("big5", "euc-kr"),
)
# As most texts have them, or none.
_PLAIN_CHARSETS: Final = _USUAL_CHARSETS | {None}
_CHANGED: Final = ENCODINGS - IDENTITY
_STANDARD: Final = IDENTITY | {"quoted-printable", "base64"}
_SHORT: Final = 60
_MAX_NAME: Final = 255
_CONTENT_ID: Final = lazy_pattern(_BEFORE + rb"<[!-;=?-~]++>" + _AFTER)
_DEVICE: Final = lazy_pattern(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[ .]|\Z)")

# The forms that most of these fields have, each parameter once: all readers take them alike, none has to be read.
_SEPARATOR: Final = rb";[ \t]*+(?:\r?\n[ \t]++)?+"
_WORD: Final = rb"[0-9A-Za-z_][-!+0-9A-Za-z_]*+"
_FILE_NAME: Final = rb'(?:"(%b(?:[ .]%b)*+)"|(%b(?:\.%b)*+))' % (_WORD, _WORD, _WORD, _WORD)
_PLAIN_DISPOSITION: Final = lazy_pattern(
    rb"[ \t]*+(?:attachment|inline)(?:%bfilename=%b)?%b" % (_SEPARATOR, _FILE_NAME, _AFTER)
)


class Parts(NamedTuple):
    """What the header sections of the parts say of them, and what is odd there.

    Attached messages are looked at for file names, and for fields that a part should not have.
    """

    is_field_name_odd: bool
    """Whether a field name, or a line among the fields of a part below the message, may be malformed."""
    is_field_odd: bool
    """Whether a part below the message has a field twice, or an SES field; those in attached messages too."""
    is_identifier_odd: bool
    """Whether a Content-ID may hold no identifier."""
    is_form_odd: bool
    """Whether Content-Type or Content-Disposition is not of the plain kind."""
    is_label_odd: bool
    """Whether an encoding or a charset is none that mail has."""
    is_name_odd: bool
    """Whether a file name may be odd; those in attached messages too."""


_PLAIN_PARTS: Final = Parts(False, False, False, False, False, False)

# Of one field: whether it is odd in its form, the file name in it, whether that is odd, and whether the charset is.
_Read: TypeAlias = tuple[bool, "str | None", bool, bool]


def look_at_parts(outgoing: Outgoing) -> Parts:
    """Look once at the header section of each part."""
    field = identifier = line = form = label = name = False
    field_names: set[str] = set()
    for part in outgoing.every_part:
        is_own = not part.is_attached
        if not part.has_labels_alone:
            names = part.names
            if not part.is_root:
                section = part.section
                field = field or len(names) < len(section) or not names.isdisjoint(SETTING_FIELDS)
                line = line or (is_own and (bool(section.defects) or "" in names))
            if is_own:
                field_names.update(names)
                if "content-id" in names:
                    identifier = identifier or _CONTENT_ID.fullmatch(part.label("content-id")) is None
        kind, encoding, disposition = part.labels
        if is_own and encoding is not None:
            label = label or not (len(encoding) < _SHORT and _is_standard(encoding))
        first: str | None = None
        if disposition is not None:
            is_form_odd, first, is_name_odd, _ = _read_disposition(part, disposition)
            form = form or (is_own and is_form_odd)
            name = name or is_name_odd
        if kind is not None:
            plain = part.plain_type
            if plain is not None and plain.name is None and plain.charset in _PLAIN_CHARSETS:
                continue
            is_form_odd, text, is_name_odd, is_charset_odd = _read_type(part)
            form = form or (is_own and is_form_odd)
            label = label or (is_own and is_charset_odd)
            name = name or is_name_odd or (first is not None and text not in (None, first))
    # In a row: no name that is one adds what is none; an empty one, which adds nothing, is told of in parts only.
    is_field_name_odd = line or (bool(field_names) and FIELD_NAME.fullmatch("".join(field_names)) is None)
    if not (is_field_name_odd or field or identifier or form or label or name):
        return _PLAIN_PARTS
    return Parts(is_field_name_odd, field, identifier, form, label, name)


def _read_type(part: Part) -> _Read:
    plain = part.plain_type
    if plain is None:
        return _read_odd_field(part, "content-type")
    name, charset = plain.name, plain.charset
    is_charset_odd = charset is not None and charset.lower() not in _KNOWN_CHARSETS
    return False, name, name is not None and _is_odd_name(name), is_charset_odd


def _read_disposition(part: Part, label: bytes) -> _Read:
    found = _PLAIN_DISPOSITION.fullmatch(label)
    if found is None:
        return _read_odd_field(part, "content-disposition")
    octets = found[1] or found[2]
    if octets is None:
        return False, None, False, False
    name = octets.decode("ascii")
    return False, name, _is_odd_name(name), False


def _read_odd_field(part: Part, key: str) -> _Read:
    is_type = key == "content-type"
    field = fields_named(part.section, key)[0]
    parameters = part.type_parameters if is_type else part.disposition_parameters
    has_defects = bool(parameters.defects)
    is_form_odd = has_defects or is_odd_field(key, field)
    name = parameters.get("name" if is_type else "filename")
    charset = parameters.get("charset") if is_type and part.content_type.startswith("text/") else None
    is_name_odd = name is not None and (has_defects or b"*" in field.raw or _is_odd_name(name))
    return is_form_odd, name, is_name_odd, charset is not None and charset.lower() not in _USUAL_CHARSETS


def _is_odd_name(text: str) -> bool:
    if len(text) > _MAX_NAME or not is_plain_name(text) or _DEVICE.match(text) is not None:
        return True
    return text.rpartition(".")[2].lower() in BLOCKED_SUFFIXES


@lru_cache(maxsize=64)
def _is_standard(label: bytes) -> bool:
    """Whether the field of the encoding names one that mail has, and nothing beside it."""
    value = (label[:-2] if label.endswith(b"\r\n") else label.removesuffix(b"\n")).strip(b" \t")
    return value.isascii() and value.decode("ascii").lower() in _STANDARD


# Multiparts

_BOUNDARY: Final = lazy_pattern(rf"{BCHARS_NO_SPACE}{{1,{MAX_BOUNDARY}}}")
# So many octets of multiparts, which may lie in each other, are searched: longer ones are left to the rules, which
# search encoded parts at the speed of `memchr`.
_MOST_OCTETS: Final = 1 << 18
_SHORTEST: Final = 5


def has_stray_delimiter(outgoing: Outgoing) -> bool:
    """Whether in a multipart a delimiter may stand that is no delimiter line of it; attached messages are searched."""
    source, left = outgoing.source, _MOST_OCTETS
    for part in outgoing.every_part:
        if not part.is_multipart:
            continue
        entity, span, boundary = part.entity, part.body_span, part.boundary
        left -= span.stop - span.start
        if left < 0 or not boundary or part.is_ill_divided:
            return True
        delimiter = b"--" + boundary.encode("utf-8", "surrogateescape")
        if _count(source, delimiter, span) != len(entity.parts) + 1:
            return True
    return False


def _count(source: Source, delimiter: bytes, span: Span) -> int:
    if isinstance(source, bytes | bytearray):
        return source.count(delimiter, span.start, span.stop)
    return bytes(source[span.start : span.stop]).count(delimiter)


class Multiparts(NamedTuple):
    """What is odd about multiparts; attached messages are left out."""

    is_division_odd: bool
    """Whether one has no parts, or not those that all readers see; a lone CR may be a line end to some."""
    is_boundary_odd: bool
    """Whether a boundary is absent, or not of the plain kind."""
    is_encoded: bool
    """Whether one is labelled with an encoding that changes octets."""
    is_surrounded: bool
    """Whether there may be more than plain text around the parts."""


_PLAIN_MULTIPARTS: Final = Multiparts(False, False, False, False)


def look_at_multiparts(outgoing: Outgoing) -> Multiparts:
    """Look once at each multipart."""
    division = boundary = encoded = surrounded = False
    for part in outgoing.parts:
        if part.content_type.startswith("multipart/"):
            entity, source = part.entity, outgoing.source
            division = division or part.is_leaf or part.is_ill_divided or outgoing.lines.lone_crs > 0
            boundary = boundary or not _has_plain_boundary(part)
            encoded = encoded or part.encoding in _CHANGED
            surrounded = surrounded or not (
                _is_bare(source, entity.preamble_span) and _is_bare(source, entity.epilogue_span)
            )
    if not (division or boundary or encoded or surrounded):
        return _PLAIN_MULTIPARTS
    return Multiparts(division, boundary, encoded, surrounded)


def has_odd_multipart(outgoing: Outgoing) -> bool:
    """Whether a multipart is not of the plain kind: divided, closed, its boundary plain, nothing around its parts.

    Attached messages are left out.
    """
    return outgoing.is_multipart and (any(outgoing.once(look_at_multiparts)) or outgoing.once(has_stray_delimiter))


def _has_plain_boundary(part: Part) -> bool:
    if part.plain_type is not None:
        return 0 < len(part.boundary or "") <= MAX_BOUNDARY
    parameters = part.type_parameters
    boundary = parameters.get("boundary")
    if boundary is None or parameters.defects or _BOUNDARY.fullmatch(boundary) is None:
        return False
    raw = part.labels[0] or b""
    # Escapes and pieces are not read by all; a boundary that is folded inside its quotes does not stand there as it is.
    return b"\\" not in raw and b"*" not in raw and raw.isascii() and boundary.encode("ascii") in raw


def _is_bare(source: Source, span: Span | None) -> bool:
    """Whether the text around parts can be none itself: it holds no field, no delimiter, no uuencoded file."""
    if span is None or span.stop - span.start < _SHORTEST:
        return True
    text = bytes(source[span.start : span.stop])
    return b":" not in text and b"--" not in text and b"begin " not in text.lower()
