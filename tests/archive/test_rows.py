"""Rows without Arrow: each finding of `lint` is a row, and what cannot be checked is one."""

from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sesmime import ApiParameters, Interface, LintConfig, Severity, lint
from sesmime.archive import Row, Stored, rows
from sesmime.archive import rows as rows_of
from sesmime.archive.counts import Counts
from sesmime.archive.rows import Check, writable
from sesmime.archive.schemas import FINDING_COLUMNS, MESSAGE_COLUMNS, spark_schema

MESSAGES = sorted((Path(__file__).parents[1] / "data" / "messages").glob("*.eml"))
BAD = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: one\r\nSubject: two\r\n\r\nunspeakable\r\n"


def stored(message: bytes, name: str = "1") -> Stored:
    return Stored(name, "box", 7, message)


@pytest.mark.parametrize("interface", [Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP])
def test_the_rows_of_a_message_are_the_findings_of_lint(interface: Interface) -> None:
    parameters = ApiParameters(source="me@b.example")
    config = LintConfig(extend_select=("BULK",), verified_identities=("b.example",))
    for file in MESSAGES:
        message = file.read_bytes()
        found = list(rows([stored(message, file.name)], interface=interface, parameters=parameters, config=config))
        report = lint(message, interface=interface, parameters=parameters, config=config)
        assert len(report) == len(found)
        for row, finding in zip(found, report, strict=True):
            assert row[:3] == (file.name, "box", 7)
            told = finding.to_dict()
            same = ("code", "name", "severity", "evidence", "message", "rejection", "part", "line", "column")
            assert {name: getattr(row, name) for name in same} == {name: told[name] for name in same}
            assert (row.interface, row.error) == (interface.value, None)
    assert MESSAGES


def test_findings_below_a_level_are_left_out() -> None:
    every = list(rows(map(stored, [file.read_bytes() for file in MESSAGES])))
    errors = list(rows(map(stored, [file.read_bytes() for file in MESSAGES]), min_level=Severity.ERROR))
    assert errors == [row for row in every if row.severity == "ERROR"]
    assert 0 < len(errors) < len(every)


def test_a_member_that_cannot_be_read_is_a_row_with_its_error() -> None:
    broken = Stored("box@9", "box", 9, b"", "box@9 is empty")
    found = list(rows([stored(BAD), broken, stored(BAD)]))
    (error,) = (row for row in found if row.error is not None)
    assert error == ("box@9", "box", 9, *[None] * 10, "box@9 is empty")
    assert len(found) == 2 * len(lint(BAD)) + 1


def test_a_message_that_makes_the_linter_raise_is_a_row_and_the_others_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    from sesmime.archive import rows as module

    def check(subject: Any, config: Any) -> Any:
        if b"Subject: bad" in subject.source:
            raise KeyError("unspeakable")
        return lint(BAD)

    from importlib import import_module

    assert callable(module)
    monkeypatch.setattr(import_module("sesmime.archive.rows"), "check", check)
    found = list(rows([stored(BAD), stored(BAD.replace(b"one", b"bad"), "2"), stored(BAD)]))
    (error,) = [row for row in found if row.error is not None]
    assert (error.id, error.code) == ("2", None)
    assert error.error is not None
    assert error.error.startswith("the message could not be checked: KeyError")
    assert "unspeakable" not in error.error
    assert len(found) == 1 + 2 * len(lint(BAD))


def test_no_octet_of_a_body_is_in_a_row() -> None:
    for file in MESSAGES:
        head, empty, body = file.read_bytes().partition(b"\r\n\r\n")
        secret = b"unspeakable"
        message = head + empty + secret + body.replace(b"\r\n\r\n", b"\r\n\r\n" + secret)
        for row in rows([stored(message)]):
            assert not any(secret.decode() in str(value) for value in row)


