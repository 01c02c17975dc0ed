"""What the plugin reads of a project, writes into a folder, and shows of two messages that are not equal."""

from __future__ import annotations

import textwrap
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from sesmime import Interface, Submission
from sesmime.testing import Sent, canonical
from sesmime.testing.explaining import unequal_lines
from sesmime.testing.saving import save_sent
from sesmime.testing.settings import find_lint_table
from tests.testing.projects import Run
from tests.testing.sending import MESSAGE, REPEATED

pytest_plugins = "pytester"


def sent(message: bytes | None, **more: Any) -> Sent:
    return Sent(submission=Submission(message), via="boto3", **more)


class TestTable:
    def test_the_nearest_upward_with_our_table(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text(
            '[tool.sesmime.lint]\nignore = ["SES3"]\nfail-level = "warning"\noutput-format = "json"\n'
        )
        inner = tmp_path / "a" / "b"
        inner.mkdir(parents=True)
        (tmp_path / "a" / "pyproject.toml").write_text('[project]\nname = "sesmime-user"\n')
        assert find_lint_table(inner) == (tmp_path / "pyproject.toml", {"ignore": ["SES3"], "level": "warning"})
        (inner / "pyproject.toml").write_text("[tool.sesmime]\n")
        assert find_lint_table(inner) == (inner / "pyproject.toml", {})

    @pytest.mark.parametrize(
        ("text", "told"), [("[tool.sesmime\n", "not valid TOML"), ("[tool.sesmime]\nlint = 5\n", "is not a table")]
    )
    def test_what_is_none_is_refused(self, tmp_path: Path, text: str, told: str) -> None:
        (tmp_path / "pyproject.toml").write_text(text)
        with pytest.raises(ValueError, match=told):
            find_lint_table(tmp_path)

    CODE = """
    def test_repeated(ses_outbox, assert_ses_ok):
        send(REPEATED)
        assert_ses_ok(ses_outbox)
    """

    def test_the_plugin_goes_by_it_and_its_own_options_win(self, run: Run, pytester: pytest.Pytester) -> None:
        pytester.makepyprojecttoml('[tool.sesmime.lint]\nignore = ["SES101"]\n')
        run(self.CODE).assert_outcomes(passed=1)
        run(self.CODE, ses_ignore="SES3").assert_outcomes(failed=1)
        pytester.makepyprojecttoml('[tool.sesmime.lint]\nselect = ["BULK"]\nextend-select = ["SES101"]\n')
        run(self.CODE).assert_outcomes(failed=1)

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ('ignore = ["SES999"]', "*pyproject.toml: ignore in [[]tool.sesmime.lint]: *SES999*"),
            ("fail-level = 5", "*pyproject.toml: fail-level in [[]tool.sesmime.lint]: *level*"),
        ],
    )
    def test_what_is_wrong_there_ends_the_run(self, run: Run, pytester: pytest.Pytester, line: str, told: str) -> None:
        pytester.makepyprojecttoml(f"[tool.sesmime.lint]\n{line}\n")
        done = run("\n    def test_nothing(): pass")
        assert done.ret == pytest.ExitCode.USAGE_ERROR
        done.stderr.fnmatch_lines([told])


class TestSaving:
    def test_each_message_with_its_report(self, run: Run, pytester: pytest.Pytester) -> None:
        code = """
    @pytest.fixture
    def after():
        yield
        send(MESSAGE)

    @pytest.mark.parametrize("kind", ["a/b"])
    def test_two(after, kind):
        send(MESSAGE)
        send(REPEATED)

    def test_none(): pass
        """
        run(code, "--ses-save", "mail/sent").assert_outcomes(passed=2)
        folder = pytester.path / "mail" / "sent"
        stem = "test_mail.py-test_two[a_b]"
        names = [f"{stem}-{number}.{kind}" for number in (1, 2, 3) for kind in ("eml", "txt")]
        assert sorted(file.name for file in folder.iterdir()) == names
        contents = [(folder / f"{stem}-{number}.eml").read_bytes() for number in (1, 2, 3)]
        assert contents == [MESSAGE, REPEATED, MESSAGE]
        told = (folder / f"{stem}-2.txt").read_text(encoding="utf-8")
        assert (
            "test: test_mail.py::test_two[a/b]\nsent by: ses.SendRawEmail, through boto3\nsent at: test_mail.py:"
            in told
        )
        assert "sender: joe@a.example\nrecipients: c@d.example\n" in told
        assert "SES101 repeated-field [error]" in told
        assert (folder / f"{stem}-1.txt").read_text(encoding="utf-8").endswith("\n\nno findings\n")

    def test_what_is_checked_fails_as_ever(self, run: Run, pytester: pytest.Pytester) -> None:
        done = run("\n    def test_one(): send(REPEATED)", "--ses-save", "sent", ses_autolint="true")
        done.assert_outcomes(failed=1)
        assert (pytester.path / "sent" / "test_mail.py-test_one-1.eml").read_bytes() == REPEATED
        done.stdout.fnmatch_lines(["*sent at test_mail.py:*"])

    def test_long_and_foreign_names_stay_apart(self, tmp_path: Path) -> None:
        names = ["test_" + "x" * 300 + "a", "test_" + "x" * 300 + "b", "test_ä", "test_ü", "../../x"]
        paths = [save_sent(tmp_path / "s", name, 1, sent(MESSAGE)) for name in names]
        assert len(set(paths)) == len(names)
        assert all(path.parent == tmp_path / "s" and len(path.name) < 160 for path in paths)

    def test_without_bytes_there_is_the_text_alone(self, tmp_path: Path) -> None:
        save_sent(tmp_path, "t", 1, sent(MESSAGE))
        path = save_sent(tmp_path, "t", 1, sent(None, unread="a stream that cannot be read"))
        assert [file.name for file in tmp_path.iterdir()] == ["t-1.txt"]
        assert "a stream that cannot be read" in path.read_text(encoding="utf-8")

    def test_a_folder_that_cannot_be_written_fails_in_words(self, run: Run, pytester: pytest.Pytester) -> None:
        (pytester.path / "sent").write_text("a file")
        done = run("\n    def test_one(): send(MESSAGE)", "--ses-save", "sent")
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(["*--ses-save: cannot write into *sent*"])


