import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pointId } from '../../../src/document.js'
import { findDocumentPoints } from '../../../src/pipeline/documents/document-points.js'
import { chunkId } from '../../../src/pipeline/documents/passage.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import type { CollectionConfig, Point, Store } from '../../../src/stores/store.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'
import { temporaryFolder } from '../../stores/local/temporary-folder.js'
import { runCli } from '../run-cli.js'

const CONFIG: CollectionConfig = { vectors: { d: { size: 2, distance: 'Dot' } } }
const LONG = pointId({ id: 'long', text: '' })

const point = (id: Point['id'], payload = {}): Point => ({ id, vectors: { d: [1, 2] }, payload })
/** Documents of every form of id, one of them in three chunks. */
const POINTS = [
  point(1, { lang: 'en' }),
  point(2, { lang: 'fr' }),
  point(pointId({ id: '2', text: '' })),
  point(pointId({ id: 'short', text: '' }), { lang: 'en' }),
  ...[0, 1, 2].map((chunk) => point(chunkId(LONG, chunk), { document_id: 'long', chunk, chunks: 3 })),
]

async function fill(store: Store): Promise<void> {
  for (const name of ['docs', 'other']) {
    await store.createCollection(name, CONFIG)
    await store.upsert(name, POINTS)
  }
}

const folder = temporaryFolder()
const file = (name: string, lines: string) => {
  writeFileSync(join(folder.path, name), lines)
  return name
}
let path: string
let run = 0
const closing: { close(): Promise<void> }[] = []

beforeEach(async () => {
  path = join(folder.path, `store-${++run}`)
  const store = await openLocalStore({ path, durability: 'process' })
  await fill(store)
  await store.close()
})
afterEach(async () => {
  for (const open of closing.splice(0).reverse()) await open.close()
})
afterAll(() => folder.remove())

async function startServer(): Promise<{ url: string; store: Store }> {
  const client = LocalClient.memory()
  const server = await QdrantTestServer.start({ client })
  const store = await openQdrantStore({ url: server.url })
  closing.push(client, server, store)
  await fill(store)
  return { url: server.url, store }
}

const command = (...args: string[]) => runCli(['store', ...args], { cwd: folder.path })

async function onDisk<T>(look: (store: Store) => Promise<T>): Promise<T> {
  const store = await openLocalStore({ path, readOnly: true })
  try {
    return await look(store)
  } finally {
    await store.close()
  }
}

describe('offgrid store drop', () => {
  test('says what it would drop and drops nothing without --yes, where there is no terminal', async () => {
    const { code, stdout, stderr } = await command('drop', 'docs', '--store', path)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(
      /store drop drops collection "docs" in .* with its 7 points, \d+\.\d kB on disk\. .*expected --yes/,
    )
    expect(await onDisk((store) => store.listCollections())).toEqual(['docs', 'other'])
  })

  test('drops one collection and says which, on disk and on a server', async () => {
    const { url, store: server } = await startServer()
    for (const [where, contents] of [
      [['--store', path], /^7 points, \d+\.\d kB on disk$/],
      [['--url', url], /^7 points$/],
    ] as const) {
      const { code, stdout } = await command('drop', 'docs', ...where, '--yes', '--json')
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ dropped: 'docs', contents: expect.stringMatching(contents) })
    }
    expect(await onDisk((store) => store.listCollections())).toEqual(['other'])
    expect(await server.listCollections()).toEqual(['other'])
    expect(await server.count('other')).toBe(7)
  })

  test('drops a collection whose files are damaged', async () => {
    writeFileSync(join(path, 'collections', '000001', 'slots'), 'x')
    expect(await command('drop', 'docs', '--store', path, '--yes')).toMatchObject({ code: 0 })
    expect(await onDisk((store) => store.listCollections())).toEqual(['other'])
  })

  test('makes no store and no guess where there is none of that name', async () => {
    const nowhere = join(folder.path, 'nowhere')
    expect((await command('drop', 'docs', '--store', nowhere, '--yes')).stderr).toContain('[STORE_MISSING]')
    expect(existsSync(nowhere)).toBe(false)
    const { code, stderr } = await command('drop', 'dosc', '--store', path, '--yes')
    expect(code).toBe(1)
    expect(stderr).toMatch(/no collection "dosc".*docs, other\. \[COLLECTION_MISSING\]/)
  })
})

