"""What every test of the Django edge begins with: no configuration of whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import boto3
import pytest

# Projects of their own, which test_migration.py runs.
collect_ignore = ["projects"]

if TYPE_CHECKING:
    from tests.django.sites import Site


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    """Have boto3 make its session anew, by the configuration of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield


@pytest.fixture(autouse=True)
def _credentials(credentials: None) -> None:
    """Hide the configuration of whoever runs the tests."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    from django.core import mail  # Django may be absent, and the tests are skipped

    from tests.django.sites import Site

    monkeypatch.setattr(mail, "outbox", [], raising=False)
    with ExitStack() as stack:
        yield Site(stack)
