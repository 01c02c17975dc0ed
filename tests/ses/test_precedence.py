"""Which value counts; every claim held against a table written by hand from facts/ses.md."""

from __future__ import annotations

import re

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    MessageTag,
    Origin,
    resolve,
)
from sesmime.ses import precedence_table
from tests.conftest import shared
from tests.ses.given import FIELDS, PARAMETERS, SMTP, V1, V2, arn, given, in_case, message, url

# Interface, setting, case, evidence, source in the short forms of facts/ses.md, and the section of it where the claim
# stands or, if it is ASSUMED, the page that is silent. Rows in the order of A.1, then of C.1 to C.3.
CLAIMS = """
v1   message_tags      PARAMETER   DOCUMENTED  dg/event-publishing-send-email                          A.1
v1   message_tags      OVER_FIELD  DOCUMENTED  dg/event-publishing-send-email                          C.1
v1   message_tags      FIELD       DOCUMENTED  dg/event-publishing-send-email                          A.1
v1   message_tags      REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   message_tags      MALFORMED   ASSUMED     dg/event-publishing-send-email                          A.1
v1   message_tags      NEITHER     DOCUMENTED  dg/event-publishing-send-email                          A.1
v2   message_tags      PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   message_tags      OVER_FIELD  ASSUMED     dg/event-publishing-send-email                          C.1
v2   message_tags      FIELD       DOCUMENTED  dg/monitor-using-event-publishing                       C.2
v2   message_tags      REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   message_tags      MALFORMED   ASSUMED     dg/event-publishing-send-email                          A.1
v2   message_tags      NEITHER     DOCUMENTED  dg/event-publishing-send-email                          A.1
smtp message_tags      PARAMETER   DOCUMENTED  dg/event-publishing-send-email                          C.3
smtp message_tags      OVER_FIELD  DOCUMENTED  dg/event-publishing-send-email                          C.3
smtp message_tags      FIELD       DOCUMENTED  dg/event-publishing-send-email                          C.3
smtp message_tags      REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp message_tags      MALFORMED   ASSUMED     dg/event-publishing-send-email                          A.1
smtp message_tags      NEITHER     DOCUMENTED  dg/event-publishing-send-email                          C.3
v1   configuration_set PARAMETER   DOCUMENTED  dg/using-configuration-sets-in-email                    A.1
v1   configuration_set OVER_FIELD  ASSUMED     dg/using-configuration-sets-in-email                    A.1
v1   configuration_set FIELD       DOCUMENTED  dg/using-configuration-sets-in-email                    A.1
v1   configuration_set REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   configuration_set MALFORMED   ASSUMED     dg/using-configuration-sets-in-email                    A.1
v1   configuration_set NEITHER     DOCUMENTED  dg/creating-identities                                  A.1
v2   configuration_set PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   configuration_set OVER_FIELD  ASSUMED     v2:SendEmail                                            C.2
v2   configuration_set FIELD       OBSERVED    aws/aws-sdk-rails#93                                    C.2
v2   configuration_set REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   configuration_set MALFORMED   ASSUMED     dg/using-configuration-sets-in-email                    A.1
v2   configuration_set NEITHER     DOCUMENTED  dg/creating-identities                                  A.1
smtp configuration_set PARAMETER   DOCUMENTED  dg/using-configuration-sets-in-email                    A.1
smtp configuration_set OVER_FIELD  DOCUMENTED  dg/using-configuration-sets-in-email                    A.1
smtp configuration_set FIELD       DOCUMENTED  dg/using-configuration-sets-in-email                    A.1
smtp configuration_set REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp configuration_set MALFORMED   ASSUMED     dg/using-configuration-sets-in-email                    A.1
smtp configuration_set NEITHER     DOCUMENTED  dg/creating-identities                                  A.1
v1   source_arn        PARAMETER   DOCUMENTED  v1:SendRawEmail                                         C.1
v1   source_arn        OVER_FIELD  DOCUMENTED  v1:SendRawEmail                                         C.1
v1   source_arn        FIELD       DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   source_arn        REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   source_arn        MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   source_arn        NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   source_arn        PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   source_arn        OVER_FIELD  DOCUMENTED  v2:SendEmail                                            C.2
v2   source_arn        FIELD       DOCUMENTED  v2:SendEmail                                            C.2
v2   source_arn        REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   source_arn        MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   source_arn        NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp source_arn        PARAMETER   DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp source_arn        OVER_FIELD  DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp source_arn        FIELD       DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp source_arn        REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp source_arn        MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp source_arn        NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
v1   from_arn          PARAMETER   DOCUMENTED  v1:SendRawEmail                                         C.1
v1   from_arn          OVER_FIELD  DOCUMENTED  v1:SendRawEmail                                         C.1
v1   from_arn          FIELD       DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   from_arn          REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   from_arn          MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   from_arn          NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   from_arn          PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   from_arn          OVER_FIELD  DOCUMENTED  v2:SendEmail                                            C.2
v2   from_arn          FIELD       DOCUMENTED  v2:SendEmail                                            C.2
v2   from_arn          REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   from_arn          MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   from_arn          NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp from_arn          PARAMETER   DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp from_arn          OVER_FIELD  DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp from_arn          FIELD       DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp from_arn          REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp from_arn          MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp from_arn          NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
v1   return_path_arn   PARAMETER   DOCUMENTED  v1:SendRawEmail                                         C.1
v1   return_path_arn   OVER_FIELD  DOCUMENTED  v1:SendRawEmail                                         C.1
v1   return_path_arn   FIELD       DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   return_path_arn   REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   return_path_arn   MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   return_path_arn   NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   return_path_arn   PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   return_path_arn   OVER_FIELD  ASSUMED     v2:SendEmail                                            C.2
v2   return_path_arn   FIELD       ASSUMED     v2:SendEmail                                            C.2
v2   return_path_arn   REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   return_path_arn   MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   return_path_arn   NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp return_path_arn   PARAMETER   DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp return_path_arn   OVER_FIELD  DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp return_path_arn   FIELD       DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
smtp return_path_arn   REPEATED    DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp return_path_arn   MALFORMED   ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp return_path_arn   NEITHER     DOCUMENTED  dg/sending-authorization-delegate-sender-tasks-email    C.3
v1   list_management   FIELD       ASSUMED     dg/sending-email-list-management                        A.1
v1   list_management   REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   list_management   MALFORMED   ASSUMED     dg/sending-email-list-management                        A.1
v1   list_management   NEITHER     DOCUMENTED  dg/sending-email-list-management                        A.1
v2   list_management   PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   list_management   OVER_FIELD  ASSUMED     v2:SendEmail                                            C.2
v2   list_management   FIELD       OBSERVED    aws/aws-sdk-rails#93                                    C.2
v2   list_management   REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   list_management   MALFORMED   ASSUMED     dg/sending-email-list-management                        A.1
v2   list_management   NEITHER     DOCUMENTED  dg/sending-email-list-management                        A.1
smtp list_management   PARAMETER   DOCUMENTED  dg/sending-email-list-management                        A.1
smtp list_management   OVER_FIELD  DOCUMENTED  dg/sending-email-list-management                        A.1
smtp list_management   FIELD       DOCUMENTED  dg/sending-email-list-management                        A.1
smtp list_management   REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp list_management   MALFORMED   ASSUMED     dg/sending-email-list-management                        A.1
smtp list_management   NEITHER     DOCUMENTED  dg/sending-email-list-management                        A.1
v1   tenant            FIELD       ASSUMED     dg/tenants                                              A.1
v1   tenant            REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v1   tenant            MALFORMED   ASSUMED     dg/tenants                                              A.1
v1   tenant            NEITHER     DOCUMENTED  dg/tenants                                              A.1
v2   tenant            PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   tenant            OVER_FIELD  ASSUMED     v2:SendEmail                                            C.2
v2   tenant            FIELD       DOCUMENTED  dg/tenants                                              0.4
v2   tenant            REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   tenant            MALFORMED   ASSUMED     dg/tenants                                              A.1
v2   tenant            NEITHER     DOCUMENTED  dg/tenants                                              A.1
smtp tenant            PARAMETER   DOCUMENTED  dg/tenants                                              0.4
smtp tenant            OVER_FIELD  DOCUMENTED  dg/tenants                                              0.4
smtp tenant            FIELD       DOCUMENTED  dg/tenants                                              0.4
smtp tenant            REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
smtp tenant            MALFORMED   ASSUMED     dg/tenants                                              A.1
smtp tenant            NEITHER     DOCUMENTED  dg/tenants                                              A.1
v1   source            PARAMETER   DOCUMENTED  v1:SendRawEmail                                         C.1
v1   source            NEITHER     DOCUMENTED  v1:SendRawEmail                                         C.1
v2   source            PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   source            OVER_FIELD  OBSERVED    laravel/framework#37881                                 C.2
v2   source            NEITHER     OBSERVED    floci-io/floci#1561                                     C.2
smtp source            PARAMETER   DOCUMENTED  dg/monitor-sending-activity-using-notifications-email   C.3
smtp source            NEITHER     ASSUMED     dg/monitor-sending-activity-using-notifications-email   C.3
v1   destination       PARAMETER   DOCUMENTED  v1:SendRawEmail                                         C.1
v1   destination       NEITHER     DOCUMENTED  v1:RawMessage                                           C.1
v2   destination       PARAMETER   OBSERVED    savvyagents/larasend#2                                  C.2
v2   destination       NEITHER     OBSERVED    savvyagents/larasend#2                                  C.2
smtp destination       PARAMETER   DOCUMENTED  dg/send-email-concepts-email-format                     C.3
smtp destination       NEITHER     ASSUMED     dg/send-email-concepts-email-format                     C.3
v1   reply_to          NEITHER     DOCUMENTED  v1:SendRawEmail                                         C.1
v2   reply_to          PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   reply_to          OVER_FIELD  OBSERVED    anymail/django-anymail                                  C.2
v2   reply_to          NEITHER     DOCUMENTED  v2:SendEmail                                            C.2
smtp reply_to          NEITHER     DOCUMENTED  dg/monitor-sending-activity-using-notifications-email   C.3
v1   return_path       NEITHER     DOCUMENTED  dg/monitor-sending-activity-using-notifications-email   C.1
v2   return_path       PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   return_path       OVER_FIELD  ASSUMED     v2:SendEmail                                            C.2
v2   return_path       NEITHER     ASSUMED     dg/monitor-sending-activity-using-notifications-email   C.1
smtp return_path       NEITHER     DOCUMENTED  dg/monitor-sending-activity-using-notifications-email   C.3
v1   endpoint_id       NEITHER     DOCUMENTED  v1:SendRawEmail                                         C.1
v2   endpoint_id       PARAMETER   DOCUMENTED  v2:SendEmail                                            C.2
v2   endpoint_id       NEITHER     DOCUMENTED  v2:SendEmail                                            C.2
smtp endpoint_id       NEITHER     DOCUMENTED  dg/smtp-connect                                         D.6
"""
SHORT = {"v1": V1, "v2": V2, "smtp": SMTP}
ROWS = {
    (SHORT[interface], setting, case): (evidence, source, section)
    for interface, setting, case, evidence, source, section in (line.split() for line in CLAIMS.split("\n") if line)
}


