"""SES605."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    name_span,
    quoted,
    rule,
    span_in_body,
)
from sesmime.mime.signatures import Signature, SignatureTag

_RFC = "https://www.rfc-editor.org/rfc/rfc6376#section-"
# RFC 6376 section 3.5: the tags that a signature must have.
_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")


@rule(
    "SES605",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=_RFC + "3.5",
    stage=Stage.SIGNATURES,
    order=50,
    triggers=("dkim-signature",),
)
def malformed_dkim_signature(outgoing: Outgoing) -> Iterator[Fault]:
    """A DKIM-Signature field lacks a required tag, has a tag twice, or does not cover From.

    No receiver can verify it, and a message may fail DMARC if its only signature from the sender's domain is
    invalid. SES adds its own signature and does not check this one.
    """
    for signature in outgoing.signatures:
        yield from _faults(signature)


def _faults(signature: Signature) -> Iterator[Fault]:
    sign_anew = Fix("sign again, or let SES sign")
    tags = [tag.name for tag in signature.tags]
    missing = [f"{name}=" for name in _REQUIRED if name not in tags]
    if missing:
        yield Fault(f"the DKIM signature has no {' and no '.join(missing)}", name_span(signature.field), fix=sign_anew)
    seen: set[str] = set()
    for tag in signature.tags if len(set(tags)) < len(tags) else ():
        if tag.name in seen:
            text = f"the DKIM signature has the tag {quoted(tag.name, 40)} twice, so it is invalid"
            yield Fault(text, _place(signature, tag), fix=sign_anew, source=_RFC + "3.2")
            break
        seen.add(tag.name)
    version, names = signature.tag("v"), signature.tag("h")
    if version is not None and version.value.strip() != "1":
        text = f"the DKIM signature has version {quoted(version.value.strip(), 20)}; the only one is 1"
        yield Fault(text, _place(signature, version), fix=sign_anew)
    if names is not None and not signature.covers("from"):
        text = "the DKIM signature does not cover From"
        yield Fault(text, _place(signature, names), fix=sign_anew, source=_RFC + "5.4")


def _place(signature: Signature, tag: SignatureTag) -> Span:
    value = tag.value
    start = tag.start + len(value) - len(value.lstrip())
    return span_in_body(signature.field, start, max(start, tag.start + len(value.rstrip())))
