"""Message tags: each case of form used in both directions, read and written."""

from __future__ import annotations

import pytest

from sesmime import InvalidMessageTag, MessageTag, MessageTags, format_message_tags, parse, read_message_tags
from sesmime.ses.tags import tag_fault
from tests.conftest import shared

# Pairs, and the one body that they are written as (dg/event-publishing-send-email: comma and space).
WRITTEN: dict[str, tuple[tuple[MessageTag, ...], str]] = {
    "one": ((MessageTag("campaign", "spring"),), "campaign=spring"),
    "several": ((MessageTag("a", "1"), MessageTag("b", "2"), MessageTag("c", "3")), "a=1, b=2, c=3"),
    "every character": (
        (MessageTag("Az_-09", "zA-_90"),),
        "Az_-09=zA-_90",
    ),
    "the case of a name counts": ((MessageTag("a", "1"), MessageTag("A", "2")), "a=1, A=2"),
    "the same value twice": ((MessageTag("a", "1"), MessageTag("b", "1")), "a=1, b=1"),
    "255 characters": ((MessageTag("n" * 255, "v" * 255),), "n" * 255 + "=" + "v" * 255),
    "feedback ids": (
        (MessageTag("ses:feedback-id-a", "shop"), MessageTag("ses:feedback-id-b", "7")),
        "ses:feedback-id-a=shop, ses:feedback-id-b=7",
    ),
    "the look of an encoded word": ((MessageTag("q", "-utf-8-q-abc-"),), "q=-utf-8-q-abc-"),
}

# A tag that must not be written; the defect that reading gives for it; the text expected from SES (facts/ses.md
# E.2, rows 47, 48, 50 and 51: recorded answers), None where SES takes it as a parameter.
NAME_TEXT = "Invalid tag name <{}>: only alphanumeric ASCII characters, '_',  '-' are allowed."
VALUE_TEXT = "Invalid tag value <{}>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."
REFUSED: dict[str, tuple[MessageTag, str, str | None]] = {
    "an empty name": (MessageTag("", "x"), "empty-tag-name", "The tag name must be specified."),
    "an empty value": (MessageTag("y", ""), "empty-tag-value", "The tag value must be specified."),
    "a long name": (MessageTag("n" * 256, "v"), "long-tag-name", "Tag name cannot exceed 255 characters."),
    "a long value": (MessageTag("n", "v" * 256), "long-tag-value", "Tag value cannot exceed 255 characters."),
    "a blank in a name": (MessageTag("a b", "c"), "bad-tag-name", NAME_TEXT.format("a b")),
    "a dot in a name": (MessageTag("a.b", "c"), "bad-tag-name", NAME_TEXT.format("a.b")),
    "an at sign in a name": (MessageTag("a@b", "c"), "bad-tag-name", NAME_TEXT.format("a@b")),
    "a name of the service": (MessageTag("ses:source-ip", "c"), "bad-tag-name", NAME_TEXT.format("ses:source-ip")),
    "a third one": (MessageTag("ses:feedback-id-c", "1"), "bad-tag-name", NAME_TEXT.format("ses:feedback-id-c")),
    "the case of a feedback id": (
        MessageTag("SES:feedback-id-a", "c"),
        "bad-tag-name",
        NAME_TEXT.format("SES:feedback-id-a"),
    ),
    "a colon in a name": (MessageTag("a:b", "c"), "bad-tag-name", NAME_TEXT.format("a:b")),
    "a name beyond ASCII": (MessageTag("é", "c"), "bad-tag-name", NAME_TEXT.format("é")),
    "a digit beyond ASCII": (MessageTag("٣", "c"), "bad-tag-name", NAME_TEXT.format("٣")),
    "a blank in a value": (MessageTag("a", "b c"), "bad-tag-value", VALUE_TEXT.format("b c")),
    "a value beyond ASCII": (MessageTag("a", "é"), "bad-tag-value", VALUE_TEXT.format("é")),
    "a second equals sign": (MessageTag("z", "1=2"), "bad-tag-value", VALUE_TEXT.format("1=2")),
    "a colon in a value": (MessageTag("a", "b:c"), "bad-tag-value", VALUE_TEXT.format("b:c")),
    "a quoted string": (MessageTag("a", '"b"'), "bad-tag-value", VALUE_TEXT.format('"b"')),
    "an encoded word": (MessageTag("a", "=?utf-8?q?b?="), "bad-tag-value", VALUE_TEXT.format("=?utf-8?q?b?=")),
    "a dot in a value": (MessageTag("a", "b.c"), "dotted-tag-value", None),
    "an at sign in a value": (MessageTag("a", "b@c"), "dotted-tag-value", None),
    "dot and colon in a value": (MessageTag("a", "b.c:d"), "bad-tag-value", VALUE_TEXT.format("b.c:d")),
}


