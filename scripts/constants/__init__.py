"""What spec/format.toml and spec/refusals.toml say, written for every language that reads packages."""
