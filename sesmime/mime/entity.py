"""Entities: a message and its body parts, as spans of one source.

`parse` finds the places (`boundaries.scan_tree`); everything else is worked out when it is asked for. An entity
is a light view of one node of the tree: a tree refers to no entity, so that a message is freed when the last
view of it goes. It stands for the reading half of `email.message.Message`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import compress, product

from sesmime.errors import quoted, require
from sesmime.mime.boundaries import (
    LEAF,
    MESSAGE,
    MULTIPART,
    ContentFields,
    Node,
    Structure,
    scan_tree,
)
from sesmime.mime.charsets import decode_text, text_defect
from sesmime.mime.decoding import (
    ENCODINGS,
    IDENTITY,
    Notes,
    TooManyDefects,
    decoded,
    iter_decoded,
    known_encoding,
)
from sesmime.mime.fields import Defect, HeaderSection, Message, Source, Span, as_source, unfolded
from sesmime.mime.grammar import TOKEN
from sesmime.mime.hints import Final
from sesmime.mime.limits import DEFAULT_LIMITS, Limits
from sesmime.mime.parameters import Parameters, decoded_value, parse_parameters
from sesmime.mime.patterns import lazy_pattern

# RFC 2046 section 5.2.1, RFC 6532 section 3.7: these hold a whole message.
_MESSAGE_TYPES = ("message/rfc822", "message/global")
# RFC 2046 section 5.2.1: no other encodings are allowed for them; what has one is not looked into.
_IDENTITY_ENCODINGS = ("", "7bit", "8bit", "binary")

# So many levels lie between an entity and the next landmark on its way up at most.
_LANDMARKS = 64

# A field that tells of the content, after the line end before it: which it is, and what follows its colon, which is
# looked at and not taken, as the next field begins with its line end. Blanks and folds may stand before the colon.
_CONTENT_FIELD: Final = re.compile(
    rb"\n(?i:content-(?:(type)|(transfer-encoding)|disposition))(?:[ \t]|\r?\n[ \t])*+:(?=(.*+(?:\n[ \t].*+)*+\n?+))"
)
# In more octets they are found one by one: a list of them takes many times the memory of the octets.
_FOUND_AT_ONCE: Final = 1 << 16
# A multipart that tells its boundary and nothing else, as most do; others are read as all fields of parameters are.
_PLAIN_MULTIPART: Final = lazy_pattern(
    rf"""((?i:multipart)/{TOKEN.pattern})[ \t]*;[ \t]*(?i:boundary)=(?:"([ !#-\[\]-~]*)"|({TOKEN.pattern}));?[ \t]*"""
)
_NO_PARAMETERS: Final = parse_parameters("")

# The names of the fields of the labels in `of_a_part`, in lower case.
LABELS: Final = ("content-type", "content-transfer-encoding", "content-disposition")
# With the colon.
_TYPE_LENGTH, _ENCODING_LENGTH, _DISPOSITION_LENGTH = (len(name) + 1 for name in LABELS)
_LABEL_NAMES: Final = {
    present: frozenset(compress(LABELS, present)) for present in product((False, True), repeat=len(LABELS))
}

_new_tuple = tuple.__new__


class _Tree:
    """The source, the limits and the nodes that all entities of one message share."""

    __slots__ = ("limits", "nodes", "paths", "source")

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.nodes = scan_tree(source, limits, _structure_of)
        # The part paths of some entities, by index: landmarks on the way up to the root.
        self.paths: dict[int, str] = {}

    def path(self, index: int) -> str:
        """Return a part path; climbs no further than to the next landmark, and sets some where the way was long."""
        nodes, paths = self.nodes, self.paths
        way: list[int] = []
        while index not in paths and nodes[index].parent >= 0:
            way.append(index)
            index = nodes[index].parent
        path = paths.get(index, "")
        while way:
            step = way[-_LANDMARKS:]
            del way[-_LANDMARKS:]
            numbers = ".".join([str(nodes[index].number) for index in reversed(step)])
            path = f"{path}.{numbers}" if path else numbers
            if way:
                paths[step[0]] = path
        return path


class Entity:
    r"""A message or a body part (RFC 2045 sections 2.3 to 2.5): where it stands, its fields, its parts.

    Spans are byte offsets in `source`, the root's. Immutable; two entities are equal if they are the same place of
    the same parse. Pickling carries the source and parses it again.

    >>> message = parse(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b--\r\n")
    >>> [(entity.path, entity.content_type) for entity in message.walk()]
    [('', 'multipart/mixed'), ('1', 'text/plain')]
    >>> bytes(message.parts[0].body)
    b'Hi'
    """

    __slots__ = ("_content_type", "_header_section", "_index", "_node", "_parts", "_tree")

    _content_type: str | None
    _header_section: HeaderSection | None
    _parts: tuple[Entity, ...] | None

    def __init__(self, tree: _Tree, index: int) -> None:
        self._tree = tree
        self._index = index
        self._node: Node = tree.nodes[index]
        self._content_type = self._header_section = self._parts = None

    # Places

    @property
    def source(self) -> Source:
        """The whole message that this entity is part of."""
        return self._tree.source

    @property
    def span(self) -> Span:
        """All of this entity: header section, empty line and body."""
        return _new_tuple(Span, (self._node.start, self._node.stop))

    @property
    def body_span(self) -> Span:
        """What follows the empty line; empty at the entity's end if there is none."""
        return _new_tuple(Span, (self._node.body_start, self._node.stop))

    @property
    def preamble_span(self) -> Span | None:
        """The text before the first delimiter line of a multipart; None for other entities."""
        node = self._node
        return _new_tuple(Span, (node.body_start, node.preamble_stop)) if node.kind == MULTIPART else None

    @property
    def epilogue_span(self) -> Span | None:
        """The text after the closing delimiter line of a multipart; None for other entities."""
        node = self._node
        return _new_tuple(Span, (node.epilogue_start, node.stop)) if node.kind == MULTIPART else None

    @property
    def path(self) -> str:
        """The part path: children numbered from 1 at each level, joined by dots; "" for the root."""
        return self._tree.path(self._index)

    @property
    def raw(self) -> memoryview:
        """All bytes of this entity, not copied."""
        return memoryview(self.source)[self._node.start : self._node.stop]

    @property
    def body(self) -> memoryview:
        """The bytes of the body as they stand, not copied."""
        return memoryview(self.source)[self._node.body_start : self._node.stop]

    def __bytes__(self) -> bytes:
        return bytes(self.source[self._node.start : self._node.stop])

    # The tree

    @property
    def is_multipart(self) -> bool:
        """Whether the body is divided by a boundary."""
        return self._node.kind == MULTIPART

    @property
    def parts(self) -> tuple[Entity, ...]:
        """The body parts of a multipart, or the one attached message; () for a leaf."""
        if self._parts is None:
            tree, children = self._tree, self._node.children
            self._parts = tuple([Entity(tree, index) for index in children]) if children else ()
        return self._parts

    def walk(self) -> Iterator[Entity]:
        """Return this entity, then all below it in document order; by loop, so that depth costs no stack."""
        waiting = [self]
        while waiting:
            entity = waiting.pop()
            yield entity
            if entity._node.children:
                waiting.extend(reversed(entity.parts))

    # Fields

    @property
    def header_section(self) -> HeaderSection:
        """The fields of this entity."""
        if self._header_section is None:
            tree, node = self._tree, self._node
            span = _new_tuple(Span, (node.start, node.header_stop))
            self._header_section = HeaderSection(tree.source, span, tree.limits)
        return self._header_section

    @property
    def defects(self) -> tuple[Defect, ...]:
        """What the parser met in this entity: in its header section, its Content-Type and its division into parts."""
        return self.header_section.defects + structure_defects(self)

    @property
    def content_type(self) -> str:
        """Type and subtype in lower case (RFC 2045 section 5); the default type where the field is absent.

        QUIRK: a value that is no type/subtype reads as text/plain, as in `email.message.Message.get_content_type`.
        """
        if self._content_type is None:
            raw = self._node.content_fields[0]
            if raw is None:
                self._content_type = self._default_type()
            else:
                # Boundaries and file names differ; what stands before them is one of a few.
                known = raw if raw.find(b"(") >= 0 else raw.partition(b";")[0]
                self._content_type = _type_of_short(known) if len(known) <= _SHORT else _type_of(unfolded(known))
        return self._content_type

    def _default_type(self) -> str:
        # RFC 2046 section 5.1.5: in a multipart/digest the default is message/rfc822.
        above = self._node.parent
        return "message/rfc822" if above >= 0 and self._tree.nodes[above].digest else "text/plain"

    @property
    def parameters(self) -> Parameters:
        """The parameters of Content-Type, names in lower case, values decoded (RFC 2231)."""
        return self._parameters_of(self._node.content_fields[0])[1]

    @property
    def charset(self) -> str | None:
        """The charset of Content-Type in lower case (RFC 2046 section 4.1.2); None where it is absent or not ASCII."""
        charset = self.parameters.get("charset")
        return charset.lower() if charset is not None and charset.isascii() else None

    @property
    def content_transfer_encoding(self) -> str:
        """The content-transfer-encoding in lower case; "7bit" where it is absent (RFC 2045 section 6.1)."""
        return _encoding_of(self._node.content_fields[1]) or "7bit"

    @property
    def disposition(self) -> str | None:
        """The disposition type in lower case ("attachment", "inline"); None where the field is absent (RFC 2183)."""
        value = self._parameters_of(self._node.content_fields[2])[0]
        return value.lower() or None

    @property
    def filename(self) -> str | None:
        """The file name as sent, decoded: of Content-Disposition, else the `name` of Content-Type; None without one.

        It may hold anything at all: never join it to a path.
        """
        kind, _, disposition = self._node.content_fields
        name = None if disposition is None else self._file_parameter(disposition, "filename")
        return name if name is not None or kind is None else self._file_parameter(kind, "name")

    def _file_parameter(self, raw: bytes, name: str) -> str | None:
        # Most fields have no such parameter, and are not divided for it: any spelling of its name has these letters.
        if raw.lower().find(b"name") < 0:
            return None
        return decoded_value(self._parameters_of(raw)[1], name)

    @property
    def safe_filename(self) -> str | None:
        """One harmless path component made of `filename`; None without a name, or if nothing harmless is left.

        Joined to a directory it stays inside it. It may be the name of a file that is there: do not overwrite.
        """
        name = self.filename
        from sesmime.mime.filenames import safe_name  # for those who save what they read

        return safe_name(name) if name is not None else None

    def _parameters_of(self, raw: bytes | None) -> tuple[str, Parameters]:
        if raw is None:
            return _NO_PARAMETERS
        if len(raw) <= _SHORT and self._tree.limits is DEFAULT_LIMITS:
            return _parameters_of_short(raw)
        return parse_parameters(unfolded(raw), limits=self._tree.limits)

    # Content

    def content(self, *, strict: bool = False) -> bytes:
        r"""Return the body with its content-transfer-encoding undone; of a multipart or attached message as it stands.

        What can be decoded is; a body in an unknown encoding is given as it stands. Strict, it raises
        DecodingError for the first fault of the encoding that `content_defects` would list. Not kept: each call
        decodes.

        >>> parse(b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n").content()
        b'Hello'
        """
        node = self._node
        if node.kind != LEAF:
            return bytes(self.body)
        encoding = self.content_transfer_encoding
        if not strict:
            if encoding in _IDENTITY_ENCODINGS:
                return bytes(self._tree.source[node.body_start : node.stop])
            return decoded(self.body, encoding)
        notes = self._refusal()
        self._note_encoding(notes)
        return decoded(self.body, encoding, notes)

    def iter_content(self) -> Iterator[bytes]:
        """Return `content()` in chunks of at most about 1 MiB, in constant memory."""
        encoding = self.content_transfer_encoding if self._node.kind == LEAF else "binary"
        return iter_decoded(self.body, encoding)

    def text(self, *, strict: bool = False) -> str:
        r"""Return `content()` as text in its charset, line ends as they are; what cannot be decoded is U+FFFD.

        Octets beyond ASCII are read as UTF-8 where no charset is given, or none that mail has. Strict, it raises
        DecodingError for these and for whatever `content` refuses.

        >>> parse(b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\xe9\r\n").text()
        'café\r\n'
        """
        text, defect = decode_text(self.content(strict=strict), self._text_charset())
        if strict and defect is not None:
            self._refusal().add(defect)
        return text

    def content_defects(self) -> tuple[Defect, ...]:
        """What is wrong with the content, by place: with its encoding, and (texts, `text/*`) with its charset.

        At most 100 are listed, and one more that says so. Decodes the content to find out. () for a multipart
        and for an attached message.
        """
        if self._node.kind != LEAF:
            return ()
        notes = Notes(self._node.body_start)
        from contextlib import suppress  # a start can do without

        with suppress(TooManyDefects):
            self._note_encoding(notes)
            encoding = self.content_transfer_encoding
            if self.content_type.startswith("text/"):
                defect = text_defect(decoded(self.body, encoding, notes), self._text_charset())
                if defect is not None:
                    notes.add(self._placed(defect))
            elif encoding in ENCODINGS - IDENTITY:
                for _ in iter_decoded(self.body, encoding, notes):
                    pass
        return tuple(sorted(notes.defects, key=lambda defect: (defect.name == "too-many-defects", defect.span)))

    def _text_charset(self) -> str | None:
        # A body that has parts has no charset of its own.
        return self.parameters.get("charset") if self._node.kind == LEAF else "utf-8"

    def _refusal(self) -> Notes:
        return Notes(self._node.body_start, refuse_for=self.path)

    def _note_encoding(self, notes: Notes) -> None:
        encoding = self.content_transfer_encoding
        field = self.header_section.first("Content-Transfer-Encoding")
        if encoding not in ENCODINGS and field is not None:
            text = f"the content-transfer-encoding {quoted(encoding, 60)} is unknown; the body is not decoded"
            notes.add(Defect("unknown-encoding", field.span, text))

    def _placed(self, defect: Defect) -> Defect:
        """Return a defect of the text its place in the source: the octets, or the whole body where it is encoded."""
        field = self.header_section.first("Content-Type")
        if defect.name == "unknown-charset" and field is not None:
            return defect._replace(span=field.span)
        if self.content_transfer_encoding in ENCODINGS - IDENTITY:
            return defect._replace(span=self.body_span)
        base = self._node.body_start
        return defect._replace(span=Span(base + defect.span.start, base + defect.span.stop))

    # Identity

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entity):
            return NotImplemented
        return self._tree is other._tree and self._index == other._index

    def __hash__(self) -> int:
        return hash((id(self._tree), self._index))

    def __repr__(self) -> str:
        path = self.path if len(self.path) <= 40 else self.path[:37] + "..."
        span = self.span
        return f"<Entity path={path!r} {self.content_type[:60]} {span.start}..{span.stop} parts={len(self.parts)}>"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (bytes(self.source), self._tree.limits, self._index)


