import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeTinyModels } from '../../encoders/tiny-models.js'
import { HubServer } from '../../hub/hub-server.js'
import { runCli } from '../run-cli.js'

const NAME = 'Xenova/ms-marco-MiniLM-L-6-v2'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-cli-bundle-'))
})

afterEach(() => rm(folder, { recursive: true }))

function run(machine: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const base = { OFFGRID_CACHE: join(folder, 'cache'), XDG_DATA_HOME: join(folder, machine), OFFGRID_MODELS: '' }
  return runCli(args, { cwd: folder, env: { ...base, HF_HUB_OFFLINE: '', HF_TOKEN: '', ...env } })
}

it('pulls a model on one machine, bundles it, and brings it to another that has no connection', async () => {
  const tiny = await makeTinyModels('cross-encoder')
  const server = await HubServer.start({ repository: NAME, folder: join(tiny, 'cross-encoder') })
  const pulled = await run('online', ['models', 'pull', NAME, '--json'], { HF_ENDPOINT: server.url })
  expect(pulled).toMatchObject({ code: 0, stderr: expect.stringContaining('to fetch') })
  expect(JSON.parse(pulled.stdout)).toMatchObject({ name: NAME, revision: server.commit, pulled: { resumedBytes: 0 } })
  const again = await run('online', ['models', 'pull', NAME])
  expect(again.stdout).toContain('nothing was fetched')
  await server.close()

  const bundled = await run('online', ['models', 'bundle', 'out.tgz', NAME, '--json'])
  expect(bundled).toMatchObject({ code: 0, stderr: '' })
  const { sha256 } = JSON.parse(bundled.stdout) as { sha256: string }
  expect((await run('online', ['models', 'bundle', 'out.tgz', NAME])).stdout).toContain(`${sha256}  out.tgz\n`)

  const missing = await run('airgap', ['models', 'show', NAME])
  expect(missing.code).toBe(2)
  expect(missing.stderr).toMatch(/models pull .*models unbundle FILE\.tgz .*models import DIR/)
  const offline = await run('airgap', ['models', 'pull', NAME, '--json'], { HF_HUB_OFFLINE: '1' })
  expect(offline.code).toBe(2)
  expect(JSON.parse(offline.stdout)).toMatchObject({ error: { code: 'OFFLINE' } })

  const checked = await run('airgap', ['models', 'unbundle', 'out.tgz', '--check'])
  expect(checked.stdout).toMatch(/not here .*nothing was installed/s)
  const unpacked = await run('airgap', ['models', 'unbundle', 'out.tgz', '--sha256', sha256, '--json'])
  expect(unpacked).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(unpacked.stdout)).toMatchObject({
    sha256,
    program: null,
    models: [{ name: NAME, revision: server.commit, was: 'absent', isInstalled: true, proof: { numbers: 1 } }],
  })
  expect((await run('airgap', ['models', 'verify', NAME])).stdout).toBe(`ok      ${NAME}\n`)
  expect((await run('airgap', ['models', 'unbundle', 'out.tgz'])).stdout).toContain('left, the same')
  const wrong = await run('airgap', ['models', 'unbundle', 'out.tgz', '--sha256', '0'.repeat(64), '--json'])
  expect(wrong.code).toBe(1)
  expect(JSON.parse(wrong.stdout)).toMatchObject({ error: { code: 'BUNDLE_CHANGED' } })
  await rm(tiny, { recursive: true })
})

it('signs a bundle by a key, and takes only one that the key of the other side signed', async () => {
  for (const name of ['ours', 'theirs']) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    await writeFile(join(folder, `${name}.pem`), privateKey.export({ format: 'pem', type: 'pkcs8' }))
    await writeFile(join(folder, `${name}.pub.pem`), publicKey.export({ format: 'pem', type: 'spki' }))
  }
  const bundled = await run('one', ['models', 'bundle', 'out.tgz', 'Qdrant/bm25', '--sign', 'ours.pem', '--json'])
  const { signature } = JSON.parse(bundled.stdout)
  expect(signature).toEqual({ algorithm: 'ed25519', keyId: expect.stringMatching(/^[0-9a-f]{64}$/) })
  const taken = await run('two', ['models', 'unbundle', 'out.tgz', '--verify-key', 'ours.pub.pem'])
  expect(taken).toMatchObject({ code: 0, stdout: expect.stringContaining(`signed by the key ${signature.keyId}, as`) })
  const refused = await run('two', ['models', 'unbundle', 'out.tgz', '--verify-key', 'theirs.pub.pem', '--json'])
  expect(refused.code).toBe(1)
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'BUNDLE_SIGNATURE_WRONG' } })
  const unusable = await run('two', ['models', 'unbundle', 'out.tgz', '--verify-key', 'ours.pem', '--json'])
  expect(unusable.code).toBe(2)
  expect(unusable.stdout + unusable.stderr).not.toContain('BEGIN')
})

it('ends with 2 where a bundle is not there or cannot be written', async () => {
  expect((await run('one', ['models', 'unbundle', 'none.tgz'])).code).toBe(2)
  const { code, stderr } = await run('one', ['models', 'bundle', 'none/out.tgz', 'Qdrant/bm25'])
  expect(code).toBe(2)
  expect(stderr).toContain('[OUTPUT_FAILED]')
})
