"""The hook in aiobotocore, whose clients are botocore's with another event loop, against moto's server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sesmime import Interface, Refused
from sesmime.boto import SesMimeWarning, install, send, uninstall
from tests.boto.clients import LIFTED, MESSAGE, OPERATIONS, RAW, REPEATED, request_of
from tests.servers import REGION

pytestmark = pytest.mark.edges

# moto wants a verified sender.
SENDER = (b"a@b.example", b"joe@a.example")


def make_session() -> Any:
    session_module = pytest.importorskip("aiobotocore.session")
    return session_module.get_session()


def run(work: Callable[[Any], Awaitable[Any]], interface: Interface, endpoint: str, session: Any = None) -> Any:
    """Return what a coroutine makes of a client."""

    async def with_client() -> Any:
        made = (session or make_session()).create_client(
            OPERATIONS[interface][0],
            region_name=REGION,
            endpoint_url=endpoint,
            aws_access_key_id="dummy",
            aws_secret_access_key="dummy",
        )
        async with made as client:
            return await work(client)

    return asyncio.run(with_client())


async def call(client: Any, interface: Interface, data: Any) -> Any:
    if isinstance(data, bytes):
        data = data.replace(*SENDER)
    return await getattr(client, OPERATIONS[interface][1])(**request_of(interface, data))


@RAW
def test_a_client_sends_what_was_prepared(endpoint: str, sent: list[Any], interface: Interface) -> None:
    async def work(client: Any) -> None:
        install(client)
        assert (await call(client, interface, MESSAGE))["MessageId"]
        assert (await call(client, interface, io.BytesIO(MESSAGE.replace(*SENDER))))["MessageId"]
        uninstall(client)
        assert (await call(client, interface, REPEATED))["MessageId"]

    run(work, interface, endpoint)
    assert [one.raw_data.encode() for one in sent] == [
        LIFTED.replace(*SENDER),
        LIFTED.replace(*SENDER),
        REPEATED.replace(*SENDER),
    ]
    assert {"c@d.example", "e@f.example"} <= set(sent[0].destinations)


@RAW
def test_a_session_hooks_its_clients_and_a_refusal_comes_through(
    endpoint: str, sent: list[Any], interface: Interface
) -> None:
    session = make_session()
    install(session)

    async def work(client: Any) -> None:
        with pytest.raises(Refused, match="Subject is repeated"):
            await call(client, interface, REPEATED)

    run(work, interface, endpoint, session)
    assert sent == []


@RAW
def test_the_hook_of_the_process_is_theirs_too(endpoint: str, sent: list[Any], interface: Interface) -> None:
    from botocore.exceptions import ClientError

    async def work(client: Any) -> None:
        install(client_error=True)
        try:
            assert (await call(client, interface, MESSAGE))["MessageId"]
            chunks = [MESSAGE.replace(*SENDER)[:20], MESSAGE.replace(*SENDER)[20:]]
            assert (await call(client, interface, chunks))["MessageId"]
            with pytest.raises(ClientError, match="Duplicate header") as caught:
                await call(client, interface, REPEATED)
            code = caught.value.response["Error"]["Code"]
            assert isinstance(caught.value, Refused)
            assert isinstance(caught.value, client.exceptions.from_code(code))
        finally:
            uninstall()
        assert (await call(client, interface, REPEATED))["MessageId"]

    run(work, interface, endpoint)
    assert [one.raw_data.encode() for one in sent] == [
        LIFTED.replace(*SENDER),
        LIFTED.replace(*SENDER),
        REPEATED.replace(*SENDER),
    ]


@RAW
def test_a_warning_names_the_line_of_the_call(endpoint: str, sent: list[Any], interface: Interface) -> None:
    async def work(client: Any) -> None:
        install(client, lint="warn")
        with pytest.warns(SesMimeWarning, match="SES101") as caught:
            await call(client, interface, REPEATED)
        assert [one.filename for one in caught] == [__file__]

    run(work, interface, endpoint)
    assert len(sent) == 1


@RAW
def test_send_gives_what_is_awaited(endpoint: str, sent: list[Any], interface: Interface) -> None:
    async def work(client: Any) -> None:
        install(client)
        with pytest.raises(Refused):
            send(client, REPEATED)
        response = await send(client, MESSAGE.replace(*SENDER))
        assert response["MessageId"]

    run(work, interface, endpoint)
    assert [one.raw_data.encode() for one in sent] == [LIFTED.replace(*SENDER)]
