"""The harnesses of `fuzz`, one a law, under Hypothesis: the same bodies, the same makers of cases.

Hypothesis finds what is small here; the many are `python -m fuzz`, which takes a law's share of 100,000 in `.ci/run`.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.harnesses import HARNESSES, Harness, run
from fuzz.writers import WRITERS, takes_what_lies

FEW = settings(max_examples=40)


@pytest.mark.parametrize("harness", HARNESSES, ids=[f"law {one.law}" for one in HARNESSES])
def test_the_law_holds(harness: Harness) -> None:
    @FEW
    @given(st.randoms(use_true_random=False))
    def holds(chance: random.Random) -> None:
        run(harness, chance)

    holds()


@pytest.mark.parametrize("name", WRITERS)
def test_what_lies_about_itself_is_taken_as_what_it_is(name: str) -> None:
    @FEW
    @given(st.randoms(use_true_random=False))
    def holds(chance: random.Random) -> None:
        takes_what_lies(name, WRITERS[name].make(chance), chance.getrandbits(32))

    holds()
