"""The house: what the package holds, what is public, what a start loads. Who may import whom: import-linter."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api as mypy_api

import sesmime

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sesmime"

# The package imports the standard library only; the edges import their extra inside functions.
# What stands on a framework's classes is imported by that framework alone, after the framework.
FRAMEWORKS = {
    "django": {"django"},
    "pytest_plugin": {"pytest"},
    "local": {
        "jinja2",
        "moto",
        "pyhandlebars",
        "requests",
        "werkzeug",
    },  # the local SES is moto's server, and brings these
}


def modules() -> list[tuple[str, Path]]:
    """Return every module by its dotted name below the package."""
    files = sorted(PACKAGE.rglob("*.py"))
    return [(".".join(file.relative_to(PACKAGE).with_suffix("").parts), file) for file in files]


def imports(file: Path, *, inside_functions: bool) -> list[str]:
    """Return the dotted names that a module imports."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree)) if inside_functions else list(tree.body)
    found: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: relative import"
            found.append(node.module or "")
    return found


@pytest.mark.parametrize(("name", "file"), modules(), ids=[name for name, _ in modules()])
def test_the_core_imports_nothing_but_the_standard_library(name: str, file: Path) -> None:
    for imported in imports(file, inside_functions=False):
        top = imported.split(".")[0]
        allowed = {"sesmime", *sys.stdlib_module_names, *FRAMEWORKS.get(name.split(".")[0], ())}
        assert top in allowed, f"{name} imports {imported}"


def test_every_public_name_is_there_and_is_no_module() -> None:
    for name in sesmime.__all__:
        assert type(getattr(sesmime, name)) is not type(sys), name
    assert set(sesmime.__all__) <= set(dir(sesmime))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sesmime.nothing  # noqa: B018


def test_all_the_lazy_table_and_the_imports_for_type_checkers_hold_the_same_names() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {
        name.name: node.module for node in typed.body if isinstance(node, ast.ImportFrom) for name in node.names
    }
    assert imported == sesmime._HOMES
    assert sorted(sesmime.__all__) == sorted({*imported, "__version__"})


@pytest.mark.slow
def test_a_star_import_brings_every_public_name_to_a_type_checker(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from sesmime import *\nimport sesmime.linter.findings as f\n"
        "reveal_type(prepare)\nreveal_type(lint(b'').at_least(f.Severity.ERROR))\n",
        encoding="utf-8",
    )
    told, _, code = mypy_api.run(["--strict", "--no-incremental", "--cache-dir", os.devnull, str(program)])
    assert code == 0, told
    assert "Prepared" in told
    assert "Finding" in told


# Everything that the package shows: what users import, and the wings.
SHOWN = {
    *("__init__.py", "__main__.py", "py.typed", "errors.py", "rules.py", "events.py", "pytest_plugin.py"),
    *("mime", "ses", "policy", "linter", "compose", "handover", "boto", "django", "relay", "testing", "cli", "help"),
    *("archive", "local"),
}


def test_the_package_shows_what_its_plan_has_and_no_more() -> None:
    assert {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"} == SHOWN


def test_importing_the_package_loads_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import sesmime; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("sesmime")} == {"sesmime"}
    assert not loaded & {"typing", "email", "boto3", "rich", "argparse"}


def test_a_start_does_without_what_takes_long_to_import() -> None:
    message = b"From: a@example.com\r\nTo: b@example.net\r\nDate: Fri, 21 Nov 2025 09:00:00 +0000\r\n\r\nHi\r\n"
    code = f"""
import sys
before = set(sys.modules)
import sesmime
sesmime.prepare({message!r})
print(*sorted(set(sys.modules) - before))
"""
    command = [sys.executable, "-S", "-c", code]  # what stands in `site-packages` may import anything
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert "sesmime.handover.prepare" in loaded
    assert not loaded & {"typing", "dataclasses", "inspect", "contextlib", "weakref", "unicodedata", "email", "logging"}


def test_every_public_function_says_what_it_does() -> None:
    for name in sesmime.__all__:
        value = getattr(sesmime, name)
        if callable(value):
            assert value.__doc__, name


def test_no_module_is_longer_than_can_be_read() -> None:
    lengths = {name: file.read_text(encoding="utf-8").count("\n") for name, file in modules()}
    assert {name: length for name, length in lengths.items() if length > 600} == {}


TESTS = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_test_module_is_imported_by_another(file: Path) -> None:
    tested = {imported for imported in imports(file, inside_functions=True) if imported.startswith("tests.")}
    assert not [name for name in tested if name.rpartition(".")[2].startswith("test_")]


def test_no_test_module_is_past_600_lines() -> None:
    lengths = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8").count("\n") for file in TESTS}
    assert {name: length for name, length in lengths.items() if length > 600} == {}
