import { describe, expect, it } from 'vitest'
import { ALL, differingCodes, differingTexts, NATIVE, openNative } from '../tokenizers/native-tokenizers.js'

const NAMES = Object.keys(NATIVE.expected)
/** Of the blocks of texts and of code points; the long series compares all. */
const SHARE = { oneOf: 10 }

describe('a tokenizer beside the native one', () => {
  it.each(NAMES)('gives its tokens for 2,000 nasty texts: %s', async (name) => {
    expect(NATIVE.texts.length).toBeGreaterThan(20_000)
    expect(differingTexts(name, await openNative(name), SHARE)).toEqual([])
  })

  it('takes marks behind a control beyond the first plane as a cluster of their own: a charsmap', async () => {
    const tokenizer = await openNative('unigram-cf')
    // tokenizers 0.23.3: the two marks are replaced as one by the shortest rule
    expect(tokenizer.encodeBare('`\u{e0001}\u0345\u0341', ALL).inputIds).toHaveLength(8)
  })

  it('gives its tokens for code points of all planes, in a word and alone: the bundled WordPiece', async () => {
    const { codes } = NATIVE.expected.bundled!
    expect(codes.length * NATIVE.codesPerBlock).toBe(0x110000)
    expect(differingCodes('bundled', await openNative('bundled'), SHARE)).toEqual([])
  })
})
