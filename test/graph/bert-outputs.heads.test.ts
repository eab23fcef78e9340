import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BertConfig } from '../../src/graph/architectures/bert-config.js'
import { buildEncoderGraph } from '../../src/graph/encoder-graph.js'
import type { GraphOutput } from '../../src/graph/graph-output.js'
import { type FloatTensor, openCheckpoint } from '../../src/graph/safetensors.js'
import { OnnxSession } from '../../src/onnx/session.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { randomParameters, randomTensor, writeCheckpoint } from './tiny-checkpoint.js'

/** As wide as MiniLM: the kernels for large matrices are other ones than those for small. */
const CONFIG: BertConfig = {
  hiddenSize: 384,
  layers: 1,
  heads: 12,
  intermediateSize: 64,
  vocabularySize: 500,
  maxPositions: 16,
  typeVocabularySize: 2,
  layerNormEpsilon: 1e-12,
}
const TOKENS = 5

type Parameters = Readonly<Record<string, FloatTensor>>

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-heads-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

function randomHeads(names: Readonly<Record<string, readonly number[]>>): Parameters {
  const random = randomNumbers(11)
  return Object.fromEntries(Object.entries(names).map(([name, shape]) => [name, randomTensor(random, shape, 0.08)]))
}

async function openGraph(head: Parameters, output: GraphOutput): Promise<OnnxSession> {
  const path = await writeCheckpoint(folder, { ...randomParameters(CONFIG, 3), ...head })
  const bytes = await buildEncoderGraph({
    checkpoint: await openCheckpoint(path),
    config: CONFIG,
    weightsFile: 'model.safetensors',
    outputs: [output],
    pooling: 'mean',
    typeInput: true,
  })
  const graph = join(folder, `${output}.onnx`)
  await writeFile(graph, bytes)
  return OnnxSession.open(graph, 1)
}

async function run(session: OnnxSession, texts: number): Promise<Float32Array> {
  const random = randomNumbers(5)
  const inputIds = Int32Array.from({ length: 8 * TOKENS }, () => Math.floor(random() * CONFIG.vocabularySize))
  const outputs = await session.run(inputIds.slice(0, texts * TOKENS), texts, TOKENS)
  return Object.values(outputs)[0]!.values
}

const { hiddenSize: hidden, vocabularySize: vocabulary } = CONFIG
const square = [hidden, hidden]
const CLASSIFIERS = {
  BertForSequenceClassification: ['pooler.dense', 'classifier'],
  RobertaForSequenceClassification: ['classifier.dense', 'classifier.out_proj'],
} as const
const classifier = ([dense, out]: readonly [string, string]): Parameters =>
  randomHeads({
    [`${dense}.weight`]: square,
    [`${dense}.bias`]: [hidden],
    [`${out}.weight`]: [1, hidden],
    [`${out}.bias`]: [1],
  })

const LANGUAGE_MODELS = {
  BertForMaskedLM: ['cls.predictions.transform.dense', 'cls.predictions.transform.LayerNorm', 'cls.predictions.bias'],
  RobertaForMaskedLM: ['lm_head.dense', 'lm_head.layer_norm', 'lm_head.bias'],
  DistilBertForMaskedLM: ['vocab_transform', 'vocab_layer_norm', 'vocab_projector.bias'],
} as const
const languageModel = ([dense, norm, bias]: readonly [string, string, string]): Parameters =>
  randomHeads({
    [`${dense}.weight`]: square,
    [`${dense}.bias`]: [hidden],
    [`${norm}.weight`]: [hidden],
    [`${norm}.bias`]: [hidden],
    [bias]: [vocabulary],
  })

describe('heads of a checkpoint', () => {
  it('the classification heads of BERT and RoBERTa are one form under two names', async () => {
    const scores: Float32Array[] = []
    for (const names of Object.values(CLASSIFIERS)) {
      const session = await openGraph(classifier(names), 'logits')
      scores.push(await run(session, 8))
      await session.release()
    }
    expect(scores[0]!.length).toBe(8)
    expect(scores[1]).toEqual(scores[0])
  })

  it('the language-model heads of BERT, RoBERTa and DistilBERT are one form under three names', async () => {
    const maxima: Float32Array[] = []
    for (const names of Object.values(LANGUAGE_MODELS)) {
      const session = await openGraph(languageModel(names), 'max_logits')
      maxima.push(await run(session, 8))
      await session.release()
    }
    expect(maxima[0]!.length).toBe(8 * vocabulary)
    expect(maxima[1]).toEqual(maxima[0])
    expect(maxima[2]).toEqual(maxima[0])
  })

  it('a decoder of its own takes the place of the word embeddings', async () => {
    const head = languageModel(LANGUAGE_MODELS.BertForMaskedLM)
    const decoder = randomTensor(randomNumbers(2), [vocabulary, hidden])
    const session = await openGraph({ ...head, 'cls.predictions.decoder.weight': decoder }, 'max_logits')
    const own = await run(session, 1)
    await session.release()
    const tied = await openGraph(head, 'max_logits')
    expect(own).not.toEqual(await run(tied, 1))
    await tied.release()
  })

  it.each([
    ['logits', classifier(CLASSIFIERS.BertForSequenceClassification)],
    ['max_logits', languageModel(LANGUAGE_MODELS.BertForMaskedLM)],
  ] as const)('%s of a text are the same bits in a run of one, two, five and eight texts', async (output, head) => {
    const session = await openGraph(head, output)
    const all = await run(session, 8)
    for (const texts of [1, 2, 5]) {
      expect(await run(session, texts)).toEqual(all.slice(0, (all.length / 8) * texts))
    }
    await session.release()
  })

  it('a checkpoint without the head is refused, and so is one with several labels', async () => {
    const unsupported = { code: 'CHECKPOINT_UNSUPPORTED' }
    await expect(openGraph({}, 'logits')).rejects.toMatchObject(unsupported)
    await expect(openGraph({}, 'max_logits')).rejects.toMatchObject(unsupported)
    const labels = { 'classifier.weight': randomTensor(randomNumbers(1), [3, hidden]) }
    const head = { ...classifier(CLASSIFIERS.BertForSequenceClassification), ...labels }
    await expect(openGraph(head, 'logits')).rejects.toMatchObject(unsupported)
  })
})
