import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from '../run-process.js'

/** JavaScript peers: never dependencies, installed into a folder of their own when the user names them. */
export const PEER_PACKAGES = {
  transformers: {
    packageName: '@huggingface/transformers',
    manifest: { dependencies: { '@huggingface/transformers': '^4.3.1' } },
  },
  xenova: {
    packageName: '@xenova/transformers',
    // the sharp that it pins downloads a library when it is installed; a newer one brings it along
    manifest: { dependencies: { '@xenova/transformers': '2.17.2' }, overrides: { sharp: '^0.34.0' } },
  },
} as const

/**
 * Installs a peer's package where it is not there yet; this needs the network.
 * @throws WorkerError `PROCESS_FAILED` with npm's own words
 */
export async function installPeer(
  name: keyof typeof PEER_PACKAGES,
  folder: string,
  signal?: AbortSignal,
): Promise<{ folder: string; version: string }> {
  const { packageName, manifest } = PEER_PACKAGES[name]
  const installed = join(folder, 'node_modules', packageName, 'package.json')
  const readVersion = async () => (JSON.parse(await readFile(installed, 'utf8')) as { version: string }).version
  const present = await readVersion().catch(() => null)
  if (present !== null) return { folder, version: present }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ private: true, ...manifest }, null, 2)}\n`)
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund']
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  await runProcess({ file: npm, args, cwd: folder, env: { ONNXRUNTIME_NODE_INSTALL: 'skip' } }, signal)
  return { folder, version: await readVersion() }
}
