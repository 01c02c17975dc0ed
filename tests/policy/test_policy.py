"""The SES policy: what is assigned is checked, what is written is safe, what is read does not raise."""

from __future__ import annotations

import copy
import email
import email.policy
import pickle
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from typing import Any

import pytest

from sesmime import (
    MessageTag,
    parse,
)
from sesmime.mime.edits import format_field
from sesmime.policy import SES, SesPolicy
from sesmime.policy.fields import AddressesField, TextField
from sesmime.policy.registry import FieldRegistry
from sesmime.ses.fields import SES_FIELDS, SesField
from tests.conftest import shared
from tests.policy.written import built, read


def read_field(name: str, value: Any) -> Any:
    """Return the field object that the policy's factory makes."""
    return SES.header_factory(name, value)


GOLDEN = b"""From: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>
To: "Ng, A." <a@b.example>, =?utf-8?q?M=C3=BCnchner_K=C3=BCnstler_Verein?=
 <m@example.com>, team: c@d.example;
Subject: Your visit to =?utf-8?q?Z=C3=BCrich?= is booked, and this line is
 longer than one line may be
Date: Mon, 01 Jan 2024 00:00:00 +0000
Message-ID: <1@example.com>
X-SES-MESSAGE-TAGS: campaign=spring, genre=sci-fi
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=BOUNDARY

--BOUNDARY
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe aus Z=C3=BCrich, und so weiter, ohne Ende
=2D--
plain

--BOUNDARY
Content-Type: text/plain
Content-Transfer-Encoding: base64
MIME-Version: 1.0
Content-Disposition: attachment;
 filename*0*=utf-8''%E6%97%A5%E6%9C%AC%E6%97%A5%E6%9C%AC%E6%97%A5%E6%9C%AC;
 filename*1*=%E6%97%A5%E6%9C%AC.txt; size=3

eA==

--BOUNDARY--
""".replace(b"\n", b"\r\n")


def golden() -> EmailMessage:
    """Return a message with something of everything."""
    message = built(
        ("From", "Zoë <zoe@example.com>"),
        ("To", '"Ng, A." <a@b.example>, Münchner Künstler Verein <m@example.com>, team: c@d.example;'),
        ("Subject", "Your visit to Zürich is booked, and this line is longer than one line may be"),
        ("Date", "Mon, 1 Jan 2024 00:00:00 +0000"),
        ("Message-ID", "<1@example.com>"),
        ("X-SES-MESSAGE-TAGS", [MessageTag("campaign", "spring"), MessageTag("genre", "sci-fi")]),
    )
    message.set_content("Grüße aus Zürich, und so weiter, ohne Ende\n---\nplain\n")
    message.add_attachment(b"x", maintype="text", subtype="plain", filename="日本" * 4 + ".txt", params={})
    part = list(message.iter_attachments())[-1]
    part.set_param("size", "3", header="Content-Disposition")
    message.set_boundary("BOUNDARY")
    return message


def test_law_11_the_bytes_are_the_same_on_every_python() -> None:
    message = golden()
    assert bytes(message) == GOLDEN
    assert message.as_string().encode() == str(message).encode() == GOLDEN
    assert parse(GOLDEN).defects == ()
    for again in (
        email.message_from_bytes(GOLDEN, policy=SES),
        email.message_from_bytes(GOLDEN, policy=email.policy.SMTP),
    ):
        for name in ("From", "To", "Subject", "Date", "Message-ID", "X-SES-MESSAGE-TAGS"):
            assert str(again[name]) == str(message[name]), name
    # Field objects write themselves under policies of others too.
    for policy in (email.policy.SMTP, email.policy.SMTPUTF8):
        assert message.as_bytes(policy=policy) == GOLDEN


# Policies and field objects


