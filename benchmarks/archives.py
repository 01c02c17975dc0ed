"""Archives of any size in little memory: `python -m benchmarks.archives [--gigabytes 3] [--folder FOLDER]`.

Makes an mbox file of messages of 5 KB, some with an attachment of a megabyte, in a temporary folder; reads it as a
whole and in pieces, each in a process of its own, and prints the rate in wall-clock time and in the processor's, the
peak of the memory, and how fast `find` alone passes over the same file. A tar file, a gzipped mbox file and a ZIP
archive of a tenth of that are read as well. All is deleted at the end.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from base64 import encodebytes
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_FROM: Final = b"From a@b.example Mon Jan  1 00:00:00 2024\n"
_LINE: Final = b"The quick brown fox jumps over the lazy dog, and the order is on its way.\n"
_FIELDS: Final = (
    b"From: Shop <shop@b.example>\nTo: joe@d.example\nSubject: Your order %d\nMIME-Version: 1.0\n"
    b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n\n"
)
# What a process reads, and tells of it: messages, octets, errors, processor's seconds, wall-clock seconds, peak in MiB.
_PROGRAM: Final = """
import sys, time
from pathlib import Path
from sesmime.archive import messages, pieces, read_piece

how, path = sys.argv[1:]
count = octets = errors = 0
begin, processor = time.perf_counter(), time.process_time()
if how == "find":
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            octets, place = octets + len(piece), 0
            while (place := piece.find(b"\\nFrom ", place) + 1):
                count += 1
else:
    found = messages(path) if how == "whole" else (one for piece in pieces(path) for one in read_piece(piece))
    for one in found:
        count, octets, errors = count + 1, octets + len(one.message), errors + (one.error is not None)
status = Path("/proc/self/status").read_text().splitlines()
peak = next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:"))
print(count, octets, errors, time.process_time() - processor, time.perf_counter() - begin, peak)
"""


def made_messages(size: int) -> Iterator[bytes]:
    """Return messages of so many octets together; every 500th has a megabyte."""
    chance = random.Random(16)
    attachment = encodebytes(chance.randbytes(750_000))
    total = number = 0
    while total < size:
        number += 1
        body = attachment if number % 500 == 0 else _LINE * chance.randrange(30, 100)
        message = _FIELDS % number + body
        total += len(message) + len(_FROM) + 1
        yield message


def write_mbox(file: Path, size: int) -> int:
    """Write an mbox file, and return how many messages it has."""
    count = 0
    with file.open("wb") as stream:
        for message in made_messages(size):
            stream.write(_FROM + message + b"\n")
            count += 1
    return count


def write_tar(file: Path, size: int) -> int:
    count = 0
    with tarfile.open(file, "w") as archive:
        for message in made_messages(size):
            member = tarfile.TarInfo(f"inbound/{count}.eml")
            member.size = len(message)
            archive.addfile(member, io.BytesIO(message))
            vars(archive)["members"].clear()  # it keeps a record of each
            count += 1
    return count


def write_gzipped(file: Path, size: int) -> int:
    count = 0
    with gzip.open(file, "wb", compresslevel=1) as stream:
        for message in made_messages(size):
            stream.write(_FROM + message + b"\n")
            count += 1
    return count


def write_zip(file: Path, size: int) -> int:
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for message in made_messages(size):
            archive.writestr(f"inbound/{count}.eml", message)
            count += 1
    return count


def measured(how: str, file: Path, expected: int) -> str:
    """Return a row of the table; what was read is held against what was written."""
    command = [sys.executable, "-c", _PROGRAM, how, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, octets, errors, processor, clock, peak = done.stdout.split()
    if how != "find":
        assert (int(count), int(errors)) == (expected, 0), f"{file.name}: {count} of {expected}, {errors} errors"
    read = int(octets) / 1e6
    return (
        f"{file.name:<12} {how:<7} {file.stat().st_size / 1e6:7,.0f} {read:9,.0f} {int(count):>9,}"
        f" {read / float(clock):7,.0f} {read / float(processor):7,.0f} {int(peak):>6}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Read large archives, and print rates and the peak of the memory.")
    parser.add_argument("--gigabytes", type=float, default=3, help="size of the mbox file (default: %(default)s)")
    parser.add_argument("--folder", help="where the temporary folder is made (default: that of the system)")
    arguments = parser.parse_args()
    size = int(arguments.gigabytes * 1e9)
    print("MB are those of the messages, a second of the clock and of the processor; the peak of the memory is in MiB")
    print("file         read    MB there   MB read  messages   clock   proc.   peak")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        box = Path(folder, "box.mbox")
        count = write_mbox(box, size)
        for how in ("find", "whole", "pieces"):
            print(measured(how, box, count), flush=True)
        box.unlink()
        for name, write in (("mail.tar", write_tar), ("box.mbox.gz", write_gzipped), ("mail.zip", write_zip)):
            file = Path(folder, name)
            count = write(file, size // 10)
            print(measured("pieces", file, count), flush=True)
            file.unlink()


if __name__ == "__main__":
    main()
