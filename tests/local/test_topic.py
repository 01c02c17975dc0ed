"""The topic `local` of `sesmime help`: its code runs against a server, its tests in a project, the rest in Node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import boto3
import pytest

from sesmime.cli.topics import topic_text
from sesmime.events import EventKind, read_events
from sesmime.local import LocalSes, Options
from tests.documents import ROOT, blocks
from tests.local.conftest import Webhook, is_absent

pytestmark = [pytest.mark.edges, pytest.mark.slow]
TEXT = topic_text("local")
FOR_PYTEST = re.compile(r"^def test_|^@pytest\.fixture", re.MULTILINE)
ORDER = """
import boto3

def confirm_order(address):
    boto3.client("sesv2").send_email(
        FromEmailAddress="ann@shop.example",
        Destination={"ToAddresses": [address]},
        Content={"Simple": {"Subject": {"Data": "Your order"}, "Body": {"Text": {"Data": "Thank you."}}}},
    )
"""


def placed(text: str, ses: LocalSes) -> str:
    """Return code with the addresses of a server in the place of those that are written."""
    return text.replace("http://127.0.0.1:8005", ses.endpoint_url).replace("2587", str(ses.smtp_address[1]))


def test_the_code_runs(
    credentials: None, monkeypatch: pytest.MonkeyPatch, webhook: Webhook, capsys: pytest.CaptureFixture[str]
) -> None:
    code = [block for block in blocks(TEXT, "python") if not FOR_PYTEST.search(block)]
    assert len(code) == 7
    module = types.ModuleType("topic_local")
    module.__dict__["webhook"] = f"http://127.0.0.1:{webhook.server_port}/"
    with LocalSes() as ses:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        monkeypatch.delenv("AWS_MAX_ATTEMPTS")  # boto3 tells of it in its errors
        for block in code:
            exec(compile(placed(block, ses), "local.md", "exec"), module.__dict__)
        told = capsys.readouterr().out
        assert "calling the SendEmail operation: Duplicate header 'Subject'." in told
        assert told.endswith("Your order taken\n")
        assert [kept.subject for kept in ses.outbox] == ["Your order"] * 3
        assert ses.outbox[1].interface == "smtp"
        (setup,) = read_events(webhook.received.get(timeout=10)[1])
        assert setup.kind is EventKind.SETUP
        body = webhook.received.get(timeout=10)[1]
        module.handle(body)
        assert capsys.readouterr().out == "Bounce ('bounce@simulator.amazonses.com',)\n"
        # The settings of Django are what its backend takes.
        assert ses.smtp_address == (module.EMAIL_HOST, module.EMAIL_PORT)


def test_the_tests_of_the_topic_pass(tmp_path: Path, credentials: None) -> None:
    for_pytest = [block for block in blocks(TEXT, "python") if FOR_PYTEST.search(block)]
    assert len(for_pytest) == 3
    *tests, options = for_pytest
    (tmp_path / "test_orders.py").write_text(ORDER + "\n".join(tests), encoding="utf-8")
    slow = """
def test_the_second_is_too_fast(strict_ses):
    confirm_order("bob@example.org")
    with pytest.raises(boto3.client("sesv2").exceptions.TooManyRequestsException, match="sending rate exceeded"):
        confirm_order("bob@example.org")
"""
    (tmp_path / "test_rate.py").write_text(f"import pytest\n{ORDER}{options}{slow}", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AWS_MAX_ATTEMPTS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.node
def test_the_code_for_node_runs() -> None:
    node, folder = shutil.which("node"), ROOT / "tests" / "local" / "node"
    if node is None or not (folder / "node_modules").is_dir():
        is_absent("there is no node, or its packages are not installed: npm ci --prefix tests/local/node")
    (code,) = blocks(TEXT, "js")
    with LocalSes(Options(any_identity=True)) as ses:
        done = subprocess.run(
            [node, "--input-type=module"],
            input=code,
            cwd=folder,
            env={**os.environ, **ses.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (kept,) = ses.outbox
        assert kept.subject == "From Node"
        assert str(kept.message_id) in done.stdout


def test_the_environment_and_the_addresses_are_those_of_the_server() -> None:
    (exported,) = blocks(TEXT, "sh")
    names = set(re.findall(r"(AWS_\w+)=", exported))
    with LocalSes() as ses:
        assert names <= set(ses.environment)
    (told,) = blocks(TEXT, "text")
    assert told == "API and page: http://127.0.0.1:8005/\nSMTP: 127.0.0.1:2587\n"
