"""Profiles of the property tests, and the messages of others where they are present."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", max_examples=1500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# Test inputs made by others stand beside a checkout, never in it.
SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(*path: str) -> Path:
    """Give a place among the shared test inputs; skips the test where they are absent."""
    place = SHARED.joinpath(*path)
    if not place.exists():
        pytest.skip(f"{Path(*path)}: the shared test inputs are not beside this checkout")
    return place
