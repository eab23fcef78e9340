import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const SAMPLE = new URL('../../bench/sample/medical-qa.jsonl', import.meta.url)
const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
/** How long the crowd asks: 600 to see that memory stays flat over ten minutes. bench/RESULTS.md has figures. */
const SECONDS = Number(process.env.OFFGRID_CROWD_SECONDS || 45)
const CLIENTS = 64
const LOADERS = 2
const BULK_TEXTS = 2_048
const BULK_CHARACTERS = 160
const ALONE = 200
/** Of a client between an answer and its next question, at most. */
const THINKING_MS = 4_000
/** Memory of the second half of the time, as part of that of the first. */
const MEMORY_FACTOR = 1.15
const QUESTIONS = [
  'What is gout?',
  'Does asthma wheeze?',
  'cartilage',
  'How long does the flu last?',
  'signs of a stroke',
]

let child: ChildProcess
let url: string
beforeAll(async () => {
  child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--json', '--preload', DENSE], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  url = JSON.parse(String(line)).url
})
afterAll(async () => {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
})

/** @param address of this machine: to the service each is another client */
function embed(input: string | readonly string[], address: string, agent: Agent) {
  const begun = performance.now()
  return new Promise<{ status: number; vectors: string[]; milliseconds: number }>((resolve, reject) => {
    const sent = request(`${url}/v1/embeddings`, {
      ...{ method: 'POST', localAddress: address, agent },
      headers: { 'content-type': 'application/json' },
    })
    sent.once('error', reject)
    sent.once('response', async (response) => {
      const body = await textOf(response)
      const vectors = response.statusCode === 200 ? JSON.parse(body).data : []
      resolve({
        status: response.statusCode!,
        vectors: vectors.map(({ embedding }: { embedding: string }) => embedding),
        milliseconds: performance.now() - begun,
      })
    })
    sent.end(JSON.stringify({ model: DENSE, input, encoding_format: 'base64' }))
  })
}

async function residentMegabytes(): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text()
  return Number(/^offgrid_resident_memory_bytes (\S+)$/m.exec(page)![1]) / 2 ** 20
}

const quantile = (sorted: readonly number[], part: number) => sorted[Math.ceil(part * sorted.length) - 1]!
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b)

test(`${CLIENTS} clients, ${LOADERS} of them bulk loaders: everybody is answered with the right vectors, in the same memory`, async () => {
  const lines = (await readFile(SAMPLE, 'utf8')).trimEnd().split('\n')
  const passages = lines.map((line) => String(JSON.parse(line).passage_text).slice(0, BULK_CHARACTERS))
  const bulk = Array.from({ length: BULK_TEXTS }, (_, i) => `${i} ${passages[i % passages.length]}`)

  const single = new Agent({ keepAlive: true })
  const expected: string[] = []
  const alone: number[] = []
  for (let i = 0; i < ALONE; i++) {
    const { status, vectors, milliseconds } = await embed(QUESTIONS[i % QUESTIONS.length]!, '127.0.0.1', single)
    expect(status).toBe(200)
    expected[i % QUESTIONS.length] ??= vectors[0]!
    alone.push(milliseconds)
  }
  single.destroy()

  const end = performance.now() + SECONDS * 1_000
  const statuses = new Map<number, number>()
  const times: number[] = []
  const memory: number[] = []
  let wrong = 0
  let bulkTexts = 0
  const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1)
  const askerOf = async (client: number) => {
    const agent = new Agent({ keepAlive: true })
    for (let i = client; performance.now() < end; i++) {
      // clients of one rhythm would all ask at once
      await pause(((i * 2_654_435_761) % 2 ** 32) * (THINKING_MS / 2 ** 32))
      const { status, vectors, milliseconds } = await embed(
        QUESTIONS[i % QUESTIONS.length]!,
        `127.0.1.${client}`,
        agent,
      )
      count(status)
      times.push(milliseconds)
      if (vectors[0] !== expected[i % QUESTIONS.length]) wrong++
    }
    agent.destroy()
  }
  const loaderOf = async (client: number) => {
    const agent = new Agent({ keepAlive: true })
    while (performance.now() < end) {
      const { status, vectors } = await embed(bulk, `127.0.2.${client}`, agent)
      count(status)
      bulkTexts += vectors.length
      if (new Set(vectors).size !== BULK_TEXTS) wrong++
    }
    agent.destroy()
  }
  const watching = (async () => {
    while (performance.now() < end) {
      memory.push(await residentMegabytes())
      await pause(1_000)
    }
  })()
  await Promise.all([
    ...Array.from({ length: CLIENTS - LOADERS }, (_, i) => askerOf(i + 1)),
    ...Array.from({ length: LOADERS }, (_, i) => loaderOf(i + 1)),
    watching,
  ])

  const half = Math.floor(memory.length / 2)
  const [first, second] = [Math.max(...memory.slice(0, half)), Math.max(...memory.slice(half))]
  const p50 = quantile(ascending(alone), 0.5)
  const sorted = ascending(times)
  const p99 = quantile(sorted, 0.99)
  process.stdout.write(
    `${SECONDS} s: ${times.length} short texts, ${bulkTexts} texts of ${LOADERS} loaders; alone p50 ${p50.toFixed(1)} ms; in the crowd p50 ${quantile(sorted, 0.5).toFixed(1)} ms, ` +
      `p99 ${p99.toFixed(1)} ms (${(p99 / p50).toFixed(1)} times p50 alone), longest ${sorted.at(-1)!.toFixed(0)} ms; ` +
      `at most ${first.toFixed(0)} MB in the first half, ${second.toFixed(0)} MB in the second\n`,
  )
  expect([...statuses.keys()]).toEqual([200])
  expect(wrong).toBe(0)
  expect(times.length).toBeGreaterThan(CLIENTS)
  expect(bulkTexts).toBeGreaterThanOrEqual(LOADERS * BULK_TEXTS)
  expect(second).toBeLessThan(first * MEMORY_FACTOR)
})
