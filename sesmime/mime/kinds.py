"""What kind of file octets are: mail, or another format that must not be read or written as mail."""

from __future__ import annotations

import re
from typing import Final

from sesmime.mime.fields import parse_header_section
from sesmime.mime.grammar import FIELD_NAME

# How formats begin, from their specifications and from the list of file(1). What is printable counts only where the
# first line is no field, and tells text from mail only where something is written.
_SIGNATURES: Final = (
    (b"PK\x03\x04", "a ZIP archive, as .docx, .xlsx and .odt are"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"PK\x07\x08", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE file, as .doc, .xls and Outlook's .msg are"),
    (b"%PDF-", "a PDF file"),
    (b"%!PS", "a PostScript file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\x01\0", "an icon"),
    (b"RIFF", "a RIFF file"),
    (b"ID3", "an MP3 file"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
    (b"\x1aE\xdf\xa3", "a Matroska file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x1f\x9d", "a compressed file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\x04\x22\x4d\x18", "an LZ4 file"),
    (b"LZIP", "an lzip file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"MSCF", "a cabinet file"),
    (b"!<arch>\n", "an ar archive"),
    (b"\xed\xab\xee\xdb", "an RPM package"),
    (b"070701", "a cpio archive"),
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"\xfe\xed\xfa\xce", "a Mach-O program"),
    (b"\xfe\xed\xfa\xcf", "a Mach-O program"),
    (b"\xce\xfa\xed\xfe", "a Mach-O program"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O program"),
    (b"\xca\xfe\xba\xbe", "a Java class or a Mach-O program"),
    (b"\0asm", "a WebAssembly module"),
    (b"dex\n", "an Android program"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"ORC", "an ORC file"),
    (b"ARROW1", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"GGUF", "a GGUF file"),
    (b"!BDN", "an Outlook data file"),
    (b"\x78\x9f\x3e\x22", "a TNEF file"),
    (b"PACK", "a Git pack"),
    (b"DIRC", "a Git index"),
    (b"\0\x01\0\0", "a TrueType font"),
    (b"OTTO", "an OpenType font"),
    (b"ttcf", "a font collection"),
    (b"wOFF", "a WOFF font"),
    (b"wOF2", "a WOFF2 font"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "an HTML or XML file"),
    (b"<html", "an HTML file"),
    (b"#!", "a script"),
)
# Formats that say what they are further in: place, octets.
_FURTHER_IN: Final = (
    (257, b"ustar", "a tar archive"),
    (4, b"ftyp", "an MP4 file"),
    (128, b"DICM", "a DICOM image"),
)

# RFC 5322 section 3.6.8, with the blanks before the colon that section 4.5 has.
_FIELD: Final = re.compile(rb"[!-9;-~]+[ \t]*:")
_MAIL_SUFFIXES: Final = (".eml", ".email", ".mail", ".mime", ".msg", ".rfc822")
# One of these has every message there is; a file of settings that begins `name: value` has none.
_MAIL_FIELDS: Final = (
    *("from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "received", "return-path"),
    *("mime-version", "content-type", "delivered-to", "dkim-signature", "resent-from", "resent-to"),
)


def other_format(data: bytes) -> str | None:
    r"""Say what format a file has by its signature; None where it has none that is known.

    >>> other_format(b"%PDF-1.7\n"), other_format(b"ORC: a\n"), other_format(b"From: a@b.example\n")
    ('a PDF file', None, None)
    """
    has_field = _FIELD.match(data) is not None
    for signature, name in _SIGNATURES:
        if data.startswith(signature) and not (has_field and _is_printable(signature)):
            return name
    for place, signature, name in _FURTHER_IN:
        if data.startswith(signature, place) and not has_field:
            return name
    return None


def binary_format(data: bytes) -> str | None:
    r"""Say what format a file has that cannot be a message even by mistake; None where it may be one, however broken.

    >>> binary_format(b"<html><p>saved as mail"), binary_format(b"\x1f\x8b\x08")
    (None, 'a gzip file')
    """
    if _is_printable(data[:4]) and b"\0" not in data[:8192] and not data.startswith(b"%PDF-"):
        return None
    return other_format(data)


def _is_printable(octets: bytes) -> bool:
    return octets.isascii() and octets.decode().isprintable()


def has_mail_name(name: str) -> bool:
    """Tell whether a file has one of the suffixes that mail has.

    >>> has_mail_name("letter.EML"), has_mail_name("letter.txt")
    (True, False)
    """
    return name.lower().endswith(_MAIL_SUFFIXES)


def begins_with_field(data: bytes) -> bool:
    """Tell whether the first line is a field.

    >>> begins_with_field(b"Subject: Hi"), begins_with_field(b"# Notes")
    (True, False)
    """
    return _FIELD.match(data) is not None


def has_mail_field(data: bytes) -> bool:
    """Tell whether there is one of the fields that every message has; a file of settings (`name: value`) has none.

    >>> has_mail_field(b"X-A: b\\nSubject: Hi"), has_mail_field(b"name: value")
    (True, False)
    """
    return any(name in parse_header_section(data) for name in _MAIL_FIELDS)


def why_no_message(data: bytes) -> str | None:
    r"""Say why something is no message at all, however broken, in words that follow its name; None if it may be one.

    >>> why_no_message(b""), why_no_message(b"\xff\xfeF\0r\0"), why_no_message(b"Hello")
    ('is empty', 'is UTF-16 text; save the message as the bytes that are sent', None)
    """
    if not data:
        return "is empty"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16 text; save the message as the bytes that are sent"
    if b"\0" in data[:8192] and missing_header_section(data[:65536]):
        return "is a binary file, not a message"
    other = binary_format(data)
    return None if other is None else f"is {other}, no message"


def missing_header_section(message: bytes) -> str | None:
    """Say why a message has no header section; None if it has a field (RFC 5322 section 2.1).

    >>> missing_header_section(b"Hello") , missing_header_section(b"Subject: Hello")
    ('line 1 is not a field', None)
    """
    if message.startswith((b"\n", b"\r\n")):
        return "line 1 is empty, so everything after it is the body"
    if any(FIELD_NAME.fullmatch(field.name) for field in parse_header_section(message)):
        return None
    return "line 1 is not a field"
