"""The rules: each has its file, its words and its examples, and says of them what it should.

An example is `tests/data/rules/CODE/{bad,good}/NAME.eml`. Beside it `NAME.json` may hold the `interface`, the
`parameters` by their names in ApiParameters, the `verified_identities` (a rule about parameters needs no message),
how often to `repeat_last_line`, for large messages, and the arguments of a `forward`; `NAME.fixed.eml` holds what
becomes of it when this rule alone fixes, unsafe fixes included.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import pytest

from sesmime import ApiParameters, Interface, LintConfig, fix, lint, prepare_forward
from sesmime.linter.catalogue import CATALOGUE, Entry
from sesmime.linter.examples import KEPT, examples_text, kept_examples, read_example
from sesmime.linter.listing import OF_FORWARDS
from sesmime.linter.occasions import FOR_OTHERS, OCCASIONS
from sesmime.linter.rule import Subject
from sesmime.linter.run import outgoing
from sesmime.linter.tabulate import TABLE, table
from tests.conftest import shared
from tests.linter.examples import BAD, EXAMPLES, GOOD, ROOT, example, example_names, findings
from tests.linter.silence import kept_silent

FILES = ROOT / "sesmime" / "linter" / "rules"
IDS = [entry.file for entry in CATALOGUE]


def test_the_table_of_rules_is_the_one_that_their_files_make() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run `python -m sesmime.rules catalogue`"


@pytest.mark.parametrize("entry", CATALOGUE, ids=IDS)
def test_a_rule_agrees_with_its_line_in_the_catalogue(entry: Entry) -> None:
    rule = entry.rule()
    assert rule.code == entry.code
    assert rule.name == entry.file.partition("_")[2].replace("_", "-")
    assert re.fullmatch(r"(SES|RFC|SEC|BULK)[0-9]{3}", rule.code)


@pytest.mark.parametrize("entry", CATALOGUE, ids=IDS)
def test_a_rule_says_what_it_is_about_and_where_that_stands(entry: Entry) -> None:
    rule = entry.rule()
    assert rule.summary.endswith("."), rule.summary
    assert len(rule.summary) <= 110
    assert "\n\n" in rule.explanation, "what goes wrong, and for whom?"
    assert rule.source.startswith("https://")


@pytest.mark.parametrize("entry", CATALOGUE, ids=IDS)
def test_a_rule_has_examples_of_both_kinds_and_a_line_in_the_changelog(entry: Entry) -> None:
    assert example_names(entry.code, "bad")
    assert example_names(entry.code, "good")
    assert entry.code in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_file_of_a_rule_has_its_line_and_no_code_is_used_twice() -> None:
    files = {f"{file.parent.name}.{file.stem}" for file in FILES.glob("*/*.py") if file.stem != "__init__"}
    assert files == set(IDS)
    assert len({entry.code for entry in CATALOGUE}) == len(CATALOGUE)
    assert {folder.name for folder in EXAMPLES.iterdir()} == {entry.code for entry in CATALOGUE} | OF_FORWARDS.keys()


@pytest.mark.parametrize(("entry", "place"), BAD, ids=[f"{entry.code}-{place.name}" for entry, place in BAD])
def test_a_bad_example_is_found(entry: Entry, place: Path) -> None:
    found = findings(place, entry.code)
    assert found
    message, _, _ = example(place)
    for finding in found:
        assert finding.message
        assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e]", finding.message)
        if finding.span is not None:
            assert message is not None
            start, stop = finding.span
            assert 0 <= start <= stop <= len(message)
            assert finding.line == message.count(b"\n", 0, start) + 1
            assert finding.column == start - (message.rfind(b"\n", 0, start) + 1) + 1


@pytest.mark.parametrize(("entry", "place"), GOOD, ids=[f"{entry.code}-{place.name}" for entry, place in GOOD])
def test_a_good_example_is_let_pass(entry: Entry, place: Path) -> None:
    assert findings(place, entry.code) == []


@pytest.mark.parametrize(("entry", "place"), BAD, ids=[f"{entry.code}-{place.name}" for entry, place in BAD])
def test_a_rule_that_fixes_has_the_fixed_message_beside(entry: Entry, place: Path) -> None:
    message, arguments, identities = example(place)
    fixed = place.with_name(f"{place.name}.fixed.eml")
    fixable = any(finding.fix is not None and finding.fix.edits for finding in findings(place, entry.code))
    assert fixable == fixed.exists()
    if message is not None and fixable:
        config = LintConfig(select=(entry.code,), verified_identities=identities)
        done = fix(message, unsafe=True, config=config, **arguments)
        assert done.message == fixed.read_bytes()
        assert not lint(done.message, config=config, **arguments)


@pytest.mark.parametrize("code", OF_FORWARDS)
def test_what_only_a_forward_tells_of_has_examples_too(code: str) -> None:
    for kind in ("bad", "good"):
        assert example_names(code, kind)
        for place in example_names(code, kind):
            read = read_example(place)
            assert read.message is not None
            assert read.forward is not None
            report = prepare_forward(read.message, **read.forward).report
            assert [finding.code for finding in report] == ([code] if kind == "bad" else [])


# What a package has of them


def test_the_kept_examples_are_those_that_the_files_make() -> None:
    assert KEPT.read_text(encoding="ascii") == examples_text(), "run `python -m sesmime.rules catalogue`"


@pytest.mark.parametrize("code", sorted({*OF_FORWARDS, *(entry.code for entry in CATALOGUE)}))
def test_of_each_rule_a_bad_and_a_good_example_are_kept_as_they_are(code: str) -> None:
    kept = kept_examples()[code]
    assert kept.keys() == {"bad", "good"}
    for kind, one in kept.items():
        assert one in [read_example(place) for place in example_names(code, kind)]


def test_octets_of_an_example_are_those_of_its_files(tmp_path: Path) -> None:
    for octets in (b"", b"A: \xff\r\n\r\nb\n\rb\x85\x0c", b"A: b\n\n\n\n", b"A: b\n\nc\nc\nc", b"\r\n\r\n"):
        (tmp_path / "SES599" / "bad").mkdir(parents=True, exist_ok=True)
        place = tmp_path / "SES599" / "bad" / "one"
        for suffix in (".eml", ".fixed.eml"):
            place.with_suffix(suffix).write_bytes(octets)
        read = read_example(place)
        assert (read.message, read.fixed) == (octets, octets)
        kept = json.loads(examples_text(tmp_path))["SES599"]["bad"]
        again = [line if isinstance(line, str) else line[0] * line[1] for line in kept["message"]]
        assert "".join(again).encode("latin-1") == octets
        place.with_suffix(".json").write_text('{"repeat_last_line": 3}')
        lines = octets.split(b"\n")
        last = lines[-1] or b"".join(lines[-2:-1]) + b"\n" * octets.endswith(b"\n")
        assert read_example(place).message == octets + last * 2
        place.with_suffix(".json").unlink()


def test_an_unknown_key_of_an_example_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(b"A: b\n\n")
    (tmp_path / "one.json").write_text('{"interfaces": "ses"}')
    with pytest.raises(ValueError, match="unknown keys interfaces"):
        read_example(tmp_path / "one")


def test_rules_about_parameters_run_without_a_message() -> None:
    for entry in CATALOGUE:
        if entry.subject is Subject.PARAMETERS:
            list(lint(None, interface=Interface.V2_SEND_EMAIL_TEMPLATE, config=LintConfig(select=(entry.code,))))


def test_our_rules_look_at_the_whole_or_at_the_parameters() -> None:
    # A rule that loops over parts itself counts what it does not tell, and is asked again for copies as a whole.
    assert not [entry.code for entry in CATALOGUE if entry.subject.is_part]


# Occasions


def test_every_occasion_is_named_by_the_catalogue_and_every_name_is_one() -> None:
    named = {name for entry in CATALOGUE for name in entry.triggers or () if name.startswith(":")}
    assert named | FOR_OTHERS == OCCASIONS.keys()
    assert not named & FOR_OTHERS


@pytest.mark.parametrize(
    "place", [place for _, place in BAD + GOOD], ids=lambda place: f"{place.parts[-3]}-{place.name}"
)
def test_a_rule_without_occasion_has_nothing_to_say_of_an_example(place: Path) -> None:
    message, arguments, identities = example(place)
    config = LintConfig(verified_identities=identities)
    assert kept_silent(outgoing(message, config=config, **arguments)) == []


# What makes messages odd, put in anywhere.
ODD = (
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\r\n \r\n",
        b"\0",
        b"\x7f",
        b"\xe9",
        b"\xe2\x80\xae",
        b" :",
        b":",
        b"\\n",
        b'"',
    ),
    *(
        b"=?utf-8?q?a?=",
        b"=?",
        b"<",
        b">",
        b"(",
        b"*",
        b";",
        b",",
        b"@",
        b"--",
        b"\r\n--",
        b"=",
        b"cid:",
        b"href",
        b"{{",
    ),
    *(
        b"ses:no-track",
        b"x" * 1_100,
        b"\xff\xfe",
        b"\r\n.\r\n",
        b"charset=",
        b"name=",
        b"filename*=utf-8''x",
        b"con.txt",
    ),
    *(
        b"\r\nX-SES-TENANT: a",
        b"\r\nTo: a@b.example",
        b"\r\nFrom: a@b.example, c@d.example",
        b"\r\nDate: x",
        b"begin 644 x",
    ),
    *(b"\r\nContent-Type: text/plain", b"\r\nContent-Type: message/rfc822", b"\r\nContent-Transfer-Encoding: base64"),
    *(
        b"\r\nContent-ID: x",
        b"\r\nMIME-Version: 2.0",
        b"\r\nMessage-ID: <a>",
        b"\r\nReferences: a",
        b"\r\nContent-Type: a/b",
    ),
)


def damaged(message: bytes, chance: Random) -> bytes:
    """Return a message with up to three oddities put in, octets left out, or pieces of it that stand there twice."""
    for _ in range(chance.randint(1, 3)):
        head = message.find(b"\n\r\n") if chance.random() < 0.6 else len(message)
        place = chance.randint(0, max(head, 40))
        kind = chance.random()
        if kind < 0.6:
            message = message[:place] + chance.choice(ODD) + message[place:]
        elif kind < 0.8:
            message = message[:place] + message[place + chance.randint(1, 9) :]
        else:
            start, stop = message.rfind(b"\n", 0, place) + 1, message.find(b"\n", place) + 1 or len(message)
            message = message[:stop] + message[start:stop] + message[stop:]
    return message


def test_a_rule_without_occasion_has_nothing_to_say_of_a_damaged_message() -> None:
    chance = Random(20_261_129)
    for _, place in BAD + GOOD:
        message, _, identities = example(place)
        if not isinstance(message, bytes):
            continue
        for interface in (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP):
            changed = damaged(message, chance)
            subject = outgoing(
                changed,
                parameters=ApiParameters(),
                interface=interface,
                config=LintConfig(verified_identities=identities),
            )
            assert kept_silent(subject) == [], changed


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n: x\r\nX-A: y\r\n\r\nHi\r\n--b--\r\n", "RFC108"),
        (b"To: a@b.example\r\n: x\r\n\r\nHi\r\n", ""),
        (b"Resent-T: a@b.example\r\n\r\nHi\r\n", ""),
        (b"Resent-T: a@b.example\r\nResent-To: a@b.example\r\n\r\nHi\r\n", "SES206"),
    ],
)
def test_names_that_are_none_are_told_whatever_stands_beside_them(message: bytes, code: str) -> None:
    interface, config = Interface.SEND_RAW_EMAIL, LintConfig()
    assert kept_silent(outgoing(message, parameters=ApiParameters(), interface=interface, config=config)) == []
    told = [finding.code for finding in lint(message) if finding.code in ("RFC108", "SES206")]
    assert told == [code] * bool(code)


@pytest.mark.slow
@pytest.mark.shared
def test_a_rule_without_occasion_has_nothing_to_say_of_real_and_hostile_messages() -> None:
    files = [*shared("corpus").glob("*/messages/**/*"), *shared("attacks").glob("*.eml")]
    messages = [file.read_bytes() for file in files if file.is_file()]
    assert len(messages) > 1_000
    for message in messages:
        for interface in (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP):
            subject = outgoing(message, parameters=ApiParameters(), interface=interface, config=LintConfig())
            assert kept_silent(subject) == []
