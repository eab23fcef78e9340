from huggingface_hub import InferenceClient
from offgrid_reference import QUERY, TEXTS, TOKEN, URL, dense, require, require_same

client = InferenceClient(model=URL, token=TOKEN)
require_same(client.feature_extraction(QUERY).tolist(), dense([QUERY]), "feature_extraction")
# the vector itself: the base_url is the place of the model, too
based = InferenceClient(base_url=URL, token=TOKEN)
require_same(based.feature_extraction(QUERY, normalize=True, truncate=True).tolist(), dense([QUERY]), "with a base_url")
cut = client.feature_extraction("gout " * 400 + "polychondritis", truncate=True, truncation_direction="left")
require(cut.shape == (1, 384), "a text is cut at its left")
require_same(client.feature_extraction(TEXTS).tolist(), dense(TEXTS), "several texts")
