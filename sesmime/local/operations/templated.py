"""Sends by template, to one destination or in bulk, and verification mails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sesmime.compose.simple import raw_from_simple
from sesmime.local.answers import Refusal
from sesmime.local.calls import Call
from sesmime.local.checking import check_parameters
from sesmime.local.desk import Desk
from sesmime.local.operations.sending import submission_of
from sesmime.local.operations.templates import found_verification, parts_of
from sesmime.local.rendering import RenderingFailure, render, simple_content, template_data
from sesmime.local.state import Identity, Region
from sesmime.local.taking import Handed, Made, made_by, take
from sesmime.local.verdict import judge
from sesmime.ses.interfaces import Interface

_Result = Mapping[str, Any]
# What an entry of a bulk call is told, by the code that a call of its own would get (v1 and v2 models).
_STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "MessageRejected": ("MessageRejected", "MESSAGE_REJECTED"),
    "MailFromDomainNotVerifiedException": ("MailFromDomainNotVerified", "MAIL_FROM_DOMAIN_NOT_VERIFIED"),
    "ConfigurationSetDoesNotExist": ("ConfigurationSetDoesNotExist", "CONFIGURATION_SET_NOT_FOUND"),
    "TemplateDoesNotExist": ("TemplateDoesNotExist", "TEMPLATE_NOT_FOUND"),
    "AccountSendingPausedException": ("AccountSendingPaused", "ACCOUNT_SENDING_PAUSED"),
    "ConfigurationSetSendingPausedException": ("ConfigurationSetSendingPaused", "CONFIGURATION_SET_SENDING_PAUSED"),
    "Throttling": ("AccountThrottled", "ACCOUNT_THROTTLED"),
    "TooManyRequestsException": ("AccountThrottled", "ACCOUNT_THROTTLED"),
    "InvalidParameterValue": ("InvalidParameterValue", "INVALID_PARAMETER"),
    "BadRequestException": ("InvalidParameterValue", "INVALID_PARAMETER"),
}


def send_templated(desk: Desk, call: Call) -> _Result:
    """v1 SendTemplatedEmail; v2 SendEmail with a template comes here too."""
    interface = Interface.SEND_TEMPLATED_EMAIL if call.service == "ses" else Interface.V2_SEND_EMAIL_TEMPLATE
    region = desk.state.region(call.region)
    return {"MessageId": _send_one(desk, call, region, call.parameters, interface)}


def send_bulk(desk: Desk, call: Call) -> _Result:
    """v1 SendBulkTemplatedEmail, v2 SendBulkEmail: refused whole, or answered entry by entry."""
    is_v2 = call.service == "sesv2"
    whole = Interface.V2_SEND_BULK_EMAIL if is_v2 else Interface.SEND_BULK_TEMPLATED_EMAIL
    single = Interface.V2_SEND_EMAIL_TEMPLATE if is_v2 else Interface.SEND_TEMPLATED_EMAIL
    region = desk.state.region(call.region)
    submission = submission_of(call.service, call.parameters, whole)
    with desk.state.lock:
        verdict = judge(submission, region, desk.options, counts=False)
    if verdict.refusal is not None and _is_of_whole(verdict.refusal):
        take(desk, region, _handed(call, submission, call.parameters))  # kept, and raises the refusal
    if verdict.refusal is None:
        check_parameters(call.service, call.operation, call.parameters)
    results = []
    for request in _entries_v2(call.parameters) if is_v2 else _entries_v1(call.parameters):
        try:
            message_id = _send_one(desk, call, region, request, single)
            results.append({"Status": "SUCCESS" if is_v2 else "Success", "MessageId": message_id})
        except Refusal as refusal:
            code = _v1_code(refusal)
            status = _STATUSES.get(code, ("Failed", "FAILED"))[is_v2]
            results.append({"Status": status, "Error": refusal.text})
    return {"BulkEmailEntryResults" if is_v2 else "Status": results}


def send_verification(desk: Desk, call: Call) -> _Result:
    """v1 and v2 SendCustomVerificationEmail: the mail is kept, the address waits for its verification."""
    is_v2 = call.service == "sesv2"
    interface = Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL if is_v2 else Interface.SEND_CUSTOM_VERIFICATION_EMAIL
    region, address = desk.state.region(call.region), call.parameters.get("EmailAddress") or ""
    submission = submission_of(call.service, call.parameters, interface)

    def make() -> Made:
        check_parameters(call.service, call.operation, call.parameters)
        template = found_verification(region, call)
        content = simple_content_of_html(template["TemplateSubject"], template["TemplateContent"])
        destination = {"ToAddresses": [address]}
        request = {"Source": template["FromEmailAddress"], "Destination": destination, "Message": content}
        with desk.state.lock:
            region.identities.setdefault(address, Identity(address, verified=False))
            desk.state.changed.set()
        return Made(made_by(raw_from_simple, request, Interface.SEND_EMAIL))

    return {"MessageId": take(desk, region, _handed(call, submission, call.parameters, make=make)).message_id}


def simple_content_of_html(subject: str | None, html: str | None) -> dict[str, Any]:
    """Return simple content of a subject and an HTML text."""
    return {"Subject": {"Data": subject or ""}, "Body": {"Html": {"Data": html or ""}}}


def _send_one(desk: Desk, call: Call, region: Region, request: Mapping[str, Any], interface: Interface) -> str:
    """Send by template to one destination; return the message id."""
    submission = submission_of(call.service, request, interface)
    is_v2 = interface.is_v2
    given: Mapping[str, Any] = request["Content"]["Template"] if is_v2 else request
    name = given.get("TemplateName" if is_v2 else "Template")
    if name is None and not given.get("TemplateContent"):
        arn = given.get("TemplateArn") or ""
        name = arn.rpartition("/")[2] or None
    parts = _parts(region, name, given)

    def make() -> Made:
        data = template_data(given.get("TemplateData"), invalid_code=_invalid(interface))
        try:
            content = simple_content(render(parts or {}, data))
        except RenderingFailure as failure:
            return Made(None, str(failure))
        if is_v2:
            content |= {member: given[member] for member in ("Headers", "Attachments") if given.get(member)}
        return Made(made_by(raw_from_simple, *_simple(request, content, is_v2=is_v2)))

    return str(take(desk, region, _handed(call, submission, request, template=name, make=make)).message_id)


def _invalid(interface: Interface) -> str:
    """Return the code of a parameter that is wrong."""
    return "BadRequestException" if interface.is_v2 else "InvalidParameterValue"


def _parts(region: Region, name: str | None, given: Mapping[str, Any]) -> Mapping[str, str | None] | None:
    if name is not None:
        template = region.templates.get(name)
        return None if template is None else parts_of(template)
    content = given.get("TemplateContent")
    return None if not content else {part: content.get(part.capitalize()) for part in ("subject", "text", "html")}


def _simple(
    request: Mapping[str, Any], content: Mapping[str, Any], *, is_v2: bool
) -> tuple[Mapping[str, Any], Interface]:
    """Return the request with simple content that has the same sender and destination."""
    names = (
        ("FromEmailAddress", "Destination", "ReplyToAddresses")
        if is_v2
        else ("Source", "Destination", "ReplyToAddresses")
    )
    beside = {name: request[name] for name in names if name in request}
    if is_v2:
        return {**beside, "Content": {"Simple": content}}, Interface.V2_SEND_EMAIL_SIMPLE
    return {**beside, "Message": content}, Interface.SEND_EMAIL


def _entries_v1(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the SendTemplatedEmail request that each destination stands for; tags are joined, the entry's first."""
    shared = ("Source", "SourceArn", "ReplyToAddresses", "ReturnPath", "ReturnPathArn", "ConfigurationSetName")
    for entry in request.get("Destinations") or ():
        one = {name: request[name] for name in (*shared, "Template", "TemplateArn") if name in request}
        one["Destination"] = entry.get("Destination") or {}
        one["TemplateData"] = entry.get("ReplacementTemplateData") or request.get("DefaultTemplateData") or "{}"
        tags = joined_tags(entry.get("ReplacementTags"), request.get("DefaultTags"))
        yield one | ({"Tags": tags} if tags else {})


