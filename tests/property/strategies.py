"""Strategies for the laws: messages of every kind, generated values beside a hand-picked pool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from sesmime import ApiParameters, Destination, Interface, LintConfig, ListManagement, MessageTag, SesFields
from sesmime.linter.catalogue import CATALOGUE
from sesmime.ses.fields import SES_FIELDS

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
    """Return parameters that the interface has, some of them given and empty."""
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


def sendable_lines(*lines: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Return header lines in any order, a sender and a recipient among them."""
    required = ("From: Joe <joe@a.example>", "To: b@c.example, Zoe <z@y.example>")
    others = st.lists(st.sampled_from(lines), max_size=8)
    return others.flatmap(lambda drawn: st.permutations([*required, *drawn])).map(tuple)


# The header lines of messages that pass the checks, but for malformed SES fields.
good_lines = sendable_lines(
    "Subject: one two",
    "Cc: team: F <f@g.example>, b@C.example;",
    "Bcc: h@i.example",
    "bcc : z@Y.example, j@k.example",
    "X-Other: folded,\n\there",
    "X-SES-TENANT: acme",
    "x-ses-tenant : b c",
    "X-SES-CONFIGURATION-SET:\n shop",
    "X-SES-MESSAGE-TAGS: a=1, b=2",
    "X-SES-MESSAGE-TAGS: a=1,\n c=3",
    "X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/a.example",
    "X-SES-FROM-ARN: arn:aws:ses:us-east-1:123456789012:identity/a.example",
    "X-SES-FROM-ARN: arn:aws:ses:us-east-1:123456789012:identity/b.example",
    "X-SES-RETURN-PATH-ARN: arn:aws:ses:*:123456789012:identity/a.example",
    "X-SES-LIST-MANAGEMENT-OPTIONS: List; topic=Topic",
    "X-SES-Unknown: 1",
    "Resent-To: r@s.example",
)
bodies = st.sampled_from(["", "\n", "Hi\n", "X-SES-TENANT: body\n\nBcc: body\n", "no line end"])


def sendable(ending: str = "\r\n") -> st.SearchStrategy[bytes]:
    """Return messages of `good_lines` in a line ending; some have no body, and some of these no last line end."""
    whole = st.tuples(good_lines, bodies).map(lambda parts: "\n".join([*parts[0], "", parts[1]]))
    cut = good_lines.map("\n".join)
    return st.one_of(whole, whole, cut).map(lambda text: text.replace("\n", ending).encode())


def liftable(interface: Interface) -> st.SearchStrategy[ApiParameters]:
    """Return parameters that `prepare` takes; over SMTP the settings, too, that it writes as fields."""
    if interface is not Interface.SMTP:
        return parameters_for(interface)
    return st.builds(
        lambda given, fields: replace(given, **{setting: getattr(fields, setting) for setting in SES_FIELDS}),
        parameters_for(interface),
        ses_fields,
    )


# What `prepare` is asked for: any message, or one that is likely to pass.
preparations = raw_interfaces.flatmap(
    lambda interface: st.tuples(st.one_of(messages, sendable()), liftable(interface), st.just(interface))
)


