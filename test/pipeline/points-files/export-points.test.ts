import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import type { Rejection } from '../../../src/pipeline/documents/good-documents.js'
import { type ExportOptions, exportPoints } from '../../../src/pipeline/points-files/export-points.js'
import { ingestVectors } from '../../../src/pipeline/points-files/ingest-vectors.js'
import { openPointsWriter } from '../../../src/pipeline/points-files/points-writer.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import type { Point, Store } from '../../../src/stores/store.js'

const SPEC = {
  dense: 'sentence-transformers/all-MiniLM-L6-v2',
  sparse: 'Qdrant/bm25',
  late: 'offgrid/all-MiniLM-L6-v2-late',
}
const DOCUMENTS = 40

let folder: string
let pool: EncoderPool
let plan: CollectionPlan
let store: Store
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-export-'))
  pool = await EncoderPool.create({ workers: 2 })
  plan = await planCollection(SPEC)
  store = new MemoryStore()
  await fill(store, 'docs')
})
afterAll(async () => {
  await pool.close()
  rmSync(folder, { recursive: true, force: true })
})

async function fill(target: Store, collection: string): Promise<void> {
  const lines = Array.from({ length: DOCUMENTS }, (_, i) =>
    JSON.stringify({
      id: i % 2 === 0 ? i : `key-${i}`,
      text: `Text ${i} \u{1f600} ${'about joints '.repeat(i % 9)}`,
      n: i / 7,
      tags: ['a', null, { deep: -0.1 }],
      odd: i % 3 === 0,
    }),
  )
  const records = readDocuments(['-'], { stdin: Readable.from([lines.join('\n')]) })
  await ingest(records, { store: target, collection, plan, encoder: pool.encoder(plan.spec) })
}

async function contents(of: Store, collection = 'docs') {
  return (await of.scroll(collection, { limit: 1000, vectors: true })).points
}

async function exportTo(name: string, options: ExportOptions = {}, from = store): Promise<string> {
  const file = join(folder, name)
  const { recipe, points } = await exportPoints({ store: from, collection: 'docs' }, options)
  const writer = await openPointsWriter(file, recipe)
  for await (const page of points) await writer.write(page)
  await writer.close()
  return file
}

/** Files that this process holds open, where the system tells (Linux). */
function openFiles(): string[] {
  const own = '/proc/self/fd'
  if (!existsSync(own)) return []
  return readdirSync(own).flatMap((number) => {
    try {
      return [readlinkSync(join(own, number))]
    } catch {
      return []
    }
  })
}

