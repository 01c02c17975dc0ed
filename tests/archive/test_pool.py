"""The processes that work on tasks: every task is done once, whatever becomes of the processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sesmime.archive.pool import Pool
from tests.archive import working

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow  # processes are started


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_every_task_is_done_once_and_numbered(jobs: int) -> None:
    with Pool(working.double, jobs) as pool:
        done = sorted(pool.run(range(50)))
    assert [(one.number, one.task, one.answer) for one in done] == [(n, n, n * 2) for n in range(50)]


def test_what_a_task_tells_is_heard_before_it_is_done() -> None:
    heard: list[tuple[int, int]] = []
    with Pool(working.double, 2) as pool:
        for one in pool.run(range(9), hear=lambda task, said: heard.append((task, said))):
            assert (one.task, one.task) in heard
    assert sorted(heard) == [(n, n) for n in range(9)]


def test_answers_come_in_order_and_few_tasks_are_taken_ahead() -> None:
    taken: list[int] = []
    returned: list[int] = []

    def tasks() -> Any:
        for number in range(40):
            taken.append(number)
            assert len(taken) - len(returned) <= 5
            yield number

    with Pool(working.double, 2) as pool:
        for one in pool.run_in_order(tasks(), ahead=5):
            returned.append(one.answer)
    assert returned == [n * 2 for n in range(40)]


def test_answers_and_tasks_may_be_larger_than_a_pipe() -> None:
    with Pool(working.grow, 2) as pool:
        assert [len(one.answer) for one in pool.run_in_order([3 << 20] * 6, ahead=6)] == [3 << 20] * 6
    with Pool(_len, 2) as pool:
        assert [one.answer for one in pool.run_in_order([b"x" * (3 << 20)] * 6, ahead=6)] == [3 << 20] * 6


def _len(task: bytes, tell: Any) -> int:
    return len(task)


def test_a_task_whose_process_is_killed_once_is_done_by_another(tmp_path: Path) -> None:
    tasks = [(str(tmp_path), number, int(number in (0, 3, 4))) for number in range(8)]
    with Pool(working.kill_at, 2) as pool:
        done = sorted(pool.run(tasks))
    assert [one.answer for one in done] == [n * 2 for n in range(8)]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_task_that_kills_two_processes_is_lost_and_no_other_is(tmp_path: Path) -> None:
    tasks = [(str(tmp_path), number, 9 if number in (2, 5) else 0) for number in range(8)]
    with Pool(working.kill_at, 2) as pool:
        done = sorted(pool.run(tasks))
    assert [one.is_lost for one in done] == [n in (2, 5) for n in range(8)]
    assert [one.answer for one in done if not one.is_lost] == [n * 2 for n in range(8) if n not in (2, 5)]
    assert len(list(tmp_path.iterdir())) == 4


def test_what_the_work_raises_is_raised() -> None:
    with Pool(working.refuse, 2) as pool, pytest.raises(OSError, match="No space left") as raised:
        list(pool.run(range(3)))
    assert raised.value.errno == 28
    with Pool(working.refuse_oddly, 2) as pool, pytest.raises(RuntimeError, match="Unreadable: one"):
        list(pool.run(range(3)))


def test_no_process_is_started_without_a_task() -> None:
    with Pool(working.double, 2) as pool:
        assert list(pool.run([])) == []
        assert not pool._workers


def test_processes_end_with_the_pool(tmp_path: Path) -> None:
    file = tmp_path / "number"
    with Pool(working.sleep_long, 1) as pool, pytest.raises(TimeoutError):
        run = pool.run([str(file), str(file)], hear=_give_up)
        next(run)
    assert not _is_running(int(file.read_text()))


def _give_up(task: str, said: object) -> None:
    raise TimeoutError


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_processes_end_with_their_parent_however_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "number"
    program = (
        "from sesmime.archive.pool import Pool\nfrom tests.archive.working import sleep_long\n"
        f"if __name__ == '__main__':\n    with Pool(sleep_long, 1) as pool:\n        list(pool.run([{str(file)!r}]))\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    parent = subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)})
    number = int(_wait_for(lambda: file.exists() and file.read_text()))
    parent.kill()
    parent.wait()
    assert _wait_for(lambda: not _is_running(number))


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    status = Path("/proc", str(number), "stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def _wait_for(said: Any) -> Any:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if value := said():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_the_signal_of_ctrl_c_does_not_reach_the_work() -> None:
    assert signal.SIGINT  # see `_serve`: a terminal sends it to every process
    with Pool(_interrupt, 1) as pool:
        assert [one.answer for one in pool.run([1])] == ["went on"]


def _interrupt(task: int, tell: Any) -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "went on"
