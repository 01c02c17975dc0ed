"""The rules about recipients, identities and addresses as parameters: severities by interface, near misses."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime.linter.findings import Severity
from sesmime.linter.run import check, lint
from sesmime.linter.view.outgoing import Outgoing
from sesmime.ses.evidence import Evidence
from sesmime.ses.identities import Identities
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination
from tests.linter.rules.address_findings import FAMILY, TO, found, message, place, to


class TestUnreadableParameter:
    def test_what_was_lifted_from_the_message_is_told_of_once(self) -> None:
        source = message("From: z@y.example", "To: joe@b.123, jörg@c.example")
        lifted = Outgoing(
            source,
            body_start=source.index(b"Hi"),
            parameters=ApiParameters(destination=Destination(("joe@b.123", "jörg@c.example"), bcc=("ann@d.456",))),
            given=ApiParameters(),
            interface=Interface.SEND_RAW_EMAIL,
        )
        told = [(finding.code, finding.span is None) for finding in check(lifted, FAMILY)]
        assert told == [("SES201", False), ("SES211", True), ("SES211", False)]

    @pytest.mark.parametrize(
        ("text", "rejection"),
        [
            ("joe", "Missing final '@domain'"),
            ("a@b.example, c@d.example", "Illegal address"),
            ("Acme, Inc <a@b.example>", "Illegal address"),
            ("Acme Corp, Inc <a@b.example>", "Local address contains control or whitespace"),
            ("<>", "Empty address"),
            (" ", "Illegal address"),
            ("jörg@b.example", "Local address contains control or whitespace"),
        ],
    )
    def test_the_text_by_the_apis(self, text: str, rejection: str) -> None:
        for interface in (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SEND_EMAIL):
            (finding,) = found("SES207", message("From: a@b.example"), parameters=to(text), interface=interface)
            assert (finding.rejection, finding.severity) == (rejection, Severity.ERROR)
            assert finding.span is None

    def test_by_smtp_the_command_is_refused(self) -> None:
        (finding,) = found("SES207", message(), parameters=to("joe"), interface=Interface.SMTP)
        assert finding.rejection == "501 Invalid RCPT TO address provided"
        sender = ApiParameters(source="joe")
        assert found("SES207", message(), parameters=sender, interface=Interface.SMTP) == []
        assert len(found("SES212", message(), parameters=sender, interface=Interface.SMTP)) == 1

    def test_every_setting_is_looked_at_where_the_interface_has_it(self) -> None:
        given = ApiParameters(
            source="a", destination=Destination(("b",), ("c",), ("d",)), reply_to=("e",), return_path="f"
        )
        told = [
            one.message.split()[:2] for one in found("SES207", None, parameters=given, interface=Interface.SEND_EMAIL)
        ]
        assert told == [
            ["Source", "'a'"],
            *(["Destination", f"'{one}'"] for one in "bcd"),
            ["ReturnPath", "'f'"],
            ["ReplyToAddresses", "'e'"],
        ]
        assert len(found("SES207", message(), parameters=given)) == 4

    @pytest.mark.parametrize("text", ["a@b.example <c@d.example>", ".a@b.example", "team: a@b.example, c@d.example;"])
    def test_what_ses_takes_and_others_do_not_is_a_warning(self, text: str) -> None:
        (finding,) = found("SES207", message(), parameters=to(text))
        assert (finding.severity, finding.rejection, finding.evidence) == (Severity.WARNING, None, Evidence.ASSUMED)

    def test_half_a_character_harms_nothing(self) -> None:
        for text in ("\ud800@b.example", '"\ud800"@b.example', "a@\ud800", "=?utf-8?q?a?=\ud800@b.example"):
            given = ApiParameters(source=text, destination=Destination((text,)), reply_to=(text,), return_path=text)
            for interface in Interface:
                lint(message(), parameters=given, interface=interface, config=FAMILY)
            assert found("SES207", message(), parameters=given)

    def test_an_empty_text_is_told_of_by_its_own_rule(self) -> None:
        assert found("SES207", message(), parameters=to("a@b.example", "")) == []
        texts = {}
        for interface in filter(lambda one: one.is_raw, Interface):
            (finding,) = found("SES208", message(), parameters=to("a@b.example", ""), interface=interface)
            texts[interface] = finding.rejection
        assert texts == {
            Interface.SMTP: "501 Invalid RCPT TO address provided",
            Interface.SEND_RAW_EMAIL: "Invalid email address .",
            Interface.V2_SEND_EMAIL_RAW: "Invalid email address .",
        }


class TestRecipients:
    @pytest.mark.parametrize(
        ("lines", "text", "evidence"),
        [
            ((), "Missing required header 'To'.", Evidence.OBSERVED),
            (("To: ",), "Empty required header 'To'.", Evidence.OBSERVED),
            (("To: nobody:;",), "There are no recipients specified", Evidence.DOCUMENTED),
            (("To: (nobody)", "Cc: ,"), "There are no recipients specified", Evidence.DOCUMENTED),
        ],
    )
    def test_no_recipient(self, lines: tuple[str, ...], text: str, evidence: Evidence) -> None:
        source = message("From: a@b.example", *lines)
        (finding,) = found("SES202", source)
        assert (finding.rejection, finding.evidence, finding.severity) == (text, evidence, Severity.ERROR)
        assert found("SES202", source, parameters=TO) == []

    def test_an_address_that_cannot_be_read_is_told_of_elsewhere(self) -> None:
        for body in ("joe", "a@b.example <c@d.example>"):
            source = message("From: a@b.example", f"To: {body}")
            assert found("SES202", source) == []
            assert found("SES201", source) or found("RFC201", source)

    @pytest.mark.parametrize("interface", [Interface.SMTP, Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW])
    @pytest.mark.parametrize(
        "body", ["team: joe;", '"\x01"@b.example', '(c) <"\x01"@b.example> (d)', "<@a.example:@b.example>"]
    )
    def test_a_list_that_ses_takes_and_that_yields_nobody_is_an_error(self, body: str, interface: Interface) -> None:
        source = message("From: a@b.example", f"To: {body}")
        (finding,) = found("SES202", source, interface=interface)
        assert (finding.severity, finding.rejection) == (Severity.ERROR, None)

    def test_fifty_may_and_fifty_one_may_not(self) -> None:
        for count, faults in ((50, 0), (51, 1)):
            addresses = [f"r{number}@b.example" for number in range(count)]
            assert len(found("SES203", message("From: a@b.example", "Cc: " + ", ".join(addresses)))) == faults
            assert len(found("SES203", None, parameters=to(*addresses), interface=Interface.SEND_EMAIL)) == faults

    def test_members_of_groups_count_and_repeats_do_not(self) -> None:
        group = "team: " + ", ".join(f"r{number}@b.example" for number in range(51)) + ";"
        (finding,) = found("SES203", message(f"To: {group}"))
        assert finding.rejection == "Recipient count exceeds 50."
        assert found("SES203", message("To: " + ", ".join(["r@b.example"] * 60))) == []

    def test_a_count_by_the_fields_alone_is_less_sure(self) -> None:
        many = "To: " + ", ".join(f"r{number}@b.example" for number in range(51))
        (beside,) = found("SES203", message(many), parameters=TO)
        (alone,) = found("SES203", message(many))
        assert (beside.evidence, alone.evidence) == (Evidence.OBSERVED, Evidence.DOCUMENTED)
        assert (beside.severity, alone.severity) == (Severity.WARNING, Severity.ERROR)
        assert beside.message.startswith("51 addresses in To, Cc and Bcc, beside 1 in the destination")
        assert found("SES203", message(many), parameters=TO, interface=Interface.SMTP) == []

    def test_who_is_left_out_is_named(self) -> None:
        source = message("To: b@C.example, x@y.example", "Bcc: z@y.example")
        (finding,) = found("SES204", source, parameters=TO)
        assert finding.message == (
            "2 addresses in To, Cc and Bcc are not among the destinations and receive no mail: 'x@y.example,"
            " z@y.example'"
        )
        assert finding.severity is Severity.WARNING
        (finding,) = found("SES204", message("To: b@c.example, x@y.example"), parameters=TO)
        assert finding.message == (
            "1 address in To, Cc and Bcc is not among the destinations and receives no mail: 'x@y.example'"
        )

    @pytest.mark.parametrize("interface", [one for one in Interface if one.is_raw])
    def test_bcc_is_an_error_beside_a_destination_and_a_warning_without(self, interface: Interface) -> None:
        source = message("To: b@c.example", "BCC: x@y.example")
        (leaked,) = found("SES205", source, parameters=TO, interface=interface)
        (perhaps,) = found("SES205", source, interface=interface)
        assert (leaked.severity, perhaps.severity) == (Severity.ERROR, Severity.WARNING)
        assert place(leaked, source) == b"BCC"
        # Removing it loses the recipients where nothing else names them.
        assert leaked.fix is not None
        assert perhaps.fix is not None
        assert (leaked.fix.applicability, perhaps.fix.applicability) == ("unsafe", "manual")

    def test_every_resent_field_is_told_of(self) -> None:
        source = message("To: b@c.example", "Resent-To: x@y.example", "resent-date: now")
        assert [place(one, source) for one in found("SES206", source)] == [b"Resent-To", b"resent-date"]


class TestIdentities:
    KNOWN = Identities.of(("A.example", "joe@b.example"))

    @pytest.mark.parametrize(
        "address", ["x@a.example", "x@mail.a.EXAMPLE", "x@a.b.a.example", "joe@b.example", "joe+news@b.example"]
    )
    def test_what_a_verified_identity_covers(self, address: str) -> None:
        assert self.KNOWN.cover(address)

    @pytest.mark.parametrize(
        "address",
        ["x@ba.example", "x@example", "Joe@b.example", "joe@B.example", "ann@b.example", "joe@x.b.example", ""],
    )
    def test_what_it_does_not(self, address: str) -> None:
        assert not self.KNOWN.cover(address)

    def test_the_refusal_lists_all_that_failed_and_says_that_the_region_is_not_known(self) -> None:
        source = message(
            "From: Joe <joe@x.example>, ann@a.example", "Sender: joe@x.example", "Return-Path: <b@y.example>"
        )
        given = ApiParameters(source="s@z.example", destination=Destination(("q@r.example",)))
        told = found("SES214", source, identities=("a.example",), parameters=given)
        assert [one.message.split()[:3] for one in told] == [
            ["'s@z.example'", "in", "Source"],
            ["'joe@x.example'", "in", "From"],
            ["'joe@x.example'", "in", "Sender"],
            ["'b@y.example'", "in", "Return-Path"],
        ]
        listed = "s@z.example, Joe <joe@x.example>, joe@x.example, b@y.example"
        text = "Email address is not verified. The following identities failed the check in region <REGION>: "
        assert {one.rejection for one in told} == {text + listed}
        assert place(told[1], source) == b"Joe <joe@x.example>"

    def test_reply_to_and_recipients_are_not_looked_at(self) -> None:
        source = message("From: ann@a.example", "Reply-To: x@y.example", "To: z@y.example")
        assert found("SES214", source, identities=("a.example",)) == []

    def test_nothing_is_said_where_no_identity_is_known(self) -> None:
        assert found("SES214", message("From: joe@x.example")) == []

    def test_the_identity_of_an_arn_is_someone_elses_that_lets_us_send(self) -> None:
        source = message(
            "From: joe@x.example", "X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/x.example"
        )
        assert found("SES214", source, identities=("a.example",)) == []

    def test_a_from_field_that_the_api_v2_rewrites_is_a_warning(self) -> None:
        given = ApiParameters(source="s@a.example")
        arguments: dict[str, Any] = {"identities": ("a.example",), "parameters": given}
        source = message("From: joe@x.example")
        (rewritten,) = found("SES214", source, interface=Interface.V2_SEND_EMAIL_RAW, **arguments)
        (kept,) = found("SES214", source, interface=Interface.SEND_RAW_EMAIL, **arguments)
        assert (rewritten.severity, kept.severity) == (Severity.WARNING, Severity.ERROR)
