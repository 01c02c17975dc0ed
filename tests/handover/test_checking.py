"""What `prepare` refuses, and in which words SES is expected to."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Evidence,
    Interface,
    LintConfig,
    MessageTag,
    Refused,
    Severity,
    prepare,
)
from tests.handover.submissions import APIS, PLAIN, RAW, SMTP, SPRING, TO, V1, V2, codes, message, refusal, reported


def lines_of(count: int) -> str:
    return ", ".join(f"a{number}@b.example" for number in range(count))


# A message that SES is expected to refuse, and the words expected (facts/ses.md E.2 and E.3, by row).
REFUSALS: dict[str, tuple[bytes, dict[str, Any], str, str | None]] = {
    "1": (
        message("Content-Type: text/plain", "content-type: text/html"),
        {},
        "repeated-field",
        "Duplicate header 'Content-Type'.",
    ),
    "3": (message("Message-Id: <a@b>", "Message-ID: <c@d>"), {}, "repeated-field", "Duplicate header 'Message-ID'."),
    "4": (
        message("DKIM-Signature: a", "DKIM-Signature: b"),
        {},
        "repeated-field",
        "Duplicate header 'DKIM-Signature'.",
    ),
    "6": (
        message("List-Unsubscribe-Post: a", "List-Unsubscribe-Post: b"),
        {},
        "repeated-field",
        "Duplicate header 'List-Unsubscribe-Post'.",
    ),
    "8": (b"To: a@b.example\r\n\r\nHi", {}, "missing-from", "Missing required header 'From'."),
    "8, all is body": (
        b"\r\nFrom: a@b.example\r\nTo: c@d.example\r\n",
        {},
        "no-header-section",
        "Missing required header 'From'.",
    ),
    "9": (b"From: a@b.example\r\n\r\nHi", {}, "no-recipient", "Missing required header 'To'."),
    "10": (b"From: a@b.example\r\nTo: \r\n\r\nHi", {}, "no-recipient", "Empty required header 'To'."),
    "10, with destination": (
        b"From: a@b.example\r\nTo:\r\n\r\nHi",
        {"parameters": TO},
        "empty-to",
        "Empty required header 'To'.",
    ),
    "25": (
        b"From: a@b.example\r\nTo: nobody\r\nCc: c@d.example\r\n\r\n",
        {},
        "unreadable-address",
        "Missing final '@domain'",
    ),
    "26": (b"From: a@b.example\r\nTo: c@\r\nCc: c@d.example\r\n\r\n", {}, "unreadable-address", "Missing domain"),
    "27": (b"From: a@b.example\r\nTo: @d\r\nCc: c@d.example\r\n\r\n", {}, "unreadable-address", "Missing local name"),
    "28": (
        "From: a@b.example\r\nTo: jörg@d.example\r\n\r\n".encode(),
        {},
        "unreadable-address",
        "Local address contains control or whitespace",
    ),
    "32": (
        PLAIN,
        {"parameters": ApiParameters(destination=Destination(("a@b.example, c@d.example",)))},
        "unreadable-address-parameter",
        "Illegal address",
    ),
    "37": (
        PLAIN,
        {"parameters": ApiParameters(destination=Destination(("b@c.example", "")))},
        "empty-address-parameter",
        "Invalid email address .",
    ),
    "36": (b'From: "Joe <a@b.example>\r\nTo: c@d.example\r\n\r\n', {}, "unreadable-address", "Missing '\"'"),
    "43": (message(f"Cc: {lines_of(50)}"), {}, "too-many-recipients", "Recipient count exceeds 50."),
    "44": (
        message(body="x\r\n" * 3_500_000),
        {},
        "message-too-large",
        f"Message length is more than 10485760 bytes long: '{len(message(body='')) + 10_500_000}'.",
    ),
    "46": (
        PLAIN,
        {"parameters": ApiParameters(configuration_set="a b")},
        "malformed-setting",
        "Configuration set <a b> does not exist.",
    ),
    "47": (
        PLAIN,
        {"parameters": ApiParameters(message_tags=(MessageTag("a b", "c"),))},
        "malformed-tag-parameter",
        "Invalid tag name <a b>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
    ),
    "47, in the field": (
        message("X-SES-MESSAGE-TAGS: a=1, a b=c"),
        {},
        "malformed-message-tags",
        "Invalid tag name <a b>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
    ),
    "48": (
        PLAIN,
        {"parameters": ApiParameters(message_tags=(MessageTag("a", "b c"),))},
        "malformed-tag-parameter",
        "Invalid tag value <b c>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed.",
    ),
    "50": (
        PLAIN,
        {"parameters": ApiParameters(message_tags=(MessageTag("a", "v" * 256),))},
        "malformed-tag-parameter",
        "Tag value cannot exceed 255 characters.",
    ),
    "51": (
        PLAIN,
        {"parameters": ApiParameters(message_tags=(MessageTag("", "v"),))},
        "malformed-tag-parameter",
        "The tag name must be specified.",
    ),
    "E.3, no recipients": (
        b"From: a@b.example\r\nTo: undisclosed-recipients:;\r\n\r\n",
        {},
        "no-recipient",
        "There are no recipients specified",
    ),
    "a dot in the field alone": (message("X-SES-MESSAGE-TAGS: a=b.c"), {}, "malformed-message-tags", None),
    "an ARN": (PLAIN, {"parameters": ApiParameters(source_arn="a.example")}, "malformed-setting", ""),
    "a lone CR": (message("X-A: b\rX-B: c"), {}, "lone-cr", None),
}


class TestChecks:
    @pytest.mark.parametrize("case", REFUSALS)
    def test_what_ses_is_expected_to_refuse_is_refused_with_its_text(self, case: str) -> None:
        text, options, name, rejection = REFUSALS[case]
        finding = refusal(text, **options)
        assert (finding.name, finding.rejection) == (name, rejection)
        assert finding.url.startswith("https://")
        assert finding.message

    @pytest.mark.parametrize("interface", [V2, SMTP])
    def test_v2_and_smtp_take_40_mb(self, interface: Interface) -> None:
        assert prepare(message(body="x\r\n" * 3_500_000), interface=interface).report == ()
        too_long = message(body="x" * 70 + "\r\n" * 2) * 600_000
        finding = refusal(too_long, interface=interface)
        assert finding.name == "message-too-large"
        words = {
            V2: f"Message length is more than 41943040 bytes long: '{len(too_long)}'.",
            SMTP: "Message is too long.",
        }
        assert finding.rejection == words[interface]

    def test_base64_alone_past_the_limit_is_a_warning(self) -> None:
        def of_size(octets: int) -> bytes:
            return PLAIN + (b"x" * 62 + b"\r\n") * ((octets - len(PLAIN)) // 64) + b"x" * ((octets - len(PLAIN)) % 64)

        fits = 10 * 1024 * 1024 // 4 * 3  # octets that base64 makes 10 MiB of
        assert prepare(of_size(fits)).report == ()
        for octets in (fits + 1, 10 * 1024 * 1024):
            (finding,) = prepare(of_size(octets)).report
            assert (finding.name, finding.severity) == ("message-too-large", Severity.WARNING)
            assert finding.rejection is None
        assert refusal(of_size(10 * 1024 * 1024 + 1)).rejection is not None

    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_a_line_of_998_octets_passes_and_one_of_999_does_not(self, ending: str) -> None:
        assert prepare(message(ending=ending, body="x" * 998 + ending)).report == ()
        assert prepare(message("X-A: " + "b" * 993, ending=ending)).report == ()
        finding = refusal(message(ending=ending, body=f"a{ending}" + "x" * 999 + ending), fix=False)
        place = len(message(ending=ending, body="")) + 1 + len(ending)
        assert (finding.name, finding.span, finding.line, finding.column) == ("long-line", (place, place + 999), 5, 1)
        # No blank stands in it, so that there is no safe fix.
        finding = refusal(message("X-A: " + "b" * 994, ending=ending))
        assert (finding.name, finding.line, finding.part) == ("long-line", 2, "")

    def test_a_long_line_names_its_part_and_its_place_in_what_would_be_sent(self) -> None:
        parts = "--b\r\n\r\nshort\r\n--b\r\n\r\n" + "x" * 1200 + "\r\n--b--\r\n"
        type_field = "Content-Type: multipart/mixed; boundary=b"
        finding = refusal(message("Bcc: d@e.example", type_field, body=parts), fix=False)
        sent = message(type_field, body=parts)
        assert finding.part == "2"
        assert finding.span == (sent.index(b"xxx"), sent.index(b"xxx") + 1200)
        assert finding.line == sent[: sent.index(b"xxx")].count(b"\n") + 1

    def test_of_many_long_lines_ten_are_told(self) -> None:
        with pytest.raises(Refused) as raised:
            prepare(message(body=("x" * 999 + "\r\n") * 50), fix=False)
        assert [finding.name for finding in raised.value.report] == ["long-line"] * 10

    @pytest.mark.parametrize("value", ["b.c", "b@c"])
    def test_dot_and_at_sign_in_a_parameter_are_a_warning(self, value: str) -> None:
        for interface in APIS:
            parameters = ApiParameters(message_tags=(MessageTag("a", value),), configuration_set="shop")
            (finding,) = prepare(PLAIN, parameters=parameters, interface=interface).report
            assert (finding.code, finding.name) == ("SES511", "malformed-tag-parameter")
            assert finding.severity is Severity.WARNING
            assert finding.rejection is None

    def test_a_name_given_twice_as_parameter_is_a_warning(self) -> None:
        tags = (MessageTag("a", "1"), MessageTag("b", "2"), MessageTag("a", "3"))
        (finding,) = prepare(PLAIN, parameters=ApiParameters(message_tags=tags, configuration_set="shop")).report
        assert (finding.name, finding.severity) == ("repeated-message-tag", Severity.WARNING)
        assert "'a'" in finding.message

    def test_source_in_the_place_of_from_is_enough(self) -> None:
        # SES takes it; a WARNING says that some of its readers do not.
        prepared = prepare(b"To: a@b.example\r\n\r\nHi", parameters=ApiParameters(source="s@a.example"))
        assert [(finding.code, finding.severity) for finding in prepared.report] == [("SES102", Severity.WARNING)]

    @pytest.mark.parametrize("setting", ["source", "return_path", "reply_to"])
    def test_addresses_given_as_parameters_are_looked_at(self, setting: str) -> None:
        value: Any = ("nobody",) if setting == "reply_to" else "nobody"
        finding = refusal(PLAIN, parameters=ApiParameters(**{setting: value}), interface=V2)
        assert (finding.name, finding.rejection) == ("unreadable-address-parameter", "Missing final '@domain'")

    def test_fields_that_may_stand_more_than_once_may(self) -> None:
        assert prepare(message("Received: a", "Received: b", "X-A: b", "X-A: c")).report == ()

    @pytest.mark.parametrize("name", ["To", "Cc"])
    def test_repeated_recipient_fields_are_a_warning(self, name: str) -> None:
        prepared = prepare(message(f"{name}: d@e.example", f"{name}: f@g.example"))
        assert [(one.name, one.severity) for one in prepared.report] == [("repeated-recipient-field", Severity.WARNING)]
        # All of them receive it (facts: G, row 27).
        assert set(prepared.envelope.recipients) == {"b@c.example", "d@e.example", "f@g.example"}

    def test_a_repeated_bcc_is_none_once_it_has_left(self) -> None:
        assert prepare(message("Bcc: d@e.example", "Bcc: f@g.example")).report == ()

    def test_findings_stand_most_severe_first(self) -> None:
        text = message("Resent-To: r@s.example", "Subject: a", "Subject: b", "X-SES-TENANT: acme")
        with pytest.raises(Refused) as raised:
            prepare(text, parameters=ApiParameters(message_tags=SPRING))
        assert [(finding.name, finding.severity) for finding in raised.value.report] == [
            ("repeated-field", Severity.ERROR),
            ("unused-resent-field", Severity.WARNING),
            ("unread-setting", Severity.WARNING),
            ("tags-without-configuration-set", Severity.INFO),
        ]

    def test_rules_can_be_left_out(self) -> None:
        text = message("Subject: a", "Subject: b")
        assert prepare(text, config=LintConfig(ignore=("SES101",))).report == ()
        assert prepare(text, config=LintConfig(select=("SES2",))).report == ()
        assert refusal(text, config=LintConfig(select=("SES101",), ignore=("SES1",))).code == "SES101"

    def test_rules_that_are_off_can_be_asked_for(self) -> None:
        assert prepare(PLAIN).report == ()
        (finding,) = prepare(PLAIN, config=LintConfig(extend_select=("BULK107",))).report
        assert (finding.name, finding.severity, finding.span) == ("missing-subject", Severity.WARNING, None)


class TestVerifiedIdentities:
    """SES wants the senders verified, each address by itself or by its domain (facts: E.2, row 45)."""

    TEXT = "Email address is not verified. The following identities failed the check in region "

    def config(self, *identities: str) -> LintConfig:
        return LintConfig(verified_identities=identities)

    @pytest.mark.parametrize("interface", RAW)
    def test_nothing_is_said_if_they_are_not_known(self, interface: Interface) -> None:
        assert prepare(PLAIN, interface=interface, config=self.config()).report == ()

    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("identity", ["joe@a.example", "a.example", "A.Example", "example"])
    def test_a_verified_address_or_domain_or_a_domain_above_it_may_send(
        self, identity: str, interface: Interface
    ) -> None:
        assert prepare(PLAIN, interface=interface, config=self.config("other.example", identity)).report == ()

    @pytest.mark.parametrize("interface", RAW)
    # Of a verified address case counts, in the domain too (facts: D.2).
    @pytest.mark.parametrize("identity", ["b.example", "Joe@a.example", "joe@A.example", "mail.a.example", "c.example"])
    def test_another_sender_is_refused(self, identity: str, interface: Interface) -> None:
        finding = refusal(PLAIN, interface=interface, config=self.config(identity))
        assert (finding.code, finding.evidence, finding.line) == ("SES214", Evidence.DOCUMENTED, 1)
        assert finding.rejection is not None
        assert finding.rejection.startswith(self.TEXT)
        assert "joe@a.example" in finding.rejection
        assert finding.span is not None
        assert b"joe@a.example" in PLAIN[slice(*finding.span)]

    @pytest.mark.parametrize("interface", RAW)
    def test_the_recipients_need_not_be_verified(self, interface: Interface) -> None:
        text = message("Cc: d@e.example", "Bcc: f@g.example", "Reply-To: h@i.example")
        assert prepare(text, interface=interface, config=self.config("a.example")).report == ()

    @pytest.mark.parametrize("interface", RAW)
    def test_the_source_is_looked_at_too(self, interface: Interface) -> None:
        parameters = ApiParameters(source="bounce@z.example")
        finding = refusal(PLAIN, parameters=parameters, interface=interface, config=self.config("a.example"))
        assert (finding.code, finding.span) == ("SES214", None)
        assert "bounce@z.example" in finding.message

    def test_a_from_that_the_api_v2_replaces_is_a_warning(self) -> None:
        parameters = ApiParameters(source="us@z.example")
        for interface, severity in ((V1, Severity.ERROR), (V2, Severity.WARNING), (SMTP, Severity.ERROR)):
            prepared = reported(PLAIN, parameters=parameters, interface=interface, config=self.config("z.example"))
            assert [one.severity for one in prepared.report if one.code == "SES214"] == [severity]

    @pytest.mark.parametrize("name", ["Return-Path", "Sender"])
    def test_other_fields_that_name_a_sender_are_looked_at(self, name: str) -> None:
        finding = refusal(message(f"{name}: <x@z.example>"), config=self.config("a.example"))
        assert (finding.code, finding.line) == ("SES214", 2)

    @pytest.mark.parametrize("interface", RAW)
    def test_an_identity_that_its_owner_lends_counts_wherever_its_arn_stands(self, interface: Interface) -> None:
        lent = "arn:aws:ses:us-east-1:123456789012:identity/a.example"
        for prepared in (
            prepare(
                message(f"X-SES-SOURCE-ARN: {lent}", f"X-SES-FROM-ARN: {lent}"),
                interface=interface,
                config=self.config("z.example"),
            ),
            prepare(
                PLAIN,
                parameters=ApiParameters(source_arn=lent),
                interface=interface,
                config=self.config("z.example"),
            ),
        ):
            assert "SES214" not in codes(prepared)


class TestRefused:
    TEXT = message("Resent-To: r@s.example")

    @pytest.mark.parametrize(
        ("level", "is_refused"), [(Severity.ERROR, False), (Severity.WARNING, True), (Severity.INFO, True)]
    )
    def test_a_finding_at_the_level_or_above_refuses(self, level: Severity, is_refused: bool) -> None:
        if is_refused:
            with pytest.raises(Refused):
                prepare(self.TEXT, fail_level=level)
        else:
            assert len(prepare(self.TEXT, fail_level=level).report) == 1
        assert prepare(PLAIN, fail_level=level).report == ()

    def test_an_advice_refuses_at_the_lowest_level_alone(self) -> None:
        text = message("X-SES-MESSAGE-TAGS: a=1")
        for level in (Severity.ERROR, Severity.WARNING):
            assert codes(prepare(text, fail_level=level)) == ["SES514"]
        with pytest.raises(Refused) as raised:
            prepare(text, fail_level=Severity.INFO)
        assert [(one.code, one.severity) for one in raised.value.report] == [("SES514", Severity.INFO)]

    def test_what_was_fixed_does_not_refuse_and_what_is_no_error_is_not_fixed_whatever_the_level(self) -> None:
        repeated = message("Subject: a", "Subject: a")
        assert prepare(repeated, fail_level=Severity.INFO).message == message("Subject: a")
        # It has a safe fix, and is advice.
        folded = message("X-SES-MESSAGE-TAGS: a=1,\r\n b=2", "X-SES-CONFIGURATION-SET: shop")
        with pytest.raises(Refused) as raised:
            prepare(folded, interface=SMTP, fail_level=Severity.INFO)
        assert [one.code for one in raised.value.report] == ["SES519"]

    def test_without_fix_it_tells_what_could_be_fixed(self) -> None:
        with pytest.raises(Refused) as raised:
            prepare(message("Subject: a", "Subject: a"), fix=False)
        (finding,) = raised.value.report
        assert finding.fix is not None
        assert finding.fix.applicability == "safe"

    def test_it_carries_the_report_and_pickles(self) -> None:
        with pytest.raises(Refused) as raised:
            prepare(message("Subject: a", "Subject: b", "Subject: c"))
        assert [finding.line for finding in raised.value.report] == [3, 4]
        told = f"{raised.value.report[0].message}; expected from SES: 'Duplicate header 'Subject'.' (and 1 more)"
        assert str(raised.value) == f"SES101 repeated-field at line 3, column 1: {told}"
        assert "Subject" in str(raised.value)
        assert pickle.loads(pickle.dumps(raised.value)).report == raised.value.report

    def test_no_text_shows_what_came_in_unescaped(self) -> None:
        text = 'From: a@b.example\r\nTo: b@c.example, "\x1b[31m" <d@e.example>\r\nCc: f\udc1b@g\r\n\r\n'
        parameters = ApiParameters(destination=Destination(("z@y.example", "\x1b[31m" * 100)))
        with pytest.raises(Refused) as raised:
            prepare(text.encode("utf-8", "surrogatepass"), parameters=parameters)
        for finding in raised.value.report:
            assert finding.message.isprintable()
            assert len(finding.message) < 400
