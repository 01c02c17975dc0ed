"""The certificates that Amazon SNS signs with: fetched, kept in memory, and checked.

What AWS serves is one certificate without those that issued it, so that a chain cannot be built from it alone. Trust
comes from where it is served: `https://sns.<region>.amazonaws.com`, whose own TLS certificate is checked against the
system's roots. AWS's newest validator (aws-sdk-java-v2, `sns-message-manager`) checks the same: the host, the names in
the certificate, and its dates. Whoever keeps Amazon's root and issuing certificates can have the chain checked too.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NoReturn

from sesmime.errors import InvalidSetting, InvalidSignature

if TYPE_CHECKING:
    from types import ModuleType

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

# A certificate of SNS has about 2,100 octets.
MAX_CERTIFICATE: Final = 64 * 1024
_TIMEOUT: Final = 10.0  # seconds
_FIELD: Final = "SigningCertURL"
_MIN_KEY: Final = 2048  # bits, as all certificates of public authorities have at least
# Answers that say "not now", unlike the other 4xx: the certificate may be there all the same.
_PASSING: Final = (408, 425, 429)


def needs_cryptography(error: ImportError) -> NoReturn:
    """Raise what says how to install the extra."""
    raise ImportError("signatures of SNS need cryptography: pip install 'sesmime[sns]'") from error


def download(url: str, *, timeout: float = _TIMEOUT, max_bytes: int = MAX_CERTIFICATE) -> bytes:
    """Return what an http or https URL answers: `timeout` in seconds, at most `max_bytes` octets, no redirect followed.

    Proxies are those of the environment. Raises OSError (URLError, HTTPError) where there is no such answer.
    """
    from urllib import request

    # Put together by hand: the usual opener follows redirects, and opens files and FTP too.
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
        request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    with opener.open(url, timeout=timeout) as response:
        answer: bytes = response.read(max_bytes + 1)
    if len(answer) > max_bytes:
        raise OSError(f"the answer has more than {max_bytes:,} octets")
    return answer


class CertificateCache:
    """Fetches certificates and keeps them in memory: the ones used last, each for a time. Safe in several threads.

    `fetch` gets what is not kept, by default over HTTPS; `max_certificates` are kept, each for `max_age`. What `fetch`
    raises is passed on, and nothing is kept then.

    >>> cache = CertificateCache(lambda url: b"certificate")
    >>> cache("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem")
    b'certificate'
    """

    def __init__(
        self,
        fetch: Callable[[str], bytes] | None = None,
        *,
        max_certificates: int = 32,
        max_age: timedelta = timedelta(hours=24),
    ) -> None:
        self._fetch = download if fetch is None else fetch
        self._max_certificates = max_certificates
        self._max_age = max_age.total_seconds()
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, url: str) -> bytes:
        """Return the certificate at a URL, in PEM."""
        now = time.monotonic()
        with self._lock:
            until, certificate = self._kept.get(url, (now, b""))
            if now < until:
                self._kept.move_to_end(url)
                return certificate
        certificate = self._fetch(url)  # not under the lock: one slow answer must not hold up the others
        with self._lock:
            self._kept[url] = now + self._max_age, certificate
            self._kept.move_to_end(url)
            while len(self._kept) > self._max_certificates:
                self._kept.popitem(last=False)
        return certificate

    def forget(self, url: str) -> None:
        """Let go of the certificate at a URL, so that it is fetched again."""
        with self._lock:
            self._kept.pop(url, None)


def fetched(url: str, fetch: Callable[[str], bytes]) -> bytes:
    """Return the certificate at a URL; raises InvalidSignature where there is none, OSError where it is not known."""
    try:
        return fetch(url)
    except OSError as error:
        code = getattr(error, "code", None)  # urllib's HTTPError has it
        if isinstance(code, int) and 400 <= code < 500 and code not in _PASSING:
            getattr(error, "close", int)()
            raise InvalidSignature(_FIELD, f"leads to no certificate (HTTP {code})") from None
        raise


def check_pem(option: str, pem: bytes) -> None:
    """Make sure that an option holds certificates; raises InvalidSetting."""
    try:
        from cryptography.x509 import load_pem_x509_certificates
    except ImportError as error:
        needs_cryptography(error)
    try:
        load_pem_x509_certificates(pem)
    except (ValueError, TypeError):
        raise InvalidSetting(option, pem, "it must be bytes of certificates in PEM") from None


def signing_key(
    pem: bytes, *, names: Collection[str] | None, at: datetime, trusted_certificates: bytes | None = None
) -> RSAPublicKey:
    """Return the key of a certificate that is valid at a time and issued to one of `names` (None: to anybody).

    With `trusted_certificates` (PEM) a chain must lead from the certificate to one of these; further certificates in
    `pem` are taken for intermediate ones. Raises InvalidSignature.
    """
    try:
        from cryptography import x509
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    except ImportError as error:
        needs_cryptography(error)
    try:
        leaf, *intermediates = x509.load_pem_x509_certificates(pem)
        key = leaf.public_key()
        issued_to = _names_of(leaf, x509)
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise InvalidSignature(_FIELD, "leads to no readable certificate") from None
    if not leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc:
        validity = f"{leaf.not_valid_before_utc:%Y-%m-%d} to {leaf.not_valid_after_utc:%Y-%m-%d}"
        raise InvalidSignature(_FIELD, f"leads to a certificate that is valid only from {validity}")
    fitting = [name for name in issued_to if names is None or name in names]
    if not fitting:
        raise InvalidSignature(_FIELD, "leads to a certificate that is not issued to Amazon SNS")
    if not isinstance(key, RSAPublicKey) or key.key_size < _MIN_KEY:
        raise InvalidSignature(_FIELD, f"leads to a certificate without an RSA key of at least {_MIN_KEY} bits")
    if trusted_certificates is not None:
        _check_chain(leaf, intermediates, fitting[0], at, x509.load_pem_x509_certificates(trusted_certificates))
    return key


def _names_of(certificate: Certificate, x509: ModuleType) -> list[str]:
    """Return the DNS names that a certificate is issued to; without any, the common name, as TLS once took it."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return [str(attribute.value) for attribute in common]
    names: list[str] = found.value.get_values_for_type(x509.DNSName)
    return names


def _check_chain(
    leaf: Certificate, intermediates: list[Certificate], name: str, at: datetime, trusted: list[Certificate]
) -> None:
    """Have a chain built as TLS builds it (RFC 5280, and what browsers ask for)."""
    from cryptography.x509 import DNSName
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

    try:
        verifier = PolicyBuilder().store(Store(trusted)).time(at).build_server_verifier(DNSName(name))
        verifier.verify(leaf, intermediates)
    except (VerificationError, ValueError):
        reason = "leads to a certificate from which no chain leads to one of the trusted certificates"
        raise InvalidSignature(_FIELD, reason) from None
