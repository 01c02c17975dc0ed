"""Law 12: after any edits by `email`'s own methods, every reader reads `message_to_bytes(m)` as `m.as_bytes()`.

`edit` makes random edits by all methods of `Message` and `EmailMessage` that change something; `writes_as_the_library`
is the law. Shared by the property test, the corpus test and the fuzzer.
"""

from __future__ import annotations

import copy
import email
import email.policy
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import EmailMessage, Message, MIMEPart
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import EmailPolicy, Policy
from typing import Any, Final, cast

from sesmime import Entity, LimitExceeded, SesMimeError, message_from_bytes, message_to_bytes, parse
from sesmime.mime.grammar import LONE_CR
from sesmime.policy import SES, SesPolicy

parse_email: Any
try:
    from fast_mail_parser import parse_email
except ImportError:  # the third reader is there where it is installed
    parse_email = None

POLICIES: Final[dict[str, Policy[Any]]] = {
    "compat32": email.policy.compat32,
    "default": email.policy.default,
    "SMTP": email.policy.SMTP,
    "SES": SES,
}

# Edits

_NAMES = ("Subject", "X-New", "To", "Comments", "Content-Language", "Message-ID", "MIME-Version", "Received")
_TEXTS = ("new", "Grüße", "a@b.example", "long " * 30, "", "<1@b.example>", "1.0", "x; y=z", "=?utf-8?q?a?=")
_TYPES = (
    "text/plain",
    "text/html; charset=utf-8",
    "application/octet-stream",
    "multipart/mixed",
    'multipart/mixed; boundary="q"',
    'multipart/related; boundary="a b"; type="text/html"',
    "multipart/signed; boundary=s; protocol=x/y",
    "multipart/digest; boundary=d",
    "message/rfc822",
    "message/delivery-status",
    "message/partial",
)
_BODIES = ("", "new\n", "new", "a\r\nb\r\n", "Grüße\n", "--x\n--b\n--b--\n", "From me\n.\n", "line\n" * 40, "x" * 1200)
_LINES = ("", "text", "text\n", "two\r\nlines\r\n", "--b", "\n", "caf\udce9")
# What writing may add.
_MADE_FIELDS: Final = ("mime-version", "content-type", "content-transfer-encoding")
_BOUNDARIES = ("n", "new boundary", "b", "x", "=_1", "o'clock", "b--")


def _text(chance: random.Random) -> str:
    return chance.choice(_TEXTS)


def made(chance: random.Random, policy: Policy[Any]) -> Message[Any, Any]:
    """Make a part or a message as programs do: by EmailMessage, or by the classes of `email.mime`."""
    kind = chance.randrange(6)
    if kind == 0:
        return MIMEText(chance.choice(_BODIES), "plain", "utf-8")
    if kind == 1:
        return MIMEApplication(b"\x00\r\n\xff--b", Name="a.bin")
    if kind == 2:
        whole = MIMEMultipart("alternative")
        whole.attach(MIMEText("one"))
        whole.attach(MIMEText("<p>two", "html"))
        return whole
    policies = [POLICIES["SMTP"], SES, POLICIES["default"], *([policy] if isinstance(policy, EmailPolicy) else [])]
    message = (EmailMessage if kind < 5 else MIMEPart)(policy=chance.choice(policies))
    message["Subject"] = "made"
    if kind == 4:
        message.set_content("inner\n")
        message.add_alternative("<p>inner", subtype="html")
        message.add_attachment(b"data", maintype="application", subtype="x-data", filename="d.bin")
    elif kind == 5:
        message.set_content(chance.choice(_BODIES))
    return message


