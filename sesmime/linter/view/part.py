"""One entity of what would be sent, and what the rules ask of it, each fact worked out once."""

from __future__ import annotations

from functools import lru_cache

from sesmime.mime.agreement import Agreement
from sesmime.mime.boundaries import ContentFields
from sesmime.mime.decoding import ENCODINGS, IDENTITY
from sesmime.mime.entity import LABELS, Entity, label_names, of_a_part, structure_defects
from sesmime.mime.fields import Defect, Field, HeaderSection, fields_named
from sesmime.mime.hints import Final
from sesmime.mime.parameters import Parameters, parse_parameters
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple

_CHANGED: Final = ENCODINGS - IDENTITY

# The forms that most fields of a type have, each parameter once: nothing has to be read to know what they say.
_SEPARATOR: Final = r";[ \t]*+(?:\r?\n[ \t]++)?+"
_WORD: Final = r"[0-9A-Za-z_][-+0-9A-Za-z_]*+"
# Reports of DMARC have "!" in their names.
_NAME: Final = r"[0-9A-Za-z_][-!+0-9A-Za-z_]*+"
_BOUNDARY: Final = r"[-0-9A-Za-z_.]++"
_PLAIN_TYPE: Final = lazy_pattern(
    r"[ \t]*+(?:\r?\n[ \t]++)?+([a-z]++/[a-z][-+.0-9a-z]*+)"
    rf'(?:{_SEPARATOR}charset=(?:"({_WORD})"|({_WORD})))?'
    rf"(?:{_SEPARATOR}format=flowed)?"
    rf'(?:{_SEPARATOR}type="[a-z]++/[a-z]++")?'
    rf"(?:{_SEPARATOR}report-type={_WORD})?"
    rf'(?:{_SEPARATOR}boundary=(?:"([-0-9A-Za-z_=.+/:]++)"|({_BOUNDARY})))?'
    rf'(?:{_SEPARATOR}name=(?:"({_NAME}(?:[ .]{_NAME})*+)"|({_NAME}(?:\.{_NAME})*+)))?'
    r"[ \t]*+(?:\r?\n)?+"
)
# Most of the others: more parameters, in any order and case. None may be there twice, have a long name, or be one of
# many, which are read no further.
_PARAMETER: Final = (
    rf'{_SEPARATOR}%s[A-Za-z][A-Za-z-]{{0,31}}+%s=(?:"%s[ !+,./0-9:=A-Za-z_-]++%s"|%s[-!+.0-9A-Za-z_]++%s)[ \t]*+'
)
_PARAMETERS: Final = lazy_pattern(_PARAMETER % (("(", ")") * 3))
_USUAL_TYPE: Final = lazy_pattern(
    r"[ \t]*+(?:\r?\n[ \t]++)?+([A-Za-z]++/[A-Za-z][-+.0-9A-Za-z]*+)[ \t]*+((?:%s){0,16}+)(?:\r?\n)?+"
    % (_PARAMETER % (("",) * 6))
)
_FORMS: Final = {
    "charset": lazy_pattern(_WORD),
    "boundary": lazy_pattern("[-0-9A-Za-z_=.+/:]++"),
    "name": lazy_pattern(rf"{_NAME}(?:[ .]{_NAME})*+"),
}

# What is short is read once, as in `sesmime.mime.entity`: most fields are one of a few.
_SHORT: Final = 200


class PlainType(NamedTuple):
    """A Content-Type that all readers take alike: type and subtype, and parameters, each None where it is absent."""

    content_type: str
    charset: str | None
    boundary: str | None
    name: str | None


def _read_plain(label: bytes) -> PlainType | None:
    text = label.decode("latin-1")
    found = _PLAIN_TYPE.fullmatch(text)
    if found is None:
        return _read_usual(text)
    content_type, charset, bare_charset, boundary, bare_boundary, name, bare_name = found.groups()
    return _new_tuple(PlainType, (content_type, charset or bare_charset, boundary or bare_boundary, name or bare_name))


def _read_usual(text: str) -> PlainType | None:
    found = _USUAL_TYPE.fullmatch(text)
    if found is None:
        return None
    given: dict[str, str] = {}
    for name, quoted, bare in _PARAMETERS.findall(found[2]):
        key = name.lower()
        value = quoted or bare
        if key in given or (key in _FORMS and _FORMS[key].fullmatch(value) is None):
            return None
        given[key] = value
    return PlainType(found[1].lower(), given.get("charset"), given.get("boundary"), given.get("name"))


_new_tuple = tuple.__new__
_plain_type_of: Final = lru_cache(maxsize=256)(_read_plain)


def labels_in(section: HeaderSection) -> ContentFields:
    """Return the labels as `of_a_part` has them, of fields that are not those of an entity."""
    kind, encoding, disposition = [
        _label(fields) if (fields := fields_named(section, name)) else None for name in LABELS
    ]
    return kind, encoding, disposition


def _label(fields: tuple[Field, ...]) -> bytes:
    return fields[0].raw.partition(b":")[2]


