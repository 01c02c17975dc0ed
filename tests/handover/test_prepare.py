"""The main job: lift, fix, check, and the message with everything else as it came."""

from __future__ import annotations

import base64
import doctest
import email
import email.policy
import importlib
import mmap
import pickle
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Edit,
    Evidence,
    Fault,
    Finding,
    Fix,
    Interface,
    InvalidMessageTag,
    InvalidSetting,
    LintConfig,
    ListManagement,
    MessageTag,
    Prepared,
    Refused,
    SesFields,
    Severity,
    Span,
    Submission,
    UnsupportedSetting,
    lint,
    parse,
    prepare,
    read_ses_fields,
    rule,
)
from sesmime.handover.prepare import prepared_with_report
from sesmime.linter.view.outgoing import Outgoing

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
RAW = [V1, V2, SMTP]
APIS = [V1, V2]
# A body to which every byte may happen but a change; many rules have something to say of it.
BODY = "body\xff of any bytes\x00\r and line\n ends\r\nX-SES-TENANT: no field\r\n"
ARN = "arn:aws:ses:us-east-1:123456789012:identity/"
SPRING = (MessageTag("campaign", "spring"),)


def message(*lines: str, ending: str = "\r\n", body: str | None = None) -> bytes:
    """Write a message that has a sender and a recipient, with more lines between them."""
    head = ["From: Joe <joe@a.example>", *lines, "To: b@c.example", "", ""]
    return ending.join(head).encode() + (f"Hi{ending}" if body is None else body).encode("latin-1")


PLAIN = message()
TO = ApiParameters(destination=Destination(to=("b@c.example",)))


def names(prepared: Prepared) -> list[str]:
    return [finding.name for finding in prepared.report]


def codes(prepared: Prepared) -> list[str]:
    return [finding.code for finding in prepared.report]


def refusal(text: bytes, **options: Any) -> Finding:
    """Return the most severe finding of a message that is refused."""
    with pytest.raises(Refused) as raised:
        prepare(text, **options)
    finding: Finding = raised.value.report[0]
    assert finding.severity is Severity.ERROR
    return finding


def reported(text: bytes, **options: Any) -> Prepared:
    """Prepare a message whatever the report says."""
    return prepared_with_report(text, **{"parameters": ApiParameters(), "interface": V1, **options})


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


# Each setting with a field, its value, and another value.
LIFTED: dict[str, tuple[str, Any, Any]] = {
    "configuration_set": ("X-SES-CONFIGURATION-SET: shop", "shop", "other"),
    "message_tags": ("X-SES-MESSAGE-TAGS: campaign=spring", SPRING, (MessageTag("b", "2"),)),
    "source_arn": (f"X-SES-SOURCE-ARN: {ARN}a.example", ARN + "a.example", ARN + "o.example"),
    "from_arn": (f"X-SES-FROM-ARN: {ARN}a.example", ARN + "a.example", ARN + "o.example"),
    "return_path_arn": (f"X-SES-RETURN-PATH-ARN: {ARN}a.example", ARN + "a.example", ARN + "o.example"),
    "list_management": (
        "X-SES-LIST-MANAGEMENT-OPTIONS: Weekly; topic=Offers",
        ListManagement("Weekly", "Offers"),
        ListManagement("Other"),
    ),
    "tenant": ("X-SES-TENANT: acme", "acme", "other"),
}
# What each API has a parameter for.
OF_V1 = ["configuration_set", "message_tags", "source_arn", "from_arn", "return_path_arn"]
OF_V2 = ["configuration_set", "message_tags", "source_arn", "return_path_arn", "list_management", "tenant"]
TAKEN = [(V1, setting) for setting in OF_V1] + [(V2, setting) for setting in OF_V2]


def advice(interface: Interface, setting: str) -> list[str]:
    """Return what there is to say of a setting that is given well and by itself, wherever it stands.

    Tags go nowhere without a configuration set, and a tenant needs one (AWS documents both); of the ARN of the source
    alone failed authorizations are reported, and the API v2 has one parameter for both ARNs.
    """
    told = {"message_tags": "SES514", "tenant": "SES518", "source_arn": "SES516"}
    if (interface, setting) in ((V1, "tenant"), (V2, "source_arn")):
        return []
    return [told[setting]] if setting in told else []


