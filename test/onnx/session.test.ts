import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OnnxSession } from '../../src/onnx/session.js'
import { writeTinyModel } from '../encoders/tiny-dense-models.js'

const IDS = Int32Array.of(2, 7, 9, 3)

let folder: string
let session: OnnxSession

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-session-'))
})

afterEach(async () => {
  await session.release()
  await rm(folder, { recursive: true })
})

async function open(model: string, file = 'model.onnx'): Promise<void> {
  session = await OnnxSession.open(join(await writeTinyModel(folder, model), file), 1)
}

describe('a session of an ONNX file', () => {
  it('says what the graph takes and gives', async () => {
    await open('bert')
    expect(session.inputs.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'input_ids int64',
      'attention_mask int64',
      'token_type_ids int64',
    ])
    expect(session.outputs.map(({ name, shape }) => [name, shape.at(-1)])).toEqual([
      ['last_hidden_state', 16],
      ['sentence_embedding', 16],
    ])
  })

  it('fills in a mask of ones and types of zeros', async () => {
    await open('bert')
    const given = { attentionMask: new Int32Array(4).fill(1), tokenTypeIds: new Int32Array(4) }
    expect(await session.run(IDS, 2, 2)).toEqual(await session.run(IDS, 2, 2, given))
    const masked = await session.run(IDS, 1, 4, { attentionMask: Int32Array.of(1, 1, 0, 0) })
    const alone = await session.run(IDS.slice(0, 2), 1, 2)
    const row = masked.last_hidden_state!.values.subarray(0, 32)
    for (const [i, value] of alone.last_hidden_state!.values.entries()) expect(row[i]).toBeCloseTo(value, 5)
  })

  it('computes only the outputs that are wanted', async () => {
    await open('bert')
    expect(Object.keys(await session.run(IDS, 1, 4, { outputs: ['sentence_embedding'] }))).toEqual([
      'sentence_embedding',
    ])
  })

  it('gives half precision as float32', async () => {
    await open('half', 'model_fp16.onnx')
    const { values, shape } = (await session.run(IDS, 1, 4)).last_hidden_state!
    expect(shape).toEqual([1, 4, 16])
    expect(values).toBeInstanceOf(Float32Array)
    expect(values.every((value) => Math.abs(value) <= 1)).toBe(true)
    expect(new Set(values).size).toBeGreaterThan(60)
  })

  it('takes a number besides, and names an input that nobody gave', async () => {
    await open('tasks')
    const first = await session.run(IDS, 1, 4, { scalars: { task_id: 0 } })
    expect(await session.run(IDS, 1, 4, { scalars: { task_id: 1 } })).not.toEqual(first)
    await expect(session.run(IDS, 1, 4)).rejects.toMatchObject({
      code: 'GRAPH_UNSUPPORTED',
      message: expect.stringContaining('task_id'),
    })
  })

  it('is refused once it is closed', async () => {
    await open('bert')
    await session.release()
    await session.release()
    await expect(session.run(IDS, 1, 4)).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  })
})
