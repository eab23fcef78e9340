import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findModel, listModels, openModel, verifyModel } from '../../src/onnx/model-files.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'

const CONTENT = 'weights of a model'

let folder: string
let models: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-models-'))
  models = join(folder, 'models')
  file = join(models, 'tiny', 'weights.txt')
  await mkdir(join(models, 'tiny'), { recursive: true })
  await writeFile(file, CONTENT)
  await writeManifest([entryOf('Test/Tiny')])
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  vi.stubEnv('OFFGRID_MODELS', '')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

function entryOf(name: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
  const sha256 = createHash('sha256').update(CONTENT).digest('hex')
  return {
    name,
    kind: 'dense',
    folder: 'tiny',
    files: [{ path: 'weights.txt', sizeBytes: CONTENT.length, sha256 }],
    dimension: 8,
    maxTokens: 16,
    pooling: 'mean',
    licence: 'MIT',
    source: 'a test',
    revision: '1',
    ...extra,
  }
}

async function writeManifest(entries: readonly unknown[]): Promise<void> {
  await writeFile(join(models, 'manifest.json'), JSON.stringify({ version: 1, models: entries }))
}

describe('the bundled models', () => {
  it('are all whole, MiniLM, its late-interaction head and the stopword lists', async () => {
    const names = (await listModels()).map(({ entry }) => entry.name)
    expect(names).toEqual(['sentence-transformers/all-MiniLM-L6-v2', 'offgrid/all-MiniLM-L6-v2-late', 'Qdrant/bm25'])
    for (const name of names) expect((await verifyModel(name)).entry.name).toBe(name)
  })

  it('are found in any case, with the official checkpoint', async () => {
    const { entry, modelsFolder } = await findModel('SENTENCE-transformers/all-minilm-l6-V2')
    expect(modelsFolder).toBe(BUNDLED_MODELS_FOLDER)
    expect(entry).toMatchObject({
      kind: 'dense',
      dimension: 384,
      maxTokens: 256,
      pooling: 'mean',
      licence: 'Apache-2.0',
    })
    expect(entry.files.find(({ path }) => path === 'model.safetensors')?.sha256).toBe(
      '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
    )
  })

  it('share the checkpoint between dense vectors and late interaction', async () => {
    const late = await openModel('offgrid/all-MiniLM-L6-v2-late')
    expect(late.entry).toMatchObject({ kind: 'late', dimension: 128 })
    expect(late.base?.entry.name).toBe('sentence-transformers/all-MiniLM-L6-v2')
  })
})

