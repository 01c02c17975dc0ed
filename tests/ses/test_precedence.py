"""Which value counts; every claim held against a table written by hand from facts/ses.md."""

from __future__ import annotations

import dataclasses
import pickle
import re
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Decision,
    Destination,
    Interface,
    ListManagement,
    MessageTag,
    Origin,
    Resolution,
    UnsupportedSetting,
    prepare,
    resolve,
)
from sesmime.ses import precedence_table
from tests.conftest import shared

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP

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
v2   tenant            FIELD       ASSUMED     dg/tenants                                              A.1
v2   tenant            REPEATED    ASSUMED     dg/sending-authorization-delegate-sender-tasks-email    A.1
v2   tenant            MALFORMED   ASSUMED     dg/tenants                                              A.1
v2   tenant            NEITHER     DOCUMENTED  dg/tenants                                              A.1
smtp tenant            PARAMETER   DOCUMENTED  blog                                                    A.1
smtp tenant            OVER_FIELD  DOCUMENTED  blog                                                    A.1
smtp tenant            FIELD       DOCUMENTED  blog                                                    A.1
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


def url(source: str) -> str:
    """Write out a short form of facts/ses.md."""
    base = "https://docs.aws.amazon.com/ses/latest/"
    if source == "blog":  # "AWS Messaging blog, 2025-11-26, tenants implementation guide part 3"
        return (
            "https://aws.amazon.com/blogs/messaging-and-targeting/"
            "implement-tenants-in-your-amazon-ses-environment-part-3-implementation-guide/"
        )
    if source == "anymail/django-anymail":  # "anymail/django-anymail SES backend"
        return "https://github.com/anymail/django-anymail/blob/main/anymail/backends/amazon_ses.py"
    if source.startswith("dg/"):
        return f"{base}{source}.html"
    if source.startswith("v1:"):
        return f"{base}APIReference/API_{source[3:]}.html"
    if source.startswith("v2:"):
        return f"{base}APIReference-V2/API_{source[3:]}.html"
    repository, _, number = source.partition("#")
    return f"https://github.com/{repository}/issues/{number}"


def arn(name: str) -> str:
    return f"arn:aws:ses:us-east-1:123456789012:identity/{name}.example"


# A value for each parameter, the name of the field beside it, and three bodies of that field.
PARAMETERS: dict[str, Any] = {
    "source": "s@a.example",
    "destination": Destination(to=("t@a.example",)),
    "reply_to": ("r@a.example",),
    "return_path": "p@a.example",
    "source_arn": arn("parameter"),
    "from_arn": arn("parameter"),
    "return_path_arn": arn("parameter"),
    "message_tags": (MessageTag("given", "parameter"),),
    "configuration_set": "parameter",
    "list_management": ListManagement("parameter"),
    "tenant": "parameter",
    "endpoint_id": "abc.def",
}
FIELDS: dict[str, tuple[str, str, Any, str]] = {
    "source_arn": ("X-SES-SOURCE-ARN", arn("field"), arn("field"), arn("other")),
    "from_arn": ("X-SES-FROM-ARN", arn("field"), arn("field"), arn("other")),
    "return_path_arn": ("X-SES-RETURN-PATH-ARN", arn("field"), arn("field"), arn("other")),
    "message_tags": ("X-SES-MESSAGE-TAGS", "given=field", (MessageTag("given", "field"),), "given=other"),
    "configuration_set": ("X-SES-CONFIGURATION-SET", "field", "field", "other"),
    "list_management": ("X-SES-LIST-MANAGEMENT-OPTIONS", "field; topic=a", ListManagement("field", "a"), "other"),
    "tenant": ("X-SES-TENANT", "field", "field", "other"),
}
ORDINARY = {
    "source": "From: f@a.example",
    "reply_to": "Reply-To: f@a.example",
    "return_path": "Return-Path: f@a.example",
}


def given(setting: str, interface: Interface, value: Any = None) -> ApiParameters:
    # The API v2 says both ARNs of the sender in one parameter.
    name = "source_arn" if (setting, interface) == ("from_arn", V2) else setting
    return ApiParameters(**{name: PARAMETERS[setting] if value is None else value})


