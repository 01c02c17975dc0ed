"""The hook, run by pre-commit itself in a repository of its own with a bad message.

pre-commit takes the hook from a repository that holds the manifest; `language: system` has it run this sesmime instead
of installing one, which would need a network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import MESSAGES, REPEATED, ROOT, WELCOME

pytest.importorskip("pre_commit")
pytestmark = [pytest.mark.edges, pytest.mark.slow]

MANIFEST = ROOT / ".pre-commit-hooks.yaml"


class Repository:
    """A repository of git, and pre-commit in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        programs = folder.parent / "bin"
        programs.mkdir(exist_ok=True)
        sesmime = programs / "sesmime"
        sesmime.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sesmime "$@"\n')
        sesmime.chmod(0o755)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
            "HOME": str(folder.parent),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{f"GIT_{who}_{what}": "x@a.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        folder.mkdir()
        self.git("init", "-q")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    def git(self, *arguments: str) -> str:
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "pre_commit", *arguments)

    def add(self, file: Path, name: str | None = None) -> None:
        shutil.copyfile(file, self.folder / (name or file.name))
        self.git("add", ".")


@pytest.fixture
def hooks(tmp_path: Path) -> Repository:
    """Return a repository that holds the manifest, as that of sesmime does."""
    repository = Repository(tmp_path / "hooks")
    repository.add(MANIFEST)
    repository.git("commit", "-qm", "hooks")
    return repository


@pytest.fixture
def project(tmp_path: Path, hooks: Repository) -> Repository:
    repository = Repository(tmp_path / "project")
    (repository.folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks.folder}\n  rev: {hooks.git('rev-parse', 'HEAD')}\n"
        "  hooks:\n  - {id: sesmime-lint, language: system}\n"
    )
    repository.git("add", ".")
    return repository


def test_the_manifest_is_valid(hooks: Repository) -> None:
    done = hooks.pre_commit("validate-manifest", MANIFEST.name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_bad_message_fails_the_commit_and_a_good_one_does_not(project: Repository) -> None:
    project.add(WELCOME)
    done = project.pre_commit("install")
    assert done.returncode == 0, done.stdout
    committed = project.run("git", "commit", "-m", "good")
    assert committed.returncode == 0, committed.stdout + committed.stderr
    project.add(REPEATED)
    committed = project.run("git", "commit", "-m", "bad")
    told = committed.stdout + committed.stderr
    assert committed.returncode == 1, told
    assert "sesmime lint" in told
    assert "- exit code: 1" in told
    assert f"{REPEATED.name}:9:1: SES101 repeated-field [error]" in told
    assert WELCOME.name not in told  # what is committed already is no business of the hook
    assert project.git("log", "--format=%s") == "good"


def test_only_messages_are_looked_at_and_all_in_one_run(project: Repository) -> None:
    (project.folder / "notes.txt").write_text("no message\n")
    project.git("add", ".")
    done = project.pre_commit("run", "--all-files")
    assert (done.returncode, "(no files to check)Skipped" in done.stdout) == (0, True)
    for number in range(60):
        project.add(WELCOME, f"welcome {number}.eml")
    project.add(REPEATED)
    project.add(MESSAGES / "plain.eml")
    done = project.pre_commit("run", "--all-files")
    assert done.returncode == 1
    assert done.stdout.count("SES101 repeated-field") == 1
    assert done.stdout.count("62 messages") == 1


def test_the_settings_of_the_project_hold(project: Repository) -> None:
    project.add(REPEATED)
    (project.folder / "pyproject.toml").write_text('[tool.sesmime.lint]\nignore = ["SES101"]\n')
    done = project.pre_commit("run", "--all-files")
    assert done.returncode == 0, done.stdout
