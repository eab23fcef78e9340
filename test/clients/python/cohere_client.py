import cohere
from offgrid_reference import DENSE, LATE, QUERY, TEXTS, TOKEN, URL, dense, require, require_same

for make in (cohere.ClientV2, cohere.Client):
    client = make(api_key=TOKEN, base_url=URL)
    name = make.__name__
    more = {"embedding_types": ["float"]} if name == "ClientV2" else {}
    answer = client.embed(model=DENSE, texts=TEXTS, input_type="search_document", **more)
    vectors = answer.embeddings.float_ if more else answer.embeddings
    require_same(vectors, dense(TEXTS), f"{name}.embed")
    ranked = client.rerank(model=LATE, query=QUERY, documents=TEXTS, top_n=1)
    require([each.index for each in ranked.results] == [1], f"{name}.rerank finds the disease")

client = cohere.ClientV2(api_key=TOKEN, base_url=URL)
answer = client.embed(model=DENSE, texts=TEXTS, input_type="search_query", embedding_types=["float", "ubinary"])
require(len(answer.embeddings.ubinary[0]) == 48, "ubinary has a bit for each float")
try:
    client.rerank(model="rerank-nothing", query=QUERY, documents=TEXTS)
    raise SystemExit("an unknown model was taken")
except cohere.NotFoundError as error:
    require("rerank-nothing" in str(error.body), "an unknown model is cohere.NotFoundError")
