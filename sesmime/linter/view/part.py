"""One entity of what would be sent, and what the rules ask of it, each fact worked out once."""

from __future__ import annotations

import re

from sesmime.mime.agreement import Agreement
from sesmime.mime.decoding import ENCODINGS, IDENTITY
from sesmime.mime.entity import Entity
from sesmime.mime.fields import Defect, Field, HeaderSection
from sesmime.mime.hints import Final
from sesmime.mime.parameters import Parameters, parse_parameters
from sesmime.mime.patterns import lazy_pattern

_CHANGED: Final = ENCODINGS - IDENTITY

# The forms that most fields of a type have, each parameter once: nothing has to be read to know what they say.
_SEPARATOR: Final = rb";[ \t]*+(?:\r?\n[ \t]++)?+"
_WORD: Final = rb"[0-9A-Za-z_][-+0-9A-Za-z_]*+"
_BOUNDARY: Final = rb"[-0-9A-Za-z_.]++"
_PLAIN_TYPE: Final = lazy_pattern(
    rb"[^:]*+:[ \t]*+(?:\r?\n[ \t]++)?+[a-z]++/[a-z][-+.0-9a-z]*+"
    rb'(?:%bcharset=(?:"(?P<charset>%b)"|(?P<bare_charset>%b)))?'
    % (_SEPARATOR, _WORD, _WORD)
    + rb"(?:%bformat=flowed)?" % _SEPARATOR
    + rb'(?:%btype="[a-z]++/[a-z]++")?' % _SEPARATOR
    + rb"(?:%breport-type=%b)?" % (_SEPARATOR, _WORD)
    + rb'(?:%bboundary=(?:"(?P<boundary>[-0-9A-Za-z_=.+/:]++)"|(?P<bare_boundary>%b)))?' % (_SEPARATOR, _BOUNDARY)
    + rb'(?:%bname=(?:"(?P<name>%b(?:[ .]%b)*+)"|(?P<bare_name>%b(?:\.%b)*+)))?' % (_SEPARATOR, *(_WORD,) * 4)
    + rb"[ \t]*+(?:\r?\n)?+"
)


class Part:
    """One entity of the message, and what the rules ask of it; the root's fields are those that would be sent."""

    __slots__ = (
        "_above",
        "_agreement",
        "_boundary",
        "_content_type",
        "_disposition",
        "_encoding",
        "_is_type_known",
        "_names",
        "_plain_type",
        "_type",
        "entity",
        "is_attached",
        "is_root",
        "is_signed",
        "section",
    )

    _boundary: str | None
    _names: frozenset[str] | None
    _type: tuple[str, Parameters] | None
    _disposition: tuple[str, Parameters] | None
    _content_type: str | None
    _encoding: str | None

    def __init__(
        self,
        entity: Entity,
        section: HeaderSection,
        *,
        is_root: bool,
        is_attached: bool,
        is_signed: bool,
        agreement: Agreement | None = None,
        above: Part | None = None,
    ) -> None:
        self.entity = entity
        self._agreement = agreement
        self._above = above
        self.section = section
        self.is_root = is_root
        self.is_attached = is_attached
        """Whether it stands inside an attached message."""
        self.is_signed = is_signed
        """Whether it stands inside a multipart/signed."""
        self._boundary = None
        self._plain_type: re.Match[bytes] | None = None
        self._is_type_known = False
        self._names = self._type = self._disposition = self._content_type = self._encoding = None

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
                part._agreement = Agreement(part.entity, None if above is None else above._agreement)
        assert self._agreement is not None  # of itself, the last of the way
        return self._agreement

    @property
    def names(self) -> frozenset[str]:
        """The names of its fields, in lower case."""
        if self._names is None:
            self._names = self.section.names
        return self._names

    @property
    def path(self) -> str:
        """The part path, "" for the root."""
        return self.entity.path

    @property
    def is_leaf(self) -> bool:
        """Whether it has no parts."""
        return not self.entity.parts

    @property
    def content_type(self) -> str:
        """Type and subtype in lower case, as the entity has it."""
        if self._content_type is None:
            self._content_type = self.entity.content_type
        return self._content_type

    @property
    def encoding(self) -> str:
        """The content-transfer-encoding in lower case; "7bit" where it is absent."""
        if self._encoding is None:
            self._encoding = self.entity.content_transfer_encoding
        return self._encoding

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
    def plain_type(self) -> re.Match[bytes] | None:
        """Content-Type where it has a form that all readers take alike: its `charset`, `boundary` and `name`, or None.

        Each of these stands in one of two groups, in quotes or `bare_charset`, `bare_boundary`, `bare_name`.
        """
        if not self._is_type_known:
            self._is_type_known = True
            if "content-type" in self.names:
                self._plain_type = _PLAIN_TYPE.fullmatch(self.section.all("Content-Type")[0].raw)
        return self._plain_type

    @property
    def charset(self) -> str | None:
        """The charset parameter of Content-Type as it stands; None without one."""
        plain = self.plain_type
        if plain is not None:
            charset = plain["charset"] or plain["bare_charset"]
            return None if charset is None else charset.decode("ascii")
        return self.type_parameters.get("charset") if "content-type" in self.names else None

    @property
    def boundary(self) -> str | None:
        """The boundary parameter less the blanks at its end, as delimiter lines show it; None without one."""
        if self._boundary is None:
            plain = self.plain_type
            if plain is not None:
                octets = plain["boundary"] or plain["bare_boundary"]
                self._boundary = None if octets is None else octets.decode("ascii")
                return self._boundary
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
        known = len(self.entity.header_section.defects)
        return self.entity.defects[known:]

    def __repr__(self) -> str:
        return f"<Part {self.path!r} {self.content_type[:60]}>"


def _parameters(field: Field | None) -> tuple[str, Parameters]:
    if field is None:
        return parse_parameters("")
    return parse_parameters(field.body)
