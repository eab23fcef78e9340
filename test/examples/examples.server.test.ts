import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropByPrefix, livePrefix, liveServer } from '../server/live-server.js'

const SAMPLE = new URL('../../bench/sample/medical-qa.jsonl', import.meta.url)
const PASSAGES = 24

const prefix = livePrefix()
let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-examples-'))
  file = join(folder, 'passages.jsonl')
  await writeFile(file, (await readFile(SAMPLE, 'utf8')).split('\n').slice(0, PASSAGES).join('\n'))
})
afterAll(async () => {
  await dropByPrefix(prefix)
  await rm(folder, { recursive: true, force: true })
})

async function run(name: string, args: readonly string[]): Promise<string[]> {
  const script = fileURLToPath(new URL(`../../dist/examples/${name}.js`, import.meta.url))
  const { QDRANT_URL: _url, ...env } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, file, ...args], { env })
  expect(stderr).toBe('')
  return stdout.trimEnd().split('\n')
}

/** The passage's name in a line of output, and its place. */
const passages = (lines: readonly string[]) => lines.map((line) => /([a-z][a-z0-9-]+)(?:$|: )/.exec(line)?.[1])

test.each([
  ['hybrid-search', 5],
  ['reranking', 10],
] as const)('%s answers from the server as from memory, at the second run too', async (name, limit) => {
  const inMemory = passages((await run(name, [])).slice(-limit))
  const server = ['--url', liveServer().url, '--collection', `${prefix}${name}`]
  for (let i = 0; i < 2; i++) {
    const fromServer = passages((await run(name, server)).slice(-limit))
    expect(fromServer[0]).toBe('relapsing-polychondritis')
    // equal scores stand in any order
    expect([...fromServer].sort()).toEqual([...inMemory].sort())
  }
})
