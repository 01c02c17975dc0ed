"""Forwarding: what leaves, what is written, who receives; the messages of a well-known forwarder, and real ones."""

from __future__ import annotations

import doctest
import email
import email.policy
import sys
from email.message import Message
from pathlib import Path
from typing import Any

import boto3
import pytest

from sesmime import (
    DEFAULT_LIMITS,
    ApiParameters,
    Destination,
    Edit,
    Interface,
    InvalidAddress,
    InvalidField,
    Mailbox,
    MessageTag,
    Refused,
    SesMimeError,
    Severity,
    apply_edits,
    parse,
    parse_addresses,
    prepare_forward,
    remove_fields,
)
from sesmime.handover.forward import forward_with_report
from sesmime.handover.forwarded import Asked, rewritten
from tests.conftest import shared
from tests.corpus import corpus
from tests.servers import REGION

RECEIVED = (
    b"Return-Path: <ann@example.net>\r\n"
    b"Received: from mail.example.net by inbound-smtp.eu-west-1.amazonaws.com\r\n"
    b" for info@example.com; Fri, 21 Nov 2025 09:00:00 +0000\r\n"
    b"X-SES-Spam-Verdict: PASS\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=s; h=From:Subject;\r\n bh=AA==; b=AA==\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=amazonses.com; s=s; h=From; bh=AA==; b=AA==\r\n"
    b"X-SES-CONFIGURATION-SET: theirs\r\n"
    b"Message-ID: <1@example.net>\r\n"
    b"Sender: list@example.net\r\n"
    b"From: =?utf-8?q?Zo=C3=AB?= <zoe@example.net>\r\n"
    b"To: info@example.com, Ann <ann@example.net>\r\n"
    b"Subject: Hi\r\n"
    b"Date: Fri, 21 Nov 2025 08:59:00 +0000\r\n"
    b"\r\n"
    b"From: a line of the text\r\n"
)


def forwarded(message: bytes = RECEIVED, **options: object) -> bytes:
    prepared = prepare_forward(
        message,
        sender="us@example.com",
        destination=["me@example.org"],
        **options,  # type: ignore[arg-type]
    )
    return prepared.message


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(sys.modules["sesmime.handover.forward"]).failed == 0


def test_every_byte_of_a_forwarded_message() -> None:
    assert forwarded() == (
        b"Received: from mail.example.net by inbound-smtp.eu-west-1.amazonaws.com\r\n"
        b" for info@example.com; Fri, 21 Nov 2025 09:00:00 +0000\r\n"
        b"From: =?utf-8?q?Zo=C3=AB_=28zoe_at_example=2Enet=29?= <us@example.com>\r\n"
        b"To: info@example.com, Ann <ann@example.net>\r\n"
        b"Subject: Hi\r\n"
        b"Date: Fri, 21 Nov 2025 08:59:00 +0000\r\n"
        b"Reply-To: =?utf-8?q?Zo=C3=AB?= <zoe@example.net>\r\n"
        b"\r\n"
        b"From: a line of the text\r\n"
    )


def test_the_parameters_name_our_identity_and_our_recipients_alone() -> None:
    prepared = prepare_forward(RECEIVED, sender="us@example.com", destination=["me@example.org"])
    assert prepared.parameters == ApiParameters(
        source="us@example.com", destination=Destination(to=("me@example.org",))
    )
    assert prepared.envelope.recipients == ("me@example.org",)
    assert prepared.to_request()["Destinations"] == ["me@example.org"]


def test_on_the_api_v2_the_field_says_who_sends_because_the_parameter_would_take_its_place() -> None:
    prepared = prepare_forward(
        RECEIVED,
        sender="us@example.com",
        destination=Destination(bcc=("me@example.org",)),
        interface=Interface.V2_SEND_EMAIL_RAW,
        parameters=ApiParameters(configuration_set="forwards", message_tags=(MessageTag("kind", "forward"),)),
    )
    assert prepared.parameters.source is None
    assert prepared.envelope.sender == "us@example.com"
    assert prepared.parameters.destination == Destination(bcc=("me@example.org",))
    assert prepared.parameters.configuration_set == "forwards"


