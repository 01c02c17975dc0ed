"""Trees of odd messages: what an added field leaves alone, and what is read without the library's parser."""

from __future__ import annotations

import email
import email.policy
from email.header import Header
from email.message import EmailMessage, Message
from typing import Any

import pytest

from sesmime import LimitExceeded, message_from_bytes, message_to_bytes
from sesmime.policy import SES, tree
from tests.policy.trees import BROKEN, SOUND, difference

# The lone CR ends a line for the library, and its header section where that line is empty.
LONE_CRS = [
    b"x:\r\r\n\r\nbody\r\n",
    b"x:\r\r\nbody\r\n",
    b"x:\r\r y\r\n\r\nbody\r\n",
    b"x:\r\n\r\r\n\r\nbody",
    b"x: \r",
    b"A: b\r\nx:\r",
]
NO_FIELDS = [b" x\r\nA: b\r\n\r\nbody", b" x\r\n y: z\r\nA: b\r\n\r\nbody", b"A: b\r\nno field\r\nC: d\r\n\r\nbody"]


def content(message: Message[Any, Any]) -> Any:
    """What a message says: fields and payloads; neither its defects nor the line of an mbox file, which end with it."""
    payload = message._payload  # type: ignore[attr-defined]
    inner = [content(one) for one in payload] if isinstance(payload, list) else payload
    return list(message.raw_items()), inner, message.preamble, message.epilogue


@pytest.mark.parametrize(
    "policy", [email.policy.compat32, email.policy.default, SES], ids=["compat32", "default", "SES"]
)
@pytest.mark.parametrize("message", [*BROKEN, *SOUND, *LONE_CRS, *NO_FIELDS])
def test_a_field_that_is_added_leaves_all_else_as_the_library_reads_it(message: bytes, policy: Any) -> None:
    ours = message_from_bytes(message, policy=policy)
    theirs: Any = email.message_from_bytes(message, policy=policy)
    for one in (ours, theirs):
        one["Y"] = "z"
    again: Any = email.message_from_bytes(message_to_bytes(ours), policy=policy)
    assert content(again) == content(theirs)


LEAF = b"--b\r\n\r\nx\r\n--b--\r\n"
ORDINARY = [
    b"Subject: Hi\r\n\r\nHello\r\n",
    b"Subject: Hi\n\nHello\n",
    b"No-body: at all\r\n",
    b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGk=\r\n",
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n",
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + LEAF,
    b'Content-Type: multipart/mixed; boundary="b"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n' + LEAF,
    b'Content-Type: multipart/mixed; boundary="b"\r\nContent-Transfer-Encoding: 8BIT\r\n\r\n' + LEAF,
    b'Content-Type: multipart/mixed; boundary="b"\r\nContent-Transfer-Encoding: binary\r\n\r\n' + LEAF,
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n' + LEAF + b"epilogue\r\n",
    b"Content-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\nHello\r\n",
    b"Subject: Hi\r\n\r\na lone \r in the body, -- and hyphens\r\n",
]


@pytest.mark.parametrize("message", ORDINARY)
def test_ordinary_mail_is_read_without_the_library_s_parser(message: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # Which takes many times as long, and recurses: the tree from spans is what `message_from_bytes` is for.
    def refuse(*_: object) -> None:
        raise AssertionError("the library's parser was asked")

    expected = email.message_from_bytes(message, policy=SES)
    monkeypatch.setattr(tree, "parsed_by_library", refuse)
    made = message_from_bytes(message)
    assert difference(made, expected) is None
    assert message_to_bytes(made) == message


def test_a_content_id_without_brackets_gets_them() -> None:
    message = EmailMessage(policy=SES)
    for given in ("logo@a.example", "<logo@a.example>"):
        message.set_content(b"x", "image", "png", cid=given)
        assert message["Content-ID"] == "<logo@a.example>"


def test_encoded_words_from_end_to_end_are_read_before_they_are_written() -> None:
    message = EmailMessage(policy=SES)
    message["Subject"] = Header("Zoë, " * 30, "iso-8859-1").encode()
    assert message["Subject"].strip() == ("Zoë, " * 30).strip()
    assert b"iso-8859-1" not in bytes(message)
    message["Comments"] = "=?utf-8?q?a=0Ab?="  # a line end is nothing that a value may hold: it stays as it is
    assert message["Comments"].count("\n") == 0


@pytest.mark.parametrize("body", ["base64 (in short)", "Base64; x=y", "base64 text"])
def test_text_after_a_known_encoding_is_a_defect_and_the_encoding_is_known(body: str) -> None:
    message = message_from_bytes(f"Content-Transfer-Encoding: {body}\r\n\r\nSGk=\r\n".encode())
    field: Any = message["Content-Transfer-Encoding"]
    assert field.cte == "base64"
    assert message.get_payload(decode=True) == b"Hi"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_of_a_delivery_report_the_blocks_count_and_not_the_octets(ending: bytes) -> None:
    head = b"Content-Type: message/delivery-status" + ending * 2
    message: Any = message_from_bytes(head + b"Reporting-MTA: dns; a.example" + ending + b"X: " + b"y" * 20_000)
    assert len(message.get_payload()) == 1
    block = b"Action: failed" + ending * 2
    assert len(message_from_bytes(head + block * 4_000).get_payload()) >= 4_000
    with pytest.raises(LimitExceeded, match="parts"):
        message_from_bytes(head + block * 10_001)


class Counting(email.policy.EmailPolicy):
    """A policy that tells of how many lines it was given for a field."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, _, _ = sourcelines[0].partition(":")
        return name, " ".join(str(len(line)) for line in sourcelines)


def test_a_policy_of_one_s_own_is_given_the_lines_of_a_field_one_by_one() -> None:
    message = b"Subject: one\r\n two\r\n three\r\nTo: a@b.example\r\n\r\nHello\r\n"
    made = message_from_bytes(message, policy=Counting())
    assert list(made.raw_items()) == [("Subject", "14 6 8"), ("To", "17")]
    assert list(made.raw_items()) == list(email.message_from_bytes(message, policy=Counting()).raw_items())
