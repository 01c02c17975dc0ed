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
    "AddressList": "sesmime.addresses",
    "Group": "sesmime.addresses",
    "Mailbox": "sesmime.addresses",
    "format_addresses": "sesmime.addresses",
    "parse_addresses": "sesmime.addresses",
    "Edit": "sesmime.edits",
    "apply_edits": "sesmime.edits",
    "edited_chunks": "sesmime.edits",
    "prepend_field": "sesmime.edits",
    "remove_fields": "sesmime.edits",
    "replace_field": "sesmime.edits",
    "Entity": "sesmime.entity",
    "parse": "sesmime.entity",
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
    "Defect": "sesmime.fields",
    "Field": "sesmime.fields",
    "HeaderSection": "sesmime.fields",
    "Span": "sesmime.fields",
    "DEFAULT_LIMITS": "sesmime.limits",
    "Limits": "sesmime.limits",
    "LintConfig": "sesmime.lint.config",
    "Finding": "sesmime.lint.findings",
    "Report": "sesmime.lint.findings",
    "Severity": "sesmime.lint.findings",
    "Parameters": "sesmime.parameters",
    "format_parameters": "sesmime.parameters",
    "parse_parameters": "sesmime.parameters",
    "Prepared": "sesmime.prepare",
    "prepare": "sesmime.prepare",
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
    "decode_words": "sesmime.words",
    "encode_words": "sesmime.words",
}

__all__ = ["__version__", *sorted(_HOMES)]

if TYPE_CHECKING:
    from sesmime.addresses import (
        AddressList as AddressList,
        Group as Group,
        Mailbox as Mailbox,
        format_addresses as format_addresses,
        parse_addresses as parse_addresses,
    )
    from sesmime.edits import (
        Edit as Edit,
        apply_edits as apply_edits,
        edited_chunks as edited_chunks,
        prepend_field as prepend_field,
        remove_fields as remove_fields,
        replace_field as replace_field,
    )
    from sesmime.entity import Entity as Entity, parse as parse
    from sesmime.errors import (
        DecodingError as DecodingError,
        InvalidAddress as InvalidAddress,
        InvalidField as InvalidField,
        InvalidMessageTag as InvalidMessageTag,
        InvalidSetting as InvalidSetting,
        LimitExceeded as LimitExceeded,
        OverlappingEdits as OverlappingEdits,
        Refused as Refused,
        SesMimeError as SesMimeError,
        UnsupportedSetting as UnsupportedSetting,
    )
    from sesmime.fields import Defect as Defect, Field as Field, HeaderSection as HeaderSection, Span as Span
    from sesmime.limits import DEFAULT_LIMITS as DEFAULT_LIMITS, Limits as Limits
    from sesmime.lint.config import LintConfig as LintConfig
    from sesmime.lint.findings import Finding as Finding, Report as Report, Severity as Severity
    from sesmime.parameters import (
        Parameters as Parameters,
        format_parameters as format_parameters,
        parse_parameters as parse_parameters,
    )
    from sesmime.prepare import Prepared as Prepared, prepare as prepare
    from sesmime.ses.envelope import (
        Envelope as Envelope,
        EnvelopeAddress as EnvelopeAddress,
        envelope as envelope,
    )
    from sesmime.ses.fields import (
        ListManagement as ListManagement,
        SesFields as SesFields,
        copy_stripped as copy_stripped,
        read_ses_fields as read_ses_fields,
        strip_ses_fields as strip_ses_fields,
        write_ses_fields as write_ses_fields,
    )
    from sesmime.ses.precedence import (
        Conflict as Conflict,
        Decision as Decision,
        Origin as Origin,
        Resolution as Resolution,
        resolve as resolve,
    )
    from sesmime.ses.settings import (
        ApiParameters as ApiParameters,
        Destination as Destination,
        Evidence as Evidence,
        Interface as Interface,
        Submission as Submission,
    )
    from sesmime.ses.tags import (
        MessageTag as MessageTag,
        MessageTags as MessageTags,
        format_message_tags as format_message_tags,
        read_message_tags as read_message_tags,
    )
    from sesmime.words import decode_words as decode_words, encode_words as encode_words


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
    if home is None:
        raise AttributeError(f"module 'sesmime' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
