"""Raw messages from simple requests: what a reader sees is what was asked for; what SES refuses there is refused."""

from __future__ import annotations

import contextlib
import email
import email.policy
import io
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import (
    Entity,
    Interface,
    InvalidAddress,
    InvalidField,
    InvalidSetting,
    SesMimeError,
    Submission,
    UnsupportedSetting,
    decode_words,
    parse,
)
from sesmime.compose.simple import raw_from_simple
from sesmime.mime.seven_bit import fault

V1, V2 = Interface.SEND_EMAIL, Interface.V2_SEND_EMAIL_SIMPLE
BODY = {"Text": {"Data": "Hello"}}


def v1(**changes: Any) -> dict[str, Any]:
    """Return a request to v1 SendEmail, some of it changed; None takes a key out."""
    request: dict[str, Any] = {
        "Source": "Joe <a@b.example>",
        "Destination": {"ToAddresses": ["c@d.example"]},
        "Message": {"Subject": {"Data": "Hi"}, "Body": BODY},
    }
    return {name: value for name, value in (request | changes).items() if value is not None}


def v2(content: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a request to v2 SendEmail with simple content, members of the content and parameters changed."""
    message = {"Subject": {"Data": "Hi"}, "Body": BODY} | (content or {})
    request: dict[str, Any] = {
        "FromEmailAddress": "Joe <a@b.example>",
        "Destination": {"ToAddresses": ["c@d.example"]},
        "Content": {"Simple": message},
    }
    return {name: value for name, value in (request | changes).items() if value is not None}


def with_header(name: str, value: str) -> dict[str, Any]:
    """Return a v2 request with one further field."""
    return v2({"Headers": [{"Name": name, "Value": value}]})


def with_attachment(**members: Any) -> dict[str, Any]:
    """Return a v2 request with one attachment."""
    return v2({"Attachments": [{"RawContent": b"\xff", "FileName": "a.bin"} | members]})


def fields(raw: bytes | Entity) -> dict[str, str]:
    """Return the bodies of the fields of a message or part, by name in lower case; none is repeated."""
    section = (raw if isinstance(raw, Entity) else parse(raw)).header_section
    assert len({field.name.lower() for field in section}) == len(section)
    return {field.name.lower(): field.body for field in section}


def leaves(raw: bytes) -> list[Entity]:
    """Return the parts without parts."""
    return [entity for entity in parse(raw).walk() if not entity.parts]


# The header section


@pytest.mark.parametrize("version", [1, 2])
def test_the_request_is_said_in_fields_but_for_bcc_and_the_settings(version: int) -> None:
    changes: dict[str, Any] = {
        "Destination": {
            "ToAddresses": ["c@d.example", "Zoe <e@f.example>"],
            "CcAddresses": ["g@h.example"],
            "BccAddresses": ["secret@i.example"],
        },
        "ReplyToAddresses": ["j@k.example", "l@m.example"],
        "ConfigurationSetName": "shop",
    }
    if version == 1:
        request = v1(**changes, ReturnPath="bounce@b.example", Tags=[{"Name": "a", "Value": "1"}])
    else:
        request = v2(**changes, FeedbackForwardingEmailAddress="bounce@b.example", TenantName="acme")
    raw = raw_from_simple(request, V1 if version == 1 else V2)
    found = fields(raw)
    assert {name: found[name] for name in ("from", "to", "cc", "reply-to", "subject", "mime-version")} == {
        "from": "Joe <a@b.example>",
        "to": "c@d.example, Zoe <e@f.example>",
        "cc": "g@h.example",
        "reply-to": "j@k.example, l@m.example",
        "subject": "Hi",
        "mime-version": "1.0",
    }
    assert set(found) - {"date", "message-id", "content-type", "content-transfer-encoding"} == {
        *("from", "to", "cc", "reply-to", "subject", "mime-version")
    }
    for kept_out in (b"secret", b"bounce", b"shop", b"acme"):
        assert kept_out not in raw
    # The other parameters are those of the request.
    parameters = Submission.from_request(request, V1 if version == 1 else V2).parameters
    assert parameters.destination
    assert parameters.destination.bcc == ("secret@i.example",)


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("Hello", "Hello"),
        ("Grüße an Zoë", "Grüße an Zoë"),
        # AWS names encoded words as the way to write other characters (v2:Message.Subject).
        ("=?iso-8859-1?Q?caf=E9?= au lait", "café au lait"),
        ("=?x-unknown?Q?caf=E9?=", "=?x-unknown?Q?caf=E9?="),
        # A subject that is not ASCII is encoded whole: what looks like an encoded word in it is text.
        ("ü =?utf-8?Q?a?=", "ü =?utf-8?Q?a?="),
    ],
)
def test_a_subject_is_read_as_that_of_the_simple_message(data: str, read: str) -> None:
    raw = raw_from_simple(v2({"Subject": {"Data": data, "Charset": "UTF-8"}}), V2)
    subject = fields(raw)["subject"]
    assert subject.isascii()
    assert decode_words(subject) == read
    assert email.message_from_bytes(raw, policy=email.policy.SMTP)["Subject"] == read


def test_an_empty_subject_is_no_field() -> None:
    assert "subject" not in fields(raw_from_simple(v2({"Subject": {"Data": ""}}), V2))


def test_display_names_may_be_encoded_or_not() -> None:
    destination = {"ToAddresses": ["=?utf-8?q?Zo=C3=AB?= <c@d.example>", "Zoë <e@f.example>"]}
    to = fields(raw_from_simple(v1(Destination=destination), V1))["to"]
    assert to == "=?utf-8?q?Zo=C3=AB?= <c@d.example>, =?utf-8?q?Zo=C3=AB?= <e@f.example>"


# Texts


def test_both_texts_become_alternatives_the_text_first() -> None:
    body = {"Text": {"Data": "Grüße\n"}, "Html": {"Data": "<p>Grüße</p>", "Charset": "ISO-8859-1"}}
    raw = raw_from_simple(v1(Message={"Subject": {"Data": "Hi"}, "Body": body}), V1)
    assert parse(raw).content_type == "multipart/alternative"
    assert [(part.content_type, part.charset, part.text()) for part in leaves(raw)] == [
        ("text/plain", "utf-8", "Grüße\r\n"),
        ("text/html", "utf-8", "<p>Grüße</p>\r\n"),
    ]
    assert fault(raw, 0, len(raw)) is None


def test_one_text_is_the_whole_body_and_an_empty_one_is_kept() -> None:
    assert parse(raw_from_simple(v1(), V1)).content_type == "text/plain"
    (page,) = leaves(raw_from_simple(v2({"Body": {"Html": {"Data": "<p>"}}}), V2))
    assert page.content_type == "text/html"
    # SES makes a part of an empty text, too (https://github.com/PostHog/posthog/pull/51393).
    both = leaves(raw_from_simple(v2({"Body": {"Text": {"Data": "Hello"}, "Html": {"Data": ""}}}), V2))
    assert [part.content_type for part in both] == ["text/plain", "text/html"]


# Further fields


def test_further_fields_go_out_as_they_are() -> None:
    headers = [
        {"Name": "List-Unsubscribe", "Value": "<https://example.com/u?a=1>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        {"Name": "X-Note", "Value": "=?utf-8?q?caf=C3=A9?="},
        {"Name": "Content-Language", "Value": "fr"},
    ]
    found = fields(raw_from_simple(v2({"Headers": headers}), V2))
    for header in headers:
        assert found[header["Name"].lower()] == header["Value"]


def test_fifteen_further_fields_of_the_greatest_length_are_taken() -> None:
    headers = [{"Name": f"X-{number:02}", "Value": "v" * 992} for number in range(15)]
    found = fields(raw_from_simple(v2({"Headers": headers}), V2))
    assert found["x-14"] == "v" * 992
    with pytest.raises(InvalidSetting, match="'16 fields' is invalid: at most 15 are allowed"):
        raw_from_simple(v2({"Headers": [*headers, headers[0]]}), V2)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("", "a", "a name must be 1 to 126 printable ASCII characters"),
        ("X" * 127, "a", "a name must be 1 to 126 printable ASCII characters"),
        ("X A", "a", "a name must be 1 to 126 printable ASCII characters"),
        ("X:", "a", "a name must be 1 to 126 printable ASCII characters"),
        ("X-Ä", "a", "a name must be 1 to 126 printable ASCII characters"),
        ("X-A", "", "a body must be 1 to 995 printable ASCII characters"),
        ("X-A", "v" * 996, "a body must be 1 to 995 printable ASCII characters"),
        ("X-A", "a\r\nBcc: b@c.example", "a body must be 1 to 995 printable ASCII characters"),
        ("X-A", "a\n", "a body must be 1 to 995 printable ASCII characters"),
        ("X-A", "é", "a body must be 1 to 995 printable ASCII characters"),
        ("X-AB", "v" * 993, "name and body together must have at most 996 characters"),
        ("bCC", "a", "SES refuses it with simple content"),
        ("Content-Type", "a/b", "SES refuses it with simple content"),
        ("Return-Path", "<>", "SES refuses it with simple content"),
        ("Content-Transfer-Encoding", "8bit", "it is generated from the content"),
        ("x-ses-Tenant", "acme", "pass it as a parameter"),
        ("X-(A)", "a", "a field name consists of letters, digits and a few marks"),
    ],
)
def test_a_further_field_that_must_not_be_written_is_refused(name: str, value: str, reason: str) -> None:
    with pytest.raises(InvalidField) as raised:
        raw_from_simple(with_header(name, value), V2)
    assert raised.value.name == name
    assert raised.value.reason.startswith(reason)


# Attachments


def test_attachments_are_kept_octet_for_octet_in_their_order() -> None:
    octets = bytes(range(256))
    attachments = [
        {"RawContent": octets, "FileName": "a.pdf", "ContentDescription": "Zoë's invoice"},
        {
            "RawContent": io.BytesIO(b"\x89PNG"),
            "FileName": "logo.png",
            "ContentType": "image/png",
            "ContentDisposition": "INLINE",
            "ContentId": "logo",
            "ContentDescription": "logo",
            "ContentTransferEncoding": "SEVEN_BIT",
        },
        {"RawContent": "été", "FileName": "été.txt", "ContentTransferEncoding": "QUOTED_PRINTABLE"},
        {"RawContent": b"Subject: x\n\n", "FileName": "mail.eml", "ContentType": "message/rfc822"},
        {"RawContent": bytearray(b""), "FileName": "empty", "ContentDescription": "nothing"},
    ]
    body = {"Text": {"Data": "Hello"}, "Html": {"Data": '<img src="cid:logo">'}}
    raw = raw_from_simple(v2({"Body": body, "Attachments": attachments}), V2)
    root = parse(raw)
    kinds = [
        "multipart/alternative",
        "application/pdf",
        "text/plain",
        "message/rfc822",
        "application/octet-stream",
    ]
    assert root.content_type == "multipart/mixed"
    assert [part.content_type for part in root.parts] == kinds
    related = root.parts[0].parts[1]
    assert [part.content_type for part in related.parts] == ["text/html", "image/png"]
    logo, pdf, text, mail, empty = (related.parts[1], *root.parts[1:])
    assert [part.filename for part in (logo, pdf, text, mail, empty)] == [
        "logo.png",
        "a.pdf",
        "été.txt",
        "mail.eml",
        "empty",
    ]
    assert (logo.content(), pdf.content(), text.content(), empty.content()) == (
        b"\x89PNG",
        octets,
        "été".encode(),
        b"",
    )
    assert {logo.disposition, pdf.disposition} == {"inline", "attachment"}
    assert fields(logo)["content-id"] == "<logo>"
    described = [decode_words(fields(part).get("content-description", "")) for part in (logo, pdf, text, mail, empty)]
    assert described == ["logo", "Zoë's invoice", "", "", "nothing"]
    assert fault(raw, 0, len(raw)) is None


def test_without_html_inline_attachments_are_described_too() -> None:
    attachments = [
        {"RawContent": b"1", "FileName": "one", "ContentDescription": "first"},
        {
            "RawContent": b"2",
            "FileName": "two",
            "ContentDescription": "second",
            "ContentId": "two",
            "ContentDisposition": "INLINE",
        },
    ]
    raw = raw_from_simple(v2({"Attachments": attachments}), V2)
    found = {part.filename: fields(part)["content-description"] for part in parse(raw).parts[1:]}
    assert found == {"one": "first", "two": "second"}


def test_the_parts_of_an_attached_message_are_not_taken_for_attachments() -> None:
    inner = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment; filename=a\n\nHi\n--b--\n"
    )
    raw = raw_from_simple(
        with_attachment(RawContent=inner, FileName="mail.eml", ContentType="message/rfc822", ContentDescription="fwd"),
        V2,
    )
    assert fields(parse(raw).parts[1])["content-description"] == "fwd"
    assert raw.count(b"Content-Description") == 1


@pytest.mark.parametrize(
    ("members", "error", "where"),
    [
        ({"FileName": "a" * 256}, InvalidSetting, "FileName"),
        ({"FileName": 'a"b'}, InvalidSetting, "FileName"),
        ({"FileName": "a/b"}, InvalidSetting, "FileName"),
        ({"FileName": None}, InvalidSetting, "Attachments[0]"),
        ({"RawContent": None}, InvalidSetting, "Attachments[0]"),
        ({"RawContent": 7}, InvalidSetting, "RawContent"),
        ({"RawContent": "\ud800"}, InvalidSetting, "RawContent"),
        ({"ContentType": "a/" + "b" * 77}, InvalidSetting, "ContentType"),
        ({"ContentId": "a" * 79}, InvalidSetting, "ContentId"),
        ({"ContentDescription": "a" * 1001}, InvalidSetting, "ContentDescription"),
        ({"ContentDisposition": "attachment"}, InvalidSetting, "ContentDisposition"),
        ({"ContentTransferEncoding": "base64"}, InvalidSetting, "ContentTransferEncoding"),
        ({"Name": "a"}, InvalidSetting, "Attachments[0]"),
        ({"FileName": "a\r\nb"}, InvalidField, None),
        ({"ContentId": "a>\r\nBcc: b"}, InvalidField, None),
        ({"ContentDescription": "a\r\nBcc: b"}, InvalidField, None),
        ({"ContentType": "multipart/mixed"}, InvalidField, None),
    ],
)
def test_an_attachment_that_must_not_be_written_is_refused(
    members: dict[str, Any], error: type[SesMimeError], where: str | None
) -> None:
    with pytest.raises(error) as raised:
        raw_from_simple(with_attachment(**members), V2)
    if where is not None:
        assert isinstance(raised.value, InvalidSetting)
        assert raised.value.setting.startswith("Content.Simple.Attachments[0]")
        assert raised.value.setting.endswith(where)


@pytest.mark.parametrize("name", ["FileName", "ContentType", "ContentId", "ContentDescription"])
def test_the_limits_of_an_attachment_are_those_of_the_service_model(name: str) -> None:
    shapes = botocore.session.get_session().get_service_model("sesv2")
    most = shapes.shape_for("Attachment").members[name].metadata["max"]
    text = "a/" + "b" * (most - 2) if name == "ContentType" else "a" * most
    assert raw_from_simple(with_attachment(**{name: text}), V2)
    with pytest.raises(InvalidSetting, match=f"at most {most} are allowed"):
        raw_from_simple(with_attachment(**{name: f"{text}c"}), V2)


def test_the_members_and_choices_are_those_of_the_service_model() -> None:
    shapes = botocore.session.get_session().get_service_model("sesv2")
    for name in ("ContentDisposition", "ContentTransferEncoding"):
        for choice in shapes.shape_for("Attachment").members[name].enum:
            assert raw_from_simple(with_attachment(**{name: choice}), V2)
    with pytest.raises(InvalidSetting) as raised:
        raw_from_simple(with_attachment(Other="a"), V2)
    assert all(name in str(raised.value) for name in shapes.shape_for("Attachment").members)


# What is refused


@pytest.mark.parametrize("source", [None, ""])
def test_a_request_without_sender_is_refused(source: str | None) -> None:
    with pytest.raises(InvalidSetting, match="SES requires it"):
        raw_from_simple(v1(Source=source), V1)
    with pytest.raises(InvalidSetting, match=r'expected from SES: \{"message":null\}'):
        raw_from_simple(v2(FromEmailAddress=source), V2)


def test_no_recipients_and_too_many_are_refused() -> None:
    nobodies: tuple[dict[str, list[str]] | None, ...] = (None, {}, {"ToAddresses": []})
    for nobody in nobodies:
        with pytest.raises(InvalidSetting, match="There are no recipients specified"):
            raw_from_simple(v2(Destination=nobody), V2)
    fifty = [f"a{number}@b.example" for number in range(50)]
    assert raw_from_simple(v1(Destination={"BccAddresses": fifty}), V1)
    with pytest.raises(InvalidSetting, match=r"Recipient count exceeds 50\."):
        raw_from_simple(v1(Destination={"ToAddresses": ["c@d.example"], "BccAddresses": fifty}), V1)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("nobody", "Missing final '@domain'"),
        ("jörg@b.example", "Local address contains control or whitespace"),
        ("a@bücher.example", "Domain contains control or whitespace"),
        ("a@b.example, c@d.example", "Illegal address"),
        ("a@b.example\r\nBcc: c@d.example", None),
        ("Joe <a@b.example", "Missing '>'"),
    ],
)
def test_an_address_that_ses_refuses_is_refused_in_any_place(address: str, text: str | None) -> None:
    for request in (
        v1(Source=address),
        v1(ReplyToAddresses=[address]),
        *(v1(Destination={name: [address]}) for name in ("ToAddresses", "CcAddresses", "BccAddresses")),
    ):
        with pytest.raises(InvalidAddress) as raised:
            raw_from_simple(request, V1)
        assert raised.value.address == address
        if text is not None:
            assert text in raised.value.reason.replace("\\'", "'")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ({"Subject": None}, "Content.Simple"),
        ({"Body": None}, "Content.Simple"),
        ({"Body": {}}, "Content.Simple.Body"),
        ({"Body": {"Text": None}}, "Content.Simple.Body"),
        ({"Body": "Hello"}, "Content.Simple.Body"),
        ({"Body": {"Text": "Hello"}}, "Content.Simple.Body.Text"),
        ({"Body": {"Text": {"Data": b"Hello"}}}, "Content.Simple.Body.Text.Data"),
        ({"Body": {"Text": {"Data": "a", "Encoding": "b"}}}, "Content.Simple.Body.Text"),
        ({"Subject": {"Data": "a", "Charset": "cp-850x"}}, "Content.Simple.Subject.Charset"),
        ({"Headers": {}}, "Content.Simple.Headers"),
        ({"Headers": ["X-A: b"]}, "Content.Simple.Headers[0]"),
        ({"Headers": [{"Name": "X-A", "Value": 1}]}, "Content.Simple.Headers[0].Value"),
        ({"Attachments": b""}, "Content.Simple.Attachments"),
        ({"Tags": []}, "Content.Simple"),
    ],
)
def test_what_has_not_the_form_of_the_model_is_refused_by_its_place(content: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidSetting) as raised:
        raw_from_simple(v2(content), V2)
    assert raised.value.setting == where


def test_an_unknown_charset_is_refused_with_the_text_expected() -> None:
    with pytest.raises(InvalidSetting, match=r"expected from SES: 'Unsupported charset 'cp-850x'\.'"):
        raw_from_simple(v1(Message={"Subject": {"Data": "a", "Charset": "cp-850x"}, "Body": BODY}), V1)


@pytest.mark.parametrize("text", ["a\r\nBcc: b@c.example", "a\nb", "a\0", "=?utf-8?q?a=0D=0ABcc:_b?="])
def test_a_line_break_in_a_subject_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        raw_from_simple(v2({"Subject": {"Data": text}}), V2)


def test_other_interfaces_and_contents_are_refused() -> None:
    for interface in set(Interface) - {V1, V2}:
        with pytest.raises(UnsupportedSetting, match="it does not accept a subject and texts"):
            raw_from_simple(v1(), interface)
    for other in ("Raw", "Template"):
        with pytest.raises(UnsupportedSetting, match=f"no parameter for Content.{other}"):
            raw_from_simple(v2(Content={other: {}}), V2)
    with pytest.raises(InvalidSetting, match="it must be a structure"):
        raw_from_simple(v2(Content={}), V2)
    with pytest.raises(InvalidSetting, match="it must be a structure"):
        raw_from_simple(v1(Message=None), V1)
    with pytest.raises(TypeError, match="a request must be a mapping"):
        raw_from_simple([], V1)  # type: ignore[arg-type]


# Anything at all

_scalars = st.one_of(st.none(), st.text(max_size=12), st.binary(max_size=6), st.integers(), st.booleans())
_members = ["Data", "Charset", "Text", "Html", "Name", "Value", "FileName", "RawContent", "ContentId"]
_anything = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_members), inner)),
    max_leaves=6,
)
_characters = st.characters(exclude_categories=["Cc", "Cs"])
_subjects = st.text(_characters, max_size=90)
# Every character, line ends of all kinds among them, but lone surrogates.
_bodies = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\r\n .")), max_size=200)
_names = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters='/\\:*?"<>|'), min_size=1, max_size=30
)
_good_texts = _bodies.map(lambda text: {"Data": text})
_good_attachments = st.fixed_dictionaries(
    {"RawContent": st.binary(max_size=90), "FileName": _names},
    optional={
        "ContentDescription": _subjects,
        "ContentDisposition": st.sampled_from(["ATTACHMENT", "INLINE"]),
        "ContentTransferEncoding": st.sampled_from(["BASE64", "SEVEN_BIT"]),
    },
)
_good_contents = st.fixed_dictionaries(
    {
        "Subject": _subjects.map(lambda text: {"Data": text}),
        "Body": st.sampled_from([("Text",), ("Html",), ("Text", "Html")]).flatmap(
            lambda names: st.fixed_dictionaries(dict.fromkeys(names, _good_texts))
        ),
    },
    optional={"Attachments": st.lists(_good_attachments, max_size=3)},
)
_odd_contents = st.fixed_dictionaries(
    {
        "Subject": st.one_of(st.text(max_size=9).map(lambda text: {"Data": text}), _anything),
        "Body": st.one_of(st.just(BODY), st.fixed_dictionaries({"Text": _anything}), _anything),
    },
    optional={"Headers": st.lists(_anything, max_size=3), "Attachments": st.lists(_anything, max_size=3)},
)


class TestSimple:
    """Law 4: what is written is read back, by us and by the standard library; nothing but our errors is raised."""

    @pytest.mark.slow
    @given(_odd_contents, st.sampled_from(["a@b.example", "Zoë <a@b.example>", "", "a b@c", 7]))
    def test_any_request_gives_a_message_or_one_of_our_errors(self, content: Any, sender: Any) -> None:
        with contextlib.suppress(SesMimeError):
            raw = raw_from_simple(v2(content, FromEmailAddress=sender), V2)
            assert fault(raw, 0, len(raw)) is None

    @pytest.mark.slow
    @given(_good_contents)
    def test_what_is_written_is_read_back(self, content: dict[str, Any]) -> None:
        raw = raw_from_simple(v2(content), V2)
        assert fault(raw, 0, len(raw)) is None
        read = email.message_from_bytes(raw, policy=email.policy.SMTP)
        assert not any(part.defects for part in read.walk())
        texts = [leaf for leaf in leaves(raw) if leaf.disposition is None]
        assert [(leaf.content_type, without_last(leaf.text())) for leaf in texts] == [
            (kind, without_last(content["Body"][name]["Data"])) for name, kind in _KINDS if name in content["Body"]
        ]
        attached = [leaf for leaf in leaves(raw) if leaf.disposition is not None]
        given_attachments = content.get("Attachments", [])
        assert [leaf.content() for leaf in attached] == [one["RawContent"] for one in given_attachments]
        assert [leaf.filename for leaf in attached] == [one["FileName"] for one in given_attachments]
        library = [part.get_payload(decode=True) for part in read.walk() if part.get_content_disposition()]
        assert library == [one["RawContent"] for one in given_attachments]
        described = [decode_words(fields(leaf).get("content-description", "")) for leaf in attached]
        assert described == [one.get("ContentDescription", "") for one in given_attachments]


_KINDS = (("Text", "text/plain"), ("Html", "text/html"))


def without_last(text: str) -> str:
    """Return a text with LF alone as line end, and without the last one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
