"""The house: a module imports from lower floors, or from modules above it on its own; and what is public."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sesmime

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sesmime"

# Floor by floor, from the ground up; on a floor from top to bottom. A folder is one room.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "limits", "grammar"),
    ("fields", "signatures", "boundaries", "words", "parameters", "address_tokens", "addresses"),
    ("edits",),
    ("content", "entity"),
    ("ses",),
    ("policy_fields", "policy_registry", "policy", "tree", "seven_bit", "parts", "build", "simple"),
    ("lint",),
    ("prepare", "forward"),
    (
        "boto_types",
        "boto",
        "handover",
        "django",
        "relay",
        "relay_server",
        "comparison",
        "outbox",
        "testing",
        "pytest_plugin",
    ),
    ("cli",),
)
PLACE = {room: (floor, number) for floor, rooms in enumerate(FLOORS) for number, room in enumerate(rooms)}
FOLDERS = ("ses", "lint", "cli")
# What the core may import besides the standard library; the edges import their extra inside functions.
THIRD_PARTY = {"typing_extensions"}
# What stands on a framework's classes is imported by that framework alone, after the framework.
FRAMEWORKS = {"django": {"django"}, "pytest_plugin": {"pytest"}}


def modules() -> list[tuple[str, Path]]:
    """Give every module by its dotted name below the package."""
    files = sorted(PACKAGE.rglob("*.py"))
    return [(".".join(file.relative_to(PACKAGE).with_suffix("").parts), file) for file in files]


def imports(file: Path, *, inside_functions: bool) -> list[str]:
    """Give the dotted names that a module imports."""
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
def test_a_module_imports_only_from_lower_floors_or_above_it_on_its_own(name: str, file: Path) -> None:
    room = name.split(".")[0]
    if room in ("__init__", "__main__"):
        return
    floor, number = PLACE[room]
    for imported in imports(file, inside_functions=True):
        if imported == "sesmime":
            assert room == "cli", f"{name} imports the package itself"
        elif imported.startswith("sesmime."):
            other = imported.split(".")[1]
            other_floor, other_number = PLACE[other]
            allowed = other_floor < floor or (other_floor == floor and other_number < number)
            assert allowed or (other == room and room in FOLDERS), f"{name} imports {imported}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_inside_a_folder_form_no_circle(folder: str) -> None:
    graph = {
        f"sesmime.{name}".removesuffix(".__init__"): set(imports(file, inside_functions=True))
        for name, file in modules()
        if name.startswith(f"{folder}.")
    }
    while graph:
        free = [name for name, needed in graph.items() if not needed & graph.keys() - {name}]
        assert free, f"a circle among {sorted(graph)}"
        for name in free:
            del graph[name]


@pytest.mark.parametrize(("name", "file"), modules(), ids=[name for name, _ in modules()])
def test_the_core_imports_nothing_but_the_standard_library(name: str, file: Path) -> None:
    for imported in imports(file, inside_functions=False):
        top = imported.split(".")[0]
        allowed = {"sesmime", *sys.stdlib_module_names, *THIRD_PARTY, *FRAMEWORKS.get(name, ())}
        assert top in allowed, f"{name} imports {imported}"


def test_every_public_name_is_there_and_is_no_module() -> None:
    for name in sesmime.__all__:
        assert type(getattr(sesmime, name)) is not type(sys), name
    assert set(sesmime.__all__) <= set(dir(sesmime))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sesmime.nothing  # noqa: B018


def test_public_names_stay_functions_whatever_was_imported_before() -> None:
    code = (
        "import sesmime.handover.prepare, sesmime.linter.findings, sesmime; from sesmime import prepare;"
        " print(callable(prepare), callable(sesmime.prepare))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["True", "True"]


def test_importing_the_package_loads_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import sesmime; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("sesmime")} == {"sesmime"}
    assert not loaded & {"email", "boto3", "rich", "argparse"}


def test_every_public_function_says_what_it_does() -> None:
    for name in sesmime.__all__:
        value = getattr(sesmime, name)
        if callable(value):
            assert value.__doc__, name


def test_no_module_is_longer_than_can_be_read() -> None:
    lengths = {name: file.read_text(encoding="utf-8").count("\n") for name, file in modules()}
    assert {name: length for name, length in lengths.items() if length > 650} == {}
