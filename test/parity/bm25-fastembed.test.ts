import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Bm25Encoder } from '../../src/encoders/bm25/bm25.js'
import type { Bm25Options } from '../../src/encoders/bm25/bm25-options.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { sparseAt } from '../../src/vectors.js'

const STOPWORDS = join(BUNDLED_MODELS_FOLDER, 'bm25')

interface Vector {
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

/** A text and what FastEmbed 0.9.1 made of it; document indices in its order, query indices sorted. */
interface Case {
  readonly text: string
  readonly token_count: number
  readonly stems: readonly string[]
  readonly document: Vector
  readonly query: Vector
}

interface OptionNames {
  readonly k?: number
  readonly b?: number
  readonly avg_len?: number
  readonly token_max_length?: number
  readonly disable_stemmer?: boolean
  readonly language?: string
  readonly stopwords?: readonly string[]
}

function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')) as T
}

/** All cases in one batch and each alone, bit for bit: `toEqual` compares numbers by Object.is. */
async function expectFastEmbed(options: Bm25Options, cases: readonly Case[]): Promise<void> {
  const texts = cases.map(({ text }) => text)
  const asEmitted = await Bm25Encoder.create({ stopwordsFolder: STOPWORDS, ...options, order: 'fastembed' })
  const sorted = await Bm25Encoder.create({ stopwordsFolder: STOPWORDS, ...options })
  const documents = await asEmitted.encode(texts, 'document')
  const sortedDocuments = await sorted.encode(texts, 'document')
  const queries = await sorted.encode(texts, 'query')
  expect([...documents.tokens]).toEqual(cases.map((each) => each.token_count))
  for (const [i, { text, document, query, stems }] of cases.entries()) {
    expect(plain(sparseAt(documents.sparse!, i)), text).toEqual(document)
    expect(plain(sparseAt(sortedDocuments.sparse!, i)), text).toEqual(sortVector(document))
    expect(plain(sparseAt(queries.sparse!, i)), text).toEqual(query)
    const alone = await asEmitted.encode([text], 'document')
    expect(plain(sparseAt(alone.sparse!, 0)), text).toEqual(document)
    expect(asEmitted.explain(text, 'document').map(({ term }) => term)).toEqual([...new Set(stems)])
    expect(asEmitted.documentLength(text)).toBe(stems.length)
  }
}

function plain({ indices, values }: { indices: Uint32Array; values: Float64Array }): Vector {
  return { indices: [...indices], values: [...values] }
}

function sortVector({ indices, values }: Vector): Vector {
  const order = [...indices.keys()].sort((a, b) => indices[a]! - indices[b]!)
  return { indices: order.map((i) => indices[i]!), values: order.map((i) => values[i]!) }
}

function toOptions(names: OptionNames): Bm25Options {
  const entries = Object.entries(names).map(([name, value]) => [
    name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ])
  return Object.fromEntries(entries) as Bm25Options
}

describe('BM25 against FastEmbed 0.9.1', () => {
  it('gives the same indices and float64 values for 303 English texts', async () => {
    await expectFastEmbed({}, readFixture<{ cases: Case[] }>('bm25_en.json').cases)
  })

  const { variants } = readFixture<{ variants: { options: OptionNames; cases: Case[] }[] }>('bm25_en_options.json')
  it.each(variants.map(({ options, cases }) => [JSON.stringify(options), options, cases] as const))(
    'gives the same with the options %s',
    async (_, options, cases) => {
      await expectFastEmbed(toOptions(options), cases)
    },
  )

  const { languages } = readFixture<{ languages: Record<string, { cases: Case[] }> }>('bm25_multilang.json')
  it.each(Object.entries(languages))('gives the same in %s', async (language, { cases }) => {
    await expectFastEmbed({ language }, cases)
  })
})
