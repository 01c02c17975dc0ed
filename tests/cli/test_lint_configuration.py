"""The settings of `sesmime lint`: options, and `[tool.sesmime.lint]`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sesmime.cli.formats import FORMATS
from tests.cli.linting import CLEAN, SAME, lint, offer, write
from tests.cli.running import Ran, run

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


class TestSettings:
    def test_wrong_settings_are_findings(self) -> None:
        write("a.eml", CLEAN)
        ran = run("lint", "a.eml", "--tag", "a b=c", "--select", "SES511", "--output-format", "concise")
        assert ran.code == 1
        assert ran.out.startswith(b"a.eml: SES511 ")

    def test_what_has_not_the_form_of_an_argument_is_wrong_usage(self) -> None:
        write("a.eml", CLEAN)
        for argv, told in (
            (["--tag", "novalue"], "--tag: 'novalue' is not a message tag; write NAME=VALUE"),
            (["--interface", "x"], "--interface: 'x' is not an interface; choose from ses, sesv2, smtp, "),
            (["--topic", "x"], "--topic needs --list"),
        ):
            ran = run("lint", "a.eml", *argv)
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith(f"sesmime lint: {told}")

    def test_an_unsupported_setting_is_a_finding(self) -> None:
        write("a.eml", CLEAN)
        argv = ["--tenant", "x", "--select", "SES512", "--output-format", "json"]
        (told,) = run("lint", "a.eml", *argv).json
        assert [one["code"] for one in told["findings"]] == ["SES512"]
        (told,) = run("lint", "a.eml", *argv, "--interface", "sesv2").json
        assert (told["interface"], told["findings"]) == ("sesv2.SendEmail.Raw", [])

    def test_the_command_line_overrules_a_request_setting_by_setting(self) -> None:
        tags = [{"Name": "a b", "Value": "c"}]
        write("r.json", json.dumps({"RawMessage": {"Data": CLEAN.decode()}, "Tags": tags}).encode())
        argv = ["r.json", "--select", "SES511,SES512", "--output-format", "json"]
        (told,) = run("lint", *argv).json
        assert (told["interface"], [one["code"] for one in told["findings"]]) == ("ses.SendRawEmail", ["SES511"])
        (told,) = run("lint", *argv, "--tag", "a=c").json
        assert told["findings"] == []
        (told,) = run("lint", *argv, "--interface", "smtp").json
        assert told["interface"] == "smtp"
        assert "SES512" in [one["code"] for one in told["findings"]]

    def test_verified_identities_may_be_given(self) -> None:
        write("a.eml", CLEAN)
        argv = ["lint", "a.eml", "--select", "SES214", "--output-format", "json"]
        for identity, is_found in (("b.example", False), ("other.example", True)):
            (told,) = run(*argv, "--verified-identity", identity).json
            assert bool(told["findings"]) == is_found, identity


def configure(text: str, folder: str = ".") -> Path:
    return write(f"{folder}/pyproject.toml", text.encode())


NO_INTERFACE = "'v3' is not an interface; choose from ses, sesv2, smtp, or a full name such as sesv2.SendEmail.Raw"


class TestConfiguration:
    def found(self, *argv: object) -> bool:
        ran = run("lint", *argv, "--output-format", "concise")
        assert ran.code in (0, 1), ran.err
        return b" SES101 " in ran.out

    def test_select_and_ignore_are_read(self) -> None:
        write("a.eml")
        assert self.found("a.eml")
        configure('[tool.sesmime.lint]\nignore = ["SES1"]\n')
        assert not self.found("a.eml")
        configure('[tool.sesmime.lint]\nselect = ["RFC"]\n')
        assert not self.found("a.eml")
        configure('[tool.sesmime.lint]\nselect = ["RFC"]\nextend-select = ["SES101"]\n')
        assert self.found("a.eml")

    def test_the_command_line_wins(self) -> None:
        write("a.eml")
        configure('[tool.sesmime.lint]\nselect = ["RFC"]\nignore = ["SES101"]\n')
        assert self.found("a.eml", "--select", "SES101")
        assert self.found("a.eml", "--extend-select", "SES1")
        assert not self.found("a.eml", "--extend-select", "SES1", "--ignore", "SES101")
        assert not self.found("a.eml")
        configure('[tool.sesmime.lint]\nselect = ["SES101"]\n')
        assert not self.found("a.eml", "--ignore", "SES101")

    def test_files_may_ignore_rules_whatever_is_selected(self) -> None:
        configure('[tool.sesmime.lint.per-file-ignores]\n"old/**/*.eml" = ["SES1"]\n"draft-*" = ["SES101"]\n')
        for name, is_found in (
            ("a.eml", True),
            ("old/a.eml", False),
            ("old/b/c.eml", False),
            ("new/old/a.eml", True),
            ("new/draft-1.eml", False),
        ):
            file = write(name)
            assert self.found(file, "--select", "SES101") == is_found, name
            assert self.found(file.resolve(), "--select", "SES101") == is_found, name
        run("lint", "--fix", "old")
        assert Path("old/a.eml").read_bytes() == SAME
        assert lint("--stdin-filename", "old/x.eml", stdin=SAME).code == 0

    def test_files_may_be_left_out_of_folders(self) -> None:
        for name in ("new/a.eml", "old/a.eml", "old/draft-1.eml", "b.eml"):
            write(name)

        def checked(*argv: object) -> list[str]:
            ran = run("lint", "--output-format", "concise", "--select", "SES101", *argv)
            return sorted(line.split(":")[0] for line in ran.out.decode().splitlines())

        assert checked(".") == ["b.eml", "new/a.eml", "old/a.eml", "old/draft-1.eml"]
        configure('[tool.sesmime.lint]\nexclude = ["old"]\n')
        assert checked(".") == ["b.eml", "new/a.eml"]
        assert checked(".", "--exclude", "new,b.*") == ["old/a.eml", "old/draft-1.eml"]
        assert checked(".", "--exclude", "old/draft-*", "--exclude", "new/*.eml") == ["b.eml", "old/a.eml"]
        assert checked("old/a.eml") == ["old/a.eml"]
        ran = run("lint", "old", "--exclude", "*.eml")
        assert (ran.code, ran.err) == (2, "sesmime lint: old contains no *.eml or mbox file and is not a Maildir\n")

    def test_interface_fail_level_identities_and_format_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("a.eml", CLEAN)
        offer(monkeypatch, "of_another_package:noticed")
        configure(
            '[tool.sesmime.lint]\nselect = ["TST", "SES214"]\ninterface = "sesv2"\nfail-level = "info"\n'
            'verified-identities = ["other.example"]\noutput-format = "json"\n'
        )
        ran = run("lint", "a.eml")
        assert ran.code == 1
        (told,) = ran.json
        assert told["interface"] == "sesv2.SendEmail.Raw"
        assert {"TST001", "SES214"} == {one["code"] for one in told["findings"]}
        ran = run("lint", "a.eml", "--interface", "smtp", "--fail-level", "error", "--verified-identity", "b.example")
        (told,) = ran.json
        assert (ran.code, told["interface"]) == (0, "smtp")
        assert {one["code"] for one in told["findings"]} == {"TST001"}

    def test_a_request_keeps_its_own_interface(self) -> None:
        configure('[tool.sesmime.lint]\ninterface = "smtp"\n')
        write("r.json", json.dumps({"Content": {"Raw": {"Data": CLEAN.decode()}}}).encode())
        (told,) = run("lint", "r.json", "--output-format", "json").json
        assert told["interface"] == "sesv2.SendEmail.Raw"

    def test_the_nearest_file_that_speaks_of_sesmime_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        configure('[tool.sesmime.lint]\nignore = ["SES101"]\n')
        configure("[tool.ruff]\nline-length = 1\n", "sub/folder")
        file = write("sub/folder/a.eml").resolve()
        monkeypatch.chdir("sub/folder")
        assert not self.found(file)
        configure("[tool.sesmime]\n")
        assert self.found(file)

    def test_a_file_may_be_given_or_none_be_read(self) -> None:
        write("a.eml")
        configure('[tool.sesmime.lint]\nignore = ["SES101"]\n')
        other = write("other.toml", b'[tool.sesmime.lint]\nselect = ["SES101"]\n')
        assert self.found("a.eml", "--isolated")
        assert self.found("a.eml", "--config", other)
        assert not self.found("a.eml")
        ran = run("lint", "a.eml", "--isolated", "--config", other)
        assert (ran.code, ran.out) == (2, b"")
        write("none.toml", b"")
        ran = run("lint", "a.eml", "--config", "none.toml")
        assert ran == Ran(2, b"", "sesmime lint: none.toml has no table [tool.sesmime.lint]\n")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[tool.sesmime.lint]\nslect = []", "[tool.sesmime.lint] has no key 'slect'; did you mean select?"),
            ("[tool.sesmime.lint]\nselect = 'SES1'", "select in [tool.sesmime.lint]: must be a list of strings"),
            ("[tool.sesmime.lint]\nignore = [1]", "ignore in [tool.sesmime.lint]: must be a list of strings"),
            (
                "[tool.sesmime.lint]\nignore = ['SES1O1']",
                "ignore in [tool.sesmime.lint]: 'SES1O1' is not a rule code or a prefix of one; did you mean SES101?",
            ),
            (
                "[tool.sesmime.lint]\nper-file-ignores = ['SES1']",
                "per-file-ignores in [tool.sesmime.lint]: must be a table of patterns and lists of rule codes",
            ),
            (
                "[tool.sesmime.lint.per-file-ignores]\n'a' = 'SES1'",
                "per-file-ignores in [tool.sesmime.lint]: must be a list of strings",
            ),
            ("[tool.sesmime.lint]\ninterface = 1", "interface in [tool.sesmime.lint]: must be a string"),
            (
                "[tool.sesmime.lint]\ninterface = 'v3'",
                f"interface in [tool.sesmime.lint]: {NO_INTERFACE}",
            ),
            (
                "[tool.sesmime.lint]\nfail-level = 'fatal'",
                "fail-level in [tool.sesmime.lint]: 'fatal' is unknown; choose from error, warning, info",
            ),
            (
                "[tool.sesmime.lint]\noutput-format = 'xml'",
                f"output-format in [tool.sesmime.lint]: 'xml' is unknown; choose from {', '.join(FORMATS)}",
            ),
            ("[tool.sesmime]\nlint = 1", "[tool.sesmime.lint] is not a table"),
            ("[tool]\nsesmime = 1", "[tool.sesmime.lint] is not a table"),
            ("[tool.sesmime]\nselect = []", "select is in [tool.sesmime]; move it to [tool.sesmime.lint]"),
        ],
    )
    def test_what_is_not_understood_is_told_with_file_and_key(self, text: str, told: str) -> None:
        write("a.eml")
        file = configure(text).resolve()
        assert run("lint", "a.eml") == Ran(2, b"", f"sesmime lint: {file}: {told}\n")

    def test_what_is_no_toml_is_told(self) -> None:
        write("a.eml")
        for content in (b"[tool", b"\xff", b"a = " + b"[" * 100_000):
            file = write("pyproject.toml", content).resolve()
            ran = run("lint", "a.eml")
            assert (ran.code, ran.out) == (2, b"")
            assert ran.err.startswith(f"sesmime lint: {file} is not valid TOML: ")
            assert ran.err.count("\n") == 1
        assert run("lint", "a.eml", "--config", "gone").err == (
            "sesmime lint: gone cannot be read: No such file or directory\n"
        )
