"""The strict parser: the tables of facts/javamail-grammar.md written out, and its recorded verdicts.

A case is named by the wording of the page. Inputs and outcomes were copied from the page by hand, none from the
code; where the page says nothing of the parse result, the recorded verdicts have it.
"""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sesmime.ses.javamail import Verdict, verdict

ORACLE = Path(__file__).parents[2].parent / "shared" / "oracle"

ADDRESS_CALLS = ("parse", "parse+validate", "single", "single+validate")


def mailbox(address: str, personal: str | None = None) -> dict[str, Any]:
    return {"address": address, "personal": personal, "group": False}


def group(address: str, *members: dict[str, Any]) -> dict[str, Any]:
    return {"address": address, "personal": None, "group": True, "members": list(members)}


# Section 1, the rows of E.2 that are address texts: wording, call, value, error (None: accepted).
E2_ADDRESS_ROWS = [
    ("25: exact with validation", "parse+validate", "joe", "Missing final '@domain'"),
    ("25: exact with validation", "parse+validate", "Joe <joe>", "Missing final '@domain'"),
    ("25: exact with validation", "single+validate", "AKIAIOSFODNN7EXAMPLE", "Missing final '@domain'"),
    ("25: only with validation", "parse", "joe", None),
    ("25: empty string, list = accepted with no address", "parse+validate", "", None),
    ("25: empty string, single = Illegal address", "single+validate", "", "Illegal address"),
    ("26: exact for x@", "parse", "x@", "Missing domain"),
    ("26: exact for Joe <x@>", "parse", "Joe <x@>", "Missing domain"),
    ('26: differs for "x@"@dom (accepted)', "single+validate", '"x@"@dom', None),
    ("26: differs for lists", "parse", "a@b.com; c@d.com", "Illegal semicolon, not in group"),
    ("27: exact", "single+validate", "@dom", "Missing local name"),
    ("27: a leading bracket group is dropped", "single+validate", "[x]@dom", "Missing local name"),
    ("28: blank before the first @", "parse", "Joe Q a@b.com", "Local address contains control or whitespace"),
    ("28: CRLF before the first @", "parse", "a\r\nb@c", "Local address contains control or whitespace"),
    ("28: non-ASCII before the first @", "parse", "j\xf6e@b", "Local address contains control or whitespace"),
    (
        "28: two addresses with a blank between",
        "single",
        "a@b.com c@d.com",
        "Domain contains control or whitespace",
    ),
    ("29: exact for To: x@y", "single", "To: x@y", "Local address contains illegal character"),
    ("29: exact for DEBUG:", "single", "DEBUG: Bob <a@b>", "Local address contains illegal character"),
    ("29: exact for a[b]@c", "single", "a[b]@c", "Local address contains illegal character"),
    ("29: exact for a:b@c", "single", "a:b@c", "Local address contains illegal character"),
    ("29: a;b@c", "single", "a;b@c", "Illegal semicolon, not in group"),
    ("29: a(b@c", "single", "a(b@c", "Missing ')'"),
    ("29: Foo [Bar] <a@b> is accepted", "single+validate", "Foo [Bar] <a@b>", None),
    ("30: exact for _", "single", "a@b_c.com", "Domain contains illegal character"),
    ("30: exact for %", "single", "a@b%c.com", "Domain contains illegal character"),
    ("30: exact for ?", "single", "a@b.com?", "Domain contains illegal character"),
    ("30: exact for a second @", "single", "a@b@c", "Domain contains illegal character"),
    (
        "30: encoded-word holding a literal @",
        "single",
        "=?utf-8?Q?a@b=2Ecom?=",
        "Domain contains illegal character",
    ),
    ("30: a stray > gives Missing '<'", "single", "a@b.com>", "Missing '<'"),
    (
        "30: an encoded-word without literal @",
        "single+validate",
        "=?utf-8?Q?a=40b=2Ecom?=",
        "Missing final '@domain'",
    ),
    ("31: exact", "single", "a@b c.com", "Domain contains control or whitespace"),
    ("32: zero addresses, single only", "single", " , ", "Illegal address"),
    ("32: several addresses, single only", "single+validate", "a@b.com,c@d.com", "Illegal address"),
    ("32: several addresses are a list", "parse+validate", "a@b.com,c@d.com", None),
    (
        "32: a first item with a blank wins",
        "single",
        "Acme Corp, Inc <a@b>",
        "Local address contains control or whitespace",
    ),
    ("32: a first item of one word", "single", "Acme, Inc <a@b>", "Illegal address"),
    ("33: exact", "parse", "<a@b.com> <c@d.com>", "Extra route-addr"),
    ("34: exact", "parse", "a: b: c@d.com;", "Nested group"),
    ("35: exact", "parse", "a@b.com; c@d.com", "Illegal semicolon, not in group"),
    ("36: exact", "parse", '"Joe <a@b.com>', "Missing '\"'"),
]

