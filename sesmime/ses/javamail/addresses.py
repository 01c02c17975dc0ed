"""The strict address grammar behind SES: lists, single addresses, domains."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sesmime.ses.javamail.mime import (
    TRIMMED,
    Closing,
    RefusalError,
    closing_angle,
    closing_bracket,
    closing_parenthesis,
    closing_quote,
    read_fields,
)


class CrashError(Exception):
    """JavaMail takes a piece of text that ends before it begins, and dies of it; `verdict` catches this too."""


class _Address(NamedTuple):
    """One result of the scan: an address, or the whole text of a group; and the display name."""

    text: str
    name: str | None = None


@dataclass(slots=True)
class _Item:
    """What the scan knows of the item it is in.

    The ranges of address and name are unset at first. `route`: an angle address was met. `phrase`: anything
    beyond a plain word was met.
    """

    start: int | None = None
    end: int | None = None
    name_start: int | None = None
    name_end: int | None = None
    route: bool = False
    phrase: bool = False

    def begin(self, here: int) -> None:
        """Let the address begin here if it has not begun."""
        if self.start is None:
            self.start = here


# Characters that mean something to the scan; others make an item longer.
_MARKS: Final = frozenset('()<>":;,[ \t\r\n')
_BLANKS: Final = frozenset(" \t\r\n")
_PLAIN: Final = re.compile(r'[^()<>":;,\[ \t\r\n]++')


def read_address_list(text: str) -> list[_Address]:
    """Scan an address list from left to right; the first error wins.

    QUIRK: nothing at all, commas, semicolons and comments alone are a list without addresses. RFC 5322
    section 3.4 wants one.
    """
    addresses: list[_Address] = []
    item = _Item()
    in_group = False
    at = 0
    while at < len(text):
        here, character = at, text[at]
        at += 1
        if character not in _MARKS:
            item.begin(here)
            plain = _PLAIN.match(text, here)
            assert plain is not None  # it begins with what is no mark
            at = plain.end()
            continue
        if character in _BLANKS:
            continue
        match character:
            case "(":
                at = _scan_comment(text, here, item)
            case ")":
                raise RefusalError("Missing '('", text, here)
            case "<":
                at = _scan_angle(text, here, item, in_group=in_group)
            case ">":
                raise RefusalError("Missing '<'", text, here)
            case '"':
                item.phrase = True
                item.begin(here)
                at = _after(closing_quote(text, at), "Missing '\"'", text)
            case "[":
                # QUIRK: a bracket begins no address, so what is in brackets before one is dropped.
                item.phrase = True
                at = _after(closing_bracket(text, at), "Missing ']'", text)
            case ":":
                item.phrase = True
                if in_group:
                    raise RefusalError("Nested group", text, here)
                item.begin(here)
                in_group = True
            case ";" | "," if item.start is None:
                # QUIRK: an empty item is skipped, and a comment in it can name the next.
                item.end = None
                item.route = item.phrase = False
            case ";" if not in_group:
                raise RefusalError("Illegal semicolon, not in group", text, here)
            case ";":
                # QUIRK: whatever is in a group passes here; validation looks at it.
                addresses.append(_Address(text[item.start : at].strip(TRIMMED)))
                item = _Item()
                in_group = False
            case "," if in_group:
                item.route = False
            case _:  # a comma
                addresses.append(_finish(text, item, here))
                item = _Item()
    if item.start is not None:
        # QUIRK: a group without its `;` is an address that holds a colon.
        addresses.append(_finish(text, item, len(text)))
    return addresses


def _after(closing: Closing, error: str, text: str) -> int:
    if not closing.found:
        raise RefusalError(error, text, closing.at)
    return closing.at + 1


def _scan_comment(text: str, here: int, item: _Item) -> int:
    """Skip the comment at `here`.

    QUIRK: it ends the address before it, whatever follows; and if there is no name yet, it is the name.
    """
    item.phrase = True
    if item.start is not None and item.end is None:
        item.end = here
    at = _after(closing_parenthesis(text, here + 1), "Missing ')'", text)
    if item.name_start is None:
        item.name_start = here + 1
    if item.name_end is None:
        item.name_end = at - 1
    return at


def _scan_angle(text: str, here: int, item: _Item, *, in_group: bool) -> int:
    """Skip the angle address at `here`: it is the address, and what stands before it the name, unchecked.

    QUIRK: what follows it up to the comma is dropped. Where only a comment stands before it, the beginning of
    the name is unset again and its end is not: a second comment then makes a name that ends before it begins.
    """
    item.phrase = True
    if item.route:
        raise RefusalError("Extra route-addr", text, here)
    closing = closing_angle(text, here + 1)
    at = _after(closing, "Missing '\"'" if closing.quoted else "Missing '>'", text)
    if not in_group:
        item.name_start = item.start
        if item.name_start is not None:
            item.name_end = here
        item.start = here + 1
    item.route = True
    item.end = at - 1
    return at


def _finish(text: str, item: _Item, here: int) -> _Address:
    """Cut address and name of an item that ends at `here`, and check the address."""
    address = text[item.start : here if item.end is None else item.end].strip(TRIMMED)
    name = ""
    if item.phrase and item.name_start is not None and item.name_end is not None:
        if item.name_end < item.name_start:
            raise CrashError
        name = _unquote(text[item.name_start : item.name_end].strip(TRIMMED))
    _check_address(address, route=item.route, validating=False)
    return _Address(address, name if name.strip(TRIMMED) else None)


_SHIELDED: Final = re.compile(r"\\(.)", re.DOTALL)


def _unquote(name: str) -> str:
    """Take the quotes off a name that begins and ends with one, and the backslashes inside.

    QUIRK: `"A" and "B"` is one quoted string for this. A lone quote, which only a comment can hold, kills.
    """
    if not (name.startswith('"') and name.endswith('"')):
        return name
    if name == '"':
        raise CrashError
    return _SHIELDED.sub(r"\1", name[1:-1])


_SPECIALS: Final = frozenset('()<>,;:\\"[]@')
_ROUTE_MARK: Final = re.compile("[,:]")

_PLAIN_LOCAL_PART: Final = re.compile(r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]++(?=@)")

# What ends the walk over a domain: a bracket, a dot before a dot, or a character that cannot be there.
_DOMAIN_STOP: Final = re.compile(r"[^0-9A-Za-z.-]|\.(?=\.)")


def _check_address(address: str, *, route: bool, validating: bool) -> None:
    """Check an address; `validating` adds three errors that the scan of a list lets pass.

    QUIRK: dots stand anywhere in the local part, labels begin and end with hyphens, nothing is too long (RFC
    5321 sections 4.1.2 and 4.5.3.1).
    """
    if not address:
        raise RefusalError("Empty address", address)
    start = _after_route(address) if route and address.startswith("@") else 0
    at_sign = _check_local_part(address, start, validating=validating)
    if at_sign is not None:
        _check_domain(address, at_sign + 1)
    elif validating:
        raise RefusalError("Missing final '@domain'", address)


def _after_route(address: str) -> int:
    """Skip a source route, `@a,@b:` (RFC 5321 appendix C); its domains are not looked at."""
    at = 0
    while mark := _ROUTE_MARK.search(address, at):
        if address[at] != "@":
            raise RefusalError("Illegal route-addr", address)
        at = mark.end()
        if mark[0] == ":":
            break
    return at


def _check_local_part(address: str, start: int, *, validating: bool) -> int | None:
    """Check the local part and give the place of the `@` that ends it, or None if none does.

    QUIRK: a backslash shields itself and the character after it, outside quotes too; as only the character
    just before is looked at, the second of two shields a third. A shielded `@` at the very end ends the local
    part.
    """
    # Most local parts are plain up to their @.
    plain = _PLAIN_LOCAL_PART.match(address, start)
    if plain is not None:
        return plain.end()
    quoted = False
    previous = ""
    for at in range(start, len(address)):
        character = address[at]
        if character == "\\" or previous == "\\":
            pass
        elif character == '"':
            if validating and not quoted and at:
                raise RefusalError("Quote not at start of local address", address)
            if validating and quoted and address[at + 1 : at + 2] not in ("", "@"):
                raise RefusalError("Quote not at end of local address", address)
            quoted = not quoted
        elif quoted:
            pass
        elif character == "@":
            if not at:
                raise RefusalError("Missing local name", address)
            return at
        elif not "!" <= character <= "~":
            raise RefusalError("Local address contains control or whitespace", address)
        elif character in _SPECIALS:
            raise RefusalError("Local address contains illegal character", address)
        previous = character
    if quoted:
        raise RefusalError("Unterminated quote", address)
    return len(address) - 1 if previous == "@" else None


def _check_domain(address: str, start: int) -> None:
    """Check the domain that begins at `start`.

    QUIRK: a bracket anywhere ends the check, so a domain literal passes, and whatever else follows a bracket.
    """
    if start == len(address):
        raise RefusalError("Missing domain", address)
    if address[start] == ".":
        raise RefusalError("Domain starts with dot", address)
    stop = _DOMAIN_STOP.search(address, start)
    if stop is None:
        if address.endswith("."):
            raise RefusalError("Domain ends with dot", address)
    elif stop[0] == ".":
        raise RefusalError("Domain contains dot-dot", address)
    elif not "!" <= stop[0] <= "~":
        raise RefusalError("Domain contains control or whitespace", address)
    elif stop[0] != "[":
        raise RefusalError("Domain contains illegal character", address)


def read_single(text: str) -> list[_Address]:
    addresses = read_address_list(text)
    if len(addresses) != 1:
        raise RefusalError("Illegal address", text)
    return addresses


def validate(addresses: list[_Address], described: list[dict[str, Any]]) -> None:
    """Refuse addresses of which one is not valid; `described` is what `describe` gives for them.

    QUIRK: the members of a group are read as a list, and not validated further.
    """
    for address, shape in zip(addresses, described, strict=True):
        if not shape["group"]:
            _check_address(address.text, route=True, validating=True)
        elif shape["members"] is None:
            # They were refused, or killed the parser, and are so again.
            read_address_list(_members(address.text) or "")


def _members(address: str) -> str | None:
    """Return the text between the first colon and the last semicolon of a group; None for what is no group.

    QUIRK: a group is whatever ends in a semicolon and has its first colon not at the beginning.
    """
    colon = address.find(":")
    return address[colon + 1 : -1] if colon > 0 and address.endswith(";") else None


def describe(addresses: list[_Address]) -> list[dict[str, Any]]:
    """Return addresses in the shape of `Verdict.parsed`.

    A group can stand among the members of another only by hiding its colon from the outer scan. Its own
    members are not read, so the work stays linear.
    """
    described = []
    for address in addresses:
        shape = _describe_one(address)
        described.append(shape)
        members = _members(address.text) if shape["group"] else None
        if members is None:
            continue
        try:
            shape["members"] = [_describe_one(member) for member in read_address_list(members)]
        except RefusalError as refused:
            shape |= {"members": None, "members_error": refused.text}
        except CrashError:
            shape |= {"members": None, "members_error": None}
    return described


def _describe_one(address: _Address) -> dict[str, Any]:
    return {"address": address.text, "personal": address.name, "group": _members(address.text) is not None}


def read_from(section: str) -> list[dict[str, Any]] | None:
    """Read the From field, or the Sender field if there is none (section 2)."""
    fields = read_fields(section)
    bodies = fields.get("from", fields.get("sender"))
    return None if bodies is None else describe(read_address_list(",".join(bodies)))


def read_recipients(section: str) -> list[dict[str, Any]] | None:
    """Read the To, Cc and Bcc fields, in this order (section 2)."""
    fields = read_fields(section)
    lists = [read_address_list(",".join(fields[name])) for name in ("to", "cc", "bcc") if name in fields]
    return [shape for addresses in lists for shape in describe(addresses)] if lists else None
