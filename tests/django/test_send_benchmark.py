"""The benchmark of `send_mail()`: its backends send, and ours keeps its client; no time is looked at."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("django")
pytest.importorskip("anymail")
pytest.importorskip("django_ses")

from django.conf import settings

from benchmarks import django_send

pytestmark = [pytest.mark.edges, pytest.mark.slow]
if not settings.configured:
    settings.configure()


def test_every_backend_sends_and_ours_uses_one_session_for_all_messages() -> None:
    with django_send.environment():
        rows = django_send.figures(1, 0.0)
    assert len(rows) == len(django_send.BACKENDS) * len(django_send.MESSAGES)
    for row in rows:
        assert row.milliseconds[0] > 0
        assert row.sessions == (0 if row.backend.startswith("sesmime") else 5), row
    heading, *lines = django_send.table(rows)
    assert "beside sesmime" in heading
    assert len(lines) == len(rows)
    beside = [re.search(r"\d+\.\d\d +[\d.e+]+x ", line) is not None for line in lines]
    assert beside == [row.backend != "sesmime" for row in rows]
