"""Whether a file of the user may be written as mail."""

from __future__ import annotations

import os

from sesmime.mime.kinds import begins_with_field, has_mail_field, has_mail_name, other_format


def why_no_mail(data: bytes, path: str) -> str | None:
    """Say why a file must not be written as mail, in words that follow its name; None if it is mail.

    Mail is what has a suffix of mail or stands in a Maildir, or begins with a field and has one that mail has; never
    what has the signature of another format.

    >>> why_no_mail(b"%PDF-1.7", "a.eml"), why_no_mail(b"Hello", "a.eml"), why_no_mail(b"a: b", "a.txt")
    ('it is a PDF file, no mail', None, 'it has no field of mail, and its name is none of mail (*.eml)')
    """
    other = other_format(data)
    if other is not None:
        return f"it is {other}, no mail"
    if has_mail_name(path) or in_maildir(path):
        return None
    if not begins_with_field(data):
        return "its first line is no field, and its name none of mail (*.eml)"
    if not has_mail_field(data):
        return "it has no field of mail, and its name is none of mail (*.eml)"
    return None


def in_maildir(path: str) -> bool:
    """Tell whether a file is a message of a Maildir."""
    folder = os.path.dirname(os.path.abspath(path))
    return os.path.basename(folder) in ("cur", "new") and is_maildir(os.path.dirname(folder))


def is_maildir(folder: str) -> bool:
    """Tell whether a folder is a Maildir."""
    return all(os.path.isdir(os.path.join(folder, kind)) for kind in ("cur", "new", "tmp"))
