"""What `sesmime lint` reads: files, folders, mbox files, Maildirs, requests as JSON, standard input.

A file named .eml and a file of a Maildir hold one message, whatever is in it. Any other file is told by its beginning:
"From " and no colon after it is an mbox file, "{" a request. Of an mbox file one message is in memory at a time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, NamedTuple

from sesmime.cli.files import CommandError, open_message, read_message, read_pieces, refuse_no_message, shown_name
from sesmime.cli.mbox import split_mbox
from sesmime.cli.terminal import note_people
from sesmime.errors import SesMimeError
from sesmime.linter.output import Place, Unreadable
from sesmime.mime.fields import is_mbox_line
from sesmime.mime.mbox import FROM_LINE, begins_as_mbox
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission

_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A message to examine.

    `path` is its name for people, `file` the file it stands in (None: standard input), `place` where in it (None where
    it does not stand there as it is). `is_alone`: the file holds this message and nothing else. `request` is what the
    file says beside the message, where it holds a request.
    """

    path: str
    file: str | None
    message: bytes | None
    place: Place | None
    is_alone: bool = False
    request: Submission | None = None


def read_inputs(
    paths: Iterable[str], *, stdin_name: str | None = None, is_excluded: Callable[[str], bool] = lambda path: False
) -> Iterator[Input | Unreadable]:
    """Return every message of files, folders and standard input ("-"), each once, the files of a folder by their names.

    Files and folders that `is_excluded` says are left out of the folders, never where they are named themselves.
    What cannot be read is given as such, and the others follow.
    """
    for path in dict.fromkeys(paths):
        if path != "-" and os.path.isdir(path):
            nothing = not _is_like_maildir(path)
            for file in _walk(path, is_excluded):
                nothing = False
                if isinstance(file, Unreadable):
                    yield file
                else:
                    yield from _read(file.path, file.path, is_message=file.is_message)
            if nothing:
                yield Unreadable(path, f"{path} contains no *.eml or mbox file and is not a Maildir")
        else:
            name = stdin_name if path == "-" and stdin_name is not None else shown_name(path)
            yield from _read(path, name, is_message=_is_named_message(name))


def total_size(paths: Iterable[str], *, is_excluded: Callable[[str], bool]) -> int | None:
    """Return the octets of all files that `read_inputs` would read, None where one is standard input or a pipe."""
    total = 0
    for path in dict.fromkeys(paths):
        if path == "-":
            return None
        found = _walk(path, is_excluded) if os.path.isdir(path) else (_Found(path),)
        for file in found:
            if isinstance(file, Unreadable):
                continue
            try:
                status = os.stat(file.path)
            except OSError:
                continue  # told when it is to be read
            if not stat.S_ISREG(status.st_mode):
                return None
            total += status.st_size
    return total


def _is_named_message(name: str) -> bool:
    return name.lower().endswith(".eml")


# Folders


class _Found(NamedTuple):
    """A file of a folder; an mbox file holds messages, any other is one."""

    path: str
    is_message: bool = True


def _walk(folder: str, is_excluded: Callable[[str], bool]) -> Iterator[_Found | Unreadable]:
    """Return the *.eml and mbox files in a folder and all below it, and every message of the Maildirs among them."""
    from sesmime.archive.folders import TOOL_FOLDERS

    errors: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=errors.append):
        inside = "" if os.path.normpath(place) == "." else os.path.normpath(place)
        if _is_like_maildir(place):
            folders[:] = [name for name in folders if name not in ("cur", "new", "tmp")]
            for kind in ("cur", "new"):
                yield from _files(os.path.join(inside, kind), errors)
        folders[:] = sorted(
            name for name in folders if name not in TOOL_FOLDERS and not is_excluded(os.path.join(inside, name))
        )
        for name in sorted(files):
            file = os.path.join(inside, name)
            is_message = _is_named_message(name)
            if (is_message or _is_mbox(file)) and not is_excluded(file):
                yield _regular(file, is_message=is_message)
        yield from map(_unreadable, errors)
        errors.clear()
    yield from map(_unreadable, errors)


def _is_mbox(file: str) -> bool:
    """Tell whether a file of a folder is an mbox file, by its beginning."""
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            return False
        with open(file, "rb") as stream:
            return begins_as_mbox(stream.read(FROM_LINE))
    except OSError:
        return False


def _files(folder: str, errors: list[OSError]) -> Iterator[_Found | Unreadable]:
    """Return the files in one folder of a Maildir; those whose names begin with a dot are no messages."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        errors.append(error)
        return
    for name in names:
        if not name.startswith("."):
            yield _regular(os.path.join(folder, name))


def _regular(file: str, *, is_message: bool = True) -> _Found | Unreadable:
    """Return a file that can be read to its end; anything else is told, not opened: a pipe may never end."""
    try:
        mode = os.stat(file).st_mode
    except OSError as error:
        return _unreadable(error)
    if stat.S_ISREG(mode):
        return _Found(file, is_message)
    from sesmime.archive.folders import special_kind

    return Unreadable(file, f"{file} is not examined: it is {special_kind(mode)}")


def _unreadable(error: OSError) -> Unreadable:
    name = os.fsdecode(error.filename)
    return Unreadable(name, f"{name} cannot be read: {error.strerror}")


def _is_like_maildir(folder: str) -> bool:
    """Tell whether messages are looked for in a folder's `cur` and `new`; copies often lack an empty `tmp`."""
    return all(os.path.isdir(os.path.join(folder, kind)) for kind in ("cur", "new"))


