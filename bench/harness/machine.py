"""Machine: what the figures were measured on."""

import os
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.figures import quantile

_PACKAGES = ("headwater", "chdb-core", "clickhouse-connect", "protobuf", "uvicorn", "uvloop", "msgspec")


def facts(scratch: Path) -> dict[str, Any]:
    """Processor, memory, disk (measured), versions, and how busy the machine was before we began."""
    fsync_ms, write_mb_s = _disk(scratch)
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "fdatasync_p50_ms": fsync_ms,
        "disk_write_mb_s": write_mb_s,
        "load_before": round(os.getloadavg()[0], 2),
        "commit": _commit(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def _disk(scratch: Path) -> tuple[float, float]:
    """Milliseconds of an fdatasync after 4 KiB, and MB/s of writing 256 MB through to the disk."""
    path = scratch / "disk-probe"
    block = os.urandom(1 << 20)
    with path.open("wb", buffering=0) as file:
        waits: list[float] = []
        for _ in range(200):
            file.write(block[:4096])
            began_s = time.monotonic()
            os.fdatasync(file.fileno())
            waits.append((time.monotonic() - began_s) * 1000)
        began_s = time.monotonic()
        for _ in range(256):
            file.write(block)
        os.fdatasync(file.fileno())
        took_s = time.monotonic() - began_s
    path.unlink()
    return round(quantile(waits, 0.5), 3), round(268.4 / took_s)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _commit() -> str:
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
