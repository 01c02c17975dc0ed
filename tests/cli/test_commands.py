"""The command line: what each command writes, tells and answers (DESIGN, section 5)."""

from __future__ import annotations

import base64
import contextlib
import doctest
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest

import sesmime.cli.as_json
import sesmime.cli.files
import sesmime.cli.terminal
from sesmime import __version__, parse
from sesmime.cli.__main__ import COMMANDS, main
from tests.conftest import shared

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "tests" / "data" / "messages"
WELCOME = MESSAGES / "welcome.eml"
PLAIN = MESSAGES / "plain.eml"
REPEATED = MESSAGES / "repeated-content-type.eml"
# The commands that read one message, with what they cannot do without.
READERS: dict[str, tuple[str, ...]] = {
    "prepare": (),
    "show": (),
    "strip": (),
    "forward": ("--sender", "us@example.com", "--to", "me@example.org"),
    "resolve": (),
    "tags": (),
}
ARN = "arn:aws:ses:eu-west-1:123456789012:identity/bluebird.example"


class Ran(NamedTuple):
    """What a run gave."""

    code: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Stream(io.TextIOWrapper):
    """A standard stream that can be read afterwards; on a terminal if it is told so."""

    def __init__(self, *, content: bytes = b"", encoding: str = "utf-8", terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content), encoding=encoding, newline="")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def written(self) -> bytes:
        self.flush()
        content = self.buffer
        assert isinstance(content, io.BytesIO)
        return content.getvalue()


def run(*argv: object, stdin: bytes = b"", encoding: str = "utf-8", terminal: bool = False) -> Ran:
    """Run a command in this process."""
    out, err = (Stream(encoding=encoding, terminal=terminal) for _ in range(2))
    before, sys.stdin = sys.stdin, Stream(content=stdin)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main([str(argument) for argument in argv])
            except SystemExit as leaving:
                code = leaving.code if isinstance(leaving.code, int) else 0
    finally:
        sys.stdin = before
    return Ran(code, out.written(), err.written().decode(encoding))


