"""What the rules look at: a submission as it would be sent, each fact of it worked out once, when it is asked for.

A message that is prepared has a new header section before a body that is neither copied nor moved. So that rules
need not know, every place is told in one system: bytes of the source, in which the new header section ends where
the old one did, and begins earlier or later. `place` turns it into an offset of what is sent.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping

from sesmime.linter.findings import Fix
from sesmime.linter.view.addresses import Addresses, unusual_fields, unusual_parameters
from sesmime.linter.view.fact import Fact
from sesmime.linter.view.lines import Lines, count_pairs
from sesmime.linter.view.part import Part, labels_in
from sesmime.linter.view.texts import Texts, look_at_texts
from sesmime.mime.addresses import LONGEST_KEPT
from sesmime.mime.entity import Entity, header_octets, header_sections, parse, parse_below
from sesmime.mime.fields import HeaderSection, Source, Span, fields_named, section_at
from sesmime.mime.grammar import BODY_SIGNATURES, FIELD_NAME
from sesmime.mime.hints import TYPE_CHECKING, Any, Final, TypeVar
from sesmime.mime.values import NamedTuple
from sesmime.ses.envelope import RECIPIENT_FIELDS, Envelope, envelope_of
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import request_of, with_message
from sesmime.ses.settings import ApiParameters
from sesmime.ses.tags import MessageTags, read_message_tags

if TYPE_CHECKING:
    from sesmime.mime.signatures import Signature

_Fact = TypeVar("_Fact")


class Screening(NamedTuple):
    """The parts whose header sections hold what is rare there, by what it is: most messages have none of it."""

    odd_octets: tuple[Part, ...]
    """Controls other than TAB, or octets beyond ASCII."""
    blanks_before_colons: tuple[Part, ...]
    """A blank before a colon, perhaps the one that ends a field's name."""
    blank_lines: tuple[Part, ...]
    """A line of blanks alone."""
    encoded_words: tuple[Part, ...]
    """What may begin an encoded word."""
    literal_line_ends: tuple[Part, ...]
    r"""What may be a line end in the notation of programming languages: `\n` or `\r` as two characters."""


class LineEnds(NamedTuple):
    """How many lines end with CRLF, how many with an LF alone, and how many CRs stand alone."""

    crlfs: int
    lone_lfs: int
    lone_crs: int


# The fields of which the envelope is made.
_IN_ENVELOPE: Final = ("From", "Return-Path", *RECIPIENT_FIELDS)

_RECIPIENT_NAMES: Final = frozenset(map(str.lower, RECIPIENT_FIELDS))
# Most messages have one of these.
_COMMON: Final = frozenset(("from", "to", "subject", "date", "content-type"))

# What a plain header section is made of: printable ASCII, blanks, line ends.
_PLAIN: Final = b"\t\n\r" + bytes(range(0x20, 0x7F))
_BLANK_LINE: Final = re.compile(rb"\n[ \t]++(?:\r?\n|\Z)")
# So many octets are counted through for each place.
_NEAR: Final = 4096
_NOTHING_RARE: Final = Screening((), (), (), (), ())

_new_tuple = tuple.__new__  # the constructor of a named tuple is one call more


def _rarities(section: bytes) -> tuple[bool, ...]:
    """Tell of each kind of `Screening` whether header sections hold it."""
    # One octet is looked for by `memchr`, by `find` in half of the time of `in`; two and more by `rfind` in a third.
    return (
        bool(section.translate(None, _PLAIN)),
        section.rfind(b" :") >= 0 or (section.find(b"\t") >= 0 and section.rfind(b"\t:") >= 0),
        _BLANK_LINE.search(section) is not None,
        section.find(b"?") >= 0 and section.rfind(b"=?") >= 0,
        section.find(b"\\") >= 0 and (b"\\n" in section or b"\\r" in section),
    )


