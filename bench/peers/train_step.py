"""The training step of ../workload.ts in PyTorch, answering one request a line.

Started by ../run.ts as `python3 train_step.py --network reference --size 64 --batch 16 --threads 2`.
Prints one JSON line when ready; then each line {"steps": n} on stdin is answered with
{"seconds": [...], "gLoss", "dLoss", "peakRssMegabytes"}. With --steps n it needs no stdin: it times n
steps after --warmup and prints one JSON line for each.

Same order as the tfjs step: one generator forward; the discriminator learns first, on real and on
detached fake; then the generator against the updated discriminator, whose weights need no gradient
there. Memory format channels_last, which is PyTorch's fastest on these processors.
"""

from turns import read_options, serve  # Before torch: it prepares the environment.

import torch
import torch.nn.functional as functional

from networks import NETWORKS, Discriminator, Generator, draw

L1_WEIGHT = 100
BATCH_COUNT = 4


class Workload:
    def __init__(self, network, size, batch, seed):
        torch.manual_seed(seed)
        plan = NETWORKS[network]
        layout = dict(memory_format=torch.channels_last)
        self.generator = Generator(plan["generator"]).to(**layout).train()
        self.discriminator = Discriminator(plan["discriminator"]).to(**layout).train()
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
        return {"gLoss": g_loss.item(), "dLoss": d_loss.item()}


def cross_entropy(logits, label):
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def main():
    options = read_options(__doc__)
    torch.set_num_threads(options.threads)
    workload = Workload(options.network, options.size, options.batch, options.seed)
    serve(options, f"PyTorch {torch.__version__}", workload.step)


if __name__ == "__main__":
    main()
