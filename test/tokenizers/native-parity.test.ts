import { describe, expect, it } from 'vitest'
import { differingCodes, differingTexts, NATIVE, openNative } from './native-tokenizers.js'

const NAMES = Object.keys(NATIVE.expected)

describe('a tokenizer beside the native one', () => {
  it.each(NAMES)('gives its tokens for 20,500 nasty texts: %s', async (name) => {
    expect(NATIVE.texts.length).toBeGreaterThan(20_000)
    expect(differingTexts(name, await openNative(name))).toEqual([])
  })

  it('gives its tokens for every code point, in a word and alone: the bundled WordPiece', async () => {
    const { codes } = NATIVE.expected.bundled!
    expect(codes.length * NATIVE.codesPerBlock).toBe(0x110000)
    expect(differingCodes('bundled', await openNative('bundled'))).toEqual([])
  })
})
