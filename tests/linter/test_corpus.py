"""Messages that others wrote, under lint: nothing raises, and what is called an error has something to stand on.

An error may rest on a text that users quote of SES (facts E.2) or that AWS documents (E.3), or on a limit or demand of
AWS (D). Other errors must be rare in mail that Python's own parser reads without a defect: all of them are listed here.
"""

from __future__ import annotations

import email
import inspect
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from sesmime import ApiParameters, Destination, Finding, Interface, LintConfig, Severity, lint
from sesmime.linter.listing import all_rules
from sesmime.linter.rule import Rule
from tests.conftest import shared
from tests.corpus import corpus
from tests.laws import EVERY_RULE
from tests.linter.examples import BAD, findings
from tests.linter.quoted import DOCUMENTED, USERS

RAW = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP)


class Basis(NamedTuple):
    """What an error rests on: places of the facts about SES (`E.2 9`, `E.3`, `D.1`, `C.1`, `G 14`), and why.

    `DESIGN` and `attacks` stand for the design's word and for attacks whose oracle asks for it.
    """

    places: tuple[str, ...]
    why: str = ""

    @property
    def is_of_ses(self) -> bool:
        """Whether AWS or people who were refused say so."""
        return any(place.startswith(("E.2", "E.3", "D.", "0.")) for place in self.places)

    @property
    def needs_no_text(self) -> bool:
        """Whether that is a limit or a demand, or a refusal whose text nobody quotes (row 22)."""
        return any(place.startswith("D.") or place == "E.2 22" for place in self.places)


def basis(places: str, why: str = "") -> Basis:
    """Return what an error rests on, its places with commas between them."""
    return Basis(tuple(place.strip() for place in places.split(",")), why)


# Read by hand from what each rule says of itself, and from the facts.
BASES = {
    # Header sections
    "SES001": basis("E.2 1, D.1", "lone CRs in the section gave Duplicate header, and are no line ends to SES"),
    "SES002": basis("E.2 11"),
    "SES003": basis("E.2 1, E.2 7, E.2 11, D.1", "a line that is no field, or no empty line before the body"),
    "SES004": basis("E.2 8, E.2 9, D.1", "all of it is body, so that From is missing"),
    "SES006": basis("E.2 13, E.2 11, D.1", "base64 done twice has no line break and no colon"),
    "SES008": basis("attacks", "readers disagree whether it is a field at all; what SES makes of it is not known"),
    # Fields
    "SES101": basis("E.2 1, E.2 2, E.2 3, E.2 4, E.2 5, E.2 6, E.2 7, D.3"),
    "SES102": basis("E.2 8, E.2 54, E.2 55, C.1"),
    "SES104": basis("E.2 10, C.1"),
    # Addresses, recipients, identities
    "SES201": basis(
        "E.2 25, E.2 26, E.2 27, E.2 28, E.2 29, E.2 30, E.2 31, E.2 32, E.2 33, E.2 34, E.2 35, E.2 36, E.2 39, E.3,"
        " D.1, D.2",
        "one badly formed recipient refuses the whole message",
    ),
    "SES202": basis("E.2 9, E.2 10, E.3"),
    "SES203": basis("E.2 43, D.1"),
    "SES205": basis(
        "C.1, G 14", "a Bcc field beside a destination: reports contradict each other on its being taken out"
    ),
    "SES207": basis(
        "E.2 25, E.2 26, E.2 27, E.2 28, E.2 29, E.2 30, E.2 31, E.2 32, E.2 33, E.2 35, E.2 36, E.2 41, E.3, D.1, D.2"
    ),
    "SES208": basis("E.2 37, E.2 25"),
    "SES209": basis("E.2 26, E.2 38, E.2 41, D.2"),
    "SES211": basis("E.2 40"),
    "SES212": basis("E.2 42, C.3"),
    "SES214": basis("E.2 45, E.3"),
    "SES218": basis("0.4, E.2 37", "row 23"),
    "SES215": basis("0.1", "320 characters, measured as JavaMail prints the address"),
    # Size, lines, charsets
    "SES301": basis("D.1", "at most 1,000 octets with CRLF"),
    "SES302": basis("E.2 44, E.3, D.1"),
    "SES304": basis("E.2 24, D.5"),
    # Parts
    "SES401": basis("E.2 16, D.5"),
    "SES402": basis("E.2 17, E.2 18, E.2 19, E.2 20, E.2 23, D.5"),
    "SES403": basis("E.2 18, E.2 19, E.2 20, E.2 21, E.2 23, D.5"),
    "SES405": basis("D.5", "the list of suffixes; the text is not known"),
    "SES406": basis("D.1", "500 parts"),
    "SES407": basis("D.5", "a child's boundary differs from its parent's"),
    # Settings
    "SES501": basis("E.2 47, E.2 48, E.2 50, E.2 51, G 8", "in the field AWS documents nothing: tags lost in silence"),
    "SES502": basis("G 4, DESIGN", "in the field alone; in the parameters it is a warning"),
    "SES503": basis("G 5", "nobody decodes encoded words there: tags lost in silence"),
    "SES504": basis("E.2 46, E.3, G 25"),
    "SES508": basis("E.2 46, G 8, G 25, G 32"),
    "SES510": basis("G 28", "the others are lost in silence"),
    "SES511": basis("E.2 47, E.2 48, E.2 49, E.2 50, E.2 51"),
    "SES521": basis("D.4, D.5", "AWS's service models"),
    "SES705": basis("0.4", "row 1: refused; the text is not documented"),
    "SES522": basis("E.2 22, D.4, D.5, D.1, 0.4", "the guide and API reference; the charset: row 19"),
    "SES523": basis("0.4", "row 24"),
    "SES525": basis("DESIGN", "each error of raw_from_simple is a finding"),
    "SES524": basis(
        "0.1, 0.4, E.2 25, E.2 26, E.2 37, E.2 43, E.2 47, E.2 48, E.3", "row 22: SES says it of the entry"
    ),
    "SES512": basis("DESIGN", "the request cannot be made, or the setting is lost"),
    # Readers that are deceived
    "SEC201": basis("attacks", "SMTP smuggling: another mail in the sender's name"),
    "SEC302": basis("attacks, G 28", "somebody else's setting that filters do not see"),
    "SEC303": basis(
        "attacks", "in addresses and Content- fields: another sender, another type than to the next reader"
    ),
}

