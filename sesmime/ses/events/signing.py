"""Signing as Amazon SNS does, with a key of one's own: for tests, and for servers that stand in for AWS."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict

from sesmime.errors import InvalidSetting
from sesmime.ses.events.carrying import Sign
from sesmime.ses.events.certificates import needs_cryptography
from sesmime.ses.events.envelopes import checked_origin, string_to_sign

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_NAME: Final = "sns.amazonaws.com"
_KEY_BITS: Final = 2048


class SigningOptions(TypedDict):
    """The options of `carried` that sign what it makes."""

    sign: Sign
    signature_version: Literal["1", "2"]
    signing_cert_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnsSigner:
    """A key with its certificate, and the URL that the certificate has in signed messages.

    `certificate` is PEM. `fetch` may be given to `verify_sns`, as may `certificate` itself.

    >>> signer = SnsSigner.make(region="eu-west-1")  # doctest: +SKIP
    >>> message = signer.sign(envelope)  # doctest: +SKIP
    >>> verify_sns(message, topic_arns=[envelope["TopicArn"]], fetch=signer.fetch)  # doctest: +SKIP
    """

    certificate: bytes = field(repr=False)
    certificate_url: str
    key: RSAPrivateKey = field(repr=False)

    @classmethod
    def make(
        cls,
        *,
        region: str = "us-east-1",
        endpoint_url: str | None = None,
        name: str = _NAME,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> SnsSigner:
        """Make a key and a certificate that is signed with it and issued to `name`.

        Its URL is AWS's of a region, or that of a local server at `endpoint_url`. It is valid from an hour ago for 30
        days unless told. Raises ImportError without the extra `sns`, InvalidSetting for an `endpoint_url` that is more
        than scheme, host and port.
        """
        origin = f"https://sns.{region}.amazonaws.com" if endpoint_url is None else checked_origin(endpoint_url)
        try:
            from cryptography import x509
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
            from cryptography.hazmat.primitives.serialization import Encoding
        except ImportError as error:
            needs_cryptography(error)
        key = generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        start = datetime.now(UTC) - timedelta(hours=1) if not_before is None else not_before
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=30) if not_after is None else not_after)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        print_of = certificate.fingerprint(hashes.SHA256()).hex()[:32]
        return cls(
            certificate=certificate.public_bytes(Encoding.PEM),
            certificate_url=f"{origin}/SimpleNotificationService-{print_of}.pem",
            key=key,
        )

    def sign(self, message: Mapping[str, Any], *, version: int = 2) -> dict[str, Any]:
        """Return a message with its signature, by SHA-1 (`version` 1) or SHA-256 (2), and the certificate's URL.

        Raises InvalidSignature for a message that lacks what is signed, InvalidSetting for another version.
        """
        rest = {name: value for name, value in message.items() if name != "SigningCertUrl"}
        told = {"SignatureVersion": str(version), "SigningCertURL": self.certificate_url}
        return {**rest, **told, "Signature": self.signature({**rest, **told})}

    def signature(self, message: Mapping[str, Any]) -> str:
        """Return the signature of a message, in base64, by its SignatureVersion; raises as `sign` does."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        version = message.get("SignatureVersion")
        if version not in ("1", "2"):
            raise InvalidSetting("version", version, "it must be 1 or 2")
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303  # nosec B303  # what version 1 is
        signature = self.key.sign(string_to_sign(message), PKCS1v15(), algorithm)
        return base64.b64encode(signature).decode("ascii")

    def options(self, *, version: Literal[1, 2] = 2) -> SigningOptions:
        """Return the options with which `carried` signs what it makes.

        >>> carried(record, Carrier.SNS, topic_arn=topic, **signer.options())  # doctest: +SKIP
        """
        return {
            "sign": self.signature,
            "signature_version": "1" if version == 1 else "2",
            "signing_cert_url": self.certificate_url,
        }

    def fetch(self, url: str) -> bytes:
        """Return the certificate for its URL. Raises FileNotFoundError, which is an OSError, for any other."""
        if url != self.certificate_url:
            raise FileNotFoundError(url)
        return self.certificate
