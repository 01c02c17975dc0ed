"""Explanations: from a text of SES to its causes, their places in a message, and the remedies."""

from __future__ import annotations

import doctest
import pickle
from dataclasses import replace

import pytest

import sesmime.linter.answers as answers
import sesmime.linter.answers.texts as texts
from sesmime import Evidence, lint
from sesmime.linter.answers import Explanation, explain_rejection, identities, predict_rejection
from sesmime.linter.answers.texts import KNOWN_TEXTS, find_texts, text
from tests.linter.quoted import FROM, SEEN, SMTP, TWO_SUBJECTS, UNKNOWN, USERS, mail, with_field

# Explaining

CONTENT_TYPE = "Duplicate header 'Content-Type'."


@pytest.mark.parametrize(
    "pasted",
    [
        "An error occurred (InvalidParameterValue) when calling SendRawEmail: Duplicate header 'Content-Type'.",
        "554 Transaction failed: Duplicate header 'Content-Type'.",
        "smtplib.SMTPDataError: (554, b\"Transaction failed: Duplicate header 'Content-Type'.\")",
        '{"message":"Duplicate header \'Content-Type\'."}',
        '{"error": "Duplicate header \\"Content-Type\\"."}',
        "duplicate header ‘content-type’",
        "Duplicate header `Content-Type`",
        "DUPLICATE HEADER 'CONTENT-TYPE'....",
        "InvalidParameterValue: Duplicate header &#39;Content-Type&#39;.\n\tstatus code: 400, request id: 1-2-3",
        "Duplicate\r\n  header\\n'Content-Type'",
        "Duplicate header \\u0027Content-Type\\u0027.",
        "Error: Duplicate header Content-Type",
    ],
)
def test_a_text_is_found_in_what_carries_it(pasted: str) -> None:
    explained = explain_rejection(pasted)
    assert [one.title for one in explained] == [CONTENT_TYPE] * 3
    assert explained[0].rules == ("SES101",)
    assert explained[0].evidence is Evidence.OBSERVED


def test_a_row_with_several_causes_tells_each_in_the_order_in_which_people_met_them() -> None:
    twice_there, no_empty_line, lone_cr = explain_rejection(CONTENT_TYPE)
    assert "repeated" in twice_there.cause
    assert "empty line" in no_empty_line.cause
    assert "lone CR" in lone_cr.cause


def test_a_message_shows_which_of_the_causes_it_is() -> None:
    cases = {one.number: one for one in USERS}
    for number, words in (("1", "repeated"), ("1 no empty line", "empty line"), ("1 lone CR", "lone CR")):
        bad = cases[number].bad
        assert bad is not None
        explained = explain_rejection(CONTENT_TYPE, bad.message)
        assert words in explained[0].cause
        assert explained[0].findings
        assert len(explained) == 3


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("jörg@example.com", "is not ASCII"),
        ("Acme Corp, Inc <a@example.com>", "comma"),
        ("ann bee@example.com, ann@example.com", "a space or a line break"),
    ],
)
def test_what_stands_at_the_place_tells_causes_of_one_text_apart(address: str, words: str) -> None:
    explained = explain_rejection("Local address contains control or whitespace", mail(FROM, f"To: {address}"))
    assert words in explained[0].cause
    assert [finding.line for finding in explained[0].findings] == [2]


def test_causes_that_are_not_shown_stand_in_the_order_in_which_people_met_them() -> None:
    text = "Local address contains control or whitespace"
    alone = [one.cause for one in explain_rejection(text)]
    explained = explain_rejection(text, mail(FROM, "To: Acme Corp, Inc <a@example.com>"))
    not_shown = [one.cause for one in explained if not one.findings]
    assert not_shown == [one for one in alone if one in not_shown]
    assert "is not ASCII" in not_shown[0]


def test_the_blank_of_json_does_not_matter() -> None:
    assert explain_rejection('{"message": null}')[0].title == '{"message":null}'
    assert explain_rejection('{"message": "Missing domain"}')[0].title == "Missing domain"


def test_a_cause_that_the_message_does_not_show_has_no_places() -> None:
    explained = explain_rejection("Duplicate header 'Content-Type'.", TWO_SUBJECTS)
    assert all(one.findings == () for one in explained)


