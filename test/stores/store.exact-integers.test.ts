import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { parseFilterFlag } from '../../src/cli/shared/flags.js'
import { readDocuments } from '../../src/inputs/read-documents.js'
import { exportPoints } from '../../src/pipeline/points-files/export-points.js'
import { ingestVectors } from '../../src/pipeline/points-files/ingest-vectors.js'
import { openPointsWriter } from '../../src/pipeline/points-files/points-writer.js'
import { openLocalStore } from '../../src/stores/open-local.js'
import type { Store } from '../../src/stores/store.js'
import { closeUploads, startUpload, upserts } from '../server/upload-setup.js'
import { temporaryFolder } from './local/temporary-folder.js'

const DIGITS = '1745555555555555557'
/** The float64 next to it: what a filter by a rounded number would look for. */
const NEIGHBOUR = '1745555555555555600'

const folder = temporaryFolder()
afterAll(() => folder.remove())
afterEach(closeUploads)

async function payloads(): Promise<Record<string, unknown>[]> {
  const file = join(folder.path, 'in.jsonl')
  const lines = [DIGITS, NEIGHBOUR, '5'].map((digits, i) => `{"id":${i},"text":"t","author":{"id":${digits}}}`)
  writeFileSync(file, [...lines, '{"id":9,"text":"t","author":{"id":1e400}}'].join('\n'))
  const records = []
  for await (const batch of readDocuments([file], {})) records.push(...batch)
  expect(records.at(-1)).toMatchObject({
    kind: 'rejected',
    code: 'NUMBER_TOO_LARGE',
    reason: expect.stringContaining('"author.id"'),
  })
  return records.flatMap((record) => (record.kind === 'document' ? [record.document.payload] : []))
}

async function expectExact(store: Store): Promise<void> {
  const stored = await store.retrieve('c', [0, 1, 2])
  expect(stored.map(({ payload }) => (payload!.author as { id: unknown }).id)).toEqual([DIGITS, NEIGHBOUR, 5])
  for (const [condition, ids] of [
    [`"match":{"value":${DIGITS}}`, [0]],
    [`"match":{"value":"${DIGITS}"}`, [0]],
    [`"match":{"value":${NEIGHBOUR}}`, [1]],
    ['"match":{"value":5}', [2]],
    [`"match":{"any":[${DIGITS},5]}`, [0, 2]],
    [`"match":{"any":["${DIGITS}",5,7]}`, [0, 2]],
    [`"match":{"any":[${DIGITS},${NEIGHBOUR}]}`, [0, 1]],
    [`"match":{"except":[5,${NEIGHBOUR}]}`, [0]],
    [`"range":{"lt":${DIGITS}}`, [2]],
    [`"range":{"gte":-${DIGITS},"lte":6}`, [2]],
    [`"range":{"gt":${DIGITS}}`, []],
  ] as const) {
    const filter = parseFilterFlag(`{"must":[{"key":"author.id",${condition}}]}`)!
    const found = await store.scroll('c', { filter, limit: 10 })
    expect(
      found.points.map(({ id }) => id),
      condition,
    ).toEqual(ids)
  }
}

test.each(['points.jsonl', 'points.parquet'])(
  'an integer beyond 2^53 is the same in a file, on disk, on a server and in %s, and a filter finds it alone',
  async (name) => {
    const { store: server, server: seen } = await startUpload()
    const { config } = (await server.describeCollection('c'))!
    const local = await openLocalStore({ path: join(folder.path, name, 'store'), durability: 'process' })
    await local.createCollection('c', config)
    const dense = [1, 2, 3, 4, 5, 6, 7, 8]
    await local.upsert(
      'c',
      (await payloads()).map((payload, id) => ({ id, vectors: { dense }, payload })),
    )
    await expectExact(local)

    const file = join(folder.path, name, 'out.jsonl').replace('out.jsonl', `out-${name}`)
    const { recipe, points } = await exportPoints({ store: local, collection: 'c' }, {})
    const writer = await openPointsWriter(file, recipe)
    for await (const page of points) await writer.write(page)
    await writer.close()
    await local.close()
    await server.deleteCollection('c')
    expect(await ingestVectors(file, { store: server, collection: 'c' })).toMatchObject({ points: 3, failed: 0 })
    await expectExact(server)
    expect(upserts(seen).length).toBeGreaterThan(0)
  },
)
