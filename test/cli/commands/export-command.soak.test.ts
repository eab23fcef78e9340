import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliResult, runCli } from '../run-cli.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'

let cwd: string
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-export-cli-'))
  const lines = Array.from({ length: 12 }, (_, i) => `{"id":${i},"text":"text ${i} about gout","n":${i}}`)
  writeFileSync(join(cwd, 'docs.jsonl'), lines.join('\n'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const offgrid = (...args: string[]): Promise<CliResult> => runCli([...args, '--quiet'], { cwd })

async function rowsOf(name: string): Promise<Record<string, unknown>[]> {
  const bytes = readFileSync(join(cwd, name))
  return await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) })
}

describe('offgrid export and ingest --vectors-from', () => {
  test('carry a collection to another store, where a search finds the same without a document being embedded', async () => {
    expect(await offgrid('ingest', 'docs.jsonl', '--vectors', 'dense,bm25')).toMatchObject({ code: 0 })
    const exported = await offgrid('export', '--out', 'points.parquet', '--json')
    const vectors = ['all-MiniLM-L6-v2-chunk', 'all-MiniLM-L6-v2', 'bm25-chunk', 'bm25']
    expect(JSON.parse(exported.stdout)).toMatchObject({ points: 12, vectors })
    const stored = await offgrid('ingest', '--vectors-from', 'points.parquet', '--store', 'other', '--json')
    expect(stored.code).toBe(0)
    expect(JSON.parse(stored.stdout)).toMatchObject({ points: 12, failed: 0 })
    const hits = async (...store: string[]) =>
      JSON.parse((await offgrid('search', 'gout', '--json', ...store)).stdout).hits as object[]
    expect(await hits('--store', 'other')).toEqual(await hits())
    expect(readdirSync(cwd).filter((name) => name.includes('partial'))).toEqual([])
  })

  test('a filter and a part of the vectors go to JSON lines', async () => {
    const filter = '{"must":[{"key":"n","range":{"lt":3}}]}'
    const result = await offgrid('export', '--out', 'some.jsonl', '--vectors', 'bm25', '--filter', filter)
    expect(result).toMatchObject({ code: 0 })
    const [recipe, ...points] = readFileSync(join(cwd, 'some.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(recipe).toMatchObject({ offgridPoints: 1, config: { metadata: { offgrid: { vectors: { bm25: {} } } } } })
    expect(points.map(({ id, vectors, payload }) => [id, Object.keys(vectors), payload.n])).toEqual([
      [0, ['bm25'], 0],
      [1, ['bm25'], 1],
      [2, ['bm25'], 2],
    ])
  })

  test('what cannot be done is refused with exit code 2 or 1 and what was expected', async () => {
    expect(await offgrid('export', '--out', 'points.csv')).toMatchObject({ code: 2 })
    expect(await offgrid('export', '--out', 'p.parquet', '--collection', 'none')).toMatchObject({ code: 1 })
    expect(await offgrid('export', '--out', 'no/such/folder.jsonl')).toMatchObject({ code: 2 })
    expect(await offgrid('ingest')).toMatchObject({ code: 2, stderr: expect.stringContaining('--vectors-from') })
    expect(await offgrid('ingest', 'docs.jsonl', '--vectors-from', 'points.parquet')).toMatchObject({ code: 2 })
    expect(await offgrid('ingest', '--vectors-from', 'docs.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('NOT_A_POINTS_FILE'),
    })
    expect(existsSync(join(cwd, 'p.parquet'))).toBe(false)
  })
})

describe('offgrid embed --out FILE.parquet', () => {
  test.each([
    ['dense', DENSE],
    ['sparse', 'Qdrant/bm25'],
    ['late', LATE],
  ])('writes id, text, payload and %s vectors, the same as JSON lines', async (kind, model) => {
    expect(await offgrid('embed', 'docs.jsonl', '--model', model, '--out', `${kind}.parquet`)).toMatchObject({
      code: 0,
    })
    const lines = (await offgrid('embed', 'docs.jsonl', '--model', model)).stdout.trim().split('\n')
    const rows = await rowsOf(`${kind}.parquet`)
    expect(rows).toHaveLength(12)
    for (const [i, row] of rows.entries()) {
      const { id, vector } = JSON.parse(lines[i]!) as { id: number; vector: unknown }
      expect(Object.keys(row)).toEqual(['id', 'text', 'payload', 'vector'])
      expect(row).toMatchObject({ id: String(id), text: `text ${i} about gout`, payload: { id: i, n: i } })
      expect(rounded(row.vector)).toEqual(rounded(vector))
    }
  })

  test('is stored by ingest as if the documents had been embedded there', async () => {
    const args = ['--store', 'embedded', '--json']
    const stored = await offgrid('ingest', '--vectors-from', 'dense.parquet', ...args)
    expect(JSON.parse(stored.stdout)).toMatchObject({ points: 12, failed: 0 })
    const again = await offgrid('ingest', 'docs.jsonl', '--vectors', 'dense', ...args)
    expect(JSON.parse(again.stdout)).toMatchObject({ documents: 12, unchanged: 12 })
  })

  test('the recipe in the file names the model with its checksum', () => {
    const bytes = readFileSync(join(cwd, 'dense.parquet'))
    const { key_value_metadata } = parquetMetadata(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    )
    const recipe = JSON.parse(key_value_metadata!.find(({ key }) => key === 'offgrid.points')!.value!)
    expect(recipe.config.metadata.offgrid.vectors.dense).toMatchObject({
      model: DENSE,
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })
})

/** float32 as JSON lines write them. */
function rounded(vector: unknown): unknown {
  if (typeof vector === 'number') return Math.fround(vector)
  if (Array.isArray(vector)) return vector.map(rounded)
  const { indices, values } = vector as { indices: number[]; values: number[] }
  return { indices, values }
}
