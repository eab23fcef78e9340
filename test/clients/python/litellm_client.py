import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm
from offgrid_reference import DENSE, LATE, QUERY, TEXTS, TOKEN, URL, dense, require, require_same

litellm.telemetry = False


def vectors(answer):
    return [each["embedding"] for each in answer.data]


for provider, base in [
    ("openai", f"{URL}/v1"),
    ("hosted_vllm", f"{URL}/v1"),
    ("lm_studio", f"{URL}/v1"),
    ("ollama", URL),
    ("cohere", f"{URL}/v2/embed"),
    ("infinity", URL),
]:
    answer = litellm.embedding(model=f"{provider}/{DENSE}", input=TEXTS, api_base=base, api_key=TOKEN)
    require_same(vectors(answer), dense(TEXTS), f"embedding by {provider}")

for provider, base in [
    ("cohere", URL),
    ("jina_ai", f"{URL}/v1/rerank"),
    ("hosted_vllm", f"{URL}/v1"),
    ("infinity", URL),
]:
    answer = litellm.rerank(model=f"{provider}/{LATE}", query=QUERY, documents=TEXTS, top_n=1, api_base=base, api_key=TOKEN)
    require([each["index"] for each in answer.results] == [1], f"rerank by {provider}")