def test_what_the_sender_smuggled_in_is_no_setting() -> None:
    smuggled = (
        b"X-SES-MESSAGE-TAGS : a=1\r\nX-Note: b\rX-SES-TENANT: theirs\r\n"
        b"x-ses-source-arn: arn:aws:ses:eu-west-1:123456789012:identity/example.com\r\n"
    )
    prepared = prepare_forward(smuggled + RECEIVED, sender="us@example.com", destination=["me@example.org"])
    assert b"x-ses-" not in prepared.message.lower()
    resolution = prepared.resolution
    assert (resolution.message_tags, resolution.tenant, resolution.source_arn) == (None, None, None)
    assert prepared.parameters.message_tags is None


def test_a_reply_to_stays_the_first_and_a_given_one_wins() -> None:
    message = b"Reply-To: Desk <desk@example.net>\r\nReply-To: other@example.net\r\n" + RECEIVED
    assert b"\r\nReply-To: " not in forwarded(message)
    assert forwarded(message).startswith(b"Reply-To: Desk <desk@example.net>\r\n")
    assert forwarded(message, reply_to=["us@example.com"]).startswith(b"Reply-To: us@example.com\r\n")


def test_the_display_name_of_our_mailbox_is_kept() -> None:
    prepared = prepare_forward(RECEIVED, sender=Mailbox("The Desk", "us@example.com"), destination=["me@example.org"])
    assert parse(prepared.message).header_section.first("From").body == "The Desk <us@example.com>"  # type: ignore[union-attr]


def test_the_authors_address_in_the_name_has_no_at_sign() -> None:
    message = RECEIVED.replace(b"=?utf-8?q?Zo=C3=AB?= <zoe@example.net>", b"zoe@example.net")
    (mailbox,) = parse_addresses(parse(forwarded(message)).header_section.first("From").body)  # type: ignore[union-attr]
    assert mailbox == Mailbox("zoe at example.net", "us@example.com")


def test_to_and_subject_are_rewritten_when_asked() -> None:
    message = forwarded(to=["Me <me@example.org>"], subject_prefix="[fwd] ")
    assert b"\r\nTo: Me <me@example.org>\r\n" in message
    assert b"\r\nSubject: [fwd] Hi\r\n" in message


def test_addresses_that_ses_would_refuse_leave_the_visible_fields() -> None:
    message = RECEIVED.replace(b"To: info@example.com", b"To: undisclosed, info@example.com")
    assert b"\r\nTo: info@example.com, Ann <ann@example.net>\r\n" in forwarded(message)
    hopeless = RECEIVED.replace(b"To: info@example.com, Ann <ann@example.net>", b"To: undisclosed")
    assert b"\r\nTo:" not in forwarded(hopeless)


def test_repeats_leave_and_lines_that_are_no_fields_become_some() -> None:
    message = RECEIVED.replace(
        b"Subject: Hi\r\n",
        b"no field\r\nNo Name : at all\r\n: empty\r\nSubject: Hi\r\nSubject: Ho\r\nsubject : Hu\r\n",
    )
    lines = b"X-Received-Line: no field\r\nX-Received-Line: No Name : at all\r\nX-Received-Line: empty\r\n"
    assert forwarded(message) == forwarded().replace(b"Subject: Hi\r\n", lines + b"Subject: Hi\r\n")


@pytest.mark.parametrize(
    ("received", "body"),
    [
        (b"hi", b"hi"),
        (b"From: ann@example.net\nTo: us@example.com\nHello Bob\n\nMore\n", b"Hello Bob\n\nMore\n"),
        # Without an empty line what looks like a field may be text as well.
        (b"From: ann@example.net\nHello Bob\nNote: x\nBye", b"Hello Bob\nNote: x\nBye"),
        (b"From: ann@example.net\nno field\nSubject: x\n\nHi\n", b"Hi\n"),
        (b"From ann@example.net Fri Nov 21 09:00:00 2025\nFrom: ann@example.net\n\nHi\n", b"Hi\n"),
        (b"Hello\nX-SES-TENANT: theirs\nBye", b"Hello\nBye"),
        (b"Hello Bob\n\nMore\n", b"Hello Bob\n\nMore\n"),
        # After a line of text a word and a colon are text, and a name with a hyphen is one.
        (b"From: ann@example.net\nno field\nSubject: x\nNote: y\n\nHi\n", b"Note: y\n\nHi\n"),
        (b"From: ann@example.net\nno field\nX-Note: y\n\nHi\n", b"Hi\n"),
    ],
)
def test_text_that_runs_on_from_the_fields_is_kept(received: bytes, body: bytes) -> None:
    made = forward_with_report(received, sender="us@example.com", destination=["me@example.org"])
    assert bytes(parse(made.message).body) == body
    assert made.resolution.tenant is None
    assert {field.name for field in made.removed}.isdisjoint({"Note", "X-Note"})


