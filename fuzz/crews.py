"""A relay of several processes, one of which is killed now and then: `python -m fuzz.relay_faults --processes N`."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Final

_ROOT: Final = Path(__file__).resolve().parents[1]
_PARENT_DIES: Final = 0.2  # of all kills


class Crew:
    """The command `sesmime relay --processes N`, one after another, on one port; without a spool."""

    def __init__(self, url: str, processes: int, seed: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        options = f"--listen 127.0.0.1:{self.port} --processes {processes} --workers 16 --rate none".split()
        self._command = [sys.executable, "-m", "sesmime", "relay", "--endpoint-url", url, *options]
        self._chance = random.Random(seed)
        self._process: subprocess.Popen[str] | None = None

    def pid(self) -> int | None:
        """Return the number of the parent, None where it has not started."""
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """Kill one of its processes."""
        assert self._process is not None
        children = _children(self._process.pid)
        if children and self._chance.random() >= _PARENT_DIES:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chance.choice(children), signal.SIGKILL)
        else:
            self._process.kill()
            self._process.wait()

    def start(self) -> bool:
        """Start it where its parent does not run; returns whether it does."""
        if self._process is None or self._process.poll() is not None:
            keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "dummy")
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                cwd=_ROOT,
                env=os.environ | keys | {"AWS_DEFAULT_REGION": "us-east-1"},
            )
            assert self._process.stderr is not None
            first = self._process.stderr.readline()
            threading.Thread(target=_drain, args=(self._process.stderr,), daemon=True).start()
            return first.startswith("listening on ")
        return True

    def close(self) -> None:
        """Have it end by itself."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def _children(parent: int) -> list[int]:
    """Return the processes that take connections."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            its_parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            if its_parent == parent and b"spawn_main" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


def _drain(stream: IO[str]) -> None:
    """Read a log to its end, which comes when no process has it any more."""
    with stream:
        for _ in stream:
            pass
