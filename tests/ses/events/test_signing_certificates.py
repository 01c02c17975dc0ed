"""The certificates of signatures: their time, their names, their chain, and where they come from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError

import pytest

pytest.importorskip("cryptography")

from sesmime.events import Carrier, CertificateCache, SnsSigner, carried
from tests.ses.events.sns import ORIGIN, PATH, TOPIC, notification, refused, signer, stranger, verify

pytestmark = pytest.mark.edges


class TestCertificates:
    @pytest.mark.parametrize(
        ("start", "end"), [(timedelta(days=-2), timedelta(days=-1)), (timedelta(days=1), timedelta(days=2))]
    )
    def test_a_certificate_is_refused_before_and_after_its_time(self, start: timedelta, end: timedelta) -> None:
        now = datetime.now(UTC)
        one = SnsSigner.make(region="eu-west-1", not_before=now + start, not_after=now + end)
        signed = one.sign(notification())
        error = refused(signed, fetch=one.fetch)
        assert error.field == "SigningCertURL"
        assert "is valid only from" in error.reason
        verify(signed, fetch=one.fetch, now=now + (start + end) / 2)
        # One that is given must be valid too.
        assert "is valid only from" in refused(signed, certificate=one.certificate).reason

    @pytest.mark.parametrize(
        "name", ["evil.example", "sns.amazonaws.com.evil.example", "*.amazonaws.com", "amazonaws.com"]
    )
    def test_a_certificate_of_somebody_else_is_refused(self, name: str) -> None:
        one = SnsSigner.make(region="eu-west-1", name=name)
        error = refused(one.sign(notification()), fetch=one.fetch)
        assert error.reason == "leads to a certificate that is not issued to Amazon SNS"

    @pytest.mark.parametrize("pem", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    def test_what_is_no_certificate_is_refused(self, pem: bytes) -> None:
        error = refused(signer().sign(notification()), fetch=lambda url: pem)
        assert error.reason == "leads to no readable certificate"

    def test_a_certificate_with_a_key_of_another_kind_is_refused(self) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
        from cryptography.hazmat.primitives.serialization import Encoding

        key = generate_private_key(SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)
        # Without a subject alternative name the common name counts, as in moto's certificates.
        certificate = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        built = certificate.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
        error = refused(signer().sign(notification()), fetch=lambda url: built.public_bytes(Encoding.PEM))
        assert error.reason == "leads to a certificate without an RSA key of at least 2048 bits"

    def test_one_that_is_given_is_used_whatever_the_url(self) -> None:
        signed = signer().sign(notification()) | {"SigningCertURL": "http://localhost/cert.pem"}
        verify(signed, certificate=signer().certificate)
        assert refused(signed, certificate=stranger().certificate).field == "Signature"

    def test_one_of_a_local_server_is_used_if_its_endpoint_is_named(self) -> None:
        endpoint = "http://127.0.0.1:4566"
        one = SnsSigner.make(endpoint_url=endpoint, name="LocalStack")
        signed = one.sign(notification())
        verify(signed, endpoint_url=endpoint, fetch=one.fetch)
        verify(signed, endpoint_url=f"{endpoint}/", fetch=one.fetch)
        for other in ("http://127.0.0.1:45", "http://127.0.0.1", "https://127.0.0.1:4566", None):
            assert refused(signed, endpoint_url=other, fetch=one.fetch).field == "SigningCertURL"
        for url in (f"{endpoint}@evil.example{PATH}", f"{endpoint}0{PATH}", f"{endpoint}/../{PATH}", f"{endpoint}/a"):
            assert refused(signed | {"SigningCertURL": url}, endpoint_url=endpoint).field == "SigningCertURL"
        below = signed | {"SigningCertURL": f"{endpoint}/_aws/sns{PATH}"}
        verify(below, endpoint_url=endpoint, fetch=lambda url: one.certificate)
        # AWS's own is none of this server.
        assert refused(signer().sign(notification()), endpoint_url=endpoint).field == "SigningCertURL"

    def test_a_certificate_that_is_not_there_is_a_forgery_and_a_server_that_fails_is_not(self) -> None:
        signed = signer().sign(notification())
        for code in (403, 404, 302, 429, 500, 503):

            def fetch(url: str, code: int = code) -> bytes:
                raise HTTPError(url, code, "no", {}, None)  # type: ignore[arg-type]

            if code in (403, 404):
                assert refused(signed, fetch=fetch).reason == f"leads to no certificate (HTTP {code})"
            else:
                with pytest.raises(HTTPError):
                    verify(signed, fetch=fetch)

        def offline(url: str) -> bytes:
            raise TimeoutError

        with pytest.raises(TimeoutError):
            verify(signed, fetch=offline)


class TestChain:
    def test_with_trusted_certificates_a_chain_must_lead_to_one_of_them(self) -> None:
        root, issuer, leaf = chain("sns.amazonaws.com")
        signed = leaf.sign(notification())
        alone, whole = leaf.certificate, leaf.certificate + issuer
        for served, trusted in ((alone, issuer), (alone, root + issuer), (whole, root)):
            verify(signed, fetch=lambda url, served=served: served, trusted_certificates=trusted)
        # AWS serves the certificate alone: from a root alone no chain can be built.
        other_root, other_issuer, _ = chain("sns.amazonaws.com")
        for served, trusted in ((alone, root), (whole, other_root), (alone, other_issuer), (whole + root, other_root)):
            error = refused(signed, fetch=lambda url, served=served: served, trusted_certificates=trusted)
            assert error.field == "SigningCertURL"
            assert "no chain leads" in error.reason
        own = signer().sign(notification())
        assert "no chain leads" in refused(own, trusted_certificates=root).reason


def chain(name: str) -> tuple[bytes, bytes, SnsSigner]:
    """Make a root, an issuing certificate, and a signer whose certificate that has issued."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID

    now = datetime.now(UTC)
    keys = [generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in ("Root", "Issuer", name)]
    made: list[bytes] = []
    for level, (key, subject) in enumerate(zip(keys, names, strict=True)):
        above = max(level - 1, 0)
        is_ca = level < 2
        usage = dict.fromkeys(
            (
                "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
                "decipher_only",
            ),
            False,
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder(names[above], subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **usage), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[above].public_key()), critical=False)
        )
        if not is_ca:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
            builder = builder.add_extension(server, critical=False)
        made.append(builder.sign(keys[above], hashes.SHA256()).public_bytes(Encoding.PEM))
    url = f"{ORIGIN}{PATH}"
    return made[0], made[1], SnsSigner(certificate=made[2], certificate_url=url, key=keys[2])


def test_the_certificate_is_fetched_again_when_it_was_none() -> None:
    answers = [b"<html>", signer().certificate]
    cache = CertificateCache(lambda url: answers.pop(0))
    signed = signer().sign(notification())
    assert refused(signed, fetch=cache).reason == "leads to no readable certificate"
    verify(signed, fetch=cache)
    verify(signed, fetch=cache)
    assert answers == []


@pytest.mark.parametrize("version", [1, 2])
def test_what_a_signer_gives_to_sign_with_verifies(version: Any) -> None:
    options = signer().options(version=version)
    record = {"eventType": "Send", "mail": {}, "send": {}}
    envelope: Any = carried(record, Carrier.SNS, topic_arn=TOPIC, **options)
    assert envelope["SignatureVersion"] == str(version)
    verify(envelope)