# Section 1, the rows of E.2 that are texts of MIME fields: wording, call, value, error (None: accepted).
E2_FIELD_ROWS = [
    ("17: exact for text;", "content-type", "text;", "Expected '/', got ;"),
    ("17: exact for text; charset=x", "content-type", "text; charset=x", "Expected '/', got ;"),
    ("17: bare text", "content-type", "text", "Expected '/', got null"),
    ("18: exact", "content-type", "text/plain; name=my hello.txt", "Expected ';', got \"hello.txt\""),
    ("18: both fields", "content-disposition", "x; filename=my hello.txt", "Expected ';', got \"hello.txt\""),
    ("19: exact", "content-type", "text/plain; name=a:b", "Expected ';', got \":\""),
    ("19: both fields", "content-disposition", "attachment; filename=a:b", "Expected ';', got \":\""),
    ("20: double quotes", "content-disposition", "attachment; foo", "Expected '=', got \"null\""),
    ("21: exact", "content-disposition", "=?utf-8?Q?attachment?=", "Expected disposition, got ="),
    *(
        (f"22: unquoted {c}", "content-disposition", f"attachment; filename=a{c}b", f"Expected ';', got \"{c}\"")
        for c in "/\\:?<>"
    ),
    ("22: a lone quote", "content-disposition", 'attachment; filename=a"b', "Unbalanced quoted string"),
    ("22: * is accepted", "content-disposition", "attachment; filename=a*b", None),
    ("22: the vertical bar is accepted", "content-disposition", "attachment; filename=a|b", None),
    ("22: inside quotes all are accepted", "content-disposition", 'attachment; filename="/ \\\\:*?<>|"', None),
    (
        "23: unquoted encoded-word as value",
        "content-disposition",
        "attachment; filename==?utf-8?Q?a?=",
        'Expected parameter value, got "="',
    ),
    ("24: accepted there", "content-type", "text/plain; charset=cp-850", None),
]


@pytest.mark.parametrize(("wording", "call", "value", "error"), E2_ADDRESS_ROWS + E2_FIELD_ROWS)
def test_a_row_of_section_1_comes_out_as_written(wording: str, call: str, value: str, error: str | None) -> None:
    given = verdict(call, value)
    assert given.error == error, wording
    assert (given.parsed is None) == (error is not None)
    assert not given.unpredictable


@pytest.mark.parametrize("body", ["", "no boundary here\r\n", "preamble --x\r\n\r\nhi"])
def test_row_16_a_multipart_body_without_its_boundary_has_no_start(body: str) -> None:
    given = verdict("count-parts", body, content_type="multipart/mixed; boundary=x")
    assert given.error == "Missing start boundary"


@pytest.mark.parametrize("value", ["", " \t\r\n", ",", ";", "(x)", "[a@b.com]"])
def test_a_list_of_nothing_is_accepted_and_is_no_single_address(value: str) -> None:
    for call in ("parse", "parse+validate"):
        assert verdict(call, value) == Verdict(parsed=[])
    for call in ("single", "single+validate"):
        assert verdict(call, value) == Verdict("Illegal address", reference=value)


