"""`python -m fuzz.pythons`: the same outcome on every Python that is present.

Each message of the catalogue of attacks, of the corpus, of the cases and of the tests' data goes through all of
`fuzz.outcomes` by three interfaces on each interpreter: trees, edits, findings, fixes, settings, envelopes, errors, and
what is written. Prints a digest of all outcomes for each interpreter and the places that differ; the exit code is 1 if
any do.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from fuzz.twins import Answers, pythons

_ROOT: Final = Path(__file__).resolve().parents[1]
_SHARED: Final = _ROOT.parent / "shared"
_LARGEST: Final = 200_000
_INTERFACES: Final = ("ses.SendRawEmail", "sesv2.SendEmail.Raw", "smtp")
# What is given beside each message, in turn.
_GIVEN: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"source": "us@example.com", "destination": [["me@example.org"], [], []]},
    {"source": "Zoë <z@y.example>", "destination": [["a@b.example", "\ud800"], ["c d"], []]},
)
# Folders of messages, by what the command calls them.
_PLACES: Final = {
    "catalogue": (_SHARED / "attacks",),
    "corpus": tuple(sorted(_SHARED.glob("corpus/*/messages"))),
    "cases": (_SHARED / "cases",),
    "tests": (_ROOT / "tests" / "data",),
}


def messages(name: str) -> Iterator[tuple[str, bytes]]:
    """Return the messages of one place, each with the name it has there."""
    for folder in _PLACES[name]:
        for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if file.is_file() and file.suffix not in (".json", ".md") and file.stat().st_size <= _LARGEST:
                yield f"{name}: {file.relative_to(folder)}", file.read_bytes()
    index = _SHARED / "attacks" / "index.json"
    if name == "catalogue" and index.exists():
        for entry in json.loads(index.read_text(encoding="utf-8"))["entries"]:
            generator = entry["generator"] or ""
            if generator.startswith("b"):
                made = eval(generator, {}, {"n": (entry["sizes"] or [0])[0]})
                if len(made) <= _LARGEST:
                    yield f"catalogue: {entry['name']}", made


def cases(names: Sequence[str], every: int) -> list[tuple[str, bytes, dict[str, Any], str]]:
    """Return what is asked: each message by one of the interfaces, of the catalogue and the cases by all."""
    asked = []
    for name in names:
        for number, (what, message) in enumerate(messages(name)):
            if number % every:
                continue
            turns = range(3) if name in ("catalogue", "cases") else (number % 3,)
            for turn in turns:
                given = _GIVEN[turn] if _INTERFACES[turn] != "smtp" or turn else {}
                asked.append((f"{what} ({_INTERFACES[turn]})", message, given, _INTERFACES[turn]))
    return asked


def main(argv: Sequence[str] | None = None) -> int:
    """Run; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.pythons", description="The same outcome on every Python.")
    parser.add_argument("--every", type=int, default=1, help="take one message in so many (default: all)")
    parser.add_argument("--place", action="append", choices=list(_PLACES), help="where from (default: everywhere)")
    arguments = parser.parse_args(argv)
    asked = cases(arguments.place or list(_PLACES), arguments.every)
    found = pythons()
    if len(found) < 2:
        print("another Python is needed beside this one: on the path, in ~/.pyenv or uv's", file=sys.stderr)
        return 2
    started = time.monotonic()
    answers: dict[str, list[dict[str, str]]] = {}

    def ask(version: str, python: str, hash_seed: int) -> None:
        with Answers(python, hash_seed) as other:
            answers[version] = [other.ask(message, given, interface) for _, message, given, interface in asked]

    # Each under its own seed of hashing: no order of a set may be seen.
    threads = [
        threading.Thread(target=ask, args=(version, python, seed))
        for seed, (version, python) in enumerate(found.items(), 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    differ = 0
    first, *others = found
    for number, (what, *_) in enumerate(asked):
        for version in others:
            one, other = answers[first][number], answers[version][number]
            places = [name for name in one if one[name] != other.get(name)]
            if places:
                differ += 1
                print(f"{what}: {', '.join(places)} on {version} and {first}")
    outcomes = sum(map(len, answers[first]))
    for version in found:
        digest = hashlib.sha256(json.dumps(answers[version], sort_keys=True).encode()).hexdigest()
        print(f"{version:8} {outcomes:,} outcomes of {len(asked):,} cases, sha256 {digest[:32]}")
    print(f"{differ} differ; {time.monotonic() - started:,.0f} s")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
