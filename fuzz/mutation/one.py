"""Runs tests with a fault at the module level of one module: `python -m fuzz.mutation.one MODULE NUMBER TESTS…`."""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fuzz.mutation.operators import mutated
from fuzz.mutation.running import source_of


class _Fault(MetaPathFinder, Loader):
    """Imports one module with a fault in it, and no other."""

    def __init__(self, module: str, path: Path, number: int) -> None:
        self.module, self.path, self.number = module, path, number

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return spec_from_file_location(fullname, self.path, loader=self) if fullname == self.module else None

    def exec_module(self, module: ModuleType) -> None:
        code = compile(mutated(self.path.read_text(), self.number), str(self.path), "exec")
        exec(code, module.__dict__)


def main(module: str, number: str, *tests: str) -> int:
    """Run; return the exit code of pytest."""
    sys.meta_path.insert(0, _Fault(module, source_of(module), int(number)))
    # pytest's rewriting of assertions would import the module before the finder is asked: sesmime is a plugin too.
    options = ["-x", "-q", "--no-header", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return int(pytest.main([*options, *tests]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
