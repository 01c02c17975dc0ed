"""What `prepare` mends by itself, and what only the sender may."""

from __future__ import annotations

import base64
import email
import email.policy
import pickle
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Edit,
    Evidence,
    Fault,
    Fix,
    Interface,
    LintConfig,
    MessageTag,
    Refused,
    Severity,
    Span,
    parse,
    prepare,
    rule,
)
from sesmime.linter.view.outgoing import Outgoing
from tests.handover.submissions import APIS, BODY, FIXABLE, LONG, RAW, SMTP, TO, codes, message, refusal, reported

SIGNATURE = "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=x; h=From:To:Subject; bh=AAAA; b=AAAA"
# What SES would refuse, too, and nobody but the sender may repair.
UNFIXABLE: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "fields that differ": (message("Subject: a", "Subject: b"), {}, "SES101"),
    "two that are alike and one that differs": (message("Subject: a", "Subject: b", "Subject: a"), {}, "SES101"),
    "a lone CR": (message("X-A: b\rc"), {}, "SES001"),
    "an empty To": (b"From: a@b.example\r\nTo:\r\n\r\nHi", {"parameters": TO}, "SES104"),
    "a Bcc that leaks": (message("Bcc: b@c.example"), {"parameters": TO, "lift": False}, "SES205"),
    "a signed field": (message(SIGNATURE, "Subject: a", "Subject: a"), {}, "SES101"),
    "a long line of a signed field": (message(SIGNATURE, f"Subject: {LONG}"), {}, "SES301"),
    "a long line of a signature": (message(SIGNATURE + " " + "A" * 900 + " " + "A" * 900), {}, "SES301"),
    "a repeated signature": (message(SIGNATURE, SIGNATURE), {}, "SES101"),
    "a signed body": (message(SIGNATURE, "Subject: a", body=f"{LONG}\r\n"), {}, "SES301"),
    "a body signed by DomainKeys": (
        message("DomainKey-Signature: a=rsa-sha1; h=From; b=AAAA", body=f"{LONG}\r\n"),
        {},
        "SES301",
    ),
    "a body signed on the way": (
        message("ARC-Message-Signature: i=1; a=rsa-sha256; h=From; bh=AAAA; b=AAAA", body=f"{LONG}\r\n"),
        {},
        "SES301",
    ),
    "a field signed on the way": (
        message(
            "ARC-Message-Signature: i=1; a=rsa-sha256; h=From:Subject; bh=AAAA; b=AAAA", "Subject: a", "Subject: a"
        ),
        {},
        "SES101",
    ),
    "tags that are signed": (
        message(SIGNATURE.replace("h=From", "h=X-SES-Message-Tags:From"), "X-SES-MESSAGE-TAGS: a=1,"),
        {},
        "SES501",
    ),
    "a field of a part of a signed message": (
        message(
            SIGNATURE,
            "MIME-Version: 1.0",
            "Content-Type: multipart/mixed; boundary=b",
            body=f"--b\r\nContent-Description: {LONG}\r\n\r\nHi\r\n--b--\r\n",
        ),
        {},
        "SES301",
    ),
    "S/MIME data": (
        message(
            "MIME-Version: 1.0", "Content-Type: application/pkcs7-mime; smime-type=signed-data", body=f"{LONG}\r\n"
        ),
        {},
        "SES301",
    ),
    "SES fields that differ": (
        message("X-SES-CONFIGURATION-SET: shop", "X-SES-CONFIGURATION-SET: other"),
        {"lift": False},
        "SES510",
    ),
    "tags in two fields": (
        message("X-SES-MESSAGE-TAGS: a=1", "X-SES-MESSAGE-TAGS: b=2", "X-SES-CONFIGURATION-SET: shop"),
        {"lift": False},
        "SES510",
    ),
    "a tag that cannot be read": (message("X-SES-MESSAGE-TAGS: a=1, b c=2"), {}, "SES501"),
    "a part that is signed": (
        message(
            'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; boundary=b',
            "MIME-Version: 1.0",
            body=f"--b\r\n\r\n{LONG}\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nA\r\n--b--\r\n",
        ),
        {},
        "SES301",
    ),
    "a part of an attached message": (
        message("Content-Type: message/rfc822", "MIME-Version: 1.0", body=f"From: x@y.example\r\n\r\n{LONG}\r\n"),
        {},
        "SES301",
    ),
}


