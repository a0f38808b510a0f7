"""Plots as SVG text: lines that anyone can open, with no library to install."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Colours that are told apart by most eyes, on white and on black.
PALETTE = ("#3b82f6", "#ef4444", "#10b981", "#f59e0b", "#8b5cf6", "#ec4899", "#14b8a6", "#84cc16", "#f97316", "#64748b")
_MOST_POINTS = 400
_MARGIN = (46, 14, 30, 26)  # left, right, bottom, top


@dataclass(frozen=True)
class Line:
    """A curve.

    Attributes:
        x, y: [n] values; gaps where y is NaN.
        colour: of the stroke.
        label: shown where the plot has a legend; "" for none.
    """

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    colour: str = PALETTE[0]
    label: str = ""


def line_plot(
    lines: Sequence[Line],
    *,
    title: str,
    x_label: str,
    width: int = 320,
    height: int = 200,
    log_y: bool = False,
    square: bool = False,
) -> str:
    """One SVG element with axes, their extreme values and the curves.

    Args:
        lines: at least one.
        title: above the plot, which says what y is.
        x_label: below it.
        width, height: in CSS pixels.
        log_y: logarithmic y; values must be positive.
        square: one unit of x is as long as one of y.
    """
    scale = _Scale.around(lines, width, height, log_y=log_y, square=square)
    curves = "".join(
        f"<polyline fill='none' stroke='{line.colour}' stroke-width='1.4' points='{points}'/>"
        for line in lines
        for points in scale.points(line)
    )
    legend = "".join(
        f"<text x='{width - _MARGIN[1]}' y='{_MARGIN[3] + 12 + 13 * row}' text-anchor='end' fill='{line.colour}'>"
        f"{html.escape(line.label)}</text>"
        for row, line in enumerate(line for line in lines if line.label)
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
        f"font-family='system-ui, sans-serif' font-size='11' fill='currentColor'>"
        f"{scale.frame(title, x_label)}{curves}{legend}</svg>"
    )


@dataclass(frozen=True)
class _Scale:
    """From values to places in the picture."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    width: int
    height: int
    log_y: bool

    @classmethod
    def around(cls, lines: Sequence[Line], width: int, height: int, *, log_y: bool, square: bool) -> _Scale:
        x = np.concatenate([np.asarray(line.x, np.float64) for line in lines])
        y = np.concatenate([np.asarray(line.y, np.float64) for line in lines])
        y = np.log10(np.maximum(y, 1e-12)) if log_y else y
        low = np.array([np.nanmin(x), np.nanmin(y)])
        high = np.array([np.nanmax(x), np.nanmax(y)])
        room = np.array([width - _MARGIN[0] - _MARGIN[1], height - _MARGIN[2] - _MARGIN[3]], dtype=np.float64)
        span = np.maximum(high - low, 1e-9)
        if square:
            per_pixel = float((span / room).max())
            middle, half = (low + high) / 2, room * per_pixel / 2
            low, high = middle - half, middle + half
        return cls(low, np.maximum(high, low + 1e-9), width, height, log_y)

    def points(self, line: Line) -> list[str]:
        """The line in unbroken pieces, thinned to what can be seen."""
        keep = np.unique(np.linspace(0, len(line.x) - 1, min(_MOST_POINTS, len(line.x))).astype(int))
        y = np.asarray(line.y, np.float64)[keep]
        y = np.log10(np.maximum(y, 1e-12)) if self.log_y else y
        place = self.place(np.stack([np.asarray(line.x, np.float64)[keep], y], axis=1))
        gaps = np.flatnonzero(~np.isfinite(place).all(axis=1))
        pieces = [piece[np.isfinite(piece).all(axis=1)] for piece in np.split(place, gaps)]
        return [" ".join(f"{a:.1f},{b:.1f}" for a, b in piece) for piece in pieces if len(piece) > 1]

    def place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """[n, 2] pixels."""
        share = (values - self.low) / (self.high - self.low)
        left, right, bottom, top = _MARGIN
        across = left + share[:, 0] * (self.width - left - right)
        down = self.height - bottom - share[:, 1] * (self.height - bottom - top)
        return np.stack([across, down], axis=1)

    def frame(self, title: str, x_label: str) -> str:
        """Axes, extreme values, labels."""
        left, right, bottom, top = _MARGIN
        base, end = self.height - bottom, self.width - right
        low_y, high_y = (10**value if self.log_y else value for value in (self.low[1], self.high[1]))
        texts = (
            (left, top - 10, "start", title, "font-weight='600'"),
            (left - 5, base, "end", f"{low_y:.3g}", ""),
            (left - 5, top + 8, "end", f"{high_y:.3g}", ""),
            (left, base + 14, "start", f"{self.low[0]:.3g}", ""),
            (end, base + 14, "end", f"{self.high[0]:.3g}", ""),
            ((left + end) / 2, base + 24, "middle", x_label, "opacity='.7'"),
        )
        written = "".join(
            f"<text x='{x}' y='{y}' text-anchor='{anchor}' {style}>{html.escape(text)}</text>"
            for x, y, anchor, text, style in texts
        )
        axes = f"<path d='M{left} {top}V{base}H{end}' fill='none' stroke='currentColor' stroke-opacity='.35'/>"
        return axes + written
