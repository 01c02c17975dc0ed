"""The calls whose growth is measured: every public function that takes a message or a text, and what stands on them."""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from datetime import UTC, datetime
from functools import cache, partial
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import sesmime
from sesmime import ApiParameters, Interface, LintConfig, MessageTag, Submission
from sesmime.linter.output import FORMATS, Examined, Place, Style, renderer
from sesmime.ses.javamail import verdict

Action = Callable[[], object]

_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TO: Final = ApiParameters(destination=sesmime.Destination(["b@example.net"]))


class Call(NamedTuple):
    """A call that is measured: `ready` returns what is timed, None where the message is nothing for it."""

    name: str
    ready: Callable[[bytes], Action | None]


def text_of(message: bytes) -> str:
    """Return the text that a family is about: its largest field's body, or all of it where the fields are small."""
    fields = sesmime.parse(message).header_section.fields
    largest = max(fields, key=lambda field: len(field.raw), default=None)
    if largest is not None and len(largest.raw) > len(message) // 2:
        return largest.body
    return message.decode("ascii", "surrogateescape")


def _of_message(call: Callable[[bytes], object]) -> Callable[[bytes], Action | None]:
    return lambda message: partial(call, message)


def _of_text(call: Callable[[str], object]) -> Callable[[bytes], Action | None]:
    return lambda message: partial(call, text_of(message))


def _of_entities(call: Callable[[sesmime.Entity], object]) -> Callable[[bytes], Action | None]:
    """Call on every entity of a tree that is parsed anew: entities keep what they found."""

    def every(message: bytes) -> None:
        for entity in sesmime.parse(message).walk():
            call(entity)

    return lambda message: partial(every, message)


def _events() -> Any:
    import sesmime.events

    return sesmime.events


def _record(message: bytes) -> Any:
    return _events().event_record("Send", Submission(message), message_id="i", timestamp=_AT)


def _headers_as_events(message: bytes) -> object:
    return _events().read_events(message)


def _copied(message: bytes) -> None:
    sesmime.copy_stripped(io.BytesIO(message), io.BytesIO())


def _fields(message: bytes) -> None:
    section = sesmime.parse(message).header_section
    for field in section:
        section.all(field.name)
        deque(field.body, 0)
    assert section.defects is not None


def _written_fields(message: bytes) -> None:
    sesmime.write_ses_fields(message, sesmime.SesFields(configuration_set="c", message_tags=(MessageTag("a", "b"),)))


def _attributes(entity: sesmime.Entity) -> None:
    assert entity.path is not None
    found = (entity.charset, entity.disposition, entity.filename, entity.safe_filename, entity.content_type)
    assert (*found, entity.content_transfer_encoding, entity.parameters) is not None
    assert repr(entity)


def _forwarded(message: bytes) -> None:
    sesmime.prepare_forward(message, sender="relay@example.com", destination=["b@example.net"])


def _dimensions(message: bytes) -> None:
    dimensions = [
        {"DimensionName": name, "DimensionValueSource": source, "DefaultDimensionValue": "none"}
        for name, source in (("a", "messageTag"), ("X-A", "emailHeader"), ("l", "linkTag"))
    ]
    _events().dimension_values(Submission(message), {"DimensionConfigurations": dimensions})


def _mail_object(message: bytes) -> None:
    _events().mail_object(Submission(message), message_id="i", timestamp=_AT)


def _explained(message: bytes) -> None:
    for text in ("Illegal address", "Duplicate header 'Subject'.", "Missing '\"'", "Local address contains control"):
        sesmime.explain_rejection(text, message)


def _many(message: bytes) -> None:
    deque(sesmime.prepare_many(message, [f"u{n}@example.net" for n in range(4)]), 0)