# Section 3, the consequences: wording, value, what `parse` gives, the error of `parse+validate` (None: accepted too).
CONSEQUENCES: list[tuple[str, str, str | list[dict[str, Any]], str | None]] = [
    ("accepted as c@d.com", "a@b.com <c@d.com>", [mailbox("c@d.com", "a@b.com")], None),
    ("accepted, junk dropped", "Joe <a@b.com> junk", [mailbox("a@b.com", "Joe")], None),
    ("but its delimiters must balance", 'Joe <a@b.com> "x', "Missing '\"'", "Missing '\"'"),
    ("the comment ended it", "a (x) b@c.com", [mailbox("a", "x")], "Missing final '@domain'"),
    ("accepted, name x", "(x) a@b.com (y)", [mailbox("a@b.com", "x")], None),
    ("accepted, no name", "(x) <a@b.com>", [mailbox("a@b.com")], None),
    ("the name is never checked", "Joe @ Co <a@b.com>", [mailbox("a@b.com", "Joe @ Co")], None),
    ("the name is never checked", "Joe. Q <a@b.com>", [mailbox("a@b.com", "Joe. Q")], None),
    ("an empty item first", ";a@b.com", [mailbox("a@b.com")], None),
    ("an empty item between", "a@b.com,,c@d.com", [mailbox("a@b.com"), mailbox("c@d.com")], None),
    ("an empty item last", "a@b.com,", [mailbox("a@b.com")], None),
    ("a group of none", "g:;", [group("g:;")], None),
    (
        "members only looked at by validation",
        "g: anything at all;",
        [
            {
                **group("g: anything at all;"),
                "members": None,
                "members_error": "Local address contains control or whitespace",
            }
        ],
        "Local address contains control or whitespace",
    ),
    ("the comma is what clears route", "g: <a@b.com> <c@d.com>;", "Extra route-addr", "Extra route-addr"),
    (
        "the comma is what clears route",
        "g: <a@b.com>, <c@d.com>;",
        [group("g: <a@b.com>, <c@d.com>;", mailbox("a@b.com"), mailbox("c@d.com"))],
        None,
    ),
    (
        "no ;, so",
        "g:a@b.com",
        "Local address contains illegal character",
        "Local address contains illegal character",
    ),
    (
        "no ;, so",
        "g: a@b.com",
        "Local address contains illegal character",
        "Local address contains illegal character",
    ),
    ("accepted, trimmed", "< a@b.com >", [mailbox("a@b.com")], None),
    # Unquote.
    (
        "a backslash goes and the next character stays",
        r'"J\"o\\e" <a@b>',
        [mailbox("a@b", 'J"o\\e')],
        None,
    ),
    ('Joe "Q" keeps its quotes', 'Joe "Q" <a@b>', [mailbox("a@b", 'Joe "Q"')], None),
    ("a blank name is none", '" " <a@b>', [mailbox("a@b")], None),
    ("controls are trimmed too", "\x00a@b\x1f", [mailbox("a@b")], None),
    # Section 5.
    ("members are not validated further", "g: joe;", [group("g: joe;", mailbox("joe"))], None),
    (
        "is no group (colon at 0)",
        ": a@b.com;",
        [mailbox(": a@b.com;")],
        "Local address contains illegal character",
    ),
]


@pytest.mark.parametrize(("wording", "value", "parsed", "validated"), CONSEQUENCES)
def test_a_consequence_of_section_3_comes_out_as_written(
    wording: str, value: str, parsed: str | list[dict[str, Any]], validated: str | None
) -> None:
    given = verdict("parse", value)
    assert (given.error or given.parsed) == parsed, wording
    given = verdict("parse+validate", value)
    assert given.error == validated, wording
    if validated is None:
        assert given.parsed == parsed


