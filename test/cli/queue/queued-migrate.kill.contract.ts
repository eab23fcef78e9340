import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { searchCollection } from '../../../src/product/search-collection.js'
import { redisAddress } from '../../../src/queue/redis-address.js'
import { RedisQueue } from '../../../src/queue/redis-queue.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import { writeTinyModel } from '../../encoders/tiny-dense-models.js'
import { MAIN } from '../run-cli.js'
import { corpusLines, QueueSetup } from './queue-setup.js'

export interface MigrationSeries {
  readonly documents: number
  /** The model that fills the first collection. */
  readonly model: string
  readonly partPoints: number
}

const QUESTIONS = ['gout and fever', 'chronic pain of the skin', 'risk of blood in the lung', 'dose for a child']

/**
 * A collection that is searched all the while gets another model from two workers, of which one is killed: no search fails, the second collection is that of a
 * fresh ingest, point for point and bit for bit, and the first one is there until it is dropped.
 */
export async function expectMigrationToSurviveAKilledWorker(series: MigrationSeries): Promise<void> {
  const setup = await QueueSetup.start()
  const children: ChildProcess[] = []
  try {
    const models = join(setup.folder, 'models')
    const env = { OFFGRID_MODELS: models, OFFGRID_PART_POINTS: String(series.partPoints) }
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    await importModel(await writeTinyModel(setup.folder, 'static'), { name: 'tiny/static', modelsFolder: models })
    await importModel(await writeTinyModel(setup.folder, 'bert'), { name: 'tiny/bert', modelsFolder: models })
    setup.writeCorpus(corpusLines(series.documents))
    const ingest = (collection: string, model: string) =>
      setup.run(...setup.ingestArgs(collection, 'dense,bm25'), '--chunk', 'none', '--model', model)
    expect(await ingest('docs-v1', series.model)).toMatchObject({ code: 3 })
    expect(await ingest('fresh', 'tiny/bert')).toMatchObject({ code: 3 })
    await using store = await openQdrantStore({ url: setup.url })
    await store.aliases.switch(['docs'], 'docs-v1')

    const place = { store: { url: setup.url }, methods: ['dense', 'bm25'] as const, limit: 10 }
    const idsOf = async (collection: string, question: string) =>
      (await searchCollection(question, { ...place, collection })).map(({ id }) => id)
    let isMigrating = true
    let searches = 0
    const searching = (async () => {
      for (; isMigrating; searches++) {
        expect(await idsOf('docs', QUESTIONS[searches % QUESTIONS.length]!)).toHaveLength(10)
      }
    })()
    searching.catch(() => {})

    const migrate = ['migrate', '--url', setup.url, '--collection', 'docs', ...setup.queueArgs]
    const planned = await setup.run(...migrate, '--model', 'tiny/bert', '--to', 'docs-v2', '--plan-only', '--json')
    expect(planned.code, planned.stderr).toBe(0)
    const { run, parts } = JSON.parse(planned.stdout)
    const [killed, other] = [startWorker(setup), startWorker(setup)]
    children.push(killed.child, other.child)
    const queue = await RedisQueue.open(await redisAddress(setup.redis.url, {}))
    for (let isAtWork = false; !isAtWork; await sleep(5)) {
      const { state, working } = (await queue.describe(run))!
      expect(state, 'the worker has to be killed at work').toBe('working')
      isAtWork = working.some(({ worker }) => worker.endsWith(`:${killed.child.pid}`))
    }
    killed.child.kill('SIGKILL')
    const [code] = await other.ended
    expect(code, other.stderr()).toBe(0)
    isMigrating = false
    await searching
    expect(searches).toBeGreaterThan(0)
    expect(await queue.describe(run)).toMatchObject({
      state: 'done',
      parts: { total: parts, done: parts },
      result: { failed: 0, verified: 32, switched: ['docs'], dropped: false },
    })
    await queue.close()

    const fresh = await setup.pointsOf('fresh')
    const first = await setup.pointsOf('docs-v1')
    expect(first).toHaveLength(fresh.length)
    expect(await setup.pointsOf('docs-v2')).toEqual(fresh)
    for (const question of QUESTIONS) expect(await idsOf('docs', question)).toEqual(await idsOf('fresh', question))
    expect(await setup.graphLinks('docs-v2')).toBe(await setup.graphLinks('docs-v1'))

    const back = await setup.run(...migrate, '--model', series.model, '--to', 'docs-v1', '--drop-old', '--json')
    expect(back.code, back.stderr).toBe(0)
    const points = fresh.length
    expect(JSON.parse(back.stdout)).toMatchObject({
      stored: 0,
      unchanged: points,
      points,
      dropped: true,
      switched: ['docs'],
    })
    expect(await setup.pointsOf('docs-v1')).toEqual(first)
    expect(await store.listCollections()).toEqual(['docs-v1', 'fresh'])
    expect((await store.aliases.list()).get('docs')).toBe('docs-v1')
  } finally {
    for (const child of children) child.kill('SIGKILL')
    vi.unstubAllEnvs()
    await setup.close()
  }
}

function startWorker(setup: QueueSetup) {
  const args = [MAIN, 'work', ...setup.queueArgs, '--until-empty', '--workers', '1']
  const { QDRANT_URL: _url, REDIS_URL: _redis, ...env } = process.env
  const child = spawn(process.execPath, args, {
    cwd: setup.folder,
    env: { ...env, ...setup.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
  })
  return { child, ended: once(child, 'close') as Promise<[number | null]>, stderr: () => stderr }
}
