"""The fault of a Content-Type or Content-Disposition field that the strict grammar refuses, in plain words.

That grammar tells the token at which it stopped; what the writer did is in front of it: a value with a space and no
quotes, a parameter with a colon, a semicolon too many. The texts: facts E.3.
"""

from __future__ import annotations

import re
from typing import Final

from sesmime.errors import masked_by_unicode_14, quoted
from sesmime.mime.words import ENCODED_WORD

_FORMS: Final = {"content-type": "type/subtype", "content-disposition": "attachment or inline"}
_NAME_AND_EQUALS: Final = re.compile(r"[ \t\r\n]*+[!#-'*+.0-9A-Z^-~-]++[ \t\r\n]*+=")
_NO_VALUE: Final = re.compile(r"=[ \t\r\n]*+(?:;|$)")
_QUOTE_THE_VALUE: Final = "put quotes around the value"


def explained_field(call: str, error: str, before: str, rest: str) -> tuple[str, str]:
    """Return why a field is refused, and the one thing to do.

    `before` is what stands in front of the token that the text names, `rest` what begins with it.

    >>> explained_field("content-type", "Expected ';', got x", "text/plain; name=a ", "x")
    ("a value without quotes ends before 'x'", 'put quotes around the value')
    """
    form = _FORMS[call]
    got = error.partition(", got ")[2].strip('"')
    if ENCODED_WORD.match(f"={rest}" if rest[:1] == "?" else rest.lstrip(' \t"')):
        return "an encoded word is not allowed here", "write the value in the form of RFC 2231"
    if error.startswith("Unbalanced quoted"):
        return "a quote is not closed", "write the closing quote"
    if error.startswith("Unbalanced comments"):
        is_value = "=" in rest.partition("(")[0]
        return "a parenthesis is not closed", _QUOTE_THE_VALUE if is_value else "close the parenthesis"
    if error.startswith("Expected parameter value"):
        if _NO_VALUE.search(before + rest):
            return "a parameter has no value", "write its value in quotes"
        return "a value begins with a character that needs quotes", _QUOTE_THE_VALUE
    if error.startswith("Expected '='"):
        return _no_equals_sign(got, rest)
    if error.startswith("Expected parameter name"):
        if got == ";":
            return "two semicolons follow one another", "remove one of the two semicolons"
        if got == "=":
            return "a parameter has no name", "write its name before the ="
        return f"{quoted(got, 20)} stands where the name of a parameter begins", "write the parameter as name=value"
    if error.startswith("Expected ';'") and (call == "content-type" or got not in ("/", "=")):
        return _unexpected(call, got, before.rpartition(";")[2], rest)
    if call == "content-type":
        reason = "it has no subtype" if error.startswith("Expected '/'") else f"it does not begin with {form}"
        return reason, f"write it as {form}"
    return f"it does not begin with {form}", f"write {form} at its beginning"


def _no_equals_sign(got: str, rest: str) -> tuple[str, str]:
    """Explain what stands behind the name of a parameter."""
    if got in ("null", ";", ""):
        return "a parameter has no = and no value", "write it as name=value"
    if _NAME_AND_EQUALS.match(rest):
        return "the name of a parameter contains a space", "remove the space from its name"
    shown = quoted(got, 20)
    if len(got) == 1 and not masked_by_unicode_14(got).isalnum() and got != ":":
        return f"the name of a parameter contains {shown}", f"remove {shown} from its name"
    return f"a parameter has {shown} in place of =", "write = between its name and its value"


def _unexpected(call: str, got: str, segment: str, rest: str) -> tuple[str, str]:
    """Explain what stands where a value has ended."""
    shown = quoted(got, 40)
    if "=" in segment and not _NAME_AND_EQUALS.match(rest):
        return f"a value without quotes ends before {shown}", _QUOTE_THE_VALUE
    if _NAME_AND_EQUALS.match(rest):
        return f"there is no semicolon before {shown}", f"put a semicolon before {shown}"
    return f"{shown} stands after {_FORMS[call]}", f"remove {shown}"
