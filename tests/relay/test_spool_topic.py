"""The topic about the spool: its code runs, and what it says of defaults is so."""

from __future__ import annotations

import inspect
import types
from pathlib import Path

import pytest

pytest.importorskip("boto3")

from sesmime.cli.topics import topic_text
from sesmime.relay import holding
from sesmime.relay.spool import Spool, Uncertain
from tests.documents import blocks

pytestmark = pytest.mark.edges
TEXT = topic_text("spool")


def test_the_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    (code,) = blocks(TEXT, "python")
    module = types.ModuleType("topic_spool")
    exec(compile(code, "spool.md", "exec"), module.__dict__)
    module.__dict__["handler"].close()
    assert {one.name for one in tmp_path.iterdir()} >= {"relay.db", "relay.db-lock"}


def test_the_defaults_are_those_it_tells() -> None:
    defaults = {name: one.default for name, one in inspect.signature(Spool).parameters.items()}
    assert "for up to four days" in TEXT
    assert defaults["max_age"] == 4 * 86_400
    assert "4 GiB" in TEXT
    assert defaults["max_size"] == 4 * 1024**3
    assert "knows it for a day" in TEXT
    assert defaults["memory"] == 86_400
    assert "By default uncertain calls are held" in TEXT
    assert defaults["uncertain"] is Uncertain.HOLD


def test_the_functions_that_it_names_are_there() -> None:
    for name in ("read_calls", "queue_again", "drop", "read_message"):
        assert f"`{name}`" in TEXT
        assert callable(getattr(holding, name))
