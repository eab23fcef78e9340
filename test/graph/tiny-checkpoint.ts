import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BertConfig } from '../../src/graph/architectures/bert-config.js'
import { encodeSafetensors, type FloatTensor } from '../../src/graph/safetensors.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'

export function randomTensor(random: () => number, shape: readonly number[], scale = 0.5, center = 0): FloatTensor {
  const size = shape.reduce((product, n) => product * n, 1)
  return { shape, values: Float32Array.from({ length: size }, () => center + scale * (2 * random() - 1)) }
}

/** Random parameters of a BERT encoder, by their names in a checkpoint. */
export function randomParameters(config: BertConfig, seed: number): Record<string, FloatTensor> {
  const random = randomNumbers(seed)
  const { hiddenSize: hidden, intermediateSize: inner } = config
  const parameters: Record<string, FloatTensor> = {}
  const norm = (name: string): void => {
    parameters[`${name}.LayerNorm.weight`] = randomTensor(random, [hidden], 0.3, 1)
    parameters[`${name}.LayerNorm.bias`] = randomTensor(random, [hidden], 0.2)
  }
  const linear = (name: string, out: number, into: number): void => {
    parameters[`${name}.weight`] = randomTensor(random, [out, into], 1.5 / Math.sqrt(into))
    parameters[`${name}.bias`] = randomTensor(random, [out], 0.1)
  }
  parameters['embeddings.word_embeddings.weight'] = randomTensor(random, [config.vocabularySize, hidden])
  const positions = config.maxPositions + (config.positionOffset ?? 0)
  parameters['embeddings.position_embeddings.weight'] = randomTensor(random, [positions, hidden])
  if (config.typeVocabularySize > 0) {
    parameters['embeddings.token_type_embeddings.weight'] = randomTensor(random, [config.typeVocabularySize, hidden])
  }
  norm('embeddings')
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `encoder.layer.${layer}`
    for (const part of ['query', 'key', 'value']) linear(`${name}.attention.self.${part}`, hidden, hidden)
    linear(`${name}.attention.output.dense`, hidden, hidden)
    norm(`${name}.attention.output`)
    linear(`${name}.intermediate.dense`, inner, hidden)
    linear(`${name}.output.dense`, hidden, inner)
    norm(`${name}.output`)
  }
  return parameters
}

/** The config.json of these sizes. */
export function toConfigJson(config: BertConfig): Record<string, unknown> {
  return {
    model_type: 'bert',
    hidden_act: 'gelu',
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediateSize,
    vocab_size: config.vocabularySize,
    max_position_embeddings: config.maxPositions,
    type_vocab_size: config.typeVocabularySize,
    layer_norm_eps: config.layerNormEpsilon,
  }
}

/** Writes model.safetensors into a folder and returns its path; `rename` changes the tensors' names. */
export async function writeCheckpoint(
  folder: string,
  parameters: Readonly<Record<string, FloatTensor>>,
  rename: (name: string) => string = (name) => name,
): Promise<string> {
  const path = join(folder, 'model.safetensors')
  const renamed = Object.entries(parameters).map(([name, tensor]) => [rename(name), tensor] as const)
  await writeFile(path, encodeSafetensors(Object.fromEntries(renamed)))
  return path
}
