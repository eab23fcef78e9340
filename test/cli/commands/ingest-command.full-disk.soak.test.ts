import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../run-cli.js'

const DOCUMENTS = 6000

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-full-'))
  const lines = Array.from({ length: DOCUMENTS }, (_, i) => `{"id":${i},"text":"text ${i} ${`word${i} `.repeat(40)}"}`)
  writeFileSync(join(cwd, 'docs.jsonl'), lines.join('\n'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe('a store on a file system that is read-only', () => {
  test('is searched, and refuses an ingest by saying that it cannot be written', async (context) => {
    const disk = join(cwd, 'read-only')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      context.skip('mounting a small file system is not permitted')
    }
    try {
      writeFileSync(join(cwd, 'one.jsonl'), '{"id":1,"text":"knee"}')
      const ingest = (store: string) =>
        runCli(['ingest', 'one.jsonl', '--vectors', 'bm25', '--store', join(disk, store)], { cwd })
      expect(await ingest('store')).toMatchObject({ code: 0 })
      execFileSync('mount', ['-o', 'remount,ro', disk])
      expect(await runCli(['search', 'knee', '--store', join(disk, 'store')], { cwd })).toMatchObject({ code: 0 })
      for (const store of ['store', 'new/store']) {
        const { code, stderr } = await ingest(store)
        expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('[STORE_NOT_WRITABLE]') })
        expect(stderr).toMatch(/read-only file system/)
        expect(stderr).not.toContain('ENOENT')
      }
    } finally {
      execFileSync('umount', ['--lazy', disk])
    }
  })
})

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
