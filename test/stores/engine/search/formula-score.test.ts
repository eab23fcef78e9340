import { beforeAll, describe, expect, test } from 'vitest'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'

const client = LocalClient.memory()

/** A formula over all points of the collection, each with a score of 1. */
async function scoresBy(formula: unknown, defaults: Record<string, unknown> = {}): Promise<Record<string, number>> {
  const request = { prefetch: { limit: 100 }, query: { formula, defaults }, limit: 100 }
  const { points } = await client.query('points', request as never)
  return Object.fromEntries(points.map(({ id, score }) => [String(id), score]))
}

beforeAll(async () => {
  await client.createCollection('points', { vectors: { size: 1, distance: 'Dot' } })
  const payloads = [
    { one: [5], two: [5, 7], mixed: 2.5, 'a.b': 3, tiny: 1e-7, when: 12, items: [{ n: 4 }] },
    { one: 6, two: 8, mixed: 2, 'a.b': 4, tiny: 1e-7, when: 12, items: [{ n: 9 }] },
  ]
  await client.upsert('points', {
    points: payloads.map((payload, i) => ({ id: i + 1, vector: [1], payload })),
  })
})

describe('a variable of a formula', () => {
  test('is the element of a list of one, also behind []', async () => {
    expect(await scoresBy('one')).toEqual({ 1: 5, 2: 6 })
    expect(await scoresBy('items[].n')).toEqual({ 1: 4, 2: 9 })
  })

  test('with several values is refused, as a text is', async () => {
    await expect(scoresBy('two')).rejects.toMatchObject({
      status: 400,
      message:
        'Wrong input: Expected number value for two in the payload and/or in the formula defaults. Error: Value is not a number',
    })
  })

  test('takes its default by any spelling of its name', async () => {
    expect(await scoresBy('absent."key"', { 'absent.key': 3 })).toEqual({ 1: 3, 2: 3 })
    expect(await scoresBy({ sum: ['$score', '$score[1]'] }, { '$score[1]': 4 })).toEqual({ 1: 5, 2: 5 })
    expect(await scoresBy('"a.b"')).toEqual({ 1: 3, 2: 4 })
  })

  test('of a field with an index has the values that the index holds', async () => {
    await client.createPayloadIndex('points', { field_name: 'mixed', field_schema: 'integer' })
    expect(await scoresBy('mixed', { mixed: 50 })).toEqual({ 1: 50, 2: 2 })
    await client.deletePayloadIndex('points', 'mixed')
    expect(await scoresBy('mixed', { mixed: 50 })).toEqual({ 1: 2.5, 2: 2 })
  })

  test.each([
    ['a..b', 'Invalid payload variable: a..b'],
    ['$points', 'Invalid reserved word: $points'],
    ['$score[]', 'Invalid reserved variable: $score[]'],
    ['$score.a', 'Invalid reserved variable: $score.a'],
  ])('%s is refused in the words of the server', async (name, text) => {
    const refusal = {
      status: 400,
      message: `Wrong input: Validation failed: failed to parse variable ID ${name}: ${text}`,
    }
    await expect(scoresBy(name)).rejects.toMatchObject(refusal)
    await expect(scoresBy(1, { [name]: 1 })).rejects.toMatchObject(refusal)
  })
})

describe('a decay', () => {
  const decay = (kind: string, midpoint: number, scale = 2) => scoresBy({ [kind]: { x: 1, scale, midpoint } })

  test('that is linear may end at 0 or never fall', async () => {
    expect((await decay('lin_decay', 0))[1]).toBe(0.5)
    expect((await decay('lin_decay', 1))[1]).toBe(1)
  })

  test.each([
    ['lin_decay', 1.5, 'Linear decay midpoint should be in the range [0.0, 1.0], got 1.5.'],
    ['exp_decay', 1, 'Decay midpoint should be in the range (0.0, 1.0), got 1.'],
    ['gauss_decay', 0, 'Decay midpoint should be in the range (0.0, 1.0), got 0.'],
  ])('%s with a midpoint of %d is refused before its scale is looked at', async (kind, midpoint, text) => {
    await expect(decay(kind, midpoint, 0)).rejects.toMatchObject({
      status: 400,
      message: `Wrong input: Validation failed: ${text}`,
    })
  })
})

test('numbers in refusals are written without an exponent, constants in float32', async () => {
  const refusal = (text: string) => ({ message: `Wrong input: The expression ${text} produced a non-finite number` })
  await expect(scoresBy({ ln: { neg: 'tiny' } })).rejects.toMatchObject(refusal('ln(-0.0000001) = NaN'))
  await expect(scoresBy({ sqrt: -0.1 })).rejects.toMatchObject(refusal('√-0.10000000149011612 = NaN'))
  const large = { mult: [1e20, 1e20, 1e20] }
  const text = expect.stringMatching(/^Wrong input: The expression 1\d{60} as f32 = inf produced a non-finite number$/)
  await expect(scoresBy(large)).rejects.toMatchObject({ message: text })
})

test('a datetime variable that is no text is refused as such', async () => {
  await expect(scoresBy({ datetime_key: 'when' })).rejects.toMatchObject({
    message: expect.stringContaining('Error: value is not a string'),
  })
})
