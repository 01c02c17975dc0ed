"""Address lists: what is read, what is refused to be read, and what is written."""

from __future__ import annotations

import doctest
import email
import email.header
import email.utils
import json
import pickle
from email import policy

import pytest

import sesmime.mime.addresses
from sesmime.errors import InvalidAddress
from sesmime.mime.addresses import (
    DOUBTED,
    MAX_DEFECTS,
    NOTED,
    UNREADABLE,
    AddressList,
    Group,
    Mailbox,
    format_addresses,
    parse_addresses,
)
from sesmime.mime.fields import Span
from sesmime.mime.limits import DEFAULT_LIMITS
from sesmime.mime.words import MAX_WORD
from sesmime.ses.javamail import verdict
from tests.conftest import shared


class Twisted(str):
    """A str whose methods lie."""

    def __str__(self) -> str:
        return "x@y\r\nBcc: z@z"

    def split(self, *_: object, **__: object) -> list[str]:
        return ["x\r\nBcc: y"]


def pairs(body: str) -> list[tuple[str, str]]:
    return [(mailbox.display_name, mailbox.address) for mailbox in parse_addresses(body)]


def defects(body: str) -> list[str]:
    return [defect.name for defect in parse_addresses(body).defects]


def test_the_examples_of_the_module_hold() -> None:
    assert doctest.testmod(sesmime.mime.addresses).failed == 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", []),
        ("a@b.example", [("", "a@b.example")]),
        ("<a@b.example>", [("", "a@b.example")]),
        ("Ada <a@b.example>", [("Ada", "a@b.example")]),
        ("Ada<a@b.example>", [("Ada", "a@b.example")]),
        ("Ada  Lovelace\t<a@b.example> ", [("Ada Lovelace", "a@b.example")]),
        ("a@b, c@d,e@f", [("", "a@b"), ("", "c@d"), ("", "e@f")]),
        # quoted strings
        ('"Lovelace, Ada" <a@b>', [("Lovelace, Ada", "a@b")]),
        ('"a \\"b\\" \\\\" <a@b>', [('a "b" \\', "a@b")]),
        ('"two  blanks " <a@b>', [("two  blanks ", "a@b")]),
        ('Ada "of London" Lovelace <a@b>', [("Ada of London Lovelace", "a@b")]),
        ('a"b"c <a@b>', [("abc", "a@b")]),
        ('"<x@y>, (z)" <a@b>', [("<x@y>, (z)", "a@b")]),
        ('"" <a@b>', [("", "a@b")]),
        # quoted local parts and literals stay as they are written
        ('"a b"@c', [("", '"a b"@c')]),
        ('"a\\"@b"@c', [("", '"a\\"@b"@c')]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("a@[ IPv6:::1 ]", [("", "a@[IPv6:::1]")]),
        # comments and blanks
        ("(c) Ada (d) <a@b> (e)", [("Ada", "a@b")]),
        ("Ada (the) Lovelace <(x)a@b(y)>", [("Ada Lovelace", "a@b")]),
        ("a (x) . b @ (y) c . d", [("", "a.b@c.d")]),
        ('a . "b c" @ d', [("", 'a."b c"@d')]),
        ("a@b (Ada Lovelace)", [("Ada Lovelace", "a@b")]),
        ("(Ada) a@b (Lovelace)", [("Ada Lovelace", "a@b")]),
        ("a@b (Ada (the \\) first) =?utf-8?q?=C3=A9?=)", [("Ada the ) first é", "a@b")]),
        ("Ada\r\n Lovelace\r\n\t<a@b>", [("Ada Lovelace", "a@b")]),
        # obsolete: dots in display names
        ("Joe Q. Public <a@b>", [("Joe Q. Public", "a@b")]),
        ("J.R.R. Tolkien <a@b>", [("J.R.R. Tolkien", "a@b")]),
        # encoded words
        ("=?utf-8?q?Ad=C3=A0?= <a@b>", [("Adà", "a@b")]),
        ("=?utf-8?q?a?= =?utf-8?q?b?= c =?utf-8?q?d?= <a@b>", [("ab c d", "a@b")]),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?= <a@b>", [("é", "a@b")]),
        ("=?no-such?q?a?= =?no-such?q?b?= <a@b>", [("=?no-such?q?a?= =?no-such?q?b?=", "a@b")]),
        ("x=?utf-8?q?y?= <a@b>", [("x=?utf-8?q?y?=", "a@b")]),
        ('"x=?utf-8?q?y?=" <a@b>', [("x=?utf-8?q?y?=", "a@b")]),
        # raw 8-bit, and text
        ("Ad\udcc3\udca0 <a@b>, \udce9 <c@d>", [("Adà", "a@b"), ("\ufffd", "c@d")]),
        ("Adà <a@b>", [("Adà", "a@b")]),
        # a comma that ends the list
        ("a@b,", [("", "a@b")]),
    ],
)
def test_address_lists_are_read_without_defects(body: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(body) == expected
    assert defects(body) == []


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        ('"Ada <a@b>, c@d', "unclosed-quote", []),
        ("x@y, a@b (Ada, c@d", "unclosed-comment", [("", "x@y")]),
        ("x@y, a@[192.0.2.1, c@d", "unclosed-literal", [("", "x@y")]),
        ("Ada <a@b", "unclosed-angle", []),
        ("Ada a@b>", "unbalanced-bracket", []),
        ("a@b) c@d", "unbalanced-bracket", []),
        ("Ada > <a@b>", "unbalanced-bracket", []),
        ("a@b@c", "several-at-signs", []),
        ("a@b; c@d", "several-at-signs", []),
        ("Ada", "no-at-sign", []),
        ("Ada <Lovelace>", "no-at-sign", []),
        ("@b", "incomplete-address", []),
        ("a@", "incomplete-address", []),
        ("Ada <>", "empty-address", []),
        ("a..b@c", "misplaced-dot", []),
        (".a@b", "misplaced-dot", []),
        ("a.@b", "misplaced-dot", []),
        ("a@b.", "misplaced-dot", []),
        ("a\\b@c", "misplaced-character", []),
        ('a@"b"', "misplaced-character", []),
        ("[a]@b", "misplaced-character", []),
        ("Ada Lovelace a@b", "blank-in-address", []),
        ("a@b c", "blank-in-address", []),
        ('"a"b@c', "blank-in-address", []),
        ("Ada <a@b><c@d>", "several-angle-addresses", []),
        ("Ada <a@b> c <d@e>", "several-angle-addresses", []),
        ("Ada <a@b> [c", "unbalanced-bracket", []),
        ("Ada <a@b>; c@d", "misplaced-character", []),
        ("Ada <a<b>@c>", "unbalanced-bracket", []),
        ("team: a@b; c@d, e@f", "text-after-group", [("", "a@b"), ("", "e@f")]),
        ("a: b: c@d;, e@f", "nested-group", [("", "e@f")]),
        ("a\0@b", "control-character", []),
        ("a@b\x7f", "control-character", []),
        ('"a\0"@b', "control-character", []),
        ("Ada\r\nBcc: <a@b>", "control-character", []),
        ("x " * (DEFAULT_LIMITS.tokens + 1) + "<a@b>", "too-many-tokens", []),
        ("(x)" * (DEFAULT_LIMITS.tokens + 1) + "a@b, c@d", "too-many-tokens", [("", "c@d")]),
        ("=?utf-8?q?<a@b>?= <c@d>, e@f", "unsafe-encoded-word", [("", "e@f")]),
        ('=?utf-8?q?"?= <c@d>, " <e@f>', "unsafe-encoded-word", []),
        ("=?utf-8?q?(?= <c@d>, e@f", "unsafe-encoded-word", []),
        ('"=?utf-8?q?" <a@b>, "?=" <c@d>', "unsafe-encoded-word", []),
        ("=?utf-8?q?a,b?=@c", "unsafe-encoded-word", []),
    ],
)
def test_what_is_no_mailbox_gives_none_and_a_defect(body: str, name: str, expected: list[tuple[str, str]]) -> None:
    assert name in UNREADABLE
    assert defects(body) == [name]
    assert pairs(body) == expected


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        ("eve@x <a@b>", "at-sign-in-display-name", [("eve@x", "a@b")]),
        ("a@b <a@b>", "at-sign-in-display-name", [("a@b", "a@b")]),
        ("Ada at ada@x.example <a@b>", "at-sign-in-display-name", [("Ada at ada@x.example", "a@b")]),
        ("Ada <c@d> e", "text-after-address", [("Ada", "c@d")]),
        ("<c@d> x@y", "text-after-address", [("", "c@d")]),
        ("jörg@example.com", "non-ascii-address", [("", "jörg@example.com")]),
        ("J <j\udcc3\udcb6rg@x>", "non-ascii-address", [("J", "j\udcc3\udcb6rg@x")]),
        ("a@bücher.example", "non-ascii-address", [("", "a@bücher.example")]),
        ("=?utf-8?q?a?=@b", "encoded-word-in-address", [("", "=?utf-8?q?a?=@b")]),
        ("=?utf-8?q?a=40b?=c@d", "encoded-word-in-address", [("", "=?utf-8?q?a=40b?=c@d")]),
        ('"=?utf-8?q?=C3=A9?= x" <a@b>', "encoded-word-in-quoted-string", [("é x", "a@b")]),
        ("=?utf-8?q?Ek,_Ada?= <a@b>", "special-in-encoded-word", [("Ek, Ada", "a@b")]),
        ("=?utf-8?q?Ada_(Ek)?= <a@b>", "special-in-encoded-word", [("Ada (Ek)", "a@b")]),
        ('=?utf-8?q?"Ek,_Ada"?= <a@b>', "special-in-encoded-word", [('"Ek, Ada"', "a@b")]),
        ("[x] Ada <a@b>", "unquoted-special", [("[x] Ada", "a@b")]),
        ("[x] team: a@b;", "unquoted-special", [("", "a@b")]),
        ("Ada; Ek <a@b>", "unquoted-special", [("Ada; Ek", "a@b")]),
        ('"Ada\0" <a@b>', "control-in-display-name", [("Ada\0", "a@b")]),
        ("<@x.example,@y.example:a@b>", "source-route", [("", "a@b")]),
        ("Ada <@x.example:a@b>", "source-route", [("Ada", "a@b")]),
        ("a@b,,c@d", "empty-element", [("", "a@b"), ("", "c@d")]),
        ("a@b, (x), c@d", "empty-element", [("", "a@b"), ("", "c@d")]),
        ("team: a@b", "unclosed-group", [("", "a@b")]),
        (":a@b;", "unnamed-group", [("", "a@b")]),
        ("(" * 33 + ")" * 33 + "Ada <a@b>", "deep-comment", [("Ada", "a@b")]),
    ],
)
def test_what_is_odd_but_plain_gives_a_mailbox_and_a_defect(
    body: str, name: str, expected: list[tuple[str, str]]
) -> None:
    assert name in NOTED
    assert defects(body) == [name]
    assert pairs(body) == expected


