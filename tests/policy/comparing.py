"""Field objects of the policy, read in every way and compared with those of the library."""

from __future__ import annotations

from collections.abc import Iterator
from email.errors import MessageDefect
from typing import Any


def read_all(message: Any) -> None:
    """Use everything that a message gives."""
    for part in message.walk():
        for name, value in part.items():
            str(value).encode()
            assert value.name == name
            assert all(isinstance(defect, MessageDefect) for defect in value.defects)
            for what in ATTRIBUTES:
                getattr(value, what, None)
        for what in METHODS:
            getattr(part, what)()
        list(part.iter_attachments())
        part.get_body()


METHODS = (
    *("get_content_type", "get_content_maintype", "get_content_subtype", "get_filename", "get_boundary", "get_params"),
    *("get_content_disposition", "get_content_charset", "is_attachment"),
)
ATTRIBUTES = (
    *("addresses", "groups", "params", "content_type", "maintype", "subtype", "content_disposition", "cte"),
    *("datetime", "version", "major", "minor", "value", "tags", "body"),
)


def field_differences(theirs: Any, ours: Any) -> Iterator[tuple[str, object, object]]:
    """Compare two field objects, as text and by what the library's gives."""
    if str(theirs) != str(ours):
        yield "text", str(theirs), str(ours)
    for what in ATTRIBUTES:
        if hasattr(theirs, what) and getattr(theirs, what) != getattr(ours, what):
            yield what, getattr(theirs, what), getattr(ours, what)
