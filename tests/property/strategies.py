"""Strategies for the laws: messages of every kind, generated values beside a hand-picked pool."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sesmime import ApiParameters, Destination, Interface, ListManagement, MessageTag, SesFields

# What real and hostile messages are made of; joined in any order they meet each other's edges.
FRAGMENTS: tuple[bytes, ...] = (
    b"From: a@b.example",
    b"To: c@d.example, Joe <j@e.example>",
    b"Cc: undisclosed: f@g.example;",
    b"Bcc: h@i.example",
    b"Subject: one two",
    b"From a@b.example Mon Jan  1 00:00:00 2024",
    b"X-SES-TENANT: acme",
    b"X-SES-CONFIGURATION-SET : shop",
    b"x-ses-message-tags: a=1, b=2",
    b"X-SES-MESSAGE-TAGS: a=1, a b=2",
    b"X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/a.example",
    b"X-SES-FROM-ARN: arn:aws:ses:us-east-1:123456789012:identity/b.example",
    b"X-SES-LIST-MANAGEMENT-OPTIONS: List; topic=Topic",
    b"X-SES-Unknown",
    b"X-SES-",
    b"\x00X-SES-A: b",
    b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: multipart/digest; boundary=c",
    b'content-type:\r\n multipart/alternative;\r\n boundary="b--"',
    b"Content-Type: message/rfc822",
    b"Content-Transfer-Encoding: base64",
    b"no field at all",
    b": nothing before",
    b"caf\xe9: \xff\xfe",
    b"--b",
    b"--b--",
    b"--b ",
    b"--c",
    b"--c--",
    b"--b----",
    b"--",
    b"----------------------------------------",
    b"text",
    b":",
    b"=",
    b"\x00",
    b"\x7f",
)
ENDINGS: tuple[bytes, ...] = (
    b"\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n ",
    b"\n\t",
    b" ",
    b"",
    b"\r\r\n",
    b"\r\n\r\n",
    b"\n\n",
    b"\r ",
)

fragments = st.tuples(st.sampled_from(FRAGMENTS), st.sampled_from(ENDINGS)).map(b"".join)
odd_bytes = st.binary(max_size=12)

# Any message: fragments that meet in every way, some bytes between them, or bytes alone.
messages = st.one_of(
    st.lists(st.one_of(fragments, fragments, fragments, odd_bytes), max_size=30).map(b"".join),
    st.binary(max_size=200),
)

# A message in CRLF alone, without lone CR or LF.
_lines = st.sampled_from([f for f in FRAGMENTS if b"\r" not in f and b"\n" not in f])
_folds = st.sampled_from([b"", b"", b"", b" ", b"\t"])
plain_lines = st.lists(st.tuples(_folds, _lines).map(b"".join), max_size=20)

texts = st.text(max_size=60)
tag_texts = st.text("abcXYZ019_-", min_size=1, max_size=20)
any_tag_texts = st.one_of(tag_texts, tag_texts, st.text(max_size=12), st.just("v" * 256), st.just("ses:feedback-id-a"))
tags = st.builds(MessageTag, tag_texts, tag_texts)
any_tags = st.builds(MessageTag, any_tag_texts, any_tag_texts)
names = st.text("abcXYZ019_-", min_size=1, max_size=64)
arns = st.builds(
    "arn:aws:ses:{}:{}:identity/{}".format,
    st.sampled_from(["us-east-1", "eu-west-1", "*", "us-gov-west-1"]),
    st.text("0123456789", min_size=12, max_size=12),
    st.sampled_from(["a.example", "joe@a.example", "x-y.example.com"]),
)
lists = st.builds(ListManagement, names, st.one_of(st.none(), names))
optional_tags = st.one_of(st.none(), st.lists(tags, min_size=1, max_size=5, unique_by=lambda tag: tag.name).map(tuple))

ses_fields = st.builds(
    SesFields,
    configuration_set=st.one_of(st.none(), names),
    message_tags=optional_tags,
    source_arn=st.one_of(st.none(), arns),
    from_arn=st.one_of(st.none(), arns),
    return_path_arn=st.one_of(st.none(), arns),
    list_management=st.one_of(st.none(), lists),
    tenant=st.one_of(st.none(), names),
)

addresses = st.sampled_from(
    ["a@b.example", "Joe <j@e.example>", "c@D.example", "c@d.example", "x", "", '"q r"@s.example']
)
destinations = st.builds(
    Destination,
    to=st.lists(addresses, max_size=3).map(tuple),
    cc=st.lists(addresses, max_size=2).map(tuple),
    bcc=st.lists(addresses, max_size=2).map(tuple),
)
raw_interfaces = st.sampled_from([Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP])


def parameters_for(interface: Interface) -> st.SearchStrategy[ApiParameters]:
    """Give parameters that the interface has, some of them given and empty."""
    maybe: dict[str, st.SearchStrategy[Any]] = {
        "source": st.one_of(st.none(), st.just(""), addresses),
        "destination": st.one_of(st.none(), destinations),
    }
    if interface is not Interface.SMTP:
        maybe |= {
            "message_tags": st.one_of(optional_tags, st.just(())),
            "configuration_set": st.one_of(st.none(), st.just(""), names),
            "source_arn": st.one_of(st.none(), arns),
            "return_path_arn": st.one_of(st.none(), arns),
        }
    if interface is Interface.SEND_RAW_EMAIL:
        maybe["from_arn"] = st.one_of(st.none(), arns)
    if interface is Interface.V2_SEND_EMAIL_RAW:
        maybe |= {
            "reply_to": st.one_of(st.none(), st.lists(addresses, max_size=2).map(tuple)),
            "return_path": st.one_of(st.none(), addresses),
            "list_management": st.one_of(st.none(), lists),
            "tenant": st.one_of(st.none(), names),
            "endpoint_id": st.one_of(st.none(), names),
        }
    return st.fixed_dictionaries(maybe).map(lambda given: ApiParameters(**given))


submissions = raw_interfaces.flatmap(
    lambda interface: st.tuples(messages, parameters_for(interface), st.just(interface))
)
