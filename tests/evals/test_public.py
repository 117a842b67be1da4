"""Public sets by their published formats: small hand-made files, and the real ones where they are."""

import gzip
import json
import os
from pathlib import Path

import pytest

from evals.cases import Gold
from evals.public import PublicError, Text, build_system, document_of, load_public
from evals.run import report_of, results_of
from tests.conftest import REPOSITORY

DATA = Path(os.environ.get("TEST_DATA", REPOSITORY.parent / "shared" / "data")) / "qa"

VISA = "Visum\r\nDu ska hämta beslutet på ambassaden. Ta med ditt pass."
BATH = "Badrum\nEl i badrum kräver jordfelsbrytare. Anlita en elektriker."


def swequad(folder: Path) -> Path:
    choice = {"start": 1, "end": 2, "extra": None}
    rows = [
        {
            "context": VISA,
            "question": "Vad ska du ta med när du hämtar beslutet?",
            "choices": [
                {"text": "ambassaden", "type": "Distractor", **choice},
                {"text": "ditt pass", "type": "Correct answer", **choice},
            ],
        },
        {
            "context": BATH,
            "question": "Vad kräver el i badrum?",
            "choices": [{"text": "jordfelsbrytare", "type": "Correct answer", **choice}],
        },
    ]
    path = folder / "swequad.json"
    path.write_text(json.dumps({"data": rows}), encoding="utf-8")
    return path


def squad(folder: Path) -> Path:
    qas = [
        {
            "id": "a",
            "question": "Vad ska tas med?",
            "answers": [{"text": "ditt pass"}],
            "is_impossible": False,
        },
        {"id": "b", "question": "Vad kostar det?", "answers": [], "is_impossible": True},
    ]
    content = {"data": [{"title": "Visum", "paragraphs": [{"context": VISA, "qas": qas}]}]}
    path = folder / "squad.json.gz"
    path.write_bytes(gzip.compress(json.dumps(content).encode()))
    return path


def swefaq(folder: Path) -> Path:
    rows = [
        {"question": "Vad tar jag med?", "candidate_answers": [BATH, VISA], "label": 1, "meta": {}},
        {"question": "Vad kräver el i badrum?", "candidate_answers": [BATH, VISA], "label": 0, "meta": {}},
    ]
    path = folder / "test.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    texts = [{"_id": "d1", "title": "Visum", "text": VISA}, {"_id": "d2", "text": BATH}]
    queries = [{"_id": "q1", "text": "pass till ambassaden"}, {"_id": "q2", "text": "ej bedömd"}]
    for name, rows in (("corpus", texts), ("queries", queries)):
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    head = "query-id\tcorpus-id\tscore\n"
    (folder / "qrels" / "test.tsv").write_text(f"{head}q1\td1\t2\nq1\td2\t0\n", encoding="utf-8")
    (folder / "qrels" / "dev.tsv").write_text(f"{head}q2\td2\t1\n", encoding="utf-8")
    return folder


def test_swequad_mc(tmp_path: Path) -> None:
    public = load_public(f"swequad-mc={swequad(tmp_path)}")
    first = public.questions[0]
    assert [text.text for text in public.texts] == [VISA.replace("\r\n", "\n"), BATH]
    assert (first.must_contain, first.answer) == (("ditt pass",), "ditt pass")
    assert first.gold == (Gold(public.texts[0].id, 1, "ditt pass"),)
    assert (first.set, first.split) == ("swequad-mc", "public")


def test_squad2_has_questions_without_an_answer(tmp_path: Path) -> None:
    answerable, impossible = load_public(f"squad2-sv={squad(tmp_path)}").questions
    assert answerable.answerable and answerable.must_contain == ("ditt pass",)
    assert not impossible.answerable and impossible.gold == ()


def test_swefaq_ranks_the_answers_of_all_questions(tmp_path: Path) -> None:
    public = load_public(f"swefaq={swefaq(tmp_path)}")
    bath, visa = (text.id for text in public.texts)
    assert [question.gold[0].document for question in public.questions] == [visa, bath]


def test_beir_takes_the_test_judgements_with_their_grades(tmp_path: Path) -> None:
    public = load_public(f"beir={beir(tmp_path / 'small')}")
    (question,) = public.questions
    assert (public.name, question.id, question.grades) == ("small", "small-q1", {("d1", 1): 2})
    (tmp_path / "small" / "qrels" / "test.tsv").unlink()
    (question,) = load_public(f"beir={tmp_path / 'small'}").questions
    assert question.id == "small-q2"


def test_a_text_is_a_document_of_one_page() -> None:
    document = document_of(Text("a", "", "En rad.\n\nEn till."))
    assert [(block.start, block.end) for block in document.blocks] == [(0, 7), (9, 17)]
    assert (document.title, len(document.pages), document.page_at(10).number) == ("a", 1, 1)


def test_texts_are_indexed_searched_and_asked_as_guidance_is(tmp_path: Path) -> None:
    public = load_public(f"swequad-mc={swequad(tmp_path)}")
    system = build_system(public.texts, tmp_path)
    results = list(results_of(public.questions, system, ["retrieval", "answers"]))
    assert [result.values["page@1"] for result in results] == [1, 1]
    report = report_of(results, "public", system.index_version)
    scores = report.groups[0].scores
    assert scores["mrr@10"].value == 1 and "boxes_on_words" not in scores
    assert all(result.values["quotes_verbatim"] == 1 for result in results if result.cited)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("swequad=x.json", 'is not KIND=PATH. Did you mean "swequad-mc"'),
        ("swefaq", "is not KIND=PATH"),
        ("swefaq={0}/nowhere.jsonl", "nowhere.jsonl: cannot be read as swefaq"),
        ("swefaq={0}/other.json", r"other.json: is not swefaq as it is published: KeyError\('candidate"),
        ("swequad-mc={0}/other.json", "is not swequad-mc as it is published"),
        ("swefaq={0}/empty.json", "holds 0 texts and 0 questions of swefaq"),
    ],
)
def test_what_is_no_such_set_says_so(tmp_path: Path, argument: str, message: str) -> None:
    (tmp_path / "other.json").write_text('{"question": "vad?"}', encoding="utf-8")
    (tmp_path / "empty.json").write_text("", encoding="utf-8")
    with pytest.raises((PublicError, ValueError), match=message):
        load_public(argument.format(tmp_path))


@pytest.mark.parametrize(
    ("kind", "name", "questions", "impossible"),
    [
        ("swequad-mc", "swequad-mc_dev.json", 126, 0),
        ("squad2-sv", "squad2-sv_dev-even-titles.json.gz", 5526, None),
    ],
)
def test_the_real_sets(kind: str, name: str, questions: int, impossible: int | None) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs {name}, which is not in {DATA}; say where it is in TEST_DATA")
    public = load_public(f"{kind}={path}")
    assert len(public.questions) == questions
    known = {text.id for text in public.texts}
    assert {gold.document for question in public.questions for gold in question.gold} <= known
    without = sum(not question.answerable for question in public.questions)
    assert without == impossible if impossible is not None else 0 < without < questions
