"""The SES fields: read and written."""

from __future__ import annotations

import dataclasses
import pickle
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest

from sesmime import (
    InvalidMessageTag,
    InvalidSetting,
    ListManagement,
    MessageTag,
    SesFields,
    read_ses_fields,
    write_ses_fields,
)

ARN = "arn:aws:ses:us-east-1:123456789012:identity/"
# Each setting with a value, and the line it stands in (facts/ses.md A.1).
FIELDS: dict[str, tuple[object, bytes]] = {
    "configuration_set": ("Shop_1-a", b"X-SES-CONFIGURATION-SET: Shop_1-a"),
    "message_tags": ((MessageTag("a", "1"), MessageTag("b", "2")), b"X-SES-MESSAGE-TAGS: a=1, b=2"),
    "source_arn": (ARN + "a.example", b"X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/a.example"),
    "from_arn": (
        "arn:aws:ses:*:123456789012:identity/joe@a.example",
        b"X-SES-FROM-ARN: arn:aws:ses:*:123456789012:identity/joe@a.example",
    ),
    "return_path_arn": (
        "arn:aws-us-gov:ses:us-gov-west-1:123456789012:identity/a-b.example",
        b"X-SES-RETURN-PATH-ARN: arn:aws-us-gov:ses:us-gov-west-1:123456789012:identity/a-b.example",
    ),
    "list_management": (ListManagement("Weekly", "Offers"), b"X-SES-LIST-MANAGEMENT-OPTIONS: Weekly; topic=Offers"),
    "tenant": ("acme", b"X-SES-TENANT: acme"),
}
ALL = SesFields(**{setting: value for setting, (value, _) in FIELDS.items()})  # type: ignore[arg-type]
ALL_LINES = [line for _, line in FIELDS.values()]
# Bodies that have not the form of their field: each is None in reading, and a defect.
MALFORMED: dict[str, list[bytes]] = {
    "configuration_set": [b"", b"a b", b"a.b", b"n" * 65, b"a\xc3\xa9", b"=?utf-8?q?a?=", b'"a"', b"a, b", b"a\rb"],
    "message_tags": [b"", b"a", b"a=1,", b"a b=1", b"a=1, a=2", b"a=1.2", b"a=b@c", b"ses:x=1", b"a=\xff", b'a="1"'],
    "source_arn": [
        b"",
        b"a.example",
        b"arn:aws:ses:us-east-1:123456789012:configuration-set/a",
        b"arn:aws:ses:us-east-1:12345678901:identity/a.example",
        b"arn:aws:sns:us-east-1:123456789012:identity/a.example",
        b"arn:aws:ses::123456789012:identity/a.example",
        b"arn:aws:ses:us-east-1:123456789012:identity/",
        b"<arn:aws:ses:us-east-1:123456789012:identity/a.example>",
        b"arn:aws:ses:us-east-1:123456789012:identity/a b.example",
        b"arn:aws:ses:us-east-1:123456789012:identity/" + b"a" * 321,
    ],
    "from_arn": [b"x"],
    "return_path_arn": [b"x"],
    # The braces of the guide are placeholders; contactListName= is the form of frameworks.
    "list_management": [
        b"",
        b"{Weekly}",
        b"contactListName=Weekly;topicName=Offers",
        b"Weekly; topic=",
        b"A; B",
        b"A B",
    ],
    "tenant": [b"", b"a b", b"n" * 65],
}
CASES = [(setting, body) for setting, bodies in MALFORMED.items() for body in bodies]