def process(
    *argv: object, stdin: bytes = b"", stdout: int | IO[bytes] = subprocess.PIPE, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m sesmime` as a process of its own, its output buffered as it usually is."""
    environment = {name: value for name, value in (env or os.environ).items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "sesmime", *(str(argument) for argument in argv)]
    return subprocess.run(
        command, check=False, input=stdin, stdout=stdout, stderr=subprocess.PIPE, env=environment, cwd=ROOT, timeout=60
    )


@pytest.fixture(autouse=True)
def _no_colour_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def without_lines(message: bytes, *starts: bytes) -> bytes:
    """Return a message less the lines that begin so."""
    return b"".join(line for line in message.splitlines(keepends=True) if not line.startswith(starts))


class TestAllCommands:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_each_command_has_help_in_ascii_and_80_columns(self, name: str) -> None:
        ran = run(name, "--help")
        assert ran.code == 0
        assert ran.err == ""
        text = ran.out.decode("ascii")
        assert text.startswith(f"usage: sesmime {name} ")
        told = " ".join(text.split())
        assert COMMANDS[name][1:] in told
        assert max(map(len, text.splitlines())) <= 80

    def test_the_top_help_lists_all_commands(self) -> None:
        ran = run("--help")
        assert ran.code == 0
        for name in COMMANDS:
            assert f"\n    {name} " in ran.out.decode("ascii")

    def test_without_a_command_the_help_goes_to_standard_error(self) -> None:
        ran = run()
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith("usage: sesmime COMMAND")

    def test_version(self) -> None:
        assert run("--version") == Ran(0, f"sesmime {__version__}\n".encode(), "")

    def test_doctests(self) -> None:
        for module in (sesmime.cli.as_json, sesmime.cli.files, sesmime.cli.terminal):
            results = doctest.testmod(module)
            assert results.attempted > 0
            assert results.failed == 0

    @pytest.mark.shared
    @pytest.mark.parametrize("folder", ["corpus", "attacks"])
    def test_no_message_of_others_makes_a_command_fail_or_print_a_control(self, folder: str) -> None:
        files = [file for file in shared(folder).rglob("*") if file.suffix in (".eml", ".txt", ".msg", "")]
        files = [file for file in files if file.is_file()]
        assert files
        for file in files:
            for name, options in READERS.items():
                ran = run(name, *options, file)
                assert ran.code in (0, 1, 2), (name, file)
                told = [ran.err] + ([ran.out.decode()] if name in ("show", "resolve", "tags") else [])
                assert all(line.isprintable() for text in told for line in text.split("\n")), (name, file)


class TestPrepare:
    def test_settings_and_bcc_leave_the_message_and_no_other_byte_changes(self) -> None:
        ran = run("prepare", WELCOME)
        assert ran.code == 0
        assert ran.out == without_lines(WELCOME.read_bytes(), b"X-SES-", b"Bcc:")

    def test_the_account_tells_what_counts_who_receives_and_what_left(self) -> None:
        ran = run("prepare", WELCOME)
        assert ran.err == (
            "prepared for ses.SendRawEmail\n"
            "  message_tags       campaign=winter, kind=welcome (X-SES-MESSAGE-TAGS)\n"
            "  configuration_set  onboarding (X-SES-CONFIGURATION-SET)\n"
            "  sender             marta@bluebird.example (From)\n"
            "  recipients         jonas.weber@example.net, lena.weber@example.net,\n"
            "                     crm@bluebird.example (Bcc)\n"
            "  removed            Bcc, X-SES-CONFIGURATION-SET, X-SES-MESSAGE-TAGS\n"
            "  bytes              2,063 in, 1,948 out, 1,345 of the body untouched\n"
        )

    def test_the_account_tells_which_field_a_given_tag_overrules_and_why(self) -> None:
        ran = run("prepare", WELCOME, "--tag", "campaign=spring")
        assert ran.err.splitlines()[1:5] == [
            "  message_tags       campaign=spring (given)",
            "                     overrules X-SES-MESSAGE-TAGS: campaign=winter, kind=welcome",
            "                     SES uses only the tags of the parameter and does not join",
            "                     both [DOCUMENTED]",
        ]

    def test_quiet_tells_nothing_of_a_clean_message(self) -> None:
        for option in ("-q", "--quiet"):
            assert run("prepare", PLAIN, option) == Ran(0, PLAIN.read_bytes(), "")

    @pytest.mark.parametrize("argv", [["prepare", "-"], ["prepare"]])
    def test_the_message_may_come_from_standard_input(self, argv: list[str]) -> None:
        assert run(*argv, "-q", stdin=PLAIN.read_bytes()) == Ran(0, PLAIN.read_bytes(), "")

    def test_findings_about_standard_input_name_it_so(self) -> None:
        assert run("prepare", stdin=REPEATED.read_bytes()).err.startswith("<stdin>:9:1: error SES101 ")

    def test_line_ends_are_not_normalised(self) -> None:
        unix = PLAIN.read_bytes().replace(b"\r\n", b"\n")
        assert run("prepare", "-q", stdin=unix).out == unix

    def test_no_lift_leaves_settings_and_recipients_where_they_are(self) -> None:
        ran = run("prepare", WELCOME, "--no-lift", "--no-fix")
        assert (ran.code, ran.out) == (0, WELCOME.read_bytes())

    def test_over_smtp_settings_become_fields_and_bcc_leaves(self) -> None:
        given = ["--interface", "smtp", "--tag", "campaign=spring", "--tenant", "bluebird"]
        ran = run("prepare", WELCOME, *given)
        assert ran.code == 0
        section = parse(ran.out).header_section
        assert [field.body for field in section.all("X-SES-MESSAGE-TAGS")] == ["campaign=spring"]
        assert [field.body for field in section.all("X-SES-TENANT")] == ["bluebird"]
        assert [field.body for field in section.all("X-SES-CONFIGURATION-SET")] == ["onboarding"]
        assert "Bcc" not in section
        assert "campaign=spring (given; goes into X-SES-MESSAGE-TAGS)\n" in ran.err

    def test_a_source_on_the_api_v2_is_told_to_replace_the_visible_from(self) -> None:
        ran = run("prepare", WELCOME, "--interface", "sesv2", "--source", "Bluebird <hello@bluebird.example>")
        told = " ".join(ran.err.split())
        assert "source Bluebird <hello@bluebird.example> (given) overrules From: Marta at Bluebird Coffee" in told
        assert "takes the place of the visible From" in told

    def test_of_many_recipients_five_are_named(self) -> None:
        many = [f"--to=u{number}@x.example" for number in range(12)]
        told = " ".join(run("prepare", PLAIN, *many).err.split())
        assert "recipients u0@x.example, u1@x.example, u2@x.example, u3@x.example, u4@x.example, and 7 more" in told

    def test_warnings_are_told_and_do_not_refuse(self) -> None:
        ran = run("prepare", PLAIN, "--tag", "user=joe@x.example")
        assert (ran.code, ran.out) == (0, PLAIN.read_bytes())
        assert f"{PLAIN}: warning SES511 malformed-tag-parameter\n" in ran.err
        assert "prepared for ses.SendRawEmail\n" in ran.err

    def test_a_fail_level_refuses_for_less_than_errors(self) -> None:
        ran = run("prepare", PLAIN, "--tag", "user=joe@x.example", "--fail-level", "warning")
        assert (ran.code, ran.out) == (1, b"")
        assert ran.err.endswith("refused: 1 finding at or above warning; nothing written\n")


class TestRefusals:
    def test_a_refusal_tells_the_place_the_rule_the_expected_answer_and_the_remedy(self) -> None:
        ran = run("prepare", REPEATED)
        assert (ran.code, ran.out) == (1, b"")
        assert ran.err == (
            f"{REPEATED}:9:1: error SES101 repeated-field\n"
            "    Content-Type stands here again, with another text; SES takes it once\n"
            "    expected from SES: Duplicate header 'Content-Type'. [DOCUMENTED]\n"
            "    fix: remove it here, keep the first (unsafe)\n"
            "refused: 1 error; nothing written\n"
        )

    def test_places_are_those_of_the_file_whatever_leaves_the_message(self, tmp_path: Path) -> None:
        file = tmp_path / "a.eml"
        file.write_bytes(
            b"From: joe@a.example\r\nBcc: e@f.example\r\nX-SES-CONFIGURATION-SET: shop\r\nTo: c@d.example\r\n"
            b"Subject: one\r\nBcc: g@h.example\r\nSubject: two\r\n\r\nHello\r\n\rworld\r\n"
        )
        found = [line for line in run("prepare", file).err.splitlines() if line.startswith(str(file))]
        assert found == [
            f"{file}:7:1: error SES101 repeated-field",
            f"{file}:10:1: warning RFC302 lone-cr-in-body",
        ]

    def test_a_finding_about_what_was_written_anew_says_so(self, tmp_path: Path) -> None:
        file = tmp_path / "a.eml"
        file.write_bytes(b"From: joe@a.example\r\nTo: c@d.example\r\n\r\nHi\r\n")
        told = run("prepare", file, "--interface", "smtp", "--tag", "a=b").err
        assert told.startswith(f"{file} (as it would be sent, line 3): info SES514 tags-without-configuration-set\n")

    def test_a_refusal_is_told_even_if_quiet(self) -> None:
        assert "expected from SES: Duplicate header 'Content-Type'." in run("prepare", REPEATED, "-q").err

    @pytest.mark.parametrize("emit", ["message", "request"])
    def test_a_refused_message_writes_no_output(self, emit: str, tmp_path: Path) -> None:
        old = tmp_path / "old"
        old.write_bytes(b"old")
        assert run("prepare", REPEATED, "--emit", emit)[:2] == (1, b"")
        assert run("prepare", REPEATED, "--emit", emit, "-o", tmp_path / "new")[:2] == (1, b"")
        assert run("prepare", REPEATED, "--emit", emit, "-o", old)[:2] == (1, b"")
        assert [file.name for file in tmp_path.iterdir()] == ["old"]
        assert old.read_bytes() == b"old"

    def test_the_report_is_written_even_if_the_message_is_refused(self, tmp_path: Path) -> None:
        ran = run("prepare", REPEATED, "--emit", "report")
        assert ran.code == 1
        assert [finding["name"] for finding in ran.json["findings"]] == ["repeated-field"]
        assert ran.err.endswith("refused: 1 error; only the report is written\n")
        assert run("prepare", REPEATED, "--emit", "report", "-o", tmp_path / "report").code == 1
        assert (tmp_path / "report").read_bytes() == ran.out


# What SES would refuse and nobody can tell apart from its remedy: a field that stands again with the same text, a comma
# too many, a line of more octets than one may have.
FIXABLE = (
    b"From: a@b.example\r\nTo: c@d.example\r\nMIME-Version: 1.0\r\nMIME-Version: 1.0\r\n"
    b"X-SES-MESSAGE-TAGS: a=1,, b=2\r\n\r\n" + b"word " * 250 + b"\r\n"
)


class TestFix:
    def test_what_is_fixed_is_told_by_its_rules(self) -> None:
        ran = run("prepare", stdin=FIXABLE)
        assert ran.code == 0
        told = " ".join(ran.err.split())
        assert "fixed SES101 repeated-field, SES301 long-line, SES501 malformed-message-tags" in told
        # It stood in the message as a field that cannot be read, and is sent.
        assert "X-SES-MESSAGE-TAGS now reads a=1, b=2" in told
        assert "removed X-SES-MESSAGE-TAGS" in told
        assert told.endswith(f"bytes {len(FIXABLE):,} in, {len(ran.out):,} out, the body was fixed")
        assert ran.out.count(b"MIME-Version") == 1
        assert max(map(len, ran.out.splitlines())) <= 78
        assert parse(ran.out).content() == parse(FIXABLE).content()

    def test_over_smtp_the_field_that_stays_is_told_as_it_is_sent(self) -> None:
        ran = run("prepare", "--interface", "smtp", stdin=FIXABLE)
        assert b"\r\nX-SES-MESSAGE-TAGS: a=1, b=2\r\n" in ran.out
        assert "X-SES-MESSAGE-TAGS now reads a=1, b=2\n" in ran.err

    def test_of_a_field_that_was_removed_nothing_is_said_to_be_read(self) -> None:
        ran = run("prepare", stdin=FIXABLE.replace(b"a=1,, b=2", b","))
        assert ran.code == 0
        assert "SES501 malformed-message-tags" in " ".join(ran.err.split())
        assert "now reads" not in ran.err

    def test_a_body_that_is_kept_is_told_so(self) -> None:
        message = FIXABLE.replace(b"word " * 250, b"word")
        ran = run("prepare", stdin=message)
        assert ran.out.endswith(b"\r\n\r\nword\r\n")
        assert ran.err.endswith(f"bytes {' ' * 8}{len(message)} in, {len(ran.out)} out, 6 of the body untouched\n")

    def test_the_report_tells_each_finding_that_was_fixed(self) -> None:
        report = run("prepare", "--emit", "report", "-q", stdin=FIXABLE).json
        applied = {one["code"]: one for one in report["applied"]}
        assert sorted(applied) == ["SES101", "SES301", "SES501"]
        assert len(report["applied"]) == 3
        assert applied["SES101"]["rejection"] == "Duplicate header 'MIME-Version'."
        assert applied["SES101"]["line"] == 4
        assert all(one["severity"] == "ERROR" for one in applied.values())
        assert all(one["fix"]["applicability"] == "safe" for one in applied.values())
        # What is left: tags go nowhere without a configuration set.
        assert [one["code"] for one in report["findings"]] == ["SES514"]
        assert report["bytes_out"] == len(run("prepare", "-q", stdin=FIXABLE).out)

    @pytest.mark.parametrize("emit", ["message", "request", "report"])
    def test_without_fix_it_is_refused(self, emit: str) -> None:
        ran = run("prepare", "--no-fix", "--emit", emit, stdin=FIXABLE)
        assert ran.code == 1
        assert "refused: 3 errors; " in ran.err
        if emit == "report":
            assert ran.json["applied"] == []
            assert ran.json["bytes_out"] == len(FIXABLE)
        else:
            assert ran.out == b""

    def test_a_request_holds_what_was_fixed(self) -> None:
        request = run("prepare", "--emit", "request", "-q", stdin=FIXABLE).json
        assert base64.b64decode(request["RawMessage"]["Data"]) == run("prepare", "-q", stdin=FIXABLE).out
        assert request["Tags"] == [{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}]


class TestReport:
    def test_the_report_has_the_names_of_the_contract(self) -> None:
        report = run("prepare", WELCOME, "--tag", "campaign=spring", "--emit", "report", "-q").json
        assert list(report) == [
            "interface",
            "settings",
            "envelope",
            "findings",
            "applied",
            "removed_fields",
            "bytes_in",
            "bytes_out",
        ]
        assert report["interface"] == "ses.SendRawEmail"
        assert report["findings"] == []
        assert report["applied"] == []
        assert report["removed_fields"] == ["Bcc", "X-SES-CONFIGURATION-SET", "X-SES-MESSAGE-TAGS"]
        assert report["bytes_in"] == len(WELCOME.read_bytes())
        assert report["bytes_out"] == len(run("prepare", WELCOME, "-q").out)

    def test_each_setting_says_what_counts_and_why(self) -> None:
        report = run("prepare", WELCOME, "--tag", "campaign=spring", "--emit", "report", "-q").json
        settings = {one["setting"]: one for one in report["settings"]}
        assert settings["message_tags"] == {
            "setting": "message_tags",
            "value": [{"name": "campaign", "value": "spring"}],
            "origin": "API_PARAMETER",
            "overruled": [{"name": "X-SES-MESSAGE-TAGS", "body": "campaign=winter, kind=welcome"}],
            "reason": "SES uses only the tags of the parameter and does not join both",
            "evidence": "DOCUMENTED",
            "source": "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html",
        }
        assert settings["configuration_set"]["value"] == "onboarding"
        assert settings["configuration_set"]["origin"] == "HEADER_FIELD"
        assert (settings["tenant"]["value"], settings["tenant"]["origin"]) == (None, "UNSET")
        assert all(list(one) == list(settings["message_tags"]) for one in report["settings"])

    def test_values_of_every_kind_are_plain_json(self) -> None:
        given = ["--interface", "sesv2", "--to", "a@x.example", "--cc", "b@x.example", "--bcc", "c@x.example"]
        given += ["--list", "Weekly", "--topic", "Offers", "--tenant", "bluebird"]
        report = run("prepare", PLAIN, *given, "--emit", "report", "-q").json
        settings = {one["setting"]: one["value"] for one in report["settings"]}
        assert settings["destination"] == {"to": ["a@x.example"], "cc": ["b@x.example"], "bcc": ["c@x.example"]}
        assert settings["list_management"] == {"contact_list": "Weekly", "topic": "Offers"}
        assert settings["tenant"] == "bluebird"

    def test_the_envelope_says_where_each_address_comes_from(self) -> None:
        envelope = run("prepare", WELCOME, "--emit", "report", "-q").json["envelope"]
        sender = {"address": "marta@bluebird.example", "origin": "HEADER_FIELD", "field": "From"}
        blind = {"address": "crm@bluebird.example", "origin": "HEADER_FIELD", "field": "Bcc"}
        assert envelope == {
            "sender": sender,
            "feedback": sender,
            "recipients": [
                {"address": "jonas.weber@example.net", "origin": "HEADER_FIELD", "field": "To"},
                {"address": "lena.weber@example.net", "origin": "HEADER_FIELD", "field": "Cc"},
                blind,
            ],
            "bcc": [blind],
        }

    def test_findings_have_the_names_of_finding_and_enumerations_by_name(self) -> None:
        (finding,) = run("prepare", REPEATED, "--emit", "report").json["findings"]
        assert list(finding) == [
            "code",
            "name",
            "severity",
            "evidence",
            "message",
            "span",
            "line",
            "column",
            "part",
            "rejection",
            "fix",
            "url",
        ]
        assert (finding["severity"], finding["evidence"]) == ("ERROR", "DOCUMENTED")
        assert (finding["line"], finding["column"], finding["part"]) == (9, 1, "")
        assert finding["rejection"] == "Duplicate header 'Content-Type'."
        start, stop = finding["span"]
        assert REPEATED.read_bytes()[start:stop] == b"Content-Type"

    def test_the_report_is_ascii_whatever_the_message_holds(self) -> None:
        message = b"From: a@b.example\r\nTo: c@d.example\r\nX-SES-TENANT: caf\xe9 \xe2\x80\xae\x1b\r\n\r\n"
        ran = run("prepare", "--emit", "report", "-q", stdin=message)
        assert ran.out.isascii()
        assert b"\x1b" not in ran.out


class TestRequest:
    def validated(self, service: str, operation: str, request: dict[str, Any]) -> None:
        """Hold a request against the service's own model."""
        from botocore.session import Session
        from botocore.validate import ParamValidator

        shape = Session().get_service_model(service).operation_model(operation).input_shape
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()

    def test_the_request_of_the_api_v1_is_what_the_aws_cli_takes(self) -> None:
        given = ["--tag", "campaign=spring", "--source", "hello@bluebird.example", "--source-arn", ARN]
        given += ["--from-arn", ARN, "--return-path-arn", ARN]
        request = run("prepare", WELCOME, *given, "--emit", "request", "-q").json
        request["RawMessage"]["Data"] = base64.b64decode(request["RawMessage"]["Data"], validate=True)
        assert request == {
            "Source": "hello@bluebird.example",
            "Destinations": ["jonas.weber@example.net", "lena.weber@example.net", "crm@bluebird.example"],
            "SourceArn": ARN,
            "FromArn": ARN,
            "ReturnPathArn": ARN,
            "Tags": [{"Name": "campaign", "Value": "spring"}],
            "ConfigurationSetName": "onboarding",
            "RawMessage": {"Data": run("prepare", WELCOME, *given, "-q").out},
        }
        self.validated("ses", "SendRawEmail", request)

    def test_the_request_of_the_api_v2_is_what_the_aws_cli_takes(self) -> None:
        given = ["--interface", "sesv2", "--list", "Weekly", "--topic", "Offers", "--tenant", "bluebird"]
        given += ["--source-arn", ARN, "--return-path-arn", ARN]
        request = run("prepare", WELCOME, *given, "--emit", "request", "-q").json
        raw = request["Content"]["Raw"]
        raw["Data"] = base64.b64decode(raw["Data"], validate=True)
        assert request == {
            "Destination": {
                "ToAddresses": ["jonas.weber@example.net"],
                "CcAddresses": ["lena.weber@example.net"],
                "BccAddresses": ["crm@bluebird.example"],
            },
            "FromEmailAddressIdentityArn": ARN,
            "FeedbackForwardingEmailAddressIdentityArn": ARN,
            "EmailTags": [{"Name": "campaign", "Value": "winter"}, {"Name": "kind", "Value": "welcome"}],
            "ConfigurationSetName": "onboarding",
            "ListManagementOptions": {"ContactListName": "Weekly", "TopicName": "Offers"},
            "TenantName": "bluebird",
            "Content": {"Raw": {"Data": run("prepare", WELCOME, *given, "-q").out}},
        }
        self.validated("sesv2", "SendEmail", request)

    def test_full_names_of_interfaces_are_taken_too(self) -> None:
        for short, full in (("ses", "ses.SendRawEmail"), ("sesv2", "sesv2.SendEmail.Raw")):
            one, other = (run("prepare", WELCOME, "--interface", name, "--emit", "request") for name in (short, full))
            assert one == other
            assert one.code == 0


class TestOutput:
    def test_output_goes_to_the_file_and_not_to_standard_output(self, tmp_path: Path) -> None:
        target = tmp_path / "out.eml"
        ran = run("prepare", WELCOME, "-o", target, "-q")
        assert ran == Ran(0, b"", "")
        assert target.read_bytes() == run("prepare", WELCOME, "-q").out
        assert list(tmp_path.iterdir()) == [target]

    def test_output_to_a_dash_is_standard_output(self) -> None:
        assert run("prepare", PLAIN, "-q", "-o", "-") == Ran(0, PLAIN.read_bytes(), "")

    @pytest.mark.parametrize("command", ["prepare", "strip"])
    def test_output_may_replace_the_message_that_is_read(self, command: str, tmp_path: Path) -> None:
        file = tmp_path / "message.eml"
        file.write_bytes(WELCOME.read_bytes())
        assert run(command, file, "-o", file, "-q").code == 0
        assert file.read_bytes() == run(command, WELCOME, "-q").out

    @pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
    def test_a_replaced_file_keeps_its_permissions(self, tmp_path: Path) -> None:
        file = tmp_path / "out.eml"
        file.write_bytes(b"old")
        file.chmod(0o606)
        assert run("prepare", PLAIN, "-o", file).code == 0
        assert file.stat().st_mode & 0o777 == 0o606

    @pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights elsewhere")
    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        target = tmp_path / "folder" / "target.eml"
        link = tmp_path / "link.eml"
        link.symlink_to(target)
        assert run("prepare", PLAIN, "-o", link).code == 0
        assert link.is_symlink()
        assert target.read_bytes() == PLAIN.read_bytes()

    def test_what_fails_on_the_way_leaves_the_old_file_and_nothing_beside_it(self, tmp_path: Path) -> None:
        target = tmp_path / "out.eml"
        target.write_bytes(b"old")

        def pieces() -> Iterator[bytes]:
            yield b"new"
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sesmime.cli.files.write_output(pieces(), str(target))
        assert target.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [target]

    def test_output_to_a_device_is_written_as_it_is(self) -> None:
        assert run("prepare", PLAIN, "-o", os.devnull, "-q") == Ran(0, b"", "")


class TestShow:
    def test_a_part_is_written_decoded(self, tmp_path: Path) -> None:
        assert run("show", WELCOME, "--part", "1.1").out.startswith(b"Hello Jonas,\r\n")
        ran = run("show", WELCOME, "--part", "2", "-o", tmp_path)
        assert (tmp_path / "card.svg").read_bytes().startswith(b"<svg")
        assert "card.svg" in ran.err
        again = run("show", WELCOME, "--part", "2", "-o", tmp_path)
        assert (again.code, again.out) == (2, b"")
        assert "is there already" in again.err
        assert run("show", WELCOME, "--part", "2", "-o", tmp_path / "other.svg").code == 0
        assert (tmp_path / "other.svg").read_bytes() == (tmp_path / "card.svg").read_bytes()

    def test_a_part_goes_nowhere_but_into_the_folder(self, tmp_path: Path) -> None:
        inside = tmp_path / "inside"
        inside.mkdir()
        evil = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=../../evil.txt\r\n\r\nx\r\n"
        assert run("show", "--part", "", "-o", inside, stdin=evil).code == 0
        assert [file.name for file in tmp_path.rglob("*")] == ["inside", "evil.txt"]
        assert (inside / "evil.txt").read_bytes() == b"x\r\n"

    def test_a_part_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        ran = run("show", WELCOME, "--part", "7.1")
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err == "sesmime show: there is no part 7.1; there are 1, 1.1, 1.2, 2\n"
        assert run("show", WELCOME, "--part", "1.1", "-o", tmp_path).code == 2
        assert run("show", WELCOME, "-o", tmp_path / "x").err == "sesmime show: -o needs --part\n"

    def test_show_draws_the_tree_and_lists_the_fields(self) -> None:
        ran = run("show", WELCOME)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.decode() == (
            f"{WELCOME}: 2,063 bytes\n"
            "multipart/mixed                               1,345 bytes\n"
            "├─ 1 multipart/alternative                      932 bytes\n"
            "│  ├─ 1.1 text/plain utf-8  quoted-printable    318 bytes\n"
            "│  └─ 1.2 text/html utf-8   quoted-printable    361 bytes\n"
            "└─ 2 image/svg+xml          base64              144 bytes  attachment 'card.svg'\n"
            "\n"
            "Header section\n"
            "  From: Marta at Bluebird Coffee <marta@bluebird.example>\n"
            "  To: Jonas Weber <jonas.weber@example.net>\n"
            "  Cc: Lena Weber <lena.weber@example.net>\n"
            "  Bcc: crm@bluebird.example\n"
            "  Reply-To: Bluebird Coffee <hello@bluebird.example>\n"
            "  Subject: =?utf-8?Q?Welcome_to_Bluebird_=E2=80=93_your_first_bag_is_on_us?=\n"
            "    reads: Welcome to Bluebird – your first bag is on us\n"
            "  Date: Tue, 18 Nov 2025 09:30:00 +0100\n"
            "  Message-ID: <20251118083000.7f3a1c@bluebird.example>\n"
            "  List-Unsubscribe: <https://bluebird.example/u/7f3a1c>,\n"
            "    <mailto:unsubscribe@bluebird.example?subject=7f3a1c>\n"
            "  List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
            "  X-SES-CONFIGURATION-SET: onboarding\n"
            "  X-SES-MESSAGE-TAGS: campaign=winter, kind=welcome\n"
            "  MIME-Version: 1.0\n"
            '  Content-Type: multipart/mixed; boundary="bluebird-mixed"\n'
            "\n"
            "SES fields\n"
            "  configuration_set  onboarding\n"
            "  message_tags       campaign=winter, kind=welcome\n"
        )

    def test_an_attached_message_is_a_branch_and_its_ses_fields_do_not_count(self) -> None:
        text = run("show", MESSAGES / "attached-message.eml").out.decode()
        assert "\n└─ 2 message/rfc822 " in text
        assert "\n   └─ 2.1 text/html us-ascii " in text
        assert "SES fields" not in text

    def test_file_names_are_shown_decoded(self) -> None:
        assert "inline 'etikett – neu.gif'\n" in run("show", MESSAGES / "inline-image.eml").out.decode()

    def test_where_the_encoding_has_no_strokes_the_tree_is_ascii(self) -> None:
        text = run("show", MESSAGES / "inline-image.eml", encoding="ascii").out.decode("ascii")
        assert "\n|- 1 text/html utf-8 " in text
        assert "\n`- 2 image/gif " in text
        assert "inline 'etikett \\u2013 neu.gif'\n" in text

    def test_unknown_repeated_and_malformed_ses_fields_are_told(self) -> None:
        message = b"X-SES-TENANT: a\nX-SES-TENANT: b\nX-SES-MESSAGE-TAGS: x\nX-SES-OTHER: c\n\n"
        told = " ".join(run("show", stdin=message).out.decode().partition("SES fields")[2].split())
        assert told.startswith("tenant a tenant X-SES-TENANT stands here again; the first counts message_tags cannot")
        assert told.endswith("X-SES-OTHER no setting of a sender")

    def test_defects_are_told_with_their_places(self) -> None:
        message = b"From: a@b.example\nno field\nContent-Type: multipart/mixed\n\n"
        text = run("show", stdin=message).out.decode()
        assert "(2 defects)" in text
        assert "\n  message, byte 18: not-a-field, a line without a colon is no field\n" in text
        assert "no-boundary" in text

    def test_of_many_defects_twenty_are_told(self) -> None:
        text = run("show", stdin=b"From: a@b.example\n" + b"no field\n" * 30 + b"\n").out.decode()
        assert text.count("not-a-field") == 20
        assert text.endswith("  and 10 more\n")

    def test_a_deep_tree_is_drawn_within_reason(self) -> None:
        deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(300)) + b"\n"
        lines = run("show", stdin=deep).out.decode().partition("\n\n")[0].splitlines()
        assert len(lines) == 302
        assert max(len(line) for line in lines) < 1_000

    def test_json_has_fields_ses_fields_and_entities(self) -> None:
        shown = run("show", WELCOME, "--json").json
        assert shown["bytes"] == 2063
        assert shown["fields"][3] == {"name": "Bcc", "body": "crm@bluebird.example"}
        assert shown["ses_fields"]["configuration_set"] == "onboarding"
        assert shown["ses_fields"]["message_tags"][0] == {"name": "campaign", "value": "winter"}
        assert [entity["part"] for entity in shown["entities"]] == ["", "1", "1.1", "1.2", "2"]
        last = shown["entities"][-1]
        assert (last["content_type"], last["content_transfer_encoding"]) == ("image/svg+xml", "base64")
        assert (last["disposition"], last["filename"], last["defects"]) == ("attachment", "card.svg", [])
        start, stop = last["body_span"]
        assert WELCOME.read_bytes()[start:stop].startswith(b"PHN2Zy")


