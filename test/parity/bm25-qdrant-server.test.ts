import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Bm25Encoder } from '../../src/encoders/bm25/bm25.js'
import type { QdrantBm25Options } from '../../src/encoders/bm25/bm25-options.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'

/** What the names of the recorded configurations stand for. */
const CONFIGURATIONS: Readonly<Record<string, Omit<QdrantBm25Options, 'dialect'>>> = {
  default: {},
  'k1.5_b0.5_avg10': { k: 1.5, b: 0.5, avgLen: 10 },
  german: { language: 'german' },
  russian: { language: 'russian' },
  ascii_folding: { asciiFolding: true },
  no_lowercase: { lowercase: false },
  whitespace: { tokenizer: 'whitespace' },
  min3_max6: { minTokenLen: 3, maxTokenLen: 6 },
  custom_stop: { stopwords: { custom: ['fear'] } },
  no_stem: { stemmer: { type: 'none' } },
}

interface Case {
  readonly cfg: string
  readonly text: string
  readonly doc: { readonly indices: readonly number[]; readonly values: readonly number[] }
  readonly query_indices: readonly number[]
}

const { cases } = JSON.parse(readFileSync(new URL('./fixtures/qdrant_bm25_golden.json', import.meta.url), 'utf8')) as {
  cases: Case[]
}

function open(options: Omit<QdrantBm25Options, 'dialect'>): Promise<Bm25Encoder> {
  return Bm25Encoder.create({ dialect: 'qdrant', stopwordsFolder: join(BUNDLED_MODELS_FOLDER, 'bm25'), ...options })
}

describe("BM25 against the Qdrant server's own inference", () => {
  it.each(Object.entries(CONFIGURATIONS))('gives the same ids and float32 values with %s', async (name, options) => {
    const encoder = await open(options)
    const own = cases.filter(({ cfg }) => cfg === name)
    expect(own.length).toBeGreaterThan(20)
    for (const { text, doc, query_indices } of own) {
      const order = [...doc.indices.keys()].sort((a, b) => doc.indices[a]! - doc.indices[b]!)
      const { sparse: document } = await encoder.encode([text], 'document')
      expect([...document!.indices], text).toEqual(order.map((i) => doc.indices[i]))
      expect([...document!.values], text).toEqual(order.map((i) => doc.values[i]))
      const { sparse: query } = await encoder.encode([text], 'query')
      expect([...query!.indices], text).toEqual(query_indices.toSorted((a, b) => a - b))
      expect(new Set(query!.values).has(1) || query!.values.length === 0).toBe(true)
    }
  })

  it('knows every recorded configuration', () => {
    expect(new Set(cases.map(({ cfg }) => cfg))).toEqual(new Set(Object.keys(CONFIGURATIONS)))
  })

  it("gives the vector of the documentation's example", async () => {
    const { sparse } = await (await open({})).encode(['Recipe for baking chocolate chip cookies'], 'document')
    expect([...sparse!.indices]).toEqual([112174620, 177304315, 662344706, 771857363, 1617337648])
    expect(new Set(sparse!.values)).toEqual(new Set([Math.fround(1.6697302)]))
  })
})
