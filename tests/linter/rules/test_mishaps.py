"""Mishaps that people report, made on purpose in the messages of others: found, placed, and repaired byte by byte."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator

import pytest

from sesmime import Entity, LintConfig, fix, lint, parse
from sesmime.linter.run import NO_PARAMETERS, outgoing
from sesmime.mime.edits import apply_edits
from sesmime.ses.interfaces import Interface
from tests.corpus import corpus

pytestmark = [pytest.mark.shared, pytest.mark.slow]
_LARGEST = 100_000


def messages() -> Iterator[bytes]:
    """Return the messages of the corpus that are no larger than most mail."""
    for file in corpus():
        message = file.read_bytes()
        if len(message) <= _LARGEST:
            yield message


def parts(message: bytes) -> Iterator[Entity]:
    """Return the entities of a message, without those in attached messages and those whose content is fields."""
    subject = outgoing(
        message, parameters=NO_PARAMETERS, interface=Interface.SEND_RAW_EMAIL, config=LintConfig(select=("SES007",))
    )
    for part in subject.parts:
        if not part.entity.defects and not part.content_type.startswith(("message/", "text/rfc822-headers")):
            yield part.entity


def told(message: bytes, *codes: str) -> list[str]:
    """Return the codes of what some rules find."""
    return [finding.code for finding in lint(message, config=LintConfig(select=codes))]


def test_an_empty_line_before_or_among_the_fields_is_found() -> None:
    """Of a message, or of a part. What stations on the way write, and what people write as text, may be missed."""
    chance = random.Random(7)  # a choice of places
    tried, seen = {True: 0, False: 0}, {True: 0, False: 0}
    for message in messages():
        ending = b"\r\n" if b"\r\n" in message else b"\n"
        for entity in parts(message):
            fields = entity.header_section.fields
            for field in chance.sample(fields, min(3, len(fields))):
                place = field.span.start
                mishap = message[:place] + ending + message[place:]
                is_root = entity.path == ""
                tried[is_root] += 1
                seen[is_root] += bool(told(mishap, "SES007", "SES004"))
    assert tried[True] > 1_000
    assert tried[False] > 500
    assert seen[True] >= 0.94 * tried[True]
    assert seen[False] >= 0.97 * tried[False]


def test_a_header_section_that_is_quoted_in_a_text_is_no_mishap() -> None:
    """As in questions about mail, and in reports of bounces."""
    top = (
        b"From: ada@example.com\r\nTo: ben@example.net\r\nSubject: Why?\r\nMIME-Version: 1.0\r\n"
        b"Message-ID: <1@example.com>\r\nContent-Type: "
    )
    quoted = 0
    for message in messages():
        head = parse(message).header_section
        if "From" not in head and "Subject" not in head:
            continue
        section = message[slice(*head.span)]
        body = section + b"\r\nwhat does that mean?\r\n"
        in_part = b"multipart/mixed; boundary=q1q2\r\n\r\n--q1q2\r\n\r\n" + body + b"\r\n--q1q2--\r\n"
        quoted += 1
        assert not told(top + b"text/plain\r\n\r\n" + body, "SES007"), section
        assert not told(top + in_part, "SES007"), section
    assert quoted > 500


def test_messages_of_others_hold_none_of_these_mishaps() -> None:
    """But for one in which a field stands in the body."""
    found = [code for message in messages() for code in told(message, "SES007", "SES009", "RFC112", "RFC414")]
    assert found == ["SES007"]


def test_a_message_written_with_literal_line_ends_is_found_and_made_whole() -> None:
    tried = 0
    for message in messages():
        lf = message.replace(b"\r\n", b"\n")
        section = parse(lf).header_section
        if b"\\" in lf or b"\r" in lf or section.defects or not {"from", "to", "subject"} <= section.names:
            continue
        tried += 1
        for literal in (b"\\n", b"\\r\\n"):
            mishap = lf.replace(b"\n", literal)
            (finding,) = lint(mishap, config=LintConfig(select=("SES009",)))
            assert finding.span is not None
            assert mishap[slice(*finding.span)].startswith(literal)
            assert finding.fix is not None
            assert apply_edits(mishap, finding.fix.edits) == lf.replace(b"\n", b"\r\n")
    assert tried > 100


def test_a_delimiter_put_at_the_end_of_a_line_is_found_and_put_back() -> None:
    tried = 0
    for message in messages():
        ending = b"\r\n" if b"\r\n" in message else b"\n"
        if message.count(b"\n") != message.count(ending) or told(message, "RFC401", "SES401", "RFC404"):
            continue
        for entity in parts(message):
            if not entity.is_multipart or len(entity.parts) < 2:
                continue
            for part in entity.parts:
                # The delimiter line after it, glued to its last line.
                place = part.span.stop
                last = bytes(part.body).rpartition(b"\n")[2]
                if part.parts or not last.strip(b"> \t|-\r") or not message.startswith(ending + b"--", place):
                    continue
                tried += 1
                mishap = message[:place] + message[place + len(ending) :]
                (finding,) = lint(mishap, config=LintConfig(select=("RFC414",)))
                assert finding.span is not None
                assert finding.span.start == place
                assert finding.message.startswith(f"the delimiter stands in the middle of line {finding.line}")
                assert "RFC401" not in told(mishap, "RFC401", "RFC414")
                assert finding.fix is not None
                assert apply_edits(mishap, finding.fix.edits) == message
    assert tried > 100


@pytest.mark.parametrize("encoding", ["b", "q"])
def test_identifiers_in_encoded_words_are_found_and_written_plainly(encoding: str) -> None:
    tried = 0
    for message in messages():
        section = parse(message).header_section
        for name in ("Message-ID", "In-Reply-To", "References", "List-Unsubscribe", "List-Post", "List-Id"):
            field = section.first(name)
            body = "" if field is None else " ".join(field.body.split())
            if _FORM.fullmatch(body) is None:
                continue
            # As libraries do that take it for a text: pieces, without regard to what they are part of.
            pieces = [body[at : at + 40] for at in range(0, len(body), 40)]
            given = _with(name, "\n ".join(_word(piece, encoding) for piece in pieces))
            done = fix(given, unsafe=True, config=LintConfig(select=("RFC112",)))
            assert [finding.code for finding in done.applied] == ["RFC112"], given
            assert " ".join(parse(done.message).header_section.all(name)[0].body.split()) == body
            assert told(given, "RFC112", "RFC103") == ["RFC112"]
            assert not told(_with(name, body), "RFC112")
            tried += 1
    assert tried > 100


# Identifiers and URIs in angle brackets, with commas or blanks between them.
_FORM = re.compile(r"<(?:[a-z]+:)?[!-;=?A-~]+[@:/.][!-;=?A-~]+>(?:,? <(?:[a-z]+:)?[!-;=?A-~]+[@:/.][!-;=?A-~]+>)*")


def _with(name: str, body: str) -> bytes:
    return f"From: a@example.com\nTo: b@example.net\n{name}: {body}\n\nHi\n".encode()


def _word(text: str, encoding: str) -> str:
    if encoding == "b":
        return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="
    return "=?us-ascii?Q?" + "".join(c if c.isalnum() else f"={ord(c):02X}" for c in text) + "?="
