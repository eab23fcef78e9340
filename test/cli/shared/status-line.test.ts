import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { TimeLeft } from '../../../src/cli/report/time-left.js'
import { fitStatus, TO_LINE_START } from '../../../src/cli/shared/status-line.js'
import { plainText } from '../../../src/cli/shared/styled.js'
import { countOf, Terminal } from '../../../src/cli/shared/terminal.js'
import { Screen } from '../screen.js'

const PARTS = [
  '8 min 3 s left',
  '5289.0/s',
  { text: '3 rejected', as: 'warning' },
  '50120 documents',
  '104521 tokens/s',
  '2 working',
  '2 waiting',
  '1 retried',
] as const

const fitted = (...args: Parameters<typeof fitStatus>) => plainText(fitStatus(...args))

describe('the line of a running command', () => {
  test('has time left, share, rate and what was rejected at 80 columns, and all of it at 120', () => {
    expect(fitted(77, 'ingest', 0.42, PARTS)).toBe(
      'ingest ████░░░░░░ 42% 8 min 3 s left, 5289.0/s, 3 rejected, 50120 documents',
    )
    expect(fitted(117, 'ingest', 0.42, PARTS)).toBe(
      'ingest ██████████░░░░░░░░░░░░░░ 42% 8 min 3 s left, 5289.0/s, 3 rejected, 50120 documents, 104521 tokens/s, 2 working',
    )
    expect(fitted(77, 'ingest', null, ['12 documents', '3.0/s'])).toBe('ingest 12 documents, 3.0/s')
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
          expect([...fitted(columns, title, fraction, parts)].length).toBeLessThanOrEqual(columns)
        },
      ),
    )
    // a dataset named in Chinese takes two columns a character
    expect(fitted(10, '医学文献检索', null, [])).toBe('医学文献检')
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

  test('has colours where the terminal takes them, and none with NO_COLOR or on a dumb one', () => {
    const write = (env: Readonly<Record<string, string>>): string => {
      let text = ''
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
      const stream = { isTTY: true, columns: 80, hasColors: () => true, write: (part: string) => (text += part) }
      new Terminal({}, stream).progress('ingest').update(0.5, { text: '1 rejected', as: 'warning' })
      vi.unstubAllEnvs()
      return text
    }
    expect(write({ TERM: 'xterm', NO_COLOR: '' })).toContain('\x1b[1mingest\x1b[22m')
    expect(write({ TERM: 'xterm', NO_COLOR: '1' }).replaceAll(TO_LINE_START, '')).not.toContain('\x1b')
    expect(write({ TERM: 'dumb', NO_COLOR: '' })).not.toContain('\x1b')
  })

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