describe('looking up a model', () => {
  it('prefers the folder given, then OFFGRID_MODELS, then the bundled models', async () => {
    await writeManifest([entryOf('qdrant/BM25')])
    expect((await findModel('Qdrant/bm25', { modelsFolder: models })).modelsFolder).toBe(models)
    expect((await findModel('Qdrant/bm25')).modelsFolder).toBe(BUNDLED_MODELS_FOLDER)
    vi.stubEnv('OFFGRID_MODELS', models)
    expect((await findModel('Qdrant/bm25')).modelsFolder).toBe(models)
  })

  it('treats a folder without a manifest as one without models', async () => {
    await mkdir(join(folder, 'nothing'))
    expect(await listModels({ modelsFolder: join(folder, 'nothing') })).toHaveLength(3)
  })

  it('refuses a folder that is not there, for it would silently give the bundled models', async () => {
    await expect(listModels({ modelsFolder: join(folder, 'mistyped') })).rejects.toMatchObject({
      code: 'MODELS_FOLDER_MISSING',
    })
  })

  it('refuses an unknown name with the names that are there', async () => {
    await expect(findModel('all-Mini', { modelsFolder: models })).rejects.toMatchObject({
      name: 'InputError',
      code: 'UNKNOWN_MODEL',
      message: expect.stringMatching(/Test\/Tiny, sentence-transformers\/all-MiniLM-L6-v2/),
    })
  })

  it('says how to bring in a model that FastEmbed knows', async () => {
    await expect(findModel('baai/BGE-small-en-v1.5')).rejects.toMatchObject({
      code: 'UNKNOWN_MODEL',
      message: expect.stringMatching(/BAAI\/bge-small-en-v1\.5 is known.*models import DIR --as BAAI/),
    })
  })

  it('refuses an option that it does not know', async () => {
    await expect(listModels({ folder: models } as object)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
  })

  it.each([
    ['another version', { version: 2, models: [] }],
    ['no list of models', { version: 1 }],
    ['a folder outside', { version: 1, models: [entryOf('a/b', { folder: '../other' })] }],
    [
      'an absolute file',
      {
        version: 1,
        models: [entryOf('a/b', { files: [{ path: '/etc/hosts', sizeBytes: 1, sha256: 'a'.repeat(64) }] })],
      },
    ],
    [
      'a sum that is none',
      { version: 1, models: [entryOf('a/b', { files: [{ path: 'x', sizeBytes: 1, sha256: 'abc' }] })] },
    ],
    ['a pool factor of dense vectors', { version: 1, models: [entryOf('a/b', { poolFactor: 4 })] }],
    ['a pool factor of 0', { version: 1, models: [entryOf('a/b', { kind: 'late', pooling: null, poolFactor: 0 })] }],
    ['an unknown kind', { version: 1, models: [entryOf('a/b', { kind: 'image' })] }],
  ])('refuses a manifest with %s', async (_, manifest) => {
    await writeFile(join(models, 'manifest.json'), JSON.stringify(manifest))
    await expect(listModels({ modelsFolder: models })).rejects.toMatchObject({
      name: 'ModelError',
      code: 'MANIFEST_INVALID',
    })
  })
})

describe('opening a model', () => {
  const open = () => openModel('test/tiny', { modelsFolder: models })

  it('gives its entry and absolute folder once its files are as the manifest says', async () => {
    expect(await open()).toEqual({ entry: entryOf('Test/Tiny'), folder: join(models, 'tiny') })
  })

  it('names a missing file, its sum and the repair', async () => {
    await rm(file)
    await expect(open()).rejects.toMatchObject({
      name: 'ModelError',
      code: 'MODEL_FILE_MISSING',
      message: expect.stringMatching(/weights\.txt.*sha256 [0-9a-f]{64}.*offgrid models verify Test\/Tiny/),
    })
  })

  it('notices a file cut short, with the sums expected and found', async () => {
    await writeFile(file, CONTENT.slice(1))
    const found = createHash('sha256').update(CONTENT.slice(1)).digest('hex')
    await expect(open()).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      message: expect.stringContaining(found),
    })
  })

  it('notices a changed byte although the file was right before', async () => {
    await open()
    await writeFile(file, CONTENT.replace('w', 'W'))
    await utimes(file, new Date(), new Date(Date.now() + 5000))
    await expect(open()).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' })
  })

  it('remembers a good file by size and time, and verify hashes it all the same', async () => {
    const time = new Date(1_700_000_000_000)
    await utimes(file, time, time)
    await open()
    await writeFile(file, CONTENT.replace('w', 'W'))
    await utimes(file, time, time)
    await expect(open()).resolves.toMatchObject({ folder: join(models, 'tiny') })
    await expect(verifyModel('test/tiny', { modelsFolder: models })).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
    })
    // What verify found out is not forgotten by the next start.
    await expect(open()).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' })
    await writeFile(file, CONTENT)
    await utimes(file, time, time)
    await open()
  })

  it('opens although its memory of sums is garbage', async () => {
    await open()
    const cache = join(folder, 'cache', 'verified-files.json')
    expect(JSON.parse(await readFile(cache, 'utf8'))).toHaveProperty([file])
    for (const garbage of ['{', 'null', '[1]', '{"x":null}']) {
      await writeFile(cache, garbage)
      await open()
    }
  })

  it('opens where nothing can be written in the cache folder', async () => {
    await writeFile(join(folder, 'blocked'), '')
    vi.stubEnv('OFFGRID_CACHE', join(folder, 'blocked', 'cache'))
    await open()
  })
})
