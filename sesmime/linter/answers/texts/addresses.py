"""What SES says of addresses: texts of JavaMail's strict parser, and some of its own."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts.mime import JAVAMAIL
from sesmime.linter.answers.texts.text import Carried, cause, known
from sesmime.ses.evidence import Evidence
from sesmime.ses.pages import QUOTED_LOCAL_PARTS

_DG: Final = "https://docs.aws.amazon.com/ses/latest/dg/"
_RULES: Final = "SES201 SES207"
_NON_ASCII_PLACE: Final = r"[^\x00-\x7f]"

_NON_ASCII_LOCAL = cause(
    "the local part of an address is not ASCII; SES does not accept that in any form",
    "use another address of this person: a local part cannot be encoded",
    _RULES,
    place=_NON_ASCII_PLACE,
    source="aws/aws-sdk-rails#16",
)
_NON_ASCII_DOMAIN = cause(
    "the domain of an address is not ASCII",
    "write the domain in Punycode (xn--...)",
    _RULES,
    place=_NON_ASCII_PLACE,
    source="18F/identity-idp#7380",
)
_EMPTY = cause(
    "an address is an empty string",
    "omit the parameter, or pass an address",
    "SES208",
    source="boto/boto#351",
)
_NO_DOMAIN = cause(
    "an address has no @ and domain: it is only a name, a user name or an access key",
    "write the full address: name@example.com",
    _RULES,
    source="anymail/django-anymail#281",
)
_SEMICOLON_LIST = cause(
    "addresses in a list are separated by semicolons",
    "separate them with commas, or pass each one separately",
    _RULES,
    place=";",
    source="openstax/accounts#517",
)

# Texts of the parser that no row of the facts had when they were listed, and who has met them.
_REPORTED: Final = {
    "Domain starts with dot": "alphagov/email-alert-api#467",
    "Domain ends with dot": "https://github.com/boto/boto/blob/develop/boto/ses/exceptions.py",
}

ADDRESS_TEXTS: Final = (
    known(
        "Missing final '@domain'",
        _NO_DOMAIN,
        _EMPTY,
        cause(
            "name and address were encoded together, so there is an encoded word instead of the address",
            "encode only the display name: =?utf-8?q?J=C3=B6rg?= <jorg@example.com>",
            _RULES,
            place=r"=\?",
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
        cause(
            "there is a comment before the address, which ends it",
            "write the display name before <address>, without parentheses",
            _RULES,
            place=r"\(",
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
    ),
    known(
        "Missing domain",
        cause("an address has no domain after the @", "add the domain", _RULES, source="brave/accounts#35"),
        _SEMICOLON_LIST,
        cause(
            "the local part is in quotes and ends with an @",
            "use another address",
            "SES209",
            source="brave/accounts#35",
        ),
    ),
    known(
        "Missing local name",
        cause(
            "an address has no local part before the @",
            "write the full address: name@example.com",
            _RULES,
            source="arithmetric/aws-lambda-ses-forwarder#103",
        ),
    ),
    known(
        "Local address contains control or whitespace",
        _NON_ASCII_LOCAL,
        cause(
            "a display name with a space and a comma is not in quotes (Acme Corp, Inc <a@b.com>), so it is read as"
            " two addresses",
            'put the display name in quotes: "Acme Corp, Inc" <a@b.com>',
            _RULES,
            place="^[^@]*,",
            source="openstax/accounts#253",
        ),
        cause(
            "there is a space or a line break before the @",
            "remove it; a folded encoded word inside an address is not decoded",
            _RULES,
            source="rdunlop/unicycling-registration#749",
        ),
    ),
    known(
        "Local address contains illegal character",
        cause(
            "there is other text before the address (To: x@y)",
            "pass only the address as the destination",
            _RULES,
            place=":",
            source="boto/botocore#1774",
        ),
        cause(
            'the local part contains one of ( ) < > , ; : \\ " [ ] @ without quotes',
            "use another address, or put the local part in quotes",
            _RULES,
            source="soto-project/soto#331",
        ),
    ),
    known(
        "Domain contains illegal character",
        cause(
            "the domain contains a character other than letters, digits, hyphen and dot, such as an underscore"
            " or a second @",
            "correct the domain",
            _RULES,
            source="SebastiaanKlippert/lambda-ses-forwarder#2",
        ),
        cause(
            "there is an encoded word with an @ instead of the address: name and address were encoded together",
            "encode only the display name: =?utf-8?q?J=C3=B6rg?= <jorg@example.com>",
            _RULES,
            place=r"=\?",
            source="mageplaza/magento-2-smtp#191",
        ),
        _NON_ASCII_DOMAIN,
        cause(
            "several addresses were joined into one string, with or without commas",
            "pass each address separately",
            _RULES,
            place="@.*@",
            source="awslabs/aws-sdk-rust#881",
        ),
    ),
    known(
        "Domain contains control or whitespace",
        cause(
            "the domain contains a space or a control character, or two addresses are separated by a space",
            "remove it, or put a comma between the addresses",
            _RULES,
            source="monde-sistemas/delphi-aws-ses#22",
        ),
        _NON_ASCII_DOMAIN,
    ),
    known(
        "Illegal address",
        cause(
            "one parameter contains several addresses, but SES expects one",
            "pass each address as a separate list element",
            "SES207",
            place="@.*@",
            source="aws/aws-sdk-php#941",
        ),
        cause(
            "a display name with a comma is not in quotes (Acme, Inc <a@b.com>)",
            'put the display name in quotes: "Acme, Inc" <a@b.com>',
            "SES207",
            place="^[^@]*,",
            source="openstax/accounts#253",
        ),
        cause(
            "a parameter for an address contains no address",
            "omit the parameter, or pass an address",
            "SES207 SES208",
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
    ),
    known(
        "Extra route-addr",
        cause(
            "one address has two <...>, or a comma is missing between two addresses",
            "put a comma between the addresses, or quotes around a display name with < or >",
            _RULES,
            source="arithmetric/aws-lambda-ses-forwarder#48",
        ),
    ),
    known(
        "Nested group",
        cause(
            "there is a second colon before the semicolon of a group, usually in an unquoted display name",
            "put the display name in quotes",
            _RULES,
            source="nodemailer/nodemailer#1603",
        ),
    ),
    known("Illegal semicolon, not in group", _SEMICOLON_LIST),
    known(
        "Missing '\"'",
        cause(
            "a display name has one quote that is not closed",
            "close the quote, or write a backslash before a literal quote",
            _RULES,
            source="mageplaza/magento-2-smtp#265",
        ),
    ),
    known(
        "Invalid email address| .",
        cause(
            "an address is an empty string",
            "omit the parameter, or pass an address",
            "SES207 SES208",
            source="aws/aws-sdk-js-v3#6213",
        ),
    ),
    *(
        known(
            text,
            cause(
                "the address that the text names is malformed, empty or too long",
                "write the full address: name@example.com",
                _RULES + " SES208 SES209 SES215 SES218",
                source="floci-io/floci#1561",
            ),
        )
        for text in ("Invalid email address<|x@>.", 'Invalid email address "|a b"@c.example.')
    ),
    known(
        "Address contains illegal characters in user name: '~<\"re:ceiver\"@dom>~'.",
        cause(
            "the local part is in quotes and contains a colon or an @, or there is garbage before the last @",
            "use another address",
            "SES209",
            source=QUOTED_LOCAL_PARTS,
        ),
    ),
    known(
        "User name is missing: '~AKIA...~'",
        cause(
            "a From field contains a word without @: a user name, or the access key used to log in",
            "write the full address: name@example.com",
            _RULES,
            source=_DG + "troubleshoot-smtp.html",
        ),
    ),
    known(
        "Invalid domain name: '~<domain>~'.",
        cause(
            "the last label of a domain is all digits (gmail.com.0927168644)",
            "correct the domain",
            "SES211",
            source="mozilla/fxa#13326",
            said=r"\d$",
        ),
        cause(
            "the domain that the text names is no valid domain name, such as one without a dot",
            "correct the domain",
            _RULES,
            evidence=Evidence.ASSUMED,
            source="mozilla/fxa#13326",
            said=r"\D$",
        ),
    ),
    known(
        "501 ^Invalid RCPT TO address provided",
        cause(
            "an address given as RCPT TO is malformed, such as one with > in its local part",
            "correct the address",
            _RULES + " SES208 SES209",
            source=_DG + "troubleshoot-smtp.html",
        ),
        carried=Carried(reply="501 "),
    ),
    known(
        "501 ^Invalid MAIL FROM address provided",
        cause(
            "the envelope has the null sender <>, as bounces do; SES does not accept it",
            "use one of your own addresses as the sender",
            "SES212",
            source="docker-mailserver/docker-mailserver#2403",
        ),
        cause(
            "the envelope sender is not a full address: it is a name without a domain, or the access key used"
            " to log in",
            "set the sender to a verified address; it is not the user name",
            "SES212 SES207",
            source="databasus/databasus#62",
        ),
        carried=Carried(reply="501 "),
    ),
    known(
        "553 ~<addr>~ Invalid email address",
        cause(
            "an address given as MAIL FROM or RCPT TO is malformed; users report a 501 instead",
            "correct the address",
            _RULES + " SES208 SES209 SES212",
            evidence=Evidence.DOCUMENTED,
            source=_DG + "troubleshoot-smtp.html",
        ),
        carried=Carried(reply=""),
    ),
    known(
        "553 ~<addr>~ address unknown",
        cause(
            "an address given as MAIL FROM or RCPT TO is unknown",
            "correct the address",
            evidence=Evidence.DOCUMENTED,
            source=_DG + "troubleshoot-smtp.html",
        ),
        carried=Carried(reply=""),
    ),
    known(
        "There are no recipients specified",
        cause(
            "there is no recipient: no destination is given, and To, Cc and Bcc have no address",
            "pass a destination, or add a To field",
            "SES202",
            evidence=Evidence.DOCUMENTED,
            source=_DG + "troubleshoot-error-messages.html",
        ),
    ),
    known(
        "There are non-ASCII characters in the email address",
        cause(
            "an address is not ASCII",
            "write the domain in Punycode; a non-ASCII local part is not accepted in any form",
            _RULES,
            place=_NON_ASCII_PLACE,
            evidence=Evidence.DOCUMENTED,
            source=_DG + "troubleshoot-error-messages.html",
        ),
    ),
    known(
        "Address length is more than ~320~ characters long: '~<name> <a@b.example>~'.",
        cause(
            "an address with its display name, as it is written, is longer than SES takes; encoded words count encoded",
            "shorten the display name",
            "SES215",
            source="zulip/zulip#17558",
        ),
    ),
    known(
        "Address length is more than ~320~ bytes long: '~<name> <a@b.example>~'.",
        cause(
            "an address with its display name, as it is written, is longer than SES takes; encoded words count encoded",
            "shorten the display name",
            "SES215",
            source="zulip/zulip#17558",
        ),
    ),
    known(
        "Recipient count exceeds ~50~.",
        cause(
            "To, Cc and Bcc have more than 50 addresses together; the members of a group count each",
            "split the recipients over several messages, with at most 50 each",
            "SES203",
            source="codidact/qpixel#1728",
        ),
    ),
    *(
        known(
            text,
            cause(
                why,
                remedy,
                _RULES,
                evidence=Evidence.OBSERVED if text in _REPORTED else Evidence.ASSUMED,
                source=_REPORTED.get(text, JAVAMAIL),
            ),
        )
        for text, why, remedy in (
            ("Empty address", "an address is empty: <>", "write an address, or remove it"),
            (
                "Illegal route-addr",
                "an address begins with a route (<@a,b:x@y>) that is malformed",
                "write the address without a route",
            ),
            (
                "Quote not at start of local address",
                'a quote stands in the middle of a local part (a"b"@x)',
                "put the whole local part in quotes, or none of it",
            ),
            (
                "Quote not at end of local address",
                'there is text between a quote and the @ ("a"b@x)',
                "put the whole local part in quotes, or none of it",
            ),
            ("Unterminated quote", "a quote in a local part is not closed", "close it"),
            ("Domain ends with dot", "the domain of an address ends with a dot", "remove the dot"),
            ("Domain starts with dot", "a domain begins with a dot", "remove the dot"),
            ("Domain contains dot-dot", "a domain has two dots in a row", "remove one"),
            ("Missing ')'", "a parenthesis in an address is not closed", "close it, or quote the display name"),
            ("Missing '('", "an address has a closing parenthesis too many", "remove it, or quote the display name"),
            ("Missing '<'", "an address has a > without <", "write the address as Name <a@b.com>"),
            ("Missing '>'", "an address has a < without >", "write the address as Name <a@b.com>"),
            ("Missing ']'", "a bracket in an address is not closed", "close it, or quote the display name"),
        )
    ),
)
