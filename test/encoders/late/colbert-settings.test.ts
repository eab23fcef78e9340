import { describe, expect, it } from 'vitest'
import { readColbertSettings } from '../../../src/encoders/late/colbert-settings.js'

const name = 'own/colbert'

describe('the settings of a ColBERT model', () => {
  it("are colbertv2.0's where the manifest says nothing", () => {
    expect(readColbertSettings({ name })).toEqual({
      queryMarker: '[unused0]',
      documentMarker: '[unused1]',
      maskToken: '[MASK]',
      queryTokens: 32,
      attendToMaskTokens: false,
      skipPunctuation: true,
      skipTokens: ['[PAD]'],
    })
  })

  it("are the manifest's where it says something", () => {
    const settings = { queryMarker: 50368, documentMarker: 50369, queryTokens: null, skipTokens: [] }
    expect(readColbertSettings({ name, settings })).toMatchObject(settings)
  })

  it.each([
    [{ queryMarkers: 1 }, /unknown setting "queryMarkers"; expected queryMarker, /],
    [{ queryMarker: -1 }, /queryMarker: expected a token or its id, got -1/],
    [{ queryMarker: '' }, /queryMarker/],
    [{ queryTokens: 0 }, /queryTokens: expected a whole number from 1, or null, got 0/],
    [{ attendToMaskTokens: 'no' }, /attendToMaskTokens: expected true or false/],
    [{ skipTokens: '[PAD]' }, /skipTokens: expected a list/],
    [[], /not an object/],
  ])('are refused as MANIFEST_INVALID: %j', (settings, message) => {
    expect(() => readColbertSettings({ name, settings })).toThrow(
      expect.objectContaining({
        name: 'ModelError',
        code: 'MANIFEST_INVALID',
        message: expect.stringMatching(message),
      }),
    )
  })
})
