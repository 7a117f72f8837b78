"""The machine that measures."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def told() -> str:
    """Answer its facts in one line: cores and processor, memory, operating system, Python."""
    return ", ".join(
        [f"{os.cpu_count()} cores{_processor()}", *_memory(), _system(), f"Python {platform.python_version()}"]
    )


def load() -> float | None:
    """Answer how many processes wanted a core in the last minute, on average; None where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _processor() -> str:
    text = _read("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", text)
    return f" ({found[1].strip()})" if found else ""


def _memory() -> list[str]:
    found = re.search(r"MemTotal:\s*(\d+) kB", _read("/proc/meminfo"))
    return [f"{int(found[1]) / 2**20:.0f} GiB"] if found else []


def _system() -> str:
    found = re.search(r'PRETTY_NAME="?([^"\n]+)', _read("/etc/os-release"))
    return found[1] if found else platform.platform()


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8") if file.exists() else ""
