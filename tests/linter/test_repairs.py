"""What a finding says to do: one thing, about what stands there."""

from __future__ import annotations

import doctest
import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sesmime.linter.view.mime_faults as mime_faults
import sesmime.ses.refused_addresses as refused_addresses
from sesmime import ApiParameters, Destination, Severity, lint
from sesmime.cli.__main__ import main
from sesmime.mime.addresses import NOTED, UNREADABLE
from tests.conftest import shared
from tests.linter.examples import BAD, findings

QUOTES = "put quotes around the display name"
ADDRESSES = {
    "michael @example.net": "remove the space before the @",
    "ann\t@example.net": "remove the tab before the @",
    "ann bee@example.com": "remove the space from the part before the @",
    "Ann Bee ann@example.com": "put angle brackets around the address",
    "Acme Corp, Inc <a@example.com>": QUOTES,
    "Ann Bee": "add the address, in angle brackets, after the name",
    "ann@.example.net": "remove the dot after the @",
    "ann@example.net.": "remove the dot at the end",
    "ann@example..net": "remove one of the two dots",
    "ann@example.com\u200b": "remove the invisible character U+200B",
    "\ufeffann@example.com": "remove the invisible character U+FEFF",
    "an\u00adn@example.com": "remove the invisible character U+00AD",
    "ann@example.com\u00a0": "remove the invisible character U+00A0",
    "ann@exa\u200bmple.com\u2060": "remove the invisible characters U+200B and U+2060",
    "ann@exam\u3164ple.com": "remove the invisible character U+3164",
    "a\x01nn@example.com": "remove the control character U+0001",
    "ann@example.com\x7f": "remove the control character U+007F",
    "jörg@example.com": "use another address: SES accepts only ASCII local parts",
    "ann@müller.example": "write the domain in Punycode (xn--)",
    "ann@example.com bob@example.org": "put a comma between the addresses",
    "ann@ example.com": "remove the space after the @",
    "ann@exam ple.com": "remove the space from the domain",
    "ann@example.com Ann": "remove the text after the address",
    "ann@exam_ple.com": "write the domain without '_'",
    "ann@example.com/": "remove '/' from the end of the domain",
    "'ann@example.com'": "remove the apostrophes around the address",
    "ann@@example.com": "write the address with one @",
    "=?utf-8?Q?ann@example.com?=": "write the address outside the encoded word",
    "mailto:ann@example.com": "remove mailto: before the address",
    "<<ann@example.com>": "remove the second opening angle bracket",
    "Ann: <ann@example.com>": QUOTES,
    "ann@example.com;": "remove the semicolon",
    "ann@a.example; bob@b.example": "put commas between the addresses",
    "Ann; <ann@example.com>": QUOTES,
    "ann": "add @ and the domain",
    "ann@": "write the domain after the @",
    "@example.com": "write the part before the @",
    '"ann@example.com"': "remove the quotes around the address",
    "ann(at)example.com": "write @ in place of the word",
    "ann@example,com": "write a dot in place of the comma",
    "Ann <>": "write an address between the angle brackets",
    "Ann <ann@example.com": "write > after the address",
    "Ann ann@example.com>": "write < before the address",
    "<ann@example.com>>": "remove the second closing angle bracket",
    "Ann (x <ann@example.com>": "close the comment with a parenthesis",
    "Ann x) <ann@example.com>": "remove the closing parenthesis",
    '"Ann <ann@example.com>': "write the closing quote",
    'Ann" <ann@example.com>': "remove the quote that has no pair",
    "Ann <a@b.example> <c@d.example>": "put a comma between the addresses",
    "Ann <3 <a@b.example>": QUOTES,
    '"Ann" ann@example.com': "put angle brackets around the address",
}
# Of a parameter, which takes one address, two are something else.
OTHERWISE = {
    "ann@example.com bob@example.org": None,
    "ann@a.example; bob@b.example": None,
    "Ann <a@b.example> <c@d.example>": None,
}


def remedies(found: Any, *codes: str) -> list[str]:
    """Return what the findings of some rules say to do."""
    return [one.fix.title for one in found if one.code in codes and one.fix is not None]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_field_is_repaired_by_one_thing(address: str) -> None:
    message = b"From: a@example.com\r\nTo: " + address.encode() + b"\r\nSubject: x\r\n\r\nHi\r\n"
    assert remedies(lint(message), "SES201") == [ADDRESSES[address]]


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address not in OTHERWISE])
def test_a_parameter_is_repaired_by_the_same(address: str) -> None:
    message = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\n\r\nHi\r\n"
    found = lint(message, parameters=ApiParameters(destination=Destination((address,))))
    assert remedies(found, "SES207") == [ADDRESSES[address]]


def test_two_addresses_in_one_element_are_given_by_themselves() -> None:
    parameters = ApiParameters(source="a@b.example", destination=Destination(("c@d.example, e@f.example",)))
    assert remedies(lint(None, parameters=parameters), "SES207") == ["give each address by itself"]


def test_an_invisible_character_is_shown_in_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "a.eml"
    place.write_bytes("From: a@b.example\r\nTo: ann@ex\u200bample.com\r\nSubject: x\r\n\r\nHi\r\n".encode())
    assert main(["lint", "--select", "SES201", str(place)]) == 1
    shown = capsys.readouterr().out
    assert "To: ann@ex<U+200B>ample.com\n" in shown
    assert "fix: remove the invisible character U+200B" in shown