class TestComparing:
    OTHER = MESSAGE.replace(b"Subject: Hi", b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=").replace(b"Hello", b"Hello you")

    @pytest.mark.parametrize("wrap", [sent, lambda message: message, Submission])
    def test_fields_and_texts_are_shown(self, wrap: Any) -> None:
        lines = unequal_lines(wrap(MESSAGE), wrap(self.OTHER))
        assert lines is not None
        assert [line for line in lines[3:] if line[0] in "+-"] == [
            "-Subject: Grüße",
            "+Subject: Hi",
            "-Hello you",
            "+Hello",
        ]

    def test_messages_of_pythons_email(self) -> None:
        one, other = EmailMessage(), EmailMessage()
        one["Subject"], other["Subject"] = "Hi", "Grüße"
        lines = unequal_lines(one, other)
        assert lines is not None
        assert "-Subject: Grüße" in lines
        assert unequal_lines(one, MESSAGE) is not None

    def test_what_differs_in_writing_alone(self) -> None:
        lines = unequal_lines(MESSAGE, MESSAGE.replace(b"\r\n", b"\n"))
        assert lines is not None
        place = MESSAGE.index(b"\r\n")
        assert lines[2] == f"the messages say the same and are written in other ways, from octet {place}:"
        assert unequal_lines(sent(MESSAGE), MESSAGE)[2:] == [  # type: ignore[index]
            "the messages are the same; Sent and bytes are not equal"
        ]

    def test_how_they_were_sent(self) -> None:
        one = Sent(submission=Submission(MESSAGE), via="boto3", origin="a.py:1")
        other = Sent(submission=Submission(MESSAGE, interface=Interface.SMTP), via="smtplib", origin="b.py:2")
        lines = unequal_lines(one, other)
        assert lines is not None
        assert lines[2:8] == ["interface:", "+ ses.SendRawEmail", "- smtp", "via:", "+ boto3", "- smtplib"]
        assert lines[-2:] == ["left was sent at a.py:1", "right was sent at b.py:2"]

    @pytest.mark.parametrize(
        ("left", "right"),
        [(b"a", b"b"), (MESSAGE, b"b"), ("a", "b"), (MESSAGE, "a"), (1, MESSAGE), (sent(None), sent(MESSAGE))],
    )
    def test_what_is_no_message_is_left_to_pytest(self, left: Any, right: Any) -> None:
        assert unequal_lines(left, right) is None

    def test_pytest_shows_it(self, run: Run) -> None:
        code = f"""
    def test_two(ses_outbox):
        send(MESSAGE)
        send({self.OTHER!r})
        assert ses_outbox[0] == ses_outbox[1]
        """
        done = run(code, "-vv")
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(
            ["E*<Sent *> == <Sent *>", "E*-Subject: Grüße", "E*+Subject: Hi", "E*left was sent at test_mail.py:*"]
        )


def test_the_examples_of_a_reader(run: Run) -> None:
    code = """
    from sesmime.testing import canonical

    def test_welcome(ses_outbox, assert_ses_ok):
        send(MESSAGE)
        assert_ses_ok(ses_outbox)
        mail = ses_outbox.last
        assert mail.subject == "Hi"
        assert mail.text == "Hello\\n"
        assert mail.links == () and mail.attachments == () and mail.html is None
        assert mail.origin.startswith("test_mail.py:")
        assert canonical(mail).startswith("From: joe@a.example")
    """
    run(code).assert_outcomes(passed=1)
    assert textwrap.dedent(canonical(MESSAGE)).endswith("\nHello\n")
