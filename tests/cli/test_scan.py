"""`sesmime scan`: what it writes, what it tells, what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sesmime import lint
from sesmime.archive import Row, messages, rows
from sesmime.cli.scan_summary import summary
from tests.archive.scans import box
from tests.cli.linting import CLEAN, OTHER, SAME
from tests.cli.running import ROOT, Ran, run

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


def scan(*argv: object) -> Ran:
    return run("scan", "--jobs", 1, *argv)


def write(**contents: bytes) -> None:
    Path("mail").mkdir()
    for name, content in contents.items():
        Path("mail", f"{name}.eml").write_bytes(content)


def read(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_bytes().splitlines()]


def test_each_finding_of_lint_is_a_row_and_the_counts_are_those_of_the_rows() -> None:
    write(a=CLEAN, b=OTHER, c=SAME.replace(b"b.example", b"other.example"))
    ran = scan("mail", "-o", "out.jsonl", "--select", "SES101")
    assert ran.code == 1
    assert ran.out.decode() == (
        "2 findings (2 error, 0 warning, 0 info) in 2 of 3 messages\n"
        "\n"
        "findings  messages  rule\n"
        "       2         2  SES101 repeated-field (error)\n"
        "\n"
        "messages  findings  errors  sender domain\n"
        "       2         1       1  b.example\n"
        "       1         1       1  other.example\n"
    )
    assert ran.err.startswith("Checked 3 messages in ")
    (finding,) = (one for one in lint(OTHER) if one.code == "SES101")
    first, second = read("out.jsonl")
    assert first["message"] == finding.message
    assert (first["line"], first["column"], first["rejection"]) == (finding.line, finding.column, finding.rejection)
    assert [first["id"].partition("@")[0], second["id"].partition("@")[0]] == ["mail/b.eml", "mail/c.eml"]
    assert os.listdir()
    assert not Path("out.jsonl.scan").exists()


def test_without_an_output_it_only_counts() -> None:
    write(a=OTHER)
    ran = scan("mail", "--select", "SES101")
    assert ran.code == 1
    assert ran.out.startswith(b"1 finding (1 error, 0 warning, 0 info) in 1 of 1 message\n")
    assert os.listdir() == ["mail"]


def test_findings_go_to_standard_output_and_the_summary_beside() -> None:
    write(a=OTHER)
    ran = scan("mail", "-o", "-", "--format", "jsonl", "--select", "SES101")
    (row,) = ran.out.splitlines()
    assert json.loads(row)["code"] == "SES101"
    assert "1 finding (1 error" in ran.err
    assert os.listdir() == ["mail"]


@pytest.mark.parametrize(
    ("argv", "code", "found"),
    [
        ([], 1, 1),
        (["--fail-level", "warning"], 1, 1),
        (["--ignore", "SES101"], 0, 0),
        (["--select", "SES205", "--fail-level", "error"], 0, 0),
    ],
)
def test_the_exit_code_is_that_of_lint(argv: list[str], code: int, found: int) -> None:
    write(a=OTHER)
    ran = scan("mail", "-o", "out.jsonl", *([] if "--select" in argv else ["--select", "SES101"]), *argv)
    assert ran.code == code == run("lint", "mail", *([] if "--select" in argv else ["--select", "SES101"]), *argv).code
    assert len(read("out.jsonl")) == found


def test_findings_below_a_level_neither_count_nor_are_written() -> None:
    box(Path("all.mbox"), 20)
    every = [row for row in rows(messages("all.mbox")) if row.severity == "ERROR"]
    ran = scan("all.mbox", "-o", "out.jsonl", "--min-level", "error")
    assert [Row(**row) for row in read("out.jsonl")] == every
    assert ran.out.startswith(b"%d findings (%d error, 0 warning, 0 info)" % (len(every), len(every)))


def test_what_cannot_be_read_is_a_row_and_a_2() -> None:
    write(a=CLEAN, b=b"")
    ran = scan("mail", "-o", "out.jsonl", "--select", "SES101")
    assert ran.code == 2
    assert ran.out.startswith(b"No findings in 1 message; 1 could not be checked\n")
    (row,) = read("out.jsonl")
    assert row["error"]
    assert row["code"] is None


def test_settings_and_the_settings_file_are_those_of_lint() -> None:
    write(a=OTHER, b=OTHER)
    Path("pyproject.toml").write_text(
        '[tool.sesmime.lint]\nselect = ["SES101"]\nper-file-ignores = { "b.eml" = ["SES101"] }\ninterface = "smtp"\n'
    )
    scan("mail", "-o", "out.jsonl")
    (row,) = read("out.jsonl")
    assert row["id"].startswith("mail/a.eml")
    assert row["interface"] == "smtp"
    scan("mail", "-o", "out.jsonl", "--isolated", "--select", "SES101", "--interface", "sesv2")
    assert {row["interface"] for row in read("out.jsonl")} == {"sesv2.SendEmail.Raw"}
    assert len(read("out.jsonl")) == 2


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (
            ["mail", "-o", "findings.txt"],
            ("'findings.txt' does not tell the format: end it in .parquet, .jsonl or .csv, or give --format"
            " jsonl|csv|parquet"),
        ),
        (["mail", "-o", "-"], ("'-' does not tell the format: end it in .parquet, .jsonl or .csv, or give --format"
         " jsonl|csv|parquet")),
        (["mail", "-o", "-", "--format", "parquet"], "Parquet is not written to standard output; give a file"),
        (["mail", "-o", "-", "--format", "csv", "--resume"], "--resume needs a file as output"),
        (["mail", "--resume"], "--resume needs -o: without an output nothing is kept of a scan"),
        (["mail", "--format", "csv"], "--format needs -o, the file to write"),
        (["mail", "-o", "no/such/out.csv"], "no/such/out.csv cannot be written: there is no folder no/such"),
        (["mail", "--interface", "ses.SendEmail"], ("ses.SendEmail does not accept a raw message; use --interface ses,"
         " sesv2 or smtp")),
        (["mail", "--jobs", "0"], "--jobs: '0' is not a number of at least 1"),
        (["mail", "--top", "x"], "--top: 'x' is not a number of at least 1"),
        (["mail", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "--scheduler: not allowed with argument --jobs"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_in_one_sentence(argv: list[str], told: str) -> None:
    write(a=OTHER)
    assert run("scan", *argv) == (2, b"", f"sesmime scan: {told}\n")
    assert os.listdir() == ["mail"]


def test_a_source_that_is_not_there_is_told_and_nothing_stays() -> None:
    write(a=OTHER)
    ran = scan("mail", "gone.mbox", "-o", "out.jsonl")
    assert (ran.code, ran.out) == (2, b"")
    assert "gone.mbox" in ran.err
    assert "No such file" in ran.err
    assert os.listdir() == ["mail"]


class TestResume:
    """See `tests/archive/test_scanning.py` for what is killed."""

    def interrupt(self, *argv: object) -> None:
        """Leave a scan whose second piece fails."""
        write(a=OTHER)
        box(Path("all.mbox"), 3)
        from sesmime.archive import scanning

        def fail(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        before, scanning.count_piece = scanning.count_piece, fail  # type: ignore[assignment]
        try:
            ran = scan("all.mbox", "mail", "-o", "out.jsonl", *argv)
        finally:
            scanning.count_piece = before
        assert (ran.code, ran.err) == (130, "sesmime scan: interrupted; the same command with --resume goes on\n")
        assert Path("out.jsonl.scan").is_dir()

    def test_a_scan_that_was_interrupted_is_not_begun_again_unasked(self) -> None:
        self.interrupt()
        ran = scan("all.mbox", "mail", "-o", "out.jsonl")
        assert ran == (
            2,
            b"",
            (
                "sesmime scan: out.jsonl.scan holds a scan that was interrupted: go on with --resume, or remove"
                " the folder to begin again\n"
            ),
        )
        ran = scan("all.mbox", "mail", "-o", "out.jsonl", "--resume")
        assert ran.code == 1
        expected = [row for source in ("all.mbox", "mail") for row in rows(messages(source))]
        assert [Row(**row) for row in read("out.jsonl")] == expected
        assert not Path("out.jsonl.scan").exists()

    @pytest.mark.parametrize(
        ("sources", "argv", "other"),
        [
            (["mail"], [], "sources"),
            (["all.mbox", "mail"], ["--select", "SES1"], "rules"),
            (["all.mbox", "mail"], ["--interface", "smtp"], "interfaces"),
            (["all.mbox", "mail"], ["--min-level", "error"], "levels (--min-level)"),
            (["all.mbox", "mail"], ["--source", "a@b.example"], "settings"),
            (["all.mbox", "mail"], ["--format", "csv"], "formats"),
            (["all.mbox", "mail"], ["--verified-identity", "b.example"], "verified identities"),
        ],
    )
    def test_another_scan_is_not_gone_on_with(self, sources: list[str], argv: list[str], other: str) -> None:
        self.interrupt()
        ran = scan(*sources, "-o", "out.jsonl", "--resume", *argv)
        assert ran == (
            2,
            b"",
            (
                f"sesmime scan: out.jsonl.scan belongs to a scan with other {other}; give the same, or remove"
                " the folder to begin again\n"
            ),
        )
        assert Path("out.jsonl.scan").is_dir()

    def test_a_source_that_has_changed_is_not_gone_on_with(self) -> None:
        self.interrupt()
        box(Path("all.mbox"), 4)
        ran = scan("all.mbox", "mail", "-o", "out.jsonl", "--resume")
        assert ran == (
            2,
            b"",
            (
                "sesmime scan: all.mbox has changed since the scan was begun; remove the folder out.jsonl.scan to begin"
                " again\n"
            ),
        )

    def test_with_nothing_to_go_on_with_it_begins(self) -> None:
        write(a=OTHER)
        assert scan("mail", "-o", "out.jsonl", "--resume", "--select", "SES101").code == 1
        assert len(read("out.jsonl")) == 1


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_lines_and_csv_need_no_package(form: str) -> None:
    write(a=OTHER)
    program = (
        "import sys\nfor name in ('pyarrow', 'fsspec', 'distributed'): sys.modules[name] = None\n"
        "from sesmime.cli.__main__ import main\nsys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", program, "scan", "mail", "--jobs", "1", "-o"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*words, f"out.{form}"], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr[:8]) == (1, b"Checked ")
    assert b"SES101" in Path(f"out.{form}").read_bytes()
    done = subprocess.run([*words, "out.parquet"], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (
        2,
        "sesmime scan: the format parquet needs another package: pip install 'sesmime[archive]'\n",
    )


def test_a_summary_is_bounded_and_shows_no_control_character() -> None:
    from sesmime.archive.counts import Counts, DomainCount, RuleCount
    from sesmime.linter.findings import Severity

    counts = Counts(1_234_567, 9, 1_000_000, 3)
    counts.severities.update({Severity.ERROR: 1_000, Severity.INFO: 2_000_000})
    for number in range(30):
        counts.rules[f"SES{number}"] = RuleCount("name", Severity.INFO, 2_000 - number, 1)
    counts.domains["a\x1b[31m.example"] = DomainCount(1_000, 10, 2)
    counts.domains[""] = DomainCount(1, 1, 1)
    lines = list(summary(counts, domain_count=40_000, most=2))
    assert lines == [
        (
            "2,001,000 findings (1,000 error, 0 warning, 2,000,000 info) in 1,000,000 of 1,234,567 messages; 3 could"
            " not be checked"
        ),
        "",
        "findings  messages  rule",
        "   2,000         1  SES0 name (info)",
        "   1,999         1  SES1 name (info)",
        "and 28 more",
        "",
        "messages  findings  errors  sender domain",
        r"   1,000        10       2  a\x1b[31m.example",
        "       1         1       1  (none)",
        "and 39,998 more",
    ]
