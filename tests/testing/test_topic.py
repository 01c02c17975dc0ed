"""The topic `pytest` of `sesmime help`: its tests run in a project, and its tables name what there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sesmime import pytest_plugin
from sesmime.cli.topics import topic_text
from sesmime.testing import Sent
from tests.documents import ROOT, blocks
from tests.testing.projects import PLUGIN

pytestmark = [pytest.mark.edges, pytest.mark.slow]
TEXT = topic_text("pytest")
# The program that the tests look at: every message has a date, identifiers and boundaries of its own.
SHOP = """
import random
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from datetime import UTC, datetime

import boto3
from botocore.stub import Stubber

client = boto3.client("sesv2", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


def made(address, content, name):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Bluebird <hello@bluebird.example>", address, "Welcome"
    message["Date"] = format_datetime(datetime.fromtimestamp(random.randrange(2**31), UTC))
    message["Message-ID"] = make_msgid(domain="bluebird.example")
    message.set_content("Grüße aus Köln\\n")
    message.add_alternative('<p>Grüße: <a href="https://bluebird.example/start">start</a></p>', subtype="html")
    message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


def send(data, **more):
    with Stubber(client) as stubber:
        stubber.add_response("send_email", {"MessageId": "0100-1"})
        client.send_email(Content={"Raw": {"Data": data}}, **more)


def send_welcome(address):
    send(made(address, b"%PDF-1.7", "terms.pdf"), EmailTags=[{"Name": "campaign", "Value": "spring"}])


def send_program(address):
    send(made(address, b"MZ", "setup.exe"))


def send_bad():
    send(b"From: hello@bluebird.example\\nTo: c@d.example\\nSubject: one\\nSubject: two\\n\\nHi\\n")
"""
BAD = """
def test_a_bad_one(ses_outbox, assert_ses_ok):
    send_bad()
    assert_ses_ok(ses_outbox.last)


def test_a_bad_one_that_nobody_looks_at():
    send_bad()


def test_a_program_without_the_marker():
    send_program("jonas.weber@example.net")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with the options of the topic, the program, and a module for each block with a test."""
    for needed in ("syrupy", "inline_snapshot"):
        pytest.importorskip(needed)
    (configuration,) = blocks(TEXT, "toml")
    (tmp_path / "pyproject.toml").write_text(configuration, encoding="utf-8")
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    for number, block in enumerate(blocks(TEXT, "python")):
        assert "def test_" in block
        (tmp_path / f"test_{number}.py").write_text(f"from shop import *\n{block}", encoding="utf-8")
    return tmp_path


def run(project: Path, *arguments: str, seed: int = 0) -> tuple[int, str]:
    """Run the tests of a project in a process of its own; return the exit code and what it writes."""
    # inline-snapshot writes nothing where it takes itself for a worker of pytest-xdist or for CI.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI", "AWS_"))}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed), "COLUMNS": "100"}
    command = [sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:randomly", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_tests_of_the_topic_pass_again_and_again(project: Path) -> None:
    count = len(blocks(TEXT, "python"))
    run(project, "--snapshot-update", "--inline-snapshot=create")  # says of what it has created that it failed
    (kept,) = project.glob("__snapshots__/*.ambr")
    assert "Grüße aus Köln" in kept.read_text(encoding="utf-8")
    (inline,) = (file for file in project.glob("test_*.py") if "inline_snapshot" in file.read_text(encoding="utf-8"))
    assert "Grüße aus Köln" in inline.read_text(encoding="utf-8")
    written = {file: file.read_bytes() for file in (kept, inline)}
    for seed in range(1, 6):
        code, told = run(project, "--inline-snapshot=disable", seed=seed)
        assert (code, f"{count} passed" in told) == (0, True), told
    assert {file: file.read_bytes() for file in written} == written


def test_a_failure_is_told_as_the_topic_shows_it(project: Path) -> None:
    (project / "test_bad.py").write_text(f"from shop import *\n{BAD}", encoding="utf-8")
    code, told = run(project, "test_bad.py")
    assert (code, "3 failed" in told) == (1, True), told  # those that do not look fail by ses_autolint
    assert told.count("SES405 blocked-attachment") > 0
    lines = [line.rstrip() for line in re.sub(r"shop\.py:\d+", "shop.py:N", told).splitlines()]
    (shown,) = blocks(TEXT, "text")
    expected = re.sub(r"shop\.py:\d+", "shop.py:N", shown).splitlines()
    place = lines.index(expected[0])
    assert lines[place : place + len(expected)] == expected


def test_messages_are_saved_and_can_be_linted(project: Path) -> None:
    code, told = run(project, "test_0.py", "--ses-save", "mails")
    assert code == 0, told
    assert sorted(file.suffix for file in (project / "mails").iterdir()) == [".eml", ".txt"]


def test_the_tables_name_all_there_is() -> None:
    fixtures = {name for name in vars(pytest_plugin) if re.match(r"(ses|local_ses|strict_ses|assert_ses)", name)}
    assert fixtures == set(re.findall(r"^\| `(\w+)` \| [^|]*\|$", TEXT.partition("## Check")[0], re.MULTILINE))
    table = TEXT.partition("## Check every test")[2].partition("## Snapshots")[0]
    options = {
        name for row in re.findall(r"^\| (`ses_.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert options == {name for name, _, _ in pytest_plugin.INI_OPTIONS}
    assert all(f"`{name}`" in table for name in (*pytest_plugin._MARKER_NAMES, "autolint"))
    described = TEXT.partition("What the outbox holds has")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", described))
    assert named >= {
        "message",
        "subject",
        "text",
        "html",
        "links",
        "attachments",
        "envelope",
        "tags",
        "report",
        "origin",
    }
    assert all(hasattr(Sent, name) or name in Sent.__dataclass_fields__ for name in named)
    for option, _, _ in pytest_plugin.COMMAND_LINE_OPTIONS:
        assert f"{option} " in TEXT