def _restore(source: bytes, limits: Limits, index: int) -> Entity:
    return Entity(_Tree(source, limits), index)


def parse(message: Message, *, limits: Limits = DEFAULT_LIMITS) -> Entity:
    r"""Read a message: its tree of entities, as spans of `message`, which is not copied.

    Never raises on content, whatever the bytes; time is linear in the length (in octets). What is wrong is told
    by `defects`. Raises TypeError for what does not hold bytes.

    >>> parse(b"Subject: Hi\r\n\r\nHello\r\n").header_section.first("subject").body
    'Hi'
    """
    if limits is not DEFAULT_LIMITS:
        require(Limits, limits, "limits")
    return Entity(_Tree(as_source(message), limits), 0)


def parse_below(source: Source, section: HeaderSection) -> Entity:
    """Return what `parse` returns, of a message whose top-level fields have been read: they are not looked for again.

    `section` is that of the first octets of `source`, read with the same limits.
    """
    entity = parse(source)
    if section.span == entity.header_section.span:
        entity._header_section = section
    return entity


# What the linter asks of every part, and others do not.


def header_octets(entity: Entity) -> bytes:
    """Return the header section of an entity as it stands, without the empty line."""
    return header_sections((entity,))[0]


def structure_defects(entity: Entity) -> tuple[Defect, ...]:
    """Return those of an entity's defects that are not of its header section, which few need read for it."""
    found = tuple(entity._node.defects or ())
    if entity._node.kind != LEAF or not entity.content_type.startswith(("multipart/", "message/")):
        return found
    if any(defect.name.startswith("too-many") for defect in (*entity.header_section.defects, *found)):
        return found
    place = entity.header_section.span
    if entity.content_type.startswith("multipart/"):
        found += (Defect("no-boundary", place, "a multipart without a boundary parameter"),)
    elif entity.content_type in _MESSAGE_TYPES:
        encoding = quoted(entity.content_transfer_encoding, 60)
        found += (Defect("encoded-message", place, f"an attached message encoded in {encoding} is not parsed"),)
    return found


