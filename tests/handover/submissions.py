"""Messages, parameters and refusals that the tests of `prepare` share."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Finding,
    Interface,
    ListManagement,
    MessageTag,
    Prepared,
    Refused,
    Severity,
    prepare,
)
from sesmime.handover.prepare import prepared_with_report

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
RAW = [V1, V2, SMTP]
APIS = [V1, V2]
# A body to which every byte may happen but a change; many rules have something to say of it.
BODY = "body\xff of any bytes\x00\r and line\n ends\r\nX-SES-TENANT: no field\r\n"
ARN = "arn:aws:ses:us-east-1:123456789012:identity/"
SPRING = (MessageTag("campaign", "spring"),)


def message(*lines: str, ending: str = "\r\n", body: str | None = None) -> bytes:
    """Write a message that has a sender and a recipient, with more lines between them."""
    head = ["From: Joe <joe@a.example>", *lines, "To: b@c.example", "", ""]
    return ending.join(head).encode() + (f"Hi{ending}" if body is None else body).encode("latin-1")


PLAIN = message()
TO = ApiParameters(destination=Destination(to=("b@c.example",)))


def names(prepared: Prepared) -> list[str]:
    return [finding.name for finding in prepared.report]


def codes(prepared: Prepared) -> list[str]:
    return [finding.code for finding in prepared.report]


def refusal(text: bytes, **options: Any) -> Finding:
    """Return the most severe finding of a message that is refused."""
    with pytest.raises(Refused) as raised:
        prepare(text, **options)
    finding: Finding = raised.value.report[0]
    assert finding.severity is Severity.ERROR
    return finding


def reported(text: bytes, **options: Any) -> Prepared:
    """Prepare a message whatever the report says."""
    return prepared_with_report(text, **{"parameters": ApiParameters(), "interface": V1, **options})


# Each setting with a field, its value, and another value.
LIFTED: dict[str, tuple[str, Any, Any]] = {
    "configuration_set": ("X-SES-CONFIGURATION-SET: shop", "shop", "other"),
    "message_tags": ("X-SES-MESSAGE-TAGS: campaign=spring", SPRING, (MessageTag("b", "2"),)),
    "source_arn": (f"X-SES-SOURCE-ARN: {ARN}a.example", ARN + "a.example", ARN + "o.example"),
    "from_arn": (f"X-SES-FROM-ARN: {ARN}a.example", ARN + "a.example", ARN + "o.example"),
    "return_path_arn": (f"X-SES-RETURN-PATH-ARN: {ARN}a.example", ARN + "a.example", ARN + "o.example"),
    "list_management": (
        "X-SES-LIST-MANAGEMENT-OPTIONS: Weekly; topic=Offers",
        ListManagement("Weekly", "Offers"),
        ListManagement("Other"),
    ),
    "tenant": ("X-SES-TENANT: acme", "acme", "other"),
}
# Far more than a line may have, with blanks at which it can be folded.
LONG = " ".join(["word"] * 250)
# A message that SES would refuse, or whose line the receiving server would, and the codes of the rules that fix it.
FIXABLE: dict[str, tuple[bytes, list[str]]] = {
    "a repeated field": (message("MIME-Version: 1.0", "Subject: a", "mime-version: 1.0", body=BODY), ["SES101"]),
    "a long header line": (message(f"Subject: {LONG}", body=BODY), ["SES301"]),
    "a long body line": (message("Bcc: d@e.example", body=f"a\r\n{LONG}\r\n"), ["SES301"]),
    "tags with a comma too many": (message("X-SES-MESSAGE-TAGS: a=1,, b=2"), ["SES501"]),
    "tags that are none": (message("X-SES-MESSAGE-TAGS: ,"), ["SES501"]),
    "a long line of a part's header section": (
        message(
            "MIME-Version: 1.0",
            "Content-Type: multipart/mixed; boundary=b",
            body=f"--b\r\nContent-Description: {LONG}\r\n\r\nHi\r\n--b--\r\n",
        ),
        ["SES301"],
    ),
    "all of it": (
        message("Subject: a", "Subject: a", f"Comments: {LONG}", "X-SES-MESSAGE-TAGS: a=1,", body=f"{LONG}\r\n"),
        ["SES101", "SES301", "SES301", "SES501"],
    ),
}