# The beginnings of the texts of E.2 and E.3 that are about a message; where the facts show a value, they end before it.
SEEN = (
    "Duplicate header '",
    "Missing required header 'From'.",
    "Missing required header 'To'.",
    "Empty required header 'To'.",
    "Empty header names are illegal.",
    "Header section too long.",
    "Missing start boundary",
    "Expected '/', got ",
    "Expected ';', got ",
    "Expected '=', got ",
    "Expected disposition, got ",
    "Unsupported encoding ",
    "Missing final '@domain'",
    "Missing domain",
    "Missing local name",
    "Local address contains control or whitespace",
    "Local address contains illegal character",
    "Domain contains illegal character",
    "Domain contains control or whitespace",
    "Illegal address",
    "Extra route-addr",
    "Nested group",
    "Invalid From address provided.",
    # 0.4 row 1: the code alone.
    "BadRequestException",
    "Illegal semicolon, not in group",
    "Missing '\"'",
    "Invalid email address",
    "Address contains illegal characters in user name: '",
    "User name is missing: '",
    "Invalid domain name: '",
    "501 Invalid RCPT TO address provided",
    "501 Invalid MAIL FROM address provided",
    "Recipient count exceeds 50.",
    "Message length is more than ",
    "Email address is not verified.",
    "Configuration set <",
    "Invalid tag name <",
    "Invalid tag value <",
    "Tag name cannot exceed 255 characters.",
    "Tag value cannot exceed 255 characters.",
    "The tag name must be specified.",
    "The tag value must be specified.",
    "There are no recipients specified",
    "There are non-ASCII characters in the email address",
    # Row 17 is of this rule, and row 23, whose text nobody quotes, of the second: E.4 says so of both.
    "Expected MIME type, got ",
    "Expected parameter value, got ",
)

