"""What SES, SDKs and mail libraries say of parameters, templates, lists and tenants."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts.text import Carried, cause, known
from sesmime.ses.evidence import Evidence

_API: Final = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"
_PERSONALIZE: Final = "https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-advanced.html"
_NOT_FOUND: Final = Carried("InvalidParameterValue", "NotFoundException")
_OWN_JAVAMAIL: Final = "the text is that of JavaMail in the sending program, not of SES: "

PARAMETER_TEXTS: Final = (
    known(
        "Invalid From address provided|.",
        cause(
            "the address in the From field is malformed, and the API v2 was given no FromEmailAddress",
            "correct the From field, or pass FromEmailAddress, which replaces it",
            "SES201",
            source="floci-io/floci#1561",
        ),
    ),
    known(
        "Unsupported charset '~x~'.",
        cause(
            "SendEmail was given a Charset that SES does not know",
            "pass UTF-8 as Charset, and the text as it is",
            "SES522",
            source="Netflix/lemur#841",
        ),
    ),
    known(
        "Email address not specified|.",
        cause(
            "SendCustomVerificationEmail was given an empty address",
            "pass the address to verify",
            "SES218",
            source="floci-io/floci#1561",
        ),
    ),
    known(
        "The header name must be specified|.",
        cause(
            "an element of Headers has no name",
            "add the name, or remove the element",
            evidence=Evidence.DOCUMENTED,
            source="https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html",
        ),
    ),
    known(
        "Tenant ~X~ for AwsAccountId ~N~ not found|.",
        cause(
            "the account has no tenant of that name in this region",
            "create it there, or correct the name",
            evidence=Evidence.DOCUMENTED,
            source="https://docs.aws.amazon.com/ses/latest/dg/tenants.html",
        ),
        carried=_NOT_FOUND,
    ),
    known(
        "List with name: ~X~ doesn't exist|.",
        cause(
            "the account has no contact list of that name in this region",
            "create it there, or correct the name in ListManagementOptions or X-SES-LIST-MANAGEMENT-OPTIONS",
            evidence=Evidence.DOCUMENTED,
            source="https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html",
        ),
        carried=_NOT_FOUND,
    ),
    known(
        "1 validation error detected: Value at '...' ^failed to satisfy constraint|: ...",
        cause(
            "the parameter that the text names is too long or too short, or has a character that the API excludes",
            "correct the parameter; `sesmime lint` of the request names each",
            evidence=Evidence.DOCUMENTED,
            source=_API,
        ),
        carried=Carried("ValidationError", "ValidationException"),
    ),
    known(
        "Template contains unsupported operations|.",
        cause(
            "template content in the request itself uses more than {{name}}: a condition, a loop or a nested name",
            "store the template with CreateTemplate and name it, or use only {{name}}",
            "SES523",
            source="aws/aws-sdk-js-v3#6657",
        ),
    ),
    known(
        "The template data is invalid",
        cause(
            "TemplateData is not a JSON object: a quote or a line break in a value is not escaped, or it is encoded"
            " twice",
            "write TemplateData with a JSON library",
            "SES523",
            source="boto/boto3#1795",
        ),
        cause(
            "TemplateData has no value for a name in the template",
            "pass a value for each name",
            evidence=Evidence.DOCUMENTED,
            source=_PERSONALIZE,
        ),
    ),
    known(
        "554 ^DSN is not RFC 3464 compliant|: ...",
        cause(
            "a message with an empty sender has to be a delivery status notification, and SES reads it as malformed",
            "write the report with `build(report=...)`; send other mail from a verified address",
            evidence=Evidence.ASSUMED,
            source="https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
        ),
    ),
    # What never reached SES.
    known(
        'Invalid base64|: "From: ..."',
        cause(
            "the text is that of the AWS CLI, not of SES: version 2 expects the value of Data in base64",
            "pass --cli-binary-format raw-in-base64-out, or encode the message in base64",
            evidence=Evidence.DOCUMENTED,
            source="https://docs.aws.amazon.com/cli/latest/userguide/cliv2-migration-changes.html",
        ),
    ),
    known(
        "Parameter validation failed|: ...",
        cause(
            "the text is botocore's, not that of SES: a parameter is missing, unknown or of the wrong type",
            "correct what the next lines of the text name; both APIs have parameters of their own",
            evidence=Evidence.DOCUMENTED,
            source="https://boto3.amazonaws.com/v1/documentation/api/latest/guide/error-handling.html",
        ),
    ),
    *(
        known(
            text,
            cause(
                _OWN_JAVAMAIL + why,
                remedy,
                "SES201",
                evidence=Evidence.ASSUMED,
                source="https://github.com/jakartaee/mail-api",
            ),
        )
        for text, why, remedy in (
            ("Illegal whitespace in address", "an address contains a blank or a line break", "remove it"),
            (
                "Illegal character in domain",
                "a domain contains a character other than letters, digits, hyphen and dot",
                "correct the domain",
            ),
        )
    ),
)
