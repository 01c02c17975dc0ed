"""The message of a request: what boto3 takes, and what it does not (messages of Python's email, chunks)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sesmime.mime.fields import Message


def message_data(value: Any) -> Any:
    """Return the bytes of a message of Python's email and of an iterable of chunks; all else as it is.

    An iterator is used up. Raises TypeError for a chunk that is no bytes, and what writing an EmailMessage raises.
    """
    if value is None or isinstance(value, Message | str | Mapping) or hasattr(value, "read"):
        return value
    from email.message import Message as EmailMessage

    if isinstance(value, EmailMessage):
        from sesmime.policy.writer import message_to_bytes

        return message_to_bytes(value)
    return _joined(value) if isinstance(value, Iterable) else value


def whole_message(value: Any) -> Any:
    """Return the same, with a stream read to its end; raises what its reading raises besides."""
    is_stream = hasattr(value, "read") and not isinstance(value, Message)
    return value.read() if is_stream else message_data(value)


def _joined(chunks: Iterable[Any]) -> bytes:
    pieces = []
    for chunk in chunks:
        if not isinstance(chunk, Message):
            raise TypeError(f"the chunks of a message must be bytes, not {type(chunk).__name__}")
        pieces.append(chunk)
    return b"".join(pieces)


def rewindable(stream: Any) -> Any:
    """Return the place where a stream stands, None if it cannot go back there; asynchronous streams cannot."""
    from inspect import iscoroutinefunction

    if iscoroutinefunction(stream.read):
        return None
    try:
        place = stream.tell()
        stream.seek(place)
    except (AttributeError, OSError, ValueError):  # no such method; no such ability; closed
        return None
    return place
