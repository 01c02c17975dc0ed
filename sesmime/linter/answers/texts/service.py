"""What SES says of settings, identities and the account, and the carriers in which its texts come."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts.text import Carried, Cause, KnownText, cause, known
from sesmime.ses.evidence import Evidence
from sesmime.ses.interfaces import Interface
from sesmime.ses.pages import TRACKING

_DG: Final = "https://docs.aws.amazon.com/ses/latest/dg/"
_ERRORS: Final = _DG + "troubleshoot-error-messages.html"
_SMTP: Final = _DG + "troubleshoot-smtp.html"
_TAGS: Final = "https://github.com/localstack/localstack/pull/11284"
_REJECTED: Final = "554 Message rejected: "

# What the causes say where a text names no other action.
RAW_ACTION: Final = "ses:SendRawEmail"
RAW_NEEDS: Final = "; raw mail needs it on the API v2 too"

_FEEDBACK_TAGS = cause(
    "the name begins with `ses:`, which is reserved except for ses:feedback-id-a and ses:feedback-id-b",
    "rename the tag",
    "SES501 SES511",
    place="ses:",
    source="localstack/localstack#11243",
)


def _tag(text: str, why: str, remedy: str, source: str = _TAGS, *others: Cause) -> KnownText:
    return known(text, cause(why, remedy, "SES501 SES511", source=source), *others)


_CONFIGURATION_SET = Carried("ConfigurationSetDoesNotExist", "NotFoundException")
_UNKNOWN_SET = cause(
    "the account has no configuration set with that name in this region",
    "create it there, or correct the name; names consist of letters, digits, _ and -",
    "SES504 SES508",
    source="https://github.com/localstack/localstack/issues/11284",
)

SANDBOX: Final = "the account is in the sandbox, where recipients must be verified too"
NOT_VERIFIED: Final = (
    "Email address is not verified|. The following identities failed the check in region US-EAST-2: ..."
)

SETTING_TEXTS: Final = (
    known(
        NOT_VERIFIED,
        cause(
            "the From, Source, Sender or Return-Path address is not verified in this region; a forwarded message keeps"
            " those of its original sender",
            "send from a verified address, put the original sender in Reply-To, and remove Sender and Return-Path",
            "SES214",
            evidence=Evidence.DOCUMENTED,
            source=_ERRORS,
        ),
        cause(
            SANDBOX,
            "verify the recipients, or ask AWS to move the account out of the sandbox",
            source="ymirapp/wordpress-plugin#16",
        ),
        carried=Carried("MessageRejected", "MessageRejected", _REJECTED),
    ),
    known("Configuration set <~name~> does not exist.", _UNKNOWN_SET, carried=_CONFIGURATION_SET),
    known("Configuration set does not exist", _UNKNOWN_SET, carried=_CONFIGURATION_SET),
    _tag(
        "Invalid tag name <~X~>:| only alphanumeric ASCII characters, '_',  '-' are allowed.",
        "the name of a message tag contains a character other than letters, digits, _ and -",
        "rename the tag",
        _TAGS,
        _FEEDBACK_TAGS,
    ),
    _tag(
        "Invalid tag value <~X~>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed|.",
        "the value of a message tag contains a character other than letters, digits, _, -, . and @",
        "replace the characters",
    ),
    _tag(
        "Invalid tag value <~X~>: only alphanumeric ASCII characters, '_', and '-' are allowed|.",
        "the value of a message tag contains a character other than letters, digits, _ and - (wording of 2023)",
        "replace the characters",
        "localstack/localstack#8588",
    ),
    _tag("Tag name cannot exceed ~255~ characters.", "the name of a message tag is too long", "shorten it"),
    _tag("Tag value cannot exceed ~255~ characters.", "the value of a message tag is too long", "shorten it"),
    _tag("The tag name must be specified.", "a message tag has no name", "add a name, or remove the tag"),
    _tag("The tag value must be specified.", "a message tag has no value", "add a value, or remove the tag"),
    known(
        "Tenant not associated with resources [~arn:...~]",
        cause(
            "the identity, configuration set or template in the brackets is not associated with the tenant",
            "associate the resource with the tenant; each send of a tenant needs a configuration set of its own",
            source="PostHog/posthog#75863",
        ),
        carried=Carried("AccessDeniedException", "AccessDeniedException"),
    ),
    known(
        "User 'arn' ^is not authorized to perform| 'ses:SendRawEmail' on resource 'arn'",
        cause(
            f"the IAM policy of the caller does not allow {RAW_ACTION}{RAW_NEEDS}",
            f"allow {RAW_ACTION} on the identity and the configuration set",
            evidence=Evidence.DOCUMENTED,
            source=_SMTP,
        ),
        cause(
            "the identity belongs to another account, or its policy does not name this caller",
            "pass SourceArn and FromArn, and ask the owner to allow the caller",
            source="loopingz/aws-smtp-relay#17",
        ),
        carried=Carried("AccessDenied", "AccessDeniedException", "554 Access denied: "),
    ),
    known(
        '{"message":null}',
        cause(
            "SendEmail of the API v2 with simple content has no FromEmailAddress",
            "pass FromEmailAddress",
            "SES102",
            source="floci-io/floci#1561",
        ),
    ),
    known(
        "Source cannot be empty",
        cause(
            "SendEmail of the API v2 with a template has no FromEmailAddress",
            "pass FromEmailAddress",
            "SES102",
            source="floci-io/floci#1561",
        ),
    ),
    known(
        "Mail FROM domain is not verified",
        cause(
            "the custom MAIL FROM domain of the identity has no MX record, and is configured to refuse mail then",
            "publish the MX and SPF records, or let SES use its default domain",
            evidence=Evidence.DOCUMENTED,
            source=_ERRORS,
        ),
        carried=Carried("MailFromDomainNotVerifiedException", "MailFromDomainNotVerifiedException", _REJECTED),
    ),
)

_WAIT: Final = "wait and retry, with increasing delays"

ACCOUNT_TEXTS: Final = tuple(
    known(text, cause(why, remedy, evidence=Evidence.DOCUMENTED, source=source), carried=Carried(v1, v2, reply))
    for text, why, remedy, source, v1, v2, reply in (
        (
            "Account is paused",
            "AWS has stopped the account from sending",
            "check the account in the console; the message is not the cause",
            _ERRORS,
            "AccountSendingPausedException",
            "SendingPausedException",
            _REJECTED,
        ),
        *(
            (text, why, remedy, _ERRORS, "Throttling", "TooManyRequestsException", "454 Throttling failure: ")
            for text, why, remedy in (
                (
                    "Daily message quota exceeded",
                    "the account has reached its 24-hour sending quota",
                    "wait, or ask AWS for a higher quota; the message is not the cause",
                ),
                ("Maximum sending rate exceeded", "the account exceeds its messages per second", _WAIT),
                (
                    "Maximum SigV2 SMTP sending rate exceeded",
                    "SMTP credentials of the old kind (signature version 2) have a lower rate",
                    "create new SMTP credentials",
                ),
            )
        ),
        *(
            (text, why, remedy, _SMTP, "ServiceUnavailable", "InternalServiceErrorException", "")
            for text, why, remedy in (
                (
                    "421 ^Too many concurrent SMTP connections",
                    "too many connections are open at once",
                    "send several messages over one connection",
                ),
                ("451 ^Temporary service failure", "SES cannot accept the message now", _WAIT),
                (
                    "451 ^Timeout waiting for data from client",
                    "the client sent nothing for too long, such as a pool that keeps idle connections open",
                    "close idle connections after a few seconds, and retry on a new one",
                ),
                ("454 ^Temporary authentication failure", "SES cannot check the credentials now", _WAIT),
                ("454 Temporary service failure", "SES cannot accept the message now", _WAIT),
                (
                    "530 ^Authentication required",
                    "the client sent mail before logging in",
                    "log in with SMTP credentials after STARTTLS",
                ),
                (
                    "535 ^Authentication Credentials Invalid",
                    "the SMTP user name or password is wrong; they are derived from IAM keys but differ from them",
                    "create SMTP credentials in the console, in the region of the host name",
                ),
                (
                    "535 ^Account not subscribed to SES",
                    "the account of these credentials does not use SES",
                    "activate SES for the account, or use another account",
                ),
            )
        ),
    )
)


def _carrier(text: str, why: str, remedy: str, source: str, evidence: Evidence = Evidence.DOCUMENTED) -> KnownText:
    return known(text, cause(why, remedy, evidence=evidence, source=source), is_general=True)


_CONSOLE: Final = "check the account in the console; the message is not the cause"
_READ_ON: Final = "read the text after it"

# What the texts come in: they explain where the text itself is not known.
CARRIERS: Final = (
    _carrier("454 Throttling failure|: ...", "the account exceeds its sending limits", _WAIT, _SMTP),
    _carrier(
        "554 Access denied|: ...",
        "the caller is not allowed to send from this identity",
        "check the policies that it names",
        _SMTP,
    ),
    _carrier(
        "554 Message rejected|: ...",
        "SES refuses the sender or the message: an identity that is not verified, a policy, the account",
        _READ_ON,
        _SMTP,
    ),
    _carrier(
        "554 Transaction failed|: ...",
        "SES refuses what was sent after DATA: a field, an address, a part",
        f"{_READ_ON}, and lint the message for SMTP",
        _SMTP,
        Evidence.OBSERVED,
    ),
    known(
        "InvalidParameterValue",
        cause(
            "the first API refuses a field, an address, a part or a parameter",
            f"{_READ_ON}, and lint the message",
            source="mozilla/fx-private-relay#1887",
        ),
        is_general=True,
    ),
    known(
        "BadRequestException",
        cause(
            "the API v2 refuses a field, an address, a part or a parameter",
            f"{_READ_ON}, and lint the message for sesv2",
            source="floci-io/floci#1561",
        ),
        cause(
            'a file name contains one of / \\ : * ? " < > or a vertical bar; the API v2 has refused such names',
            "use only letters, digits, dots and hyphens in the file name",
            "SES404",
            source="govuk-forms/forms-runner#1594",
        ),
        cause(
            "a text contains {{ses:openTracker}} more than once",
            "use {{ses:openTracker}} only once",
            "SES705",
            evidence=Evidence.DOCUMENTED,
            source=TRACKING,
        ),
        is_general=True,
    ),
    *(
        _carrier(text, why, remedy, page)
        for page, texts in (
            (
                Interface.SEND_RAW_EMAIL.page,
                (
                    (
                        "MessageRejected|",
                        "SES refuses the sender or the content: an identity is not verified",
                        _READ_ON,
                    ),
                    (
                        "MailFromDomainNotVerified|Exception",
                        "the custom MAIL FROM domain has no MX record",
                        "publish the MX record",
                    ),
                    (
                        "ConfigurationSetDoesNotExist|",
                        "the account has no such configuration set in this region",
                        "create it, or correct the name",
                    ),
                    (
                        "ConfigurationSetSendingPaused|Exception",
                        "sending with this configuration set is paused",
                        "turn sending on again, or use another configuration set",
                    ),
                    ("AccountSendingPaused|Exception", "sending is paused for the account", _CONSOLE),
                ),
            ),
            (
                Interface.V2_SEND_EMAIL_RAW.page,
                (
                    ("AccountSuspended|Exception", "AWS has suspended the account", _CONSOLE),
                    ("SendingPaused|Exception", "sending is paused for the account or the configuration set", _CONSOLE),
                    (
                        "NotFoundException",
                        "a configuration set, a contact list, a template or a tenant does not exist",
                        "create it in this region, or correct its name",
                    ),
                    ("LimitExceeded|Exception", "the account has reached its limit of resources", "check the quotas"),
                    ("TooManyRequests|Exception", "the account exceeds its rate of API calls", _WAIT),
                ),
            ),
        )
        for text, why, remedy in texts
    ),
    _carrier("250 Ok| <MessageID>", "SES has accepted the message; this is not an error", "nothing", _SMTP),
    _carrier("235", "the client has logged in; this is not an error", "nothing", _SMTP),
)
