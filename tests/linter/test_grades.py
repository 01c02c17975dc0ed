"""How bad and how sure: where the facts grade a rule, and a prediction by its text."""

from __future__ import annotations

import pytest

from sesmime import ApiParameters, Destination, Evidence, Finding, Interface, Severity, lint, predict_rejection

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
    for field, evidence in (
        ("X-SES-CONFIGURATION-SET: news", Evidence.DOCUMENTED),
        ("X-SES-MESSAGE-TAGS: a=1", Evidence.DOCUMENTED),
        ("X-SES-TENANT: acme", Evidence.ASSUMED),
    ):
        interface = V1
        told = graded(message(FROM, TO, field), "SES520", interface)
        assert told in ((Severity.INFO, evidence), None)
        assert graded(message(FROM, TO, field), "SES520", SMTP) is None
    assert graded(message(FROM, TO, "X-SES-MESSAGE-TAGS: a=1"), "SES520") == (Severity.INFO, Evidence.DOCUMENTED)


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
