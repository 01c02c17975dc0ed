"""Character classes and patterns of the standards, each under its section; there is no other home for them.

Patterns are for header sections and values, never for bodies: a class or `(?m)^` over 40 MB costs seconds.
"""

from __future__ import annotations

import re

from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

CRLF: Final = b"\r\n"

# RFC 5322 section 2.2: CR and LF stand together or not at all.
LONE_CR: Final = lazy_pattern(rb"\r(?!\n)")

# RFC 5322 section 2.1.1: at most 998 characters in a line, and 78 where possible, the line ending not counted.
MAX_LINE: Final = 998
PREFERRED_LINE: Final = 78

# RFC 5321 sections 4.5.3.1.1 and 4.5.3.1.2, and section 4.5.3.1.3 with RFC 3696's erratum 1690.
MAX_LOCAL_PART: Final = 64
MAX_ADDRESS: Final = 254
MAX_DOMAIN: Final = 255

# RFC 5322 section 3.6.8: ftext, any printable US-ASCII character but the colon.
FIELD_NAME: Final = re.compile(r"[!-9;-~]+")

# RFC 2045 section 5.1: token, any character but blanks, controls and tspecials. What sesmime writes as a field
# name must be one: each reader takes it alike.
TOKEN: Final = lazy_pattern(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+")

# RFC 5322 section 2.2: no CR or LF in a field body; of the other controls only HTAB is of any use. DEL is as bad.
CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

# RFC 2046 section 5.1.1: a boundary has at most 70 characters, of these and spaces, and ends with no space.
BCHARS_NO_SPACE: Final = r"[0-9A-Za-z'()+_,\-./:=?]"
MAX_BOUNDARY: Final = 70

# RFC 5322 section 3.6: fields of structured bodies, in which non-ASCII text has no place but display names.
ADDRESS_FIELDS: Final = frozenset(
    (
        "from",
        "sender",
        "reply-to",
        "to",
        "cc",
        "bcc",
        "resent-from",
        "resent-sender",
        "resent-to",
        "resent-cc",
        "resent-bcc",
        "resent-reply-to",
        "return-path",
        "disposition-notification-to",
        "errors-to",
    )
)
STRUCTURED_FIELDS: Final = ADDRESS_FIELDS | frozenset(
    (
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "received",
        "resent-date",
        "resent-message-id",
        "mime-version",
        "content-type",
        "content-disposition",
        "content-transfer-encoding",
        "content-id",
        "content-location",
        "content-language",
        "content-md5",
        "dkim-signature",
        "domainkey-signature",
        "authentication-results",
        "received-spf",
        "arc-seal",
        "arc-message-signature",
        "arc-authentication-results",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-subscribe",
        "list-help",
        "list-post",
        "list-owner",
        "list-archive",
        "auto-submitted",
        "feedback-id",
    )
)

# Fields whose readers are not known to unfold: one line as long as lines may be, then folded after a comma only.
UNFOLDED_FIELDS: Final = lazy_pattern(r"x-ses-", re.IGNORECASE | re.ASCII)

# RFC 6376 section 3.5, RFC 8617 section 4.1.2, RFC 4870 section 3.3: the signatures that cover a body, in lower case.
BODY_SIGNATURES: Final = ("dkim-signature", "arc-message-signature", "domainkey-signature")
