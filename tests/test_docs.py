"""The README and CONTRIBUTING: commands give the output shown, code runs, what is named exists, CI runs the same."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import boto3
import pytest
from botocore.stub import ANY, Stubber

from sesmime.cli.__main__ import COMMANDS
from sesmime.linter.listing import subject_rows
from tests.documents import ROOT, blocks, run, transcripts
from tests.testing.projects import PLUGIN

pytest_plugins = "pytester"

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the messages of the tests, as the README has it before its eyes."""
    for file in (ROOT / "tests" / "data" / "messages").glob("*.eml"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "output"), transcripts(README), ids=[command for command, _ in transcripts(README)]
)
def test_a_command_of_the_readme_gives_the_output_shown(command: str, output: str, folder: Path) -> None:
    assert command.startswith("sesmime ")
    assert run(command, folder) == output


def test_every_command_is_in_the_readme() -> None:
    shown = {command.split()[1] for command, _ in transcripts(README)}
    assert set(COMMANDS) <= shown | set(re.findall(r"`sesmime (\w+)", README))


@pytest.mark.parametrize("code", blocks(README, "python"), ids=lambda code: code.splitlines()[0])
def test_the_code_of_the_readme_runs(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    clients = {}
    for service, operation in (("ses", "send_raw_email"), ("sesv2", "send_email")):
        client = boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        stubber = Stubber(client)
        expected = {"RawMessage": ANY, "Destinations": ANY, "Tags": ANY, "ConfigurationSetName": ANY}
        if service == "sesv2":
            expected = {"Content": ANY, "Destination": ANY, "EmailTags": ANY, "ConfigurationSetName": ANY}
        stubber.add_response(operation, {"MessageId": "1"}, expected)
        stubber.activate()
        clients[service] = client
    exec(compile(code, "README.md", "exec"), {"raw": Path("welcome.eml").read_bytes(), **clients})


# What an example stands on: a program that sends a message to a person.
_PROGRAM = """
import boto3
from botocore.stub import Stubber

def send_welcome(address):
    client = boto3.client("ses", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        stubber.add_response("send_raw_email", {"MessageId": "1"})
        message = f"From: shop@example.com\\r\\nTo: {address}\\r\\nSubject: Welcome\\r\\n\\r\\nHello\\r\\n"
        client.send_raw_email(RawMessage={"Data": message.encode()})
"""
_TESTS = [code for code in blocks(README, "python") if re.search(r"^def test_", code, re.MULTILINE)]


def test_there_are_examples_for_pytest() -> None:
    assert _TESTS


@pytest.mark.parametrize("code", _TESTS, ids=lambda code: code.splitlines()[0])
def test_an_example_for_pytest_passes_and_fails_for_what_ses_refuses(pytester: pytest.Pytester, code: str) -> None:
    count = len(re.findall(r"^def test_", code, re.MULTILINE))
    pytester.makepyfile(test_example=_PROGRAM + code)
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=count)
    repeated = _PROGRAM.replace("Subject: Welcome", "Subject: Welcome\\r\\nSubject: Hello")
    pytester.makepyfile(test_example=repeated + code)
    done = pytester.runpytest_inprocess(*PLUGIN)
    assert done.parseoutcomes().get("failed", 0) > 0
    done.stdout.fnmatch_lines(["*sent at test_example.py:*"])


def test_the_two_commands_are_the_ones_that_ci_runs() -> None:
    main_job, tests = (block.strip() for block in blocks(README, "sh")[:2])
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert tests in script.splitlines()
    # The main job's command, run with this Python in place of the environment that it makes.
    made, _, job = main_job.rpartition("&& ")
    assert made.startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert job.startswith(".venv/bin/sesmime prepare tests/data/messages/welcome.eml")
    done = subprocess.run(
        [sys.executable, "-m", "sesmime", *shlex.split(job)[1:]], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"From: ")


def test_the_readme_is_short() -> None:
    assert README.count("\n") <= 200


def test_the_table_of_rules_is_made_of_the_rules() -> None:
    table = [line for line in README.splitlines() if re.match(r"\| `[A-Z]+\d?` \|", line)]
    assert table == [f"| `{code}` | {subject} | {names} |" for code, subject, names in subject_rows()]


# CONTRIBUTING

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", CONTRIBUTING, flags=re.MULTILINE | re.DOTALL))


def test_the_paths_that_contributing_names_exist() -> None:
    paths = [text for text in QUOTED if re.fullmatch(r"[\w.]*(/[\w.]+)+/?|[\w-]+\.(py|md|toml)", text)]
    assert len(paths) > 30
    for path in paths:
        # In its section a module of the MIME wing, or of the linter, is named without its folder.
        places = (ROOT / path, ROOT / "sesmime" / "mime" / path, ROOT / "sesmime" / "linter" / path)
        assert path == "shared" or any(place.exists() for place in places), path


def test_the_commands_that_contributing_names_can_be_run() -> None:
    commands = [text for text in QUOTED if re.match(r"(python|\.venv/bin/\w+|sesmime|\.ci/run)( |$)", text)]
    modules = {name for text in commands for name in re.findall(r"python -m ([\w.]+)", text)}
    assert modules == {
        "pytest",
        "sesmime.rules",
        "fuzz",
        "fuzz.branches",
        "fuzz.mutation",
        "fuzz.pythons",
        "benchmarks",
    }
    for module in modules:
        assert find_spec(module) is not None
    for text in commands:
        for tool in re.findall(r"\.venv/bin/([\w-]+)", text):
            assert tool == "python" or re.search(rf'"({tool}|import-linter)[>\[]', PYPROJECT), tool
        for command in re.findall(r"^sesmime (\w+)", text):
            assert command in COMMANDS
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(re.findall(r"python -m pytest -q [^`|]*", CONTRIBUTING)) <= set(
        re.findall(r"python -m pytest -q .*", script)
    )


def test_nox_has_the_jobs_of_ci() -> None:
    jobs = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    jobs_of_ci = (
        "ruff format --check",
        "ruff check",
        "mypy",
        "lint-imports",
        "HYPOTHESIS_PROFILE",
        "bandit",
        "pip-audit",
    )
    for words in (*jobs_of_ci, "--executions 100000", "test_async.py", "test_s3.py", "test_spark.py", "django"):
        assert words in script
        assert words.split()[-1].strip('"') in jobs
