"""Writes a trained encoder as a folder that onnxruntime runs: one graph with int8 weights.

The graph takes `input_ids` and `attention_mask` (texts, tokens) and gives `vectors` (texts, dimension),
pooled and of length 1. Knows nothing of how the encoder was trained.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from index.onnx_encoder import GRAPH, TOKENIZER

POSITIONS = 256
"""Tokens that the graph can take; the base model was trained on no more."""
OPSET = 17

MODULES = [{"idx": 0, "name": "0", "path": "", "type": "lotsen_onnx.LotsenOnnx"}]
SETTINGS = {"similarity_fn_name": "cosine", "prompts": {}}


class _Pooled(torch.nn.Module):
    """The encoder with mean pooling and normalisation, as one module for the export."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Vectors (texts, dimension) of length 1."""
        mask = attention_mask.to(torch.float32)
        hidden = self.bert(input_ids=input_ids, attention_mask=mask).last_hidden_state
        pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return functional.normalize(pooled, dim=1)


def save(tokenizer: Tokenizer, bert: BertModel, folder: Path) -> None:
    """Writes graph and tokenizer to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        whole, fused = Path(temporary) / "whole.onnx", Path(temporary) / "fused.onnx"
        _export(bert, whole)
        model = optimize_model(
            str(whole), "bert", bert.config.num_attention_heads, bert.config.hidden_size, opt_level=0
        )
        model.save_model_to_file(str(fused))
        quantize_dynamic(fused, folder / GRAPH, weight_type=QuantType.QInt8)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    (folder / "modules.json").write_text(json.dumps(MODULES, indent=1) + "\n", encoding="utf-8")
