"""The rules about settings: exact places, texts and near misses."""

from __future__ import annotations

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Evidence,
    Interface,
    LintConfig,
    MessageTag,
    Severity,
    fix,
)
from tests.conftest import shared
from tests.linter.rules.setting_findings import LIST, SMTP, V1, V2, WEEKLY, found, message, quoted_bytes

TEMPLATE = Interface.V2_SEND_EMAIL_TEMPLATE
ARN = "arn:aws:ses:us-east-1:123456789012:identity/"
SET = "X-SES-CONFIGURATION-SET: shop"
TAGS = "X-SES-MESSAGE-TAGS: "


def tags(*pairs: tuple[str, str]) -> ApiParameters:
    return ApiParameters(message_tags=tuple(MessageTag(*pair) for pair in pairs), configuration_set="shop")


class TestMessageTagsInTheField:
    def test_each_bad_pair_is_told_with_its_place_and_the_text_of_its_refusal(self) -> None:
        body = "a b=c, =x, y=, z=1=2, k=" + "v" * 300 + ", n=\u00e9, ok=1, user=a.b, word"
        text = message(SET, TAGS + body)
        findings = found(text, "SES501")
        assert [quoted_bytes(text, one) for one in findings] == [
            b"a b=c",
            b"=x",
            b"y=",
            b"z=1=2",
            b"k=" + b"v" * 300,
            "n=\u00e9".encode(),
            b"user=a.b",
            b"word",
        ]
        value = "only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."
        assert [one.rejection for one in findings] == [
            "Invalid tag name <a b>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
            "The tag name must be specified.",
            "The tag value must be specified.",
            f"Invalid tag value <1=2>: {value}",
            "Tag value cannot exceed 255 characters.",
            # AWS documents that such a message is sent, and that its metrics are missing.
            None,
            # As parameters such values were taken.
            None,
            None,
        ]
        assert {one.severity for one in findings} == {Severity.ERROR}
        assert all(one.line == 4 for one in findings)

    def test_places_are_right_in_a_folded_field(self) -> None:
        text = message(SET, "X-SES-MESSAGE-TAGS:\r\n a=1,\r\n\tb =\r\n 2!,c=3")
        (finding,) = found(text, "SES501")
        assert quoted_bytes(text, finding) == b"b =\r\n 2!"
        assert (finding.line, finding.column) == (6, 2)

    def test_ten_bad_pairs_are_told(self) -> None:
        assert len(found(message(SET, TAGS + ", ".join(["a b=1"] * 30)), "SES501")) == 10

    @pytest.mark.parametrize(
        ("body", "place", "mended"),
        [
            ("a=1,,b=2", b",", "a=1, b=2"),
            (",a=1", b",", "a=1"),
            ("a=1, ,", b",", "a=1"),
            ("a=1, b=2 ,", b",", "a=1, b=2"),
        ],
    )
    def test_commas_without_a_tag_are_told_once_and_removed(self, body: str, place: bytes, mended: str) -> None:
        text = message(SET, TAGS + body)
        (finding,) = found(text, "SES501")
        assert quoted_bytes(text, finding) == place
        assert finding.fix is not None
        assert finding.fix.applicability == "safe"
        assert fix(text).message == message(SET, TAGS + mended)

    def test_a_comma_is_left_where_something_else_is_wrong(self) -> None:
        findings = found(message(SET, TAGS + "a=1,,b c=2"), "SES501")
        assert [one.fix.applicability for one in findings if one.fix] == ["manual", "manual"]

    def test_what_a_signature_covers_is_not_changed_safely(self) -> None:
        signature = "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; bh=YQ==; b=YQ==; h=From:X-SES-Message-Tags"
        text = message(SET, TAGS + "a=1,", signature)
        assert fix(text).message == text

    def test_an_empty_field_before_another_one_is_not_removed_safely(self) -> None:
        # The second one would be the first then, and count.
        text = message(SET, TAGS, TAGS + "a=1")
        (finding,) = found(text, "SES501")
        assert finding.fix is not None
        assert finding.fix.applicability == "unsafe"

    def test_values_with_a_dot_are_sent_to_the_parameter_where_there_is_one(self) -> None:
        (on_v1,), (on_smtp,) = (found(message(SET, TAGS + "a=b.c"), "SES501", interface=one) for one in (V1, SMTP))
        assert on_v1.fix is not None
        assert on_smtp.fix is not None
        assert on_v1.fix.title == "pass the tags as Tags, where values with . and @ have been accepted"
        assert on_smtp.fix.title == "use only A-Z a-z 0-9 _ and -"

    def test_encoded_words_are_told_by_their_own_rule_and_the_other_pairs_by_theirs(self) -> None:
        text = message(SET, TAGS + "a b=1, =?utf-8?q?c=3D1?=, d e=2")
        assert [quoted_bytes(text, one) for one in found(text, "SES501")] == [b"a b=1", b"d e=2"]
        (word,) = found(text, "SES503")
        assert quoted_bytes(text, word) == b"=?utf-8?q?c=3D1?="
        # What it means is clear, yet the field would still be malformed.
        assert word.fix is not None
        assert word.fix.applicability == "manual"

    def test_a_comma_inside_an_encoded_word_divides_no_pairs(self) -> None:
        text = message(SET, TAGS + "=?utf-8?q?a=3D1,b=3D2?=")
        assert found(text, "SES501") == []
        assert fix(text, unsafe=True).message == message(SET, TAGS + "a=1, b=2")

    @pytest.mark.shared
    def test_the_known_attack_is_told_pair_by_pair(self) -> None:
        text = shared("attacks", "ses_bad_tags.eml").read_bytes()
        columns = [(one.line, one.column) for one in found(text, "SES501")]
        assert columns == [(7, 21), (7, 28), (7, 32), (7, 36), (7, 43), (7, 347)]

    def test_only_the_top_level_field_is_looked_at(self) -> None:
        body = "--b\r\nX-SES-MESSAGE-TAGS: a b\r\n\r\nHi\r\n--b--\r\n"
        text = message("Content-Type: multipart/mixed; boundary=b", body=body)
        assert found(text, "SES501", "SES503", "SES514") == []
        (finding,) = found(text, "SES515")
        assert (finding.part, finding.severity) == ("1", Severity.WARNING)


