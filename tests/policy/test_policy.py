"""The SES policy: what is assigned is checked, what is written is safe, what is read does not raise."""

from __future__ import annotations

import copy
import email
import email.policy
import json
import pickle
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import HeaderDefect, MessageDefect
from email.header import Header
from email.headerregistry import Address, Group, HeaderRegistry
from email.message import EmailMessage, Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest

from sesmime import (
    InvalidAddress,
    InvalidField,
    InvalidMessageTag,
    InvalidSetting,
    ListManagement,
    Mailbox,
    MessageTag,
    SesMimeError,
    parse,
    parse_addresses,
    read_ses_fields,
)
from sesmime.mime.addresses import Group as MailboxGroup
from sesmime.mime.edits import format_field
from sesmime.mime.words import decode_words
from sesmime.policy import SES, SesPolicy
from sesmime.policy.fields import AddressesField, TextField
from sesmime.policy.registry import FieldRegistry
from tests.conftest import shared
from tests.test_corpus import corpus, library_defects

ARN = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
MOST_POLICIES = {"SMTP": email.policy.SMTP, "default": email.policy.default, "compat32": email.policy.compat32}


def built(*fields: tuple[str, Any]) -> EmailMessage:
    """Return a message with these fields."""
    message = EmailMessage(policy=SES)
    for name, value in fields:
        message[name] = value
    return message


def written(name: str, value: Any) -> str:
    """Return one field as it is written when it is assigned, less name, colon and line end."""
    raw = bytes(built((name, value)))
    assert raw.endswith(b"\r\n\r\n")
    return raw.decode("ascii")[len(name) + 2 : -4]


def read(body: str, name: str, policy: Any = SES) -> Any:
    """Return a field of a parsed message."""
    raw = f"{name}: {body}\r\n\r\n".encode("utf-8", "surrogateescape")
    return email.message_from_bytes(raw, policy=policy)[name]


def read_field(name: str, value: Any) -> Any:
    """Return the field object that the policy's factory makes."""
    return SES.header_factory(name, value)


def section_names(section: bytes, line_end: str) -> list[str]:
    """Return the names that a reader sees who ends lines at `line_end`."""
    lines = [line for line in re.split(line_end, section.decode("ascii", "surrogateescape")) if line]
    return [line.partition(":")[0] for line in lines if not line.startswith((" ", "\t"))]


# SES fields


@pytest.mark.parametrize(
    ("name", "body", "value"),
    [
        ("X-SES-CONFIGURATION-SET", "shop", "shop"),
        ("X-SES-MESSAGE-TAGS", "a=1, b=2", (MessageTag("a", "1"), MessageTag("b", "2"))),
        ("X-SES-SOURCE-ARN", ARN, ARN),
        ("X-SES-FROM-ARN", ARN, ARN),
        ("X-SES-RETURN-PATH-ARN", ARN, ARN),
        ("X-SES-LIST-MANAGEMENT-OPTIONS", "Weekly; topic=Offers", ListManagement("Weekly", "Offers")),
        ("X-SES-TENANT", "acme", "acme"),
    ],
)
def test_ses_fields_know_their_grammar(name: str, body: str, value: object) -> None:
    message = built((name, body))
    assert message[name].value == value
    assert message[name] == body
    assert message[name].defects == ()
    raw = bytes(message)
    assert raw == f"{name}: {body}\r\n\r\n".encode()
    setting = next(s for s in ("configuration_set", "message_tags", "source_arn", "from_arn", "return_path_arn",
                               "list_management", "tenant") if getattr(read_ses_fields(raw), s))  # fmt: skip
    assert getattr(read_ses_fields(raw), setting) == value
    assert email.message_from_bytes(raw, policy=SES)[name.lower()].value == value
    malformed = read("=?utf-8?q?a=3D1?= ;", name)
    assert malformed.value is None
    assert malformed == "=?utf-8?q?a=3D1?= ;"
    assert isinstance(malformed.defects[0], HeaderDefect)
    with pytest.raises((InvalidSetting, InvalidMessageTag)):
        built((name, "=?utf-8?q?a=3D1?= ;"))
    with pytest.raises(ValueError, match="at most 1"):
        built((name, body), (name.lower(), body))


def test_message_tags_are_taken_as_text_and_as_tags() -> None:
    assert written("X-SES-MESSAGE-TAGS", "a=1 ,b = 2") == "a=1, b=2"
    assert written("x-ses-message-tags", [MessageTag("a", "1"), ("b", "2")]) == "a=1, b=2"
    assert written("X-SES-LIST-MANAGEMENT-OPTIONS", ListManagement("Weekly")) == "Weekly"
    message = built(("X-SES-MESSAGE-TAGS", "a=1, b=2"))
    assert message["X-SES-MESSAGE-TAGS"].tags == (MessageTag("a", "1"), MessageTag("b", "2"))
    assert read("a=1, a=2, b", "X-SES-MESSAGE-TAGS").tags == (MessageTag("a", "1"), MessageTag("a", "2"))


@pytest.mark.parametrize("body", ["a", "a=1,", "a=1,,b=2", "a=1, a=2", "a b=1", "a=ü", "ses:x=1", "a=" + "b" * 256])
def test_message_tags_that_format_refuses_are_refused(body: str) -> None:
    with pytest.raises(InvalidMessageTag):
        built(("X-SES-MESSAGE-TAGS", body))


def test_settings_that_the_codec_refuses_are_refused() -> None:
    for value in ("", " acme", "a b", "ü", "x" * 65):
        with pytest.raises(InvalidSetting):
            built(("X-SES-TENANT", value))
    for tags in ("", "  ", ()):
        with pytest.raises(InvalidSetting):
            built(("X-SES-MESSAGE-TAGS", tags))
    with pytest.raises(TypeError):
        built(("X-SES-TENANT", 3))
    with pytest.raises(InvalidField):
        built(("X-SES-Unknown", "ü"))
    assert written("X-SES-Unknown", "anything =?utf-8?q?goes?=") == "anything =?utf-8?q?goes?="


