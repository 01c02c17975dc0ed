"""Interfaces, API parameters and destinations."""

from __future__ import annotations

import copy
import dataclasses
import io
import mmap
import pickle
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Evidence,
    Interface,
    ListManagement,
    MessageTag,
    Submission,
)
from tests.ses.requests import FULL, MESSAGE, RAW, SETTINGS

# DESIGN section 4: every interface by name and value.
INTERFACES = {
    "SMTP": "smtp",
    "SEND_RAW_EMAIL": "ses.SendRawEmail",
    "V2_SEND_EMAIL_RAW": "sesv2.SendEmail.Raw",
    "SEND_EMAIL": "ses.SendEmail",
    "SEND_TEMPLATED_EMAIL": "ses.SendTemplatedEmail",
    "SEND_BULK_TEMPLATED_EMAIL": "ses.SendBulkTemplatedEmail",
    "SEND_CUSTOM_VERIFICATION_EMAIL": "ses.SendCustomVerificationEmail",
    "V2_SEND_EMAIL_SIMPLE": "sesv2.SendEmail.Simple",
    "V2_SEND_EMAIL_TEMPLATE": "sesv2.SendEmail.Template",
    "V2_SEND_BULK_EMAIL": "sesv2.SendBulkEmail",
    "V2_SEND_CUSTOM_VERIFICATION_EMAIL": "sesv2.SendCustomVerificationEmail",
}


class TestInterface:
    def test_there_are_eleven_with_their_values(self) -> None:
        assert {interface.name: interface.value for interface in Interface} == INTERFACES

    def test_an_interface_is_its_value(self) -> None:
        values: list[str] = [Interface.SEND_RAW_EMAIL]
        assert values == ["ses.SendRawEmail"]
        assert str(Interface.V2_SEND_EMAIL_RAW) == "sesv2.SendEmail.Raw"
        assert Interface("smtp") is Interface.SMTP

    def test_three_take_raw_messages(self) -> None:
        raw = {interface for interface in Interface if interface.is_raw}
        assert raw == {Interface.SMTP, Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW}

    def test_each_names_the_page_of_its_operation(self) -> None:
        reference = "https://docs.aws.amazon.com/ses/latest/APIReference"
        assert Interface.SEND_RAW_EMAIL.page == f"{reference}/API_SendRawEmail.html"
        assert Interface.SEND_TEMPLATED_EMAIL.page == f"{reference}/API_SendTemplatedEmail.html"
        assert Interface.V2_SEND_EMAIL_RAW.page == f"{reference}-V2/API_SendEmail.html"
        assert Interface.V2_SEND_BULK_EMAIL.page == f"{reference}-V2/API_SendBulkEmail.html"
        assert Interface.SMTP.page == "https://docs.aws.amazon.com/ses/latest/dg/send-email-smtp.html"


