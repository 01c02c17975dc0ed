"""The requests of the sending operations: every constraint of AWS's service models is known, and is a finding."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.model import ListShape, StringShape, StructureShape
from botocore.model import Shape as AwsShape

from sesmime import Interface, InvalidSetting, Severity, Submission, lint
from sesmime.ses.request_model import REQUESTS, Kind, Shape
from tests.ses.constraints import CASES, KEPT_OUT, Broken, aws_shape, broken, whole

KINDS = {"string": Kind.TEXT, "blob": Kind.OCTETS, "list": Kind.LIST, "structure": Kind.STRUCTURE}


def same(ours: Shape, aws: AwsShape, path: str) -> Iterator[str]:
    """Return the paths at which our table and AWS's model differ."""
    told = {name: aws.metadata[name] for name in ("min", "max", "pattern") if name in aws.metadata}
    pattern = None if ours.pattern is None else ours.pattern.pattern
    aws_pattern = told.get("pattern")
    if KINDS.get(aws.type_name) is not ours.kind or (ours.least, ours.most) != (told.get("min", 0), told.get("max")):
        yield path
    if pattern != (None if aws_pattern is None else aws_pattern.removeprefix("^").removesuffix("$")):
        yield f"{path} (pattern)"
    if isinstance(aws, StringShape) and tuple(aws.enum or ()) != ours.choices:
        yield f"{path} (choices)"
    if isinstance(aws, StructureShape):
        if set(aws.members) != set(ours.members) or set(aws.required_members) != ours.required:
            yield f"{path} (members)"
        for name in ours.members.keys() & aws.members.keys():
            yield from same(ours.members[name], aws.members[name], f"{path}.{name}")
    if isinstance(aws, ListShape):
        assert ours.item is not None
        yield from same(ours.item, aws.member, f"{path}[]")


def test_every_interface_that_has_requests_is_in_the_table() -> None:
    assert set(REQUESTS) == set(Interface) - {Interface.SMTP}


@pytest.mark.parametrize("interface", REQUESTS)
def test_the_table_has_every_constraint_of_the_service_model(interface: Interface) -> None:
    assert list(same(REQUESTS[interface], aws_shape(interface), interface.value)) == []


@pytest.mark.parametrize(("interface", "way"), CASES)
def test_a_request_that_breaks_a_constraint_has_a_finding_with_the_path(interface: Interface, way: Broken) -> None:
    request = broken(whole(REQUESTS[interface], "", KEPT_OUT.get(interface, set())), way)
    try:
        sent = Submission.from_request(request, interface)
    except InvalidSetting as refused:
        told = str(refused)
    else:
        told = ""
    if told:
        # It is no Submission at all; what is wrong is named.
        assert way.path.split(".")[0].split("[")[0] in told or "Data" in told
        return
    errors = lint(sent).at_least(Severity.ERROR)
    # An empty setting counts as not given: a warning, with its own finding.
    if way.what == "too short" and "." not in way.path:
        errors = tuple(lint(sent))
    assert any(way.path in (finding.parameter, *(finding.message.split(" ", 1)[:1])) for finding in errors), [
        finding.message for finding in errors
    ]


@pytest.mark.parametrize("interface", REQUESTS)
def test_a_whole_request_breaks_no_constraint(interface: Interface) -> None:
    out = KEPT_OUT.get(interface, set())
    sent = Submission.from_request(whole(REQUESTS[interface], "", out), interface)
    assert "SES521" not in {finding.code for finding in lint(sent)}
