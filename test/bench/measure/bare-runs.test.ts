import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { planBareRuns, RUN_FIELDS } from '../../../src/bench/measure/bare-runs.js'
import { WordPieceTokenizer } from '../../../src/tokenizers/wordpiece.js'

let tokenizer: WordPieceTokenizer
beforeAll(async () => {
  tokenizer = await WordPieceTokenizer.open(fileURLToPath(new URL('../../../models/all-MiniLM-L6-v2', import.meta.url)))
})

test('the runs hold every distinct text of a piece once, in the order in which the transformer runs them', () => {
  const texts = ['heart', 'relapsing polychondritis is rare', 'lung', 'heart']
  const { inputIds, runs, pieces, tokens } = planBareRuns(texts, tokenizer, 256)
  const ids = (text: string) => [...tokenizer.encode(text, 256).inputIds]
  expect([...inputIds]).toEqual([...ids(texts[1]!), ...ids('heart'), ...ids('lung')])
  expect(tokens).toBe(inputIds.length)
  const long = ids(texts[1]!).length
  expect([...runs]).toEqual([0, 1, long, long, 2, 3])
  expect([...pieces]).toEqual([0, runs.length / RUN_FIELDS])
})
