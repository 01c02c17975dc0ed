"""The looks that say which rules are asked, where a message is of another kind than most."""

from __future__ import annotations

import mmap
from pathlib import Path

import pytest

from sesmime import LintConfig, lint
from sesmime.linter import run
from sesmime.linter.run import calls_of

DIVIDED = (
    b"From: a@example.com\r\nTo: b@example.net\r\nDate: Fri, 21 Nov 2025 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"; note="a b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n%b--b--\r\n"
)


def test_a_file_in_memory_is_looked_at_as_its_bytes_are(tmp_path: Path) -> None:
    for body in (b"", b"--b x\r\n", b"--bc\r\n"):
        message, file = DIVIDED % body, tmp_path / "message"
        file.write_bytes(message)
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert lint(mapped) == lint(message)
    assert "RFC404" not in {finding.code for finding in lint(DIVIDED % b"")}
    assert "RFC404" in {finding.code for finding in lint(DIVIDED % b"--bc\r\n")}


def test_sets_of_rules_are_kept_to_a_bound_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_MOST_SETS", 2)
    calls = run.Calls(calls_of(LintConfig(), is_raw=True)._entries)
    names = [("dkim-signature",), ("x-ses-tenant",), ("content-type",), ("dkim-signature",)]
    made = [calls.called_by(one) for one in names]
    assert made[0] == made[3]
    assert len(set(map(len, made))) > 1
    assert len(calls._known) <= 2
