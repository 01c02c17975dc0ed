"""Runs the tests of one module against each of its faults, in forks of one process that has collected them.

The tests are collected once. One fork runs them all and tells which test runs which lines, and for how long. Then each
fault gets a fork of its own: the code of the function around it is exchanged, and the tests that run its line are run,
the quickest first, until one fails. A fault at module level needs a new import: a process of its own.

What counts is processor time, so that a busy machine changes no verdict; a fault that waits for ever takes none, and is
ended by the clock, much later. Lines that a thread runs are its test's, if the test started it.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, NamedTuple

import pytest

from fuzz.mutation.operators import Mutant, mutants_of, mutated

_ROOT: Final = Path(__file__).resolve().parents[2]
_MEMORY: Final = 6 << 30
# Processor seconds that a fault may take in a test beyond three times those of the test.
_SLACK: Final = 3
# Seconds of the clock, beyond ten times those of the test, after which a test is taken for one that waits for ever.
_PATIENCE: Final = 20


class Verdict(NamedTuple):
    """What became of one fault: "killed", "survived" or "time"."""

    mutant: Mutant
    outcome: str


class _Measured(NamedTuple):
    """Lines of the module that a test runs, and the seconds it takes: of processor, and of the clock."""

    lines: frozenset[int]
    seconds: float
    waited: float


class _Test(NamedTuple):
    """A test that a fault is given to, and the seconds it takes without one: of the clock, and of processor."""

    waited: float
    seconds: float
    name: str


def source_of(module: str) -> Path:
    """Return the file of a module, which is not imported for that."""
    place = _ROOT.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


class Runner:
    """A pytest plugin whose run loop is the faults; `verdicts` are what it found."""

    def __init__(self, module: str, *, jobs: int = 1, chosen: Callable[[Mutant], bool] = lambda _: True) -> None:
        self.path = source_of(module)
        self.module, self.jobs = module, jobs
        self.source = self.path.read_text()
        self.mutants = [one for one in mutants_of(self.source) if chosen(one)]
        self.verdicts: list[Verdict] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure the tests, then run every fault."""
        measured = self._measure(session)
        functions = _functions_of(self.path)
        waiting = list(reversed(self.mutants))
        running: dict[int, Mutant] = {}
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.pop()
                order = self._tests(mutant, measured)
                is_run = any(mutant.line in one.lines for one in measured.values())
                running[self._start(session, mutant, order, functions if is_run else {})] = mutant
            if running:
                pid, status = os.wait()
                if pid in running:
                    self._tell(running.pop(pid), _outcome(status))
        return True

    def _tell(self, mutant: Mutant, outcome: str) -> None:
        self.verdicts.append(Verdict(mutant, outcome))
        if outcome not in ("killed", "time"):
            print(
                f"{self.path.name}:{mutant.line} {mutant.function} #{mutant.number}: {mutant.change}: {outcome}",
                file=sys.__stderr__,
                flush=True,
            )

    def _tests(self, mutant: Mutant, measured: Mapping[str, _Measured]) -> list[_Test]:
        """Return the tests that run a line, the quickest first; of what the import runs all of them."""
        found = [_Test(one.waited, one.seconds, name) for name, one in measured.items() if mutant.line in one.lines]
        if self._code_of(mutant) is None or not found:
            found = [_Test(one.waited, one.seconds, name) for name, one in measured.items()]
        return sorted(found)

    def _code_of(self, mutant: Mutant) -> str | None:
        """Return the outermost function around a fault; None where the import runs it."""
        tree: ast.AST = ast.parse(self.source)
        outer: str | None = None
        waiting: list[tuple[ast.AST, str]] = [(tree, "")]
        while waiting:
            node, name = waiting.pop()
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                    if child.body[0].lineno <= mutant.line <= (child.end_lineno or 0):
                        outer = f"{name}.{child.name}".lstrip(".")
                elif isinstance(child, ast.ClassDef):
                    waiting.append((child, f"{name}.{child.name}".lstrip(".")))
                elif isinstance(child, ast.stmt):
                    waiting.append((child, name))
        return outer

    def _start(
        self,
        session: pytest.Session,
        mutant: Mutant,
        order: Sequence[_Test],
        functions: Mapping[str, list[FunctionType]],
    ) -> int:
        pid = os.fork()
        if pid:
            return pid
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        _silence()
        outer = self._code_of(mutant)
        try:
            if outer is not None and _exchange(self.source, self.path, mutant.number, functions, outer):
                items = {item.nodeid: item for item in session.items}
                _run(session, [(items[one.name], one) for one in order])
                os._exit(1 if session.testsfailed else 0)
            _limit_time(3 * sum(one.seconds for one in order) + 20, 10 * sum(one.waited for one in order) + _PATIENCE)
            files = sorted({one.name.partition("::")[0] for one in order})
            command = [sys.executable, "-m", "fuzz.mutation.one", self.module, str(mutant.number), *files]
            os.execv(sys.executable, command)
        except BaseException:  # noqa: BLE001, a fault that ends the tests is found
            os._exit(1)

    def _measure(self, session: pytest.Session) -> dict[str, _Measured]:
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder) / "told.json"
            pid = os.fork()
            if not pid:
                _silence()
                try:
                    told.write_text(json.dumps(dict(self._traced(session))))
                    os._exit(1 if session.testsfailed else 0)
                except BaseException:  # noqa: BLE001, told by the exit code
                    os._exit(3)
            _, status = os.waitpid(pid, 0)
            if status:
                raise SystemExit(f"{self.module}: its tests fail without a fault")
            return {
                name: _Measured(frozenset(lines), taken, waited)
                for name, (lines, taken, waited) in json.loads(told.read_text()).items()
            }

    def _traced(self, session: pytest.Session) -> Iterator[tuple[str, tuple[list[int], float, float]]]:
        file = str(self.path)
        lines: set[int] = set()

        def local(frame: FrameType, event: str, arg: Any) -> Any:
            lines.add(frame.f_lineno)
            return local

        def trace(frame: FrameType, event: str, arg: Any) -> Any:
            return local(frame, event, arg) if frame.f_code.co_filename == file else None

        threading.settrace(trace)
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            lines.clear()
            started, began = time.process_time(), time.monotonic()
            sys.settrace(trace)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if sys.gettrace() is not trace:
                # A RecursionError in the trace ends it: what the test runs after that is not known.
                lines.update(range(1, len(self.source.splitlines()) + 1))
            sys.settrace(None)
            yield item.nodeid, (sorted(lines.copy()), time.process_time() - started, time.monotonic() - began)