class TestStrip:
    def test_strip_removes_the_ses_fields_and_nothing_else(self) -> None:
        ran = run("strip", WELCOME)
        assert ran.out == without_lines(WELCOME.read_bytes(), b"X-SES-")
        assert (ran.code, ran.err) == (0, "removed 2 fields: X-SES-CONFIGURATION-SET, X-SES-MESSAGE-TAGS\n")

    def test_kept_fields_stay(self) -> None:
        ran = run("strip", WELCOME, "--keep", "x-ses-message-tags", "--keep", "X-SES-TENANT", "-q")
        assert ran == Ran(0, without_lines(WELCOME.read_bytes(), b"X-SES-CONFIGURATION-SET"), "")

    def test_what_has_none_stays_as_it_is(self) -> None:
        attached = MESSAGES / "attached-message.eml"
        assert run("strip", attached) == Ran(0, attached.read_bytes(), "no X-SES- field to remove\n")

    def test_a_body_of_several_pieces_is_copied_whole(self, tmp_path: Path) -> None:
        message = b"X-SES-TENANT: a\r\nTo: b@c.example\r\n\r\n" + b"0123456789abcde\n" * 200_000
        target = tmp_path / "out.eml"
        assert run("strip", "-o", target, "-q", stdin=message).code == 0
        assert target.read_bytes() == message.partition(b"\n")[2]


