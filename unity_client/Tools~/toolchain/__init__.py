"""What compiles and runs the client's C# on a machine without Unity."""

from __future__ import annotations

import sys
from pathlib import Path

# What downloads is shared with the checks of shaders/ and lies outside of the package.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