def header_sections(entities: Iterable[Entity]) -> list[bytes]:
    """Return what `header_octets` returns of each."""
    return [bytes(one._tree.source[one._node.start : one._node.header_stop]) for one in entities]


def of_a_part(entity: Entity) -> tuple[ContentFields, str, bool, bool, tuple[Entity, ...], Span]:
    """Return an entity's labels, encoding, `is_multipart`, whether it is ill divided, `parts` and `body_span`.

    The labels are what follows the colon of the first Content-Type, -Transfer-Encoding and -Disposition as it stands,
    None without one. Where a delimiter line follows the last field its line end is told too.
    """
    node = entity._node
    fields, place, parts = node.content_fields, (node.body_start, node.stop), entity.parts if node.children else ()
    encoding = "7bit" if fields[1] is None else _encoding_of(fields[1]) or "7bit"
    return fields, encoding, node.kind == MULTIPART, node.defects is not None, parts, _new_tuple(Span, place)


def label_names(entity: Entity) -> frozenset[str] | None:
    r"""Return the names of an entity's fields, in lower case, where each is one of `LABELS` and none stands twice.

    Else None. No field is read: the lengths tell it, as they fill the header section. Of one without an empty line
    behind it they do not, since the last line end may be none of it.

    >>> sorted(label_names(parse(b"Content-Type: text/plain\r\n\r\n")))
    ['content-type']
    """
    node, limits = entity._node, entity._tree.limits
    kind, encoding, disposition = node.content_fields
    size = left = node.header_stop - node.start
    if kind is not None:
        left -= _TYPE_LENGTH + len(kind)
    if encoding is not None:
        left -= _ENCODING_LENGTH + len(encoding)
    if disposition is not None:
        left -= _DISPOSITION_LENGTH + len(disposition)
    if left or node.body_start == node.header_stop or size > limits.header_section or limits.fields < len(LABELS):
        return None
    return _LABEL_NAMES[kind is not None, encoding is not None, disposition is not None]


