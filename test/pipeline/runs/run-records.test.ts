import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type RunHead, RunJournal } from '../../../src/pipeline/runs/run-journal.js'
import { listRuns } from '../../../src/pipeline/runs/run-records.js'
import { temporaryFolder } from '../../stores/local/temporary-folder.js'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const HEAD = { version: 1, started: '2026-01-01T00:00:00Z', args: ['ingest', 'a'], cwd: '/', sources: ['a'] } as const

test('a journal whose run has the name of another file is no run: going on with it would write over that file', async () => {
  const runs = join(folder.path, 'runs')
  const head = (id: string) => ({ ...HEAD, id, store: '/s', collection: 'c', fingerprint: {}, reading: {} }) as RunHead
  writeFileSync(join(folder.path, 'victim.jsonl'), 'mine')
  for (const id of ['one', 'two']) await (await RunJournal.create(runs, head(id))).close()
  // as somebody writes it who knows the format: the lines are whole, and say what they like
  await (await RunJournal.create(folder.path, head('other'))).close()
  renameSync(join(folder.path, 'other.jsonl'), join(runs, 'three.jsonl'))
  const aside = join(runs, 'aside')
  await (await RunJournal.create(aside, head('../../victim'))).close()
  expect(existsSync(join(folder.path, 'victim.jsonl'))).toBe(true)
  renameSync(join(folder.path, 'victim.jsonl'), join(runs, 'four.jsonl'))
  expect((await listRuns(runs)).map(({ id }) => id).sort()).toEqual(['one', 'two'])
})
