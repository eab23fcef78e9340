import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../run-cli.js'

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))
const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'

let cwd: string
const running: ChildProcess[] = []
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-serve-'))
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true })
})

interface Served {
  readonly url: string
  readonly stderr: () => string
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/** Starts the compiled command as a user would and waits for its JSON line. */
async function serve(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Served> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--json', ...args], {
    cwd,
    env: { ...process.env, ...env },
  })
  running.push(child)
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: JSON.parse(String(line)).url,
    stderr: () => stderr,
    async end(signal) {
      const closed = once(child, 'close')
      child.kill(signal)
      const [code, endedBy] = (await closed) as [number | null, string | null]
      return { code, signal: endedBy }
    },
  }
}

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

describe('offgrid serve', () => {
  test.each([
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const)('on %s finishes the request under way and ends with %i', async (signal, code) => {
    const served = await serve(['--workers', '2'])
    const inputs = Array.from({ length: 16 }, (_, i) => ({
      data: `${i} ${'a text that takes a while to encode '.repeat(30)}`,
      data_type: 'text',
      model: DENSE,
    }))
    const answer = post(`${served.url}/infer`, { inputs, inference: 'update' })
    await expect
      .poll(async () => (await fetch(`${served.url}/metrics`)).text(), { interval: 10, timeout: 30_000 })
      .toContain('offgrid_batches_working 2')
    const ended = served.end(signal)
    const { embeddings } = (await (await answer).json()) as { embeddings: number[][] }
    expect(embeddings.map(({ length }) => length)).toEqual(new Array(16).fill(384))
    expect(await ended).toEqual({ code, signal: null })
    expect(served.stderr()).toContain('stopping')
    expect(served.stderr()).not.toMatch(/unexpected|terminate/)
    await expect(fetch(`${served.url}/healthz`)).rejects.toThrow()
  })

  test('searches a store that is filled while it runs, and tells before how to fill one', async () => {
    const served = await serve(['--store', 'later', '--preload', 'Qdrant/bm25', '--workers', '1'])
    const missing = await post(`${served.url}/search`, { query: 'wheezing' })
    expect({ status: missing.status, ...((await missing.json()) as object) }).toMatchObject({
      status: 404,
      error: expect.stringContaining('Ingest documents first'),
    })
    expect(await (await fetch(`${served.url}/playground`)).json()).toMatchObject({
      collections: [],
      path: join(cwd, 'later'),
    })

    writeFileSync(join(cwd, 'two.jsonl'), '{"id":1,"text":"Gout hurts."}\n{"id":2,"text":"Asthma wheezes."}\n')
    const args = ['ingest', 'two.jsonl', '--store', 'later', '--vectors', 'bm25', '--collection', 'notes']
    expect(await runCli(args, { cwd })).toMatchObject({ code: 0 })
    const found = await post(`${served.url}/search`, { query: 'wheezing', limit: 1 })
    expect(await found.json()).toMatchObject({
      hits: [{ id: 2, documentId: 2, ranks: { bm25: 1 }, payload: { document: 'Asthma wheezes.' } }],
    })
    writeFileSync(join(cwd, 'one.jsonl'), '{"id":3,"text":"Wheezing at night."}\n')
    expect(await runCli(['ingest', 'one.jsonl', ...args.slice(2)], { cwd })).toMatchObject({ code: 0 })
    expect(await (await fetch(`${served.url}/playground`)).json()).toMatchObject({
      collections: [{ collection: 'notes', points: 3, methods: ['bm25'] }],
    })
    const wrong = await post(`${served.url}/search`, { query: 'wheezing', methods: ['dense'] })
    expect({ status: wrong.status, ...((await wrong.json()) as object) }).toMatchObject({
      status: 400,
      code: 'METHOD_MISSING',
    })
    expect(await served.end('SIGTERM')).toEqual({ code: 0, signal: null })
  })

  test('takes its token from the environment variable that is named, and does not start without it', async () => {
    const served = await serve(['--token-env', 'SECRET', '--preload', 'Qdrant/bm25', '--workers', '1'], {
      SECRET: 's3cret',
    })
    expect((await post(`${served.url}/infer`, { inputs: [] })).status).toBe(401)
    expect((await post(`${served.url}/infer`, { inputs: [], token: 's3cret' })).status).toBe(200)
    expect(served.stderr()).not.toContain('s3cret')
    await expect.poll(served.stderr).toContain('the token has 6 characters')
    const without = await runCli(['serve', '--token-env', 'NO_SUCH_VARIABLE'], { cwd })
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('NO_SUCH_VARIABLE') })
  })

  test('refuses a port that is taken and an address for others without a token, with exit code 2', async () => {
    const served = await serve(['--preload', 'Qdrant/bm25', '--workers', '1'])
    const { port } = new URL(served.url)
    const taken = await runCli(['serve', '--port', port, '--json'], { cwd })
    expect(taken.code).toBe(2)
    expect(JSON.parse(taken.stdout)).toMatchObject({ error: { code: 'CANNOT_LISTEN' } })
    const others = await runCli(['serve', '--host', '0.0.0.0', '--port', '0'], { cwd })
    expect(others).toMatchObject({ code: 2, stderr: expect.stringContaining('--token-env') })
  })
})
