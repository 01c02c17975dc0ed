"""Hostile input by family: a finding tells of it, it becomes no field, nothing else escapes, and nothing takes long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from sesmime import (
    explain_rejection,
    fix,
    lint,
    message_from_bytes,
    parse,
    parse_parameters,
    predict_rejection,
    strip_ses_fields,
)
from tests import laws
from tests.hostile import HEAD, RAW, subject

PART = b"--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
END = b"--b--\r\n"


def multipart(body: bytes, content_type: bytes = b"multipart/mixed; boundary=b") -> bytes:
    return HEAD + b"Content-Type: " + content_type + b"\r\n\r\n" + body


def part(head: bytes, body: bytes = b"hi\r\n") -> bytes:
    return multipart(b"--b\r\n" + head + b"\r\n" + body + END)


def attachment(parameters: bytes) -> bytes:
    return part(b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; " + parameters + b"\r\n")


def named(name: str) -> bytes:
    return attachment(b"filename*=utf-8''" + quote(name, safe="").encode())


def encoded(encoding: bytes, body: bytes) -> bytes:
    fields = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " + encoding
    return HEAD + fields + b"\r\n\r\n" + body


def with_field(line: bytes) -> bytes:
    return HEAD + line + b"\r\n\r\nhi\r\n"


def from_field(body: bytes) -> bytes:
    return HEAD.replace(b"a@example.com", body) + b"\r\nhi\r\n"


def tags(body: bytes) -> bytes:
    return with_field(b"X-SES-CONFIGURATION-SET: c\r\nX-SES-MESSAGE-TAGS: " + body)


def arn(body: bytes) -> bytes:
    return with_field(b"X-SES-SOURCE-ARN: " + body)


def dkim(signed: bytes) -> bytes:
    return with_field(
        b"X-SES-TENANT: t\r\nDKIM-Signature: v=1; a=rsa-sha256; d=a.b; s=s; " + signed + b" bh=YQ==; b=YQ=="
    )


def told(make: Callable[[Any], bytes], codes: str, *variants: Any) -> list[Any]:
    """Return a case for each variant: what makes the message of it, and the rules of which one must tell of it."""
    wanted = set(codes.split())
    return [pytest.param(make(variant), wanted, id=f"{codes}-{ascii(variant)[:40]}") for variant in variants]


FOUND = [
    # Boundaries
    *told(
        lambda form: multipart(b"--bc\r\n\r\nhi\r\n--bc--\r\n", b"multipart/mixed; " + form),
        "RFC411",
        b"boundary*=us-ascii''bc",
        b"boundary*0=bc",
        b"boundary*0=b; boundary*1=c",
        b"boundary*0*=utf-8''b; boundary*1*=%63",
        b"BOUNDARY*=utf-8'en'%62%63",
    ),
    *told(
        lambda form: multipart(b"--c\r\n\r\nx\r\n--c--\r\n" + PART + END, b"multipart/mixed; " + form),
        "RFC408",
        b"boundary=b; boundary*=us-ascii''c",
        b"boundary*0=b; boundary=c",
        b"boundary=b; boundary=c",
        b"boundary=b; Boundary=c",
    ),
    *told(
        lambda form: multipart(PART + END, b"multipart/mixed; boundary=" + form),
        "RFC403 RFC407 RFC410 SES401 SES402",
        b'"b "',
        b'""',
        b'"b\\"',
        b'"=?us-ascii?q?b?="',
        b"'b'",
        b'"\xe9"',
        b'"b\0"',
        b"b(c)",
    ),
    *told(
        lambda line: multipart(PART + line + b"\r\nContent-Type: text/html\r\n\r\nx\r\n" + END),
        "RFC404 SEC203",
        b"--bx",
        b"--b\0",
        b"--b--x",
        b"--b---",
        b"--b--\r\n--b",
    ),
    *told(
        lambda text: multipart(text + b"\r\n\r\n" + PART + END),
        "SEC203",
        b"Content-Type: text/html\r\n\r\nx",
        b"content-disposition : attachment; filename=a.exe",
        b"This is MIME.\r\n\r\nContent-Transfer-Encoding: base64",
        b"--c\r\nContent-Type: text/html\r\n\r\nx\r\n--c--",
        b"begin 644 a.exe\r\n#0V%T\r\n`\r\nend",
    ),
    *told(
        lambda text: multipart(PART + END + text + b"\r\n"),
        "SEC203",
        b"Content-Type: text/html\r\n\r\nx",
        b"--b\r\n\r\nx\r\n--b--",
        b"begin 0644 a.exe\r\n#0V%T\r\n`\r\nend",
    ),
    # Fields of parts
    *told(part, "RFC108", b"Content-Type: text/plain\r\njunk\r\n", b": x\r\n", b" Content-Type: text/html\r\n"),
    *told(part, "SES008", b"Content-Type : text/html\r\n", b"Content-Disposition\t: attachment\r\n"),
    *told(
        lambda name: part(b"Content-" + name + b": a\r\ncontent-" + name + b": b\r\n"),
        "SEC403",
        b"Type",
        b"Disposition",
        b"Transfer-Encoding",
    ),
    *told(
        lambda kind: part(b"Content-Type: " + kind + b"\r\n"),
        "SES402 RFC407",
        b"text/html, text/plain",
        b"text//html",
        b"text/(x)html",
        b"(x) text/html",
        b"text/html; charset*=us-ascii''utf-8",
        b"=?us-ascii?q?text/html?=",
        b"",
    ),
    # Transfer encodings
    *told(
        lambda label: encoded(label, b"aGk=\r\n"),
        "RFC304",
        *(b"x-uuencode uuencode x-uue uue x-base64 base64, base64;x=1 7bits gzip yenc".split()),
        b'"base64"',
        b"base64 quoted-printable",
        b"(x) base64",
        b"base 64",
    ),
    *told(
        lambda body: encoded(b"quoted-printable", body),
        "RFC307",
        *(b"a=", b"a= ", b"a=\t", b"a=3", b"a=G1\r\n", b"a==3D\r\n", b"=\0", b"a\xe9\r\n", b"ab=\r\n="),
    ),
    *told(
        lambda body: encoded(b"base64", body),
        "RFC306",
        *(b"aGk", b"aGk=aGk=", b"aG!k", b"=aGk", b"a===", b"aGk=\r\nYWJj", b"-_-_", b"aGk=\r\n\r\nfooter", b"===="),
    ),
    # File names
    *told(
        named,
        "SEC402",
        *("NUL", "nul.tar.gz", "CON.txt", "com1", "LPT9.pdf", "aux.", "prn .txt", "CLOCK$", "conin$"),
        *(
            "a\uff0fb.pdf",
            "..\u2215..\u2215x",
            "a\u2044b",
            "a\u29f8b",
            "a\uff3cb",
            "c\uff1ax",
            "a\uff0eexe",
            "a\ufe52js",
        ),
        *("a.pdf.", "a.pdf ", "a.exe\u3000", "a\u200b.exe", "a\u034f.exe", "a\u3164.exe", "a\u2800\u2800.exe"),
        *("\u202efdp.exe", "a\u2066.exe", "a\t.txt", "../x", "C:x", "a          .exe", "x" * 300 + ".txt"),
    ),
    *told(
        attachment,
        "SEC401 SEC402 SES403 SES404 SES405 RFC407 RFC408 RFC410",
        b"filename=NUL",
        b"filename=a.txt; filename=a.exe",
        b"filename*0=a; filename*2=.exe",
        b"filename=a.txt; filename*=utf-8''a.exe",
        b"filename*=utf-8'a.txt",
        b"filename*=utf-8''%zz",
        b"filename*=x-none''a",
        b'filename="=?utf-8?q?=2E=2E=2Fx?="',
        b"filename=a b",
        b'filename="a\\..\\b"',
    ),
    # Addresses
    *told(
        from_field,
        "SES201 SES209 RFC201 RFC202 RFC203 SEC101 SEC103 SEC301 SEC303",
        b"a@example.com(x)@evil.example",
        b"<a@example.com>b@evil.example",
        b"a@example.com <b@evil.example>",
        b'"a@example.com" <b@evil.example>',
        b"=?utf-8?q?a=40example=2Ecom?= <b@evil.example>",
        b"=?utf-8?b?77ycYUBiLmN4?= <b@evil.example>",
        b"a@example.com\0@evil.example",
        b"<@evil.example:a@example.com>",
        b'"a@evil.example"@example.com',
        b"(a@example.com) b@evil.example",
        b"=?utf-8?q?a?=@example.com",
        b"=?utf-8?q?a=0D=0ABcc=3A_v=40x=2Ey?= <a@example.com>",
        b"=?utf-8?q?=E2=80=AEmoc?= <a@example.com>",
        b"a@exam\xef\xbc\x8eple.com",
        b"a\xef\xbc\xa0example.com",
        b"[a@example.com]",
        b"a\\@b@example.com",
        b"a@example.com;b@evil.example",
    ),
    # Encoded words
    *told(
        subject,
        "SEC301",
        b"=?utf-8?q?a=0ABcc:_x?=",
        b"=?utf-8?b?eA0KQmNjOiB2?=",
        b"=?utf-8?q?a=00?=",
        b"=?utf-8?q?a=E2=80=A9b?=",
        b"=?utf-7?q?+AA0ACg-Bcc?=",
        b"=?cp037?q?=25?=",
    ),
    *told(
        subject,
        "RFC111",
        b"=?utf-8?x?a?=",
        b"=?utf-8??a?=",
        b"=?utf-8?q?a=G1?=",
        b"=?utf-8?q?a=?=",
        b"=?utf-8?q?a=4?=",
        b"=?utf-8?b?!!?=",
        b"=?rot13?q?a?=",
        b"=?utf-8?q?=FF?=",
        b"=?utf-8?q?a",
        b"=?utf-8?q?a b?=",
        b"x=?utf-8?q?a?=",
    ),
    # Settings that hide, or are malformed
    *told(
        with_field,
        "SEC302 SES001 SES107 SEC303 RFC107 RFC108 RFC110",
        b"X-SES-TENANT : a",
        b"X-SES-TENANT\t: a",
        b"X-SES-TENANT\r\n : a",
        b"X-N: a\rX-SES-TENANT: b",
        b"X-N: a\r X-SES-TENANT: b",
        b"\0X-SES-TENANT: b",
        b"X-SES-\rTENANT: a",
        b"X-SES-TENANT\x0b: a",
        b"X-N: a\0X-SES-TENANT: b",
        b"X-N: a\x0cX-SES-TENANT: b",
        b"X-N: a\x85X-SES-TENANT: b",
        b"X\xc2\xad-SES-TENANT: b",
        b"X-SES-Other: b",
    ),
    *told(
        tags,
        "SES501 SES502 SES503",
        *(
            b"a",
            b"a=",
            b"=b",
            b"a=b,,c=d",
            b"a=b;c=d",
            b"a=b c",
            b"a=b=c",
            b'a="b"',
            b"a=b.c",
            b"a=b@c",
            b"a.b=c",
            b"a:b=c",
        ),
        *(
            b"a=\xc3\xa9",
            b"a=b\0",
            b"a=b\x0b",
            b"a=b, a=c",
            b"ses:x=a",
            b"SES:feedback-id-a=b",
            b"a=" + b"b" * 256,
            b"a=%62",
        ),
        *(b"=?utf-8?q?a=3Db?=", b"a=\xe2\x80\xaeb", b"a=<b>", b"a=b\rX: y", b"a=b\\", b",", b"a=b\r\n c"),
    ),
    *told(
        arn,
        "SES508",
        b"arn:aws:ses:us-east-1:12345678901:identity/a.com",
        b"arn:aws:ses:us-east-1:123456789012:identity/",
        b"arn:aws:sns:us-east-1:123456789012:identity/a.com",
        b"arn:aws:ses:us-east-1:123456789012:identity/a.com, b.com",
        b"ARN:aws:ses:us-east-1:123456789012:identity/a.com",
        b"arn:aws:ses:us-east-1:123456789012:identity/\xc3\xa9.com",
        b"<arn:aws:ses:us-east-1:123456789012:identity/a.com>",
    ),
    *told(
        dkim,
        "SES602 SES605 SES601 SEC601",
        b"h=from:x-ses-tenant;",
        b"h=From : X-SES-TENANT ;",
        b"h=fr\r\n om:to;",
        b"h=from:date;",
        b"h=to;",
        b"h=;",
        b"h=from; h=to;",
        b"h=from; l=0;",
    ),
    # Smuggling
    *told(
        lambda body: HEAD + b"\r\n" + body,
        "SEC201",
        *(
            b"x\n.\n",
            b"x\n.\r\n",
            b"x\r\n.\n",
            b"x\r.\r",
            b"x\r.\r\n",
            b"x\r\n.\r",
            b"x\r\n\0.\r\n",
            b".\n",
            b"x\r\r\n.\r\r\n",
        ),
    ),
]


@pytest.mark.parametrize(("message", "codes"), FOUND)
def test_a_finding_tells_of_it_and_the_bytes_stay(message: bytes, codes: set[str]) -> None:
    for interface in RAW:
        report = laws.lints(message, interface=interface)
        assert {finding.code for finding in report} & codes
        assert all(finding.message.isprintable() for finding in report)
    assert laws.rebuilt(parse(message)) == message
    laws.strips(message)


@pytest.mark.parametrize("message", [multipart(PART + END), named("console.pdf"), named("r\xe9sum\xe9 (2).pdf")])
def test_nothing_is_told_of_what_is_plain(message: bytes) -> None:
    assert list(lint(message)) == []


# A CR's own refusal


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (b"Subject: one\r\nSubject: two\r\nX-Note: a\rb", None),
        (b"Subject: one\r\nSubject: two\r\nX-Note: a\rReply-To: c@d.example", None),
        (b"Subject: one\r\nSubject: two\r\nX-Note: a\rSubject: three", None),
        (b"Subject: one\r\nX-Note: a\rsubject: two", "Duplicate header 'Subject'."),
        (b"X-Note: a\rSubject: one\rSubject: two", "Duplicate header 'Subject'."),
        (b"Keywords: a\r\nKeywords: b\r\nSubject: c\r\nX-Note: a\rSubject: d", "Duplicate header 'Subject'."),
    ],
)
def test_a_lone_cr_is_expected_to_be_refused_for_what_it_makes_alone(fields: bytes, expected: str | None) -> None:
    message = b"From: a@example.com\r\nTo: b@example.org\r\n" + fields + b"\r\n\r\nhi\r\n"
    (finding,) = [finding for finding in lint(message) if finding.code == "SES001"]
    assert finding.rejection == expected


# Size. What took minutes here once, and its like; a quadratic one would not end.


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["Content-Type", "Content-Disposition", "MIME-Version", "Subject", "X-SES-MESSAGE-TAGS"]
)
@pytest.mark.parametrize(
    "body", [b"text/plain" + b" " * 500_000, b"a; b=c" + b" \t" * 250_000 + b";", b"a" + b"\r\n " * 150_000 + b"b"]
)
def test_half_a_megabyte_of_blanks_is_read_at_once(name: str, body: bytes) -> None:
    message = b"From: a@example.com\r\nTo: b@example.org\r\n" + name.encode() + b": " + body + b"\r\n\r\nhi\r\n"
    laws.read_everything(parse(message))
    lint(message)
    strip_ses_fields(message)
    predict_rejection(message)
    value, parameters = parse_parameters(body.replace(b"\r\n", b"").decode())
    assert len(value) < 500_000
    assert [len(given.name) for given in parameters.raw] in ([], [1])


@pytest.mark.slow
@pytest.mark.parametrize("count", [60, 4_000])
def test_a_fault_in_each_of_four_thousand_parts_is_not_fixed_for_hours(count: int) -> None:
    line = b"--b\r\nContent-Disposition: attachment; filename=NUL\r\n\r\nx\r\n"
    assert b"filename=NUL" not in fix(multipart(line * count + END), unsafe=True).message


@pytest.mark.parametrize(
    "line", [b"\r\r\n", b"\r", b"\n", b"\r\r", b" \r\r\n", b"\0\r\n", b"\xff\r\n", b"M\r\n", b"end\r\r\n"]
)
def test_an_odd_line_of_uuencode_is_read(line: bytes) -> None:
    message = encoded(b"x-uuencode", b"begin 644 a\r\n#0V%T\r\n" + line + b"#0V%T\r\n`\r\nend\r\n")
    root = parse(message)
    assert root.content().startswith(b"Cat")
    laws.read_everything(root)
    laws.lints(message)
    assert message_from_bytes(message).get_content_type() == "text/plain"


@pytest.mark.parametrize("text", ["Duplicate header '" * 50_000, "<" * 500_000, "\0\u202e" * 100_000])
def test_a_text_to_explain_may_be_long(text: str) -> None:
    assert all(one.title.isprintable() for one in explain_rejection(text))


@pytest.mark.slow
@pytest.mark.parametrize("line", [b"\rSubject: b", b"\rX-SES-A: b", b"\rX: y", b"\r"])
def test_half_a_megabyte_of_lone_crs_is_linted_at_once(line: bytes) -> None:
    message = HEAD + b"X-Note: a" + line * (500_000 // len(line)) + b"\r\n\r\nhi\r\n"
    assert "SES001" in {finding.code for finding in lint(message)}
    assert b"\rX-SES" not in strip_ses_fields(message)
