"""Arrow record batches: what comes in may be of any kind of octets and text, what goes out has one schema."""

from __future__ import annotations

import pickle
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sesmime import Interface, LintConfig, Severity, lint
from sesmime.archive import Row, Stored, lint_batches, lint_table, message_batches, rows

pa = pytest.importorskip("pyarrow")
pytestmark = pytest.mark.edges

MESSAGES = [file.read_bytes() for file in sorted((Path(__file__).parents[1] / "data" / "messages").glob("*.eml"))]
STORED = [Stored(f"box@{number}", "box", number, message) for number, message in enumerate(MESSAGES)]


def batch(messages: Any, ids: Any = None, **columns: Any) -> Any:
    array = messages if isinstance(messages, pa.Array) else pa.array(messages, pa.binary())
    ids = pa.array([str(number) for number in range(len(array))]) if ids is None else ids
    return pa.RecordBatch.from_pydict({"id": ids, "message": array, **columns})


def listed(batches: Any) -> list[Row]:
    return [Row(**row) for one in batches for row in one.to_pylist()]


def test_the_schemas_are_fixed_and_have_a_version() -> None:
    from sesmime.archive import FINDINGS_SCHEMA, MESSAGES_SCHEMA

    text, number = pa.string(), pa.int64()
    assert [(field.name, field.type) for field in FINDINGS_SCHEMA] == [
        ("id", text),
        ("source", text),
        ("offset", number),
        ("code", text),
        ("name", text),
        ("severity", text),
        ("evidence", text),
        ("message", text),
        ("rejection", text),
        ("part", text),
        ("line", number),
        ("column", number),
        ("interface", text),
        ("error", text),
    ]
    assert [(field.name, field.type) for field in MESSAGES_SCHEMA] == [
        ("id", text),
        ("source", text),
        ("offset", number),
        ("message", pa.binary()),
        ("error", text),
    ]
    assert FINDINGS_SCHEMA.metadata == {b"sesmime.schema": b"findings", b"sesmime.version": b"1"}
    assert MESSAGES_SCHEMA.metadata == {b"sesmime.schema": b"messages", b"sesmime.version": b"1"}
    assert [field.name for field in FINDINGS_SCHEMA if not field.nullable] == ["id"]


def test_batches_give_the_rows_of_their_messages() -> None:
    from sesmime.archive import FINDINGS_SCHEMA, MESSAGES_SCHEMA

    broken = Stored("box@99", "box", None, b"", "box@99 is empty")
    given = list(message_batches([*STORED, broken]))
    assert [one.schema for one in given] == [MESSAGES_SCHEMA]
    found = list(lint_batches(given))
    assert all(one.schema.equals(FINDINGS_SCHEMA, check_metadata=True) for one in found)
    assert listed(found) == list(rows([*STORED, broken]))
    assert listed(found)[-1].error == "box@99 is empty"


@pytest.mark.parametrize(
    "kind",
    [
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int32(), pa.binary()),
        pa.dictionary(pa.int32(), pa.string()),
    ],
    ids=str,
)
def test_messages_may_be_octets_or_text_of_any_width(kind: Any) -> None:
    messages = [message for message in MESSAGES if message.isascii()]
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    is_text = "string" in str(value)
    array = pa.array([message.decode() if is_text else message for message in messages], value)
    array = array.dictionary_encode() if pa.types.is_dictionary(kind) else array
    found = listed(lint_batches([batch(array)]))
    assert [(row.id, row.code) for row in found] == [
        (str(number), finding.code) for number, message in enumerate(messages) for finding in lint(message)
    ]


def test_octets_of_a_fixed_width_are_messages() -> None:
    message = b"Subject: one\r\n\r\n"
    found = listed(lint_batches([batch(pa.array([message], pa.binary(len(message))))]))
    assert [row.code for row in found] == [finding.code for finding in lint(message)]


def test_a_slice_of_a_batch_is_read_from_its_own_beginning() -> None:
    whole = batch(MESSAGES)
    found = listed(lint_batches([whole.slice(2, 2)]))
    assert {row.id for row in found} <= {"2", "3"}
    assert found == [row for row in listed(lint_batches([whole])) if row.id in ("2", "3")]