@pytest.mark.parametrize("name", [*UNREADABLE, *NOTED])
def test_each_defect_has_an_example_and_a_sentence(name: str) -> None:
    examples = [
        mark.args[1]
        for function in (
            test_what_is_no_mailbox_gives_none_and_a_defect,
            test_what_is_odd_but_plain_gives_a_mailbox_and_a_defect,
        )
        for mark in getattr(function, "pytestmark")  # noqa: B009
    ]
    assert name == "too-many-defects" or any(name == example[1] for table in examples for example in table)
    assert not {**UNREADABLE, **NOTED}[name].endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        "alice@example.org(<bob@example.com>",
        "alice@example.org)bob@example.com",
        '"alice@example.org <bob@example.com>',
        "alice@example.org:bob@example.com",
        "alice@example.org;bob@example.com",
        "alice@example.org[bob@example.com]",
        "alice@example.org\\<bob@example.com>",
        "alice@example.org\0bob@example.com",
        "<alice@example.org><bob@example.com>",
        "alice@example.org@bob.example.com",
    ],
)
def test_an_address_on_which_readers_differ_is_not_returned(body: str) -> None:
    read = parse_addresses(body)
    assert len(read) == 0
    assert [defect.name for defect in read.defects if defect.name in UNREADABLE]


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ("alice@example.org<bob@example.com>", "bob@example.com"),
        ("alice@example.org <bob@example.com>", "bob@example.com"),
        ("<alice@example.org>bob@example.com", "alice@example.org"),
    ],
)
def test_where_ses_takes_the_angle_brackets_the_address_is_returned_with_its_doubt(body: str, address: str) -> None:
    read = parse_addresses(body)
    assert [mailbox.address for mailbox in read] == [address]
    assert [found["address"] for found in verdict("parse+validate", body).parsed] == [address]
    assert {defect.name for defect in read.defects} <= DOUBTED
    with pytest.raises(InvalidAddress):
        format_addresses([body])


