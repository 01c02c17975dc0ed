"""The benchmarks: the messages are what their descriptions say, and both halves of each job do the same work.

Nothing here looks at a time.
"""

from __future__ import annotations

import base64
import dataclasses
import doctest
import email
import email.message
import functools
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks import archives, comparing, corpus, measure, memory, peers, table
from benchmarks.__main__ import main
from benchmarks.jobs import JOBS, Figure, Job, job_named
from benchmarks.workloads import NAMES, SES_FIELDS, WORKLOADS, make
from tests.conftest import shared

# The first sixteen digits of SHA-256. They change only where a workload is meant to change.
DIGESTS = {
    "tiny": "d85e601d85a8773f",
    "txn": "fcb499c307ffd24d",
    "att3": "dd6941f3b94ce580",
    "big1": "255c9751caad816a",
    "parts400": "67ff431a9370498e",
    "nest50": "dcc16780705061b9",
    "nest1500": "466d1d60ec1ec0b8",
    "headers5k": "11bfd457c7cacf6e",
    "advbound": "1ccdeaa327b38a0c",
    "advlong": "7f5035b0716f8a78",
    "adv8bit": "bc658b983cc422f2",
}

# Entities, multiparts and the message itself counted; the library cannot read nest1500.
ENTITIES = {
    "tiny": 1,
    "txn": 5,
    "att3": 5,
    "big1": 3,
    "parts400": 402,
    "nest50": 101,
    "headers5k": 1,
    "advbound": 3,
    "advlong": 1,
    "adv8bit": 3,
}

made = functools.cache(make)


@functools.lru_cache(maxsize=1)
def parsed(name: str) -> email.message.Message:
    return email.message_from_bytes(made(name))


@pytest.fixture(scope="module", autouse=True)
def _large_messages_go_at_the_end() -> Iterator[None]:
    yield
    made.cache_clear()
    parsed.cache_clear()


# ------------------------------------------------------------------------------------------------ the workloads


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_workload_is_the_same_bytes_each_time(name: str) -> None:
    again = make(name)
    assert again == made(name)
    assert hashlib.sha256(again).hexdigest()[:16] == DIGESTS[name]


def test_the_sizes_are_those_of_the_measured_facts() -> None:
    assert {workload.name: workload.size for workload in WORKLOADS} == {name: len(made(name)) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_workload_has_each_ses_field_once(name: str) -> None:
    section = made(name).partition(b"\r\n\r\n")[0]
    for field in SES_FIELDS:
        assert len(re.findall(rb"(?mi)^" + field.encode() + rb": \S", section)) == 1
        assert made(name).count(field.encode()) == 1


@pytest.mark.parametrize("name", [name for name in NAMES if name != "adv8bit"])
def test_lines_end_at_crlf_alone(name: str) -> None:
    message = made(name)
    assert message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r")
    assert message.endswith(b"\r\n")


def test_adv8bit_has_all_line_endings_and_no_closing_boundary() -> None:
    message = made("adv8bit")
    assert re.search(rb"[^\r]\n", message)
    assert re.search(rb"\r[^\n]", message)
    assert b"\r\n" in message
    assert b"--open_0001--" not in message
    assert any(octet > 127 for octet in message.partition(b"\r\n\r\n")[0])
    assert "Grüße".encode() in message
    assert "déjà".encode("latin-1") in message


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), ENTITIES.items())
def test_a_workload_has_the_entities_of_its_description(name: str, count: int) -> None:
    entities = list(parsed(name).walk())
    assert len(entities) == count
    defects = [type(defect).__name__ for entity in entities for defect in entity.defects]
    assert defects == (["CloseBoundaryNotFoundDefect"] if name == "adv8bit" else [])


def test_txn_is_a_transactional_mail() -> None:
    assert [entity.get_content_type() for entity in parsed("txn").walk()] == [
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [("att3", 3), ("big1", 1), ("parts400", 400)])
def test_attachments_are_base64_of_76_characters_a_line(name: str, count: int) -> None:
    leaves = [part for part in parsed(name).walk() if part.get_filename()]
    assert len(leaves) == len({part.get_filename() for part in leaves}) == count
    for part in leaves[:3]:
        text = part.get_payload()
        assert isinstance(text, str)
        lines = text.splitlines()
        assert {len(line) for line in lines} == {76}
        assert len(base64.b64decode("".join(lines), validate=True)) == 57 * len(lines)


def test_nest1500_has_1500_levels() -> None:
    message = made("nest1500")
    assert message.count(b"multipart/mixed; boundary=b") == 1_500
    assert len(re.findall(rb"(?m)^--b\d{4}\r$", message)) == 1_500
    assert len(re.findall(rb"(?m)^--b\d{4}--\r$", message)) == 1_500


