"""The linter as a whole: what is asked, in which order it is told, what becomes of parameters and custom rules."""

from __future__ import annotations

import doctest
import mmap
import pickle
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import sesmime.linter.config
import sesmime.linter.findings
import sesmime.linter.fixes
import sesmime.linter.run
from sesmime import (
    ApiParameters,
    Edit,
    Fault,
    Fix,
    Interface,
    LintConfig,
    Severity,
    Span,
    fix,
    lint,
    rule,
)
from sesmime.linter.findings import Report
from sesmime.linter.run import custom_rules
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import body_span, span_in_body, strict_span, strict_value
from sesmime.ses.evidence import Evidence

GOOD = (
    b"From: Shop <shop@example.com>\r\nTo: ann@example.net\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
)
REPEATED = GOOD.replace(b"Subject: Hi\r\n", b"Subject: Hi\r\nSUBJECT: Hi\r\n")


@rule("X001", severity=Severity.WARNING, evidence=Evidence.ASSUMED, source="https://example.com/rules#shouting")
def shouting(outgoing: Outgoing) -> Iterator[Fault]:
    """A subject is in capitals.

    Readers take it for spam.
    """
    subject = outgoing.section.first("Subject")
    if subject is not None and subject.body.isupper():
        yield Fault("the subject shouts", body_span(subject))


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report]


@pytest.mark.parametrize("module", ["config", "findings", "fixes", "run"], ids=["config", "findings", "fixes", "run"])
def test_the_examples_in_the_docstrings_hold(module: str) -> None:
    assert doctest.testmod(sys.modules[f"sesmime.linter.{module}"]).failed == 0


def test_a_plain_message_has_no_finding() -> None:
    assert lint(GOOD) == ()


def test_a_finding_has_code_place_text_and_remedy() -> None:
    (finding,) = lint(REPEATED)
    assert (finding.code, finding.name, finding.severity) == ("SES101", "repeated-field", Severity.ERROR)
    assert (finding.line, finding.column) == (4, 1)
    assert REPEATED[slice(*finding.span or (0, 0))] == b"SUBJECT"
    assert finding.rejection == "Duplicate header 'Subject'."
    assert finding.evidence is Evidence.DOCUMENTED
    assert finding.fix is not None
    assert finding.fix.applicability == "safe"
    assert finding.to_dict()["fix"] == {"title": finding.fix.title, "applicability": "safe"}


def test_the_most_severe_findings_come_first_then_the_order_of_the_checks() -> None:
    message = REPEATED.replace(b"From: Shop <shop@example.com>\r\n", b"Date: Fri, 21 Nov 2025 09:00:00 +0000\r\n")
    report = lint(message)
    assert [finding.severity for finding in report] == sorted((f.severity for f in report), reverse=True)
    errors = [finding.code for finding in report.at_least(Severity.ERROR)]
    assert errors == ["SES101", "SES102"]


def test_selected_and_ignored_rules_are_told_by_the_beginning_of_their_code() -> None:
    assert codes(lint(REPEATED, config=LintConfig(select=("SES3",)))) == []
    assert codes(lint(REPEATED, config=LintConfig(ignore=("SES1",)))) == []
    assert codes(lint(REPEATED, config=LintConfig(select=("SES101",), ignore=("SES",)))) == ["SES101"]
    assert codes(lint(REPEATED, config=LintConfig(select=("RFC",), extend_select=("SES101",)))) == ["SES101"]


@pytest.mark.parametrize("wrong", ["SES1", b"SES1", (1,)])
def test_a_selection_is_a_list_of_str(wrong: object) -> None:
    with pytest.raises(TypeError, match="select must be a list of str"):
        LintConfig(select=wrong)  # type: ignore[arg-type]


def test_a_message_that_holds_no_bytes_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="a message must be bytes"):
        lint("From: a@b.example\r\n\r\n")  # type: ignore[call-overload]


def test_every_kind_of_source_gives_the_same_report(tmp_path: Path) -> None:
    expected = lint(REPEATED)
    assert lint(bytearray(REPEATED)) == lint(memoryview(REPEATED)) == expected
    file = tmp_path / "message.eml"
    file.write_bytes(REPEATED)
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert lint(mapped) == expected


