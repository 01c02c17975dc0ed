"""The order in which SES checks, pair by pair: of two faults in one submission the earlier one is predicted."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import pytest

from sesmime import ApiParameters, Destination, Interface, MessageTag, predict_rejection

LONG = "a" * 320 + "@example.com"
V1, V2 = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW


class Broken(NamedTuple):
    """A fault: its fields and parameters, and the beginning of the text expected."""

    fields: dict[str, str | None]
    parameters: dict[str, Any]
    text: str


def destination(**lists: tuple[str, ...]) -> dict[str, Any]:
    """Return a destination as the settings have it."""
    return {"destination": lists}


# In the order of facts 0.2: parameters (Source, To, Cc, Bcc, ReturnPath, ReplyTo), a field that is missing, the fields'
# syntax, the configuration set, the length. An empty parameter came before a malformed one (aws-doc-sdk-examples#1725).
RAW = {
    "source": Broken({}, {"source": "sender.example.com"}, "Missing final '@domain'"),
    "destination": Broken({}, destination(to=("a b@example.com",)), "Local address contains control or whitespace"),
    "missing To": Broken({"To": None}, destination(), "Missing required header 'To'."),
    "syntax of a field": Broken({"Reply-To": "a@b_c.example"}, {}, "Domain contains illegal character"),
    "set": Broken({}, {"configuration_set": "no such set"}, "Configuration set <no such set> does not exist."),
    "length": Broken({"From": LONG}, {}, "Address length is more than 320 characters long: '"),
}
PARAMETERS = {
    "empty cc": Broken({}, destination(cc=("",)), "Invalid email address ."),
    "source": Broken({}, {"source": "sender.example.com"}, "Missing final '@domain'"),
    "to": Broken({}, destination(to=("@example.com",)), "Missing local name"),
    "bcc": Broken({}, destination(bcc=("b@",)), "Missing domain"),
    "return path": Broken({}, {"return_path": "a b@example.com"}, "Local address contains control or whitespace"),
    "reply to": Broken({}, {"reply_to": ("a@b_c.example",)}, "Domain contains illegal character"),
    "set": Broken({}, {"configuration_set": "no such set"}, "Configuration set <no such set> does not exist."),
    "length": Broken({}, destination(to=(LONG,)), "Address length is more than 320 characters long: '"),
}


def predicted(faults: tuple[Broken, ...], interface: Interface) -> str:
    """Return the text that is predicted for a submission with some faults."""
    fields: dict[str, str | None] = {"From": "a@example.com", "To": "b@example.com", "Subject": "Hi"}
    given: dict[str, Any] = {} if interface.is_raw else {"source": "a@example.com"}
    lists: dict[str, tuple[str, ...]] = {}
    for fault in faults:
        fields |= fault.fields
        for name, value in fault.parameters.items():
            if name == "destination":
                lists |= {part: lists.get(part, ()) + addresses for part, addresses in value.items()}
            else:
                given[name] = value
    if lists:
        given["destination"] = Destination(**lists)
    text = "".join(f"{name}: {body}\r\n" for name, body in fields.items() if body is not None)
    message = text.encode() + b"\r\nHi\r\n" if interface.is_raw else None
    rejection = predict_rejection(message, parameters=ApiParameters(**given), interface=interface)
    return "" if rejection is None else rejection.text


@pytest.mark.parametrize("interface", [V1, V2])
@pytest.mark.parametrize("pair", list(combinations(RAW, 2)), ids=" and ".join)
def test_of_two_faults_of_a_raw_message_the_earlier_is_predicted(pair: tuple[str, str], interface: Interface) -> None:
    if {"destination", "missing To"} <= set(pair):
        pytest.skip("with a destination no To field is wanted")
    assert predicted(tuple(map(RAW.__getitem__, pair)), interface).startswith(RAW[pair[0]].text)


@pytest.mark.parametrize("interface", [Interface.SEND_EMAIL, Interface.V2_SEND_EMAIL_SIMPLE])
@pytest.mark.parametrize("pair", list(combinations(PARAMETERS, 2)), ids=" and ".join)
def test_of_two_faulty_parameters_the_earlier_is_predicted(pair: tuple[str, str], interface: Interface) -> None:
    assert predicted(tuple(map(PARAMETERS.__getitem__, pair)), interface).startswith(PARAMETERS[pair[0]].text)


def test_a_tag_is_checked_before_an_identity_and_its_name_before_its_value() -> None:
    given = ApiParameters(message_tags=(MessageTag("a b", "c d"),), configuration_set="no such set")
    message = b"From: a@example.com\r\nTo: b@example.com\r\n\r\nHi\r\n"
    rejection = predict_rejection(message, parameters=given)
    assert rejection is not None
    assert rejection.text.startswith("Invalid tag name <a b>")
