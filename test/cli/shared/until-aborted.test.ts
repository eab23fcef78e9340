import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { untilAborted } from '../../../src/cli/shared/until-aborted.js'

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))

describe('a stream until a signal', () => {
  test('ends at once when it is aborted while nothing comes', async () => {
    const controller = new AbortController()
    async function* idle() {
      yield 1
      await new Promise(() => {})
    }
    const got: number[] = []
    for await (const value of untilAborted(idle(), controller.signal)) {
      got.push(value)
      setImmediate(() => controller.abort())
    }
    expect(got).toEqual([1])
  })

  test('is closed when its reader stops, and passes everything on otherwise', async () => {
    let isClosed = false
    async function* counted() {
      try {
        for (let i = 0; i < 5; i++) yield i
      } finally {
        isClosed = true
      }
    }
    const { signal } = new AbortController()
    for await (const value of untilAborted(counted(), signal)) if (value === 2) break
    expect(isClosed).toBe(true)
    const all: number[] = []
    for await (const value of untilAborted(counted(), signal)) all.push(value)
    expect(all).toEqual([0, 1, 2, 3, 4])
  })
})

describe('a command whose input is idle', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'offgrid-idle-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
    ['ingest of a pipe that nobody writes to', ['ingest', 'pipe.jsonl', '--vectors', 'bm25', '--store', 'store']],
    ['ingest of a quiet stdin', ['ingest', '-', '--vectors', 'bm25', '--store', 'store']],
    ['embed of a quiet stdin', ['embed', '-', '--model', 'Qdrant/bm25']],
  ]

  test.skipIf(process.platform === 'win32').each(COMMANDS)('ends by one signal: %s', async (_name, args) => {
    execFileSync('mkfifo', [join(folder, 'pipe.jsonl')])
    const child = spawn(process.execPath, [MAIN, ...args, '--log', 'log.jsonl'], { cwd: folder })
    let stderr = ''
    child.stderr.on('data', (data: Buffer) => {
      stderr += data
    })
    if (args.includes('-')) child.stdin.write('{"id":1,"text":"one"}\n')
    // a run that has begun says so, and has its handlers by then
    await expect.poll(() => isFilled(join(folder, 'log.jsonl')), { timeout: 30_000 }).toBe(true)
    child.kill('SIGTERM')
    const [code, signal] = await once(child, 'close')
    expect(signal === 'SIGINT' ? 130 : code, stderr).toBe(130)
    expect(stderr).toContain('stopping')
  })
})

function isFilled(path: string): boolean {
  return existsSync(path) && statSync(path).size > 0
}
