"""The fuzzer itself: the same choices make the same case, a failure is made small and kept, faults are put in."""

from __future__ import annotations

import ast
import email.policy
import os
import random
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fuzz import __main__ as command
from fuzz import branches, running
from fuzz.__main__ import Done, main, tasks
from fuzz.chance import Octets, Recorded, Replayed
from fuzz.grammar import any_message, row
from fuzz.harnesses import HARNESSES, Harness
from fuzz.mutation import __main__ as mutation
from fuzz.mutation.__main__ import TARGETS, Survivor, score, stale, survivors
from fuzz.mutation.operators import Mutant, mutants_of, mutated
from fuzz.mutation.running import Verdict, source_of
from fuzz.running import TooSlow, datum, execute, keep, place_of, smallest, timed
from fuzz.values import LyingOctets, LyingText, disguised
from fuzz.writers import WRITERS
from sesmime import message_from_bytes, message_to_bytes, parse
from tests import edited
from tests.library_trees import reads_as_the_library


class TestChoices:
    """One body runs under any source of choices."""

    @pytest.mark.parametrize("harness", HARNESSES, ids=[f"law {one.law}" for one in HARNESSES])
    def test_the_same_seed_and_the_same_choices_make_the_same_case(self, harness: Harness) -> None:
        for number in range(8):
            recorded = Recorded(f"{harness.law} {number}")
            made = repr(harness.make(recorded))
            assert repr(harness.make(Recorded(f"{harness.law} {number}"))) == made
            assert repr(harness.make(Replayed(recorded.chosen))) == made

    @pytest.mark.parametrize("harness", HARNESSES, ids=[f"law {one.law}" for one in HARNESSES])
    def test_any_octets_make_a_case_and_no_octets_one_that_holds(self, harness: Harness) -> None:
        if harness.law != 11:  # asks other processes
            harness.hold(*harness.make(Octets(b"")))
        for number in range(8):
            octets = random.Random(number).randbytes(200)
            assert repr(harness.make(Octets(octets))) == repr(harness.make(Octets(octets)))

    def test_messages_are_of_every_kind(self) -> None:
        made = [any_message(Recorded(str(number))) for number in range(400)]
        assert b"" in made
        assert len(set(made)) > 350
        for piece in (b"multipart/", b"message/rfc822", b"X-SES-", b"\r\r\n", b"\x00", b"=?utf-8?", b"base64"):
            assert any(piece in message for message in made), piece
        assert max(map(len, (row(Recorded(str(number)), 16_000) for number in range(40)))) > 10_000


class TestDisguises:
    """What lies about itself is still what it is."""

    def test_a_lying_text_lies(self) -> None:
        text = LyingText("Grüße")
        assert str.__str__(text) == "Grüße"
        assert (len(text), str(text) == "Grüße", f"{text}" == "Grüße", text == "x") == (1, False, False, True)
        octets = LyingOctets(b"octets")
        assert (bytes(memoryview(octets)), bytes(octets), len(octets)) == (b"octets", b"lie", 3)

    @pytest.mark.parametrize("name", WRITERS)
    def test_a_disguised_value_is_the_same_value(self, name: str) -> None:
        given = WRITERS[name].make(Recorded(name))
        assert type(disguised(Recorded("1"), given)) is type(given)


def harness(hold: Callable[..., object]) -> Harness:
    return Harness(1, "a law", lambda chance: (chance.randbytes(40) + b"bad" + chance.randbytes(40), "x"), hold, 1)


def breaks(message: bytes, text: str) -> None:
    assert b"bad" not in message


class TestFailures:
    """A failing case is made small, printed as a datum, and kept."""

    def made(self) -> tuple[running.Failure, BaseException]:
        chance = Recorded("1")
        one = harness(breaks)
        case = one.make(chance)
        error = timed(lambda: one.hold(*case))
        assert error is not None
        smaller, raised = smallest(one, chance.chosen, [case], error)
        return running.Failure(1, 7, 3, smaller, repr(raised)), raised

    def test_the_smallest_case_fails_in_the_same_place(self) -> None:
        failure, raised = self.made()
        assert failure.case == (b"bad", "x")
        assert place_of(raised)[0] is AssertionError

    def test_octets_inside_a_case_are_made_small_too(self) -> None:
        def hold(given: tuple[Any, ...]) -> None:
            assert b"bad" not in given[0][0]

        one = Harness(1, "a law", lambda chance: (([chance.randbytes(9) + b"bad"], 1),), hold, 1)
        case = one.make(Recorded("2"))
        error = timed(lambda: one.hold(*case))
        assert error is not None
        assert smallest(one, (), [case], error)[0] == (([b"bad"], 1),)

    def test_it_is_kept_as_octets_and_as_a_datum(self, tmp_path: Path) -> None:
        failure, _ = self.made()
        file = keep(failure, tmp_path)
        told = file.read_text(encoding="utf-8")
        assert told == datum(failure)
        assert "python -m fuzz --law 1 --seed 7 --only 3" in told
        assert ast.literal_eval(told.splitlines()[1].removesuffix(",")) == (1, (b"bad", "x"))
        assert [one.read_bytes() for one in sorted(tmp_path.glob("*.bin"))] == [b"bad"]

    @pytest.mark.slow
    def test_what_takes_over_a_second_of_processor_time_fails(self) -> None:
        def endless() -> None:
            while True:
                try:
                    while True:
                        pass
                except Exception:  # noqa: BLE001 as laws that ask the library do
                    pass

        assert isinstance(timed(endless), TooSlow)
        assert timed(lambda: None) is None


