"""Twelve broken messages: what moto takes, the plugin does not."""

from __future__ import annotations

from typing import Any, NamedTuple

import boto3  # noqa: F401, loaded once for all projects
import pytest

from tests.testing.projects import Run

pytest_plugins = "pytester"
# Twelve broken messages

_MULTIPART = b'Content-Type: multipart/mixed; boundary="cut"\r\n'


def broken(
    *,
    fields: bytes = b"",
    to: bytes = b"To: lena@example.net\r\n",
    subject: bytes = b"Subject: Your order\r\n",
    content_type: bytes = b"Content-Type: text/plain; charset=utf-8\r\n",
    body: bytes = b"Thank you.\r\n",
) -> bytes:
    """Return a good message but for what is said."""
    sender = b"From: joe@example.com\r\n"
    return b"".join([sender, to, subject, fields, b"MIME-Version: 1.0\r\n", content_type, b"\r\n", body])


_PROGRAM = (
    b"--cut\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="setup.exe"\r\n\r\nTVo=\r\n--cut--\r\n'
)


class Broken(NamedTuple):
    """A broken message: the rule that is to name it, from which level on, and how moto 5.2.5 answers it."""

    code: str
    message: bytes
    level: str = "error"
    moto: str = "takes it"


BROKEN = {
    "repeated Subject": Broken("SES101", broken(fields=b"Subject: Your order 7\r\n")),
    "repeated Content-Type": Broken("SES101", broken(fields=b"Content-Type: text/html\r\n")),
    "bad tag": Broken("SES501", broken(fields=b"X-SES-MESSAGE-TAGS: campaign=spring sale!\r\n")),
    # That v1 does not look at the tenant is no refusal.
    "setting that the interface lacks": Broken("SES507", broken(fields=b"X-SES-TENANT: shop\r\n"), level="warning"),
    "line of 5,000 octets": Broken("SES301", broken(body=b"x" * 5_000 + b"\r\n")),
    "11 MB on v1": Broken("SES302", broken(body=(b"x" * 76 + b"\r\n") * 150_000)),
    "no boundary line": Broken("SES401", broken(content_type=_MULTIPART)),
    "program attached": Broken("SES405", broken(content_type=_MULTIPART, body=_PROGRAM)),
    "blank before the colon": Broken("SES008", broken(subject=b"Subject : Your order\r\n")),
    "51 recipients": Broken(
        "SES203",
        broken(to=b"To: " + b",\r\n ".join(b"to%d@example.net" % n for n in range(51)) + b"\r\n"),
        moto="MessageRejected",
    ),
    "lone CR": Broken("SES001", broken(fields=b"X-Note: one\rtwo\r\n")),
    # moto does not refuse it, it breaks.
    "local part beyond ASCII": Broken(
        "SES201", broken(to="To: jörg@example.net\r\n".encode()), moto="UnicodeEncodeError"
    ),
}
PROJECT = """
    import pathlib

    import boto3
    import pytest
    from moto import mock_aws

    MESSAGE = pathlib.Path(__file__).with_name("order.eml").read_bytes()

    @mock_aws
    def confirm():
        client = boto3.client("ses", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        client.verify_email_identity(EmailAddress="joe@example.com")
        return client.send_raw_email(RawMessage={"Data": MESSAGE})["MessageId"]
"""
# A message goes out, and moto says whether it takes it.
PLAIN = """
    def test_confirming():
        assert confirm()
"""
ASKING = """
    def test_confirming(ses_outbox, assert_ses_ok):
        try:
            confirm()
        finally:
            assert_ses_ok(ses_outbox.last)
"""


@pytest.mark.edges
class TestTwelveBrokenMessages:
    @pytest.fixture(autouse=True)
    def moto(self) -> Any:
        pytest.importorskip("moto")
        # Loaded once for all projects.
        return pytest.importorskip("moto.ses.models")

    @pytest.mark.slow
    @pytest.mark.parametrize("name", BROKEN)
    def test_each_fails_its_test_with_the_finding_and_moto_alone_passes_most(
        self, run: Run, pytester: pytest.Pytester, name: str
    ) -> None:
        case = BROKEN[name]
        (pytester.path / "order.eml").write_bytes(case.message)

        asking = run(ASKING, sending=PROJECT, ses_level=case.level)
        asking.assert_outcomes(failed=1)
        asking.stdout.fnmatch_lines(
            [
                f"E*AssertionError: {case.code} * in message, sent by ses.SendRawEmail",
                f"E * {len(case.message)} bytes *",
                f"E * message*: {case.code} *[[]{case.level}[]]",
            ]
        )

        alone = run(PLAIN, sending=PROJECT)
        if case.moto == "takes it":
            alone.assert_outcomes(passed=1)
        else:
            alone.assert_outcomes(failed=1)
            alone.stdout.fnmatch_lines([f"E*{case.moto}: *"])

    def test_moto_passes_most_of_the_twelve(self) -> None:
        assert len(BROKEN) == 12
        assert [name for name, case in BROKEN.items() if case.moto != "takes it"] == [
            "51 recipients",
            "local part beyond ASCII",
        ]

    def test_the_same_message_without_the_fault_passes(self, run: Run, pytester: pytest.Pytester) -> None:
        (pytester.path / "order.eml").write_bytes(broken())
        run(ASKING, sending=PROJECT, ses_level="info", ses_autolint="true").assert_outcomes(passed=1)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["bad tag", "51 recipients", "local part beyond ASCII"])
    def test_without_a_word_in_the_test_the_option_finds_the_same(
        self, run: Run, pytester: pytest.Pytester, name: str
    ) -> None:
        case = BROKEN[name]
        (pytester.path / "order.eml").write_bytes(case.message)
        done = run(PLAIN, sending=PROJECT, ses_autolint="true")
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines([f"{case.code} * in message 1, *", f"message 1*: {case.code} *"])
        # What moto says itself is not hidden by it.
        assert (case.moto in done.stdout.str()) == (case.moto != "takes it")

    def test_a_parameter_that_the_interface_lacks_is_named_beside_botocores_refusal(self, run: Run) -> None:
        done = run(
            """
    def test_one():
        client.send_raw_email(RawMessage={"Data": MESSAGE}, ReplyToAddresses=["a@b.example"])
            """,
            ses_autolint="true",
        )
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(["*Captured sesmime call*", "*SES512 unsupported-setting*"])
