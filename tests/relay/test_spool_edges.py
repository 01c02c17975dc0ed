"""The spool's file at its edges: what it promises of the disk, what a refusal leaves behind, and what it is told."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sqlite3
import stat
import threading
import time
import weakref
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sesmime.cli.topics import topic_text
from sesmime.relay import spool_file
from sesmime.relay.holding import read_calls
from sesmime.relay.spool import Mail, Receipt, Spool, State
from sesmime.relay.spool_file import NoRoom, connected, create, is_full, lay_out, refuse_without_room
from sesmime.ses.interfaces import Interface
from tests.relay.spooling import wait_until
from tests.relay.spools import DESTINATIONS, Clock, claimed, clock, file, mail, spool, states

__all__ = ["clock", "file", "spool"]  # fixtures
PAGE = 4096
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def laid_out(file: Path) -> Iterator[sqlite3.Connection]:
    """A new file, and a connection to it."""
    create(str(file))
    database = connected(str(file))
    lay_out(database)
    yield database
    database.close()


def have_free(monkeypatch: pytest.MonkeyPatch, octets: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 40, 0, octets))


class TestRoom:
    def test_a_message_is_written_to_the_log_and_to_the_file_and_the_reserve_is_left(
        self, laid_out: sqlite3.Connection, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        have_free(monkeypatch, 10_000 + 10_000 + 50_000)
        refuse_without_room(laid_out, str(file), 10_000, max_size=1 << 30, reserve=50_000)
        for more_size, more_reserve in ((1, 0), (0, 1)):
            with pytest.raises(NoRoom, match=r"^the disk is full$"):
                refuse_without_room(
                    laid_out, str(file), 10_000 + more_size, max_size=1 << 30, reserve=50_000 + more_reserve
                )

    def test_what_fits_into_the_file_as_it_is_takes_room_in_the_log_alone(
        self, laid_out: sqlite3.Connection, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        laid_out.execute("INSERT INTO bodies VALUES (1, zeroblob(?))", (PAGE * 20,))
        laid_out.execute("DELETE FROM bodies")
        (unused,) = laid_out.execute("PRAGMA freelist_count").fetchone()
        assert unused >= 20
        have_free(monkeypatch, 10_000 + 50_000)
        refuse_without_room(laid_out, str(file), 10_000, max_size=1 << 30, reserve=50_000)
        with pytest.raises(NoRoom):
            refuse_without_room(laid_out, str(file), 10_001, max_size=1 << 30, reserve=50_000)
        # A page more than there is room for is written twice.
        size = (unused + 1) * PAGE
        have_free(monkeypatch, size + PAGE)
        refuse_without_room(laid_out, str(file), size, max_size=1 << 30, reserve=0)
        with pytest.raises(NoRoom):
            refuse_without_room(laid_out, str(file), size + 1, max_size=1 << 30, reserve=0)

    def test_the_file_has_its_most_with_the_pages_that_are_used(
        self, laid_out: sqlite3.Connection, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        have_free(monkeypatch, 1 << 40)
        laid_out.execute("INSERT INTO bodies VALUES (1, zeroblob(?)), (2, zeroblob(?))", (PAGE * 20, PAGE * 30))
        laid_out.execute("DELETE FROM bodies WHERE message = 1")
        (pages,) = laid_out.execute("PRAGMA page_count").fetchone()
        (unused,) = laid_out.execute("PRAGMA freelist_count").fetchone()
        used = (pages - unused) * PAGE
        assert used < pages * PAGE - PAGE * 19
        refuse_without_room(laid_out, str(file), 7, max_size=used + 7, reserve=0)
        with pytest.raises(NoRoom, match=rf"^it has {used + 6:,} octets at most$"):
            refuse_without_room(laid_out, str(file), 7, max_size=used + 6, reserve=0)

    def test_what_the_topic_says_of_the_disk_is_so(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, laid_out: sqlite3.Connection
    ) -> None:
        text = " ".join(topic_text("spool").split())
        told = re.search(r"grows to (\d+) GiB at most, and leaves (\d+) MiB of the disk free", text)
        assert told is not None
        have_free(monkeypatch, (int(told[2]) << 20) + 2 * 1_000)
        made = Spool(str(file))
        assert made.take(mail(octets=bytes(1_000))).number == 1
        with pytest.raises(NoRoom, match=r"^the disk is full$"):
            made.take(mail(b"two", octets=bytes(1_001 + PAGE * 100)))
        have_free(monkeypatch, 1 << 40)
        (pages,) = laid_out.execute("PRAGMA page_count").fetchone()
        (unused,) = laid_out.execute("PRAGMA freelist_count").fetchone()
        most = int(told[1]) << 30

        size: int = most - (pages - unused) * PAGE + 1

        class Octets(bytes):
            def __len__(self) -> int:
                return size

        with pytest.raises(NoRoom, match=rf"^it has {most:,} octets at most$"):
            made.take(mail(b"three", octets=Octets()))
        made.close()

    def test_which_errors_tell_that_there_is_no_room(self, tmp_path: Path) -> None:
        assert is_full(NoRoom("the disk is full"))
        database = sqlite3.connect(tmp_path / "small")
        database.execute("PRAGMA max_page_count=2")
        with pytest.raises(sqlite3.OperationalError) as told:
            database.execute("CREATE TABLE a (b)").execute("CREATE TABLE c (d)")
        assert is_full(told.value)
        with pytest.raises(sqlite3.OperationalError) as other:
            database.execute("SELECT * FROM no_such")
        assert not is_full(other.value)
        assert not is_full(sqlite3.ProgrammingError("made without SQLite"))
        database.close()


class TestTheHead:
    def test_the_file_is_what_this_version_and_the_next_know_it_by(
        self, laid_out: sqlite3.Connection, file: Path
    ) -> None:
        def told(name: str) -> object:
            return laid_out.execute(f"PRAGMA {name}").fetchone()[0]

        assert (told("application_id"), told("user_version")) == (0x5E5A5700, 1)
        # In SQLite's numbers: incremental, full, on.
        assert (told("auto_vacuum"), told("synchronous"), told("secure_delete")) == (2, 2, 1)
        assert (told("journal_mode"), told("page_size")) == ("wal", PAGE)
        assert not laid_out.in_transaction

    @pytest.mark.parametrize("setting", ["user_version=1", "application_id=1582978816"])
    def test_an_empty_database_with_half_a_head_is_none(self, file: Path, setting: str) -> None:
        with sqlite3.connect(file) as database:
            database.execute(f"PRAGMA {setting}")
        database.close()
        with pytest.raises(sqlite3.DatabaseError, match=r"^(it is a database of something else|another version)"):
            connected(str(file))

    def test_a_database_without_a_head_that_has_something_is_none(self, file: Path) -> None:
        with sqlite3.connect(file) as database:
            database.execute("CREATE TABLE calls (name TEXT)")
        database.close()
        with pytest.raises(sqlite3.DatabaseError, match=r"^it is a database of something else$"):
            connected(str(file))

    def test_a_large_file_is_not_read_whole(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made = Spool(str(file))
        made.take(mail(octets=bytes(PAGE * 40)))
        made.close()
        octets = bytearray(file.read_bytes())
        octets[PAGE * 3 : PAGE * 12] = b"\xff" * PAGE * 9
        file.write_bytes(octets)
        monkeypatch.setattr(spool_file, "_MOST_CHECKED", len(octets))
        with pytest.raises(sqlite3.DatabaseError, match=r"^it is damaged$"):
            Spool(str(file))
        monkeypatch.setattr(spool_file, "_MOST_CHECKED", len(octets) - 1)
        Spool(str(file)).close()

    def test_damage_where_the_tables_are_listed_is_told(self, file: Path) -> None:
        Spool(str(file)).close()
        octets = bytearray(file.read_bytes())
        octets[100:PAGE] = b"\xff" * (PAGE - 100)
        file.write_bytes(octets)
        with pytest.raises(sqlite3.DatabaseError, match=r"^it is damaged$"):
            Spool(str(file))

    def test_a_file_that_cannot_be_written_is_told_at_once(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        Spool(str(file)).close()
        read_only(monkeypatch, str(file))
        with pytest.raises(sqlite3.OperationalError, match=r"^it cannot be written$"):
            Spool(str(file))

    def test_a_lock_that_cannot_be_written_is_not_another_relay(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read_only(monkeypatch, f"{file}-lock")
        with pytest.raises(sqlite3.OperationalError, match=r"^it cannot be written$"):
            Spool(str(file))

    def test_a_folder_in_its_place_is_told(self, file: Path) -> None:
        file.mkdir()
        with pytest.raises(sqlite3.OperationalError, match=r"^it cannot be opened$"):
            Spool(str(file))

    def test_the_name_of_a_new_file_is_on_the_disk(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[tuple[int, int]] = []

        def fsync(number: int) -> None:
            synced.append((os.fstat(number).st_dev, os.fstat(number).st_ino))
            raise OSError("a file system that has no such thing")

        monkeypatch.setattr(os, "fsync", fsync)
        create(str(file))
        create(str(file))
        folder = file.parent.stat()
        assert synced == [(folder.st_dev, folder.st_ino)]
        assert file.read_bytes() == b""
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def read_only(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Have SQLite open one file as it does where the file may be read alone, which root is never told."""
    original: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect(name: str, **options: Any) -> sqlite3.Connection:
        if name == path:
            return original(f"{Path(path).as_uri()}?mode=ro", uri=True, **options)
        return original(name.replace("mode=rw", "mode=ro") if path in name else name, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the files of a process are not listed here")
class TestWhatIsLeftOpen:
    def open_below(self, folder: Path) -> set[str]:
        gc.collect()
        links = []
        for one in Path("/proc/self/fd").iterdir():
            try:
                links.append(os.readlink(one))
            except OSError:  # that of the list itself
                continue
        return {Path(link).name for link in links if link.startswith(str(folder))}

    def test_nothing_of_a_file_that_was_made(self, file: Path) -> None:
        before = len(list(Path("/proc/self/fd").iterdir()))
        create(str(file))
        assert len(list(Path("/proc/self/fd").iterdir())) == before

    @pytest.mark.parametrize("octets", [b"Dear diary, this is no database. " * 200, None])
    def test_nothing_where_the_file_is_refused(self, file: Path, octets: bytes | None) -> None:
        if octets is None:
            made = Spool(str(file))
            made.take(mail(octets=bytes(PAGE * 40)))
            made.close()
            octets = file.read_bytes()
            file.write_bytes(octets[: PAGE * 3] + b"\xff" * PAGE * 9 + octets[PAGE * 12 :])
        else:
            file.write_bytes(octets)
        # `told` holds the frames, and so what they have not closed.
        with pytest.raises(sqlite3.DatabaseError) as told:
            Spool(str(file))
        assert self.open_below(file.parent) == set()
        assert str(told.value) in ("it is no database", "it is damaged")

    def test_nothing_of_one_that_another_relay_has(self, file: Path) -> None:
        made = Spool(str(file))
        with pytest.raises(sqlite3.OperationalError) as told:
            Spool(str(file))
        made.close()  # SQLite closes a file when nobody in the process has a lock on it
        assert self.open_below(file.parent) == set()
        assert str(told.value) == "another relay uses it"


class TestWhatItIsTold:
    def test_no_files_stand_beside_it_but_its_lock_and_its_log(self, spool: Spool, file: Path) -> None:
        # The journal of a lock would be taken for a transaction that a killed relay has not ended.
        spool.take(mail())
        names = {f"spool{end}" for end in ("", "-lock", "-wal", "-shm")}
        assert {one.name for one in file.parent.iterdir()} == names

    def test_each_step_has_its_name(self, file: Path) -> None:
        # `at_step` is where a process is killed, by name (`tests.relay.spooled`).
        steps: list[str] = []
        made = Spool(str(file), at_step=steps.append)
        made.recover()
        made.take(mail(destinations=DESTINATIONS[:1]))
        made.other_interfaces(Interface.SEND_RAW_EMAIL)
        (call,), _ = made.pick(1)
        made.begin(call)
        made.record(call, State.SENT)
        made.counts()
        made.confirm(1)
        made.forget_old()
        made.close()
        names = [step.removesuffix(" committed") for step in steps if step.endswith(" committed")]
        assert sorted(names) == sorted(
            ["recover", "take", "look", "pick", "begin", "record", "look", "confirm", "forget"]
        )

    def test_a_new_message_is_not_known_and_not_refused(self, spool: Spool) -> None:
        assert tuple(spool.take(mail())) == (1, False, "")

    def test_a_message_without_an_identifier_or_a_client_s_name_has_none(self, spool: Spool, file: Path) -> None:
        given: Any = mail()
        spool.take(Mail(*given[: Mail._fields.index("peer")]))
        assert {one.message_id for one in read_calls(str(file))} == {""}
        with sqlite3.connect(file) as database:
            assert database.execute("SELECT peer, message_id FROM messages").fetchall() == [('""', '""')]
        database.close()

    def test_calls_are_counted_by_state(self, spool: Spool) -> None:
        assert spool.counts() == dict.fromkeys(State, 0)
        spool.take(mail())
        first, _ = claimed(spool, 1)[0][0], spool.take(mail(b"two"))
        spool.record(first, State.FAILED, reason="554 no")
        assert spool.counts() == {**dict.fromkeys(State, 0), State.QUEUED: 3, State.FAILED: 1}

    def test_what_was_sent_is_counted_until_the_client_has_read_its_reply(self, spool: Spool) -> None:
        spool.take(mail())
        for call in claimed(spool, 9)[0]:
            spool.record(call, State.SENT)
        assert spool.counts()[State.SENT] == 2
        spool.confirm(1)
        assert spool.counts() == dict.fromkeys(State, 0)

    def test_what_a_killed_process_was_at_says_so(self, file: Path) -> None:
        first = Spool(str(file))
        first.take(mail())
        claimed(first, 1)
        first.close()
        second = Spool(str(file))
        second.recover()
        assert [one.reason for one in read_calls(str(file))] == ["the relay ended before the answer was recorded", ""]
        second.close()

    def test_a_call_that_is_put_off_without_a_reason_has_none(self, spool: Spool, file: Path, clock: Clock) -> None:
        spool.take(mail(destinations=DESTINATIONS[:1]))
        (call,) = claimed(spool, 1)[0]
        spool.record(call, State.QUEUED, due=clock.now + 9)
        assert [(one.reason, one.due) for one in read_calls(str(file))] == [("", clock.now + 9)]

    def test_of_several_alike_the_one_is_known_whose_client_is_gone(self, spool: Spool) -> None:
        there = [True, True]
        assert spool.take(mail(), is_open=lambda: there[0]) == Receipt(1)
        assert spool.take(mail(), is_open=lambda: there[1]) == Receipt(2)
        there[1] = False
        assert spool.take(mail()) == Receipt(2, is_known=True)

    def test_a_message_is_known_for_a_day_and_then_forgotten(self, spool: Spool, file: Path, clock: Clock) -> None:
        spool.take(mail())
        for call in claimed(spool, 9)[0]:
            spool.record(call, State.SENT)
        clock.now += 86_399
        spool.forget_old()
        assert spool.take(mail()) == Receipt(1, is_known=True)
        clock.now += 1
        assert spool.take(mail()) == Receipt(2)
        spool.forget_old()
        spool.counts()  # which writes what was waiting
        with sqlite3.connect(file) as database:
            assert database.execute("SELECT number FROM messages").fetchall() == [(2,)]
            assert {one for (one,) in database.execute("SELECT message FROM calls")} == {2}
        database.close()

    @pytest.mark.parametrize("is_read", [True, False])
    def test_what_tells_of_a_client_is_let_go_of(self, spool: Spool, is_read: bool) -> None:
        class Client:
            def is_there(self) -> bool:
                return False

        client = Client()
        gone = weakref.ref(client)
        spool.take(mail(), is_open=client.is_there)
        del client
        spool.confirm(1) if is_read else spool.forget_old()
        spool.counts()
        gc.collect()
        assert gone() is None

    def test_a_client_that_is_there_is_not_forgotten(self, spool: Spool) -> None:
        spool.take(mail(), is_open=lambda: True)
        spool.forget_old()
        assert spool.take(mail()) == Receipt(2)


class TestQuiet:
    def test_a_reader_that_stays_is_not_waited_for(self, file: Path) -> None:
        made = Spool(str(file), patience=600)
        made.take(mail())
        reader = sqlite3.connect(file, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM calls").fetchall()
        made.confirm(1)  # what the reader does not see: the log cannot be emptied
        closing = threading.Thread(target=made.close, daemon=True)
        closing.start()
        closing.join(60)
        assert not closing.is_alive()
        reader.close()

    def test_a_writer_is_waited_for_after_it_too(self, file: Path) -> None:
        made = Spool(str(file), patience=60)
        made.take(mail())
        wait_until(lambda: file.with_name("spool-wal").stat().st_size == 0)
        writer = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        writer.execute("BEGIN IMMEDIATE")

        def let_go() -> None:
            time.sleep(0.3)
            writer.execute("COMMIT")

        later = threading.Thread(target=let_go)
        later.start()
        assert made.take(mail(b"two")) == Receipt(2)
        later.join()
        writer.close()
        made.close()
        assert states(file) == [State.QUEUED] * 4