class TestApiParameters:
    def test_all_default_to_not_given(self) -> None:
        assert [field.name for field in dataclasses.fields(ApiParameters)] == SETTINGS
        assert all(getattr(ApiParameters(), setting) is None for setting in SETTINGS)

    def test_they_are_keyword_only(self) -> None:
        with pytest.raises(TypeError):
            ApiParameters("a@b.example")  # type: ignore[call-arg]

    @pytest.mark.parametrize("setting", SETTINGS)
    def test_they_are_immutable(self, setting: str) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(FULL, setting, None)

    def test_they_are_picklable_and_equal_by_value(self) -> None:
        assert pickle.loads(pickle.dumps(FULL)) == FULL
        assert copy.deepcopy(FULL) == FULL
        assert ApiParameters(tenant="a") != ApiParameters(tenant="b")
        assert hash(ApiParameters(tenant="a")) == hash(ApiParameters(tenant="a"))

    def test_lists_become_tuples(self) -> None:
        given = ApiParameters(
            message_tags=[("a", "1")],
            reply_to=["a@b.example"],
            list_management=("Weekly", None),
            extra={"A": 1},
        )
        assert given.message_tags == (MessageTag("a", "1"),)
        assert isinstance(given.message_tags[0], MessageTag)
        assert given.reply_to == ("a@b.example",)
        assert isinstance(given.list_management, ListManagement)
        assert given.extra == (("A", 1),)

    @pytest.mark.parametrize(
        "given",
        [
            {"source": b"a@b.example"},
            {"source": 1},
            {"return_path": ("a@b.example",)},
            {"source_arn": b"arn"},
            {"from_arn": 1},
            {"return_path_arn": 1},
            {"configuration_set": 1},
            {"tenant": ["a"]},
            {"endpoint_id": 1},
            {"destination": ["a@b.example"]},
            {"destination": "a@b.example"},
            {"reply_to": "a@b.example"},
            {"reply_to": [1]},
            {"message_tags": "a=1"},
            {"message_tags": {"a": "1"}},
            {"message_tags": ["ab"]},
            {"message_tags": [{"Name": "a", "Value": "1"}]},
            {"message_tags": [("a", 1)]},
            {"list_management": "Weekly"},
            {"list_management": "ab"},
            {"list_management": (1, None)},
            {"list_management": ("Weekly", 1)},
            {"list_management": ("Weekly",)},
            {"no_such_setting": "a"},
        ],
        ids=str,
    )
    def test_a_value_of_another_type_is_a_type_error(self, given: dict[str, Any]) -> None:
        with pytest.raises(TypeError):
            ApiParameters(**given)

    def test_the_values_are_held_and_not_checked(self) -> None:
        given = ApiParameters(source="no address", configuration_set="a b\r\n", message_tags=(MessageTag("", ""),))
        assert given.configuration_set == "a b\r\n"

    def test_given_and_empty_is_told_apart_from_not_given(self) -> None:
        assert ApiParameters().empty() == ()
        given = ApiParameters(source="", destination=Destination(), message_tags=(), reply_to=(), tenant="a")
        assert given.empty() == ("source", "destination", "reply_to", "message_tags")

    def test_the_repr_shows_no_body(self) -> None:
        given = ApiParameters(extra=(("Content", {"Simple": {"Body": {"Text": {"Data": "a secret"}}}}),))
        assert "secret" not in repr(given)


class TestDestination:
    def test_it_defaults_to_nobody_and_lists_become_tuples(self) -> None:
        assert Destination() == Destination(to=(), cc=(), bcc=())
        assert Destination(to=["a@b.example"]).to == ("a@b.example",)

    def test_it_is_immutable_and_picklable(self) -> None:
        destination = Destination(to=("a@b.example",), bcc=("c@d.example",))
        assert pickle.loads(pickle.dumps(destination)) == destination
        with pytest.raises(dataclasses.FrozenInstanceError):
            destination.to = ()  # type: ignore[misc]

    def test_nobody_is_false(self) -> None:
        assert not Destination()
        assert Destination(bcc=("a@b.example",))

    @pytest.mark.parametrize("given", ["a@b.example", b"a@b.example", [1], 1])
    def test_an_address_alone_is_a_type_error(self, given: Any) -> None:
        for name in ("to", "cc", "bcc"):
            with pytest.raises(TypeError):
                Destination(**{name: given})


class TestData:
    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO, bytes.decode])
    def test_the_message_may_come_in_every_form_that_boto3_takes(self, interface: Interface, kind: Any) -> None:
        holder = {"Data": kind(MESSAGE)}
        request = {"RawMessage": holder} if interface is Interface.SEND_RAW_EMAIL else {"Content": {"Raw": holder}}
        submission = Submission.from_request(request, interface)
        assert bytes(submission.message or b"") == MESSAGE
        written = submission.to_request()
        data = (written.get("RawMessage") or written["Content"]["Raw"])["Data"]
        assert data == MESSAGE
        assert type(data) is bytes

    def test_text_is_sent_as_utf_8_as_boto3_does(self) -> None:
        submission = Submission.from_request({"RawMessage": {"Data": "Subject: Grüße"}}, Interface.SEND_RAW_EMAIL)
        assert submission.message == "Subject: Grüße".encode()

    def test_a_map_of_a_file_is_a_message_wherever_it_was_read_to(self) -> None:
        with mmap.mmap(-1, len(MESSAGE)) as data:
            data.write(MESSAGE)
            submission = Submission.from_request({"RawMessage": {"Data": data}}, Interface.SEND_RAW_EMAIL)
            assert submission.to_request()["RawMessage"]["Data"] == MESSAGE

    def test_nothing_is_copied_where_the_message_is_bytes(self) -> None:
        assert Submission(MESSAGE).to_request()["RawMessage"]["Data"] is MESSAGE


def test_evidence_has_three_grades() -> None:
    assert [grade.name for grade in Evidence] == ["DOCUMENTED", "OBSERVED", "ASSUMED"]
