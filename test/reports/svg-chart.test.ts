import { expect, test } from 'vitest'
import {
  drawBars,
  drawDifferences,
  drawIntervals,
  drawLines,
  drawPoints,
  withSign,
} from '../../src/reports/svg-chart.js'

/** Numbers of an attribute, in the order of the drawing. */
const numbersOf = (svg: string, attribute: string, className: string) =>
  [...svg.matchAll(new RegExp(`<[^>]*\\b${attribute}="([^"]+)"[^>]*class="${className}"`, 'g'))].map((match) =>
    Number(match[1]),
  )

test('a bar that is half as much is half as long, and a peer looks different', () => {
  const bar = (value: number, isPeer = false) => ({ label: 'a', value, values: [value], text: String(value), isPeer })
  const svg = drawBars('rates', [bar(10), bar(5), bar(10, true)])
  const [whole, half] = numbersOf(svg, 'width', 'bar')
  expect(half! / whole!).toBeCloseTo(0.5, 3)
  expect(numbersOf(svg, 'width', 'peer')).toEqual([whole])
})

test('a mean stands inside its interval, on an axis of round numbers', () => {
  const row = { label: 'dense', value: 0.64, low: 0.6, high: 0.7, text: '0.64' }
  const svg = drawIntervals('means', [row], (x) => x.toFixed(2))
  const [left, ...ends] = numbersOf(svg, 'x1', 'interval')
  const [mean] = numbersOf(svg, 'cx', 'mean')
  expect(mean! - left!).toBeCloseTo((ends.at(-1)! - left!) * 0.4, 0)
  expect([...svg.matchAll(/class="tick">([^<]+)</g)].map((match) => match[1])).toEqual(['0.60', '0.65', '0.70'])
})

test('ten times as fast is as far to the right as ten times that, better is further up, and labels lie beside each other', () => {
  const points = [10, 100, 1000].map((x, i) => ({ label: `p${i}`, x, y: 0.5 + i / 10, isPeer: false }))
  const axes = { x: 'speed', y: 'quality', formatX: String }
  const svg = drawPoints('trade', points, axes)
  const [c, b, a] = numbersOf(svg, 'cx', 'bar')
  expect(b! - a!).toBeCloseTo(c! - b!, 0)
  const heights = numbersOf(svg, 'cy', 'bar')
  expect(heights).toEqual([...heights].sort((x, y) => x - y))
  const close = [0.5, 0.5, 0.5].map((y, i) => ({ label: `q${i}`, x: 10, y, isPeer: false }))
  const labels = numbersOf(drawPoints('trade', close, axes), 'y', 'value')
  expect(new Set(labels).size).toBe(3)
})

test('gains go up and losses down from one line, and what is equal is left out', () => {
  const svg = drawDifferences('differences', [0.5, 0, -0.25])
  expect(numbersOf(svg, 'height', 'gain')[0]! / numbersOf(svg, 'height', 'loss')[0]!).toBeCloseTo(2, 1)
})

test('a label or title from outside cannot end an element, and one value or equal ones are drawn, too', () => {
  const label = '<b>"x"</b>'
  const drawings = [
    drawBars(label, [{ label, value: 0, values: [0], text: label, isPeer: false }]),
    drawIntervals(label, [{ label, value: 1, low: 1, high: 1, text: label }], String),
    drawPoints(label, [{ label, x: 5, y: 0, isPeer: true }], { x: label, y: label, formatX: String }),
    drawLines(label, [{ label, points: [{ x: 1, y: 2 }] }], label, String),
    drawDifferences(label, []),
  ]
  for (const svg of drawings) {
    expect(svg).not.toContain('<b>')
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  }
})

test('a signed number has its sign in front, and zero none', () => {
  expect([0.1234, -0.5, 0].map((value) => withSign(value, 2))).toEqual(['+0.12', '−0.50', '0'])
})