# Most fields are `Content-Type: text/plain; charset=utf-8` or another of a few: what is short is read once. Octets that
# are the same are read alike; those of one entity would be read for its type, its parameters and its file name.
_SHORT: Final = 200


@lru_cache(maxsize=256)
def _type_of_short(raw: bytes) -> str:
    return _type_of(unfolded(raw))


@lru_cache(maxsize=256)
def _parameters_of_short(raw: bytes) -> tuple[str, Parameters]:
    return parse_parameters(unfolded(raw))


@lru_cache(maxsize=64)
def _encoding_of_short(raw: bytes) -> str:
    return _encoding_in(unfolded(raw))


def _type_of(body: str) -> str:
    # RFC 2045 section 5.1. Few values need the tokeniser.
    if "(" in body:
        value = parse_parameters(body)[0]
    else:
        value = body.partition(";")[0]
    value = value.strip(" \t").lower()
    return value if value.count("/") == 1 else "text/plain"


def _encoding_of(raw: bytes | None) -> str:
    if raw is None:
        return ""
    return _encoding_of_short(raw) if len(raw) <= _SHORT else _encoding_in(unfolded(raw))


def _encoding_in(body: str) -> str:
    value = body.strip(" \t").lower()
    if value in ENCODINGS:
        return value
    # QUIRK: parameters, comments and text after the token are met in real mail; Python's email reads them too.
    if ";" in value or "(" in value:
        value = value.partition(";")[0].partition("(")[0].strip(" \t")
    return known_encoding(value) or value


