"""``python -m ani3d_runtime.cli``."""

from ani3d_runtime.cli.app import main

main()
