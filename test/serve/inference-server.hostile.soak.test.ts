import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const CLOCK = new URL('./stall-clock.js', import.meta.url).href
const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const TOKEN = 'a-token-of-some-length'
const BODY_BYTES = 32 * 2 ** 20
const REQUESTS = 1_000
const AT_ONCE = 8
const HELD = 20
/** What the service promises; time for which other programs had the cores does not count, see stall-clock.js. */
const LONGEST_STALL_MS = 250
const LONGEST_ANSWER_MS = 1_000
/** The service promises that memory is what it was within this part. */
const MEMORY_FACTOR = 1.2
/** Memory of a service in use: that after so many rounds of ordinary requests, or before if a round adds less than this part. */
const MAX_ROUNDS = 20
const ROUND_GROWTH = 1.01

let child: ChildProcess
let url: string
beforeAll(async () => {
  // a heap as on a machine of 2 GB
  const args = [
    '--max-old-space-size=512',
    '--import',
    CLOCK,
    MAIN,
    'serve',
    '--port',
    '0',
    '--json',
    '--token-env',
    'SECRET',
    '--workers',
    '2',
  ]
  child = spawn(process.execPath, args, {
    env: { ...process.env, SECRET: TOKEN },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  url = JSON.parse(String(line)).url
})
afterAll(() => {
  child.kill('SIGKILL')
})

const BEARER = { authorization: `Bearer ${TOKEN}` }

async function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = BEARER): Promise<number> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  await response.arrayBuffer()
  return response.status
}

const infer = (model: string, options: object | null = null) =>
  post('/infer', { inputs: [{ data: 'What is gout?', data_type: 'text', model, options }], inference: 'search' })

async function metric(name: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`, { headers: BEARER })).text()
  return Number(new RegExp(`^offgrid_${name} (\\S+)$`, 'm').exec(page)![1])
}

/** Since the last look. */
async function look(): Promise<{ longestMs: number; othersShare: number }> {
  const told = once(child, 'message')
  child.send('look')
  return (await told)[0]
}

/** What callers with the token ask, of all models and with many options. */
async function ordinaryRound(): Promise<void> {
  for (let i = 0; i < 70; i++) {
    const statuses = await Promise.all([
      infer(DENSE, { max_tokens: 10 + i }),
      infer('qdrant/bm25', { k: 1 + i / 100 }),
      infer(DENSE, { precision: 'int8' }),
      post('/rerank', { query: 'gout', texts: ['a river', 'gout hurts'] }),
    ])
    expect(statuses).toEqual([200, 200, 200, 200])
  }
}

/** Resident memory once ordinary requests add nothing to it. */
async function settledMemory(): Promise<number> {
  let memory = 0
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await ordinaryRound()
    const now = await metric('resident_memory_bytes')
    if (now < memory * ROUND_GROWTH) return Math.max(now, memory)
    memory = now
  }
  return memory
}

/** Sends a body of 32 MiB piece by piece, until it is answered, hung up on, or sent but for its last bytes. */
async function send(path: string, element: string, headers: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  let isOver = false
  const over = new Promise<void>((resolve) => {
    for (const event of ['data', 'close']) {
      socket.once(event, () => {
        isOver = true
        resolve()
      })
    }
  })
  socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${headers}`)
  socket.write(`content-length: ${BODY_BYTES}\r\n\r\n{"x":[`)
  const piece = element.repeat(Math.floor(65_536 / element.length))
  for (let sent = 8; !isOver && sent + piece.length < BODY_BYTES; sent += piece.length) {
    await Promise.race([over, new Promise((resolve) => socket.write(piece, resolve))])
  }
  return socket
}

const ATTACKS: readonly ((i: number) => Promise<unknown>)[] = [
  (i) => infer(DENSE, { max_tokens: 10 + (i % 240) }),
  (i) => infer('qdrant/bm25', { k: 1 + i / 1_000, language: i % 2 ? 'german' : 'english' }),
  async () => (await send('/infer', '{},', '')).destroy(),
  async () => (await send('/infer', '{"0":0},', `authorization: Bearer ${TOKEN}\r\n`)).destroy(),
  async () => (await send('/v1/embeddings', '[],', `authorization: Bearer ${TOKEN}\r\n`)).destroy(),
  async () => (await send('/infer', '{},', 'authorization: Bearer wrong\r\n')).destroy(),
  (i) => post('/infer', JSON.parse(`{"a":${'['.repeat(60 + (i % 900))}${']'.repeat(60 + (i % 900))}}`)),
]

describe('after a thousand hostile requests', () => {
  test('a request with the token is answered at once, nothing stalled meanwhile, and memory is what it was', async () => {
    const before = await settledMemory()
    await look()

    const held = await Promise.all(Array.from({ length: HELD }, () => send('/infer', `"${'x'.repeat(1_000)}",`, '')))
    let isOver = false
    let longest = 0
    const probing = (async () => {
      while (!isOver) {
        const begun = performance.now()
        expect((await fetch(`${url}/healthz`)).status).toBe(200)
        longest = Math.max(longest, performance.now() - begun)
        expect(await infer(DENSE)).toBe(200)
      }
    })()
    let next = 0
    const attack = async () => {
      while (next < REQUESTS) {
        const i = next++
        await ATTACKS[i % ATTACKS.length]!(i)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, attack))
    isOver = true
    await probing
    const { longestMs, othersShare } = await look()
    const part = 1 - othersShare

    const begun = performance.now()
    expect(await infer(DENSE)).toBe(200)
    const answerMs = performance.now() - begun
    expect(longestMs).toBeLessThan(LONGEST_STALL_MS)
    expect(Math.max(longest, answerMs) * part).toBeLessThan(LONGEST_ANSWER_MS)
    for (const socket of held) socket.destroy()
    // what is garbage by now is collected as the service goes on
    const used = async () => {
      await ordinaryRound()
      return (await metric('resident_memory_bytes')) / before
    }
    await expect.poll(used, { timeout: 60_000, interval: 500 }).toBeLessThan(MEMORY_FACTOR)
    expect(await metric('held_bytes')).toBeLessThan(100_000)
  })

  test('SIGTERM ends the service within its time though clients hold half-sent bodies', async () => {
    const held = await Promise.all(
      Array.from({ length: 5 }, () => send('/infer', `"${'x'.repeat(1_000)}",`, `authorization: Bearer ${TOKEN}\r\n`)),
    )
    const ended = once(child, 'exit')
    const begun = performance.now()
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(performance.now() - begun).toBeLessThan(35_000)
    for (const socket of held) socket.destroy()
  })
})
