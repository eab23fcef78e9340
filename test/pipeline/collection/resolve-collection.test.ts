import { afterEach, expect, test } from 'vitest'
import { aliasesOf, resolveCollection } from '../../../src/pipeline/collection/resolve-collection.js'
import { closeUploads, startUpload } from '../../server/upload-setup.js'

afterEach(closeUploads)

test('a name is that of a collection where a key may not list aliases, and other failures are told', async () => {
  const { store, server } = await startUpload()
  await store.createCollection('own', { vectors: { a: { size: 2, distance: 'Cosine' } } })
  await store.aliases.switch(['other'], 'own')
  expect(await resolveCollection(store, 'other')).toBe('own')
  const answer = (status: number) => {
    server.faults = { next: ({ method }) => (method === 'GET' ? { kind: 'status', status } : null) }
  }
  answer(403)
  expect(await resolveCollection(store, 'other')).toBe('other')
  expect(await aliasesOf(store, 'own')).toEqual([])
  answer(400)
  await expect(resolveCollection(store, 'other')).rejects.toMatchObject({ status: 400 })
})
