"""Scans: the output is that of the messages one by one, whatever works on them and whatever is killed."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sesmime import LintConfig
from sesmime.archive import Piece, Row
from sesmime.archive.counts import Counts, DomainCount, RuleCount
from sesmime.archive.journal import Journal, NotResumed
from sesmime.archive.rows import Check
from sesmime.archive.scanning import Checked, Scan, on_this_machine
from sesmime.linter.findings import Severity
from tests.archive.scans import box, folder, kills, rows_of

ROOT = Path(__file__).parents[2]
FORMS = ["jsonl", "csv", pytest.param("parquet", marks=pytest.mark.edges)]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sesmime.archive.scanning.PIECE_SIZE", 8_000)


def scanned(
    place: Path, *sources: Path, form: str = "jsonl", jobs: int = 1, check: Check | None = None
) -> tuple[bytes, Counts, Checked]:
    """Scan, and return what is written, what was counted, and how far the progress came."""
    check = Check() if check is None else check
    heard: list[Checked] = []
    with Scan(str(place / "scan"), form) as scan:
        scan.begin([str(source) for source in sources], {})
        total = scan.journal.size_left()
        with on_this_machine(jobs, checking=check, writing=scan.writing) as engine:
            done = scan.run(engine, heard.append)
        with open(place / "output", "wb") as stream:
            scan.write(stream)
        counts = scan.journal.counts(most_domains=1000)
        scan.clear()
    assert not (place / "scan").exists()
    assert all(one.octets <= two.octets for one, two in pairwise(heard))
    assert done == heard[-1]
    assert done.octets == total
    return (place / "output").read_bytes(), counts, done


def read(output: bytes, form: str) -> list[Row]:
    """Read what was written."""
    if form == "jsonl":
        return [Row(**json.loads(line)) for line in output.splitlines()]
    if form == "csv":
        first, *lines = csv.reader(output.decode().splitlines())
        assert tuple(first) == Row._fields
        return [Row(*line) for line in lines]  # type: ignore[arg-type]
    import io

    import pyarrow.parquet

    from sesmime.archive import FINDINGS_SCHEMA

    table = pyarrow.parquet.read_table(io.BytesIO(output))
    assert table.schema.equals(FINDINGS_SCHEMA, check_metadata=True)
    return [Row(**row) for row in table.to_pylist()]


@pytest.mark.parametrize("form", FORMS)
def test_the_output_has_the_rows_of_the_messages_in_their_order(tmp_path: Path, form: str) -> None:
    sources = box(tmp_path / "all.mbox", 60), folder(tmp_path / "mail")
    found = read(scanned(tmp_path, *sources, form=form)[0], form)
    expected = rows_of(*sources)
    if form == "csv":
        expected = [Row(*("" if value is None else str(value) for value in row)) for row in expected]  # type: ignore[arg-type]
    assert found == expected
    assert len({row.id for row in found}) > 40


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_the_output_does_not_depend_on_the_number_of_processes(tmp_path: Path, form: str) -> None:
    sources = box(tmp_path / "all.mbox", 200), folder(tmp_path / "mail")
    outputs = [scanned(tmp_path, *sources, form=form, jobs=jobs)[:2] for jobs in (1, 2, 3)]
    assert outputs[0] == outputs[1] == outputs[2]


def test_what_is_counted_is_exact(tmp_path: Path) -> None:
    sources = box(tmp_path / "all.mbox", 60), folder(tmp_path / "mail")
    _, counts, done = scanned(tmp_path, *sources)
    rows = rows_of(*sources)
    errors = [row for row in rows if row.error is not None]
    assert len(errors) == counts.unchecked == 1
    assert counts.findings == len(rows) - 1
    assert counts.messages == done.messages == 60 + len(list((tmp_path / "mail").glob("*.eml"))) - 1
    for code, one in counts.rules.items():
        assert one.findings == sum(row.code == code for row in rows)
        assert one.messages == len({row.id for row in rows if row.code == code})
    assert sum(one.findings for one in counts.domains.values()) == counts.findings
    assert sum(one.messages for one in counts.domains.values()) == counts.messages


def test_nothing_found_is_an_empty_output(tmp_path: Path) -> None:
    (tmp_path / "clean.eml").write_bytes(b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n")
    output, counts, _ = scanned(tmp_path, tmp_path / "clean.eml", check=Check(config=LintConfig(select=("SES101",))))
    assert (output, counts.messages, counts.findings) == (b"", 1, 0)


@pytest.mark.slow
class TestKilledProcesses:
    check = Check(config=LintConfig(rules=(kills,)))

    def test_a_piece_whose_process_is_killed_is_done_again(self, tmp_path: Path) -> None:
        marks = {n: b"X-Kill: %s/%d\n" % (os.fsencode(tmp_path), n) for n in (20, 120)}
        file = box(tmp_path / "all.mbox", 200, marks=marks)
        output, counts, done = scanned(tmp_path, file, jobs=2, check=self.check)
        assert (tmp_path / "20").exists()
        assert (tmp_path / "120").exists()
        # The files are there now: the rule looks at no message twice.
        assert (output, counts, done) == scanned(tmp_path, file, check=self.check)
        assert read(output, "jsonl") == rows_of(file)

    def test_a_piece_that_kills_two_processes_is_one_row_and_the_others_are_there(self, tmp_path: Path) -> None:
        file = box(tmp_path / "all.mbox", 200, marks={100: b"X-Kill:\n"})
        output, counts, _ = scanned(tmp_path, file, jobs=2, check=self.check)
        rows = read(output, "jsonl")
        (error,) = [row for row in rows if row.error is not None]
        assert error.error == "could not be checked: every process that worked on it was killed"
        assert error.id.startswith(f"{file}[")
        assert error.offset is not None
        piece = range(error.offset, error.offset + 8_000)
        assert [row for row in rows if row.error is None] == [
            row
            for row in rows_of(file)
            if row.offset - len(b"From someone@b.example Mon Jan  1 00:00:00 2024\n") not in piece  # type: ignore[operator]
        ]
        assert counts.unchecked == 1
        assert rows.index(error) == next(n for n, row in enumerate(rows) if row.offset > error.offset) - 1  # type: ignore[operator]


PROGRAM = """
import sys
import sesmime.archive.scanning
sesmime.archive.scanning.PIECE_SIZE = 8_000
from sesmime.cli.__main__ import main
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""


