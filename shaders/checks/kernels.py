"""The kernels from view to composite: file, entry point and stage of each."""

from __future__ import annotations

CHAIN = (
    ("View.hlsl", "View", "compute"),
    ("Sort.hlsl", "SortCount", "compute"),
    ("Sort.hlsl", "SortScan", "compute"),
    ("Sort.hlsl", "SortScatter", "compute"),
    ("DrawArguments.hlsl", "DrawArguments", "compute"),
    ("Draw.hlsl", "DrawVertex", "vertex"),
    ("Draw.hlsl", "DrawFragment", "fragment"),
    ("Composite.hlsl", "CompositeVertex", "vertex"),
    ("Composite.hlsl", "CompositeFragment", "fragment"),
    ("Composite.hlsl", "CompositeOverScene", "fragment"),
)
