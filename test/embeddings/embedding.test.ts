import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EmbedOptions } from '../../src/embeddings/embedding.js'
import { LateInteractionTextEmbedding } from '../../src/embeddings/late-interaction-text-embedding.js'
import { SparseTextEmbedding } from '../../src/embeddings/sparse-text-embedding.js'
import { TextEmbedding } from '../../src/embeddings/text-embedding.js'
import { toArray } from '../../src/embeddings/to-array.js'
import { InputError, OffgridError } from '../../src/errors.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { writeTinyModel } from '../encoders/tiny-dense-models.js'

let pool: EncoderPool
let dense: TextEmbedding
let sparse: SparseTextEmbedding
let late: LateInteractionTextEmbedding
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
  dense = await TextEmbedding.create({ pool })
  sparse = await SparseTextEmbedding.create({ pool })
  late = await LateInteractionTextEmbedding.create({ pool })
})
afterAll(() => pool.close())

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function* streamed<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield item
}

const TEXTS = ['one text', 'another text', 'one text', 'a third one about cartilage']
/** What a caller without types may pass. */
const BAD = ['good', 7, 'fine', null] as unknown as string[]

describe('embed', () => {
  test('gives one vector for each text, in order, out of a list, a set, a stream or one text', async () => {
    const vectors = await gather(dense.embed(TEXTS))
    expect(vectors).toHaveLength(4)
    expect(vectors[2]).toEqual(vectors[0])
    expect(vectors[1]).not.toEqual(vectors[0])
    expect(await gather(dense.embed(streamed(TEXTS)))).toEqual(vectors)
    expect(await gather(dense.embed(new Set(TEXTS)))).toEqual([vectors[0], vectors[1], vectors[3]])
    expect(await gather(dense.embed(TEXTS[0]!))).toEqual([vectors[0]])
    expect(await gather(dense.passageEmbed(TEXTS))).toEqual(vectors)
    expect(await dense.queryEmbed(TEXTS)).toEqual(vectors)
    expect(await gather(dense.embed([]))).toEqual([])
  })

  test('gives vectors with memory of their own, so that one can be kept or transferred without the others', async () => {
    const [first, second] = await dense.queryEmbed(['one text', 'another text'])
    const kept = second!.slice()
    expect(first!.buffer.byteLength).toBe(384 * 4)
    structuredClone(first!.buffer, { transfer: [first!.buffer as ArrayBuffer] })
    expect(second).toEqual(kept)
    const [rows] = await late.queryEmbed(['one text', 'another text'])
    expect(rows!.values.buffer.byteLength).toBe(rows!.values.byteLength)
    const [terms] = await sparse.queryEmbed(['one text', 'another text'])
    expect(terms!.indices.buffer.byteLength).toBe(terms!.indices.byteLength)
  })

  test('throws the error of a bad text in its place, after the vectors before it', async () => {
    const vectors: unknown[] = []
    const embedding = async () => {
      for await (const vector of sparse.embed(BAD)) vectors.push(vector)
    }
    await expect(embedding()).rejects.toMatchObject({
      code: 'INVALID_DOCUMENT',
      message: expect.stringMatching(/^Text 1: .* got number/),
    })
    expect(vectors).toHaveLength(1)
  })

  test('leaves bad texts out under onError: skip, and puts their errors in their places under collect', async () => {
    const good = await gather(sparse.embed(['good', 'fine']))
    expect(await gather(sparse.embed(BAD, { onError: 'skip' }))).toEqual(good)
    const collected = await gather(sparse.embed(BAD, { onError: 'collect' }))
    expect(collected.filter((each) => !(each instanceof OffgridError))).toEqual(good)
    expect(collected.map((each) => (each instanceof InputError ? each.message : 'vector'))).toEqual([
      'vector',
      'Text 1: expected a string, got number.',
      'vector',
      'Text 3: expected a string, got null.',
    ])
    expect((await sparse.queryEmbed(BAD, { onError: 'collect' })).length).toBe(4)
  })

  test('a source that fails ends the iteration with its own error', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'one'
      throw new RangeError('the disk is gone')
    }
    await expect(gather(sparse.embed(failing()))).rejects.toThrow(RangeError)
  })

  test('a consumer that leaves early ends the source', async () => {
    let isEnded = false
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield 'text'
      } finally {
        isEnded = true
      }
    }
    for await (const vector of sparse.embed(endless())) {
      expect(vector.indices).toHaveLength(1)
      break
    }
    expect(isEnded).toBe(true)
  })
})

