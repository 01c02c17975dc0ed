"""The texts of a submission that hold directives, as the rules ask: of raw messages and of requests alike."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.texts import Text, count_addresses
from sesmime.mime.values import NamedTuple
from sesmime.ses.directives import Directives, read_directives
from sesmime.ses.links import Directive, Link
from sesmime.ses.quotas import MAX_TRACKED_LINKS
from sesmime.ses.sent_texts import SentText, is_ascii_text, is_sent_text, request_texts


class DirectiveText(NamedTuple):
    """What a text holds for SES, and where it stands: in a part of the message, or in a parameter of the request."""

    directives: Directives
    text: Text | None
    parameter: str | None
    is_html: bool


def texts_with_directives(outgoing: Outgoing) -> tuple[DirectiveText, ...]:
    """Return the texts that hold a directive; to be asked for by `outgoing.once`."""
    # Links are looked for where one may have a directive: `{{` is often a name that a template has left.
    if outgoing.interface.is_raw:
        parts = outgoing.texts.with_directives
        found = [_of_part(text, with_links=b"ses:" in text.content) for text in parts]
    else:
        found = [_of_parameter(text, with_links=b"ses:" in text.content) for text in sent_in(outgoing)]
    return tuple(text for text in found if text.directives)


def texts_with_many_links(outgoing: Outgoing) -> tuple[DirectiveText, ...]:
    """Return the HTML texts where there are more links than SES tracks, perhaps; to be asked for by `outgoing.once`."""
    if outgoing.interface.is_raw:
        return tuple(_of_part(text) for text in outgoing.texts.with_many_links)
    texts = [text for text in sent_in(outgoing) if text.is_html]
    is_many = sum(count_addresses(text.content) for text in texts) > MAX_TRACKED_LINKS
    return tuple(map(_of_parameter, texts)) if is_many else ()


def sent_in(outgoing: Outgoing) -> tuple[SentText, ...]:
    """Return the texts that stand in a request."""
    return outgoing.once(_sent_in)


def _sent_in(outgoing: Outgoing) -> tuple[SentText, ...]:
    return tuple(request_texts(outgoing.request, outgoing.interface))


class DirectiveOfLink(NamedTuple):
    """A directive of a link, and the text that it stands in."""

    text: DirectiveText
    link: Link
    directive: Directive


def links_with(outgoing: Outgoing, name: str) -> Iterator[DirectiveOfLink]:
    """Return the links that have a directive of that name."""
    for text in outgoing.once(texts_with_directives):
        for link in text.directives.links:
            directive = link.directive(name)
            if directive is not None:
                yield DirectiveOfLink(text, link, directive)


def has_readable_texts(outgoing: Outgoing) -> bool:
    """Whether there are texts, and all of them can be searched: none is too long, or of a charset unlike ASCII."""
    if not outgoing.interface.is_raw:
        return bool(sent_in(outgoing))
    if any(part.content_type == "multipart/encrypted" for part in outgoing.parts):
        return False
    leaves = [part for part in outgoing.parts if part.is_leaf and part.content_type.startswith("text/")]
    texts = [part.entity for part in leaves if part.entity.disposition != "attachment"]
    return bool(texts) and all(is_sent_text(entity) and is_ascii_text(entity) for entity in texts)


def _of_part(text: Text, *, with_links: bool = True) -> DirectiveText:
    is_html = text.part.content_type == "text/html"
    return DirectiveText(read_directives(text.content, is_html=is_html and with_links), text, None, is_html)


def _of_parameter(text: SentText, *, with_links: bool = True) -> DirectiveText:
    directives = read_directives(text.content, is_html=text.is_html and with_links)
    return DirectiveText(directives, None, text.parameter, text.is_html)
