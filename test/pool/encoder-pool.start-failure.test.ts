import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFailure } from '../../src/start-failure.js'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const THREAD = ['src/pool/encode-task.js', 'workers/encode.js', 'node_modules/piscina/dist/worker.js']
const STORE = ['src/stores/store-thread-task.js', 'workers/read-store.js']
const PROCESS = ['src/pool/encode-task.js', 'workers/encode-process.js']

/** A copy of the compiled program with packages of its own, of which a file may be taken away. */
let program: string
beforeAll(() => {
  program = mkdtempSync(join(tmpdir(), 'offgrid-start-'))
  cpSync(join(ROOT, 'dist'), join(program, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(program, 'package.json'))
  symlinkSync(join(ROOT, 'models'), join(program, 'models'))
  symlinkSync(join(ROOT, 'node_modules'), join(program, 'node_modules'))
  symlinkSync(join(ROOT, 'vendor'), join(program, 'vendor'))
  // resolved first, because it is nearer
  mkdirSync(join(program, 'dist', 'node_modules'))
  cpSync(join(ROOT, 'node_modules', 'piscina'), join(program, 'dist', 'node_modules', 'piscina'), { recursive: true })
})
afterAll(() => {
  rmSync(program, { recursive: true, force: true })
})

/** Runs something while a file of the program is missing, or throws when it is loaded. */
async function whileBroken<T>(file: string, how: 'missing' | 'throwing', run: () => Promise<T>): Promise<T> {
  const path = join(program, 'dist', file)
  const original = join(ROOT, file.startsWith('node_modules') ? file : `dist/${file}`)
  rmSync(path)
  if (how === 'throwing') writeFileSync(path, 'throw new Error("broken on load")\n')
  try {
    return await run()
  } finally {
    cpSync(original, path)
  }
}

/** What a program that creates something ends with: the code and message of the error. */
async function create(what: string): Promise<{ code: string; message: string }> {
  const script = `import { EncoderPool, TextEmbedding } from '${join(program, 'dist', 'src', 'entries', 'embeddings-entry.js')}'
    import { StoreThread } from '${join(program, 'dist', 'src', 'stores', 'store-thread.js')}'
    const error = await ${what}.then(() => ({ code: 'created', message: '' }), (reason) => reason)
    const { code, message } = error
    console.log(JSON.stringify({ code, message }))`
  const args = ['--input-type=module', '-e', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { encoding: 'utf8', cwd: program })
  return JSON.parse(stdout)
}

async function offgrid(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(program, 'dist', 'src', 'cli', 'main.js')
  const env = { ...process.env, QDRANT_URL: '' }
  try {
    const output = await promisify(execFile)(process.execPath, [main, ...args], { cwd: program, env })
    return { code: 0, ...output }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

describe('a worker that cannot load', () => {
  test.each([
    ...THREAD.map((file) => [file, 'TextEmbedding.create({ workers: 2 })'] as const),
    ...PROCESS.map((file) => [file, "EncoderPool.create({ workers: 2, isolation: 'processes' })"] as const),
    ...STORE.map((file) => [file, "new StoreThread('./dist/workers/read-store.js').open('store', 1)"] as const),
  ])('rejects with a code that says that %s is missing: %s', async (file, what) => {
    const error = await whileBroken(file, 'missing', () => create(what))
    expect(error).toEqual({ code: 'WORKER_FILE_MISSING', message: expect.stringContaining(file) })
  })

  test.each([
    ...THREAD.map((file) => [file, 'TextEmbedding.create({ workers: 2, lazyLoad: true })'] as const),
    ...PROCESS.map((file) => [file, "EncoderPool.create({ workers: 2, isolation: 'processes' })"] as const),
    ...STORE.map((file) => [file, "new StoreThread('./dist/workers/read-store.js').open('store', 1)"] as const),
  ])('rejects with a code that names %s, which throws: %s', async (file, what) => {
    const error = await whileBroken(file, 'throwing', () => create(what))
    expect(error).toEqual({ code: 'WORKER_START_FAILED', message: expect.stringContaining(file) })
  })

  test('is named by doctor', async () => {
    const { code, stdout } = await whileBroken(THREAD[0]!, 'missing', () => offgrid('doctor', '--json'))
    const encode = (JSON.parse(stdout) as { checks: { name: string }[] }).checks.find(({ name }) => name === 'encode')
    expect({ code, encode }).toMatchObject({ code: 1, encode: { detail: expect.stringContaining(THREAD[0]!) } })
  })

  test('ends an ingest that blames no document', async () => {
    writeFileSync(join(program, 'one.jsonl'), '{"id":1,"text":"one"}\n')
    const args = ['ingest', 'one.jsonl', '--store', join(program, 'store'), '--json']
    const { code, stdout } = await whileBroken(THREAD[0]!, 'missing', () => offgrid(...args))
    expect({ code, ...JSON.parse(stdout) }).toEqual({
      code: 1,
      error: { code: 'WORKER_FILE_MISSING', message: expect.stringContaining(THREAD[0]!) },
    })
  })

  test('blames no Parquet file', async () => {
    const args = ['ingest', join(program, 'any.parquet'), '--store', join(program, 'store'), '--json']
    writeFileSync(join(program, 'any.parquet'), 'no matter what')
    const file = 'src/inputs/parquet/parquet-task.js'
    const { code, stdout } = await whileBroken(file, 'missing', () => offgrid(...args))
    expect({ code, ...JSON.parse(stdout) }).toEqual({
      code: 1,
      error: { code: 'WORKER_FILE_MISSING', message: expect.stringContaining(file) },
    })
  })
})

describe('the error of a worker that cannot start', () => {
  test.each([
    ['file:///a/b.js:1\nthrow new Error()\n      ^\n\nError: boom\n    at file:///a/b.js:1:7', '/a/b.js'],
    ['Error: boom\n    at Object.<anonymous> (/a/c.cjs:3:7)', '/a/c.cjs'],
    ['SyntaxError: boom\n    at async ModuleLoader (node:internal/modules/esm/loader:1:2)', null],
  ])('names the first file of its stack, if there is one: %j', (stack, file) => {
    const { message } = startFailure({ message: 'boom', stack })
    expect(message.startsWith(`Expected a worker to start, got: boom${file === null ? '' : ` (${file})`}. `)).toBe(true)
  })

  test('that Node forbids says which permission is missing', () => {
    const { code, message } = startFailure({
      message: 'Access to this API has been restricted',
      code: 'ERR_ACCESS_DENIED',
    })
    expect({ code, message }).toEqual({
      code: 'WORKER_START_FAILED',
      message: expect.stringContaining('--allow-worker'),
    })
  })
})
