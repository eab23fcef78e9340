import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
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

test('docs/air-gap.md names only options that its commands have', () => {
  const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url))
  const airGap = readFileSync(new URL('../docs/air-gap.md', import.meta.url), 'utf8')
  for (const command of ['pull', 'bundle', 'unbundle', 'verify', 'import']) {
    const help = execFileSync(process.execPath, [main, 'models', command, '--help'], { encoding: 'utf8' })
    const uses = [...airGap.matchAll(new RegExp(`models ${command}\\b([^#\\n\`]*)`, 'g'))]
    const options = uses.flatMap(([, rest]) => rest!.match(/--[a-z\d-]+/g) ?? [])
    expect(options.filter((option) => !help.includes(`${option} `))).toEqual([])
  }
})
