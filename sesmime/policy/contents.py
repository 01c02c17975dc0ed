"""The content manager of the policy: texts in and out of an `EmailMessage`."""

from __future__ import annotations

import re
from email.charset import ALIASES
from email.contentmanager import ContentManager, raw_data_manager
from email.message import Message
from email.quoprimime import body_encode
from typing import Any, Final

from sesmime.errors import quoted
from sesmime.mime.charsets import charset_codec, decode_octets, decode_text
from sesmime.mime.encoding import encoding_for
from sesmime.mime.grammar import PREFERRED_LINE

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
# RFC 2045 section 6.7 (5): 76 characters in a line; two are kept for an escaped hyphen.
_QP_LINE: Final = 74
_HYPHENS: Final = re.compile(r"^--", re.MULTILINE)


def _get_text(message: Message[Any, Any], errors: str = "replace") -> str:
    """Stands for `get_text_content`, with charsets by sesmime's list (`charsets.charset_codec`)."""
    octets = message.get_payload(decode=True)
    if not isinstance(octets, bytes):
        raise TypeError("a message labelled text contains messages")
    charset = message.get_content_charset()
    if errors == "replace":
        return decode_text(octets, charset)[0]
    codec = charset_codec(charset or "ascii")
    if codec is None:
        raise LookupError(f"unknown charset: {quoted(charset or '', 60)}")
    return decode_octets(octets, codec, errors)


def _get_octets(message: Message[Any, Any]) -> bytes:
    """Stands for `get_non_text_content`, for every type but texts, messages and multiparts: font/ and model/ too."""
    octets = message.get_payload(decode=True)
    if not isinstance(octets, bytes):
        raise KeyError(message.get_content_type())
    return octets


def _set_text(
    message: Message[Any, Any],
    text: str,
    subtype: str = "plain",
    charset: str = "utf-8",
    cte: str | None = None,
    *others: Any,
    **options: Any,
) -> None:
    """Stands for `set_text_content`: 7bit where it can be, else quoted-printable or base64, by which is shorter.

    No boundary, whatever it is, can be found in a text: a line that begins with two hyphens is encoded.
    """
    lines = _LINE_END.sub("\n", text)
    lines += "" if lines.endswith("\n") else "\n"
    octets = lines.encode(charset)
    has_ascii = "\n".encode(charset) == b"\n"
    if cte is None and has_ascii:
        cte = encoding_for(octets, message.policy.max_line_length or PREFERRED_LINE)
    if cte in (None, "base64") or (cte == "quoted-printable" and not has_ascii):
        # As bytes: the library takes UTF-16 for ASCII when it looks for its lines.
        octets = lines.replace("\n", "\r\n").encode(charset)
        raw_data_manager.set_content(message, octets, "text", subtype, "base64", *others, **options)
    elif cte == "quoted-printable":
        encoded = _HYPHENS.sub("=2D-", body_encode(octets.decode("latin-1"), _QP_LINE))
        raw_data_manager.set_content(message, encoded, subtype, "us-ascii", "7bit", *others, **options)
        message.replace_header("Content-Transfer-Encoding", cte)
    else:
        raw_data_manager.set_content(message, lines, subtype, charset, cte, *others, **options)
    message.set_param("charset", ALIASES.get(charset, charset), replace=True)


class _SesContents(ContentManager):
    """A manager under which a content that cannot be set leaves what was there."""

    def set_content(self, msg: Message[Any, Any], obj: Any, *args: Any, **kw: Any) -> None:
        cid = kw.get("cid")
        if isinstance(cid, str) and not cid.startswith("<"):
            kw["cid"] = f"<{cid}>"  # RFC 2392 section 2: the URL cid:a names <a>
        state = vars(msg)
        before = {**state, "_headers": [*state["_headers"]]}
        try:
            super().set_content(msg, obj, *args, **kw)
        except BaseException:
            state.clear()
            state.update(before)
            raise


def _manager() -> ContentManager:
    """Stands for `raw_data_manager`, which has all but texts."""
    manager = _SesContents()
    manager.add_get_handler("text", _get_text)
    manager.add_get_handler("message", raw_data_manager.get_content)
    manager.add_get_handler("", _get_octets)
    manager.add_set_handler(str, _set_text)
    manager.add_set_handler(object, raw_data_manager.set_content)
    return manager


SES_CONTENTS: Final = _manager()
