"""Families of messages that grow: one way to be large each, as somebody who wants to keep a reader busy would write it.

A family makes a message of about as many octets as it is told. The attack catalogue's families, where it is at hand,
come beside ours: their generators are Python expressions with the free name `n`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

_HEAD: Final = b"From: a@example.com\r\nTo: b@example.net\r\nSubject: s\r\n"
_MIME: Final = _HEAD + b"MIME-Version: 1.0\r\n"
_MIXED: Final = _MIME + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


class Family(NamedTuple):
    """A way to be large: `make` returns a message of about as many octets as it is told."""

    name: str
    make: Callable[[int], bytes]


def _repeated(before: bytes, piece: bytes, after: bytes = b"\r\n\r\nHi\r\n") -> Callable[[int], bytes]:
    return lambda size: before + piece * max(1, (size - len(before) - len(after)) // len(piece)) + after


def _numbered(before: bytes, piece: bytes, after: bytes = b"\r\n\r\nHi\r\n") -> Callable[[int], bytes]:
    """Repeat a piece with a number in it, which is as wide everywhere."""
    width = len(piece % 10_000_000)
    return lambda size: before + b"".join(piece % (10_000_000 + n) for n in range(max(1, size // width))) + after


def _nested(size: int) -> bytes:
    piece = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    return _MIME + b"".join(piece % (n, n) for n in range(size // 55)) + b"\r\nHi\r\n"


def _attached(size: int) -> bytes:
    return _MIME + b"Content-Type: message/rfc822\r\n\r\n" * (size // 32) + b"Subject: in\r\n\r\nHi\r\n"


def _attached_with_ses_fields(size: int) -> bytes:
    piece = b"X-SES-TENANT: t\r\nContent-Type: message/rfc822\r\n\r\n"
    return _MIME + piece * (size // len(piece)) + b"\r\nHi\r\n"


def _comments(size: int) -> bytes:
    return _HEAD + b"Cc: " + b"(" * (size // 2) + b")" * (size // 2) + b" c@example.org\r\n\r\nHi\r\n"


def _shared_boundary(size: int) -> bytes:
    """Nest multiparts whose boundary is the same: each delimiter line ends all of them but one."""
    return _MIME + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * (size // 51)


def _prefix_boundaries(size: int) -> bytes:
    levels = 40
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % ((b"b" * n,) * 2) for n in range(1, levels)
    )
    return _MIME + head + (b"--" + b"b" * 60 + b"x\r\n") * (size // 65)


_HTML: Final = _MIME + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
_PLAIN: Final = _MIME + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
_ENCODED: Final = _MIME + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "

FAMILIES: Final = (
    # The header section.
    Family("fields", _numbered(_HEAD, b"X-%d: v\r\n", b"\r\nHi\r\n")),
    Family("fields-of-one-name", _repeated(_HEAD, b"X-A: v\r\n", b"\r\nHi\r\n")),
    Family("short-fields", _repeated(_HEAD, b"a:\n", b"\nHi\n")),
    Family("subjects", _repeated(_HEAD, b"Subject: s\r\n", b"\r\nHi\r\n")),
    Family("different-subjects", _numbered(_HEAD, b"Subject: %d\r\n", b"\r\nHi\r\n")),
    Family("content-types", _numbered(_MIME, b"Content-Type: text/plain; charset=c%d\r\n", b"\r\nHi\r\n")),
    Family("to-fields", _numbered(_HEAD, b"To: u%d@example.net\r\n", b"\r\nHi\r\n")),
    Family("no-fields", _repeated(_HEAD, b"no field\r\n", b"\r\nHi\r\n")),
    Family("blank-continuations", _repeated(_HEAD + b"X-A: v\r\n", b" \r\n", b"\r\nHi\r\n")),
    Family("continuations", _repeated(_HEAD + b"X-A: v\r\n", b" v\r\n", b"\r\nHi\r\n")),
    Family("folded-subject", _repeated(_HEAD + b"Subject: v", b"\r\n v", b"\r\n\r\nHi\r\n")),
    Family("names-with-blanks", _numbered(_HEAD, b"X-%d : v\r\n", b"\r\nHi\r\n")),
    Family("odd-names", _numbered(_HEAD, b"X(%d): v\r\n", b"\r\nHi\r\n")),
    Family("long-name", _repeated(_HEAD, b"X", b": v\r\n\r\nHi\r\n")),
    Family("controls-in-fields", _repeated(_HEAD, b"X-A: \x01\r\n", b"\r\nHi\r\n")),
    Family("controls-in-one-field", _repeated(_HEAD + b"X-A: ", b"\x01")),
    Family("8-bit-fields", _repeated(_HEAD, b"X-A: \xe9\r\n", b"\r\nHi\r\n")),
    Family("8-bit-subject", _repeated(_HEAD + b"Subject: ", b"\xe9")),
    Family("utf-8-subject", _repeated(_HEAD + b"Subject: ", "Grüße ".encode())),
    Family("lone-crs-in-fields", _repeated(_HEAD, b"X-A: a\rb\r\n", b"\r\nHi\r\n")),
    Family("lone-crs-in-one-field", _repeated(_HEAD + b"X-A: ", b"a\r")),
    Family("hidden-ses-fields", _repeated(_HEAD, b"X-A: a\rX-SES-TENANT: t\r\n", b"\r\nHi\r\n")),
    Family("hidden-ses-fields-in-one", _repeated(_HEAD + b"X-A: a", b"\rX-SES-TENANT: t")),
    Family("long-header-line", _repeated(_HEAD + b"Subject: ", b"a")),
    Family("blanks", _repeated(_HEAD + b"Subject: a", b" ", b"b\r\n\r\nHi\r\n")),
    Family("backslashes", _repeated(_HEAD + b"Cc: ", b"\\")),
    Family("literal-line-ends", _repeated(_HEAD, b"X-A: a\\r\\nb\r\n", b"\r\nHi\r\n")),
    # SES's fields.
    Family("tag-fields", _numbered(_HEAD, b"X-SES-MESSAGE-TAGS: a=%d\r\n", b"\r\nHi\r\n")),
    Family("tags", _numbered(_HEAD + b"X-SES-MESSAGE-TAGS: a=b", b", n%d=v")),
    Family("repeated-tags", _repeated(_HEAD + b"X-SES-MESSAGE-TAGS: a=b", b", a=b")),
    Family("repeated-tags-with-other-values", _numbered(_HEAD + b"X-SES-MESSAGE-TAGS: a=b", b", a=%d")),
    Family("malformed-tags", _repeated(_HEAD + b"X-SES-MESSAGE-TAGS: a=b", b", a b=c d")),
    Family("tag-commas", _repeated(_HEAD + b"X-SES-MESSAGE-TAGS: a=b", b",")),
    Family("tag-equals", _repeated(_HEAD + b"X-SES-MESSAGE-TAGS: a=b", b"=")),
    Family("tag-words", _repeated(_HEAD + b"X-SES-MESSAGE-TAGS: a=b", b", =?utf-8?q?a=3Db?=")),
    Family("ses-fields", _numbered(_HEAD, b"X-SES-N%d: v\r\n", b"\r\nHi\r\n")),
    Family("configuration-sets", _numbered(_HEAD, b"X-SES-CONFIGURATION-SET: c%d\r\n", b"\r\nHi\r\n")),
    Family("list-management", _repeated(_HEAD + b"X-SES-LIST-MANAGEMENT-OPTIONS: a", b";topic=a")),
    # Addresses.
    Family("addresses", _numbered(_HEAD + b"Cc: a@example.com", b",\r\n u%d@example.com")),
    Family("bcc", _numbered(_HEAD + b"Bcc: a@example.com", b", u%d@example.com")),
    Family("names-and-addresses", _numbered(_HEAD + b"Cc: a@example.com", b", Name <u%d@example.com>")),
    Family("groups", _repeated(_HEAD + b"Cc: a@example.com", b", g: b@example.com;")),
    Family("empty-groups", _repeated(_HEAD + b"Cc: ", b":;")),
    Family("address-commas", _repeated(_HEAD + b"Cc: ", b",")),
    Family("address-dots", _repeated(_HEAD + b"Cc: ", b"a.", b"a@example.com\r\n\r\nHi\r\n")),
    Family("address-angles", _repeated(_HEAD + b"Cc: ", b"<")),
    Family("address-ats", _repeated(_HEAD + b"Cc: ", b"@")),
    Family("address-quotes", _repeated(_HEAD + b"Cc: ", b'"')),
    Family("address-quoted-pairs", _repeated(_HEAD + b'Cc: "', b"\\a", b'" <c@example.org>\r\n\r\nHi\r\n')),
    Family("address-empty-quotes", _repeated(_HEAD + b"Cc: ", b'"" ', b"<c@example.org>\r\n\r\nHi\r\n")),
    Family("address-brackets", _repeated(_HEAD + b"Cc: a@", b"[")),
    Family("address-routes", _repeated(_HEAD + b"Cc: ", b"<@a,")),
    Family("address-words", _repeated(_HEAD + b"Cc: ", b"=?utf-8?q?a?= ", b"<c@example.org>\r\n\r\nHi\r\n")),
    Family("address-half-words", _repeated(_HEAD + b"Cc: ", b"=?a?q?", b" <c@example.org>\r\n\r\nHi\r\n")),
    Family("malformed-addresses", _repeated(_HEAD + b"Cc: a@example.com", b", a b@")),
    Family("8-bit-addresses", _repeated(_HEAD + b"Cc: a@example.com", b", \xe9@example.com")),
    Family("long-local-parts", _repeated(_HEAD + b"Cc: ", b"a", b"@example.com\r\n\r\nHi\r\n")),
    Family("long-domain", _repeated(_HEAD + b"Cc: a@", b"a.")),
    Family("punycode", _repeated(_HEAD + b"Cc: a@xn--", b"a", b".example\r\n\r\nHi\r\n")),
    Family("comments", _comments),
    Family("open-comments", _repeated(_HEAD + b"Cc: ", b"(")),
    Family("comments-in-a-row", _repeated(_HEAD + b"Cc: ", b"(a) ", b"c@example.org\r\n\r\nHi\r\n")),
    Family("from-mailboxes", _numbered(b"From: a@example.com", b", u%d@example.com")),
    Family("message-id", _repeated(_HEAD + b"Message-ID: <", b"a@", b">\r\n\r\nHi\r\n")),
    Family("references", _numbered(_HEAD + b"References: ", b"<%d@example.com>\r\n ")),
    Family("date", _repeated(_HEAD + b"Date: ", b"1 ")),
    Family("date-comments", _repeated(_HEAD + b"Date: ", b"(1) ")),
    # Encoded words.
    Family("words", _repeated(_HEAD + b"Subject: ", b"=?utf-8?q?a?= ")),
    Family("glued-words", _repeated(_HEAD + b"Subject: ", b"=?utf-8?q?a?=")),
    Family("half-words", _repeated(_HEAD + b"Subject: ", b"=?utf-8?q?a")),
    Family("word-beginnings", _repeated(_HEAD + b"Subject: ", b"=?")),
    Family("question-marks", _repeated(_HEAD + b"Subject: =?", b"?")),
    Family("long-word", _repeated(_HEAD + b"Subject: =?utf-8?b?", b"YWFh", b"?=\r\n\r\nHi\r\n")),
    Family("line-ends-in-words", _repeated(_HEAD + b"Subject: ", b"=?utf-8?q?=0D=0A?= ")),
    # Parameters.
    Family("parameters", _numbered(_MIME + b"Content-Type: text/plain", b"; p%d=v")),
    Family("one-parameter", _repeated(_MIME + b"Content-Type: text/plain", b"; p=v")),
    Family("parameter-segments", _numbered(_MIME + b"Content-Disposition: attachment", b"; filename*%d=a")),
    Family("parameter-charsets", _repeated(_MIME + b"Content-Disposition: attachment", b"; filename*0*=utf-8''%41")),
    Family("parameter-semicolons", _repeated(_MIME + b"Content-Type: text/plain", b";")),
    Family("parameter-quotes", _repeated(_MIME + b'Content-Type: text/plain; a="', b';"')),
    Family("parameter-backslashes", _repeated(_MIME + b'Content-Type: text/plain; a="', b"\\")),
    Family("parameter-comments", _repeated(_MIME + b"Content-Type: text/plain; a=b ", b"(")),
    Family("long-parameter-name", _repeated(_MIME + b"Content-Type: text/plain; ", b"a", b"=b\r\n\r\nHi\r\n")),
    Family("long-parameter", _repeated(_MIME + b"Content-Disposition: attachment; filename=", b"a")),
    Family("long-boundary", _repeated(_MIME + b"Content-Type: multipart/mixed; boundary=", b"a")),
    Family("percents", _repeated(_MIME + b"Content-Disposition: attachment; filename*=utf-8''", b"%")),
    Family("type-slashes", _repeated(_MIME + b"Content-Type: ", b"/")),
    # Parts.
    Family("parts", _repeated(_MIXED, b"--b\r\n\r\n", b"--b--\r\n")),
    Family("8-bit-parts", _repeated(_MIXED, b"--b\r\n\r\n\xe9\r\n", b"--b--\r\n")),
    Family(
        "typed-parts", _repeated(_MIXED, b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na\r\n", b"--b--\r\n")
    ),
    Family("attachments", _numbered(_MIXED, b'--b\r\nContent-Disposition: attachment; filename="%d.exe"\r\n\r\na\r\n')),
    Family("unnamed-types", _repeated(_MIXED, b"--b\r\nContent-Type: x\r\n\r\na\r\n", b"--b--\r\n")),
    Family(
        "malformed-parts", _repeated(_MIXED, b"--b\r\nContent-Type: text/plain; =\r\nX\r\n\r\n\xe9\r\n", b"--b--\r\n")
    ),
    Family("unknown-encodings", _repeated(_MIXED, b"--b\r\nContent-Transfer-Encoding: x\r\n\r\na\r\n", b"--b--\r\n")),
    Family(
        "unknown-charsets", _repeated(_MIXED, b"--b\r\nContent-Type: text/plain; charset=x\r\n\r\na\r\n", b"--b--\r\n")
    ),
    Family("ses-fields-in-parts", _repeated(_MIXED, b"--b\r\nX-SES-TENANT: t\r\n\r\na\r\n", b"--b--\r\n")),
    Family("ses-fields-in-one-part", _repeated(_MIXED + b"--b\r\n", b"X-SES-TENANT: t\r\n", b"\r\na\r\n--b--\r\n")),
    Family("ses-fields-in-attached", _attached_with_ses_fields),
    Family("repeated-fields-in-parts", _repeated(_MIXED, b"--b\r\nSubject: a\r\nSubject: b\r\n\r\n\r\n", b"--b--\r\n")),
    Family("parts-without-end", _repeated(_MIXED, b"--b\r\n")),
    Family("parts-in-epilogue", _repeated(_MIXED + b"--b\r\n\r\na\r\n--b--\r\n", b"--b\r\n\r\na\r\n")),
    Family("glued-delimiters", _repeated(_MIXED + b"--b\r\n\r\n", b"a--b\r\n", b"--b--\r\n")),
    Family("glued-delimiters-in-one-line", _repeated(_MIXED + b"--b\r\n\r\n", b"a--b", b"\r\n--b--\r\n")),
    Family("near-boundaries", _repeated(_MIXED, b"--bx\r\n", b"--b--\r\n")),
    Family("many-boundaries", _prefix_boundaries),
    Family("nested", _nested),
    Family("nested-with-one-boundary", _shared_boundary),
    Family("attached", _attached),
    Family("content-ids", _numbered(_MIXED, b"--b\r\nContent-ID: <%d@x>\r\n\r\n\r\n", b"--b--\r\n")),
    Family("multiparts-without-boundary", _repeated(_MIXED, b"--b\r\nContent-Type: multipart/x\r\n\r\n", b"--b--\r\n")),
    # Bodies.
    Family("long-line", _repeated(_PLAIN, b"a")),
    Family("long-lines", _repeated(_PLAIN, b"a" * 1200 + b"\r\n")),
    Family("lines", _repeated(_PLAIN, b"a\r\n")),
    Family("empty-lines", _repeated(_PLAIN, b"\r\n")),
    Family("lone-crs", _repeated(_PLAIN, b"a\r")),
    Family("lone-lfs", _repeated(_PLAIN, b"a\n")),
    Family("mixed-line-ends", _repeated(_PLAIN, b"a\nb\r\nc\r")),
    Family("dots", _repeated(_PLAIN, b".\r\n")),
    Family("from-lines", _repeated(_PLAIN, b"From a\r\n")),
    Family("nuls", _repeated(_PLAIN, b"\0")),
    Family("8-bit-lines", _repeated(_PLAIN, b"\xe9\r\n")),
    Family("utf-8-text", _repeated(_PLAIN, "ü".encode())),
    Family("base64", _repeated(_ENCODED + b"base64\r\n\r\n", b"YWFh" * 19 + b"\r\n")),
    Family("base64-in-short-lines", _repeated(_ENCODED + b"base64\r\n\r\n", b"YW\r\n")),
    Family("malformed-base64", _repeated(_ENCODED + b"base64\r\n\r\n", b"Y=*\r\n")),
    Family("quoted-printable", _repeated(_ENCODED + b"quoted-printable\r\n\r\n", b"=C3=BC=\r\n")),
    Family("malformed-quoted-printable", _repeated(_ENCODED + b"quoted-printable\r\n\r\n", b"=")),
    Family("uuencode", _repeated(_ENCODED + b"x-uuencode\r\n\r\nbegin 644 a\r\n", b"#86%A\r\n")),
    Family("utf-7", _repeated(_MIME + b"Content-Type: text/plain; charset=utf-7\r\n\r\n", b"+AOk-")),
    Family("punycode-text", _repeated(_MIME + b"Content-Type: text/plain; charset=punycode\r\n\r\na-", b"99999b")),
    Family(
        "iso-2022-text", _repeated(_MIME + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", b'\x1b$B$"\x1b(B')
    ),
    Family("fields-in-body", _repeated(_HEAD + b"\r\n", b"X-SES-TENANT: t\r\n")),
    # HTML and what SES reads in it.
    Family("links", _numbered(_HTML, b'<a href="https://x.example/%d">x</a>\r\n')),
    Family("directives", _numbered(_HTML, b'<a ses:tags="a:%d;" href="https://x.example/">x</a>\r\n')),
    Family("open-anchors", _repeated(_HTML, b"<a ")),
    Family("open-quotes-in-anchors", _repeated(_HTML, b'<a href="')),
    Family("tag-openings", _repeated(_HTML, b"<")),
    Family("comments-in-html", _repeated(_HTML, b"<!--")),
    Family("placeholders", _repeated(_HTML, b"{{amazonSESUnsubscribeUrl}}")),
    Family("open-trackers", _repeated(_HTML, b"{{ses:openTracker}}")),
    Family("braces", _repeated(_HTML, b"{{")),
    Family("links-in-text", _numbered(_PLAIN, b"https://x.example/%d\r\n")),
    Family("inline-images", _numbered(_HTML, b'<img src="cid:%d@x">\r\n')),
    # Signatures.
    Family("dkim-tags", _repeated(_HEAD + b"DKIM-Signature: v=1; h=from; ", b"a=b; ")),
    Family("dkim-fields", _repeated(_HEAD + b"DKIM-Signature: v=1; h=from", b":from")),
    Family("dkim-signatures", _repeated(_HEAD, b"DKIM-Signature: v=1; h=from:to; d=a; s=b; b=c\r\n", b"\r\nHi\r\n")),
)


def catalogue_families(index: Path) -> tuple[Family, ...]:
    """Return the families of an attack catalogue that make a message; nothing where the file is absent.

    The generators in the file are evaluated as Python: give only a file that you trust.
    """
    if not index.is_file():
        return ()
    entries = json.loads(index.read_text(encoding="utf-8"))["entries"]
    return tuple(
        _of_catalogue(entry["name"], entry["generator"])
        for entry in entries
        if entry["sizes"] and entry["generator"].startswith("b")
    )


def _of_catalogue(name: str, generator: str) -> Family:
    code = compile(generator, name, "eval")

    def sized(n: int) -> bytes:
        made = eval(code, {"n": n, "range": range})
        assert isinstance(made, bytes)
        return made

    def make(size: int) -> bytes:
        # As many as fill the size, by what so many more of them add.
        each = (len(sized(400)) - len(sized(200))) / 200
        return sized(max(1, int(size / each)))

    return Family(name, make)
