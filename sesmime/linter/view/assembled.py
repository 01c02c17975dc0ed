"""Simple content as the message that SES assembles of it: what rules about messages look at, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sesmime.errors import SesMimeError
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.part import Part
from sesmime.mime.fields import Span, fold_case, header_section_end
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import SIMPLE


class Assembled(NamedTuple):
    """What comes of simple content: the message as rules look at it, or why there is none; else neither."""

    outgoing: Outgoing | None = None
    error: SesMimeError | None = None


def assembled(outgoing: Outgoing) -> Assembled:
    """Return the message that `raw_from_simple` makes of a request with simple content. No stream is read."""
    interface, request = outgoing.interface, outgoing.request
    path = SIMPLE.get(interface)
    if path is None or path[0] not in request:
        return Assembled()
    from sesmime.compose.simple import raw_from_simple  # few requests need it

    try:
        raw = raw_from_simple(_without_streams(request), interface)
    except SesMimeError as error:
        return Assembled(error=error)
    # The settings stay; who sends and receives stands in the fields, and the envelope knows of blind copies.
    settings = replace(outgoing.parameters, source=None, destination=None, reply_to=None, return_path=None, extra=None)
    return Assembled(
        Outgoing(
            raw,
            body_start=header_section_end(raw)[1],
            parameters=settings,
            interface=Interface.V2_SEND_EMAIL_RAW if interface.is_v2 else Interface.SEND_RAW_EMAIL,
            verified_identities=outgoing.verified_identities,
            known_envelope=outgoing.envelope,
        )
    )


def _without_streams(value: Any) -> Any:
    """Return the request with b"" in the place of each stream: who sends it reads it, once."""
    if isinstance(value, Mapping):
        return {name: _without_streams(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_without_streams(item) for item in value]
    return b"" if hasattr(value, "read") else value


_PARAMETERS: Final = {"from": "source", "reply-to": "reply_to", "to": "destination", "cc": "destination"}
_LISTS: Final = {"to": ".ToAddresses", "cc": ".CcAddresses"}


def parameter_of(outgoing: Outgoing, message: Outgoing, span: Span | None, part: Part | None) -> str:
    """Return the path in the request of what a place in the assembled message came from."""
    where = ".".join(SIMPLE[outgoing.interface])
    content = outgoing.request
    for name in SIMPLE[outgoing.interface]:
        content = content[name]
    if part is not None and not part.is_root:
        return _part_path(message, part, content, where)
    if span is None or span.start >= message.body_start:
        texts = [name for name in ("Text", "Html") if content["Body"].get(name) is not None]
        return f"{where}.Body.{texts[0]}" if message.root.is_leaf and texts else where
    field = next((one for one in message.section if one.span.start <= span.start < one.span.stop), None)
    if field is None:
        return where
    name = fold_case(field.name)
    if name in _PARAMETERS:
        return (outgoing.interface.row.parameters.get(_PARAMETERS[name]) or where) + _LISTS.get(name, "")
    if name == "subject":
        return f"{where}.Subject"
    repeats = [one.span for one in message.section.all(field.name)].index(field.span)
    numbers = [at for at, one in enumerate(content.get("Headers") or ()) if fold_case(one["Name"]) == name]
    return f"{where}.Headers[{numbers[repeats]}]" if repeats < len(numbers) else where


def _part_path(message: Outgoing, part: Part, content: Mapping[str, Any], where: str) -> str:
    if part.is_attached:
        return f"{where}.Attachments"
    leaves = [one for one in message.parts if one.is_leaf or one.content_type.startswith("message/")]
    attached = [one.path for one in leaves if one.entity.disposition is not None]
    if part.path in attached:
        # `raw_from_simple` writes those that stand beside the HTML text first.
        items = list(enumerate(content.get("Attachments") or ()))
        items.sort(key=lambda pair: pair[1].get("ContentDisposition") != "INLINE" or pair[1].get("ContentId") is None)
        at = attached.index(part.path)
        return f"{where}.Attachments[{items[at][0]}]" if at < len(items) else f"{where}.Attachments"
    if part.content_type in ("text/plain", "text/html"):
        return f"{where}.Body.{'Html' if part.content_type == 'text/html' else 'Text'}"
    return where