def test_policies_are_cloned_copied_added_and_pickled() -> None:
    assert (SES.linesep, SES.max_line_length, SES.utf8, SES.cte_type) == ("\r\n", 78, False, "8bit")
    for policy in (SES.clone(), SesPolicy(), copy.deepcopy(SES), copy.copy(SES), pickle.loads(pickle.dumps(SES))):
        assert isinstance(policy, SesPolicy)
        assert bytes(golden()) == golden().as_bytes(policy=policy) == GOLDEN
        assert isinstance(policy.header_factory("To", "a@b"), AddressesField)
    lf = SES.clone(linesep="\n", raise_on_defect=True)
    assert golden().as_bytes(policy=pickle.loads(pickle.dumps(lf))) == GOLDEN.replace(b"\r\n", b"\n")
    assert golden().as_bytes(policy=SES + email.policy.HTTP) == GOLDEN
    assert repr(SES) == "SesPolicy()"
    with pytest.raises(TypeError):
        SES.clone(nothing=1)  # type: ignore[call-arg]
    own = SesPolicy(header_factory=FieldRegistry(), max_line_length=40)
    assert max(map(len, golden().as_bytes(policy=own).partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 75
    assert email.message_from_bytes(golden().as_bytes(policy=own), policy=SES)["To"] == golden()["To"]


def test_messages_and_field_objects_are_copied_and_pickled() -> None:
    message = golden()
    for again in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert bytes(again) == GOLDEN
        assert again["To"].groups == message["To"].groups
        assert type(again["X-SES-MESSAGE-TAGS"]).__name__ == "MessageTagsField"
        assert again["X-SES-MESSAGE-TAGS"].tags == message["X-SES-MESSAGE-TAGS"].tags
        assert again["Subject"].body == message["Subject"].body
    broken = pickle.loads(pickle.dumps(read("a@b, <c", "To")))
    assert [str(defect) for defect in broken.defects] == [str(defect) for defect in read("a@b, <c", "To").defects]


def test_a_part_has_the_same_bytes_alone_and_inside_what_is_signed() -> None:
    part = built(("Content-Type", "text/plain"), ("X-Long", "word " * 40))
    part.set_payload("text")
    outer = built(("Content-Type", 'multipart/signed; boundary="b"'))
    outer.attach(part)
    assert bytes(part) in bytes(outer)
    assert b"\r\n " in bytes(part)


@pytest.mark.parametrize("name", sorted(HeaderRegistry().registry))
def test_every_field_that_the_library_knows_has_what_it_has_there(name: str) -> None:
    ours: Any = FieldRegistry()[name]
    theirs: Any = HeaderRegistry()[name]
    assert ours.max_count == theirs.max_count
    given = {what for what in dir(theirs) if not what.startswith("_")} - {"value_parser"}
    assert given <= set(dir(ours))


@pytest.mark.parametrize("row", SES_FIELDS.values(), ids=lambda row: row.name)
def test_every_field_of_ses_stands_once_and_says_what_it_is(row: SesField) -> None:
    kind: Any = FieldRegistry()[row.name]
    assert (kind.row, kind.max_count) == (row, 1)
    assert kind.__doc__ == f"{row.name}; `value` is {row.kind.value}."


def test_classes_of_others_can_be_registered() -> None:
    registry = FieldRegistry()
    registry.map_to_type("X-Number", email.headerregistry.MIMEVersionHeader)  # type: ignore[arg-type]
    policy = SES.clone(header_factory=registry)
    message = EmailMessage(policy=policy)
    message["X-Number"] = "3.4"
    assert message["X-Number"].major == 3
    assert bytes(message) == b"X-Number: 3.4\r\n\r\n"
    assert type(registry("X-Other", "a")) is TextField
    assert read_field("To", Address("A", "a", "b.example")).addresses == (Address("A", "a", "b.example"),)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ad_long_quoted_refold", "ad_ew_specials_refold"])
def test_no_recipient_changes_in_folding_or_copying(name: str) -> None:
    raw = shared("attacks", f"{name}.eml").read_bytes()
    message = email.message_from_bytes(raw, policy=SES)
    assert [address.addr_spec for address in message["To"].addresses] == ["real@example.com"]
    for out in (message.as_bytes(policy=SES.clone(refold_source="all")), bytes(built(("To", message["To"])))):
        theirs = email.message_from_bytes(out, policy=email.policy.SMTP)["To"]
        assert [address.addr_spec for address in theirs.addresses] == ["real@example.com"]


def test_fields_are_written_as_everywhere_in_sesmime() -> None:
    for name, body in (
        ("X-Any", "word " * 60 + "end"),
        ("X-SES-Any", "a, " * 500 + "b"),
        ("References", "<a@b> " * 40 + "<c@d>"),
    ):
        assert bytes(built((name, body))) == format_field(name, body) + b"\r\n"
