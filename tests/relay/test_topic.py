"""The topic about the relay: its commands, options, variables and metrics are there, and its unit file starts one."""

from __future__ import annotations

import argparse
import re
import shlex

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("prometheus_client")

from sesmime.cli.__main__ import command_parser
from sesmime.cli.commands import relay as command
from sesmime.cli.environment import environment_options, read_environment
from sesmime.cli.topics import topic_text
from sesmime.relay.metrics import Metrics

pytestmark = pytest.mark.edges
TEXT = topic_text("relay")


def parser() -> argparse.ArgumentParser:
    return command_parser("relay", command)


def block(after: str) -> str:
    """Return the first block that comes after some words."""
    found = re.search(re.escape(after) + r".*?```\w+\n(.+?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


def test_every_command_is_taken() -> None:
    blocks = re.findall(r"```sh\n(.+?)```", TEXT, re.DOTALL)
    commands = [
        shlex.split(line, comments=True)
        for one in blocks
        for line in one.replace("\\\n", " ").splitlines()
        if "sesmime relay" in line
    ]
    assert len(commands) == 4
    for words in commands:
        given = words[words.index("relay") + 1 :]
        parser().parse_args(given[: given.index(">>")] if ">>" in given else given)


def test_every_option_that_is_named_is_one() -> None:
    named = set(re.findall(r"`(--[a-z-]+)", TEXT))
    assert named <= {option for action in parser()._actions for option in action.option_strings}
    # And all that are new for those who run it for others are named.
    assert {"--users", "--network", "--sender", "--recipient", "--workers", "--rate", "--max-memory"} <= named


def test_every_variable_is_read() -> None:
    lines = [line.partition("=") for line in block("`/etc/sesmime/relay.env` has").splitlines()]
    environment = {name: value for name, _, value in lines if name.startswith(command.PREFIX)}
    options = environment_options(parser(), prefix=command.PREFIX, but=("hash_password",))
    assert set(re.findall(r"SESMIME_RELAY_[A-Z_]+", TEXT)) <= set(options)
    arguments = parser().parse_args([])
    read_environment(arguments, environment, prefix=command.PREFIX)
    assert (arguments.listen, arguments.log_format, arguments.http) == ("0.0.0.0:2587", "json", "127.0.0.1:9025")


def test_every_metric_that_is_named_is_there() -> None:
    metrics = Metrics()
    for name in ("in_work", "workers"):
        metrics.add_gauge(name, name, float)
    metrics.turned_away("550 no")
    kind, page = metrics.page()
    assert kind.startswith("text/plain")
    for name in set(re.findall(r"`(sesmime_relay_\w+)`", TEXT)):
        assert name in page.decode(), name


def test_the_unit_file_starts_the_relay() -> None:
    unit = block("`/etc/systemd/system/sesmime-relay.service`")
    start = re.search(r"^ExecStart=\S+/sesmime (.+)$", unit, re.MULTILINE)
    assert start is not None
    assert start[1].split()[0] == "relay"
    parser().parse_args(start[1].split()[1:])
    assert re.findall(r"^\[(\w+)\]$", unit, re.MULTILINE) == ["Unit", "Service", "Install"]


def test_what_is_said_of_the_defaults_is_so() -> None:
    from sesmime.relay.handler import WORKERS
    from sesmime.relay.limits import Limits

    limits = Limits()
    assert f"{WORKERS} calls of the API at once" in TEXT
    assert f"| {limits.connections:,}, and {limits.connections_per_client} of one address" in TEXT
    assert f"{limits.octets >> 20} MiB of messages" in TEXT
