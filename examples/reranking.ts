/**
 * Hybrid search with late-interaction reranking, as in Qdrant's tutorial of that name, with the models in this process:
 *
 *     node dist/examples/reranking.js [passages.jsonl] [--url http://127.0.0.1:6333 | --store DIR] [--collection NAME]
 */
import { pointId } from 'offgrid'
import { openSetting } from './setting.js'

const DENSE = 'all-MiniLM-L6-v2'
const BM25 = 'bm25'
const LATE = 'all-MiniLM-L6-v2-late'
const DENSE_MODEL = 'sentence-transformers/all-MiniLM-L6-v2'
const BM25_MODEL = 'Qdrant/bm25'
const LATE_MODEL = 'offgrid/all-MiniLM-L6-v2-late'
const BATCH_SIZE = 8
const QUERY = 'What is relapsing polychondritis?'

await using setting = await openSetting('reranking-hybrid-search')
const { client, passages, collection } = setting

if (!(await client.collectionExists(collection)).exists) {
  await client.createCollection(collection, {
    vectors: {
      [DENSE]: { size: 384, distance: 'Cosine' },
      [LATE]: {
        size: 128,
        distance: 'Cosine',
        multivector_config: { comparator: 'max_sim' },
        // only reranks what the others found: needs no index
        hnsw_config: { m: 0 },
      },
    },
    sparse_vectors: { [BM25]: { modifier: 'idf' } },
  })
}

for (let i = 0; i < passages.length; i += BATCH_SIZE) {
  await client.upsert(collection, {
    points: passages.slice(i, i + BATCH_SIZE).map((passage) => {
      const text = passage.passage_text
      return {
        id: pointId({ id: passage.qa_id, text }),
        payload: passage,
        vector: {
          [DENSE]: { text, model: DENSE_MODEL },
          [BM25]: { text, model: BM25_MODEL },
          [LATE]: { text, model: LATE_MODEL },
        },
      }
    }),
  })
}

const prefetch = [
  { query: { text: QUERY, model: DENSE_MODEL }, using: DENSE, limit: 20 },
  { query: { text: QUERY, model: BM25_MODEL }, using: BM25, limit: 20 },
]
// One request: the candidates in the order of fusion, for comparison, and reranked.
const [fused, reranked] = await client.queryBatch(collection, {
  searches: [
    { prefetch, query: { fusion: 'rrf' }, limit: 40 },
    { prefetch, query: { text: QUERY, model: LATE_MODEL }, using: LATE, limit: 10, with_payload: true },
  ],
})

const fusedRanks = new Map(fused!.points.map(({ id }, i) => [id, i + 1]))
console.log(`${passages.length} passages; ${QUERY}`)
console.log('rank  fused  change    score  passage')
for (const [i, { id, score, payload }] of reranked!.points.entries()) {
  const rank = i + 1
  const before = fusedRanks.get(id)!
  const change = before === rank ? '=' : before > rank ? `+${before - rank}` : String(before - rank)
  const columns = [`${rank}`.padStart(4), `${before}`.padStart(5), change.padStart(6), score.toFixed(4).padStart(7)]
  console.log(`${columns.join('  ')}  ${payload?.qa_id}`)
}
