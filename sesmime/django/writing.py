"""A message of Django as bytes, and those bytes in seven bits."""

from __future__ import annotations

from dataclasses import replace
from email.generator import BytesGenerator
from email.policy import SMTP, Policy
from inspect import signature
from io import BytesIO
from typing import Any, Final

from sesmime.errors import SesMimeError
from sesmime.linter.checks import Checks, SesMimeWarning, warn
from sesmime.mime.addresses import parse_addresses
from sesmime.mime.idna import address_by_idna_2003
from sesmime.mime.seven_bit import recode
from sesmime.policy import SesPolicy
from sesmime.policy.fields import AddressesField
from sesmime.policy.registry import class_of

# Filters of spam dislike a short text in base64, and people who read the source of a mail cannot read it.
_MAX_QUOTED: Final = 10_000


def written(message: Any, policy: Policy = SMTP, *, fields: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Return the bytes of a message, lines ended at CRLF; `policy` writes it where Django asks for one.

    `fields` are added. Raises what Django raises for what it cannot write, and what the policy raises.
    """
    if "policy" in signature(message.message).parameters:  # from Django 6.0 on
        made = message.message(policy=policy)
        _add(made, fields)
        if policy is _SES:
            _unpack(made)
        written: bytes = made.as_bytes()
        return written
    # As Django's own `as_bytes(linesep="\r\n")`, which parts of other makers do not have.
    made = message.message()
    _add(made, fields)
    stream = BytesIO()
    BytesGenerator(stream, mangle_from_=False).flatten(made, linesep="\r\n")
    return stream.getvalue()


def _add(made: Any, fields: tuple[tuple[str, str], ...]) -> None:
    for name, value in fields:
        made[name] = value  # of the same name a further one


def _unpack(made: Any) -> None:
    """Have short texts that Python's `email` put in base64 written as they are: what is sent is encoded later."""
    for part in made.walk():
        is_text = part.get_content_maintype() == "text" and part.get_content_disposition() is None
        if not is_text or part["Content-Transfer-Encoding"] != "base64":
            continue
        octets = part.get_payload(decode=True)
        if len(octets) <= _MAX_QUOTED and b"\0" not in octets:
            part.replace_header("Content-Transfer-Encoding", "8bit")
            part.set_payload(octets.decode("ascii", "surrogateescape"))


def written_for_ses(message: Any, checks: Checks, *, fields: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Return a message in seven bits, as the API takes it best.

    What our policy cannot write is refused only if the check refuses; else Python's own writes it, as Django would
    have it, and with lint "warn" that is told.
    """
    try:
        raw = written(message, _SES, fields=fields)
    except SesMimeError as error:
        if checks.lint == "error":
            raise
        if checks.lint == "warn":
            warn(SesMimeWarning(str(error)))
        raw = written(message, fields=fields)
    return recode(raw, max_quoted=_MAX_QUOTED).message


class _Policy(SesPolicy):
    """The SES policy for Django, which takes domains beyond ASCII and writes them in ASCII."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if isinstance(value, str) and not value.isascii() and issubclass(class_of(name), AddressesField):
            found = parse_addresses(value)
            is_readable = all(defect.name == "non-ascii-address" for defect in found.defects)
            if is_readable and not found.groups:
                value = [replace(one, address=address_by_idna_2003(one.address)) for one in found]
        return super().header_store_parse(name, value)


# Parts are encoded when the whole message stands, by our own encoder.
_SES: Final = _Policy(cte_type="8bit")
