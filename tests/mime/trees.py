"""A message of nested parts."""

from __future__ import annotations


def crlf(text: str) -> bytes:
    """Return a message written with LF in its wire form."""
    return text.encode().replace(b"\n", b"\r\n")


NESTED = """\
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain

one
--inner
Content-Type: text/html

<p>two</p>
--inner--
inner epilogue
--outer
Content-Type: message/rfc822

Subject: attached

three
--outer--
epilogue
"""
