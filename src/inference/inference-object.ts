import { InputError } from '../errors.js'
import { isObject, type JsonObject, rejectUnknownOptions } from '../options.js'

/** A text that stands where a vector may stand: Qdrant's `Document`. */
export interface TextObject {
  readonly text: string
  /** Name of a model; upper and lower case count as equal. */
  readonly model: string
  readonly options: Readonly<Record<string, unknown>>
}

/** Whether a value of a request is a text, an image or another object to embed, and not a vector or a map of named vectors. */
export function isInferenceObject(value: unknown): value is JsonObject {
  if (!isObject(value)) return false
  const { text, model } = value
  return typeof text === 'string' || typeof model === 'string'
}

/**
 * A checked copy of an inference object, which the caller's later changes do not touch.
 * @throws InputError `INPUT_UNSUPPORTED` for images and objects, `INVALID_INFERENCE_OBJECT`, `UNKNOWN_OPTION`
 */
export function readTextObject(value: Readonly<Record<string, unknown>>): TextObject {
  const kind = ['image', 'object'].find((key) => key in value)
  if (kind !== undefined) {
    throw new InputError(
      'INPUT_UNSUPPORTED',
      `Expected { text, model }, got an inference object with "${kind}" for the model ${JSON.stringify(value.model)}: only texts are embedded here. Embed it elsewhere and pass the vector.`,
    )
  }
  const { text, model, options } = value
  if (typeof text !== 'string' || typeof model !== 'string') {
    const [field, found] = typeof text === 'string' ? ['model', model] : ['text', text]
    throw new InputError(
      'INVALID_INFERENCE_OBJECT',
      `Inference object: expected { text, model } with two strings, got ${field} ${found === null ? 'null' : typeof found}.`,
    )
  }
  if (typeof (options ?? {}) !== 'object' || Array.isArray(options)) {
    throw new InputError(
      'INVALID_INFERENCE_OBJECT',
      `Inference object: expected options as an object, got ${Array.isArray(options) ? 'a list' : typeof options}.`,
    )
  }
  rejectUnknownOptions(value, ['text', 'model', 'options'], 'Inference object')
  return { text, model, options: { ...(options as Record<string, unknown> | null | undefined) } }
}
