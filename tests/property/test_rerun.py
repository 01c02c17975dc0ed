"""What the report on a copy rests on: a look at a copy that gives another thing than at the first was noted."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sesmime import ApiParameters, Destination, Interface, lint
from sesmime.linter.catalogue import CATALOGUE
from sesmime.linter.config import LintConfig
from sesmime.linter.occasions import OCCASIONS
from sesmime.linter.rerun import INDIFFERENT, OF_OCTETS, Rerun, has_plain_octets_alone, is_to_one_plain_recipient
from sesmime.linter.run import check
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.watched import ALWAYS, Watched
from sesmime.mime.edits import Edit, apply_edits
from sesmime.mime.entity import parse, parse_below
from sesmime.mime.fields import fold_case, header_section_end, parse_header_section, section_at, section_without
from sesmime.ses.envelope import envelope_of
from sesmime.ses.request_model import REQUESTS, _fits, _of_value
from sesmime.ses.requests import request_of
from tests.linter.examples import BAD, GOOD, example
from tests.property import strategies

SOURCE = (
    b"From: me@a.example\r\nTo: x@y.example\r\nSubject: News\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/html\r\n\r\n{{ses:openTracker}}\r\n"
    b'--b\r\nContent-Type: text/plain; name="a.txt"\r\n\r\nHi\r\n--b--\r\n'
)
NAMES = ("From", "To", "Message-ID", "List-Unsubscribe", "Content-Type", "DKIM-Signature", "X-SES-MESSAGE-TAGS")
bodies = st.sampled_from(
    [
        b"a@b.example",
        b"c@d.example",
        b"e@f.example, g@h.example",
        b"one two",
        b"=?utf-8?q?a?= <a@b.example>",
        b"<1@a.example>",
        b"a=1, a=2",
        b"text/plain; charset=utf-8",
        b'multipart/mixed; boundary="b"',
        b"v=1; h=from:to; b=a; bh=c; d=a.example; s=s",
        b"folded\r\n here",
        b"\xe9",
        b"a\rb",
        b"",
    ]
)
heads = st.lists(bodies, min_size=len(NAMES), max_size=len(NAMES))
destinations = st.sampled_from([None, Destination(["a@b.example"]), Destination(["c@d.example", "e@f.example"])])

# All that a rule may ask.
LOOKS: tuple[Callable[[Outgoing], Any], ...] = (
    *(lambda outgoing, name=name: [field.body for field in outgoing.section.all(name)] for name in NAMES),
    *(lambda outgoing, name=name: bool(OCCASIONS[name](outgoing)) for name in OCCASIONS),
    lambda outgoing: [field.span for field in outgoing.section],
    lambda outgoing: [(name, len(raw)) for name, raw, _ in outgoing.section.fields],
    lambda outgoing: [field[1] for field in outgoing.section.fields],
    lambda outgoing: [hash(field) for field in outgoing.section.fields],
    lambda outgoing: outgoing.section.fields[0] == outgoing.section.fields[1],
    lambda outgoing: outgoing.section.span,
    lambda outgoing: [field.raw for field in outgoing.section.all("to")],
    lambda outgoing: outgoing.header_octets,
    lambda outgoing: outgoing.header_bytes(outgoing.parts[0]),
    lambda outgoing: outgoing.size,
    lambda outgoing: outgoing.span,
    lambda outgoing: outgoing.octets(outgoing.span),
    lambda outgoing: outgoing.head_span(1, 2),
    lambda outgoing: outgoing.is_head_new,
    lambda outgoing: (outgoing.is_crlf, outgoing.has_crlf, outgoing.is_mixed, outgoing.ending),
    lambda outgoing: outgoing.parameters.destination,
    lambda outgoing: outgoing.parameters == ApiParameters(),
    lambda outgoing: ApiParameters() != outgoing.parameters,
    lambda outgoing: hash(outgoing.parameters),
    lambda outgoing: replace(outgoing.parameters, source=None).destination,
    lambda outgoing: (outgoing.parameters.source, outgoing.interface, outgoing.given),
    lambda outgoing: outgoing.request,
    lambda outgoing: outgoing.envelope,
    lambda outgoing: outgoing.envelope.header_recipients,
    lambda outgoing: outgoing.signed_fields,
    lambda outgoing: outgoing.tags_in_field,
    lambda outgoing: [[signed.name for signed in one.signed] for one in outgoing.signatures],
    lambda outgoing: [(one.label, one.text) for one in outgoing.unusual_fields],
    lambda outgoing: [(one.label, one.text) for one in outgoing.unusual_parameters],
    lambda outgoing: dict(outgoing.root.type_parameters),
    lambda outgoing: dict(outgoing.root.disposition_parameters),
    lambda outgoing: outgoing.root.boundary,
    lambda outgoing: [part.path for part in outgoing.screening.odd_octets],
    lambda outgoing: [part.path for part in outgoing.screening.encoded_words],
    lambda outgoing: outgoing.once(_told_once),
)


def _told_once(outgoing: Outgoing) -> bytes:
    return outgoing.octets(outgoing.section.fields[1].span)


def _copy(view: type[Outgoing], given: list[bytes], destination: Destination | None, twin: Outgoing) -> Outgoing:
    head = b"".join(b"%s: %s\r\n" % (name.encode(), body) for name, body in zip(NAMES, given, strict=True)) + b"\r\n"
    section = section_at(head, 0)
    parameters = ApiParameters(destination=destination, configuration_set="shop")
    interface = Interface.SEND_RAW_EMAIL
    return view(
        SOURCE,
        body_start=header_section_end(SOURCE)[1],
        head=head,
        parameters=parameters,
        interface=interface,
        given=GIVEN,
        known_envelope=envelope_of(section, parameters=parameters, interface=interface),
        twin=twin,
    )


GIVEN = ApiParameters(configuration_set="shop")
TWIN = Outgoing(
    SOURCE,
    body_start=header_section_end(SOURCE)[1],
    parameters=ApiParameters(),
    interface=Interface.SEND_RAW_EMAIL,
)


@given(heads, heads, st.sets(st.integers(0, len(NAMES) - 1)), destinations, destinations, st.integers(0, 10_000))
def test_what_gives_another_thing_was_noted(
    first: list[bytes],
    other: list[bytes],
    kept: set[int],
    to_first: Destination | None,
    to_other: Destination | None,
    before: int,
) -> None:
    other = [first[at] if at in kept else body for at, body in enumerate(other)]
    watched = _copy(Watched, first, to_first, TWIN)
    copy = _copy(Outgoing, other, to_other, TWIN)
    assert isinstance(watched, Watched)
    differing = {fold_case(name) for name, a, b in zip(NAMES, first, other, strict=True) if a != b}
    # Another one has looked before, so that facts are known that this one asks for.
    LOOKS[before % len(LOOKS)](watched)
    if watched.root.agreement.is_agreed is not copy.root.agreement.is_agreed:
        return
    for number, look in enumerate(LOOKS):
        found, marks = watched.watch.noted(partial(look, watched))
        if found != look(copy):
            assert not marks.isdisjoint(ALWAYS | differing), number


@given(heads, st.lists(heads, min_size=1, max_size=3), st.lists(destinations, min_size=4, max_size=4))
def test_the_report_on_a_copy_is_that_of_all_rules(
    first: list[bytes], others: list[list[bytes]], to: list[Destination | None]
) -> None:
    config = LintConfig(extend_select=("BULK", "SES105"))
    watched = _copy(Watched, first, to[0], TWIN)
    assert isinstance(watched, Watched)
    rerun = Rerun(watched, config)
    for given_body, destination in zip(others, to[1:], strict=False):
        report = rerun.report(_copy(Outgoing, given_body, destination, TWIN))
        expected = check(_copy(Outgoing, given_body, destination, TWIN), config)
        if report is not None:
            assert report == expected
            assert [f.fix and f.fix.edits for f in report] == [f.fix and f.fix.edits for f in expected]


PLAIN = st.from_regex(r"[a-z][a-z0-9._+-]{0,20}[a-z]@([a-z][a-z0-9-]{0,10}[a-z]\.){1,3}[a-z]{2,6}", fullmatch=True)
EXAMPLES = sorted({place for _, place in (*BAD, *GOOD)})


@given(st.sampled_from(EXAMPLES), PLAIN, PLAIN, strategies.raw_interfaces)
def test_to_these_rules_one_plain_recipient_is_as_good_as_another(
    place: Any, one: str, two: str, interface: Interface
) -> None:
    message, arguments, identities = example(place)
    if message is None:
        return
    told = []
    for address in (one, two):
        written = b"To: " + address.encode() + b"\r\n" + message
        parameters = replace(arguments.get("parameters", ApiParameters()), destination=Destination([address]))
        source = Outgoing(
            written,
            body_start=header_section_end(written)[1],
            parameters=parameters,
            interface=interface,
            verified_identities=identities,
        )
        if not is_to_one_plain_recipient(source):
            return
        config = LintConfig(select=[code for code in INDIFFERENT if code[0] != ":"], verified_identities=identities)
        report = lint(written, parameters=parameters, interface=interface, config=config)
        occasions = {name: bool(OCCASIONS[name](source)) for name in INDIFFERENT if name[0] == ":"}
        told.append((occasions, [replace(finding, span=None, line=None, column=None) for finding in report]))
    assert told[0] == told[1]


BODIES = st.from_regex(r"[ -~]{1,90}(\r\n [ -~]{1,90}){0,2}", fullmatch=True)


@given(st.sampled_from(EXAMPLES), st.sampled_from(["To", "List-Unsubscribe", "X-Note"]), BODIES, BODIES)
def test_of_octets_one_plain_field_is_as_good_as_another(place: Any, name: str, one: str, two: str) -> None:
    message, _, _ = example(place)
    if message is None:
        return
    told = []
    for body in (one, two):
        field = f"{name}: {body}\r\n".encode()
        assume(has_plain_octets_alone(field))
        written = field + message
        start = header_section_end(written)[1]
        source = Outgoing(written, body_start=start, parameters=ApiParameters(), interface=Interface.SEND_RAW_EMAIL)
        told.append({occasion: bool(OCCASIONS[occasion](source)) for occasion in OF_OCTETS})
    assert told[0] == told[1]


@pytest.mark.parametrize("body", [" a", "a\r\n ", "a :", "=?", "a\\n", "\xe9", "a\rb", "x-ses", "a" * 999, "a\n b", ""])
def test_a_field_that_an_occasion_may_tell_of_is_not_plain(body: str) -> None:
    assert has_plain_octets_alone(b"To: a <a@b.example>,\r\n c@d.example\r\n")
    assert not has_plain_octets_alone(f"To: {body}\r\n".encode())


def test_the_indifferent_rules_and_occasions_exist() -> None:
    known = {entry.code for entry in CATALOGUE} | OCCASIONS.keys()
    assert known >= INDIFFERENT | OF_OCTETS


@given(strategies.any_parameters, st.sampled_from(list(REQUESTS)))
def test_a_request_fits_where_there_is_no_violation(parameters: ApiParameters, interface: Interface) -> None:
    shape = REQUESTS[interface]
    request = request_of(parameters, interface)
    for told in (request, {"RawMessage": {"Data": b""}} | request, {"Content": {"Raw": {"Data": b""}}} | request):
        assert _fits(told, shape) is (next(_of_value(told, shape, ""), None) is None)


@given(strategies.messages, st.sets(st.integers(0, 8)), st.integers(-50, 50))
def test_a_section_without_some_fields_is_what_a_scan_finds(message: bytes, gone: set[int], start: int) -> None:
    section = parse_header_section(message)
    removed = [field for number, field in enumerate(section.fields) if number in gone]
    head = apply_edits(message[: header_section_end(message)[1]], [Edit(field.span, b"") for field in removed])
    made, scanned = section_without(section, removed, head, start), section_at(head, start)
    assert (made.fields, made.defects, made.span, made.names) == (
        scanned.fields,
        scanned.defects,
        scanned.span,
        scanned.names,
    )
    # What is kept of it can be pickled.
    assert pickle.loads(pickle.dumps(section)).fields == section.fields  # our own octets


@given(strategies.messages)
def test_a_message_below_a_known_section_is_what_is_parsed(message: bytes) -> None:
    known, plain = parse_below(message, parse_header_section(message)), parse(message)
    assert [entity.header_section.fields for entity in known.walk()] == [
        entity.header_section.fields for entity in plain.walk()
    ]
    assert [entity.content_type for entity in known.walk()] == [entity.content_type for entity in plain.walk()]
