"""Digests of all that one submission comes to: trees, edits, findings, fixes, settings, envelopes, errors.

As a program it answers for its interpreter, line by line; it needs the standard library and sesmime alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    LintConfig,
    SesMimeError,
    decode_words,
    encode_words,
    envelope,
    fix,
    lint,
    message_from_bytes,
    message_to_bytes,
    parse,
    parse_addresses,
    parse_parameters,
    predict_rejection,
    prepare,
    prepare_forward,
    read_message_tags,
    read_ses_fields,
    readdress,
    replace_field,
    resolve,
    strip_ses_fields,
    to_7bit,
    translate,
)
from sesmime.ses.requests import Submission

_EVERY_RULE = LintConfig(select=("",))
_THEN = datetime(2026, 11, 21, tzinfo=UTC)


def outcomes_of(message: bytes, given: dict[str, Any], interface: str) -> dict[str, str]:
    """Return the digest of each outcome."""
    return {name: hashlib.sha256(ascii(_outcome(call)).encode("utf-8", "backslashreplace")).hexdigest()[:16]
            for name, call in _calls(message, _parameters(given), Interface(interface))}  # fmt: skip


def _parameters(given: dict[str, Any]) -> ApiParameters:
    made = dict(given)
    if made.get("destination") is not None:
        made["destination"] = Destination(*made["destination"])
    for name in ("list_management",):
        if made.get(name) is not None:
            made[name] = tuple(made[name])
    return ApiParameters(**made)


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except SesMimeError as error:
        return type(error).__name__, str(error)


def _calls(message: bytes, given: ApiParameters, interface: Interface) -> Iterator[tuple[str, Callable[[], Any]]]:
    how: Any = {"parameters": given, "interface": interface}
    yield "tree", lambda: [_part(part) for part in parse(message).walk()]
    yield "bodies", lambda: [_read(field.body) for field in parse(message).header_section.fields[:50]]
    yield "SES fields", lambda: (ascii(read_ses_fields(message)), strip_ses_fields(message))
    yield "settings", lambda: resolve(message, **how).explain()
    yield "envelope", lambda: ascii(envelope(message, **how))
    yield "findings", lambda: lint(message, config=_EVERY_RULE, **how).to_dict()
    yield "prediction", lambda: ascii(predict_rejection(message, **how))
    yield "fix", lambda: fix(message, **how).message
    yield "unsafe fix", lambda: fix(message, unsafe=True, config=_EVERY_RULE, **how).message
    yield "seven bits", lambda: to_7bit(message)
    yield "field", lambda: replace_field(message, "Subject", "Grüße " * 20)
    yield "prepared", lambda: _prepared(prepare(message, **how))
    yield (
        "forward",
        lambda: _prepared(
            prepare_forward(message, sender="us@example.com", destination=["me@example.org"], interface=interface)
        ),
    )
    yield "copy", lambda: b"".join(readdress(message, to="c@d.example", date=_THEN, message_id="<1@b.example>"))
    yield "translated", lambda: [ascii(translate(Submission(message, given, interface), one)) for one in
                                 (Interface.SMTP, Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW)]  # fmt: skip
    yield "message", lambda: _written(message)


def _part(part: Any) -> Any:
    return (
        *(part.path, part.content_type, part.charset, part.filename, part.safe_filename, part.disposition),
        *([(field.name, field.body) for field in part.header_section], tuple(part.parameters.items())),
        *([defect.name for defect in (*part.defects, *part.content_defects())], part.content(), part.text()),
    )


def _read(body: str) -> Any:
    value, parameters = parse_parameters(body)
    addresses = parse_addresses(body)
    return (
        *(decode_words(body), ascii(addresses.mailboxes), [defect.name for defect in addresses.defects]),
        *(value, tuple(parameters.items()), ascii(read_message_tags(body)), _outcome(lambda: encode_words(body))),
    )


def _prepared(made: Any) -> Any:
    return made.message, ascii(made.parameters), ascii(made.envelope), made.report.to_dict()


def _written(message: bytes) -> Any:
    """Return what is written of a message under policy.SES after an edit, and what its fields tell."""
    made = message_from_bytes(message)
    told = [str(value) for value in made.values()] if made.is_multipart() else []
    made["X-New"] = "new"
    return told, message_to_bytes(made)


def main() -> int:
    """Answer each line of standard input."""
    for line in sys.stdin:
        octets, given, interface = json.loads(line)
        print(json.dumps(outcomes_of(base64.b64decode(octets), given, interface)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
