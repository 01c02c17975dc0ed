"""Cases from the field: what people reported, and what is right."""

from __future__ import annotations

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Finding,
    Interface,
    InvalidAddress,
    InvalidSetting,
    LintConfig,
    Mailbox,
    Severity,
    Submission,
    build,
    envelope,
    explain_rejection,
    fix,
    lint,
    predict_rejection,
    prepare_forward,
)
from tests.linter.cases import case, cases

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


# What a finding about the case says to do, or the beginning of it.
REMEDIES = {
    "01": ("SES215", "shorten the display name"),
    "03": ("SES215", "use a shorter address"),
    "22": ("SES201", "remove the space before the @"),
    "51": ("SES201", "remove the dot after the @"),
    "52": ("SES201", "remove the dot at the end"),
    "62": ("SES201", "remove the invisible character U+200B"),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", REMEDIES)
def test_the_repair_is_one_thing_about_this_fault(name: str) -> None:
    code, title = REMEDIES[name]
    assert [one.fix and one.fix.title for one in findings(name) if one.code == code] == [title]


@pytest.mark.shared
def test_an_address_of_no_more_than_320_characters_is_made_by_nobody() -> None:
    with pytest.raises(InvalidAddress, match="320"):
        build(sender=Mailbox("n" * 400, "a@b.example"), to=["c@d.example"], subject="s", text="t")
    text = "Address length is more than 320 {} long: '=?utf-8?b?Zcy3?= <example@example.com>'"
    for unit in ("characters", "bytes"):
        assert "320" in explain_rejection(text.format(unit))[0].title
    made = prepare_forward(case("01").message or b"", sender="us@b.example", destination=["c@d.example"])
    assert predict_rejection(made.message, parameters=made.parameters) is None


@pytest.mark.shared
def test_the_identity_that_ses_names_has_its_place() -> None:
    sent = case("53")
    text = next(one["ses_said"] for one in cases() if one["id"] == "53")
    first = explain_rejection(text, sent.message, parameters=sent.parameters, interface=sent.interface)[0]
    (place,) = first.findings
    assert "in Sender" in place.message
    assert place.line is not None
    assert bytes(sent.message or b"").split(b"\n")[place.line - 1].lower().startswith(b"sender:")


@pytest.mark.shared
def test_an_identity_that_is_a_recipient_means_the_sandbox() -> None:
    sent = case("60")
    text = next(one["ses_said"] for one in cases() if one["id"] == "60")
    recipient = envelope(sent.message, interface=Interface.SEND_RAW_EMAIL).recipients[0]
    text = text.replace("(a recipient of the message)", recipient)
    parameters = ApiParameters(destination=Destination((recipient,)))
    first = explain_rejection(text, sent.message, parameters=parameters, interface=sent.interface)[0]
    assert "sandbox" in first.cause
    assert recipient in first.cause


@pytest.mark.shared
def test_a_message_whose_fields_are_no_fields_is_a_warning_where_a_sender_is_given() -> None:
    assert ("SES004", Severity.WARNING) in {(one.code, one.severity) for one in findings("61")}
    assert not lint(case("61")).at_least(Severity.ERROR)


def test_the_first_address_of_a_sender_is_the_one_that_ses_checks() -> None:
    message = b"From: bob@other.example <ok@verified.example>\r\nTo: a@b.example\r\n\r\nHi\r\n"
    config = LintConfig(verified_identities=("verified.example",))
    rejection = predict_rejection(message, config=config)
    assert rejection is not None
    assert rejection.text.endswith("<REGION>: bob@other.example")
    named = message.replace(b"bob@other.example ", b'"bob@other.example" ')
    assert predict_rejection(named, config=config) is None


def test_a_raw_message_that_is_a_text_is_said_to_be_one() -> None:
    for data in ("From: a@b.example\r\n\r\nHi", {"Data": "From: a@b.example\r\n\r\nHi"}):
        if isinstance(data, dict):
            sent = Submission.from_request({"RawMessage": data}, Interface.SEND_RAW_EMAIL)
            assert bytes(sent.message or b"").startswith(b"From:")
            continue
        with pytest.raises(InvalidSetting, match="RawMessage is str, where a structure with Data is wanted"):
            Submission.from_request({"RawMessage": data}, Interface.SEND_RAW_EMAIL)


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
        ("47", "RFC413", "by its Content-ID (cid:), and no part has that one"),
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
