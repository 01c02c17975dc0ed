"""Who receives: what the strict grammar of SES takes, over the recorded verdicts and the corpus."""

from __future__ import annotations

import doctest
import gzip
import json
import sys

import pytest

from sesmime.linter.kit import strict_value
from sesmime.mime.entity import parse
from sesmime.ses.recipients import read_recipients
from tests.conftest import shared
from tests.corpus import corpus
from tests.property.taken import agrees, taken_by_ses


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(sys.modules["sesmime.ses.recipients"]).failed == 0


@pytest.mark.parametrize(
    ("body", "addresses", "is_one_lost"),
    [
        ("team: a@b.example, c@d.example;", ("a@b.example", "c@d.example"), False),
        ("<@relay.example:a@b.example>", ("a@b.example",), False),
        ("nobody here, a@b.example", ("a@b.example",), True),
        ("<@relay.example:a@b.example>, team: <>;", ("a@b.example",), True),
        ("Half \ud800 <a@b.example>, nobody here", ("a@b.example",), True),
        # Read with a display name, and refused by itself.
        ("Ben <ben@b.example[>", (), True),
    ],
)
def test_who_is_read_and_whether_somebody_is_lost(body: str, addresses: tuple[str, ...], is_one_lost: bool) -> None:
    assert read_recipients(body) == (addresses, is_one_lost)


@pytest.mark.shared
def test_every_list_that_the_strict_grammar_takes_gives_its_addresses() -> None:
    file = shared("oracle", "javamail-address-list.jsonl.gz")
    count = 0
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            body = record["input"].replace("\r\n", "")
            if record["call"] != "parse+validate" or not record["ok"] or max(body, default="") > "\xff":
                continue
            expected = taken_by_ses(body)
            assert expected is not None
            read = read_recipients(body.encode("latin-1").decode("ascii", "surrogateescape"))
            assert agrees(read, expected), body
            count += 1
    assert count > 900


@pytest.mark.shared
def test_every_field_of_the_corpus_that_the_strict_grammar_takes_gives_its_addresses() -> None:
    count = 0
    for file in corpus():
        section = parse(file.read_bytes()).header_section
        for name in ("From", "To", "Cc", "Bcc"):
            for field in section.all(name):
                expected = taken_by_ses(strict_value(field))
                if expected is not None:
                    read = read_recipients(field.body).addresses
                    assert [one.encode("ascii", "surrogateescape").decode("latin-1") for one in read] == expected, file
                    count += 1
    assert count > 1000
