"""Whether an SNS message is from the topic that it names: `verify_sns`; saying yes to it: `confirm_subscription`.

A signature alone says that SNS signed, not for whom: everybody's topics are signed with the same key. So the topics
that are expected must be named, and an attacker's own topic is refused before anything is fetched. The host that may
serve the certificate follows from the expected topic's region, not from the message.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sesmime.errors import InvalidSignature
from sesmime.ses.events.certificates import (
    CertificateCache,
    check_pem,
    download,
    fetched,
    needs_cryptography,
    signing_key,
)
from sesmime.ses.events.envelopes import (
    SUBSCRIPTION_CONFIRMATION,
    Topic,
    certificate_url_of,
    checked_origin,
    read_envelope,
    string_to_sign,
    subscribe_url_of,
    text_of,
    timestamp_of,
    topics_of,
    type_of,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

# The versions of signatures: 1 is SHA-1, 2 is SHA-256, both RSA with the padding of PKCS #1 v1.5.
VERSIONS: Final = (1, 2)
# How far the clocks of SNS and of this machine may differ where the age of a message is limited.
_CLOCK_SKEW: Final = timedelta(minutes=5)

# The certificates of AWS, one set for the process. Calls with a `fetch` of their own do not see them.
CERTIFICATES: Final = CertificateCache()


def verify_sns(
    message: bytes | str | Mapping[str, Any],
    *,
    topic_arns: Collection[str],
    versions: Collection[int] = VERSIONS,
    max_age: timedelta | None = None,
    fetch: Callable[[str], bytes] | None = None,
    trusted_certificates: bytes | None = None,
    certificate: bytes | None = None,
    endpoint_url: str | None = None,
    now: datetime | None = None,
) -> None:
    r"""Make sure that a message was signed by Amazon SNS for one of the expected topics; return None.

    `message` is the body of the HTTP request or of the queue's message, or its JSON as a mapping, `Records[].Sns` of
    Lambda too. `topic_arns` are the topics that may send. `versions=(2,)` asks for SHA-256; version 1 is SHA-1 and the
    default of a topic. `max_age` refuses replays of messages that were published earlier (their `Timestamp`; SNS's own
    retries have the first one's) or more than five minutes from now. What is not signed: `UnsubscribeURL` and
    `MessageAttributes`.

    The certificate must be served by SNS in the topic's region, be issued to SNS and be valid `now`. `fetch` gets it
    (a URL in, PEM out); by default over HTTPS without redirects, and it is kept for a day; another one may be put in a
    `CertificateCache`. SNS serves no chain. With `trusted_certificates`, Amazon's issuing certificates or their roots
    in PEM, a chain to one of them must be there too.

    For a stand-in for SNS, never for AWS: `certificate` (PEM) is the one it signs with, whatever `SigningCertURL` says;
    `endpoint_url` ("http://127.0.0.1:4566") is where it serves from in place of AWS. Then the names in the certificate
    are not checked.

    Raises InvalidSignature for a message that is not accepted, and nothing else for its content; what `fetch` raises
    where the certificate cannot be got now (by default OSError; let SNS try again then); InvalidSetting and TypeError
    for wrong options; ImportError without the extra `sns`.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

    >>> verify_sns(b"{}", topic_arns=["arn:aws:sns:eu-west-1:123456789012:events"])
    Traceback (most recent call last):
    ...
    sesmime.errors.InvalidSignature: the SNS message is not accepted: its Type is missing
    """
    verifier = SnsVerifier(
        topic_arns=topic_arns,
        versions=versions,
        max_age=max_age,
        fetch=fetch,
        trusted_certificates=trusted_certificates,
        certificate=certificate,
        endpoint_url=endpoint_url,
    )
    verifier.verify(message, now=now)


def confirm_subscription(
    message: bytes | str | Mapping[str, Any],
    *,
    topic_arns: Collection[str],
    visit: Callable[[str], object] | None = None,
    versions: Collection[int] = VERSIONS,
    max_age: timedelta | None = None,
    fetch: Callable[[str], bytes] | None = None,
    trusted_certificates: bytes | None = None,
    certificate: bytes | None = None,
    endpoint_url: str | None = None,
    now: datetime | None = None,
) -> None:
    """Verify a SubscriptionConfirmation as `verify_sns` does, then confirm it: visit its SubscribeURL.

    `visit` is called with the URL; by default it is opened over HTTPS. It must be SNS's in the topic's region, and
    confirm a subscription to that very topic. An UnsubscribeConfirmation is refused: visiting its URL would subscribe
    again. Raises what `verify_sns` raises, and what `visit` raises (by default OSError).
    """
    verifier = SnsVerifier(
        topic_arns=topic_arns,
        versions=versions,
        max_age=max_age,
        fetch=fetch,
        trusted_certificates=trusted_certificates,
        certificate=certificate,
        endpoint_url=endpoint_url,
    )
    verifier.confirm(message, visit=visit, now=now)


class SnsVerifier:
    """The options of `verify_sns`, checked once: for programs that verify many messages.

    Raises InvalidSetting and TypeError for wrong options. It may be used in several threads.

    >>> verifier = SnsVerifier(topic_arns=["arn:aws:sns:eu-west-1:123456789012:events"])
    >>> verifier.verify(body)  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        topic_arns: Collection[str],
        versions: Collection[int] = VERSIONS,
        max_age: timedelta | None = None,
        fetch: Callable[[str], bytes] | None = None,
        trusted_certificates: bytes | None = None,
        certificate: bytes | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        self._topics = topics_of(topic_arns)
        if not isinstance(versions, Collection) or not versions or any(one not in VERSIONS for one in versions):
            raise TypeError("versions must be a collection of 1 and 2")
        if max_age is not None and not isinstance(max_age, timedelta):
            raise TypeError(f"max_age must be a timedelta, not {type(max_age).__name__}")
        self._versions = {str(version): version for version in versions}
        self._max_age = max_age
        self._fetch = CERTIFICATES if fetch is None else fetch
        self._trusted = trusted_certificates
        self._certificate = certificate
        self._local_origin = None if endpoint_url is None else checked_origin(endpoint_url)

    def verify(self, message: bytes | str | Mapping[str, Any], *, now: datetime | None = None) -> None:
        """Verify a message as `verify_sns` does, and raise what it raises."""
        self._verified(read_envelope(message), now)

    def confirm(
        self,
        message: bytes | str | Mapping[str, Any],
        *,
        visit: Callable[[str], object] | None = None,
        now: datetime | None = None,
    ) -> None:
        """Confirm a subscription as `confirm_subscription` does, and raise what it raises."""
        envelope = read_envelope(message)
        if type_of(envelope) != SUBSCRIPTION_CONFIRMATION:
            raise InvalidSignature("Type", f"is not {SUBSCRIPTION_CONFIRMATION}")
        topic = self._verified(envelope, now)
        url = subscribe_url_of(envelope, topic, self._local_origin)
        (download if visit is None else visit)(url)

    def _verified(self, envelope: Mapping[str, Any], now: datetime | None) -> Topic:
        """Return the topic that a message is from. All that can be refused without a certificate comes first."""
        type_of(envelope)
        topic = self._topics.get(text_of(envelope, "TopicArn"))
        if topic is None:
            raise InvalidSignature("TopicArn", "is not one of the expected topics")
        version = self._versions.get(text_of(envelope, "SignatureVersion"))
        if version is None:
            raise InvalidSignature("SignatureVersion", f"is not {' or '.join(self._versions)}")
        signed = string_to_sign(envelope)
        signature = _signature_of(envelope)
        published = timestamp_of(envelope)
        now = datetime.now(UTC) if now is None else now
        if self._max_age is not None and not -_CLOCK_SKEW <= now - published <= self._max_age:
            raise InvalidSignature("Timestamp", f"is not within {self._max_age} before now")
        _check_signature(self._key(envelope, topic, now), signature, signed, version)
        return topic

    def _key(self, envelope: Mapping[str, Any], topic: Topic, now: datetime) -> RSAPublicKey:
        if self._trusted is not None:
            check_pem("trusted_certificates", self._trusted)
        if self._certificate is not None:
            check_pem("certificate", self._certificate)
            return signing_key(self._certificate, names=None, at=now, trusted_certificates=self._trusted)
        url = certificate_url_of(envelope, topic, self._local_origin)
        names = topic.certificate_names if self._local_origin is None else None
        try:
            return signing_key(fetched(url, self._fetch), names=names, at=now, trusted_certificates=self._trusted)
        except InvalidSignature:
            if isinstance(self._fetch, CertificateCache):
                self._fetch.forget(url)  # what was served may have been a passing fault
            raise


def _signature_of(envelope: Mapping[str, Any]) -> bytes:
    text = text_of(envelope, "Signature")
    try:
        signature = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise InvalidSignature("Signature", "is not base64") from None
    if not signature or base64.b64encode(signature).decode("ascii") != text:
        raise InvalidSignature("Signature", "is not base64 in its one form")
    return signature


def _check_signature(key: RSAPublicKey, signature: bytes, signed: bytes, version: int) -> None:
    try:
        from cryptography.exceptions import InvalidSignature as Mismatch
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    except ImportError as error:
        needs_cryptography(error)
    algorithm = hashes.SHA1() if version == 1 else hashes.SHA256()  # noqa: S303  # nosec B303  # AWS's default until it is changed
    try:
        key.verify(signature, signed, PKCS1v15(), algorithm)
    except Mismatch:
        raise InvalidSignature("Signature", "does not match the message") from None
    except UnsupportedAlgorithm:
        raise InvalidSignature("SignatureVersion", f"{version} is not supported by this machine's OpenSSL") from None
