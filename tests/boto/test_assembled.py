"""Requests from which SES assembles the message, and malformed ones, through the hook."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from botocore.stub import Stubber

from sesmime import (
    Interface,
    Refused,
)
from sesmime.boto import SesMimeWarning, install
from tests.boto.clients import (
    LIFTED,
    MESSAGE,
    OPERATIONS,
    RAW,
    TAGS,
    V1,
    V2,
    client_of,
    emitted,
    make_client,
    request_of,
)

# Fixtures of moto's server.

SUBJECT_AND_TEXT = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "there"}}}
TO = {"ToAddresses": ["c@d.example"]}
V1_SIMPLE = {"Source": "a@b.example", "Destination": TO}
V2_SIMPLE = {"FromEmailAddress": "a@b.example", "Destination": TO}
VERIFICATION = {"EmailAddress": "c@d.example", "TemplateName": "verify"}
# Service, method, a request that is right, and the name of its tags; verification mails have none.
ASSEMBLED: list[tuple[str, str, dict[str, Any], str]] = [
    ("ses", "send_email", V1_SIMPLE | {"Message": SUBJECT_AND_TEXT}, "Tags"),
    ("ses", "send_templated_email", V1_SIMPLE | {"Template": "hello", "TemplateData": "{}"}, "Tags"),
    (
        "ses",
        "send_bulk_templated_email",
        {
            "Source": "a@b.example",
            "Template": "hello",
            "DefaultTemplateData": "{}",
            "Destinations": [{"Destination": TO}],
        },
        "DefaultTags",
    ),
    ("sesv2", "send_email", V2_SIMPLE | {"Content": {"Simple": SUBJECT_AND_TEXT}}, "EmailTags"),
    (
        "sesv2",
        "send_email",
        V2_SIMPLE | {"Content": {"Template": {"TemplateName": "hello", "TemplateData": "{}"}}},
        "EmailTags",
    ),
    (
        "sesv2",
        "send_bulk_email",
        {
            "FromEmailAddress": "a@b.example",
            "DefaultContent": {"Template": {"TemplateName": "hello"}},
            "BulkEmailEntries": [{"Destination": TO}],
        },
        "DefaultEmailTags",
    ),
]
ANSWERS: dict[str, dict[str, Any]] = {
    "send_bulk_templated_email": {"Status": []},
    "send_bulk_email": {"BulkEmailEntryResults": []},
}


class TestAssembledMessages:
    @pytest.mark.parametrize(("service", "method", "request_", "tags"), ASSEMBLED, ids=lambda value: str(value)[:25])
    def test_settings_are_checked(self, service: str, method: str, request_: dict[str, Any], tags: str) -> None:
        client = make_client(service)
        install(client)
        with Stubber(client) as stubber:
            stubber.add_response(method, ANSWERS.get(method, {"MessageId": "1"}))
            with pytest.raises(Refused, match="a tag name consists of"):
                getattr(client, method)(**request_, **{tags: [{"Name": "a b", "Value": "1"}]})
            with pytest.raises(AssertionError, match="responses remaining in queue"):
                stubber.assert_no_pending_responses()

    @pytest.mark.parametrize(("service", "method", "request_", "tags"), ASSEMBLED, ids=lambda value: str(value)[:25])
    def test_what_is_right_is_sent_as_it_is(
        self, service: str, method: str, request_: dict[str, Any], tags: str
    ) -> None:
        client = make_client(service)
        install(client)
        request_ = request_ | {tags: TAGS, "ConfigurationSetName": "shop"}
        with Stubber(client) as stubber:
            stubber.add_response(method, ANSWERS.get(method, {"MessageId": "1"}), request_)
            getattr(client, method)(**request_)

    @pytest.mark.parametrize("service", ["ses", "sesv2"])
    def test_verification_mails_go_through(self, service: str) -> None:
        client = make_client(service)
        install(client)
        with Stubber(client) as stubber:
            stubber.add_response("send_custom_verification_email", {"MessageId": "1"}, VERIFICATION)
            client.send_custom_verification_email(**VERIFICATION)

    def test_warn_warns_and_off_says_nothing(self) -> None:
        client = make_client("ses")
        request = V1_SIMPLE | {"Message": SUBJECT_AND_TEXT, "Tags": [{"Name": "a b", "Value": "1"}]}
        for lint, expectation in (
            ("warn", pytest.warns(SesMimeWarning, match="SES511")),
            ("off", contextlib.nullcontext()),
        ):
            install(client, lint=lint)  # type: ignore[arg-type]
            with Stubber(client) as stubber, expectation:
                stubber.add_response("send_email", {"MessageId": "1"}, request)
                client.send_email(**request)


class TestMalformedRequests:
    @RAW
    @pytest.mark.parametrize(
        "change",
        [
            {"RawMessage": None, "Content": None},
            {"RawMessage": {}, "Content": {"Raw": {}}},
            {"RawMessage": "text", "Content": "text"},
            {"RawMessage": {"Data": 5}, "Content": {"Raw": {"Data": 5}}},
            {"RawMessage": {"Data": None}, "Content": {"Raw": {"Data": None}}},
            {"RawMessage": {"Data": LIFTED, "More": 1}, "Content": {"Raw": {"Data": LIFTED, "More": 1}}},
            {"Tags": TAGS[0], "EmailTags": TAGS[0]},
            {"Tags": [{"Name": "a"}], "EmailTags": [{"Name": "a"}]},
            {"Tags": [{"Name": 5, "Value": "1"}], "EmailTags": [{"Name": 5, "Value": "1"}]},
            {"Destinations": "c@d.example", "Destination": ["c@d.example"]},
            {"Destinations": [5], "Destination": {"ToAddresses": [5]}},
            {"ConfigurationSetName": 5},
            {"Unknown": 5},
        ],
    )
    def test_botocore_refuses_them_in_its_own_words(self, interface: Interface, change: dict[str, Any]) -> None:
        _, method, operation = OPERATIONS[interface]
        client = client_of(interface)
        names = client.meta.service_model.operation_model(operation).input_shape.members
        ours = {name: value for name, value in change.items() if name in names or name == "Unknown"}
        request = request_of(interface, MESSAGE) | ours
        told: list[str] = []
        for hooked in (False, True):
            if hooked:
                install(client)
            with pytest.raises(ParamValidationError) as caught:
                getattr(client, method)(**request)
            told.append(str(caught.value))
        assert told[0] == told[1]

    @pytest.mark.parametrize("content", [{}, {"Raw": None}])
    def test_a_content_without_a_message_is_left_alone(self, content: dict[str, Any]) -> None:
        client = client_of(V2)
        install(client)
        assert emitted(client, V2, {"Content": content}) == {"Content": content}

    def test_text_that_is_no_unicode_is_left_alone(self) -> None:
        client = client_of(V1)
        install(client)
        request = request_of(V1, "From: \ud800")
        assert emitted(client, V1, request) == request


class TestNamesBeyondAscii:
    """A display name in a parameter goes out in encoded words; the caller's own structures stay."""

    NAME, ENCODED = "Zoë <a@b.example>", "=?utf-8?q?Zo=C3=AB?= <a@b.example>"

    def _with_name(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: self._with_name(one, name) for key, one in value.items()}
        if isinstance(value, list):
            return [self._with_name(one, name) for one in value]
        return name if value in ("a@b.example", "c@d.example") else value

    @pytest.mark.parametrize("lint", ["error", "off"])
    @pytest.mark.parametrize(("service", "method", "request_", "tags"), ASSEMBLED, ids=lambda value: str(value)[:25])
    def test_it_is_encoded(self, service: str, method: str, request_: dict[str, Any], tags: str, lint: Any) -> None:
        client = make_client(service)
        install(client, lint=lint)
        given, kept = self._with_name(request_, self.NAME), self._with_name(request_, self.NAME)
        with Stubber(client) as stubber:
            expected = self._with_name(request_, self.ENCODED)
            stubber.add_response(method, ANSWERS.get(method, {"MessageId": "1"}), expected)
            getattr(client, method)(**given)
        assert given == kept

    @pytest.mark.parametrize(("service", "method", "request_", "tags"), ASSEMBLED, ids=lambda value: str(value)[:25])
    def test_without_fix_it_stays(self, service: str, method: str, request_: dict[str, Any], tags: str) -> None:
        client = make_client(service)
        install(client, fix=False)
        given = self._with_name(request_, self.NAME)
        with Stubber(client) as stubber:
            stubber.add_response(method, ANSWERS.get(method, {"MessageId": "1"}), given)
            getattr(client, method)(**given)

    @RAW
    def test_beside_a_raw_message_it_is_encoded(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        name = "Source" if interface is V1 else "FromEmailAddress"
        sent = emitted(client, interface, request_of(interface, MESSAGE, **{name: self.NAME}))
        assert sent[name] == self.ENCODED

    def test_what_is_missing_is_left_to_botocore(self) -> None:
        client = make_client("ses")
        install(client)
        with pytest.raises(ParamValidationError):
            client.send_email(Source="a@b.example")
