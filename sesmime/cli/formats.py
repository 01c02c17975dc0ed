"""The forms in which `sesmime lint` writes findings: the linter's, and `html`, the local SES's page as a file."""

from __future__ import annotations

from typing import Final

from sesmime.cli.files import CommandError
from sesmime.linter import output

FORMATS: Final = (*output.FORMATS, "html")


def renderer(name: str) -> output.Render:
    """Return the function that writes a format of `FORMATS`; raises CommandError where it needs what is not there."""
    if name != "html":
        return output.renderer(name)
    try:
        from sesmime.local.page.as_file import render
    except ImportError:
        raise CommandError("the format html needs more packages: pip install 'sesmime[local]'") from None
    return render
