"""Fields into parameters over the APIs, parameters into fields over SMTP."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Evidence,
    Interface,
    InvalidMessageTag,
    InvalidSetting,
    LintConfig,
    MessageTag,
    Refused,
    SesFields,
    Severity,
    UnsupportedSetting,
    prepare,
    read_ses_fields,
)
from tests.handover.submissions import APIS, ARN, BODY, LIFTED, PLAIN, SMTP, TO, V1, V2, codes, message, names, refusal

# What each API has a parameter for.
OF_V1 = ["configuration_set", "message_tags", "source_arn", "from_arn", "return_path_arn"]
OF_V2 = ["configuration_set", "message_tags", "source_arn", "return_path_arn", "list_management", "tenant"]
TAKEN = [(V1, setting) for setting in OF_V1] + [(V2, setting) for setting in OF_V2]


def advice(interface: Interface, setting: str) -> list[str]:
    """Return what there is to say of a setting that is given well and by itself, wherever it stands.

    Tags go nowhere without a configuration set, a tenant needs one, and list management needs its placeholder in the
    text (AWS documents all three); of the ARN of the source alone failed authorizations are reported, and the API v2
    has one parameter for both ARNs.
    """
    told = {"message_tags": "SES514", "tenant": "SES518", "source_arn": "SES516", "list_management": "SES707"}
    if (interface, setting) in ((V1, "tenant"), (V1, "list_management"), (V2, "source_arn")):
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