class TestFieldsIntoSettings:
    @pytest.mark.parametrize(("interface", "setting"), TAKEN)
    def test_a_field_becomes_a_parameter_and_leaves(self, interface: Interface, setting: str) -> None:
        line, value, _ = LIFTED[setting]
        prepared = prepare(message(line), interface=interface)
        assert prepared.message == PLAIN
        assert prepared.parameters == ApiParameters(**{setting: value}, destination=TO.destination)
        assert codes(prepared) == advice(interface, setting)

    @pytest.mark.parametrize(("interface", "setting"), TAKEN)
    def test_a_given_parameter_wins_and_the_field_leaves(self, interface: Interface, setting: str) -> None:
        line, _, other = LIFTED[setting]
        prepared = prepare(message(line), parameters=ApiParameters(**{setting: other}), interface=interface)
        assert prepared.message == PLAIN
        assert getattr(prepared.parameters, setting) == other

    @pytest.mark.parametrize(("interface", "setting"), TAKEN)
    def test_of_repeated_fields_the_first_is_lifted_and_all_leave(self, interface: Interface, setting: str) -> None:
        line, value, _ = LIFTED[setting]
        name = line.partition(":")[0]
        prepared = prepare(message(line, f"{name}: bad \x01", "X-A: b", line.lower()), interface=interface)
        assert prepared.message == message("X-A: b")
        assert getattr(prepared.parameters, setting) == value

    @pytest.mark.parametrize(("interface", "setting"), TAKEN)
    def test_a_malformed_field_stays_and_is_refused_and_its_repeats_leave(
        self, interface: Interface, setting: str
    ) -> None:
        line = LIFTED[setting][0]
        bad = line.partition(":")[0] + ": b d!"
        with pytest.raises(Refused) as raised:
            prepare(message(bad, line), interface=interface)
        unchecked = prepare(message(bad, line), interface=interface, config=LintConfig(select=()))
        assert unchecked.message == message(bad)
        assert getattr(unchecked.parameters, setting) is None
        (finding,) = (one for one in raised.value.report if one.severity is Severity.ERROR)
        assert finding.code == ("SES501" if setting == "message_tags" else "SES508")
        start = message(bad).index(bad.encode())
        assert (finding.line, finding.column) == (2, len(bad) - 3)
        assert finding.span == (start + len(bad) - 4, start + len(bad))

    @pytest.mark.parametrize(("interface", "setting"), TAKEN)
    def test_a_parameter_overrules_a_malformed_field_which_leaves(self, interface: Interface, setting: str) -> None:
        line, _, other = LIFTED[setting]
        bad = line.partition(":")[0] + ": b d!"
        prepared = prepare(message(bad, line), parameters=ApiParameters(**{setting: other}), interface=interface)
        assert prepared.message == PLAIN
        assert codes(prepared) == advice(interface, setting)

    @pytest.mark.parametrize(("interface", "setting"), TAKEN)
    def test_given_and_empty_counts_as_absent_and_gives_a_finding(self, interface: Interface, setting: str) -> None:
        if setting == "list_management":
            return
        line, value, _ = LIFTED[setting]
        empty: Any = () if setting == "message_tags" else ""
        parameters = ApiParameters(**{setting: empty})
        prepared = prepare(message(line), parameters=parameters, interface=interface)
        assert getattr(prepared.parameters, setting) == value
        assert codes(prepared) == ["SES505", *advice(interface, setting)]
        alone = prepare(PLAIN, parameters=parameters, interface=interface)
        assert getattr(alone.parameters, setting) == getattr(parameters, setting)
        (finding,) = alone.report
        assert (finding.code, finding.severity, finding.evidence) == ("SES505", Severity.WARNING, Evidence.ASSUMED)

    @pytest.mark.parametrize("setting", ["list_management", "tenant"])
    @pytest.mark.parametrize("lift", [True, False])
    def test_a_field_that_v1_has_no_parameter_for_stays_with_a_finding(self, setting: str, lift: bool) -> None:
        line, value, _ = LIFTED[setting]
        prepared = prepare(message(line, "X-A: b"), lift=lift)
        assert prepared.message == message(line, "X-A: b")
        assert getattr(prepared.parameters, setting) is None
        assert getattr(prepared.resolution, setting) == value
        (finding,) = prepared.report
        assert (finding.name, finding.severity, finding.line) == ("unread-setting", Severity.WARNING, 2)
        assert finding.message.startswith(line.partition(":")[0])

    @pytest.mark.parametrize("setting", ["list_management", "tenant"])
    def test_of_those_fields_too_repeats_leave_and_a_malformed_one_refuses(self, setting: str) -> None:
        line = LIFTED[setting][0]
        assert prepare(message(line, line)).message == message(line)
        assert refusal(message(line.partition(":")[0] + ": b d!")).name == "malformed-ses-field"

    def test_tags_given_both_ways_are_never_joined(self) -> None:
        tags = (MessageTag("campaign", "summer"), MessageTag("b", "2"))
        for interface in APIS:
            text = message("X-SES-MESSAGE-TAGS: campaign=spring, c=3", "X-SES-MESSAGE-TAGS: d=4")
            prepared = prepare(text, parameters=ApiParameters(message_tags=tags), interface=interface)
            assert prepared.parameters.message_tags == tags
            assert prepared.message == PLAIN

    def test_fields_of_another_name_stay(self) -> None:
        text = message("X-SES-TENANT-NAME: acme", "X-Tag: a")
        assert prepare(text, interface=V2).message is text

    def test_without_lift_nothing_moves(self) -> None:
        text = message(*(line for line, _, _ in LIFTED.values()), "Bcc: d@e.example")
        prepared = prepare(text, interface=V2, lift=False)
        assert prepared.message is text
        assert prepared.parameters == ApiParameters()
        assert prepared.removed == ()


