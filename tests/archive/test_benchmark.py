"""The benchmark of scans: its messages are like real ones and the same at every run, and what it says is so."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import made_mail, scan
from sesmime import lint
from sesmime.archive import messages, rows


def test_the_messages_are_of_the_size_of_real_ones_and_some_have_findings() -> None:
    made = [made_mail.message_of(number) for number in range(600)]
    assert len(set(made)) == 600
    sizes = sorted(map(len, made))
    assert 4_000 < sum(sizes) / 600 < 7_000
    assert sizes[0] < 1_200
    assert 15_000 < sizes[-1] < 20_000
    assert all(b"\n" not in message.replace(b"\r\n", b"") for message in made)
    faulty = sum(bool(lint(message)) for message in made)
    assert 60 < faulty < 240
    # It changes only where the archive is meant to change: figures are compared by it.
    assert hashlib.sha256(b"".join(made)).hexdigest()[:16] == "8d2679f856204cda"


def test_the_archive_has_as_many_messages_as_were_asked_for(tmp_path: Path) -> None:
    made_mail.write_box(tmp_path / "box.mbox", 2_100)
    found = list(messages(tmp_path / "box.mbox"))
    assert [one.error for one in found] == [None] * 2_100
    assert found[2_050].message.startswith(b"X-Number: 2050\r\n")
    assert found[2_050].message.partition(b"\r\n")[2].strip() == made_mail.message_of(50).strip()


@pytest.mark.slow
def test_it_tells_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys,
        "argv",
        ["scan", "--messages", "300", "--folder", str(tmp_path), "--check", "3", "--kill", "--single", "200"],
    )
    scan.main()
    told = capfd.readouterr().out
    assert "\n1 process " in told
    assert "\n2 processes " in told
    assert "\n2 processes, all " in told
    assert "\n4 outputs, all the same\n" in told
    assert "equal to lint, message by message: 100 messages" in told
    assert sorted(file.name for file in tmp_path.iterdir()) == ["sesmime-200.mbox", "sesmime-300.mbox"]


class TestCheck:
    @pytest.fixture
    def scanned(self, tmp_path: Path) -> tuple[Path, Path]:
        made_mail.write_box(tmp_path / "box.mbox", 100)
        found = rows(messages(tmp_path / "box.mbox"))
        output = tmp_path / "rows.jsonl"
        output.write_text("".join(json.dumps(row._asdict()) + "\n" for row in found))
        return tmp_path / "box.mbox", output

    def test_what_lint_finds_is_accepted(self, scanned: tuple[Path, Path]) -> None:
        assert scan.check(*scanned, 1) == 100
        assert scan.check(*scanned, 7) == 15

    @pytest.mark.parametrize("change", [lambda rows: rows[1:], lambda rows: [*rows, rows[-1]], lambda rows: rows[::-1]])
    def test_a_row_too_few_too_many_or_out_of_place_is_refused(
        self, scanned: tuple[Path, Path], change: Callable[[list[bytes]], list[bytes]]
    ) -> None:
        box, output = scanned
        lines = output.read_bytes().splitlines(keepends=True)
        output.write_bytes(b"".join(change(lines)))
        with pytest.raises(SystemExit):
            scan.check(box, output, 1)

    def test_a_row_that_tells_something_else_is_refused(self, scanned: tuple[Path, Path]) -> None:
        box, output = scanned
        output.write_bytes(output.read_bytes().replace(b'"ERROR"', b'"INFO"', 1))
        with pytest.raises(SystemExit):
            scan.check(box, output, 1)


def test_rows_in_another_order_are_the_same_set_and_a_repeated_one_is_not(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    one.write_text('{"a": 1, "b": 2}\n{"a": 3}\n')
    two.write_text('{"a": 3}\n{"b": 2, "a": 1}\n')
    three.write_text('{"a": 3}\n{"a": 3}\n')
    assert scan.set_digest(one) == scan.set_digest(two) != scan.set_digest(three)


def test_an_archive_without_room_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="has no room for"):
        made_mail.write_box(tmp_path / "box.mbox", 10**12)
    assert not list(tmp_path.iterdir())
