"""`sesmime spool`: the list of a spool, and the decisions of its operator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sesmime import ApiParameters
from sesmime.cli.spooling import add_gauges
from sesmime.relay.holding import read_calls
from sesmime.relay.spool import Mail, Spool, State
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import Destination
from tests.cli.running import run

EVERYBODY = tuple(f"r{number}@d.example" for number in range(5))
MESSAGE = b"From: joe@a.example\r\n\r\nHi\r\n"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A spool with a message that waits, one that failed, and one that is uncertain."""
    path = tmp_path / "spool"
    spool = Spool(str(path), clock=lambda: 1_600_000_000.0)
    for word, recipients in (("one", EVERYBODY), ("two", EVERYBODY[:1]), ("three", EVERYBODY[:2])):
        spool.take(
            Mail(
                octets=MESSAGE,
                parameters=ApiParameters(source="joe@a.example"),
                interface=Interface.SEND_RAW_EMAIL,
                destinations=(Destination(recipients),),
                digest=word.encode(),
                sender="joe@a.example",
                message_id=f"<{word}\u202e@a.example>",
            )
        )
    first, second, third = spool.pick(3)[0]
    assert [spool.begin(one) for one in (first, second, third)] == [True] * 3
    spool.record(first, State.QUEUED, reason="454 Throttling failure: slow", due=1_600_000_060.0)
    spool.record(second, State.FAILED, reason="554 Message rejected: no")
    spool.record(third, State.UNCERTAIN, reason="451 Temporary service failure")
    yield path  # in use by a relay, as it were
    spool.close()


class TestListing:
    def test_each_call_is_listed_with_what_is_known_of_it(self, file: Path) -> None:
        ran = run("spool", str(file))
        assert ran.code == 1
        assert ran.out.decode() == (
            "1  queued  2020-09-13T12:26:40Z  1 attempt  <joe@a.example> to r0@d.example, r1@d.example, r2@d.example"
            " and 2 others  <one\\u202e@a.example>\n"
            "    454 Throttling failure: slow\n"
            "2  failed  2020-09-13T12:26:40Z  1 attempt  <joe@a.example> to r0@d.example  <two\\u202e@a.example>\n"
            "    554 Message rejected: no\n"
            "3  uncertain  2020-09-13T12:26:40Z  1 attempt  <joe@a.example> to r0@d.example, r1@d.example "
            " <three\\u202e@a.example>\n"
            "    451 Temporary service failure\n"
        )
        assert ran.err == "1 queued, 1 failed, 1 uncertain\n"

    def test_as_json(self, file: Path) -> None:
        ran = run("spool", "--json", str(file))
        assert (ran.code, ran.err) == (1, "")
        assert ran.json[0] == {
            "message": 1,
            "state": "QUEUED",
            "received": "2020-09-13T12:26:40Z",
            "changed": "2020-09-13T12:26:40Z",
            "due": "2020-09-13T12:27:40Z",
            "attempts": 1,
            "size": len(MESSAGE),
            "sender": "joe@a.example",
            "recipients": list(EVERYBODY),
            "message_id": "<one\u202e@a.example>",
            "reason": "454 Throttling failure: slow",
        }
        assert [(one["state"], one["due"]) for one in ran.json[1:]] == [("FAILED", None), ("UNCERTAIN", None)]

    def test_a_message_is_written_as_it_is_sent(self, file: Path) -> None:
        assert run("spool", str(file), "--message", "2") == (0, MESSAGE, "")
        ran = run("spool", str(file), "--message", "9")
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.endswith(": there is no message 9\n")

    def test_what_is_no_spool_is_told(self, tmp_path: Path) -> None:
        ran = run("spool", str(tmp_path / "nothing"))
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.endswith("nothing: there is no such file\n")


class TestDeciding:
    def test_what_failed_is_sent_again(self, file: Path) -> None:
        ran = run("spool", str(file), "--retry", "2", "--retry", "1")
        assert ran.code == 1
        assert ran.err == "1 call queued again\n2 queued, 1 uncertain\n"

    def test_all_are_dropped_but_what_waits(self, file: Path) -> None:
        ran = run("spool", str(file), "--drop", "all")
        assert ran.code == 0
        assert ran.err == "2 calls dropped\n1 queued\n"
        assert run("spool", str(file), "--drop", "all").err == "0 calls dropped\n1 queued\n"
        assert [one.message for one in read_calls(str(file))] == [1]

    def test_an_empty_one_is_told(self, tmp_path: Path) -> None:
        Spool(str(tmp_path / "spool")).close()
        assert run("spool", str(tmp_path / "spool")) == (0, b"", "the spool is empty\n")

    @pytest.mark.parametrize("text", ["x", "-1", "1.5", "", "\u0663", "9" * 30])
    def test_a_number_that_is_none_is_refused(self, file: Path, text: str) -> None:
        ran = run("spool", str(file), f"--drop={text}")
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.endswith("is no number of a message\n")
        assert len(read_calls(str(file))) == 3


@pytest.mark.edges
def test_metrics_count_what_is_in_it(tmp_path: Path) -> None:
    pytest.importorskip("prometheus_client")
    from sesmime.relay.metrics import Metrics

    metrics = Metrics()
    spool = Spool(str(tmp_path / "spool"))
    add_gauges(metrics, spool)
    destinations = (Destination(EVERYBODY[:1]), Destination(EVERYBODY[1:2]), Destination(EVERYBODY[2:3]))
    spool.take(Mail(MESSAGE, ApiParameters(), Interface.SEND_RAW_EMAIL, destinations, b"", "joe@a.example"))
    first, second, _ = spool.pick(3)[0]
    spool.record(first, State.FAILED)
    spool.record(second, State.UNCERTAIN)
    page = metrics.page()[1].decode()
    for name in ("queued", "failed", "uncertain"):
        assert f"spool_{name} 1.0\n" in page
    spool.close()
    assert "spool_queued NaN\n" in metrics.page()[1].decode()
