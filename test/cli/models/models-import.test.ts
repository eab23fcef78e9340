import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeTinyModel } from '../../encoders/tiny-dense-models.js'
import { runCli } from '../run-cli.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-cli-import-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

function run(args: readonly string[], stdin?: string) {
  const env = { OFFGRID_CACHE: join(folder, 'cache'), XDG_DATA_HOME: join(folder, 'data'), OFFGRID_MODELS: '' }
  return runCli(args, { cwd: folder, env, ...(stdin !== undefined && { stdin }) })
}

it('brings a model in, after which it is listed, verified and embeds', async () => {
  const source = await writeTinyModel(folder, 'bert')
  const imported = await run([
    'models',
    'import',
    source,
    '--as',
    'tiny/bert',
    '--pooling',
    'cls',
    '--max-tokens',
    '20',
    '--json',
  ])
  expect(imported.stderr).toBe('')
  expect(JSON.parse(imported.stdout)).toMatchObject({
    name: 'tiny/bert',
    network: 'model.safetensors',
    pooling: 'cls',
    dimension: 16,
    maxTokens: 20,
    modelsFolder: join(folder, 'data', 'offgrid', 'models'),
    proof: { tokens: 20, numbers: 16 },
  })
  const listed = await run(['models', 'list', '--json'])
  expect((JSON.parse(listed.stdout) as { models: { name: string }[] }).models.map(({ name }) => name)).toContain(
    'tiny/bert',
  )
  expect((await run(['models', 'verify', 'TINY/bert'])).stdout).toBe('ok      tiny/bert\n')
  const embedded = await run(['embed', '-', '--model', 'tiny/bert'], '{"id":"1","text":"fever"}\n')
  expect((JSON.parse(embedded.stdout) as { vector: number[] }).vector).toHaveLength(16)
})

it('ends with 1 and names what is missing when a folder is no model', async () => {
  const { code, stderr } = await run(['models', 'import', folder, '--as', 'tiny/none'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/expected .*model\.onnx.* \[MODEL_FILE_MISSING\]/)
})

it('ends with 2 for an unknown kind', async () => {
  expect((await run(['models', 'import', folder, '--kind', 'dens'])).code).toBe(2)
})
