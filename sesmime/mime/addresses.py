r"""Address lists (RFC 5322 section 3.4): reading them, and writing lists that every reader takes alike.

Reading replaces `email._header_value_parser.get_address_list` and `email.utils.getaddresses`, which are
quadratic, raise on `To: "`, and return addresses that nobody wrote (CVE-2023-27043). Tokens are taken in one pass
(no pattern can be made to read a character more than a few times, and comments are counted, not recursed into);
commas, and the colon and semicolon of a group, divide them into elements; an element is a mailbox or it is a
defect. Readers of mail differ over what is broken, and a wrong guess sends mail to somebody else. So of an element
on which common readers differ no address is returned, and what was found is named in its defect; but for two kinds
that real mail is full of, an @ in the display name and text after the angle brackets: there the address in the brackets
is returned, as SES takes it, with the defect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cache, lru_cache
from itertools import groupby

from sesmime.errors import InvalidAddress, require
from sesmime.mime.address_defects import NOTED as NOTED
from sesmime.mime.address_defects import UNREADABLE as UNREADABLE
from sesmime.mime.address_tokens import ATEXT, BEFORE_LITERAL, COMMENT_PIECE, SPECIALS, Token, tokens_of
from sesmime.mime.fields import Defect, Span
from sesmime.mime.grammar import CONTROLS
from sesmime.mime.held import held
from sesmime.mime.hints import Final, overload
from sesmime.mime.limits import DEFAULT_LIMITS, Limits
from sesmime.mime.mailboxes import Mailbox as Mailbox
from sesmime.mime.mailboxes import holds_no_character, written_mailbox
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.plain import plain_text
from sesmime.mime.plain_mailboxes import PLAIN_GAP, PLAIN_LENGTH, PLAIN_MAILBOX, PLAIN_MEMBER
from sesmime.mime.values import dataclass, field
from sesmime.mime.words import ENCODED_WORD, decode_raw, decode_words

# Of these it is one to SES, which takes what is in the angle brackets; other readers take another address, or none.
DOUBTED: Final = frozenset(("at-sign-in-display-name", "text-after-address"))
MAX_DEFECTS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of mailboxes (RFC 5322 section 3.4), as in `undisclosed-recipients:;`."""

    display_name: str
    mailboxes: tuple[Mailbox, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, repr=False, weakref_slot=True)
class AddressList(Sequence[Mailbox]):
    """The mailboxes of an address list in their order, those inside groups included."""

    mailboxes: tuple[Mailbox, ...] = ()
    groups: tuple[Group, ...] = ()
    defects: tuple[Defect, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Mailbox: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Mailbox, ...]: ...
    def __getitem__(self, index: int | slice) -> Mailbox | tuple[Mailbox, ...]:
        return self.mailboxes[index]

    def __len__(self) -> int:
        return len(self.mailboxes)

    def __iter__(self) -> Iterator[Mailbox]:
        return iter(self.mailboxes)

    def __repr__(self) -> str:
        return f"<AddressList mailboxes={len(self)} groups={len(self.groups)} defects={len(self.defects)}>"


_QUOTED_PAIR: Final = lazy_pattern(r"\\(.)", re.DOTALL)
_FOLD: Final = lazy_pattern(r"\r?\n(?=[ \t])")
_ATOMS_ONLY: Final = lazy_pattern(rf"(?:{ATEXT}|\.)++")

# QUIRK: RFC 2047 section 5 (3) has no encoded words in quoted strings; mail has, and `email.policy.SMTP` decodes
# them where they begin after a blank (https://github.com/jstedfast/MimeKit/issues/170).
_QUOTED_WORD: Final = r"=\?[^? \t]++\?[BbQq]\?[^? \t]*+\?="
_QUOTED_WORDS: Final = lazy_pattern(rf"(?<![^ \t]){_QUOTED_WORD}(?:[ \t]*+{_QUOTED_WORD})*+")