class TestTagsAsParameters:
    def test_a_dot_is_a_warning_and_a_blank_an_error(self) -> None:
        findings = found(message(), "SES511", parameters=tags(("a", "b.c"), ("a b", "c"), ("d", "e@f")))
        assert [(one.severity, one.rejection is None, one.span) for one in findings] == [
            (Severity.ERROR, False, None),
            (Severity.WARNING, True, None),
            (Severity.WARNING, True, None),
        ]
        assert {one.evidence for one in findings} == {Evidence.OBSERVED}
        assert findings[1].message == (
            "message tag 'a=b.c': AWS documents only A-Z a-z 0-9 _ and -; the service has also accepted . and @"
            " in a value"
        )

    def test_what_is_said_of_a_value_agrees_with_the_text_expected(self) -> None:
        (finding,) = found(message(), "SES511", parameters=tags(("a", "b c")))
        assert finding.message.endswith("consists of A-Z a-z 0-9 _ and -; the service has also accepted . and @")
        assert finding.rejection is not None
        assert finding.rejection.endswith("'_',  '-' , '.', '@' are allowed.")

    def test_what_is_beyond_ascii_in_the_field_is_sent_without_metrics(self) -> None:
        (documented,) = found(message(SET, TAGS + "a=caf\xe9"), "SES501")
        (assumed,) = found(message(SET, TAGS + "a=b c"), "SES501")
        assert (documented.evidence, documented.rejection) == (Evidence.DOCUMENTED, None)
        assert (assumed.evidence, assumed.severity) == (Evidence.ASSUMED, documented.severity)

    def test_256_characters_are_one_too_many(self) -> None:
        assert found(message(), "SES511", parameters=tags(("a", "v" * 255))) == []
        (finding,) = found(message(), "SES511", parameters=tags(("n" * 256, "v" * 256)))
        # The name is looked at first.
        assert finding.rejection == "Tag name cannot exceed 255 characters."

    def test_a_repeat_is_a_warning_as_parameter_and_an_error_in_the_field(self) -> None:
        (given,) = found(message(), "SES502", parameters=tags(("a", "1"), ("a", "2"), ("b", "1")))
        assert (given.severity, given.span) == (Severity.WARNING, None)
        text = message(SET, TAGS + "a=1, b=1, a=2")
        (standing,) = found(text, "SES502")
        assert standing.severity is Severity.ERROR
        assert quoted_bytes(text, standing) == b"a=2"

    def test_where_parameters_are_given_the_field_is_not_looked_at(self) -> None:
        text = message(SET, TAGS + "a=1, a=2, b c")
        assert found(text, "SES501", "SES502", parameters=tags(("a", "1"))) == []

    def test_on_smtp_they_are_unsupported_and_nothing_more(self) -> None:
        findings = found(message(), "SES5", interface=SMTP, parameters=tags(("a b", "c"), ("a b", "d")))
        assert [one.code for one in findings] == ["SES512", "SES512"]

    @pytest.mark.parametrize("code", ["SES502", "SES511", "SES514", "SES517"])
    def test_interfaces_of_parameters_alone_are_looked_at_too(self, code: str) -> None:
        pairs = (("a b", "1"), ("a b", "2"), *((f"t{number}", "1") for number in range(50)))
        parameters = ApiParameters(message_tags=tuple(MessageTag(*pair) for pair in pairs))
        assert {one.code for one in found(None, code, interface=TEMPLATE, parameters=parameters)} == {code}

    def test_fields_of_a_message_say_nothing_to_an_interface_of_parameters_alone(self) -> None:
        text = message(TAGS + "a b", "X-SES-TENANT: a b", "X-SES-TENANT: c")
        assert found(text, "SES5", "SES6", "SES7", interface=TEMPLATE) == []


