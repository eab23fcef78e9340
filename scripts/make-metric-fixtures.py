"""Makes test/scoring/fixtures/trec-eval.json: random runs and judgements, and what trec_eval says of them.

Needs numpy and pytrec-eval-terrier (bindings of trec_eval):
    pip install numpy pytrec-eval-terrier
    python scripts/make-metric-fixtures.py
"""

import json
import pathlib
import random

import pytrec_eval

MEASURES = {"ndcg_cut.1,3,10", "recall.3,10", "P.1,3,10", "map_cut.3,10", "map", "success.1,3,10", "recip_rank"}
random.seed(7)


def question(number):
    documents = [f"d{i}" for i in range(random.choice([1, 2, 5, 12, 30]))]
    unseen = [f"u{i}" for i in range(random.choice([0, 0, 1, 4]))]
    judged = random.sample(documents, random.randint(0, len(documents))) + unseen
    grades = {document: random.choice([-1, 0, 0, 1, 1, 2, 3]) for document in judged} or {"none": 0}
    found = random.sample(documents, random.randint(1, len(documents)))
    # few different scores: trec_eval orders equal ones by the id, the last one first
    scores = {document: random.choice([0.25, 0.5, 0.75, random.random()]) for document in found}
    return f"q{number}", grades, scores


questions = [question(number) for number in range(120)]
qrels = {name: grades for name, grades, _ in questions}
runs = {name: scores for name, _, scores in questions}
measured = pytrec_eval.RelevanceEvaluator(qrels, MEASURES).evaluate(runs)
target = pathlib.Path(__file__).parent.parent / "test" / "scoring" / "fixtures" / "trec-eval.json"
target.parent.mkdir(exist_ok=True)
with target.open("w") as file:
    file.write("[\n")
    lines = [
        json.dumps({"grades": grades, "scores": scores, "measures": measured[name]}, separators=(",", ":"))
        for name, grades, scores in questions
    ]
    file.write(",\n".join(lines) + "\n]\n")