def message(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "", "body")).encode()


def in_case(interface: Interface, setting: str, case: str) -> Resolution:
    """Resolve a submission that is in a case of the table."""
    name, body, _, other = FIELDS.get(setting, ("", "", None, ""))
    lines = {
        "PARAMETER": [],
        "OVER_FIELD": [f"{name}: {body}"] if name else [ORDINARY.get(setting, "")],
        "FIELD": [f"{name}: {body}"],
        "REPEATED": [f"{name}: {body}", f"{name}: {other}"],
        "MALFORMED": [f"{name}: \x01", f"{name}: {body}"],
        "NEITHER": [],
    }[case]
    parameters = given(setting, interface) if case in ("PARAMETER", "OVER_FIELD") else ApiParameters()
    if interface is SMTP and case in ("PARAMETER", "OVER_FIELD") and setting in FIELDS:
        # A setting over SMTP counts once `prepare` writes it into the message.
        lines = ["From: f@a.example", "To: t@a.example", *lines]
        return prepare(message(*lines), parameters=parameters, interface=SMTP).resolution
    return resolve(message(*lines), parameters=parameters, interface=interface)


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
            assert ("AWS Messaging blog" if source == "blog" else source) in sections[section], key


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
            assert "given and empty" in decision.reason
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


class TestBothArnsOfTheSender:
    def test_on_v2_a_given_identity_is_the_value_of_both_settings(self) -> None:
        fields = [f"X-SES-SOURCE-ARN: {arn('a')}", f"X-SES-FROM-ARN: {arn('b')}"]
        resolution = resolve(message(*fields), parameters=ApiParameters(source_arn=arn("c")), interface=V2)
        assert (resolution.source_arn, resolution.from_arn) == (arn("c"), arn("c"))
        assert [field.body for field in resolution.decision("source_arn").overruled] == [arn("a")]
        assert [field.body for field in resolution.decision("from_arn").overruled] == [arn("b")]
        assert {conflict.setting for conflict in resolution.conflicts} == {"source_arn", "from_arn"}

    def test_on_v2_without_it_each_field_counts_for_itself(self) -> None:
        fields = [f"X-SES-SOURCE-ARN: {arn('a')}", f"X-SES-FROM-ARN: {arn('b')}"]
        resolution = resolve(message(*fields), interface=V2)
        assert (resolution.source_arn, resolution.from_arn) == (arn("a"), arn("b"))
        assert resolve(message(fields[0]), interface=V2).from_arn is None

    def test_on_v1_each_parameter_counts_for_itself(self) -> None:
        fields = [f"X-SES-SOURCE-ARN: {arn('a')}", f"X-SES-FROM-ARN: {arn('b')}"]
        resolution = resolve(message(*fields), parameters=ApiParameters(source_arn=arn("c")))
        assert (resolution.source_arn, resolution.from_arn) == (arn("c"), arn("b"))

    def test_from_arn_is_no_parameter_of_v2(self) -> None:
        with pytest.raises(UnsupportedSetting):
            resolve(b"", parameters=ApiParameters(from_arn=arn("a")), interface=V2)


class TestOrdinaryFields:
    def test_on_v2_the_sender_takes_the_place_of_the_visible_from(self) -> None:
        parameters = ApiParameters(source="a@b.example", reply_to=("c@d.example",), return_path="e@f.example")
        lines = ["From: x@y.example", "Reply-To: x@y.example", "Return-Path: <x@y.example>"]
        resolution = resolve(message(*lines), parameters=parameters, interface=V2)
        for setting, name in (("source", "From"), ("reply_to", "Reply-To"), ("return_path", "Return-Path")):
            assert [field.name for field in resolution.decision(setting).overruled] == [name]

    def test_on_v1_source_overrules_no_field(self) -> None:
        resolution = resolve(message("From: x@y.example"), parameters=ApiParameters(source="a@b.example"))
        assert resolution.decision("source").overruled == ()


BLIND = [interface for interface in Interface if not interface.is_raw]


