"""The jobs: what is measured, with what it is compared, on which messages, and what DESIGN section 8 wants.

To add one: the function that readies our half, the one that readies the other, and an entry in `JOBS`. A half
is readied with the message outside the clock and gives a callable without arguments; only that callable is
timed.

Names of sesmime are looked up when a half is readied, so that the benchmarks run on any state of the package:
a job says in `needs` which names it takes, and is shown as "not built yet" where one is missing.
"""

from __future__ import annotations

import atexit
import email
import email.policy
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from . import library
from .corpus import CORPUS, of_each
from .least import fields_of_mail, values_of_mail
from .workloads import NAMES, SES_FIELDS

Action: TypeAlias = Callable[[], object]
Half: TypeAlias = Callable[[bytes], Action]

_MEBIBYTE: Final = 1 << 20
_RECIPIENT: Final = "anna@example.net"
_MANY: Final = tuple(f"user{number}@example.net" for number in range(100))

# The extra `speed`; where it is installed the package decodes base64 with it.
_HAS_PYBASE64: Final = importlib.util.find_spec("pybase64") is not None

sesmime: Final[Any] = importlib.import_module("sesmime")


class Figure(Enum):
    """What the ratio of a job says, and on which side of its target it should be."""

    TIMES_FASTER = "the other's time by ours; the target is the least"
    TIMES_AS_LONG = "our time by the other's; the target is the most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One comparison: what is timed, on which messages, and what is to be reached.

    `targets` (ratios) and `memory_targets` (extra bytes) are by workload; where there is none, nothing is
    promised. A job that is `flat` has to take as long for a large message as for a small one.
    """

    name: str
    ours: Half
    theirs: Half
    our_words: str
    their_words: str
    needs: tuple[str, ...]
    workloads: tuple[str, ...] = NAMES
    figure: Figure = Figure.TIMES_FASTER
    targets: Mapping[str, float] = field(default_factory=dict)
    memory_targets: Mapping[str, int] = field(default_factory=dict)
    flat: bool = False

    def missing(self) -> tuple[str, ...]:
        """Return the names of sesmime that this job needs and that are not there."""
        return tuple(name for name in self.needs if not _has(name))

    def reached(self, workload: str, ratio: float) -> bool | None:
        """Say whether `ratio` meets the target for `workload`; None where there is no target."""
        target = self.targets.get(workload)
        if target is None:
            return None
        return ratio >= target if self.figure is Figure.TIMES_FASTER else ratio <= target


def _has(name: str) -> bool:
    """Say whether sesmime has the dotted `name`; a module that is not there counts as a missing name."""
    found = sesmime
    for step in name.split("."):
        try:
            found = getattr(found, step)
        except (AttributeError, ImportError):
            return False
    return True


# ------------------------------------------------------------------------------------------- sesmime's halves


def _parse(message: bytes) -> Action:
    return partial(sesmime.parse, message)


def _items(part: Any) -> list[tuple[str, str]]:
    items: list[tuple[str, str]] = part.header_section.items()
    return items


def _one_by_one(part: Any) -> list[tuple[str, str]]:
    return [(found.name, found.body) for found in part.header_section.fields]


def _read_items(message: bytes) -> Action:
    parse = sesmime.parse
    return lambda: _items(parse(message))


def _read_fields(message: bytes) -> Action:
    parse = sesmime.parse
    return lambda: _one_by_one(parse(message))


def _walk(message: bytes) -> Action:
    parse = sesmime.parse

    def walk() -> list[library.PartFacts]:
        return [
            library.PartFacts(part.content_type, part.content_transfer_encoding, part.filename, len(part.defects))
            for part in parse(message).walk()
        ]

    return walk


def _strip(message: bytes) -> Action:
    return partial(sesmime.strip_ses_fields, message)


def _edit_chunks(message: bytes) -> Action:
    fields = sesmime.parse(message).header_section.fields
    ours = {name.lower() for name in SES_FIELDS}
    edits = [sesmime.Edit(found.span, b"") for found in fields if found.name.lower() in ours]
    end = fields[-1].span.stop
    edits.append(sesmime.Edit(sesmime.Span(end, end), b"X-Added: yes\r\n"))
    return partial(sesmime.edited_chunks, message, edits)


def _prepare(message: bytes) -> Action:
    # https://docs.aws.amazon.com/ses/latest/dg/quotas.html: 10 MB by SendRawEmail, 40 MB by SendEmail of v2.
    v1, v2 = sesmime.Interface.SEND_RAW_EMAIL, sesmime.Interface.V2_SEND_EMAIL_RAW
    return partial(sesmime.prepare, message, interface=v2 if len(message) > 10 * _MEBIBYTE else v1)


def _lint(message: bytes) -> Action:
    v1, v2 = sesmime.Interface.SEND_RAW_EMAIL, sesmime.Interface.V2_SEND_EMAIL_RAW
    return partial(sesmime.lint, message, interface=v2 if len(message) > 10 * _MEBIBYTE else v1)


def _build(message: bytes) -> Action:
    return partial(_built, library.contents(message))


def _built(said: library.Contents) -> bytes:
    attachments = [sesmime.Attachment(content, name, "application/octet-stream") for name, content in said.files]
    made: bytes = sesmime.build(
        sender="Example Shop <orders@example.com>",
        to=_RECIPIENT,
        subject="Your order",
        text=said.text,
        html=said.html,
        attachments=attachments,
        ses=sesmime.SesFields(message_tags=[sesmime.MessageTag("campaign", "spring")]),
    )
    return made


def _readdress(message: bytes) -> Action:
    return partial(sesmime.readdress, _built(library.contents(message)), to=_RECIPIENT)


def _prepare_many(message: bytes) -> Action:
    copied = _built(library.contents(message))
    return lambda: list(sesmime.prepare_many(copied, _MANY))


def _of_list(number: int, recipient: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a recipient of a mailing list with the fields that only this one's copy has."""
    link = f"<https://example.com/unsubscribe/{number}>"
    return recipient, [("List-Unsubscribe", link), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]


