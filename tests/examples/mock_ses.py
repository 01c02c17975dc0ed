"""A mock that refuses what SES refuses: sesmime's answers in front of moto's SES.

moto takes raw messages that SES refuses, sends to Destinations and to To, Cc and Bcc together, and keeps the X-SES
fields. With this in front of it, in one process or as moto's server:

    with mock_aws(), strict_ses() as accepted:
        boto3.client("ses").send_raw_email(**request)  # ClientError, with the code and the text expected from SES
        assert accepted[0].envelope.recipients == ("bob@example.org",)
        assert accepted[0].resolution.message_tags == (MessageTag("campaign", "spring"),)

For another mock take `answer`, which knows nothing of moto: give it the request by the names of AWS's service model,
what the account has, and it gives what to answer with or what to keep. Four functions of sesmime do the work:
`predict_rejection` (whether, code, text), `envelope` (who receives), `resolve` (which tags and settings count),
`strip_ses_fields` (what is left of the message).

Not imitated: quotas and sending rates, the sandbox, IAM; what SES writes itself (Message-ID, Date, its signature, on
the API v2 the From field where FromEmailAddress is given). A Bcc field stays: what SES does with it is not documented.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.ses.exceptions import SesError
from moto.ses.models import RawMessage, SESBackend
from moto.ses.responses import EmailResponse
from moto.ses.utils import get_random_message_id
from moto.sesv2.responses import SESV2Response

from sesmime import (
    Envelope,
    Interface,
    LintConfig,
    Resolution,
    SesMimeError,
    Submission,
    envelope,
    predict_rejection,
    resolve,
    strip_ses_fields,
)
from sesmime.errors import printable


class Account(NamedTuple):
    """What a mock knows of the account in one region."""

    region: str
    verified_identities: tuple[str, ...]
    configuration_sets: tuple[str, ...]


class Refusal(NamedTuple):
    """An answer of SES that is an error: its code and its text."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that SES is expected to take: as it would be delivered, to whom, and with which settings."""

    interface: Interface
    message: bytes
    envelope: Envelope
    resolution: Resolution


def answer(request: Mapping[str, Any], interface: Interface, account: Account) -> Accepted | Refusal:
    """Say what SES is expected to answer to a raw request, as boto3 takes it; never raises on content."""
    try:
        submission = Submission.from_request(request, interface)
        message, parameters = bytes(submission.message or b""), submission.parameters
        resolution = resolve(message, parameters=parameters, interface=interface)
    except SesMimeError as error:
        # boto3 sends no such request, but others talk to mocks too. The text is ours.
        return Refusal("BadRequestException" if interface.is_v2 else "InvalidParameterValue", str(error))
    # No identities would mean that they are not known; an account without any may send from no address.
    config = LintConfig(verified_identities=account.verified_identities or ("nothing.invalid",))
    rejection = predict_rejection(message, parameters=parameters, interface=interface, config=config)
    if rejection is not None:
        assert rejection.code is not None  # both interfaces have codes; SMTP alone has none
        text = rejection.text
        if rejection.finding.name == "unverified-identity":
            text = text.replace("<REGION>", account.region.upper(), 1)
        return Refusal(rejection.code, text)
    chosen = resolution.configuration_set
    if chosen and chosen not in account.configuration_sets:
        code = "NotFoundException" if interface.is_v2 else "ConfigurationSetDoesNotExist"
        return Refusal(code, f"Configuration set <{chosen}> does not exist.")
    return Accepted(
        interface=interface,
        message=strip_ses_fields(message),
        envelope=envelope(message, parameters=parameters, interface=interface),
        resolution=resolution,
    )


@contextmanager
def strict_ses() -> Iterator[list[Accepted]]:
    """Put `answer` in front of moto's SendRawEmail and SendEmail of raw messages; gives what was accepted, in order.

    moto keeps its own record of each beside (`sent_messages`): the stripped message as UTF-8 text, its other bytes as
    surrogates, and the envelope. All other operations are moto's.
    """
    accepted: list[Accepted] = []
    moto_send_email = SESV2Response.send_email

    def take(request: Mapping[str, Any], interface: Interface, backend: SESBackend) -> str:
        account = Account(backend.region_name, tuple(backend.email_identities), tuple(backend.config_sets))
        answered = answer(request, interface, account)
        if isinstance(answered, Refusal):
            backend.rejected_messages_count += 1
            raise SesError(answered.code, printable(answered.text))  # a text may quote controls, XML has none
        accepted.append(answered)
        return _keep(answered, backend)

    def send_raw_email(self: EmailResponse) -> ActionResult:
        return ActionResult({"MessageId": take(self.params, Interface.SEND_RAW_EMAIL, self.backend)})

    def send_email(self: SESV2Response) -> str:
        request = json.loads(self.body)
        raw = request.get("Content", {}).get("Raw")
        if raw is None:
            return moto_send_email(self)
        request["Content"] = {"Raw": {"Data": base64.b64decode(raw["Data"])}}
        backend = self.sesv2_backend.core_backend
        return json.dumps({"MessageId": take(request, Interface.V2_SEND_EMAIL_RAW, backend)})

    with (
        patch.object(EmailResponse, "send_raw_email", send_raw_email),
        patch.object(SESV2Response, "send_email", send_email),
    ):
        yield accepted


def _keep(accepted: Accepted, backend: SESBackend) -> str:
    """Put a message into moto's own record, as moto does; gives its MessageId."""
    recipients = [str(address) for address in accepted.envelope.recipients]
    sender = str(accepted.envelope.sender or "")
    backend.__process_sns_feedback__(sender, recipients)
    backend.sent_message_count += len(recipients)
    text = accepted.message.decode("utf-8", "surrogateescape")
    kept = RawMessage(get_random_message_id(), sender, recipients, text)
    backend.sent_messages.append(kept)
    return kept.id