# Section 3, where an error points: value, error, position.
POSITIONS = [
    ("a@b)c", "Missing '('", 3),
    ("a@b>", "Missing '<'", 3),
    ("a (b", "Missing ')'", 4),
    ("a ((b)", "Missing ')'", 6),
    ("a (b\\", "Missing ')'", 6),
    ("a (b\\\\", "Missing ')'", 6),
    ("<a@b", "Missing '>'", 4),
    ("<a@b\\", "Missing '>'", 6),
    ('<"a>@b', "Missing '\"'", 6),
    ('"a', "Missing '\"'", 2),
    ('"a\\', "Missing '\"'", 4),
    ("a@[b", "Missing ']'", 4),
    ("a@[b\\", "Missing ']'", 6),
    ("a@b, <c> <d>", "Extra route-addr", 9),
    ("a:b:;", "Nested group", 3),
    ("a@b, c;", "Illegal semicolon, not in group", 6),
    ("a@b, c@", "Missing domain", None),
    # Outside the BMP a character counts twice, as in Java's strings.
    ("\U0001f600@b>", "Missing '<'", 4),
]


@pytest.mark.parametrize(("value", "error", "position"), POSITIONS)
def test_an_error_of_the_scan_points_at_its_place_in_the_list(value: str, error: str, position: int | None) -> None:
    for call in ADDRESS_CALLS:
        given = verdict(call, value)
        assert (given.error, given.position) == (error, position)
        assert given.reference == (value if position is not None else "c@")


# Section 4, rule by rule: rule, address, error when parsed, error when validated (None: accepted).
CONTROL_LOCAL = "Local address contains control or whitespace"
ILLEGAL_LOCAL = "Local address contains illegal character"
CONTROL_DOMAIN = "Domain contains control or whitespace"
ILLEGAL_DOMAIN = "Domain contains illegal character"
NOT_AT_START = "Quote not at start of local address"
NOT_AT_END = "Quote not at end of local address"
NO_DOMAIN = "Missing final '@domain'"
CHECKS: list[tuple[str, str, str | None, str | None]] = [
    ("1. empty", "<>", "Empty address", "Empty address"),
    ("1. or only controls", "<\x00>", "Empty address", "Empty address"),
    ("2. a route", "<@a,@b:c@d>", None, None),
    ("2. not @ after the mark", "<@a,b:c@d>", "Illegal route-addr", "Illegal route-addr"),
    ("2. route domains are not checked", "<@_ ,@:c@d>", None, None),
    ("2. no mark: the local part begins at 0", "<@a>", "Missing local name", "Missing local name"),
    ("2. only in angle brackets, if not validated", "@a", "Missing local name", "Missing local name"),
    ("3.1 shielded outside quotes too", "a\\ b@c", None, None),
    ("3.1 the second of two shields a third", '"a\\\\"@b', "Unterminated quote", "Unterminated quote"),
    ("3.2 an opening quote not at 0", 'a"b"@c', None, NOT_AT_START),
    ("3.2 a closing quote followed by other than @", '"a"b@c', None, NOT_AT_END),
    ("3.2 followed by nothing is fine here", '"a"', None, NO_DOMAIN),
    ("3.2 position 0 of the whole address", '<@a:"b"@c>', None, NOT_AT_START),
    ("3.3 inside quotes anything goes", '"\x00 \xe9(@"@b', None, None),
    ("3.4 @ at position 0", "@", "Missing local name", "Missing local name"),
    ("3.4 position 0 of the address, not of the local part", "<@a:@b>", None, None),
    ("3.5 up to U+0020", "a b@c", CONTROL_LOCAL, CONTROL_LOCAL),
    ("3.5 from U+007F on", "a\x7f@c", CONTROL_LOCAL, CONTROL_LOCAL),
    ("3.6 a special", "a]@c", ILLEGAL_LOCAL, ILLEGAL_LOCAL),
    ("4. still in quotes", 'a\\"b"@c', "Unterminated quote", "Unterminated quote"),
    ("5. no @", "a", None, NO_DOMAIN),
    ("5. a shielded @ as very last character", "a\\@", "Missing domain", "Missing domain"),
    ("5. a shielded @ before others", "a\\@b", None, NO_DOMAIN),
    ("6. nothing after the @", "a@", "Missing domain", "Missing domain"),
    ("6. first is .", "a@.b", "Domain starts with dot", "Domain starts with dot"),
    ("6. first is ., and last", "a@.", "Domain starts with dot", "Domain starts with dot"),
    ("7.1 [ accepts at once", "<a@x[junk>", None, None),
    ("7.1 whatever follows", "a@[1.2.3.4]", None, None),
    ("7.1 but not what is before", "<a@_[x>", ILLEGAL_DOMAIN, ILLEGAL_DOMAIN),
    ("7.2 control", "a@b\x01c", CONTROL_DOMAIN, CONTROL_DOMAIN),
    ("7.2 from U+007F on", "a@b\xe9c", CONTROL_DOMAIN, CONTROL_DOMAIN),
    ("7.3 not a letter, digit, hyphen, dot", "a@b!c", ILLEGAL_DOMAIN, ILLEGAL_DOMAIN),
    ("7.4 . right after .", "a@b..c", "Domain contains dot-dot", "Domain contains dot-dot"),
    ("7.4 before an illegal character", "a@b.._", "Domain contains dot-dot", "Domain contains dot-dot"),
    ("8. last is .", "a@b.", "Domain ends with dot", "Domain ends with dot"),
    ("accepted although: dots in the local part", ".a..b.@c", None, None),
    ("accepted although: labels with hyphens", "a@-b-", None, None),
    ("accepted although: no length limits", f"{'a' * 500}@{'b' * 500}", None, None),
    ("accepted although: one-label and all-digit domains", "a@1", None, None),
]