ANN = b"From: ann@example.net\r\n"


@pytest.mark.parametrize(
    ("received", "kept", "told"),
    [
        (ANN + b"no field here\r\n", b"X-Received-Line: no field here\r\n", ""),
        (ANN + b"please note this: it is text\r\n", b"X-Received-Line: please note this: it is text\r\n", ""),
        (ANN + b": said\r\n", b"X-Received-Line: said\r\n", ""),
        (ANN + b": \r\n", b"", ""),
        (ANN + b"no\0field\r\n", b"", r"a line that is no field cannot be kept: 'no\x00field"),
        (ANN + b"x" * 981 + b"\r\n", b"X-Received-Line: " + b"x" * 981 + b"\r\n", ""),
        (ANN + b"x" * 990 + b"\r\n", b"", "a line that is no field cannot be kept: 'xxx"),
        (ANN + b"To:  \r\n", b"", ""),
        (ANN + b"To: some one\r\n", b"", "not all of To can be written: 'some one'"),
        (
            ANN + b"To : Bob <bob@example.net>, some one\r\n",
            b"To: Bob <bob@example.net>\r\n",
            "not all of To can be written: 'Bob <bob@example.net>, some one'",
        ),
        (ANN + b"X-Note \t: y\r\n", b"X-Note: y\r\n", ""),
        (ANN + b"X-Note: y\r\n \t\r\n z\r\n", b"X-Note: y\r\n z\r\n", ""),
    ],
)
def test_what_some_reader_takes_for_text_is_kept_as_a_field_or_told(received: bytes, kept: bytes, told: str) -> None:
    message = received + b"Subject: x\r\n\r\nHi\r\n"
    made = forward_with_report(message, sender="us@example.com", destination=["me@example.org"])
    sender = b'From: "ann at example.net" <us@example.com>\r\n'
    assert made.message == sender + kept + b"Subject: x\r\nReply-To: ann@example.net\r\n\r\nHi\r\n"
    notes = [finding.message for finding in made.report if finding.code == "SES217"]
    assert [note[: len(told)] for note in notes] == ([told] if told else [])


@pytest.mark.parametrize(
    ("received", "author", "answers", "told"),
    [
        (b"From: \r\nSender: bob@example.net", "bob at example.net", "bob@example.net", False),
        (ANN + b"Reply-To: \r\nReply-To: desk@example.net", "ann at example.net", "desk@example.net", False),
        (ANN + b"Reply-To: desk@example.net, no one", "ann at example.net", "desk@example.net", True),
        (ANN + b"Reply-To: no one", "ann at example.net", "ann@example.net", True),
        (b"From: ann@example.net, some one", "ann at example.net, some one", "ann@example.net", True),
        (
            b"From: Ann (the boss) <ann@example.net>",
            "Ann (the boss) <ann at example.net>",
            "Ann <ann@example.net>",
            False,
        ),
        # An address with which SES would refuse the whole field.
        (b"From: a@-b-.example, ann@example.net", "a at -b-.example, ann at example.net", "ann@example.net", True),
        (
            b'From: "a\\\\"@b.example, ann@example.net',
            '"a\\\\" at b.example, ann at example.net',
            "ann@example.net",
            True,
        ),
    ],
)
def test_the_author_is_named_in_full_and_answers_go_to_who_can_be_written(
    received: bytes, author: str, answers: str, told: bool
) -> None:
    message = received + b"\r\nSubject: x\r\n\r\nHi\r\n"
    made = forward_with_report(message, sender="us@example.com", destination=["me@example.org"])
    section = parse(made.message).header_section
    assert [mailbox for field in section.all("From") for mailbox in parse_addresses(field.body)] == [
        Mailbox(author, "us@example.com")
    ]
    assert [field.body for field in section.all("Reply-To")] == [answers]
    assert ("SES217" in {finding.code for finding in made.report}) is told


