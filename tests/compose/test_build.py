"""`build` and `readdress`: what is written, octet for octet where it matters, and what is refused."""

from __future__ import annotations

import doctest
import email
import email.policy
import json
import re
import time
from importlib import import_module
from typing import Any

import pytest

from sesmime import (
    Entity,
    InvalidField,
    LimitExceeded,
    Mailbox,
    MessageTag,
    SesFields,
    SesMimeError,
    decode_words,
    parse,
)
from sesmime.compose.build import build
from sesmime.compose.parts import Attachment
from tests.compose.built import FIXED, OCTETS, body_of, built, outline
from tests.conftest import shared


def test_doctests() -> None:
    for name in ("sesmime.compose.build", "sesmime.compose.parts"):
        results = doctest.testmod(import_module(name))
        assert results.attempted > 0
        assert results.failed == 0


def test_a_message_is_written_octet_for_octet_on_every_python() -> None:
    message = build(
        **FIXED | {"sender": "Zoë <zoe@example.com>"},
        to=["joe@b.example", Mailbox("Ng, A.", "ng@c.example")],
        cc="eve@d.example",
        reply_to="answers@example.com",
        subject="Your visit to Zürich",
        text="Hello",
        fields=[("List-Unsubscribe", "<https://example.com/u>"), ("X-Note", "näh")],
        ses=SesFields(message_tags=(MessageTag("campaign", "spring"),), tenant="acme"),
    )
    assert message == (
        b"From: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>\r\n"
        b'To: joe@b.example, "Ng, A." <ng@c.example>\r\n'
        b"Cc: eve@d.example\r\n"
        b"Reply-To: answers@example.com\r\n"
        b"Subject: Your visit to =?utf-8?q?Z=C3=BCrich?=\r\n"
        b"Date: Sat, 21 Nov 2026 08:30:00 +0100\r\n"
        b"Message-ID: <1@example.com>\r\n"
        b"List-Unsubscribe: <https://example.com/u>\r\n"
        b"X-Note: =?utf-8?q?n=C3=A4h?=\r\n"
        b"X-SES-MESSAGE-TAGS: campaign=spring\r\n"
        b"X-SES-TENANT: acme\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello\r\n"
    )


def test_parts_are_written_octet_for_octet_but_for_the_boundaries() -> None:
    message = build(
        **FIXED,
        text="Hi",
        html='<img src="cid:logo">',
        attachments=[
            Attachment(b"GIF", "logo.gif", content_id="logo", disposition="inline"),
            Attachment(b"a;b", "Größe.csv"),
        ],
    )
    stem = re.search(rb"=_[0-9a-f]{24}", message)
    assert stem is not None
    _, _, rest = message.replace(stem[0], b"B").partition(b"MIME-Version: 1.0\r\n")
    assert rest == (
        b'Content-Type: multipart/mixed; boundary="B_1"\r\n'
        b"\r\n"
        b"--B_1\r\n"
        b'Content-Type: multipart/alternative; boundary="B_2"\r\n'
        b"\r\n"
        b"--B_2\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hi\r\n"
        b"\r\n"
        b"--B_2\r\n"
        b'Content-Type: multipart/related; type="text/html";\r\n'
        b' boundary="B_3"\r\n'
        b"\r\n"
        b"--B_3\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b'<img src="cid:logo">\r\n'
        b"\r\n"
        b"--B_3\r\n"
        b"Content-Type: image/gif; name=logo.gif\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: inline; filename=logo.gif\r\n"
        b"Content-ID: <logo>\r\n"
        b"\r\n"
        b"R0lG\r\n"
        b"\r\n"
        b"--B_3--\r\n"
        b"\r\n"
        b"--B_2--\r\n"
        b"\r\n"
        b"--B_1\r\n"
        b"Content-Type: text/csv\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.csv\r\n"
        b"\r\n"
        b"YTti\r\n"
        b"\r\n"
        b"--B_1--\r\n"
    )


