r"""The tokens of address lists: one pass over a field body, no character taken more than a few times.

What lexical differences between readers are known show here: an encoded word that hides a quote, a literal without its
bracket. Such a token loses the rest of the body, for nobody can say what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sesmime.mime.hints import Final
from sesmime.mime.limits import DEFAULT_LIMITS
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple

# RFC 5322 section 3.2.3: atext, and beyond ASCII everything (RFC 6532 section 3.2).
ATEXT: Final = r"[^\x00-\x20\x7f\"(),.:;<>@\[\]\\]"
# RFC 5322 section 3.4.1: a domain literal, less its obsolete quoted pairs and all that some reader takes for the
# list's own.
_LITERAL: Final = r"\[[^\x00-\x08\x0a-\x1f\x7f\"(),;<>@\[\]\\]*+\]"
_DOMAIN: Final = rf"(?:(?:{ATEXT}|\.)++|{_LITERAL})"
# What `get_encoded_word` takes for an encoded word, be it one or not: all up to its end is one token to it.
_WORD: Final = r"=\?[^?]*+\?[BbQq]\?[^?]*+\?="

# Possessive throughout: what one token has taken is never tried again in another way.
_TOKEN: Final = lazy_pattern(
    rf"""
      (?P<blank> (?: [ \t]++ | \r?\n(?=[ \t]|\Z) )++ )
    | (?P<quoted> "(?: [^"\\]++ | \\. )*+" )
    | (?P<word> {_WORD} )
    | (?P<atom> (?: {ATEXT}++ | \.++(?!=\?) )++ | \.++ )
    | (?P<literal> {_LITERAL} )
    | (?P<route> <[ \t,]*+@[ \t]*+{_DOMAIN} (?: [ \t]*+,[ \t,]*+ (?: @[ \t]*+{_DOMAIN} )?+ )*+ [ \t]*+: )
    | (?P<other> [\x00-\x1f\x7f]++ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENT_PIECE: Final = lazy_pattern(r"[^()\\]+|\\.|[()]", re.DOTALL)
_ONE_WORD: Final = lazy_pattern(_WORD)
_PLAIN_QUOTED_STRING: Final = lazy_pattern(r'"[^"\\]*+"')

# Those between an "@" and a literal: getaddresses looks for one after all of them.
BEFORE_LITERAL: Final = frozenset(("atom", "blank", "comment", "deep-comment", "literal", "word"))
# RFC 5322 section 3.2.3: specials, but for the dot, which does no harm.
SPECIALS: Final = frozenset('()<>[]:;@\\,"')


class Token(NamedTuple):
    """One token: its kind, where it stands in the body, and what stands before it."""

    kind: str  # quoted, word, atom, literal, route; control; a defect that loses the rest; the special itself
    start: int
    stop: int
    apart: bool  # blanks or comments stand before it


def tokens_of(
    body: str, comment_depth: int = DEFAULT_LIMITS.comment_depth, position: int = 0
) -> Iterator[tuple[str, int, int]]:
    """Return kind, start and stop of the tokens from an element on; and of blanks, comments and deep comments."""
    end = len(body)
    in_domain = False
    while position < end:
        match = _TOKEN.match(body, position)
        assert match is not None  # the last alternative takes any character
        kind, stop = str(match.lastgroup), match.end()
        if kind == "other":
            kind = body[position]
            if kind == "(":
                kind, stop = _comment(body, position, comment_depth)
            elif kind == '"':
                kind, stop = "unclosed-quote", end
            elif kind < " " or kind == "\x7f":
                kind = "control"
            elif kind == "[" and in_domain:
                kind, stop = "unclosed-literal", end
        elif kind in ("word", "quoted") and _is_read_in_two_ways(body, kind, position, stop):
            kind, stop = "unsafe-encoded-word", end
        yield kind, position, stop
        position = stop
        in_domain = kind == "@" or (in_domain and kind in BEFORE_LITERAL)


def _is_read_in_two_ways(body: str, kind: str, start: int, stop: int) -> bool:
    """Say whether readers differ over what is quoted, or a comment, after this word or quoted string.

    One kind of reader looks for encoded words first, another for quoted strings and comments first.
    """
    if kind == "quoted":
        at = body.find("=?", start, stop)
        while at >= 0:
            word = _ONE_WORD.match(body, at) if body[at - 1] in ' \t"=' else None
            if word is not None and word.end() >= stop:
                return True
            at = body.find("=?", at + 2, stop)
        return False
    inner = body[start + 2 : stop - 2]
    if SPECIALS.isdisjoint(inner):
        return False
    inner = _PLAIN_QUOTED_STRING.sub("", inner)
    depth = 0
    for character in inner:
        depth += (character == "(") - (character == ")")
        if depth < 0 or character in '"\\':
            return True
    return depth > 0


def _comment(body: str, start: int, most: int) -> tuple[str, int]:
    """Return the kind and the stop of the comment that begins at `start`, however deep it nests."""
    depth = deepest = 0
    for piece in COMMENT_PIECE.finditer(body, start):
        if piece[0] == "(":
            depth += 1
            deepest = max(depth, deepest)
        elif piece[0] == ")":
            depth -= 1
            if not depth:
                return "deep-comment" if deepest > most else "comment", piece.end()
    return "unclosed-comment", len(body)
