"""The official client's asyncio half, untyped: its own annotations say that every field may be absent."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

client: Any = importlib.import_module("kubernetes.aio.client")
config: Any = importlib.import_module("kubernetes.aio.config")
watch: Any = importlib.import_module("kubernetes.aio.watch")


@asynccontextmanager
async def connected(kubeconfig: Path, context: str | None = None) -> AsyncIterator[Any]:
    """An ApiClient for a kubeconfig; it does not retry."""
    configuration = client.Configuration()
    configuration.retries = 1
    await config.load_kube_config(
        config_file=str(kubeconfig), context=context, client_configuration=configuration
    )
    async with client.ApiClient(configuration) as api:
        yield api