def _prepare_list(message: bytes) -> Action:
    copied = _built(library.contents(message))
    recipients = [_of_list(number, one) for number, one in enumerate(_MANY)]
    return lambda: list(sesmime.prepare_many(copied, recipients))


def _prepare_list_each(message: bytes) -> Action:
    copied = _built(library.contents(message))
    recipients = [_of_list(number, one) for number, one in enumerate(_MANY)]
    return lambda: [
        sesmime.prepare(b"".join(sesmime.readdress(copied, to=one, fields=fields))) for one, fields in recipients
    ]


def _prepare_each(message: bytes) -> Action:
    copied = _built(library.contents(message))
    return lambda: [sesmime.prepare(b"".join(sesmime.readdress(copied, to=one))) for one in _MANY]


def _decode(message: bytes) -> Action:
    parse = sesmime.parse

    def decode() -> list[bytes]:
        return [part.content() for part in parse(message).walk() if not part.parts]

    return decode


def _tree(message: bytes) -> Action:
    return partial(sesmime.message_from_bytes, message, policy=email.policy.SMTP)


def _policy_as_bytes(message: bytes) -> Action:
    return library.built(sesmime.policy.SES).as_bytes


def read_mail(row: bytes, fields: Callable[[Any], object] = _items) -> Action:
    """Ready what reads all of each message of a row: `fields` of each part, types, file names, contents."""
    parse = sesmime.parse

    def read(message: bytes) -> list[object]:
        return [
            (
                fields(part),
                part.content_type,
                part.filename,
                None if part.parts else part.content(),
            )
            for part in parse(message).walk()
        ]

    return of_each(read)(row)


def _lint_mail(row: bytes) -> Action:
    return of_each(sesmime.lint)(row)


def _mail_read_for_rules(row: bytes) -> Action:
    # No rule at all: the message is divided, and the fields on top have names.
    nothing = sesmime.LintConfig(select=())
    return of_each(lambda message: sesmime.lint(message, config=nothing))(row)


def _mail_looked_at(row: bytes) -> Action:
    # What calls for rules is looked for, in every part and line, and no rule is asked.
    run = importlib.import_module("sesmime.linter.run")
    config, v1 = sesmime.LintConfig(), sesmime.Interface.SEND_RAW_EMAIL
    calls = run.calls_of(config, is_raw=True)

    def look(message: bytes) -> object:
        return calls.called(run.outgoing(message, parameters=run.NO_PARAMETERS, interface=v1, config=config))

    return of_each(look)(row)


def _tree_of_mail(row: bytes) -> Action:
    return of_each(partial(sesmime.message_from_bytes, policy=email.policy.SMTP))(row)


# What is left of a start: `python -c 'import re, enum, mmap, binascii, collections, functools, bisect'`, what the core
# needs, takes half of the library's whole start, Python's own included; the rest is 89 modules of ours. Between the two
# the message stands, as a literal.
_START: Final = ("import sesmime\nsesmime.prepare(", ")")
_LIBRARY_START: Final = ("import email\nemail.message_from_bytes(", ").as_bytes()")


