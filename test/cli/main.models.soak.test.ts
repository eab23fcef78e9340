import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'
import { encodeSafetensors } from '../../src/graph/safetensors.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { randomTensor } from '../graph/tiny-checkpoint.js'
import { expectPromptEverywhere } from './main.models.contract.js'

const SAMPLE = fileURLToPath(new URL('../../bench/sample/medical-qa.jsonl', import.meta.url))
const PROMPT = 'Represent this sentence for searching relevant passages: '
const DIMENSION = 768

/** LEAF-IR's form: MiniLM's own encoder, a mean, a layer to twice the size (random here), and a prompt for queries. */
function publish(folder: string): void {
  cpSync(join(BUNDLED_MODELS_FOLDER, 'all-MiniLM-L6-v2'), folder, { recursive: true })
  const write = (path: string, value: object) => writeFileSync(join(folder, path), JSON.stringify(value))
  for (const module of ['1_Pooling', '2_Dense']) mkdirSync(join(folder, module))
  const types = ['Transformer', 'Pooling', 'Dense', 'Normalize']
  const paths = ['', '1_Pooling', '2_Dense', '3_Normalize']
  const modules = types.map((type, idx) => ({
    idx,
    name: `${idx}`,
    path: paths[idx],
    type: `sentence_transformers.models.${type}`,
  }))
  write('modules.json', modules)
  write('1_Pooling/config.json', { word_embedding_dimension: 384, pooling_mode_mean_tokens: true })
  const activation = 'torch.nn.modules.linear.Identity'
  write('2_Dense/config.json', {
    in_features: 384,
    out_features: DIMENSION,
    bias: false,
    activation_function: activation,
  })
  const weight = randomTensor(randomNumbers(5), [DIMENSION, 384])
  writeFileSync(join(folder, '2_Dense', 'model.safetensors'), encodeSafetensors({ 'linear.weight': weight }))
  write('config_sentence_transformers.json', { prompts: { query: PROMPT, document: '' }, default_prompt_name: null })
}

test('a model of the form of LEAF-IR, MiniLM with a layer more and a prompt, is the same model in every command and route', async () => {
  const lines = readFileSync(SAMPLE, 'utf8').trim().split('\n').slice(0, 20)
  const texts = lines.map((line) => (JSON.parse(line) as { question: string }).question)
  await expectPromptEverywhere({ publish, dimension: DIMENSION, queryPrompt: PROMPT, texts })
})
