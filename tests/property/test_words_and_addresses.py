"""Laws of encoded words and address lists, each checked against the library of the Python that runs it."""

from __future__ import annotations

import base64
import email
import email.utils
import re
import sys
from email.header import decode_header, make_header

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sesmime.errors import InvalidAddress, InvalidField
from sesmime.mime import addresses
from sesmime.mime.addresses import (
    DOUBTED,
    NOTED,
    UNREADABLE,
    Mailbox,
    _Reader,
    format_addresses,
    parse_addresses,
)
from sesmime.mime.limits import DEFAULT_LIMITS, Limits
from sesmime.mime.words import decode_words, encode_words
from tests.property.mailboxes import (
    PLAIN,
    AddressBodies,
    any_text,
    good_mailboxes,
    is_read_exactly,
    library_addresses,
    library_field,
    mailboxes,
    requoted,
    unquoted,
    without_blanks,
    writable_text,
)


def library_pairs(body: str) -> list[tuple[str, str]]:
    # From 3.13 on getaddresses refuses every domain literal unless told not to be strict.
    options = {"strict": False} if "[" in body and sys.version_info >= (3, 13) else {}
    pairs = email.utils.getaddresses([body], **options)
    return [(str(make_header(decode_header(name))), address) for name, address in pairs]


ANY_PIECE = r"[ \t]*[^ \t]+"
UNQUOTED_PIECE = r'[ \t]*(?:"(?:[^"\\]|\\.)*"|[^ \t"])+'


def folded(name: str, body: str, *, width: int = 78, piece: str = ANY_PIECE) -> str:
    """Fold a body before the blanks with which its pieces begin, where a line would pass `width`."""
    pieces = re.findall(piece, body)
    assert "".join(pieces) == body
    lines = [f"{name}: "]
    for text in pieces:
        if len(lines[-1]) + len(text) > width and lines[-1] != f"{name}: ":
            lines.append(text)
        else:
            lines[-1] += text
    return "\r\n".join(lines)[len(name) + 2 :]


# ------------------------------------------------------------------------------------------------------------ laws


class TestEncodedWords:
    """RFC 2047 section 2: "An 'encoded-word' may not be more than 75 characters long", and section 6.2: "any
    'linear-white-space' that separates a pair of adjacent 'encoded-word's is ignored."
    """

    @given(any_text)
    def test_what_is_written_is_read_back(self, text: str) -> None:
        try:
            body = encode_words(text)
        except InvalidField:
            assert re.search("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]", text)
            return
        assert decode_words(body) == text
        assert re.fullmatch(r"[\t -~]*", body)
        assert all(len(word) <= 75 or word in text for word in body.split(" "))

    @given(writable_text)
    @example("Hello \\u0041 é")
    @example(" ")
    @example("a  é  b")
    def test_the_library_reads_the_same(self, text: str) -> None:
        body = encode_words(text)
        assert str(make_header(decode_header(body))) == text
        assert str(library_field("Subject", body)) == text
        assert str(library_field("Subject", folded("Subject", body))) == text

    @given(writable_text)
    def test_no_line_need_pass_the_limit(self, text: str) -> None:
        assert max(map(len, folded("Subject", encode_words(text)).split("\r\n"))) <= 998 - len("Subject: ")

    @given(writable_text)
    def test_encoding_twice_says_the_same_as_the_text_it_encodes(self, text: str) -> None:
        body = encode_words(text)
        assert decode_words(encode_words(body)) == body

    @given(st.text(st.characters() | st.sampled_from("=?qQbB_*ué\udcc3\udca9 "), max_size=60))
    def test_reading_never_raises_and_gives_text(self, body: str) -> None:
        decode_words(body).encode()

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["utf-8", "iso-8859-1", "iso-8859-2", "windows-1252", "koi8-r", "shift_jis", "gb2312"]),
                st.sampled_from("qb"),
                st.text(
                    st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=8
                ),
            )
            | st.sampled_from([word for word in PLAIN if word != "="]),
            max_size=8,
        ),
        st.sampled_from([" ", "  ", "\t"]),
    )
    def test_well_formed_words_read_as_the_library_reads_them(
        self, items: list[tuple[str, str, str] | str], blank: str
    ) -> None:
        body = blank.join([item if isinstance(item, str) else written_word(*item) for item in items])
        assert decode_words(body) == str(library_field("Subject", body))
        if "\\" not in body:
            assert decode_words(body) == str(make_header(decode_header(body)))


def written_word(charset: str, encoding: str, text: str) -> str:
    octets = text.encode(charset, "replace")
    if encoding == "b":
        return f"=?{charset}?b?{base64.b64encode(octets).decode()}?="
    return f"=?{charset}?q?{''.join(f'={octet:02X}' for octet in octets)}?="


