"""What processes of a relay may be that end before they begin."""

from __future__ import annotations

import asyncio
import os

from sesmime.relay.processes import Parent, Place, ignore_signals


def die(place: Place) -> None:
    os._exit(3)


def tell_why(place: Place) -> None:
    ignore_signals()
    asyncio.run(_tell_why(place))


async def _tell_why(place: Place) -> None:
    parent = await Parent.meet(place, stop=asyncio.Event())
    parent.tell("failed", "the users are gone")
