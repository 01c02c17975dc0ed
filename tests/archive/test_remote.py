"""Archives behind URLs, in fsspec's file systems in memory and on this machine."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sesmime.archive import messages, pieces, read_piece
from sesmime.archive.places import is_url
from tests.archive.archives import BOX, COMPRESSED, MAIL, SECOND, mail, relative, tar, zipped

pytestmark = pytest.mark.edges
fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True) if system.ls("/") else None


def fill(system: Any, **files: bytes) -> None:
    for name, content in files.items():
        system.pipe(f"/mail/{name.replace('__', '/').replace('_', '.')}", content)


class TestFiles:
    def test_all_kinds_are_read_as_on_this_machine(self, memory: Any, tmp_path: Path) -> None:
        files = {
            "a.eml": MAIL,
            "box": BOX,
            "box.gz": COMPRESSED["gz"](BOX),
            "m.tar": tar([("a.eml", MAIL), ("box", BOX)]),
            "m.zip": zipped([("a.eml", MAIL), ("in.tgz", COMPRESSED["gz"](tar([("b.eml", MAIL)])))]),
            "notes.txt": b"Hello",
            "large.eml": mail(1, 600_000),
            "x": MAIL,
        }
        for name, content in files.items():
            memory.pipe(f"/mail/{name}", content)
            (tmp_path / name).write_bytes(content)
        expected = relative(messages(tmp_path), str(tmp_path))
        assert relative(messages("memory://mail"), "memory:///mail") == expected
        assert relative(messages(tmp_path.as_uri()), tmp_path.as_uri()) == expected
        assert len(expected) == 12
        for size in (1, 100, 300, 10_000):
            divided = list(pieces("memory://mail", piece_size=size))
            found = [one for piece in divided for one in read_piece(pickle.loads(pickle.dumps(piece)))]
            assert relative(found, "memory:///mail") == expected

    def test_a_url_may_be_that_of_a_file(self, memory: Any) -> None:
        fill(memory, box=BOX, notes_txt=b"Hello")
        assert relative(messages("memory://mail/box"), "memory://mail/box") == [("@0", MAIL), (f"@{SECOND}", MAIL)]
        divided = list(pieces("memory://mail/box", piece_size=SECOND))
        assert [(one.kind, one.start, one.stop) for one in divided] == [("mbox", 0, SECOND), ("mbox", SECOND, None)]
        (text,) = messages("memory://mail/notes.txt")
        assert text.message == b"Hello"

    def test_folders_are_read_after_the_files_of_theirs(self, memory: Any) -> None:
        fill(memory, b__a_eml=MAIL, a_eml=MAIL, c_eml=MAIL, b__0__z_eml=MAIL)
        ids = [one.id for one in messages("memory://mail/")]
        assert ids == [f"memory:///mail/{name}.eml" for name in ("a", "c", "b/a", "b/0/z")]

    def test_the_next_are_fetched_ahead_and_no_more(self, memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        fill(memory, **{f"{number:03}_eml": mail(number) for number in range(200)})
        fetched = 0
        real = type(memory).cat_ranges

        def counting(system: Any, paths: list[str], *rest: Any, **named: Any) -> Any:
            nonlocal fetched
            fetched += len(paths)
            return real(system, paths, *rest, **named)

        monkeypatch.setattr(type(memory), "cat_ranges", counting)
        found = messages("memory://mail")
        assert next(found).message == mail(0)
        found.close()  # type: ignore[attr-defined]
        assert fetched <= 64
        assert [one.message for one in messages("memory://mail")] == [mail(number) for number in range(200)]

    def test_what_is_missing_is_told_before_anything_is_read(self, memory: Any) -> None:
        with pytest.raises(FileNotFoundError, match="there is no archive to read: No such file"):
            messages("memory://nothing")
        with pytest.raises(OSError, match=r"there is no archive to read: .*nosuch"):
            pieces("nosuch://a/b")

    def test_a_file_that_is_gone_or_cut_off_is_told_and_the_others_follow(self, memory: Any) -> None:
        fill(memory, a_eml=MAIL, b_eml=MAIL, c_eml=MAIL)
        (piece,) = pieces("memory://mail")
        memory.rm("/mail/a.eml")
        memory.pipe("/mail/b.eml", b"")
        gone, empty, good = read_piece(piece)
        assert (gone.error or "").startswith("memory:///mail/a.eml cannot be read: ")
        assert empty.error == "memory:///mail/b.eml is empty"
        assert good.message == MAIL

    def test_storage_options_reach_the_file_system(self, tmp_path: Path) -> None:
        (tmp_path / "a.eml").write_bytes(MAIL)
        options = {"fo": str(tmp_path / "nowhere.zip")}
        with pytest.raises(FileNotFoundError):
            messages("zip://a.eml", storage_options=options)

    @pytest.mark.filterwarnings("error")
    def test_every_file_is_closed(self, tmp_path: Path) -> None:
        (tmp_path / "large.eml").write_bytes(mail(1, 600_000))
        (tmp_path / "m.tar").write_bytes(tar([("a.eml", mail(1, 600_000))]))
        assert len(list(messages(tmp_path.as_uri()))) == 2
        found = messages(tmp_path.as_uri())
        next(found)
        del found


class TestFaults:
    """A file system whose network fails: no two have an error in common."""

    class Network(Exception):
        pass

    @pytest.fixture
    def failing(self, memory: Any, monkeypatch: pytest.MonkeyPatch) -> set[str]:
        fails: set[str] = set()
        names = ("info", "ls", "open", "cat_file")
        for name in names:
            real = getattr(type(memory), name)

            def call(system: Any, path: str, *rest: Any, _name: str = name, _real: Any = real, **named: Any) -> Any:
                if f"{_name} {path}" in fails:
                    raise self.Network("Connection\nreset")
                return _real(system, path, *rest, **named)

            monkeypatch.setattr(type(memory), name, call)
        return fails

    def test_they_are_told_and_never_raised_but_for_the_source(self, memory: Any, failing: set[str]) -> None:
        fill(memory, a_eml=MAIL, b_eml=MAIL, c__d_eml=MAIL)
        failing |= {"open /mail/a.eml", "cat_file /mail/a.eml", "ls /mail/c", "open /mail/c", "cat_file /mail/c"}
        found = relative(messages("memory://mail"), "memory:///mail")
        assert found == [
            ("/a.eml", "cannot be read: Connection reset"),
            ("/b.eml", MAIL),
            ("/c", "cannot be read: Connection reset"),
        ]
        failing.add("info /mail")
        with pytest.raises(OSError, match="there is no archive to read: Connection reset"):
            messages("memory://mail")

    def test_a_stream_that_breaks_off_is_told(self, memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        network = self.Network

        class Breaking(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                if self.tell() > 400_000:
                    raise network("reset")
                return super().read(min(size or 0, 100_000))

        content = b"".join(b"From a Mon Jan  1 00:00:00 2024\n" + mail(number, 90_000) + b"\n" for number in range(8))
        fill(memory, box=content)
        monkeypatch.setattr(type(memory), "open", lambda *args, **named: Breaking(content))
        found = list(messages("memory://mail"))
        assert [one.message for one in found if one.error is None] == [mail(number, 90_000) for number in range(4)]
        assert len(found) == 5
        assert (found[-1].error or "").endswith("cannot be read: reset")


def test_a_path_with_a_colon_is_no_url() -> None:
    assert not is_url("c:/mail/a.eml")
    assert not is_url("://a")
    assert is_url("simplecache::s3://a/b") is False


def test_without_fsspec_the_line_that_installs_it_is_told() -> None:
    program = "import sys; sys.modules['fsspec'] = None\nfrom sesmime.archive import messages\nmessages('s3://a/b')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.endswith(
        "ImportError: URLs need fsspec: pip install 'sesmime[archive]'; s3:// needs 'sesmime[s3]'\n"
    )
