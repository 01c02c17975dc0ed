"""MIME field bodies, header sections and multipart bodies as the strict parser behind SES's texts reads them.

The pieces: the scans for a closing delimiter, which address lists share; the tokens of Content-Type and
Content-Disposition, and the parameters made of them; a header section cut into fields; the parts of a
multipart counted. Each is one pass from left to right without recursion. What the parser refuses is raised as
`RefusalError`, which `sesmime.ses.javamail.verdict` turns into a value; nothing else is ever raised.

The rules are those measured on JavaMail 1.4.7 (facts/javamail-grammar.md, sections 2 and 6 to 8); that SES
runs such a parser is inferred from the texts of its refusals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any, Final, NamedTuple

# What counts as a blank between tokens; and what trimming drops from both ends, every character up to U+0020.
SPACE: Final = " \t\r\n"
TRIMMED: Final = "".join(map(chr, range(0x21)))


class RefusalError(Exception):
    """The parser refuses what it reads: an outcome, which `verdict` catches, no error of sesmime.

    Attributes: `text` of the refusal; `reference`, the text that the refusal is about, or None; `position`,
    an index in the reference, or None.
    """

    def __init__(self, text: str, reference: str | None = None, position: int | None = None) -> None:
        super().__init__(text, reference, position)
        self.text = text
        self.reference = reference
        self.position = position


# Section 3: closing delimiters. A backslash shields the character after it.

_QUOTE_MARKS: Final = re.compile(r'"|\\.?', re.DOTALL)
_BRACKET_MARKS: Final = re.compile(r"\]|\\.?", re.DOTALL)
_COMMENT_MARKS: Final = re.compile(r"[()]|\\.?", re.DOTALL)
_ANGLE_MARKS: Final = re.compile(r'[">]|\\.?', re.DOTALL)


class Closing(NamedTuple):
    """Where a scan for a closing delimiter stopped.

    `at` is the index of the delimiter; without one, the length of the text, or one more if the text ends in a
    backslash that shields nothing. `quoted`: the text ended inside a quoted string.
    """

    at: int
    found: bool
    quoted: bool = False


def closing_quote(text: str, start: int) -> Closing:
    """Find the quote that ends the quoted string whose content begins at `start`."""
    return _closing(text, start, _QUOTE_MARKS, '"')


def closing_bracket(text: str, start: int) -> Closing:
    """Find the bracket that ends the domain literal whose content begins at `start`."""
    return _closing(text, start, _BRACKET_MARKS, "]")


def _closing(text: str, start: int, marks: re.Pattern[str], delimiter: str) -> Closing:
    stop = text.find(delimiter, start)
    if stop >= 0 and text.find("\\", start, stop) < 0:
        return Closing(stop, found=True)
    last = ""
    for mark in marks.finditer(text, start):
        last = mark[0]
        if last == delimiter:
            return Closing(mark.start(), found=True)
    return _not_found(text, last)


def closing_parenthesis(text: str, start: int) -> Closing:
    """Find the end of the comment whose content begins at `start`; nesting counts, quotes mean nothing."""
    last = ""
    depth = 1
    for mark in _COMMENT_MARKS.finditer(text, start):
        last = mark[0]
        if last == "(":
            depth += 1
        elif last == ")":
            depth -= 1
            if not depth:
                return Closing(mark.start(), found=True)
    return _not_found(text, last)


def closing_angle(text: str, start: int) -> Closing:
    """Find the `>` that ends the angle address whose content begins at `start`; in quotes none counts."""
    last = ""
    quoted = False
    for mark in _ANGLE_MARKS.finditer(text, start):
        last = mark[0]
        if last == '"':
            quoted = not quoted
        elif last == ">" and not quoted:
            return Closing(mark.start(), found=True)
    return _not_found(text, last, quoted=quoted)


def _not_found(text: str, last_mark: str, *, quoted: bool = False) -> Closing:
    return Closing(len(text) + (last_mark == "\\"), found=False, quoted=quoted)


# Section 6: tokens of MIME field bodies.

# An atom holds no blank, control, non-ASCII character, nor any of the tspecials of RFC 2045 section 5.1.
_ATOM: Final = re.compile(r'[^\x00-\x20\x7f-\U0010ffff()<>@,;:\\"/\[\]?=]++')

# In a quoted string a backslash goes and the character after it stays.
# QUIRK: a CR goes too, with one LF after it, so a fold becomes its blanks; a lone LF stays. RFC 5322 section
# 3.2.4 has none of them in the value.
_DROPPED_IN_QUOTES: Final = re.compile(r"\\(.)|\r\n?", re.DOTALL)


class TokenKind(Enum):
    """What a token is; a special is one character that can be in no atom."""

    ATOM = auto()
    QUOTED_STRING = auto()
    SPECIAL = auto()
    END = auto()


class Token(NamedTuple):
    """One token of a MIME field body; `value` is what the texts of refusals show."""

    kind: TokenKind
    value: str


_SEMICOLON: Final = Token(TokenKind.SPECIAL, ";")
_SLASH: Final = Token(TokenKind.SPECIAL, "/")
_EQUALS: Final = Token(TokenKind.SPECIAL, "=")
# QUIRK: where a token is wanted and the body is over, the parser prints a null reference.
_END: Final = Token(TokenKind.END, "null")


def tokens(body: str) -> Iterator[Token]:
    """Return the tokens of a MIME field body, then the end token for ever."""
    at = _skip_comments(body, 0)
    while at < len(body):
        if body[at] == '"':
            closing = closing_quote(body, at + 1)
            if not closing.found:
                raise RefusalError("Unbalanced quoted string")
            content = body[at + 1 : closing.at]
            yield Token(TokenKind.QUOTED_STRING, _DROPPED_IN_QUOTES.sub(r"\1", content))
            at = closing.at + 1
        elif atom := _ATOM.match(body, at):
            yield Token(TokenKind.ATOM, atom[0])
            at = atom.end()
        else:
            yield Token(TokenKind.SPECIAL, body[at])
            at += 1
        at = _skip_comments(body, at)
    while True:
        yield _END


def _skip_comments(body: str, at: int) -> int:
    while at < len(body):
        if body[at] == "(":
            closing = closing_parenthesis(body, at + 1)
            if not closing.found:
                raise RefusalError("Unbalanced comments")
            at = closing.at
        elif body[at] not in SPACE:
            break
        at += 1
    return at


# Section 7: Content-Type and Content-Disposition.


def read_content_type(body: str) -> dict[str, Any]:
    """Read the body of a Content-Type field: an atom, `/`, an atom, then parameters."""
    source = tokens(body)
    main_type = _read_atom(source, "MIME type")
    token = next(source)
    if token != _SLASH:
        raise RefusalError(f"Expected '/', got {token.value}")
    subtype = _read_atom(source, "MIME subtype")
    return {"type": main_type, "subtype": subtype, "params": _read_parameters(source)}


def read_content_disposition(body: str) -> dict[str, Any]:
    """Read the body of a Content-Disposition field: an atom, then parameters."""
    source = tokens(body)
    disposition = _read_atom(source, "disposition")
    return {"disposition": disposition, "params": _read_parameters(source)}


def _read_atom(source: Iterator[Token], wanted: str) -> str:
    token = next(source)
    if token.kind is not TokenKind.ATOM:
        raise RefusalError(f"Expected {wanted}, got {token.value}")
    return token.value


def _read_parameters(source: Iterator[Token]) -> list[list[str]]:
    """Read `; name = value` up to the end.

    QUIRK: one semicolon may end the list (RFC 2045 section 5.1 has none there); a repeated name keeps its
    first place and takes its last value; the names of RFC 2231 are names like others.
    """
    parameters: dict[str, str] = {}
    while (token := next(source)) != _END:
        if token != _SEMICOLON:
            raise RefusalError(f"Expected ';', got \"{token.value}\"")
        name = next(source)
        if name == _END:
            break
        if name.kind is not TokenKind.ATOM:
            raise RefusalError(f'Expected parameter name, got "{name.value}"')
        token = next(source)
        if token != _EQUALS:
            raise RefusalError(f"Expected '=', got \"{token.value}\"")
        value = next(source)
        if value.kind not in (TokenKind.ATOM, TokenKind.QUOTED_STRING):
            raise RefusalError(f'Expected parameter value, got "{value.value}"')
        parameters[name.value.lower()] = value.value
    return [[name, value] for name, value in parameters.items()]


# Section 2: header sections.

# QUIRK: a line ends at LF, CR, CRLF or CR CR LF (RFC 5322 section 2.1 knows CRLF alone).
_LINE_END: Final = r"(?>\r\r?\n|[\r\n])"
_LINE: Final = re.compile(rf"([^\r\n]*+)(?:{_LINE_END}|\Z)")


def read_fields(section: str) -> dict[str, list[str]]:
    """Read a header section up to its empty line: field bodies, in order, by field name in lower case.

    A body keeps its folds, each as CRLF and the blanks after it.

    QUIRK: a line of blanks does not end the section, it continues the field. A first line that begins with a
    blank is a field of its own. A line without a colon is a field whose name and whose body are that line.
    """
    fields: list[list[str]] = []
    line = _LINE.match(section)
    while line and line[1]:
        if not line[1].startswith((" ", "\t")):
            fields.append([line[1]])
        elif fields:
            fields[-1].append(line[1])
        else:
            fields.append(["", line[1]])
        line = _LINE.match(section, line.end())
    bodies: dict[str, list[str]] = {}
    for lines in fields:
        whole = "\r\n".join(lines)
        name, colon, body = whole.partition(":")
        bodies.setdefault(name.strip(TRIMMED).lower(), []).append(body.lstrip(SPACE) if colon else whole)
    return bodies


# Section 8: multipart bodies.

# A line that is taken for a boundary line where the field gives no boundary: two hyphens and something more.
# QUIRK: five or more hyphens alone are not, they are a rule drawn in the preamble.
_GUESSED_LINE: Final = r"--(?!-{3,}+[ \t]*+(?:[\r\n]|\Z))(?=[ \t]*+[^ \t\r\n])[^\r\n]*+"
_FIRST_GUESSED_LINE: Final = re.compile(_GUESSED_LINE)
_LATER_GUESSED_LINE: Final = re.compile(r"[\r\n]" + _GUESSED_LINE)

# What follows the boundary in the line before the first part: blanks, and a line end as everywhere.
_START_TAIL: Final = re.compile(rf"(?P<closing>--)?[ \t]*+(?:{_LINE_END}|\Z)")

# What follows it in a later line.
# QUIRK: after a closing one anything does, after another a line end must come: one cut off by the end of the
# body is text (RFC 2046 section 5.1.1 has nothing but blanks after either).
_PART_TAIL: Final = re.compile(r"(?P<closing>--)|[ \t]*+(?:\r\n?|\n)")

_EMPTY_LINE_HERE: Final = re.compile(_LINE_END)
_LATER_EMPTY_LINE: Final = re.compile(_LINE_END * 2)


class _DelimiterLines:
    """The lines of a body that begin with a delimiter, asked for from left to right.

    They are found with `str.find` by the LF or CR before them. The next place of either is kept from call to
    call: where one of the two never comes, the body is searched for it once and not once a part.
    """

    def __init__(self, body: str, delimiter: str) -> None:
        self._body = body
        self._delimiter = delimiter
        self._next = dict.fromkeys(("\n", "\r"), -1)

    def next_line(self, at: int, tail: re.Pattern[str]) -> re.Match[str] | None:
        """Match `tail` behind the first delimiter that it follows; at `at` a line begins."""
        start = at if self._body.startswith(self._delimiter, at) else self._next_start(at)
        while start is not None:
            match = tail.match(self._body, start + len(self._delimiter))
            if match:
                return match
            start = self._next_start(start)
        return None

    def _next_start(self, at: int) -> int | None:
        """Return the first place of the delimiter behind a LF or CR that stands at `at` or later."""
        for line_end, place in self._next.items():
            if place < at:
                found = self._body.find(line_end + self._delimiter, at)
                self._next[line_end] = found if found >= 0 else len(self._body)
        first = min(self._next.values())
        return first + 1 if first < len(self._body) else None


def count_parts(content_type: str, body: str) -> dict[str, Any]:
    """Count the parts of a multipart body; `complete` says that its closing boundary line was met.

    Three states: before the first boundary line; in the header section of a part, where boundary lines mean
    nothing; in the body of a part. Of the Content-Type only the boundary matters.
    """
    boundary = dict(read_content_type(content_type)["params"]).get("boundary")
    if boundary is None:
        # QUIRK: the first line that looks like a boundary line gives it (RFC 2046 section 5.1.1 demands it).
        delimiter, at = _guess_start(body)
        lines = _DelimiterLines(body, delimiter)
    else:
        delimiter = f"--{boundary}"
        lines = _DelimiterLines(body, delimiter)
        at = _after_start(lines, delimiter)
    parts = 0
    while True:
        parts += 1
        line = lines.next_line(_after_part_header(body, at), _PART_TAIL)
        if line is None:
            # QUIRK: a missing closing boundary line is let pass.
            return {"parts": parts, "complete": False}
        if line["closing"]:
            return {"parts": parts, "complete": True}
        at = line.end()


def _guess_start(body: str) -> tuple[str, int]:
    line = _FIRST_GUESSED_LINE.match(body) or _LATER_GUESSED_LINE.search(body)
    end = _LINE.match(body, line.end()) if line else None
    if line is None or end is None:
        raise RefusalError("Missing start boundary")
    return line[0].strip(SPACE), end.end()


def _after_start(lines: _DelimiterLines, delimiter: str) -> int:
    # Lines are compared without the blanks at their end, so a boundary that ends in a blank is equal to none.
    can_be_a_line = delimiter.rstrip(" \t") == delimiter and "\r" not in delimiter and "\n" not in delimiter
    line = lines.next_line(0, _START_TAIL) if can_be_a_line else None
    # QUIRK: a closing boundary line before any other is not the end of an empty multipart.
    if line is None or line["closing"]:
        raise RefusalError("Missing start boundary")
    return line.end()


def _after_part_header(body: str, at: int) -> int:
    """Return the place behind the empty line that ends the header section beginning at `at`, or the end."""
    empty_line = _EMPTY_LINE_HERE.match(body, at) or _LATER_EMPTY_LINE.search(body, at)
    return empty_line.end() if empty_line else len(body)
