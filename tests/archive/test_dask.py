"""A Dask cluster: the same rows, by `sesmime scan --scheduler`, and by `lint_batches` as it is."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from sesmime import Interface, LintConfig
from sesmime.archive import Row, lint_batches, lint_table, message_batches, messages, rows
from sesmime.archive.on_dask import NoCluster, on_cluster
from sesmime.archive.rows import Check
from sesmime.archive.scanning import Scan, on_this_machine
from tests.archive.clusters import local_cluster
from tests.archive.scans import box, folder, kills, rows_of
from tests.cli.running import run

distributed = pytest.importorskip("distributed")
pa = pytest.importorskip("pyarrow")
pytestmark = [pytest.mark.edges, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sesmime.archive.scanning.PIECE_SIZE", 8_000)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_scan_by_a_cluster_writes_what_one_process_writes(tmp_path: Path, cluster: str, form: str) -> None:
    sources = box(tmp_path / "all.mbox", 120), folder(tmp_path / "mail")
    here, there = tmp_path / f"here.{form}", tmp_path / f"there.{form}"
    one = run("scan", *sources, "-o", here, "--jobs", 1)
    other = run("scan", *sources, "-o", there, "--scheduler", cluster)
    assert (other.code, other.out) == (one.code, one.out)
    assert there.read_bytes() == here.read_bytes()
    assert one.code == 2  # one file is empty
    assert not Path(f"{there}.scan").exists()


def test_a_scan_that_a_cluster_began_is_gone_on_with_here(tmp_path: Path, cluster: str) -> None:
    file = box(tmp_path / "all.mbox", 120)
    check = Check()
    with Scan(str(tmp_path / "scan"), "jsonl") as scan:
        scan.begin([str(file)], {})
        with on_cluster(cluster, checking=check, writing=scan.writing) as engine:
            some = (task for task in list(scan.journal.left())[:4])
            for done in engine.run(some, hear=lambda task, said: None):
                scan.journal.finish(done.task.number, done.answer)
    with Scan(str(tmp_path / "scan"), "jsonl") as scan:
        scan.begin([str(file)], {})
        with on_this_machine(1, checking=check, writing=scan.writing) as engine:
            assert 0 < scan.run(engine, lambda said: None).messages < 120
        with open(tmp_path / "out", "wb") as stream:
            scan.write(stream)
        counts = scan.journal.counts(most_domains=9)
    assert counts.messages == 120
    assert [Row(**json.loads(line)) for line in (tmp_path / "out").read_bytes().splitlines()] == rows_of(file)


def test_lint_batches_is_mapped_over_batches(tmp_path: Path, cluster: str) -> None:
    file = box(tmp_path / "all.mbox", 120)
    options: dict[str, Any] = {"interface": Interface.SMTP, "config": LintConfig(select=("SES",))}
    batches = list(message_batches(messages(str(file)), most_octets=10_000))
    assert len(batches) > 5
    with distributed.Client(cluster, set_as_default=False) as client:
        tables = [pa.Table.from_batches([batch]) for batch in batches]
        found = client.gather(client.map(partial(lint_table, **options), tables))
        again = client.gather(client.map(_listed, [[batch] for batch in batches], **options))
    expected = Counter(rows(messages(str(file)), **options))
    assert Counter(Row(**row) for table in found for row in table.to_pylist()) == expected
    assert Counter(row for part in again for row in part) == expected


def _listed(batches: Any, **options: Any) -> list[Row]:
    return [Row(**row) for batch in lint_batches(batches, **options) for row in batch.to_pylist()]


def test_a_piece_that_kills_the_workers_is_one_row(tmp_path: Path) -> None:
    file = box(tmp_path / "all.mbox", 60, marks={30: b"X-Kill:\n"})
    # Given up after the first death; each costs the start of a worker. A LocalCluster closes a worker for good if it
    # happens not to be there a while after one of its deaths.
    settings = {"SCHEDULER__ALLOWED_FAILURES": "0", "DEPLOY__LOST_WORKER_TIMEOUT": "10 minutes"}
    with local_cluster(1, **settings) as own, Scan(str(tmp_path / "scan"), "jsonl") as scan:
        scan.begin([str(file)], {})
        check = Check(config=LintConfig(rules=(kills,)))
        with on_cluster(own, checking=check, writing=scan.writing) as engine:
            scan.run(engine, lambda said: None)
        counts = scan.journal.counts(most_domains=9)
    assert counts.unchecked == 1
    assert 30 < counts.messages < 60


def test_a_piece_that_was_done_by_a_worker_that_is_gone_is_done_anew(tmp_path: Path) -> None:
    file = box(tmp_path / "all.mbox", 60)
    with (
        local_cluster(1, DEPLOY__LOST_WORKER_TIMEOUT="10 minutes") as own,
        Scan(str(tmp_path / "scan"), "jsonl") as scan,
        distributed.Client(own, set_as_default=False) as other,
    ):
        scan.begin([str(file)], {})
        with on_cluster(own, checking=Check(), writing=scan.writing) as engine:
            pieces = list(scan.journal.left())
            running = engine.run(pieces, hear=lambda task, said: None)
            some = [next(running)]
            ((worker, process),) = other.run(os.getpid).items()
            while not other.has_what()[worker]:
                sleep(0.05)
            os.kill(process, signal.SIGKILL)
            while worker in other.nthreads():
                sleep(0.05)
            some += running
    assert len(pieces) > 2
    assert sorted(done.task.number for done in some) == [task.number for task in pieces]
    assert not any(done.is_lost for done in some)
    assert sum(done.answer.messages for done in some if done.answer) == 60


def test_a_cluster_that_takes_a_piece_back_is_told(tmp_path: Path) -> None:
    file = box(tmp_path / "all.mbox", 60)
    with local_cluster(1) as own, Scan(str(tmp_path / "scan"), "jsonl") as scan:
        scan.begin([str(file)], {})
        with on_cluster(own, checking=Check(), writing=scan.writing) as engine:
            running = engine.run(scan.journal.left(), hear=lambda task, said: None)
            next(running)
            with distributed.Client(own, set_as_default=False) as other:
                other.restart()
            with pytest.raises(NoCluster, match=r"^the cluster gave up a piece, as when it is restarted; --resume "):
                list(running)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("tcp://127.0.0.1:1", "no Dask scheduler answers at tcp://127.0.0.1:1"),
        ("nonsense://x", "no Dask scheduler answers at nonsense://x"),
    ],
)
def test_a_scheduler_that_does_not_answer_is_told(
    address: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sesmime.archive.on_dask._PATIENCE", 1)
    file = box(tmp_path / "all.mbox", 3)
    ran = run("scan", file, "-o", tmp_path / "out.csv", "--scheduler", address)
    assert ran.code == 2
    assert ran.err.startswith(f"sesmime scan: {told}: ")
    assert ran.err.count("\n") == 1


def test_a_cluster_whose_workers_go_is_told_and_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sesmime.archive.on_dask._DESERTED", 1)
    monkeypatch.setattr("sesmime.archive.on_dask._COUNT", 0.2)
    file = box(tmp_path / "all.mbox", 60)
    with local_cluster(1) as own, Scan(str(tmp_path / "scan"), "jsonl") as scan:
        scan.begin([str(file)], {})
        with on_cluster(own, checking=Check(), writing=scan.writing) as engine:
            with distributed.Client(own, set_as_default=False) as other:
                other.retire_workers(list(other.nthreads()))
            with pytest.raises(NoCluster, match=r"^the cluster has had no workers for [12] seconds; --resume goes on$"):
                scan.run(engine, lambda said: None)
        with on_this_machine(1, checking=Check(), writing=scan.writing) as engine:
            assert scan.run(engine, lambda said: None).messages == 60


def test_a_scheduler_without_workers_is_told() -> None:
    with (
        local_cluster(0) as own,
        pytest.raises(NoCluster, match="has no workers"),
        on_cluster(own, checking=Check(), writing=Scan(None, None).writing),
    ):
        pass
