"""Names looked up as every program on this machine does it, without tying up the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from dataclasses import dataclass

from gpuready.probes.probe import NoData

MOST = 64
"""Look-ups under way at once; more can only mean a resolver that never answers."""

_under_way = threading.BoundedSemaphore(MOST)


@dataclass(frozen=True, slots=True)
class Place:
    """One address that a name stands for."""

    family: socket.AddressFamily
    address: str
    port: int


async def look_up(host: str, port: int = 0, family: int = socket.AF_UNSPEC) -> tuple[Place, ...]:
    """The addresses of the name, in the order in which the system would try them.

    Source: ``getaddrinfo``, with /etc/hosts, nsswitch and search domains as for any other program.  Raises
    `socket.gaierror` when the name is not known, `NoData` when `MOST` earlier look-ups still hang.  The
    caller sets the time limit; a call that is given up goes on in a daemon thread, which holds up neither
    other work nor the end of the program (a pool's threads would do both).
    """
    room = _under_way
    if not room.acquire(blocking=False):
        raise NoData("probes_network.resolver_hangs", count=MOST)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[Place, ...]] = loop.create_future()

    def settle(found: tuple[Place, ...] | Exception) -> None:
        if answer.done():
            return  # nobody waits any more
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)

    def work() -> None:
        found: tuple[Place, ...] | Exception
        try:
            rows = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            found = tuple(Place(row[0], str(row[4][0]), int(row[4][1])) for row in rows)
        except UnicodeError as error:  # a label over 63 characters, an empty one
            found = socket.gaierror(socket.EAI_NONAME, str(error))
        except OSError as error:
            found = error
        finally:
            room.release()
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, found)

    try:
        threading.Thread(target=work, name=f"look-up {host[:60]}", daemon=True).start()
    except RuntimeError:  # no more threads
        room.release()
        raise NoData("probes_network.resolver_hangs", count=MOST) from None
    return await answer
