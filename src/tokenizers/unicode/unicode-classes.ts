import { inflateSync } from 'node:zlib'
import { getOrMake } from '../../get-or-make.js'
import { UNICODE_DATA } from './unicode-data.js'

/** Code points, {@link CodePointSet.has} at the cost of one look-up. */
export class CodePointSet {
  readonly #bits = new Uint8Array(0x110000 >> 3)
  /** First and last code point of each range, in their order. */
  readonly ranges: readonly (readonly [number, number])[]

  /** @param gaps how many code points are out, in, out, in, … from 0 on */
  constructor(gaps: readonly number[]) {
    const ranges: [number, number][] = []
    let at = 0
    for (const [i, length] of gaps.entries()) {
      if (i % 2 === 1) {
        ranges.push([at, at + length - 1])
        for (let code = at; code < at + length; code += 1) this.#bits[code >> 3]! |= 1 << (code & 7)
      }
      at += length
    }
    this.ranges = ranges
  }

  has(code: number): boolean {
    return (this.#bits[code >> 3]! & (1 << (code & 7))) !== 0
  }
}

/** The sets of unicode-data.ts, each by what the native tokenizers do with its members. */
type SetName =
  | 'dropped'
  | 'punctuation'
  | 'nonspacing'
  | 'mark'
  | 'numeric'
  | 'word'
  | 'regexWord'
  | 'han'
  | 'inert'
  | 'beyond'
  | 'extending'
  | 'prepending'
  | 'breaking'

interface UnicodeData {
  readonly sets: Readonly<Record<SetName, readonly number[]>>
  readonly categories: Readonly<Record<string, readonly number[]>>
  readonly combining: Readonly<Record<string, readonly number[]>>
  readonly lowered: Readonly<Record<string, string>>
}

let data: UnicodeData | undefined

/** How the native tokenizers class code points: the same in every Node, whose own tables change from release to release. */
export function unicodeData(): UnicodeData {
  data ??= JSON.parse(inflateSync(Buffer.from(UNICODE_DATA, 'base64')).toString()) as UnicodeData
  return data
}

const sets = new Map<SetName, CodePointSet>()

export function codePointSet(name: SetName): CodePointSet {
  return getOrMake(sets, name, () => new CodePointSet(unicodeData().sets[name]))
}

/** Rust's `char::is_whitespace`, Unicode's White_Space, which no release has changed since 6.3. */
export function isWhiteSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  )
}

/** CJK ideographs as BERT lists them. */
export const IDEOGRAPH_RANGES: readonly (readonly [number, number])[] = [
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0xf900, 0xfaff],
  [0x2f800, 0x2fa1f],
]
