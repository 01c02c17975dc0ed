"""The file of a spool: what is taken, known again, claimed, recorded; who may have it; full and damaged disks."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sesmime import ApiParameters, MessageTag
from sesmime.relay.commits import Commits
from sesmime.relay.holding import drop, queue_again, read_calls
from sesmime.relay.spool import Receipt, Spool, State, Uncertain
from sesmime.relay.spool_file import NoRoom, is_full
from sesmime.ses.fields import ListManagement
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import Destination
from tests.relay.spooling import wait_until
from tests.relay.spools import (
    DESTINATIONS,
    SECRET,
    Clock,
    claimed,
    clock,
    file,
    mail,
    spool,
    states,
)

__all__ = ["clock", "file", "spool"]  # fixtures


class TestTaking:
    def test_what_is_taken_is_claimed_call_by_call_as_it_was_given(self, spool: Spool, clock: Clock) -> None:
        assert spool.take(mail()) == Receipt(1)
        calls, _ = claimed(spool, 10)
        assert [call.octets for call in calls] == [SECRET] * 2
        assert [call.parameters.destination for call in calls] == list(DESTINATIONS)
        first = calls[0]
        assert first.parameters == ApiParameters(
            source="joe@a.example",
            destination=DESTINATIONS[0],
            reply_to=("r@a.example",),
            configuration_set="shop",
            message_tags=(MessageTag("campaign", "spring"),),
            list_management=ListManagement("friends", None),
            tenant="",
            extra=(("Other", ["x", {"y": 1}]),),
        )
        assert (first.message, first.attempts, first.received) == (1, 1, clock.now)
        assert (first.interface, first.sender, first.message_id) == (
            Interface.SEND_RAW_EMAIL,
            "joe@a.example",
            "<1@a.example>",
        )

    def test_a_call_is_begun_once_however_many_ask(self, spool: Spool) -> None:
        for number in range(20):
            spool.take(mail(b"%d" % number, (Destination(("c@d.example",)),)))
        with ThreadPoolExecutor(8) as threads:
            picked = [call for calls, _ in threads.map(lambda _: spool.pick(20), range(4)) for call in calls]
            begun = list(threads.map(spool.begin, picked))
        assert [len(picked), sum(begun)] == [80, 20]
        assert spool.pick(20) == ([], None)

    def test_calls_that_are_seen_to_already_are_not_picked(self, spool: Spool) -> None:
        spool.take(mail())
        first, second = spool.pick(9)[0]
        assert spool.pick(9, besides={first.number}) == ([second], None)
        assert spool.pick(9, besides={first.number, second.number}) == ([], None)

    def test_no_more_octets_are_picked_than_one_asks_for_but_for_a_single_message(self, spool: Spool) -> None:
        for number, size in enumerate((90, 10, 200, 10)):
            spool.take(mail(b"%d" % number, DESTINATIONS[:1], bytes(size)))

        def picked(octets: int, *besides: int) -> list[int]:
            return [call.number for call in spool.pick(9, octets=octets, besides=besides)[0]]

        assert picked(100) == [1, 2]
        assert picked(99) == [1]
        assert picked(10) == [1]
        assert picked(10, 1) == [2]
        assert picked(199, 1, 2) == []
        assert picked(200, 1, 2) == [3]
        assert picked(-5, 1, 2) == []
        assert picked(-5) == [1]

    def test_a_call_that_was_dropped_meanwhile_is_not_begun(self, spool: Spool, file: Path) -> None:
        spool.take(mail())
        first, second = spool.pick(9)[0]
        spool.record(first, State.FAILED)
        assert drop(str(file)) == 1
        assert not spool.begin(first)
        assert spool.begin(second)

    def test_those_due_first_are_claimed_first_and_none_before_it_is_due(self, spool: Spool, clock: Clock) -> None:
        for word in (b"1", b"2", b"3"):
            spool.take(mail(word, (Destination(("c@d.example",)),)))
        first, second, third = claimed(spool, 9)[0]
        spool.record(first, State.QUEUED, due=clock.now + 30)
        spool.record(second, State.QUEUED, due=clock.now + 10)
        spool.record(third, State.QUEUED, due=clock.now + 20)
        assert claimed(spool, 9) == ([], clock.now + 10)
        clock.now += 20
        assert [call.number for call in claimed(spool, 1)[0]] == [second.number]
        assert [(call.number, call.attempts) for call in claimed(spool, 9)[0]] == [(third.number, 2)]
        assert claimed(spool, 9) == ([], clock.now + 10)

    def test_the_settings_cannot_hold_what_json_has_no_form_for(self, spool: Spool) -> None:
        odd = mail()._replace(parameters=ApiParameters(extra=(("Other", b"octets"),)))
        with pytest.raises(TypeError, match="JSON"):
            spool.take(odd)
        assert claimed(spool, 9) == ([], None)


class TestTheSameAgain:
    def test_it_is_known_where_the_client_may_not_have_read_the_reply(self, spool: Spool, file: Path) -> None:
        assert spool.take(mail()) == Receipt(1)
        assert spool.take(mail()) == Receipt(1, is_known=True)
        assert len(read_calls(str(file))) == 2

    def test_it_is_known_after_a_restart(self, file: Path) -> None:
        first = Spool(str(file))
        first.take(mail(), is_open=lambda: True)
        first.close()
        second = Spool(str(file))
        assert second.take(mail()) == Receipt(1, is_known=True)
        second.close()

    def test_it_is_another_one_from_a_client_that_has_read_the_reply(self, spool: Spool) -> None:
        spool.take(mail())
        spool.confirm(1)
        assert spool.take(mail()) == Receipt(2)

    def test_it_is_another_one_while_the_first_client_is_still_there(self, spool: Spool) -> None:
        there = [True, True]
        assert spool.take(mail(), is_open=lambda: there[0]) == Receipt(1)
        assert spool.take(mail(), is_open=lambda: there[1]) == Receipt(2)
        there[0] = False
        assert spool.take(mail()) == Receipt(1, is_known=True)

    def test_it_is_known_when_it_has_been_sent_already(self, spool: Spool) -> None:
        spool.take(mail())
        for call in claimed(spool, 9)[0]:
            spool.record(call, State.SENT)
        assert spool.take(mail()) == Receipt(1, is_known=True)
        assert claimed(spool, 9) == ([], None)

    def test_the_client_hears_why_all_of_it_failed(self, spool: Spool) -> None:
        spool.take(mail())
        first, second = claimed(spool, 9)[0]
        spool.record(first, State.FAILED, reason="554 Message rejected: no")
        assert spool.take(mail()) == Receipt(1, is_known=True)
        spool.record(second, State.FAILED, reason="554 Message rejected: no")
        assert spool.take(mail()) == Receipt(1, is_known=True, refusal="554 Message rejected: no")

    def test_it_is_forgotten_after_a_day(self, spool: Spool, clock: Clock) -> None:
        spool.take(mail())
        clock.now += 86_399
        assert spool.take(mail()).is_known
        clock.now += 1
        assert spool.take(mail()) == Receipt(2)

    def test_sent_ones_leave_nothing_in_the_file_after_a_day(self, spool: Spool, file: Path, clock: Clock) -> None:
        spool.take(mail())
        for call in claimed(spool, 9)[0]:
            spool.record(call, State.SENT)
        clock.now += 86_400
        spool.forget_old()
        assert sum(spool.counts().values()) == 0
        with sqlite3.connect(file) as database:
            assert database.execute("SELECT count(*) FROM messages").fetchone() == (0,)


class TestRecovering:
    @pytest.mark.parametrize(("policy", "state"), [(Uncertain.HOLD, State.UNCERTAIN), (Uncertain.RETRY, State.QUEUED)])
    def test_what_was_in_work_is_settled_as_one_asks(self, file: Path, policy: Uncertain, state: State) -> None:
        first = Spool(str(file))
        first.take(mail())
        assert len(claimed(first, 1)[0]) == 1
        first.close()
        second = Spool(str(file), uncertain=policy)
        assert second.recover() == 1
        assert second.recover() == 0
        assert states(file) == [state, State.QUEUED]
        second.close()

    def test_messages_for_another_api_are_counted(self, spool: Spool) -> None:
        spool.take(mail())
        assert spool.other_interfaces(Interface.SEND_RAW_EMAIL) == 0
        assert spool.other_interfaces(Interface.V2_SEND_EMAIL_RAW) == 1


class TestTheFile:
    def test_its_owner_alone_may_read_it(self, spool: Spool, file: Path) -> None:
        spool.take(mail())
        for one in file.parent.iterdir():
            assert stat.S_IMODE(one.stat().st_mode) == 0o600, one.name

    def test_nothing_of_a_message_is_left_in_it(self, file: Path) -> None:
        made = Spool(str(file))
        made.take(mail(octets=SECRET * 1_000))
        for call in claimed(made, 9)[0]:
            made.record(call, State.SENT)
        deadline = time.monotonic() + 20
        log = file.with_name("spool-wal")
        while any(SECRET in one.read_bytes() for one in (file, log)):
            assert time.monotonic() < deadline, "it is still there"
            time.sleep(0.05)
        assert log.stat().st_size == 0
        made.close()

    def test_it_does_not_grow_with_what_has_been_sent(self, file: Path) -> None:
        made = Spool(str(file))
        for number in range(60):
            made.take(mail(b"%d" % number, octets=os.urandom(100_000)))
            made.confirm(number + 1)
            for call in claimed(made, 9)[0]:
                made.record(call, State.SENT)
        assert file.stat().st_size < 1_000_000
        made.close()
        assert file.stat().st_size < 100_000

    def test_two_relays_cannot_have_it(self, spool: Spool, file: Path) -> None:
        with pytest.raises(sqlite3.OperationalError, match=r"^another relay uses it$"):
            Spool(str(file))
        assert spool.take(mail()) == Receipt(1)

    def test_it_can_be_had_again_by_another_one_that_follows(self, file: Path) -> None:
        Spool(str(file)).close()
        Spool(str(file)).close()

    @pytest.mark.parametrize("name", [":memory:", "file:x?mode=memory", "a b#c?d%41"])
    def test_a_name_that_sqlite_would_take_for_something_else_is_a_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Spool(name).close()
        assert (tmp_path / name).exists()

    def test_what_is_no_spool_is_refused(self, file: Path) -> None:
        file.write_bytes(b"Dear diary, this is no database. " * 200)
        with pytest.raises(sqlite3.DatabaseError, match=r"^it is no database$"):
            Spool(str(file))
        assert file.read_bytes().startswith(b"Dear diary")

    def test_a_database_of_something_else_is_refused_and_left_alone(self, file: Path) -> None:
        with sqlite3.connect(file) as database:
            database.execute("CREATE TABLE birds (name TEXT)")
        before = file.read_bytes()
        with pytest.raises(sqlite3.DatabaseError, match=r"^it is a database of something else$"):
            Spool(str(file))
        assert file.read_bytes() == before

    def test_a_file_of_another_version_is_refused(self, file: Path) -> None:
        Spool(str(file)).close()
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA user_version=99")
        with pytest.raises(sqlite3.DatabaseError, match=r"^another version of sesmime wrote it \(99\)$"):
            Spool(str(file))

    def test_a_damaged_file_is_refused(self, file: Path) -> None:
        made = Spool(str(file))
        made.take(mail(octets=SECRET * 4_000))
        made.close()
        octets = bytearray(file.read_bytes())
        octets[4096 * 3 : 4096 * 12] = b"\xff" * 4096 * 9
        file.write_bytes(octets)
        with pytest.raises(sqlite3.DatabaseError, match=r"^it is damaged$"):
            Spool(str(file))

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(sqlite3.OperationalError, match=r"^it cannot be opened: No such file"):
            Spool(str(tmp_path / "nothing" / "spool"))


class TestWithoutRoom:
    def test_a_message_that_does_not_fit_is_not_taken_and_the_next_is_when_there_is_room(self, file: Path) -> None:
        made = Spool(str(file), max_size=400_000)
        number = 0
        with pytest.raises(sqlite3.OperationalError) as told:
            while True:
                made.take(mail(b"%d" % number, octets=os.urandom(50_000)))
                number += 1
        assert is_full(told.value)
        assert number >= 4
        assert states(file) == [State.QUEUED] * 2 * number
        # Small ones still fit, and what is there can be delivered.
        calls, _ = claimed(made, 2)
        for call in calls:
            made.record(call, State.SENT)
        assert made.take(mail(b"again", octets=os.urandom(50_000))) == Receipt(number + 1)
        made.close()

    @pytest.mark.slow
    def test_a_disk_that_messages_have_filled_is_emptied_by_delivering_them(self, tmp_path: Path) -> None:
        folder = tmp_path / "disk"
        folder.mkdir()
        mount, umount = shutil.which("mount"), shutil.which("umount")
        command = [mount or "mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
        if not (mount and umount) or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no disk can be made: not root on Linux")
        try:
            made = Spool(str(folder / "spool"), reserve=3 << 20)
            number = 0
            with pytest.raises(NoRoom, match=r"^the disk is full$"):
                while True:
                    made.take(mail(b"%d" % number, DESTINATIONS[:1], os.urandom(3_000)))
                    number += 1
            made.close()
            made = Spool(str(folder / "spool"), reserve=3 << 20)
            count = 0
            while calls := made.pick(1)[0]:
                assert made.begin(calls[0])
                made.record(calls[0], State.FAILED if count % 100 == 0 else State.SENT, reason="554 no" * 40)
                count += 1
            assert count == number > 500
            # The file shrinks when all has been quiet for a second.
            wait_until(lambda: shutil.disk_usage(folder).free > 6_000_000)
            assert made.take(mail(b"more", octets=os.urandom(1_000_000))).number == number + 1
            made.close()
        finally:
            subprocess.run([str(umount), "--lazy", str(folder)], check=True)

    def test_of_several_in_one_transaction_those_that_fit_are_taken(self, file: Path) -> None:
        held = threading.Event()
        made = Spool(str(file), max_size=400_000)
        original = made.at_step

        def slow(step: str) -> None:
            held.wait(20)
            original(step)

        made._commits._at_step = slow

        def take(size: int) -> bool:
            try:
                made.take(mail(b"%d" % size, octets=bytes(size)))
            except sqlite3.OperationalError as error:
                return not is_full(error)
            return True

        with ThreadPoolExecutor(6) as threads:
            taken = [threads.submit(take, size) for size in (10, 20, 900_000, 30, 800_000, 40)]
            time.sleep(0.2)
            held.set()
            assert [one.result() for one in taken] == [True, True, False, True, False, True]
        assert len(read_calls(str(file))) == 8
        made.close()

    @pytest.mark.slow
    @pytest.mark.skipif(os.name != "posix", reason="a limit of the system")
    def test_files_that_may_not_grow_lose_nothing(self, tmp_path: Path) -> None:
        program = (
            "import sqlite3, sys\n"
            "from tests.relay.spools import mail\n"
            "from sesmime.relay.spool import Spool\n"
            "made = Spool(sys.argv[1])\n"
            "for number in range(40):\n"
            "    try:\n"
            "        made.take(mail(b'%d' % number, octets=bytes(50_000)))\n"
            "    except sqlite3.Error:\n"
            "        print('no', number)\n"
            "    else:\n"
            "        print('yes', number)\n"
        )

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

        file = tmp_path / "spool"
        told = subprocess.run(
            [sys.executable, "-c", program, str(file)],
            preexec_fn=limit,
            capture_output=True,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        lines = told.stdout.split("\n")
        taken = sum(line.startswith("yes") for line in lines)
        assert 4 <= taken < 40, told
        assert len(states(file)) == 2 * taken

    def test_a_file_that_somebody_else_holds_is_waited_for_and_then_refused(self, file: Path) -> None:
        made = Spool(str(file), patience=0.1)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            made.take(mail())
        other.execute("ROLLBACK")
        assert made.take(mail()) == Receipt(1)
        other.close()
        made.close()


class TestDeciding:
    def held(self, spool: Spool) -> None:
        """Have a message with a failed and an uncertain call, one that is put off, and one in work."""
        spool.take(mail(b"1"))
        first, second = claimed(spool, 9)[0]
        spool.record(first, State.FAILED, reason="554 Message rejected: \u202eno")
        spool.record(second, State.UNCERTAIN, reason="451 Temporary service failure")
        spool.take(mail(b"2", DESTINATIONS[:1]))
        spool.take(mail(b"3", DESTINATIONS[:1]))
        third, _ = claimed(spool, 9)[0]
        spool.record(third, State.QUEUED, due=spool.clock() + 9)

    def test_the_list_says_all_of_a_call(self, spool: Spool, file: Path) -> None:
        self.held(spool)
        failed, uncertain, put_off, working = read_calls(str(file))
        assert (failed.state, failed.reason) == (State.FAILED, "554 Message rejected: \\u202eno")
        assert (failed.recipients, failed.size, failed.attempts) == (("c@d.example", "e@f.example"), len(SECRET), 1)
        assert (uncertain.state, uncertain.recipients) == (State.UNCERTAIN, ("\udce9@h.example",))
        assert (put_off.state, put_off.message, put_off.due) == (State.QUEUED, 2, spool.clock() + 9)
        assert (working.state, working.sender, working.message_id) == (
            State.WORKING,
            "joe@a.example",
            "<1@a.example>",
        )

    def test_what_is_held_is_queued_again_while_the_relay_has_the_file(
        self, spool: Spool, file: Path, clock: Clock
    ) -> None:
        self.held(spool)
        clock.now = time.time() + 1
        assert queue_again(str(file), [2, 3]) == 0
        assert queue_again(str(file)) == 2
        again = claimed(spool, 9)[0]
        assert sorted((call.message, call.attempts) for call in again) == [(1, 1), (1, 1), (2, 2)]
        assert all(call.until - clock.now == pytest.approx(4 * 86_400, abs=5) for call in again if call.message == 1)

    def test_what_is_held_is_dropped_and_the_octets_with_it(self, spool: Spool, file: Path) -> None:
        self.held(spool)
        assert drop(str(file), [2, 3, 99]) == 0
        assert drop(str(file), [1]) == 2
        assert [one.message for one in read_calls(str(file))] == [2, 3]
        with sqlite3.connect(file) as database:
            assert database.execute("SELECT message FROM bodies ORDER BY message").fetchall() == [(2,), (3,)]
        # It is nothing that a client could be told of.
        assert spool.take(mail(b"1")) == Receipt(4)

    def test_an_empty_file_is_told(self, file: Path) -> None:
        file.touch()
        with pytest.raises(sqlite3.OperationalError, match=r"^it is no spool$"):
            read_calls(str(file))

    @pytest.mark.parametrize("ask", [read_calls, queue_again, drop])
    def test_what_is_no_spool_is_told(self, tmp_path: Path, ask: Callable[[str], object]) -> None:
        with pytest.raises(sqlite3.OperationalError, match=r"^there is no such file$"):
            ask(str(tmp_path / "nothing"))
        assert not list(tmp_path.iterdir())


class TestCommitting:
    def test_what_is_asked_for_meanwhile_shares_a_transaction(self, tmp_path: Path) -> None:
        steps: list[str] = []
        gate = threading.Event()

        def at_step(step: str) -> None:
            steps.append(step)
            if step == "first begun":
                assert gate.wait(20)

        database = sqlite3.connect(tmp_path / "x", check_same_thread=False, isolation_level=None)
        commits = Commits(database, tidy=lambda database: None, at_step=at_step)
        with ThreadPoolExecutor(4) as threads:
            first = threads.submit(commits.run, "first", lambda database: 0)
            while not steps:
                time.sleep(0.01)
            others = [threads.submit(commits.run, "other", lambda database, n=n: n) for n in (1, 2, 3)]
            while len(commits._waiting) < 3:
                time.sleep(0.01)
            gate.set()
            assert [one.result() for one in (first, *others)] == [0, 1, 2, 3]
        commits.close()
        assert steps[3:] == ["other begun"] * 3 + ["other written"] * 3 + ["other committed"] * 3

    def test_work_that_fails_costs_no_other(self, tmp_path: Path) -> None:
        database = sqlite3.connect(tmp_path / "x", check_same_thread=False, isolation_level=None)
        database.execute("CREATE TABLE t (n INTEGER UNIQUE)")
        commits = Commits(database, tidy=lambda database: None)

        def insert(number: int) -> bool:
            try:
                commits.run("insert", lambda database: database.execute("INSERT INTO t VALUES (?)", (number,)))
            except sqlite3.IntegrityError:
                return False
            return True

        with ThreadPoolExecutor(8) as threads:
            inserted = list(threads.map(insert, [1, 2, 2, 3, 3, 3, 4]))
        assert sum(inserted) == 4
        commits.close()
        with pytest.raises(sqlite3.ProgrammingError, match="the spool is closed"):
            insert(5)
        commits.later("late", lambda database: 1 / 0)

    def test_what_nobody_waits_for_is_written_at_the_end(self, tmp_path: Path) -> None:
        database = sqlite3.connect(tmp_path / "x", check_same_thread=False, isolation_level=None)
        database.execute("CREATE TABLE t (n INTEGER)")
        commits = Commits(database, tidy=lambda database: None)
        commits.later("insert", lambda database: database.execute("INSERT INTO t VALUES (1)"))
        commits.close()
        with sqlite3.connect(tmp_path / "x") as again:
            assert again.execute("SELECT n FROM t").fetchall() == [(1,)]
        again.close()