class TestBothDirections:
    @pytest.mark.parametrize("case", WRITTEN)
    def test_what_is_written_is_read_back(self, case: str) -> None:
        tags, body = WRITTEN[case]
        assert format_message_tags(tags) == body
        assert read_message_tags(body) == MessageTags(tags, ())

    @pytest.mark.parametrize("case", REFUSED)
    def test_what_writing_refuses_is_a_defect_in_reading(self, case: str) -> None:
        tag, defect, _ = REFUSED[case]
        with pytest.raises(InvalidMessageTag) as raised:
            format_message_tags([tag])
        assert (raised.value.name, raised.value.value) == tag
        found = read_message_tags(f"{tag.name}={tag.value}")
        assert found.tags == (tag,)
        assert [one.name for one in found.defects] == [defect]

    @pytest.mark.parametrize("case", REFUSED)
    def test_a_fault_carries_the_text_expected_from_ses(self, case: str) -> None:
        tag, _, text = REFUSED[case]
        fault = tag_fault(tag)
        assert fault is not None
        assert fault.expected == text

    def test_a_repeated_name_is_refused_and_read_with_all_pairs_in_order(self) -> None:
        tags = (MessageTag("a", "1"), MessageTag("b", "2"), MessageTag("a", "1"))
        with pytest.raises(InvalidMessageTag):
            format_message_tags(tags)
        found = read_message_tags("a=1, b=2, a=1")
        assert found.tags == tags
        assert [(defect.name, defect.span) for defect in found.defects] == [("repeated-tag-name", (9, 13))]

    def test_256_characters_are_one_too_many_although_the_documents_say_256(self) -> None:
        for tag in (MessageTag("n" * 256, "v"), MessageTag("n", "v" * 256)):
            with pytest.raises(InvalidMessageTag):
                format_message_tags([tag])


class TestOrderOfChecks:
    """Facts B: the service checks the name before the value."""

    @pytest.mark.parametrize(
        ("tag", "defect"),
        [
            (MessageTag("", ""), "empty-tag-name"),
            (MessageTag("a b", ""), "bad-tag-name"),
            (MessageTag("a b", "c d"), "bad-tag-name"),
            (MessageTag("n" * 256, ""), "long-tag-name"),
            (MessageTag("a", ""), "empty-tag-value"),
        ],
    )
    def test_a_fault_of_the_name_comes_before_one_of_the_value(self, tag: MessageTag, defect: str) -> None:
        fault = tag_fault(tag)
        assert fault is not None
        assert fault.name == defect

    def test_the_first_bad_tag_is_the_one_named(self) -> None:
        with pytest.raises(InvalidMessageTag) as raised:
            format_message_tags([MessageTag("a", "1"), MessageTag("b", "x y"), MessageTag("c d", "2")])
        assert raised.value.name == "b"