describe('offgrid store delete', () => {
  test('deletes documents by their ids with all their chunks, and names those that are not there', async () => {
    const ids = file('ids.txt', '1\r\nlong\n\n  gone \n2\n')
    const refused = await command('delete', 'docs', '--ids', ids, '--store', path)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/deletes 6 points of collection "docs" in .*: 1, long, 2\. /)
    const { code, stdout } = await command('delete', 'docs', '--ids', ids, '--store', path, '--yes', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ collection: 'docs', deleted: 6, missing: ['gone'] })
    const left = await onDisk((store) => store.scroll('docs', { limit: 10 }))
    expect(left.points.map(({ id }) => id)).toEqual([pointId({ id: 'short', text: '' })])
    expect(await onDisk((store) => store.count('other'))).toBe(7)
  })

  test('deletes by a filter, on a server as well', async () => {
    const { url, store: server } = await startServer()
    const filter = '{"must":[{"key":"lang","match":{"value":"en"}}]}'
    for (const where of [
      ['--store', path],
      ['--url', url],
    ]) {
      const { stdout } = await command('delete', 'docs', '--filter', filter, ...where, '--yes', '--json')
      expect(JSON.parse(stdout)).toMatchObject({ deleted: 2, missing: [] })
    }
    expect(await onDisk((store) => store.count('docs'))).toBe(5)
    expect([await server.count('docs'), await server.count('other')]).toEqual([5, 7])
  })

  test('deletes whole documents by a filter that some of their chunks match, on a server as well', async () => {
    const { url, store: server } = await startServer()
    // one whose first chunk is gone
    const torn = pointId({ id: 'torn', text: '' })
    const rest = [1, 2].map((chunk) => point(chunkId(torn, chunk), { document_id: 'torn', chunk, chunks: 3 }))
    await server.upsert('docs', rest)
    const local = await openLocalStore({ path })
    await local.upsert('docs', rest)
    await local.close()
    const filter = '{"must":[{"key":"chunk","match":{"value":1}}]}'
    const refused = await command('delete', 'docs', '--filter', filter, '--store', path)
    expect(refused.stderr).toMatch(/deletes 5 points of collection "docs" in .*: (long, torn|torn, long)\. /)
    for (const where of [
      ['--store', path],
      ['--url', url],
    ]) {
      const { stdout } = await command('delete', 'docs', '--filter', filter, ...where, '--yes', '--json')
      expect(JSON.parse(stdout)).toMatchObject({ deleted: 5, missing: [] })
    }
    const left = POINTS.filter(({ payload }) => !('chunk' in payload)).map(({ id }) => id)
    for (const { points } of [
      await onDisk((store) => store.scroll('docs', { limit: 10 })),
      await server.scroll('docs', { limit: 10 }),
    ]) {
      expect(points.map(({ id }) => id).sort()).toEqual([...left].sort())
    }
  })

  test.each([
    [[], /expected --ids FILE or --filter JSON/],
    [['--ids', 'ids.txt', '--filter', '{}'], /and not both/],
    [['--ids', 'no-such-file'], /cannot read no-such-file/],
    [['--filter', 'x'], /expected a JSON object/],
    [['--filter', '{}', '--yes'], /expected conditions, got none.*store drop docs/],
    [['--filter', '{"must":[],"must_not":null}', '--yes'], /expected conditions/],
    [['--filter', '{"min_should":{"conditions":[],"min_count":1}}', '--yes'], /expected conditions/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await command('delete', 'docs', ...args, '--store', path, '--yes')
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(await onDisk((store) => store.count('docs'))).toBe(7)
  })

  test('finds the points of many documents, each once, whatever their order', async () => {
    const store = new MemoryStore()
    await store.createCollection('docs', CONFIG)
    const ids = Array.from({ length: 250 }, (_, i) => `d${i}`)
    const chunks = (id: string) =>
      [0, 1].map((chunk) => point(chunkId(pointId({ id, text: '' }), chunk), { chunk, chunks: 2 }))
    await store.upsert('docs', ids.flatMap(chunks))
    const { points, missing } = await findDocumentPoints(store, 'docs', [...ids.reverse(), 'x', 'd5'])
    expect({ found: new Set(points).size, length: points.length, missing }).toEqual({
      found: 500,
      length: 500,
      missing: ['x'],
    })
  })
})
