import ollama
from offgrid_reference import DENSE, QUERY, TEXTS, TOKEN, URL, dense, require, require_same

client = ollama.Client(host=URL, headers={"authorization": f"Bearer {TOKEN}"})
answer = client.embed(model=DENSE, input=TEXTS, options={"num_ctx": 256}, keep_alive="5m", truncate=True)
require_same(answer.embeddings, dense(TEXTS), "embed")
require(answer.prompt_eval_count > 8 and answer.total_duration > 0, "embed says what it cost")
require_same([client.embeddings(model=DENSE, prompt=QUERY).embedding], dense([QUERY]), "embeddings")
models = [each.model for each in client.list().models]
require(f"{DENSE}:latest" in models, "list has the dense model")
require_same(client.embed(model=f"{DENSE}:latest", input=QUERY).embeddings, dense([QUERY]), "a name with a tag")
shown = client.show(DENSE)
require(shown.capabilities == ["embedding"] and shown.details.format == "safetensors", "show")
try:
    client.embed(model="nothing", input=QUERY)
    raise SystemExit("an unknown model was taken")
except ollama.ResponseError as error:
    require(error.status_code == 404, "an unknown model is ResponseError 404")
