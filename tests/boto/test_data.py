"""What is taken as Data beside what boto3 takes: messages of Python's email, and chunks."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.message import Message as LibraryMessage
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from sesmime import Interface, Refused, Severity, message_from_bytes, message_to_bytes
from sesmime.boto import install, send
from sesmime.ses.quotas import MAX_SIZE_V1, MAX_SIZE_V2
from tests.boto.clients import (
    LIFTED,
    MESSAGE,
    OPERATIONS,
    RAW,
    REPEATED,
    V1,
    call,
    client_of,
    emitted,
    lifted_request,
    recipients,
    refusal,
    request_of,
)

ROOT = Path(__file__).parents[2]


def made(message: Any) -> Any:
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "Grüße"
    return message


def by_generator(message: bytes) -> Iterator[bytes]:
    for start in range(0, len(message), 7):
        yield message[start : start + 7]


CHUNKED: dict[str, Callable[[bytes], Any]] = {
    "list": lambda message: [message[:9], bytearray(message[9:20]), memoryview(message[20:])],
    "tuple": lambda message: (message,),
    "generator": by_generator,
    "lines": lambda message: iter(message.splitlines(keepends=True)),
    "file": io.BytesIO,
}


@RAW
@pytest.mark.parametrize("wrap", CHUNKED.values(), ids=CHUNKED)
@pytest.mark.parametrize("lint", ["error", "off"])
def test_chunks_are_joined(interface: Interface, wrap: Callable[[bytes], Any], lint: Any) -> None:
    client = client_of(interface)
    install(client, lint=lint)
    call(client, interface, request_of(interface, wrap(MESSAGE)), lifted_request(interface))
    install(client, lint=lint, fix=False, lift=False)
    message = LIFTED
    call(client, interface, request_of(interface, wrap(message)), request_of(interface, message))
    if not hasattr(wrap(message), "read"):
        params = emitted(client, interface, request_of(interface, wrap(message)))
        assert params == request_of(interface, message)
    install(client)
    refusal(client, OPERATIONS[interface][1], request_of(interface, wrap(REPEATED)))


@RAW
@pytest.mark.parametrize("kind", [EmailMessage, LibraryMessage, lambda: MIMEText("Grüße", "plain", "utf-8")])
def test_a_message_of_pythons_email_is_written_as_message_to_bytes_does(
    interface: Interface, kind: Callable[[], Any]
) -> None:
    message = made(kind())
    client = client_of(interface)
    install(client)
    expected = request_of(interface, message_to_bytes(message), **recipients(interface))
    call(client, interface, request_of(interface, message), expected)


@RAW
def test_a_message_that_was_read_and_not_changed_goes_out_byte_for_byte(interface: Interface) -> None:
    client = client_of(interface)
    install(client, lift=False, fix=False, lint="off")
    for file in sorted((ROOT / "tests" / "data" / "messages").glob("*.eml")):
        message = file.read_bytes()
        params = emitted(client, interface, request_of(interface, message_from_bytes(message)))
        assert params == request_of(interface, message), file.name


@RAW
def test_the_callers_request_keeps_its_message(interface: Interface) -> None:
    client = client_of(interface)
    install(client)
    message = made(EmailMessage())
    message.set_content("Hello")
    before = message.as_bytes()
    request = request_of(interface, message)
    call(client, interface, request)
    assert request == request_of(interface, message)
    assert message.as_bytes() == before


@RAW
@pytest.mark.parametrize("wrap", [*CHUNKED.values(), message_from_bytes], ids=[*CHUNKED, "EmailMessage"])
def test_send_takes_them(interface: Interface, wrap: Callable[[bytes], Any]) -> None:
    class Client:
        """What `send` uses of a client."""

        meta = client_of(interface).meta

        def send_email(self, **request: Any) -> Any:
            return request

        send_raw_email = send_email

    assert send(Client(), wrap(MESSAGE)) == lifted_request(interface)


def test_what_holds_no_bytes_is_refused_in_words() -> None:
    client = client_of(V1)
    install(client)
    made: list[Callable[[], Any]] = [lambda: ["a"], lambda: iter([b"a", 5]), lambda: {b"a", None}]
    for make in made:
        with pytest.raises(TypeError, match="the chunks of a message must be bytes, not"):
            client.send_raw_email(**request_of(V1, make()))
        with pytest.raises(TypeError, match="the chunks of a message must be bytes, not"):
            send(client, make())
    for other in (5, {"a": b"b"}):
        with pytest.raises(ParamValidationError):
            client.send_raw_email(**request_of(V1, other))


@pytest.mark.slow
@RAW
@pytest.mark.parametrize("beyond", [0, 1])
def test_sizes_count_in_octets_of_the_message(interface: Interface, beyond: int) -> None:
    # However it is handed over: a str counts in octets of UTF-8, not in characters.
    size = (MAX_SIZE_V1 if interface is V1 else MAX_SIZE_V2) + beyond
    head = LIFTED.replace(b"Hi\r\n", b"")
    line = "é".encode() * 38 + b"\r\n"
    lines, rest = divmod(size - len(head), len(line))
    message = head + line * lines + b"x" * rest
    assert len(message) == size
    client = client_of(interface)
    install(client, fix=False, lift=False)
    made: list[Callable[[], Any]] = [
        lambda: message,
        message.decode,
        lambda: [message[:100], message[100:]],
        lambda: io.BytesIO(message),
    ]
    for make in made:
        if beyond:
            with pytest.raises(Refused) as caught:
                emitted(client, interface, request_of(interface, make()))
            assert [one.code for one in caught.value.report if one.severity is Severity.ERROR] == ["SES302"]
        else:
            emitted(client, interface, request_of(interface, make()))
