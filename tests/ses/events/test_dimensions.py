"""What a CloudWatch destination counts of a message: rows and examples of AWS's documents, and what is lost."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import ApiParameters, Evidence, Interface, InvalidSetting, Submission
from sesmime.events import DimensionValue, ValueOrigin, dimension_values
from tests.ses.events.configurations import V1, V2, cloudwatch, destination, dimension

# The raw message that AWS's page about sending with events shows, its fields in its order.
EXAMPLE = (
    b"X-SES-MESSAGE-TAGS: tagName1=tagValue1, tagName2=tagValue2\r\n"
    b"X-SES-CONFIGURATION-SET: myConfigurationSet\r\n"
    b"From: sender@example.com\r\nTo: recipient@example.com\r\nSubject: Subject\r\n"
    b'Content-Type: multipart/alternative;\r\n\tboundary="----=_boundary"\r\n\r\n'
    b"------=_boundary\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nbody\r\n"
    b"------=_boundary\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nbody\r\n"
    b"------=_boundary--\r\n"
)
RAW = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP)


def message(*fields: str, body: str = "Hi", html: bool = False) -> bytes:
    kind = ["Content-Type: text/html; charset=utf-8"] if html else []
    return "\r\n".join(["From: sender@shop.example.com", *fields, *kind, "", body]).encode()


def values(submission: Submission[Any], *dimensions: dict[str, Any], **changes: Any) -> list[DimensionValue]:
    given = destination(*dimensions, **changes) if changes else cloudwatch(*dimensions)
    return list(dimension_values(submission, given))


def only(source: bytes | Submission[Any], name: str, kind: str = "MESSAGE_TAG", **changes: Any) -> DimensionValue:
    submission = source if isinstance(source, Submission) else Submission(source)
    (value,) = values(submission, dimension(name, kind), **changes)
    return value


class TestMessageTags:
    @pytest.mark.parametrize("interface", RAW)
    def test_the_example_of_the_guide_by_every_raw_interface(self, interface: Interface) -> None:
        found = values(Submission(EXAMPLE, interface=interface), dimension("tagName1"), dimension("tagName2"))
        assert [(one.name, one.value, one.origin, one.lost) for one in found] == [
            ("tagName1", "tagValue1", ValueOrigin.MESSAGE_TAG, None),
            ("tagName2", "tagValue2", ValueOrigin.MESSAGE_TAG, None),
        ]

    @pytest.mark.parametrize("api", [V1, V2])
    @pytest.mark.parametrize("is_whole", [True, False])
    def test_both_spellings_and_both_extents_are_taken(self, api: Any, is_whole: bool) -> None:
        one = dimension("tagName1", api=api)
        given = destination(one, api=api) if is_whole else cloudwatch(one)
        assert dimension_values(Submission(EXAMPLE), given)[0].value == "tagValue1"

    def test_parameters_replace_the_field_and_are_not_joined(self) -> None:
        """Seed: Amazon SES does not join message tags specified by API parameters and headers."""
        submission = Submission(EXAMPLE, ApiParameters(message_tags=[("campaign", "spring")]))
        campaign, overruled = values(submission, dimension("campaign"), dimension("tagName1"))
        assert (campaign.value, campaign.reason) == ("spring", "the message tag in a parameter")
        assert (overruled.value, overruled.origin) == ("none", ValueOrigin.DEFAULT)
        assert overruled.reason == "no message tag 'tagName1' counts; the one in a field is overruled"

    @pytest.mark.parametrize(
        ("interface", "extra"),
        [
            (Interface.SEND_EMAIL, {"Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}),
            (Interface.SEND_TEMPLATED_EMAIL, {"Template": "t", "TemplateData": "{}"}),
            (Interface.V2_SEND_EMAIL_SIMPLE, {"Content": {"Simple": {}}}),
            (Interface.V2_SEND_EMAIL_TEMPLATE, {"Content": {"Template": {"TemplateName": "t"}}}),
        ],
    )
    def test_interfaces_of_parameters_have_tags_of_parameters_only(
        self, interface: Interface, extra: dict[str, Any]
    ) -> None:
        """Seed: the rows SendEmail, SendTemplatedEmail of the table of sending interfaces."""
        given = ApiParameters(message_tags=[("campaign", "spring")], extra=extra)
        assert only(Submission(EXAMPLE, given, interface), "campaign").value == "spring"
        assert only(Submission(EXAMPLE, given, interface), "tagName1").value == "none"

    @pytest.mark.parametrize(
        ("interface", "entries", "more"),
        [
            (Interface.SEND_BULK_TEMPLATED_EMAIL, "Destinations", {"Template": "t"}),
            (Interface.V2_SEND_BULK_EMAIL, "BulkEmailEntries", {"DefaultContent": {"Template": {"TemplateName": "t"}}}),
        ],
    )
    def test_entries_of_a_bulk_call_have_values_of_their_own(
        self, interface: Interface, entries: str, more: dict[str, Any]
    ) -> None:
        own = {"ReplacementTags": [{"Name": "campaign", "Value": "summer"}]}
        given = ApiParameters(message_tags=[("campaign", "spring")], extra={entries: [{}, own, own], **more})
        found = values(Submission(None, given, interface), dimension("campaign"))
        assert [one.value for one in found] == ["spring", "summer"]

    def test_custom_verification_has_no_tags(self) -> None:
        given = ApiParameters(extra={"EmailAddress": "a@b.example", "TemplateName": "t"})
        for interface in (Interface.SEND_CUSTOM_VERIFICATION_EMAIL, Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL):
            assert only(Submission(None, given, interface), "campaign").origin is ValueOrigin.DEFAULT

    @pytest.mark.parametrize("how", ["field", "parameter"])
    def test_tags_of_feedback_ids_are_dimensions_as_any_other(self, how: str) -> None:
        """Seed: the example with new-members-campaign and football-campaign, in raw and by parameter."""
        tags = [("ses:feedback-id-a", "new-members-campaign"), ("ses:feedback-id-b", "football-campaign")]
        field = "X-SES-MESSAGE-TAGS: " + ", ".join(f"{name}={value}" for name, value in tags)
        submission = (
            Submission(message(field)) if how == "field" else Submission(message(), ApiParameters(message_tags=tags))
        )
        found = values(submission, *(dimension(name) for name, _ in tags))
        assert [(one.name, one.value) for one in found] == tags

    def test_what_is_not_given_has_the_default(self) -> None:
        value = only(message(), "campaign")
        assert (value.value, value.origin, value.evidence) == ("none", ValueOrigin.DEFAULT, Evidence.DOCUMENTED)
        assert only(message("X-SES-MESSAGE-TAGS: Campaign=x"), "campaign").value == "none"

    @pytest.mark.parametrize(
        ("tag", "lost"),
        [
            ("campaign=fr\u00fchling", "the value 'fr\xfchling' is not ASCII"),
            ("campaign=spring sale", "the value 'spring sale' has other characters than A-Z a-z 0-9 _ and -"),
            ("campaign=a.b@c", "the value 'a.b@c' has other characters than A-Z a-z 0-9 _ and -"),
            ("campaign=", "the tag has no value"),
            ("campaign=" + "x" * 256, "the tag has a tag value of 256 characters, more than 255"),
        ],
    )
    def test_a_value_of_other_characters_loses_the_metric_and_the_mail_goes(self, tag: str, lost: str) -> None:
        """Seed: a non-ASCII name or value: the call succeeds, the event metrics are not emitted to CloudWatch."""
        value = only(message(f"X-SES-MESSAGE-TAGS: {tag}"), "campaign")
        assert value.value is None
        assert value.lost == lost
        is_documented = "ASCII" in lost or "characters than" in lost
        assert value.evidence is (Evidence.DOCUMENTED if is_documented else Evidence.ASSUMED)

    def test_a_malformed_neighbour_makes_a_value_less_sure(self) -> None:
        value = only(message("X-SES-MESSAGE-TAGS: shop=Z\u00fcrich, campaign=spring"), "campaign")
        assert (value.value, value.evidence) == ("spring", Evidence.ASSUMED)

    def test_what_is_refused_as_a_parameter_is_not_counted(self) -> None:
        submission = Submission(message(), ApiParameters(message_tags=[("campaign", "a b")]))
        value = only(submission, "campaign")
        assert value.lost is not None
        assert value.lost.startswith("SES is expected to refuse the message: Invalid tag value <a b>")
        dotted = only(Submission(message(), ApiParameters(message_tags=[("campaign", "a.b")])), "campaign")
        assert dotted.lost == "the value 'a.b' has other characters than A-Z a-z 0-9 _ and -"

    def test_the_first_of_two_tags_of_a_name_is_assumed(self) -> None:
        submission = Submission(message(), ApiParameters(message_tags=[("a", "1"), ("a", "2")]))
        value = only(submission, "a")
        assert (value.value, value.evidence) == ("1", Evidence.ASSUMED)

    @pytest.mark.parametrize("name", ["gr\u00f6\u00dfe", "a b", "a.b", "a:b"])
    def test_a_dimension_with_another_name_is_lost(self, name: str) -> None:
        value = only(message(f"X-SES-MESSAGE-TAGS: {name}=x"), name)
        assert (value.value, value.evidence) == (None, Evidence.DOCUMENTED)
        assert value.lost is not None


class TestAutoTags:
    SET = Submission(EXAMPLE, ApiParameters(configuration_set="news", tenant="acme"), Interface.V2_SEND_EMAIL_RAW)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("ses:configuration-set", "news"),
            ("ses:from-domain", "example.com"),
            ("ses:operation", "SendEmail"),
            ("ses:tenant-name", "acme"),
            ("ses:caller-identity", None),
            ("ses:source-ip", None),
            ("ses:source-tls-version", None),
            ("ses:outgoing-ip", None),
        ],
    )
    def test_what_is_known_before_sending_is_told_and_the_rest_is_not_lost(self, name: str, value: str | None) -> None:
        """Seed: the table of auto-tags; they are dimensions by their full names."""
        found = only(self.SET, name)
        assert (found.value, found.origin, found.lost) == (value, ValueOrigin.AUTO_TAG, None)

    def test_a_set_that_is_the_identitys_default_is_not_known(self) -> None:
        assert only(message(), "ses:configuration-set").value is None
        assert only(message(), "ses:configuration-set").lost is None
        given = {"ConfigurationSetName": "news", "EventDestination": destination(dimension("ses:configuration-set"))}
        assert dimension_values(Submission(message()), given)[0].value == "news"

    def test_a_sender_cannot_forge_them(self) -> None:
        assert only(message("X-SES-MESSAGE-TAGS: ses:from-domain=evil"), "ses:from-domain").value == "shop.example.com"
        assert only(message("X-SES-MESSAGE-TAGS: ses:mine=1"), "ses:mine").origin is ValueOrigin.DEFAULT

    def test_a_destination_of_another_set_counts_nothing(self) -> None:
        given = {"ConfigurationSetName": "other", "EventDestination": destination(dimension("tagName1"))}
        (value,) = dimension_values(Submission(EXAMPLE), given)
        assert value.lost == (
            "the message names the configuration set 'myConfigurationSet', and the destination belongs to another"
        )


class TestFields:
    """Seed: custom fields are tags too."""

    @pytest.mark.parametrize("interface", RAW)
    @pytest.mark.parametrize("name", ["X-Campaign", "x-campaign", "X-CAMPAIGN"])
    def test_a_field_of_ones_own_counts_by_name_in_any_case(self, interface: Interface, name: str) -> None:
        value = only(Submission(message("X-Campaign: spring.sale@shop"), interface=interface), name, "EMAIL_HEADER")
        assert (value.value, value.origin, value.evidence) == (
            *("spring.sale@shop", ValueOrigin.FIELD, Evidence.DOCUMENTED),
        )

    @pytest.mark.parametrize("name", ["Received", "To", "From", "DKIM-Signature", "CC", "message-id", "Return-Path"])
    def test_seven_fields_cannot_be_dimensions(self, name: str) -> None:
        value = only(message(f"{name}: x"), name, "EMAIL_HEADER")
        assert (value.value, value.lost) == (None, f"the field {name} cannot be a dimension")

    @pytest.mark.parametrize(
        ("written", "lost"),
        [
            ("Z\u00fcrich", "is not ASCII"),
            ("spring sale", "has other characters"),
            ("=?utf-8?q?Z=C3=BCrich?=", "has other characters"),
            ("a\r\n b", "has other characters"),
            ("a:b", "has other characters"),
            ("x" * 257, "has 257 characters, more than 256"),
        ],
    )
    def test_values_of_other_characters_are_lost(self, written: str, lost: str) -> None:
        value = only(message(f"X-Shop: {written}"), "X-Shop", "EMAIL_HEADER")
        assert value.value is None
        assert value.lost is not None
        assert lost in value.lost

    def test_a_name_beyond_ascii_is_lost(self) -> None:
        value = only(message("Gr\u00f6\u00dfe: x"), "Gr\u00f6\u00dfe", "EMAIL_HEADER")
        assert (value.value, value.evidence) == (None, Evidence.DOCUMENTED)
        assert "is not ASCII" in str(value.lost)

    def test_absent_and_empty_have_the_default(self) -> None:
        assert only(message(), "X-Shop", "EMAIL_HEADER").value == "none"
        empty = only(message("X-Shop:"), "X-Shop", "EMAIL_HEADER")
        assert (empty.value, empty.evidence) == ("none", Evidence.ASSUMED)

    def test_the_first_of_two_is_assumed(self) -> None:
        value = only(message("X-Shop: a", "X-Shop: b"), "X-Shop", "EMAIL_HEADER")
        assert (value.value, value.evidence) == ("a", Evidence.ASSUMED)

    def test_fields_of_simple_content_and_templates(self) -> None:
        headers = [{"Name": "X-Shop", "Value": "bern"}]
        simple = {"Simple": {"Subject": {"Data": "Spring"}, "Body": {"Text": {"Data": "t"}}, "Headers": headers}}
        submission = Submission(None, ApiParameters(extra={"Content": simple}), Interface.V2_SEND_EMAIL_SIMPLE)
        assert only(submission, "X-Shop", "EMAIL_HEADER").value == "bern"
        assert only(submission, "Subject", "EMAIL_HEADER").value == "Spring"
        made = {"Template": {"TemplateName": "t", "Headers": [*headers, {"Name": "X-City", "Value": "{{city}}"}]}}
        submission = Submission(None, ApiParameters(extra={"Content": made}), Interface.V2_SEND_EMAIL_TEMPLATE)
        assert only(submission, "X-Shop", "EMAIL_HEADER").value == "bern"
        unknown = only(submission, "X-City", "EMAIL_HEADER")
        assert (unknown.value, unknown.lost) == (None, None)


def link(tags: str = "", more: str = "") -> str:
    return f'<a href="https://a.example" {f"ses:tags={tags!r}" if tags else ""} {more}>x</a>'


class TestLinkTags:
    def found(self, html: str, **changes: Any) -> list[tuple[str | None, str]]:
        submission = Submission(message(body=html, html=True))
        return [(one.value, one.reason) for one in values(submission, dimension("place", "LINK_TAG"), **changes)]

    def test_each_link_has_a_value_of_its_own(self) -> None:
        html = link("place:top;") + link("place:foot;a:b") * 2 + link("a:b") + link()
        assert self.found(html) == [
            ("top", "a click on 1 link"),
            ("foot", "a click on 2 links"),
            ("none", "a click on 2 links without the tag and every event that is no click"),
        ]

    def test_of_clicks_only_nothing_else_is_counted(self) -> None:
        assert self.found(link("place:top"), MatchingEventTypes=["CLICK"]) == [("top", "a click on 1 link")]
        assert self.found(link("place:top"), MatchingEventTypes=["SEND"]) == [
            ("none", "the destination publishes no clicks")
        ]

    def test_links_that_are_not_tracked_have_none(self) -> None:
        html = link("place:top", "ses:no-track") + '<a href="mailto:a@b.example" ses:tags="place:mail">x</a>'
        assert [value for value, _ in self.found(html)] == ["none"]
        many = link() * 250 + link("place:beyond")
        assert [value for value, _ in self.found(many)] == ["none"]

    def test_a_malformed_pair_is_told(self) -> None:
        submission = Submission(message(body=link("place:old town;"), html=True))
        lost, default = values(submission, dimension("place", "LINK_TAG"))
        assert lost.lost == "the link tag 'place:old town' has other characters than A-Z a-z 0-9 _ and -"
        assert default.value == "none"

    def test_plain_text_has_no_links(self) -> None:
        submission = Submission(message(body=link("place:top")))
        assert [one.value for one in values(submission, dimension("place", "LINK_TAG"))] == ["none"]

    def test_the_request_can_turn_clicks_off(self) -> None:
        off = {"ConfigurationOverrides": {"Tracking": {"ClickTrackingEnabled": "DISABLED"}}}
        source = message(body=link("place:top"), html=True)
        submission = Submission(source, ApiParameters(extra=off), Interface.V2_SEND_EMAIL_RAW)
        (value,) = values(submission, dimension("place", "LINK_TAG"))
        assert (value.value, value.reason) == ("none", "the request turns click tracking off")


class TestDestinations:
    def test_other_destinations_are_refused(self) -> None:
        topic = {"MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": "arn:aws:sns:x:1:t"}}
        with pytest.raises(InvalidSetting, match="no CloudWatchDestination"):
            dimension_values(Submission(EXAMPLE), topic)
        one = destination(dimension("a"))
        with pytest.raises(InvalidSetting, match="several"):
            dimension_values(Submission(EXAMPLE), {"EventDestinations": [one, one]})
        assert len(dimension_values(Submission(EXAMPLE), {"EventDestinations": [topic, one]})) == 1
        with pytest.raises(TypeError, match="must be a Submission"):
            dimension_values(EXAMPLE, one)  # type: ignore[arg-type]

    def test_a_missing_default_loses_what_has_no_value(self) -> None:
        (value,) = values(Submission(message()), dimension("campaign", default=""))
        assert (value.value, value.lost) == (None, "there is no value, and no default value")

    def test_an_unknown_source_of_values_counts_nothing(self) -> None:
        assert only(EXAMPLE, "tagName1", "header").lost == "'header' is no source of values"
