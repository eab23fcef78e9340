import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateTexts } from '../../../src/bench/measure/generate-texts.js'
import { runCli } from '../run-cli.js'

const DOCUMENTS = 2500

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-runs-'))
  const lines = [...generateTexts(DOCUMENTS, 3)].map((text, id) => JSON.stringify({ id, text }))
  writeFileSync(join(cwd, 'corpus one.jsonl'), lines.join('\n'))
})
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true })
})

interface Run {
  readonly id: string
  readonly state: string
  readonly documents: number
  readonly resume: string | null
}

async function listRuns(): Promise<Run[]> {
  const { stdout } = await runCli(['runs', 'list', '--json'], { cwd })
  return JSON.parse(stdout).runs
}

test('Ctrl-C says how to continue, a second one ends at once, and `runs resume` goes on from anywhere until all is stored', async () => {
  const args = ['ingest', 'corpus one.jsonl', '--vectors', 'dense', '--precision', 'int8', '--restart']
  const stopped = await runCli(args, {
    cwd,
    env: { OFFGRID_PROGRESS_MS: '0' },
    onStderr: (text, kill) => {
      if (/\d documents/.test(text) && !/stopping/.test(text)) kill('SIGINT')
    },
  })
  expect(stopped).toMatchObject({ code: 130, signal: null })
  const command = "offgrid ingest 'corpus one.jsonl' --vectors dense --precision int8"
  expect(stopped.stderr).toContain(`to continue: ${command}\n`)
  const [first] = await listRuns()
  expect(first).toMatchObject({ state: 'interrupted', resume: command })

  const killed = await runCli(['runs', 'resume', first!.id], {
    cwd,
    env: { OFFGRID_PROGRESS_MS: '0' },
    onStderr: (text, kill) => {
      if (/stopping/.test(text)) kill('SIGINT')
      else if (/\d documents/.test(text)) kill('SIGINT')
    },
  })
  expect(killed).toMatchObject({ code: null, signal: 'SIGINT' })

  mkdirSync(join(cwd, 'elsewhere'))
  const resumed = await runCli(['runs', 'resume', first!.id, '--store', '../.offgrid/store', '--json'], {
    cwd: join(cwd, 'elsewhere'),
  })
  expect(resumed.code).toBe(0)
  const summary = JSON.parse(resumed.stdout) as { documents: number; unchanged: number; run: string }
  expect(summary).toMatchObject({ documents: DOCUMENTS, run: first!.id })
  expect(summary.unchanged).toBeGreaterThan(0)
  expect(await listRuns()).toMatchObject([{ id: first!.id, state: 'done', documents: DOCUMENTS, resume: null }])

  const shown = await runCli(['runs', 'show', first!.id], { cwd })
  expect(shown.stdout).toContain(`${DOCUMENTS} documents`)
  expect(await runCli(['runs', 'resume', first!.id], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('RUN_NOT_OPEN'),
  })
  expect(await runCli(['runs', 'show', 'nonsense'], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('RUN_UNKNOWN'),
  })
})

test('a run that read stdin is named as such and cannot be resumed without its input', async () => {
  const stdin = Array.from({ length: 5000 }, (_, id) => JSON.stringify({ id, text: `a text ${id}` })).join('\n')
  const result = await runCli(['ingest', '-', '--vectors', 'bm25', '--collection', 'piped', '--json'], { cwd, stdin })
  const { run } = JSON.parse(result.stdout) as { run: string }
  const { sources, sessions } = JSON.parse((await runCli(['runs', 'show', run, '--json'], { cwd })).stdout)
  expect(sources).toEqual(['-'])
  expect(sessions[0].input).toMatchObject({ digest: null, first: [{ path: '-', sizeBytes: null }] })
})

test('--prune deletes what the input does not have any more and says so; --overlap without --chunk is refused', async () => {
  const file = join(cwd, 'pruned.jsonl')
  writeFileSync(file, '{"id":1,"text":"one"}\n{"id":2,"text":"two"}')
  const args = ['ingest', 'pruned.jsonl', '--vectors', 'bm25', '--collection', 'pruned', '--json']
  await runCli(args, { cwd })
  writeFileSync(file, '{"id":2,"text":"two"}')
  expect(JSON.parse((await runCli([...args, '--prune'], { cwd })).stdout)).toMatchObject({ unchanged: 1, pruned: 1 })
  expect(await runCli([...args, '--overlap', '4'], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--chunk'),
  })
})
