"""`prepare_many` gives what `prepare` gives of each copy."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import (
    ApiParameters,
    Attachment,
    Destination,
    Evidence,
    Interface,
    InvalidAddress,
    InvalidField,
    InvalidSetting,
    LintConfig,
    Prepared,
    SesMimeError,
    Severity,
    UnsupportedSetting,
    build,
    parse,
    prepare,
    prepare_many,
    readdress,
)
from sesmime.compose import build as build_module
from sesmime.compose.build import Fields
from sesmime.compose.parts import field
from sesmime.linter.checks import Checks
from sesmime.rules import Fault, Outgoing, rule
from tests.property import strategies

addresses = st.sampled_from(
    [
        "u1@example.com",
        "Zoë <zoe@example.net>",
        "a@B.example",
        '"q r"@s.example',
        "x" * 60 + "@d.example",
        "joe",
        "",
        "abuse@example.com",
        "success@simulator.amazonses.com",
        "me@a.example",
        "böse@ü.example",
    ]
)
fields = st.dictionaries(
    st.sampled_from(
        [
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "X-Id",
            "X-Id-2",
            "Reply-To",
            "Sender",
            "Content-Type",
            "DKIM-Signature",
            "References",
            "List-Id",
        ]
    ),
    st.sampled_from(
        [
            "<https://a.example/u/1>",
            "<https://a.example/u/2>",
            "<mailto:u@a.example>",
            "List-Unsubscribe=One-Click",
            "a@b.example",
            "Zoë <zoe@example.net>",
            "é",
            "a\nb",
            "x" * 200,
            "x" * 1_000,
            "=?utf-8?q?a?=",
            "a :b",
            "",
        ]
    ),
    max_size=2,
)
# One kind of copy after the other, so that what is known of the first is used for the next; and all kinds mixed.
one_kind = st.lists(
    st.tuples(st.sampled_from(["u1@example.com", "user22@example.org", "a-b.c@B.example", "u3@x.test"]), fields),
    min_size=3,
    max_size=6,
)
recipients = st.one_of(one_kind, st.lists(st.one_of(addresses, st.tuples(addresses, fields)), max_size=6))
bodies = st.sampled_from(
    [
        build(sender="me@a.example", subject="News", text="Hello {{amazonSESUnsubscribeUrl}}", html="<p>é</p>"),
        build(sender="me@a.example", subject="News", text="Hello", attachments=[Attachment(b"\x00", "a.exe")]),
        b"From: me@a.example\nTo: x@y.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n\xe9\n--b\nX\n",
        b"From: me@a.example\r\nDKIM-Signature: v=1; h=from:to; b=a; bh=c; d=a.example; s=s\r\n\r\n\r\x00a\nb"
        + b"x" * 1200,
        (
            b"From: me@a.example\r\nX-SES-MESSAGE-TAGS: a=1\r\nX-SES-TENANT: a b\r\nBcc: secret@x.example\r\n"
            b"\r\nX-SES-A: b\r\n"
        ),
    ]
)
messages = st.one_of(bodies, strategies.sendable(), strategies.messages, strategies.hostile_messages)
parameters = st.sampled_from(
    [
        ApiParameters(),
        ApiParameters(source="me@a.example"),
        ApiParameters(configuration_set="shop", message_tags=[("a", "1")]),
    ]
)
INTERFACES = st.sampled_from([Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP])


@rule("X1", severity=Severity.WARNING, evidence=Evidence.OBSERVED, source="https://a.example")
def odd_recipient(outgoing: Outgoing) -> Iterator[Fault]:
    """The recipient has an odd number of characters."""
    for one in outgoing.section.all("To"):
        if len(one.body) % 2:
            yield Fault(f"{one.body!r} is odd", one.span)


configs = st.sampled_from(
    [
        LintConfig(),
        LintConfig(),
        LintConfig(extend_select=("BULK", "SES105")),
        LintConfig(verified_identities=("a.example", "example.com"), extend_select=("BULK",)),
        LintConfig(rules=(odd_recipient,)),
        LintConfig(select=("SES2", "RFC1"), ignore=("SES204",)),
    ]
)


def facts(prepared: Prepared[Any]) -> tuple[Any, ...]:
    resolution, told = prepared.resolution, prepared.envelope
    account = (prepared.message, prepared.parameters, prepared.interface, told, told.header_recipients, told.left_out)
    edits = [(finding.fix.edits if finding.fix else None) for finding in prepared.report]
    return (*account, prepared.report, edits, prepared.applied, prepared.removed, resolution, prepared.is_body_kept)


@patch.object(Checks, "judge", lambda checks, report: None)  # what would be refused is compared too
@given(messages, recipients, fields, INTERFACES, parameters, configs, st.booleans(), st.booleans())
def test_each_copy_is_what_prepare_makes_of_readdress(
    message: bytes,
    asked: list[Any],
    common: dict[str, str],
    interface: Interface,
    given: ApiParameters,
    config: LintConfig,
    fix: bool,
    lift: bool,
) -> None:
    def prepared(copy: bytes) -> Prepared[Any]:
        return prepare(copy, interface=interface, parameters=given, config=config, fix=fix, lift=lift)

    try:
        copies = prepare_many(
            message,
            asked,
            fields=common,
            interface=interface,
            parameters=given,
            config=config,
            fix=fix,
            lift=lift,
        )
    except UnsupportedSetting as error:
        with pytest.raises(UnsupportedSetting, match=re.escape(str(error))):
            prepared(message)
        return
    for recipient in asked:
        to, own = recipient if isinstance(recipient, tuple) else (recipient, {})
        every: Fields = {name: body for name, body in common.items() if name not in own} | own
        try:
            made = next(copies)
        except SesMimeError as error:
            with pytest.raises(type(error)):
                prepared(b"".join(readdress(message, to=to, fields=every)))
            continue
        message_id = parse(made.message).header_section.all("Message-ID")[-1].body
        copy = b"".join(readdress(message, to=to, fields=every, message_id=message_id))
        alone = prepared(copy)
        assert facts(made) == facts(alone)
        assert pickle.loads(pickle.dumps(made)) == made  # our own octets
    assert next(copies, None) is None


def test_a_destination_is_refused_at_once() -> None:
    with pytest.raises(InvalidSetting, match="own recipient"):
        prepare_many(b"", [], parameters=ApiParameters(destination=Destination(["a@b.example"])))


def test_an_error_is_that_of_one_copy() -> None:
    message = b"From: a@b.example\r\nSubject: Hi\r\n\r\nHi\r\n"
    copies = prepare_many(message, ["c@d.example", "nobody", ("e@f.example", {"Subject": "x"}), "g@h.example"])
    assert next(copies).parameters.destination == Destination(["c@d.example"])
    with pytest.raises(InvalidAddress):
        next(copies)
    with pytest.raises(InvalidField):
        next(copies)
    assert next(copies).parameters.destination == Destination(["g@h.example"])
    assert next(copies, None) is None


# What the pattern of plain addresses takes, and what is nearly so.
nearly_plain = st.one_of(
    st.from_regex(build_module._PLAIN_ADDRESS, fullmatch=True),
    st.from_regex(r"[a-z.+_\-@]{1,12}@[a-zA-Z0-9.\-]{1,70}", fullmatch=True),
)


@given(nearly_plain)
def test_a_plain_address_is_written_as_it_is_read(text: str) -> None:
    try:
        written = field("To", build_module._address_body([text]))
    except InvalidAddress:
        with pytest.raises(InvalidAddress):
            build_module._recipients("To", text)
    else:
        assert build_module._recipients("To", text) == written
