"""What rules look at, at its edges: watched submissions, copies of a message, simple content, remedies."""

from __future__ import annotations

import pickle
from functools import partial
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import ApiParameters, Destination, Interface, LintConfig, Span, Submission, lint, parse
from sesmime.linter.rerun import _MOST_PLANS, Rerun, is_to_one_plain_recipient
from sesmime.linter.run import NO_PARAMETERS, check, outgoing
from sesmime.linter.view.address_lists import _find_whole, reading_of, refused_span, strict
from sesmime.linter.view.assembled import assembled, parameter_of
from sesmime.linter.view.bodies import recoding
from sesmime.linter.view.glued_delimiters import glued_delimiters
from sesmime.linter.view.mime_fields import parameter_place
from sesmime.linter.view.misplaced_words import without_misplaced_words
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import BodyPlaces, span_in_body
from sesmime.linter.view.text_fields import rewritten
from sesmime.linter.view.watched import DESTINATION, HEAD, PLACES, Watched
from sesmime.mime.addresses import LONGEST_KEPT
from sesmime.mime.fields import Field, header_section_end, parse_header_section, section_at
from sesmime.mime.parameters import parse_parameters
from sesmime.ses.envelope import envelope_of
from sesmime.ses.javamail import verdict

SOURCE = (
    b"From: me@a.example\r\nTo: x@y.example\r\nSubject: News\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/html\r\n\r\n{{ses:openTracker}}\r\n"
    b'--b\r\nContent-Type: text/plain; name="a.txt"\r\n\r\nHi\r\n--b--\r\n'
)
HEAD_OF = b'From: me@a.example\r\nTo: %b\r\n%bContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
RAW = Interface.SEND_RAW_EMAIL
GIVEN = ApiParameters()
TWIN = Outgoing(SOURCE, body_start=header_section_end(SOURCE)[1], parameters=ApiParameters(), interface=RAW)


def copy_of(view: type[Outgoing], head: bytes, source: bytes = SOURCE, **given: Any) -> Outgoing:
    """One of many copies of a message: another header section, the same body."""
    parameters = ApiParameters(**given)
    known = envelope_of(section_at(head, 0), parameters=parameters, interface=RAW)
    return view(
        source,
        body_start=header_section_end(source)[1],
        head=head,
        parameters=parameters,
        interface=RAW,
        known_envelope=known,
        twin=TWIN,
        given=GIVEN,
    )


def watched(to: bytes = b"a@b.example", more: bytes = b"", **given: Any) -> Watched:
    made = copy_of(Watched, HEAD_OF % (to, more), **given)
    assert isinstance(made, Watched)
    return made


def field_of(raw: bytes) -> Field:
    return next(iter(parse_header_section(raw + b"\r\n")))


PIECES_OF_A_FIELD = st.sampled_from(
    (b"a", b"b c", b"\xe9", b":", b" ", b"\t", b"\r\n ", b"\n\t", b"\n", b"\r", b"\r\n")
)


@given(st.lists(PIECES_OF_A_FIELD, max_size=12).map(b"".join))
def test_a_character_of_a_body_has_the_place_of_its_octet(text: bytes) -> None:
    field = Field("X", b"X:" + text + b"\r\n", Span(7, 7 + len(text) + 4))
    for many in (False, True):
        place_of = BodyPlaces(field).span if many else partial(span_in_body, field)
        places = [place_of(start, start + 1) for start in range(len(field.body))]
        octets = b"".join([field.raw[start - 7 : stop - 7] for start, stop in places])
        assert octets.decode("ascii", "surrogateescape") == field.body
        assert not places or place_of(0, len(field.body)) == Span(places[0].start, places[-1].stop)