# Files


def _read(path: str, name: str, *, is_message: bool) -> Iterator[Input | Unreadable]:
    file = None if path == "-" else path
    try:
        if is_message:
            yield Input(path=name, file=file, message=read_message(path, is_noted=False), place=Place(), is_alone=True)
            return
        with open_message(path) as stream:
            start = stream.read(_PIECE)
            if is_mbox_line(start[:FROM_LINE]):
                yield from _read_mbox(chain([start], read_pieces(stream, path)), name, file)
                return
            data = b"".join([start, *read_pieces(stream, path)])
        refuse_no_message(data, path)
        if is_request(data):
            request = read_request(data, name)
            message = None if request.message is None else bytes(request.message)
            yield Input(path=name, file=file, message=message, place=None, request=request)
        else:
            yield Input(path=name, file=file, message=data, place=Place(), is_alone=True)
    except CommandError as error:
        yield Unreadable(name, str(error))
    except OSError as error:
        yield Unreadable(name, f"{name} cannot be read: {error.strerror}")


def _read_mbox(pieces: Iterable[bytes], name: str, file: str | None) -> Iterator[Input | Unreadable]:
    for number, (place, message) in enumerate(split_mbox(pieces), 1):
        path = f"{name}#{number}"
        if message:
            yield Input(path=path, file=file, message=message, place=place)
        else:
            yield Unreadable(path, f"{path} is empty")


# Requests


def is_request(data: bytes) -> bool:
    """Tell whether a file begins as the JSON of a request does, which no message does."""
    return data.lstrip()[:1] == b"{"


def read_request(data: bytes, name: str, interface: Interface | None = None) -> Submission:
    """Read the JSON of a request, its contents in base64 or as text; `interface` where it is known.

    Raises CommandError for what is none.
    """
    import json

    try:
        request = json.loads(data)
    except json.JSONDecodeError as error:
        raise CommandError(
            f"{name} looks like JSON but is invalid: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except (ValueError, RecursionError):
        raise CommandError(f"{name} looks like JSON but cannot be parsed") from None
    if isinstance(request, dict):
        request = _decoded(request)
        note_people(request)
    if interface is None:
        interface = next((one for one in Interface if one.row.mark and _has(request, one.row.mark)), None)
    if interface is None:
        raise CommandError(
            f"{name} is JSON but not a request that sends mail: it has no RawMessage, Content or similar member"
        )
    try:
        submission = Submission.from_request(request, interface)
    except (SesMimeError, TypeError) as error:
        raise CommandError(f"{name}: {error}") from None
    if submission.message is None:
        return submission
    message = bytes(submission.message)
    if not message:
        raise CommandError(f"the message in {name} is empty")
    return replace(submission, message=message)


def _has(request: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(request, dict) or name not in request:
            return False
        request = request[name]
    return True


def _decoded(request: dict[str, Any]) -> dict[str, Any]:
    """Return a request with its contents as bytes; what is no base64 stays text, as the AWS CLI can take it."""
    holder = request.get("RawMessage")
    if isinstance(holder, dict):
        return request | {"RawMessage": _with_octets(holder, "Data")}
    content = request.get("Content")
    if not isinstance(content, dict):
        return request
    made = dict(content)
    if isinstance(raw := content.get("Raw"), dict):
        made["Raw"] = _with_octets(raw, "Data")
    simple = content.get("Simple")
    if isinstance(simple, dict) and isinstance(attachments := simple.get("Attachments"), list):
        decoded = [_with_octets(one, "RawContent") if isinstance(one, dict) else one for one in attachments]
        made["Simple"] = simple | {"Attachments": decoded}
    return request | {"Content": made}


def _with_octets(holder: dict[str, Any], name: str) -> dict[str, Any]:
    from base64 import b64decode

    data = holder.get(name)
    if not isinstance(data, str):
        return holder
    try:
        return holder | {name: b64decode("".join(data.split()), validate=True)}
    except ValueError:
        return holder


def encoded(request: Any) -> Any:
    """Return a request as the AWS CLI reads it: what is bytes in base64.

    >>> encoded({"RawMessage": {"Data": b"Hi"}})
    {'RawMessage': {'Data': 'SGk='}}
    """
    from binascii import b2a_base64

    if isinstance(request, bytes | bytearray | memoryview):
        return b2a_base64(request, newline=False).decode("ascii")
    if isinstance(request, dict):
        return {name: encoded(value) for name, value in request.items()}
    if isinstance(request, list | tuple):
        return [encoded(value) for value in request]
    return request
