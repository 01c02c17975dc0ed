"""Addresses that SES reads: what the strict grammar takes is a recipient, and where nobody is left that is an ERROR."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sesmime import Interface, Severity, lint, prepare
from sesmime.errors import Refused
from sesmime.ses.recipients import read_recipients
from tests.property.mailboxes import AddressBodies
from tests.property.taken import agrees, stands_alone, taken_by_ses

pieces = AddressBodies.tokens | st.lists(
    st.sampled_from(["a@b", "<a@b>", "Joe ", '"q" ', " text", ", ", "x@y ", ".a@b", "g:", ";", "(c)", "[1.2]", "\\"]),
    max_size=8,
).map("".join)


class TestRecipients:
    """DESIGN section 4: "No destination given: To, Cc and Bcc (group members each) are the recipients." """

    @given(pieces)
    @example("a@b.example <a@b.example>")
    @example("Ben <ben@b.example[>")
    @example("Name <a@b.example> text")
    def test_what_the_strict_grammar_takes_is_a_recipient(self, body: str) -> None:
        body = body.replace("\r\n", "").encode("utf-8", "surrogateescape").decode("latin-1")
        expected = taken_by_ses(body)
        read = read_recipients(body.encode("latin-1").decode("ascii", "surrogateescape"))
        if expected is None:
            return
        assert agrees(read, expected)

    @given(pieces.map(lambda body: body.replace("\r\n", "")), st.sampled_from([i for i in Interface if i.is_raw]))
    def test_a_message_is_prepared_for_somebody(self, body: str, interface: Interface) -> None:
        message = b"From: a@b.example\r\nTo: " + body.encode("utf-8", "surrogateescape") + b"\r\n\r\nHi\r\n"
        try:
            prepared = prepare(message, interface=interface)
        except Refused:
            return
        assert prepared.parameters.destination
        if expected := taken_by_ses(body.encode("utf-8", "surrogateescape").decode("latin-1").strip(" \t")):
            counts = {
                len({one.rpartition("@")[0] + one for one in taken})
                for taken in (expected, [one for one in expected if stands_alone(one)])
            }
            assert len(prepared.envelope.recipients) in counts, expected
        assert not lint(message, interface=interface).at_least(Severity.ERROR)
