"""The relay's own client of boto3: as many connections as workers, no repeats, and no work done twice."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

# Seconds: together with the courier's patience less than the five minutes that an SMTP client's connection is kept.
_CONNECT_TIMEOUT: Final = 10
_READ_TIMEOUT: Final = 60


def client_config(workers: int) -> Any:
    """Return the configuration of botocore for a client of the relay, which calls the API from so many threads.

    Repeats are the courier's: botocore would repeat a request whose answer was lost, and SES send the message twice.
    """
    from botocore.config import Config

    return Config(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        max_pool_connections=workers,
        tcp_keepalive=True,
        parameter_validation=False,
        retries={"mode": "standard", "total_max_attempts": 1},
    )


def quicken(client: Any) -> None:
    """Have a client of the API v1 write a raw message into its request once, and quickly.

    botocore writes the form twice, octet by octet, to sign it and to send it: a fifth of all that a message costs. The
    request is the same, octet for octet.
    """
    client.meta.events.register("before-call.ses.SendRawEmail", _write_form)


def _write_form(params: dict[str, Any], **_: Any) -> None:
    form = params.get("body")
    if isinstance(form, dict) and isinstance(data := form.get("RawMessage.Data"), str):
        # Base64 has three characters that a form escapes.
        escaped = data.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        pieces = [
            f"RawMessage.Data={escaped}" if name == "RawMessage.Data" else urlencode({name: value})
            for name, value in form.items()
        ]
        params["body"] = "&".join(pieces).encode("ascii")
