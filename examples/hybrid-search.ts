/**
 * Hybrid search as in Qdrant's cloud inference tutorial, with the models in this process in place of the cloud:
 *
 *     node dist/examples/hybrid-search.js [passages.jsonl] [--url http://127.0.0.1:6333 | --store DIR] [--collection NAME]
 */
import { pointId } from 'offgrid'
import { openSetting } from './setting.js'

const DENSE_MODEL = 'sentence-transformers/all-MiniLM-L6-v2'
const BM25_MODEL = 'Qdrant/bm25'
const BATCH_SIZE = 8
const QUERY = 'What is relapsing polychondritis?'

await using setting = await openSetting('my-hybrid-search-collection')
const { client, passages, collection } = setting

if (!(await client.collectionExists(collection)).exists) {
  await client.createCollection(collection, {
    vectors: { dense_vector: { size: 384, distance: 'Cosine' } },
    sparse_vectors: { bm25_sparse_vector: { modifier: 'idf' } },
  })
}

for (let i = 0; i < passages.length; i += BATCH_SIZE) {
  await client.upsert(collection, {
    points: passages.slice(i, i + BATCH_SIZE).map((passage) => ({
      id: pointId({ id: passage.qa_id, text: passage.passage_text }),
      payload: passage,
      vector: {
        dense_vector: { text: passage.passage_text, model: DENSE_MODEL },
        bm25_sparse_vector: { text: passage.passage_text, model: BM25_MODEL },
      },
    })),
  })
}

const { points } = await client.query(collection, {
  prefetch: [
    { query: { text: QUERY, model: DENSE_MODEL }, using: 'dense_vector', limit: 5 },
    { query: { text: QUERY, model: BM25_MODEL }, using: 'bm25_sparse_vector', limit: 5 },
  ],
  query: { fusion: 'rrf' },
  limit: 5,
  with_payload: true,
})

console.log(`${passages.length} passages; ${QUERY}`)
for (const { score, payload } of points) {
  console.log(`${score.toFixed(4)}  ${payload?.qa_id}: ${String(payload?.passage_text).slice(0, 90)} …`)
}
