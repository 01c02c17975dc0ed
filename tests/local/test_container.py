"""The Dockerfile and the compose example: their commands are ours, their ports and files are there.

No image is built here: there is no docker where the tests run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from sesmime.cli.__main__ import command_parser
from sesmime.local import LocalSes, Options

yaml = pytest.importorskip("yaml")

pytestmark = pytest.mark.edges
ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
# Instructions, with continued lines joined.
INSTRUCTIONS = re.findall(r"^([A-Z]+) (.*)$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)


def instruction(name: str) -> str:
    return str([text for found, text in INSTRUCTIONS if found == name][-1])


def parsed(arguments: list[str]) -> argparse.Namespace:
    assert arguments[0] == "serve"
    module = importlib.import_module("sesmime.cli.commands.serve")
    return command_parser("serve", module).parse_args(arguments[1:])


@pytest.mark.parametrize("command", [json.loads(instruction("CMD")), COMPOSE["services"]["ses"]["command"]])
def test_the_command_is_ours_and_listens_where_the_ports_are_published(command: list[str]) -> None:
    arguments = parsed(command)
    assert arguments.allow_remote
    assert arguments.listen == "0.0.0.0:8005"
    assert arguments.smtp_port == 2587
    assert instruction("EXPOSE").split() == ["8005", "2587"]
    assert json.loads(instruction("ENTRYPOINT")) == ["sesmime"]
    assert COMPOSE["services"]["ses"]["ports"] == ["127.0.0.1:8005:8005", "127.0.0.1:2587:2587"]


def test_the_command_runs_as_the_image_runs_it() -> None:
    """With free ports of this machine in the place of the container's."""
    replaced = {"0.0.0.0:8005": "127.0.0.1:0", "2587": "0"}
    command = [replaced.get(word, word) for word in json.loads(instruction("CMD"))]
    serving = subprocess.Popen(
        [sys.executable, "-m", "sesmime", *command], stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    watchdog = threading.Timer(60, serving.kill)
    watchdog.start()
    try:
        assert serving.stderr is not None
        line = serving.stderr.readline()
        url = re.findall(r"http://\S+/", line)[0]
        check = json.loads(instruction("HEALTHCHECK").partition("CMD ")[2])
        assert check[:2] == ["python", "-c"]
        code = check[2].replace("http://127.0.0.1:8005/", url)
        subprocess.run([sys.executable, "-c", code], check=True)
        serving.send_signal(getattr(signal, instruction("STOPSIGNAL")))
        assert serving.wait(timeout=30) == 0
    finally:
        watchdog.cancel()
        serving.kill()
        serving.wait()
        if serving.stderr is not None:
            serving.stderr.close()


def test_the_example_of_an_application_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    app = COMPOSE["services"]["app"]
    assert app["entrypoint"] == ["python", "-c"]
    with LocalSes(Options(any_identity=True)) as ses:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {**app["environment"], "AWS_ENDPOINT_URL": ses.endpoint_url}
        (code,) = app["command"]
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert [kept.message_id for kept in ses.outbox] == [done.stdout.strip()]


def test_the_image_has_the_files_that_the_build_needs_and_no_more() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / name).exists() for name in kept)
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = re.findall(r'^(?:readme = |license-files = \[|packages = \[)"([^"]+)"', pyproject, re.MULTILINE)
    assert {"README.md", "LICENSE", "sesmime"} == set(needed)
    assert all(any(fnmatch(name, pattern) for pattern in kept) for name in [*needed, "pyproject.toml"])
    images = {text.split()[0] for found, text in INSTRUCTIONS if found == "FROM"}
    assert images == {"python:3.13-slim"}


def test_what_sns_signs_names_the_public_url() -> None:
    from tests.local.conftest import client_of

    with LocalSes(Options(any_identity=True), public_url="http://ses:8005/") as ses:
        assert ses.endpoint_url != "http://ses:8005"
        sns, sqs = client_of(ses, "sns"), client_of(ses, "sqs")
        topic = sns.create_topic(Name="t")["TopicArn"]
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        sns.publish(TopicArn=topic, Message="x")
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        certificate = json.loads(message["Body"])["SigningCertURL"]
        assert certificate.startswith("http://ses:8005/")
        assert certificate.endswith(".pem")


@pytest.mark.parametrize("url", ["ses:8005", "ftp://ses", "http://", "http://ses:x", "http://ses/?a=1"])
def test_what_is_no_public_url_is_told(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sesmime", "serve", "--public-url", url], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no URL of a server" in done.stderr
