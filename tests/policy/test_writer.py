"""Messages of Python's email to bytes after edits: read by every reader as `as_bytes`, untouched parts as they were."""

from __future__ import annotations

import copy
import email
import email.policy
import random
import re
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
from tests.policy.trees import difference

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


def test_a_part_of_a_broken_message_keeps_its_body_behind_another_type() -> None:
    raw = MIXED.partition(b"--x--")[0].replace(b"one", b"o\rn\ne")
    written = message_to_bytes(changed(raw, lambda m: m.get_payload(0).__setitem__("Content-Type", "text/x-log")))
    assert b"Content-Type: text/x-log\r\n\r\no\rn\ne\r\n--x\r\n" in written


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


def changed(raw: bytes, change: Callable[[Any], object]) -> EmailMessage:
    message = message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    change(message)
    return message


REPORT = (
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n\r\nfailed\r\n--r\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a.example\r\n\r\n"
    b"Final-Recipient: rfc822; b@c.example\r\n\r\n--r--\r\n"
)
# At the lone CR the library sees the delimiter line that closes; what follows is its epilogue.
CLOSED_TWICE = MIXED.replace(b"X-Odd:no blank\r\n", b"").replace(b"two", b"two\r--x--\r\n\r\nepilogue")
SIGNED = (
    b"Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\nContent-Type: text/plain\r\n\r\none\r\n"
    b"--s\r\nContent-Type: application/x\r\n\r\nsignature\r\n--s--\r\n"
)


@pytest.mark.parametrize(
    ("raw", "change"),
    [
        (REPORT, lambda m: m.get_payload(1).get_payload(1).__setitem__("X-New", "y")),
        (REPORT, lambda m: m.get_payload(1).get_payload(0).__setitem__("X-New", "y")),
        (SIGNED, lambda m: m.get_payload(0).__setitem__("X-Long", "word " * 30 + "end")),
        (b"Content-Type: multipart/mixed; boundary=b\r\n", lambda m: m.set_payload(None)),
        (b"Subject: s\r\n\r\nhi\r\n", lambda m: (m.add_header("Content-Type", "multipart/x"), m.set_payload([]))),
        (b"Subject: s\r\n", lambda m: m.set_payload(None)),
        (MIXED.partition(b"\r\n--x--")[0], lambda m: m.get_payload(0).__setitem__("X-New", "1")),
        (b" first\r\n second: b\r\nx:\r\nTo: a@b.example\r\n\r\nhi\r\n", lambda m: m.__setitem__("X-New", "1")),
        (b" first\r\n second\r\nx:\r\nTo: a@b.example\r\n\r\nhi\r\n", lambda m: m.__setitem__("X-New", "1")),
        (b" first\r\n second: b\r\nX: y\r\n--c\r\nhi\r\n", lambda m: m.__setitem__("X-New", "1")),
        (CLOSED_TWICE, lambda m: m.get_payload(1).set_payload("new")),
        (MIXED.partition(b"--x--")[0], lambda m: m.attach(message_from_bytes(TEXT))),
        (b"Subject: s", lambda m: m.__setitem__("X-New", "1")),
    ],
    ids=[
        *("status", "status before", "signed", "no parts", "no parts of a text", "no body", "not closed"),
        *("a field left out", "lines left out", "a field left out before a body", "closed by a lone CR"),
        *("a part after one that is not closed", "no line end"),
    ],
)
def test_what_was_changed_is_written_as_the_library_writes_it(raw: bytes, change: Callable[[Any], object]) -> None:
    message = changed(raw, change)
    if not message.get_boundary() and message.is_multipart():
        message.set_boundary("b")
    written = message_to_bytes(message)
    theirs = copy.deepcopy(message).as_bytes()
    assert difference(email.message_from_bytes(written), email.message_from_bytes(theirs)) is None
    assert [line.strip() for line in written.split(b"\r\n") if line.strip()] == [
        line.replace(b"X-Odd: no", b"X-Odd:no").strip() for line in theirs.split(b"\r\n") if line.strip()
    ]


