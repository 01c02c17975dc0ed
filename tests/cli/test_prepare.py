"""`sesmime prepare`: the message, the report, the request; refusals and fixes."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sesmime.cli.as_json
import sesmime.cli.files
import sesmime.cli.terminal
from sesmime import parse
from tests.cli.running import ARN, PLAIN, REPEATED, WELCOME, Ran, run, without_lines


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
            "  bytes              2,063 in, 1,948 out, 1,345 of the body unchanged\n"
        )

    def test_the_account_tells_which_field_a_given_tag_overrules_and_why(self) -> None:
        ran = run("prepare", WELCOME, "--tag", "campaign=spring")
        assert ran.err.splitlines()[1:5] == [
            "  message_tags       campaign=spring (given)",
            "                     overrules X-SES-MESSAGE-TAGS: campaign=winter, kind=welcome",
            "                     SES uses only the tags of the parameter and does not merge",
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
        assert "campaign=spring (given; written to X-SES-MESSAGE-TAGS)\n" in ran.err

    def test_a_source_on_the_api_v2_is_told_to_replace_the_visible_from(self) -> None:
        ran = run("prepare", WELCOME, "--interface", "sesv2", "--source", "Bluebird <hello@bluebird.example>")
        told = " ".join(ran.err.split())
        assert "source Bluebird <hello@bluebird.example> (given) overrules From: Marta at Bluebird Coffee" in told
        assert "replaces the visible From" in told

    def test_of_many_recipients_five_are_named(self) -> None:
        many = [f"--to=u{number}@x.example" for number in range(12)]
        told = " ".join(run("prepare", PLAIN, *many).err.split())
        assert "recipients u0@x.example, u1@x.example, u2@x.example, u3@x.example, u4@x.example, and 7 more" in told

    def test_warnings_are_told_and_do_not_refuse(self) -> None:
        ran = run("prepare", PLAIN, "--tag", "user=joe@x.example")
        assert (ran.code, ran.out) == (0, PLAIN.read_bytes())
        assert f"{PLAIN} (Tags[0]): warning SES511 malformed-tag-parameter\n" in ran.err
        assert "prepared for ses.SendRawEmail\n" in ran.err

    def test_a_fail_level_refuses_for_less_than_errors(self) -> None:
        ran = run("prepare", PLAIN, "--tag", "user=joe@x.example", "--fail-level", "warning")
        assert (ran.code, ran.out) == (1, b"")
        assert ran.err.endswith("refused: 1 finding at or above warning; nothing is written\n")


class TestRefusals:
    def test_a_refusal_tells_the_place_the_rule_the_expected_answer_and_the_remedy(self) -> None:
        ran = run("prepare", REPEATED)
        assert (ran.code, ran.out) == (1, b"")
        assert ran.err == (
            f"{REPEATED}:9:1: error SES101 repeated-field\n"
            "    Content-Type is repeated with a different value; SES accepts it once\n"
            "    expected from SES: Duplicate header 'Content-Type'. [OBSERVED]\n"
            "    fix: remove this field and keep the first (unsafe)\n"
            "refused: 1 error; nothing is written\n"
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
        assert told.startswith(f"{file} (line 3 of the message as sent): info SES514 tags-without-configuration-set\n")

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
        assert ran.err.endswith(f"bytes {' ' * 8}{len(message)} in, {len(ran.out)} out, 6 of the body unchanged\n")

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
            "capped_rules",
            "untold",
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
            "reason": "SES uses only the tags of the parameter and does not merge both",
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
            "parameter",
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