describe('a signal', () => {
  const waiting = async function* (): AsyncGenerator<string> {
    yield 'one'
    await new Promise(() => {})
  }

  test.each<[string, (options: EmbedOptions<'throw'>) => Promise<unknown>]>([
    ['embed', (options) => gather(dense.embed(waiting(), options))],
    ['passageEmbed', (options) => gather(late.passageEmbed(waiting(), options))],
    ['queryEmbed', (options) => dense.queryEmbed(waiting(), options)],
    ['embedBatches', (options) => gather(sparse.embedBatches(waiting(), options))],
    ['tokenCount', (options) => dense.tokenCount(waiting(), options)],
    ['fit', (options) => sparse.fit(waiting(), options)],
  ])('ends %s with CANCELLED, also while its source keeps it waiting', async (_, call) => {
    const controller = new AbortController()
    const calling = call({ signal: controller.signal })
    setImmediate(() => controller.abort())
    await expect(calling).rejects.toMatchObject({ name: 'WorkerError', code: 'CANCELLED' })
    await expect(call({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('ends the counting of a long list that gives the event loop no other turn', async () => {
    const controller = new AbortController()
    const text = 'about cartilage and many other things '.repeat(2000)
    const counting = dense.tokenCount(
      Array.from({ length: 10_000 }, (_, i) => `${i} ${text}`),
      { signal: controller.signal },
    )
    setImmediate(() => controller.abort())
    await expect(counting).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('embedBatches', () => {
  test('gives the vectors of embed in flat arrays, batch by batch', async () => {
    const [first, last, ...rest] = await gather(dense.embedBatches(TEXTS, { batchSize: 3 }))
    expect(rest).toEqual([])
    expect([first!.length, first!.rows, first!.dimension, first!.values.length]).toEqual([3, 3, 384, 3 * 384])
    expect([...first!, ...last!]).toEqual(await gather(dense.embed(TEXTS)))
    expect([[...first!.texts], [...last!.texts]]).toEqual([[0, 1, 2], [3]])
    expect([...first!.tokens]).toEqual([4, 4, 4])
  })

  test('gives sparse vectors and multivectors with offsets', async () => {
    const [terms] = await gather(sparse.embedBatches(['cats sleep', '', 'cats']))
    expect([...terms!.offsets]).toEqual([0, 2, 2, 3])
    expect([...terms!]).toEqual(await gather(sparse.embed(['cats sleep', '', 'cats'])))
    const [rows] = await gather(late.embedBatches(TEXTS, { as: 'query' }))
    expect([...rows!]).toEqual(await late.queryEmbed(TEXTS))
    expect([rows!.rows, rows!.dimension]).toEqual([rows!.offsets.at(-1), 128])
  })

  test('JSON has plain arrays of numbers, those of toArray', async () => {
    const batches = {
      dense: (await gather(dense.embedBatches(TEXTS)))[0]!,
      sparse: (await gather(sparse.embedBatches(TEXTS)))[0]!,
      late: (await gather(late.embedBatches(TEXTS)))[0]!,
    }
    expect(JSON.parse(JSON.stringify(batches))).toEqual({
      dense: (await gather(dense.embed(TEXTS))).map((vector) => toArray(vector)),
      sparse: (await gather(sparse.embed(TEXTS))).map((vector) => toArray(vector)),
      late: (await gather(late.embed(TEXTS))).map((vector) => toArray(vector)),
    })
  })

  test('has no vector past its end', async () => {
    for (const embedding of [dense, sparse, late]) {
      const [batch] = await gather<{ at(i: number): unknown }>(embedding.embedBatches(TEXTS))
      for (const i of [-1, 4, 0.5]) {
        expect(() => batch!.at(i)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
      }
    }
  })

  test('says which texts have no vector, and why', async () => {
    const [batch] = await gather(sparse.embedBatches(BAD, { onError: 'skip' }))
    expect([...batch!.texts]).toEqual([0, 2])
    expect(batch!.errors.map(({ index, error }) => [index, error.code])).toEqual([
      [1, 'INVALID_DOCUMENT'],
      [3, 'INVALID_DOCUMENT'],
    ])
  })
})

describe('tokens', () => {
  test('are counted as they are encoded, special tokens included, in sum and for each text', async () => {
    const long = 'cartilage '.repeat(300)
    const [batch] = await gather(dense.embedBatches([...TEXTS, long]))
    const counts = await gather(dense.tokenCounts([...TEXTS, long]))
    expect(counts.map(({ tokens }) => tokens)).toEqual([...batch!.tokens])
    expect(counts.map(({ cutTokens }) => cutTokens)).toEqual([...batch!.cutTokens])
    expect(await dense.tokenCount([...TEXTS, long])).toBe(batch!.tokens.reduce((a, b) => a + b))
    expect(await late.tokenCount('one text')).toBe(4)
  })

  test('of a static model are those of the text alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'offgrid-static-'))
    await TextEmbedding.addCustomModel({ name: 'tiny/static', folder: await writeTinyModel(folder, 'static') })
    const embedding = await TextEmbedding.create({ model: 'tiny/static', pool, maxTokens: 3 })
    const [batch] = await gather(embedding.embedBatches(['fever', 'aspirin reduces fever and pain']))
    const counts = await gather(embedding.tokenCounts(['fever', 'aspirin reduces fever and pain']))
    expect(counts.map(({ tokens }) => tokens)).toEqual([...batch!.tokens])
    expect(counts.map(({ cutTokens }) => cutTokens)).toEqual([...batch!.cutTokens])
    await rm(folder, { recursive: true })
  })

  test('of BM25 are words, before any is dropped', async () => {
    expect(await sparse.tokenCount(['The cats and the cat sleep', ''])).toBe(6)
  })
})

test('stats count texts, tokens, what was cut and what failed', async () => {
  const embedding = await TextEmbedding.create({ pool, maxTokens: 8 })
  await gather(embedding.embed(['one text', 'word '.repeat(20), 5 as unknown as string], { onError: 'skip' }))
  expect(embedding.stats).toEqual({ texts: 2, tokens: 12, truncated: 1, cutTokens: 14, failed: 1 })
})

test('a pool of one’s own ends with the embedding, a shared one does not', async () => {
  const own = await SparseTextEmbedding.create({ workers: 1 })
  await own.close()
  await expect(gather(own.embed('text'))).rejects.toMatchObject({ code: 'POOL_CLOSED' })
  {
    await using shared = await SparseTextEmbedding.create({ pool })
    await gather(shared.embed('text'))
  }
  expect(await gather(sparse.embed('text'))).toHaveLength(1)
})
