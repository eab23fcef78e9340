import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CrossEncoder, type CrossEncoderSpec } from '../../../src/encoders/pairs/cross-encoder.js'
import type { TextPair } from '../../../src/encoders/pairs/pair-scorer.js'
import { openModel } from '../../../src/onnx/model-files.js'
import { openTokenizer } from '../../../src/tokenizers/open-tokenizer.js'
import { type CrossEncoderFixture, makeTinyModels, readTinyFixture } from '../tiny-models.js'

/** Rounding of float32 in another graph of the same network, of scores below 1. */
const NETWORK_TOLERANCE = 1e-5

const fixture = readTinyFixture<CrossEncoderFixture>('cross-encoder')
const MAX_TOKENS = 48

let onnxFolder: string
let checkpointFolder: string

beforeAll(async () => {
  onnxFolder = await makeTinyModels('cross-encoder', 'splade')
  checkpointFolder = await makeTinyModels('cross-encoder-checkpoint')
})

afterAll(async () => {
  for (const folder of [onnxFolder, checkpointFolder]) await rm(folder, { recursive: true, force: true })
})

const open = (options: Partial<CrossEncoderSpec> = {}): Promise<CrossEncoder> =>
  CrossEncoder.open({ reranker: fixture.model, modelsFolder: onnxFolder, ...options })

describe.each(['an ONNX file', 'a checkpoint'])('a cross-encoder from %s', (form) => {
  let encoder: CrossEncoder

  beforeAll(async () => {
    encoder = await open({ modelsFolder: form === 'a checkpoint' ? checkpointFolder : onnxFolder })
  })

  afterAll(() => encoder.close())

  it('gives the scores of FastEmbed', async () => {
    const { scores } = await encoder.score(fixture.pairs)
    for (const [i, score] of fixture.scores.entries()) {
      expect(Math.abs(scores[i]! - score)).toBeLessThan(NETWORK_TOLERANCE)
    }
  })

  it('gives a pair the same bits alone and in company, at any place', async () => {
    const pairs: TextPair[] = [
      ...fixture.pairs,
      ...fixture.pairs,
      ['what is it', 'it is a cat'],
      ['what is it', 'it is a dog'],
    ]
    const together = await encoder.score(pairs)
    for (const [i, pair] of pairs.entries()) {
      const alone = await encoder.score([pair])
      expect([alone.scores[0], alone.tokens[0], alone.cutTokens[0]]).toEqual([
        together.scores[i],
        together.tokens[i],
        together.cutTokens[i],
      ])
    }
    const reversed = await encoder.score(pairs.toReversed())
    expect(reversed.scores.reverse()).toEqual(together.scores)
  })

  it('scores the order of a pair: a query is no document', async () => {
    const { scores } = await encoder.score([
      ['aspirin', 'fever'],
      ['fever', 'aspirin'],
    ])
    expect(scores[0]).not.toBe(scores[1])
  })

  it('gives nothing for no pairs', async () => {
    expect((await encoder.score([])).scores.length).toBe(0)
  })

  it('refuses what is no pair of strings, by its index', async () => {
    for (const wrong of [null, 'a', ['a'], ['a', 7], ['a', 'b', 'c']]) {
      const pairs = [['fine', 'too'], wrong] as unknown as TextPair[]
      await expect(encoder.score(pairs)).rejects.toMatchObject({
        code: 'INVALID_DOCUMENT',
        message: expect.stringContaining('Pair 1'),
      })
    }
  })

  it('ends with CANCELLED when told to stop, and works on afterwards', async () => {
    await expect(encoder.score(fixture.pairs, { shouldStop: () => true })).rejects.toMatchObject({ code: 'CANCELLED' })
    expect((await encoder.score([['a', 'b']])).scores.length).toBe(1)
  })
})

describe('CrossEncoder', () => {
  it('reads a pair as FastEmbed does: ids, types, and the longer text cut first', async () => {
    const { folder } = await openModel(fixture.model, { modelsFolder: onnxFolder })
    const tokenizer = await openTokenizer(folder)
    for (const [i, [query, document]] of fixture.pairs.entries()) {
      const { inputIds, tokenTypeIds } = tokenizer.encodePair(query, document, MAX_TOKENS)
      expect([...inputIds]).toEqual(fixture.inputIds[i])
      expect([...tokenTypeIds]).toEqual(fixture.typeIds[i])
    }
  })

  it('counts the tokens of a pair after the cut, and those that were cut off', async () => {
    const encoder = await open({ maxTokens: 7 })
    const { tokens, cutTokens } = await encoder.score([
      ['a', 'run run run run run'],
      ['a', 'run'],
    ])
    expect([...tokens, ...cutTokens]).toEqual([7, 5, 2, 0])
    await encoder.close()
  })

  it('closes twice without complaint', async () => {
    const encoder = await open()
    await encoder.close()
    await encoder.close()
  })

  it('refuses a model that scores no pairs, unknown options and limits out of range', async () => {
    const codeOf = (options: object) =>
      open(options).then(
        () => 'none',
        ({ code }: { code: string }) => code,
      )
    expect(await codeOf({ reranker: readTinyFixture('splade').model })).toBe('MODEL_NOT_SUITABLE')
    expect(await codeOf({ reranker: 'nobody/nothing' })).toBe('UNKNOWN_MODEL')
    expect(await codeOf({ maxTokens: 4 })).toBe('INVALID_OPTION')
    expect(await codeOf({ maxTokens: 65 })).toBe('INVALID_OPTION')
    expect(await codeOf({ batchSize: 9 })).toBe('UNKNOWN_OPTION')
  })
})
