import { isObject } from '../../options.js'
import { badRequest } from '../request/refusal.js'

/** Levels at which an answer may be long: groups have lists of hits. */
const LEVELS = 4

/**
 * A value as JSON, written element by element, so that one that would be too long is refused before it is whole.
 * @param limit of its length, in characters
 * @throws StoreError `REQUEST_REFUSED`
 */
export function boundedJson(value: unknown, limit: number): string {
  const pieces: string[] = []
  let length = 0
  const add = (piece: string) => {
    length += piece.length
    if (length > limit) {
      throw badRequest(
        `the answer would have more than ${limit} characters: ask for fewer points at once, or without their vectors`,
      )
    }
    pieces.push(piece)
  }
  const write = (each: unknown, levels: number): void => {
    if (Array.isArray(each) && levels > 0 && typeof each[0] === 'object') {
      for (const [i, element] of each.entries()) {
        add(i === 0 ? '[' : ',')
        write(element, levels - 1)
      }
      add(']')
    } else if (isObject(each) && levels > 0) {
      const fields = Object.entries(each).filter(([, inner]) => inner !== undefined)
      for (const [i, [key, inner]] of fields.entries()) {
        add(`${i === 0 ? '{' : ','}${JSON.stringify(key)}:`)
        write(inner, levels - 1)
      }
      add(fields.length === 0 ? '{}' : '}')
    } else add(JSON.stringify(each ?? null))
  }
  write(value, LEVELS)
  return pieces.join('')
}
