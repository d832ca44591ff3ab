"""The node's probes on folders that stand for a machine, and on this one."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from gpuready.probes import node_timesync
from gpuready.probes.node import PROBES
from gpuready.probes.node_window import limit_of, seconds_of
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, NotApplicable, Outcome
from tests.probes.run_probe import both, run_probe

_BY_NAME = {probe.name: probe for probe in PROBES}


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


async def ask(name: str, root: Path | str, **params: Any) -> Measurement:
    return await run_probe(_BY_NAME[name], root=str(root), limit=10, **params)


async def refused(name: str, root: Path | str, **params: object) -> Outcome:
    probe = _BY_NAME[name]
    with pytest.raises(Outcome) as why:
        await probe.measure(Ask(params={**probe.params, "root": str(root), **params}, limit=10))
    both(why.value.key, **why.value.fields)
    return why.value


def said(measured: Measurement) -> set[str]:
    return {key.partition(".")[2] for key, _ in measured.remarks}


@pytest.mark.parametrize("name", ["node.sysctl", "node.cpu", "node.memory", "node.swap", "node.limits"])
async def test_this_machine(name: str) -> None:
    params = {"seconds": 0.2} if "seconds" in _BY_NAME[name].params else {}
    measured = await ask(name, "/", **params)
    assert measured.fields
    assert measured.evidence


@pytest.mark.parametrize(
    "name", [name for name in _BY_NAME if name not in ("node.timesync", "node.kernel_log", "node.rdma")]
)
async def test_trap_nothing_to_read_is_unknown_and_never_good(tmp_path: Path, name: str) -> None:
    params = {"seconds": 0.2} if "seconds" in _BY_NAME[name].params else {}
    assert isinstance(await refused(name, tmp_path, **params), NoData)


# --- node.sysctl and node.limits ------------------------------------------------------------------------


async def test_swappiness_0_passes_with_a_remark(tmp_path: Path) -> None:
    put(tmp_path, {"proc/sys/vm/swappiness": "0\n", "proc/swaps": "Filename Type Size Used Priority\n"})
    measured = await ask("node.sysctl", tmp_path)
    assert measured.fields == {"value": 0}
    assert said(measured) == {"swappiness_0", "no_swap"}
    put(tmp_path, {"proc/sys/vm/swappiness": "60\n", "proc/swaps": "Filename Type\n/dev/sda2 partition\n"})
    measured = await ask("node.sysctl", tmp_path)
    assert (measured.fields, said(measured)) == ({"value": 60}, set())


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("net.core.somaxconn", "net/core/somaxconn"),
        ("net/core/somaxconn", "net/core/somaxconn"),
        ("net/ipv4/conf/eth0.100/rp_filter", "net/ipv4/conf/eth0.100/rp_filter"),
        ("net.ipv4.conf.eth0/100.rp_filter", "net/ipv4/conf/eth0.100/rp_filter"),
    ],
)
async def test_keys_as_sysctl_writes_them(tmp_path: Path, key: str, path: str) -> None:
    put(tmp_path, {f"proc/sys/{path}": "4096\n"})
    assert (await ask("node.sysctl", tmp_path, key=key)).fields["value"] == 4096


async def test_several_numbers_stay_text(tmp_path: Path) -> None:
    put(tmp_path, {"proc/sys/net/ipv4/tcp_rmem": "4096\t131072\t6291456\n"})
    assert (await ask("node.sysctl", tmp_path, key="net.ipv4.tcp_rmem")).fields[
        "value"
    ] == "4096\t131072\t6291456"


@pytest.mark.parametrize(
    "key", ["", "../../etc/shadow", "vm..swappiness", "/etc/shadow", "vm.x; rm", "vm/../../x"]
)
async def test_keys_that_are_none(tmp_path: Path, key: str) -> None:
    assert isinstance(await refused("node.sysctl", tmp_path, key=key), Broken)


_LIMITS = """Limit                     Soft Limit           Hard Limit           Units
Max stack size            8388608              unlimited            bytes
Max processes             127235               127235               processes
Max open files            1024                 1048576              files
Max locked memory         unlimited            unlimited            bytes
"""


async def test_limits_of_an_engine(tmp_path: Path) -> None:
    put(tmp_path, {"proc/4711/limits": _LIMITS})
    measured = await ask("node.limits", tmp_path, pid=4711)
    fields = measured.fields
    assert (fields["nofile"], fields["nofile_hard"], fields["memlock"]) == (1024, 1048576, 2**63 - 1)
    assert said(measured) == {"unlimited"}
    assert isinstance(await refused("node.limits", tmp_path, pid="4711/../1"), Broken)
    assert isinstance(await refused("node.limits", tmp_path, pid=1), NoData)
    put(tmp_path, {"proc/2/limits": "<html>\n"})
    assert isinstance(await refused("node.limits", tmp_path, pid=2), Broken)


# --- node.cpu, node.memory, node.swap -------------------------------------------------------------------


async def test_a_busy_processor_is_measured() -> None:
    """Real load on a real core, so that the figure is known to move."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "while True: pass")
    try:
        measured = await ask("node.cpu", "/", seconds=1)
    finally:
        process.kill()
        await process.wait()
    assert float(measured.fields["busiest_core"]) > 50


