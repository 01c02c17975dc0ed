"""The catalogue of attacks where it is present: what lint finds, and what fixing, preparing, forwarding make of each.

What is expected stands by the words of an entry's oracle, thus by the kind of fault and not by the entry. An entry that
asks for a finding in other words is in no table, and a test fails until somebody has read it. What `build` and the
policy make of the catalogue is in their own tests, and so is what single fields are read as.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any, NamedTuple

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Finding,
    Interface,
    InvalidAddress,
    InvalidField,
    LintConfig,
    Mailbox,
    MessageTag,
    Origin,
    Refused,
    SesFields,
    SesMimeError,
    Severity,
    envelope,
    fix,
    format_addresses,
    format_parameters,
    lint,
    parse,
    parse_addresses,
    prepare,
    prepend_field,
    replace_field,
    write_ses_fields,
)
from sesmime.errors import DecodingError
from sesmime.handover.forward import forward_with_report
from sesmime.mime.fields import header_section_end
from sesmime.ses.strip import strip_edits
from tests import laws
from tests.conftest import SHARED, shared

pytestmark = [pytest.mark.shared, pytest.mark.slow]

RAW = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP)


class Kind(NamedTuple):
    """One kind of fault: the words of the oracle, the rules of which one must find it, where, and why these.

    `places` are the fields in which the finding may stand, lower case, or `BODY`; () is anywhere. Fields that the words
    name (the group `fields`) must each be told of.
    """

    words: str
    codes: frozenset[str]
    places: frozenset[str]
    why: str


def kind(words: str, codes: str, places: str, why: str) -> Kind:
    """Return a kind of fault."""
    return Kind(words, frozenset(codes.split()), frozenset(places.split()), why)


BODY = "(body)"
SECTION = "(header-section)"
ADDRESSES = "from sender to cc bcc reply-to return-path"
NAMES = "content-type content-disposition"

KINDS = (
    # Addresses
    kind("invalid address", "SES201 RFC201", ADDRESSES, "RFC201 where SES's grammar takes it and readers differ"),
    kind("unterminated comment", "SES201 RFC201", ADDRESSES, "the strict grammar: Missing ')'"),
    kind("encoded-word in an addr-spec", "RFC202", ADDRESSES, "RFC 2047 section 5 (3)"),
    kind("source route", "RFC203", ADDRESSES, "RFC 5322 section 4.4"),
    kind("display name looks like another address", "SEC101", ADDRESSES, "readers show the name alone"),
    kind("non-ASCII local part", "SES201", ADDRESSES, "SES takes 7-bit addresses"),
    # Header sections
    kind("lint: NUL", "SEC303 SEC202", "", "SEC303 in a field, SEC202 in a body; readers in C end the text there"),
    kind(
        r"duplicate (?P<fields>[\w-]+(?: and [\w-]+)*)",
        "SES101 RFC101 SES510 SEC403",
        "",
        "what SES takes once is SES101; of the others the standards say so",
    ),
    kind("whitespace before the colon", "SES008 SEC302", "", "SEC302 where the name is one of SES's"),
    kind("starts with an empty line", "SES004", SECTION, "then all of it is body"),
    kind("bare CR in header", "SES001", "", "SES was seen to read two fields, or one"),
    kind(r"(?P<fields>Bcc and Resent-Bcc) in the outgoing message", "SES205", "", "everybody may read them"),
    kind("raw 8-bit header", "RFC110", "", "RFC 5322 section 2.2"),
    # Parts
    kind("reuses an enclosing boundary", "SES407", "content-type", "SES asks that they differ"),
    kind("empty boundary", "RFC403 RFC411", "content-type", "RFC 2046 section 5.1.1: at least one character"),
    kind("boundary over 70", "RFC402", "content-type", "RFC 2046 section 5.1.1"),
    kind("in the epilogue", "SEC203", BODY, "some readers show what stands there"),
    kind("base64 on a multipart", "RFC305", "content-transfer-encoding", "RFC 2045 section 6.4"),
    kind("unknown transfer encoding", "RFC304", "content-transfer-encoding", "RFC 2045 section 6.1"),
    kind("data after padding", "RFC306", BODY, "RFC 2045 section 6.8"),
    kind("invalid quoted-printable", "RFC307", BODY, "RFC 2045 section 6.7"),
    kind("message/external-body", "RFC406", "content-type", "RFC 2046 section 5.2.3"),
    kind("message/partial", "RFC405", "content-type", "RFC 2046 section 5.2.2"),
    kind("8-bit data declared 7bit", "RFC303", BODY, "RFC 2045 section 2.7"),
    kind("more than 500 MIME parts", "SES406", "", "SES takes no more"),
    kind("lint reports the charset", "SES304 RFC308 RFC407", "content-type", "no reader knows it by that name"),
    # A name is told of as it misleads (SEC4), as SES refuses it (SES40), or as it is written (RFC4).
    kind(
        "safe-name API.*a finding is given",
        "SEC401 SEC402 SES404 SES405 RFC407 RFC408 RFC410",
        NAMES,
        "a reader sees another file than the sender, or none",
    ),
    # Line ends
    kind("bare CR or LF", "SEC201", BODY, "a server may read the end of the message there (SMTP smuggling)"),
    # SES's own fields
    kind("each bad pair is reported", "SES501 SES503", "x-ses-message-tags", "SES takes A-Z a-z 0-9 _ and - alone"),
)

# Asked for in words of their own, and looked at in a test of their own.
OF_THEIR_OWN = (r"lint reports each one found",)


def catalogue() -> list[dict[str, Any]]:
    """Return the entries, none where they are not present."""
    index = SHARED / "attacks" / "index.json"
    entries: list[dict[str, Any]] = json.loads(index.read_text(encoding="utf-8"))["entries"] if index.exists() else []
    return entries


ENTRIES = catalogue()
MESSAGES = [
    entry for entry in ENTRIES if entry["input_file"] or (entry["generator"] and entry["generator"].startswith("b"))
]


def message_of(entry: dict[str, Any]) -> bytes:
    """Return the message of an entry, of a family of sizes the smallest."""
    if entry["input_file"]:
        return shared("attacks", entry["input_file"]).read_bytes()
    message = eval(entry["generator"], {}, {"n": (entry["sizes"] or [0])[0]})
    assert isinstance(message, bytes)
    return message


def asks_for_a_finding(entry: dict[str, Any]) -> bool:
    """Whether an oracle wants lint to tell of something."""
    oracle = entry["oracle"]
    return entry["expected"] == "finding" or "lint" in oracle or "a finding is given" in oracle


def kind_of(entry: dict[str, Any]) -> tuple[Kind, list[str]] | None:
    """Return the kind of fault that an oracle names, with the fields that it names."""
    for known in KINDS:
        words = re.search(known.words, entry["oracle"])
        if words is not None:
            fields = words.groupdict().get("fields") or ""
            return known, [name.lower() for name in fields.split(" and ") if name]
    return None


def place_of(message: bytes, finding: Finding) -> str:
    """Return the name of the field in which a finding stands, of the innermost entity there is."""
    if finding.span is None:
        return ""
    found = BODY if finding.span.start >= header_section_end(message)[1] > 0 else SECTION
    for part in parse(message).walk():
        for field in part.header_section:
            if field.span.start <= finding.span.start < field.span.stop:
                found = field.name.lower()
    return found


def of(entries: list[dict[str, Any]], **wanted: str) -> pytest.MarkDecorator:
    """Make a test of each entry that has these values."""
    chosen = [entry for entry in entries if all(entry[name] == value for name, value in wanted.items())]
    return pytest.mark.parametrize("entry", chosen, ids=[entry["name"] for entry in chosen])


FOUND = [entry for entry in MESSAGES if asks_for_a_finding(entry) and kind_of(entry) is not None]


# What lint finds


def test_every_oracle_that_asks_for_a_finding_is_of_a_known_kind() -> None:
    shared("attacks", "index.json")
    unknown = [
        (entry["name"], entry["oracle"])
        for entry in ENTRIES
        if asks_for_a_finding(entry)
        and (entry not in MESSAGES or kind_of(entry) is None)
        and not any(re.search(words, entry["oracle"]) for words in OF_THEIR_OWN)
    ]
    assert unknown == []


def test_every_kind_of_fault_is_in_the_catalogue() -> None:
    shared("attacks", "index.json")
    assert [known.words for known in KINDS if not any(re.search(known.words, one["oracle"]) for one in FOUND)] == []


@of(FOUND)
@pytest.mark.parametrize("interface", RAW)
def test_what_the_oracle_names_is_found_in_its_place(entry: dict[str, Any], interface: Interface) -> None:
    message = message_of(entry)
    found = kind_of(entry)
    assert found is not None
    known, fields = found
    told = [finding for finding in lint(message, interface=interface) if finding.code in known.codes]
    places = {place_of(message, finding) for finding in told}
    assert told, known.why
    assert places & known.places or not known.places, known.why
    assert set(fields) <= places
    if "lint error" in entry["oracle"]:
        assert told[0].severity is Severity.ERROR
    if entry["family"] == "filename":
        named = [part.path for part in parse(message).walk() if part.filename is not None]
        assert {finding.part for finding in told} <= set(named)


@of(MESSAGES, surface="decode_tags+lint")
def test_each_bad_pair_is_told_of_and_none_is_written(entry: dict[str, Any]) -> None:
    message = message_of(entry)
    field = parse(message).header_section.first("X-SES-MESSAGE-TAGS")
    assert field is not None
    told = {
        bytes(message[slice(*finding.span)])
        for finding in lint(message)
        if finding.code == "SES501" and finding.span is not None
    }
    bad = []
    for pair in field.raw.partition(b":")[2].split(b","):
        name, _, value = pair.strip().partition(b"=")
        if re.fullmatch(rb"[A-Za-z0-9_-]{1,255}", name) and re.fullmatch(rb"[A-Za-z0-9_-]{1,255}", value):
            continue
        bad.append(pair.strip())
        tag = MessageTag(name.decode("ascii", "surrogateescape"), value.decode("ascii", "surrogateescape"))
        with pytest.raises(SesMimeError):
            write_ses_fields(b"\r\n", SesFields(message_tags=(tag,)))
    assert bad
    assert told == set(bad)


@of([entry for entry in MESSAGES if re.search(OF_THEIR_OWN[0], entry["oracle"])])
@pytest.mark.parametrize("interface", RAW)
def test_each_ses_field_is_told_of(entry: dict[str, Any], interface: Interface) -> None:
    # A plain field is the documented way to give a setting, over SMTP the only one; all others are refused.
    message = message_of(entry)
    report = lint(message, interface=interface)
    plain = {(field.span.start, field.span.stop) for field in parse(message).header_section if _is_plain(field.raw)}
    edits = strip_edits(message)
    assert edits
    for start, stop in (edit.span for edit in edits):
        # The line end before it is where it was hidden.
        told = [one for one in report if one.span is not None and one.span.start < stop and start <= one.span.stop]
        # Plain fields are told of together, at the first of them.
        name = message[start:stop].partition(b":")[0].decode("latin-1")
        told = told or [one for one in report if one.code == "SES520" and name in one.message]
        assert told or (interface is Interface.SMTP and (start, stop) in plain)
        if (start, stop) not in plain:
            assert told[0].severity is Severity.ERROR


def _is_plain(raw: bytes) -> bool:
    return re.match(rb"[Xx]-[Ss][Ee][Ss]-[!-9;-~]+:[^\r]*\r?\n\Z", raw) is not None


# Reading


@of([entry for entry in MESSAGES if not entry["input_file"]])
def test_much_is_read_and_given_back_byte_by_byte(entry: dict[str, Any]) -> None:
    # The files are held against every law with the corpus.
    message = message_of(entry)
    root = parse(message)
    laws.read_everything(root)
    assert laws.rebuilt(root) == message
    laws.strips(message)


@of(MESSAGES, family="filename")
def test_a_name_becomes_one_harmless_component(entry: dict[str, Any]) -> None:
    parts = [part for part in parse(message_of(entry)).walk() if part.filename is not None]
    assert parts
    for part in parts:
        name = part.safe_filename
        assert name
        assert name.isprintable()
        assert not re.search(r"[/\\:\0]|\A\.\.|[\u202a-\u202e\u2066-\u2069]", name)


@of(MESSAGES, family="charset")
def test_a_text_in_an_odd_charset_is_read_or_refused_in_our_own_words(entry: dict[str, Any]) -> None:
    for part in parse(message_of(entry)).walk():
        assert isinstance(part.text(), str)
        assert isinstance(part.content(strict=True), bytes)
        with contextlib.suppress(DecodingError):
            assert isinstance(part.text(strict=True), str)


# What is told


@pytest.mark.slow
@of(MESSAGES)
@pytest.mark.parametrize("interface", RAW)
def test_what_is_told_can_be_printed_and_quotes_little(entry: dict[str, Any], interface: Interface) -> None:
    message = message_of(entry)
    for finding in laws.lints(message, interface=interface):
        # `rejection` is the very text of SES, and is escaped where it is shown.
        texts = [finding.message, finding.fix.title if finding.fix else ""]
        assert all(text.isprintable() for text in texts), finding
        # At most 200 characters are quoted, each written in at most ten.
        assert max(map(len, texts)) < 2_500
    for text in _errors(message, interface):
        assert text.isprintable()
        assert len(text) < 2_500


def _errors(message: bytes, interface: Interface) -> list[str]:
    texts = []
    try:
        prepare(message, interface=interface)
    except SesMimeError as error:
        texts.append(str(error))
    for part in parse(message).walk():
        try:
            part.content(strict=True)
        except SesMimeError as error:
            texts.append(str(error))
    return texts


# Fixing

SMALL = [entry for entry in MESSAGES if not entry["sizes"]]
LARGE = [entry for entry in MESSAGES if entry["sizes"]]


@pytest.mark.slow
@of(SMALL)
@pytest.mark.parametrize("interface", RAW)
@pytest.mark.parametrize("unsafe", [False, True])
def test_after_a_fix_no_rule_is_louder(entry: dict[str, Any], interface: Interface, unsafe: bool) -> None:
    message = message_of(entry)
    laws.fixes(message, unsafe=unsafe, interface=interface)
    if not unsafe:
        laws.fixes_safely(message, interface=interface)


@pytest.mark.slow
@of(LARGE)
@pytest.mark.parametrize("unsafe", [False, True])
def test_after_a_fix_of_much_nothing_is_louder(entry: dict[str, Any], unsafe: bool) -> None:
    laws.fixes(message_of(entry), unsafe=unsafe, config=LintConfig())


@of([entry for entry in MESSAGES if "bare CR or LF" in entry["oracle"]])
def test_a_look_alike_of_the_end_goes_out_in_no_way(entry: dict[str, Any]) -> None:
    message = message_of(entry)
    for interface in RAW:
        with pytest.raises(Refused):
            prepare(message, interface=interface)
    done = fix(message, unsafe=True)
    assert "SEC201" in {finding.code for finding in done.applied}
    assert not done.left.at_least(Severity.ERROR)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", done.message)
    line_ends = b"\r\n\0"
    assert done.message.translate(None, line_ends) == message.translate(None, line_ends)
    prepare(done.message)


# Preparing and forwarding

OURS = Destination(("me@example.org",))


@pytest.mark.slow
@of(MESSAGES)
@pytest.mark.parametrize("interface", RAW)
@pytest.mark.parametrize("given", [ApiParameters(), ApiParameters(destination=OURS)], ids=["alone", "given"])
def test_what_is_prepared_goes_to_those_meant(
    entry: dict[str, Any], interface: Interface, given: ApiParameters
) -> None:
    message = message_of(entry)
    before = envelope(message, parameters=given, interface=interface)
    try:
        prepared = prepare(message, parameters=given, interface=interface)
    except Refused:
        return
    section = parse(prepared.message).header_section
    assert prepared.envelope.recipients == before.recipients
    if given.destination:
        assert prepared.envelope.recipients == OURS.all
    if before.recipients:
        assert "Bcc" not in section
    again = prepare(prepared.message, parameters=prepared.parameters, interface=interface)
    assert (again.message, again.parameters, again.applied) == (prepared.message, prepared.parameters, ())
    if interface is Interface.V2_SEND_EMAIL_RAW:
        left = laws.ses_names(prepared.message[: section.span.stop], laws.READINGS["CR"])
        assert left == [], "every SES field has a parameter there"
    if interface is not Interface.SMTP:
        assert prepared.to_request()


@of([entry for entry in MESSAGES if "recipients" in entry["oracle"] or "recipients" in entry["notes"]])
def test_the_recipients_are_those_of_the_oracle(entry: dict[str, Any]) -> None:
    listed = re.search(r"\[([^\]\s]+)\]", entry["oracle"])
    assert listed is not None
    message = message_of(entry)
    for interface in RAW:
        found = envelope(message, interface=interface)
        assert ",".join(found.recipients) == listed[1]
        assert prepare(message, interface=interface).parameters.destination == Destination((listed[1],))


@pytest.mark.slow
@of(MESSAGES)
@pytest.mark.parametrize("interface", RAW)
def test_what_is_forwarded_brings_no_setting_and_no_recipient(entry: dict[str, Any], interface: Interface) -> None:
    message = message_of(entry)
    prepared = forward_with_report(
        message, sender="us@example.com", destination=["me@example.org"], interface=interface
    )
    root = parse(prepared.message)
    section = root.header_section
    for reading in laws.READINGS.values():
        assert laws.ses_names(prepared.message[: section.span.stop], reading) == []
    assert prepared.envelope.recipients == ("me@example.org",)
    assert [one.value for one in prepared.resolution.decisions if one.origin is Origin.HEADER_FIELD] == []
    authors = [mailbox.address for field in section.all("From") for mailbox in parse_addresses(field.body)]
    assert authors == ["us@example.com"]
    assert not {"Bcc", "Resent-Bcc", "Resent-To", "Sender", "Return-Path"} & {field.name for field in section}
    if not prepared.applied:
        assert bytes(root.body) == bytes(parse(message).body)


# Writing


@of([entry for entry in ENTRIES if entry["surface"] == "build" and entry["generator"].startswith("{")])
def test_what_build_refuses_no_writer_of_fields_writes(entry: dict[str, Any]) -> None:
    description = eval(entry["generator"], {"n": (entry["sizes"] or [0])[0]})
    refused = []
    for name, value in description.get("headers", ()):
        if isinstance(value, str):
            refused += _refused_fields(name, value)
        else:
            pairs = [value] if isinstance(value[0], str) else value
            try:
                assert format_addresses([Mailbox(*pair) for pair in pairs]).isascii()
            except InvalidAddress as error:
                refused.append(error)
    for attachment in description.get("attachments", ()):
        names = {"filename": attachment["filename"], **attachment.get("params", {})}
        try:
            format_parameters("attachment", names)
        except InvalidField as error:
            refused.append(error)
    assert all(str(error).isprintable() and len(str(error)) < 1_000 for error in refused)
    # Tags, configuration sets and boundaries are no fields that somebody writes here.
    if entry["expected"] == "rejected" and not {"tags", "configuration_set", "boundary"} & set(description):
        assert refused
    if entry["expected"] != "rejected":
        assert refused == []


def _refused_fields(name: str, value: str) -> list[SesMimeError]:
    refused: list[SesMimeError] = []
    for write in (prepend_field, replace_field):
        try:
            message = write(b"From: a@example.com\r\n\r\nhi\r\n", name, value)
        except InvalidField as error:
            refused.append(error)
            continue
        section = message[: header_section_end(message)[0]]
        for reading in laws.READINGS.values():
            lines = [line for line in reading.split(section) if line and not line.startswith((b" ", b"\t"))]
            assert {line.partition(b":")[0] for line in lines} == {b"From", name.encode()}
    return refused