class TestParameterOnlyInterfaces:
    @pytest.mark.parametrize("interface", BLIND)
    def test_they_ignore_the_fields_and_the_decision_says_so(self, interface: Interface) -> None:
        lines = [f"{name}: {body}" for name, body, _, _ in FIELDS.values()]
        resolution = resolve(message(*lines), interface=interface)
        for setting, (name, *_) in FIELDS.items():
            decision = resolution.decision(setting)
            assert getattr(resolution, setting) is decision.value is None
            assert decision.origin is Origin.UNSET
            assert [field.name for field in decision.overruled] == [name]
            assert "takes parameters alone and reads no X-SES field" in decision.reason
            # A.1, notes: AWS says so of SendEmail and SendTemplatedEmail.
            documented = interface in (Interface.SEND_EMAIL, Interface.SEND_TEMPLATED_EMAIL)
            assert decision.evidence.name == ("DOCUMENTED" if documented else "ASSUMED")
            assert decision.source == url("dg/sending-authorization-delegate-sender-tasks-email")

    @pytest.mark.parametrize("interface", BLIND)
    def test_their_parameters_count(self, interface: Interface) -> None:
        parameters = ApiParameters(configuration_set="shop")
        resolution = resolve(message("X-SES-CONFIGURATION-SET: other"), parameters=parameters, interface=interface)
        assert resolution.configuration_set == "shop"
        decision = resolve(None, parameters=parameters, interface=interface).decision("configuration_set")
        assert (decision.value, decision.origin) == ("shop", Origin.API_PARAMETER)
        assert (decision.evidence.name, decision.source) == ("DOCUMENTED", interface.page)

    def test_on_v2_the_identity_is_both_arns_there_too(self) -> None:
        parameters = ApiParameters(source_arn=arn("a"))
        assert resolve(None, parameters=parameters, interface=Interface.V2_SEND_EMAIL_SIMPLE).from_arn == arn("a")
        assert resolve(None, parameters=parameters, interface=Interface.SEND_EMAIL).from_arn is None

    def test_what_is_not_given_and_what_cannot_be_given_are_told_apart(self) -> None:
        resolution = resolve(None, interface=Interface.SEND_EMAIL)
        assert resolution.decision("configuration_set").reason == "not given"
        assert resolution.decision("tenant").reason == "no such parameter"
        assert resolution.decision("tenant").source == Interface.SEND_EMAIL.page

    def test_given_and_empty_is_told_there_too(self) -> None:
        parameters = ApiParameters(tenant="")
        decision = resolve(None, parameters=parameters, interface=Interface.V2_SEND_BULK_EMAIL).decision("tenant")
        assert (decision.value, decision.evidence.name) == (None, "ASSUMED")
        assert "given and empty" in decision.reason


class TestResolution:
    def test_there_is_an_attribute_and_a_decision_a_setting(self) -> None:
        resolution = resolve(b"")
        settings = [field.name for field in dataclasses.fields(ApiParameters)]
        assert all(hasattr(resolution, setting) for setting in settings)
        assert [decision.setting for decision in resolution.decisions] == settings[:-1]  # extra: nothing overrules it
        assert [field.name for field in dataclasses.fields(Decision)] == [
            "setting", "value", "origin", "field", "overruled", "reason", "evidence", "source"
        ]  # fmt: skip

    def test_no_such_setting_is_a_key_error(self) -> None:
        with pytest.raises(KeyError):
            resolve(b"").decision("colour")

    def test_it_is_immutable_and_picklable(self) -> None:
        resolution = in_case(V1, "message_tags", "REPEATED")
        assert pickle.loads(pickle.dumps(resolution)) == resolution
        with pytest.raises(dataclasses.FrozenInstanceError):
            resolution.tenant = "a"  # type: ignore[misc]
        with pytest.raises(dataclasses.FrozenInstanceError):
            resolution.decisions[0].value = "a"  # type: ignore[misc]

    def test_its_repr_shows_no_body(self) -> None:
        parameters = ApiParameters(extra=(("Content", {"Simple": {"Body": {"Text": {"Data": "secret"}}}}),))
        resolution = resolve(None, parameters=parameters, interface=Interface.V2_SEND_EMAIL_SIMPLE)
        assert "secret" not in repr(resolution) + resolution.explain()

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_every_kind_of_buffer_is_read(self, kind: Any) -> None:
        assert resolve(kind(message("X-SES-TENANT: acme")), interface=V2).tenant == "acme"

    def test_text_is_a_type_error(self) -> None:
        with pytest.raises(TypeError):
            resolve("X-SES-TENANT: acme\r\n\r\n")  # type: ignore[arg-type]

    def test_smtp_takes_sender_and_recipients_alone(self) -> None:
        parameters = ApiParameters(source="a@b.example", destination=Destination(("c@d.example",)))
        assert resolve(b"", parameters=parameters, interface=SMTP).source == "a@b.example"
        for setting in FIELDS:
            with pytest.raises(UnsupportedSetting):
                resolve(b"", parameters=ApiParameters(**{setting: PARAMETERS[setting]}), interface=SMTP)