@pytest.mark.parametrize(("rule", "value", "parsed", "validated"), CHECKS)
def test_a_rule_of_section_4_decides(rule: str, value: str, parsed: str | None, validated: str | None) -> None:
    assert verdict("single", value).error == parsed, rule
    assert verdict("single+validate", value).error == validated, rule
    assert verdict("parse", value).error == parsed, rule
    assert verdict("parse+validate", value).error == validated, rule


# Section 3, the crashes.
@pytest.mark.parametrize("value", ['(") a@b.com', "(c) <a@b.com> (d)", '("), a (b)', 'a@b, ( "\r\n )c@d', "(c)<>(d)"])
def test_a_crash_is_unpredictable_and_nothing_else(value: str) -> None:
    for call in ADDRESS_CALLS:
        given = verdict(call, value)
        assert given == Verdict(unpredictable=True)
        assert given.error is None
        assert given.parsed is None


def test_an_error_of_the_scan_before_the_crash_wins() -> None:
    assert verdict("parse", 'x>,(")a@b').error == "Missing '<'"


def test_members_on_which_the_parser_dies_are_no_matter_before_validation() -> None:
    given = verdict("parse", 'g: (")a@b;')
    assert given.parsed == [{**group('g: (")a@b;'), "members": None, "members_error": None}]
    assert verdict("parse+validate", 'g: (")a@b;').unpredictable


# Section 7: value, error, without the name of the field.
PARAMETER_ROWS = [
    ("content-type", "text/plain; charset=utf-8 format=flowed", "Expected ';', got \"format\""),
    ("content-type", "text/plain; charset=", 'Expected parameter value, got "null"'),
    ("content-type", "text/plain; charset=;", 'Expected parameter value, got ";"'),
    ("content-disposition", "attachment; filename=a(1).txt", "Expected ';', got \".txt\""),
    ("content-disposition", 'attachment; filename="a"b"', "Expected ';', got \"b\""),
    ("content-disposition", "attachment; filename=caf\xe9", "Expected ';', got \"\xe9\""),
    ("content-disposition", 'attachment; filename="caf\xe9"', None),
    ("content-disposition", "attachment; filename=\xe9t\xe9", 'Expected parameter value, got "\xe9"'),
    ("content-disposition", "attachment;;", 'Expected parameter name, got ";"'),
    ("content-disposition", "attachment;", None),
    ("content-type", "multipart/mixed; boundary=----=_Part_1", "Expected ';', got \"=\""),
    ("content-type", "", "Expected MIME type, got null"),
    ("content-disposition", "", "Expected disposition, got null"),
    ("content-type", "/plain", "Expected MIME type, got /"),
    ("content-type", '"text"/plain', "Expected MIME type, got text"),
    ("content-type", "text/;", "Expected MIME subtype, got ;"),
    ("content-type", "text / plain", None),
    ("content-disposition", "attachment (x) ; a = b", None),
    ("content-disposition", 'a; "b"=c', 'Expected parameter name, got "b"'),
    ("content-disposition", 'a; b";"c', "Expected '=', got \";\""),
    ("content-disposition", 'a ";"', "Expected ';', got \";\""),
    ("content-disposition", "a; b=c; (d", "Unbalanced comments"),
    ("content-disposition", "a (\\)", "Unbalanced comments"),
    ("content-disposition", 'a; b="c\\"', "Unbalanced quoted string"),
    ("content-disposition", "a\x01", "Expected ';', got \"\x01\""),
]


