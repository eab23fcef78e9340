import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../run-cli.js'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-dry-'))
  writeFileSync(join(cwd, 'docs.jsonl'), '{"id":1,"text":"one"}\n{"id":2,"text":"two"}\n{')
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test('ingest --dry-run says what would come of it, and no store is made', async () => {
  const { code, stdout, stderr } = await runCli(['ingest', 'docs.jsonl', '--vectors', 'bm25', '--dry-run'], { cwd })
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('storing nothing') })
  expect(stdout).toMatch(/^id +100 % +id$/m)
  expect(stdout).toMatch(/^text +100 % +text$/m)
  expect(stdout).toMatch(/^3 records, of which the first 3 were embedded: 1 rejected in all/m)
  expect(stdout).toMatch(/^about 2 points with bm25, \d+ kB in the embedded store$/m)
  expect(readdirSync(cwd)).toEqual(['docs.jsonl'])
})
