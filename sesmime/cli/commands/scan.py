"""`sesmime scan`: the findings of archives of any size, by several processes or a Dask cluster."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from typing import Any, Final

from sesmime import __version__
from sesmime.archive.counts import Counts
from sesmime.archive.forms import FORMS, require_form
from sesmime.archive.journal import NotResumed
from sesmime.archive.on_dask import NoCluster, on_cluster
from sesmime.archive.pool import NotStarted
from sesmime.archive.reading import Reading
from sesmime.archive.rows import Check
from sesmime.archive.scanning import Checked, Engine, Scan, is_begun, on_this_machine
from sesmime.cli.arguments import (
    SETTINGS_EPILOG,
    add_settings,
    any_message_tag,
    job_count,
    no_raw_message,
    positive,
    processors,
    unchecked_parameters,
)
from sesmime.cli.checking import CHECKING_EPILOG, Checking, add_checking, add_fail_level, read_checking
from sesmime.cli.ending import Ended
from sesmime.cli.files import CommandError, open_output, refuse_output, write_lines
from sesmime.cli.progress import Progress
from sesmime.cli.scan_summary import summary
from sesmime.cli.terminal import counted, tell
from sesmime.errors import quoted
from sesmime.linter.findings import LEVELS

USAGE = "[OPTION]... SOURCE..."
REDACTED = "the findings and the summary, which names domains of senders"
EPILOG = (
    f"{SETTINGS_EPILOG} {CHECKING_EPILOG} Each row of the output is a finding, with the id, source and offset of its"
    " message, or an error that kept a message from being checked. While a scan lasts, FILE.scan beside the output has"
    " what is done. Exit codes: 0 clean, 1 findings at or above the fail level, 2 wrong usage, or something could not"
    " be read or checked."
)
# What stands beside the output while a scan lasts.
_FOLDER: Final = ".scan"
_SUFFIXES: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a file, folder, mbox file, Maildir, tar, zip or gz file, Parquet file, or s3:// address",
    )
    read = parser.add_argument_group("sources")
    read.add_argument("--column", metavar="NAME", help="the column of Parquet files that holds the messages")
    read.add_argument("--id-column", metavar="NAME", help="the column of Parquet files that holds their ids")
    read.add_argument(
        "--storage-option",
        dest="storage_options",
        action="append",
        type=storage_option,
        metavar="KEY=VALUE",
        help="how URLs are read, as fsspec has it: anon=true, endpoint_url=URL, profile=NAME; a VALUE that is a number,"
        ' true, false, null, {"key": "value"} or "text" in JSON is read as such; secrets are better kept in'
        " environment variables or a profile (*)",
    )
    told = parser.add_argument_group("output")
    told.add_argument("-o", "--output", metavar="FILE", help="where to write the findings: *.parquet, *.jsonl or *.csv")
    told.add_argument("--format", choices=FORMS, help="the format of the output (default: by its suffix)")
    told.add_argument(
        "--top", type=positive, default=10, metavar="N", help="rules and sender domains in the summary (default: 10)"
    )
    add_fail_level(told, "exit 1")
    told.add_argument(
        "--min-level",
        choices=LEVELS,
        help="leave out findings below this level; they do not count either (default: info)",
    )
    told.add_argument("-q", "--quiet", action="store_true", help="no summary")
    work = parser.add_argument_group("work")
    where = work.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs", type=job_count, metavar="N", help="the number of processes (default: one for each processor)"
    )
    where.add_argument("--scheduler", metavar="ADDRESS", help="use the Dask cluster whose scheduler is tcp://HOST:PORT")
    work.add_argument("--resume", action="store_true", help="go on with the scan that was interrupted, if there is one")
    add_checking(parser)
    add_settings(parser, tag=any_message_tag)
    parser.set_defaults(interface=None)


def run(arguments: argparse.Namespace) -> int:
    """Scan archives and return the exit code."""
    checking = read_checking(arguments, has_every_rule=True)
    check = _check(arguments, checking)
    form, reading = _form(arguments), _reading(arguments)
    if arguments.output is None and arguments.resume:
        raise CommandError("--resume needs -o: without an output nothing is kept of a scan")
    refuse_output(arguments.output)
    begun = time.monotonic()
    try:
        with _scan(arguments, form) as scan:
            scan.begin(arguments.sources, _facts(checking, check, form, reading), reading=reading)
            progress = Progress(scan.journal.size_left)
            try:
                with _engine(arguments, check, scan, reading) as engine:
                    checked = scan.run(engine, lambda said: progress.reach(said.messages, said.octets))
            finally:
                progress.clear()
            if form is not None:
                with open_output(arguments.output) as stream:
                    scan.write(stream)
            counts, domain_count = scan.journal.counts(most_domains=arguments.top), scan.journal.domain_count()
            scan.clear()
    except (KeyboardInterrupt, Ended):
        _tell_how_to_resume(arguments)
        raise
    except (NotResumed, NoCluster, NotStarted) as error:
        raise CommandError(str(error)) from None
    except sqlite3.Error as error:
        raise CommandError(f"the journal of the scan cannot be written: {error}") from None
    except OSError as error:
        told = error.strerror or str(error)
        raise CommandError(f"{error.filename}: {told}" if error.filename else f"the scan ended: {told}") from None
    if not arguments.quiet:
        _tell(arguments, counts, domain_count, checked, time.monotonic() - begun)
    if counts.unchecked:
        return 2
    return int(counts.at_least(checking.level(arguments)) > 0)


def storage_option(text: str) -> tuple[str, Any]:
    """Read KEY=VALUE, where VALUE may be JSON. What is said of one that is wrong does not repeat it.

    >>> storage_option("anon=true"), storage_option("profile=mail"), storage_option('profile="7"')
    (('anon', True), ('profile', 'mail'), ('profile', '7'))
    """
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError("it is written KEY=VALUE, with a KEY such as anon or endpoint_url")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _reading(arguments: argparse.Namespace) -> Reading:
    options = dict(arguments.storage_options or ())
    return Reading(column=arguments.column, id_column=arguments.id_column, storage_options=options or None)


def _check(arguments: argparse.Namespace, checking: Checking) -> Check:
    interface = arguments.interface or checking.interface()
    if not interface.is_raw:
        raise CommandError(no_raw_message(interface))
    return Check(
        parameters=unchecked_parameters(arguments),
        interface=interface,
        config=checking.config,
        min_level=checking.min_level(arguments),
        config_of=checking.config_for if checking.settings.per_file_ignores else None,
        is_redacted=arguments.redact,
    )


def _form(arguments: argparse.Namespace) -> str | None:
    """Return the format of the output, None where there is none."""
    if arguments.output is None:
        if arguments.format is not None:
            raise CommandError("--format needs -o, the file to write")
        return None
    form: str | None = arguments.format or _SUFFIXES.get(os.path.splitext(arguments.output)[1].lower())
    if form is None:
        raise CommandError(
            f"{quoted(arguments.output, 100)} does not tell the format: end it in .parquet, .jsonl or .csv, or give"
            f" --format {'|'.join(FORMS)}"
        )
    if _is_stream(arguments) and form == "parquet":
        raise CommandError("Parquet is not written to standard output; give a file")
    if _is_stream(arguments) and arguments.resume:
        raise CommandError("--resume needs a file as output")
    try:
        require_form(form)
    except ImportError as error:
        raise CommandError(f"the format {form} needs another package: {str(error).partition(': ')[2]}") from None
    return form


def _is_stream(arguments: argparse.Namespace) -> bool:
    return bool(arguments.output == "-")


@contextlib.contextmanager
def _scan(arguments: argparse.Namespace, form: str | None) -> Iterator[Scan]:
    """Return the scan in the folder beside its output, in one that is taken away, or in none."""
    if form is None:
        with Scan(None, None) as scan:
            yield scan
        return
    if _is_stream(arguments):
        with tempfile.TemporaryDirectory(prefix="sesmime-") as folder, Scan(folder, form) as scan:
            yield scan
        return
    folder = arguments.output + _FOLDER
    if is_begun(folder) and not arguments.resume:
        raise CommandError(
            f"{folder} holds a scan that was interrupted: go on with --resume, or remove the folder to begin again"
        )
    with Scan(folder, form) as scan:
        yield scan


def _engine(
    arguments: argparse.Namespace, check: Check, scan: Scan, reading: Reading
) -> contextlib.AbstractContextManager[Engine]:
    if arguments.scheduler is not None:
        return on_cluster(arguments.scheduler, checking=check, writing=scan.writing, reading=reading)
    return on_this_machine(arguments.jobs or processors(), checking=check, writing=scan.writing, reading=reading)


def _facts(checking: Checking, check: Check, form: str | None, reading: Reading) -> dict[str, str]:
    """Return what must be the same for a scan to be gone on with, by the words that tell what is not."""
    config, settings = check.config, check.parameters
    rules = [config.select, config.extend_select, config.ignore, [repr(rule) for rule in config.rules]]
    address = str((reading.storage_options or {}).get("endpoint_url"))
    return {
        # Keys may change while a scan is interrupted. Addresses may hold some, so that none is written down.
        "addresses of the storage (endpoint_url)": hashlib.sha256(address.encode()).hexdigest(),
        "columns (--column, --id-column)": repr((reading.column, reading.id_column)),
        "versions of sesmime": __version__,
        "formats": str(form),
        "interfaces": check.interface.value,
        "settings": repr(settings),
        "rules": repr((rules, checking.settings.per_file_ignores)),
        "verified identities": repr(config.verified_identities),
        "levels (--min-level)": check.min_level.name,
        "addresses (--redact)": "hidden" if check.is_redacted else "told",
    }


def _tell(arguments: argparse.Namespace, counts: Counts, domain_count: int, run: Checked, seconds: float) -> None:
    """Write the summary, to standard error where the findings have standard output; and how fast it went."""
    lines = list(summary(counts, domain_count=domain_count, most=arguments.top))
    if _is_stream(arguments):
        for line in lines:
            tell(line)
    else:
        write_lines(lines)
    rate = run.messages / seconds if seconds else 0
    tell(f"Checked {counted(run.messages, 'message')} in {seconds:,.1f} s, {rate:,.0f} a second")


def _tell_how_to_resume(arguments: argparse.Namespace) -> None:
    if arguments.output is not None and is_begun(arguments.output + _FOLDER):
        tell("sesmime scan: interrupted; the same command with --resume goes on")
