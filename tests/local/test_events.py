"""From a send call to the application's webhook: events of the local SES, signed and with their tags."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from sesmime.events import EventKind, InvalidSignature, read_events, verify_sns
from sesmime.local import LocalSes
from tests.local.conftest import Webhook, client_of

pytestmark = pytest.mark.edges

MESSAGE = b"From: a@b.example\r\nTo: bounce+x@simulator.amazonses.com\r\nSubject: Hi\r\n\r\nHello\r\n"
SET = "news"
ALL_KINDS = [
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "OPEN",
    "CLICK",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
    "SUBSCRIPTION",
]


def _with_topic(ses: LocalSes, endpoint: str | None = None) -> str:
    """Make a set that publishes all kinds to a topic; return the topic's ARN."""
    sns, v2 = client_of(ses, "sns"), client_of(ses, "sesv2")
    topic: str = sns.create_topic(Name="ses-events")["TopicArn"]
    if endpoint is not None:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint)
    v2.create_configuration_set(ConfigurationSetName=SET)
    v2.create_configuration_set_event_destination(
        ConfigurationSetName=SET,
        EventDestinationName="all",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ALL_KINDS,
            "SnsDestination": {"TopicArn": topic},
        },
    )
    return topic


def test_a_bounce_reaches_the_webhook_signed_and_with_its_tags(
    local: Callable[..., LocalSes], webhook: Webhook
) -> None:
    ses = local(any_identity=True)
    topic = _with_topic(ses, f"http://127.0.0.1:{webhook.server_port}/hook")
    _, validation = webhook.received.get(timeout=10)
    (setup,) = read_events(validation)
    assert setup.kind is EventKind.SETUP

    sent = client_of(ses, "ses").send_raw_email(
        RawMessage={"Data": MESSAGE}, ConfigurationSetName=SET, Tags=[{"Name": "campaign", "Value": "spring"}]
    )

    kinds = []
    for _ in range(2):
        fields, body = webhook.received.get(timeout=10)
        assert fields["x-amz-sns-message-type"] == "Notification"
        assert fields["x-amz-sns-topic-arn"] == topic
        verify_sns(body, topic_arns=[topic], endpoint_url=ses.endpoint_url)
        with pytest.raises(InvalidSignature):
            verify_sns(body.replace(b"spring", b"winter"), topic_arns=[topic], endpoint_url=ses.endpoint_url)
        (event,) = read_events(body)
        assert event.mail is not None
        assert event.mail.message_id == sent["MessageId"]
        assert event.mail.tags["campaign"] == ("spring",)
        kinds.append((event.kind, event.recipients))
    bounced = ("bounce+x@simulator.amazonses.com",)
    assert kinds == [(EventKind.SEND, bounced), (EventKind.BOUNCE, bounced)]


