"""The table of field objects: which class stands for a field, by its name; with the classes of MIME and SES fields.

`FieldRegistry` replaces `email.headerregistry.HeaderRegistry`: the same names, our classes, and the fields that
Amazon SES reads, which know their grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.errors import HeaderMissingRequiredValue, InvalidHeaderDefect, MessageDefect
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry
from email.utils import encode_rfc2231
from types import MappingProxyType
from typing import Any, ClassVar, Final, cast

from sesmime.errors import InvalidField, InvalidMessageTag, InvalidSetting, quoted
from sesmime.mime.decoding import known_encoding
from sesmime.mime.grammar import BCHARS_NO_SPACE, MAX_BOUNDARY, TOKEN
from sesmime.mime.parameters import Parameters, decoded_value, format_parameters, loses_brackets, parse_parameters
from sesmime.mime.words import decode_raw
from sesmime.policy.fields import (
    AddressesField,
    DateField,
    MessageIdField,
    Reading,
    SingleAddressField,
    TextField,
    UniqueAddressesField,
    UniqueDateField,
    UniqueSingleAddressField,
    UniqueTextField,
    restored,
    text_of,
)
from sesmime.ses.fields import SES_FIELDS, FieldKind
from sesmime.ses.fields import SesField as SesRow
from sesmime.ses.tags import MessageTag, read_message_tags

# MIME


class ParametersField(TextField):
    """A value and parameters; replaces `ParameterizedMIMEHeader`.

    Its text is what `Message.get_param` and its like read: each parameter once, decoded, in quotes.
    """

    max_count = 1
    _value: tuple[str, dict[str, str]]

    @property
    def params(self) -> Mapping[str, str]:
        """The parameters, names in lower case, values decoded (RFC 2231)."""
        return MappingProxyType(self._value[1])

    @classmethod
    def read(cls, body: str) -> Reading:
        value, parameters = parse_parameters(body)
        defects: list[MessageDefect] = []
        for defect in parameters.defects:
            defects.append(InvalidHeaderDefect(f"{defect.name}: {defect.message}"))
            if defect.name == "invalid-value" and ";" in value:
                value = _MARKS.split(value, 1)[0].rstrip()
        params = dict(_decoded(parameters))
        names = {raw.name.lower(): raw.name for raw in reversed(parameters.raw)}
        shown = [_shown(names.get(name, name), text) for name, text in params.items() if TOKEN.fullmatch(name)]
        return Reading("; ".join([decode_raw(value), *shown]), (value, params), defects)

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        first, parameters = parse_parameters(text_of(name, value))
        for defect in parameters.defects:
            if defect.name not in _REWRITABLE:
                raise InvalidField(name, defect.message)
        boundary = parameters.get("boundary")
        if boundary is not None and not _BOUNDARY.fullmatch(boundary):
            raise InvalidField(name, "a boundary must be 1 to 70 of the characters that RFC 2046 section 5.1.1 allows")
        try:
            return format_parameters(first, parameters)
        except InvalidField as error:
            raise InvalidField(name, f"{quoted(error.name, 40)}: {error.reason}") from None


class ContentTypeField(ParametersField):
    """Stands for `ContentTypeHeader`. A body that holds no type/subtype reads as text/plain."""

    @property
    def content_type(self) -> str:
        """Type and subtype, in lower case."""
        value = self._value[0].lower()
        return value if _TYPE.fullmatch(value) else "text/plain"

    @property
    def maintype(self) -> str:
        """The text before the slash."""
        return self.content_type.partition("/")[0]

    @property
    def subtype(self) -> str:
        """The text after the slash."""
        return self.content_type.partition("/")[2]

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        body = super().written(name, value)
        if not _TYPE.fullmatch(body.partition(";")[0]):
            raise InvalidField(name, "it has no type and subtype")
        return body


class ContentDispositionField(ParametersField):
    """Stands for `ContentDispositionHeader`."""

    @property
    def content_disposition(self) -> str | None:
        """The disposition in lower case ("attachment", "inline"); None where there is none."""
        value = self._value[0].lower()
        return value if TOKEN.fullmatch(value) else None

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        body = super().written(name, value)
        if "/" in body.partition(";")[0]:
            raise InvalidField(name, "a disposition must be one word")
        return body


_TYPE: Final = re.compile(rf"{TOKEN.pattern}/{TOKEN.pattern}")
_BOUNDARY: Final = re.compile(rf"(?:{BCHARS_NO_SPACE}| ){{0,{MAX_BOUNDARY - 1}}}{BCHARS_NO_SPACE}")
# Defects of text that is assigned, gone when it is written anew.
_REWRITABLE: Final = frozenset(
    (
        *("not-ascii", "encoded-word", "unquoted-special", "missing-equals", "missing-value", "empty-parameter"),
        *("extended-quoted", "extended-without-charset", "comment-in-value", "needless-escape", "invalid-percent"),
    )
)
_MARKS: Final = re.compile('[;"]')
# `Message.get_param` counts quotes, and drops what it takes for them; each semicolon costs it a count.
_MISCOUNTED: Final = re.compile(r'\\"|\\\Z|\A".*"\Z', re.DOTALL)
_MAX_SEMICOLONS: Final = 32


def _decoded(parameters: Parameters) -> Iterator[tuple[str, str]]:
    """Return the parameters, those with encoded words decoded.

    They are so by one rule for `Entity.filename` and here.
    """
    for name in parameters:
        yield name, decoded_value(parameters, name) or ""


def _shown(name: str, text: str) -> str:
    if not text:
        return name
    if _MISCOUNTED.search(text) or loses_brackets(name, text) or text.count(";") > _MAX_SEMICOLONS:
        return f"{name}*={encode_rfc2231(text, 'utf-8')}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


class ContentTransferEncodingField(TextField):
    """Stands for `ContentTransferEncodingHeader`."""

    max_count = 1
    _value: str

    @property
    def cte(self) -> str:
        """The encoding in lower case; "7bit" where there is none (RFC 2045 section 6.1)."""
        return self._value

    @classmethod
    def read(cls, body: str) -> Reading:
        # QUIRK: shown without the blanks and comments around it, with which `Message.get_payload` knows no encoding.
        token = parse_parameters(body)[0]
        if TOKEN.fullmatch(token):
            return Reading(token, token.lower())
        known = known_encoding(token.lower())
        if known is not None:
            return Reading(known, known, [InvalidHeaderDefect("text after the content-transfer-encoding")])
        defect = InvalidHeaderDefect("Invalid content-transfer-encoding") if body else HeaderMissingRequiredValue()
        return Reading(decode_raw(body), decode_raw(token).lower() or "7bit", [defect])

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        text = text_of(name, value)
        if not TOKEN.fullmatch(text):
            raise InvalidField(name, "a content-transfer-encoding must be one word")
        return text


class MimeVersionField(TextField):
    """Stands for `MIMEVersionHeader`."""

    max_count = 1
    _value: tuple[int, int] | None

    @property
    def major(self) -> int | None:
        """The number before the dot."""
        return self._value[0] if self._value else None

    @property
    def minor(self) -> int | None:
        """The number after the dot."""
        return self._value[1] if self._value else None

    @property
    def version(self) -> str | None:
        """Both numbers, as in "1.0"; None where the body holds none."""
        return "{}.{}".format(*self._value) if self._value else None

    @classmethod
    def read(cls, body: str) -> Reading:
        match = _VERSION.fullmatch(parse_parameters(body)[0])
        if match:
            return Reading(decode_raw(body), (int(match[1]), int(match[2])))
        defect = InvalidHeaderDefect("Invalid MIME version") if body else HeaderMissingRequiredValue()
        return Reading(decode_raw(body), None, [defect])

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        text = text_of(name, value)
        if not _VERSION.fullmatch(text):
            raise InvalidField(name, "a version must be two numbers separated by a dot")
        return text


_VERSION: Final = re.compile(r"([0-9]{1,9}) ?\. ?([0-9]{1,9})")

# Amazon SES


class SesField(TextField):
    """A field that Amazon SES reads; the library has no class for it. Encoded words are neither read nor written.

    A class is made for each row of `ses.fields.SES_FIELDS`. What the writer of the setting refuses raises when it is
    assigned.
    """

    max_count = 1
    row: ClassVar[SesRow]

    @property
    def value(self) -> Any:
        """The value of the setting, as in `SesFields`; None where the body is malformed, and a defect tells."""
        return self._value

    @classmethod
    def read(cls, body: str) -> Reading:
        row = cls.row
        value = row.read(body)
        defects = (
            [InvalidHeaderDefect(f"malformed-{row.setting}: {row.name} must be {row.form}")] if value is None else []
        )
        return Reading(decode_raw(body), value, defects)

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        return cls.row.write(text_of(name, value))

    def __reduce__(self) -> tuple[Any, ...]:
        # By the name of the field: the class is an attribute of no module.
        return _restored_ses_field, (self.row.name, str(self), dict(self.__dict__))


class TagsField(SesField):
    """A field of message tags; `value` is a tuple of MessageTag. Takes text, or any number of MessageTag."""

    @property
    def tags(self) -> tuple[MessageTag, ...]:
        """Every tag, in order, whether it may be written or not."""
        return read_message_tags(self.body).tags

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        if isinstance(value, str | Header):
            text = text_of(name, value)
            found = read_message_tags(text)
            for defect in found.defects:
                if defect.name in ("no-equals-sign", "empty-item") and text.strip(" \t"):
                    raise InvalidMessageTag(text[slice(*defect.span)], "", defect.message)
            value = found.tags
        return cls.row.write(value)


class ListField(SesField):
    """A field of list management; `value` is a ListManagement. Takes text, or a ListManagement."""

    @classmethod
    def written(cls, name: str, value: Any) -> str:
        if isinstance(value, str | Header):
            text = text_of(name, value)
            value = cls.row.read(text)
            if value is None:
                raise InvalidSetting(cls.row.setting, text, f"it is {cls.row.form}")
        return cls.row.write(value)


# The classes of the kinds that take more than text.
_SES_BASES: Final[Mapping[FieldKind, type[SesField]]] = MappingProxyType(
    {FieldKind.TAGS: TagsField, FieldKind.LIST: ListField}
)


def _class_for(row: SesRow) -> type[SesField]:
    """Make the class of an SES field: `MessageTagsField` for X-SES-MESSAGE-TAGS."""
    base = _SES_BASES.get(row.kind, SesField)
    name = f"{row.setting.title().replace('_', '')}Field"
    doc = f"{row.name}; `value` is {row.kind.value}."
    return type(name, (base,), {"row": row, "__doc__": doc, "__module__": __name__})


def _restored_ses_field(name: str, text: str, state: dict[str, Any]) -> TextField:
    return restored(class_of(name), text, state)


# The table

# The names of `email.headerregistry`, and those of SES; every other field is a TextField.
_CLASSES: Final[Mapping[str, type[TextField]]] = MappingProxyType(
    {
        "subject": UniqueTextField,
        "date": UniqueDateField,
        "resent-date": DateField,
        "orig-date": UniqueDateField,
        "sender": UniqueSingleAddressField,
        "resent-sender": SingleAddressField,
        "to": UniqueAddressesField,
        "resent-to": AddressesField,
        "cc": UniqueAddressesField,
        "resent-cc": AddressesField,
        "bcc": UniqueAddressesField,
        "resent-bcc": AddressesField,
        "from": UniqueAddressesField,
        "resent-from": AddressesField,
        "reply-to": UniqueAddressesField,
        "mime-version": MimeVersionField,
        "content-type": ContentTypeField,
        "content-disposition": ContentDispositionField,
        "content-transfer-encoding": ContentTransferEncodingField,
        "message-id": MessageIdField,
        **{row.name.lower(): _class_for(row) for row in SES_FIELDS.values()},
    }
)


def class_of(name: str) -> type[TextField]:
    """Return the class of a field by its name."""
    return _CLASSES.get(name.lower(), TextField)


class FieldRegistry(HeaderRegistry):
    """Stands for `HeaderRegistry`; no class is made each time a field is read, as it is there.

    `map_to_type` takes classes of others, which then read; what is written goes by the table above all the same.
    """

    def __init__(self) -> None:
        super().__init__(default_class=cast(Any, TextField), use_default_map=False)
        for name, kind in _CLASSES.items():
            self.map_to_type(name, kind)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        kind: type[Any] = self.registry.get(name.lower(), self.default_class)
        return kind if issubclass(kind, BaseHeader) else super().__getitem__(name)