class TestResolve:
    def test_resolve_tells_what_counts_and_who_says_so(self) -> None:
        ran = run("resolve", WELCOME, "--tag", "campaign=spring")
        assert (ran.code, ran.err) == (0, "")
        text = ran.out.decode()
        assert text.startswith("ses.SendRawEmail\n")
        assert "campaign=spring" in text
        assert "X-SES-MESSAGE-TAGS: 'campaign=winter, kind=welcome'" in text
        assert "DOCUMENTED, https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html" in text

    def test_json_has_settings_and_conflicts(self) -> None:
        resolved = run("resolve", WELCOME, "--tag", "campaign=spring", "--json", "--interface", "sesv2").json
        assert list(resolved) == ["interface", "settings", "conflicts"]
        assert resolved["interface"] == "sesv2.SendEmail.Raw"
        (conflict,) = resolved["conflicts"]
        assert list(conflict) == ["setting", "value", "field", "reason"]
        assert conflict["field"] == {"name": "X-SES-MESSAGE-TAGS", "body": "campaign=winter, kind=welcome"}
        tags = [{"name": "campaign", "value": "winter"}, {"name": "kind", "value": "welcome"}]
        assert (conflict["setting"], conflict["value"]) == ("message_tags", tags)

    def test_interfaces_that_take_parameters_alone_can_be_asked_about(self) -> None:
        ran = run("resolve", WELCOME, "--interface", "ses.SendEmail")
        assert ran.code == 0
        assert "reads no X-SES field" in ran.out.decode()


