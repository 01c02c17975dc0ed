"""Every operation of the local SES, called by boto3 as programs that manage accounts do, and those that are absent."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import jmespath
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.session import get_session
from botocore.validate import ParamValidator

from sesmime.local import LocalSes
from sesmime.local.calls import Call
from sesmime.local.desk import Desk
from sesmime.local.operations import OPERATIONS
from tests.local.conftest import client_of
from tests.local.walks import WALKS, Row

pytestmark = pytest.mark.edges
ABSENT = [
    (service, name)
    for service in ("ses", "sesv2")
    for name in get_session().get_service_model(service).operation_names
    if (service, name) not in OPERATIONS
]


def test_the_walks_call_every_operation() -> None:
    assert {(row.service, row.operation) for rows in WALKS.values() for row in rows} == set(OPERATIONS)


@pytest.mark.parametrize("family", WALKS)
def test_a_family_is_created_read_changed_and_deleted(
    local: Callable[..., LocalSes], monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    results: list[Mapping[str, Any]] = []
    handle = Desk.handle

    def recorded(desk: Desk, call: Call) -> Mapping[str, Any]:
        results.append(handle(desk, call))
        return results[-1]

    monkeypatch.setattr(Desk, "handle", recorded)
    ses = local()
    client_of(ses, "sns").create_topic(Name="ses-events")
    clients = {service: client_of(ses, service) for service in ("ses", "sesv2")}
    for number, row in enumerate(WALKS[family]):
        results.clear()
        called = f"row {number}: {row.service} {row.operation} {row.request}"
        model = clients[row.service].meta.service_model.operation_model(row.operation)
        _assert_is_valid(row.request, model.input_shape, called)
        try:
            answer = getattr(clients[row.service], xform_name(row.operation))(**row.request)
        except ClientError as error:
            _assert_is_expected_error(error, row, model, called)
            continue
        assert isinstance(row.expected, dict), f"{called}: {row.expected} was expected"
        # The desk's result holds what the model has and no more, and the client reads all of it.
        told = _without_nothing(results[0])
        _assert_is_valid(told, model.output_shape, called)
        metadata = answer.pop("ResponseMetadata")
        assert metadata["HTTPStatusCode"] == 200
        assert metadata["RequestId"], called
        _assert_is_valid(answer, model.output_shape, called)
        assert set(told) <= set(answer), called
        for expression, value in row.expected.items():
            assert jmespath.search(expression, answer) == value, f"{called}: {expression} of {answer}"


def _assert_is_expected_error(error: ClientError, row: Row, model: OperationModel, called: str) -> None:
    answer = error.response
    assert answer["Error"]["Code"] == row.expected, f"{called}: {answer['Error']}"
    assert answer["Error"]["Message"], called
    # A typed exception, where the operation's model has that error.
    codes = {str(shape.metadata.get("error", {}).get("code", shape.name)) for shape in model.error_shapes}
    if row.expected in codes:
        assert type(error) is not ClientError, called
    assert 400 <= answer["ResponseMetadata"]["HTTPStatusCode"] < 500


def _assert_is_valid(value: Any, shape: Any, called: str) -> None:
    if shape is None:
        assert not value, called
        return
    report = ParamValidator().validate(value, shape)
    assert not report.has_errors(), f"{called}: {report.generate_report()}"


def _without_nothing(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nothing(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_without_nothing(one) for one in value]
    return value


def _least(shape: Any) -> Any:
    """Return the least value that the model's shape takes."""
    if shape is None:
        return {}
    if shape.type_name == "structure":
        return {name: _least(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [_least(shape.member)]
    if shape.type_name == "map":
        return {"a": _least(shape.value)}
    if getattr(shape, "enum", None):
        return shape.enum[0]
    plain = {"boolean": True, "integer": 1, "long": 1, "double": 1.0, "timestamp": 0, "blob": b"x"}
    return plain.get(shape.type_name, "a1")


def test_what_is_not_built_is_answered_with_an_error_of_aws(local: Callable[..., LocalSes]) -> None:
    ses = local(any_identity=True)
    clients = {service: client_of(ses, service) for service in ("ses", "sesv2")}
    for service, name in ABSENT:
        request = _least(clients[service].meta.service_model.operation_model(name).input_shape)
        with pytest.raises(ClientError) as refused:
            getattr(clients[service], xform_name(name))(**request)
        error, metadata = refused.value.response["Error"], refused.value.response["ResponseMetadata"]
        assert error["Code"] == ("InvalidAction" if service == "ses" else "NotImplementedException"), name
        assert error["Message"] == f"sesmime's local SES does not have the operation {name}"
        assert metadata["HTTPStatusCode"] == 501
        expected = "text/xml" if service == "ses" else "application/json"
        assert metadata["HTTPHeaders"]["content-type"].startswith(expected), name
    assert len(ABSENT) > 50


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_a_call_that_lacks_what_it_needs_is_a_fault_of_the_client(local: Callable[..., LocalSes], service: str) -> None:
    client = client_of(local(any_identity=True), service)
    answers = {}
    for name in sorted(operation for of, operation in OPERATIONS if of == service):
        shape = client.meta.service_model.operation_model(name).input_shape
        members = {} if shape is None else shape.members
        in_path = {one: "x" for one, member in members.items() if member.serialization.get("location") == "uri"}
        empty: dict[str, Any] = {one: {} for one, member in members.items() if member.type_name == "structure"}
        for request in (in_path, {**empty, **in_path}):
            try:
                answer = getattr(client, xform_name(name))(**request)
            except ClientError as error:
                answer = error.response
                answers[name] = answer["Error"]["Code"]
            assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500, (name, request, answer)
    assert len(answers) > 25


def test_listings_are_answered_where_older_clients_ask(local: Callable[..., LocalSes]) -> None:
    ses = local(verified_identities=("a.example", "b.example"))
    client_of(ses, "sesv2").create_configuration_set(ConfigurationSetName="orders")

    def get(path: str) -> Any:
        with urllib.request.urlopen(f"{ses.endpoint_url}{path}") as answer:
            return json.load(answer)

    assert get("/v2/email/configuration-sets") == {"ConfigurationSets": ["orders"]}
    page = get("/v2/email/identities?PageSize=1")
    assert [one["IdentityName"] for one in page["EmailIdentities"]] == ["a.example"]
    rest = get(f"/v2/email/identities?NextToken={quote(page['NextToken'])}")
    assert [one["IdentityName"] for one in rest["EmailIdentities"]] == ["b.example"]
    with pytest.raises(HTTPError, match="400"):
        get("/v2/email/identities?PageSize=x")
