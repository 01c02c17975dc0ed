"""Arrow record batches: messages in, findings out, both bounded by octets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from sesmime.archive.rows import Check, Row
from sesmime.archive.schemas import findings_schema, import_pyarrow, messages_schema
from sesmime.archive.stored import Stored
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters

if TYPE_CHECKING:
    import pyarrow

# Octets that a batch holds, more or less: a message alone may be larger.
MOST_OCTETS: Final = 8 << 20
# What a row takes beside its texts.
_ROW_OCTETS: Final = 96


def lint_batches(
    batches: Iterable[pyarrow.RecordBatch],
    *,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = LintConfig(),
    min_level: Severity = Severity.INFO,
    message_column: str = "message",
    id_column: str = "id",
    most_octets: int = MOST_OCTETS,
) -> Iterator[pyarrow.RecordBatch]:
    """Check the messages of record batches and return their findings, in batches of `FINDINGS_SCHEMA`.

    A batch has a column with messages (binary or text, of any size) and one with an id (any type; it becomes text);
    columns `source`, `offset` and `error` are taken along where they are there. A message that is null, or cannot be
    checked, is a row with an `error`. One message is in memory beside the batch that it came in, and batches of
    findings hold about `most_octets` octets. It keeps nothing between calls, and `functools.partial` of it can be
    pickled: it is what Spark's `mapInArrow` takes. Raises TypeError for columns of other types, ValueError for a column
    that is absent.
    """
    checking = Check(parameters=parameters, interface=interface, config=config, min_level=min_level)
    found: list[Row] = []
    size = 0
    for batch in batches:
        for stored in stored_of(batch, message_column=message_column, id_column=id_column):
            for row in checking.look(stored).rows:
                found.append(row)
                size += row_size(row)
                if size >= most_octets:
                    yield findings_batch(found)
                    found, size = [], 0
    if found:
        yield findings_batch(found)


def lint_table(table: pyarrow.Table, **options: Any) -> pyarrow.Table:
    """Return the findings of a table of messages as a table: `lint_batches` for what takes one table for another.

    So do Ray's `map_batches` and Dask's `map`. The options are those of `lint_batches`.
    """
    arrow = import_pyarrow()
    return arrow.Table.from_batches(lint_batches(table.to_batches(), **options), findings_schema())


def message_batches(stored: Iterable[Stored], *, most_octets: int = MOST_OCTETS) -> Iterator[pyarrow.RecordBatch]:
    """Return messages in batches of `MESSAGES_SCHEMA`, each of about so many octets at most, or of one message."""
    held: list[Stored] = []
    size = 0
    for one in stored:
        octets = len(one.message)
        if held and size + octets > most_octets:
            yield _messages_batch(held)
            held, size = [], 0
        held.append(one)
        size += octets + len(one.id) + len(one.source) + _ROW_OCTETS
    if held:
        yield _messages_batch(held)


def stored_of(
    batch: pyarrow.RecordBatch, *, message_column: str = "message", id_column: str = "id"
) -> Iterator[Stored]:
    """Return the messages of a batch, one at a time. Raises TypeError and ValueError as `lint_batches` does."""
    names = batch.schema.names
    for name in (message_column, id_column):
        if name not in names:
            raise ValueError(f"the batch has no column {name}; it has {', '.join(names) or 'none'}")
    messages = batch.column(message_column)
    is_text = _is_text(messages.type, message_column)
    ids = batch.column(id_column)
    sources, offsets, errors = (
        batch.column(name) if name in names and name not in (message_column, id_column) else None
        for name in ("source", "offset", "error")
    )
    for number in range(batch.num_rows):
        message = messages[number].as_py()
        identity = ids[number].as_py()
        source = None if sources is None else sources[number].as_py()
        offset = None if offsets is None else offsets[number].as_py()
        error = None if errors is None else errors[number].as_py()
        if error is None and message is None:
            error = "there is no message: the column is null"
        octets = b"" if message is None else message.encode("utf-8") if is_text else message
        yield Stored(
            "" if identity is None else str(identity),
            "" if source is None else str(source),
            offset if isinstance(offset, int) else None,
            octets,
            None if error is None else str(error),
        )


def _is_text(kind: pyarrow.DataType, name: str) -> bool:
    """Tell whether a column holds text; TypeError where it holds neither text nor octets."""
    types = import_pyarrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_null(kind):
        return True
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return False
    if types.is_fixed_size_binary(kind):
        return False
    raise TypeError(f"the column {name} holds {kind}; messages are binary or text")


def findings_batch(found: list[Row]) -> pyarrow.RecordBatch:
    """Return rows as a batch of `FINDINGS_SCHEMA`."""
    arrow, schema = import_pyarrow(), findings_schema()
    columns = zip(*found, strict=True) if found else ((),) * len(schema)
    arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return arrow.RecordBatch.from_arrays(arrays, schema=schema)


def _messages_batch(held: list[Stored]) -> pyarrow.RecordBatch:
    from sesmime.archive.rows import writable

    arrow, schema = import_pyarrow(), messages_schema()
    columns = (
        [writable(one.id) for one in held],
        [writable(one.source) for one in held],
        [one.offset for one in held],
        [None if one.error is not None else one.message for one in held],
        [None if one.error is None else writable(one.error) for one in held],
    )
    arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return arrow.RecordBatch.from_arrays(arrays, schema=schema)


def row_size(row: Row) -> int:
    """Return about how many octets a row takes in a batch."""
    return _ROW_OCTETS + sum(len(value) for value in row if isinstance(value, str))