class Outgoing:
    """What would be sent: a header section, a body as it stands in the source, the parameters, the interface.

    `given` are the parameters as they came, before `prepare` lifted anything; `parameters` are those that are sent.
    `verified_identities` are the domains and addresses that SES has verified for the account, () where not known.
    `entity` is what `parse` makes of the source, where it is known.
    `twin` is another one of the same source: what is known of its body is not worked out again. `source_section` and
    `head_section` are the fields of the source and those of `head`, its places told as below, where they are known.
    """

    def __init__(
        self,
        source: Source,
        *,
        body_start: int,
        entity: Entity | None = None,
        head: bytes | None = None,
        parameters: ApiParameters,
        interface: Interface,
        verified_identities: tuple[str, ...] = (),
        given: ApiParameters | None = None,
        known_envelope: Envelope | None = None,
        is_request: bool = False,
        twin: Outgoing | None = None,
        source_section: HeaderSection | None = None,
        head_section: HeaderSection | None = None,
    ) -> None:
        self.source = source
        self.body_start = body_start
        standing = bytes(source[:body_start])
        self.header_octets = standing if head is None else head
        """The header section that would be sent, with the empty line; `head_span` gives the places in it."""
        self.is_head_new = self.header_octets != standing
        """Whether the fields that are sent are not those of the source."""
        self._base = body_start - len(self.header_octets)
        self.parameters = parameters
        self.given = parameters if given is None else given
        self.is_prepared = given is not None
        """Whether it comes from `prepare`, which tells of every setting where it comes from."""
        self.interface = interface
        self.is_request = is_request or bool(parameters.extra)
        """Whether the parameters are those of a whole request, so that what is not there is missing."""
        self.verified_identities = verified_identities
        self._entity = entity
        self._known_envelope = known_envelope
        self._source_section = source_section
        self._head_section = head_section
        self._twin = twin if twin is not None and twin.source is source and twin.body_start == body_start else None
        self._line_marks: tuple[list[int], list[int]] = ([self._base], [1])
        self._worked_out: dict[Callable[..., Any], Any] = {}

    def once(self, work_out: Callable[[Outgoing], _Fact]) -> _Fact:
        """Return what a function makes of this submission, worked out the first time that a rule asks."""
        if work_out not in self._worked_out:
            self._worked_out[work_out] = work_out(self)
        fact: _Fact = self._worked_out[work_out]
        return fact

    def know(self, work_out: Callable[[Outgoing], _Fact], fact: _Fact) -> None:
        """Take what a function makes of this submission from who knows it already."""
        self._worked_out[work_out] = fact

    # The message

    @Fact
    def section(self) -> HeaderSection:
        """The top-level fields that would be sent."""
        return self.root.section

    @Fact
    def names(self) -> frozenset[str]:
        """The names of the top-level fields, in lower case."""
        return self.root.names

    @Fact
    def root(self) -> Part:
        """The message itself."""
        if self._entity is not None:
            entity = self._entity
        elif self._twin is not None:
            entity = self._twin.root.entity
        elif self._source_section is not None:
            entity = parse_below(self.source, self._source_section)
        else:
            entity = parse(self.source)
        if not self.is_head_new:
            section = entity.header_section
        elif self._head_section is not None:
            section = self._head_section
        else:
            section = section_at(self.header_octets, self._base)
        start, stop = section.span
        sent = labels_in(section) if self.is_head_new else None
        return Part(entity, section, labels_sent=sent, octets=self.header_octets[: stop - start])

    @Fact
    def every_part(self) -> tuple[Part, ...]:
        """The message and all that is in it, in document order."""
        root = self.root
        if root.is_leaf:
            return (root,)
        twin = self._twin
        if twin is not None and root.agreement.is_agreed is twin.root.agreement.is_agreed:
            # What readers make of the parts hangs on what they make of the fields above them.
            return (root, *twin.every_part[1:])
        found: list[Part] = []
        waiting = [root]
        while waiting:
            part = waiting.pop()
            found.append(part)
            if not part.is_leaf:
                children = part.entity.parts
                attached, signed = part.is_attached or not part.is_multipart, part.is_signed
                waiting.extend(
                    [Part(child, is_attached=attached, is_signed=signed, above=part) for child in reversed(children)]
                )
        return tuple(found)

    @Fact
    def parts(self) -> tuple[Part, ...]:
        """The message and its parts, except those inside attached messages."""
        if self.root.is_leaf:
            return (self.root,)
        return tuple([part for part in self.every_part if not part.is_attached])

    @Fact
    def main_types(self) -> frozenset[str]:
        """The types of all parts, less their subtypes, in lower case; those in attached messages are left out."""
        return frozenset([part.content_type.partition("/")[0] for part in self.parts])

    @property
    def is_multipart(self) -> bool:
        """Whether it or a part of it is a multipart, divided or not; attached messages are not searched."""
        return "multipart" in self.main_types

    @Fact
    def encodings(self) -> frozenset[str]:
        """The content-transfer-encodings of all parts, in lower case; those in attached messages are left out."""
        return frozenset([part.encoding for part in self.parts])

    @property
    def has_nul(self) -> bool:
        """Whether the body holds a NUL octet."""
        return self.lines.has_nul

    @Fact
    def has_header_section(self) -> bool:
        """Whether it has a field at all: one whose name is one (RFC 5322 section 2.2)."""
        return not _COMMON.isdisjoint(self.names) or any(
            FIELD_NAME.fullmatch(field.name) for field in self.section.fields
        )

    def header_bytes(self, part: Part) -> bytes:
        """Return the header section of a part; it begins at the start of the section's span."""
        if part.is_root:
            start, stop = part.section.span
            return self.header_octets[: stop - start]
        return header_octets(part.entity)

    @Fact
    def screening(self) -> Screening:
        """What is rare in the header sections, found in one look at each; attached messages are left out."""
        parts = self.parts
        sections = [self.header_octets[: len(parts[0].octets or b"")]]
        if len(parts) > 1:
            sections += header_sections([part.entity for part in parts[1:]])
        # Most messages have nothing of it: that is seen in one look at all sections, one after the other.
        rare = _rarities(b"\n".join(sections))
        if True not in rare:
            return _NOTHING_RARE
        found = [rare] if len(parts) == 1 else [_rarities(section) for section in sections]
        return Screening(
            *[
                tuple([part for part, one in zip(parts, found, strict=True) if one[kind]]) if is_rare else ()
                for kind, is_rare in enumerate(rare)
            ]
        )

    @Fact
    def folded_head(self) -> bytes:
        """The header section that would be sent in lower case."""
        return self.header_octets.lower()

    @Fact
    def head_line_ends(self) -> LineEnds:
        """How the lines of the header section end."""
        head = self.header_octets
        feeds, returns = head.count(b"\n"), head.count(b"\r")
        pairs = count_pairs(head, returns) if returns else 0
        return _new_tuple(LineEnds, (pairs, feeds - pairs, returns - pairs))

    @property
    def size(self) -> int:
        """Octets of the message that would be sent."""
        return len(self.source) - self._base

    @Fact
    def lines(self) -> Lines:
        """The lines of the body."""
        if self._twin is not None:
            return self._twin.lines
        return Lines(self.source, self.body_start, len(self.source))

    @property
    def is_ascii(self) -> bool:
        """Whether the body has no octet beyond 0x7F."""
        return self.lines.is_ascii

    @Fact
    def texts(self) -> Texts:
        """What there is to say of the texts, each decoded once; those in attached messages are left out."""
        return look_at_texts(self.parts, self.source, is_ascii=self.lines.is_ascii)

    @Fact
    def is_crlf(self) -> bool:
        """Whether most lines of the header section end with CRLF; what is written ends so too."""
        ends = self.head_line_ends
        return ends.lone_lfs <= ends.crlfs

    @Fact
    def has_crlf(self) -> bool:
        """Whether a line ends with CRLF, in the header section or in the body."""
        return bool(self.head_line_ends.crlfs or self.lines.crlfs)

    @Fact
    def is_mixed(self) -> bool:
        """Whether some lines end with CRLF and some with LF, whichever come first and whichever are more."""
        lines, head = self.lines, self.head_line_ends
        return bool((lines.lone_lfs or head.lone_lfs) and (lines.crlfs or head.crlfs))

    @property
    def ending(self) -> bytes:
        """The line end of the message, as most lines of its header section have it."""
        return b"\r\n" if self.is_crlf else b"\n"

    # The submission

    @Fact
    def request(self) -> Mapping[str, Any]:
        """The request as AWS's service model has it, no octet of a raw message in it; empty for SMTP."""
        interface = self.interface
        if interface is Interface.SMTP:
            return {}
        return with_message(request_of(self.parameters, interface), interface, b"")

    @Fact
    def envelope(self) -> Envelope:
        """Who sends and who receives."""
        if self._known_envelope is not None:
            return self._known_envelope
        section = self.section if self.interface.is_raw else None
        # Rules ask for the same readings: as long as these are held here, no long field is read again.
        for one in self.unusual_fields if section is not None else ():
            if len(one.text) > LONGEST_KEPT and one.label in _IN_ENVELOPE:
                one.read()
        return envelope_of(section, parameters=self.parameters, interface=self.interface)

    @property
    def recipient_fields(self) -> int:
        """How many fields of recipients there are."""
        section = self.section
        return sum([len(fields_named(section, name)) for name in _RECIPIENT_NAMES])

    @Fact
    def has_recipient(self) -> bool:
        """Whether it goes to anybody; no address of another field is read to say so."""
        if self._known_envelope is not None or self.parameters.destination or not self.interface.is_raw:
            return bool(self.envelope.recipients)
        if self.names.isdisjoint(_RECIPIENT_NAMES):
            return False
        unusual = [one for one in self.unusual_fields if one.label in RECIPIENT_FIELDS]
        if self.recipient_fields > len(unusual):
            return True  # each of the plain kind holds an address
        return any(one.recipients.addresses for one in unusual)

    @Fact
    def signed_fields(self) -> frozenset[str]:
        """The names of the fields that a DKIM-Signature or ARC-Message-Signature covers, in lower case."""
        if not self.is_signed:
            return frozenset()
        from sesmime.mime.signatures import read_signature  # here, because few messages are signed

        others = (*self.section.all("DomainKey-Signature"), *self.section.all("ARC-Message-Signature"))
        signatures = (*self.signatures, *map(read_signature, others))
        return frozenset(name for signature in signatures for name in signature.names)

    @Fact
    def tags_in_field(self) -> MessageTags:
        """What the first X-SES-MESSAGE-TAGS field holds; nothing where there is none."""
        field = self.section.first("X-SES-MESSAGE-TAGS")
        return MessageTags((), ()) if field is None else read_message_tags(field.body)

    @Fact
    def signatures(self) -> tuple[Signature, ...]:
        """The DKIM-Signature fields, each read into its tags."""
        from sesmime.mime.signatures import read_signature  # here, because few messages are signed

        return tuple(map(read_signature, self.section.all("DKIM-Signature")))

    @Fact
    def is_signed(self) -> bool:
        """Whether the message bears a signature over its body (DKIM, DomainKeys or ARC)."""
        return not self.names.isdisjoint(BODY_SIGNATURES)

    @Fact
    def unusual_fields(self) -> tuple[Addresses, ...]:
        """The address fields that would be sent and are not of the plain kind that needs no second look."""
        names = self.names
        if self.parameters.source and self.interface is Interface.V2_SEND_EMAIL_RAW:
            # FromEmailAddress takes the place of the From field, which is not looked at (floci-io/floci).
            names = names - {"from"}
        return unusual_fields(self.section, names)

    @Fact
    def unusual_parameters(self) -> tuple[Addresses, ...]:
        """The parameters that hold an address each, and are not of that kind either."""
        return unusual_parameters(self.parameters, self.interface, is_lifted=self.is_destination_lifted)

    @property
    def is_destination_lifted(self) -> bool:
        """Whether `prepare` made the destination of the recipients that it could read in the message."""
        return bool(self.parameters.destination) and not self.given.destination

    # Octets and places

    @property
    def span(self) -> Span:
        """The place of the whole message."""
        return Span(self._base, len(self.source))

    def head_span(self, start: int, stop: int) -> Span:
        """Return the place of a range that is counted from the message's first octet, as in `header_octets`."""
        return Span(self._base + start, self._base + stop)

    def octets(self, span: Span) -> bytes:
        """Return the octets of a place; what is asked of the body is copied."""
        start, stop = span
        head = (
            self.header_octets[max(start - self._base, 0) : max(stop - self._base, 0)]
            if start < self.body_start
            else b""
        )
        body = bytes(self.source[max(start, self.body_start) : stop]) if stop > self.body_start else b""
        return head + body if body else head

    def placed(self, fix: Fix) -> Fix:
        """Return a remedy with the places that its edits have in what is sent."""
        return fix.moved(-self._base)

    def place(self, span: Span) -> tuple[Span, int, int]:
        """Return the span, line and column of a place in what is sent; both count from 1, columns in bytes."""
        start, base = span.start, self._base
        if start <= self.body_start and start - base <= _NEAR:
            place, head = start - base, self.header_octets
            line, column = head.count(b"\n", 0, place) + 1, place - head.rfind(b"\n", 0, place)
            return span if not base else Span(place, span.stop - base), line, column
        starts, lines = self._line_marks
        index = bisect_right(starts, start) - 1
        line = lines[index] + self._count(starts[index], start)
        if start - starts[index] > _NEAR:
            starts.insert(index + 1, start)
            lines.insert(index + 1, line)
        return Span(start - base, span.stop - base), line, start - self._line_start(start) + 1

    def _count(self, start: int, stop: int) -> int:
        """Count the line ends in a range."""
        count = 0
        if start < self.body_start:
            end = min(stop, self.body_start)
            count = self.header_octets.count(b"\n", start - self._base, end - self._base)
            start = end
        source = self.source
        if isinstance(source, bytes | bytearray):
            return count + source.count(b"\n", start, stop)
        for place in range(start, stop, 1 << 20):
            count += bytes(source[place : min(place + (1 << 20), stop)]).count(b"\n")
        return count

    def _line_start(self, place: int) -> int:
        if place > self.body_start:
            return max(self.source.rfind(b"\n", self.body_start, place) + 1, self.body_start)
        return self.header_octets.rfind(b"\n", 0, place - self._base) + 1 + self._base
