"""`python -m tests.relay.spooled URL FILE`: a relay with a spool, which can be told to die at a step of it.

Prints the address it listens on, and its log to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
from collections import Counter

import boto3
from botocore.config import Config

from sesmime.relay import Handler
from sesmime.relay.server import serve
from sesmime.relay.spool import Spool, Uncertain
from tests.servers import REGION


def main() -> None:
    """Run until it is told to stop, by SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("file")
    parser.add_argument("--die-at", default="")
    parser.add_argument("--uncertain", type=Uncertain, default=Uncertain.HOLD)
    parser.add_argument("--read-timeout", type=float, default=10)
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--reserve", type=int, default=4 << 20)
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
    logging.getLogger("mail.log").disabled = True
    logging.getLogger("sesmime.relay").setLevel(logging.CRITICAL if arguments.quiet else logging.INFO)
    name, _, times = arguments.die_at.partition(":")
    seen: Counter[str] = Counter()

    def at_step(step: str) -> None:
        seen[step] += 1
        if step == name and seen[step] == int(times or 1):
            os.kill(os.getpid(), signal.SIGKILL)

    client = boto3.client(
        "ses",
        region_name=REGION,
        endpoint_url=arguments.url,
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
        config=Config(
            retries={"total_max_attempts": 1},
            read_timeout=arguments.read_timeout,
            connect_timeout=5,
            max_pool_connections=max(10, arguments.workers),
        ),
    )
    spool = Spool(arguments.file, reserve=arguments.reserve, uncertain=arguments.uncertain, at_step=at_step)
    handler = Handler(client, spool=spool, workers=arguments.workers)
    asyncio.run(_serve(handler, arguments.port))


async def _serve(handler: Handler, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await serve(
        handler,
        "127.0.0.1",
        port,
        stop=stop,
        listening=lambda addresses: print(addresses[0].rpartition(":")[2], flush=True),
    )


if __name__ == "__main__":
    main()
