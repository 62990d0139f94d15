#!/usr/bin/env python3
"""Logits, loss and gradients of small models against PyTorch in float64, in float32 and in bfloat16.

    python3 bench/gpu/parity.py                   on the GPU
    python3 bench/gpu/parity.py --device cpu      float32 alone, in main memory

The weights are drawn here and written as Hugging Face folders; `granary bench logits` reads them. In float32 every tensor must
agree to 1e-4 of its largest element; in bfloat16 the root of the mean square error must be at most twice that of the same model
in plain PyTorch in bfloat16. Raw lines go to gpu-parity.jsonl.
"""

import argparse
import json
import pathlib
import struct
import sys
import tempfile

import torch

import common
import reference

FLOAT32_SHARE = 1e-4
BFLOAT16_FACTOR = 2
BFLOAT16_FLOOR = 1e-3  # a quarter of a unit of the type
VOCABULARY = 512

LLAMA = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCABULARY, "hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "attention_bias": False, "mlp_bias": False,
    "tie_word_embeddings": False, "torch_dtype": "float32",
}
GPT2 = {
    "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": VOCABULARY, "n_embd": 128, "n_layer": 3, "n_head": 2, "n_positions": 512, "n_ctx": 512, "n_inner": None,
    "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True, "torch_dtype": "float32",
}
MODELS = {
    "llama": LLAMA,
    "llama, 64 dims, tied": {**LLAMA, "num_key_value_heads": 4, "tie_word_embeddings": True},
    "llama, 128 dims": {**LLAMA, "num_attention_heads": 2, "num_key_value_heads": 2},
    "gpt2": GPT2,
}


def shapes(config):
    """Every weight of the folder, with the deviation its values are drawn with; 0 for a norm's weights, which are about 1."""
    found = {}
    if config["model_type"] == "llama":
        d, inner = config["hidden_size"], config["intermediate_size"]
        keys = config["num_key_value_heads"] * d // config["num_attention_heads"]
        found["model.embed_tokens.weight"] = ([VOCABULARY, d], 0.05)
        for layer in range(config["num_hidden_layers"]):
            at = f"model.layers.{layer}."
            for name, shape in (("q", [d, d]), ("k", [keys, d]), ("v", [keys, d]), ("o", [d, d])):
                found[f"{at}self_attn.{name}_proj.weight"] = (shape, 0.1)
            for name, shape in (("gate", [inner, d]), ("up", [inner, d]), ("down", [d, inner])):
                found[f"{at}mlp.{name}_proj.weight"] = (shape, 0.05)
            found[at + "input_layernorm.weight"] = found[at + "post_attention_layernorm.weight"] = ([d], 0)
        found["model.norm.weight"] = ([d], 0)
        if not config["tie_word_embeddings"]:
            found["lm_head.weight"] = ([VOCABULARY, d], 0.05)
        return found
    d = config["n_embd"]
    found["transformer.wte.weight"] = ([VOCABULARY, d], 0.05)
    found["transformer.wpe.weight"] = ([config["n_positions"], d], 0.05)
    norms = ["transformer.ln_f"]
    for layer in range(config["n_layer"]):
        at = f"transformer.h.{layer}."
        norms += [at + "ln_1", at + "ln_2"]
        for name, (into, out) in {"attn.c_attn": (d, 3 * d), "attn.c_proj": (d, d), "mlp.c_fc": (d, 4 * d), "mlp.c_proj": (4 * d, d)}.items():
            found[f"{at}{name}.weight"], found[f"{at}{name}.bias"] = ([into, out], 0.1), ([out], 0.05)
    for name in norms:
        found[name + ".weight"], found[name + ".bias"] = ([d], 0), ([d], 0.05)
    return found


