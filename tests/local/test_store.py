"""`--store FILE`: what was answered is there after a kill, once; files that are none are refused in a sentence."""

from __future__ import annotations

import os
import random
import signal
import smtplib
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sesmime.local import LocalSes, Options
from sesmime.local.store import Store
from tests.local.conftest import client_of

pytestmark = pytest.mark.edges

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n"


@contextmanager
def served(store: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str, tuple[str, int]]]:
    """Run `sesmime serve` in a process of its own; give it, its address and that of SMTP."""
    command = [sys.executable, "-m", "sesmime", "serve", "--listen", "127.0.0.1:0", "--smtp-port", "0"]
    process = subprocess.Popen(
        [*command, "--any-identity", "--store", str(store), *options], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        address = process.stderr.readline().split()[-1].rstrip("/")
        host, _, port = process.stderr.readline().split()[-1].rpartition(":")
        yield process, address, (host, int(port))
    finally:
        process.kill()
        process.wait(timeout=20)
        assert process.stderr is not None
        process.stderr.close()


def client_at(address: str, service: str = "ses") -> Any:
    return boto3.client(
        service,
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10),
    )


def send_until_it_breaks(address: str, answered: list[str]) -> None:
    ses = client_at(address)
    while True:
        try:
            answered.append(ses.send_raw_email(RawMessage={"Data": MESSAGE})["MessageId"])
        except (BotoCoreError, ClientError):
            return


def send_by_smtp_until_it_breaks(address: tuple[str, int], answered: list[str]) -> None:
    try:
        with smtplib.SMTP(*address, timeout=10) as smtp:
            while True:
                smtp.mail("a@b.example")
                smtp.rcpt("c@d.example")
                code, reply = smtp.data(MESSAGE)
                if code == 250:
                    answered.append(reply.split()[-1].decode())
    except (OSError, smtplib.SMTPException):
        return


@pytest.mark.slow
def test_what_was_answered_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    store, seed = tmp_path / "inbox.db", random.Random(7)
    answered: list[str] = []
    for round_number in range(3):
        with served(store) as (process, address, smtp):
            senders = [
                threading.Thread(target=send_until_it_breaks, args=(address, answered)),
                threading.Thread(target=send_until_it_breaks, args=(address, answered)),
                threading.Thread(target=send_by_smtp_until_it_breaks, args=(smtp, answered)),
            ]
            for sender in senders:
                sender.start()
            wanted = len(answered) + seed.randrange(10, 60)
            end = time.monotonic() + 30
            while len(answered) < wanted and time.monotonic() < end:
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL)
            for sender in senders:
                sender.join(timeout=30)
        assert len(answered) >= 10 * (round_number + 1)
    with LocalSes(Options(), store=str(store)) as ses:
        kept = [message.message_id for message in ses.inbox]
        assert len(kept) == len(set(kept))
        assert set(answered) <= set(kept)
        # Events that had been made are there, each once.
        kinds = [[event.kind for event in message.events] for message in ses.inbox]
        assert all(one in (["Send", "Delivery"], ["Send"], []) for one in kinds)
        assert sum(len(one) == 2 for one in kinds) >= len(answered) - 3 * 20


def test_messages_and_their_events_are_read_as_they_were(tmp_path: Path) -> None:
    store = str(tmp_path / "inbox.db")
    with LocalSes(Options(any_identity=True), store=store) as ses:
        v1, v2 = client_of(ses, "ses"), client_of(ses, "sesv2")
        v1.create_configuration_set(ConfigurationSet={"Name": "news"})
        v1.send_raw_email(RawMessage={"Data": MESSAGE}, Tags=[{"Name": "a", "Value": "1"}], ConfigurationSetName="news")
        content = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello \u00e9"}}}}
        v2.send_email(
            FromEmailAddress="a@b.example",
            Destination={"ToAddresses": ["bounce@simulator.amazonses.com"], "BccAddresses": ["e@f.example"]},
            Content=content,
        )
        with pytest.raises(ClientError):
            v1.send_raw_email(RawMessage={"Data": b"To: c@d.example\r\nTo: c@d.example\r\n\r\n"})
        with smtplib.SMTP(*ses.smtp_address) as smtp:
            smtp.sendmail("bounce@b.example", ["x@y.example"], MESSAGE)
        ses.publisher.drain()
        before = [shown(kept) for kept in ses.inbox]
    with LocalSes(Options(any_identity=True), store=store) as ses:
        assert [shown(kept) for kept in ses.inbox] == before
        assert [kept.refusal is None for kept in ses.inbox] == [True, False, True, True]


