"""Signatures over a message as far as edits and rules must mind them: the tags of the field, the names it covers.

RFC 6376 section 3.2 has the form: `name=value` pairs with semicolons between them. No key is looked up and nothing is
verified. DomainKey-Signature and ARC-Message-Signature have the same form.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from sesmime.mime.fields import Field, fold_case
from sesmime.mime.patterns import lazy_pattern

_BLANKS = " \t"
# What stands between two colons, less the blanks around it.
_NAME = lazy_pattern(r"[^: \t]++(?:[ \t]++[^: \t]++)*+")
_new_tuple = tuple.__new__


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
    """A signature field, its tags in order, and the names in its h= in order, repeats included, in lower case."""

    field: Field
    tags: tuple[SignatureTag, ...]
    names: tuple[str, ...]

    @property
    def signed(self) -> tuple[SignedName, ...]:
        """The names in h=, each with its place."""
        return tuple([SignedName(name, place, place + len(name)) for name, place in self._places()])

    def first_of(self, names: Container[str]) -> tuple[SignedName, ...]:
        """Return those of the names that h= lists, in its order, each where it lists it first."""
        found: dict[str, SignedName] = {}
        for name, place in self._places():
            if name in names and name not in found:
                found[name] = SignedName(name, place, place + len(name))
        return tuple(found.values())

    def _places(self) -> Iterator[tuple[str, int]]:
        for tag in self.tags:
            if tag.name == "h":
                start = tag.start
                # Of the same length: ASCII letters alone are folded.
                for piece in fold_case(tag.value).split(":"):
                    if name := piece.strip(_BLANKS):
                        yield name, start + piece.index(name)
                    start += len(piece) + 1

    def tag(self, name: str) -> SignatureTag | None:
        """Return the first tag of that name; names compare exactly (RFC 6376 section 3.2)."""
        for tag in self.tags:
            if tag.name == name:
                return tag
        return None

    def covers(self, *names: str) -> bool:
        """Whether h= lists all of these names, which are in lower case."""
        return all(name in self.names for name in names)


def read_signature(field: Field) -> Signature:
    """Read a signature field; never raises, takes linear time. What is no pair is no tag."""
    tags: list[SignatureTag] = []
    names: list[str] = []
    start = 0
    for piece in field.body.split(";"):
        at = piece.find("=")
        if at >= 0:
            name, value = piece[:at].strip(_BLANKS), piece[at + 1 :]
            tags.append(_new_tuple(SignatureTag, (name, value, start + at + 1)))
            if name == "h":
                names += _NAME.findall(fold_case(value))
        start += len(piece) + 1
    return Signature(field, tuple(tags), tuple(names))
