"""Archives behind a URL, as fsspec reads them: S3 with s3fs, and whatever else there is a file system for.

Small objects are fetched several at a time, as one alone takes a round trip of some 30 ms; of each its beginning, so
that none can take more memory than that; the next are fetched while these are worked at. Larger ones are read as
streams.
"""

from __future__ import annotations

import contextlib
import errno
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from sesmime.archive.folders import File
from sesmime.archive.streams import BrokenArchive, Opened, error_number, error_text

# So many beginnings at once, each of so many octets: 8 MiB, and as much ahead.
_AT_ONCE: Final = 32
_BEGINNING: Final = 256 << 10
# Octets that are fetched at once of a stream; s3fs would take 50 MiB.
_BLOCK: Final = 4 << 20
# A number of so many digits may be a secret; fewer are counts and ports, unless the option's name says otherwise.
_SECRET_NUMBER: Final = 100_000
_OF_SECRETS: Final = re.compile("(?i)key|secret|token|pass|pin|cred")
# Options whose values are no secret; addresses are none either.
_SHOWN: Final = frozenset(("profile", "region_name", "signature_version", "addressing_style", "protocol"))


class RemotePlace:
    """An object, or all objects below a prefix that ends at a slash."""

    is_near = False

    def __init__(self, source: str, storage_options: Mapping[str, Any] | None) -> None:
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise ImportError("URLs need fsspec: pip install 'sesmime[archive]'; s3:// needs 'sesmime[s3]'") from None
        self._source = source
        self._errors = _Errors(storage_options or {})
        try:
            self._system, self._root = url_to_fs(source, **(storage_options or {}))
        except (ValueError, TypeError) as error:
            text = f"there is no archive to read: {self._errors.text(error)}"
            raise OSError(errno.EINVAL, text, source) from None

    def list_files(self) -> Iterator[File]:
        try:
            with self._errors.as_os_error():
                self._system.invalidate_cache()
                about = self._system.info(self._root)
        except OSError as error:
            text = f"there is no archive to read: {self._errors.text(error)}"
            raise OSError(error_number(error), text, self._source) from None
        if about["type"] == "directory":
            return self._listed()
        return iter((File(self._source, int(about.get("size") or 0)),))

    def open_file(self, path: str) -> io.RawIOBase:
        with self._errors.as_os_error():
            return _RemoteFile(self._system.open(self._name(path), "rb", block_size=_BLOCK), self._errors)

    def open_files(self, paths: Sequence[str]) -> Iterator[tuple[str, Opened | OSError | BrokenArchive]]:
        groups = [paths[first : first + _AT_ONCE] for first in range(0, len(paths), _AT_ONCE)]
        with ThreadPoolExecutor(1) as ahead:
            fetched = [ahead.submit(self._beginnings, groups[0])] if groups else []
            for number, group in enumerate(groups):
                if number + 1 < len(groups):
                    fetched.append(ahead.submit(self._beginnings, groups[number + 1]))
                yield from self._open_group(group, fetched.pop(0).result())

    def _open_group(
        self, paths: Sequence[str], beginnings: Sequence[object]
    ) -> Iterator[tuple[str, Opened | OSError | BrokenArchive]]:
        for path, beginning in zip(paths, beginnings, strict=True):
            # A file system that gives no ranges, or none of an empty object, gives an error: opened, it tells.
            if isinstance(beginning, bytes) and len(beginning) < _BEGINNING:
                yield path, io.BytesIO(beginning)
                continue
            try:
                file = self.open_file(path)
            except OSError as error:
                yield path, error
                continue
            with file:
                yield path, file

    def _beginnings(self, paths: Sequence[str]) -> Sequence[object]:
        names = [self._name(path) for path in paths]
        try:
            with self._errors.as_os_error():
                found: Sequence[object] = self._system.cat_ranges(names, 0, _BEGINNING, on_error="return")
        except OSError:
            return [None] * len(paths)
        return found

    def _name(self, path: str) -> str:
        return str(self._system._strip_protocol(path))

    def _url(self, name: str) -> str:
        return str(self._system.unstrip_protocol(name))

    def _listed(self) -> Iterator[File]:
        if hasattr(self._system, "call_s3"):
            return self._listed_by_s3()
        return self._walked()

    def _listed_by_s3(self) -> Iterator[File]:
        """Return the objects by their keys, a page of 1,000 in memory; s3fs's own listing takes all at once.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html: in the order of their UTF-8.
        """
        bucket, _, key = str(self._root).partition("/")
        wanted = {"Bucket": bucket, "Prefix": f"{key.rstrip('/')}/" if key else ""}
        while True:
            try:
                with self._errors.as_os_error():
                    page = self._system.call_s3("list_objects_v2", **wanted)
            except OSError as error:
                text = f"the archive cannot be listed: {self._errors.text(error)}"
                raise OSError(error_number(error), text, self._source) from None
            for one in page.get("Contents", ()):
                # The console makes an empty object for a folder.
                if not one["Key"].endswith("/"):
                    yield File(f"{self._scheme()}://{bucket}/{one['Key']}", one["Size"])
            if not page.get("IsTruncated"):
                return
            wanted["ContinuationToken"] = page["NextContinuationToken"]

    def _scheme(self) -> str:
        return self._source.partition("://")[0]

    def _walked(self) -> Iterator[File]:
        """Return the files of a folder by their names, then those of the folders in it."""
        waiting = [str(self._root)]
        while waiting:
            place = waiting.pop()
            try:
                with self._errors.as_os_error():
                    entries = sorted(self._system.ls(place, detail=True), key=lambda entry: entry["name"])
            except OSError:
                yield File(self._url(place), 0)
                continue
            inside = []
            for entry in entries:
                if entry["type"] == "directory":
                    inside.append(entry["name"])
                else:
                    yield File(self._url(entry["name"]), int(entry.get("size") or 0))
            waiting += reversed(inside)


class _RemoteFile(io.RawIOBase):
    """An open object, whose errors are OSError whatever its file system raises."""

    def __init__(self, file: Any, errors: _Errors) -> None:
        self._file = file
        self._errors = errors

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        with self._errors.as_os_error():
            return bytes(self._file.read(size))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        with self._errors.as_os_error():
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            with self._errors.as_os_error():
                self._file.close()
        super().close()


class _Errors:
    """What a file system raises, as OSError whose text shows no value of its options but those that are no secret."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._hidden = sorted(_secrets(options), key=len, reverse=True)

    def text(self, error: BaseException) -> str:
        """Return what an error says, in one line."""
        words = error_text(error)
        for secret in self._hidden:
            words = words.replace(secret, "***")
        return words

    @contextlib.contextmanager
    def as_os_error(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if isinstance(error, OSError) and not self._hidden:
                raise
            number = error_number(error) if isinstance(error, OSError) else errno.EIO
            # With options there may be secrets in what it was raised from, too.
            raise OSError(number, self.text(error)) from (None if self._hidden else error)


def _secrets(value: Any, name: str = "") -> Iterator[str]:
    """Return the texts in options that are not to be shown; of an address, who logs in there."""
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield from _secrets(inside, str(key))
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _secrets(inside, name)
    elif isinstance(value, str) and "://" in value:
        user, mark, _ = value.partition("://")[2].rpartition("@")
        if mark:
            yield user
    elif isinstance(value, str) and value and name not in _SHOWN:
        yield value
    elif type(value) is int and name not in _SHOWN and (value >= _SECRET_NUMBER or _OF_SECRETS.search(name)):
        yield str(value)
