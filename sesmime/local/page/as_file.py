"""The page of messages as one static file, for the artefacts of CI: `sesmime lint --output-format html`.

It has no script, and its Content-Security-Policy forbids every request, those of the messages' frames included. It is
ASCII with no control but line ends, so that it survives every pipe. An index tells of all messages; those with findings
follow whole, and the first clean ones, as long as the file stays of a size that a browser likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final, NamedTuple

from jinja2 import Environment

from sesmime.linter.answers import OF_ONE_ENTRY, Rejection, predict_rejection
from sesmime.linter.findings import Report
from sesmime.linter.output import Examined, Result, Style, Unreadable
from sesmime.local.inbox import Kept
from sesmime.local.page import views
from sesmime.local.page.framing import framed_html
from sesmime.local.page.templating import make_environment, message_values
from sesmime.mime.entity import parse
from sesmime.mime.fields import parse_header_section
from sesmime.mime.words import decode_words
from sesmime.ses.envelope import envelope_of
from sesmime.ses.precedence import resolution_of
from sesmime.ses.requests import Submission

MAX_ROWS: Final = 5_000  # of the index
MAX_CLEAN: Final = 20  # messages without findings that are shown whole
MAX_CHARACTERS: Final = 20_000_000  # of messages that are shown whole
MAX_HTML: Final = 500_000  # characters of a message's HTML
MAX_IMAGES: Final = 1_000_000  # octets of a message's images
_MAX_SUBJECT: Final = 1_000
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_PLAIN: Final = re.compile(r"[^\n\x20-\x7e]")


class Row(NamedTuple):
    """A line of the index; `anchor` names the message below, None where it is not shown whole."""

    path: str
    anchor: str | None
    verdict: str
    told: str


def render(results: Iterable[Result], style: Style) -> Iterator[str]:
    """Return the page, piece by piece."""
    environment = make_environment()
    rows: list[Row] = []
    articles: list[str] = []
    room, clean, left_out = MAX_CHARACTERS, MAX_CLEAN, 0
    for number, result in enumerate(results, 1):
        anchor = None
        if isinstance(result, Examined) and room > 0 and (result.findings or clean > 0):
            anchor = f"m{number}"
            articles.append(_article(environment, result, anchor))
            room -= len(articles[-1])
            clean -= not result.findings
        if len(rows) < MAX_ROWS:
            rows.append(_row(result, anchor))
        else:
            left_out += 1
    sheet = files("sesmime.local.page").joinpath("static", "style.css").read_text(encoding="utf-8")
    head = environment.get_template("file.html").render(
        rows=rows, left_out=left_out, version=style.version, sheet=sheet
    )
    for piece in (head, *articles, "</main>\n</body>\n</html>\n"):
        yield _NOT_PLAIN.sub(lambda match: f"&#{ord(match[0])};", piece)


def _row(result: Result, anchor: str | None) -> Row:
    if isinstance(result, Unreadable):
        return Row(result.path, None, "unreadable", result.reason)
    count = len(result.findings)
    told = f"{count} finding{'' if count == 1 else 's'}" if count else "no findings"
    if _refusals(result):
        return Row(result.path, anchor, "refused", told)
    return Row(result.path, anchor, "warned" if count else "taken", told)


def _article(environment: Environment, result: Examined, anchor: str) -> str:
    kept = _kept(result, anchor)
    root = parse(kept.message or b"")
    html = views.html_of(root)
    framed = framed_html(html or "", root, max_html=MAX_HTML, max_images=MAX_IMAGES)
    values = message_values(kept) | {"static_file": True, "anchor": f"{anchor}-", "framed": framed}
    body = environment.get_template("_message.html").render(**values)
    path = environment.from_string('<article id="{{ a }}"><p class="meta"><a href="#main">index</a> · {{ p }}</p>\n')
    return f"{path.render(a=anchor, p=result.path)}{body}</article>\n"


def _kept(result: Examined, anchor: str) -> Kept:
    message, parameters, interface = result.message, result.parameters, result.interface
    section = parse_header_section(message or b"")
    subject, sender = section.first("Subject"), section.first("From")
    resolution = resolution_of(message, parameters=parameters, interface=interface)
    envelope = envelope_of(message, parameters=parameters, interface=interface)
    rejection = _rejection(result)
    refused = _refusals(result)
    kept = Kept(
        id=anchor,
        received=_NO_TIME,
        region="",
        message_id=None,
        submission=Submission(message, parameters, interface),
        message=message if interface.is_raw else None,
        report=Report.of(result.findings),
        resolution=resolution,
        envelope=envelope,
        rejection=rejection,
        configuration_set=resolution.configuration_set,
        tags=resolution.message_tags or (),
        recipients=tuple(map(str, envelope.recipients)),
        sender=str(parameters.source or "") if sender is None else decode_words(sender.body[:_MAX_SUBJECT]),
        subject=result.path if subject is None else decode_words(subject.body[:_MAX_SUBJECT]),
    )
    if refused:
        code = "" if rejection is None else (rejection.code or "")
        kept.refusal = (code, refused[0] if rejection is None else rejection.text)
    return kept


def _refusals(result: Examined) -> tuple[str, ...]:
    """Return the refusals that are expected of the whole call, as far as rules were asked for that know them."""
    return tuple(
        finding.rejection
        for finding in result.findings
        if finding.rejection is not None and finding.code not in OF_ONE_ENTRY
    )


def _rejection(result: Examined) -> Rejection | None:
    if not _refusals(result):
        return None
    return predict_rejection(result.message, parameters=result.parameters, interface=result.interface)