def test_long_message_tags_are_plain_here_and_encoded_words_under_the_default_policy() -> None:
    body = "campaign=" + "x" * 90
    assert written("X-SES-MESSAGE-TAGS", body) == body
    theirs = EmailMessage(policy=email.policy.default)
    theirs["X-SES-MESSAGE-TAGS"] = body
    assert b"=?utf-8?q?" in bytes(theirs)
    many = ", ".join(f"name{n}=value{n}" for n in range(200))
    assert written("X-SES-MESSAGE-TAGS", many).replace("\r\n", "") == many
    assert all(line.endswith(",") for line in written("X-SES-MESSAGE-TAGS", many).split("\r\n")[:-1])


# What is refused


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nBcc", "Ä", "A\x00", "A ", "(A)", "X-A: v\r\nBcc"])
def test_a_name_that_is_no_token_is_refused_when_it_is_assigned_and_when_it_is_written(name: str) -> None:
    with pytest.raises(InvalidField):
        built((name, "v"))
    message = EmailMessage(policy=SES)
    message.set_raw(name, "v")
    for write in (EmailMessage.as_bytes, EmailMessage.as_string, bytes, str):
        with pytest.raises(InvalidField):
            write(message)
    message.clear()
    message["A"] = "v"
    with pytest.raises(KeyError):
        message.replace_header(name, "v")


@pytest.mark.parametrize("name", ["Subject", "To", "Date", "Message-ID", "Content-Type", "X-SES-TENANT", "References"])
@pytest.mark.parametrize(
    "control", ["\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x1b", "\x7f", "\r\n ", "\r\nBcc: b@c"]
)
def test_controls_are_refused_when_they_are_assigned(name: str, control: str) -> None:
    for value in (f"a{control}b", control, f"ü{control}", f"a@b.example{control}", Header(f"a{control}b", "utf-8")):
        with pytest.raises(InvalidField):
            built((name, value))
    assert not list(built())


@pytest.mark.parametrize("name", ["Subject", "To", "Content-Type", "X-SES-TENANT", "X-Any"])
@pytest.mark.parametrize(
    "value",
    ["a\r\nBcc: b", "a\nb", "a\rb", "a\x00b", "a\r\n", "a\r\n\x0b", "a\r\n\r\nb", "a\x1b", "\x7f", "ü\nb", "\udcc3\n"],
)
def test_controls_are_refused_when_they_are_written(name: str, value: str) -> None:
    message = EmailMessage(policy=SES)
    message.set_raw(name, value)
    for write in (EmailMessage.as_bytes, EmailMessage.as_string):
        with pytest.raises(InvalidField):
            write(message)
    message = EmailMessage(policy=SES)
    message.set_raw(name, SES.header_factory(name, value))
    for write in (EmailMessage.as_bytes, EmailMessage.as_string):
        with pytest.raises(SesMimeError):
            write(message)


class Evil(str):
    """A str whose every method lies (CVE-2026-1299)."""

    name = "Subject"
    body = "x\r\nBcc: v@example.net"

    def __str__(self) -> str:
        return "x\r\nBcc: v@example.net"

    def fold(self, **_: Any) -> str:
        return f"Subject: {self}\r\n"

    def isascii(self) -> bool:
        return True

    def partition(self, _: str) -> tuple[str, str, str]:
        return str(self), "", ""

    lower = strip = lstrip = encode = __repr__ = __str__  # type: ignore[assignment]
    __format__ = None  # type: ignore[assignment]


def test_a_subclass_of_str_is_taken_as_plain_text_wherever_it_stands() -> None:
    for value in (Evil("plain"), Evil("a@b.example")):
        for name in ("Subject", "X-A", "References", *(["To", "Return-Path"] if "@" in value else [])):
            expected = f"{name}: {str.__str__(value)}\r\n\r\n".encode()
            assert bytes(built((name, value))) == expected
            message = EmailMessage(policy=SES)
            message.set_raw(name, value)
            assert bytes(message) == expected
            assert message.as_string().encode() == expected
            assert type(message[name]) is not Evil
    message = EmailMessage(policy=SES)
    message.set_raw(Evil("X-A"), "v")
    assert bytes(message) == b"X-A: v\r\n\r\n"
    with pytest.raises(InvalidField):
        built(("Subject", Evil("a\r\nb")))


def test_objects_of_the_library_are_written_by_their_text() -> None:
    theirs = EmailMessage(policy=email.policy.SMTP)
    theirs["Subject"] = "Grüße =?"
    theirs["To"] = '"Müller, Jörg" <j@b.example>, team: c@d.example;'
    theirs["Date"] = "Mon, 1 Jan 2024 00:00:00 +0000"
    theirs.set_content("text")
    theirs.add_attachment(b"x", maintype="image", subtype="png", filename="naïve, too.png")
    theirs.set_boundary("b")
    raw = theirs.as_bytes(policy=SES)
    again = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert [str(again[name]) for name in ("Subject", "To", "Date")] == [
        str(theirs[name]) for name in ("Subject", "To", "Date")
    ]
    (part,) = again.iter_attachments()
    assert part.get_filename() == "naïve, too.png"
    ours = built(("To", theirs["To"]), ("Subject", theirs["Subject"]))
    assert (ours["To"], ours["Subject"]) == (theirs["To"], theirs["Subject"])

    class Custom(email.headerregistry.UnstructuredHeader, email.headerregistry.BaseHeader):
        def fold(self, **_: Any) -> str:
            return "X-A: 1\r\nBcc: v@example.net\r\n"

    theirs = EmailMessage(policy=SES)
    theirs.set_raw("X-A", Custom("X-A", "safe"))
    assert bytes(theirs) == b"X-A: safe\r\n\r\n"


def test_messages_of_the_older_library_are_written() -> None:
    message = MIMEMultipart(boundary="b")
    message.set_raw("Subject", Header("Grüße", "iso-8859-1"))  # type: ignore[arg-type]
    message["To"] = ", ".join(f"Somebody Number {n} <u{n}@example.com>" for n in range(60))
    message["X-Plain"] = "é"
    message.attach(MIMEText("text", "plain", "us-ascii"))
    message.attach(MIMEApplication(b"x", Name="naïve.pdf"))
    raw = message.as_bytes(policy=SES)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    again = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert (again["Subject"], again["X-Plain"], len(again["To"].addresses)) == ("Grüße", "é", 60)
    mixed = built(("To", "a@b.example"))
    mixed.make_mixed(boundary="c")
    mixed.attach(message)  # type: ignore[arg-type]
    assert b"\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?=\r\n" in bytes(mixed)


