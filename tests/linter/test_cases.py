"""Cases from the field: what people reported, and what is right."""

from __future__ import annotations

import pytest

from sesmime import Finding, Severity, lint, predict_rejection
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
