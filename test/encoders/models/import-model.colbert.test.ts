import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ColbertEncoder } from '../../../src/encoders/late/colbert.js'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { modelChecksum } from '../../../src/onnx/model-checksum.js'
import { openModel } from '../../../src/onnx/model-files.js'
import { type TinyColbert, writeTinyColberts } from '../tiny-colbert.js'

/** What the published files of a ColBERT say, with this one's sizes. */
const ARTIFACT = {
  query_token_id: '[unused0]',
  doc_token_id: '[unused1]',
  dim: 16,
  doc_maxlen: 24,
  query_maxlen: 20,
  mask_punctuation: false,
  attend_to_mask_tokens: true,
  similarity: 'cosine',
}

const CHECKPOINT = ['model.safetensors', 'config.json', 'tokenizer.json']
const FASTEMBED = ['model.onnx', 'model.onnx_data', 'config.json', 'tokenizer.json']
const TEXT = 'Cats, they say, like milk.'

let root: string
let tiny: TinyColbert
let source: string
let modelsFolder: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'offgrid-colbert-'))
  vi.stubEnv('OFFGRID_CACHE', join(root, 'cache'))
  await writeTinyColberts(join(root, 'files'), 'checkpoint')
  tiny = await writeTinyColberts(join(root, 'files'), 'onnx')
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

let count = 0

beforeEach(() => {
  count += 1
  source = join(root, `source-${count}`)
  modelsFolder = join(root, `models-${count}`)
})

/** A folder as somebody downloads it. */
async function writeSource(files: readonly string[], maxLength: number, written: Record<string, unknown> = {}) {
  const from = join(root, 'files/tiny-colbert')
  await mkdir(source)
  for (const file of files) await copyFile(join(from, file), join(source, file))
  const config = JSON.parse(await readFile(join(from, 'tokenizer_config.json'), 'utf8')) as object
  const limits = { ...config, model_max_length: maxLength, max_length: maxLength }
  await writeFile(join(source, 'tokenizer_config.json'), JSON.stringify(limits))
  for (const [name, content] of Object.entries(written)) await writeFile(join(source, name), JSON.stringify(content))
}

async function rowsOf(model: string, side: 'document' | 'query'): Promise<number> {
  const encoder = await ColbertEncoder.open({ model, modelsFolder })
  const { late } = await encoder.encode([TEXT], side)
  await encoder.close()
  return late!.offsets[1]!
}

describe('a ColBERT that is imported', () => {
  it('takes markers, lengths, skip list and attention of masks from artifact.metadata where its name is unknown', async () => {
    await writeSource(CHECKPOINT, 40, { 'artifact.metadata': ARTIFACT })
    const { entry } = await importModel(source, { name: 'own/colbert', modelsFolder })
    expect(entry).toMatchObject({
      kind: 'late',
      architecture: 'colbert',
      network: 'model.safetensors',
      dimension: 16,
      maxTokens: 24,
      settings: {
        queryMarker: '[unused0]',
        documentMarker: '[unused1]',
        queryTokens: 20,
        attendToMaskTokens: true,
        skipPunctuation: false,
      },
    })
    expect(await rowsOf('own/colbert', 'query')).toBe(20)
    expect(await rowsOf('own/colbert', 'document')).toBe(11)
  })

  it.each([
    ['its checkpoint', CHECKPOINT, 'model.safetensors'],
    ["FastEmbed's files", FASTEMBED, 'model.onnx'],
  ])('by a name that FastEmbed knows is run as FastEmbed runs it, from %s', async (_, files, network) => {
    await writeSource(files, 40, { 'artifact.metadata': ARTIFACT })
    const name = 'colbert-ir/colbertv2.0'
    const { entry } = await importModel(source, { name, modelsFolder, dimension: 16 })
    expect(entry).toMatchObject({ architecture: 'colbert', network, dimension: 16, maxTokens: 40 })
    expect(entry.settings).toBeUndefined()
    expect(await rowsOf(name, 'query')).toBe(32)
    expect(await rowsOf(name, 'document')).toBe(8)
  })

  it("counts the marker that PyLate's tokenizer leaves out of its limit", async () => {
    await writeSource(FASTEMBED, 299, {
      'config.json': { ...tiny.meta.config, max_position_embeddings: 512 },
    })
    const settings = { queryMarker: 1, documentMarker: 2, queryTokens: null, skipTokens: [] }
    const options = { name: 'lightonai/LateOn', modelsFolder, dimension: 16, settings }
    expect((await importModel(source, options)).entry.maxTokens).toBe(300)
  })

  it('has another checksum once it is run another way, so that a collection filled before is not queried with it', async () => {
    await writeSource(CHECKPOINT, 40)
    const checksumWith = async (settings: Record<string, unknown>) => {
      await importModel(source, { name: 'own/colbert', kind: 'late', modelsFolder, settings })
      return modelChecksum(await openModel('own/colbert', { modelsFolder }))
    }
    const first = await checksumWith({ queryTokens: 32 })
    expect(await checksumWith({ queryTokens: 24 })).not.toBe(first)
    expect(await checksumWith({ queryTokens: 32 })).toBe(first)
  })

  it('is refused with a setting of another form in artifact.metadata', async () => {
    await writeSource(CHECKPOINT, 40, { 'artifact.metadata': { ...ARTIFACT, query_maxlen: '32' } })
    await expect(importModel(source, { name: 'own/colbert', modelsFolder })).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      message: expect.stringContaining('query_maxlen'),
    })
  })
})
