"""A local SES: a server that answers as Amazon SES is expected to, and a page that shows why. Extra `local`."""

from __future__ import annotations

from sesmime.local.in_process import StrictSes
from sesmime.local.options import Options
from sesmime.local.server import LocalSes

__all__ = ["LocalSes", "Options", "StrictSes"]
