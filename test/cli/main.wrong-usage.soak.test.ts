import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from './run-cli.js'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-usage-'))
  writeFileSync(join(cwd, 'docs.jsonl'), '{"id":1,"text":"knee"}\n{"id":2,"text":"ear"}\n{"id":3}\n')
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const offgrid = (...args: string[]) => runCli(args, { cwd })
const ingest = (...args: string[]) => offgrid('ingest', 'docs.jsonl', ...args)

describe('an option that cannot have an effect ends with exit code 2 and what it needs', () => {
  test.each([
    ['--language --avg-len', 'bm25 among --vectors', ['--vectors', 'dense', '--language', 'german', '--avg-len', '9']],
    ['--pool-factor', 'late among --vectors', ['--vectors', 'dense,bm25', '--pool-factor', '1']],
    ['--model', 'dense among --vectors', ['--vectors', 'bm25', '--model', 'x/y']],
    ['--precision', 'dense or late among --vectors', ['--vectors', 'bm25', '--precision', 'int8']],
    ['--log-level', '--log FILE', ['--log-level', 'debug']],
    ['--api-key-file', '--url', ['--api-key-file', 'key']],
  ])('%s without %s', async (options, need, args) => {
    const { code, stderr } = await ingest(...args)
    expect(code).toBe(2)
    for (const option of options.split(' ')) expect(stderr).toContain(option)
    expect(stderr).toContain(need)
  })
})

describe('wrong usage with --json', () => {
  test.each([
    ['an unknown option', ['search', 'knee', '--limt', '3']],
    ['a missing argument', ['search']],
    ['a question of white space', ['search', ' \t']],
    ['an unknown command', ['frobnicate']],
    ['a value that is no number', ['search', 'knee', '--limit', 'many']],
  ])('%s ends with exit code 2 and one JSON object', async (_, args) => {
    const { code, stdout, stderr } = await offgrid(...args, '--json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } })
    expect(stderr).toMatch(/^offgrid: .* \[[A-Z_]+\]\n$/)
  })
})

describe('offgrid embed', () => {
  test('keeps rejected documents in a file and writes a log, as ingest does', async () => {
    const args = ['embed', 'docs.jsonl', '--model', 'Qdrant/bm25', '--out', 'out.jsonl', '--memory', '1gb']
    const result = await offgrid(...args, '--errors', 'errors.jsonl', '--log', 'run.log', '--json')
    expect(result).toMatchObject({ code: 3, stderr: expect.stringMatching(/rejected docs\.jsonl, line 3/) })
    expect(JSON.parse(result.stdout)).toMatchObject({ documents: 2, failed: 1 })
    expect(JSON.parse(readFileSync(join(cwd, 'errors.jsonl'), 'utf8'))).toMatchObject({ line: 3, code: 'MISSING_TEXT' })
    const events = readFileSync(join(cwd, 'run.log'), 'utf8').trim().split('\n')
    expect(events.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['start', 'rejected', 'end'])
  })
})

describe('a store that is a file', () => {
  test('is refused by what was expected', async () => {
    const { code, stderr } = await ingest('--vectors', 'bm25', '--store', 'docs.jsonl')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('expected a folder, got a file') })
  })
})

describe('the second Ctrl-C', () => {
  test('ends the process at once by that signal, which shells report as 130, without an abort trace', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `{"id":${i},"text":"text ${i} ${'about joints '.repeat(8)}"}`)
    writeFileSync(join(cwd, 'long.jsonl'), lines.join('\n'))
    let isStopping = false
    const result = await runCli(['ingest', 'long.jsonl', '--vectors', 'dense', '--collection', 'long'], {
      cwd,
      env: { OFFGRID_PROGRESS_MS: '0' },
      onStderr: (text, kill) => {
        if (/stopping/.test(text)) kill('SIGINT')
        else if (/\d documents/.test(text) && !isStopping) {
          isStopping = true
          kill('SIGINT')
        }
      },
    })
    expect(result).toMatchObject({ code: null, signal: 'SIGINT' })
    expect(result.stderr).not.toMatch(/terminate called|Napi/)
  })
})

test('serve does not serve a server as a server', async () => {
  const { code, stderr } = await offgrid('serve', '--port', '0', '--qdrant-port', '0', '--url', 'http://127.0.0.1:1')
  expect(code).toBe(2)
  expect(stderr).toContain('--qdrant-port: expected a store in a folder (--store)')
})
