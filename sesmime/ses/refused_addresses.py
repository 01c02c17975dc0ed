"""What is wrong with an address that the strict grammar of SES refuses, in plain words, and the one thing to do.

A text of that grammar tells where its parser stopped; the reason and the remedy here look at what stands there, so that
nobody is told to quote a display name where a blank is too many. Invisible characters are named by their code point.
The texts: facts E.2 rows 25 to 36, E.4.
"""

from __future__ import annotations

from collections.abc import Callable

from sesmime.errors import by_unicode_14, masked_by_unicode_14, quoted
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern
from sesmime.mime.values import NamedTuple
from sesmime.mime.words import ENCODED_WORD


class Explained(NamedTuple):
    """Why an address is refused, and what to do."""

    reason: str
    remedy: str


DEFAULT_REMEDY: Final = "write it as local-part@domain, or as Display Name <local-part@domain>"
QUOTE_THE_NAME: Final = "put quotes around the display name"
_ANGLE_BRACKETS: Final = "put angle brackets around the address"
_NAME_CUT: Final = "a comma in a display name without quotes ends it"
_MOST: Final = 3
_MOST_CHARACTERS: Final = 2_000
# Beside those that Unicode calls controls, formats and spaces: fillers, variation selectors, an empty Braille pattern.
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0").union(map(chr, range(0xFE00, 0xFE10)))
_INVISIBLE: Final = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
# A word, or a few, that an address in angle brackets follows, with a comma between: a display name that lacks quotes.
_NAME_WITH_COMMA: Final = lazy_pattern(r"[^<>@\",]*+,[^<>@\"]*+<[^<>@]*+@[^<>]*+>")
_AT_IN_WORDS: Final = lazy_pattern(r"[(\[{ ](?:at|AT|At)[)\]} ]")
_BRACKETED: Final = lazy_pattern(r"<([^<>]*+)>")


def explained(error: str, reference: str, text: str) -> Explained:
    r"""Explain a refusal of the strict grammar.

    `reference` is what it is about, one address or the whole list; `text` is all that was given, of which the beginning
    is looked at.

    >>> explained("Domain ends with dot", "a@b.example.", "a@b.example.").remedy
    'remove the dot at the end'
    >>> explained("Domain contains control or whitespace", "a@b.example\u200b", "a@b.example\u200b").remedy
    'remove the invisible character U+200B'
    """
    look = _LOOKS.get(error)
    if look is not None:
        return look(reference, text[:_MOST_CHARACTERS])
    return _PLAIN.get(error, Explained(error, DEFAULT_REMEDY))


_PLAIN: Final = {
    "Empty address": Explained("the angle brackets are empty", "write an address between the angle brackets"),
    "Illegal route-addr": Explained(
        "its source route is malformed", "write only the address between the angle brackets"
    ),
    "Quote not at start of local address": Explained(
        "the local part has a quote in the middle", "remove the quotes from the part before the @"
    ),
    "Unterminated quote": Explained("a quote is not closed", "write the closing quote"),
    "Missing local name": Explained("it has no local part before the @", "write the part before the @"),
    "Missing domain": Explained("it has no domain after the @", "write the domain after the @"),
    "Domain starts with dot": Explained("the domain begins with a dot", "remove the dot after the @"),
    "Domain ends with dot": Explained("the domain ends with a dot", "remove the dot at the end"),
    "Domain contains dot-dot": Explained("the domain has two dots in a row", "remove one of the two dots"),
    "Missing ')'": Explained("a comment is not closed", "close the comment with a parenthesis"),
    "Missing '('": Explained("a closing parenthesis has no opening one", "remove the closing parenthesis"),
    "Missing '>'": Explained("an angle bracket is not closed", "write > after the address"),
    "Missing ']'": Explained("a square bracket is not closed", "write the closing square bracket"),
    "Nested group": Explained(
        "a group contains a colon; a display name with a colon needs quotes", "put quotes around the name with a colon"
    ),
}


