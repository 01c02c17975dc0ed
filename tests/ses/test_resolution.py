"""Resolutions: both ARNs of the sender, ordinary fields, parameters only, and what `explain` says."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Decision,
    Destination,
    Interface,
    ListManagement,
    MessageTag,
    Origin,
    UnsupportedSetting,
    resolve,
)
from tests.ses.given import FIELDS, PARAMETERS, SMTP, V1, V2, arn, in_case, message, url


class TestBothArnsOfTheSender:
    def test_on_v2_a_given_identity_is_the_value_of_both_settings(self) -> None:
        fields = [f"X-SES-SOURCE-ARN: {arn('a')}", f"X-SES-FROM-ARN: {arn('b')}"]
        resolution = resolve(message(*fields), parameters=ApiParameters(source_arn=arn("c")), interface=V2)
        assert (resolution.source_arn, resolution.from_arn) == (arn("c"), arn("c"))
        assert [field.body for field in resolution.decision("source_arn").overruled] == [arn("a")]
        assert [field.body for field in resolution.decision("from_arn").overruled] == [arn("b")]
        assert {conflict.setting for conflict in resolution.conflicts} == {"source_arn", "from_arn"}

    def test_on_v2_without_it_each_field_counts_for_itself(self) -> None:
        fields = [f"X-SES-SOURCE-ARN: {arn('a')}", f"X-SES-FROM-ARN: {arn('b')}"]
        resolution = resolve(message(*fields), interface=V2)
        assert (resolution.source_arn, resolution.from_arn) == (arn("a"), arn("b"))
        assert resolve(message(fields[0]), interface=V2).from_arn is None

    def test_on_v1_each_parameter_counts_for_itself(self) -> None:
        fields = [f"X-SES-SOURCE-ARN: {arn('a')}", f"X-SES-FROM-ARN: {arn('b')}"]
        resolution = resolve(message(*fields), parameters=ApiParameters(source_arn=arn("c")))
        assert (resolution.source_arn, resolution.from_arn) == (arn("c"), arn("b"))

    def test_from_arn_is_no_parameter_of_v2(self) -> None:
        with pytest.raises(UnsupportedSetting):
            resolve(b"", parameters=ApiParameters(from_arn=arn("a")), interface=V2)


class TestOrdinaryFields:
    def test_on_v2_the_sender_takes_the_place_of_the_visible_from(self) -> None:
        parameters = ApiParameters(source="a@b.example", reply_to=("c@d.example",), return_path="e@f.example")
        lines = ["From: x@y.example", "Reply-To: x@y.example", "Return-Path: <x@y.example>"]
        resolution = resolve(message(*lines), parameters=parameters, interface=V2)
        for setting, name in (("source", "From"), ("reply_to", "Reply-To"), ("return_path", "Return-Path")):
            assert [field.name for field in resolution.decision(setting).overruled] == [name]

    def test_on_v1_source_overrules_no_field(self) -> None:
        resolution = resolve(message("From: x@y.example"), parameters=ApiParameters(source="a@b.example"))
        assert resolution.decision("source").overruled == ()


BLIND = [interface for interface in Interface if not interface.is_raw]


class TestParameterOnlyInterfaces:
    @pytest.mark.parametrize("interface", BLIND)
    def test_they_ignore_the_fields_and_the_decision_says_so(self, interface: Interface) -> None:
        lines = [f"{name}: {body}" for name, body, _, _ in FIELDS.values()]
        resolution = resolve(message(*lines), interface=interface)
        for setting, (name, *_) in FIELDS.items():
            decision = resolution.decision(setting)
            assert getattr(resolution, setting) is decision.value is None
            assert decision.origin is Origin.UNSET
            assert [field.name for field in decision.overruled] == [name]
            assert "accepts only parameters and reads no X-SES- field" in decision.reason
            # A.1, notes: AWS says so of SendEmail and SendTemplatedEmail.
            documented = interface in (Interface.SEND_EMAIL, Interface.SEND_TEMPLATED_EMAIL)
            assert decision.evidence.name == ("DOCUMENTED" if documented else "ASSUMED")
            assert decision.source == url("dg/sending-authorization-delegate-sender-tasks-email")

    @pytest.mark.parametrize("interface", BLIND)
    def test_their_parameters_count(self, interface: Interface) -> None:
        parameters = ApiParameters(configuration_set="shop")
        resolution = resolve(message("X-SES-CONFIGURATION-SET: other"), parameters=parameters, interface=interface)
        assert resolution.configuration_set == "shop"
        decision = resolve(None, parameters=parameters, interface=interface).decision("configuration_set")
        assert (decision.value, decision.origin) == ("shop", Origin.API_PARAMETER)
        assert (decision.evidence.name, decision.source) == ("DOCUMENTED", interface.page)

    def test_on_v2_the_identity_is_both_arns_there_too(self) -> None:
        parameters = ApiParameters(source_arn=arn("a"))
        assert resolve(None, parameters=parameters, interface=Interface.V2_SEND_EMAIL_SIMPLE).from_arn == arn("a")
        assert resolve(None, parameters=parameters, interface=Interface.SEND_EMAIL).from_arn is None

    def test_what_is_not_given_and_what_cannot_be_given_are_told_apart(self) -> None:
        resolution = resolve(None, interface=Interface.SEND_EMAIL)
        assert resolution.decision("configuration_set").reason == "not given"
        assert resolution.decision("tenant").reason == "no such parameter"
        assert resolution.decision("tenant").source == Interface.SEND_EMAIL.page

    def test_given_and_empty_is_told_there_too(self) -> None:
        parameters = ApiParameters(tenant="")
        decision = resolve(None, parameters=parameters, interface=Interface.V2_SEND_BULK_EMAIL).decision("tenant")
        assert (decision.value, decision.evidence.name) == (None, "ASSUMED")
        assert "the parameter is empty" in decision.reason


class TestResolution:
    def test_there_is_an_attribute_and_a_decision_a_setting(self) -> None:
        resolution = resolve(b"")
        settings = [field.name for field in dataclasses.fields(ApiParameters)]
        assert all(hasattr(resolution, setting) for setting in settings)
        assert [decision.setting for decision in resolution.decisions] == settings[:-1]  # extra: nothing overrules it
        assert [field.name for field in dataclasses.fields(Decision)] == [
            "setting", "value", "origin", "field", "overruled", "reason", "evidence", "source"
        ]  # fmt: skip

    def test_no_such_setting_is_a_key_error(self) -> None:
        with pytest.raises(KeyError):
            resolve(b"").decision("colour")

    def test_it_is_immutable_and_picklable(self) -> None:
        resolution = in_case(V1, "message_tags", "REPEATED")
        assert pickle.loads(pickle.dumps(resolution)) == resolution
        with pytest.raises(dataclasses.FrozenInstanceError):
            resolution.tenant = "a"  # type: ignore[misc]
        with pytest.raises(dataclasses.FrozenInstanceError):
            resolution.decisions[0].value = "a"  # type: ignore[misc]

    def test_its_repr_shows_no_body(self) -> None:
        parameters = ApiParameters(extra=(("Content", {"Simple": {"Body": {"Text": {"Data": "secret"}}}}),))
        resolution = resolve(None, parameters=parameters, interface=Interface.V2_SEND_EMAIL_SIMPLE)
        assert "secret" not in repr(resolution) + resolution.explain()

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_every_kind_of_buffer_is_read(self, kind: Any) -> None:
        assert resolve(kind(message("X-SES-TENANT: acme")), interface=V2).tenant == "acme"

    def test_text_is_a_type_error(self) -> None:
        with pytest.raises(TypeError):
            resolve("X-SES-TENANT: acme\r\n\r\n")  # type: ignore[arg-type]

    def test_smtp_takes_sender_and_recipients_alone(self) -> None:
        parameters = ApiParameters(source="a@b.example", destination=Destination(("c@d.example",)))
        assert resolve(b"", parameters=parameters, interface=SMTP).source == "a@b.example"
        for setting in FIELDS:
            with pytest.raises(UnsupportedSetting):
                resolve(b"", parameters=ApiParameters(**{setting: PARAMETERS[setting]}), interface=SMTP)


class TestExplain:
    def test_it_tells_what_counts_and_why(self) -> None:
        lines = [
            "From: Shop <shop@a.example>",
            "X-SES-MESSAGE-TAGS: campaign=old",
            "X-SES-CONFIGURATION-SET: a b",
            "X-SES-TENANT: acme",
            "X-SES-RETURN-PATH-ARN: " + arn("a"),
            "X-SES-RETURN-PATH-ARN: " + arn("b"),
        ]
        parameters = ApiParameters(
            destination=Destination(("c@d.example",), bcc=("e@f.example",)),
            message_tags=(MessageTag("campaign", "spring"), MessageTag("n", "2")),
        )
        assert resolve(message(*lines), parameters=parameters).explain() == (
            "ses.SendRawEmail\n"
            "  destination: c@d.example, e@f.example   (parameter)\n"
            "    only these receive the message; To and Cc are unchanged\n"
            "    DOCUMENTED, https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html\n"
            "  return_path_arn: arn:aws:ses:us-east-1:123456789012:identity/a.example   (field X-SES-RETURN-PATH-ARN)\n"
            "    overruled: X-SES-RETURN-PATH-ARN: 'arn:aws:ses:us-east-1:123456789012:identity/b.example'\n"
            "    SES documents that the first of repeated sending-authorization fields counts\n"
            "    DOCUMENTED, https://docs.aws.amazon.com/ses/latest/dg/"
            "sending-authorization-delegate-sender-tasks-email.html\n"
            "  message_tags: campaign=spring, n=2   (parameter)\n"
            "    overruled: X-SES-MESSAGE-TAGS: 'campaign=old'\n"
            "    SES uses only the tags of the parameter and does not merge both\n"
            "    DOCUMENTED, https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html\n"
            "  configuration_set: unset\n"
            "    malformed: X-SES-CONFIGURATION-SET: 'a b'\n"
            "    the field is malformed; what SES does with it is not documented\n"
            "    ASSUMED, https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets-in-email.html\n"
            "  tenant: acme   (field X-SES-TENANT)\n"
            "    AWS documents the field for the API and SMTP, and does not name SendRawEmail\n"
            "    ASSUMED, https://docs.aws.amazon.com/ses/latest/dg/tenants.html"
        )

    def test_a_list_is_told_as_its_field_is_written(self) -> None:
        for value, text in (
            (ListManagement("Weekly"), "Weekly"),
            (ListManagement("Weekly", "Offers"), "Weekly; topic=Offers"),
        ):
            told = resolve(b"", parameters=ApiParameters(list_management=value), interface=V2).explain()
            assert told.split("\n")[1] == f"  list_management: {text}   (parameter)"

    def test_nothing_given_is_one_sentence(self) -> None:
        assert resolve(b"From: a@b.example\r\n\r\n", interface=SMTP).explain() == (
            "smtp: no setting is given as a parameter or a field."
        )

    def test_what_a_message_holds_is_told_escaped_and_short(self) -> None:
        text = resolve(b"X-SES-TENANT: \x1b[31m\xff" + b"x" * 5000 + b"\r\n\r\n", interface=V2).explain()
        assert "\x1b" not in text
        assert "\\x1b[31m\\xff" in text
        assert max(map(len, text.split("\n"))) < 250
