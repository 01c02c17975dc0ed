"""Messages of Python's email to bytes after edits: read by every reader as `as_bytes`, untouched parts as they were."""

from __future__ import annotations

import copy
import email
import email.policy
import random
from collections.abc import Callable
from email.message import EmailMessage, Message
from email.mime.text import MIMEText
from typing import Any

import pytest

from sesmime import InvalidField, LimitExceeded, message_from_bytes, message_to_bytes, parse
from sesmime.policy import SES
from tests import edited
from tests.corpus import corpus
from tests.mime.trees import NESTED, crlf

TEXT = b"From: a@b.example\r\nSubject: s\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
MIXED = (
    b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nX-Odd:no blank\r\n\r\none\r\n--x \r\n\r\ntwo\r\n--x--\r\n"
)


def types(raw: bytes) -> list[str]:
    return [part.content_type for part in parse(raw).walk()]


@pytest.mark.parametrize("policy", [email.policy.default, email.policy.SMTP, SES], ids=["default", "SMTP", "SES"])
@pytest.mark.parametrize("raw", [TEXT, MIXED, crlf(NESTED), crlf(NESTED).replace(b"\r\n", b"\n")])
def test_an_attachment_can_be_added_to_anything(raw: bytes, policy: Any) -> None:
    message = message_from_bytes(raw, policy=policy)
    before = [bytes(part.raw) for part in parse(raw).parts]
    message.add_attachment(b"data", maintype="application", subtype="x-data", filename="a.bin")
    written = message_to_bytes(message)
    root = parse(written)
    assert not any(part.defects for part in root.walk())
    assert types(written)[0] == "multipart/mixed"
    assert (types(written)[-1], root.parts[-1].content(), root.parts[-1].filename) == (
        "application/x-data",
        b"data",
        "a.bin",
    )
    for part in before:
        assert part in written
    assert types(written) == types(copy.deepcopy(message).as_bytes())


@pytest.mark.parametrize("name", ["related", "alternative", "mixed"])
def test_a_multipart_that_is_made_has_a_boundary(name: str) -> None:
    message = message_from_bytes(TEXT)
    getattr(message, f"make_{name}")()
    written = message_to_bytes(message)
    assert types(written) == [f"multipart/{name}", "text/plain"]
    assert bytes(parse(written).parts[0].body) == b"hi\r\n"
    assert message_to_bytes(message) == written, "a boundary by chance"
    assert message.get_boundary() is None, "writing changed the message"


def test_parts_deep_inside_are_written_with_their_own_boundary() -> None:
    message: Any = message_from_bytes(crlf(NESTED))
    attached = message.get_payload(1).get_payload(0)
    attached.set_content("inner\n")
    attached.add_alternative("<p>new", subtype="html")
    root = parse(message_to_bytes(message))
    assert [part.content_type for part in root.parts[1].walk()][:3] == [
        "message/rfc822",
        "multipart/alternative",
        "text/plain",
    ]
    assert bytes(root.parts[0].raw) == bytes(parse(crlf(NESTED)).parts[0].raw)


def test_delimiters_fit_the_boundary_that_content_type_has() -> None:
    changes: list[Callable[[Any], Any]] = [
        lambda m: m.set_boundary("y"),
        lambda m: m.replace_header("Content-Type", "multipart/mixed; boundary=y"),
        lambda m: m.del_param("boundary"),
        lambda m: m.set_param("boundary", "y z"),
    ]
    for change in changes:
        for policy in edited.POLICIES.values():
            message = message_from_bytes(MIXED, policy=policy)
            change(message)
            root = parse(message_to_bytes(message))
            assert [bytes(part.body) for part in root.parts] == [b"one", b"two"]


def test_an_empty_boundary_becomes_another() -> None:
    message: Any = message_from_bytes(MIXED.replace(b"=x", b'=""').replace(b"--x", b"--"))
    message.get_payload(0).set_payload("--\nnew\n")
    root = parse(message_to_bytes(message))
    assert root.parameters["boundary"]
    assert [bytes(part.body) for part in root.parts] == [b"--\r\nnew\r\n", b"two"]


