"""A small disk of its own for a file, where this runs as root on Linux, and what fills it to the last octet."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SIZE: Final = 64 << 20


@contextlib.contextmanager
def disk(name: str = "spool", *, size: int = _SIZE) -> Iterator[tuple[Path, bool]]:
    """Return a folder, and whether it is a disk of its own of that many octets."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    mount, umount = shutil.which("mount"), shutil.which("umount")
    is_small = (
        bool(mount and umount)
        and subprocess.run(
            [str(mount), "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
        == 0
    )
    try:
        yield folder, is_small
    finally:
        if is_small:
            subprocess.run([str(umount), str(folder)], check=True)
        shutil.rmtree(folder)


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill a disk to the last octet, and empty it again."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
        for size in (1 << 16, 1 << 12):
            with contextlib.suppress(OSError):
                while stream.write(b"x" * size) == size:
                    pass
    try:
        yield
    finally:
        ballast.unlink()
