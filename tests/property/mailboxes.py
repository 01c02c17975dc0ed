"""Words, names and addresses of every kind."""

from __future__ import annotations

import email
import email.utils
import re
from email import policy
from typing import Any

from hypothesis import strategies as st

from sesmime.mime.addresses import Mailbox, format_addresses

# ---------------------------------------------------------------------------------------------------- strategies

PLAIN = ["Ada", "report", "No.", "100%", "a=b", "?", "=", "x-y_z", "O'Brien", "#1", "{}", "w" * 40]
AWKWARD = [
    *("=?utf-8?q?x?=", "=?", "?=", "=?x?", "q?=C3", "=41", "_", "=?x?q?y?= <e@f>,"),
    *("\\", '"', ",", "@", "<a@b>", "(c)", "a.b", ";:", "[x]", " ", "  ", "   "),
]
BEYOND_ASCII = ["é", "Zürich", "東京都", "😀", "\u2028", "\x85", "\xa0", "\u3000", "a\u0301", "\u202e", "ﬀ", "語" * 30]
text_without_controls = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from(' ,"\\=?<>@().:;[]_éü日'), max_size=40
)
pieced_text = st.lists(st.sampled_from(PLAIN + AWKWARD + BEYOND_ASCII), max_size=14).map("".join)
spaced_text = st.lists(st.sampled_from(PLAIN + AWKWARD + BEYOND_ASCII), max_size=14).map(" ".join)
long_text = st.builds(
    lambda word, count, tail: word * count + tail,
    st.sampled_from(["a", "é", "a ", "é ", " ", "word ", "日", ",", "=?"]),
    st.integers(0, 1_100),
    st.sampled_from(["", " end", "é", " é é"]),
)
writable_text = st.one_of(text_without_controls, pieced_text, spaced_text, long_text)
any_text = st.one_of(
    writable_text,
    st.text(st.characters()),
    st.sampled_from(["a\r\nBcc: b@c", "a\nb", "a\rb", "a\0b", "a\tb", "\t", "\x7f", "\ud800", "caf\udcc3\udca9"]),
)
atom = st.sampled_from(["a", "bob", "x+y", "o'neil", "a=b", "_", "1", "{x}", "a?", "-"])
dot_atom = st.lists(atom, min_size=1, max_size=3).map(".".join)
quoted_local_part = st.text(st.sampled_from('ab .,@<>()[]:;\\"=?!'), min_size=1, max_size=12).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
domain_name = st.lists(st.sampled_from(["example", "com", "xn--bcher-kva", "a", "1"]), min_size=1, max_size=3).map(
    ".".join
)
literal = st.sampled_from(["[192.0.2.1]", "[IPv6:2001:db8::1]"])
good_address = st.builds("{}@{}".format, dot_atom | quoted_local_part, domain_name | literal)
any_address = st.one_of(
    good_address,
    good_address,
    any_text,
    st.sampled_from(
        [
            "jörg@example.com",
            "a@bücher.example",
            "a@b@c",
            "a..b@c",
            ".a@b",
            "a@b.",
            "a@-b",
            "a_b@c_d",
            "@b",
            "a@",
            '""@b',
        ]
    ),
)
mailboxes = st.lists(st.builds(Mailbox, any_text, any_address), max_size=4)
good_mailboxes = st.lists(st.builds(Mailbox, writable_text, good_address), min_size=1, max_size=4)


# -------------------------------------------------------------------------------------------- the library's answers


def library_field(name: str, body: str) -> Any:
    source = f"{name}: {body}\r\n\r\n".encode("ascii", "surrogateescape")
    return email.message_from_bytes(source, policy=policy.SMTP)[name]


def library_addresses(body: str) -> list[tuple[str, str, str]]:
    return [(address.display_name, address.username, address.domain) for address in library_field("To", body).addresses]


def without_blanks(text: str) -> str:
    return "".join(text.split())


def unquoted(local_part: str) -> str:
    return re.sub(r"\\(.)", r"\1", local_part[1:-1]) if local_part.startswith('"') else local_part


def requoted(address: str) -> str:
    local_part, at, domain = address.rpartition("@[" if address.endswith("]") else "@")
    return unquoted(local_part) + at + domain


def is_read_exactly(name: str) -> bool:
    """Say whether the library's policies read this display name to the blank.

    They take a blank between two encoded words for a blank of the name (https://github.com/python/cpython/issues/128110),
    and blanks together inside an encoded word for one.
    """
    phrase = format_addresses([Mailbox(name, "a@b")])
    return "=?" not in phrase or ("?= =?" not in phrase and re.search(r" \s", name) is None)


class AddressBodies:
    """Address lists as people and programs write them, obsolete forms among them."""

    cfws = st.sampled_from(["", "", " ", "  ", "\t", " (comment) ", "(a (nested) one)"])
    display_name = st.sampled_from(
        [
            *("", "Ada", "Ada Lovelace", '"Lovelace, Ada"', '"a\\"b\\\\"', '"<a@b>, (c)"', '"a  b"', '"x" y', 'a"b"c'),
            *("=?utf-8?q?Ad=C3=A0?=", "=?iso-8859-1?q?=E9?=", "a =?utf-8?b?w6k=?= c", "x=?utf-8?q?y?="),
            *("(name) Ada", "Ada (the first) Lovelace"),
        ]
    )
    spec = st.builds("{}@{}".format, dot_atom | quoted_local_part, domain_name | literal)
    named = st.builds("{}{}<{}{}{}>".format, display_name, cfws, cfws, spec, cfws)
    group = st.builds(
        "{}:{};".format,
        st.sampled_from(["team", '"a, b"', "=?utf-8?q?=C3=A9?=", "A b"]),
        st.lists(named, max_size=3).map(",".join),
    )
    address_list = st.lists(named | spec | group, min_size=1, max_size=5).map(", ".join)

    pieces = r"""
        a b c.d a@b @ < > <a@b> <x@y.z> , ; : g: " "q" "a@b" ( ) (c) . \ \" [ ] [1.2]
        =? ?= =?utf-8?q? =?utf-8?q?w?= =?utf-8?q?a,b?= =?x?q?"?=
    """
    tokens = st.lists(st.sampled_from([*pieces.split(), " ", "\t", "\r\n ", "\0", "é", "\udcc3"]), max_size=12).map(
        "".join
    )
