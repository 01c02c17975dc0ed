"""What the rules about attachments share: the names that parts bear, in every way in which readers read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sesmime.linter.findings import Fix
from sesmime.linter.view.mime_fields import parameter_place, rewriting
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.mime.edits import Edit
from sesmime.mime.fields import Field, Span
from sesmime.mime.hints import Final
from sesmime.mime.parameters import Parameters
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple
from sesmime.mime.words import decode_words

# A name that is read in one way only, and shows what it is.
_PLAIN: Final = lazy_pattern(r"[0-9A-Za-z_][-!+,()\[\]0-9A-Za-z_]*(?:[ .][-!+,()\[\]0-9A-Za-z_]+)*")


def is_plain_name(text: str) -> bool:
    """Whether a name holds letters, digits and harmless marks alone."""
    return _PLAIN.fullmatch(text) is not None


class FileName(NamedTuple):
    """A name as one parameter gives it: `text` as it is to be read, `readings` as readers may read it, `text` first."""

    text: str
    readings: tuple[str, ...]
    field: Field
    parameter: str

    @property
    def is_plain(self) -> bool:
        """Whether it holds letters, digits and harmless marks alone, and all readers read it alike."""
        return len(self.readings) == 1 and is_plain_name(self.text)


class Named(NamedTuple):
    """A part that bears names: the one of Content-Disposition before the one of Content-Type."""

    part: Part
    names: tuple[FileName, ...]


def named_parts(outgoing: Outgoing) -> tuple[Named, ...]:
    """Return the parts that bear a name, those in attached messages too."""
    found = []
    for part in outgoing.every_part:
        names = tuple(_names(part))
        if names:
            found.append(Named(part, names))
    return tuple(found)


def _names(part: Part) -> Iterator[FileName]:
    names, plain = part.names, part.plain_type
    if "content-disposition" in names:
        field = part.section.all("Content-Disposition")[0]
        if (name := _name(field, part.disposition_parameters, "filename")) is not None:
            yield name
    if plain is not None:
        if plain.name is not None:
            yield FileName(plain.name, (plain.name,), part.section.all("Content-Type")[0], "name")
    elif "content-type" in names:
        field = part.section.all("Content-Type")[0]
        if (name := _name(field, part.type_parameters, "name")) is not None:
            yield name


def _name(field: Field, parameters: Parameters, key: str) -> FileName | None:
    value = parameters.get(key)
    if value is None:
        return None
    text = decode_words(value) if "=?" in value else value
    if not parameters.defects and b"*" not in field.raw:
        return FileName(text, (text,), field, key)
    # Some readers take the plain parameter, some the first or the last, some all pieces whatever their numbers.
    raw = [given for given in parameters.raw if given.name.partition("*")[0].strip().lower() == key]
    plain = [decode_words(given.value) for given in raw if "*" not in given.name]
    pieces = [given for given in raw if "*" in given.name]
    if pieces and not any(given.name.endswith("*") for given in pieces):
        plain.append("".join(given.value for given in pieces))
    return FileName(text, tuple(dict.fromkeys((text, *plain))), field, key)


def file_name_place(part: Part, name: FileName) -> Span:
    """Return the place of the parameter that holds a name of a part."""
    parameters = part.type_parameters if name.parameter == "name" else part.disposition_parameters
    return parameter_place(name.field, parameters, name.parameter)


def renaming(outgoing: Outgoing, named: Named, new_names: Mapping[FileName, str], title: str) -> Fix:
    """Return the remedy for a bad name: others, in all parameters that hold one; by hand where it cannot be written."""
    wanted = [(name, text) for name, text in new_names.items() if text != name.text or len(name.readings) > 1]
    if not wanted:
        return Fix(title)
    # The parts are not held: a report outlives what was looked at.
    ending = outgoing.ending
    return Fix(title, lambda: _renaming_edits(wanted, ending), is_certain=False)


def _renaming_edits(wanted: Sequence[tuple[FileName, str]], ending: bytes) -> tuple[Edit, ...]:
    edits: list[Edit] = []
    for name, text in wanted:
        written = rewriting(name.field, ending, {name.parameter: text}) if text else ()
        if not written:
            return ()
        edits += written
    return tuple(edits)
