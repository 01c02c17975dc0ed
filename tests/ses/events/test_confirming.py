"""Confirming subscriptions: the URL of an expected topic is visited, and no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("cryptography")

from sesmime.events import InvalidSignature, SnsSigner, confirm_subscription
from tests.ses.events.sns import ORIGIN, SUBSCRIBE, TOKEN, TOPIC, confirmation, notification, signer, stranger, verify

pytestmark = pytest.mark.edges
VERSIONS = pytest.mark.parametrize("version", [1, 2])


class TestConfirming:
    @VERSIONS
    def test_the_url_of_an_expected_topic_is_visited_once(self, version: int) -> None:
        visited: list[str] = []
        signed = signer().sign(confirmation(), version=version)
        confirm_subscription(json.dumps(signed), topic_arns=[TOPIC], fetch=signer().fetch, visit=visited.append)
        assert visited == [SUBSCRIBE]

    def test_verifying_alone_visits_nothing(self) -> None:
        asked: list[str] = []

        def fetch(url: str) -> bytes:
            asked.append(url)
            return signer().certificate

        verify(signer().sign(confirmation()), fetch=fetch)
        assert asked == [signer().certificate_url]

    @pytest.mark.parametrize(
        "url",
        [
            "http://sns.eu-west-1.amazonaws.com" + SUBSCRIBE.removeprefix(ORIGIN),
            "https://evil.example" + SUBSCRIBE.removeprefix(ORIGIN),
            f"{ORIGIN}.evil.example" + SUBSCRIBE.removeprefix(ORIGIN),
            f"{ORIGIN}:443" + SUBSCRIBE.removeprefix(ORIGIN),
            "https://sns.us-east-1.amazonaws.com" + SUBSCRIBE.removeprefix(ORIGIN),
            "https://evil@sns.eu-west-1.amazonaws.com" + SUBSCRIBE.removeprefix(ORIGIN),
            SUBSCRIBE.replace("ConfirmSubscription", "DeleteTopic"),
            SUBSCRIBE.replace(TOPIC, TOPIC + "2"),
            SUBSCRIBE.replace(TOKEN, "0" + TOKEN),
            SUBSCRIBE + "&Action=DeleteTopic",
            SUBSCRIBE + "&Endpoint=a",
            SUBSCRIBE + "#a",
            SUBSCRIBE.replace("/?", "/evil?"),
            "file:///etc/passwd",
            "",
            ORIGIN,
        ],
    )
    def test_a_url_that_does_anything_else_is_not_visited(self, url: str) -> None:
        # Signed, as if the signature were no help.
        signed = signer().sign(confirmation(SubscribeURL=url))
        verify(signed)
        visited: list[str] = []
        with pytest.raises(InvalidSignature) as caught:
            confirm_subscription(signed, topic_arns=[TOPIC], fetch=signer().fetch, visit=visited.append)
        assert caught.value.field == "SubscribeURL"
        assert visited == []

    @pytest.mark.parametrize(
        ("message", "field"),
        [
            (notification(), "Type"),
            (confirmation(Type="UnsubscribeConfirmation"), "Type"),
            (confirmation(TopicArn="arn:aws:sns:eu-west-1:666666666666:ses-events"), "TopicArn"),
        ],
    )
    def test_nothing_else_is_confirmed(self, message: dict[str, Any], field: str) -> None:
        visited: list[str] = []
        with pytest.raises(InvalidSignature) as caught:
            confirm_subscription(signer().sign(message), topic_arns=[TOPIC], fetch=signer().fetch, visit=visited.append)
        assert caught.value.field == field
        with pytest.raises(InvalidSignature, match="does not match"):
            confirm_subscription(
                stranger().sign(confirmation()),
                topic_arns=[TOPIC],
                fetch=lambda url: signer().certificate,
                visit=visited.append,
            )
        assert visited == []

    def test_a_local_server_confirms_at_its_endpoint(self) -> None:
        endpoint = "http://127.0.0.1:4566"
        url = endpoint + SUBSCRIBE.removeprefix(ORIGIN)
        one = SnsSigner.make(endpoint_url=endpoint)
        visited: list[str] = []
        options: dict[str, Any] = {"topic_arns": [TOPIC], "fetch": one.fetch, "visit": visited.append}
        confirm_subscription(one.sign(confirmation(SubscribeURL=url)), endpoint_url=endpoint, **options)
        assert visited == [url]
        with pytest.raises(InvalidSignature):
            confirm_subscription(one.sign(confirmation()), endpoint_url=endpoint, **options)
