"""The laws of the linter as a whole, under Hypothesis: every rule, every interface, both kinds of fixes."""

from __future__ import annotations

import json
import mmap
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesmime import (
    ApiParameters,
    Finding,
    Interface,
    LintConfig,
    SesMimeError,
    Severity,
    envelope,
    explain_rejection,
    lint,
    parse,
    resolve,
)
from sesmime.handover.forward import forward_with_report
from sesmime.handover.prepare import prepared_with_report
from sesmime.handover.prepared import Prepared
from sesmime.linter.output import FORMATS, Examined, Place, Style, renderer
from sesmime.mime.fields import Message, header_section_end
from sesmime.ses.fields import SES_FIELDS
from tests import laws
from tests.laws import EVERY_RULE
from tests.linter.examples import BAD, GOOD, example
from tests.property import strategies
from tests.property.library_contents import library_contents
from tests.property.pasted import interfaces, pasted

# For laws that are seldom broken alone: most of the time goes into making messages.
FEWER = settings(max_examples=settings().max_examples // 3)

# Fields that rules look at, with what they look for; no line end stands in them but those of folds.
LINES: tuple[bytes, ...] = (
    b"From: Joe <joe@a.example>",
    b"From: a@b.example, c@d.example",
    b"From: Smith, Joe <joe@a.example>",
    b'From: "eve@e.example" <a@b.example>',
    b"Sender: a@b.example",
    b"To: b@c.example, Zoe <z@y.example>",
    b"To: b@c.example; z@y.example",
    b"To:",
    b"Cc: g@h.example,,i@j.example",
    b"Bcc: secret@k.example",
    b"Resent-To: r@s.example",
    b"Reply-To: a@b.example",
    b"Return-Path: <bounce@b.example>",
    b"Subject: one two",
    b"Subject: one two ",
    b"Subject: other",
    b"Subject: caf\xc3\xa9 \xff",
    b"Subject: =?utf-8?q?caf=C3=A9?= and =?utf-8?q?=0ABcc=3A_v=40e.example?=",
    b"Subject: " + b"word " * 210,
    b"Subject: " + b"w" * 1_010,
    b"Subject: folded,\r\n here\r\n \t\r\n\tand there\r\n ",
    b"Date: Mon, 01 Jan 2024 00:00:00 +0000",
    b"Date: tomorrow",
    b"Message-ID: <1@a.example>",
    b"Message-ID: 1",
    b"MIME-Version: 1.0",
    b"MIME-Version: 2.0",
    b"X-Control: a\x07b\x00c",
    b"X-Blank : value",
    b"X-Other: folded,\r\n\there",
    b"no field at all",
    b": nothing before",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; c=relaxed/simple; h=From:To:Subject; bh=Zm8=; b=Zm8=",
    b"DKIM-Signature: v=1; d=b.example; h=from : Reply-To:\r\n Date:X-SES-Tenant; l=0",
    b"ARC-Message-Signature: i=1; h=Subject",
    b"X-SES-CONFIGURATION-SET: shop",
    b"X-SES-CONFIGURATION-SET: shop ",
    b"X-SES-CONFIGURATION-SET: {shop}",
    b"X-SES-MESSAGE-TAGS: a=1, b=2",
    b"X-SES-MESSAGE-TAGS: a=1,, b=2,",
    b"X-SES-MESSAGE-TAGS: a=1,\r\n a=1, c=3",
    b"X-SES-MESSAGE-TAGS: =?utf-8?q?a=3D1?=",
    b"X-SES-MESSAGE-TAGS: ,",
    b"X-SES-TENANT: acme",
    b"X-SES-TENANT:\r\n acme",
    b"x-ses-tenant : b c",
    b"X-SES-FROM-ARN: arn:aws:ses:us-east-1:123456789012:identity/b.example",
    b"X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/a.example",
    b"X-SES-LIST-MANAGEMENT-OPTIONS: List; topic=Topic",
    b"X-SES-Spam-Verdict: PASS",
    b"List-Unsubscribe: <https://a.example/u>",
    b"List-Unsubscribe-Post: yes",
    b"Subject: =?utf-8?q?a b?= =?x?=",
    b"To: =?utf-8?q?a?=@b.example",
    b"Cc: <@x.example:i@j.example>",
    b'Cc: "i:j"@k.example, i@j.123, xn--i@j.example, ' + b"i" * 70 + b"@j.example",
    b"Cc: =?utf-8?b?4oCuYQ==?= <i@j.example>",
    b"Cc: " + b", ".join(b"i%d@j.example" % number for number in range(60)),
    b"X-SES-MESSAGE-TAGS: " + b", ".join(b"t%d=1" % number for number in range(60)),
    b"X-SES-RETURN-PATH-ARN: arn:aws:ses:us-east-1:123456789012:identity/other.example",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; bh=Zm8=; b=Zm8=;\r\n h=From:Message-ID:Message-ID:Sender",
    # Here the header section ends.
    b"",
)
TYPES: tuple[bytes, ...] = (
    b"",
    b"Content-Type: text/plain; charset=utf-8",
    b"Content-Type: text/plain; charset=us-ascii",
    b"Content-Type: text/html; charset=cp-850",
    b"Content-Type: TEXT/plain;\r\n charset=iso-8859-1; Charset=utf-8",
    b"Content-Type: application/pdf; name=a.exe",
    b"Content-Type: image/png; name*0=a; name*1=.png",
    b"Content-Type: text;",
    b"Content-Type: message/rfc822",
    b"Content-Type: message/partial",
    b"Content-Type: message/external-body; access-type=x",
    b"Content-Type: application/pdf; name==?utf-8?q?a?=; x",
    b"Content-Type: multipart/mixed\xd8; charset=utf-8",
    b"Content-Type: text/html",
    b"Content-Type: application/pkcs7-mime",
    b"Content-Type: application/pgp-signature",
)
LABELS: tuple[bytes, ...] = (
    b"",
    b"",
    b"7bit",
    b"8bit",
    b"binary",
    b"base64",
    b"quoted-printable",
    b"x-odd",
    b"7bit (x)",
)
DISPOSITIONS: tuple[bytes, ...] = (
    b"",
    b"",
    b"Content-Disposition: attachment; filename=a.pdf",
    b'Content-Disposition: attachment; filename="../a.exe"',
    b"Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEb.txt",
    b"Content-Disposition: attachment; filename==?utf-8?q?a?=",
    b"Content-ID: <1>\r\nContent-ID: <1>",
    b"Content-Disposition: inline\r\nContent-Disposition: inline",
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\nX-SES-TENANT: part",
)
TEXTS: tuple[bytes, ...] = (
    b"",
    b"Hi",
    b"caf\xc3\xa9",
    b"caf\xe9 \x00",
    b"w" * 1_010,
    b"link=3D and = and =\r\n",
    b"Zm9v\r\nYmFy",
    b"Zm9=v",
    b".",
    b"\x00.",
    b"\r.",
    b"{{amazonSESUnsubscribeUrl}} <a ses:tags='a b' href='x'> {{ses:openTracker}}{{ses:openTracker}}",
    b"X-SES-TENANT: body",
    b"--b",
    b"--b--",
    b"--b or not",
    b"From: a@b.example",
    b"Content-Type: text/html",
)
BOUNDARIES = (b"b", b"b", b"c", b"bb", b'"b,*"', b"b" * 71)
LINE_ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\n\r\n")
PROPER_LINE_ENDS = (b"\r\n", b"\r\n", b"\r\n\r\n")


def bodies(line_ends: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Return bodies of a few lines."""
    line = st.tuples(st.sampled_from(TEXTS), st.sampled_from(line_ends)).map(b"".join)
    return st.lists(line, max_size=5).map(b"".join)


def _leaf(kind: bytes, label: bytes, disposition: bytes, body: bytes) -> bytes:
    lines = (kind, label and b"Content-Transfer-Encoding: " + label, disposition)
    return b"".join(line + b"\r\n" for line in lines if line) + b"\r\n" + body


def _multipart(kind: bytes, boundary: bytes, label: bytes, parts: list[bytes], end: bytes) -> bytes:
    section = b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\r\n"
    section += label and b"Content-Transfer-Encoding: " + label + b"\r\n"
    delimiter = b"--" + boundary + b"\r\n"
    return section + b"\r\n" + delimiter + (b"\r\n" + delimiter).join(parts) + b"\r\n" + end


def entities(line_ends: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Return entities: leaves, and multiparts and attached messages of them."""
    leaf = st.builds(_leaf, *map(st.sampled_from, (TYPES, LABELS, DISPOSITIONS)), bodies(line_ends))

    def larger(parts: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        kinds = st.sampled_from([b"mixed", b"alternative", b"signed", b"signed", b"digest"])
        ends = st.sampled_from([b"--b--\r\n", b"--c--\r\n", b"--b--\r\nepilogue\r\n", b""])
        labels = st.sampled_from([b"", b"", b"7bit", b"8bit", b"base64"])
        multipart = st.builds(
            _multipart, kinds, st.sampled_from(BOUNDARIES), labels, st.lists(parts, min_size=1, max_size=3), ends
        )
        attached = parts.map(b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n".__add__)
        return st.one_of(multipart, multipart, attached)

    return st.recursive(leaf, larger, max_leaves=4)


def outgoing_messages(line_ends: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Return messages that have something for most rules, in CRLF but for what `line_ends` brings into bodies."""
    lines = st.lists(st.sampled_from(LINES), max_size=7).map(lambda drawn: b"".join(line + b"\r\n" for line in drawn))
    sender = st.sampled_from([b"From: a@b.example\r\nTo: c@d.example\r\n", b""])
    return st.tuples(sender, lines, entities(line_ends)).map(b"".join)


# The examples of all rules, those of large messages left out.
EXAMPLES = [
    (code, message, arguments, identities)
    for code, message, arguments, identities in (
        (entry.code, *example(place)) for entry, place in sorted(BAD + GOOD, key=lambda one: one[1])
    )
    if message is None or len(message) <= 4_000
]
EXAMPLE_MESSAGES = [message for _, message, _, _ in EXAMPLES if message is not None]


def _spliced(one: bytes, other: bytes) -> bytes:
    """Return the fields of one message before the body of another."""
    _, start = header_section_end(one)
    _, begin = header_section_end(other)
    return one[:start] + other[begin:]


examples = st.sampled_from(EXAMPLE_MESSAGES)
spliced = st.builds(_spliced, examples, examples)

some_messages = outgoing_messages(LINE_ENDS)
messages = st.one_of(some_messages, some_messages, spliced, strategies.messages, strategies.sendable())
# CRLF alone; no CR and no LF without the other.
proper_messages = outgoing_messages(PROPER_LINE_ENDS).filter(
    lambda message: message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r")
)
configs = st.one_of(
    st.sampled_from(
        [
            LintConfig(),
            EVERY_RULE,
            LintConfig(select=("SES", "BULK"), ignore=("SES3",)),
            LintConfig(select=("RFC3", "SES1")),
            LintConfig(verified_identities=("a.example", "b@c.example")),
        ]
    ),
    strategies.any_configs,
)
submissions = strategies.raw_interfaces.flatmap(
    lambda interface: st.tuples(messages, strategies.parameters_for(interface), st.just(interface))
)
submissions_of_any_kind = st.tuples(messages, strategies.any_parameters, interfaces)
preparations = strategies.raw_interfaces.flatmap(
    lambda interface: st.tuples(messages, strategies.liftable(interface), st.just(interface))
)
# Settings of ours, to forward with.
settings_of_ours = strategies.raw_interfaces.flatmap(
    lambda interface: st.tuples(strategies.liftable(interface), st.just(interface))
)


def prepared_or_none(
    message: bytes, parameters: ApiParameters, interface: Interface, **options: Any
) -> Prepared | None:
    """Return what `prepare` makes, refused or not; None for settings that it does not take."""
    try:
        return prepared_with_report(message, parameters=parameters, interface=interface, **options)
    except SesMimeError:
        return None


def heard_of(prepared: Prepared, parameters: ApiParameters, config: LintConfig) -> list[Finding]:
    """Return what lint says of a prepared message, but for its settings: who prepares means them."""
    report = lint(prepared.message, parameters=parameters, interface=prepared.interface, config=config)
    return [finding for finding in report if finding.code != "SES520"]


class TestFindings:
    """Law 1, of the linter: it raises for no message, no parameters and no interface; findings stand in the message."""

    @given(submissions_of_any_kind, configs)
    def test_every_finding_stands_in_the_message_and_a_rejection_is_the_first_error_that_has_a_text(
        self, submission: tuple[bytes, ApiParameters, Interface], config: LintConfig
    ) -> None:
        message, parameters, interface = submission
        report = laws.lints(message, parameters, interface, config)
        if not interface.is_raw:
            assert all(finding.span is None for finding in report)
            assert lint(None, parameters=parameters, interface=interface, config=config) == report
        laws.predicts(message, parameters, interface, config)

    @FEWER
    @given(submissions_of_any_kind, configs)
    def test_nobody_hears_less_of_one_rule_because_others_are_silent(
        self, submission: tuple[bytes, ApiParameters, Interface], config: LintConfig
    ) -> None:
        message, parameters, interface = submission
        every = replace(EVERY_RULE, verified_identities=config.verified_identities)
        report, full = (
            lint(message, parameters=parameters, interface=interface, config=one) for one in (config, every)
        )
        assert list(report) == [finding for finding in full if config.wants(finding.code)]

    @FEWER
    @given(submissions)
    def test_looking_twice_or_at_another_buffer_says_the_same(
        self, submission: tuple[bytes, ApiParameters, Interface]
    ) -> None:
        message, parameters, interface = submission
        report = lint(message, parameters=parameters, interface=interface, config=EVERY_RULE)
        with mmap.mmap(-1, len(message) or 1) as mapped:
            mapped[: len(message)] = message
            # No file of no octets can be mapped.
            others: list[Message] = [
                bytearray(message),
                memoryview(message),
                memoryview(b"x" + message)[1:],
                message,
                mapped,
            ]
            for other in others if message else others[:-1]:
                assert lint(other, parameters=parameters, interface=interface, config=EVERY_RULE) == report

    @FEWER
    @given(st.lists(st.sampled_from(LINES), max_size=6), st.sampled_from(TEXTS), interfaces)
    def test_no_text_quotes_a_body_or_the_value_of_an_unknown_field(
        self, lines: list[bytes], text: bytes, interface: Interface
    ) -> None:
        secret = b"x9canary"
        message = b"\r\n".join([b"X-Unknown: " + secret + b" \x01\xff", *lines, b"Secret: \x00" + secret, b"", b""])
        message += text + secret + text + b"\r\n" + secret + b"\r\n"
        for finding in lint(message, interface=interface, config=EVERY_RULE):
            told = [finding.message, finding.rejection or "", finding.fix.title if finding.fix else ""]
            assert not any("canary" in one for one in told), finding

    @FEWER
    @given(proper_messages)
    def test_law_10_lf_and_crlf_twins_have_the_same_findings(self, message: bytes) -> None:
        twin = message.replace(b"\r\n", b"\n")
        told, twice = (
            [
                (found.code, found.severity, found.line, found.part, found.rejection)
                for found in lint(one, config=EVERY_RULE)
            ]
            for one in (message, twin)
        )
        assert told == twice


class TestRejections:
    """Law 1, of explaining: it raises for no text and no message, and always has something to say."""

    @FEWER
    @given(st.one_of(pasted, strategies.any_texts), submissions_of_any_kind, st.booleans())
    def test_any_text_is_explained_with_and_without_a_message(
        self, text: str, submission: tuple[bytes, ApiParameters, Interface], has_message: bool
    ) -> None:
        message, parameters, interface = submission
        found = explain_rejection(text, message if has_message else None, parameters=parameters, interface=interface)
        assert found
        assert all(one.title and one.cause and one.remedy for one in found)


class TestOutput:
    """Each format can be written of any report, and read back by the reader of its language."""

    @FEWER
    @given(submissions_of_any_kind, configs, st.sampled_from(["a.eml", "caf\udce9 \x1b.eml", "box.mbox#2"]))
    def test_every_report_can_be_written_in_every_format(
        self, submission: tuple[bytes, ApiParameters, Interface], config: LintConfig, path: str
    ) -> None:
        message, parameters, interface = submission
        report = lint(message, parameters=parameters, interface=interface, config=config)
        result = Examined(path, path, Place(), message, interface, report)
        written = {name: "".join(renderer(name)([result], Style(version="1"))) for name in FORMATS}
        for text in written.values():
            assert text.replace("\n", "").isprintable()
        (whole,) = json.loads(written["json"])
        assert [found["code"] for found in whole["findings"]] == [finding.code for finding in report]
        assert [found["span"] for found in whole["findings"]] == [
            finding.span and list(finding.span) for finding in report
        ]
        (line,) = written["json-lines"].splitlines()
        assert json.loads(line) == whole
        (run,) = json.loads(written["sarif"])["runs"]
        assert [result["ruleId"] for result in run["results"]] == [finding.code for finding in report]
        assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(dict.fromkeys(f.code for f in report))
        suite = ElementTree.fromstring(written["junit"])
        assert len(suite.findall(".//failure")) == len(report.at_least(Severity.ERROR))
        assert len(suite.findall(".//testcase")) == max(1, len(report))
        assert [one["check_name"] for one in json.loads(written["gitlab"])] == [found.code for found in report]
        assert len(written["github"].splitlines()) == len(report)
        # A line for each rule that has more to tell, too.
        assert len(written["concise"].splitlines()) == len(report) + len(whole["capped_rules"])


class TestExamples:
    """The laws hold of the examples that show what a rule looks for, or passes."""

    @pytest.mark.parametrize("code", sorted({code for code, *_ in EXAMPLES}))
    def test_the_laws_hold_of_every_example_of_a_rule(self, code: str) -> None:
        for its_code, given_message, arguments, identities in EXAMPLES:
            if its_code != code:
                continue
            message = given_message or b""
            config = replace(EVERY_RULE, verified_identities=identities)
            laws.lints(message, config=config, **arguments)
            laws.predicts(message, config=config, **arguments)
            laws.fixes_safely(message, **arguments)
            for unsafe in (False, True):
                laws.fixes(message, unsafe=unsafe, config=config, **arguments)
                laws.fixes(message, unsafe=unsafe, config=replace(config, select=(code,)), **arguments)


class TestFixing:
    """Law 6: after `fix` the applied rules are silent, no rule is louder, and a second `fix` changes nothing."""

    @given(st.one_of(submissions, submissions, submissions_of_any_kind), st.booleans(), configs)
    def test_law_6(self, submission: tuple[bytes, ApiParameters, Interface], unsafe: bool, config: LintConfig) -> None:
        message, parameters, interface = submission
        laws.fixes(message, parameters=parameters, interface=interface, unsafe=unsafe, config=config)

    @given(submissions)
    def test_a_safe_fix_is_one_that_no_reader_can_tell_the_standard_library_neither(
        self, submission: tuple[bytes, ApiParameters, Interface]
    ) -> None:
        message, parameters, interface = submission
        done = laws.fixes_safely(message, parameters=parameters, interface=interface)
        before = library_contents(message)
        ours = [
            (part.content_type, part.content())
            for part in parse(message).walk()
            if not part.parts and not part.is_multipart
        ]
        # Where it divides the message, and reads what is divided, as we do.
        if before == ours:
            assert _in_lf(library_contents(done)) == _in_lf(before)

    @FEWER
    @given(submissions)
    def test_what_prepare_fixes_no_reader_can_tell_either(
        self, submission: tuple[bytes, ApiParameters, Interface]
    ) -> None:
        message, parameters, interface = submission
        lifted = prepared_or_none(message, parameters, interface, fix=False)
        done = prepared_or_none(message, parameters, interface)
        if lifted is None or done is None:
            return
        # Message tags that were malformed are lifted once they are not.
        assert done.parameters in (
            lifted.parameters,
            replace(lifted.parameters, message_tags=done.parameters.message_tags),
        )
        laws.reads_the_same(lifted.message, done.message, parameters=done.parameters, interface=interface)


def _in_lf(contents: list[tuple[str, Any]] | None) -> list[tuple[str, Any]] | None:
    """Return the contents with the line ends of texts, which are none of their content, all alike."""
    if contents is None:
        return None
    return [(kind, content.replace(b"\r\n", b"\n") if content else content) for kind, content in contents]


class TestForwarding:
    """Whatever a hostile sender smuggles in, no X-SES setting of theirs holds, and the envelope is the one given."""

    @given(
        strategies.hostile_messages,
        strategies.raw_interfaces,
        st.sampled_from([["me@example.org"], ["me@example.org", "you@example.org"]]),
        st.sampled_from(["", "[fwd] "]),
        st.sampled_from([(), ("Desk <desk@example.com>",)]),
    )
    def test_nothing_that_they_wrote_is_a_setting_or_a_recipient(
        self, message: bytes, interface: Interface, ours: list[str], prefix: str, desk: tuple[str, ...]
    ) -> None:
        prepared = forward_with_report(
            message,
            sender="us@example.com",
            destination=ours,
            to=desk,
            reply_to=desk,
            subject_prefix=prefix,
            interface=interface,
        )
        laws.has_no_setting(prepared.message)
        found = resolve(prepared.message, parameters=prepared.parameters, interface=interface)
        assert [getattr(found, setting) for setting in SES_FIELDS] == [None] * len(SES_FIELDS)
        for facts in (
            prepared.envelope,
            envelope(prepared.message, parameters=prepared.parameters, interface=interface),
        ):
            assert facts.sender == "us@example.com"
            assert facts.feedback == "us@example.com"
            assert list(facts.recipients) == ours

    @FEWER
    @given(strategies.hostile_messages, settings_of_ours)
    def test_the_settings_that_are_given_hold(self, message: bytes, ours: tuple[ApiParameters, Interface]) -> None:
        parameters, interface = ours
        prepared = forward_with_report(
            message,
            sender="us@example.com",
            destination=["me@example.org"],
            parameters=parameters,
            interface=interface,
        )
        found = resolve(prepared.message, parameters=prepared.parameters, interface=interface)
        expected = (
            resolve(None, parameters=parameters, interface=interface) if interface is not Interface.SMTP else parameters
        )
        for setting in SES_FIELDS:
            assert (getattr(found, setting) or None) == (getattr(expected, setting) or None), setting
        assert list(prepared.envelope.recipients) == ["me@example.org"]


class TestPreparing:
    """What `prepare` reports is what `lint` says of the result, and what the lift alone can know."""

    @FEWER
    @given(submissions, st.booleans(), configs)
    def test_without_the_lift_the_report_is_that_of_lint(
        self, submission: tuple[bytes, ApiParameters, Interface], fixing: bool, config: LintConfig
    ) -> None:
        message, parameters, interface = submission
        prepared = prepared_or_none(message, parameters, interface, lift=False, fix=fixing, config=config)
        if prepared is not None:
            assert list(prepared.report) == heard_of(prepared, parameters, config)

    @FEWER
    @given(preparations, configs)
    def test_with_the_lift_it_is_that_of_lint_but_for_recipients_and_empty_settings(
        self, preparation: tuple[bytes, ApiParameters, Interface], config: LintConfig
    ) -> None:
        message, given_parameters, interface = preparation
        prepared = prepared_or_none(message, given_parameters, interface, config=config)
        if prepared is None:
            return
        report, parameters = prepared.report, prepared.parameters
        heard = heard_of(prepared, parameters, config)
        is_lifted = bool(parameters.destination) and not given_parameters.destination
        has_blind = any(field.name.lower() == "bcc" for field in prepared.removed)
        if not (is_lifted or has_blind or given_parameters.empty()):
            assert list(report) == heard
        # Addresses that are lost or left out, and settings that were given empty, are those of what was given.
        assert {found.code for found in report if found not in heard} <= {"SES201", "SES204", "SES505"}
        # Of an address that was made a destination lint tells twice: it stands in the message still. It does not find
        # the addresses of Bcc there, which prepare knows.
        for finding in heard:
            if finding not in report:
                assert (is_lifted and finding.span is None) or (has_blind and finding.code == "SES204"), finding
