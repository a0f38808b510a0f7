"""Write C# classes for the messages of proto/, and what they are tested against (``make proto``).

The committed ani3d_runtime/rpc/v1 is read, which scripts/generate_protos.py makes and checks.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from messages.csharp import csharp
from messages.golden import golden

from ani3d_runtime.rpc.v1 import asset_pb2, frames_pb2, live_pb2, playback_pb2, server_pb2

ROOT = Path(__file__).resolve().parent.parent
FILES = [module.DESCRIPTOR for module in (asset_pb2, frames_pb2, live_pb2, playback_pb2, server_pb2)]
CLASSES = ROOT / "unity_client" / "Runtime" / "Core" / "Net" / "Messages"
GOLDEN = ROOT / "unity_client" / "Tools~" / "messages.txt"


def generated_files() -> dict[Path, str]:
    """The text of every file."""
    written = {CLASSES / f"{Path(file.name).stem.capitalize()}Messages.cs": csharp(file) for file in FILES}
    descriptors = [message for file in FILES for message in file.message_types_by_name.values()]
    return {**written, GOLDEN: golden(descriptors)}


def main() -> int:
    """Generate or check; 1 where a committed file is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a committed file is stale")
    check = parser.parse_args().check
    stale = [
        path
        for path, text in generated_files().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is not what proto/ says; run `make proto`", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(generated_files()[path], encoding="utf-8")
    return 1 if stale and check else 0


if __name__ == "__main__":
    raise SystemExit(main())
