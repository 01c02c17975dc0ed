"""SES's fields and tags at their edges: what is refused and in which words, blanks, last lines, texts that lie."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sesmime import (
    ApiParameters,
    Edit,
    Interface,
    InvalidSetting,
    MessageTag,
    SesFields,
    Span,
    parse,
    read_message_tags,
    read_ses_fields,
    strip_ses_fields,
    write_ses_fields,
)
from sesmime.ses.envelope import envelope, envelope_of, envelope_to
from sesmime.ses.fields import SES_FIELDS, as_list_management, read_arn, read_name, writing_edits
from sesmime.ses.tags import as_message_tags, tag_fault

ARN = "arn:aws:ses:us-east-1:123456789012:identity/a.example"


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        (("", "v"), "a tag needs a name"),
        (("a b", "v"), "a tag name consists of only A-Z a-z 0-9 _ and -"),
        (("ses:x", "v"), "names with ses: are reserved, except ses:feedback-id-a and ses:feedback-id-b"),
        (("xses:", "v"), "a tag name consists of only A-Z a-z 0-9 _ and -"),
        (("a", ""), "a tag needs a value"),
        (("a", "x y"), "a tag value consists of only A-Z a-z 0-9 _ and -"),
        (
            ("a", "x.y@z"),
            "a tag value consists of only A-Z a-z 0-9 _ and -; . and @ have been accepted only in parameters",
        ),
    ],
)
def test_a_fault_says_what_a_tag_consists_of(tag: tuple[str, str], reason: str) -> None:
    fault = tag_fault(MessageTag(*tag))
    assert fault is not None
    assert fault.reason == reason


@pytest.mark.parametrize("given", ["a=1", b"a=1", {"a": "1"}])
def test_tags_are_a_list_of_pairs(given: Any) -> None:
    with pytest.raises(TypeError, match=f"must be a list of MessageTag, not {type(given).__name__}"):
        as_message_tags(given)


def test_a_body_that_says_it_is_another_is_read_as_itself() -> None:
    class Same(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash("a=1")

    assert read_message_tags("a=1").tags == (("a", "1"),)
    assert read_message_tags(Same("b=2")).tags == (("b", "2"),)
    long = ",".join(f"n{number}=v" for number in range(100))
    assert len(read_message_tags(long).tags) == 100


@pytest.mark.parametrize("given", [("list", 3), (3, "topic"), (3, None), (None, None)])
def test_a_list_and_a_topic_are_texts(given: Any) -> None:
    with pytest.raises(TypeError, match="must be str"):
        as_list_management(given)


def test_blanks_about_a_body_are_none_of_the_value() -> None:
    assert read_name("\t shop ") == "shop"
    assert read_arn(f" {ARN}\t") == ARN
    assert read_name("sh op") is None
    assert read_ses_fields(b"X-SES-TENANT:\t shop \t\r\n\r\n").tenant == "shop"


@pytest.mark.parametrize(
    "setting", [name for name, row in SES_FIELDS.items() if row.kind.value.startswith(("a name", "the"))]
)
@pytest.mark.parametrize(
    "value", ["", " ", "a b", " shop", "shop ", "shop\r\nBcc: v", f" {ARN}", f"{ARN} ", "é", "a;b"]
)
def test_a_value_that_is_not_of_its_form_is_refused_with_the_form(setting: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        write_ses_fields(b"A: b\r\n\r\n", SesFields(**cast(Any, {setting: value})))
    assert (refused.value.setting, refused.value.value) == (setting, value)
    assert SES_FIELDS[setting].form in str(refused.value)


def test_what_is_no_text_is_told_by_its_setting() -> None:
    with pytest.raises(TypeError, match="tenant must be a str, not int"):
        SES_FIELDS["tenant"].write(3)


def test_edits_beside_stay_where_there_is_nothing_to_write() -> None:
    beside = [Edit(Span(0, 6), b"")]
    assert writing_edits(b"A: b\r\n\r\n", SesFields(), settings=(), beside=beside) == beside


@pytest.mark.parametrize("message", [b"X-SES-TENANT: a", b"To: b\r\nX-SES-TENANT: a", b"To: b\nX-SES-TENANT: a"])
def test_a_last_line_without_an_end_is_written_anew(message: bytes) -> None:
    written = write_ses_fields(message, SesFields(tenant="b"))
    assert read_ses_fields(written) == SesFields(tenant="b")
    assert written.endswith(
        b"X-SES-TENANT: b\n" if b"\r" not in message and b"\n" in message else b"X-SES-TENANT: b\r\n"
    )
    assert written.count(b"X-SES") == 1


def test_what_is_kept_stays_with_the_row_of_crs_before_it() -> None:
    message = b"A: b\r\r\nX-SES-A: c\r\n\r\n"
    assert strip_ses_fields(message, keep=["X-SES-A"]) == message
    assert strip_ses_fields(message) == b"A: b\r\r\n\r\n"


@pytest.mark.parametrize("body", [b"a@b.example, Zoe <z@y.example>", b"team: a@b.example, a@B.example;", b""])
def test_an_envelope_of_one_field_is_that_of_the_message(body: bytes) -> None:
    message = b"From: us@example.com\r\nTo: " + body + b"\r\n\r\n"
    field = parse(message).header_section.first("To")
    assert field is not None
    like = envelope(b"From: us@example.com\r\nCc: x@y.example\r\nBcc: z@y.example\r\n\r\n")
    found = envelope_to(field, like)
    expected = envelope_of(message, parameters=ApiParameters(), interface=Interface.SEND_RAW_EMAIL)
    assert found == expected
    assert (found.header_recipients, found.left_out) == (expected.header_recipients, ())
    assert [(one.origin, one.field) for one in found.recipients] == [
        (one.origin, one.field) for one in expected.recipients
    ]
