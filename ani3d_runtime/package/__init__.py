"""The .a3d container: one avatar and its clips, read by byte range. spec/SPEC-container.md holds the layout."""
