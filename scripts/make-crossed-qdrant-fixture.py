"""Makes test/parity/fixtures/qdrant-crossed.jsonl.gz: the requests of one recording of a live Qdrant on the data of another, with
the answers of Qdrant's own core (the engine of the server as a library). Needs qdrant-edge-py 0.7.0, whose core is that of the recorded server, and the recordings:

    python scripts/make-crossed-qdrant-fixture.py FOLDER_OF_RECORDINGS

A request that names points means those at the same place of the other data. Before it crosses, the script answers the recorded
requests on their own data and compares with what the server said: a request that the core answers otherwise there is not crossed,
so what is asked of the core is what the server would be asked.
"""

import copy
import gzip
import json
import math
import shutil
import sys
import tempfile
from pathlib import Path

import qdrant_edge as q

TARGET = Path(__file__).parent.parent / "test" / "parity" / "fixtures" / "qdrant-crossed.jsonl.gz"
# data, requests
CROSSED = [(2, 5), (4, 6), (6, 3)]
CATEGORIES = {
    "count", "context", "datatype", "discover", "facet", "feedback", "filter", "filter_indexed", "formula", "fusion", "idf", "mmr",
    "nearest", "noquery", "order_by", "prefetch", "recommend", "retrieve", "scroll", "text_index",
}  # fmt: skip
# What it is about lies in the data of its own seed, or in the server above the core.
LEFT_OUT = {"recommend/example_lacks_vector", "order_by/no_index", "formula/bad"}
COLLECTIONS = ["g_main", "g_look", "g_plain", "g_dt", "g_txt", "g_idf"]
STRATEGIES = {"best_score": q.Query.RecommendBestScore, "sum_scores": q.Query.RecommendSumScores}


class Unsupported(Exception):
    """A request that the core is not asked: the server answers it by other means."""


def read_seed(folder, seed):
    return [json.loads(line) for line in (folder / f"seed-{seed}.jsonl").read_text().splitlines()]


def collection_of(line):
    return line["path"].split("/")[2]


