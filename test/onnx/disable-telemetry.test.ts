import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const INDEX = new URL('../../dist/src/index.js', import.meta.url).href

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'offgrid-home-'))
  writeFileSync(join(home, 'one.jsonl'), '{"id":1,"text":"one text"}')
})
afterAll(() => {
  rmSync(home, { recursive: true, force: true })
})

/** ONNX Runtime's telemetry keeps a device id and a queue of events below the user's cache folder before it sends anything. */
function traces(): string[] {
  const cache = join(home, '.cache')
  return existsSync(cache) ? readdirSync(cache).filter((name) => name !== 'offgrid') : []
}

function run(args: readonly string[]): void {
  const { XDG_CACHE_HOME: _, ORT_DISABLE_TELEMETRY: __, ...env } = process.env
  execFileSync(process.execPath, args, { cwd: home, env: { ...env, HOME: home }, stdio: 'pipe' })
}

describe('ONNX Runtime telemetry is off', () => {
  test('the command line, worker threads included, leaves no trace of it', () => {
    run([MAIN, 'ingest', 'one.jsonl'])
    run([MAIN, 'search', 'a text'])
    expect(traces()).toEqual([])
  })

  test('the library leaves no trace of it', () => {
    const script = `import { TextEmbedding } from '${INDEX}'
      const dense = await TextEmbedding.create({ workers: 1 })
      await dense.queryEmbed('a text')
      await dense.close()`
    run(['--input-type=module', '-e', script])
    expect(traces()).toEqual([])
  })
})
