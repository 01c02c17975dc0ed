"""RFC405."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, content_types, rule, type_place


@rule(
    "RFC405",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2046#section-5.2.2",
    stage=Stage.MIME,
    order=310,
    triggers=(":odd-message-part",),
)
def partial_message(outgoing: Outgoing) -> Iterator[Fault]:
    """A part is a fragment of a message that was split.

    Current mail readers do not reassemble fragments, and virus scanners see no complete file: servers refuse them.
    """
    if "message/partial" not in outgoing.once(content_types):
        return
    for part in [part for part in outgoing.parts if part.content_type == "message/partial"]:
        yield Fault(
            "a fragment of a message (message/partial), which mail readers do not reassemble",
            type_place(part),
            part,
            fix=Fix("send the message whole"),
        )
