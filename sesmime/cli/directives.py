"""The directives of a message as `sesmime show` tells them: what each text holds for SES, and on how many links."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sesmime.cli.terminal import counted, shown
from sesmime.mime.fields import Source
from sesmime.ses.directives import OPEN_TRACKER, Directives
from sesmime.ses.links import CUSTOM_PATH, LINK_TAGS, NO_TRACK, UNSUBSCRIBE, Link
from sesmime.ses.quotas import MAX_TRACKED_LINKS
from sesmime.ses.requests import Submission
from sesmime.ses.sent_texts import SentText, sent_texts

# Values told of one text, and characters of each.
_MOST = 10
_LONGEST = 60


def directive_rows(message: Source) -> list[tuple[str, str]]:
    """Return a label and a text for each kind of directive in each text of a raw message."""
    rows: list[tuple[str, str]] = []
    for text, directives in _texts(message):
        label = f"part {text.part}" if text.part else "text"
        for told in _told(directives):
            rows.append((label, told))
            label = ""
    return rows


def directives_as_json(message: Source) -> list[dict[str, Any]]:
    """Return the directives of each text that has some; places are octets of the decoded text."""
    return [
        {
            "part": text.part,
            "links": len(directives.links),
            "open_trackers": directives.open_trackers,
            "unsubscribe_placeholders": directives.unsubscribe_places,
            "on_links": [
                {"href": link.href, "span": link.span, **{one.name: one.value for one in link.directives}}
                for link in directives.links
                if link.directives
            ],
            "without_effect": [
                {"name": one.directive.name, "element": one.element, "span": one.directive.span}
                for one in directives.misplaced
            ],
        }
        for text, directives in _texts(message)
    ]


def _texts(message: Source) -> list[tuple[SentText, Directives]]:
    texts = [(text, text.directives) for text in sent_texts(Submission(message))]
    return [(text, directives) for text, directives in texts if directives]


def _told(found: Directives) -> list[str]:
    told: list[str] = []
    for directive, places in ((OPEN_TRACKER, found.open_trackers), (UNSUBSCRIBE, found.unsubscribe_places)):
        if places:
            told.append(f"{directive.decode()}{'' if len(places) == 1 else f', {len(places)} times'}")
    links = found.links
    trackable = sum(link.is_trackable for link in links)
    if trackable > MAX_TRACKED_LINKS:
        told.append(f"{trackable:,} links, of which SES tracks {MAX_TRACKED_LINKS}")
    untracked = sum(link.directive(NO_TRACK) is not None for link in links)
    if untracked:
        told.append(f"{NO_TRACK} on {untracked:,} of {counted(len(links), 'link')}")
    for name in (LINK_TAGS, CUSTOM_PATH):
        values = Counter(value for link in links for value in _values(link, name))
        for value, count in values.most_common(_MOST):
            told.append(f"{name} {shown(value, _LONGEST)} on {counted(count, 'link')}")
        if len(values) > _MOST:
            told.append(f"{name}: {counted(len(values) - _MOST, 'more value')}")
    misplaced = Counter((one.directive.name, one.element) for one in found.misplaced)
    for (name, element), count in misplaced.most_common(_MOST):
        told.append(f"{shown(name, _LONGEST)} without effect, on {counted(count, 'element')} {shown(element, 20)}")
    return told


def _values(link: Link, name: str) -> list[str]:
    directive = link.directive(name)
    if directive is None:
        return []
    if name == LINK_TAGS:
        return [
            *(f"{tag.name}:{tag.value}" for tag in link.tags),
            *(f"{pair} (malformed)" for pair in link.malformed_tags),
        ]
    return [link.custom_path or f"{directive.value or ''} (malformed)"]
