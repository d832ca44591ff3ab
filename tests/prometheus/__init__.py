"""Real Prometheus servers for tests, on loopback: filled with history, or scraping what a test serves.

The main way, for checks: one server for a module, one data set a case, told apart by the label ``case``.

    from tests.prometheus.history import Cases, cases, counter, histogram, until

    @pytest.fixture(scope="module")
    def site() -> Iterator[Cases]:
        with cases(
            {
                "pass": {'DCGM_FI_DEV_GPU_UTIL{gpu="0",Hostname="n1"}': 91.0},
                "fail": {'DCGM_FI_DEV_GPU_UTIL{gpu="0",Hostname="n1"}': lambda t: 20 + t / 3600},
                "slow": histogram("vllm:time_to_first_token_seconds", {"0.5": 40, "1": 5, "2.5": 9}),
                "idle": {'http_requests_total{status="2xx"}': counter(0)},
                "lost": {'DCGM_FI_DEV_GPU_UTIL{gpu="0"}': until(-900, 91.0)},   # stopped 15 minutes ago
                "nothing": {},                                                  # no series at all: unknown
            },
            days=1,
        ) as site:
            yield site

    site.url                    # "http://127.0.0.1:40123"
    site.selector("pass")       # 'case="pass"', for the check's selector
    site.server.query('DCGM_FI_DEV_GPU_UTIL{case="pass"}')

f(t) gets the seconds from now, so t <= 0 is the past, and gives the value, or None for "no sample here".  A
number is a constant gauge.  A server with 500 series of six hours is there in about a second; it can be asked
for ten minutes before its data is stale.  What bites is at the top of tests.prometheus.history.

Other ways:
    prom({...}, days=365, step=3600)    # history: one data set, no label
    prometheus(targets={"dcgm": [exporter.address]})            # real: scrapes; the first after five seconds
    prometheus(prefix="/prom", basic=("u", "p"), tls=mtls)      # real: as behind a gateway
    server.pause(), .resume(), .kill(), .start(), .stop()       # on the same port, with the same data
    server.reload(rules=rule_file({"GpuLost": "up == 0"}))      # rules: rule files; refused(expressions)
    push(server, {'up{job="x"}': 0})    # remote_write: samples at once, without a scrape; STALE ends a series
    alertmanager()                      # real: give its .address to prometheus(alertmanagers=[...])
    slow(server.url, seconds=10)        # slow: holds, counts, cuts or replaces the answers
    big()                               # big: 10,000 GPUs, for the bench
Fixtures (conftest): `empty`, `exporter`, `pki`, `tls`, `mtls`.
"""
