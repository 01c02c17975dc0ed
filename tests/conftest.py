"""Profiles of the property tests, and the messages of others where they are present."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The first two run the same examples each time, so that a run says the same on every machine; the third looks for more.
_QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("dev", _QUIET, max_examples=200, derandomize=True)
settings.register_profile("ci", _QUIET, max_examples=600, derandomize=True)
settings.register_profile("explore", _QUIET, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# Test inputs made by others stand beside a checkout, never in it.
SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(*path: str) -> Path:
    """Return a place among the shared test inputs; skips the test where they are absent."""
    place = SHARED.joinpath(*path)
    if not place.exists():
        pytest.skip(f"{Path(*path)}: the shared test inputs are not beside this checkout")
    return place
