import { describe, expect, test } from 'vitest'
import { ROWS, type Row, type RowSelection, selectRows, withModels } from '../../src/bench/row.js'
import { DEFAULT_MODELS } from '../../src/encoders/default-models.js'

const names = (selection: Partial<RowSelection>) =>
  selectRows({ hasQdrant: false, hasJudgements: false, quality: false, ...selection }).map((row) => row.name)

describe('selectRows', () => {
  test('takes names and beginnings of names up to a hyphen, each row once', () => {
    expect(names({ names: ['dense-fp32', 'bm25'] })).toEqual(['dense-fp32', 'bm25'])
    expect(names({ names: ['dense', 'dense-int8'] })).toEqual(['dense-fp32', 'dense-int8'])
    expect(names({ names: ['growth-fp32'] })).toEqual(['growth-fp32-1000', 'growth-fp32-10000', 'growth-fp32-100000'])
  })

  test('without names, leaves out what takes long and what needs a server that is not there', () => {
    const rows = names({})
    expect(rows).toContain('ingest-local-all-fp32')
    expect(rows.filter((name) => /qdrant|growth|batches|quality/.test(name))).toEqual([])
    expect(names({ hasQdrant: true })).toContain('ingest-qdrant-all-fp32')
  })

  test('a name that is no row is refused with the rows there are', () => {
    expect(() => names({ names: ['dense-fp16'] })).toThrow(/expected some of .*dense-fp32.*got "dense-fp16"/)
    expect(() => names({ names: ['den'] })).toThrow(/got "den"/)
  })

  test('a row of a server without QDRANT_URL is refused', () => {
    expect(() => names({ names: ['ingest-qdrant-all-fp32'] })).toThrow(/needs QDRANT_URL/)
  })

  test('quality is added for the precisions that are measured, and needs judgements', () => {
    expect(names({ names: ['dense-int8'], quality: true, hasJudgements: true })).toEqual(['dense-int8', 'quality-int8'])
    expect(() => names({ names: ['dense-int8'], quality: true })).toThrow(/BEIR directory/)
    expect(() => names({ names: ['quality'] })).toThrow(/BEIR directory/)
  })
})

test('another model takes the place of the bundled one in every row that has it, and in no other', async () => {
  const models = { dense: 'sentence-transformers/ALL-minilm-l6-v2', sparse: 'bm25' }
  const changed = await Promise.all(ROWS.map((row) => withModels(row, models, 'model')))
  const specOf = ({ task }: Row) => ('spec' in task ? task.spec : {})
  for (const [i, row] of ROWS.entries()) {
    const spec = specOf(row)
    expect(specOf(changed[i]!)).toEqual({
      ...spec,
      ...(spec.dense && { dense: models.dense }),
      ...(spec.sparse && { sparse: models.sparse }),
    })
    expect(changed[i]!.references.filter((name) => name.startsWith('session-'))).toEqual([])
  }
  expect(changed.find(({ name }) => name === 'late-fp32')!.task).toMatchObject({ spec: { late: DEFAULT_MODELS.late } })
})
