"""The networks of ../networks.json in PyTorch."""

import json
import pathlib

import torch
from torch import nn

LEAKY_SLOPE = 0.2
INITIAL_STDDEV = 0.02

NETWORKS = json.loads((pathlib.Path(__file__).parent.parent / "networks.json").read_text())


def batch_norm(channels):
    # Keras' defaults; its momentum 0.99 is PyTorch's 0.01.
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Down(nn.Sequential):
    def __init__(self, inputs, filters, normalized, stride=2, padding=1):
        super().__init__(
            nn.Conv2d(inputs, filters, 4, stride=stride, padding=padding, bias=not normalized)
        )
        if normalized:
            self.append(batch_norm(filters))
        self.append(nn.LeakyReLU(LEAKY_SLOPE, inplace=True))


class Up(nn.Sequential):
    def __init__(self, inputs, filters, dropout):
        super().__init__(
            nn.ConvTranspose2d(inputs, filters, 4, stride=2, padding=1, bias=False),
            batch_norm(filters),
        )
        if dropout > 0:
            self.append(nn.Dropout(dropout))
        self.append(nn.ReLU(inplace=True))


class Generator(nn.Module):
    def __init__(self, plan):
        super().__init__()
        self.downs = nn.ModuleList()
        inputs = 1
        for down in plan["downs"]:
            self.downs.append(Down(inputs, down["filters"], down["normalized"]))
            inputs = down["filters"]
        self.ups = nn.ModuleList()
        for i, down in enumerate(reversed(plan["downs"][:-1])):
            dropout = plan["dropout"] if i < plan["droppedUps"] else 0
            self.ups.append(Up(inputs, down["filters"], dropout))
            inputs = 2 * down["filters"]
        self.last = nn.ConvTranspose2d(inputs, 2, 4, stride=2, padding=1)
        initialize(self, plan["weights"])

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
    def __init__(self, plan):
        super().__init__()
        # Keras' "same" padding of an even kernel: one zero before, two behind. At stride 2 it is
        # one on each side.
        padding = {"same": "same", "one": 1}[plan["padding"]]
        inputs = 3
        for layer in plan["layers"]:
            stride = layer["strides"]
            edge = padding if stride == 1 else 1
            self.append(Down(inputs, layer["filters"], layer["normalized"], stride, edge))
            inputs = layer["filters"]
        self.append(nn.Conv2d(inputs, 1, 4, padding=padding))
        initialize(self, plan["weights"])


def initialize(network, expected):
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, INITIAL_STDDEV)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    state = network.state_dict()
    weights = sum(value.numel() for name, value in state.items() if "num_batches" not in name)
    assert weights == expected, f"{type(network).__name__} has {weights} weights, not {expected}"


def draw(batch, channels, size, amplitude, memory_format=torch.channels_last):
    values = (torch.rand(batch, channels, size, size) * 2 - 1) * amplitude
    return values.contiguous(memory_format=memory_format)
