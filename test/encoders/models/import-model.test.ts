import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addCustomModel } from '../../../src/encoders/models/add-custom-model.js'
import { guessModelName } from '../../../src/encoders/models/guess-model-name.js'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { openEncoder } from '../../../src/encoders/open-encoder.js'
import { findModel, listModels, verifyModel } from '../../../src/onnx/model-files.js'
import { useOwnMachine } from '../../own-machine.js'
import { writeTinyModel } from '../tiny-dense-models.js'

let folder: string
let models: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-import-'))
  models = join(folder, 'models')
  useOwnMachine(folder)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

async function writeJson(path: string, content: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, JSON.stringify(content))
}

async function editJson(path: string, changes: object): Promise<void> {
  await writeJson(path, { ...(JSON.parse(await readFile(path, 'utf8')) as object), ...changes })
}

/** A published checkpoint: no ONNX file. */
async function writeCheckpoint(): Promise<string> {
  const path = await writeTinyModel(folder, 'bert')
  await rm(join(path, 'model.onnx'))
  return path
}

describe('importing a model', () => {
  it('copies, hashes and proves a FastEmbed folder, which is then found by its name', async () => {
    const source = await writeTinyModel(folder, 'roberta')
    const { entry, proof } = await importModel(source, { name: 'Tiny/RoBERTa', modelsFolder: models })
    expect(entry).toMatchObject({
      name: 'Tiny/RoBERTa',
      kind: 'dense',
      architecture: 'transformer',
      network: 'model.safetensors',
      dimension: 16,
      maxTokens: 24,
      pooling: 'mean',
    })
    expect(entry.runsAlone).toBeUndefined()
    expect(proof).toMatchObject({ tokens: 24, numbers: 16 })
    await rm(source, { recursive: true })
    expect((await verifyModel('tiny/roberta', { modelsFolder: models })).entry).toEqual(entry)
    const encoder = await openEncoder({ dense: 'tiny/roberta', modelsFolder: models })
    expect((await encoder.encode(['fever'], 'query')).dense!.values).toHaveLength(16)
    await encoder.close()
    expect((await readdir(models)).sort()).toEqual([entry.folder, 'manifest.json'].sort())
  })

  it('goes into the user’s own models folder unless told otherwise, which is looked at without being named', async () => {
    const { modelsFolder } = await importModel(await writeTinyModel(folder, 'static'), { name: 'tiny/static' })
    expect(modelsFolder).toBe(join(folder, 'data', 'offgrid', 'models'))
    expect((await findModel('tiny/static')).modelsFolder).toBe(modelsFolder)
    vi.stubEnv('OFFGRID_MODELS', models)
    expect((await importModel(join(folder, 'static'), { name: 'tiny/other' })).modelsFolder).toBe(models)
  })

  it('takes what FastEmbed knows of a model by its name: file, pooling, prefixes, normalization', async () => {
    const source = await writeTinyModel(folder, 'bert')
    const options = { modelsFolder: models, dimension: 16 }
    const { entry } = await importModel(source, {
      ...options,
      name: 'INTFLOAT/multilingual-e5-large',
      network: 'model.safetensors',
    })
    expect(entry).toMatchObject({
      name: 'intfloat/multilingual-e5-large',
      pooling: 'mean',
      normalize: false,
      queryPrefix: 'query: ',
      passagePrefix: 'passage: ',
      licence: 'mit',
      source: 'Qdrant/multilingual-e5-large-onnx',
    })
    const bge = await importModel(source, { ...options, name: 'baai/bge-large-en-v1.5' })
    expect(bge.entry).toMatchObject({ network: 'model.onnx', pooling: 'cls' })
  })

  it('reads how a published checkpoint pools, normalizes, prompts and cuts', async () => {
    const source = await writeCheckpoint()
    await writeJson(join(source, '1_Pooling', 'config.json'), {
      pooling_mode_cls_token: true,
      pooling_mode_mean_tokens: false,
    })
    await writeJson(join(source, 'modules.json'), [
      { type: 'sentence_transformers.models.Transformer' },
      { type: 'sentence_transformers.models.Pooling' },
    ])
    await writeJson(join(source, 'sentence_bert_config.json'), { max_seq_length: 17 })
    await writeJson(join(source, 'config_sentence_transformers.json'), { prompts: { query: 'find: ', document: '' } })
    const { entry } = await importModel(source, { name: 'tiny/published', modelsFolder: models })
    expect(entry).toMatchObject({
      network: 'model.safetensors',
      pooling: 'cls',
      normalize: false,
      queryPrefix: 'find: ',
      maxTokens: 17,
    })
    expect(entry).not.toHaveProperty('passagePrefix')
  })

  it('knows an ONNX file that quantizes dynamically, whose texts run alone', async () => {
    const { entry } = await importModel(await writeTinyModel(folder, 'quantized'), {
      name: 'tiny/q',
      modelsFolder: models,
    })
    expect(entry).toMatchObject({ network: 'model_quantized.onnx', runsAlone: true })
  })

  it('replaces a model of the same name and leaves the others', async () => {
    const source = await writeTinyModel(folder, 'bert')
    await importModel(source, { name: 'tiny/kept', modelsFolder: models })
    const first = await importModel(source, { name: 'tiny/bert', modelsFolder: models })
    await editJson(join(source, 'config.json'), { changed: true })
    const second = await importModel(source, { name: 'Tiny/BERT', modelsFolder: models })
    expect(second.entry.folder).not.toBe(first.entry.folder)
    const found = (await listModels({ modelsFolder: models })).filter(({ modelsFolder }) => modelsFolder === models)
    expect(found.map(({ entry }) => entry.name)).toEqual(['tiny/kept', 'Tiny/BERT'])
    expect(await readdir(models)).not.toContain(first.entry.folder)
    await importModel(source, { name: 'Tiny/BERT', modelsFolder: models })
    await verifyModel('tiny/bert', { modelsFolder: models })
  })

  it.each([
    [
      'an ONNX file that is none',
      async (path: string) => writeFile(join(path, 'model.onnx'), 'no graph'),
      'SESSION_FAILED',
    ],
    ['no tokenizer', async (path: string) => rm(join(path, 'tokenizer.json')), 'MODEL_FILE_MISSING'],
    [
      'a tokenizer that cannot be run',
      async (path: string) => editJson(join(path, 'tokenizer.json'), { normalizer: { type: 'Nmt' } }),
      'TOKENIZER_UNSUPPORTED',
    ],
    [
      'a config.json that is not JSON',
      async (path: string) => writeFile(join(path, 'config.json'), '{'),
      'MODEL_FILE_CORRUPT',
    ],
  ])('changes nothing when the folder has %s', async (_, damage, code) => {
    const source = await writeTinyModel(folder, 'bert')
    await importModel(await writeTinyModel(folder, 'static'), { name: 'tiny/static', modelsFolder: models })
    const before = [await readdir(models), await readFile(join(models, 'manifest.json'), 'utf8')]
    await damage(source)
    const importing = importModel(source, { name: 'tiny/bert', modelsFolder: models, network: 'model.onnx' })
    await expect(importing).rejects.toMatchObject({ name: 'ModelError', code })
    expect([await readdir(models), await readFile(join(models, 'manifest.json'), 'utf8')]).toEqual(before)
  })

  it('refuses a checkpoint with a dense layer behind the pooling, and pooling that it does not know', async () => {
    const source = await writeCheckpoint()
    await writeJson(join(source, 'modules.json'), [{ type: 'sentence_transformers.models.Dense' }])
    await expect(importModel(source, { modelsFolder: models })).rejects.toMatchObject({ code: 'MODEL_UNRECOGNISED' })
    await rm(join(source, 'modules.json'))
    await writeJson(join(source, '1_Pooling', 'config.json'), { pooling_mode_max_tokens: true })
    await expect(importModel(source, { modelsFolder: models })).rejects.toMatchObject({ code: 'MODEL_UNRECOGNISED' })
  })

  it('refuses a checkpoint of another family with the advice to export it', async () => {
    const source = await writeCheckpoint()
    await editJson(join(source, 'config.json'), { model_type: 'deberta' })
    await expect(importModel(source, { modelsFolder: models })).rejects.toMatchObject({
      code: 'CHECKPOINT_UNSUPPORTED',
      message: expect.stringMatching(/model_type is "deberta".*export it as model\.onnx/),
    })
  })

  it('refuses a folder that is not there, and options that nobody reads', async () => {
    await expect(importModel(join(folder, 'none'))).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' })
    const source = await writeTinyModel(folder, 'bert')
    await expect(importModel(source, { poling: 'cls' } as object)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    await expect(importModel(source, { maxTokens: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('is whole from a folder of symbolic links, as a Hugging Face cache has them', async () => {
    const blobs = await writeTinyModel(folder, 'static')
    const snapshot = join(folder, 'hub', 'models--minishlab--potion-base-8M', 'snapshots', 'abc')
    await mkdir(snapshot, { recursive: true })
    for (const name of await readdir(blobs)) await symlink(join(blobs, name), join(snapshot, name))
    const { entry } = await importModel(snapshot, { modelsFolder: models, dimension: 16 })
    expect(entry).toMatchObject({ name: 'minishlab/potion-base-8M', architecture: 'static', dimension: 16 })
  })
})

describe('the name of a model by its folder', () => {
  it.each([
    [
      '/cache/models--Qdrant--bge-small-en-v1.5-onnx-Q/snapshots/52398278842ec682c6f32300af41344b1c0b0bb2',
      'BAAI/bge-small-en-v1.5',
    ],
    ['/cache/models--someone--special/snapshots/1', 'someone/special'],
    ['/downloads/multilingual-e5-large', 'intfloat/multilingual-e5-large'],
    ['/downloads/my-model', 'my-model'],
  ])('%s is %s', (path, name) => {
    expect(guessModelName(path)).toBe(name)
  })
})

it('clears away what a run that was killed a week ago left, nothing younger and nothing of others', async () => {
  const source = await writeTinyModel(folder, 'static')
  const staged = ['.a1b2c3d4-0000-4000-8000-0123456789ab.tmp', '.owner--model-0123456789ab.tmp']
  const left = ['.a1b2c3d4-0000-4000-8000-0123456789ac.tmp', '.own-notes.tmp']
  const eightDaysAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000)
  for (const name of [...staged, ...left]) {
    await mkdir(join(models, name), { recursive: true })
    if (name !== left[0]) await utimes(join(models, name), eightDaysAgo, eightDaysAgo)
  }
  const { entry } = await importModel(source, { name: 'tiny/static', modelsFolder: models })
  expect((await readdir(models)).sort()).toEqual([...left, entry.folder, 'manifest.json'].sort())
})

it('does not let an imported model stand in front of a bundled one, on which others are built', async () => {
  const source = await writeTinyModel(folder, 'roberta')
  const name = 'Sentence-Transformers/all-minilm-l6-v2'
  await expect(importModel(source, { name, modelsFolder: models })).rejects.toMatchObject({ code: 'MODEL_EXISTS' })
})

describe('files that are not those of the model by whose name they come', () => {
  it.each<[string, (path: string) => Promise<void>, string, RegExp]>([
    [
      'another dimension',
      async () => {},
      'BAAI/bge-large-en-v1.5',
      /expected 1024 floats per vector, it gives 16 floats/,
    ],
    [
      'another kind',
      (path) => editJson(join(path, 'config.json'), { architectures: ['BertForSequenceClassification'] }),
      'BAAI/bge-large-en-v1.5',
      /expected a dense model, config\.json says a reranker model; expected 1024 floats/,
    ],
    [
      'more tokens than the network has embeddings of',
      (path) => editJson(join(path, 'config.json'), { vocab_size: 7 }),
      'tiny/bert',
      /expected at most 7 tokens, as config\.json says, tokenizer\.json has \d+/,
    ],
  ])('are refused with %s', async (_, change, name, message) => {
    const source = await writeTinyModel(folder, 'bert')
    await change(source)
    const error = { name: 'ModelError', code: 'MODEL_MISMATCH', message: expect.stringMatching(message) }
    await expect(importModel(source, { name, modelsFolder: models, network: 'model.onnx' })).rejects.toMatchObject(
      error,
    )
    await expect(readdir(models)).rejects.toThrow('ENOENT')
  })

  it('are refused where the dimension is not the one that was stated', async () => {
    const source = await writeCheckpoint()
    await expect(importModel(source, { name: 'tiny/bert', modelsFolder: models, dimension: 17 })).rejects.toMatchObject(
      {
        code: 'MODEL_MISMATCH',
        message: expect.stringContaining('expected 17 floats per vector, it gives 16 floats per vector'),
      },
    )
  })

  it('are taken with another limit of tokens, and the difference is told', async () => {
    const source = await writeTinyModel(folder, 'bert')
    const options = { name: 'BAAI/bge-large-en-v1.5', modelsFolder: models, dimension: 16 }
    expect((await importModel(source, options)).differences).toEqual([
      'BAAI/bge-large-en-v1.5 is listed with 512 tokens; these files say 24.',
    ])
    expect((await importModel(source, { ...options, maxTokens: 20 })).differences).toEqual([])
  })

  it('are of the kind that computes as was stated, and of no other', async () => {
    const source = await writeTinyModel(folder, 'bert')
    const options = { name: 'tiny/bert', modelsFolder: models }
    await expect(importModel(source, { ...options, kind: 'dense', architecture: 'splade' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('expected transformer, static for kind dense, got "splade"'),
    })
  })
})

describe('a model that is added without an import', () => {
  it('is proved first: one that gives no vectors is not there afterwards', async () => {
    const source = await writeTinyModel(folder, 'bert')
    const model = { name: 'tiny/wrong', folder: source, network: 'model.onnx', pooling: 'none' } as const
    await expect(addCustomModel(model)).rejects.toMatchObject({
      name: 'ModelError',
      code: 'GRAPH_UNSUPPORTED',
      message: expect.stringContaining('pooling "none"'),
    })
    await expect(findModel('tiny/wrong')).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
  })

  it('stays what it was when a model of its name is imported', async () => {
    const source = await writeTinyModel(folder, 'bert')
    await addCustomModel({ name: 'tiny/both', folder: source, maxTokens: 20 })
    await importModel(source, { name: 'tiny/both', modelsFolder: models })
    expect((await findModel('tiny/both')).entry.maxTokens).toBe(20)
  })
})