def test_delimiters_that_fit_stay_as_they_were() -> None:
    message: Any = message_from_bytes(MIXED)
    message.set_param("report-type", "x")
    written = message_to_bytes(message)
    assert written.partition(b"\r\n\r\n")[2] == MIXED.partition(b"\r\n\r\n")[2]
    message.get_payload(0).set_payload("new\n")
    assert message_to_bytes(message).endswith(b"--x\r\nX-Odd:no blank\r\n\r\nnew\r\n\r\n--x \r\n\r\ntwo\r\n--x--\r\n")


def test_preamble_and_epilogue_are_written_as_lines_of_their_own() -> None:
    message = message_from_bytes(MIXED)
    message.preamble = "Hello"
    message.epilogue = "Bye\n"
    written = message_to_bytes(message)
    assert b"\r\n\r\nHello\r\n--x\r\n" in written
    assert written.endswith(b"--x--\r\nBye\r\n")


def test_what_is_new_has_the_line_ending_of_the_message() -> None:
    for policy in edited.POLICIES.values():
        for raw in (MIXED, MIXED.replace(b"\r\n", b"\n")):
            message: Any = message_from_bytes(raw, policy=policy)
            message["X-New"] = "new " * 40
            message.attach(MIMEText("a\nb\n"))
            written = message_to_bytes(message)
            if b"\r\n" in raw:
                assert written.count(b"\r\n") == written.count(b"\n")
            else:
                assert b"\r" not in written


def test_a_text_that_becomes_a_part_keeps_its_bytes_and_its_fields() -> None:
    part = b"Content-Type:  text/plain;\r\n\tcharset=utf-8\r\nContent-Transfer-Encoding: binary\r\n\r\na\rb\n"
    message = message_from_bytes(b"Subject: s\r\n" + part)
    message.make_mixed()
    assert bytes(parse(message_to_bytes(message)).parts[0].raw) == part


def test_a_part_after_an_empty_one_begins_a_line() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--x--\r\n"
    message: Any = message_from_bytes(raw)
    message.get_payload(0).set_payload("new")
    root = parse(message_to_bytes(message))
    assert [bytes(part.body) for part in root.parts] == [b"new"]
    assert not root.defects


def test_the_parts_of_a_broken_message_are_kept_too() -> None:
    raw = MIXED.replace(b"From:", b"From :").replace(b"two", b"Content-Type: message/rfc822\r\n\r\n two \r\nX:\r\n\r\n")
    message = message_from_bytes(raw)
    message["X-New"] = "1"
    written = message_to_bytes(message)
    assert written.partition(b"\r\n\r\n")[2] == raw.partition(b"\r\n\r\n")[2]
    message.add_attachment(b"data", maintype="application", subtype="x-data")
    assert b"X-Odd:no blank\r\n\r\none\r\n" in message_to_bytes(message)


def test_an_mbox_line_is_no_field_and_is_not_written_after_an_edit() -> None:
    raw = b"From a@b Mon Jan  1 00:00:00 2024\r\nSubject:  s\r\n\r\nhi\r\n"
    message = message_from_bytes(raw)
    message["X-New"] = "1"
    assert message_to_bytes(message) == b"Subject:  s\r\nX-New: 1\r\n\r\nhi\r\n"


@pytest.mark.parametrize("policy", edited.POLICIES.values(), ids=edited.POLICIES)
def test_what_no_bytes_can_say_is_refused(policy: Any) -> None:
    def refused(change: Any, error: type[Exception] = InvalidField) -> None:
        message = message_from_bytes(MIXED, policy=policy)
        change(message)
        with pytest.raises(error):
            message_to_bytes(message)

    refused(lambda m: m.get_payload(0).set_payload("Grüße"))
    refused(lambda m: m.get_payload(0).set_payload(5))
    refused(lambda m: m.get_payload().append("text"))
    refused(lambda m: m.set_raw("Subject", "a\r\nBcc: x@y.example"))
    refused(lambda m: m.set_raw("X\r\nBcc", "x"))
    refused(lambda m: m.get_payload().append(m), LimitExceeded)
    refused(lambda m: (m.set_raw("Content-Type", "text/plain"), m._headers.pop(1)))


