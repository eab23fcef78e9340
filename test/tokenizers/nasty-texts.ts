import { randomNumbers } from '../../src/scoring/random-numbers.js'

/** What tokenizers have stumbled over: parts of texts, put together at random. */
const PARTS = [
  ...'fever immunodeficiency ΟΔΟΣ Σ ὈΔΥΣΣΕΎΣ İstanbul ISPARTA ıI Straße GROẞ ﬁnal K Å Ω µ Résumé CAFÉ Việt Đặng Привет Ёлка שָׁלוֹם مُحَمَّد ﷺ नमस्ते தமிழ் ไทย 한국어 각 漢字 ｶﾞﾃﾞｰﾀ ㌔ ① Ⅻ ½ ™ © 𠀀𠀁 丽 𝔸 𐐀 👩‍👩‍👧 👍🏽 🇩🇪 1️⃣ ` `` ≠ ≮ ; ▁ Ġ ##a'.split(
    ' ',
  ),
  ...[
    '[CLS]',
    '[SEP]',
    '[MASK]',
    '<s>',
    '<mask>',
    '<unk>',
    '<|endoftext|>',
    'NEW',
    'tok',
    'TOKEN',
    'new',
    "don't",
    "we'LL",
  ],
  ...[' ', '  ', '\t', '\n', '\r\n', '\0', '\v', '\u0085', '\u00a0', '\u00ad', '\u200b', '\u200d', '\u2028', '\u3000'],
  ...['\ufeff', '\ufffd', '\u{e0001}', '\u1fef', '\u0301', '\u0345', '\u0334', '\u20dd', '\u{1d165}', '\u302e'],
]

const PLANES = [0x250, 0x800, 0x3400, 0x10000, 0x20000, 0x110000]
const FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const
const LONGEST_RUN = 210

/** Texts of nasty parts, the same for the same seed. */
export function nastyTexts(seed: number, count: number): string[] {
  const random = randomNumbers(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const part = (): string => {
    const found = PARTS[below(PARTS.length)]!
    switch (below(8)) {
      case 0:
      case 1:
        return String.fromCodePoint(below(PLANES[below(PLANES.length)]!)).toWellFormed()
      case 2:
        return found.normalize(FORMS[below(4)]!)
      case 3:
        return below(40) === 0 ? found.repeat(below(LONGEST_RUN)) : found.toUpperCase()
      default:
        return found
    }
  }
  return Array.from({ length: count }, () => {
    const separator = [' ', '', ''][below(3)]!
    return Array.from({ length: 1 + below(9) }, part).join(separator)
  })
}
