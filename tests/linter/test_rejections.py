"""Rejections: every text that SES is known to answer with, what causes it, where, and what takes its place."""

from __future__ import annotations

import pickle

import pytest

from sesmime import ApiParameters, Evidence, Interface, LintConfig, MessageTag, Submission
from sesmime.linter.answers import Rejection, explain_rejection, predict_rejection
from sesmime.linter.answers.texts import KNOWN_TEXTS, find_texts
from tests.linter.quoted import (
    DOCUMENTED,
    FROM,
    ROWS,
    SEEN,
    SMTP,
    SOUND,
    SUBJECT,
    TO,
    TWO_SUBJECTS,
    UNKNOWN,
    USERS,
    V1,
    V2,
    Row,
    given,
    large,
    mail,
)

IDS = [f"{one.number} {one.printed[:60]}" for one in ROWS]
SEEN_IDS = [f"{one.number} {one.printed[:60]}" for one in SEEN]


def predict(submission: Submission, identities: tuple[str, ...] = ()) -> Rejection | None:
    """Predict for a submission."""
    return predict_rejection(
        submission.message,
        parameters=submission.parameters,
        interface=submission.interface,
        config=LintConfig(verified_identities=identities),
    )


def texts_of(rejection: Rejection) -> tuple[str, ...]:
    """Return every text that is told of."""
    reply = () if rejection.smtp_reply is None else (rejection.smtp_reply,)
    return (rejection.text, *reply, *rejection.alternatives)


# The table


def test_every_row_of_the_list_is_there() -> None:
    numbers = [int(one.number.split()[0]) for one in USERS]
    assert sorted(set(numbers)) == list(range(1, 56))
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("one", ROWS, ids=IDS)
def test_a_row_has_a_submission_with_its_repair_or_a_reason(one: Row) -> None:
    assert (one.bad is not None and one.repaired is not None) or len(one.reason) > 5


@pytest.mark.parametrize("one", SEEN, ids=SEEN_IDS)
def test_the_text_is_expected_of_the_submission_and_told_where(one: Row) -> None:
    assert one.bad is not None
    rejection = predict(one.bad, one.identities)
    assert rejection is not None
    if one.identities:
        assert any(told.startswith(one.expected) for told in texts_of(rejection))
    else:
        assert one.expected in texts_of(rejection)
    assert rejection.finding.line == one.line
    assert rejection.finding.part == one.part


@pytest.mark.parametrize("one", SEEN, ids=SEEN_IDS)
def test_the_repaired_submission_is_expected_to_pass(one: Row) -> None:
    assert one.repaired is not None
    assert predict(one.repaired, one.identities) is None


@pytest.mark.parametrize("one", ROWS, ids=IDS)
def test_the_text_as_it_is_printed_is_known(one: Row) -> None:
    explained = explain_rejection(one.printed)
    assert explained
    assert UNKNOWN not in {explanation.title for explanation in explained}
    for explanation in explained:
        assert explanation.cause
        assert explanation.remedy
        assert explanation.source.startswith("https://")
        assert explanation.findings == ()


@pytest.mark.parametrize("one", SEEN, ids=SEEN_IDS)
def test_with_the_message_given_its_cause_comes_first_with_the_place(one: Row) -> None:
    assert one.bad is not None
    explained = explain_rejection(
        one.expected,
        one.bad.message,
        parameters=one.bad.parameters,
        interface=one.bad.interface,
        config=LintConfig(verified_identities=one.identities),
    )
    rejection = predict(one.bad, one.identities)
    assert rejection is not None
    assert rejection.finding in explained[0].findings
    assert rejection.finding.code in explained[0].rules


def test_every_text_that_is_printed_is_the_beginning_of_a_title() -> None:
    titles = [known.title for known in KNOWN_TEXTS]
    # The parser's texts in general stand in the table with the case that users met.
    for one in (*USERS, *DOCUMENTED):
        assert any(title.startswith(one.printed) for title in titles), one.printed


def test_every_known_text_is_found_as_itself() -> None:
    for known in KNOWN_TEXTS:
        assert known in [found.known for found in find_texts(known.title)], known.title


# Predicting


def test_a_sound_message_is_expected_to_pass() -> None:
    for interface in (V1, V2, SMTP):
        assert predict(Submission(SOUND, ApiParameters(), interface)) is None


