"""`send`, and messages that are streams."""

from __future__ import annotations

import io
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    LintConfig,
    Refused,
    Severity,
    UnsupportedSetting,
    prepare,
)
from sesmime.boto import SesMimeWarning, install, send, send_prepared
from tests.boto.clients import (
    EVENT,
    LIFTED,
    MESSAGE,
    OPERATIONS,
    RAW,
    REPEATED,
    REPEATED_ALIKE,
    V1,
    V2,
    call,
    client_of,
    emitted,
    lifted_request,
    make_client,
    recipients,
    refusal,
    request_of,
)

# Fixtures of moto's server.


class Unseekable(io.BytesIO):
    """A stream that can be read once."""

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")


class AsyncFile:
    """A stream of the asynchronous kind; touching it without awaiting would be a RuntimeWarning."""

    async def read(self) -> bytes:
        return MESSAGE

    async def tell(self) -> int:
        return 0


class TestStreams:
    @RAW
    def test_a_stream_is_sent_from_where_it_stands_and_stands_there_again(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        stream = io.BytesIO(b"12345" + MESSAGE)
        stream.seek(5)
        call(client, interface, request_of(interface, stream), lifted_request(interface))
        assert stream.tell() == 5

    @RAW
    def test_a_stream_becomes_bytes_even_where_nothing_is_changed(self, interface: Interface) -> None:
        # botocore cannot write streams in these operations.
        client = client_of(interface)
        install(client, lint="off", lift=False, fix=False)
        call(client, interface, request_of(interface, io.BytesIO(LIFTED)), request_of(interface, LIFTED))

    def test_a_memory_map_is_the_whole_of_it_as_botocore_has_it(self) -> None:
        client = client_of(V1)
        install(client)
        with mmap.mmap(-1, len(MESSAGE)) as memory:
            memory[:] = MESSAGE
            memory.seek(5)
            call(client, V1, request_of(V1, memory), lifted_request(V1))

    def test_a_file_works_too(self, tmp_path: Path) -> None:
        client = client_of(V1)
        install(client)
        file = tmp_path / "message.eml"
        file.write_bytes(MESSAGE)
        with file.open("rb") as stream:
            for _ in range(2):
                call(client, V1, request_of(V1, stream), lifted_request(V1))

    @RAW
    def test_a_refused_stream_can_be_read_again(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        stream = io.BytesIO(REPEATED)
        refusal(client, OPERATIONS[interface][1], request_of(interface, stream))
        assert stream.read() == REPEATED

    @RAW
    @pytest.mark.parametrize("lint", ["error", "warn", "off"])
    @pytest.mark.parametrize(
        "make", [lambda: Unseekable(REPEATED), lambda: StreamingBody(io.BytesIO(REPEATED), len(REPEATED))]
    )
    def test_a_stream_that_cannot_be_rewound_is_not_drained(
        self, interface: Interface, lint: Any, make: Callable[[], Any]
    ) -> None:
        client = client_of(interface)
        install(client, lint=lint)
        stream = make()
        request = request_of(interface, stream)
        with pytest.warns(SesMimeWarning, match="cannot be rewound, so it is not checked"):
            assert emitted(client, interface, dict(request)) == request
        assert stream.read() == REPEATED

    def test_a_pipe_is_not_drained(self) -> None:
        client = client_of(V1)
        install(client)
        reading, writing = os.pipe()
        os.write(writing, MESSAGE)
        os.close(writing)
        with open(reading, "rb") as stream:
            with pytest.warns(SesMimeWarning):
                emitted(client, V1, request_of(V1, stream))
            assert stream.read() == MESSAGE

    @pytest.mark.parametrize("make", [AsyncFile, lambda: closed(io.BytesIO())])
    def test_what_cannot_be_read_at_all_is_left_alone(self, make: Callable[[], Any]) -> None:
        client = client_of(V1)
        install(client)
        request = request_of(V1, make())
        with pytest.warns(SesMimeWarning) as caught:
            assert emitted(client, V1, request) == request
        assert len(caught) == 1


def closed(stream: io.BytesIO) -> io.BytesIO:
    stream.close()
    return stream


class TestSend:
    @RAW
    def test_a_message_is_prepared_for_the_clients_api_and_sent(self, interface: Interface) -> None:
        client = client_of(interface)
        _, method, _ = OPERATIONS[interface]
        with Stubber(client) as stubber:
            stubber.add_response(
                method, {"MessageId": "1"}, lifted_request(interface) | {"ConfigurationSetName": "shop"}
            )
            response = send(client, MESSAGE, parameters=ApiParameters(configuration_set="shop"))
        assert response["MessageId"] == "1"

    @RAW
    def test_what_ses_is_expected_to_refuse_is_not_sent(self, interface: Interface) -> None:
        client = client_of(interface)
        with Stubber(client) as stubber:
            stubber.add_response(OPERATIONS[interface][1], {"MessageId": "1"})
            with pytest.raises(Refused, match="Subject is repeated"):
                send(client, REPEATED)
            with pytest.raises(Refused, match="no configuration set"):
                send(client, MESSAGE, fail_level=Severity.INFO)
            send(client, REPEATED, config=LintConfig(ignore=("SES101",)))

    def test_it_fixes_and_lifts_as_told(self) -> None:
        client = client_of(V1)
        message = b"X-SES-MESSAGE-TAGS: a=1\r\n" + LIFTED
        with Stubber(client) as stubber:
            stubber.add_response("send_raw_email", {"MessageId": "1"}, request_of(V1, message))
            send(client, message, lift=False)
            with pytest.raises(Refused):
                send(client, REPEATED_ALIKE, fix=False)

    def test_a_setting_that_the_api_has_not_raises(self) -> None:
        with pytest.raises(UnsupportedSetting):
            send(client_of(V1), MESSAGE, parameters=ApiParameters(tenant="acme"))

    def test_the_error_of_ses_comes_through(self) -> None:
        client = client_of(V1)
        with Stubber(client) as stubber:
            stubber.add_client_error("send_raw_email", "MessageRejected", "Email address is not verified.")
            with pytest.raises(ClientError, match="not verified"):
                send(client, MESSAGE)

    @pytest.mark.parametrize("what", [None, boto3, boto3.Session(), make_client("sns")])
    def test_what_is_no_client_of_ses_is_refused(self, what: Any) -> None:
        with pytest.raises(TypeError, match="client must be a boto3 client"):
            send(what, MESSAGE)

    def test_what_was_prepared_for_one_api_is_not_sent_by_the_other(self) -> None:
        with pytest.raises(TypeError, match="prepared for sesv2"):
            send_prepared(client_of(V1), prepare(MESSAGE, interface=V2))

    @RAW
    def test_with_a_hook_it_is_not_prepared_again_but_checked(self, interface: Interface) -> None:
        client = client_of(interface)
        method = OPERATIONS[interface][1]
        install(client, config=LintConfig(verified_identities=("b.example",)))
        message = b"X-SES-MESSAGE-TAGS: a=1\r\n" + LIFTED
        with Stubber(client) as stubber:
            stubber.add_response(method, {"MessageId": "1"}, request_of(interface, message))
            # What is asked for in the call holds: the hook would lift.
            send(client, message, lift=False)
            stubber.add_response(method, {"MessageId": "1"}, lifted_request(interface))
            send(client, MESSAGE)
            with pytest.raises(Refused) as caught:
                send(client, MESSAGE.replace(b"a@b.example", b"a@other.example"))
        assert [finding.code for finding in caught.value.report if finding.severity is Severity.ERROR] == ["SES214"]

    def test_a_hook_fixes_nothing_in_what_is_to_stay(self) -> None:
        client = client_of(V1)
        install(client, lint="off")
        with Stubber(client) as stubber:
            stubber.add_response("send_raw_email", {"MessageId": "1"}, request_of(V1, REPEATED_ALIKE, **recipients(V1)))
            send(client, REPEATED_ALIKE, fix=False, config=LintConfig(ignore=("SES101",)))

    def test_what_another_handler_put_in_its_place_is_prepared(self) -> None:
        def other(params: dict[str, Any], **_: Any) -> None:
            params["RawMessage"] = {"Data": MESSAGE}

        client = client_of(V1)
        client.meta.events.register(EVENT, other)
        install(client)
        with Stubber(client) as stubber:
            stubber.add_response("send_raw_email", {"MessageId": "1"}, lifted_request(V1))
            send(client, LIFTED, parameters=ApiParameters(destination=Destination(("c@d.example", "e@f.example"))))
