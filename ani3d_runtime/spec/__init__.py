"""What spec/format.toml and spec/refusals.toml say, generated for Python."""
