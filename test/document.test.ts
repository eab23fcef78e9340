import { describe, expect, test } from 'vitest'
import { DOCUMENT_NAMESPACE, pointId } from '../src/document.js'

const any = (value: unknown) => value as never

describe('the id of a document’s point', () => {
  test('is that of the text where there is no id, left out as well as null', () => {
    const id = pointId({ id: null, text: 'a text' })
    expect(pointId(any({ text: 'a text' }))).toBe(id)
    expect(pointId(any({ text: 'another text' }))).not.toBe(id)
  })

  test('is the document’s own where Qdrant takes it', () => {
    expect(pointId({ id: 7, text: '' })).toBe(7)
    expect(pointId({ id: DOCUMENT_NAMESPACE.toUpperCase(), text: '' })).toBe(DOCUMENT_NAMESPACE)
  })

  test('is a UUID’s own in whatever form it is written', () => {
    const spellings = [
      DOCUMENT_NAMESPACE.replaceAll('-', ''),
      `{${DOCUMENT_NAMESPACE.toUpperCase()}}`,
      `urn:uuid:${DOCUMENT_NAMESPACE}`,
      // no version of RFC 9562: Qdrant takes it all the same
      'ffffffff-ffff-0fff-0fff-ffffffffffff',
      'ffffffffffff0fff0fffffffffffffff',
    ]
    const written = spellings.slice(0, 3).map((id) => pointId({ id, text: '' }))
    expect(new Set(written)).toEqual(new Set([DOCUMENT_NAMESPACE]))
    const others = spellings.slice(3).map((id) => pointId({ id, text: '' }))
    expect(new Set(others)).toEqual(new Set([spellings[3]]))
    const chunks = spellings.slice(0, 3).map((id) => pointId({ id, text: '' }, 0))
    expect(new Set(chunks)).toEqual(new Set([pointId({ id: DOCUMENT_NAMESPACE, text: '' }, 0)]))
  })

  test.each([
    ['an id that is empty', { id: '', text: 'a' }, undefined, 'INVALID_DOCUMENT'],
    ['an id that is an object', { id: {}, text: 'a' }, undefined, 'INVALID_DOCUMENT'],
    ['an id that is NaN', { id: Number.NaN, text: 'a' }, undefined, 'INVALID_DOCUMENT'],
    ['no text', { id: 1 }, undefined, 'INVALID_DOCUMENT'],
    ['half a chunk', { id: 1, text: 'a' }, 0.5, 'INVALID_OPTION'],
    ['no document', null, undefined, 'INVALID_OPTION'],
  ])('is refused for %s', (_, document, chunk, code) => {
    expect(() => pointId(any(document), chunk)).toThrow(expect.objectContaining({ code }))
  })
})