def test_groups_are_named_and_their_members_counted_among_all() -> None:
    body = 'Ada <a@b>, =?utf-8?q?=C3=A9?= "x": c@d, Eve <e@f>;, undisclosed-recipients:;, g@h'
    read = parse_addresses(body)
    assert [mailbox.address for mailbox in read] == ["a@b", "c@d", "e@f", "g@h"]
    assert [(group.display_name, len(group.mailboxes)) for group in read.groups] == [
        ("é x", 2),
        ("undisclosed-recipients", 0),
    ]
    assert read.groups[0].mailboxes == read[1:3]
    assert [body[group.span.start : group.span.stop] for group in read.groups if group.span] == [
        '=?utf-8?q?=C3=A9?= "x": c@d, Eve <e@f>;',
        "undisclosed-recipients:;",
    ]
    assert read.defects == ()


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (" Ada <a@b> , c@d", ["Ada <a@b>", "c@d"]),
        ("(x) a@b (Ada) ,\t<c@d>", ["(x) a@b (Ada)", "<c@d>"]),
        ('"a" (x) <b@c> (y)', ['"a" (x) <b@c>']),
    ],
)
def test_a_span_covers_the_whole_mailbox(body: str, parts: list[str]) -> None:
    spans = [mailbox.span for mailbox in parse_addresses(body)]
    assert [body[span.start : span.stop] for span in spans if span] == parts


