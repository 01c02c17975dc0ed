"""SEC401."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    FileName,
    Outgoing,
    Severity,
    Stage,
    file_name_place,
    named_parts,
    quoted,
    renaming,
    rule,
)


@rule(
    "SEC401",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2183#section-2.3",
    stage=Stage.MIME,
    order=140,
    triggers=(":odd-file-name",),
)
def differing_file_names(outgoing: Outgoing) -> Iterator[Fault]:
    """A part has different file names for different mail readers.

    Content-Disposition has a filename and Content-Type a name, or one of them is given in two forms, with different
    suffixes. A virus scanner may use the harmless name, while the recipient opens the other.
    """
    for named in outgoing.once(named_parts):
        first = named.names[0]
        other = next((name for name in named.names[1:] if _words(name.text) != _words(first.text)), None)
        if other is not None:
            text = f"the file name is {quoted(first.text, 80)} here and {quoted(other.text, 80)} in {other.field.name}"
        else:
            text = next((_of_readings(name) for name in named.names if len(name.readings) > 1), "")
        if not text:
            continue
        same = dict.fromkeys(named.names, first.text)
        fix = renaming(outgoing, named, same, "use the first name in both fields")
        yield Fault(text, file_name_place(named.part, first), named.part, fix=fix)


def _words(name: str) -> str:
    """Return a name as it is compared: blanks at the ends and how many there are tell nothing."""
    return " ".join(name.split())


def _of_readings(name: FileName) -> str:
    """Say that a parameter is read with different suffixes; else one may be the other, written in ASCII."""
    suffixes = {reading.rpartition(".")[2].strip().lower() for reading in name.readings}
    if len(suffixes) == 1:
        return ""
    shown = " or ".join(quoted(reading, 60) for reading in name.readings[:3])
    return f"the file name is read as {shown}"
