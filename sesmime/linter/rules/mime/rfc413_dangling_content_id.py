"""RFC413."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from urllib.parse import unquote_to_bytes

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Stage, Text, rule

# What HTML and CSS show from another part: an attribute's value, and url() in a style.
_REFERENCE: Final = re.compile(rb"""(?i)(?:=[ \t\r\n]*+["']?|\burl\([ \t\r\n]*+["']?)cid:(?P<id>[^ \t\r\n"'<>)]++)""")


@rule(
    "RFC413",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2392#section-2",
    stage=Stage.MIME,
    order=385,
    triggers=(":content-id-url",),
)
def dangling_content_id(outgoing: Outgoing) -> Iterator[Fault]:
    """The HTML names a part by its Content-ID (`cid:`), and no part has that one.

    Readers show a broken image in its place. Either the part is missing, or it has no Content-ID field, or its
    Content-ID is another than the one that stands after `cid:`.
    """
    there = {
        field.body.encode("utf-8", "surrogateescape").strip(b" \t<>")
        for part in outgoing.every_part
        if not part.has_labels_alone
        for field in part.section.all("Content-ID")
    }
    for text in outgoing.texts.with_content_ids:
        told: set[bytes] = set()
        for found in _REFERENCE.finditer(text.content):
            # An id is escaped as a URL is, and as HTML is (RFC 2392 section 2).
            written = unescape(found["id"].decode("utf-8", "surrogateescape"))
            meant = unquote_to_bytes(written.encode("utf-8", "surrogateescape")).strip(b"<>")
            if meant and meant not in there and meant not in told:
                told.add(meant)
                yield _fault(text, found)


def _fault(text: Text, found: re.Match[bytes]) -> Fault:
    return Fault(
        "the HTML shows a part by its Content-ID (cid:), and no part has that one",
        text.span(*found.span("id")),
        text.part,
        fix=Fix("attach the part with that Content-ID, or write the id of the one that is meant"),
    )
