"""Files in use: full disks, signals, pipes, links, owners, and folders in which others work at the same time."""

from __future__ import annotations

import bz2
import doctest
import gzip
import io
import lzma
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import sesmime.cli.kinds
import sesmime.cli.replacing
import sesmime.mime.kinds
from sesmime.cli.replacing import NotReplaced, replace_message
from tests.cli.running import Ran, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and owners are POSIX's")

# A repeated field that says the same, which has a safe fix.
FAULTY = (
    b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: one\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    b"\r\nHi\r\n"
)
HEAD = b"From: a@b.example\r\nX-SES-TENANT: a\r\nTo: c@d.example\r\n\r\n"
SESMIME = (sys.executable, "-m", "sesmime")


@cache
def fixed(content: bytes) -> bytes:
    done = subprocess.run(
        [*SESMIME, "lint", "--fix", "--isolated", "-q", "-"], input=content, capture_output=True, check=False
    )
    return done.stdout


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_doctests() -> None:
    for module in (sesmime.cli.kinds, sesmime.mime.kinds):
        results = doctest.testmod(module)
        assert results.attempted > 0
        assert results.failed == 0


class TestWhatEndsARun:
    @pytest.mark.parametrize("old", [None, b"old"])
    def test_a_full_disk_leaves_nothing_new(self, tmp_path: Path, old: bytes | None) -> None:
        source, folder = tmp_path / "source.eml", tmp_path / "folder"
        folder.mkdir()
        source.write_bytes(HEAD + b"x" * 100_000)
        if old is not None:
            (folder / "out.eml").write_bytes(old)

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

        done = subprocess.run(
            [*SESMIME, "strip", source, "-o", folder / "out.eml"], capture_output=True, preexec_fn=limit, check=False
        )
        assert done.returncode == 2
        assert b"cannot be written: File too large" in done.stderr
        assert done.stderr.count(b"\n") == 1
        assert names(folder) == ([] if old is None else ["out.eml"])
        assert old is None or (folder / "out.eml").read_bytes() == old

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_a_signal_leaves_nothing_and_is_what_the_process_died_of(self, tmp_path: Path, number: int) -> None:
        def heed() -> None:
            signal.signal(number, signal.SIG_DFL)  # what starts the tests in the background ignores SIGINT

        with subprocess.Popen(
            [*SESMIME, "strip", "-", "-o", tmp_path / "out.eml"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=heed,
        ) as process:
            assert process.stdin is not None
            process.stdin.write(HEAD + b"x" * 3_000_000)
            process.stdin.flush()
            while not names(tmp_path):
                assert process.poll() is None
            process.send_signal(number)
            assert process.wait(60) == (130 if number == signal.SIGINT else -number)
            process.stdin.close()
        assert names(tmp_path) == []

    def test_what_ignores_the_signal_goes_on(self, tmp_path: Path) -> None:
        def ignore() -> None:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        with subprocess.Popen(
            [*SESMIME, "strip", "-", "-q", "-o", tmp_path / "out.eml"], stdin=subprocess.PIPE, preexec_fn=ignore
        ) as process:
            assert process.stdin is not None
            process.stdin.write(HEAD + b"x" * 3_000_000)
            process.stdin.flush()
            while not names(tmp_path):
                assert process.poll() is None
            process.send_signal(signal.SIGHUP)
            process.stdin.close()
            assert process.wait(60) == 0
        assert names(tmp_path) == ["out.eml"]

    def test_commands_leave_the_handlers_as_they_were(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        run("rules")
        assert signal.getsignal(signal.SIGTERM) is before


class TestOutputs:
    def test_dev_stdout_is_standard_output(self, tmp_path: Path) -> None:
        source = tmp_path / "a.eml"
        source.write_bytes(HEAD)
        command = [*SESMIME, "strip", "-q", str(source), "-o", "/dev/stdout"]
        assert subprocess.run(command, capture_output=True, check=True).stdout == HEAD.replace(
            b"X-SES-TENANT: a\r\n", b""
        )
        with (tmp_path / "all").open("wb") as stream:
            stream.write(b"before\n")
            stream.flush()
            subprocess.run(command, stdout=stream, check=True)
        assert (tmp_path / "all").read_bytes().startswith(b"before\nFrom: ")

    @pytest.mark.skipif(shutil.which("bash") is None, reason="bash has process substitution")
    def test_a_process_substitution_is_written_to(self, tmp_path: Path) -> None:
        (tmp_path / "a.eml").write_bytes(HEAD)
        command = f'"{sys.executable}" -m sesmime strip -q a.eml -o >(cat > copy; echo end > done)'
        script = f"{command}; while [ ! -s done ]; do :; done"
        subprocess.run(["bash", "-c", script], cwd=tmp_path, check=True, timeout=60, env=os.environ | PATHS)
        assert (tmp_path / "copy").read_bytes() == HEAD.replace(b"X-SES-TENANT: a\r\n", b"")

    def test_a_named_pipe_is_written_to(self, tmp_path: Path) -> None:
        (tmp_path / "a.eml").write_bytes(HEAD)
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        found: list[bytes] = []
        reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
        reader.start()
        assert run("strip", "-q", tmp_path / "a.eml", "-o", pipe).code == 0
        reader.join()
        assert found == [HEAD.replace(b"X-SES-TENANT: a\r\n", b"")]
        assert stat.S_ISFIFO(pipe.stat().st_mode)

    def test_a_descriptor_that_is_not_open_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.eml").write_bytes(HEAD)
        ran = run("strip", tmp_path / "a.eml", "-o", "/dev/fd/987")
        assert ran == Ran(2, b"", "sesmime strip: /dev/fd/987 cannot be written: Bad file descriptor\n")


PATHS = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


class TestPipesToRead:
    def test_a_folder_with_pipes_is_read_and_the_pipes_are_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.eml").write_bytes(HEAD)
        os.mkfifo(tmp_path / "b.eml")
        box = tmp_path / "box"
        for kind in ("cur", "new", "tmp"):
            (box / kind).mkdir(parents=True)
        os.mkfifo(box / "cur" / "1:2,")
        ran = run("lint", "-q", "--exit-zero", tmp_path)
        assert ran.code == 2
        assert f"{tmp_path / 'b.eml'} is not examined: it is a named pipe\n" in ran.err
        assert f"{box / 'cur' / '1:2,'} is not examined: it is a named pipe\n" in ran.err

    def test_a_pipe_that_is_named_is_read_and_never_written(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe.eml"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(FAULTY,))
        writer.start()
        ran = run("lint", "--fix", "--isolated", pipe)
        writer.join()
        assert ran.code == 2
        assert f"{pipe} is not fixed: it is no regular file\n" in ran.err


class TestReplacing:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        file = tmp_path / "1:2,"
        file.write_bytes(b"old")
        return file

    def refused(self, file: Path) -> str:
        with pytest.raises(NotReplaced) as caught:
            replace_message(str(file), b"old", b"new")
        return str(caught.value)

    def test_a_file_that_is_as_it_was_read_is_replaced(self, file: Path) -> None:
        replace_message(str(file), b"old", b"new")
        assert file.read_bytes() == b"new"
        assert names(file.parent) == [file.name]

    def test_a_link_is_told_and_stays(self, file: Path) -> None:
        link = file.with_name("link")
        link.symlink_to(file)
        assert "symbolic link" in self.refused(link)
        assert (link.is_symlink(), file.read_bytes()) == (True, b"old")

    def test_a_file_of_two_names_is_told_and_stays(self, file: Path) -> None:
        os.link(file, file.with_name("other"))
        assert "2 names" in self.refused(file)
        assert file.read_bytes() == b"old"

    def test_a_read_only_file_is_told_to_root_too(self, file: Path) -> None:
        file.chmod(0o444)
        assert self.refused(file) == "cannot be written: it is read-only"
        assert file.read_bytes() == b"old"

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
    def test_owner_mode_and_attributes_stay(self, file: Path) -> None:
        os.chown(file, 1234, 2345)
        file.chmod(0o640)
        with_attribute = True
        try:
            os.setxattr(file, "user.sesmime", b"a")
        except (OSError, AttributeError):
            with_attribute = False
        replace_message(str(file), b"old", b"new")
        state = file.stat()
        assert (state.st_uid, state.st_gid, stat.S_IMODE(state.st_mode)) == (1234, 2345, 0o640)
        assert not with_attribute or os.getxattr(file, "user.sesmime") == b"a"

    @pytest.mark.parametrize(("moment", "has_exchange"), [("before", True), ("before", False), ("after", True)])
    @pytest.mark.parametrize("what", ["renamed", "deleted", "appended", "rewritten", "made a link"])
    def test_what_others_do_meanwhile_is_neither_undone_nor_lost(
        self, what: str, moment: str, has_exchange: bool, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real: Callable[[str, str], bool] = sesmime.cli.replacing._swapped
        calls: list[str] = []

        def act(place: str) -> None:
            if what == "renamed":
                os.rename(file, file.with_name("1:2,S"))
            elif what == "deleted":
                file.unlink()
            elif what == "appended":
                with open(place, "ab") as stream:
                    stream.write(b" more")
            elif what == "rewritten":
                file.with_name("draft").write_bytes(b"theirs")
                os.replace(file.with_name("draft"), file)
            else:
                os.rename(file, file.with_name("target"))
                file.symlink_to(file.with_name("target"))

        def swapped(one: str, other: str) -> bool:
            calls.append(other)
            if len(calls) == 1 and moment == "before":
                act(str(file))
            done = real(one, other) if has_exchange else False
            if len(calls) == 1 and moment == "after":
                act(one)
            return done

        monkeypatch.setattr(sesmime.cli.replacing, "_swapped", swapped)
        try:
            replace_message(str(file), b"old", b"new")
            has_replaced = True
        except NotReplaced:
            has_replaced = False
        assert has_replaced == (moment == "after" and what != "appended")
        left = {one.name: one.read_bytes() for one in file.parent.iterdir()}
        content = b"new" if has_replaced else b"old"
        assert (
            left
            == {
                "renamed": {"1:2,S": content},
                "deleted": {},
                "appended": {"1:2,": b"old more"},
                "rewritten": {"1:2,": b"theirs"},
                "made a link": {"1:2,": content, "target": content},
            }[what]
        )

    def test_an_interrupt_after_the_exchange_puts_the_old_file_back(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real: Callable[[str, str], bool] = sesmime.cli.replacing._swapped
        calls: list[str] = []

        def swapped(one: str, other: str) -> bool:
            calls.append(other)
            done = real(one, other)
            if len(calls) == 1:
                raise KeyboardInterrupt
            return done

        monkeypatch.setattr(sesmime.cli.replacing, "_swapped", swapped)
        with pytest.raises(KeyboardInterrupt):
            replace_message(str(file), b"old", b"new")
        assert {one.name: one.read_bytes() for one in file.parent.iterdir()} == {"1:2,": b"old"}


class TestMaildirInUse:
    @pytest.mark.slow
    def test_a_reader_who_works_meanwhile_loses_nothing(self, tmp_path: Path) -> None:
        count = 400
        cur = tmp_path / "cur"
        for kind in ("cur", "new", "tmp"):
            (tmp_path / kind).mkdir()
        for number in range(count):
            (cur / f"{number:04}:2,").write_bytes(FAULTY)
        with subprocess.Popen(
            [*SESMIME, "lint", "--fix", "--isolated", "-q", "--output-format", "json-lines", tmp_path],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            # From the last to the first, so that the two meet.
            for number in reversed(range(count)):
                file = cur / f"{number:04}:2,"
                if number % 3 == 0:
                    file.rename(cur / f"{number:04}:2,S")
                elif number % 3 == 1:
                    file.unlink()
                else:
                    with file.open("ab") as stream:
                        stream.write(b"more\r\n")
            process.wait(120)
        left = names(cur)
        assert left == sorted(f"{n:04}:2,{'S' if n % 3 == 0 else ''}" for n in range(count) if n % 3 != 1)
        for name in left:
            content = (cur / name).read_bytes()
            text = FAULTY if b"Subject: one\r\nSubject: one" in content else fixed(FAULTY)
            assert content == text + (b"" if name.endswith("S") else b"more\r\n")
        assert names(tmp_path) == ["cur", "new", "tmp"]


def archive(kind: str) -> bytes:
    """Return a file of another format whose text looks like mail."""
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr("word/document.xml", FAULTY)
    elif kind == "tar":
        with tarfile.open(fileobj=out, mode="w") as packed_too:
            member = tarfile.TarInfo("a.eml")
            member.size = len(FAULTY)
            packed_too.addfile(member, io.BytesIO(FAULTY))
    elif kind == "sqlite":
        base = sqlite3.connect(":memory:")
        base.execute("create table a (b blob)")
        base.execute("insert into a values (?)", (FAULTY,))
        base.commit()
        out.write(base.serialize())
        base.close()
    else:
        compressed = {"gzip": gzip.compress(FAULTY), "bz2": bz2.compress(FAULTY), "xz": lzma.compress(FAULTY)}
        out.write(compressed[kind])
    return out.getvalue()


OTHERS: dict[str, bytes] = {
    **{kind: archive(kind) for kind in ("zip", "tar", "sqlite", "gzip", "bz2", "xz")},
    **{
        kind: start + b"\r\n" + FAULTY
        for kind, start in {
            "pdf": b"%PDF-1.7",
            "png": b"\x89PNG\r\n\x1a\n",
            "jpeg": b"\xff\xd8\xff\xe0",
            "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "elf": b"\x7fELF\x02",
            "7z": b"7z\xbc\xaf\x27\x1c",
            "rar": b"Rar!\x1a\x07\x01",
            "wasm": b"\0asm\x01\0\0\0",
            "woff2": b"wOF2",
            "truetype": b"\0\x01\0\0\0\x0f",
            "parquet": b"PAR1\x15\x04",
            "rtf": b"{\\rtf1",
            "html": b"<html><body>",
            "xml": b'<?xml version="1.0"?>',
        }.items()
    },
}


class TestOnlyMailIsWritten:
    @pytest.mark.parametrize("suffix", [".bin", ".eml", ""])
    @pytest.mark.parametrize("kind", OTHERS)
    def test_a_file_of_another_format_is_told_and_untouched(self, kind: str, suffix: str, tmp_path: Path) -> None:
        file = tmp_path / f"file{suffix}"
        file.write_bytes(OTHERS[kind])
        ran = run("lint", "--fix", "--unsafe-fixes", "--isolated", "-q", file)
        assert file.read_bytes() == OTHERS[kind]
        assert names(tmp_path) == [file.name]
        assert ran.code == 2
        assert str(file) in ran.err

    @pytest.mark.parametrize(
        "content", [b"version: 3\nname: x\nname: y\n\n\x80\n", b"# notes\n" + FAULTY, b"\n" + FAULTY]
    )
    def test_text_that_is_no_mail_is_untouched(self, content: bytes, tmp_path: Path) -> None:
        file = tmp_path / "settings.yaml"
        file.write_bytes(content)
        run("lint", "--fix", "--unsafe-fixes", "--isolated", "-q", file)
        assert file.read_bytes() == content

    @pytest.mark.parametrize("name", ["a.eml", "a.EML", "a.txt", "a", "box/cur/1:2,S", "box/new/1"])
    def test_mail_is_written(self, name: str, tmp_path: Path) -> None:
        for kind in ("cur", "new", "tmp"):
            (tmp_path / "box" / kind).mkdir(parents=True)
        file = tmp_path / name
        file.write_bytes(FAULTY)
        ran = run("lint", "--fix", "--isolated", "-q", file)
        assert ran.err == ""
        assert file.read_bytes() == fixed(FAULTY) != FAULTY

    def test_a_message_in_a_maildir_is_written_whatever_it_begins_with(self, tmp_path: Path) -> None:
        for kind in ("cur", "new", "tmp"):
            (tmp_path / kind).mkdir()
        file = tmp_path / "cur" / "1:2,"
        file.write_bytes(b"no field\r\n" + FAULTY)
        same = tmp_path / "notes.txt"
        same.write_bytes(b"no field\r\n" + FAULTY)
        run("lint", "--fix", "--unsafe-fixes", "--isolated", file)
        ran = run("lint", "--fix", "--unsafe-fixes", "--isolated", same)
        assert file.read_bytes() != same.read_bytes() == b"no field\r\n" + FAULTY
        assert f"{same} is not fixed: its first line is no field" in ran.err