ODD_TEXTS: tuple[str, ...] = (
    "",
    "\r\n",
    "\x00",
    "<>",
    "<" * 300,
    "\ud800",
    "\udcff",
    "é@ü.example",
    "a@[1.2.3.4]",
    '"@"@b.example',
    "g: a@b.example;",
    "x" * 70 + "@b.example",
    "=?utf-8?q?a?= <a@b.example>",
    "a@b.example\r\nBcc: c@d.example",
)
# Any text that a caller may hand over: half of a surrogate pair is one, too.
any_texts = st.one_of(
    st.text(st.characters(), max_size=20),
    addresses,
    names,
    st.sampled_from(ODD_TEXTS),
)
_lists_of_texts = st.lists(any_texts, max_size=3).map(tuple)
# Of all parameters any value of the right type, whether or not the interface has it.
any_parameters = st.builds(
    ApiParameters,
    source=st.none() | any_texts,
    destination=st.none() | st.builds(Destination, to=_lists_of_texts, cc=_lists_of_texts, bcc=_lists_of_texts),
    reply_to=st.none() | _lists_of_texts,
    return_path=st.none() | any_texts,
    source_arn=st.none() | any_texts | arns,
    from_arn=st.none() | any_texts | arns,
    return_path_arn=st.none() | any_texts | arns,
    message_tags=st.none() | st.lists(st.builds(MessageTag, any_texts, any_texts) | any_tags, max_size=3).map(tuple),
    configuration_set=st.none() | any_texts,
    list_management=st.none() | st.builds(ListManagement, any_texts, st.none() | any_texts),
    tenant=st.none() | any_texts,
    endpoint_id=st.none() | any_texts,
    extra=st.none() | st.dictionaries(any_texts, st.none() | any_texts | st.binary(max_size=4), max_size=2),
)

# Codes, and their beginnings; some are those of no rule.
_codes = st.sampled_from([entry.code for entry in CATALOGUE])
code_starts = st.builds(lambda code, length: code[:length], _codes, st.integers(0, 6)) | st.just("X")
_code_lists = st.lists(code_starts, max_size=4).map(tuple)
any_configs = st.builds(
    LintConfig,
    select=_code_lists | st.just(("SES", "RFC", "SEC")),
    extend_select=st.just(()) | _code_lists,
    ignore=st.just(()) | _code_lists,
    verified_identities=st.just(()) | _lists_of_texts | st.just(("a.example", "b@c.example")),
)

# What a hostile sender writes so that it is a setting to some reader.
SMUGGLED: tuple[bytes, ...] = (
    b"X-SES-TENANT: theirs",
    b"x-ses-configuration-set : theirs",
    b"X-SES-CONFIGURATION-SET\t:\r\n theirs",
    b"X-SES-MESSAGE-TAGS\r\n : a=theirs",
    b"X-SES-\r\n TENANT: theirs",
    b"\x00X-SES-TENANT: theirs",
    b"\x0b X-SES-FROM-ARN: arn:aws:ses:us-east-1:123456789012:identity/theirs.example",
    b"X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:123456789012:identity/theirs.example",
    b"X-SES-RETURN-PATH-ARN: arn:aws:ses:us-east-1:123456789012:identity/theirs.example",
    b"X-SES-LIST-MANAGEMENT-OPTIONS: theirs",
    b"Subject: hi\rX-SES-TENANT: theirs",
    b"Subject: hi\r\r\nX-SES-TENANT: theirs",
    b"Subject: hi\r X-SES-TENANT: theirs\r",
    b"Subject: hi\nX-SES-MESSAGE-TAGS: a=theirs",
    b"Subject: =?utf-8?q?hi=0D=0AX-SES-TENANT=3A_theirs?=",
    b"no field\rX-SES-TENANT: theirs",
    b": X-SES-TENANT: theirs",
    b"From: eve@e.example\rX-SES-TENANT: theirs",
    b"Reply-To: eve@e.example,\r\n\rX-SES-TENANT: theirs",
    b'From: "\rX-SES-TENANT: theirs" <eve@e.example>',
    b"To: (\rX-SES-TENANT: theirs) <eve@e.example>",
    b"Return-Path: <eve@e.example>",
    b"Resent-To: eve@e.example",
    b"Bcc: eve@e.example",
    b"From: Eve <eve@e.example>",
    b"Reply-To: eve@e.example",
    b"To: c@d.example; eve@e.example",
    b"Sender: eve@e.example",
    b"",
    b" ",
)
_smuggled_lines = st.tuples(st.sampled_from(SMUGGLED), st.sampled_from(ENDINGS)).map(b"".join)
hostile_messages = st.one_of(
    st.lists(st.one_of(_smuggled_lines, _smuggled_lines, fragments, odd_bytes), max_size=12).map(b"".join), messages
)
