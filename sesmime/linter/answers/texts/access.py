"""What SES says of credentials, of an account or a configuration set that may not send, and of the connection."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts.text import Carried, KnownText, cause, known
from sesmime.ses.evidence import Evidence

_COMMON: Final = "https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html"
_ERRORS: Final = "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html"
_PAUSED: Final = "https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html"
_SMTP: Final = "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html"
_MOTO: Final = "https://github.com/getmoto/moto/blob/master/moto/ses/models.py"
_LOCALSTACK: Final = "https://docs.localstack.cloud/aws/services/ses/"
_WAIT: Final = "wait and retry, with increasing delays"
_REJECTED: Final = "554 Message rejected: "
_CONSOLE: Final = "read the messages of AWS in the console and answer them; the message is not the cause"

_MESSAGE_REJECTED = Carried("MessageRejected", "MessageRejected", _REJECTED)
_BAD_KEYS = cause(
    "the access key is wrong, was deleted, or belongs to temporary credentials whose session token is missing",
    "correct the access key; with temporary credentials, pass the session token too",
    evidence=Evidence.DOCUMENTED,
    source=_COMMON,
)
_SMTP_PASSWORD = cause(
    "an SMTP password is used as a secret access key; it is derived from one and differs from it",
    "use the secret access key for the API, and the SMTP password for SMTP only",
    evidence=Evidence.ASSUMED,
    source="https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html",
)
_EXPIRED = cause(
    "temporary credentials have expired",
    "get new credentials; let the SDK refresh them instead of keeping a client for longer than they last",
    evidence=Evidence.DOCUMENTED,
    source=_COMMON,
)

ACCESS_TEXTS: Final = (
    known(
        "Sending paused for this account|. For more information, please check the inbox of the email address"
        " associated with your AWS account.",
        cause(
            "AWS has paused the account, usually because of bounces or complaints, or it is paused in its settings",
            _CONSOLE,
            evidence=Evidence.DOCUMENTED,
            source=_PAUSED,
        ),
        carried=Carried("AccountSendingPausedException", "SendingPausedException", _REJECTED),
    ),
    known(
        "Sending suspended for this account|. For more information, please check the inbox of the email address"
        " associated with your AWS account.",
        cause("AWS has suspended the account", _CONSOLE, evidence=Evidence.DOCUMENTED, source=_PAUSED),
        carried=Carried("MessageRejected", "AccountSuspendedException", _REJECTED),
    ),
    known(
        "Sending is paused for configuration set| X",
        cause(
            "sending with this configuration set is turned off, by hand or by an alarm on bounces or complaints",
            "turn sending on again, or use another configuration set",
            evidence=Evidence.DOCUMENTED,
            source=_ERRORS,
        ),
        carried=Carried("ConfigurationSetSendingPausedException", "SendingPausedException", _REJECTED),
    ),
    known(
        "554 ^MAIL FROM domain not verified|: DNS setup for MAIL FROM domain is invalid.",
        cause(
            "the custom MAIL FROM domain of the identity has no MX record, and is configured to refuse mail then",
            "publish the MX and SPF records, or let SES use its default domain",
            evidence=Evidence.DOCUMENTED,
            source=_ERRORS,
        ),
        carried=Carried("MailFromDomainNotVerifiedException", "MailFromDomainNotVerifiedException", _REJECTED),
    ),
    known(
        "Address blacklisted|.",
        cause(
            "the recipient is on the suppression list; SES no longer answers so, but sends a bounce",
            "remove the address from the suppression list if it can receive mail again",
            source="https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html",
        ),
        carried=_MESSAGE_REJECTED,
    ),
    # Stand-ins for SES in tests.
    known(
        "Email address not verified| X",
        cause(
            "the text is moto's, not that of SES: the test has not verified the sender",
            "call verify_email_identity for the sender before sending",
            source=_MOTO,
        ),
        carried=_MESSAGE_REJECTED,
    ),
    known(
        "Did not have authority to send from email| X",
        cause(
            "the text is that of moto or LocalStack, not of SES: the sender was not verified there",
            "call verify_email_identity for the sender before sending",
            source=_LOCALSTACK,
        ),
        carried=_MESSAGE_REJECTED,
    ),
    known(
        "The security token included in the request is invalid|.",
        _BAD_KEYS,
        carried=Carried("InvalidClientTokenId", "UnrecognizedClientException"),
    ),
    known(
        "The security token included in the request is expired|.",
        _EXPIRED,
        carried=Carried("ExpiredToken", "ExpiredTokenException"),
    ),
    known(
        "The request signature we calculated does not match| the signature you provided.",
        cause(
            "the secret access key is wrong, or the request was changed after it was signed",
            "correct the secret access key; check for blanks around it",
            evidence=Evidence.DOCUMENTED,
            source=_COMMON,
        ),
        _SMTP_PASSWORD,
        carried=Carried("SignatureDoesNotMatch", "SignatureDoesNotMatch"),
    ),
    *(
        known(
            text,
            cause(why, remedy, evidence=Evidence.DOCUMENTED, source=source),
            carried=Carried("ServiceUnavailable", "InternalServiceErrorException", ""),
        )
        for text, why, remedy, source in (
            (
                "530 ^Must issue a STARTTLS command first",
                "the client sent mail over a connection without TLS",
                "turn on STARTTLS (ports 25, 587, 2587), or use TLS from the start (ports 465, 2465)",
                "https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html",
            ),
            (
                "421 ^Service not available|, closing transmission channel",
                "SES closes the connection and does not take mail on it now",
                "wait and retry on a new connection, with increasing delays",
                _SMTP,
            ),
        )
    ),
)


def _code(text: str, *causes: tuple[str, str]) -> KnownText:
    return known(
        text,
        *(cause(why, remedy, evidence=Evidence.DOCUMENTED, source=_COMMON) for why, remedy in causes),
        is_general=True,
    )


# Error codes that all APIs of AWS share.
COMMON_ERRORS: Final = (
    known("InvalidClientTokenId", _BAD_KEYS, is_general=True),
    known("UnrecognizedClient|Exception", _BAD_KEYS, is_general=True),
    known("ExpiredToken|Exception", _EXPIRED, is_general=True),
    known(
        "SignatureDoesNotMatch",
        cause(
            "the secret access key is wrong, or the request was changed after it was signed",
            "correct the secret access key; check for blanks around it",
            evidence=Evidence.DOCUMENTED,
            source=_COMMON,
        ),
        _SMTP_PASSWORD,
        is_general=True,
    ),
    _code(
        "RequestExpired",
        ("the request is older than AWS accepts: the clock is wrong, or the request waited", "set the clock; retry"),
    ),
    _code(
        "OptInRequired",
        ("the account does not use SES in this region yet", "activate SES there, or correct the region"),
    ),
    _code("ServiceUnavailable", ("SES cannot take the request now", _WAIT)),
    _code("InternalFailure", ("an error inside SES", _WAIT)),
    _code("MissingParameter", ("a required parameter is missing", "pass the parameter that the text names")),
    _code(
        "MalformedQueryString",
        ("the request has a syntax error: it was put together without an SDK", "send it by an SDK"),
    ),
    _code(
        "TemplateDoesNotExist|Exception",
        ("the account has no template of that name in this region", "create it there, or correct the name"),
    ),
)
