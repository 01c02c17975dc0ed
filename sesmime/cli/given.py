"""Where a finding about a prepared message stands in the message as it was given, which is what people look at."""

from __future__ import annotations

from typing import NamedTuple

from sesmime.handover.prepared import Prepared
from sesmime.linter.findings import Finding
from sesmime.mime.fields import Source, header_section_end, parse_header_section


class Given(NamedTuple):
    """A message as it was given, and its name."""

    name: str
    message: Source

    def place(self, finding: Finding, prepared: Prepared) -> str:
        """Return name, line and column of what a finding is about; what was written anew has none."""
        if finding.span is None:
            return self.name
        offset = self._offset(finding.span.start, prepared)
        if offset is None:
            return f"{self.name} (line {finding.line} of the message as sent)"
        line_start = self.message.rfind(b"\n", 0, offset) + 1
        line = bytes(self.message[:line_start]).count(b"\n") + 1
        return f"{self.name}:{line}:{offset - line_start + 1}"

    def _offset(self, offset: int, prepared: Prepared) -> int | None:
        _, body_start = header_section_end(self.message)
        grown = prepared.size - len(self.message)
        if prepared.is_body_kept and offset >= body_start + grown:
            return offset - grown
        head = prepared.chunks()[0]
        if head[:body_start] == self.message[:body_start]:
            return offset
        sent = parse_header_section(head).fields
        at = next((at for at, field in enumerate(sent) if field.span.start <= offset < field.span.stop), None)
        if at is None:
            return None
        # The field that stands here: of those with the same octets, the one with as many before it.
        gone = {field.span for field in prepared.removed}
        stood = [field for field in parse_header_section(self.message).fields if field.span not in gone]
        same = [field for field in stood if field.raw == sent[at].raw]
        before = sum(field.raw == sent[at].raw for field in sent[:at])
        return same[before].span.start + offset - sent[at].span.start if before < len(same) else None