# Addresses


def test_addresses_are_taken_in_every_form() -> None:
    expected = "=?utf-8?q?Zo=C3=AB?= <zoe@example.com>, eve@c.example"
    for value in (
        "Zoë <zoe@example.com>, eve@c.example",
        "Zoë <zoe@example.com>,,eve@c.example,",
        [Mailbox("Zoë", "zoe@example.com"), "eve@c.example"],
        (Address("Zoë", "zoe", "example.com"), Address(addr_spec="eve@c.example")),
        parse_addresses("Zoë <zoe@example.com>, eve@c.example"),
        Header("Zoë <zoe@example.com>, eve@c.example"),
        Group(None, (Address("Zoë", "zoe", "example.com"), Address("", "eve", "c.example"))),
        built(("Cc", "Zoë <zoe@example.com>, eve@c.example"))["Cc"],
        HeaderRegistry()("Cc", "Zoë <zoe@example.com>, eve@c.example"),
    ):
        assert written("To", value) == expected
    assert written("To", Address("Ng, A.", "a b", "c.example")) == '"Ng, A." <"a b"@c.example>'
    assert written("To", Mailbox("", "a@b.example")) == "a@b.example"
    assert written("To", ()) == written("To", "") == ""


def test_groups_are_taken_and_written() -> None:
    assert written("To", "undisclosed-recipients:;") == "undisclosed-recipients:;"
    text = 'x@y.example, "Team, süd": a@b.example, Zoë <c@d.example>;, z@y.example'
    message = built(("To", text))
    assert [g.display_name for g in message["To"].groups] == [None, "Team, süd", None]
    assert [a.addr_spec for a in message["To"].addresses] == [
        "x@y.example",
        "a@b.example",
        "c@d.example",
        "z@y.example",
    ]
    again = email.message_from_bytes(bytes(message), policy=email.policy.SMTP)["To"]
    assert again == message["To"]
    assert (again.addresses, again.groups) == (message["To"].addresses, message["To"].groups)
    assert written("To", Group("team", (Address("", "a", "b.example"),))) == "team: a@b.example;"
    ours = MailboxGroup("team", (Mailbox("", "a@b.example"),))
    assert written("To", [ours, "c@d.example"]) == "team: a@b.example;, c@d.example"
    with pytest.raises(InvalidAddress):
        built(("To", Group("", ())))


@pytest.mark.parametrize(
    "value",
    [
        "nobody",
        "a@b, eve@evil <c@d.example>",
        '"unclosed <a@b.example>',
        "jörg@example.com",
        "a@bücher.example",
        "team: a@b.example",
        "<@route.example:a@b.example>",
        "=?utf-8?q?a?=@b.example",
        [Mailbox("Alice\r\nBcc: v@example.net", "a@b.example")],
        [Mailbox("A", '"x\r\ny"@b.example')],
        ["a@b.example, c@d.example"],
        Address("", "", ""),
        Address("A", "jörg", "example.com"),
        HeaderRegistry()("To", "a@b, <c@d@e>"),
    ],
)
def test_addresses_that_cannot_be_written_are_refused(value: Any) -> None:
    with pytest.raises(InvalidAddress):
        built(("To", value))


def test_fields_of_addresses_without_a_class_have_display_names_encoded() -> None:
    message = built(("Disposition-Notification-To", "Jörg <j@b.example>"))
    assert message["Disposition-Notification-To"] == "Jörg <j@b.example>"
    assert message["Disposition-Notification-To"].body.isascii()
    assert bytes(message) == b"Disposition-Notification-To: =?utf-8?b?SsO2cmc=?= <j@b.example>\r\n\r\n"


def test_a_sender_is_one_address() -> None:
    assert built(("Sender", "A <a@b.example>"))["Sender"].address == Address("A", "a", "b.example")
    with pytest.raises(ValueError, match="exactly one"):
        _ = read("a@b.example, c@d.example", "Sender").address


def test_address_lists_fold_outside_quoted_strings_alone() -> None:
    names = ["a, b c d e f", "two words", "Zoë", "l" * 90 + " " + "m" * 90]
    mailboxes = [Mailbox(name, f"u{n}@example.com") for n in range(20) for name in names]
    body = written("To", mailboxes)
    assert '"a, b c d e f"' in body
    assert not re.search(r'"[^",]*\r\n[^"]*"(?= <)', body)
    assert list(parse_addresses(body)) == mailboxes
    long_name = built(("To", [Mailbox("Quoted, " + "words " * 60, "a@b.example")]))
    assert len(email.message_from_bytes(bytes(long_name), policy=email.policy.SMTP)["To"].addresses) == 1


# Texts, dates, identifiers, MIME


def test_text_is_text_and_never_syntax() -> None:
    for text in (
        "Grüße",
        "=?utf-8?q?x?=",
        "a =?x?q?b=0D=0ABcc:_c?=",
        " ",
        "  two  ",
        "\u2028Bcc: x",
        "a\tb",
        "x" * 5_000,
        "",
    ):
        message = built(("Subject", text), ("X-Any", text))
        assert (message["Subject"], message["X-Any"]) == (text, text)
        again = email.message_from_bytes(bytes(message), policy=email.policy.SMTP)
        assert (again["Subject"], again["X-Any"]) == (text, text)
        assert again.keys() == ["Subject", "X-Any"]
    assert written("Subject", Header("Grüße", "iso-8859-1")) == written("Subject", "Grüße")
    with pytest.raises(TypeError):
        built(("Subject", b"bytes"))
    with pytest.raises(TypeError):
        built(("Subject", None))
    with pytest.raises(InvalidField):
        built(("References", "ü"))


def test_a_date_is_a_date() -> None:
    expected = "Mon, 01 Jan 2024 02:03:04 +0000"
    for value in (datetime(2024, 1, 1, 2, 3, 4, 567, UTC), "1 Jan 2024 02:03:04 +0000", expected):
        message = built(("Date", value))
        assert bytes(message) == f"Date: {expected}\r\n\r\n".encode()
        assert message["Date"].datetime == datetime(2024, 1, 1, 2, 3, 4, tzinfo=UTC)
    for value in ("", "soon", "2444444444 Mar 7 0:0", datetime(50, 1, 1)):
        with pytest.raises(InvalidField):
            built(("Date", value))
    assert read("2444444444 Mar 7 0:0", "Date").datetime is None
    assert read("", "Resent-Date").datetime is None