# The kinds of token that a display name, a local part and a domain are made of.
_IN_PHRASE: Final = frozenset(("atom", "quoted", "word", "literal", "[", "]", ";"))
_IN_LOCAL_PART: Final = frozenset(("atom", "quoted", "word"))
_IN_DOMAIN: Final = frozenset(("atom", "word"))
_AFTER_ADDRESS: Final = frozenset(("atom", "quoted", "word", "literal", "@"))
# In an element that is lost these tokens change nothing: they are taken in one go, up to the end of an atom. The bounds
# keep it from being tried for long where no atom comes.
_LOST_WORDS: Final = lazy_pattern(
    rf"""
    (?:
      (?: [\x00-\x20\x7f:>] | <(?=[^ \t,@]) | \([^()\\]{{0,99}}+\) | "[^"\\=]{{0,99}}+" ){{0,8}}+
      (?!=\?) (?: {ATEXT}++ | \.++(?!=\?) )++
    )++
    """,
    re.VERBOSE,
)
# After these an element begins, if they are in their place.
_BEFORE_ELEMENT: Final = frozenset((",", ":"))
# The kinds with which an element is broken wherever they stand.
_OUT_OF_PLACE: Final[Mapping[str, str]] = {
    "unclosed-quote": "unclosed-quote",
    "unclosed-comment": "unclosed-comment",
    "unclosed-literal": "unclosed-literal",
    "unsafe-encoded-word": "unsafe-encoded-word",
    "control": "control-character",
    ")": "unbalanced-bracket",
    "\\": "misplaced-character",
    ":": "misplaced-character",
}


def parse_addresses(body: str, *, limits: Limits = DEFAULT_LIMITS) -> AddressList:
    """Read an unfolded field body as an address list; never raises, and takes time in proportion to its length.

    Obsolete forms are read too: routes, dots in display names, empty elements, comments anywhere. Comments
    around a bare address are its display name. Spans count characters of `body`; `UNREADABLE` and `NOTED` hold the
    names of all defects.

    >>> addresses = parse_addresses('Zoë <zoe@example.com>, team: "Ng, A." <a@b.example>;, eve@x <c@d.example>')
    >>> for mailbox in addresses:
    ...     print(mailbox.display_name, mailbox.address, mailbox.span)
    Zoë zoe@example.com Span(start=0, stop=21)
    Ng, A. a@b.example Span(start=29, stop=51)
    eve@x c@d.example Span(start=54, stop=73)
    >>> addresses.groups[0].display_name, addresses.defects[0].name, addresses.defects[0].span
    ('team', 'at-sign-in-display-name', Span(start=54, stop=73))
    """
    if type(body) is not str:
        body = plain_text(body, "a field body")
    if limits is not DEFAULT_LIMITS:
        require(Limits, limits, "limits")
        return _Reader(body, limits).read()
    size = len(body)
    if size <= _LONGEST_SHORT:
        return _read_short(body)
    return _read_long(body) if size <= LONGEST_KEPT else _read_longest(body)


# One body is read by who writes it, by who makes the envelope and by several rules: the last ones are kept, of the long
# ones a few; what is longer still is found again as long as somebody or a call holds it, or much memory would be kept.
_LONGEST_SHORT: Final = 200
LONGEST_KEPT: Final = 1 << 16


@lru_cache(maxsize=64)
def _read_short(body: str) -> AddressList:
    return _read(body)


@lru_cache(maxsize=4)
def _read_long(body: str) -> AddressList:
    return _read(body)


@cache
def _alive() -> MutableMapping[str, AddressList]:
    from weakref import WeakValueDictionary  # few lists are so long

    return WeakValueDictionary()


def _read_longest(body: str) -> AddressList:
    found = _alive().get(body)
    if found is None:
        found = _alive()[body] = held("addresses", body, _read)
    return found


def _read(body: str) -> AddressList:
    return _Reader(body, DEFAULT_LIMITS).read()


