"""What reports show at their edges: what is hidden, what is of no file, and values compared and shown."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Edit,
    Evidence,
    Finding,
    Fix,
    Interface,
    Severity,
    Span,
    Submission,
    lint,
)
from sesmime.linter import kit, new_rule, tabulate
from sesmime.linter.checks import Checks, SesMimeWarning
from sesmime.linter.config import LintConfig
from sesmime.linter.fixes import fix
from sesmime.linter.listing import rule_object, rule_of, subject_rows
from sesmime.linter.output import Examined, Place, Style, Unreadable, renderer
from sesmime.linter.output.redacting import redacted_results, redacted_text
from sesmime.linter.output.veil import Veil
from sesmime.linter.rule import Rule
from sesmime.linter.run import custom_rules, outgoing

HEAD = b"From: Joe <joe@a.example>\r\nTo: c@d.example\r\nSubject: Hi\r\n"
MESSAGE = HEAD + b"X-Key: topsecret\r\n\r\nHello topsecret\r\n"
STYLE = Style()


def finding(**facts: Any) -> Finding:
    told: dict[str, Any] = {
        "code": "SES101",
        "name": "repeated-field",
        "severity": Severity.ERROR,
        "evidence": Evidence.DOCUMENTED,
        "message": "Subject is repeated",
        "span": Span(0, 4),
        "line": 1,
        "column": 1,
    }
    return Finding(**(told | facts))


def examined(one: Finding, **facts: Any) -> Examined:
    told: dict[str, Any] = {
        "path": "a.eml",
        "file": "a.eml",
        "place": Place(),
        "message": MESSAGE,
        "interface": Interface.SEND_RAW_EMAIL,
        "findings": (one,),
    }
    return Examined(**(told | facts))


def written(name: str, result: Examined) -> str:
    return "".join(renderer(name)([result], STYLE))


class TestValues:
    def test_fixes_compare_by_their_words(self) -> None:
        one, same = Fix("remove it", [Edit(Span(0, 1), b"")]), Fix("remove it", [Edit(Span(5, 6), b"")])
        assert one == same
        assert hash(one) == hash(same)
        assert one != Fix("keep it", [Edit(Span(0, 1), b"")])
        assert one != "remove it"

    def test_their_reprs_hold_no_content(self) -> None:
        subject = outgoing(MESSAGE, parameters=ApiParameters(), interface=Interface.SMTP, config=LintConfig())
        assert repr(subject.root) == "<Part '' text/plain>"
        parameters = ApiParameters(destination=Destination(("<@a.example:x@y.example>",)))
        odd = outgoing(MESSAGE, parameters=parameters, interface=Interface.SMTP, config=LintConfig())
        assert [repr(one) for one in odd.unusual_parameters] == [f"<Addresses {odd.unusual_parameters[0].label}>"]
        fixed = fix(MESSAGE)
        assert repr(fixed) == f"<Fixed {len(MESSAGE)} bytes, 0 findings gone, {len(fixed.left)} left>"

    def test_what_is_no_rule_no_parameters_and_no_configuration_is_told(self) -> None:
        wrong: Any = 1
        with pytest.raises(TypeError, match=r"^rules must be a list of Rule$"):
            LintConfig(rules=(wrong,))
        with pytest.raises(TypeError, match=r"^parameters must be an ApiParameters, not int$"):
            lint(MESSAGE, parameters=wrong)
        with pytest.raises(TypeError, match=r"^config must be a LintConfig, not int$"):
            lint(MESSAGE, config=wrong)

    def test_many_failing_findings_are_told_by_their_number(self) -> None:
        fields = b"".join(b"X-A%d : x\r\n" % number for number in range(5))
        report = lint(HEAD * 3 + fields + b"\r\nHi")
        checks = Checks(level=Severity.INFO, lint="warn")
        with pytest.warns(SesMimeWarning, match=r"; and \d+ more$"):
            checks.judge(report)

    def test_the_kit_names_all_that_it_has(self) -> None:
        assert set(kit.__all__) <= set(dir(kit))


class TestFixes:
    def test_findings_without_a_remedy_are_left(self) -> None:
        def no_remedy(subject: Any) -> list[kit.Fault]:
            """Something is so.

            Always.
            """
            return [kit.Fault("it is so")]

        rule = kit.rule("ACME001", severity=Severity.WARNING, evidence=Evidence.ASSUMED, source="https://a.example/")(
            no_remedy
        )
        done = fix(MESSAGE, config=LintConfig(rules=(rule,), select=("ACME001",)))
        assert done.message == MESSAGE
        assert [one.code for one in done.left] == ["ACME001"]

    def test_names_in_parameters_are_encoded(self) -> None:
        parameters = ApiParameters(source="Zoë <joe@a.example>", destination=Destination(("c@d.example",)))
        done = fix(Submission(HEAD + b"\r\nHi\r\n", parameters))
        assert done.parameters.source == "=?utf-8?q?Zo=C3=AB?= <joe@a.example>"

    def test_names_that_would_be_too_long_as_encoded_words_are_left(self) -> None:
        parameters = ApiParameters(source=f"{'Ä' * 120} <joe@a.example>", destination=Destination(("c@d.example",)))
        done = fix(Submission(HEAD + b"\r\nHi\r\n", parameters))
        assert done.parameters == parameters
        assert done.applied == ()


class TestFormats:
    def test_what_is_met_with_is_told_for_each_finding(self) -> None:
        met = ((Interface.SMTP, Interface.SEND_RAW_EMAIL),)
        (told,) = json.loads(written("json", examined(finding(), met_with=met, is_for_all=True)))
        assert told["interface"] == "all"
        assert told["findings"][0]["interfaces"] == ["smtp", "ses.SendRawEmail"]

    def test_a_parameter_is_named(self) -> None:
        one = finding(span=None, line=None, column=None, parameter="Destination.ToAddresses[2]")
        assert "parameter Destination.ToAddresses[2]" in written("full", examined(one))

    def test_a_message_that_stands_in_no_file_has_its_own_lines(self) -> None:
        (told,) = json.loads(written("gitlab", examined(finding(line=3), place=None)))
        assert "(line 3 of the message)" in told["description"]

    def test_what_may_be_more_names_the_message_in_its_file(self) -> None:
        many = HEAD + b"".join(b"X y%d: a\r\n" % number for number in range(300)) + b"\r\nHi\r\n"
        report = tuple(lint(many, config=LintConfig(select=("RFC",))))
        for path, is_inside in (("box#2", True), ("box", False)):
            told = written("sarif", examined(report[0], path=path, file="box", message=many, findings=report))
            notes = json.loads(told)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
            assert any("logicalLocations" in place for one in notes for place in one["locations"]) is is_inside


class TestHiding:
    def test_of_an_address_that_is_cut_nothing_is_left(self) -> None:
        assert redacted_text("the name 'joe.private...' is long") == "the name '***...' is long"
        assert redacted_text("=?utf-8?q?Hello?= is no address") == "=?utf-8?q?Hello?= is no address"
        assert redacted_text("=?utf-8?q?joe=40b.example?=") == "***@***"
        assert redacted_text("@b.example is a route", keeps_domain=True) == "***@*** is a route"
        assert redacted_text("<joe%40b.example>", keeps_domain=True) == "<***@b.example>"

    def test_what_could_not_be_read_is_passed_on(self) -> None:
        lost = Unreadable("a.eml", "a.eml cannot be read")
        parameters = ApiParameters(source="joe@a.example")
        shown, same = redacted_results([examined(finding(message="<joe@a.example>"), parameters=parameters), lost])
        assert same is lost
        assert isinstance(shown, Examined)
        assert shown.findings[0].message == "<***@***>"
        assert shown.parameters == ApiParameters()

    def test_what_has_no_findings_is_passed_on(self) -> None:
        clean = examined(finding())._replace(findings=())
        assert list(redacted_results([clean])) == [clean]

    def test_a_field_that_names_somebody_is_hidden_where_addresses_are(self) -> None:
        message = b"From: Jane Doe <j@a.example>\r\nSubject: Jane\r\n Doe\r\nComments: plain\r\n\r\nHi\r\n"
        shown = Veil(message, is_redacted=True).octets(0, len(message))
        assert shown.startswith(b"From: xxxx xxx <x@x.xxxxxxx>\r\nSubject: xxxx\r\n xxx\r\n")
        assert Veil(message).octets(0, len(message)).startswith(message[:50])
        versions = b"From: Jane Doe <j@a.example>\r\nMIME-Version: %b\r\n\r\nHi\r\n"
        for body, told in ((b"1.0", b"1.0"), (b"1.0 (Jane Doe)", b"x.x (xxxx xxx)"), (b"1.0 (a@b)", b"x.x (x@x)")):
            assert told in Veil(versions % body, is_redacted=True).octets(0, 99)

    @pytest.mark.parametrize("is_redacted", [True, False])
    def test_of_values_and_bodies_the_shape_is_shown(self, is_redacted: bool) -> None:
        veil = Veil(MESSAGE, is_redacted=is_redacted)
        shown = veil.octets(0, len(MESSAGE))
        assert len(shown) == len(MESSAGE)
        assert b"topsecret" not in shown
        assert b"X-Key: xxxxxxxxx" not in shown or shown.count(b"xxxxxxxxx") == 2
        assert (b"joe@a.example" in shown) is not is_redacted
        assert veil.octets(len(HEAD) + 8, len(HEAD) + 11) == b"xxx"

    @pytest.mark.parametrize(
        ("edit", "is_told"),
        [
            (Edit(Span(0, 0), b"X-New: word\r\n"), True),  # a text of ours
            (Edit(Span(0, 0), b"X-New: topsecret\r\n"), False),  # one that is hidden where it stands
            (Edit(Span(0, 0), b"X-New: " + b"x" * 300), False),  # too long to look for
            (Edit(Span(0, 0), b"--"), True),
            (Edit(Span(len(HEAD) - 4, len(HEAD) - 2), b"Hello"), True),  # in place of what is shown
            (Edit(Span(len(HEAD) + 7, len(HEAD) + 10), b"other"), False),  # and of what is not
            (Edit(Span(len(HEAD) - 13, len(HEAD) - 2), b"Subject: Hiyaya"), True),  # only what changes counts
        ],
    )
    def test_a_fix_is_told_where_it_shows_nothing_that_is_hidden(self, edit: Edit, is_told: bool) -> None:
        assert bool(Veil(MESSAGE).edits(Fix("write it", [edit]))) is is_told

    def test_an_edit_is_told_as_what_it_changes(self) -> None:
        start = len(HEAD) - 13
        (told,) = Veil(MESSAGE).edits(Fix("write it", [Edit(Span(start, start + 11), b"Subject: Hoi")]))
        assert told == Edit(Span(start + 10, start + 10), b"o")


class TestRules:
    def test_they_are_listed_by_subject_and_by_code(self) -> None:
        rows = subject_rows()
        assert all(names for _, _, names in rows)
        for code in ("SES101", "RFC404"):
            told = rule_object(rule_of(code))
            assert told["code"] == code
            assert any(code.startswith(start) and told["name"] in names for start, _, names in rows)

    def test_rules_of_other_packages_are_found_by_their_entry_points(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rule = rule_of("SES101")

        def points(*given: Any) -> Any:
            return lambda group: [
                SimpleNamespace(name=f"x{n}", load=lambda one=one: one) for n, one in enumerate(given)
            ]

        monkeypatch.setattr("importlib.metadata.entry_points", points(rule_of("SES102"), rule))
        assert [one.code for one in custom_rules()] == ["SES101", "SES102"]
        own = kit.rule("ACME001", severity=Severity.INFO, evidence=Evidence.ASSUMED, source="https://a.example/")(
            rule.check
        )
        monkeypatch.setattr("importlib.metadata.entry_points", points(own))
        assert rule_of("ACME001") is own
        monkeypatch.setattr("importlib.metadata.entry_points", points("no rule"))
        with pytest.raises(TypeError, match=r"^the entry point x0 of the group sesmime.rules is no Rule$"):
            custom_rules()

    def test_a_file_without_its_rule_and_a_code_twice_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tabulate, "import_module", lambda name: SimpleNamespace())
        with pytest.raises(ValueError, match=r"contains no rule "):
            tabulate.named_rules()

        class Module(SimpleNamespace):
            def __getattr__(self, name: str) -> Rule:
                return one

        one = rule_of("SES101")
        path = next(tabulate.RULES.glob("*/ses101_*.py"))
        monkeypatch.setattr(tabulate, "RULES", SimpleNamespace(glob=lambda pattern: [path, path]))
        monkeypatch.setattr(tabulate, "import_module", lambda name: Module())
        with pytest.raises(ValueError, match=r"^two rules have one code: SES101$"):
            tabulate.named_rules()

    def test_what_is_made_from_the_rules_is_as_it_stands(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("TABLE", "KEPT", "README"):
            path: Path = getattr(tabulate, name)
            copy = tmp_path / path.name
            copy.write_bytes(path.read_bytes().replace(b"repeated-field", b"another-name"))
            if name == "README":
                copy.write_bytes(copy.read_bytes() + b"| `ZZ9` | no rules of ours | none |\n")
            monkeypatch.setattr(tabulate, name, copy)
        before = {name: getattr(tabulate, name).read_bytes() for name in ("TABLE", "README")}
        written = tabulate.write_made()
        assert [path.name for path in written] == ["catalogue_table.py", "examples.json", "README.md"]
        assert b"repeated-field" in tabulate.README.read_bytes()
        assert tabulate.README.read_bytes() != before["README"]
        assert tabulate.README.read_bytes().endswith(b"| `ZZ9` | no rules of ours | none |\n")
        monkeypatch.setattr(tabulate, "EXAMPLES", tmp_path / "none")
        monkeypatch.setattr(tabulate, "README", tmp_path / "none")
        assert tabulate.write_made() == [tabulate.TABLE]


class TestNewRules:
    @pytest.fixture
    def checkout(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Have new rules written below a folder, beside those that there are."""
        changes = tmp_path / "CHANGELOG.md"
        changes.write_bytes((tabulate.ROOT / "CHANGELOG.md").read_bytes())
        monkeypatch.setattr(new_rule, "_CHANGES", changes)
        monkeypatch.setattr(new_rule, "_EXAMPLES", tmp_path / "examples")
        monkeypatch.setattr(new_rule, "RULES", tmp_path / "rules")
        monkeypatch.setattr(new_rule, "write_made", lambda: [tmp_path / "made"])
        (tmp_path / "examples").mkdir()
        return tmp_path

    def test_one_of_ours_stands_with_its_family(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert new_rule.main(["new", "SES599", "some-name"]) == 0
        rule = checkout / "rules" / "settings" / "ses599_some_name.py"
        assert "def some_name(outgoing: Outgoing)" in rule.read_text()
        compile(rule.read_text(), "rule", "exec")
        assert (checkout / "examples" / "SES599" / "bad" / "minimal.eml").read_bytes().count(b"X-Some-Name: yes") == 1
        assert "- SES599 some-name: " in (checkout / "CHANGELOG.md").read_text()
        assert str(checkout / "made") in capsys.readouterr().out
        assert new_rule.main(["new", "SES598", "other-name", "--family", "header"]) == 0
        assert (checkout / "rules" / "header" / "ses598_other_name.py").exists()

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (("SES101", "some-name"), "there is SES101 repeated-field"),
            (("SES599", "repeated-field"), "there is SES101 repeated-field"),
            (("ACME001", "some-name"), "'ACME001' is no code"),
            (("SES599", "Some_Name"), "'Some_Name' is no name"),
            (("SES599", "some-name", "--family", "nowhere"), "'nowhere' is no family"),
            (("SES999", "some-name"), "name a --family"),
            (("BULK000", "some-name"), "the changelog has no line of a rule BULK before BULK000"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, checkout: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], why: str
    ) -> None:
        assert new_rule.main(["new", *arguments]) == 2
        assert why in capsys.readouterr().err
        assert not list(checkout.rglob("*.py"))

    def test_a_code_is_never_used_again(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with (checkout / "CHANGELOG.md").open("a") as file:
            file.write("\nSES599 was withdrawn.\n")
        assert new_rule.main(["new", "SES599", "some-name"]) == 2
        assert "SES599 is already in the changelog" in capsys.readouterr().err

    def test_outside_of_a_checkout_only_own_rules_are_written(
        self, checkout: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (checkout / "examples").rmdir()
        assert new_rule.main(["new", "SES599", "some-name"]) == 2
        assert "--folder writes one of your own" in capsys.readouterr().err
        folder = checkout / "own"
        assert new_rule.main(["new", "ACME001", "some-name", "--folder", str(folder)]) == 0
        assert "from sesmime.rules import" in (folder / "acme001_some_name.py").read_text()
        for arguments, why in (
            (("ACME001", "other-name"), "there is "),
            (("ACME002", "some-name"), "there is "),
            (("SES599", "third-name"), "codes such as SES599 are those of sesmime"),
        ):
            assert new_rule.main(["new", *arguments, "--folder", str(folder)]) == 2
            assert why in capsys.readouterr().err

    def test_the_table_is_made_by_a_command(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert new_rule.main(["catalogue"]) == 0
        assert capsys.readouterr().out == f"{checkout / 'made'}\n"


def test_reports_are_pickled() -> None:
    report = lint(MESSAGE)
    assert list(pickle.loads(pickle.dumps(report))) == list(report)
