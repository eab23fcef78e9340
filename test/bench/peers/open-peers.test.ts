import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openPeers } from '../../../src/bench/peers/open-peers.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-peers-'))
  vi.stubEnv('OFFGRID_BENCH_FASTEMBED_MODEL', folder)
  // starts, and imports no Python package
  vi.stubEnv('OFFGRID_BENCH_PYTHON', process.execPath)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

test('a peer without the usual export of the model is refused with how to make it', async () => {
  await expect(openPeers(['openvino'], 2)).rejects.toThrow(/expected model\.onnx in .*make-fastembed-folder\.js/)
})

test.each([
  ['fastembed', 'fastembed, onnxruntime'],
  ['openvino', 'openvino, nncf, tokenizers'],
  ['sentence-transformers', 'sentence_transformers, torch'],
] as const)('the peer %s is refused with the packages that Python does not import', async (name, packages) => {
  await writeFile(join(folder, 'model.onnx'), '')
  await expect(openPeers([name], 2)).rejects.toMatchObject({
    code: 'PEER_MISSING',
    message: expect.stringContaining(`Peer ${name}: expected ${process.execPath} to import ${packages} `),
  })
})
