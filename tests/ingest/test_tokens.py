"""Token counts: repeatable, without the network, and with errors that name the line."""

from __future__ import annotations

import base64
import socket
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from ingest.tokens import PATTERN, RANKS, count_tokens, encoding, read_ranks
from ingest.train_tokens import byte_ranks, sample, train, write_ranks
from ingest.training_text import TrainingDocument

SWEDISH = "Personal som upptäcker ett fall ska kontakta sjuksköterskan. Ny åtgärd: 3 gånger/dygn."
ODD = [
    "👩🏽‍⚕️ 😀",
    "a\u030angest",
    "\x00\x01\xff\u2028",
    "a\r\n \t\u00a0b",
    "<|endoftext|>",
    "1234567 §§ 12–14",
    "漢字",
]


def test_common_words_are_whole_tokens() -> None:
    tokens = [
        encoding().decode([token]) for token in encoding().encode_ordinary("Det är viktigt att alla vet.")
    ]
    assert tokens == ["Det", " är", " viktigt", " att", " alla", " vet", "."]
    assert count_tokens("Det är viktigt att alla vet.") == len(tokens)
    assert count_tokens("") == 0


def test_no_text_is_mistaken_for_a_control_token() -> None:
    assert count_tokens("<|endoftext|>") > 1


def test_the_encoding_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    encoding.cache_clear()
    assert encoding().n_vocab == 16_384


@given(st.text(max_size=60))
def test_a_text_comes_back_from_its_tokens(text: str) -> None:
    assert encoding().decode(encoding().encode_ordinary(text)) == text


@pytest.mark.parametrize("text", [SWEDISH, *ODD])
def test_swedish_and_odd_text_comes_back(text: str) -> None:
    assert encoding().decode(encoding().encode_ordinary(text)) == text


@pytest.mark.parametrize("run", [" ", "a", "\n", " \n", ".", "1", "\u00a0"])
def test_a_run_of_a_million_characters_is_counted(run: str) -> None:
    assert count_tokens(run * (1_000_000 // len(run)) + "x") > 0


def test_a_lone_surrogate_is_counted() -> None:
    assert count_tokens("\ud800 x") > 0


def test_tiktoken_cuts_as_the_tokenizer_that_was_trained(tmp_path: Path) -> None:
    trained = train(iter([SWEDISH, *ODD] * 3), vocabulary=400)
    path = tmp_path / "ranks.tiktoken"
    write_ranks(byte_ranks(trained), path)
    ours = tiktoken.Encoding("small", pat_str=PATTERN, mergeable_ranks=read_ranks(path), special_tokens={})
    for text in [SWEDISH, *ODD, " ".join(ODD), "Ett   annat\n\n  stycke om vårdplaner"]:
        assert ours.encode_ordinary(text) == trained.encode(text).ids


def test_a_sample_is_seeded_and_stops_when_it_is_full() -> None:
    documents = [TrainingDocument("s", "t", (), (f"stycke {i}", "till")) for i in range(50)]
    first = list(sample(iter(documents), 60, seed=1))
    assert first == list(sample(iter(documents), 60, seed=1)) != list(sample(iter(documents), 60, seed=2))
    assert 60 <= sum(map(len, first)) < 80


def test_the_ranks_are_all_the_numbers_from_zero_and_small() -> None:
    ranks = read_ranks(RANKS)
    assert sorted(ranks.values()) == list(range(len(ranks)))
    assert RANKS.stat().st_size < 400_000


def test_ranks_that_are_no_ranks(tmp_path: Path) -> None:
    path = tmp_path / "ranks.tiktoken"
    path.write_bytes(RANKS.read_bytes().splitlines()[0] + b"\nnot base64\n")
    with pytest.raises(ValueError, match="line 2: expected base64 and a rank, found b'not base64'"):
        read_ranks(path)
    path.write_bytes(base64.b64encode(b"a") + b" 0\n")
    with pytest.raises(ValueError, match="has 1 ranks but lacks 255 of the 256 single bytes"):
        read_ranks(path)
