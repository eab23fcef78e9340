import openai
from offgrid_reference import DENSE, QUERY, TEXTS, TOKEN, URL, dense, require, require_same

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=TOKEN)
answer = client.embeddings.create(model=DENSE, input=TEXTS)
require_same([each.embedding for each in answer.data], dense(TEXTS), "embeddings as base64, the default")
answer = client.embeddings.create(model=DENSE, input=QUERY, encoding_format="float", user="me")
require_same([each.embedding for each in answer.data], dense([QUERY]), "embeddings as floats")
require(len(client.embeddings.create(model=DENSE, input=QUERY, dimensions=64).data[0].embedding) == 64, "dimensions")
require(DENSE in [each.id for each in client.models.list()], "models.list")
require(client.models.retrieve(DENSE).id == DENSE, "models.retrieve")
try:
    client.embeddings.create(model="nothing", input=QUERY)
    raise SystemExit("an unknown model was taken")
except openai.NotFoundError as error:
    require(error.code == "model_not_found", "an unknown model is NotFoundError")
