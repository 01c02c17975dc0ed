"""Projects in which pytest runs inside pytest."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

import boto3  # noqa: F401, loaded once for all projects
import pytest

MESSAGE = b"From: joe@a.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n"
REPEATED = MESSAGE.replace(b"Subject: Hi\r\n", b"Subject: Hi\r\nSubject: Ho\r\n")
# Named by an entry point, the plugin is there of itself, and must not be named again.
IS_INSTALLED = bool(entry_points(group="pytest11", name="sesmime"))
PLUGIN = () if IS_INSTALLED else ("-p", "sesmime.pytest_plugin")
# What the projects have in common: `send` hands a message to a client that botocore's Stubber answers for.
SENDING = f"""
    import boto3
    import pytest
    from botocore.stub import Stubber

    MESSAGE = {MESSAGE!r}
    REPEATED = {REPEATED!r}
    TAGGED = b"X-SES-MESSAGE-TAGS: a=1\\r\\n" + MESSAGE
    client = boto3.client("ses", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")

    def send(message):
        with Stubber(client) as stubber:
            stubber.add_response("send_raw_email", {{"MessageId": "1"}})
            client.send_raw_email(RawMessage={{"Data": message}})
"""
Run = Callable[..., pytest.RunResult]
