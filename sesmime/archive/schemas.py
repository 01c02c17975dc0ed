"""The columns of messages and of findings, in Arrow's and in Spark's words; fixed, with a version in the metadata.

A column may be added at the end of a later version; none changes its name, its type or its meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import pyarrow

# The version of both schemas.
VERSION: Final = 1
# Below these names it stands in the metadata of a schema.
SCHEMA_KEY: Final = b"sesmime.schema"
VERSION_KEY: Final = b"sesmime.version"


class Column(NamedTuple):
    """A column: its name, its type in Arrow, and whether every row has a value."""

    name: str
    type: str = "string"
    is_required: bool = False


# The columns of a message, as `Stored` has them.
MESSAGE_COLUMNS: Final = (
    Column("id", is_required=True),
    Column("source"),
    Column("offset", "int64"),
    Column("message", "binary"),
    Column("error"),
)
# The columns of a finding, as `Row` has them.
FINDING_COLUMNS: Final = (
    Column("id", is_required=True),
    Column("source"),
    Column("offset", "int64"),
    Column("code"),
    Column("name"),
    Column("severity"),
    Column("evidence"),
    Column("message"),
    Column("rejection"),
    Column("part"),
    Column("line", "int64"),
    Column("column", "int64"),
    Column("interface"),
    Column("error"),
)
_SPARK: Final = {"string": "STRING", "int64": "BIGINT", "binary": "BINARY"}


def import_pyarrow() -> Any:
    """Return pyarrow. Raises ImportError that says what to install."""
    try:
        import pyarrow
    except ImportError:
        raise ImportError("Arrow needs another package: pip install 'sesmime[archive]'") from None
    return pyarrow


def messages_schema() -> pyarrow.Schema:
    """Return the schema of messages: id, source, offset, message, error."""
    return _schema("messages", MESSAGE_COLUMNS)


def findings_schema() -> pyarrow.Schema:
    """Return the schema of findings."""
    return _schema("findings", FINDING_COLUMNS)


def _schema(name: str, columns: tuple[Column, ...]) -> pyarrow.Schema:
    arrow = import_pyarrow()
    fields = [arrow.field(one.name, getattr(arrow, one.type)(), nullable=not one.is_required) for one in columns]
    return arrow.schema(fields, {SCHEMA_KEY: name.encode(), VERSION_KEY: b"%d" % VERSION})


def spark_schema(columns: tuple[Column, ...] = FINDING_COLUMNS) -> str:
    """Return the columns of findings as Spark's `mapInArrow` takes them: a schema in the words of its DDL.

    >>> spark_schema(FINDING_COLUMNS[:3])
    '`id` STRING, `source` STRING, `offset` BIGINT'
    """
    return ", ".join(f"`{column.name}` {_SPARK[column.type]}" for column in columns)
