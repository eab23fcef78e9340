import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ingestSources } from '../../../src/product/ingest-sources.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import type { Store } from '../../../src/stores/store.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'
import { temporaryFolder } from '../../stores/local/temporary-folder.js'
import { runCli } from '../run-cli.js'

const folder = temporaryFolder()
writeFileSync(join(folder.path, 'a.jsonl'), '{"id":"a1","text":"knee"}\n{"id":"a2","text":"ear"}\n')
writeFileSync(join(folder.path, 'b.jsonl'), '{"id":"b1","text":"nose"}\n')
afterAll(() => folder.remove())

let run = 0

describe.each(['embedded', 'server'])('ingest through an alias of a collection: %s', (kind) => {
  let collection: string
  let where: string[]
  let use: <T>(look: (store: Store) => Promise<T>) => Promise<T>
  const closing: { close(): Promise<void> }[] = []

  beforeEach(async () => {
    const path = join(folder.path, `store-${++run}`)
    // journals of all servers are in one folder
    collection = `real-${run}`
    let url = ''
    if (kind === 'server') {
      const client = LocalClient.memory()
      const server = await QdrantTestServer.start({ client })
      closing.push(client, server)
      url = server.url
    }
    where = kind === 'server' ? ['--url', url] : ['--store', path]
    use = async (look) => {
      const store = kind === 'server' ? await openQdrantStore({ url }) : await openLocalStore({ path })
      try {
        return await look(store)
      } finally {
        await store.close()
      }
    }
    expect(await ingest('a.jsonl', '--collection', collection)).toMatchObject({ code: 0 })
    await use((store) => store.aliases!.switch([`al-${run}`, `too-${run}`], collection))
  })
  afterEach(async () => {
    for (const open of closing.splice(0).reverse()) await open.close()
  })

  const ingest = (...args: string[]) =>
    runCli(['ingest', ...args, ...where, '--vectors', 'bm25', '--json'], { cwd: folder.path })
  const names = () =>
    use(async (store) => [await store.listCollections(), Object.fromEntries(await store.aliases!.list())])
  const aliases = () => ({ [`al-${run}`]: collection, [`too-${run}`]: collection })
  const ids = () =>
    use(async (store) => (await store.scroll(collection, { limit: 9 })).points.map(({ payload }) => payload!.id).sort())

  test('--prune refuses what was filled from other inputs under any of its names', async () => {
    expect(await ingest('b.jsonl', '--collection', `al-${run}`)).toMatchObject({ code: 0 })
    for (const name of [`al-${run}`, `too-${run}`, collection]) {
      const refused = await ingest('b.jsonl', '--collection', name, '--prune')
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/a\.jsonl.*PRUNE_REFUSED/s) })
      const other = await ingest('a.jsonl', '--collection', name, '--prune')
      expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/b\.jsonl.*PRUNE_REFUSED/s) })
    }
    expect(await ids()).toEqual(['a1', 'a2', 'b1'])
  })

  test.each([['--restart'], ['--recreate', '--yes']])(
    '%s starts over with another recipe, and the aliases stay',
    async (...how) => {
      for (const [name, ...recipe] of [[`al-${run}`], [`too-${run}`, '--language', 'german'], [collection]]) {
        expect(await ingest('b.jsonl', '--collection', name!, ...recipe, ...how)).toMatchObject({ code: 0 })
        expect(await ids()).toEqual(['b1'])
        expect(await names()).toEqual([[collection], aliases()])
      }
      // what was there before is gone, and so are its inputs
      expect(await ingest('b.jsonl', '--collection', `al-${run}`, '--prune')).toMatchObject({ code: 0 })
    },
  )

  test('--restart of points that have their vectors does so, too', async () => {
    const exported = join(folder.path, `${run}.parquet`)
    expect(
      await runCli(['export', '--collection', collection, ...where, '--out', exported], { cwd: folder.path }),
    ).toMatchObject({ code: 0 })
    expect(await ingest('b.jsonl', '--collection', `al-${run}`)).toMatchObject({ code: 0 })
    const args = ['ingest', '--vectors-from', exported, '--collection', `al-${run}`, '--restart', ...where]
    expect(await runCli(args, { cwd: folder.path })).toMatchObject({ code: 0 })
    expect(await ids()).toEqual(['a1', 'a2'])
    expect(await names()).toEqual([[collection], aliases()])
  })

  test('an empty collection that is made anew for another recipe keeps its aliases', async () => {
    await use(async (store) =>
      store.delete(
        collection,
        (await store.scroll(collection, { limit: 9 })).points.map(({ id }) => id),
      ),
    )
    expect(await ingest('b.jsonl', '--collection', collection, '--language', 'german')).toMatchObject({ code: 0 })
    expect(await names()).toEqual([[collection], aliases()])
  })

  test('the library fills an empty collection anew through an alias', async () => {
    await use(async (store) => {
      await store.delete(
        collection,
        (await store.scroll(collection, { limit: 9 })).points.map(({ id }) => id),
      )
    })
    const place = kind === 'server' ? { url: where[1]! } : where[1]!
    const options = {
      store: place,
      collection: `al-${run}`,
      vectors: ['bm25'] as const,
      language: 'german',
      workers: 1,
    }
    expect(await ingestSources([{ id: 'c1', text: 'Nase', payload: {} }], options)).toMatchObject({ points: 1 })
    expect(await ids()).toEqual(['c1'])
    expect(await names()).toEqual([[collection], aliases()])
  })

  test('aliases that a run which died did not put back are put back by the next', async () => {
    await use(async (store) => {
      const config = (await store.describeCollection(collection))!.config
      await store.deleteCollection(collection)
      const metadata = { ...config.metadata, 'offgrid.aliases': [`al-${run}`, `too-${run}`] }
      await store.createCollection(collection, { ...config, metadata })
    })
    expect(await ingest('a.jsonl', '--collection', collection)).toMatchObject({ code: 0 })
    expect(await names()).toEqual([[collection], aliases()])
  })
})
