import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { runCli } from '../run-cli.js'

const SAMPLE = fileURLToPath(new URL('../../../bench/sample/medical-qa.jsonl', import.meta.url))
const COPIES = 3

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-kill-'))
})
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true })
})

/** Every point with its vectors, by id. */
async function contents(path: string) {
  const store = await openLocalStore({ path })
  const { points } = await store.scroll('hybrid-search', { limit: 10_000, vectors: true })
  await store.close()
  return points
}

test('an ingest that is killed by SIGKILL and started again ends equal, bit for bit, to an undisturbed one', async () => {
  const passages = readFileSync(SAMPLE, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).passage_text as string)
  const lines = Array.from({ length: COPIES }, (_, copy) =>
    passages.map((text, i) =>
      JSON.stringify({ id: copy * passages.length + i, text: `${copy} ${text.slice(0, 120)}` }),
    ),
  ).flat()
  writeFileSync(join(cwd, 'corpus.jsonl'), lines.join('\n'))
  const args = (store: string) => ['ingest', 'corpus.jsonl', '--store', store]

  const killed = await runCli(args('killed'), {
    cwd,
    env: { OFFGRID_PROGRESS_MS: '0' },
    // the first progress line comes when the first batch is acknowledged
    onStderr: (_, kill) => kill('SIGKILL'),
  })
  expect(killed.signal).toBe('SIGKILL')
  const stored = await contents(join(cwd, 'killed'))
  expect(stored.length).toBeGreaterThan(0)
  expect(stored.length).toBeLessThan(lines.length)

  const again = await runCli([...args('killed'), '--json'], { cwd })
  expect(again.code).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject({ documents: lines.length, unchanged: stored.length, failed: 0 })
  await runCli(args('undisturbed'), { cwd })
  expect(await contents(join(cwd, 'killed'))).toEqual(await contents(join(cwd, 'undisturbed')))
})
