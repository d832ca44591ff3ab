"""Engines that are played: their answers have the shapes that the real ones document or write in their code.

vLLM (entrypoints/openai/api_server.py), SGLang (srt/entrypoints/http_server.py), TensorRT-LLM
(serve/openai_server.py), Triton (KServe v2 and its generate extension), TGI (router), KServe v1.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from tests.probes.stage import Handler, Route


def card(name: str, owner: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": 1,
        "owned_by": owner,
        "root": name,
        "parent": None,
        **more,
    }


def models(*cards: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(cards)}


LLAMA = "meta-llama/Llama-3.1-8B-Instruct"


def completion(text: str, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": "length", **more}
    usage = {"prompt_tokens": 9, "completion_tokens": 16, "total_tokens": 25}
    return {"id": "cmpl-1", "object": "text_completion", "model": LLAMA, "choices": [choice], "usage": usage}


def chat(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "chat-1", "object": "chat.completion", "choices": [choice]}


def streamed(
    events: Sequence[object], *, gap: float = 0.002, together: bool = False, end: str = "[DONE]"
) -> Handler:
    """Server-sent events, one after the other, or all in one piece as behind a buffering proxy."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        lines = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
        lines += [f"data: {end}\n\n".encode()] if end else []
        if together:
            await response.write(b"".join(lines))
        else:
            for line in lines:
                await response.write(line)
                await asyncio.sleep(gap)
        return response

    return answer


def pieces(count: int = 5) -> list[dict[str, Any]]:
    return [{"choices": [{"index": 0, "text": f" {n}", "finish_reason": None}]} for n in range(count)]


def either(plain: Route, stream: Handler) -> Handler:
    """What one path answers, depending on the request's own ``stream``."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if asked.get("stream"):
            return await stream(request)
        if callable(plain):
            answered: web.StreamResponse = await plain(request)
            return answered
        status, body = plain if isinstance(plain, tuple) else (200, plain)
        return web.json_response(body, status=status)

    return answer


def vllm(*cards: dict[str, Any], **more: Route) -> dict[str, Route]:
    return {
        "/health": "",
        "/version": {"version": "0.11.0"},
        "/v1/models": models(*(cards or (card(LLAMA, "vllm", max_model_len=8192),))),
        "/v1/completions": either(completion(" four, five, six"), streamed(pieces())),
        **more,
    }


def sglang(**settings: Any) -> dict[str, Route]:
    info = {
        "model_path": LLAMA,
        "tp_size": 4,
        "pp_size": 1,
        "dp_size": 1,
        "api_key": "sk-verysecret1",
    } | settings
    return {
        "/health": "",
        "/v1/models": models(card(LLAMA, "sglang", max_model_len=131072)),
        "/get_server_info": {**info, "internal_states": [], "version": "0.5.3"},
        "/v1/completions": completion(" four, five"),
    }


def tensorrt_llm() -> dict[str, Route]:
    return {
        "/health": "",
        "/version": {"version": "1.0.0"},
        "/v1/models": models({"id": LLAMA, "object": "model", "created": 1, "owned_by": "tensorrt_llm"}),
        "/v1/completions": completion(" four"),
    }


def triton(*states: tuple[str, str, str], live: Route = "", ready: Route = "") -> dict[str, Route]:
    rows = [{"name": n, "version": v, "state": s} for n, v, s in states or (("resnet", "1", "READY"),)]
    return {
        "/v2": {"name": "triton", "version": "2.51.0", "extensions": ["classification", "model_repository"]},
        "/v2/health/live": live,
        "/v2/health/ready": ready,
        "POST /v2/repository/index": rows,
        "/v2/models/ensemble/generate": {"model_name": "ensemble", "text_output": " four"},
        "/v2/models/ensemble/generate_stream": streamed(
            [{"model_name": "ensemble", "text_output": f" {n}"} for n in range(4)], end=""
        ),
    }


def tgi() -> dict[str, Route]:
    return {
        "/health": "",
        "/info": {
            "model_id": LLAMA,
            "model_sha": "5206a32",
            "version": "3.0.1",
            "router": "text-generation-router",
        },
        "POST /generate": {"generated_text": " four, five"},
        "POST /generate_stream": streamed(
            [{"index": n, "token": {"id": n, "text": f" {n}"}, "generated_text": None} for n in range(4)],
            end="",
        ),
    }


def kserve_v1() -> dict[str, Route]:
    return {
        "/": {"status": "alive"},
        "/v1/models": {"models": ["iris", "wine"]},
        "/v1/models/iris": {"name": "iris", "ready": True},
        "/v1/models/wine": (503, {"error": "Model with name wine is not ready."}),
    }


def kserve_v2() -> dict[str, Route]:
    return {
        "/v2": {"name": "mlserver", "version": "1.6.1", "extensions": []},
        "/v2/health/live": "",
        "/v2/health/ready": "",
        "POST /v2/repository/index": [{"name": "iris", "version": "v3", "state": "READY", "reason": ""}],
    }
