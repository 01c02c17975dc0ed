"""The `mail` object of a record: the message that an event is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sesmime.mime.addresses import UNREADABLE, parse_addresses
from sesmime.ses.events.frozen import EMPTY, ReadOnly
from sesmime.ses.events.model import NO_MAIL, CommonHeaders, Mail, MailHeader
from sesmime.ses.events.values import Block
from sesmime.ses.tags import FEEDBACK_ID_TAGS

# SES's own tags have this in their names; a sender's may not, save for the two of the feedback id.
_SES_TAG: Final = "ses:"


def read_mail(record: Block, *, inbound: bool = False) -> Mail:
    """Return the message of a record; `inbound` where it was received by SES, which has no key of a sent one."""
    block = record.block("mail", required=True)
    if block is None:
        return NO_MAIL
    tags, auto_tags = _divided(block.pairs("tags"))
    return Mail(
        timestamp=block.time("timestamp", required=not inbound),
        message_id=block.text("messageId", required=True),
        source=block.text("source", required=not inbound),
        source_arn=block.text("sourceArn"),
        source_ip=block.text("sourceIp"),
        caller_identity=block.text("callerIdentity"),
        sending_account_id=block.text("sendingAccountId"),
        destination=block.texts("destination", required=not inbound),
        tags=tags,
        auto_tags=auto_tags,
        headers=block.blocks("headers", _header),
        common_headers=_common_headers(block.block("commonHeaders")),
        headers_truncated=block.flag("headersTruncated"),
    )


Tags = Mapping[str, tuple[str, ...]]


def _divided(tags: Tags) -> tuple[Tags, Tags]:
    own: dict[str, tuple[str, ...]] = {}
    of_ses: dict[str, tuple[str, ...]] = {}
    for name, values in tags.items():
        is_own = not name.startswith(_SES_TAG) or name in FEEDBACK_ID_TAGS
        (own if is_own else of_ses)[name] = values
    return ReadOnly(own) if own else EMPTY, ReadOnly(of_ses) if of_ses else EMPTY


def _header(block: Block) -> MailHeader:
    return MailHeader(block.text("name", required=True) or "", block.text("value", required=True) or "")


def _common_headers(block: Block | None) -> CommonHeaders | None:
    if block is None:
        return None
    return CommonHeaders(
        from_=_addresses(block.texts("from")),
        to=_addresses(block.texts("to")),
        cc=_addresses(block.texts("cc")),
        bcc=_addresses(block.texts("bcc")),
        reply_to=_addresses(block.texts("replyTo")),
        sender=block.text("sender"),
        return_path=block.text("returnPath"),
        date=block.text("date"),
        subject=block.text("subject"),
        message_id=block.text("messageId"),
    )


def _addresses(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return each address by itself, as written: in feedback notifications one string holds the whole field."""
    found: list[str] = []
    for text in texts:
        if "," not in text:
            found.append(text)
            continue
        reading = parse_addresses(text)
        spans = [mailbox.span for mailbox in reading]
        if not spans or None in spans or any(defect.name in UNREADABLE for defect in reading.defects):
            found.append(text)  # a reader of the whole may still make something of it
        else:
            found += [text[span.start : span.stop] for span in spans if span is not None]
    return tuple(found)