def test_a_defect_names_the_place_of_its_element() -> None:
    (defect,) = parse_addresses("a@b,  bare word , c@d").defects
    assert (defect.name, defect.span) == ("no-at-sign", Span(6, 15))
    assert defect.message == UNREADABLE["no-at-sign"]


def test_a_comment_in_an_element_that_is_none_any_more_changes_nothing() -> None:
    for body in ("Joe ) <j@b.example>, k@b.example", "Joe ) (a) <j@b.example> (b), k@b.example"):
        assert defects(body) == ["unbalanced-bracket"]
        assert pairs(body) == [("", "k@b.example")]


def test_so_many_defects_are_listed_and_then_one_for_the_rest() -> None:
    read = parse_addresses("x," * 5000 + "a@b")
    assert len(read.defects) == MAX_DEFECTS + 1
    assert read.defects[-1].name == "too-many-defects"
    assert pairs("x," * 5000 + "a@b") == [("", "a@b")]


@pytest.mark.parametrize(
    "body",
    [
        "",
        '"',
        "<",
        "(",
        "[",
        ",",
        ";",
        ":",
        "@",
        "\\",
        ":;>",
        "\0",
        '"\\',
        "(\\",
        "a@[",
        "=?",
        "<@",
        "<@:",
        "\ud800",
        "a@[\\",
    ],
)
def test_a_scrap_is_read(body: str) -> None:
    assert len(parse_addresses(body)) == 0


