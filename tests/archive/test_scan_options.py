"""`sesmime scan` of sources that need to be told how they are read: columns of Parquet files, options of URLs."""

from __future__ import annotations

import errno
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sesmime.archive import Row, Stored, messages, rows
from sesmime.archive.reading import Reading
from tests.archive.archives import MAIL
from tests.cli.linting import CLEAN, SAME
from tests.cli.running import Ran, run

pytestmark = [pytest.mark.edges]
fsspec = pytest.importorskip("fsspec")
SECRET = "wJalrXUtnFEMI/K7MDENG"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def scan(*argv: object, jobs: int = 1) -> Ran:
    return run("scan", "--jobs", jobs, "--quiet", *argv)


def read(file: str) -> list[Row]:
    return [Row(**json.loads(line)) for line in Path(file).read_bytes().splitlines()]


class TestColumns:
    @pytest.fixture
    def table(self) -> str:
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        columns = {"key": ["one", "two"], "thumbnail": [b"x", b"y"], "raw": [SAME, CLEAN]}
        parquet.write_table(arrow.table(columns), "mail.parquet")
        return "mail.parquet"

    def test_the_messages_of_the_column_are_checked_under_the_ids_of_the_other(self, table: str) -> None:
        ran = scan(table, "-o", "out.jsonl", "--column", "raw", "--id-column", "key")
        expected = list(rows([Stored("one", table, None, SAME), Stored("two", table, None, CLEAN)]))
        assert read("out.jsonl") == expected
        assert {row.id for row in expected} == {"one"}
        assert ran.code == 1

    @pytest.mark.slow
    def test_several_processes_read_the_same_columns(self, table: str) -> None:
        scan(table, "-o", "one.jsonl", "--column", "raw", "--id-column", "key")
        scan(table, "-o", "two.jsonl", "--column", "raw", "--id-column", "key", jobs=2)
        assert Path("two.jsonl").read_bytes() == Path("one.jsonl").read_bytes() != b""

    def test_a_column_that_is_not_there_is_a_row_with_an_error(self, table: str) -> None:
        assert scan(table, "-o", "out.jsonl", "--column", "body").code == 2
        (row,) = read("out.jsonl")
        assert row.code is None
        assert "body" in (row.error or "")

    def test_a_scan_is_not_gone_on_with_by_another_column(self, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def breaking(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("sesmime.archive.scanning.Scan.write", breaking)
            scan(table, "-o", "out.jsonl", "--column", "raw")
        ran = scan(table, "-o", "out.jsonl", "--column", "thumbnail", "--resume")
        assert ran.code == 2
        assert "belongs to a scan with other columns (--column, --id-column)" in ran.err
        assert scan(table, "-o", "out.jsonl", "--column", "raw", "--resume").code == 1


class Closed(fsspec.AbstractFileSystem):  # type: ignore[misc,name-defined]
    """A file system that tells its options in whatever goes wrong."""

    protocol = "closed"
    cachable = False

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options
        if "refused" in options:
            raise TypeError(f"no option of these: {options}")

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        if "info" in self.options:
            raise OSError(errno.EACCES, f"denied with {self.options}")
        return {"type": "file", "name": path, "size": 10}

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        raise RuntimeError(f"cannot log in with {self.options}")


class TestStorageOptions:
    @pytest.fixture(autouse=True)
    def _registered(self) -> Iterator[None]:
        fsspec.register_implementation("closed", Closed, clobber=True)
        yield
        fsspec.registry.unregister("closed") if hasattr(fsspec.registry, "unregister") else None

    def test_a_value_in_json_is_read_as_such_and_another_is_text(self) -> None:
        options = ["anon=true", "block=8", 'account="7"', "name=a=b", 'more={"a": [1]}', "empty="]
        scan("closed://x/y", "-o", "out.jsonl", *(word for one in options for word in ("--storage-option", one)))
        (row,) = read("out.jsonl")
        assert "'anon': True, 'block': 8" in (row.error or "")
        assert "'account': '***', 'name': '***', 'more': {'a': [1]}, 'empty': ''" in (row.error or "")

    @pytest.mark.parametrize("where", ["refused", "info", "open"])
    @pytest.mark.parametrize(
        "option",
        [
            f"secret={SECRET}",
            f'client_kwargs={{"aws_session_token": "{SECRET}"}}',
            f"endpoint_url=https://me:{SECRET}@store.example/x",
            f'many=["{SECRET}"]',
        ],
    )
    def test_a_secret_is_neither_told_nor_written(self, where: str, option: str) -> None:
        argv = ("--storage-option", option, "--storage-option", f"{where}=1", "--storage-option", "profile=mail")
        ran = scan("closed://x/y", "-o", "out.jsonl", *argv)
        written = [file.read_bytes() for file in Path().rglob("*") if file.is_file()]
        assert ran.code == 2
        told = ran.out + ran.err.encode() + b"".join(written)
        assert SECRET.encode() not in told
        assert b"***" in told
        assert b"'profile': 'mail'" in told

    @pytest.mark.parametrize("option", ["password=4711", 'client_kwargs={"aws_secret_access_key": 4711}', "n=471100"])
    def test_a_number_may_be_a_secret(self, option: str) -> None:
        scan("closed://x/y", "-o", "out.jsonl", "--storage-option", option, "--storage-option", "block=8")
        (row,) = read("out.jsonl")
        assert "4711" not in (row.error or "")
        assert "'block': 8" in (row.error or "")

    def test_the_journal_holds_no_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def breaking(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("sesmime.archive.scanning.Scan.write", breaking)
        options = (f"secret={SECRET}", f"endpoint_url=https://me:{SECRET}@store.example/")
        scan("closed://x/y", "-o", "out.jsonl", *(word for one in options for word in ("--storage-option", one)))
        files = [file for file in Path("out.jsonl.scan").rglob("*") if file.is_file()]
        assert any(file.name == "journal.sqlite" for file in files)
        assert all(SECRET.encode() not in file.read_bytes() for file in files)

    def test_new_keys_go_on_with_a_scan_and_another_address_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def breaking(*_: object) -> None:
            raise KeyboardInterrupt

        def going_on(key: str, address: str) -> Ran:
            argv = ("--storage-option", f"key={key}", "--storage-option", f"endpoint_url={address}")
            return scan("closed://x/y", "-o", "out.jsonl", "--resume", *argv)

        with monkeypatch.context() as patch:
            patch.setattr("sesmime.archive.scanning.Scan.write", breaking)
            going_on("one", "https://a.example")
        assert "a scan with other addresses of the storage" in going_on("one", "https://b.example").err
        going_on("two", "https://a.example")
        assert len(read("out.jsonl")) == 1

    def test_what_is_no_option_is_refused_and_not_repeated(self) -> None:
        for wrong in (SECRET, f"={SECRET}", f"a b={SECRET}"):
            ran = scan("closed://x/y", "--storage-option", wrong)
            assert ran.code == 2
            assert "--storage-option: it is written KEY=VALUE" in ran.err
            assert SECRET not in ran.err

    def test_options_are_for_urls_only_and_processes_get_them(self) -> None:
        Path("a.eml").write_bytes(MAIL)
        reading = Reading(storage_options={"secret": SECRET})
        assert SECRET not in repr(reading)
        again = pickle.loads(pickle.dumps(reading))
        assert again == reading
        (piece,) = again.pieces("a.eml", piece_size=1000)
        assert list(again.read(piece)) == list(messages("a.eml"))
