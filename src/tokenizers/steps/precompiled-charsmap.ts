import { codePointSet } from '../unicode/unicode-classes.js'

/** A grapheme is looked up as a whole when it is shorter than this many bytes. */
const MAX_GRAPHEME_BYTES = 6

/**
 * SentencePiece's rules for normalizing a text (`precompiled_charsmap`): a Darts double array from UTF-8 bytes to
 * replacements, read as crate spm_precompiled reads it: what a text begins with is replaced by its *shortest* rule, and a
 * grapheme of few bytes is replaced as a whole even if the rule stands for its first character alone.
 * @see https://github.com/huggingface/spm_precompiled
 */
export class PrecompiledCharsmap {
  readonly #units: Uint32Array
  /** The replacements, each ended by a NUL. */
  readonly #replacements: Buffer
  readonly #ofCharacter = new Map<number, string | undefined>()

  /** @throws RangeError if it cannot be read */
  constructor(base64: string) {
    const bytes = Buffer.from(base64, 'base64')
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || bytes.length < 4) throw new RangeError('it is not base64')
    const size = bytes.readUInt32LE(0)
    if (size === 0 || size % 4 !== 0 || size + 4 > bytes.length) {
      throw new RangeError(`its trie of ${size} bytes does not fit into ${bytes.length}`)
    }
    this.#units = new Uint32Array(size / 4)
    for (let i = 0; i < this.#units.length; i += 1) this.#units[i] = bytes.readUInt32LE(4 + 4 * i)
    this.#replacements = bytes.subarray(4 + size)
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(this.#replacements)
    } catch {
      throw new RangeError('its replacements are not UTF-8')
    }
  }

  /** A text with every rule applied. */
  normalize(text: string): string {
    const [extending, prepending, breaking] = [
      codePointSet('extending'),
      codePointSet('prepending'),
      codePointSet('breaking'),
    ]
    let mapped = ''
    for (let i = 0; i < text.length; ) {
      let code = text.codePointAt(i)!
      let end = i + unitsOf(code)
      let bytes = bytesOf(code)
      let characters = 1
      // the extended grapheme cluster that begins here, as far as it is made by the characters beside each other
      while (end < text.length) {
        const next = text.codePointAt(end)!
        const isJoined =
          (code === 0x0d && next === 0x0a) ||
          (!breaking.has(code) && !breaking.has(next) && (extending.has(next) || prepending.has(code)))
        if (!isJoined) break
        code = next
        end += unitsOf(next)
        bytes += bytesOf(next)
        characters += 1
      }
      if (characters === 1) {
        mapped += this.#ruleOf(code) ?? text.slice(i, end)
      } else {
        const cluster = text.slice(i, end)
        const whole = bytes < MAX_GRAPHEME_BYTES ? this.#find(cluster) : undefined
        if (whole !== undefined) mapped += whole
        else for (const character of cluster) mapped += this.#ruleOf(character.codePointAt(0)!) ?? character
      }
      i = end
    }
    return mapped
  }

  #ruleOf(code: number): string | undefined {
    const known = this.#ofCharacter.get(code)
    if (known !== undefined || this.#ofCharacter.has(code)) return known
    const found = this.#find(String.fromCodePoint(code))
    this.#ofCharacter.set(code, found)
    return found
  }

  /** What stands for the shortest beginning of `text` that has a rule. */
  #find(text: string): string | undefined {
    const units = this.#units
    let node = offsetOf(units[0]!)
    for (const byte of Buffer.from(text)) {
      if (byte === 0) return undefined
      node ^= byte
      const unit = units[node]
      if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined
      node ^= offsetOf(unit)
      if ((unit & 0x100) !== 0) return this.#replacementAt(units[node])
    }
    return undefined
  }

  #replacementAt(unit: number | undefined): string | undefined {
    const begin = unit === undefined ? Number.POSITIVE_INFINITY : unit & 0x7fffffff
    if (begin > this.#replacements.length) return undefined
    const end = this.#replacements.indexOf(0, begin)
    return this.#replacements.toString('utf8', begin, end < 0 ? this.#replacements.length : end)
  }
}

/** Where a unit of the double array points. */
function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6)
}

function unitsOf(code: number): number {
  return code > 0xffff ? 2 : 1
}

function bytesOf(code: number): number {
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code > 0xffff ? 4 : 3
}
