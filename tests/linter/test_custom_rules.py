"""Rules of users: what they import, when they are asked, what becomes of their mistakes, and new rules written."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mypy import api as mypy_api

import sesmime.rules
from sesmime import Interface, LintConfig, fix, lint
from sesmime.linter import kit
from sesmime.linter.findings import Finding
from sesmime.rules import Evidence, Fault, Fix, Outgoing, Part, Rule, Severity, Subject, name_span, rule

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "sesmime" / "linter" / "rules"
SOURCE = "https://wiki.acme.example/mail"

MESSAGE = (
    b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\nX-Note: one\r\n\r\nHello\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nX-Note: two\r\n\r\nHello\r\n--b--\r\n"
)


@rule("ACME001", severity=Severity.WARNING, evidence=Evidence.ASSUMED, source=SOURCE, subject=Subject.PART)
def any_part(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    """There is a part.

    Each is told of.
    """
    yield Fault(f"a part {part.content_type} of {len(outgoing.parts)}", part=part)


@rule(
    "ACME002",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=SOURCE,
    subject=Subject.EVERY_PART,
    triggers=("X-Note",),
)
def note_in_part(outgoing: Outgoing, part: Part) -> Iterator[Fault]:
    """A part has a note.

    Notes are for the house.
    """
    for field in part.section.all("X-Note"):
        yield Fault("a note", name_span(field), part, fix=Fix("remove it"))


@rule("ACME003", severity=Severity.INFO, evidence=Evidence.ASSUMED, source=SOURCE, subject=Subject.PARAMETERS)
def any_submission(outgoing: Outgoing) -> Iterator[Fault]:
    """Something is sent.

    Each time.
    """
    yield Fault(f"sent by {outgoing.interface.value}")


@rule("ACME004", severity=Severity.ERROR, evidence=Evidence.ASSUMED, source=SOURCE, triggers=(":multipart",))
def raising(outgoing: Outgoing) -> Iterator[Fault]:
    """The rule has a mistake.

    It divides by nothing.
    """
    yield Fault("before it")
    raise ZeroDivisionError(outgoing.size)


def found(
    given: Rule, message: bytes | None = MESSAGE, interface: Interface = Interface.SEND_RAW_EMAIL
) -> list[Finding]:
    report = lint(message, config=LintConfig(rules=(given,)), interface=interface)
    return [finding for finding in report if finding.code == given.code]


def test_a_rule_about_parts_is_asked_about_each_but_those_in_attached_messages() -> None:
    assert [finding.part for finding in found(any_part)] == ["", "1", "2"]
    assert found(any_part)[0].message == "a part multipart/mixed of 3"


def test_a_rule_about_every_part_is_asked_for_those_that_have_a_field_of_its_triggers() -> None:
    told = found(note_in_part)
    assert [(finding.part, finding.line) for finding in told] == [("1", 9), ("2.1", 16)]
    assert {MESSAGE[slice(*finding.span)] for finding in told if finding.span} == {b"X-Note"}


def test_a_rule_about_parameters_is_asked_on_every_interface_and_others_for_raw_messages_only() -> None:
    interface = Interface.V2_SEND_EMAIL_TEMPLATE
    assert [finding.message for finding in found(any_submission, None, interface=interface)] == [
        "sent by sesv2.SendEmail.Template"
    ]
    assert found(any_submission)
    assert found(any_part, None, interface=interface) == []


def test_a_rule_is_asked_where_an_occasion_or_a_field_calls_for_it() -> None:
    plain = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n"
    asked: list[str] = []

    def counted(outgoing: Outgoing) -> Iterator[Fault]:
        asked.append(outgoing.interface.value)
        return iter(())

    by_field = rule("A1", severity=Severity.INFO, evidence=Evidence.ASSUMED, source=SOURCE, triggers=("Subject",))
    by_occasion = rule("A2", severity=Severity.INFO, evidence=Evidence.ASSUMED, source=SOURCE, triggers=(":multipart",))
    lint(plain, config=LintConfig(rules=(by_field(counted),)))
    assert len(asked) == 1
    lint(plain, config=LintConfig(rules=(by_occasion(counted),)))
    assert len(asked) == 1
    lint(MESSAGE, config=LintConfig(rules=(by_occasion(counted),)))
    assert len(asked) == 2


def test_a_rule_that_raises_is_a_warning_with_its_code_and_the_others_go_on() -> None:
    report = lint(MESSAGE, config=LintConfig(rules=(raising, any_part)))
    told = [(finding.severity.name, finding.message) for finding in report if finding.code == "ACME004"]
    assert told == [
        ("ERROR", "before it"),
        ("WARNING", f"the rule failed, and has not looked at all of it: 'ZeroDivisionError: {len(MESSAGE)}'"),
    ]
    assert sum(finding.code == "ACME001" for finding in report) == 3
    assert fix(MESSAGE, config=LintConfig(rules=(raising,))).message == MESSAGE


def test_what_is_no_fault_is_told_as_the_rules_mistake() -> None:
    wrong = Rule("A3", "wrong", Severity.ERROR, Evidence.ASSUMED, SOURCE, lambda outgoing: ["text"])  # type: ignore[list-item]
    (finding,) = found(wrong)
    assert finding.severity is Severity.WARNING
    assert "AttributeError" in finding.message


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        (LintConfig(rules=(any_part, note_in_part)), {"ACME001", "ACME002"}),
        (LintConfig(rules=(any_part, note_in_part), ignore=("ACME001",)), {"ACME002"}),
        (LintConfig(rules=(any_part, note_in_part), select=("SES",)), set()),
        (LintConfig(rules=(any_part, note_in_part), select=("ACME002",)), {"ACME002"}),
        (LintConfig(rules=(any_part, note_in_part), select=("SES",), extend_select=("ACME001",)), {"ACME001"}),
    ],
)
def test_select_and_ignore_hold_for_rules_of_users(asked: LintConfig, codes: set[str]) -> None:
    assert {finding.code for finding in lint(MESSAGE, config=asked) if finding.code[:4] == "ACME"} == codes


def test_triggers_that_cannot_be_meant_are_refused_where_the_rule_is_made() -> None:
    with pytest.raises(ValueError, match="there is no occasion :multiparts"):
        rule("A1", severity=Severity.INFO, evidence=Evidence.ASSUMED, source=SOURCE, triggers=(":multiparts",))
    with pytest.raises(TypeError, match="list of str"):
        rule("A1", severity=Severity.INFO, evidence=Evidence.ASSUMED, source=SOURCE, triggers="subject")


# The kit


def test_all_the_lazy_table_and_the_imports_for_type_checkers_of_the_kit_hold_the_same_names() -> None:
    tree = ast.parse(Path(kit.__file__).read_text(encoding="utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {
        name.name: node.module for node in typed.body if isinstance(node, ast.ImportFrom) for name in node.names
    }
    assert imported == kit._HOMES
    assert sorted(kit.__all__) == sorted(imported)
    for name in kit.__all__:
        assert getattr(kit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kit.nothing  # noqa: B018


def test_every_public_name_for_rules_is_there() -> None:
    assert set(sesmime.rules.__all__) <= set(kit.__all__)
    for name in sesmime.rules.__all__:
        assert getattr(sesmime.rules, name) is getattr(kit, name)


def rule_files() -> list[Path]:
    return sorted(path for path in RULES.glob("*/*.py") if path.stem != "__init__")


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.stem)
def test_a_rule_imports_the_kit_and_facts_and_no_other_rule(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("sesmime"):
            assert node.module == "sesmime.linter.kit" or str(node.module).startswith(("sesmime.ses.", "sesmime.mime."))


def test_nothing_is_imported_from_a_rule() -> None:
    for path in (ROOT / "sesmime").rglob("*.py"):
        assert "from sesmime.linter.rules." not in path.read_text(encoding="utf-8"), path.name


# Typed as users meet it

USERS = f'''\
from collections.abc import Iterator

from sesmime import LintConfig, lint
from sesmime.rules import Evidence, Fault, Outgoing, Part, Severity, Subject, name_span, rule


@rule("ACME001", severity=Severity.WARNING, evidence=Evidence.ASSUMED, source="{SOURCE}", triggers=["x-mailer"])
def named_mailer(outgoing: Outgoing) -> Iterator[Fault]:
    """The message names the program that made it."""
    for field in outgoing.section.all("X-Mailer"):
        yield Fault("X-Mailer names a program", name_span(field))


@rule("ACME002", severity=Severity.WARNING, evidence=Evidence.ASSUMED, source="{SOURCE}", subject=Subject.PART)
def large_part(outgoing: Outgoing, part: Part) -> list[Fault]:
    """A part is large."""
    start, stop = part.entity.body_span
    return [Fault("a large part", part=part)] if stop - start > 1_000 else []


lint(b"", config=LintConfig(rules=(named_mailer, large_part)))
'''


def checked_by_mypy(tmp_path: Path, text: str) -> tuple[str, int]:
    program = tmp_path / "acme_rules.py"
    program.write_text(text, encoding="utf-8")
    told, _, code = mypy_api.run(["--strict", "--no-incremental", "--cache-dir", os.devnull, str(program)])
    return told, code


def test_a_file_of_a_users_rules_passes_a_strict_type_checker(tmp_path: Path) -> None:
    told, code = checked_by_mypy(tmp_path, USERS)
    assert code == 0, told


def test_a_rule_about_parts_that_takes_no_part_does_not_pass_it(tmp_path: Path) -> None:
    told, code = checked_by_mypy(
        tmp_path, USERS.replace(", part: Part) -> list", ") -> list").replace("part.", "outgoing.root.")
    )
    assert code == 1
    assert "incompatible type" in told


# New rules


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what a new rule changes."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "sesmime", folder / "sesmime", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests" / "data" / "rules").mkdir(parents=True)
    for name in ("README.md", "CHANGELOG.md"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def test_a_new_rule_is_a_file_two_examples_a_line_and_what_is_made_of_them(checkout: Path) -> None:
    done = run(checkout, "sesmime.rules", "new", "SES599", "some-name")
    assert (done.returncode, done.stderr) == (0, "")
    written = [Path(line).relative_to(checkout).as_posix() for line in done.stdout.splitlines()]
    assert written == [
        "sesmime/linter/rules/settings/ses599_some_name.py",
        "tests/data/rules/SES599/bad/minimal.eml",
        "tests/data/rules/SES599/good/minimal.eml",
        "CHANGELOG.md",
        "sesmime/linter/catalogue_table.py",
        "sesmime/linter/examples.json",
        "README.md",
    ]
    assert ", some-name |" in (checkout / "README.md").read_text(encoding="utf-8")
    lines = (checkout / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    (place,) = (number for number, line in enumerate(lines) if line.startswith("- SES599 some-name: "))
    assert lines[place - 1].startswith("- SES5")
    bad, good = (
        run(checkout, "sesmime", "lint", "--select", "SES599", written[n], "--fail-level", "info") for n in (1, 2)
    )
    assert (bad.returncode, good.returncode) == (1, 0), bad.stdout + good.stdout + bad.stderr
    assert "SES599" in bad.stdout
    again = run(checkout, "sesmime.rules", "catalogue")
    assert again.returncode == 0
    for arguments, why in (
        (("SES599", "other-name"), "there is SES599 some-name"),
        (("SES598", "some-name"), "there is SES599 some-name"),
    ):
        refused = run(checkout, "sesmime.rules", "new", *arguments)
        assert refused.returncode == 2
        assert why in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("SES101", "some-name"), "there is SES101 repeated-field"),
        (("SES599", "repeated-field"), "there is SES101 repeated-field"),
        (("ACME001", "some-name"), "'ACME001' is no code"),
        (("ses599", "some-name"), "'ses599' is no code"),
        (("SES599", "Some_Name"), "'Some_Name' is no name"),
        (("SES599", "some-name", "--family", "nowhere"), "'nowhere' is no family; there are addresses, bodies"),
        (("SES999", "some-name"), "name a --family"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_nothing_is_written(arguments: tuple[str, ...], why: str) -> None:
    before = rule_files()
    refused = run(ROOT, "sesmime.rules", "new", *arguments)
    assert refused.returncode == 2
    assert why in refused.stderr
    assert rule_files() == before


def test_a_rule_of_ones_own_is_written_into_a_folder_and_works(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    done = run(ROOT, "sesmime.rules", "new", "ACME001", "named-mailer", "--folder", str(folder))
    assert done.returncode == 0, done.stderr
    text = (folder / "acme001_named_mailer.py").read_text(encoding="utf-8")
    told, code = checked_by_mypy(tmp_path, text)
    assert code == 0, told
    space: dict[str, object] = {"__name__": "acme001_named_mailer"}
    exec(text, space)
    made = space["named_mailer"]
    assert isinstance(made, Rule)
    examples = folder / "examples" / "ACME001"
    assert len(found(made, (examples / "bad" / "minimal.eml").read_bytes())) == 1
    assert found(made, (examples / "good" / "minimal.eml").read_bytes()) == []
    for arguments, why in (
        (("ACME001", "other"), "there is"),
        (("ACME002", "named-mailer"), "there is"),
        (("SES599", "other"), "take letters of your own"),
    ):
        refused = run(ROOT, "sesmime.rules", "new", *arguments, "--folder", str(folder))
        assert refused.returncode == 2
        assert why in refused.stderr