class TestWatched:
    @pytest.mark.parametrize(
        ("look", "mark"),
        [
            (lambda one: list(one.section.fields[1]), PLACES),
            (lambda one: one.section.fields[1][2], PLACES),
            (lambda one: one.section.fields[0] == one.section.fields[1], PLACES),
            (lambda one: hash(one.section.fields[1]), PLACES),
            (lambda one: one.section.fields[1].span, PLACES),
            (lambda one: one.section.fields[1].raw, "to"),
            (lambda one: one.section.span, PLACES),
            (lambda one: one.section.defects, HEAD),
            (lambda one: one.root.disposition_parameters, "content-disposition"),
            (lambda one: one.root.boundary, "content-type"),
            (lambda one: one.root.type_parameters, "content-type"),
            (lambda one: one.parameters.destination, DESTINATION),
            (lambda one: hash(one.parameters), DESTINATION),
            (lambda one: one.parameters == ApiParameters(), DESTINATION),
        ],
    )
    def test_what_is_looked_at_is_noted(self, look: Any, mark: str) -> None:
        one = watched(more=b"no field\r\n")
        _, marks = one.watch.noted(lambda: look(one))
        assert mark in marks

    def test_what_is_looked_at_is_as_it_is(self) -> None:
        one, plain = watched(), copy_of(Outgoing, HEAD_OF % (b"a@b.example", b""))
        assert [tuple(field) for field in one.section.fields] == [tuple(field) for field in plain.section.fields]
        assert [hash(field) for field in one.section.fields] == [hash(field) for field in plain.section.fields]
        assert one.section.fields[1] == plain.section.fields[1]
        assert hash(one.parameters) == hash(plain.parameters)
        assert one.parameters == plain.parameters
        assert one.parameters != ApiParameters(source="a@b.example")
        assert one.section.defects == ()

    def test_names_are_the_same_in_every_copy_and_not_noted(self) -> None:
        one = watched(more=b"X-Note: a\r\n")
        _, marks = one.watch.noted(lambda: (one.names, one.has_header_section, "to" in one.section))
        assert marks == frozenset()

    def test_a_watched_section_is_not_pickled(self) -> None:
        with pytest.raises(TypeError, match=r"^a watched section is not pickled$"):
            pickle.dumps(watched().section)


