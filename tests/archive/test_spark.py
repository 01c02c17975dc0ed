"""Spark as it is: `mapInArrow` with `lint_batches`, on a real local Spark. See the extra `dev-spark`."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sesmime import Interface, LintConfig
from sesmime.archive import Row, Stored, lint_batches, pieces, read_piece, rows, spark_schema
from sesmime.archive.schemas import MESSAGE_COLUMNS
from tests.documents import blocks

pytestmark = [pytest.mark.spark, pytest.mark.slow]
pyspark_sql = pytest.importorskip("pyspark.sql")

ROOT = Path(__file__).parents[2]
MESSAGES = sorted((ROOT / "tests" / "data" / "messages").glob("*.eml"))


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    if shutil.which("java") is None and os.environ.get("SESMIME_TEST_CLIENTS") != "required":
        pytest.skip("there is no Java")
    # The workers are other processes: they import the package from here.
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        pyspark_sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture
def stored() -> list[Stored]:
    messages = [file.read_bytes() for file in MESSAGES]
    return [Stored(f"{number}", "box", number, messages[number % len(messages)]) for number in range(500)]


def frame_of(spark: Any, stored: list[Stored]) -> Any:
    values = [(one.id, one.source, one.offset, bytearray(one.message), one.error) for one in stored]
    return spark.createDataFrame(values, spark_schema(MESSAGE_COLUMNS)).repartition(4)


def listed(frame: Any) -> Counter[Row]:
    return Counter(Row(**row.asDict()) for row in frame.collect())


def test_map_in_arrow_gives_the_rows_that_there_are_without_spark(spark: Any, stored: list[Stored]) -> None:
    found = listed(frame_of(spark, stored).mapInArrow(lint_batches, spark_schema()))
    assert found == Counter(rows(stored))
    assert len({row.id for row in found}) > 200


def test_a_partial_with_options_is_taken_too(spark: Any, stored: list[Stored]) -> None:
    options: dict[str, Any] = {"interface": Interface.SMTP, "config": LintConfig(select=("SES", "BULK"))}
    check = partial(lint_batches, **options)
    found = listed(frame_of(spark, stored).mapInArrow(check, spark_schema()))
    assert found == Counter(rows(stored, **options))


def test_small_batches_of_spark_change_nothing(spark: Any, stored: list[Stored]) -> None:
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "7")
    try:
        found = listed(frame_of(spark, stored).mapInArrow(partial(lint_batches, most_octets=2_000), spark_schema()))
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    assert found == Counter(rows(stored))


def test_an_error_is_a_row_and_a_null_message_loses_nothing(spark: Any, stored: list[Stored]) -> None:
    values = [("1", bytearray(stored[0].message)), ("2", None), ("3", bytearray(stored[0].message))]
    frame = spark.createDataFrame(values, "id STRING, message BINARY").coalesce(1)
    found = listed(frame.mapInArrow(lint_batches, spark_schema()))
    assert [row.id for row in found if row.error is not None] == ["2"]
    assert {row.id for row in found} == {"1", "2", "3"}


def test_files_are_read_by_spark_itself(spark: Any) -> None:
    files = spark.read.format("binaryFile").load(str(MESSAGES[0].parent)).selectExpr("path id", "content message")
    found = listed(files.mapInArrow(lint_batches, spark_schema()))
    expected = rows(Stored(file.as_uri().replace("///", "/"), "", None, file.read_bytes()) for file in MESSAGES)
    assert found == Counter(expected)


def test_pieces_of_an_archive_are_read_by_the_workers(spark: Any, tmp_path: Path, stored: list[Stored]) -> None:
    box = tmp_path / "all.mbox"
    parts = [b"From a@b Mon Jan  1 00:00:00 2024\n" + one.message.replace(b"\r\n", b"\n") + b"\n" for one in stored]
    box.write_bytes(b"".join(parts))
    found = list(pieces(box, piece_size=20_000))
    assert len(found) > 5
    table = spark.sparkContext.parallelize(found, 8).flatMap(lambda piece: rows(read_piece(piece)))
    frame = spark.createDataFrame(table, spark_schema())
    assert listed(frame) == Counter(rows(one for piece in pieces(box) for one in read_piece(piece)))


def test_findings_are_written_as_a_table_and_counted(spark: Any, tmp_path: Path, stored: list[Stored]) -> None:
    frame_of(spark, stored).mapInArrow(lint_batches, spark_schema()).write.parquet(str(tmp_path / "findings"))
    counts = spark.read.parquet(str(tmp_path / "findings")).groupBy("code").count().collect()
    assert {row["code"]: row["count"] for row in counts} == Counter(row.code for row in rows(stored))


def test_the_topic_s_lines_run(spark: Any, tmp_path: Path) -> None:
    shutil.copytree(MESSAGES[0].parent, tmp_path / "mail")
    text = (ROOT / "sesmime" / "help" / "archives.md").read_text(encoding="utf-8")
    (code,) = [block for block in blocks(text, "python") if "mapInArrow" in block]
    code = code.replace("s3://bucket/inbound/", f"{tmp_path}/mail/").replace("s3://bucket/", f"{tmp_path}/")
    exec(compile(code, "archives.md", "exec"), {"spark": spark})
    found = [row.asDict() for row in spark.read.parquet(f"{tmp_path}/findings").collect()]
    assert Counter(row["code"] for row in found) == Counter(
        row.code for row in rows(Stored("", "", None, file.read_bytes()) for file in MESSAGES)
    )
