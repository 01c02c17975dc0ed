"""Events made for what a test sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sesmime import ApiParameters, Interface, MessageTag, Submission
from sesmime.events import Advice, Carrier, EventFormat, EventKind, read_events, verify_sns
from sesmime.ses.events.kinds import KINDS
from sesmime.testing import EventMaker, Outbox, Sent
from sesmime.testing.events import TOPIC_ARN
from tests.testing.projects import Run
from tests.testing.sending import MESSAGE, TAGGED

pytest_plugins = "pytester"
PARAMETERS = ApiParameters(configuration_set="shop", message_tags=(MessageTag("campaign", "spring"),))


def outbox(*messages: bytes) -> Outbox:
    return Outbox(Sent(submission=Submission(message, PARAMETERS), via="boto3") for message in messages)


class TestEvents:
    @pytest.mark.parametrize("kind", [*KINDS])
    @pytest.mark.parametrize("carrier", [*Carrier])
    def test_every_kind_by_every_carrier_is_about_what_was_sent_last(self, kind: EventKind, carrier: Carrier) -> None:
        events = EventMaker(outbox(TAGGED, MESSAGE))
        options: dict[str, Any] = {"template_name": "a"} if kind is EventKind.RENDERING_FAILURE else {}
        (event,) = read_events(events(kind, carrier=carrier, **options))
        # One line of Firehose's is no other text than the record itself.
        read = Carrier.RECORD if carrier is Carrier.FIREHOSE else carrier
        assert (event.kind, event.carrier, event.recipients) == (kind, read, ("c@d.example",))
        assert event.mail.tags == {"campaign": ("spring",)}
        assert event.mail.message_id == events.message_id()
        assert event.defects == ()

    def test_the_message_the_time_and_the_recipients_can_be_named(self) -> None:
        sent = outbox(MESSAGE, MESSAGE.replace(b"c@d.example", b"c@d.example, e@f.example"))
        events = EventMaker(sent)
        when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        event = events.event("Bounce", recipients=["e@f.example"], timestamp=when, message_id="0100-1")
        assert (event.recipients, event.mail.timestamp, event.mail.message_id) == (("e@f.example",), when, "0100-1")
        assert event.mail.destination == ("c@d.example", "e@f.example")
        assert events.event("Bounce", sent[0]).mail.destination == ("c@d.example",)
        assert events.event("Bounce", Submission(TAGGED)).mail.tags == {"a": ("1",)}
        assert events.event("Bounce", format=EventFormat.FEEDBACK_NOTIFICATION).mail.tags == {}
        assert events.event("Bounce", bounce_sub_type="MailboxFull").advice is Advice.RETRY

    def test_each_message_has_an_identifier_of_its_own(self) -> None:
        sent = outbox(MESSAGE, MESSAGE, TAGGED)
        events = EventMaker(sent)
        identifiers = [events.message_id(one) for one in sent]
        assert len(set(identifiers)) == 3
        assert all(len(one) == 60 and one.endswith("-000000") for one in identifiers)
        assert identifiers[2] == events.message_id()

    def test_where_nothing_was_sent_or_read_there_is_nothing_to_tell(self) -> None:
        with pytest.raises(IndexError, match="nothing was sent"):
            EventMaker(Outbox())("Bounce")
        unread = Sent(submission=Submission(None, ApiParameters(), Interface.SMTP), via="django", unread="no date")
        with pytest.raises(ValueError, match="the message cannot be read: no date"):
            EventMaker(Outbox([unread]))("Bounce")

    def test_the_simulator_tells_what_its_addresses_stand_for(self) -> None:
        message = MESSAGE.replace(b"c@d.example", b"complaint@simulator.amazonses.com")
        found = EventMaker(outbox(message)).simulated(carrier=Carrier.EVENTBRIDGE)
        assert [one["detail-type"] for one in found] == ["Email Sent", "Email Delivered", "Email Complaint Received"]
        listed = MESSAGE.replace(b"c@d.example", b"suppressionlist@simulator.amazonses.com")
        (_, bounce) = EventMaker(outbox(listed)).simulated()
        assert bounce["bounce"]["bounceSubType"] == "Suppressed"

    @pytest.mark.edges
    def test_what_sns_posts_is_signed(self) -> None:
        pytest.importorskip("cryptography")
        events = EventMaker(outbox(MESSAGE))
        body = events.signed("Complaint")
        verify_sns(body, topic_arns=[TOPIC_ARN], certificate=events.signer.certificate)
        verify_sns(body, topic_arns=[TOPIC_ARN], fetch=events.signer.fetch, versions=(2,))
        (event,) = read_events(body)
        assert (event.kind, event.topic_arn) == (EventKind.COMPLAINT, TOPIC_ARN)
        other = "arn:aws:sns:us-east-1:123456789012:other"
        verify_sns(events.signed("Open", topic_arn=other), topic_arns=[other], certificate=events.signer.certificate)


class TestFixture:
    def test_a_program_is_handed_what_ses_tells_of_its_message(self, run: Run) -> None:
        done = run("""
    from sesmime.events import Carrier, read_events

    def stopped(payload):
        return [address for event in read_events(payload) if event.advice == "stop" for address in event.recipients]

    def test_stopping(ses_outbox, ses_events):
        send(MESSAGE)
        assert stopped(ses_events("Bounce", carrier=Carrier.SQS_LAMBDA)) == ["c@d.example"]
        assert stopped(ses_events("Bounce", bounce_sub_type="MailboxFull")) == []

    def test_without_the_outbox(ses_events):
        send(MESSAGE)
        assert ses_events.event("Delivery").recipients == ("c@d.example",)

    def test_nothing(ses_events):
        ses_events("Bounce")
        """)
        done.assert_outcomes(passed=2, failed=1)
        done.stdout.fnmatch_lines(["E*IndexError: nothing was sent"])
