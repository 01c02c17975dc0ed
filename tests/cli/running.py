"""Commands that run in this process or in one of their own, and the messages given to them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, NamedTuple

from sesmime.cli.__main__ import main

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "tests" / "data" / "messages"
WELCOME = MESSAGES / "welcome.eml"
PLAIN = MESSAGES / "plain.eml"
REPEATED = MESSAGES / "repeated-content-type.eml"
# The commands that read one message, with what they cannot do without.
READERS: dict[str, tuple[str, ...]] = {
    "prepare": (),
    "show": (),
    "strip": (),
    "forward": ("--sender", "us@example.com", "--to", "me@example.org"),
    "resolve": (),
    "tags": (),
    "event": ("--kind", "bounce"),
}
ARN = "arn:aws:ses:eu-west-1:123456789012:identity/bluebird.example"


class Ran(NamedTuple):
    """What a run gave."""

    code: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Stream(io.TextIOWrapper):
    """A standard stream that can be read afterwards; on a terminal if it is told so."""

    def __init__(self, *, content: bytes = b"", encoding: str = "utf-8", terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content), encoding=encoding, newline="")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def written(self) -> bytes:
        self.flush()
        content = self.buffer
        assert isinstance(content, io.BytesIO)
        return content.getvalue()


def run(*argv: object, stdin: bytes = b"", encoding: str = "utf-8", terminal: bool = False) -> Ran:
    """Run a command in this process."""
    out, err = (Stream(encoding=encoding, terminal=terminal) for _ in range(2))
    before, sys.stdin = sys.stdin, Stream(content=stdin)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main([str(argument) for argument in argv])
            except SystemExit as leaving:
                code = leaving.code if isinstance(leaving.code, int) else 0
    finally:
        sys.stdin = before
    return Ran(code, out.written(), err.written().decode(encoding))


def process(
    *argv: object, stdin: bytes = b"", stdout: int | IO[bytes] = subprocess.PIPE, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m sesmime` as a process of its own, its output buffered as it usually is."""
    environment = {name: value for name, value in (env or os.environ).items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "sesmime", *(str(argument) for argument in argv)]
    return subprocess.run(
        command, check=False, input=stdin, stdout=stdout, stderr=subprocess.PIPE, env=environment, cwd=ROOT, timeout=60
    )


def without_lines(message: bytes, *starts: bytes) -> bytes:
    """Return a message less the lines that begin so."""
    return b"".join(line for line in message.splitlines(keepends=True) if not line.startswith(starts))
