"""Two trees of messages compared."""

from __future__ import annotations

from typing import Any


def difference(ours: Any, theirs: Any, path: str = "") -> str | None:
    """Return the first difference between two trees, or None."""
    for what in ("preamble", "epilogue"):
        if getattr(ours, what) != getattr(theirs, what):
            return f"{path} {what}"
    if type(ours) is not type(theirs):
        return f"{path} class"
    if list(ours.raw_items()) != list(theirs.raw_items()):
        return f"{path} fields"
    if (ours.get_unixfrom(), ours.get_default_type()) != (theirs.get_unixfrom(), theirs.get_default_type()):
        return f"{path} unixfrom or default type"
    if [(type(d), str(d)) for d in ours.defects] != [(type(d), str(d)) for d in theirs.defects]:
        return f"{path} defects"
    if not isinstance(theirs._payload, list):
        return None if ours._payload == theirs._payload else f"{path} payload"
    if len(ours._payload) != len(theirs._payload):
        return f"{path} number of parts"
    for number, (one, other) in enumerate(zip(ours._payload, theirs._payload, strict=True), 1):
        found = difference(one, other, f"{path}.{number}")
        if found:
            return found
    return None
