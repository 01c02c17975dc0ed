"""sesmime: a raw-MIME toolkit for people who send through Amazon SES.

All public names are here, each imported when it is first used, so that `import sesmime` costs next to nothing. A name
stands three times: in `__all__` and under `TYPE_CHECKING` for type checkers, in `_HOMES` for Python; a test compares
the three.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # that of `typing`, without its import

if TYPE_CHECKING:
    from sesmime.compose.build import build, readdress
    from sesmime.compose.parts import Attachment
    from sesmime.compose.simple import raw_from_simple
    from sesmime.errors import (
        DecodingError,
        InvalidAddress,
        InvalidField,
        InvalidMessageTag,
        InvalidSetting,
        InvalidSignature,
        LimitExceeded,
        OverlappingEdits,
        Refused,
        SesMimeError,
        UnsupportedSetting,
    )
    from sesmime.handover.forward import prepare_forward
    from sesmime.handover.many import prepare_many
    from sesmime.handover.prepare import prepare
    from sesmime.handover.prepared import Prepared
    from sesmime.handover.translate import Loss, Translation, translate
    from sesmime.linter.answers import Explanation, Rejection, explain_rejection, predict_rejection
    from sesmime.linter.config import LintConfig
    from sesmime.linter.findings import Finding, Fix, Report, Severity
    from sesmime.linter.fixes import Fixed, fix
    from sesmime.linter.rule import Fault, Rule, rule
    from sesmime.linter.run import lint
    from sesmime.mime.addresses import AddressList, Group, Mailbox, format_addresses, parse_addresses
    from sesmime.mime.edits import Edit, apply_edits, edited_chunks, prepend_field, remove_fields, replace_field
    from sesmime.mime.entity import Entity, parse
    from sesmime.mime.fields import Defect, Field, HeaderSection, Span
    from sesmime.mime.limits import DEFAULT_LIMITS, Limits
    from sesmime.mime.parameters import Parameters, format_parameters, parse_parameters
    from sesmime.mime.seven_bit import Left, Recoded, recode, to_7bit
    from sesmime.mime.words import decode_words, encode_words
    from sesmime.policy.tree import message_from_bytes
    from sesmime.policy.writer import message_to_bytes
    from sesmime.ses.envelope import Envelope, EnvelopeAddress, envelope
    from sesmime.ses.evidence import Evidence
    from sesmime.ses.fields import ListManagement, SesFields, read_ses_fields, write_ses_fields
    from sesmime.ses.interfaces import Interface
    from sesmime.ses.precedence import Conflict, Decision, Origin, Resolution, resolve
    from sesmime.ses.requests import Submission
    from sesmime.ses.settings import ApiParameters, Destination
    from sesmime.ses.split import split_envelope
    from sesmime.ses.strip import copy_stripped, strip_ses_fields
    from sesmime.ses.tags import MessageTag, MessageTags, format_message_tags, read_message_tags

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_LIMITS",
    "AddressList",
    "ApiParameters",
    "Attachment",
    "Conflict",
    "Decision",
    "DecodingError",
    "Defect",
    "Destination",
    "Edit",
    "Entity",
    "Envelope",
    "EnvelopeAddress",
    "Evidence",
    "Explanation",
    "Fault",
    "Field",
    "Finding",
    "Fix",
    "Fixed",
    "Group",
    "HeaderSection",
    "Interface",
    "InvalidAddress",
    "InvalidField",
    "InvalidMessageTag",
    "InvalidSetting",
    "InvalidSignature",
    "Left",
    "LimitExceeded",
    "Limits",
    "LintConfig",
    "ListManagement",
    "Loss",
    "Mailbox",
    "MessageTag",
    "MessageTags",
    "Origin",
    "OverlappingEdits",
    "Parameters",
    "Prepared",
    "Recoded",
    "Refused",
    "Rejection",
    "Report",
    "Resolution",
    "Rule",
    "SesFields",
    "SesMimeError",
    "Severity",
    "Span",
    "Submission",
    "Translation",
    "UnsupportedSetting",
    "__version__",
    "apply_edits",
    "build",
    "copy_stripped",
    "decode_words",
    "edited_chunks",
    "encode_words",
    "envelope",
    "explain_rejection",
    "fix",
    "format_addresses",
    "format_message_tags",
    "format_parameters",
    "lint",
    "message_from_bytes",
    "message_to_bytes",
    "parse",
    "parse_addresses",
    "parse_parameters",
    "predict_rejection",
    "prepare",
    "prepare_forward",
    "prepare_many",
    "prepend_field",
    "raw_from_simple",
    "read_message_tags",
    "read_ses_fields",
    "readdress",
    "recode",
    "remove_fields",
    "replace_field",
    "resolve",
    "rule",
    "split_envelope",
    "strip_ses_fields",
    "to_7bit",
    "translate",
    "write_ses_fields",
]

# Where each public name lives.
_HOMES = {
    "build": "sesmime.compose.build",
    "readdress": "sesmime.compose.build",
    "Attachment": "sesmime.compose.parts",
    "raw_from_simple": "sesmime.compose.simple",
    "DecodingError": "sesmime.errors",
    "InvalidAddress": "sesmime.errors",
    "InvalidField": "sesmime.errors",
    "InvalidMessageTag": "sesmime.errors",
    "InvalidSetting": "sesmime.errors",
    "InvalidSignature": "sesmime.errors",
    "LimitExceeded": "sesmime.errors",
    "OverlappingEdits": "sesmime.errors",
    "Refused": "sesmime.errors",
    "SesMimeError": "sesmime.errors",
    "UnsupportedSetting": "sesmime.errors",
    "prepare_forward": "sesmime.handover.forward",
    "prepare_many": "sesmime.handover.many",
    "Prepared": "sesmime.handover.prepared",
    "prepare": "sesmime.handover.prepare",
    "Loss": "sesmime.handover.translate",
    "Translation": "sesmime.handover.translate",
    "translate": "sesmime.handover.translate",
    "Explanation": "sesmime.linter.answers",
    "Rejection": "sesmime.linter.answers",
    "explain_rejection": "sesmime.linter.answers",
    "predict_rejection": "sesmime.linter.answers",
    "LintConfig": "sesmime.linter.config",
    "Finding": "sesmime.linter.findings",
    "Fix": "sesmime.linter.findings",
    "Report": "sesmime.linter.findings",
    "Severity": "sesmime.linter.findings",
    "Fixed": "sesmime.linter.fixes",
    "fix": "sesmime.linter.fixes",
    "Fault": "sesmime.linter.rule",
    "Rule": "sesmime.linter.rule",
    "rule": "sesmime.linter.rule",
    "lint": "sesmime.linter.run",
    "AddressList": "sesmime.mime.addresses",
    "Group": "sesmime.mime.addresses",
    "Mailbox": "sesmime.mime.addresses",
    "format_addresses": "sesmime.mime.addresses",
    "parse_addresses": "sesmime.mime.addresses",
    "Edit": "sesmime.mime.edits",
    "apply_edits": "sesmime.mime.edits",
    "edited_chunks": "sesmime.mime.edits",
    "prepend_field": "sesmime.mime.edits",
    "remove_fields": "sesmime.mime.edits",
    "replace_field": "sesmime.mime.edits",
    "Entity": "sesmime.mime.entity",
    "parse": "sesmime.mime.entity",
    "Defect": "sesmime.mime.fields",
    "Field": "sesmime.mime.fields",
    "HeaderSection": "sesmime.mime.fields",
    "Span": "sesmime.mime.fields",
    "DEFAULT_LIMITS": "sesmime.mime.limits",
    "Limits": "sesmime.mime.limits",
    "Parameters": "sesmime.mime.parameters",
    "format_parameters": "sesmime.mime.parameters",
    "parse_parameters": "sesmime.mime.parameters",
    "Left": "sesmime.mime.seven_bit",
    "Recoded": "sesmime.mime.seven_bit",
    "recode": "sesmime.mime.seven_bit",
    "to_7bit": "sesmime.mime.seven_bit",
    "decode_words": "sesmime.mime.words",
    "encode_words": "sesmime.mime.words",
    "message_from_bytes": "sesmime.policy.tree",
    "message_to_bytes": "sesmime.policy.writer",
    "Envelope": "sesmime.ses.envelope",
    "EnvelopeAddress": "sesmime.ses.envelope",
    "envelope": "sesmime.ses.envelope",
    "Evidence": "sesmime.ses.evidence",
    "ListManagement": "sesmime.ses.fields",
    "SesFields": "sesmime.ses.fields",
    "read_ses_fields": "sesmime.ses.fields",
    "write_ses_fields": "sesmime.ses.fields",
    "Interface": "sesmime.ses.interfaces",
    "Conflict": "sesmime.ses.precedence",
    "Decision": "sesmime.ses.precedence",
    "Origin": "sesmime.ses.precedence",
    "Resolution": "sesmime.ses.precedence",
    "resolve": "sesmime.ses.precedence",
    "Submission": "sesmime.ses.requests",
    "ApiParameters": "sesmime.ses.settings",
    "Destination": "sesmime.ses.settings",
    "split_envelope": "sesmime.ses.split",
    "copy_stripped": "sesmime.ses.strip",
    "strip_ses_fields": "sesmime.ses.strip",
    "MessageTag": "sesmime.ses.tags",
    "MessageTags": "sesmime.ses.tags",
    "format_message_tags": "sesmime.ses.tags",
    "read_message_tags": "sesmime.ses.tags",
}

# Modules that are public by their own name and need no extra, as in `sesmime.policy.SES`.
_MODULES = ("boto", "policy")


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"sesmime.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sesmime' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_MODULES})
