"""The laws of the SES wing and of the main job, under Hypothesis."""

from __future__ import annotations

import io
from dataclasses import fields
from email import message_from_bytes
from email.policy import SMTP
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sesmime import (
    ApiParameters,
    Interface,
    InvalidMessageTag,
    LintConfig,
    MessageTag,
    Prepared,
    Refused,
    SesFields,
    SesMimeError,
    Severity,
    Submission,
    copy_stripped,
    envelope,
    format_message_tags,
    prepare,
    read_message_tags,
    read_ses_fields,
    resolve,
    strip_ses_fields,
    write_ses_fields,
)
from sesmime.ses.fields import SES_FIELDS
from sesmime.ses.tags import tag_fault
from tests.property import strategies

# Nothing is looked at, so that nothing refuses.
NO_RULES = LintConfig(select=())


class TestTags:
    """Law 4: what is written is read back. Law 1: reading raises for nothing."""

    @given(st.lists(strategies.any_tags, max_size=6))
    def test_tags_are_refused_or_read_back_without_defect(self, tags: list[MessageTag]) -> None:
        if any(tag_fault(tag) for tag in tags) or len({tag.name for tag in tags}) < len(tags):
            with pytest.raises(InvalidMessageTag) as raised:
                format_message_tags(tags)
            assert (raised.value.name, raised.value.value) in tags
            return
        body = format_message_tags(tags)
        assert body.isascii()
        assert read_message_tags(body).tags == tuple(tags)
        assert read_message_tags(body).defects == () or not tags

    @given(st.text('ab=, \t"?\r\n\udcff' + "é.@:", max_size=40))
    def test_a_body_without_defect_is_written_again(self, body: str) -> None:
        found = read_message_tags(body)
        assert all("=" in body for _ in found.tags)
        if not found.defects:
            again = format_message_tags(found.tags)
            assert read_message_tags(again) == found


class TestFields:
    """Law 4: what is written is read back, by us and by the standard library."""

    @given(strategies.messages, strategies.ses_fields)
    def test_law_4_fields_are_read_back_by_us_from_any_message(self, message: bytes, wanted: SesFields) -> None:
        written = write_ses_fields(message, wanted)
        assert read_ses_fields(written) == wanted
        assert read_ses_fields(written).defects == ()
        # Twice is once, but for the line ends of a message that mixes them and loses some lines.
        twice = write_ses_fields(written, wanted)
        assert twice.replace(b"\r\n", b"\n") == written.replace(b"\r\n", b"\n")

    @given(strategies.sendable(), strategies.ses_fields)
    def test_law_4_fields_are_read_back_by_the_standard_library(self, message: bytes, wanted: SesFields) -> None:
        # A blank before the colon ends the header section for email.
        written = write_ses_fields(message.replace(b" :", b":"), wanted)
        by_python = message_from_bytes(written, policy=SMTP)
        assert not by_python.defects
        for setting, row in SES_FIELDS.items():
            value = getattr(wanted, setting)
            found = by_python.get_all(row.name, [])
            assert [str(one) for one in found] == ([] if value is None else [row.write(value)])
        assert str(by_python["From"]) == "Joe <joe@a.example>"

    @given(strategies.messages, strategies.ses_fields)
    def test_what_is_written_is_stripped_again(self, message: bytes, wanted: SesFields) -> None:
        message += b"\n\n"
        assert strip_ses_fields(write_ses_fields(message, wanted)) == strip_ses_fields(message)

    @given(strategies.messages, st.lists(st.integers(1, 20), min_size=1))
    def test_stripping_a_stream_is_stripping_the_bytes(self, message: bytes, sizes: list[int]) -> None:
        class Stream(io.BytesIO):
            turn = 0

            def read(self, size: int | None = -1) -> bytes:
                self.turn += 1
                return super().read(sizes[self.turn % len(sizes)])

        target = io.BytesIO()
        copy_stripped(cast(BinaryIO, Stream(message)), target)
        assert target.getvalue() == strip_ses_fields(message)


class TestPrecedence:
    """Law 5: where the interface takes a parameter and it is given, its value holds; tags are never joined."""

    @given(strategies.submissions)
    def test_law_5_a_given_parameter_holds(self, submission: tuple[bytes, ApiParameters, Interface]) -> None:
        message, parameters, interface = submission
        resolution = resolve(message, parameters=parameters, interface=interface)
        envelope(message, parameters=parameters, interface=interface)
        assert isinstance(resolution.explain(), str)
        for one in fields(parameters):
            value = getattr(parameters, one.name)
            if value:
                assert getattr(resolution, one.name) == value
            elif one.name in SES_FIELDS and not (one.name == "from_arn" and parameters.source_arn):
                # None and empty alike: the field counts, and of repeated ones the first.
                assert getattr(resolution, one.name) == getattr(read_ses_fields(message), one.name)

    @given(strategies.preparations)
    def test_law_5_a_given_parameter_holds_in_what_is_prepared(
        self, asked: tuple[bytes, ApiParameters, Interface]
    ) -> None:
        message, parameters, interface = asked
        prepared = prepare(message, parameters=parameters, interface=interface, config=NO_RULES)
        for setting in SES_FIELDS:
            value = getattr(parameters, setting)
            if value and interface is Interface.SMTP:
                assert getattr(read_ses_fields(prepared.message), setting) == value
            elif value:
                assert getattr(prepared.parameters, setting) == value

    @given(strategies.preparations)
    def test_law_5_tags_are_never_joined(self, asked: tuple[bytes, ApiParameters, Interface]) -> None:
        message, parameters, interface = asked
        prepared = prepare(message, parameters=parameters, interface=interface, config=NO_RULES)
        sent = prepared.parameters.message_tags or read_ses_fields(prepared.message).message_tags
        assert sent in (parameters.message_tags or None, read_ses_fields(message).message_tags)


