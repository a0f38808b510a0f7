"""The driver: moves control nodes for motions that were never baked; docs/driver.md holds its equations."""

from ani3d_runtime.playback.driver.node_driver import NodeDriver, driver_of

__all__ = ["NodeDriver", "driver_of"]
