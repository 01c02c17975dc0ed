"""The laws, as functions that raise AssertionError: shared by the property tests, the corpus tests and the fuzzers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from sesmime import (
    ApiParameters,
    Decision,
    Entity,
    Interface,
    LintConfig,
    Mailbox,
    Prepared,
    Report,
    Severity,
    apply_edits,
    explain_rejection,
    fix,
    lint,
    parse,
    parse_addresses,
    parse_parameters,
    predict_rejection,
    read_message_tags,
    read_ses_fields,
    remove_fields,
    strip_ses_fields,
    to_7bit,
)
from sesmime.handover.forward import forward_with_report
from sesmime.handover.forwarded import Asked, rewritten
from sesmime.linter.catalogue import CATALOGUE
from sesmime.mime.fields import HeaderSection, Span, fold_case, header_section_end
from sesmime.mime.parameters import decoded_value
from sesmime.mime.words import decode_words
from sesmime.ses.address_length import is_overlong
from sesmime.ses.envelope import envelope_of
from sesmime.ses.once_only import ONCE_ONLY
from sesmime.ses.precedence import resolution_of
from tests.labels import labels_are_fields
from tests.readers import READERS

_CONTROLS = bytes(range(0x21)) + b"\x7f"


def read_everything(entity: Entity) -> None:
    """Law 1: nothing of an entity raises, whatever the bytes."""
    for part in entity.walk():
        assert part.path == part.path.strip(".")
        for field in part.header_section:
            assert isinstance(field.body, str)
        assert isinstance(part.content_type, str)
        assert isinstance(part.content_transfer_encoding, str)
        assert part.filename is None or isinstance(part.filename, str)
        assert part.disposition is None or isinstance(part.disposition, str)
        reads_its_fields(part)
        labels_are_fields(part)
        assert isinstance(part.defects, tuple)
        for defect in (*part.defects, *part.content_defects()):
            assert is_told_safely(defect.message), defect
        assert isinstance(part.content(), bytes)
        assert isinstance(part.text(), str)
        name = part.safe_filename
        assert name is None or (name and name.isprintable() and not set(name) & set("/\\:"))
        assert len(repr(part)) < 500


def reads_its_fields(part: Entity) -> None:
    """What is read of the octets of a header section at once is what its fields say, one by one."""
    section = part.header_section
    assert section.items() == [(field.name, field.body) for field in section.fields]
    kind, encoding, disposition = (
        section.first(f"Content-{name}") for name in ("Type", "Transfer-Encoding", "Disposition")
    )
    if kind is None:
        assert part.content_type in {"text/plain", "message/rfc822"}
    else:
        assert part.content_type == parse(kind.raw).content_type
        assert part.parameters == parse_parameters(kind.body)[1]
    assert part.content_transfer_encoding == parse(encoding.raw if encoding else b"").content_transfer_encoding
    assert part.disposition == (parse_parameters(disposition.body)[0].lower() or None if disposition else None)
    names = [
        decoded_value(parse_parameters(field.body)[1], name)
        for field, name in ((disposition, "filename"), (kind, "name"))
        if field is not None
    ]
    assert part.filename == next((name for name in names if name is not None), None)


def is_told_safely(text: str) -> bool:
    """Whether a text for people holds no raw control and no long quotation."""
    return text.isprintable() and len(text) <= _MOST_OF_A_MESSAGE and all(len(q) <= 200 for q in text.split("'")[1::2])


def rebuilt(entity: Entity) -> bytes:
    """Law 2: join what an entity is told to be made of, by loop; each place must begin where the last one ended."""
    source = bytes(entity.source)
    pieces: list[bytes] = []
    position = entity.span.start
    # What is still to be joined: a span that is taken as it stands, or an entity.
    waiting: list[Entity | Span] = [entity]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Span):
            assert item.start == position, (item, position)
            assert item.stop >= item.start
            pieces.append(source[item.start : item.stop])
            position = item.stop
            continue
        section = item.header_section
        lines = sorted(
            [f.span for f in section.fields] + [d.span for d in section.defects if d.span.start < d.span.stop]
        )
        for field in section.fields:
            assert field.raw == source[field.span.start : field.span.stop]
        assert section.span.start == item.span.start
        empty_line = Span(section.span.stop, item.body_span.start)
        assert source[empty_line.start : empty_line.stop] in (b"", b"\n", b"\r\n")
        inside: list[Entity | Span] = [*lines, empty_line]
        if item.is_multipart:
            assert item.preamble_span is not None
            assert item.epilogue_span is not None
            assert item.preamble_span.start == item.body_span.start
            assert all(item.body_span.start <= p.span.start <= p.span.stop <= item.body_span.stop for p in item.parts)
            assert item.epilogue_span.stop == item.body_span.stop
            inside.append(item.preamble_span)
            last = item.preamble_span.stop
            for part in item.parts:
                delimiter = Span(last, part.span.start)
                assert source[delimiter.start : delimiter.stop].lstrip(b"\r\n").startswith(b"--")
                inside += [delimiter, part]
                last = part.span.stop
            inside += [Span(last, item.epilogue_span.start), item.epilogue_span]
        elif item.parts:
            (message,) = item.parts
            assert message.span == item.body_span
            inside.append(message)
        else:
            inside.append(item.body_span)
        waiting.extend(reversed(inside))
    assert position == entity.span.stop
    return b"".join(pieces)


def tiles(message: bytes) -> None:
    """Law 2 for a message."""
    assert rebuilt(parse(message)) == message


def twins_read_alike(crlf: bytes) -> None:
    """Law 10: a message whose lines all end in CRLF, and the same one in LF."""
    lf = crlf.replace(b"\r\n", b"\n")
    for one, other in zip(parse(crlf).walk(), parse(lf).walk(), strict=True):
        assert one.path == other.path
        assert one.content_type == other.content_type
        assert [(f.name, f.body) for f in one.header_section] == [(f.name, f.body) for f in other.header_section]
        assert bytes(one.body).replace(b"\r\n", b"\n") == bytes(other.body)
        assert [defect.name for defect in one.defects] == [defect.name for defect in other.defects]


def removing_keeps_every_other_byte(message: bytes, name: str) -> None:
    """Law 3: a field goes, every other byte stays, twice is once."""
    section = parse(message).header_section
    expected, last = b"", 0
    for field in section.all(name):
        expected += message[last : field.span.start]
        last = field.span.stop
    expected += message[last:]
    removed = remove_fields(message, name)
    assert removed == expected
    assert remove_fields(removed, name) == removed
    gone = {field.span for field in section.all(name)}
    others = [(f.name, f.raw) for f in section if f.span not in gone]
    assert [(f.name, f.raw) for f in parse(removed).header_section] == others


def ses_names(section: bytes, line_end: re.Pattern[bytes]) -> list[bytes]:
    """Return the X-SES names that a reader sees who ends lines at `line_end` and takes blanks for continuation."""
    names = []
    logical: list[bytes] = []
    for line in line_end.split(section):
        if logical and line.startswith((b" ", b"\t")):
            logical[-1] += b"\n" + line
        else:
            logical.append(line)
    for text in logical:
        name, colon, _ = text.partition(b":")
        name = name.strip(_CONTROLS).lower()
        if colon and name.startswith(b"x-ses-"):
            names.append(name)
    return names


READINGS = {
    "CRLF": re.compile(rb"\r\n"),
    "LF": re.compile(rb"\n"),
    "CRLF or LF": re.compile(rb"\r?\n"),
    "CR": re.compile(rb"\r\n|\r|\n"),
    "a row of CRs": re.compile(rb"\r+\n?|\n"),
}


def has_no_setting(message: bytes) -> None:
    """No reader sees an X-SES field in the header section, whatever ends a line for them."""
    stop, _ = header_section_end(message)
    for reading, line_end in READINGS.items():
        assert ses_names(message[:stop], line_end) == [], reading


def strips(message: bytes) -> None:
    """The rule of strip: no X-SES field is left in any reading, nothing new appears, nothing else changes."""
    stop, body = header_section_end(message)
    stripped = strip_ses_fields(message)
    new_stop, new_body = header_section_end(stripped)
    # Nothing beyond the region changes, and the region ends where it ended.
    assert stripped[new_stop:] == message[stop:], "the region moved"
    assert new_body - new_stop == body - stop
    # Not for who ends lines at CRLF alone: a line without a colon that an LF ends is no field, and stays.
    for reading in ("CRLF or LF", "LF", "CR", "a row of CRs"):
        assert ses_names(stripped[:new_stop], READINGS[reading]) == [], reading
    assert strip_ses_fields(stripped) == stripped, "twice is not once"
    # Every logical line that stays is the old one, less what a lone CR hid in it; none is new.
    before = [line for line in logical_lines(message[:stop]) if not _is_ses(line)]
    after = logical_lines(stripped[:new_stop])
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        if old != new:
            assert _LONE_CR.search(old)
            assert b"x-ses-" in old.lower()
            assert _is_subsequence(new, old)
            assert old.endswith(b"\n") == new.endswith(b"\n")


_LONE_CR = re.compile(rb"\r(?!\n)")


def logical_lines(section: bytes) -> list[bytes]:
    """Divide a header section at the line ends that no blank follows."""
    return [line for line in re.split(rb"(?<=\n)(?![ \t])", section) if line]


def _is_ses(raw: bytes) -> bool:
    name, colon, _ = raw.partition(b":")
    return bool(colon) and name.strip(_CONTROLS).lower().startswith(b"x-ses-")


def _is_subsequence(short: bytes, long: bytes) -> bool:
    rest = iter(long)
    return all(byte in rest for byte in short)


def reads_ses_fields(message: bytes) -> None:
    """Reading SES fields raises nothing, and nothing is left to read after a strip."""
    read_ses_fields(message)
    empty = read_ses_fields(strip_ses_fields(message))
    assert empty == type(empty)()
    assert empty.defects == ()


# Every rule is asked, those that are off by default too.
EVERY_RULE = LintConfig(select=("",))
_ORDER = [entry.code for entry in CATALOGUE]


def lints(
    message: bytes,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = EVERY_RULE,
) -> Report:
    """Lint raises on no message, and every finding stands in the message, in order, and can be printed."""
    report = lint(message, parameters=parameters, interface=interface, config=config)
    for finding in report:
        assert config.wants(finding.code), finding
        assert is_told_safely(finding.message), finding
        assert finding.fix is None or finding.fix.title.isprintable(), finding
        # Severity: an ERROR is what SES refuses; the text expected from it is empty where its words are not known.
        assert finding.rejection is None or finding.severity is Severity.ERROR, finding
        assert finding.rejection != "" or finding.code in WORDLESS, finding
        assert finding.url.startswith("https://")
        if finding.span is None:
            assert finding.line is finding.column is None
        else:
            start, stop = finding.span
            assert 0 <= start <= stop <= len(message), finding
            assert finding.line == message.count(b"\n", 0, start) + 1, finding
            assert finding.column == start - message.rfind(b"\n", 0, start), finding
        assert not finding.part or interface.is_raw
    places = [(-finding.severity, _ORDER.index(finding.code)) for finding in report]
    assert places == sorted(places)
    return report


# Rules of which it is documented that SES refuses, and of which nobody has quoted the words.
WORDLESS = frozenset(("SES209", "SES405", "SES406", "SES504", "SES512", "SES521", "SES522", "SES525", "SES705"))
# Two quotations and a sentence about them.
_MOST_OF_A_MESSAGE = 600


def predicts(
    message: bytes,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = LintConfig(),
) -> None:
    """A rejection is expected where a default rule has an ERROR with a text of SES, and it can be explained."""
    default = LintConfig(verified_identities=config.verified_identities)
    report = lint(message, parameters=parameters, interface=interface, config=default)
    # A bad entry of a bulk request (SES524) is told in the answer to the entry; the call is taken.
    errors = [finding for finding in report.at_least(Severity.ERROR) if finding.code != "SES524"]
    expected = [finding for finding in errors if finding.rejection is not None]
    rejection = predict_rejection(message, parameters=parameters, interface=interface, config=config)
    if rejection is None:
        assert not expected
        return
    # Of those of one severity the report has the order of the checks; what has no known words comes last.
    assert rejection.finding == min(expected, key=lambda finding: not finding.rejection)
    assert rejection.text == rejection.finding.rejection
    assert rejection.text not in rejection.alternatives
    if interface is Interface.SMTP:
        assert rejection.code is None
        assert (rejection.smtp_reply is None) == (not rejection.text)
        assert (rejection.smtp_reply or "").endswith(rejection.text)
    else:
        assert rejection.code
        assert rejection.smtp_reply is None
    if not rejection.text:
        return
    told = explain_rejection(rejection.text, message, parameters=parameters, interface=interface, config=config)
    places = [finding for one in told for finding in one.findings]
    # Of unverified identities the place is told where it can be read from the text.
    assert rejection.finding in places or rejection.finding.code == "SES214" in {finding.code for finding in places}


def fixes(
    message: bytes,
    *,
    unsafe: bool,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = EVERY_RULE,
) -> None:
    """Law 6: after `fix` the applied rules are silent, no rule is louder, a second `fix` changes nothing."""
    done = fix(message, parameters=parameters, interface=interface, unsafe=unsafe, config=config)
    assert done.left == lint(done.message, parameters=done.parameters, interface=interface, config=config)
    for finding in done.applied:
        assert config.wants(finding.code)
        assert finding.fix is not None
        assert finding.fix.is_safe or unsafe
    applied = {finding.code for finding in done.applied}
    # Nobody hears of the rules that are off and were not asked for; all others count.
    heard = replace(
        config,
        select=("SES", "RFC", "SEC"),
        extend_select=(*config.select, *config.extend_select),
        ignore=(),
    )
    before, after = (
        _noise(lint(one, parameters=given, interface=interface, config=heard))
        for one, given in ((message, parameters), (done.message, done.parameters))
    )
    assert not applied & {code for code, _ in after}
    for (code, severity), count in after.items():
        assert count <= before[code, severity], (code, severity)
    assert ((done.message, done.parameters) == (message, parameters)) == (not applied)
    again = fix(done.message, parameters=done.parameters, interface=interface, unsafe=unsafe, config=config)
    assert (again.message, again.parameters) == (done.message, done.parameters)
    assert again.applied == ()


def _noise(report: Report) -> Counter[tuple[str, Severity]]:
    """Count the findings of each rule that are of a severity or worse."""
    return Counter(
        (finding.code, severity) for finding in report for severity in Severity if severity <= finding.severity
    )


def fixes_safely(
    message: bytes,
    *,
    parameters: ApiParameters = ApiParameters(),
    interface: Interface = Interface.SEND_RAW_EMAIL,
) -> bytes:
    """A fix is safe if no reader and no signature can tell: all that are applied together, and each alone."""
    done = fix(message, parameters=parameters, interface=interface, config=EVERY_RULE)
    assert all(finding.fix is not None and finding.fix.is_safe for finding in done.applied)
    reads_the_same(message, done.message, parameters=parameters, interface=interface)
    for finding in lint(message, parameters=parameters, interface=interface, config=EVERY_RULE):
        if finding.fix is not None and finding.fix.is_safe and finding.fix.edits:
            alone = apply_edits(message, finding.fix.edits)
            reads_the_same(message, alone, parameters=parameters, interface=interface)
    return done.message


def reads_the_same(
    before: bytes, after: bytes, *, parameters: ApiParameters, interface: Interface = Interface.SEND_RAW_EMAIL
) -> None:
    """Fields, settings, recipients and contents are the same to readers; what is signed is so byte by byte."""
    old, new = parse(before), parse(after)
    for one, other in zip(old.walk(), new.walk(), strict=True):
        assert one.path == other.path
        _reads_the_same(one, other, is_root=one is old)
    assert _envelope(old, parameters, interface) == _envelope(new, parameters, interface)
    for was, now in zip(*(_settings(root, parameters, interface) for root in (old, new)), strict=True):
        if was.value != now.value:
            # What SES would drop for a stray comma holds now, and says what it said; no reader ever sees the field.
            assert (was.setting, was.value) == ("message_tags", None)
            assert was.field is not None
            assert now.value == read_message_tags(was.field.body).tags
    for one, other in zip(old.walk(), new.walk(), strict=True):
        # What is attached in base64 is a leaf, whose content was compared.
        if one.content_type == "multipart/signed" or (one.parts and not one.is_multipart):
            assert bytes(one.body) == bytes(other.body), "what is signed or attached changed"
    covered = _covered(old)
    if covered is not None:
        assert bytes(new.body) == bytes(old.body), "a signed body changed"
        for name in covered:
            raws = [[field.raw for field in root.header_section.all(name)] for root in (old, new)]
            assert raws[0] == raws[1], name


def _reads_the_same(one: Entity, other: Entity, *, is_root: bool) -> None:
    assert _texts(one, is_root=is_root) == _texts(other, is_root=is_root)
    assert one.content_type == other.content_type
    assert tuple(one.parameters.items()) == tuple(other.parameters.items())
    assert (one.disposition, one.filename, one.charset) == (other.disposition, other.filename, other.charset)
    if one.is_multipart:
        assert one.preamble_span is not None
        assert one.epilogue_span is not None
        assert other.preamble_span is not None
        assert other.epilogue_span is not None
        spans = ((one.preamble_span, other.preamble_span), (one.epilogue_span, other.epilogue_span))
        pairs = [(bytes(one.source[slice(*a)]), bytes(other.source[slice(*b)])) for a, b in spans]
    elif one.parts:
        return
    else:
        pairs = [(one.content(), other.content())]
    for content, its_twin in pairs:
        if one.content_type.startswith(("text/", "multipart/")) and one.content_transfer_encoding != "binary":
            # The line ends of a text are none of its content.
            content, its_twin = content.replace(b"\r\n", b"\n"), its_twin.replace(b"\r\n", b"\n")
        assert content == its_twin, one.path


# Another encoding of the same content is another label; what is written so needs a MIME-Version.
_LABELS = ("content-transfer-encoding", "mime-version")


def _texts(entity: Entity, *, is_root: bool) -> list[tuple[str, str]]:
    """Return the names and bodies of an entity's fields: of what stands there twice once, where once is allowed."""
    found: list[tuple[str, str]] = []
    for field in entity.header_section:
        name, body = field.name.lower(), field.body.rstrip(" \t")
        if is_root and name.rstrip().startswith("x-ses-"):
            continue  # a setting, which is read otherwise
        if (name, body) not in found or (name not in ONCE_ONLY and not name.startswith("content-")):
            found.append((name, body))
    # Labels that differ are read differently; only where there is one it may become another.
    kept = [label for label in _LABELS if [name for name, _ in found].count(label) > 1]
    return [(name, body) for name, body in found if name not in _LABELS or name in kept]