def as_list(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def is_setup(line):
    """Collections, their points and indexes, before anything is changed."""
    if collection_of(line) not in COLLECTIONS or line["name"].startswith("drop/"):
        return False
    return line["step"] == "setup" or (line["name"].startswith("text_index/") and line["step"] == "update")


# Filters


def geo(point):
    return q.GeoPoint(point["lon"], point["lat"])


def ring(line):
    return [geo(point) for point in line["points"]]


def match_of(match):
    ((kind, value),) = match.items()
    if isinstance(value, bool):
        raise Unsupported("true and false, which the core's Python takes as 1 and 0")
    kinds = {
        "value": q.MatchValue, "any": q.MatchAny, "except": q.MatchExcept,
        "text": q.MatchText, "text_any": q.MatchTextAny, "phrase": q.MatchPhrase,
    }  # fmt: skip
    return kinds[kind](value)


def range_of(bounds):
    given = {key: value for key, value in bounds.items() if value is not None}
    return (q.RangeDateTime if any(isinstance(value, str) for value in given.values()) else q.RangeFloat)(**given)


def field_condition(condition):
    made = {}
    for key, value in condition.items():
        if value is None or key == "key":
            continue
        if key == "match":
            made[key] = match_of(value)
        elif key == "range":
            made[key] = range_of(value)
        elif key == "values_count":
            made[key] = q.ValuesCount(**value)
        elif key == "geo_radius":
            made[key] = q.GeoRadius(geo(value["center"]), value["radius"])
        elif key == "geo_bounding_box":
            made[key] = q.GeoBoundingBox(geo(value["top_left"]), geo(value["bottom_right"]))
        elif key == "geo_polygon":
            made[key] = q.GeoPolygon(ring(value["exterior"]), [ring(line) for line in value.get("interiors") or []] or None)
        else:
            made[key] = value
    return q.FieldCondition(condition["key"], **made)


def condition_of(condition):
    if "key" in condition:
        return field_condition(condition)
    if "is_empty" in condition:
        return q.IsEmptyCondition(condition["is_empty"]["key"])
    if "is_null" in condition:
        return q.IsNullCondition(condition["is_null"]["key"])
    if "has_id" in condition:
        return q.HasIdCondition(set(condition["has_id"]))
    if "has_vector" in condition:
        return q.HasVectorCondition(condition["has_vector"])
    if "nested" in condition:
        return q.NestedCondition(condition["nested"]["key"], filter_of(condition["nested"]["filter"]))
    return filter_of(condition)


def conditions_of(value):
    return None if value is None else [condition_of(condition) for condition in as_list(value)]


def filter_of(value):
    if value is None:
        return None
    some = value.get("min_should")
    return q.Filter(
        must=conditions_of(value.get("must")),
        should=conditions_of(value.get("should")),
        must_not=conditions_of(value.get("must_not")),
        min_should=q.MinShould(conditions_of(some["conditions"]), some["min_count"]) if some else None,
    )


def is_id(value):
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def with_mapped_ids(value, swap):
    """A filter whose `has_id` names the points at the same place of other data."""
    if isinstance(value, list):
        return [with_mapped_ids(each, swap) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: [swap(i) for i in each] if key == "has_id" else with_mapped_ids(each, swap) for key, each in value.items()}


# Vectors and expressions


def vector_of(value):
    return q.SparseVector(value["indices"], value["values"]) if isinstance(value, dict) else value


def vectors_of(value):
    if isinstance(value, dict):
        return {name: vector_of(vector) for name, vector in value.items()}
    return value


def plain_vector(value):
    if isinstance(value, q.SparseVector):
        return {"indices": list(value.indices), "values": list(value.values)}
    if isinstance(value, dict):
        return {name: plain_vector(vector) for name, vector in value.items()}
    return [plain_vector(row) for row in value] if isinstance(value, (list, tuple)) else value


def expression_of(value):
    e = q.Expression
    if isinstance(value, (int, float)):
        return e.Constant(float(value))
    if isinstance(value, str):
        return e.Variable(value)
    if "key" in value or "must" in value or "has_id" in value:
        return e.Condition(condition_of(value))
    ((kind, of),) = value.items()
    if kind in ("sum", "mult"):
        return {"sum": e.Sum, "mult": e.Mult}[kind]([expression_of(each) for each in of])
    if kind in ("neg", "abs", "sqrt", "exp", "log10", "ln"):
        single = {"neg": e.Neg, "abs": e.Abs, "sqrt": e.Sqrt, "exp": e.Exp, "log10": e.Log10, "ln": e.Ln}
        return single[kind](expression_of(of))
    if kind == "div":
        return e.Div(expression_of(of["left"]), expression_of(of["right"]), of.get("by_zero_default"))
    if kind == "pow":
        return e.Pow(expression_of(of["base"]), expression_of(of["exponent"]))
    if kind == "geo_distance":
        return e.GeoDistance(geo(of["origin"]), of["to"])
    if kind == "datetime":
        return e.Datetime(of)
    if kind == "datetime_key":
        return e.DatetimeKey(of)
    if kind.endswith("_decay"):
        decay = {"lin_decay": q.DecayKind.Lin, "exp_decay": q.DecayKind.Exp, "gauss_decay": q.DecayKind.Gauss}[kind]
        target = of.get("target")
        target = None if target is None else expression_of(target)
        return e.Decay(decay, expression_of(of["x"]), target, of.get("midpoint"), of.get("scale"))
    raise Unsupported(kind)


def order_of(value):
    if isinstance(value, str):
        value = {"key": value}
    direction = {"asc": q.Direction.Asc, "desc": q.Direction.Desc, None: None}[value.get("direction")]
    return q.OrderBy(value["key"], direction, value.get("start_from"))


# Data


class Data:
    """The collections of a seed in the core."""

    def __init__(self, lines):
        self.setup = [line for line in lines if is_setup(line)]
        self.folder = Path(tempfile.mkdtemp())
        self.shards = {}
        self.ids = {}
        self.sizes = {}
        for line in self.setup:
            self.load(line)

    def load(self, line):
        name, body = collection_of(line), line["body"]
        if line["name"].startswith("create/"):
            path = self.folder / name
            path.mkdir()
            self.shards[name] = q.EdgeShard.create(str(path), config_of(body))
            self.ids[name] = []
        elif line["name"].startswith("upsert/"):
            points = [q.Point(p["id"], vectors_of(p.get("vector") or {}), p.get("payload")) for p in body["points"]]
            self.shards[name].update(q.UpdateOperation.upsert_points(points))
            self.ids[name] += [p["id"] for p in body["points"]]
        else:
            self.shards[name].update(q.UpdateOperation.create_field_index(body["field_name"], schema_of(body["field_schema"])))

    def vector(self, collection, name, point):
        """The stored vector, or None."""
        found = self.shards[collection].retrieve([point], with_payload=False, with_vector=True)
        vectors = plain_vector(found[0].vector) if found else None
        if vectors is None:
            return None
        if isinstance(vectors, dict):
            return vectors.get(name)
        return vectors if name == "" else None

    def close(self):
        for shard in self.shards.values():
            shard.close()
        shutil.rmtree(self.folder)


def config_of(body):
    types = {"float16": q.VectorStorageDatatype.Float16, "uint8": q.VectorStorageDatatype.Uint8, None: None}

    def dense(params):
        multi = q.MultiVectorConfig(q.MultiVectorComparator.MaxSim) if params.get("multivector_config") else None
        distance = getattr(q.Distance, params["distance"])
        return q.EdgeVectorParams(params["size"], distance, multivector_config=multi, datatype=types[params.get("datatype")])

    def sparse(params):
        modifier = q.Modifier.Idf if params.get("modifier") == "idf" else None
        return q.EdgeSparseVectorParams(modifier=modifier, datatype=types[(params.get("index") or {}).get("datatype")])

    vectors = body.get("vectors")
    named = None if vectors is None else dense(vectors) if "size" in vectors else {n: dense(p) for n, p in vectors.items()}
    spare = {name: sparse(params) for name, params in (body.get("sparse_vectors") or {}).items()}
    if not named and not spare:
        # the core wants one, which no point has
        named = {"unused": q.EdgeVectorParams(1, q.Distance.Dot)}
    return q.EdgeConfig(vectors=named or None, sparse_vectors=spare or None)


def schema_of(schema):
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind != "text":
        return getattr(q.PayloadSchemaType, kind.capitalize())
    options = {key: schema[key] for key in ("min_token_len", "max_token_len", "lowercase", "phrase_matching", "ascii_folding") if key in schema}
    if "stopwords" in schema:
        options["stopwords"] = getattr(q.Language, schema["stopwords"].capitalize())
    if "stemmer" in schema:
        options["stemmer"] = q.SnowballParams(getattr(q.SnowballLanguage, schema["stemmer"]["language"].capitalize()))
    return q.TextIndexParams(getattr(q.TokenizerType, schema["tokenizer"].capitalize()), **options)


# Requests


class Asked:
    """One request on some data: `body` is what a client sends, with ids of this data."""

    def __init__(self, data, line, swap):
        self.data = data
        self.collection = collection_of(line)
        self.swap = swap
        self.path = line["path"]
        self.body = copy.deepcopy(line["body"]) or {}

    def answer(self):
        route = self.path.split("/", 3)[3]
        if route == "points":
            return self.retrieve()
        if route == "points/scroll":
            return self.scroll()
        if route == "points/count":
            shard, condition = self.data.shards[self.collection], self.filter(self.body)
            return {"count": shard.count(q.CountRequest(exact=True, filter=filter_of(condition)))}
        if route == "facet":
            return self.facet()
        if route == "points/query":
            return {"points": self.query()}
        raise Unsupported(route)

    def filter(self, node):
        if node.get("filter") is not None:
            node["filter"] = with_mapped_ids(node["filter"], self.swap)
        return node.get("filter")

    def retrieve(self):
        self.body["ids"] = [self.swap(i) for i in self.body["ids"]]
        payload, vector = selector_of(self.body.get("with_payload", False)), self.body.get("with_vector", False)
        return [record_of(r) for r in self.data.shards[self.collection].retrieve(self.body["ids"], payload, vector)]

    def scroll(self):
        body = self.body
        if "offset" in body:
            body["offset"] = self.swap(body["offset"])
        order = order_of(body["order_by"]) if body.get("order_by") is not None else None
        points, following = self.data.shards[self.collection].scroll(
            q.ScrollRequest(
                offset=body.get("offset"),
                limit=body.get("limit", 10),
                filter=filter_of(self.filter(body)),
                with_payload=selector_of(body.get("with_payload", True)),
                with_vector=body.get("with_vector", False),
                order_by=order,
            )
        )
        return {"points": [record_of(r) for r in points], "next_page_offset": plain_id(following)}

    def facet(self):
        body = self.body
        found = self.data.shards[self.collection].facet(
            q.FacetRequest(body["key"], body.get("limit", 10), True, filter_of(self.filter(body)))
        )
        return {"hits": [{"value": hit.value, "count": hit.count} for hit in found]}

    def query(self):
        body = self.body
        shown = {"with_payload": selector_of(body.get("with_payload", False)), "with_vector": body.get("with_vector", False)}
        parts = self.parts(body, named := [])
        if named:
            # what is named anywhere is excluded at the root, and hence everywhere
            condition = body.get("filter") or {}
            without = as_list(condition.get("must_not")) + [{"has_id": named}]
            parts["filter"] = filter_of({**condition, "must_not": without})
        # the server asks its core for the hits before the offset, too, and drops them itself
        offset = body.get("offset") or 0
        request = q.QueryRequest(**{**parts, "limit": parts["limit"] + offset}, **shown)
        hits = [hit_of(hit) for hit in self.data.shards[self.collection].query(request)][offset:]
        if not shown["with_vector"]:
            for hit in hits:  # what MMR compared
                hit.pop("vector", None)
        return hits

    def parts(self, node, named):
        prefetches = [q.Prefetch(**self.parts(each, named)) for each in as_list(node.get("prefetch"))]
        query = self.scoring(node, named)
        params = node.get("params")
        return {
            "limit": node.get("limit", 10),
            "query": query,
            "prefetches": prefetches,
            "filter": filter_of(self.filter(node)),
            "score_threshold": node.get("score_threshold"),
            "params": None if params is None else q.SearchParams(params.get("hnsw_ef"), params.get("exact") or False),
        }

    def example(self, node, holder, key, named):
        """The vector of an example; a point without it gives way to the next one that has it."""
        value = holder[key]
        if not is_id(value):
            return vector_of(value)
        look = node.get("lookup_from")
        collection = look["collection"] if look else self.collection
        name = (look or {}).get("vector") or node.get("using") or ""
        ids = self.data.ids[collection]
        value = self.swap(value)
        if value not in ids:
            raise Unsupported("a point that is not there")
        for i in range(len(ids)):
            point = ids[(ids.index(value) + i) % len(ids)]
            vector = self.data.vector(collection, name, point)
            if vector is not None:
                holder[key] = point
                if not look:
                    named.append(point)
                return vector_of(vector)
        raise Unsupported("no point has the vector")

    def scoring(self, node, named):
        query, using = node.get("query"), node.get("using")
        if query is None:
            return None
        if is_id(query) or isinstance(query, list) or "indices" in query:
            return q.Query.Nearest(self.example(node, node, "query", named), using)
        if "nearest" in query:
            vector = self.example(node, query, "nearest", named)
            if query.get("mmr") is None:
                return q.Query.Nearest(vector, using)
            diversity, candidates = query["mmr"].get("diversity"), query["mmr"].get("candidates_limit")
            diversity = 0.5 if diversity is None else diversity
            return q.Mmr(vector, 1.0 - diversity, node.get("limit", 10) if candidates is None else candidates, using)
        if "recommend" in query:
            return self.recommendation(node, query["recommend"], using, named)
        if "discover" in query:
            target = self.example(node, query["discover"], "target", named)
            return q.Query.Discover(q.DiscoverQuery(target, self.pairs(node, query["discover"].get("context"), named)), using)
        if "context" in query:
            return q.Query.Context(q.ContextQuery(self.pairs(node, query["context"], named)), using)
        if "relevance_feedback" in query:
            return self.feedback(node, query["relevance_feedback"], using, named)
        if "order_by" in query:
            return order_of(query["order_by"])
        if "formula" in query:
            return q.Formula(expression_of(query["formula"]), query.get("defaults") or {})
        if query.get("fusion") == "dbsf":
            return q.Fusion.Dbsf()
        if query.get("fusion") == "rrf" or "rrf" in query:
            rrf = query.get("rrf") or {}
            return q.Fusion.Rrf(rrf.get("k") or 2, rrf.get("weights"))
        raise Unsupported(str(query))

    def pairs(self, node, value, named):
        return [
            q.ContextPair(self.example(node, pair, "positive", named), self.example(node, pair, "negative", named))
            for pair in as_list(value)
        ]

    def feedback(self, node, value, using, named):
        target = self.example(node, value, "target", named)
        items = [q.FeedbackItem(self.example(node, item, "example", named), item["score"]) for item in value["feedback"]]
        naive = value["strategy"]["naive"]
        return q.Query.FeedbackNaive(q.FeedbackNaiveQuery(target, items, q.NaiveFeedbackStrategy(naive["a"], naive["b"], naive["c"])), using)

    def recommendation(self, node, value, using, named):
        examples = []
        for side in ("positive", "negative"):
            value[side] = as_list(value.get(side))
            examples.append([self.example(node, value[side], i, named) for i in range(len(value[side]))])
        strategy = value.get("strategy") or "average_vector"
        if strategy != "average_vector":
            return STRATEGIES[strategy](q.RecommendQuery(*examples), using)
        positive, negative = examples
        if not positive or any(not isinstance(v, list) or isinstance(v[0], list) for v in positive + negative):
            raise Unsupported("an average of what is no list of numbers")
        means = [[sum(column) / len(side) for column in zip(*side)] for side in (positive, negative)]
        if not negative:
            return q.Query.Nearest(means[0], using)
        return q.Query.Nearest([2 * more - less for more, less in zip(*means)], using)


def selector_of(value):
    if isinstance(value, dict):
        if "include" in value:
            return q.PayloadSelector.Include(value["include"])
        return q.PayloadSelector.Exclude(value["exclude"])
    return value


def plain_id(value):
    return value if value is None or isinstance(value, int) else str(value)


def shown_of(found):
    shown = {"id": plain_id(found.id)}
    if found.payload is not None:
        shown["payload"] = found.payload
    if found.vector is not None:
        shown["vector"] = plain_vector(found.vector)
    if getattr(found, "order_value", None) is not None:
        shown["order_value"] = found.order_value
    return shown


def record_of(record):
    return shown_of(record)


def hit_of(hit):
    return {**shown_of(hit), "score": hit.score}


# Comparison with the recorded answers


def is_near(a, b, tolerance):
    return abs(a - b) <= tolerance * max(1, abs(a), abs(b))


def is_same(a, b, tolerance):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return is_near(a, b, tolerance)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(is_same(x, y, tolerance) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(is_same(a[key], b[key], tolerance) for key in a)
    return a == b


def grade(hit):
    return hit["order_value"] if "order_value" in hit else hit["score"]


def agrees(line, got):
    """Whether the core says what the server said: equal, or the same scores and, where none are equal, the same points."""
    said, tolerance = line["response"], line.get("tolerance", 0)
    if line["compare"] == "scores":
        said, got = said["points"], got["points"]
        if len(said) != len(got) or not all(is_near(grade(a), grade(b), tolerance) for a, b in zip(said, got)):
            return False
        alone = [
            i for i in range(len(said))
            if not any(is_near(grade(said[i]), grade(said[j]), tolerance) for j in (i - 1, i + 1) if 0 <= j < len(said))
        ]  # fmt: skip
        if line.get("cut") and said:
            alone = [i for i in alone if i != len(said) - 1]
        return all(is_same(said[i], got[i], tolerance) for i in alone)
    if line["compare"] == "set":
        lists = [value if isinstance(value, list) else value.get("points", value.get("hits")) for value in (said, got)]
        key = lambda each: json.dumps(each.get("id", each.get("value")))  # noqa: E731
        return is_same(*(sorted(each, key=key) for each in lists), tolerance)
    return is_same(said, got, tolerance)


def category(line):
    return line["name"].split("#")[0]


def crossable(line):
    name = category(line)
    if line["step"] != "case" or line["status"] != 200 or name in LEFT_OUT or name.split("/")[0] not in CATEGORIES:
        return False
    # statistics of deleted points need the updates of their own seed
    return line["method"] == "POST" and line["compare"] != "ids" and not name.startswith("idf/after")


def is_cut(asked, got, tolerance):
    """Whether the limit cuts a run of equal scores, or may: the next hits are asked for where that changes no others."""
    body, points = asked.body, got["points"]
    if len(points) < body.get("limit", 10) or not points:
        return False
    query = body.get("query")
    if isinstance(query, dict) and "mmr" in query:
        return True
    more = copy.copy(asked)
    more.body = {**copy.deepcopy(body), "limit": body.get("limit", 10) + 1}
    more.swap = lambda point: point
    following = more.answer()["points"]
    return len(following) > len(points) and is_near(grade(following[-1]), grade(points[-1]), tolerance)


def shortened(value):
    """Scores and vectors to nine digits, which give back a float32."""
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else value
    if isinstance(value, list):
        return [shortened(each) for each in value]
    return {key: shortened(each) for key, each in value.items()} if isinstance(value, dict) else value


def cross(lines, data, source):
    def swap(point):
        for ids, others in ((source.ids[name], data.ids[name]) for name in ("g_main", "g_plain")):
            if point in ids and collection in ("g_main", "g_plain") and others is data.ids[collection]:
                return others[ids.index(point) % len(others)]
        return point

    crossed, left = [], {}
    for line in lines:
        collection = collection_of(line)
        try:
            own = Asked(source, line, lambda point: point).answer()
            if not agrees(line, own):
                left.setdefault("the server says otherwise", []).append(line["name"])
                continue
            asked = Asked(data, line, swap)
            got = shortened(asked.answer())
        except Unsupported as error:
            left.setdefault(f"not asked: {error}"[:60], []).append(line["name"])
            continue
        except Exception as error:  # the core's own refusals have no common class
            left.setdefault(f"refused: {error}"[:60], []).append(line["name"])
            continue
        case = {key: line[key] for key in ("step", "name", "method", "path", "status", "compare", "tolerance") if key in line}
        case["body"] = asked.body
        case["response"] = got
        if line["compare"] == "scores" and is_cut(asked, got, line.get("tolerance", 0)):
            case["cut"] = True
        crossed.append(case)
    return crossed, left


def main():
    folder = Path(sys.argv[1])
    written = []
    for data_seed, request_seed in CROSSED:
        lines = read_seed(folder, request_seed)
        data, source = Data(read_seed(folder, data_seed)), Data(lines)
        crossed, left = cross([line for line in lines if crossable(line)], data, source)
        title = f"data of seed {data_seed}, requests of seed {request_seed}"
        written.append({"cross": title, "setup": data.setup, "cases": crossed})
        data.close()
        source.close()
        print(title, len(crossed), "crossed;", {reason: (len(names), names[:6]) for reason, names in left.items()})
    text = "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in written)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(TARGET.name, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