class _Element:
    """What stands between two commas: its tokens, for as long as it can still be a mailbox."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.tokens: list[Token] = []
        self.comments: list[tuple[int, int]] = []
        self.stop = 0  # of its last token, kept or not
        self.broken: str | None = None  # the defect that is certain already
        self.is_lost = False  # no further token can make it a mailbox, and none is kept

    def add(self, token: Token) -> None:
        self.stop = token.stop
        kind = token.kind
        self.tokens.append(token)
        if kind in _OUT_OF_PLACE:
            self.broken, self.is_lost = _OUT_OF_PLACE[kind], True
        self._count()

    def add_comment(self, start: int, stop: int) -> None:
        if not self.is_lost:
            self.comments.append((start, stop))
            self._count()

    def is_phrase(self) -> bool:
        return not self.is_lost and all(token.kind in _IN_PHRASE for token in self.tokens)

    def _count(self) -> None:
        if len(self.tokens) + len(self.comments) > self.most:
            self.broken, self.is_lost = "too-many-tokens", True


class _Reader:
    """One reading of one body: what has been found so far, and the element at hand."""

    def __init__(self, body: str, limits: Limits) -> None:
        self.body = body
        self.limits = limits
        self.mailboxes: list[Mailbox] = []
        self.groups: list[Group] = []
        self.defects: list[Defect] = []
        self.element = _Element(limits.tokens)
        self.group: tuple[str, int, int] | None = None  # its name, its start, how many mailboxes were before
        self.after_group = False
        self.in_domain = True  # in an element that is lost: whether a literal may begin, after an "@"

    def read(self) -> AddressList:
        position, size = self.plain_until(0), len(self.body)
        while position < size:
            position = self.read_until_plain(position)
        if self.group is not None:
            self.note("unclosed-group", self.group[1], size)
            self.end_group(size)
        self.end_element()
        return AddressList(tuple(self.mailboxes), tuple(self.groups), tuple(self.defects))

    def plain_until(self, position: int) -> int:
        """Read plain mailboxes from where an element begins, with the commas after them; return where they end."""
        if self.limits.tokens < PLAIN_LENGTH:
            return position
        pattern = PLAIN_MAILBOX if self.group is None else PLAIN_MEMBER
        body = self.body
        while True:
            gap = PLAIN_GAP.match(body, position)
            match = pattern.match(body, gap.end() if gap is not None else position)
            if match is None or match.end() - match.start() > PLAIN_LENGTH:
                return position
            bare, atoms, text, spec = match.groups()
            self.mailboxes.append(Mailbox(atoms or text or "", bare or spec, Span(*match.span())))
            position = match.end()
            if not body.startswith(",", position):
                return position
            position += 1

    def read_until_plain(self, position: int) -> int:
        """Read tokens up to an element that is plain, and that too; return where it ends, or where the body does."""
        apart = False
        for kind, start, stop in tokens_of(self.body, self.limits.comment_depth, position):
            if kind in ("blank", "comment", "deep-comment"):
                apart = True
                if kind != "blank":
                    self.element.add_comment(start, stop)
                if kind == "deep-comment":
                    self.note(kind, start, stop)
                continue
            if kind == ",":
                if not self.element.tokens and not self.after_group:
                    self.note("empty-element", start, stop)
                self.end_element()
                self.after_group = False
            elif kind == ";" and self.group is not None:
                self.end_group(stop)
            elif kind == ":" and self.group is None and not self.after_group and self.element.is_phrase():
                self.begin_group(start, stop)
            elif self.element.is_lost and self.element.tokens:
                self.element.stop = stop
                self.in_domain = kind == "@" or (self.in_domain and kind in BEFORE_LITERAL)
                words = None if self.in_domain else _LOST_WORDS.match(self.body, stop)
                if words is not None:
                    self.element.stop = words.end()
                    return words.end()
            else:
                self.element.add(Token(kind, start, stop, apart))
                self.in_domain = True
            apart = False
            if kind in _BEFORE_ELEMENT and not self.element.tokens:
                after = self.plain_until(stop)
                if after > stop:
                    return after
        return len(self.body)

    def note(self, name: str, start: int, stop: int) -> None:
        if len(self.defects) == MAX_DEFECTS:
            name, stop = "too-many-defects", len(self.body)
        if len(self.defects) <= MAX_DEFECTS:
            self.defects.append(Defect(name, Span(start, stop), UNREADABLE.get(name) or NOTED[name]))

    def begin_group(self, start: int, stop: int) -> None:
        tokens = self.element.tokens
        if tokens:
            start = tokens[0].start
        else:
            self.note("unnamed-group", start, stop)
        name, noted = _phrase(self.body, tokens)
        for defect in noted:
            self.note(defect, start, stop)
        self.group = (name, start, len(self.mailboxes))
        self.element = _Element(self.limits.tokens)

    def end_group(self, stop: int) -> None:
        assert self.group is not None
        self.end_element()
        name, start, before = self.group
        self.groups.append(Group(name, tuple(self.mailboxes[before:]), Span(start, stop)))
        self.group, self.after_group = None, True

    def end_element(self) -> None:
        element, self.element = self.element, _Element(self.limits.tokens)
        if not element.tokens:
            return
        mailbox: Mailbox | None = None
        if self.after_group:
            defects = ["text-after-group"]
        elif self.group is not None and element.tokens[-1].kind == ":":
            defects = ["nested-group"]
        else:
            mailbox, defects = _mailbox(self.body, element)
        if mailbox is not None:
            self.mailboxes.append(mailbox)
        for name in defects:
            self.note(name, element.tokens[0].start, element.stop)


def _mailbox(body: str, element: _Element) -> tuple[Mailbox | None, list[str]]:
    """Read one element: a mailbox and the names of what is noted, or no mailbox and the name of what is broken."""
    tokens = element.tokens
    kinds = [token.kind for token in tokens]
    opening = next((at for at, kind in enumerate(kinds) if kind in ("<", "route")), None)
    broken = element.broken
    if opening is None:
        phrase, spec = tokens[:0], tokens
        if ">" in kinds:
            broken = broken or "unbalanced-bracket"
    else:
        closing = kinds.index(">", opening) if ">" in kinds[opening:] else None
        phrase, spec = tokens[:opening], tokens[opening + 1 : closing]
        broken = broken or _broken_brackets(kinds, opening, closing)
    if broken is not None:
        return None, [broken]
    address, noted = _addr_spec(body, spec)
    if address is None:
        return None, noted
    name, noted_too = _phrase(body, phrase)
    if "unsafe-encoded-word" in noted_too:
        return None, ["unsafe-encoded-word"]
    start, stop = tokens[0].start, element.stop
    if opening is None:
        # As getaddresses has it, and mail before RFC 2822: the name stands in a comment beside the address.
        around = [place for place in element.comments if place[1] <= start or place[0] >= stop]
        name = " ".join([_comment_text(body[place[0] : place[1]]) for place in around])
        start = min([start, *(place[0] for place in around)])
        stop = max([stop, *(place[1] for place in around)])
    else:
        noted += _doubts(kinds, opening)
    return Mailbox(name, address, Span(start, stop)), noted + noted_too


def _broken_brackets(kinds: list[str], opening: int, closing: int | None) -> str | None:
    """Name what is broken about an element with an opening angle bracket, or None."""
    if ">" in kinds[:opening]:
        return "unbalanced-bracket"
    if closing is None:
        return "unclosed-angle"
    inside, after = kinds[opening + 1 : closing], kinds[closing + 1 :]
    if "<" in inside or "route" in inside:
        return "unbalanced-bracket"
    if "<" in after or "route" in after:
        return "several-angle-addresses"
    if not _AFTER_ADDRESS.issuperset(after):
        return "misplaced-character" if ";" in after else "unbalanced-bracket"
    return None


def _doubts(kinds: list[str], opening: int) -> list[str]:
    """Name what other readers make something else of in an element that has its address in angle brackets."""
    noted = ["source-route"] if kinds[opening] == "route" else []
    if "@" in kinds[:opening]:
        noted.append("at-sign-in-display-name")
    if kinds[-1] != ">":
        noted.append("text-after-address")
    return noted


def _addr_spec(body: str, tokens: list[Token]) -> tuple[str | None, list[str]]:
    """Read `local-part "@" domain` (RFC 5322 section 3.4.1): the address and what is noted, or None and why."""
    signs = [at for at, token in enumerate(tokens) if token.kind == "@"]
    if len(signs) != 1:
        return None, ["several-at-signs" if signs else "no-at-sign" if tokens else "empty-address"]
    before, after = tokens[: signs[0]], tokens[signs[0] + 1 :]
    if not before or not after:
        return None, ["incomplete-address"]
    local_part, broken = _dotted(body, before, _IN_LOCAL_PART)
    if len(after) == 1 and after[0].kind == "literal":
        domain = body[after[0].start : after[0].stop].replace(" ", "").replace("\t", "")
        broken = broken or ("control-character" if CONTROLS.search(domain) else None)
    else:
        domain, broken_too = _dotted(body, after, _IN_DOMAIN)
        broken = broken or broken_too
    if broken is not None:
        return None, [broken]
    address = f"{local_part}@{domain}"
    noted = [] if address.isascii() else ["non-ascii-address"]
    if ENCODED_WORD.search(address) or any(token.kind == "word" for token in tokens):
        noted.append("encoded-word-in-address")
    return address, noted


def _dotted(body: str, tokens: list[Token], kinds: frozenset[str]) -> tuple[str, str | None]:
    """Join words and dots, less the blanks and comments around dots: the text, and what is broken in it."""
    pieces: list[str] = []
    shape: list[str] = []  # the pieces, with a letter for each quoted string
    for token in tokens:
        piece = body[token.start : token.stop]
        if token.kind not in kinds:
            return "", "misplaced-character"
        if token.kind == "quoted" and CONTROLS.search(piece):
            return "", "control-character"
        if token.kind == "word" and not _ATOMS_ONLY.fullmatch(piece):
            return "", "unsafe-encoded-word"
        outline = '"' if token.kind == "quoted" else piece
        touching = not token.apart and '"' not in (outline, shape[-1] if shape else "")
        if shape and shape[-1][-1] != "." and outline[0] != "." and not touching:
            return "", "blank-in-address"
        pieces.append(piece)
        shape.append(outline)
    whole = "".join(shape)
    if whole[0] == "." or whole[-1] == "." or ".." in whole:
        return "", "misplaced-dot"
    return "".join(pieces), None


def _phrase(body: str, tokens: list[Token]) -> tuple[str, list[str]]:
    """Return the text of a display name (RFC 5322 section 3.2.5, RFC 2047 section 6.2), and what is noted of it."""
    texts: list[str] = []
    noted: list[str] = []
    for is_word, run in groupby(tokens, key=lambda token: token.kind == "word"):
        pieces: list[str] = []
        for token in run:
            piece = body[token.start : token.stop]
            if token.apart and token is not tokens[0]:
                (pieces or texts).append(" ")
            if token.kind == "word":
                if not SPECIALS.isdisjoint(piece):
                    signs = set(piece) & set("<>@")
                    noted.append("unsafe-encoded-word" if signs else "special-in-encoded-word")
            elif token.kind == "quoted":
                piece, noted_too = _quoted_text(piece)
                noted += noted_too
            elif token.kind not in ("atom", "@"):
                noted.append("unquoted-special")
            pieces.append(piece)
        text = "".join(pieces)
        texts.append(decode_words(text) if is_word else decode_raw(text))
    return "".join(texts), list(dict.fromkeys(noted))


def _quoted_text(quoted_string: str) -> tuple[str, list[str]]:
    text = _QUOTED_PAIR.sub(r"\1", _FOLD.sub("", quoted_string[1:-1]))
    noted = ["control-in-display-name"] if CONTROLS.search(text) else []
    decoded = _QUOTED_WORDS.sub(lambda words: decode_words(words[0]), text)
    return decoded, noted if decoded == text else [*noted, "encoded-word-in-quoted-string"]


def _comment_text(comment: str) -> str:
    pieces = [piece[0] for piece in COMMENT_PIECE.finditer(_FOLD.sub("", comment))]
    return decode_words("".join([piece[-1:] if piece[0] == "\\" else piece for piece in pieces if piece not in "()"]))


# Writing

# What a str that is to be written may show: the display name is written anew, and the address is checked.
_HARMLESS: Final = frozenset(
    ("encoded-word-in-quoted-string", "special-in-encoded-word", "unquoted-special", "non-ascii-address")
)


def format_addresses(mailboxes: Iterable[Mailbox | str]) -> str:
    r"""Write an address list: ASCII, one line, to be folded at the blanks outside quoted strings alone.

    `parse_addresses` gives the same mailboxes back. A str must be exactly one mailbox. Raises InvalidAddress for
    what not every reader would read so: controls, lone surrogates, an address that is none (RFC 5321) or not ASCII.

    >>> format_addresses([Mailbox("Zoë", "zoe@example.com"), Mailbox("Ng, A.", "a@b.example"), "eve@c.example"])
    '=?utf-8?q?Zo=C3=AB?= <zoe@example.com>, "Ng, A." <a@b.example>, eve@c.example'
    >>> format_addresses(["jörg@example.com"])
    Traceback (most recent call last):
    sesmime.errors.InvalidAddress: address 'jörg@example.com' is invalid: SES accepts only ASCII local parts
    """
    if isinstance(mailboxes, str):
        raise TypeError("mailboxes must be a list of Mailbox or str, not one str")
    return ", ".join(
        [written_mailbox(_one_mailbox(mailbox) if isinstance(mailbox, str) else mailbox) for mailbox in mailboxes]
    )


def _one_mailbox(text: str) -> Mailbox:
    text = str.__str__(text)
    addresses = parse_addresses(text)
    reason = holds_no_character(text, "it")
    if reason is None:
        reason = next((d.message for d in addresses.defects if d.name not in _HARMLESS), None)
    if reason is None and (len(addresses) != 1 or addresses.groups):
        reason = "it is not exactly one mailbox"
    if reason is not None:
        raise InvalidAddress(text, reason)
    return addresses[0]
