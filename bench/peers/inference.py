"""The generator of ../inference.ts in PyTorch, answering one request a line like train_step.py.

Several ways of running it are tried once before the benchmark: as it is, traced and frozen, and
optimized for inference; each with memory format channels_last and contiguous. The fastest answers.
"""

import time

from turns import read_options, serve  # Before torch: it prepares the environment.

import torch

from networks import NETWORKS, Generator, draw

TRIAL_ROUNDS = 5
TRIAL_WARMUP = 3
FORMATS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


def candidates(plan, options):
    """Yields (name, photo to output, photo) for each way of running the same network."""
    for label, memory_format in FORMATS.items():
        torch.manual_seed(options.seed)
        network = Generator(plan).to(memory_format=memory_format).eval()
        photo = draw(options.batch, 1, options.size, 1.0, memory_format)
        yield label, network, photo
        frozen = torch.jit.freeze(torch.jit.trace(network, photo))
        yield f"{label}, traced and frozen", frozen, photo
        # It changes the graph that it is given.
        again = torch.jit.freeze(torch.jit.trace(network, photo))
        yield f"{label}, optimized for inference", torch.jit.optimize_for_inference(again), photo


def fastest(ways):
    """The way with the shortest single run, all taking turns."""
    best = [float("inf")] * len(ways)
    for turn in range(TRIAL_WARMUP + TRIAL_ROUNDS):
        for i, (_, network, photo) in enumerate(ways):
            start = time.perf_counter()
            network(photo)
            if turn >= TRIAL_WARMUP:
                best[i] = min(best[i], time.perf_counter() - start)
    return ways[best.index(min(best))], dict(zip((name for name, _, _ in ways), best))


def main():
    options = read_options(__doc__)
    torch.set_num_threads(options.threads)
    with torch.no_grad():
        ways = list(candidates(NETWORKS[options.network]["generator"], options))
        (name, network, photo), trials = fastest(ways)
        del ways

        def step():
            network(photo)
            return {}

        milliseconds = {way: round(1000 * seconds, 2) for way, seconds in trials.items()}
        serve(options, f"PyTorch {torch.__version__}, {name}", step, trials=milliseconds)


if __name__ == "__main__":
    main()
