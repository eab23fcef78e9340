import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { runCli } from '../run-cli.js'

const LINES = [
  { id: 1, vector: [1, 0] },
  { id: 2, vector: [0.6, 0.8] },
]

let folder: string

async function compare(...args: string[]) {
  const { code, stdout } = await runCli(['compare', ...args, '--json'], { cwd: folder })
  return { code, answer: JSON.parse(stdout) }
}

function write(name: string, lines: readonly object[]): void {
  writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-compare-'))
  write('a.jsonl', LINES)
  write('other.jsonl', [LINES[0]!, { id: 2, vector: [0.8, 0.6] }])
  write('texts.jsonl', [{ id: 1, text: 'no vector' }])
  const store = await openLocalStore({ path: join(folder, 'store') })
  await store.createCollection('one', { vectors: { v: { size: 2, distance: 'Dot' } } } as never)
  const points = LINES.map(({ id, vector }) => ({ id, vectors: { v: vector }, payload: {} }))
  await store.upsert('one', points)
  await store.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('compare', () => {
  test('of a file and a store with the same vectors ends with 0', async () => {
    expect(await compare('a.jsonl', 'store#one')).toMatchObject({
      code: 0,
      answer: { same: true, a: 'a.jsonl', points: { both: 2 }, vectors: [{ nameInB: 'v', sameBits: 2 }] },
    })
  })

  test('of vectors that differ ends with 1, unless it was told that they are near enough', async () => {
    const { code, answer } = await compare('a.jsonl', 'other.jsonl')
    expect({ code, same: answer.same, worst: answer.vectors[0].cosine.worst }).toEqual({
      code: 1,
      same: false,
      worst: 2,
    })
    expect(answer.vectors[0].cosine.min).toBeCloseTo(0.96, 7)
    expect((await compare('a.jsonl', 'other.jsonl', '--min-cosine', '0.95')).code).toBe(0)
  })

  test.each([
    ['none.npy', 'INPUT_NOT_FOUND'],
    ['texts.jsonl', 'NOT_A_POINTS_FILE'],
  ])('with %s ends with 2', async (name, code) => {
    expect(await compare('a.jsonl', name)).toMatchObject({ code: 2, answer: { error: { code } } })
  })
})
