import { basename } from 'node:path'
import { ModelError } from '../../errors.js'
import { CALIBRATION_FILE, type ModelFile } from '../../onnx/manifest.js'
import { type KnownModel, knownModels, publishedFiles } from '../../onnx/model-registry.js'

/** Files that decide about vectors beyond what config files say: weights, tables, the vocabulary. */
const DECISIVE = /(\.(onnx|safetensors|npy|vocab)|[._]data|(^|\/)(tokenizer|idf)\.json)$/

/** The known model whose published weights a file is; several names may have the same ones, then the first. */
export function ownerOfWeights({ sha256 }: Pick<ModelFile, 'sha256'>): KnownModel | undefined {
  return knownModels().find((model) => publishedFiles(model).some((file) => isWeights(file) && file.sha256 === sha256))
}

/**
 * Holds a model's files against the sums that are published under its name: the form of two models may be the same, and other weights under
 * a known name would be pooled, prompted and listed as the model that they are not.
 * @returns the files that no published sum shows to be the model's; the calibration is nobody's but the importer's
 * @throws ModelError `MODEL_MISMATCH` if a file is that of another known model, or not the one that is published by its name
 */
export function requirePublishedSums(path: string, known: KnownModel, files: readonly ModelFile[]): readonly string[] {
  const published = publishedFiles(known)
  const unchecked: string[] = []
  for (const file of files) {
    if (!DECISIVE.test(file.path) || file.path === CALIBRATION_FILE) continue
    if (published.some(({ sha256 }) => sha256 === file.sha256)) continue
    const owner = ownerOfWeights(file)
    if (owner !== undefined)
      throw mismatch(path, known, `${file.path} is that of ${owner.name} (sha256 ${file.sha256})`)
    const stated = isWeights(file) ? published.find((other) => basename(other.path) === basename(file.path)) : undefined
    if (stated !== undefined) {
      const expected = `${stated.sizeBytes} bytes, sha256 ${stated.sha256}`
      throw mismatch(
        path,
        known,
        `${file.path}: expected ${expected}, got ${file.sizeBytes} bytes, sha256 ${file.sha256}`,
      )
    }
    unchecked.push(file.path)
  }
  return unchecked
}

/** A vocabulary is published again with other settings beside it; weights are not. */
function isWeights({ path }: Pick<ModelFile, 'path'>): boolean {
  return !path.endsWith('.json')
}

function mismatch(path: string, { name }: KnownModel, what: string): ModelError {
  return new ModelError(
    'MODEL_MISMATCH',
    `The files in ${path} are not those of ${name}: ${what}. Put its published files there, or take another name (--as).`,
  )
}
