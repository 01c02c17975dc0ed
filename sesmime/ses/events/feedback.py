"""The `Feedback-ID` field that SES writes: how Gmail's feedback loop tells campaigns apart.

Source: dg/monitor-using-event-publishing, "Fine-grained feedback for email campaigns".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sesmime.mime.plain import plain_text
from sesmime.ses.tags import MessageTag, as_message_tags

# What stands in the place of the part that only SES knows: region and a digest of the identity, such as
# `1.us-east-1.LF00NED762KFuBsfzrtoqw+Brn/qlF9OYdxWukAhsl8=`.
UNKNOWN_PART: Final = "<internal>"
_NAMES: Final = ("ses:feedback-id-a", "ses:feedback-id-b")


def feedback_id(
    tags: Iterable[MessageTag | tuple[str, str]] | Mapping[str, Iterable[str]], *, internal: str = UNKNOWN_PART
) -> str:
    """Return the body of the Feedback-ID field that is expected of SES: `a:b:<internal>:AmazonSES`.

    `tags` are the message tags that count (`resolve(…).message_tags or ()`), or `mail.tags` of a record: names with
    lists of values. A part whose tag (`ses:feedback-id-a`, `-b`) is absent is empty: mail without both begins with two
    colons (OBSERVED in mail since 2024). `<internal>` marks what only SES knows; give it as `internal` where you have
    it. Of a tag that is repeated the first counts (ASSUMED). Raises TypeError for what are no tags.

    >>> feedback_id([("ses:feedback-id-a", "new-members-campaign"), ("ses:feedback-id-b", "football-campaign")])
    'new-members-campaign:football-campaign:<internal>:AmazonSES'
    >>> feedback_id([], internal="1.us-east-1.LF00NED762KFuBsfzrtoqw+Brn/qlF9OYdxWukAhsl8=")
    '::1.us-east-1.LF00NED762KFuBsfzrtoqw+Brn/qlF9OYdxWukAhsl8=:AmazonSES'
    """
    if isinstance(tags, Mapping):
        tags = [(name, value) for name, values in tags.items() for value in values]
    first: dict[str, str] = {}
    for name, value in as_message_tags(tags):
        first.setdefault(name, value)
    parts = [first.get(name, "") for name in _NAMES]
    return ":".join([*parts, plain_text(internal, "internal"), "AmazonSES"])
