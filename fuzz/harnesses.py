"""One harness a law of the design: what makes a case by choices, and the body that holds it against the law.

A body is one of `tests.laws`, or that of a property test, so that Hypothesis, atheris and `python -m fuzz` run the same
lines. A case is a tuple of plain values: what is printed of a failure is what a test needs.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from hypothesis.errors import HypothesisDeprecationWarning, UnsatisfiedAssumption

from fuzz import grammar, values
from fuzz.events import EVENT_SEEDS, EventMutant, check_event, event_mutant
from fuzz.twins import has_one_outcome
from fuzz.writers import WRITERS, takes_what_lies
from sesmime import (
    ApiParameters,
    Interface,
    LimitExceeded,
    LintConfig,
    Refused,
    Submission,
    parse,
    parse_addresses,
    prepare,
    resolve,
)
from sesmime.linter.run import outgoing
from sesmime.ses.events.kinds import KINDS
from tests import edited, laws
from tests.library_trees import reads_as_the_library
from tests.linter.silence import kept_silent
from tests.property import (
    test_build,
    test_events_made,
    test_laws,
    test_parameters,
    test_ses,
    test_translate,
    test_words_and_addresses,
)
from tests.ses.events.wrapped import CARRIERS

# `assume` outside Hypothesis.
warnings.simplefilter("ignore", HypothesisDeprecationWarning)

# What the bodies that read each message many times over, by several readers, are given at most.
_LARGEST: Final = 16_000
_LARGEST_FIXED: Final = 1_000

Case = tuple[Any, ...]


class Harness(NamedTuple):
    """A law: its number and sentence, what makes a case, what holds one, and its share of all executions."""

    law: int
    sentence: str
    make: Callable[[random.Random], Case]
    hold: Callable[..., object]
    share: int


def body_of(test: Any) -> Callable[..., None]:
    """Return what a property test does with what it is given; cases that it leaves out pass."""
    inner = test.hypothesis.inner_test
    holder = getattr(sys.modules[inner.__module__], inner.__qualname__.partition(".")[0])()

    def body(*given: Any) -> None:
        try:
            inner(holder, *given)
        except UnsatisfiedAssumption:
            return

    return body


def run(harness: Harness, chance: random.Random) -> None:
    """Make one case and hold it against the law."""
    harness.hold(*harness.make(chance))


# 1. Reading


def _reads(message: bytes) -> None:
    entity = parse(message)
    laws.read_everything(entity)
    for field in entity.header_section.fields[:20]:
        parse_addresses(field.body)
        _READS_PARAMETERS(field.body)
    resolve(message).explain()


_READS_PARAMETERS: Final = body_of(test_parameters.TestReading.test_law_1_nothing_raises_and_every_place_is_in_the_body)


def _message(chance: random.Random) -> Case:
    return (grammar.any_message(chance, longest_row=grammar.LONGEST_ROW),)


# 3. Editing

_REMOVED: Final = ("subject", "TO", "X-SES-Tenant", "Content-Type", "", "none", "\u212a", "from", "X-Note")


def _edited(chance: random.Random) -> Case:
    message = grammar.any_message(chance, longest_row=grammar.LONGEST_ROW)
    names = [field.name for field in parse(message).header_section.fields[:6]]
    return message, chance.choice([*_REMOVED, *names, *names])


def _edits(message: bytes, name: str) -> None:
    body_of(test_laws.TestEditing.test_law_3_no_edits_change_nothing)(message)
    laws.removing_keeps_every_other_byte(message, name)
    laws.strips(message)
    laws.reads_ses_fields(message)


# 4. Writing

_WRITTEN: Final[dict[str, tuple[Callable[[random.Random], Case], Any]]] = {
    "words": (
        lambda c: (values.text(c),),
        body_of(test_words_and_addresses.TestEncodedWords.test_what_is_written_is_read_back),
    ),
    "addresses": (
        lambda c: ([values.mailbox(c, hostile=True) for _ in range(c.randint(0, 4))],),
        body_of(test_words_and_addresses.TestAddressesWritten.test_what_is_written_is_read_back),
    ),
    "addresses, by the library": (
        lambda c: ([values.mailbox(c, hostile=False) for _ in range(c.randint(1, 4))],),
        body_of(test_words_and_addresses.TestAddressesWritten.test_the_library_reads_the_same),
    ),
    "parameters": (
        lambda c: (c.choice(("attachment", "text/plain", "a")), _pairs(c)),
        body_of(test_parameters.TestWriting.test_law_4_what_is_written_is_read_back),
    ),
    "tags": (
        lambda c: (list(values.tags(c)),),
        body_of(test_ses.TestTags.test_tags_are_refused_or_read_back_without_defect),
    ),
    "SES fields": (
        lambda c: (grammar.any_message(c, largest=_LARGEST), values.ses_fields(c)),
        body_of(test_ses.TestFields.test_law_4_fields_are_read_back_by_us_from_any_message),
    ),
    "a message": (
        lambda c: (values.build_request(c, hostile=True),),
        body_of(test_build.TestAnyRequest.test_it_is_refused_or_written_as_asked),
    ),
    "a request": (
        lambda c: (_submission(c, hostile=False),),
        body_of(test_ses.TestRequests.test_a_request_is_read_back),
    ),
}


def _pairs(chance: random.Random) -> list[tuple[str, str]]:
    names = chance.sample(("filename", "name", "charset", "x-name", "size", "n" * 60, "n" * 61, "é", ""), 3)
    return [(name, values.text(chance)) for name in names[: chance.randint(0, 3)]]


def _written(chance: random.Random) -> Case:
    """Return what is written, by name; every third time a function, its arguments, and how these are disguised."""
    if chance.random() < 0.35:
        name = chance.choice(sorted(WRITERS))
        return name, WRITERS[name].make(chance), chance.getrandbits(32)
    name = chance.choice(sorted(_WRITTEN))
    return name, _WRITTEN[name][0](chance), 0


def _writes(name: str, given: Case, disguise: int) -> None:
    if name in WRITERS:
        takes_what_lies(name, given, disguise)
    else:
        _WRITTEN[name][1](*given)


# 5, 6, 9, 15. Sending


def _submission(chance: random.Random, *, hostile: bool, largest: int = _LARGEST) -> tuple[bytes, Any, Interface]:
    interface = chance.choice(values.RAW)
    message = grammar.any_message(chance, largest=largest)
    if chance.random() < 0.5:
        message = _sendable(chance)
    return message, values.parameters(chance, interface, hostile=hostile), interface


_SENDABLE: Final = (
    b"Subject: one two", b"Cc: team: F <f@g.example>, b@C.example;", b"Bcc: h@i.example",
    b"bcc : z@Y.example, j@k.example",
    b"X-Other: folded,\r\n\there", b"X-SES-TENANT: acme", b"X-SES-CONFIGURATION-SET:\r\n shop",
    b"X-SES-MESSAGE-TAGS: a=1, b=2",
    b"X-SES-MESSAGE-TAGS: a=1,\r\n c=3", b"X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/a.example",
    b"X-SES-FROM-ARN: arn:aws:ses:us-east-1:123456789012:identity/b.example", b"X-SES-Unknown: 1",
    b"Resent-To: r@s.example",
    b"X-SES-LIST-MANAGEMENT-OPTIONS: List; topic=Topic", b"Reply-To: r@s.example", b"Return-Path: <p@s.example>",
)  # fmt: skip


def _sendable(chance: random.Random) -> bytes:
    """Return a message that is likely to pass: a sender, a recipient, and lines of all kinds."""
    lines = [b"From: Joe <joe@a.example>", b"To: b@c.example, Zoe <z@y.example>"]
    lines += [chance.choice(_SENDABLE) for _ in range(chance.randint(0, 7))]
    chance.shuffle(lines)
    body = chance.choice((b"", b"\r\n", b"Hi\r\n", b"X-SES-TENANT: body\r\n\r\nBcc: body\r\n", b"no line end"))
    return b"\r\n".join([*lines, b"", body])


def _resolves(message: bytes, parameters: Any, interface: Interface) -> None:
    given = (message, parameters, interface)
    body_of(test_ses.TestPrecedence.test_law_5_a_given_parameter_holds)(given)
    body_of(test_ses.TestPrecedence.test_law_5_a_given_parameter_holds_in_what_is_prepared)(given)
    body_of(test_ses.TestPrecedence.test_law_5_tags_are_never_joined)(given)


def _fixes(message: bytes, parameters: Any, interface: Interface) -> None:
    laws.lints(message, parameters, interface)
    looked_at = outgoing(message, parameters=parameters, interface=interface, config=LintConfig())
    assert kept_silent(looked_at) == []
    laws.predicts(message, parameters, interface)
    check_readers(message)
    if len(message) < _LARGEST_FIXED:
        laws.fixes(message, unsafe=True, parameters=parameters, interface=interface)
        laws.fixes_safely(message, parameters=parameters, interface=interface)


def _prepares(message: bytes, parameters: Any, interface: Interface) -> None:
    try:
        once = prepare(message, parameters=parameters, interface=interface)
    except Refused as refused:
        assert len(str(refused)) < 1_000
        body_of(test_ses.TestPrepare.test_law_9_holds_for_what_would_be_refused_too)((message, parameters, interface))
        return
    twice = prepare(once.message, parameters=once.parameters, interface=once.interface)
    test_ses.same(once, twice)
    assert (twice.applied, twice.removed) == ((), ())


def _translates(message: bytes, parameters: Any, interface: Interface, other: Interface) -> None:
    test_translate.assert_law(Submission(message, parameters, interface), other)


# 7. Making


def _makes(arguments: dict[str, Any]) -> None:
    body_of(test_build.TestGoodRequests.test_laws_4_and_7)(arguments)


# 13, 14


def _forwards(message: bytes, interface: Interface) -> None:
    laws.forwards(message, interface)


def _event(chance: random.Random) -> Case:
    return (event_mutant(chance, EVENT_SEEDS, [wrap for _, wrap in CARRIERS.values()]),)


def _reads_event(found: EventMutant) -> None:
    check_event(found)


_MADE: Final = test_events_made.TestWhatIsMadeIsJson


def _event_or_record(chance: random.Random) -> Case:
    if chance.random() < 0.8:
        return _event(chance)
    interface = chance.choice(tuple(Interface))
    parameters = values.parameters(chance, interface, hostile=True, beyond=True)
    kind = chance.choice(sorted(KINDS))
    return grammar.any_message(chance, largest=4_000), parameters, interface, kind


def _events(*given: Any) -> None:
    if len(given) == 1:
        check_event(given[0])
        return
    message, parameters, interface, kind = given
    extra = dict(parameters.extra or ())
    body_of(_MADE.test_of_any_submission)(message, parameters, interface, kind, extra, 0)


def _edited_tree(chance: random.Random) -> Case:
    message = None if chance.random() < 0.25 else grammar.any_message(chance, largest=_LARGEST)
    return message, chance.getrandbits(32)


# Python's own reading of Content-Type takes seconds for a thousand parameters, whatever is edited: one message in a
# thousand has more semicolons than this, and is left to the other laws.
_MOST_SEMICOLONS: Final = 300


def _writes_edited(message: bytes | None, seed: int) -> None:
    if message is not None and message.count(b";") > _MOST_SEMICOLONS:
        return
    try:
        edited.writes_edited(message, random.Random(seed))
    except LimitExceeded:
        return


def check(message: bytes) -> None:
    """Hold one message against the laws of reading, editing, preparing and forwarding."""
    _reads(message)
    laws.tiles(message)
    for name in {field.name for field in parse(message).header_section.fields[:3]}:
        _edits(message, name)
    reads_as_the_library(message)
    laws.forwards(message)
    _prepares(message, ApiParameters(), Interface.SEND_RAW_EMAIL)


def check_readers(message: bytes) -> None:
    """Hold what is changed without being told, seven bits and safe fixes, against other readers."""
    laws.recodes_safely(message)
    laws.fixes_for_every_reader(message)


HARNESSES: Final[Sequence[Harness]] = (
    Harness(1, "parse raises for no bytes; no accessor does", _message, _reads, 70),
    Harness(2, "the places rebuild every entity's bytes", _message, laws.tiles, 60),
    Harness(3, "removing a field keeps every other byte; twice is once", _edited, _edits, 50),
    Harness(4, "what is written is read back; what lies is taken as what it is", _written, _writes, 60),
    Harness(
        5, "a given parameter holds; tags are never joined", lambda c: _submission(c, hostile=False), _resolves, 30
    ),
    Harness(
        6,
        "after a fix its rules are silent, none is louder, and no reader can tell of a safe one",
        lambda c: _submission(c, hostile=c.random() < 0.3, largest=4_000),
        _fixes,
        15,
    ),
    Harness(7, "what is built has no error", lambda c: (values.build_request(c, hostile=False),), _makes, 15),
    Harness(8, "the library finds the same tree", lambda c: (grammar.any_message(c),), reads_as_the_library, 40),
    Harness(9, "prepared twice is prepared once", lambda c: _submission(c, hostile=c.random() < 0.3), _prepares, 25),
    Harness(10, "LF and CRLF twins read alike", lambda c: (grammar.crlf_message(c),), laws.twins_read_alike, 30),
    Harness(
        11,
        "the outcome is the same everywhere",
        lambda c: _submission(c, hostile=True, largest=4_000),
        has_one_outcome,
        2,
    ),
    Harness(12, "edited trees are written as the library reads them", _edited_tree, _writes_edited, 20),
    Harness(
        13,
        "a forward loses no text and no author without a finding",
        lambda c: (grammar.any_message(c, largest=_LARGEST), c.choice(values.RAW)),
        _forwards,
        20,
    ),
    Harness(14, "events are read in every carrier; what is made is read", _event_or_record, _events, 40),
    Harness(
        15,
        "translated there and back loses only what is listed",
        lambda c: (*_submission(c, hostile=c.random() < 0.3, largest=4_000), c.choice(values.RAW)),
        _translates,
        15,
    ),
)  # fmt: skip
