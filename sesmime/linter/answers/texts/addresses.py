"""What SES says of addresses: texts of JavaMail's strict parser, and some of its own."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts.mime import JAVAMAIL
from sesmime.linter.answers.texts.text import Carried, cause, known
from sesmime.ses.evidence import Evidence

_DG: Final = "https://docs.aws.amazon.com/ses/latest/dg/"
_RULES: Final = "SES201 SES207"
_NON_ASCII_PLACE: Final = r"[^\x00-\x7f]"

_NON_ASCII_LOCAL = cause(
    "an address has a character beyond ASCII before the @; SES takes none there in any form",
    "use another address of the same person; it cannot be encoded",
    _RULES,
    place=_NON_ASCII_PLACE,
    source="aws/aws-sdk-rails#16",
)
_NON_ASCII_DOMAIN = cause(
    "the domain of an address has a character beyond ASCII",
    "write the domain in Punycode (xn--...)",
    _RULES,
    place=_NON_ASCII_PLACE,
    source="18F/identity-idp#7380",
)
_EMPTY = cause(
    "an address is given as an empty text",
    "leave the parameter out, or give an address",
    "SES208",
    source="boto/boto#351",
)
_NO_DOMAIN = cause(
    "an address has no @ and domain: a user name, an access key, a name alone",
    "write the whole address: name@example.com",
    _RULES,
    source="anymail/django-anymail#281",
)
_SEMICOLON_LIST = cause(
    "addresses stand in a list with semicolons between them",
    "put commas between them, or give each by itself",
    _RULES,
    place=";",
    source="openstax/accounts#517",
)

ADDRESS_TEXTS: Final = (
    known(
        "Missing final '@domain'",
        _NO_DOMAIN,
        _EMPTY,
        cause(
            "name and address were encoded together, so that an encoded word stands where the address should",
            "encode the display name alone: =?utf-8?q?J=C3=B6rg?= <jorg@example.com>",
            _RULES,
            place=r"=\?",
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
        cause(
            "a comment stands before the address, which ends it",
            "write the display name before <address>, without parentheses",
            _RULES,
            place=r"\(",
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
    ),
    known(
        "Missing domain",
        cause("nothing stands after the @", "write the domain", _RULES, source="brave/accounts#35"),
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
            "nothing stands before the @",
            "write the whole address: name@example.com",
            _RULES,
            source="arithmetric/aws-lambda-ses-forwarder#103",
        ),
    ),
    known(
        "Local address contains control or whitespace",
        _NON_ASCII_LOCAL,
        cause(
            "a display name with a blank and a comma is not in quotes (Acme Corp, Inc <a@b.com>), so that it reads as"
            " two addresses",
            'write the display name in quotes: "Acme Corp, Inc" <a@b.com>',
            _RULES,
            place="^[^@]*,",
            source="openstax/accounts#253",
        ),
        cause(
            "a blank or a line break stands before the @",
            "remove it; an encoded word that was folded inside an address is not one",
            _RULES,
            source="rdunlop/unicycling-registration#749",
        ),
    ),
    known(
        "Local address contains illegal character",
        cause(
            "what is no address stands before it in the same text (To: x@y)",
            "give the address alone as destination",
            _RULES,
            place=":",
            source="boto/botocore#1774",
        ),
        cause(
            'the part before the @ holds one of ( ) < > , ; : \\ " [ ] @ without quotes',
            "use another address, or write that part in quotes",
            _RULES,
            source="soto-project/soto#331",
        ),
    ),
    known(
        "Domain contains illegal character",
        cause(
            "the domain holds another character than letters, digits, hyphen and dot: an underscore, a second @",
            "correct the domain",
            _RULES,
            source="SebastiaanKlippert/lambda-ses-forwarder#2",
        ),
        cause(
            "an encoded word that holds an @ stands where the address should: name and address were encoded together",
            "encode the display name alone: =?utf-8?q?J=C3=B6rg?= <jorg@example.com>",
            _RULES,
            place=r"=\?",
            source="mageplaza/magento-2-smtp#191",
        ),
        _NON_ASCII_DOMAIN,
        cause(
            "addresses were joined with nothing or with commas between them in one text",
            "give each address by itself",
            _RULES,
            place="@.*@",
            source="awslabs/aws-sdk-rust#881",
        ),
    ),
    known(
        "Domain contains control or whitespace",
        cause(
            "a blank or a control stands in the domain, or two addresses stand with a blank between them",
            "remove it, or put a comma between the addresses",
            _RULES,
            source="monde-sistemas/delphi-aws-ses#22",
        ),
        _NON_ASCII_DOMAIN,
    ),
    known(
        "Illegal address",
        cause(
            "one parameter holds several addresses, where SES wants one in each",
            "give each address as an element of its own",
            "SES207",
            place="@.*@",
            source="aws/aws-sdk-php#941",
        ),
        cause(
            "a display name with a comma is not in quotes (Acme, Inc <a@b.com>)",
            'write the display name in quotes: "Acme, Inc" <a@b.com>',
            "SES207",
            place="^[^@]*,",
            source="openstax/accounts#253",
        ),
        cause(
            "a parameter that takes an address holds none",
            "leave the parameter out, or give an address",
            "SES207 SES208",
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
    ),
    known(
        "Extra route-addr",
        cause(
            "two <...> stand in one address, or a comma is missing between two addresses",
            "put a comma between the addresses; quote a display name that holds < or >",
            _RULES,
            source="arithmetric/aws-lambda-ses-forwarder#48",
        ),
    ),
    known(
        "Nested group",
        cause(
            "a second colon stands before the semicolon of a group, most often in a display name without quotes",
            "write the display name in quotes",
            _RULES,
            source="nodemailer/nodemailer#1603",
        ),
    ),
    known("Illegal semicolon, not in group", _SEMICOLON_LIST),
    known(
        "Missing '\"'",
        cause(
            "a display name has one quote that is not closed",
            "close it, or write a backslash before a quote that is meant",
            _RULES,
            source="mageplaza/magento-2-smtp#265",
        ),
    ),
    known(
        "Invalid email address| .",
        cause(
            "an address is given as an empty text",
            "leave the parameter out, or give an address",
            "SES207 SES208",
            source="aws/aws-sdk-js-v3#6213",
        ),
    ),
    known(
        "Address contains illegal characters in user name: '~<\"re:ceiver\"@dom>~'.",
        cause(
            "the part before the @ is in quotes and holds a colon or an @, or garbage stands before the last @",
            "use another address",
            "SES209",
            source=_DG + "troubleshoot-smtp.html",
        ),
    ),
    known(
        "User name is missing: '~AKIA...~'",
        cause(
            "a From field holds a bare word without @: a user name, or the access key that signs in",
            "write the whole address: name@example.com",
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
            "the envelope has the null sender <>, as bounces have; SES takes no such message",
            "send it from an address of yours, or not by SES",
            "SES212",
            source="docker-mailserver/docker-mailserver#2403",
        ),
        cause(
            "the envelope sender is no whole address: a name without domain, or the access key that signs in",
            "set the sender to a verified address; user name and sender are two settings",
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
            "an address given as MAIL FROM or RCPT TO is not known",
            "correct the address",
            evidence=Evidence.DOCUMENTED,
            source=_DG + "troubleshoot-smtp.html",
        ),
        carried=Carried(reply=""),
    ),
    known(
        "There are no recipients specified",
        cause(
            "there is no recipient: no destination, and no address in To, Cc or Bcc",
            "give a destination, or write a To field",
            "SES202",
            evidence=Evidence.DOCUMENTED,
            source=_DG + "troubleshoot-error-messages.html",
        ),
    ),
    known(
        "There are non-ASCII characters in the email address",
        cause(
            "an address has a character beyond ASCII",
            "write the domain in Punycode; a local part beyond ASCII is taken in no form",
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
            "send the message in several calls of 50 recipients or fewer",
            "SES203",
            source="codidact/qpixel#1728",
        ),
    ),
    *(
        known(text, cause(why, remedy, _RULES, evidence=Evidence.ASSUMED, source=JAVAMAIL))
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
                "write all of the local part in quotes, or none of it",
            ),
            (
                "Quote not at end of local address",
                'something stands between a quote and the @ ("a"b@x)',
                "write all of the local part in quotes, or none of it",
            ),
            ("Unterminated quote", "a quote in a local part is not closed", "close it"),
            ("Domain ends with dot", "the domain of an address ends with a dot", "remove the dot"),
            ("Domain starts with dot", "a domain begins with a dot", "remove the dot"),
            ("Domain contains dot-dot", "a domain has two dots side by side", "remove one"),
            ("Missing ')'", "a parenthesis in an address is not closed", "close it, or quote the display name"),
            ("Missing '('", "an address has a closing parenthesis too many", "remove it, or quote the display name"),
            ("Missing '<'", "an address has a > without <", "write the address as Name <a@b.com>"),
            ("Missing '>'", "an address has a < without >", "write the address as Name <a@b.com>"),
            ("Missing ']'", "a bracket in an address is not closed", "close it, or quote the display name"),
        )
    ),
)
