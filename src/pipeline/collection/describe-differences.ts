import { isObject } from '../../options.js'

/** A SHA-256, of which the first digits tell two apart. */
const CHECKSUM = /^[0-9a-f]{64}$/
const SHOWN_DIGITS = 12

/** What the two sides are called. */
const SIDES = ['found', 'expected'] as const

/** One line for each leaf that differs, by its path. */
export function describeDifferences(
  found: unknown,
  wanted: unknown,
  path = '',
  sides: readonly [string, string] = SIDES,
): string[] {
  if (isObject(found) && isObject(wanted)) {
    const keys = [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
    return keys.flatMap((key) =>
      describeDifferences(found[key], wanted[key], path === '' ? key : `${path}.${key}`, sides),
    )
  }
  if (JSON.stringify(found) === JSON.stringify(wanted)) return []
  return [`${path}: ${sides[0]} ${inWords(found)}, ${sides[1]} ${inWords(wanted)}`]
}

/** A value as it is read: what is an object as its fields, without the sums that stand for files. */
function inWords(value: unknown): string {
  if (typeof value === 'string' && CHECKSUM.test(value))
    return `files with the checksum ${value.slice(0, SHOWN_DIGITS)}…`
  if (!isObject(value)) return JSON.stringify(value) ?? 'nothing'
  const fields = Object.entries(value).filter(([, field]) => !(typeof field === 'string' && CHECKSUM.test(field)))
  return fields.length === 0 ? 'nothing' : fields.map(([name, field]) => `${name} ${inWords(field)}`).join(' and ')
}
