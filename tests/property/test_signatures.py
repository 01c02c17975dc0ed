"""Signatures of SNS: no change of one field is taken, and nothing but InvalidSignature is raised on content."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

pytest.importorskip("cryptography")

from sesmime.events import InvalidSignature
from sesmime.ses.events.envelopes import SIGNED
from tests.ses.events.sns import ORIGIN, SUBSCRIBE, TOPIC, confirmation, notification, signer, stranger, verify

pytestmark = pytest.mark.edges
SIGNED_MESSAGES = [
    signer().sign(message, version=version)
    for message in (notification(), notification(Subject=None), confirmation())
    for version in (1, 2)
]
# AWS's guide signs neither of these.
UNSIGNED = {"UnsubscribeURL", "MessageAttributes"}
NAMES = sorted({name for message in SIGNED_MESSAGES for name in message} - UNSIGNED | {"Subject", "Token"})
HOSTILE = [
    "", "1", "2", "\n", "Notification", "SubscriptionConfirmation", TOPIC, f"{TOPIC}\n", SUBSCRIBE, "AAAA", "null",
    f"{ORIGIN}/SimpleNotificationService-0a.pem", f"{ORIGIN}/SimpleNotificationService-0A.pem", "a\nMessageId\nb",
]  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(HOSTILE)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=4,
)


def fetch(url: str) -> bytes:
    """Answer as AWS does: its certificate where it is, 404 elsewhere."""
    if url == signer().certificate_url:
        return signer().certificate
    raise HTTPError(url, 404, "Not Found", {}, None)  # type: ignore[arg-type]


def is_refused(message: Any) -> bool:
    """Return whether a message is refused, with a text that can be printed."""
    told = ""
    try:
        verify(message, fetch=fetch)
    except InvalidSignature as error:
        told = str(error)
    assert told.isprintable()
    return bool(told)


@st.composite
def edited(draw: st.DrawFn, text: str) -> str:
    """Return a text with a piece of it replaced."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 3)))
    return text[:start] + draw(st.text(max_size=3)) + text[end:]


class TestVerifying:
    """AWS's guide to SNS: "Reject any message with an unexpected TopicArn", "verify the signature"."""

    @given(st.sampled_from(SIGNED_MESSAGES), st.sampled_from(NAMES), JSON)
    def test_another_value_of_one_field_is_refused(self, message: dict[str, Any], name: str, value: Any) -> None:
        # A field that this type does not sign says nothing: a Subject beside a confirmation is not looked at.
        is_read = name in (*SIGNED[message["Type"]], "Signature", "SignatureVersion", "SigningCertURL")
        assume(is_read and message.get(name) != value)
        assert is_refused({**message, name: value})

    @given(st.sampled_from(SIGNED_MESSAGES), st.sampled_from(NAMES), st.data())
    def test_a_small_change_of_one_field_is_refused(
        self, message: dict[str, Any], name: str, data: st.DataObject
    ) -> None:
        assume(name in message)
        value = data.draw(edited(message[name]))
        assume(value != message[name])
        changed = {**message, name: value}
        assert is_refused(changed)
        assert is_refused(json.dumps(changed))

    @given(st.sampled_from(SIGNED_MESSAGES), st.sampled_from(NAMES))
    def test_a_field_less_is_refused(self, message: dict[str, Any], name: str) -> None:
        assume(name in message)
        assert is_refused({other: value for other, value in message.items() if other != name})

    @given(st.text(), st.text(st.characters(categories=["L", "N", "P"]), min_size=1), st.sampled_from([1, 2]))
    def test_what_is_signed_is_taken_and_by_another_key_is_not(self, text: str, subject: str, version: int) -> None:
        message = notification(Message=text, Subject=subject)
        assert not is_refused(signer().sign(message, version=version))
        assert not is_refused(json.dumps(signer().sign(message, version=version), ensure_ascii=False).encode())
        forged = stranger().sign(message, version=version) | {"SigningCertURL": signer().certificate_url}
        assert is_refused(forged)

    @given(st.one_of(JSON.map(json.dumps), st.text(), st.binary()))
    def test_nothing_else_is_raised_on_content(self, text: str | bytes) -> None:
        assert is_refused(text)

    @given(st.sampled_from(SIGNED_MESSAGES), st.data())
    def test_no_change_of_the_text_changes_what_is_verified(self, message: dict[str, Any], data: st.DataObject) -> None:
        text = data.draw(edited(json.dumps(message)))
        if not is_refused(text):
            found = json.loads(text)
            kept = {name for name in message if name not in UNSIGNED}
            assert {name: found.get(name) for name in kept} == {name: message[name] for name in kept}
