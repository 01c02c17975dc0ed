"""What a type checker says of programs as users write them, and that the signatures it reads are the real ones."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sesmime import ApiParameters, Destination, LintConfig, SesFields

ROOT = Path(__file__).parents[2]

PROGRAM = """
from dataclasses import replace
from typing import assert_type

from sesmime import (
    ApiParameters, Destination, Interface, LintConfig, ListManagement, MessageTag, Prepared, SesFields, Submission,
    build, prepare, resolve,
)
from sesmime.boto.types import SendEmailRequest, SendRawEmailRequest

names = ["a@b.example"]
tags = [MessageTag("a", "1")]

# Lists are taken, and attributes are tuples, also once None is ruled out.
destination = Destination(to=names, cc=[])
assert_type(destination.to, tuple[str, ...])
parameters = ApiParameters(
    message_tags=tags, reply_to=names, destination=Destination(names), extra=[("Key", 1)], tenant="acme"
)
assert_type(parameters.message_tags, tuple[MessageTag, ...] | None)
assert_type(parameters.reply_to or (), tuple[str, ...])
if parameters.message_tags is not None:
    assert_type(parameters.message_tags, tuple[MessageTag, ...])
fields = SesFields(message_tags=tags, list_management=ListManagement("Weekly"))
assert_type(fields.message_tags, tuple[MessageTag, ...] | None)
config = LintConfig(ignore=["SES3"], select=["SES"], rules=[])
assert_type(config.ignore, tuple[str, ...])
assert_type(resolve(b"").message_tags, tuple[MessageTag, ...] | None)
build(sender="a@b.example", to=names, cc=["c@d.example"], reply_to=[], ses=fields)
assert_type(replace(parameters, tenant="other"), ApiParameters)

# Requests are those of the interface.
assert_type(prepare(b"").to_request(), SendRawEmailRequest)
assert_type(prepare(b"", interface=Interface.SEND_RAW_EMAIL, parameters=parameters).to_request(), SendRawEmailRequest)
assert_type(prepare(b"", interface=Interface.V2_SEND_EMAIL_RAW).to_request(), SendEmailRequest)
assert_type(Submission(b"").to_request(), SendRawEmailRequest)
assert_type(Submission(b"", parameters, Interface.V2_SEND_EMAIL_RAW).to_request(), SendEmailRequest)
assert_type(Submission(None, parameters, interface=Interface.V2_SEND_EMAIL_SIMPLE).to_request(), SendEmailRequest)

def either(interface: Interface) -> SendRawEmailRequest | SendEmailRequest:
    return prepare(b"", interface=interface).to_request()

def unsaid(prepared: Prepared, submission: Submission) -> list[object]:
    return [prepared.to_request()["Source"], submission.to_request()["Source"]]

unsaid(prepare(b""), Submission(b""))

# What must be an error; an ignore that is not used is one too.
ApiParameters(reply_to=[1])  # type: ignore[list-item]
ApiParameters(message_tags=["a"])  # type: ignore[list-item]
ApiParameters(tenants="acme")  # type: ignore[call-arg]
Destination(to=[None])  # type: ignore[list-item]
SesFields(tenant=1)  # type: ignore[arg-type]
LintConfig(ignore=[3])  # type: ignore[list-item]
parameters.reply_to = ("a",)  # type: ignore[misc]
prepare(b"").to_request()["Content"]  # type: ignore[typeddict-item]
"""


@pytest.mark.edges
def test_lists_and_requests_are_typed_as_users_meet_them(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(file)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stdout.startswith("Success"), done.stdout + done.stderr


@pytest.mark.parametrize("kind", [ApiParameters, Destination, LintConfig, SesFields])
def test_the_signature_that_a_type_checker_reads_has_the_arguments_that_there_are(kind: type[Any]) -> None:
    source = Path(inspect.getsourcefile(kind) or "").read_text(encoding="utf-8")
    (node,) = (
        one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.ClassDef) and one.name == kind.__name__
    )
    (init,) = (one for one in ast.walk(node) if isinstance(one, ast.FunctionDef) and one.name == "__init__")
    arguments = [one.arg for one in (*init.args.args[1:], *init.args.kwonlyargs)]
    assert arguments == [one.name for one in dataclasses.fields(kind)]
    assert arguments == list(inspect.signature(kind).parameters)
    defaults = (*init.args.defaults, *(one for one in init.args.kw_defaults if one is not None))
    assert len(defaults) == len(arguments)
