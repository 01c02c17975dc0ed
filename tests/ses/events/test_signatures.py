"""Signatures of SNS: what is signed by an expected topic's SNS is taken, and nothing else is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

pytest.importorskip("cryptography")

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from sesmime.errors import InvalidSetting
from sesmime.events import CertificateCache, InvalidSignature, SnsSigner, confirm_subscription, verify_sns
from sesmime.ses.events import certificates, signatures
from tests.ses.events.sns import (
    ORIGIN,
    PATH,
    SUBSCRIBE,
    TOKEN,
    TOPIC,
    confirmation,
    notification,
    refused,
    signer,
    stranger,
    verify,
)

pytestmark = pytest.mark.edges
VERSIONS = pytest.mark.parametrize("version", [1, 2])
MESSAGES: dict[str, dict[str, Any]] = {
    "a notification": notification(),
    "without a subject": notification(Subject=None),
    "beyond ASCII": notification(Message="Grüße 🙂\r\n\x00\tend", Subject="Zoë"),
    "an empty message": notification(Message=""),
    "lines like those that are signed": notification(Message="a\nMessageId\nb\nType\nSubscriptionConfirmation\n"),
    "a subscription": confirmation(),
    "the end of one": confirmation(Type="UnsubscribeConfirmation"),
}
EVERY = pytest.mark.parametrize("message", MESSAGES.values(), ids=[*MESSAGES])


class TestWhatIsTaken:
    @VERSIONS
    @EVERY
    def test_what_was_signed_by_the_expected_topic_verifies(self, message: dict[str, Any], version: int) -> None:
        signed = signer().sign(message, version=version)
        for given in (signed, MappingProxyType(signed), json.dumps(signed), json.dumps(signed, indent=2).encode()):
            verify(given)
            verify(given, versions=(version,), topic_arns={"arn:aws:sns:us-east-1:123456789012:other", TOPIC})

    def test_the_spelling_of_lambda_verifies(self) -> None:
        signed = signer().sign(notification(Subject=None))
        url = signed.pop("SigningCertURL")
        verify({**signed, "SigningCertUrl": url, "Subject": None, "MessageAttributes": {}})

    def test_the_certificate_is_asked_for_at_the_url_of_the_message(self) -> None:
        asked: list[str] = []

        def fetch(url: str) -> bytes:
            asked.append(url)
            return signer().fetch(url)

        signed = signer().sign(notification())
        verify(signed, fetch=fetch)
        assert asked == [signed["SigningCertURL"]]
        assert asked[0].startswith(f"{ORIGIN}/SimpleNotificationService-")

    @pytest.mark.parametrize(
        ("arn", "origin", "name"),
        [
            ("arn:aws:sns:us-east-1:123456789012:a", "https://sns.us-east-1.amazonaws.com", "sns.amazonaws.com"),
            (
                "arn:aws:sns:eu-south-2:123456789012:a",
                "https://sns.eu-south-2.amazonaws.com",
                "sns-signing.eu-south-2.amazonaws.com",
            ),
            (
                "arn:aws-cn:sns:cn-north-1:123456789012:a",
                "https://sns.cn-north-1.amazonaws.com.cn",
                "sns-cn-north-1.amazonaws.com.cn",
            ),
            (
                "arn:aws-us-gov:sns:us-gov-east-1:123456789012:a",
                "https://sns.us-gov-east-1.amazonaws.com",
                "sns-us-gov-west-1.amazonaws.com",
            ),
        ],
    )
    def test_every_region_has_its_host_and_its_name(self, arn: str, origin: str, name: str) -> None:
        one = SnsSigner.make(name=name)
        signed = one.sign(notification(TopicArn=arn)) | {"SigningCertURL": f"{origin}/SimpleNotificationService-0a.pem"}
        verify(signed, topic_arns=[arn], fetch=lambda url: one.certificate)
        elsewhere = signed | {"SigningCertURL": f"{ORIGIN}/SimpleNotificationService-0a.pem"}
        assert refused(elsewhere, topic_arns=[arn], fetch=lambda url: one.certificate).field == "SigningCertURL"
        # The name of another region is none of this one.
        signed = signer().sign(notification())
        if name != "sns.amazonaws.com":
            assert refused(signed, fetch=lambda url: one.certificate).reason.endswith("not issued to Amazon SNS")


def changed(**fields: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change of fields after signing; None leaves one out."""

    def change(signed: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in (signed | fields).items() if value is not None}

    return change


def resigned(**fields: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change that is signed with AWS's key, as a message of somebody else's topic is."""
    return lambda signed: signer().sign(signed | fields)


def with_url(url: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return changed(SigningCertURL=url)


HOST = "sns.eu-west-1.amazonaws.com"
# Each: what is changed, and the field that is told.
FORGERIES: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "another host": (with_url(f"https://sns.eu-west-1.amazonaws.com.evil.example{PATH}"), "SigningCertURL"),
    "a host of another customer": (with_url(f"https://bucket.s3.amazonaws.com{PATH}"), "SigningCertURL"),
    "another path": (with_url(f"https://{HOST}/evil{PATH}"), "SigningCertURL"),
    "another file": (with_url(f"https://{HOST}/SimpleNotificationService-0a1b.txt"), "SigningCertURL"),
    "another topic": (resigned(TopicArn="arn:aws:sns:eu-west-1:666666666666:ses-events"), "TopicArn"),
    "the topic of another region": (resigned(TopicArn="arn:aws:sns:eu-west-2:123456789012:ses-events"), "TopicArn"),
    "another key": (lambda signed: stranger().sign(signed), "Signature"),
    "a changed message": (changed(Message="{}"), "Signature"),
    "a changed subject": (changed(Subject="Hi"), "Signature"),
    "no subject": (changed(Subject=None), "Signature"),
    "a changed time": (changed(Timestamp="2026-11-28T12:00:01.000Z"), "Signature"),
    "a changed identifier": (changed(MessageId="22b80b92-fdea-4c2c-8f9d-bdfb0c7bf325"), "Signature"),
    "a swapped type": (
        changed(Type="SubscriptionConfirmation", Token=TOKEN, SubscribeURL=SUBSCRIBE),
        "Signature",
    ),
    "a type that is none": (changed(Type="notification"), "Type"),
    "plain http": (with_url(f"http://{HOST}{PATH}"), "SigningCertURL"),
    "a file": (with_url(f"file:///tmp{PATH}"), "SigningCertURL"),
    "a port": (with_url(f"https://{HOST}:443{PATH}"), "SigningCertURL"),
    "a user": (with_url(f"https://{HOST}@evil.example{PATH}"), "SigningCertURL"),
    "a user before the host": (with_url(f"https://evil.example@{HOST}{PATH}"), "SigningCertURL"),
    "a backslash": (with_url(f"https://evil.example\\@{HOST}{PATH}"), "SigningCertURL"),
    "a query": (with_url(f"https://{HOST}{PATH}?a=.pem"), "SigningCertURL"),
    "the path in the query": (with_url(f"https://{HOST}/?a={PATH}"), "SigningCertURL"),
    "a fragment": (with_url(f"https://{HOST}{PATH}#.pem"), "SigningCertURL"),
    "dots": (with_url(f"https://{HOST}/../SimpleNotificationService-..%2f0a.pem"), "SigningCertURL"),
    "a line break after the URL": (with_url(f"https://{HOST}{PATH}\n"), "SigningCertURL"),
    "a blank before the URL": (with_url(f" https://{HOST}{PATH}"), "SigningCertURL"),
    "a dot after the host": (with_url(f"https://{HOST}.{PATH}"), "SigningCertURL"),
    "a host in capitals": (with_url(f"https://{HOST.upper()}{PATH}"), "SigningCertURL"),
    "a host beyond ASCII": (with_url(f"https://sns.eu-west-1.amazonaws\u3002com{PATH}"), "SigningCertURL"),
    "digits beyond ASCII": (with_url(f"https://{HOST}/SimpleNotificationService-\u0661.pem"), "SigningCertURL"),
    "the host of another region": (with_url(f"https://sns.us-east-1.amazonaws.com{PATH}"), "SigningCertURL"),
    "the host of China": (with_url(f"https://{HOST}.cn{PATH}"), "SigningCertURL"),
    "no certificate": (changed(SigningCertURL=None), "SigningCertURL"),
    "two certificates": (changed(SigningCertUrl=f"https://{HOST}{PATH}"), "SigningCertURL"),
    "a certificate in a list": (changed(SigningCertURL=[f"https://{HOST}{PATH}"]), "SigningCertURL"),
    "no signature": (changed(Signature=None), "Signature"),
    "an empty signature": (changed(Signature=""), "Signature"),
    "a signature of another length": (changed(Signature="AAAA"), "Signature"),
    "no base64": (changed(Signature="!!!!"), "Signature"),
    "base64 without its end": (changed(Signature="AAAAA"), "Signature"),
    "a signature beyond ASCII": (changed(Signature="ÄÄÄÄ"), "Signature"),
    "the bits that base64 leaves over": (changed(Signature="AB=="), "Signature"),
    "no version": (changed(SignatureVersion=None), "SignatureVersion"),
    "version 3": (changed(SignatureVersion="3"), "SignatureVersion"),
    "a version that is a number": (changed(SignatureVersion=2), "SignatureVersion"),
    "the other version": (changed(SignatureVersion="1"), "Signature"),
    "no message": (changed(Message=None), "Message"),
    "no identifier": (changed(MessageId=None), "MessageId"),
    "no time": (changed(Timestamp=None), "Timestamp"),
    "no topic": (changed(TopicArn=None), "TopicArn"),
    "no type": (changed(Type=None), "Type"),
    "a message that is no text": (changed(Message={"eventType": "Send"}), "Message"),
    "a type in a list": (changed(Type=["Notification"]), "Type"),
    "a subject that is a number": (changed(Subject=1), "Subject"),
    "a lone surrogate": (changed(Message="\ud800"), ""),
    "a topic with a line break": (changed(TopicArn=f"{TOPIC}\n"), "TopicArn"),
    "a type with a line break": (changed(Type="Notification\n"), "Type"),
}


class TestForgeries:
    @pytest.mark.parametrize(("change", "field"), FORGERIES.values(), ids=[*FORGERIES])
    def test_a_forgery_is_refused_for_its_fault(
        self, change: Callable[[dict[str, Any]], dict[str, Any]], field: str
    ) -> None:
        signed = signer().sign(notification())
        verify(signed)
        forged = change(signed)
        error = refused(forged)
        assert error.field == field
        assert str(error).isprintable()
        assert refused(json.dumps(forged)).field == field

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("!!!!", "is not base64"),
            ("A=AA", "is not base64"),
            ("ÄÄÄÄ", "is not base64"),
            ("AB==", "is not base64 in its one form"),
            ("AAAA", "does not match the message"),
        ],
    )
    def test_a_signature_has_one_form(self, text: str, reason: str) -> None:
        assert str(refused(signer().sign(notification()) | {"Signature": text})).endswith(f"Signature {reason}")

    def test_the_type_is_told_before_what_depends_on_it(self) -> None:
        signed = signer().sign(notification())
        assert refused(signed | {"Type": "Other", "TopicArn": "arn:aws:sns:eu-west-1:1:x"}).field == "Type"

    @VERSIONS
    def test_fields_cannot_be_divided_anew_under_the_same_signature(self, version: int) -> None:
        def joined(fields: Mapping[str, Any]) -> str:
            names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
            return "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)

        message = notification(Subject=None, Message="a\nMessageId\nb")
        signed = signer().sign(message, version=version)
        moved = signed | {"Message": "a", "MessageId": f"b\nMessageId\n{message['MessageId']}"}
        assert joined(moved) == joined(signed)
        assert refused(moved).field == "MessageId"
        message = notification(Subject="Hi")
        signed = signer().sign(message, version=version)
        del (moved := dict(signed))["Subject"]
        moved["MessageId"] += "\nSubject\nHi"
        assert joined(moved) == joined(signed)
        assert refused(moved).field == "MessageId"

    def test_sha_1_is_refused_where_sha_256_is_asked_for(self) -> None:
        signed = signer().sign(notification(), version=1)
        verify(signed)
        assert refused(signed, versions=(2,)).field == "SignatureVersion"
        assert refused(signed | {"SignatureVersion": "2"}, versions=(2,)).field == "Signature"

    def test_no_topic_is_expected_unless_it_is_named(self) -> None:
        signed = signer().sign(notification())
        assert refused(signed, topic_arns=()).field == "TopicArn"
        assert refused(signed, topic_arns=[f"{TOPIC}-2"]).field == "TopicArn"

    @pytest.mark.parametrize(
        "text",
        [
            b"", "", b"null", b"[]", b'"text"', b"1", b"{", b"\xff\xfe{\x00}\x00", b"\xff", b"[" * 100_000,
            b'{"Type": ' * 100_000, b'{"a":' + b"1" * 10_000 + b"}",
        ],
    )  # fmt: skip
    def test_what_is_no_object_of_json_is_refused(self, text: bytes | str) -> None:
        assert refused(text).field in ("", "Type")

    def test_a_name_that_is_there_twice_is_refused(self) -> None:
        text = json.dumps(signer().sign(notification()))
        verify(text)
        for more in ('"Message": "{}", ', '"MessageAttributes": {"a": 1, "a": 2}, '):
            assert refused(text.replace("{", "{" + more, 1)).reason == "has a name twice in one object"

    def test_nothing_is_fetched_for_a_topic_that_is_not_expected_or_a_url_of_others(self) -> None:
        def fetch(url: str) -> bytes:
            raise AssertionError(url)

        for name in ("another host", "another path", "another topic", "no signature", "a port"):
            change, field = FORGERIES[name]
            assert refused(change(signer().sign(notification())), fetch=fetch).field == field


class TestAge:
    def test_a_message_is_taken_for_as_long_as_its_age_allows(self) -> None:
        published = datetime(2026, 11, 28, 12, tzinfo=UTC)
        given: Mapping[str, Any] = {"certificate": lasting().certificate, "max_age": timedelta(hours=1)}
        signed = lasting().sign(notification())
        for age in (timedelta(0), timedelta(hours=1), -timedelta(minutes=5)):
            verify(signed, now=published + age, **given)
        for age in (timedelta(hours=1, seconds=1), -timedelta(minutes=5, seconds=1), timedelta(days=300)):
            assert refused(signed, now=published + age, **given).field == "Timestamp"
        verify(signed, now=published + timedelta(days=300), certificate=lasting().certificate)

    @pytest.mark.parametrize("text", ["", "yesterday", "2026-11-28", "2026-13-28T12:00:00.000Z", "2026-11-28T12:00:00"])
    def test_a_time_that_is_none_is_refused(self, text: str) -> None:
        assert refused(signer().sign(notification(Timestamp=text))).field == "Timestamp"


@cache
def lasting() -> SnsSigner:
    """Return a signer whose certificate is valid for all times of the tests."""
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    return SnsSigner.make(region="eu-west-1", not_before=start, not_after=end)


class TestOptions:
    @pytest.mark.parametrize("arns", [TOPIC, TOPIC.encode(), None, 5, [TOPIC, None]])
    def test_topics_are_a_collection_of_texts(self, arns: Any) -> None:
        with pytest.raises(TypeError, match="topic_arns must be a collection of str"):
            verify(signer().sign(notification()), topic_arns=arns)

    @pytest.mark.parametrize(
        "arn",
        [
            "", "*", "arn:aws:sns:*:123456789012:a", "arn:aws:sqs:eu-west-1:123456789012:a", f"{TOPIC}\n", f"{TOPIC}:1",
            "arn:aws-mars:sns:eu-west-1:123456789012:a", "arn:aws:sns:evil.example/:123456789012:a",
        ],
    )  # fmt: skip
    def test_an_arn_that_is_none_of_a_topic_is_told(self, arn: str) -> None:
        with pytest.raises(InvalidSetting, match="it must be the ARN of a topic"):
            verify(signer().sign(notification()), topic_arns=[TOPIC, arn])

    @pytest.mark.parametrize(
        "url", ["", "127.0.0.1", "http://a/b", "http://a@b", "ftp://a", "http://a?b", "http://a\n"]
    )
    def test_an_endpoint_is_scheme_host_and_port(self, url: str) -> None:
        with pytest.raises(InvalidSetting, match="it must be scheme, host and port"):
            verify(signer().sign(notification()), endpoint_url=url)

    @pytest.mark.parametrize("option", ["certificate", "trusted_certificates"])
    def test_a_certificate_that_is_given_and_is_none_is_told(self, option: str) -> None:
        for pem in (b"", b"no certificate", "text"):
            with pytest.raises(InvalidSetting, match=f"{option} .*it must be bytes of certificates in PEM"):
                verify(signer().sign(notification()), **{option: pem})

    def test_wrong_options_are_told_whatever_the_message(self) -> None:
        with pytest.raises(TypeError, match="max_age must be a timedelta, not int"):
            verify(b"", max_age=60)
        with pytest.raises(InvalidSetting):
            verify(b"", topic_arns=["arn"])

    @pytest.mark.parametrize("versions", [(), (3,), ("2",), (1, 2, 3), 2])
    def test_versions_are_of_1_and_2(self, versions: Any) -> None:
        with pytest.raises(TypeError, match="versions must be a collection of 1 and 2"):
            verify(signer().sign(notification()), versions=versions)

    @pytest.mark.parametrize("message", [None, 5, ["{}"], bytearray(b"{}")])
    def test_a_message_of_another_type_is_told(self, message: Any) -> None:
        with pytest.raises(TypeError, match="message must be bytes, str or a mapping"):
            verify_sns(message, topic_arns=[TOPIC])

    def test_signing_needs_what_is_signed(self) -> None:
        with pytest.raises(InvalidSignature, match="its MessageId is missing"):
            signer().sign(notification(MessageId=None))
        with pytest.raises(InvalidSetting, match="it must be 1 or 2"):
            signer().sign(notification(), version=3)
        with pytest.raises(FileNotFoundError):
            signer().fetch("https://elsewhere.example/")

    def test_a_missing_extra_is_told_with_the_command_that_helps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        signed = signer().sign(notification())
        import sys

        for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "cryptography", None)
        for call in (lambda: verify(signed, fetch=lambda url: b""), SnsSigner.make):
            with pytest.raises(ImportError, match=r"pip install 'sesmime\[sns\]'"):
                call()
        # What is refused without a certificate is refused all the same.
        assert refused(signed, topic_arns=[]).field == "TopicArn"

    def test_an_openssl_without_sha_1_refuses_the_message_and_nothing_else_is_raised(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Strict:
            """The key of an OpenSSL whose policy has no SHA-1, as cryptography tells it."""

            def verify(self, signature: bytes, data: bytes, padding: object, algorithm: HashAlgorithm) -> None:
                raise UnsupportedAlgorithm(f"{algorithm.name} is not supported by this backend for RSA signing")

        monkeypatch.setattr(signatures, "signing_key", lambda pem, **options: Strict())
        told = refused(signer().sign(notification(), version=1))
        assert (told.field, told.reason) == ("SignatureVersion", "1 is not supported by this machine's OpenSSL")


def test_the_signature_is_the_one_that_openssl_checks() -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    text = (
        "Message\nHello\nMessageId\n1\nSubject\nHi\nTimestamp\n2026-11-28T12:00:00.000Z\n"
        f"TopicArn\n{TOPIC}\nType\nNotification\n"
    )
    key: Any = x509.load_pem_x509_certificate(signer().certificate).public_key()
    for version, algorithm in ((1, SHA1()), (2, SHA256())):
        signed = signer().sign(notification(Message="Hello", MessageId="1", Subject="Hi"), version=version)
        key.verify(base64.b64decode(signed["Signature"]), text.encode(), PKCS1v15(), algorithm)
        assert signed["SignatureVersion"] == str(version)
    text = (
        f"Message\nHello\nMessageId\n1\nSubscribeURL\n{SUBSCRIBE}\nTimestamp\n2026-11-28T12:00:00.000Z\n"
        f"Token\n{TOKEN}\nTopicArn\n{TOPIC}\nType\nSubscriptionConfirmation\n"
    )
    signed = signer().sign(confirmation(Message="Hello", MessageId="1"))
    key.verify(base64.b64decode(signed["Signature"]), text.encode(), PKCS1v15(), SHA256())


def test_by_default_the_certificate_is_downloaded_once_and_the_subscription_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def download(url: str) -> bytes:
        asked.append(url)
        return signer().certificate

    monkeypatch.setattr(certificates, "download", download)
    monkeypatch.setattr(signatures, "download", download)
    monkeypatch.setattr(signatures, "CERTIFICATES", CertificateCache())
    for message in (notification(), confirmation()):
        verify_sns(signer().sign(message), topic_arns=[TOPIC])
    assert asked == [signer().certificate_url]
    confirm_subscription(signer().sign(confirmation()), topic_arns=[TOPIC])
    assert asked == [signer().certificate_url, SUBSCRIBE]