def test_headers5k_has_2500_folded_fields() -> None:
    fields = re.findall(rb"(?m)^X-Field-\d{4}: .*\r\n .*\r\n", made("headers5k"))
    assert len(fields) == 2_500


def test_nearly_every_line_of_advbound_is_nearly_a_boundary() -> None:
    lines = made("advbound").splitlines()
    near = [line for line in lines if re.match(rb"(?i)-+bnd_000", line)]
    assert len(near) > 0.99 * len(lines)
    assert lines.count(b"--bnd_0001") == 2
    assert lines.count(b"--bnd_0001--") == 1


def test_advlong_has_two_long_lines_and_nul() -> None:
    lengths = sorted(map(len, made("advlong").split(b"\r\n")), reverse=True)
    assert lengths[0] > 14_990_000
    assert lengths[1] > 1_000_000
    assert lengths[2] < 100
    assert b"\0" in made("advlong")


# ----------------------------------------------------------------------------------------------------- the jobs


def header_names(message: Any) -> list[str]:
    return list(email.message_from_bytes(bytes(message)).keys())


def joined(chunks: list[bytes | memoryview]) -> bytes:
    return b"".join(chunks)


def requested(request: dict[str, Any]) -> dict[str, Any]:
    """Return a request with the message as its fields' names and the recipients in order."""
    shown = dict(request, Destinations=sorted(request["Destinations"]))
    shown["RawMessage"] = header_names(request["RawMessage"]["Data"])
    return shown


def shape(message: Any) -> list[tuple[str, list[str]]]:
    return [(part.get_content_type(), part.keys()) for part in message.walk()]


def read_back(written: bytes) -> list[tuple[str | None, object]]:
    """Return what readers see of a message: its fields and the contents of its leaves."""
    parts = email.message_from_bytes(written, policy=email.policy.SMTP).walk()
    leaves = [(part.get_filename(), part.get_payload(decode=True)) for part in parts if not part.is_multipart()]
    message = email.message_from_bytes(written, policy=email.policy.SMTP)
    return [*leaves, *((name, str(message[name])) for name in ("From", "To", "Subject"))]


def same(result: object) -> object:
    return result


def found_by_lint(report: Any) -> tuple[bool, bool]:
    names = {finding.name for finding in report}
    return "repeated-field" in names, bool(names & {"long-line", "lone-cr", "lone-lf", "lone-cr-in-body"})


def found_by_hand(checked: Any) -> tuple[bool, bool]:
    return bool(checked.repeated), bool(checked.long_or_broken)


def copies(made: list[Any]) -> list[Any]:
    # Each half builds its own message: the Message-ID, the Date and the boundaries differ.
    return [(one.parameters, one.envelope, [finding.code for finding in one.report]) for one in made]


# How the results of both halves are looked at, so that they compare. Jobs measured against a yardstick are not here.
VIEWS: dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]] = {
    "parse": (lambda entity: len(list(entity.walk())), lambda message: len(list(message.walk()))),
    "parse_headers_read": (same, same),
    "parse_fields_read": (same, same),
    "walk": (same, same),
    "strip": (header_names, header_names),
    "edit_chunks": (lambda chunks: header_names(joined(chunks)), header_names),
    "prepare": (lambda prepared: requested(prepared.to_request()), requested),
    "lint": (found_by_lint, found_by_hand),
    "lint_modern": (found_by_lint, found_by_hand),
    "build": (read_back, read_back),
    "readdress": (lambda chunks: read_back(joined(chunks)), read_back),
    "decode": (same, same),
    "message_from_bytes": (shape, shape),
    "policy": (read_back, read_back),
    "mail_read": (same, same),
    "mail_fields_read": (same, same),
    "mail_message_from_bytes": (shape, shape),
    "prepare_many": (copies, copies),
    "prepare_list": (copies, copies),
}
YARDSTICKS = {
    *("mail_read_least", "mail_fields_least", "count", "scan", "copy"),
    *("mail_lint", "mail_lint_floor", "mail_lint_looks", "start"),
}


def workload(job: Job, name: str) -> bytes:
    """Return a message as a job takes it: those about real mail take a row of messages."""
    message = made(name)
    return corpus.packed([b"To: a@b.example\r\n\r\n", message]) if job.workloads == (corpus.CORPUS,) else message


def built(job: Job) -> Job:
    if missing := job.missing():
        pytest.skip(f"not built yet: {', '.join(missing)}")
    return job


