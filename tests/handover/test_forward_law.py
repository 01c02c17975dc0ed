"""Law 13 over messages of others: the cases from the field, and the corpus by every raw interface, in LF and CRLF."""

from __future__ import annotations

from collections import Counter

import pytest

from sesmime import Destination, Interface, Prepared, Refused, Severity, envelope, lint, parse, parse_addresses, prepare
from sesmime.handover.forward import forward_with_report, prepare_forward
from sesmime.ses.address_length import is_overlong
from tests import laws
from tests.conftest import shared
from tests.corpus import corpus

RAW = [interface for interface in Interface if interface.is_raw]


def case(name: str) -> bytes:
    return shared("cases", "reading", f"{name}.eml").read_bytes()


def forwarded(name: str, interface: Interface = Interface.SEND_RAW_EMAIL) -> Prepared:
    laws.forwards(case(name), interface)
    return prepare_forward(case(name), sender="us@example.com", destination=["me@example.org"], interface=interface)


def body_of(made: Prepared, name: str) -> str:
    (field,) = parse(made.message).header_section.all(name)
    return field.body


@pytest.mark.shared
@pytest.mark.parametrize("interface", RAW)
class TestCases:
    def test_lines_of_text_without_an_empty_line_before_them_are_the_body(self, interface: Interface) -> None:
        made = forwarded("02-forward-loses-text", interface)
        text = b"Dear all,\r\nplease note the following: the office is closed\r\nuntil Monday.\r\n\r\nRegards\r\n"
        assert bytes(parse(made.message).body) == text
        assert "please note the following" not in [field.name for field in made.removed]

    @pytest.mark.parametrize(
        ("name", "author", "answers"),
        [
            ("at", "phil at example.net", ["phil@example.net"]),
            ("eai", "Jøran (jøran at example.net)", None),
            ("forwarder", "Betsy at betsy at example.com (info at example.com)", ["info@example.com"]),
        ],
    )
    def test_the_author_is_named(self, name: str, author: str, answers: list[str] | None, interface: Interface) -> None:
        made = forwarded(f"03-forward-loses-author-{name}", interface)
        (mailbox,) = parse_addresses(body_of(made, "From"))
        assert (mailbox.display_name, mailbox.address) == (author, "us@example.com")
        told = [finding.severity for finding in made.report if finding.code == "SES216"]
        if answers is None:
            assert told == [Severity.WARNING]
        else:
            assert [one.address for one in parse_addresses(body_of(made, "Reply-To"))] == answers
            assert told == []

    @pytest.mark.parametrize(
        ("name", "recipients"),
        [
            ("04-prepare-at-display-name-one", ["phil@example.com"]),
            ("04-prepare-at-display-name-two", ["a@example.org", "phil@example.com"]),
        ],
    )
    def test_an_address_that_ses_reads_is_a_recipient(
        self, name: str, recipients: list[str], interface: Interface
    ) -> None:
        made = prepare(case(name), interface=interface)
        assert list(made.envelope.recipients) == recipients
        assert made.parameters.destination == Destination(tuple(recipients))
        assert list(envelope(case(name), interface=interface).recipients) == recipients
        report = lint(case(name), interface=interface)
        assert not report.at_least(Severity.ERROR)
        assert "RFC201" in {finding.code for finding in report}

    def test_a_blank_before_the_colon_is_taken_out(self, interface: Interface) -> None:
        assert b"\r\nSubject: x\r\n" in forwarded("05-forward-blank-before-colon", interface).message

    def test_an_empty_to_leaves(self, interface: Interface) -> None:
        made = forwarded("06-forward-empty-to", interface)
        assert "To" not in parse(made.message).header_section
        assert [field.name for field in made.removed] == ["To"]

    def test_many_addresses_in_to_beside_one_destination_are_a_warning_but_on_smtp(self, interface: Interface) -> None:
        made = forwarded("07-forward-60-in-to", interface)
        told = [finding.severity for finding in made.report if finding.code == "SES203"]
        assert told == ([] if interface is Interface.SMTP else [Severity.WARNING])

    def test_new_fields_stand_before_a_blank_looking_line(self, interface: Interface) -> None:
        sent = forwarded("11-forward-blank-line", interface).message
        assert sent.index(b"\r\nReply-To: ") < sent.index(b"\r\n \r\n")
        assert sent.endswith(b"The blank line above ends the header for some readers.\r\n")

    @pytest.mark.parametrize("number", ["01", "03"])
    def test_an_address_over_320_characters_is_shortened(self, number: str, interface: Interface) -> None:
        message = shared("cases", "ses", f"{number}.eml").read_bytes()
        made = laws.forwards(message, interface)
        assert not made.report.at_least(Severity.ERROR)
        assert not is_overlong(body_of(made, "From"))
        assert "SES217" in {finding.code for finding in made.report}