def test_ids_of_any_type_become_text_and_other_columns_are_no_matter() -> None:
    found = listed(lint_batches([batch(MESSAGES[:1], pa.array([7]), length=pa.array([9]), source=pa.array(["a"]))]))
    assert {(row.id, row.source, row.offset) for row in found} == {("7", "a", None)}
    named = pa.RecordBatch.from_pydict({"path": ["x"], "content": MESSAGES[:1]})
    again = listed(lint_batches([named], id_column="path", message_column="content"))
    assert [row.code for row in again] == [row.code for row in found]
    assert {(row.id, row.source) for row in again} == {("x", None)}


def test_a_null_is_a_row_with_an_error_and_the_others_follow() -> None:
    found = listed(lint_batches([batch([MESSAGES[0], None, MESSAGES[0]])]))
    (error,) = [row for row in found if row.error is not None]
    assert (error.id, error.error) == ("1", "there is no message: the column is null")
    assert Counter(row.id for row in found)["0"] == Counter(row.id for row in found)["2"] == len(lint(MESSAGES[0]))


def test_columns_that_are_absent_or_hold_no_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="the batch has no column message; it has a, b"):
        list(lint_batches([pa.RecordBatch.from_pydict({"a": [1], "b": [2]})]))
    with pytest.raises(ValueError, match="the batch has no column id; it has message"):
        list(lint_batches([pa.RecordBatch.from_pydict({"message": [b"x"]})]))
    with pytest.raises(TypeError, match="the column message holds int64; messages are binary or text"):
        list(lint_batches([pa.RecordBatch.from_pydict({"id": ["1"], "message": [1]})]))


def test_batches_are_bounded_by_octets_and_not_by_count() -> None:
    many = b"Subject: one\r\nSubject: two\r\n\r\n"
    whole = listed(lint_batches([batch([many] * 300)]))
    found = list(lint_batches([batch([many] * 300)], most_octets=20_000))
    assert listed(found) == whole
    assert len(found) > 10
    assert max(one.nbytes for one in found) < 30_000
    # Many small batches make few large ones, and nothing makes none.
    assert len(list(lint_batches([batch([many]) for _ in range(300)]))) == 1
    assert list(lint_batches([])) == list(lint_batches([batch([])])) == []


def test_messages_are_in_batches_bounded_by_octets() -> None:
    large = [Stored(str(number), "box", None, b"x" * size) for number, size in enumerate([10, 10, 5000, 10, 900, 900])]
    assert [one.num_rows for one in message_batches(large, most_octets=1_000)] == [2, 1, 1, 1, 1]
    assert [row["message"] for one in message_batches(large) for row in one.to_pylist()] == [
        one.message for one in large
    ]


def test_options_are_those_of_lint_and_a_partial_of_it_can_be_pickled() -> None:
    options: dict[str, Any] = {
        "interface": Interface.SMTP,
        "config": LintConfig(select=("SES", "BULK")),
        "min_level": Severity.WARNING,
    }
    check = pickle.loads(pickle.dumps(partial(lint_batches, **options)))
    found = listed(check([batch(MESSAGES)]))
    told = [
        finding.code
        for message in MESSAGES
        for finding in lint(message, interface=Interface.SMTP, config=options["config"])
        if finding.severity >= Severity.WARNING
    ]
    assert [row.code for row in found] == told
    assert told
    cloudpickle = pytest.importorskip("cloudpickle")
    assert listed(cloudpickle.loads(cloudpickle.dumps(check))([batch(MESSAGES)])) == found


def test_a_table_gives_a_table() -> None:
    from sesmime.archive import FINDINGS_SCHEMA

    table = pa.Table.from_batches(message_batches(STORED))
    found = lint_table(table, interface=Interface.SMTP)
    assert found.schema.equals(FINDINGS_SCHEMA, check_metadata=True)
    assert [Row(**row) for row in found.to_pylist()] == list(rows(STORED, interface=Interface.SMTP))
    assert lint_table(table.slice(0, 0)).schema.equals(FINDINGS_SCHEMA)