def shown(kept: Any) -> dict[str, Any]:
    names = ("id", "message_id", "message", "refusal", "tags", "recipients", "sender", "subject", "received", "report")
    found = {name: getattr(kept, name) for name in (*names, "configuration_set", "operation", "region", "envelope")}
    events = [(one.kind, one.recipients, one.timestamp, one.record, one.published_to) for one in kept.events]
    return found | {"events": [tuple(map(repr, one)) for one in events], "parameters": kept.submission.parameters}


def test_what_was_deleted_stays_deleted(tmp_path: Path) -> None:
    store = str(tmp_path / "inbox.db")
    with LocalSes(Options(any_identity=True), store=store) as ses:
        for _ in range(3):
            client_of(ses, "ses").send_raw_email(RawMessage={"Data": MESSAGE})
        ses.publisher.drain()
        ses.inbox.delete(ses.inbox.messages()[1].id)
        left = [kept.id for kept in ses.inbox]
    with LocalSes(Options(any_identity=True), store=store) as ses:
        assert [kept.id for kept in ses.inbox] == left
        assert len(left) == 2
        ses.inbox.delete()
    with LocalSes(Options(any_identity=True), store=store) as ses:
        assert len(ses.inbox) == 0
    with sqlite3.connect(store) as database:
        assert database.execute("SELECT count(*) FROM events").fetchone() == (0,)
    database.close()


def test_the_oldest_leave_the_file_too(tmp_path: Path) -> None:
    store = str(tmp_path / "inbox.db")
    with LocalSes(Options(any_identity=True, max_messages=2), store=store) as ses:
        for _ in range(4):
            client_of(ses, "ses").send_raw_email(RawMessage={"Data": MESSAGE})
        left = [kept.id for kept in ses.inbox]
    with LocalSes(Options(any_identity=True), store=store) as ses:
        assert [kept.id for kept in ses.inbox] == left
        assert len(left) == 2


def test_the_account_is_there_after_a_restart(tmp_path: Path) -> None:
    store = str(tmp_path / "inbox.db")
    with LocalSes(Options(), store=store) as ses:
        fill(ses)
        before = ses.desk.state.regions["us-east-1"]
    with LocalSes(Options(), store=store) as ses:
        after = ses.desk.state.regions["us-east-1"]
        for name in ("sent", "statistics"):  # they begin anew
            setattr(after, name, getattr(before, name))
        assert after == before
        assert after.configuration_sets["news"].destinations["topic"].kinds
        assert after.identities["b.example"].configuration_set == "news"
        client_of(ses, "ses").send_raw_email(RawMessage={"Data": MESSAGE})


def fill(ses: LocalSes) -> None:
    v1, v2 = client_of(ses, "ses"), client_of(ses, "sesv2")
    topic = client_of(ses, "sns").create_topic(Name="events")["TopicArn"]
    v2.create_configuration_set(
        ConfigurationSetName="news",
        Tags=[{"Key": "a", "Value": "b"}],
        SuppressionOptions={"SuppressedReasons": ["BOUNCE"]},
        TrackingOptions={"CustomRedirectDomain": "click.b.example"},
    )
    v1.create_configuration_set_event_destination(
        ConfigurationSetName="news",
        EventDestination={
            "Name": "topic",
            "Enabled": True,
            "MatchingEventTypes": ["send", "bounce"],
            "SNSDestination": {"TopicARN": topic},
        },
    )
    v2.create_email_identity(EmailIdentity="b.example", ConfigurationSetName="news", Tags=[{"Key": "x", "Value": "y"}])
    v1.verify_email_identity(EmailAddress="me@c.example")
    v1.set_identity_notification_topic(Identity="me@c.example", NotificationType="Bounce", SnsTopic=topic)
    v2.create_email_template(TemplateName="t", TemplateContent={"Subject": "s", "Html": "<p>{{a}}"})
    v2.create_contact_list(ContactListName="all", Topics=[
        {"TopicName": "n", "DisplayName": "N", "DefaultSubscriptionStatus": "OPT_IN"}
    ])  # fmt: skip
    v2.create_contact(ContactListName="all", EmailAddress="c@d.example", AttributesData='{"a": 1}')
    v2.put_suppressed_destination(EmailAddress="gone@d.example", Reason="COMPLAINT")
    v2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])


