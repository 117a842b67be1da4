"""Writes a trained encoder as a folder that onnxruntime runs: one graph with int8 weights.

The graph takes `input_ids` (1, tokens) and gives `vectors` (1, dimension), pooled and of length 1. Beside
it lie the tokenizer and a module by which sentence-transformers loads the very same graph. Knows nothing
of how the encoder was trained.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from index.onnx_encoder import GRAPH, TOKENIZER

MODULE = Path(__file__).parent / "train_module.py"
OPSET = 17
MODULES = [{"idx": 0, "name": "0", "path": "", "type": "lotsen_onnx.OnnxModule"}]


class _Pooled(torch.nn.Module):
    """The encoder with mean pooling and normalisation, as one module for the export."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Vectors (1, dimension) of length 1."""
        hidden = self.bert(input_ids=input_ids).last_hidden_state
        return functional.normalize(hidden.mean(dim=1), dim=1)


def save(tokenizer: Tokenizer, bert: BertModel, folder: Path) -> None:
    """Writes graph, tokenizer and module to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / GRAPH
        torch.onnx.export(
            _Pooled(bert).eval(),
            (torch.tensor([[2, 10, 11, 3]]),),
            str(whole),
            input_names=["input_ids"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": {1: "tokens"}},
            opset_version=OPSET,
            dynamo=False,
        )
        # Each output column its own scale: a third of the rounding error of one scale for a matrix.
        quantize_dynamic(whole, folder / GRAPH, weight_type=QuantType.QInt8, per_channel=True)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    (folder / "modules.json").write_text(json.dumps(MODULES, indent=1) + "\n", encoding="utf-8")
    shutil.copyfile(MODULE, folder / "lotsen_onnx.py")
