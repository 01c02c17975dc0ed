"""What was parsed under the SES policy: read without an exception, written as it stands."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections import Counter
from typing import Any

import pytest

from sesmime import (
    InvalidField,
    Mailbox,
    MessageTag,
    SesMimeError,
    parse,
    parse_addresses,
)
from sesmime.mime.words import decode_words
from sesmime.policy import SES
from tests.conftest import shared
from tests.corpus import corpus
from tests.library_trees import library_defects
from tests.policy.comparing import METHODS, field_differences, read_all
from tests.policy.written import built, read


def section_names(section: bytes, line_end: str) -> list[str]:
    """Return the names that a reader sees who ends lines at `line_end`."""
    lines = [line for line in re.split(line_end, section.decode("ascii", "surrogateescape")) if line]
    return [line.partition(":")[0] for line in lines if not line.startswith((" ", "\t"))]


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
    assert message["To"].addresses[0].display_name == "x Bcc: v@example.net"
    assert message["Reply-To"].groups[0].display_name == "x Bcc: v@example.net"
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
        for body in ("/", ";", ";a*", "a/b;a*", '"', "a/b;", "a/b; =", "a/b; x*0*=", "a/b;x*=x'y", "\udcff/a;b=\udcff")
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


@pytest.mark.slow
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


@pytest.mark.slow
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
