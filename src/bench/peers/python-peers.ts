import { join, resolve } from 'node:path'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { InputError } from '../../errors.js'
import { openModel } from '../../onnx/model-files.js'
import { BUNDLED_MODELS_FOLDER } from '../../onnx/models-folders.js'
import { runProcess } from '../run-process.js'
import { type PeerRequest, type PeerRow, type PeerSetting, type PeerTask, settingsOf } from './peer.js'
import { modelFolder, PEERS_FOLDER, scriptOf } from './peer-files.js'

const FASTEMBED_BATCHES = [8, 32, 256]
const OPENVINO_BATCHES = [1, 4, 8]
const SENTENCE_TRANSFORMERS_BATCHES = [8, 32]

/** What a peer in Python is: the packages that it imports, and its script. */
interface PythonPeer {
  readonly name: string
  readonly packages: readonly string[]
  readonly script: string
}

/** FastEmbed: its dense model, its BM25, and its start. */
export async function openFastembed(workers: number, signal?: AbortSignal): Promise<PeerRow[]> {
  const peer = { name: 'fastembed', packages: ['fastembed', 'onnxruntime'], script: 'fastembed_peer.py' }
  const files = { model: modelFolder(), stopwords: join(BUNDLED_MODELS_FOLDER, 'bm25') }
  const { version, run } = await openPython(peer, signal)
  const settings: Readonly<Record<PeerTask, readonly PeerSetting[]>> = {
    dense: [...settingsOf(FASTEMBED_BATCHES, null), ...(workers > 1 ? settingsOf(FASTEMBED_BATCHES, workers) : [])],
    // starting its processes takes longer than all the work, and would drown it when taken off
    bm25: settingsOf(FASTEMBED_BATCHES, null),
    'cold-start': settingsOf([1], null),
  }
  const row = (name: string, what: string, task: PeerTask): PeerRow => ({
    name,
    title: `${what}: ${version}`,
    unit: task === 'cold-start' ? 'ms' : 'texts/s',
    task,
    settings: settings[task],
    command: (request) => run({ ...request, ...files }),
  })
  return [
    row('fastembed', 'dense, fp32', 'dense'),
    row('fastembed-bm25', 'BM25', 'bm25'),
    row('fastembed-cold-start', 'process start to first vector', 'cold-start'),
  ]
}

/** OpenVINO in each of its arithmetics; int8 is NNCF's, which is needed for nothing else. */
export async function openOpenvino(signal?: AbortSignal): Promise<PeerRow[]> {
  const peer = { name: 'openvino', packages: ['openvino', 'nncf', 'tokenizers'], script: 'openvino_peer.py' }
  const files = { model: modelFolder(), cache: resolve(PEERS_FOLDER, 'openvino') }
  const { version, run } = await openPython(peer, signal)
  const row = (name: string, precision: string): PeerRow => ({
    name,
    title: `dense, ${precision}: ${version}`,
    unit: 'texts/s',
    task: 'dense',
    settings: settingsOf(OPENVINO_BATCHES, null),
    command: (request) => run({ ...request, ...files, precision }),
  })
  return [row('openvino', 'fp32'), row('openvino-bf16', 'bf16'), row('openvino-int8', 'int8')]
}

/** sentence-transformers on PyTorch, with the checkpoint that offgrid has. */
export async function openSentenceTransformers(signal?: AbortSignal): Promise<PeerRow[]> {
  const { folder, entry } = await openModel(DEFAULT_MODELS.dense)
  const { version, run } = await openPython(
    {
      name: 'sentence-transformers',
      packages: ['sentence_transformers', 'torch'],
      script: 'sentence_transformers_peer.py',
    },
    signal,
  )
  return [
    {
      name: 'sentence-transformers',
      title: `dense, fp32: ${version}`,
      unit: 'texts/s',
      task: 'dense',
      settings: settingsOf(SENTENCE_TRANSFORMERS_BATCHES, null),
      command: (request) => run({ ...request, checkpoint: folder, maxTokens: entry.maxTokens }),
    },
  ]
}

/** @throws InputError `PEER_MISSING` if the interpreter does not import the packages */
async function openPython({ name, packages, script }: PythonPeer, signal?: AbortSignal) {
  const python = process.env.OFFGRID_BENCH_PYTHON || 'python3'
  const file = scriptOf(script)
  const probe = `import ${packages}; print(*[each.__version__ for each in (${packages},)])`
  const versions = await runProcess({ file: python, args: ['-c', probe] }, signal).catch((cause: Error) => {
    throw new InputError(
      'PEER_MISSING',
      `Peer ${name}: expected ${python} to import ${packages.join(', ')} (pip install ${name}, see bench/README.md; OFFGRID_BENCH_PYTHON names the interpreter): ${cause.message}`,
      { cause },
    )
  })
  const found = versions.trim().split('\n').at(-1)!.split(' ')
  return {
    // OpenVINO states its build behind its version
    version: packages.map((each, i) => `${each} ${found[i]?.split('-')[0]}`).join(', '),
    run: (request: PeerRequest & Readonly<Record<string, unknown>>) => ({
      file: python,
      args: [file, JSON.stringify(request)],
      // models are folders here: a hub that answers slowly must not be part of the figures
      env: { HF_HUB_OFFLINE: '1' },
    }),
  }
}