class Part:
    """One entity of the message, and what the rules ask of it; the root's fields are those that would be sent.

    `content_type` is type and subtype in lower case, `encoding` the content-transfer-encoding in lower case, "7bit"
    where it is absent, both as the entity has them; `is_ill_divided`: the parser met a defect when it divided it into
    parts. `labels` is what follows the colon of Content-Type, Content-Transfer-Encoding and Content-Disposition, None
    without one, of the fields that would be sent; `plain_type` what the first says where it has a form that all readers
    take alike, else None.
    """

    __slots__ = (
        "_above",
        "_agreement",
        "_boundary",
        "_disposition",
        "_names",
        "_section",
        "_type",
        "body_span",
        "content_type",
        "encoding",
        "entity",
        "has_labels_alone",
        "is_attached",
        "is_ill_divided",
        "is_leaf",
        "is_multipart",
        "is_root",
        "is_signed",
        "labels",
        "octets",
        "plain_type",
    )

    labels: ContentFields
    plain_type: PlainType | None
    _boundary: str | None
    _names: frozenset[str] | None
    _type: tuple[str, Parameters] | None
    _disposition: tuple[str, Parameters] | None

    def __init__(
        self,
        entity: Entity,
        section: HeaderSection | None = None,
        *,
        labels_sent: ContentFields | None = None,
        is_attached: bool = False,
        is_signed: bool = False,
        octets: bytes | None = None,
        above: Part | None = None,
    ) -> None:
        self.entity = entity
        told, self.encoding, self.is_multipart, self.is_ill_divided, parts, self.body_span = of_a_part(entity)
        self.labels = sent = told if labels_sent is None else labels_sent
        kind = sent[0]
        plain = None if kind is None else _plain_type_of(kind) if len(kind) <= _SHORT else _read_plain(kind)
        self.plain_type = plain
        self.content_type = entity.content_type if plain is None or labels_sent is not None else plain.content_type
        self.is_leaf = not parts
        """Whether it has no parts."""
        self.is_root = above is None
        self.is_attached = is_attached
        """Whether it stands inside an attached message."""
        self.is_signed = is_signed or (self.is_multipart and self.content_type == "multipart/signed")
        """Whether it stands inside a multipart/signed, or is one."""
        self._agreement: Agreement | None = None
        self.octets = octets
        """The header section that would be sent, of the root; None: as it stands."""
        self._above = above
        self._section = section
        self._boundary = self._type = self._disposition = None
        self._names = None if above is None else label_names(entity)
        self.has_labels_alone = self._names is not None
        """Whether it is known, without a look at its fields, that each is one of its `labels`, none there twice."""

    @property
    def agreement(self) -> Agreement:
        """Whether all readers see its fields and its parts alike."""
        if self._agreement is None:
            # From the outermost that is not known yet, by a loop: parts may be many levels deep.
            way: list[Part] = [self]
            while (above := way[-1]._above) is not None and above._agreement is None:
                way.append(above)
            for part in reversed(way):
                above = part._above
                part._agreement = Agreement(part.entity, None if above is None else above._agreement, part.octets)
        assert self._agreement is not None  # of itself, the last of the way
        return self._agreement

    @property
    def section(self) -> HeaderSection:
        """Its fields."""
        if self._section is None:
            self._section = self.entity.header_section
        return self._section

    @property
    def names(self) -> frozenset[str]:
        """The names of its fields, in lower case."""
        if self._names is None:
            section = self._section
            self._names = (self.section if section is None else section).names
        return self._names

    def label(self, name: str) -> bytes:
        """Return what follows the colon of the first field of a name, in lower case, which is there."""
        section = self._section
        return _label(fields_named(self.section if section is None else section, name))

    @property
    def path(self) -> str:
        """The part path, "" for the root."""
        return self.entity.path

    @property
    def is_encoded(self) -> bool:
        """Whether its body is in a transfer encoding that changes octets, base64 or quoted-printable."""
        return self.encoding in _CHANGED

    @property
    def type_parameters(self) -> Parameters:
        """The parameters of Content-Type, with their defects."""
        if self._type is None:
            self._type = _parameters(self.section.first("Content-Type"))
        return self._type[1]

    @property
    def charset(self) -> str | None:
        """The charset parameter of Content-Type as it stands; None without one."""
        plain = self.plain_type
        if plain is not None:
            return plain.charset
        return None if self.labels[0] is None else self.type_parameters.get("charset")

    @property
    def boundary(self) -> str | None:
        """The boundary parameter less the blanks at its end, as delimiter lines show it; None without one."""
        if self._boundary is None:
            plain = self.plain_type
            if plain is not None:
                return plain.boundary
            boundary = self.type_parameters.get("boundary")
            self._boundary = None if boundary is None else boundary.rstrip()
        return self._boundary

    @property
    def disposition_parameters(self) -> Parameters:
        """The parameters of Content-Disposition, with their defects."""
        if self._disposition is None:
            self._disposition = _parameters(self.section.first("Content-Disposition"))
        return self._disposition[1]

    @property
    def structure_defects(self) -> tuple[Defect, ...]:
        """What the parser met when it divided the body into parts."""
        return structure_defects(self.entity)

    def __repr__(self) -> str:
        return f"<Part {self.path!r} {self.content_type[:60]}>"


def _parameters(field: Field | None) -> tuple[str, Parameters]:
    if field is None:
        return parse_parameters("")
    return parse_parameters(field.body)