def test_the_fields_of_mime_know_their_values() -> None:
    message = built(
        ("MIME-Version", "1.0"),
        ("Content-Type", "Text/HTML; Charset=utf-8; name=naïve.html"),
        ("Content-Disposition", "Attachment; filename=naïve.html"),
        ("Content-Transfer-Encoding", "Base64"),
        ("Message-ID", "<a@b.example>"),
    )
    version, content_type = message["MIME-Version"], message["Content-Type"]
    assert (version.version, version.major, version.minor) == ("1.0", 1, 0)
    assert (content_type.content_type, content_type.maintype, content_type.subtype) == ("text/html", "text", "html")
    assert dict(content_type.params) == {"charset": "utf-8", "name": "naïve.html"}
    assert message["Content-Disposition"].content_disposition == "attachment"
    assert message["Content-Transfer-Encoding"].cte == "base64"
    assert message["Message-ID"].defects == ()
    assert message.is_attachment()
    assert message.get_filename() == "naïve.html"
    assert [read("", name).defects != () for name in message.keys()] == [True] * 5  # noqa: SIM118
    nothing = read("", "Content-Type")
    assert (nothing.content_type, read("", "Content-Disposition").content_disposition) == ("text/plain", None)
    assert (read("", "MIME-Version").version, read("", "Content-Transfer-Encoding").cte) == (None, "7bit")
    assert read("base64 (as ever)", "Content-Transfer-Encoding") == "base64"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Type", "text"),
        ("Content-Type", "text/plain; charset=a; charset=b"),
        ("Content-Type", 'text/plain; name="a'),
        ("Content-Type", "multipart/mixed; boundary=" + "x" * 71),
        ("Content-Type", 'multipart/mixed; boundary="a "'),
        ("Content-Type", "multipart/mixed; boundary=ü"),
        ("Content-Type", "text/plain; " + "a" * 66 + "=b"),
        ("Content-Disposition", "attachment/x"),
        ("Content-Disposition", "attachment; filename*=utf-8''a%0D%0Ab"),
        ("Content-Disposition", ""),
        ("Content-Transfer-Encoding", "base 64"),
        ("MIME-Version", "one"),
    ],
)
def test_fields_of_mime_that_cannot_be_written_are_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidField):
        built((name, value))


def test_parameters_are_set_and_taken_away_as_in_the_library() -> None:
    message = built(("Content-Type", "text/plain; charset=utf-8"))
    message.set_param("name", 'a "b", c\\')
    message.set_param("format", "flowed")
    assert message.get_param("name") == ("utf-8", "", 'a "b", c\\')  # a quote after a backslash is miscounted there
    assert message["Content-Type"].params["name"] == 'a "b", c\\'
    message.set_param("charset", "us-ascii", replace=True)
    message.del_param("format")
    message.set_type("text/html")
    assert dict(message["Content-Type"].params) == {"charset": "us-ascii", "name": 'a "b", c\\'}
    assert message.get_content_type() == "text/html"
    message.add_header("Content-Disposition", "attachment", filename=("iso-8859-1", "", "Fußballer.ppt"), size="3")
    assert message.get_filename() == "Fußballer.ppt"
    for params in ({"filename": 'a"\r\nX-I: y'}, {"a\r\nBcc: x": "v"}, {"a b": "c"}):
        with pytest.raises(InvalidField):
            built().add_header("Content-Disposition", "attachment", **params)
    for boundary in ("b\r\nX-Inj: 1", "", "é", "a "):
        with pytest.raises(InvalidField):
            message.set_boundary(boundary)


FILE_NAMES = [
    "a.txt",
    "naïve.txt",
    "日本" * 60 + ".pdf",
    "a;b, c.txt",
    ";" * 500,
    'q"u"o.txt',
    "b\\",
    '"a"',
    "<a>",
    "=?utf-8?q?x?=",
]


@pytest.mark.parametrize("filename", FILE_NAMES)
def test_file_names_are_read_back_as_given(filename: str) -> None:
    message = built()
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename=filename)
    (part,) = message.iter_attachments()
    assert part.get_filename() == part["Content-Disposition"].params["filename"] == filename
    message.set_boundary("b")
    raw = bytes(message)
    assert raw.isascii()
    # A long name in ASCII stays whole: many readers know no continuations.
    assert max(map(len, raw.split(b"\r\n"))) <= (998 if filename == ";" * 500 else 78)
    assert parse(raw).parts[0].parameters == {}
    theirs: Message = email.message_from_bytes(raw)
    assert theirs.get_payload(0).get_filename() == filename  # type: ignore[union-attr]
    (their_part,) = email.message_from_bytes(raw, policy=email.policy.SMTP).iter_attachments()
    assert their_part["Content-Disposition"].params["filename"] == filename


# Contents


def test_texts_are_7bit_whatever_they_are() -> None:
    for text in (
        "plain\n",
        "Grüße\n" * 30,
        "日本\n" * 30,
        "x" * 2_000,
        "a\x00b",
        "--",
        "-- \nMe\n",
        "--b\n",
        "x\n--b--\n" * 9,
    ):
        for subtype, charset in (("plain", "utf-8"), ("html", "utf-16"), ("plain", "utf-7")):
            message = built()
            message.set_content(text, subtype=subtype, charset=charset)
            raw = bytes(message)
            assert raw.isascii()
            assert max(map(len, raw.split(b"\r\n"))) <= 78
            assert message.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
            body = raw.partition(b"\r\n\r\n")[2]
            assert not re.search(rb"(?m)^--[^ \r]", body)
            again = email.message_from_bytes(raw, policy=email.policy.SMTP)
            assert again.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    plain = built()
    plain.set_content("plain\n-- \nMe\n", cte="quoted-printable", disposition="inline", filename="a.txt", cid="<a@b>")
    assert plain["Content-Transfer-Encoding"] == "quoted-printable"
    assert (plain["Content-Disposition"], plain["Content-ID"]) == ('inline; filename="a.txt"', "<a@b>")
    plain.set_content("Grüße", cte="8bit")
    assert "Grüße".encode() in bytes(plain)


