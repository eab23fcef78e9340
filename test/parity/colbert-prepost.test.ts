import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { expandQuery, insertMarker } from '../../src/encoders/late/colbert-layout.js'
import { findKeptRows, normalizeRows } from '../../src/encoders/late/colbert-rows.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { WordPieceTokenizer } from '../../src/tokenizers/wordpiece.js'

interface ReferenceSide {
  readonly input_ids: readonly number[]
  readonly attention_mask: readonly number[]
  readonly rows: number
  readonly row_checksum: number
}

interface Reference {
  readonly meta: {
    readonly query_marker: number
    readonly document_marker: number
    readonly mask_token_id: number
    readonly pad_token_id: number
    readonly skip_list: readonly number[]
    readonly max_length: number
  }
  readonly cases: readonly {
    readonly text: string
    readonly document: ReferenceSide & { readonly kept: readonly number[]; readonly first_row: readonly number[] }
    readonly query: ReferenceSide
  }[]
  readonly batch: {
    readonly texts: readonly string[]
    readonly input_ids: readonly (readonly number[])[]
    readonly attention_mask: readonly (readonly number[])[]
  }
}

const { meta, cases, batch } = JSON.parse(
  await readFile(new URL('./fixtures/colbert_prepost.json', import.meta.url), 'utf8'),
) as Reference

/** FastEmbed's rows are float32, written with 7 decimals. */
const ROW_TOLERANCE = 1e-6

/** Sums of up to 4096 float32 values, written with 4 decimals. */
const CHECKSUM_TOLERANCE = 2e-4

const DIMENSION = 8
const EXPANSION = { marker: meta.query_marker, queryTokens: 32, mask: meta.mask_token_id, attendsToMask: false }
const SKIPPED = new Set([...meta.skip_list, meta.pad_token_id])

/** The graph of the reference: a formula of the token, its place and the column, in float32. */
function runFormula(inputIds: Int32Array): Float32Array {
  const values = new Float32Array(inputIds.length * DIMENSION)
  for (const [t, id] of inputIds.entries()) {
    for (let d = 0; d < DIMENSION; d++) {
      values[t * DIMENSION + d] = (((id * 31 + t * 7 + d * 13) % 97) - 48) / 48
    }
  }
  return values
}

function takeRows(values: Float32Array, rows: Iterable<number>): Float32Array {
  return Float32Array.from([...rows].flatMap((row) => [...values.subarray(row * DIMENSION, (row + 1) * DIMENSION)]))
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0)
}

describe('FastEmbed 0.9.1 on ColBERT, before and after the graph', () => {
  let tokenizer: WordPieceTokenizer

  beforeAll(async () => {
    tokenizer = await WordPieceTokenizer.open(`${BUNDLED_MODELS_FOLDER}/all-MiniLM-L6-v2`)
  })

  const tokenize = (text: string) => tokenizer.encode(text, meta.max_length).inputIds

  it('gives the same token ids and attention for every document', () => {
    for (const { text, document } of cases) {
      const inputIds = insertMarker(tokenize(text), meta.document_marker)
      expect([...inputIds]).toEqual(document.input_ids)
      expect(document.attention_mask).toEqual(Array(inputIds.length).fill(1))
    }
  })

  it('keeps the same rows of every document, normalized', () => {
    for (const { text, document } of cases) {
      const inputIds = insertMarker(tokenize(text), meta.document_marker)
      const kept = findKeptRows(inputIds, SKIPPED)
      expect([...kept]).toEqual(document.kept)
      const rows = normalizeRows(takeRows(runFormula(inputIds), kept), DIMENSION)
      expect(rows.length).toBe(document.rows * DIMENSION)
      for (const [i, value] of document.first_row.entries())
        expect(Math.abs(rows[i]! - value)).toBeLessThan(ROW_TOLERANCE)
      expect(Math.abs(sum(rows) - document.row_checksum)).toBeLessThan(CHECKSUM_TOLERANCE)
    }
  })

  it('gives the same token ids, attention and rows for every query', () => {
    for (const { text, query } of cases) {
      const { inputIds, attendedTokens } = expandQuery(tokenize(text), EXPANSION)
      expect([...inputIds]).toEqual(query.input_ids)
      expect(inputIds.map((_, i) => (i < attendedTokens ? 1 : 0))).toEqual(Int32Array.from(query.attention_mask))
      expect(inputIds.length).toBe(query.rows)
      expect(Math.abs(sum(runFormula(inputIds)) - query.row_checksum)).toBeLessThan(CHECKSUM_TOLERANCE)
    }
  })

  it('gives each document of a padded batch its own tokens, without the padding', () => {
    for (const [i, text] of batch.texts.entries()) {
      const inputIds = insertMarker(tokenize(text), meta.document_marker)
      const width = batch.input_ids[i]!.length
      const padding = Array(width - inputIds.length)
      expect([...inputIds, ...padding.fill(meta.pad_token_id)]).toEqual(batch.input_ids[i])
      expect([...Array(inputIds.length).fill(1), ...padding.fill(0)]).toEqual(batch.attention_mask[i])
    }
  })

  it('skips the same tokens for ASCII punctuation', () => {
    const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
    const ids = [...punctuation].map((symbol) => tokenizer.encode(symbol, meta.max_length).inputIds[1])
    expect([...new Set(ids)].sort((a, b) => a! - b!)).toEqual(meta.skip_list)
  })
})
