import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compactStore } from '../../../src/stores/local/compact-store.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'

const point = (id: number) => ({ id, vector: [id, 1], payload: { group: 'a' } })
const ALL = { query: [1, 0], limit: 100 }

async function versionsOf(client: LocalClient, collection = 'points'): Promise<Record<string, number>> {
  const { points } = await client.query(collection, ALL)
  return Object.fromEntries(points.map(({ id, version }) => [id, version]))
}

async function fill(client: LocalClient): Promise<void> {
  await client.createCollection('points', { vectors: { size: 2, distance: 'Dot' } })
  await client.upsert('points', { points: [point(1), point(2), point(3)] })
  await client.delete('points', { points: [77] })
  await client.createPayloadIndex('points', { field_name: 'group', field_schema: 'keyword' })
  await client.setPayload('points', { payload: { group: 'b' }, points: [2] })
  await client.upsert('points', { points: [point(4)] })
  await client.updateVectors('points', { points: [{ id: 1, vector: [9, 9] }] })
}

/** Operations are counted from 0, those that change nothing and indexes, too. */
const VERSIONS = { 1: 5, 2: 3, 3: 0, 4: 4 }

describe('the version of a point', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'offgrid-version-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const open = (name: string) => LocalClient.open({ path: join(folder, name), durability: 'process' })

  test('is the number of the operation that last changed it, in every answer with hits', async () => {
    const client = LocalClient.memory()
    await fill(client)
    expect(await versionsOf(client)).toEqual(VERSIONS)
    const [batch] = await client.queryBatch('points', { searches: [ALL] })
    expect(batch!.points.every(({ version }) => Number.isInteger(version))).toBe(true)
    const { groups } = await client.queryGroups('points', { ...ALL, group_by: 'group' })
    for (const { hits } of groups) expect(hits.every(({ version }) => Number.isInteger(version))).toBe(true)
    const result = await client.clearPayload('points', { points: [3] })
    expect((await versionsOf(client))[3]).toBe(result.operation_id)
  })

  test('is in no answer with records', async () => {
    const client = LocalClient.memory()
    await fill(client)
    const records = [
      ...(await client.retrieve('points', { ids: [1] })),
      ...(await client.scroll('points')).points,
      await client.retrievePoint('points', 1),
    ]
    for (const record of records) expect(Object.keys(record)).not.toContain('version')
  })

  test('outlasts closing, a new vector name and compaction on disk, and goes on counting', async () => {
    const first = await open('kept')
    await fill(first)
    await first.close()
    const second = await open('kept')
    expect(await versionsOf(second)).toEqual(VERSIONS)
    const { operation_id: added } = await second.createVectorName('points', 'more', { sparse: {} })
    expect(added).toBe(6)
    expect(await versionsOf(second)).toEqual(VERSIONS)
    await second.delete('points', { points: [1] })
    await second.close()
    await compactStore(join(folder, 'kept'))
    const third = await open('kept')
    expect(await versionsOf(third)).toEqual({ 2: 3, 3: 0, 4: 4 })
    await third.upsert('points', { points: [point(5)] })
    expect((await versionsOf(third))[5]).toBe(8)
    await third.close()
  })

  test('is 0 in a store that an earlier program wrote, and counts from there', async () => {
    const client = await open('old')
    await client.createCollection('points', { vectors: { size: 2, distance: 'Dot' } })
    for (const id of [1, 2]) await client.upsert('points', { points: [point(id)] })
    await client.close()
    const [table] = readdirSync(join(folder, 'old', 'collections'))
    const journal = join(folder, 'old', 'collections', table!, 'journal')
    writeFileSync(journal, withoutOperations(readFileSync(journal, 'utf8')))
    const reopened = await open('old')
    expect(await versionsOf(reopened)).toEqual({ 1: 0, 2: 0 })
    await reopened.upsert('points', { points: [point(3)] })
    expect(await versionsOf(reopened)).toEqual({ 1: 0, 2: 0, 3: 1 })
    await reopened.close()
  })
})

/** A journal as it was before its commits had numbers. */
function withoutOperations(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { operation: _, ...commit } = JSON.parse(line.slice(9))
      const json = JSON.stringify(commit)
      return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
    })
    .join('')
}