def test_each_job_is_compared_or_has_a_yardstick() -> None:
    assert {job.name for job in JOBS} == VIEWS.keys() | YARDSTICKS


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_targets_are_for_workloads_of_the_job(job: Job) -> None:
    assert set(job.workloads) <= {*NAMES, corpus.CORPUS}
    assert job.targets.keys() | job.memory_targets.keys() <= set(job.workloads)


@pytest.mark.parametrize("name", ["tiny", "txn"])
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_both_halves_of_a_job_run_and_agree(job: Job, name: str) -> None:
    ours, theirs = built(job).ours(workload(job, name))(), job.theirs(workload(job, name))()
    if job.name in VIEWS:
        view_ours, view_theirs = VIEWS[job.name]
        assert view_ours(ours) == view_theirs(theirs)


def test_the_yardstick_of_copy_is_a_copy() -> None:
    message = made("tiny")
    copy = job_named("copy").theirs(message)()
    assert copy == message
    assert copy is not message


@pytest.mark.parametrize("name", job_named("scan").workloads)
def test_the_yardstick_of_scan_reads_everything(name: str) -> None:
    assert job_named("scan").theirs(made(name))() == -1


def test_strip_and_edit_leave_the_body() -> None:
    message = made("txn")
    body = message.partition(b"\r\n\r\n")[2]
    stripped = built(job_named("strip")).ours(message)()
    edited = joined(built(job_named("edit_chunks")).ours(message)())  # type: ignore[arg-type]
    assert isinstance(stripped, bytes)
    assert stripped.partition(b"\r\n\r\n")[2] == edited.partition(b"\r\n\r\n")[2] == body


# --------------------------------------------------------------------------------------------- measuring, tables


def a_job(**facts: Any) -> Job:
    usual: dict[str, Any] = {
        "name": "parse",
        "ours": lambda message: lambda: len(message),
        "theirs": lambda message: lambda: len(message),
        "our_words": "len",
        "their_words": "len",
        "needs": (),
    }
    return Job(**{**usual, **facts})


def broken(message: bytes) -> Callable[[], object]:
    def fail() -> object:
        raise RecursionError("too deep\nreally")

    return fail


@pytest.mark.slow
def test_a_run_has_one_ratio_for_each_pair() -> None:
    result = measure.run(a_job(), "tiny", b"abc", repeat=3, batch=1e-6)
    assert len(result.ours) == len(result.theirs) == len(result.ratios) == 3
    assert result.size == 3
    assert result.reached is None
    assert table.problems([result]) == ""


@pytest.mark.slow
def test_a_failing_library_is_shown_and_ours_still_timed() -> None:
    job = a_job(theirs=broken, targets={"nest1500": 1.0})
    result = measure.run(job, "nest1500", b"abc", repeat=2, batch=1e-6)
    assert len(result.ours) == 2
    assert result.ratios == result.theirs == ()
    assert result.reached is True
    assert "fails" in table.times_row(result)
    assert "theirs: RecursionError: too deep" in table.problems([result])


@pytest.mark.slow
def test_ours_failing_misses_the_target() -> None:
    result = measure.run(a_job(ours=broken, targets={"tiny": 1.0}), "tiny", b"abc", repeat=2, batch=1e-6)
    assert result.ours == ()
    assert result.reached is False
    assert table.times_row(result).endswith("NO")


def test_ratios_read_as_the_figure_of_the_job_says() -> None:
    facts: dict[str, Any] = {"workload": "tiny", "size": 3, "ours": (1.0, 2.0), "theirs": (4.0, 4.0)}
    faster = measure.Result(job=a_job(targets={"tiny": 3.0}), **facts)
    longer = measure.Result(job=a_job(targets={"tiny": 0.3}, figure=Figure.TIMES_AS_LONG), **facts)
    assert faster.ratios == (4.0, 2.0)
    assert longer.ratios == (0.25, 0.5)
    assert faster.reached is True
    assert longer.reached is False


def test_a_job_whose_names_are_missing_says_which() -> None:
    job = a_job(needs=("parse", "no_such_name", "Entity.no_such_attribute"))
    assert job.missing()[-2:] == ("no_such_name", "Entity.no_such_attribute")
    assert "not built yet: sesmime has no no_such_name" in table.missing_row(job, job.missing()[-2:])


def test_the_examples_in_the_table_module_hold() -> None:
    assert doctest.testmod(table).failed == 0


@pytest.mark.parametrize("module", [comparing, corpus])
def test_the_examples_of_other_modules_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


# -------------------------------------------------------------------------------------------- real mail, two runs