class TestTags:
    def test_tags_are_listed_one_a_line(self) -> None:
        assert run("tags", WELCOME) == Ran(0, b"campaign=winter\nkind=welcome\n", "")

    def test_tags_as_json(self) -> None:
        expected = [{"name": "campaign", "value": "winter"}, {"name": "kind", "value": "welcome"}]
        assert run("tags", WELCOME, "--json").json == expected
        assert run("tags", PLAIN, "--json").json == []

    def test_a_message_without_tags_is_clean_and_says_so(self) -> None:
        assert run("tags", PLAIN) == Ran(0, b"", f"{PLAIN}: there is no field X-SES-MESSAGE-TAGS\n")

    def test_malformed_tags_are_told_and_give_1(self) -> None:
        ran = run("tags", "--body", "a=1, b, c=\u00fc")
        assert (ran.code, ran.out.decode()) == (1, "a=1\nc=ü\n")
        assert ran.err == (
            "--body: 'b': an item without = is no tag\n"
            "--body: 'c=ü': a tag value is made of A-Z a-z 0-9 _ and - alone\n"
        )

    def test_a_repeated_field_is_told_and_gives_1(self) -> None:
        ran = run("tags", stdin=b"X-SES-Message-Tags: a=1\nX-SES-MESSAGE-TAGS: b=2\n\n")
        assert (ran.code, ran.out) == (1, b"a=1\n")
        assert ran.err == "<stdin>: X-SES-MESSAGE-TAGS stands here again, and the first counts [ASSUMED]: b=2\n"

    def test_a_field_is_written_of_tags(self) -> None:
        expected = b"X-SES-MESSAGE-TAGS: campaign=spring, kind=welcome\n"
        assert run("tags", "--format", "campaign=spring", "kind=welcome") == Ran(0, expected, "")