def test_a_setting_without_parameter_is_a_finding_and_never_raised() -> None:
    report = lint(GOOD, parameters=ApiParameters(tenant="acme"))
    assert any(finding.severity is Severity.ERROR and "tenant" in finding.message for finding in report)


def test_an_interface_that_takes_parameters_alone_has_its_parameters_looked_at() -> None:
    tags = (sesmime.MessageTag("a b", "1"),)
    parameters = ApiParameters(source="a@b.example", message_tags=tags)
    report = lint(None, parameters=parameters, interface=Interface.V2_SEND_EMAIL_SIMPLE)
    assert [finding.rejection for finding in report.at_least(Severity.ERROR)] == [
        "Invalid tag name <a b>: only alphanumeric ASCII characters, '_',  '-' are allowed."
    ]


def test_a_report_can_be_pickled_and_shows_no_body() -> None:
    report = lint(REPEATED)
    assert pickle.loads(pickle.dumps(report)) == report
    assert "Hello" not in repr(report)


# Custom rules


def test_a_rule_of_ones_own_is_run_unless_it_is_ignored() -> None:
    message = GOOD.replace(b"Hi", b"BUY")
    (finding,) = lint(message, config=LintConfig(rules=(shouting,)))
    assert (finding.code, finding.name, finding.line, finding.column) == ("X001", "shouting", 3, 10)
    assert lint(message, config=LintConfig(rules=(shouting,), ignore=("X",))) == ()
    assert lint(message, config=LintConfig(rules=(shouting,), select=("SES",))) == ()
    assert codes(lint(message, config=LintConfig(rules=(shouting,), select=("X",)))) == ["X001"]


def test_a_rule_and_a_configuration_can_be_pickled() -> None:
    config = LintConfig(rules=(shouting,), ignore=("SES3",))
    assert pickle.loads(pickle.dumps(config)) == config
    assert pickle.loads(pickle.dumps(shouting)) is shouting


def test_rules_of_other_packages_are_found_by_their_entry_point(tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text(
        "from sesmime import Severity, rule, Evidence\n\n\n"
        "@rule('X002', severity=Severity.INFO, evidence=Evidence.ASSUMED, source='https://example.com')\n"
        "def quiet(outgoing):\n    '''Never.'''\n    yield from ()\n",
        encoding="utf-8",
    )
    info = tmp_path / "loud-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[sesmime.rules]\nquiet = loud:quiet\n", encoding="utf-8")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r});"
        " from sesmime.linter.run import custom_rules as c; print(c())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(<Rule X002 quiet>,)"
    assert isinstance(custom_rules(), tuple)


# Fixing


def test_a_safe_fix_is_applied_and_an_unsafe_one_only_when_asked_for() -> None:
    done = fix(REPEATED)
    assert done.message == GOOD
    assert codes(Report(done.applied)) == ["SES101"]
    assert done.left == ()
    differing = GOOD.replace(b"Subject: Hi\r\n", b"Subject: Hi\r\nSubject: Ho\r\n")
    assert fix(differing).message == differing
    assert codes(fix(differing).left) == ["SES101"]
    assert fix(differing, unsafe=True).message == GOOD


def test_a_rule_is_fixed_whole_or_not_at_all() -> None:
    mixed = GOOD.replace(b"Subject: Hi\r\n", b"Subject: Hi\r\nSubject: Hi\r\nSubject: Ho\r\n")
    done = fix(mixed)
    assert done.message == mixed
    assert done.applied == ()
    assert codes(done.left) == ["SES101", "SES101"]


def test_a_rule_that_is_not_asked_for_is_not_fixed() -> None:
    assert fix(REPEATED, config=LintConfig(ignore=("SES101",))).message == REPEATED


def test_a_repeat_that_a_signature_covers_is_not_safe_to_remove() -> None:
    signature = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=From:Subject; bh=AA==; b=AA==\r\n"
    assert fix(signature + REPEATED).message == signature + REPEATED