class TestArnsOnV2:
    SOURCE, FROM = LIFTED["source_arn"][0], LIFTED["from_arn"][0]
    OTHER = f"X-SES-FROM-ARN: {ARN}other.example"

    def test_source_alone_is_lifted(self) -> None:
        prepared = prepare(message(self.SOURCE), interface=V2)
        assert prepared.parameters.source_arn == ARN + "a.example"
        assert prepared.message == PLAIN

    @pytest.mark.parametrize("turned", [False, True])
    def test_an_equal_from_leaves_too(self, turned: bool) -> None:
        lines = [self.SOURCE, self.FROM]
        prepared = prepare(message(*(reversed(lines) if turned else lines)), interface=V2)
        assert prepared.parameters.source_arn == ARN + "a.example"
        assert prepared.message == PLAIN
        assert prepared.report == ()

    def test_where_they_differ_both_stay_with_a_warning(self) -> None:
        text = message(self.SOURCE, self.OTHER)
        prepared = prepare(text, interface=V2)
        assert prepared.message is text
        assert prepared.parameters.source_arn is None
        (finding,) = prepared.report
        assert (finding.code, finding.severity) == ("SES506", Severity.WARNING)
        assert "X-SES-SOURCE-ARN" in finding.message
        assert "X-SES-FROM-ARN" in finding.message
        # The place is that of the identity which nobody expects.
        assert finding.span is not None
        assert text[slice(*finding.span)].decode() == ARN + "other.example"
        assert (finding.line, finding.column) == (3, len("X-SES-FROM-ARN: ") + 1)

    def test_where_they_differ_repeats_leave_nevertheless(self) -> None:
        text = message(self.SOURCE, self.OTHER, self.FROM, self.SOURCE)
        assert prepare(text, interface=V2).message == message(self.SOURCE, self.OTHER)

    def test_from_alone_stays(self) -> None:
        text = message(self.FROM)
        prepared = prepare(text, interface=V2)
        assert prepared.message is text
        assert prepared.parameters == TO
        assert prepared.report == ()

    def test_a_given_identity_overrules_both(self) -> None:
        parameters = ApiParameters(source_arn=ARN + "given.example")
        prepared = prepare(message(self.SOURCE, self.OTHER), parameters=parameters, interface=V2)
        assert prepared.message == PLAIN
        assert prepared.resolution.source_arn == prepared.resolution.from_arn == ARN + "given.example"

    def test_on_v1_each_is_lifted_by_itself(self) -> None:
        prepared = prepare(message(self.SOURCE, self.OTHER))
        assert (prepared.parameters.source_arn, prepared.parameters.from_arn) == (
            ARN + "a.example",
            ARN + "other.example",
        )
        assert prepared.message == PLAIN


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
        # A dot at the beginning: SES takes it in a field, RFC 5322 knows no such address, and so none is made of it.
        finding = refusal(message("Bcc: d@e.example, .x@y.example"))
        assert (finding.code, finding.rejection, finding.span) == ("SES201", None, None)

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