def test_of_lines_that_are_no_fields_those_that_are_kept_have_not_left() -> None:
    received = ANN + b"this: is kept\r\nthis one: too\r\n: \r\nSubject: x\r\n\r\nHi\r\n"
    made = forward_with_report(received, sender="us@example.com", destination=["me@example.org"])
    assert [field.raw for field in made.removed] == [b": \r\n"]


def test_of_two_cc_fields_the_first_stays() -> None:
    made = forwarded(ANN + b"Cc: bob@example.net\r\nCc: eve@example.net\r\n\r\nHi\r\n")
    assert [field.body for field in parse(made).header_section.all("Cc")] == ["bob@example.net"]


def test_a_message_that_names_nobody_is_from_us_and_answers_come_to_us() -> None:
    made = forward_with_report(b"Subject: x\r\n\r\nHi\r\n", sender="us@example.com", destination=["me@example.org"])
    assert made.message == b"Subject: x\r\nFrom: us@example.com\r\n\r\nHi\r\n"
    assert [finding.message for finding in made.report if finding.code == "SES216"] == [
        "no Reply-To could be written, answers come to us"
    ]


def test_names_are_shortened_to_what_ses_takes_and_the_authors_is_told() -> None:
    name = b"x" * 400
    received = b"From: " + name + b" <ann@example.net>\r\nTo: " + name + b" <bob@example.net>\r\n"
    made = forward_with_report(received, sender="us@example.com", destination=["me@example.org"])
    for field, address in (("From", "us@example.com"), ("To", "bob@example.net"), ("Reply-To", "ann@example.net")):
        (found,) = parse(made.message).header_section.all(field)
        (mailbox,) = parse_addresses(found.body)
        assert mailbox.address == address
        assert mailbox.display_name.startswith("x" * 200)
        assert mailbox.display_name.endswith("x…")
    assert [finding.message for finding in made.report if finding.code == "SES217"] == [
        "the author's name is shortened to 231 characters: SES takes no more"
    ]


def test_a_line_that_is_no_field_is_not_decoded_with_a_body_in_base64() -> None:
    received = ANN + b"Content-Transfer-Encoding: base64\r\nnot here\r\n\r\nSGk=\r\n"
    made = forward_with_report(received, sender="us@example.com", destination=["me@example.org"])
    assert parse(made.message).text() == "Hi"
    assert b"\r\nX-Received-Line: not here\r\n" in made.message


def test_past_the_limit_every_field_is_kept() -> None:
    asked = Asked(sender=Mailbox("", "us@example.com"), to=(), reply_to=(), subject_prefix="")
    many = b"X-A: b\r\n" * DEFAULT_LIMITS.fields
    assert rewritten(ANN + many + b"\r\n", asked).message == (
        b'From: "ann at example.net" <us@example.com>\r\n' + many + b"Reply-To: ann@example.net\r\n\r\n"
    )


def test_a_line_of_blanks_before_text_is_of_the_text() -> None:
    received = ANN + b"Subject: x\r\n \t\r\nHello Bob\r\n\r\nHi\r\n"
    made = forward_with_report(received, sender="us@example.com", destination=["me@example.org"])
    assert bytes(parse(made.message).body) == b" \t\r\nHello Bob\r\n\r\nHi\r\n"


def test_the_fields_that_left_are_told_by_name() -> None:
    received = RECEIVED.replace(b"Subject:", b"Subject: old\r\nSubject:")
    told = {
        field.name
        for field in forward_with_report(received, sender="us@example.com", destination=["a@b.example"]).removed
    }
    assert {"Return-Path", "X-SES-Spam-Verdict", "Subject"} <= told
    assert told.isdisjoint({"From", "To", "Received"})


