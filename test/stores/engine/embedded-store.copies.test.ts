import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'

/** Any JSON object, keys that mean something to JavaScript included. */
const payloads = fc.dictionary(
  fc.oneof(fc.constantFrom('tags', '__proto__', 'constructor'), fc.string({ maxLength: 4 })),
  fc.jsonValue({ maxDepth: 3 }),
  { maxKeys: 4, noNullPrototype: true },
)

/** Changes everything that can be reached from a value. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const inner of Object.values(value)) spoil(inner)
  if (Array.isArray(value)) value.push('spoilt')
  else if (ArrayBuffer.isView(value)) (value as Float32Array).fill(9)
  else for (const key of [...Object.keys(value), 'spoilt']) (value as Record<string, unknown>)[key] = 'spoilt'
}

async function everything(client: LocalClient): Promise<unknown[]> {
  const all = { with_payload: true, with_vector: true, limit: 10 }
  const query = { query: [1, 2], using: 'd' }
  return [
    await client.scroll('a', all),
    await client.scroll('a', { ...all, with_payload: { exclude: ['none'] } }),
    await client.scroll('a', { ...all, with_payload: ['tags'] }),
    await client.retrieve('a', { ids: [1, 2, 3], ...all }),
    await client.retrievePoint('a', 1),
    await client.query('a', { ...query, ...all }),
    await client.queryBatch('a', { searches: [{ ...query, ...all }] }),
    await client.queryGroups('a', { ...query, ...all, group_by: 'group', with_lookup: 'a' } as never),
    await client.facet('a', { key: 'group' }),
    await client.searchMatrixPairs('a', { sample: 3, using: 'd' }),
    await client.searchMatrixOffsets('a', { sample: 3, using: 'd' }),
    await client.getCollection('a'),
    await client.getAliases(),
    await client.getCollections(),
    await client.count('a'),
  ]
}

test('what was given to a store in memory, and what it answered, can be changed without changing the store', async () => {
  await fc.assert(
    fc.asyncProperty(payloads, payloads, async (one, other) => {
      const client = LocalClient.memory()
      const given: Record<string, unknown>[] = []
      const give = <T extends object>(request: T): T => {
        given.push(request as Record<string, unknown>)
        return request
      }
      await client.createCollection(
        'a',
        give({
          vectors: { d: { size: 2, distance: 'Dot' } },
          sparse_vectors: { s: { modifier: 'idf' } },
          metadata: { made: { by: [1] } },
        } as never),
      )
      await client.createPayloadIndex('a', give({ field_name: 'group', field_schema: { type: 'keyword' } } as never))
      const points = [one, other, {}].map((payload, i) => ({
        id: i + 1,
        vector: { d: new Float32Array([i, 1]), s: { indices: [1, 2 + i], values: [1, 2] } },
        payload: { ...payload, group: i + 1 },
      }))
      await client.upsert('a', give({ points } as never))
      await client.setPayload('a', give({ payload: { set: other }, points: [1, 2] }))
      await client.overwritePayload('a', give({ payload: { group: 3, all: one }, points: [3] }))
      await client.updateVectors('a', give({ points: [{ id: 3, vector: { d: [4, 4] } }] }))
      await client.updateCollection('a', give({ metadata: { more: { of: [2] } } } as never))
      const before = JSON.stringify(await everything(client))
      spoil(given)
      expect(JSON.stringify(await everything(client))).toBe(before)
      spoil(await everything(client))
      expect(JSON.stringify(await everything(client))).toBe(before)
      await client.close()
    }),
    { numRuns: 60 },
  )
})
