"""Messages and requests for the tests of the page: plain ones, hostile ones, and large ones."""

from __future__ import annotations

import base64
import struct
import zlib
from contextlib import suppress
from typing import Any

from sesmime.local import LocalSes
from tests.local.conftest import client_of

HOSTILE_NAME = '"><script>alert(1)</script>\u202e../..\\gnp.exe'
HOSTILE_SUBJECT = "<script>alert(1)</script> \u202eevil\u202c \x07bell </title><img src=x onerror=alert(1)>"


def png(red: int, green: int, blue: int, side: int = 32) -> bytes:
    """Return an image of one colour."""
    rows = (b"\x00" + bytes((red, green, blue)) * side) * side

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def hostile_html(outside: str) -> str:
    """Return HTML that tries to run, to ask the server `outside` (an origin) for something, and to lead away."""
    host = outside.partition("//")[2]
    return f"""<!doctype html><html manifest="{outside}/manifest"><head>
<base href="{outside}/base/">
<meta http-equiv="refresh" content="0; url={outside}/refresh">
<meta http-equiv=x-dns-prefetch-control content=on>
<meta http-equiv="Content-Security-Policy" content="default-src *; script-src * 'unsafe-inline'">
<link rel=stylesheet href="{outside}/sheet.css"><link rel="prefetch" href="{outside}/prefetch">
<LINK REL="dns-prefetch" HREF="//{host}"><link/rel=preconnect href={outside}>
<link rel=preload as=image href={outside}/p>
<link rel=icon href={outside}/icon><link rel=modulepreload href={outside}/m.js><link rel=prerender href={outside}/pre>
<link
rel=preconnect href={outside}>
<style>@import url("{outside}/import.css"); @font-face {{ font-family: f; src: url({outside}/font) }}
body {{ background: url({outside}/background.png); font-family: f }} li {{ list-style: url({outside}/dot.png) }}</style>
<script>document.title = "ran"; fetch("{outside}/fetch"); top.location = "{outside}/top"</script>
<script src="{outside}/script.js"></script></head>
<body background="{outside}/body.png" onload="fetch('{outside}/onload')">
<h1>Hostile</h1>
<img src="{outside}/pixel.gif" srcset="{outside}/large.gif 2x" onerror="fetch('{outside}/onerror')">
<img src="x" onerror="document.title='ran'; new Image().src='{outside}/handler'">
<picture><source srcset="{outside}/source.png"><img src="{outside}/picture.png"></picture>
<iframe src="{outside}/iframe"></iframe><iframe srcdoc="<img src={outside}/srcdoc>"></iframe>
<object data="{outside}/object"></object><embed src="{outside}/embed">
<svg onload="fetch('{outside}/svgload')"><script>fetch("{outside}/svg")</script><image href="{outside}/svg.png"/>
<use href="{outside}/use.svg#a"/><animate onbegin="fetch('{outside}/begin')" attributeName=x dur=1s /></svg>
<video src="{outside}/video" poster="{outside}/poster" autoplay></video><audio src="{outside}/audio" autoplay></audio>
<track src="{outside}/track"><input type=image src="{outside}/input.png">
<table background="{outside}/table.png">
<tr><td style="background-image: url('{outside}/cell.png')">cell</td></tr></table>
<form action="{outside}/form" method=post>
<input name=a autofocus onfocus="this.form.submit()">
<button id=send>Send</button></form>
<details open ontoggle="fetch('{outside}/toggle')"><summary>s</summary></details>
<marquee onstart="fetch('{outside}/marquee')">m</marquee>
<p><a id=plain href="{outside}/plain">plain</a> <a id=blank target=_blank href="{outside}/blank">blank</a>
<a id=top target=_top href="{outside}/toplink">top</a> <a id=parent target=_parent href="{outside}/parent">parent</a>
<a id=script href="javascript:fetch('{outside}/javascript')">script</a>
<a id=ping ping="{outside}/ping" href="#x">ping</a> <a id=data href="data:text/html,<script>alert(1)</script>">data</a>
<a id=save download href="{outside}/download">save</a> <a id=own href="/api/messages">own</a></p>
<script type=speculationrules>{{"prerender": [{{"source": "list", "urls": ["{outside}/speculated"]}}]}}</script>
<noscript><img src="{outside}/noscript.png"></noscript>
</body></html>"""


def with_html(html: str, *, subject: str = "Hostile", more: bytes = b"") -> bytes:
    """Return a message of text, HTML and `more` parts."""
    encoded = base64.encodebytes(html.encode()).replace(b"\n", b"\r\n")
    return (
        b"From: Ann <ann@example.com>\r\nTo: bob@example.org\r\nBcc: eve@example.net\r\nSubject: %s\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello Bob\r\n"
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n%s%s--b--\r\n"
    ) % (encoded_word(subject), encoded, more)


def encoded_word(text: str) -> bytes:
    """Return text as a field carries it, whatever it holds."""
    if text.isascii() and text.isprintable():
        return text.encode()
    return b"=?utf-8?B?%s?=" % base64.b64encode(text.encode())


def image_part(content: bytes, cid: str) -> bytes:
    """Return a part with an image."""
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return (
        b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <%s>\r\n"
        b"Content-Disposition: inline; filename=logo.png\r\n\r\n%s"
    ) % (cid.encode(), encoded)


def attachment(name: str, content: bytes = b"content") -> bytes:
    """Return a part that is an attachment of that name."""
    quoted = "".join(f"%{octet:02X}" for octet in name.encode())
    return (
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%s\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n"
    ) % (quoted.encode(), base64.b64encode(content))


def send_raw(ses: LocalSes, message: bytes, **settings: Any) -> str:
    """Send a raw message by the API v1; return our id of what was kept, whether SES takes it or not."""
    v1 = client_of(ses, "ses")
    with suppress(v1.exceptions.ClientError):
        v1.send_raw_email(RawMessage={"Data": message}, **settings)
    return ses.inbox.messages()[0].id
