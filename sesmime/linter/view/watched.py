"""A submission that notes what is asked of it: which of the facts that differ from copy to copy a rule looked at.

A message goes to many, each copy with fields of its own. What a rule says of a copy can be another only where it looks
at something that is another: a field of a name, the octets of the header section, places, the parameters, the
envelope. Such a look is noted as a mark. A fact that is worked out once keeps the marks that led to it, and who
asks for the fact later looks at the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, TypeVar

from sesmime.linter.view.fact import Fact
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part, PlainType
from sesmime.mime.boundaries import ContentFields
from sesmime.mime.entity import LABELS
from sesmime.mime.fields import Defect, Field, HeaderSection, Span, fold_case
from sesmime.mime.parameters import Parameters
from sesmime.ses.settings import ApiParameters

_Value = TypeVar("_Value")

# Marks of what differs in every copy; no field has such a name. Any other mark is the name of a field.
HEAD: Final = ":head"
PLACES: Final = ":places"
DESTINATION: Final = ":destination"
ENVELOPE: Final = ":envelope"
ALWAYS: Final = frozenset((HEAD, PLACES, DESTINATION, ENVELOPE))

_MARKS: Final = {
    "header_octets": HEAD,
    "is_head_new": HEAD,
    "_base": PLACES,
    "_line_marks": PLACES,
    "_known_envelope": ENVELOPE,
    "_source_section": HEAD,
    "_head_section": HEAD,
}


class Watch:
    """The marks that are noted now, those of a fact apart from those of who asked for it."""

    def __init__(self) -> None:
        self._open: list[set[str]] = [set()]

    def note(self, *marks: str) -> None:
        """Note that something was looked at."""
        self._open[-1].update(marks)

    def noted(self, look: Callable[[], _Value]) -> tuple[_Value, frozenset[str]]:
        """Return what a look gives, with the marks that it left; they are noted for who looks, too."""
        self._open.append(set())
        try:
            value = look()
        finally:
            marks = self._open.pop()
            self.note(*marks)
        return value, frozenset(marks)


class _WatchedField(Field):
    """A field that notes when its octets or its place are looked at; its name is the same in every copy."""

    _watch: Watch

    @classmethod
    def of(cls, field: Field, watch: Watch) -> _WatchedField:
        made = tuple.__new__(cls, field)
        made._watch = watch
        return made

    def _item(self, index: int) -> Any:
        return tuple.__getitem__(self, index)

    def _note_all(self) -> None:
        self._watch.note(fold_case(self._item(0)), PLACES)

    @property
    def name(self) -> str:
        name: str = self._item(0)
        return name

    @property
    def raw(self) -> bytes:
        self._watch.note(fold_case(self._item(0)))
        raw: bytes = self._item(1)
        return raw

    @property
    def span(self) -> Span:
        self._watch.note(PLACES)
        span: Span = self._item(2)
        return span

    def __iter__(self) -> Iterator[Any]:
        self._note_all()
        return tuple.__iter__(self)

    def __getitem__(self, index: Any) -> Any:
        self._note_all()
        return tuple.__getitem__(self, index)

    def __eq__(self, other: object) -> bool:
        self._note_all()
        return tuple.__eq__(self, other)

    def __hash__(self) -> int:
        self._note_all()
        return tuple.__hash__(self)


class _WatchedSection(HeaderSection):
    """A header section of watched fields."""

    __slots__ = ("_watch", "_where")

    _watch: Watch
    _where: Span

    @classmethod
    def of(cls, section: HeaderSection, watch: Watch) -> _WatchedSection:
        made = cls.__new__(cls)
        for name in HeaderSection.__slots__:
            if name != "span":
                setattr(made, name, getattr(section, name))
        made._watch, made._where = watch, section.span
        made._fields = tuple(_WatchedField.of(field, watch) for field in section.fields)
        made._defects = section.defects
        made._index = None
        return made

    @property
    def span(self) -> Span:  # type: ignore[override]
        self._watch.note(PLACES)
        return self._where

    @property
    def defects(self) -> tuple[Defect, ...]:
        if self._defects:
            self._watch.note(HEAD)
        return self._defects

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a watched section is not pickled")


class _WatchedPart(Part):
    """The message itself as a part, whose parameters are read once, and noted whenever they are asked for."""

    __slots__ = ("_own_labels", "_own_plain_type", "_watch")

    _watch: Watch

    @property
    def type_parameters(self) -> Parameters:
        self._watch.note("content-type")
        return super().type_parameters

    @property
    def labels(self) -> ContentFields:
        self._watch.note(*LABELS)
        return self._own_labels

    @labels.setter
    def labels(self, labels: ContentFields) -> None:
        self._own_labels = labels

    @property
    def plain_type(self) -> PlainType | None:
        self._watch.note("content-type")
        return self._own_plain_type

    @plain_type.setter
    def plain_type(self, plain_type: PlainType | None) -> None:
        self._own_plain_type = plain_type

    @property
    def charset(self) -> str | None:
        self._watch.note("content-type")
        return super().charset

    @property
    def boundary(self) -> str | None:
        self._watch.note("content-type")
        return super().boundary

    @property
    def disposition_parameters(self) -> Parameters:
        self._watch.note("content-disposition")
        return super().disposition_parameters


class _WatchedParameters(ApiParameters):
    """Parameters that note when the destination is looked at; all else is the same for every copy."""

    __slots__ = ("_watch",)

    @classmethod
    def of(cls, parameters: ApiParameters, watch: Watch) -> _WatchedParameters:
        made = cls(**{one.name: getattr(parameters, one.name) for one in fields(parameters)})
        object.__setattr__(made, "_watch", watch)
        return made

    def __getattribute__(self, name: str) -> Any:
        if name == "destination":
            # There is no watch before it is made, nor in one that is made of it.
            watch = getattr(self, "_watch", None)
            if watch is not None:
                watch.note(DESTINATION)
        return super().__getattribute__(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiParameters) and _key(self) == _key(other)

    def __hash__(self) -> int:
        return hash(_key(self))


_key: Final = attrgetter(*(one.name for one in fields(ApiParameters)))


class Watched(Outgoing):
    """A submission that notes in `watch` what is asked of it.

    Whether all readers agree on the header section is not noted: it has to be the same in every copy.
    """

    def __init__(self, *arguments: Any, **facts: Any) -> None:
        self.watch = Watch()
        self._marks: dict[object, frozenset[str]] = {}
        super().__init__(*arguments, **facts)
        self.parameters = _WatchedParameters.of(self.parameters, self.watch)

    def __getattribute__(self, name: str) -> Any:
        get = super().__getattribute__
        watch: Watch = get("watch")
        if name in _MARKS:
            watch.note(_MARKS[name])
        elif isinstance(getattr(type(self), name, None), Fact):
            marks = get("_marks")
            if name not in marks:
                value, marks[name] = watch.noted(lambda: get(name))
                return value
            watch.note(*marks[name])
        return get(name)

    def marks_of(self, fact: object) -> frozenset[str] | None:
        """Return the marks that led to a fact, told by its name or its function; None where nobody has asked for it."""
        return self._marks.get(fact)

    def once(self, work_out: Callable[[Outgoing], _Value]) -> _Value:
        """Return what a function makes of this submission, with the marks of the first time."""
        if work_out in self._marks:
            self.watch.note(*self._marks[work_out])
            return super().once(work_out)
        value, self._marks[work_out] = self.watch.noted(lambda: super(Watched, self).once(work_out))
        return value

    @Fact
    def root(self) -> Part:
        """The message itself, its fields watched."""
        # What is noted here is noted again where the fields are looked at.
        watch = self.watch
        self.watch = Watch()
        plain = Outgoing.root.work_out(self)
        self.watch = watch
        made = _WatchedPart(
            plain.entity,
            _WatchedSection.of(plain.section, watch),
            labels_sent=plain.labels,
            is_signed=plain.is_signed,
            octets=plain.octets,
        )
        made._watch = watch
        return made
