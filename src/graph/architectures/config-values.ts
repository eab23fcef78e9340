import { ModelError } from '../../errors.js'

/** A Hugging Face `config.json`. */
export type ConfigJson = Readonly<Record<string, unknown>>

/** A size that a config states under one of several names, the first that is there. @throws ModelError `CONFIG_INVALID` */
export function readSize(path: string, config: ConfigJson, ...keys: readonly string[]): number {
  const key = keys.find((name) => config[name] != null) ?? keys[0]!
  const value = config[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new ModelError(
      'CONFIG_INVALID',
      `${path}: expected a positive integer for ${key}, got ${JSON.stringify(value)}.`,
    )
  }
  return value
}

/** A positive number. @throws ModelError `CONFIG_INVALID` */
export function readNumber(path: string, config: ConfigJson, key: string, fallback: number): number {
  const value = config[key] ?? fallback
  if (typeof value === 'number' && value > 0 && value < Infinity) return value
  throw new ModelError('CONFIG_INVALID', `${path}: expected a positive number for ${key}, got ${String(value)}.`)
}

/**
 * Refuses a value that the builder does not know.
 * @param fallback what a config without the key means
 * @throws ModelError `CHECKPOINT_UNSUPPORTED`
 */
export function requireValue<T extends string | number | boolean | null>(
  path: string,
  config: ConfigJson,
  key: string,
  expected: T | readonly T[],
  fallback?: T,
): T {
  const allowed: readonly unknown[] = Array.isArray(expected) ? expected : [expected]
  const value = config[key] ?? fallback ?? null
  if (allowed.includes(value)) return value as T
  const choices = allowed.map((each) => JSON.stringify(each)).join(' or ')
  throw unsupportedCheckpoint(path, `${key} is ${JSON.stringify(value)}; only ${choices} can be built`)
}

/** @throws ModelError `CONFIG_INVALID` unless every head has the same size */
export function requireWholeHeads(path: string, sizes: { readonly hiddenSize: number; readonly heads: number }): void {
  if (sizes.hiddenSize % sizes.heads === 0) return
  throw new ModelError(
    'CONFIG_INVALID',
    `${path}: the hidden size ${sizes.hiddenSize} is not a multiple of the number of attention heads, ${sizes.heads}.`,
  )
}

export function unsupportedCheckpoint(path: string, what: string): ModelError {
  return new ModelError(
    'CHECKPOINT_UNSUPPORTED',
    `${path}: ${what}. A model of another kind can be run from an ONNX file: export it as model.onnx.`,
  )
}
