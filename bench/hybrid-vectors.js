/** The synthetic vectors of `hybrid-search.js`, in files that both sides read. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const DIMENSION = 384
const CLUSTERS = 500
const CLUSTER_NOISE = 0.6
const VOCABULARY = 30_000
const TERMS_OF_A_POINT = 80
const TERMS_OF_A_QUERY = 8
const TEXTS = 1000
export const ROW_DIMENSION = 128

/** Numbers in [0, 1), the same for the same seed (mulberry32). @param {number} seed */
export function randomNumbers(seed) {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Roughly normal with variance 1: cheap, and nothing depends on the tails. @param {() => number} random */
function bell(random) {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3)
}

/** Unit vectors around the centres of clusters, float32 [count, DIMENSION]. */
function denseVectors(count, centres, random) {
  const values = new Float32Array(count * DIMENSION)
  const scale = CLUSTER_NOISE / Math.sqrt(DIMENSION)
  for (let i = 0; i < count; i++) {
    const centre = centres === null ? null : Math.floor(random() * CLUSTERS) * DIMENSION
    const row = values.subarray(i * DIMENSION, (i + 1) * DIMENSION)
    for (let d = 0; d < DIMENSION; d++)
      row[d] = centre === null ? bell(random) : centres[centre + d] + scale * bell(random)
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    for (let d = 0; d < DIMENSION; d++) row[d] /= length
  }
  return values
}

/** Terms by Zipf's law, ascending, and their weights. */
function sparseVectors(count, terms, random) {
  const indices = []
  const values = []
  const offsets = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) {
    const chosen = new Set()
    while (chosen.size < terms) chosen.add(Math.floor(VOCABULARY ** random()))
    for (const term of [...chosen].sort((a, b) => a - b)) {
      indices.push(term)
      values.push(0.5 + random())
    }
    offsets[i + 1] = indices.length
  }
  return { offsets, indices: Uint32Array.from(indices), values: Float32Array.from(values) }
}

/** Writes vectors of points and of queries, and texts, into a folder. */
export function writeData(folder, points, queries) {
  const random = randomNumbers(1)
  const centres = denseVectors(CLUSTERS, null, random)
  const write = (prefix, count, terms) => {
    writeFileSync(join(folder, `${prefix}dense.f32`), denseVectors(count, centres, random))
    for (const [name, list] of Object.entries(sparseVectors(count, terms, random))) {
      writeFileSync(join(folder, `${prefix}sparse.${name}.${name === 'values' ? 'f32' : 'u32'}`), list)
    }
  }
  write('', points, TERMS_OF_A_POINT)
  write('query-', queries, TERMS_OF_A_QUERY)
  const word = () => Math.floor(random() * 36 ** 6).toString(36)
  const texts = Array.from({ length: TEXTS }, () => Array.from({ length: 60 }, word).join(' '))
  writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts))
}

/** Reads vectors back. @returns {(i: number) => { dense: Float32Array, bm25: { indices: Uint32Array, values: Float32Array } }} */
export function openData(folder, prefix) {
  const read = (name) => readFileSync(join(folder, `${prefix}${name}`))
  const floats = (name) => new Float32Array(new Uint8Array(read(name)).buffer)
  const integers = (name) => new Uint32Array(new Uint8Array(read(name)).buffer)
  const dense = floats('dense.f32')
  const offsets = integers('sparse.offsets.u32')
  const indices = integers('sparse.indices.u32')
  const values = floats('sparse.values.f32')
  return (i) => ({
    dense: dense.subarray(i * DIMENSION, (i + 1) * DIMENSION),
    bm25: {
      indices: indices.subarray(offsets[i], offsets[i + 1]),
      values: values.subarray(offsets[i], offsets[i + 1]),
    },
  })
}

/** Token vectors of a point, float32 [rows, ROW_DIMENSION]. */
export function tokenVectors(rows, random) {
  const values = Float32Array.from({ length: rows * ROW_DIMENSION }, () => random() - 0.5)
  return { rows, dimension: ROW_DIMENSION, values }
}
