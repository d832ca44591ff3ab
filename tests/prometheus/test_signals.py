"""What the expressions of signals make of real series: the traps that their parsing cannot show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pytest

from gpuready.probes.probe import Ask, NoData, Target
from gpuready.prometheus.look import looking
from tests.prometheus.history import Cases, Value, between, cases, counter, since, stamp, until

HOUR = 3600.0
POD = 'namespace="chat",pod="vllm-0"'
"""A pod that is named by kube-state-metrics."""


def none(t: float) -> None:
    """No sample."""


def step(at: float, before: Value, after: Value) -> Value:
    """One value up to `at` (seconds from now), another from then on."""
    return between(-math.inf, at, before, after)


def temperature(*gpus: str) -> dict[str, Value]:
    return {f'DCGM_FI_DEV_GPU_TEMP{{UUID="{gpu}"}}': 60.0 for gpu in gpus}


def pod_holds_gpus(count: float, name: str, phase: str) -> dict[str, Value]:
    labels = f'namespace="chat",pod="{name}"'
    wanted = 'kube_pod_container_resource_requests{resource="nvidia_com_gpu",node="n1",container="engine",'
    return {
        f"{wanted}{labels}}}": count,
        **{
            f'kube_pod_status_phase{{phase="{each}",{labels}}}': float(each == phase)
            for each in ("Pending", "Running", "Succeeded")
        },
    }


DATA: Mapping[str, Mapping[str, Value]] = {
    # A job kept the GPU busy for six minutes; the pod's series is short, the idle one's is long.
    "one_job": {
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a",exported_pod="job"}': between(-1800, -1440, 1.0, none),
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a"}': between(-1800, -1440, none, 0.0),
    },
    "scales": {'nvidia_smi_utilization_gpu_ratio{uuid="a"}': 0.5},
    "memory": {
        'DCGM_FI_DEV_FB_USED{UUID="a"}': 60.0,
        'DCGM_FI_DEV_FB_FREE{UUID="a"}': 30.0,
        'DCGM_FI_DEV_FB_RESERVED{UUID="a"}': 10.0,
    },
    "mig": {
        'DCGM_FI_DEV_FB_USED{UUID="a",GPU_I_ID="1",instance="x"}': 1024.0,
        'DCGM_FI_DEV_FB_USED{UUID="a",GPU_I_ID="2",instance="x"}': 2048.0,
        'DCGM_FI_DEV_FB_USED{UUID="a",GPU_I_ID="2",instance="y"}': 2048.0,
    },
    # Xid gauges: an old code, a new one, one that came into being, one that a restart cleared, pods that go.
    "xid_old": {**temperature("a"), 'DCGM_FI_DEV_XID_ERRORS{UUID="a"}': 79.0},
    "xid_new": {
        **temperature("a", "b"),
        'DCGM_FI_DEV_XID_ERRORS{UUID="a"}': step(-1200, 0.0, 79.0),
        'DCGM_FI_DEV_XID_ERRORS{UUID="b"}': 0.0,
    },
    "xid_born": {
        **temperature("a", "b"),
        'DCGM_FI_DEV_XID_ERRORS{UUID="a",err_code="79"}': since(-1200, 79.0),
    },
    "xid_cleared": {**temperature("a"), 'DCGM_FI_DEV_XID_ERRORS{UUID="a"}': step(-1200, 31.0, 0.0)},
    "xid_with_pod": {
        **temperature("a"),
        'DCGM_FI_DEV_XID_ERRORS{UUID="a",exported_pod="job"}': until(-1215, 0.0),
        'DCGM_FI_DEV_XID_ERRORS{UUID="a"}': since(-1200, 79.0),
    },
    "xid_other_pod": {
        **temperature("a"),
        'DCGM_FI_DEV_XID_ERRORS{UUID="a",exported_pod="job"}': until(-1215, 79.0),
        'DCGM_FI_DEV_XID_ERRORS{UUID="a"}': since(-1200, 79.0),
    },
    "ecc_reboot": {'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{UUID="a"}': step(-1200, 5.0, 0.0)},
    "ecc_new": {'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{UUID="a"}': step(-1200, 5.0, 7.0)},
    # 0x5 is idle and the power cap; 0x44 is HW thermal and the power cap, for a quarter of the hour.
    "throttle_not": {'DCGM_FI_DEV_CLOCKS_EVENT_REASONS{UUID="a"}': 5.0},
    "throttle": {'DCGM_FI_DEV_CLOCKS_EVENT_REASONS{UUID="a"}': between(-1800, -900, 0x44, 0.0)},
    "http_fine": {'nginx_ingress_controller_requests{status="200"}': counter(10.0)},
    "http_silent": {'nginx_ingress_controller_requests{status="200"}': counter(0.0)},
    "http_timeout": {
        'nginx_ingress_controller_requests{status="200"}': counter(10.0),
        'nginx_ingress_controller_requests{status="504"}': since(-1200, 3.0),
    },
    "vllm_silent": {'vllm:request_success_total{finished_reason="stop"}': counter(0.0)},
    "vllm": {
        'vllm:request_success_total{finished_reason="stop",model_name="m"}': counter(9.0),
        'vllm:request_success_total{finished_reason="abort",model_name="m"}': counter(1.0),
    },
    "triton_counters": {"nv_inference_request_duration_us": counter(1000.0)},
    "batch": {
        'vllm:num_requests_running{model_name="m"}': between(-1800, -900, 8.0, 0.0),
        'vllm:request_success_total{model_name="m",finished_reason="stop"}': counter(1.0),
    },
    "allocated": {
        **pod_holds_gpus(4.0, "vllm-0", "Running"),
        **pod_holds_gpus(8.0, "job-done", "Succeeded"),
        'kube_node_status_allocatable{resource="nvidia_com_gpu",node="n1",instance="a"}': 8.0,
        'kube_node_status_allocatable{resource="nvidia_com_gpu",node="n1",instance="b"}': 8.0,
        'kube_node_status_allocatable{resource="cpu",node="n1"}': 64.0,
    },
    "waiting": pod_holds_gpus(8.0, "job-big", "Pending"),
    "idle": {
        f'DCGM_FI_PROF_GR_ENGINE_ACTIVE{{UUID="a",exported_{POD.replace(",", ",exported_")}}}': 0.01,
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="b",exported_namespace="chat",exported_pod="vllm-1"}': 0.9,
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="c",namespace="gpu",pod="nvidia-dcgm-exporter-x"}': 0.0,
    },
    "no_pods": {'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a"}': 0.0},
    "oom_now": {
        f"kube_pod_container_status_restarts_total{{{POD}}}": step(-1200, 1.0, 2.0),
        f'kube_pod_container_status_last_terminated_reason{{reason="OOMKilled",{POD}}}': 1.0,
    },
    "oom_long_ago": {
        f"kube_pod_container_status_restarts_total{{{POD}}}": 2.0,
        f'kube_pod_container_status_last_terminated_reason{{reason="OOMKilled",{POD}}}': 1.0,
    },
    "cost": {
        'container_cpu_allocation{namespace="chat",pod="p",container="c",node="n1"}': 10.0,
        'container_memory_allocation_bytes{namespace="chat",pod="p",container="c",node="n1"}': 4.0 * 2**30,
        'container_gpu_allocation{namespace="chat",pod="p",container="c",node="n1"}': 2.0,
        'node_cpu_hourly_cost{node="n1",instance="a"}': 0.1,
        'node_cpu_hourly_cost{node="n1",instance="b"}': 0.1,
        'node_ram_hourly_cost{node="n1"}': 0.25,
        'node_gpu_hourly_cost{node="n1"}': 3.0,
        'node_total_hourly_cost{node="n1"}': 12.0,
    },
    "backup": {
        'velero_backup_last_successful_timestamp{schedule="daily"}': stamp(6 * HOUR),
        'velero_backup_last_successful_timestamp{schedule="hourly"}': stamp(0.5 * HOUR),
    },
    "certificate": {
        'certmanager_certificate_expiration_timestamp_seconds{name="web"}': stamp(-20 * 24 * HOUR),
    },
    "mtls_none": {
        'istio_requests_total{reporter="destination",connection_security_policy="none"}': counter(1.0),
    },
    "cpu": {
        'node_cpu_seconds_total{instance="n1",cpu="0",mode="idle"}': counter(0.25),
        'node_cpu_seconds_total{instance="n1",cpu="0",mode="iowait"}': counter(0.05),
        'node_cpu_seconds_total{instance="n1",cpu="0",mode="user"}': counter(0.7),
    },
    "clock": {
        'node_timex_offset_seconds{instance="n1"}': between(-1800, -1700, -0.03, 0.01),
        'node_timex_sync_status{instance="n1"}': 1.0,
        'node_timex_offset_seconds{instance="n2"}': 0.0,
        'node_timex_sync_status{instance="n2"}': 0.0,
    },
    "kafka": {
        'kafka_consumergroup_lag{consumergroup="g",topic="t",partition="0",instance="a"}': 5.0,
        'kafka_consumergroup_lag{consumergroup="g",topic="t",partition="0",instance="b"}': 5.0,
        'kafka_consumergroup_lag{consumergroup="g",topic="t",partition="1",instance="a"}': 2.0,
        'kafka_topic_partition_current_offset{topic="t",partition="0",instance="a"}': counter(1000.0),
        'kafka_topic_partition_current_offset{topic="t",partition="0",instance="b"}': counter(1000.0),
        'kafka_topic_partition_current_offset{topic="__consumer_offsets",partition="0"}': counter(7.0),
    },
    "alerts": {
        "up": 1.0,
        'ALERTS{alertname="Watchdog",alertstate="firing"}': 1.0,
        'ALERTS{alertname="GpuLost",alertstate="firing"}': 1.0,
        'ALERTS{alertname="Slow",alertstate="pending"}': 1.0,
    },
    "no_alerts": {"up": 1.0},
    "kueue": {"kueue_admitted_workloads_total": counter(90 / HOUR), "kueue_pending_workloads": 10.0},
}

VALUES = [
    ("one_job", "gpu_busy", 10.0),
    ("scales", "gpu_busy", 50.0),
    ("memory", "gpu_memory_used", 60.0),
    ("mig", "gpu_memory_used_bytes", 3.0 * 2**30),
    ("xid_old", "gpu_xid", 0.0),
    ("xid_new", "gpu_xid", 1.0),
    ("xid_born", "gpu_xid", 1.0),
    ("xid_cleared", "gpu_xid", 0.0),
    ("xid_with_pod", "gpu_xid", 1.0),
    ("xid_other_pod", "gpu_xid", 0.0),
    ("ecc_reboot", "gpu_ecc_uncorrected", 0.0),
    ("ecc_new", "gpu_ecc_uncorrected", 2.0),
    ("throttle_not", "gpu_throttled", 0.0),
    ("throttle", "gpu_throttled", 25.0),
    ("http_fine", "service_errors", 0.0),
    ("http_fine", "request_timeouts", 0.0),
    ("http_timeout", "request_timeouts", 3.0),
    ("vllm", "request_success_ratio", 90.0),
    ("vllm", "request_rate", 10.0),
    ("batch", "batch_size", 8.0),
    ("allocated", "gpu_allocated", 50.0),
    ("allocated", "gpus_allocatable", 8.0),
    ("allocated", "gpu_pods_pending", 0.0),
    ("waiting", "gpu_pods_pending", 1.0),
    ("idle", "gpu_idle_allocated", 1.0),
    ("oom_now", "pods_oom_killed", 1.0),
    ("oom_long_ago", "pods_oom_killed", 0.0),
    ("cost", "cost_by_owner", 8.0),
    ("cost", "cost_rate", 12.0),
    ("backup", "backup_age", 6.0),
    ("certificate", "certificate_days", 20.0),
    ("mtls_none", "mtls_share", 0.0),
    ("cpu", "node_cpu_busy", 70.0),
    ("clock", "node_time_offset", 30.0),
    ("kafka", "consumer_lag", 7.0),
    ("kafka", "records_rate", 1000.0),
    ("alerts", "alerts_firing", 1.0),
    ("no_alerts", "alerts_firing", 0.0),
    ("kueue", "jobs_scheduled", 90.0),
    ("kueue", "jobs_submitted", 100.0),
]


@pytest.fixture(scope="module")
def data() -> Iterator[dict[str, Cases]]:
    """One server for each set of metric names that must not meet: what a site has decides what is read."""
    apart = [("scales", "triton_counters", "mtls_none"), ("vllm", "vllm_silent", "batch")]
    rest = tuple(name for name in DATA if not any(name in names for names in apart))
    stack = [{name: DATA[name] for name in names} for names in (rest, *apart)]
    with (
        cases(stack[0], days=0.12) as first,
        cases(stack[1], days=0.12) as second,
        cases(stack[2], days=0.12) as third,
    ):
        yield {name: server for server in (first, second, third) for name in server.names}


async def _value(data: Mapping[str, Cases], case: str, signal: str, window: str = "1h") -> float:
    target = Target("prometheus", "test", data[case].url)
    ask = Ask(target, {"window": window, "selector": data[case].selector(case)})
    async with looking(ask) as look:
        return (await look.read(signal)).value


@pytest.mark.parametrize(("case", "signal", "value"), VALUES, ids=lambda each: str(each))
async def test_the_value_of_a_signal(data: dict[str, Cases], case: str, signal: str, value: float) -> None:
    assert await _value(data, case, signal) == pytest.approx(value, rel=0.02, abs=0.01)


@pytest.mark.parametrize(
    ("case", "signal", "said"),
    [
        ("http_silent", "service_errors", "no requests"),
        ("vllm_silent", "request_success_ratio", "no requests"),
        ("vllm_silent", "e2e", "no exporter"),
        ("triton_counters", "e2e", "summary_latencies=true"),
        ("scales", "gpu_memory_used", "no exporter"),
        ("memory", "gpu_idle_allocated", "no usable sample"),
        ("no_pods", "gpu_idle_allocated", "no usable sample"),
        ("no_alerts", "gpu_busy", "no usable sample"),
    ],
)
async def test_what_cannot_be_known_is_no_number(
    data: dict[str, Cases], case: str, signal: str, said: str
) -> None:
    with pytest.raises(NoData) as caught:
        await _value(data, case, signal)
    assert said in str(caught.value)
