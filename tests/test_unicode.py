"""A character that a newer Unicode has assigned comes to the same on every Python that is here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.twins import pythons
from tests.unicode_outcomes import LATER, outcomes

ROOT = Path(__file__).resolve().parents[1]
OTHERS = {version: place for version, place in pythons().items() if place != sys.executable}


@pytest.mark.parametrize("version", OTHERS or [pytest.param("", marks=pytest.mark.skip("there is no other Python"))])
def test_a_later_character_comes_to_the_same(version: str) -> None:
    asked = [OTHERS[version], "-X", "utf8", "-m", "tests.unicode_outcomes"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(asked, capture_output=True, text=True, check=True, env=env, cwd=ROOT)
    told = json.loads(ran.stdout)
    for name, one in LATER.items():
        for what, outcome in outcomes(one):
            assert told[name][what] == outcome, f"{name}, {what}"