# What SMTP takes as fields: every setting with a field, and the line that says it.
class TestSmtp:
    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    @pytest.mark.parametrize("setting", LIFTED)
    def test_a_setting_becomes_a_field(self, setting: str, ending: str) -> None:
        line, value, _ = LIFTED[setting]
        prepared = prepare(message(ending=ending), parameters=ApiParameters(**{setting: value}), interface=SMTP)
        head, _, body = message(ending=ending).partition(ending.encode() * 2)
        assert prepared.message == head + f"{ending}{line}{ending}{ending}".encode() + body
        assert prepared.parameters == TO

    @pytest.mark.parametrize("setting", LIFTED)
    def test_a_setting_replaces_the_field_in_its_place_and_one_is_left(self, setting: str) -> None:
        line, value, _ = LIFTED[setting]
        name = line.partition(":")[0]
        text = message("X-A: b", f"{name.lower()}: old!", "X-C: d", f"{name}: older")
        prepared = prepare(text, parameters=ApiParameters(**{setting: value}), interface=SMTP)
        assert prepared.message == message("X-A: b", line, "X-C: d")
        assert read_ses_fields(prepared.message) == SesFields(**{setting: value})
        assert codes(prepared) == advice(SMTP, setting)
        assert getattr(prepared.resolution, setting) == value

    @pytest.mark.parametrize("setting", LIFTED)
    def test_a_field_alone_stays_and_its_repeats_leave(self, setting: str) -> None:
        line = LIFTED[setting][0]
        text = message(line)
        assert prepare(text, interface=SMTP).message is text
        assert prepare(message(line, "X-A: b", line), interface=SMTP).message == message(line, "X-A: b")

    @pytest.mark.parametrize("setting", LIFTED)
    def test_a_malformed_field_is_refused(self, setting: str) -> None:
        line = LIFTED[setting][0]
        finding = refusal(message(line.partition(":")[0] + ": b d!", line), interface=SMTP)
        assert finding.name in ("malformed-ses-field", "malformed-message-tags")

    def test_all_settings_at_once_are_one_field_each(self) -> None:
        fields = {setting: value for setting, (_, value, _) in LIFTED.items()}
        text = message("Bcc: d@e.example", body=BODY)
        prepared = prepare(text, parameters=ApiParameters(**fields), interface=SMTP)
        assert read_ses_fields(prepared.message) == SesFields(**fields)
        assert prepared.message.count(b"X-SES-") == 7 + 1  # the body has one too
        assert b"Bcc" not in prepared.message
        assert prepared.parameters.destination == Destination(("b@c.example",), bcc=("d@e.example",))

    def test_both_arns_stay_two_fields(self) -> None:
        parameters = ApiParameters(source_arn=ARN + "a.example", from_arn=ARN + "b.example")
        found = read_ses_fields(prepare(PLAIN, parameters=parameters, interface=SMTP).message)
        assert (found.source_arn, found.from_arn) == (ARN + "a.example", ARN + "b.example")

    @pytest.mark.parametrize("ending", ["\r\n", "\n"])
    def test_a_message_without_body_and_final_line_end_gets_no_empty_line(self, ending: str) -> None:
        lines = ["From: a@b.example", "To: c@d.example", "Bcc: e@f.example"]
        prepared = prepare(ending.join(lines).encode(), parameters=ApiParameters(tenant="acme"), interface=SMTP)
        assert prepared.message == ending.join([*lines[:2], "X-SES-TENANT: acme", ""]).encode()
        lines = ["Bcc: e@f.example", "From: a@b.example"]
        prepared = prepare(ending.join(lines).encode(), parameters=ApiParameters(tenant="acme"), interface=SMTP)
        assert prepared.message == ending.join(["From: a@b.example", "X-SES-TENANT: acme", ""]).encode()

    @pytest.mark.parametrize(
        ("parameters", "error"),
        [
            (ApiParameters(message_tags=(MessageTag("a", "b.c"),)), InvalidMessageTag),
            (ApiParameters(message_tags=(MessageTag("a", "1"), MessageTag("a", "2"))), InvalidMessageTag),
            (ApiParameters(configuration_set="a\r\nBcc: v@example.net"), InvalidSetting),
            (ApiParameters(source_arn="a.example"), InvalidSetting),
        ],
    )
    def test_what_cannot_be_written_as_a_field_is_refused(
        self, parameters: ApiParameters, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            prepare(PLAIN, parameters=parameters, interface=SMTP)

    def test_a_setting_without_lift_raises(self) -> None:
        with pytest.raises(UnsupportedSetting):
            prepare(PLAIN, parameters=ApiParameters(tenant="acme"), interface=SMTP, lift=False)

    def test_source_and_destination_stay_for_the_envelope(self) -> None:
        parameters = ApiParameters(source="bounce@a.example", destination=Destination(("b@c.example",)))
        prepared = prepare(PLAIN, parameters=parameters, interface=SMTP)
        assert prepared.parameters == parameters
        assert (prepared.envelope.sender, prepared.envelope.recipients) == ("bounce@a.example", ("b@c.example",))
        assert prepared.message is PLAIN

    def test_given_and_empty_is_told(self) -> None:
        assert names(prepare(PLAIN, parameters=ApiParameters(message_tags=()), interface=SMTP)) == ["empty-setting"]


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
    "3": (message("Message-Id: <a@b>", "Message-ID: <c@d>"), {}, "repeated-field", "Duplicate header 'Message-Id'."),
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
    "9, Bcc does not help": (
        b"From: a@b.example\r\nBcc: c@d.example\r\n\r\nHi",
        {"lift": False},
        "missing-to",
        "Missing required header 'To'.",
    ),
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
    "43, by the header alone": (
        message(f"Cc: {lines_of(50)}"),
        {"parameters": TO},
        "too-many-recipients",
        "Recipient count exceeds 50.",
    ),
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
    "an ARN": (PLAIN, {"parameters": ApiParameters(source_arn="a.example")}, "malformed-setting", None),
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
        assert prepare(b"To: a@b.example\r\n\r\nHi", parameters=ApiParameters(source="s@a.example")).report == ()

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
        assert str(raised.value) == f"{raised.value.report[0].message} (and 1 more)"
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


# Far more than a line may have, with blanks at which it can be folded.
LONG = " ".join(["word"] * 250)
SIGNATURE = "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=x; h=From:To:Subject; bh=AAAA; b=AAAA"
# A message that SES would refuse, or whose line the receiving server would, and the codes of the rules that fix it.
FIXABLE: dict[str, tuple[bytes, list[str]]] = {
    "a repeated field": (message("MIME-Version: 1.0", "Subject: a", "mime-version: 1.0", body=BODY), ["SES101"]),
    "a long header line": (message(f"Subject: {LONG}", body=BODY), ["SES301"]),
    "a long body line": (message("Bcc: d@e.example", body=f"a\r\n{LONG}\r\n"), ["SES301"]),
    "tags with a comma too many": (message("X-SES-MESSAGE-TAGS: a=1,, b=2"), ["SES501"]),
    "tags that are none": (message("X-SES-MESSAGE-TAGS: ,"), ["SES501"]),
    "a long line of a part's header section": (
        message(
            "MIME-Version: 1.0",
            "Content-Type: multipart/mixed; boundary=b",
            body=f"--b\r\nContent-Description: {LONG}\r\n\r\nHi\r\n--b--\r\n",
        ),
        ["SES301"],
    ),
    "all of it": (
        message("Subject: a", "Subject: a", f"Comments: {LONG}", "X-SES-MESSAGE-TAGS: a=1,", body=f"{LONG}\r\n"),
        ["SES101", "SES301", "SES301", "SES501"],
    ),
}
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
            prepare(message("X-A: b\rc", "Subject: a", "Subject: a"))
        assert [one.code for one in raised.value.report if one.severity is Severity.ERROR] == ["SES001"]

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
