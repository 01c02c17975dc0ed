"""RFC406."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, content_types, rule, type_place


@rule(
    "RFC406",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.2.3",
    stage=Stage.MIME,
    order=320,
    triggers=(":odd-message-part",),
)
def external_body(outgoing: Outgoing) -> Iterator[Fault]:
    """A part refers to external content instead of containing it.

    Mail readers show an empty part, or fetch the content from an address that the sender chose; servers that scan
    messages have not seen the content.
    """
    if "message/external-body" not in outgoing.once(content_types):
        return
    for part in [part for part in outgoing.parts if part.content_type == "message/external-body"]:
        yield Fault(
            "a part whose content is stored elsewhere (message/external-body)",
            type_place(part),
            part,
            fix=Fix("send the content itself, or put a link in the text"),
        )