class TestReading:
    @pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
    @pytest.mark.parametrize("setting", FIELDS)
    def test_each_field_is_read_alone(self, setting: str, ending: bytes) -> None:
        value, line = FIELDS[setting]
        found = read_ses_fields(b"To: a@b.example" + ending + line + ending + ending + b"Hi")
        assert found == SesFields(**{setting: value})  # type: ignore[arg-type]
        assert found.defects == ()

    @pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
    def test_all_fields_are_read_in_any_order_and_any_case(self, ending: bytes) -> None:
        lines = [line[:10].lower() + line[10:] for line in reversed(ALL_LINES)]
        assert read_ses_fields(ending.join([*lines, b"", b""])) == ALL

    def test_nothing_is_none(self) -> None:
        assert read_ses_fields(b"To: a@b.example\r\n\r\nHi") == SesFields()
        assert read_ses_fields(b"") == SesFields()
        assert all(getattr(SesFields(), setting) is None for setting in FIELDS)

    @pytest.mark.parametrize(("setting", "body"), CASES)
    def test_a_malformed_field_is_none_with_a_defect_in_its_place(self, setting: str, body: bytes) -> None:
        name = FIELDS[setting][1].partition(b":")[0]
        message = b"To: a@b.example\r\n" + name + b": " + body + b"\r\n\r\nHi"
        found = read_ses_fields(message)
        assert found == SesFields()
        assert [message[slice(*defect.span)] for defect in found.defects] == [name + b": " + body + b"\r\n"]

    @pytest.mark.parametrize("setting", FIELDS)
    def test_of_repeated_fields_the_first_counts(self, setting: str) -> None:
        value, line = FIELDS[setting]
        first, second = line + b"\r\n", line.partition(b":")[0] + b": old=1\r\n"
        found = read_ses_fields(first + second + b"\r\n")
        assert getattr(found, setting) == value
        assert [defect.span for defect in found.defects] == [(len(first), len(first + second))]

    @pytest.mark.parametrize("setting", FIELDS)
    def test_a_malformed_first_field_is_never_replaced_by_the_second(self, setting: str) -> None:
        line = FIELDS[setting][1]
        found = read_ses_fields(line.partition(b":")[0] + b": \x01\r\n" + line + b"\r\n\r\n")
        assert getattr(found, setting) is None
        assert found.defects

    def test_a_folded_field_is_unfolded(self) -> None:
        folded = (
            b"X-SES-MESSAGE-TAGS:\r\n a=1,\r\n\tb=2\r\nX-SES-LIST-MANAGEMENT-OPTIONS: Weekly;\r\n topic=Offers\r\n\r\n"
        )
        found = read_ses_fields(folded)
        assert found.message_tags == (MessageTag("a", "1"), MessageTag("b", "2"))
        assert found.list_management == ListManagement("Weekly", "Offers")

    def test_a_blank_before_the_colon_is_no_part_of_the_name(self) -> None:
        assert read_ses_fields(b"X-SES-TENANT : acme\r\n\r\n").tenant == "acme"

    @pytest.mark.parametrize(
        ("body", "value"),
        [
            (b"Weekly", ListManagement("Weekly")),
            (b"Weekly;topic=Offers", ListManagement("Weekly", "Offers")),
            (b"Weekly ; TOPIC = Offers ", ListManagement("Weekly", "Offers")),
        ],
    )
    def test_a_list_is_read_with_and_without_topic_and_with_blanks(self, body: bytes, value: ListManagement) -> None:
        assert read_ses_fields(b"X-SES-LIST-MANAGEMENT-OPTIONS: " + body + b"\n\n").list_management == value

    @pytest.mark.parametrize(
        "message",
        [
            b"To: a@b.example\r\n\r\nX-SES-TENANT: acme\r\n",
            b"\r\nX-SES-TENANT: acme\r\n",
            b"Content-Type: message/rfc822\r\n\r\nX-SES-TENANT: acme\r\n\r\nHi",
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX-SES-TENANT: acme\r\n\r\nHi\r\n--b--",
        ],
        ids=["body", "no header section", "attached message", "body part"],
    )
    def test_only_the_top_level_header_section_counts(self, message: bytes) -> None:
        assert read_ses_fields(message) == SesFields()

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_every_kind_of_buffer_is_read(self, kind: type[bytearray]) -> None:
        assert read_ses_fields(kind(b"X-SES-TENANT: acme\r\n\r\n")).tenant == "acme"

    def test_text_is_a_type_error(self) -> None:
        with pytest.raises(TypeError):
            read_ses_fields("X-SES-TENANT: acme\r\n\r\n")  # type: ignore[arg-type]

    def test_the_ten_thousand_and_first_field_is_read(self) -> None:
        assert read_ses_fields(b"A: b\r\n" * 10_000 + b"X-SES-TENANT: acme\r\n\r\n").tenant == "acme"


class TestValues:
    def test_lists_become_tuples_of_message_tag(self) -> None:
        fields = SesFields(message_tags=[("a", "1")], list_management=("Weekly", None))
        assert fields.message_tags == (MessageTag("a", "1"),)
        assert isinstance(fields.message_tags[0], MessageTag)
        assert isinstance(fields.list_management, ListManagement)

    def test_they_are_immutable_and_picklable(self) -> None:
        assert pickle.loads(pickle.dumps(ALL)) == ALL
        with pytest.raises(dataclasses.FrozenInstanceError):
            ALL.tenant = "b"  # type: ignore[misc]

    def test_positional_arguments_are_a_type_error(self) -> None:
        with pytest.raises(TypeError):
            SesFields("set")  # type: ignore[call-arg]