class TestExplain:
    def test_it_tells_what_counts_and_why(self) -> None:
        lines = [
            "From: Shop <shop@a.example>",
            "X-SES-MESSAGE-TAGS: campaign=old",
            "X-SES-CONFIGURATION-SET: a b",
            "X-SES-TENANT: acme",
            "X-SES-RETURN-PATH-ARN: " + arn("a"),
            "X-SES-RETURN-PATH-ARN: " + arn("b"),
        ]
        parameters = ApiParameters(
            destination=Destination(("c@d.example",), bcc=("e@f.example",)),
            message_tags=(MessageTag("campaign", "spring"), MessageTag("n", "2")),
        )
        assert resolve(message(*lines), parameters=parameters).explain() == (
            "ses.SendRawEmail\n"
            "  destination: c@d.example, e@f.example   (parameter)\n"
            "    exactly these get the message; To and Cc stay as they are\n"
            "    DOCUMENTED, https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html\n"
            "  return_path_arn: arn:aws:ses:us-east-1:123456789012:identity/a.example   (field X-SES-RETURN-PATH-ARN)\n"
            "    overruled: X-SES-RETURN-PATH-ARN: 'arn:aws:ses:us-east-1:123456789012:identity/b.example'\n"
            "    SES documents that the first of repeated sending-authorization fields counts\n"
            "    DOCUMENTED, https://docs.aws.amazon.com/ses/latest/dg/"
            "sending-authorization-delegate-sender-tasks-email.html\n"
            "  message_tags: campaign=spring, n=2   (parameter)\n"
            "    overruled: X-SES-MESSAGE-TAGS: 'campaign=old'\n"
            "    SES uses only the tags of the parameter and does not join both\n"
            "    DOCUMENTED, https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html\n"
            "  configuration_set: unset\n"
            "    cannot be read: X-SES-CONFIGURATION-SET: 'a b'\n"
            "    the field has not the documented form; what SES does with it is not documented\n"
            "    ASSUMED, https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets-in-email.html\n"
            "  tenant: acme   (field X-SES-TENANT)\n"
            "    AWS documents the field for SMTP and is silent about SendRawEmail\n"
            "    ASSUMED, https://docs.aws.amazon.com/ses/latest/dg/tenants.html"
        )

    def test_a_list_is_told_as_its_field_is_written(self) -> None:
        for value, text in (
            (ListManagement("Weekly"), "Weekly"),
            (ListManagement("Weekly", "Offers"), "Weekly; topic=Offers"),
        ):
            told = resolve(b"", parameters=ApiParameters(list_management=value), interface=V2).explain()
            assert told.split("\n")[1] == f"  list_management: {text}   (parameter)"

    def test_nothing_given_is_one_sentence(self) -> None:
        assert resolve(b"From: a@b.example\r\n\r\n", interface=SMTP).explain() == (
            "smtp: no setting is given, neither as parameter nor as field."
        )

    def test_what_a_message_holds_is_told_escaped_and_short(self) -> None:
        text = resolve(b"X-SES-TENANT: \x1b[31m\xff" + b"x" * 5000 + b"\r\n\r\n", interface=V2).explain()
        assert "\x1b" not in text
        assert "\\x1b[31m\\xff" in text
        assert max(map(len, text.split("\n"))) < 250
