"""Messages that tests have sent, written into a folder: each as .eml, with a text beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

from sesmime.errors import printable
from sesmime.testing.outbox import Sent

_NOT_IN_NAMES: Final = re.compile(r"[^\w.\[\]-]+")
# Octets that a name may have in all file systems, less what is put to it.
_LONGEST_NAME: Final = 120


def save_sent(folder: Path, test: str, number: int, sent: Sent) -> Path:
    """Write a message and what there is to say of it; the names follow from the test and the number in it.

    `….eml` holds the bytes as they were sent, and is not there where there are none; `….txt` says how it was sent and
    what `sesmime lint` finds. The folder is made. Returns the path of the text; raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{_file_name(test)}-{number}"
    eml = folder / f"{stem}.eml"
    if sent.message is None:
        eml.unlink(missing_ok=True)
    else:
        eml.write_bytes(sent.message)
    text = folder / f"{stem}.txt"
    text.write_text("\n".join((*_told(test, sent), "")), encoding="utf-8")
    return text


def _file_name(test: str) -> str:
    name = _NOT_IN_NAMES.sub("_", test.replace("::", "-")).strip("_.")
    if len(name.encode()) <= _LONGEST_NAME and name.isascii():
        return name
    # Two long names may begin alike, and two others differ in what is put aside.
    start = name.encode("ascii", "ignore").decode()[:_LONGEST_NAME]
    return f"{start}-{sha256(test.encode()).hexdigest()[:8]}"


def _told(test: str, sent: Sent) -> Iterable[str]:
    envelope = sent.envelope
    yield f"test: {printable(test)}"
    yield f"sent by: {sent.interface.value}, through {sent.via}"
    if sent.origin is not None:
        yield f"sent at: {sent.origin}"
    yield f"sender: {printable(str(envelope.sender or ''))}"
    yield f"recipients: {printable(', '.join(envelope.recipients))}"
    yield ""
    yield sent.unread or str(sent.report)
