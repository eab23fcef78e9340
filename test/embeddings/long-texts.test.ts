import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { LateInteractionTextEmbedding } from '../../src/embeddings/late-interaction-text-embedding.js'
import { cutWindows, joinWindows } from '../../src/embeddings/long-texts.js'
import { SparseTextEmbedding } from '../../src/embeddings/sparse-text-embedding.js'
import { TextEmbedding } from '../../src/embeddings/text-embedding.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'

let pool: EncoderPool
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
})
afterAll(() => pool.close())

/** Sums of 384 products of float32. */
const TOLERANCE = 1e-6

const MAX_TOKENS = 22
const LONG =
  'The cartilage of the nose is inflamed. Aspirin relieves the pain. The liver makes bile for the gut to use.'
const WINDOWS = [
  'The cartilage of the nose is inflamed.',
  'Aspirin relieves the pain. The liver makes bile for the gut to use.',
]

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('cutWindows', () => {
  /** A model of 4 tokens, of which 2 are special: a token is 3 letters of a word. */
  const count = (text: string) => {
    const tokens = text.split(/\s+/).reduce((sum, word) => sum + Math.ceil([...word].length / 3), 2)
    return { tokens: Math.min(tokens, 4), cutTokens: Math.max(0, tokens - 4) }
  }

  test('leaves a text that fits alone', () => {
    expect(cutWindows('abc def', count)).toEqual(['abc def'])
    expect(cutWindows('', count)).toEqual([''])
  })

  test('cuts between sentences, else words, else characters, and every window fits', () => {
    expect(cutWindows('One. Two. Three.', count)).toEqual(['One.', 'Two.', 'Three.'])
    expect(cutWindows('abc def ghi', count)).toEqual(['abc def', 'ghi'])
    const giant = '😀'.repeat(20)
    const windows = cutWindows(giant, count)
    expect(windows.join('')).toBe(giant)
    expect(windows.every((window) => count(window).cutTokens === 0 && window.isWellFormed())).toBe(true)
  })
})

describe('joinWindows', () => {
  const batch = {
    tokens: Uint32Array.of(3, 1, 5),
    cutTokens: new Uint32Array(3),
    dense: { dimension: 2, values: Float32Array.of(1, 0, 0, 1, 0.6, 0.8) },
  }

  test('is the mean by tokens, of length 1 where the model is; a text of one window keeps its bits', () => {
    const joined = joinWindows(batch, [2, 1], true)
    expect([...joined.dense!.values]).toEqual([3 / Math.sqrt(10), 1 / Math.sqrt(10), 0.6, 0.8].map(Math.fround))
    expect([...joined.tokens]).toEqual([4, 5])
    expect([...joinWindows(batch, [2, 1], false).dense!.values]).toEqual([0.75, 0.25, 0.6, 0.8].map(Math.fround))
  })

  test('puts the rows of windows one after the other', () => {
    const late = {
      dimension: 1,
      offsets: Uint32Array.of(0, 3, 4, 9),
      values: Float32Array.from({ length: 9 }, (_, i) => i),
    }
    const joined = joinWindows({ tokens: batch.tokens, cutTokens: batch.cutTokens, late }, [2, 1], true)
    expect([...joined.late!.offsets]).toEqual([0, 4, 9])
  })
})

describe("truncation: 'chunk'", () => {
  test('gives a long text the mean of its windows, and short ones the vectors that they have', async () => {
    const embedding = await TextEmbedding.create({ pool, maxTokens: MAX_TOKENS, truncation: 'chunk' })
    const [long, short] = await gather(embedding.embed([LONG, 'Short.']))
    const windows = await gather(embedding.embedBatches(WINDOWS))
    const { tokens } = windows[0]!
    const mean = Float64Array.from(
      long!,
      (_, d) => tokens[0]! * windows[0]!.at(0)[d]! + tokens[1]! * windows[0]!.at(1)[d]!,
    )
    const norm = Math.hypot(...mean)
    expect(Math.max(...mean.map((value, d) => Math.abs(value / norm - long![d]!)))).toBeLessThan(TOLERANCE)
    const whole = await TextEmbedding.create({ pool })
    expect(short).toEqual((await whole.queryEmbed('Short.'))[0])
    expect(embedding.stats).toMatchObject({ truncated: 0, cutTokens: 0 })
  })

  test('gives a long text the rows of all its windows for late interaction', async () => {
    const embedding = await LateInteractionTextEmbedding.create({ pool, maxTokens: MAX_TOKENS, truncation: 'chunk' })
    const [long, ...windows] = await gather(embedding.embed([LONG, ...WINDOWS]))
    expect([...long!.values]).toEqual(windows.flatMap(({ values }) => [...values]))
    expect(long!.rows).toBe(windows.reduce((sum, { rows }) => sum + rows, 0))
  })

  test('is refused for sparse vectors', async () => {
    const refusal = SparseTextEmbedding.create({ pool, truncation: 'chunk' })
    await expect(refusal).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/"cut", "warn" or "error"/),
    })
  })
})

describe('other ways with long texts', () => {
  test("'error' makes a long text a bad one", async () => {
    const embedding = await TextEmbedding.create({ pool, maxTokens: MAX_TOKENS, truncation: 'error' })
    const failing = gather(embedding.embed(['Short.', LONG]))
    await expect(failing).rejects.toMatchObject({
      code: 'TEXT_TOO_LONG',
      message: expect.stringMatching(/^Text 1: .* 22 tokens, got 33\./),
    })
    expect(await gather(embedding.embed(['Short.', LONG, 'Short.'], { onError: 'skip' }))).toHaveLength(2)
    expect(embedding.stats).toMatchObject({ texts: 3, failed: 2 })
  })

  test("'warn' warns the process once", async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const embedding = await TextEmbedding.create({ pool, maxTokens: MAX_TOKENS, truncation: 'warn' })
    await gather(embedding.embed(['Short.', LONG, LONG]))
    expect(emitWarning.mock.calls).toEqual([
      [expect.stringContaining('11 tokens'), { type: 'OffgridWarning', code: 'OFFGRID_TEXT_CUT' }],
    ])
    emitWarning.mockRestore()
    expect(embedding.stats).toMatchObject({ texts: 3, truncated: 2, cutTokens: 22 })
  })

  test("'cut' counts and says nothing", async () => {
    const embedding = await TextEmbedding.create({ pool, maxTokens: MAX_TOKENS })
    const [batch] = await gather(embedding.embedBatches([LONG, 'Short.']))
    expect([...batch!.cutTokens]).toEqual([11, 0])
  })
})
