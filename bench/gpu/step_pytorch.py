#!/usr/bin/env python3
"""One training step of a Llama in PyTorch on a GPU: the peer of `granary bench step --device cuda`.

    python3 bench/gpu/step_pytorch.py --preset llama-350m --batch 8 --length 2048 --variants eager compile

Prints one JSON object a variant. The code is what a careful user writes: one product for queries, keys and values and one for
gate and up, scaled_dot_product_attention, fused RMSNorm and AdamW, multi-tensor clipping, a residual stream of bfloat16 under
autocast over float32 parameters, the loss inside what is compiled, nothing read back inside a step. A step is forward, loss,
backward, clipping to a global norm of 1 and an AdamW update. Variants, which may be joined by '-':

    eager | compile | autotune     as it is; torch.compile; torch.compile with max-autotune-no-cudagraphs
    cudnn | flash                  the attention, instead of what the dispatcher prefers
    pure                           all of bfloat16, without float32 parameters: cheaper, and another computation
"""

import argparse
import contextlib
import gc
import json
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

# The same as Granary's presets of these names; heads are as many for keys as for queries, and nothing is tied.
PRESETS = {
    "llama-350m": {"vocab_size": 50304, "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 2816},
    "llama-1b": {"vocab_size": 50304, "hidden_size": 2048, "num_hidden_layers": 16, "num_attention_heads": 16, "intermediate_size": 5632},
    "tiny": {"vocab_size": 512, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 176},
}
ROPE_THETA = 10_000.0
EPSILON = 1e-5


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        # The fused form wants both of one type.
        return F.rms_norm(x, self.weight.shape, self.weight.to(x.dtype), EPSILON)


def rotate(x_BHTC, cos_TC, sin_TC):
    first, second = x_BHTC.chunk(2, dim=-1)
    return x_BHTC * cos_TC + torch.cat((-second, first), dim=-1) * sin_TC


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        d, self.heads, inner = config["hidden_size"], config["num_attention_heads"], config["intermediate_size"]
        self.width = d // self.heads
        self.norm1, self.norm2 = RmsNorm(d), RmsNorm(d)
        self.qkv = nn.Linear(d, 3 * d, bias=False)
        self.out = nn.Linear(d, d, bias=False)
        self.gate_up = nn.Linear(d, 2 * inner, bias=False)
        self.down = nn.Linear(inner, d, bias=False)

    def attend(self, x_BTD, cos, sin):
        b, t, d = x_BTD.shape
        q, k, v = (x.view(b, t, self.heads, self.width).transpose(1, 2) for x in self.qkv(x_BTD).chunk(3, dim=-1))
        y = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(b, t, d))

    def forward(self, x, cos, sin):
        x = x + self.attend(self.norm1(x), cos, sin)
        gate, up = self.gate_up(self.norm2(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class Llama(nn.Module):
    """The loss of a batch: what is compiled has it inside, so that the logits need not be written out more than once."""

    def __init__(self, config, length, compute_type):
        super().__init__()
        d = config["hidden_size"]
        self.compute_type = compute_type
        self.tokens = nn.Embedding(config["vocab_size"], d)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config["num_hidden_layers"]))
        self.norm = RmsNorm(d)
        self.head = nn.Linear(d, config["vocab_size"], bias=False)
        width = d // config["num_attention_heads"]
        angles = torch.outer(torch.arange(length).float(), ROPE_THETA ** (-torch.arange(0, width, 2) / width))
        # In the type that is computed in from the start, as a user of autocast would keep them.
        self.register_buffer("cos", torch.cat((angles, angles), dim=-1).cos().to(compute_type), persistent=False)
        self.register_buffer("sin", torch.cat((angles, angles), dim=-1).sin().to(compute_type), persistent=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids_BT, targets_BT):
        x = self.tokens(ids_BT).to(self.compute_type)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        logits = self.head(self.norm(x))
        return F.cross_entropy(logits.flatten(0, 1).float(), targets_BT.flatten())


def flops_per_token(config, length):
    """As Granary counts: 6 a weight of a product, and causal attention as half of 12 * layers * width * length."""
    d, layers = config["hidden_size"], config["num_hidden_layers"]
    return 6 * (layers * (4 * d * d + 3 * d * config["intermediate_size"]) + config["vocab_size"] * d) + 6 * layers * d * length


def is_cuda():
    return torch.cuda.is_available()


def device():
    return "cuda" if is_cuda() else "cpu"


def wait():
    if is_cuda():
        torch.cuda.synchronize()


def matrix_rate():
    """Operations a second of a large bfloat16 product here."""
    n = 8192 if is_cuda() else 256
    a, b = (torch.randn(n, n, device=device(), dtype=torch.bfloat16) for _ in range(2))
    times = timed(lambda: a @ b, warmup=5, steps=20)
    return 2 * n**3 / statistics.median(times)


