"""Law 15: a submission translated there and back loses only what the translations list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    SesMimeError,
    Submission,
    envelope,
    parse,
    read_ses_fields,
    resolve,
    translate,
    write_ses_fields,
)
from sesmime.mime.addresses import parse_addresses
from sesmime.ses.envelope import address_key
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.settings import parameter_name
from tests.property import strategies

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
APIS = (V1, V2)
MAY_CHANGE = {"from", "reply-to", "return-path", "bcc", *(row.name.lower() for row in SES_FIELDS.values())}

overrides = st.sampled_from(
    [
        {},
        {"ConfigurationOverrides": {"Archiving": {"ArchivingOptions": ["x"]}}},
        {"Unknown": [1, {"a": "b"}, b"octets"]},
    ]
)


def _with_extra(interface: Interface) -> st.SearchStrategy[ApiParameters]:
    plain = strategies.liftable(interface)
    if interface is not V2:
        return plain
    return st.builds(lambda one, extra: replace(one, extra=extra or None), plain, overrides)


def _submissions(messages: st.SearchStrategy[bytes]) -> st.SearchStrategy[Submission]:
    return strategies.raw_interfaces.flatmap(
        lambda interface: st.builds(Submission, messages, _with_extra(interface), st.just(interface))
    )


plain = _submissions(strategies.sendable())
hostile = _submissions(st.one_of(strategies.messages, strategies.hostile_messages))

_address = st.sampled_from(["a@b.example", "joe@x.example", "Zoe <z@y.example>"])
_text = st.fixed_dictionaries({"Data": st.text("abc äß€\n", max_size=20)}, optional={"Charset": st.just("UTF-8")})
_subject = st.fixed_dictionaries({"Data": st.text("abc äß€", max_size=20)})
_content = st.fixed_dictionaries(
    {"Subject": _subject, "Body": st.fixed_dictionaries({"Text": _text}, optional={"Html": _text})}
)
_attachment = st.fixed_dictionaries({"RawContent": st.binary(max_size=9), "FileName": st.just("a.bin")})
_simple = st.builds(
    lambda content, more: {"Simple": content | more},
    _content,
    st.fixed_dictionaries(
        {},
        optional={
            "Headers": st.just([{"Name": "X-A", "Value": "b"}]),
            "Attachments": st.lists(_attachment, max_size=2),
        },
    ),
)
_destination = st.fixed_dictionaries(
    {"ToAddresses": st.lists(_address, min_size=1, max_size=2, unique=True)},
    optional={"CcAddresses": st.just(["c@c.example"]), "BccAddresses": st.just(["d@c.example"])},
)
_tags = st.lists(strategies.tags, min_size=1, max_size=3, unique_by=lambda tag: tag.name).map(
    lambda tags: [{"Name": tag.name, "Value": tag.value} for tag in tags]
)
simple_requests = st.one_of(
    st.tuples(
        st.just(Interface.SEND_EMAIL),
        st.fixed_dictionaries(
            {"Source": _address, "Destination": _destination, "Message": _content},
            optional={
                "ReplyToAddresses": st.just(["r@r.example"]),
                "ReturnPath": _address,
                "Tags": _tags,
                "ConfigurationSetName": strategies.names,
                "SourceArn": strategies.arns,
            },
        ),
    ),
    st.tuples(
        st.just(Interface.V2_SEND_EMAIL_SIMPLE),
        st.fixed_dictionaries(
            {"FromEmailAddress": _address, "Destination": _destination, "Content": _simple},
            optional={
                "ReplyToAddresses": st.just(["r@r.example"]),
                "FeedbackForwardingEmailAddress": _address,
                "EmailTags": _tags,
                "TenantName": strategies.names,
                "EndpointId": st.just("abc.123"),
                "ListManagementOptions": st.just({"ContactListName": "L", "TopicName": "T"}),
            },
        ),
    ),
)


def facts(submission: Submission) -> Iterator[tuple[str, Any, set[str]]]:
    """Return what SES would take of a submission: what it is, the value, and the names that a loss may have."""
    interface, parameters = submission.interface, submission.parameters
    if interface is SMTP and any(getattr(parameters, name) for name in SES_FIELDS):
        # Settings beside a message for SMTP are those that are to be written into it.
        submission = translate_by_hand(submission)
        parameters = submission.parameters
    message = bytes(submission.message or b"")
    found = resolve(message, parameters=parameters, interface=interface)
    for setting, row in SES_FIELDS.items():
        value = getattr(found, setting)
        if value:
            yield setting, value, {row.name, *names(setting)}
    told = envelope(message, parameters=parameters, interface=interface)
    for which, address in (("sender", told.sender), ("feedback", told.feedback)):
        if address:
            yield which, address_key(address), {address.field, *names("source"), *names("return_path"), "Return-Path"}
    for address in told.recipients:
        yield "recipient", address_key(address), {"To", "Cc", "Bcc", *names("destination")}
    if parameters.endpoint_id:
        yield "endpoint", parameters.endpoint_id, {"EndpointId"}
    for name, value in parameters.extra or ():
        yield "extra", repr((name, value)), {name}
    section = parse(message).header_section
    bodies = parameters.reply_to or tuple(field.body for field in section.all("Reply-To"))
    for body in bodies:
        for mailbox in parse_addresses(body):
            yield "reply", mailbox.address, {"ReplyToAddresses"}


def translate_by_hand(submission: Submission) -> Submission:
    """Return a submission for SMTP with its settings as fields, by the editing functions."""
    given = {name: value for name in SES_FIELDS if (value := getattr(submission.parameters, name))}
    message = bytes(submission.message or b"")
    written = write_ses_fields(message, replace(read_ses_fields(message), **given))
    return replace(
        submission,
        message=written,
        parameters=replace(submission.parameters, **dict.fromkeys(SES_FIELDS, None)),
    )


def names(setting: str) -> set[str]:
    return {name for one in Interface if (name := parameter_name(setting, one)) is not None}


def assert_law(submission: Submission, other: Interface) -> None:
    there = translate(submission, other)
    assert there.submission.interface is other
    back = translate(there.submission, submission.interface)
    listed = {loss.parameter.partition("[")[0].partition(".")[0] for loss in (*there.lost, *back.lost)}
    # One way, then there and back: what is not listed is said.
    for made, told in ((there.submission, there.lost), (back.submission, (*there.lost, *back.lost))):
        said = {(what, value) for what, value, _ in facts(made)}
        names_told = {loss.parameter.partition("[")[0].partition(".")[0] for loss in told}
        for what, value, may_be in facts(submission):
            assert (what, value) in said or may_be & names_told, (what, value, told)
    assert all(loss.reason and loss.value.isprintable() for loss in (*there.lost, *back.lost)), listed
    # Of the message only the fields change that say what parameters say elsewhere.
    before, after = (parse(bytes(one.message or b"")) for one in (submission, there.submission))
    assert bytes(before.body) == bytes(after.body)
    kept = [
        [
            (field.name, field.body.strip())
            for field in one.header_section
            if field.name.lower().strip() not in MAY_CHANGE
        ]
        for one in (before, after)
    ]
    assert kept[0] == kept[1]


def input_shape(interface: Interface) -> Any:
    service, operation = interface.value.split(".")[:2]
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


SHAPES = {one: input_shape(one) for one in Interface if one is not SMTP}


def assert_takes(submission: Submission) -> None:
    report = ParamValidator().validate(submission.to_request(), SHAPES[submission.interface])
    assert not report.has_errors(), report.generate_report()


class TestLaw15:
    """`translate` there and back loses only what it lists."""

    @given(plain, strategies.raw_interfaces)
    def test_raw_submissions_of_messages_that_people_send(self, submission: Submission, other: Interface) -> None:
        assert_law(submission, other)

    @given(hostile, strategies.raw_interfaces)
    def test_raw_submissions_of_any_octets(self, submission: Submission, other: Interface) -> None:
        assert_law(submission, other)

    @given(simple_requests, strategies.raw_interfaces)
    @settings(deadline=None)
    def test_simple_content_says_the_same_as_a_raw_message(
        self, asked: tuple[Interface, dict[str, Any]], other: Interface
    ) -> None:
        interface, request = asked
        submission = Submission.from_request(request, interface)
        made, lost = translate(submission, other)
        told = {loss.parameter for loss in lost}
        after = envelope(bytes(made.message or b""), parameters=made.parameters, interface=other)
        before = envelope(None, parameters=submission.parameters, interface=interface)
        assert {address_key(one) for one in after.recipients} == {address_key(one) for one in before.recipients}
        assert before.feedback is not None
        assert after.feedback is not None
        assert address_key(after.feedback) == address_key(before.feedback)
        found = resolve(made.message, parameters=made.parameters, interface=other)
        for setting in SES_FIELDS:
            value = getattr(submission.parameters, setting)
            assert not value or getattr(found, setting) == value
        assert ("EndpointId" in told) == (bool(submission.parameters.endpoint_id) and other is not V2)

    @given(simple_requests)
    def test_simple_content_goes_from_one_api_to_the_other_and_back(
        self, asked: tuple[Interface, dict[str, Any]]
    ) -> None:
        interface, request = asked
        other = Interface.V2_SEND_EMAIL_SIMPLE if interface is Interface.SEND_EMAIL else Interface.SEND_EMAIL
        submission = Submission.from_request(request, interface)
        there = translate(submission, other)
        back = translate(there.submission, interface)
        lost = {loss.parameter for loss in (*there.lost, *back.lost)}
        assert_takes(there.submission)
        again = back.submission.to_request()
        for name, value in request.items():
            if name == "Content":
                for member, content in value["Simple"].items():
                    kept = again["Content"]["Simple"].get(member) == content
                    assert kept or not content or any(one.startswith(f"Content.Simple.{member}") for one in lost)
            else:
                assert again.get(name) == value or name in lost

    @given(st.one_of(plain, hostile), st.sampled_from(APIS))
    def test_botocores_validator_takes_every_request_that_is_made(
        self, submission: Submission, other: Interface
    ) -> None:
        made = translate(submission, other).submission
        if made.interface is not submission.interface:
            assert_takes(made)

    @given(
        st.builds(Submission, strategies.messages, strategies.any_parameters, st.sampled_from(list(Interface))),
        st.sampled_from(list(Interface)),
    )
    def test_nothing_but_our_errors_is_raised(self, submission: Submission, other: Interface) -> None:
        try:
            made = translate(submission, other)
        except SesMimeError:
            return
        assert all(str(loss).isprintable() for loss in made.lost)


@pytest.mark.parametrize("interface", [V1, V2, SMTP])
def test_the_same_interface_changes_nothing(interface: Interface) -> None:
    submission = Submission(b"From: a@b.example\r\n\r\n", ApiParameters(), interface)
    assert translate(submission, interface) == (submission, ())


@pytest.mark.parametrize(
    ("given", "other"),
    [
        (V2, V1),
        (V2, SMTP),
        (Interface.SEND_EMAIL, Interface.V2_SEND_EMAIL_SIMPLE),
        (Interface.V2_SEND_EMAIL_SIMPLE, Interface.SEND_EMAIL),
        (Interface.V2_SEND_EMAIL_SIMPLE, SMTP),
    ],
)
def test_names_that_are_no_parameters_are_told_escaped(given: Interface, other: Interface) -> None:
    name, shown = "X\x1b[31m\u202e\x1f", r"X\x1b[31m\u202e\x1f"
    simple: dict[str, Any] = {"Subject": {"Data": "a"}, "Body": {"Text": {"Data": "a"}}}
    if not other.is_raw:  # where a raw message is made, members that nobody knows are refused
        simple |= {"Headers": [{name: "a"}], name: 1}
    content = {} if given is V2 else {"Content": {"Simple": simple}} if given.is_v2 else {"Message": simple}
    parameters = ApiParameters(
        source="a@b.example", destination=Destination(("c@d.example",)), extra={name: 1, "A": [{name: 1}], **content}
    )
    lost = translate(Submission(None if content else b"From: a@b.example\r\n\r\n", parameters, given), other).lost
    assert {f"{shown} '1'", f"A[0].{shown} '1'"} <= {f"{loss.parameter} {loss.value}" for loss in lost}
    assert all(str(loss).isprintable() for loss in lost)
