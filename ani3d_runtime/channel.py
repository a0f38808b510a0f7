"""The channels of a residual: what it changes of a Gaussian, and what each channel is called where."""

from __future__ import annotations

from enum import Enum


class Channel(Enum):
    """A channel; their order is that of sections in a group and of bits in a frame's mask.

    Attributes:
        field: of :class:`~ani3d_runtime.residual.ResidualLayer` and :class:`~ani3d_runtime.deformation.Detail`.
        section: its name in a package.
        unit: of the values; None for shares of the largest colour, and for logarithms.
    """

    POSITION = ("dpos_m", "detail.position", "m")
    ROTATION = ("drot_rad", "detail.rotation", "rad")
    LOG_SCALE = ("dlogscale", "detail.scale", None)
    COLOUR = ("dcolour", "detail.colour", None)

    def __init__(self, field: str, section: str, unit: str | None) -> None:
        self.field = field
        self.section = section
        self.unit = unit

    @property
    def number(self) -> int:
        """0..3, in the order of the channels."""
        return list(Channel).index(self)

    @property
    def bit(self) -> int:
        """In the mask of a light frame."""
        return 1 << self.number
