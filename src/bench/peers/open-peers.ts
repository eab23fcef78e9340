import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '../../errors.js'
import { BUNDLED_MODELS_FOLDER } from '../../onnx/models-folders.js'
import { PACKAGE_FOLDER } from '../environment.js'
import { runProcess } from '../run-process.js'
import { installPeer, PEER_PACKAGES } from './install-peer.js'
import type { PeerRequest, PeerRow, PeerSetting, PeerTask } from './peer.js'

export const PEER_NAMES = ['fastembed', 'transformers', 'xenova'] as const
export type PeerName = (typeof PEER_NAMES)[number]

/** Where peers keep what they need: their packages, and the usual export of the model. */
const PEERS_FOLDER = '.offgrid/bench-peers'
const PEER_SCRIPTS = join(PACKAGE_FOLDER, 'bench', 'peers')

const FASTEMBED_BATCHES = [8, 32, 256]
const JAVASCRIPT_BATCHES = [1, 8, 32]

/**
 * The rows of the peers that were named, each checked or installed.
 * @throws InputError `PEER_MISSING` saying what to do; WorkerError `PROCESS_FAILED` if an installation fails
 */
export async function openPeers(names: readonly PeerName[], workers: number, signal?: AbortSignal): Promise<PeerRow[]> {
  const rows: PeerRow[] = []
  for (const name of names) {
    if (name === 'fastembed') rows.push(...(await openFastembed(workers, signal)))
    else rows.push(...(await openJavaScript(name, signal)))
  }
  return rows
}

async function openFastembed(workers: number, signal?: AbortSignal): Promise<PeerRow[]> {
  const python = process.env.OFFGRID_BENCH_PYTHON || 'python3'
  const script = scriptOf('fastembed_peer.py')
  const model = modelFolder()
  const probe = 'import fastembed, onnxruntime; print(fastembed.__version__, onnxruntime.__version__)'
  const versions = await runProcess({ file: python, args: ['-c', probe] }, signal).catch((cause: Error) => {
    throw new InputError(
      'PEER_MISSING',
      `Peer fastembed: expected ${python} to import fastembed (pip install fastembed; OFFGRID_BENCH_PYTHON names the interpreter): ${cause.message}`,
      { cause },
    )
  })
  const [fastembed, runtime] = versions.trim().split(' ')
  const title = `FastEmbed ${fastembed}, ONNX Runtime ${runtime}`
  const settings: Readonly<Record<PeerTask, readonly PeerSetting[]>> = {
    dense: [...settingsOf(FASTEMBED_BATCHES, null), ...(workers > 1 ? settingsOf(FASTEMBED_BATCHES, workers) : [])],
    // starting its processes takes longer than all the work, and would drown it when taken off
    bm25: settingsOf(FASTEMBED_BATCHES, null),
    'cold-start': settingsOf([1], null),
  }
  const row = (name: string, what: string, task: PeerTask): PeerRow => ({
    name,
    title: `${what}: ${title}`,
    unit: task === 'cold-start' ? 'ms' : 'texts/s',
    task,
    settings: settings[task],
    command: (request: PeerRequest) => ({
      file: python,
      args: [script, JSON.stringify({ ...request, model, stopwords: join(BUNDLED_MODELS_FOLDER, 'bm25') })],
      // the model is a folder here: a hub that answers slowly must not be part of the figures
      env: { HF_HUB_OFFLINE: '1' },
    }),
  })
  return [
    row('fastembed', 'dense, fp32', 'dense'),
    row('fastembed-bm25', 'BM25', 'bm25'),
    row('fastembed-cold-start', 'process start to first vector', 'cold-start'),
  ]
}

async function openJavaScript(name: 'transformers' | 'xenova', signal?: AbortSignal): Promise<PeerRow[]> {
  const script = scriptOf('transformers-peer.js')
  const model = modelFolder()
  const { folder, version } = await installPeer(name, resolve(PEERS_FOLDER, name), signal)
  const { packageName } = PEER_PACKAGES[name]
  const row = (suffix: string, what: string, task: PeerTask): PeerRow => ({
    name: `${name}${suffix}`,
    title: `${what}: ${packageName} ${version}`,
    unit: task === 'cold-start' ? 'ms' : 'texts/s',
    task,
    settings: settingsOf(task === 'cold-start' ? [1] : JAVASCRIPT_BATCHES, null),
    command: (request: PeerRequest) => ({
      file: process.execPath,
      args: [script, JSON.stringify({ ...request, model, folder, packageName })],
    }),
  })
  return [row('', 'dense, fp32', 'dense'), row('-cold-start', 'process start to first vector', 'cold-start')]
}

function settingsOf(batchSizes: readonly number[], parallel: number | null): PeerSetting[] {
  return batchSizes.map((batchSize) => ({ batchSize, parallel }))
}

function scriptOf(file: string): string {
  const script = join(PEER_SCRIPTS, file)
  if (existsSync(script)) return script
  throw new InputError('PEER_MISSING', `Peers are measured from a clone of the repository only: ${script} is missing.`)
}

/** The usual export of all-MiniLM-L6-v2, which no part of offgrid uses itself. */
function modelFolder(): string {
  const folder = resolve(process.env.OFFGRID_BENCH_FASTEMBED_MODEL || join(PEERS_FOLDER, 'all-MiniLM-L6-v2'))
  if (existsSync(join(folder, 'model.onnx'))) return folder
  throw new InputError(
    'PEER_MISSING',
    `Peers need the usual export of all-MiniLM-L6-v2: expected model.onnx in ${folder} (OFFGRID_BENCH_FASTEMBED_MODEL). Make it: node bench/peers/make-fastembed-folder.js JAR, see bench/README.md.`,
  )
}