describe('exported points', () => {
  test.each(['all.parquet', 'all.jsonl'])(
    'are stored elsewhere bit for bit, with their payloads and the recipe of their vectors: %s',
    async (name) => {
      const file = await exportTo(name)
      const other = await openLocalStore({ path: join(folder, `${name}.store`) })
      try {
        expect(await ingestVectors(file, { store: other, collection: 'docs' })).toMatchObject({
          points: DOCUMENTS,
          failed: 0,
        })
        expect(await contents(other)).toEqual(await contents(store))
        const { metadata } = (await store.describeCollection('docs'))!
        expect((await other.describeCollection('docs'))!.metadata).toEqual(metadata)
        // and from there once more
        expect(await contents(await copyOf(await exportTo(`again-${name}`, {}, other)))).toEqual(await contents(store))
      } finally {
        await other.close()
      }
      expect(readdirSync(folder).filter((entry) => entry.includes('partial'))).toEqual([])
    },
  )

  async function copyOf(file: string): Promise<Store> {
    const copy = new MemoryStore()
    await ingestVectors(file, { store: copy, collection: 'docs' })
    return copy
  }

  test('a run over the documents leaves points that came with their vectors as they are', async () => {
    const copy = await copyOf(await exportTo('unchanged.parquet'))
    await fill(copy, 'docs')
    expect(await contents(copy)).toEqual(await contents(store))
  })

  test('that have the id of another one count once, however far apart they are, and the last is kept', async () => {
    const file = await exportTo('again.jsonl')
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    const points = lines.slice(-DOCUMENTS)
    const first = JSON.parse(points[0]!)
    const last = JSON.stringify({ ...first, payload: { ...first.payload, n: -1 } })
    // more than a batch between them
    const many = Array.from({ length: 10 }, () => points).flat()
    writeFileSync(file, [...lines, points[1]!, ...many, last].join('\n'))
    const copy = new MemoryStore()
    const summary = await ingestVectors(file, { store: copy, collection: 'docs' })
    expect(summary).toMatchObject({ points: DOCUMENTS, repeated: 10 * DOCUMENTS + 2, failed: 0 })
    expect(await copy.count('docs')).toBe(DOCUMENTS)
    expect((await copy.retrieve('docs', [first.id]))[0]!.payload).toMatchObject({ n: -1 })
  })

  test('can be some of the vectors, by name or method, and the points of a filter', async () => {
    const filter = { must: [{ key: 'odd', match: { value: true } }] }
    const copy = await copyOf(await exportTo('some.parquet', { vectors: ['bm25', 'all-MiniLM-L6-v2'], filter }))
    const found = (await copy.describeCollection('docs'))!
    expect(Object.keys(found.vectors)).toEqual(['all-MiniLM-L6-v2'])
    expect(Object.keys(found.sparseVectors)).toEqual(['bm25'])
    expect(found.points).toBe(Math.ceil(DOCUMENTS / 3))
    expect(found.metadata).toMatchObject({ offgrid: { vectors: { dense: {}, bm25: {} } } })
    expect(found.metadata).not.toMatchObject({ offgrid: { vectors: { late: {} } } })
    await expect(exportPoints({ store, collection: 'docs' }, { vectors: ['colbert'] })).rejects.toMatchObject({
      code: 'VECTOR_UNKNOWN',
    })
  })

  test('are refused by a collection of another recipe, naming what differs, and nothing is written', async () => {
    const files = [await exportTo('other.parquet'), await exportTo('other.jsonl')]
    const other = new MemoryStore()
    const shorter = await planCollection({ ...SPEC, maxTokens: 32 })
    const records = readDocuments(['-'], { stdin: Readable.from(['{"id":1,"text":"one"}']) })
    await ingest(records, { store: other, collection: 'docs', plan: shorter, encoder: pool.encoder(shorter.spec) })
    for (const file of files) {
      await expect(ingestVectors(file, { store: other, collection: 'docs' })).rejects.toMatchObject({
        code: 'COLLECTION_MISMATCH',
        message: expect.stringContaining('maxTokens (--max-tokens): found 32, expected null'),
      })
    }
    expect(await other.count('docs')).toBe(1)
    expect(openFiles().filter((name) => files.includes(name))).toEqual([])
  })

  test('a line that is broken, of a wrong size or no point at all is rejected with its line, and the others are stored', async () => {
    const file = await exportTo('broken.jsonl')
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    const edit = (i: number, change: (point: { id: unknown; vectors: Record<string, unknown> }) => void) => {
      const point = JSON.parse(lines[i]!)
      change(point)
      lines[i] = JSON.stringify(point)
    }
    lines[2] = lines[2]!.slice(0, 100)
    edit(4, (point) => {
      point.vectors['all-MiniLM-L6-v2'] = [1, 2, 3]
    })
    edit(6, (point) => {
      point.vectors.bm25 = { indices: [5, 5], values: [1, 2] }
    })
    edit(8, (point) => {
      point.id = 'no uuid'
    })
    edit(10, (point) => {
      point.vectors.unheard = [1]
    })
    lines[12] = '[]'
    writeFileSync(`${file}.gz`, zlib.gzipSync(lines.join('\n')))
    const rejections: Rejection[] = []
    const copy = new MemoryStore()
    const summary = await ingestVectors(
      `${file}.gz`,
      { store: copy, collection: 'docs' },
      {
        onRejected: (rejection) => rejections.push(rejection),
      },
    )
    expect(summary).toMatchObject({ points: DOCUMENTS - 6, failed: 6 })
    expect(rejections.map(({ place, code }) => [place.line, code])).toEqual([
      [3, 'INVALID_JSON'],
      [5, 'VECTOR_DIMENSION'],
      [7, 'SPARSE_DUPLICATE_INDEX'],
      [9, 'REQUEST_REFUSED'],
      [11, 'VECTOR_UNKNOWN'],
      [13, 'INVALID_POINT'],
    ])
    expect(await copy.count('docs')).toBe(DOCUMENTS - 6)
  })

  test('a file without a recipe is refused by what it lacks', async () => {
    writeFileSync(join(folder, 'documents.jsonl'), '{"id":1,"text":"one"}\n')
    writeFileSync(join(folder, 'empty.jsonl'), '')
    writeFileSync(join(folder, 'garbage.parquet'), 'PAR1 no PAR1')
    for (const name of ['documents.jsonl', 'empty.jsonl', 'garbage.parquet']) {
      const running = ingestVectors(join(folder, name), { store: new MemoryStore(), collection: 'docs' })
      await expect(running).rejects.toMatchObject({ code: 'NOT_A_POINTS_FILE' })
    }
    const missing = ingestVectors(join(folder, 'nowhere.parquet'), { store: new MemoryStore(), collection: 'docs' })
    await expect(missing).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' })
  })

  test('every float32 comes back with its bits: −0, the smallest, the largest, and sparse indices to 2^32 − 1', async () => {
    const source = new MemoryStore()
    await source.createCollection('docs', {
      vectors: {
        dot: { size: 6, distance: 'Dot' },
        rows: { size: 2, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
      },
      sparse_vectors: { sparse: {} },
    })
    const dense = Float32Array.of(-0, 2 ** -149, 3.4028234663852886e38, -0.1, 1 / 3, 16777217)
    const points: Point[] = [
      {
        id: 7,
        vectors: {
          dot: dense,
          rows: { rows: 2, dimension: 2, values: Float32Array.of(1, 2, -0, 0.5) },
          sparse: {
            indices: Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1),
            values: Float64Array.of(1, Math.fround(0.1), -2),
          },
        },
        payload: { document: 'x' },
      },
      // a point may lack vectors
      { id: 'd2c5f0e6-0000-4000-8000-000000000001', vectors: { dot: dense }, payload: {} },
    ]
    await source.upsert('docs', points)
    for (const name of ['bits.parquet', 'bits.jsonl']) {
      const copy = await copyOf(await exportTo(name, {}, source))
      const [first, second] = await contents(copy)
      expect(first).toEqual((await contents(source))[0])
      expect(Object.is((first!.vectors as { dot: number[] }).dot[0], -0)).toBe(true)
      expect(Object.keys(second!.vectors!)).toEqual(['dot'])
    }
  })
})
