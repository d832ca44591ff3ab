"""One Prometheus, asked in threads: what it does not answer in time freezes nobody."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from gpuready.probes.http_auth import manner_of, url_of
from gpuready.probes.http_errors import BadStatus
from gpuready.probes.probe import Broken, Exchange, NoData, Outcome, Target
from gpuready.probes.tls_trust import Context, context_of, is_insecure
from gpuready.prometheus.address import api_url
from gpuready.prometheus.answer import Answer, series_of
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

if TYPE_CHECKING:
    from prometheus_api_client import PrometheusConnect

    from gpuready.prometheus.transport import Session
    from gpuready.prometheus.via import ThroughKubernetes

T = TypeVar("T")

AT_ONCE = 4
"""Requests to one Prometheus at the same time: it is somebody else's machine."""
NAMES_FOR = 60.0
"""Seconds for which the list of metric names is kept."""


class Source:
    """A connection to the target: a ``prometheus`` with the options of `http_auth.manner_of` (token, basic
    auth, headers such as a tenant's, proxy) and `tls_trust.context_of` (CA, client certificate), and
    ``via=KUBECONFIG[#CONTEXT]`` where only Kubernetes' service proxy reaches it.

    Every call is bounded: it raises `NoData` for what cannot be reached, refuses or is too slow, and `Broken`
    for what is no Prometheus API.  `received` and `asked` count bytes over the wire and requests.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._client: PrometheusConnect | None = None
        self._session: Session | None = None
        self._through: ThroughKubernetes | None = None
        self._lock = threading.Lock()
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._names: dict[tuple[str, float], tuple[float, frozenset[str]]] = {}
        self._naming = asyncio.Lock()
        self._product: str | None = None

    @property
    def received(self) -> int:
        return self._session.received if self._session else 0

    @property
    def asked(self) -> int:
        return self._session.requests if self._session else 0

    def url(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """The URL of a call to its API, as it is shown."""
        return api_url(self.target, path, params)

    async def instant(self, query: str, *, at: float | None = None, limit: float) -> Answer:
        """The query's value now, or at a Unix time; within `limit` seconds."""
        params = {} if at is None else {"time": f"{at:.3f}"}
        url = self.url("query", {"query": query, **params})

        def ask(client: PrometheusConnect) -> Any:
            return client.custom_query(query, params=params)

        return await self._answer(query, url, ask, limit)

    async def range(self, query: str, *, start: float, end: float, step: float, limit: float) -> Answer:
        """The query from `start` to `end` (Unix times), one point each `step` seconds."""
        seconds = f"{max(1, round(step))}s"
        times = {"start": f"{round(start)}", "end": f"{round(end)}", "step": seconds}
        url = self.url("query_range", {"query": query, **times})

        def ask(client: PrometheusConnect) -> Any:
            first, last = (datetime.fromtimestamp(round(each), UTC) for each in (start, end))
            return client.custom_query_range(query, first, last, seconds)

        return await self._answer(query, url, ask, limit)

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, limit: float
    ) -> tuple[Any, Exchange]:
        """The ``data`` of any other call, such as ``rules``, ``alerts``, ``targets``, ``status/flags``."""
        url = self.url(path, params)

        def ask(client: PrometheusConnect) -> Any:
            assert self._session is not None
            reply = self._session.get(url, headers=client.headers)
            if reply.status_code != 200:
                raise self._refusal(reply.status_code, reply.text, url)
            said = reply.json()
            if not isinstance(said, dict) or said.get("status") != "success" or "data" not in said:
                raise self._stranger(Exchange(f"GET {redact(url)}", redact(reply.text)))
            return said["data"]

        data, _ = await self._ask(url, ask, limit)
        return data, Exchange(f"GET {redact(url)}", redact(json.dumps(data, ensure_ascii=False)[:20000]))

    async def names(self, *, limit: float, selector: str = "", window: float = 0.0) -> frozenset[str]:
        """The names of its metrics, at most `NAMES_FOR` seconds old: all of them, or those that have a series
        with these matchers, or in the last `window` seconds (to the block, which may be two hours)."""
        key = (selector, window)
        async with self._naming:
            if key in self._names and time.monotonic() - self._names[key][0] < NAMES_FOR:
                return self._names[key][1]
            params = {"match[]": f"{{{selector}}}"} if selector else {}
            if window:
                params["start"] = f"{time.time() - window:.0f}"
            url = self.url("label/__name__/values", params)
            found, _ = await self._ask(url, lambda client: client.get_label_values("__name__", params), limit)
            if not isinstance(found, list):
                raise self._stranger(Exchange(f"GET {redact(url)}", redact(str(found))))
            names = frozenset(map(str, found))
            self._names[key] = (time.monotonic(), names)
            return names

    async def product(self, *, limit: float) -> str:
        """What it calls itself, with its version, as in ``Prometheus 3.5.0``; only ``Prometheus`` where it
        does not tell.  Asked once."""
        if self._product is None:
            try:
                data, _ = await self.get("status/buildinfo", limit=limit)
            except Outcome:
                return "Prometheus"  # whoever cannot be asked now may be later
            told = data if isinstance(data, dict) else {}
            words = (str(told.get("application") or "Prometheus"), str(told.get("version") or ""))
            self._product = safe_line(" ".join(filter(None, words)))[:60]
        return self._product

    def close(self) -> None:
        if self._session:
            self._session.close()

    async def _answer(
        self, query: str, url: str, ask: Callable[[PrometheusConnect], Any], limit: float
    ) -> Answer:
        result, size = await self._ask(url, ask, limit)
        shown = redact(json.dumps(result, ensure_ascii=False)[:20000])
        exchange = Exchange(f"GET {redact(url)}", shown)
        try:
            series = series_of(result)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._stranger(exchange) from None
        return Answer(query, series, exchange, size)

    async def _ask(self, url: str, ask: Callable[[PrometheusConnect], T], limit: float) -> tuple[T, int]:
        """What `ask` returns in a thread, and the bytes it read; outcomes for what it raises."""
        until = asyncio.get_running_loop().time() + limit
        self._through_kubernetes()
        try:
            async with asyncio.timeout(limit), self._gate:
                left = until - asyncio.get_running_loop().time()
                return await _in_thread(lambda: self._work(url, ask, left))
        except TimeoutError:
            shown = redact(url.split("?")[0])
            raise NoData("probes_http.slow_answer", url=shown, seconds=f"{limit:g}") from None

    def _work(self, url: str, ask: Callable[[PrometheusConnect], T], seconds: float) -> tuple[T, int]:
        """In a thread of its own."""
        import requests
        from prometheus_api_client.exceptions import PrometheusApiClientException

        from gpuready.prometheus.transport import FAILURES, TooBig, TooLate, outcome_of

        try:
            client, session = self._connected()
            session.seconds = max(0.1, seconds)
            before = session.received
            return ask(client), session.received - before
        except Outcome:
            raise
        except PrometheusApiClientException as error:
            status, body = _status(str(error))
            raise self._refusal(status, body, url) from None
        except (requests.exceptions.JSONDecodeError, KeyError, TypeError):
            raise self._stranger(Exchange(f"GET {redact(url)}", "")) from None
        except (*FAILURES, TooBig, TooLate) as error:
            raise outcome_of(error, url, seconds) from None

    def _connected(self) -> tuple[PrometheusConnect, Session]:
        """The client, made at the first call: it brings libraries along and may read files."""
        with self._lock:
            if self._client is None or self._session is None:
                from prometheus_api_client import PrometheusConnect

                from gpuready.prometheus.transport import Adapter, Session

                manner, base = manner_of(self.target), url_of(self.target).rstrip("/")
                session = Session()
                if manner.proxy:
                    session.proxies = {"http": manner.proxy, "https": manner.proxy}
                client = PrometheusConnect(base, headers=dict(manner.headers), session=session)
                # Longer than the prefix of the client's own adapter, so that ours is the one in use.
                session.mount(f"{base}/", self._through or Adapter(_context(self.target, base)))
                self._client, self._session = client, session
            return self._client, self._session

    def _through_kubernetes(self) -> None:
        """Make the way through the cluster, on the event loop that carries it."""
        if self._through is None and "via" in self.target.options:
            from gpuready.prometheus.via import ThroughKubernetes

            self._through = ThroughKubernetes(self.target)

    def _refusal(self, status: int, body: str, url: str) -> Outcome:
        shown = Exchange(f"GET {redact(url)}", redact(f"HTTP {status}\n{body}"))
        if status in (400, 422, 503):
            try:
                words = safe_line(str(json.loads(body)["error"])[:300])
            except (ValueError, KeyError, TypeError):
                words = f"HTTP {status}"
            return NoData("probes_services.query_refused", error=redact(words)).showing(shown)
        return BadStatus.of(status, url.split("?")[0], shown)

    def _stranger(self, shown: Exchange) -> Outcome:
        address = safe_line(self.target.address)
        return Broken("probes_services.no_prometheus", address=address).showing(shown)

    @property
    def remarks(self) -> tuple[tuple[str, Mapping[str, object]], ...]:
        """What must be said beside anything that came from it."""
        if is_insecure(self.target) and self.target.address.startswith("https"):
            return (("probes_http.insecure", {"host": self.target.name}),)
        return ()


def _context(target: Target, base: str) -> Context | None:
    return context_of(target) if base.startswith("https:") else None


def _status(said: str) -> tuple[int, str]:
    """Status and body out of the words of the client's exception, which holds neither as a field."""
    head, _, rest = said.removeprefix("HTTP Status Code ").partition(" ")
    text = rest.strip("()")
    if text[:2] in ("b'", 'b"'):
        text = text[2:-1].encode().decode("unicode_escape", "replace")
    return (int(head) if head.isdigit() else 0), text


async def _in_thread(work: Callable[[], T]) -> T:
    """What `work` returns or raises.  In a thread that ends with the program: one that hangs is left behind,
    not waited for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if done.done() else outcome())

    def run() -> None:
        try:
            value = work()
        except BaseException as error:
            problem = error  # the name `error` is gone when the lambda is called
            settle(lambda: done.set_exception(problem))
        else:
            settle(lambda: done.set_result(value))

    threading.Thread(target=run, daemon=True, name="prometheus").start()
    return await done
