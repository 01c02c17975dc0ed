"""A store that cannot be written for a while, as on a full disk: what was told stays true, then and after a kill."""

from __future__ import annotations

import http.client
import logging
import shutil
import smtplib
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sesmime.local import LocalSes, Options
from tests.local.conftest import client_of

pytestmark = pytest.mark.edges

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: %b\r\n\r\nHello\r\n"


@contextmanager
def unwritable(ses: LocalSes) -> Iterator[None]:
    """Have SQLite refuse to write."""
    keeper: Any = ses.inbox._keeper
    keeper._database.execute("PRAGMA query_only=1")
    try:
        yield
    finally:
        keeper._database.execute("PRAGMA query_only=0")


def send(ses: LocalSes, subject: str) -> None:
    client_of(ses, "ses").send_raw_email(RawMessage={"Data": MESSAGE % subject.encode()})


def subjects_after_a_kill(store: Path, folder: Path) -> list[str]:
    """Open what a kill would leave at this moment."""
    folder.mkdir()
    for one in store.parent.glob(f"{store.name}*"):
        shutil.copy(one, folder)
    with LocalSes(store=str(folder / store.name)) as ses:
        return sorted(kept.subject for kept in ses.inbox)


def ask(ses: LocalSes, method: str, place: str) -> int:
    with closing(http.client.HTTPConnection(ses.endpoint_url.removeprefix("http://"), timeout=10)) as connection:
        connection.request(method, place)
        return connection.getresponse().status


def test_what_is_taken_after_a_failed_deletion_survives_a_kill(tmp_path: Path) -> None:
    store = tmp_path / "inbox.db"
    with LocalSes(Options(any_identity=True), store=str(store)) as ses:
        send(ses, "before")
        with unwritable(ses):
            assert ask(ses, "DELETE", "/api/messages") == 503
            assert ask(ses, "POST", f"/messages/{ses.inbox.messages()[0].id}/delete") == 503
        assert [kept.subject for kept in ses.inbox] == ["before"]
        send(ses, "after")
        assert subjects_after_a_kill(store, tmp_path / "copy") == ["after", "before"]
        assert ask(ses, "DELETE", "/api/messages") == 200
        assert subjects_after_a_kill(store, tmp_path / "second copy") == []


def test_the_oldest_that_could_not_leave_the_file_leave_it_later(tmp_path: Path) -> None:
    store = tmp_path / "inbox.db"
    with LocalSes(Options(any_identity=True, max_messages=2), store=str(store)) as ses:
        send(ses, "1")
        send(ses, "2")
        keeper: Any = ses.inbox._keeper
        # The message itself is written, and the disk is full then.
        keeper._database.execute(
            "CREATE TEMP TRIGGER no BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        send(ses, "3")
        assert sorted(kept.subject for kept in ses.inbox) == ["2", "3"]
        assert subjects_after_a_kill(store, tmp_path / "copy") == ["1", "2", "3"]
        keeper._database.execute("DROP TRIGGER no")
        send(ses, "4")
        assert subjects_after_a_kill(store, tmp_path / "second copy") == ["3", "4"]


def test_the_account_is_written_once_there_is_room_again(tmp_path: Path) -> None:
    store = str(tmp_path / "inbox.db")
    with LocalSes(store=store) as ses, unwritable(ses):
        client_of(ses, "ses").verify_email_identity(EmailAddress="a@b.example")
        time.sleep(0.3)
        # Nothing of the account changes any more.
    with LocalSes(store=store) as ses:
        assert client_of(ses, "ses").list_identities()["Identities"] == ["a@b.example"]


def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with LocalSes(Options(any_identity=True), store=str(tmp_path / "inbox.db")) as ses:
        send(ses, "before")
        ses.publisher.drain()
        with unwritable(ses), caplog.at_level(logging.WARNING):
            raw = {"Data": MESSAGE % b"x"}
            sentence = "The store of the local SES cannot be written: "
            with pytest.raises(ClientError, match=sentence) as failed:
                client_of(ses, "ses").send_raw_email(RawMessage=raw)
            assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
            with pytest.raises(ClientError, match=sentence) as failed:
                client_of(ses, "sesv2").send_email(Content={"Raw": raw})
            assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
            with smtplib.SMTP(*ses.smtp_address) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
                smtp.sendmail("a@b.example", ["c@d.example"], MESSAGE % b"x")
            assert refused.value.smtp_code == 451
            ses.publisher.make(ses.inbox.messages()[0], "open")
            ses.publisher.drain()
            assert ask(ses, "DELETE", "/api/messages") == 503
            client_of(ses, "ses").verify_email_identity(EmailAddress="a@b.example")
            time.sleep(0.2)
        assert [event.kind for event in ses.inbox.messages()[0].events][-1] == "Open"
    told = [record for record in caplog.records if record.name == "sesmime.local"]
    assert told
    assert not any(record.exc_info for record in told)


def test_a_store_opens_on_a_full_disk(tmp_path: Path) -> None:
    store = tmp_path / "inbox.db"
    with LocalSes(Options(any_identity=True), store=str(store)) as ses:
        send(ses, "before")
    before = store.read_bytes()
    with LocalSes(Options(any_identity=True), store=str(store)) as ses:
        assert [kept.subject for kept in ses.inbox] == ["before"]
        assert not Path(f"{store}-wal").stat().st_size
    assert store.read_bytes() == before
