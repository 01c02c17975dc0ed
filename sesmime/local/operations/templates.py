"""Templates, shared by v1 and v2, and those of verification mails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sesmime.compose.simple import raw_from_simple
from sesmime.errors import SesMimeError, quoted
from sesmime.local.answers import Refusal
from sesmime.local.calls import Call
from sesmime.local.desk import Desk
from sesmime.local.operations.paging import page_of, tags_of
from sesmime.local.rendering import RenderingFailure, faulty, render, simple_content, template_data
from sesmime.local.state import Region, Template
from sesmime.mime.edits import remove_fields
from sesmime.ses.interfaces import Interface

_Result = Mapping[str, Any]
_PARTS: Final = {"subject": "SubjectPart", "text": "TextPart", "html": "HtmlPart"}
_VERIFICATION: Final = (
    "TemplateName",
    "FromEmailAddress",
    "TemplateSubject",
    "TemplateContent",
    "SuccessRedirectionURL",
    "FailureRedirectionURL",
)


def found_template(region: Region, name: str, *, is_v2: bool) -> Template:
    """Return a template; raises the refusal of either API where there is none."""
    found = region.templates.get(name)
    if found is None:
        raise Refusal("NotFoundException" if is_v2 else "TemplateDoesNotExist", f"Template {name} does not exist.")
    return found


def parts_of(template: Template) -> dict[str, str | None]:
    """Return what is rendered of a template."""
    return {"subject": template.subject, "text": template.text, "html": template.html}


def _given(call: Call) -> tuple[str, dict[str, str | None], dict[str, str]]:
    """Return name, parts and tags that a request gives, of either API."""
    if call.service == "ses":
        given = call.parameters["Template"]
        return given["TemplateName"], {part: given.get(member) for part, member in _PARTS.items()}, {}
    content = call.parameters.get("TemplateContent") or {}
    parts = {part: content.get(part.capitalize()) for part in _PARTS}
    return call.parameters["TemplateName"], parts, tags_of(call.parameters)


def create(desk: Desk, call: Call) -> _Result:
    """v1 CreateTemplate, v2 CreateEmailTemplate."""
    name, parts, tags = _given(call)
    templates = desk.state.region(call.region).templates
    if name in templates:
        code = "AlreadyExists" if call.service == "ses" else "AlreadyExistsException"
        raise Refusal(code, f"Template {name} already exists.")
    _refuse_malformed(call, parts)
    templates[name] = Template(name, parts["subject"], parts["text"], parts["html"], tags=tags)
    return {}


def update(desk: Desk, call: Call) -> _Result:
    """v1 UpdateTemplate, v2 UpdateEmailTemplate: the parts are replaced as a whole."""
    name, parts, _ = _given(call)
    region = desk.state.region(call.region)
    found = found_template(region, name, is_v2=call.service == "sesv2")
    _refuse_malformed(call, parts)
    found.subject, found.text, found.html = parts["subject"], parts["text"], parts["html"]
    return {}


def _refuse_malformed(call: Call, parts: Mapping[str, str | None]) -> None:
    code = "InvalidTemplate" if call.service == "ses" else "BadRequestException"
    if not parts["subject"]:
        raise Refusal(code, "The subject must be specified.")
    for part, text in parts.items():
        fault = faulty(text)
        if fault is not None:
            raise Refusal(code, f"The {part} part is malformed: {fault}")


def get_v1(desk: Desk, call: Call) -> _Result:
    """v1 GetTemplate."""
    found = found_template(desk.state.region(call.region), call.parameters["TemplateName"], is_v2=False)
    shown = {_PARTS[part]: text for part, text in parts_of(found).items() if text is not None}
    return {"Template": {"TemplateName": found.name, **shown}}


def get_v2(desk: Desk, call: Call) -> _Result:
    """v2 GetEmailTemplate."""
    found = found_template(desk.state.region(call.region), call.parameters["TemplateName"], is_v2=True)
    shown = {part.capitalize(): text for part, text in parts_of(found).items() if text is not None}
    return {"TemplateName": found.name, "TemplateContent": shown}


def delete(desk: Desk, call: Call) -> _Result:
    """v1 DeleteTemplate (of what is not there: no complaint), v2 DeleteEmailTemplate."""
    region, name = desk.state.region(call.region), call.parameters["TemplateName"]
    if call.service == "sesv2":
        found_template(region, name, is_v2=True)
    region.templates.pop(name, None)
    return {}


def list_v1(desk: Desk, call: Call) -> _Result:
    """v1 ListTemplates."""
    page, more = page_of(_listed(desk, call, "Name"), call.parameters, size="MaxItems", most=10)
    return {"TemplatesMetadata": page, **more}


def list_v2(desk: Desk, call: Call) -> _Result:
    """v2 ListEmailTemplates."""
    page, more = page_of(_listed(desk, call, "TemplateName"), call.parameters, most=10)
    return {"TemplatesMetadata": page, **more}


def _listed(desk: Desk, call: Call, member: str) -> list[dict[str, Any]]:
    return [
        {member: one.name, "CreatedTimestamp": one.created.replace(tzinfo=None)}
        for one in desk.state.region(call.region).templates.values()
    ]


def render_test(desk: Desk, call: Call) -> _Result:
    """v1 TestRenderTemplate, v2 TestRenderEmailTemplate: the whole message as text."""
    is_v2 = call.service == "sesv2"
    found = found_template(desk.state.region(call.region), call.parameters["TemplateName"], is_v2=is_v2)
    invalid = "BadRequestException" if is_v2 else "InvalidRenderingParameter"
    data = template_data(call.parameters["TemplateData"], invalid_code=invalid)
    try:
        rendered = render(parts_of(found), data)
    except RenderingFailure as failure:
        code = "BadRequestException" if is_v2 else "MissingRenderingAttribute"
        raise Refusal(code, str(failure)) from None
    anybody = "render@localhost.example"
    request = {
        "Source": anybody,
        "Destination": {"ToAddresses": [anybody]},
        "Message": simple_content(rendered),
    }
    try:
        message = raw_from_simple(request, Interface.SEND_EMAIL)
    except SesMimeError as error:
        raise Refusal(invalid, quoted(str(error), 400)[1:-1]) from None
    return {"RenderedTemplate": remove_fields(message, "From", "To").decode("utf-8", "replace")}


# Verification mails


def create_verification(desk: Desk, call: Call) -> _Result:
    """v1 and v2 CreateCustomVerificationEmailTemplate."""
    templates, name = desk.state.region(call.region).verification_templates, call.parameters["TemplateName"]
    if name in templates:
        code = "CustomVerificationEmailTemplateAlreadyExists" if call.service == "ses" else "AlreadyExistsException"
        raise Refusal(code, f"Custom verification email template {name} already exists.")
    templates[name] = {member: call.parameters.get(member) for member in _VERIFICATION}
    return {}


def update_verification(desk: Desk, call: Call) -> _Result:
    """v1 and v2 UpdateCustomVerificationEmailTemplate."""
    found = found_verification(desk.state.region(call.region), call)
    found.update({member: call.parameters[member] for member in _VERIFICATION if member in call.parameters})
    return {}


def get_verification(desk: Desk, call: Call) -> _Result:
    """v1 and v2 GetCustomVerificationEmailTemplate."""
    return dict(found_verification(desk.state.region(call.region), call))


def delete_verification(desk: Desk, call: Call) -> _Result:
    """v1 and v2 DeleteCustomVerificationEmailTemplate."""
    region = desk.state.region(call.region)
    if call.service == "sesv2":
        found_verification(region, call)
    region.verification_templates.pop(call.parameters["TemplateName"], None)
    return {}


def list_verification(desk: Desk, call: Call) -> _Result:
    """v1 and v2 ListCustomVerificationEmailTemplates."""
    listed = [
        {member: value for member, value in one.items() if member != "TemplateContent"}
        for one in desk.state.region(call.region).verification_templates.values()
    ]
    size = "MaxResults" if call.service == "ses" else "PageSize"
    page, more = page_of(listed, call.parameters, size=size, most=50)
    return {"CustomVerificationEmailTemplates": page, **more}


def found_verification(region: Region, call: Call) -> dict[str, Any]:
    """Return the template of verification mails that a call names; raises the refusal where there is none."""
    name = call.parameters["TemplateName"]
    found = region.verification_templates.get(name)
    if found is None:
        code = "CustomVerificationEmailTemplateDoesNotExist" if call.service == "ses" else "NotFoundException"
        raise Refusal(code, f"Custom verification email template {name} does not exist.")
    return found


_VERIFICATION_OPERATIONS: Final[Mapping[str, Callable[[Desk, Call], _Result]]] = {
    "CreateCustomVerificationEmailTemplate": create_verification,
    "UpdateCustomVerificationEmailTemplate": update_verification,
    "GetCustomVerificationEmailTemplate": get_verification,
    "DeleteCustomVerificationEmailTemplate": delete_verification,
    "ListCustomVerificationEmailTemplates": list_verification,
}
OPERATIONS: Final[Mapping[tuple[str, str], Callable[[Desk, Call], _Result]]] = {
    ("ses", "CreateTemplate"): create,
    ("ses", "UpdateTemplate"): update,
    ("ses", "GetTemplate"): get_v1,
    ("ses", "DeleteTemplate"): delete,
    ("ses", "ListTemplates"): list_v1,
    ("ses", "TestRenderTemplate"): render_test,
    ("sesv2", "CreateEmailTemplate"): create,
    ("sesv2", "UpdateEmailTemplate"): update,
    ("sesv2", "GetEmailTemplate"): get_v2,
    ("sesv2", "DeleteEmailTemplate"): delete,
    ("sesv2", "ListEmailTemplates"): list_v2,
    ("sesv2", "TestRenderEmailTemplate"): render_test,
    **{("ses", name): operation for name, operation in _VERIFICATION_OPERATIONS.items()},
    **{("sesv2", name): operation for name, operation in _VERIFICATION_OPERATIONS.items()},
}
