"""``python -m gpuready`` is the command ``gpuready``."""

from gpuready.cli.start import main

main()
