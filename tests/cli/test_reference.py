"""`sesmime reference` and `sesmime rules --pages`: whatever is public is in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import sesmime
from sesmime.cli.__main__ import COMMANDS, command_parser
from sesmime.cli.pages import pages
from sesmime.cli.reference import MODULES, public_names, reference
from sesmime.cli.rule_examples import findings_of
from sesmime.cli.settings_file import KEYS
from sesmime.errors import printable
from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.examples import kept_examples
from sesmime.pytest_plugin import INI_OPTIONS
from sesmime.ses.settings import ApiParameters
from tests.cli.running import ROOT, run


@pytest.fixture(scope="module")
def page() -> str:
    return reference()


def test_every_public_name_is_in_the_reference(page: str) -> None:
    headings = re.findall(r"^#### `(\w+)`$", page, re.MULTILINE)
    assert set(sesmime.__all__) - {"__version__"} <= set(headings)
    for name in MODULES:
        if name not in ("sesmime.django", "sesmime.django.events", "sesmime.relay"):
            assert set(public_names(import_module(name))) <= set(headings)


def test_every_public_function_and_class_has_a_text(page: str) -> None:
    for entry in page.partition("## Settings")[0].split("#### ")[1:]:
        text = re.sub(r"```python\n.*?```|^`[A-Za-z]\w*`$|^### .*", "", entry, flags=re.DOTALL | re.MULTILINE)
        assert text.strip(), entry


def test_no_signature_shows_where_something_stands_in_memory(page: str) -> None:
    assert not re.search(r"0x[0-9a-f]{6,}|<function|<object", page)


def test_every_setting_key_and_option_of_pytest_is_in_the_reference(page: str) -> None:
    for setting in ApiParameters.__dataclass_fields__:
        assert f"\n| `{setting}` |" in page
    for key in KEYS:
        assert f"\n- `{key}`: " in page
    for name, _, text in INI_OPTIONS:
        assert f"\n- `{name}` (" in page
        assert text in page


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_in_the_reference(page: str, command: str) -> None:
    _, _, after = page.partition(f"\n### `sesmime {command}`\n")
    section = after.partition("\n### ")[0]
    assert section
    module = import_module(f"sesmime.cli.commands.{command}")
    for action in command_parser(command, module)._actions:
        for option in action.option_strings:
            assert option in section


def test_the_reference_goes_to_standard_output_or_a_file(page: str, tmp_path: Path) -> None:
    assert run("reference") == (0, page.encode(), "")
    file = tmp_path / "reference.md"
    assert run("reference", "-o", file).code == 0
    assert file.read_text(encoding="utf-8") == page


def test_every_rule_has_a_page_and_a_line_in_the_index(tmp_path: Path) -> None:
    ran = run("rules", "--pages", tmp_path / "rules")
    assert (ran.code, ran.out) == (0, b"")
    written = {file.name for file in (tmp_path / "rules").iterdir()}
    assert {f"{entry.code}.md" for entry in CATALOGUE} | {"index.md"} <= written
    index = (tmp_path / "rules" / "index.md").read_text(encoding="utf-8")
    for entry in CATALOGUE:
        assert index.count(f"| [{entry.code}]({entry.code}.md) | {entry.rule().name} |") == 1


def section(text: str, title: str) -> str:
    """Return what stands below a heading of a page, "" where it is not there."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_a_page_shows_a_bad_example_with_its_finding_and_a_good_one() -> None:
    kept = kept_examples()
    written = dict(pages())
    assert {name.removesuffix(".md") for name in written} == {*kept, "index"}
    for code, examples in kept.items():
        text = written[f"{code}.md"]
        bad, good = section(text, "Bad"), section(text, "Good")
        for kind, shown in (("bad", bad), ("good", good)):
            message = examples[kind].message
            begins = [re.findall(rb"^[ -~]{0,60}", line)[0].decode() for line in (message or b"").split(b"\n")]
            assert all(begin.rstrip() in shown for begin in begins[:3])
            assert ("`````eml\n" in shown) == (message is not None)
            assert shown.strip()
        finding = findings_of(examples["bad"], code)[0]
        assert f"- finding: {f'line {finding.line}, ' if finding.line else ''}" in bad
        assert printable(finding.message) in bad
        assert (finding.rejection is not None) == ("- expected from SES: " in bad)
        assert printable(finding.rejection or "") in bad
        assert (finding.fix is not None) == ("- fix: " in bad)
        assert "- finding: " not in good
        diff = section(text, "Fixed")
        assert (examples["bad"].fixed is not None) == bool(diff)
        assert not diff or re.search(r"^[-+]", diff, re.MULTILINE), code
        assert re.search(r"^- source: <https://[^ >]+>$", text, re.MULTILINE)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text), code


@pytest.mark.slow
def test_a_package_without_the_tests_shows_the_examples(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sesmime", tmp_path / "sesmime", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    told = subprocess.run(
        [sys.executable, "-m", "sesmime", "rule", *kept_examples()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
    )
    assert told.stdout == run("rule", *kept_examples()).out
    assert told.stdout.count(b"\nBad:\n") == told.stdout.count(b"\nGood:\n") == len(kept_examples())


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    ran = run("rules", "--pages", file)
    assert ran.code == 2
    assert str(file) in ran.err