def _payload_edit(chance: random.Random, message: Any) -> None:
    """Change the list of parts, as programs do by hand."""
    payload = message.get_payload()
    if not isinstance(payload, list):
        message.set_payload(chance.choice(_BODIES))
        return
    what = chance.randrange(7)
    place = chance.randrange(len(payload) + 1)
    if what == 0:
        payload.insert(place, made(chance, message.policy))
    elif what == 1:
        del payload[place : place + 1]
    elif what == 2:
        chance.shuffle(payload)
    elif what == 3 and payload:
        payload.append(copy.deepcopy(chance.choice(payload)))
    elif what == 4 and payload:
        payload[place - 1] = made(chance, message.policy)
    elif what == 5:
        message.set_payload(list(payload))
    elif payload:
        payload.append(payload[0])  # one object at two places


def _content(chance: random.Random, message: Any, method: str) -> None:
    kind = chance.randrange(4)
    options: dict[str, Any] = {}
    if chance.random() < 0.3:
        options["filename"] = chance.choice(("a.txt", "Grüße.pdf", "a b;c.txt"))
    if chance.random() < 0.2:
        options["cid"] = "<c@b.example>"
    if chance.random() < 0.2:
        options["disposition"] = "inline"
    if kind == 0:
        getattr(message, method)(made(chance, message.policy), **options)
    elif kind == 1:
        octets = chance.choice((b"", b"data", b"\x00\xff\r\n" * 40))
        getattr(message, method)(octets, maintype="image", subtype="png", **options)
    else:
        if chance.random() < 0.3:
            options["cte"] = chance.choice(("7bit", "8bit", "quoted-printable", "base64"))
        getattr(message, method)(chance.choice(_BODIES), subtype=chance.choice(("plain", "html")), **options)


def _set_item(chance: random.Random, message: Any) -> None:
    message[chance.choice(_NAMES)] = _text(chance)


def _del_item(chance: random.Random, message: Any) -> None:
    names = [*message.keys(), "X-None"]
    del message[chance.choice(names)]


def _replace(chance: random.Random, message: Any) -> None:
    names = message.keys()
    if names:
        message.replace_header(chance.choice(names), _text(chance))


def _retype(chance: random.Random, message: Any) -> None:
    del message["Content-Type"]
    message["Content-Type"] = chance.choice(_TYPES)


def _set_payload(chance: random.Random, message: Any) -> None:
    charset = chance.choice((None, "utf-8", "iso-8859-1", "us-ascii"))
    body = chance.choice((*_BODIES, "8-bit \udce9\n", b"octets \xe9\n"))
    message.set_payload(body, charset) if charset else message.set_payload(body)


def _raw(chance: random.Random, message: Any) -> None:
    message.set_raw(chance.choice(_NAMES), chance.choice((*_TEXTS, "folded\r\n value", "folded\n\tvalue")))


def _policy(chance: random.Random, message: Any) -> None:
    message.policy = chance.choice(
        (
            message.policy.clone(linesep="\r\n"),
            message.policy.clone(max_line_length=40),
            message.policy.clone(mangle_from_=True),
            *POLICIES.values(),
        )
    )