class TestAddressesWritten:
    """RFC 5322 section 3.4: "An address may either be an individual mailbox, or a group of mailboxes." What is
    written has one reading, and every reader finds it.
    """

    @given(mailboxes)
    def test_what_is_written_is_read_back(self, given_mailboxes: list[Mailbox]) -> None:
        try:
            body = format_addresses(given_mailboxes)
        except InvalidAddress:
            return
        read = parse_addresses(body)
        assert list(read) == given_mailboxes
        assert read.defects == ()
        assert re.fullmatch("[ -~]*", body)
        assert parse_addresses(folded("To", body, piece=UNQUOTED_PIECE)).mailboxes == read.mailboxes

    @given(good_mailboxes)
    @example([Mailbox("=?utf-8?q?a", "a@b"), Mailbox("x?=", "c@d")])
    @example([Mailbox("Ministère de l'Éducation nationale, de l'Enseignement supérieur et de la Recherche", "a@b")])
    @example([Mailbox("two  blanks", "a@b"), Mailbox(" ", "a@b"), Mailbox("a ", "a@b")])
    def test_the_library_reads_the_same(self, given_mailboxes: list[Mailbox]) -> None:
        body = writable(given_mailboxes)
        for form in (
            body,
            folded("To", body, piece=UNQUOTED_PIECE),
            folded("Disposition-Notification-To", body, width=40, piece=UNQUOTED_PIECE),
        ):
            addresses = library_addresses(form)
            assert [(u, d) for _, u, d in addresses] == [(unquoted(m.local_part), m.domain) for m in given_mailboxes]
            for mailbox, (name, _, _) in zip(given_mailboxes, addresses, strict=True):
                if is_read_exactly(mailbox.display_name):
                    assert name == mailbox.display_name
                else:
                    assert without_blanks(name) == without_blanks(mailbox.display_name)

    @given(good_mailboxes)
    def test_getaddresses_reads_the_same(self, given_mailboxes: list[Mailbox]) -> None:
        body = writable(given_mailboxes)
        for form in (body, folded("To", body, piece=UNQUOTED_PIECE)):
            assert [(n, requoted(a)) for n, a in library_pairs(form)] == [
                (mailbox.display_name, requoted(mailbox.address)) for mailbox in given_mailboxes
            ]

    @given(good_mailboxes)
    def test_encoded_words_hold_what_a_phrase_allows(self, given_mailboxes: list[Mailbox]) -> None:
        """RFC 2047 section 5 (3): "upper and lower case ASCII letters, decimal digits, "!", "*", "+", "-", "/",
        "=", and "_"".
        """
        body = writable(given_mailboxes)
        words = re.findall(r"=\?[^ ]*", re.sub(r'"(?:[^"\\]|\\.)*"', "", body))
        assert all(re.fullmatch(r"=\?utf-8\?[qb]\?[A-Za-z0-9!*+\-/=_]+\?=", word) for word in words)
        assert all(len(word) <= 75 for word in words)

    @given(good_mailboxes)
    def test_a_mailbox_as_text_is_written_as_the_mailbox_is(self, given_mailboxes: list[Mailbox]) -> None:
        body = writable(given_mailboxes)
        assert format_addresses([str(mailbox) for mailbox in given_mailboxes]) == body


def writable(given_mailboxes: list[Mailbox]) -> str:
    """Write the list, leaving out of the test addresses with "=?" and such, which are refused."""
    try:
        return format_addresses(given_mailboxes)
    except InvalidAddress as error:
        assume(error.address not in {mailbox.address for mailbox in given_mailboxes})
        raise