HOSTILE = (
    b"From: a@b.example\r\nTo: c@d.example\r\n"
    b"Subject: \x1b[31mred \xe2\x80\xae \x9b \x07 =?utf-8?B?G1szMW0=?=\r\n"
    b"X-SES-\x1bFOO: 1\r\nX-SES-MESSAGE-TAGS: a\x1b=1\rX-SES-TENANT: b\r\n"
    b'Content-Type: text/plain; name="a\x1b[2J\xe2\x80\xae.txt"\r\n\r\nbody\x1b[2J\x07 \rlone \xff\ttab\xe2\x80\xae\r\n'
)


class TestTerminal:
    @pytest.mark.parametrize("name", READERS)
    @pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
    def test_no_control_character_of_a_message_reaches_a_terminal(
        self, name: str, encoding: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        ran = run(name, *READERS[name], stdin=HOSTILE, terminal=True, encoding=encoding)
        for text in (ran.out.decode(encoding), ran.err):
            for line in text.split("\n"):
                assert line.replace("\t", " ").isprintable(), line

    def test_a_terminal_sees_the_message_with_controls_escaped(self) -> None:
        message = b"From: a@b.example\r\nTo: c@d.example\r\n\r\n\x1b[2J \xe2\x82\xac \xff a\rb\r\n"
        ran = run("prepare", "-q", stdin=message, terminal=True)
        assert ran.out.decode() == "From: a@b.example\nTo: c@d.example\n\n\\x1b[2J € \\xff a\\rb\n"

    def test_a_pipe_gets_the_bytes(self) -> None:
        message = b"From: a@b.example\r\nTo: c@d.example\r\n\r\n\x1b[2J \xff a\rb\r\n"
        assert run("prepare", "-q", stdin=message).out == message

    def test_file_names_are_escaped_too(self) -> None:
        assert run("show", "\x1b[31m\u202ex").err == (
            "sesmime show: \\x1b[31m\\u202ex cannot be read: No such file or directory\n"
        )

    def test_severities_are_coloured_on_a_terminal_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert f"{REPEATED}:9:1: \x1b[31merror\x1b[0m SES101" in run("prepare", REPEATED, terminal=True).err
        assert "\x1b" not in run("prepare", REPEATED).err
        for name, value in (("TERM", "dumb"), ("NO_COLOR", "1")):
            monkeypatch.setenv(name, value)
            assert "\x1b" not in run("prepare", REPEATED, terminal=True).err

    def test_without_rich_or_colours_the_tree_is_plain_on_a_terminal_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = run("show", WELCOME).out
        monkeypatch.setitem(sys.modules, "rich.console", None)
        assert run("show", WELCOME, terminal=True).out == plain
        monkeypatch.delitem(sys.modules, "rich.console")
        monkeypatch.setenv("NO_COLOR", "1")
        assert run("show", WELCOME, terminal=True).out == plain

    @pytest.mark.edges
    def test_rich_draws_the_same_tree_in_colours(self) -> None:
        pytest.importorskip("rich")
        from rich.text import Text

        coloured = run("show", WELCOME, terminal=True).out.decode()
        assert "\x1b[" in coloured
        words = Text.from_ansi(coloured).plain.split()
        assert words == run("show", WELCOME).out.decode().split()

    @pytest.mark.edges
    def test_on_a_narrow_terminal_the_tree_loses_neither_sizes_nor_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("rich")
        monkeypatch.setenv("COLUMNS", "40")
        assert run("show", WELCOME, terminal=True).out == run("show", WELCOME).out
        assert b"attachment 'card.svg'" in run("show", WELCOME, terminal=True).out

    def test_a_long_read_is_told_of_on_a_terminal_and_wiped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seconds = iter(range(100))
        monkeypatch.setattr("sesmime.cli.files.time.monotonic", lambda: float(next(seconds)))
        monkeypatch.setenv("NO_COLOR", "1")
        message = PLAIN.read_bytes() + b"a line\r\n" * 400_000
        ran = run("strip", "-o", os.devnull, "-q", stdin=message, terminal=True)
        assert ran.code == 0
        assert ran.err.startswith("\r1 MB read\r2 MB read\r3 MB read")
        assert ran.err.endswith("\r" + " " * len("3 MB read") + "\r")

    def test_whoever_types_a_message_is_told_how_to_end_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Stream, "isatty", lambda self: True)
        monkeypatch.setenv("NO_COLOR", "1")
        assert "end it with Ctrl-D\n" in run("prepare", stdin=PLAIN.read_bytes()).err


