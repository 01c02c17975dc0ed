"""`python -m sesmime.rules`: write a new rule with its examples; make what is made from the rules."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from sesmime.linter.listing import SUBJECTS
from sesmime.linter.rule import Rule, Stage
from sesmime.linter.tabulate import ROOT, RULES, named_rules, write_made

_OUR_CODE: Final = re.compile(r"(?:SES|RFC|SEC|BULK)[0-9]{3}")
_CODE: Final = re.compile(r"[A-Z]+[0-9]+")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_CHANGES: Final = ROOT / "CHANGELOG.md"
_EXAMPLES: Final = ROOT / "tests" / "data" / "rules"

_SUMMARY: Final = "The message has a field {field}."
_RULE: Final = '''\
"""{code}."""

from __future__ import annotations

from collections.abc import Iterator

from {kit} import {names}


@rule(
    "{code}",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source="https://docs.aws.amazon.com/ses/latest/dg/header-fields.html",
{place}    triggers=("{trigger}",),
)
def {function}(outgoing: Outgoing) -> Iterator[Fault]:
    """{summary}

    Say what goes wrong, and for whom.
    """
    for field in outgoing.section.all("{field}"):
        yield Fault(
            f"there is a field {{field.name}}",
            name_span(field),
            fix=Fix("remove it"),
        )
'''
_GOOD: Final = "From: a@example.com\r\nTo: b@example.com\r\nSubject: {name}\r\n{more}\r\nHello\r\n"


class _Refusal(Exception):
    """What is wrong with what was asked for; `main` tells it."""


class _Place(NamedTuple):
    """Where a rule of ours stands."""

    family: str
    stage: Stage
    order: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, or 2 where it is refused."""
    parser = argparse.ArgumentParser(prog="python -m sesmime.rules", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("catalogue", help="make the table of rules, and the README's, from their files")
    new = commands.add_parser("new", help="write a rule, its examples and its line in the changelog")
    new.add_argument("code", help="such as SES530, or ACME001 for a rule of your own")
    new.add_argument("name", help='the fault, read after "allow", such as encoded-message-tags')
    new.add_argument("--family", help="the folder of rules/ (default: where rules with such a code are)")
    new.add_argument("--folder", type=Path, help="write a rule of your own into this folder, outside the package")
    given = parser.parse_args(arguments)
    try:
        if given.command == "catalogue":
            written: Iterable[Path] = write_made()
        elif given.folder is not None:
            written = _write_own(given.code, given.name, given.folder)
        else:
            written = _write_ours(given.code, given.name, given.family)
    except (_Refusal, ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    for path in written:
        print(path)
    return 0


def _write_ours(code: str, name: str, family: str | None) -> list[Path]:
    if not _EXAMPLES.is_dir():
        raise _Refusal("rules of sesmime are written in a checkout of it; --folder writes one of your own")
    _check(_OUR_CODE, code, name)
    changes = _CHANGES.read_text(encoding="utf-8")
    known = named_rules()
    for file, rule in known:
        if code == rule.code or name == rule.name:
            raise _Refusal(f"there is {rule.code} {rule.name} in rules/{file.replace('.', '/')}.py")
    if re.search(rf"\b{code}\b", changes):
        raise _Refusal(f"{code} is already in the changelog; a code is never used again")
    place = _place(code, family, known)
    function = name.replace("-", "_")
    stage = f"    stage=Stage.{place.stage.name},\n    order={place.order},\n"
    path = RULES / place.family / f"{code.lower()}_{function}.py"
    lines = _with_change(changes, f"- {code} {name}: {_SUMMARY.format(field=_field(name)).rstrip('.')}\n")
    written = _write(path, code, name, "sesmime.linter.kit", stage, _EXAMPLES / code)
    _CHANGES.write_text(lines, encoding="utf-8")
    return [*written, _CHANGES, *write_made()]


def _write_own(code: str, name: str, folder: Path) -> list[Path]:
    _check(_CODE, code, name)
    if _OUR_CODE.fullmatch(code):
        raise _Refusal(f"codes such as {code} are those of sesmime; take letters of your own, as in ACME001")
    function = name.replace("-", "_")
    for there in (*folder.glob(f"{code.lower()}_*.py"), *folder.glob(f"*_{function}.py")):
        raise _Refusal(f"there is {there}")
    path = folder / f"{code.lower()}_{function}.py"
    return _write(path, code, name, "sesmime.rules", "", folder / "examples" / code)


def _check(pattern: re.Pattern[str], code: str, name: str) -> None:
    if not pattern.fullmatch(code):
        raise _Refusal(f"{code!r} is no code: letters and digits, of sesmime SES, RFC, SEC or BULK and three digits")
    if not _NAME.fullmatch(name):
        raise _Refusal(f"{name!r} is no name: words of a-z and 0-9 with hyphens between, as in repeated-field")


def _place(code: str, family: str | None, known: Sequence[tuple[str, Rule]]) -> _Place:
    """Return where a rule stands: in the family and stage of most with such a code, after the others of the stage."""
    start = next((start for start in SUBJECTS if code.startswith(start)), code[:-2])
    near = [(file.partition(".")[0], rule.stage) for file, rule in known if rule.code.startswith(start)]
    families = sorted({file.partition(".")[0] for file, _ in known})
    if family is None:
        if not near:
            raise _Refusal(f"there are no other rules {start}: name a --family, one of {', '.join(families)}")
        family = Counter(family for family, _ in near).most_common(1)[0][0]
    elif family not in families:
        raise _Refusal(f"{family!r} is no family; there are {', '.join(families)}")
    stages = [stage for there, stage in near if there == family]
    stages = stages or [rule.stage for file, rule in known if file.startswith(f"{family}.")]
    stage = Counter(stages).most_common(1)[0][0]
    return _Place(family, stage, max(rule.order for _, rule in known if rule.stage is stage) + 10)


def _field(name: str) -> str:
    return f"X-{name.title()}"


def _write(path: Path, code: str, name: str, kit: str, place: str, examples: Path) -> list[Path]:
    """Write the file of a rule and its two examples."""
    names = ["Evidence", "Fault", "Fix", "Outgoing", "Severity", "name_span", "rule"]
    if place:
        names.insert(5, "Stage")
    field = _field(name)
    text = _RULE.format(
        code=code,
        kit=kit,
        names=", ".join(names),
        place=place,
        trigger=field.lower(),
        function=name.replace("-", "_"),
        summary=_SUMMARY.format(field=field),
        field=field,
    )
    written = []
    for file, octets in (
        (path, text.encode()),
        (examples / "bad" / "minimal.eml", _GOOD.format(name=name, more=f"{field}: yes\r\n").encode()),
        (examples / "good" / "minimal.eml", _GOOD.format(name=name, more="").encode()),
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as target:
            target.write(octets)
        written.append(file)
    return written


def _with_change(changes: str, line: str) -> str:
    """Return the changelog with a rule's line in its place: behind the last of its family with a lower code."""
    lines = changes.splitlines(keepends=True)
    code = line.split()[1]
    family = code.rstrip("0123456789")
    before = [
        number
        for number, other in enumerate(lines)
        if (found := re.match(rf"- ({family}[0-9]{{3}}) ", other)) is not None and found[1] < code
    ]
    if not before:
        raise _Refusal(f"the changelog has no line of a rule {family} before {code}")
    lines.insert(before[-1] + 1, line)
    return "".join(lines)