class TestAddressesRead:
    """RFC 5322 section 4.4: obsolete forms "MUST be accepted and parsed by a conformant receiver"."""

    @given(AddressBodies.address_list)
    def test_what_the_library_reads_without_defects_reads_the_same(self, body: str) -> None:
        field = library_field("To", body)
        assume(not field.defects)
        read = parse_addresses(body)
        assert [(m.display_name, unquoted(m.local_part), m.domain) for m in read] == library_addresses(body)
        assert read.defects == ()

    @given(AddressBodies.tokens | any_text)
    def test_reading_never_raises_and_names_its_places(self, body: str) -> None:
        read = parse_addresses(body)
        for defect in read.defects:
            assert 0 <= defect.span.start < defect.span.stop <= len(body)
            assert defect.name in UNREADABLE or defect.name in NOTED
        starts = [mailbox.span.start for mailbox in read if mailbox.span]
        assert starts == sorted(starts)
        for group in read.groups:
            assert all(mailbox in read.mailboxes for mailbox in group.mailboxes)

    @given(AddressBodies.tokens)
    def test_a_mailbox_stands_where_its_span_says(self, body: str) -> None:
        for mailbox in parse_addresses(body):
            assert mailbox.span is not None
            assert list(parse_addresses(body[mailbox.span.start : mailbox.span.stop])) == [mailbox]

    @given(AddressBodies.tokens)
    def test_no_address_is_returned_that_other_readers_do_not_find(self, body: str) -> None:
        """CVE-2023-27043: an address that one reader finds and another does not lets a message go astray."""
        body = (
            body.replace("\r\n ", " ")
            .strip(" \t")
            .encode("utf-8", "surrogateescape")
            .decode("ascii", "surrogateescape")
        )
        read = parse_addresses(body)
        names = {defect.name for defect in read.defects}
        if names & ({"non-ascii-address", "encoded-word-in-address"} | DOUBTED):
            return
        options = {"strict": False} if sys.version_info >= (3, 13) else {}
        pairs = [requoted(address) for _, address in email.utils.getaddresses([body], **options)]
        assert all(requoted(mailbox.address) in pairs for mailbox in read)
        if "unquoted-special" in names:
            return  # for `[x] Ada <a@b>` the policies give an address without characters
        try:
            addresses = [f"{username}@{domain}" for _, username, domain in library_addresses(body)]
        except (AttributeError, IndexError, TypeError):
            return  # the library's own faults, as in `To: :;>`, `To: "` and `To: (c).a@b`
        assert all(requoted(mailbox.address) in addresses for mailbox in read)


LOST_PIECES = st.sampled_from(
    [
        *("a", "b.c", "@", ",", ";", ":", "<", ">", "(", ")", "(a b)", "[", "]", "[1.2]", "\\", '"', '"a b"', '"a=?b"'),
        *(
            "=?utf-8?q?a,b?=",
            "=?",
            ".=?",
            "..",
            "\r",
            "\r\n ",
            "\t",
            " ",
            "\0",
            "é",
            "a@b.c",
            "g:",
            "<@a:",
            "< ,@a:b>",
            "@a [",
            "@a",
        ),
    ]
)


class TestLostElements:
    """What no further token can make a mailbox is taken in one go, and is the same as token by token."""

    @given(st.lists(LOST_PIECES, max_size=30).map("".join), st.sampled_from("\r\0:)\\"))
    @example("@a [, c@d.e", "\r")  # the literal is not closed, and so loses the rest
    def test_the_words_that_are_passed_over_change_nothing(self, text: str, losing: str) -> None:
        body = f"a{losing}{text}"
        whole = _Reader(body, DEFAULT_LIMITS).read()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(addresses, "_LOST_WORDS", re.compile("(?!)"))
            one_by_one = _Reader(body, DEFAULT_LIMITS).read()
        assert (whole.mailboxes, whole.groups, whole.defects) == (
            one_by_one.mailboxes,
            one_by_one.groups,
            one_by_one.defects,
        )


class TestPlainLists:
    """RFC 5322 section 3.4: mailbox-list = (mailbox *("," mailbox)) / obs-mbox-list."""

    _PIECES = st.sampled_from(
        (
            *("a@b.c", "Joe", "Q.", '"x y"', '"x, y"', "<a@b>", "<", ">", ",", ", ", " ", "  ", "@", ".", "a"),
            *("b.example", "=?", '"', "\\", "(c)", ":", ";", "é", "-", '"a.b"@c', "<a.b@c-d.e>", "\t", "!#$", "="),
            *("Doe <j@d.example>", "g: ", ", b@c.d, ", "; ", "a@b;"),
        )
    )
    # So few tokens no plain mailbox is sure to have, and every character goes the long way.
    _ALL_THE_WAY = Limits(tokens=999)

    @given(st.lists(_PIECES, max_size=9).map("".join))
    def test_the_short_way_of_reading_gives_what_the_long_way_gives(self, body: str) -> None:
        long = _Reader(body, self._ALL_THE_WAY).read()
        short = _Reader(body, DEFAULT_LIMITS).read()
        assert short == long
        assert [mailbox.span for mailbox in short] == [mailbox.span for mailbox in long]
        assert [group.span for group in short.groups] == [group.span for group in long.groups]

    @given(st.lists(st.sampled_from(["a@b.c", "Joe Q <j@x.y>", '"Doe, J" <d@x.y>']), min_size=1, max_size=9))
    def test_plain_lists_are_read_the_short_way(self, mailboxes: list[str]) -> None:
        body = ", ".join(mailboxes)
        assert _Reader(body, DEFAULT_LIMITS).plain_until(0) == len(body)