class TestWriting:
    @pytest.mark.parametrize("setting", FIELDS)
    def test_each_field_is_one_ascii_line(self, setting: str) -> None:
        value, line = FIELDS[setting]
        written = write_ses_fields(b"To: a@b.example\r\n\r\nHi", SesFields(**{setting: value}))  # type: ignore[arg-type]
        assert written == b"To: a@b.example\r\n" + line + b"\r\n\r\nHi"

    @pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
    def test_all_fields_are_appended_in_the_line_ending_of_the_message(self, ending: bytes) -> None:
        message = ending.join([b"From: a@b.example", b"To: c@d.example", b"", b"Hi\r\nthere\n"])
        written = write_ses_fields(message, ALL)
        assert written == ending.join([b"From: a@b.example", b"To: c@d.example", *ALL_LINES, b"", b"Hi\r\nthere\n"])
        assert read_ses_fields(written) == ALL

    @pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
    @pytest.mark.parametrize("setting", FIELDS)
    def test_a_standing_field_is_replaced_in_its_place_and_repeats_leave(self, setting: str, ending: bytes) -> None:
        value, line = FIELDS[setting]
        old = line.partition(b":")[0].lower() + b" :" + ending + b"\told"
        message = ending.join([b"From: a@b.example", old, b"Subject: Hi", old, b"To: c@d.example", b"", b"body"])
        written = write_ses_fields(message, SesFields(**{setting: value}))  # type: ignore[arg-type]
        assert written == ending.join([b"From: a@b.example", line, b"Subject: Hi", b"To: c@d.example", b"", b"body"])

    def test_a_setting_that_is_none_leaves_the_message(self) -> None:
        message = b"\r\n".join([b"From: a@b.example", *ALL_LINES, b"", b"body"])
        assert write_ses_fields(message, SesFields()) == b"From: a@b.example\r\n\r\nbody"
        changed = dataclasses.replace(read_ses_fields(message), tenant=None)
        assert write_ses_fields(message, changed) == message.replace(b"X-SES-TENANT: acme\r\n", b"")

    def test_writing_what_was_read_changes_nothing(self) -> None:
        message = b"\n".join([*ALL_LINES, b"", b"body"])
        assert write_ses_fields(message, read_ses_fields(message)) == message

    def test_other_fields_and_other_x_ses_fields_stay(self) -> None:
        message = b"X-SES-Outgoing: 2024.01.01-1.2.3.4\r\nX-Tenant: b\r\n\r\nX-SES-TENANT: c"
        assert write_ses_fields(message, SesFields()) == message

    @pytest.mark.parametrize(
        ("message", "written"),
        [
            (b"", b"X-SES-TENANT: acme\r\n"),
            (b"To: a@b.example", b"To: a@b.example\r\nX-SES-TENANT: acme\r\n"),
            (b"To: a@b.example\n", b"To: a@b.example\nX-SES-TENANT: acme\n"),
            (b"To: a@b.example\r\n", b"To: a@b.example\r\nX-SES-TENANT: acme\r\n"),
            (b"\r\nbody", b"X-SES-TENANT: acme\r\n\r\nbody"),
            (b"\nbody", b"X-SES-TENANT: acme\n\nbody"),
            (b"X-SES-TENANT: old", b"X-SES-TENANT: acme\r\n"),
            (b"To: a@b.example\nX-SES-TENANT: old", b"To: a@b.example\nX-SES-TENANT: acme\n"),
            (b"To: a@b.example\nX-SES-CONFIGURATION-SET: old", b"To: a@b.example\nX-SES-TENANT: acme\n"),
            (b"X-SES-TENANT: old\r\nX-SES-TENANT: older", b"X-SES-TENANT: acme\r\n"),
            (b"X-SES-TENANT: a\r", b"X-SES-TENANT: acme\r\n"),
            (b"To: a@b.example\r", b"To: a@b.example\r\r\nX-SES-TENANT: acme\r\n"),
        ],
    )
    def test_messages_without_body_or_final_line_end_are_written_to(self, message: bytes, written: bytes) -> None:
        assert write_ses_fields(message, SesFields(tenant="acme")) == written
        assert read_ses_fields(written) == SesFields(tenant="acme")

    def test_a_line_is_folded_only_past_998_octets_and_only_after_a_comma(self) -> None:
        tags = tuple(MessageTag(f"name-{number:03}", "v" * 60) for number in range(40))
        whole = "X-SES-MESSAGE-TAGS: " + ", ".join(f"{name}={value}" for name, value in tags)
        lines = write_ses_fields(b"To: a@b.example\r\n\r\n", SesFields(message_tags=tags)).split(b"\r\n")[1:-2]
        assert len(lines) == 3  # 40 tags of 71 octets in 2,858
        assert all(len(line) <= 998 for line in lines)
        assert all(line.endswith(b",") for line in lines[:-1])
        assert all(line.startswith(b" name-") for line in lines[1:])
        assert b"".join(lines).decode() == whole

    def test_998_octets_are_one_line_and_999_are_two(self) -> None:
        for octets, count in ((998, 1), (999, 2)):
            tags = [MessageTag(name, "v" * 250) for name in "abc"]
            rest = octets - len("X-SES-MESSAGE-TAGS: ") - len(format_of(tags)) - len(", d=")
            tags.append(MessageTag("d", "v" * rest))
            written = write_ses_fields(b"To: a@b.example\n\n", SesFields(message_tags=tuple(tags)))
            assert written.count(b"\n") == 2 + count

    def test_a_long_field_is_plain_where_python_writes_an_encoded_word(self) -> None:
        body = "campaign=" + "spring-2026_" * 7
        assert 90 <= len(body) <= 100
        tags = (MessageTag("campaign", "spring-2026_" * 7),)
        written = write_ses_fields(b"To: a@b.example\r\n\r\n", SesFields(message_tags=tags))
        assert written == b"To: a@b.example\r\nX-SES-MESSAGE-TAGS: " + body.encode() + b"\r\n\r\n"
        for policy in (default, SMTP):
            message = EmailMessage(policy=policy)
            message["X-SES-MESSAGE-TAGS"] = body
            by_python = message.as_bytes()
            assert b"=?utf-8?" in by_python
            assert body.encode() not in by_python

    @pytest.mark.parametrize(
        "tags", [[("a", "b c")], [("ses:source-ip", "1")], [("a", "1"), ("a", "2")], [("a", "x" * 256)], [("a", "1.2")]]
    )
    def test_bad_tags_are_refused(self, tags: list[tuple[str, str]]) -> None:
        with pytest.raises(InvalidMessageTag):
            write_ses_fields(
                b"To: a@b.example\r\n\r\n", SesFields(message_tags=tuple(MessageTag(*tag) for tag in tags))
            )

    @pytest.mark.parametrize(
        "fields",
        [
            SesFields(message_tags=()),
            SesFields(configuration_set=""),
            SesFields(configuration_set=" a"),
            SesFields(configuration_set="a\r\nBcc: v@example.net"),
            SesFields(configuration_set="a\n"),
            SesFields(configuration_set="é"),
            SesFields(tenant="n" * 65),
            SesFields(tenant="ſ"),
            SesFields(source_arn="a.example"),
            SesFields(from_arn=ARN + "a.example\r"),
            SesFields(return_path_arn=ARN),
            SesFields(list_management=ListManagement("a b")),
            SesFields(list_management=ListManagement("a", "")),
            SesFields(list_management=ListManagement("a", "b\r\nX: y")),
            SesFields(list_management=ListManagement("\u212a")),
        ],
    )
    def test_a_value_without_the_form_is_refused(self, fields: SesFields) -> None:
        with pytest.raises(InvalidSetting):
            write_ses_fields(b"To: a@b.example\r\n\r\n", fields)

    @pytest.mark.parametrize(
        "fields", [{"tenant": b"a"}, {"configuration_set": 1}, {"message_tags": "a=1"}, {"list_management": "ab"}]
    )
    def test_a_value_of_another_type_is_a_type_error(self, fields: dict[str, object]) -> None:
        with pytest.raises(TypeError):
            write_ses_fields(b"To: a@b.example\r\n\r\n", SesFields(**fields))  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            write_ses_fields(b"To: a@b.example\r\n\r\n", fields)  # type: ignore[arg-type]


def format_of(tags: list[MessageTag]) -> str:
    return ", ".join(f"{name}={value}" for name, value in tags)
