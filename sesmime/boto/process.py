"""The hook for a whole process: every client of botocore and aiobotocore, made by whom and whenever.

All events of all clients pass one method of one class, `HierarchicalEmitter.emit`; there the hook looks on. It comes
after the handlers that are registered, so that it sees the request that they leave, and stands aside where one of them
is a hook of a client or a session: the nearer one holds. Others put themselves into the same method (the outbox of
`sesmime.testing` does), before or after, and leave in any order; so a method that is not on top any more when it is to
be taken away stays, does nothing, and serves again when the hook comes back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from inspect import isawaitable
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, TypeAlias

# A handler of an event: it takes `params`, `model` and `context`, and changes `params` in place.
Handler: TypeAlias = Callable[..., None]

_NONE: Final[Mapping[str, Handler]] = MappingProxyType({})
_LOCK: Final = Lock()


class _State:
    """The handlers by event, and the method that looks on for them."""

    handlers: Mapping[str, Handler] = _NONE
    method: Any = None


def hook_process(handlers: Mapping[str, Handler]) -> None:
    """Have these handlers run for their events in every client, in the place of the former ones.

    Raises ImportError where botocore is not installed.
    """
    from botocore.hooks import HierarchicalEmitter

    with _LOCK:
        _State.handlers = MappingProxyType(dict(handlers))
        if not _is_among(_State.method, HierarchicalEmitter.emit):
            _State.method = _looking_on(HierarchicalEmitter.emit)
            HierarchicalEmitter.emit = _State.method


def unhook_process() -> None:
    """Take the handlers out again; where there are none, nothing happens."""
    with _LOCK:
        _State.handlers = _NONE
        if _State.method is None:
            return
        from botocore.hooks import HierarchicalEmitter

        if HierarchicalEmitter.emit is _State.method:
            HierarchicalEmitter.emit = _State.method.__wrapped__
            _State.method = None


def _is_among(method: Any, top: Any) -> bool:
    """Whether a method is the one on top, or one that it stands for (`functools.wraps` tells)."""
    while method is not None and top is not None:
        if top is method:
            return True
        top = getattr(top, "__wrapped__", None)
    return False


def _looking_on(original: Any) -> Any:
    @wraps(original)
    def emit(self: Any, event_name: str, **named: Any) -> Any:
        __tracebackhide__ = True
        answers = original(self, event_name, **named)
        handler = _State.handlers.get(event_name)
        # One that somebody has hidden, so that another was put above it, does nothing.
        if handler is None or _State.method is not emit:
            return answers
        if isawaitable(answers):
            return _awaited(answers, handler, named)
        _handle(answers, handler, named)
        return answers

    return emit


async def _awaited(answers: Awaitable[Any], handler: Handler, named: Mapping[str, Any]) -> Any:
    found = await answers
    _handle(found, handler, named)
    return found


def _handle(answers: Any, handler: Handler, named: Mapping[str, Any]) -> None:
    if any(isinstance(other, type(handler)) for other, _ in answers):
        return
    # botocore goes on with the first request that a handler gave, else with the one that all had.
    request = next((answer for _, answer in answers if answer is not None), named["params"])
    handler(**{**named, "params": request})
