#!/usr/bin/env python3
"""One training step in PyTorch: the peer of `granary bench step`.

    python3 bench/peers/step_pytorch.py --preset gpt2-124m --batch 4 --length 64 --steps 10 --threads 2
    python3 bench/peers/step_pytorch.py --preset gpt2-124m --batch 4 --length 64 --steps 10 --mode autocast --compile

Prints one JSON object. The code is what a careful user writes: fused attention, fused AdamW and fused RMSNorm
where the installed PyTorch has them, gradients set to None, nothing read back from the device inside a step.
Works with PyTorch 1.13 and later. A step is forward, loss, backward, clipping to a global norm of 1 and an AdamW update.
"""

import argparse
import json
import math
import resource
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

PRESETS = {
    "gpt2-124m": {
        "family": "gpt2", "vocab_size": 50257, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
        "num_key_value_heads": 12, "intermediate_size": 3072, "positions": 1024,
    },
    "llama-30m": {
        "family": "llama", "vocab_size": 32000, "hidden_size": 384, "num_hidden_layers": 8, "num_attention_heads": 6,
        "num_key_value_heads": 2, "intermediate_size": 1536, "rope_theta": 10000.0,
    },
    "demo": {
        "family": "llama", "vocab_size": 2048, "hidden_size": 128, "num_hidden_layers": 5, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 384, "rope_theta": 10000.0,
    },
    "llama-5m": {
        "family": "llama", "vocab_size": 2048, "hidden_size": 256, "num_hidden_layers": 6, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 704, "rope_theta": 10000.0,
    },
}
HAS_FUSED_ATTENTION = hasattr(F, "scaled_dot_product_attention")
HAS_FUSED_RMS_NORM = hasattr(F, "rms_norm")


def causal_attention(q_BHTC, k_BHSC, v_BHSC, mask_TT):
    if HAS_FUSED_ATTENTION:
        return F.scaled_dot_product_attention(q_BHTC, k_BHSC, v_BHSC, is_causal=True)
    b, h, t, c = q_BHTC.shape
    q, k, v = (x.reshape(b * h, t, c) for x in (q_BHTC, k_BHSC, v_BHSC))
    # Scale, mask and product in one call: the fastest eager form before the fused operator came.
    scores = torch.baddbmm(mask_TT.to(q.dtype), q, k.transpose(1, 2), alpha=1 / math.sqrt(c))
    return (torch.softmax(scores, dim=-1) @ v).view(b, h, t, c)


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        if HAS_FUSED_RMS_NORM:
            return F.rms_norm(x, self.weight.shape, self.weight, 1e-5)
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * self.weight


class Attention(nn.Module):
    def __init__(self, config, bias):
        super().__init__()
        d, self.heads, self.kv_heads = (config[k] for k in ("hidden_size", "num_attention_heads", "num_key_value_heads"))
        self.width = d // self.heads
        self.qkv = nn.Linear(d, (self.heads + 2 * self.kv_heads) * self.width, bias=bias)
        self.out = nn.Linear(d, d, bias=bias)

    def forward(self, x_BTD, mask_TT, rotation):
        b, t, d = x_BTD.shape
        q, k, v = self.qkv(x_BTD).split([n * self.width for n in (self.heads, self.kv_heads, self.kv_heads)], dim=-1)
        q, k, v = (x.view(b, t, -1, self.width).transpose(1, 2) for x in (q, k, v))
        if rotation is not None:
            q, k = rotate(q, *rotation), rotate(k, *rotation)
        if self.kv_heads != self.heads:
            k, v = (x.repeat_interleave(self.heads // self.kv_heads, dim=1) for x in (k, v))
        return self.out(causal_attention(q, k, v, mask_TT).transpose(1, 2).reshape(b, t, d))


def rotate(x_BHTC, cos_TC, sin_TC):
    first, second = x_BHTC.chunk(2, dim=-1)
    return x_BHTC * cos_TC + torch.cat((-second, first), dim=-1) * sin_TC


class GeluMlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up = nn.Linear(config["hidden_size"], config["intermediate_size"])
        self.down = nn.Linear(config["intermediate_size"], config["hidden_size"])

    def forward(self, x):
        return self.down(F.gelu(self.up(x), approximate="tanh"))


class SwigluMlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate_up = nn.Linear(config["hidden_size"], 2 * config["intermediate_size"], bias=False)
        self.down = nn.Linear(config["intermediate_size"], config["hidden_size"], bias=False)

    def forward(self, x):
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate) * up)


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        is_gpt2 = config["family"] == "gpt2"
        norm = nn.LayerNorm if is_gpt2 else RmsNorm
        self.norm1, self.norm2 = norm(config["hidden_size"]), norm(config["hidden_size"])
        self.attention = Attention(config, bias=is_gpt2)
        self.mlp = GeluMlp(config) if is_gpt2 else SwigluMlp(config)

    def forward(self, x, mask, rotation):
        x = x + self.attention(self.norm1(x), mask, rotation)
        return x + self.mlp(self.norm2(x))


