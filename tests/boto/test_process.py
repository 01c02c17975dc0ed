"""The hook of a whole process: clients of anybody, made before and after, and others who watch the same place."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from functools import wraps
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.hooks import HierarchicalEmitter

from sesmime import Refused
from sesmime.boto import SesMimeWarning, install, uninstall
from sesmime.testing import record_sent
from tests.boto.clients import (
    EVENT,
    LIFTED,
    MESSAGE,
    OPERATIONS,
    RAW,
    REPEATED,
    TAGS,
    V1,
    call,
    client_of,
    emitted,
    lifted_request,
    make_client,
    recipients,
    refusal,
    request_of,
)
from tests.servers import client as moto_client

ORIGINAL = HierarchicalEmitter.emit


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    uninstall()
    HierarchicalEmitter.emit = ORIGINAL  # type: ignore[method-assign, unused-ignore]


@RAW
def test_clients_made_before_and_after_are_hooked_whoever_makes_them(interface: Any) -> None:
    before = client_of(interface)
    install()
    botocores = botocore.session.get_session().create_client(
        OPERATIONS[interface][0], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    for client in (before, client_of(interface), client_of(interface, boto3.Session()), botocores):
        call(client, interface, request_of(interface, MESSAGE), lifted_request(interface))
        report = refusal(client, OPERATIONS[interface][1], request_of(interface, REPEATED))
        assert [finding.code for finding in report] == ["SES101"]
    uninstall()
    for client in (before, client_of(interface), botocores):
        call(client, interface, request_of(interface, REPEATED), request_of(interface, REPEATED))


def test_what_ses_assembles_is_checked_too() -> None:
    install()
    simple = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}
    request = {"Source": "a b@c.example", "Destination": {"ToAddresses": ["c@d.example"]}, "Message": simple}
    refusal(make_client("ses"), "send_email", request)


def test_twice_is_once_and_the_later_options_hold() -> None:
    client = client_of(V1)
    install()
    method = HierarchicalEmitter.emit
    install(lint="warn", lift=False)
    assert HierarchicalEmitter.emit is method
    with pytest.warns(SesMimeWarning) as caught:
        call(client, V1, request_of(V1, REPEATED), request_of(V1, REPEATED))
    assert [warning.filename for warning in caught] == [call.__code__.co_filename]
    uninstall()
    assert HierarchicalEmitter.emit is ORIGINAL
    uninstall()
    call(client, V1, request_of(V1, REPEATED), request_of(V1, REPEATED))


def test_a_client_or_session_with_a_hook_of_its_own_keeps_to_that() -> None:
    install()
    session = boto3.Session()
    install(session, lint="off", lift=False)
    client = client_of(V1, session)
    call(client, V1, request_of(V1, REPEATED), request_of(V1, REPEATED))
    uninstall(client)
    refusal(client, "send_raw_email", request_of(V1, REPEATED))


def test_the_request_is_what_the_handlers_leave() -> None:
    def adds(params: dict[str, Any], **_: Any) -> None:
        params["ConfigurationSetName"] = "shop"

    def replaces(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**params, "RawMessage": {"Data": MESSAGE}}

    client = client_of(V1)
    install()
    client.meta.events.register(EVENT, adds)
    expected = lifted_request(V1) | {"ConfigurationSetName": "shop"}
    call(client, V1, request_of(V1, MESSAGE), expected)
    client.meta.events.register(EVENT, replaces)
    call(client, V1, request_of(V1, LIFTED), expected)


def test_other_services_and_presigned_requests_are_left_alone() -> None:
    install()
    request = request_of(V1, MESSAGE)
    assert emitted(client_of(V1), V1, request, is_presign_request=True) == request
    assert make_client("sns").generate_presigned_url("publish", Params={"Message": "Hi", "TopicArn": "arn:a"})


class TestOutbox:
    """The outbox of sesmime.testing stands in the same method."""

    def test_installed_first(self) -> None:
        client = client_of(V1)
        install()
        with record_sent() as outbox:
            call(client, V1, request_of(V1, MESSAGE), lifted_request(V1))
            with pytest.raises(Refused):
                client.send_raw_email(**request_of(V1, REPEATED))
        assert [one.message for one in outbox] == [LIFTED]
        refusal(client, "send_raw_email", request_of(V1, REPEATED))

    def test_installed_while_it_records(self) -> None:
        client = client_of(V1)
        with record_sent() as outbox:
            install()
            call(client, V1, request_of(V1, MESSAGE), lifted_request(V1))
        assert [one.message for one in outbox] == [LIFTED]
        call(client, V1, request_of(V1, MESSAGE), lifted_request(V1))
        assert len(outbox) == 1

    def test_uninstalled_while_it_records_and_installed_again(self) -> None:
        client = client_of(V1)
        install()
        with record_sent() as outbox:
            uninstall()
            call(client, V1, request_of(V1, REPEATED), request_of(V1, REPEATED))
            install(lint="warn")
            with pytest.warns(SesMimeWarning) as caught:
                call(client, V1, request_of(V1, REPEATED))
        assert len(caught) == 1
        assert len(outbox) == 2

    def test_one_that_somebody_hides_does_nothing_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = client_of(V1)
        install(lint="warn")
        hidden = HierarchicalEmitter.emit

        def plain(self: Any, event_name: str, **named: Any) -> Any:
            return hidden(self, event_name, **named)

        with monkeypatch.context() as patch:
            patch.setattr(HierarchicalEmitter, "emit", plain)
            install(lint="warn")
            with pytest.warns(SesMimeWarning) as caught:
                call(client, V1, request_of(V1, REPEATED))
            assert len(caught) == 1
            uninstall()

    def test_one_below_another_with_wraps_serves_again(self) -> None:
        client = client_of(V1)
        install()
        ours = HierarchicalEmitter.emit

        @wraps(ours)
        def theirs(self: Any, event_name: str, **named: Any) -> Any:
            return ours(self, event_name, **named)

        HierarchicalEmitter.emit = theirs  # type: ignore[method-assign, unused-ignore]
        uninstall()
        call(client, V1, request_of(V1, REPEATED), request_of(V1, REPEATED))
        install()
        assert HierarchicalEmitter.emit is theirs
        refusal(client, "send_raw_email", request_of(V1, REPEATED))


def test_many_threads_install_send_and_uninstall() -> None:
    wrong: list[Any] = []
    allowed = [request_of(V1, MESSAGE), lifted_request(V1)]
    client = client_of(V1)

    def send() -> None:
        for _ in range(100):
            params = emitted(client, V1, request_of(V1, MESSAGE))
            if params not in allowed:
                wrong.append(params)

    def switch() -> None:
        for _ in range(100):
            install(lint="off")
            uninstall()

    threads = [threading.Thread(target=work) for work in (send, switch) * 4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert HierarchicalEmitter.emit is ORIGINAL


@pytest.mark.edges
@RAW
def test_moto_gets_what_was_prepared(endpoint: str, sent: list[Any], interface: Any) -> None:
    install()
    service, method, _ = OPERATIONS[interface]
    message = LIFTED.replace(b"a@b.example", b"joe@a.example")
    tagged = b"X-SES-MESSAGE-TAGS: a=1\r\n" + message
    client = moto_client(service, endpoint)
    assert getattr(client, method)(**request_of(interface, tagged))["MessageId"]
    with pytest.raises(Refused):
        getattr(client, method)(**request_of(interface, REPEATED))
    assert [one.raw_data.encode() for one in sent] == [message]
    expected = request_of(interface, message, **recipients(interface))
    assert emitted(client, interface, request_of(interface, tagged)) == expected | {
        "Tags" if interface is V1 else "EmailTags": TAGS
    }
