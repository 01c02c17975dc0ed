"""Other parsers on the same real mail: each reads all of every message, as `mail_read` does, as far as it can.

Those for Python run in this process, those for Node in one of its own, which tells the processor time that it took.
Node's packages are those of `benchmarks/node`: `npm ci --prefix benchmarks/node`. What is not installed is left out.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from . import measure
from .corpus import CORPUS, of_each
from .jobs import Action, Job, read_mail

_NODE: Final = Path(__file__).parent / "node"
_OUR_WORDS: Final = "real mail: parse(m), then fields, type, file name and content of every part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A parser to measure: the job of it beside us, and its module in Python or its package for Node."""

    job: Job
    package: str
    is_node: bool = False

    @property
    def is_present(self) -> bool:
        """Whether it is installed."""
        if self.is_node:
            return shutil.which("node") is not None and (_NODE / "node_modules" / self.package).is_dir()
        return importlib.util.find_spec(self.package) is not None


def measure_peer(peer: Peer, mail: bytes, *, repeat: int) -> measure.Result | None:
    """Return what the peer and we took for real mail, by turns; None where it is not installed."""
    if not peer.is_present:
        return None
    if not peer.is_node:
        return measure.run(peer.job, CORPUS, mail, repeat=repeat)
    ours = read_mail(mail)
    ours()
    pairs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mail"
        file.write_bytes(mail)
        command = ["node", str(_NODE / "read.mjs"), peer.package, str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for turn in range(repeat + 1):
                process.stdin.write("\n")
                process.stdin.flush()
                theirs = float(process.stdout.readline())
                if turn:  # the first reading is for its compiler to warm
                    pairs.append((measure.seconds(ours, 1), theirs))
            process.stdin.close()
    return measure.Result(
        job=peer.job,
        workload=CORPUS,
        size=len(mail),
        ours=tuple(pair[0] for pair in pairs),
        theirs=tuple(pair[1] for pair in pairs),
    )


def _fast_mail_parser(row: bytes) -> Action:
    module: Any = importlib.import_module("fast_mail_parser")

    def read(message: bytes) -> object:
        with suppress(module.ParseError):  # what it refuses costs it less
            found = module.parse_email(message)
            return found.headers, found.text_plain, found.text_html, [one.content for one in found.attachments]
        return None

    return of_each(read)(row)


def _mail_parser(row: bytes) -> Action:
    module: Any = importlib.import_module("mailparser")

    def read(message: bytes) -> object:
        try:
            found = module.parse_from_bytes(message)
            return found.headers, found.text_plain, found.text_html, found.attachments
        except Exception:  # noqa: BLE001  # it has no errors of its own, and what it fails at costs it less
            return None

    return of_each(read)(row)


def _of_node(row: bytes) -> Action:
    raise LookupError(f"Node reads {len(row)} octets in a process of its own")


def _peer(name: str, package: str, words: str, half: Callable[[bytes], Action] = _of_node) -> Peer:
    job = Job(
        name=name,
        ours=read_mail,
        theirs=half,
        our_words=_OUR_WORDS,
        their_words=words,
        needs=("parse",),
        workloads=(CORPUS,),
    )
    return Peer(job=job, package=package, is_node=half is _of_node)


PEERS: Final = (
    _peer("fast-mail-parser", "fast_mail_parser", "parse_email(m), all its attributes (Rust)", _fast_mail_parser),
    _peer("mail-parser", "mailparser", "parse_from_bytes(m), headers, texts, attachments", _mail_parser),
    _peer("mailparser (Node)", "mailparser", "await simpleParser(m)"),
    _peer("postal-mime (Node)", "postal-mime", "await PostalMime.parse(m)"),
)
