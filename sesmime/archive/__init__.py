"""Archives of mail of any size, read with bounded memory, and checked message by message. Extra `archive`.

Without Arrow: `rows` gives findings as tuples. `lint_batches` takes and gives record batches, as Spark does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sesmime.archive.batches import lint_batches, lint_table, message_batches
from sesmime.archive.reading import messages, pieces, read_piece
from sesmime.archive.rows import Row, rows
from sesmime.archive.schemas import findings_schema, messages_schema, spark_schema
from sesmime.archive.stored import Piece, Stored

if TYPE_CHECKING:
    import pyarrow

    MESSAGES_SCHEMA: pyarrow.Schema
    FINDINGS_SCHEMA: pyarrow.Schema

__all__ = [
    "FINDINGS_SCHEMA",
    "MESSAGES_SCHEMA",
    "Piece",
    "Row",
    "Stored",
    "lint_batches",
    "lint_table",
    "message_batches",
    "messages",
    "pieces",
    "read_piece",
    "rows",
    "spark_schema",
]

_SCHEMAS = {"MESSAGES_SCHEMA": messages_schema, "FINDINGS_SCHEMA": findings_schema}


def __getattr__(name: str) -> Any:
    """Return a schema, made when it is first asked for: pyarrow is imported by then."""
    make = _SCHEMAS.get(name)
    if make is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, make())


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
