"""The mailbox simulator's addresses, and the test virus."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sesmime import ApiParameters, Attachment, Destination, Interface, Submission, build
from sesmime.events import EventKind, event_record, simulated, simulated_events
from tests.ses.events.submissions import NOW, REQUESTS, SUBMISSIONS

AT = "@simulator.amazonses.com"
# Joined when run, so that no scanner takes this file for it.
EICAR = "".join(["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!", "$H+H*"]).encode()
VIRUS_SCANNED = [i for i in Interface if i.is_raw]


def to(*addresses: str, interface: Interface = Interface.SEND_RAW_EMAIL) -> Submission[Any]:
    return Submission(b"To: " + ", ".join(addresses).encode() + b"\r\n\r\n", interface=interface)


@pytest.mark.parametrize("label", ["", "+label", "+a+b", "+"])
@pytest.mark.parametrize("change", [str, str.upper, str.title])
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("success", ["Send", "Delivery"]),
        ("bounce", ["Send", "Bounce"]),
        ("ooto", ["Send", "Delivery"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist", ["Send", "Bounce"]),
    ],
)
def test_each_address_of_the_simulator(name: str, kinds: list[str], label: str, change: Any) -> None:
    assert list(simulated(to(change(name + label + AT)))) == kinds


@pytest.mark.parametrize("interface", Interface)
def test_nothing_is_known_of_other_mail(interface: Interface) -> None:
    assert simulated(SUBMISSIONS[interface]) == ()


@pytest.mark.parametrize(
    "address", ["bounces@simulator.amazonses.com", "bounce@example.com", "bounce@x.simulator.amazonses.com", "bounce"]
)
def test_what_only_looks_like_the_simulator(address: str) -> None:
    assert simulated(to(address)) == ()


def test_several_simulated_bounces_of_one_call_come_as_one_bounce() -> None:
    events = simulated_events(to(f"bounce+1{AT}", f"bounce+2{AT}", f"bounce+3{AT}"))
    assert [(event.kind, event.recipients) for event in events] == [
        (EventKind.SEND, ()),
        (EventKind.BOUNCE, (f"bounce+1{AT}", f"bounce+2{AT}", f"bounce+3{AT}")),
    ]


def test_two_causes_are_two_bounces_each_with_its_recipients() -> None:
    submission = to(f"bounce{AT}", f"suppressionlist{AT}", f"complaint{AT}", "joe@example.com")
    records = [
        event_record(
            event.kind,
            submission,
            message_id="x",
            timestamp=NOW,
            recipients=event.recipients or None,
            **event.options,
        )
        for event in simulated_events(submission)
    ]
    assert [record["eventType"] for record in records] == ["Send", "Delivery", "Complaint", "Bounce", "Bounce"]
    told = [
        (record["bounce"]["bounceSubType"], [one["emailAddress"] for one in record["bounce"]["bouncedRecipients"]])
        for record in records[3:]
    ]
    assert told == [("General", [f"bounce{AT}"]), ("Suppressed", [f"suppressionlist{AT}"])]
    assert records[2]["complaint"]["userAgent"] == "Amazon SES Mailbox Simulator"
    assert records[2]["complaint"]["complaintSubType"] is None
    assert records[3]["bounce"]["bouncedRecipients"][0]["diagnosticCode"] == "smtp; 550 5.1.1 user unknown"


def test_the_recipients_are_those_of_the_envelope() -> None:
    parameters = ApiParameters(destination=Destination(bcc=[f"Hidden <bounce{AT}>"]))
    submission = Submission(b"To: success@simulator.amazonses.com\r\n\r\n", parameters)
    assert [kind.name for kind in simulated(submission)] == ["SEND", "BOUNCE"]


def test_each_entry_of_a_bulk_call_by_itself() -> None:
    destinations = [{"Destination": {"ToAddresses": [f"{name}{AT}"]}} for name in ("bounce", "success")]
    request = REQUESTS[Interface.SEND_BULK_TEMPLATED_EMAIL] | {"Destinations": destinations}
    submission = Submission.from_request(request, Interface.SEND_BULK_TEMPLATED_EMAIL)
    assert [simulated(submission, entry=number)[-1].name for number in range(2)] == ["BOUNCE", "DELIVERY"]


@pytest.mark.parametrize("interface", VIRUS_SCANNED)
@pytest.mark.parametrize("after", [b"", b"\r\n", b" " * 60])
def test_a_test_virus_is_rejected(interface: Interface, after: bytes) -> None:
    message = build(
        sender="a@b.example", to=[f"success{AT}"], text="Hi", attachments=[Attachment(EICAR + after, "eicar.com")]
    )
    assert simulated(Submission(message, interface=interface)) == (EventKind.REJECT,)


@pytest.mark.parametrize("content", [EICAR, EICAR.decode(), base64.b64encode(EICAR).decode()], ids=repr)
def test_a_test_virus_in_simple_content_is_rejected(content: Any) -> None:
    simple = {
        "Subject": {"Data": "s"},
        "Body": {"Text": {"Data": "t"}},
        "Attachments": [{"FileName": "eicar.com", "RawContent": content}],
    }
    request = REQUESTS[Interface.V2_SEND_EMAIL_SIMPLE] | {"Content": {"Simple": simple}}
    submission = Submission.from_request(request, Interface.V2_SEND_EMAIL_SIMPLE)
    assert simulated(submission) == (EventKind.REJECT,)


@pytest.mark.parametrize("content", [b"x" + EICAR, EICAR + b"x", EICAR[:-1], EICAR + b" " * 61], ids=len)
def test_what_is_not_the_test_virus_is_not_rejected(content: bytes) -> None:
    message = build(sender="a@b.example", to=["c@d.example"], text="Hi", attachments=[Attachment(content, "a.bin")])
    assert simulated(Submission(message)) == ()
