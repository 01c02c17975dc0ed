"""The rules about addresses, recipients and identities: places, texts, severities by interface, near misses."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.linter.rule import Rule
from sesmime.linter.rules.addresses.sec101_misleading_display_name import other_address
from sesmime.linter.run import check, lint
from sesmime.linter.view.addresses import Addresses, is_ordinary, unusual_fields, unusual_parameters
from sesmime.linter.view.outgoing import Outgoing
from sesmime.mime.addresses import UNREADABLE, Mailbox, parse_addresses
from sesmime.mime.fields import parse_header_section
from sesmime.ses.evidence import Evidence
from sesmime.ses.interfaces import Interface
from sesmime.ses.javamail import verdict
from sesmime.ses.settings import ApiParameters, Destination
from tests.conftest import shared
from tests.linter.rules.address_findings import FAMILY, TO, found, message, place, submission, to


def encoded_word(text: str, charset: str, encoding: str) -> str:
    """Write a text as an encoded word; in UTF-8 where the charset does not have it, or is none."""
    try:
        octets = text.encode(charset)
    except (LookupError, UnicodeEncodeError):
        octets = text.encode()
    coded = b64encode(octets).decode() if encoding in "bB" else "".join(f"={octet:02X}" for octet in octets)
    return f"=?{charset}?{encoding}?{coded}?="


def rules_of_addresses() -> list[Rule]:
    """Return the rules that are asked where an address is unusual."""
    occasions = {":unusual-address", ":unusual-from", ":unusual-recipient", ":unusual-mailbox", ":long-address"}
    occasions |= {":source-route", ":unusual-parameter"}
    return [entry.rule() for entry in CATALOGUE if not occasions.isdisjoint(entry.triggers or ())]


class TestOrdinary:
    """What is taken to be ordinary is not looked at by any rule."""

    PIECES = st.sampled_from(
        [
            *("a", "Z", "9", "-", ".", "_", "=", "?", "+", "'", "&", "\x00", "é", "\udce9"),
            *(" ", "\t", "\r\n ", "\n\t", "\r", "\n", "\r\n"),
            *("@", "<", ">", ",", ";", ":", "(", ")", "[", "]", '"', "\\", "=?", "?=", "--", "xn--", "=?utf-8?q?a?="),
            *("joe@a.example", "<joe@a.example>", "Joe ", '"Joe" ', ", ", "a.1", "a@b", "@b.c", "..", "<@a:"),
            *("(Joe)", '"joe@a.example"', "=?utf-8?q?=40?=", "=?utf-8?q?x=6E-?=", "=?utf-8?b?4oCu?=", "?b?", "=40"),
        ]
    )  # fmt: skip
    # What encoded words hold: what rules tell of, what looks like it or becomes it, and harmless text.
    HELD = st.lists(
        st.sampled_from(
            ["a", "Zoë", " ", "@", "xn--a", "XN--", "-", "a@b.c", "\u202e", "\u2066", "＠", "\ufe6b", "℀", "."]
        )
    )
    CHARSETS = st.sampled_from(
        ["utf-8", "UTF-8", "iso-8859-1", "utf-7", "utf-16", "iso-2022-jp", "hz", "unknown", "x*fr"]
    )
    # Lists that are nearly or wholly ordinary: mailboxes of these parts, with one of the pieces among them at most.
    GAPS = st.sampled_from(["", " ", "\t ", "\r\n ", " \n\t"])
    ATOMS = st.text("abZ09!#$%&'*+/^_`{|}~.=?-", min_size=1, max_size=8)
    QUOTED = st.text(" !#$%&'()*+,-./09:;<>?AZ[]^_`az{|}~@=", max_size=8).map('"{}"'.format)
    ADDRESSES = st.builds(
        "{}@{}.{}".format, ATOMS, st.text("aZ0-.", min_size=1, max_size=5), st.text("aZ0-", min_size=1, max_size=3)
    )
    WORDS = st.one_of(
        st.builds(encoded_word, HELD.map("".join), CHARSETS, st.sampled_from("bBqQ")),
        st.builds("=?{}?{}?{}?=".format, CHARSETS, st.sampled_from("bBqQ"), st.text("abZ09=_.+/-@,40", max_size=9)),
    )
    NAMED = st.builds(
        "{}{}{}{}<{}>".format,
        st.one_of(ATOMS, QUOTED, WORDS),
        GAPS,
        st.one_of(ATOMS, WORDS, st.just("")),
        GAPS,
        ADDRESSES,
    )
    COMMENTED = st.builds("{}{}({})".format, ADDRESSES, GAPS, st.text(" Joe!,;:.'-_@=?\\\"<>[]", max_size=9))
    LOOSE = st.builds(
        "{}@{}".format, st.text("aZ.'`+-_", min_size=1, max_size=5), st.text("aZ0-.", min_size=1, max_size=9)
    )
    NAMED_AS_ITSELF = st.builds(lambda one, gap: f'"{one}"{gap}<{one}>', st.one_of(ADDRESSES, LOOSE), GAPS)
    MAILBOXES = st.builds(
        "{}{}{}".format,
        GAPS,
        st.one_of(ADDRESSES, NAMED, ADDRESSES.map("<{}>".format), COMMENTED, NAMED_AS_ITSELF),
        GAPS,
    )
    NEARLY = st.builds(
        lambda boxes, at, piece: (text := ",".join(boxes))[:at] + piece + text[at:],
        st.lists(MAILBOXES, min_size=1, max_size=3),
        st.integers(0, 40),
        st.one_of(st.just(""), PIECES),
    )

    @given(st.one_of(st.lists(PIECES, max_size=12).map("".join), NEARLY))
    def test_the_strict_grammar_takes_what_is_ordinary_and_readers_agree(self, text: str) -> None:
        if not is_ordinary(text):
            return
        value = text.lstrip(" \t\r\n").removesuffix("\n").removesuffix("\r")
        answer = verdict("parse+validate", value)
        assert answer.error is None
        assert not answer.unpredictable
        body = text.replace("\r\n", "").replace("\n", "").lstrip(" \t")
        reading = parse_addresses(body)
        assert reading.defects == ()
        assert [one["address"] for one in answer.parsed] == [mailbox.address for mailbox in reading]
        assert len(reading) > 0
        if "," not in text:
            assert verdict("single+validate", text).error is None
        section = message("From: a@b.example", b"To:" + text.rstrip("\r\n").encode("latin-1"))
        for finding in lint(section, config=FAMILY):
            raise AssertionError(finding)
        # Nor do the rules find something that are not asked.
        subject = submission(section)
        fields = tuple(Addresses(one.name, one.body, field=one) for one in subject.section.fields)
        given = Addresses("Destinations", text, setting="destination", path="Destinations[0]")
        subject.__dict__.update(unusual_fields=fields, unusual_parameters=() if "," in text else (given,))
        for rule in rules_of_addresses():
            assert list(rule.check(subject)) == [], rule.code

    @pytest.mark.parametrize(
        "text",
        [
            "joe@a.example",
            " Joe Q. Public <joe.public+tag@mail.a-b.example>",
            ' "Public, Joe; (Sr.)" <joe@a.example>,\r\n\tann@b.example \r\n',
            "<joe=b.example@a.example>",
            "j" * 64 + "@a.example",
            "joe@" + "a" * 63 + ".example",
            "=?utf-8?q?Zo=C3=AB?= <zoe@a.example>",
            "=?utf-8?b?Wm/Dqw==?=\r\n =?utf-8?b?Wm/Dqw==?= Joe <zoe@a.example>, =?unknown?q?=40?= <joe@a.example>",
            "joe@a.example (Joe Q. Public, Jr.),\r\n ann@b.example(Ann)",
            '"joe@a.example" <joe@a.example>',
        ],
    )
    def test_plain_lists_are_ordinary(self, text: str) -> None:
        assert is_ordinary(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "joe",
            "joe@a.example b@c.example",
            "joe@a.example; b@c.example",
            '"joe@b.example" <joe@a.example>',
            '"joe@a.example" <Joe@a.example>',
            '"joe@a.-b" <joe@a.-b>',
            "\"'joe@a.example\" <'joe@a.example>",
            "=?utf-8?q?joe=40b.example?= <joe@a.example>",
            "=?utf-8?q?joe=EF=BC=A0b.example?= <joe@a.example>",
            "=?utf-8?q?xn-?= =?utf-8?q?-a?= <joe@a.example>",
            "=?utf-8?b?4oCu?= <joe@a.example>",
            '"=?utf-8?q?Zo=C3=AB?=" <zoe@a.example>',
            "=?utf-8?q?a,b?= <joe@a.example>",
            "=?utf-8?q?a?=b <joe@a.example>",
            "joe@a.example (joe@b.example)",
            'joe@a.example (")',
            "joe@a.example (Joe) (Joe)",
            "joe@xn--a.example",
            "joe@a.123",
            "joe@a_b.example",
            "joe@a..example",
            ".joe@a.example",
            "j" * 65 + "@a.example",
            "joe@" + "a" * 64 + ".example",
            "joe@a.example\r",
            '"Joe \\"" <joe@a.example>',
            "zoë@a.example",
        ],
    )
    def test_what_a_rule_may_tell_of_is_not(self, text: str) -> None:
        assert not is_ordinary(text)

    def test_unusual_fields_come_with_the_names_of_the_standard(self) -> None:
        source = message("FROM: joe", "to: a@b.example", "reply-to: x", "Errors-To: y", "X-To: z")
        section = parse_header_section(source)
        names = frozenset(field.name.lower() for field in section.fields)
        assert [one.label for one in unusual_fields(section, names)] == ["From", "Reply-To", "Errors-To"]

    def test_unusual_parameters_are_those_that_the_interface_has(self) -> None:
        given = ApiParameters(source="joe", reply_to=("a@b.example", "a@b.example,c@d.example"), return_path="x")
        labels = [one.label for one in unusual_parameters(given, Interface.V2_SEND_EMAIL_RAW)]
        assert labels == ["FromEmailAddress", "FeedbackForwardingEmailAddress", "ReplyToAddresses"]
        assert [one.label for one in unusual_parameters(given, Interface.SEND_RAW_EMAIL)] == ["Source"]


class TestUnreadableAddress:
    # The text expected from SES, and the smallest place that shows it: facts E.2 and E.4, and the table of places
    # in javamail-grammar.md section 3.
    @pytest.mark.parametrize(
        ("body", "text", "shown"),
        [
            ("joe", "Missing final '@domain'", "joe"),
            ("joe@x.example, Joe <joe>", "Missing final '@domain'", "joe"),
            ("c@", "Missing domain", "c@"),
            ("@d.example", "Missing local name", "@d.example"),
            ("Acme Corp, Inc <a@b.example>", "Local address contains control or whitespace", "Acme Corp"),
            ("x[y]@d.example", "Local address contains illegal character", "x[y]@d.example"),
            ("a@b_c.example", "Domain contains illegal character", "a@b_c.example"),
            ("a@b.example c@d.example", "Domain contains control or whitespace", "a@b.example c@d.example"),
            ("a@b.example.", "Domain ends with dot", "a@b.example."),
            ("a@.b.example", "Domain starts with dot", "a@.b.example"),
            ("a@b..example", "Domain contains dot-dot", "a@b..example"),
            ("Joe <a@b.example> <c@d.example>", "Extra route-addr", "<"),
            ("a: b: c@d.example;", "Nested group", ":"),
            ("a@b.example; c@d.example", "Illegal semicolon, not in group", ";"),
            ('"Joe <a@b.example>', "Missing '\"'", '"Joe <a@b.example>'),
            ("a@b.example)", "Missing '('", ")"),
            ("a@b.example>", "Missing '<'", ">"),
            ("Joe <>", "Empty address", "<>"),
            ('joe"x"@d.example', "Quote not at start of local address", 'joe"x"@d.example'),
        ],
    )
    def test_the_text_and_the_place(self, body: str, text: str, shown: str) -> None:
        source = message(f"From: z@y.example\r\nTo: {body}")
        (finding,) = found("SES201", source)
        assert finding.rejection == text
        assert place(finding, source) == shown.encode()
        assert finding.severity is Severity.ERROR
        assert "To" in finding.message

    def test_places_are_right_behind_folds(self) -> None:
        source = message("To: a@b.example,\r\n joe@x.example,\r\n\tjoe")
        (finding,) = found("SES201", source)
        assert place(finding, source) == b"joe"
        assert finding.line == 3
        source = message("To: a@b.example,\r\n c@d.example; e@f.example")
        (finding,) = found("SES201", source)
        assert (place(finding, source), finding.line) == (b";", 2)

    def test_beside_other_repeated_fields_it_is_told_once(self) -> None:
        source = message("X-A: b\r\nX-A: c\r\nTo: a@b.example, joe")
        assert len(found("SES201", source)) == 1

    @pytest.mark.parametrize("name", ["From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Return-Path"])
    def test_each_field_that_ses_reads_is_looked_at(self, name: str) -> None:
        (finding,) = found("SES201", message(f"{name}: joe"))
        assert finding.message.endswith(f"in {name} is invalid: it has no @ followed by a domain")

    @pytest.mark.parametrize("name", ["Errors-To", "Disposition-Notification-To", "Resent-To"])
    def test_other_address_fields_are_not_read_by_ses(self, name: str) -> None:
        source = message(f"{name}: joe")
        assert found("SES201", source) == []
        assert [one.severity for one in found("RFC201", source)] == [Severity.WARNING]

    def test_how_sure_it_is_depends_on_the_field(self) -> None:
        sure = {name: found("SES201", message(f"{name}: joe"))[0].evidence for name in ("To", "From", "Reply-To")}
        assert sure == {"To": Evidence.DOCUMENTED, "From": Evidence.OBSERVED, "Reply-To": Evidence.ASSUMED}

    def test_an_address_in_utf_8_is_shown_as_people_read_it(self) -> None:
        source = message("To: Jörg <jörg@d.example>")
        (finding,) = found("SES201", source)
        assert "'jörg@d.example'" in finding.message
        assert place(finding, source) == "jörg@d.example".encode()
        assert finding.rejection == "Local address contains control or whitespace"

    def test_a_domain_beyond_ascii_is_to_be_written_in_punycode(self) -> None:
        (finding,) = found("SES201", message("To: joe@bücher.example"))
        assert finding.rejection == "Domain contains control or whitespace"
        assert finding.fix is not None
        assert "Punycode" in finding.fix.title

    def test_a_display_name_in_utf_8_alone_is_no_fault_of_the_address(self) -> None:
        assert found("SES201", message("To: Jörg <joerg@d.example>")) == []

    def test_a_quoted_local_part_beyond_ascii_passes_the_grammar_and_is_refused(self) -> None:
        source = message('To: "jörg"@d.example')
        (finding,) = found("SES201", source)
        assert finding.rejection == "There are non-ASCII characters in the email address"
        assert place(finding, source) == '"jörg"@d.example'.encode()

    @pytest.mark.parametrize("body", ['(") a@b.example', "(c) <a@b.example> (d)"])
    def test_where_the_parser_dies_nothing_is_predicted(self, body: str) -> None:
        (finding,) = found("SES201", message(f"To: {body}"))
        assert (finding.severity, finding.rejection) == (Severity.WARNING, None)

    def test_repeated_fields_are_read_apart(self) -> None:
        source = message("To: a@b.example", "To: joe", "To: ann")
        assert [place(one, source) for one in found("SES201", source)] == [b"joe", b"ann"]

    def test_repeated_fields_that_fail_together_alone(self) -> None:
        # Joined, the comment of the first field ends the name before the comment of the second begins it: the parser
        # dies (facts: javamail-grammar.md section 3, the second of the two crashes).
        source = message("To: (c)", "To: <a@b.example> (d)")
        (finding,) = found("SES201", source)
        assert (finding.severity, place(finding, source)) == (Severity.WARNING, b"<a@b.example> (d)")

    def test_of_many_ten_are_told(self) -> None:
        assert len(found("SES201", message(*["To: joe"] * 30))) == 10

    def test_a_null_return_path_is_a_warning(self) -> None:
        (finding,) = found("SES201", message("Return-Path: <>"))
        assert (finding.severity, finding.rejection) == (Severity.WARNING, None)
        (finding,) = found("SES201", message("From: <>"))
        assert finding.severity is Severity.ERROR

    @pytest.mark.parametrize(
        "body",
        [
            "Acme, Inc <a@b.example>, c@d.example; e@f.example",  # another fault stays
            '"Acme", Inc <a@b.example>',
            "Joe <a@b.example>; (x",
        ],
    )
    def test_a_fix_that_leaves_something_wrong_is_not_offered(self, body: str) -> None:
        (finding,) = found("SES201", message(f"To: {body}"))
        assert finding.fix is not None
        assert finding.fix.applicability == "manual"

    def test_fixes_are_never_safe(self) -> None:
        (finding,) = found("SES201", message("From: Acme, Inc <a@b.example>"))
        assert finding.fix is not None
        assert finding.fix.applicability == "unsafe"

    def test_what_prepare_could_not_lift_would_be_lost(self) -> None:
        source = message("From: z@y.example", 'To: b@c.example, (a) <"\x01"@b.example>')
        assert found("SES201", source) == []
        lifted = Outgoing(
            source,
            body_start=source.index(b"Hi"),
            parameters=TO,
            given=ApiParameters(),
            interface=Interface.SEND_RAW_EMAIL,
        )
        (finding,) = check(lifted, LintConfig(select=("SES201",)))
        assert finding.severity is Severity.ERROR
        assert place(finding, source) == b'<"\x01"@b.example>'


class TestAddressesThatSesRefusesFurther:
    def test_a_special_in_a_quoted_local_part_by_interface(self) -> None:
        answers: dict[str, dict[str, tuple[Severity, str | None]]] = {}
        for character in ":@>":
            source = message(f'To: "a{character}b"@c.example')
            for interface in (Interface.SMTP, Interface.V2_SEND_EMAIL_RAW):
                (finding,) = found("SES209", source, interface=interface)
                assert place(finding, source) == f'"a{character}b"'.encode()
                answers.setdefault(character, {})[interface] = (finding.severity, finding.rejection)
        text = "Address contains illegal characters in user name: '<\"a{}b\"@c.example>'."
        assert answers == {
            ":": {"smtp": (Severity.ERROR, text.format(":")), "sesv2.SendEmail.Raw": (Severity.WARNING, None)},
            "@": {"smtp": (Severity.ERROR, text.format("@")), "sesv2.SendEmail.Raw": (Severity.ERROR, "")},
            ">": {"smtp": (Severity.WARNING, None), "sesv2.SendEmail.Raw": (Severity.WARNING, None)},
        }

    def test_an_at_sign_before_the_closing_quote_was_answered_by_the_api(self) -> None:
        (finding,) = found("SES209", message('To: "francois@"@b.example'))
        assert finding.rejection == "Missing domain"

    def test_an_angle_bracket_in_rcpt_to_is_refused(self) -> None:
        (finding,) = found("SES209", message(), parameters=to('"a>b"@c.example'), interface=Interface.SMTP)
        assert (finding.severity, finding.rejection) == (Severity.ERROR, "501 Invalid RCPT TO address provided")

    @pytest.mark.parametrize("domain", ["gmail.com.0927168644", "767", "192.0.2.1"])
    def test_a_numeric_top_level_domain(self, domain: str) -> None:
        source = message(f"To: Joe <a@{domain}>, b@c.example")
        (finding,) = found("SES211", source, interface=Interface.SMTP)
        assert finding.rejection == f"Invalid domain name: '{domain}'."
        assert (place(finding, source), finding.evidence) == (domain.encode(), Evidence.OBSERVED)
        (finding,) = found("SES211", None, parameters=to(f"a@{domain}"), interface=Interface.V2_SEND_EMAIL_SIMPLE)
        assert (finding.severity, finding.evidence) == (Severity.ERROR, Evidence.ASSUMED)

    @pytest.mark.parametrize("domain", ["1.example", "3com", "[192.0.2.1]", "a.0x", "a.1-2"])
    def test_digits_elsewhere_are_no_numeric_domain(self, domain: str) -> None:
        assert found("SES211", message(f"To: a@{domain}")) == []

    @pytest.mark.parametrize("source", ["<>", "", "joe", "a@b.example, c@d.example", " "])
    def test_mail_from_is_one_address(self, source: str) -> None:
        (finding,) = found("SES212", message(), parameters=ApiParameters(source=source), interface=Interface.SMTP)
        assert finding.rejection == "501 Invalid MAIL FROM address provided"
        assert found("SES212", message(), parameters=ApiParameters(source=source)) == []

    @pytest.mark.parametrize("source", ["a@b.example", "<a@b.example>", None])
    def test_a_mail_from_that_is_one(self, source: str | None) -> None:
        assert found("SES212", message(), parameters=ApiParameters(source=source), interface=Interface.SMTP) == []

    @pytest.mark.parametrize("local_part", ["xn--jrg-tna", "XN--jrg", "a.xn--b"])
    def test_punycode_before_the_at_sign(self, local_part: str) -> None:
        source = message(f"To: {local_part}@b.example")
        (finding,) = found("SES213", source)
        assert place(finding, source) == local_part.encode()

    def test_punycode_in_a_display_name_is_found_decoded_too(self) -> None:
        for name in ("xn--jrg-tna", "=?utf-8?q?xn=2D-jrg?="):
            assert [one.severity for one in found("SES213", message(f"From: {name} <a@b.example>"))] == [
                Severity.WARNING
            ]


class TestIrregularAddresses:
    @pytest.mark.parametrize(
        ("body", "shown"),
        [
            ("x@y.example <a@b.example>", "x@y.example <a@b.example>"),
            ("a@b.example, <c@d.example> Joe, e@f.example", "<c@d.example> Joe"),
            ("a (x) b@c.example", None),  # the grammar reads `a` alone, and refuses it
            ("team: joe;", "joe"),
            ("..joe@a.example", "..joe@a.example"),
        ],
    )
    def test_what_the_strict_grammar_takes_and_readers_differ_over(self, body: str, shown: str | None) -> None:
        source = message(f"To: {body}")
        told = [place(one, source).decode() for one in found("RFC201", source)]
        assert told == ([] if shown is None else [shown])

    def test_every_defect_is_told_of_somewhere(self) -> None:
        bodies = [
            "<a@b.example> x",
            "=?utf-8?q?a?=@b.example",
            "<@x.example:a@b.example>",
            ",a@b.example",
            "zoë@b.example",
        ]
        for body in bodies:
            reading = parse_addresses(body.encode().decode("ascii", "surrogateescape"))
            assert reading.defects, body
            assert list(lint(message(f"To: {body}", "From: a@b.example"), config=FAMILY, parameters=TO)), body

    def test_an_encoded_word_in_an_address_is_shown_alone(self) -> None:
        source = message("To: =?utf-8?q?Zo=C3=AB?= <=?utf-8?q?zo=C3=AB?=@b.example>")
        (finding,) = found("RFC202", source)
        assert place(finding, source) == b"=?utf-8?q?zo=C3=AB?="

    def test_a_route_is_shown_alone(self) -> None:
        source = message("From: a@b.example, Joe <@x.example,@y.example:joe@z.example>")
        (finding,) = found("RFC203", source)
        assert place(finding, source) == b"@x.example,@y.example:"

    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("j" * 65 + "@a.example", "65 octets before the @, at most 64 are allowed"),
            ("j@" + "a" * 64 + ".example", "a domain label of 64 octets, at most 63 are allowed"),
            ("j@" + "ab." * 83 + "example", "256 octets after the @, at most 255 are allowed"),
            ("j" * 64 + "@" + "ab." * 62 + "exam", "255 octets, at most 254 are allowed"),
            ("j" * 64 + "@" + "ab." * 62 + "exa", None),
        ],
    )
    def test_lengths(self, address: str, reason: str | None) -> None:
        told = [one.message.partition("too long: ")[2] for one in found("RFC205", message(f"To: {address}"))]
        assert told == ([] if reason is None else [reason])


class TestDeception:
    @pytest.mark.parametrize(
        ("name", "other"),
        [
            ("admin@bank.example", "admin@bank.example"),
            ("Bank (admin@bank.example)", "admin@bank.example"),
            ("'admin@bank.example' via List", "admin@bank.example"),
            ("admin\uff20bank.example", "admin@bank.example"),
            ("x@y.example and admin@bank.example", "admin@bank.example"),
            ("admin@b\u00e4nk.example", "admin@b\u00e4nk.example"),
        ],
    )
    def test_another_address_in_a_display_name(self, name: str, other: str) -> None:
        assert other_address(Mailbox(name, "x@y.example")) == other

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "x@y.example",
            "X@Y.Example",
            "'x@y.example'",
            "Joe @ Acme",
            "@joe",
            "joe@",
            "joe@acme",
            "a@b@",
            "info.example",
        ],
    )
    def test_names_that_hold_none(self, name: str) -> None:
        assert other_address(Mailbox(name, "x@y.example")) is None

    def test_the_own_domain_may_stand_in_the_name_as_people_write_it(self) -> None:
        assert other_address(Mailbox("x@b\u00fccher.example", "x@xn--bcher-kva.example")) is None

    @pytest.mark.parametrize("field", ["From", "Sender", "Reply-To", "To"])
    def test_the_fields_that_people_see(self, field: str) -> None:
        assert len(found("SEC101", message(f'{field}: "a@b.example" <x@y.example>'))) == 1
        assert found("SEC101", message('Errors-To: "a@b.example" <x@y.example>')) == []

    @pytest.mark.parametrize("point", [0x202A, 0x202E, 0x2066, 0x2069])
    def test_bidirectional_controls_in_utf_8_and_encoded(self, point: int) -> None:
        octets = chr(point).encode()
        source = message(b"Subject: a" + octets + b"b")
        (finding,) = found("SEC103", source)
        assert place(finding, source) == octets
        assert f"U+{point:04X}" in finding.message
        word = "=?utf-8?q?" + "".join(f"={octet:02X}" for octet in octets) + "?="
        assert len(found("SEC103", message(f"Subject: {word}", f"From: {word} <a@b.example>"))) == 2

    @pytest.mark.parametrize("point", [0x200F, 0x2029, 0x202F, 0x2065, 0x206A, 0x05D0])
    def test_other_characters_turn_nothing(self, point: int) -> None:
        assert found("SEC103", message(f"Subject: {chr(point)}")) == []


@given(st.binary(max_size=60), st.text(max_size=30))
def test_no_rule_raises_on_any_field_or_parameter(body: bytes, text: str) -> None:
    source = message(
        *(name.encode() + b": " + body for name in ("From", "To", "Bcc", "Reply-To", "Errors-To", "Subject"))
    )
    config = LintConfig(select=FAMILY.select, verified_identities=("a.example", text))
    given_parameters = ApiParameters(source=text, destination=Destination((text,)), reply_to=(text,), return_path=text)
    for interface in (Interface.SMTP, Interface.V2_SEND_EMAIL_RAW, Interface.SEND_EMAIL):
        for finding in lint(source, parameters=given_parameters, interface=interface, config=config):
            if finding.span is not None:
                assert 0 <= finding.span.start <= finding.span.stop <= len(source)


@given(
    st.lists(st.sampled_from(["a@b.example", "joe", "x@y.example <z@w.example>", "", '"', "(c)", ".", ";"]), max_size=5)
)
def test_what_the_strict_grammar_takes_is_no_error_of_the_grammar(pieces: list[str]) -> None:
    body = ", ".join(pieces)
    answer = verdict("parse+validate", body)
    told = found("SES201", message(f"To: {body}"))
    assert [one.rejection for one in told if one.severity is Severity.ERROR] == ([answer.error] if answer.error else [])
    if not told and any(defect.name in UNREADABLE for defect in parse_addresses(body).defects):
        assert found("RFC201", message(f"To: {body}"))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("ad_27043_paren", {"SES201"}),
        ("ad_27043_angle", {"RFC201", "SEC101"}),
        ("ad_27043_open_comment", {"SES201"}),
        ("ad_ew_in_local", {"RFC202"}),
        ("ad_from_nul", {"SES201"}),
        ("ad_from_route", {"RFC203"}),
        ("ad_display_spoof", {"SEC101"}),
        ("ad_nonascii_local", {"SES201"}),
        ("ses_bcc_leak", {"SES205", "SES206"}),
    ],
)
def test_the_attacks_are_found(name: str, codes: set[str]) -> None:
    source = shared("attacks", f"{name}.eml").read_bytes()
    assert {finding.code for finding in lint(source, config=FAMILY)} == codes
