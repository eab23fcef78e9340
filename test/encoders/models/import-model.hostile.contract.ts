import { type ChildProcess, fork } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { unbundle } from '../../../src/bundles/unbundle.js'
import { writeBundle } from '../../../src/bundles/write-bundle.js'
import type { ModelDescription } from '../../../src/encoders/models/model-description.js'
import type { ErrorRecord } from '../../../src/error-record.js'
import { OffgridError } from '../../../src/errors.js'
import { verifyModel } from '../../../src/onnx/model-files.js'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { useOwnMachine } from '../../own-machine.js'
import { mutateBytes, mutateFolder, mutateJson } from '../mutate-model.js'
import { TINY_MODELS, writeTinyModel } from '../tiny-dense-models.js'
import { makeTinyModels } from '../tiny-models.js'

const PROCESS = fileURLToPath(new URL('hostile-import-process.js', import.meta.url))

/** A model of some kilobytes is described and proved in well under a second; the rest is for a machine with much to do. */
const TIMEOUT_MS = 30_000
/** The models take some tens of megabytes; a process that has served a thousand of them has grown, and is replaced. */
const MEMORY_BYTES = 1.5 * 2 ** 30

const SPARSE = ['splade', 'idf-splade', 'bm42', 'minicoil', 'cross-encoder'] as const
/** Of so many changes one is to a manifest and one to a bundle. */
const OTHERS = 10
/** Folders of models that are tried at a time, each in a process of its own. */
const LANES = ['changed-0', 'changed-1']

interface Outcome {
  readonly ok: boolean
  readonly error?: ErrorRecord
  readonly rssBytes: number
}

interface Base {
  readonly path: string
  readonly description: Partial<ModelDescription>
}

/** Changes the files of small models of every kind; each gives a code or a model that encodes texts, in time, and changes nothing else. */
export function describeHostileModels(first: number, count: number): void {
  let root: string
  let tiny: string
  let bundle: Buffer
  const bases: Base[] = []
  const children: (ChildProcess | undefined)[] = []

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'offgrid-fuzz-'))
    useOwnMachine(root)
    tiny = await makeTinyModels(...SPARSE, 'splade-checkpoint', 'cross-encoder-checkpoint')
    for (const { folder, description } of TINY_MODELS.cases) {
      if (bases.some(({ path }) => basename(path) === folder)) continue
      bases.push({ path: await writeTinyModel(join(root, 'originals'), folder), description })
    }
    for (const name of SPARSE) {
      const description = { architecture: name, network: 'onnx/model.onnx' }
      bases.push({ path: join(tiny, name), description })
    }
    for (const name of ['splade', 'cross-encoder'] as const) {
      bases.push({ path: join(tiny, `${name}-checkpoint`), description: { architecture: name } })
    }
    const file = join(root, 'bundle.tgz')
    await writeBundle(file, { names: ['Qdrant/bm42-all-minilm-l6-v2-attentions'], modelsFolder: tiny })
    bundle = await readFile(file)
    for (const lane of LANES) await mkdir(join(root, lane))
    await writeFile(join(root, 'victim'), 'whole')
  })

  afterAll(async () => {
    for (const child of children) child?.kill('SIGKILL')
    vi.unstubAllEnvs()
    for (const path of [root, tiny]) await rm(path, { recursive: true, force: true })
  })

  /** What became of a changed model, or in words how its process ended. */
  function tryModel(lane: number, path: string, description: ModelDescription): Promise<Outcome | string> {
    children[lane] ??= fork(PROCESS, [], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    const child = children[lane]
    return new Promise((resolve) => {
      const settle = (outcome: Outcome | string) => {
        clearTimeout(timer)
        child.removeAllListeners()
        resolve(outcome)
      }
      const timer = setTimeout(() => settle('hangs'), TIMEOUT_MS)
      child.once('exit', (code, signal) => settle(`died: ${code} ${signal}`))
      child.once('message', (reply) => settle(reply as Outcome))
      child.send({ path, folder: basename(path), modelsFolder: dirname(path), description })
    })
  }

  async function changeModel(seed: number, lane: number): Promise<string | undefined> {
    const base = bases[seed % bases.length]!
    const path = join(root, LANES[lane]!, 'model')
    // the other lane has a process that works meanwhile: a copy that waits for the disk many times is slower
    rmSync(path, { recursive: true, force: true })
    cpSync(base.path, path, { recursive: true })
    const file = mutateFolder(path, seed)
    const outcome = await tryModel(lane, path, { name: `fuzz/${seed}`, ...base.description })
    const isSound =
      typeof outcome !== 'string' && (outcome.ok || (outcome.error!.kind !== 'worker' && outcome.error!.code))
    if (typeof outcome === 'string' || outcome.rssBytes > MEMORY_BYTES) {
      children[lane]?.kill('SIGKILL')
      children[lane] = undefined
    }
    return isSound
      ? undefined
      : `seed ${seed}, ${file.slice(path.length)} of ${basename(base.path)}: ${JSON.stringify(outcome)}`
  }

  async function changeManifest(seed: number, lane: number): Promise<string | undefined> {
    const modelsFolder = join(root, LANES[lane]!, 'models')
    rmSync(modelsFolder, { recursive: true, force: true })
    mkdirSync(modelsFolder)
    const text = await readFile(join(tiny, 'manifest.json'), 'utf8')
    await writeFile(join(modelsFolder, 'manifest.json'), mutateJson(text, randomNumbers(seed)))
    return codeOf(seed, 'manifest', () => verifyModel('Qdrant/bm42-all-minilm-l6-v2-attentions', { modelsFolder }))
  }

  async function changeBundle(seed: number, lane: number): Promise<string | undefined> {
    const file = join(root, LANES[lane]!, 'bundle.tgz')
    await writeFile(file, mutateBytes(bundle, randomNumbers(seed)))
    const modelsFolder = join(root, LANES[lane]!, 'unbundled')
    return codeOf(seed, 'bundle', () => unbundle(file, { modelsFolder, checkOnly: true }))
  }

  async function codeOf(seed: number, what: string, run: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await run()
      return undefined
    } catch (error) {
      return error instanceof OffgridError ? undefined : `seed ${seed}, ${what}: ${String(error)}`
    }
  }

  it(`changed files of models (${first} to ${first + count - 1}) give a code or a model that works, in time, and nothing else`, async () => {
    const before = (await readdir(root)).sort()
    const faults: string[] = []
    const seeds = Array.from({ length: count }, (_, i) => first + i).values()
    const changeInTurn = async (lane: number) => {
      for (const seed of seeds) {
        const change = seed % OTHERS === 0 ? changeManifest : seed % OTHERS === 1 ? changeBundle : changeModel
        const fault = await change(seed, lane)
        if (fault !== undefined) faults.push(fault)
      }
    }
    await Promise.all(LANES.map((_, lane) => changeInTurn(lane)))
    expect(faults).toEqual([])
    expect((await readdir(root)).sort()).toEqual([...new Set([...before, 'cache'])].sort())
    expect(await readFile(join(root, 'victim'), 'utf8')).toBe('whole')
    for (const lane of LANES) {
      const changed = await readdir(join(root, lane))
      expect(changed.filter((name) => !['model', 'models', 'bundle.tgz', 'unbundled'].includes(name))).toEqual([])
    }
  })
}