def _outcome(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "time"
    return "killed" if os.WEXITSTATUS(status) else "survived"


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _limit_time(seconds: float, waited: float) -> None:
    """Let this process take so many seconds of processor, and of the clock, from now on."""
    signal.alarm(int(waited) + 1)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 1, most))


def _run(session: pytest.Session, tests: Sequence[tuple[pytest.Item, _Test]]) -> None:
    following = [*(item for item, _ in tests[1:]), None]
    for (item, test), after in zip(tests, following, strict=True):
        # Each test has a time of its own, so that what does not end is told by the first test that meets it.
        _limit_time(3 * test.seconds + _SLACK, 10 * test.waited + _PATIENCE)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            return


def _functions_of(path: Path) -> dict[str, list[FunctionType]]:
    """Return the functions of a file by qualified name: what decorators wrap is found too."""
    found: dict[str, list[FunctionType]] = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == str(path):
            found.setdefault(one.__code__.co_qualname, []).append(one)
    return found


def _exchange(
    source: str, path: Path, number: int, functions: Mapping[str, Sequence[FunctionType]], outer: str
) -> bool:
    """Give a function, and those that it has made, the code of the module with a fault; False where that fails."""
    if outer not in functions:
        return False
    new = {code.co_qualname: code for code in _codes(compile(mutated(source, number), str(path), "exec"))}
    inside = f"{outer}.<locals>."
    for function in [
        one for name, found in functions.items() for one in found if name == outer or name.startswith(inside)
    ]:
        code = new.get(function.__code__.co_qualname)
        if code is None or code.co_freevars != function.__code__.co_freevars:
            return False
        function.__code__ = code
    return True


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def run(
    module: str, tests: Sequence[str], *, jobs: int, marks: str, chosen: Callable[[Mutant], bool] = lambda _: True
) -> list[Verdict]:
    """Run all faults of a module; subprocesses of the run have the folder of the project as theirs."""
    runner = Runner(module, jobs=jobs, chosen=chosen)
    code = pytest.main(
        ["-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", marks, "--capture=sys", *tests],
        plugins=[runner],
    )
    if code not in (0, 5) and not runner.verdicts:
        raise SystemExit(f"{module}: no tests were run")
    return runner.verdicts


def run_apart(module: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run one module in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "fuzz.mutation", module, *arguments], check=False, text=True, stdout=subprocess.PIPE
    )
