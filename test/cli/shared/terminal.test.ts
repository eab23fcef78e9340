import { expect, test } from 'vitest'
import { formatTable } from '../../../src/cli/shared/terminal.js'

const HEADER = ['collection', 'points', 'vectors']
const ROWS = [['notes', 12_345, 'all-MiniLM-L6-v2 (384 float32), bm25']] as const

test('a table is as wide as it is where no line has to be broken', () => {
  expect(formatTable(HEADER, ROWS, null).split('\n')).toEqual([
    'collection  points  vectors',
    '----------  ------  ------------------------------------',
    'notes        12345  all-MiniLM-L6-v2 (384 float32), bm25',
  ])
})

test('on a narrow terminal the widest texts are broken inside their column, and numbers and names are not', () => {
  expect(formatTable(HEADER, ROWS, 40).split('\n')).toEqual([
    'collection points vectors',
    '---------- ------ ----------------------',
    'notes       12345 all-MiniLM-L6-v2 (384',
    '                  float32), bm25',
  ])
  expect(
    formatTable(['model', 'max tokens'], [['sentence-transformers/all-MiniLM-L6-v2', 256]], 36).split('\n'),
  ).toEqual([
    'model                            max',
    '                              tokens',
    '----------------------------- ------',
    'sentence-transformers/           256',
    'all-MiniLM-L6-v2',
  ])
})

test('a table without rows is its header', () => {
  expect(formatTable(['a', 'bc'], [], 80)).toBe('a  bc\n-  --')
})
