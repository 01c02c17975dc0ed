"""Recorded answers of SES, each with its request: what is predicted is what SES said."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import lint, predict_rejection
from tests.conftest import shared
from tests.linter.recorded import FILE, FILE_NAMES, OLD_WORDINGS, recorded, submission

# Answers that a request by itself does not decide, and why.
EXCEPTIONS = {
    "floci-v2-tenant-missing": "which resources a tenant has is the account's state",
    "floci-v2-set-missing": "which configuration sets there are is the account's state",
    "boto3-1795": "it hangs on the stored template; a probe took the same request with another template",
    "mautic10304": "the address of the report is not known",
}


def test_the_recorded_answers_are_there() -> None:
    assert len(recorded()) == len(shared(*FILE.parts).read_text("utf-8").splitlines())
    assert set(EXCEPTIONS) | OLD_WORDINGS <= {record["id"] for record in recorded()}


@pytest.mark.parametrize("record", [pytest.param(record, id=record["id"]) for record in recorded()])
def test_what_is_predicted_is_what_ses_said(record: dict[str, Any]) -> None:
    name, expected = record["id"], record["expected"]
    if name in EXCEPTIONS:
        pytest.skip(EXCEPTIONS[name])
    sent = submission(record)
    if name.startswith(FILE_NAMES):
        # A backslash is read as the beginning of a quoted pair.
        assert {"SES404", "RFC407"} & {finding.code for finding in lint(sent)}
        return
    rejection = predict_rejection(sent)
    if expected is None or "entries" in expected:
        assert rejection is None
        said = {
            finding.parameter.split("[")[1].split("]")[0]: finding.rejection
            for finding in lint(sent)
            if finding.parameter is not None and finding.rejection is not None
        }
        entries = (expected or {}).get("entries", [])
        assert said == {str(number): entry[1] for number, entry in enumerate(entries) if entry is not None}
        return
    assert rejection is not None
    if expected["error_code"] is not None:
        assert rejection.code == expected["error_code"]
    if expected.get("smtp_reply") is not None and name not in OLD_WORDINGS:
        assert rejection.smtp_reply == expected["smtp_reply"]
    if expected["error_text"] is not None:
        texts = (rejection.text, *rejection.alternatives) if name in OLD_WORDINGS else (rejection.text,)
        assert expected["error_text"] in texts
