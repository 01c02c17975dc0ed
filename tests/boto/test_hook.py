"""The boto3 edge: the hook and `send`, against botocore's Stubber, its event system, and moto's server."""

from __future__ import annotations

import copy
import doctest
import io
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

import sesmime.boto
from sesmime import (
    ApiParameters,
    Interface,
    InvalidSetting,
    LintConfig,
    MessageTag,
    Refused,
    Severity,
    prepare,
)
from sesmime.boto import SesMimeWarning, install, send, uninstall
from sesmime.ses.interfaces import OPERATIONS as INTERFACES_OF
from tests.boto import clients
from tests.boto.clients import (
    EVENT,
    LIFTED,
    MESSAGE,
    OPERATIONS,
    RAW,
    REPEATED,
    REPEATED_ALIKE,
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

# Fixtures of moto's server.
from tests.servers import client as moto_client

ROOT = Path(__file__).parents[2]


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
        assert str(warning.message).startswith(f"{interface.value}: SES101 Subject is repeated")
        assert [finding.code for finding in warning.message.report] == ["SES101"]
        assert warning.filename == clients.__file__
        assert (
            "getattr(client, method)(**request)" in Path(warning.filename).read_text().splitlines()[warning.lineno - 1]
        )

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
            with pytest.raises(TypeError, match="target must be a session, or a client"):
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
