"""An SNS message as its signature sees it: read strictly, its topic, its URLs, and the string that is signed.

`read_events` reads anything; here everything is refused that two readers could read differently, because what has been
verified must be what is used. Source of all: AWS's guide to SNS, "Verifying the signatures of Amazon SNS messages" and
"HTTP/HTTPS notification JSON format" (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from sesmime.errors import InvalidSetting, InvalidSignature

NOTIFICATION: Final = "Notification"
SUBSCRIPTION_CONFIRMATION: Final = "SubscriptionConfirmation"
_CONFIRMATION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
# The fields that are signed, by the value of Type, in the order in which they are signed.
SIGNED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
        SUBSCRIPTION_CONFIRMATION: _CONFIRMATION,
        "UnsubscribeConfirmation": _CONFIRMATION,
    }
)
# The domain of a partition's endpoints.
_DOMAINS: Final = MappingProxyType(
    {
        "aws": "amazonaws.com",
        "aws-cn": "amazonaws.com.cn",
        "aws-us-gov": "amazonaws.com",
        "aws-eusc": "amazonaws.eu",
    }
)
_TOPIC: Final = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):sns:(?P<region>[a-z]{2,}(?:-[a-z]+)+-[0-9]+):[0-9]{12}:"
    r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?"
)
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")
_CERTIFICATE: Final = re.compile(r"/SimpleNotificationService-[0-9a-f]{1,128}\.pem")
# Stand-ins for SNS serve theirs below a path, as in /_aws/sns/.
_LOCAL_CERTIFICATE: Final = re.compile(rf"(?:/[A-Za-z0-9_-]{{1,64}}){{0,8}}{_CERTIFICATE.pattern}")
_SUBSCRIBE: Final = re.compile(r"/\?(?P<query>[A-Za-z0-9=&%:._~-]{1,4096})")
_TIMESTAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# Lambda gets the field under another name than HTTP and SQS.
_CERTIFICATE_FIELDS: Final = ("SigningCertURL", "SigningCertUrl")


class Topic(NamedTuple):
    """An expected topic, and what follows from its region: where SNS serves from, and what its certificate is for."""

    arn: str
    origin: str
    certificate_names: frozenset[str]

    @classmethod
    def of(cls, arn: str) -> Topic:
        """Read an ARN; raises InvalidSetting for one that is none of a topic of SNS."""
        found = _TOPIC.fullmatch(arn)
        domain = None if found is None else _DOMAINS.get(found["partition"])
        if found is None or domain is None:
            reason = "it must be the ARN of a topic, as in arn:aws:sns:eu-west-1:123456789012:events"
            raise InvalidSetting("topic_arns", arn, reason)
        region = found["region"]
        # OBSERVED: SnsHostProvider.java of aws-sdk-java-v2 has the names of all regions: the first form in most, the
        # second in regions that must be enabled, the third in China; GovCloud has one name for both of its regions.
        names = {f"sns.{domain}", f"sns-signing.{region}.{domain}", f"sns-{region}.{domain}"}
        if found["partition"] == "aws-us-gov":
            names.add(f"sns-us-gov-west-1.{domain}")
        return cls(arn, f"https://sns.{region}.{domain}", frozenset(names))


def read_envelope(message: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a message; raises InvalidSignature for what is no JSON object with every name once."""
    if isinstance(message, Mapping):
        return dict(message)
    if not isinstance(message, bytes | str):
        raise TypeError(f"message must be bytes, str or a mapping, not {type(message).__name__}")
    try:
        text = message.decode("utf-8") if isinstance(message, bytes) else message
        found = json.loads(text, object_pairs_hook=_each_name_once)
    except (ValueError, RecursionError) as error:
        if isinstance(error, InvalidSignature):
            raise
        raise InvalidSignature("", "is not JSON in UTF-8") from None
    if not isinstance(found, dict):
        raise InvalidSignature("", "is not a JSON object")
    return found


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; which of two values counts, readers decide differently."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidSignature("", "has a name twice in one object")
    return found


def text_of(envelope: Mapping[str, Any], name: str) -> str:
    """Return a field that must be text, and one line unless it is Message; raises InvalidSignature."""
    value = envelope.get(name)
    if value is None:
        raise InvalidSignature(name, "is missing")
    if not isinstance(value, str):
        raise InvalidSignature(name, "is not text")
    # Names and values are joined by line feeds and not escaped. As long as only Message has some, which is signed first
    # and is followed by lines of known names, no message can be divided into other fields with the same signature.
    if name != "Message" and _CONTROL.search(value):
        raise InvalidSignature(name, "has a line break or another control character")
    return value


