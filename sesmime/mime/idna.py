"""Domains beyond ASCII, in ASCII (Punycode, RFC 3492), by the two editions of IDNA there are.

IDNA 2003 (RFC 3490) is the codec of Python, and what Django writes: used where a message or an address is Django's, and
where the linter compares a domain that is shown with one that is written. It maps much: `straße.example` becomes
`strasse.example`, another domain.

IDNA 2008 (RFC 5891) is what registries go by: used where sesmime itself writes a domain (`build`). It needs the extra
`idna`, but for labels on which both editions agree and that need no rule for what stands beside a letter.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from sesmime.errors import is_assigned

# Letters on which IDNA 2003 and 2008 agree, and that need no rule for what stands beside them.
_PLAIN_LABEL: Final = re.compile(
    "(?!-)(?!.*--)[0-9a-z\u00e0-\u00f6\u00f8-\u0148\u014a-\u017e\u03ac-\u03c1\u03c3-\u03ce\u0430-\u045f"
    "\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3-]+(?<!-)"
)
# RFC 1035 section 2.3.4.
_MAX_LABEL: Final = 63


def domain_by_idna_2003(domain: str) -> str:
    """Return a domain in ASCII as Python's codec and Django write it; raises UnicodeError where that cannot be.

    >>> domain_by_idna_2003("b\u00fccher.example")
    'xn--bcher-kva.example'
    """
    return domain.encode("idna").decode("ascii")


def address_by_idna_2003(address: str) -> str:
    """Return an address with its domain in ASCII as Django writes it, and as it is where that cannot be."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain_by_idna_2003(domain)}"
    except UnicodeError:
        return address


def domain_by_idna_2008(domain: str) -> str:
    """Return a domain in ASCII; capitals become small, nothing else is mapped.

    What else UTS 46 maps (full-width letters, other dots) lets two names look like one, and is refused. Raises
    ValueError for a label that IDNA 2008 does not allow, ImportError where the extra `idna` is needed.

    >>> domain_by_idna_2008("B\u00fccher.example")
    'xn--bcher-kva.example'
    """
    return ".".join(map(_ascii_label, domain.split(".")))


def _ascii_label(label: str) -> str:
    """Write a label in Punycode (RFC 5891 section 4.4)."""
    if label.isascii():
        return label
    if not is_assigned(label):  # the extra goes by its own Unicode and by Python's
        raise ValueError(_NOT_ALLOWED)
    label = unicodedata.normalize("NFC", label.lower())
    if label.isascii() or len(label) > _MAX_LABEL:
        raise ValueError(_NOT_ALLOWED)
    try:
        from idna import IDNAError, alabel
    except ImportError:
        is_stable = unicodedata.normalize("NFKC", label.casefold()) == label
        if is_stable and _PLAIN_LABEL.fullmatch(label):
            return "xn--" + label.encode("punycode").decode("ascii")
        raise ImportError("this non-ASCII domain needs the extra idna: pip install 'sesmime[idna]'") from None
    try:
        return alabel(label).decode("ascii")
    except IDNAError:
        raise ValueError(_NOT_ALLOWED) from None


_NOT_ALLOWED: Final = "a label of its domain is none that IDNA 2008 allows"
