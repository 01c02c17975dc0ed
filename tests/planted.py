"""Messages with a secret planted in a body or in a field that is no known one, and what looks for it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

SECRET: Final = b"s3cr3tV4lue"
HEAD: Final = b"From: a@example.com\r\nTo: b@example.net\r\nSubject: s\r\nMIME-Version: 1.0\r\n"

FIELDS: Final = {
    "plain": b"X-Api-Key: %s\r\n",
    "NUL": b"X-Api-Key: %s\0%s\r\n",
    "control": b"X-Api-Key: %s\x01%s\r\n",
    "8-bit": b"X-Api-Key: %s \xe9 %s\r\n",
    "UTF-8": b"X-Api-Key: %s \xc3\xa9%s\r\n",
    "long": b"X-Api-Key: " + b"%s" * 200 + b"\r\n",
    "long, with blanks": b"X-Api-Key: " + b"%s " * 200 + b"\r\n",
    "blank continuation": b"X-Api-Key: %s\r\n \r\n %s\r\n",
    "blank before the colon": b"X-Api-Key : %s\r\n",
    "lone CR": b"X-Api-Key: %s\r%s\r\n",
    "lone LF": b"X-Api-Key: %s\n %s\n",
    "literal line end": b"X-Api-Key: %s\\r\\nBcc: c@example.net\r\n",
    "malformed word": b"X-Api-Key: =?x?q?%s?= =?utf-8?z?%s?= =?utf-8?q?%s\r\n",
    "line end in a word": b"X-Api-Key: =?utf-8?q?%s=0D=0A%s?=\r\n",
    "hidden SES field": b"X-Api-Key: %s\rX-SES-TENANT: t\r\n",
    "malformed name": b"X Api(Key): %s\r\n",
    "no field": b"%s is no field\r\n",
    "repeated": b"X-Api-Key: %s\r\nX-Api-Key: %s\r\n",
    "bidirectional control": b"X-Api-Key: %s \xe2\x80\xae%s\r\n",
    "continuation first": b" %s\r\n",
    "authorization": b"Authorization: Bearer %s\r\n",
}
BODIES: Final = {
    "plain": b"\r\nthe key is %s\r\n",
    "long line": b"\r\n" + b"%s " * 200 + b"\r\n",
    "8-bit": b"\r\n%s \xe9 %s\r\n",
    "UTF-8, long": b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + b"%s \xc3\xa9 " * 200 + b"\r\n",
    "NUL": b"\r\n%s\0%s\r\n",
    "lone CR": b"\r\n%s\r%s\r\n",
    "lone LF": b"\r\n%s\n%s\n.\n%s\r\n",
    "end of data": b"\r\n%s\n.\r\n%s\r\n",
    "undecodable": b"Content-Type: text/plain; charset=utf-8\r\n\r\n%s \xff %s\r\n",
    "unknown charset": b"Content-Type: text/plain; charset=x\r\n\r\n%s \xff %s\r\n",
    "unknown encoding": b"Content-Transfer-Encoding: x\r\n\r\n%s\r\n",
    "malformed base64": b"Content-Transfer-Encoding: base64\r\n\r\n%s*=%s\r\n",
    "malformed quoted-printable": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n%s=XX%s=\r\n",
    "fields in the body": b"\r\nX-Api-Key: %s\r\nX-SES-TENANT: t\r\nFrom: c@example.com\r\n\r\n%s\r\n",
    "no delimiter": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n%s\r\n",
    "glued delimiter": b"Content-Type: multipart/mixed; boundary=bbbb\r\n\r\n--bbbb\r\n\r\n%s--bbbb\r\n%s--bbbb--\r\n",
    "near boundary": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n%s\r\n--b%s\r\n--b--\r\n",
    "epilogue": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n%s\r\n--b--\r\n--b\r\n\r\n%s\r\n",
    "fields of a part": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nX-Key: %s\xe9\r\n%s\r\n\r\n%s\r\n--b--\r\n",
    "8-bit part": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n%s\xe9\r\n--b--\r\n",
    "attached": b"Content-Type: message/rfc822\r\n\r\nX-SES-TENANT: t\r\nSubject: a\r\nX-Key: %s\r\n\r\n%s\xe9\r\n",
    "message in base64": None,
    "HTML": b"Content-Type: text/html\r\n\r\n<a ses:tags=x href='https://x.example/?key=%s'>%s</a>{{ses:openTracker}}"
    b"{{amazonSESUnsubscribeUrl}}<img src='cid:%s'>\r\n",
    "HTML with other directives": b"Content-Type: text/html\r\n\r\n"
    b"<p ses:no-track>%s</p><a ses:no-track href=#%s>%s\r\n",
    "one LF": b"Content-Type: text/plain\n\n%s\n",
}


def planted(template: bytes) -> bytes:
    return template.replace(b"%s", SECRET)


def messages() -> Iterator[tuple[str, bytes]]:
    for name, field in FIELDS.items():
        if name != "continuation first":
            yield f"field: {name}", HEAD + planted(field) + b"\r\nHi\r\n"
        if name in ("continuation first", "no field"):
            yield f"first: {name}", planted(field) + HEAD + b"\r\nHi\r\n"
    for name, body in BODIES.items():
        if body is None:
            inner = HEAD + b"X-Api-Key: " + SECRET + b"\r\n\r\n" + SECRET + b"\r\n"
            yield f"body: {name}", base64.encodebytes(inner)
        else:
            yield f"body: {name}", HEAD + planted(body)


MESSAGES: Final = dict(messages())


def traces() -> list[bytes]:
    """Return what shows that the secret is there: as it is, and inside base64 at each place."""
    inside = [base64.b64encode(b"=" * before + SECRET)[4:-4] for before in range(3)]
    return [SECRET.lower(), *(one.lower() for one in inside if len(one) >= 8)]


def assert_silent(where: str, text: str | bytes) -> None:
    octets = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    lowered = octets.lower()
    for trace in traces():
        at = lowered.find(trace)
        assert at < 0, f"{where}: {lowered[max(0, at - 60) : at + 40]!r}"
