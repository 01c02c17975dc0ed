r"""Parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2231), read and written.

Reading replaces `email.message._parseparam`, `Message.get_param` and `parse_content_type_header` (and its
fellow for dispositions) of `email._header_value_parser`, which are quadratic and worse on hostile bodies.
Where policy.SMTP finds no defect, names and values are as it has them. The plan:

- One regular expression knows the plain well-formed body, which is nearly all of real mail.
- For the rest there is a tokeniser whose place only grows. A comment that has no end is looked for once, a
  quoted string that has none is the rest of the body, and past a limit the rest is not listed.
- Then the pieces of RFC 2231 are put together by name; nothing loops over an index as it is written.

Whatever readers are known to take in different ways is a defect.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby

from sesmime.errors import InvalidField, quoted, require
from sesmime.mime.charsets import charset_codec, decode_octets
from sesmime.mime.fields import Defect, Span, fold_case
from sesmime.mime.grammar import CONTROLS, MAX_LINE, PREFERRED_LINE, TOKEN
from sesmime.mime.held import held
from sesmime.mime.hints import Final, TypeVar, overload
from sesmime.mime.limits import DEFAULT_LIMITS, Limits
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.plain import plain_text
from sesmime.mime.values import NamedTuple
from sesmime.mime.words import ENCODED_WORD, decode_raw, decode_words

# RFC 2045 section 5.1, a media type; RFC 2183 section 2, a disposition type.
_VALUE: Final = lazy_pattern(rf"{TOKEN.pattern}(?:/{TOKEN.pattern})?")
# RFC 2231 section 7: attribute-char, the characters of a token but `*`, `'` and `%`.
_NAME: Final = lazy_pattern(r"[!#$&+\-.0-9A-Z^_`a-z{|}~]+")
# RFC 2231 sections 3 and 4: `name*`, `name*0`, `name*0*`.
_EXTENDED_NAME: Final = lazy_pattern(r"([^*]*[^* ]) ?\*(?:([0-9]+)(\*?))?")

# A body without comments, escapes and RFC 2231, as most mailers write it. No two parts of the pattern that touch
# can take the same characters: a failure costs one pass.
_PARAMETER: Final = re.compile(rf'[ \t]*;[ \t]*({_NAME.pattern})=(?:({TOKEN.pattern})|"([ !#-\[\]-~]*)")')
_PLAIN: Final = re.compile(rf"({_VALUE.pattern})(?:{_PARAMETER.pattern}){{0,32}}(?:[ \t]*;)?[ \t]*")

# RFC 5322 sections 3.2.2 and 3.2.4. A blank begins a run of all that `str.lstrip` drops, as in the library.
_BLANKS: Final = lazy_pattern(r"(?:[ \t\r\n]\s*)?")
_COMMENT_MARKS: Final = lazy_pattern(r"\\.|[()]", re.DOTALL)
_QUOTE_MARKS: Final = lazy_pattern(r'\\.|"', re.DOTALL)
_NEEDLESS_ESCAPE: Final = lazy_pattern(r'\\[^"\\]')
# Where a name, or a value without quotes, may end, or may hide a `;`. An escaped quote begins nothing.
_NAME_MARKS: Final = lazy_pattern(r'[;("=]|\\"')
_VALUE_MARKS: Final = re.compile(r'[;("]|\\"')
# The same where no parenthesis begins a comment any more: each would be stopped at for nothing.
_WITHOUT_COMMENTS: Final = {_NAME_MARKS: lazy_pattern(r'[;"=]|\\"'), _VALUE_MARKS: lazy_pattern(r'[;"]|\\"')}

_LONE_PERCENT: Final = lazy_pattern(r"%(?![0-9A-Fa-f]{2})")


def _end(body: str) -> int:
    """Return where the last parameter of a plain body ends: each blank after it would be searched anew."""
    return len(body.rstrip(" \t;"))


class RawParameter(NamedTuple):
    """One parameter as it stands: its name (`filename*0*`), its value less quotes and escapes, and its place.

    The span is in characters of the field body. 8-bit bytes are surrogates.
    """

    name: str
    value: str
    span: Span


_Default = TypeVar("_Default")


class Parameters(Mapping[str, str]):
    """Parameters by name: names in lower case, values decoded, in the order of the body. Immutable.

    Of a repeated name the first counts. A value holds no surrogate: raw 8-bit bytes are read as UTF-8, and
    what is not UTF-8 is U+FFFD (`raw` has the bytes). `defects` tell, with spans in characters of the body, what
    the standards do not have and readers take in different ways.

    >>> parameters = parse_parameters('attachment; FileName="a b.txt"; size=3')[1]
    >>> parameters["filename"], dict(parameters)
    ('a b.txt', {'filename': 'a b.txt', 'size': '3'})
    """

    __slots__ = ("_raw", "_values", "defects")

    def __init__(
        self,
        values: Mapping[str, str],
        raw: tuple[RawParameter, ...] | str = (),
        defects: tuple[Defect, ...] = (),
    ) -> None:
        # A str given as `raw` is a plain body, to be divided when somebody asks.
        self._values = dict(values)
        self._raw = raw
        self.defects = defects

    @property
    def raw(self) -> tuple[RawParameter, ...]:
        """Every parameter as it stands, in order: repeated ones and the pieces of continued values too."""
        if isinstance(self._raw, str):
            plain = _PLAIN.fullmatch(self._raw)
            assert plain is not None
            found = _PARAMETER.finditer(self._raw, plain.end(1), _end(self._raw))
            self._raw = tuple(RawParameter(m[1], m[2] or m[3], Span(m.start(1), m.end())) for m in found)
        return self._raw

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    # These two stand in `Mapping`, where an absent name costs an exception.

    def __contains__(self, name: object) -> bool:
        return name in self._values

    @overload
    def get(self, name: str, default: None = ..., /) -> str | None: ...

    @overload
    def get(self, name: str, default: str, /) -> str: ...

    @overload
    def get(self, name: str, default: _Default, /) -> str | _Default: ...

    def get(self, name: str, default: object = None, /) -> object:
        return self._values.get(name, default)

    def __repr__(self) -> str:
        shown = [f"{quoted(name, 30)}: {quoted(self[name], 40)}" for name in list(self)[:4]]
        rest = ", ..." if len(self) > 4 else ""
        defects = f", {len(self.defects)} defects" if self.defects else ""
        return f"Parameters({{{', '.join(shown)}{rest}}}{defects})"

    def __reduce__(self) -> tuple[object, ...]:
        return Parameters, (self._values, self.raw, self.defects)


def decoded_value(parameters: Parameters, name: str) -> str | None:
    """Return the value of a parameter, its encoded words decoded; None where it is absent.

    QUIRK: RFC 2047 section 5 (3) forbids encoded words here, and most mailers wrote file names so for years, in
    continued values too. A value in the extended form of RFC 2231 is text, whatever it looks like.
    """
    text = parameters.get(name)
    if text is None or "=?" not in text:
        return text
    for raw in parameters.raw:
        extended = _EXTENDED_NAME.fullmatch(raw.name)
        if extended and raw.name.endswith("*") and fold_case(decode_raw(extended[1])) == name:
            return text
    return decode_words(text)


def parse_parameters(body: str, *, limits: Limits = DEFAULT_LIMITS) -> tuple[str, Parameters]:
    """Divide an unfolded field body into the value before the first `;` and the parameters after it.

    The value keeps its letter case and loses blanks and comments. Encoded words (RFC 2047) stay as they are
    written, with a defect. Never raises on a str; linear in its length.

    >>> parse_parameters('Text/Plain (as ever); charset="utf-8"')
    ('Text/Plain', Parameters({'charset': 'utf-8'}))
    >>> parse_parameters("attachment; filename*0*=utf-8''na%C3%AFve; filename*1=.txt")[1]["filename"]
    'naïve.txt'
    """
    body = plain_text(body, "a field body")
    require(Limits, limits, "limits")
    if limits is not DEFAULT_LIMITS:
        return _parse(body, limits)
    return _parse_short(body) if len(body) <= _MAX_KEPT else held("parameters", body, _parse)


def _parse(body: str, limits: Limits = DEFAULT_LIMITS) -> tuple[str, Parameters]:
    plain = _PLAIN.fullmatch(body)
    if plain is not None and "=?" not in body:
        found = _PARAMETER.findall(body, plain.end(1), _end(body))
        values = {name.lower(): token or text for name, token, text in found}
        if len(values) == len(found) <= limits.parameters and (
            len(body) <= limits.parameter_name or max(map(len, values), default=0) <= limits.parameter_name
        ):
            return plain[1], Parameters(values, body)
    return _Reader(body, limits).read()


# Most bodies are `text/plain; charset=utf-8` or another of a few; what is short is kept, so many of them.
_MAX_KEPT: Final = 200


@lru_cache(maxsize=256)
def _parse_short(body: str) -> tuple[str, Parameters]:
    return _parse(body, DEFAULT_LIMITS)


class _Piece(NamedTuple):
    text: str
    is_extended: bool
    span: Span


class _Reader:
    """One walk over a field body; `at` never goes back."""

    def __init__(self, body: str, limits: Limits) -> None:
        self.body = body
        self.limits = limits
        self.at = 0
        self.raw: list[RawParameter] = []
        self.defects: list[Defect] = []
        self.names: list[str] = []  # one for each parameter, however many pieces it has; repeats included
        self.plain: dict[str, str] = {}
        self.pieces: dict[str, dict[int, _Piece]] = {}
        self.comments_end = True

    def read(self) -> tuple[str, Parameters]:
        body = self.body
        if control := CONTROLS.search(body):
            self.note("control-character", control.span(), "a control character")
        value = self.read_value()
        empty = 0
        while self.at < len(body):
            self.at += 1
            self.skip()
            if body.startswith(";", self.at):
                empty += 1
                if empty == 1:
                    self.note("empty-parameter", (self.at, self.at + 1), "nothing before a semicolon")
            elif self.at < len(body):
                self.read_parameter()
        values = {name: text for name in dict.fromkeys(self.names) if (text := self.text_of(name)) is not None}
        return value, Parameters(values, tuple(self.raw), tuple(self.defects))

    def note(self, name: str, span: tuple[int, int], message: str) -> None:
        self.defects.append(Defect(name, Span(*span), message))

    # Tokens

    def skip(self) -> None:
        """Move past blanks and comments."""
        while True:
            match = _BLANKS.match(self.body, self.at)
            assert match is not None
            self.at = match.end()
            stop = self.comment_stop(self.at) if self.body.startswith("(", self.at) else 0
            if not stop:
                return
            self.at = stop

    def comment_stop(self, start: int) -> int:
        """Return the end of the comment that begins at `start`; 0 if it has none.

        Once one has none, no parenthesis begins a comment: no text is searched twice.
        """
        if not self.comments_end:
            return 0
        depth = deepest = 0
        for mark in _COMMENT_MARKS.finditer(self.body, start):
            if mark[0] == "(":
                depth += 1
                deepest = max(depth, deepest)
            elif mark[0] == ")":
                depth -= 1
                if not depth:
                    if deepest > self.limits.comment_depth:
                        self.note("comment-too-deep", (start, mark.end()), f"comments {deepest} deep")
                    return mark.end()
        self.comments_end = False
        self.note(
            "unclosed-comment", (start, len(self.body)), "a parenthesis is not closed, so it does not start a comment"
        )
        return 0

    def read_quoted(self) -> str:
        """Read the quoted string at the place; one without end is the rest of the body."""
        start = self.at
        for mark in _QUOTE_MARKS.finditer(self.body, start + 1):
            if mark[0] == '"':
                text = self.body[start + 1 : mark.start()]
                self.at = mark.end()
                break
        else:
            text = self.body[start + 1 :]
            self.at = len(self.body)
            self.note("unclosed-quote", (start, self.at), "a quoted string is not closed")
        if "\\" in text:
            if _NEEDLESS_ESCAPE.search(text.replace("\\\\", "")):
                # It is dropped here and by policy.SMTP; compat32 keeps it.
                self.note("needless-escape", (start, self.at), "a backslash before a plain character")
            text = "\\".join(part.replace("\\", "") for part in text.split("\\\\"))
        return text

    def read_run(self, marks: re.Pattern[str]) -> tuple[list[str], int]:
        """Move to the next mark that stands in no quoted string and no comment, or to the body's end.

        Gives the texts between the comments, and where the last of them stops.
        """
        body = self.body
        texts: list[str] = []
        start = at = last = self.at
        while True:
            match = marks.search(body, at)
            at = match.start() if match else len(body)
            mark = match[0] if match else ""
            comment = self.comment_stop(at) if mark == "(" else 0
            if not self.comments_end:
                marks = _WITHOUT_COMMENTS.get(marks, marks)
            if mark == '"':
                self.at = at
                self.read_quoted()
                at = self.at
            elif mark in {"(", '\\"'} and not comment:
                at += len(mark)
            else:
                if text := body[start:at].strip():
                    texts.append(text)
                    last = at
                if not comment:
                    self.at = at
                    return texts, last
                start = at = comment

    # Parameters

    def read_value(self) -> str:
        texts, _ = self.read_run(_VALUE_MARKS)
        words = " ".join(" ".join(texts).split())
        value = "/".join(part.strip() for part in words.split("/"))
        if not _VALUE.fullmatch(value):
            self.note("invalid-value", (0, self.at), "neither a token nor two tokens joined by a slash")
        return value

    def read_parameter(self) -> None:
        start, noted, limits = self.at, len(self.defects), self.limits
        texts, _ = self.read_run(_NAME_MARKS)
        name = " ".join(texts)
        text, is_quoted = "", False
        if has_value := self.body.startswith("=", self.at):
            self.at += 1
            text, is_quoted = self.read_text()
        span = Span(start, start + len(self.body[start : self.at].rstrip()))
        extended = _EXTENDED_NAME.fullmatch(name)
        key = fold_case(decode_raw(extended[1] if extended else name))
        if not extended or key not in self.pieces:
            self.names.append(key)
        if len(self.names) > limits.parameters or len(self.raw) > limits.parameters + limits.continuation:
            self.at = len(self.body)
            self.defects[noted:] = []
            self.note("too-many-parameters", (start, self.at), "more than are listed")
            return
        self.raw.append(RawParameter(name, text, span))
        if not has_value:
            self.note("missing-equals", span, "a name without a value")
        if not _NAME.fullmatch(key):
            self.note("invalid-parameter-name", span, "a name that is not a token")
        if len(key) > limits.parameter_name:
            self.note("parameter-name-too-long", span, f"a name of {len(key)} characters")
        if not (name.isascii() and text.isascii()):
            self.note("not-ascii", span, "non-ASCII characters")
        if extended:
            self.add_piece(key, extended, text, is_quoted, span)
            return
        if ENCODED_WORD.search(text):
            # QUIRK: .NET writes all names so (https://github.com/dotnet/runtime/issues/133355).
            self.note("encoded-word", span, "an encoded word in a parameter (RFC 2047 section 5)")
        if key in self.plain:
            self.note("repeated-parameter", span, "a repeated name; the first counts")
        self.plain.setdefault(key, decode_raw(text))

    def read_text(self) -> tuple[str, bool]:
        """Read what follows the equals sign: the text, and whether it is quoted."""
        body, before = self.body, self.at
        self.skip()
        start = self.at
        if body.startswith('"', start):
            text = self.read_quoted()
            stop = self.at
            self.skip()
            if self.at < len(body) and body[self.at] != ";":
                self.read_run(_VALUE_MARKS)
                self.note("text-after-quote", (stop, self.at), "text after a quoted string, ignored")
            return text, True
        # QUIRK: without quotes the text runs to the semicolon. Blanks and equals signs are met in it
        # (https://github.com/cyrusimap/cyrus-imapd/issues/2411,
        # https://github.com/ballerina-platform/ballerina-lang/pull/39628).
        _, stop = self.read_run(_VALUE_MARKS)
        text = body[start:stop].rstrip()
        stop = start + len(text)
        if not text:
            self.note("missing-value", (before, self.at), "an equals sign without a value")
        elif not TOKEN.fullmatch(text):
            self.note("unquoted-special", (start, stop), "spaces or special characters without quotes")
        if body.startswith("(", stop) or (text and start > before and body[start - 1] == ")"):
            # A comment for RFC 2045 and policy.SMTP, a part of the value for compat32.
            self.note("comment-in-value", (before, self.at), "a comment directly next to the value")
        return text, False

    # RFC 2231

    def add_piece(self, key: str, name: re.Match[str], text: str, is_quoted: bool, span: Span) -> None:
        row = self.pieces.setdefault(key, {})
        digits = name[2] or "0"  # `name*` is the first piece, and commonly the only one
        if len(digits) > 9 or int(digits) > self.limits.continuation:
            self.note("continuation-too-high", span, f"an index above {self.limits.continuation}")
            return
        if digits[0] == "0" != digits:
            self.note("continuation-leading-zero", span, "an index with a leading zero")
        if int(digits) in row:
            self.note("repeated-parameter", span, "a repeated name and index; the first counts")
        is_extended = name[2] is None or bool(name[3])
        if is_extended and is_quoted:
            # QUIRK: Nodemailer and MimeKit write so (https://github.com/nodemailer/nodemailer/issues/321).
            self.note("extended-quoted", span, "an extended value in quotes")
        row.setdefault(int(digits), _Piece(text, is_extended, span))

    def text_of(self, name: str) -> str | None:
        plain = self.plain.get(name)
        row = self.pieces.get(name)
        if not row:
            return plain
        place = next(iter(row.values())).span
        if plain is not None and 0 not in row:
            # As policy.SMTP has it; compat32 takes the plain one alone.
            self.note("continuation-gap", place, "a continued value whose first piece is a plain parameter")
            return self.joined({0: _Piece(plain, False, place), **row}, place)
        joined = self.joined(row, place)
        if plain is not None and plain != joined:
            # RFC 6266 section 4.3: the extended one counts. compat32 takes the plain, policy.SMTP the first.
            self.note("conflicting-parameter", place, "a value that differs from the plain one; this one counts")
        return joined

    def joined(self, row: dict[int, _Piece], place: Span) -> str | None:
        """Join the pieces of a value by their indexes, up to the first gap; None without a first one."""
        pieces: list[_Piece] = []
        while (piece := row.get(len(pieces))) is not None:
            pieces.append(piece)
        if len(pieces) < len(row):
            beyond = next(piece for index, piece in row.items() if index > len(pieces))
            self.note("continuation-gap", beyond.span, "a piece of a continued value after a gap, ignored")
        if not pieces:
            return None
        codec: str | None = "ascii"
        if pieces[0].is_extended:
            charset, *rest = pieces[0].text.split("'", 2)
            if len(rest) < 2:
                self.note("extended-without-charset", place, "an extended value without charset and language")
            else:
                pieces[0] = pieces[0]._replace(text=rest[1].lstrip())
                codec = charset_codec(charset.strip()) if charset else codec
                if codec is None:
                    self.note("unknown-charset", place, "an unknown charset; read as UTF-8")
        texts: list[str] = []
        for is_extended, group in groupby(pieces, key=lambda piece: piece.is_extended):
            # Joined before it is decoded: a piece may end inside a character.
            text = decode_raw("".join(piece.text for piece in group))
            if not is_extended and ENCODED_WORD.search(text):
                self.note("encoded-word", place, "an encoded word in a parameter (RFC 2047 section 5)")
            texts.append(self.decoded(text, codec or "utf-8", place) if is_extended else text)
        return "".join(texts)

    def decoded(self, text: str, codec: str, place: Span) -> str:
        text, lone = _LONE_PERCENT.subn("%25", text)
        if lone:
            self.note("invalid-percent", place, "a percent sign without two hexadecimal digits, kept")
        # With `=` for `%` it is quoted-printable, which C undoes in the least memory.
        octets = a2b_qp(text.replace("=", "%3D").replace("%", "=").encode())
        decoded = _decode(octets, codec)
        if decoded is None:
            self.note("undecodable-value", place, "octets that are invalid in the charset")
            decoded = _decode(octets, "utf-8") or decode_octets(octets, codec, "replace")
        if CONTROLS.search(decoded):
            self.note("control-character", place, "a control character, percent-encoded")
        return decode_raw(decoded)


def _decode(octets: bytes, codec: str) -> str | None:
    try:
        return decode_octets(octets, codec)
    except UnicodeError:
        return None


# A blank stands before it and a semicolon after it (RFC 5322 section 2.1.1).
_MAX_PARAMETER: Final = PREFERRED_LINE - 2
# What is not percent-encoded: fewer characters than RFC 2231 allows, the same as in `urllib.parse.quote`.
_PLAIN_MARKS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-")
# What some read otherwise in a quoted string: encoded words are decoded; blanks at the ends get lost; compat32
# takes a last backslash for an escape, and drops quotes round the whole (`email.utils.unquote`); and who folds after
# each `; ` would fold inside. Of the names that it unquotes once more, angle brackets too
# (`email.utils.collapse_rfc2231_value`); elsewhere they stand, as in `start="<root>"` (RFC 2387 section 3.2).
_MISREAD: Final = lazy_pattern(r'=\?|; |\t|\A |[ \\]\Z|\A".*"\Z')
_IN_BRACKETS: Final = lazy_pattern(r"\A<.*>\Z")
_UNQUOTED_TWICE: Final = frozenset({"filename", "name", "boundary"})
_SURROGATES: Final = lazy_pattern("[\ud800-\udfff]")


def format_parameters(value: str, parameters: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """Write a field body: a value ("text/plain", "attachment") and parameters, in one line.

    Tokens stand bare and other ASCII text in quotes, whole up to the longest line that there may be, since many
    readers know no continuations; the rest stands in the form of RFC 2231. `; ` stands between parameters and nowhere
    else: there a writer may fold.

    Raises InvalidField for a value or name that is no token, a name given twice, a control character other
    than TAB, a lone surrogate, and past `DEFAULT_LIMITS`; TypeError for what is no str.

    >>> format_parameters("attachment", {"filename": "a b.txt"})
    'attachment; filename="a b.txt"'
    >>> format_parameters("text/plain", [("charset", "utf-8"), ("name", "naïve")])
    "text/plain; charset=utf-8; name*=utf-8''na%C3%AFve"
    """
    value = _exact(value)
    if not _VALUE.fullmatch(value):
        raise InvalidField(value, "its value is neither a token nor two tokens joined by a slash")
    written = [value]
    # QUIRK: `attachment; attachment=x` is refused too: compat32 takes the value for a parameter without text.
    seen = {value.lower()}
    for given in parameters.items() if isinstance(parameters, Mapping) else parameters:
        if not isinstance(given, tuple | list) or len(given) != 2:
            raise TypeError("parameters must be pairs of a name and a value")
        name, text = map(_exact, given)
        if not _NAME.fullmatch(name):
            raise InvalidField(name, "a parameter name must be a token without *, ' and %")
        if len(name) > DEFAULT_LIMITS.parameter_name or len(seen) > DEFAULT_LIMITS.parameters:
            raise InvalidField(name, "a parameter name is too long, or there are too many parameters")
        if name.lower() in seen:
            raise InvalidField(name, "a parameter is given twice, or has the name of the value")
        if CONTROLS.search(text) or _SURROGATES.search(text):
            raise InvalidField(name, "a parameter value contains a control character or a lone surrogate")
        seen.add(name.lower())
        written += _formatted(name, text)
    return "; ".join(written)


def _exact(text: str) -> str:
    return plain_text(text, "a value or name")


def _formatted(name: str, text: str) -> Iterable[str]:
    """Write one parameter, in as many pieces as it takes."""
    if text.isascii() and not _MISREAD.search(text) and not loses_brackets(name, text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        whole = f"{name}={text}" if _NAME.fullmatch(text) else f'{name}="{escaped}"'
        if len(whole) <= MAX_LINE - 2:
            return [whole]
    spelled = {
        character: character if character in _PLAIN_MARKS else _percent_encoded(character) for character in set(text)
    }
    encoded = [spelled[character] for character in text]
    whole = f"{name}*=utf-8''{''.join(encoded)}"
    if len(whole) <= _MAX_PARAMETER:
        return [whole]
    # Never divided inside a character: policy.SMTP decodes each piece by itself.
    pieces = [f"{name}*0*=utf-8''{encoded[0]}"]
    for character in encoded[1:]:
        if len(pieces[-1]) + len(character) > _MAX_PARAMETER:
            if len(pieces) > DEFAULT_LIMITS.continuation:
                raise InvalidField(name, "the parameter's value is too long")
            pieces.append(f"{name}*{len(pieces)}*=")
        pieces[-1] += character
    return pieces


def loses_brackets(name: str, text: str) -> bool:
    """Tell whether the library drops the angle brackets round the value of a parameter."""
    return name.lower() in _UNQUOTED_TWICE and _IN_BRACKETS.search(text) is not None


def _percent_encoded(character: str) -> str:
    return "".join([f"%{octet:02X}" for octet in character.encode()])
