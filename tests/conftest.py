"""Profiles of the property tests, and the messages of others where they are present."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import HealthCheck, settings

from tests.servers import REGION, Service, client, serving

if TYPE_CHECKING:
    from sesmime.local import StrictSes

# The first two run the same examples each time, so that a run says the same on every machine; the third looks for more.
_QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("dev", _QUIET, max_examples=200, derandomize=True)
settings.register_profile("ci", _QUIET, max_examples=600, derandomize=True)
settings.register_profile("explore", _QUIET, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# Test inputs made by others stand beside a checkout, never in it.
SHARED = Path(__file__).resolve().parents[2] / "shared"
_ABSENT = "test inputs that are not beside this checkout"

PROPERTY = Path(__file__).parent / "property"
_left_out: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _nothing_left_open() -> Iterator[None]:
    """Collect what a module left open while it is still that module's test that fails for it.

    What lives on, the packages above all, is not looked at again at the end of the next module.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have a worker that has no more tests take some of another's: a few tests take as long as a thousand others."""
    return import_module("xdist.scheduler").WorkStealingScheduling(config, log)


def shared(*path: str) -> Path:
    """Return a place among the shared test inputs; skips the test where they are absent."""
    place = SHARED.joinpath(*path)
    if not place.exists():
        pytest.skip(f"{_ABSENT}: {Path(*path)}")
    return place


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in tests/property."""
    for item in items:
        if PROPERTY in item.path.parents:
            item.add_marker(pytest.mark.property)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count what the expression of `-m` left out, by marker."""
    for item in items:
        _left_out.update(name for name in ("property", "slow") if item.get_closest_marker(name))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say in one line what was left out, instead of a line for each input that is not beside this checkout."""
    skipped = terminalreporter.stats.get("skipped", [])
    # Where a list of files is empty, pytest skips what has a parameter for each.
    absent = [r for r in skipped if _ABSENT in str(r.longrepr) or "got empty parameter set" in str(r.longrepr)]
    terminalreporter.stats["skipped"] = [report for report in skipped if report not in absent]
    yield
    terminalreporter.stats["skipped"] = skipped
    # What was left open is told once more at the end, where it is seen.
    for report in (one for kind in ("error", "failed") for one in terminalreporter.stats.get(kind, [])):
        for line in dict.fromkeys(line for line in str(report.longrepr).splitlines() if "ResourceWarning: " in line):
            terminalreporter.write_line(f"{report.nodeid}: {line.strip()}")
    told = [f"{count} {name}" for name, count in sorted(_left_out.items())]
    if absent:
        told.append(f"{len(absent)} that read {_ABSENT}")
    if told:
        terminalreporter.write_line(f"left out: {', '.join(told)} (`pytest -m ''` runs property and slow)")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def sent(endpoint: str) -> list[Any]:
    """What moto was sent; the sender's address is verified."""
    account = pytest.importorskip("moto.core").DEFAULT_ACCOUNT_ID
    backends = pytest.importorskip("moto.ses.models").ses_backends
    client("ses", endpoint).verify_email_identity(EmailAddress="joe@a.example")
    messages: list[Any] = backends[account][REGION].sent_messages
    messages.clear()
    return messages


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as server:
        yield server


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the configuration of whoever runs the tests, and ask nobody for another."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "dummy")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "dummy")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account of moto's in which a.example is verified and the configuration set `shop` exists."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        sesv2 = boto3.client("sesv2")
        sesv2.create_email_identity(EmailIdentity="a.example")
        sesv2.create_configuration_set(ConfigurationSetName="shop")
        yield


@pytest.fixture
def strict(aws: None) -> Iterator[StrictSes]:
    """An SES in the process: a.example is verified there, the configuration set `shop` exists; the rest is moto's."""
    local = pytest.importorskip("sesmime.local")  # it needs moto
    with local.StrictSes(local.Options(verified_identities=("a.example",))) as ses:
        boto3.client("sesv2").create_configuration_set(ConfigurationSetName="shop")
        yield ses