# What SES is expected to refuse a forward for: what forwarding does not touch, the MIME structure and the bodies.
REFUSED_FOR = ("SES3", "SES4")


@pytest.mark.shared
def test_the_corpus_is_forwarded_whole(capsys: pytest.CaptureFixture[str]) -> None:
    refused: Counter[tuple[str, str | None]] = Counter()
    told: Counter[str] = Counter()
    count = 0
    for file in corpus():
        message = file.read_bytes()
        in_lf = message.replace(b"\r\n", b"\n")
        for form in {message, in_lf, in_lf.replace(b"\n", b"\r\n")}:
            for interface in RAW:
                made = laws.forwards(form, interface)
                count += 1
                errors = made.report.at_least(Severity.ERROR)
                assert all(error.code.startswith(REFUSED_FOR) for error in errors), (file, errors)
                refused.update({(error.code, error.rejection) for error in errors})
                told.update({finding.code for finding in made.report if finding.code in ("SES216", "SES217")})
    with capsys.disabled():
        print(f" [{count} forwards; told: {dict(told)}; refused for:", end="")
        for (code, rejection), times in refused.most_common():
            print(f"\n  {times} {code} {rejection}", end="")
        print("]", end="")
    assert count > 5000


def test_every_author_is_named_and_gets_answers() -> None:
    message = b"From: Ann <ann@example.net>, Bob <bob@example.net>\r\nTo: us@example.com\r\n\r\nHi\r\n"
    made = prepare_forward(message, sender="us@example.com", destination=["me@example.org"])
    assert (
        parse_addresses(body_of(made, "From"))[0].display_name == "Ann (ann at example.net), Bob (bob at example.net)"
    )
    assert body_of(made, "Reply-To") == "Ann <ann@example.net>, Bob <bob@example.net>"


@pytest.mark.parametrize(
    ("received", "code", "words"),
    [
        (b"From: J\xc3\xb8ran <j\xc3\xb8ran@example.net>\n\nHi\n", "SES216", "the author's address cannot be used"),
        (b"Subject: x\n\nHi\n", "SES216", "no Reply-To could be written"),
        (b"From: ann@example.net\nReply-To: @\n\nHi\n", "SES217", "Reply-To cannot be written: '@'"),
        (b"From: ann@example.net\nTo: undisclosed, a@b.example\n\nHi\n", "SES217", "not all of To can be written"),
        (b"From: " + b"ann " * 200 + b"<a@b.example>\n\nHi\n", "SES217", "is shortened to"),
        (b"From: ann@example.net\nno \0 field\nSubject: x\n\nHi\n", "SES217", "a line that is no field cannot be kept"),
    ],
)
def test_what_is_not_carried_over_is_told(received: bytes, code: str, words: str) -> None:
    made = forward_with_report(received, sender="us@example.com", destination=["me@example.org"])
    (finding,) = [finding for finding in made.report if finding.code == code]
    assert finding.severity is Severity.WARNING
    assert words in finding.message
    with pytest.raises(Refused):
        prepare_forward(received, sender="us@example.com", destination=["me@example.org"], fail_level=Severity.WARNING)


def test_text_is_not_put_before_base64() -> None:
    received = b"From: ann@example.net\nDear all\nContent-Transfer-Encoding: base64\n\nSGk=\n"
    made = prepare_forward(received, sender="us@example.com", destination=["me@example.org"])
    assert parse(made.message).content() == b"Hi"
    assert b"\nX-Received-Line: Dear all\n" in made.message