def timed(step, warmup, steps):
    """Seconds of each step; between points in the stream, so that the host may run ahead."""
    for _ in range(warmup):
        step()
    wait()
    if not is_cuda():
        points = [time.perf_counter()]
        for _ in range(steps):
            step()
            points.append(time.perf_counter())
        return [after - before for before, after in zip(points, points[1:])]
    events = [torch.cuda.Event(enable_timing=True) for _ in range(steps + 1)]
    events[0].record()
    for event in events[1:]:
        step()
        event.record()
    wait()
    return [before.elapsed_time(after) / 1e3 for before, after in zip(events, events[1:])]


def attention_of(parts):
    """The context that forces the attention a variant names."""
    if not is_cuda() or not parts & {"cudnn", "flash"}:
        return contextlib.nullcontext()
    from torch.nn.attention import SDPBackend, sdpa_kernel

    return sdpa_kernel(SDPBackend.CUDNN_ATTENTION if "cudnn" in parts else SDPBackend.FLASH_ATTENTION)


def adamw(model):
    groups = [
        {"params": [p for p in model.parameters() if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.95), fused=True)


def measure(variant, options, rate):
    parts = set(variant.split("-"))
    config = {**PRESETS[options.preset], **({"num_hidden_layers": options.layers} if options.layers else {})}
    is_wide = options.dtype == "fp32"
    torch.manual_seed(0)
    gc.collect()
    if is_cuda():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    model = Llama(config, options.length, torch.float32 if is_wide else torch.bfloat16).to(device())
    if "pure" in parts:
        model = model.to(torch.bfloat16)
    optimizer = adamw(model)
    parameters = list(model.parameters())
    ids = torch.randint(config["vocab_size"], (options.batch, options.length + 1), device=device())
    inputs, targets = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
    run = model
    if "compile" in parts:
        run = torch.compile(model)
    elif "autotune" in parts:
        run = torch.compile(model, mode="max-autotune-no-cudagraphs")
    losses = []

    def step():
        with torch.autocast(device(), torch.bfloat16, enabled=not is_wide and "pure" not in parts):
            loss = run(inputs, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0, foreach=True)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.detach())

    begin = time.perf_counter()
    with attention_of(parts):
        step()
        wait()
        first = time.perf_counter() - begin
        seconds = timed(step, options.warmup, options.steps)
    median = statistics.median(seconds)
    tokens = options.batch * options.length / median
    flops = flops_per_token(config, options.length) * tokens
    return {
        "program": f"pytorch-{variant}", "torch": torch.__version__, "device": torch.cuda.get_device_name() if is_cuda() else "cpu",
        "preset": options.preset, "layers": config["num_hidden_layers"], "batch": options.batch, "length": options.length, "dtype": options.dtype, "steps": options.steps,
        "parameters": sum(p.numel() for p in parameters), "tokens_per_second": tokens, "milliseconds": 1e3 * median,
        "milliseconds_each": [round(1e3 * s, 3) for s in seconds], "first_step_seconds": round(first, 2),
        "peak_memory_bytes": torch.cuda.max_memory_allocated() if is_cuda() else 0, "flops": flops, "matrix_flops": rate, "flops_share": flops / rate,
        "first_loss": losses[0].item(), "last_loss": losses[-1].item(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--layers", type=int, help="blocks, where not the preset's")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--steps", type=int, default=9, help="steps that are timed (9)")
    parser.add_argument("--warmup", type=int, default=4, help="steps before them, behind a first one (4)")
    parser.add_argument("--dtype", choices=("bf16", "fp32"), default="bf16", help="bf16: autocast over float32 parameters")
    parser.add_argument("--variants", nargs="+", default=["eager"], help="each of its parts joined by '-' (eager)")
    options = parser.parse_args()
    known = {"eager", "compile", "autotune", "cudnn", "flash", "pure"}
    for variant in options.variants:
        if unknown := set(variant.split("-")) - known:
            parser.error(f"'{variant}' has the part '{unknown.pop()}'; known: {', '.join(sorted(known))}")
    rate = matrix_rate()
    for variant in options.variants:
        try:
            result = measure(variant, options, rate)
        except (RuntimeError, torch.OutOfMemoryError) as error:
            # A variant that this PyTorch or this device cannot do leaves the others.
            result = {"program": f"pytorch-{variant}", "preset": options.preset, "batch": options.batch, "length": options.length, "error": f"{type(error).__name__}: {str(error)[:300]}"}
        print(json.dumps(result), flush=True)
        torch._dynamo.reset()


if __name__ == "__main__":
    main()
