"""Where an ERROR says that the call is refused, a rejection is predicted, its words known or not."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Evidence,
    Finding,
    Interface,
    InvalidSetting,
    Refused,
    Severity,
    Submission,
    explain_rejection,
    lint,
    predict_rejection,
    prepare,
)
from sesmime.linter.output import Examined, Style, expected, renderer
from sesmime.ses.request_model import REQUESTS
from tests.linter.examples import BAD, example
from tests.linter.recorded import recorded, submission
from tests.ses.constraints import CASES, KEPT_OUT, broken, whole

# Rules whose ERROR says that SES does not refuse, or that what it does is not documented: mail, recipients or settings
# are lost or leaked, or other readers read otherwise; and what SES answers to one entry of a call that it takes.
OTHERWISE = {
    "SES001": "what SES does with a CR that hides no repeat is not known",
    "SES102": "what SES answers to an empty group is not known",
    "SES205": "blind copies leak",
    "SES301": "SES passes long lines on; receivers refuse or break them",
    "SES008": "other readers lose the fields below",
    "SES407": "what SES does is not documented",
    "SES501": "of characters beyond ASCII, of empty items AWS documents or knows no refusal",
    "SES502": "a value may be lost",
    "SES503": "what SES does is not documented",
    "SES508": "it may refuse or send without the setting",
    "SES510": "a value may be lost",
    "SES512": "over SMTP there is no such parameter",
    "SES524": "one entry fails, the call does not",
    "SES003": "a first line that begins with a blank: what SES does is not known",
    "SEC201": "a message may be smuggled",
    "SEC302": "a setting is hidden",
    "SEC303": "readers see different addresses",
}
SIMPLE = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
TRACKER = "{{ses:openTracker}}"
TWICE = f"From: a@b.example\r\nTo: c@d.example\r\nContent-Type: text/html\r\n\r\n{TRACKER}{TRACKER}\r\n".encode()


def refusing(findings: tuple[Finding, ...]) -> list[str]:
    """Return the codes of the errors that say that the call is refused."""
    return [one.code for one in findings if one.severity is Severity.ERROR and one.code not in OTHERWISE]


def check(sent: Submission[Any]) -> None:
    """Compare the findings with the prediction."""
    findings = lint(sent)
    rejection = predict_rejection(sent)
    if refusing(findings):
        assert rejection is not None, refusing(findings)
        assert all(one.rejection is not None for one in findings if one.code in refusing(findings))
    if any(one.rejection is not None and one.code != "SES524" for one in findings):
        assert rejection is not None
    if rejection is not None:
        assert rejection.text == rejection.finding.rejection
        assert (rejection.code is None) == (sent.interface is Interface.SMTP)
        assert rejection.finding.severity is Severity.ERROR


@pytest.mark.shared
@pytest.mark.parametrize("record", [pytest.param(record, id=record["id"]) for record in recorded()])
def test_of_every_recorded_answer(record: dict[str, Any]) -> None:
    check(submission(record))


@pytest.mark.parametrize(("interface", "way"), CASES)
def test_of_every_constraint_of_the_service_models(interface: Interface, way: Any) -> None:
    request = broken(whole(REQUESTS[interface], "", KEPT_OUT.get(interface, set())), way)
    try:
        sent = Submission.from_request(request, interface)
    except InvalidSetting:
        return
    check(sent)


@pytest.mark.parametrize(("entry", "place"), BAD, ids=[f"{entry.code}-{place.name}" for entry, place in BAD])
def test_of_every_bad_example_of_a_rule(entry: Any, place: Any) -> None:
    message, arguments, _ = example(place)
    sent = Submission(message, arguments.get("parameters", ApiParameters()), arguments["interface"])
    check(sent)


class TestAnUnknownText:
    @pytest.mark.parametrize(
        ("interface", "code"),
        [
            (Interface.SEND_RAW_EMAIL, "InvalidParameterValue"),
            (Interface.V2_SEND_EMAIL_RAW, "BadRequestException"),
            (Interface.SMTP, None),
        ],
    )
    def test_it_has_the_code_and_no_words(self, interface: Interface, code: str | None) -> None:
        rejection = predict_rejection(TWICE, interface=interface)
        assert rejection is not None
        assert (rejection.code, rejection.text, rejection.smtp_reply) == (code, "", None)
        # AWS says that the API v2 refuses, and by which code; what the others answer is inferred.
        sure = Evidence.DOCUMENTED if interface.is_v2 else Evidence.ASSUMED
        assert (rejection.finding.code, rejection.evidence) == ("SES705", sure)
        assert rejection.alternatives == ()

    def test_words_that_are_known_go_before(self) -> None:
        source = TWICE.replace(b"Content-Type", b"To: e@f.example\r\nSubject: a\r\nSubject: b\r\nContent-Type")
        rejection = predict_rejection(source)
        assert rejection is not None
        assert rejection.text != ""

    @pytest.mark.parametrize("name", ["full", "github", "junit", "sarif", "concise", "json", "json-lines"])
    def test_no_format_prints_empty_words(self, name: str) -> None:
        report = lint(TWICE)
        examined = Examined("a.eml", "a.eml", None, TWICE, Interface.SEND_RAW_EMAIL, report)
        text = "".join(renderer(name)([examined], Style()))
        assert 'from SES: ""' not in text
        assert "from SES: ``" not in text
        assert "SES705" in text

    def test_it_is_told_in_words(self) -> None:
        (finding,) = lint(TWICE).at_least(Severity.ERROR)
        told = "expected from SES: a refusal, in words that are not known [DOCUMENTED]"
        assert expected(finding) == told
        assert told in " ".join(str(lint(TWICE)).split())
        with pytest.raises(Refused, match="expected from SES: a refusal, in words that are not known"):
            prepare(TWICE)

    def test_explaining_another_text_names_the_fault(self) -> None:
        (first, *_) = explain_rejection("400 something else", TWICE)
        assert first.title == "unknown error text"
        assert first.rules == ("SES705",)


def test_an_empty_structure_for_a_text_is_taken_by_ses() -> None:
    request = {"Source": "a@b.example", "Destination": {"ToAddresses": ["c@d.example"]}}
    body = {"Text": {"Data": "Hi"}, "Html": {}}
    sent = Submission.from_request(request | {"Message": SIMPLE | {"Body": body}}, Interface.SEND_EMAIL)
    assert predict_rejection(sent) is None
    assert [(one.code, one.severity) for one in lint(sent)] == [("SES521", Severity.WARNING)]
