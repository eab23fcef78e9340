import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { RunJournal } from '../../../src/pipeline/runs/run-journal.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { temporaryFolder } from '../../stores/local/temporary-folder.js'
import { runCli } from '../run-cli.js'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const END = { kind: 'end', at: '2026-01-01T00:00:01Z', state: 'interrupted' } as const

test.each([
  ['another store', ['--store', '../victim']],
  ['the folder where it was begun', []],
  ['a server, with a file as its key', ['--url', 'http://127.0.0.1:9', '--api-key-file', '/etc/hostname']],
])('a run that a store keeps is not resumed where its command leads to %s', async (_, args) => {
  const path = join(folder.path, 'store')
  const cwd = join(folder.path, 'cwd')
  mkdirSync(cwd, { recursive: true })
  await (await openLocalStore({ path, durability: 'process' })).close()
  const journal = await RunJournal.create(join(path, 'runs'), {
    version: 1,
    id: 'run',
    started: '2026-01-01T00:00:00Z',
    args: ['ingest', 'a.jsonl', ...args],
    cwd,
    sources: ['a.jsonl'],
    store: path,
    collection: 'c',
    fingerprint: {},
    reading: {},
  })
  await journal.append(END)
  await journal.close()
  const { code, stderr } = await runCli(['runs', 'resume', 'run', '--store', path], { cwd: folder.path })
  expect(code).toBe(2)
  expect(stderr).toMatch(/writes to another store .*\[RUN_ELSEWHERE\]/)
})
