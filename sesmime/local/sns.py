"""moto's SNS, made to deliver as SNS does: envelopes signed with a key of the server, SNS's HTTP fields, a time limit.

moto signs with a key that nobody can ask for, posts without a time limit and with other fields. While a local SES runs,
what every subscription is handed is made here; the certificate is served where `SigningCertURL` says.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from moto.sns.models import Subscription

from sesmime.errors import quoted
from sesmime.local.loopback import is_loopback
from sesmime.ses.events.signing import SnsSigner

_LOG: Final = logging.getLogger("sesmime.local")
_TIMEOUT: Final = 5.0  # seconds
_LOCK: Final = threading.Lock()
_SIGNERS: Final[list[SnsSigner]] = []
_ABROAD: Final[list[SnsSigner]] = []  # those of servers that may post to other machines
_MOTO_ENVELOPE: Final = Subscription.get_post_data
_MOTO_PUBLISH: Final = Subscription.publish


def install(signer: SnsSigner, *, allow_remote: bool = False) -> None:
    """Have moto's SNS sign with that key, as the last of those that are installed.

    Endpoints on other machines are posted to with `allow_remote` only.
    """
    with _LOCK:
        _SIGNERS.append(signer)
        if allow_remote:
            _ABROAD.append(signer)
        Subscription.get_post_data = _envelope  # type: ignore[method-assign,assignment]
        Subscription.publish = _publish  # type: ignore[method-assign,assignment]


def uninstall(signer: SnsSigner) -> None:
    """Take the key away; with the last one moto is as it was."""
    with _LOCK:
        if signer in _SIGNERS:
            _SIGNERS.remove(signer)
        if signer in _ABROAD:
            _ABROAD.remove(signer)
        if not _SIGNERS:
            Subscription.get_post_data = _MOTO_ENVELOPE  # type: ignore[method-assign]
            Subscription.publish = _MOTO_PUBLISH  # type: ignore[method-assign]


def _envelope(
    subscription: Subscription,
    message: str,
    message_id: str,
    subject: str | None,
    message_attributes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the envelope that a subscription is handed, signed."""
    from moto.core.utils import iso_8601_datetime_with_milliseconds

    envelope: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic.arn,
        **({"Subject": subject} if subject else {}),
        "Message": message,
        "Timestamp": iso_8601_datetime_with_milliseconds(),
        "UnsubscribeURL": f"https://sns.{subscription.topic.sns_backend.region_name}.amazonaws.com/"
        f"?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
    }
    if message_attributes:
        envelope["MessageAttributes"] = message_attributes
    with _LOCK:
        signer = _SIGNERS[-1] if _SIGNERS else None
    if signer is None:
        return _MOTO_ENVELOPE(subscription, message, message_id, subject, message_attributes)
    wanted = str(getattr(subscription.topic, "signature_version", None) or "1")
    return signer.sign(envelope, version=2 if wanted == "2" else 1)


def _publish(
    subscription: Subscription,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    **others: Any,
) -> None:
    """Deliver to a subscription: by HTTP ourselves, else as moto does."""
    if subscription.protocol not in ("http", "https"):
        _MOTO_PUBLISH(subscription, message, message_id, subject, message_attributes, **others)
        return
    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(message_attributes, message):
        return
    is_raw = str(subscription.attributes.get("RawMessageDelivery", "")).lower() == "true"
    body = message if is_raw else json.dumps(_envelope(subscription, message, message_id, subject, message_attributes))
    deliver(subscription.endpoint, body, _fields(subscription, message_id, is_raw=is_raw))


def _fields(subscription: Subscription, message_id: str, *, is_raw: bool) -> Mapping[str, str]:
    return {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": subscription.topic.arn,
        "x-amz-sns-subscription-arn": subscription.arn,
        **({"x-amz-sns-rawdelivery": "true"} if is_raw else {}),
    }


def deliver(endpoint: str, body: str, fields: Mapping[str, str]) -> None:
    """Post to an endpoint; what fails is logged, as SNS tells nobody but its own log."""
    with _LOCK:
        is_allowed = bool(_ABROAD) or is_loopback(urlsplit(endpoint).netloc.rpartition("@")[2])
    if not is_allowed:
        _LOG.warning("SNS did not deliver to %s: it is on another machine (see --allow-remote)", quoted(endpoint, 200))
        return
    try:
        answer = requests.post(
            endpoint, data=body.encode(), headers=dict(fields), timeout=_TIMEOUT, allow_redirects=False
        )
    except (requests.RequestException, UnicodeError) as error:
        _LOG.warning("SNS could not deliver to %s: %s", quoted(endpoint, 200), type(error).__name__)
        return
    if answer.status_code >= 300:
        _LOG.warning("SNS delivered to %s, which answered %d", quoted(endpoint, 200), answer.status_code)
