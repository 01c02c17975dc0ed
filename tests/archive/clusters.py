"""Dask clusters of this machine, each in a process of its own: what one leaves open is not the tests'.

`python -m tests.archive.clusters N` runs one of N workers, tells its address, and ends with its standard input.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def local_cluster(workers: int, **settings: str) -> Iterator[str]:
    """Run a cluster whose workers are processes, and return the address of its scheduler.

    Its settings are named as Dask names them in the environment, without `DASK_DISTRIBUTED__`.
    """
    pytest.importorskip("distributed")
    # The workers import the package and the tests from here.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment |= {f"DASK_DISTRIBUTED__{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "tests.archive.clusters", str(workers)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("tcp://")
        yield address
        process.communicate()


def main() -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=int(sys.argv[1]),
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        processes=True,
    ) as made:
        print(made.scheduler_address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