# What stands in a part of an address and may not


def _code_points(characters: str) -> str:
    """Name characters by their code points, each once, the first few."""
    names = [f"U+{ord(one):04X}" for one in dict.fromkeys(characters)]
    return " and ".join((", ".join(names[:_MOST][:-1]), names[:_MOST][-1])) if len(names) > 1 else names[0]


def _invisible(text: str) -> Explained | None:
    """Look for characters that nobody sees: controls, and format and space characters beyond ASCII."""
    if text.isascii() and text.isprintable():
        return None
    from unicodedata import category  # a start can do without

    hidden = "".join(
        one
        for one in masked_by_unicode_14(text)
        if one not in _BLANKS and (category(one) in _INVISIBLE or one in _FILLERS)
    )
    if not hidden:
        return None
    what = "control" if hidden.isascii() else "invisible"
    characters = f"{what} character{'s' if len(set(hidden)) > 1 else ''} {_code_points(hidden)}"
    return Explained(characters, f"remove the {characters}")


def _blank(text: str) -> str:
    """Name the first blank of a text."""
    first = next(one for one in text if one in " \t\r\n")
    return {" ": "space", "\t": "tab"}.get(first, "line break")


def _has_blank(text: str) -> bool:
    return not _BLANKS.isdisjoint(text)


_BLANKS: Final = frozenset(" \t\r\n")


def _is_clean(text: str) -> bool:
    """Whether a text has nothing that the strict grammar calls control or whitespace."""
    return all("!" <= one <= "~" for one in text)


def _blank_in_local_part(reference: str, text: str) -> Explained:
    local, at, _ = reference.partition("@")
    if _is_clean(local):
        # The first @ stands in quotes, or behind a backslash.
        behind = reference.rpartition("@")[0]
        local = reference if _is_clean(behind) else behind
    hidden = _invisible(local)
    if hidden is not None:
        return Explained(f"the local part contains the {hidden.reason}", hidden.remedy)
    if not _has_blank(local):
        return Explained("the local part is not ASCII", "use another address: SES accepts only ASCII local parts")
    if not at:
        if _NAME_WITH_COMMA.search(text):
            return Explained(_NAME_CUT, QUOTE_THE_NAME)
        if _AT_IN_WORDS.search(reference):
            return Explained("it has no @ followed by a domain", "write @ in place of the word")
        return Explained("it has no @ followed by a domain", "add the address, in angle brackets, after the name")
    blank, words = _blank(local), local.split()
    if "<" in local:
        return Explained("there is an angle bracket in a display name without quotes", QUOTE_THE_NAME)
    if len(words) < 2:
        return Explained(f"there is a {blank} before the @", f"remove the {blank} before the @")
    reason = f"the local part contains a {blank}"
    if len(words) > 2 or words[0] != by_unicode_14(str.lower, words[0]):
        return Explained(reason, _ANGLE_BRACKETS)
    return Explained(reason, f"remove the {blank} from the part before the @")


def _blank_in_domain(reference: str, text: str) -> Explained:
    domain = reference.partition("@")[2]
    hidden = _invisible(domain)
    if hidden is not None:
        return Explained(f"the domain contains the {hidden.reason}", hidden.remedy)
    if not _has_blank(domain):
        return Explained("the domain is not ASCII", "write the domain in Punycode (xn--)")
    blank = _blank(domain)
    reason = f"the domain contains a {blank}"
    if domain[0] in _BLANKS:
        return Explained(f"there is a {blank} after the @", f"remove the {blank} after the @")
    if "@" in domain:
        return Explained(reason, "put a comma between the addresses")
    first = domain.split()[0]
    if "." in first.strip(".") and not first.endswith("."):
        return Explained("text follows the domain", "remove the text after the address")
    return Explained(reason, f"remove the {blank} from the domain")