def type_of(envelope: Mapping[str, Any]) -> str:
    """Return the type of a message; raises InvalidSignature for one whose signed fields are not known."""
    kind = text_of(envelope, "Type")
    if kind not in SIGNED:
        raise InvalidSignature("Type", f"is not one of {', '.join(SIGNED)}")
    return kind


def string_to_sign(envelope: Mapping[str, Any]) -> bytes:
    r"""Return what is signed: name, line feed, value, line feed of each signed field; raises InvalidSignature.

    `Subject` is signed where there is one.

    >>> fields = {"MessageId": "1", "Timestamp": "2026-11-28T12:00:00.000Z", "TopicArn": "arn", "Type": "Notification"}
    >>> string_to_sign({"Message": "Hello", **fields})
    b'Message\nHello\nMessageId\n1\nTimestamp\n2026-11-28T12:00:00.000Z\nTopicArn\narn\nType\nNotification\n'
    """
    lines: list[str] = []
    for name in SIGNED[type_of(envelope)]:
        if name == "Subject" and envelope.get(name) is None:
            continue
        lines += (name, text_of(envelope, name))
    try:
        return "".join([f"{line}\n" for line in lines]).encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidSignature("", "has a lone surrogate, which is no character") from None


def topics_of(topic_arns: Collection[str]) -> dict[str, Topic]:
    """Return the expected topics by their ARNs; raises InvalidSetting for a malformed one, TypeError for no list."""
    if isinstance(topic_arns, str | bytes) or not isinstance(topic_arns, Collection):
        raise TypeError(f"topic_arns must be a collection of str, not {type(topic_arns).__name__}")
    if not all(isinstance(arn, str) for arn in topic_arns):
        raise TypeError("topic_arns must be a collection of str")
    return {arn: Topic.of(arn) for arn in topic_arns}


def checked_origin(endpoint_url: str) -> str:
    """Return scheme, host and port of a local SNS; raises InvalidSetting for anything else in the URL."""
    origin = endpoint_url.removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        reason = "it must be scheme, host and port, as in http://127.0.0.1:4566"
        raise InvalidSetting("endpoint_url", endpoint_url, reason)
    return origin


def certificate_url_of(envelope: Mapping[str, Any], topic: Topic, local_origin: str | None) -> str:
    """Return the URL of the certificate if SNS serves it from the topic's region; raises InvalidSignature.

    The whole text is compared: there is no port, no user, no query and no other spelling of the host to be deceived by.
    """
    given = [text_of(envelope, name) for name in _CERTIFICATE_FIELDS if envelope.get(name) is not None]
    if len(given) != 1:
        raise InvalidSignature(_CERTIFICATE_FIELDS[0], "is missing" if not given else "is there in two spellings")
    url = given[0]
    origin = topic.origin if local_origin is None else local_origin
    form = _CERTIFICATE if local_origin is None else _LOCAL_CERTIFICATE
    if not url.startswith(origin) or not form.fullmatch(url, len(origin)):
        reason = f"is not {origin}{'' if local_origin is None else '/...'}/SimpleNotificationService-<hexadecimal>.pem"
        raise InvalidSignature(_CERTIFICATE_FIELDS[0], reason)
    return url


def subscribe_url_of(envelope: Mapping[str, Any], topic: Topic, local_origin: str | None) -> str:
    """Return the URL that confirms a subscription to the topic, and does nothing else; raises InvalidSignature."""
    url = text_of(envelope, "SubscribeURL")
    origin = topic.origin if local_origin is None else local_origin
    found = _SUBSCRIBE.fullmatch(url, len(origin)) if url.startswith(origin) else None
    expected = [("Action", "ConfirmSubscription"), ("Token", text_of(envelope, "Token")), ("TopicArn", topic.arn)]
    # AuthenticateOnUnsubscribe is the only further parameter of the operation.
    if found is None or sorted(parse_qsl(found["query"], keep_blank_values=True)) != expected:
        reason = f"is not {origin}/?Action=ConfirmSubscription with the message's TopicArn and Token"
        raise InvalidSignature("SubscribeURL", reason)
    return url


def timestamp_of(envelope: Mapping[str, Any]) -> datetime:
    """Return when the message was published; raises InvalidSignature."""
    text = text_of(envelope, "Timestamp")
    if _TIMESTAMP.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise InvalidSignature("Timestamp", "is not a time in UTC, as in 2026-11-28T12:00:00.000Z")