@pytest.mark.parametrize(("call", "value", "error"), PARAMETER_ROWS)
def test_a_row_of_section_7_comes_out_as_written(call: str, value: str, error: str | None) -> None:
    given = verdict(call, value)
    assert (given.error, given.position, given.reference) == (error, None, None)


def test_parameters_keep_the_first_place_and_the_last_value() -> None:
    given = verdict("content-type", 'Text/Plain; B=1; filename*0*=x; b="2"')
    assert given.parsed == {"type": "Text", "subtype": "Plain", "params": [["b", "2"], ["filename*0*", "x"]]}


@pytest.mark.parametrize(
    ("quoted", "value"),
    [
        (r'"C:\a.txt"', "C:a.txt"),
        (r'"a\"b\\"', 'a"b\\'),
        ('"a\r\n b"', "a b"),
        ('"a\rb"', "ab"),
        ('"a\nb"', "a\nb"),
        ('"a\r\r\nb"', "ab"),
        ('"a\\\r\nb"', "a\r\nb"),
        ('""', ""),
    ],
)
def test_a_quoted_value_loses_backslashes_and_line_ends(quoted: str, value: str) -> None:
    assert verdict("content-disposition", f"a; b={quoted}").parsed["params"] == [["b", value]]


# Section 8: Content-Type, body, error or (parts, complete).
MULTIPARTS: list[tuple[str, str, str, str | tuple[int, bool]]] = [
    ("a line equal to -- + boundary starts", "boundary=x", "pre\r\n--x\r\n\r\nhi\r\n--x--\r\n", (1, True)),
    ("trailing blanks and tabs trimmed", "boundary=x", "--x \t\r\n\r\nhi\r\n--x--", (1, True)),
    ("the closing form seen first is an error", "boundary=x", "--x--\r\n--x\r\n\r\n--x--", "Missing start boundary"),
    ("closing form, blanks trimmed", "boundary=x", "--x-- \t\n--x\n\n", "Missing start boundary"),
    ("more in the line is another line", "boundary=x", "--xy\n--x--y\n--x\n\n", (1, False)),
    ("a boundary that ends in a blank is never found", 'boundary="x "', "--x \n\n--x --", "Missing start boundary"),
    ("a boundary with LF is never found", 'boundary="x\ny"', "--x\ny\n\n", "Missing start boundary"),
    ("unknown: first line that begins with --", "a=b", "-y\n --y\n--y \n\nhi\n--y--\n", (1, True)),
    ("unknown: five or more dashes are none", "a=b", "----- \n--y\n\nhi\n--y--\n", (1, True)),
    ("unknown: four dashes are one", "a=b", "----\n\nhi\n------\n", (1, True)),
    ("unknown: more than two characters", "a=b", "-- \n\n----- \n", "Missing start boundary"),
    ("unknown: dashes and something else", "a=b", "------x\n\n------x--", (1, True)),
    ("a missing closing boundary is tolerated", "boundary=x", "--x\n\nhi\n--x\n\nyo", (2, False)),
    ("any line ending: LF", "boundary=x", "\n--x\n\nhi\n--x\n\nyo\n--x--\n", (2, True)),
    ("any line ending: CR", "boundary=x", "\r--x\r\rhi\r--x\r\ryo\r--x--\r", (2, True)),
    ("any line ending: CR CR LF", "boundary=x", "\r\r\n--x\r\r\n\r\r\nhi\r\n--x--", (1, True)),
    ("boundary lines in a part's header are text", "boundary=x", "--x\nA: b\n--x\n\nhi\n--x--", (1, True)),
    ("a boundary line right after the header", "boundary=x", "--x\n\n--x\n\n--x--", (2, True)),
    ("text after the closing boundary is ignored", "boundary=x", "--x\n\nhi\n--x--junk", (1, True)),
    ("a boundary line cut off by the end is text", "boundary=x", "--x\n\nhi\n--x", (1, False)),
    ("but the first one counts", "boundary=x", "--x", (1, False)),
    ("errors as above", "boundary", "--x", "Expected '=', got \"null\""),
]


