"""Submissions cut into several: everybody once, nobody left out, and no Bcc in what goes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    InvalidAddress,
    InvalidSetting,
    MessageTag,
    Submission,
    UnsupportedSetting,
    envelope,
)
from sesmime.ses.envelope import address_key, one_address
from sesmime.ses.split import split_envelope
from tests.property import strategies

FIELDS = b"From: a@b.example\r\nTo: Joe <c@d.example>, team: e@f.example, g@h.example;\r\nCc: i@j.example\r\n"
BLIND = b"Bcc: k@l.example\r\n"
REST = b"Subject: Hi\r\n\r\nBcc: body\r\n"


def many(count: int, name: str = "to") -> tuple[str, ...]:
    """Return so many addresses."""
    return tuple(f"{name}-{number}@example.com" for number in range(count))


def destinations(cuts: tuple[Submission, ...]) -> list[Destination | None]:
    """Return the destination of each cut."""
    return [cut.parameters.destination for cut in cuts]


def test_up_to_fifty_recipients_are_given_back_as_they_are() -> None:
    by_fields = Submission(FIELDS + BLIND + REST)
    by_destination = Submission(REST, ApiParameters(destination=Destination(many(30), many(10, "cc"), many(10, "bcc"))))
    nobody = Submission(REST)
    for submission in (by_fields, by_destination, nobody):
        (only,) = split_envelope(submission)
        assert only is submission


def test_fifty_one_recipients_become_two_submissions() -> None:
    tags = (MessageTag("a", "1"),)
    parameters = ApiParameters(destination=Destination(many(51)), message_tags=tags, source="a@b.example")
    cuts = split_envelope(Submission(REST, parameters, Interface.V2_SEND_EMAIL_RAW))
    assert destinations(cuts) == [Destination(many(51)[:50]), Destination(many(51)[50:])]
    for cut in cuts:
        assert cut.message is REST
        assert cut.interface is Interface.V2_SEND_EMAIL_RAW
        assert cut.parameters.message_tags == tags
        assert cut.parameters.source == "a@b.example"


def test_order_and_kind_are_kept() -> None:
    given_lists = Destination(("a@x.example", "b@x.example"), ("c@x.example",), ("d@x.example", "e@x.example"))
    cuts = split_envelope(Submission(REST, ApiParameters(destination=given_lists), Interface.SMTP), size=2)
    assert destinations(cuts) == [
        Destination(("a@x.example", "b@x.example")),
        Destination(cc=("c@x.example",), bcc=("d@x.example",)),
        Destination(bcc=("e@x.example",)),
    ]


def test_recipients_of_the_fields_become_destinations_and_bcc_leaves() -> None:
    message = FIELDS + BLIND + REST
    cuts = split_envelope(Submission(message), size=3)
    assert destinations(cuts) == [
        Destination(("c@d.example", "e@f.example", "g@h.example")),
        Destination(cc=("i@j.example",), bcc=("k@l.example",)),
    ]
    assert cuts[0].message == FIELDS + REST
    assert cuts[1].message is cuts[0].message


def test_a_message_without_bcc_is_not_copied() -> None:
    message = bytearray(FIELDS + REST)
    cuts = split_envelope(Submission(message), size=1)
    assert len(cuts) == 4
    assert all(cut.message is message for cut in cuts)


def test_bcc_leaves_where_a_destination_is_given_too_and_its_address_is_not_added() -> None:
    parameters = ApiParameters(destination=Destination(("a@x.example", "b@x.example")))
    cuts = split_envelope(Submission(BLIND + REST, parameters), size=1)
    assert destinations(cuts) == [Destination(("a@x.example",)), Destination(("b@x.example",))]
    assert {cut.message for cut in cuts} == {REST}


def test_everybody_is_reached_once() -> None:
    given_lists = Destination(("Joe <joe@X.example>", "ann@x.example"), ("joe@x.EXAMPLE",), ("Ann@x.example",))
    cuts = split_envelope(Submission(REST, ApiParameters(destination=given_lists)), size=2)
    # Local parts are compared with case, domains without.
    assert destinations(cuts) == [
        Destination(("Joe <joe@X.example>", "ann@x.example")),
        Destination(bcc=("Ann@x.example",)),
    ]


def test_an_unreadable_field_is_refused_only_where_it_has_to_be_divided() -> None:
    message = b"To: a@x.example, b@x.example, nobody\r\n\r\n"
    assert len(split_envelope(Submission(message), size=2)) == 1
    with pytest.raises(InvalidAddress, match="'nobody' is invalid: in To, "):
        split_envelope(Submission(message), size=1)


def test_a_request_without_message_is_cut_by_its_destination() -> None:
    parameters = ApiParameters(destination=Destination(many(60)), extra=(("Message", {}),))
    cuts = split_envelope(Submission(None, parameters, Interface.SEND_EMAIL))
    assert destinations(cuts) == [Destination(many(60)[:50]), Destination(many(60)[50:])]
    assert cuts[0].parameters.extra == (("Message", {}),)
    assert cuts[0].message is None


def test_a_message_that_the_interface_does_not_take_counts_for_nothing() -> None:
    message = b"To: " + ", ".join(many(60)).encode() + b"\r\n" + BLIND + b"\r\n"
    (only,) = split_envelope(Submission(message, interface=Interface.SEND_EMAIL))
    assert only.parameters.destination is None
    parameters = ApiParameters(destination=Destination(many(60)))
    first, second = split_envelope(Submission(message, parameters, Interface.SEND_EMAIL))
    assert first.message is second.message is message


@pytest.mark.parametrize("interface", [Interface.V2_SEND_BULK_EMAIL, Interface.SEND_CUSTOM_VERIFICATION_EMAIL])
def test_an_interface_without_destination_is_refused(interface: Interface) -> None:
    with pytest.raises(UnsupportedSetting, match="has no parameter for destination"):
        split_envelope(Submission(None, interface=interface))


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="size '0' is invalid: it must be at least 1"):
        split_envelope(Submission(REST), size=0)
    with pytest.raises(TypeError, match="size must be an int, not str"):
        split_envelope(Submission(REST), size="50")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="submission must be a Submission, not bytes"):
        split_envelope(REST)  # type: ignore[arg-type]


@given(strategies.submissions, st.integers(1, 4))
def test_the_cuts_together_reach_whom_the_whole_reaches(
    drawn: tuple[bytes, ApiParameters, Interface], size: int
) -> None:
    submission = Submission(*drawn)
    before = envelope(submission.message, parameters=submission.parameters, interface=submission.interface)
    try:
        cuts = split_envelope(submission, size=size)
    except InvalidAddress:
        assert not submission.parameters.destination
        return
    if len(cuts) == 1 and cuts[0] is submission:
        return
    reached: list[str] = []
    for cut in cuts:
        found = envelope(cut.message, parameters=cut.parameters, interface=cut.interface)
        assert 0 < len(cut.parameters.destination.all if cut.parameters.destination else ()) <= size
        reached += map(str, found.recipients)
    assert reached == [str(one) for one in before.recipients]
    keys = [address_key(one_address(text) or text) for text in reached]
    assert len(set(keys)) == len(keys)
