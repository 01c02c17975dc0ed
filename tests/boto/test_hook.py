"""The boto3 edge: the hook and `send`, against botocore's Stubber, its event system, and moto's server."""

from __future__ import annotations

import contextlib
import copy
import doctest
import io
import mmap
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.response import StreamingBody
from botocore.stub import Stubber

import sesmime.boto
from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    InvalidSetting,
    LintConfig,
    MessageTag,
    Refused,
    Report,
    Severity,
    UnsupportedSetting,
    prepare,
)
from sesmime.boto import SesMimeWarning, install, send, send_prepared, uninstall
from sesmime.ses.interfaces import OPERATIONS as INTERFACES_OF

# Fixtures of moto's server.
from tests.boto.test_moto import client as moto_client
from tests.boto.test_moto import endpoint, sent

__all__ = ["endpoint", "sent"]

ROOT = Path(__file__).parents[2]
V1, V2 = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW
OPERATIONS = {V1: ("ses", "send_raw_email", "SendRawEmail"), V2: ("sesv2", "send_email", "SendEmail")}
RAW = pytest.mark.parametrize("interface", [V1, V2])

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nBcc: e@f.example\r\nX-SES-MESSAGE-TAGS: a=1\r\n\r\nHi\r\n"
# The same, less Bcc and the SES field.
LIFTED = b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n"
# SES takes Subject once; removing one of two that differ is no safe fix, of two that are the same it is.
REPEATED = b"Subject: one\r\nSubject: two\r\n" + LIFTED
REPEATED_ALIKE = b"Subject: one\r\nSubject: one\r\n" + LIFTED
TAGS = [{"Name": "a", "Value": "1"}]
EVENT = "provide-client-params.ses.SendRawEmail"


def make_client(service: Any, session: Any = boto3) -> Any:
    return session.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def client_of(interface: Interface, session: Any = boto3) -> Any:
    return make_client(OPERATIONS[interface][0], session)


def request_of(interface: Interface, data: Any, **more: Any) -> dict[str, Any]:
    return ({"RawMessage": {"Data": data}} if interface is V1 else {"Content": {"Raw": {"Data": data}}}) | more


def lifted_request(interface: Interface, data: bytes = LIFTED) -> dict[str, Any]:
    """Return the request that MESSAGE becomes, as DESIGN section 4 has it under `prepare`."""
    if interface is V1:
        return {"RawMessage": {"Data": data}, "Destinations": ["c@d.example", "e@f.example"], "Tags": TAGS}
    destination = {"ToAddresses": ["c@d.example"], "BccAddresses": ["e@f.example"]}
    return {"Content": {"Raw": {"Data": data}}, "Destination": destination, "EmailTags": TAGS}


def recipients(interface: Interface) -> dict[str, Any]:
    """Return the destination of the messages that have To alone."""
    if interface is V1:
        return {"Destinations": ["c@d.example"]}
    return {"Destination": {"ToAddresses": ["c@d.example"]}}


def call(client: Any, interface: Interface, request: dict[str, Any], expected: dict[str, Any] | None = None) -> Any:
    """Send a request to a stub that takes what is expected and nothing else."""
    _, method, _ = OPERATIONS[interface]
    with Stubber(client) as stubber:
        stubber.add_response(method, {"MessageId": "1"}, expected)
        response = getattr(client, method)(**request)
        stubber.assert_no_pending_responses()
    return response


def refusal(client: Any, method: str, request: dict[str, Any]) -> Report:
    """Return the report of a request that is refused before anything is sent."""
    with Stubber(client) as stubber:
        stubber.add_response(method, {"MessageId": "1"})
        with pytest.raises(Refused) as caught:
            getattr(client, method)(**request)
        with pytest.raises(AssertionError, match="responses remaining in queue"):
            stubber.assert_no_pending_responses()
    report: Report = caught.value.report  # type: ignore[assignment]
    return report


