"""Interfaces, and texts as they are pasted."""

from __future__ import annotations

from hypothesis import strategies as st

from sesmime import Interface
from sesmime.linter.answers.texts import KNOWN_TEXTS

interfaces = st.sampled_from(list(Interface))
# What is pasted: known texts in whole and in pieces, between noise.
pieces = st.one_of(
    st.sampled_from([known.title for known in KNOWN_TEXTS]),
    st.sampled_from([known.title[:12] for known in KNOWN_TEXTS]),
    st.text(max_size=10),
    st.sampled_from(["'", '"', "<", ">", "\\", "554 ", "\n", " '", '\\"']),
)
pasted = st.lists(pieces, max_size=8).map("".join)