_EDITS: Final[Sequence[tuple[str, Callable[[random.Random, Any], Any]]]] = (
    ("__setitem__", _set_item),
    ("__delitem__", _del_item),
    ("add_header", lambda c, m: m.add_header("X-Added", _text(c), filename=c.choice(("a b", "é", None)))),
    ("replace_header", _replace),
    ("set_raw", _raw),
    ("set_param", lambda c, m: m.set_param(c.choice(("charset", "name", "x")), c.choice(("utf-8", "a b", "é")))),
    ("set_param boundary", lambda c, m: m.set_param("boundary", c.choice(_BOUNDARIES))),
    ("del_param", lambda c, m: m.del_param(c.choice(("charset", "boundary", "name")))),
    ("set_type", lambda c, m: m.set_type(c.choice(_TYPES).split(";")[0])),
    ("Content-Type", _retype),
    ("set_default_type", lambda c, m: m.set_default_type(c.choice(("text/plain", "message/rfc822")))),
    ("set_boundary", lambda c, m: m.set_boundary(c.choice(_BOUNDARIES))),
    ("set_charset", lambda c, m: m.set_charset(c.choice((None, "utf-8", "iso-8859-1", "us-ascii")))),
    ("set_payload", _set_payload),
    ("payload", _payload_edit),
    ("payload", _payload_edit),
    ("attach", lambda c, m: m.attach(made(c, m.policy))),
    ("set_content", lambda c, m: _content(c, m, "set_content")),
    ("add_related", lambda c, m: _content(c, m, "add_related")),
    ("add_alternative", lambda c, m: _content(c, m, "add_alternative")),
    ("add_attachment", lambda c, m: _content(c, m, "add_attachment")),
    ("make_related", lambda c, m: m.make_related(c.choice((None, "made")))),
    ("make_alternative", lambda c, m: m.make_alternative(c.choice((None, "made")))),
    ("make_mixed", lambda c, m: m.make_mixed(c.choice((None, "made")))),
    ("clear", lambda c, m: m.clear()),
    ("clear_content", lambda c, m: m.clear_content()),
    ("set_unixfrom", lambda c, m: m.set_unixfrom("From a@b Mon Jan  1 00:00:00 2024")),
    ("preamble", lambda c, m: setattr(m, "preamble", c.choice((None, *_LINES)))),
    ("epilogue", lambda c, m: setattr(m, "epilogue", c.choice((None, *_LINES)))),
    ("defects", lambda c, m: m.defects.clear()),
    ("policy", _policy),
)


def edit(chance: random.Random, root: Message[Any, Any], most: int = 4) -> list[str]:
    """Edit a message in place, at any depth; return what was done."""
    done: list[str] = []
    for _ in range(chance.randint(1, most)):
        places = [part for part, _ in zip(root.walk(), range(60), strict=False)]
        place = chance.choice(places) if chance.random() < 0.6 else root
        name, change = chance.choice(_EDITS)
        try:
            change(chance, place)
        except Exception as error:  # noqa: BLE001, the library and its policies refuse in many ways
            name += f" ({type(error).__name__})"
        done.append(f"{places.index(place)}.{name}")
    return done


# Reading

_LINE_END = re.compile(rb"\r\n|\r|\n")


def _lf(octets: bytes | str | None) -> bytes:
    if isinstance(octets, str):
        octets = octets.encode("utf-8", "surrogateescape")
    return _LINE_END.sub(b"\n", octets or b"")


def _library(message: Message[Any, Any], depth: int = 0) -> Iterator[tuple[Any, ...]]:
    """Return what Python's email reads: shape, fields, contents; line ends are none of a text's content."""
    params = message.get_params(failobj=[], header="content-type") or []
    # A fold inside a quoted value ends in the line ending of what is written.
    kept = sorted((name, _lf(str(value))) for name, value in params[1:] if name != "boundary")
    payload: Any = vars(message)["_payload"]
    around = (_lf(message.preamble), _lf(message.epilogue))
    if isinstance(payload, list):
        yield (depth, message.get_content_type(), tuple(kept), len(payload), around)
        for part in payload:
            yield from _library(part, depth + 1)
    else:
        try:
            content = _lf(cast(Any, message.get_payload(decode=True)))
        except (UnicodeError, UnboundLocalError):  # the library raises on characters that no bytes can be
            content = _lf(payload)
        yield (depth, message.get_content_type(), tuple(kept), content)


def library_reading(raw: bytes) -> tuple[Any, ...]:
    """Return what Python's email reads of a message, but for its fields' values."""
    message = email.message_from_bytes(raw)
    return tuple(_library(message)), [[name for name, _ in part.raw_items()] for part in message.walk()]


def _new_fields(written: bytes, message: Message[Any, Any]) -> Counter[str]:
    """Return the names that are in what was written and not in the message: CPython 3.11 ends a line at a form feed."""
    had, has = (
        Counter(name for part in tree.walk() for name, _ in part.raw_items() if name.lower() not in _MADE_FIELDS)
        for tree in (message, email.message_from_bytes(written))
    )
    return has - had


