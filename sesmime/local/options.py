"""What the local SES is told to be: the options of `LocalSes` and of `sesmime serve`."""

from __future__ import annotations

from dataclasses import dataclass

from sesmime.linter.config import LintConfig

# The account that moto's other services belong to, so that ARNs agree.
ACCOUNT_ID = "123456789012"


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How the local SES behaves; every default is what a new developer expects of it.

    `sandbox`: recipients must be verified too, as in a new account. `any_identity`: every sender counts as verified;
    otherwise only identities that were created, and `verified_identities`, which are there from the start in every
    region. `pending`: identities that are created stay unverified. `quota` (recipients in 24 hours) and `rate`
    (recipients a second) None: without limit; past them SES's throttling errors are answered. `smtp_region` is the
    region that SMTP belongs to; `smtp_login` the name and password that it wants (None: any, or none).
    `max_messages` and `max_bytes` (octets) bound the inbox: the oldest go. `max_request` bounds a request's body, in
    octets, and `max_in_work` what all clients of a server (HTTP, SMTP) send at once. `patience` is for how many seconds
    a client may keep a server waiting where others want its connection. `config` says which findings count.
    """

    sandbox: bool = False
    any_identity: bool = False
    pending: bool = False
    verified_identities: tuple[str, ...] = ()
    quota: int | None = None
    rate: float | None = None
    smtp_region: str = "us-east-1"
    smtp_login: tuple[str, str] | None = None
    max_messages: int = 1_000
    max_bytes: int = 256 * 1024 * 1024
    max_request: int = 60 * 1024 * 1024  # 40 MB in base64, and the rest of a request
    max_in_work: int = 512 * 1024 * 1024
    patience: float = 5.0
    config: LintConfig = LintConfig()
