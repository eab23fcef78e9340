import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import { migrateCollection } from '../../../src/pipeline/migrate/migrate-collection.js'
import { planMigration } from '../../../src/pipeline/migrate/migration-plan.js'
import { runIngest } from '../../../src/pipeline/runs/run-ingest.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import type { Store } from '../../../src/stores/store.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'
import { importOldAndNew } from './import-old-and-new.js'

let folder: string
let pool: EncoderPool
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-migrated-prune-'))
  await importOldAndNew(folder)
  pool = await EncoderPool.create({ workers: 1 })
  for (const name of ['a', 'b', 'c']) {
    await writeFile(join(folder, `${name}.jsonl`), JSON.stringify({ id: name, text: `quick brown ${name}` }))
  }
})
afterAll(async () => {
  await pool.close()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

interface Ingest {
  readonly model?: string
  readonly prune?: boolean
  readonly restart?: boolean
}

/** What a store is asked for, its journals apart from those of others. */
function into(store: Store, name: string) {
  const runs = join(folder, `runs-${name}`)
  return {
    async ingest(
      names: string,
      collection: string,
      { model = 'tiny/old', prune = false, restart = false }: Ingest = {},
    ) {
      const plan = await planCollection({ dense: model })
      const sources = [...names].map((each) => join(folder, `${each}.jsonl`))
      return await runIngest(
        { folder: runs, args: ['ingest', ...sources], sources, reading: {}, prune, restart },
        readDocuments(sources),
        { store, collection, plan, encoder: pool.encoder(plan.spec) },
      )
    },
    async migrate(from: string, model: string, to: string, dropOld = false): Promise<void> {
      const migration = await planMigration(store, from, model, to)
      await migrateCollection(store, migration, pool.encoder(migration.plan.spec), { dropOld })
    },
  }
}

const refused = { code: 'PRUNE_REFUSED' }
const pruned = { model: 'tiny/new', prune: true }

describe.each(['memory', 'server'])('pruning a collection that a migration filled: %s', (kind) => {
  let store: Store
  const closing: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    if (kind === 'server') {
      const client = LocalClient.memory()
      const server = await QdrantTestServer.start({ client })
      store = await openQdrantStore({ url: server.url })
      closing.push(client, server)
    } else store = new MemoryStore()
    closing.push(store)
  })
  afterAll(async () => {
    for (const open of closing.reverse()) await open.close()
  })

  test.each([true, false])(
    'is refused where the first one was filled from other inputs (dropped: %s)',
    async (dropOld) => {
      const [first, second, third] = ['1', '2', '3'].map((n) => `c${n}-${dropOld}`) as [string, string, string]
      const { ingest, migrate } = into(store, first + kind)
      await ingest('a', first)
      await ingest('b', first)
      await migrate(first, 'tiny/new', second, dropOld)
      await expect(ingest('b', second, pruned)).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('a.jsonl'),
      })
      if (dropOld) await expect(ingest('b', first, pruned)).rejects.toMatchObject(refused)
      // what becomes of the first one later is not its business
      else await ingest('b', first, { prune: false, restart: true })
      await expect(ingest('b', second, pruned)).rejects.toMatchObject(refused)
      await migrate(second, 'tiny/old', third, dropOld)
      await expect(ingest('b', third, { prune: true })).rejects.toMatchObject(refused)
      expect(await store.count(third)).toBe(2)
      expect(await ingest('ab', third, { prune: true })).toMatchObject({ pruned: 0 })
    },
  )

  test('knows nothing of inputs that were gone from the first one before, or come to it after', async () => {
    const { ingest, migrate } = into(store, `gone${kind}`)
    await ingest('a', 'gone')
    await store.deleteCollection('gone')
    await ingest('b', 'gone', { restart: true })
    await migrate('gone', 'tiny/new', 'goes-on')
    await ingest('c', 'gone')
    expect(await ingest('b', 'goes-on', pruned)).toMatchObject({ pruned: 0 })
    await ingest('a', 'goes-on', { model: 'tiny/new' })
    await expect(ingest('b', 'goes-on', pruned)).rejects.toMatchObject(refused)
  })

  test('is refused while the migration is not done', async () => {
    const { ingest, migrate } = into(store, `part${kind}`)
    await ingest('a', 'part')
    await ingest('b', 'part')
    const controller = new AbortController()
    const migration = await planMigration(store, 'part', 'tiny/new', 'half')
    const stop = ({ stored }: { readonly stored: number }) => stored > 0 && controller.abort()
    const options = { signal: controller.signal, onProgress: stop }
    await migrateCollection(store, migration, pool.encoder(migration.plan.spec), options)
    expect(await store.count('half')).toBe(2)
    await expect(ingest('b', 'half', pruned)).rejects.toMatchObject(refused)
    await migrate('part', 'tiny/new', 'half')
    await expect(ingest('b', 'half', pruned)).rejects.toMatchObject(refused)
  })
})
