"""Which inference engine a pod runs: told by label, command, image, port and health path.

A pod template and a pod look alike here: labels and a pod spec.  What only routes to engines (routers,
schedulers, gateways, sidecars), measures or loads them is no engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gpuready.kube.read.gpus import requested


class Engine(NamedTuple):
    """An engine's name, and its version as far as the image's tag tells it (else empty)."""

    name: str
    version: str = ""


# The last parts of an image's path, without registry, tag and digest: `vllm/vllm-openai`, `nim/meta/llama3`.
_IMAGES = (
    ("vLLM", r"(?:^|[/-])vllm(?:$|[/-])|(?:^|/)llm-d/llm-d(?:$|-(?:cuda|rocm|xpu|hpu|cpu|aws|gb200|dev)\b)"),
    ("SGLang", r"(?:^|[/-])sglang(?:$|[/-])|(?:^|/)sgl-dev$"),
    ("TensorRT-LLM", r"tensorrt-?_?llm"),
    ("Triton", r"tritonserver|triton-inference-server"),
    ("TGI", r"text-generation-inference"),
    ("NIM", r"^nvcr\.io/nim/|(?:^|/)nim/"),
    ("TEI", r"text-embeddings-inference"),
    ("KServe huggingfaceserver", r"huggingfaceserver"),
    ("LMDeploy", r"(?:^|[/-])lmdeploy(?:$|[/-])"),
    ("Ray Serve", r"(?:^|/)ray-llm$"),
    ("MindIE", r"(?:^|/)mindie(?:$|[/-])"),
    ("Xinference", r"(?:^|/)xinference(?:$|[/-])"),
    ("Ollama", r"(?:^|/)ollama$"),
    ("llama.cpp", r"llama\.cpp|(?:^|/)llama-cpp"),
    ("TensorFlow Serving", r"(?:^|/)tensorflow/serving$|tensorflow-serving"),
    ("TorchServe", r"(?:^|/)torchserve"),
    ("OpenVINO Model Server", r"(?:^|/)(?:openvino/)?model_server$|openvino-model-server"),
    ("MLServer", r"(?:^|/)mlserver"),
    ("DJL Serving", r"(?:^|/)djl-(?:serving|inference)"),
)
_COMMANDS = (
    ("vLLM", r"\bvllm\s+serve\b|\bvllm\.entrypoints\.(?:openai\.)?\w*api_server\b|\bdynamo\.vllm\b"),
    ("SGLang", r"\bsglang\.launch_server\b|\bsglang\s+serve\b|\bdynamo\.sglang\b"),
    ("TensorRT-LLM", r"\btrtllm-serve\b|\bdynamo\.trtllm\b|\blaunch_triton_server\.py\b"),
    ("Triton", r"\btritonserver\b"),
    ("TGI", r"\btext-generation-launcher\b"),
    ("TEI", r"\btext-embeddings-router\b"),
    ("LMDeploy", r"\blmdeploy\s+serve\b"),
    ("Ollama", r"\bollama\s+serve\b"),
    ("llama.cpp", r"\bllama-server\b"),
    ("TensorFlow Serving", r"\btensorflow_model_server\b"),
    ("TorchServe", r"\btorchserve\b"),
    ("Ray Serve", r"\bserve\s+(?:run|deploy)\b"),
)
_NAMES = {
    "vllm": "vLLM",
    "vllm-openai": "vLLM",
    "sglang": "SGLang",
    "triton": "Triton",
    "tritonserver": "Triton",
    "triton-inference-server": "Triton",
    "tensorrt-llm": "TensorRT-LLM",
    "trtllm": "TensorRT-LLM",
    "tgi": "TGI",
    "text-generation-inference": "TGI",
    "nim-llm": "NIM",
    "ollama": "Ollama",
}
_NAME_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/component", "app", "k8s-app", "engine")
_NO_ENGINE_IMAGE = re.compile(
    r"router|routing|scheduler|gateway|operator|controller|exporter|sidecar|bench|-epp\b|frontend|proxy"
    r"|model-loader|downloader|autoscaler|planner|inference-sim|profiler|lmcache-server|-ui$|webui"
)
_NO_ENGINE_COMMAND = re.compile(
    r"^(?:\S*/)?(?:sleep|tail|pause)\b|\bvllm\s+(?:bench|chat|complete|run-batch|collect-env)\b"
    r"|\bsglang_router\b|\bbench_serving\b|\bsglang\.bench_\w+|\bdynamo\.(?:frontend|planner|router)\b"
    r"|^(?:\S*/)?(?:ba)?sh\s+-c\s+sleep\s+\S+$"
)
_TRITON_PORTS = frozenset({8000, 8001, 8002})  # HTTP, gRPC and metrics, together
_PREDICTOR = "serving.kserve.io/inferenceservice"
_LLM_PREDICTOR = "llminferenceservice-workload"
_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?(?:(?:rc|\.post|a|b)\d+)?)")
_FIND = {kind: re.compile(pattern) for kind, pattern in _IMAGES}
_HEAR = {kind: re.compile(pattern) for kind, pattern in _COMMANDS}


def engine_of(labels: Mapping[str, Any], spec: Mapping[str, Any]) -> Engine | None:
    """The engine that a pod of these labels and this spec runs; None where it runs none that is known.

    The order: the operator that made the pod says what it is for; the container's command; its image; the
    label of an engine's chart beside a GPU or a port; Triton's three ports beside a GPU.
    """
    containers = [each for each in spec.get("containers") or () if isinstance(each, Mapping)]
    found = next((engine for each in containers if (engine := _in_container(each)) is not None), None)
    if _is_helper(labels):
        return None
    if found is None and (made := _by_operator(labels)):
        return Engine(made, _version(containers))
    if found is not None or not containers:
        return found
    ports = _ports(containers)
    has_gpu = bool(requested({"spec": spec})) or bool(spec.get("resourceClaims"))
    named = next((_NAMES[value] for key in _NAME_LABELS if (value := labels.get(key)) in _NAMES), "")
    if named and (has_gpu or ports) and not _lacks_engine(containers):
        return Engine(named, _version(containers))
    if has_gpu and ports >= _TRITON_PORTS:
        return Engine("Triton", _version(containers))
    return None


def answers_probe(spec: Mapping[str, Any]) -> bool:
    """Whether the engine's container has a readiness probe to answer: only then does Ready mean that it did.

    A sidecar's probe tells nothing of it, except Knative's, which asks the engine; nor does an open port.
    """
    containers = [each for each in spec.get("containers") or () if isinstance(each, Mapping)]
    own = [each for each in containers if _in_container(each) is not None]
    asking = [each for each in containers if each.get("name") == "queue-proxy"]
    probes = (each.get("readinessProbe") or {} for each in (*(own or containers), *asking))
    return any(probe.keys() & {"httpGet", "grpc", "exec"} for probe in probes)


def _in_container(container: Mapping[str, Any]) -> Engine | None:
    words = " ".join(
        str(each) for each in (*(container.get("command") or ()), *(container.get("args") or ()))
    )
    words = " ".join(words.split())
    image = str(container.get("image") or "")
    path, version = image_parts(image)
    if _NO_ENGINE_COMMAND.search(words) and not any(each.search(words) for each in _HEAR.values()):
        return None
    by_image = _first(_FIND, path) if not _NO_ENGINE_IMAGE.search(path) else ""
    if by_command := _first(_HEAR, words):
        # A NIM or Dynamo container runs vLLM or Triton inside; its tag is not the version of what it runs.
        return Engine(by_command, version if by_image in ("", by_command) else "")
    return Engine(by_image, version) if by_image else None


def _first(patterns: Mapping[str, re.Pattern[str]], text: str) -> str:
    return next((name for name, pattern in patterns.items() if pattern.search(text)), "")


def image_parts(image: str) -> tuple[str, str]:
    """An image's name without tag and digest, and the version that its tag begins with (else empty):
    ``vllm/vllm-openai:v0.6.3`` is ("vllm/vllm-openai", "0.6.3")."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    last, _, tag = tail.partition(":")
    found = _VERSION.match(tag)
    return f"{head}{slash}{last}", found[1] if found else ""


