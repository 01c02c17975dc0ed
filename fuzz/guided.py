"""A law under atheris: which choices reach new lines decides what is tried next."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from fuzz.chance import Octets


def run_guided(law: int, executions: int, seed: int, folder: Path) -> int:
    """Run one law under atheris, which ends the process: 0 after the executions, 77 where the law is broken."""
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        print("--atheris needs the package atheris, which has wheels for Python 3.11 to 3.13: pip install atheris")
        return 2
    for name in [name for name in sys.modules if name.split(".")[0] in ("sesmime", "tests", "fuzz")]:
        if name not in ("fuzz", __name__, "fuzz.chance"):
            del sys.modules[name]
    with atheris.instrument_imports(include=["sesmime"]):
        running = importlib.import_module("fuzz.running")
    harness = running.harness_of(law)

    def one(octets: bytes) -> None:
        made: list[Any] = []

        def call() -> None:
            made.append(harness.make(Octets(octets)))
            harness.hold(*made[0])

        error = running.timed(call)
        if error is not None:
            case, error = running.smallest(harness, (), made, error)
            running.tell(running.Failure(law, seed, 0, case, repr(error)), folder)
            raise error

    folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"-runs={executions}",
        f"-seed={seed}",
        "-max_len=2048",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
    ]
    atheris.Setup(["fuzz", *options], one)
    atheris.Fuzz()
    return 0
