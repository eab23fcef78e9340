import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { MAIN } from '../run-cli.js'
import { corpusLines, QueueSetup } from './queue-setup.js'

export interface KillSeries {
  readonly documents: number
  /** SIGKILLs of workers, of Redis and of the planner. */
  readonly workers: number
  readonly redis: number
  readonly planner: number
  /** How long the Qdrant-speaking server is away, in milliseconds; 0 for no outage. */
  readonly outageMs: number
  readonly vectors: string
}

/** What a supervisor does: a process that ended by a kill or a failure is started again, and one that is done is not. */
class Supervised {
  readonly ended: Promise<void>
  kills = 0
  stderr = ''
  #child: ChildProcess | null = null
  #isStopped = false

  constructor(args: readonly string[], setup: QueueSetup) {
    this.ended = this.#supervise(args, setup)
  }

  async #supervise(args: readonly string[], setup: QueueSetup): Promise<void> {
    while (!this.#isStopped) {
      const { QDRANT_URL: _url, REDIS_URL: _redis, ...env } = process.env
      const child = spawn(process.execPath, [MAIN, ...args], {
        cwd: setup.folder,
        env: { ...env, ...setup.env },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      this.#child = child
      child.stderr.on('data', (data: Buffer) => {
        this.stderr = `${this.stderr}${data}`.slice(-4000)
      })
      const [code] = (await once(child, 'close')) as [number | null]
      this.#child = null
      // 3: done, with rejected records
      if (code === 0 || code === 3) return
    }
  }

  kill(): boolean {
    if (this.#child === null || !this.#child.kill('SIGKILL')) return false
    this.kills += 1
    return true
  }

  stop(): void {
    this.#isStopped = true
    this.#child?.kill('SIGKILL')
  }
}

/** Kills at random while a load goes on, and holds the collection against that of one undisturbed process: point for point and bit for bit. */
export async function expectToSurviveKilledWorkers(series: KillSeries, random: () => number): Promise<void> {
  const setup = await QueueSetup.start()
  const processes: Supervised[] = []
  try {
    setup.writeCorpus(corpusLines(series.documents))
    const alone = await setup.run(...setup.ingestArgs('alone', series.vectors), '--json')
    expect(alone.code, alone.stderr).toBe(3)

    const planner = new Supervised(
      [...setup.ingestArgs('queued', series.vectors), ...setup.queueArgs, '--plan-only'],
      setup,
    )
    processes.push(planner)
    while (planner.kills < series.planner) {
      await sleep(200 + random() * 1500)
      // one that is through cannot be killed any more
      if (!planner.kill() && (await isEnded(planner))) break
    }
    await planner.ended
    const workers = [0, 1].map(
      () => new Supervised(['work', ...setup.queueArgs, '--until-empty', '--workers', '1'], setup),
    )
    processes.push(...workers)
    const outage = series.outageMs > 0 ? setup.outage(series.outageMs) : Promise.resolve()
    let redisKills = 0
    const killed = () => workers.reduce((sum, { kills }) => sum + kills, 0)
    const finished = Promise.all(workers.map(({ ended }) => ended)).then(() => true)
    while (killed() < series.workers || redisKills < series.redis) {
      const isOver = await Promise.race([finished, sleep(300 + random() * 1700, false)])
      if (isOver) break
      if (redisKills < series.redis && random() < series.redis / (series.workers + series.redis)) {
        await setup.redis.kill()
        await sleep(random() * 500)
        await setup.redis.restart()
        redisKills += 1
      } else workers[Math.floor(random() * workers.length)]!.kill()
    }
    await finished
    await outage
    expect(killed(), 'the series has to kill what works').toBeGreaterThan(0)
    process.stderr.write(
      `kill series: ${series.documents} documents, ${killed()} workers, ${redisKills} times Redis, ${planner.kills} times the planner killed\n`,
    )
    const [{ id }] = JSON.parse((await setup.run('runs', 'list', ...setup.queueArgs, '--json')).stdout).runs
    const show = async () => JSON.parse((await setup.run('runs', 'show', id, ...setup.queueArgs, '--json')).stdout)
    const { setAside } = (await show()) as { setAside: readonly { reason: string }[] }
    // while the server is away every worker takes the same parts, and those over which too many were killed wait for somebody to say `retry`
    if (setAside.length > 0) {
      for (const { reason } of setAside) expect(reason).toContain('its workers died')
      expect(await setup.run('runs', 'retry', id, ...setup.queueArgs)).toMatchObject({ code: 0 })
      await setup.run('work', ...setup.queueArgs, '--until-empty')
    }
    const { state, parts, setAside: left } = await show()
    expect({ state, left }).toEqual({ state: 'done', left: [] })
    expect(parts.done).toBe(parts.total)
    const [expected, found] = [await setup.pointsOf('alone'), await setup.pointsOf('queued')]
    expect(found.length).toBe(expected.length)
    expect(found).toEqual(expected)
    expect(await setup.graphLinks('queued')).toBe(await setup.graphLinks('alone'))
  } catch (error) {
    process.stderr.write(processes.map(({ stderr }) => stderr).join('\n'))
    throw error
  } finally {
    for (const each of processes) each.stop()
    await setup.close()
  }
}

async function isEnded({ ended }: Supervised): Promise<boolean> {
  return await Promise.race([ended.then(() => true), sleep(0, false)])
}