def _started(code: tuple[str, str], message: bytes) -> Action:
    command = [sys.executable, "-c", repr(message).join(code)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = _compiled()
    return partial(subprocess.run, command, check=True, capture_output=True, env=environment)


@cache
def _compiled() -> str:
    """Return a folder for what is compiled, whatever the environment says: the library's modules are so everywhere."""
    folder = tempfile.mkdtemp(prefix="sesmime-benchmarks-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


# ----------------------------------------------------------------------------------------------- other halves


def _library_parse(message: bytes) -> Action:
    return partial(email.message_from_bytes, message)


def _library_edit(message: bytes) -> Action:
    return library.edited(message).as_bytes


def _one_copy(message: bytes) -> Action:
    # bytes(message) would give the same object; through a view it is one memcpy into new memory.
    return partial(bytes, memoryview(message))


def _count_newlines(message: bytes) -> Action:
    return partial(message.count, b"\n")


def _one_scan(message: bytes) -> Action:
    # The messages of the job hold no such byte: one memchr over everything, the floor of any reading.
    return partial(message.find, b"\xff")


def _library_build(message: bytes) -> Action:
    return partial(library.build, library.contents(message), _RECIPIENT)


def _library_as_bytes(message: bytes) -> Action:
    return library.built(email.policy.SMTP).as_bytes


# DESIGN section 8: on these "parse, decode, strip: never slower".
_NEVER_SLOWER: Final = dict.fromkeys(("nest1500", "headers5k", "advbound", "advlong", "adv8bit"), 1.0)


def _beside_reading(name: str, ours: Half, words: str, targets: Mapping[str, float] = MappingProxyType({})) -> Job:
    return Job(
        name=name,
        ours=ours,
        theirs=of_each(library.read_all),
        our_words=f"real mail: {words}",
        their_words="message_from_bytes(m), then fields, type, file name and content of every part",
        needs=("lint",),
        workloads=(CORPUS,),
        figure=Figure.TIMES_AS_LONG,
        targets=targets,
    )


JOBS: Final = (
    Job(
        name="parse",
        ours=_parse,
        theirs=_library_parse,
        our_words="parse(m)",
        their_words="email.message_from_bytes(m)",
        needs=("parse",),
        targets={"tiny": 7.0, "txn": 15.0, "big1": 500.0, "parts400": 140.0, **_NEVER_SLOWER},
        memory_targets={"big1": _MEBIBYTE, "parts400": _MEBIBYTE},
    ),
    Job(
        name="mail_read",
        ours=read_mail,
        theirs=of_each(library.read_all),
        our_words="real mail: parse(m), then fields, type, file name and content of every part",
        their_words="the same with message_from_bytes(m) and walk()",
        needs=("parse", "Entity.walk", "Entity.content", "HeaderSection.items"),
        workloads=(CORPUS,),
        targets={CORPUS: 3.0},
    ),
    Job(
        name="mail_fields_read",
        ours=partial(read_mail, fields=_one_by_one),
        theirs=of_each(library.read_all),
        our_words="the same, with the fields one by one, each with its octets and its place",
        their_words="the same with message_from_bytes(m) and walk()",
        needs=("parse", "Entity.walk", "Entity.content", "HeaderSection.fields", "Field.body"),
        workloads=(CORPUS,),
        targets={CORPUS: 3.0},
    ),
    Job(
        name="mail_read_least",
        ours=read_mail,
        theirs=lambda row: values_of_mail(sesmime.parse, row),
        our_words="real mail: parse(m), then fields, type, file name and content of every part",
        their_words="these values alone, all places, types, names and encodings known: the least in any Python",
        needs=("parse", "Entity.walk", "Entity.content", "HeaderSection.items"),
        workloads=(CORPUS,),
        figure=Figure.TIMES_AS_LONG,
    ),
    Job(
        name="mail_fields_least",
        ours=partial(read_mail, fields=_one_by_one),
        theirs=lambda row: fields_of_mail(sesmime, row),
        our_words="the same, with the fields one by one, each with its octets and its place",
        their_words="these values alone, the names and places of the fields known too: the least in any Python",
        needs=("parse", "Entity.walk", "Entity.content", "HeaderSection.fields", "Field.body"),
        workloads=(CORPUS,),
        figure=Figure.TIMES_AS_LONG,
    ),
    Job(
        name="mail_message_from_bytes",
        ours=_tree_of_mail,
        theirs=of_each(library.parse_modern),
        our_words="real mail: message_from_bytes(m, policy=SMTP), an equal tree",
        their_words="email.message_from_bytes(m, policy=SMTP)",
        needs=("message_from_bytes",),
        workloads=(CORPUS,),
        targets={CORPUS: 4.0},
    ),
    _beside_reading("mail_lint", _lint_mail, "lint(m), all default rules", {CORPUS: 1.4}),
    # What is left of mail_lint where no rule is asked, and where what calls for a rule is looked for on top.
    _beside_reading("mail_lint_floor", _mail_read_for_rules, "lint(m) without a rule"),
    _beside_reading("mail_lint_looks", _mail_looked_at, "what calls for a rule, in every part and line"),
    Job(
        name="start",
        ours=partial(_started, _START),
        theirs=partial(_started, _LIBRARY_START),
        our_words="a new Python: import sesmime, prepare(m), exit",
        their_words="a new Python: import email, message_from_bytes(m).as_bytes(), exit",
        needs=("prepare",),
        workloads=("tiny",),
        figure=Figure.TIMES_AS_LONG,
        targets={"tiny": 1.5},
    ),
    Job(
        name="count",
        ours=_parse,
        theirs=_count_newlines,
        our_words="parse(m)",
        their_words='m.count(b"\\n"): what DESIGN section 1 says a parse of base64 parts costs less than',
        needs=("parse",),
        workloads=("att3", "big1", "parts400"),
        targets={"att3": 1.0, "big1": 1.0, "parts400": 1.0},
    ),
    Job(
        name="scan",
        ours=_parse,
        theirs=_one_scan,
        our_words="parse(m)",
        their_words='m.find(b"\\xff"), which is not there: one memchr, as fast as this memory can be read',
        needs=("parse",),
        workloads=("att3", "big1", "parts400"),
        figure=Figure.TIMES_AS_LONG,
    ),
    Job(
        name="parse_headers_read",
        ours=_read_items,
        theirs=lambda message: partial(library.read_fields, message),
        our_words="parse(m).header_section.items(): name and body of every field on top",
        their_words="message_from_bytes(m).items()",
        needs=("parse", "Entity.header_section", "HeaderSection.items"),
        workloads=("tiny", "txn", "big1", "headers5k", "advlong", "adv8bit"),
        targets={"tiny": 2.5},
    ),
    Job(
        name="parse_fields_read",
        ours=_read_fields,
        theirs=lambda message: partial(library.read_fields, message),
        our_words="the same, of the fields one by one, each with its octets and its place",
        their_words="message_from_bytes(m).items()",
        needs=("parse", "Entity.header_section", "HeaderSection.fields", "Field.body"),
        workloads=("tiny", "txn", "big1", "headers5k", "advlong", "adv8bit"),
        targets={"tiny": 2.5},
    ),
    Job(
        name="walk",
        ours=_walk,
        theirs=lambda message: partial(library.walk, message),
        our_words="parse(m), then type, encoding, file name and defects of every part",
        their_words="the same with message_from_bytes(m) and walk()",
        needs=(
            "parse",
            "Entity.walk",
            "Entity.content_type",
            "Entity.content_transfer_encoding",
            "Entity.filename",
            "Entity.defects",
        ),
        targets={"big1": 300.0, "parts400": 25.0},
    ),
    Job(
        name="strip",
        ours=_strip,
        theirs=lambda message: partial(library.strip, message),
        our_words="strip_ses_fields(m), one bytes",
        their_words="message_from_bytes(m, policy=SMTP), three fields deleted, as_bytes() (inexact)",
        needs=("strip_ses_fields",),
        targets=_NEVER_SLOWER,
    ),
    Job(
        name="copy",
        ours=_strip,
        theirs=_one_copy,
        our_words="strip_ses_fields(m), one bytes",
        their_words="one copy of the message",
        needs=("strip_ses_fields",),
        workloads=("att3", "big1", "parts400"),
        figure=Figure.TIMES_AS_LONG,
        targets={"big1": 1.3, "parts400": 1.3},
    ),
    Job(
        name="edit_chunks",
        ours=_edit_chunks,
        theirs=_library_edit,
        our_words="edited_chunks(m, edits), the edits made before: SES fields out, one field in",
        their_words="as_bytes() of the message parsed and edited before",
        needs=("parse", "Entity.header_section", "HeaderSection.fields", "Edit", "Span", "edited_chunks"),
        workloads=("tiny", "txn", "att3", "big1", "parts400", "headers5k"),
        flat=True,
    ),
    Job(
        name="prepare",
        ours=_prepare,
        theirs=lambda message: partial(library.prepare, message),
        our_words="prepare(m): lifted, fixed, linted; for v2 SendEmail past 10 MB",
        their_words="by hand with policy=SMTP: tags, getaddresses, del, as_bytes(); no checks",
        needs=("prepare", "Interface"),
        workloads=("tiny", "txn", "att3", "big1", "parts400", "nest50"),
    ),
    Job(
        name="lint",
        ours=_lint,
        theirs=lambda message: partial(library.check, message, email.policy.compat32),
        our_words="lint(m), all default rules",
        their_words="the usual check: message_from_bytes(m), walk, split lines, repeats, ASCII, file names",
        needs=("lint", "Interface"),
        targets={"txn": 2.0, "big1": 30.0, "parts400": 15.0},
        memory_targets={"big1": _MEBIBYTE, "parts400": _MEBIBYTE},
    ),
    Job(
        name="lint_modern",
        ours=_lint,
        theirs=lambda message: partial(library.check, message, email.policy.SMTP),
        our_words="lint(m), all default rules",
        their_words="the usual check with policy=SMTP",
        needs=("lint", "Interface"),
        workloads=("tiny", "txn", "nest50"),
        targets={"tiny": 1.0},
    ),
    Job(
        name="build",
        ours=_build,
        theirs=_library_build,
        our_words="build(...) of the texts and files of the message" + (", with pybase64" if _HAS_PYBASE64 else ""),
        their_words="EmailMessage(policy=SMTP): set_content, add_alternative, add_attachment, as_bytes()",
        needs=("build", "Attachment"),
        workloads=("tiny", "txn", "att3", "big1", "parts400"),
        targets={"big1": 12.0},
        # One output.
        memory_targets={"big1": 40 * _MEBIBYTE},
    ),
    Job(
        name="readdress",
        ours=_readdress,
        theirs=_library_build,
        our_words="readdress(m, to=...): the chunks for one more recipient",
        their_words="the message built anew for each recipient with EmailMessage",
        needs=("build", "readdress"),
        workloads=("tiny", "txn", "att3", "big1"),
        flat=True,
    ),
    Job(
        name="prepare_many",
        ours=_prepare_many,
        theirs=_prepare_each,
        our_words="prepare_many(m, 100 recipients): the time is that of 100 copies",
        their_words="prepare of readdress(m, to=...) for each of them",
        needs=("build", "prepare_many", "readdress"),
        workloads=("tiny", "txn", "att3"),
    ),
    Job(
        name="prepare_list",
        ours=_prepare_list,
        theirs=_prepare_list_each,
        our_words="prepare_many(m, 100 recipients), each with a link of its own to unsubscribe",
        their_words="prepare of readdress(m, to=..., fields=...) for each of them",
        needs=("build", "prepare_many", "readdress"),
        workloads=("tiny", "txn"),
    ),
    Job(
        name="decode",
        ours=_decode,
        theirs=lambda message: partial(library.decode, message),
        our_words="parse(m), the content of every leaf" + (", with pybase64" if _HAS_PYBASE64 else ""),
        their_words="message_from_bytes(m), get_payload(decode=True) of every leaf",
        needs=("parse", "Entity.content"),
        targets={"big1": 25.0 if _HAS_PYBASE64 else 6.0, **_NEVER_SLOWER},
    ),
    Job(
        name="message_from_bytes",
        ours=_tree,
        theirs=lambda message: partial(library.parse_modern, message),
        our_words="message_from_bytes(m, policy=SMTP), an equal tree",
        their_words="email.message_from_bytes(m, policy=SMTP)",
        needs=("message_from_bytes",),
        workloads=("tiny", "txn", "att3", "big1", "parts400", "nest50", "headers5k", "adv8bit"),
        targets={"big1": 10.0},
    ),
    Job(
        name="policy",
        ours=_policy_as_bytes,
        theirs=_library_as_bytes,
        our_words="as_bytes() of a message built with policy.SES (the workload is not read)",
        their_words="the same with policy.SMTP",
        needs=("policy.SES",),
        workloads=("tiny",),
    ),
)


def job_named(name: str) -> Job:
    """Return the job `name`; KeyError where there is none."""
    return {job.name: job for job in JOBS}[name]
