/**
 * Writes the calibration file of an int8 model: the largest magnitude of each channel that int8 smooths, over sample texts.
 *
 *     npm run build && node scripts/calibrate-int8.js MODEL OUT.safetensors CORPUS.jsonl…
 *
 * A corpus is JSON Lines with `text` (and `title`), or with `passage_text` and `question`, which are two texts. Of each, 32 records
 * are taken at equal distances, so the same corpora give the same file. The bundled file was made from MedQuAD (CC BY 4.0)
 * and bench/sample/medical-qa.jsonl. Name the file calibration.safetensors, put it beside the checkpoint, then make the manifest anew.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { openTransformerGraph } from '../dist/src/encoders/network/transformer-graph.js'
import { encodeSafetensors } from '../dist/src/graph/safetensors.js'
import { openModel } from '../dist/src/onnx/model-files.js'
import { WordPieceTokenizer } from '../dist/src/tokenizers/wordpiece.js'

const RECORDS_PER_CORPUS = 32

const [modelName, outPath, ...corpora] = process.argv.slice(2)
if (modelName === undefined || outPath === undefined || corpora.length === 0) {
  console.error('usage: node scripts/calibrate-int8.js MODEL OUT.safetensors CORPUS.jsonl…')
  process.exit(2)
}

const texts = (await Promise.all(corpora.map(sampleTexts))).flat()
const maxima = await measureMaxima(modelName, texts)
await writeFile(outPath, encodeSafetensors(maxima))
console.error(`${texts.length} texts, ${Object.keys(maxima).length} tensors`)

/** Texts of a corpus's records at equal distances. @param {string} path */
async function sampleTexts(path) {
  const lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean)
  const step = Math.max(1, lines.length / RECORDS_PER_CORPUS)
  const texts = []
  for (let i = 0; i < RECORDS_PER_CORPUS && i * step < lines.length; i++) {
    const { title, text, passage_text: passage, question } = JSON.parse(lines[Math.floor(i * step)])
    if (text !== undefined) texts.push(title ? `${title} ${text}` : text)
    else texts.push(passage, question)
  }
  return texts
}

/** The largest magnitudes of each channel over the texts, one text a run. @param {string} name @param {string[]} texts */
async function measureMaxima(name, texts) {
  const model = await openModel(name)
  const tokenizer = await WordPieceTokenizer.open(model.folder)
  const { session, config } = await openTransformerGraph({ model, outputs: ['channel_maxima'], threads: 1 })
  const maxTokens = model.entry.maxTokens ?? config.maxPositions
  /** @type {Record<string, import('../dist/src/graph/safetensors.js').FloatTensor>} */
  const maxima = {}
  for (const text of texts) {
    const inputIds = Int32Array.from(tokenizer.encode(text, maxTokens).inputIds)
    for (const [tensor, { shape, values }] of Object.entries(await session.run(inputIds, 1, inputIds.length))) {
      maxima[tensor] ??= { shape, values: new Float32Array(values.length) }
      const largest = maxima[tensor].values
      for (const [channel, value] of values.entries()) largest[channel] = Math.max(largest[channel], value)
    }
  }
  await session.release()
  return maxima
}
