import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compareAnswer } from '../../parity/qdrant-live-compare.js'
import { asRecorded, type RecordedCase } from '../../parity/qdrant-live-replay.js'
import { sendRest, startQdrant } from './start-qdrant.js'

const RECORDED = new URL('../../parity/fixtures/qdrant-live-seed-1.jsonl', import.meta.url)

test('recorded requests are answered over HTTP as the live server did, key for key', async () => {
  await using service = await startDisposable()
  const failures: string[] = []
  for (const line of readFileSync(RECORDED, 'utf8').trim().split('\n')) {
    const recorded = JSON.parse(line) as RecordedCase
    const { method, path, body, name } = recorded
    const { status, body: answer } = await sendRest(service.url, method, path, body)
    const isDone = status === 200
    const keys = Object.keys(answer).sort().join()
    if (keys !== (isDone ? 'result,status,time' : 'status,time')) failures.push(`${name}: the answer has ${keys}`)
    const result = isDone ? asRecorded(answer.result ?? null, path) : answer.status.error
    const found = compareAnswer(recorded, { status, result })
    if (found) failures.push(`${name}: ${found}`)
  }
  expect(failures).toEqual([])
}, 120_000)

async function startDisposable() {
  const service = await startQdrant()
  return { ...service, [Symbol.asyncDispose]: service.close }
}
