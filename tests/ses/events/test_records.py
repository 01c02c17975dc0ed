"""Records: keys and types of every kind as AWS's examples have them, options, defaults, refusals."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sesmime import Interface, Submission
from sesmime.errors import InvalidSetting
from sesmime.events import Bounce, BounceSubType, BounceType, EventFormat, EventKind, event_record
from sesmime.ses.events.bounces import BOUNCES
from sesmime.ses.events.kinds import KINDS
from tests.conftest import SHARED, shared
from tests.ses.events.submissions import MESSAGE_ID, NOW, RAW, SUBMISSIONS

# What the service has added since AWS wrote its examples, and what not every message has (facts of 2026).
_NEWER = {
    "bounce": {"remoteMtaIp"},
    "complaint": {"complaintSubType"},
    "delivery": {"remoteMtaIp"},
    "open": {"isBotEvent"},
    "click": {"isBotEvent"},
}
_OF_THE_MESSAGE = {"replyTo", "cc", "date"}


def made(kind: EventKind | str, submission: Submission[Any] = RAW, **options: Any) -> dict[str, Any]:
    return event_record(kind, submission, message_id=MESSAGE_ID, timestamp=NOW, **options)


def examples() -> list[Path]:
    return sorted((SHARED / "events").glob("*.json"))


def types_of(value: Any, path: str = "") -> dict[str, str]:
    """Return the type at each path; the values of a map of tags by their type alone."""
    if isinstance(value, dict):
        below = {} if not path.endswith("tags") else {f"{path}.*": "list"}
        if below and all(isinstance(v, list) for v in value.values()):
            return {path: "dict"} | below
        return {path: "dict"} | {
            at: kind for name, member in value.items() for at, kind in types_of(member, f"{path}.{name}").items()
        }
    if isinstance(value, list):
        merged = {at: kind for item in value for at, kind in types_of(item, f"{path}[]").items()}
        return {path: "list"} | merged
    return {path: type(value).__name__}


@pytest.mark.shared
@pytest.mark.parametrize("example", examples(), ids=lambda file: file.stem)
def test_a_record_has_the_keys_and_types_of_awss_example(example: Path) -> None:
    theirs = json.loads(example.read_text(encoding="utf-8"))
    kind = EventKind(theirs["eventType"])
    row = KINDS[kind]
    assert kind.row is row
    options: dict[str, Any] = {}
    if kind is EventKind.CLICK:
        options["link_tags"] = {"samplekey0": ["samplevalue0"], "samplekey1": ["samplevalue1"]}
    if kind is EventKind.SUBSCRIPTION:
        options["new_topic_preferences"] = theirs["subscription"]["newTopicPreferences"]
        options["old_topic_preferences"] = theirs["subscription"]["oldTopicPreferences"]
    ours = made(kind, **options)
    expected, found = types_of(theirs), types_of(ours)
    assert set(ours) == set(theirs)
    # The message of each example is another one: what `commonHeaders` has depends on it.
    missing = {path: kind_ for path, kind_ in expected.items() if found.get(path) != kind_}
    assert missing == {}
    further = {path.removeprefix(".") for path in found.keys() - expected.keys()}
    allowed = {f"{row.block}.{name}" for name in _NEWER.get(row.block, ())}
    assert further <= allowed | {f"mail.commonHeaders.{name}" for name in _OF_THE_MESSAGE}


@pytest.mark.shared
def test_there_is_an_example_of_each_of_the_ten_kinds() -> None:
    shared("events")
    told = {json.loads(file.read_text(encoding="utf-8"))["eventType"] for file in examples()}
    assert told == {kind.value for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("interface", Interface)
def test_every_kind_is_made_for_every_interface(kind: EventKind, interface: Interface) -> None:
    record = made(kind, SUBMISSIONS[interface])
    assert json.loads(json.dumps(record)) == record
    assert record["eventType"] == kind.value
    assert record["mail"]["destination"] == ["recipient@example.com"]
    assert record["mail"]["tags"]["ses:configuration-set"] == ["ConfigSet"]
    assert set(record) == {"eventType", "mail", KINDS[kind].block}


@pytest.mark.parametrize("kind", [EventKind.BOUNCE, EventKind.COMPLAINT, EventKind.DELIVERY])
@pytest.mark.parametrize("headers", [True, False])
def test_a_notification_has_its_own_keys(kind: EventKind, headers: bool) -> None:
    record = made(kind, format=EventFormat.FEEDBACK_NOTIFICATION, headers=headers)
    assert record["notificationType"] == kind.value
    assert "eventType" not in record
    mail = record["mail"]
    assert {"sourceIp", "callerIdentity"} <= set(mail)
    assert "tags" not in mail
    assert ({"headers", "headersTruncated", "commonHeaders"} <= set(mail)) is headers
    assert record[KINDS[kind].block] == made(kind)[KINDS[kind].block]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {EventKind.BOUNCE, EventKind.COMPLAINT, EventKind.DELIVERY}))
def test_notifications_know_three_kinds(kind: EventKind) -> None:
    with pytest.raises(InvalidSetting, match="identity notifications have no"):
        made(kind, format=EventFormat.FEEDBACK_NOTIFICATION)


@pytest.mark.parametrize("kind", sorted(set(EventKind) - set(KINDS)))
def test_what_is_none_of_the_ten_kinds_is_refused(kind: EventKind) -> None:
    with pytest.raises(InvalidSetting, match="none of the ten kinds"):
        made(kind)


@pytest.mark.parametrize("sub_type", BOUNCES)
def test_a_bounce_has_the_type_of_its_subtype(sub_type: str) -> None:
    bounce = made(EventKind.BOUNCE, bounce_sub_type=sub_type)["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == (BOUNCES[sub_type].bounce_type, sub_type)
    (recipient,) = bounce["bouncedRecipients"]
    # RFC 3463: 5 is permanent, 4 transient. A message too large for one server is sent again smaller: Transient, 5.3.4.
    starts = {"Permanent": ("5",), "Transient": ("4", "5"), "Undetermined": ("",)}[bounce["bounceType"]]
    assert recipient.get("status", "").startswith(starts)


def test_the_table_of_bounces_is_that_of_the_documents() -> None:
    assert {name: row.bounce_type for name, row in BOUNCES.items()} == {
        "Undetermined": "Undetermined",
        "General": "Permanent",
        "NoEmail": "Permanent",
        "Suppressed": "Permanent",
        "OnAccountSuppressionList": "Permanent",
        "OnTenantSuppressionList": "Permanent",
        "UnsubscribedRecipient": "Permanent",
        "EmailValidationSuppressed": "Permanent",
        "MailboxFull": "Transient",
        "MessageTooLarge": "Transient",
        "CustomTimeoutExceeded": "Transient",
        "ContentRejected": "Transient",
        "AttachmentRejected": "Transient",
    }
    assert made("Bounce", bounce_type="Transient")["bounce"]["bouncedRecipients"][0]["status"] == "4.0.0"


@pytest.mark.parametrize("sub_type", BounceSubType)
def test_the_table_of_bounces_is_that_of_the_reader(sub_type: BounceSubType) -> None:
    row = BOUNCES[sub_type]
    assert row.bounce_type in set(BounceType)
    assert row.is_suppressed is Bounce(bounce_sub_type=sub_type).is_stopped_by_ses


def test_a_suppressed_bounce_has_the_text_of_ses_and_never_left() -> None:
    record = made(EventKind.BOUNCE, bounce_sub_type="Suppressed")
    (recipient,) = record["bounce"]["bouncedRecipients"]
    assert recipient["diagnosticCode"].startswith("Amazon SES has suppressed sending to this address because it has a")
    assert "ses:outgoing-ip" not in record["mail"]["tags"]
    assert "ses:outgoing-ip" in made(EventKind.BOUNCE)["mail"]["tags"]


def test_a_bounce_without_a_delivery_status_notification_has_only_addresses() -> None:
    bounce = made("Bounce", action=None, status=None, diagnostic_code=None, reporting_mta=None)["bounce"]
    assert bounce["bouncedRecipients"] == [{"emailAddress": "recipient@example.com"}]
    assert "reportingMTA" not in bounce


def test_a_subtype_that_nobody_knows_yet_can_be_made() -> None:
    bounce = made("Bounce", bounce_type="Permanent", bounce_sub_type="OnTheMoon", diagnostic_code="far")["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "OnTheMoon")


def test_a_complaint_names_all_at_the_complaining_domain() -> None:
    message = b"To: a@x.example, b@y.example\r\nBcc: c@X.example\r\n\r\n"
    named = made("Complaint", Submission(message))["complaint"]["complainedRecipients"]
    assert named == [{"emailAddress": "a@x.example"}, {"emailAddress": "c@X.example"}]
    named = made("Complaint", Submission(message), recipients=["b@y.example"])["complaint"]["complainedRecipients"]
    assert named == [{"emailAddress": "b@y.example"}]


def test_a_complaint_of_a_suppression_list_has_no_feedback_report() -> None:
    complaint = made("Complaint", complaint_sub_type="OnAccountSuppressionList")["complaint"]
    assert complaint["complaintSubType"] == "OnAccountSuppressionList"
    assert not {"userAgent", "complaintFeedbackType", "arrivalDate"} & set(complaint)
    assert made("Complaint")["complaint"]["complaintSubType"] is None


def test_the_destination_is_everybody_in_an_event_about_one() -> None:
    message = b"To: a@x.example\r\nBcc: hidden@y.example\r\n\r\n"
    record = made("Delivery", Submission(message), recipients=["hidden@y.example"])
    assert record["mail"]["destination"] == ["a@x.example", "hidden@y.example"]
    assert record["delivery"]["recipients"] == ["hidden@y.example"]


@pytest.mark.parametrize("kind", ["Send", "Open", "Click", "Reject", "Rendering Failure", "Subscription"])
def test_recipients_are_refused_where_the_kind_names_none(kind: str) -> None:
    with pytest.raises(InvalidSetting, match="names no recipients"):
        made(kind, recipients=["a@b.example"])


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("Send", {"event_timestamp": NOW}),
        ("Bounce", {"reason": "x"}),
        ("Open", {"link": "https://a.example"}),
        ("Delivery", {"no_such_option": 1}),
    ],
)
def test_an_option_of_another_kind_is_refused(kind: str, option: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="has no option"):
        made(kind, **option)


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("Bounce", {"status": 511}),
        ("Delivery", {"processing_time_millis": "1"}),
        ("Delivery", {"processing_time_millis": True}),
        ("Click", {"link_tags": {"a": "b"}}),
        ("Click", {"link_tags": {"a": [object()]}}),
        ("Subscription", {"new_topic_preferences": {"a": float("nan")}}),
        ("Subscription", {"new_topic_preferences": ["OptOut"]}),
        ("Click", {"link_tags": [("a", ["b"])]}),
        ("Click", {"link": None}),
        ("Delivery", {"smtp_response": None}),
        ("Bounce", {"bounce_sub_type": None}),
        ("Bounce", {"recipients": "a@b.example"}),
        ("Bounce", {"account_id": 5}),
        ("Bounce", {"auto_tags": {"ses:a": "b"}}),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, option: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        made(kind, **option)


def test_what_is_no_submission_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a Submission"):
        event_record("Send", b"From: a@b.example", message_id="x", timestamp=NOW)  # type: ignore[arg-type]


def test_times_are_in_utc_with_milliseconds() -> None:
    east = datetime(2026, 1, 1, 1, 30, 0, 999999, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    record = event_record("Open", RAW, message_id="x", timestamp=east, event_timestamp=east)
    assert record["mail"]["timestamp"] == record["open"]["timestamp"] == "2025-12-31T20:00:00.999Z"
    with pytest.raises(InvalidSetting, match="time zone"):
        event_record("Open", RAW, message_id="x", timestamp=datetime(2026, 1, 1))


def test_the_time_of_a_delivery_is_that_of_its_processing() -> None:
    delivery = made("Delivery", processing_time_millis=11893)["delivery"]
    assert delivery["timestamp"] == "2026-11-28T12:00:12.016Z"
    delivery = made("Delivery", event_timestamp=NOW + timedelta(seconds=3))["delivery"]
    assert delivery["processingTimeMillis"] == 3000


def test_the_same_event_has_the_same_feedback_id_and_another_one_another() -> None:
    one, same = (made("Bounce")["bounce"]["feedbackId"] for _ in range(2))
    assert one == same
    assert one != made("Bounce", event_timestamp=NOW)["bounce"]["feedbackId"]
    assert made("Bounce", feedback_id="mine")["bounce"]["feedbackId"] == "mine"


def test_a_subscription_takes_list_and_topic_from_the_message() -> None:
    message = b"X-SES-LIST-MANAGEMENT-OPTIONS: News; topic=Offers\r\nTo: a@b.example\r\n\r\n"
    block = made("Subscription", Submission(message))["subscription"]
    assert block["contactList"] == "News"
    assert block["newTopicPreferences"]["topicSubscriptionStatus"] == [
        {"topicName": "Offers", "subscriptionStatus": "OptOut"}
    ]


@pytest.mark.parametrize("interface", [i for i in Interface if "Templat" in i or "Bulk" in i])
def test_a_rendering_failure_names_the_template_of_the_request(interface: Interface) -> None:
    assert made("Rendering Failure", SUBMISSIONS[interface])["failure"]["templateName"] == "MyTemplate"


def test_link_tags_are_lists_or_null() -> None:
    assert made("Click")["click"]["linkTags"] is None
    assert made("Click", link_tags={"a": ("b", "c")})["click"]["linkTags"] == {"a": ["b", "c"]}