def test_each_simulated_address_brings_what_it_brings_in_ses(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    _with_topic(ses)
    client = client_of(ses, "sesv2")
    expected = {
        "success": ["Send", "Delivery"],
        "bounce": ["Send", "Bounce"],
        "ooto": ["Send", "Delivery"],
        "complaint": ["Send", "Delivery", "Complaint"],
        "suppressionlist": ["Send", "Bounce"],
    }
    for name in expected:
        client.send_email(
            FromEmailAddress="a@b.example",
            Destination={"ToAddresses": [f"{name}+1@simulator.amazonses.com"]},
            Content={"Simple": {"Subject": {"Data": name}, "Body": {"Text": {"Data": "t"}}}},
            ConfigurationSetName=SET,
        )
    assert ses.publisher.drain()
    assert {kept.subject: [event.kind for event in kept.events] for kept in ses.inbox} == expected
    assert all(event.published_to == ("sns all",) for kept in ses.inbox for event in kept.events)


def test_suppressed_addresses_bounce_and_others_are_delivered(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    client = client_of(ses, "sesv2")
    client.create_configuration_set(ConfigurationSetName=SET)
    client.put_suppressed_destination(EmailAddress="Gone@d.example", Reason="BOUNCE")
    client.send_email(
        FromEmailAddress="a@b.example",
        Destination={"ToAddresses": ["gone@d.example", "here@d.example"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        ConfigurationSetName=SET,
    )
    assert ses.publisher.drain()
    (kept,) = ses.inbox.messages()
    told = {event.kind: (event.recipients, event.record) for event in kept.events}
    assert told["Delivery"][0] == ("here@d.example",)
    assert told["Bounce"][0] == ("gone@d.example",)
    assert told["Bounce"][1]["bounce"]["bounceSubType"] == "OnAccountSuppressionList"


def test_a_simulated_address_on_the_suppression_list_bounces_and_is_not_delivered(
    local: Callable[..., LocalSes],
) -> None:
    ses = local(any_identity=True)
    client = client_of(ses, "sesv2")
    client.create_configuration_set(ConfigurationSetName=SET)
    for name in ("success", "complaint"):
        client.put_suppressed_destination(EmailAddress=f"{name}@simulator.amazonses.com", Reason="COMPLAINT")
    client.send_email(
        FromEmailAddress="a@b.example",
        Destination={"ToAddresses": ["success@simulator.amazonses.com", "complaint@simulator.amazonses.com"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        ConfigurationSetName=SET,
    )
    assert ses.publisher.drain()
    (kept,) = ses.inbox.messages()
    assert [event.kind for event in kept.events] == ["Send", "Bounce"]


@pytest.mark.parametrize("sender", ["a@b.example", "a@news.b.example", "a+label@b.example"])
def test_the_default_set_of_the_identity_that_covers_the_sender_counts(
    local: Callable[..., LocalSes], sender: str
) -> None:
    ses = local()
    client = client_of(ses, "sesv2")
    client.create_configuration_set(ConfigurationSetName=SET)
    client.create_email_identity(EmailIdentity="b.example", ConfigurationSetName=SET)
    client.send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": ["c@d.example"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    )
    (kept,) = ses.inbox.messages()
    assert kept.configuration_set == SET


@pytest.mark.parametrize(("service", "code"), [("ses", "InvalidTemplate"), ("sesv2", "BadRequestException")])
def test_a_malformed_template_is_refused_when_it_is_made(
    local: Callable[..., LocalSes], service: str, code: str
) -> None:
    client = client_of(local(), service)
    with pytest.raises(ClientError) as refused:
        if service == "ses":
            client.create_template(Template={"TemplateName": "T", "SubjectPart": "s", "TextPart": "{{#if a}}"})
        else:
            client.create_email_template(TemplateName="T", TemplateContent={"Subject": "s", "Html": "{{#if a}}"})
    assert refused.value.response["Error"]["Code"] == code


def test_missing_template_data_is_taken_and_told_as_a_rendering_failure(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    _with_topic(ses)
    client = client_of(ses, "ses")
    client.create_template(Template={"TemplateName": "T", "SubjectPart": "Hi {{name}}", "TextPart": "x"})
    answer = client.send_templated_email(
        Source="a@b.example",
        Destination={"ToAddresses": ["c@d.example"]},
        Template="T",
        TemplateData="{}",
        ConfigurationSetName=SET,
    )
    assert answer["MessageId"]
    assert ses.publisher.drain()
    (kept,) = ses.inbox.messages()
    assert [event.kind for event in kept.events] == ["Rendering Failure"]
    assert "'name' is not present" in kept.events[0].record["failure"]["errorMessage"]


def test_template_data_that_are_no_json_are_refused_and_kept(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    client = client_of(ses, "ses")
    client.create_template(Template={"TemplateName": "T", "SubjectPart": "Hi", "TextPart": "x"})
    with pytest.raises(ClientError, match="The template data is invalid"):
        client.send_templated_email(
            Source="a@b.example", Destination={"ToAddresses": ["c@d.example"]}, Template="T", TemplateData="[1]"
        )
    (kept,) = ses.inbox.messages()
    assert kept.refusal == ("InvalidParameterValue", "The template data is invalid")


def test_events_reach_a_queue_firehose_eventbridge_and_cloudwatch(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    topic = _with_topic(ses)
    v2, sqs, sns = client_of(ses, "sesv2"), client_of(ses, "sqs"), client_of(ses, "sns")
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    events = client_of(ses, "events")
    target = sqs.create_queue(QueueName="bus")["QueueUrl"]
    target_arn = sqs.get_queue_attributes(QueueUrl=target, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="ses", EventPattern=json.dumps({"source": ["aws.ses"]}))
    events.put_targets(Rule="ses", Targets=[{"Id": "1", "Arn": target_arn}])
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    dimension = {
        "DimensionName": "campaign",
        "DimensionValueSource": "MESSAGE_TAG",
        "DefaultDimensionValue": "none",
    }
    for name, details in (
        ("bus", {"EventBridgeDestination": {"EventBusArn": bus}}),
        ("counts", {"CloudWatchDestination": {"DimensionConfigurations": [dimension]}}),
    ):
        v2.create_configuration_set_event_destination(
            ConfigurationSetName=SET,
            EventDestinationName=name,
            EventDestination={"Enabled": True, "MatchingEventTypes": ["SEND"], **details},
        )
    v2.send_email(
        FromEmailAddress="a@b.example",
        Destination={"ToAddresses": ["c@d.example"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        ConfigurationSetName=SET,
        EmailTags=[{"Name": "campaign", "Value": "spring"}],
    )
    assert ses.publisher.drain()
    (kept,) = ses.inbox.messages()
    assert [event.failures for event in kept.events] == [(), ()]
    assert kept.events[0].published_to == ("sns all", "eventbridge bus", "cloudwatch counts")
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    assert [event.kind for event in read_events(received)] == [EventKind.SEND, EventKind.DELIVERY]
    (of_bus,) = read_events(sqs.receive_message(QueueUrl=target, MaxNumberOfMessages=10))
    assert of_bus.kind is EventKind.SEND
    metrics = client_of(ses, "cloudwatch").list_metrics(Namespace="AWS/SES")["Metrics"]
    assert {"Name": "campaign", "Value": "spring"} in [d for one in metrics for d in one["Dimensions"]]


def test_identity_notifications_are_published_without_a_set(local: Callable[..., LocalSes], webhook: Webhook) -> None:
    ses = local()
    v1, sns = client_of(ses, "ses"), client_of(ses, "sns")
    v1.verify_email_identity(EmailAddress="a@b.example")
    topic = sns.create_topic(Name="bounces")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{webhook.server_port}/")
    v1.set_identity_notification_topic(Identity="a@b.example", NotificationType="Bounce", SnsTopic=topic)
    (setup,) = read_events(webhook.received.get(timeout=10)[1])
    assert setup.kind is EventKind.SETUP
    v1.send_raw_email(RawMessage={"Data": MESSAGE})
    (event,) = read_events(webhook.received.get(timeout=10)[1])
    assert event.kind is EventKind.BOUNCE
    assert event.mail is not None
    assert not event.mail.tags


def test_the_certificate_is_served_where_the_envelopes_say(local: Callable[..., LocalSes], webhook: Webhook) -> None:
    ses = local(any_identity=True)
    _with_topic(ses, f"http://127.0.0.1:{webhook.server_port}/")
    envelope = json.loads(webhook.received.get(timeout=10)[1])
    assert envelope["SigningCertURL"].startswith(ses.endpoint_url)
    with urllib.request.urlopen(envelope["SigningCertURL"]) as answer:
        assert answer.read().startswith(b"-----BEGIN CERTIFICATE-----")
    assert base64.b64decode(envelope["Signature"])
