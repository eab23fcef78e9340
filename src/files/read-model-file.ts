import { type FileHandle, open, readFile } from 'node:fs/promises'
import { ModelError } from '../errors.js'
import { isObject } from '../options.js'

/** A text file of a model's folder. @throws ModelError `MODEL_FILE_MISSING` */
async function readModelText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw unreadable(path, cause)
  })
}

function unreadable(path: string, cause: Error): ModelError {
  return new ModelError('MODEL_FILE_MISSING', `${path} cannot be read: ${cause.message}.`, { cause })
}

/** A file of a model's folder, to be read in parts; whoever opens it closes it. @throws ModelError `MODEL_FILE_MISSING` */
export async function openModelFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: Error) => {
    throw unreadable(path, cause)
  })
}

/** The lines of a word list. @throws ModelError `MODEL_FILE_MISSING` */
export async function readModelWords(path: string): Promise<ReadonlySet<string>> {
  return new Set((await readModelText(path)).split(/\r?\n/).filter((line) => line !== ''))
}

/** A JSON file. @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT` */
export async function readModelValue(path: string): Promise<unknown> {
  const text = await readModelText(path)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ModelError('MODEL_FILE_CORRUPT', `${path} is not JSON: ${(cause as Error).message}.`, { cause })
  }
}

/** A JSON file that holds an object. @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT` */
export async function readModelJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  const value = await readModelValue(path)
  if (isObject(value)) return value
  throw new ModelError('MODEL_FILE_CORRUPT', `${path}: expected a JSON object.`)
}
