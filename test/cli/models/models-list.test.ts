import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeTinyModel } from '../../encoders/tiny-dense-models.js'
import { runCli } from '../run-cli.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-cli-list-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

function run(args: readonly string[]) {
  const env = { OFFGRID_CACHE: join(folder, 'cache'), XDG_DATA_HOME: join(folder, 'data'), OFFGRID_MODELS: '' }
  return runCli(args, { cwd: folder, env })
}

it('lists all that is known with its state, shows prompts, and removes what was installed', async () => {
  const source = await writeTinyModel(folder, 'bert')
  const prompts = ['--query-prefix', 'q: ', '--passage-prefix', 'p: ']
  const imported = await run(['models', 'import', source, '--as', 'somebody/tiny', ...prompts])
  expect(imported.stdout).toMatch(
    /before queries \(stated\): "q: "\n.*int8: vectors have a cosine of at least 0\.\d+ .*not calibrated/s,
  )

  const listed = JSON.parse((await run(['models', 'list', '--all', '--json'])).stdout) as {
    models: Record<string, unknown>[]
  }
  const find = (name: string) => listed.models.find((model) => model.name === name)
  expect(find('MongoDB/mdbr-leaf-ir')).toMatchObject({
    ...{ dimension: 768, maxTokens: 512, licence: 'apache-2.0', state: 'to pull', promptSource: 'published' },
  })
  expect(find('sentence-transformers/all-MiniLM-L6-v2')).toMatchObject({ state: 'bundled', queryPrefix: null })
  expect(find('somebody/tiny')).toMatchObject({ state: 'installed', passagePrefix: 'p: ' })

  expect((await run(['models', 'show', 'TINY'])).stdout).toMatch(/before documents \(stated\): "p: "/)
  const refused = await run(['models', 'remove', 'all-minilm'])
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('[MODEL_BUNDLED]')])
  const removed = await run(['models', 'remove', 'tiny', '--json'])
  const { freedBytes } = JSON.parse(removed.stdout) as { freedBytes: number }
  expect(freedBytes).toBeGreaterThan(1000)
  expect(await readdir(join(folder, 'data', 'offgrid', 'models'))).toEqual(['manifest.json'])
  expect((await run(['models', 'remove', 'somebody/tiny'])).stderr).toContain('[UNKNOWN_MODEL]')
})