def test_the_account_survives_a_kill(tmp_path: Path) -> None:
    store = tmp_path / "inbox.db"
    with served(store) as (process, address, _):
        client_at(address).verify_domain_identity(Domain="b.example")
        time.sleep(0.5)  # it is written a moment later
        os.kill(process.pid, signal.SIGKILL)
    with LocalSes(Options(), store=str(store)) as ses:
        assert ses.desk.state.regions["us-east-1"].identities["b.example"].verified


def test_one_server_has_a_file(tmp_path: Path) -> None:
    store = str(tmp_path / "inbox.db")
    with LocalSes(Options(any_identity=True), store=store) as ses:
        with pytest.raises(sqlite3.Error, match="another server uses it"):
            LocalSes(Options(), store=store)
        client_of(ses, "ses").send_raw_email(RawMessage={"Data": MESSAGE})
        assert len(ses.inbox) == 1


def of_something_else(path: Path) -> str:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE customers (name TEXT)")
    database.close()
    return "it is a database of something else"


def of_another_version(path: Path) -> str:
    Store(str(path)).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    return "another version of sesmime wrote it (99)"


def of_text(path: Path) -> str:
    path.write_text("This is no database at all. " * 100)
    return "it is no database"


def a_directory(path: Path) -> str:
    path.mkdir()
    return "it cannot be opened"


def in_no_directory(path: Path) -> str:
    path.with_name("nothing").mkdir()
    path.symlink_to(path.with_name("absent") / "inbox.db")
    return "it cannot be opened"


def damaged(path: Path) -> str:
    Store(str(path)).close()
    octets = bytearray(path.read_bytes())
    octets[100:] = b"\xa5" * (len(octets) - 100)
    path.write_bytes(octets)
    return "it is damaged"


def unreadable_rows(path: Path) -> str:
    Store(str(path)).close()
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO messages (id, told) VALUES ('x', '{}')")
    database.close()
    return "a message in it cannot be read"


def unreadable_account(path: Path) -> str:
    Store(str(path)).close()
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO regions (name, told) VALUES ('x', '{\"name\": 5}')")
    database.close()
    return "the account in it cannot be read"


_FILES = [of_something_else, of_another_version, of_text, a_directory, in_no_directory, damaged, unreadable_rows]


@pytest.mark.parametrize("make", [*_FILES, unreadable_account])
def test_what_is_no_such_file_is_told(make: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sesmime.cli.__main__ import main

    store = tmp_path / "inbox.db"
    sentence = make(store)
    before = store.read_bytes() if make in (of_something_else, of_text, of_another_version) else None
    assert main(["serve", "--listen", "127.0.0.1:0", "--smtp-port", "0", "--store", str(store)]) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert "--store" in told
    assert "Traceback" not in told
    assert before in (None, store.read_bytes() if store.is_file() else None)


def test_a_message_that_cannot_be_written_is_not_taken(tmp_path: Path) -> None:
    with LocalSes(Options(any_identity=True), store=str(tmp_path / "inbox.db")) as ses:
        keeper: Any = ses.inbox._keeper
        keeper._database.execute("PRAGMA query_only=1")
        with pytest.raises(ClientError) as failed:
            client_of(ses, "ses").send_raw_email(RawMessage={"Data": MESSAGE})
        assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        with smtplib.SMTP(*ses.smtp_address) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail("a@b.example", ["c@d.example"], MESSAGE)
        assert refused.value.smtp_code == 451
        assert len(ses.inbox) == 0
