"""Cases from the field: what people reported, and what is right."""

from __future__ import annotations

import pytest

from sesmime import Finding, Severity, fix, lint, predict_rejection
from tests.linter.cases import case

# What SES is expected to say of each case, None where it takes the message.
TEXTS = {
    "01": "Address length is more than 320 characters long: '",
    "03": "Address length is more than 320 characters long: '",
    "05": "Duplicate header 'From'.",
    "11": None,
    "17": "Invalid email address .",
    "24a": "Invalid From address provided.",
    "24c": "Missing final '@domain'",
    "24d": None,
    "51": "Domain starts with dot",
    "52": "Domain ends with dot",
    "62": "Domain contains control or whitespace",
    "70c": "Missing required header 'To'.",
}


def findings(name: str) -> list[Finding]:
    """Return the findings about a case, without the demand for what the case leaves out."""
    sent = case(name)
    return list(lint(sent.message, parameters=sent.parameters, interface=sent.interface))


@pytest.mark.shared
@pytest.mark.parametrize("name", TEXTS)
def test_what_is_predicted_is_what_was_reported(name: str) -> None:
    sent, text = case(name), TEXTS[name]
    rejection = predict_rejection(sent.message, parameters=sent.parameters, interface=sent.interface)
    if text is None:
        assert rejection is None
        assert not lint(sent).at_least(Severity.ERROR)
    else:
        assert rejection is not None
        assert rejection.text.startswith(text)


@pytest.mark.shared
def test_recipients_in_bcc_only_are_a_warning() -> None:
    assert ("SES103", Severity.WARNING) in {(finding.code, finding.severity) for finding in findings("11")}


@pytest.mark.shared
def test_an_empty_return_path_is_one_finding() -> None:
    (finding,) = (finding for finding in findings("17") if finding.parameter == "ReturnPath")
    assert (finding.code, finding.severity) == ("SES208", Severity.ERROR)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("14", "RFC414", "the delimiter stands in the middle of line 17"),
        ("30", "RFC112", "List-Unsubscribe contains an encoded word"),
        ("47", "RFC413", "cid:logo"),
        ("61b", "SES102", "there is no From field"),
        ("70c", "SES009", "\\n as two characters"),
        ("82b", "SES007", "X-Google-DKIM-Signature and 3 more fields come after an empty line"),
    ],
)
def test_what_readers_suffer_from_is_a_warning_that_names_it(name: str, code: str, said: str) -> None:
    (finding,) = (finding for finding in findings(name) if finding.code == code)
    assert finding.severity is Severity.WARNING
    assert said in finding.message


@pytest.mark.shared
def test_a_multipart_whose_closing_delimiter_is_glued_is_not_told_of_as_open() -> None:
    assert "RFC401" not in {finding.code for finding in findings("14")}


@pytest.mark.shared
def test_encoded_words_in_a_link_are_fixed() -> None:
    fixed = fix(case("30"), unsafe=True)
    assert b"\r\nList-Unsubscribe: <https://example.com/unsubscribe?u=12345678901234567890>\r\n" in fixed.message
    assert not fixed.left.at_least(Severity.WARNING)
