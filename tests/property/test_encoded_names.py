"""What `prepare` makes of display names beyond ASCII in the parameters of every request: encoded words, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from sesmime import Interface, Mailbox, Severity, Submission, fix, lint, parse_addresses
from sesmime.handover.prepare import prepared_submission
from sesmime.mime.address_names import encode_names
from sesmime.mime.addresses import format_addresses
from tests.property.mailboxes import any_address, any_text, good_address, writable_text
from tests.ses.constraints import aws_shape

APIS = [interface for interface in Interface if interface is not Interface.SMTP]
MEMBERS = ("Source", "FromEmailAddress", "ReturnPath", "FeedbackForwardingEmailAddress", "ReplyToAddresses")
LISTS = ("ToAddresses", "CcAddresses", "BccAddresses")

name = st.sampled_from(["Kristóf", "Zoë Ek", "Ng, Zoë", "日本 語", "É" * 70, "a@é", 'Zoë "x"', " é ", "Joe", "=?é?="])
sign = st.sampled_from([" ", "", "  ", " (c) "])


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


written_name = st.one_of(name.map(quoted), st.sampled_from(["Kristóf", "Zoë é", "=?utf-8?q?a?= é", "Joe É.", "日本"]))
mailbox = st.one_of(
    st.builds("{}{}<{}>".format, written_name, sign, good_address),
    st.builds("{} ({})".format, st.just("a@b.example"), st.sampled_from(["Zoë", "Joe", "é (b) c"])),
    good_address,
)
group = st.builds("{}: {};".format, written_name, st.lists(mailbox, max_size=3).map(", ".join))
one_text = st.one_of(mailbox, mailbox, any_address, any_text, st.lists(mailbox | group, max_size=3).map(", ".join))
destination = st.fixed_dictionaries({}, optional={member: st.lists(one_text, max_size=3) for member in LISTS})
CONTENT = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
TEMPLATE = {"TemplateName": "news", "TemplateData": "{}"}
RAW = {"Data": b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n"}
REQUIRED: dict[Interface, dict[str, Any]] = {
    Interface.SEND_EMAIL: {"Message": CONTENT},
    Interface.SEND_RAW_EMAIL: {"RawMessage": RAW},
    Interface.SEND_TEMPLATED_EMAIL: {"Template": "news", "TemplateData": "{}"},
    Interface.SEND_BULK_TEMPLATED_EMAIL: {"Template": "news", "DefaultTemplateData": "{}"},
    Interface.SEND_CUSTOM_VERIFICATION_EMAIL: {"EmailAddress": "a@b.example", "TemplateName": "verify"},
    Interface.V2_SEND_EMAIL_SIMPLE: {"Content": {"Simple": CONTENT}},
    Interface.V2_SEND_EMAIL_RAW: {"Content": {"Raw": RAW}},
    Interface.V2_SEND_EMAIL_TEMPLATE: {"Content": {"Template": TEMPLATE}},
    Interface.V2_SEND_BULK_EMAIL: {"DefaultContent": {"Template": TEMPLATE}},
    Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL: {"EmailAddress": "a@b.example", "TemplateName": "verify"},
}
ENTRIES = {"Destinations": Interface.SEND_BULK_TEMPLATED_EMAIL, "BulkEmailEntries": Interface.V2_SEND_BULK_EMAIL}


@st.composite
def submissions(draw: st.DrawFn, texts: st.SearchStrategy[str] = one_text) -> Submission[Any]:
    """Return a request of any API, its addresses of every kind."""
    interface = draw(st.sampled_from(APIS))
    members: Mapping[str, Any] = aws_shape(interface).members
    request = dict(REQUIRED[interface])
    for member in MEMBERS:
        if member in members:
            request[member] = draw(st.lists(texts, max_size=2) if member.startswith("Reply") else texts)
    if "Destination" in members:
        request["Destination"] = draw(destination)
    if interface is Interface.SEND_RAW_EMAIL:
        request["Destinations"] = draw(st.lists(texts, max_size=2))
    for member, one in ENTRIES.items():
        if one is interface:
            request[member] = [{"Destination": to} for to in draw(st.lists(destination, min_size=1, max_size=2))]
    return Submission.from_request(request, interface)


def addresses(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Return the addresses of a request with their paths, in order."""
    if isinstance(value, Mapping):
        for member, one in value.items():
            if member in (*MEMBERS, *LISTS, *ENTRIES, "Destination"):
                yield from addresses(one, f"{at}.{member}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from addresses(one, f"{at}[{number}]")
    elif isinstance(value, str):
        yield at, value


def is_sound(text: str) -> bool:
    """Whether a text has no control character and no half of a character, which no encoded word may hold."""
    return not any(ord(one) < 32 or ord(one) == 127 or 0xD800 <= ord(one) < 0xE000 for one in text)


def said(text: str) -> list[tuple[str, str]]:
    return [(one.display_name, one.address) for one in parse_addresses(text)]


@pytest.mark.property
@given(submissions())
def test_after_prepare_no_display_name_in_a_parameter_is_raw(sent: Submission[Any]) -> None:
    prepared = prepared_submission(sent, lift=False)
    before, after = dict(addresses(sent.to_request())), dict(addresses(prepared.to_request()))
    assert before.keys() == after.keys()
    for path, text in after.items():
        assert said(text) == said(before[path])
        if before[path].isascii():
            assert text == before[path]
        if is_sound(before[path]):
            assert all(one.display_name.isascii() or "=?" in text for one in parse_addresses(text))
            assert not [path for one in lint(sent_again(prepared)) if one.code == "SES219" and one.parameter == path]
    shape = aws_shape(sent.interface)
    report = ParamValidator().validate(prepared.to_request(), shape)
    assert not report.has_errors() or ParamValidator().validate(sent.to_request(), shape).has_errors()


def sent_again(prepared: Any) -> Submission[Any]:
    message = prepared.message if prepared.interface.is_raw else None
    return Submission(message, prepared.parameters, prepared.interface)


@pytest.mark.property
@given(submissions(mailbox))
def test_a_mailbox_has_ascii_alone_after_prepare(sent: Submission[Any]) -> None:
    request = prepared_submission(sent).to_request()
    singles = [text for path, text in addresses(request) if path[1:] in ("Source", "FromEmailAddress", "ReturnPath")]
    assert all(text.isascii() for text in singles)


@pytest.mark.property
@given(submissions())
def test_preparing_a_request_twice_changes_nothing(sent: Submission[Any]) -> None:
    once = prepared_submission(sent)
    twice = prepared_submission(sent_again(once))
    assert twice.applied == ()
    assert twice.parameters == once.parameters
    assert twice.envelope == once.envelope
    assert twice.to_request() == once.to_request()


@pytest.mark.property
@given(submissions())
def test_lint_of_what_prepare_gives_and_its_report_agree_on_requests(sent: Submission[Any]) -> None:
    prepared = prepared_submission(sent)
    if not sent.interface.is_raw:
        assert lint(sent_again(prepared)) == prepared.report


@pytest.mark.property
@given(submissions())
def test_fix_encodes_the_names_and_makes_no_rule_louder(sent: Submission[Any]) -> None:
    done = fix(sent)
    encoded = [one for one in done.applied if one.code == "SES219"]
    if encoded:
        assert not [one for one in done.left if one.code == "SES219"]
        assert done.parameters == prepared_submission(sent, lift=False).parameters
    else:
        assert done.parameters == sent.parameters
    assert len(done.left.at_least(Severity.ERROR)) <= len(lint(sent).at_least(Severity.ERROR))
    again = fix(Submission(sent.message and done.message, done.parameters, sent.interface))
    assert (again.parameters, again.applied) == (done.parameters, ())


@pytest.mark.property
@given(st.one_of(one_text, any_text, st.lists(any_text, max_size=4).map(",".join)))
def test_encoding_names_keeps_what_is_said_and_twice_is_once(text: str) -> None:
    written = encode_names(text)
    assert said(written) == said(text)
    assert parse_addresses(written).groups == parse_addresses(text).groups
    assert encode_names(written) == written
    if text.isascii():
        assert written == text


@pytest.mark.property
@given(writable_text, good_address)
def test_a_mailbox_is_written_as_format_addresses_writes_it(name: str, address: str) -> None:
    if (
        not name.isascii()
        and "=?" not in name
        and parse_addresses(f"{quoted(name)} <{address}>").mailboxes == (Mailbox(name, address),)
    ):
        try:
            expected = format_addresses([Mailbox(name, address)])
        except ValueError:
            return
        assert encode_names(f"{quoted(name)} <{address}>") == expected
