"""The clients of a process: one for the same settings, kept between messages, so that no message waits for TLS anew.

boto3's clients may be used by several threads, its sessions not. A child process begins with none: connections of its
parent must not be used by both. The environment variables of AWS belong to the settings here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from sesmime.boto.rates import RateLimit, account_rate
from sesmime.django.settings import ACCOUNT, Options

# More clients than any site has; the oldest is dropped, and stays open for those who use it.
_MAX_KEPT: Final = 32
# Threads beyond this number make connections that are not kept.
_POOL: Final = 50


class Kept(NamedTuple):
    """A client, how fast it may send, and what its key names only by identity."""

    client: Any
    rate_limit: RateLimit | None
    held: tuple[Any, ...]


_KEPT: dict[Any, Kept] = {}
_LOCK = threading.Lock()


def _forget() -> None:
    """Begin anew, in a child process; another thread of the parent may have held the lock."""
    global _LOCK
    _LOCK = threading.Lock()
    _KEPT.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def kept_client(options: Options) -> Kept:
    """Return the client for these settings, made at the first time; raises what boto3 raises."""
    held: list[Any] = []
    with _LOCK:
        key = _key(options, held)
        found = _KEPT.get(key)
        if found is None:
            client = _made(options) if isinstance(options.client, Mapping) else options.client
            found = _KEPT[key] = Kept(client, _rate_limit(options, client), tuple(held))
            if len(_KEPT) > _MAX_KEPT:
                del _KEPT[next(iter(_KEPT))]
        return found


def _rate_limit(options: Options, client: Any) -> RateLimit | None:
    rate = options.rate_limit
    if rate is None:
        return None
    if rate == ACCOUNT:
        return RateLimit(partial(account_rate, client, is_v2=options.interface.is_v2))
    return RateLimit(float(rate))


def _key(options: Options, held: list[Any]) -> Any:
    """Return what tells these settings from others; objects that are held cannot give their identity to another."""
    given = (
        options.service,
        options.client,
        _session_of(options),
        options.profile,
        options.role,
        options.region,
        options.endpoint_url,
        options.rate_limit,
    )
    environment = tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_")))
    return _frozen(given, held), environment


def _frozen(value: Any, held: list[Any]) -> Any:
    if isinstance(value, Mapping):
        return "dict", tuple((name, _frozen(one, held)) for name, one in sorted(value.items()))
    if isinstance(value, list | tuple):
        return "list", tuple(_frozen(one, held) for one in value)
    if value is None or isinstance(value, str | bytes | int | float | bool):
        return type(value), value
    held.append(value)
    return "object", id(value)


def _session_of(options: Options) -> Any:
    """Return the session: what was handed in, what one is made of, or the default one, which may bear hooks."""
    if options.session is not None or options.profile is not None or not isinstance(options.client, Mapping):
        return options.session
    boto3 = _boto3()
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    return boto3.DEFAULT_SESSION


def _boto3() -> Any:
    try:
        import boto3
    except ImportError as error:
        raise ImportError("sesmime.django needs boto3: pip install 'sesmime[boto3]'") from error
    return boto3


def _made(options: Options) -> Any:
    boto3 = _boto3()
    from botocore.config import Config

    session = _session_of(options)
    if session is None or isinstance(session, Mapping):
        session = boto3.Session(**({"profile_name": options.profile} if options.profile else {}) | dict(session or {}))
    given = dict(options.client)
    for name, value in (("region_name", options.region), ("endpoint_url", options.endpoint_url)):
        if value:
            given[name] = value
    if options.role:
        session = _assumed(session, options.role, given.get("region_name"))
    config = given.pop("config", None)
    if isinstance(config, Mapping):
        config = Config(**config)
    base = Config(max_pool_connections=_POOL)
    return session.client(options.service, **given, config=base if config is None else base.merge(config))


def _assumed(session: Any, role: Any, region: str | None) -> Any:
    """Return a session of a role, whose credentials are asked for when they are needed, and again before they end."""
    boto3 = _boto3()
    import botocore.session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    given = {"RoleArn": role} if isinstance(role, str) else dict(role)
    arn = given.pop("RoleArn")
    region = region or session.region_name

    def client_of(service: str, **keys: Any) -> Any:
        return session.client(service, region_name=region, **keys)

    fetcher = AssumeRoleCredentialFetcher(client_of, session.get_credentials(), arn, extra_args=given)
    made = botocore.session.get_session()
    # botocore has no public way to hand over credentials that renew themselves.
    made._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return boto3.Session(botocore_session=made, region_name=region)
