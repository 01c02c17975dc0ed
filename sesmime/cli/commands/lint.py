"""`sesmime lint`: the findings of messages, files and folders of them; and their fixes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from sesmime import __version__
from sesmime.cli.arguments import SETTINGS_EPILOG, add_settings, any_message_tag, job_count, unchecked_parameters
from sesmime.cli.checking import CHECKING_EPILOG, Checking, add_checking, add_fail_level, read_checking
from sesmime.cli.examine import Job, Tally, diffs, examined, taken
from sesmime.cli.files import CommandError, refuse_output, write_output
from sesmime.cli.formats import FORMATS, renderer
from sesmime.cli.inputs import read_inputs, total_size
from sesmime.cli.progress import Progress
from sesmime.cli.settings_file import is_excluded
from sesmime.cli.terminal import columns, counted, encodable, painted, people, tell, wants_colour
from sesmime.linter.findings import LEVELS, Severity
from sesmime.linter.output import Style, plain, statistics

USAGE = "[OPTION]... [PATH]..."
_COUNTED = {"full": statistics.render, "concise": statistics.render, "json": statistics.render_json}
EPILOG = (
    f"{SETTINGS_EPILOG} {CHECKING_EPILOG} With --select, its select, extend-select and ignore are not used. JSON has an"
    " object for each message: path, file, file_offset and file_line (where the message begins in the file), interface,"
    " findings. Exit codes: 0 clean, 1 findings at or above the fail level (with --diff: something to fix), 2 wrong"
    " usage or unreadable input."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a message, a folder (every *.eml file, mbox file and Maildir below it), an mbox file, a Maildir, or a"
        " request as JSON; standard input if absent or -",
    )
    add(
        "--exclude",
        action="extend",
        type=_patterns,
        metavar="PATTERNS",
        help="leave out files and folders below a PATH whose name or path fits, such as 'drafts,old/*.eml' (*)",
    )
    fixing = parser.add_argument_group("fixes")
    fixing.add_argument("--fix", action="store_true", help="apply fixes that change nothing for readers or signatures")
    fixing.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: include unsafe fixes, which readers may notice",
    )
    fixing.add_argument("--diff", action="store_true", help="show what --fix would change, without writing it")
    told = parser.add_argument_group("output")
    told.add_argument("--output-format", choices=FORMATS, metavar="FORMAT", help=f"{', '.join(FORMATS)}")
    told.add_argument("-o", "--output-file", dest="output", metavar="FILE", help="where to write the findings")
    told.add_argument("--statistics", action="store_true", help="write the number of findings of each rule instead")
    add_fail_level(told, "exit 1")
    told.add_argument(
        "--min-level",
        choices=LEVELS,
        help="leave out findings below this level; they do not count either (default: info)",
    )
    told.add_argument("--redact", action="store_true", help="hide addresses and names of people in what is written")
    told.add_argument("--exit-zero", action="store_true", help="exit 0 even if there are findings")
    told.add_argument("--stdin-filename", metavar="NAME", help="the file name to use for standard input")
    told.add_argument("-q", "--quiet", action="store_true", help="no summary on standard error")
    add(
        "--jobs",
        type=job_count,
        default=1,
        metavar="N",
        help="the number of processes, or auto: one for each processor (default: 1); the output is the same",
    )
    add_checking(parser)
    add_settings(parser, tag=any_message_tag, has_all=True)
    parser.set_defaults(interface=None)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(pattern for one in text.split(",") if (pattern := one.strip()))


def run(arguments: argparse.Namespace) -> int:
    """Examine messages and return the exit code."""
    paths = arguments.paths or _standard_input()
    if arguments.fix and "-" in paths and not arguments.diff and len(paths) > 1:
        raise CommandError(
            "--fix takes standard input or files, not both: the fixed message is written to standard output"
        )
    is_for_all = arguments.interface == "all"
    if is_for_all and (arguments.fix or arguments.diff):
        raise CommandError("--interface all cannot be used with --fix or --diff; fixes are for one interface")
    checking = read_checking(arguments, has_every_rule=True)
    output_format = arguments.output_format or checking.settings.output_format or FORMATS[0]
    if arguments.statistics and output_format not in _COUNTED:
        raise CommandError(f"--statistics can be used only with the formats {', '.join(_COUNTED)}")
    if arguments.redact and arguments.diff:
        raise CommandError("--redact cannot be used with --diff, which shows the message itself")
    job = Job(
        parameters=unchecked_parameters(arguments),
        interface=None if is_for_all else arguments.interface,
        is_for_all=is_for_all,
        checking=checking,
        has_fix=arguments.fix and not arguments.diff,
        has_unsafe=arguments.unsafe_fixes,
        min_level=checking.min_level(arguments),
        jobs=arguments.jobs,
        has_edits=output_format == "sarif" and not arguments.statistics,
    )
    refuse_output(arguments.output)
    left_out = _exclusion(arguments, checking)
    tally = Tally(progress=Progress(lambda: total_size(paths, is_excluded=left_out)))
    inputs = taken(read_inputs(paths, stdin_name=arguments.stdin_filename, is_excluded=left_out), job)
    stream = sys.stderr if job.has_fix and "-" in paths else sys.stdout
    is_painted = arguments.output in (None, "-") and stream is not None and wants_colour(stream)
    style = Style(columns(stream), painted if is_painted else plain, __version__, checking.level(arguments))
    style = style._replace(is_redacted=arguments.redact)
    try:
        if arguments.diff:
            pieces = diffs(inputs, job, tally, style.paint)
        else:
            results = examined(inputs, job, tally)
            if arguments.redact:
                from sesmime.linter.output.redacting import redacted_results

                results = redacted_results(results, people())
            render = _COUNTED[output_format] if arguments.statistics else renderer(output_format)
            pieces = render(results, style)
        _write(pieces, arguments.output, stream, tally.progress)
    finally:
        tally.progress.clear()
    if arguments.diff:
        found = tally.faulty
    else:
        found = tally.at_least(checking.level(arguments))
    if tally.messages and not arguments.quiet and (arguments.diff or output_format in ("full", "concise")):
        tell(_diff_line(tally) if arguments.diff else _closing_line(tally, job))
    if tally.failures:
        return 2
    return int(found > 0 and not arguments.exit_zero)


def _exclusion(arguments: argparse.Namespace, checking: Checking) -> Callable[[str], bool]:
    """Return what tells whether a file or folder is left out: by the option, else by the file, below its folder."""
    given, settings = tuple(arguments.exclude or ()), checking.settings
    patterns, folder = (given, os.getcwd()) if given else (settings.exclude or (), settings.folder)
    return lambda path: is_excluded(path, patterns, folder)


def _standard_input() -> list[str]:
    if sys.stdin is not None and sys.stdin.isatty():
        raise CommandError("no input; give files or folders, or - for standard input; see sesmime lint --help")
    return ["-"]


def _write(pieces: Iterable[str], output: str | None, stream: TextIO | None, progress: Progress) -> None:
    """Write text piece by piece, as it comes; a file is whole or not there."""
    if output is not None and output != "-":
        write_output((encodable(piece, "utf-8") for piece in pieces), output)
        return
    for piece in pieces:
        progress.clear()
        if stream is not None:
            encoding = stream.encoding or "utf-8"
            stream.write(encodable(piece, encoding).decode(encoding))
            stream.flush()


def _closing_line(tally: Tally, job: Job) -> str:
    said = [f"Fixed {counted(tally.fixed, 'finding')}"] if tally.fixed else []
    messages = counted(tally.messages, "message")
    if tally.severities:
        levels = ((severity.name.lower(), tally.severities[severity]) for severity in sorted(Severity, reverse=True))
        told = ", ".join(_level(level, count) for level, count in levels if count)
        found = f"{'found' if said else 'Found'} {counted(tally.severities.total(), 'finding')} ({told})"
        said.append(f"{found} in {tally.faulty:,} of {messages}")
        said += _fixable(tally, job)
    else:
        said.append(f"{'none left' if said else 'All clear: no findings'} in {messages}")
    return "; ".join(said)


def _level(level: str, count: int) -> str:
    return f"{count:,} {level}" if level == "info" else counted(count, level)


def _fixable(tally: Tally, job: Job) -> Iterator[str]:
    """Say which options fix more."""
    safe = 0 if job.has_fix else tally.applicabilities["safe"]
    unsafe = 0 if job.has_fix and job.has_unsafe else tally.applicabilities["unsafe"]
    if safe:
        yield f"{safe:,} fixable with --fix"
    if unsafe:
        yield f"{unsafe:,} more with --unsafe-fixes" if safe else f"{unsafe:,} fixable with --fix --unsafe-fixes"


def _diff_line(tally: Tally) -> str:
    messages = counted(tally.messages, "message")
    if not tally.faulty:
        return f"Nothing to fix in {messages}"
    return f"Would fix {counted(tally.fixed, 'finding')} in {tally.faulty:,} of {messages}"
