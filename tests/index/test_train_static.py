"""Training the static embedding: pairs, batches, loss and what is saved, on a few sentences."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from index.static import StaticEmbedder
from index.train_pairs import (
    EverydayQuestion,
    Pair,
    everyday_pairs,
    passages,
    public_pairs,
    read_everyday,
    reading_pairs,
    synonym_pairs,
    title_words,
)
from index.train_static import (
    SHARES,
    SIMILARITY_SCALE,
    PairPool,
    TokenisedTexts,
    contrastive_loss,
    quantise,
    save,
    starting_table,
    train,
    train_tokenizer,
)
from ingest.training_text import HeldOut, TrainingDocument

SENTENCES = [
    "Den äldre har fallit på golvet och ska undersökas.",
    "Läkemedel delas ut av sjuksköterskan varje morgon.",
    "Hemtjänstpersonalen följer genomförandeplanen.",
    "Trycksår förebyggs genom att personen vänds ofta.",
]
NOTHING = HeldOut({})


def document(*paragraphs: str, title: str = "Fall och fallolyckor") -> TrainingDocument:
    return TrainingDocument("gov", title, ("Hur förebyggs fall?",), paragraphs)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Interpellation 2014/15:741 Lagar om drönare av Penilla Gunther (KD) till", "Lagar om drönare"),
        ("Interpellation 2014/15:741 Lagar om drönare av", "Lagar om drönare"),
        ("Interpellation 2004/05:44 av Erik Ullenhag (fp) till kulturminister", ""),
        ("Lag (1990:52) om vård av unga", "Lag (1990:52) om vård av unga"),
        ("Stöd till vård av äldre", "Stöd till vård av äldre"),
    ],
)
def test_a_title_keeps_what_the_document_is_about(title: str, words: str) -> None:
    assert title_words(title) == words


def test_short_paragraphs_are_joined_and_long_ones_cut() -> None:
    found = passages(document("* en punkt " * 30, "- en annan " * 30, "ord " * 600))
    assert all(100 <= len(text) <= 1500 for text in found)
    assert found[0].startswith("en punkt") and "en annan" in found[0]
    assert passages(document("kort")) == []


def test_public_pairs_of_a_document_share_a_group() -> None:
    text = " ".join(SENTENCES * 4)
    pairs = list(public_pairs([document(text, text), document(text)], seed=1))
    assert {pair.group for pair in pairs} == {"document 0", "document 1"}
    first = [pair for pair in pairs if pair.group == "document 0"]
    assert Pair("Fall och fallolyckor", text, "document 0") in first
    assert Pair(text, text, "document 0") in first
    assert any(pair.query == "Hur förebyggs fall?" for pair in first)
    sentence = next(pair for pair in first if pair.query in SENTENCES)
    assert len(sentence.passage) == len(text) - len(sentence.query) - 1


def test_everyday_questions_leave_out_held_out_passages(tmp_path: Path) -> None:
    folder = tmp_path / "train/everyday"
    folder.mkdir(parents=True)
    rows = [
        {"id": "P1", "source": "sfs", "title": "Fri", "text": SENTENCES[0]},
        {"id": "P2", "source": "sfs", "title": "Sparad", "text": SENTENCES[1]},
    ]
    (folder / "passages_0.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    asked = [{"passage": row["id"], "question": "q", "overlap": "low", "terms": ["a", "b"]} for row in rows]
    (folder / "pairs_0.jsonl").write_text("\n".join(map(json.dumps, asked)), encoding="utf-8")
    questions = read_everyday(tmp_path, HeldOut({"Sparad": ""}))
    assert questions == [EverydayQuestion("q", SENTENCES[0], ("a", "b"), "P1")]
    assert list(everyday_pairs(questions)) == [
        Pair("q", SENTENCES[0], "P1"),
        Pair("q", "a, b", "P1"),
        Pair("a, b", SENTENCES[0], "P1"),
    ]


def test_weak_synonyms_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.xml"
    path.write_text(
        "<s><syn level='4.0'><w1>ramla</w1><w2>falla</w2></syn>"
        "<syn level='3.0'><w1>ramla</w1><w2>dratta</w2></syn></s>"
    )
    assert list(synonym_pairs(path)) == [Pair("ramla", "falla", "synonym ramla")]


def test_reading_questions_find_their_text(tmp_path: Path) -> None:
    path = tmp_path / "reading.json"
    path.write_text(json.dumps({"data": [{"question": "Vem?", "context": SENTENCES[1], "choices": []}]}))
    assert list(reading_pairs(path, NOTHING)) == [Pair("Vem?", SENTENCES[1], SENTENCES[1])]


def test_the_tokenizer_folds_case_composes_and_drops_signs() -> None:
    tokenizer = train_tokenizer(SENTENCES * 5, pieces=200)
    assert tokenizer.encode("TRYCKSÅR!").ids == tokenizer.encode("trycksa\u030ar").ids
    assert tokenizer.encode("tryck\u00adsår — …").ids == tokenizer.encode("trycksår").ids


def test_a_batch_holds_the_texts_that_were_asked_for() -> None:
    tokenizer = train_tokenizer(SENTENCES * 5, pieces=200)
    texts = [SENTENCES[0], SENTENCES[1], SENTENCES[0]]
    tokenised = TokenisedTexts.encode(tokenizer, texts)
    assert len(tokenised.offsets) == 3
    ids, offsets = tokenised.take(np.array([2, 1]), np.random.default_rng(1))
    for text, part in zip([SENTENCES[0], SENTENCES[1]], np.split(ids, offsets[1:]), strict=True):
        whole = tokenizer.encode(text).ids
        assert part[0] == whole[0]
        remaining = iter(whole)
        assert all(token in remaining for token in part)


def test_a_pool_gives_each_pair_once_before_it_repeats() -> None:
    tokenizer = train_tokenizer(SENTENCES * 5, pieces=200)
    pairs = [Pair(sentence, SENTENCES[0], sentence) for sentence in SENTENCES] + [Pair("…", "fall", "empty")]
    pool = PairPool(tokenizer, pairs, np.random.default_rng(1))
    assert sorted([*pool.next(3), *pool.next(1)]) == [0, 1, 2, 3]
    assert len(pool.next(9)) == 9


def test_the_loss_is_the_cross_entropy_both_ways_without_pairs_of_one_group() -> None:
    queries = torch.eye(3)
    passages_ = torch.tensor([[1.0, 0, 0], [0.6, 0.8, 0], [0, 0, 1]])
    scores = SIMILARITY_SCALE * queries @ passages_.T
    scores[0, 1] = scores[1, 0] = -torch.inf
    expected = -(torch.log_softmax(scores, 1).diag().mean() + torch.log_softmax(scores, 0).diag().mean()) / 2
    found = contrastive_loss(queries, passages_, torch.tensor([7, 7, 8]))
    torch.testing.assert_close(found, expected)


def test_pieces_with_the_same_neighbours_start_alike() -> None:
    rng = random.Random(1)
    lines = [f"{rng.choice(['trilla', 'falla'])} på golvet" for _ in range(60)]
    lines += [f"{rng.choice(['piller', 'tablett'])} mot smärta" for _ in range(60)]
    words = ["<unk>", "trilla", "falla", "piller", "tablett", "på", "golvet", "mot", "smärta"]
    ids = np.array([words.index(word) for line in lines for word in line.split()])
    texts = TokenisedTexts(ids, np.arange(0, len(ids) + 1, 3), np.arange(len(lines)))
    table = starting_table(texts, len(words), 4)
    assert table.shape == (9, 4)
    torch.testing.assert_close(table.norm(dim=1)[1:], torch.full((8,), 2.0))
    assert table[1] @ table[2] > 3.5 > 0.5 > abs(float(table[1] @ table[3]))


def test_training_brings_pairs_together() -> None:
    tokenizer = train_tokenizer(SENTENCES * 5, pieces=200)
    questions = ["vem ramlade", "vem ger piller", "vad gör hemtjänsten", "hur undviks liggsår"]
    pairs = [Pair(q, s, s) for q, s in zip(questions, SENTENCES, strict=True)]
    rng = np.random.default_rng(1)
    pools = {kind: PairPool(tokenizer, pairs, rng) for kind in SHARES}
    torch.manual_seed(1)
    table = train(pools, torch.randn(tokenizer.get_vocab_size(), 16), 12, rng)
    vectors = [
        np.stack([table[encoding.ids].sum(axis=0) for encoding in tokenizer.encode_batch(texts)])
        for texts in (questions, SENTENCES)
    ]
    queries, found = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in vectors)
    assert (queries @ found.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_quantised_rows_keep_their_direction() -> None:
    table = np.random.default_rng(1).normal(size=(50, 32)).astype(np.float32)
    table[3] = 0
    rows, factor = quantise(table)
    restored = rows * factor[:, None] * (np.abs(table).max(axis=1) / 127).mean()
    np.testing.assert_allclose(restored, table, atol=float(np.abs(table).max()) / 127)
    assert not restored[3].any()


def test_what_is_saved_can_be_opened(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(SENTENCES * 5, pieces=200)
    table = np.random.default_rng(1).normal(size=(tokenizer.get_vocab_size(), 8)).astype(np.float32)
    save(tokenizer, table, tmp_path)
    embedder = StaticEmbedder(tmp_path)
    vectors = embedder.encode_queries(["trycksår", "漢字"])
    expected = table[tokenizer.encode("trycksår").ids].sum(axis=0)
    assert vectors[0] @ expected / np.linalg.norm(expected) > 0.999
    assert not vectors[1].any()