# Errors that rest on neither, in messages that Python's parser reads without a defect: what is wrong there, by hand.
LISTED = {
    "cpython/messages/msg_43.txt": "a bounce, From: MAILER DAEMON <>: nobody to verify; Empty address (E.4)",
    "enmime/messages/parts/missing-closing-param-quote.raw": "the quote of charset is not closed: E.4, not yet quoted",
    "mikel-mail/messages/error_emails/encoding_madness.eml": "Reply-To ends in <>, and holds raw 8-bit: Empty address",
    "rspamd/messages/currency.eml": "From: <> alone: nobody to verify; Empty address",
    "set-of-emails/messages/dos/lhost-barracuda-01.eml": "a bounce, From: MAILER-DAEMON <>: Empty address",
    "set-of-emails/messages/dos/lhost-dragonfly-01.eml": "a bounce, From: MAILER-DAEMON <>: Empty address",
}


SENT = ApiParameters(source="us@example.com", destination=Destination(("ann@example.net",)))


def is_error(rule: Rule) -> bool:
    """Whether a rule gives errors, of itself or in some of its cases."""
    module = inspect.getsourcefile(rule.check)
    assert module is not None
    return rule.severity is Severity.ERROR or "Severity.ERROR" in Path(module).read_text(encoding="utf-8")


ERRORS = [rule for rule in all_rules() if is_error(rule)]


def rests(finding: Finding) -> bool:
    """Whether an error rests on E.2 or E.3, by its text, or on D."""
    if finding.rejection:
        return finding.rejection.startswith(SEEN)
    # Of Bcc beside a destination SES refuses nothing: the blind recipients are shown to all (C.1, G 14).
    return BASES[finding.code].needs_no_text or finding.code == "SES205"


def reads_without_defect(message: bytes) -> bool:
    """Whether Python's parser notes nothing in a message or a part."""
    return not any(part.defects for part in email.message_from_bytes(message).walk())


# The rules


def test_every_rule_that_gives_errors_has_something_to_stand_on() -> None:
    assert sorted(BASES) == sorted(rule.code for rule in ERRORS)
    assert all(found.why or found.is_of_ses for found in BASES.values())


@pytest.mark.shared
def test_every_place_that_an_error_rests_on_is_in_the_facts() -> None:
    facts = shared("facts", "ses.md").read_text(encoding="utf-8")
    rows = {row: set(re.findall(r"^\| (\d+) \|", section(facts, row), re.MULTILINE)) for row in ("E.2", "G")}
    for code, found in BASES.items():
        for place in found.places:
            name, _, row = place.partition(" ")
            assert name in ("DESIGN", "attacks") or section(facts, name), (code, place)
            assert not row or row in rows[name], (code, place)


