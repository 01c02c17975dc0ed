"""tar files, ZIP archives and what is compressed, beside Python's own readers; damaged ones; memory."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime.archive import Stored, messages, pieces, read_piece
from sesmime.archive.streams import Section
from sesmime.archive.tar_files import read_header, tar_members
from sesmime.archive.zip_files import find_directory, zip_content, zip_members
from tests.archive.archives import BOX, COMPRESSED, MAIL, SECOND, mail, relative, tar, zipped

FILES = [
    ("x/a.eml", MAIL),
    ("box.mbox", BOX),
    ("b.eml.gz", COMPRESSED["gz"](mail(2))),
    ("readme.txt", b"Hello"),
    ("__MACOSX/._a.eml", b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"),
    ("box.bz2", COMPRESSED["bz2"](BOX)),
    ("Maildir/cur/1:2,S", b"no field"),
    ("letter.emlx", b"%d\n%s<?xml version='1.0'?>" % (len(MAIL), MAIL)),
]
BEGINNINGS = [b"", b"\x1f\x8b\x08\0", b"BZh91AY&SY", b"\xfd7zXZ\0", b"PK\x03\x04", b"PK\x05\x06", b"From ", b"12\n"]
HELD = [MAIL, MAIL, MAIL, mail(2), MAIL, MAIL, b"no field", MAIL]


def containers(files: list[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return every container of these files, with the name of a file that holds it."""
    return {
        "m.tar": tar(files),
        **{f"m.tar.{form}": compress(tar(files)) for form, compress in COMPRESSED.items()},
        "m.zip": zipped(files),
    }


CONTAINERS = containers(FILES)
OTHERS = {
    "gnu.tar": tar([("x" * 200 + ".eml", MAIL), *FILES], form=tarfile.GNU_FORMAT),
    "stored.zip": zipped(FILES, method=zipfile.ZIP_STORED),
    "bzip2.zip": zipped(FILES, method=zipfile.ZIP_BZIP2),
}
# The last two are known by their names, which no checksum guards.
TOLD_BY_CONTENT = containers(FILES[:6])


