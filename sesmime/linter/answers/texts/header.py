"""What SES says of a header section: repeated, missing and empty fields, lines that are none, size."""

from __future__ import annotations

from typing import Final

from sesmime.linter.answers.texts.text import Carried, cause, known
from sesmime.ses.evidence import Evidence

_DG: Final = "https://docs.aws.amazon.com/ses/latest/dg/"

_NO_EMPTY_LINE = cause(
    "the empty line after the header section is missing, so the fields of the first part are added to the message's",
    "put an empty line between the header section and the body",
    "SES101",
    shown_by="SES003",
    source="xreef/EMailSender#50",
)
_LONE_CR = cause(
    "a line ends with a lone CR, so fields and parts run together",
    "end every line with CRLF",
    shown_by="SES001",
    source="arithmetric/aws-lambda-ses-forwarder#51",
)


_BEHIND_EMPTY_LINE: Final = (
    cause(
        "there is an empty line before the fields, so all of them are in the body",
        "begin the message with its first field",
        "SES004",
        source="aws/aws-sdk-php#68",
    ),
    cause(
        "there is an empty line among the fields, as in AWS's example of the X-SES-SOURCE-ARN fields",
        "remove the empty line among the fields",
        shown_by="SES007",
        evidence=Evidence.DOCUMENTED,
        source="https://docs.aws.amazon.com/ses/latest/APIReference/API_RawMessage.html",
    ),
)


# The fields that are found twice most often: why, the remedy, the source.
_TWICE: Final = {
    "Content-Type": (
        "the field is repeated: the library and the caller both write it",
        "let only one of them write it",
        "xreef/EMailSender#49",
    ),
    "MIME-Version": (
        "the code that builds the message and the framework that sends it both write the field",
        "write it once",
        "Drewster727/goes-notify#10",
    ),
    "Message-ID": (
        "the field is repeated, perhaps in a different case (Message-Id); SES ignores the case of names",
        "remove one; SES writes its own anyway",
        "inboundemail/inbound#25",
    ),
    "DKIM-Signature": (
        "relayed mail has several signatures; SES accepts one",
        "remove the signatures of earlier senders before forwarding the message",
        "arithmetric/aws-lambda-ses-forwarder#8",
    ),
    "Delivered-To": (
        "forwarded or bounced mail has one of these from every server it passed",
        "remove them before forwarding the message",
        "arithmetric/aws-lambda-ses-forwarder#111",
    ),
    "List-Unsubscribe": (
        "a plugin adds the field although the message already has one",
        "keep one; list management of SES writes its own",
        "WPManageNinja/fluent-smtp#64",
    ),
    "Content-Transfer-Encoding": (
        "the field is repeated: the library and the caller both write it",
        "let only one of them write it",
        "acmailer/acmailer#58",
    ),
}
_DUPLICATES = tuple(
    known(
        f"Duplicate header '{name}'.",
        cause(why, remedy, "SES101", source=source),
        _NO_EMPTY_LINE,
        _LONE_CR,
    )
    for name, (why, remedy, source) in _TWICE.items()
)

HEADER_TEXTS: Final = (
    *_DUPLICATES,
    known(
        "Duplicate header '~X~'.",
        cause(
            "a field that SES accepts only once is repeated",
            "keep one of them; in forwarded mail, remove the fields of earlier servers",
            "SES101",
            evidence=Evidence.DOCUMENTED,
            source=_DG + "header-fields.html",
        ),
        _NO_EMPTY_LINE,
        _LONE_CR,
    ),
    known(
        "Missing required header 'From'.",
        cause(
            "there is no From field, and no source is given as a parameter",
            "add a From field",
            "SES102",
            source="loopingz/aws-smtp-relay#6",
        ),
        *_BEHIND_EMPTY_LINE,
    ),
    known(
        "Missing required header 'To'.",
        cause(
            "there is no To field, and no destination is given; Bcc is not enough",
            "pass the recipients as the destination, or add a To field",
            "SES103 SES202",
            source="aws/aws-sdk-js#893",
        ),
        *_BEHIND_EMPTY_LINE,
    ),
    known(
        "Empty required header 'To'.",
        cause(
            "the To field is empty, which is refused even if a destination is given",
            "remove the field, or write an address in it",
            "SES104 SES202",
            source="daniel-zahariev/php-aws-ses#32",
        ),
    ),
    known(
        "Empty header names are illegal.",
        cause(
            "a line of the header section begins with a colon",
            "remove the line, or write the field's name",
            "SES002",
            source="aws/aws-sdk-js#4121",
        ),
        cause(
            "the header section contains text that is not a field: a field body runs into a new line, or the empty line"
            " before the body is missing",
            "begin continuation lines with a space, and end the header section with an empty line",
            "SES003",
            source="arithmetric/aws-lambda-ses-forwarder#123",
        ),
        cause(
            "the message was already base64, in lines, when the SDK encoded it",
            "pass the message without encoding it",
            "SES006",
            evidence=Evidence.ASSUMED,
            source="aws/aws-sdk-php#1459",
        ),
    ),
    known(
        "Illegal header '~<text>~'.",
        cause(
            "text of the body was read as a field, because no empty line ends the header section (seen in 2011)",
            "end the header section with an empty line",
            "SES003 SES004",
            source="jmhobbs/Swiftmailer-Transport--AWS-SES#13",
        ),
        cause(
            "in 2011 SES accepted only listed field names; today it accepts any",
            "look for text that is not a field",
            source="twilio/OpenVBX#255",
        ),
    ),
    known(
        "Header section too long.",
        cause(
            "the message was encoded in base64 twice: the SDK already does it",
            "pass the message without encoding it",
            "SES006",
            source="https://docs.aws.amazon.com/ses/latest/APIReference/API_RawMessage.html",
        ),
        cause(
            "no empty line ends the header section, so the whole message counts as fields",
            "end the header section with an empty line",
            shown_by="SES003",
            source="aws/aws-sdk-php#981",
        ),
        cause(
            "there are too many fields, or they are too long; the limit is not documented",
            "remove trace fields, signatures and lists that no reader needs",
            "SES005",
            source="aws/aws-sdk-php#981",
        ),
    ),
    known(
        "Illegal content.",
        cause(
            "the cause is not known",
            "lint the message, and send it in a simpler form",
            source="drewblas/aws-ses#51",
        ),
    ),
    known(
        "Illegal content type '~<x>~'.",
        cause(
            "from 2011 to 2013 SES accepted only listed content types; today it accepts any",
            "check which server answers: it may be an old emulator instead of SES",
            source="drewblas/aws-ses#15",
        ),
    ),
    known(
        "Message length is more than ~10485760~ bytes long: '~12078147~'.",
        cause(
            "the message, attachments and their encoding included, is larger than the interface accepts: 10 MB with"
            " SendRawEmail, 40 MB by the API v2 and SMTP",
            "use the API v2 or SMTP, or send a link instead of the attachment",
            "SES302",
            source="aws/aws-sdk-go-v2#1774",
        ),
    ),
    known(
        "552 ^Message is too long.",
        cause(
            "the message, attachments and their encoding included, is larger than SMTP accepts: 40 MB (formerly 10 MB)",
            "send a link instead of the attachment",
            "SES302",
            evidence=Evidence.DOCUMENTED,
            source=_DG + "troubleshoot-smtp.html",
        ),
        carried=Carried(reply="552 "),
    ),
)