class TestReading:
    @pytest.mark.parametrize("body", ["a=1,b=2", "a=1, b=2", " a = 1 ,\tb\t=\t2 ", "a=1 ,b=2", "a=1,   b=2"])
    def test_blanks_around_comma_and_equals_sign_are_dropped(self, body: str) -> None:
        assert read_message_tags(body) == MessageTags((MessageTag("a", "1"), MessageTag("b", "2")), ())

    def test_blanks_inside_are_kept_and_are_a_defect(self) -> None:
        found = read_message_tags("a=1 2")
        assert found.tags == (MessageTag("a", "1 2"),)
        assert len(found.defects) == 1

    @pytest.mark.parametrize("body", ["a=1,,b=2", "a=1, ,b=2", ",a=1,b=2", "a=1,b=2,", "a=1,b=2, "])
    def test_an_empty_item_is_a_defect_and_no_tag(self, body: str) -> None:
        found = read_message_tags(body)
        assert found.tags == (MessageTag("a", "1"), MessageTag("b", "2"))
        assert [defect.name for defect in found.defects] == ["empty-item"]

    @pytest.mark.parametrize("body", ["", " ", "\t"])
    def test_an_empty_body_holds_no_tag_and_a_defect(self, body: str) -> None:
        found = read_message_tags(body)
        assert found.tags == ()
        assert [defect.name for defect in found.defects] == ["empty-item"]

    def test_an_item_without_equals_sign_is_a_defect_with_its_place(self) -> None:
        found = read_message_tags("a=1, b, c=3")
        assert found.tags == (MessageTag("a", "1"), MessageTag("c", "3"))
        assert [(defect.name, defect.span) for defect in found.defects] == [("no-equals-sign", (4, 6))]

    def test_a_quoted_string_shields_no_comma(self) -> None:
        found = read_message_tags('a="b,c=d"')
        assert found.tags == (MessageTag("a", '"b'), MessageTag("c", 'd"'))
        assert len(found.defects) == 2

    def test_an_encoded_word_is_never_decoded(self) -> None:
        body = "=?utf-8?q?campaign=3Dspring?="
        found = read_message_tags(body)
        assert all("campaign=spring" not in tag.name + tag.value for tag in found.tags)
        assert found.defects
        assert read_message_tags("=?utf-8?b?YQ==?==1").tags[0].name != "a"

    def test_raw_8_bit_is_kept_and_is_a_defect(self) -> None:
        body = "n=\udcc3\udca9"
        found = read_message_tags(body)
        assert found.tags == (MessageTag("n", "\udcc3\udca9"),)
        assert len(found.defects) == 1

    def test_a_message_tag_holds_whatever_it_is_given(self) -> None:
        tag = MessageTag("a b", "")
        assert tag == ("a b", "")
        assert (tag.name, tag.value) == ("a b", "")

    def test_tags_are_iterated_and_counted(self) -> None:
        found = read_message_tags("a=1, b=2")
        assert list(found) == [MessageTag("a", "1"), MessageTag("b", "2")]
        assert len(found) == 2

    @pytest.mark.shared
    def test_the_attack_file_has_a_defect_for_each_bad_pair(self) -> None:
        message = shared("attacks", "ses_bad_tags.eml").read_bytes()
        field = parse(message).header_section.first("X-SES-MESSAGE-TAGS")
        assert field is not None
        found = read_message_tags(field.body)
        # a b=c, =x, y=, z=1=2, k=vvv… (300 of them), n=é in raw UTF-8
        assert [tag.name for tag in found.tags] == ["a b", "", "y", "z", "k", "n"]
        assert [defect.name for defect in found.defects] == [
            "bad-tag-name",
            "empty-tag-name",
            "empty-tag-value",
            "bad-tag-value",
            "long-tag-value",
            "bad-tag-value",
        ]
        for tag in found:
            with pytest.raises(InvalidMessageTag):
                format_message_tags([tag])


class TestWriting:
    def test_pairs_are_taken_for_tags(self) -> None:
        assert format_message_tags([("a", "1"), MessageTag("b", "2")]) == "a=1, b=2"

    def test_a_generator_is_taken(self) -> None:
        assert format_message_tags(MessageTag(name, "1") for name in "ab") == "a=1, b=1"

    def test_no_tags_are_an_empty_body(self) -> None:
        assert format_message_tags(()) == ""

    @pytest.mark.parametrize("text", ["a\r\nBcc: x@y.example", "a\n", "a\r", "\x00", "a\tb", "a,b", "a\x7f"])
    def test_no_line_break_comma_or_control_is_written(self, text: str) -> None:
        for tag in (MessageTag(text, "1"), MessageTag("a", text)):
            with pytest.raises(InvalidMessageTag):
                format_message_tags([tag])

    @pytest.mark.parametrize(
        "tags",
        [
            "a=1",
            b"a=1",
            {"aa": "1"},
            ["ab"],
            [("a",)],
            [("a", "1", "2")],
            [("a", 1)],
            [{"Name": "a", "Value": "b"}],
            [7],
        ],
    )
    def test_what_is_no_list_of_pairs_is_a_type_error(self, tags: object) -> None:
        with pytest.raises(TypeError):
            format_message_tags(tags)  # type: ignore[arg-type]

    def test_what_is_no_body_is_told_by_that_name(self) -> None:
        with pytest.raises(TypeError, match=r"^a field body must be a str, not bytes$"):
            read_message_tags(b"a=1")  # type: ignore[arg-type]

    def test_a_str_subclass_is_taken_as_plain_text(self) -> None:
        class Sly(str):
            def __format__(self, spec: str) -> str:
                return "a\r\nBcc: victim@example.net"

            __str__ = __repr__ = lambda self: "sly"

        written = format_message_tags([MessageTag(Sly("a"), Sly("1"))])
        assert written == "a=1"
        assert type(written) is str

    def test_the_error_tells_the_tag_escaped_and_short(self) -> None:
        with pytest.raises(InvalidMessageTag) as raised:
            format_message_tags([MessageTag("a", "\r\n" + "v" * 400)])
        text = str(raised.value)
        assert "\\r\\n" in text
        assert "\n" not in text
        assert len(text) < 300
