import { resolve } from 'node:path'
import { installPeer, PEER_PACKAGES } from './install-peer.js'
import { type PeerRow, type PeerTask, settingsOf } from './peer.js'
import { modelFolder, PEERS_FOLDER, scriptOf } from './peer-files.js'
import { openFastembed, openOpenvino, openSentenceTransformers } from './python-peers.js'

export const PEER_NAMES = ['fastembed', 'openvino', 'sentence-transformers', 'transformers', 'xenova'] as const
export type PeerName = (typeof PEER_NAMES)[number]

const JAVASCRIPT_BATCHES = [1, 8, 32]

/**
 * The rows of the peers that were named, each checked or installed.
 * @throws InputError `PEER_MISSING` saying what to do; WorkerError `PROCESS_FAILED` if an installation fails
 */
export async function openPeers(names: readonly PeerName[], workers: number, signal?: AbortSignal): Promise<PeerRow[]> {
  const rows: PeerRow[] = []
  for (const name of names) rows.push(...(await openPeer(name, workers, signal)))
  return rows
}

function openPeer(name: PeerName, workers: number, signal?: AbortSignal): Promise<PeerRow[]> {
  switch (name) {
    case 'fastembed':
      return openFastembed(workers, signal)
    case 'openvino':
      return openOpenvino(signal)
    case 'sentence-transformers':
      return openSentenceTransformers(signal)
    default:
      return openJavaScript(name, signal)
  }
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
    command: (request) => ({
      file: process.execPath,
      args: [script, JSON.stringify({ ...request, model, folder, packageName })],
    }),
  })
  return [row('', 'dense, fp32', 'dense'), row('-cold-start', 'process start to first vector', 'cold-start')]
}