async def test_a_processor_that_stands_still_is_unknown(tmp_path: Path) -> None:
    put(tmp_path, {"proc/stat": "cpu 1 2 3 4 5 6 7 8\ncpu0 1 2 3 4 5 6 7 8\n"})
    assert isinstance(await refused("node.cpu", tmp_path, seconds=0.2), NoData)


async def test_memory_and_swap(tmp_path: Path) -> None:
    info = "MemTotal: 1000 kB\nMemAvailable: 250 kB\nHugePages_Total: 4\nSwapTotal: 100 kB\nSwapFree: 75 kB\n"
    put(
        tmp_path,
        {
            "proc/meminfo": info,
            "proc/pressure/memory": "some avg10=1.50 avg60=0 total=0\nfull avg10=0.25 avg60=0 total=0\n",
            "proc/sys/vm/swappiness": "1\n",
            "sys/fs/cgroup/memory.max": "512000\n",
        },
    )
    measured = await ask("node.memory", tmp_path)
    assert measured.fields == {
        "total": 1024000, "available": 256000, "available_share": 25.0, "used_share": 75.0,
        "huge_pages": 4, "pressure_some": 1.5, "pressure_full": 0.25,
    }  # fmt: skip
    assert said(measured) == {"memory_limit"}
    swap = (await ask("node.swap", tmp_path)).fields
    assert swap == {"enabled": True, "total": 102400, "used": 25600, "used_share": 25.0, "swappiness": 1}
    put(tmp_path, {"proc/meminfo": "MemTotal: 1000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"})
    assert (await ask("node.swap", tmp_path)).fields["enabled"] is False
    assert set((await ask("node.memory", tmp_path)).fields) == {"total", "pressure_some", "pressure_full"}


# --- node.timesync --------------------------------------------------------------------------------------


async def test_this_clock(tmp_path: Path) -> None:
    measured = await ask("node.timesync", tmp_path)
    assert isinstance(measured.fields["synchronised"], bool)


async def test_an_offset_is_said_only_by_who_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no chronyc

    def kernel(answer: int, **state: int) -> None:
        monkeypatch.setattr(node_timesync, "_adjtimex", lambda: (answer, node_timesync._Timex(**state)))

    kernel(0, status=0x2001, offset=-1_500_000, maxerror=20_000, esterror=1_000)
    put(tmp_path, {"proc/77/comm": "systemd-timesyn\n"})
    fields = (await ask("node.timesync", tmp_path)).fields
    assert (fields["synchronised"], fields["offset"], fields["max_error"]) == (True, 1.5, 20.0)
    assert fields["daemon"] == "systemd-timesyncd"

    kernel(0, status=0x2000, offset=0, maxerror=20_000, esterror=1_000)  # chrony leaves 0 there
    measured = await ask("node.timesync", tmp_path)
    assert ("offset" in measured.fields, said(measured)) == (False, {"no_offset"})

    kernel(5, status=0x40, offset=0, maxerror=16_000_000, esterror=16_000_000)
    measured = await ask("node.timesync", tmp_path)
    assert measured.fields == {"synchronised": False, "daemon": "systemd-timesyncd"}
    assert said(measured) == {"not_synchronised"}


