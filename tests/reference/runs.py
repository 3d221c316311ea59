"""Where the project is, and the runs that it ships."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED_CONFIGS = sorted(path.stem for path in (ROOT / "config").glob("*.yaml"))