REPEATED = r"""
    , < a. ( "\ a: @ " [ [\ <@ <@a, =? =?a?q? () . a@b, <a@b> ; g:a@b;, (\ "" \ =?a?q?(?= [a] "=?a?q?" \" <[ a@[ <,
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", [*REPEATED.split(), " ", "a ", "\0", "\udcff", "\r\n ", '"=? ', "=?utf-8?q?a?= ", '"=?a?q?a?= "']
)
def test_long_repetitions_are_read(piece: str) -> None:
    # Read in quadratic time, one of them would take hours.
    read = parse_addresses(piece * 50_000 + "<a@b")
    assert len(read.defects) <= MAX_DEFECTS + 1


def test_parsed_lists_are_short_to_print_and_can_be_pickled() -> None:
    read = parse_addresses("team: Ada <a@b>, c@d;, x")
    assert repr(read) == "<AddressList mailboxes=2 groups=1 defects=1>"
    assert repr(read[0]) == "Mailbox(display_name='Ada', address='a@b')"
    again = pickle.loads(pickle.dumps(read))
    assert again == read
    assert hash(again) == hash(read)
    assert again[0].span == read[0].span


def test_an_address_list_is_a_sequence() -> None:
    read = parse_addresses("a@b, c@d")
    assert isinstance(read, AddressList)
    assert (read[0], read[-1], read[:1], len(read)) == (read.mailboxes[0], read.mailboxes[1], read.mailboxes[:1], 2)
    assert Mailbox("", "c@d") in read
    assert list(reversed(read)) == list(read)[::-1]


def test_spans_take_no_part_in_comparisons() -> None:
    assert Mailbox("Ada", "a@b", Span(0, 9)) == Mailbox("Ada", "a@b")
    assert Group("x", (), Span(0, 2)) == Group("x")


@pytest.mark.parametrize(
    ("address", "local_part", "domain"),
    [
        ("a@b", "a", "b"),
        ('"a@b"@c', '"a@b"', "c"),
        ("a@[IPv6:::1]", "a", "[IPv6:::1]"),
        ('"@["@[1.2.3.4]', '"@["', "[1.2.3.4]"),
        ("nothing", "nothing", ""),
    ],
)
def test_an_address_has_two_parts(address: str, local_part: str, domain: str) -> None:
    mailbox = Mailbox("", address)
    assert (mailbox.local_part, mailbox.domain) == (local_part, domain)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "a@b"),
        ("Ada", "Ada <a@b>"),
        ("Ada Lovelace", "Ada Lovelace <a@b>"),
        ("O'Neil & Sons", "O'Neil & Sons <a@b>"),
        ("Ek, Ada", '"Ek, Ada" <a@b>'),
        ("J. Doe", '"J. Doe" <a@b>'),
        ('say "hi" \\', '"say \\"hi\\" \\\\" <a@b>'),
        ("two  blanks", '"two  blanks" <a@b>'),
        (" outer ", '" outer " <a@b>'),
        ("a@b", '"a@b" <a@b>'),
        ("Jörgen Ek", "=?utf-8?q?J=C3=B6rgen_Ek?= <a@b>"),
        ("東京", "=?utf-8?b?5p2x5Lqs?= <a@b>"),
        ("=?utf-8?q?x?=", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <a@b>"),
    ],
)
def test_a_display_name_is_written_in_the_plainest_form_that_is_safe(name: str, written: str) -> None:
    assert format_addresses([Mailbox(name, "a@b")]) == written
    assert str(Mailbox(name, "a@b")) == written
    assert pairs(written) == [(name, "a@b")]


def test_a_long_display_name_keeps_plain_words_between_encoded_ones() -> None:
    name = "Ministère de l'Éducation nationale, de l'Enseignement supérieur et de la Recherche"
    written = format_addresses([Mailbox(name, "a@b")])
    assert " de " in written
    assert "?= =?" not in written
    message = email.message_from_string(f"To: {written}\n\n", policy=policy.SMTP)
    assert [address.display_name for address in message["To"].addresses] == [name]
    assert pairs(written) == [(name, "a@b")]


@pytest.mark.parametrize("name", ["é" * 300, "東" * 100, "é, " * 60, "a" * 901, "x, " * 400, "é  é " * 30])
def test_a_long_display_name_is_divided_into_words(name: str) -> None:
    written = format_addresses([Mailbox(name, "a@b")])
    assert all(len(word) <= MAX_WORD for word in written.split(" "))
    assert pairs(written) == [(name, "a@b")]
    (pair,) = email.utils.getaddresses([written])
    assert str(email.header.make_header(email.header.decode_header(pair[0]))) == name


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("a@b", "a@b"),
        (" Ada <a@b> ", "Ada <a@b>"),
        ("a@b (Ada)", "Ada <a@b>"),
        ("Jörgen Ek <a@b>", "=?utf-8?q?J=C3=B6rgen_Ek?= <a@b>"),
        ("[x] Ada <a@b>", '"[x] Ada" <a@b>'),
        ('"=?utf-8?q?x?=" <a@b>', "x <a@b>"),
    ],
)
def test_a_mailbox_may_be_given_as_text(given: str, written: str) -> None:
    assert format_addresses([given]) == written


def test_a_list_is_written_with_commas() -> None:
    assert format_addresses([]) == ""
    assert (
        format_addresses([Mailbox("Ada", "a@b"), "c@d", Mailbox("Ek, Ada", "e@f")]) == 'Ada <a@b>, c@d, "Ek, Ada" <e@f>'
    )


@pytest.mark.parametrize(
    "given",
    [
        *(
            "",
            " ",
            "a@b, c@d",
            "Ada",
            "x, a@b",
            "team: a@b;",
            "team: a@b",
            "<@x:a@b>",
            "eve@x <a@b>",
            "=?utf-8?q?x?=@b",
        ),
        *("a@b\r\nBcc: c@d", "Ada\r\n <a@b>", "Ada\t<a@b>", "a@b\0", "Ad\udcc3\udca0 <a@b>", '"a\x01" <a@b>'),
    ],
)
def test_text_that_is_not_exactly_one_mailbox_is_refused(given: str) -> None:
    with pytest.raises(InvalidAddress):
        format_addresses([given])


@pytest.mark.parametrize("character", [*map(chr, range(0x20)), "\x7f", "\ud800"])
def test_controls_and_surrogates_are_refused_everywhere(character: str) -> None:
    for mailbox in (
        Mailbox(f"a{character}b", "a@b"),
        Mailbox(f"é{character}", "a@b"),
        Mailbox("", f"a{character}@b"),
        Mailbox("", f'"a{character}"@b'),
        Mailbox("", f"a@b{character}"),
        f"Ada {character} <a@b>",
    ):
        with pytest.raises(InvalidAddress, match=r"control character|lone surrogate"):
            format_addresses([mailbox])


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "no local part"),
        ("a", "no @"),
        ("@b", "no local part"),
        ("a@", "no domain"),
        ("jörg@example.com", "only ASCII"),
        ("a@bücher.example", "Punycode"),
        ("x" * 65 + "@b", "64 octets"),
        ("x" * 64 + "@" + ".".join(["y" * 60] * 4), "254 octets"),
        ("a..b@c", "words separated by dots"),
        (".a@b", "words separated by dots"),
        ("a b@c", "words separated by dots"),
        ("a,b@c", "words separated by dots"),
        ('"a"b"@c', "words separated by dots"),
        ('"a\\"@c', "words separated by dots"),
        ('""@c', "words separated by dots"),
        ("a@b@c", "words separated by dots"),
        ("a@b,c@d", "words separated by dots"),
        ("=?utf-8?q?x?=@b", "encoded word"),
        ('"=?utf-8?q?x?="@b', "encoded word"),
        ("a.=?x@b", "encoded word"),
        ("x=?utf-8?q?a?=@b", "encoded word"),
        ("a@b_c", "domain"),
        ("a@-b", "domain"),
        ("a@b-", "domain"),
        ("a@b..c", "domain"),
        ("a@b.", "domain"),
        ("a@b c", "domain"),
        ("a@<b>", "domain"),
        ("a@[1.2.3.4", "domain"),
        ("a@[1,2]", "domain"),
        ("a@" + "b" * 64, "domain"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, reason: str) -> None:
    with pytest.raises(InvalidAddress, match=reason) as refusal:
        format_addresses([Mailbox("Ada", address)])
    assert refusal.value.address == address


@pytest.mark.parametrize(
    "address",
    [
        *("a@b", "a.b+c@d-e.example", "!#$%&'*+-/=?^_`{|}~@x", "a@xn--bcher-kva.example", "a@1.2"),
        *('"a b"@c', '"a\\"b"@c', '"@"@c', "a@[192.0.2.1]", "a@[IPv6:::1]", "x" * 64 + "@" + "y" * 63),
    ],
)
def test_an_address_is_written_as_it_is(address: str) -> None:
    assert format_addresses([Mailbox("", address)]) == address
    assert format_addresses([address]) == address


def test_a_mailbox_that_cannot_be_written_can_still_be_printed() -> None:
    assert str(Mailbox("a\r\nBcc: b", "jörg@x")) == "a\\r\\nBcc: b <jörg@x>"
    assert str(Mailbox("", "a\n")) == "a\\n"


def test_a_subclass_of_str_is_taken_as_plain_text() -> None:
    written = format_addresses([Mailbox(Twisted("Ek, Ada"), Twisted("a@b")), Twisted("c@d")])
    assert written == '"Ek, Ada" <a@b>, c@d'
    assert type(written) is str


@pytest.mark.parametrize("given", ["a@b", [b"a@b"], [None], [("Ada", "a@b")]])
def test_anything_but_mailboxes_and_texts_is_a_wrong_argument(given: object) -> None:
    with pytest.raises(TypeError):
        format_addresses(given)  # type: ignore[arg-type]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "field", "addresses"),
    [
        ("ad_27043_paren", "To", []),
        ("ad_27043_angle", "To", ["bob@example.com"]),
        ("ad_27043_open_comment", "To", []),
        ("ad_ew_in_local", "To", ["=?utf-8?q?a=40b?=c@host.example"]),
        ("ad_long_quoted_refold", "To", ["real@example.com"]),
        ("ad_ew_specials_refold", "To", ["real@example.com"]),
        ("ad_from_nul", "From", []),
        ("ad_from_route", "From", ["admin@legit.example"]),
        ("ad_display_spoof", "From", ["x@attacker.example"]),
        ("rb_addr_lone_quote", "To", []),
        ("rb_addr_lone_angle", "To", []),
        ("rb_addr_nested_group", "To", []),
    ],
)
def test_addresses_of_the_attacks_are_read_safely(file: str, field: str, addresses: list[str]) -> None:
    raw = shared("attacks", f"{file}.eml").read_bytes().decode("ascii", "surrogateescape").replace("\r\n", "\n")
    (body,) = (line.partition(": ")[2] for line in raw.split("\n\n")[0].split("\n") if line.startswith(f"{field}:"))
    read = parse_addresses(body)
    assert [mailbox.address for mailbox in read] == addresses
    silent = file in ("ad_long_quoted_refold", "ad_ew_specials_refold", "ad_display_spoof")
    assert silent or read.defects
    if read and not {"encoded-word-in-address", "source-route"} & {defect.name for defect in read.defects}:
        assert parse_addresses(format_addresses(read)).mailboxes == read.mailboxes


@pytest.mark.shared
def test_recipients_of_the_attacks_are_written_as_they_are_given() -> None:
    entries = {e["name"]: e for e in json.loads(shared("attacks", "index.json").read_text(encoding="utf-8"))["entries"]}
    to = next(value for name, value in json.loads(entries["ad_comma_encoded"]["generator"])["headers"] if name == "To")
    mailboxes = [Mailbox(name, address) for name, address in to]
    written = format_addresses(mailboxes)
    assert list(parse_addresses(written)) == mailboxes
    assert all("," not in word for word in written.replace(", ", " ").split(" "))
    with pytest.raises(InvalidAddress):
        format_addresses([Mailbox("Alice\r\nBcc: v@example.net", "a@example.org")])
