import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEncoder } from '../../../src/encoders/open-encoder.js'
import { InferenceClient } from '../../../src/inference/inference-client.js'
import { openCollectionPlan } from '../../../src/pipeline/collection/open-collection.js'
import { search } from '../../../src/pipeline/search/search.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { temporaryFolder } from '../../stores/local/temporary-folder.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const BM25 = 'Qdrant/bm25'
const DEFAULTS = { dense: DENSE, bm25: BM25, late: 'offgrid/all-MiniLM-L6-v2-late' }
const TEXTS = ['Cartilage is a connective tissue.', 'Gout hurts in the big toe.', 'The heart pumps blood.']

const folder = temporaryFolder()
let store: Awaited<ReturnType<typeof openLocalStore>>
beforeAll(async () => {
  const local = await LocalClient.open({ path: folder.path, durability: 'process' })
  const client = new InferenceClient({ client: local, workers: 1 })
  const size = { size: 384, distance: 'Cosine' } as const
  // as langchain-qdrant makes its collections: the dense vector has no name
  await client.createCollection('langchain', {
    vectors: size,
    sparse_vectors: { 'langchain-sparse': { modifier: 'idf' } },
  })
  const points = TEXTS.map((text, id) => ({
    id,
    vector: { '': { text, model: DENSE }, 'langchain-sparse': { text, model: BM25 } },
    payload: { page_content: text, metadata: { n: id } },
  }))
  await client.upsert('langchain', { points })
  await client.createCollection('named', { vectors: { a: size, b: size, small: { size: 2, distance: 'Dot' } } })
  await client.close()
  await local.close()
  store = await openLocalStore({ path: folder.path, readOnly: true })
})
afterAll(async () => {
  await store.close()
  folder.remove()
})

const plan = (collection: string, using: string[], models: { dense?: string; bm25?: string; late?: string }) =>
  openCollectionPlan(store, collection, DEFAULTS, { using, models })

describe('a collection that another program filled', () => {
  test('is searched by the vectors and models that are named, the only one of a kind without its name', async () => {
    for (const using of [[], ['langchain-sparse', '']]) {
      const found = await plan('langchain', using, { dense: DENSE, bm25: BM25 })
      expect(found.vectors).toMatchObject({ dense: { vector: '' }, bm25: { vector: 'langchain-sparse' } })
      const encoder = await openEncoder(found.spec)
      const opened = { store, collection: 'langchain', plan: found, encoder }
      const [best] = await search(opened, 'What is cartilage?', { limit: 1 })
      expect(best).toMatchObject({ id: 0, ranks: { dense: 1, bm25: 1, fused: 1, late: null } })
      await encoder.close()
    }
  })

  test('is refused without them, and the message says how to name them', async () => {
    await expect(plan('langchain', [], {})).rejects.toThrow(
      /one without a name, langchain-sparse.*--model NAME --using/,
    )
  })

  test('is refused by a vector that is not there, not the only one, of another kind or of another size', async () => {
    const refusal = (using: string[], models: Parameters<typeof plan>[2]) => {
      const planned = plan('named', using, models).then(() => null)
      return planned.catch((error: { code: string; message: string }) => `${error.code}: ${error.message}`)
    }
    expect(await refusal(['c'], { dense: DENSE })).toMatch(/COLLECTION_MISMATCH.*it has \("a", "b", "small"\), got "c"/)
    expect(await refusal([], { dense: DENSE })).toMatch(
      /COLLECTION_MISMATCH.*one dense vector.*or --using, got "a", "b", "small"/,
    )
    expect(await refusal([], { bm25: BM25 })).toMatch(/COLLECTION_MISMATCH.*one bm25 vector.*got none/)
    expect(await refusal(['small'], { dense: DENSE })).toMatch(/COLLECTION_MISMATCH.*2 dimensions.*with 384/)
    expect(await refusal(['a', 'b'], { dense: DENSE })).toMatch(/COLLECTION_MISMATCH.*one dense vector, got "a", "b"/)
    expect(await refusal(['a'], {})).toMatch(/COLLECTION_MISMATCH.*got no --model/)
  })
})
