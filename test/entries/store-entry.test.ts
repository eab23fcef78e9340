import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadedModules } from '../loaded-modules.js'

const ENTRY = new URL('../../dist/src/entries/store-entry.js', import.meta.url).href
const MOST_OWN_MODULES = 150

/** The modules of a program that uses the entry. */
function modulesOf(program: string): string[] {
  const text = `import { LocalClient } from '${ENTRY}'; ${program}`
  return loadedModules(['--input-type=module', '--eval', text])
}

const WRITES = `
  const client = LocalClient.memory()
  await client.createCollection('notes', { vectors: { size: 2, distance: 'Cosine' }, sparse_vectors: { words: {} } })
  await client.upsert('notes', { points: [{ id: 1, vector: [1, 2], payload: { a: 1 } }] })
  await client.query('notes', { query: [1, 2] })
  await client.close()`

test.each([
  ['is imported', ''],
  ['is written to and asked by vectors', WRITES],
])(`an embedded store that %s loads no package and under ${MOST_OWN_MODULES} modules`, (_, program) => {
  const modules = modulesOf(program)
  expect(modules.filter((url) => /node_modules|vendor/.test(url))).toEqual([])
  expect(modules.length).toBeLessThan(MOST_OWN_MODULES)
})

test('BM25 is loaded by the first text', () => {
  const bm25 = (program: string) => modulesOf(program).filter((url) => url.endsWith('/bm25/bm25.js'))
  const text = `
    const client = LocalClient.memory()
    await client.createCollection('notes', { sparse_vectors: { words: {} } })
    await client.upsert('notes', { points: [{ id: 1, vector: { words: { text: 'gout', model: 'qdrant/bm25' } } }] })
    await client.close()`
  expect(bm25(WRITES)).toEqual([])
  expect(bm25(text)).toHaveLength(1)
})

test('a server that is asked for is reached from the same entry', () => {
  const program = `
    import { openQdrantStore } from '${fileURLToPath(ENTRY)}'
    const code = await openQdrantStore({ url: 'http://127.0.0.1:9', firstAnswerTimeoutMs: 1000 }).catch((error) => error.code)
    if (!/STORE_(UNREACHABLE|TIMEOUT)/.test(code)) throw new Error(code)`
  expect(modulesOf(program).some((url) => url.endsWith('/qdrant/qdrant-store.js'))).toBe(true)
})