def _entries_v2(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the SendEmail request with a template that each entry stands for."""
    shared = (
        "FromEmailAddress",
        "FromEmailAddressIdentityArn",
        "ReplyToAddresses",
        "FeedbackForwardingEmailAddress",
        "FeedbackForwardingEmailAddressIdentityArn",
        "ConfigurationSetName",
        "EndpointId",
        "TenantName",
        "ConfigurationOverrides",
    )
    default = (request.get("DefaultContent") or {}).get("Template") or {}
    for entry in request.get("BulkEmailEntries") or ():
        one = {name: request[name] for name in shared if name in request}
        one["Destination"] = entry.get("Destination") or {}
        template = dict(default)
        replaced = ((entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}).get(
            "ReplacementTemplateData"
        )
        if replaced:
            template["TemplateData"] = replaced
        headers = {header["Name"].lower(): header for header in template.get("Headers") or ()}
        headers |= {header["Name"].lower(): header for header in entry.get("ReplacementHeaders") or ()}
        if headers:
            template["Headers"] = list(headers.values())
        one["Content"] = {"Template": template}
        tags = joined_tags(entry.get("ReplacementTags"), request.get("DefaultEmailTags"))
        yield one | ({"EmailTags": tags} if tags else {})


def joined_tags(own: Any, default: Any) -> list[Mapping[str, str]]:
    """Return the tags of an entry: its own, and the default ones whose names it does not have."""
    tags = {tag["Name"]: tag for tag in default or ()} | {tag["Name"]: tag for tag in own or ()}
    return list(tags.values())


def _is_of_whole(refusal: Refusal) -> bool:
    """Whether a refusal is of the whole bulk call: what the account or a template lacks is told to each entry."""
    return _v1_code(refusal) in ("InvalidParameterValue", "BadRequestException", "ValidationError", "MessageRejected")


def _v1_code(refusal: Refusal) -> str:
    """Return the code of v1 where v2 has one for several."""
    if refusal.code == "NotFoundException":
        return (
            "ConfigurationSetDoesNotExist" if refusal.text.startswith("Configuration set") else "TemplateDoesNotExist"
        )
    if refusal.code == "SendingPausedException":
        of_account = refusal.text.startswith("Sending paused for this account")
        return "AccountSendingPausedException" if of_account else "ConfigurationSetSendingPausedException"
    return refusal.code


def _handed(
    call: Call,
    submission: Any,
    request: Mapping[str, Any],
    *,
    template: str | None = None,
    make: Callable[[], Made] | None = None,
) -> Handed:
    return Handed(
        submission=submission,
        message=None,
        request=request,
        source_ip=call.source_ip,
        operation=call.operation,
        template=template,
        make=make,
    )


OPERATIONS: Final = {
    ("ses", "SendTemplatedEmail"): send_templated,
    ("ses", "SendBulkTemplatedEmail"): send_bulk,
    ("ses", "SendCustomVerificationEmail"): send_verification,
    ("sesv2", "SendBulkEmail"): send_bulk,
    ("sesv2", "SendCustomVerificationEmail"): send_verification,
}