class TestCopies:
    def both(self, first: Watched, copies: list[Outgoing], config: LintConfig = LintConfig()) -> None:
        rerun = Rerun(first, config)
        reports = [rerun.report(copy) for copy in copies]
        assert any(report is not None for report in reports)
        for copy, report in zip(copies, reports, strict=True):
            assert report is None or report == check(copy, config)

    def test_the_report_is_that_of_all_rules_for_more_sets_of_fields_than_plans_are_kept(self) -> None:
        names = [f"X-{number}" for number in range(7)]

        def more(bits: int) -> bytes:
            return b"".join(b"%b: %d\r\n" % (name.encode(), bits >> at & 1) for at, name in enumerate(names))

        copies = [copy_of(Outgoing, HEAD_OF % (b"a@b.example", more(bits))) for bits in range(1, 2 * _MOST_PLANS)]
        self.both(watched(more=more(0)), copies)

    def test_of_plain_copies_no_more_is_asked_again_than_what_looks_at_what_differs(self) -> None:
        first = watched()
        rerun = Rerun(first, LintConfig())
        assert rerun.report(copy_of(Outgoing, HEAD_OF % (b"c@d.example", b""))) is not None
        (plan,) = rerun._plans.values()
        again = {name for name, _ in plan.occasions}
        assert again == {":address-beyond-ascii", ":large", ":long-header-section", ":many-recipients"}
        assert {"names", "encodings", "has_header_section"} <= plan.shared.keys()

    def test_findings_about_parts_are_kept_where_they_have_no_place(self) -> None:
        source = SOURCE.replace(b"text/plain; name", b"text/plain; a=b; a=b; name*0=x; name")
        first = copy_of(Watched, HEAD_OF % (b"a@b.example", b""), source)
        assert isinstance(first, Watched)
        rerun = Rerun(first, LintConfig(select=("SES", "RFC", "SEC", "BULK")))
        copy = copy_of(Outgoing, HEAD_OF % (b"c@d.example", b""), source)
        report = rerun.report(copy)
        assert report == check(copy, LintConfig(select=("SES", "RFC", "SEC", "BULK")))

    def test_what_no_rule_asks_of_the_parts_is_not_known_of_a_copy(self) -> None:
        self.both(watched(), [copy_of(Outgoing, HEAD_OF % (b"c@d.example", b""))], LintConfig(select=("SES102",)))

    def test_the_header_sections_of_parts_are_looked_at_again_where_that_of_the_message_is_another(self) -> None:
        first = watched(more=b"Content-Transfer-Encoding: 7bit\r\n")
        copies = [
            copy_of(Outgoing, HEAD_OF % (b"c@d.example", b"Content-Transfer-Encoding: " + encoding + b"\r\n"))
            for encoding in (b"7bit", b"8bit", b"base32")
        ]
        self.both(first, copies)

    def test_a_message_that_is_one_text_is_read_for_each_copy(self) -> None:
        source = b"From: me@a.example\r\nTo: x@y.example\r\nContent-Type: text/html\r\n\r\n{{ses:openTracker}}\r\n"
        head = b"From: me@a.example\r\nTo: %b\r\nContent-Type: text/html\r\n\r\n"
        twin = Outgoing(source, body_start=header_section_end(source)[1], parameters=ApiParameters(), interface=RAW)

        def made(view: type[Outgoing], to: bytes) -> Outgoing:
            known = envelope_of(section_at(head % to, 0), parameters=ApiParameters(), interface=RAW)
            return view(
                source,
                body_start=header_section_end(source)[1],
                head=head % to,
                parameters=ApiParameters(),
                interface=RAW,
                known_envelope=known,
                twin=twin,
                given=GIVEN,
            )

        first = made(Watched, b"a@b.example")
        assert isinstance(first, Watched)
        assert first.texts is not None
        self.both(first, [made(Outgoing, b"c@d.example"), made(Outgoing, b"one two")])

    @pytest.mark.parametrize(
        ("to", "destination", "plain"),
        [
            (b"a@b.example", None, True),
            (b"a@b.example", Destination(("a@b.example",)), True),
            (b"a@b.example", Destination(("c@d.example",)), False),
            (b"a@b.example", Destination(("Joe <a@b.example>",)), False),
            (b"a@b.example, c@d.example", None, False),
            (b"a@b.example\r\nTo: a@b.example", None, False),
        ],
    )
    def test_which_copies_go_to_one_plain_recipient(
        self, to: bytes, destination: Destination | None, plain: bool
    ) -> None:
        copy = copy_of(Outgoing, HEAD_OF % (to, b""), destination=destination)
        assert is_to_one_plain_recipient(copy) is plain


class TestSimpleContent:
    REQUEST: ClassVar[dict[str, Any]] = {
        "FromEmailAddress": "joe@a.example",
        "Destination": {"ToAddresses": ["c@d.example"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Hi"},
                "Body": {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello"}},
                "Headers": [{"Name": "X-A", "Value": "1"}],
                "Attachments": [
                    {"RawContent": b"From: x@y.example\r\n\r\nHi", "FileName": "a.eml", "ContentType": "message/rfc822"}
                ],
            }
        },
    }

    def subject(self) -> tuple[Outgoing, Outgoing]:
        given = Submission.from_request(self.REQUEST, Interface.V2_SEND_EMAIL_SIMPLE)
        made = outgoing(given, parameters=NO_PARAMETERS, interface=RAW, config=LintConfig())
        message = assembled(made).outgoing
        assert message is not None
        return made, message

    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("From", "FromEmailAddress"),
            ("To", "Destination.ToAddresses"),
            ("Subject", "Content.Simple.Subject"),
            ("X-A", "Content.Simple.Headers[0]"),
            ("MIME-Version", "Content.Simple"),
        ],
    )
    def test_a_field_comes_from_its_member(self, name: str, path: str) -> None:
        given, message = self.subject()
        (field,) = message.section.all(name)
        assert parameter_of(given, message, field.span, None) == path

    def test_what_stands_in_no_field_comes_from_the_content(self) -> None:
        given, message = self.subject()
        end = message.section.span.stop
        assert parameter_of(given, message, Span(end, end), None) == "Content.Simple"

    def test_a_part_comes_from_its_text_or_its_attachment(self) -> None:
        given, message = self.subject()
        told = {part.content_type: parameter_of(given, message, None, part) for part in message.every_part}
        assert told["text/plain"] in ("Content.Simple.Body.Text", "Content.Simple.Attachments")
        assert told["text/html"] == "Content.Simple.Body.Html"
        assert told["message/rfc822"] == "Content.Simple.Attachments[0]"
        assert told["multipart/alternative"] == "Content.Simple"
        attached = [part for part in message.every_part if part.is_attached]
        assert {parameter_of(given, message, None, part) for part in attached} == {"Content.Simple.Attachments"}


