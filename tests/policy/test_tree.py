"""Python's tree from spans, and back: the same tree as the library's, the same bytes as were read."""

from __future__ import annotations

import copy
import email
import email.policy
import pickle
from email.message import EmailMessage, Message
from typing import Any

import pytest

from sesmime import LimitExceeded, message_from_bytes, message_to_bytes, parse
from sesmime.policy import SES
from tests.conftest import shared
from tests.corpus import corpus, variants
from tests.mime.trees import NESTED, crlf
from tests.policy.trees import BROKEN, SOUND, difference

POLICIES = {"compat32": email.policy.compat32, "default": email.policy.default, "SMTP": email.policy.SMTP}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("message", BROKEN + SOUND)
def test_the_tree_is_the_library_s_and_the_bytes_are_kept(message: bytes, policy: Any) -> None:
    ours = message_from_bytes(message, policy=policy)
    assert difference(ours, email.message_from_bytes(message, policy=policy)) is None
    assert message_to_bytes(ours) == message


class Text(str):
    """What a policy may make of a value."""


class OwnPolicy(email.policy.EmailPolicy):
    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, Text(value)


class OwnFetch(email.policy.EmailPolicy):
    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value.replace("boundary=b", "boundary=c"))


class OwnMessage(EmailMessage):
    pass


@pytest.mark.parametrize("policy", [OwnPolicy(), OwnFetch(), OwnPolicy(message_factory=OwnMessage)])
@pytest.mark.parametrize("message", [BROKEN[11], BROKEN[11].replace(b"--b", b"--c")])
def test_what_others_make_of_fields_and_messages_is_theirs(message: bytes, policy: Any) -> None:
    ours, theirs = message_from_bytes(message, policy=policy), email.message_from_bytes(message, policy=policy)
    assert difference(ours, theirs) is None
    assert [type(part) for part in ours.walk()] == [type(part) for part in theirs.walk()]
    assert message_to_bytes(ours) == message


@pytest.mark.slow
@pytest.mark.shared
def test_every_tree_of_the_corpus_is_the_library_s(capsys: pytest.CaptureFixture[str]) -> None:
    compared = 0
    for file in corpus() + sorted(shared("attacks").glob("*.eml")):
        for message in variants(file.read_bytes()):
            for policy in POLICIES.values():
                theirs = email.message_from_bytes(message, policy=policy)
                ours = message_from_bytes(message, policy=policy)
                assert difference(ours, theirs) is None, (file, policy)
                assert message_to_bytes(ours) == message, file
                compared += 1
            assert message_to_bytes(message_from_bytes(message)) == message, file
    with capsys.disabled():
        print(f" [{compared} trees compared with the library, 0 differences]", end="")


def test_the_default_policy_is_ours_and_the_class_the_policy_s() -> None:
    message = message_from_bytes(b"X-SES-TENANT: acme\r\n\r\n")
    assert type(message) is EmailMessage
    assert message.policy is SES
    assert type(message_from_bytes(b"\r\n", policy=email.policy.compat32)) is Message


def test_a_changed_field_changes_its_own_bytes_alone() -> None:
    raw = b"Received: by  a\r\n\tb\r\nSubject: one\r\nX-Odd:no blank\r\n\r\nbody\r\n"
    message = message_from_bytes(raw)
    message.replace_header("Subject", "two")
    assert message_to_bytes(message) == raw.replace(b"one", b"two")
    del message["X-Odd"]
    message["X-New"] = "here"
    assert message_to_bytes(message) == b"Received: by  a\r\n\tb\r\nSubject: two\r\nX-New: here\r\n\r\nbody\r\n"


def test_a_changed_field_of_a_broken_message_changes_its_own_bytes_alone() -> None:
    raw = b"Subject: one\r\nDKIM-Signature:  odd;\r\n  b=x\r\nno field\r\nTo: a@b.example\r\n\r\nbody\r\n"
    message = message_from_bytes(raw)
    message.replace_header("Subject", "two")
    assert message_to_bytes(message) == raw.replace(b"one", b"two")


