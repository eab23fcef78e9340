import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TimeLeft } from '../../../src/cli/report/time-left.js'
import { fitStatus } from '../../../src/cli/shared/status-line.js'
import { countOf, Terminal } from '../../../src/cli/shared/terminal.js'
import { Screen } from '../screen.js'

const PARTS = [
  '8 min 3 s left',
  '50120 documents',
  '5289.0/s',
  '104521 tokens/s',
  '2 working',
  '2 waiting',
  '3 rejected',
  '1 retried',
]

describe('the line of a running command', () => {
  test('has the time left first at 80 columns, and all of it at 120', () => {
    expect(fitStatus(77, 'ingest', 0.42, PARTS)).toBe('ingest ████░░░░░░ 42% 8 min 3 s left, 50120 documents, 5289.0/s')
    expect(fitStatus(117, 'ingest', 0.42, PARTS)).toBe(
      'ingest ██████████░░░░░░░░░░░░░░ 42% 8 min 3 s left, 50120 documents, 5289.0/s, 104521 tokens/s, 2 working, 2 waiting',
    )
    expect(fitStatus(77, 'ingest', null, ['12 documents', '3.0/s'])).toBe('ingest 12 documents, 3.0/s')
  })

  test('is never longer than the terminal is wide', () => {
    const part = fc.string({ unit: 'grapheme-ascii', maxLength: 30 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        part,
        fc.array(part),
        fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        (columns, title, parts, fraction) => {
          expect([...fitStatus(columns, title, fraction, parts)].length).toBeLessThanOrEqual(columns)
        },
      ),
    )
    // a dataset named in Chinese takes two columns a character
    expect(fitStatus(10, '医学文献检索', null, [])).toBe('医学文献检')
  })

  test.each([20, 80, 120])(
    'leaves nothing behind at %i columns: notes, an echoed ^C and the summary are lines of their own',
    (columns) => {
      const screen = new Screen(columns)
      const terminal = new Terminal({}, screen)
      terminal.note('metrics: on')
      const bar = terminal.progress('ingest')
      bar.update(0.4, ...PARTS)
      terminal.note('a worker ended')
      screen.write('^C')
      terminal.note('stopping')
      bar.update(0.5, ...PARTS)
      bar.stop()
      bar.update(0.6, ...PARTS)
      terminal.note('rejected a, line 1')
      terminal.warn('interrupted')
      expect(screen.lines).toEqual([
        'metrics: on',
        'a worker ended',
        'stopping',
        'rejected a, line 1',
        'interrupted',
        '',
      ])
      expect(screen.wrapped).toBe(0)
    },
  )

  test('shows its newest state again under a note', () => {
    const screen = new Screen(80)
    const terminal = new Terminal({}, screen)
    const bar = terminal.progress('eval')
    bar.update(0.1, 'first')
    bar.update(1, 'last')
    terminal.note('a note')
    expect(screen.lines).toEqual(['a note', 'eval ██████████ 100% last'])
  })

  test('is no line at all with --quiet, and plain text where there is no terminal', () => {
    const quiet = new Screen(80)
    new Terminal({ quiet: true }, quiet).progress('ingest').update(0.5, 'x')
    expect(quiet.lines).toEqual([''])
    const written: string[] = []
    const terminal = new Terminal({}, { write: (text) => written.push(text) })
    terminal.progress('ingest').stop()
    terminal.note('a note')
    expect(written).toEqual(['a note\n'])
  })
})

describe('the time left', () => {
  test('is of what is encoded: an earlier run that stored 90 % does not make the rest look fast', () => {
    const left = new TimeLeft()
    expect(left.at(0.5, { encodingSeconds: 0 })).toBeNull()
    expect(left.at(0.9, { encodingSeconds: 0 })).toBeNull()
    expect(left.at(0.95, { encodingSeconds: 60 })).toBeCloseTo(60)
    expect(left.at(null, { encodingSeconds: 60 })).toBeNull()
    expect(new TimeLeft().at(0.25, { encodingSeconds: 10 })).toBeCloseTo(30)
  })
})

test('one is no plural', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'point'))).toEqual(['0 points', '1 point', '2 points'])
  expect(countOf(1, 'document was', 'documents were')).toBe('1 document was')
})
