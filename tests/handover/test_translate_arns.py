"""`translate` loses no ARN that the other interface has, in whichever of its places it stood.

API v1: "SourceArn … FromArn … ReturnPathArn"; API v2: FromEmailAddressIdentityArn "overrides" both X-SES-SOURCE-ARN and
X-SES-FROM-ARN, and FeedbackForwardingEmailAddressIdentityArn is the counterpart of ReturnPathArn.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from __future__ import annotations

from itertools import product
from typing import Any, Final, NamedTuple

import pytest

from sesmime.handover.translate import translate
from sesmime.mime.fields import parse_header_section
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import resolution_of
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
ARN: Final = "arn:aws:ses:eu-west-1:123456789012:identity/"
ONE, OTHER = f"{ARN}b.example", f"{ARN}j@b.example"
FIELDS: Final = {
    "source_arn": "X-SES-SOURCE-ARN",
    "from_arn": "X-SES-FROM-ARN",
    "return_path_arn": "X-SES-RETURN-PATH-ARN",
}
WAYS: Final = [(given, interface) for given, interface in product((V1, V2, SMTP), repeat=2) if given is not interface]


class Says(NamedTuple):
    """Whose permission a submission claims: for the envelope's sender, for From, for the return path."""

    source: str | None
    sender: str | None
    return_path: str | None


def says(submission: Submission) -> Says:
    section = parse_header_section(bytes(submission.message or b""))
    found = resolution_of(section, parameters=submission.parameters, interface=submission.interface, lifting=True)
    has_both = submission.interface is V2 and submission.parameters.source_arn
    return Says(found.source_arn, found.source_arn if has_both else found.from_arn, found.return_path_arn)


def submissions(given: Interface) -> list[Submission]:
    """Return every way to give each of the ARNs: not, as a parameter, as a field, or as both."""
    made = []
    values = [(None, None), (ONE, None), (None, ONE), (OTHER, None), (None, OTHER), (ONE, OTHER), (ONE, ONE)]
    for combination in product(values, repeat=3):
        parameters: dict[str, Any] = {name: one for name, (one, _) in zip(FIELDS, combination, strict=True) if one}
        if (given is SMTP and parameters) or (given is V2 and "from_arn" in parameters):
            continue
        fields = "".join(
            f"{FIELDS[name]}: {one}\r\n" for name, (_, one) in zip(FIELDS, combination, strict=True) if one
        )
        message = f"From: j@b.example\r\nTo: c@d.example\r\n{fields}\r\nHi\r\n".encode()
        made.append(Submission(message, ApiParameters(**parameters), given))
    return made


@pytest.mark.parametrize(("given", "interface"), WAYS, ids=str)
def test_what_is_the_same_in_both_is_not_lost(given: Interface, interface: Interface) -> None:
    for submission in submissions(given):
        made = translate(submission, interface)
        before, after = says(submission), says(made.submission)
        is_told = bool(made.lost)
        where = f"{submission.message!r} {submission.parameters} {made}"
        lost = [old for old, new in zip(before, after, strict=True) if old and old != new]
        assert is_told == bool(lost), where
        assert not lost, where  # each of the three has a place for all of them


def test_equal_arns_become_one_parameter() -> None:
    both = ApiParameters(source_arn=ONE, from_arn=ONE, return_path_arn=OTHER)
    made = translate(Submission(b"From: j@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n", both, V1), V2)
    assert made.lost == ()
    assert made.submission.to_request()["FromEmailAddressIdentityArn"] == ONE
    back = translate(made.submission, V1)
    assert back.lost == ()
    assert back.submission.parameters == ApiParameters(source_arn=ONE, from_arn=ONE, return_path_arn=OTHER)
