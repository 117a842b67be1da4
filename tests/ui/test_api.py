import json
import threading

import httpx
import pytest

from assistant.answer import Answer
from corpus.catalogue import KINDS
from tests.ui.conftest import running
from tests.ui.demo import DemoLibrary, demo_service
from ui.api import create_app
from ui.guard import MAX_BODY_BYTES
from ui.service import Service

QUESTION = "hur ofta ska man byta ställning på den som ligger?"


def problem(reply: httpx.Response, status: int) -> dict:
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["status"] == status
    assert body.keys() >= {"type", "title", "status", "detail", "instance"}
    return body


def ask(api: httpx.Client, **body) -> httpx.Response:
    return api.post("/v1/ask", json=body)


def test_an_answer_has_the_shape_of_the_contract(api):
    reply = ask(api, question=QUESTION).json()
    assert reply["status"] == "answered"
    assert reply["sentences"] == [
        {"text": "Byt ställning minst varannan timme på den som ligger.", "citations": [1]}
    ]
    (citation,) = reply["citations"]
    assert citation["document_id"] == "tryckskador"
    assert (citation["page"], citation["page_label"]) == (2, "4")
    assert (
        citation["image_url"]
        == f"/v1/documents/tryckskador/pages/2.png?start={citation['start']}&end={citation['end']}"
    )
    assert (reply["verified"], reply["next_step"], reply["generator"]) == (None, None, "extractive")
    assert api.get(citation["image_url"]).content.startswith(b"\x89PNG")


def test_no_answer_is_a_status_with_a_next_step(api):
    reply = ask(api, question="vad heter Australiens huvudstad?").json()
    assert (reply["status"], reply["sentences"]) == ("unanswerable", [])
    assert reply["next_step"]


def test_the_stream_ends_with_the_same_reply(api):
    stream = api.post("/v1/ask/stream", json={"question": QUESTION})
    assert stream.headers["content-type"].startswith("text/event-stream")
    events = [
        (
            block.split("\n")[0].removeprefix("event: "),
            json.loads(block.split("\n")[1].removeprefix("data: ")),
        )
        for block in stream.text.strip().split("\n\n")
    ]
    assert [name for name, _ in events] == ["status", "sentence", "citation", "done"]
    assert events[-1][1] == ask(api, question=QUESTION).json()


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({}, "question", "required"),
        ({"question": " "}, "question", "tom"),
        ({"question": 7}, "question", "string"),
        ({"question": "å" * 20000}, "question", "20000"),
        ({"question": "fall", "filters": {"kinds": ["lagg"]}}, "filters.kinds", 'Did you mean "law"?'),
        (
            {"question": "fall", "filters": {"publishers": ["Exempelkomunen"]}},
            "filters.publishers",
            "Exempelkommunen",
        ),
        ({"question": "fall", "filters": {"documents": ["trycksador"]}}, "filters.documents", "tryckskador"),
        ({"question": "fall", "filters": {"valid_on": "i dag"}}, "filters.valid_on", "2025-03-10"),
        ({"question": "fall", "filters": {"valid_on": 0}}, "filters.valid_on", "2025-03-10"),
        ({"question": "fall", "filters": {"kind": ["law"]}}, "filters.kind", "no such field"),
        ({"question": "fall", "role": "undersköterska"}, "role", 'Did you mean "underskoterska"?'),
    ],
)
def test_a_bad_question_names_the_field_and_the_way_out(api, body, field, says):
    found = problem(ask(api, **body), 422)
    assert [error["field"] for error in found["errors"]] == [field]
    assert says in found["errors"][0]["detail"]
    assert says in found["detail"]


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe\x00", b"", b'"hej"', b"[1]"])
def test_what_is_no_json_object_is_a_problem(api, raw):
    reply = api.post("/v1/ask", content=raw, headers={"Content-Type": "application/json"})
    assert reply.status_code in (400, 422)
    problem(reply, reply.status_code)


def test_a_form_is_a_problem(api):
    problem(api.post("/v1/ask", data={"question": "hej"}), 422)


def test_a_huge_body_is_refused_before_it_is_read(api):
    found = problem(api.post("/v1/ask", content=b"x" * (MAX_BODY_BYTES + 1)), 413)
    assert str(MAX_BODY_BYTES) in found["detail"]


def test_filters_reach_the_search(api):
    everything = {kind for kind in KINDS if kind != "knowledge_support"}
    reply = ask(api, question=QUESTION, filters={"kinds": sorted(everything)}).json()
    assert reply["status"] == "unanswerable"
    hits = api.post("/v1/search", json={"query": "kontrollera", "filters": {"valid_on": "2025-01-01"}}).json()
    assert [hit["document_id"] for hit in hits["hits"]] == ["tryckskador"]


def test_search_gives_at_most_one_hit_for_a_page_best_first(api):
    found = api.post("/v1/search", json={"query": "kontrollera huden varje dag rodnad", "k": 5}).json()
    pages = [(hit["document_id"], hit["page"]) for hit in found["hits"]]
    assert len(pages) == len(set(pages))
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert found["hits"][0]["why"] == {"words": scores[0]}
    assert found["index_version"] == "demo-1"
    problem(api.post("/v1/search", json={"query": "x", "k": 0}), 422)


def test_documents_are_listed_and_shown_with_their_pages(api):
    documents = {entry["id"]: entry for entry in api.get("/v1/documents").json()["documents"]}
    assert documents["tryckskador"]["valid_today"]
    assert not documents["brandskydd-2019"]["valid_today"]
    one = api.get("/v1/documents/tryckskador").json()
    assert [(page["number"], page["label"]) for page in one["pages"]] == [(1, "3"), (2, "4")]
    assert len(one["digest"]) == 64


