"""Is memory flat over an endless stream? Feeds made pages to the command and prints what its processes hold.

python benchmarks/memory.py --mb 2000 --workers 1
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from corpus import made_dump

PART = 4_000_000


def main() -> None:
    """Feed the stream, and print the memory of each process at every tenth of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=2000)
    parser.add_argument("--workers", default="1")
    parser.add_argument("flags", nargs="*", help="other flags of the command, after --")
    given = parser.parse_args()
    process = subprocess.Popen(
        [sys.executable, "-m", "scrubber", "-q", "--workers", given.workers, *given.flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[1],
    )
    assert process.stdin and process.stdout
    output = process.stdout
    threading.Thread(target=lambda: [None for _ in iter(lambda: output.read(1 << 20), b"")], daemon=True).start()
    start, parts = time.perf_counter(), max(10, int(given.mb * 1e6 / PART))
    for number in range(1, parts + 1):
        process.stdin.write(made_dump(PART, seed=number).encode())
        if number % (parts // 10) == 0:
            held, most = (" + ".join(f"{size:.0f}" for size in memory(process.pid, of)) for of in ("VmRSS", "VmHWM"))
            spent = time.perf_counter() - start
            print(f"{number * PART / 1e6:6.0f} MB  {spent:6.0f} s  resident MB: {held}; at most {most}", flush=True)
    process.stdin.close()
    sys.exit(process.wait())


def memory(pid: int, kind: str) -> Iterator[float]:
    """Memory of a process and its children in MB: `VmRSS` is what is resident, `VmHWM` what was at most."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(kind):
            yield int(line.split()[1]) / 1024
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from memory(int(child), kind)


if __name__ == "__main__":
    main()
