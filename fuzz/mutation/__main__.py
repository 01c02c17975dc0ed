"""`python -m fuzz.mutation`: the score of the modules that guard, and what survived without an explanation.

`python -m fuzz.mutation sesmime.mime.edits` runs one module; `--sample 4` every fourth fault; `--trust` leaves out what
the list explains, which takes longest, since no test ends it; `--marks ""` asks the slow tests and the laws too. The
exit code is 1 where a module is below the score wanted, or a fault survived that is neither found by a test nor
explained in `survivors.toml`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from fuzz.mutation.operators import Mutant, mutants_of
from fuzz.mutation.running import Verdict, run, run_apart, source_of

_HERE: Final = Path(__file__).parent
WANTED: Final = 90.0

# The modules that guard, with the tests that mirror them.
TARGETS: Final[dict[str, tuple[str, ...]]] = {
    "sesmime.mime.fields": (
        "tests/mime/test_fields.py",
        "tests/mime/test_edges_of_sections.py",
        "tests/mime/test_edges_of_edits.py",
        "tests/mime/test_entity.py",
    ),
    "sesmime.mime.boundaries": ("tests/mime/test_boundaries.py", "tests/mime/test_entity.py"),
    "sesmime.mime.edits": ("tests/mime/test_edits.py", "tests/mime/test_edges_of_edits.py"),
    "sesmime.ses.strip": (
        "tests/ses/test_strip.py",
        "tests/ses/test_strip_promise.py",
        "tests/ses/test_edges_of_settings.py",
    ),
    "sesmime.ses.tags": ("tests/ses/test_tags.py", "tests/ses/test_edges_of_settings.py"),
    "sesmime.ses.fields": (
        "tests/ses/test_fields.py",
        "tests/ses/test_eighth_field.py",
        "tests/ses/test_edges_of_settings.py",
    ),
    "sesmime.ses.precedence": (
        "tests/ses/test_precedence.py",
        "tests/ses/test_resolution.py",
        "tests/ses/test_settings.py",
    ),
    "sesmime.ses.precedence_table": (
        "tests/ses/test_precedence.py",
        "tests/ses/test_resolution.py",
        "tests/ses/test_settings.py",
    ),
    "sesmime.ses.envelope": (
        "tests/ses/test_envelope.py",
        "tests/ses/test_resolution.py",
        "tests/ses/test_edges_of_settings.py",
    ),
    "sesmime.ses.javamail": ("tests/ses/test_javamail.py",),
    "sesmime.ses.javamail.addresses": (
        "tests/ses/test_javamail.py",
        "tests/ses/test_edges_of_javamail.py",
        "tests/ses/test_recipients.py",
    ),
    "sesmime.ses.javamail.mime": ("tests/ses/test_javamail.py", "tests/ses/test_edges_of_javamail.py"),
    "sesmime.policy.fields": ("tests/policy",),
    "sesmime.policy.registry": ("tests/policy",),
    "sesmime.policy.writer": ("tests/policy",),
    "sesmime.policy.tree": ("tests/policy",),
    "sesmime.handover.forward": ("tests/handover/test_forward.py", "tests/handover/test_forward_law.py"),
    "sesmime.handover.forwarded": ("tests/handover/test_forward.py", "tests/handover/test_forward_law.py"),
    "sesmime.relay.spool": (
        "tests/relay/test_spool.py",
        "tests/relay/test_spool_edges.py",
        "tests/relay/test_spool_delivery.py",
    ),
    "sesmime.relay.spool_file": (
        "tests/relay/test_spool.py",
        "tests/relay/test_spool_edges.py",
        "tests/relay/test_spool_delivery.py",
    ),
    "sesmime.ses.events.signatures": (
        "tests/ses/events/test_signatures.py",
        "tests/ses/events/test_confirming.py",
        "tests/ses/events/test_signing_certificates.py",
    ),
}


class Survivor(NamedTuple):
    """A fault that no test finds, and why that is so."""

    module: str
    function: str
    change: str
    reason: str


def survivors() -> list[Survivor]:
    """Return the list that is kept."""
    listed = tomllib.loads((_HERE / "survivors.toml").read_text()).get("survivor", [])
    return [Survivor(one["module"], one["function"], one["change"], one["reason"]) for one in listed]


def stale(listed: Sequence[Survivor]) -> list[Survivor]:
    """Return what is listed and is no fault of its module any more: the module has changed."""
    faults = {
        module: {(one.function, one.change) for one in mutants_of(source_of(module).read_text(encoding="utf-8"))}
        for module in {one.module for one in listed}
    }
    return [one for one in listed if (one.function, one.change) not in faults[one.module]]


class Score(NamedTuple):
    """What became of a module's faults."""

    module: str
    all: int
    killed: int
    explained: int
    open: int

    @property
    def percent(self) -> float:
        """The share that tests find of those that can be found: of all less those that the list explains."""
        findable = self.all - self.explained
        return 100 * self.killed / findable if findable else 100.0


