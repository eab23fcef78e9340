import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addCustomModel } from '../../src/encoders/models/add-custom-model.js'
import { importModel } from '../../src/encoders/models/import-model.js'
import type { ModelDescription } from '../../src/encoders/models/model-description.js'
import { type EncoderSpec, openEncoder } from '../../src/encoders/open-encoder.js'
import { customModels, removeCustomModel } from '../../src/onnx/custom-models.js'
import { hashFile } from '../../src/onnx/verified-files.js'
import { TINY_MODELS, writeTinyModel } from '../encoders/tiny-dense-models.js'
import { makeTinyModels } from '../encoders/tiny-models.js'
import { useOwnMachine } from '../own-machine.js'

let folder: string
let tiny: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-linked-'))
  useOwnMachine(folder)
  tiny = await makeTinyModels('splade')
})

afterEach(async () => {
  for (const { entry } of customModels()) removeCustomModel(entry.name)
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
  await rm(tiny, { recursive: true })
})

/** The files of a model as Hugging Face's cache has them: links in a snapshot to files that are named by their sums. */
async function linkFolder(source: string): Promise<string> {
  const cache = join(folder, 'hub', 'models--tiny--model')
  const snapshot = join(cache, 'snapshots', '0123abcd')
  await mkdir(join(cache, 'blobs'), { recursive: true })
  await cp(source, snapshot, { recursive: true })
  for (const path of await listFiles(snapshot)) {
    const blob = join(cache, 'blobs', await hashFile(join(snapshot, path)))
    await rename(join(snapshot, path), blob)
    await symlink(relative(dirname(join(snapshot, path)), blob), join(snapshot, path))
  }
  return snapshot
}

async function listFiles(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .sort()
}

async function encode(spec: EncoderSpec) {
  const encoder = await openEncoder(spec)
  const { dense, sparse } = await encoder.encode(TINY_MODELS.texts, 'document')
  await encoder.close()
  return dense?.values ?? sparse!.values
}

const FORMS: readonly (readonly [string, () => Promise<string>, Partial<ModelDescription>])[] = [
  ['a checkpoint', () => writeTinyModel(folder, 'bert'), { network: 'model.safetensors', pooling: 'mean' }],
  ['an ONNX file', () => writeTinyModel(folder, 'bert'), { network: 'model.onnx', pooling: 'cls' }],
  [
    'an ONNX file with weights beside it',
    async () => join(tiny, 'splade'),
    { architecture: 'splade', network: 'onnx/model.onnx' },
  ],
]

describe('a model whose files are links, as in Hugging Face’s cache', () => {
  it.each(FORMS)(
    'gives the vectors of the same files without links, and nothing is written there: %s',
    async (_, write, description) => {
      const source = await write()
      const snapshot = await linkFolder(source)
      const kind = description.architecture === 'splade' ? 'sparse' : 'dense'
      const before = await listFiles(join(folder, 'hub'))
      await addCustomModel({ name: 'tiny/plain', folder: source, ...description })
      await addCustomModel({ name: 'tiny/linked', folder: snapshot, ...description })
      const expected = await encode({ [kind]: 'tiny/plain' })
      expect(await encode({ [kind]: 'tiny/linked' })).toEqual(expected)
      // a folder of models that somebody made of links
      const entry = await importModel(snapshot, { name: 'tiny/installed', ...description })
      const models = join(folder, 'own')
      await mkdir(models)
      await symlink(snapshot, join(models, 'linked'))
      const listed = { ...entry.entry, name: 'tiny/listed', folder: 'linked' }
      await writeFile(join(models, 'manifest.json'), JSON.stringify({ version: 1, models: [listed] }))
      expect(await encode({ [kind]: 'tiny/listed', modelsFolder: models })).toEqual(expected)
      expect(await encode({ [kind]: 'tiny/installed' })).toEqual(expected)
      expect(await listFiles(join(folder, 'hub'))).toEqual(before)
    },
  )

  it('weights beside a cached graph that were changed are put back, though they are as large', async () => {
    const snapshot = await linkFolder(await writeTinyModel(folder, 'bert'))
    await addCustomModel({ name: 'tiny/changed', folder: snapshot, network: 'model.safetensors' })
    const expected = await encode({ dense: 'tiny/changed' })
    const graphs = join(folder, 'cache', 'graphs')
    const weights = join(graphs, (await readdir(graphs))[0]!, 'model.safetensors')
    const bytes = await readFile(weights)
    // not through the hard link, which would change the original
    await rm(weights)
    await writeFile(weights, Buffer.alloc(bytes.length))
    expect(await encode({ dense: 'tiny/changed' })).toEqual(expected)
  })

  it('leaves no graph in a folder of somebody else when a model is refused', async () => {
    const source = await writeTinyModel(folder, 'bert')
    const config = JSON.parse(await readFile(join(source, 'config.json'), 'utf8')) as object
    await writeFile(join(source, 'config.json'), JSON.stringify({ ...config, num_attention_heads: 3 }))
    const before = await listFiles(source)
    const options = { name: 'tiny/refused', folder: source, network: 'model.safetensors' }
    await expect(addCustomModel(options)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await listFiles(source)).toEqual(before)
  })
})
