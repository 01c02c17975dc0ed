"""Folders and Maildirs: every message once, in an order and with ids that are always the same."""

from __future__ import annotations

import doctest
import os
import pickle
from importlib import import_module
from pathlib import Path

import pytest

import sesmime.archive
from sesmime.archive import Stored, messages, pieces, read_piece
from tests.archive.archives import BOX, MAIL, SECOND

MODULES = sorted(f"sesmime.archive.{one.stem}" for one in Path(sesmime.archive.__file__).parent.glob("[a-z]*.py"))


def write(folder: Path, **files: bytes) -> Path:
    """Write files, of which the names have `__` for a slash and `_` for a dot."""
    for name, content in files.items():
        place = folder / name.replace("__", "/").replace("_", ".")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder


def read(folder: Path, *, piece_size: int = 1 << 20) -> list[Stored]:
    return [one for piece in pieces(folder, piece_size=piece_size) for one in read_piece(piece)]


def ids(folder: Path) -> list[str]:
    return [one.id.removeprefix(str(folder)) for one in messages(folder)]


@pytest.mark.parametrize("module", MODULES)
def test_doctests(module: str) -> None:
    assert doctest.testmod(import_module(module)).failed == 0


class TestFiles:
    def test_mail_is_found_by_name_and_by_content_and_all_else_is_left_out(self, tmp_path: Path) -> None:
        write(tmp_path, a_eml=b"no field", b=MAIL, c_txt=b"Hello", d_png=b"\x89PNG\r\n\x1a\n", box=BOX, e_py=b"")
        write(tmp_path, z__x__deep=MAIL, __git__f_eml=MAIL)
        assert ids(tmp_path) == ["/a.eml", "/b", "/box@0", f"/box@{SECOND}", "/z/x/deep"]

    def test_what_is_named_is_read_whatever_it_is(self, tmp_path: Path) -> None:
        write(tmp_path, c_txt=b"Hello", d_png=b"\x89PNG\r\n\x1a\n", e=b"")
        (text,) = messages(tmp_path / "c.txt")
        assert text == Stored(f"{tmp_path}/c.txt", f"{tmp_path}/c.txt", None, b"Hello")
        (image,) = messages(tmp_path / "d.png")
        assert (image.message, image.error) == (b"", f"{tmp_path}/d.png is a PNG image, no message")
        (empty,) = messages(tmp_path / "e")
        assert empty.error == f"{tmp_path}/e is empty"

    def test_the_octets_are_those_of_the_file(self, tmp_path: Path) -> None:
        write(tmp_path, a_eml=bytes(range(10, 256)) * 9_000)
        (one,) = messages(tmp_path)
        assert one.message == (tmp_path / "a.eml").read_bytes()

    @pytest.mark.parametrize("size", [1, 50, 5_000, 100_000])
    def test_pieces_of_any_size_hold_the_same_messages(self, size: int, tmp_path: Path) -> None:
        for number in range(9):
            write(tmp_path, **{f"{number}_eml": MAIL * 3, f"{number}__box": BOX, f"x{number}__new__1": MAIL})
            (tmp_path / f"x{number}" / "cur").mkdir()
        found = list(messages(tmp_path))
        assert read(tmp_path, piece_size=size) == found
        assert len(found) == 36 == len({one.id for one in found})

    def test_small_files_are_read_together(self, tmp_path: Path) -> None:
        for number in range(40):
            write(tmp_path, **{f"{number:02}_eml": b"A: b\n\n" + b"x" * 5_000})
        sizes = [len(piece.members) for piece in pieces(tmp_path, piece_size=100_000)]
        assert sum(sizes) == 40
        assert max(sizes) - min(sizes) <= 10
        assert all(piece.size == 5_006 * len(piece.members) for piece in pieces(tmp_path))

    def test_a_piece_can_be_sent_to_another_process(self, tmp_path: Path) -> None:
        write(tmp_path, a_eml=MAIL, box=BOX)
        for piece in pieces(tmp_path, piece_size=60):
            assert list(read_piece(pickle.loads(pickle.dumps(piece)))) == list(read_piece(piece))

    def test_a_message_that_is_too_large_is_told(self, tmp_path: Path) -> None:
        write(tmp_path, a_eml=MAIL + b"x" * 1_000, b_eml=MAIL)
        large, good = messages(tmp_path, max_size=len(MAIL))
        assert (large.message, large.error) == (b"", f"{tmp_path}/a.eml has more than {len(MAIL)} octets")
        assert good.message == MAIL

    def test_a_file_that_is_gone_is_told(self, tmp_path: Path) -> None:
        write(tmp_path, a_eml=MAIL, b_eml=MAIL)
        (piece,) = pieces(tmp_path)
        (tmp_path / "a.eml").unlink()
        gone, good = read_piece(piece)
        assert gone.error == f"{tmp_path}/a.eml cannot be read: No such file or directory"
        assert good.message == MAIL

    def test_names_that_are_no_utf_8_are_written_out(self, tmp_path: Path) -> None:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.eml")).write_bytes(MAIL)
        (one,) = messages(tmp_path)
        assert one.id.encode() == bytes(tmp_path) + b"/caf\\udce9.eml"
        assert one.message == MAIL

    def test_links_pipes_and_devices_are_told_and_not_opened(self, tmp_path: Path) -> None:
        write(tmp_path, a_eml=MAIL)
        os.mkfifo(tmp_path / "b.eml")
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "null.eml").symlink_to("/dev/null")
        (tmp_path / "up").symlink_to(tmp_path)
        errors = [(one.error or "").removeprefix(f"{tmp_path}/") for one in messages(tmp_path)]
        assert errors == [
            "",
            "b.eml is not read: it is a named pipe",
            "loop cannot be read: Too many levels of symbolic links",
            "null.eml is not read: it is a device",
            "up is not read: it is a link to a folder",
        ]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_what_may_not_be_read_is_told(self, tmp_path: Path) -> None:
        write(tmp_path, a_eml=MAIL, x__b_eml=MAIL)
        (tmp_path / "a.eml").chmod(0)
        (tmp_path / "x").chmod(0)
        try:
            assert [one.error for one in messages(tmp_path)] == [
                f"{tmp_path}/a.eml cannot be read: Permission denied",
                f"{tmp_path}/x cannot be read: Permission denied",
            ]
        finally:
            (tmp_path / "x").chmod(0o700)

    def test_an_absent_source_is_told_before_anything_is_read(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="there is no archive to read: No such file"):
            messages(tmp_path / "nothing")
        with pytest.raises(FileNotFoundError, match="there is no archive to read: embedded null byte"):
            messages("a\0b")
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="the archive is not read: it is a named pipe"):
            pieces(tmp_path / "pipe")

    def test_an_empty_file_is_told_if_its_name_is_that_of_an_object_of_ses(self, tmp_path: Path) -> None:
        write(tmp_path, o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1=b"", notes_txt=b"")
        (one,) = messages(tmp_path)
        assert one.error == f"{tmp_path}/o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1 is empty"

    def test_sizes_of_nothing_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="at least 1 octet"):
            pieces(tmp_path, piece_size=0)
        with pytest.raises(ValueError, match="at least 1 octet"):
            messages(tmp_path, max_size=0)

    def test_a_box_by_its_name_needs_no_date(self, tmp_path: Path) -> None:
        write(tmp_path, a_mbox=b"From a\n" + MAIL, b_txt=b"From a\n" + MAIL)
        assert ids(tmp_path) == ["/a.mbox@0"]

    def test_an_empty_folder_has_no_pieces(self, tmp_path: Path) -> None:
        assert list(pieces(tmp_path)) == []