class TestSettings:
    def test_the_value_of_a_malformed_parameter_is_quoted_and_escaped(self) -> None:
        parameters = ApiParameters(configuration_set="a\x1b[31m", tenant="b\r\nBcc: c")
        findings = found(message(), "SES504", interface=V2, parameters=parameters)
        assert len(findings) == 2
        assert all(one.message.isprintable() for one in findings)
        assert [one.rejection for one in findings] == ["Configuration set <a\x1b[31m> does not exist.", ""]
        assert [one.evidence for one in findings] == [Evidence.OBSERVED, Evidence.ASSUMED]

    def test_a_malformed_value_is_told_with_the_form_that_it_lacks(self) -> None:
        form = "the ARN of an SES identity: arn:aws:ses:REGION:ACCOUNT:identity/DOMAIN-OR-ADDRESS"
        (given,) = found(message(), "SES504", parameters=ApiParameters(source_arn="foo"))
        assert given.message == f"SourceArn 'foo' is not {form}"
        (written,) = found(message("X-SES-SOURCE-ARN: foo"), "SES508")
        assert written.message.endswith(f"; it must be {form}")

    def test_a_setting_in_a_field_is_told_with_its_value_if_it_has_one(self) -> None:
        (readable,) = found(message("X-SES-SOURCE-ARN: " + ARN + "a.example"), "SES520")
        assert readable.message == f"X-SES-SOURCE-ARN sets the source ARN: '{ARN}a.example'"
        (malformed,) = found(message("X-SES-SOURCE-ARN: foo"), "SES520")
        assert malformed.message == "X-SES-SOURCE-ARN is meant to set the source ARN"

    def test_empty_destinations_are_observed_to_count_as_absent_and_the_rest_is_assumed(self) -> None:
        parameters = ApiParameters(destination=Destination(), configuration_set="", message_tags=())
        findings = found(message(), "SES505", parameters=parameters)
        assert [(one.message.partition(" ")[0], one.evidence) for one in findings] == [
            ("Destinations", Evidence.OBSERVED),
            ("Tags", Evidence.ASSUMED),
            ("ConfigurationSetName", Evidence.ASSUMED),
        ]

    @pytest.mark.parametrize(
        ("interface", "parameters", "said"),
        [
            (V1, ApiParameters(tenant="a"), "ses.SendRawEmail has no parameter for tenant"),
            (V1, ApiParameters(extra=(("Foo", 1),)), "ses.SendRawEmail has no parameter for 'Foo'"),
            (V2, ApiParameters(from_arn=ARN + "a.example"), "sesv2.SendEmail.Raw has no parameter for from_arn"),
            (SMTP, ApiParameters(configuration_set="a"), "smtp has no parameter for configuration_set"),
            (TEMPLATE, ApiParameters(from_arn="a"), "sesv2.SendEmail.Template has no parameter for from_arn"),
        ],
    )
    def test_what_the_interface_has_no_place_for_is_an_error(
        self, interface: Interface, parameters: ApiParameters, said: str
    ) -> None:
        (finding,) = found(message(), "SES512", interface=interface, parameters=parameters)
        assert (finding.message, finding.severity, finding.url) == (said, Severity.ERROR, interface.page)

    def test_differing_arns_matter_on_v2_alone_and_without_the_parameter(self) -> None:
        text = message(f"X-SES-SOURCE-ARN: {ARN}a.example", f"X-SES-FROM-ARN: {ARN}b.example")
        (finding,) = found(text, "SES506", interface=V2)
        assert quoted_bytes(text, finding).decode() == f"{ARN}b.example"
        assert found(text, "SES506", interface=V1) == found(text, "SES506", interface=SMTP) == []
        given = ApiParameters(source_arn=ARN + "c.example")
        assert found(text, "SES506", interface=V2, parameters=given) == []
        assert found(text.replace(b"identity/b", b"b"), "SES506", interface=V2) == []

    def test_a_malformed_field_is_no_error_where_the_parameter_counts(self) -> None:
        text = message("X-SES-CONFIGURATION-SET: my set")
        assert len(found(text, "SES508")) == 1
        given = ApiParameters(configuration_set="shop")
        (finding,) = found(text, "SES508", "SES509", parameters=given)
        assert (finding.code, finding.severity) == ("SES509", Severity.WARNING)

    @pytest.mark.parametrize(
        ("value", "meant"),
        [
            ("contactListName=A;topicName=B", "A; topic=B"),
            ("contactListName = A ; topicName = B ;", "A; topic=B"),
            ("contactListName=A;", "A"),
            ("{A}", "A"),
        ],
    )
    def test_the_syntax_of_frameworks_and_of_the_guide_is_known(self, value: str, meant: str) -> None:
        text = message(SET, LIST + value)
        (finding,) = found(text, "SES508", interface=SMTP)
        assert finding.fix is not None
        assert finding.fix.title == f"write it as {meant}"
        done = fix(text, interface=SMTP, unsafe=True, config=LintConfig(select=("SES508",)))
        assert done.message == message(SET, LIST + meant)

    @pytest.mark.parametrize("value", ["contactListName=A B;topicName=C", "{A", "topicName=B", '"A" "B"'])
    def test_what_cannot_be_guessed_is_left(self, value: str) -> None:
        (finding,) = found(message(SET, LIST + value), "SES508", interface=SMTP)
        assert finding.fix is not None
        assert finding.fix.applicability == "manual"

    def test_an_empty_configuration_set_is_an_error_and_says_no_text(self) -> None:
        (finding,) = found(message("X-SES-CONFIGURATION-SET: \t"), "SES508")
        assert (finding.severity, finding.rejection) == (Severity.ERROR, None)

    @pytest.mark.parametrize(
        ("line", "parameters", "interface", "evidence", "applicability"),
        [
            (TAGS + "a=1", tags(("a", "2")), V1, Evidence.DOCUMENTED, "safe"),
            (TAGS + "a=1", tags(("a", "2")), V2, Evidence.ASSUMED, "unsafe"),
            (SET, ApiParameters(configuration_set="b"), V1, Evidence.ASSUMED, "unsafe"),
            ("X-SES-FROM-ARN: a", ApiParameters(from_arn=ARN + "b.example"), V1, Evidence.DOCUMENTED, "safe"),
            (f"X-SES-FROM-ARN: {ARN}a", ApiParameters(source_arn=ARN + "b.example"), V2, Evidence.DOCUMENTED, "safe"),
            (LIST + "A", WEEKLY, V2, Evidence.ASSUMED, "unsafe"),
            ("X-SES-TENANT: a", ApiParameters(tenant="b"), V2, Evidence.ASSUMED, "unsafe"),
        ],
    )  # fmt: skip
    def test_a_conflict_is_as_sure_as_the_table_of_precedence(
        self, line: str, parameters: ApiParameters, interface: Interface, evidence: Evidence, applicability: str
    ) -> None:
        (finding,) = found(message(line), "SES509", interface=interface, parameters=parameters)
        assert (finding.severity, finding.evidence) == (Severity.WARNING, evidence)
        assert finding.fix is not None
        assert finding.fix.applicability == applicability

    def test_tags_in_another_order_are_no_conflict(self) -> None:
        assert found(message(TAGS + "a=1,b=2"), "SES509", parameters=tags(("b", "2"), ("a", "1"))) == []

    def test_of_repeated_fields_each_later_one_is_told(self) -> None:
        text = message(SET, "X-SES-Configuration-Set: news", "x-ses-configuration-set: shop")
        findings = found(text, "SES510")
        assert [(one.line, one.severity) for one in findings] == [(4, Severity.ERROR), (5, Severity.ERROR)]
        assert [one.fix.applicability for one in findings if one.fix] == ["unsafe", "safe"]

    def test_repeated_arns_are_a_documented_warning(self) -> None:
        text = message(f"X-SES-SOURCE-ARN: {ARN}a.example", f"X-SES-SOURCE-ARN: {ARN}b.example")
        (finding,) = found(text, "SES510")
        assert (finding.severity, finding.evidence) == (Severity.WARNING, Evidence.DOCUMENTED)

    def test_tags_of_several_fields_are_joined_unless_names_are_given_twice(self) -> None:
        text = message(SET, TAGS + "a=1", "X-Other: c", TAGS + "b=2 ", TAGS + "c=3, d=4")
        config = LintConfig(select=("SES510",))
        done = fix(text, unsafe=True, config=config)
        assert done.message == message(SET, TAGS + "a=1, b=2, c=3, d=4", "X-Other: c")
        assert fix(text, config=config).message == text
        twice = message(SET, TAGS + "a=1", TAGS + "a=2")
        assert fix(twice, unsafe=True, config=config).message == message(SET, TAGS + "a=1")

    def test_joined_tags_never_make_a_line_too_long(self) -> None:
        lines = [TAGS + f"{name}={'v' * 250}" for name in "abcde"]
        done = fix(message(SET, *lines), unsafe=True, config=LintConfig(select=("SES510",)))
        assert done.message == message(SET, lines[0])

    def test_repeats_that_a_parameter_overrules_are_a_warning(self) -> None:
        (finding,) = found(message(SET, SET), "SES510", parameters=ApiParameters(configuration_set="shop"))
        assert finding.severity is Severity.WARNING

    def test_on_v2_tags_and_the_two_arns_may_be_fields(self) -> None:
        lines = [TAGS + "a=1", f"X-SES-SOURCE-ARN: {ARN}a.example", f"X-SES-FROM-ARN: {ARN}a.example"]
        assert found(message(*lines), "SES513", interface=V2) == []
        lines += [SET, LIST + "A", "X-SES-TENANT: a", f"X-SES-RETURN-PATH-ARN: {ARN}a.example"]
        findings = found(message(*lines), "SES513", interface=V2)
        assert [(one.line, one.severity, one.evidence) for one in findings] == [
            (6, Severity.INFO, Evidence.OBSERVED),
            (7, Severity.INFO, Evidence.OBSERVED),
            (8, Severity.INFO, Evidence.DOCUMENTED),
            (9, Severity.INFO, Evidence.ASSUMED),
        ]
        assert found(message(*lines), "SES513", interface=SMTP) == []

    def test_a_tenant_needs_a_configuration_set_where_it_is_read(self) -> None:
        text = message("X-SES-TENANT: acme")
        assert found(text, "SES518", interface=V1) == []
        assert [one.line for one in found(text, "SES518", interface=SMTP)] == [3]
        assert len(found(message(), "SES518", interface=V2, parameters=ApiParameters(tenant="acme"))) == 1
        assert found(message(SET), "SES518", interface=V2, parameters=ApiParameters(tenant="acme")) == []

    def test_a_source_arn_alone_matters_where_a_from_field_is(self) -> None:
        line = f"X-SES-SOURCE-ARN: {ARN}a.example"
        for interface in (V1, V2, SMTP):
            (finding,) = found(message(line), "SES516", interface=interface)
            assert (finding.evidence, finding.line) == (Evidence.OBSERVED, 3)
        assert found(message(line).replace(b"From:", b"Frm:"), "SES516") == []
        assert found(message(line, f"X-SES-FROM-ARN: {ARN}a.example"), "SES516") == []

    def test_fifty_tags_are_not_too_many(self) -> None:
        for count, told in ((50, 0), (51, 1)):
            pairs = [(f"t{number}", "1") for number in range(count)]
            assert len(found(message(), "SES517", parameters=tags(*pairs))) == told
            field = TAGS + ",".join(f"{name}={value}" for name, value in pairs)
            assert len(found(message(SET, field), "SES517")) == told

    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_a_folded_field_is_written_on_one_line_with_the_line_end_of_the_message(self, ending: str) -> None:
        folded = message(SET, TAGS + "a=1,\r\n b=2").replace(b"\r\n", ending.encode())
        wanted = message(SET, TAGS + "a=1, b=2").replace(b"\r\n", ending.encode())
        assert fix(folded, config=LintConfig(select=("SES519",))).message == wanted

    def test_a_field_that_would_be_too_long_on_one_line_stays_folded(self) -> None:
        text = message(SET, TAGS + ",\r\n ".join(f"t{number}={'v' * 200}" for number in range(5)))
        (finding,) = found(text, "SES519")
        assert finding.fix is not None
        assert finding.fix.edits == ()

    def test_a_field_in_a_signed_part_is_told_and_left(self) -> None:
        inner = f"--b\r\n{SET}\r\n\r\nHi\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n"
        for kind, edited in (("mixed", True), ("signed", False)):
            text = message(f"Content-Type: multipart/{kind}; boundary=b", body=inner)
            (finding,) = found(text, "SES515")
            assert finding.fix is not None
            assert bool(finding.fix.edits) is edited
        signed = message("DKIM-Signature: v=1", "Content-Type: multipart/mixed; boundary=b", body=inner)
        (finding,) = found(signed, "SES515")
        assert finding.fix is not None
        assert finding.fix.edits == ()