@rule("ACME001", severity=Severity.ERROR, evidence=Evidence.ASSUMED, source="https://a.example/rules")
def misnamed_subject(outgoing: Outgoing) -> Iterator[Fault]:
    """X-Subject holds the subject.

    A rule of somebody else, with a fix that gives SES a second Subject where there is one.
    """
    for field in outgoing.section.all("X-Subject"):
        place = Span(field.span.start, field.span.start + len("X-Subject"))
        fix = Fix("name it Subject", [Edit(place, b"Subject")], is_safe=True)
        yield Fault("X-Subject is no Subject", place, fix=fix)


class TestFix:
    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("case", FIXABLE)
    def test_what_ses_would_refuse_is_fixed_where_nobody_can_tell(self, case: str, interface: Interface) -> None:
        text, expected = FIXABLE[case]
        prepared = prepare(text, interface=interface)
        before = Counter(codes(reported(text, interface=interface, fix=False)))
        assert before >= Counter(expected)
        # The rules are silent, and no other is louder (law 6).
        assert Counter(codes(prepared)) <= before - Counter(expected)
        assert sorted(finding.code for finding in prepared.applied) == expected
        for finding in prepared.applied:
            assert finding.severity is Severity.ERROR
            assert finding.fix is not None
            assert finding.fix.title
            assert finding.fix.applicability == "safe"

    @pytest.mark.parametrize("case", FIXABLE)
    def test_without_fix_none_is_applied(self, case: str) -> None:
        text, expected = FIXABLE[case]
        finding = refusal(text, fix=False)
        assert finding.code in expected
        unfixed = reported(text, fix=False)
        assert unfixed.applied == ()
        assert unfixed.is_body_kept
        assert unfixed.message == reported(text, config=LintConfig(select=())).message

    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_a_field_that_stands_again_with_the_same_text_goes(self, ending: str) -> None:
        lines = ["MIME-Version: 1.0", "Subject: a", "mime-version:  1.0 ", "MIME-Version: 1.0"]
        prepared = prepare(message(*lines, ending=ending, body=BODY))
        assert prepared.message == message(*lines[:2], ending=ending, body=BODY)
        assert [finding.rejection for finding in prepared.applied] == ["Duplicate header 'MIME-Version'."] * 2

    def test_what_is_told_is_the_finding_as_it_was_in_the_message_at_the_moment_of_the_fix(self) -> None:
        # Bcc has left by then.
        prepared = prepare(message("Bcc: d@e.example", "Subject: a", "X-A: b", "subject:  a", body=BODY))
        (finding,) = prepared.applied
        before = message("Subject: a", "X-A: b", "subject:  a", body=BODY)
        start = before.index(b"subject:")
        assert (finding.code, finding.name, finding.severity) == ("SES101", "repeated-field", Severity.ERROR)
        assert (finding.span, finding.line, finding.column) == ((start, start + len("subject")), 4, 1)
        assert finding.rejection == "Duplicate header 'Subject'."
        assert finding.fix is not None
        assert finding.fix.applicability == "safe"
        # What was fixed is in no report.
        assert not [one for one in prepared.report if one.severity is Severity.ERROR]

    def test_a_field_that_a_fix_removes_did_not_leave_in_the_lift(self) -> None:
        prepared = prepare(message("X-SES-MESSAGE-TAGS: ,", "Subject: a", "Subject: a", body=BODY), lift=False)
        assert prepared.message == message("Subject: a", body=BODY)
        assert prepared.removed == ()

    @pytest.mark.parametrize("interface", RAW)
    def test_an_ses_field_that_stands_again_with_the_same_text_goes_without_lift_too(
        self, interface: Interface
    ) -> None:
        text = message("X-SES-CONFIGURATION-SET: shop", "X-A: b", "x-ses-configuration-set:  shop", body=BODY)
        prepared = prepare(text, interface=interface, lift=False)
        assert prepared.message == message("X-SES-CONFIGURATION-SET: shop", "X-A: b", body=BODY)
        assert [(one.code, one.line) for one in prepared.applied] == [("SES510", 4)]
        assert refusal(text, interface=interface, lift=False, fix=False).code == "SES510"
        # In the lift they leave by themselves.
        assert prepare(text, interface=interface).applied == ()

    def test_a_long_line_of_a_part_is_folded_where_it_stands(self) -> None:
        text, _ = FIXABLE["a long line of a part's header section"]
        prepared = prepare(text)
        assert prepared.message.replace(b"\r\n word", b" word") == text
        assert not prepared.is_body_kept
        (finding,) = prepared.applied
        assert (finding.part, finding.line) == ("1", text[: text.index(b"Content-Desc")].count(b"\n") + 1)

    def test_what_can_be_fixed_is_fixed_although_something_else_refuses(self) -> None:
        with pytest.raises(Refused) as raised:
            prepare(message("Content-Type: text/plain; charset=none-such", "Subject: a", "Subject: a"))
        assert [one.code for one in raised.value.report if one.severity is Severity.ERROR] == ["SES304"]

    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_a_long_line_of_the_header_section_is_folded_in_the_line_ending_of_the_message(self, ending: str) -> None:
        text = message("X-A: b", f"Subject: {LONG}", ending=ending, body=BODY)
        prepared = prepare(text)
        # What was put in are line ends before blanks, and nothing else.
        assert prepared.message.replace(f"{ending} word".encode(), b" word") == text
        head = prepared.message[: -len(BODY)]
        assert max(map(len, head.split(ending.encode()))) <= 78
        subject = parse(prepared.message).header_section.first("Subject")
        assert subject is not None
        assert subject.body == LONG
        assert email.message_from_bytes(prepared.message, policy=email.policy.SMTP)["Subject"] == LONG

    def test_a_field_that_no_signature_covers_is_fixed_in_a_signed_message(self) -> None:
        prepared = prepare(message(SIGNATURE, "Keywords: a", "Keywords: a", body=BODY))
        assert prepared.message == message(SIGNATURE, "Keywords: a", body=BODY)

    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_a_text_with_a_long_line_is_encoded_and_reads_as_before(self, ending: str) -> None:
        body = f"caf\xe9{ending}{LONG}={ending}.{ending}"
        kind = "Content-Type: text/plain; charset=iso-8859-1"
        text = message(kind, "Content-Transfer-Encoding: 8bit", "MIME-Version: 1.0", ending=ending, body=body)
        prepared = prepare(text)
        assert parse(prepared.message).content() == body.encode("latin-1")
        read = email.message_from_bytes(prepared.message, policy=email.policy.SMTP)
        assert read.get_payload(decode=True) == body.encode("latin-1")
        assert max(map(len, prepared.message.split(ending.encode()))) <= 78
        assert not prepared.is_body_kept
        # Of the fields the encoding alone has changed.
        fields = [(field.name, field.body) for field in parse(text).header_section]
        found = [(field.name, field.body) for field in parse(prepared.message).header_section]
        assert [field for field in found if field not in fields] == [("Content-Transfer-Encoding", "quoted-printable")]
        assert len(found) == len(fields)

    def test_of_several_parts_those_that_need_it_alone_are_encoded(self) -> None:
        other = "--b\r\nContent-Type: text/html\r\n\r\n<p>\tshort </p>\r\n--b\r\n"
        picture = base64.b64encode(bytes(range(256)) * 4).decode()  # on one line
        parts = f"{other}\r\n{LONG}\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n{picture}\r\n--b--\r\n"
        text = message("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", body=parts)
        prepared = prepare(text)
        assert [finding.part for finding in prepared.applied] == ["2", "3"]
        assert prepared.message.startswith(text[: text.index(b"word")].removesuffix(b"\r\n"))
        assert max(map(len, prepared.message.split(b"\r\n"))) <= 78
        before, after = (parse(one) for one in (text, prepared.message))
        assert bytes(after.parts[0]) == bytes(before.parts[0])
        assert [one.content() for one in after.parts] == [one.content() for one in before.parts]
        assert after.parts[2].content() == bytes(range(256)) * 4

    @pytest.mark.parametrize("interface", APIS)
    def test_tags_that_a_fix_has_made_readable_become_parameters(self, interface: Interface) -> None:
        text = message("X-SES-MESSAGE-TAGS: a=1,, b=2", "X-A: b", "X-SES-MESSAGE-TAGS: c=3", body=BODY)
        prepared = prepare(text, interface=interface)
        assert prepared.message == message("X-A: b", body=BODY)
        assert prepared.parameters.message_tags == (MessageTag("a", "1"), MessageTag("b", "2"))
        # Told as they stood in what was given, of which the resolution is.
        assert [(field.name, field.body) for field in prepared.removed] == [
            ("X-SES-MESSAGE-TAGS", "a=1,, b=2"),
            ("X-SES-MESSAGE-TAGS", "c=3"),
        ]
        assert prepared.resolution.message_tags is None

    def test_over_smtp_and_without_lift_they_stay_a_field(self) -> None:
        text, expected = message("X-SES-MESSAGE-TAGS: a=1,, b=2"), message("X-SES-MESSAGE-TAGS: a=1, b=2")
        assert prepare(text, interface=SMTP).message == expected
        unlifted = prepare(text, lift=False)
        assert (unlifted.message, unlifted.parameters) == (expected, ApiParameters())

    @pytest.mark.parametrize("case", UNFIXABLE)
    def test_unsafe_fixes_are_never_applied_and_what_is_signed_is_not_touched(self, case: str) -> None:
        text, options, code = UNFIXABLE[case]
        assert refusal(text, **options).code == code
        prepared = reported(text, **options)
        assert prepared.message is text
        assert prepared.applied == ()

    def test_what_is_no_error_is_not_fixed(self) -> None:
        text = message("X-SES-MESSAGE-TAGS: a=1,\r\n b=2", "X-SES-CONFIGURATION-SET: shop")
        prepared = prepare(text, interface=SMTP)
        (finding,) = prepare(text, interface=SMTP).report
        assert finding.fix is not None
        assert (finding.code, finding.fix.applicability) == ("SES519", "safe")
        assert prepared.message is text
        assert prepared.applied == ()

    def test_a_rule_that_is_ignored_neither_fixes_nor_tells(self) -> None:
        text = message("Subject: a", "Subject: a", body=f"{LONG}\r\n")
        for config in (LintConfig(ignore=("SES101", "SES301")), LintConfig(select=("SES2", "SES5"))):
            prepared = prepare(text, config=config)
            assert prepared.message is text
            assert (prepared.report, prepared.applied) == ((), ())
        prepared = prepare(text, config=LintConfig(ignore=("SES101",)))
        assert [finding.code for finding in prepared.applied] == ["SES301"]
        assert prepared.message.count(b"Subject: a") == 2

    def test_the_body_is_not_copied_if_the_header_section_alone_was_fixed(self) -> None:
        text = message("Subject: a", "Subject: a", "Bcc: d@e.example", body=BODY)
        prepared = prepare(text)
        chunk = prepared.chunks()[-1]
        assert isinstance(chunk, memoryview)
        assert chunk.obj is text
        assert prepared.is_body_kept
        assert b"".join(prepared.chunks()) == prepared.message == message("Subject: a", body=BODY)

    @pytest.mark.parametrize("case", FIXABLE)
    def test_the_chunks_joined_are_the_message(self, case: str) -> None:
        prepared = prepare(FIXABLE[case][0])
        assert b"".join(prepared.chunks()) == prepared.message
        assert prepared.size == len(prepared.message)
        assert pickle.loads(pickle.dumps(prepared)) == prepared

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_every_kind_of_buffer_is_fixed(self, kind: Any) -> None:
        for text, _ in FIXABLE.values():
            assert prepare(kind(text)).message == prepare(text).message

    def test_a_rule_of_somebody_else_fixes_too(self) -> None:
        config = LintConfig(extend_select=("ACME",), rules=(misnamed_subject,))
        prepared = prepare(message("X-Subject: a", body=BODY), config=config)
        assert prepared.message == message("Subject: a", body=BODY)
        assert [finding.code for finding in prepared.applied] == ["ACME001"]

    def test_a_fix_that_makes_another_rule_louder_is_not_made_and_leaves_the_message_itself(self) -> None:
        text = message("X-Subject: a", "Subject: b", body=BODY)
        prepared = reported(text, config=LintConfig(extend_select=("ACME",), rules=(misnamed_subject,)))
        assert prepared.message is text
        assert prepared.applied == ()
        assert prepared.report[0].code == "ACME001"