# Over the recorded verdicts: nobody is told to mend what is not there.

HELD: dict[str, Callable[[str], bool]] = {
    r"\bcommas?\b": lambda text: "," in text or text.count("@") > 1 or ";" in text,
    r"\bspace\b": lambda text: " " in text,
    r"\btab\b": lambda text: "\t" in text,
    r"\bline break\b": lambda text: "\r" in text or "\n" in text,
    r"\bdots?\b": lambda text: "." in text or "," in text,
    r"\bsemicolon\b": lambda text: ";" in text,
    r"\bquotes? (?:that|from)\b": lambda text: '"' in text,
    r"\bPunycode\b": lambda text: not text.isascii(),
    r"\bASCII\b": lambda text: not text.isascii(),
    r"\binvisible\b": lambda text: not text.isascii(),
    r"\bcontrol\b": lambda text: re.search(r"[\x00-\x1f\x7f]", text) is not None,
    r"\bencoded word\b": lambda text: "=?" in text,
    r"\bangle bracket\b": lambda text: "<" in text or ">" in text,
    r"\bparenthesis\b": lambda text: "(" in text or ")" in text,
    r"\bmailto\b": lambda text: "mailto:" in text.lower(),
}


def recorded() -> Iterator[tuple[str, str, str]]:
    """Return the refused values of the recorded verdicts: the call, the text, the value."""
    for name in ("address-list", "mailbox"):
        for line in gzip.decompress(shared("oracle", f"javamail-{name}.jsonl.gz").read_bytes()).splitlines():
            row = json.loads(line)
            if not row["ok"]:
                yield row["call"], row["error"], row["input"]


@pytest.mark.shared
def test_no_remedy_is_for_another_fault() -> None:
    wrong = []
    seen = set()
    for _, error, value in recorded():
        # What the texts are about is only in the list that was given here.
        from sesmime.ses.javamail import verdict

        found = verdict("parse+validate", value)
        if found.error is None:
            continue
        reason, remedy = refused_addresses.explained(found.error, found.reference or "", value)
        seen.add(remedy)
        assert reason != found.error, f"{error}: not in plain words"
        assert remedy != refused_addresses.DEFAULT_REMEDY, (error, value)
        assert not re.search(r"\bor\b", remedy), remedy
        wrong += [(value, remedy) for words, held in HELD.items() if re.search(words, remedy) and not held(value)]
    assert wrong == []
    assert len(seen) > 30


def test_every_defect_of_our_reader_has_a_remedy_of_its_own() -> None:
    general = {"unbalanced-bracket", "incomplete-address", "misplaced-character", "too-many-tokens", "source-route"}
    general |= {"empty-element", "deep-comment", "too-many-defects"}
    for name in {*UNREADABLE, *NOTED} - general:
        assert refused_addresses.remedy_of_defect(name) != refused_addresses.DEFAULT_REMEDY, name


# MIME fields

FIELDS = {
    "Content-Type: text/plain; charset: utf-8": "write = between its name and its value",
    "Content-Type: text/plain; char set=utf-8": "remove the space from its name",
    "Content-Type: text/plain charset=utf-8": "put a semicolon before 'charset'",
    "Content-Type: text/plain; charset=utf-8 format=flowed": "put a semicolon before 'format'",
    "Content-Type: text": "write it as type/subtype",
    "Content-Type: image/png; name=my cat.png": "put quotes around the value",
    "Content-Type: image/png; name=cat(1.png": "put quotes around the value",
    "Content-Type: text/plain;; charset=utf-8": "remove one of the two semicolons",
    "Content-Type: text/plain; =utf-8": "write its name before the =",
    "Content-Type: text/plain; charset=": "write its value in quotes",
    "Content-Type: text/plain; charset": "write it as name=value",
    'Content-Type: text/plain; charset="utf-8': "write the closing quote",
    "Content-Type: text/plain; name==?utf-8?Q?a?=": "write the value in the form of RFC 2231",
    "Content-Disposition: attachment; filename=my cat.png": "put quotes around the value",
    "Content-Disposition: attachment filename=cat.png": "put a semicolon before 'filename'",
    "Content-Disposition: filename=cat.png": "write attachment or inline at its beginning",
    "Content-Disposition: text/html; filename=cat": "write attachment or inline at its beginning",
    "Content-Disposition: attachment; filename==?utf-8?Q?a?=": "write the value in the form of RFC 2231",
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_mime_field_is_repaired_by_one_thing(field: str) -> None:
    lines = ("From: a@example.com", "To: b@example.com", "MIME-Version: 1.0", field)
    message = "".join(f"{line}\r\n" for line in (*lines, "", "Hi")).encode()
    assert remedies(lint(message), "SES402", "SES403") == [FIELDS[field]]


# All rules


def test_the_remedies_of_all_examples_are_one_short_sentence() -> None:
    for entry, place in BAD:
        for finding in findings(place, entry.code):
            if finding.fix is not None:
                title = finding.fix.title
                assert title[0].islower() or title[:1] in "<>@" or title.startswith(("Content", "X-")), title
                assert len(title) <= 120, title
                assert not title.endswith("."), title
                assert not re.search(r"\bnot\b.*\bno(?:t|ne)?\b", title), title
            if finding.severity is Severity.ERROR:
                assert finding.fix is not None, (entry.code, place)


def test_the_examples_of_the_functions_run() -> None:
    for module in (mime_faults, refused_addresses):
        assert doctest.testmod(module).failed == 0
