"""Laws of the strict parser, and a slow second reading of facts/javamail-grammar.md to compare it with.

The second reading walks over characters one by one, as the page is written, and shares nothing with the module:
no patterns, no jumps, no classes. It was written from the page, each function under the page's words.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sesmime.ses.javamail import Verdict, verdict

ADDRESS_CALLS = ("parse", "parse+validate", "single", "single+validate")

# Pieces that mean something somewhere, beside all characters that do.
ADDRESS_PIECES = st.sampled_from(
    [
        *' \t\r\n()<>,;:\\"[]@.a-_\x00\x7f\xe9',
        "a@b.com",
        "Joe ",
        '"Q. X"',
        "<a@b>",
        "(c)",
        '(")',
        "g:",
        "@a,@b:",
        "\\\\",
        "\U0001f600",
    ]
)
FIELD_PIECES = st.sampled_from(
    [
        *' \t\r\n()<>@,;:\\"/[]?=.a\x00\x7f\xe9',
        "text/plain",
        "; name=",
        '"a b"',
        "(c)",
        "attachment",
        "; A=b",
        "*0*=",
        "\U0001f600",
    ]
)
BODY_PIECES = st.sampled_from(
    [*"-x \t\r\n", "\r\n", "\r\r\n", "--x", "--x--", "\r\n--x\r\n", "\n\n", "\r\n\r\n", "-----", "A: b", "\n--x \t\n"]
)
SECTION_PIECES = st.sampled_from(
    ["From", "to", "Cc", "Bcc", "Sender", "X", ":", ": ", " ", "\t", "\r\n", "\n", "\r", "a@b", "c;", ",", '"']
)
ANY_TEXT = st.text(st.characters(exclude_categories=[]))


def joined(pieces: st.SearchStrategy[str], size: int = 25) -> st.SearchStrategy[str]:
    return st.lists(pieces, max_size=size).map("".join)


ADDRESS_LISTS = joined(ADDRESS_PIECES) | ANY_TEXT
FIELD_BODIES = joined(FIELD_PIECES) | joined(FIELD_PIECES).map("text/plain".__add__) | ANY_TEXT
BODIES = joined(BODY_PIECES, 60)
CONTENT_TYPES = st.sampled_from(["m/x; boundary=x", "m/x", 'm/x; boundary=""', "m/x; boundary=-", 'm/x; boundary="x "'])
VALID_ADDRESSES = st.from_regex(r"[A-Za-z0-9.!#+_-]{1,9}@[A-Za-z0-9-]{1,5}(\.[a-z]{1,4}){0,2}", fullmatch=True)


# --- The second reading -------------------------------------------------------------------------------------------


class RefusalError(Exception):
    """The text of a refusal."""


class CrashError(Exception):
    """An array index out of bounds."""


def code_units(text: str) -> str:
    """Strings are UTF-16 in Java."""
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(units[k] << 8 | units[k + 1]) for k in range(0, len(units), 2))


def whole(data: Any) -> Any:
    """Undo `code_units` in all texts of a result."""
    if isinstance(data, str):
        return data.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
    if isinstance(data, (list, tuple)):
        return type(data)(whole(item) for item in data)
    if isinstance(data, dict):
        return {name: whole(item) for name, item in data.items()}
    return data


def trim(text: str) -> str:
    """Drop from both ends every character up to U+0020, so controls too."""
    while text and text[0] <= " ":
        text = text[1:]
    while text and text[-1] <= " ":
        text = text[:-1]
    return text


def find_closer(s: str, i: int, closer: str) -> int | None:
    while i < len(s):
        if s[i] == closer:
            return i
        i += 2 if s[i] == "\\" else 1
    return None


def slow_list(s: str) -> list[tuple[str, str | None]]:
    """Section 3, row by row of its table of characters."""
    out: list[tuple[str, str | None]] = []
    start = end = ps = pe = -1
    route = phrase = group = False

    def finish(here: int) -> None:
        stop = here if end == -1 else end
        name = None
        if phrase and ps != -1:
            if pe < ps:
                raise CrashError
            name = trim(s[ps:pe])
            if name == '"':
                raise CrashError
            if name[:1] == '"' and name[-1:] == '"':
                inner, name, k = name[1:-1], "", 0
                while k < len(inner):
                    if inner[k] == "\\" and k + 1 < len(inner):
                        k += 1
                    name += inner[k]
                    k += 1
            name = name if trim(name) else None
        address = trim(s[start:stop])
        slow_check(address, route, False)
        out.append((address, name))

    i = 0
    while i < len(s):
        c = s[i]
        if c == "(":
            phrase = True
            if start != -1 and end == -1:
                end = i
            first, depth = i + 1, 1
            while depth:
                i += 1
                if i >= len(s):
                    raise RefusalError("Missing ')'")
                if s[i] == "\\":
                    i += 1
                elif s[i] == "(":
                    depth += 1
                elif s[i] == ")":
                    depth -= 1
            ps = first if ps == -1 else ps
            pe = i if pe == -1 else pe
        elif c == ")":
            raise RefusalError("Missing '('")
        elif c == "<":
            phrase = True
            if route:
                raise RefusalError("Extra route-addr")
            k, inside = i + 1, False
            while k < len(s) and (inside or s[k] != ">"):
                if s[k] == '"':
                    inside = not inside
                k += 2 if s[k] == "\\" else 1
            if k >= len(s):
                raise RefusalError("Missing '\"'" if inside else "Missing '>'")
            if not group:
                ps = start
                if ps != -1:
                    pe = i
                start = i + 1
            route, end, i = True, k, k
        elif c == ">":
            raise RefusalError("Missing '<'")
        elif c == '"':
            phrase = True
            start = i if start == -1 else start
            closer = find_closer(s, i + 1, '"')
            if closer is None:
                raise RefusalError("Missing '\"'")
            i = closer
        elif c == "[":
            phrase = True
            closer = find_closer(s, i + 1, "]")
            if closer is None:
                raise RefusalError("Missing ']'")
            i = closer
        elif c == ":":
            phrase = True
            if group:
                raise RefusalError("Nested group")
            start = i if start == -1 else start
            group = True
        elif c in ";," and start == -1:
            route = phrase = False
            end = -1
        elif c == ";":
            if not group:
                raise RefusalError("Illegal semicolon, not in group")
            group = False
            out.append((trim(s[start : i + 1]), None))
            start = end = ps = pe = -1
            route = phrase = False
        elif c == ",":
            if group:
                route = False
            else:
                finish(i)
                start = end = ps = pe = -1
                route = phrase = False
        elif c not in " \t\r\n" and start == -1:
            start = i
        i += 1
    if start != -1:
        finish(len(s))
    return out


def slow_check(addr: str, route: bool, validating: bool) -> None:
    """Section 4, step by step."""
    if addr == "":
        raise RefusalError("Empty address")
    p = 0
    if route and addr[0] == "@":
        while True:
            marks = [k for k in range(p, len(addr)) if addr[k] in ",:"]
            if not marks:
                break
            if addr[p] != "@":
                raise RefusalError("Illegal route-addr")
            p = marks[0] + 1
            if addr[marks[0]] == ":":
                break
    quoted, looked_at, i = False, "", p
    while i < len(addr):
        prev, looked_at = looked_at, addr[i]
        if looked_at != "\\" and prev != "\\":
            if looked_at == '"':
                if validating and not quoted and i != 0:
                    raise RefusalError("Quote not at start of local address")
                if validating and quoted and i + 1 < len(addr) and addr[i + 1] != "@":
                    raise RefusalError("Quote not at end of local address")
                quoted = not quoted
            elif not quoted:
                if looked_at == "@":
                    if i == 0:
                        raise RefusalError("Missing local name")
                    break
                if looked_at <= " " or looked_at >= "\x7f":
                    raise RefusalError("Local address contains control or whitespace")
                if looked_at in '()<>,;:\\"[]@':
                    raise RefusalError("Local address contains illegal character")
        i += 1
    if quoted:
        raise RefusalError("Unterminated quote")
    if looked_at != "@":
        if validating:
            raise RefusalError("Missing final '@domain'")
        return
    domain = addr[i + 1 :]
    if not domain:
        raise RefusalError("Missing domain")
    if domain[0] == ".":
        raise RefusalError("Domain starts with dot")
    for k, c in enumerate(domain):
        if c == "[":
            return
        if c <= " " or c >= "\x7f":
            raise RefusalError("Domain contains control or whitespace")
        if not (c.isalnum() or c in "-."):
            raise RefusalError("Domain contains illegal character")
        if c == "." and k and domain[k - 1] == ".":
            raise RefusalError("Domain contains dot-dot")
    if domain[-1] == ".":
        raise RefusalError("Domain ends with dot")


def slow_addresses(call: str, s: str) -> str | list[tuple[str, str | None]] | None:
    """Section 5: the error, or the addresses and names, or None for a crash."""
    try:
        out = slow_list(s)
        if call.startswith("single") and len(out) != 1:
            return "Illegal address"
        if call.endswith("validate"):
            for text, _ in out:
                if text.endswith(";") and text.find(":") >= 1:
                    slow_list(text[text.index(":") + 1 : -1])
                else:
                    slow_check(text, True, True)
    except RefusalError as refusal:
        return str(refusal)
    except CrashError:
        return None
    return out


def slow_tokens(s: str) -> list[tuple[str, str]]:
    """Section 6: kind and value of each token; an error is the last token, of kind `error`."""
    out: list[tuple[str, str]] = []
    i = 0
    while True:
        while i < len(s) and s[i] in " \t\r\n(":
            if s[i] == "(":
                depth = 1
                while depth:
                    i += 1
                    if i >= len(s):
                        return [*out, ("error", "Unbalanced comments")]
                    if s[i] == "\\":
                        i += 1
                    elif s[i] in "()":
                        depth += 1 if s[i] == "(" else -1
            i += 1
        if i >= len(s):
            return [*out, ("end", "null"), ("end", "null")]
        if s[i] == '"':
            closer = find_closer(s, i + 1, '"')
            if closer is None:
                return [*out, ("error", "Unbalanced quoted string")]
            value, k = "", i + 1
            while k < closer:
                if s[k] == "\\":
                    value += s[k + 1]
                    k += 2
                elif s[k] == "\r":
                    k += 2 if s[k + 1] == "\n" else 1
                else:
                    value += s[k]
                    k += 1
            out.append(("quoted", value))
            i = closer + 1
        elif s[i] < " " or s[i] >= "\x7f" or s[i] in '()<>@,;:\\"/[]?=':
            out.append((s[i], s[i]))
            i += 1
        else:
            value = ""
            while i < len(s) and " " < s[i] < "\x7f" and s[i] not in '()<>@,;:\\"/[]?=':
                value += s[i]
                i += 1
            out.append(("atom", value))


def slow_field(call: str, s: str) -> str | dict[str, Any]:
    """Section 7: the error, or what was read."""
    given = iter(slow_tokens(s))

    def following() -> tuple[str, str]:
        kind, value = next(given)
        if kind == "error":
            raise RefusalError(value)
        return kind, value

    def want(kind: str, wanted: str, quote: str) -> str:
        found, value = following()
        if found not in kind.split():
            raise RefusalError(f"Expected {wanted}, got {quote}{value}{quote}")
        return value

    read: dict[str, Any] = {}
    try:
        if call == "content-type":
            read["type"] = want("atom", "MIME type", "")
            want("/", "'/'", "")
            read["subtype"] = want("atom", "MIME subtype", "")
        else:
            read["disposition"] = want("atom", "disposition", "")
        params: dict[str, str] = {}
        while True:
            kind, value = following()
            if kind == "end":
                break
            if kind != ";":
                raise RefusalError(f"Expected ';', got \"{value}\"")
            kind, value = following()
            if kind == "end":
                break
            if kind != "atom":
                raise RefusalError(f'Expected parameter name, got "{value}"')
            want("=", "'='", '"')
            params[value.lower()] = want("atom quoted", "parameter value", '"')
    except RefusalError as refusal:
        return str(refusal)
    return {**read, "params": [[name, value] for name, value in params.items()]}


def line_at(s: str, i: int) -> tuple[str, int]:
    """Section 2: the line that begins at `i`, which ends at LF, CR, CRLF or CR CR LF, and where the next begins."""
    k = i
    while k < len(s) and s[k] not in "\r\n":
        k += 1
    for end in ("\r\r\n", "\r\n", "\r", "\n"):
        if s.startswith(end, k):
            return s[i:k], k + len(end)
    return s[i:k], k


def slow_parts(boundary: str | None, s: str) -> str | tuple[int, bool]:
    """Section 8, with what the recorded verdicts show of the lines between parts."""
    delimiter = None if boundary is None else "--" + boundary
    i = 0
    while True:
        if i >= len(s):
            return "Missing start boundary"
        line, i = line_at(s, i)
        line = line.rstrip(" \t")
        if delimiter is None:
            if len(line) > 2 and line[:2] == "--" and not (len(line) >= 5 and set(line) == {"-"}):
                delimiter = line
                break
        elif line == delimiter:
            break
        elif line == delimiter + "--":
            return "Missing start boundary"
    parts = 0
    while True:
        parts += 1
        line = "x"
        while line:
            line, i = line_at(s, i)
        first = i
        while True:
            if i >= len(s):
                return parts, False
            if s[i:].startswith(delimiter) and (i == first or s[i - 1] in "\r\n"):
                rest = s[i + len(delimiter) :]
                if rest[:2] == "--":
                    return parts, True
                rest = rest.lstrip(" \t")
                if rest[:1] in ("\r", "\n"):
                    i = len(s) - len(rest) + (2 if rest[:2] == "\r\n" else 1)
                    break
            i += 1


def outcome(given: Verdict) -> Any:
    """Bring a verdict on addresses into the shape of the second reading."""
    if given.unpredictable:
        return None
    if given.error is not None:
        return given.error
    return [(address["address"], address["personal"]) for address in given.parsed]


# --- The laws -----------------------------------------------------------------------------------------------------


class TestAddressLists:
    """Scan left to right, one pass, first error wins. (facts/javamail-grammar.md, section 3)"""

    @given(st.sampled_from(ADDRESS_CALLS), ADDRESS_LISTS)
    def test_the_second_reading_agrees(self, call: str, value: str) -> None:
        assert outcome(verdict(call, value)) == whole(slow_addresses(call, code_units(value)))

    @given(ADDRESS_LISTS)
    def test_what_parse_refuses_validation_and_single_refuse_alike(self, value: str) -> None:
        parsed = verdict("parse", value)
        if parsed.parsed is None:
            for call in ADDRESS_CALLS:
                assert verdict(call, value) == parsed

    @given(ADDRESS_LISTS)
    def test_single_is_parse_with_one_result(self, value: str) -> None:
        """`single`: parse the list; count other than 1: `Illegal address` (reference: whole input)."""
        parsed = verdict("parse", value)
        if parsed.parsed is not None and len(parsed.parsed) != 1:
            for call in ("single", "single+validate"):
                assert verdict(call, value) == Verdict("Illegal address", reference=value)
        else:
            assert verdict("single", value) == parsed
            assert verdict("single+validate", value) == verdict("parse+validate", value)

    @given(ADDRESS_LISTS)
    def test_a_verdict_is_an_error_or_a_result_or_a_crash(self, value: str) -> None:
        for call in ADDRESS_CALLS:
            given_ = verdict(call, value)
            assert (given_.error is not None) + (given_.parsed is not None) + given_.unpredictable == 1
            assert (given_.reference is not None) == (given_.error is not None)
            if given_.position is not None:
                assert given_.reference is not None
                assert 0 <= given_.position <= len(given_.reference.encode("utf-16-le", "surrogatepass")) // 2 + 1

    @given(st.lists(VALID_ADDRESSES, max_size=5))
    def test_plain_addresses_come_back_in_order(self, addresses: list[str]) -> None:
        parsed = verdict("parse+validate", ", ".join(addresses)).parsed
        assert parsed == [{"address": address, "personal": None, "group": False} for address in addresses]

    @given(VALID_ADDRESSES, st.text("ab .-@[]()\"'", max_size=9))
    def test_junk_after_the_angle_is_dropped_if_it_balances(self, address: str, junk: str) -> None:
        """`Joe <a@b.com> junk`: accepted, junk dropped; but its delimiters must balance."""
        given_ = verdict("parse+validate", f"Joe <{address}> {junk}")
        if given_.error is None:
            assert given_.parsed == [{"address": address, "personal": "Joe", "group": False}]
        else:
            assert given_.error in ("Missing '('", "Missing ')'", "Missing '\"'", "Missing ']'")

    @given(st.lists(VALID_ADDRESSES, min_size=1, max_size=4), st.sampled_from([",", " ,", ",,", ";", " ; ,"]))
    def test_empty_items_before_the_first_change_nothing(self, addresses: list[str], empty: str) -> None:
        value = ",".join(addresses)
        assert verdict("parse", empty + value) == verdict("parse", value)

    @given(ADDRESS_LISTS)
    def test_members_of_a_group_are_read_as_a_list(self, value: str) -> None:
        """The part between the first `:` and the final `;` is parsed as a list."""
        for address in verdict("parse", value).parsed or ():
            if address["group"]:
                text = address["address"]
                members = verdict("parse", text[text.index(":") + 1 : -1])
                assert address.get("members_error") == members.error
                shapes = members.parsed and [{**m, "members": None, "members_error": None} for m in members.parsed]
                expected = [{**m, "members": None, "members_error": None} for m in address["members"] or ()]
                assert (shapes or []) == expected

    @given(joined(ADDRESS_PIECES).filter(lambda value: value.isascii() and "\\" not in value), st.integers(0, 25))
    def test_a_character_outside_the_bmp_counts_twice(self, value: str, place: int) -> None:
        """Strings are UTF-16 in Java; outside the BMP positions differ from Python's, verdicts do not.

        Not so after a backslash, which shields but the first half of such a character.
        """
        one = verdict("parse", value[:place] + "\xe9" + value[place:])
        two = verdict("parse", value[:place] + "\U0001f600" + value[place:])
        assert one.error == two.error
        if one.position is not None and two.position is not None:
            assert two.position - one.position in (0, 1)


class TestFieldBodies:
    """Loop over tokens. (facts/javamail-grammar.md, sections 6 and 7)"""

    @given(st.sampled_from(["content-type", "content-disposition"]), FIELD_BODIES)
    def test_the_second_reading_agrees(self, call: str, value: str) -> None:
        given_ = verdict(call, value)
        assert (given_.error or given_.parsed) == whole(slow_field(call, code_units(value)))

    @given(FIELD_BODIES)
    def test_both_fields_share_their_parameters(self, value: str) -> None:
        content_type = verdict("content-type", "a/b;" + value)
        disposition = verdict("content-disposition", "a;" + value)
        assert content_type.error == disposition.error
        if content_type.parsed is not None:
            assert content_type.parsed["params"] == disposition.parsed["params"]

    @given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])))
    def test_any_text_passes_in_quotes(self, value: str) -> None:
        """Inside quotes all but `"` are accepted."""
        quoted = "".join(f"\\{character}" for character in value)
        given_ = verdict("content-disposition", f'attachment; filename="{quoted}"')
        assert given_.parsed["params"] == [["filename", value]]


class TestMultiparts:
    """Walk the lines, trimming trailing blanks and tabs only. (facts/javamail-grammar.md, section 8)"""

    @given(CONTENT_TYPES, BODIES)
    def test_the_second_reading_agrees(self, content_type: str, body: str) -> None:
        given_ = verdict("count-parts", body, content_type=content_type)
        boundary = dict(verdict("content-type", content_type).parsed["params"]).get("boundary")
        counted = given_.parsed and (given_.parsed["parts"], given_.parsed["complete"])
        assert (given_.error or counted) == slow_parts(boundary, body)

    @given(st.lists(st.text("ab \n", max_size=9), min_size=1), st.sampled_from(["\r\n", "\n", "\r"]))
    def test_written_parts_are_counted_under_any_line_end(self, parts: list[str], line_end: str) -> None:
        lines = "".join(f"--x\nA: b\n\n{part}\n" for part in parts) + "--x--\n"
        given_ = verdict("count-parts", lines.replace("\n", line_end), content_type="multipart/mixed; boundary=x")
        assert given_.parsed == {"parts": len(parts), "complete": True}

    @given(FIELD_BODIES, BODIES)
    def test_errors_of_the_content_type_come_first(self, content_type: str, body: str) -> None:
        expected = verdict("content-type", content_type).error
        if expected is not None:
            assert verdict("count-parts", body, content_type=content_type).error == expected


class TestHeaderSections:
    """Repeated fields are joined with a bare `,`. (facts/javamail-grammar.md, section 2)"""

    @given(joined(SECTION_PIECES, 40) | ANY_TEXT)
    def test_nothing_is_raised(self, section: str) -> None:
        for call in ("getFrom", "getAllRecipients"):
            given_ = verdict(call, section)
            assert given_.error is None or given_.parsed is None

    @given(st.lists(joined(ADDRESS_PIECES, 6).filter(lambda body: not set(body) & set("\r\n")), min_size=1, max_size=3))
    def test_repeated_fields_are_one_list(self, bodies: list[str]) -> None:
        section = "".join(f"From: {body}\r\n" for body in bodies)
        assert verdict("getFrom", section) == verdict("parse", ",".join(body.lstrip(" \t") for body in bodies))
