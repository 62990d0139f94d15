"""Hugging Face folders of Llama and GPT-2 in plain PyTorch, in any type: what Granary's logits and gradients are held against."""

import json
import pathlib
import struct

import torch
import torch.nn.functional as F

TYPES = {"F64": torch.float64, "F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16, "I64": torch.int64}


def read_safetensors(path):
    """The tensors of a file by name."""
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def weights(folder):
    """The tensors of a folder, whose weights may lie in several files."""
    return {name: tensor for file in sorted(pathlib.Path(folder).glob("*.safetensors")) for name, tensor in read_safetensors(file).items()}


class Reference:
    """A model that computes in one type, products included; its parameters are leaves by their names in the folder."""

    def __init__(self, folder, dtype, device):
        self.config = json.loads((pathlib.Path(folder) / "config.json").read_text())
        self.dtype, self.device = dtype, device
        self.leaves = {name: tensor.to(device, torch.float64 if dtype == torch.float64 else torch.float32).requires_grad_() for name, tensor in weights(folder).items()}

    def of(self, name):
        for prefix in ("", "model.", "transformer."):
            if prefix + name in self.leaves:
                return self.leaves[prefix + name].to(self.dtype)
        return None

    def logits(self, ids):
        """[T] to [T, V]."""
        return self.llama(ids) if self.config["model_type"] == "llama" else self.gpt2(ids)

    def loss(self, ids):
        logits = self.logits(ids[:-1])
        return F.cross_entropy(logits.to(torch.float64 if self.dtype == torch.float64 else torch.float32), ids[1:])

    def gradients(self, ids):
        """The loss, and its gradient by each weight of the folder."""
        loss = self.loss(ids)
        loss.backward()
        return loss.item(), {name: leaf.grad for name, leaf in self.leaves.items() if leaf.grad is not None}

    def attend(self, q, k, v):
        # [T, H, D] each; keys are shared by groups of heads.
        q, k, v = (x.transpose(0, 1) for x in (q, k.repeat_interleave(q.shape[1] // k.shape[1], 1), v.repeat_interleave(q.shape[1] // v.shape[1], 1)))
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=self.device).triu(1)
        return (scores.masked_fill(mask, float("-inf")).softmax(-1) @ v).transpose(0, 1).flatten(1)

    def llama(self, ids):
        config, t = self.config, len(ids)
        heads, groups = config["num_attention_heads"], config.get("num_key_value_heads") or config["num_attention_heads"]
        width = config.get("head_dim") or config["hidden_size"] // heads
        base = (config.get("rope_parameters") or {}).get("rope_theta") or config.get("rope_theta", 10000.0)
        angles = torch.outer(torch.arange(t, dtype=torch.float64), base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)).to(self.device)
        cos, sin = (torch.cat((f(angles), f(angles)), -1)[:, None].to(self.dtype) for f in (torch.cos, torch.sin))
        rms = lambda x, w: x * torch.rsqrt(x.square().mean(-1, keepdim=True) + config["rms_norm_eps"]) * w
        turn = lambda x: x * cos + torch.cat((-x[..., width // 2 :], x[..., : width // 2]), -1) * sin
        x = F.embedding(ids, self.of("embed_tokens.weight"))
        for layer in range(config["num_hidden_layers"]):
            w = lambda name: self.of(f"layers.{layer}.{name}.weight")
            bias = lambda name: self.of(f"layers.{layer}.{name}.bias")
            h = rms(x, w("input_layernorm"))
            q, k, v = (F.linear(h, w(f"self_attn.{n}_proj"), bias(f"self_attn.{n}_proj")).view(t, -1, width) for n in "qkv")
            x = x + F.linear(self.attend(turn(q), turn(k), v), w("self_attn.o_proj"), bias("self_attn.o_proj"))
            h = rms(x, w("post_attention_layernorm"))
            x = x + F.linear(F.silu(F.linear(h, w("mlp.gate_proj"))) * F.linear(h, w("mlp.up_proj")), w("mlp.down_proj"))
        head = self.of("lm_head.weight")
        return F.linear(rms(x, self.of("norm.weight")), self.of("embed_tokens.weight") if head is None else head)

    def gpt2(self, ids):
        config, t = self.config, len(ids)
        c, heads, epsilon = config["n_embd"], config["n_head"], config.get("layer_norm_epsilon", 1e-5)
        approximation = "tanh" if config.get("activation_function", "gelu_new") == "gelu_new" else "none"
        norm = lambda x, name: F.layer_norm(x, (c,), self.of(name + ".weight"), self.of(name + ".bias"), epsilon)
        product = lambda x, name: x @ self.of(name + ".weight") + self.of(name + ".bias")  # Conv1D: [in, out]
        x = F.embedding(ids, self.of("wte.weight")) + self.of("wpe.weight")[:t]
        for layer in range(config["n_layer"]):
            at = f"h.{layer}."
            q, k, v = (part.view(t, heads, c // heads) for part in product(norm(x, at + "ln_1"), at + "attn.c_attn").chunk(3, -1))
            x = x + product(self.attend(q, k, v), at + "attn.c_proj")
            x = x + product(F.gelu(product(norm(x, at + "ln_2"), at + "mlp.c_fc"), approximate=approximation), at + "mlp.c_proj")
        head = self.of("lm_head.weight")
        return F.linear(norm(x, "ln_f"), self.of("wte.weight") if head is None else head)
