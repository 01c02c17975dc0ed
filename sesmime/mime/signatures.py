"""Signatures over a message as far as edits and rules must mind them: the tags of the field, the names it covers.

RFC 6376 section 3.2 has the form: `name=value` pairs with semicolons between them. No key is looked up and nothing is
verified. DomainKey-Signature and ARC-Message-Signature have the same form.
"""

from __future__ import annotations

from typing import NamedTuple

from sesmime.mime.fields import Field, fold_case

_BLANKS = " \t"


class SignatureTag(NamedTuple):
    """One tag of a signature; `start` is where its value begins, in characters of the field's body."""

    name: str
    value: str
    start: int


class SignedName(NamedTuple):
    """A field name that h= lists, in lower case, and its place in characters of the signature's body."""

    name: str
    start: int
    stop: int


class Signature(NamedTuple):
    """A signature field, its tags in order, and the names in its h= in order, repeats included."""

    field: Field
    tags: tuple[SignatureTag, ...]
    signed: tuple[SignedName, ...]

    def tag(self, name: str) -> SignatureTag | None:
        """Return the first tag of that name; names compare exactly (RFC 6376 section 3.2)."""
        return next((tag for tag in self.tags if tag.name == name), None)

    def covers(self, *names: str) -> bool:
        """Whether h= lists all of these names, which are in lower case."""
        return set(names) <= {signed.name for signed in self.signed}


def read_signature(field: Field) -> Signature:
    """Read a signature field; never raises, takes linear time. What is no pair is no tag."""
    tags: list[SignatureTag] = []
    signed: list[SignedName] = []
    start = 0
    for piece in field.body.split(";"):
        name, equals, value = piece.partition("=")
        if equals:
            tags.append(SignatureTag(name.strip(_BLANKS), value, start + len(name) + 1))
            if tags[-1].name == "h":
                signed += _names(tags[-1])
        start += len(piece) + 1
    return Signature(field, tuple(tags), tuple(signed))


def _names(tag: SignatureTag) -> list[SignedName]:
    found: list[SignedName] = []
    start = tag.start
    # Of the same length: ASCII letters alone are folded.
    for piece in fold_case(tag.value).split(":"):
        name = piece.strip(_BLANKS)
        if name:
            place = start + piece.index(name)
            found.append(SignedName(name, place, place + len(name)))
        start += len(piece) + 1
    return found