def test_of_two_lines_alike_one_that_stands_in_the_text_now_is_not_told_as_gone_and_the_other_is() -> None:
    line = b"Sender: ann@example.net\r\n"
    received = line + b"From: zoe@example.net\r\nHello Bob,\r\n" + line
    made = forward_with_report(received, sender="us@example.com", destination=["a@b.example"])
    assert bytes(parse(made.message).body) == b"Hello Bob,\r\n" + line
    assert [field.raw for field in made.removed] == [line]


def test_that_those_in_to_do_not_receive_it_is_no_finding() -> None:
    made = forward_with_report(RECEIVED, sender="us@example.com", destination=["a@b.example"])
    assert "SES204" not in {finding.code for finding in made.report}


def test_a_message_in_lf_stays_in_lf() -> None:
    done = forwarded(RECEIVED.replace(b"\r\n", b"\n"))
    assert b"\r" not in done
    assert done == forwarded().replace(b"\r\n", b"\n")


@pytest.mark.parametrize("sender", ["us@example.com\r\nBcc: x@example.org", "Ann\r\n <us@example.com>"])
def test_a_sender_with_a_line_break_is_refused(sender: str) -> None:
    with pytest.raises((InvalidAddress, InvalidField)):
        prepare_forward(RECEIVED, sender=sender, destination=["me@example.org"])


def test_a_prefix_with_a_line_break_is_refused() -> None:
    with pytest.raises(InvalidField):
        forwarded(subject_prefix="a\r\nBcc: x@example.org\r\n")


def test_a_line_break_in_the_authors_name_stays_inside_the_name() -> None:
    message = RECEIVED.replace(b"=?utf-8?q?Zo=C3=AB?=", b"=?utf-8?q?Zo=0D=0ABcc=3A_x=40example=2Eorg?=")
    names = [field.name for field in parse(forwarded(message)).header_section]
    assert names == ["Received", "From", "To", "Subject", "Date", "Reply-To"]


def test_nobody_to_send_to_is_an_error() -> None:
    with pytest.raises(SesMimeError, match="destination"):
        prepare_forward(RECEIVED, sender="us@example.com", destination=[])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"destination": "me@example.org"}, "destination must be a list of str, not one str"),
        ({"to": "team@example.com"}, "to must be a list of addresses, not one str"),
        ({"to": Mailbox("", "team@example.com")}, "to must be a list of addresses, not one Mailbox"),
        ({"reply_to": "desk@example.com"}, "reply_to must be a list of addresses, not one str"),
        ({"subject_prefix": 3}, "subject_prefix must be a str, not int"),
    ],
)
def test_an_argument_of_another_type_is_told_by_its_name(wrong: dict[str, Any], told: str) -> None:
    given: dict[str, Any] = {"sender": "us@example.com", "destination": ["me@example.org"], **wrong}
    with pytest.raises(TypeError, match=f"^{told}$"):
        prepare_forward(RECEIVED, **given)


def test_what_ses_would_still_refuse_is_refused() -> None:
    with pytest.raises(Refused):
        forwarded(RECEIVED.replace(b"Subject: Hi", b"Content-Type: text"))


def test_forwarding_a_forwarded_message_changes_nothing_but_answers() -> None:
    again = prepare_forward(
        forwarded(), sender=Mailbox("Zoë (zoe at example.net)", "us@example.com"), destination=["me@example.org"]
    )
    assert again.message == forwarded()


# Messages of others


EDITS_OF_THE_FORWARDER = ("Return-Path", "Sender", "Message-ID", "DKIM-Signature")