def test_no_text_can_forge_a_part() -> None:
    message = built()
    message.set_content("--BOUND\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--BOUND--\r\n")
    message.add_alternative("<p>-----Original Message-----</p>\n--BOUND--", subtype="html")
    message.set_boundary("BOUND")
    assert [part.content_type for part in parse(bytes(message)).parts] == ["text/plain", "text/html"]
    again = email.message_from_bytes(bytes(message), policy=email.policy.SMTP)
    assert [part.get_content_type() for part in again.iter_parts()] == ["text/plain", "text/html"]


def test_contents_are_read_in_the_charsets_of_mail() -> None:
    for charset, octets, text in (
        ("x-unknown", b"caf\xc3\xa9", "café"),
        ("latin1", b"\xe9", "é"),
        ("punycode", b"a-b", "a-b"),
    ):
        raw = b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + octets
        assert email.message_from_bytes(raw, policy=SES).get_content() == text
    assert email.message_from_bytes(b"Content-Type: image/png\r\n\r\nx", policy=SES).get_content() == b"x"
    strict = email.message_from_bytes(b"Content-Type: text/plain; charset=latin1\r\n\r\n\xe9", policy=SES)
    assert strict.get_content(errors="strict") == "é"
    holding = built(("Content-Type", "text/plain"))
    holding.attach(built())
    with pytest.raises(TypeError):
        holding.get_content()
    with pytest.raises(LookupError):
        email.message_from_bytes(b"Content-Type: text/plain; charset=x-y\r\n\r\nx", policy=SES).get_content(
            errors="strict"
        )


def test_a_message_is_attached() -> None:
    message = built(("Subject", "outer"))
    message.add_attachment(built(("Subject", "inner é")))
    message.set_boundary("b")
    again = email.message_from_bytes(bytes(message), policy=SES)
    (inner,) = again.iter_attachments()
    assert inner.get_content()["Subject"] == "inner é"
    with pytest.raises(KeyError):
        again.get_content()


GOLDEN = b"""From: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>
To: "Ng, A." <a@b.example>, =?utf-8?q?M=C3=BCnchner_K=C3=BCnstler_Verein?=
 <m@example.com>, team: c@d.example;
Subject: Your visit to =?utf-8?q?Z=C3=BCrich?= is booked, and this line is
 longer than one line may be
Date: Mon, 01 Jan 2024 00:00:00 +0000
Message-ID: <1@example.com>
X-SES-MESSAGE-TAGS: campaign=spring, genre=sci-fi
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=BOUNDARY

--BOUNDARY
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe aus Z=C3=BCrich, und so weiter, ohne Ende
=2D--
plain

--BOUNDARY
Content-Type: text/plain
Content-Transfer-Encoding: base64
MIME-Version: 1.0
Content-Disposition: attachment;
 filename*0*=utf-8''%E6%97%A5%E6%9C%AC%E6%97%A5%E6%9C%AC%E6%97%A5%E6%9C%AC;
 filename*1*=%E6%97%A5%E6%9C%AC.txt; size=3

eA==

--BOUNDARY--
""".replace(b"\n", b"\r\n")


def golden() -> EmailMessage:
    """Return a message with something of everything."""
    message = built(
        ("From", "Zoë <zoe@example.com>"),
        ("To", '"Ng, A." <a@b.example>, Münchner Künstler Verein <m@example.com>, team: c@d.example;'),
        ("Subject", "Your visit to Zürich is booked, and this line is longer than one line may be"),
        ("Date", "Mon, 1 Jan 2024 00:00:00 +0000"),
        ("Message-ID", "<1@example.com>"),
        ("X-SES-MESSAGE-TAGS", [MessageTag("campaign", "spring"), MessageTag("genre", "sci-fi")]),
    )
    message.set_content("Grüße aus Zürich, und so weiter, ohne Ende\n---\nplain\n")
    message.add_attachment(b"x", maintype="text", subtype="plain", filename="日本" * 4 + ".txt", params={})
    part = list(message.iter_attachments())[-1]
    part.set_param("size", "3", header="Content-Disposition")
    message.set_boundary("BOUNDARY")
    return message


def test_law_11_the_bytes_are_the_same_on_every_python() -> None:
    message = golden()
    assert bytes(message) == GOLDEN
    assert message.as_string().encode() == str(message).encode() == GOLDEN
    assert parse(GOLDEN).defects == ()
    for again in (
        email.message_from_bytes(GOLDEN, policy=SES),
        email.message_from_bytes(GOLDEN, policy=email.policy.SMTP),
    ):
        for name in ("From", "To", "Subject", "Date", "Message-ID", "X-SES-MESSAGE-TAGS"):
            assert str(again[name]) == str(message[name]), name
    # Field objects write themselves under policies of others too.
    for policy in (email.policy.SMTP, email.policy.SMTPUTF8):
        assert message.as_bytes(policy=policy) == GOLDEN


# Policies and field objects


