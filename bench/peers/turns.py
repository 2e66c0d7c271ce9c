"""A peer's side of the benchmark's protocol: options, and one answer a line."""

import argparse
import json
import os
import sys
import time

# A core type or cache size forced on OpenBLAS for other programs would hold PyTorch back.
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)

try:
    import resource
except ImportError:  # Windows has none.
    resource = None


def read_options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--network", default="reference")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, help="time so many steps and leave")
    parser.add_argument("--warmup", type=int, default=3)
    return parser.parse_args()


def serve(options, version, step, **about):
    """Calls step() when asked to; what it returns goes into the answer, `about` into the greeting."""
    if options.steps:
        timed(step, options.warmup)
        for _ in range(options.steps):
            answer = timed(step, 1)
            say({**answer, "imagesPerSecond": options.batch / answer["seconds"][0]})
        return
    say({"ready": True, "version": version, **about})
    for line in sys.stdin:
        say(timed(step, json.loads(line)["steps"]))


def timed(step, steps):
    seconds = []
    result = {}
    for _ in range(steps):
        start = time.perf_counter()
        result = step()
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, **result, "peakRssMegabytes": peak_rss_megabytes()}


def peak_rss_megabytes():
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Bytes on macOS, kibibytes elsewhere.
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))


def say(message):
    print(json.dumps(message), flush=True)
