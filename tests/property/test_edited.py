"""Law 12 under Hypothesis: random edits of generated, real and made messages."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fuzz.grammar import seeds
from sesmime import message_from_bytes, message_to_bytes
from tests import edited
from tests.property import strategies

_seeds = seeds()


class TestEditedMessages:
    """DESIGN section 7, law 12: after any edits by `email`'s own methods, every reader reads `message_to_bytes(m)` as
    `m.as_bytes()`, where that is right.
    """

    @given(st.sampled_from(_seeds), st.randoms(use_true_random=False))
    def test_law_12_real_messages(self, source: bytes, chance: random.Random) -> None:
        edited.writes_edited(source, chance)

    @given(strategies.messages, st.randoms(use_true_random=False))
    def test_law_12_any_messages(self, source: bytes, chance: random.Random) -> None:
        edited.writes_edited(source, chance)

    @given(st.randoms(use_true_random=False))
    def test_law_12_made_messages(self, chance: random.Random) -> None:
        edited.writes_edited(None, chance)

    @given(st.sampled_from(_seeds), st.randoms(use_true_random=False))
    def test_what_is_edited_and_edited_back_is_as_it_was(self, source: bytes, chance: random.Random) -> None:
        message: Any = message_from_bytes(source, policy=chance.choice(list(edited.POLICIES.values())))
        part = chance.choice(list(message.walk()))
        headers, payload = [*part._headers], part._payload
        part["X-New"] = "new"
        part._payload = "new"
        part._headers, part._payload = headers, payload
        assert message_to_bytes(message) == source
