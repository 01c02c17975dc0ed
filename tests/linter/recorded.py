"""The recorded answers of SES, each with its request; they stand beside the checkout."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from sesmime import ApiParameters, Destination, Interface, Submission
from tests.conftest import SHARED

FILE = Path("oracle", "recorded-verdicts.jsonl")
# The service's texts of years before: told as an alternative.
OLD_WORDINGS = {"ls8588-value-colon-2023", "zulip17558"}
# The report has the refusal and not its text; the file names of raw content are a warning (facts: 0.5).
FILE_NAMES = "forms1594-"


def recorded() -> list[dict[str, Any]]:
    """Return the recorded answers; none where they are not beside the checkout."""
    place = SHARED / FILE
    return [json.loads(line) for line in place.read_text("utf-8").splitlines()] if place.exists() else []


def submission(record: dict[str, Any]) -> Submission:
    """Return what was sent."""
    interface = Interface(record["interface"])
    message = base64.b64decode(record.get("message_b64") or "")
    if interface is Interface.SMTP:
        given = record["envelope"]
        destination = Destination(tuple(given["rcpt_to"]))
        return Submission(message, ApiParameters(source=given["mail_from"], destination=destination), interface)
    request = dict(record.get("request") or {})
    if interface is Interface.SEND_RAW_EMAIL:
        request["RawMessage"] = {"Data": message}
    elif interface is Interface.V2_SEND_EMAIL_RAW:
        request["Content"] = {"Raw": {"Data": message}}
    return Submission.from_request(request, interface)
