"""Display names beyond ASCII in parameters: told, and made encoded words where messages are handed over."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    LintConfig,
    Refused,
    Severity,
    Submission,
    fix,
    lint,
    prepare,
    prepare_many,
    translate,
)
from tests.conftest import shared
from tests.linter.cases import case

RAW, ENCODED = "Kristóf <me@example.com>", "=?utf-8?q?Krist=C3=B3f?= <me@example.com>"
MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n\r\nHi\r\n"
SIMPLE = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
V2 = Interface.V2_SEND_EMAIL_RAW
# A request of each kind, with the names in it.
REQUESTS: list[tuple[Interface, dict[str, Any]]] = [
    (
        Interface.SEND_EMAIL,
        {
            "Source": RAW,
            "Destination": {"ToAddresses": ["c@d.example", RAW], "CcAddresses": [RAW], "BccAddresses": [RAW]},
            "ReplyToAddresses": [RAW],
            "ReturnPath": RAW,
            "Message": SIMPLE,
        },
    ),
    (
        Interface.V2_SEND_EMAIL_SIMPLE,
        {
            "FromEmailAddress": RAW,
            "Destination": {"ToAddresses": [RAW]},
            "FeedbackForwardingEmailAddress": RAW,
            "Content": {"Simple": SIMPLE},
        },
    ),
    (
        Interface.V2_SEND_EMAIL_TEMPLATE,
        {
            "FromEmailAddress": RAW,
            "Destination": {"ToAddresses": [RAW]},
            "Content": {"Template": {"TemplateName": "x"}},
        },
    ),
    (
        Interface.SEND_BULK_TEMPLATED_EMAIL,
        {
            "Source": RAW,
            "Template": "x",
            "DefaultTemplateData": "{}",
            "Destinations": [
                {"Destination": {"ToAddresses": [RAW]}},
                {"Destination": {"CcAddresses": ["a@b.example"]}},
            ],
        },
    ),
    (
        Interface.V2_SEND_BULK_EMAIL,
        {
            "FromEmailAddress": "a@b.example",
            "DefaultContent": {"Template": {"TemplateName": "x", "TemplateData": "{}"}},
            "BulkEmailEntries": [
                {"Destination": {"ToAddresses": ["a@b.example"]}},
                {"Destination": {"BccAddresses": [RAW]}, "ReplacementTags": []},
            ],
        },
    ),
    (V2, {"FromEmailAddress": RAW, "ReplyToAddresses": [RAW], "Content": {"Raw": {"Data": MESSAGE}}}),
]


def encoded(value: Any) -> Any:
    """Return a request with its names encoded by hand."""
    if isinstance(value, dict):
        return {name: encoded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [encoded(one) for one in value]
    return ENCODED if value == RAW else value


def paths(value: Any, at: str = "") -> list[str]:
    """Return the places of the names."""
    if isinstance(value, dict):
        return [path for name, one in value.items() for path in paths(one, f"{at}.{name}" if at else name)]
    if isinstance(value, list):
        return [path for number, one in enumerate(value) for path in paths(one, f"{at}[{number}]")]
    return [at] if value == RAW else []


by_request = pytest.mark.parametrize(("interface", "request_"), REQUESTS, ids=[one.value for one, _ in REQUESTS])


@by_request
class TestEveryRequest:
    def test_each_name_is_told_with_its_place_and_what_to_write(
        self, interface: Interface, request_: dict[str, Any]
    ) -> None:
        told = [one for one in lint(Submission.from_request(request_, interface)) if one.code == "SES219"]
        assert sorted(str(one.parameter) for one in told) == sorted(paths(request_))
        for one in told:
            assert one.severity is Severity.WARNING
            assert one.rejection is None
            assert one.fix is not None
            assert (one.fix.value, one.fix.applicability) == (ENCODED, "safe")

    def test_prepare_encodes_them_and_nothing_else(self, interface: Interface, request_: dict[str, Any]) -> None:
        prepared = prepare(Submission.from_request(request_, interface), lift=False)
        assert prepared.to_request() == encoded(request_)
        assert {one.code for one in prepared.applied} == {"SES219"}
        assert "SES219" not in {one.code for one in prepared.report}

    def test_without_fix_they_are_told(self, interface: Interface, request_: dict[str, Any]) -> None:
        prepared = prepare(Submission.from_request(request_, interface), lift=False, fix=False)
        assert prepared.to_request() == request_
        assert "SES219" in {one.code for one in prepared.report}

    def test_who_ignores_the_rule_keeps_them(self, interface: Interface, request_: dict[str, Any]) -> None:
        config = LintConfig(ignore=("SES219",))
        prepared = prepare(Submission.from_request(request_, interface), lift=False, config=config)
        assert prepared.to_request() == request_
        assert prepared.applied == ()

    def test_fix_gives_the_parameters(self, interface: Interface, request_: dict[str, Any]) -> None:
        sent = Submission.from_request(request_, interface)
        done = fix(sent)
        assert Submission(sent.message, done.parameters, interface).to_request() == encoded(request_)
        assert {one.code for one in done.applied} == {"SES219"}


def test_a_raw_message_goes_out_with_an_encoded_source() -> None:
    parameters = ApiParameters(source=RAW, destination=Destination(to=[RAW]))
    for interface, name in ((Interface.SEND_RAW_EMAIL, "Source"), (V2, "FromEmailAddress")):
        request: dict[str, Any] = dict(prepare(MESSAGE, parameters=parameters, interface=interface).to_request())
        assert request[name] == ENCODED
        assert request.get("Destinations") or request["Destination"]["ToAddresses"] == ["me@example.com"]


def test_prepare_many_encodes_the_source_of_every_copy() -> None:
    copies = prepare_many(MESSAGE, ["c@d.example", "e@f.example"], parameters=ApiParameters(source=RAW), interface=V2)
    assert [prepared.parameters.source for prepared in copies] == [ENCODED, ENCODED]


def test_translate_writes_encoded_words_into_the_message() -> None:
    made, lost = translate(Submission(MESSAGE, ApiParameters(source=RAW), interface=V2), Interface.SEND_RAW_EMAIL)
    assert made.message is not None
    assert bytes(made.message).startswith(b"From: " + ENCODED.encode() + b"\r\n")
    assert lost == ()


def test_encoded_words_count_towards_the_length_of_an_address() -> None:
    given = Submission.from_request(
        {
            "FromEmailAddress": f"{'é' * 150} <a@b.example>",
            "Content": {"Simple": SIMPLE},
            "Destination": {"ToAddresses": ["c@d.example"]},
        },
        Interface.V2_SEND_EMAIL_SIMPLE,
    )
    (told,) = lint(given)
    assert told.code == "SES219"
    assert told.fix is not None
    assert (told.fix.value, told.fix.applicability) == (None, "manual")
    with pytest.raises(Refused, match="SES215"):
        prepare(given)
    # No rule is louder after a fix: this one is not made.
    assert fix(given).parameters == given.parameters


@pytest.mark.parametrize("text", ["zoë@b.example", "Joe <a@bücher.example>"])
def test_an_address_beyond_ascii_is_told_by_others(text: str) -> None:
    with pytest.raises(Refused) as refused:
        prepare(MESSAGE, parameters=ApiParameters(source=text), interface=V2)
    assert {one.code for one in refused.value.report if one.severity is Severity.ERROR} == {"SES207"}


@pytest.mark.shared
def test_the_reported_parameters_are_encoded() -> None:
    sent = case("63")
    told = lint(sent.message, parameters=sent.parameters, interface=sent.interface)
    assert [one.parameter for one in told if one.code == "SES219"] == ["FromEmailAddress", "Destination.ToAddresses[0]"]
    made = fix(sent).parameters
    assert made.source == ENCODED
    assert made.destination == Destination(to=[ENCODED.replace("me@example.com", "ann@example.net")])


@pytest.mark.shared
@pytest.mark.parametrize(("name", "interface"), [("63d", V2), ("63e", Interface.V2_SEND_EMAIL_SIMPLE)])
def test_the_reported_requests_go_out_encoded(name: str, interface: Interface) -> None:
    request = json.loads(shared("cases", "ses", f"{name}.json").read_text("utf-8"))
    if interface is V2:
        request["Content"]["Raw"]["Data"] = base64.b64decode(request["Content"]["Raw"]["Data"])
    sent = Submission.from_request(request, interface)
    assert {one.severity for one in lint(sent) if one.code == "SES219"} == {Severity.WARNING}
    made = prepare(sent).to_request()
    assert made["FromEmailAddress"] == ENCODED
    for text in made["Destination"]["ToAddresses"]:
        assert text.isascii()
        assert text.rpartition(" ")[2].strip("<>") == "ann@example.net"
