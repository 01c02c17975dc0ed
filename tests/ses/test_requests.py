"""Submissions and requests; the requests held against botocore's own models."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    InvalidSetting,
    ListManagement,
    Submission,
    UnsupportedSetting,
    prepare,
    resolve,
)
from tests.ses.requests import ARN, FULL, MESSAGE, RAW, SETTINGS, V1_SETTINGS, V2_SETTINGS

TAGS = [{"Name": "campaign", "Value": "spring"}, {"Name": "b", "Value": "2"}]
LISTS = {
    "ToAddresses": ["c@d.example", "Joe <e@f.example>"],
    "CcAddresses": ["g@h.example"],
    "BccAddresses": ["i@j.example"],
}
SUBJECT_AND_TEXT = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "there"}}}
V1_NAMES = {
    "Source": "Joe <a@b.example>",
    "Destination": LISTS,
    "ReplyToAddresses": ["r@b.example"],
    "ReturnPath": "bounce@b.example",
    "SourceArn": ARN,
    "ReturnPathArn": ARN,
    "Tags": TAGS,
    "ConfigurationSetName": "shop",
}
V2_NAMES = {
    "FromEmailAddress": "Joe <a@b.example>",
    "FromEmailAddressIdentityArn": ARN,
    "Destination": LISTS,
    "ReplyToAddresses": ["r@b.example"],
    "FeedbackForwardingEmailAddress": "bounce@b.example",
    "FeedbackForwardingEmailAddressIdentityArn": ARN,
    "EmailTags": TAGS,
    "ConfigurationSetName": "shop",
    "EndpointId": "abc.def",
    "TenantName": "acme",
    "ListManagementOptions": {"ContactListName": "Weekly", "TopicName": "Offers"},
}


def without(mapping: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in names}


REQUESTS: dict[Interface, tuple[dict[str, Any], dict[str, Any]]] = {
    Interface.SEND_RAW_EMAIL: (
        {
            "Source": "Joe <a@b.example>",
            "Destinations": ["c@d.example", "Joe <e@f.example>"],
            "RawMessage": {"Data": MESSAGE},
            "SourceArn": ARN,
            "FromArn": ARN,
            "ReturnPathArn": ARN,
            "Tags": TAGS,
            "ConfigurationSetName": "shop",
        },
        without(V1_SETTINGS, "reply_to", "return_path")
        | {"from_arn": ARN, "destination": Destination(to=("c@d.example", "Joe <e@f.example>"))},
    ),
    Interface.V2_SEND_EMAIL_RAW: (V2_NAMES | {"Content": {"Raw": {"Data": MESSAGE}}}, V2_SETTINGS),
    Interface.SEND_EMAIL: (
        V1_NAMES | {"Message": SUBJECT_AND_TEXT},
        V1_SETTINGS | {"extra": (("Message", SUBJECT_AND_TEXT),)},
    ),
    Interface.SEND_TEMPLATED_EMAIL: (
        V1_NAMES | {"Template": "welcome", "TemplateArn": "arn", "TemplateData": "{}"},
        V1_SETTINGS | {"extra": (("Template", "welcome"), ("TemplateArn", "arn"), ("TemplateData", "{}"))},
    ),
    Interface.SEND_BULK_TEMPLATED_EMAIL: (
        without(V1_NAMES, "Destination", "Tags")
        | {
            "DefaultTags": TAGS,
            "Template": "welcome",
            "DefaultTemplateData": "{}",
            "Destinations": [{"Destination": LISTS}],
        },
        without(V1_SETTINGS, "destination")
        | {
            "extra": (
                ("Template", "welcome"),
                ("DefaultTemplateData", "{}"),
                ("Destinations", [{"Destination": LISTS}]),
            )
        },
    ),
    Interface.SEND_CUSTOM_VERIFICATION_EMAIL: (
        {"EmailAddress": "c@d.example", "TemplateName": "verify", "ConfigurationSetName": "shop"},
        {"configuration_set": "shop", "extra": (("EmailAddress", "c@d.example"), ("TemplateName", "verify"))},
    ),
    Interface.V2_SEND_EMAIL_SIMPLE: (
        V2_NAMES | {"Content": {"Simple": SUBJECT_AND_TEXT}},
        V2_SETTINGS | {"extra": (("Content", {"Simple": SUBJECT_AND_TEXT}),)},
    ),
    Interface.V2_SEND_EMAIL_TEMPLATE: (
        V2_NAMES | {"Content": {"Template": {"TemplateName": "welcome", "TemplateData": "{}"}}},
        V2_SETTINGS | {"extra": (("Content", {"Template": {"TemplateName": "welcome", "TemplateData": "{}"}}),)},
    ),
    Interface.V2_SEND_BULK_EMAIL: (
        without(V2_NAMES, "Destination", "EmailTags", "ListManagementOptions")
        | {
            "DefaultEmailTags": TAGS,
            "DefaultContent": {"Template": {"TemplateName": "welcome"}},
            "BulkEmailEntries": [{"Destination": LISTS}],
        },
        without(V2_SETTINGS, "destination", "list_management")
        | {
            "extra": (
                ("DefaultContent", {"Template": {"TemplateName": "welcome"}}),
                ("BulkEmailEntries", [{"Destination": LISTS}]),
            )
        },
    ),
    Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL: (
        {"EmailAddress": "c@d.example", "TemplateName": "verify", "ConfigurationSetName": "shop"},
        {"configuration_set": "shop", "extra": (("EmailAddress", "c@d.example"), ("TemplateName", "verify"))},
    ),
}
# The parameters that are only in the model, by interface: what REQUESTS leaves out on purpose.
UNUSED = {
    Interface.SEND_BULK_TEMPLATED_EMAIL: {"TemplateArn"},
    Interface.V2_SEND_EMAIL_RAW: {"ConfigurationOverrides"},
    Interface.V2_SEND_EMAIL_SIMPLE: {"ConfigurationOverrides"},
    Interface.V2_SEND_EMAIL_TEMPLATE: {"ConfigurationOverrides"},
    Interface.V2_SEND_BULK_EMAIL: {"ConfigurationOverrides"},
}


def input_shape(interface: Interface) -> Any:
    service, operation = interface.value.split(".")[:2]
    model = botocore.session.get_session().get_service_model(service)
    return model.operation_model(operation).input_shape


class TestRequests:
    def test_each_interface_with_requests_is_tried(self) -> None:
        assert set(REQUESTS) == set(Interface) - {Interface.SMTP}

    @pytest.mark.slow
    @pytest.mark.parametrize("interface", REQUESTS)
    def test_the_requests_here_name_all_parameters_of_the_model(self, interface: Interface) -> None:
        assert set(REQUESTS[interface][0]) | UNUSED.get(interface, set()) == set(input_shape(interface).members)

    @pytest.mark.parametrize("interface", REQUESTS)
    def test_a_request_is_read(self, interface: Interface) -> None:
        request, settings = REQUESTS[interface]
        submission = Submission.from_request(request, interface)
        assert submission.parameters == ApiParameters(**settings)
        assert submission.interface is interface
        assert submission.message == (MESSAGE if interface in RAW else None)

    @pytest.mark.parametrize("interface", REQUESTS)
    def test_a_request_is_written_as_it_was_read(self, interface: Interface) -> None:
        request, settings = REQUESTS[interface]
        assert Submission.from_request(request, interface.value).to_request() == request
        message = MESSAGE if interface in RAW else None
        submission = Submission(message, ApiParameters(**settings), interface)
        assert submission.to_request() == request
        assert Submission.from_request(submission.to_request(), interface) == submission

    @pytest.mark.parametrize("interface", REQUESTS)
    def test_reading_changes_no_request(self, interface: Interface) -> None:
        request = copy.deepcopy(REQUESTS[interface][0])
        Submission.from_request(request, interface).to_request()
        assert request == REQUESTS[interface][0]

    @pytest.mark.slow
    @pytest.mark.parametrize("interface", REQUESTS)
    def test_botocores_validator_takes_what_is_written(self, interface: Interface) -> None:
        request = Submission.from_request(REQUESTS[interface][0], interface).to_request()
        report = ParamValidator().validate(request, input_shape(interface))
        assert not report.has_errors(), report.generate_report()

    @pytest.mark.parametrize(
        ("interface", "service", "operation"),
        [
            (Interface.SEND_RAW_EMAIL, "ses", "send_raw_email"),
            (Interface.V2_SEND_EMAIL_RAW, "sesv2", "send_email"),
        ],
    )
    def test_boto3_sends_what_is_written(self, interface: Interface, service: Any, operation: str) -> None:
        client: Any = boto3.client(
            service, region_name="us-east-1", aws_access_key_id="dummy", aws_secret_access_key="dummy"
        )
        # An EndpointId is signed by SigV4a, for which botocore wants one more package.
        request, settings = (
            without(REQUESTS[interface][0], "EndpointId"),
            without(REQUESTS[interface][1], "endpoint_id"),
        )
        with Stubber(client) as stubber:
            stubber.add_response(operation, {"MessageId": "1"}, request)
            submission = Submission(MESSAGE, ApiParameters(**settings), interface)
            assert getattr(client, operation)(**submission.to_request())["MessageId"] == "1"
            stubber.assert_no_pending_responses()

    def test_unknown_keys_are_kept(self) -> None:
        request = {
            "Content": {"Raw": {"Data": MESSAGE, "NewMember": 1}, "NewKind": {"a": 2}},
            "ConfigurationOverrides": {"b": 3},
            "NewParameter": [4],
        }
        submission = Submission.from_request(request, Interface.V2_SEND_EMAIL_RAW)
        assert dict(submission.parameters.extra or ()) == {
            "Content": {"Raw": {"NewMember": 1}, "NewKind": {"a": 2}},
            "ConfigurationOverrides": {"b": 3},
            "NewParameter": [4],
        }
        assert submission.to_request() == request

    def test_send_raw_email_has_no_place_for_unknown_keys(self) -> None:
        request = {"RawMessage": {"Data": MESSAGE}, "NewParameter": 1}
        submission = Submission.from_request(request, Interface.SEND_RAW_EMAIL)
        assert submission.parameters.extra == (("NewParameter", 1),)
        with pytest.raises(UnsupportedSetting) as raised:
            submission.to_request()
        assert raised.value.setting == "extra"

    def test_send_raw_email_takes_its_destinations_flat(self) -> None:
        parameters = ApiParameters(destination=Destination(("a@b.example",), ("c@d.example",), ("e@f.example",)))
        request = Submission(MESSAGE, parameters, Interface.SEND_RAW_EMAIL).to_request()
        assert request["Destinations"] == ["a@b.example", "c@d.example", "e@f.example"]

    def test_what_is_given_and_empty_is_kept(self) -> None:
        request: dict[str, Any] = {
            "Source": "",
            "Destinations": [],
            "Tags": [],
            "ConfigurationSetName": "",
            "RawMessage": {"Data": MESSAGE},
        }
        submission = Submission.from_request(request, Interface.SEND_RAW_EMAIL)
        assert submission.parameters.empty() == ("source", "destination", "message_tags", "configuration_set")
        assert submission.to_request() == request
        request = {"Destination": {}, "EmailTags": [], "TenantName": "", "Content": {"Raw": {"Data": b""}}}
        assert Submission.from_request(request, Interface.V2_SEND_EMAIL_RAW).to_request() == request

    def test_what_is_not_given_is_not_written(self) -> None:
        assert Submission(MESSAGE).to_request() == {"RawMessage": {"Data": MESSAGE}}
        v2 = Submission(MESSAGE, ApiParameters(), Interface.V2_SEND_EMAIL_RAW)
        assert v2.to_request() == {"Content": {"Raw": {"Data": MESSAGE}}}

    def test_none_is_not_given(self) -> None:
        request = {"Source": None, "Tags": None, "RawMessage": {"Data": MESSAGE}}
        assert Submission.from_request(request, Interface.SEND_RAW_EMAIL).parameters == ApiParameters()

    def test_a_list_without_topic_is_written_without(self) -> None:
        parameters = ApiParameters(list_management=ListManagement("Weekly"))
        request = Submission(MESSAGE, parameters, Interface.V2_SEND_EMAIL_RAW).to_request()
        assert request["ListManagementOptions"] == {"ContactListName": "Weekly"}
        assert Submission.from_request(request, Interface.V2_SEND_EMAIL_RAW).parameters == parameters


class TestRefusals:
    @pytest.mark.parametrize("data", [None, 1, ["a"], {"a": 1}, "\ud800"])
    def test_data_that_holds_no_bytes_is_invalid(self, data: Any) -> None:
        for interface, request in (
            (Interface.SEND_RAW_EMAIL, {"RawMessage": {"Data": data}}),
            (Interface.V2_SEND_EMAIL_RAW, {"Content": {"Raw": {"Data": data}}}),
        ):
            with pytest.raises(InvalidSetting) as raised:
                Submission.from_request(request, interface)
            assert raised.value.setting == "message"

    @pytest.mark.parametrize(
        ("interface", "request_"),
        [
            (Interface.SEND_RAW_EMAIL, {}),
            (Interface.SEND_RAW_EMAIL, {"RawMessage": {}}),
            (Interface.SEND_RAW_EMAIL, {"RawMessage": MESSAGE}),
            (Interface.SEND_RAW_EMAIL, {"Content": {"Raw": {"Data": MESSAGE}}}),
            (Interface.V2_SEND_EMAIL_RAW, {}),
            (Interface.V2_SEND_EMAIL_RAW, {"Content": MESSAGE}),
            (Interface.V2_SEND_EMAIL_RAW, {"Content": {"Raw": MESSAGE}}),
            (Interface.V2_SEND_EMAIL_RAW, {"Content": {"Simple": SUBJECT_AND_TEXT}}),
        ],
    )
    def test_a_request_without_raw_message_is_invalid(self, interface: Interface, request_: dict[str, Any]) -> None:
        with pytest.raises(InvalidSetting):
            Submission.from_request(request_, interface)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("setting", "bad"),
        [
            ("source", {"FromEmailAddress": 1}),
            ("source", {"FromEmailAddress": ["a@b.example"]}),
            ("destination", {"Destination": ["a@b.example"]}),
            ("destination", {"Destination": "a@b.example"}),
            ("destination", {"Destination": {"ToAddresses": "a@b.example"}}),
            ("destination", {"Destination": {"ToAddresses": [1]}}),
            ("destination", {"Destination": {"To": ["a@b.example"]}}),
            ("reply_to", {"ReplyToAddresses": "a@b.example"}),
            ("reply_to", {"ReplyToAddresses": [1]}),
            ("message_tags", {"EmailTags": {"a": "1"}}),
            ("message_tags", {"EmailTags": "a=1"}),
            ("message_tags", {"EmailTags": ["ab"]}),
            ("message_tags", {"EmailTags": [{"Name": "a"}]}),
            ("message_tags", {"EmailTags": [{"Name": "a", "Value": 1}]}),
            ("message_tags", {"EmailTags": [{"Name": "a", "Value": "1", "More": "2"}]}),
            ("list_management", {"ListManagementOptions": "Weekly"}),
            ("list_management", {"ListManagementOptions": {"TopicName": "Offers"}}),
            ("list_management", {"ListManagementOptions": {"ContactListName": 1}}),
            ("tenant", {"TenantName": 1}),
        ],
    )
    def test_a_part_without_the_form_of_the_model_is_invalid(self, setting: str, bad: dict[str, Any]) -> None:
        request = {"Content": {"Raw": {"Data": MESSAGE}}} | bad
        assert ParamValidator().validate(request, input_shape(Interface.V2_SEND_EMAIL_RAW)).has_errors()
        with pytest.raises(InvalidSetting) as raised:
            Submission.from_request(request, Interface.V2_SEND_EMAIL_RAW)
        assert raised.value.setting == setting

    def test_flat_destinations_are_a_list(self) -> None:
        for bad in ("a@b.example", {"ToAddresses": ["a@b.example"]}, [1]):
            request = {"RawMessage": {"Data": MESSAGE}, "Destinations": bad}
            with pytest.raises(InvalidSetting):
                Submission.from_request(request, Interface.SEND_RAW_EMAIL)

    @pytest.mark.parametrize("request_", [None, [], "", 1, [("RawMessage", {"Data": MESSAGE})]])
    def test_a_request_is_a_mapping(self, request_: Any) -> None:
        with pytest.raises(TypeError):
            Submission.from_request(request_, Interface.SEND_RAW_EMAIL)

    @pytest.mark.parametrize("interface", RAW)
    def test_no_request_is_written_without_message(self, interface: Interface) -> None:
        with pytest.raises(InvalidSetting):
            Submission(None, ApiParameters(), interface).to_request()

    def test_smtp_has_no_requests(self) -> None:
        with pytest.raises(UnsupportedSetting):
            Submission(MESSAGE, ApiParameters(), Interface.SMTP).to_request()
        with pytest.raises(UnsupportedSetting):
            Submission.from_request({"RawMessage": {"Data": MESSAGE}}, Interface.SMTP)

    def test_an_unknown_interface_is_a_value_error(self) -> None:
        with pytest.raises(ValueError, match="Postcard"):
            Submission.from_request({}, "ses.Postcard")


# DESIGN section 4: the cells of the table that hold a dash.
DASHES = {
    Interface.SEND_RAW_EMAIL: ["reply_to", "return_path", "list_management", "tenant", "endpoint_id", "extra"],
    Interface.V2_SEND_EMAIL_RAW: ["from_arn"],
    Interface.SMTP: ["reply_to", "return_path", "endpoint_id", "extra"],
}
CELLS = [(interface, setting) for interface, settings in DASHES.items() for setting in settings]
# On SMTP these become fields, in `prepare` with lift alone.
FIELDS_ONLY = [
    "source_arn",
    "from_arn",
    "return_path_arn",
    "message_tags",
    "configuration_set",
    "list_management",
    "tenant",
]


class TestUnsupportedSettings:
    @pytest.mark.parametrize(("interface", "setting"), CELLS)
    def test_a_dash_given_as_parameter_raises_everywhere(self, interface: Interface, setting: str) -> None:
        parameters = ApiParameters(**{setting: getattr(FULL, setting)})
        for call in (
            lambda: resolve(MESSAGE, parameters=parameters, interface=interface),
            lambda: prepare(MESSAGE, parameters=parameters, interface=interface),
            lambda: prepare(MESSAGE, parameters=parameters, interface=interface, lift=False),
        ):
            with pytest.raises(UnsupportedSetting) as raised:
                call()
            assert (raised.value.setting, raised.value.interface) == (setting, interface.value)
        with pytest.raises(UnsupportedSetting):
            Submission(MESSAGE, parameters, interface).to_request()

    @pytest.mark.parametrize("interface", DASHES)
    @pytest.mark.parametrize("setting", SETTINGS)
    def test_every_other_cell_is_taken(self, interface: Interface, setting: str) -> None:
        if setting in DASHES[interface]:
            return
        parameters = ApiParameters(**{setting: getattr(FULL, setting)})
        prepare(MESSAGE, parameters=parameters, interface=interface)
        if interface is Interface.SMTP and setting in FIELDS_ONLY:
            return
        resolve(MESSAGE, parameters=parameters, interface=interface)
        if interface is not Interface.SMTP:
            Submission(MESSAGE, parameters, interface).to_request()

    @pytest.mark.parametrize("setting", FIELDS_ONLY)
    def test_on_smtp_a_setting_that_is_a_field_raises_in_resolve_and_without_lift(self, setting: str) -> None:
        parameters = ApiParameters(**{setting: getattr(FULL, setting)})
        with pytest.raises(UnsupportedSetting):
            resolve(MESSAGE, parameters=parameters, interface=Interface.SMTP)
        with pytest.raises(UnsupportedSetting):
            prepare(MESSAGE, parameters=parameters, interface=Interface.SMTP, lift=False)

    @pytest.mark.parametrize(("interface", "setting"), CELLS)
    def test_given_and_empty_counts_as_absent(self, interface: Interface, setting: str) -> None:
        if setting == "list_management":
            return
        empty: Any = () if setting in ("reply_to", "extra") else ""
        parameters = ApiParameters(**{setting: empty})
        resolve(MESSAGE, parameters=parameters, interface=interface)
        prepare(MESSAGE, parameters=parameters, interface=interface)

    @pytest.mark.parametrize(
        ("interface", "setting"),
        [
            (Interface.SEND_EMAIL, "tenant"),
            (Interface.SEND_EMAIL, "from_arn"),
            (Interface.SEND_BULK_TEMPLATED_EMAIL, "destination"),
            (Interface.SEND_CUSTOM_VERIFICATION_EMAIL, "source"),
            (Interface.V2_SEND_BULK_EMAIL, "list_management"),
            (Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL, "message_tags"),
        ],
    )
    def test_interfaces_outside_the_table_take_what_the_model_has(self, interface: Interface, setting: str) -> None:
        parameters = ApiParameters(**{setting: getattr(FULL, setting)})
        with pytest.raises(UnsupportedSetting):
            resolve(None, parameters=parameters, interface=interface)
        with pytest.raises(UnsupportedSetting):
            Submission(None, parameters, interface).to_request()

    @pytest.mark.parametrize("parameters", [None, {"tenant": "acme"}, "tenant"])
    def test_parameters_of_another_type_are_a_type_error(self, parameters: Any) -> None:
        for call in (resolve, prepare):
            with pytest.raises(TypeError):
                call(MESSAGE, parameters=parameters)

    def test_the_error_is_one_sentence_with_a_hint(self) -> None:
        with pytest.raises(UnsupportedSetting) as raised:
            resolve(MESSAGE, parameters=ApiParameters(tenant="acme"))
        assert str(raised.value) == "ses.SendRawEmail has no parameter for tenant; the API v2 has it"
        assert pickle.loads(pickle.dumps(raised.value)).setting == "tenant"


class TestSubmission:
    def test_its_fields_may_be_positional_and_have_defaults(self) -> None:
        assert Submission(MESSAGE) == Submission(
            message=MESSAGE, parameters=ApiParameters(), interface=Interface.SEND_RAW_EMAIL
        )
        assert Submission(MESSAGE, FULL, Interface.SMTP).interface is Interface.SMTP

    def test_an_interface_may_be_given_by_its_value(self) -> None:
        assert Submission(MESSAGE, ApiParameters(), "smtp").interface is Interface.SMTP  # type: ignore[call-overload]

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_it_is_immutable_and_picklable_whatever_holds_the_message(self, kind: Any) -> None:
        submission = Submission(kind(MESSAGE), FULL, Interface.V2_SEND_EMAIL_RAW)
        restored = pickle.loads(pickle.dumps(submission))
        assert restored == Submission(MESSAGE, FULL, Interface.V2_SEND_EMAIL_RAW)
        with pytest.raises(dataclasses.FrozenInstanceError):
            submission.message = b""  # type: ignore[misc]

    def test_its_repr_shows_no_body(self) -> None:
        assert "Hi" not in repr(Submission(MESSAGE))
        assert repr(Submission(MESSAGE)).startswith(f"Submission({len(MESSAGE)} bytes")
        assert repr(Submission(None)).startswith("Submission(no message")
