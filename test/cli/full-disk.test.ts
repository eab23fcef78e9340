import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from './run-cli.js'

const DOCUMENTS = 6000

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-full-'))
  const lines = Array.from({ length: DOCUMENTS }, (_, i) => `{"id":${i},"text":"text ${i} ${`word${i} `.repeat(40)}"}`)
  writeFileSync(join(cwd, 'docs.jsonl'), lines.join('\n'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe('a disk that fills up', () => {
  test('ends ingest with exit code 1 and how to go on; with free space the same command completes the corpus', async (context) => {
    const disk = join(cwd, 'disk')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      context.skip('mounting a small file system is not permitted')
    }
    try {
      const ballast = join(disk, 'ballast')
      writeFileSync(ballast, Buffer.alloc(22 * 2 ** 20))
      const args = ['ingest', 'docs.jsonl', '--vectors', 'bm25', '--store', join(disk, 'store'), '--json', '--quiet']
      const full = await runCli(args, { cwd })
      expect(full).toMatchObject({ code: 1, signal: null })
      expect(JSON.parse(full.stdout)).toMatchObject({ error: { code: 'STORE_FULL' } })
      expect(full.stderr).toMatch(/free some space, then the same command continues/)
      expect(full.stderr).toContain('[STORE_FULL]')
      rmSync(ballast)
      const continued = await runCli(args, { cwd })
      expect(continued).toMatchObject({ code: 0, stderr: '' })
      const { documents, unchanged } = JSON.parse(continued.stdout)
      expect(documents).toBe(DOCUMENTS)
      expect(unchanged).toBeGreaterThan(0)
    } finally {
      execFileSync('umount', ['--lazy', disk])
    }
  })
})