def _character_in_domain(reference: str, text: str) -> Explained:
    _, _, domain = reference.partition("@")
    if ENCODED_WORD.search(reference):
        return Explained("an encoded word contains the address", "write the address outside the encoded word")
    if "@" in domain:
        return Explained("it has more than one @", "write the address with one @")
    held = "".join(dict.fromkeys(one for one in domain if not (one.isalnum() and one.isascii()) and one not in ".-"))
    if held == "'" and reference.startswith("'"):
        return Explained("it stands between apostrophes", "remove the apostrophes around the address")
    named = " ".join(quoted(one, 10) for one in held[:_MOST])
    reason = "the domain contains a character other than letters, digits, hyphens and dots"
    if held and domain.endswith(held):
        return Explained(f"{reason}: {named}", f"remove {named} from the end of the domain")
    return Explained(
        f"{reason}: {named}" if held else reason, f"write the domain without {named}" if held else _CORRECT
    )


_CORRECT: Final = "use only letters, digits, hyphens and dots in the domain"


def _character_in_local_part(reference: str, text: str) -> Explained:
    local = reference.partition("@")[0]
    if local.lower().startswith("mailto:"):
        return Explained("it begins with mailto:", "remove mailto: before the address")
    if "<" in local and ":" in local.partition("<")[0]:
        return Explained("a colon in a display name without quotes begins a group", QUOTE_THE_NAME)
    if "<" in local:
        return Explained("an angle bracket is opened twice", "remove the second opening angle bracket")
    held = "".join(dict.fromkeys(one for one in local if one in '()<>,;:\\"[]@'))
    named = " ".join(quoted(one, 10) for one in held[:_MOST])
    reason = "the local part contains a character that must be quoted"
    if not held:
        return Explained(reason, "put quotes around the part before the @")
    return Explained(f"{reason}: {named}", f"write the part before the @ without {named}")


def _after_quote(reference: str, text: str) -> Explained:
    rest = reference.rpartition('"')[2]
    remedy = _ANGLE_BRACKETS if rest[:1].isspace() else "put quotes around the whole part before the @"
    return Explained("the closing quote is not followed by @", remedy)


# What an address lacks

_COMMA_FOR_DOT: Final = lazy_pattern(r"@[\w-]{1,63}, ?[a-z]{2,20}\s*(?:,|$)")
_COMMA_IN_DOMAIN: Final = Explained(
    "a comma stands in its domain in place of a dot", "write a dot in place of the comma"
)


def _no_domain(reference: str, text: str) -> Explained:
    reason = "it has no @ followed by a domain"
    stripped = reference.strip()
    if stripped.startswith('"') and "@" in stripped:
        return Explained("quotes stand around the whole address", "remove the quotes around the address")
    if "\\@" in stripped:
        return Explained("a backslash stands before the @", "remove the backslash before the @")
    if _AT_IN_WORDS.search(text) and "@" not in text:
        return Explained(reason, "write @ in place of the word")
    if "," in text:
        if _NAME_WITH_COMMA.search(text):
            return Explained(_NAME_CUT, QUOTE_THE_NAME)
        if "." not in stripped and _COMMA_FOR_DOT.search(masked_by_unicode_14(text)):
            return _COMMA_IN_DOMAIN
    return Explained(reason, "add @ and the domain")


def _not_one_address(reference: str, text: str) -> Explained:
    reason = "it is not exactly one address"
    stripped = text.strip(" \t\r\n")
    if not stripped:
        return Explained("there is no address", "write an address")
    if stripped.endswith(";") and ":" in stripped:
        return Explained("it is a group", "give each address of the group by itself")
    if _NAME_WITH_COMMA.match(stripped):
        return Explained(_NAME_CUT, QUOTE_THE_NAME)
    if stripped[0] == "," or stripped[-1] == ",":
        return Explained("a comma stands beside it", "remove the comma")
    if _COMMA_FOR_DOT.search(masked_by_unicode_14(stripped)):
        return _COMMA_IN_DOMAIN
    if "," in stripped:
        return Explained(reason, "give each address by itself")
    return Explained(reason, DEFAULT_REMEDY)