class TestRemedies:
    @pytest.mark.parametrize(
        "raw",
        [
            b"References: =?utf-8?q?" + b"x=40" * 400 + b"?= <1@a.example>\r\n",
            b"References: =?utf-8?b?/zwxQGEuZXhhbXBsZT4=?=\r\n",  # what cannot be read
            b"References: =?utf-8?q?=C3=BC=07<1@a.example>?=\r\n",  # what cannot be written
            b"Message-ID: =?utf-8?q?no_identifier=40?=\r\n",
        ],
    )
    def test_a_field_whose_words_say_nothing_that_can_be_there_is_left(self, raw: bytes) -> None:
        assert without_misplaced_words(field_of(raw)) == []

    def test_a_long_identifier_in_words_is_left_where_it_fits_in_no_line(self) -> None:
        word = b" ".join(b"=?utf-8?q?%b?=" % (b"x" * 50) for _ in range(30))
        raw = b"Message-ID: =?utf-8?q?<?= " + word + b" =?utf-8?q?=40a.example>?=\r\n"
        assert without_misplaced_words(field_of(raw)) == []
        (edit,) = without_misplaced_words(field_of(b"Message-ID: =?utf-8?q?<1=40a.example>?=\r\n"))
        assert edit.replacement == b"Message-ID: <1@a.example>\r\n"

    @pytest.mark.parametrize("raw", [b"To: g: a@b.example;\r\n", b"To: joe\r\n", b"Subject: =?x?q?a?=\r\n"])
    def test_a_field_that_cannot_be_written_anew_is_left(self, raw: bytes) -> None:
        assert rewritten(field_of(raw)) == []

    def test_a_part_whose_encoding_cannot_be_undone_is_encoded_by_hand(self) -> None:
        message = (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
            b"--b\r\nContent-Type: text/plain\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
            b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: x-own\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
            b"--b--\r\n"
        )
        made = outgoing(message, parameters=ApiParameters(), interface=RAW, config=LintConfig())
        leaves = [part for part in made.every_part if part.is_leaf]
        assert [bool(recoding(made, leaf).edits) for leaf in leaves] == [True, False]

    def test_the_place_of_a_parameter_that_is_not_there_is_the_body(self) -> None:
        field = field_of(b"Content-Type: text/plain; charset=utf-8\r\n")
        _, parameters = parse_parameters(field.body)
        place = parameter_place(field, parameters, "charset")
        assert field.raw[slice(*place)] == b"charset=utf-8"
        assert field.raw[slice(*parameter_place(field, parameters, "name"))] == b"text/plain; charset=utf-8"


