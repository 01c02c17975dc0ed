"""Every row of AWS's tables: each key of each kind under its type, each subtype with what it says about the address."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from sesmime.events import (
    Advice,
    BotEvent,
    Bounce,
    BouncedRecipient,
    BounceSubType,
    BounceType,
    Click,
    CommonHeaders,
    ComplainedRecipient,
    Complaint,
    ComplaintFeedbackType,
    ComplaintSubType,
    DelayedRecipient,
    DelayType,
    Delivery,
    DeliveryDelay,
    Details,
    Event,
    EventFormat,
    MailHeader,
    Open,
    Reject,
    RenderingFailure,
    Send,
    Subscription,
    SubscriptionStatus,
    TopicPreferences,
    TopicStatus,
    read_events,
)
from tests.ses.events.records import BLOCKS, BROWSER, FEEDBACK_ID, MESSAGE_ID, notification, record

WHEN = datetime(2026, 11, 28, 9, 0, 5, 250_000, tzinfo=UTC)


def one_event(payload: Any) -> Event:
    (event,) = read_events(payload)
    return event


# The details of `records.BLOCKS`, key by key.
DETAILS: dict[str, Details] = {
    "Bounce": Bounce(
        bounce_type=BounceType.PERMANENT,
        bounce_sub_type=BounceSubType.GENERAL,
        bounced_recipients=(
            BouncedRecipient("ann@a.example", "failed", "5.1.1", "smtp; 550 5.1.1 no such user"),
            BouncedRecipient("<Bob@b.example>"),
        ),
        timestamp=WHEN,
        feedback_id=FEEDBACK_ID,
        reporting_mta="dsn; a1.smtp-out.example",
        remote_mta_ip="198.51.100.4",
    ),
    "Complaint": Complaint(
        complained_recipients=(ComplainedRecipient("ann@a.example"),),
        timestamp=WHEN,
        feedback_id=FEEDBACK_ID,
        complaint_sub_type=None,
        user_agent="ExampleFeedback/1.0",
        complaint_feedback_type=ComplaintFeedbackType.ABUSE,
        arrival_date=datetime(2026, 11, 28, 8, tzinfo=timezone(timedelta(hours=-5))),
    ),
    "Delivery": Delivery(
        timestamp=WHEN,
        processing_time_millis=5125,
        recipients=("ann@a.example",),
        smtp_response="250 2.6.0 Message received",
        reporting_mta="a1.smtp-out.example",
        remote_mta_ip="198.51.100.4",
    ),
    "Send": Send(),
    "Reject": Reject("Bad content"),
    "Open": Open("198.51.100.9", WHEN, BROWSER, BotEvent.UNLIKELY),
    "Click": Click(
        "198.51.100.9",
        WHEN,
        BROWSER,
        BotEvent.LIKELY,
        "https://sender.example/sale?x=1",
        {"place": ("top",), "colour": ("red", "blue")},
    ),
    "Rendering Failure": RenderingFailure("welcome", "Attribute 'name' is not present in the rendering data."),
    "DeliveryDelay": DeliveryDelay(
        delay_type=DelayType.MAILBOX_FULL,
        delayed_recipients=(DelayedRecipient("bob@b.example", "4.2.2", "smtp; 452 4.2.2 full"),),
        expiration_time=datetime(2026, 11, 28, 23, tzinfo=UTC),
        reporting_mta="203.0.113.5",
        timestamp=WHEN,
    ),
    "Subscription": Subscription(
        contact_list="readers",
        timestamp=WHEN,
        source="UnsubscribeHeader",
        new_topic_preferences=TopicPreferences(
            True, (TopicStatus("news", SubscriptionStatus.OPT_OUT),), (TopicStatus("tips", SubscriptionStatus.OPT_IN),)
        ),
        old_topic_preferences=TopicPreferences(False, (TopicStatus("news", SubscriptionStatus.OPT_IN),)),
    ),
}

# Whom each of `records.BLOCKS` is about: those in the block, or all of the message, or nobody can tell.
ABOUT = {
    "Bounce": ("ann@a.example", "Bob@b.example"),
    "Complaint": ("ann@a.example",),
    "Delivery": ("ann@a.example",),
    "Send": ("ann@a.example", "bob@b.example"),
    "Reject": ("ann@a.example", "bob@b.example"),
    "Open": (),
    "Click": (),
    "Rendering Failure": ("ann@a.example", "bob@b.example"),
    "DeliveryDelay": ("bob@b.example",),
    "Subscription": (),
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_each_kind_has_every_key_under_its_type(kind: str) -> None:
    event = one_event(record(kind))
    assert event.kind == kind
    assert event.format is EventFormat.EVENT_PUBLISHING
    assert event.details == DETAILS[kind]
    assert event.recipients == ABOUT[kind]
    assert event.defects == ()
    assert event.timestamp == getattr(DETAILS[kind], "timestamp", datetime(2026, 11, 28, 9, 0, 0, 125_000, tzinfo=UTC))


@pytest.mark.parametrize("kind", ["Bounce", "Complaint", "Delivery"])
def test_feedback_notifications_have_the_same_blocks(kind: str) -> None:
    event = one_event(notification(kind))
    assert (event.kind, event.format) == (kind, EventFormat.FEEDBACK_NOTIFICATION)
    assert (event.details, event.recipients) == (DETAILS[kind], ABOUT[kind])
    assert (event.mail.source_ip, event.mail.caller_identity) == ("192.0.2.7", "mailer")
    assert (event.mail.tags, event.mail.auto_tags) == ({}, {})
    assert event.defects == ()


def test_the_message_of_an_event_has_every_key() -> None:
    mail = one_event(record("Send")).mail
    assert mail.timestamp == datetime(2026, 11, 28, 9, 0, 0, 125_000, tzinfo=UTC)
    assert mail.message_id == MESSAGE_ID
    assert mail.source == "Shop <shop@sender.example>"
    assert mail.source_arn == "arn:aws:ses:eu-west-1:123456789012:identity/sender.example"
    assert mail.sending_account_id == "123456789012"
    assert mail.destination == ("ann@a.example", "bob@b.example")
    assert mail.headers_truncated is False
    assert mail.headers[1:] == (MailHeader("Message-ID", "<one@sender.example>"), MailHeader("X-Order", "17"))
    assert mail.common_headers == CommonHeaders(
        from_=("Shop <shop@sender.example>",),
        to=("ann@a.example",),
        cc=("bob@b.example",),
        bcc=("carol@c.example",),
        reply_to=("help@sender.example",),
        sender="desk@sender.example",
        return_path="bounces@sender.example",
        date="Sat, 28 Nov 2026 09:00:00 +0000",
        subject="Your order",
        message_id=MESSAGE_ID,
    )


def test_ses_own_tags_stand_apart_from_the_senders() -> None:
    mail = one_event(record("Send")).mail
    assert mail.tags == {
        "ses:feedback-id-a": ("spring",),
        "ses:feedback-id-b": ("north",),
        "campaign": ("spring", "sale"),
    }
    assert list(mail.auto_tags) == [
        "ses:configuration-set", "ses:source-ip", "ses:from-domain", "ses:caller-identity", "ses:source-tls-version",
        "ses:outgoing-tls-version", "ses:outgoing-ip", "ses:operation", "ses:tenant-name", "ses:recipient-isp",
        "ses:sender-identity", "ses:multi-region-endpoint-id",
    ]  # fmt: skip
    assert mail.auto_tags["ses:configuration-set"] == ("shop",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["ann@a.example, bob@b.example"], ("ann@a.example", "bob@b.example")),
        (['"Ng, Ann" <ann@a.example>, Bob <bob@b.example>'], ('"Ng, Ann" <ann@a.example>', "Bob <bob@b.example>")),
        (['"Ng, Ann" <ann@a.example>'], ('"Ng, Ann" <ann@a.example>',)),
        (["ann@a.example", "bob@b.example,carol@c.example"], ("ann@a.example", "bob@b.example", "carol@c.example")),
        (["team: ann@a.example, bob@b.example;"], ("ann@a.example", "bob@b.example")),
        (["Ng, Ann <ann@a.example>"], ("Ng, Ann <ann@a.example>",)),
        (["undisclosed-recipients:;"], ("undisclosed-recipients:;",)),
        ([], ()),
    ],
)
def test_addresses_joined_in_one_text_are_taken_apart(written: list[str], read: tuple[str, ...]) -> None:
    event = one_event(notification("Bounce", mail={"commonHeaders": {"to": written}}))
    assert event.mail.common_headers == CommonHeaders(to=read)


STOP, RETRY, NOTHING, FIX_MESSAGE = Advice.STOP, Advice.RETRY, Advice.NOTHING, Advice.FIX_MESSAGE


@pytest.mark.parametrize(
    ("bounce_type", "sub_type", "advice", "is_stopped"),
    [
        ("Undetermined", "Undetermined", NOTHING, False),
        ("Permanent", "General", STOP, False),
        ("Permanent", "NoEmail", STOP, False),
        ("Permanent", "Suppressed", STOP, True),
        ("Permanent", "OnAccountSuppressionList", STOP, True),
        ("Permanent", "OnTenantSuppressionList", STOP, True),
        ("Permanent", "UnsubscribedRecipient", STOP, True),
        ("Permanent", "EmailValidationSuppressed", STOP, True),
        ("Transient", "General", RETRY, False),
        ("Transient", "MailboxFull", RETRY, False),
        ("Transient", "MessageTooLarge", FIX_MESSAGE, False),
        ("Transient", "CustomTimeoutExceeded", RETRY, False),
        ("Transient", "ContentRejected", FIX_MESSAGE, False),
        ("Transient", "AttachmentRejected", FIX_MESSAGE, False),
    ],
)
def test_each_row_of_the_table_of_bounces(bounce_type: str, sub_type: str, advice: Advice, is_stopped: bool) -> None:
    for made in (record, notification):
        event = one_event(made("Bounce", bounceType=bounce_type, bounceSubType=sub_type))
        assert isinstance(event.details, Bounce)
        assert isinstance(event.details.bounce_type, BounceType)
        assert isinstance(event.details.bounce_sub_type, BounceSubType)
        assert (event.details.bounce_type, event.details.bounce_sub_type) == (bounce_type, sub_type)
        assert event.details.is_stopped_by_ses is is_stopped
        assert event.advice is advice


def test_the_table_of_bounces_has_a_row_for_each_member() -> None:
    assert len(BounceSubType) == 13  # `General` stands in two rows
    assert {member.value for member in BounceType} == {"Undetermined", "Permanent", "Transient"}


@pytest.mark.parametrize(
    ("bounce_type", "sub_type", "advice"),
    [("Permanent", "MovedAway", STOP), ("Transient", "Greylisted", RETRY), ("Strange", "General", NOTHING),
     ("PERMANENT", "ON_ACCOUNT_SUPPRESSION_LIST", NOTHING)],
)  # fmt: skip
def test_unknown_types_of_bounces_are_kept_as_text(bounce_type: str, sub_type: str, advice: Advice) -> None:
    event = one_event(record("Bounce", bounceType=bounce_type, bounceSubType=sub_type))
    assert isinstance(event.details, Bounce)
    assert (event.details.bounce_type, event.details.bounce_sub_type) == (bounce_type, sub_type)
    assert event.advice is advice
    assert event.defects == ()


@pytest.mark.parametrize(
    ("feedback_type", "sub_type", "advice"),
    [
        ("abuse", None, STOP),
        ("auth-failure", None, STOP),
        ("fraud", None, STOP),
        ("not-spam", None, NOTHING),
        ("other", None, STOP),
        ("virus", None, STOP),
        ("brand-new", None, STOP),
        (..., ..., STOP),
        (..., "OnAccountSuppressionList", STOP),
        (..., "OnTenantSuppressionList", STOP),
        (..., "OnMoonSuppressionList", STOP),
        (None, None, STOP),
    ],
)
def test_each_type_of_complaint(feedback_type: Any, sub_type: Any, advice: Advice) -> None:
    event = one_event(record("Complaint", complaintFeedbackType=feedback_type, complaintSubType=sub_type))
    assert isinstance(event.details, Complaint)
    assert event.details.complaint_feedback_type == (None if feedback_type is ... else feedback_type)
    assert event.details.complaint_sub_type == (None if sub_type is ... else sub_type)
    known = sub_type in list(ComplaintSubType)
    assert isinstance(event.details.complaint_sub_type, ComplaintSubType) is known
    assert event.details.is_stopped_by_ses is known
    assert event.advice is advice
    assert event.defects == ()


@pytest.mark.parametrize("delay", [*DelayType, "SomethingNew"])
def test_each_type_of_delay_says_nothing_about_the_address(delay: str) -> None:
    event = one_event(json.dumps(record("DeliveryDelay", delayType=delay)))
    assert isinstance(event.details, DeliveryDelay)
    assert event.details.delay_type == delay
    assert isinstance(event.details.delay_type, DelayType) is (delay != "SomethingNew")
    assert event.advice is NOTHING


def test_there_are_ten_types_of_delay() -> None:
    assert len(DelayType) == 10


@pytest.mark.parametrize(
    ("kind", "advice"),
    [("Send", NOTHING), ("Delivery", NOTHING), ("Open", NOTHING), ("Click", NOTHING), ("Subscription", NOTHING),
     ("DeliveryDelay", NOTHING), ("Reject", FIX_MESSAGE), ("Rendering Failure", FIX_MESSAGE), ("Bounce", STOP),
     ("Complaint", STOP)],
)  # fmt: skip
def test_what_each_kind_says_about_the_address(kind: str, advice: Advice) -> None:
    assert one_event(record(kind)).advice is advice


def test_advice_is_about_the_recipients_of_the_event_only() -> None:
    event = one_event(record("Bounce", bouncedRecipients=[{"emailAddress": "<Ann@A.example>"}]))
    assert event.mail.destination == ("ann@a.example", "bob@b.example")
    assert event.advice_for("Ann@a.EXAMPLE") is STOP
    assert event.advice_for("Ann <Ann@a.example>") is STOP
    assert event.advice_for("ann@a.example") is NOTHING  # the local part's case may matter to its host
    assert event.advice_for("bob@b.example") is NOTHING


@pytest.mark.parametrize("kind", ["Open", "Click", "Subscription"])
def test_what_names_nobody_is_about_the_only_recipient(kind: str) -> None:
    assert one_event(record(kind, mail={"destination": ["Ann <ann@a.example>"]})).recipients == ("ann@a.example",)
    assert one_event(record(kind, mail={"destination": []})).recipients == ()


@pytest.mark.parametrize(
    ("told", "bare"),
    [
        ("ann@a.example", "ann@a.example"),
        ("<ann@a.example>", "ann@a.example"),
        (" < ann@a.example > ", "ann@a.example"),
        ("Ann <ann@a.example>", "ann@a.example"),
        ('"<x>" <ann@a.example>', "ann@a.example"),
        ('"a<b"@a.example', '"a<b"@a.example'),
        ("<<ann@a.example>>", "<<ann@a.example>>"),
        ("no address", "no address"),
    ],
)
def test_recipients_are_bare(told: str, bare: str) -> None:
    event = one_event(record("Bounce", bouncedRecipients=[{"emailAddress": told}, {"emailAddress": told}]))
    assert event.recipients == (bare,)
    assert isinstance(event.details, Bounce)
    assert event.details.bounced_recipients[0].email_address == told


# --- what the guide says in two ways, and what may be absent


@pytest.mark.parametrize(
    ("told", "read"), [(True, True), (False, False), ("true", True), ("false", False), ("True", True), (..., None)]
)
def test_headers_truncated_is_read_as_truth_value_and_as_text(told: Any, read: bool | None) -> None:
    event = one_event(record("Send", mail={"headersTruncated": told}))
    assert event.mail.headers_truncated is read
    assert event.defects == ()


OPTIONAL: dict[str, dict[str, Any]] = {
    "Bounce": {"reportingMTA": ..., "remoteMtaIp": ..., "bouncedRecipients": [{"emailAddress": "a@b.example"}]},
    "Complaint": dict.fromkeys(("complaintSubType", "userAgent", "complaintFeedbackType", "arrivalDate"), ...),
    "Delivery": {"remoteMtaIp": ...},
    "Open": {"isBotEvent": ...},
    "Click": {"isBotEvent": ..., "linkTags": None},
    "DeliveryDelay": {"reportingMTA": ...},
    "Send": {},
    "Reject": {},
    "Rendering Failure": {},
    "Subscription": {
        "newTopicPreferences": {"unsubscribeAll": True},
        "oldTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": []},
    },
}
FEW: dict[str, Any] = dict.fromkeys(
    ("sourceArn", "sendingAccountId", "headers", "commonHeaders", "headersTruncated", "tags"), ...
)


@pytest.mark.parametrize("kind", BLOCKS)
def test_what_may_be_absent_is_no_defect_when_it_is(kind: str) -> None:
    event = one_event(record(kind, mail=FEW, **OPTIONAL[kind]))
    assert event.kind == kind
    assert event.defects == ()
    assert event.mail.tags == event.mail.auto_tags == {}
    assert event.mail.headers == ()
    assert event.mail.common_headers is None


def test_unknown_keys_are_left_in_peace() -> None:
    given = record("Bounce", newKey={"a": 1}, mail={"other": [1]}) | {"third": None}
    event = one_event(given)
    assert event.defects == ()
    assert event.raw == given
    assert event.raw["bounce"]["newKey"] == {"a": 1}


@pytest.mark.parametrize("source", ["UnsubscribeHeader", "sender@sender.example"])
def test_the_source_of_a_subscription_is_kept_as_it_is(source: str) -> None:
    event = one_event(record("Subscription", source=source))
    assert isinstance(event.details, Subscription)
    assert event.details.source == source


@pytest.mark.parametrize("mta", ["dsn; mta.example.com", "dns; mta.example.com"])
def test_the_reporting_mta_is_kept_as_it_is(mta: str) -> None:
    event = one_event(record("Bounce", reportingMTA=mta))
    assert isinstance(event.details, Bounce)
    assert event.details.reporting_mta == mta


def test_tags_as_a_list_are_read_with_a_defect() -> None:
    pairs = [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}, {"name": "ses:operation", "value": "x"}]
    event = one_event(record("Send", mail={"tags": pairs}))
    assert (event.mail.tags, event.mail.auto_tags) == ({"a": ("1", "2")}, {"ses:operation": ("x",)})
    assert [(defect.name, defect.path) for defect in event.defects] == [("wrong-type", "mail.tags")]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2016-10-14T05:02:16.645Z", datetime(2016, 10, 14, 5, 2, 16, 645_000, tzinfo=UTC)),
        ("2023-11-02T19:38:32Z", datetime(2023, 11, 2, 19, 38, 32, tzinfo=UTC)),
        ("2023-11-02T19:38:32.5Z", datetime(2023, 11, 2, 19, 38, 32, 500_000, tzinfo=UTC)),
        ("2023-11-02T19:38:32.123456789Z", datetime(2023, 11, 2, 19, 38, 32, 123_456, tzinfo=UTC)),
        ("2023-11-02T19:38:32+0200", datetime(2023, 11, 2, 17, 38, 32, tzinfo=UTC)),
        ("2009-12-03T04:24:21.000-05:00", datetime(2009, 12, 3, 9, 24, 21, tzinfo=UTC)),
    ],
)
def test_times_are_aware(text: str, read: datetime) -> None:
    event = one_event(record("Bounce", timestamp=text))
    assert event.timestamp == read
    assert event.timestamp is not None
    assert event.timestamp.tzinfo is not None
    assert event.defects == ()


@pytest.mark.parametrize(
    ("told", "name", "read"),
    [
        ("2023-11-02T19:38:32", "no-offset", datetime(2023, 11, 2, 19, 38, 32, tzinfo=UTC)),
        ("2023-02-30T19:38:32Z", "not-a-time", None),
        ("2023-11-02T19:38:32+25:00", "not-a-time", None),
        ("2023-11-02", "not-a-time", None),
        ("٢٠٢٣-11-02T19:38:32Z", "not-a-time", None),
        ("", "not-a-time", None),
        ("\ud800", "not-a-time", None),
        (1_700_000_000, "wrong-type", None),
        (..., "missing-key", None),
    ],
)
def test_times_that_are_none_are_defects(told: Any, name: str, read: datetime | None) -> None:
    event = one_event(record("Bounce", timestamp=told))
    assert isinstance(event.details, Bounce)
    assert event.details.timestamp == read
    assert [(defect.name, defect.path) for defect in event.defects] == [(name, "bounce.timestamp")]
