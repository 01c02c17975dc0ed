"""The defects of address lists, by their names, each with the sentence that tells it."""

from __future__ import annotations

from collections.abc import Mapping

from sesmime.mime.hints import Final

# What can be wrong with an address list, by the names of the defects. Any of these: the element is no mailbox.
UNREADABLE: Final[Mapping[str, str]] = {
    "unclosed-quote": "a quoted string has no closing quote",
    "unclosed-comment": "a comment has no closing parenthesis",
    "unclosed-literal": "a domain literal has no closing bracket, or contains a character that is not allowed in one",
    "unclosed-angle": "an angle bracket is not closed",
    "unbalanced-bracket": "a closing angle bracket or parenthesis has no opening one",
    "several-at-signs": "an address contains more than one @",
    "no-at-sign": "an element has no @, so it is not an address",
    "incomplete-address": "an address has no local part or no domain",
    "empty-address": "the angle brackets are empty",
    "misplaced-dot": "a local part or domain begins or ends with a dot, or has two dots in a row",
    "misplaced-character": "an address contains a character in a place where it is not allowed",
    "blank-in-address": "there is no dot between two words of an address",
    "several-angle-addresses": "an element has more than one address in angle brackets",
    "text-after-group": "there is text after the semicolon of a group",
    "nested-group": "a group contains a group",
    "control-character": "an element contains a control character",
    "too-many-tokens": "an element has more words, signs and comments than the limit `tokens`",
    "unsafe-encoded-word": "an encoded word contains characters that some programs read as part of the list's syntax",
}
# These only: it is one.
NOTED: Final[Mapping[str, str]] = {
    "at-sign-in-display-name": "a display name contains an @ outside quotes",
    "text-after-address": "there is text after the closing angle bracket",
    "non-ascii-address": "an address contains non-ASCII characters",
    "encoded-word-in-address": "an address contains an encoded word, which is not decoded",
    "encoded-word-in-quoted-string": "a quoted string contains an encoded word",
    "special-in-encoded-word": "an encoded word in a display name contains characters that are not allowed there",
    "unquoted-special": "a display name contains brackets or semicolons outside quotes",
    "control-in-display-name": "a display name contains a control character",
    "source-route": "an address has a source route, which is ignored",
    "empty-element": "an element of the list is empty",
    "unclosed-group": "a group has no closing semicolon",
    "unnamed-group": "a group has no name",
    "deep-comment": "comments are nested deeper than the limit `comment_depth`",
    "too-many-defects": "there are more defects, which are not listed",
}
