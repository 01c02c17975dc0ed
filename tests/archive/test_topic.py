"""The topic `archives` of `sesmime help`: its commands and code run. Spark's in test_spark.py."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sesmime.archive import Row, messages, rows, spark_schema
from sesmime.cli.topics import topic_text
from tests.cli.running import run
from tests.documents import blocks

pytestmark = pytest.mark.edges
TEXT = topic_text("archives")
ORDER = b"From: ann@shop.example\r\nTo: bob@example.org\r\nSubject: Your order\r\n%s\r\nThank you.\r\n"
MAIL = {
    "1.eml": ORDER % b"Subject: again\r\n",
    "2.eml": ORDER % b"Bcc: eve@example.org\r\n",
    "3.eml": (ORDER % b"").replace(b"shop.example", b"news.example"),
}


@pytest.fixture(autouse=True)
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mail"
    folder.mkdir()
    for name, content in MAIL.items():
        (folder / name).write_bytes(content)
    return folder


def code_with(*words: str) -> str:
    (code,) = (block for block in blocks(TEXT, "python") if all(word in block for word in words))
    return code


@pytest.mark.slow
def test_the_command_gives_the_output_shown() -> None:
    (command,), (output,) = blocks(TEXT, "sh"), blocks(TEXT, "text")
    ran = run(*command.split()[1:], *("--config", "pyproject.toml")[:0])
    assert ran.out.decode() == output
    assert ran.code == 1


def test_the_columns_told_are_those_of_the_rows() -> None:
    cells = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")]
    assert [name.strip(" `") for cell in cells for name in cell.split(",")] == list(Row._fields)


def test_rows_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code_with("rows(messages"), "archives.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == len(list(rows(messages("mail")))) >= 2


def test_batches_are_written_as_parquet() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    exec(compile(code_with("lint_batches(message_batches"), "archives.md", "exec"), {"messages": messages})
    assert [Row(**row) for row in parquet.read_table("findings.parquet").to_pylist()] == list(rows(messages("mail")))


@pytest.mark.slow
def test_dask_s_lines_run(capsys: pytest.CaptureFixture[str], cluster: Any) -> None:
    code = code_with("Client(").replace("tcp://scheduler:8786", cluster).replace("s3://bucket/inbound/", "mail")
    code = code.replace('pieces("mail")', f'pieces("{Path("mail").absolute()}")')
    namespace: dict[str, Any] = {}
    exec(compile(code, "archives.md", "exec"), namespace)
    namespace["client"].close()
    assert capsys.readouterr().out == f"{len(list(rows(messages('mail'))))}\n"


def test_ray_takes_a_table_for_a_table() -> None:
    arrow = pytest.importorskip("pyarrow")
    ray = Ray(arrow)
    exec(compile(code_with("import ray").replace("import ray\n", ""), "archives.md", "exec"), {"ray": ray})
    assert Counter(ray.written) == Counter(rows(messages("mail")))


class Ray:
    """What the topic's lines use of Ray, which is large; `map_batches` is what its documentation says it is."""

    def __init__(self, arrow: Any) -> None:
        self.arrow = arrow
        self.data = self
        self.written: list[Row] = []

    def read_parquet(self, address: str) -> Ray:
        from sesmime.archive import message_batches

        self.table = self.arrow.Table.from_batches(message_batches(messages("mail")))
        return self

    def map_batches(self, check: Any, *, batch_format: str, batch_size: int) -> Ray:
        assert batch_format == "pyarrow"
        for batch in self.table.to_batches():
            table = check(self.arrow.Table.from_batches([batch]))
            assert isinstance(table, self.arrow.Table)
            self.written += [Row(**row) for row in table.to_pylist()]
        return self

    def write_parquet(self, address: str) -> None:
        assert address.startswith("s3://")


def test_the_words_for_spark_name_every_column() -> None:
    assert [part.split("`")[1] for part in spark_schema().split(", ")] == list(Row._fields)