def test_wrong_arguments_are_no_rows() -> None:
    with pytest.raises(TypeError, match="config must be LintConfig, not str"):
        list(rows([stored(BAD)], config="SES"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="parameters must be ApiParameters"):
        list(rows([stored(BAD)], parameters={}))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="does not accept a raw message"):
        list(rows([stored(BAD)], interface=Interface.SEND_EMAIL))


def test_the_columns_are_fixed() -> None:
    # Users have tables of these: a name, a type or an order that changes breaks them.
    assert Row._fields == tuple(column.name for column in FINDING_COLUMNS)
    assert spark_schema() == (
        "`id` STRING, `source` STRING, `offset` BIGINT, `code` STRING, `name` STRING, `severity` STRING, `evidence`"
        " STRING, `message` STRING, `rejection` STRING, `part` STRING, `line` BIGINT, `column` BIGINT, `interface`"
        " STRING, `error` STRING"
    )
    assert spark_schema(MESSAGE_COLUMNS) == (
        "`id` STRING, `source` STRING, `offset` BIGINT, `message` BINARY, `error` STRING"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [("plain", "plain"), ("caf\xe9", "caf\xe9"), ("caf\udce9", r"caf\xe9"), ("\ud800", r"\ud800"), ("🎉", "🎉")],
)
def test_names_that_are_no_utf_8_are_written_in_ascii(text: str, written: str) -> None:
    assert writable(text) == written
    assert next(iter(rows([Stored(text, text, None, BAD)]))).id == written


def test_rows_and_checks_can_be_pickled() -> None:
    found = list(rows([stored(BAD)]))
    assert pickle.loads(pickle.dumps(found)) == found
    check = partial(rows_of, interface=Interface.SMTP, config=LintConfig(select=("SES1",)))
    assert list(pickle.loads(pickle.dumps(check))([stored(BAD)])) == list(check([stored(BAD)]))
    assert pickle.loads(pickle.dumps(Check(interface=Interface.SMTP))) == Check(interface=Interface.SMTP)


class TestCounts:
    def test_what_is_counted_is_what_there_is(self) -> None:
        counts, check = Counts(), Check()
        messages = [file.read_bytes() for file in MESSAGES]
        for message in messages:
            one = stored(message)
            counts.add(check.look(one), len(message))
        counts.add(check.look(Stored("1", "box", None, b"", "1 is empty")), 0)
        reports = [lint(message) for message in messages]
        assert counts.messages == len(messages)
        assert counts.octets == sum(map(len, messages))
        assert counts.unchecked == 1
        assert counts.findings == sum(map(len, reports))
        assert counts.faulty == sum(map(bool, reports))
        for severity in Severity:
            assert counts.severities[severity] == sum(f.severity is severity for report in reports for f in report)
        for code, rule in counts.rules.items():
            found = [[f for f in report if f.code == code] for report in reports]
            assert (rule.findings, rule.messages) == (sum(map(len, found)), sum(map(bool, found)))
            assert rule.severity is max(f.severity for each in found for f in each)
        assert sum(one.messages for one in counts.domains.values()) == len(messages)
        assert sum(one.findings for one in counts.domains.values()) == counts.findings
        assert sum(one.errors for one in counts.domains.values()) == counts.at_least(Severity.ERROR)

    @pytest.mark.parametrize(
        ("fields", "domain"),
        [
            (b"From: Ann <ann@Shop.Example>\r\n", "shop.example"),
            (b"From: ann@shop.example, bob@other.example\r\n", "shop.example"),
            (b"Subject: none\r\n", ""),
            (b"From: ann@" + b"x" * 300 + b"\r\n", ""),
        ],
    )
    def test_the_domain_is_that_of_the_sender(self, fields: bytes, domain: str) -> None:
        assert Check().look(stored(fields + b"\r\nHi\r\n")).domain == domain

    def test_a_source_that_is_given_is_the_sender(self) -> None:
        check = Check(parameters=ApiParameters(source="me@given.example"))
        assert check.look(stored(BAD)).domain == "given.example"