def emitted(client: Any, interface: Interface, request: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Return a request as botocore has it after the event, without sending it."""
    service, _, operation = OPERATIONS[interface]
    model = client.meta.service_model.operation_model(operation)
    params = dict(request)
    event = f"provide-client-params.{service}.{operation}"
    responses = client.meta.events.emit(event, params=params, model=model, context=context)
    # A handler that gave a request would silence the others.
    assert all(answer is None for _, answer in responses)
    return params


def test_importing_the_module_loads_neither_boto3_nor_botocore() -> None:
    code = "import sys, sesmime.boto, sesmime.boto.types; print([n for n in sys.modules if n.startswith('boto')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_doctests() -> None:
    results = doctest.testmod(sesmime.boto)
    assert results.attempted > 0
    assert results.failed == 0


class TestRawMessages:
    @RAW
    def test_settings_become_parameters_and_recipients_explicit(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        assert call(client, interface, request_of(interface, MESSAGE), lifted_request(interface)) == {"MessageId": "1"}

    @RAW
    def test_parameters_that_are_given_win(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        given = {
            "ConfigurationSetName": "shop",
            "Tags" if interface is V1 else "EmailTags": [{"Name": "b", "Value": "2"}],
        }
        request = request_of(interface, b"X-SES-CONFIGURATION-SET: other\r\n" + MESSAGE, **given)
        call(client, interface, request, lifted_request(interface) | given)

    @RAW
    def test_the_callers_own_request_stays_as_it_is(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        request = request_of(interface, MESSAGE, ConfigurationSetName="shop")
        before = copy.deepcopy(request)
        call(client, interface, request)
        assert request == before

    @RAW
    def test_what_needs_no_change_is_the_very_object_that_was_given(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        request = request_of(interface, LIFTED, **recipients(interface), ConfigurationSetName="shop")
        params = emitted(client, interface, request)
        assert params.keys() == request.keys()
        assert all(params[name] is request[name] for name in request)

    @RAW
    @pytest.mark.parametrize(
        "wrap", [bytearray, bytes.decode, memoryview, io.BytesIO, lambda m: io.StringIO(m.decode())]
    )
    def test_the_message_may_be_any_that_boto3_takes(self, interface: Interface, wrap: Callable[[bytes], Any]) -> None:
        client = client_of(interface)
        # Raw 8-bit without MIME fields is warned of, no more.
        install(client)
        message = MESSAGE.replace(b"Hi", "Grüße".encode())
        expected = lifted_request(interface, LIFTED.replace(b"Hi", b"Gr\xc3\xbc\xc3\x9fe"))
        call(client, interface, request_of(interface, wrap(message)), expected)

    @RAW
    def test_without_lift_the_message_stays_as_it_is(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client, lift=False)
        message = LIFTED.replace(b"\r\n\r\n", b"\r\nX-SES-MESSAGE-TAGS: a=1\r\n\r\n")
        call(client, interface, request_of(interface, message), request_of(interface, message))

    @RAW
    def test_fix_applies_safe_fixes_and_without_it_they_are_refused(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        expected = request_of(interface, b"Subject: one\r\n" + LIFTED, **recipients(interface))
        call(client, interface, request_of(interface, REPEATED_ALIKE), expected)
        install(client, fix=False)
        report = refusal(client, OPERATIONS[interface][1], request_of(interface, REPEATED_ALIKE))
        assert [finding.code for finding in report] == ["SES101"]

    @RAW
    @pytest.mark.parametrize("file", sorted((ROOT / "tests" / "data" / "messages").glob("*.eml")), ids=lambda f: f.stem)
    def test_what_was_prepared_goes_through_unchanged(self, interface: Interface, file: Path) -> None:
        try:
            request = prepare(file.read_bytes(), interface=interface).to_request()
        except Refused:
            request = prepare(LIFTED, interface=interface).to_request()
        client = client_of(interface)
        install(client)
        assert emitted(client, interface, dict(request)) == request


class TestLint:
    @RAW
    def test_what_ses_is_expected_to_refuse_raises_and_is_not_sent(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        report = refusal(client, OPERATIONS[interface][1], request_of(interface, REPEATED))
        assert [(finding.code, finding.rejection) for finding in report] == [("SES101", "Duplicate header 'Subject'.")]

    def test_a_refusal_has_the_whole_report(self) -> None:
        client = client_of(V1)
        install(client)
        report = refusal(client, "send_raw_email", request_of(V1, b"X-SES-MESSAGE-TAGS: a=1\r\n" + REPEATED))
        assert [finding.code for finding in report] == ["SES101", "SES514"]

    @RAW
    def test_warn_sends_and_warns_once_at_the_line_of_the_call(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client, lint="warn")
        request = request_of(interface, REPEATED)
        with pytest.warns(SesMimeWarning) as caught:
            call(client, interface, request, request | recipients(interface))
        (warning,) = caught
        assert isinstance(warning.message, SesMimeWarning)
        assert str(warning.message).startswith(f"{interface.value}: SES101 Subject stands here again")
        assert [finding.code for finding in warning.message.report] == ["SES101"]
        assert warning.filename == __file__
        assert "getattr(client, method)(**request)" in Path(__file__).read_text().splitlines()[warning.lineno - 1]

    def test_a_warning_names_five_findings_and_counts_the_others(self) -> None:
        client = client_of(V1)
        install(client, lint="warn")
        fields = b"".join(b"%s: one\r\n%s: two\r\n" % (name, name) for name in (b"Subject", b"Sender", b"Date") * 3)
        with pytest.warns(SesMimeWarning) as caught:
            call(client, V1, request_of(V1, fields + LIFTED))
        text = str(caught[0].message)
        assert text.count("SES101") == 5
        assert text.endswith(f"; and {len(caught[0].message.report) - 5} more")  # type: ignore[union-attr]

    @RAW
    def test_off_lifts_and_fixes_and_says_nothing(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client, lint="off")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            request = request_of(interface, REPEATED)
            call(client, interface, request, request | recipients(interface))
            call(client, interface, request_of(interface, MESSAGE), lifted_request(interface))

    def test_the_fail_level_and_the_rules_are_those_asked_for(self) -> None:
        client = client_of(V1)
        install(client, config=LintConfig(ignore=("SES101",)))
        call(client, V1, request_of(V1, REPEATED))
        # Tags without a configuration set are an INFO.
        install(client, fail_level=Severity.INFO)
        report = refusal(client, "send_raw_email", request_of(V1, MESSAGE))
        assert [(finding.code, finding.severity) for finding in report] == [("SES514", Severity.INFO)]

    def test_what_is_below_the_fail_level_is_not_warned_of(self) -> None:
        client = client_of(V1)
        install(client, lint="warn")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            call(client, V1, request_of(V1, MESSAGE))

    def test_a_warning_can_be_pickled(self) -> None:
        warning = SesMimeWarning("a", prepare(MESSAGE).report)
        twin = pickle.loads(pickle.dumps(warning))
        assert (str(twin), twin.report) == ("a", warning.report)
        assert SesMimeWarning("a").report == ()


SUBJECT_AND_TEXT = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "there"}}}
TO = {"ToAddresses": ["c@d.example"]}
V1_SIMPLE = {"Source": "a@b.example", "Destination": TO}
V2_SIMPLE = {"FromEmailAddress": "a@b.example", "Destination": TO}
VERIFICATION = {"EmailAddress": "c@d.example", "TemplateName": "verify"}
# Service, method, a request that is right, and the name of its tags; verification mails have none.
ASSEMBLED: list[tuple[str, str, dict[str, Any], str]] = [
    ("ses", "send_email", V1_SIMPLE | {"Message": SUBJECT_AND_TEXT}, "Tags"),
    ("ses", "send_templated_email", V1_SIMPLE | {"Template": "hello", "TemplateData": "{}"}, "Tags"),
    (
        "ses",
        "send_bulk_templated_email",
        {
            "Source": "a@b.example",
            "Template": "hello",
            "DefaultTemplateData": "{}",
            "Destinations": [{"Destination": TO}],
        },
        "DefaultTags",
    ),
    ("sesv2", "send_email", V2_SIMPLE | {"Content": {"Simple": SUBJECT_AND_TEXT}}, "EmailTags"),
    (
        "sesv2",
        "send_email",
        V2_SIMPLE | {"Content": {"Template": {"TemplateName": "hello", "TemplateData": "{}"}}},
        "EmailTags",
    ),
    (
        "sesv2",
        "send_bulk_email",
        {
            "FromEmailAddress": "a@b.example",
            "DefaultContent": {"Template": {"TemplateName": "hello"}},
            "BulkEmailEntries": [{"Destination": TO}],
        },
        "DefaultEmailTags",
    ),
]
ANSWERS: dict[str, dict[str, Any]] = {
    "send_bulk_templated_email": {"Status": []},
    "send_bulk_email": {"BulkEmailEntryResults": []},
}


class TestAssembledMessages:
    @pytest.mark.parametrize(("service", "method", "request_", "tags"), ASSEMBLED, ids=lambda value: str(value)[:25])
    def test_settings_are_checked(self, service: str, method: str, request_: dict[str, Any], tags: str) -> None:
        client = make_client(service)
        install(client)
        with Stubber(client) as stubber:
            stubber.add_response(method, ANSWERS.get(method, {"MessageId": "1"}))
            with pytest.raises(Refused, match="a tag name is made of"):
                getattr(client, method)(**request_, **{tags: [{"Name": "a b", "Value": "1"}]})
            with pytest.raises(AssertionError, match="responses remaining in queue"):
                stubber.assert_no_pending_responses()

    @pytest.mark.parametrize(("service", "method", "request_", "tags"), ASSEMBLED, ids=lambda value: str(value)[:25])
    def test_what_is_right_is_sent_as_it_is(
        self, service: str, method: str, request_: dict[str, Any], tags: str
    ) -> None:
        client = make_client(service)
        install(client)
        request_ = request_ | {tags: TAGS, "ConfigurationSetName": "shop"}
        with Stubber(client) as stubber:
            stubber.add_response(method, ANSWERS.get(method, {"MessageId": "1"}), request_)
            getattr(client, method)(**request_)

    @pytest.mark.parametrize("service", ["ses", "sesv2"])
    def test_verification_mails_go_through(self, service: str) -> None:
        client = make_client(service)
        install(client)
        with Stubber(client) as stubber:
            stubber.add_response("send_custom_verification_email", {"MessageId": "1"}, VERIFICATION)
            client.send_custom_verification_email(**VERIFICATION)

    def test_warn_warns_and_off_says_nothing(self) -> None:
        client = make_client("ses")
        request = V1_SIMPLE | {"Message": SUBJECT_AND_TEXT, "Tags": [{"Name": "a b", "Value": "1"}]}
        for lint, expectation in (
            ("warn", pytest.warns(SesMimeWarning, match="SES511")),
            ("off", contextlib.nullcontext()),
        ):
            install(client, lint=lint)  # type: ignore[arg-type]
            with Stubber(client) as stubber, expectation:
                stubber.add_response("send_email", {"MessageId": "1"}, request)
                client.send_email(**request)


class TestMalformedRequests:
    @RAW
    @pytest.mark.parametrize(
        "change",
        [
            {"RawMessage": None, "Content": None},
            {"RawMessage": {}, "Content": {"Raw": {}}},
            {"RawMessage": "text", "Content": "text"},
            {"RawMessage": {"Data": 5}, "Content": {"Raw": {"Data": 5}}},
            {"RawMessage": {"Data": None}, "Content": {"Raw": {"Data": None}}},
            {"RawMessage": {"Data": LIFTED, "More": 1}, "Content": {"Raw": {"Data": LIFTED, "More": 1}}},
            {"Tags": TAGS[0], "EmailTags": TAGS[0]},
            {"Tags": [{"Name": "a"}], "EmailTags": [{"Name": "a"}]},
            {"Tags": [{"Name": 5, "Value": "1"}], "EmailTags": [{"Name": 5, "Value": "1"}]},
            {"Destinations": "c@d.example", "Destination": ["c@d.example"]},
            {"Destinations": [5], "Destination": {"ToAddresses": [5]}},
            {"ConfigurationSetName": 5},
            {"Unknown": 5},
        ],
    )
    def test_botocore_refuses_them_in_its_own_words(self, interface: Interface, change: dict[str, Any]) -> None:
        _, method, operation = OPERATIONS[interface]
        client = client_of(interface)
        names = client.meta.service_model.operation_model(operation).input_shape.members
        ours = {name: value for name, value in change.items() if name in names or name == "Unknown"}
        request = request_of(interface, MESSAGE) | ours
        told: list[str] = []
        for hooked in (False, True):
            if hooked:
                install(client)
            with pytest.raises(ParamValidationError) as caught:
                getattr(client, method)(**request)
            told.append(str(caught.value))
        assert told[0] == told[1]

    @pytest.mark.parametrize("content", [{}, {"Raw": None}])
    def test_a_content_without_a_message_is_left_alone(self, content: dict[str, Any]) -> None:
        client = client_of(V2)
        install(client)
        assert emitted(client, V2, {"Content": content}) == {"Content": content}

    def test_text_that_is_no_unicode_is_left_alone(self) -> None:
        client = client_of(V1)
        install(client)
        request = request_of(V1, "From: \ud800")
        assert emitted(client, V1, request) == request


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
        with pytest.warns(SesMimeWarning, match="cannot be rewound: it is not looked at"):
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


class TestInstalling:
    def test_twice_is_once(self) -> None:
        client = client_of(V1)
        install(client, lint="warn")
        install(client, lint="warn")
        with pytest.warns(SesMimeWarning) as caught:
            call(client, V1, request_of(V1, REPEATED))
        assert len(caught) == 1

    def test_the_later_options_hold(self) -> None:
        client = client_of(V1)
        install(client)
        install(client, lint="off", lift=False)
        call(client, V1, request_of(V1, MESSAGE), request_of(V1, MESSAGE))

    @RAW
    def test_uninstalled_nothing_is_changed(self, interface: Interface) -> None:
        client = client_of(interface)
        install(client)
        uninstall(client)
        call(client, interface, request_of(interface, REPEATED), request_of(interface, REPEATED))
        uninstall(client)

    def test_other_clients_are_not_hooked(self) -> None:
        install(client_of(V1))
        call(client_of(V1), V1, request_of(V1, MESSAGE), request_of(V1, MESSAGE))

    @pytest.mark.parametrize("is_first", [True, False])
    def test_other_handlers_stay_and_their_edits_too(self, is_first: bool) -> None:
        def other(params: dict[str, Any], **_: Any) -> None:
            params["ConfigurationSetName"] = "shop"

        client = client_of(V1)
        if is_first:
            client.meta.events.register(EVENT, other)
        install(client)
        if not is_first:
            client.meta.events.register(EVENT, other)
        expected = lifted_request(V1) | {"ConfigurationSetName": "shop"}
        call(client, V1, request_of(V1, MESSAGE), expected)
        uninstall(client)
        call(client, V1, request_of(V1, MESSAGE), request_of(V1, MESSAGE, ConfigurationSetName="shop"))

    @RAW
    def test_a_session_hooks_the_clients_that_it_makes_later(self, interface: Interface) -> None:
        session = boto3.Session()
        before = client_of(interface, session)
        install(session)
        after = client_of(interface, session)
        call(before, interface, request_of(interface, MESSAGE), request_of(interface, MESSAGE))
        call(after, interface, request_of(interface, MESSAGE), lifted_request(interface))
        uninstall(session)
        call(client_of(interface, session), interface, request_of(interface, MESSAGE), request_of(interface, MESSAGE))
        call(after, interface, request_of(interface, MESSAGE), lifted_request(interface))
        uninstall(after)
        call(after, interface, request_of(interface, MESSAGE), request_of(interface, MESSAGE))

    def test_a_client_may_have_other_options_than_its_session(self) -> None:
        session = boto3.Session()
        install(session)
        client = client_of(V1, session)
        install(client, lift=False)
        message = b"X-SES-MESSAGE-TAGS: a=1\r\n" + LIFTED
        call(client, V1, request_of(V1, message), request_of(V1, message))
        call(client_of(V1, session), V1, request_of(V1, message), request_of(V1, LIFTED, Tags=TAGS) | recipients(V1))

    def test_a_session_of_botocore_works_too(self) -> None:
        session = botocore.session.get_session()
        install(session)
        client = session.create_client("ses", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        call(client, V1, request_of(V1, MESSAGE), lifted_request(V1))

    def test_the_operations_of_sending_are_hooked_and_no_others(self) -> None:
        for service in ("ses", "sesv2"):
            names = set(make_client(service).meta.service_model.operation_names)
            hooked = {name.split(".")[1] for name in INTERFACES_OF if name.startswith(f"{service}.")}
            # A bounce is no mail of ours to prepare.
            assert hooked == {name for name in names if name.startswith("Send")} - {"SendBounce"}

    @pytest.mark.parametrize("what", [None, 5, boto3, boto3.Session, make_client("sns")])
    def test_what_is_no_client_of_ses_is_refused(self, what: Any) -> None:
        for function in (install, uninstall):
            with pytest.raises(TypeError, match="a session or a client of SES is wanted"):
                function(what)

    def test_an_unknown_way_to_lint_is_refused(self) -> None:
        client = client_of(V1)
        with pytest.raises(InvalidSetting, match="error, warn or off"):
            install(client, lint="strict")  # type: ignore[arg-type]
        call(client, V1, request_of(V1, MESSAGE), request_of(V1, MESSAGE))

    def test_parameters_to_presign_are_the_callers_own_and_are_left_alone(self) -> None:
        client = client_of(V1)
        install(client)
        request = request_of(V1, MESSAGE)
        before = copy.deepcopy(request)
        assert "Bcc" not in client.generate_presigned_url("send_raw_email", Params=request)
        assert request == before
        assert emitted(client, V1, request, is_presign_request=True) == request


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
            with pytest.raises(Refused, match="Subject stands here again"):
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
        with pytest.raises(TypeError, match="a client of SES is wanted"):
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


@pytest.mark.edges
class TestMoto:
    @RAW
    def test_the_hook_sends_the_prepared_bytes(self, endpoint: str, sent: list[Any], interface: Interface) -> None:
        message = MESSAGE.replace(b"a@b.example", b"joe@a.example")
        service, method, _ = OPERATIONS[interface]
        client = moto_client(service, endpoint)
        install(client)
        assert getattr(client, method)(**request_of(interface, message))["MessageId"]
        assert send(client, message, parameters=ApiParameters(message_tags=(MessageTag("b", "2"),)))["MessageId"]
        assert [one.raw_data.encode() for one in sent] == [LIFTED.replace(b"a@b.example", b"joe@a.example")] * 2
        assert {"c@d.example", "e@f.example"} <= set(sent[0].destinations)

    @RAW
    def test_a_refused_message_never_arrives(self, endpoint: str, sent: list[Any], interface: Interface) -> None:
        service, method, _ = OPERATIONS[interface]
        session = boto3.Session(region_name="us-east-1", aws_access_key_id="dummy", aws_secret_access_key="dummy")
        install(session)
        client = session.client(service, endpoint_url=endpoint)  # type: ignore[call-overload, unused-ignore]
        with pytest.raises(Refused):
            getattr(client, method)(**request_of(interface, REPEATED.replace(b"a@b.example", b"joe@a.example")))
        assert sent == []