def test_after_an_empty_part_that_has_a_field_now_its_delimiter_begins_a_line() -> None:
    raw = MIXED.replace(b"X-Odd:no blank\r\n\r\none\r\n", b"\r\n")
    written = message_to_bytes(changed(raw, lambda m: m.get_payload(0).__setitem__("X-New", "1")))
    assert written == raw.replace(b"--x\r\n\r\n", b"--x\r\nX-New: 1\r\n\r\n", 1)


def test_after_a_part_that_was_cut_off_at_its_first_delimiter_the_outer_one_begins_a_line() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n"
        b"--y\r\n--x\r\n\r\ntwo\r\n--x--\r\n"
    )
    written = message_to_bytes(changed(raw, lambda m: m.get_payload(0).__setitem__("X-New", "1")))
    new = raw.replace(b"=y\r\n", b"=y\r\nX-New: 1\r\n")
    assert written == new.replace(b"--y\r\n--x", b"--y\r\n\r\n--x")


def test_a_body_with_a_lone_cr_before_hyphens_stays_as_it_was() -> None:
    raw = TEXT.replace(b"hi", b"hi\r--x")
    written = message_to_bytes(changed(raw, lambda m: m.__setitem__("X-New", "1")))
    assert written == raw.replace(b"\r\n\r\n", b"\r\nX-New: 1\r\n\r\n")


def test_a_lone_cr_before_a_delimiter_is_read_as_the_library_reads_it() -> None:
    raw = MIXED.replace(b"one\r\n", b"one\r--x\r\n\r\nmore\r\n")
    message = changed(raw, lambda m: m.__setitem__("X-New", "1"))
    written = email.message_from_bytes(message_to_bytes(message))
    assert difference(written, email.message_from_bytes(copy.deepcopy(message).as_bytes())) is None
    assert len(written.get_payload()) == 3


def test_an_attached_message_stays_as_it_was_behind_another_field() -> None:
    raw = b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\nSubject: inner\n\nhi\r\n"
    written = message_to_bytes(changed(raw, lambda m: m.__setitem__("X-New", "1")))
    assert written == raw.replace(b"rfc822\r\n", b"rfc822\r\nX-New: 1\r\n")


def test_a_message_that_becomes_a_part_of_another_keeps_its_bytes() -> None:
    raw = MIXED.replace(b"\r\n", b"\n")
    message = EmailMessage(policy=SES)
    message["Subject"] = "s"
    message.make_mixed(boundary="outer")
    message.attach(message_from_bytes(raw))
    assert bytes(parse(message_to_bytes(message)).parts[0].raw) == raw


def test_a_body_that_is_set_to_what_it_was_keeps_its_bytes() -> None:
    raw = TEXT.replace(b"hi", b"h\ri\n")
    text = "".join(list("h\ri\n\r\n"))
    message = message_from_bytes(raw)
    assert message.get_payload() == text
    message.set_payload(text)
    assert message_to_bytes(message) == raw


def test_each_of_two_fields_that_say_the_same_keeps_its_own_bytes() -> None:
    raw = b"X-A: a\r\nX-A:  a\r\nX-A:a\r\n\r\nhi\r\n"
    message = message_from_bytes(raw)
    message["X-New"] = "1"
    assert message_to_bytes(message) == raw.replace(b"\r\n\r\n", b"\r\nX-New: 1\r\n\r\n")


def test_a_boundary_that_is_made_follows_from_the_parts() -> None:
    made = set()
    for raw in (TEXT, TEXT, TEXT.replace(b"hi", b"ho")):
        message = message_from_bytes(raw)
        message.make_mixed()
        made.add(parse(message_to_bytes(message)).parameters["boundary"])
    assert len(made) == 2


@pytest.mark.parametrize("name", ["Content-Type", "Content-Transfer-Encoding"])
def test_a_body_that_has_another_type_or_encoding_stands_behind_an_empty_line(name: str) -> None:
    raw = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\nno field\r\n"
    message = changed(raw, lambda m: m.__delitem__(name))
    assert message_to_bytes(message) == copy.deepcopy(message).as_bytes()