def _settings(root: Entity, parameters: ApiParameters, interface: Interface) -> tuple[Decision, ...]:
    return resolution_of(root.header_section, parameters=parameters, interface=interface).decisions


def _envelope(root: Entity, parameters: ApiParameters, interface: Interface) -> list[str]:
    found = envelope_of(root.header_section, parameters=parameters, interface=interface)
    return [str(found.sender), str(found.feedback), *map(str, found.recipients)]


def _covered(root: Entity) -> list[str] | None:
    """Return the fields that signatures on top of a message cover, those themselves among them; None without one."""
    signatures = [
        field
        for field in root.header_section
        if field.name.lower() in ("dkim-signature", "domainkey-signature", "arc-message-signature")
    ]
    if not signatures:
        return None
    names = [field.name for field in signatures]
    for field in signatures:
        for tag in field.body.split(";"):
            name, _, value = tag.partition("=")
            if name.strip() == "h":
                names += [signed.strip() for signed in value.split(":")]
    return names


OURS = "us@example.com"
_BLANK_LOOKING = re.compile(rb"\n[ \t]+\r?\n")
_NAME_OF_FIELD = re.compile(r"[!-9;-~]+")


def forwards(message: bytes, interface: Interface = Interface.SEND_RAW_EMAIL) -> Prepared:
    """Law 13: a forward loses no octet of text and no author without a finding."""
    made = forward_with_report(message, sender=OURS, destination=["me@example.org"], interface=interface)
    codes = {finding.code for finding in made.report}
    sent = made.message
    section = parse(sent).header_section
    head = bytes(sent[: section.span.stop])
    assert not _BLANK_LOOKING.search(head), "a line that some readers take for the end of the header section"
    (sender,) = section.all("From")
    (ours,) = parse_addresses(sender.body)
    assert ours.address == OURS
    assert "@" not in ours.display_name
    for name in ("From", "Reply-To", "To", "Cc"):
        assert not any(map(is_overlong, (field.body for field in section.all(name)))), name
    base = _keeps_the_text(message, made, told="SES217" in codes)
    _tells_what_left(message, made, base, section)
    _keeps_the_author(message, ours, section, codes)
    return made


