"""Signatures made by dkimpy stay good through every edit of SES fields, and through `prepare`."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Interface,
    ListManagement,
    MessageTag,
    SesFields,
    prepare,
    prepend_field,
    remove_fields,
    strip_ses_fields,
    write_ses_fields,
)

pytestmark = pytest.mark.edges

MESSAGE = (
    b"From: Joe  <joe@a.example>\r\n"
    b"To: b@c.example,\r\n"
    b"\tzoe@d.example\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Bcc: e@f.example\r\n"
    b"Date: Mon, 01 Jan 2024 00:00:00 +0000\r\n"
    b"Message-ID: <1@a.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Gr\xc3\xbc\xc3\x9fe \t\r\n"
    b"X-SES-TENANT: body\r\n"
    b"\r\n\r\n"
)
# SES replaces Date and Message-ID and removes its own fields: they are not signed (facts/ses.md F).
SIGNED = [b"from", b"to", b"subject", b"mime-version", b"content-type"]
ALL = SesFields(
    configuration_set="shop",
    message_tags=tuple(MessageTag(f"name-{number}", "v" * 200) for number in range(8)),
    source_arn="arn:aws:ses:us-east-1:123456789012:identity/a.example",
    list_management=ListManagement("Weekly", "Offers"),
    tenant="acme",
)


@pytest.fixture(scope="module")
def keys() -> tuple[bytes, bytes]:
    """A private key in PEM, and the TXT record of its public key."""
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.fixture(params=["simple", "relaxed"])
def signed(keys: tuple[bytes, bytes], request: pytest.FixtureRequest) -> bytes:
    """The message with a signature in front."""
    dkim: Any = pytest.importorskip("dkim")
    kind = request.param.encode()
    signature: bytes = dkim.sign(
        MESSAGE, b"s", b"a.example", keys[0], include_headers=SIGNED, canonicalize=(kind, kind)
    )
    return signature + MESSAGE


@pytest.fixture
def verifies(keys: tuple[bytes, bytes]) -> Callable[[bytes], bool]:
    dkim: Any = pytest.importorskip("dkim")

    def record(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"s._domainkey.a.example."
        return keys[1]

    def check(message: bytes) -> bool:
        return bool(dkim.verify(message, dnsfunc=record))

    return check


class TestSignatures:
    def test_the_signature_is_good_and_notices_a_changed_byte(
        self, signed: bytes, verifies: Callable[[bytes], bool]
    ) -> None:
        assert verifies(signed)
        assert not verifies(signed.replace(b"b@c.example", b"x@c.example"))
        assert not verifies(signed.replace(b"SES-TENANT: body", b"SES-TENANT: boby"))

    def test_it_stays_good_when_fields_are_written_and_stripped(
        self, signed: bytes, verifies: Callable[[bytes], bool]
    ) -> None:
        written = write_ses_fields(signed, ALL)
        assert written != signed
        assert verifies(written)
        assert strip_ses_fields(written) == signed
        assert verifies(write_ses_fields(written, SesFields(tenant="other")))

    def test_it_stays_good_when_a_field_is_put_in_front_and_taken_away(
        self, signed: bytes, verifies: Callable[[bytes], bool]
    ) -> None:
        prepended = prepend_field(signed, "X-SES-TENANT", "acme")
        assert prepended.startswith(b"X-SES-TENANT: acme\r\nDKIM-Signature:")
        assert verifies(prepended)
        assert strip_ses_fields(prepended) == signed
        assert verifies(remove_fields(signed, "Bcc"))

    @pytest.mark.parametrize("interface", [Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP])
    def test_it_stays_good_when_the_message_is_prepared(
        self, signed: bytes, verifies: Callable[[bytes], bool], interface: Interface
    ) -> None:
        parameters = ApiParameters(configuration_set="other", message_tags=(MessageTag("a", "1"),))
        prepared = prepare(write_ses_fields(signed, ALL), parameters=parameters, interface=interface)
        assert b"Bcc: " not in prepared.message
        assert verifies(prepared.message)
        assert verifies(b"".join(prepared.chunks()))
        if interface is Interface.V2_SEND_EMAIL_RAW:
            assert prepared.message == remove_fields(signed, "Bcc")