def test_a_cut_row_of_messages_is_refused() -> None:
    with pytest.raises(ValueError, match="no row"):
        corpus.unpacked(corpus.packed([b"abc"])[:-1])


@pytest.mark.shared
@pytest.mark.slow
def test_the_corpus_is_a_row_of_messages_that_the_library_reads() -> None:
    shared("corpus")
    messages = corpus.unpacked(corpus.make())
    assert len(messages) > 500
    assert all(len(list(email.message_from_bytes(message).walk())) for message in messages)


def test_time_of_children_counts() -> None:
    begun = measure.spent()
    subprocess.run([sys.executable, "-c", "for _ in range(3_000_000): pass"], check=True)
    assert sys.platform == "win32" or measure.spent() > begun + 0.01


def figures(job: str, figure: Figure, ratio: float) -> dict[str, Any]:
    return {"job": job, "workload": "tiny", "figure": figure.name, "ratio": {"median": ratio}}


def test_a_comparison_marks_what_is_worse_whichever_way_its_ratio_reads() -> None:
    faster, longer = Figure.TIMES_FASTER, Figure.TIMES_AS_LONG
    then = [figures("a", faster, 8), figures("b", longer, 1), figures("c", faster, 1), figures("gone", faster, 1)]
    now = [figures("a", faster, 7.1), figures("b", longer, 1.2), figures("c", faster, 2), {**then[3], "ratio": None}]
    shown = comparing.compared({"results": then}, {"results": now}).splitlines()
    assert [line.split()[0] for line in shown if line.endswith("WORSE")] == ["a", "b"]
    assert shown[-1] == "3 compared, 2 worse by more than 10 %"


@pytest.mark.slow
def test_a_saved_run_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    arguments = ["--quick", "--jobs", "parse", "--workloads", "tiny", "--repeat", "1"]
    assert main([*arguments, "--save", str(file)]) == 0
    assert main([*arguments, "--compare", str(file)]) == 0
    assert re.search(r"(?m)^1 compared, [01] worse by more than 10 %$", capsys.readouterr().out)
    file.write_text("[]")
    with pytest.raises(SystemExit):
        main([*arguments, "--compare", str(file)])
    assert "holds no figures" in capsys.readouterr().err


@pytest.mark.parametrize("peer", peers.PEERS, ids=lambda peer: peer.job.name)
def test_a_peer_reads_real_mail(peer: peers.Peer) -> None:
    if not peer.is_present:
        pytest.skip(f"{peer.package} is not installed")
    result = peers.measure_peer(peer, corpus.packed([made("tiny"), made("txn")]), repeat=1)
    assert result is not None
    assert len(result.ratios) == 1
    assert result.their_problem == ""


def test_a_peer_that_is_not_installed_is_left_out() -> None:
    absent = dataclasses.replace(peers.PEERS[0], package="no_such_package")
    assert peers.measure_peer(absent, b"", repeat=1) is None


def test_a_traced_peak_counts_the_result() -> None:
    assert 1_000_000 <= memory.traced_peak(lambda: bytes(1_000_000)) < 1_010_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_resident_peak_comes_from_a_fresh_process(tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_bytes(made("att3"))
    peak = memory.resident_peak(job_named("copy"), "theirs", file)
    if peak is None:
        pytest.skip("this system does not tell")
    assert 9_000_000 < peak < 12_000_000


@pytest.mark.slow
def test_the_command_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    arguments = ["--jobs", "parse,strip", "--workloads", "tiny", "--repeat", "1", "--memory", "--json", str(file)]
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "Only the ratios within this run count" in shown.out
    assert re.search(r"(?m)^job +workload +ours +theirs +ratio", shown.out)
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["repeat"] == 1
    expected = [name for name in ("parse", "strip") if not job_named(name).missing()]
    assert [result["job"] for result in report["results"]] == expected
    assert [peaks["job"] for peaks in report["memory"]] == expected


@pytest.mark.parametrize("arguments", [["--jobs", "nonsense"], ["--workloads", "tiny,huge"], ["--repeat", "0"]])
def test_wrong_usage_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m benchmarks" in capsys.readouterr().err


def test_the_archives_of_the_benchmark_are_read_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks.archives", "--gigabytes", "0.0005"])
    archives.main()
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split()[:2] for row in rows] == [
        ["box.mbox", "find"],
        ["box.mbox", "whole"],
        ["box.mbox", "pieces"],
        ["mail.tar", "pieces"],
        ["box.mbox.gz", "pieces"],
        ["mail.zip", "pieces"],
    ]
