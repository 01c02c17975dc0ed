"""Records of real and of hostile messages: JSON, read back as they are, in time that grows with the message alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sesmime import Submission
from sesmime.events import Carrier, EventFormat, carried, event_record, read_events, simulated
from tests.conftest import SHARED
from tests.corpus import corpus
from tests.ses.events.submissions import NOW


def attacks() -> list[Path]:
    return sorted(file for file in (SHARED / "attacks").rglob("*") if file.suffix in (".eml", ".bin", ".msg"))


def check_read_back(message: bytes) -> dict[str, Any]:
    """Assert that the bounces of a message, as an event and as a notification, are JSON and read back."""
    submission = Submission(message)
    event = event_record("Bounce", submission, message_id="1", timestamp=NOW)
    notification = event_record(
        "Bounce", submission, message_id="1", timestamp=NOW, format=EventFormat.FEEDBACK_NOTIFICATION
    )
    for record in (event, notification):
        text = json.dumps(carried(record, Carrier.SNS), ensure_ascii=False).encode("utf-8")
        (read,) = read_events(text)
        assert read.raw == record
        assert read.defects == ()
    assert isinstance(simulated(submission), tuple)
    return event


@pytest.mark.slow
@pytest.mark.shared
def test_records_of_the_corpus_are_read_back() -> None:
    files = corpus()
    if not files:
        pytest.skip("test inputs that are not beside this checkout: corpus")
    for file in files:
        check_read_back(file.read_bytes())


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("file", attacks(), ids=lambda file: file.name)
def test_records_of_hostile_messages_are_read_back(file: Path) -> None:
    check_read_back(file.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize(
    "message",
    [
        b"Subject: " + b"x" * 2**20 + b"\r\n\r\n",
        b"Subject: " + b"=?utf-8?q?=C3=9F?= " * 12_500 + b"\r\n\r\n",
        b"To: " + b"a@b.example, " * 20_000 + b"c@d.example\r\n\r\n",
        b"To: " + b"(" * 2**18 + b"\r\n\r\n",
        b"To: " + b'"' * 2**18 + b"\r\n\r\n",
        b"X:" * 2**17 + b"\r\n\r\n",
        b"A: b\r\n" * 43_000 + b"\r\n",
        b"A:" + b"\r\n b" * 212_500 + b"\r\n\r\n",
        b"X-SES-MESSAGE-TAGS: " + b"a=1, " * 52_000 + b"\r\n\r\n",
        b"Subject: " + b"\xff" * 2**18 + b"\r\n\r\n",
        b"From: " + b"\xc3\xa9" * 2**17 + b"\r\n\r\n",
    ],
    ids=lambda message: message[:24],
)
def test_a_quarter_of_a_megabyte_of_fields_is_cut_and_read_back(message: bytes) -> None:
    record = check_read_back(message)
    assert record["mail"]["headersTruncated"] is True
    assert sum(len(field["name"]) + len(field["value"]) for field in record["mail"]["headers"]) <= 10240