def write(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archives")


def read(file: Path, content: bytes, max_size: int = 64 << 20) -> list[Stored]:
    return list(messages(write(file, content), max_size=max_size))


class TestContents:
    @pytest.mark.parametrize("name", CONTAINERS)
    def test_every_container_gives_its_messages(self, name: str, tmp_path: Path) -> None:
        found = read(tmp_path / name, CONTAINERS[name])
        assert [(one.message, one.error) for one in found] == [(message, None) for message in HELD]
        assert len({one.id for one in found}) == len(HELD)

    def test_ids_say_where_a_message_is(self, tmp_path: Path) -> None:
        file = tmp_path / "m.tar"
        found = read(file, CONTAINERS["m.tar"])
        names = [one.id.removeprefix(str(file)) for one in found]
        assert names == [
            "#x/a.eml@0",
            "#box.mbox@1024@0",
            f"#box.mbox@1024@{SECOND}",
            "#b.eml.gz@2048",
            "#box.bz2@5120@0",
            f"#box.bz2@5120@{SECOND}",
            "#Maildir/cur/1:2,S@6144",
            "#letter.emlx@7168",
        ]
        assert (found[0].source, found[0].offset) == (str(file), 512)
        assert (found[2].source, found[2].offset) == (f"{file}#box.mbox@1024", BOX.index(b"\n", SECOND) + 1)
        assert (found[7].source, found[7].offset) == (f"{file}#letter.emlx@7168", 3)

    @pytest.mark.parametrize("name", CONTAINERS)
    @pytest.mark.parametrize("size", [1, 100, 700, 3_000])
    def test_pieces_of_any_size_hold_the_same_messages(self, name: str, size: int, tmp_path: Path) -> None:
        file = write(tmp_path / name, CONTAINERS[name])
        divided = list(pieces(file, piece_size=size))
        assert [one for piece in divided for one in read_piece(piece)] == list(messages(file))
        if size == 1 and name in ("m.tar", "m.zip"):
            assert len(divided) == len(FILES)

    @pytest.mark.parametrize("name", CONTAINERS)
    def test_a_container_in_a_folder_is_read(self, name: str, tmp_path: Path) -> None:
        write(tmp_path / name, CONTAINERS[name])
        assert [one.message for one in messages(tmp_path)] == HELD

    @pytest.mark.parametrize("form", COMPRESSED)
    def test_a_compressed_file_holds_a_message_or_a_box(self, form: str, tmp_path: Path) -> None:
        write(tmp_path / f"a.eml.{form}", COMPRESSED[form](b"no field"))
        write(tmp_path / f"box.{form}", COMPRESSED[form](BOX))
        assert relative(messages(tmp_path), str(tmp_path)) == [
            (f"/a.eml.{form}", b"no field"),
            (f"/box.{form}@0", MAIL),
            (f"/box.{form}@{SECOND}", MAIL),
        ]

    @pytest.mark.parametrize("form", COMPRESSED)
    def test_compressed_files_may_follow_one_another(self, form: str, tmp_path: Path) -> None:
        parts = [COMPRESSED[form](BOX[start : start + 7]) for start in range(0, len(BOX), 7)]
        found = read(tmp_path / f"box.{form}", b"".join(parts) + b"\0" * 512)
        assert [(one.message, one.error) for one in found] == [(MAIL, None)] * 2

    def test_a_compressed_message_of_a_maildir_is_read(self, tmp_path: Path) -> None:
        for kind in ("cur", "new"):
            (tmp_path / kind).mkdir()
        write(tmp_path / "cur" / "1,S=9:2,SZ", COMPRESSED["gz"](b"no field"))
        assert relative(messages(tmp_path), str(tmp_path)) == [("#1,S=9", b"no field")]

    def test_an_archive_in_an_archive_is_read_and_one_in_that_is_told(self, tmp_path: Path) -> None:
        inner = zipped([("a.eml", MAIL)])
        once = tar([("in.zip", inner), ("in.tgz", COMPRESSED["gz"](tar([("b.eml", mail(1))])))])
        found = read(tmp_path / "m.tar.gz", COMPRESSED["gz"](once))
        assert [one.message for one in found] == [MAIL, mail(1)]
        deep = tar([("1.tar", tar([("2.tar", tar([("3.tar", tar([("4.tar", once)]))]))]))])
        (told,) = read(tmp_path / "deep.tar", deep)
        assert (told.error or "").endswith("is not read: archives are in one another too often")
        (twice,) = read(tmp_path / "a.gz", COMPRESSED["gz"](COMPRESSED["gz"](MAIL)))
        assert (twice.error or "").endswith("a.gz is not read: it is compressed twice")

    @pytest.mark.parametrize(
        ("name", "start", "told"),
        [
            ("mail.tar.zst", b"\x28\xb5\x2f\xfd", "a Zstandard file"),
            ("mail.7z", b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
            ("mail.pst", b"!BDN", "an Outlook data file"),
            ("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE file, as .doc, .xls and Outlook's .msg are"),
        ],
    )
    def test_an_archive_that_has_no_reader_is_told(self, name: str, start: bytes, told: str, tmp_path: Path) -> None:
        write(tmp_path / name, start + bytes(100))
        write(tmp_path / "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
        assert relative(messages(tmp_path), str(tmp_path)) == [(f"/{name}", f"is not read: it is {told}")]

    def test_what_is_told_is_one_line_whatever_the_names(self, tmp_path: Path) -> None:
        for file, content in (
            ("m.tar", tar([("a\n\u202e\x1b.eml", b"")])),
            ("m.zip", zipped([("a\n\u202e\x1b.eml", b"")])),
        ):
            (one,) = read(tmp_path / file, content)
            assert one.error == f"{tmp_path}/{file}#a\\n\\u202e\\x1b.eml@0 is empty"

    def test_names_are_shown_and_never_paths(self, tmp_path: Path) -> None:
        (tmp_path / "secret.eml").write_bytes(b"secret")
        names = ["../secret.eml", str(tmp_path / "secret.eml"), "../../etc/passwd.eml"]
        for file, content in (
            ("m.tar", tar([(name, MAIL) for name in names])),
            ("m.zip", zipped([("../a.eml", MAIL)])),
        ):
            found = read(tmp_path / file, content)
            assert {one.message for one in found} == {MAIL}
        assert sorted(one.name for one in tmp_path.iterdir()) == ["m.tar", "m.zip", "secret.eml"]


class TestEmlx:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "is empty"),
            (b"From: a\n", "has no number of octets in its first line"),
            (b"500\n" + MAIL, f"is cut off: {len(MAIL)} of 500 octets are there"),
            (b"999999999999\n" + MAIL, "has more than 67,108,864 octets"),
            (b"0\n" + MAIL, "is empty"),
        ],
    )
    def test_what_is_wrong_is_told(self, content: bytes, told: str, tmp_path: Path) -> None:
        assert relative(read(tmp_path / "1.emlx", content), "")[0][1] == told

    def test_the_count_may_be_padded(self, tmp_path: Path) -> None:
        (one,) = read(tmp_path / "1.emlx", b"%-10d\n%s<plist/>" % (len(MAIL), MAIL))
        assert (one.message, one.offset) == (MAIL, 11)


