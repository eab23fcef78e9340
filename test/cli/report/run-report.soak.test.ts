import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../run-cli.js'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-report-'))
  const lines = Array.from({ length: 600 }, (_, i) => `{"id":${i},"text":"text ${i} ${'about joints '.repeat(20)}"}`)
  writeFileSync(join(cwd, 'docs.jsonl'), [...lines, '{broken', '{"id":9999}'].join('\n'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe('what a run tells', () => {
  test('its figures for Prometheus on loopback while it runs, with progress on stderr', async () => {
    const answers: Promise<string>[] = []
    const args = ['ingest', 'docs.jsonl', '--vectors', 'dense', '--metrics-port', '0']
    const { code, stderr } = await runCli(args, {
      cwd,
      env: { OFFGRID_PROGRESS_MS: '0' },
      onStderr: (text) => {
        const url = /metrics: (http:\/\/127\.0\.0\.1:\d+\/metrics)/.exec(text)?.[1]
        // asked once something was stored, so that the figures are there
        if (url !== undefined && /\d documents/.test(text) && answers.length === 0) {
          answers.push(fetch(url).then((response) => response.text()))
        }
      },
    })
    expect(code).toBe(3)
    expect(stderr).toMatch(/ left, [\d.]+\/s, 2 rejected, \d+ documents, \d+ tokens\/s, \d+ working, \d+ waiting/)
    expect(stderr).toMatch(/2 rejected/)
    const text = await answers[0]!
    const figure = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
    expect(figure('offgrid_documents_total')).toBeGreaterThan(0)
    expect(figure('offgrid_points_total')).toBeLessThanOrEqual(600)
    expect(figure('offgrid_batches_total')).toBeGreaterThan(0)
    expect(figure('offgrid_tokens_total')).toBeGreaterThan(0)
    expect(figure('offgrid_resident_memory_bytes')).toBeGreaterThan(1e7)
    expect(figure('offgrid_retries_total')).toBe(0)
    for (const stage of ['read', 'encode', 'store']) {
      expect(figure(`offgrid_stage_seconds_total\\{stage="${stage}"\\}`)).toBeGreaterThan(0)
    }
    expect(text).toMatch(/^# HELP offgrid_chunks_waiting /m)
  })

  test('a log of JSON lines from start to end, with each rejection and never a key', async () => {
    const args = ['ingest', 'docs.jsonl', '--vectors', 'bm25', '--collection', 'log', '--log', 'run.log', '--quiet']
    const env = { QDRANT_API_KEY: 'very-secret' }
    expect(await runCli([...args, '--log-level', 'debug'], { cwd, env })).toMatchObject({ code: 3, stderr: '' })
    const text = readFileSync(join(cwd, 'run.log'), 'utf8')
    expect(text).not.toContain('very-secret')
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; time: string })
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['start', 'batch', 'rejected', 'end']))
    expect(events[0]).toMatchObject({ event: 'start', level: 'info', collection: 'log', sources: ['docs.jsonl'] })
    expect(events.filter(({ event }) => event === 'rejected')).toMatchObject([
      { level: 'warn', line: 601, code: 'INVALID_JSON' },
      { level: 'warn', line: 602, code: 'MISSING_TEXT' },
    ])
    expect(events.at(-1)).toMatchObject({ event: 'end', documents: 600, failed: 2, figures: { rejected: 2 } })
    for (const { time } of events) expect(new Date(time).toISOString()).toBe(time)
  })

  test('a failure with its code, to stderr where it is asked for', async () => {
    await runCli(['ingest', 'docs.jsonl', '--vectors', 'bm25', '--collection', 'mine', '--quiet'], { cwd })
    const args = ['ingest', 'docs.jsonl', '--vectors', 'dense', '--collection', 'mine', '--log', '-', '--quiet']
    const { code, stderr } = await runCli(args, { cwd })
    expect(code).toBe(2)
    const failed = stderr.split('\n').find((line) => line.includes('"event":"failed"'))
    expect(JSON.parse(failed!)).toMatchObject({ level: 'error', code: 'COLLECTION_MISMATCH' })
  })

  test('a port that is taken, a log that cannot be written and too little memory end with exit code 2', async () => {
    const ingest = (...args: string[]) => runCli(['ingest', 'docs.jsonl', ...args], { cwd })
    expect(await ingest('--metrics-port', '70000')).toMatchObject({ code: 2 })
    expect(await ingest('--log', 'no/such/folder.log')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('LOG_FILE'),
    })
    expect(await ingest('--memory', '50mb')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('MEMORY_TOO_SMALL'),
    })
    expect(await ingest('--memory', 'much')).toMatchObject({ code: 2 })
  })
})
