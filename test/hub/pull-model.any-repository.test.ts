import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openEncoder } from '../../src/encoders/open-encoder.js'
import type { PullPlan } from '../../src/hub/plan-pull.js'
import { type PullOptions, pullModel } from '../../src/hub/pull-model.js'
import { HubServer, type HubServerOptions } from './hub-server.js'

const FIXTURES = fileURLToPath(new URL('../parity/fixtures/architectures', import.meta.url))
const NAME = 'somebody/retriever'

let folder: string
let published: string
let models: string
let server: HubServer | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-pull-any-'))
  published = join(folder, 'published')
  models = join(folder, 'models')
  cpSync(join(FIXTURES, 'bert'), published, { recursive: true })
  cpSync(join(FIXTURES, 'modules', 'mean-dense-normalize'), published, { recursive: true })
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  vi.stubEnv('OFFGRID_MODELS', models)
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'))
  for (const name of ['HF_ENDPOINT', 'HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE']) vi.stubEnv(name, '')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true })
})

async function start(options: Partial<HubServerOptions> = {}): Promise<void> {
  server = await HubServer.start({ repository: NAME, folder: published, licence: 'apache-2.0', ...options })
  vi.stubEnv('HF_ENDPOINT', server.url)
}

const pull = (options: PullOptions = {}, name = NAME) => pullModel(name, { baseDelayMs: 1, ...options })

describe('a repository that no list has', () => {
  it('is pulled with the layers, prompts and licence that it states, at one commit, and encodes', async () => {
    writeFileSync(join(published, 'unrelated.bin'), 'x'.repeat(10_000))
    await start()
    const plans: PullPlan[] = []
    const { entry, pulled } = await pull({ onPlan: (plan) => plans.push(plan) })
    expect(entry).toMatchObject({
      ...{ name: NAME, kind: 'dense', network: 'model.safetensors', licence: 'apache-2.0', revision: server!.commit },
      ...{ steps: ['2_Dense', 'normalize'], queryPrefix: 'w20 w21 ', promptSource: 'published' },
    })
    expect(entry.unchecked).toBeUndefined()
    expect(plans).toEqual([
      expect.objectContaining({
        name: NAME,
        repository: NAME,
        revision: server!.commit,
        family: 'bert',
        licence: 'apache-2.0',
      }),
    ])
    const [plan] = plans
    expect(plan!.files.map(({ path }) => path)).toEqual(entry.files.map(({ path }) => path))
    expect(plan!.totalBytes).toBe(entry.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
    expect(pulled!.fetchedBytes).toBe(plan!.totalBytes)
    expect(server!.requests.map(({ path }) => path).join()).not.toContain('unrelated')
    const encoder = await openEncoder({ dense: 'RETRIEVER' })
    expect((await encoder.encode(['w7 w8'], 'query')).dense!.values).toHaveLength(entry.dimension!)
    await encoder.close()
  })

  it('is only described where a plan alone is asked for: no weights are fetched, nothing stays', async () => {
    await start()
    const plan = await pull({ planOnly: true } as PullOptions & { planOnly: true })
    expect(plan).toMatchObject({ kind: 'dense', architecture: 'transformer', network: 'model.safetensors' })
    expect(server!.requests.map(({ path }) => path).join()).not.toContain('.safetensors')
    expect(await readdir(models)).toEqual([])
  })

  it('of an architecture that is not known is refused by its name, before weights are fetched', async () => {
    const config = JSON.parse(readFileSync(join(published, 'config.json'), 'utf8'))
    writeFileSync(join(published, 'config.json'), JSON.stringify({ ...config, model_type: 'deberta-v2' }))
    await start()
    await expect(pull()).rejects.toMatchObject({
      code: 'CHECKPOINT_UNSUPPORTED',
      message: expect.stringContaining('deberta-v2'),
    })
    expect(server!.requests.map(({ path }) => path).join()).not.toContain('.safetensors')
    expect(await readdir(models)).toEqual([])
  })

  it('that the hub does not have is an error of the hub', async () => {
    await start()
    await expect(pull({}, 'nobody/nothing')).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' })
  })
})

describe('a known model', () => {
  it('is asked for in the repository of FastEmbed, or with checkpoint in the published one', async () => {
    await start({ repository: 'BAAI/bge-small-en-v1.5' })
    await expect(pull({}, 'bge-small-en-v1.5')).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' })
    expect(server!.requests[0]!.path).toContain('Qdrant/bge-small-en-v1.5-onnx-Q')
    const plan = await pull(
      { checkpoint: true, planOnly: true } as PullOptions & { planOnly: true },
      'bge-small-en-v1.5',
    )
    expect(plan).toMatchObject({
      ...{ name: 'BAAI/bge-small-en-v1.5', repository: 'BAAI/bge-small-en-v1.5', network: 'model.safetensors' },
      licence: 'mit',
    })
  })

  it('whose repository holds other weights is refused, and nothing is installed', async () => {
    await start({ repository: 'BAAI/bge-small-en-v1.5' })
    await expect(pull({ checkpoint: true }, 'bge-small-en-v1.5')).rejects.toMatchObject({ code: 'MODEL_MISMATCH' })
    expect(await readdir(models)).toEqual([])
  })
})
