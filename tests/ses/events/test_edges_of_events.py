"""Records, carriers, dimensions and the simulator at their edges: what is odd, empty, or of another type."""

from __future__ import annotations

import base64
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unittest import mock

import pytest

from sesmime import ApiParameters, Destination, Interface, InvalidSetting, Submission
from sesmime.errors import SesMimeError
from sesmime.events import (
    Carrier,
    EventKind,
    carried,
    dimension_values,
    read_events,
    simulated,
)
from sesmime.ses.events.carriers import MAX_CARRIERS
from sesmime.ses.events.certificates import check_pem
from sesmime.ses.events.destinations import read_destinations
from sesmime.ses.events.frozen import ReadOnly
from sesmime.ses.events.model import content_parts
from sesmime.ses.events.one_message import OneMessage
from sesmime.ses.events.plain import in_utc, later, plain_value
from sesmime.ses.events.signatures import _check_signature
from tests.ses.events.configurations import cloudwatch, dimension

SIMPLE = Interface.V2_SEND_EMAIL_SIMPLE


def simple(**content: Any) -> Submission[Any]:
    """A request with simple content."""
    parameters = ApiParameters(
        source="joe@a.example",
        destination=Destination(("c@d.example",)),
        extra={"Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}, **content}}},
    )
    return Submission(None, parameters, interface=SIMPLE)


class TestPlainValues:
    def test_what_json_has_comes_out_plain(self) -> None:
        class Number(int):
            pass

        class Share(float):
            pass

        given = {"a": [Number(1), Share(0.5), True, None, "x", ("y",)]}
        made = plain_value(given)
        assert made == {"a": [1, 0.5, True, None, "x", ["y"]]}
        assert [type(one) for one in made["a"][:2]] == [int, float]

    @pytest.mark.parametrize("wrong", [float("inf"), -float("inf"), float("nan"), {1: "a"}, b"x", {"a": object()}])
    def test_what_json_has_not_is_told(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match=r"^(JSON has no (inf|-inf|nan|bytes|object)|the names of a JSON object)"):
            plain_value(wrong)

    def test_times_need_a_zone_and_stay_in_range(self) -> None:
        assert in_utc(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == datetime(2026, 1, 1, tzinfo=UTC)
        with pytest.raises(InvalidSetting, match="it must have a time zone"):
            in_utc(datetime(2026, 1, 1))
        with pytest.raises(InvalidSetting, match="it is out of range in UTC"):
            in_utc(datetime.min.replace(tzinfo=timezone(timedelta(hours=1))))
        wrong: Any = "2026-01-01"
        with pytest.raises(TypeError, match=r"^timestamp must be a datetime, not str$"):
            in_utc(wrong)
        end = datetime.max.replace(tzinfo=UTC)
        assert later(end, 1) == end
        assert later(end - timedelta(seconds=2), 1) == end - timedelta(seconds=1)

    def test_a_mapping_to_read_has_the_names_that_it_shows(self) -> None:
        made = ReadOnly({"a": 1})
        assert ("a" in made, "b" in made, len(made), list(made), made["a"]) == (True, False, 1, ["a"], 1)

    def test_values_of_other_types_are_told_apart_by_their_type(self) -> None:
        assert list(content_parts({"a": object()})) != list(content_parts({"a": {1}}))
        assert list(content_parts({"a": [1, "1", 1.0, None]})) == list(content_parts({"a": [1, "1", 1.0, None]}))


class TestCarriers:
    @pytest.mark.parametrize("payload", [b"\xff\xfe", [b"\xff"], bytearray(b"\xff")])
    def test_octets_that_are_no_text_are_an_unknown_event(self, payload: Any) -> None:
        (event,) = read_events(payload)
        assert event.kind is EventKind.UNKNOWN
        assert [defect.name for defect in event.defects]

    @pytest.mark.parametrize("inside", [b"x", bytearray(b"x")])
    def test_octets_in_too_many_carriers_are_an_unknown_event(self, inside: Any) -> None:
        payload = inside
        for _ in range(MAX_CARRIERS + 1):
            payload = [payload]
        (event,) = read_events(payload)
        assert event.kind is EventKind.UNKNOWN
        assert "too-many-carriers" in {defect.name for defect in event.defects}

    def test_a_text_is_carried_now(self) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        envelope: Any = carried("no record", Carrier.SNS)
        assert datetime.fromisoformat(envelope["Timestamp"]) >= before

    @pytest.mark.parametrize("wrong", [1, None, object()])
    def test_what_is_no_payload_is_told(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match=r"^events are read from bytes, str, a Mapping or a list of these$"):
            read_events(wrong)

    def test_a_record_without_a_time_is_carried_now(self) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        envelope: Any = carried({"eventType": "Send", "mail": {}}, Carrier.SNS)
        assert datetime.fromisoformat(envelope["Timestamp"]) >= before

    @pytest.mark.parametrize("told", ["yesterday", "9999-12-31T23:59:59.999-23:59"])
    def test_a_time_that_is_none_is_the_first_of_all_in_a_queue(self, told: str) -> None:
        made: Any = carried({"eventType": "Send", "mail": {"timestamp": told}}, Carrier.SQS)
        sent = made["Messages"][0]["Attributes"]["SentTimestamp"]
        assert sent.isdigit()
        assert told != "yesterday" or sent == "0"

    def test_preferences_that_are_none_are_told(self) -> None:
        record = {"eventType": "Subscription", "mail": {}, "subscription": {"newTopicPreferences": "all"}}
        (event,) = read_events(record)
        details: Any = event.details
        assert (details.new_topic_preferences, details.old_topic_preferences) == (None, None)
        assert {"subscription.newTopicPreferences", "subscription.oldTopicPreferences"} <= {
            defect.path for defect in event.defects
        }

    def test_tags_as_a_list_of_objects_are_read_where_they_have_both_members(self) -> None:
        tags = [{"name": "a", "value": "1"}, {"name": "b"}, {"value": "2"}, {"name": "a", "value": "3"}]
        (event,) = read_events({"eventType": "Send", "mail": {"tags": tags}, "send": {}})
        assert dict(event.mail.tags) == {"a": ("1", "3")}


class TestWithoutCryptography:
    def test_what_needs_it_says_what_to_install(self) -> None:
        key: Any = None
        with mock.patch.dict(sys.modules, {"cryptography.x509": None, "cryptography.exceptions": None}):
            with pytest.raises((SesMimeError, ImportError), match=r"pip install"):
                check_pem("roots", b"")
            with pytest.raises((SesMimeError, ImportError), match=r"pip install"):
                _check_signature(key, b"", b"", 1)


class TestDestinations:
    @pytest.mark.parametrize("wrong", [None, [], "x"])
    def test_what_is_no_mapping_is_told(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match=r"^an event destination must be a mapping, not "):
            read_destinations(wrong)

    def test_what_the_message_does_not_tell_has_the_default(self) -> None:
        (value,) = dimension_values(Submission(b"Subject: Hi\r\n\r\nHi\r\n"), cloudwatch(dimension("ses:from-domain")))
        assert value.value == "none"
        assert "the message does not tell the domain of From" in str(value)

    def test_a_destination_that_was_read_is_read_again_as_it_is(self) -> None:
        (one,) = read_destinations(cloudwatch(dimension("campaign")))
        assert read_destinations(one) == (one,)

    def test_a_tag_of_half_a_character_is_shown_as_it_is(self) -> None:
        parameters = ApiParameters(message_tags=[("campaign", "caf\udce9")])
        submission = Submission(b"From: a@b.example\r\n\r\nHi\r\n", parameters)
        (value,) = dimension_values(submission, cloudwatch(dimension("campaign")))
        assert value.lost is not None
        assert "caf\\udce9" in str(value)

    def test_octets_of_a_tag_that_are_no_utf_8_are_shown_as_they_are(self) -> None:
        message = b"From: a@b.example\r\nX-Campaign: caf\xe9\r\n\r\nHi\r\n"
        (value,) = dimension_values(Submission(message), cloudwatch(dimension("X-Campaign", "EMAIL_HEADER")))
        assert value.lost is not None or value.value is None or value.value == "none"


class TestOneMessage:
    def fields(self, submission: Submission[Any]) -> list[tuple[str, str]]:
        return [(field.name, field.value) for field in OneMessage(submission).fields(is_rendered=False)]

    def test_headers_of_other_types_are_left_out(self) -> None:
        headers = [{"Name": "X-A", "Value": "b"}, {"Name": "X-B"}, {"Name": 1, "Value": "c"}, "x"]
        names = [name for name, _ in self.fields(simple(Headers=headers))]
        assert [name for name in names if name.startswith("X-")] == ["X-A"]

    def test_attachments_make_it_mixed_and_two_texts_alternative(self) -> None:
        attached = dict(self.fields(simple(Attachments=[{"FileName": "a", "RawContent": b"x"}])))
        assert attached["Content-Type"].startswith("multipart/mixed;")
        both = dict(self.fields(simple(Body={"Text": {"Data": "a"}, "Html": {"Data": "<p>a"}})))
        assert both["Content-Type"].startswith("multipart/alternative;")
        assert dict(self.fields(simple()))["Content-Type"] == "text/plain; charset=UTF-8"

    def test_a_subject_with_a_control_is_recorded_as_it_is(self) -> None:
        assert dict(self.fields(simple(Subject={"Data": "a\x07b"})))["Subject"] == "a\x07b"


class TestSimulator:
    VIRUS = base64.b64decode(
        "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo="
    )

    @pytest.mark.parametrize(
        "content", [VIRUS, bytearray(VIRUS), VIRUS.decode(), base64.b64encode(VIRUS).decode(), VIRUS + b"\r\n"]
    )
    def test_the_test_virus_is_found_in_an_attachment_however_it_is_given(self, content: Any) -> None:
        attachments = [{"FileName": "a"}, "no attachment", {"RawContent": 1}, {"RawContent": content}]
        assert EventKind.REJECT in simulated(simple(Attachments=attachments))

    @pytest.mark.parametrize("content", [VIRUS[:-1], VIRUS + b"x", "ä" * 70, b"x" * 100_000, "x" * 100_000, None])
    def test_other_content_is_sent(self, content: Any) -> None:
        assert EventKind.REJECT not in simulated(simple(Attachments=[{"RawContent": content}]))

    def test_a_request_without_its_message_has_no_virus(self) -> None:
        assert EventKind.REJECT not in simulated(Submission(None, interface=Interface.SEND_RAW_EMAIL))
