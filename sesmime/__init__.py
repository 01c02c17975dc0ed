"""sesmime: a raw-MIME toolkit for people who send through Amazon SES.

All public names are here, each imported when it is first used, so that `import sesmime` costs next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Where each public name lives.
_HOMES = {
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
    "DecodingError": "sesmime.errors",
    "InvalidAddress": "sesmime.errors",
    "InvalidField": "sesmime.errors",
    "InvalidMessageTag": "sesmime.errors",
    "InvalidSetting": "sesmime.errors",
    "LimitExceeded": "sesmime.errors",
    "OverlappingEdits": "sesmime.errors",
    "Refused": "sesmime.errors",
    "SesMimeError": "sesmime.errors",
    "UnsupportedSetting": "sesmime.errors",
    "Defect": "sesmime.mime.fields",
    "Field": "sesmime.mime.fields",
    "HeaderSection": "sesmime.mime.fields",
    "Span": "sesmime.mime.fields",
    "DEFAULT_LIMITS": "sesmime.mime.limits",
    "Limits": "sesmime.mime.limits",
    "prepare_forward": "sesmime.handover.forward",
    "LintConfig": "sesmime.linter.config",
    "Finding": "sesmime.linter.findings",
    "Fix": "sesmime.linter.findings",
    "Report": "sesmime.linter.findings",
    "Severity": "sesmime.linter.findings",
    "Fixed": "sesmime.linter.fixes",
    "fix": "sesmime.linter.fixes",
    "Explanation": "sesmime.linter.answers",
    "Rejection": "sesmime.linter.answers",
    "explain_rejection": "sesmime.linter.answers",
    "predict_rejection": "sesmime.linter.answers",
    "Fault": "sesmime.linter.rule",
    "Rule": "sesmime.linter.rule",
    "rule": "sesmime.linter.rule",
    "lint": "sesmime.linter.run",
    "Parameters": "sesmime.mime.parameters",
    "format_parameters": "sesmime.mime.parameters",
    "parse_parameters": "sesmime.mime.parameters",
    "Prepared": "sesmime.handover.prepare",
    "prepare": "sesmime.handover.prepare",
    "Attachment": "sesmime.compose.parts",
    "build": "sesmime.compose.build",
    "readdress": "sesmime.compose.build",
    "Left": "sesmime.mime.seven_bit",
    "Recoded": "sesmime.mime.seven_bit",
    "recode": "sesmime.mime.seven_bit",
    "to_7bit": "sesmime.mime.seven_bit",
    "raw_from_simple": "sesmime.compose.simple",
    "split_envelope": "sesmime.ses.split",
    "Envelope": "sesmime.ses.envelope",
    "EnvelopeAddress": "sesmime.ses.envelope",
    "envelope": "sesmime.ses.envelope",
    "ListManagement": "sesmime.ses.fields",
    "SesFields": "sesmime.ses.fields",
    "copy_stripped": "sesmime.ses.fields",
    "read_ses_fields": "sesmime.ses.fields",
    "strip_ses_fields": "sesmime.ses.fields",
    "write_ses_fields": "sesmime.ses.fields",
    "Conflict": "sesmime.ses.precedence",
    "Decision": "sesmime.ses.precedence",
    "Origin": "sesmime.ses.precedence",
    "Resolution": "sesmime.ses.precedence",
    "resolve": "sesmime.ses.precedence",
    "ApiParameters": "sesmime.ses.settings",
    "Destination": "sesmime.ses.settings",
    "Evidence": "sesmime.ses.settings",
    "Interface": "sesmime.ses.settings",
    "Submission": "sesmime.ses.settings",
    "MessageTag": "sesmime.ses.tags",
    "MessageTags": "sesmime.ses.tags",
    "format_message_tags": "sesmime.ses.tags",
    "read_message_tags": "sesmime.ses.tags",
    "message_from_bytes": "sesmime.policy.tree",
    "message_to_bytes": "sesmime.policy.tree",
    "decode_words": "sesmime.mime.words",
    "encode_words": "sesmime.mime.words",
}

# Modules that are public by their own name, as in `sesmime.policy.SES`.
_MODULES = ("boto", "policy")

__all__ = ["__version__", *sorted(_HOMES)]

if TYPE_CHECKING:
    from sesmime.compose.build import build as build
    from sesmime.compose.build import readdress as readdress
    from sesmime.compose.parts import Attachment as Attachment
    from sesmime.compose.simple import raw_from_simple as raw_from_simple
    from sesmime.errors import (
        DecodingError as DecodingError,
    )
    from sesmime.errors import (
        InvalidAddress as InvalidAddress,
    )
    from sesmime.errors import (
        InvalidField as InvalidField,
    )
    from sesmime.errors import (
        InvalidMessageTag as InvalidMessageTag,
    )
    from sesmime.errors import (
        InvalidSetting as InvalidSetting,
    )
    from sesmime.errors import (
        LimitExceeded as LimitExceeded,
    )
    from sesmime.errors import (
        OverlappingEdits as OverlappingEdits,
    )
    from sesmime.errors import (
        Refused as Refused,
    )
    from sesmime.errors import (
        SesMimeError as SesMimeError,
    )
    from sesmime.errors import (
        UnsupportedSetting as UnsupportedSetting,
    )
    from sesmime.handover.forward import prepare_forward as prepare_forward
    from sesmime.handover.prepare import Prepared as Prepared
    from sesmime.handover.prepare import prepare as prepare
    from sesmime.linter.answers import (
        Explanation as Explanation,
    )
    from sesmime.linter.answers import (
        Rejection as Rejection,
    )
    from sesmime.linter.answers import (
        explain_rejection as explain_rejection,
    )
    from sesmime.linter.answers import (
        predict_rejection as predict_rejection,
    )
    from sesmime.linter.config import LintConfig as LintConfig
    from sesmime.linter.findings import Finding as Finding
    from sesmime.linter.findings import Fix as Fix
    from sesmime.linter.findings import Report as Report
    from sesmime.linter.findings import Severity as Severity
    from sesmime.linter.fixes import Fixed as Fixed
    from sesmime.linter.fixes import fix as fix
    from sesmime.linter.rule import Fault as Fault
    from sesmime.linter.rule import Rule as Rule
    from sesmime.linter.rule import rule as rule
    from sesmime.linter.run import lint as lint
    from sesmime.mime.addresses import (
        AddressList as AddressList,
    )
    from sesmime.mime.addresses import (
        Group as Group,
    )
    from sesmime.mime.addresses import (
        Mailbox as Mailbox,
    )
    from sesmime.mime.addresses import (
        format_addresses as format_addresses,
    )
    from sesmime.mime.addresses import (
        parse_addresses as parse_addresses,
    )
    from sesmime.mime.edits import (
        Edit as Edit,
    )
    from sesmime.mime.edits import (
        apply_edits as apply_edits,
    )
    from sesmime.mime.edits import (
        edited_chunks as edited_chunks,
    )
    from sesmime.mime.edits import (
        prepend_field as prepend_field,
    )
    from sesmime.mime.edits import (
        remove_fields as remove_fields,
    )
    from sesmime.mime.edits import (
        replace_field as replace_field,
    )
    from sesmime.mime.entity import Entity as Entity
    from sesmime.mime.entity import parse as parse
    from sesmime.mime.fields import Defect as Defect
    from sesmime.mime.fields import Field as Field
    from sesmime.mime.fields import HeaderSection as HeaderSection
    from sesmime.mime.fields import Span as Span
    from sesmime.mime.limits import DEFAULT_LIMITS as DEFAULT_LIMITS
    from sesmime.mime.limits import Limits as Limits
    from sesmime.mime.parameters import (
        Parameters as Parameters,
    )
    from sesmime.mime.parameters import (
        format_parameters as format_parameters,
    )
    from sesmime.mime.parameters import (
        parse_parameters as parse_parameters,
    )
    from sesmime.mime.seven_bit import (
        Left as Left,
    )
    from sesmime.mime.seven_bit import (
        Recoded as Recoded,
    )
    from sesmime.mime.seven_bit import (
        recode as recode,
    )
    from sesmime.mime.seven_bit import (
        to_7bit as to_7bit,
    )
    from sesmime.mime.words import decode_words as decode_words
    from sesmime.mime.words import encode_words as encode_words
    from sesmime.policy.tree import message_from_bytes as message_from_bytes
    from sesmime.policy.tree import message_to_bytes as message_to_bytes
    from sesmime.ses.envelope import (
        Envelope as Envelope,
    )
    from sesmime.ses.envelope import (
        EnvelopeAddress as EnvelopeAddress,
    )
    from sesmime.ses.envelope import (
        envelope as envelope,
    )
    from sesmime.ses.fields import (
        ListManagement as ListManagement,
    )
    from sesmime.ses.fields import (
        SesFields as SesFields,
    )
    from sesmime.ses.fields import (
        copy_stripped as copy_stripped,
    )
    from sesmime.ses.fields import (
        read_ses_fields as read_ses_fields,
    )
    from sesmime.ses.fields import (
        strip_ses_fields as strip_ses_fields,
    )
    from sesmime.ses.fields import (
        write_ses_fields as write_ses_fields,
    )
    from sesmime.ses.precedence import (
        Conflict as Conflict,
    )
    from sesmime.ses.precedence import (
        Decision as Decision,
    )
    from sesmime.ses.precedence import (
        Origin as Origin,
    )
    from sesmime.ses.precedence import (
        Resolution as Resolution,
    )
    from sesmime.ses.precedence import (
        resolve as resolve,
    )
    from sesmime.ses.settings import (
        ApiParameters as ApiParameters,
    )
    from sesmime.ses.settings import (
        Destination as Destination,
    )
    from sesmime.ses.settings import (
        Evidence as Evidence,
    )
    from sesmime.ses.settings import (
        Interface as Interface,
    )
    from sesmime.ses.settings import (
        Submission as Submission,
    )
    from sesmime.ses.split import (
        split_envelope as split_envelope,
    )
    from sesmime.ses.tags import (
        MessageTag as MessageTag,
    )
    from sesmime.ses.tags import (
        MessageTags as MessageTags,
    )
    from sesmime.ses.tags import (
        format_message_tags as format_message_tags,
    )
    from sesmime.ses.tags import (
        read_message_tags as read_message_tags,
    )


class _Package(ModuleType):
    """The package, in which `prepare` is the function whatever was imported before.

    The import system binds a submodule to its name in the package; some public names are those of modules.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _HOMES and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if name in _MODULES:
        return import_module(f"sesmime.{name}")
    if home is None:
        raise AttributeError(f"module 'sesmime' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_MODULES})
