"""A law of what is told of an entity without a look at its fields."""

from __future__ import annotations

from sesmime import Entity, parse
from sesmime.linter.view.mime_fields import is_odd_field
from sesmime.linter.view.part import Part, labels_in
from sesmime.mime.entity import header_octets, header_sections, label_names, of_a_part, structure_defects


def labels_are_fields(part: Entity) -> None:
    """What is told of an entity by the lengths of its labels, without a look at a field, is what its fields say."""
    section, names, labels = part.header_section, label_names(part), of_a_part(part)[0]
    for name, label in zip(("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"), labels, strict=True):
        field = section.first(name)
        told = None if field is None else field.raw.partition(b":")[2]
        assert label in (told, *(told + end for end in (b"\n", b"\r\n") if told is not None and not part.body))
    if names is not None:
        assert names == section.names
        assert len(names) == len(section)
        assert not section.defects
    assert part.defects == section.defects + structure_defects(part)
    assert header_octets(part) == part.source[slice(*section.span)]
    seen = Part(part, above=Part(parse(b"")))
    assert (seen.content_type, seen.encoding) == (part.content_type, part.content_transfer_encoding)
    assert (seen.is_multipart, seen.is_leaf, seen.body_span) == (part.is_multipart, not part.parts, part.body_span)
    if part.is_multipart:
        assert seen.is_ill_divided is bool(structure_defects(part))
    assert [header_octets(one) for one in part.parts] == header_sections(part.parts)
    plain = seen.plain_type
    if plain is not None:
        parameters = part.parameters
        assert plain == (part.content_type, *(parameters.get(name) for name in ("charset", "boundary", "name")))
        assert parameters.defects == ()
        field = section.first("Content-Type")
        assert field is not None
        assert not is_odd_field("content-type", field)
    if part.body:
        assert labels_in(section) == labels
