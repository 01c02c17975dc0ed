"""SES508."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sesmime.linter.kit import (
    SES_FIELDS,
    SETTING_FIELDS,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Stage,
    body_span,
    counting_field,
    decode_words,
    name_span,
    on_one_line,
    quoted,
    rule,
)
from sesmime.ses.fields import FieldKind, SesField
from sesmime.ses.pages import AUTHORIZATION, FIELDS_ON_V2

# Message tags have rules of their own.
_ROWS = tuple(row for row in SES_FIELDS.values() if row.kind is not FieldKind.TAGS)
# Laravel (laravel/framework#50660) and Symfony turn this into the parameter ListManagementOptions.
_FRAMEWORK = re.compile(
    r"contactListName[ \t]*=[ \t]*([^;= \t]*)[ \t]*(?:;[ \t]*topicName[ \t]*=[ \t]*([^;= \t]*)[ \t]*)?;?"
)
# The guide prints `{List}; topic={Topic}`: the braces are its way to mark a placeholder.
_BRACES = re.compile(r"\{([^{}]*)\}")
# What is longer is no slip of the pen.
_MOST = 1_000


@rule(
    "SES508",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=AUTHORIZATION,
    stage=Stage.SETTINGS,
    order=40,
    triggers=SETTING_FIELDS,
)
def malformed_ses_field(outgoing: Outgoing) -> Iterator[Fault]:
    """An X-SES- field for a configuration set, an ARN, a contact list or a tenant is malformed.

    What SES does with it is not documented: it may refuse the message, or send it without the setting. An empty
    field does not mean "none". Often the syntax is that of a framework, which would have turned the field into a
    parameter.
    """
    for row in _ROWS:
        field = counting_field(outgoing, row.setting)
        if field is not None and row.read(field.body) is None:
            yield _fault(row, field)


def _fault(row: SesField, field: Field) -> Fault:
    body = field.body.strip(" \t")
    if not body:
        return Fault(
            f"{field.name} is empty; what SES does with it is not documented",
            name_span(field),
            fix=Fix(f"remove the field, or write {row.form}"),
            source=row.page,
        )
    meant, why = _meant(row, body)
    text = None
    if row.setting == "configuration_set" and body.isascii():
        text = f"Configuration set <{body}> does not exist."
    why = why or f"it must be {row.form}"
    return Fault(
        f"{field.name} {quoted(body, 100)} is malformed and may be ignored silently; {why}",
        body_span(field),
        rejection=text,
        fix=Fix(f"write it as {meant or row.form}", on_one_line(field, meant) if meant else ()),
        evidence=Evidence.OBSERVED if text else None,
        source=FIELDS_ON_V2 if text else row.page,
    )


def _meant(row: SesField, body: str) -> tuple[str | None, str]:
    """Guess what was meant, where the form is a known one, and give it with what that form is."""
    if len(body) > _MOST:
        return None, ""
    framework = _FRAMEWORK.fullmatch(body)
    if framework is not None:
        meant, why = framework[1], "this is the syntax of Laravel and Symfony, which SES does not support"
        if framework[2]:
            meant += f"; topic={framework[2]}"
    elif "{" in body:
        meant, why = _BRACES.sub(r"\1", body), "the braces in AWS's guide only mark placeholders"
    elif body.startswith('"'):
        meant, why = body.strip('"'), "SES does not document quotes here"
    else:
        meant, why = decode_words(body), "SES does not document encoded words here"
    return (meant, why) if meant != body and row.read(meant) is not None else (None, "")
