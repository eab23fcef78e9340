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
import { measureMaxima } from '../dist/src/encoders/models/calibrate-int8.js'
import { encodeSafetensors } from '../dist/src/graph/safetensors.js'
import { openModel } from '../dist/src/onnx/model-files.js'

const RECORDS_PER_CORPUS = 32

const [modelName, outPath, ...corpora] = process.argv.slice(2)
if (modelName === undefined || outPath === undefined || corpora.length === 0) {
  console.error('usage: node scripts/calibrate-int8.js MODEL OUT.safetensors CORPUS.jsonl…')
  process.exit(2)
}

const texts = (await Promise.all(corpora.map(sampleTexts))).flat()
const maxima = await measureMaxima(await openModel(modelName), texts)
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
