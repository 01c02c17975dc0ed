"""Documents in Markdown whose commands and code are run: the README, the topics of `sesmime help`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def transcripts(text: str) -> list[tuple[str, str]]:
    """Return every command that is shown, with the output shown below it."""
    found: list[tuple[str, str]] = []
    for block in blocks(text, "console"):
        for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = piece.partition("\n")
            found.append((command, output))
    return found


def run(command: str, folder: Path) -> str:
    """Run a command as a person does; give what the terminal shows."""
    for name in ("sesmime", "python"):
        command = re.sub(rf"(^|\| ){name} ", rf"\1{name}_ ", command)
    script = f'sesmime_() {{ {shlex.quote(sys.executable)} -m sesmime "$@"; }}\n{command}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode()
