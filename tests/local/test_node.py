"""The clients for Node: AWS's SDKs for both APIs and nodemailer, by its SES transport and by SMTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sesmime.local import LocalSes
from sesmime.local.inbox import Kept
from tests.local.conftest import is_absent

pytestmark = [pytest.mark.edges, pytest.mark.node, pytest.mark.slow]
FOLDER = Path(__file__).parent / "node"
UNVERIFIED = (
    "Email address is not verified. The following identities failed the check in region US-EAST-1: ann@shop.example"
)
NO_SET = "Configuration set <nowhere> does not exist."
REPEATED = "Duplicate header 'Subject'."


class Told(NamedTuple):
    """What Node printed of each step, and what the server had then."""

    steps: dict[str, dict[str, Any]]
    outbox: tuple[Kept, ...]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    node = shutil.which("node")
    if node is None:
        is_absent("there is no node")
    if not (FOLDER / "node_modules").is_dir():
        is_absent("the packages for Node are not installed: npm ci --prefix tests/local/node")
    with LocalSes() as ses:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run(
            [node, "clients.mjs", *map(str, ses.smtp_address)],
            cwd=FOLDER,
            env={**environment, **ses.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield Told(json.loads(done.stdout), ses.outbox)


@pytest.mark.parametrize(
    ("step", "name", "types", "status", "text"),
    [
        ("v1 unverified", "MessageRejected", ["MessageRejected"], 400, UNVERIFIED),
        ("v2 unverified", "MessageRejected", ["MessageRejected"], 400, UNVERIFIED),
        ("v1 repeated", "InvalidParameterValue", [], 400, REPEATED),
        ("v2 repeated", "BadRequestException", ["BadRequestException"], 400, REPEATED),
        (
            "v1 no set",
            "ConfigurationSetDoesNotExistException",
            ["ConfigurationSetDoesNotExistException"],
            400,
            NO_SET,
        ),
        ("v2 no set", "NotFoundException", ["NotFoundException"], 404, NO_SET),
        (
            "v2 again",
            "AlreadyExistsException",
            ["AlreadyExistsException"],
            400,
            "Configuration set <orders> already exists.",
        ),
        (
            "v1 no template",
            "TemplateDoesNotExistException",
            ["TemplateDoesNotExistException"],
            400,
            "Template none does not exist.",
        ),
        (
            "v2 absent",
            "NotImplementedException",
            [],
            501,
            "sesmime's local SES does not have the operation ListImportJobs",
        ),
        (
            "nodemailer refused",
            "MessageRejected",
            ["MessageRejected"],
            400,
            UNVERIFIED.replace("ann@shop", "eve@other"),
        ),
    ],
)
def test_a_refusal_is_the_typed_error(
    told: Told, step: str, name: str, types: list[str], status: int, text: str
) -> None:
    answer = told.steps[step]
    assert (answer["name"], answer["status"], answer["message"]) == (name, status, text)
    assert set(answer["types"]) == set(types)


def test_what_is_taken_is_answered_with_an_id_and_kept(told: Told) -> None:
    sent = {step: told.steps[step]["result"] for step in ("v1 raw", "v1 simple", "v2 raw", "v2 simple")}
    ids = [one["MessageId"] for one in sent.values()]
    assert [len(one) for one in ids] == [60, 60, 60, 60]
    assert [kept.message_id for kept in told.outbox[:4]] == ids
    assert [kept.subject for kept in told.outbox[:4]] == ["Raw", "v1 simple", "Raw", "Grüße 🎉"]
    assert told.outbox[2].configuration_set == "orders"
    assert told.outbox[2].tags == (("kind", "order"),)
    # Before it, two were refused and are not counted.
    assert told.steps["v1 quota"]["result"]["SentLast24Hours"] == 2


def test_a_bulk_call_is_answered_entry_by_entry(told: Told) -> None:
    entries = told.steps["v2 bulk"]["result"]["BulkEmailEntryResults"]
    assert [entry["Status"] for entry in entries] == ["SUCCESS", "SUCCESS"]
    made = {kept.message_id: kept.subject for kept in told.outbox}
    assert [made[entry["MessageId"]] for entry in entries] == ["Hi Bob", "Hi you"]


def test_nodemailer_sends_by_the_api(told: Told) -> None:
    answer = told.steps["nodemailer"]["result"]
    assert told.steps["nodemailer verify"] == {"result": {"verified": True}}
    (kept,) = [kept for kept in told.outbox if kept.tags == (("kind", "nodemailer"),)]
    assert kept.message_id is not None
    assert kept.message_id in answer["messageId"]
    assert kept.recipients == ("bob@b.example", "hidden@b.example")
    assert kept.configuration_set == "orders"
    assert kept.subject == "nodemailer über SES"
    assert kept.entity is not None
    assert [part.filename for part in kept.entity.walk() if part.filename] == ["Rechnung ä.txt"]
    # nodemailer writes the name in Content-Type as readers of old expect it.
    assert [finding.name for finding in kept.report] == ["encoded-word-in-parameter"]


def test_nodemailer_sends_by_smtp(told: Told) -> None:
    answer = told.steps["smtp"]["result"]
    (kept,) = [kept for kept in told.outbox if kept.tags == (("kind", "smtp"),)]
    assert answer["response"] == f"250 Ok {kept.message_id}"
    assert answer["accepted"] == ["bob@b.example", "hidden@b.example"]
    assert (kept.interface, kept.configuration_set) == ("smtp", "orders")
    refused = told.steps["smtp refused"]
    assert refused["responseCode"] == 554
    assert UNVERIFIED.replace("ann@shop", "eve@other") in refused["message"]
