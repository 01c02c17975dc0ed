"""The main job: lift, fix, check, and the message with everything else as it came."""

from __future__ import annotations

import doctest
import importlib
import mmap
import pickle
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Evidence,
    Interface,
    InvalidSetting,
    LintConfig,
    Severity,
    Submission,
    UnsupportedSetting,
    lint,
    prepare,
)
from tests.handover.submissions import (
    ARN,
    BODY,
    FIXABLE,
    LIFTED,
    LONG,
    PLAIN,
    RAW,
    SMTP,
    SPRING,
    TO,
    V2,
    message,
    names,
    refusal,
    reported,
)


class TestMessage:
    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_it_is_given_back_itself_when_nothing_changes(self, interface: Interface, ending: str) -> None:
        text = message(ending=ending, body=BODY)
        assert prepare(text, interface=interface).message is text
        whole = text[:]
        assert prepare(memoryview(whole), interface=interface).message is whole

    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_line_ends_and_body_bytes_stay_when_fields_leave(self, interface: Interface, ending: str) -> None:
        text = message("Bcc: d@e.example", "X-Other: \t kept  as it is", ending=ending, body=BODY)
        expected = message("X-Other: \t kept  as it is", ending=ending, body=BODY)
        assert prepare(text, interface=interface).message == expected

    @pytest.mark.parametrize("interface", RAW)
    def test_the_chunks_are_the_message_and_the_body_is_not_copied(self, interface: Interface) -> None:
        text = message("Bcc: d@e.example", body=BODY)
        prepared = prepare(text, interface=interface)
        chunks = prepared.chunks()
        assert b"".join(chunks) == prepared.message == message(body=BODY)
        assert prepared.size == len(prepared.message)
        assert prepared.is_body_kept
        assert isinstance(chunks[-1], memoryview)
        assert chunks[-1].obj is text
        assert bytes(chunks[-1]) == BODY.encode("latin-1")

    def test_a_message_without_body_has_one_chunk(self) -> None:
        assert len(prepare(b"From: a@b.example\nTo: c@d.example\nBcc: e@f.example").chunks()) == 1

    def test_a_body_of_40_mb_is_not_copied(self) -> None:
        body = (b"x" * 76 + b"\r\n") * (40_000_000 // 78)
        text = b"From: a@b.example\r\nTo: c@d.example\r\nBcc: e@f.example\r\nX-SES-MESSAGE-TAGS: a=1\r\n\r\n" + body
        small = prepare(text[:200], interface=V2)  # what is imported once is not counted
        tracemalloc.start()
        try:
            prepared = prepare(text, interface=V2, config=LintConfig(ignore=("SES302",)))
            chunks = prepared.chunks()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 1 << 20
        assert sum(map(len, chunks)) == prepared.size
        assert small.parameters == prepared.parameters

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_every_kind_of_buffer_is_taken_and_bytes_are_given(self, kind: Any) -> None:
        for text in (message(body=BODY), message("Bcc: d@e.example", body=BODY)):
            prepared = prepare(kind(text))
            assert type(prepared.message) is bytes
            assert prepared.message == message(body=BODY)

    def test_a_map_of_a_file_is_taken(self) -> None:
        text = message("Bcc: d@e.example", body=BODY)
        with mmap.mmap(-1, len(text)) as mapped:
            mapped.write(text)
            prepared = prepare(mapped)
            assert prepared.message == message(body=BODY)
            del prepared

    def test_text_is_a_type_error(self) -> None:
        with pytest.raises(TypeError):
            prepare("From: a@b.example\r\n\r\n")  # type: ignore[call-overload]

    def test_the_documentation_shows_what_happens(self) -> None:
        # The function has taken the name of its module among the public names.
        results = doctest.testmod(importlib.import_module("sesmime.handover.prepare"))
        assert (results.failed, results.attempted) == (0, 3)

    def test_an_interface_of_parameters_alone_takes_no_message(self) -> None:
        with pytest.raises(UnsupportedSetting):
            prepare(PLAIN, interface=Interface.SEND_EMAIL)

    def test_the_interface_may_be_given_by_its_value(self) -> None:
        assert prepare(PLAIN, interface="smtp").interface is SMTP  # type: ignore[call-overload]


class TestPrepared:
    def test_it_is_immutable_and_picklable_and_its_repr_shows_no_body(self) -> None:
        for text in (bytearray(message("Bcc: d@e.example")), PLAIN):
            prepared = prepare(text)
            twin = pickle.loads(pickle.dumps(prepared))
            assert twin == prepared
            assert twin.message == prepared.message
            assert repr(prepared) == f"<Prepared ses.SendRawEmail {len(PLAIN)} bytes, 0 findings>"
            with pytest.raises(AttributeError):
                prepared.parameters = ApiParameters()  # type: ignore[misc]
            with pytest.raises(AttributeError):
                prepared.message = b""

    def test_it_says_what_left_the_message(self) -> None:
        text = message("Bcc: d@e.example", "X-SES-TENANT: a", "X-SES-TENANT: b")
        removed = prepare(text, interface=V2).removed
        assert [(field.name, field.body) for field in removed] == [
            ("Bcc", "d@e.example"),
            ("X-SES-TENANT", "a"),
            ("X-SES-TENANT", "b"),
        ]
        assert prepare(text, interface=V2).applied == ()

    def test_the_resolution_is_of_what_was_given(self) -> None:
        parameters = ApiParameters(message_tags=SPRING)
        prepared = prepare(message("X-SES-MESSAGE-TAGS: a=1", "X-SES-CONFIGURATION-SET: shop"), parameters=parameters)
        assert prepared.resolution.destination is None
        assert prepared.resolution.decision("configuration_set").field is not None
        assert [field.body for field in prepared.resolution.decision("message_tags").overruled] == ["a=1"]

    def test_the_request_is_the_one_of_the_submission(self) -> None:
        text = message("X-SES-MESSAGE-TAGS: campaign=spring", "Bcc: d@e.example")
        assert prepare(text).to_request() == {
            "RawMessage": {"Data": PLAIN},
            "Destinations": ["b@c.example", "d@e.example"],
            "Tags": [{"Name": "campaign", "Value": "spring"}],
        }
        v2 = prepare(text, interface=V2)
        assert v2.to_request() == {
            "Content": {"Raw": {"Data": PLAIN}},
            "Destination": {"ToAddresses": ["b@c.example"], "BccAddresses": ["d@e.example"]},
            "EmailTags": [{"Name": "campaign", "Value": "spring"}],
        }
        assert Submission.from_request(v2.to_request(), V2) == Submission(v2.message, v2.parameters, V2)

    def test_the_request_of_smtp_is_refused(self) -> None:
        with pytest.raises(UnsupportedSetting):
            prepare(PLAIN, interface=SMTP).to_request()


class TestRecipients:
    @pytest.mark.parametrize("interface", RAW)
    def test_without_destination_the_fields_become_it_and_bcc_leaves(self, interface: Interface) -> None:
        text = message("Cc: D <d@e.example>, b@C.example", "Bcc: f@g.example, d@e.example", "bcc: h@i.example")
        prepared = prepare(text, interface=interface)
        assert prepared.message == message("Cc: D <d@e.example>, b@C.example")
        assert prepared.parameters.destination == Destination(
            to=("b@c.example",), cc=("d@e.example",), bcc=("f@g.example", "h@i.example")
        )
        assert prepared.report == ()

    @pytest.mark.parametrize("interface", RAW)
    def test_with_destination_bcc_leaves_and_who_is_left_out_is_named_and_never_added(
        self, interface: Interface
    ) -> None:
        parameters = ApiParameters(destination=Destination(("z@y.example",)))
        text = message("Bcc: d@e.example, z@y.example")
        prepared = prepare(text, parameters=parameters, interface=interface)
        assert prepared.message == PLAIN
        assert prepared.parameters.destination == Destination(("z@y.example",))
        (finding,) = prepared.report
        assert (finding.code, finding.severity) == ("SES204", Severity.WARNING)
        assert "d@e.example" in finding.message
        assert "b@c.example" in finding.message
        assert "z@y.example" not in finding.message

    def test_who_is_left_out_is_named_without_lift_too(self) -> None:
        prepared = prepare(PLAIN, parameters=ApiParameters(destination=Destination(("z@y.example",))), lift=False)
        assert names(prepared) == ["left-out-recipients"]

    @pytest.mark.parametrize("interface", RAW)
    def test_the_destination_holds_bare_addresses_each_once(self, interface: Interface) -> None:
        given = Destination(
            ("Zoe <z@Y.example>", "z@y.example"), ("z@y.EXAMPLE", "B <b@c.example>"), ("b@c.example", "Z@y.example")
        )
        prepared = prepare(PLAIN, parameters=ApiParameters(destination=given), interface=interface)
        assert prepared.parameters.destination == Destination(("z@Y.example",), ("b@c.example",), ("Z@y.example",))
        assert prepared.envelope.recipients == prepared.parameters.destination.all

    def test_members_of_groups_become_the_destination(self) -> None:
        prepared = prepare(message("Cc: team: d@e.example, F <f@g.example>;", "Bcc: undisclosed-recipients:;"))
        assert prepared.parameters.destination == Destination(("b@c.example",), ("d@e.example", "f@g.example"))

    def test_an_empty_destination_counts_as_none(self) -> None:
        prepared = prepare(PLAIN, parameters=ApiParameters(destination=Destination()))
        assert prepared.parameters.destination == Destination(("b@c.example",))
        (finding,) = prepared.report
        assert (finding.name, finding.evidence) == ("empty-setting", Evidence.OBSERVED)

    def test_bcc_alone_is_enough_once_it_is_the_destination(self) -> None:
        prepared = prepare(b"From: a@b.example\r\nBcc: c@d.example\r\n\r\nHi")
        assert prepared.message == b"From: a@b.example\r\n\r\nHi"
        assert prepared.parameters.destination == Destination(bcc=("c@d.example",))

    def test_an_address_of_bcc_that_cannot_be_read_is_not_lost_in_silence(self) -> None:
        finding = refusal(message("Bcc: d@e.example, x@@y.example"))
        assert finding.code == "SES201"
        assert "Bcc" in finding.message
        # The field has left: what is sent has no place for it.
        assert (finding.span, finding.line, finding.column) == (None, None, None)
        # With a destination it would not have been a recipient.
        assert prepare(message("Bcc: x@@y.example"), parameters=TO).parameters == TO

    def test_what_ses_would_read_and_we_cannot_is_not_lost_in_silence_either(self) -> None:
        # SES takes a control character in quotes in a field; nobody can be sent to by such an address.
        finding = refusal(message('Bcc: d@e.example, "\x01"@y.example'))
        assert (finding.code, finding.rejection, finding.span) == ("SES201", None, None)

    def test_what_ses_reads_and_rfc_5322_does_not_is_a_recipient(self) -> None:
        prepared = prepare(message("Bcc: d@e.example, .x@y.example"))
        assert prepared.parameters.destination == Destination(("b@c.example",), (), ("d@e.example", ".x@y.example"))

    def test_what_is_said_of_a_bcc_that_left_can_be_ignored(self) -> None:
        text = message("Bcc: d@e.example, x@@y.example")
        for config in (LintConfig(ignore=("SES2",)), LintConfig(select=("SES1", "SES5"))):
            assert prepare(text, config=config).report == ()

    @pytest.mark.parametrize("text", ["d@e.example, f@g.example", "d@e.example, x", "nobody", "", "a@b@c.example"])
    @pytest.mark.parametrize("interface", RAW)
    def test_a_destination_that_is_not_one_address_is_refused(self, text: str, interface: Interface) -> None:
        parameters = ApiParameters(destination=Destination(("b@c.example", text)))
        finding = refusal(PLAIN, parameters=parameters, interface=interface)
        assert finding.name == ("unreadable-address-parameter" if text else "empty-address-parameter")
        # Over SMTP it is RCPT TO that is answered (facts: row 41).
        if interface is SMTP:
            assert finding.rejection == "501 Invalid RCPT TO address provided"

    def test_bcc_beside_a_destination_leaks_without_lift(self) -> None:
        text = message("Bcc: d@e.example")
        finding = refusal(
            text, parameters=ApiParameters(destination=Destination(("b@c.example", "d@e.example"))), lift=False
        )
        assert (finding.name, finding.line) == ("leaked-bcc", 2)
        assert prepare(text, lift=False).message is text


class TestPlaces:
    """The places in a report are those of the message that is sent."""

    @pytest.mark.parametrize("interface", RAW)
    def test_they_are_those_that_lint_finds_in_it(self, interface: Interface) -> None:
        lines = ["Bcc: d@e.example", "Resent-To: r@s.example", "X-SES-CONFIGURATION-SET: shop", "Date: yesterday"]
        text = message(*lines, body=BODY)
        # Over SMTP the header section grows, by the APIs it shrinks.
        parameters = ApiParameters(tenant="acme" * 9) if interface is SMTP else ApiParameters()
        prepared = prepare(text, parameters=parameters, interface=interface)
        assert len(prepared.message) != len(text)
        # That a setting stands in a field the resolution tells.
        told = LintConfig(ignore=("SES520",))
        found = lint(prepared.message, parameters=prepared.parameters, interface=interface, config=told)
        assert prepared.report == found
        assert len(found) > 3
        for one, other in zip(prepared.report, found, strict=True):
            assert one.fix is None or other.fix is None or one.fix.edits == other.fix.edits

    def test_after_a_fix_they_are_those_of_the_fixed_message(self) -> None:
        text = message("Bcc: d@e.example", "Subject: a", "Subject: a", "Resent-To: r@s.example", body=f"{LONG}\r\n")
        prepared = prepare(text)
        (finding,) = prepared.report
        assert (finding.code, finding.line, finding.column) == ("SES206", 3, 1)
        assert finding.span is not None
        assert prepared.message[slice(*finding.span)] == b"Resent-To"

    def test_fields_of_the_same_length_are_those_that_are_sent(self) -> None:
        text = message("X-SES-CONFIGURATION-SET: b d!")
        prepared = reported(text, parameters=ApiParameters(configuration_set="shop"), interface=SMTP)
        assert prepared.message == message("X-SES-CONFIGURATION-SET: shop")
        assert prepared.report == ()


class TestTwice:
    CASES: tuple[Callable[[Interface], ApiParameters], ...] = (
        lambda interface: ApiParameters(),
        lambda interface: ApiParameters(
            source="s@a.example", destination=Destination(("Z <z@y.example>",), bcc=("b@C.example",))
        ),
        lambda interface: ApiParameters(message_tags=SPRING, configuration_set="shop", source_arn=ARN + "a.example"),
        lambda interface: ApiParameters(message_tags=(), configuration_set="", destination=Destination()),
    )

    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("case", range(4))
    def test_preparing_what_was_prepared_changes_nothing(self, interface: Interface, case: int) -> None:
        lines = [line for line, _, _ in LIFTED.values()]
        text = message(*lines, *lines, "Cc: team: D <d@e.example>, b@c.example;", "Bcc: f@g.example, d@E.example")
        once = prepare(text, parameters=self.CASES[case](interface), interface=interface)
        twice = prepare(once.message, parameters=once.parameters, interface=once.interface)
        assert twice.message is once.message
        assert (twice.parameters, twice.interface, twice.envelope) == (once.parameters, once.interface, once.envelope)
        assert twice.applied == ()
        assert twice.removed == ()

    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("case", FIXABLE)
    def test_preparing_what_was_fixed_changes_and_applies_nothing(self, interface: Interface, case: str) -> None:
        once = prepare(FIXABLE[case][0], interface=interface)
        twice = prepare(once.message, parameters=once.parameters, interface=once.interface)
        assert twice.message is once.message
        assert (twice.parameters, twice.interface, twice.envelope) == (once.parameters, once.interface, once.envelope)
        assert twice.applied == ()
        assert twice.removed == ()
        assert twice.report == once.report


class TestSubmissions:
    """A Submission may stand in the place of the message."""

    @pytest.mark.parametrize("interface", [Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP])
    def test_it_is_prepared_as_its_message_with_its_parameters_is(self, interface: Interface) -> None:
        message = b"From: a@b.example\r\nTo: c@d.example\r\nX-SES-MESSAGE-TAGS: a=1\r\n\r\nHi\r\n"
        parameters = ApiParameters(source="a@b.example")
        prepared = prepare(Submission(message, parameters, interface))
        assert prepared == prepare(message, parameters=parameters, interface=interface)

    def test_parameters_or_an_interface_beside_it_are_a_mistake(self) -> None:
        submission: Submission[Any] = Submission(b"From: a@b.example\r\nTo: c@d.example\r\n\r\n")
        for beside in ({"parameters": ApiParameters()}, {"interface": Interface.V2_SEND_EMAIL_RAW}):
            with pytest.raises(TypeError, match="give none beside it"):
                prepare(submission, **beside)

    def test_one_without_raw_message_is_refused_in_words(self) -> None:
        with pytest.raises(InvalidSetting, match="takes a raw message"):
            prepare(Submission(None))
        with pytest.raises(UnsupportedSetting, match="translate makes one from simple content"):
            prepare(b"Subject: Hi\r\n\r\n", interface=Interface.SEND_EMAIL)