class TestClaims:
    def test_the_hand_written_table_and_the_code_hold_the_same_cases(self) -> None:
        assert len(ROWS) == CLAIMS.strip().count("\n") + 1, "a row stands twice"
        in_code = {(row.interface, row.setting, row.case.name) for row in precedence_table.ROWS}
        assert len(in_code) == len(precedence_table.ROWS), "a row of the code stands twice"
        assert set(ROWS) == in_code

    @pytest.mark.parametrize("key", ROWS, ids=lambda key: "-".join(map(str, key)))
    def test_every_decision_has_the_evidence_and_the_source_of_the_facts(self, key: tuple[Interface, str, str]) -> None:
        evidence, source, _ = ROWS[key]
        decision = in_case(*key).decision(key[1])
        assert (decision.evidence.name, decision.source) == (evidence, url(source))
        assert decision.reason

    @pytest.mark.shared
    def test_every_source_stands_in_its_section_of_the_facts(self) -> None:
        facts = shared("facts", "ses.md").read_text()
        sections = {match[1]: match[0] for match in re.finditer(r"^### (\w\.\d).*?(?=^##)", facts, re.M | re.S)}
        for key, (_, source, section) in ROWS.items():
            assert source in sections[section], key


class TestValues:
    @pytest.mark.parametrize("setting", FIELDS)
    @pytest.mark.parametrize("interface", [V1, V2])
    def test_the_parameter_counts_and_not_the_field(self, interface: Interface, setting: str) -> None:
        if (interface, setting, "OVER_FIELD") not in ROWS:
            return
        resolution = in_case(interface, setting, "OVER_FIELD")
        decision = resolution.decision(setting)
        assert getattr(resolution, setting) == decision.value == PARAMETERS[setting]
        assert decision.origin is Origin.API_PARAMETER
        assert decision.field is None
        assert [field.name for field in decision.overruled] == [FIELDS[setting][0]]
        assert setting in {conflict.setting for conflict in resolution.conflicts}

    @pytest.mark.parametrize("setting", FIELDS)
    @pytest.mark.parametrize("interface", [V1, V2, SMTP])
    def test_the_field_counts_alone(self, interface: Interface, setting: str) -> None:
        resolution = in_case(interface, setting, "FIELD")
        decision = resolution.decision(setting)
        assert getattr(resolution, setting) == decision.value == FIELDS[setting][2]
        assert decision.origin is Origin.HEADER_FIELD
        assert decision.field is not None
        assert decision.field.name == FIELDS[setting][0]
        assert decision.overruled == ()
        assert resolution.conflicts == ()

    @pytest.mark.parametrize("setting", PARAMETERS)
    @pytest.mark.parametrize("interface", [V1, V2, SMTP])
    def test_nothing_given_is_unset(self, interface: Interface, setting: str) -> None:
        for text in (None, b"", message("Subject: Hi")):
            resolution = resolve(text, interface=interface)
            decision = resolution.decision(setting)
            assert getattr(resolution, setting) is decision.value is None
            assert decision.origin is Origin.UNSET
            assert (decision.field, decision.overruled) == (None, ())
            assert resolution.conflicts == ()

    @pytest.mark.parametrize("setting", FIELDS)
    @pytest.mark.parametrize("interface", [V1, V2, SMTP])
    def test_of_repeated_fields_the_first_counts_and_later_ones_are_overruled(
        self, interface: Interface, setting: str
    ) -> None:
        resolution = in_case(interface, setting, "REPEATED")
        decision = resolution.decision(setting)
        assert decision.value == FIELDS[setting][2]
        assert [field.body for field in decision.overruled] == [FIELDS[setting][3]]
        assert [conflict.setting for conflict in resolution.conflicts] == [setting]

    @pytest.mark.parametrize("setting", FIELDS)
    @pytest.mark.parametrize("interface", [V1, V2, SMTP])
    def test_a_malformed_first_field_is_unset_with_a_conflict_and_never_the_second(
        self, interface: Interface, setting: str
    ) -> None:
        resolution = in_case(interface, setting, "MALFORMED")
        decision = resolution.decision(setting)
        assert getattr(resolution, setting) is decision.value is None
        assert decision.origin is Origin.UNSET
        assert decision.field is not None
        assert decision.field.body == "\x01"
        assert [field.body for field in decision.overruled] == [FIELDS[setting][1]]
        assert resolution.conflicts[0].setting == setting
        assert resolution.conflicts[0].field is decision.field

    @pytest.mark.parametrize("setting", FIELDS)
    def test_a_parameter_overrules_a_malformed_field(self, setting: str) -> None:
        name = FIELDS[setting][0]
        resolution = resolve(message(f"{name}: \x01"), parameters=given(setting, V2), interface=V2)
        assert getattr(resolution, setting) == PARAMETERS[setting]
        assert [conflict.value for conflict in resolution.conflicts if conflict.setting == setting] == [None]

    def test_message_tags_are_never_joined(self) -> None:
        tags = (MessageTag("b", "2"),)
        for interface in (V1, V2):
            resolution = resolve(
                message("X-SES-MESSAGE-TAGS: a=1, c=3", "X-SES-MESSAGE-TAGS: d=4"),
                parameters=ApiParameters(message_tags=tags),
                interface=interface,
            )
            assert resolution.message_tags == tags
            assert len(resolution.decision("message_tags").overruled) == 2
        assert resolve(message("X-SES-MESSAGE-TAGS: a=1", "X-SES-MESSAGE-TAGS: d=4")).message_tags == (
            MessageTag("a", "1"),
        )

    def test_conflicts_list_differing_values_alone(self) -> None:
        parameters = ApiParameters(configuration_set="shop", message_tags=(MessageTag("a", "1"), MessageTag("b", "2")))
        same = message("X-SES-CONFIGURATION-SET: shop", "X-SES-MESSAGE-TAGS: b=2,a=1", "X-SES-SOURCE-ARN: " + arn("a"))
        resolution = resolve(same + b"X-SES-SOURCE-ARN: x\r\n", parameters=parameters)
        assert resolution.conflicts == ()
        assert len(resolution.decision("configuration_set").overruled) == 1
        twice = message("X-SES-TENANT: acme", "X-SES-TENANT: acme", "X-SES-TENANT: other")
        conflicts = resolve(twice, interface=V2).conflicts
        assert [(conflict.setting, conflict.value, conflict.field.body) for conflict in conflicts] == [
            ("tenant", "other", "other")
        ]

    @pytest.mark.parametrize("interface", [V1, V2])
    def test_given_and_empty_counts_as_absent_and_the_decision_says_so(self, interface: Interface) -> None:
        parameters = ApiParameters(
            source="", destination=Destination(), message_tags=(), configuration_set="", source_arn=""
        )
        fields = [
            "X-SES-MESSAGE-TAGS: given=field",
            "X-SES-CONFIGURATION-SET: field",
            f"X-SES-SOURCE-ARN: {arn('field')}",
        ]
        resolution = resolve(message(*fields), parameters=parameters, interface=interface)
        assert resolution.source is None
        assert resolution.destination is None
        assert resolution.message_tags == (MessageTag("given", "field"),)
        assert resolution.configuration_set == "field"
        assert resolution.source_arn == arn("field")
        for setting in parameters.empty():
            decision = resolution.decision(setting)
            assert "the parameter is empty" in decision.reason
            # DESIGN: OBSERVED for Destinations, the parameter of v1; ASSUMED otherwise.
            observed = setting == "destination" and interface is V1
            assert decision.evidence.name == ("OBSERVED" if observed else "ASSUMED")
        if interface is V1:
            assert resolution.decision("destination").source == url("aws/aws-sdk-net#325")

    def test_what_stands_in_the_body_or_in_an_attached_message_does_not_count(self) -> None:
        text = b"Content-Type: message/rfc822\r\n\r\nX-SES-TENANT: acme\r\n\r\n"
        assert resolve(text, interface=V2).tenant is None

    def test_destination_and_addresses_are_given_back_as_given(self) -> None:
        parameters = ApiParameters(source="Joe <a@b.example>", destination=Destination(("Zoe <c@d.example>",)))
        resolution = resolve(message("From: e@f.example", "To: g@h.example"), parameters=parameters)
        assert resolution.source == "Joe <a@b.example>"
        assert resolution.destination == Destination(("Zoe <c@d.example>",))

    def test_what_has_no_name_is_given_back_too(self) -> None:
        parameters = ApiParameters(extra=(("ConfigurationOverrides", {"a": 1}),))
        assert resolve(b"", parameters=parameters, interface=V2).extra == parameters.extra
        assert resolve(b"").extra is None