class TestAddresses:
    def made(self, message: bytes, **given: Any) -> Outgoing:
        return outgoing(message, parameters=ApiParameters(**given), interface=RAW, config=LintConfig())

    def test_a_long_field_is_read_once_and_one_from_elsewhere_by_itself(self) -> None:
        many = b", ".join(b"a%d@b.example" % number for number in range(LONGEST_KEPT // 8))
        made = self.made(b"Cc: joe\r\nTo: " + many + b"\r\n\r\nHi")
        (field,) = made.section.all("To")
        kept = next(one for one in made.unusual_fields if one.field == field)
        assert reading_of(made, field) is kept.reading
        elsewhere = reading_of(made, field_of(b"Reply-To: " + many + b", joe\r\n"))
        assert [one.address for one in elsewhere] == [one.address for one in kept.reading]
        assert len(elsewhere.defects) == 1

    def test_a_parameter_has_no_place(self) -> None:
        made = self.made(b"Subject: Hi\r\n\r\nHi", destination=Destination(("joe",)))
        (one,) = made.unusual_parameters
        assert refused_span(one, strict(one)) is None

    def test_the_place_of_what_is_not_closed_is_where_it_begins_or_the_body(self) -> None:
        for body, shown in ((b'a@b.example, "joe', b'"joe'), (b"(joe", b"(joe"), (b"<a@b.example", b"<a@b.example")):
            made = self.made(b"To: " + body + b"\r\n\r\nHi")
            (one,) = made.unusual_fields
            place = refused_span(one, strict(one))
            assert place is not None
            assert made.source[slice(*place)].strip() == shown

    def test_what_our_reader_sees_no_fault_in_has_the_place_of_the_body(self) -> None:
        made = self.made(b"To: joe\r\n\r\nHi")
        (one,) = made.unusual_fields
        other = self.made(b"To: Joe at a <a@b.example> x\r\n\r\nHi").unusual_fields[0]
        found = verdict("parse+validate", "joe joe joe joe joe joe joe joe joe <")
        assert found.position is not None
        assert refused_span(one, found) == Span(4, 7)
        place = refused_span(other, found)
        assert place is not None
        assert place.start == 4

    @pytest.mark.parametrize(
        ("value", "address", "place"),
        [
            ("xa@b.example, a@b.example", "a@b.example", 14),
            ("xa@b.example", "a@b.example", 1),
            ("x@y.example", "a@b.example", -1),
            ("<a@b.example>", "a@b.example", 1),
        ],
    )
    def test_an_address_is_found_where_it_is_no_part_of_a_longer_one(
        self, value: str, address: str, place: int
    ) -> None:
        assert _find_whole(value, address) == place


class TestGluedDelimiters:
    def test_as_many_are_told_as_is_said_and_no_more_octets_searched(self) -> None:
        head = b'Content-Type: multipart/mixed; boundary="=_boundary_that_is_long_enough"\r\n\r\n'
        line = b"text--=_boundary_that_is_long_enough\r\n\r\n"
        made = outgoing(head + line * 10_050, parameters=ApiParameters(), interface=RAW, config=LintConfig())
        found = made.once(glued_delimiters)
        assert len(found) == 10_000
        assert all(made.source[slice(*one.span)].startswith(b"--=_boundary") for one in found)
        other = b"--=_boundary_that_is_long_enough-and-more\r\n"
        none = outgoing(head + b"text" + other * 10_050, parameters=ApiParameters(), interface=RAW, config=LintConfig())
        assert none.once(glued_delimiters) == ()
        large = outgoing(
            head + b"x" * (32 << 20) + line, parameters=ApiParameters(), interface=RAW, config=LintConfig()
        )
        assert large.once(glued_delimiters) == ()


def test_reports_of_messages_and_their_parts_agree() -> None:
    assert len(parse(SOURCE).parts) == 2
    assert list(lint(SOURCE)) == list(lint(bytearray(SOURCE)))


def test_the_agreement_of_a_deep_part_is_that_of_all_around_it() -> None:
    levels = 40
    heads = [b"Content-Type: multipart/mixed; boundary=b%02d\r\n\r\n--b%02d\r\n" % (at, at) for at in range(levels)]
    for odd, is_agreed in ((b"", True), (b"Content-Transfer-Encoding : 7bit\r\n", False)):
        source = b"MIME-Version: 1.0\r\n" + odd + b"".join(heads) + b"\r\nHi\r\n"
        source += b"".join(b"--b%02d--\r\n" % at for at in reversed(range(levels)))
        first, then = (outgoing(source, parameters=NO_PARAMETERS, interface=RAW, config=LintConfig()) for _ in range(2))
        assert len(first.parts) == levels + 1
        # The deepest is asked first here, and there the outermost.
        assert first.parts[-1].agreement.is_agreed is is_agreed
        assert [part.agreement.is_agreed for part in then.parts] == [part.agreement.is_agreed for part in first.parts]
