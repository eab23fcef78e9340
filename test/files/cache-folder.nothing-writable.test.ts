import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const EMBEDDINGS = join(ROOT, 'dist', 'src', 'entries', 'embeddings-entry.js')
const MAIN = join(ROOT, 'dist', 'src', 'cli', 'main.js')

/** Vectors of both kinds, in the caller's process with one thread. The graph was built by earlier runs, or is built beside the model now. */
const EMBED = `import { SparseTextEmbedding, TextEmbedding } from '${EMBEDDINGS}'
  const sizes = []
  for (const Kind of [SparseTextEmbedding, TextEmbedding]) {
    const embedding = await Kind.create({ workers: 1 })
    const [vector] = await embedding.queryEmbed('cartilage')
    sizes.push(vector.length ?? vector.indices.length)
    await embedding.close()
  }
  process.stdout.write(sizes.join())`

/** As {@link EMBED}, but for the code and message of the error. */
const FAIL = `${EMBED.replace('const sizes', 'try { const sizes')} } catch (error) {
    process.stdout.write(error.code + ' ' + error.message)
  }`.replace('const sizes = []', 'var sizes = []')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-unwritable-'))
  mkdirSync(join(folder, 'locked', '.local', 'share', 'offgrid', 'models'), { recursive: true })
  mkdirSync(join(folder, 'locked', '.cache'))
  writeFileSync(join(folder, 'file'), '')
  chmodSync(join(folder, 'locked'), 0)
})
afterAll(() => {
  chmodSync(join(folder, 'locked'), 0o700)
  rmSync(folder, { recursive: true, force: true })
})

/** A process of somebody whose environment is this alone. */
async function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { PATH = '' } = process.env
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...args], { cwd: folder, env: { PATH, ...env } })
    return { code: 0, stdout }
  } catch (error) {
    return error as { code: number; stdout: string }
  }
}

const script = (code: string, ...flags: string[]) => [...flags, '--input-type=module', '-e', code]

describe('BM25 and dense vectors', () => {
  test('come without a folder that can be written, temporary ones included', async () => {
    const nowhere = join(folder, 'file', 'x')
    const env = { HOME: nowhere, TMPDIR: nowhere, OFFGRID_CACHE: nowhere, XDG_DATA_HOME: nowhere }
    expect(await run(script(EMBED), env)).toEqual({ code: 0, stdout: '1,384' })
  })

  test.each(['/dev/null', 'locked', ''])('come to a user with HOME=%s', async (home) => {
    const HOME = home.startsWith('/') || home === '' ? home : join(folder, home)
    expect(await run(script(EMBED), { HOME, TMPDIR: folder })).toMatchObject({ code: 0, stdout: '1,384' })
  })

  test('are fine with doctor, too, for a user with HOME=/dev/null', async () => {
    const { code, stdout } = await run([MAIN, 'doctor', '--json'], { HOME: '/dev/null', TMPDIR: folder })
    expect({ code, ok: (JSON.parse(stdout) as { ok: boolean }).ok }).toEqual({ code: 0, ok: true })
  })
})

describe('a process under --permission', () => {
  const [major = 0] = process.versions.node.split('.').map(Number)
  const permission = major >= 23 ? '--permission' : '--experimental-permission'
  const packages = join(ROOT, 'node_modules')
  const allowed = [
    'dist',
    'package.json',
    'node_modules',
    'vendor',
    'models/registry.json',
    'models/manifest.json',
    'models/bm25',
  ].map((path) => `--allow-fs-read=${join(ROOT, path)}`)

  test('that may start no worker is told which permission is missing', async () => {
    const { stdout } = await run(script(FAIL, permission, '--allow-fs-read=*'), { HOME: folder })
    expect(stdout).toMatch(/^WORKER_START_FAILED .*--allow-worker/)
  })

  test('that may not read a model is told which file', async () => {
    const flags = [permission, '--allow-worker', '--allow-addons', ...allowed]
    const { stdout } = await run(script(FAIL, ...flags), { HOME: folder, NODE_PATH: packages })
    expect(stdout).toMatch(/^MODEL_FILE_UNREADABLE .*all-MiniLM-L6-v2\/\w+\.safetensors.* cannot be read/)
  })
})
