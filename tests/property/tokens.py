"""Names of fields, and what a header section must hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import strategies as st

from sesmime import (
    parse,
)
from tests.laws import READINGS

NO_TEXT = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
token_names = st.text("abcXYZ019-_!#$%&'*+.^`|~", min_size=1, max_size=20).map("X-".__add__)
any_names = st.one_of(
    token_names,
    st.text(max_size=8),
    st.sampled_from(["Subject", "to", "Cc", "X-A: b\r\nBcc", "X A", "", "X-É", "Content-Type", "X-SES-TENANT", "A\n"]),
)


def section_holds(raw: bytes, names: Sequence[str]) -> None:
    """Check that these are the fields of a message's header section, in every way of splitting lines."""
    section, empty, _ = raw.partition(b"\r\n\r\n")
    assert empty or raw == b"\r\n"
    for reading in READINGS.values():
        texts = [line for line in reading.split(section) if line]
        assert all(line.strip(b" \t") for line in texts)
        found = [line.partition(b":")[0] for line in texts if not line.startswith((b" ", b"\t"))]
        assert found == [name.encode() for name in names]
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", section)
    assert [field.name for field in parse(raw).header_section] == list(names)
