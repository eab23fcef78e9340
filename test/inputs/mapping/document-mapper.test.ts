import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InputRecord } from '../../../src/inputs/input-record.js'
import { DocumentMapper, type DocumentMapperOptions } from '../../../src/inputs/mapping/document-mapper.js'

const place = { file: 'memory', line: 1 }

function map(json: string, options: Partial<DocumentMapperOptions> = {}): InputRecord {
  return new DocumentMapper({ maxTextBytes: 1000, ...options }).map(JSON.parse(json), place, json)
}

function outcome(json: string, options: Partial<DocumentMapperOptions> = {}): unknown {
  const record = map(json, options)
  return record.kind === 'document' ? [record.document.id, record.document.text] : record.code
}

describe('the text of a record', () => {
  test.each<[string, Partial<DocumentMapperOptions>, unknown]>([
    ['{"body":"b","content":"c","document":"d","passage_text":"p","text":"t"}', {}, 't'],
    ['{"body":"b","content":"c","document":"d","passage_text":"p"}', {}, 'p'],
    ['{"body":"b","content":"c","document":"d"}', {}, 'd'],
    ['{"body":"b","content":"c"}', {}, 'c'],
    ['{"body":"b"}', {}, 'b'],
    ['{"text":null,"body":"b"}', {}, 'b'],
    ['{"title":"T","text":"t"}', {}, 'T t'],
    ['{"title":"","text":"t"}', {}, 't'],
    ['{"title":" \\n","text":"t"}', {}, 't'],
    ['{"title":5,"text":"t"}', {}, 't'],
    ['{"title":"T","text":""}', {}, 'T'],
    ['{"title":"T","abstract":"a"}', { text: 'abstract' }, 'a'],
    ['{"title":"T","text":"t"}', { text: 'title' }, 'T'],
    ['{"meta":{"summary":"s"},"text":"t"}', { text: 'meta.summary' }, 's'],
    ['{"meta":{"summary":"s"},"meta.summary":"literal"}', { text: 'meta.summary' }, 'literal'],
    ['{"a":[{"b":"deep"}]}', { text: 'a.0.b' }, 'deep'],
  ])('%s with %o is %s', (json, options, text) => {
    expect(outcome(json, options)).toEqual([null, text])
  })

  test.each<[string, Partial<DocumentMapperOptions>, string]>([
    ['{}', {}, 'MISSING_TEXT'],
    ['{"title":"only a title"}', {}, 'MISSING_TEXT'],
    ['{"text":"t"}', { text: 'body' }, 'MISSING_TEXT'],
    ['{"text":"t"}', { text: 'constructor.name' }, 'MISSING_TEXT'],
    ['{"text":"t"}', { text: 'text.length' }, 'MISSING_TEXT'],
    ['{"text":"t"}', { text: '__proto__' }, 'MISSING_TEXT'],
    ['{"text":null}', {}, 'NO_TEXT'],
    ['{"text":""}', {}, 'NO_TEXT'],
    ['{"text":" \\t\\n\\u00a0\\u3000\\ufeff"}', {}, 'NO_TEXT'],
    ['{"text":5}', {}, 'TEXT_NOT_STRING'],
    ['{"text":["t"]}', {}, 'TEXT_NOT_STRING'],
    ['{"text":{"en":"t"}}', {}, 'TEXT_NOT_STRING'],
    ['[]', {}, 'NOT_AN_OBJECT'],
    ['null', {}, 'NOT_AN_OBJECT'],
    ['"text"', {}, 'NOT_AN_OBJECT'],
  ])('%s with %o is rejected as %s', (json, options, code) => {
    expect(outcome(json, options)).toBe(code)
  })

  test('a text of exactly the limit in UTF-8 bytes is taken and one byte more is rejected', () => {
    expect(outcome(JSON.stringify({ text: 'é'.repeat(500) }))).toEqual([null, 'é'.repeat(500)])
    expect(outcome(JSON.stringify({ text: `${'é'.repeat(500)}x` }))).toBe('TEXT_TOO_LONG')
  })

  test('lone surrogates become U+FFFD in the text and everywhere in the payload, pairs and written-out escapes stay', () => {
    const record = map('{"text":"a\\ud800b \\ud83d\\ude00 \\\\ud800","m":{"k\\udc00":["\\uD812"]}}')
    expect(record).toMatchObject({
      document: { text: 'a\ufffdb 😀 \\ud800', payload: { text: 'a\ufffdb 😀 \\ud800', m: { 'k\ufffd': ['\ufffd'] } } },
    })
  })

  test('a payload may nest 100 levels and no more', () => {
    const nested = (levels: number): string => `{"text":"t","x":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect(outcome(nested(99))).toEqual([null, 't'])
    expect(outcome(nested(100))).toBe('TOO_DEEP')
    expect(outcome(nested(100_000))).toBe('TOO_DEEP')
  })
})

describe('the id of a record', () => {
  test.each<[string, Partial<DocumentMapperOptions>, unknown]>([
    ['{"text":"t","qa_id":3,"_id":2,"id":1}', {}, 1],
    ['{"text":"t","qa_id":3,"_id":2}', {}, 2],
    ['{"text":"t","qa_id":3}', {}, 3],
    ['{"text":"t","id":null,"_id":"x"}', {}, 'x'],
    ['{"text":"t","id":null}', {}, null],
    ['{"text":"t","id":null}', { id: 'id' }, null],
    ['{"text":"t","id":0}', {}, 0],
    ['{"text":"t","id":1.0}', {}, 1],
    ['{"text":"t","id":1e3}', {}, 1000],
    ['{"text":"t","id":"1"}', {}, '1'],
    ['{"text":"t","id":-1}', {}, '-1'],
    ['{"text":"t","id":1.5}', {}, '1.5'],
    ['{"text":"t","id":9007199254740991}', {}, 9007199254740991],
    ['{"text":"t","id":9007199254740993}', {}, '9007199254740993'],
    ['{"text":"t","id":18446744073709551615}', {}, '18446744073709551615'],
    ['{"text":"t","id":1e400}', {}, '1e400'],
    ['{"text":"\\"id\\": 1 \\\\","id": 12345678901234567890 }', {}, '12345678901234567890'],
    ['{"text":"t","id":1,"id":12345678901234567891}', {}, '12345678901234567891'],
    ['{"text":"t","m":{"k":[0,-12345678901234567892]}}', { id: 'm.k.1' }, '-12345678901234567892'],
  ])('%s with %o has the id %s', (json, options, id) => {
    expect(outcome(json, options)).toEqual([id, expect.any(String)])
  })

  test.each<[string, Partial<DocumentMapperOptions>, string]>([
    ['{"text":"t","id":true}', {}, 'INVALID_ID'],
    ['{"text":"t","id":{}}', {}, 'INVALID_ID'],
    ['{"text":"t","id":""}', {}, 'INVALID_ID'],
    ['{"text":"t","Qa_Id":""}', {}, 'INVALID_ID'],
    ['{"text":"t","key":""}', { id: 'key' }, 'INVALID_ID'],
    ['{"text":"t","id":[1]}', {}, 'INVALID_ID'],
    ['{"text":"t","id":"a\\ud800"}', {}, 'INVALID_ID'],
    ['{"text":"t","id":1}', { id: 'key' }, 'MISSING_ID'],
  ])('%s with %o is rejected as %s', (json, options, code) => {
    expect(outcome(json, options)).toBe(code)
  })

  test('an integer too long for float64 keeps its digits in the payload', () => {
    expect(map('{"text":"t","id":9007199254740993}')).toMatchObject({
      document: { payload: { id: '9007199254740993' } },
    })
  })

  test('two different integers never have the same id', () => {
    const integer = fc.bigInt(-(2n ** 70n), 2n ** 70n)
    const near = fc.tuple(integer, fc.integer({ min: 1, max: 9 })).map(([a, step]) => [a, a + BigInt(step)] as const)
    fc.assert(
      fc.property(near, ([a, b]) => {
        const [first, second] = [a, b].map((id) => (outcome(`{"text":"t","id":${id}}`) as [unknown])[0])
        expect(String(first)).toBe(String(a))
        expect(String(second)).toBe(String(b))
      }),
    )
  })
})
