import { isObject, shown } from '../../options.js'
import { malformed } from './refusal.js'
import { MAX_REQUEST_DEPTH } from './request-depth.js'

/** A step of a path: a key, an index `[2]`, or `null` for `[]`, every element. */
export type PathStep = string | number | null

/** A path into a payload; the first step is a key. */
export type PayloadPath = readonly PathStep[]

/** Letters and digits as Rust's `char::is_alphanumeric` has them. */
const STEP = /(?:^|(?<!^)\.)(?:([\p{Alphabetic}\p{N}_-]+)|"([^"\\]*)")|\[(\d*)\]/uy
const PLAIN_KEY = /^[\p{Alphabetic}\p{N}_-]+$/u

/**
 * Parses Qdrant's path syntax: `a.b`, `a[].b`, `a[0].b`, `"quoted.key".b`.
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parsePath(text: unknown): PayloadPath {
  if (typeof text !== 'string') throw malformed(`Invalid json path: '${shown(text)}'`)
  const steps: PathStep[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text)
    if (!match || (match.index > 0 && steps.length === 0)) throw malformed(`Invalid json path: '${text}'`)
    const [, plain, quoted, index] = match
    if (index === undefined) steps.push((plain ?? quoted)!)
    else steps.push(index === '' ? null : Number(index))
  }
  if (steps.length > MAX_REQUEST_DEPTH) {
    throw malformed(`Invalid json path: expected at most ${MAX_REQUEST_DEPTH} steps, got ${steps.length}`)
  }
  if (typeof steps[0] !== 'string') throw malformed(`Invalid json path: '${text}'`)
  return steps
}

export function formatPath(path: PayloadPath): string {
  return path
    .map((step, i) => {
      if (typeof step !== 'string') return `[${step ?? ''}]`
      const key = PLAIN_KEY.test(step) ? step : `"${step}"`
      return i === 0 ? key : `.${key}`
    })
    .join('')
}

/** The values at a path. A key does not enter an array by itself: only `[]` and `[0]` do. */
export function valuesAt(path: PayloadPath, payload: unknown): unknown[] {
  const found: unknown[] = []
  collect(path, 0, payload, found)
  return found
}

function collect(path: PayloadPath, at: number, value: unknown, found: unknown[]): void {
  if (value === undefined) return
  if (at === path.length) {
    found.push(value)
    return
  }
  const step = path[at]!
  if (typeof step === 'string') {
    if (isObject(value) && Object.hasOwn(value, step)) collect(path, at + 1, value[step], found)
  } else if (Array.isArray(value)) {
    if (step === null) for (const element of value) collect(path, at + 1, element, found)
    else collect(path, at + 1, value[step], found)
  }
}

/** The values at a path with arrays at its end opened once: what conditions, facets and order see. */
export function flatValuesAt(path: PayloadPath, payload: unknown): unknown[] {
  const values = valuesAt(path, payload)
  return values.some(Array.isArray) ? values.flat(1) : values
}
