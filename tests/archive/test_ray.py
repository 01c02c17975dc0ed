"""Ray as it is: `map_batches` with `lint_table`, on a real local Ray. See the extra `dev-ray`."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sesmime import Interface, LintConfig
from sesmime.archive import Row, Stored, lint_table, rows
from tests.documents import blocks

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Ray has warnings of its own
ray = pytest.importorskip("ray")
parquet = pytest.importorskip("pyarrow.parquet")
pa = pytest.importorskip("pyarrow")

ROOT = Path(__file__).parents[2]
MESSAGES = [file.read_bytes() for file in sorted((ROOT / "tests" / "data" / "messages").glob("*.eml"))]
STORED = [Stored(f"{number}", "box", number, MESSAGES[number % len(MESSAGES)]) for number in range(500)]


@pytest.fixture(scope="module", autouse=True)
def _a_cluster_of_this_machine() -> Iterator[None]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it tells nobody of its use
    # The workers are other processes: they import the package from here.
    environment = {"env_vars": {"PYTHONPATH": str(ROOT)}}
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False, runtime_env=environment)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "messages"
    made.mkdir()
    for number, some in enumerate((STORED[:200], STORED[200:])):
        columns = ("id", "source", "offset", "message")
        table = pa.table({name: [getattr(one, name) for one in some] for name in columns})
        parquet.write_table(table, made / f"{number}.parquet", row_group_size=50)
    return made


def listed(found: list[dict[str, Any]]) -> Counter[Row]:
    return Counter(Row(**row) for row in found)


def test_map_batches_gives_the_rows_that_there_are_without_ray(folder: Path) -> None:
    found = ray.data.read_parquet(str(folder)).map_batches(lint_table, batch_format="pyarrow", batch_size=64)
    rows_found = listed(found.take_all())
    assert rows_found == Counter(rows(STORED))
    assert len({row.id for row in rows_found}) > 200


def test_a_partial_with_options_is_taken_too(folder: Path) -> None:
    options: dict[str, Any] = {"interface": Interface.SMTP, "config": LintConfig(select=("SES", "BULK"))}
    check = partial(lint_table, **options)
    found = ray.data.read_parquet(str(folder)).map_batches(check, batch_format="pyarrow", batch_size=500)
    assert listed(found.take_all()) == Counter(rows(STORED, **options))


def test_the_topic_s_lines_run(folder: Path) -> None:
    text = (ROOT / "sesmime" / "help" / "archives.md").read_text(encoding="utf-8")
    (code,) = [block for block in blocks(text, "python") if "map_batches" in block]
    exec(compile(code.replace("s3://bucket/", f"{folder.parent}/"), "archives.md", "exec"), {})
    found = parquet.read_table(folder.parent / "findings").to_pylist()
    assert listed(found) == Counter(rows(STORED))
    shutil.rmtree(folder.parent / "findings")