names = st.text("aä/. \udcff\t0", min_size=1, max_size=300).map(lambda text: f"x{text}y")
contents = st.binary(max_size=1_500)


class TestTar:
    @pytest.mark.property
    @given(
        files=st.lists(st.tuples(names, contents), max_size=5),
        form=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
    )
    def test_it_reads_what_the_standard_library_reads(self, files: list[tuple[str, bytes]], form: int) -> None:
        made = tar(files, form=form)
        found = []
        for one in tar_members(io.BytesIO(made)):
            found.append((one.name, one.begin, one.offset, all_of(one.content), one.fault))
        expected: list[tuple[str, int, int, bytes, None]] = []
        with tarfile.open(fileobj=io.BytesIO(made), errors="surrogateescape") as theirs:
            for info in theirs:
                content = theirs.extractfile(info)
                assert content is not None
                expected.append((info.name, info.offset, info.offset_data, content.read(), None))
        assert found == expected

    @pytest.mark.property
    @given(
        name=names,
        size=st.integers(0, 1 << 40),
        kind=st.sampled_from(b"01234567ALKSxgX\0"),
        form=st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT]),
        changes=st.lists(st.tuples(st.integers(0, 511), st.sampled_from(b"\0 078/x\x80\xff")), max_size=4),
        is_signed=st.booleans(),
    )
    def test_a_header_says_what_the_standard_library_reads(
        self, name: str, size: int, kind: int, form: Literal[0, 1], changes: list[tuple[int, int]], is_signed: bool
    ) -> None:
        info = tarfile.TarInfo(name[:90])
        info.size, info.type = size if form == tarfile.GNU_FORMAT else size % (1 << 33), bytes([kind])
        block = bytearray(info.tobuf(form, "utf-8", "surrogateescape")[-512:])
        for place, octet in changes:
            block[place] = octet
        if not any(148 <= place < 156 for place, _ in changes):
            sums = tarfile.calc_chksums(bytes(block))  # type: ignore[attr-defined]
            block[148:156] = b"%06o\0 " % max(0, sums[is_signed])
        ours = read_header(bytes(block))
        try:
            theirs = tarfile.TarInfo.frombuf(bytes(block), "utf-8", "surrogateescape")
        except (tarfile.TarError, ValueError):
            return
        if theirs.size < 0:
            assert ours is None
        else:
            assert ours is not None
            assert (ours.size, ours.kind) == (theirs.size, theirs.type)
            assert ours.name.rstrip("/") == theirs.name.rstrip("/")

    def test_links_folders_and_devices_are_not_messages(self, tmp_path: Path) -> None:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as archive:
            kinds = (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)
            for number, kind in enumerate(kinds):
                info = tarfile.TarInfo(f"{number}.eml")
                info.type, info.linkname = kind, "/etc/passwd"
                archive.addfile(info)
        file = tmp_path / "m.tar"
        assert relative(read(file, made.getvalue()), str(file)) == [
            ("#1.eml@512", "is not read: it is a link in a tar file"),
            ("#2.eml@1024", "is not read: it is a link in a tar file"),
            ("#3.eml@1536", "is not read: it is a device or a pipe in a tar file"),
            ("#4.eml@2048", "is not read: it is a device or a pipe in a tar file"),
        ]

    def test_past_a_damaged_header_the_next_is_found(self, tmp_path: Path) -> None:
        made = bytearray(tar([(f"{number}.eml", mail(number, 2_000)) for number in range(4)]))
        made[2_560 : 2_560 + 300] = b"\xff" * 300
        file = tmp_path / "m.tar"
        found = relative(read(file, bytes(made)), str(file))
        assert found == [
            ("#0.eml@0", mail(0, 2_000)),
            ("@2560", "is damaged: what should be a header is none"),
            ("#2.eml@5120", mail(2, 2_000)),
            ("#3.eml@7680", mail(3, 2_000)),
        ]
        for size in (1, 4_000, 9_000):
            divided = pieces(file, piece_size=size)
            assert relative((one for piece in divided for one in read_piece(piece)), str(file)) == found

    def test_tar_files_may_be_appended(self, tmp_path: Path) -> None:
        made = tar([("a.eml", MAIL)]) + tar([("b.eml", mail(1))]) + b"padding" * 300
        assert [(one.message, one.error) for one in read(tmp_path / "m.tar", made)] == [(MAIL, None), (mail(1), None)]

    def test_a_member_that_is_too_large_is_told_and_passed_over(self, tmp_path: Path) -> None:
        made = tar([("a.eml", b"A: b\n" * 5_000), ("b.eml", MAIL)])
        for name, content in (("m.tar", made), ("m.tgz", COMPRESSED["gz"](made))):
            large, good = read(tmp_path / name, content, max_size=20_000)
            assert (large.error or "").endswith("a.eml@0 has more than 20,000 octets")
            assert good.message == MAIL

    def test_an_extended_header_takes_no_more_memory_than_real_ones_have(self, tmp_path: Path) -> None:
        header = tarfile.TarInfo("x")
        header.type, header.size = tarfile.XHDTYPE, 40_000_000
        made = header.tobuf(tarfile.USTAR_FORMAT) + b"\0" * 40_000_000 + tar([("b.eml", MAIL)])
        file = write(tmp_path / "m.tar.gz", gzip.compress(made, 1))
        tracemalloc.start()
        try:
            (one,) = messages(file)
            assert one.message == MAIL
            assert tracemalloc.get_traced_memory()[1] < 8_000_000
        finally:
            tracemalloc.stop()

    def test_holes_are_told(self, tmp_path: Path) -> None:
        info = tarfile.TarInfo("a.eml")
        info.size, info.pax_headers = len(MAIL), {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
        made = info.tobuf(tarfile.PAX_FORMAT) + MAIL.ljust(512, b"\0") + tar([("b.eml", MAIL)])
        holes, good = read(tmp_path / "m.tar", made)
        assert (holes.error or "").endswith("is not read: it is stored with holes, as a sparse file")
        assert good.message == MAIL


class TestZip:
    @pytest.mark.property
    @given(
        files=st.lists(st.tuples(names.filter(str.isprintable), contents), max_size=5),
        method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]),
        before=st.binary(max_size=40),
        comment=st.binary(max_size=40),
    )
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_it_reads_what_the_standard_library_reads(
        self, files: list[tuple[str, bytes]], method: int, before: bytes, comment: bytes
    ) -> None:
        made = zipped(files, method=method)
        made = before + made[:-2] + len(comment).to_bytes(2, "little") + comment
        file = io.BytesIO(made)
        found = [
            (one.name, all_of(zip_content(file, one)), one.fault) for one in zip_members(file, find_directory(file))
        ]
        with zipfile.ZipFile(io.BytesIO(made)) as theirs:
            assert found == [(info.filename, theirs.read(info), None) for info in theirs.infolist()]

    def test_what_was_written_to_a_pipe_is_read(self, tmp_path: Path) -> None:
        """Sizes then stand behind each member, and in the directory."""

        class Pipe(io.RawIOBase):
            def __init__(self) -> None:
                self.written = bytearray()

            def writable(self) -> bool:
                return True

            def write(self, data: object, /) -> int:
                piece = bytes(data)  # type: ignore[call-overload]
                self.written += piece
                return len(piece)

        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(3):
                archive.writestr(f"{number}.eml", mail(number))
        assert [one.message for one in read(tmp_path / "m.zip", bytes(pipe.written))] == [mail(0), mail(1), mail(2)]

    def test_numbers_of_64_bits_are_read(self, tmp_path: Path) -> None:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for number in range(2):
                with archive.open(f"{number}.eml", "w", force_zip64=True) as member:
                    member.write(mail(number))
        content = bytearray(made.getvalue())
        # The end of the directory as it is written where there are more members than 16 bits count.
        end = content.rindex(b"PK\x05\x06")
        size, offset = (int.from_bytes(content[end + at : end + at + 4], "little") for at in (12, 16))
        wide = (
            b"PK\x06\x06"
            + (44).to_bytes(8, "little")
            + bytes(12)
            + b"".join(number.to_bytes(8, "little") for number in (2, 2, size, offset))
        )
        locator = b"PK\x06\x07" + bytes(4) + end.to_bytes(8, "little") + (1).to_bytes(4, "little")
        content[end:] = wide + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)
        with zipfile.ZipFile(io.BytesIO(bytes(content))) as theirs:
            assert len(theirs.infolist()) == 2
        assert [one.message for one in read(tmp_path / "m.zip", bytes(content))] == [mail(0), mail(1)]

    def test_what_cannot_be_read_is_told_and_the_others_follow(self, tmp_path: Path) -> None:
        made = bytearray(zipped([("a.eml", MAIL), ("b.eml", MAIL), ("c.eml", MAIL)]))
        first = made.index(b"PK\x01\x02")
        second, third = made.index(b"PK\x01\x02", first + 1), made.rindex(b"PK\x01\x02")
        made[first + 8] |= 1  # encrypted
        made[second + 10] = 93  # Zstandard
        file = tmp_path / "m.zip"
        assert relative(read(file, bytes(made)), str(file)) == [
            ("#a.eml@0", "is not read: it is encrypted"),
            (f"#b.eml@{made.index(b'PK', 4)}", "is not read: it is compressed by method 93 of ZIP"),
            (f"#c.eml@{made.index(b'PK', made.index(b'PK', 4) + 4)}", MAIL),
        ]
        made[third + 16] ^= 1  # the checksum
        assert (
            read(file, bytes(made))[2].error
            == f"{read(file, bytes(made))[2].id} is damaged: its checksum or its size is wrong"
        )

    def test_without_its_directory_the_members_are_read_as_far_as_they_go(self, tmp_path: Path) -> None:
        whole = zipped([(f"{number}.eml", mail(number, 3_000)) for number in range(3)], method=zipfile.ZIP_STORED)
        file = tmp_path / "m.zip"
        found = relative(read(file, whole[: whole.index(b"PK\x01\x02") - 100]), str(file))
        assert found[0] == ("", "is cut off: it has no directory at its end")
        assert [message for _, message in found[1:3]] == [mail(0, 3_000), mail(1, 3_000)]
        assert found[3][1] == "is cut off: 100 octets are missing"

    def test_an_empty_archive_has_no_messages(self, tmp_path: Path) -> None:
        assert read(tmp_path / "m.zip", zipped([])) == []