def as_the_forwarder(message: bytes, *, name: bytes, sender: bytes, to: bytes = b"", prefix: bytes = b"") -> bytes:
    """Do with edits what arithmetric/aws-lambda-ses-forwarder does with regular expressions."""
    section = parse(message).header_section
    author = section.first("From")
    assert author is not None
    value = author.raw.partition(b":")[2].lstrip()
    edits = [Edit(author.span, b"From: " + name + b" <" + sender + b">\n")]
    subject, recipient = section.first("Subject"), section.first("To")
    if prefix and subject is not None:
        edits.append(Edit(subject.span, b"Subject: " + prefix + subject.raw.partition(b":")[2].lstrip()))
    if to and recipient is not None:
        edits.append(Edit(recipient.span, b"To: " + to + b"\n"))
    if "Reply-To" not in section:
        edits.append(Edit(type(author.span)(section.span.stop, section.span.stop), b"Reply-To: " + value))
    return remove_fields(apply_edits(message, edits), *EDITS_OF_THE_FORWARDER)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("source", "expected", "options"),
    [
        ("message.txt", "message.processed.txt", {}),
        ("message.replyto_case.txt", "message.replyto_case.processed.txt", {}),
        (
            "message.from_multiline.source.txt",
            "message.from_multiline.processed.txt",
            {"name": b'"Unicode =?UTF-8?B?8J+YiiBuYW1l?="', "sender": b"noreply@example.com"},
        ),
        ("message.txt", "message.fromemail.txt", {"name": b"Betsy", "sender": b"noreply@example.com"}),
        ("message.txt", "message.subjectprefix.txt", {"prefix": b"[PREFIX] "}),
        ("message.txt", "message.toemail.txt", {"to": b"actualTarget@example.com"}),
    ],
    ids=["plain", "reply-to", "folded-from", "other-sender", "subject-prefix", "other-to"],
)
def test_edits_give_what_a_well_known_forwarder_gives(source: str, expected: str, options: dict[str, bytes]) -> None:
    folder = shared("corpus", "aws-lambda-ses-forwarder", "messages")
    given = {"name": b"Betsy at betsy@example.com", "sender": b"info@example.com"} | options
    assert as_the_forwarder((folder / source).read_bytes(), **given) == (folder / expected).read_bytes()


def reads_without_defect(message: bytes) -> Message | None:
    try:
        read = email.message_from_bytes(message, policy=email.policy.SMTP)
        for part in read.walk():
            if part.defects or any(getattr(value, "defects", ()) for value in part.values()):
                return None
    except Exception:  # noqa: BLE001, the library raises on what it cannot read
        return None
    return read


@pytest.mark.slow
@pytest.mark.shared
def test_real_messages_can_be_forwarded(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[Path] = []
    refused: list[tuple[Path, str]] = []
    for file in corpus():
        message = file.read_bytes()
        if b"\r" in message.replace(b"\r\n", b"") or reads_without_defect(message) is None:
            continue
        prepared = forward_with_report(
            message,
            sender="us@example.com",
            destination=["me@example.org"],
            interface=Interface.V2_SEND_EMAIL_RAW,
        )
        errors = prepared.report.at_least(Severity.ERROR)
        done.append(file)
        if errors:
            refused.append((file, errors[0].code))
        sent = parse(prepared.message)
        assert b"x-ses-" not in bytes(sent.raw[: sent.body_span.start]).lower()
        assert [one.address for one in parse_addresses(sent.header_section.first("From").body)] == ["us@example.com"]  # type: ignore[union-attr]
    with capsys.disabled():
        print(
            f" [{len(done)} messages forwarded, {len(refused)} of them refused: {sorted({c for _, c in refused})}]",
            end="",
        )
    assert len(done) > 500
    assert len(refused) <= len(done) // 20


@pytest.mark.slow
@pytest.mark.edges
@pytest.mark.shared
def test_a_server_takes_real_messages_once_they_are_forwarded(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client = boto3.client(
        "ses",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
    )
    client.verify_email_identity(EmailAddress="us@example.com")
    taken = refused = 0
    for file in corpus()[::5]:
        try:
            prepared = prepare_forward(file.read_bytes(), sender="us@example.com", destination=["me@example.org"])
        except Refused:
            refused += 1
            continue
        if not prepared.message.isascii():
            continue  # moto reads what it is sent as UTF-8
        assert client.send_raw_email(**prepared.to_request())["MessageId"], file
        taken += 1
    with capsys.disabled():
        print(f" [{taken} forwarded messages taken, {refused} refused before]", end="")
    assert taken > 100
    assert refused < taken // 10