async def test_what_chronyc_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "chronyc"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    answers = {
        "A9FE7B7B,169.254.1.1,3,1700000000.1,-0.000250,0.0001,0.0002,1,0,0,0.01,0.001,64.2,Normal": True,
        "7F7F0101,,0,0.0,0.0,0.0,0.0,0,0,0,1,1,0,Not synchronised": False,
    }
    for words, followed in answers.items():
        tool.write_text(f"#!/bin/sh\necho '{words}'\n")
        tool.chmod(0o755)
        measured = await ask("node.timesync", tmp_path, chrony="127.0.0.1:323")
        assert measured.fields["synchronised"] is followed
        assert ("offset" in measured.fields) is followed
        if followed:
            assert (measured.fields["offset"], measured.fields["stratum"]) == (0.25, 3)
    tool.write_text("#!/bin/sh\necho '506 Cannot talk to daemon'\nexit 1\n")
    measured = await ask("node.timesync", tmp_path, chrony="127.0.0.1:323")
    assert "no_chrony" in said(measured)
    assert "offset" not in measured.fields


# --- node.link and node.rdma ----------------------------------------------------------------------------


def nic(name: str, speed: int, errors: int = 0, state: str = "up", duplex: str = "full") -> dict[str, str]:
    base = f"sys/class/net/{name}"
    counters = {f"{base}/statistics/{which}": "0\n" for which in ("tx_errors", "rx_dropped", "tx_dropped")}
    return counters | {
        f"{base}/statistics/rx_errors": f"{errors}\n",
        f"{base}/operstate": f"{state}\n",
        f"{base}/speed": f"{speed}\n",
        f"{base}/duplex": f"{duplex}\n",
        f"{base}/carrier_changes": "1\n",
        f"{base}/device/vendor": "0x15b3\n",
    }


async def test_links(tmp_path: Path) -> None:
    put(tmp_path, nic("eth0", 100000) | nic("eth1", 100000) | nic("eth2", -1, state="down"))
    (tmp_path / "sys/class/net/lo").mkdir()
    measured = await ask("node.link", tmp_path, seconds=0)
    fields = measured.fields
    assert (fields["links"], fields["up"], fields["down"], fields["errors"]) == (3, 2, 1, 0)
    assert fields["speed_min"] == fields["speed_max"] == 100e9
    assert said(measured) == set()

    put(tmp_path, nic("eth1", 1000, errors=17, duplex="half"))
    measured = await ask("node.link", tmp_path, seconds=0)
    assert (measured.fields["speed_min"], measured.fields["errors"]) == (1e9, 17)
    assert measured.fields["new_errors"] == 0
    assert said(measured) == {"unlike_speeds", "half_duplex", "link_errors"}
    only = await ask("node.link", tmp_path, names="eth0", seconds=0)
    assert only.fields["links"] == 1
    assert isinstance(await refused("node.link", tmp_path, names="eth9"), NoData)
    assert isinstance(await refused("node.link", tmp_path, names="../x"), NoData)


async def test_a_link_without_a_speed_leaves_it_out(tmp_path: Path) -> None:
    put(tmp_path, nic("eth0", -1))
    measured = await ask("node.link", tmp_path, seconds=0)
    assert "speed_min" not in measured.fields
    assert said(measured) == {"no_speed"}


