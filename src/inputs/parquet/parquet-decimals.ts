import type { SchemaTree } from 'hyparquet'

/** What a value of hyparquet becomes. */
type Reviser = (value: unknown) => unknown

/** Digits that every float64 keeps. */
const EXACT_DIGITS = 15
/** More digits of a fraction than any writer has; a footer that says more is a broken one. */
const MAX_SCALE = 1000

/**
 * Takes the mark of a decimal from the schema of a file, where hyparquet would make a float64 of it, and so one number of different ones.
 * What it then gives is the unscaled integer, of which the revisers make the value.
 * @returns the revisers of the top-level columns that have decimals, by name
 */
export function takeDecimals(schema: SchemaTree): ReadonlyMap<string, Reviser> {
  const revisers = schema.children.map((column) => [column.element.name, reviserOf(column)] as const)
  return new Map(revisers.filter((entry): entry is [string, Reviser] => entry[1] !== null))
}

/**
 * A decimal as JSON has it: a number where a float64 keeps all its digits, else a string of them, as of integers beyond 2^53.
 * Zeros at the end of a fraction say nothing of the value and are left out.
 */
export function decimalValue(unscaled: bigint, scale: number): number | string {
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  const text = `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
  const value = Number(text)
  if (fraction === '') return Number.isSafeInteger(value) ? value : text
  const significant = `${whole}${fraction}`.replace(/^0+/, '').length
  return significant <= EXACT_DIGITS || String(value) === text ? value : text
}

/** Null where there is no decimal within. Lists need no reviser of their own: each is of the values of one place in the schema. */
function reviserOf(node: SchemaTree): Reviser | null {
  const { element, children } = node
  // these have decimals of their own, in a form that hyparquet reads itself
  if (element.logical_type?.type === 'VARIANT') return null
  if (children.length === 0) return leafReviser(element)
  const [child] = children
  const isOneRepeated = children.length === 1 && child!.element.repetition_type === 'REPEATED'
  if (isOneRepeated && element.converted_type === 'LIST' && child!.children.length <= 1)
    return reviserOf(child!.children[0] ?? child!)
  if (isOneRepeated && element.converted_type === 'MAP' && child!.children.length === 2) {
    const [ofKey, ofValue] = child!.children.map(reviserOf)
    if (!ofKey && !ofValue) return null
    return objectReviser((key, value) => [ofKey ? String(ofKey(key)) : key, ofValue ? ofValue(value) : value])
  }
  const revisers = takeDecimals(node)
  if (revisers.size === 0) return null
  return objectReviser((key, value) => [key, revisers.get(key)?.(value) ?? value])
}

function leafReviser(element: SchemaTree['element']): Reviser | null {
  const { type, converted_type: converted, logical_type: logical } = element
  if (converted !== 'DECIMAL' && logical?.type !== 'DECIMAL') return null
  const scale = element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : undefined) ?? 0
  if (!(scale >= 0 && scale <= MAX_SCALE)) throw new Error(`a decimal with ${scale} digits of a fraction`)
  delete element.converted_type
  delete element.logical_type
  const isBytes = type === 'FIXED_LEN_BYTE_ARRAY' || type === 'BYTE_ARRAY'
  return eachOf((value) => {
    if (value instanceof Uint8Array) return decimalValue(signedInteger(value), scale)
    if (typeof value === 'number' || typeof value === 'bigint') return decimalValue(BigInt(value), scale)
    if (typeof value !== 'string') return value
    // a map's key, of whose integer or bytes hyparquet made a string
    return decimalValue(isBytes ? signedInteger(Uint8Array.from(value.split(','), Number)) : BigInt(value), scale)
  })
}

function objectReviser(revise: (key: string, value: unknown) => [string, unknown]): Reviser {
  return eachOf((value) =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => revise(key, inner)))
      : value,
  )
}

function eachOf(revise: Reviser): Reviser {
  return function each(value: unknown): unknown {
    return Array.isArray(value) ? value.map(each) : revise(value)
  }
}

/** Two's complement, the highest byte first. */
function signedInteger(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}