def test_a_boundary_beyond_ascii_is_written_as_it_came_or_refused() -> None:
    raw = b'A: b\nContent-Type: multipart/mixed; boundary="a\xdeb"\n\n--a\xdeb\n\nx\n--a\xdeb--\n'
    for policy in edited.POLICIES.values():
        message = message_from_bytes(raw, policy=policy)
        message["X-New"] = "1"
        assert message_to_bytes(message) == raw.replace(b"\n\n", b"\nX-New: 1\n\n", 1)
        whole: Message[Any, Any] = Message(policy=policy)
        whole.set_raw("Content-Type", "multipart/mixed; boundary=\u00e9")
        whole.attach(MIMEText("a"))
        with pytest.raises(InvalidField):
            message_to_bytes(whole)


def test_the_policy_of_the_root_writes_every_part() -> None:
    message = EmailMessage(policy=SES)
    message["MIME-Version"] = "1.0"
    message.make_mixed(boundary="b")
    part: Any = MIMEText("Grüße", "plain", "utf-8")
    part["X-Part"] = "Grüße"
    message.attach(part)
    assert message_to_bytes(message) == message.as_bytes()
    assert b"X-Part: =?utf-8?b?" in message_to_bytes(message)
    assert type(part.policy) is type(email.policy.compat32)


def test_a_policy_of_7_bits_encodes_what_is_written_anew() -> None:
    raw = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
    message = message_from_bytes(raw, policy=email.policy.default.clone(cte_type="7bit"))
    assert message_to_bytes(message) == raw
    message.set_payload("Gr\udcc3\udcbc\udcc3\udc9fe!\n")
    written = message_to_bytes(message)
    assert written.isascii()
    assert parse(written).text() == "Grüße!\n"


@pytest.mark.slow
@pytest.mark.shared
def test_law_12_holds_on_every_message_of_the_corpus() -> None:
    for number, file in enumerate(corpus()):
        if file.stat().st_size < 60_000:
            edited.writes_edited(file.read_bytes(), random.Random(number))


@pytest.mark.parametrize("policy", [email.policy.default, email.policy.SMTP])
def test_a_parameter_name_that_the_library_folds_without_end_is_refused(policy: email.policy.EmailPolicy) -> None:
    """`as_bytes` of such a message does not return (CPython 3.11 to 3.13)."""
    source = b"Content-Type: text/plain; " + b"n" * 90 + b"=" + b"v" * 20 + b"\r\n\r\nHi\r\n"
    message = message_from_bytes(source, policy=policy)
    assert message_to_bytes(message) == source
    message.add_header("Content-Disposition", f"attachment; {'n' * 90}={'v' * 20}")
    with pytest.raises(InvalidField, match="so long that the library's folding does not end"):
        message_to_bytes(message)


@pytest.mark.parametrize("policy", edited.POLICIES.values())
def test_a_first_line_that_begins_with_a_blank_is_read_whatever_its_continuation_holds(policy: Any) -> None:
    source = b" x\r\n\tSun, 18 Nov 2007 00:56:28 -0800\r\nTo: a@b.example\r\n\r\nHi\r\n"
    message = message_from_bytes(source, policy=policy)
    assert message_to_bytes(message) == source
    assert message.items() == email.message_from_bytes(source, policy=policy).items()


@pytest.mark.parametrize("policy", [email.policy.default, email.policy.SMTP])
def test_a_long_name_that_the_library_does_not_read_is_no_reason_to_refuse(policy: Any) -> None:
    lines = b"Content-Type: multipart/report; report-type=delivery-status;", b"    bound" + b"x" * 150 + b"@b.example"
    message = message_from_bytes(b"\r".join((*lines, b"", b"Hi")), policy=policy)
    message.make_mixed("made")
    written = email.message_from_bytes(message_to_bytes(message))
    part = written.get_payload(0)
    assert isinstance(part, Message)
    assert part.get_param("report-type") == "delivery-status"
