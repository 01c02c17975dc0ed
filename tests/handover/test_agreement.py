"""What `prepare` reports is what `lint` finds in what `prepare` gives: one look at a request, whoever asks."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Interface,
    InvalidSetting,
    Severity,
    Submission,
    UnsupportedSetting,
    lint,
    prepare,
)
from sesmime.handover.prepare import prepared_submission
from sesmime.ses.request_model import REQUESTS
from sesmime.ses.settings import parameter_name
from tests.linter.examples import BAD, GOOD, example
from tests.linter.recorded import recorded, submission
from tests.ses.constraints import CASES, KEPT_OUT, broken, whole

# A prepared message tells of every setting where it comes from, so that a field needs no word of its own.
LINT_ALONE = {"SES520"}
# What was given and is not sent: a setting that counts as absent.
PREPARE_ALONE = {"SES505"}
WAYS = [(lift, fix) for lift in (False, True) for fix in (False, True)]


def check(sent: Submission[Any], *, lift: bool, fix: bool) -> None:
    """Compare the two reports."""
    try:
        prepared = prepared_submission(sent, lift=lift, fix=fix)
    except (UnsupportedSetting, InvalidSetting):
        return
    message = prepared.message if prepared.interface.is_raw else None
    found = lint(Submission(message, prepared.parameters, prepared.interface))
    if not prepared.interface.is_raw:
        assert found == prepared.report
        return
    is_lifted = bool(prepared.parameters.destination) and not sent.parameters.destination
    # Of a lifted destination the report tells where it stood in the message.
    name = parameter_name("destination", sent.interface)
    of_lift = [one for one in found if is_lifted and name is not None and (one.parameter or "").startswith(name)]
    here, there = (Counter((one.code, one.severity) for one in report) for report in (found, prepared.report))
    alone = here - there - Counter((one.code, one.severity) for one in of_lift)
    assert {code for code, _ in alone} <= LINT_ALONE
    assert {code for code, _ in there - here} <= PREPARE_ALONE
    assert bool(found.at_least(Severity.ERROR)) == bool(prepared.report.at_least(Severity.ERROR))


@pytest.mark.shared
@pytest.mark.parametrize("record", [pytest.param(record, id=record["id"]) for record in recorded()])
def test_of_every_recorded_answer(record: dict[str, Any]) -> None:
    for lift, fix in WAYS:
        check(submission(record), lift=lift, fix=fix)


@pytest.mark.parametrize("interface", REQUESTS)
def test_of_requests_that_break_a_constraint(interface: Interface) -> None:
    for case in CASES:
        one, way = case.values
        if one is interface:
            assert isinstance(one, Interface)
            request = broken(whole(REQUESTS[one], "", KEPT_OUT.get(one, set())), way)  # type: ignore[arg-type]
            try:
                sent = Submission.from_request(request, one)
            except InvalidSetting:
                continue
            check(sent, lift=True, fix=True)


@pytest.mark.parametrize(("lift", "fix"), WAYS)
def test_of_the_examples_of_the_rules(lift: bool, fix: bool) -> None:
    for _, place in (*BAD, *GOOD):
        message, arguments, _ = example(place)
        given = arguments.get("parameters") or ApiParameters()
        check(Submission(message, given, arguments["interface"]), lift=lift, fix=fix)


@pytest.mark.parametrize("interface", [one for one in Interface if not one.is_raw])
def test_what_is_missing_is_told_by_both(interface: Interface) -> None:
    sent: Submission[Any] = Submission(None, ApiParameters(), interface)
    prepared = prepared_submission(sent)
    assert prepared.report == lint(sent)
    assert "SES521" in {one.code for one in prepared.report.at_least(Severity.ERROR)}
    assert prepared.message == b""
    assert prepared.to_request() == {}


def test_a_request_that_is_right_is_prepared_as_it_is() -> None:
    request = {
        "FromEmailAddress": "a@b.example",
        "Destination": {"ToAddresses": ["Joe <c@d.example>"]},
        "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
    }
    prepared = prepare(Submission.from_request(request, Interface.V2_SEND_EMAIL_SIMPLE))
    assert prepared.to_request() == request
    assert (prepared.report, prepared.applied, prepared.removed) == ((), (), ())
    assert [str(one) for one in prepared.envelope.recipients] == ["c@d.example"]
    assert prepared.resolution.source == "a@b.example"