def score(module: str, verdicts: Sequence[Verdict]) -> Score:
    """Count verdicts of a module, with what the list explains."""
    known = {(one.function, one.change) for one in survivors() if one.module == module}
    alive = [one.mutant for one in verdicts if one.outcome not in ("killed", "time")]
    explained = sum((one.function, one.change) in known for one in alive)
    return Score(module, len(verdicts), len(verdicts) - len(alive), explained, len(alive) - explained)


def main(argv: Sequence[str] | None = None) -> int:
    """Run; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.mutation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", help="modules (default: all that guard)")
    parser.add_argument("--jobs", type=int, default=1, help="faults at once (default: 1)")
    parser.add_argument("--sample", type=int, default=1, help="run one fault in so many (default: all)")
    parser.add_argument("--trust", action="store_true", help="take what the list explains for survivors, without a run")
    parser.add_argument("--only", type=int, action="append", help="the number of one fault")
    parser.add_argument("--marks", default="not slow and not property", help="which tests, as pytest's -m")
    arguments = parser.parse_args(argv)
    modules = arguments.modules or list(TARGETS)
    if unknown := set(modules) - set(TARGETS):
        parser.error(f"not among the modules: {', '.join(sorted(unknown))}")
    if len(modules) > 1:
        options = [f"--jobs={arguments.jobs}", f"--sample={arguments.sample}", f"--marks={arguments.marks}"]
        options += ["--trust"] if arguments.trust else []
        return max(_told(run_apart(module, options)) for module in modules)

    def chosen(mutant: Mutant) -> bool:
        if not (mutant.number in arguments.only if arguments.only else mutant.number % arguments.sample == 0):
            return False
        if (mutant.function, mutant.change) in listed:
            trusted.append(Verdict(mutant, "survived"))
            return False
        return True

    (module,) = modules
    listed = {(one.function, one.change) for one in survivors() if one.module == module} if arguments.trust else set()
    trusted: list[Verdict] = []
    started, before = time.monotonic(), sum(os.times()[:4])
    verdicts = run(module, TARGETS[module], jobs=arguments.jobs, marks=arguments.marks, chosen=chosen)
    found = score(module, [*trusted, *verdicts])
    print(
        f"{found.module}: {found.killed} of {found.all} killed, {found.percent:.1f} %; {found.explained} explained, "
        f"{found.open} open; {time.monotonic() - started:.0f} s, {sum(os.times()[:4]) - before:.0f} s of processor"
    )
    for one in stale([one for one in survivors() if one.module == module]):
        print(f"listed, and no fault any more: {one.function}: {one.change}", file=sys.stderr)
    return 1 if found.open or found.percent < WANTED else 0


def _told(done: object) -> int:
    out, code = getattr(done, "stdout", ""), getattr(done, "returncode", 1)
    sys.stdout.write(out.splitlines()[-1] + "\n" if out else "")
    sys.stdout.flush()
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