@pytest.mark.parametrize(("wording", "parameters", "body", "expected"), MULTIPARTS)
def test_a_rule_of_section_8_decides(
    wording: str, parameters: str, body: str, expected: str | tuple[int, bool]
) -> None:
    given = verdict("count-parts", body, content_type=f"multipart/mixed; {parameters}")
    counted = given.parsed and (given.parsed["parts"], given.parsed["complete"])
    assert (given.error or counted) == expected, wording


# Section 2, header sections: call, section, parsed.
SECTIONS: list[tuple[str, str, list[dict[str, Any]] | None]] = [
    ("getFrom", "From: a@b\r\nSender: c@d\r\n\r\n", [mailbox("a@b")]),
    ("getFrom", "Sender: c@d\r\n\r\n", [mailbox("c@d")]),
    ("getFrom", "From:\r\nSender: c@d\r\n\r\n", []),
    ("getFrom", "To: c@d\r\n\r\nFrom: a@b\r\n", None),
    ("getFrom", "fROM \t: a@b\n", [mailbox("a@b")]),
    ("getFrom", "From: a@b\rFrom: c@d\r\r\nFrom: e@f\n", [mailbox("a@b"), mailbox("c@d"), mailbox("e@f")]),
    ("getFrom", "From: Joe\n\tQ <a@b>\n", [mailbox("a@b", "Joe\r\n\tQ")]),
    ("getFrom", "X: y\n \t\nFrom: a@b\n", [mailbox("a@b")]),
    ("getAllRecipients", "Bcc: e@f\nCc: c@d\nTo: a@b\n", [mailbox("a@b"), mailbox("c@d"), mailbox("e@f")]),
    ("getAllRecipients", "To: \nX: a@b\n", []),
    ("getAllRecipients", "From: a@b\n", None),
]


@pytest.mark.parametrize(("call", "section", "parsed"), SECTIONS)
def test_the_fields_of_a_header_section_are_joined_and_read(
    call: str, section: str, parsed: list[dict[str, Any]] | None
) -> None:
    assert verdict(call, section) == Verdict(parsed=parsed)


def test_an_error_in_a_field_is_about_the_joined_body() -> None:
    given = verdict("getAllRecipients", "To: a@b\r\nTo: c;\r\n\r\n")
    assert given == Verdict("Illegal semicolon, not in group", 5, reference="a@b,c;")


# Section 9, the left column.
@pytest.mark.parametrize("character", ["\x80", "\xe9", "\ufeff", "\u200b", "\U0001f600", "\udce9"])
def test_a_character_outside_ascii_decides_by_where_it_stands(character: str) -> None:
    assert verdict("single+validate", f"a{character}b@c").error == CONTROL_LOCAL
    assert verdict("single+validate", f"a@b{character}c").error == CONTROL_DOMAIN
    assert verdict("single+validate", f"J{character} <a@b>").parsed == [mailbox("a@b", f"J{character}")]
    assert verdict("single+validate", f'"J{character}" <a@b>').parsed == [mailbox("a@b", f"J{character}")]
    assert verdict("content-disposition", f'a; b="{character}"').parsed["params"] == [["b", character]]
    shown = character if character <= "\uffff" else "\ud83d"
    assert verdict("content-disposition", f"a; b={character}").error == (f'Expected parameter value, got "{shown}"')