def _assembled(body: str) -> None:
    body = body[: len(body) // 5]
    content = {"Subject": {"Data": body}, "Body": {"Text": {"Data": body}, "Html": {"Data": body}}}
    request = {"FromEmailAddress": body, "Destination": {"ToAddresses": [body]}, "Content": {"Simple": content}}
    sesmime.lint(Submission.from_request(request, Interface.V2_SEND_EMAIL_SIMPLE))


def _built(body: str) -> None:
    with suppress(sesmime.SesMimeError):
        sesmime.build(sender="a@example.com", to=["b@example.net"], subject=body[:20_000], text=body, html=body)


def _parameters(body: str) -> None:
    body = body[: len(body) // 8]
    given = ApiParameters(
        source=body,
        destination=sesmime.Destination([body], [body], [body]),
        reply_to=[body],
        return_path=body,
        configuration_set=body,
        message_tags=[(body, body)],
    )
    sesmime.lint(b"From: a@b.example\r\n\r\n", parameters=given, interface=Interface.V2_SEND_EMAIL_RAW)


def _many_parameters(body: str) -> None:
    """Give as many addresses and tags as the text has pieces."""
    pieces = body.split(",")
    given = ApiParameters(destination=sesmime.Destination(pieces), message_tags=[(one, one) for one in pieces])
    sesmime.lint(b"From: a@b.example\r\n\r\n", parameters=given, interface=Interface.V2_SEND_EMAIL_RAW)


def _edited_tree(message: bytes) -> None:
    tree = sesmime.message_from_bytes(message)
    tree["X-New"] = "1"
    sesmime.message_to_bytes(tree)


def _read_tree(message: bytes) -> None:
    for part in sesmime.message_from_bytes(message).walk():
        for _, value in part.items():
            str(value)


def _rendered(name: str) -> Callable[[bytes], Action]:
    def ready(message: bytes) -> Action:
        report = sesmime.lint(message)
        examined = Examined("a.eml", "a.eml", Place(), message, Interface.SEND_RAW_EMAIL, report)
        return lambda: deque(renderer(name)([examined], Style()), 0)

    return ready


def _command(*arguments: str) -> Callable[[bytes], Action]:
    """Run a command of the command line on a file with the message."""
    from sesmime.cli.__main__ import main

    def ready(message: bytes) -> Action:
        import tempfile

        file = tempfile.NamedTemporaryFile(suffix=".eml")  # noqa: SIM115 it goes with the action
        file.write(message)
        file.flush()

        def run() -> object:
            with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")):
                return main([*arguments, file.name])

        return run

    return ready


@cache
def _page() -> tuple[Any, Any] | None:
    if any(find_spec(name) is None for name in ("werkzeug", "jinja2", "moto", "pyhandlebars")):
        return None
    from werkzeug.test import Client

    from sesmime.local.desk import Desk
    from sesmime.local.operations import OPERATIONS
    from sesmime.local.options import Options
    from sesmime.local.page.app import Page

    desk = Desk(Options(any_identity=True), operations=OPERATIONS)
    return desk, Client(Page(desk, make_event=lambda kept, kind: None))


def _taken(message: bytes) -> Action | None:
    """Hand a message to the local SES."""
    page = _page()
    if page is None:
        return None
    from sesmime.local.answers import Refusal
    from sesmime.local.taking import Handed, take

    desk, _ = page
    handed = Handed(submission=Submission(message), message=message, request={})

    def run() -> None:
        with suppress(Refusal):
            take(desk, desk.state.region("us-east-1"), handed)

    return run


def _shown(path: str) -> Callable[[bytes], Action | None]:
    """Ask for a page about a message, or for its JSON."""

    def ready(message: bytes) -> Action | None:
        page, take = _page(), _taken(message)
        if page is None or take is None:
            return None
        desk, client = page
        take()
        kept = desk.inbox.messages()[0]
        return lambda: client.get(path.format(kept.id)).data

    return ready


CALLS: Final = (
    Call("parse", _of_message(sesmime.parse)),
    Call("fields", _of_message(_fields)),
    Call("attributes", _of_entities(_attributes)),
    Call("defects", _of_entities(lambda entity: entity.defects)),
    Call("content", _of_entities(lambda entity: entity.content())),
    Call("iter_content", _of_entities(lambda entity: deque(entity.iter_content(), 0))),
    Call("text", _of_entities(lambda entity: entity.text())),
    Call("content_defects", _of_entities(lambda entity: entity.content_defects())),
    Call("lint", _of_message(sesmime.lint)),
    Call("lint-v2", _of_message(partial(sesmime.lint, interface=Interface.V2_SEND_EMAIL_RAW))),
    Call("lint-smtp", _of_message(partial(sesmime.lint, parameters=_TO, interface=Interface.SMTP))),
    Call("lint-all", _of_message(partial(sesmime.lint, config=LintConfig(select=("SES", "RFC", "SEC", "BULK"))))),
    Call("fix", _of_message(sesmime.fix)),
    Call("fix-unsafe", _of_message(partial(sesmime.fix, unsafe=True))),
    Call("strip", _of_message(sesmime.strip_ses_fields)),
    Call("copy_stripped", _of_message(_copied)),
    Call("remove_fields", _of_message(lambda message: sesmime.remove_fields(message, "X-A", "Subject"))),
    Call("replace_field", _of_message(lambda message: sesmime.replace_field(message, "Subject", "new"))),
    Call("prepend_field", _of_message(lambda message: sesmime.prepend_field(message, "X-New", "new"))),
    Call("resolve", _of_message(sesmime.resolve)),
    Call("explain", _of_message(lambda message: sesmime.resolve(message).explain())),
    Call("envelope", _of_message(sesmime.envelope)),
    Call("split_envelope", _of_message(lambda message: sesmime.split_envelope(Submission(message)))),
    Call("prepare", _of_message(sesmime.prepare)),
    Call("prepare-v2", _of_message(partial(sesmime.prepare, interface=Interface.V2_SEND_EMAIL_RAW))),
    Call("prepare-smtp", _of_message(partial(sesmime.prepare, interface=Interface.SMTP))),
    Call("prepare_many", _of_message(_many)),
    Call("prepare_forward", _of_message(_forwarded)),
    Call("to_7bit", _of_message(sesmime.to_7bit)),
    Call("recode", _of_message(sesmime.recode)),
    Call("read_ses_fields", _of_message(sesmime.read_ses_fields)),
    Call("write_ses_fields", _of_message(_written_fields)),
    Call("predict_rejection", _of_message(sesmime.predict_rejection)),
    Call("explain_rejection", _of_message(_explained)),
    Call("translate", _of_message(lambda m: sesmime.translate(Submission(m), Interface.V2_SEND_EMAIL_RAW))),
    Call("translate-smtp", _of_message(lambda m: sesmime.translate(Submission(m), Interface.SMTP))),
    Call("translate-simple", _of_message(lambda m: sesmime.translate(Submission(m), Interface.V2_SEND_EMAIL_SIMPLE))),
    Call("to_request", _of_message(lambda message: Submission(message).to_request())),
    Call("message_from_bytes", _of_message(sesmime.message_from_bytes)),
    Call("message_from_bytes-read", _of_message(_read_tree)),
    Call("message_to_bytes", _of_message(_edited_tree)),
    Call("report", lambda message: partial(str, sesmime.lint(message))),
    *(Call(f"format-{name}", _rendered(name)) for name in FORMATS),
    Call("show", _command("show")),
    Call("show-json", _command("show", "--json")),
    Call("tags", _command("tags")),
    Call("lint-fix-diff", _command("lint", "--fix", "--diff", "-q")),
    # Events.
    Call("event_record", _of_message(_record)),
    Call("mail_object", _of_message(_mail_object)),
    Call("simulated", _of_message(lambda message: _events().simulated(Submission(message)))),
    Call("dimension_values", _of_message(_dimensions)),
    Call("read_events", lambda message: partial(_events().read_events, json.dumps(_record(message)))),
    Call("read_events-text", _of_message(_headers_as_events)),
    Call("carried", _of_message(lambda m: _events().carried(_record(m), _events().Carrier.SQS))),
    # Texts.
    Call("parse_addresses", _of_text(sesmime.parse_addresses)),
    Call("parse_parameters", _of_text(sesmime.parse_parameters)),
    Call("decode_words", _of_text(sesmime.decode_words)),
    Call("encode_words", _of_text(sesmime.encode_words)),
    Call("read_message_tags", _of_text(sesmime.read_message_tags)),
    Call("format_addresses", _of_text(lambda text: sesmime.format_addresses([text]))),
    Call("format_parameters", _of_text(lambda text: sesmime.format_parameters("a/b", {"filename": text}))),
    *(
        Call(f"verdict-{name}", _of_text(partial(verdict, name)))
        for name in ("parse", "parse+validate", "single+validate", "content-type", "content-disposition", "getFrom")
    ),
    Call("verdict-getAllRecipients", _of_text(partial(verdict, "getAllRecipients"))),
    Call("explain_rejection-text", _of_text(sesmime.explain_rejection)),
    Call("build", _of_text(_built)),
    Call("lint-simple", _of_text(_assembled)),
    Call("lint-parameters", _of_text(_parameters)),
    Call("lint-many-parameters", _of_text(_many_parameters)),
    # The local SES.
    Call("local-take", _taken),
    Call("local-page", _shown("/messages/{}")),
    Call("local-json", _shown("/api/messages/{}")),
    Call("local-html", _shown("/messages/{}/html")),
)
