"""Parameters and fields that disagree."""

from __future__ import annotations

from typing import Any

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    ListManagement,
    MessageTag,
    Resolution,
    prepare,
    resolve,
)

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP


def url(source: str) -> str:
    """Write out a short form of facts/ses.md."""
    base = "https://docs.aws.amazon.com/ses/latest/"
    if source == "blog":  # "AWS Messaging blog, 2025-11-26, tenants implementation guide part 3"
        return (
            "https://aws.amazon.com/blogs/messaging-and-targeting/"
            "implement-tenants-in-your-amazon-ses-environment-part-3-implementation-guide/"
        )
    if source == "anymail/django-anymail":  # "anymail/django-anymail SES backend"
        return "https://github.com/anymail/django-anymail/blob/0391dddcea1df64b5438b09d26c133ef5c05fdb1/anymail/backends/amazon_ses.py"
    if source.startswith("dg/"):
        return f"{base}{source}.html"
    if source.startswith("v1:"):
        return f"{base}APIReference/API_{source[3:]}.html"
    if source.startswith("v2:"):
        return f"{base}APIReference-V2/API_{source[3:]}.html"
    repository, _, number = source.partition("#")
    return f"https://github.com/{repository}/issues/{number}"


def arn(name: str) -> str:
    return f"arn:aws:ses:us-east-1:123456789012:identity/{name}.example"


# A value for each parameter, the name of the field beside it, and three bodies of that field.
PARAMETERS: dict[str, Any] = {
    "source": "s@a.example",
    "destination": Destination(to=("t@a.example",)),
    "reply_to": ("r@a.example",),
    "return_path": "p@a.example",
    "source_arn": arn("parameter"),
    "from_arn": arn("parameter"),
    "return_path_arn": arn("parameter"),
    "message_tags": (MessageTag("given", "parameter"),),
    "configuration_set": "parameter",
    "list_management": ListManagement("parameter"),
    "tenant": "parameter",
    "endpoint_id": "abc.def",
}
FIELDS: dict[str, tuple[str, str, Any, str]] = {
    "source_arn": ("X-SES-SOURCE-ARN", arn("field"), arn("field"), arn("other")),
    "from_arn": ("X-SES-FROM-ARN", arn("field"), arn("field"), arn("other")),
    "return_path_arn": ("X-SES-RETURN-PATH-ARN", arn("field"), arn("field"), arn("other")),
    "message_tags": ("X-SES-MESSAGE-TAGS", "given=field", (MessageTag("given", "field"),), "given=other"),
    "configuration_set": ("X-SES-CONFIGURATION-SET", "field", "field", "other"),
    "list_management": ("X-SES-LIST-MANAGEMENT-OPTIONS", "field; topic=a", ListManagement("field", "a"), "other"),
    "tenant": ("X-SES-TENANT", "field", "field", "other"),
}
ORDINARY = {
    "source": "From: f@a.example",
    "reply_to": "Reply-To: f@a.example",
    "return_path": "Return-Path: f@a.example",
}


def given(setting: str, interface: Interface, value: Any = None) -> ApiParameters:
    # The API v2 says both ARNs of the sender in one parameter.
    name = "source_arn" if (setting, interface) == ("from_arn", V2) else setting
    return ApiParameters(**{name: PARAMETERS[setting] if value is None else value})


def message(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "", "body")).encode()


def in_case(interface: Interface, setting: str, case: str) -> Resolution:
    """Resolve a submission that is in a case of the table."""
    name, body, _, other = FIELDS.get(setting, ("", "", None, ""))
    lines = {
        "PARAMETER": [],
        "OVER_FIELD": [f"{name}: {body}"] if name else [ORDINARY.get(setting, "")],
        "FIELD": [f"{name}: {body}"],
        "REPEATED": [f"{name}: {body}", f"{name}: {other}"],
        "MALFORMED": [f"{name}: \x01", f"{name}: {body}"],
        "NEITHER": [],
    }[case]
    parameters = given(setting, interface) if case in ("PARAMETER", "OVER_FIELD") else ApiParameters()
    if interface is SMTP and case in ("PARAMETER", "OVER_FIELD") and setting in FIELDS:
        # A setting over SMTP counts once `prepare` writes it into the message.
        lines = ["From: f@a.example", "To: t@a.example", *lines]
        return prepare(message(*lines), parameters=parameters, interface=SMTP).resolution
    return resolve(message(*lines), parameters=parameters, interface=interface)
