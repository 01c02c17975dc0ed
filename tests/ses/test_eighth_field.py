"""A new X-SES field costs a row of the table, an attribute in two dataclasses and its rows of precedence."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import sesmime

# What is written to add it: the file, the line that it stands before, and the lines.
WRITTEN = (
    (
        "ses/fields.py",
        "            # AWS Messaging blog",
        '            _row("pool", "X-SES-POOL", FieldKind.NAME, "the pool of addresses", EVENTS),\n',
    ),
    ("ses/fields.py", "    defects: tuple[Defect, ...] = field(", "    pool: str | None = None\n"),
    ("ses/fields.py", "            defects: tuple[Defect, ...] = ()", "            pool: str | None = None,\n"),
    ("ses/settings.py", "    endpoint_id: str | None = None\n", "    pool: str | None = None\n"),
    ("ses/settings.py", "            endpoint_id: str | None = None,\n", "            pool: str | None = None,\n"),
    (
        "ses/precedence_table.py",
        "    # Nothing given\n",
        '    *(Row(i, "pool", case, _A, _TAGS_PAGE, "a reason") for i in (_RAW1, _RAW2, _SMTP) for case in Case),\n',
    ),
)
USED = """
import pickle
from email.message import EmailMessage
import sesmime
from sesmime import ApiParameters, Interface, SesFields
from sesmime.cli.__main__ import main
from sesmime.policy import SES

assert "FOLDER" in sesmime.__file__
raw = b"From: a@b.example\\r\\nTo: c@d.example\\r\\n\\r\\nHi\\r\\n"

written = sesmime.write_ses_fields(raw, SesFields(pool="blue"))
assert b"X-SES-POOL: blue\\r\\n" in written
assert sesmime.read_ses_fields(written).pool == "blue"
assert sesmime.resolve(written).pool == "blue"

message = EmailMessage(policy=SES)
message["X-SES-POOL"] = "blue"
assert message["X-SES-POOL"].value == "blue"
assert type(message["X-SES-POOL"]).__name__ == "PoolField"
assert pickle.loads(pickle.dumps(message["X-SES-POOL"])).value == "blue"

given = ApiParameters(pool="blue")
assert b"X-SES-POOL: blue\\r\\n" in sesmime.prepare(raw, parameters=given, interface=Interface.SMTP).message
assert b"X-SES-POOL: blue\\r\\n" in sesmime.prepare(written).message
told = [finding.code for finding in sesmime.lint(raw, parameters=given)]
assert "SES512" in told, told
told = [finding.code for finding in sesmime.lint(written.replace(b"blue", b"b l u e"))]
assert "SES508" in told and "SES107" not in told, told

open("raw.eml", "wb").write(raw)
assert main(["build", "--from", "a@b.example", "--to", "c@d.example", "--pool", "blue", "-o", "built.eml"]) == 0
assert b"X-SES-POOL: blue\\r\\n" in open("built.eml", "rb").read()
options = ["--interface", "smtp", "--pool", "blue", "-o", "prepared.eml"]
assert main(["prepare", *options, "raw.eml"]) == 0
assert b"X-SES-POOL: blue\\r\\n" in open("prepared.eml", "rb").read()
print("all of it")
"""


def test_an_eighth_field_is_known_everywhere_once_its_row_is_written(tmp_path: Path) -> None:
    package = tmp_path / "sesmime"
    shutil.copytree(Path(sesmime.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, before, lines in WRITTEN:
        file = package / name
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, (name, before)
        file.write_text(text.replace(before, lines + before), encoding="utf-8")
    # What is generated from the table, and then what uses it.
    made = _run("from sesmime.linter.tabulate import write_made\nwrite_made()", tmp_path)
    assert made.returncode == 0, made.stderr
    done = _run(USED.replace("FOLDER", tmp_path.name), tmp_path)
    assert done.stdout == "all of it\n", done.stderr


def _run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that imports the package in a folder."""
    return subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{program}"],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )
