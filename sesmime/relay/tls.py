"""TLS for those who connect: a certificate and its key, read again when they have been renewed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tls:
    """A context that connections share; `implicit` begins TLS at once, else a client asks for it by STARTTLS."""

    context: ssl.SSLContext
    certificate: Path
    key: Path | None
    implicit: bool = False

    @classmethod
    def read(cls, certificate: Path, key: Path | None = None, *, implicit: bool = False) -> Tls:
        """Read the certificate, those between it and its root in the same file, and the key, which may stand there too.

        Raises OSError for a file that cannot be read, ssl.SSLError (an OSError) for one that does not fit.
        """
        made = cls(_context(), certificate, key, implicit)
        made.reload()
        return made

    def reload(self) -> None:
        """Read the files again, for connections made from now on. Raises as `read` does; then all is as it was."""
        # Half of it must not take effect: what does not fit is found with another context.
        for context in (_context(), self.context):
            context.load_cert_chain(self.certificate, self.key, password=_no_password)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _no_password() -> str:
    """Have a key that needs a password fail; OpenSSL would ask for it at the terminal."""
    raise ssl.SSLError("the key is protected by a password")