def test_a_changed_part_leaves_the_others_as_they_were() -> None:
    raw = crlf(NESTED)
    message = message_from_bytes(raw)
    parts: Any = message.get_payload()
    parts[0].get_payload()[0].set_content("changed\n")
    written = message_to_bytes(message)
    root = parse(written)
    assert bytes(root.parts[1].raw) == bytes(parse(raw).parts[1].raw)
    assert bytes(root.parts[0].parts[1].raw) == bytes(parse(raw).parts[0].parts[1].raw)
    assert bytes(root.parts[0].parts[0].body) == b"changed\r\n"
    assert b"inner epilogue" in written
    assert b"preamble" in written
    parts[1].get_payload()[0].replace_header("Subject", "new")
    assert parse(message_to_bytes(message)).parts[1].parts[0].header_section.fields[0].body == "new"


def test_an_added_part_and_a_removed_one_are_written() -> None:
    message = message_from_bytes(crlf(NESTED))
    message.add_attachment(b"data", maintype="application", subtype="octet-stream", filename="a.bin")
    root = parse(message_to_bytes(message))
    assert [part.content_type for part in root.parts] == [
        "multipart/alternative",
        "message/rfc822",
        "application/octet-stream",
    ]
    assert root.parts[2].filename == "a.bin"
    parts: Any = message.get_payload()
    parts.pop(0)
    assert [part.content_type for part in parse(message_to_bytes(message)).parts] == [
        "message/rfc822",
        "application/octet-stream",
    ]


def test_copies_and_pickles_are_written_as_they_were_read() -> None:
    raw = crlf(NESTED)
    message = message_from_bytes(raw)
    for other in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert message_to_bytes(other) == raw
        other["X-New"] = "1"
        assert message_to_bytes(other) == raw.replace(b"\r\n\r\n", b"\r\nX-New: 1\r\n\r\n", 1)
    assert message_to_bytes(message) == raw


def test_a_message_made_elsewhere_is_written_by_its_policy() -> None:
    message = EmailMessage(policy=SES)
    message["Subject"] = "Hi"
    message.set_content("Hello\n")
    assert message_to_bytes(message) == message.as_bytes()


def test_depth_and_number_are_limited() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2_000))
    with pytest.raises(LimitExceeded, match="levels"):
        message_from_bytes(deep)
    for subtype in (b"rfc822", b"partial", b"x-unknown"):
        with pytest.raises(LimitExceeded, match="levels"):
            message_from_bytes((b"Content-Type: message/" + subtype + b"\r\n\r\n") * 1_500)
    wide = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 16_000 + b"--a--\r\n"
    with pytest.raises(LimitExceeded, match="parts"):
        message_from_bytes(wide)
    report = b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n" * 64_000
    with pytest.raises(LimitExceeded, match="parts"):
        message_from_bytes(report)
    # A lone CR ends a line for the library alone.
    with pytest.raises(LimitExceeded, match="levels"):
        message_from_bytes(b"Content-Type: message/rfc822\r\r" * 150)


@pytest.mark.parametrize("ending", [b"\r\n\r\n", b"\r\r"], ids=["by both readers", "by the library alone"])
def test_a_hundred_levels_are_read_and_one_more_is_refused(ending: bytes) -> None:
    level = b"Content-Type: message/rfc822" + ending
    message = message_from_bytes(level * 99)
    assert len(list(message.walk())) == 100
    assert message_to_bytes(message) == level * 99
    with pytest.raises(LimitExceeded, match="levels"):
        message_from_bytes(level * 100)


def test_ten_thousand_parts_are_read_and_one_more_is_refused() -> None:
    head, part = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n", b"--a\r\n\r\n"
    message: Any = message_from_bytes(head + part * 9_999 + b"--a--\r\n")
    assert len(message.get_payload()) == 9_999
    with pytest.raises(LimitExceeded, match="parts"):
        message_from_bytes(head + part * 10_000 + b"--a--\r\n")


def test_the_source_may_be_any_buffer() -> None:
    raw = crlf(NESTED)
    for wrapped in (bytearray(raw), memoryview(raw)):
        assert message_to_bytes(message_from_bytes(wrapped)) == raw


def test_a_policy_that_raises_on_defects_raises() -> None:
    with pytest.raises(email.errors.MessageDefect):
        message_from_bytes(BROKEN[8], policy=email.policy.strict)
