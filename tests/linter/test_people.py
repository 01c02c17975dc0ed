"""Who is named in a message, and texts without them."""

from __future__ import annotations

import pickle

import pytest

from sesmime.errors import quoted
from sesmime.linter.output.people import People
from sesmime.linter.output.redacting import redacted_text, redacted_value


def people(body: str) -> People:
    return People(f"To: {body}\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("body", "text", "told"),
    [
        ("Jane Doe <j@b.example>", "for Jane Doe.", "for ***."),
        ("Jane Doe <j@b.example>", "'Jane  Doe' and Jane\\r\\n Doe", "'***' and ***"),
        ("Jane Doe <j@b.example>", "Jane, and a Doe", "Jane, and a Doe"),
        ("Jane Doe <j@b.example>", "Janet Doe, Jane Doer", "Janet Doe, Jane Doer"),
        ("Jane Doe <j@b.example>", "'x Jane D...'", "'x ***...'"),
        ("Jane Doe <j@b.example>", "'x Ja...'", "'x ***...'"),
        ('"Doe, Jane" <j@b.example>', "Doe, Jane", "***"),
        ("team: j@b.example;", "the group team", "the group ***"),
        ("j@b.example (Jane (of) Doe)", "Jane, Doe", "***, ***"),
        (
            "=?utf-8?q?J=C3=A9r=C3=B4me?= <j@b.example>",
            "J\u00e9r\u00f4me, =?utf-8?q?J=C3=A9r=C3=B4me?=",
            "***, =?***?=",
        ),
        ("ERROR <j@b.example>", "ERROR", "ERROR"),
        ("SES101 <j@b.example>", "SES101", "SES101"),
        ("Subject <j@b.example>", "Subject", "Subject"),
        ("x <j@b.example>, 12 <k@b.example>", "x 12", "x 12"),
        ("undisclosed-recipients:;", "undisclosed-recipients", "undisclosed-recipients"),
        ("", "nothing", "nothing"),
    ],
)
def test_a_name_is_hidden_where_it_stands_whole(body: str, text: str, told: str) -> None:
    assert people(body).hidden(text) == told


@pytest.mark.parametrize(
    "name", ['a"b\\n c', "tab\tand\\x41z", "zero\u200bwidth", "caf\u00e9 \U0001e4f0nag", "\\\\net"]
)
def test_a_name_is_hidden_escaped_too(name: str) -> None:
    found = People()
    found.note('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '" <j@b.example>')
    assert found.hidden(name).strip('\\"') == "***"
    assert "***" in found.hidden(quoted(name))
    assert not any(word in found.hidden(quoted(name)) for word in ("tab", "zero", "caf", "net", " c"))


def test_names_stand_in_records_and_requests() -> None:
    found = People()
    found.note({"mail": {"commonHeaders": {"from": ["Jane Doe <j@b.example>"], "subject": "Bob Ross <b@b.example>"}}})
    found.note(
        {"headers": [{"name": "Reply-To", "value": "Eve Ng <e@b.example>"}, {"name": "X", "value": "Al Po <a@b>"}]}
    )
    found.note({"Destination": {"ToAddresses": ["Kim Li <k@b.example>"]}, "Source": 7, "Cc": None})
    assert found.hidden("Jane Doe, Bob Ross, Eve Ng, Al Po, Kim Li") == "***, Bob Ross, ***, Al Po, ***"
    deep: object = {"from": "Ann Onym <a@b.example>"}
    for _ in range(1_000):
        deep = [deep]
    found.note(deep)
    assert found.hidden("Ann Onym") == "Ann Onym"


def test_names_of_attached_messages_are_hidden() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nCc: Jane Doe <j@b.example>\r\n\r\nHi\r\n"
    assert People(inner).hidden("Jane Doe") == "***"


def test_a_pickle_of_people_has_no_message() -> None:
    made = pickle.dumps(People(b"To: Jane Doe <j@b.example>\r\nX: s3cr3t\r\n\r\nbody\r\n"))
    assert b"s3cr3t" not in made
    assert b"body" not in made
    assert pickle.loads(made).hidden("Jane Doe") == "***"
    assert repr(People(b"To: Jane Doe <j@b.example>\r\n\r\n")) == "People()"


def test_members_of_json_keep_their_names() -> None:
    found = people("severity <j@b.example>")
    assert redacted_value({"severity": "severity", "list": ["a severity"]}, people=found) == {
        "severity": "***",
        "list": ["a ***"],
    }


def test_what_is_quoted_before_an_address_is_a_name_wherever_it_comes_from() -> None:
    assert redacted_text("to 'Jane Doe <j@b.example>' and \"Eve\" <e@b.example>") == (
        "to '*** <***@***>' and \"***\" <***@***>"
    )
