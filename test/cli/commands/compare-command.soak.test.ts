import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../run-cli.js'

const MODEL = 'sentence-transformers/all-MiniLM-L6-v2'
const TEXTS = ['Gout hurts.', 'Asthma wheezes.', 'Measles spread.', 'Polio is rare.']

let folder: string

async function offgrid(...args: string[]) {
  const { code, stdout, stderr } = await runCli([...args, '--json'], { cwd: folder })
  return { code, answer: stdout === '' ? null : JSON.parse(stdout), stderr }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-compare-'))
  const lines = TEXTS.map((text, i) => JSON.stringify({ id: i + 1, text }))
  writeFileSync(join(folder, 'texts.jsonl'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'reversed.jsonl'), `${lines.toReversed().join('\n')}\n`)
  const embed = (source: string, out: string, ...more: string[]) =>
    offgrid('embed', source, '--model', MODEL, '--out', out, '--workers', '1', ...more)
  for (const [source, out, ...more] of [
    ['texts.jsonl', 'fp32.npy'],
    ['reversed.jsonl', 'fp32.jsonl'],
    ['texts.jsonl', 'int8.parquet', '--precision', 'int8'],
  ] as const) {
    expect(await embed(source, out, ...more)).toMatchObject({ code: 0 })
  }
  expect(
    await offgrid(
      'ingest',
      'texts.jsonl',
      '--vectors',
      'dense,bm25',
      '--chunk',
      'none',
      '--store',
      'store',
      '--collection',
      'one',
      '--workers',
      '1',
    ),
  ).toMatchObject({ code: 0 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('compare', () => {
  test('finds vectors the same to the last bit in a .npy, a .jsonl and a store, by one recipe', async () => {
    for (const [a, b] of [
      ['fp32.npy', 'fp32.jsonl'],
      ['store#one', 'fp32.npy'],
    ]) {
      const { code, answer } = await offgrid('compare', a!, b!)
      expect(answer).toMatchObject({
        same: true,
        recipe: { isSame: true, differences: [] },
        points: { both: 4, onlyA: 0, onlyB: 0 },
        vectors: [{ name: 'all-MiniLM-L6-v2', points: 4, sameBits: 4, cosine: { min: 1, mean: 1 } }],
      })
      expect(code).toBe(0)
    }
  })

  test('says what differs between precisions and how far apart they are, and takes them where told how far is near enough', async () => {
    const { code, answer } = await offgrid('compare', 'fp32.jsonl', 'int8.parquet')
    expect(answer).toMatchObject({
      same: false,
      recipe: { isSame: false, differences: ['precision (--precision): A has "fp32", B has "int8"'] },
      vectors: [{ points: 4, sameBits: 0, otherShape: 0 }],
    })
    const { min, mean } = answer.vectors[0].cosine
    expect(min).toBeGreaterThan(0.98)
    expect(min).toBeLessThan(1)
    expect(mean).toBeGreaterThanOrEqual(min)
    expect(code).toBe(1)
    expect((await offgrid('compare', 'fp32.jsonl', 'int8.parquet', '--min-cosine', '0.98')).code).toBe(0)
    expect((await offgrid('compare', 'fp32.jsonl', 'int8.parquet', '--min-cosine', '0.9999999')).code).toBe(1)
  })

  test('finds one changed number in a file, and a missing line', async () => {
    const [first, ...rest] = readFileSync(join(folder, 'fp32.jsonl'), 'utf8').trimEnd().split('\n')
    const line = JSON.parse(first!)
    line.vector[3] = line.vector[3] * 1.0001
    writeFileSync(join(folder, 'changed.jsonl'), `${[JSON.stringify(line), ...rest].join('\n')}\n`)
    const { code, answer } = await offgrid('compare', 'fp32.jsonl', 'changed.jsonl')
    expect(code).toBe(1)
    // nothing says how the changed file was made
    expect(answer).toMatchObject({ same: false, recipe: null, vectors: [{ sameBits: 3, cosine: { worst: line.id } }] })
    writeFileSync(join(folder, 'short.jsonl'), `${rest.join('\n')}\n`)
    expect(await offgrid('compare', 'fp32.jsonl', 'short.jsonl')).toMatchObject({
      code: 1,
      answer: { same: false, points: { both: 3, onlyA: 1, onlyB: 0 } },
    })
  })

  test('ends with 2 where there is nothing to compare', async () => {
    expect(await offgrid('compare', 'fp32.npy', 'none.npy')).toMatchObject({
      code: 2,
      answer: { error: { code: 'INPUT_NOT_FOUND' } },
    })
    expect(await offgrid('compare', 'fp32.npy', 'texts.jsonl')).toMatchObject({
      code: 2,
      answer: { error: { code: 'NOT_A_POINTS_FILE' } },
    })
    expect(await offgrid('compare', 'fp32.npy', 'fp32.npy', '--min-cosine', '2')).toMatchObject({ code: 2 })
  })
})
