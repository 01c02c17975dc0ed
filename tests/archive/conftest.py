"""What tests of archives begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.archive.clusters import local_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Return the address of a Dask cluster of two workers."""
    with local_cluster(2) as address:
        yield address