class TestMaildir:
    def test_an_id_outlives_reading_flags_and_the_move_to_cur(self, tmp_path: Path) -> None:
        write(tmp_path, m__cur__1=MAIL, m__new__2=MAIL, m__tmp__3=MAIL)
        before = ids(tmp_path)
        assert before == ["/m#1", "/m#2"]
        (tmp_path / "m/cur/1").rename(tmp_path / "m/cur/1:2,S")
        (tmp_path / "m/new/2").rename(tmp_path / "m/cur/2:2,FS")
        assert ids(tmp_path) == before
        assert [one.source.removeprefix(str(tmp_path)) for one in messages(tmp_path)] == [
            "/m/cur/1:2,S",
            "/m/cur/2:2,FS",
        ]

    def test_every_file_is_a_message_but_those_that_begin_with_a_dot(self, tmp_path: Path) -> None:
        write(tmp_path, cur__1=b"no field", cur__2=b"")
        (tmp_path / "new").mkdir()
        (tmp_path / "cur/.index").write_bytes(MAIL)
        text, empty = messages(tmp_path)
        assert (text.message, text.error) == (b"no field", None)
        assert empty.error == f"{tmp_path}#2 is empty"

    def test_a_message_that_is_there_twice_is_read_twice(self, tmp_path: Path) -> None:
        write(tmp_path, cur__1=MAIL, new__1=MAIL + b"x")
        assert [(one.id, one.message) for one in messages(tmp_path)] == [
            (f"{tmp_path}#1", MAIL),
            (f"{tmp_path}/new/1", MAIL + b"x"),
        ]
        write(tmp_path, **{"cur__1:2,S": MAIL})
        assert ids(tmp_path) == ["#1", "/cur/1:2,S", "/new/1"]

    def test_the_folders_of_a_maildir_are_maildirs(self, tmp_path: Path) -> None:
        write(tmp_path, cur__1=MAIL, new__2=MAIL)
        for kind in ("cur", "new", "tmp"):
            (tmp_path / ".Sent" / kind).mkdir(parents=True)
        (tmp_path / ".Sent/new/1").write_bytes(MAIL)
        assert ids(tmp_path) == ["#1", "#2", "/.Sent#1"]
