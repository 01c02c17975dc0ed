"""The envelope: DESIGN section 4, "Envelope", sentence by sentence."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Envelope,
    EnvelopeAddress,
    Interface,
    Origin,
    UnsupportedSetting,
    envelope,
    prepare,
)
from sesmime.ses.envelope import address_key, one_address

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
RAW = [V1, V2, SMTP]


def message(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "", "body")).encode()


HEAD = ("From: Joe <joe@a.example>, Eve <eve@a.example>", "To: b@c.example", "Cc: D <d@e.example>", "Bcc: f@g.example")


class TestSender:
    @pytest.mark.parametrize(("interface", "name"), [(V1, "Source"), (V2, "FromEmailAddress"), (SMTP, "MAIL FROM")])
    def test_it_is_the_source(self, interface: Interface, name: str) -> None:
        found = envelope(message(*HEAD), parameters=ApiParameters(source="S <s@h.example>"), interface=interface).sender
        assert found == "s@h.example"
        assert found is not None
        assert (found.origin, found.field) == (Origin.API_PARAMETER, name)

    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("parameters", [ApiParameters(), ApiParameters(source="")])
    def test_else_it_is_the_first_from_mailbox(self, interface: Interface, parameters: ApiParameters) -> None:
        found = envelope(message(*HEAD), parameters=parameters, interface=interface).sender
        assert found == "joe@a.example"
        assert found is not None
        assert (found.origin, found.field) == (Origin.HEADER_FIELD, "From")

    @pytest.mark.parametrize(
        ("lines", "sender"),
        [
            ((), None),
            (("From: ",), None),
            (("From: nobody",), None),
            (("From: team: g@h.example, i@j.example;",), "g@h.example"),
            (("From: =?utf-8?q?Gr=C3=BC=C3=9Fe?= <g@h.example>",), "g@h.example"),
            (("From: a@b.example", "From: c@d.example"), "a@b.example"),
            (("From: nobody", "From: c@d.example"), "c@d.example"),
            (("Sender: s@t.example", "Return-Path: <r@t.example>", "Reply-To: p@t.example"), None),
        ],
    )
    def test_no_other_field_names_it(self, lines: tuple[str, ...], sender: str | None) -> None:
        assert envelope(message(*lines)).sender == sender


class TestFeedback:
    LINES = ("From: f@a.example", "Return-Path: <r@a.example>", "To: b@c.example", "Errors-To: x@y.example")

    @pytest.mark.parametrize("interface", RAW)
    def test_it_goes_to_source_then_return_path_then_from(self, interface: Interface) -> None:
        source = ApiParameters(source="s@a.example")
        assert envelope(message(*self.LINES), parameters=source, interface=interface).feedback == "s@a.example"
        found = envelope(message(*self.LINES), interface=interface).feedback
        assert found == "r@a.example"
        assert found is not None
        assert (found.origin, found.field) == (Origin.HEADER_FIELD, "Return-Path")
        without = message("From: f@a.example", "To: b@c.example")
        assert envelope(without, interface=interface).feedback == "f@a.example"
        assert envelope(message("Subject: Hi"), interface=interface).feedback is None

    def test_on_v2_the_feedback_address_comes_first(self) -> None:
        parameters = ApiParameters(source="s@a.example", return_path="P <p@a.example>")
        found = envelope(message(*self.LINES), parameters=parameters, interface=V2).feedback
        assert found == "p@a.example"
        assert found is not None
        assert (found.origin, found.field) == (Origin.API_PARAMETER, "FeedbackForwardingEmailAddress")

    def test_a_null_return_path_names_nobody(self) -> None:
        assert envelope(message("From: f@a.example", "Return-Path: <>")).feedback == "f@a.example"


class TestRecipients:
    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("parameters", [ApiParameters(), ApiParameters(destination=Destination())])
    def test_without_destination_to_cc_and_bcc_receive_it(
        self, interface: Interface, parameters: ApiParameters
    ) -> None:
        found = envelope(message(*HEAD), parameters=parameters, interface=interface)
        assert found.recipients == ("b@c.example", "d@e.example", "f@g.example")
        assert [one.field for one in found.recipients] == ["To", "Cc", "Bcc"]
        assert {one.origin for one in found.recipients} == {Origin.HEADER_FIELD}
        assert found.bcc == ("f@g.example",)
        assert found.left_out == ()

    @pytest.mark.parametrize(("interface", "name"), [(V1, "Destinations"), (V2, "Destination"), (SMTP, "RCPT TO")])
    def test_with_destination_exactly_those_receive_it(self, interface: Interface, name: str) -> None:
        destination = Destination(to=("Zoe <z@y.example>",), cc=("b@c.example",), bcc=("x@w.example",))
        found = envelope(message(*HEAD), parameters=ApiParameters(destination=destination), interface=interface)
        assert found.recipients == ("z@y.example", "b@c.example", "x@w.example")
        assert {(one.origin, one.field) for one in found.recipients} == {(Origin.API_PARAMETER, name)}
        assert found.bcc == ("x@w.example",)

    def test_header_addresses_not_among_the_destinations_are_left_out(self) -> None:
        parameters = ApiParameters(destination=Destination(to=("b@C.EXAMPLE",)))
        found = envelope(message(*HEAD), parameters=parameters)
        assert found.left_out == ("d@e.example", "f@g.example")

    def test_members_of_groups_receive_it_each(self) -> None:
        found = envelope(
            message("To: team: a@b.example, C <c@d.example>;, e@f.example", "Cc: undisclosed-recipients:;")
        )
        assert found.recipients == ("a@b.example", "c@d.example", "e@f.example")

    def test_repeated_fields_are_all_read(self) -> None:
        lines = ("To: a@b.example", "Bcc: c@d.example", "to: e@f.example", "BCC: g@h.example")
        assert envelope(message(*lines)).recipients == ("a@b.example", "e@f.example", "c@d.example", "g@h.example")

    def test_nobody_receives_a_message_that_names_nobody(self) -> None:
        for nobody in (None, b"", message("From: a@b.example"), message("To: ")):
            assert envelope(nobody).recipients == ()

    def test_what_cannot_be_read_is_nobody(self) -> None:
        assert envelope(message("To: a@b.example, x@@y.example, c@d.example")).recipients == (
            "a@b.example",
            "c@d.example",
        )

    def test_a_destination_that_is_not_one_address_stays_as_it_was_given(self) -> None:
        destination = Destination(("a@b.example, c@d.example", "nobody", "e@f.example, x"))
        assert envelope(b"", parameters=ApiParameters(destination=destination)).recipients == destination.to

    @pytest.mark.parametrize("name", ["Resent-From", "Resent-To", "Resent-Cc", "Resent-Bcc", "Resent-Sender"])
    def test_resent_fields_are_not_used_and_give_a_finding(self, name: str) -> None:
        resent = message(f"{name}: r@s.example", "From: f@a.example", "To: b@c.example")
        for interface in RAW:
            found = envelope(resent, interface=interface)
            assert (found.sender, found.feedback, found.recipients) == ("f@a.example", "f@a.example", ("b@c.example",))
            report = prepare(resent, interface=interface).report
            # What stands in a Resent-Bcc field is seen by every recipient besides.
            leaked = ["leaked-bcc"] if name == "Resent-Bcc" else []
            assert [finding.name for finding in report] == [*leaked, "unused-resent-field"]
            assert name in report[0].message

    def test_parameter_only_interfaces_read_no_message(self) -> None:
        found = envelope(message(*HEAD), interface=Interface.SEND_EMAIL)
        assert (found.sender, found.recipients) == (None, ())
        given = ApiParameters(
            source="s@a.example", destination=Destination(("t@a.example",)), return_path="r@a.example"
        )
        found = envelope(None, parameters=given, interface=Interface.SEND_EMAIL)
        assert (found.sender, found.feedback, found.recipients) == ("s@a.example", "r@a.example", ("t@a.example",))


class TestComparison:
    """Exact local part and lower-cased domain."""

    @pytest.mark.parametrize(
        ("addresses", "recipients"),
        [
            (("a@B.example", "a@b.EXAMPLE"), ("a@B.example",)),
            (("a@b.example", "A@b.example"), ("a@b.example", "A@b.example")),
            (("A <a@b.example>", "<a@b.example>"), ("a@b.example",)),
            (('"a"@b.example', "a@b.example"), ('"a"@b.example', "a@b.example")),
            (('"x@Y"@b.example', '"x@y"@b.example'), ('"x@Y"@b.example', '"x@y"@b.example')),
            (("a+b@c.example", "a@c.example"), ("a+b@c.example", "a@c.example")),
        ],
    )
    def test_repeats_are_found_in_fields_and_parameters_alike(
        self, addresses: tuple[str, ...], recipients: tuple[str, ...]
    ) -> None:
        assert envelope(message(f"To: {', '.join(addresses)}")).recipients == recipients
        assert envelope(message(f"To: {addresses[0]}", f"Cc: {addresses[1]}")).recipients == recipients
        for destination in (Destination(addresses), Destination(addresses[:1], addresses[1:])):
            assert envelope(b"", parameters=ApiParameters(destination=destination)).recipients == recipients

    def test_the_key_of_an_address_lowers_the_domain_alone(self) -> None:
        assert address_key("Joe@Example.COM") == "Joe@example.com"
        assert address_key("Nobody") == "nobody"

    def test_an_address_that_is_visible_too_is_not_blind(self) -> None:
        assert envelope(message("To: a@b.example", "Bcc: a@B.example, c@d.example")).bcc == ("c@d.example",)
        parameters = ApiParameters(destination=Destination(to=("a@b.example",), bcc=("a@b.example", "c@d.example")))
        assert envelope(b"", parameters=parameters).bcc == ("c@d.example",)

    @pytest.mark.parametrize(
        "text", ["", "a", "a@", "@b", "a@b.example, c@d.example", "a@b.example,x", "a@b@c", "<a@b"]
    )
    def test_what_is_not_one_address_has_none(self, text: str) -> None:
        assert one_address(text) is None


class TestCount:
    """The count checked against 50 is the larger of envelope and header recipients."""

    MANY = ", ".join(f"a{number}@b.example" for number in range(60))

    def test_it_is_the_larger_of_both(self) -> None:
        one = ApiParameters(destination=Destination(("z@y.example",)))
        assert envelope(message(f"To: {self.MANY}"), parameters=one).recipient_count == 60
        many = ApiParameters(destination=Destination(tuple(self.MANY.split(", "))))
        assert envelope(message("To: z@y.example"), parameters=many).recipient_count == 60
        assert envelope(message("To: a@b.example", "Cc: a@b.example", "Bcc: c@d.example")).recipient_count == 2


class TestEnvelope:
    def test_settings_that_the_interface_has_not_are_refused(self) -> None:
        with pytest.raises(UnsupportedSetting):
            envelope(b"", parameters=ApiParameters(return_path="a@b.example"), interface=V1)

    def test_text_is_a_type_error(self) -> None:
        with pytest.raises(TypeError):
            envelope("From: a@b.example\r\n\r\n")  # type: ignore[arg-type]

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_every_kind_of_buffer_is_read(self, kind: Any) -> None:
        assert envelope(kind(message(*HEAD))).sender == "joe@a.example"

    def test_what_the_header_says_besides_takes_no_part_in_comparisons(self) -> None:
        given = ApiParameters(source="a@b.example", destination=Destination(("c@d.example",)))
        short, long = (
            envelope(message("From: a@b.example", to), parameters=given)
            for to in ("To: c@d.example", "To: e@f.example")
        )
        assert (short.header_recipients, short.left_out) != (long.header_recipients, long.left_out)
        assert short == long
        assert hash(short) == hash(long)

    def test_it_is_immutable_picklable_and_equal_by_value(self) -> None:
        found = envelope(message(*HEAD))
        for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
            assert twin == found
            assert twin.sender is not None
            assert twin.sender.field == "From"
            assert twin.recipients[0].origin is Origin.HEADER_FIELD
        with pytest.raises(dataclasses.FrozenInstanceError):
            found.sender = None  # type: ignore[misc]
        assert found.sender is not None
        with pytest.raises(AttributeError):
            found.sender.field = "To"

    def test_an_address_is_a_str_with_its_origin(self) -> None:
        address = EnvelopeAddress("a@b.example", Origin.API_PARAMETER, "Source")
        assert isinstance(address, str)
        assert address == "a@b.example"
        assert hash(address) == hash("a@b.example")

    def test_its_repr_shows_no_body(self) -> None:
        assert "body" not in repr(envelope(message(*HEAD)))
        assert isinstance(envelope(b""), Envelope)
