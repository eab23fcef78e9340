import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeModel } from '../../../src/encoders/models/describe-model.js'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { importNotes } from '../../../src/encoders/models/import-notes.js'
import { requirePublishedSums } from '../../../src/encoders/models/published-sums.js'
import { findKnownModel, publishedFiles } from '../../../src/onnx/model-registry.js'
import { BUNDLED_MODELS_FOLDER } from '../../../src/onnx/models-folders.js'

const FIXTURE = fileURLToPath(new URL('../../parity/fixtures/architectures/bert', import.meta.url))
const MINILM = join(BUNDLED_MODELS_FOLDER, 'all-MiniLM-L6-v2')
const BGE = findKnownModel('BAAI/bge-small-en-v1.5')!
const ARCTIC = findKnownModel('Snowflake/snowflake-arctic-embed-s')!
const OTHER = 'f'.repeat(64)

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-identity-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A folder with the files of a small checkpoint, and others in place of them. */
function publish(files: Readonly<Record<string, object>> = {}): string {
  const published = join(folder, 'published')
  cpSync(FIXTURE, published, { recursive: true })
  for (const [path, content] of Object.entries(files)) writeFileSync(join(published, path), JSON.stringify(content))
  return published
}

const importTiny = (published: string, options = {}) =>
  importModel(published, { name: 'test/tiny', modelsFolder: join(folder, 'models'), ...options })

describe('files under a known name', () => {
  const onnx = publishedFiles(BGE).find(({ path }) => path.endsWith('.onnx'))!

  it('that are the published ones are checked, and so is the vocabulary', () => {
    const files = [{ ...onnx, path: 'model.onnx' }, publishedFiles(BGE).find(({ path }) => path === 'tokenizer.json')!]
    expect(requirePublishedSums('DIR', BGE, files)).toEqual([])
  })

  it('that are those of another model of the same form are refused, and say whose they are', () => {
    expect(() => requirePublishedSums('DIR', ARCTIC, [{ ...onnx, path: 'model.onnx' }])).toThrow(
      expect.objectContaining({
        code: 'MODEL_MISMATCH',
        message: expect.stringContaining('model.onnx is that of BAAI/bge-small-en-v1.5'),
      }),
    )
  })

  it('in place of the published one are refused with both sums', () => {
    expect(() => requirePublishedSums('DIR', BGE, [{ path: 'model.onnx', sizeBytes: 7, sha256: OTHER }])).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(new RegExp(`expected .*${onnx.sha256}, got .*${OTHER}`)),
      }),
    )
  })

  it('of which no sum is known are named as not checked, in the entry and to the user', () => {
    const files = ['config.json', 'model_optimized.onnx', 'tokenizer.json', 'calibration.safetensors'].map((path) => ({
      ...{ path, sizeBytes: 7, sha256: OTHER },
    }))
    const unchecked = requirePublishedSums('DIR', ARCTIC, files)
    expect(unchecked).toEqual(['model_optimized.onnx', 'tokenizer.json'])
    const entry = { name: ARCTIC.name, kind: 'dense', network: 'model_optimized.onnx', files, unchecked } as const
    const notes = importNotes({ ...entry, queryPrefix: 'x' } as never)
    expect(notes).toEqual([expect.stringMatching(/not checked.*model_optimized.onnx, tokenizer.json/)])
  })

  it('MiniLM as another model of six layers of 384 is refused by its sum alone', async () => {
    await expect(describeModel(MINILM, 'x', { name: 'Snowflake/snowflake-arctic-embed-xs' })).rejects.toMatchObject({
      code: 'MODEL_MISMATCH',
      message: expect.stringContaining('model.safetensors is that of sentence-transformers/all-MiniLM-L6-v2'),
    })
  })

  it('MiniLM without the dense layer of LEAF-IR is not LEAF-IR', async () => {
    await expect(describeModel(MINILM, 'x', { name: 'mdbr-leaf-ir' })).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
      message: expect.stringContaining('modules.json'),
    })
  })

  it('are free under a name of one’s own, with a word on whose they are', async () => {
    const entry = await describeModel(MINILM, 'x', { name: 'test/mine' })
    expect(entry.unchecked).toBeUndefined()
    expect(importNotes(entry)).toEqual([expect.stringContaining('sentence-transformers/all-MiniLM-L6-v2')])
  })
})

describe('prompts', () => {
  const described = async (name: string, config: object | undefined, stated = {}) => {
    const files = config === undefined ? {} : { 'config_sentence_transformers.json': config }
    const { queryPrefix, passagePrefix, promptSource } = await describeModel(publish(files), 'x', { name, ...stated })
    return { queryPrefix, passagePrefix, promptSource }
  }

  it('of the model’s own files are published ones; empty ones are none', async () => {
    const prompts = { query: 'q: ', document: '' }
    expect(await described('test/x', { prompts })).toEqual({ queryPrefix: 'q: ', promptSource: 'published' })
  })

  it('by default_prompt_name stand on each side that has none of its own', async () => {
    const config = { prompts: { query: 'q: ', sts: 's: ' }, default_prompt_name: 'sts' }
    expect(await described('test/x', config)).toEqual({
      ...{ queryPrefix: 'q: ', passagePrefix: 's: ', promptSource: 'published' },
    })
  })

  it('that are stated come first, and may be none', async () => {
    const config = { prompts: { query: 'q: ' } }
    expect(await described('test/x', config, { queryPrefix: 'mine: ' })).toEqual({
      ...{ queryPrefix: 'mine: ', promptSource: 'stated' },
    })
    expect(await described('test/x', config, { queryPrefix: '' })).toEqual({})
  })

  it('that a known model was trained with and has not are told', () => {
    const entry = { name: 'intfloat/e5-small-v2', kind: 'dense', files: [] } as never
    expect(importNotes(entry)).toEqual([
      expect.stringMatching(/trained with prompts.*--query-prefix "query: " --passage-prefix "passage: "/),
    ])
  })
})

describe('a folder without tokenizer_config.json', () => {
  it('gets the one of a plain BERT, encodes as with its own, and says so', async () => {
    const published = publish()
    rmSync(join(published, 'tokenizer_config.json'))
    const { entry, notes, modelsFolder } = await importTiny(published)
    expect(notes).toEqual([
      expect.stringMatching(/tokenizer_config\.json was not there and was written/),
      expect.stringMatching(/pooling mean is assumed/),
    ])
    expect(importNotes(entry, undefined, { pooling: 'mean' })).toEqual([])
    const written = JSON.parse(readFileSync(join(modelsFolder, entry.folder, 'tokenizer_config.json'), 'utf8'))
    expect(written).toMatchObject({ tokenizer_class: 'BertTokenizer', do_lower_case: true, cls_token: '[CLS]' })
    const whole = await describeModel(publish(), 'x', { name: 'test/whole', maxTokens: entry.maxTokens! })
    expect(entry).toMatchObject({ dimension: whole.dimension, maxTokens: whole.maxTokens })
  })

  it('is refused where its tokenizer is another', async () => {
    const published = publish()
    const tokenizer = JSON.parse(readFileSync(join(published, 'tokenizer.json'), 'utf8'))
    writeFileSync(join(published, 'tokenizer.json'), JSON.stringify({ ...tokenizer, normalizer: { type: 'NFC' } }))
    rmSync(join(published, 'tokenizer_config.json'))
    await expect(describeModel(published, 'x', { name: 'test/x' })).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
    })
  })
})
