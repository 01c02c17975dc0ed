"""RFC112."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    fields_with_words,
    misplaced_words,
    rule,
    span_in_body,
    without_misplaced_words,
)


@rule(
    "RFC112",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2047#section-5",
    stage=Stage.SYNTAX,
    order=155,
    triggers=(":encoded-word",),
)
def encoded_word_in_structured_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A URI or an identifier in List-Unsubscribe, Message-ID, References or the like is written as encoded words.

    Encoded words have a place in text only (RFC 2047 section 5 (3)), and mail readers do not decode them here: they
    show no button to unsubscribe, do not add replies to their thread, do not find an image by its Content-ID. Libraries
    that fold such a field as if it were text do this to long links.
    """
    for part, field, _, _ in outgoing.once(fields_with_words):
        words = next(misplaced_words(field), None)
        if words is not None:
            yield Fault(
                f"{field.name} contains an encoded word where mail readers do not decode it",
                span_in_body(field, words.start, words.stop),
                part,
                # Not a safe one: those who take the words as they stand see another identifier.
                fix=Fix("write the text without encoded words", without_misplaced_words(field)),
            )
