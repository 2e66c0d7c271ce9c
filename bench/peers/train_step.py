"""The reference workload of ../workload.ts in PyTorch, answering one request a line.

Started by ../run.ts as `python3 train_step.py --size 64 --batch 16 --threads 2`. Prints one JSON
line when ready; then each line {"steps": n} on stdin is answered with {"seconds": [...], "gLoss",
"dLoss"}. With --steps n it needs no stdin: it times n steps after --warmup and prints one JSON line
for each.

Same order as the tfjs step: one generator forward; the discriminator learns first, on real and on
detached fake; then the generator against the updated discriminator, whose weights need no gradient
there. Memory format channels_last, which is PyTorch's fastest on these processors.
"""

import argparse
import json
import os
import sys
import time

# A core type or cache size forced on OpenBLAS for other programs would hold PyTorch back.
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)

import torch
import torch.nn.functional as functional
from torch import nn

LEAKY_SLOPE = 0.2
L1_WEIGHT = 100
BATCH_COUNT = 4


def batch_norm(channels):
    # Keras' defaults; its momentum 0.99 is PyTorch's 0.01.
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Down(nn.Sequential):
    def __init__(self, inputs, outputs, normalized):
        super().__init__(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=not normalized))
        if normalized:
            self.append(batch_norm(outputs))
        self.append(nn.LeakyReLU(LEAKY_SLOPE, inplace=True))


class Up(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(
            nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False),
            batch_norm(outputs),
            nn.ReLU(inplace=True),
        )


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.downs = nn.ModuleList(
            [
                Down(1, 32, False),
                Down(32, 64, True),
                Down(64, 128, True),
                Down(128, 256, True),
                Down(256, 256, True),
            ]
        )
        self.ups = nn.ModuleList([Up(256, 256), Up(512, 128), Up(256, 64), Up(128, 32)])
        self.last = nn.ConvTranspose2d(64, 2, 4, stride=2, padding=1)

    def forward(self, x):
        skips = []
        for down in self.downs:
            x = down(x)
            skips.append(x)
        skips.pop()
        for up in self.ups:
            x = torch.cat([up(x), skips.pop()], dim=1)
        return torch.tanh(self.last(x))


class Discriminator(nn.Sequential):
    def __init__(self):
        super().__init__(
            Down(3, 32, False),
            Down(32, 64, True),
            # Keras' "same" padding of an even kernel: one zero before, two behind.
            nn.Conv2d(64, 128, 4, padding="same", bias=False),
            batch_norm(128),
            nn.LeakyReLU(LEAKY_SLOPE, inplace=True),
            nn.Conv2d(128, 1, 4, padding="same"),
        )


class Workload:
    def __init__(self, size, batch, seed):
        torch.manual_seed(seed)
        self.generator = Generator().to(memory_format=torch.channels_last).train()
        self.discriminator = Discriminator().to(memory_format=torch.channels_last).train()
        for module in [*self.generator.modules(), *self.discriminator.modules()]:
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, 0.0, 0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        state = self.generator.state_dict()
        parameters = sum(value.numel() for name, value in state.items() if "num_batches" not in name)
        assert parameters == 4_168_866, f"generator has {parameters} weights"
        adam = dict(lr=2e-4, betas=(0.5, 0.999), eps=1e-7)
        self.generator_optimizer = torch.optim.Adam(self.generator.parameters(), **adam)
        self.discriminator_optimizer = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.batches = [
            (draw(batch, 1, size, 1.0), draw(batch, 2, size, 0.5)) for _ in range(BATCH_COUNT)
        ]
        self.steps = 0

    def step(self):
        luma, chroma = self.batches[self.steps % BATCH_COUNT]
        self.steps += 1
        fake = self.generator(luma)

        self.discriminator.requires_grad_(True)
        real_logits = self.discriminator(torch.cat([luma, chroma], dim=1))
        fake_logits = self.discriminator(torch.cat([luma, fake.detach()], dim=1))
        d_loss = 0.5 * (cross_entropy(real_logits, 1.0) + cross_entropy(fake_logits, 0.0))
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        d_loss.backward()
        self.discriminator_optimizer.step()

        self.discriminator.requires_grad_(False)
        logits = self.discriminator(torch.cat([luma, fake], dim=1))
        g_loss = cross_entropy(logits, 1.0) + L1_WEIGHT * functional.l1_loss(fake, chroma)
        self.generator_optimizer.zero_grad(set_to_none=True)
        g_loss.backward()
        self.generator_optimizer.step()
        return g_loss.item(), d_loss.item()


def draw(batch, channels, size, amplitude):
    values = (torch.rand(batch, channels, size, size) * 2 - 1) * amplitude
    return values.contiguous(memory_format=torch.channels_last)


def cross_entropy(logits, label):
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def timed(workload, steps):
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        g_loss, d_loss = workload.step()
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "gLoss": g_loss, "dLoss": d_loss}


def say(message):
    print(json.dumps(message), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, help="time so many steps and leave")
    parser.add_argument("--warmup", type=int, default=3)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    workload = Workload(options.size, options.batch, options.seed)
    if options.steps:
        timed(workload, options.warmup)
        for _ in range(options.steps):
            answer = timed(workload, 1)
            say({**answer, "imagesPerSecond": options.batch / answer["seconds"][0]})
        return
    say({"ready": True, "version": f"PyTorch {torch.__version__}"})
    for line in sys.stdin:
        say(timed(workload, json.loads(line)["steps"]))


if __name__ == "__main__":
    main()