def start(place: Path, *argv: object) -> subprocess.Popen[bytes]:
    """Run a command of small pieces as a process of its own."""
    program = place / "program.py"
    program.write_text(PROGRAM)
    words = [sys.executable, str(program), *map(str, argv)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
class TestResumed:
    @pytest.mark.parametrize("jobs", [1, 2])
    @pytest.mark.parametrize("form", FORMS)
    def test_after_a_kill_the_output_is_the_same(self, tmp_path: Path, form: str, jobs: int) -> None:
        box(tmp_path / "all.mbox", 700)
        with start(tmp_path, "scan", "all.mbox", "-o", f"whole.{form}") as whole:
            told = whole.communicate()
        name = f"killed.{form}"
        kills = 0
        for wanted in (2, 9):
            killed = start(tmp_path, "scan", "all.mbox", "-o", name, "--jobs", jobs, "--resume")
            while killed.poll() is None and len(list((tmp_path / f"{name}.scan").glob(f"*.{form}"))) < wanted:
                time.sleep(0.005)
            killed.send_signal(signal.SIGKILL)
            kills += killed.wait() == -signal.SIGKILL
            for pipe in (killed.stdout, killed.stderr):
                assert pipe is not None
                pipe.close()
            assert not (tmp_path / name).exists()
        assert kills == 2
        with start(tmp_path, "scan", "all.mbox", "-o", name, "--jobs", jobs, "--resume") as last:
            again = last.communicate()
        assert last.returncode == whole.returncode == 1
        assert again[0] == told[0]
        assert (tmp_path / name).read_bytes() == (tmp_path / f"whole.{form}").read_bytes()
        assert {path.name for path in tmp_path.iterdir()} == {"all.mbox", "program.py", name, f"whole.{form}"}
        # Those that were done are not checked again.
        checked = int(again[1].split(b" message")[0].rpartition(b" ")[2].replace(b",", b""))
        assert 0 < checked < 700

    def test_a_scan_that_is_asked_to_end_can_be_gone_on_with(self, tmp_path: Path) -> None:
        box(tmp_path / "all.mbox", 700)
        asked = start(tmp_path, "scan", "all.mbox", "-o", "asked.jsonl", "--jobs", "2")
        while asked.poll() is None and len(list((tmp_path / "asked.jsonl.scan").glob("*.jsonl"))) < 2:
            time.sleep(0.005)
        asked.send_signal(signal.SIGTERM)
        _, told = asked.communicate()
        assert asked.returncode == -signal.SIGTERM
        assert told == b"sesmime scan: interrupted; the same command with --resume goes on\n"
        with start(tmp_path, "scan", "all.mbox", "-o", "asked.jsonl", "--resume") as last:
            last.communicate()
        assert [Row(**json.loads(line))[1:] for line in (tmp_path / "asked.jsonl").read_bytes().splitlines()] == [
            ("all.mbox", *row[2:]) for row in rows_of(tmp_path / "all.mbox")
        ]


class TestJournal:
    def test_everything_counts_once(self, tmp_path: Path) -> None:
        with_ = [Piece("a", "mbox", 0, 5, (), 5), Piece("a", "mbox", 5, 9, ("caf\udce9",), 4)]
        journal = Journal(str(tmp_path / "journal"))
        assert not journal.is_planned
        journal.plan(with_, {"rules": "x"})
        assert [tuple(one) for one in journal.left()] == list(enumerate(with_))
        counts = Counts(2, 20, 1, 0)
        counts.severities.update([Severity.ERROR, Severity.INFO])
        counts.rules["SES101"] = RuleCount("repeated-field", Severity.INFO, 2, 1)
        counts.domains["b.example"] = DomainCount(2, 2, 1)
        journal.finish(1, counts)
        journal.close()
        journal = Journal(str(tmp_path / "journal"))
        assert journal.is_planned
        assert journal.facts()["rules"] == "x"
        assert [one.number for one in journal.left()] == [0]
        assert journal.size_left() == 5
        counts.rules["SES101"].severity = Severity.ERROR
        journal.finish(0, counts)
        assert list(journal.left()) == []
        total = journal.counts(most_domains=5)
        assert (total.messages, total.octets, total.faulty, total.unchecked) == (4, 40, 2, 0)
        assert total.severities == {Severity.ERROR: 2, Severity.INFO: 2}
        assert total.rules == {"SES101": RuleCount("repeated-field", Severity.ERROR, 4, 2)}
        assert total.domains == {"b.example": DomainCount(4, 4, 2)}
        journal.close()

    def test_of_many_domains_those_with_most_findings_are_told(self) -> None:
        journal = Journal()
        journal.plan([Piece("a", "mbox")] * 50, {})
        numbers = list(range(5_000))
        random.Random(1).shuffle(numbers)
        for piece in range(50):
            counts = Counts()
            for number in numbers[piece * 100 : piece * 100 + 100]:
                counts.domains[f"d{number:04}.example"] = DomainCount(1, number // 2, 0)
            journal.finish(piece, counts)
        assert list(journal.counts(most_domains=3).domains) == ["d4998.example", "d4999.example", "d4996.example"]
        assert journal.domain_count() == 5_000
        journal.close()

    def test_one_that_is_in_use_is_not_opened_twice(self, tmp_path: Path) -> None:
        journal = Journal(str(tmp_path / "journal"))
        with pytest.raises(NotResumed, match="is in use: another scan is writing the same output"):
            Journal(str(tmp_path / "journal"))
        journal.close()
        Journal(str(tmp_path / "journal")).close()

    def test_what_is_no_journal_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "text").write_text("no database at all, and long enough to be none" * 100)
        with pytest.raises(NotResumed, match="is no journal of a scan"):
            Journal(str(tmp_path / "text"))
        database = sqlite3.connect(tmp_path / "other")
        database.execute("CREATE TABLE facts (name, value)")
        database.execute("INSERT INTO facts VALUES ('version', '99')")
        database.commit()
        database.close()
        with pytest.raises(NotResumed, match="another version of sesmime"):
            Journal(str(tmp_path / "other"))

    def test_a_plan_that_fails_leaves_nothing(self, tmp_path: Path) -> None:
        def broken() -> Any:
            yield Piece("a", "mbox")
            raise OSError("gone")

        journal = Journal(str(tmp_path / "journal"))
        with pytest.raises(OSError, match="gone"):
            journal.plan(broken(), {})
        assert not journal.is_planned
        journal.plan([Piece("b", "mbox")], {})
        assert [one.piece.source for one in journal.left()] == ["b"]
        journal.close()
