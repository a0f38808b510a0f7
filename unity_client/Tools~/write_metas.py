"""Write the .meta files that are missing or stale, and remove those of files that are gone."""

from __future__ import annotations

from toolchain import metas
from toolchain.paths import CLIENT


def main() -> None:
    """Write, remove, and say what."""
    wanted = {metas.place_of(path): metas.meta(path) for path in metas.assets()}
    for place, text in wanted.items():
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            place.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {place.relative_to(CLIENT)}")
    for place in CLIENT.rglob("*.meta"):
        if place not in wanted and not any(part.endswith("~") for part in place.relative_to(CLIENT).parts):
            place.unlink()
            print(f"removed {place.relative_to(CLIENT)}")


if __name__ == "__main__":
    main()
