"""The account's modes: identities, sandbox, what is paused, quota and rate; and the order in which they are told."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from itertools import combinations
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sesmime.local import LocalSes
from tests.local.conftest import client_of

pytestmark = pytest.mark.edges

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n"
NOT_VERIFIED = "Email address is not verified. The following identities failed the check in region US-EAST-1: "


def sent_raw(ses: LocalSes, message: bytes = MESSAGE, **others: Any) -> str:
    return str(client_of(ses, "ses").send_raw_email(RawMessage={"Data": message}, **others)["MessageId"])


def sent_v2(ses: LocalSes, **others: Any) -> str:
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    request: dict[str, Any] = {
        "FromEmailAddress": "a@b.example",
        "Destination": {"ToAddresses": ["c@d.example"]},
        "Content": content,
    }
    return str(client_of(ses, "sesv2").send_email(**(request | others))["MessageId"])


def sent_by_smtp(ses: LocalSes, message: bytes = MESSAGE) -> tuple[int, str]:
    with smtplib.SMTP(*ses.smtp_address) as smtp:
        smtp.ehlo()
        smtp.mail("a@b.example")
        smtp.rcpt("c@d.example")
        code, reply = smtp.data(message)
        return code, reply.decode()


def refusal_of(send: Callable[..., Any], *arguments: Any, **others: Any) -> tuple[str, str, int]:
    """Return code, text and HTTP status of what is refused."""
    with pytest.raises(ClientError) as refused:
        send(*arguments, **others)
    response = refused.value.response
    error = response["Error"]
    return error["Code"], error["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


# Identities


def test_identities_are_those_that_were_created(local: Callable[..., LocalSes]) -> None:
    ses = local()
    refused = ("MessageRejected", f"{NOT_VERIFIED}a@b.example", 400)
    assert refusal_of(sent_raw, ses) == refused
    assert refusal_of(sent_v2, ses) == refused
    assert sent_by_smtp(ses) == (554, f"Message rejected: {NOT_VERIFIED}a@b.example")
    client_of(ses, "ses").verify_domain_identity(Domain="b.example")
    assert sent_raw(ses)
    assert sent_v2(ses)
    assert sent_by_smtp(ses)[0] == 250
    # Of another region nothing is verified.
    other = client_of(ses, "ses", "eu-west-1")
    assert "in region EU-WEST-1: a@b.example" in refusal_of(other.send_raw_email, RawMessage={"Data": MESSAGE})[1]
    client_of(ses, "sesv2").delete_email_identity(EmailIdentity="b.example")
    assert refusal_of(sent_raw, ses) == refused


def test_any_identity_and_those_of_the_start(local: Callable[..., LocalSes]) -> None:
    assert sent_raw(local(any_identity=True))
    ses = local(verified_identities=("b.example",))
    assert sent_raw(ses)
    assert client_of(ses, "ses", "eu-west-1").send_raw_email(RawMessage={"Data": MESSAGE})
    assert refusal_of(sent_raw, ses, MESSAGE.replace(b"b.example", b"x.example"))[0] == "MessageRejected"


def test_pending_identities_wait_until_they_are_verified(local: Callable[..., LocalSes]) -> None:
    ses = local(pending=True)
    v1, v2 = client_of(ses, "ses"), client_of(ses, "sesv2")
    v1.verify_email_identity(EmailAddress="a@b.example")
    assert v2.create_email_identity(EmailIdentity="other.example")["VerifiedForSendingStatus"] is False
    status = v1.get_identity_verification_attributes(Identities=["a@b.example"])["VerificationAttributes"]
    assert status["a@b.example"]["VerificationStatus"] == "Pending"
    assert refusal_of(sent_raw, ses)[0] == "MessageRejected"
    v1.verify_email_identity(EmailAddress="a@b.example")  # asked again, it waits on
    assert refusal_of(sent_raw, ses)[0] == "MessageRejected"
    url = f"{ses.endpoint_url}/api/identities/a@b.example/verify"
    with urlopen(Request(url, method="POST")) as answer:
        assert answer.status == 200
    status = v1.get_identity_verification_attributes(Identities=["a@b.example"])["VerificationAttributes"]
    assert status["a@b.example"]["VerificationStatus"] == "Success"
    assert sent_raw(ses)
    assert ses.desk.verify("other.example")
    assert v2.get_email_identity(EmailIdentity="other.example")["VerifiedForSendingStatus"] is True
    assert not ses.desk.verify("nobody.example")


def test_in_the_sandbox_recipients_are_verified_too(local: Callable[..., LocalSes]) -> None:
    ses = local(sandbox=True, verified_identities=("b.example", "me@d.example"))
    assert client_of(ses, "sesv2").get_account()["ProductionAccessEnabled"] is False
    assert refusal_of(sent_raw, ses) == ("MessageRejected", f"{NOT_VERIFIED}c@d.example", 400)
    assert refusal_of(sent_v2, ses) == ("MessageRejected", f"{NOT_VERIFIED}c@d.example", 400)
    assert sent_by_smtp(ses) == (554, f"Message rejected: {NOT_VERIFIED}c@d.example")
    for address in (b"me@d.example", b"x@b.example", b"bounce+1@simulator.amazonses.com"):
        assert sent_raw(ses, MESSAGE.replace(b"c@d.example", address))
    client_of(ses, "sesv2").put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL="https://b.example", ProductionAccessEnabled=True
    )
    assert sent_raw(ses)


# What is paused


def test_a_paused_account(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    text = (
        "Sending paused for this account. For more information, please check the inbox of the email address associated"
        " with your AWS account."
    )
    client_of(ses, "ses").update_account_sending_enabled(Enabled=False)
    assert refusal_of(sent_raw, ses) == ("AccountSendingPausedException", text, 400)
    assert refusal_of(sent_v2, ses) == ("SendingPausedException", text, 400)
    assert sent_by_smtp(ses) == (554, text)
    client_of(ses, "sesv2").put_account_sending_attributes(SendingEnabled=True)
    assert sent_raw(ses)


def test_a_paused_configuration_set(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    v1 = client_of(ses, "ses")
    v1.create_configuration_set(ConfigurationSet={"Name": "news"})
    v1.update_configuration_set_sending_enabled(ConfigurationSetName="news", Enabled=False)
    text = "Sending is paused for configuration set news"
    code = "ConfigurationSetSendingPausedException"
    assert refusal_of(sent_raw, ses, ConfigurationSetName="news") == (code, text, 400)
    assert refusal_of(sent_v2, ses, ConfigurationSetName="news") == ("SendingPausedException", text, 400)
    by_field = b"X-SES-CONFIGURATION-SET: news\r\n" + MESSAGE
    assert sent_by_smtp(ses, by_field)[0] == 554
    assert sent_raw(ses)
    client_of(ses, "sesv2").put_configuration_set_sending_options(ConfigurationSetName="news", SendingEnabled=True)
    assert sent_raw(ses, ConfigurationSetName="news")


def test_the_default_set_of_an_identity_counts(local: Callable[..., LocalSes]) -> None:
    ses = local()
    v1, v2 = client_of(ses, "ses"), client_of(ses, "sesv2")
    for name in ("of-domain", "of-address", "given"):
        v1.create_configuration_set(ConfigurationSet={"Name": name})
    v2.create_email_identity(EmailIdentity="b.example", ConfigurationSetName="of-domain")
    sent_raw(ses)
    v2.create_email_identity(EmailIdentity="a@b.example", ConfigurationSetName="of-address")
    sent_raw(ses)
    sent_raw(ses, ConfigurationSetName="given")
    sent_raw(ses, b"X-SES-CONFIGURATION-SET: given\r\n" + MESSAGE)
    sets = [kept.configuration_set for kept in reversed(ses.inbox.messages())]
    assert sets == ["of-domain", "of-address", "given", "given"]
    v1.update_configuration_set_sending_enabled(ConfigurationSetName="of-address", Enabled=False)
    assert refusal_of(sent_raw, ses)[1] == "Sending is paused for configuration set of-address"


def test_the_suppression_list_by_account_and_set(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    v2 = client_of(ses, "sesv2")
    v2.put_suppressed_destination(EmailAddress="C@d.example", Reason="COMPLAINT")
    v2.create_configuration_set(ConfigurationSetName="bounces", SuppressionOptions={"SuppressedReasons": ["BOUNCE"]})
    v2.create_configuration_set(ConfigurationSetName="account")

    def kinds(**others: Any) -> list[str]:
        kept = ses.inbox.get(sent_raw(ses, **others))
        assert ses.publisher.drain()
        assert kept is not None
        return [event.kind for event in kept.events]

    assert kinds() == ["Send", "Bounce"]
    assert kinds(ConfigurationSetName="account") == ["Send", "Bounce"]
    assert kinds(ConfigurationSetName="bounces") == ["Send", "Delivery"]
    v2.put_account_suppression_attributes(SuppressedReasons=["BOUNCE"])
    assert kinds() == ["Send", "Delivery"]
    v2.put_account_suppression_attributes(SuppressedReasons=["BOUNCE", "COMPLAINT"])
    v2.delete_suppressed_destination(EmailAddress="c@d.example")
    assert kinds() == ["Send", "Delivery"]


# Quota and rate


def test_the_daily_quota(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, quota=3)
    sent_raw(ses, Destinations=["c@d.example", "e@f.example"])
    text = "Daily message quota exceeded."
    assert refusal_of(sent_raw, ses, Destinations=["c@d.example", "e@f.example"]) == ("Throttling", text, 400)
    sent_v2(ses)
    assert client_of(ses, "ses").get_send_quota()["SentLast24Hours"] == 3
    assert refusal_of(sent_v2, ses) == ("TooManyRequestsException", text, 429)
    assert sent_by_smtp(ses) == (454, f"Throttling failure: {text}")


def test_the_rate(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, rate=1)
    v1, v2 = client_of(ses, "ses"), client_of(ses, "sesv2")
    content, raw = {"Raw": {"Data": MESSAGE}}, {"RawMessage": {"Data": MESSAGE}}
    # Of two that come at once one is throttled, however slow the machine is: it is tried again.
    seen: set[tuple[str, str, int]] = set()
    end = time.monotonic() + 20
    while len(seen) < 2 and time.monotonic() < end:
        for send, request in ((v1.send_raw_email, raw), (v2.send_email, {"Content": content})):
            try:
                send(**request)
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                seen.add((error.response["Error"]["Code"], error.response["Error"]["Message"], status))
    text = "Maximum sending rate exceeded."
    assert seen == {("Throttling", text, 400), ("TooManyRequestsException", text, 429)}


@pytest.mark.slow
def test_an_sdk_that_tries_again_gets_through(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, rate=2)
    for service in ("ses", "sesv2"):
        client = boto3.client(
            service,
            endpoint_url=ses.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="A",
            aws_secret_access_key="s",
            config=Config(retries={"total_max_attempts": 8, "mode": "standard"}),
        )
        tried = []
        for _ in range(5):
            answer = (
                client.send_raw_email(RawMessage={"Data": MESSAGE})
                if service == "ses"
                else client.send_email(Content={"Raw": {"Data": MESSAGE}})
            )
            tried.append(answer["ResponseMetadata"]["RetryAttempts"])
        assert sum(tried) > 0
    assert sum(kept.message_id is not None for kept in ses.inbox) == 10


def test_a_message_to_more_than_the_rate_passes_alone(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, rate=1)
    assert sent_raw(ses, Destinations=["c@d.example", "e@f.example", "g@h.example"])


# The order, pair by pair (facts: what is looked at first is told)


def paused(ses: LocalSes, request: dict[str, Any]) -> None:
    client_of(ses, "ses").update_account_sending_enabled(Enabled=False)


def bad_address(ses: LocalSes, request: dict[str, Any]) -> None:
    request["Destination"] = {"ToAddresses": ["no-domain@"]}


def no_set(ses: LocalSes, request: dict[str, Any]) -> None:
    request["ConfigurationSetName"] = "missing"


def long_address(ses: LocalSes, request: dict[str, Any]) -> None:
    request["ReplyToAddresses"] = ["x" * 60 + "@" + ".".join(["y" * 60] * 5) + ".example"]


def no_template(ses: LocalSes, request: dict[str, Any]) -> None:
    request["Template"] = "missing"


def bad_tag(ses: LocalSes, request: dict[str, Any]) -> None:
    request["Tags"] = [{"Name": "a b", "Value": "c"}]


def unverified(ses: LocalSes, request: dict[str, Any]) -> None:
    request["Source"] = "a@unverified.example"


def over_quota(ses: LocalSes, request: dict[str, Any]) -> None:
    ses.desk.state.region("us-east-1").sent.add(time.monotonic(), 100)


ORDER: list[tuple[Callable[[LocalSes, dict[str, Any]], None], str]] = [
    (paused, "Sending paused for this account"),
    (bad_address, "Missing final '@domain'|Missing domain|Illegal|domain"),
    (no_set, "Configuration set <missing> does not exist."),
    (long_address, "Address length is more than 320 characters long"),
    (no_template, "Template missing does not exist."),
    (bad_tag, "tag name"),
    (unverified, "Email address is not verified"),
    (over_quota, "Daily message quota exceeded."),
]


# Of tags it is known that they come before identities, and no more.
PAIRS = [(one, two) for one, two in combinations(ORDER, 2) if two[0] is not bad_tag or one[0] is paused]


@pytest.mark.parametrize(
    ("first", "second"),
    [pytest.param(one, two, id=f"{one[0].__name__}-{two[0].__name__}") for one, two in PAIRS],
)
def test_of_two_faults_the_first_in_order_is_told(local: Callable[..., LocalSes], first: Any, second: Any) -> None:
    ses = local(verified_identities=("b.example",), quota=50)
    v1 = client_of(ses, "ses")
    v1.create_template(Template={"TemplateName": "t", "SubjectPart": "s", "TextPart": "t"})
    request: dict[str, Any] = {
        "Source": "a@b.example",
        "Destination": {"ToAddresses": ["c@d.example"]},
        "Template": "t",
        "TemplateData": "{}",
    }
    assert v1.send_templated_email(**request)
    for make, _ in (second, first):
        make(ses, request)
    _, text, status = refusal_of(v1.send_templated_email, **request)
    assert any(one.lower() in text.lower() for one in first[1].split("|")), text
    assert status == 400
