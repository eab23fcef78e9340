import { createHash } from 'node:crypto'
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildEncoderGraph } from '../../src/graph/encoder-graph.js'
import { openCheckpoint } from '../../src/graph/safetensors.js'
import { findDamagedCopies } from '../../src/onnx/damaged-copies.js'
import { type GraphFileOptions, placeGraphFile } from '../../src/onnx/onnx-graph-file.js'
import { OnnxSession } from '../../src/onnx/session.js'
import { randomParameters, writeCheckpoint } from '../graph/tiny-checkpoint.js'

const CONFIG = {
  hiddenSize: 16,
  layers: 1,
  heads: 2,
  intermediateSize: 32,
  vocabularySize: 20,
  maxPositions: 12,
  typeVocabularySize: 2,
  layerNormEpsilon: 1e-12,
}

let folder: string
let weightsFolder: string
let cacheFolder: string
let builds: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-graph-file-'))
  weightsFolder = join(folder, 'model')
  cacheFolder = join(folder, 'cache')
  await mkdir(weightsFolder)
  await writeCheckpoint(weightsFolder, randomParameters(CONFIG, 3))
  builds = 0
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function buildGraph(): Promise<Uint8Array> {
  builds += 1
  const checkpoint = await openCheckpoint(join(weightsFolder, 'model.safetensors'))
  return buildEncoderGraph({
    checkpoint,
    config: CONFIG,
    weightsFile: 'model.safetensors',
    outputs: ['sentence_embedding'],
    pooling: 'mean',
  })
}

function optionsOf(extra: Partial<GraphFileOptions> = {}): GraphFileOptions {
  return {
    name: 'graph.onnx',
    weightsFolder,
    weightsFile: 'model.safetensors',
    weightsSha256: 'abc',
    cacheFolder: async () => cacheFolder,
    build: buildGraph,
    ...extra,
  }
}

async function runGraph(path: string): Promise<Float32Array> {
  const session = await OnnxSession.open(path, 1)
  const outputs = await session.run(Int32Array.of(1, 2, 3), 1, 3)
  await session.release()
  return outputs.sentence_embedding!.values
}

/** Keeps even root from writing the graph beside the weights: a folder has its name. */
async function blockGraph(): Promise<void> {
  await mkdir(join(weightsFolder, 'graph.onnx', 'x'), { recursive: true })
}

describe('the graph file of a checkpoint', () => {
  it('is built once, beside the weights', async () => {
    const path = await placeGraphFile(optionsOf())
    expect(path).toBe(join(weightsFolder, 'graph.onnx'))
    expect(await placeGraphFile(optionsOf())).toBe(path)
    expect(builds).toBe(1)
    expect((await runGraph(path)).length).toBe(CONFIG.hiddenSize)
  })

  it('is built anew when asked to', async () => {
    const path = await placeGraphFile(optionsOf())
    await writeFile(path, 'garbage')
    expect(await placeGraphFile(optionsOf({ rebuild: true }))).toBe(path)
    await runGraph(path)
  })

  it('is built anew when its bytes are no longer those that were written', async () => {
    const path = await placeGraphFile(optionsOf())
    await writeFile(path, 'garbage')
    expect(await placeGraphFile(optionsOf())).toBe(path)
    expect(builds).toBe(2)
    await runGraph(path)
  })

  it('is whole, and alone, after sixteen builds at once', async () => {
    const paths = await Promise.all(Array.from({ length: 16 }, () => placeGraphFile(optionsOf({ rebuild: true }))))
    expect(new Set(paths).size).toBe(1)
    expect((await readdir(weightsFolder)).sort()).toEqual(['graph.onnx', 'graph.onnx.sha256', 'model.safetensors'])
    await runGraph(paths[0]!)
  })

  it('goes into the cache folder, beside a hard link to the weights, where their folder does not take it', async () => {
    await blockGraph()
    const path = await placeGraphFile(optionsOf())
    const cached = join(cacheFolder, 'graphs', 'abc')
    expect(path).toBe(join(cached, 'graph.onnx'))
    const source = await stat(join(weightsFolder, 'model.safetensors'))
    expect((await stat(join(cached, 'model.safetensors'))).ino).toBe(source.ino)
    const expected = await runGraph(path)
    await rm(join(cached, 'model.safetensors'))
    expect(await runGraph(await placeGraphFile(optionsOf()))).toEqual(expected)
    expect(builds).toBe(1)
    expect((await readdir(cached)).sort()).toEqual(['graph.onnx', 'graph.onnx.sha256', 'model.safetensors'])
  })

  it.each([
    ['zeros of the same size', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ['one bit that is another', (bytes: Buffer) => bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1)],
    ['a piece of them', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ])('in the cache folder gets the right weights again where somebody put %s beside it', async (_, damage) => {
    await blockGraph()
    const weights = await readFile(join(weightsFolder, 'model.safetensors'))
    const weightsSha256 = createHash('sha256').update(weights).digest('hex')
    const path = await placeGraphFile(optionsOf({ weightsSha256 }))
    const expected = await runGraph(path)
    expect(await placeGraphFile(optionsOf({ weightsSha256 }))).toBe(path)
    // a file of its own, as on another file system: a hard link would damage the original, which is checked before
    const copy = join(dirname(path), 'model.safetensors')
    await rm(copy)
    await writeFile(copy, damage(weights))
    const { OFFGRID_CACHE } = process.env
    process.env.OFFGRID_CACHE = cacheFolder
    expect(await findDamagedCopies([weightsSha256])).toEqual([copy])
    expect(await runGraph(await placeGraphFile(optionsOf({ weightsSha256 })))).toEqual(expected)
    expect(await findDamagedCopies([weightsSha256])).toEqual([])
    if (OFFGRID_CACHE === undefined) delete process.env.OFFGRID_CACHE
    else process.env.OFFGRID_CACHE = OFFGRID_CACHE
    expect(builds).toBe(1)
  })

  it('is found in a cache folder that is not written to, and a graph that is not there goes into the other one', async () => {
    await blockGraph()
    const prebuilt = await placeGraphFile(optionsOf())
    const other = join(folder, 'other')
    const both = { cacheFolder: async () => other, cacheFolders: async () => [cacheFolder, other] }
    expect(await placeGraphFile(optionsOf(both))).toBe(prebuilt)
    await rm(prebuilt)
    expect(await placeGraphFile(optionsOf(both))).toBe(join(other, 'graphs', 'abc', 'graph.onnx'))
  })

  it('is GRAPH_NOT_WRITABLE when no folder takes it', async () => {
    await blockGraph()
    await writeFile(cacheFolder, 'a file in the place of the folder')
    await expect(placeGraphFile(optionsOf())).rejects.toMatchObject({
      name: 'ModelError',
      code: 'GRAPH_NOT_WRITABLE',
      message: expect.stringContaining('OFFGRID_CACHE'),
    })
  })
})

describe('what ONNX Runtime accepts as external data', () => {
  it('is a hard link beside the graph, and not a symbolic link', async () => {
    const weights = join(weightsFolder, 'model.safetensors')
    for (const [name, make] of [
      ['hard', link],
      ['soft', symlink],
    ] as const) {
      await mkdir(join(folder, name))
      await make(weights, join(folder, name, 'model.safetensors'))
      await writeFile(join(folder, name, 'graph.onnx'), await buildGraph())
    }
    await runGraph(join(folder, 'hard', 'graph.onnx'))
    await expect(runGraph(join(folder, 'soft', 'graph.onnx'))).rejects.toMatchObject({ code: 'SESSION_FAILED' })
  })
})