def test_a_field_of_any_name_is_told_apart_by_its_name() -> None:
    message = with_field("Comments: a", "Comments: b", "Keywords: a", "Keywords: b")
    explained = explain_rejection("Duplicate header 'Keywords'", message)
    assert [finding.line for finding in explained[0].findings] == [7]


def test_a_documented_text_finds_what_the_parser_says_otherwise() -> None:
    message = mail(FROM, "To: jörg@example.com")
    explained = explain_rejection("There are non-ASCII characters in the email address", message)
    assert [finding.line for finding in explained[0].findings] == [2]


@pytest.mark.parametrize("pasted", ["", " ", "\x00", "some noise", "Expected", "'" * 1000, "Duplicate", "�\udcff"])
def test_a_text_that_is_not_known_is_said_to_be(pasted: str) -> None:
    (only,) = explain_rejection(pasted)
    assert only.title == UNKNOWN
    assert only.evidence is Evidence.ASSUMED


def test_a_text_that_is_not_known_is_explained_by_what_carries_it() -> None:
    (smtp,) = explain_rejection("554 Transaction failed: something nobody has seen")
    assert smtp.title == "554 Transaction failed: ..."
    (api,) = explain_rejection("An error occurred (InvalidParameterValue) when calling the SendRawEmail operation: odd")
    assert api.title == "InvalidParameterValue"


def test_a_text_that_is_not_known_is_explained_by_what_the_message_shows() -> None:
    explained = explain_rejection("554 Transaction failed: something nobody has seen", TWO_SUBJECTS, interface=SMTP)
    assert explained[0].title == "Duplicate header 'Subject'."
    assert explained[0].findings[0].line == 4
    assert explained[1].title == "554 Transaction failed: ..."


def test_a_success_before_the_refusal_is_passed_over() -> None:
    log = "235 Authentication successful\r\n250 Ok\r\n354 End data\r\n554 Transaction failed: Missing domain\r\n"
    assert {one.title for one in explain_rejection(log)} == {"Missing domain"}


def test_a_fault_that_nobody_was_seen_to_get_the_text_from_is_still_its_cause() -> None:
    message = b"From: a@b.example\r\nCc: a;\r\n Content-Language: en\r\n\r\nHi\r\n"
    rejection = predict_rejection(message)
    assert rejection is not None
    first = explain_rejection(rejection.text, message)[0]
    assert first.cause == "the line Content-Language: begins with a blank, which makes it a part of Cc"
    assert first.remedy == "remove the blank before Content-Language"
    assert first.findings == (rejection.finding,)


def test_two_refusals_are_explained_in_their_order() -> None:
    titles = [one.title for one in explain_rejection("Nested group, and then Extra route-addr")]
    assert titles == ["Nested group", "Extra route-addr"]


def test_a_text_within_another_is_not_explained_besides() -> None:
    explained = explain_rejection("553 <joe> Invalid email address")
    assert {one.title for one in explained} == {"553 <addr> Invalid email address"}


def test_the_end_of_a_long_log_is_read() -> None:
    assert explain_rejection("x" * 1_000_000 + "\nMissing local name")[0].title == "Missing local name"


def test_causes_name_rules_that_there_are() -> None:
    from sesmime.linter.catalogue import CATALOGUE

    codes = {entry.code for entry in CATALOGUE}
    for known in KNOWN_TEXTS:
        for cause in known.causes:
            assert {*cause.rules, *cause.shown_by} <= codes, known.title


def test_every_text_expected_by_an_example_of_a_rule_is_known() -> None:
    for one in SEEN:
        assert one.bad is not None
        report = lint(one.bad.message, parameters=one.bad.parameters, interface=one.bad.interface)
        for finding in report:
            if finding.rejection is not None:
                assert find_texts(finding.rejection), finding.rejection


def test_an_explanation_is_plain_data() -> None:
    explained = explain_rejection(CONTENT_TYPE, TWO_SUBJECTS)
    assert pickle.loads(pickle.dumps(explained)) == explained
    assert replace(explained[0], cause="other") == Explanation(
        title=CONTENT_TYPE,
        cause="other",
        remedy=explained[0].remedy,
        rules=("SES101",),
        evidence=Evidence.OBSERVED,
        source="https://github.com/xreef/EMailSender/issues/49",
    )


def test_the_examples_run() -> None:
    for module in (answers, identities, texts, text):
        assert doctest.testmod(module).failed == 0
