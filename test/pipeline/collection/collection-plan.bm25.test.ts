import { describe, expect, test } from 'vitest'
import type { Bm25Options } from '../../../src/encoders/bm25/bm25-options.js'
import { fingerprint, planCollection, recordedPlan } from '../../../src/pipeline/collection/collection-plan.js'
import { prepareCollection } from '../../../src/pipeline/collection/prepare-collection.js'
import { fitBm25 } from '../../../src/pipeline/documents/fit-bm25.js'
import { METADATA_KEY } from '../../../src/stores/collection-metadata.js'
import { MemoryStore } from '../../../src/stores/memory.js'

const planOf = (bm25?: Bm25Options) => planCollection({ sparse: 'Qdrant/bm25', ...(bm25 && { bm25 }) })

/** A collection that was filled with these options, with a point in it. */
async function filled(bm25?: Bm25Options): Promise<MemoryStore> {
  const store = new MemoryStore()
  await prepareCollection({ store, collection: 'docs', plan: await planOf(bm25) })
  await store.upsert('docs', [{ id: 1, vectors: {}, payload: {} }])
  return store
}

describe('a collection remembers its BM25', () => {
  test('and takes the same options again, defaults spelled out or not', async () => {
    const store = await filled({ language: 'german', stopwords: ['DER', 'die'] })
    const again = await planOf({ stopwords: ['die', 'der'], language: 'german', k: 1.2, dialect: 'fastembed' })
    expect(await prepareCollection({ store, collection: 'docs', plan: again })).toBe(1)
  })

  test.each<[Bm25Options, string]>([
    [{ dialect: 'qdrant' }, 'bm25.dialect: found "fastembed", expected "qdrant"'],
    [{ language: 'french' }, 'bm25.language (--language): found "english", expected "french"'],
    [{ avgLen: 31.5 }, 'bm25.avgLen (--avg-len): found 256, expected 31.5'],
    [{ normalize: 'nfc' }, 'bm25.normalize: found nothing, expected "nfc"'],
  ])('and refuses %j as COLLECTION_MISMATCH', async (options, difference) => {
    const refusal = prepareCollection({ store: await filled(), collection: 'docs', plan: await planOf(options) })
    await expect(refusal).rejects.toMatchObject({ name: 'InputError', code: 'COLLECTION_MISMATCH' })
    await expect(refusal).rejects.toThrow(difference)
  })

  test('and gives a search its options, the fitted avgLen among them', async () => {
    const store = await filled({ language: 'german', avgLen: 31.5, tokenMaxLength: 20 })
    const recorded = recordedPlan((await store.describeCollection('docs'))!)
    expect(recorded!.spec.bm25).toMatchObject({ language: 'german', avgLen: 31.5, tokenMaxLength: 20 })
  })

  test('which, where it was written down before there was a choice, is FastEmbed’s by default', async () => {
    const plan = await planOf()
    const store = new MemoryStore()
    const sparse = { sparse_vectors: { bm25: { modifier: 'idf' as const } } }
    const metadata = { [METADATA_KEY]: { ...fingerprint(plan), bm25: null } }
    await store.createCollection('docs', { ...sparse, metadata })
    await store.upsert('docs', [{ id: 1, vectors: {}, payload: {} }])
    expect(await prepareCollection({ store, collection: 'docs', plan })).toBe(1)
    await expect(
      prepareCollection({ store, collection: 'docs', plan: await planOf({ dialect: 'qdrant' }) }),
    ).rejects.toThrow(/bm25.dialect/)
  })
})

describe('an avgLen that is fitted', () => {
  const records = async function* () {
    const document = (text: string) => ({ id: 1, text, payload: {} })
    const place = { file: '-', line: 1 }
    const texts = ['cats sleep', 'the', 'cats sleep, cats purr']
    yield texts.map((text) => ({ kind: 'document' as const, document: document(text), place }) as never)
  }
  const { signal } = new AbortController()

  test('is the mean over the input, and the collection’s own where there is one', async () => {
    const fresh = await fitBm25(
      { store: new MemoryStore(), collection: 'docs', plan: await planOf() },
      records(),
      signal,
    )
    expect(fresh.spec.bm25).toEqual({ avgLen: 2 })
    const again = await fitBm25(
      { store: await filled({ avgLen: 31.5 }), collection: 'docs', plan: await planOf() },
      records(),
      signal,
    )
    expect(again.spec.bm25).toEqual({ avgLen: 31.5 })
  })

  test('is refused where there is no BM25, and not taken from a pass that was interrupted', async () => {
    const dense = await planCollection({ dense: 'sentence-transformers/all-MiniLM-L6-v2' })
    const refusal = fitBm25({ store: new MemoryStore(), collection: 'docs', plan: dense }, records(), signal)
    await expect(refusal).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    const plan = await planOf()
    expect(await fitBm25({ store: new MemoryStore(), collection: 'docs', plan }, records(), AbortSignal.abort())).toBe(
      plan,
    )
  })
})
