"""
Every call of qdrant-client that needs neither a cluster nor gRPC, and what is to come of it. The others are called, too: each has to be
refused by name.

OFFGRID_QDRANT_URL: where `offgrid serve --qdrant-port` listens. OFFGRID_TOKEN: its token, if it has one. Exit code 1 if a call went wrong.
"""

import asyncio
import os
import sys
import urllib.request
import uuid

from qdrant_client import AsyncQdrantClient, QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

URL = os.environ.get("OFFGRID_QDRANT_URL", "http://127.0.0.1:6333")
TOKEN = os.environ.get("OFFGRID_TOKEN") or None
DENSE = "sentence-transformers/all-minilm-l6-v2"
LATE = "offgrid/all-minilm-l6-v2-late"
BM25 = "Qdrant/bm25"

client = QdrantClient(url=URL, api_key=TOKEN, cloud_inference=True, timeout=60)
done, failed = [], []


def call(name, act, check=lambda answer: True):
    """One call: it has to succeed, and its answer to be right."""
    try:
        answer = act()
        if check(answer):
            done.append(name)
            return answer
        failed.append(f"{name}: {str(answer)[:300]}")
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")


def refused(name, act, word):
    """One call that only a cluster, or only a server, can carry out."""
    try:
        answer = act()
        failed.append(f"{name}: expected a refusal, got {str(answer)[:200]}")
    except UnexpectedResponse as error:
        said = error.content.decode()
        if word in said:
            done.append(f"{name} (refused)")
        else:
            failed.append(f"{name}: expected a refusal with {word!r}, got {said[:200]}")
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")


def ids(answer):
    return [point.id for point in answer]


def completed(answer):
    return answer.status == models.UpdateStatus.COMPLETED


C, OTHER, TEXTS = (f"calls-{name}-{uuid.uuid4().hex[:8]}" for name in ("a", "b", "texts"))
UUID = "550e8400-e29b-41d4-a716-446655440000"
VECTORS = {
    "a": models.VectorParams(size=4, distance=models.Distance.COSINE),
    "m": models.VectorParams(
        size=2,
        distance=models.Distance.DOT,
        multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
    ),
}
SPARSE = {"s": models.SparseVectorParams(modifier=models.Modifier.IDF)}


def point(at, identity=None):
    return models.PointStruct(
        id=at if identity is None else identity,
        vector={
            "a": [1.0, at / 10, 0.0, 0.5],
            "m": [[float(at), 1.0], [0.5, 0.25]],
            "s": models.SparseVector(indices=[at, 100], values=[1.0, 0.5]),
        },
        payload={
            "n": at,
            "g": f"g{at % 3}",
            "tags": ["x", "y"] if at % 2 else ["x"],
            "text": f"word{at} common",
            "date": f"2024-01-{at + 1:02d}T00:00:00Z",
            "geo": {"lon": float(at), "lat": 1.0},
            "nested": [{"k": at}],
        },
    )


def fetch(path):
    """What is answered as plain text, which the generated client takes for JSON."""
    request = urllib.request.Request(f"{URL}/{path}", headers={"api-key": TOKEN} if TOKEN else {})
    with urllib.request.urlopen(request) as response:
        return response.read()


