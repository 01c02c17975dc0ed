"""Law 11: one outcome everywhere, on every Python that is present and under every seed of hashing.

A child process for each answers one line of JSON a case: a digest of each thing that the case's message comes to.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

from fuzz.outcomes import outcomes_of

_ROOT: Final = Path(__file__).resolve().parents[1]
# Newer ones are tried too; those that are absent, or older than sesmime takes, are not.
_NAMES: Final = ("python3.11", "python3.12", "python3.13", "python3.14", "python3.15")


@cache
def pythons() -> dict[str, str]:
    """Return the interpreters that are present, by version: those on the path, pyenv's and uv's."""
    places = [shutil.which(name) for name in _NAMES]
    for folder in (Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python"):
        places += [str(file) for file in sorted(folder.glob("*/bin/python3"))]
    found: dict[str, str] = {}
    for place in [sys.executable, *filter(None, places)]:
        asked = [place, "-c", "import sys; print(sys.version_info[:2] >= (3, 11), sys.version.split()[0])"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        if told[:1] == ["True"]:
            found.setdefault(told[1], place)
    return found


class Answers:
    """A child process that answers for one interpreter."""

    def __init__(self, python: str, hash_seed: int) -> None:
        self._process = subprocess.Popen(
            [python, "-X", "utf8", "-m", "fuzz.outcomes"],
            cwd=_ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, message: bytes, parameters: dict[str, Any], interface: str) -> dict[str, str]:
        """Return digests by what was done."""
        line = json.dumps([base64.b64encode(message).decode(), parameters, interface])
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End it, and wait for its end."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@cache
def _others(process: int) -> Sequence[tuple[str, Answers]]:
    # One a process: a fork must not share its parent's pipes.
    own = sys.version.split()[0]
    asked = {f"{own}, another seed of hashing": Answers(sys.executable, 7)}
    asked |= {version: Answers(place, 1) for version, place in pythons().items() if version != own}
    for other in asked.values():
        atexit.register(other.close)
    return tuple(asked.items())


def has_one_outcome(message: bytes, parameters: Any, interface: Any) -> None:
    """Hold one submission against the law."""
    given = _plain(parameters)
    here = outcomes_of(message, given, str(interface))
    for name, other in _others(os.getpid()):
        there = other.ask(message, given, str(interface))
        assert {what for what in here if here[what] != there.get(what)} == set(), name


def _plain(parameters: Any) -> dict[str, Any]:
    """Return parameters as JSON holds them."""
    made = {name: getattr(parameters, name) for name in parameters.__dataclass_fields__}
    destination = made.pop("destination")
    made["destination"] = None if destination is None else [destination.to, destination.cc, destination.bcc]
    del made["extra"]
    plain: dict[str, Any] = json.loads(json.dumps(made))
    return plain
