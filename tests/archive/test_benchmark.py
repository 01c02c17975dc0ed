"""The benchmark of scans: its messages are like real ones and the same at every run, and what it says is so."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from benchmarks import scan
from sesmime import lint
from sesmime.archive import messages


def test_the_messages_are_of_the_size_of_real_ones_and_some_have_findings() -> None:
    made = [scan.message_of(number) for number in range(600)]
    assert len(set(made)) == 600
    assert 3_000 < sum(map(len, made)) / 600 < 5_000
    assert all(b"\n" not in message.replace(b"\r\n", b"") for message in made)
    faulty = sum(bool(lint(message)) for message in made)
    assert 60 < faulty < 240
    # It changes only where the archive is meant to change: figures are compared by it.
    assert hashlib.sha256(b"".join(made)).hexdigest()[:16] == "3d9b5bbbc31fd5ce"


def test_the_archive_has_as_many_messages_as_were_asked_for(tmp_path: Path) -> None:
    scan.write_box(tmp_path / "box.mbox", 2_100)
    found = list(messages(tmp_path / "box.mbox"))
    assert [one.error for one in found] == [None] * 2_100
    assert found[2_050].message.startswith(b"X-Number: 2050\r\n")
    assert found[2_050].message.partition(b"\r\n")[2].strip() == scan.message_of(50).strip()


@pytest.mark.slow
def test_it_tells_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scan", "--messages", "300", "--folder", str(tmp_path), "--check", "--kill"])
    scan.main()
    told = capfd.readouterr().out
    assert "\n1 process " in told
    assert "\n2 processes " in told
    assert "\n3 outputs, all the same\n" in told
    assert "equal to lint, message by message: 300 messages" in told
    assert [file.name for file in tmp_path.iterdir()] == ["sesmime-300.mbox"]
