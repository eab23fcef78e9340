import { expect, test } from 'vitest'
import { hitText } from '../../../src/pipeline/search/hit-text.js'

test('the text of a point is found where known programs keep it', () => {
  const node = JSON.stringify({ id_: 'n', text: 'LlamaIndex', metadata: {} })
  for (const [payload, text] of [
    [{ document: 'offgrid' }, 'offgrid'],
    [{ page_content: 'LangChain', metadata: { content: 'no' } }, 'LangChain'],
    [{ content: 'Haystack', meta: {} }, 'Haystack'],
    [{ data: 'mem0', user_id: 'u' }, 'mem0'],
    [{ _node_content: node, _node_type: 'TextNode' }, 'LlamaIndex'],
    [{ _node_content: 'no JSON' }, ''],
    [null, ''],
  ] as const) {
    expect(hitText(payload)).toBe(text)
  }
})

test('a path names another field, through objects and through JSON in a text', () => {
  const payload = { 'a.b': 'flat', a: { b: 'deep', c: '{"d":["e"]}' }, document: 'no' }
  expect(hitText(payload, 'a.b')).toBe('flat')
  expect(hitText({ a: payload.a }, 'a.b')).toBe('deep')
  expect(hitText(payload, 'a.c.d')).toBe('["e"]')
  expect(hitText(payload, 'nothing.here')).toBe('')
})