def _content_fields(section: bytes) -> ContentFields:
    """Return what follows the colon of the first Content-Type, Content-Transfer-Encoding and Content-Disposition.

    `section` is a line end and a header section; it is looked through once, in C, for all three: most who ask for one
    ask for no other field.
    """
    found: Iterable[tuple[bytes, ...]]
    if len(section) <= _FOUND_AT_ONCE:
        found = _CONTENT_FIELD.findall(section)
    else:
        found = map(re.Match.groups, _CONTENT_FIELD.finditer(section))
    kind = encoding = disposition = None
    for is_kind, is_encoding, body in found:
        if is_kind:
            kind = body if kind is None else kind
        elif is_encoding:
            encoding = body if encoding is None else encoding
        elif disposition is None:
            disposition = body
    return kind, encoding, disposition


def _structure_of(source: Source, start: int, stop: int, in_digest: bool) -> Structure:
    """Tell a multipart and an attached message from a leaf."""
    fields = _content_fields(b"\n" + source[start:stop])
    raw = fields[0]
    if raw is None:
        return _attached_message(fields) if in_digest else LEAF, b"", False, fields
    if not raw.lstrip(b" \t\r\n").lower().startswith((b"multipart/", b"message/", b"(")):
        return LEAF, b"", False, fields
    body = unfolded(raw)
    plain = _PLAIN_MULTIPART.fullmatch(body)
    if plain is not None and "=?" not in body:
        return MULTIPART, (plain[2] or plain[3] or "").rstrip().encode(), plain[1].lower() == "multipart/digest", fields
    content_type = _type_of(body)
    if content_type in _MESSAGE_TYPES:
        return _attached_message(fields), b"", False, fields
    if not content_type.startswith("multipart/"):
        return LEAF, b"", False, fields
    parameters = parse_parameters(body)[1]
    boundary = parameters.get("boundary")
    if boundary is None:
        return LEAF, b"", False, fields
    if "\ufffd" in boundary:
        # Octets that are not UTF-8: delimiter lines hold them as they stand.
        boundary = next((one.value for one in parameters.raw if one.name.lower() == "boundary"), boundary)
    # QUIRK: blanks at the end are not part of it (RFC 2046 section 5.1.1; Message.get_boundary strips them too).
    octets = boundary.rstrip().encode("utf-8", "surrogateescape")
    return MULTIPART, octets, content_type == "multipart/digest", fields


def _attached_message(fields: ContentFields) -> int:
    return MESSAGE if _encoding_of(fields[1]) in _IDENTITY_ENCODINGS else LEAF
