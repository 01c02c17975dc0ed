"""The messages of a Parquet file: a column of them, and a column of ids where there is one. Needs pyarrow.

A batch of some megabytes is in memory, and a page of the file, which is the least that can be decoded: its writer
decides how large it is (about 1 MB, as a rule).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from sesmime.archive.streams import BrokenArchive

# Octets of messages that are decoded at once, as far as the file tells how large its rows are.
_BATCH: Final = 8 << 20
_MOST_ROWS: Final = 4_096


class Row(NamedTuple):
    """A row: its number in the file, counted from 0, its message (None where it is null), its id if it has one."""

    number: int
    message: bytes | None
    id: str | None


def load_pyarrow() -> Any:
    """Return pyarrow with its module for Parquet. Raises ImportError, with the line that installs it."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ImportError("Parquet files need pyarrow: pip install 'sesmime[archive]'") from None
    return pyarrow


def open_parquet(file: BinaryIO | Any) -> Any:
    """Return pyarrow's reader of a Parquet file. Raises ImportError without pyarrow, BrokenArchive for what is none."""
    pyarrow = load_pyarrow()
    try:
        return pyarrow.parquet.ParquetFile(file, buffer_size=1 << 20)
    except (pyarrow.ArrowException, OSError) as error:
        raise BrokenArchive(f"is damaged: {' '.join(str(error).split())}") from None


def row_groups(parquet: Any) -> Iterator[int]:
    """Return how many octets the rows of each group have, uncompressed."""
    metadata = parquet.metadata
    for number in range(metadata.num_row_groups):
        yield metadata.row_group(number).total_byte_size


def find_columns(parquet: Any, column: str | None, id_column: str | None) -> tuple[str, str | None]:
    """Return the names of the columns of messages and of ids.

    Without a name the messages are in `message`, or in the only column of octets, and the ids in `id` if there is one.
    Raises BrokenArchive if there is no such column.
    """
    import pyarrow

    schema = parquet.schema_arrow
    if column is None:
        octets = [field.name for field in schema if _is_binary(field.type, pyarrow)]
        column = "message" if "message" in schema.names else octets[0] if len(octets) == 1 else None
        if column is None:
            raise BrokenArchive(f"has no column named message, and {_count(octets)} of octets; say which it is")
    if column not in schema.names:
        raise BrokenArchive(f"has no column named {column}")
    kind = schema.field(column).type
    if not _is_binary(kind, pyarrow) and not _is_text(kind, pyarrow):
        raise BrokenArchive(f"has no messages in its column {column}, which is of type {kind}")
    if id_column is not None and id_column not in schema.names:
        raise BrokenArchive(f"has no column named {id_column}")
    return column, id_column or ("id" if "id" in schema.names and column != "id" else None)


def parquet_rows(
    parquet: Any, column: str, id_column: str | None, *, start: int = 0, stop: int | None = None
) -> Iterator[Row]:
    """Return the rows of the groups from `start` to before `stop`, a batch of bounded size in memory.

    Raises BrokenArchive where a page cannot be decoded.
    """
    import pyarrow

    metadata = parquet.metadata
    stop = metadata.num_row_groups if stop is None else min(stop, metadata.num_row_groups)
    number = sum(metadata.row_group(group).num_rows for group in range(start))
    columns = [column] if id_column is None else [column, id_column]
    for group in range(start, stop):
        about = metadata.row_group(group)
        rows = max(1, min(_MOST_ROWS, _BATCH * about.num_rows // max(1, about.total_byte_size)))
        try:
            for batch in parquet.iter_batches(batch_size=rows, row_groups=[group], columns=columns, use_threads=False):
                ids = None if id_column is None else batch.column(batch.schema.get_field_index(id_column))
                for at, value in enumerate(batch.column(batch.schema.get_field_index(column))):
                    message = value.as_py()
                    yield Row(
                        number,
                        message.encode() if isinstance(message, str) else message,
                        None if ids is None else _id(ids[at].as_py()),
                    )
                    number += 1
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise BrokenArchive(f"is damaged from row {number:,} on: {' '.join(str(error).split())}") from None


def _id(value: Any) -> str | None:
    if value is None:
        return None
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _is_binary(kind: Any, pyarrow: Any) -> bool:
    types = pyarrow.types
    return bool(
        types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    ) or _is_dictionary_of(kind, pyarrow, _is_binary)


def _is_text(kind: Any, pyarrow: Any) -> bool:
    types = pyarrow.types
    return bool(
        types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    ) or _is_dictionary_of(kind, pyarrow, _is_text)


def _is_dictionary_of(kind: Any, pyarrow: Any, is_kind: Any) -> bool:
    return bool(pyarrow.types.is_dictionary(kind)) and is_kind(kind.value_type, pyarrow)


def _count(names: list[str]) -> str:
    return "none" if not names else f"{len(names)} ({', '.join(names)})"