def main():

    # collections
    call("info", client.info, lambda info: info.version.startswith("1."))
    call(
        "create_collection",
        lambda: client.create_collection(
            C, vectors_config=VECTORS, sparse_vectors_config=SPARSE, metadata={"made": "here"}
        ),
    )
    call(
        "create_collection (one vector)",
        lambda: client.create_collection(
            OTHER, vectors_config=models.VectorParams(size=2, distance=models.Distance.EUCLID)
        ),
    )
    call(
        "recreate_collection",
        lambda: client.recreate_collection(
            OTHER, vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT)
        ),
    )
    call("collection_exists", lambda: client.collection_exists(C), lambda exists: exists is True)
    call("collection_exists (missing)", lambda: client.collection_exists("nobody"), lambda exists: exists is False)
    call(
        "get_collections",
        client.get_collections,
        lambda answer: {C, OTHER} <= {each.name for each in answer.collections},
    )
    call(
        "get_collection",
        lambda: client.get_collection(C),
        lambda info: info.status == models.CollectionStatus.GREEN and info.config.metadata == {"made": "here"},
    )
    call(
        "update_collection",
        lambda: client.update_collection(
            C,
            optimizers_config=models.OptimizersConfigDiff(indexing_threshold=0),
            hnsw_config=models.HnswConfigDiff(m=0),
        ),
    )
    call(
        "update_collection_aliases",
        lambda: client.update_collection_aliases(
            [models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name=C, alias_name=f"{C}-alias"))]
        ),
    )
    call(
        "get_collection_aliases",
        lambda: client.get_collection_aliases(C),
        lambda answer: [each.alias_name for each in answer.aliases] == [f"{C}-alias"],
    )
    call("get_aliases", client.get_aliases, lambda answer: f"{C}-alias" in [each.alias_name for each in answer.aliases])
    call(
        "create_vector_name",
        lambda: client.create_vector_name(
            OTHER,
            "more",
            models.DenseVectorNameConfig(dense=models.DenseVectorConfig(size=3, distance=models.Distance.DOT)),
        ),
    )
    call("delete_vector_name", lambda: client.delete_vector_name(OTHER, "more"))
    call("get_optimizations", lambda: client.get_optimizations(C), lambda answer: answer.running == [])
    call("collection_cluster_info", lambda: client.collection_cluster_info(C), lambda answer: answer.shard_count == 1)
    call("list_shard_keys", lambda: client.list_shard_keys(C))
    call("cluster_status", client.cluster_status, lambda answer: answer.status == "disabled")

    # writing
    call("upsert", lambda: client.upsert(C, [point(at) for at in range(6)], wait=True), completed)
    call(
        "upsert (wait=False)",
        lambda: client.upsert(C, [point(6)], wait=False),
        lambda answer: answer.status == models.UpdateStatus.ACKNOWLEDGED,
    )
    call(
        "upsert (Batch)",
        lambda: client.upsert(
            C,
            models.Batch(
                ids=[7, UUID],
                vectors={"a": [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]},
                payloads=[{"n": 7}, {"n": 8}],
            ),
        ),
        completed,
    )
    call(
        "upsert (update_mode)",
        lambda: client.upsert(
            C, [models.PointStruct(id=7, vector={}, payload={"n": 99})], update_mode=models.UpdateMode.INSERT_ONLY
        ),
        completed,
    )
    call(
        "upsert (update_filter)",
        lambda: client.upsert(
            C,
            [models.PointStruct(id=7, vector={}, payload={"n": 98})],
            update_filter=models.Filter(must=[models.FieldCondition(key="n", match=models.MatchValue(value=1))]),
        ),
        completed,
    )
    call("retrieve after both", lambda: client.retrieve(C, [7]), lambda answer: answer[0].payload == {"n": 7})
    call(
        "upload_points",
        lambda: client.upload_points(C, (point(at) for at in range(10, 30)), batch_size=8, wait=True) or True,
    )
    call(
        "upload_points (parallel)",
        lambda: client.upload_points(C, [point(at) for at in range(30, 40)], batch_size=2, parallel=2, wait=True)
        or True,
    )
    call(
        "upload_collection",
        lambda: client.upload_collection(
            C, vectors=[{"a": [0.1, 0.2, 0.3, 0.4]}] * 3, ids=[40, 41, 42], payload=[{"n": 40}] * 3, wait=True
        )
        or True,
    )
    call("count", lambda: client.count(C), lambda answer: answer.count == 42)
    call(
        "count (exact, filter)",
        lambda: client.count(
            C,
            count_filter=models.Filter(must=[models.FieldCondition(key="g", match=models.MatchValue(value="g0"))]),
            exact=True,
        ),
        lambda answer: answer.count == 13,
    )
    call(
        "retrieve",
        lambda: client.retrieve(C, [1, UUID], with_vectors=True),
        lambda answer: ids(answer) == [1, UUID]
        and len(answer[0].vector["a"]) == 4
        and answer[0].vector["m"] == [[1.0, 1.0], [0.5, 0.25]],
    )
    call(
        "retrieve (parts)",
        lambda: client.retrieve(C, [2], with_payload=["n"], with_vectors=["s"]),
        lambda answer: answer[0].payload == {"n": 2} and answer[0].vector["s"].indices == [2, 100],
    )
    call("set_payload", lambda: client.set_payload(C, {"new": 1}, points=[1]), completed)
    call("set_payload (key)", lambda: client.set_payload(C, {"deep": 2}, points=[1], key="inner"), completed)
    call("overwrite_payload", lambda: client.overwrite_payload(C, {"n": 2, "g": "g2"}, points=[2]), completed)
    call("delete_payload", lambda: client.delete_payload(C, ["new"], points=[1]), completed)
    call(
        "retrieve after payloads",
        lambda: client.retrieve(C, [1, 2]),
        lambda answer: answer[0].payload["inner"] == {"deep": 2}
        and "new" not in answer[0].payload
        and answer[1].payload == {"n": 2, "g": "g2"},
    )
    call("clear_payload", lambda: client.clear_payload(C, models.PointIdsList(points=[41])), completed)
    call(
        "update_vectors",
        lambda: client.update_vectors(C, [models.PointVectors(id=40, vector={"a": [0.0, 0.0, 0.0, 1.0]})]),
        completed,
    )
    call("delete_vectors", lambda: client.delete_vectors(C, ["a"], points=[41]), completed)
    call(
        "batch_update_points",
        lambda: client.batch_update_points(
            C,
            [
                models.UpsertOperation(upsert=models.PointsList(points=[point(50)])),
                models.SetPayloadOperation(set_payload=models.SetPayload(payload={"b": 1}, points=[50])),
                models.OverwritePayloadOperation(overwrite_payload=models.SetPayload(payload={"b": 2}, points=[50])),
                models.DeletePayloadOperation(delete_payload=models.DeletePayload(keys=["b"], points=[50])),
                models.ClearPayloadOperation(clear_payload=models.PointIdsList(points=[50])),
                models.UpdateVectorsOperation(
                    update_vectors=models.UpdateVectors(
                        points=[models.PointVectors(id=50, vector={"a": [1.0, 0.0, 0.0, 0.0]})]
                    )
                ),
                models.DeleteVectorsOperation(delete_vectors=models.DeleteVectors(points=[50], vector=["m"])),
                models.DeleteOperation(delete=models.PointIdsList(points=[50])),
            ],
        ),
        lambda answer: len(answer) == 8,
    )
    call("delete (ids)", lambda: client.delete(C, models.PointIdsList(points=[42])), completed)
    call(
        "delete (filter)",
        lambda: client.delete(
            C,
            models.FilterSelector(
                filter=models.Filter(must=[models.FieldCondition(key="n", range=models.Range(gte=35))])
            ),
        ),
        completed,
    )

    # payload indexes
    for field, schema in (
        ("g", models.PayloadSchemaType.KEYWORD),
        ("n", models.IntegerIndexParams(type="integer", lookup=True, range=True)),
        ("text", models.TextIndexParams(type="text", tokenizer=models.TokenizerType.WORD, lowercase=True)),
        ("date", "datetime"),
        ("geo", "geo"),
    ):
        call(
            f"create_payload_index ({field})",
            lambda: client.create_payload_index(C, field, field_schema=schema),
            completed,
        )
    call(
        "create_payload_index (is_tenant)",
        lambda: client.create_payload_index(C, "tenant", models.KeywordIndexParams(type="keyword", is_tenant=True)),
        completed,
    )
    call("delete_payload_index", lambda: client.delete_payload_index(C, "tenant"), completed)
    call(
        "get_collection (indexes)",
        lambda: client.get_collection(C),
        lambda info: set(info.payload_schema) == {"g", "n", "text", "date", "geo"},
    )

    # reading
    QUERY = [1.0, 0.2, 0.0, 0.5]
    call("scroll", lambda: client.scroll(C, limit=3), lambda answer: ids(answer[0]) == [0, 1, 2] and answer[1] == 3)
    call(
        "scroll (filter)",
        lambda: client.scroll(
            C,
            scroll_filter=models.Filter(
                should=[
                    models.FieldCondition(
                        key="geo", geo_radius=models.GeoRadius(center=models.GeoPoint(lon=1.0, lat=1.0), radius=10.0)
                    ),
                    models.HasIdCondition(has_id=[5]),
                ],
                must_not=[models.IsEmptyCondition(is_empty=models.PayloadField(key="g"))],
            ),
        ),
        lambda answer: ids(answer[0]) == [1, 5],
    )
    call(
        "scroll (order_by)",
        lambda: client.scroll(C, order_by=models.OrderBy(key="n", direction=models.Direction.DESC), limit=2),
        lambda answer: [point.payload["n"] for point in answer[0]] == [34, 33],
    )
    call("facet", lambda: client.facet(C, "g"), lambda answer: {hit.value for hit in answer.hits} == {"g0", "g1", "g2"})
    call(
        "query_points",
        lambda: client.query_points(C, query=QUERY, using="a", limit=3, with_payload=True),
        lambda answer: len(answer.points) == 3 and answer.points[0].version >= 0,
    )
    call(
        "query_points (sparse)",
        lambda: client.query_points(C, query=models.SparseVector(indices=[3], values=[1.0]), using="s"),
        lambda answer: ids(answer.points) == [3],
    )
    call(
        "query_points (multivector)",
        lambda: client.query_points(C, query=[[1.0, 0.0]], using="m", limit=1),
        lambda answer: ids(answer.points) == [34],
    )
    call(
        "query_points (id)",
        lambda: client.query_points(C, query=1, using="a", limit=2),
        lambda answer: 1 not in ids(answer.points),
    )
    call(
        "query_points (filter, threshold)",
        lambda: client.query_points(
            C,
            query=QUERY,
            using="a",
            query_filter=models.Filter(must=[models.FieldCondition(key="text", match=models.MatchText(text="word3"))]),
            score_threshold=0.1,
        ),
        lambda answer: ids(answer.points) == [3],
    )
    call(
        "query_points (prefetch, RRF)",
        lambda: client.query_points(
            C,
            prefetch=[
                models.Prefetch(query=QUERY, using="a", limit=5),
                models.Prefetch(query=models.SparseVector(indices=[100], values=[1.0]), using="s", limit=5),
            ],
            query=models.FusionQuery(fusion=models.Fusion.RRF),
            limit=4,
        ),
        lambda answer: len(answer.points) == 4,
    )
    call(
        "query_points (DBSF)",
        lambda: client.query_points(
            C, prefetch=[models.Prefetch(query=QUERY, using="a")], query=models.FusionQuery(fusion=models.Fusion.DBSF)
        ),
        lambda answer: len(answer.points) == 10,
    )
    call(
        "query_points (weighted RRF)",
        lambda: client.query_points(
            C,
            prefetch=[models.Prefetch(query=QUERY, using="a")],
            query=models.RrfQuery(rrf=models.Rrf(k=60, weights=[2.0])),
        ),
        lambda answer: len(answer.points) == 10,
    )
    call(
        "query_points (limit 999999999)",
        lambda: client.query_points(
            C,
            prefetch=[models.Prefetch(query=QUERY, using="a", limit=999999999)],
            query=models.FusionQuery(fusion=models.Fusion.RRF),
            limit=3,
        ),
        lambda answer: len(answer.points) == 3,
    )
    call(
        "query_points (recommend)",
        lambda: client.query_points(
            C,
            query=models.RecommendQuery(
                recommend=models.RecommendInput(
                    positive=[1], negative=[5], strategy=models.RecommendStrategy.BEST_SCORE
                )
            ),
            using="a",
        ),
        lambda answer: 1 not in ids(answer.points),
    )
    call(
        "query_points (discover)",
        lambda: client.query_points(
            C,
            query=models.DiscoverQuery(
                discover=models.DiscoverInput(target=QUERY, context=[models.ContextPair(positive=1, negative=5)])
            ),
            using="a",
        ),
        lambda answer: len(answer.points) == 10,
    )
    call(
        "query_points (context)",
        lambda: client.query_points(
            C, query=models.ContextQuery(context=[models.ContextPair(positive=1, negative=5)]), using="a"
        ),
        lambda answer: len(answer.points) == 10,
    )
    call(
        "query_points (order_by)",
        lambda: client.query_points(C, query=models.OrderByQuery(order_by="n"), limit=2),
        lambda answer: [point.id for point in answer.points] == [0, 1],
    )
    call(
        "query_points (sample)",
        lambda: client.query_points(C, query=models.SampleQuery(sample=models.Sample.RANDOM), limit=5),
        lambda answer: len(set(ids(answer.points))) == 5,
    )
    call(
        "query_points (MMR)",
        lambda: client.query_points(
            C,
            query=models.NearestQuery(nearest=QUERY, mmr=models.Mmr(diversity=0.5, candidates_limit=20)),
            using="a",
            limit=3,
        ),
        lambda answer: len(answer.points) == 3,
    )
    call(
        "query_points (formula)",
        lambda: client.query_points(
            C,
            prefetch=[models.Prefetch(query=QUERY, using="a")],
            query=models.FormulaQuery(
                formula=models.SumExpression(sum=["$score", models.MultExpression(mult=[0.1, "n"])]), defaults={"n": 0}
            ),
        ),
        lambda answer: len(answer.points) == 10,
    )
    call(
        "query_points (feedback)",
        lambda: client.query_points(
            C,
            query=models.RelevanceFeedbackQuery(
                relevance_feedback=models.RelevanceFeedbackInput(
                    target=QUERY,
                    feedback=[models.FeedbackItem(example=1, score=0.9), models.FeedbackItem(example=5, score=0.1)],
                    strategy=models.NaiveFeedbackStrategy(
                        naive=models.NaiveFeedbackStrategyParams(a=0.5, b=1.0, c=0.3)
                    ),
                )
            ),
            using="a",
        ),
        lambda answer: len(answer.points) == 10,
    )
    call(
        "query_points (lookup_from)",
        lambda: client.query_points(C, query=2, using="a", lookup_from=models.LookupLocation(collection=C, vector="a")),
        lambda answer: len(answer.points) == 10,
    )
    call(
        "query_batch_points",
        lambda: client.query_batch_points(
            C, [models.QueryRequest(query=QUERY, using="a", limit=1), models.QueryRequest(query=1, using="a", limit=2)]
        ),
        lambda answer: [len(each.points) for each in answer] == [1, 2],
    )
    call(
        "query_points_groups",
        lambda: client.query_points_groups(C, query=QUERY, using="a", group_by="g", group_size=2, limit=3),
        lambda answer: sorted(group.id for group in answer.groups) == ["g0", "g1", "g2"],
    )
    call(
        "search_matrix_pairs",
        lambda: client.search_matrix_pairs(C, using="a", sample=5, limit=2),
        lambda answer: len(answer.pairs) > 0,
    )
    call(
        "search_matrix_offsets",
        lambda: client.search_matrix_offsets(C, using="a", sample=5, limit=2),
        lambda answer: len(answer.ids) > 0,
    )

    # what clients sent before query, by the generated client; newer ones no longer have it
    api = client.http.search_api
    if hasattr(api, "search_points"):
        call(
            "http search",
            lambda: api.search_points(
                C, search_request=models.SearchRequest(vector=models.NamedVector(name="a", vector=QUERY), limit=2)
            ).result,
            lambda answer: len(answer) == 2,
        )
        call(
            "http search batch",
            lambda: api.search_batch_points(
                C,
                search_request_batch=models.SearchRequestBatch(
                    searches=[models.SearchRequest(vector=models.NamedVector(name="a", vector=QUERY), limit=2)]
                ),
            ).result,
            lambda answer: len(answer[0]) == 2,
        )
        call(
            "http search groups",
            lambda: api.search_point_groups(
                C,
                search_groups_request=models.SearchGroupsRequest(
                    vector=models.NamedVector(name="a", vector=QUERY), group_by="g", group_size=1, limit=3
                ),
            ).result,
            lambda answer: len(answer.groups) == 3,
        )
        call(
            "http recommend",
            lambda: api.recommend_points(
                C, recommend_request=models.RecommendRequest(positive=[1], using="a", limit=2)
            ).result,
            lambda answer: len(answer) == 2,
        )
        call(
            "http recommend batch",
            lambda: api.recommend_batch_points(
                C,
                recommend_request_batch=models.RecommendRequestBatch(
                    searches=[models.RecommendRequest(positive=[1], using="a", limit=2)]
                ),
            ).result,
            lambda answer: len(answer[0]) == 2,
        )
        call(
            "http recommend groups",
            lambda: api.recommend_point_groups(
                C,
                recommend_groups_request=models.RecommendGroupsRequest(
                    positive=[1], using="a", group_by="g", group_size=1, limit=3
                ),
            ).result,
            lambda answer: len(answer.groups) == 3,
        )
        call(
            "http discover",
            lambda: api.discover_points(
                C,
                discover_request=models.DiscoverRequest(
                    target=QUERY, context=[models.ContextExamplePair(positive=1, negative=5)], using="a", limit=2
                ),
            ).result,
            lambda answer: len(answer) == 2,
        )
        call(
            "http discover batch",
            lambda: api.discover_batch_points(
                C,
                discover_request_batch=models.DiscoverRequestBatch(
                    searches=[models.DiscoverRequest(target=QUERY, using="a", limit=2)]
                ),
            ).result,
            lambda answer: len(answer[0]) == 2,
        )
    call("http get point", lambda: client.http.points_api.get_point(C, id=1).result, lambda answer: answer.id == 1)
    service = client.http.service_api
    call(
        "http telemetry",
        lambda: service.telemetry().result,
        lambda answer: answer.collections.number_of_collections >= 2,
    )
    for path in ("healthz", "livez", "readyz", "metrics"):
        call(f"GET /{path}", lambda: fetch(path), lambda answer: len(answer) > 0)

    # texts in place of vectors
    call(
        "create_collection (texts)",
        lambda: client.create_collection(
            TEXTS,
            vectors_config={
                "dense": models.VectorParams(size=384, distance=models.Distance.COSINE),
                "late": models.VectorParams(
                    size=128,
                    distance=models.Distance.COSINE,
                    multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
                ),
            },
            sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        ),
    )
    SENTENCES = ["Cartilage is a connective tissue.", "Gout hurts in the big toe.", "The heart pumps blood."]

    def texts(text):
        return {
            name: models.Document(text=text, model=model)
            for name, model in (("dense", DENSE), ("late", LATE), ("bm25", BM25))
        }

    call(
        "upsert (Document)",
        lambda: client.upsert(
            TEXTS,
            [
                models.PointStruct(id=at, vector=texts(text), payload={"text": text})
                for at, text in enumerate(SENTENCES)
            ],
        ),
        completed,
    )
    call(
        "upload_points (Document)",
        lambda: client.upload_points(
            TEXTS, [models.PointStruct(id=9, vector=texts("Rivers flow to the sea."))], wait=True
        )
        or True,
    )
    call(
        "update_vectors (Document)",
        lambda: client.update_vectors(TEXTS, [models.PointVectors(id=9, vector=texts("Mountains are high."))]),
        completed,
    )
    ASKED = "What is cartilage?"
    call(
        "query_points (Document)",
        lambda: client.query_points(TEXTS, query=models.Document(text=ASKED, model=DENSE), using="dense", limit=1),
        lambda answer: ids(answer.points) == [0],
    )
    call(
        "query_points (hybrid)",
        lambda: client.query_points(
            TEXTS,
            prefetch=[
                models.Prefetch(query=models.Document(text=ASKED, model=DENSE), using="dense"),
                models.Prefetch(query=models.Document(text=ASKED, model=BM25), using="bm25"),
            ],
            query=models.Document(text=ASKED, model=LATE),
            using="late",
            limit=2,
        ),
        lambda answer: ids(answer.points)[0] == 0,
    )
    call(
        "query_batch_points (Document)",
        lambda: client.query_batch_points(
            TEXTS, [models.QueryRequest(query=models.Document(text=ASKED, model=BM25), using="bm25")]
        ),
        lambda answer: ids(answer[0].points) == [0],
    )

    async def asynchronous():
        other = AsyncQdrantClient(url=URL, api_key=TOKEN, cloud_inference=True)
        try:
            answers = await asyncio.gather(*(other.query_points(C, query=QUERY, using="a", limit=1) for _ in range(16)))
            return [len(answer.points) for answer in answers]
        finally:
            await other.close()

    call("AsyncQdrantClient", lambda: asyncio.run(asynchronous()), lambda lengths: lengths == [1] * 16)
    LOCAL = QdrantClient(":memory:")
    call(
        "migrate",
        lambda: client.migrate(LOCAL, [C], batch_size=10) or LOCAL.count(C),
        lambda answer: answer.count == client.count(C).count,
    )

    # what only a cluster or a server has
    CLUSTER = "Distributed mode disabled"
    refused("create_shard_key", lambda: client.create_shard_key(C, "a"), CLUSTER)
    refused("delete_shard_key", lambda: client.delete_shard_key(C, "a"), CLUSTER)
    refused(
        "update_collection cluster",
        lambda: client.cluster_collection_update(
            C, models.MoveShardOperation(move_shard=models.MoveShard(shard_id=0, to_peer_id=1, from_peer_id=2))
        ),
        CLUSTER,
    )
    refused("recover_current_peer", client.recover_current_peer, CLUSTER)
    refused("remove_peer", lambda: client.remove_peer(1), CLUSTER)
    refused("cluster_telemetry", client.cluster_telemetry, CLUSTER)
    for name, act in {
        "create_snapshot": lambda: client.create_snapshot(C),
        "list_snapshots": lambda: client.list_snapshots(C),
        "delete_snapshot": lambda: client.delete_snapshot(C, "a"),
        "recover_snapshot": lambda: client.recover_snapshot(C, "http://127.0.0.1:1/a"),
        "create_full_snapshot": client.create_full_snapshot,
        "list_full_snapshots": client.list_full_snapshots,
        "delete_full_snapshot": lambda: client.delete_full_snapshot("a"),
        "create_shard_snapshot": lambda: client.create_shard_snapshot(C, 0),
        "list_shard_snapshots": lambda: client.list_shard_snapshots(C, 0),
        "delete_shard_snapshot": lambda: client.delete_shard_snapshot(C, 0, "a"),
        "recover_shard_snapshot": lambda: client.recover_shard_snapshot(C, 0, "http://127.0.0.1:1/a"),
    }.items():
        refused(name, act, "not supported by the embedded store")

    # what is wrong has the server's status and text
    refused("get_collection (missing)", lambda: client.get_collection("nobody"), "Collection `nobody` doesn't exist!")
    refused(
        "upsert (wrong dimension)",
        lambda: client.upsert(OTHER, [models.PointStruct(id=1, vector=[1.0])]),
        "Vector dimension error: expected dim: 2, got 1",
    )
    refused(
        "upsert (unknown model)",
        lambda: client.upsert(
            TEXTS, [models.PointStruct(id=1, vector={"dense": models.Document(text="a", model="nobody/knows")})]
        ),
        "nobody/knows",
    )

    for name in (C, OTHER, TEXTS):
        call(f"delete_collection ({name[:9]})", lambda: client.delete_collection(name), lambda answer: answer is True)
    client.close()
    print(f"{len(done)} calls as they should be, {len(failed)} not")
    for each in failed:
        print(f"  {each}")
    sys.exit(1 if failed else 0)


# processes that upload in parallel load this file
if __name__ == "__main__":
    main()
