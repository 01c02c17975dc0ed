"""Fields that are assigned under the SES policy: what is taken, checked and refused."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.errors import HeaderDefect
from email.header import Header
from email.headerregistry import Address, Group, HeaderRegistry
from email.message import EmailMessage
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
    parse_addresses,
    read_ses_fields,
)
from sesmime.mime.addresses import Group as MailboxGroup
from sesmime.policy import SES
from sesmime.policy.fields import field_lines
from tests.policy.written import built, read

ARN = "arn:aws:ses:us-east-1:123456789012:identity/example.com"


def written(name: str, value: Any) -> str:
    """Return one field as it is written when it is assigned, less name, colon and line end."""
    raw = bytes(built((name, value)))
    assert raw.endswith(b"\r\n\r\n")
    return raw.decode("ascii")[len(name) + 2 : -4]


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
    assert written("To", Address("", "a..b", "c.example")) == '"a..b"@c.example'
    assert written("To", Address("", "a.", "c.example")) == '"a."@c.example'
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
    with pytest.raises(InvalidField, match="a line of more than 998 octets that cannot be folded"):
        field_lines("To", '"' + "a, b " * 300 + '" <a@b.example>')
    long_name = built(("To", [Mailbox("Quoted, " + "words " * 60, "a@b.example")]))
    assert len(email.message_from_bytes(bytes(long_name), policy=email.policy.SMTP)["To"].addresses) == 1


# Texts, dates, identifiers, MIME


def test_text_is_text_and_never_syntax() -> None:
    for text in (
        "Grüße",
        "a =?utf-8?q?x?=",
        "=?utf-8?q?a=0D=0ABcc:_c?=",
        "=?x?q?x?=",
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
    # Read again, the quoted string would be another parameter.
    odd = read('"a;b" ; x=y', "Content-Type")
    assert (odd.content_type, dict(odd.params), str(odd)) == ("text/plain", {"x": "y"}, '; x="y"')
    assert [defect.args[0].partition(":")[0] for defect in odd.defects] == ["invalid-value"]
    odd = read('text/html "a;b"; x=y', "Content-Type")
    assert (odd.content_type, dict(odd.params), str(odd)) == ("text/html", {"x": "y"}, 'text/html; x="y"')


@pytest.mark.parametrize("name", ["Content-Transfer-Encoding", "MIME-Version", "Date"])
@pytest.mark.parametrize("body", ["", "; x"])
def test_what_is_missing_is_told_as_in_the_library(name: str, body: str) -> None:
    ours, theirs = read(body, name), read(body, name, email.policy.SMTP)
    assert {type(defect) for defect in ours.defects} == {type(defect) for defect in theirs.defects}


def test_a_quoted_local_part_reads_as_in_the_library() -> None:
    for local_part in ('"a\\"b"', '"a\\\\b"', '"a b"'):
        theirs = read(f"{local_part}@c.example", "To", email.policy.SMTP)
        assert read(f"{local_part}@c.example", "To").addresses == theirs.addresses


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
        ("Content-Disposition", "attachment; attachment=x"),
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


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ("attachment; filename*=a.txt", "attachment; filename=a.txt"),
        ("attachment; filename*=\"utf-8''a.txt\"", "attachment; filename=a.txt"),
        ("attachment; filename=(comment)a.txt", "attachment; filename=a.txt"),
        ('attachment; filename="a\\.txt"', "attachment; filename=a.txt"),
        ("attachment; ; filename=a.txt", "attachment; filename=a.txt"),
        ("attachment; filename", 'attachment; filename=""'),
        ("attachment; filename=a b.txt", 'attachment; filename="a b.txt"'),
        ("attachment; filename==?utf-8?q?a?=", "attachment; filename*=utf-8''%3D%3Futf-8%3Fq%3Fa%3F%3D"),
    ],
)
def test_parameters_that_are_written_oddly_are_written_anew(value: str, body: str) -> None:
    assert built(("Content-Disposition", value))["Content-Disposition"].body == body


def test_more_than_32_semicolons_of_a_parameter_are_shown_encoded() -> None:
    for count, shown in ((32, f'a/b; name="{";" * 32}"'), (33, "a/b; name*=utf-8''" + "%3B" * 33)):
        field = read(f'a/b; name="{";" * count}"', "Content-Type")
        assert (str(field), field.params["name"]) == (shown, ";" * count)


def test_parameters_fold_after_a_semicolon_alone() -> None:
    for name in ("Content-Type", "Content-Disposition"):
        value = 'a/b; name="' + "word " * 30 + '"; size=3'
        lines = field_lines(name, value)
        assert lines == [f"{name}: a/b;", ' name="' + "word " * 30 + '";', " size=3"]


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
