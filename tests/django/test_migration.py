"""A project written for anymail and one for django-ses, switched by their migration pages, their tests unchanged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("django")

from sesmime.cli.topics import topic_text
from tests.documents import ROOT, blocks

PROJECTS = {"anymail": "anymail", "django-ses": "django_ses"}
# The module that the project must not need any more.
MODULES = {"anymail": "anymail", "django-ses": "django_ses"}
TESTS = "test_shop.py"

pytestmark = pytest.mark.edges


def hunks(topic: str) -> list[tuple[list[str], list[str]]]:
    """Return the changes that a page shows: lines that go, and lines that come."""
    found = []
    for block in blocks(topic_text(topic), "diff"):
        lines = block.splitlines()
        found.append(([line[1:] for line in lines if line[0] == "-"], [line[1:] for line in lines if line[0] == "+"]))
    return found


def changed(text: str, gone: list[str], come: list[str]) -> str:
    """Return a file after a change, wherever its lines stand, at their indentation."""
    pattern = "^( *)" + r"\n\1".join(map(re.escape, gone)) + "$"
    return re.sub(pattern, lambda found: "\n".join(found[1] + line for line in come), text, flags=re.MULTILINE)


def run_tests(folder: Path, *, without: str = "") -> subprocess.CompletedProcess[str]:
    """Run the tests of a project; `without` is a module that cannot be imported."""
    code = f"import sys, unittest; sys.modules[{without!r}] = None; unittest.main(None, argv=['tests', 'test_shop'])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
        "DJANGO_SETTINGS_MODULE": "settings",
        "AWS_ACCESS_KEY_ID": "dummy",
        "AWS_SECRET_ACCESS_KEY": "dummy",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("topic", PROJECTS)
def test_a_project_switched_by_its_page_passes_its_tests_unchanged(topic: str, tmp_path: Path) -> None:
    pytest.importorskip(MODULES[topic])
    folder = tmp_path / "project"
    shutil.copytree(Path(__file__).parent / "projects" / PROJECTS[topic], folder)
    before = run_tests(folder)
    assert before.returncode == 0, before.stderr
    found = hunks(topic)
    for gone, come in found:
        files = [file for file in folder.glob("*.py") if file.name != TESTS]
        switched = {file: changed(file.read_text("utf-8"), gone, come) for file in files}
        assert any(text != file.read_text("utf-8") for file, text in switched.items()), gone
        for file, text in switched.items():
            file.write_text(text, "utf-8")
    # The package that was used before need not be installed.
    after = run_tests(folder, without=MODULES[topic])
    assert after.returncode == 0, after.stderr
    count = r"Ran (\d+) tests"
    (ran_before,), (ran_after,) = re.findall(count, before.stderr), re.findall(count, after.stderr)
    assert ran_before == ran_after
    checked = subprocess.run(
        [sys.executable, "-m", "django", "check", "--fail-level", "WARNING", "--settings", "settings"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
