"""Two trees of messages compared, and messages to make them of: broken ones, and sound ones."""

from __future__ import annotations

from typing import Any

from tests.mime.trees import NESTED, crlf

BROKEN = [
    b"",
    b"\r\n",
    b"no header section",
    b"Subject : x\r\nTo: a@b.example\r\n\r\nbody",
    b"Subject: a\rTo: b\r\n\r\n",
    b"From a@b Mon Jan  1 00:00:00 2024\r\nTo: a@b.example\r\n\r\nbody",
    b" first: line\r\nTo: a@b.example\r\n\r\nbody",
    b": empty\r\nTo: a@b.example\r\n\r\nbody",
    b"Content-Type: multipart/mixed\r\n\r\n--b\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\ntext\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n--b--\r\nepilogue",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r--b--\r\nepilogue",
    b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\nx\r\n--b--",
    b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nC: d\r\n\r\n\r\n",
    b"Content-Type: message/partial\r\n\r\nA: b\r\n\r\nbody",
    b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nVG86IGE=\r\n",
    b"Content-Type: message/rfc822\r\n\r\nSubject : x\r\n\r\nbody",
    b"Content-Type: multipart/mixed; type=boundary\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
    b"Odd name: x\r\n\r\nbody",
    # A delimiter line for the library alone, and a type and a boundary for the span tree alone.
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r--b\r\n\r\ny\r\n--b--\r\n",
    b"Content-Type: message/rfc822 x\r\n\r\nSubject: a\r\n\r\nbody\r\n",
    b"Content-Type: multipart/mixed; boundary=(comment)b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
]
SOUND = [
    b"Subject: Hi\r\n\r\nHello\r\n",
    b"Subject: one\r\n two\r\nX: \xe9\r\n\r\nbody \xff\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\nx\r\n--b--\r\nepilogue\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xfcber\r\n--b\r\n\r\nx\r\n--b--\r\nnach\xe9\r\n",
    b"Content-Type: multipart/x; boundary=b\n\n--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\nx\n--c--\n--b--\n",
    b"Content-Type: multipart/y; boundary=b\n\n--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\nx\n--c--\n\n--b--",
    b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: a\n\nx\n--b--\n",
    b"Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n",
    b"Subject: lone CR in the body\r\n\r\na\rb\r\n",
    crlf(NESTED),
    NESTED.encode(),
]


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
