r"""The SES policy: Python's own `EmailMessage`, with sesmime's header codec.

`EmailMessage(policy=sesmime.policy.SES)` replaces `EmailMessage(policy=email.policy.SMTP)`. Four things are ours,
by the public means of `email.policy` alone:

- what is assigned is checked and written by the codec at once (`header_store_parse`): a wrong value raises there;
- what is written is checked again (`fold`, `fold_binary`), for what came into the message by other ways;
- what is read is read by sesmime's tokenisers (`policy.fields`, `policy.registry`), linear, and without raising;
- contents are encoded so that they are 7-bit, and no line of them can be taken for the delimiter of a part.

What was parsed and can be written as it stands is: no field of it is decoded, encoded or folded anew.

>>> message = EmailMessage(policy=SES)
>>> message["To"] = '"Müller, Jörg" <j@b.example>, c@d.example'
>>> message["X-SES-MESSAGE-TAGS"] = "campaign=spring, genre=sci-fi"
>>> message["X-SES-MESSAGE-TAGS"].tags[0].value
'spring'
>>> print(str(message).replace("\r", "").rstrip())
To: =?utf-8?b?TcO8bGxlciwgSsO2cmc=?= <j@b.example>, c@d.example
X-SES-MESSAGE-TAGS: campaign=spring, genre=sci-fi
"""

from __future__ import annotations

import re
from email.headerregistry import BaseHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import TYPE_CHECKING, Any, Final

from sesmime.errors import InvalidField, quoted
from sesmime.mime.grammar import CONTROLS, MAX_LINE, PREFERRED_LINE, TOKEN
from sesmime.mime.plain import plain_text
from sesmime.policy.contents import SES_CONTENTS
from sesmime.policy.fields import TextField, field_lines, folded_lines
from sesmime.policy.registry import FieldRegistry, class_of

if TYPE_CHECKING:
    _EmailPolicy = EmailPolicy[EmailMessage]
else:
    _EmailPolicy = EmailPolicy

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NO_OCTET: Final = re.compile("[^\x00-\x7f\udc80-\udcff]")


class SesPolicy(_EmailPolicy):
    """An `EmailPolicy` whose fields sesmime reads, checks, writes and folds; `SES` is the one to use.

    Lines end at CRLF. `max_line_length` is 78; 0 and None are taken for 78 too, so that a part inside
    multipart/signed, where the library sets 0, has the bytes that it has alone. `refold_source` is "none"; "long" and
    "all" move the folds of parsed fields, and never change a value. `cte_type` is "8bit", for what was parsed; what is
    built is 7-bit all the same. `utf8` changes nothing: fields are ASCII.
    """

    linesep = "\r\n"
    refold_source = "none"
    header_factory = FieldRegistry()
    content_manager = SES_CONTENTS

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if "header_factory" not in options:
            # EmailPolicy has set one of its own; `email.policy.default` comes by that of its class in the same way.
            del self.header_factory

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return name and value of a field that was parsed: as in Python 3.11, whatever Python runs."""
        name, _, value = sourcelines[0].partition(":")
        value = value.lstrip(" \t") + "".join(sourcelines[1:])
        return name, value.rstrip("\r\n")

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Check what is assigned and return the name and the field object that the message keeps.

        Raises InvalidField for a name that is no token, line ends and other controls, and InvalidField, InvalidAddress,
        InvalidMessageTag or InvalidSetting for what the codec of that field does not write.
        """
        name = _checked_name(name)
        lines = field_lines(name, class_of(name).assigned(name, value))
        return name, self.header_factory(name, "".join(lines)[len(name) + 2 :])

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """Return the field object for a value that the message keeps; nothing that was parsed makes it raise."""
        if isinstance(value, BaseHeader):
            return value
        return self.header_factory(name, _LINE_END.sub("", plain_text(value)) if isinstance(value, str) else value)

    def fold(self, name: str, value: Any) -> str:
        """Write a field as text, all ASCII: raw 8-bit bytes are read and encoded. Raises as `fold_binary`."""
        return self.linesep.join([*self._lines(name, value, keep_8bit=False), ""])

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Write a field; raw 8-bit bytes that were parsed are kept, unless `cte_type` is "7bit".

        Raises InvalidField for a name that is no token, a line end that no blank follows and any other control but
        TAB; and for a value that is no plain str, and not ASCII, as `header_store_parse`.
        """
        lines = self._lines(name, value, keep_8bit=self.cte_type != "7bit")
        return self.linesep.join([*lines, ""]).encode("ascii", "surrogateescape")

    def _lines(self, name: str, value: Any, *, keep_8bit: bool) -> list[str]:
        name, kind = _checked_name(name), class_of(name)
        width = min(self.max_line_length or PREFERRED_LINE, MAX_LINE)
        if isinstance(value, TextField) and value.body.isascii():
            return field_lines(name, value.body, width)
        if type(value) is not str:
            # Of others' str and Header objects the text counts; their own `fold` is not asked (CVE-2026-1299).
            return field_lines(name, kind.written(name, value), width)
        lines = _source_lines(name, value)
        body = "".join(lines)
        if _NO_OCTET.search(body):
            return field_lines(name, kind.written(name, body), width)
        if not keep_8bit and not body.isascii():
            return field_lines(name, kind.ascii(name, body), width)
        lines[0] = f"{name}: {lines[0]}"
        longest = max(map(len, lines))
        refold = self.refold_source == "all" or (self.refold_source == "long" and longest > width)
        if refold or longest > MAX_LINE or not all(map(str.strip, lines)):
            return folded_lines(name, body, width)
        return lines


def _checked_name(name: str) -> str:
    name = plain_text(name)
    if not TOKEN.fullmatch(name):
        raise InvalidField(name, "a field name consists of letters, digits and a few marks such as - and _")
    return name


def _source_lines(name: str, value: str) -> list[str]:
    """Divide a value as it was parsed into its lines; raises InvalidField for what must not be written."""
    lines = _LINE_END.split(value)
    if not all(line.startswith((" ", "\t")) for line in lines[1:]):
        raise InvalidField(name, "its body contains a line ending that is not followed by a space or tab")
    control = CONTROLS.search("".join(lines))
    if control:
        raise InvalidField(name, f"its body contains the control character {quoted(control[0])}")
    return lines


SES: Final = SesPolicy()
