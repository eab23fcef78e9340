import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { generateTexts } from '../../../src/bench/measure/generate-texts.js'
import { listRuns } from '../../../src/pipeline/runs/run-records.js'
import { openLocalStore } from '../../../src/stores/open-local.js'

const PROCESS = fileURLToPath(new URL('../ingest-process.js', import.meta.url))
/** Two workers have four pieces of up to 256 texts under way, and one batch of 256 points waits: that much a kill can undo. */
const UNDER_WAY = 5 * 256

/** When a process ends itself: before a call returns, or a time after it began. */
export interface Kill {
  readonly at: 'encode' | 'upsert' | 'stored' | 'time'
  readonly call?: number
  readonly delayMs: number
}

/** Moments in workers, store writes and journal writes, and at any time from the start of the process on. */
export function drawKill(random: () => number): Kill {
  const kinds = ['encode', 'upsert', 'stored', 'time'] as const
  const at = kinds[Math.floor(random() * kinds.length)]!
  if (at === 'time') return { at, delayMs: Math.floor(random() * 3000) }
  const call = 1 + Math.floor(random() * (at === 'encode' ? 4 : 2))
  // half of them at once, the others up to 15 ms later
  return { at, call, delayMs: random() < 0.5 ? 0 : 1 + Math.floor(random() * 15) }
}

/**
 * Kills a run so often, continues it each time, and holds the store against that of an undisturbed run.
 * @param cutAbove documents of more tokens become chunks: of one that is stored in part, all is embedded again
 */
export async function expectToSurviveKills(
  documents: number,
  kills: readonly Kill[],
  cutAbove?: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'offgrid-run-kill-'))
  try {
    const source = join(folder, 'corpus.jsonl')
    const texts = [...generateTexts(documents, 7)]
    writeFileSync(source, texts.map((text, id) => JSON.stringify({ id, text })).join('\n'))

    const store = join(folder, 'killed')
    let embeddedInAll = 0
    let killed = 0
    let before = await storedTexts(store)
    for (const kill of kills) {
      const { signal, embedded } = await ingestOnce(folder, source, store, { kill, cutAbove })
      const again = cutAbove === undefined ? embedded.filter((text) => before.has(text)) : []
      expect(again, `embedded again after they were stored (${JSON.stringify(kill)})`).toEqual([])
      if (signal === null && killed === 0) {
        // it came too late: the run was done. The next one meets a run from the start
        rmSync(store, { recursive: true })
        before = new Set()
        continue
      }
      embeddedInAll += embedded.length
      before = await storedTexts(store)
      if (signal === null) break
      killed += 1
    }
    const last = await ingestOnce(folder, source, store, { cutAbove })
    if (cutAbove === undefined) expect(last.embedded.filter((text) => before.has(text))).toEqual([])
    embeddedInAll += last.embedded.length
    expect(last.summary).toMatchObject({ documents, failed: 0, interrupted: false })
    expect(killed).toBeGreaterThan(0)
    const undisturbed = await ingestOnce(folder, source, join(folder, 'undisturbed'), { cutAbove })
    expect(embeddedInAll).toBeLessThanOrEqual(undisturbed.embedded.length + killed * UNDER_WAY)
    expect(await digest(store)).toBe(await digest(join(folder, 'undisturbed')))
    const runs = await listRuns(join(store, 'runs'))
    expect(runs.at(-1)).toMatchObject({ state: 'done', progress: { documents, settledRecords: documents } })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ingestOnce(
  folder: string,
  source: string,
  store: string,
  how: { readonly kill?: Kill; readonly cutAbove?: number | undefined },
) {
  const embedded = join(folder, 'embedded.txt')
  writeFileSync(embedded, '')
  const child = spawn(process.execPath, [PROCESS, JSON.stringify({ source, store, embedded, ...how })])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => {
    stdout += data
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`The process ended with ${code ?? signal}: ${stderr}`)
  const texts = readFileSync(embedded, 'utf8').split('\n').filter(Boolean)
  return { signal, embedded: texts, summary: stdout === '' ? null : (JSON.parse(stdout) as object) }
}

async function storedTexts(path: string): Promise<Set<string>> {
  if (!existsSync(join(path, 'store.json'))) return new Set()
  const store = await openLocalStore({ path, readOnly: true })
  try {
    if ((await store.describeCollection('docs')) === null) return new Set()
    const { points } = await store.scroll('docs', { limit: 1_000_000 })
    return new Set(points.map(({ payload }) => String(payload!.document)))
  } finally {
    await store.close()
  }
}

/** A hash of every point with its payload and the digits of its vectors. */
async function digest(path: string): Promise<string> {
  const store = await openLocalStore({ path })
  const hash = createHash('sha256')
  let offset: number | string | null = 0
  while (offset !== null) {
    const page: Awaited<ReturnType<typeof store.scroll>> = await store.scroll('docs', {
      limit: 500,
      offset,
      vectors: true,
    })
    for (const point of page.points) hash.update(JSON.stringify(point))
    offset = page.next
  }
  await store.close()
  return hash.digest('hex')
}
