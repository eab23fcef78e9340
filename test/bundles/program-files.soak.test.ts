import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unbundle } from '../../src/bundles/unbundle.js'
import { type WrittenBundle, writeBundle } from '../../src/bundles/write-bundle.js'

const DENY_NETWORK = fileURLToPath(new URL('../cli/deny-network.cjs', import.meta.url))

let folder: string
let bundle: WrittenBundle

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-program-'))
  bundle = await writeBundle(join(folder, 'all.tgz'), { withProgram: true })
  mkdirSync(join(folder, 'machine'))
  execFileSync('tar', ['-xzf', bundle.file, '-C', join(folder, 'machine')])
})

afterAll(() => rmSync(folder, { recursive: true }))

/** On a machine that has Node and nothing else: another home, no npm, nothing of the clone on any path, no network. */
function offgrid(...args: string[]): string {
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: join(folder, 'home'),
    NODE_OPTIONS: `--require=${DENY_NETWORK}`,
    OFFGRID_CONNECTIONS: join(folder, 'connections.txt'),
  }
  return execFileSync(join(folder, 'machine', 'offgrid'), args, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' })
}

describe('a bundle with the program', () => {
  it('is checked by sha256sum, every file of it', () => {
    const checked = execFileSync('sha256sum', ['-c', '--strict', 'SHA256SUMS'], {
      cwd: join(folder, 'machine'),
      encoding: 'utf8',
    })
    expect(checked).not.toContain('FAILED')
    const index = JSON.parse(readFileSync(join(folder, 'machine', 'offgrid-bundle.json'), 'utf8')) as {
      files: unknown[]
    }
    expect(checked.trim().split('\n').length).toBeGreaterThan(index.files.length)
  })

  it('runs where it was unpacked: checks its models, ingests, searches, and asks for no connection', () => {
    writeFileSync(join(folder, 'two.jsonl'), '{"id":1,"text":"Gout hurts."}\n{"id":2,"text":"Asthma wheezes."}\n')
    expect(offgrid('doctor')).not.toContain('FAILED')
    expect(offgrid('models', 'verify')).not.toContain('FAILED')
    expect(JSON.parse(offgrid('ingest', 'two.jsonl', '--json'))).toMatchObject({ points: 2, failed: 0 })
    expect(JSON.parse(offgrid('search', 'wheezing', '--rerank', '--json')).hits[0]).toMatchObject({ id: 2 })
    expect(() => readFileSync(join(folder, 'connections.txt'))).toThrow(/ENOENT/)
  })

  it('brings its models to an offgrid that is there already', async () => {
    const there = { modelsFolder: join(folder, 'there') }
    const { models, program } = await unbundle(bundle.file, there)
    expect(program).toEqual(bundle.program)
    expect(models.map(({ was }) => was)).toEqual(['absent', 'absent', 'absent'])
    const again = await unbundle(bundle.file, there)
    expect(again.models.map(({ was }) => was)).toEqual(['equal', 'equal', 'equal'])
  })

  it('has the same bytes when it is written again', async () => {
    const again = await writeBundle(join(folder, 'again.tgz'), { withProgram: true })
    expect(again.sha256).toBe(bundle.sha256)
  })
})
