import { describe, expect, it } from 'vitest'
import { maxSim } from '../../src/scoring/max-sim.js'
import { Muvera, type MuveraOptions } from '../../src/scoring/muvera.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import type { Multivector } from '../../src/vectors.js'

const DIMENSION = 32

/** A mean of equal rows may be rounded otherwise than the row. */
const MEAN_TOLERANCE = 1e-12

/** Rows of L2 norm 1. */
function randomRows(random: () => number, rows: number): Multivector {
  const values = new Float32Array(rows * DIMENSION)
  for (let row = 0; row < rows; row++) {
    const raw = Array.from({ length: DIMENSION }, () => 2 * random() - 1)
    const norm = Math.hypot(...raw)
    values.set(
      raw.map((x) => x / norm),
      row * DIMENSION,
    )
  }
  return { rows, dimension: DIMENSION, values }
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0)
}

describe('Muvera', () => {
  it('has FastEmbed’s options by default: 20 · 2^5 · 16 numbers, seed 42', () => {
    const { kSim, dimProj, rReps, seed, embeddingSize } = Muvera.fromModel({ embeddingSize: 128 })
    expect({ kSim, dimProj, rReps, seed, embeddingSize }).toEqual({
      kSim: 5,
      dimProj: 16,
      rReps: 20,
      seed: 42,
      embeddingSize: 10_240,
    })
  })

  it('puts first the document that MaxSim puts first', () => {
    const random = randomNumbers(1)
    const muvera = new Muvera(DIMENSION, { rReps: 10 })
    const documents = Array.from({ length: 40 }, () => randomRows(random, 12))
    const encoded = documents.map((document) => muvera.processDocument(document))
    for (const wanted of [0, 11, 27, 39]) {
      const query = { rows: 4, dimension: DIMENSION, values: documents[wanted]!.values.slice(0, 4 * DIMENSION) }
      const encodedQuery = muvera.processQuery(query)
      const best = (scores: number[]) => scores.indexOf(Math.max(...scores))
      expect(best(documents.map((document) => maxSim(query, document)))).toBe(wanted)
      expect(best(encoded.map((document) => dot(encodedQuery, document)))).toBe(wanted)
    }
  })

  it('gives a document whose rows are all there twice the encoding of the document', () => {
    const rows = randomRows(randomNumbers(2), 9)
    const twice = { ...rows, rows: 18, values: Float32Array.from([...rows.values, ...rows.values]) }
    const muvera = new Muvera(DIMENSION, { rReps: 3 })
    const once = muvera.processDocument(rows)
    muvera.processDocument(twice).forEach((x, i) => {
      expect(Math.abs(x - once[i]!)).toBeLessThan(MEAN_TOLERANCE)
    })
    expect(muvera.processQuery(twice)).toEqual(muvera.processQuery(rows).map((x) => 2 * x))
  })

  it('leaves cells empty for a query and fills them all for a document', () => {
    const row = randomRows(randomNumbers(3), 1)
    const muvera = new Muvera(DIMENSION, { kSim: 3, rReps: 1, dimProj: DIMENSION })
    const cells = (encoding: Float64Array) =>
      Array.from({ length: 8 }, (_, cell) => encoding.slice(cell * DIMENSION, (cell + 1) * DIMENSION))
    const isRow = (cell: Float64Array) => cell.every((x, i) => x === row.values[i])
    expect(
      cells(muvera.processQuery(row))
        .filter((cell) => cell.some((x) => x !== 0))
        .map(isRow),
    ).toEqual([true])
    expect(cells(muvera.processDocument(row)).every(isRow)).toBe(true)
  })

  it('refuses an empty multivector, rows of another size, and values that do not fill the rows', () => {
    const muvera = new Muvera(DIMENSION)
    const empty = { rows: 0, dimension: DIMENSION, values: new Float32Array(0) }
    expect(() => muvera.processDocument(empty)).toThrow(expect.objectContaining({ code: 'VECTOR_EMPTY' }))
    const wide = { rows: 1, dimension: 64, values: new Float32Array(64) }
    expect(() => muvera.processQuery(wide)).toThrow(expect.objectContaining({ code: 'VECTOR_DIMENSION' }))
    const short = { rows: 2, dimension: DIMENSION, values: new Float32Array(DIMENSION) }
    expect(() => muvera.processQuery(short)).toThrow(expect.objectContaining({ code: 'VECTOR_DIMENSION' }))
  })

  it('refuses options that are unknown or out of range', () => {
    const codeOf = (options: object) => {
      try {
        new Muvera(DIMENSION, options as MuveraOptions)
        return 'none'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(codeOf({ dimProj: 33 })).toBe('INVALID_OPTION')
    expect(codeOf({ kSim: 17 })).toBe('INVALID_OPTION')
    expect(codeOf({ rReps: 0 })).toBe('INVALID_OPTION')
    expect(codeOf({ seed: -1 })).toBe('INVALID_OPTION')
    expect(codeOf({ kSim: 16, rReps: 300 })).toBe('INVALID_OPTION')
    expect(codeOf({ k_sim: 5 })).toBe('UNKNOWN_OPTION')
    expect(codeOf({ kSim: 0 })).toBe('none')
  })
})
