import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { EncoderPool } from '../../src/pool/encoder-pool.js'

const BM25 = 'Qdrant/bm25'
/** Below the time after which a pool kills a process that does not end; a worker has to end its run and a busy machine to notice it. */
const END_MS = 8_000

/** Those of the processes that run. */
function alive(pids: readonly number[]): number[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  const running = new Set(lines.filter((line) => !/\sZ/.test(line)).map((line) => Number.parseInt(line, 10)))
  return pids.filter((pid) => running.has(pid))
}

/** Worker processes of this process. */
function workers(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' }).split(
    '\n',
  )
  return lines.filter((line) => line.includes('encode-process.js')).map((line) => Number.parseInt(line, 10))
}

describe('worker processes', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'that get a %s meant for the program go on until the pool ends them',
    async (signal) => {
      const pool = await EncoderPool.create({ workers: 1, isolation: 'processes' })
      const encoder = pool.encoder({ sparse: BM25 })
      await encoder.encode(['warm'], 'document')
      const pids = workers()
      expect(pids).toHaveLength(1)
      for (const pid of pids) process.kill(pid, signal)
      expect((await encoder.encode(['one'], 'document')).tokens.length).toBe(1)
      expect(workers()).toEqual(pids)
      expect(pool.activity.deaths).toBe(0)
      const started = performance.now()
      await pool.close()
      expect(performance.now() - started).toBeLessThan(END_MS)
      expect(alive(pids)).toEqual([])
    },
  )

  test('of a program that was killed end, idle or at work', async () => {
    const parent = spawn(process.execPath, [fileURLToPath(new URL('./process-parent.js', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pids = JSON.parse(String(line)) as number[]
    expect(pids).toHaveLength(2)
    expect(alive(pids)).toEqual(pids)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expect.poll(() => alive(pids), { timeout: END_MS, interval: 100 }).toEqual([])
  })

  test.each([0, 1, 2, 4])(
    'that died %i turns of the event loop before the pool is closed do not fail the close',
    async (turns) => {
      const pool = await EncoderPool.create({ workers: 2, isolation: 'processes' })
      await pool.encoder({ sparse: BM25 }).encode(['warm'], 'document')
      for (const pid of workers()) process.kill(pid, 'SIGKILL')
      for (let i = 0; i < turns; i++) await nextTurn()
      await pool.close()
      expect(workers()).toEqual([])
    },
  )

  test('that cannot be started fail the work with the reason, and are started once they can be', async () => {
    const node = process.execPath
    let pool: EncoderPool | undefined
    try {
      process.execPath = `${node}-that-is-not-there`
      pool = await EncoderPool.create({ workers: 2, isolation: 'processes' })
      const encoder = pool.encoder({ sparse: BM25 })
      const refused = { code: 'WORKER_DIED', message: expect.stringContaining('could not be started') }
      await expect(encoder.encode(['one'], 'document')).rejects.toMatchObject(refused)
      await expect(encoder.encode(['two'], 'document')).rejects.toMatchObject(refused)
    } finally {
      process.execPath = node
    }
    expect((await pool.encoder({ sparse: BM25 }).encode(['three'], 'document')).tokens.length).toBe(1)
    await pool.close()
    expect(workers()).toEqual([])
  })
})

describe('a piece that waits for memory', () => {
  test('is refused by a pool that is closed meanwhile, and what is under way is finished', async () => {
    const pool = await EncoderPool.create({ workers: 1, memoryBytes: 1 })
    const encoder = pool.encoder({ sparse: BM25 })
    const first = encoder.encodePiece(['first'], 'document')
    const waiting = encoder.encodePiece(['second'], 'document')
    const closed = pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'POOL_CLOSED' })
    expect((await first).tokens.length).toBe(1)
    await closed
    expect(pool.activity.pieces).toBe(1)
  })

  test('is not begun once its signal is aborted', async () => {
    await using pool = await EncoderPool.create({ workers: 1, memoryBytes: 1 })
    const encoder = pool.encoder({ sparse: BM25 })
    const controller = new AbortController()
    const first = encoder.encodePiece(['first'], 'document')
    const waiting = encoder.encodePiece(['second'], 'document', controller.signal)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    await first
    expect(pool.activity.pieces).toBe(1)
  })
})