def test_a_fix_gives_its_edits_when_asked_and_compares_by_its_words() -> None:
    asked: list[int] = []

    def edits() -> Iterator[Edit]:
        asked.append(1)
        yield Edit(Span(0, 1), b"x")

    lazy = Fix("do it", edits, is_safe=True)
    assert asked == []
    assert lazy == Fix("do it", [Edit(Span(3, 4), b"y")], is_safe=True)
    assert lazy != Fix("do it")
    assert lazy.edits == (Edit(Span(0, 1), b"x"),) == lazy.edits
    assert asked == [1]
    assert lazy.moved(2).edits == (Edit(Span(2, 3), b"x"),)
    assert Fix("by hand").applicability == "manual"
    assert pickle.loads(pickle.dumps(lazy)).edits == lazy.edits


@pytest.mark.parametrize("is_safe", [True, False])
def test_a_fix_that_may_have_no_edits_works_them_out_to_say_whether_it_is_to_be_done_by_hand(is_safe: bool) -> None:
    edits = [Edit(Span(0, 1), b"x")]
    none = Fix("do it", partial(iter, ()), is_safe=is_safe, is_certain=False)
    one = Fix("do it", partial(iter, edits), is_safe=is_safe, is_certain=False)
    for remedy in (none, none.moved(2), none.unsafe(), pickle.loads(pickle.dumps(none))):
        assert (remedy.applicability, remedy.edits, remedy == Fix("do it")) == ("manual", (), True)
    assert (one.applicability, one.unsafe().applicability) == ("safe" if is_safe else "unsafe", "unsafe")
    assert one.moved(2).applicability == one.applicability
    assert one.moved(2).edits == one.unsafe().moved(2).edits == (Edit(Span(2, 3), b"x"),)
    assert Fix("do it", partial(iter, ()), value="x", is_certain=False).applicability == "unsafe"


# Places


def test_places_in_a_folded_body_are_found() -> None:
    outgoing = Outgoing(
        b"To: one\r\n  two,three\r\n\r\n",
        body_start=24,
        parameters=ApiParameters(),
        interface=Interface.SMTP,
    )
    field = outgoing.section.fields[0]
    assert field.body == "one  two,three"
    assert outgoing.source[slice(*span_in_body(field, 5, 8))] == b"two"
    assert outgoing.source[slice(*span_in_body(field, 0, 8))] == b"one\r\n  two"
    assert strict_value(field) == "one\r\n  two,three"
    assert outgoing.source[slice(*strict_span(field, 7, 10))] == b"two"


def test_places_of_a_prepared_message_are_those_of_what_is_sent() -> None:
    # The old header section is ten bytes longer than the new one.
    source = b"A: removed\r\nB: one\r\n\r\nbody\r\nsecond\r\n"
    outgoing = Outgoing(
        source,
        body_start=22,
        head=b"B: one\r\n\r\n",
        parameters=ApiParameters(),
        interface=Interface.SMTP,
    )
    assert outgoing.size == len(b"B: one\r\n\r\nbody\r\nsecond\r\n")
    (field,) = outgoing.section.fields
    assert outgoing.place(field.span) == (Span(0, 8), 1, 1)
    place = source.index(b"second")
    assert outgoing.place(Span(place, place + 6)) == (Span(16, 22), 4, 1)
    assert outgoing.place(Span(place - 2, place)) == (Span(14, 16), 3, 5)


def test_a_submission_stands_in_the_place_of_the_message() -> None:
    parameters = ApiParameters(tenant="acme")
    sent = sesmime.Submission(REPEATED, parameters, Interface.V2_SEND_EMAIL_RAW)
    assert lint(sent) == lint(REPEATED, parameters=parameters, interface=Interface.V2_SEND_EMAIL_RAW)
    expected = sesmime.predict_rejection(REPEATED, parameters=parameters, interface=Interface.V2_SEND_EMAIL_RAW)
    assert sesmime.predict_rejection(sent) == expected
    assert sesmime.fix(sent).message == sesmime.fix(REPEATED).message
    assert sesmime.fix(sesmime.Submission(None, parameters, Interface.V2_SEND_BULK_EMAIL)).message == b""


@pytest.mark.parametrize("call", [lint, sesmime.predict_rejection, sesmime.fix])
@pytest.mark.parametrize("beside", [{"parameters": ApiParameters()}, {"interface": Interface.SMTP}])
def test_beside_a_submission_parameters_and_interface_are_a_type_error(call: Any, beside: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Submission"):
        call(sesmime.Submission(GOOD), **beside)
