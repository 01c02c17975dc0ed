"""A wrong argument is a TypeError, or an error of ours, that says what is wanted, whatever it is given to."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import pytest

import sesmime
import sesmime.events
from sesmime import (
    ApiParameters,
    Attachment,
    Destination,
    Edit,
    Interface,
    InvalidSetting,
    LintConfig,
    ListManagement,
    Mailbox,
    MessageTag,
    SesFields,
    SesMimeError,
    Severity,
    Span,
    Submission,
)
from sesmime.events import Carrier, EventKind
from sesmime.ses.javamail import verdict

MESSAGE: Final = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: s\r\n\r\nHi\r\n"
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
CHECKED: Final = {"parameters": ApiParameters(), "interface": Interface.SEND_RAW_EMAIL, "config": LintConfig()}
RECORD: Final = {"eventType": "Send", "mail": {"messageId": "i"}}
SIMPLE: Final = {
    "Source": "a@b.example",
    "Destination": {"ToAddresses": ["c@d.example"]},
    "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
}

# What each function takes, by position and by name; every one of these is then replaced by what it does not take.
CALLS: Final[dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]] = {
    "parse": (sesmime.parse, (MESSAGE,), {"limits": sesmime.DEFAULT_LIMITS}),
    "lint": (sesmime.lint, (MESSAGE,), CHECKED),
    "fix": (sesmime.fix, (MESSAGE,), CHECKED),
    "resolve": (sesmime.resolve, (MESSAGE,), {"parameters": ApiParameters(), "interface": Interface.SEND_RAW_EMAIL}),
    "envelope": (sesmime.envelope, (MESSAGE,), {"parameters": ApiParameters(), "interface": Interface.SEND_RAW_EMAIL}),
    "predict_rejection": (sesmime.predict_rejection, (MESSAGE,), CHECKED),
    "explain_rejection": (sesmime.explain_rejection, ("Illegal address", MESSAGE), CHECKED),
    "prepare": (sesmime.prepare, (MESSAGE,), {**CHECKED, "fail_level": Severity.ERROR}),
    "prepare_many": (
        lambda *given, **options: list(sesmime.prepare_many(*given, **options)),
        (MESSAGE, ["e@f.example"]),
        {**CHECKED, "fields": (), "fail_level": Severity.ERROR},
    ),
    "prepare_forward": (
        sesmime.prepare_forward,
        (MESSAGE,),
        {
            **CHECKED,
            "sender": "us@example.com",
            "destination": ["e@f.example"],
            "to": [],
            "reply_to": [],
            "subject_prefix": "",
            "fail_level": Severity.ERROR,
        },
    ),
    "translate": (sesmime.translate, (Submission(MESSAGE), Interface.V2_SEND_EMAIL_RAW), {}),
    "split_envelope": (lambda given: list(sesmime.split_envelope(given)), (Submission(MESSAGE),), {}),
    "strip_ses_fields": (sesmime.strip_ses_fields, (MESSAGE,), {"keep": ()}),
    "copy_stripped": (
        lambda source, **options: sesmime.copy_stripped(source, io.BytesIO(), **options),
        (io.BytesIO(MESSAGE),),
        {"keep": (), "limits": sesmime.DEFAULT_LIMITS},
    ),
    "remove_fields": (sesmime.remove_fields, (MESSAGE, "Subject"), {}),
    "replace_field": (sesmime.replace_field, (MESSAGE, "Subject", "a"), {}),
    "prepend_field": (sesmime.prepend_field, (MESSAGE, "Subject", "a"), {}),
    "apply_edits": (sesmime.apply_edits, (MESSAGE, [Edit(Span(0, 0), b"X: 1\r\n")]), {}),
    "edited_chunks": (sesmime.edited_chunks, (MESSAGE, [Edit(Span(0, 0), b"X: 1\r\n")]), {}),
    "read_ses_fields": (sesmime.read_ses_fields, (MESSAGE,), {}),
    "write_ses_fields": (sesmime.write_ses_fields, (MESSAGE, SesFields(tenant="t")), {}),
    "read_message_tags": (sesmime.read_message_tags, ("a=b",), {}),
    "format_message_tags": (sesmime.format_message_tags, ([MessageTag("a", "b")],), {}),
    "format_message_tags of one": (lambda tag: sesmime.format_message_tags([tag]), (("a", "b"),), {}),
    "parse_addresses": (sesmime.parse_addresses, ("a@b.example",), {"limits": sesmime.DEFAULT_LIMITS}),
    "format_addresses": (sesmime.format_addresses, (["a@b.example"],), {}),
    "format_addresses of one": (lambda one: sesmime.format_addresses([one]), ("a@b.example",), {}),
    "Mailbox": (lambda name, address: sesmime.format_addresses([Mailbox(name, address)]), ("a", "a@b.example"), {}),
    "parse_parameters": (sesmime.parse_parameters, ("a/b",), {"limits": sesmime.DEFAULT_LIMITS}),
    "format_parameters": (sesmime.format_parameters, ("a/b", {"c": "d"}), {}),
    "format_parameters of one": (lambda name, text: sesmime.format_parameters("a/b", [(name, text)]), ("c", "d"), {}),
    "decode_words": (sesmime.decode_words, ("a",), {}),
    "encode_words": (sesmime.encode_words, ("a",), {}),
    "build": (
        sesmime.build,
        (),
        {
            "sender": "a@b.example",
            "to": ["c@d.example"],
            "cc": [],
            "reply_to": [],
            "subject": "s",
            "text": "t",
            "html": "h",
            "attachments": [Attachment(b"a", "a.bin")],
            "fields": [("X-A", "b")],
            "ses": SesFields(),
            "date": AT,
            "message_id": "<a@b.example>",
        },
    ),
    "Attachment": (
        lambda **options: sesmime.build(sender="a@b.example", attachments=[Attachment(**options)]),
        (),
        {"content": b"a", "filename": "a", "content_type": "a/b", "content_id": "c@d", "disposition": "inline"},
    ),
    "readdress": (
        sesmime.readdress,
        (MESSAGE,),
        {"to": ["c@d.example"], "cc": [], "subject": "s", "fields": (), "ses": SesFields(), "date": AT},
    ),
    "raw_from_simple": (sesmime.raw_from_simple, (SIMPLE, Interface.SEND_EMAIL), {}),
    "from_request": (Submission.from_request, (SIMPLE, Interface.SEND_EMAIL), {}),
    "Submission": (
        lambda *given: Submission(*given).to_request(),
        (MESSAGE, ApiParameters(), Interface.SEND_RAW_EMAIL),
        {},
    ),
    "to_7bit": (sesmime.to_7bit, (MESSAGE,), {}),
    "recode": (sesmime.recode, (MESSAGE,), {}),
    "message_from_bytes": (sesmime.message_from_bytes, (MESSAGE,), {"policy": sesmime.policy.SES}),
    "message_to_bytes": (sesmime.message_to_bytes, (sesmime.message_from_bytes(MESSAGE),), {}),
    "ApiParameters": (
        ApiParameters,
        (),
        {
            "source": "a@b.example",
            "destination": Destination(["a@b.example"]),
            "reply_to": ["a@b.example"],
            "return_path": "a@b.example",
            "source_arn": "a",
            "message_tags": [("a", "b")],
            "configuration_set": "a",
            "list_management": ListManagement("a"),
            "tenant": "t",
            "endpoint_id": "e",
            "extra": {"A": 1},
        },
    ),
    "Destination": (Destination, (), {"to": ["a@b.example"], "cc": [], "bcc": []}),
    "SesFields": (
        lambda **options: sesmime.write_ses_fields(MESSAGE, SesFields(**options)),
        (),
        {"configuration_set": "a", "message_tags": [("a", "b")], "list_management": ("a", None), "tenant": "t"},
    ),
    "LintConfig": (
        lambda **options: sesmime.lint(MESSAGE, config=LintConfig(**options)),
        (),
        {"select": ["SES"], "extend_select": [], "ignore": [], "verified_identities": [], "rules": []},
    ),
    "Limits": (lambda **options: sesmime.parse(MESSAGE, limits=sesmime.Limits(**options)).walk(), (), {"parts": 3}),
    "Interface.given": (Interface.given, ("smtp",), {}),
    "Severity.of": (Severity.of, ("error",), {}),
    "read_events": (sesmime.events.read_events, (RECORD,), {}),
    "event_record": (
        sesmime.events.event_record,
        (EventKind.BOUNCE, Submission(MESSAGE)),
        {"message_id": "i", "timestamp": AT, "recipients": ["c@d.example"]},
    ),
    "mail_object": (sesmime.events.mail_object, (Submission(MESSAGE),), {"message_id": "i", "timestamp": AT}),
    "carried": (sesmime.events.carried, (RECORD, Carrier.SQS), {}),
    "feedback_id": (sesmime.events.feedback_id, ([("a", "b")],), {"internal": "i"}),
    "simulated": (sesmime.events.simulated, (Submission(MESSAGE),), {}),
    "dimension_values": (
        sesmime.events.dimension_values,
        (
            Submission(MESSAGE),
            {"DimensionConfigurations": [{"DimensionName": "a", "DimensionValueSource": "messageTag"}]},
        ),
        {},
    ),
    "read_destinations": (sesmime.events.read_destinations, ({"DimensionConfigurations": []},), {}),
    "verdict": (verdict, ("parse", "a@b.example"), {}),
}


class Strange:
    """An object that is nothing at all."""

    def __repr__(self) -> str:
        return "<Strange>"


WRONG: Final[tuple[Any, ...]] = (
    *(
        None,
        5,
        -1,
        10**5_000,
        1.5,
        True,
        "text",
        "a@b.example",
        b"octets",
        bytearray(b"o"),
        "\ud800",
        "",
        b"",
        Strange(),
    ),
    *(
        [],
        [None],
        [5],
        ["text"],
        [b"o"],
        (1, 2, 3),
        {},
        {"a": 1},
        {5: "a"},
        {"a": None},
        set(),
        iter([5]),
        Strange,
        print,
    ),
    *(
        MESSAGE,
        ApiParameters(),
        Submission(None),
        Severity.ERROR,
        Interface.SMTP,
        datetime(2026, 1, 1),
        io.StringIO("a"),
    ),
)


def raised(call: Callable[[], Any]) -> BaseException | None:
    try:
        call()
    except BaseException as error:  # noqa: BLE001 whatever it is, it is looked at
        return error
    return None


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_argument_is_told_in_a_sentence(name: str) -> None:
    call, given, options = CALLS[name]
    assert raised(lambda: call(*given, **options)) is None
    if given and isinstance(given[0], io.BytesIO):
        given[0].seek(0)
    for wrong in WRONG:
        for what, one in tries(call, given, options, wrong):
            error = raised(one)
            if error is not None:
                assert isinstance(error, TypeError | SesMimeError | UnicodeError), (what, type(wrong), error)
                told = str(error)
                assert len(told) > 15, (what, type(wrong), error)
                assert told.replace("\n", "").isprintable(), (what, type(wrong), told)


def tries(
    call: Callable[..., Any], given: tuple[Any, ...], options: dict[str, Any], wrong: object
) -> list[tuple[str, Callable[[], Any]]]:
    """Return the call with each of its arguments replaced by a wrong one."""
    by_place = [(str(at), partial(call, *given[:at], wrong, *given[at + 1 :], **options)) for at in range(len(given))]
    return by_place + [(name, partial(call, *given, **{**options, name: wrong})) for name in options]


def test_the_walk_goes_by_every_public_function() -> None:
    names = {name for name in sesmime.__all__ if inspect.isfunction(getattr(sesmime, name))}
    assert names - CALLS.keys() == {"rule"}


@pytest.mark.parametrize("call", [sesmime.lint, sesmime.fix, sesmime.prepare, sesmime.resolve, sesmime.envelope])
def test_an_interface_that_there_is_not_is_told_with_those_that_there_are(call: Callable[..., Any]) -> None:
    with pytest.raises(
        InvalidSetting, match=r"interface 'junk' is invalid: it must be one of smtp, ses\.SendRawEmail, "
    ):
        call(MESSAGE, interface="junk")
    assert call(MESSAGE, interface="ses.SendRawEmail") is not None


@pytest.mark.parametrize("destination", ["me@x.example", b"me@x.example", 5, None])
def test_the_destination_of_a_forward_is_a_list(destination: Any) -> None:
    with pytest.raises(TypeError, match=r"destination must be a list of str, not"):
        sesmime.prepare_forward(MESSAGE, sender="us@example.com", destination=destination)


@pytest.mark.parametrize("level", ["warning", "WARNING", Severity.WARNING])
def test_a_fail_level_may_be_named(level: Any) -> None:
    bad = MESSAGE.replace(b"Subject", b"Date: yesterday\r\nSubject")
    prepare: Callable[..., Any] = sesmime.prepare
    with pytest.raises(sesmime.Refused):
        prepare(bad, fail_level=level)
    assert prepare(bad, fail_level="error")
    with pytest.raises(InvalidSetting, match="it must be one of error, warning, info"):
        prepare(MESSAGE, fail_level="bad")
