#!/usr/bin/env python3
"""What causal attention alone takes of a training step on this GPU, in PyTorch's kernels, forward and backward, in turns.

    python3 bench/gpu/attention.py

Attention of long rows is the same kernel in every program here, so its share bounds what the rest of a step can gain. Raw lines
go to gpu-attention.jsonl: medians of nine calls, times the model's blocks.
"""

import statistics

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

import common

# Blocks, heads and their width, as the presets of these names have them.
MODELS = {"llama-350m": (24, 16, 64), "llama-1b": (16, 16, 128)}
SHAPES = [(8, 2048), (1, 16384)]
BACKENDS = {"default": None, "cudnn": SDPBackend.CUDNN_ATTENTION, "flash": SDPBackend.FLASH_ATTENTION}


def call(backend, q, k, v, gradient):
    def both():
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        torch.autograd.grad(y, (q, k, v), gradient)

    if backend is None:
        both()
        return
    with sdpa_kernel(backend):
        both()


def main():
    for model, (blocks, heads, width) in MODELS.items():
        for batch, length in SHAPES:
            q, k, v = (torch.randn(batch, heads, length, width, device="cuda", dtype=torch.bfloat16, requires_grad=True) for _ in range(3))
            gradient = torch.randn_like(q)
            times = {name: [] for name in BACKENDS}
            for turn in range(12):
                for name, backend in BACKENDS.items():
                    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
                    begin.record()
                    call(backend, q, k, v, gradient)
                    end.record()
                    torch.cuda.synchronize()
                    if turn >= 3:
                        times[name].append(begin.elapsed_time(end))
            for name, milliseconds in times.items():
                step = blocks * statistics.median(milliseconds)
                common.keep("gpu-attention.jsonl", model=model, batch=batch, length=length, backend=name, milliseconds=step, each=[round(blocks * m, 3) for m in milliseconds])
                print(f"{model:10} {batch}x{length:<6} {name:8} {step:8.2f} ms in all {blocks} blocks")


if __name__ == "__main__":
    main()
