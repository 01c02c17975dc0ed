"""The configuration of event destinations: read from every JSON that people have, and checked as AWS documents it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from sesmime import Evidence, InvalidSetting
from sesmime.ses.events.configuration import ConfigurationProblem, configuration_problems
from sesmime.ses.events.destinations import (
    KIND_APIS,
    V1_EVENTS,
    V2_EVENTS,
    VALUE_SOURCES,
    Api,
    ValueSource,
    read_destinations,
)
from sesmime.ses.events.kinds import KINDS, EventKind
from tests.ses.events.configurations import SOURCES, V1, V2, cloudwatch, destination, dimension


def problems(given: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.path, one.message) for one in configuration_problems(given)]


def only(given: dict[str, Any]) -> ConfigurationProblem:
    (one,) = configuration_problems(given)
    return one


class TestReading:
    @pytest.mark.parametrize("api", [V1, V2])
    def test_every_form_of_one_destination_reads_alike(self, api: Api) -> None:
        whole = destination(dimension("campaign", api=api), api=api)
        forms = {
            "": whole,
            "EventDestination": {"ConfigurationSetName": "news", "EventDestination": whole},
            "EventDestinations[0]": {"ConfigurationSet": {"Name": "news"}, "EventDestinations": [whole]},
        }
        for path, form in forms.items():
            (one,) = read_destinations(form)
            assert (one.path, one.name, one.is_enabled, one.api) == (path, "metrics", True, api)
            assert one.dimensions[0].name == "campaign"
            assert one.dimensions[0].source is ValueSource.MESSAGE_TAG
            assert one.kinds == ("CloudWatchDestination",)
            assert one.configuration_set == ("news" if path else None)
            assert configuration_problems(form) == ()

    def test_the_name_of_a_v2_destination_stands_beside_it(self) -> None:
        request = {
            "ConfigurationSetName": "news",
            "EventDestinationName": "metrics",
            "EventDestination": destination(Name=None),
        }
        (one,) = read_destinations(request)
        assert (one.name, one.configuration_set) == ("metrics", "news")
        assert only(request | {"EventDestinationName": "my metrics"}).path == "EventDestinationName"

    def test_the_cloudwatch_part_by_itself_is_taken(self) -> None:
        (one,) = read_destinations(cloudwatch(dimension("a", "LINK_TAG", "x")))
        assert (one.dimensions[0].name, one.dimensions[0].source, one.dimensions[0].default) == (
            *("a", ValueSource.LINK_TAG, "x"),
        )
        assert configuration_problems(cloudwatch(dimension("a", "LINK_TAG", "x"))) == ()

    @pytest.mark.parametrize("given", [{}, {"a": 1}, {"RawMessage": {}}, {"EventDestinations": 1}])
    def test_other_json_is_refused_in_one_sentence(self, given: dict[str, Any]) -> None:
        with pytest.raises(InvalidSetting, match="it holds no EventDestination"):
            read_destinations(given)
        with pytest.raises(TypeError, match="must be a mapping"):
            read_destinations([given])  # type: ignore[arg-type]

    @pytest.mark.parametrize("odd", [1, "x", [1], {"DimensionConfigurations": 1}, {"DimensionConfigurations": [1]}])
    def test_odd_values_are_read_and_told(self, odd: Any) -> None:
        for given in (
            destination(CloudWatchDestination=odd, Name=odd, MatchingEventTypes=odd, Enabled=odd),
            {"EventDestinations": [odd, {"MatchingEventTypes": [odd]}]},
            {"DimensionConfigurations": [{"DimensionName": odd, "DimensionValueSource": odd}]},
        ):
            assert isinstance(read_destinations(given), tuple)
            assert configuration_problems(given)


class TestNames:
    """Seeds: names of sets and destinations: ASCII letters, digits, _ and -; 64 characters at most."""

    @pytest.mark.parametrize("name", ["metrics", "a", "A_b-9", "x" * 64])
    def test_documented_names_pass(self, name: str) -> None:
        assert problems(destination(Name=name) | {}) == []
        assert problems({"ConfigurationSetName": name, "EventDestination": destination()}) == []

    @pytest.mark.parametrize("name", ["my metrics", "a.b", "caf\u00e9", "a:b", "", "x" * 65])
    def test_others_are_told(self, name: str) -> None:
        told = only(destination(Name=name))
        assert told.path == "Name"
        assert told.evidence is Evidence.DOCUMENTED
        assert only({"ConfigurationSetName": name, "EventDestination": destination()}).path == "ConfigurationSetName"
        described = {"ConfigurationSet": {"Name": name}, "EventDestinations": [destination(api=V1)]}
        assert only(described).path == "ConfigurationSet.Name"

    def test_the_text_expected_names_the_characters_and_not_the_length(self) -> None:
        text = (
            "Invalid event destination name <my metrics>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        )
        assert only(destination(Name="my metrics")).expected == text
        assert only(destination(Name="x" * 65)).expected is None


class TestDimensions:
    @pytest.mark.parametrize(("api", "most"), [(V1, 256), (V2, 255)])
    def test_names_and_default_values_have_their_length(self, api: Api, most: int) -> None:
        for name, default in (("x" * most, "y"), ("x", "y" * most)):
            assert problems(destination(dimension(name, default=default, api=api), api=api)) == []
        path = "CloudWatchDestination.DimensionConfigurations[0]"
        for name, default, member in (
            ("x" * (most + 1), "y", "DimensionName"),
            ("x", "y" * (most + 1), "DefaultDimensionValue"),
        ):
            told = only(destination(dimension(name, default=default, api=api), api=api))
            assert (told.path, told.evidence) == (f"{path}.{member}", Evidence.DOCUMENTED)
            assert f"has {most + 1} characters, more than {most}" in told.message

    def test_a_colon_is_of_v1_only_and_of_the_names_of_auto_tags(self) -> None:
        assert problems(destination(dimension("a:b", api=V1), api=V1)) == []
        assert "contains ':'" in only(destination(dimension("a:b"))).message
        assert problems(destination(dimension("ses:configuration-set"), dimension("ses:feedback-id-a"))) == []

    @pytest.mark.parametrize("name", ["a b", "gr\u00f6\u00dfe", "a.b", "a@b", ""])
    def test_other_names_are_told(self, name: str) -> None:
        for api in Api:
            assert only(destination(dimension(name, api=api), api=api)).path.endswith("DimensionName")

    @pytest.mark.parametrize("default", ["a b", "gr\u00f6\u00dfe", "a:b", ""])
    def test_other_default_values_are_told(self, default: str) -> None:
        told = only(destination(dimension("a", default=default)))
        assert told.path.endswith("DefaultDimensionValue")
        assert problems(destination(dimension("a", default="a.b@c-d_1"))) == []

    @pytest.mark.parametrize("source", SOURCES)
    def test_sources_are_spelled_as_the_api_has_them(self, source: str) -> None:
        for api in Api:
            assert problems(destination(dimension("a", source, api=api), api=api)) == []
        mixed = destination(dimension("a", source, api=V2), dimension("b", source, api=V1))
        assert only(mixed).path.endswith("[1].DimensionValueSource")
        assert only(destination(dimension("a", "header"))).path.endswith("DimensionValueSource")

    @pytest.mark.parametrize(
        "name", ["Received", "To", "From", "DKIM-Signature", "CC", "Cc", "message-id", "Message-ID", "Return-Path"]
    )
    def test_fields_that_cannot_be_dimensions_are_told(self, name: str) -> None:
        told = only(destination(dimension(name, "EMAIL_HEADER")))
        assert told.message == f"the field {name} cannot be a dimension"
        assert problems(destination(dimension(name, "MESSAGE_TAG"))) == []

    def test_ten_dimensions_each_once_and_at_least_one(self) -> None:
        ten = [dimension(f"d{number}") for number in range(10)]
        assert problems(destination(*ten)) == []
        assert "11 dimensions" in only(destination(*ten, dimension("d10"))).message
        twice = only(destination(dimension("a"), dimension("a")))
        assert (twice.evidence, twice.path) == (
            Evidence.ASSUMED,
            "CloudWatchDestination.DimensionConfigurations[1].DimensionName",
        )
        assert "there is no dimension" in only(destination(CloudWatchDestination=cloudwatch())).message

    def test_link_tags_without_clicks_count_nothing(self) -> None:
        given = destination(dimension("a", "LINK_TAG"), MatchingEventTypes=["SEND"])
        assert only(given).evidence is Evidence.ASSUMED


class TestEvents:
    @pytest.mark.parametrize("kind", list(KINDS))
    def test_every_kind_has_its_name_in_each_api_or_none(self, kind: EventKind) -> None:
        row = KINDS[kind]
        assert problems(destination(MatchingEventTypes=[row.v2])) == []
        for name in (row.v1, row.v2, row.metric, kind.value):
            if name is None:
                continue
            told = problems(destination(api=V1, MatchingEventTypes=[name]))
            assert told == [] if name == row.v1 else told[0][0] == "MatchingEventTypes[0]"
            told = problems(destination(MatchingEventTypes=[name]))
            assert told == [] if name == row.v2 else told[0][0] == "MatchingEventTypes[0]"

    @pytest.mark.parametrize("name", ["deliveryDelay", "subscription", "DELIVERY_DELAY", "SUBSCRIPTION"])
    def test_v1_has_no_delays_and_no_subscriptions(self, name: str) -> None:
        told = only(destination(api=V1, MatchingEventTypes=["send", name]))
        assert told.message == f"the API v1 has no event type {name}"
        assert told.remedy == "use the API v2"

    def test_at_least_one_is_needed(self) -> None:
        assert only(destination(MatchingEventTypes=[])).message == "no event type is given: nothing is published"


FIREHOSE = {"IamRoleArn": "arn:aws:iam::123456789012:role/r", "DeliveryStreamArn": "arn:aws:firehose:x:1:d/s"}


class TestKindsOfDestination:
    def test_one_and_only_one(self) -> None:
        assert problems(destination(CloudWatchDestination=None, KinesisFirehoseDestination=FIREHOSE)) == []
        both = only(destination(KinesisFirehoseDestination=FIREHOSE))
        assert both.message == (
            "it has 2 destinations: CloudWatchDestination, KinesisFirehoseDestination; each has one, and only one"
        )
        assert "it has no destination" in only(destination(CloudWatchDestination=None)).message

    @pytest.mark.parametrize(("kind", "member"), [("SNSDestination", "TopicARN"), ("SnsDestination", "TopicArn")])
    def test_a_topic_is_no_fifo_topic(self, kind: str, member: str) -> None:
        api = V1 if kind == "SNSDestination" else V2
        topic = "arn:aws:sns:us-east-1:123456789012:events"
        right = destination(api=api, CloudWatchDestination=None, **{kind: {member: topic}})
        assert problems(right) == []
        told = only(right | {kind: {member: f"{topic}.fifo"}})
        assert told.path == f"{kind}.{member}"

    def test_eventbridge_is_the_default_bus_and_of_v2_only(self) -> None:
        bus = "arn:aws:events:us-east-1:123456789012:event-bus/"
        right = destination(CloudWatchDestination=None, EventBridgeDestination={"EventBusArn": f"{bus}default"})
        assert problems(right) == []
        told = only(right | {"EventBridgeDestination": {"EventBusArn": f"{bus}mine"}})
        assert "default bus" in told.message
        on_v1 = configuration_problems(right | {"MatchingEventTypes": ["send"]})
        assert [one.message for one in on_v1] == ["the API v1 has no EventBridgeDestination"]

    def test_ten_destinations_in_a_set(self) -> None:
        ten = {"EventDestinations": [destination(Name=f"d{number}") for number in range(10)]}
        assert problems(ten) == []
        eleven = {"EventDestinations": [*ten["EventDestinations"], destination(Name="d10")]}
        assert only(eleven).path == "EventDestinations"

    def test_a_destination_that_is_not_enabled_publishes_nothing(self) -> None:
        assert only(destination(Enabled=False)).path == "Enabled"
        assert (
            only(destination(api=V1, Enabled=None)).message
            == "Enabled is missing, which means false: nothing is published"
        )
        assert problems(destination(Enabled=None)) == []


class TestServiceModels:
    """What AWS's service models name, as botocore has them."""

    @pytest.mark.parametrize(("api", "service"), [(V1, "ses"), (V2, "sesv2")])
    def test_members_sources_and_kinds_are_all_there_are(self, api: Api, service: str) -> None:
        model = get_session().get_service_model(service)
        members = {name for name in model.shape_for("EventDestination").members if name.endswith("Destination")}
        assert members == {name for name, its in KIND_APIS.items() if its in (None, api)}
        sources = {name for name, (_, its) in VALUE_SOURCES.items() if its is api}
        assert set(model.shape_for("DimensionValueSource").enum) == sources
        events = V1_EVENTS if api is V1 else V2_EVENTS
        assert set(model.shape_for("EventType").enum) == events

    @pytest.mark.parametrize(("api", "service"), [(V1, "ses"), (V2, "sesv2")])
    def test_what_these_tests_call_right_is_a_valid_request(self, api: Api, service: str) -> None:
        operation = get_session().get_service_model(service).operation_model("CreateConfigurationSetEventDestination")
        request = {"ConfigurationSetName": "news", "EventDestination": destination(api=api)}
        if api is V2:
            request |= {"EventDestinationName": "metrics", "EventDestination": destination(Name=None)}
        assert configuration_problems(request) == ()
        assert not ParamValidator().validate(request, operation.input_shape).has_errors()
