"""Every function that writes, and every one that takes values, each with what makes its arguments.

Texts and octets of other classes, which lie about themselves, are taken as what they are: the outcome is that of plain
ones. What escapes is an error of the project, for values that are no text too, or a TypeError.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from fuzz import grammar, values
from sesmime import (
    Attachment,
    Interface,
    Prepared,
    Resolution,
    SesMimeError,
    Submission,
    apply_edits,
    build,
    encode_words,
    envelope,
    explain_rejection,
    fix,
    format_addresses,
    format_message_tags,
    format_parameters,
    lint,
    parse,
    predict_rejection,
    prepare,
    prepare_forward,
    prepend_field,
    raw_from_simple,
    readdress,
    remove_fields,
    replace_field,
    resolve,
    split_envelope,
    strip_ses_fields,
    to_7bit,
    translate,
    write_ses_fields,
)

_FIXED: Final[dict[str, Any]] = {"date": datetime(2026, 11, 21, tzinfo=UTC), "message_id": "<1@example.com>"}


class Writer(NamedTuple):
    """A function, as one of plain arguments, and what makes these."""

    make: Callable[[random.Random], tuple[Any, ...]]
    call: Callable[..., Any]


def _message(chance: random.Random) -> bytes:
    return grammar.any_message(chance, largest=2_000, longest_row=500)


_NAMES: Final = (
    "Subject",
    "To",
    "X-Note",
    "X-SES-TENANT",
    "X-SES-MESSAGE-TAGS",
    "Content-Type",
    "Date",
    "From",
    "Comments",
)


def _field(chance: random.Random) -> tuple[Any, ...]:
    name = values.text(chance) if chance.random() < 0.2 else chance.choice(_NAMES)
    return _message(chance), name, values.text(chance) if chance.random() < 0.7 else values.address(chance)


def _submission(chance: random.Random) -> tuple[Any, ...]:
    interface = chance.choice(values.RAW)
    return _message(chance), values.parameters(chance, interface, hostile=True), interface


def _asked(chance: random.Random) -> tuple[Any, ...]:
    interface = chance.choice(tuple(Interface))
    return _message(chance), values.parameters(chance, interface, hostile=True, beyond=True), interface


def _simple(chance: random.Random) -> tuple[Any, ...]:
    def data() -> dict[str, Any]:
        return {"Data": values.text(chance)}

    body = {name: data() for name in ("Text", "Html") if chance.random() < 0.6}
    to = {"ToAddresses": [values.address(chance) for _ in range(chance.randint(0, 2))]}
    if chance.random() < 0.5:
        content: dict[str, Any] = {"Subject": data(), "Body": body}
        if chance.random() < 0.4:
            content["Headers"] = [{"Name": chance.choice(_NAMES), "Value": values.text(chance)}]
        if chance.random() < 0.4:
            content["Attachments"] = [{"RawContent": b"octets", "FileName": values.text(chance)}]
        request = {"FromEmailAddress": values.address(chance), "Destination": to, "Content": {"Simple": content}}
        return request, Interface.V2_SEND_EMAIL_SIMPLE
    request = {"Source": values.address(chance), "Destination": to, "Message": {"Subject": data(), "Body": body}}
    return request, Interface.SEND_EMAIL


def _flat(value: Any) -> Any:
    """Return a request in which a buffer is the octets that it holds."""
    if isinstance(value, dict):
        return {name: _flat(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_flat(one) for one in value]
    return bytes(memoryview(value)) if isinstance(value, bytes | bytearray | memoryview) else value


def _kept(report: Any) -> tuple[Any, ...]:
    return tuple((one.code, one.message, one.span, one.severity, str(one.fix)) for one in report)


def _prepared(made: Prepared) -> tuple[Any, ...]:
    return made.message, repr(made.parameters), repr(made.envelope), _kept(made.report)


def _told_of_parts(message: bytes) -> Any:
    return [(one.path, one.content(), one.text()) for one in parse(message).walk()]


def _cut(message: bytes, given: Any, interface: Any) -> Any:
    return [_flat(one.to_request()) for one in split_envelope(Submission(message, given, interface))]


def _told(found: Resolution) -> tuple[Any, ...]:
    return found.explain(), repr(found.decisions), repr(found.conflicts)


WRITERS: Final[dict[str, Writer]] = {
    "apply_edits": Writer(lambda c: (_message(c),), lambda m: apply_edits(m, [])),
    "build": Writer(lambda c: (values.build_request(c, hostile=True),), lambda given: build(**given, **_FIXED)),
    "encode_words": Writer(lambda c: (values.text(c),), encode_words),
    "envelope": Writer(_submission, lambda m, p, i: repr(envelope(m, parameters=p, interface=i))),
    "explain_rejection": Writer(lambda c: (values.text(c), _message(c)), lambda t, m: repr(explain_rejection(t, m))),
    "fix": Writer(_submission, lambda m, p, i: fix(m, parameters=p, interface=i, unsafe=True).message),
    "format_addresses": Writer(
        lambda c: ([values.mailbox(c, hostile=True) if c.random() < 0.7 else values.address(c) for _ in range(2)],),
        format_addresses,
    ),
    "format_message_tags": Writer(lambda c: (values.tags(c),), format_message_tags),
    "format_parameters": Writer(
        lambda c: (values.text(c) if c.random() < 0.3 else "attachment", [(values.text(c), values.text(c))]),
        format_parameters,
    ),
    "lint": Writer(_asked, lambda m, p, i: _kept(lint(m, parameters=p, interface=i))),
    "parse": Writer(lambda c: (_message(c),), _told_of_parts),
    "predict_rejection": Writer(_asked, lambda m, p, i: repr(predict_rejection(m, parameters=p, interface=i))),
    "prepare": Writer(_asked, lambda m, p, i: _prepared(prepare(m, parameters=p, interface=i))),
    "prepare_forward": Writer(
        lambda c: (_message(c), values.address(c), [values.address(c)], c.choice(values.RAW)),
        lambda m, s, d, i: _prepared(prepare_forward(m, sender=s, destination=d, interface=i)),
    ),
    "prepend_field": Writer(_field, prepend_field),
    "raw_from_simple": Writer(_simple, lambda r, i: raw_from_simple(r, i).partition(b"Date:")[0]),
    "lint of simple content": Writer(_simple, lambda r, i: _kept(lint(Submission.from_request(r, i)))),
    "readdress": Writer(
        lambda c: (_message(c), [values.address(c)], [(c.choice(_NAMES), values.text(c))]),
        lambda m, to, f: len(b"".join(readdress(m, to=to, fields=f, message_id="<1@a.example>"))),
    ),
    "remove_fields": Writer(lambda c: (_message(c), values.text(c)), remove_fields),
    "replace_field": Writer(_field, replace_field),
    "resolve": Writer(_asked, lambda m, p, i: _told(resolve(m, parameters=p, interface=i))),
    "split_envelope": Writer(_submission, _cut),
    "strip_ses_fields": Writer(lambda c: (_message(c), [values.text(c)]), lambda m, k: strip_ses_fields(m, keep=k)),
    "to_7bit": Writer(lambda c: (_message(c),), to_7bit),
    "to_request": Writer(_submission, lambda m, p, i: _flat(Submission(m, p, i).to_request())),
    "translate": Writer(
        lambda c: (*_asked(c), c.choice(values.RAW)), lambda m, p, i, o: repr(translate(Submission(m, p, i), o))
    ),
    "write_ses_fields": Writer(lambda c: (_message(c), values.ses_fields(c, hostile=True)), write_ses_fields),
    "an attached message": Writer(
        lambda c: (_message(c),),
        lambda m: build(sender="a@b.example", attachments=[Attachment(parse(m))], **_FIXED),
    ),
}  # fmt: skip


def takes_what_lies(name: str, given: tuple[Any, ...], disguise: int) -> None:
    """Hold one function against this law: plain arguments, and the same ones disguised, have one outcome."""
    chance = random.Random(disguise)
    call = WRITERS[name].call
    expected = outcome(call, given)
    found = outcome(call, values.disguised(chance, given))
    assert found == expected, name
    odd = list(given)
    odd[chance.randrange(len(odd))] = chance.choice(values.ODD_VALUES)
    try:
        call(*odd)
    except (SesMimeError, TypeError, ImportError):
        pass
    except AttributeError as error:
        # A value of a wrong type, used as one of the right type.
        assert "object has no attribute" in str(error), error


def outcome(call: Callable[..., Any], given: tuple[Any, ...]) -> tuple[str, Any]:
    """Return what came of a call: its value, or the error's class and text."""
    try:
        return "returned", call(*given)
    except (SesMimeError, ImportError) as error:
        return type(error).__name__, str(error)