class TestProcesses:
    def test_python_m_sesmime_prepares_a_message(self) -> None:
        done = process("prepare", WELCOME)
        assert done.returncode == 0
        assert done.stdout == without_lines(WELCOME.read_bytes(), b"X-SES-", b"Bcc:")
        assert done.stderr.startswith(b"prepared for ses.SendRawEmail\n")

    def test_a_message_goes_through_pipes_byte_for_byte(self) -> None:
        message = b"From: a@b.example\nTo: c@d.example\r\n\r\n\0\r\n\n\r" + bytes(range(256)) * 10
        done = process("strip", "-q", stdin=message)
        assert (done.returncode, done.stdout, done.stderr) == (0, message, b"")

    @pytest.mark.parametrize("name", READERS)
    def test_the_c_locale_and_ascii_streams_do_no_harm(self, name: str) -> None:
        environment = os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"}
        done = process(name, *READERS[name], stdin=HOSTILE, env=environment)
        assert done.returncode in (0, 1)
        assert b"Traceback" not in done.stderr
        assert done.stderr.isascii()
        if name not in ("prepare", "strip", "forward"):
            assert done.stdout.isascii()

    @pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
    @pytest.mark.parametrize("argv", [["show", WELCOME], ["prepare", WELCOME, "-q"], ["--version"], ["show", "--help"]])
    def test_a_broken_pipe_is_silent(self, argv: list[object]) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = process(*argv, stdout=writing)
        finally:
            os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
    def test_a_full_disk_is_told_in_one_sentence(self) -> None:
        with Path("/dev/full").open("wb") as full:
            done = process("show", WELCOME, stdout=full)
        assert done.returncode == 2
        assert done.stderr == b"sesmime: standard output cannot be written: No space left on device\n"
        done = process("prepare", WELCOME, "-o", "/dev/full")
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr == b"sesmime prepare: /dev/full cannot be written: No space left on device\n"

    @pytest.mark.skipif(os.name != "posix", reason="the shell of POSIX")
    @pytest.mark.parametrize("name", READERS)
    def test_closed_streams_are_told_and_raise_nothing(self, name: str) -> None:
        for closed, told in ((">&-", b"no standard output"), ("<&-", b"no standard input"), ("2>&-", b"")):
            options = " ".join(READERS[name])
            command = f'"{sys.executable}" -m sesmime {name} {options} {closed}'
            done = subprocess.run(command, shell=True, check=False, capture_output=True, input=b"", cwd=ROOT)
            assert done.returncode == 2
            assert told in done.stderr
            assert b"Traceback" not in done.stderr

    def test_an_interrupt_is_quiet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_: object) -> Iterator[bytes]:
            raise KeyboardInterrupt

        monkeypatch.setattr("sesmime.cli.files.read_pieces", interrupted)
        assert run("prepare") == Ran(130, b"", "")

    def test_the_start_imports_nothing_that_the_run_does_not_need(self) -> None:
        heavy = ("rich", "boto3", "botocore", "email", "json", "tempfile", "base64", "pathlib", "shutil")
        code = f"""if True:
            import sys
            import sesmime.cli.__main__ as cli
            print([name for name in {heavy} if name in sys.modules])
            cli.main(["prepare", {str(WELCOME)!r}, "-q", "-o", {os.devnull!r}])
            print([name for name in {heavy} if name in sys.modules])
        """
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
        assert done.stdout == "[]\n[]\n"
