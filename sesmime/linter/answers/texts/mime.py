"""What SES says of parts, content types and their parameters: most are texts of JavaMail's strict parser."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts.text import cause, known
from sesmime.ses.evidence import Evidence

JAVAMAIL: Final = "https://github.com/javaee/javamail/tree/JAVAMAIL-1_4_7"
_FIELDS: Final = "SES402 SES403"
_QUOTE: Final = 'write the value in quotes: name="my file.txt"'

_FILE_NAME = cause(
    'a file name holds one of / \\ : * ? " < > or a vertical bar; the API v2 was seen to refuse such a name',
    "name the file by letters, digits, dots and hyphens",
    "SES404",
    source="govuk-forms/forms-runner#1594",
)

MIME_TEXTS: Final = (
    known(
        "Missing start boundary",
        cause(
            "a multipart announces a boundary that no line of its body shows",
            "write each part behind a line of two hyphens and the boundary",
            "SES401",
            source="nodemailer/nodemailer#1440",
        ),
        cause(
            "a multipart has an empty body: the library made no part, or the body was lost on the way",
            "give it at least one part, or another type",
            "SES401",
            source="bbottema/simple-java-mail#259",
        ),
        cause(
            "an empty line stands in the middle of the header section, so that the parts are not where they should be",
            "write no empty line before the last field",
            shown_by="SES007",
            source="swiftmailer/swiftmailer#563",
        ),
    ),
    known(
        "Expected '/', got ~;~",
        cause(
            "a Content-Type names a type without a subtype (`text;`)",
            "write type and subtype: text/plain",
            "SES402",
            source="go-gomail/gomail#131",
        ),
    ),
    known(
        "Expected ';', got \":\"",
        cause(
            "a parameter has a value with a colon, without quotes round it",
            _QUOTE,
            _FIELDS,
            source="sentinl/sentinl#266",
        ),
        _FILE_NAME,
    ),
    known(
        "Expected ';', got \"~hello.txt~\"",
        cause(
            "a parameter has a value with a blank, without quotes round it (filename=my hello.txt)",
            _QUOTE,
            _FIELDS,
            source="snoyberg/mime-mail#54",
        ),
        cause(
            "a parameter has a value with another character that needs quotes, such as ( ) < > @ , : = ? /, or a"
            " non-ASCII one",
            "write the value in quotes; non-ASCII names by RFC 2231: filename*=utf-8''caf%C3%A9.txt",
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
            "a parameter has a name and no equals sign (`; foo`)",
            "write name=value, or remove what stands after the semicolon",
            _FIELDS,
            source="mozilla/fx-private-relay#1887",
        ),
    ),
    known(
        "Expected disposition, got ~=~",
        cause(
            "an encoded word stands where Content-Disposition has `attachment` or `inline`",
            "write the disposition plainly, and encode the file name alone",
            "SES403",
            place=r"=\?",
            source="mageplaza/magento-2-smtp#202",
        ),
        cause(
            "Content-Disposition begins with something else than a word",
            "write attachment or inline first",
            "SES403",
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
    ),
    known(
        'Expected parameter value, got "~=~"',
        cause(
            "an encoded word stands unquoted as the value of a parameter (filename==?utf-8?...)",
            "write it by RFC 2231: filename*=utf-8''caf%C3%A9.txt",
            _FIELDS,
            place=r"=\?",
            source="bbottema/simple-java-mail#224",
        ),
        cause(
            "a parameter has an equals sign and no value, or a value that begins with a special or non-ASCII character",
            "write a value, in quotes",
            _FIELDS,
            evidence=Evidence.ASSUMED,
            source=JAVAMAIL,
        ),
    ),
    known(
        "Unsupported encoding ~cp-850~.",
        cause(
            "the charset of a text is none that Java knows by that name",
            "write the text in UTF-8, and name it utf-8",
            "SES304",
            source="arithmetric/aws-lambda-ses-forwarder#122",
        ),
    ),
    *(
        known(text, cause(why, remedy, rules, evidence=Evidence.ASSUMED, source=JAVAMAIL))
        for text, why, remedy, rules in (
            (
                "Expected MIME type, got ~...~",
                "a Content-Type is empty, or begins with something else than a word",
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
                "two semicolons stand side by side, or a parameter's name is in quotes",
                "write name=value after each semicolon",
                _FIELDS,
            ),
            (
                "Unbalanced quoted string",
                "a quote in Content-Type or Content-Disposition is not closed",
                "close it, or write a backslash before a quote that is meant",
                _FIELDS,
            ),
            (
                "Unbalanced comments",
                "a parenthesis in Content-Type or Content-Disposition is not closed",
                "write the value in quotes, or close the parenthesis",
                _FIELDS,
            ),
            (
                "Missing boundary parameter",
                "a multipart has no boundary parameter",
                "write the boundary in its Content-Type",
                "SES401 SES402",
            ),
            (
                "missing multipart end boundary",
                "the last boundary line, the one that ends with two hyphens, is missing; SES probably takes that",
                "end the multipart with a line of two hyphens, the boundary, two hyphens",
                "",
            ),
        )
    ),
)
