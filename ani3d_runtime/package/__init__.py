"""The .a3d container: one avatar and its clips, read by byte range. docs/SPEC-container.md holds the layout."""
