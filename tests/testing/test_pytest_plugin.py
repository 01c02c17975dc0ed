"""The pytest plugin, in projects of its own: pytest runs inside pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import boto3  # noqa: F401, loaded once for all projects
import pytest

from tests.testing.projects import IS_INSTALLED, PLUGIN, REPEATED, Run

pytest_plugins = "pytester"


class TestFixtures:
    def test_the_outbox_holds_what_the_test_sends_and_no_other_test(self, run: Run) -> None:
        done = run("""
    def test_one(ses_outbox):
        assert ses_outbox == []
        send(MESSAGE)
        send(TAGGED)
        assert [one.message for one in ses_outbox] == [MESSAGE, TAGGED]
        assert ses_outbox.last.tags == (("a", "1"),)

    def test_two(ses_outbox):
        assert not ses_outbox
        """)
        done.assert_outcomes(passed=2)

    def test_the_whole_outbox_is_checked_message_by_message(self, run: Run) -> None:
        done = run("""
    def test_one(ses_outbox, assert_ses_ok):
        send(MESSAGE)
        assert_ses_ok(ses_outbox)
        send(REPEATED)
        assert_ses_ok(ses_outbox)
        """)
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(
            [
                "E*AssertionError: SES101 repeated-field in message 2, sent by ses.SendRawEmail",
                f"E * {len(REPEATED)} bytes 'Hi' to c@d.example",
                "E*message 2:4:1: SES101 repeated-field [[]error[]]",
            ]
        )

    def test_where_nothing_was_sent_the_test_fails_at_its_own_line(self, run: Run) -> None:
        done = run("""
    def test_one(ses_outbox, assert_ses_ok):
        assert_ses_ok(ses_outbox)

    def test_two(ses_outbox, assert_ses_ok):
        assert_ses_ok(ses_outbox.last)
        """)
        done.assert_outcomes(failed=2)
        done.stdout.fnmatch_lines(
            [
                ">*assert_ses_ok(ses_outbox)",
                "E*AssertionError: nothing was sent: there is no message to check",
                ">*assert_ses_ok(ses_outbox.last)",
                "E*IndexError: nothing was sent",
            ]
        )
        done.stdout.no_fnmatch_line("> *raise *")

    def test_what_another_raises_is_shown_without_the_way_through_sesmime(self, run: Run) -> None:
        done = run("""
    def test_one(ses_outbox):
        with Stubber(client) as stubber:
            stubber.add_response("send_raw_email", {"MessageId": "1"}, {"RawMessage": {"Data": b""}})
            client.send_raw_email(RawMessage={"Data": MESSAGE})
        """)
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(["E*StubAssertionError: *"])
        done.stdout.no_fnmatch_line("*outbox.py:*")

    def test_a_failure_shows_the_line_of_the_test_and_the_finding_alone(self, run: Run) -> None:
        done = run("""
    def test_one(ses_outbox, assert_ses_ok):
        send(REPEATED)
        assert_ses_ok(ses_outbox.last)
        """)
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(
            [
                ">*assert_ses_ok(ses_outbox.last)",
                "E*AssertionError: SES101 repeated-field in message, sent by ses.SendRawEmail",
                "E*message:4:1: SES101 repeated-field [[]error[]]",
                "E* 4 | Subject: Ho",
                "E*expected from SES: \"Duplicate header 'Subject'.\" [[]DOCUMENTED[]]",
                "FAILED test_mail.py::test_one - AssertionError: SES101 repeated-field in *",
            ]
        )
        # The frames of sesmime are left out.
        done.stdout.no_fnmatch_line("*raise AssertionError*")

    def test_the_functions_can_be_imported_and_their_failures_read_alike(self, run: Run) -> None:
        done = run("""
    from sesmime.testing import assert_same_message, assert_ses_ok

    def test_one():
        assert_ses_ok(REPEATED)

    def test_two():
        assert_same_message(REPEATED, MESSAGE)
        """)
        done.assert_outcomes(failed=2)
        done.stdout.fnmatch_lines(["E*AssertionError: SES101 repeated-field in message, sent by ses.SendRawEmail"])
        done.stdout.fnmatch_lines(
            [
                "E*AssertionError: the messages differ in 1 place",
                "E*  Subject",
                "E*    one:   'Ho'",
                "E*    other: not there",
            ]
        )
        done.stdout.no_fnmatch_line("*raise AssertionError*")

    def test_what_the_call_says_wins_over_the_marker_and_that_over_the_configuration(self, run: Run) -> None:
        done = run(
            """
    def test_configured(assert_ses_ok):
        with pytest.raises(AssertionError, match="SES514"):
            assert_ses_ok(TAGGED)
        with pytest.raises(AssertionError, match="sent by smtp"):
            assert_ses_ok(TAGGED)
        assert_ses_ok(REPEATED)

    @pytest.mark.ses(level="error", interface="sesv2", ignore=["SES2"])
    def test_marked(assert_ses_ok):
        assert_ses_ok(TAGGED)
        assert_ses_ok(REPEATED.replace(b"From: joe@", "From: jo\u00eb@".encode()))
        with pytest.raises(AssertionError, match="SES514"):
            assert_ses_ok(TAGGED, level="info")
        with pytest.raises(AssertionError, match="sent by ses.SendRawEmail"):
            assert_ses_ok(b"", interface="ses")
        with pytest.raises(AssertionError, match=r"sent by sesv2\\.SendEmail\\.Raw"):
            assert_ses_ok(b"")

    @pytest.mark.ses(level="error")
    @pytest.mark.ses(select=["SES3"])
    def test_marked_twice(assert_ses_ok):
        assert_ses_ok(b"")
        with pytest.raises(AssertionError, match="SES301"):
            assert_ses_ok(MESSAGE + 1001 * b"x")

    def test_calling(assert_ses_ok):
        assert_ses_ok(TAGGED, ignore=["SES5"])
        with pytest.raises(AssertionError, match="SES201"):
            assert_ses_ok(REPEATED.replace(b"From: joe@", "From: jo\u00eb@".encode()))
            """,
            ses_interface="smtp",
            ses_level="info",
            ses_ignore="SES101,RFC",
        )
        done.assert_outcomes(passed=4)

    def test_verified_identities_are_those_of_the_configuration(self, run: Run) -> None:
        done = run(
            """
    def test_one(assert_ses_ok, ses_outbox):
        with pytest.raises(AssertionError, match="SES214"):
            assert_ses_ok(MESSAGE)
        send(MESSAGE)
        assert [finding.code for finding in ses_outbox.last.report] == ["SES214"]
        assert_ses_ok(MESSAGE.replace(b"joe@a.example", b"joe@b.example"))
            """,
            ses_verified_identities="b.example joe@c.example",
        )
        done.assert_outcomes(passed=1)

    def test_the_options_can_stand_in_a_file_with_rules_of_more_families(
        self, pytester: pytest.Pytester, run: Run
    ) -> None:
        pytester.makepyprojecttoml("""
            [tool.pytest.ini_options]
            ses_select = ["SES", "BULK"]
            ses_ignore = ["BULK102", "BULK105"]
            ses_level = "warning"
            ses_autolint = true
        """)
        done = run("""
    def test_one():
        send(MESSAGE)
        """)
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(["BULK101 missing-list-unsubscribe* in message 1, sent by ses.SendRawEmail"])

    def test_marker_fixtures_and_options_are_documented(self, pytester: pytest.Pytester) -> None:
        markers = pytester.runpytest_inprocess(*PLUGIN, "--markers")
        markers.stdout.fnmatch_lines(["@pytest.mark.ses(interface=None, level=None, *): how the messages of a test*"])
        fixtures = pytester.runpytest_inprocess(*PLUGIN, "--fixtures")
        fixtures.stdout.fnmatch_lines(
            [
                "ses_outbox *",
                "*Return the messages that the test sends through boto3*",
                "ses_events *",
                "*Return what makes the events of SES*",
                "assert_ses_ok *",
            ]
        )
        text = pytester.runpytest_inprocess(*PLUGIN, "--help").stdout.str()
        for name in ("interface", "level", "select", "ignore", "verified_identities", "autolint"):
            assert f"ses_{name} (" in text, name


class TestAutolint:
    CODE = """
    def test_good():
        send(MESSAGE)

    def test_bad():
        send(MESSAGE)
        send(REPEATED)
        send(REPEATED.replace(b"Subject", b"Message-ID"))
    """

    def test_without_the_option_nothing_is_checked_or_loaded(self, run: Run) -> None:
        done = run(self.CODE)
        done.assert_outcomes(passed=2)

    def test_every_test_is_checked_and_every_faulty_message_told(self, run: Run) -> None:
        done = run(self.CODE, ses_autolint="true")
        done.assert_outcomes(passed=1, failed=1)
        done.stdout.fnmatch_lines(
            [
                "SES101 repeated-field in message 2, sent by ses.SendRawEmail",
                f"{len(REPEATED)} bytes 'Hi' to c@d.example",
                "message 2:4:1: SES101 repeated-field [[]error[]]",
                "SES101 repeated-field in message 3, sent by ses.SendRawEmail",
                "FAILED test_mail.py::test_bad - Failed: SES101 repeated-field in message 2*",
            ],
        )
        done.stdout.no_fnmatch_line("*message 1,*")

    def test_a_test_that_fails_anyway_fails_as_it_does_and_the_findings_stand_beside(self, run: Run) -> None:
        done = run(
            """
    def test_one():
        send(REPEATED)
        assert 1 == 2

    def test_two():
        send(REPEATED)
        pytest.skip("not today")
            """,
            ses_autolint="true",
        )
        done.assert_outcomes(failed=1, skipped=1)
        done.stdout.fnmatch_lines(
            [
                "E*assert 1 == 2",
                "*Captured sesmime call*",
                "SES101 repeated-field in message 1, sent by ses.SendRawEmail",
            ]
        )

    def test_what_fixtures_send_is_checked_too(self, run: Run) -> None:
        done = run(
            """
    @pytest.fixture
    def before():
        send(REPEATED)

    @pytest.fixture
    def after():
        yield
        send(REPEATED)

    @pytest.fixture
    def failing():
        yield
        send(REPEATED)
        raise OSError("disk full")

    def test_before(before): pass
    def test_after(after): pass
    def test_failing(failing): pass
    def test_other(): pass
            """,
            ses_autolint="true",
        )
        done.assert_outcomes(failed=1, passed=3, errors=2)
        done.stdout.fnmatch_lines(["FAILED *::test_before *"])
        done.stdout.fnmatch_lines(["ERROR *::test_after - Failed: SES101 repeated-field in message 1, *"])
        done.stdout.fnmatch_lines(["*Captured sesmime teardown*", "SES101 repeated-field in message 1, *"])
        done.stdout.fnmatch_lines(["ERROR *::test_failing - OSError: disk full"])

    def test_a_marker_turns_it_off_and_on(self, run: Run) -> None:
        code = """
    @pytest.mark.ses(autolint=False)
    class TestOff:
        def test_off(self):
            send(REPEATED)

        @pytest.mark.ses(autolint=True)
        def test_on(self):
            send(REPEATED)

        @pytest.mark.ses(autolint=True, ignore=["SES101"])
        def test_ignored(self):
            send(REPEATED)
        """
        for given in ("true", "false"):
            run(code, ses_autolint=given).assert_outcomes(passed=2, failed=1)

    def test_of_many_faulty_messages_the_first_are_shown_and_the_others_counted(self, run: Run) -> None:
        done = run(
            """
    def test_one():
        for number in range(7):
            send(REPEATED)
        send(MESSAGE)
            """,
            ses_autolint="true",
        )
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(["SES101 repeated-field in message 5, *", "and 2 more of 8 messages"])
        done.stdout.no_fnmatch_line("*in message 6,*")

    def test_a_test_that_is_expected_to_fail_may_fail_by_it(self, run: Run) -> None:
        done = run(
            """
    @pytest.mark.xfail(strict=True)
    def test_one():
        send(REPEATED)
            """,
            ses_autolint="true",
        )
        done.assert_outcomes(xfailed=1)

    def test_clearing_the_outbox_hides_nothing(self, run: Run) -> None:
        done = run(
            """
    def test_one(ses_outbox):
        send(REPEATED)
        ses_outbox.clear()
            """,
            ses_autolint="true",
        )
        done.assert_outcomes(failed=1)

    def test_tests_of_unittest_are_checked(self, run: Run) -> None:
        done = run(
            """
    import unittest

    class TestSending(unittest.TestCase):
        def test_bad(self):
            send(REPEATED)

        def test_failing(self):
            send(REPEATED)
            self.assertEqual(1, 2)

        def test_good(self):
            send(MESSAGE)
            """,
            ses_autolint="true",
        )
        done.assert_outcomes(failed=2, passed=1)
        # Whichever stands first: one fails by the finding, the other one tells it beside its own failure.
        done.stdout.fnmatch_lines(["E*AssertionError: 1 != 2"])
        assert done.stdout.str().count("\nSES101 repeated-field in message 1, sent by ses.SendRawEmail\n") == 2

    def test_a_message_that_could_not_be_read_fails_the_test(self, run: Run) -> None:
        done = run(
            """
    from io import BytesIO
    from botocore.response import StreamingBody

    def test_one():
        with pytest.raises(TypeError):
            send(StreamingBody(BytesIO(MESSAGE), len(MESSAGE)))
            """,
            ses_autolint="true",
        )
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(["message 1, sent by ses.SendRawEmail, cannot be checked: the message is a stream*"])

    @pytest.mark.edges
    def test_what_django_keeps_is_checked_by_the_interface_of_the_configuration(self, run: Run) -> None:
        pytest.importorskip("django")
        done = run(
            """
    from django.conf import settings

    if not settings.configured:
        settings.configure()

    from django.core.mail import EmailMessage
    from django.core.mail.backends.locmem import EmailBackend

    @pytest.mark.parametrize("name", ["menu.txt", "setup.exe"])
    def test_one(name, ses_outbox):
        message = EmailMessage("Hi", "Hello", "a@b.example", ["c@d.example"])
        message.attach(name, b"MZ", "application/octet-stream")
        EmailBackend().send_messages([message])
        assert ses_outbox.last.interface == "sesv2.SendEmail.Raw"
            """,
            ses_autolint="true",
            ses_interface="sesv2",
        )
        done.assert_outcomes(passed=1, failed=1)
        done.stdout.fnmatch_lines(["SES405 blocked-attachment in message 1, sent by sesv2.SendEmail.Raw"])


class TestWrongUse:
    @pytest.mark.parametrize(
        ("options", "text"),
        [
            (
                {"ses_interface": "sesv3"},
                "ses_interface in the configuration of pytest: interface 'sesv3' is invalid: it must be ses*",
            ),
            (
                {"ses_interface": "ses.SendEmail"},
                "ses_interface *: interface 'ses.SendEmail' *: it does not accept a raw message",
            ),
            ({"ses_level": "fatal"}, "ses_level *: level 'fatal' is invalid: it must be error, warning or info"),
            ({"ses_ignore": "SES1O1"}, "ses_ignore *: ignore 'SES1O1' is invalid: *; did you mean SES101?"),
            ({"ses_select": "SES LINT"}, "ses_select *: select 'LINT' is invalid: it is not a rule*"),
            ({"ses_autolint": "maybe"}, "ses_autolint in the configuration of pytest: *maybe*"),
        ],
    )
    def test_a_wrong_option_is_one_usage_error(self, run: Run, options: dict[str, str], text: str) -> None:
        done = run("def test_one(): pass", sending="", **options)
        assert done.ret == pytest.ExitCode.USAGE_ERROR
        done.stderr.fnmatch_lines([f"ERROR: {text}"])
        assert "Traceback" not in done.stderr.str() + done.stdout.str()

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ("'SES101'", "it takes only keyword arguments: interface, level, select, ignore, autolint"),
            ("api='sesv2'", "there is no 'api'; choose from interface, level, select, ignore, autolint"),
            ("interface='v2'", "interface 'v2' is invalid: it must be ses, sesv2, smtp*"),
            ("interface=['ses']", "interface must be a str, not list"),
            ("level='fatal'", "level 'fatal' is invalid: it must be error, warning or info"),
            ("ignore=['SES1O1']", "ignore 'SES1O1' is invalid: *; did you mean SES101?"),
            ("select=7", "select must be a list of str, not int"),
            ("autolint='no'", "autolint must be True or False"),
        ],
    )
    def test_a_wrong_marker_is_one_usage_error_that_names_the_test(self, run: Run, arguments: str, text: str) -> None:
        code = f"import pytest\n\ndef test_good(): pass\n\n@pytest.mark.ses({arguments})\ndef test_one(): pass\n"
        done = run(code, sending="")
        assert done.ret == pytest.ExitCode.USAGE_ERROR
        done.stderr.fnmatch_lines([f"ERROR: test_mail.py::test_one: marker ses: {text}"])
        assert "Traceback" not in done.stderr.str() + done.stdout.str()

    @pytest.mark.slow
    @pytest.mark.edges
    def test_a_worker_of_xdist_fails_the_test_of_a_wrong_marker_and_runs_the_others(self, run: Run) -> None:
        pytest.importorskip("xdist")
        code = "import pytest\n\ndef test_good(): pass\n\n@pytest.mark.ses(level='fatal')\ndef test_one(): pass\n"
        done = run(code, "-n", "2", sending="")
        done.assert_outcomes(passed=1, errors=1)
        done.stdout.fnmatch_lines(["test_mail.py::test_one: marker ses: level 'fatal' is invalid: *"])

    def test_a_marker_of_others_without_arguments_means_nothing(self, run: Run) -> None:
        done = run("import pytest\n\n@pytest.mark.ses\ndef test_one(): pass\n", sending="")
        done.assert_outcomes(passed=1)


class TestStart:
    # What is loaded when all is over, in a project that asks for nothing of sesmime.
    CONFTEST = """
        import json, sys

        def pytest_unconfigure():
            with open("loaded.json", "w") as stream:
                json.dump(sorted(sys.modules), stream)
    """
    EXTRAS = frozenset({"boto3", "botocore", "moto", "django", "aiosmtpd", "rich", "aiobotocore", "pybase64", "idna"})

    def loaded(self, pytester: pytest.Pytester, *arguments: str, code: str = "", **variables: str) -> set[str]:
        """Return the modules that are there at the end of a run in a process of its own."""
        pytester.makeconftest(self.CONFTEST)
        pytester.makepyfile(test_mail=code or "def test_nothing(): pass")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *arguments],
            cwd=pytester.path,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return set(json.loads((pytester.path / "loaded.json").read_text()))

    def loaded_alone(self, pytester: pytest.Pytester, *arguments: str) -> set[str]:
        """Return the same, no plugin of others being there."""
        return self.loaded(pytester, *arguments, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

    @pytest.mark.slow
    @pytest.mark.parametrize("arguments", [(), ("--collect-only",)])
    def test_a_project_that_asks_for_nothing_loads_the_plugin_alone(
        self, pytester: pytest.Pytester, arguments: tuple[str, ...]
    ) -> None:
        without = self.loaded_alone(pytester, *arguments)
        loaded = self.loaded_alone(pytester, "-p", "sesmime.pytest_plugin", *arguments)
        assert loaded - without == {"sesmime", "sesmime.pytest_plugin"}
        assert not {name.partition(".")[0] for name in loaded} & {*self.EXTRAS, "hypothesis", "smtplib"}

    @pytest.mark.slow
    @pytest.mark.skipif(not IS_INSTALLED, reason="sesmime is not installed with its entry point")
    def test_the_entry_point_loads_the_plugin_alone_and_can_be_turned_off(self, pytester: pytest.Pytester) -> None:
        # Plugins of others load what they need, with and without this one.
        without = self.loaded(pytester, "--collect-only", "-p", "no:sesmime")
        assert not [name for name in without if name.partition(".")[0] == "sesmime"]
        loaded = self.loaded(pytester, "--collect-only")
        assert loaded - without == {"sesmime", "sesmime.pytest_plugin"}

    @pytest.mark.slow
    def test_options_load_the_checks_and_no_extra(self, pytester: pytest.Pytester) -> None:
        loaded = self.loaded_alone(pytester, "-p", "sesmime.pytest_plugin", "-o", "ses_level=warning")
        assert "sesmime.testing" in loaded
        assert not {name.partition(".")[0] for name in loaded} & self.EXTRAS

    @pytest.mark.slow
    def test_no_warning_is_given_and_nothing_that_is_strict_complains(self, pytester: pytest.Pytester) -> None:
        code = """
            import pytest

            @pytest.mark.ses(level="warning", autolint=True)
            def test_one(ses_outbox, assert_ses_ok):
                assert ses_outbox == []
        """
        strict = ("-W", "error", "--strict-markers", "--strict-config", "-o", "ses_ignore=SES514")
        plugins = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        assert self.loaded(pytester, "-p", "sesmime.pytest_plugin", *strict, code=code, **plugins)
