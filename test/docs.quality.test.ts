import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../bench/quality-table.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'offgrid-quality-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What `eval --json` prints, as far as the table reads it. */
function write(name: string, points: number, values: Readonly<Record<string, number>>): string {
  const methods = Object.fromEntries(Object.entries(values).map(([method, value]) => [method, { 'nDCG@10': value }]))
  const confidence = Object.fromEntries(Object.keys(values).map((method) => [method, [0.1, 0.9]]))
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify({ documents: 7, queries: 3, points, methods, confidence }))
  return file
}

test('the table has a row for each method of each corpus, the best in bold, and nothing for what was not measured', () => {
  const files = [
    write('a.none.json', 7, { dense: 0.5, default: 0.61 }),
    write('a.auto.json', 9, { dense: 0.6, default: 0.6 }),
    write('b.none.json', 7, { default: 0.7 }),
  ]
  expect(
    execFileSync(process.execPath, [SCRIPT, ...files], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .slice(2),
  ).toEqual([
    '| a | 7, 3 | 7 / 9 | dense | 0.500 [0.100, 0.900] | **0.600** [0.100, 0.900] |',
    '|  |  |  | default | **0.610** [0.100, 0.900] | 0.600 [0.100, 0.900] |',
    '| b | 7, 3 | 7 / - | default | **0.700** [0.100, 0.900] |  |',
  ])
  expect(spawnSync(process.execPath, [SCRIPT]).status).toBe(2)
})