def section(facts: str, name: str) -> str:
    """Return the text under a heading of the facts."""
    found = re.search(rf"^##+ {re.escape(name)}[. ].*?(?=^## |^### |\Z)", facts, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def quoted_texts(facts: str) -> list[tuple[str, str]]:
    """Return the texts of SES in the facts: the number of the row in E.2, "D" for E.3, and the text."""
    users = re.findall(r"^\| (\d+) \| (.*?) \| ", section(facts, "E.2"), re.MULTILINE)
    documented = re.findall(r"^\| (`.*?) \| ", section(facts, "E.3"), re.MULTILINE)
    cells = [*users, *(("D", cell) for cell in documented)]
    return [(number, text) for number, cell in cells for text in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.shared
def test_every_text_of_the_facts_has_its_submission_or_a_reason() -> None:
    texts = quoted_texts(shared("facts", "ses.md").read_text(encoding="utf-8"))
    assert {number for number, _ in texts} >= {str(number) for number in range(1, 56) if number not in (22, 23)}
    known = {(row.number.partition(" ")[0], row.printed) for row in (*USERS, *DOCUMENTED)}
    # What carries a text is no text of a row's own: row 53 shows how it comes by SMTP, too.
    documented = {text for number, text in known if number == "D"}
    assert [one for one in texts if one not in known and one[1] not in documented] == []


def test_every_row_of_the_users_texts_has_a_rule_or_a_reason() -> None:
    held = {place for found in BASES.values() for place in found.places}
    reasons = {row.number for row in USERS if row.reason}
    for number in range(1, 56):
        assert f"E.2 {number}" in held or str(number) in reasons, number
    # Row 22 has a rule, and a reason why no text is expected.
    assert {number for number in reasons if f"E.2 {number}" in held} == {"22"}


@pytest.mark.shared
@pytest.mark.parametrize("rule", ERRORS, ids=[rule.code for rule in ERRORS])
def test_the_texts_that_a_rule_expects_are_those_of_its_rows(rule: Rule) -> None:
    texts = quoted_texts(shared("facts", "ses.md").read_text(encoding="utf-8"))
    held = BASES[rule.code].places
    expected = {
        finding.rejection for entry, place in BAD if entry.code == rule.code for finding in findings(place, rule.code)
    }
    for text in filter(None, expected):
        beginning = next((one for one in SEEN if text.startswith(one)), text)
        rows = {"E.3" if row == "D" else f"E.2 {row}" for row, printed in texts if printed.startswith(beginning)}
        assert not rows or rows & set(held), (text, rows)


@pytest.mark.shared
def test_the_texts_that_were_seen_stand_in_the_facts() -> None:
    facts = shared("facts", "ses.md").read_text(encoding="utf-8")
    texts = [text for _, text in quoted_texts(facts)]
    seen_besides = [row for row in section(facts, "E.4").splitlines() if row.startswith("|") and row.endswith("| no |")]
    for beginning in SEEN:
        if not any(text.startswith(beginning) for text in texts):
            # Of the parser's texts there E.4 tells which rows of E.2 they belong to.
            newer = "".join(section(facts, name) for name in ("0.1", "0.3", "0.4"))
            assert beginning in section(facts, "E.4") + newer, beginning
            assert not any(beginning in row for row in seen_besides), beginning


# The corpus


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("interface", RAW)
def test_lint_raises_on_no_message(interface: Interface, capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[Severity] = Counter()
    files = corpus()
    for file in files:
        message = file.read_bytes()
        report = lint(message, interface=interface, config=EVERY_RULE)
        counted.update(finding.severity for finding in report)
        assert all(finding.message.isprintable() for finding in report), file
    with capsys.disabled():
        told = ", ".join(f"{counted[severity]} {severity.name}" for severity in reversed(Severity))
        print(f" [{len(files)} messages: {told}]", end="")
    assert len(files) >= 1_000
    assert all(counted.values())


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("interface", RAW)
def test_errors_that_rest_on_nothing_of_ses_are_rare_and_listed(
    interface: Interface, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = refused = 0
    counted: Counter[str] = Counter()
    found: dict[str, list[str]] = {}
    for file in corpus():
        message = file.read_bytes()
        if not reads_without_defect(message):
            continue
        clean += 1
        errors = lint(message, interface=interface, config=LintConfig()).at_least(Severity.ERROR)
        as_sent = lint(message, parameters=SENT, interface=interface, config=LintConfig()).at_least(Severity.ERROR)
        refused += bool(as_sent)
        counted.update({error.code for error in as_sent})
        for error in (*errors, *as_sent):
            assert error.code in BASES, file
            assert error.url.startswith("https://"), file
        all_of_both = [*errors, *(error for error in as_sent if error.code not in {one.code for one in errors})]
        loose = [f"{error.code} {error.rejection or error.message}" for error in all_of_both if not rests(error)]
        if loose:
            found[file.relative_to(shared("corpus")).as_posix()] = loose
    with capsys.disabled():
        # The rate of refusals where a sender and a recipient are given, as by a relay; of these, those that rest on
        # nothing of SES may be false ones.
        codes = ", ".join(f"{code} {count}" for code, count in counted.most_common())
        print(
            f" [{clean} messages without a defect: {refused} ({refused / clean:.1%}) with an error, {len(found)}"
            f" ({len(found) / clean:.1%}) with one that rests on nothing of SES; {codes}]",
            end="",
        )
    assert sorted(found) == sorted(LISTED), found
    assert clean >= 900
    assert len(found) * 100 <= clean