# Section 11, the column of JavaMail 1.4.7: what SES was seen to refuse, and this parser takes.
@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("single+validate", '"x@"@dom'),
        ("single+validate", '"a:b"@dom'),
        ("single+validate", "a@gmail.com.0927168644"),
        ("single+validate", "a@767"),
        ("parse+validate", "=?utf-8?Q?a=2Cb?= <a@b>"),
        ("content-disposition", "attachment; filename=a*b|c"),
    ],
)
def test_what_ses_was_seen_to_refuse_can_pass_here(call: str, value: str) -> None:
    assert verdict(call, value).error is None


DEEP = 100_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("(" * DEEP, "Missing ')'"),
        ("(" * DEEP + ")" * DEEP + "a@b", None),
        ("," * DEEP, None),
        ("<" * DEEP, "Missing '>'"),
        ('"' * DEEP, None),
        ('"' * (DEEP + 1), "Missing '\"'"),
        ("[" * DEEP, "Missing ']'"),
        ("g:;" * DEEP, None),
        ("g:" + "a@b," * DEEP + ";", None),
        ("<" + "@a," * DEEP + "@a:b@c>", None),
    ],
    ids=lambda given: repr(given[:20]) if given else "accepted",
)
def test_size_and_depth_do_not_matter(value: str, error: str | None) -> None:
    given = verdict("parse", value)
    assert given.error == error
    assert not given.unpredictable


def test_an_unknown_call_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="there is no call 'parse2'; the calls are parse, "):
        verdict("parse2", "")


@pytest.mark.parametrize(("call", "content_type"), [("count-parts", None), ("parse", "text/plain")])
def test_content_type_goes_with_count_parts_alone(call: str, content_type: str | None) -> None:
    with pytest.raises(ValueError, match="content_type goes with the call count-parts"):
        verdict(call, "", content_type=content_type)


def test_a_verdict_is_picklable_and_its_repr_is_short() -> None:
    given = verdict("parse", "a@b.com," * 1000 + ")")
    assert pickle.loads(pickle.dumps(given)) == given
    assert len(repr(given)) < 200
    assert len(repr(verdict("parse", "a@b.com," * 1000))) < 200


def _records(path: Path) -> Iterator[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in content.decode().splitlines():
        yield json.loads(line)


def _without_decoded_names(data: Any) -> Any:
    """Drop `personal_decoded`, which is informative only."""
    if isinstance(data, list):
        return [_without_decoded_names(item) for item in data]
    if isinstance(data, dict):
        return {key: _without_decoded_names(item) for key, item in data.items() if key != "personal_decoded"}
    return data


def _expected(record: dict[str, Any]) -> Verdict:
    if "crash" in record:
        return Verdict(unpredictable=True)
    about = record.get("error_ref") or {}
    parsed = _without_decoded_names(record["parsed"])
    return Verdict(record["error"], about.get("pos"), parsed, reference=about.get("string"))


@pytest.mark.shared
@pytest.mark.skipif(not ORACLE.is_dir(), reason="the recorded verdicts are not beside this checkout")
@pytest.mark.parametrize(
    "name",
    [
        "javamail-address-list.jsonl.gz",
        "javamail-mailbox.jsonl.gz",
        "javamail-content-type.jsonl",
        "javamail-content-disposition.jsonl",
        "javamail-multipart.jsonl",
        "javamail-message-addresses.jsonl",
        "javamail-crashes.jsonl",
    ],
)
def test_every_recorded_verdict_is_given(name: str) -> None:
    compared = 0
    wrong = []
    for record in _records(ORACLE / name):
        given = verdict(record["call"], record["input"], content_type=record.get("content_type"))
        compared += 1
        if given != _expected(record):
            wrong.append((record, given, given.parsed))
    assert compared > 0
    assert wrong == []


def test_what_is_no_text_is_told_by_its_type() -> None:
    value: Any = b"a@b.example"
    with pytest.raises(TypeError, match=r"^the value must be a str, not bytes$"):
        verdict("parse", value)