def all_of(stream: Section | object) -> bytes:
    read = stream.read  # type: ignore[union-attr]
    return b"".join(iter(lambda: read(65_536), b""))


class TestDamage:
    """Whatever is broken: nothing is raised, nothing is met twice, and what is not there is told."""

    @pytest.mark.property
    @given(name=st.sampled_from([*CONTAINERS, "box.gz", "box.bz2", "box.xz"]), share=st.floats(0, 1))
    def test_what_is_cut_off_gives_what_is_there_and_says_so(self, name: str, share: float, folder: Path) -> None:
        whole, held = self.content_of(name)
        content = whole[: int(len(whole) * share)]
        found = read(folder / name, content)
        self.assert_told(found, held)
        # A box tells where its message ends by the next one only; all else knows how long it is.
        assert [one.message for one in found if one.error is None] == [
            message for message, one in zip(held, found, strict=False) if one.error is None
        ] or name == "m.zip"

    @pytest.mark.property
    @given(
        name=st.sampled_from([*CONTAINERS, "box.gz", "box.bz2", "box.xz"]),
        share=st.floats(0, 1, exclude_max=True),
        flip=st.integers(1, 255),
    )
    def test_an_octet_that_is_changed_ends_nothing(self, name: str, share: float, flip: int, folder: Path) -> None:
        whole, held = self.content_of(name)
        content = bytearray(whole)
        place = int(len(content) * share)
        content[place] ^= flip
        found = read(folder / name, bytes(content))
        assert len({one.id for one in found}) == len(found)
        # A tar file has checksums of its headers only, and what says that something is compressed has none.
        if not name.endswith(".tar") and place > 10:
            self.assert_told(found, held)
        divided = pieces(folder / name, piece_size=500)
        assert [one for piece in divided for one in read_piece(piece)] == found

    @pytest.mark.property
    @given(
        name=st.sampled_from([*CONTAINERS, *OTHERS]),
        changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 600), st.binary(max_size=30)), max_size=12),
    )
    def test_whatever_is_changed_every_piece_size_gives_the_same(
        self, name: str, changes: list[tuple[float, int, bytes]], folder: Path
    ) -> None:
        content = bytearray({**CONTAINERS, **OTHERS}[name])
        for share, length, instead in changes:
            place = int(len(content) * share)
            content[place : place + length] = instead + bytes(content[place : place + length // 2])
        file = write(folder / name, bytes(content))
        found = list(messages(file, max_size=100_000))
        assert len({one.id for one in found}) == len(found)
        for size in (1, 700):
            divided = pieces(file, piece_size=size)
            assert [one for piece in divided for one in read_piece(piece, max_size=100_000)] == found

    @pytest.mark.property
    @given(
        content=st.binary(max_size=600),
        start=st.sampled_from(
            [b"", b"\x1f\x8b\x08\0", b"BZh91AY&SY", b"\xfd7zXZ\0", b"PK\x03\x04", b"PK\x05\x06", b"From ", b"12\n"]
        ),
        name=st.sampled_from(["a", "a.eml", "a.tar", "a.gz", "a.zip", "a.emlx", "a.mbox"]),
    )
    def test_any_octets_by_any_name_can_be_read(self, content: bytes, start: bytes, name: str, folder: Path) -> None:
        for one in read(folder / f"any-{name}", start + content):
            assert one.error is None or (one.message == b"" and "\n" not in one.error)

    @staticmethod
    def content_of(name: str) -> tuple[bytes, list[bytes]]:
        if name in CONTAINERS:
            return TOLD_BY_CONTENT[name], HELD[:6]
        return COMPRESSED[name.rpartition(".")[2]](BOX), [MAIL, MAIL]

    @staticmethod
    def assert_told(found: list[Stored], held: list[bytes]) -> None:
        assert len({one.id for one in found}) == len(found)
        assert [one.message for one in found] == held or any(one.error for one in found)


@pytest.mark.slow
class TestMemory:
    """What grows without end when it is decompressed takes no more memory than a message may have."""

    @staticmethod
    def zeros(size: int) -> Iterator[bytes]:
        for _ in range(size >> 20):
            yield bytes(1 << 20)

    def deflated(self, size: int, *, bits: int) -> bytes:
        made = zlib.compressobj(6, zlib.DEFLATED, bits)
        return b"".join([made.compress(b"Subject: x\n\n"), *map(made.compress, self.zeros(size)), made.flush()])

    @pytest.mark.parametrize("name", ["a.eml.gz", "box.gz", "m.zip", "m.tar"])
    def test_a_bomb_is_told(self, name: str, tmp_path: Path) -> None:
        bomb = self.deflated(24 << 20, bits=31)
        content = {
            "a.eml.gz": bomb,
            "box.gz": gzip.compress(b"From a@b.example Mon Jan  1 00:00:00 2024\n") + bomb,
            "m.zip": zipped([("a.eml", MAIL + bytes(24 << 20)), ("b.eml", MAIL)], method=zipfile.ZIP_BZIP2),
            "m.tar": tar([("a.eml.gz", bomb), ("b.eml", MAIL)]),
        }[name]
        file = write(tmp_path / name, content)
        del content, bomb
        tracemalloc.start()
        try:
            found = list(messages(file, max_size=1 << 18))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (found[0].error or "").endswith("has more than 262,144 octets")
        assert [one.message for one in found[1:]] == [MAIL] * (name in ("m.zip", "m.tar"))
        assert peak < 8_000_000

    def test_a_tar_file_of_many_members_is_read_in_little_memory(self, tmp_path: Path) -> None:
        file = write(tmp_path / "m.tar", tar([(f"{number}.eml", MAIL) for number in range(3_000)]))
        tracemalloc.start()
        try:
            assert sum(1 for _ in messages(file)) == 3_000
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()
