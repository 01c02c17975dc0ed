"""SES304."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Part,
    Severity,
    Stage,
    is_accepted,
    is_leaf,
    is_printable,
    quoted,
    rule,
    span_in_body,
)
from sesmime.mime.hints import Final

_USUAL: Final = ("utf-8", "us-ascii", "iso-8859-1", "windows-1252", "ascii", "iso-8859-15", "iso-8859-2")


@rule(
    "SES304",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/arithmetric/aws-lambda-ses-forwarder/issues/122",
    stage=Stage.MIME,
    order=80,
    triggers=(":odd-label",),
)
def unknown_charset(outgoing: Outgoing) -> Iterator[Fault]:
    """A text is labelled with a charset that SES does not know.

    SES publishes no list of charsets; it has refused names that Java does not know exactly: cp850 is a charset,
    cp-850 is not. Mail readers that do not know it either show the text in another charset.
    """
    for part in outgoing.parts:
        yield from _faults(outgoing, part)


def _faults(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    if not part.content_type.startswith("text/") or not is_leaf(part):
        return
    charset = part.charset
    if charset is None or charset.lower() in _USUAL:
        return
    from sesmime.ses.java_charsets import java_knows  # seldom needed

    if part.plain_type is not None and java_knows(charset):
        return  # all take that for the label
    field = part.section.first("Content-Type")
    # Of repeated ones the strict parser takes the last; it knows no RFC 2231.
    labels = [given for given in part.type_parameters.raw if given.name.lower() == "charset"]
    if field is None or not labels or java_knows(labels[-1].value):
        return
    label = labels[-1].value
    if not label and not is_accepted(field):
        return  # `charset=`, of which SES402 tells
    yield Fault(
        f"the charset name {quoted(label, 60)} is unknown",
        span_in_body(field, *labels[-1].span),
        part,
        rejection=f"Unsupported encoding {label}." if is_printable(label) else None,
        fix=Fix("use a charset name that is registered, such as utf-8"),
    )