class TestStructure:
    INLINE = Attachment(b"x", "a.gif", content_id="<a@b>", disposition="inline")
    OTHER = Attachment(b"x", "a.pdf")
    ALTERNATIVE = ("multipart/alternative", ["text/plain", "text/html"])
    RELATED = ("multipart/related", ["text/html", "image/gif"])

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ({}, "text/plain"),
            ({"text": "a"}, "text/plain"),
            ({"html": "a"}, "text/html"),
            ({"text": "a", "html": "b"}, ALTERNATIVE),
            ({"html": "a", "attachments": [INLINE]}, RELATED),
            ({"text": "a", "html": "b", "attachments": [INLINE]}, ("multipart/alternative", ["text/plain", RELATED])),
            ({"attachments": [OTHER]}, ("multipart/mixed", ["application/pdf"])),
            ({"text": "a", "attachments": [INLINE]}, ("multipart/mixed", ["text/plain", "image/gif"])),
            (
                {"text": "a", "html": "b", "attachments": [OTHER, INLINE, OTHER]},
                (
                    "multipart/mixed",
                    [("multipart/alternative", ["text/plain", RELATED]), "application/pdf", "application/pdf"],
                ),
            ),
        ],
    )
    def test_parts_are_nested_as_clients_read_them_best(self, arguments: dict[str, Any], expected: Any) -> None:
        message = built(**arguments)
        assert outline(message) == expected
        assert all(entity.defects == () for entity in message.walk())

    def test_a_related_multipart_names_the_type_of_its_root(self) -> None:
        message = built(html="a", attachments=[self.INLINE])
        assert message.parameters["type"] == "text/html"
        assert body_of(message.parts[1], "Content-ID") == "<a@b>"

    def test_more_parts_than_ses_takes_are_refused(self) -> None:
        assert len(built(attachments=[self.OTHER] * 500).parts) == 500
        # With the part that holds it an attached multipart of two parts counts four.
        raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n\r\n--b--\r\n"
        message = Attachment(raw, content_type="message/rfc822")
        assert len(built(attachments=[message, *[self.OTHER] * 496]).parts) == 497
        for attachments in ([self.OTHER] * 501, [message, *[self.OTHER] * 497]):
            with pytest.raises(LimitExceeded) as raised:
                build(**FIXED, attachments=attachments)
            assert (raised.value.limit, raised.value.maximum) == ("parts", 500)

    def test_a_content_id_is_given_once_and_is_one(self) -> None:
        with pytest.raises(InvalidField, match="'Content-ID' cannot be written: 'a@b' is given more than once"):
            build(**FIXED, html="a", attachments=[self.INLINE, Attachment(b"", content_id="a@b")])
        for content_id in ("", "<a", "a>", "a b", "é", "a@b@c", "<>", "=?utf-8?q?x?=", "x" * 251):
            with pytest.raises(InvalidField, match="is not a content ID"):
                build(**FIXED, attachments=[Attachment(b"", content_id=content_id)])


class TestBoundaries:
    def test_the_same_arguments_make_the_same_octets(self) -> None:
        arguments = FIXED | {"text": "a", "html": "b", "attachments": [Attachment(OCTETS, "a.pdf")]}
        assert build(**arguments) == build(**arguments)

    def test_none_begins_with_another_one(self) -> None:
        html = {"text": "a", "html": "b"}
        message = built(**html, attachments=[TestStructure.INLINE, TestStructure.OTHER])
        found = [entity.parameters["boundary"] for entity in message.walk() if entity.is_multipart]
        assert len(found) == 3
        assert not any(a.startswith(b) for a in found for b in found if a is not b)

    def test_a_boundary_that_stands_in_an_attached_message_is_not_taken(self) -> None:
        def make(inside: bytes) -> Entity:
            raw = b"Subject: x\r\n\r\n" + inside
            return built(attachments=[Attachment(raw, content_type="message/rfc822")])

        forged = b""
        seen: set[str] = set()
        for _ in range(4):
            message = make(forged)
            boundary = message.parameters["boundary"]
            assert boundary not in seen
            assert len(message.parts) == 1
            seen.add(boundary)
            forged += f"\r\n--{boundary}\r\nContent-Type: application/x-evil\r\n\r\n--{boundary}--\r\n".encode()

    def test_a_boundary_that_stands_in_a_text_is_not_taken(self) -> None:
        boundary = built(text="a", html="b").parameters["boundary"]
        # In the middle of a line nothing escapes it.
        message = built(text=f"a --{boundary}\n", html="b")
        assert message.parameters["boundary"] != boundary
        assert [part.text() for part in message.parts] == [f"a --{boundary}\r\n", "b\r\n"]