def same(one: Prepared, other: Prepared) -> None:
    assert other.message == one.message
    assert other.parameters == one.parameters
    assert other.interface is one.interface
    assert other.envelope == one.envelope


class TestPrepare:
    """Law 9: preparing what was prepared, with its parameters, changes nothing."""

    @given(strategies.preparations)
    def test_law_9_prepared_twice_is_prepared_once(self, asked: tuple[bytes, ApiParameters, Interface]) -> None:
        message, parameters, interface = asked
        try:
            once = prepare(message, parameters=parameters, interface=interface)
        except Refused:
            assume(False)
        twice = prepare(once.message, parameters=once.parameters, interface=once.interface)
        same(once, twice)
        assert (twice.applied, twice.removed) == ((), ())

    @given(strategies.preparations)
    def test_law_9_holds_for_what_would_be_refused_too(self, asked: tuple[bytes, ApiParameters, Interface]) -> None:
        message, parameters, interface = asked
        once = prepare(message, parameters=parameters, interface=interface, config=NO_RULES)
        twice = prepare(once.message, parameters=once.parameters, interface=interface, config=NO_RULES)
        same(once, twice)
        assert twice.removed == ()

    @given(strategies.preparations)
    def test_the_envelope_of_what_is_prepared_is_the_prepared_one(
        self, asked: tuple[bytes, ApiParameters, Interface]
    ) -> None:
        message, parameters, interface = asked
        prepared = prepare(message, parameters=parameters, interface=interface, config=NO_RULES)
        assert envelope(prepared.message, parameters=prepared.parameters, interface=interface) == prepared.envelope
        destination = prepared.parameters.destination
        assert prepared.envelope.recipients == (destination.all if destination else ())

    @given(strategies.preparations)
    def test_the_chunks_joined_are_the_message_and_the_body_is_the_same(
        self, asked: tuple[bytes, ApiParameters, Interface]
    ) -> None:
        message, parameters, interface = asked
        prepared = prepare(message, parameters=parameters, interface=interface, config=NO_RULES)
        assert b"".join(prepared.chunks()) == prepared.message
        assert len(prepared.message) == prepared.size
        if interface is not Interface.SMTP:
            rest = message
            for field in reversed(prepared.removed):
                assert rest[slice(*field.span)] == field.raw
                rest = rest[: field.span.start] + rest[field.span.stop :]
            assert prepared.message == rest

    @given(
        st.one_of(strategies.messages, strategies.sendable(), strategies.sendable("\n")),
        strategies.raw_interfaces.flatmap(
            lambda interface: st.tuples(st.just(interface), strategies.liftable(interface))
        ),
        st.booleans(),
        st.sampled_from(Severity),
    )
    def test_nothing_but_our_errors_is_raised(
        self, message: bytes, how: tuple[Interface, ApiParameters], lift: bool, level: Severity
    ) -> None:
        interface, parameters = how
        try:
            prepared = prepare(message, parameters=parameters, interface=interface, lift=lift, fail_level=level)
        except SesMimeError:
            return
        assert len(repr(prepared)) < 200
        if interface is not Interface.SMTP:
            assert Submission.from_request(prepared.to_request(), interface).message == prepared.message


class TestTwins:
    """Law 10: LF and CRLF twins read alike."""

    @given(
        strategies.sendable("\n"),
        strategies.raw_interfaces.flatmap(
            lambda interface: st.tuples(st.just(interface), strategies.liftable(interface))
        ),
    )
    def test_law_10_twins_are_prepared_alike(self, lf: bytes, how: tuple[Interface, ApiParameters]) -> None:
        interface, parameters = how
        crlf = lf.replace(b"\n", b"\r\n")
        options: dict[str, Any] = {"parameters": parameters, "interface": interface, "config": NO_RULES}
        one, other = prepare(lf, **options), prepare(crlf, **options)
        assert one.parameters == other.parameters
        assert one.envelope == other.envelope
        if b"\n" in lf:
            assert one.message.replace(b"\n", b"\r\n") == other.message
        assert strip_ses_fields(lf).replace(b"\n", b"\r\n") == strip_ses_fields(crlf)
        assert read_ses_fields(lf) == read_ses_fields(crlf)

    @given(strategies.sendable("\n"), strategies.raw_interfaces)
    def test_law_10_twins_are_refused_alike(self, lf: bytes, interface: Interface) -> None:
        found = []
        for message in (lf, lf.replace(b"\n", b"\r\n")):
            try:
                found.append([(one.name, one.line, one.column) for one in prepare(message, interface=interface).report])
            except Refused as error:
                found.append([(one.name, one.line, one.column) for one in error.report])
        assert found[0] == found[1]


class TestRequests:
    """Law 4 for requests: what is written is read back."""

    @given(strategies.submissions)
    def test_a_request_is_read_back(self, submission: tuple[bytes, ApiParameters, Interface]) -> None:
        message, parameters, interface = submission
        assume(interface is not Interface.SMTP)
        found = Submission.from_request(Submission(message, parameters, interface).to_request(), interface)
        assert found.message == message
        flat = interface is Interface.SEND_RAW_EMAIL and parameters.destination is not None
        for one in fields(parameters):
            given_, read = getattr(parameters, one.name), getattr(found.parameters, one.name)
            assert (read.all, read.cc) == (given_.all, ()) if flat and one.name == "destination" else read == given_