@pytest.mark.parametrize(
    ("interface", "code", "reply"),
    [
        (V1, "InvalidParameterValue", None),
        (V2, "BadRequestException", None),
        (SMTP, None, "554 Transaction failed: Duplicate header 'Subject'."),
    ],
)
def test_a_refused_field_has_the_code_or_the_reply_of_its_interface(
    interface: Interface, code: str | None, reply: str | None
) -> None:
    rejection = predict(Submission(TWO_SUBJECTS, ApiParameters(), interface))
    assert rejection is not None
    assert (rejection.code, rejection.text, rejection.smtp_reply) == (code, "Duplicate header 'Subject'.", reply)
    assert rejection.evidence is rejection.finding.evidence is Evidence.DOCUMENTED


@pytest.mark.parametrize(("interface", "code"), [(V1, "ConfigurationSetDoesNotExist"), (V2, "NotFoundException")])
def test_a_configuration_set_that_cannot_be_has_the_code_of_its_api(interface: Interface, code: str) -> None:
    rejection = predict(given(interface, configuration_set="my set"))
    assert rejection is not None
    assert rejection.code == code
    assert rejection.alternatives == ("Configuration set does not exist",)


@pytest.mark.parametrize("interface", [V1, V2])
def test_an_identity_that_is_not_verified_is_a_message_rejected(interface: Interface) -> None:
    rejection = predict(Submission(SOUND, ApiParameters(), interface), ("verified.example",))
    assert rejection is not None
    assert rejection.code == "MessageRejected"


def test_a_size_over_smtp_has_a_reply_of_its_own() -> None:
    rejection = predict(given(SMTP, large(42_000_000)))
    assert rejection is not None
    assert rejection.smtp_reply == "552 Message is too long."


def test_a_reply_that_has_its_code_is_not_given_another() -> None:
    rejection = predict(given(SMTP, source="<>"))
    assert rejection is not None
    assert rejection.smtp_reply == "501 Invalid MAIL FROM address provided"


def test_size_is_looked_at_before_repeats_and_repeats_before_required_fields() -> None:
    both = mail(TO, SUBJECT, "Subject: Dinner")
    rejection = predict(Submission(both))
    assert rejection is not None
    assert rejection.text == "Duplicate header 'Subject'."
    rejection = predict(Submission(both + b"x\r\n" * 4_000_000))
    assert rejection is not None
    assert rejection.text.startswith("Message length is more than 10485760 bytes long: '")


def test_the_rules_that_the_user_leaves_out_count_all_the_same() -> None:
    for config in (LintConfig(select=()), LintConfig(ignore=("SES",)), LintConfig(select=("BULK",))):
        assert predict_rejection(TWO_SUBJECTS, config=config) is not None


def test_a_tag_is_refused_in_two_wordings() -> None:
    rejection = predict(given(message_tags=(MessageTag("a", "x y"),), configuration_set="shop"))
    assert rejection is not None
    assert rejection.alternatives == (
        "Invalid tag value <x y>: only alphanumeric ASCII characters, '_', and '-' are allowed.",
    )


def test_an_address_beyond_ascii_is_refused_in_the_documented_words_or_in_the_parsers() -> None:
    local = predict(given(to=("jörg@example.com",)))
    domain = predict(given(to=("a@bücher.example",)))
    assert local is not None
    assert domain is not None
    assert set(texts_of(local)) == {
        "There are non-ASCII characters in the email address",
        "Local address contains control or whitespace",
    }
    assert set(texts_of(domain)) == {
        "There are non-ASCII characters in the email address",
        "Domain contains control or whitespace",
        "Domain contains illegal character",
    }


def test_settings_that_the_interface_does_not_have_raise_nothing() -> None:
    assert predict(given(SMTP, tenant="acme", message_tags=())) is None
    assert predict_rejection(None, interface=Interface.SEND_BULK_TEMPLATED_EMAIL) is None


def test_a_rejection_goes_through_pickle_and_shows_no_body() -> None:
    rejection = predict(Submission(mail(FROM, TO, SUBJECT, SUBJECT, body=b"a secret body")))
    assert rejection is not None
    assert pickle.loads(pickle.dumps(rejection)) == rejection
    assert "secret" not in repr(rejection)


def test_a_message_that_is_no_bytes_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        predict_rejection("From: a@example.com")  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        explain_rejection("Missing domain", "From: a@example.com")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        explain_rejection(b"Missing domain")  # type: ignore[arg-type]
