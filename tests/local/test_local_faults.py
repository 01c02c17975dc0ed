"""A few seconds of `fuzz.local_faults`, and what it judges by."""

from __future__ import annotations

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("boto3")
pytest.importorskip("moto")

from fuzz.footprint import Footprint, growth
from fuzz.local_clients import Attempt, Told
from fuzz.local_faults import account, run

pytestmark = pytest.mark.edges


@pytest.mark.slow
@pytest.mark.parametrize("trial", ["steady", "killed"])
def test_each_message_is_there_once_or_refused(trial: str) -> None:
    told: list[str] = []
    assert run(minutes=0, seed=1, seconds=3, trials=(trial,), told=told.append) == 0, "\n".join(told)
    text = "\n".join(told)
    assert "told an id: 0 messages" not in text
    assert "wrong: 0" in text


def test_the_account_tells_what_is_wrong() -> None:
    attempts = {
        "here": Attempt(Told.ID, "1"),
        "lost": Attempt(Told.ID, "2"),
        "doubled": Attempt(Told.ID, "3"),
        "other": Attempt(Told.ID, "4"),
        "refused": Attempt(Told.ERROR),
        "there": Attempt(Told.ERROR),
        "cut": Attempt(Told.NOTHING),
        "cut there": Attempt(Told.NOTHING),
        "cut doubled": Attempt(Told.NOTHING),
        "deleted": Attempt(Told.DELETED, "5"),
        "back": Attempt(Told.DELETED, "6"),
    }
    stored = {"here": 1, "doubled": 2, "other": 1, "there": 1, "cut there": 1, "cut doubled": 2, "back": 1, "whose": 1}
    ids = {"here": "1", "doubled": "3", "other": "9"}
    assert account(attempts, stored, ids) == [
        "whose: nobody sent it",
        "lost: told an id, 0 times in the store",
        "doubled: told an id, 2 times in the store",
        "other: in the store under another id",
        "there: told an error, 1 times in the store",
        "cut doubled: told nothing, 2 times in the store",
        "back: told an id, and then that it is deleted, 1 times in the store",
    ]


def test_what_grows_is_told() -> None:
    flat = [Footprint(50_000 + 30_000 * (number > 1), 11, 6) for number in range(12)]
    assert growth(flat) == []
    assert growth(flat[:5]) == []
    leaking = [Footprint(50_000 + 5_000 * number, 11 + 2 * number, 6 + 2 * number) for number in range(12)]
    assert [line.split(":")[0] for line in growth(leaking)] == ["memory grows", "files grows", "threads grows"]
    assert growth([one._replace(memory=50_000, threads=6) for one in leaking]) == ["files grows: 22, then 30"]
