"""The local SES by SMTP: smtplib's clients, STARTTLS, AUTH, and SES's replies."""

from __future__ import annotations

import base64
import smtplib
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from sesmime.local import LocalSes
from tests.linter.recorded import OLD_WORDINGS, recorded

pytestmark = pytest.mark.edges

MESSAGE = (
    b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\nX-SES-CONFIGURATION-SET: news\r\n"
    b"X-SES-MESSAGE-TAGS: campaign=spring, kind=news\r\n\r\n.Hello\r\n"
)

NOT_VERIFIED = (
    b"Message rejected: Email address is not verified. The following identities failed the check in region"
    b" US-EAST-1: a@b.example"
)


def test_a_message_is_taken_with_its_fields_and_its_envelope(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    from tests.local.conftest import client_of

    client_of(ses, "ses").create_configuration_set(ConfigurationSet={"Name": "news"})
    with smtplib.SMTP(*ses.smtp_address) as smtp:
        assert smtp.sendmail("bounce@b.example", ["c@d.example", "blind@d.example"], MESSAGE) == {}
        code, reply = smtp.docmd("NOOP")
        assert code == 250, reply
    (kept,) = ses.inbox.messages()
    assert kept.message == MESSAGE
    assert kept.recipients == ("c@d.example", "blind@d.example")
    assert kept.tags == (("campaign", "spring"), ("kind", "news"))
    assert kept.configuration_set == "news"
    assert kept.message_id is not None
    assert kept.message_id.endswith("-000000")


def test_starttls_and_auth_with_any_credentials(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    context = ssl._create_unverified_context()
    with smtplib.SMTP(*ses.smtp_address) as smtp:
        smtp.starttls(context=context)
        smtp.login("AKIAIOSFODNN7EXAMPLE", "any")
        smtp.sendmail("a@b.example", ["c@d.example"], MESSAGE.replace(b"X-SES-CONFIGURATION-SET: news\r\n", b""))
    assert len(ses.inbox) == 1


def test_a_login_that_is_wanted_is_asked_for(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True, smtp_login=("me", "secret"))
    with smtplib.SMTP(*ses.smtp_address) as smtp:
        smtp.ehlo()
        assert smtp.mail("a@b.example") == (530, b"Authentication required")
        with pytest.raises(smtplib.SMTPAuthenticationError) as denied:
            smtp.login("me", "wrong")
        assert denied.value.smtp_error == b"Authentication Credentials Invalid"
    with smtplib.SMTP(*ses.smtp_address) as smtp:
        smtp.login("me", "secret")
        assert smtp.mail("a@b.example")[0] == 250


@pytest.mark.parametrize(
    ("options", "message", "reply"),
    [
        ({}, MESSAGE, (554, b"Transaction failed: Configuration set <news> does not exist.")),
        (
            {"any_identity": False},
            b"From: a@b.example\r\nTo: c@d.example\r\n\r\n",
            (554, NOT_VERIFIED),
        ),
        (
            {"quota": 0},
            b"From: a@b.example\r\nTo: c@d.example\r\n\r\n",
            (454, b"Throttling failure: Daily message quota exceeded."),
        ),
        (
            {},
            b"From: a@b.example\r\nTo: c@d.example\r\nSubject: 1\r\nSubject: 2\r\n\r\n",
            (554, b"Transaction failed: Duplicate header 'Subject'."),
        ),
    ],
)
def test_refusals_are_in_the_words_of_ses(
    local: Callable[..., LocalSes], options: dict[str, Any], message: bytes, reply: tuple[int, bytes]
) -> None:
    ses = local(**({"any_identity": True} | options))
    with smtplib.SMTP(*ses.smtp_address) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.sendmail("a@b.example", ["c@d.example"], message)
    assert (refused.value.smtp_code, refused.value.smtp_error) == reply
    (kept,) = ses.inbox.messages()
    assert kept.message_id is None
    assert kept.refusal is not None


@pytest.mark.shared
@pytest.mark.parametrize(
    "record", [pytest.param(one, id=one["id"]) for one in recorded() if one["interface"] == "smtp"]
)
def test_the_recorded_replies_are_given(local: Callable[..., LocalSes], record: dict[str, Any]) -> None:
    if record["id"] == "mautic10304":
        pytest.skip("the address of the report is not known")
    ses = local(any_identity=True)
    expected = record["expected"]
    with smtplib.SMTP(*ses.smtp_address) as smtp:
        smtp.ehlo()
        code, reply = smtp.docmd(f"MAIL FROM:<{record['envelope']['mail_from']}>")
        for recipient in record["envelope"]["rcpt_to"]:
            if code == 250:
                code, reply = smtp.docmd(f"RCPT TO:<{recipient}>")
        if code == 250:
            code, reply = smtp.data(base64.b64decode(record["message_b64"]))
    said = f"{code} {reply.decode()}"
    if expected is None:
        assert code == 250
    elif expected.get("smtp_reply") is not None and record["id"] not in OLD_WORDINGS:
        assert said == expected["smtp_reply"]
    else:
        assert code >= 400
