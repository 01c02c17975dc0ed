"""How bad and how sure: where the facts grade a rule, and a prediction by its text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sesmime import ApiParameters, Destination, Evidence, Finding, Interface, Severity, lint, predict_rejection
from sesmime.cli.__main__ import main
from sesmime.linter.listing import rule_of

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
BOB = ApiParameters(source="a@example.com", destination=Destination(("bob@example.org",)))


def message(*lines: str, html: str = "Hi") -> bytes:
    """Return a message with these fields."""
    return "".join(f"{line}\r\n" for line in (*lines, "Content-Type: text/html", "", html)).encode()


FROM, TO = "From: a@example.com", "To: bob@example.org"


def graded(source: bytes, code: str, interface: Interface = V1) -> tuple[Severity, Evidence] | None:
    """Return how bad and how sure the first finding of a rule is, None where it is silent."""
    parameters = BOB if interface is SMTP else ApiParameters()
    found: list[Finding] = [one for one in lint(source, parameters=parameters, interface=interface) if one.code == code]
    return (found[0].severity, found[0].evidence) if found else None


@pytest.mark.parametrize("interface", [V1, V2, SMTP])
def test_a_repeated_open_tracker_is_refused(interface: Interface) -> None:
    source = message(FROM, TO, html="{{ses:openTracker}} and {{ses:openTracker}}")
    assert graded(source, "SES705", interface) == (Severity.ERROR, Evidence.DOCUMENTED)


def test_a_setting_in_a_field_is_told_on_the_apis_and_not_on_smtp() -> None:
    for field in ("X-SES-CONFIGURATION-SET: news", "X-SES-MESSAGE-TAGS: a=1"):
        assert graded(message(FROM, TO, field), "SES520") == (Severity.INFO, Evidence.DOCUMENTED)
        assert graded(message(FROM, TO, field), "SES520", SMTP) is None
    assert graded(message(FROM, TO, "X-SES-TENANT: acme"), "SES520", SMTP) is None


def test_a_repeated_open_tracker_has_a_code_on_the_api_v2_and_no_text_is_documented() -> None:
    source = message(FROM, TO, html="{{ses:openTracker}} and {{ses:openTracker}}")
    rejection = predict_rejection(source, interface=V2)
    assert rejection is not None
    assert (rejection.code, rejection.evidence) == ("BadRequestException", Evidence.DOCUMENTED)
    assert rejection.text == ""
    # A refusal is documented, but not what the API v1 calls it.
    rejection = predict_rejection(source, interface=V1)
    assert rejection is not None
    assert (rejection.text, rejection.evidence) == ("", Evidence.ASSUMED)


def test_settings_in_fields_are_one_line_with_all_of_them() -> None:
    fields = ("X-SES-CONFIGURATION-SET: news", "X-SES-MESSAGE-TAGS: a=1, b=2", "X-SES-FROM-ARN: x")
    (finding,) = [one for one in lint(message(FROM, *fields, TO), interface=V1) if one.code == "SES520"]
    assert finding.line == 2
    assert finding.message == (
        "X-SES-CONFIGURATION-SET sets the configuration set: 'news'; X-SES-MESSAGE-TAGS sets the message tags:"
        " 'a=1, b=2'; X-SES-FROM-ARN is meant to set the from ARN"
    )
    assert finding.fix is not None
    assert finding.fix.title == (
        "remove them if you did not write them; pass your own as ConfigurationSetName and Tags and FromArn"
    )


@pytest.mark.parametrize(
    ("source", "code", "interface", "expected"),
    [
        # The text is quoted, that such a line is its cause is not.
        (message(FROM, TO, "no field at all", "X-A: b"), "SES003", V1, (Severity.ERROR, Evidence.ASSUMED)),
        (message("From : a@example.com", TO), "SES008", V1, (Severity.ERROR, Evidence.ASSUMED)),
        (message(FROM, TO, "X-SES-MESSAGE-TAGS: =?utf-8?Q?a=3Db?="), "SES503", V1, (Severity.ERROR, Evidence.ASSUMED)),
        (
            message(FROM, TO, 'Content-Disposition: inline; filename="a:b"'),
            "SES404",
            V1,
            (Severity.WARNING, Evidence.ASSUMED),
        ),
        (message(FROM), "SES202", V1, (Severity.ERROR, Evidence.OBSERVED)),
        (
            message(FROM, "To: " + ", ".join(f"a{n}@example.com" for n in range(51))),
            "SES203",
            V1,
            (Severity.ERROR, Evidence.DOCUMENTED),
        ),
        (message(FROM, "To: " + ", ".join(f"a{n}@example.com" for n in range(51))), "SES203", SMTP, None),
    ],
)
def test_a_finding_is_as_bad_and_as_sure_as_the_facts_say(
    source: bytes, code: str, interface: Interface, expected: tuple[Severity, Evidence] | None
) -> None:
    assert graded(source, code, interface) == expected


def test_many_addresses_beside_a_destination_are_a_warning_on_the_apis() -> None:
    source = message(FROM, "To: " + ", ".join(f"a{n}@example.com" for n in range(51)))
    told = {one.code: one.severity for one in lint(source, parameters=BOB, interface=V1)}
    assert told["SES203"] is Severity.WARNING


def test_no_recipient_over_smtp_is_assumed_to_be_refused_so() -> None:
    found = [one for one in lint(message(FROM), interface=SMTP) if one.code == "SES202"]
    assert [one.evidence for one in found] == [Evidence.ASSUMED]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("SES003", "is assumed"),
        ("SES008", "because of other readers"),
        ("SES407", "not documented"),
        ("SES513", "contradict each other"),
        ("SES520", "it is assumed"),
    ],
)
def test_a_rule_says_what_is_not_known(code: str, words: str) -> None:
    assert words in " ".join(rule_of(code).explanation.split())


def test_sources_are_those_of_the_reports() -> None:
    assert "serverworks" in rule_of("SES209").source
    assert rule_of("SES107").source.endswith("/dg/tenants.html")
    assert re.search(r"/blob/[0-9a-f]{40}/", rule_of("SES109").source)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("bob@.example.org", "[OBSERVED]"), ("bob@example..org", "[ASSUMED]")],
)
def test_the_text_that_is_expected_is_shown_as_sure_as_it_is(
    address: str, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "a.eml"
    place.write_bytes(message(FROM, f"To: {address}"))
    for style in ("full", "github", "junit", "sarif"):
        main(["lint", "--select", "SES201", "--output-format", style, str(place)])
        told = capsys.readouterr().out
        assert shown in told, style
        assert "[DOCUMENTED]" not in told, style


def test_recipients_in_cc_only_are_a_warning_that_nobody_has_documented() -> None:
    assert graded(message(FROM, "Cc: bob@example.org"), "SES103") == (Severity.WARNING, Evidence.ASSUMED)


def test_a_missing_from_is_reported_of_the_apis_and_assumed_of_smtp() -> None:
    assert graded(message(TO), "SES102") == (Severity.ERROR, Evidence.OBSERVED)
    rejection = predict_rejection(message(TO), parameters=ApiParameters(destination=BOB.destination), interface=SMTP)
    assert rejection is not None
    assert rejection.evidence is Evidence.ASSUMED


@pytest.mark.parametrize(
    ("address", "text", "evidence"),
    [
        ("bob", "Missing final '@domain'", Evidence.OBSERVED),
        ("bob@.example.org", "Domain starts with dot", Evidence.OBSERVED),
        ("bob@example.org.", "Domain ends with dot", Evidence.OBSERVED),
        ("bob@example..org", "Domain contains dot-dot", Evidence.ASSUMED),
        ("b(ob@example.org", "Missing ')'", Evidence.ASSUMED),
    ],
)
def test_a_prediction_is_as_sure_as_its_text(address: str, text: str, evidence: Evidence) -> None:
    rejection = predict_rejection(message(FROM, f"To: {address}"))
    assert rejection is not None
    assert (rejection.text, rejection.evidence) == (text, evidence)
    assert rejection.finding.evidence is Evidence.DOCUMENTED


@pytest.mark.parametrize("field", ["sender@", "\u3084\u307e\u3060@example.com", "sender@\u4f8b\u3048.jp"])
def test_the_api_v2_has_words_of_its_own_for_a_from_field_that_counts(field: str) -> None:
    source = message(f"From: {field}", TO)
    rejection = predict_rejection(source, interface=V2)
    assert rejection is not None
    assert (rejection.code, rejection.text) == ("BadRequestException", "Invalid From address provided.")
    assert predict_rejection(source, parameters=ApiParameters(source="a@example.com"), interface=V2) is None
    first = predict_rejection(source, parameters=ApiParameters(source="a@example.com"), interface=V1)
    assert first is not None
    assert first.text != rejection.text