def _keeps_the_text(message: bytes, made: Prepared, *, told: bool) -> bytes:
    """Return the message with its new header section, before any fix."""
    stop, start = header_section_end(message)
    base = made.message
    if not made.is_body_kept:
        # A safe fix has written contents anew, which are the same: those of the message with its new header section.
        asked = Asked(sender=Mailbox("", OURS), to=(), reply_to=(), subject_prefix="")
        base = rewritten(message, asked).message
        old, new = (
            b" ".join(part.content() for part in parse(one).walk() if not part.parts) for one in (base, made.message)
        )
        assert not Counter(old.split()) - Counter(new.split()), "the contents changed"
    assert base.endswith(message[start:]), "the body changed"
    sent = b" ".join(base.split())
    for line in logical_lines(message[:stop]):
        name, colon, text = line.partition(b":")
        if b"\r" in line.replace(b"\r\n", b"") or b"x-ses-" in line.lower() or line.startswith(b"From "):
            continue  # a lone CR ends a line, and the two others are no text
        if not colon:
            text = line
        elif _NAME_OF_FIELD.fullmatch(name.decode("ascii", "surrogateescape").strip()):
            continue
        elif name.decode("ascii", "surrogateescape").strip():
            text = line
        assert b" ".join(text.split()) in sent or told, line
    return base


