import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QueuedLoad } from '../../../src/pipeline/parts/queued-load.js'
import { redisAddress } from '../../../src/queue/redis-address.js'
import { RedisQueue } from '../../../src/queue/redis-queue.js'
import { hasRedis } from '../../queue/redis-server.js'
import { corpusLines, QueueSetup } from './queue-setup.js'

describe.skipIf(!hasRedis)('ingest by queue', () => {
  let setup: QueueSetup
  beforeAll(async () => {
    setup = await QueueSetup.start()
  })
  afterAll(() => setup?.close())

  test('two workers store what one process does, count the same and list the same rejections', async () => {
    setup.writeCorpus(corpusLines(1200))
    const errors = (name: string) => ['--errors', name, '--json']
    const alone = await setup.run(...setup.ingestArgs('alone'), ...errors('alone.jsonl'))
    expect(alone.code).toBe(3)
    const planned = await setup.run(
      ...[...setup.ingestArgs('queued'), ...setup.queueArgs, '--plan-only', ...errors('queued.jsonl')],
    )
    expect(planned).toMatchObject({ code: 0 })
    const { run, parts } = JSON.parse(planned.stdout)
    expect(parts).toBeGreaterThan(8)
    // the same command finds its run
    const [first, second] = await Promise.all([
      setup.run('work', ...setup.queueArgs, '--until-empty', '--workers', '1', '--json'),
      setup.run(...setup.ingestArgs('queued'), ...setup.queueArgs, ...errors('queued.jsonl')),
    ])
    expect([first.code, second.code], first.stderr + second.stderr).toEqual([3, 3])
    const summary = JSON.parse(second.stdout)
    const { read, stored, failed, repeated, points } = JSON.parse(alone.stdout)
    expect(summary).toMatchObject({ run, read, failed, parts: { total: parts, done: parts, setAside: 0 } })
    expect(summary.stored + summary.repeated).toBe(stored + repeated)
    expect(summary.points).toBe(points)
    expect(await setup.pointsOf('queued')).toEqual(await setup.pointsOf('alone'))
    expect(await setup.graphLinks('queued')).toBe(await setup.graphLinks('alone'))
    const rejections = (name: string) => readFileSync(join(setup.folder, name), 'utf8')
    expect(rejections('queued.jsonl')).toBe(rejections('alone.jsonl'))
    const shown = await setup.run('runs', 'show', run, ...setup.queueArgs)
    expect(shown.stdout).toContain(`parts       ${parts} of ${parts} done, 0 working, 0 waiting, 0 set aside`)
  })

  test('a file that changed after the plan is an error of its part, which retry does when the file is back', async () => {
    setup.writeCorpus(corpusLines(150))
    const planned = await setup.run(...setup.ingestArgs('changed'), ...setup.queueArgs, '--plan-only', '--json')
    const { run, parts } = JSON.parse(planned.stdout)
    const file = join(setup.folder, 'corpus.jsonl')
    const before = readFileSync(file)
    writeFileSync(file, Buffer.concat([before, Buffer.from('\n{"id":1,"text":"more"}')]))
    const failed = await setup.run(...setup.ingestArgs('changed'), ...setup.queueArgs, '--json')
    expect(failed.code, failed.stderr).toBe(3)
    const { setAside } = JSON.parse(failed.stdout)
    expect(setAside).toHaveLength(parts)
    expect(setAside[0].reason).toMatch(/as it was when it was cut into parts.*\[INPUT_CHANGED\]/)
    expect(failed.stderr).toContain(`to try again: offgrid runs retry ${run} --queue ${setup.redis.url}`)
    writeFileSync(file, before)
    // runs that end later do not take its place
    for (const name of ['later-1', 'later-2', 'later-3'])
      expect(await setup.run(...setup.ingestArgs(name), ...setup.queueArgs)).toMatchObject({ code: 3 })
    const { runs } = JSON.parse((await setup.run('runs', 'list', ...setup.queueArgs, '--json')).stdout)
    expect(runs.slice(-4).map(({ state }: { state: string }) => state)).toEqual(['incomplete', 'done', 'done', 'done'])
    expect(await setup.run('runs', 'retry', run, ...setup.queueArgs)).toMatchObject({ code: 0 })
    const again = await setup.run('work', ...setup.queueArgs, '--until-empty', '--workers', '1', '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({ parts, setAside: 0, ended: [run] })
    const retry = await setup.run('runs', 'retry', run, ...setup.queueArgs)
    expect(retry).toMatchObject({ code: 2 })
    expect(retry.stderr).toContain('RUN_NOT_OPEN')
  })

  test('long documents are cut by workers as by one process, and in a collection without chunks they are not', async () => {
    const text = Array.from({ length: 9 }, (_, i) => `The cartilage of part ${i} hurts badly.`).join(' ')
    setup.writeCorpus([text, 'Gout hurts.'].map((each, id) => JSON.stringify({ id, text: each })))
    const args = (name: string) => [
      ...setup.ingestArgs(name, 'dense'),
      '--max-tokens',
      '16',
      '--precision',
      'int8',
      '--json',
    ]
    const filled = await setup.run(...args('whole'), '--chunk', 'none')
    expect(JSON.parse(filled.stdout)).toMatchObject({ points: 2, truncated: 1 })
    const continued = await setup.run(...args('whole'), ...setup.queueArgs)
    expect(continued.code, continued.stderr).toBe(0)
    expect(JSON.parse(continued.stdout)).toMatchObject({ points: 0, unchanged: 2 })
    const [alone, queued] = [await setup.run(...args('one')), await setup.run(...args('many'), ...setup.queueArgs)]
    expect([alone.code, queued.code], alone.stderr + queued.stderr).toEqual([0, 0])
    expect(await setup.pointsOf('many')).toEqual(await setup.pointsOf('one'))
    expect(await setup.pointsOf('many')).toHaveLength(10)
  })

  test('a worker whose models would make other vectors takes no part', async () => {
    setup.writeCorpus(corpusLines(20))
    const planned = await setup.run(...setup.ingestArgs('other'), ...setup.queueArgs, '--plan-only', '--json')
    const { run } = JSON.parse(planned.stdout)
    const queue = await RedisQueue.open(await redisAddress(setup.redis.url, {}))
    const { content } = (await queue.describe(run))!
    const load = content as QueuedLoad
    const recipe = { ...load.recipe, maxTokens: 17 }
    await queue.add({ id: 'strange', content: { ...load, recipe }, parts: [{}] })
    const refused = await setup.run('work', ...setup.queueArgs, '--until-empty')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/Run strange: .*maxTokens.*found 17.*\[RECIPE_MISMATCH\]/)
    expect(await queue.counts()).toMatchObject({ working: 0, waiting: 2 })
    for (const id of ['strange', run]) {
      const cancelled = await setup.run('runs', 'cancel', id, ...setup.queueArgs)
      expect(cancelled, cancelled.stderr).toMatchObject({ code: 0 })
    }
    expect(await queue.counts()).toMatchObject({ working: 0, waiting: 0 })
    await queue.close()
    await setup.redis.flush()
  })
})
