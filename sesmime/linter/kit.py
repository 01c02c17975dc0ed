"""What a rule needs: a rule imports from here, and facts about SES and MIME from their homes in `ses` and `mime`.

A name stands three times, as in `sesmime`: in `__all__` and under `TYPE_CHECKING` for type checkers, in `_HOMES` for
Python, so that a rule imports what it uses and nothing else; a test compares the three.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sesmime.errors import SesMimeError, UnsupportedSetting, quoted
    from sesmime.linter.faults import parameter_fault, refused_fields
    from sesmime.linter.findings import Fix, Severity
    from sesmime.linter.rule import Fault, Rule, Stage, Subject, rule
    from sesmime.linter.view.address_lists import (
        UNPREDICTABLE,
        as_read,
        described,
        is_one_lost,
        is_refused,
        is_unreadable,
        mailbox_place,
        mailboxes,
        refused_span,
        remedy,
        shown,
        strict,
        strict_list,
    )
    from sesmime.linter.view.addresses import STRICT_FIELDS, Addresses, address_parameters
    from sesmime.linter.view.assembled import assembled
    from sesmime.linter.view.bodies import eight_bit_leaves, is_leaf, part_at, recoding
    from sesmime.linter.view.file_names import FileName, Named, file_name_place, named_parts, renaming
    from sesmime.linter.view.header_in_body import is_message_in_base64, section_in_body
    from sesmime.linter.view.lines import MOST, Lines
    from sesmime.linter.view.mime_fields import (
        FieldDefects,
        fields_with_parameters,
        is_accepted,
        is_extended_alone,
        parameter_defects,
        place_of_refusal,
        refusal,
        rewriting,
    )
    from sesmime.linter.view.multiparts import (
        boundary_of,
        boundary_place,
        content_types,
        has_defect,
        multiparts,
        type_place,
        with_enclosing,
    )
    from sesmime.linter.view.outgoing import Outgoing
    from sesmime.linter.view.overruled_addresses import mailboxes_of
    from sesmime.linter.view.part import Part
    from sesmime.linter.view.places import (
        BodyPlaces,
        body_span,
        first_eight_bit,
        name_span,
        octet_span,
        span_in_body,
        strict_value,
    )
    from sesmime.linter.view.settings import (
        counting_field,
        has_one_recipient,
        is_given,
        is_unsigned,
        list_management_is_on,
        on_one_line,
        parameter_value,
        tag_remedy,
    )
    from sesmime.linter.view.text_fields import is_text, rewritten
    from sesmime.linter.view.texts import OPEN_TRACKER, UNSUBSCRIBE, Text
    from sesmime.mime.address_tokens import tokens_of
    from sesmime.mime.addresses import UNREADABLE, Mailbox, parse_addresses
    from sesmime.mime.decoding import ENCODINGS, IDENTITY
    from sesmime.mime.edits import Edit, line_ending
    from sesmime.mime.fields import Defect, Field, Source, Span, fold_case
    from sesmime.mime.filenames import safe_name
    from sesmime.mime.grammar import ADDRESS_FIELDS, FIELD_NAME, MAX_LINE
    from sesmime.mime.words import ENCODED_WORD, decode_words
    from sesmime.ses.envelope import RECIPIENT_FIELDS
    from sesmime.ses.evidence import Evidence
    from sesmime.ses.fields import SES_FIELDS, SETTING_FIELDS
    from sesmime.ses.fields_of_ses import FIELDS_OF_SES
    from sesmime.ses.interfaces import Interface
    from sesmime.ses.once_only import ONCE_ONLY
    from sesmime.ses.precedence import resolution_of, show_value
    from sesmime.ses.refused_addresses import DEFAULT_REMEDY, QUOTE_THE_NAME, remedy_of_defect
    from sesmime.ses.settings import ApiParameters, parameter_name, parameter_setting
    from sesmime.ses.tags import FEEDBACK_ID_TAGS, MessageTags, format_message_tags, read_message_tags, tag_fault

__all__ = [
    "ADDRESS_FIELDS",
    "DEFAULT_REMEDY",
    "ENCODED_WORD",
    "ENCODINGS",
    "FEEDBACK_ID_TAGS",
    "FIELDS_OF_SES",
    "FIELD_NAME",
    "IDENTITY",
    "MAX_LINE",
    "MOST",
    "ONCE_ONLY",
    "OPEN_TRACKER",
    "QUOTE_THE_NAME",
    "RECIPIENT_FIELDS",
    "SES_FIELDS",
    "SETTING_FIELDS",
    "STRICT_FIELDS",
    "UNPREDICTABLE",
    "UNREADABLE",
    "UNSUBSCRIBE",
    "Addresses",
    "ApiParameters",
    "BodyPlaces",
    "Defect",
    "Edit",
    "Evidence",
    "Fault",
    "Field",
    "FieldDefects",
    "FileName",
    "Fix",
    "Interface",
    "Lines",
    "Mailbox",
    "MessageTags",
    "Named",
    "Outgoing",
    "Part",
    "Rule",
    "SesMimeError",
    "Severity",
    "Source",
    "Span",
    "Stage",
    "Subject",
    "Text",
    "UnsupportedSetting",
    "address_parameters",
    "as_read",
    "assembled",
    "body_span",
    "boundary_of",
    "boundary_place",
    "content_types",
    "counting_field",
    "decode_words",
    "described",
    "eight_bit_leaves",
    "fields_with_parameters",
    "file_name_place",
    "first_eight_bit",
    "fold_case",
    "format_message_tags",
    "has_defect",
    "has_one_recipient",
    "is_accepted",
    "is_extended_alone",
    "is_given",
    "is_leaf",
    "is_message_in_base64",
    "is_one_lost",
    "is_refused",
    "is_text",
    "is_unreadable",
    "is_unsigned",
    "line_ending",
    "list_management_is_on",
    "mailbox_place",
    "mailboxes",
    "mailboxes_of",
    "multiparts",
    "name_span",
    "named_parts",
    "octet_span",
    "on_one_line",
    "parameter_defects",
    "parameter_fault",
    "parameter_name",
    "parameter_setting",
    "parameter_value",
    "parse_addresses",
    "part_at",
    "place_of_refusal",
    "quoted",
    "read_message_tags",
    "recoding",
    "refusal",
    "refused_fields",
    "refused_span",
    "remedy",
    "remedy_of_defect",
    "renaming",
    "resolution_of",
    "rewriting",
    "rewritten",
    "rule",
    "safe_name",
    "section_in_body",
    "show_value",
    "shown",
    "span_in_body",
    "strict",
    "strict_list",
    "strict_value",
    "tag_fault",
    "tag_remedy",
    "tokens_of",
    "type_place",
    "with_enclosing",
]

# Where each name lives.
_HOMES = {
    "SesMimeError": "sesmime.errors",
    "UnsupportedSetting": "sesmime.errors",
    "quoted": "sesmime.errors",
    "parameter_fault": "sesmime.linter.faults",
    "Fix": "sesmime.linter.findings",
    "Severity": "sesmime.linter.findings",
    "Fault": "sesmime.linter.rule",
    "Rule": "sesmime.linter.rule",
    "Stage": "sesmime.linter.rule",
    "Subject": "sesmime.linter.rule",
    "rule": "sesmime.linter.rule",
    "DEFAULT_REMEDY": "sesmime.ses.refused_addresses",
    "QUOTE_THE_NAME": "sesmime.ses.refused_addresses",
    "remedy_of_defect": "sesmime.ses.refused_addresses",
    "UNPREDICTABLE": "sesmime.linter.view.address_lists",
    "as_read": "sesmime.linter.view.address_lists",
    "described": "sesmime.linter.view.address_lists",
    "is_one_lost": "sesmime.linter.view.address_lists",
    "is_refused": "sesmime.linter.view.address_lists",
    "is_unreadable": "sesmime.linter.view.address_lists",
    "mailbox_place": "sesmime.linter.view.address_lists",
    "mailboxes": "sesmime.linter.view.address_lists",
    "refused_span": "sesmime.linter.view.address_lists",
    "remedy": "sesmime.linter.view.address_lists",
    "shown": "sesmime.linter.view.address_lists",
    "strict": "sesmime.linter.view.address_lists",
    "strict_list": "sesmime.linter.view.address_lists",
    "Addresses": "sesmime.linter.view.addresses",
    "STRICT_FIELDS": "sesmime.linter.view.addresses",
    "address_parameters": "sesmime.linter.view.addresses",
    "assembled": "sesmime.linter.view.assembled",
    "eight_bit_leaves": "sesmime.linter.view.bodies",
    "is_leaf": "sesmime.linter.view.bodies",
    "part_at": "sesmime.linter.view.bodies",
    "recoding": "sesmime.linter.view.bodies",
    "FileName": "sesmime.linter.view.file_names",
    "Named": "sesmime.linter.view.file_names",
    "file_name_place": "sesmime.linter.view.file_names",
    "named_parts": "sesmime.linter.view.file_names",
    "renaming": "sesmime.linter.view.file_names",
    "is_message_in_base64": "sesmime.linter.view.header_in_body",
    "section_in_body": "sesmime.linter.view.header_in_body",
    "Lines": "sesmime.linter.view.lines",
    "MOST": "sesmime.linter.view.lines",
    "refused_fields": "sesmime.linter.faults",
    "FieldDefects": "sesmime.linter.view.mime_fields",
    "fields_with_parameters": "sesmime.linter.view.mime_fields",
    "is_accepted": "sesmime.linter.view.mime_fields",
    "is_extended_alone": "sesmime.linter.view.mime_fields",
    "parameter_defects": "sesmime.linter.view.mime_fields",
    "place_of_refusal": "sesmime.linter.view.mime_fields",
    "refusal": "sesmime.linter.view.mime_fields",
    "rewriting": "sesmime.linter.view.mime_fields",
    "boundary_of": "sesmime.linter.view.multiparts",
    "boundary_place": "sesmime.linter.view.multiparts",
    "content_types": "sesmime.linter.view.multiparts",
    "has_defect": "sesmime.linter.view.multiparts",
    "multiparts": "sesmime.linter.view.multiparts",
    "type_place": "sesmime.linter.view.multiparts",
    "with_enclosing": "sesmime.linter.view.multiparts",
    "Outgoing": "sesmime.linter.view.outgoing",
    "mailboxes_of": "sesmime.linter.view.overruled_addresses",
    "Part": "sesmime.linter.view.part",
    "body_span": "sesmime.linter.view.places",
    "first_eight_bit": "sesmime.linter.view.places",
    "name_span": "sesmime.linter.view.places",
    "octet_span": "sesmime.linter.view.places",
    "BodyPlaces": "sesmime.linter.view.places",
    "span_in_body": "sesmime.linter.view.places",
    "strict_value": "sesmime.linter.view.places",
    "counting_field": "sesmime.linter.view.settings",
    "has_one_recipient": "sesmime.linter.view.settings",
    "is_given": "sesmime.linter.view.settings",
    "is_unsigned": "sesmime.linter.view.settings",
    "list_management_is_on": "sesmime.linter.view.settings",
    "on_one_line": "sesmime.linter.view.settings",
    "parameter_value": "sesmime.linter.view.settings",
    "tag_remedy": "sesmime.linter.view.settings",
    "is_text": "sesmime.linter.view.text_fields",
    "rewritten": "sesmime.linter.view.text_fields",
    "OPEN_TRACKER": "sesmime.linter.view.texts",
    "Text": "sesmime.linter.view.texts",
    "UNSUBSCRIBE": "sesmime.linter.view.texts",
    "tokens_of": "sesmime.mime.address_tokens",
    "Mailbox": "sesmime.mime.addresses",
    "UNREADABLE": "sesmime.mime.addresses",
    "parse_addresses": "sesmime.mime.addresses",
    "ENCODINGS": "sesmime.mime.decoding",
    "IDENTITY": "sesmime.mime.decoding",
    "Edit": "sesmime.mime.edits",
    "line_ending": "sesmime.mime.edits",
    "Defect": "sesmime.mime.fields",
    "Field": "sesmime.mime.fields",
    "Source": "sesmime.mime.fields",
    "Span": "sesmime.mime.fields",
    "fold_case": "sesmime.mime.fields",
    "safe_name": "sesmime.mime.filenames",
    "ADDRESS_FIELDS": "sesmime.mime.grammar",
    "FIELD_NAME": "sesmime.mime.grammar",
    "MAX_LINE": "sesmime.mime.grammar",
    "ENCODED_WORD": "sesmime.mime.words",
    "decode_words": "sesmime.mime.words",
    "RECIPIENT_FIELDS": "sesmime.ses.envelope",
    "Evidence": "sesmime.ses.evidence",
    "SES_FIELDS": "sesmime.ses.fields",
    "SETTING_FIELDS": "sesmime.ses.fields",
    "FIELDS_OF_SES": "sesmime.ses.fields_of_ses",
    "Interface": "sesmime.ses.interfaces",
    "ONCE_ONLY": "sesmime.ses.once_only",
    "resolution_of": "sesmime.ses.precedence",
    "show_value": "sesmime.ses.precedence",
    "ApiParameters": "sesmime.ses.settings",
    "parameter_name": "sesmime.ses.settings",
    "parameter_setting": "sesmime.ses.settings",
    "FEEDBACK_ID_TAGS": "sesmime.ses.tags",
    "MessageTags": "sesmime.ses.tags",
    "format_message_tags": "sesmime.ses.tags",
    "read_message_tags": "sesmime.ses.tags",
    "tag_fault": "sesmime.ses.tags",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sesmime.linter.kit' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