class Decoder(nn.Module):
    """Pre-norm decoder with a tied head: GPT-2's or Llama's, by the preset's family."""

    def __init__(self, config, length):
        super().__init__()
        d, self.is_gpt2 = config["hidden_size"], config["family"] == "gpt2"
        self.tokens = nn.Embedding(config["vocab_size"], d)
        self.positions = nn.Embedding(config["positions"], d) if self.is_gpt2 else None
        self.blocks = nn.ModuleList(Block(config) for _ in range(config["num_hidden_layers"]))
        self.norm = nn.LayerNorm(d) if self.is_gpt2 else RmsNorm(d)
        self.register_buffer("mask", torch.full((length, length), -math.inf).triu(1))
        self.register_buffer("range", torch.arange(length))
        if not self.is_gpt2:
            width = d // config["num_attention_heads"]
            angles = torch.outer(self.range.float(), config["rope_theta"] ** (-torch.arange(0, width, 2) / width))
            self.register_buffer("cos", torch.cat((angles, angles), dim=-1).cos())
            self.register_buffer("sin", torch.cat((angles, angles), dim=-1).sin())
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids_BT):
        x = self.tokens(ids_BT)
        if self.is_gpt2:
            x = x + self.positions(self.range)
        rotation = None if self.is_gpt2 else (self.cos.to(x.dtype), self.sin.to(x.dtype))
        for block in self.blocks:
            x = block(x, self.mask, rotation)
        return F.linear(self.norm(x), self.tokens.weight)


def adamw(model, device):
    groups = [
        {"params": [p for p in model.parameters() if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
    ]
    # On a CPU, foreach takes twice as long as one tensor after another: its temporaries leave the cache.
    for form in ({"fused": True}, {"foreach": device == "cuda"}):
        try:
            return torch.optim.AdamW(groups, lr=6e-4, betas=(0.9, 0.95), **form), str(form)
        except (TypeError, RuntimeError):
            pass  # this PyTorch has no such form for this device
    raise RuntimeError(f"AdamW of PyTorch {torch.__version__} knows neither 'fused' nor 'foreach'; 1.13 or later is needed.")


def peak_memory(device):
    # ru_maxrss counts KiB on Linux.
    return torch.cuda.max_memory_allocated() if device == "cuda" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True, help="steps that are timed")
    parser.add_argument("--warmup", type=int, default=2, help="steps before them (2)")
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--mode", choices=("fp32", "autocast", "bf16"), default="fp32", help="autocast: bf16 over fp32 weights; bf16: weights and optimizer too")
    parser.add_argument("--compile", action="store_true", help="forward and backward through torch.compile")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    device = options.device
    config = PRESETS[options.preset]
    model = Decoder(config, options.length).to(device, torch.bfloat16 if options.mode == "bf16" else torch.float32)
    optimizer, optimizer_form = adamw(model, device)
    ids = torch.randint(config["vocab_size"], (options.batch, options.length + 1), device=device)
    inputs, targets = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
    parameters = list(model.parameters())

    def loss_of(inputs, targets):
        with torch.autocast(device, torch.bfloat16, enabled=options.mode == "autocast"):
            logits = model(inputs)
        return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())

    if options.compile:
        loss_of = torch.compile(loss_of)

    def step():
        loss = loss_of(inputs, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    def wait():
        if device == "cuda":
            torch.cuda.synchronize()

    for _ in range(options.warmup):
        loss = step()
    wait()
    seconds = []
    for _ in range(options.steps):
        begin = time.perf_counter()
        loss = step()
        wait()
        seconds.append(time.perf_counter() - begin)
    median = statistics.median(seconds)
    print(json.dumps({
        "program": "pytorch", "torch": torch.__version__, "preset": options.preset, "batch": options.batch,
        "length": options.length, "steps": options.steps, "mode": options.mode, "compiled": options.compile, "device": device,
        "threads": torch.get_num_threads(), "parameters": sum(p.numel() for p in parameters),
        "optimizer": optimizer_form, "fused_attention": HAS_FUSED_ATTENTION, "last_loss": loss.item(),
        "tokens_per_second": options.batch * options.length / median, "milliseconds": median * 1e3,
        "milliseconds_each": [round(s * 1e3, 3) for s in seconds], "peak_memory_bytes": peak_memory(device),
    }))


if __name__ == "__main__":
    main()
