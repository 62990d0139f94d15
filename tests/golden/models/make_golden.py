#!/usr/bin/env python3
"""Makes the golden numbers of the tiny GPT-2 and Llama models beside this file.

Run with any Python that has PyTorch 1.13 or later; nothing else is needed:

    python3 tests/golden/models/make_golden.py

The models are written out below from their published definitions, on plain tensors, with the names and layouts of
Hugging Face's checkpoints. Everything is computed twice, in fp32 and in fp64, on one thread. The gradients and the
logits that are stored are those of the fp64 run, rounded to fp32 (relative error 6e-8, far below what any fp32 run
reaches); how far the fp32 run of PyTorch lies from them is in the .json, so that a test can name its tolerance.
"""

import json
import math
import pathlib
import random
import struct

import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).resolve().parent
BATCH, LENGTH, STEPS = 2, 16, 10
IGNORED = -100
OPTIMIZER = {"lr": 1e-3, "betas": [0.9, 0.95], "eps": 1e-8, "weight_decay": 0.1, "max_grad_norm": 1.0}

GPT2 = {
    "model_type": "gpt2", "vocab_size": 97, "n_positions": 32, "n_embd": 32, "n_head": 4, "n_layer": 2,
    "n_inner": None, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
}
LLAMA = {
    "model_type": "llama", "vocab_size": 97, "max_position_embeddings": 32, "hidden_size": 32,
    "intermediate_size": 88, "num_attention_heads": 4, "num_hidden_layers": 2, "hidden_act": "silu",
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "attention_bias": False,
}
MODELS = {
    "gpt2-tied": {**GPT2, "tie_word_embeddings": True},
    "gpt2-untied": {**GPT2, "tie_word_embeddings": False},
    "llama-gqa": {**LLAMA, "num_key_value_heads": 2, "tie_word_embeddings": False},
    "llama-mha-tied": {**LLAMA, "num_key_value_heads": 4, "tie_word_embeddings": True},
}


# ---- shapes, in the order in which the checkpoint lists them ----

def gpt2_shapes(c):
    d, inner = c["n_embd"], c["n_inner"] or 4 * c["n_embd"]
    yield "transformer.wte.weight", (c["vocab_size"], d)
    yield "transformer.wpe.weight", (c["n_positions"], d)
    for i in range(c["n_layer"]):
        h = f"transformer.h.{i}."
        yield h + "ln_1.weight", (d,)
        yield h + "ln_1.bias", (d,)
        yield h + "attn.c_attn.weight", (d, 3 * d)  # Conv1D: [in, out]
        yield h + "attn.c_attn.bias", (3 * d,)
        yield h + "attn.c_proj.weight", (d, d)
        yield h + "attn.c_proj.bias", (d,)
        yield h + "ln_2.weight", (d,)
        yield h + "ln_2.bias", (d,)
        yield h + "mlp.c_fc.weight", (d, inner)
        yield h + "mlp.c_fc.bias", (inner,)
        yield h + "mlp.c_proj.weight", (inner, d)
        yield h + "mlp.c_proj.bias", (d,)
    yield "transformer.ln_f.weight", (d,)
    yield "transformer.ln_f.bias", (d,)
    if not c["tie_word_embeddings"]:
        yield "lm_head.weight", (c["vocab_size"], d)


def llama_shapes(c):
    d, inner = c["hidden_size"], c["intermediate_size"]
    kv = d // c["num_attention_heads"] * c["num_key_value_heads"]
    yield "model.embed_tokens.weight", (c["vocab_size"], d)
    for i in range(c["num_hidden_layers"]):
        h = f"model.layers.{i}."
        yield h + "input_layernorm.weight", (d,)
        yield h + "self_attn.q_proj.weight", (d, d)  # Linear: [out, in]
        yield h + "self_attn.k_proj.weight", (kv, d)
        yield h + "self_attn.v_proj.weight", (kv, d)
        yield h + "self_attn.o_proj.weight", (d, d)
        yield h + "post_attention_layernorm.weight", (d,)
        yield h + "mlp.gate_proj.weight", (inner, d)
        yield h + "mlp.up_proj.weight", (inner, d)
        yield h + "mlp.down_proj.weight", (d, inner)
    yield "model.norm.weight", (d,)
    if not c["tie_word_embeddings"]:
        yield "lm_head.weight", (c["vocab_size"], d)


# ---- forward passes; B batch, T positions, D width, H heads, C width of a head ----

def causal_attention(q_BHTC, k_BHTC, v_BHTC):
    t = q_BHTC.shape[-2]
    scores_BHTT = q_BHTC @ k_BHTC.transpose(-1, -2) / math.sqrt(q_BHTC.shape[-1])
    future_TT = torch.ones(t, t, dtype=torch.bool).triu(1)
    return torch.softmax(scores_BHTT.masked_fill(future_TT, -math.inf), dim=-1) @ v_BHTC


