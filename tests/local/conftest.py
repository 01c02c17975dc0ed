"""Local servers for the tests, and clients of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from sesmime.local import LocalSes, Options

REGION = "us-east-1"


def client_of(ses: LocalSes, service: str, region: str = REGION) -> Any:
    """Return a boto3 client of a local server; nothing is tried twice, and no parameter is checked before it."""
    return boto3.client(
        service,
        endpoint_url=ses.endpoint_url,
        region_name=region,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


@pytest.fixture
def local() -> Iterator[Callable[..., LocalSes]]:
    """Return what starts a local SES with the options that are given; all are stopped in the end."""
    with ExitStack() as stack:

        def start(**options: Any) -> LocalSes:
            return stack.enter_context(LocalSes(Options(**options)))

        yield start


def resident() -> int:
    """Return the resident memory of this process, in MiB; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS:")) // 1024
