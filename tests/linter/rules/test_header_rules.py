"""The rules about header syntax and fields: places, texts, near misses; what the examples cannot show."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.linter.run import check, lint
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import body_span
from sesmime.mime.edits import apply_edits
from sesmime.mime.fields import Span, header_section_end
from sesmime.ses.evidence import Evidence
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination
from tests.conftest import shared
from tests.linter.rules.header_findings import FAMILY, by_hand, found, message, only, repaired, shown

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
EXAMPLES = Path(__file__).parents[2] / "data" / "rules"
TO_BEN = Destination(("ben@example.net",))


def examples() -> list[Path]:
    """Return the bad examples of the family that have nothing beside them, neither parameters nor an interface."""
    places = sorted(place for select in FAMILY.select for place in EXAMPLES.glob(f"{select}*/bad/*.eml"))
    return [p for p in places if not p.stem.endswith(".fixed") and not p.with_suffix(".json").exists()]


class TestLoneCr:
    def test_the_first_is_shown_and_all_are_counted(self) -> None:
        text = message("Subject: a\rb", "X-A: c\rd\re")
        finding = only(text, "SES001")
        assert finding.span == Span(text.index(b"\r", text.index(b"Subject")), text.index(b"b\r\nX-A"))
        assert finding.message == "CR without LF (the first of 3): programs disagree whether a line ends here"
        assert finding.rejection is None

    def test_a_field_behind_it_is_named(self) -> None:
        finding = only(message("X-A: b\rX-B: c"), "SES001")
        assert finding.message.endswith("ends here, and 'X-B' is a field after it for some")

    def test_a_repeat_behind_it_is_expected_to_be_refused(self) -> None:
        finding = only(message("Subject: one", "X-A: b\rSUBJECT: two"), "SES001")
        assert finding.rejection == "Duplicate header 'Subject'."
        assert by_hand(finding)

    def test_a_field_that_may_stand_twice_is_no_repeat(self) -> None:
        assert only(message("Received: a", "X-A: b\rReceived: c"), "SES001").rejection is None

    @pytest.mark.parametrize("hidden", ["From: e@example.org", "Cc: e@example.org", "x-ses-tenant: acme"])
    def test_no_fix_makes_a_sender_a_recipient_or_a_setting(self, hidden: str) -> None:
        assert by_hand(only(message(f"X-A: b\r{hidden}"), "SES001"))

    @pytest.mark.parametrize(
        ("line", "fixed"),
        [
            ("Subject: a\r b", "Subject: a b"),
            ("Subject: a\r\r", "Subject: a"),
            ("Subject: a\r\rb", "Subject: a b"),
            ("Subject: a\rX-B: c", "Subject: a\r\nX-B: c"),
            ("Subject: a\r\n\r\r\nX-B: c", "Subject: a\r\nX-B: c"),
            ("Subject: a\r\n\rX-B: c", "Subject: a\r\nX-B: c"),
        ],
    )
    def test_what_it_becomes_depends_on_what_stands_there(self, line: str, fixed: str) -> None:
        assert repaired(message(line), "SES001") == message(fixed)

    def test_it_becomes_the_line_end_of_the_message(self) -> None:
        text = message("Subject: a\rX-B: c").replace(b"\r\n", b"\n")
        assert repaired(text, "SES001") == message("Subject: a", "X-B: c").replace(b"\r\n", b"\n")

    def test_lines_that_end_with_two_crs_are_mended_and_the_empty_one_ends_the_section(self) -> None:
        text = message("Subject: a")
        assert repaired(text.replace(b"\r\n", b"\r\r\n"), "SES001") == text

    def test_a_message_of_crs_alone_is_mended_whole(self) -> None:
        text = message("Subject: a", body="one\r\n\r\ntwo\r\n")
        assert repaired(b"\r" + text.replace(b"\r\n", b"\r"), "SES001") == text


class TestLines:
    def test_a_field_without_a_name_is_refused_with_its_text(self) -> None:
        text = message(": b", "Subject: c")
        finding = only(text, "SES002")
        assert (shown(text, finding), finding.line, finding.column) == (b":", 3, 1)
        assert finding.rejection == "Empty header names are illegal."

    def test_text_after_the_fields_wants_the_empty_line_before_it(self) -> None:
        text = message("Subject: a", "Dear Ben,", "how are you: fine?", body="")
        finding = only(text, "SES003")
        assert shown(text, finding) == b"Dear Ben,"
        assert finding.message == "text directly follows the fields: the empty line before the body is missing"
        assert finding.rejection == "Empty header names are illegal."
        assert repaired(text, "SES003") == message("Subject: a", body="Dear Ben,\r\nhow are you: fine?\r\n\r\n")

    def test_text_between_fields_is_left_to_people(self) -> None:
        finding = only(message("Subject: a", "b", "X-A: c"), "SES003")
        assert finding.message == "a line without a colon is not a field"
        assert by_hand(finding)

    def test_an_mbox_line_is_a_warning(self) -> None:
        for line in (b"From ada@example.com Mon Jan  1 00:00:00 2024\n", b"From nobody\n"):
            finding = only(line + message(), "SES003")
            assert (finding.severity, finding.rejection) == (Severity.WARNING, None)
            assert finding.span == Span(0, len(line) - 1)

    def test_a_delimiter_line_among_the_fields_tells_the_repeat_that_ses_will_see(self) -> None:
        text = message(
            "Content-Type: multipart/mixed; boundary=b", "--b", "Content-Type: text/plain", body="Hi\r\n--b--\r\n"
        )
        finding = only(text, "SES003")
        assert shown(text, finding) == b"--b"
        assert finding.rejection == "Duplicate header 'Content-Type'."
        assert not found(repaired(text, "SES003"), "SES003", "SES101", "SES202")

    def test_a_delimiter_line_with_a_colon_is_found_too(self) -> None:
        text = message('Content-Type: multipart/mixed; boundary="b:1"', "--b:1", "X-A: c", body="Hi\r\n--b:1--\r\n")
        assert shown(text, only(text, "SES003")) == b"--b:1"

    def test_a_first_line_of_blanks_goes(self) -> None:
        finding = only(b" \r\n" + message(), "SES003")
        assert finding.message == "the first line contains only spaces or tabs"
        assert finding.rejection == "Empty header names are illegal."

    def test_a_first_field_after_a_blank_is_not_taken_for_a_name(self) -> None:
        assert [finding.code for finding in found(b"\t " + message())] == ["SES003", "SES102"]

    def test_a_blank_before_a_colon_is_shown_alone(self) -> None:
        text = message("Subject \t: a")
        finding = only(text, "SES008")
        assert shown(text, finding) == b" \t"
        assert repaired(text, "SES008") == message("Subject: a")

    def test_a_fold_before_a_colon_is_a_blank(self) -> None:
        assert repaired(message("Subject\r\n : a"), "SES008") == message("Subject: a")

    def test_a_body_is_not_looked_at(self) -> None:
        assert not found(message("Subject: a", body=": b\r\nc\r\nd : e\r\n\x00\r\n\xfc: \x07\r\n \r\n"))


class TestNoHeaderSection:
    @pytest.mark.parametrize(
        "text", [b"", b"\r\n", b"\n\nHi", b"Hello\r\n", b"Hello you: all\r\n\r\nHi", b": a\r\n\r\n"]
    )
    def test_it_is_told_once(self, text: bytes) -> None:
        (finding,) = found(text, "SES0", "SES1", "SES202")
        assert (finding.code, finding.severity, finding.line, finding.column) == ("SES004", Severity.ERROR, 1, 1)
        assert finding.rejection == "Missing required header 'From'."

    def test_sender_and_recipients_beside_it_make_it_a_warning(self) -> None:
        given = ApiParameters(source="ada@example.com")
        assert only(b"Hello", "SES004", parameters=given).rejection == "Missing required header 'To'."
        given = ApiParameters(source="ada@example.com", destination=TO_BEN)
        finding = only(b"Hello", "SES004", parameters=given)
        assert (finding.severity, finding.rejection) == (Severity.WARNING, None)

    def test_empty_lines_before_the_fields_go(self) -> None:
        assert repaired(b"\r\n\n" + message("Subject: a"), "SES004") == message("Subject: a")

    def test_text_after_an_empty_line_is_not_made_fields(self) -> None:
        assert by_hand(only(b"\r\nNote: it is Friday\r\n", "SES004"))

    def test_base64_of_a_message_is_told_as_such(self) -> None:
        import base64

        text = base64.b64encode(message("Subject: a"))
        (finding,) = found(text)
        assert (finding.code, finding.rejection) == ("SES006", "Header section too long.")
        assert finding.evidence is Evidence.OBSERVED
        (finding,) = found(base64.encodebytes(message("Subject: a")))
        assert (finding.rejection, finding.evidence) == ("Empty header names are illegal.", Evidence.ASSUMED)

    def test_base64_with_something_after_it_is_left_to_people(self) -> None:
        import base64

        assert by_hand(only(base64.b64encode(message("Subject: a")) + b"\n\nBye.", "SES006"))

    def test_fields_after_an_empty_line_are_named(self) -> None:
        text = b"X-SES-TENANT: acme\r\n\r\nFrom: ada@example.com\r\nTo: ben@example.net\r\n\r\nHi\r\n"
        finding = only(text, "SES007")
        assert (shown(text, finding), finding.severity) == (b"From", Severity.WARNING)
        assert repaired(text, "SES007") == text.replace(b"\r\n\r\n", b"\r\n", 1)

    def test_fields_that_would_repeat_others_are_left_to_people(self) -> None:
        text = message("Subject: a", body="MIME-Version: 1.0\r\nSubject: b\r\n\r\nHi\r\n")
        assert by_hand(only(text, "SES007"))

    def test_a_body_of_another_type_may_begin_with_fields(self) -> None:
        body = "Content-Type: text/plain\r\n\r\nHi\r\n"
        assert found(b"To: ben@example.net\r\n\r\n" + body.encode(), "SES007")
        text = b"To: ben@example.net\r\nContent-Type: message/rfc822\r\n\r\n" + body.encode()
        assert not found(text, "SES007")

    def test_ten_kilobytes_are_the_limit_of_event_records(self) -> None:
        room = 10_240 - len(message("X-Long: ", body="")) + len("\r\n")
        assert not found(message("X-Long: " + "a" * room), "SES005")
        finding = only(message("X-Long: " + "a" * (room + 1)), "SES005")
        assert finding.message.startswith(f"the header section has 10241 octets, {room + 11} of them in 'X-Long';")


class TestRepeatsAndRequiredFields:
    def test_a_repeat_is_told_with_the_spelling_of_the_guide(self) -> None:
        finding = only(message("Message-Id: <a@example.com>", "Message-ID: <b@example.com>"), "SES101")
        assert (finding.rejection, finding.line) == ("Duplicate header 'Message-ID'.", 4)

    @pytest.mark.parametrize(
        ("lines", "is_safe"),
        [
            (("MIME-Version: 1.0", "mime-version:  1.0 "), True),
            (("MIME-Version: 1.0", "MIME-Version: 1.1"), False),
            (("DKIM-Signature: v=1; h=from", "DKIM-Signature: v=1; h=from"), False),
            (("DomainKey-Signature: a=b", "DomainKey-Signature: a=b"), False),
            (("DKIM-Signature: v=1; h=From : Subject", "Subject: a", "Subject: a"), False),
            (("ARC-Message-Signature: i=1; h=subject", "Subject: a", "Subject: a"), False),
            (("DKIM-Signature: v=1; h=From", "Subject: a", "Subject: a"), True),
        ],
    )
    def test_a_repeat_goes_safely_only_where_nobody_can_tell(self, lines: tuple[str, ...], is_safe: bool) -> None:
        finding = only(message(*lines), "SES101")
        assert finding.fix is not None
        assert finding.fix.is_safe is is_safe

    def test_ten_repeats_are_told(self) -> None:
        assert len(found(message(*["Subject: a"] * 30), "SES101")) == 10

    def test_arc_fields_and_traces_may_stand_again(self) -> None:
        assert not found(message("ARC-Seal: i=1", "ARC-Seal: i=2", "X-A: b", "X-A: c"), "SES101")

    def test_a_missing_to_is_told_on_the_apis_which_take_it(self) -> None:
        text = b"From: ada@example.com\r\nCc: ben@example.net\r\n\r\nHi\r\n"
        for interface in (V1, V2):
            finding = only(text, "SES103", interface=interface)
            assert (finding.severity, finding.rejection) == (Severity.WARNING, None)
            assert not found(text, "SES103", interface=interface, parameters=ApiParameters(destination=TO_BEN))
        assert not found(text, "SES103", interface=SMTP)

    def test_without_any_recipient_the_rule_about_recipients_speaks(self) -> None:
        for text in (b"From: ada@example.com\r\n\r\nHi\r\n", b"From: ada@example.com\r\nTo: \r\n\r\nHi\r\n"):
            assert not found(text, "SES103", "SES104")

    @pytest.mark.parametrize("interface", [V1, V2, SMTP])
    def test_a_blank_to_is_refused_everywhere(self, interface: Interface) -> None:
        text = b"From: ada@example.com\r\nTo:\r\n \r\nSubject: a\r\n\r\nHi\r\n"
        finding = only(text, "SES104", interface=interface, parameters=ApiParameters(destination=TO_BEN))
        assert finding.rejection == "Empty required header 'To'."
        assert finding.fix is not None
        assert [edit.span for edit in finding.fix.edits] == [Span(23, 31)]
        assert not finding.fix.is_safe

    def test_what_ses_writes_anew_is_told_in_one_finding(self) -> None:
        finding = only(message("Message-Id: <a@example.com>", "Date: b", "Return-Path: <c@example.com>"), "SES105")
        assert finding.message == "SES writes its own Message-Id, Date and Return-Path"
        assert (finding.severity, finding.line) == (Severity.INFO, 3)


class TestSesFields:
    def test_each_field_of_ses_is_told_once_and_goes_whole(self) -> None:
        text = message("x-ses-receipt: a", "X-SES-RECEIPT: b", "Feedback-ID: c")
        assert [finding.message for finding in found(text, "SES106")] == [
            "Feedback-ID is a field that only SES writes",
            "x-ses-receipt is a field that only SES writes",
        ]
        assert repaired(text, "SES106") == message()

    @pytest.mark.parametrize(
        ("name", "nearest"),
        [
            ("X-SES-TENANT-NAME", "X-SES-TENANT"),
            ("x-ses-message-tag", "X-SES-MESSAGE-TAGS"),
            ("X-SES_CONFIGURATION_SET", "X-SES-CONFIGURATION-SET"),
            ("X-SES-LIST-MANAGEMENT-OPTION", "X-SES-LIST-MANAGEMENT-OPTIONS"),
        ],
    )
    def test_a_misspelt_setting_gets_its_name(self, name: str, nearest: str) -> None:
        finding = only(message(f"{name}: a"), "SES107")
        assert finding.fix is not None
        assert finding.fix.title == f"rename it to {nearest}, or remove it"

    def test_names_that_only_begin_alike_are_let_pass(self) -> None:
        assert not found(message("X-Session: a", "X-SES: b", "Subject: X-SES-FOO: c"), "SES107")

    @pytest.mark.parametrize(
        "line",
        [
            "X-SES-TENANT : a",
            "X-SES-TENANT\r\n : a",
            "\x0bX-SES-TENANT: a",
            "X-Ses-\r\n\tTenant: a",
            "X-SES-FOO BAR: a",
            "X-A: b\r \x00x-ses-tenant: a",
            "X-SES-TENANT: a\r\x1fX-SES-FROM-ARN: b",
        ],
    )
    def test_a_hidden_setting_is_an_error_and_goes(self, line: str) -> None:
        text = message("Subject: a", line)
        finding = only(text, "SEC302")
        assert finding.severity is Severity.ERROR
        left = repaired(text, "SEC302").lower()
        assert left.count(b"x-ses-") == line.lower().startswith("x-ses-tenant: ")
        assert left.startswith(message("Subject: a", body="")[:-2].lower())

    def test_a_hidden_setting_is_told_by_no_other_rule_about_names(self) -> None:
        codes = {finding.code for finding in found(message("X-SES-Foo : a", "\x01X-SES-TENANT: b"))}
        assert codes == {"SEC302"}

    def test_in_a_message_of_crs_alone_nothing_is_hidden_more_than_the_rest(self) -> None:
        assert [finding.code for finding in found(message("X-SES-TENANT: a").replace(b"\r\n", b"\r"))] == ["SES001"]

    def test_settings_in_the_open_and_in_texts_are_let_pass(self) -> None:
        assert not found(
            message("X-SES-TENANT: a", "Subject: on X-SES-TENANT : a", "X-A: b\r\n x-ses-foo: c"), "SEC302"
        )


class TestParametersOfTheApiV2:
    @pytest.mark.parametrize(
        ("source", "message_end"),
        [
            ("ada@example.com", "replaces this From field and lacks its display name"),
            ("Bea <bea@example.com>", "replaces this From field, which is different"),
        ],
    )
    def test_a_from_that_is_rewritten(self, source: str, message_end: str) -> None:
        text = message("Subject: a")
        finding = only(text, "SES108", interface=V2, parameters=ApiParameters(source=source))
        assert finding.message == f"FromEmailAddress '{source}' {message_end}"
        assert shown(text, finding) == b"Ada <ada@example.com>"

    @pytest.mark.parametrize(
        "source", ["Ada <ada@EXAMPLE.COM>", '"Ada" <ada@example.com>', "=?utf-8?q?Ada?= <ada@example.com>"]
    )
    def test_a_from_that_says_the_same_is_let_pass(self, source: str) -> None:
        assert not found(message(), "SES108", interface=V2, parameters=ApiParameters(source=source))

    @pytest.mark.parametrize("interface", [V1, SMTP])
    def test_other_interfaces_rewrite_no_from(self, interface: Interface) -> None:
        given = ApiParameters(source="bea@example.com", reply_to=("cleo@example.com",))
        assert not found(
            message("Reply-To: dan@example.com"), "SES108", "SES109", interface=interface, parameters=given
        )

    def test_a_reply_to_that_is_overruled(self) -> None:
        text = message("Reply-To: Dan <dan@example.com>")
        given = ApiParameters(reply_to=("cleo@example.com", "dan@example.com"))
        finding = only(text, "SES109", interface=V2, parameters=given)
        assert finding.message == "ReplyToAddresses 'cleo@example.com, dan@example.com' replaces this Reply-To field"
        assert shown(text, finding) == b"Dan <dan@example.com>"

    @pytest.mark.parametrize(
        ("interface", "given", "name", "severity", "evidence"),
        [
            (
                V2,
                ApiParameters(return_path="b@example.com"),
                "FeedbackForwardingEmailAddress",
                Severity.WARNING,
                Evidence.ASSUMED,
            ),
            (V2, ApiParameters(source="b@example.com"), "FromEmailAddress", Severity.INFO, Evidence.ASSUMED),
            (V1, ApiParameters(source="b@example.com"), "Source", Severity.INFO, Evidence.DOCUMENTED),
            (SMTP, ApiParameters(source="b@example.com"), "MAIL FROM", Severity.INFO, Evidence.DOCUMENTED),
        ],
    )
    def test_who_hears_of_bounces(
        self, interface: Interface, given: ApiParameters, name: str, severity: Severity, evidence: Evidence
    ) -> None:
        text = message("Return-Path: <c@example.com>")
        finding = only(text, "SES110", interface=interface, parameters=given)
        assert finding.message.startswith(f"bounces go to {name} 'b@example.com', not to")
        assert (finding.severity, finding.evidence) == (severity, evidence)
        same = text.replace(b"<c@", b"<b@")
        assert not found(same, "SES110", interface=interface, parameters=given)

    def test_a_return_path_parameter_that_the_interface_lacks_is_no_conflict(self) -> None:
        given = ApiParameters(return_path="b@example.com")
        assert not found(message("Return-Path: <c@example.com>"), "SES110", parameters=given)


class TestPlaces:
    def test_the_place_of_a_blank_body_is_behind_its_colon(self) -> None:
        for text in (b"To: \r\nX: y\r\n", b"To:\r\nX: y\r\n", b"To:", b"To: \r\n \r\n"):
            outgoing = lifted(text, 0)
            assert body_span(outgoing.section.fields[0]) == Span(3, 3)

    @pytest.mark.parametrize("place", examples(), ids=lambda place: f"{place.parts[-3]}-{place.stem}")
    def test_a_finding_has_the_same_place_where_a_field_was_taken_out_before(self, place: Path) -> None:
        text = place.read_bytes()
        for more in (b"X-Gone: 1\r\n", b""):
            outgoing = lifted(text, len(more), more)
            assert check(outgoing, FAMILY) == found(text)
            for finding in check(outgoing, FAMILY):
                if finding.fix is not None:
                    apply_edits(text, finding.fix.edits)

    @pytest.mark.parametrize("place", examples(), ids=lambda place: f"{place.parts[-3]}-{place.stem}")
    def test_a_message_with_lf_is_read_alike(self, place: Path) -> None:
        text = place.read_bytes()
        text = text.replace(b"\r\r\n", b"\r\n")  # a CR before a CRLF would make half of one
        seen = [(finding.code, finding.line, finding.column, finding.part) for finding in found(text)]
        twin = found(text.replace(b"\r\n", b"\n"))
        assert [(finding.code, finding.line, finding.column, finding.part) for finding in twin] == seen


def lifted(text: bytes, shift: int, more: bytes = b"") -> Outgoing:
    """Return what would be sent if `more` stood before a message and were taken out."""
    _, body_start = header_section_end(text)
    return Outgoing(
        more + text,
        body_start=body_start + shift,
        head=text[:body_start],
        parameters=ApiParameters(),
        interface=V1,
    )


PIECES = (
    *("\r\n", "\r", "\n", " ", "\t", ":", "<", ">", "@", ",", '"', "(", ")", "a", "--b", "1.0", "a@b.example"),
    *("\x00", "\x07", "\x7f", "\xfc", "\xef\xbb\xbf", "=?utf-8?q?", "=?x?b?", "=0A", "?=", "X-SES-TENANT", "X-SES-"),
    *("From: ", "To: ", "Cc: ", "Date: ", "Message-ID: ", "Subject: ", "References: ", "Return-Path: ", "Reply-To: "),
    *("MIME-Version: ", "Content-Type: ", "multipart/mixed; boundary=b", "RnJvbTogYUBiLmV4YW1wbGUK"),
    "From a@b.example Mon Jan 1 00:00:00 2024",
)


class TestAnything:
    @given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from([V1, V2, SMTP]))
    def test_no_rule_of_the_family_raises_nor_do_its_fixes(self, text: str, interface: Interface) -> None:
        source = text.encode("latin-1")
        given_beside = ApiParameters(source="a@b.example", reply_to=("a@b.example",), return_path="c@d.example")
        for parameters in (ApiParameters(), given_beside):
            for finding in found(source, parameters=parameters, interface=interface):
                assert finding.message.isprintable()
                assert finding.span is None or 0 <= finding.span.start <= finding.span.stop <= len(source)
                if finding.fix is not None:
                    apply_edits(source, finding.fix.edits)

    @pytest.mark.shared
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("ad_from_nul", "SEC303"),
            ("du_content_type", "SES101"),
            ("du_from", "SES101"),
            ("du_subject_reply_to", "SES101"),
            ("ma_space_before_colon", "SES008"),
            ("ma_leading_blank", "SES004"),
            ("ma_bare_cr_in_header", "SES001"),
            ("ma_nul_in_type", "SEC303"),
            ("hi_parsed_ew_copy", "SEC301"),
            ("ses_bare_cr", "SEC302"),
            ("ses_space_colon", "SEC302"),
            ("log_escape", "RFC107"),
            ("cs_ew_bad_charset", "RFC111"),
            ("cs_surrogate_header", "RFC110"),
            ("rb_date_overflow", "RFC102"),
            ("rb_msgid_lone_angle", "RFC103"),
        ],
    )
    def test_attacks_are_found(self, name: str, code: str) -> None:
        text = shared("attacks", f"{name}.eml").read_bytes()
        assert code in {finding.code for finding in found(text)}

    @pytest.mark.shared
    def test_errors_that_are_not_sess_own_are_rare_on_mail_that_email_reads_without_defect(self) -> None:
        from email import message_from_bytes

        clean = wrong = 0
        config = LintConfig(select=("SES008", "SEC302", "SEC303"))
        for file in shared("corpus").glob("*/messages/**/*"):
            if not file.is_file():
                continue
            text = file.read_bytes()
            if any(part.defects for part in message_from_bytes(text).walk()):
                continue
            clean += 1
            wrong += bool(lint(text, config=config).at_least(Severity.ERROR))
        assert clean > 500
        assert wrong <= clean // 100