def heads(x_BTD, count):
    b, t, d = x_BTD.shape
    return x_BTD.view(b, t, count, d // count).transpose(1, 2)


def merge(x_BHTC):
    b, h, t, c = x_BHTC.shape
    return x_BHTC.transpose(1, 2).reshape(b, t, h * c)


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gpt2(c, p, ids_BT):
    d, eps = c["n_embd"], c["layer_norm_epsilon"]

    def norm(x, name):
        return F.layer_norm(x, (d,), p[name + ".weight"], p[name + ".bias"], eps)

    def conv1d(x, name):
        return x @ p[name + ".weight"] + p[name + ".bias"]

    x = p["transformer.wte.weight"][ids_BT] + p["transformer.wpe.weight"][: ids_BT.shape[1]]
    for i in range(c["n_layer"]):
        h = f"transformer.h.{i}."
        q, k, v = (heads(y, c["n_head"]) for y in conv1d(norm(x, h + "ln_1"), h + "attn.c_attn").split(d, dim=-1))
        x = x + conv1d(merge(causal_attention(q, k, v)), h + "attn.c_proj")
        x = x + conv1d(gelu_new(conv1d(norm(x, h + "ln_2"), h + "mlp.c_fc")), h + "mlp.c_proj")
    return norm(x, "transformer.ln_f") @ p.get("lm_head.weight", p["transformer.wte.weight"]).T


def rotate(x_BHTC, theta):
    """Half against half: component i turns with component i + C/2 by the angle t * theta^(-2i/C)."""
    t, c = x_BHTC.shape[-2:]
    # Angles in fp64 for both runs: the table is data, not part of what is compared.
    angles_TC = torch.outer(torch.arange(t, dtype=torch.float64), theta ** (-torch.arange(0, c, 2, dtype=torch.float64) / c))
    cos, sin = angles_TC.cos().to(x_BHTC.dtype), angles_TC.sin().to(x_BHTC.dtype)
    first, second = x_BHTC.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def llama(c, p, ids_BT):
    q_heads, kv_heads = c["num_attention_heads"], c["num_key_value_heads"]

    def norm(x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + c["rms_norm_eps"]) * p[name + ".weight"]

    def linear(x, name):
        return x @ p[name + ".weight"].T

    x = p["model.embed_tokens.weight"][ids_BT]
    for i in range(c["num_hidden_layers"]):
        h = f"model.layers.{i}."
        y = norm(x, h + "input_layernorm")
        q = rotate(heads(linear(y, h + "self_attn.q_proj"), q_heads), c["rope_theta"])
        k = rotate(heads(linear(y, h + "self_attn.k_proj"), kv_heads), c["rope_theta"])
        v = heads(linear(y, h + "self_attn.v_proj"), kv_heads)
        k, v = (z.repeat_interleave(q_heads // kv_heads, dim=1) for z in (k, v))
        x = x + linear(merge(causal_attention(q, k, v)), h + "self_attn.o_proj")
        y = norm(x, h + "post_attention_layernorm")
        x = x + linear(F.silu(linear(y, h + "mlp.gate_proj")) * linear(y, h + "mlp.up_proj"), h + "mlp.down_proj")
    return norm(x, "model.norm") @ p.get("lm_head.weight", p["model.embed_tokens.weight"]).T


FAMILIES = {"gpt2": (gpt2_shapes, gpt2), "llama": (llama_shapes, llama)}


# ---- data: Python's own generator, whose numbers are the same in every version ----

def initial(config, rng):
    """Nothing is zero or one: a bias or a norm weight that is left out must show."""
    shapes, _ = FAMILIES[config["model_type"]]
    parameters = {}
    for name, shape in shapes(config):
        centre, spread = (0.0, 0.15) if len(shape) > 1 else (1.0, 0.2) if name.endswith("weight") else (0.0, 0.1)
        values = [rng.gauss(centre, spread) for _ in range(math.prod(shape))]
        parameters[name] = torch.tensor(values, dtype=torch.float64).reshape(shape).float()
    return parameters


def batch(config, rng):
    ids = torch.tensor([[rng.randrange(config["vocab_size"]) for _ in range(LENGTH)] for _ in range(BATCH)])
    targets = torch.tensor([[rng.randrange(config["vocab_size"]) for _ in range(LENGTH)] for _ in range(BATCH)])
    targets[0, :3] = IGNORED  # unequal counts per row: a mean of row means differs from the mean
    targets[1, [5, 15]] = IGNORED
    return ids, targets


# ---- one run in one dtype ----

def mean_loss(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


def run(config, parameters, ids, targets, dtype):
    _, forward = FAMILIES[config["model_type"]]
    p = {name: value.detach().clone().to(dtype).requires_grad_() for name, value in parameters.items()}
    logits = forward(config, p, ids)
    loss = mean_loss(logits, targets)
    loss.backward()
    result = {
        "logits": logits.detach().clone(),
        "loss": loss.item(),
        "gradients": {name: value.grad.clone() for name, value in p.items()},
        "losses": [],
        "gradient_norms": [],
    }
    groups = [
        {"params": [v for v in p.values() if v.dim() >= 2], "weight_decay": OPTIMIZER["weight_decay"]},
        {"params": [v for v in p.values() if v.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=OPTIMIZER["lr"], betas=tuple(OPTIMIZER["betas"]), eps=OPTIMIZER["eps"])
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = mean_loss(forward(config, p, ids), targets)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(p.values(), OPTIMIZER["max_grad_norm"])
        optimizer.step()
        result["losses"].append(loss.item())
        result["gradient_norms"].append(norm.item())
    result["final"] = {name: value.detach() for name, value in p.items()}
    return result


# ---- safetensors: 8 bytes length, JSON header padded with spaces to 8, then the tensors without gaps ----

DTYPES = {torch.float32: ("F32", "f"), torch.float64: ("F64", "d"), torch.int64: ("I64", "q")}


def save(path, tensors, metadata):
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        dtype, code = DTYPES[tensor.dtype]
        values = tensor.flatten().tolist()
        blob = struct.pack(f"<{len(values)}{code}", *values)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def deviation(measured, truth):
    """Largest difference over largest magnitude: one scale for a whole tensor."""
    return ((measured.double() - truth).abs().max() / truth.abs().max()).item()


def moving(config, name, value):
    """Without the biases of GPT-2's keys: softmax cancels them, so their gradient is rounding noise, which Adam scales up."""
    if not name.endswith("c_attn.bias"):
        return value
    d = config["n_embd"]
    return torch.cat((value[:d], value[2 * d:]))


def make(name, config, seed):
    rng = random.Random(seed)
    parameters = initial(config, rng)
    ids, targets = batch(config, rng)
    single = run(config, parameters, ids, targets, torch.float32)
    truth = run(config, parameters, ids, targets, torch.float64)

    tensors = {f"parameters.{n}": v for n, v in parameters.items()}
    tensors.update({f"gradients.{n}": v.float() for n, v in truth["gradients"].items()})
    tensors.update({
        "ids": ids, "targets": targets, "logits": truth["logits"].float(),
        "loss": torch.tensor(truth["loss"], dtype=torch.float64),
        "losses": torch.tensor(truth["losses"], dtype=torch.float64),
        "gradient_norms": torch.tensor(truth["gradient_norms"], dtype=torch.float64),
        "fp32.loss": torch.tensor(single["loss"], dtype=torch.float64),
        "fp32.losses": torch.tensor(single["losses"], dtype=torch.float64),
        "fp32.gradient_norms": torch.tensor(single["gradient_norms"], dtype=torch.float64),
    })
    save(FOLDER / f"{name}.safetensors", tensors, {"made_by": "tests/golden/models/make_golden.py"})

    description = {
        "made_by": "tests/golden/models/make_golden.py",
        "torch": torch.__version__,
        "seed": seed,
        "threads": 1,
        "config": config,
        "loss": "mean cross-entropy over the targets that are not -100; targets[b, t] belongs to logits[b, t]",
        "optimizer": {
            **OPTIMIZER, "name": "AdamW", "steps": STEPS,
            "weight_decay_applies_to": "tensors of 2 or more dims",
            "losses": "before each update, on the same batch",
            "gradient_norms": "global L2 norm before clipping; the factor is min(1, max_grad_norm / (norm + 1e-6))",
        },
        "fp32_deviation_from_fp64": {
            "logits": deviation(single["logits"], truth["logits"]),
            "gradients": max(deviation(single["gradients"][n], truth["gradients"][n]) for n in parameters),
            "losses": max(abs(a - b) / b for a, b in zip(single["losses"], truth["losses"])),
            "final_parameters": max(
                deviation(moving(config, n, single["final"][n]), moving(config, n, truth["final"][n])) for n in parameters),
        },
        "final_parameters": {
            n: {"sum": v.sum().item(), "norm": v.norm().item()} for n, v in truth["final"].items()
        },
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(description, indent=2) + "\n")
    print(f"{name}: loss {truth['loss']:.9f} -> {truth['losses'][-1]:.9f}, fp32 deviates by",
          {k: f"{v:.1e}" for k, v in description["fp32_deviation_from_fp64"].items()})


if __name__ == "__main__":
    torch.set_num_threads(1)
    for index, (model, model_config) in enumerate(MODELS.items()):
        make(model, model_config, seed=20240 + index)
