"""Messages that are sent and recorded."""

from __future__ import annotations

# The fixtures of moto's server.

MESSAGE = b"From: joe@a.example\r\nTo: c@d.example\r\nSubject: Hi\r\n\r\nHello\r\n"
REPEATED = MESSAGE.replace(b"Subject: Hi\r\n", b"Subject: Hi\r\nSubject: Ho\r\n")
TAGGED = b"X-SES-MESSAGE-TAGS: a=1\r\n" + MESSAGE
