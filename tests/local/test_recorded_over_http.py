"""The recorded answers of SES, asked of the local SES over HTTP by boto3: code and text as recorded."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sesmime import Interface
from sesmime.local import LocalSes, Options
from tests.linter.recorded import FILE_NAMES, OLD_WORDINGS, recorded
from tests.local.conftest import client_of

pytestmark = [pytest.mark.edges, pytest.mark.shared]

# What a server with no tenants, and the template that is named, cannot answer as recorded; and why.
EXCEPTIONS = {
    "floci-v2-tenant-missing": "which resources a tenant has: the local SES has no tenants",
    "boto3-1795": "it hangs on the stored template of the report, which is not known",
    "mautic10304": "the address of the report is not known",
}
_METHODS = {
    "SendRawEmail": "send_raw_email",
    "SendEmail": "send_email",
    "SendTemplatedEmail": "send_templated_email",
    "SendBulkTemplatedEmail": "send_bulk_templated_email",
    "SendBulkEmail": "send_bulk_email",
    "SendCustomVerificationEmail": "send_custom_verification_email",
}
_RECORDS = [record for record in recorded() if record["interface"] != "smtp"]


@pytest.fixture(scope="module")
def ses() -> Iterator[LocalSes]:
    with LocalSes(Options(any_identity=True)) as ses:
        v1, v2 = client_of(ses, "ses"), client_of(ses, "sesv2")
        for record in _RECORDS:
            for name in _named(record.get("request") or {}, "ConfigurationSetName"):
                if name not in ("missing", "") and len(name) <= 64 and name not in _sets(v1):
                    v1.create_configuration_set(ConfigurationSet={"Name": name})
            for name in _named(record.get("request") or {}, "Template", "TemplateName"):
                if isinstance(name, str) and name and name not in ses.desk.state.region("us-east-1").templates:
                    v2.create_email_template(TemplateName=name, TemplateContent={"Subject": "s", "Text": "t"})
        verification = {"FromEmailAddress": "a@b.example", "TemplateSubject": "s", "TemplateContent": "c"}
        urls = {"SuccessRedirectionURL": "https://a.example", "FailureRedirectionURL": "https://b.example"}
        v2.create_custom_verification_email_template(TemplateName="T", **verification, **urls)
        yield ses


def _sets(v1: Any) -> list[str]:
    return [one["Name"] for one in v1.list_configuration_sets()["ConfigurationSets"]]


def _named(request: Any, *names: str) -> Iterator[Any]:
    if isinstance(request, dict):
        for name, value in request.items():
            if name in names:
                yield value
            yield from _named(value, *names)


@pytest.mark.parametrize("record", [pytest.param(record, id=record["id"]) for record in _RECORDS])
def test_the_answer_over_http_is_the_recorded_one(ses: LocalSes, record: dict[str, Any]) -> None:
    name, expected = record["id"], record["expected"]
    if name in EXCEPTIONS:
        pytest.skip(EXCEPTIONS[name])
    if name.startswith(FILE_NAMES):
        pytest.skip("the report has the refusal and not its text; a warning here")
    interface = Interface(record["interface"])
    request = dict(record.get("request") or {})
    message = base64.b64decode(record.get("message_b64") or "")
    if interface is Interface.SEND_RAW_EMAIL:
        request["RawMessage"] = {"Data": message}
    elif interface is Interface.V2_SEND_EMAIL_RAW:
        request["Content"] = {"Raw": {"Data": message}}
    client = client_of(ses, str(interface.row.service))
    method = getattr(client, _METHODS[str(interface.row.operation)])
    if expected is None or "entries" in expected:
        answer = method(**request)
        entries = answer.get("Status") or answer.get("BulkEmailEntryResults") or []
        for entry, wanted in zip(entries, (expected or {}).get("entries", []), strict=True):
            assert (entry["Status"], entry.get("Error")) == (tuple(wanted) if wanted else (entry["Status"], None))
        return
    with pytest.raises(ClientError) as refused:
        method(**request)
    error = refused.value.response["Error"]
    if expected["error_code"] is not None:
        assert error["Code"] == expected["error_code"]
    if expected["error_text"] is not None and name not in OLD_WORDINGS:
        assert error["Message"] == expected["error_text"]
    # The status that botocore's models give the code.
    status = {"NotFoundException": 404, "AccessDeniedException": 403}.get(error["Code"], 400)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