def our_reading(raw: bytes) -> tuple[Any, ...]:
    """Return what `parse` reads of a message, but for its fields' values."""

    def one(entity: Entity) -> tuple[Any, ...]:
        names = tuple(field.name for field in entity.header_section)
        params = tuple((name, _lf(value)) for name, value in entity.parameters.items() if name != "boundary")
        content = b"" if entity.parts else _lf(entity.content())
        if entity.content_type.startswith("message/"):
            content = b" ".join(content.split())  # fields, folded in some way
        return entity.path, entity.content_type, params, entity.filename, names, content

    return tuple(map(one, parse(raw).walk()))


def third_reading(raw: bytes) -> tuple[Any, ...]:
    """Return what fast-mail-parser reads of a message: texts and attachments."""
    if parse_email is None:
        return ()
    try:
        found = parse_email(raw)
    except Exception as error:  # noqa: BLE001, its errors have no public root
        return (type(error).__name__,)
    attachments = [
        (
            a.mimetype,
            a.filename,
            b" ".join(_lf(a.content).split()) if a.mimetype.startswith("message/") else _lf(a.content),
        )
        for a in found.attachments
    ]
    texts = [[_lf(text) for text in texts] for texts in (found.text_plain, found.text_html)]
    return (*texts, attachments, sorted(name.lower() for name in found.headers))


READERS: Final = {"email": library_reading, "sesmime": our_reading, "fast-mail-parser": third_reading}

# Boundaries that are made: by chance (`Generator._make_boundary`), or from the parts.
_MADE_BOUNDARY = re.compile(rb"={15}[0-9]{19}==(?:\.[0-9]+)?|=_[0-9a-f]{24}(?:_[0-9]+)?")


# The law

AS_BYTES_IS_WRONG: Final[dict[str, str]] = {
    "refuses": (
        "it raises what is no error of mail (UnicodeEncodeError for a body or boundary beyond ASCII, AttributeError "
        "and TypeError for a text that holds parts, KeyError for a charset without Content-Type, IndexError for an "
        "empty message/rfc822): bytes, or an InvalidField that says so"
    ),
    "unversioned": (
        "a multipart that `make_mixed`, `add_attachment` and their like make has no MIME-Version where the message had "
        "none: RFC 2045 section 4 wants one, and under policy.SES it is written"
    ),
    "misreads": (
        "it writes the message that was read, before any edit, as another one to that reader: an empty line before a "
        "line that is no field, delivery reports and other leaves of fields folded anew, line ends added at the end of "
        "parts that are not closed, lone CRs made line ends or part of one, lines before the first field dropped"
    ),
    "refolds": (
        "it writes a field anew that nobody has edited, after another policy was set or in a message attached, "
        "and this reader reads it otherwise: told to keep what was read (`refold_source='none'`) it reads as ours does"
    ),
    "unfaithful": (
        "what it writes is read by `email` itself as another tree than the one it wrote (a boundary that stands in a "
        "part, a multipart called a delivery report)"
    ),
}


def _misreads(source: bytes, policy: Policy[Any], read: Callable[[bytes], tuple[Any, ...]]) -> bool:
    """Tell whether a reader reads `as_bytes` of a message that nobody edited as another message."""
    if LONE_CR.search(source):
        return True
    if any(defect.name == "no-closing-boundary" for part in parse(source).walk() for defect in part.defects):
        return True  # it is closed, wherever it stands
    tree = email.message_from_bytes(source, policy=policy)
    if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for part in tree.walk() for defect in part.defects):
        return True  # an empty line is written before the line that is no field
    if any(part.get_unixfrom() for part in tree.walk() if part is not tree):
        return True  # the mbox line of an attached message is dropped
    try:
        return read(email.message_from_bytes(source, policy=policy).as_bytes()) != read(source)
    except Exception:  # noqa: BLE001, whatever escapes it
        return True


