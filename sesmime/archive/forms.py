"""The forms in which a scan writes findings: JSON lines, CSV, Parquet; in segments that are joined in the end."""

from __future__ import annotations

import csv
import io
import json
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, BinaryIO, Final, Protocol

from sesmime.archive.batches import findings_batch, row_size
from sesmime.archive.rows import Row
from sesmime.archive.schemas import findings_schema, import_pyarrow

# Rows of so many octets are written at once.
_WRITTEN: Final = 1 << 20
_COPIED: Final = 1 << 20
# A row group of the Parquet file has about so many octets in memory.
_ROW_GROUP: Final = 16 << 20


class Segment(Protocol):
    """A part of the output that is being written."""

    @abstractmethod
    def write(self, rows: Iterable[Row]) -> None:
        """Add rows."""

    @abstractmethod
    def close(self) -> None:
        """Write what is left; the stream stays open."""


class _Text:
    """Lines of text; `CONTINUED` by the next segment as they are."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def close(self) -> None:
        self._stream.flush()


class _JsonLines(_Text):
    def write(self, rows: Iterable[Row]) -> None:
        lines = [json.dumps(row._asdict()) for row in rows]
        if lines:
            self._stream.write(("\n".join(lines) + "\n").encode("ascii"))


class _Csv(_Text):
    def write(self, rows: Iterable[Row]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        self._stream.write(text.getvalue().encode("utf-8"))


class _Parquet:
    """Parquet; a row group for each `_WRITTEN` octets."""

    def __init__(self, stream: BinaryIO, compression: str = "lz4") -> None:
        self._writer = _parquet().ParquetWriter(stream, findings_schema(), compression=compression)
        self._held: list[Row] = []
        self._size = 0

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._held.append(row)
            self._size += row_size(row)
        if self._size >= _WRITTEN:
            self._flush()

    def close(self) -> None:
        if self._held:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_batch(findings_batch(self._held))
        self._held, self._size = [], 0


def _parquet() -> Any:
    import_pyarrow()
    import pyarrow.parquet

    return pyarrow.parquet


# What is written before the first row of a form.
_SEGMENTS: Final[dict[str, type[_JsonLines | _Csv | _Parquet]]] = {
    "jsonl": _JsonLines,
    "csv": _Csv,
    "parquet": _Parquet,
}
FORMS: Final = tuple(_SEGMENTS)


def require_form(form: str) -> None:
    """Raise ImportError where a package for one of `FORMS` is missing."""
    if form == "parquet":
        _parquet()


def open_segment(form: str, stream: BinaryIO) -> Segment:
    """Return what writes one of `FORMS` to a stream. Raises ImportError where a package is missing."""
    return _SEGMENTS[form](stream)


def join_segments(form: str, files: Iterable[str], stream: BinaryIO) -> None:
    """Write the segments of those files as one, in their order."""
    if form == "parquet":
        _join_parquet(files, stream)
        return
    if form == "csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerow(Row._fields)
        stream.write(text.getvalue().encode("ascii"))
    for file in files:
        with open(file, "rb") as segment:
            while piece := segment.read(_COPIED):
                stream.write(piece)


def _join_parquet(files: Iterable[str], stream: BinaryIO) -> None:
    arrow, parquet = import_pyarrow(), _parquet()
    held: list[Any] = []
    size = 0
    with parquet.ParquetWriter(stream, findings_schema(), compression="zstd") as writer:

        def flush() -> None:
            writer.write_table(arrow.Table.from_batches(held, findings_schema()))

        for file in files:
            with parquet.ParquetFile(file) as segment:
                for batch in segment.iter_batches():
                    held.append(batch)
                    size += batch.nbytes
                    if size >= _ROW_GROUP:
                        flush()
                        held, size = [], 0
        if held:
            flush()
