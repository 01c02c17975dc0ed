"""Laws of `build` and `readdress`: refused, or written so that every reader finds what was asked for, nothing else."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, cast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sesmime import (
    Entity,
    InvalidAddress,
    InvalidField,
    Mailbox,
    SesFields,
    SesMimeError,
    decode_words,
    parse,
    parse_addresses,
    parse_parameters,
    read_ses_fields,
)
from sesmime.compose.build import build, readdress
from sesmime.compose.parts import Attachment
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.linter.run import lint
from sesmime.mime.addresses import format_addresses
from sesmime.mime.grammar import STRUCTURED_FIELDS
from sesmime.ses.address_length import is_overlong
from sesmime.ses.interfaces import Interface
from sesmime.ses.javamail import verdict
from sesmime.ses.quotas import MAX_MAILBOX
from tests.property import strategies as our
from tests.property.mailboxes import (
    any_address,
    any_text,
    good_address,
    is_read_exactly,
    unquoted,
    without_blanks,
    writable_text,
)
from tests.property.tokens import NO_TEXT, any_names, section_holds, token_names

FIXED: dict[str, Any] = {"date": datetime(2026, 11, 21, tzinfo=UTC), "message_id": "<1@example.com>"}
OWN = ["Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]

body_text = st.lists(
    any_text.filter(lambda text: not re.search("[\ud800-\udfff]", text))
    | st.sampled_from(
        ["\r\n", "\n", "\r", "\n--\n", "\n--=_1", "\n.\n", "\nFrom x\n", "\0", "=", " \n", "é" * 90, "x" * 1_000]
    ),
    max_size=8,
).map("".join)
body_texts = st.none() | body_text

types = st.sampled_from(
    [
        None,
        None,
        "application/pdf",
        "image/png",
        "text/csv; charset=utf-8",
        'text/plain; charset="iso-8859-1"; x="a;b\\"c"',
    ]
)
content_ids = st.none() | st.text("abc@.-_%+<> é", max_size=8)
attachments = st.lists(
    st.builds(
        Attachment,
        st.binary(max_size=200) | st.integers(0, 130).map(b"\xff".__mul__),
        st.none() | any_text,
        types,
        content_ids,
        st.sampled_from(["attachment", "attachment", "inline"]),
    ),
    max_size=3,
)
good_attachments = st.lists(
    st.builds(
        Attachment,
        st.binary(max_size=200),
        st.none() | writable_text.filter(lambda text: bool(text) and len(text) < 2_000),
        types,
        st.none() | st.uuids().map(str),
        st.sampled_from(["attachment", "inline"]),
    ),
    max_size=4,
)


def is_short(mailbox: Mailbox) -> bool:
    """Say whether SES takes a mailbox of this length; one that is not would only be drawn to be thrown away."""
    return len(mailbox.display_name) <= MAX_MAILBOX and not is_overlong(format_addresses([mailbox]))


# Addresses that `build` takes, nearly all of them.
_NOT_TAKEN = re.compile(r'"[^"]*[:@>\\].*"@|=\?|(?:\.|@)1\Z')
sendable_addresses = good_address.filter(lambda address: _NOT_TAKEN.search(address) is None)
good_mailboxes = st.lists(
    st.builds(Mailbox, writable_text, sendable_addresses).filter(is_short), min_size=1, max_size=3
)
some_mailboxes = good_mailboxes | good_mailboxes | st.lists(st.builds(Mailbox, any_text, any_address), max_size=3)
one_mailbox = good_mailboxes.map(lambda mailboxes: mailboxes[0])
requests = st.fixed_dictionaries(
    {"sender": one_mailbox | one_mailbox | st.builds(Mailbox, any_text, any_address)},
    optional={
        "to": some_mailboxes,
        "cc": some_mailboxes,
        "reply_to": some_mailboxes,
        "subject": writable_text | any_text,
        "text": body_texts,
        "html": body_texts,
        "attachments": attachments,
        "fields": st.lists(st.tuples(token_names | any_names, writable_text | any_text), max_size=3),
        "ses": our.ses_fields,
    },
)
# Messages to be given to others, whose bodies and own recipients are of no matter.
_OWN_MAILBOXES = st.lists(
    st.builds(
        Mailbox,
        st.sampled_from(
            ["", "Ada", "Lovelace, Ada", "Zürich", "東京都" * 30, "=?utf-8?q?x?=", 'a"b\\c', " a  b ", "a." * 60]
        ),
        st.sampled_from(["ada@example.com", '"a b"@example.com', "x+y@[192.0.2.1]", "a=b.c@xn--bcher-kva.example"]),
    ),
    min_size=1,
    max_size=4,
)
templates = st.fixed_dictionaries(
    {"sender": _OWN_MAILBOXES.map(lambda own: own[0]), "to": _OWN_MAILBOXES, "cc": _OWN_MAILBOXES},
    optional={"html": st.just("<p>"), "fields": st.just([("X-A", "1"), ("X-A", "2")]), "ses": our.ses_fields},
)
good_requests = st.fixed_dictionaries(
    {"sender": one_mailbox, "to": good_mailboxes},
    optional={
        "cc": good_mailboxes,
        "reply_to": good_mailboxes,
        "subject": writable_text,
        "text": body_text,
        "html": body_text,
        "attachments": good_attachments,
        "fields": st.lists(st.tuples(token_names, writable_text), max_size=3),
        "ses": our.ses_fields,
    },
)
# What a message that is built can still be refused for: sizes, counts, and the names of files.
EXCEPTED = ("message-too-large", "too-many-recipients", "no-recipient", "blocked-attachment", "file-name-characters")


def built(arguments: dict[str, Any]) -> bytes:
    """Build a message; leaves out of the test what is refused for its addresses, which other laws are about."""
    try:
        return build(**arguments, **FIXED)
    except InvalidAddress:
        assume(False)
        raise


def names_of(arguments: dict[str, Any]) -> list[str]:
    """Return the names of the fields that are asked for, less those of SES and of MIME."""
    names = [name for name, key in (("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to")) if arguments.get(key)]
    names += ["Subject"] if arguments.get("subject") else []
    return ["From", *names, "Date", "Message-ID", *(name for name, _ in arguments.get("fields", ()))]


def holds(message: bytes, arguments: dict[str, Any]) -> Entity:
    """Check the lines of a message, its fields in every way of splitting lines, and its tree."""
    assert message.isascii()
    lines = message.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 998
    assert not any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines)
    entity = parse(message)
    found = [field.name for field in entity.header_section]
    section_holds(message, found)
    expected = names_of(arguments)
    assert found[: len(expected)] == expected
    rest = [name for name in found[len(expected) :] if not name.startswith("X-SES-")]
    assert rest in (["MIME-Version", "Content-Type"], OWN[2:])
    for part in entity.walk():
        assert part.defects == ()
        if not part.is_multipart and part.disposition is None:
            assert part.content_defects() == ()
        section_holds(bytes(part.raw), [field.name for field in part.header_section])
    return entity


def of_the_library(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=email.policy.default)


def crlf(text: str) -> str:
    """Return a text as the lines that it is."""
    lines = re.sub(r"\r\n|\r|\n", "\n", text)
    return (lines if lines.endswith("\n") else lines + "\n").replace("\n", "\r\n")


class TestAnyRequest:
    """RFC 5322 section 2.2: "A field body MUST NOT include CR and LF except when used in "folding" and "unfolding"";
    what is asked for in a field never leaves it.
    """

    @given(requests)
    @example({"sender": Mailbox("", "a@b.example"), "subject": "=?utf-8?q?x=0D=0ABcc:_v@example.net?="})
    @example({"sender": Mailbox("a\r\nBcc: v", "a@b.example")})
    @example({"sender": Mailbox("", "a@b.example"), "fields": [("X-A: v\r\nBcc", "v@example.net")]})
    @example({"sender": Mailbox("", "a@b.example"), "attachments": [Attachment(b"", 'a"\r\nX-I: y\r\nz="')]})
    def test_it_is_refused_or_written_as_asked(self, arguments: dict[str, Any]) -> None:
        try:
            message = build(**arguments, **FIXED)
        except (SesMimeError, ImportError):
            return
        entity = holds(message, arguments)
        section = entity.header_section
        for name, key in (("From", "sender"), ("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to")):
            given_mailboxes = arguments.get(key, [])
            given_mailboxes = [given_mailboxes] if isinstance(given_mailboxes, Mailbox) else given_mailboxes
            field = section.first(name)
            read = parse_addresses(field.body if field else "")
            assert read.defects == ()
            for wanted, found in zip(given_mailboxes, read, strict=True):
                assert wanted.display_name == found.display_name
                assert wanted.local_part == found.local_part
                assert wanted.domain == found.domain or not wanted.domain.isascii()
        for name, text in arguments.get("fields", ()):
            if name.lower() not in STRUCTURED_FIELDS:
                assert text in [decode_words(field.body) for field in section.all(name)]
        assert read_ses_fields(message) == arguments.get("ses", SesFields())

    @given(any_text)
    def test_a_subject_is_refused_or_read_back(self, subject: str) -> None:
        try:
            message = build(sender="a@b.example", subject=subject, **FIXED)
        except InvalidField:
            assert NO_TEXT.search(subject)
            return
        assert (of_the_library(message)["Subject"] or "") == subject

    @given(st.text(max_size=12), st.text("aäßςéüı日本語ツ한ςſİẞ-.xn\u200d\u30fb", min_size=1, max_size=70))
    def test_a_domain_is_refused_or_written_in_ascii(self, name: str, domain: str) -> None:
        try:
            message = build(sender=Mailbox(name, f"a@{domain}"), **FIXED)
        except (InvalidAddress, ImportError):
            return
        (read,) = parse_addresses(parse(message).header_section.fields[0].body)
        assert read.domain.isascii()
        labels = zip(read.domain.split("."), domain.split("."), strict=True)
        assert all(wrote == asked or (wrote.startswith("xn--") and not asked.isascii()) for wrote, asked in labels)


class TestGoodRequests:
    """DESIGN section 7, law 7: "the standard library reads back the same texts, names and contents".

    To draw a request costs more than to look at what is built of it, so that one message is looked at from all sides.
    """

    @given(good_requests)
    def test_laws_4_and_7(self, arguments: dict[str, Any]) -> None:
        message = built(arguments)
        holds(message, arguments)
        self._recipients_are_read_back_by_the_library(message, arguments)
        self._parts_are_read_back(message, arguments)
        self._the_strict_grammar_takes_every_field(message)
        self._lint_finds_no_error(message)

    def _recipients_are_read_back_by_the_library(self, message: bytes, arguments: dict[str, Any]) -> None:
        read = of_the_library(message)
        for name, key in (("From", "sender"), ("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to")):
            if key not in arguments:
                assert name not in read
                continue
            given_mailboxes = [arguments[key]] if key == "sender" else arguments[key]
            for wanted, found in zip(given_mailboxes, read[name].addresses, strict=True):
                assert (found.username, found.domain) == (unquoted(wanted.local_part), wanted.domain)
                if is_read_exactly(wanted.display_name):
                    assert found.display_name == wanted.display_name
                else:
                    assert without_blanks(found.display_name) == without_blanks(wanted.display_name)

    def _parts_are_read_back(self, message: bytes, arguments: dict[str, Any]) -> None:
        ours = [entity for entity in parse(message).walk() if not entity.is_multipart]
        theirs = [part for part in of_the_library(message).walk() if not part.is_multipart()]
        expected: list[tuple[str, str | bytes, str | None, str | None]] = []
        if "text" in arguments or not (arguments.get("html") is not None or arguments.get("attachments")):
            expected.append(("text/plain", crlf(arguments.get("text", "")), None, None))
        given_attachments = arguments.get("attachments", [])
        beside: list[Attachment] = []
        if "html" in arguments:
            expected.append(("text/html", crlf(arguments["html"]), None, None))
            beside = [one for one in given_attachments if one.disposition == "inline" and one.content_id is not None]
        for one in [*beside, *(one for one in given_attachments if one not in beside)]:
            kind = (one.content_type or "").partition(";")[0]
            expected.append((kind, cast(bytes, one.content), one.filename, one.content_id))
        assert len(expected) == len(ours) == len(theirs)
        for (kind, content, filename, content_id), entity, part in zip(expected, ours, theirs, strict=True):
            assert kind in ("", entity.content_type)
            assert entity.content_type == part.get_content_type()
            if isinstance(content, str):
                assert entity.text(strict=True) == content
                # The library divides lines at other places than CRLF and LF too.
                assert part.get_payload(decode=True) == content.encode()
                continue
            assert entity.content(strict=True) == part.get_payload(decode=True) == content
            field = entity.header_section.first("Content-Disposition")
            assert field is not None
            assert parse_parameters(field.body)[1].get("filename") == filename
            assert part["Content-Disposition"].params.get("filename") == filename
            assert part["Content-ID"] == (None if content_id is None else f"<{content_id}>")

    def _the_strict_grammar_takes_every_field(self, message: bytes) -> None:
        entity = parse(message)
        for field in entity.header_section:
            if field.name in ("From", "To", "Cc", "Reply-To"):
                raw = field.raw.decode("ascii").partition(":")[2].strip()
                for value in (field.body, raw):
                    found = verdict("parse+validate", value)
                    assert found.error is None
                    assert not found.unpredictable
                    assert len(found.parsed) == len(parse_addresses(field.body))
        for part in entity.walk():
            for name in ("Content-Type", "Content-Disposition"):
                for field in part.header_section.all(name):
                    for value in (field.body, field.raw.decode("ascii").partition(":")[2].strip()):
                        assert verdict(name.lower(), value).error is None
            if part.is_multipart:
                field = part.header_section.all("Content-Type")[0]
                counted = verdict("count-parts", bytes(part.body).decode("latin-1"), content_type=field.body)
                assert counted.parsed == {"parts": len(part.parts), "complete": True}

    def _lint_finds_no_error(self, message: bytes) -> None:
        for interface in (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP):
            report = lint(message, interface=interface, config=LintConfig())
            errors = [finding for finding in report if finding.severity is Severity.ERROR]
            assert [finding for finding in errors if finding.name not in EXCEPTED] == []

    @pytest.mark.edges
    @given(good_requests)
    def test_another_parser_reads_the_same_parts(self, arguments: dict[str, Any]) -> None:
        other = pytest.importorskip("fast_mail_parser")
        message = built(arguments)
        ours = list(parse(message).walk())
        theirs = list(other.walk(other.parse_email_tree(message)))
        assert [entity.content_type for entity in ours] == [part.content_type for part in theirs]
        for entity, part in zip(ours, theirs, strict=True):
            if entity.is_multipart:
                assert len(part.children) == len(entity.parts)
            else:
                assert part.content == entity.content()
                assert part.disposition == entity.disposition


class TestReaddressing:
    """RFC 5322 section 2.1: the header section is changed, and the body stays."""

    @given(templates, good_mailboxes, st.lists(st.tuples(token_names, writable_text), max_size=3), our.ses_fields)
    def test_a_copy_names_its_recipients_and_no_others(
        self, arguments: dict[str, Any], to: list[Mailbox], fields: list[tuple[str, str]], ses: SesFields
    ) -> None:
        message = built(arguments)
        try:
            pieces = readdress(message, to=to, fields=fields, ses=ses)
        except InvalidAddress:
            assume(False)
        copy = b"".join(pieces)
        before, after = parse(message), parse(copy)
        assert bytes(after.body) == bytes(before.body)
        section_holds(copy, [field.name for field in after.header_section])
        found = {field.name.lower(): field.body for field in after.header_section}
        assert list(parse_addresses(found["to"])) == to
        assert "cc" not in found
        for name, text in fields:
            assert text in [decode_words(field.body) for field in after.header_section.all(name)]
        assert read_ses_fields(copy) == ses
        given_names = {"to", "cc", "message-id", *(name.lower() for name, _ in fields)}
        kept = [f.raw for f in before.header_section if f.name.lower() not in given_names and "X-SES-" not in f.name]
        assert [raw for raw in (f.raw for f in after.header_section) if raw in kept] == kept

    @given(our.messages, any_address, any_names, any_text)
    def test_any_message_is_readdressed_or_the_request_refused(
        self, message: bytes, to: str, name: str, text: str
    ) -> None:
        try:
            pieces = readdress(message, to=to, fields=[(name, text)])
        except (SesMimeError, ImportError):
            return
        assert b"".join(pieces).endswith(message[len(message) - len(pieces[1]) :])
        section = parse(b"".join(pieces)).header_section
        assert len(section.all("To")) == len(section.all("Message-ID")) == 1
