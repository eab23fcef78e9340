import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../run-cli.js'

const LINE_BYTES = 2 * 2 ** 30
/** Far below the line, above what a run with BM25 takes anyway: see src/pool/workers-within.ts. */
const MAX_RSS_BYTES = 450e6

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-long-line-'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe('a line of 2 GB', () => {
  test('is rejected with its offset in bounded memory, and the lines around it are stored', async () => {
    const before = '{"id":1,"text":"before"}\n'
    const file = openSync(join(cwd, 'long.jsonl'), 'w')
    writeSync(file, before)
    // a hole: NULs to the end of the line, without taking space
    writeSync(file, '\n{"id":2,"text":"after"}\n', before.length + LINE_BYTES)
    const args = ['ingest', 'long.jsonl', '--vectors', 'bm25', '--errors', 'errors.jsonl', '--json', '--quiet']
    const { code, stdout } = await runCli(args, { cwd })
    expect(code).toBe(3)
    const summary = JSON.parse(stdout)
    expect(summary).toMatchObject({ documents: 2, failed: 1 })
    expect(summary.peakRssBytes).toBeLessThan(MAX_RSS_BYTES)
    expect(JSON.parse(readFileSync(join(cwd, 'errors.jsonl'), 'utf8'))).toMatchObject({
      line: 2,
      byteOffset: before.length,
      code: 'LINE_TOO_LONG',
    })
  })
})