def port(name: str, state: str = "4: ACTIVE", physical: str = "5: LinkUp", downed: int = 0) -> dict[str, str]:
    base = f"sys/class/infiniband/{name}/ports/1"
    return {
        f"{base}/state": f"{state}\n",
        f"{base}/phys_state": f"{physical}\n",
        f"{base}/link_layer": "InfiniBand\n",
        f"{base}/rate": "400 Gb/sec (4X NDR)\n",
        f"{base}/counters/link_downed": f"{downed}\n",
    }


async def test_rdma_ports(tmp_path: Path) -> None:
    put(tmp_path, port("mlx5_0") | port("mlx5_1") | port("mlx5_2", "1: DOWN", "3: Disabled"))
    measured = await ask("node.rdma", tmp_path)
    assert measured.fields == {
        "ports": 3, "active": 2, "inactive": 0, "disabled": 1, "rate_min": 400e9, "rate_max": 400e9,
        "link_downed": 0,
    }  # fmt: skip
    assert said(measured) == set()
    put(tmp_path, port("mlx5_1", "1: DOWN", "2: Polling", downed=3))
    measured = await ask("node.rdma", tmp_path)
    assert (measured.fields["inactive"], measured.fields["link_downed"]) == (1, 3)
    assert said(measured) == {"rdma_inactive", "link_downed"}


async def test_no_rdma_is_said_only_when_the_bus_was_read(tmp_path: Path) -> None:
    assert (await refused("node.rdma", tmp_path)).key == "probes_node.rdma_unseen"
    put(tmp_path, {"sys/bus/pci/devices/0000:03:00.0/class": "0x020000\n"})
    put(tmp_path, {"sys/bus/pci/devices/0000:03:00.0/vendor": "0x8086\n"})
    assert isinstance(await refused("node.rdma", tmp_path), NotApplicable)
    put(tmp_path, {"sys/bus/pci/devices/0000:05:00.0/class": "0x020700\n"})
    why = await refused("node.rdma", tmp_path)
    assert (why.key, isinstance(why, NoData)) == ("probes_node.rdma_no_driver", True)


# --- node.disks -----------------------------------------------------------------------------------------


async def test_a_file_system_that_turned_read_only(tmp_path: Path) -> None:
    mounts = (
        "/dev/sda1 / ext4 rw,relatime 0 0\n"
        "/dev/sda1 /var/lib/bind ext4 ro,relatime 0 0\n"  # a bind mount, read-only on purpose
        "/dev/sdb1 /srv/models xfs ro,noatime 0 0\n"
        "/dev/sdc1 /data ext4 ro,relatime,errors=remount-ro 0 0\n"
        "tmpfs /sys/fs/cgroup tmpfs ro 0 0\n/dev/loop1 /snap/core squashfs ro 0 0\n"
    )
    put(tmp_path, {"proc/mounts": mounts, "etc/fstab": "UUID=1 /srv/models xfs ro,noatime 0 2\n"})
    measured = await ask("node.disks", tmp_path)
    assert measured.fields == {"read_only": 1}
    assert said(measured) == {"read_only"}
    assert measured.remarks[0][1]["places"] == "/data"


async def test_this_machines_disks() -> None:
    measured = await ask("node.disks", "/")
    assert 0 <= float(measured.fields.get("used_max", 0)) <= 100


# --- windows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "seconds"), [("15m", 900), ("30s", 30), ("250ms", 0.25), (30, 30), ("1h", 3600)]
)
def test_windows(given: object, seconds: float) -> None:
    assert seconds_of({"window": given}) == seconds
    assert limit_of({"window": given}) == seconds + 30


@pytest.mark.parametrize("given", ["soon", "-5", "7h", "1 parsec", "nan"])
def test_windows_that_are_none(given: str) -> None:
    with pytest.raises(Broken) as why:
        seconds_of({"window": given})
    both(why.value.key, **why.value.fields)
    assert limit_of({"window": given}) == 30
