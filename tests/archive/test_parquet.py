"""Parquet files: a row a message, whatever the row groups, the types and the faults."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sesmime.archive import messages, pieces, read_piece
from tests.archive.archives import COMPRESSED, MAIL, mail, relative, zipped

pytestmark = pytest.mark.edges
pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def write(file: Path, columns: dict[str, Any], **options: Any) -> Path:
    parquet.write_table(pyarrow.table(columns), file, **options)
    return file


class TestColumns:
    def test_messages_stand_in_the_column_of_that_name_and_ids_in_id(self, tmp_path: Path) -> None:
        file = write(tmp_path / "m.parquet", {"other": [b"x"], "message": [MAIL], "id": ["<1@a.example>"]})
        (one,) = messages(file)
        assert (one.id, one.source, one.offset, one.message) == ("<1@a.example>", str(file), None, MAIL)

    def test_without_it_the_only_column_of_octets_is_taken(self, tmp_path: Path) -> None:
        file = write(tmp_path / "m.parquet", {"key": ["a"], "raw": [MAIL]})
        assert relative(messages(file), str(file)) == [("@0", MAIL)]

    def test_a_column_may_be_named(self, tmp_path: Path) -> None:
        file = write(tmp_path / "m.parquet", {"message": [b"x"], "raw": [MAIL], "key": [7]})
        (one,) = messages(file, column="raw", id_column="key")
        assert (one.id, one.message) == ("7", MAIL)

    @pytest.mark.parametrize("kind", ["binary", "large_binary", "binary_view", "string", "large_string", "dictionary"])
    def test_every_type_of_octets_and_text_is_read(self, kind: str, tmp_path: Path) -> None:
        if kind == "dictionary":
            column = pyarrow.array([MAIL, MAIL]).dictionary_encode()
        else:
            made = getattr(pyarrow, kind)()
            column = pyarrow.array([MAIL.decode() if "string" in kind else MAIL] * 2).cast(made)
        file = write(tmp_path / "m.parquet", {"message": column})
        assert [one.message for one in messages(file)] == [MAIL, MAIL]

    @pytest.mark.parametrize(
        ("columns", "options", "told"),
        [
            ({"a": [b"x"], "b": [b"y"]}, {}, "has no column named message, and 2 (a, b) of octets; say which it is"),
            ({"a": [1]}, {}, "has no column named message, and none of octets; say which it is"),
            ({"message": [1]}, {}, "has no messages in its column message, which is of type int64"),
            ({"message": [MAIL]}, {"column": "raw"}, "has no column named raw"),
            ({"message": [MAIL]}, {"id_column": "key"}, "has no column named key"),
        ],
    )
    def test_a_file_without_such_a_column_is_told(
        self, columns: dict[str, Any], options: dict[str, Any], told: str, tmp_path: Path
    ) -> None:
        file = write(tmp_path / "m.parquet", columns)
        assert relative(messages(file, **options), str(file)) == [("", told)]


class TestRows:
    def test_pieces_are_row_groups_and_hold_the_same_messages(self, tmp_path: Path) -> None:
        chance = random.Random(3)
        held = [mail(number, chance.randrange(3_000)) for number in range(200)]
        file = write(tmp_path / "m.parquet", {"message": held}, row_group_size=7, compression="none")
        whole = list(messages(file))
        assert [one.message for one in whole] == held
        assert [one.id for one in whole] == [f"{file}@{number}" for number in range(200)]
        for size in (1, 20_000, 100_000, 10_000_000):
            divided = list(pieces(file, piece_size=size))
            assert [one for piece in divided for one in read_piece(piece)] == whole
            assert len(divided) == {1: 29, 10_000_000: 1}.get(size, len(divided))

    def test_what_is_null_empty_or_too_large_is_told_and_the_others_follow(self, tmp_path: Path) -> None:
        file = write(tmp_path / "m.parquet", {"message": [None, b"", b"x" * 200, MAIL], "id": ["a", "b", "c", None]})
        assert relative(messages(file, max_size=100), "") == [
            ("a", "is null"),
            ("b", "is empty"),
            ("c", "has more than 100 octets"),
            (f"{file}@3", MAIL),
        ]

    def test_a_parquet_file_in_an_archive_is_read(self, tmp_path: Path) -> None:
        content = write(tmp_path / "m.parquet", {"message": [MAIL]}).read_bytes()
        (tmp_path / "m.parquet").unlink()
        (tmp_path / "m.zip").write_bytes(zipped([("part-0.parquet", content)]))
        (tmp_path / "n.parquet.gz").write_bytes(COMPRESSED["gz"](content))
        assert relative(messages(tmp_path), str(tmp_path)) == [
            ("/m.zip#part-0.parquet@0@0", MAIL),
            ("/n.parquet.gz@0", MAIL),
        ]

    def test_a_damaged_file_is_told(self, tmp_path: Path) -> None:
        held = [mail(number, 1_000) for number in range(50)]
        file = write(tmp_path / "m.parquet", {"message": held}, row_group_size=10, compression="zstd")
        whole = file.read_bytes()
        for size in (4, 12, 100, len(whole) // 2, len(whole) - 1):
            file.write_bytes(whole[:size])
            assert [one.message for one in messages(file) if one.error is None] == []
            assert all(one.error for one in messages(file))
        chance = random.Random(5)
        for _ in range(100):
            content = bytearray(whole)
            content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
            file.write_bytes(bytes(content))
            found = list(messages(file))
            assert len({one.id for one in found}) == len(found)

    def test_without_pyarrow_the_line_that_installs_it_is_told(self, tmp_path: Path) -> None:
        file = write(tmp_path / "m.parquet", {"message": [MAIL]})
        (tmp_path / "a.eml").write_bytes(MAIL)
        program = (
            "import sys; sys.modules['pyarrow'] = None\n"
            "from sesmime.archive import messages\n"
            "from sesmime.archive import pieces, read_piece\n"
            f"found = [one for piece in pieces({str(tmp_path)!r}, piece_size=50) for one in read_piece(piece)]\n"
            f"assert found == list(messages({str(tmp_path)!r}))\n"
            "print([one.error for one in found])\n"
            f"messages({str(file)!r})"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        told = "Parquet files need pyarrow: pip install 'sesmime[archive]'"
        assert done.stdout == f"{[None, f'{file} is not read: {told}']}\n"
        assert done.stderr.endswith(f"ImportError: {told}\n")

    def test_a_file_like_object_is_read_in_small_batches(self, tmp_path: Path) -> None:
        from sesmime.archive.parquet_files import find_columns, open_parquet, parquet_rows

        made = io.BytesIO()
        parquet.write_table(
            pyarrow.table({"message": [bytes(1 << 20)] * 40}), made, use_dictionary=False, write_batch_size=1
        )
        reader = open_parquet(io.BytesIO(made.getvalue()))
        before = pyarrow.total_allocated_bytes()
        peak = 0
        for row in parquet_rows(reader, *find_columns(reader, None, None)):
            assert row.message == bytes(1 << 20)
            peak = max(peak, pyarrow.total_allocated_bytes() - before)
        assert peak < 24 << 20
