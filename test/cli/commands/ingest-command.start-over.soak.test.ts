import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../run-cli.js'

let cwd: string
const ingest = (...args: string[]) => runCli(['ingest', ...args, '--store', 'store', '--json'], { cwd })
const points = async () => {
  const { stdout } = await runCli(['store', 'info', '--store', 'store', '--json'], { cwd })
  return (JSON.parse(stdout) as { collections: { points: number }[] }).collections[0]?.points ?? 0
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-start-over-'))
  writeFileSync(join(cwd, 'a.jsonl'), '{"id":"a1","text":"knee"}\n{"id":"a2","text":"ear"}\n')
  writeFileSync(join(cwd, 'b.jsonl'), '{"id":"b1","text":"nose"}\n')
  expect(await ingest('a.jsonl', '--vectors', 'bm25')).toMatchObject({ code: 0 })
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe('ingest --restart', () => {
  test.each([
    ['an input that is not there', ['missing.jsonl', '--restart']],
    ['a file of points that is not there', ['--vectors-from', 'missing.parquet', '--restart']],
    ['too little memory', ['a.jsonl', '--restart', '--memory', '50mb']],
    ['a model of another kind', ['a.jsonl', '--restart', '--vectors', 'dense', '--model', 'Qdrant/bm25']],
    ['a model that cannot be opened', ['a.jsonl', '--restart', '--max-tokens', '99999']],
    [
      'options that exclude each other',
      ['a.jsonl', '--restart', '--avg-len', 'fit', '--chunk', '50', '--no-documents'],
    ],
  ])('with %s fails and drops nothing', async (_, args) => {
    expect((await ingest(...args)).code).toBeGreaterThan(0)
    expect(await points()).toBe(2)
  })
})

describe('ingest --vectors-from', () => {
  test('refuses options that it would ignore', async () => {
    const refused = await ingest('--vectors-from', 'a.parquet', '--partition', '1/9', '--chunk', '50', '--prune')
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/--partition.*--chunk.*--prune/) })
  })

  test('is another input of its collection, which --prune does not delete', async () => {
    const exported = await runCli(['export', '--store', 'store', '--out', 'a.parquet'], { cwd })
    expect(exported).toMatchObject({ code: 0 })
    const loaded = await runCli(['ingest', '--vectors-from', 'a.parquet', '--store', 'other', '--json'], { cwd })
    expect(loaded).toMatchObject({ code: 0 })
    const pruned = await runCli(['ingest', 'b.jsonl', '--vectors', 'bm25', '--store', 'other', '--prune'], { cwd })
    expect(pruned).toMatchObject({ code: 2, stderr: expect.stringContaining('a.parquet') })
  })
})

describe('a command that fails with --json', () => {
  test('prints one JSON object with code and message', async () => {
    const { code, stdout } = await ingest('missing.jsonl')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'INPUT_NOT_FOUND', message: expect.any(String) } })
  })
})

describe('ingest --prune', () => {
  test('refuses an input without documents, which may be what a failed pipe left', async () => {
    writeFileSync(join(cwd, 'empty.jsonl'), '')
    const refused = await ingest('empty.jsonl', '--collection', 'own', '--vectors', 'bm25', '--prune')
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('PRUNE_REFUSED') })
  })
})

describe('a collection with a damaged journal', () => {
  const damage = (store: string, file: string) => {
    cpSync(join(cwd, 'store'), join(cwd, store), { recursive: true })
    const path = join(cwd, store, file)
    const bytes = readFileSync(path)
    bytes[20] = bytes[20]! ^ 1
    writeFileSync(path, bytes)
  }
  const again = (store: string, ...args: string[]) =>
    runCli(['ingest', 'a.jsonl', '--vectors', 'bm25', '--store', store, ...args], { cwd })

  test('says how to get out, and --restart does: the catalog knows who made it', async () => {
    damage('torn', 'collections/000001/journal')
    expect(await again('torn')).toMatchObject({ code: 1, stderr: expect.stringMatching(/STORE_CORRUPT/) })
    expect((await again('torn')).stderr).toMatch(/--restart/)
    expect(await again('torn', '--restart')).toMatchObject({ code: 0 })
    expect(await runCli(['store', 'verify', '--store', 'torn'], { cwd })).toMatchObject({ code: 0 })
  })

  test('whose catalog is damaged as well is dropped by nothing', async () => {
    damage('lost', 'store.json')
    const refused = await again('lost', '--restart')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/move it away \(--restart does not\)/) })
  })
})

describe('a store with a damaged vector file', () => {
  test('is neither compacted nor exported, which would give the damage a right checksum', async () => {
    const copy = join(cwd, 'damaged')
    cpSync(join(cwd, 'store'), copy, { recursive: true })
    const folder = join(copy, 'collections', '000001')
    const file = join(folder, readdirSync(folder).find((name) => name.startsWith('payload'))!)
    const bytes = readFileSync(file)
    bytes[5] = bytes[5]! ^ 1
    writeFileSync(file, bytes)
    for (const args of [
      ['store', 'compact', '--store', 'damaged'],
      ['export', '--store', 'damaged', '--out', 'damaged.jsonl'],
    ]) {
      const refused = await runCli(args, { cwd })
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('STORE_CORRUPT') })
    }
    expect(await runCli(['store', 'verify', '--store', 'damaged'], { cwd })).toMatchObject({ code: 1 })
  })
})
