import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openVectorWriter } from '../../../src/cli/shared/vector-writer.js'
import type { EmbeddedDocument } from '../../../src/pipeline/documents/embed-documents.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-vectors-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const recipe = { offgridPoints: 1, config: {} } as never

function embedded(id: number | string, own: number | string | null, ...vector: number[]): EmbeddedDocument {
  const document = { id: own, text: '', payload: {} }
  return { id, document, vector: Float32Array.from(vector), tokens: 1, cutTokens: 0 }
}

test('the rows of a .npy file have their ids in a file beside it, in the same order, whatever was rejected between', async () => {
  const path = join(folder, 'out.npy')
  const writer = await openVectorWriter(path, false, recipe)
  await writer.write([embedded(1, 1, 0, 1), embedded('u-3', 'three', 3, 3)])
  await writer.write([])
  await writer.write([embedded('u-4', null, 4, 4)])
  await writer.close()
  const bytes = readFileSync(path)
  expect(bytes.toString('latin1', 10, 128)).toMatch(/'shape': \(3, 2\)/)
  expect([0, 2, 4].map((i) => bytes.readFloatLE(128 + 4 * i))).toEqual([0, 3, 4])
  const ids = readFileSync(join(folder, 'out.ids.jsonl'), 'utf8').trimEnd().split('\n')
  expect(ids.map((line) => JSON.parse(line))).toEqual([
    { id: 1, documentId: 1 },
    { id: 'u-3', documentId: 'three' },
    { id: 'u-4', documentId: 'u-4' },
  ])
})

test('a .npy file that is not finished leaves neither itself nor its ids behind', async () => {
  const path = join(folder, 'out.npy')
  const writer = await openVectorWriter(path, false, recipe)
  await writer.write([embedded(1, 1, 0, 1)])
  await writer.discard()
  expect(existsSync(path)).toBe(false)
  expect(readdirSync(folder)).toEqual([])
})