def _is_helper(labels: Mapping[str, Any]) -> bool:
    """Pods beside the engines that the same operators make: explainers, routers, frontends."""
    component = str(labels.get("app.kubernetes.io/component") or "")
    return (
        (_PREDICTOR in labels and labels.get("component") in ("transformer", "explainer"))
        or component == "llminferenceservice-router-scheduler"
        or labels.get("nvidia.com/dynamo-component-type") in ("frontend", "planner", "epp")
    )


def _by_operator(labels: Mapping[str, Any]) -> str:
    if _PREDICTOR in labels or str(labels.get("app.kubernetes.io/component")).startswith(_LLM_PREDICTOR):
        return "KServe"
    if (
        labels.get("llm-d.ai/inferenceServing") == "true"
        or labels.get("llm-d.ai/inference-serving") == "true"
    ):
        return "llm-d"
    if labels.get("nvidia.com/dynamo-component-type") in ("worker", "prefill", "decode"):
        return "Dynamo"
    if (
        labels.get("ray.io/originated-from-crd") == "RayService"
        and labels.get("ray.io/node-type") == "worker"
    ):
        return "Ray Serve"
    return ""


def _ports(containers: Iterable[Mapping[str, Any]]) -> set[int]:
    return {
        each["containerPort"]
        for container in containers
        for each in container.get("ports") or ()
        if isinstance(each.get("containerPort"), int)
    }


def _lacks_engine(containers: Iterable[Mapping[str, Any]]) -> bool:
    return all(_NO_ENGINE_IMAGE.search(image_parts(str(each.get("image") or ""))[0]) for each in containers)


def _version(containers: Iterable[Mapping[str, Any]]) -> str:
    return next((found for each in containers if (found := image_parts(str(each.get("image")))[1])), "")
