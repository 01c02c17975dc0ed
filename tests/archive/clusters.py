"""Dask clusters of this machine."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@contextlib.contextmanager
def local_cluster(workers: int) -> Iterator[str]:
    """Run a cluster whose workers are processes, and return the address of its scheduler."""
    distributed = pytest.importorskip("distributed")
    options: dict[str, Any] = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "processes": True}
    # The workers import the package and the tests from here.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with distributed.LocalCluster(n_workers=workers, threads_per_worker=1, **options) as made:
                yield made.scheduler_address
        finally:
            if before is None:
                os.environ.pop("PYTHONPATH")
            else:
                os.environ["PYTHONPATH"] = before