@pytest.mark.parametrize(
    "path",
    [
        "/v1/documents/finns-inte",
        "/v1/documents/..%2f..%2fetc%2fpasswd",
        "/v1/documents/%2e%2e/file",
        "/v1/documents/tryckskador.pdf/file",
        "/v1/documents/tryckskador%00/file",
        "/v1/documents/tryckskador/pages/0.png",
        "/v1/documents/tryckskador/pages/3.png",
        "/v1/nothing",
        "/v1",
    ],
)
def test_what_is_not_there_is_a_problem(api, path):
    problem(api.get(path), 404)


def test_a_document_almost_named_is_suggested(api):
    assert 'Did you mean "tryckskador"?' in problem(api.get("/v1/documents/tryckskada"), 404)["detail"]


def test_the_wrong_method_is_told_the_right_one(api):
    reply = api.get("/v1/ask")
    assert "use POST" in problem(reply, 405)["detail"]
    assert reply.headers["allow"] == "POST"


def test_the_file_is_shown_in_place_and_in_parts(api):
    whole = api.get("/v1/documents/tryckskador/file")
    assert whole.content.startswith(b"%PDF-")
    assert whole.headers["content-type"] == "application/pdf"
    assert whole.headers["content-disposition"].startswith("inline")
    part = api.get("/v1/documents/tryckskador/file", headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole.content[5:10])


def test_an_image_is_known_again_by_its_documents_digest(api):
    url = "/v1/documents/tryckskador/pages/2.png"
    first = api.get(url)
    assert first.headers["cache-control"] == "private, no-cache"
    assert api.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    digest = api.get("/v1/documents/tryckskador").json()["digest"]
    assert "immutable" in api.get(url, params={"v": digest[:12]}).headers["cache-control"]
    assert "immutable" not in api.get(url, params={"v": "0" * 12}).headers["cache-control"]


@pytest.mark.parametrize(
    "params",
    [
        {"start": 1},
        {"start": 9, "end": 9},
        {"start": 0, "end": 10**9},
        {"start": 0, "end": 5},
        {"width": 99999},
    ],
)
def test_a_span_or_width_that_cannot_be_is_a_problem(api, params):
    problem(api.get("/v1/documents/tryckskador/pages/2.png", params=params), 422)


def test_health_metrics_and_documentation(api):
    assert api.get("/healthz").json() == {"status": "alive"}
    assert api.get("/readyz").json()["status"] == "ready"
    ask(api, question=QUESTION)
    metrics = api.get("/metrics").text
    assert 'lotsen_index_info{version="demo-1"} 1.0' in metrics
    assert 'lotsen_answers_total{by="api",status="answered"}' in metrics
    assert 'route="/v1/ask"' in metrics
    assert "ställning" not in metrics


def test_the_documentation_is_served_from_here(api):
    page = api.get("/docs").text
    assert "http://" not in page and "https://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/docs-assets/{asset}" in page
        assert api.get(f"/docs-assets/{asset}").status_code == 200
    assert api.get("/openapi.json").json()["paths"].keys() >= {"/v1/ask", "/v1/search", "/v1/documents"}


def test_every_reply_lets_the_browser_load_from_here_only(api):
    for path in ("/healthz", "/docs", "/v1/nothing"):
        assert "default-src 'self'" in api.get(path).headers["content-security-policy"]


def test_feedback_is_on_the_disk_when_it_is_acknowledged(tmp_path):
    service = demo_service(tmp_path)
    with running(create_app(service)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        reply = client.post("/v1/feedback", json={"answer_id": "a1", "helpful": False, "reason": "outdated"})
        assert reply.status_code == 201
        (line,) = (service.data / "feedback.jsonl").read_text().splitlines()
        kept = json.loads(line)
        assert kept["id"] == reply.json()["id"]
        assert (kept["answer_id"], kept["helpful"], kept["reason"]) == ("a1", False, "outdated")
        bad = client.post("/v1/feedback", json={"answer_id": "a1", "helpful": "yes", "reason": "outdatd"})
        fields = {error["field"]: error["detail"] for error in problem(bad, 422)["errors"]}
        assert fields.keys() == {"helpful", "reason"}
        assert 'Did you mean "outdated"?' in fields["reason"]


def test_one_slow_question_holds_up_no_other(tmp_path):
    fast = demo_service(tmp_path)
    entered, release = threading.Event(), threading.Event()

    def ask_slowly(question: str, context) -> Answer:
        if question == "långsam":
            entered.set()
            assert release.wait(20)
        return fast.ask(question, context)

    service = Service(ask_slowly, fast.live, fast.data)
    with (
        running(create_app(service)) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        slow = threading.Thread(
            target=client.post, args=("/v1/ask",), kwargs={"json": {"question": "långsam"}}
        )
        slow.start()
        assert entered.wait(20)
        assert client.post("/v1/ask", json={"question": QUESTION}).json()["status"] == "answered"
        assert slow.is_alive()
        release.set()
        slow.join()


def test_an_unexpected_error_is_a_problem_that_tells_nothing_of_the_inside(tmp_path):
    library = DemoLibrary(tmp_path)

    def broken(question: str, context) -> Answer:
        raise RuntimeError("secret path /srv/x")

    service = Service(broken, library, tmp_path)
    with running(create_app(service)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        found = problem(client.post("/v1/ask", json={"question": "hej"}), 500)
    assert "secret" not in json.dumps(found)