def test_a_multipart_whose_type_was_set_as_it_is_has_a_version_too() -> None:
    message = EmailMessage(policy=SES)
    message.set_raw("Content-Type", "multipart/mixed; boundary=b")
    message.attach(message_from_bytes(TEXT))
    assert message_to_bytes(message).startswith(
        b"Content-Type: multipart/mixed; boundary=b\r\nMIME-Version: 1.0\r\n\r\n"
    )


def test_a_hundred_levels_are_written_and_one_more_is_refused() -> None:
    message = message_from_bytes(b"Content-Type: message/rfc822\r\n\r\n" * 98 + TEXT)
    whole = EmailMessage(policy=SES)
    whole.make_mixed(boundary="b")
    whole.attach(message)
    assert len(list(parse(message_to_bytes(whole)).walk())) == 100
    more = EmailMessage(policy=SES)
    more.make_mixed(boundary="c")
    more.attach(whole)
    with pytest.raises(LimitExceeded, match="levels"):
        message_to_bytes(more)


def test_the_field_that_is_refused_is_told_with_the_reason_of_the_policy() -> None:
    message = EmailMessage(policy=SES)
    message.set_raw("Subject", "a\0b")
    with pytest.raises(InvalidField) as raised:
        message_to_bytes(message)
    assert (raised.value.name, raised.value.reason) == ("Subject", "its body contains the control character '\\x00'")


@pytest.mark.parametrize("control", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
@pytest.mark.parametrize("policy", edited.POLICIES.values(), ids=edited.POLICIES)
def test_no_control_of_a_field_that_was_read_becomes_a_line_end(policy: Any, control: str) -> None:
    """`str.splitlines` of the library's folding ends a line at each of them (CPython 3.11)."""
    field = f"X-A: a{control}Bcc: v@example.net\r\n\r\n".encode()
    for raw in (b"Subject: s\r" + field, CLOSED_TWICE.replace(b"--x \r\n\r\n", b"--x \r\n" + field)):
        message: Any = message_from_bytes(raw, policy=policy)
        assert message_to_bytes(message) == raw
        message["X-New"] = "1"
        if message.is_multipart():
            message.get_payload(1)["X-New"] = "1"
        try:
            written = message_to_bytes(message)
        except InvalidField as error:
            assert error.name == "X-A"  # noqa: PT017, on some Pythons it is written
        else:
            assert not re.search(rb"^Bcc", written, re.MULTILINE)


def test_octets_without_a_charset_stay_under_a_policy_of_7_bits() -> None:
    raw = b"Content-Type: text/plain\r\n\r\nGr\xfc\xdfe\r\n"
    message = message_from_bytes(raw, policy=email.policy.SMTP.clone(cte_type="7bit"))
    message.set_payload("Gr\udcfc\udcdfe!\n")
    assert message_to_bytes(message) == raw.replace(b"e\r\n", b"e!\r\n").replace(b"pe!", b"pe")


def test_what_is_no_message_is_a_type_error_and_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^a message of Python's email is wanted, not bytes$"):
        message_to_bytes(TEXT)  # type: ignore[arg-type]
    empty = EmailMessage()
    empty["Content-Type"] = "message/rfc822"
    empty.set_payload([])
    with pytest.raises(InvalidField, match="a body of message holds no message"):
        message_to_bytes(empty)
    odd = EmailMessage()
    odd.set_raw("Content-Type", 5)
    odd.set_payload("x")
    with pytest.raises(InvalidField, match="Python's email does not read what it says"):
        message_to_bytes(odd)


def test_a_field_that_the_policy_does_not_make_is_refused_however_long_its_parameters() -> None:
    def factory(name: str, value: str) -> Any:
        raise ValueError(name)

    message = EmailMessage(policy=email.policy.default.clone(header_factory=factory))
    message.set_raw("Content-Disposition", f"attachment; {'n' * 90}={'v' * 20}")
    with pytest.raises(InvalidField, match=r"the policy does not write it \(ValueError\)$"):
        message_to_bytes(message)
