"""Links of HTML with what a sender writes on them for SES: the attributes that begin with `ses:`.

Source: https://docs.aws.amazon.com/ses/latest/dg/faqs-metrics.html
"""

from __future__ import annotations

from typing import Final

from sesmime.mime.fields import Span
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple
from sesmime.ses.tags import MessageTag

NO_TRACK: Final = "ses:no-track"
LINK_TAGS: Final = "ses:tags"
CUSTOM_PATH: Final = "ses:custom-path"
# The attributes of a link that SES acts on; it removes them from what it sends.
LINK_DIRECTIVES: Final = (NO_TRACK, LINK_TAGS, CUSTOM_PATH)

UNSUBSCRIBE: Final = b"{{amazonSESUnsubscribeUrl}}"

_PAIR: Final = lazy_pattern(r"([0-9A-Za-z_-]+):([0-9A-Za-z_-]+)")
_PATH: Final = lazy_pattern(r"[A-Za-z0-9._-]{1,32}")
_BLANKS: Final = " \t\r\n\f"


class Directive(NamedTuple):
    """An attribute that begins with `ses:`: its name in lower case, its value (None: it has none), its place.

    `span` is that of the value, where it has one, else of the name; counted in octets of the text.
    """

    name: str
    value: str | None
    span: Span


class Link(NamedTuple):
    """An `<a>` with an address or a directive: its place is that of the start tag, in octets of the text."""

    href: str | None
    span: Span
    directives: tuple[Directive, ...] = ()

    def directive(self, name: str) -> Directive | None:
        """Return the directive of that name; the first, as HTML has it, where it is repeated."""
        return next((one for one in self.directives if one.name == name), None)

    @property
    def is_trackable(self) -> bool:
        """Whether SES may put its own address in the place of this one.

        ASSUMED: an address of http or https, or one that a template makes; `ses:no-track` forbids it (DOCUMENTED).
        """
        if self.href is None or self.directive(NO_TRACK) is not None:
            return False
        href = self.href.strip(_BLANKS)
        if href.startswith("{{"):
            return not href.startswith(UNSUBSCRIBE.decode())
        return href[:8].lower().startswith(("http://", "https://"))

    @property
    def tags(self) -> tuple[MessageTag, ...]:
        """The well-formed pairs of `ses:tags`: `name:value;`, only A-Z a-z 0-9 _ and - in both."""
        found = (_PAIR.fullmatch(pair) for pair in self._pairs)
        return tuple(MessageTag(pair[1], pair[2]) for pair in found if pair is not None)

    @property
    def malformed_tags(self) -> tuple[str, ...]:
        """What stands in `ses:tags` and is no pair; an attribute without a value has one, empty."""
        return tuple(pair for pair in self._pairs if _PAIR.fullmatch(pair) is None)

    @property
    def custom_path(self) -> str | None:
        """What `ses:custom-path` asks for; None where it is absent or has not the form, so that SES passes it over."""
        asked = self.directive(CUSTOM_PATH)
        return asked.value if asked is not None and is_custom_path(asked.value) else None

    @property
    def _pairs(self) -> tuple[str, ...]:
        asked = self.directive(LINK_TAGS)
        if asked is None:
            return ()
        value = (asked.value or "").strip(_BLANKS).removesuffix(";")
        return tuple(pair.strip(_BLANKS) for pair in value.split(";"))


class Misplaced(NamedTuple):
    """A directive that has no effect: on an element that is no link, or with a name that SES does not know."""

    directive: Directive
    element: str


def is_custom_path(value: str | None) -> bool:
    """Whether a value of `ses:custom-path` has the form: 1 to 32 characters of A-Z a-z 0-9 . _ and - (DOCUMENTED).

    >>> is_custom_path("spring.sale"), is_custom_path("spring sale"), is_custom_path(None)
    (True, False, False)
    """
    return value is not None and _PATH.fullmatch(value) is not None
