import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { knownModels } from '../src/onnx/model-registry.js'

const page = readFileSync(new URL('../docs/from-fastembed.md', import.meta.url), 'utf8')

test('docs/from-fastembed.md has the state of every text model that FastEmbed lists, and promises nothing', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `') && line.split(' | ').length === 4)
  const listed = rows.map((row) => row.split('`')[1])
  const names = knownModels().map(({ name }) => name)
  expect(names.filter((name) => !listed.includes(name))).toEqual([])
  expect(page).not.toMatch(/planned|to do|not yet|coming soon/i)
})
