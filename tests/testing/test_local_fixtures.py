"""The fixtures `local_ses` and `strict_ses` in projects of their own."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("moto")

from sesmime.local import LocalSes, StrictSes
from tests.testing.projects import Run

pytestmark = [pytest.mark.edges, pytest.mark.slow]
pytest_plugins = ("pytester",)
SENDING = """
    import os
    import subprocess
    import sys

    import boto3
    import pytest

    MESSAGE = b"From: joe@a.example\\r\\nTo: bounce@simulator.amazonses.com\\r\\nSubject: Hi\\r\\n\\r\\nHello\\r\\n"

    def send(message=MESSAGE):
        return boto3.client("ses").send_raw_email(RawMessage={"Data": message})

    def verify():
        boto3.client("sesv2").create_email_identity(EmailIdentity="a.example")
"""
BOTH = pytest.mark.parametrize("name", ["local_ses", "strict_ses"])


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Load everything once: a project forgets what it has loaded, and cryptography cannot be loaded twice."""
    with LocalSes(), StrictSes():
        pass


@pytest.fixture(autouse=True)
def _credentials(credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")


@BOTH
def test_each_test_begins_with_an_empty_inbox_and_an_account_that_has_nothing(run: Run, name: str) -> None:
    code = f"""
    @pytest.mark.parametrize("number", [1, 2])
    def test_it({name}, number, assert_ses_ok):
        assert ({name}.outbox, {name}.events) == ((), ())
        assert boto3.client("s3").list_buckets()["Buckets"] == []
        with pytest.raises(boto3.client("ses").exceptions.MessageRejected):
            send()
        verify()
        sent = send()
        boto3.client("s3").create_bucket(Bucket="bucket")
        (kept,) = {name}.outbox
        assert kept.message_id == sent["MessageId"]
        assert kept.delivered == MESSAGE
        assert [event.kind for event in {name}.events] == ["Send", "Bounce"]
        assert {name}.events[1].mail.message_id == kept.message_id
        assert_ses_ok(kept)
        assert len({name}.inbox) == 2
    """
    run(code, sending=SENDING).assert_outcomes(passed=2)


@BOTH
def test_the_configuration_names_identities_and_a_fixture_the_rest(run: Run, name: str) -> None:
    code = f"""
    from sesmime.local import Options

    def test_of_the_configuration({name}):
        send()
        assert len({name}.outbox) == 1

    class TestOptions:
        @pytest.fixture
        def local_ses_options(self):
            return Options(any_identity=True, quota=1)

        def test_of_the_fixture(self, {name}):
            send(MESSAGE.replace(b"a.example", b"z.example"))
            with pytest.raises(Exception, match="Daily message quota exceeded"):
                send()
    """
    run(code, sending=SENDING, ses_verified_identities="a.example").assert_outcomes(passed=2)


def test_programs_that_a_test_starts_find_the_server(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_PROFILE", "AWS_ENDPOINT_URL_SES", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(variable, "http://nowhere.invalid")
    code = """
    def test_it(local_ses):
        verify()
        program = "import boto3; boto3.client('ses').send_raw_email(RawMessage={'Data': %r})" % MESSAGE
        subprocess.run([sys.executable, "-c", program], check=True)
        (kept,) = local_ses.outbox
        assert kept.subject == "Hi"
    """
    run(code, sending=SENDING).assert_outcomes(passed=1)
    # What was set before is set again.
    assert os.environ["AWS_PROFILE"] == "http://nowhere.invalid"
    assert "AWS_ENDPOINT_URL" not in os.environ


def test_both_in_one_test_are_two_accounts(run: Run) -> None:
    code = """
    def test_it(local_ses, strict_ses):
        verify()
        send()
        assert len(strict_ses.outbox) == 1
        assert local_ses.outbox == ()
        there = boto3.client("ses", endpoint_url=local_ses.endpoint_url)
        with pytest.raises(there.exceptions.MessageRejected):
            there.send_raw_email(RawMessage={"Data": MESSAGE})
        assert len(local_ses.inbox) == 1
    """
    run(code, sending=SENDING).assert_outcomes(passed=1)


def test_what_is_sent_is_recorded_beside(run: Run) -> None:
    code = """
    def test_it(strict_ses, ses_outbox):
        verify()
        send()
        assert [sent.message for sent in ses_outbox] == [kept.message for kept in strict_ses.outbox] == [MESSAGE]
        assert ses_outbox.last.tags == strict_ses.outbox[0].tags == ()
    """
    run(code, sending=SENDING).assert_outcomes(passed=1)