# The catalogue of attacks


def described(description: dict[str, Any]) -> bytes:
    """Build what an entry of the catalogue describes; what `build` has no argument for is given to it all the same."""
    arguments: dict[str, Any] = {"sender": "a@example.com"}
    names = {"from": "sender", "to": "to", "cc": "cc", "reply-to": "reply_to", "subject": "subject"}
    fields: list[tuple[str, str]] = []
    for name, value in description.pop("headers", ()):
        if not isinstance(value, str):
            value = [Mailbox(*pair) for pair in ([value] if isinstance(value[0], str) else value)]
        if name.lower() in names:
            arguments[names[name.lower()]] = value
        else:
            fields.append((name, value))
    attachments = []
    for given in description.pop("attachments", ()):
        parameters = "".join(f"; {name}={value}" for name, value in given.pop("params", {}).items())
        given["content_type"] += parameters
        attachments.append(Attachment(**given))
    settings: dict[str, Any] = {}
    if "tags" in description:
        settings["message_tags"] = tuple(MessageTag(*tag) for tag in description.pop("tags").items())
    if "configuration_set" in description:
        settings["configuration_set"] = description.pop("configuration_set")
    return build(**arguments, fields=fields, attachments=attachments, ses=SesFields(**settings), **description)


@pytest.mark.shared
def test_what_the_catalogue_builds_comes_out_as_its_oracles_say() -> None:
    seen: list[str] = []
    for entry in json.loads(shared("attacks", "index.json").read_text())["entries"]:
        if entry["surface"] != "build":
            continue
        seen.append(entry["name"])
        description = eval(entry["generator"], {"n": (entry["sizes"] or [0])[0]})
        names = [name for name, _ in description.get("headers", ())]
        values = dict(description.get("headers", ()))
        if "boundary" in description:
            with pytest.raises(TypeError):
                described(description.copy())
            del description["boundary"]
            assert len(parse(described(description)).parts) == 2
        elif entry["expected"] == "rejected":
            with pytest.raises(SesMimeError):
                described(description)
        elif entry["expected"] == "safe_output":
            raw = described(description)
            section = raw.partition(b"\r\n\r\n")[0]
            for line_end in (rb"\r\n", rb"\n", rb"\r\n|\r|\n"):
                lines = [line for line in re.split(line_end, section) if not line.startswith((b" ", b"\t"))]
                found = [line.partition(b":")[0].decode() for line in lines]
                assert found == [
                    *names,
                    *("Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
                ]
            read = email.message_from_bytes(raw, policy=email.policy.default)
            for name, value in values.items():
                if isinstance(value, str):
                    assert read[name] == value
                else:
                    assert [[a.display_name, a.addr_spec] for a in read[name].addresses] == value
        else:
            assert entry["expected"] == "linear_time"
            start = time.perf_counter()
            raw = described(eval(entry["generator"], {"n": entry["sizes"][-1]}))
            assert time.perf_counter() - start < 1  # what the oracle says, though it is no measurement
            assert decode_words(body_of(parse(raw), "Subject")) == "é" * entry["sizes"][-1]
    assert len(seen) >= 17
