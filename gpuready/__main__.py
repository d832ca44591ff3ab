"""``python -m gpuready`` is the command ``gpuready``."""

from gpuready.cli.main import main

main()
