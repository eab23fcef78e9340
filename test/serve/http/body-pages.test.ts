import { describe, expect, test } from 'vitest'
import { BodyPages } from '../../../src/serve/http/body-pages.js'

const MIB = 2 ** 20

describe('the pages of a body', () => {
  test('keep what was added, while more comes', () => {
    const pages = new BodyPages(10)
    const first = pages.add([Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)])
    const second = pages.add([Uint8Array.of(4, 5, 6, 7, 8, 9, 10)])
    expect([[...first], [...second]]).toEqual([
      [1, 2, 3],
      [4, 5, 6, 7, 8, 9, 10],
    ])
    pages.release()
    pages.release()
    expect([first.length, second.length]).toEqual([0, 0])
  })

  test.runIf(process.platform === 'linux')('go back to the system when they are released, with no collection', () => {
    const piece = new Uint8Array(MIB).fill(1)
    const bodies = Array.from({ length: 8 }, () => new BodyPages(32 * MIB))
    const before = process.memoryUsage.rss()
    for (const body of bodies) for (let i = 0; i < 16; i++) body.add([piece])
    const filled = process.memoryUsage.rss() - before
    for (const body of bodies) body.release()
    const released = process.memoryUsage.rss() - before
    expect(filled).toBeGreaterThan(100 * MIB)
    expect(released).toBeLessThan(filled - 100 * MIB)
  })
})