def _tells_what_left(message: bytes, made: Prepared, base: bytes, section: HeaderSection) -> None:
    standing = Counter(fold_case(field.name).strip() for field in (*section, *made.removed))
    for name, count in Counter(fold_case(field.name).strip() for field in parse(message).header_section).items():
        if _NAME_OF_FIELD.fullmatch(name) and standing[name] < count:
            # It has become text, below the fields.
            raws = [field.raw for field in parse(message).header_section if fold_case(field.name).strip() == name]
            assert sum(raw in base for raw in raws) >= count - standing[name], name


def _keeps_the_author(message: bytes, ours: Mailbox, section: HeaderSection, codes: set[str]) -> None:
    assert ("Reply-To" in section) != ("SES216" in codes)
    bodies = [field.body for name in ("From", "Sender") for field in parse(message).header_section.all(name)]
    author = next((body for body in bodies if body.strip(" \t")), None)
    if author is None or b"\r" in message[: header_section_end(message)[0]].replace(b"\r\n", b""):
        return
    missing = set(re.findall(r"\w+", decode_words(author))) - set(re.findall(r"\w+", ours.display_name))
    assert not missing or "SES217" in codes, missing
    if not any(field.body.strip(" \t") for field in parse(message).header_section.all("Reply-To")):
        answered = {mailbox.address for field in section.all("Reply-To") for mailbox in parse_addresses(field.body)}
        lost = {mailbox.address for mailbox in parse_addresses(author)} - answered
        assert not lost or codes & {"SES216", "SES217"}, lost


def readers_agree(before: bytes, after: bytes) -> None:
    """No reader can tell two messages apart by their contents; where readers differ, each reads on what it read."""
    if before == after:
        return
    for name, read in READERS.items():
        assert read(after) == read(before), name


def recodes_safely(message: bytes) -> None:
    """`to_7bit` changes no content for any reader."""
    readers_agree(message, to_7bit(message))


def fixes_for_every_reader(message: bytes) -> None:
    """A safe fix changes no content for any reader: each alone, and all of them together."""
    findings = lint(message, config=EVERY_RULE)
    safe = [finding.fix for finding in findings if finding.fix is not None and finding.fix.is_safe]
    for one in dict.fromkeys(one.edits for one in safe):
        readers_agree(message, apply_edits(message, one))
    if safe:
        readers_agree(message, fix(message, config=EVERY_RULE).message)
