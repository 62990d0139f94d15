#!/usr/bin/env python3
"""A model trained by Granary, exported, and opened by Hugging Face's transformers: the same logits and the same greedy text.

    python3 bench/gpu/transformers_check.py --work /tmp/export                 trains a small Llama on Python's own sources first
    python3 bench/gpu/transformers_check.py --folder my-model                  a folder that `granary export` wrote

In float32 without TF32, logits may differ by 1e-3; in both of transformers' attentions, eager and sdpa. Greedy text is compared
id by id; where it parts, the two likeliest logits there must be closer than that.
"""

import argparse
import json
import pathlib
import shutil
import sys
import sysconfig

import torch

import common
import reference

LOGITS = 1e-3
TOKENS = 48
PROMPT = "def __init__(self"
CONFIG = """# A small Llama on Python's own library: what is exported and opened by other programs.
name: exported
corpus:
  sources:
    - {{name: python, type: text, paths: ["{library}/*.py"], held_out_one_in: 20}}
tokenizer: {{type: bpe, vocab_size: 2048}}
decomposition: {{min_exponent: 5, max_exponent: 9}}
batching: {{tokens_per_step: 8192, passes: 4}}
model: {{type: llama, hidden_size: 256, num_hidden_layers: 4, num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 512}}
training: {{steps: {steps}, device: {device}{precision}}}
"""


def train(options):
    """The folder that the run's last stage exports."""
    work = options.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    file = work / "exported.yaml"
    precision = ", precision: bf16" if options.device != "cpu" else ""
    file.write_text(CONFIG.format(library=sysconfig.get_paths()["stdlib"], steps=options.steps, device=options.device, precision=precision))
    common.run([common.GRANARY, "run", file, "--runs", work, "--json"], options.seconds)
    steps = [event for line in (work / "exported/events.jsonl").open() if (event := json.loads(line))["kind"] == "step"]
    print(f"trained {len(steps)} steps: loss {steps[0]['loss']:.3f} to {steps[-1]['loss']:.3f}")
    return next((work / "exported/export").glob("huggingface*"))


def check_logits(model, ids, own, name):
    with torch.no_grad():
        theirs = model(ids[None].to(model.device)).logits[0].float().cpu()
    difference = (theirs - own).abs().max().item()
    print(f"{name}: logits differ by at most {difference:.2e} (largest logit {own.abs().max():.1f})")
    common.keep("gpu-export.jsonl", attention=name, difference=difference)
    return difference <= LOGITS


def check_text(model, folder, options):
    line = common.granary("sample", "--model", folder, "--prompt", PROMPT, "--tokens", TOKENS, "--greedy", "--draft", "none", "--device", options.device, "--json")[-1]
    text = options.work / "prompt.txt"
    text.write_text(PROMPT)
    ids = torch.tensor([int(word) for word in common.run([common.GRANARY, "tokenizer", "encode", "--tokenizer", folder / "tokenizer.json", "--input", text], 60).split()])
    prompt = ids[None].to(model.device)
    with torch.no_grad():
        theirs = model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=len(line["ids"]), pad_token_id=0)[0, len(ids):].cpu().tolist()
    same = next((place for place, pair in enumerate(zip(line["ids"], theirs)) if pair[0] != pair[1]), min(len(line["ids"]), len(theirs)))
    print(f"greedy: {same} of {len(line['ids'])} ids are the same: {line['text']!r}")
    if same == len(line["ids"]):
        return True
    with torch.no_grad():
        likeliest = model(torch.cat((ids, torch.tensor(theirs[:same], dtype=torch.long)))[None].to(model.device)).logits[0, -1].float().topk(2).values
    gap = (likeliest[0] - likeliest[1]).item()
    print(f"they part where the two likeliest logits are {gap:.1e} apart")
    return gap <= LOGITS


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path, help="an exported folder; without it one is made")
    parser.add_argument("--work", type=pathlib.Path, default=common.ROOT / "artifacts/bench/export", help="where one is made")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=60, help="longest time of the training run (60)")
    parser.add_argument("--tiny", action="store_true", help="five steps, and the reference of this folder where transformers is not installed")
    options = parser.parse_args()
    if options.tiny:
        options.steps, options.seconds = 5, 600
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    folder = options.folder or train(options)
    config = json.loads((folder / "config.json").read_text())
    ids = torch.randint(config["vocab_size"], (256,), generator=torch.Generator().manual_seed(1))
    options.work.mkdir(parents=True, exist_ok=True)
    ids_file, logits_file = options.work / "ids.txt", options.work / "logits.safetensors"
    ids_file.write_text(" ".join(map(str, ids.tolist())))
    common.run([common.GRANARY, "bench", "logits", "--model", folder, "--ids", ids_file, "--output", logits_file, "--device", options.device], 60)
    own = reference.read_safetensors(logits_file)["logits"]
    try:
        import transformers
    except ImportError:
        if not options.tiny:
            raise
        model = reference.Reference(folder, torch.float32, options.device)
        with torch.no_grad():
            difference = (model.logits(ids.to(options.device)).cpu() - own).abs().max().item()
        print(f"transformers is not installed; the reference's logits differ by at most {difference:.2e}")
        return 0 if difference <= LOGITS else 1
    is_right = True
    for attention in ("eager", "sdpa"):
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attention).float().to(options.device).eval()
        is_right &= check_logits(model, ids, own, attention)
    is_right &= check_text(model, folder, options)
    print(f"export: transformers {transformers.__version__} {'agrees' if is_right else 'DISAGREES'}")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
