#!/bin/sh
# Records gpuready/live/demo.jsonl.gz: 120 s of 8 pretend H100s and of the machine this runs on.
# usage, as root, in a checkout, with the package's dependencies in the active Python:
#   tests/nvml/record_demo.sh FILE
# It runs in a process and host name space of its own, so that the process table shows only stand-ins named
# like those of an inference node, and nothing of the machine's real name and work.
set -eu
checkout=$(cd "$(dirname "$0")/../.." && pwd)
case $1 in /*) file=$1 ;; *) file=$PWD/$1 ;; esac
python=${PYTHON:-$(command -v python3)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PYTHONPATH="$checkout" "$python" -c "
import sys, pathlib, tests.nvml
tests.nvml.build_pretend_nvml(pathlib.Path(sys.argv[1]))" "$work"
cat >"$work/inside.sh" <<'INSIDE'
set -eu
hostname demo-node
busy='import sys, time
while True:
    end = time.thread_time() + float(sys.argv[1]) / 10
    while time.thread_time() < end: pass
    time.sleep(0.1)'
pids=
for name in containerd kubelet dcgm-exporter node_exporter VLLM::Worker_0 VLLM::Worker_1 VLLM::Worker_2 \
    VLLM::Worker_3 VLLM::Worker_4 VLLM::Worker_5 VLLM::Worker_6 VLLM::Worker_7; do
    case $name in VLLM*) share=0.04 ;; *) share=0.005 ;; esac
    "$python" -c "open('/proc/self/comm', 'w').write('$name'); $busy" $share &
    case $name in VLLM*) pids=${pids:+$pids,}$! ;; esac
done
# the demo's load has a period of 120 s: begin where it rises
sleep $(((145 - $(date +%s) % 120) % 120))
export PRETEND_NVML=demo PRETEND_NVML_PIDS="$pids" LD_LIBRARY_PATH="$work"
PYTHONPATH=$checkout "$python" -c "
import asyncio, pathlib, sys
from gpuready.live.feed import Machine
from gpuready.live.recording import record
print(asyncio.run(record(Machine(), pathlib.Path(sys.argv[1]), seconds=float(sys.argv[2]),
    note='synthetic: 8 pretend H100s', overwrite=True)), 'samples')" "$file" "${SECONDS_TO_RECORD:-120}"
INSIDE
export checkout python work file
unshare --pid --fork --mount-proc --uts --kill-child sh "$work/inside.sh"
ls -l "$file"