_LONG_NAME: Final = re.compile(r";[^;=\"]{58,}=")


class LawBroken(AssertionError):
    """The bytes that are written read otherwise than those of `as_bytes`."""


def writes_edited(source: bytes | None, chance: random.Random, most: int = 4) -> list[str]:
    """Law 12 for one message under one policy after random edits; a made message where no source is given."""
    policy = chance.choice(list(POLICIES.values()))
    if source is None:
        message = made(chance, policy)
    else:
        try:
            message = message_from_bytes(source, policy=policy)
        except LimitExceeded:
            return []
        except IndexError:
            # The library's policies raise for some parameters, such as `Content-Type:;a*`. Ours does not.
            if policy is SES or not _raises_in_the_library(source, policy):
                raise
            return []
    return writes_as_the_library(source, message, edit(chance, message, most), policy)


def _raises_in_the_library(source: bytes, policy: Policy[Any]) -> bool:
    try:
        email.message_from_bytes(source, policy=policy)
    except IndexError:
        return True
    return False


def _is_endless(message: Message[Any, Any]) -> bool:
    """Whether the library may never end to fold a field: a parameter's name leaves no room for its value in a line."""
    return any(_LONG_NAME.search(str(value)) for part in message.walk() for _, value in part.raw_items())


def _written_without_folding(message: Message[Any, Any]) -> bytes:
    """Return what the library writes where it is told to keep what was read; nothing where no policy tells it so."""
    if not isinstance(message.policy, EmailPolicy):
        return b""
    try:
        return copy.deepcopy(message).as_bytes(policy=message.policy.clone(refold_source="none"))
    except Exception:  # noqa: BLE001, whatever escapes it
        return b""


def writes_as_the_library(
    source: bytes | None, message: Message[Any, Any], done: Sequence[str], read_by: Policy[Any] | None = None
) -> list[str]:
    """Law 12 for one edited message, read from `source` if not None; return which entries of the list applied.

    `done` is told where the law is broken. Of fields that are as they were read the bytes count, which are kept.
    `read_by` is the policy it was read by, where that may be another now.
    """
    if _is_endless(message):
        return ["refuses"]
    before = repr(list(_library(message)))
    try:
        theirs = copy.deepcopy(message).as_bytes()
    except Exception:  # noqa: BLE001, whatever escapes it
        theirs = b""
    try:
        ours = message_to_bytes(message)
    except SesMimeError as error:
        # Where as_bytes writes something that does not read as the tree, or another field, refusing is right.
        if theirs and library_reading(theirs)[0] == tuple(_library(message)) and not _new_fields(theirs, message):
            raise LawBroken("as_bytes writes it", str(error), *done) from error
        return ["refuses"]
    assert repr(list(_library(message))) == before, "writing changed the message"
    assert message_to_bytes(message) == ours, "not the same twice"
    if not theirs:
        return ["refuses"]
    if (
        isinstance(message.policy, SesPolicy)
        and "MIME-Version" not in message
        and "MIME-Version" in email.message_from_bytes(ours)
    ):
        versioned = copy.deepcopy(message)
        versioned["MIME-Version"] = "1.0"
        theirs = versioned.as_bytes()
    had = set(_MADE_BOUNDARY.findall(source or b""))
    ours, theirs, kept = (
        _MADE_BOUNDARY.sub(lambda made: made[0] if made[0] in had else b"MADE", raw)
        for raw in (ours, theirs, _written_without_folding(message))
    )
    applied: list[str] = []
    for name, read in READERS.items():
        if read(ours) == read(theirs):
            continue
        if source is not None and _misreads(source, read_by or message.policy, read):
            applied.append("misreads")
        elif kept and read(ours) == read(kept):
            applied.append("refolds")
        elif library_reading(theirs)[0] != tuple(_library(message)):
            applied.append("unfaithful")
        else:
            raise LawBroken(name, *done)
    return applied