# What comes in pairs


def _no_opening_bracket(reference: str, text: str) -> Explained:
    reason = "a closing angle bracket has no opening one"
    is_second = text.count(">") > text.count("<") > 0
    return Explained(reason, "remove the second closing angle bracket" if is_second else "write < before the address")


def _no_closing_quote(reference: str, text: str) -> Explained:
    before = text[: text.rfind('"')].rstrip()
    begins = not before or before[-1] in ",;:<"
    return Explained(
        "a quote is not closed", "write the closing quote" if begins else "remove the quote that has no pair"
    )


def _second_brackets(reference: str, text: str) -> Explained:
    held = _BRACKETED.findall(text)
    if held and all("@" in one for one in held):
        return Explained(
            "there is no comma between two addresses in angle brackets", "put a comma between the addresses"
        )
    return Explained("there are angle brackets in a display name without quotes", QUOTE_THE_NAME)


def _semicolon(reference: str, text: str) -> Explained:
    # What is written last of all, as some address books do, separates nothing.
    if text.rstrip(" \t\r\n").find(";") == len(text.rstrip(" \t\r\n")) - 1:
        return Explained("a semicolon ends the list", "remove the semicolon")
    if "@" not in text.partition(";")[0] and text.count("@") == 1:
        return Explained("there is a semicolon in a display name without quotes", QUOTE_THE_NAME)
    return Explained("there is a semicolon instead of a comma between addresses", "put commas between the addresses")


_LOOKS: Final[dict[str, Callable[[str, str], Explained]]] = {
    "Local address contains control or whitespace": _blank_in_local_part,
    "Domain contains control or whitespace": _blank_in_domain,
    "Domain contains illegal character": _character_in_domain,
    "Local address contains illegal character": _character_in_local_part,
    "Quote not at end of local address": _after_quote,
    "Missing final '@domain'": _no_domain,
    "Illegal address": _not_one_address,
    "Missing '<'": _no_opening_bracket,
    "Missing '\"'": _no_closing_quote,
    "Extra route-addr": _second_brackets,
    "Illegal semicolon, not in group": _semicolon,
}


# Defects that our reader sees and the strict grammar does not

_REMEDIES: Final = {
    "unclosed-quote": "write the closing quote",
    "unclosed-comment": "close the comment with a parenthesis",
    "unclosed-literal": "write the closing square bracket",
    "unclosed-angle": "write > after the address",
    "unclosed-group": "write a semicolon after the group",
    "unnamed-group": "write a name before the colon, or remove the colon and the semicolon",
    "several-at-signs": "write the address with one @",
    "no-at-sign": "add @ and the domain",
    "empty-address": "write an address between the angle brackets",
    "misplaced-dot": "remove the dot that is too many",
    "blank-in-address": "remove the space from the address",
    "several-angle-addresses": "put a comma between the addresses",
    "text-after-group": "remove the text after the group",
    "text-after-address": "remove the text after the closing angle bracket",
    "nested-group": "write the inner group's addresses without its name",
    "control-character": "remove the control character",
    "control-in-display-name": "remove the control character",
    "at-sign-in-display-name": QUOTE_THE_NAME,
    "unquoted-special": QUOTE_THE_NAME,
    "special-in-encoded-word": "encode the display name again",
    "unsafe-encoded-word": "encode the display name again",
    "encoded-word-in-quoted-string": "remove the quotes around the encoded word",
    "encoded-word-in-address": "write the address outside the encoded word",
    "non-ascii-address": "use an ASCII address, with the domain in Punycode",
}


def remedy_of_defect(name: str) -> str:
    """Say what to do about a defect of an address list.

    >>> remedy_of_defect("text-after-address")
    'remove the text after the closing angle bracket'
    """
    return _REMEDIES.get(name, DEFAULT_REMEDY)