def test_policies_are_cloned_copied_added_and_pickled() -> None:
    assert (SES.linesep, SES.max_line_length, SES.utf8, SES.cte_type) == ("\r\n", 78, False, "8bit")
    for policy in (SES.clone(), SesPolicy(), copy.deepcopy(SES), copy.copy(SES), pickle.loads(pickle.dumps(SES))):
        assert isinstance(policy, SesPolicy)
        assert bytes(golden()) == golden().as_bytes(policy=policy) == GOLDEN
        assert isinstance(policy.header_factory("To", "a@b"), AddressesField)
    lf = SES.clone(linesep="\n", raise_on_defect=True)
    assert golden().as_bytes(policy=pickle.loads(pickle.dumps(lf))) == GOLDEN.replace(b"\r\n", b"\n")
    assert golden().as_bytes(policy=SES + email.policy.HTTP) == GOLDEN
    assert repr(SES) == "SesPolicy()"
    with pytest.raises(TypeError):
        SES.clone(nothing=1)  # type: ignore[call-arg]
    own = SesPolicy(header_factory=FieldRegistry(), max_line_length=40)
    assert max(map(len, golden().as_bytes(policy=own).partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 75
    assert email.message_from_bytes(golden().as_bytes(policy=own), policy=SES)["To"] == golden()["To"]


def test_messages_and_field_objects_are_copied_and_pickled() -> None:
    message = golden()
    for again in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert bytes(again) == GOLDEN
        assert again["To"].groups == message["To"].groups
        assert type(again["X-SES-MESSAGE-TAGS"]).__name__ == "MessageTagsField"
        assert again["X-SES-MESSAGE-TAGS"].tags == message["X-SES-MESSAGE-TAGS"].tags
        assert again["Subject"].body == message["Subject"].body
    broken = pickle.loads(pickle.dumps(read("a@b, <c", "To")))
    assert [str(defect) for defect in broken.defects] == [str(defect) for defect in read("a@b, <c", "To").defects]


def test_a_part_has_the_same_bytes_alone_and_inside_what_is_signed() -> None:
    part = built(("Content-Type", "text/plain"), ("X-Long", "word " * 40))
    part.set_payload("text")
    outer = built(("Content-Type", 'multipart/signed; boundary="b"'))
    outer.attach(part)
    assert bytes(part) in bytes(outer)
    assert b"\r\n " in bytes(part)


def test_classes_of_others_can_be_registered() -> None:
    registry = FieldRegistry()
    registry.map_to_type("X-Number", email.headerregistry.MIMEVersionHeader)  # type: ignore[arg-type]
    policy = SES.clone(header_factory=registry)
    message = EmailMessage(policy=policy)
    message["X-Number"] = "3.4"
    assert message["X-Number"].major == 3
    assert bytes(message) == b"X-Number: 3.4\r\n\r\n"
    assert type(registry("X-Other", "a")) is TextField
    assert read_field("To", Address("A", "a", "b.example")).addresses == (Address("A", "a", "b.example"),)


# What was parsed


def test_what_was_parsed_is_written_as_it_stands() -> None:
    raw = (
        b"Subject: =?UTF-8?B?4pyT?= and =?iso-8859-1?q?=E9?=\r\n\tfolded early\r\n"
        b"To: Joe <a@b.example> (comment), , c@d.example\r\n"
        b"X-Raw: caf\xe9 \xff\r\n folded\r\n"
        b'Content-Disposition: attachment; filename="' + b"x" * 200 + b'"; ' + b"n" * 70 + b"=v\r\n"
        b"X-Long: " + b"word " * 150 + b"end\r\n"
        b"\r\nbody \xff\r\n"
    )
    message = email.message_from_bytes(raw, policy=SES)
    for name in message:
        message.get_all(name)
    assert bytes(message) == raw
    text = message.as_string(policy=SES.clone(refold_source="all")).partition("\r\n\r\n")[0]
    assert text.isascii()
    assert decode_words(text).startswith("Subject: ✓ and é\tfolded early\r\n")
    assert "caf\ufffd \ufffd folded" in decode_words(text)
    refolded = message.as_bytes(policy=SES.clone(refold_source="all"))
    assert refolded != raw
    assert [field.body for field in parse(refolded).header_section] == [f.body for f in parse(raw).header_section]
    long = message.as_bytes(policy=SES.clone(refold_source="long", max_line_length=300))
    assert b"\r\n\tfolded early\r\n" in long
    assert b"word \r\n" not in long
    assert b"\r\n word" in long


def test_lines_that_are_too_long_or_blank_are_folded_anew_without_a_change_of_the_value() -> None:
    raw = b"X-Long: " + b"word " * 400 + b"end\r\nX-Blank: a\r\n \r\n\tb\r\nX-One: " + b"x" * 2_000 + b"\r\n\r\n"
    message = email.message_from_bytes(raw, policy=SES)
    out = bytes(message)
    assert [len(line) < 80 for line in out.split(b"\r\n")].count(False) == 1  # X-One has no place to fold
    assert not re.search(rb"\n[ \t]*\r\n[ \t]", out)
    assert [field.body for field in parse(out).header_section] == [field.body for field in parse(raw).header_section]
    tags = b"X-SES-MESSAGE-TAGS: " + b", ".join(b"n%d=v" % n for n in range(300)) + b"\r\n\r\n"
    assert all(b";" not in line for line in bytes(email.message_from_bytes(tags, policy=SES)).split(b"\r\n"))


def test_raw_8bit_is_kept_in_bytes_and_encoded_in_text() -> None:
    raw = (
        "Subject: café\r\nTo: Jörg <j@b.example>\r\nCc: jörg@b.example\r\nMessage-ID: <ü@b>\r\nX-SES-TENANT: ü\r\n"
        'Content-Disposition: attachment; filename="naïve.txt"\r\n\r\n'
    ).encode()
    message = email.message_from_bytes(raw, policy=SES)
    assert bytes(message) == raw
    seven = message.as_bytes(policy=SES.clone(cte_type="7bit"))
    assert message.as_string() == str(message) == seven.decode("ascii")
    again = email.message_from_bytes(seven, policy=email.policy.SMTP)
    assert (again["Subject"], again["To"]) == ("café", "Jörg <j@b.example>")
    assert (again["Cc"], again["X-SES-TENANT"]) == ("j??rg@b.example", "??")
    assert again["Content-Disposition"].params["filename"] == "naïve.txt"
    text = email.message_from_string("Subject: café\n\n", policy=SES)
    assert bytes(text) == b"Subject: =?utf-8?b?Y2Fmw6k=?=\r\n\r\n"


@pytest.mark.parametrize(
    "word", ["=?utf-8?q?x=0D=0ABcc=3A_v=40example.net?=", "=?utf-8?b?eA0KQmNjOiB2QGV4YW1wbGUubmV0?="]
)
def test_line_ends_in_encoded_words_never_come_out(word: str) -> None:
    """CVE-2024-6923."""
    raw = f"Subject: {word}\r\nX-A: {word}\r\nTo: {word} <a@b.example>\r\nReply-To: {word}:;\r\n\r\n".encode()
    message = email.message_from_bytes(raw, policy=SES)
    assert "\n" in message["Subject"]
    assert "\n" not in message["To"]
    assert message["To"].addresses[0].addr_spec == "a@b.example"
    for policy in (SES, SES.clone(refold_source="all"), SES.clone(cte_type="7bit")):
        assert message.as_bytes(policy=policy) == raw
    with pytest.raises(InvalidField):
        built(("Subject", message["Subject"]))
    assert section_names(bytes(built(("To", message["To"]))), r"\r\n|\r|\n") == ["To"]
    assert bytes(built(("Subject", word))).count(b"\n") == 2


HOSTILE = [
    *(
        ("To", body)
        for body in ('"', ":;>", "<", "x:y:z;", "<a@b", "(", "a@b,(", "[", "=?", "<@", ",", "a:b@c;d", "\\")
    ),
    *(("Message-ID", body) for body in ("<", ">", "<@>", "<a@[", "=?utf-8?q?")),
    *(("Date", body) for body in ("2444444444 Mar 7 0:0", ",", "1", "-", "Mon, 1 Jan 2024 0:0 +9" + "9" * 30)),
    *(
        ("Content-Type", body)
        for body in ("/", ";", '"', "a/b;", "a/b; =", "a/b; x*0*=", "a/b;x*=x'y", "\udcff/a;b=\udcff")
    ),
    *(("Content-Disposition", body) for body in ("", ";", "a; filename*9999999999=x", "(")),
    *(("MIME-Version", body) for body in (".", "1.", "1" * 5_000 + ".0", "1.0.0", "²")),
    *(("Content-Transfer-Encoding", body) for body in (";", "(", "\udcff")),
    *(("Subject", body) for body in ("=?x?q?", "=?utf-7?q?+2AA-?=", "\udcff", "=?idna?q?xn--?=")),
]


@pytest.mark.parametrize(("name", "body"), HOSTILE)
def test_nothing_that_is_read_raises(name: str, body: str) -> None:
    raw = f"{name}: {body}\r\n\r\nbody".encode("utf-8", "surrogateescape")
    message = email.message_from_bytes(raw, policy=SES)
    read_all(message)
    assert bytes(message) == raw


def read_all(message: Any) -> None:
    """Use everything that a message gives."""
    for part in message.walk():
        for name, value in part.items():
            str(value).encode()
            assert value.name == name
            assert all(isinstance(defect, MessageDefect) for defect in value.defects)
            for what in ATTRIBUTES:
                getattr(value, what, None)
        for what in METHODS:
            getattr(part, what)()
        list(part.iter_attachments())
        part.get_body()


METHODS = (
    *("get_content_type", "get_content_maintype", "get_content_subtype", "get_filename", "get_boundary", "get_params"),
    *("get_content_disposition", "get_content_charset", "is_attachment"),
)
ATTRIBUTES = (
    *("addresses", "groups", "params", "content_type", "maintype", "subtype", "content_disposition", "cte"),
    *("datetime", "version", "major", "minor", "value", "tags", "body"),
)


CLEAN = [
    ("Subject", "=?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?q?_x?= und so"),
    ("Subject", "two  blanks\tand a tab "),
    ("To", 'Joe (who) <a@b.example>, "Q, \\"r\\"" <"a b"@c.example>, team: x@y.example, z@y.example;, v@[192.0.2.1]'),
    ("To", "=?utf-8?q?J=C3=B6rg?= <j@b.example> (home), k@b.example (Kay)"),
    ("From", '"=?utf-8?q?J=C3=B6rg?=" <j@b.example>'),
    ("Reply-To", "undisclosed-recipients:;"),
    ("Sender", "a@b.example"),
    ("Date", "Mon, 1 Jan 2024 00:00:00 -0000"),
    ("Date", "1 Jan 24 0:0 EST (x)"),
    ("Content-Type", 'Text/Plain; Charset="utf-8"; name="a \\"b\\".txt"'),
    ("Content-Type", "multipart/mixed;\r\n boundary=abc"),
    ("Content-Disposition", "attachment; filename*0*=utf-8''na%C3%AF; filename*1=ve.txt; size=3"),
    ("Content-Disposition", "INLINE"),
    ("Content-Transfer-Encoding", "Quoted-Printable"),
    ("MIME-Version", "1.0 (produced by hand)"),
    ("Message-ID", "<a.b@c.example>"),
    ("References", "<a@b>\r\n <c@d>"),
    ("X-Any", "=?iso-8859-1*fr?q?=E9t=E9?="),
]


@pytest.mark.parametrize(("name", "body"), CLEAN)
def test_what_the_library_reads_without_defect_reads_alike(name: str, body: str) -> None:
    theirs = read(body, name, email.policy.SMTP)
    assert not [d for d in theirs.defects if "Obsolete" not in type(d).__name__ and '"=?' not in body]
    assert list(field_differences(theirs, read(body, name))) == []


def field_differences(theirs: Any, ours: Any) -> Iterator[tuple[str, object, object]]:
    """Compare two field objects, as text and by what the library's gives."""
    if str(theirs) != str(ours):
        yield "text", str(theirs), str(ours)
    for what in ATTRIBUTES:
        if hasattr(theirs, what) and getattr(theirs, what) != getattr(ours, what):
            yield what, getattr(theirs, what), getattr(ours, what)


@pytest.mark.shared
def test_the_corpus_reads_as_under_the_library_s_policy(capsys: pytest.CaptureFixture[str]) -> None:
    compared = messages = 0
    for file in corpus():
        raw = file.read_bytes()
        try:
            theirs = email.message_from_bytes(raw, policy=email.policy.SMTP)
            if library_defects(theirs):
                continue
        except Exception:  # noqa: BLE001, the library raises on what it cannot read
            continue
        ours = email.message_from_bytes(raw, policy=SES)
        messages += 1
        for one, other in zip(theirs.walk(), ours.walk(), strict=True):
            for (name, value), (_, our_value) in zip(one.items(), other.items(), strict=True):
                compared += 1
                for what, has, got in field_differences(value, our_value):
                    assert is_known(str(value), str(our_value), our_value.body), (file, name, what, has, got)
            for what in METHODS:
                if what != "get_params" or not str(one.get("Content-Type")).endswith(";"):
                    assert getattr(one, what)() == getattr(other, what)(), (file, what)
    with capsys.disabled():
        print(f" [{messages} messages, {compared} fields as under policy.SMTP]", end="")
    assert compared >= 10_000


def is_known(theirs: str, ours: str, body: str) -> bool:
    """Tell whether a difference is one of those that are meant."""
    return (
        # A semicolon with nothing after it is not shown, nor are blanks at the end.
        theirs.rstrip(" ;") == ours
        # Encoded words in charsets under their other names, or in none of mail's (`words.charset_codec`).
        or bool(re.search(r"=\?(?:iso-8859-8-i|iso-2022-jp|none)\?", body, re.IGNORECASE))
        # The library puts blanks between the encoded words of a display name (CPython gh-128110).
        or ("?= =?" in body and "@" in body and theirs.replace(" ", "") == ours.replace(" ", ""))
    )


@pytest.mark.shared
def test_the_corpus_is_written_as_it_stands() -> None:
    counted: Counter[bool] = Counter()
    for file in corpus():
        raw = file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        message = email.message_from_bytes(raw, policy=SES)
        read_all(message)
        section = parse(raw).header_section
        items = list(message.raw_items())
        if [name for name, _ in items] != [field.name for field in section]:
            continue
        for (name, value), field in zip(items, section, strict=True):
            out = SES.fold_binary(name, value)
            after = field.raw.partition(b":")[2].lstrip(b" \t").removesuffix(b"\r\n") + b"\r\n"
            is_same = out == name.encode() + b": " + after
            counted[is_same] += 1
            # Lines of blanks alone go, and too long ones.
            assert is_same or re.search(rb"\n[ \t]*\r\n|[^\r]{998}", field.raw), (file, name)
            for policy in (SES.clone(refold_source="all"), SES.clone(refold_source="long", max_line_length=40)):
                refolded = policy.fold_binary(name, value)
                assert parse(refolded).header_section.fields[0].body == field.body
            assert SES.fold(name, value).isascii()
        bytes(message)
    assert counted[True] > 9_000
    assert counted[False] < 10


# The catalogue of attacks


def apply(description: dict[str, Any]) -> bytes:
    """Build what an entry of the catalogue describes, as a program would with EmailMessage."""
    message = built()
    for name, value in description.get("headers", ()):
        if not isinstance(value, str):
            pairs = [value] if isinstance(value[0], str) else value
            value = [Mailbox(*pair) for pair in pairs]
        message[name] = value
    if "tags" in description:
        message["X-SES-MESSAGE-TAGS"] = [MessageTag(*tag) for tag in description["tags"].items()]
    if "configuration_set" in description:
        message["X-SES-CONFIGURATION-SET"] = description["configuration_set"]
    message.set_content(description.get("text", ""))
    if "html" in description:
        message.add_alternative(description["html"], subtype="html")
    for attachment in description.get("attachments", ()):
        maintype, _, subtype = attachment["content_type"].partition("/")
        options = {"params": attachment.get("params"), "filename": attachment.get("filename")}
        message.add_attachment(attachment["content"], maintype=maintype, subtype=subtype, **options)
    if "boundary" in description:
        message.set_boundary(description["boundary"])
    return bytes(message)


@pytest.mark.shared
def test_what_the_catalogue_builds_comes_out_as_its_oracles_say() -> None:
    seen = Counter[str]()
    for entry in json.loads(shared("attacks", "index.json").read_text())["entries"]:
        if entry["surface"] != "build":
            continue
        description = eval(entry["generator"], {"n": (entry["sizes"] or [0])[0]})
        seen[entry["family"]] += 1
        if entry["name"] == "hi_boundary_collision":
            assert len(parse(apply(description)).parts) == 2
        elif entry["expected"] == "rejected":
            with pytest.raises(SesMimeError):
                apply(description)
        else:
            raw = apply(description)
            names = [name for name, _ in description["headers"]]
            for line_end in (r"\r\n", r"\n", r"\r\n|\r|\n"):
                assert section_names(raw.partition(b"\r\n\r\n")[0], line_end)[: len(names)] == names
            assert section_names(raw.partition(b"\r\n\r\n")[0], r"\r\n|\r|\n")[len(names) :] == [
                *("Content-Type", "Content-Transfer-Encoding", "MIME-Version")
            ]
            for name, value in description["headers"]:
                if not isinstance(value, str):
                    read_back = email.message_from_bytes(raw, policy=email.policy.SMTP)[name].addresses
                    assert [[a.display_name, a.addr_spec] for a in read_back] == value
                    field = parse(raw).header_section.first(name)
                    assert field is not None
                    assert [[m.display_name, m.address] for m in parse_addresses(field.body)] == value
                else:
                    assert email.message_from_bytes(raw, policy=email.policy.SMTP)[name] == value
    assert seen["header_injection"] >= 10
    assert seen["address"] >= 1


@pytest.mark.shared
def test_the_files_of_the_catalogue_are_read_written_and_folded() -> None:
    refused = set()
    for file in sorted(shared("attacks").glob("*.eml")):
        raw = file.read_bytes()
        message = email.message_from_bytes(raw, policy=SES)
        read_all(message)
        before = [parse_addresses(f.body).mailboxes for f in parse(raw).header_section.all("To")]
        for policy in (SES, SES.clone(refold_source="all"), SES.clone(refold_source="all", max_line_length=30)):
            try:
                out = message.as_bytes(policy=policy)
            except SesMimeError:
                refused.add(file.stem)
                continue
            if "\r" not in "".join(message.values()):
                after = [parse_addresses(f.body).mailboxes for f in parse(out).header_section.all("To")]
                assert after == before, file
    # A NUL is not written.
    assert refused == {"ad_from_nul", "cs_nul_name", "ma_nul_in_type"}


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ad_long_quoted_refold", "ad_ew_specials_refold"])
def test_no_recipient_changes_in_folding_or_copying(name: str) -> None:
    raw = shared("attacks", f"{name}.eml").read_bytes()
    message = email.message_from_bytes(raw, policy=SES)
    assert [address.addr_spec for address in message["To"].addresses] == ["real@example.com"]
    for out in (message.as_bytes(policy=SES.clone(refold_source="all")), bytes(built(("To", message["To"])))):
        theirs = email.message_from_bytes(out, policy=email.policy.SMTP)["To"]
        assert [address.addr_spec for address in theirs.addresses] == ["real@example.com"]


def test_fields_are_written_as_everywhere_in_sesmime() -> None:
    for name, body in (
        ("X-Any", "word " * 60 + "end"),
        ("X-SES-Any", "a, " * 500 + "b"),
        ("References", "<a@b> " * 40 + "<c@d>"),
    ):
        assert bytes(built((name, body))) == format_field(name, body) + b"\r\n"
