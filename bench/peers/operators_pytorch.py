#!/usr/bin/env python3
"""Times libtorch's operators at the shapes of a training step, through whichever PyTorch runs this.

    python3 bench/peers/operators_pytorch.py --threads 2

Prints a line of JSON for each operator: the median of as many calls as fit into its share of time, after one that is not counted.
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F

# GPT-2 124M: 4 rows of 64 tokens, and one of 1,024.
WIDTH, HEADS, VOCABULARY = 768, 12, 50257
ROWS = {"4x64": (4, 64), "1x1024": (1, 1024)}


def operators():
    """(name, what makes its arguments, the call); arguments are made once, outside of the time."""
    for shape, (batch, length) in ROWS.items():
        n = batch * length
        yield f"mm {shape} {n}x{WIDTH}x{4 * WIDTH}", lambda n=n: (torch.randn(n, WIDTH), torch.randn(WIDTH, 4 * WIDTH)), torch.mm
        yield f"mm weight's gradient {shape}", lambda n=n: (torch.randn(n, 4 * WIDTH), torch.randn(n, WIDTH)), lambda g, x: torch.mm(g.t(), x)
        yield f"addmm transposed {shape}", lambda n=n: (torch.randn(3 * WIDTH), torch.randn(n, WIDTH), torch.randn(3 * WIDTH, WIDTH)), lambda b, x, w: torch.addmm(b, x, w.t())
        yield f"mm head {shape} {min(n, 256)}x{WIDTH}x{VOCABULARY}", lambda n=n: (torch.randn(min(n, 256), WIDTH), torch.randn(VOCABULARY, WIDTH)), lambda x, w: torch.mm(x, w.t())
        yield f"sum over rows {shape}", lambda n=n: (torch.randn(n, 4 * WIDTH),), lambda g: g.sum(0)
        yield f"add {shape}", lambda n=n: (torch.randn(n, WIDTH), torch.randn(n, WIDTH)), torch.add
        yield f"copy transposed {shape}", lambda b=batch, t=length: (torch.randn(b, t, HEADS, WIDTH // HEADS),), lambda x: x.transpose(1, 2).contiguous()
        yield f"gelu {shape}", lambda n=n: (torch.randn(n, 4 * WIDTH),), lambda x: F.gelu(x, approximate="tanh")
        yield f"layer_norm {shape}", lambda n=n: (torch.randn(n, WIDTH), torch.ones(WIDTH), torch.zeros(WIDTH)), lambda x, w, b: F.layer_norm(x, (WIDTH,), w, b)
        yield f"softmax {shape}", lambda b=batch, t=length: (torch.randn(b * HEADS, t, t),), lambda x: torch.softmax(x, -1)
        yield f"attention {shape}", lambda b=batch, t=length: queries(b, t), attention
        yield f"attention and gradients {shape}", lambda b=batch, t=length: queries(b, t, gradients=True), attention_and_gradients
        yield f"embedding {shape}", lambda n=n: (torch.randn(VOCABULARY, WIDTH), torch.randint(VOCABULARY, (n,))), lambda w, ids: F.embedding(ids, w)
    yield "copy 128 MB", lambda: (torch.empty(32 << 20), torch.ones(32 << 20)), lambda to, source: to.copy_(source)
    yield "sum 128 MB", lambda: (torch.ones(32 << 20),), torch.sum
    yield "add 4x4", lambda: (torch.ones(4, 4), torch.ones(4, 4)), torch.add
    if has_bf16():
        for shape, (batch, length) in ROWS.items():
            n = batch * length
            yield f"mm bf16 {shape}", lambda n=n: (torch.randn(n, WIDTH).bfloat16(), torch.randn(WIDTH, 4 * WIDTH).bfloat16()), torch.mm


def has_bf16():
    import peers
    return peers.has_bf16()


def queries(batch, length, gradients=False):
    made = [torch.randn(batch, HEADS, length, WIDTH // HEADS, requires_grad=gradients) for _ in range(3)]
    return (*made, torch.full((length, length), float("-inf")).triu(1))


def attention(q, k, v, mask):
    """As the training step's peer computes it: fused where this PyTorch has it, else by products and a softmax."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    b, h, t, c = q.shape
    scores = torch.baddbmm(mask, q.reshape(b * h, t, c), k.reshape(b * h, t, c).transpose(1, 2), alpha=c**-0.5)
    return (torch.softmax(scores, -1) @ v.reshape(b * h, t, c)).view(b, h, t, c)


def attention_and_gradients(q, k, v, mask):
    return torch.autograd.grad(attention(q, k, v, mask).sum(), (q, k, v))


def timed(call, arguments, share):
    call(*arguments)
    seconds, begin = [], time.perf_counter()
    while len(seconds) < 3 or time.perf_counter() - begin < share:
        start = time.perf_counter()
        call(*arguments)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), len(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--share", type=float, default=0.1, help="seconds for each operator (0.1)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    for name, make, call in operators():
        seconds, calls = timed(call, make(), options.share)
        print(json.dumps({"operator": name, "microseconds": seconds * 1e6, "calls": calls, "torch": torch.__version__}), flush=True)


if __name__ == "__main__":
    main()