class TestCommand:
    """`python -m fuzz`."""

    def test_executions_are_divided_and_none_is_lost(self) -> None:
        laws = [one.law for one in HARNESSES]
        for wanted in (1, 15, 1_000, 12_345):
            made = list(tasks(laws, wanted, 1))
            assert sum(task.executions for task in made) == wanted
            spans = [(task.law, task.first) for task in made]
            assert len(spans) == len(set(spans))

    def test_there_is_one_harness_for_each_law_of_the_design(self) -> None:
        assert [one.law for one in HARNESSES] == list(range(1, 16))

    @pytest.mark.slow
    def test_a_run_tells_its_figures(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        assert main(["--law", "2", "--law", "10", "--executions", "40", "--jobs", "1", "--folder", str(tmp_path)]) == 0
        told = capsys.readouterr().out.splitlines()
        assert [line.partition(":")[0] for line in told[:2]] == ["law  2", "law 10"]
        assert told[-1].startswith("40 executions, 0 failed; ")

    def test_a_run_that_is_interrupted_tells_what_it_did(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ignored: list[int] = []
        monkeypatch.setattr(signal, "signal", lambda number, handler: ignored.append(number))

        def interrupted() -> Iterator[Done]:
            yield Done(2, 500, [], 1.0)
            yield Done(2, 100, [], 0.5)
            raise KeyboardInterrupt

        assert command._told(interrupted(), tmp_path, 12_000) == 130
        told = capsys.readouterr().out.splitlines()
        assert told[0].startswith("law  2:       600 executions, 0 failed,   2.5 ms: ")
        assert told[-1].startswith("600 executions, 0 failed; 2 s of processor, ")
        assert told[-1].endswith("; interrupted, 12,000 were wanted")
        assert ignored == [signal.SIGINT, signal.SIGTERM]

    def test_a_law_that_is_broken_stops_after_five(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running, "harness_of", lambda law: harness(breaks))
        done, failures = execute(1, 1, range(100))
        assert done == len(failures) == 5


SOURCE = '''
"""A docstring stays."""
from __future__ import annotations

LIMIT: int = 3


def small(number: int, *, least: int = 0) -> bool:
    """So does this one."""
    if not number:
        raise ValueError("and this text")
    for one in range(number):
        if one > LIMIT and number < 9:
            break
    return number - least <= LIMIT
'''


class TestFaults:
    """Small faults, one at a time."""

    def test_every_fault_changes_the_code_and_only_one_place(self) -> None:
        plain = ast.unparse(ast.parse(SOURCE)).splitlines()
        changes = []
        for one in mutants_of(SOURCE):
            made = mutated(SOURCE, one.number)
            compile(made, "made", "exec")
            lines = ast.unparse(made).splitlines()
            (line,) = [new for old, new in zip(plain, lines, strict=True) if old != new]
            changes.append(line.strip())
        assert changes == [
            "LIMIT: int = 4",
            "def small(number: int, *, least: int=1) -> bool:",
            "if not not number:",
            "pass",
            "if not (one > LIMIT and number < 9):",
            "if one > LIMIT or number < 9:",
            "if one >= LIMIT and number < 9:",
            "if one > LIMIT and number <= 9:",
            "if one > LIMIT and number < 10:",
            "continue",
            "return None",
            "return number - least < LIMIT",
            "return number + least <= LIMIT",
        ]

    def test_every_module_has_tests_and_faults(self) -> None:
        for module, tests in TARGETS.items():
            assert mutants_of(source_of(module).read_text(encoding="utf-8")) or module.endswith("_table")
            assert all(Path(__file__).parents[1].joinpath(test).exists() for test in tests), module

    def test_every_survivor_of_the_list_is_a_fault_with_a_reason(self) -> None:
        listed = survivors()
        assert len({(one.module, one.function, one.change) for one in listed}) == len(listed)
        for one in listed:
            assert one.module in TARGETS, one
            assert " -> " in one.change, one
            assert len(one.reason) > 20, one

    def test_a_survivor_that_is_no_longer_a_fault_is_told(self) -> None:
        assert stale(survivors()) == []
        old = Survivor("sesmime.mime.edits", "no_such", "1 -> 2", "a reason")
        assert stale([*survivors(), old]) == [old]
        assert stale([old]) == [old]

    def test_what_the_list_explains_is_run_unless_it_is_trusted(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        module, explained = "sesmime.ses.tags", sum(one.module == "sesmime.ses.tags" for one in survivors())
        faults = mutants_of(source_of(module).read_text(encoding="utf-8"))
        ran: list[Mutant] = []

        def run(module: str, tests: object, *, chosen: Callable[[Mutant], bool], **more: object) -> list[Verdict]:
            ran[:] = [one for one in faults if chosen(one)]
            return [Verdict(one, "killed") for one in ran]

        monkeypatch.setattr(mutation, "run", run)
        assert mutation.main([module]) == 0
        assert ran == faults
        assert "; 0 explained, 0 open;" in capsys.readouterr().out
        assert mutation.main([module, "--trust"]) == 0
        assert len(ran) == len(faults) - explained < len(faults)
        assert f"; {explained} explained, 0 open;" in capsys.readouterr().out

    def test_a_score_counts_what_was_explained_apart(self) -> None:
        faults = mutants_of(SOURCE)
        verdicts = [Verdict(fault, "killed" if fault.number else "survived") for fault in faults]
        found = score("no.module", verdicts)
        assert (found.all, found.killed, found.explained, found.open) == (len(faults), len(faults) - 1, 0, 1)

    def test_what_a_thread_runs_is_asked_of_its_test_and_a_fault_that_waits_for_ever_is_ended(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "counting.py").write_text(COUNTING)
        (tmp_path / "test_counting.py").write_text(TEST_OF_COUNTING)
        # The second survives only in a fork: a process of its own does not find the module.
        done = subprocess.run(
            [sys.executable, "-c", RUN_OF_COUNTING, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{Path(__file__).parents[1]}{os.pathsep}{tmp_path}"},
        )
        assert done.stdout.splitlines()[-1] == str(
            [("found.append(1) -> pass", "killed"), ("1 -> 2", "survived"), ("done.set() -> pass", "time")]
        )


COUNTING = """
import threading

def counted():
    found, done = [], threading.Event()
    def work():
        found.append(1)
        done.set()
    threading.Thread(target=work, daemon=True).start()
    done.wait()
    return found
"""
TEST_OF_COUNTING = """
from counting import counted

def test_counting():
    assert len(counted()) == 1
"""
RUN_OF_COUNTING = """
import sys
from pathlib import Path
from fuzz.mutation import running

running._ROOT, running._PATIENCE = Path(sys.argv[1]), 0
verdicts = running.run("counting", ["test_counting.py"], jobs=2, marks="")
print([(one.mutant.change.partition(" in ")[0], one.outcome) for one in sorted(verdicts)[:3]])
"""


class TestBranches:
    def test_they_are_those_of_the_wings_that_are_measured(self) -> None:
        settings = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
        assert set(settings["tool"]["coverage"]["run"]["source"]) == {f"sesmime.{wing}" for wing in branches.WINGS}
        assert all((Path(__file__).parent / wing).is_dir() for wing in branches.WINGS)

    def test_a_wing_that_is_none_and_a_test_that_fails_are_told(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            branches.main(["mime", "nowhere"])
        assert "not among the wings: nowhere" in capsys.readouterr().err
        run: list[str] = []

        def watched(wing: str, folder: Path) -> int:
            run.append(wing)
            return 1

        monkeypatch.setattr(branches, "watched", watched)
        assert branches.main(["mime"]) == 2
        assert run == ["mime"]


ATTACHED = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: %b\n\nSubject: in\n\nHi\n"


class TestWhereTheLibraryIsNoMeasure:
    """What law 8 and law 12 once took for a fault of ours: the library reads or writes what is not so."""

    def test_an_attached_message_that_is_encoded_is_not_looked_into(self) -> None:
        plain, encoded = ATTACHED % b"8bit", ATTACHED % b"4"
        assert [part.content_type for part in parse(plain).walk()] == ["message/rfc822", "text/plain"]
        assert [part.content_type for part in parse(encoded).walk()] == ["message/rfc822"]
        assert reads_as_the_library(plain)
        assert reads_as_the_library(encoded)

    def test_an_encoded_word_in_the_middle_of_a_file_name_is_decoded(self) -> None:
        message = b'Content-Disposition: attachment; filename="y=?utf-8?q?a?=.txt"\n\nHi\n'
        assert parse(message).filename == "ya.txt"
        assert reads_as_the_library(message)
        other = message.replace(b"y=?utf-8?q?a?=", b"ya")
        assert parse(other).filename == "ya.txt"
        assert reads_as_the_library(other)

    def test_a_field_that_nobody_edited_is_kept_under_another_policy(self) -> None:
        report = (
            b'Content-Type: multipart/report; boundary="b"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n'
            b"Reporting-MTA: dns; a\r\n\r\nAction: failed lim=?utf-8?q?a?=ited%b\r\n\r\n--b--\r\n"
        ) % (b" and so on" * 6)
        message = message_from_bytes(report, policy=email.policy.compat32)
        for part in message.walk():
            part.policy = email.policy.default
        assert b"lim=?utf-8?q?a?=ited" in message_to_bytes(message)
        assert b"limaited" in message.as_bytes()
        applied = edited.writes_as_the_library(report, message, [], email.policy.compat32)
        assert set(applied) == {"refolds"}
