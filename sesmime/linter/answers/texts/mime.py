"""What SES says of parts, content types and their parameters: most are texts of JavaMail's strict parser."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts.text import cause, known
from sesmime.ses.evidence import Evidence

JAVAMAIL: Final = "https://github.com/javaee/javamail/tree/JAVAMAIL-1_4_7"
_FIELDS: Final = "SES402 SES403"
_QUOTE: Final = 'put the value in quotes: name="my file.txt"'

_FILE_NAME = cause(
    'a file name contains one of / \\ : * ? " < > or a vertical bar; the API v2 has refused such names',
    "use only letters, digits, dots and hyphens in the file name",
    "SES404",
    source="govuk-forms/forms-runner#1594",
)

MIME_TEXTS: Final = (
    known(
        "Missing start boundary",
        cause(
            "the boundary of a multipart does not occur in its body",
            "put a line with two hyphens and the boundary before each part",
            "SES401",
            source="nodemailer/nodemailer#1440",
        ),
        cause(
            "a multipart has an empty body: the library added no part, or the body was lost",
            "add at least one part, or use another content type",
            "SES401",
            source="bbottema/simple-java-mail#259",
        ),
        cause(
            "there is an empty line in the middle of the header section, so the parts are in the wrong place",
            "remove the empty line among the fields",
            shown_by="SES007",
            source="swiftmailer/swiftmailer#563",
        ),
    ),
    known(
        "Expected '/', got ~;~",
        cause(
            "a Content-Type has a type without a subtype (`text;`)",
            "write type and subtype: text/plain",
            "SES402",
            source="go-gomail/gomail#131",
        ),
    ),
    known(
        "Expected ';', got \":\"",
        cause(
            "a parameter value with a colon is not in quotes",
            _QUOTE,
            _FIELDS,
            source="sentinl/sentinl#266",
        ),
        _FILE_NAME,
    ),
    known(
        "Expected ';', got \"~hello.txt~\"",
        cause(
            "a parameter value with a space is not in quotes (filename=my hello.txt)",
            _QUOTE,
            _FIELDS,
            source="snoyberg/mime-mail#54",
        ),
        cause(
            "a parameter value contains another character that needs quotes, such as ( ) < > @ , : = ? /, or a"
            " non-ASCII one",
            "put the value in quotes; write non-ASCII names as in RFC 2231: filename*=utf-8''caf%C3%A9.txt",
            _FIELDS,
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
        cause(
            "the semicolon between two parameters is missing",
            "write a semicolon before each parameter",
            _FIELDS,
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
        _FILE_NAME,
    ),
    known(
        "Expected '=', got '~null~'",
        cause(
            "a parameter has no equals sign (`; foo`)",
            "write name=value, or remove the text after the semicolon",
            _FIELDS,
            source="mozilla/fx-private-relay#1887",
        ),
    ),
    known(
        "Expected disposition, got ~=~",
        cause(
            "Content-Disposition has an encoded word instead of `attachment` or `inline`",
            "write the disposition in plain text, and encode only the file name",
            "SES403",
            place=r"=\?",
            source="mageplaza/magento-2-smtp#202",
        ),
        cause(
            "Content-Disposition does not begin with a word",
            "write attachment or inline first",
            "SES403",
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
    ),
    known(
        'Expected parameter value, got "~=~"',
        cause(
            "a parameter value is an unquoted encoded word (filename==?utf-8?...)",
            "write it as in RFC 2231: filename*=utf-8''caf%C3%A9.txt",
            _FIELDS,
            place=r"=\?",
            source="bbottema/simple-java-mail#224",
        ),
        cause(
            "a parameter has no value after the equals sign, or one that begins with a special or non-ASCII character",
            "write a value in quotes",
            _FIELDS,
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
    ),
    known(
        "Unsupported encoding ~cp-850~.",
        cause(
            "the charset of a text has a name that Java does not know",
            "write the text in UTF-8 with charset=utf-8",
            "SES304",
            source="arithmetric/aws-lambda-ses-forwarder#122",
        ),
    ),
    *(
        known(text, cause(why, remedy, rules, evidence=Evidence.ASSUMED, source=JAVAMAIL))
        for text, why, remedy, rules in (
            (
                "Expected MIME type, got ~...~",
                "a Content-Type is empty, or does not begin with a word",
                "write type/subtype, or remove the field",
                "SES402",
            ),
            (
                "Expected MIME subtype, got ~...~",
                "a Content-Type has nothing after its slash",
                "write type and subtype: text/plain",
                "SES402",
            ),
            (
                'Expected parameter name, got "~...~"',
                "there are two semicolons in a row, or a parameter name is in quotes",
                "write name=value after each semicolon",
                _FIELDS,
            ),
            (
                "Unbalanced quoted string",
                "a quote in Content-Type or Content-Disposition is not closed",
                "close the quote, or write a backslash before a literal quote",
                _FIELDS,
            ),
            (
                "Unbalanced comments",
                "a parenthesis in Content-Type or Content-Disposition is not closed",
                "put the value in quotes, or close the parenthesis",
                _FIELDS,
            ),
            (
                "Missing boundary parameter",
                "a multipart has no boundary parameter",
                "add the boundary to its Content-Type",
                "SES401 SES402",
            ),
            (
                "missing multipart end boundary",
                "the closing delimiter line, which ends with two hyphens, is missing; SES probably accepts that",
                "end the multipart with a line of two hyphens, the boundary, two hyphens",
                "",
            ),
        )
    ),
)