def write_folder(folder, config):
    generator = torch.Generator().manual_seed(1)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    header, chunks, offset = {}, [], 0
    for name, (shape, deviation) in shapes(config).items():
        values = torch.randn(shape, generator=generator)
        values = (1 + 0.1 * values if deviation == 0 else deviation * values).contiguous()
        data = values.numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        chunks.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def largest(actual, exact):
    return ((actual.double() - exact).abs().max() / exact.abs().max().clamp(min=1e-30)).item()


def root(actual, exact):
    return ((actual.double() - exact).square().sum() / exact.square().sum().clamp(min=1e-30)).sqrt().item()


def granary(folder, ids, dtype, device, work):
    out, gradients = work / f"{dtype}.safetensors", work / f"{dtype}-gradients"
    common.run([common.GRANARY, "bench", "logits", "--model", folder, "--ids", ids, "--output", out, "--gradients", gradients, "--dtype", dtype, "--device", device], 60)
    read = reference.read_safetensors(out)
    return {"logits": read["logits"], "loss": read["loss"].reshape(1), **reference.weights(gradients)}


def torch_results(folder, ids, dtype, device):
    model = reference.Reference(folder, dtype, device)
    with torch.no_grad():
        logits = model.logits(ids.to(device))
    loss, gradients = model.gradients(ids.to(device))
    return {name: tensor.detach().double().cpu() for name, tensor in {"logits": logits, "loss": torch.tensor([loss]), **gradients}.items()}


def check(name, config, options, work):
    folder, ids_file = work / "model", work / "ids.txt"
    write_folder(folder, config)
    ids = torch.randint(VOCABULARY, (options.tokens,), generator=torch.Generator().manual_seed(2))
    ids_file.write_text(" ".join(map(str, ids.tolist())))
    exact = torch_results(folder, ids, torch.float64, options.device)
    failures = []
    for dtype in ("fp32", "bf16") if options.device != "cpu" else ("fp32",):
        actual = granary(folder, ids_file, dtype, options.device, work)
        missing = set(exact) ^ set(actual)
        if missing:
            failures.append(f"{name} {dtype}: only one side has {sorted(missing)[:4]}")
        plain = torch_results(folder, ids, torch.bfloat16 if dtype == "bf16" else torch.float32, options.device)
        measure = root if dtype == "bf16" else largest
        errors = {key: (measure(actual[key], exact[key]), measure(plain[key], exact[key])) for key in exact if key in actual}
        for key, (own, peer) in errors.items():
            # A loss in bfloat16 is a mean, whose error is luck: it may be anything up to the type's unit.
            allowed = FLOAT32_SHARE if dtype == "fp32" else max(BFLOAT16_FLOOR, BFLOAT16_FACTOR * peer)
            if not own <= allowed:
                failures.append(f"{name} {dtype}: {key} is off by {own:.2e}, allowed {allowed:.2e}")
        gradients = [key for key in errors if key not in ("logits", "loss")]
        worst = max(gradients, key=lambda key: errors[key][0])
        line = {"model": name, "dtype": dtype, "logits": errors["logits"], "loss": errors["loss"], "worst_gradient": worst, "gradient": errors[worst]}
        common.keep("gpu-parity.jsonl", device=options.device, torch=torch.__version__, **line)
        print(f"{name:22} {dtype}: logits {errors['logits'][0]:.2e} (PyTorch {errors['logits'][1]:.2e}), loss {errors['loss'][0]:.2e} ({errors['loss'][1]:.2e}), "
              f"worst gradient {errors[worst][0]:.2e} ({errors[worst][1]:.2e}) {worst}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tokens", type=int, default=300, help="ids of the sequence (300)")
    parser.add_argument("--tiny", action="store_true", help="70 ids")
    options = parser.parse_args()
    options.tokens = 70 if options.tiny else options.tokens
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    failures = []
    for name, config in MODELS.items():
        with tempfile.TemporaryDirectory() as work:
            try:
                failures += check(name, config, options, pathlib.Path(work))
            except common.Failed as failure:
                failures.append(f"{name}: {failure}")
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"parity: {len(MODELS)} models, {len(failures)} faults")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
